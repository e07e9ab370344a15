# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""False premises: what a text takes for granted that the sources contradict, found and corrected.

Owns the finding; the premises are data in `corpus/premises.yaml`. A premise is found in a clause that asserts it: a question about
it ("does fine-tuning teach facts?") is left to be answered, and its denial is left alone. A clause must carry the premise's cues,
its polarity, and lie near one of its paraphrases; only then is anything encoded, so that most texts cost microseconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.answer.advice import Statement
from agent.answer.asked import PLAIN, stem, words
from agent.answer.whether import asked_whether
from agent.errors import CorpusError
from agent.expressions import expression
from agent.text import lower_first

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

VECTORS = Path(__file__).parent / "data" / "premises.npz"
NEAR = 0.5
"""Cosine to the nearest paraphrase from which a clause with the cues says the same; without cues it would say little."""
NEAR_ASKED = 0.66
"""Cosine from which a question that yes or no answers asks for just what a premise says. Of some 50 that it decides
among 652 of the project's own, read one by one, none was decided wrongly; at 0.6 and with more strange words, nine of 59."""
NEAR_OPPOSITE = 0.5
"""The same for its opposite, which lies a little farther from the paraphrases of the premise."""
STRANGE_AT_MOST = 1
"""Words of the question's content that the premise does not speak of: more ask for something else."""
MOST = 2
"""Corrections per answer: more would be a lecture."""
CHARACTERS = 20_000
WORDS_AT_MOST = 25
"""A longer clause brings cues together that have nothing to do with each other."""
REFIT = "run `python -m eval.fit_coverage` after an edit"

_SENTENCE = expression(r"(?:[^.!?;\n]|(?<=\d)\.(?=\d))+[.!?;]*")
_ASKS_WORDS = (
    r"does|do|did|is|are|was|can|could|should|shall|will|would|has|have|may|might|must|isn't|aren't|doesn't|don't|can't|won't|wouldn't|whats|"
    r"what's|who|who's|whom|whose|how|why|whether|suppose|am"
)
_ASKS = expression(
    rf"^\W*(?:and |but |so |or |then |also |ok |hi |hello |hey )*(?:{_ASKS_WORDS}|which|what|(?:when|where|if)(?! [^,]+, ))\b",
    re.IGNORECASE,
)
"""Begins a question; "when …, …" and "if …, …" tell something as well."""
_TAIL = expression(
    rf"(?:,\s+(?:and |so |then |but )*|\s(?:so|then|hence)\s+)(?:(?:by|at|in|for|from|to|of|on) )?(?:{_ASKS_WORDS}|which|what|when|where|right|correct|no|true)\b[^;]*$",
    re.IGNORECASE,
)
"""What a sentence asks after it has asserted something: ", by how much?", "so when do we start"."""
_TAKES_FOR_GRANTED = expression(
    r"^\W*(?:why (?:does|do|is|are|can|will|would|should|did|was|were)|how come|how (?:does|do|is)(?! (?:i|we|you|one|they|people|teams)\b))\b(?P<rest>.*)",
    re.IGNORECASE,
)
_GIVEN = expression(
    r"\b(?:since|because|given that|given|seeing that|considering that|considering|now that|knowing that|(?<!long )(?<!well )(?<!soon )(?<!such )(?<!same )as|after all|why does the (?:guide|article|author) say that)\b\s+(?P<rest>[^?;]+)",
    re.IGNORECASE,
)
_GRANTING = expression(
    r"^\W*(?:since|because|given that|given|seeing that|considering that|now that|knowing that|as|after all)\s+",
    re.IGNORECASE,
)
_DOUBT = expression(
    r"\b(?:is it true|true that|not sure|unsure|wonder)\b|^\W*whether\b|\b(?:ask|asks|asked|know|see|tell|find out|check|test|decide|question|is|doubtful|unclear|matters?) (?:if|whether)\b|"
    r"\b(?:don't|do not|doesn't|never) (?:think|believe|see|know)\b|\b(?:wrong|false|myth|untrue|misconception|mistaken|rumou?r|nonsense)\b|\bdoubt\b|\bonly if\b|\bis (?:that|this|it) (?:true|right|so|correct)\b|, true\?",
    re.IGNORECASE,
)
_FOLLOWS = expression(r"(?P<given>.+?),? (?:so|then|therefore|hence)\b.*\?$", re.IGNORECASE)
_COMPARES = expression(r"\b(?:differ\w*|compare\w*|affect\w*|not|n't)\b", re.IGNORECASE)
_COMMA = expression(r"(?<!\d),|,(?!\d)")
_PARTS = expression(r"(?<!\d),|,(?!\d)|[;:]|\s[-–—]\s|\b(?:but|however|although|though)\b", re.IGNORECASE)
_NEGATION = expression(
    r"\b(?:not|never|no|cannot|can't|none|nothing|neither|nor|without|hardly|impossible|unable|fails? to|rather than|instead of)\b|n't\b",
    re.IGNORECASE,
)


_NOT_PLAIN = expression(
    r"^(?:Avoid|Use|Exhaust|Choose|Measure|Try|Keep|Do|Consider|Run|Take|Put)\b|\b(?:hard|often|may|might|tends?|probably)\b"
)
"""What advises or hedges says neither yes nor no."""


class Premise(Struct, frozen=True):
    """One thing wrongly taken for granted, with its correction and the passages behind that."""

    id: str
    statement: str
    cues: tuple[str, ...]
    correction: str
    cite: tuple[str, ...]
    negated: Literal["yes", "no", "either"] = "no"
    unless: str = ""
    holds: tuple[str, ...] = ()
    """Expressions that are all found in a question for the opposite, which the correction affirms."""
    letters: tuple[tuple[str, ...], ...] = ()
    """Runs of letters of which each group has one in every clause that the cues match; so most cues are never compiled."""

    def has_letters(self, lower: str) -> bool:
        """Say whether a text in small letters has what its cues cannot match without."""
        return all(any(run in lower for run in group) for group in self.letters)

    def is_affirmed(self, asked: str) -> bool:
        """Say whether a question asks for the opposite of the false statement."""
        lower = asked.lower()
        return bool(self.holds) and all(re.search(cue, lower) for cue in self.holds)

    @property
    def corrected(self) -> Statement:
        """The correction as a sentence that an answer can carry."""
        return Statement(says=self.correction, passages=self.cite)


class Ruling(Struct, frozen=True):
    """What a premise says to a question that yes or no answers."""

    premise: Premise
    holds: bool
    """Whether what is asked is so: the opposite of what the premise says."""

    @property
    def answered(self) -> Statement:
        """The answer as a sentence that begins with yes or no."""
        told = self.premise.corrected
        return Statement(says=f"{'Yes' if self.holds else 'No'}: {lower_first(told.says)}", passages=told.passages)


class Premises(Struct, frozen=True):
    """All premises with the vectors of their paraphrases."""

    known: tuple[Premise, ...]
    owners: NDArray[np.int_]
    """For each paraphrase, the index of its premise."""
    vectors: Floats

    def find(self, text: str, encode: Encode) -> tuple[Premise, ...]:
        """Return up to two premises that the text takes for granted, most certain first."""
        asserted = assertions(text)
        if not asserted:
            return ()
        # Most premises are out for the whole text, which spares looking for them in each of its clauses.
        lower = _plain(text).lower()
        likely = [index for index, premise in enumerate(self.known) if premise.has_letters(lower)]
        candidates = [(clause, index) for clause in asserted for index in self._cued(clause, likely)]
        if not candidates:
            return ()
        clauses = list(dict.fromkeys(clause for clause, _ in candidates))
        cosines = encode(clauses) @ self.vectors.T
        best: dict[int, float] = {}
        for clause, index in candidates:
            near = float(cosines[clauses.index(clause), self.owners == index].max())
            if near >= NEAR:
                best[index] = max(best.get(index, 0.0), round(near, 6))
        ranked = sorted(best, key=lambda index: (-best[index], index))
        return tuple(self.known[index] for index in ranked[:MOST])

    def decide(self, question: str, encode: Encode) -> Ruling | None:
        """Return what is said to a question that yes or no answers, where it asks for just what a premise says.

        What a premise says is false; so no answers it, and yes the question for its opposite.
        """
        asked = asked_whether(question)
        if not asked:
            return None
        is_negated = bool(_NEGATION.search(asked))
        denied = {i for i in self._cued(asked, range(len(self.known))) if not (is_negated and self._is_either(i))}
        affirmed = set() if is_negated else {i for i, premise in enumerate(self.known) if premise.is_affirmed(asked)}
        clear = [index for index in sorted(denied ^ affirmed) if self._is_plain(index, asked)]
        if not clear:
            return None
        cosines = encode([asked]) @ self.vectors.T
        near = {index: round(float(cosines[0, self.owners == index].max()), 6) for index in clear}
        best = max(clear, key=lambda index: near[index])
        if near[best] < (NEAR_OPPOSITE if best in affirmed else NEAR_ASKED):
            return None
        return Ruling(self.known[best], holds=best in affirmed)

    def _is_either(self, index: int) -> bool:
        return self.known[index].negated == "either"

    def _is_plain(self, index: int, asked: str) -> bool:
        """Say whether a premise speaks of nearly all that is asked, and its correction neither advises nor hedges."""
        premise = self.known[index]
        if _NOT_PLAIN.search(premise.correction):
            return False
        told = {stem(word) for word in words(f"{premise.statement} {premise.correction}")}
        strange = [word for word in words(asked) if word not in PLAIN and stem(word) not in told]
        cues = (*premise.cues, *premise.holds)
        return sum(not any(re.search(cue, word) for cue in cues) for word in strange) <= STRANGE_AT_MOST

    def _cued(self, clause: str, likely: Iterable[int]) -> Iterator[int]:
        is_negated = len(_NEGATION.findall(clause)) % 2 == 1
        lower = clause.lower()
        for index in likely:
            premise = self.known[index]
            if not premise.has_letters(lower):
                continue
            if premise.negated != "either" and is_negated != (premise.negated == "yes"):
                continue
            if premise.unless and re.search(premise.unless, clause, re.IGNORECASE):
                continue
            if all(re.search(cue, clause, re.IGNORECASE) for cue in premise.cues):
                yield index


def assertions(text: str) -> tuple[str, ...]:
    """Return the clauses that a text asserts or takes for granted; what it merely asks, doubts or supposes is left out."""
    found: dict[str, None] = {}
    for sentence in _SENTENCE.findall(_plain(text)):
        for clause in _asserted(sentence.strip()):
            if 3 <= len(clause.split()) <= WORDS_AT_MOST:
                found.setdefault(clause.strip(" ,;:"))
    return tuple(found)


def _plain(text: str) -> str:
    """Return as much of a text as is read, with straight apostrophes."""
    return text[:CHARACTERS].replace("’", "'")


def _asserted(sentence: str) -> Iterator[str]:
    """Yield what one sentence asserts, the whole before its parts."""
    granted = _TAKES_FOR_GRANTED.match(sentence)
    if granted:
        if not _COMPARES.search(granted["rest"]):
            yield granted["rest"].rstrip("?!.; ")
        return
    for given in _GIVEN.finditer(sentence):
        yield _first_part(given["rest"]).rstrip("?!.; ")
    if _DOUBT.search(sentence):
        return
    told = _GRANTING.sub("", _without_question(sentence)).rstrip("!.; ")
    if told.endswith("?") or not told or _ASKS.match(told):
        return
    yield told
    yield from (part for part in _PARTS.split(told) if len(part) < len(told) - 3 and not _ASKS.match(part.strip()))


def _without_question(sentence: str) -> str:
    """Cut off what a sentence asks at its end, where it tells something before that."""
    tail = _TAIL.search(sentence)
    if tail:
        return sentence[: tail.start()]
    follows = _FOLLOWS.match(sentence)
    return follows["given"] if follows else sentence


def _first_part(text: str) -> str:
    return _COMMA.split(text)[0]


def load_premises(source: Path, vectors: Path = VECTORS) -> Premises:
    """Read what was fitted from the premises file `source`; raise CorpusError where they do not belong together."""
    try:
        content = source.read_bytes()
        with np.load(vectors) as stored:
            data = dict(stored)
    except (OSError, ValueError) as error:
        raise CorpusError(f"the premises cannot be read: {error}", hint="reinstall rung") from error
    if str(data["sha256"]) != hashlib.sha256(content).hexdigest():
        raise CorpusError(f"{source}: edited since its paraphrases were encoded", hint=REFIT)
    known = msgspec.json.decode(str(data["premises"]), type=tuple[Premise, ...])
    return Premises(known, data["owners"], data["vectors"].astype(np.float32))

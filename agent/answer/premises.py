# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""False premises: what a text takes for granted that the sources contradict, found and corrected.

Owns the finding; the premises are data in `corpus/premises.yaml`. A premise is found in a clause that asserts it: a question about
it ("does fine-tuning teach facts?") is left to be answered, and its denial is left alone. A clause must carry the premise's cues,
its polarity, and lie near one of its paraphrases; only then is anything encoded, so that most texts cost microseconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.answer.advice import Statement
from agent.errors import CorpusError
from agent.expressions import expression

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

VECTORS = Path(__file__).parent / "data" / "premises.npz"
NEAR = 0.6
"""Cosine to the nearest paraphrase from which a clause with the cues says the same; without cues it would say little."""
MOST = 2
"""Corrections per answer: more would be a lecture."""
CHARACTERS = 20_000
WORDS_AT_MOST = 25
"""A longer clause brings cues together that have nothing to do with each other."""
REFIT = "run `python -m eval.fit_coverage` after an edit"

_SENTENCE = expression(r"[^.!?\n]+[.!?]*")
_ASKS = expression(
    r"^\W*(?:and |but |so |or |then |also |ok |hi |hello )*(?:does|do|did|is|are|was|can|could|should|shall|will|would|has|have|may|might|must|isn't|aren't|"
    r"doesn't|don't|can't|which|what|what's|whats|when|where|who|how (?:much|many|long|often|do i|do we|can|should|to)|whether|if|suppose|"
    r"is it true|am)\b",
    re.IGNORECASE,
)
_TAKES_FOR_GRANTED = expression(
    r"^\W*(?:why (?:does|do|is|are|can|will|would|should)|how come|how (?:does|do|is)(?! (?:i|we|you|one|they|people|teams)\b))\b(?P<rest>.*)",
    re.IGNORECASE,
)
_GIVEN = expression(
    r"\b(?:since|because|given that|given|seeing that|considering that|considering|now that|knowing that|as|after all)\b\s+(?P<rest>[^?;]+)",
    re.IGNORECASE,
)
_DOUBT = expression(
    r"\b(?:whether|is it true|true that|not sure|unsure|wonder|if)\b|\b(?:don't|do not|doesn't|never) (?:think|believe|see|know)\b|\b(?:wrong|false|myth|untrue|misconception)\b",
    re.IGNORECASE,
)
_FOLLOWS = expression(r"(?P<given>.+?),? (?:so|then|right|correct|therefore|hence)\b.*\?$", re.IGNORECASE)
_COMPARES = expression(r"\b(?:differ\w*|compare\w*|not|n't)\b", re.IGNORECASE)
_PARTS = expression(r"[,;:]|\s[-–—]\s|\b(?:but|however|although|though|while|whereas)\b", re.IGNORECASE)
_NEGATION = expression(
    r"\b(?:not|never|no|cannot|can't|none|nothing|neither|nor|without|hardly|impossible|unable|fails? to|rather than|instead of)\b|n't\b",
    re.IGNORECASE,
)


class Premise(Struct, frozen=True):
    """One thing wrongly taken for granted, with its correction and the passages behind that."""

    id: str
    statement: str
    cues: tuple[str, ...]
    correction: str
    cite: tuple[str, ...]
    negated: Literal["yes", "no", "either"] = "no"
    unless: str = ""

    @property
    def corrected(self) -> Statement:
        """The correction as a sentence that an answer can carry."""
        return Statement(says=self.correction, passages=self.cite)


class Premises(Struct, frozen=True):
    """All premises with the vectors of their paraphrases."""

    known: tuple[Premise, ...]
    owners: NDArray[np.int_]
    """For each paraphrase, the index of its premise."""
    vectors: Floats

    def find(self, text: str, encode: Encode) -> tuple[Premise, ...]:
        """Return up to two premises that the text takes for granted, most certain first."""
        candidates = [(clause, index) for clause in assertions(text) for index in self._cued(clause)]
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

    def _cued(self, clause: str) -> Iterator[int]:
        is_negated = len(_NEGATION.findall(clause)) % 2 == 1
        for index, premise in enumerate(self.known):
            if premise.negated != "either" and is_negated != (premise.negated == "yes"):
                continue
            if premise.unless and re.search(premise.unless, clause, re.IGNORECASE):
                continue
            if all(re.search(cue, clause, re.IGNORECASE) for cue in premise.cues):
                yield index


def assertions(text: str) -> tuple[str, ...]:
    """Return the clauses that a text asserts or takes for granted; what it merely asks, doubts or supposes is left out."""
    found: dict[str, None] = {}
    for sentence in _SENTENCE.findall(text[:CHARACTERS].replace("’", "'")):
        for clause in _asserted(sentence.strip()):
            if 3 <= len(clause.split()) <= WORDS_AT_MOST:
                found.setdefault(clause.strip(" ,;:"))
    return tuple(found)


def _asserted(sentence: str) -> Iterator[str]:
    granted = _TAKES_FOR_GRANTED.match(sentence)
    if granted:
        if not _COMPARES.search(granted["rest"]):
            yield granted["rest"].rstrip("?!. ")
        return
    follows = _FOLLOWS.match(sentence)
    if follows and not _ASKS.match(sentence) and not _DOUBT.search(follows["given"]):
        yield follows["given"]
    for given in _GIVEN.finditer(sentence):
        yield given["rest"].split(",")[0].rstrip("?!. ")
    if sentence.endswith("?") or _ASKS.match(sentence) or _DOUBT.search(sentence):
        return
    yield sentence.rstrip("!. ")
    yield from (part for part in _PARTS.split(sentence.rstrip("!. ")) if len(part) < len(sentence) - 3)


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

"""Clauses read with their signs: which words stand affirmed, which denied, and which way each word of degree points.

Owns the words that deny and how far each reaches. What follows from two texts that differ is for `polarity`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from agent.expressions import expression
from agent.grounding.likeness import is_content
from agent.grounding.opposites import poles
from agent.naming import tokened

REACH = 5
"""Words that a denial reaches; the longest that no honest rewording of ours speaks against."""

DENIERS = {
    # They deny what follows, up to the end of the clause.
    **dict.fromkeys(("not", "never", "cannot", "no", "neither", "nor", "without"), REACH),
    # Adverbs deny the next verb or noun only: "rarely needs updates profits from" denies no profit.
    **dict.fromkeys(("hardly", "rarely", "seldom", "scarcely", "barely"), 3),
    # Verbs of absence and refusal deny their object.
    **dict.fromkeys(("lacks", "lack", "lacking", "avoid", "avoids", "avoiding", "refrain", "unable", "fails"), REACH),
    # As subjects they deny a verb that may stand far off: they count as denials and reach nothing.
    **dict.fromkeys(("nobody", "nothing", "none", "nowhere", "unlike"), 0),
}
HARD = frozenset(("not", "never", "cannot", "neither", "nor"))
"""What denies a verb; a sentence that does needs something negative to rest on. "No ladder" may just be left unsaid."""

NEGATIVE = frozenset(
    re.findall(
        r"\w+",
        # Smallness and limits.
        "only alone little few less least too zero mere merely limit limits "
        # Absence and loss.
        "absent absence missing miss misses gone withdrawn lose loses loss short empty hidden stuck left leave leaves "
        "leaving remain remains spare spares "
        # An end or a hindrance.
        "stop stops end ends prevent prevents kills kill resist ignore ignores refuse refuses reject rejects skip "
        "exclude excludes exhaust exhausted "
        # Blame.
        "wrong bad poor worse worst fail failed failure failing mistake mistaken error errors trouble problem problems "
        "fault faults danger dangerous stale fallacy myth bias trap risk risks weak complaint drift drifts overloaded "
        "underestimate slow slows "
        # Contrast and condition, which say of something else that it is not so.
        "unless until against instead rather other different differs beyond except separate frozen stay stays static",
    )
)
"""Words that an honest writer may turn into a "not"."""
_PREFIXED = expression(
    r"un(?!der|til|ique|ited?|ivers|ion)[a-z]{4,}|(?:in|im)(?=consist|suffic|correct|capab|access|accura|appropr|adequa|"
    r"effect|effic|complet|visib|depend|flexib|possib|matur|precis)[a-z]+|dis(?=agree|appear|advant|card|miss|like|rupt|"
    r"contin|connect|satis|charg)[a-z]+|mis(?=lead|led|tak|underst|match|us)[a-z]+|(?!un|regard|neverthe)[a-z]{3,}less"
)
"""Words denied by their own prefix or ending."""
_IDIOM = expression(
    r"\b(?:more often than not|whether or not|not (?:only|just|merely)|no doubt|"
    r"no (?:figure|number|date|reason) is (?:given|stated))\b"
)
"""Sayings that hold a "not" and deny nothing."""
_TOKEN = expression(r"[a-z]+(?:[-'][a-z]+)*|\$0\b")
_CLAUSE = expression(r"[,;:.()]|\band (?=not\b)|\b(?:but|while|whereas|because|since|although|though|so)\b")
_CONTRAST = expression(r"^\s*(?:and |but )?(?:not|rather|instead)\b")
"""A clause that only sets off another ("…, not through its weights")."""


class Clause(Struct, frozen=True):
    """What a clause affirms and denies, by the stems of its words."""

    affirmed: frozenset[str]
    denied: frozenset[str]
    poles: frozenset[tuple[str, int]]
    """Dimension and pole of its words of degree, turned round where denied."""
    negatives: int
    """Denials and words of absence, blame or contrast, save words of degree."""
    loose: int
    """Those of them that turn no word of degree round."""
    is_denial: bool
    """Whether it denies something outright and is no mere contrast."""
    text: str

    @property
    def is_negative(self) -> bool:
        """Whether anything in it denies, blames, misses or stands at a lower pole."""
        return self.negatives > 0 or any(pole < 0 for _, pole in self.poles)

    def is_akin(self, other: Clause) -> bool:
        """Say whether two clauses share a word and an even number of negatives, so that their poles compare."""
        return bool(self.stems & other.stems) and (self.loose - other.loose) % 2 == 0

    @property
    def stems(self) -> frozenset[str]:
        """All its content words."""
        return self.affirmed | self.denied


@lru_cache(maxsize=4096)
def read_clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a text, each with its signs; those of one word are left out."""
    parts = _CLAUSE.split(_IDIOM.sub(" ", tokened(text)))
    return tuple(_read(part) for part in parts if len(part.split()) > 1)


def _read(text: str) -> Clause:
    words = _TOKEN.findall(text)
    affirmed: set[str] = set()
    denied: set[str] = set()
    found: set[tuple[str, int]] = set()
    sign, reach, negatives, spent = 1, 0, 0, 0
    for index, word in enumerate(words):
        denies = _reach(word, words[index + 1] if index + 1 < len(words) else "")
        if denies is not None:
            negatives += 1
            if denies:
                sign, reach = (-sign if reach else -1), denies
            continue
        signed = sign if reach else 1
        reach -= reach > 0
        pole = poles().get(word)
        if pole:
            found.add((pole[0], pole[1] * signed))
            spent += signed < 0
        elif word in NEGATIVE or word == "$0" or _PREFIXED.fullmatch(word):
            negatives += 1
        if is_content(word):
            (affirmed if signed > 0 else denied).add(word[:6])
    is_denial = not _CONTRAST.match(text) and any(word in HARD or word.endswith("n't") for word in words)
    return Clause(
        frozenset(affirmed),
        frozenset(denied),
        frozenset(found),
        negatives,
        max(0, negatives - spent),
        is_denial,
        text.strip(),
    )


def _reach(word: str, following: str) -> int | None:
    """Return how many words a denial reaches; None for a word that denies nothing."""
    if word.endswith("n't"):
        return REACH
    if (word, following) in (("rather", "than"), ("instead", "of"), ("no", "longer")):
        return REACH
    return DENIERS.get(word)

# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""What the sources tell as a list: told whole and in the source's order to who asks for the list.

Owns which questions ask for one, and which of the lists is meant; the lists are data in `corpus/lists.yaml`. Who asks for
one item of a list, or whether something is so, asks for no list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from msgspec import Struct

from agent.answer import tables
from agent.errors import CorpusError
from agent.expressions import expression
from agent.kept import kept, sum_of
from agent.types import Evidence

WORDS_AT_MOST = 30
"""A longer question tells of something, and asks for more than a list."""
NEAR = 0.6
"""Share of the best score that some passage of a list must have, so that the list is what the question is about."""

_WHETHER = expression(
    r"^\W*(?:(?:and|but|so|then|ok|okay|well|hi|hello)\W+)*"
    r"(?:is|are|was|were|does|do|did|has|have|should|shall|may|must|might|isn't|aren't|doesn't|don't|shouldn't"
    r"|(?:can|could|would|will|can't|won't|couldn't)(?! (?:you|u|someone|somebody|anyone|anybody|i (?:get|have|see)))"
    r")\b"
)
"""Begins a question that yes or no answers."""
_ONE = expression(
    r"\bthe (?:(?:very|one|single|only) )?(?:first|second|third|fourth|fifth|last|final|biggest|largest|main|most|best|worst"
    r"|strongest|weakest|greatest|chief|top|key|single|only|cheapest|hardest)\b(?! (?:two|three|four|five|few|\d))"
    r"|\bwhich one\b|\bthe one\b|\bin common\b|\bcommon thread\b|\b(?:an?|one) (?:single )?(?:example|reason|benefit|advantage|drawback|step|case|item)\b"
    r"|\bhow (?:much|long|often|fast|soon)\b|%|\bper ?cent\b|\bamong\b|\bfirst of\b"
)
"""Asks for one item, or for an amount."""


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """One point of a list, with its passage."""

    cite: str
    says: str = ""
    """The point in few words, to follow the list's heading; empty where one note tells the whole list."""


class Listing(Struct, frozen=True, forbid_unknown_fields=True):
    """One list of one source."""

    id: str
    asks: tuple[str, ...]
    """Expressions that are all found in a question which asks for it."""
    unless: str = ""
    whole: str = ""
    """The passage whose note tells all of it."""
    heading: str = ""
    items: tuple[Item, ...] = ()

    @property
    def cited(self) -> tuple[str, ...]:
        """The passages that the list is told from, in the order of telling."""
        return (self.whole,) if self.whole else tuple(item.cite for item in self.items)

    @property
    def passages(self) -> frozenset[str]:
        """Every passage that says what the list says, or part of it."""
        return frozenset((*filter(None, (self.whole,)), *(item.cite for item in self.items)))

    def is_asked_in(self, lower: str) -> bool:
        """Say whether a question in small letters has the list's words."""
        is_unless = bool(self.unless and _cue(self.unless).search(lower))
        return not is_unless and all(_cue(cue).search(lower) for cue in self.asks)


@cache
def _cue(words: str) -> re.Pattern[str]:
    return expression(words)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    lists: tuple[Listing, ...]


def load_lists(source: Path) -> tuple[Listing, ...]:
    """Return the lists of a file; CorpusError says what is not in order."""
    found = tables.load_table(source, _File).lists
    for one in found:
        is_told = bool(one.whole) != bool(one.heading and one.items and all(item.says for item in one.items))
        if not (is_told and one.asks):
            raise CorpusError(f"{source.name}: {one.id!r} is told neither by one note nor item by item")
    return found


def kept_lists(source: Path, cache: Path) -> tuple[Listing, ...]:
    """Return what `load_lists` does, read anew only where the file or the code has changed."""
    depends = partial(sum_of, (source, Path(__file__), Path(tables.__file__)))
    return kept(cache, "lists", depends, tuple[Listing, ...], partial(load_lists, source))


def asks_several(question: str) -> bool:
    """Say whether a question can ask for a list: neither for yes or no nor for a single thing."""
    lower = _lower(question)
    return len(lower.split()) <= WORDS_AT_MOST and not _WHETHER.search(lower) and not _ONE.search(lower)


def asked_list(
    question: str,
    evidence: Sequence[Evidence],
    lists: Iterable[Listing],
    known: Mapping[str, object],
    named: frozenset[str] = frozenset(),
) -> Listing | None:
    """Return the list that a question asks for, the nearest of several; None where it asks for none.

    `known` holds the passages by id, of which a list needs all that it cites; `named` the sources that the question
    names, where it names some.
    """
    if not evidence or not asks_several(question):
        return None
    lower, scores = _lower(question), {item.passage.id: item.score for item in evidence}
    asked = [one for one in lists if one.is_asked_in(lower) and all(id in known for id in one.passages)]
    asked = [one for one in asked if not named or one.cited[0].partition("#")[0] in named]
    best = max(asked, key=lambda one: _nearness(one, scores), default=None)
    is_near = best is not None and _nearness(best, scores) >= NEAR * evidence[0].score
    return best if is_near else None


def _nearness(one: Listing, scores: Mapping[str, float]) -> float:
    return max(scores.get(id, 0.0) for id in one.passages)


def _lower(question: str) -> str:
    return " ".join(question.lower().replace("’", "'").split())

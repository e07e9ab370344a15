"""Knows how people choose one of two statements: "the first", "the smaller one", "the second number is wrong"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from agent.conversation.state import Known
from agent.intake.numbers import find_quantities
from agent.intake.sentences import flatten
from agent.types import Fact

ADDITIVE = ("requests_per_month", "labelled_examples")
"""Facts of which two numbers can be parts of a third."""
SIDE_AT_MOST = 8
"""Words up to which a text does no more than choose."""
_FIRST = re.compile(r"\b(?:first|former|earlier|original|old(?:er)?|previous)\b")
SECOND = re.compile(r"\b(?:second|latter|last|new(?:er)?|later|latest|current|just (?:said|now))\b")
_LESS = re.compile(r"\b(?:small|low|short)er\b|\b(?:small|low)est\b|\bless\b")
_MORE = re.compile(r"\b(?:larg|bigg|high|great|long)er\b|\b(?:larg|bigg|high)est\b")
_TOGETHER = re.compile(
    r"\b(?:both|the two|these|those|them) (?:of them )?(?:together|combined|added|summed)\b"
    r"|\badd (?:them|both|the two)\b|\bthe sum\b"
)
_ONE = re.compile(r"\bone\b")
_IS_WRONG = re.compile(
    r"\b(?:is|was|were|are) (?:plain |just |simply )?"
    r"(?:wrong|not (?:right|true|correct)|incorrect|false|a mistake|a typo)\b"
)


def chosen(said: Sequence[Known], text: str) -> Fact | None:
    """Return the statement that a text chooses; None where it chooses none, or names the value itself."""
    flat = flatten(text)
    if len(said) == 0 or len(flat.split()) > SIDE_AT_MOST or find_quantities(_ONE.sub("", flat)):
        return None
    if _TOGETHER.search(flat) and (told := _added_up(said)) is not None:
        return told
    side = _by_size(said, flat) or _by_place(said, flat)
    if side is not None and _IS_WRONG.search(flat):
        return next((known.fact for known in said if known.fact is not side), None)
    return side


def _added_up(said: Sequence[Known]) -> Fact | None:
    """Return two statements of a count as one; shares and times do not add up."""
    facts = [known.fact for known in said]
    if len(facts) != 2 or any(fact.name not in ADDITIVE for fact in facts):
        return None
    return replace(facts[-1], value=sum(float(fact.value) for fact in facts))


def _by_place(said: Sequence[Known], flat: str) -> Fact | None:
    is_first, is_second = bool(_FIRST.search(flat)), bool(SECOND.search(flat))
    return None if is_first == is_second else said[0 if is_first else -1].fact


def _by_size(said: Sequence[Known], flat: str) -> Fact | None:
    numbers = [known.fact for known in said if not isinstance(known.fact.value, bool | str)]
    if not numbers or not (_LESS.search(flat) or _MORE.search(flat)):
        return None
    return (min if _LESS.search(flat) else max)(numbers, key=lambda fact: float(fact.value))

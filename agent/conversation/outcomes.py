# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Reads how an attempt went from what is said behind the answer that it was made: "yes, 3 months of it. tone still off"."""

from __future__ import annotations

import re

from agent.intake.sentences import flatten
from agent.types import FOLLOWS

OUTCOMES = {tried: outcome for outcome, tried in FOLLOWS.items()}
_FELL_SHORT = re.compile(
    r"(?:\b(?:not|never|nowhere near|far from)|n't) (?:\w+ ){0,2}?(?:good enough|enough|there|sufficient|work(?:ed|s)?|help(?:ed|s)?|cut it|do(?:es)? it|get there|got there|suffice[ds]?|solve[ds]?|fix(?:ed|es)?|improve[ds]?|useful|usable|great)\b"
    r"|\bno (?:better|good|use|luck|improvement|difference)\b|\bstill (?:\w+ ){0,2}?(?:off|wrong|bad|poor|short|not|no|bland|stiff|fails?|failing|breaks?|invents?|misses|too \w+)\b|\bnone of (?:it|them|these|those|which) (?:was|were|is|did|does|helped|worked)\b|\b(?:fell|falls|came|comes) short\b|\bfailed\b|\bdidnt (?:help|work)\b"
)
_OF = re.compile(
    r"(?P<what>[\w' -]{3,60}?) (?:alone |by itself |on its own )?(?P<how>(?:(?:is|was|are|were|has been|does|did|has)(?:n't)?|works|worked|fails|failed|falls|fell)\b.*)"
)
"""Says of an approach how it went: "schema enforcement is not sufficient"."""
_ENOUGH = re.compile(r"(?:(?:is|was|are|were|has been) (?:\w+ )?(?:good )?(?:enough|sufficient)|works|worked)\b")
_WAS_ENOUGH = re.compile(
    r"\b(?:(?:and|that|it|which|now it) )(?:(?:did|does) (?:the job|the trick|it)|(?:works|worked)(?: (?:well|fine|great|perfectly))?|(?:is|was|'s) (?:good )?enough|solved it|fixed it)\b|\b(?:everybody|everyone) (?:is )?happy\b|\bgood enough (?:for us|now)\b"
)


def outcome_of(flat: str) -> tuple[str, str] | None:
    """Return what a sentence says something of, and what it says, where that may be how an attempt went."""
    found = _OF.search(flat)
    return (found["what"], found["how"]) if found else None


def outcome(tried: str, rest: str) -> tuple[str, bool] | None:
    """Return which fact, and how, tells the outcome of what was tried; None where the text does not say it."""
    fact, flat = OUTCOMES.get(tried), flatten(rest)
    if fact is None:
        return None
    if _FELL_SHORT.search(flat):
        return fact, False
    return (fact, True) if _WAS_ENOUGH.search(flat) or _ENOUGH.match(flat) else None

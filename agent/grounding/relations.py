"""Whether a sentence turns round how two things stand to each other: their order, their comparison, a condition.

Owns "before" and "after", "than", "even if" and "only if". Single words and their signs are `contradiction`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.expressions import expression
from agent.grounding.likeness import content
from agent.grounding.opposites import poles
from agent.naming import tokened, tokens_in

Order = tuple[frozenset[str], frozenset[str]]
Comparison = tuple[str, int, frozenset[str], frozenset[str]]
"""What is compared, which way, and the approaches on either side of "than"."""

_CONCEDES = expression(r"\beven (?:if|when|where|after|once)\b|\bregardless of\b|\bno matter\b", re.IGNORECASE)
_CONCEDES_TOO = expression(r"\b(?:even|regardless|whether or not|no matter)\b", re.IGNORECASE)
_RESTRICTS = expression(r"\b(?:only|until|unless|once|if|when|must|needed)\b", re.IGNORECASE)
_PART = expression(r"[;:.]")
_ORDER = expression(r"\b(before|after)\b")
_MORE = expression(r"\b(more|less) ([a-z]+)")
_LESS = expression(r"\b(?:not|no|never|less|cannot)\b|n't\b")
_DENIES = expression(r"\b(?:not|no|never|cannot|without|nobody|nothing|nor|until)\b|n't\b")
_COMPARATIVE = expression(r"\b(?:[a-z]+er|better|worse)\b")
_CONTEXT = expression(r"\bcontext\b")


def find_reversal(text: str, claims: Iterable[str], *, is_step: bool = False) -> str | None:
    """Return which relation of the claims a sentence turns round, in words; None where none is.

    A step of a plan has its entry test whatever its passages say, so "even if" widens it in any case.
    """
    near = tuple(claims)
    if widened := _widened(text, near, is_step):
        return f"says “{widened}” where what it rests on makes a condition"
    if any(_is_reversed(own, other) for own in read_orders(text) for claim in near for other in read_orders(claim)):
        return "turns the order round"
    comparisons = tuple(read_comparisons(text))
    if any(_is_exchanged(own, other) for own in comparisons for claim in near for other in read_comparisons(claim)):
        return "turns the comparison round"
    return None


def _widened(text: str, claims: tuple[str, ...], is_step: bool) -> str | None:
    found = _CONCEDES.search(text)
    if not found or any(_CONCEDES_TOO.search(claim) for claim in claims):
        return None
    return found[0] if is_step or any(_RESTRICTS.search(claim) for claim in claims) else None


def read_orders(text: str) -> Iterator[Order]:
    """Yield what comes first and what then, where a part of the text says so once."""
    for part in _PART.split(tokened(text)):
        words = list(_ORDER.finditer(part))
        # "Not before" is "after", and "no … before" is neither's order alone.
        if len(words) != 1 or _DENIES.search(part):
            continue
        left, right = part[: words[0].start()], part[words[0].end() :]
        if not left.strip(" ,"):
            right, _, left = right.partition(",")
        here, there = content(left), content(right)
        if here - there and there - here:
            yield _ordered(words[0][0], here - there, there - here)


def _ordered(word: str, here: frozenset[str], there: frozenset[str]) -> Order:
    return (here, there) if word == "before" else (there, here)


def _is_reversed(own: Order, other: Order) -> bool:
    straight = own[0] & other[0] or own[1] & other[1]
    return bool(own[0] & other[1] and own[1] & other[0]) and not straight


def read_comparisons(text: str) -> Iterator[Comparison]:
    """Yield each comparison of approaches: what it measures, which way, and what stands before and after "than"."""
    for part in _PART.split(tokened(text)):
        left, than, right = part.partition(" than ")
        measured = _measured(left) if than and " than " not in right else None
        if measured:
            here, there = _sides(left), _sides(right)
            if here - there and there - here:
                yield (*measured, here - there, there - here)


def _measured(text: str) -> tuple[str, int] | None:
    """Return what is compared and which way: a dimension, or the word after "more"."""
    sign = (-1) ** len(_LESS.findall(text))
    known = [poles()[word] for word in _COMPARATIVE.findall(text) if word in poles()]
    if known:
        return known[-1][0], known[-1][1] * sign
    spelled = _MORE.findall(text)
    if not spelled:
        return None
    word = spelled[-1][1]
    dimension, pole = poles().get(word, (word[:6], 1))
    return dimension, pole * sign


def _sides(text: str) -> frozenset[str]:
    """Return the approaches of one side; whoever says "context" means prompt and retrieval."""
    return tokens_in(text) | (frozenset({"xasks"}) if _CONTEXT.search(text) else frozenset())


def _is_exchanged(own: Comparison, other: Comparison) -> bool:
    if own[0] != other[0]:
        return False
    crossed = own[2] & other[3] and own[3] & other[2]
    straight = own[2] & other[2] and own[3] & other[3]
    return bool(crossed and own[1] == other[1]) or bool(straight and own[1] != other[1])

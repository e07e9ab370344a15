"""Whether each number of a sentence stands in what it rests on, the user's own in their words, each with its unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from agent.expressions import expression
from agent.grounding.advice import HEDGED
from agent.grounding.basis import Basis
from agent.grounding.findings import Finding, listed
from agent.grounding.numbers import DIGITS, is_same, read_numbers, value_of
from agent.grounding.sentences import QUOTED, Sentence
from agent.grounding.typography import TYPOGRAPHY


def check_numbers(sentence: Sentence, basis: Basis) -> Iterator[Finding]:
    """Each number must be known, the user's own theirs, and with the unit that it goes with; ranges rise."""
    stated = read_numbers(sentence.text)
    if not stated:
        return
    yield from _check_ranges(sentence, basis)
    texts = (*basis.texts, basis.user, *basis.cards)
    known = frozenset[float | str]().union(*(read_numbers(text) for text in texts))
    for number in sorted(stated - known, key=str):
        if not (isinstance(number, float) and (_is_known(number, known) or _is_ratio(number, known, sentence.text))):
            shown = f"{number:g}" if isinstance(number, float) else number
            yield Finding(
                "unsupported_number",
                sentence.text,
                f"{shown} stands neither in what is cited nor in the case",
            )
    yield from _check_own_numbers(sentence, basis)
    yield from _check_units(sentence, basis)


def _is_known(number: float, known: Iterable[float | str]) -> bool:
    return any(is_same(number, other) for other in known)


def _is_ratio(number: float, known: Iterable[float | str], text: str) -> bool:
    """Say whether a number of times is the ratio of two known numbers."""
    if not re.search(r"\b(?:times|fold)\b|-fold\b", text):
        return False
    values = [value for value in known if isinstance(value, float) and value]
    return any(is_same(number, a / b) for a in values for b in values)


_RANGE = expression(r"(?<![\w.,-])(\d+)-(\d+)(?![\w.,-]*-|\.?\d)")
_SHORT_DIGITS = 3
"""Of either end of a range: years, dates and numbers of telephones have more."""


def _check_ranges(sentence: Sentence, basis: Basis) -> Iterator[Finding]:
    """A range of small numbers that does not rise had one of them altered, unless it stands so in what is known."""
    for shown in sorted(_falling(sentence.text)):
        if not any(shown in _falling(text) for text in (*basis.texts, basis.user)):
            yield Finding("unsupported_number", sentence.text, f"{shown} does not rise")


def _falling(text: str) -> set[str]:
    ranges = [(match[0], *match.groups()) for match in _RANGE.finditer(text.translate(TYPOGRAPHY))]
    return {shown for shown, *ends in ranges if max(map(len, ends)) <= _SHORT_DIGITS and int(ends[0]) >= int(ends[1])}


_OWN_NUMBER = expression(
    r"^\W*(?:and |so |since |because )?you(?:['’]ve| have| handle| run| spend| pay| get| see| process| serve)\b",
    re.IGNORECASE,
)


def _check_own_numbers(sentence: Sentence, basis: Basis) -> Iterator[Finding]:
    """What the user is said to have must be a number of the user's."""
    theirs = read_numbers(basis.user)
    for clause in re.split(r"[;:]\s|,\s|\bwhile\b|\bbut\b", QUOTED.sub(" ", sentence.text)):
        if _OWN_NUMBER.search(clause) and not HEDGED.search(clause):
            for number in sorted(read_numbers(clause) - theirs, key=str):
                if isinstance(number, float) and not _is_known(number, theirs):
                    yield Finding("unsupported_number", sentence.text, f"{number:g} is no number of the user's")


_TIMES = {
    "ms": "ms",
    "msec": "ms",
    "second": "second",
    "minute": "minute",
    "hour": "hour",
    "day": "day",
    "week": "week",
}
_TIMES |= {"month": "month", "year": "year", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_TIMES |= {"millisecond": "ms"}
_THINGS = {"setup": "setup", "set-up": "setup", "example": "example", "request": "request", "call": "request"}
_THINGS |= {
    "token": "token",
    "parameter": "parameter",
    "label": "label",
    "category": "category",
}
_UNIT_OF = expression(rf"\b({'|'.join(sorted((*_TIMES, *_THINGS), key=len, reverse=True))})s?\b", re.IGNORECASE)
UNIT_WORDS = 4
"""How many words after a number its unit may stand."""


@lru_cache(maxsize=4096)
def read_units(text: str) -> frozenset[tuple[float, str]]:
    """Return the numbers of a text with the unit that follows each: "5,000 labelled examples" is (5000, example)."""
    text = text.translate(TYPOGRAPHY)
    found: set[tuple[float, str]] = set()
    numbers = [*DIGITS.finditer(text)]
    for index, match in enumerate(numbers):
        end = numbers[index + 1].start() if index + 1 < len(numbers) else len(text)
        after = re.split(r"[.;:](?:\s|$)", text[match.end() : end])[0]
        unit = _UNIT_OF.search(" ".join(after.replace("/", " ").split()[:UNIT_WORDS]))
        if unit:
            name = unit[1].lower()
            found.add((value_of(match["number"], match["tail"]), _TIMES.get(name) or _THINGS[name]))
    return frozenset(found)


def _check_units(sentence: Sentence, basis: Basis) -> Iterator[Finding]:
    """A number that is known with other units only, its own unit going with another number, was moved or exchanged."""
    pairs = frozenset[tuple[float, str]]().union(*map(read_units, (*basis.texts, basis.user)))
    theirs = read_numbers(basis.user)
    for number, unit in sorted(read_units(sentence.text) - pairs):
        if _is_known(number, theirs):
            continue
        units = {other for value, other in pairs if is_same(number, value)}
        is_taken = any(other == unit and not is_same(number, value) for value, other in pairs)
        is_other_time = unit in _TIMES.values() and units <= set(_TIMES.values())
        if units and (is_taken or is_other_time):
            yield Finding("unsupported_number", sentence.text, f"{number:g} goes with {listed(units)}, not with {unit}")

"""Numbers and dates of a text as values, in whatever notation; whether they are supported is for `quantities`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agent.expressions import expression
from agent.grounding.typography import TYPOGRAPHY

_SCALE = {
    "k": 1e3,
    "thousand": 1e3,
    "thousands": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "hundred": 1e2,
    "hundreds": 1e2,
}
_SMALL = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
_TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_WORD_VALUE = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_WORDS = "|".join(sorted(_WORD_VALUE, key=len, reverse=True))
_SCALES = r"hundred|thousand|million|billion"
_UNITS = (
    r"per\s?cent|percent|%|milliseconds?|ms|seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|fold|"
    r"(?:labell?ed |training |good |clear |high-quality )*examples?|requests?|calls?|tokens?|labels?|categor(?:y|ies)|"
    r"dollars?|euros?|gpus?|parameters?|models?"
)
_MONTHS = re.findall(
    r"\w+",
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec",
)
_MONTH_NUMBER = {name: index % 12 + 1 for index, name in enumerate(_MONTHS[:12])} | {
    name: next(i for i, full in enumerate(_MONTHS[:12], 1) if full.startswith(name[:3])) for name in _MONTHS[12:]
}
_ISO_DATE = expression(r"\b((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?\b")
_NAMED_DATE = expression(
    rf"\b(?:(\d{{1,2}})\.? )?({'|'.join(_MONTHS)})\.?(?: (\d{{1,2}}),?)? ((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
DIGITS = expression(
    r"(?<![\w.])(?<![A-Za-z]-)(?<!#)[-~≈<>]?[$€£]?(?P<number>\d{1,3}(?:[,\u202f\u00a0']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<tail>\s?(?:%|per\s?cent\b|percent\b)|\s?(?:k|thousands?|mn|mio|millions?|bn|billions?|m|b|hundreds?)\b)?"
    r"(?=(?:[-–]?[A-Za-z%+]{0,12})(?!\w))",
    re.IGNORECASE,
)
_RANGE_PERCENT = expression(
    r"(?<!\d)(\d+(?:\.\d+)?)\s?(?:-|–|to|and)\s?(\d+(?:\.\d+)?)\s?(?:%|per\s?cent|percent)",
    re.IGNORECASE,
)
_SPELLED = expression(
    rf"\b(?P<words>(?:a|(?:{_WORDS})(?:[- ](?:{_WORDS}))*)(?: (?:{_SCALES}))+|(?:{_WORDS})(?:[- ](?:{_WORDS}))*)"
    rf"(?P<unit>[- ](?:{_UNITS})\b| per ?cent)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def read_numbers(text: str) -> frozenset[float | str]:
    """Return the numbers of a text as values, and its dates as ISO text (`2026-06`).

    5,000, 5000, 5k and "five thousand" are 5000.0; 95% and 0.95 are 0.95. Small numbers in words count
    only with a unit.
    """
    text = text.translate(TYPOGRAPHY)
    found: set[float | str] = set()
    for match in _ISO_DATE.finditer(text):
        found |= _date_parts(*match.groups())
    for match in _NAMED_DATE.finditer(text):
        found |= _named_parts(match)
    rest = _NAMED_DATE.sub(" ", _ISO_DATE.sub(" ", text))
    for match in _RANGE_PERCENT.finditer(rest):
        found.add(round(float(match[1]) / 100, 12))
    rest = _RANGE_PERCENT.sub(lambda match: f"{match[2]}%", rest)
    found.update(value_of(match["number"], match["tail"]) for match in DIGITS.finditer(rest))
    for match in _SPELLED.finditer(rest):
        found.update(_spelled(match["words"], match["unit"]))
    return frozenset(found)


def _date_parts(year: str, month: str, day: str | None) -> set[float | str]:
    parts: set[float | str] = {float(year), f"{year}-{month}"}
    return parts | {f"{year}-{month}-{day}"} if day else parts


def _named_parts(match: re.Match[str]) -> set[float | str]:
    day = match[1] or match[3]
    return _date_parts(
        match[4],
        f"{_MONTH_NUMBER[match[2].lower()]:02d}",
        f"{int(day):02d}" if day else None,
    )


def value_of(number: str, tail: str | None) -> float:
    """Return the value of digits with the scale or percentage behind them."""
    value = float(re.sub(r"[^\d.]", "", number))
    unit = (tail or "").strip().lower()
    if unit == "%" or unit.replace(" ", "") in ("percent",):
        value /= 100
    return round(value * _SCALE.get(unit, 1.0), 12)


def _spelled(words: str, unit: str | None) -> Iterator[float]:
    """Yield the value of a spelled-out number, where it has a unit or a scale; "one" alone is an article."""
    parts = re.split(r"[- ]", words.lower())
    scales = [_SCALE[part] for part in parts if part in _SCALE]
    small = [_WORD_VALUE[part] for part in parts if part in _WORD_VALUE]
    total = float(sum(small)) if small else 1.0
    if scales:
        for scale in scales:
            total *= scale
    elif (unit is None and total < 13) or parts == ["one"]:
        return
    unit_word = (unit or "").strip("- ").lower().replace(" ", "")
    yield round(total / 100 if unit_word == "percent" else total, 12)


def is_same(number: float, other: float | str) -> bool:
    """Say whether two values are one number."""
    return isinstance(other, float) and abs(number - other) <= 1e-9 * max(abs(number), abs(other))

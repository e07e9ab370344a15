# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Reads how often something happens, as answers tell it: "300 per min", "twice every month", "half-yearly".

Owns the names of the periods. How long each is stands where statements are read, so that the same words give the same
number in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from agent.intake.periods import ADVERBS, DAYS, PER_MONTH, SHORT

_MONTHLY = PER_MONTH | {
    "morning": PER_MONTH["day"], "evening": PER_MONTH["day"], "fortnight": PER_MONTH["week"] / 2,
    "sprint": PER_MONTH["week"] / 2, "season": PER_MONTH["quarter"],
}  # fmt: skip
_NAMES = {
    **{name: name for name in (*_MONTHLY, *DAYS)}, **SHORT, **ADVERBS,
    "mth": "month", "qtr": "quarter", "annum": "year", "qps": "second", "rps": "second", "tps": "second",
}  # fmt: skip
"""What each period is called."""
_COUNTS = {
    "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0,
    "twelve": 12.0, "few": 3.0, "a few": 3.0, "couple of": 2.0, "a couple of": 2.0, "several": 3.5, "many": 4.0,
    "other": 2.0, "second": 2.0, "third": 3.0, "half": 0.5, "once": 1.0, "once or twice": 1.0, "twice": 2.0, "thrice": 3.0,
}  # fmt: skip
_PARTS = {"half": 0.5, "semi": 0.5, "bi": 2.0}
_NUMBER = r"\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten|twelve"
_UNIT = "|".join(sorted((name for name in _NAMES if not name.endswith(("ly", "ps", "annual"))), key=len, reverse=True))
_OFTEN = re.compile(
    rf"(?:\b(?:(?P<times>once or twice|once|twice|thrice)|(?P<many>a couple of|a few|several|many|{_NUMBER}) times|(?P<x>\d+) ?x)[\s-]?)?"
    rf"(?:(?:/\s?|\b(?P<lead>per|(?P<half>half )?an?|every|each|in an?|by the|with (?:each|every))\s+)"
    rf"(?:(?P<count>other|second|third|half|few|couple of|{_NUMBER})[\s-]+)?(?:(?:single|working|business|calendar|average|typical|normal|ordinary|busy|full) )?(?P<unit>{_UNIT})s?\b(?!-)"
    r"|\b(?:(?P<part>half|semi|bi)[\s-]?)?(?P<adverb>hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly|annually|annual)\b|\b(?P<qps>[qrt]ps)\b)"
)
_LENGTH = re.compile(rf"[\s-]*(?:(?:working|business|calendar|full) )?(?P<unit>{_UNIT})s?\b")
_SOME_LENGTH = re.compile(rf"\b(?P<unit>{'|'.join(name for name in DAYS if len(name) > 2)})s?\b")
_PER_OTHER = re.compile(r"\bper\s+[a-z]|/\s?[a-z]{3}")
_LOOSE = {
    "constantly": 1.0, "continuously": 1.0, "all the time": 1.0, "tomorrow": 1.0, "rarely": 365.0, "hardly ever": 365.0,
    "seldom": 365.0, "almost never": 365.0, "never": 3650.0,
}  # fmt: skip
_LOOSELY = re.compile(rf"\b(?:{'|'.join(_LOOSE)})\b")


class Often(Struct, frozen=True):
    """So many times in so many periods, and where a text says it."""

    period: str
    times: float
    periods: float
    start: int
    end: int
    is_said: bool
    """Whether that is how often something happens, as "weekly" and "every month" say, and "a month" need not."""

    @property
    def days(self) -> float | None:
        """The days between two times; None where it is no matter of days."""
        return DAYS[self.period] * self.periods / self.times if self.period in DAYS else None

    @property
    def monthly(self) -> float:
        """The times in a month."""
        return _MONTHLY[self.period] * self.times / self.periods


def find_often(flat: str) -> Iterator[Often]:
    """Yield each place of a flattened text that says how often, or names a period."""
    for found in _OFTEN.finditer(flat):
        groups = found.groupdict()
        part = (
            0.5
            if groups["part"] == "bi" and groups["adverb"] in ("annual", "annually")
            else _PARTS.get(groups["part"] or "", 1.0)
        )
        times = _count(groups["times"] or groups["many"] or groups["x"])
        periods = _count(groups["count"]) * part * (0.5 if groups["half"] else 1.0)
        is_said = bool(groups["adverb"]) or times != 1 or bool(groups["times"]) or groups["lead"] in ("every", "each")
        if times and periods:
            name = _NAMES[groups["unit"] or groups["adverb"] or groups["qps"]]
            yield Often(name, times, periods, found.start(), found.end(), is_said)


def how_often(flat: str) -> float | None:
    """Return the days between two times of what a text says happens every so often; None where it does not say."""
    days = next((often.days for often in find_often(flat) if often.is_said), None)
    return round(days, 6) if days else None


def length_at(flat: str, at: int) -> float | None:
    """Return the days of the period that begins at a place; None where none does."""
    found = _LENGTH.match(flat, at)
    return DAYS.get(_NAMES[found["unit"]]) if found else None


def some_length(flat: str) -> float | None:
    """Return the days of the first period that a text names, whatever it says of it."""
    found = _SOME_LENGTH.search(flat)
    return DAYS[found["unit"]] if found else None


def loosely(flat: str) -> float | None:
    """Return the days between two times of what happens "rarely" or "all the time"."""
    found = _LOOSELY.search(flat)
    return _LOOSE[found.group()] if found else None


def is_per_other(flat: str) -> bool:
    """Whether a text counts by something that is no period: "per customer"."""
    return bool(_PER_OTHER.search(flat))


def less_periods(flat: str) -> str:
    """Return a text less what it says of periods."""
    return _LOOSELY.sub(" ", _OFTEN.sub(" ", flat))


def _count(word: str | None) -> float:
    return 1.0 if word is None else _COUNTS.get(word) or float(word)

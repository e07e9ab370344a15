"""Reads quantities in any notation: digits, words, suffixes, percentages, ranges; knows nothing of facts.

`8k`, `2.5M`, `1,200`, `4.300 letters`, `1.200.000`, `180 000`, `~8 million`, `fifteen thousand`, `two and a half million`,
`a few thousand`, `ten to twelve thousand`, `.18`, `half`; of a range, `value` is the lower end and `until` the upper.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from msgspec import Struct

from agent.expressions import expression

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
ONE = frozenset({"a", "an", "one", "1"})
"""How one of a thing is written."""
_SCALES = {
    "hundred": 1e2, "hundreds": 1e2, "thousand": 1e3, "thousands": 1e3, "million": 1e6, "millions": 1e6, "mio": 1e6,
    "billion": 1e9, "billions": 1e9, "lakh": 1e5, "crore": 1e7, "dozen": 12.0, "grand": 1e3,
    "k": 1e3, "m": 1e6, "mm": 1e6, "bn": 1e9, "mn": 1e6,
}  # fmt: skip
_LOOSE = {
    "a few": 3,
    "few": 3,
    "a couple of": 2,
    "a couple": 2,
    "couple of": 2,
    "several": 3,
    "some": 3,
    "half a": 0.5,
    "a": 1,
    "an": 1,
    "a good": 1,
}
_WORD = "|".join(sorted((w for w in _UNITS), key=len, reverse=True))
_BIG = "hundred|thousand|million|billion|lakh|crore|dozen|grand"
_DIGITS = r"\d{1,3}(?:[,'\u2009\u202f ]\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?!\d)|\d+(?:[.,]\d+)?(?:e[+]?\d+)?|\.\d+"
_DOTTED = expression(r"[1-9]\d{0,2}\.\d{3}")
_MEASURED_AFTER = expression(
    r"\s?(?:%|percent|per cent|pct|ms\b|msec|s\b|secs?\b|seconds?|min\b|minutes?|hours?|x\b|times\b|gb|mb|tb|[kmb]\b|bn|million"
    r"|billion|thousand|(?:f1|auc|auroc|kappa|bleu|points?|accuracy|mean|average|loss|pearson)\b)"
)
"""What follows a decimal: after it, "4.300" is four and three tenths; else it is how much of Europe writes 4,300."""
_RANGE = expression(r"\s?(?:-|to|or|till|until|\.\.)\s?")
_MOVED = expression(r"\b(?:from|rose|fell|went|up|down|drop\w*|jump\w*|climb\w*|grew|came|got|moved|shrank|improved) $")
"""Before two ends that are a change, not a range: "from 72 to 90"."""
DIGITS_AT_MOST = 30
"""More of them in a row are a key or a jest."""
_AND_A_HALF = expression(
    rf"\b(?P<whole>[a-z]+|\d{{1,{DIGITS_AT_MOST}}}) and a half\s(?P<scale>thousand|million|billion|lakh|crore|dozen)\b"
)
_FIGURE = expression(
    rf"(?<![\w.,])(?P<sign>-(?=\d))?(?P<money>[$€£]\s?)?(?P<first>{_DIGITS})\s?(?P<plus>\+)?(?:(?P<scale1>k|m|mm|mn|bn)?\b|(?=(?:ms|msecs?|s|secs?|mins?)\b))"
    rf"\s?(?:(?P<scale>{_BIG}|mio)s?\b)?(?P<percent>\s?(?:%|percent\b|per cent\b|pct\b))?(?P<after>\+)?",
)
_SPELLED = expression(
    rf"\b(?P<loose>a few|few|a couple of|a couple|couple of|several|half a|a good|a|an|some)?\s?"
    rf"(?P<words>(?:(?:{_WORD}|{_BIG})(?:[\s-]+(?:and\s+)?)?)+)(?P<plural>s\b)?(?P<percent>\s*(?:%|percent\b|per cent\b))?"
)
_SHARED_SCALE = expression(rf"\s?(?:to|or|-)\s(?:{_WORD})[ -](?P<scale>{_BIG})\b")
"""Behind a small number, whose scale stands with the other end of its range: "five to six hundred"."""
_PARTS = expression(
    r"\b(?P<part>half|a third|one third|two thirds|a quarter|one quarter|three quarters|(?:one|two|three|four|five|six|seven|eight|nine)"
    r"(?: (?:out of|in|of) | of )(?:every )?ten)\b(?! an?\b)"
)
_PART_VALUES = {
    "half": 0.5,
    "a third": 1 / 3,
    "one third": 1 / 3,
    "two thirds": 2 / 3,
    "a quarter": 0.25,
    "one quarter": 0.25,
    "three quarters": 0.75,
}
_NEVER_COUNTS = expression(
    r"(?:gpt|llama|claude|gemini|qwen|gemma|phi|mistral|cuda|python|version|v|icd|cpt|top|p|http|mt|q|fp|int)[- ]?$"
)


_TENS = expression(r"\b(?:the|low|lower|mid|middle|high|upper|early|late)[ -]\d+$|\b(?:19|20)\d\d$")
"""Before the s of "the 80s" and "2010s", which are no seconds."""


class Quantity(Struct, frozen=True):
    """A number as written: its value (a percentage as a share), and where it stands in the flattened text."""

    value: float
    start: int
    end: int
    percent: bool = False
    money: bool = False
    is_share: bool = False
    """Whether it can be a share of one: a percentage, a decimal below one, or words such as "half"."""
    until: float | None = None
    """The upper end where it is a range."""

    @property
    def middle(self) -> float:
        """The value, or the middle of a range."""
        return self.value if self.until is None else (self.value + self.until) / 2


def find_quantities(flat: str) -> tuple[Quantity, ...]:
    """Return every quantity in a flattened text, in order, none overlapping another."""
    taken: list[Quantity] = []
    is_taken = bytearray(len(flat))
    for quantity in (*_halves(flat), *_figures(flat), *_shares(flat), *_spelled(flat)):
        if not any(is_taken[quantity.start : quantity.end]):
            is_taken[quantity.start : quantity.end] = b"1" * (quantity.end - quantity.start)
            taken.append(quantity)
    return tuple(_with_ranges(flat, sorted(taken, key=lambda quantity: quantity.start)))


def plain_number(word: str) -> float | None:
    """Return the value of a text that is nothing but one quantity, else None."""
    flat = word.strip().lower()
    found = find_quantities(flat)
    if len(found) != 1 or found[0].start > 0 or found[0].end < len(flat):
        return None
    return found[0].value


def _with_ranges(flat: str, quantities: list[Quantity]) -> Iterator[Quantity]:
    """Join two neighbours that a dash or "to" makes one range, as in "ten to twelve thousand"."""
    at = 0
    while at < len(quantities):
        one, two = quantities[at], quantities[at + 1] if at + 1 < len(quantities) else None
        joined = _range(flat, one, two) if two else None
        yield joined or one
        at += 2 if joined else 1


def _range(flat: str, one: Quantity, two: Quantity) -> Quantity | None:
    between = flat[one.end : two.start]
    if (
        (two.money and not one.money)
        or not _RANGE.fullmatch(between)
        or _MOVED.search(flat[max(0, one.start - 12) : one.start])
    ):
        return None
    low = one.value / 100 if two.percent and not one.percent else one.value
    written = flat[two.start : two.end]
    if two.value >= 1e3 and one.value < 1e3 and re.search("[a-z]", written):
        scale = next(scale for scale in (1e9, 1e6, 1e3) if two.value >= scale)
        low = low * scale if low * scale < two.value else low
    if low >= two.value or (low < 1) != (two.value <= 1):
        return None
    return Quantity(low, one.start, two.end, two.percent, one.money, two.is_share, two.value)


def _halves(flat: str) -> Iterator[Quantity]:
    for found in _AND_A_HALF.finditer(flat):
        whole = _UNITS.get(found["whole"]) or (int(found["whole"]) if found["whole"].isdigit() else 0)
        if whole:
            yield Quantity((whole + 0.5) * _SCALES[found["scale"]], found.start(), found.end())


def _figures(flat: str) -> Iterator[Quantity]:
    for found in _FIGURE.finditer(flat):
        if _NEVER_COUNTS.search(flat[max(0, found.start() - 10) : found.start()]):
            continue
        if flat.startswith("s", found.end()) and _TENS.search(flat[max(0, found.start() - 10) : found.end()]):
            continue
        if len(found["first"]) > DIGITS_AT_MOST:
            continue
        percent = bool(found["percent"])
        value = _digits(found["first"], flat[found.end("first") :]) * _SCALES.get(found["scale1"] or "", 1.0)
        value = (-value if found["sign"] else value) * _SCALES.get(found["scale"] or "", 1.0)
        if not math.isfinite(value):
            continue
        share = percent or (0 <= value <= 1 and "." in found["first"])
        yield Quantity(
            value / 100 if percent else value, found.start(), found.end(), percent, bool(found["money"]), share
        )


def _shares(flat: str) -> Iterator[Quantity]:
    for found in _PARTS.finditer(flat):
        part = found["part"]
        value = _PART_VALUES.get(part) or _UNITS[part.split()[0]] / 10
        yield Quantity(value, found.start(), found.end(), is_share=True)


def _spelled(flat: str) -> Iterator[Quantity]:
    for found in _SPELLED.finditer(flat):
        words = re.findall(r"[a-z]+", found["words"])
        loose = found["loose"] or ""
        if found["plural"] or (words[0] in _SCALES and not loose):
            continue
        value = _LOOSE.get(loose, 1) * _spelled_value(words) if words[0] in _SCALES else _spelled_value(words)
        if len(words) == 1 and (shared := _SHARED_SCALE.match(flat, found.end("words"))):
            value *= _SCALES[shared["scale"]]
        end = found.start("words") + len(found["words"].rstrip(" -"))
        percent = bool(found["percent"])
        start = found.start() if words[0] in _SCALES else found.start("words")
        yield Quantity(
            value / 100 if percent else value, start, found.end() if percent else end, percent, is_share=percent
        )


def _spelled_value(words: list[str]) -> float:
    total, current = 0.0, 0.0
    for word in words:
        if word in _UNITS:
            current += _UNITS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0.0
    return total + current


def _digits(written: str, after: str = "") -> float:
    if _DOTTED.fullmatch(written) and not _MEASURED_AFTER.match(after):
        return float(written.replace(".", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", written):
        return float(written.replace(".", ""))
    if re.fullmatch(r"\d{1,3}(?:[,'\u2009\u202f ]\d{3})+(?:\.\d+)?", written):
        return float(re.sub(r"[,'\u2009\u202f ]", "", written))
    return float(written.replace(",", "."))

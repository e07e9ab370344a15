"""Cuts a text into sentences and clauses with their character offsets; knows nothing of facts.

Offsets always point into the text as given, so that evidence can be quoted exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from agent.expressions import expression
from agent.intake.scope import told_until

_ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "etc",
        "vs",
        "approx",
        "incl",
        "excl",
        "resp",
        "ca",
        "cf",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "no",
        "nr",
        "fig",
        "sec",
        "min",
        "max",
        "avg",
        "est",
        "dept",
        "inc",
        "ltd",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "p.a",
        "a.m",
        "p.m",
        "u.s",
    ]
)
_UNITS = frozenset(["ms", "sec", "min"])
_BREAK = expression(
    r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s|$)|\n\s*(?:[-*•·]|\d+[.)])\s+|\n+|;(?=\s)|\s[-*•]\s(?=[A-Z])"
)
_CLAUSE = expression(
    r"(?:,|(?<!\s))\s+(?:but|yet|though|although|while|whereas|however|because|so that|except that|only that)\s+"
    r"|(?<!\s)\s+[–—-]+\s+|[:;]\s+|,\s+(?=(?:and|so|or|otherwise|we|i|it|they|the|our|which|who|what)\b)|(?<!\s)\s+(?=and (?:we|i|it|they|the|our|no|not)\b)",
    re.IGNORECASE,
)
_FLAT = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00a0": " ", "\u202f": " "}
)


class Span(Struct, frozen=True):
    """A stretch of the text: its words, and where they stand."""

    text: str
    start: int
    end: int


def flatten(text: str) -> str:
    """Return the text in lower case with plain quotes and dashes, character for character."""
    if text.isascii():
        return text.lower()
    lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(_FLAT)


def split_sentences(text: str) -> tuple[Span, ...]:
    """Cut a text at full stops, list items, semicolons and line ends; abbreviations and decimals do not cut."""
    return tuple(_trimmed(text, start, end) for start, end in _cuts(text) if text[start:end].strip(" \t\r\n-*•·"))


@lru_cache(maxsize=1024)
def split_clauses(sentence: Span) -> tuple[Span, ...]:
    """Cut a sentence where the speaker turns: at "but", dashes, colons, before a new subject, and before a question."""
    clauses, begin = [], 0
    turns = {(turn.start(), turn.end()) for turn in _CLAUSE.finditer(sentence.text)}
    told = told_until(flatten(sentence.text))
    if told and not any(start <= told <= end for start, end in turns):
        turns.add((told, told))
    for start, end in sorted(turns):
        clauses.append((begin, start))
        begin = end
    clauses.append((begin, len(sentence.text)))
    return tuple(
        _trimmed(sentence.text, start, end, offset=sentence.start)
        for start, end in clauses
        if sentence.text[start:end].strip()
    )


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for mark in _BREAK.finditer(text):
        if _is_abbreviation(text, begin, mark):
            continue
        end = mark.start() if text[mark.start()] in "\n; \t\r" else mark.end()
        yield begin, end
        begin = mark.end()
    yield begin, len(text)


def _is_abbreviation(text: str, begin: int, mark: re.Match[str]) -> bool:
    if mark.group() != ".":
        return False
    words = text[max(begin, mark.start() - 12) : mark.start()].split()
    if not words or words[-1].lower().strip("(\"'") not in _ABBREVIATIONS or mark.end() >= len(text.rstrip()):
        return False
    return not _ends_in_unit(words, text[mark.end() :].lstrip())


def _ends_in_unit(words: list[str], rest: str) -> bool:
    """Whether a unit of time ends a sentence: "in under 200 ms. 9,000 reports", not "Ms. Smith" nor "5 min. at most"."""
    is_unit = words[-1] in _UNITS and len(words) > 1 and words[-2][-1].isdigit()
    return is_unit and (rest[0].isupper() or rest[0].isdigit())


def _trimmed(text: str, start: int, end: int, *, offset: int = 0) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(text[start:end], start + offset, end + offset)

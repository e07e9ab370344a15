"""A draft read into sentences, and a sentence into the claims that have their own citations.

Owns Markdown and markers; what a sentence may rest on is `basis`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from agent.expressions import expression


class Sentence(Struct, frozen=True):
    """One claim of a draft: its words without Markdown, and the numbers of its [n] markers."""

    text: str
    markers: tuple[int, ...] = ()
    is_heading: bool = False
    is_step: bool = False
    """Whether it stands in a numbered list, as the plan does."""
    raw: str = ""
    """As it stands in the Markdown, markers and all, wrapped lines joined."""


MARKER = expression(r"(?<!\\)\[\^?(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\](?!\()")
LIST_ITEM = expression(r"^\s{0,8}(?:([-*+•])|(\d{1,3})[.)])\s+")
QUOTED = expression(r'“[^”]*”|(?<!\\)"[^"\n]*"')
_END = expression(r"[.!?…]+[\"”’')*_]*(?:\s*\[\^?\d[\d\s,–-]*\])*(?=\s|$)")
_ABBREVIATION = expression(r"(?:\b(?:e\.g|i\.e|vs|etc|approx|cf|Dr|Mr|Ms|No|St|Fig|al)|\b[A-Z])\.$")
_BOLD_LEAD = expression(r"^\s*\*\*([^*]+?)\*\*[:.]?(?:\s+|$)")
_JOINED = expression(r"(?<=\]);\s+")
_ESCAPED = expression(r"\\([!-/:-@\[-`{-~])")


def read_sentences(markdown: str) -> tuple[Sentence, ...]:
    """Split Markdown into its sentences, headings and list items, each with the markers that follow it."""
    found: list[Sentence] = []
    for text, is_heading, is_step in _blocks(markdown):
        if is_heading:
            found.append(sentence_of(text, is_heading=True, is_step=False))
            continue
        lead = _BOLD_LEAD.match(text)
        if lead and _is_title(lead[1] if lead.end() == len(text) else lead[1].rstrip(".?:")):
            found.append(sentence_of(lead[1], is_heading=True, is_step=is_step))
            text = text[lead.end() :]
        found += [sentence_of(part, is_heading=False, is_step=is_step) for part in split(text)]
    return tuple(sentence for sentence in found if re.search(r"\w", sentence.text) or sentence.markers)


def claims_of(sentence: Sentence) -> tuple[Sentence, ...]:
    """Split "one thing [1]; another [2]" into its parts, each with the citations that follow it."""
    parts = [part for part in _JOINED.split(sentence.raw) if part.strip()]
    if len(parts) < 2 or sentence.is_heading or not all(MARKER.search(part) for part in parts):
        return (sentence,)
    return tuple(sentence_of(part, is_heading=False, is_step=sentence.is_step) for part in parts)


def clauses(texts: Iterable[str]) -> list[str]:
    """Return the parts between colons and semicolons, where there are several."""
    return [part for text in texts for part in _clauses_of(text)]


@lru_cache(maxsize=4096)
def _clauses_of(text: str) -> tuple[str, ...]:
    parts = re.split(r"[;:]\s", text)
    return tuple(parts) if len(parts) > 1 else ()


def _is_title(bold: str) -> bool:
    """Say whether words in bold are a title: few, uncited, and no whole sentence."""
    return len(bold.split()) <= 7 and not MARKER.search(bold) and not bold.rstrip().endswith((".", "!", "?"))


def _blocks(markdown: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield text, whether it is a heading, and whether it is a numbered step; soft-wrapped lines are joined."""
    block, is_step = "", False
    for line in [*markdown.splitlines(), ""]:
        bare = line.strip()
        item = LIST_ITEM.match(line)
        starts_anew = not bare or item or bare.startswith(("#", "|", "```", ">")) or set(bare) <= {"-", "=", "*", "_"}
        if starts_anew and block:
            yield block, False, is_step
            block, is_step = "", False
        if bare.startswith("#"):
            yield bare.lstrip("# "), True, False
        elif item:
            block, is_step = line[item.end() :].strip(), bool(item[2])
        elif bare and not bare.startswith("```") and re.search(r"\w", bare):
            block = f"{block} {bare.lstrip('> ')}".strip()


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[str, ...]:
    """Return the sentences of one block; full stops inside quotations and abbreviations do not end one."""
    quoted = [(match.start(), match.end()) for match in QUOTED.finditer(text)]
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        inside = any(opens < end.start() and end.end() < closes for opens, closes in quoted)
        after = text[end.end() :].lstrip()
        goes_on = bool(after) and after[0].islower()
        if inside or goes_on or _ABBREVIATION.search(text[start : end.start() + 1]):
            continue
        found.append(text[start : end.end()])
        start = end.end()
    if text[start:].strip():
        found.append(text[start:])
    return tuple(found)


@lru_cache(maxsize=4096)
def sentence_of(text: str, *, is_heading: bool, is_step: bool) -> Sentence:
    markers: list[int] = []
    for match in MARKER.finditer(text):
        markers += numbers_of(match[1])
    bare = re.sub(r"\s*" + MARKER.pattern, "", text)
    return Sentence(
        text=_without_markup(bare).strip(),
        markers=tuple(dict.fromkeys(markers)),
        is_heading=is_heading,
        is_step=is_step,
        raw=text.strip(),
    )


def numbers_of(marker: str) -> Iterator[int]:
    for part in re.split(r"\s*,\s*", marker):
        first, _, last = re.sub(r"\s*[–-]\s*", "-", part).partition("-")
        yield from range(int(first), min(int(last or first), int(first) + 50) + 1)


def _without_markup(text: str) -> str:
    """Drop emphasis and code marks and undo backslash escapes, so that words compare as they were written."""
    kept = _ESCAPED.sub(lambda match: f"\ue000{ord(match[1]):x}\ue001", text)
    kept = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 (\2)", kept)
    kept = re.sub(r"\*+|`+|(?<!\w)_+|_+(?!\w)", "", kept)
    return re.sub("\ue000([0-9a-f]+)\ue001", lambda match: chr(int(match[1], 16)), kept)

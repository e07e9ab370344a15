"""Divides the text of an added document into passage-sized spans with their section; knows nothing of files or ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import Literal, NamedTuple
from zlib import crc32

Markup = Literal["markdown", "plain"]

LIMIT = 200
"""Units no passage exceeds by packing: MiniLM reads 256 tokens, heading included, and cuts off the rest."""
ENOUGH = 75
"""Units from which a passage may close; about 60 English words."""
TAIL = 75
"""Units under which the rest of a section joins the passage before it, up to LIMIT plus a tenth."""

_UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]{1,8}|\d{1,2}|[^\w\s]|_")
"""About a token: 8 letters, 2 digits, a mark, a character of a script without spaces; 1.2 to an English word."""
_BORDERS = (re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|(?<=[。！？])"), re.compile(r"\n"))
"""Where a block over LIMIT may be cut, best first: sentence, line; then word."""
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t](.*)")
_SETEXT = re.compile(r" {0,3}(?:=+|-{2,})\s*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_PLAIN_HEADING = re.compile(r"(?![-*•|>])[\w\"“'(].{1,78}[^\s.!?:;,]")
_EMPHASIS = re.compile(r"[*_`#\[\]]+")

Span = tuple[int, int]


class Chunk(NamedTuple):
    """One passage to be: the headings above it, and where it stands in the text."""

    section: str
    span: Span


class _Block(NamedTuple):
    """A paragraph, list, table or code block; or, with a level, a heading."""

    start: int
    end: int
    level: int = 0
    title: str = ""


def divide(text: str, *, markup: Markup) -> list[Chunk]:
    """Return chunks of roughly 60 to 170 words on heading, paragraph, then sentence borders; none over 220 units."""
    chunks = [
        Chunk(section, span)
        for section, blocks in _sections(_headed(text, list(_blocks(text)), markup))
        for span in _packed(text, blocks)
    ]
    return chunks or [Chunk("", span) for span in _packed(text, list(_blocks(text)))]


def units(text: str, start: int = 0, end: int | None = None) -> int:
    """Return about how many tokens text[start:end] has."""
    return len(_UNIT.findall(text, start, len(text) if end is None else end))


def _lines(text: str, start: int, end: int) -> Iterator[_Block]:
    for match in _LINE.finditer(text, start, end):
        if match.start() < match.end():
            yield _Block(*match.span())


def _blocks(text: str) -> Iterator[_Block]:
    """Yield what blank lines separate; a fenced block stays whole."""
    start, end, fence = -1, -1, ""
    for line in _lines(text, 0, len(text)):
        words = text[line.start : line.end]
        mark = _FENCE.match(words)
        if mark:
            fence = "" if fence == mark[1] else fence or mark[1]
        if words.strip() or fence:
            start, end = (line.start if start < 0 else start), line.end
        elif start >= 0:
            yield _Block(start, end)
            start = -1
    if start >= 0:
        yield _Block(start, end)


def _headed(text: str, blocks: list[_Block], markup: Markup) -> Iterator[_Block]:
    """Yield the blocks with headings split off."""
    for index, block in enumerate(blocks):
        if markup == "plain" and index + 1 < len(blocks):
            title = text[block.start : block.end].strip()
            if _PLAIN_HEADING.fullmatch(title) and len(title.split()) <= 10:
                yield _Block(block.start, block.end, 2, title)
                continue
        yield from _split_headings(text, block) if markup == "markdown" else (block,)


def _split_headings(text: str, block: _Block) -> Iterator[_Block]:
    """Yield ATX and setext headings inside one block, and what stands between them."""
    lines = list(_lines(text, block.start, block.end))
    start, is_fenced, index = block.start, False, 0
    while index < len(lines):
        line = lines[index]
        words = text[line.start : line.end].rstrip("\n")
        is_fenced ^= bool(_FENCE.match(words))
        below = text[lines[index + 1].start : lines[index + 1].end] if index + 1 < len(lines) else ""
        heading = None if is_fenced else _heading(line, words, below, is_first=line.start == start)
        if heading:
            if start < line.start:
                yield _Block(start, line.start)
            if not _ATX.fullmatch(words):
                index += 1
            start = lines[index].end
            yield heading
        index += 1
    if start < block.end:
        yield _Block(start, block.end)


def _heading(line: _Block, words: str, below: str, *, is_first: bool) -> _Block | None:
    """Return the heading this line is; an underlined one has to open its block, else `---` would be a rule."""
    if match := _ATX.fullmatch(words):
        return _Block(line.start, line.end, len(match[1]), _plain(match[2].rstrip().rstrip("#")))
    if is_first and words.strip() and "|" not in words and _SETEXT.fullmatch(below.rstrip("\n")):
        return _Block(line.start, line.end, 1 if "=" in below else 2, _plain(words))
    return None


def _plain(title: str) -> str:
    return _EMPHASIS.sub("", title).strip()


def _sections(blocks: Iterable[_Block]) -> Iterator[tuple[str, list[_Block]]]:
    """Group body blocks under their headings, parents first; the one level-1 title is left out."""
    path: dict[int, str] = {}
    body: list[_Block] = []
    for block in blocks:
        if not block.level:
            body.append(block)
            continue
        if body:
            yield _named(path), body
            body = []
        path = {level: title for level, title in path.items() if level < block.level}
        path[block.level] = block.title
    if body:
        yield _named(path), body


def _named(path: dict[int, str]) -> str:
    titles = [title for level, title in sorted(path.items()) if title and level > 1] or list(path.values())
    return " › ".join(" ".join(title.split())[:80] for title in titles[-2:])


def _packed(text: str, blocks: list[_Block]) -> list[Span]:
    """Join the pieces of one section into spans.

    A span that has enough closes where the checksum of its last piece is even. Such borders depend on the words alone,
    not on what stands before them, so that after an edit the borders soon fall where they fell before.
    """
    spans: list[Span] = []
    size, is_closed = 0, False
    for start, end in (piece for block in blocks for piece in _pieces(text, (block.start, block.end))):
        added = units(text, start, end)
        if spans and not is_closed and size + added <= LIMIT:
            spans[-1], size = (spans[-1][0], end), size + added
        else:
            spans.append((start, end))
            size = added
        is_closed = size >= ENOUGH and crc32(text[start:end].strip().encode()) % 2 == 0
    if len(spans) > 1 and size < TAIL and units(text, spans[-2][0], spans[-1][1]) <= LIMIT * 1.1:
        spans[-2:] = [(spans[-2][0], spans[-1][1])]
    return [_trimmed(text, span) for span in spans if text[span[0] : span[1]].strip()]


def _pieces(text: str, span: Span, depth: int = 0) -> Iterator[Span]:
    """Yield the span whole where it fits, else cut at the best borders that make it fit."""
    if units(text, *span) <= LIMIT:
        yield span
    elif depth == len(_BORDERS):
        yield from pairwise([span[0], *_cuts(text, span), span[1]])
    else:
        cuts = [match.end() for match in _BORDERS[depth].finditer(text, *span)]
        for piece in pairwise([span[0], *cuts, span[1]]):
            yield from _pieces(text, piece, depth + 1)


def _cuts(text: str, span: Span) -> Iterator[int]:
    """Yield a cut every nine tenths of LIMIT, between words where one begins within 40 characters before."""
    for match in islice(_UNIT.finditer(text, *span), LIMIT * 9 // 10, None, LIMIT * 9 // 10):
        blank = text.rfind(" ", match.start() - 40, match.start())
        yield blank + 1 if blank > span[0] else match.start()


def _trimmed(text: str, span: Span) -> Span:
    words = text[span[0] : span[1]]
    start = span[0] + len(words) - len(words.lstrip())
    return start, start + len(words.strip())

"""The three pictures of a memo as SVG written by hand: the ladder, the votes, and the map of the verdict.

Owns their geometry. They are grey only, every area carries its words, and each comes with a text that says the same.
The same SVG goes into the page and into the PDF, so text is kept well within its box whatever serif font is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from msgspec import Struct

from agent.memo.model import MapCell, Memo, VerdictMap, Vote
from agent.text import upper_first
from agent.types import LADDER, Approach

WIDTH = 640
INK, SOFT, PALE = "#1a1a1a", "#6b6b6b", "#f0f0f0"
SHADES = ("#ffffff", "#dcdcdc", "#bcbcbc", "#eeeeee", "#cdcdcd", "#f7f7f7")
"""Of the map's areas, in ladder order: told apart in grey, and light enough for black text."""
FONT = "'Libertinus Serif', Georgia, 'Times New Roman', serif"
CHARACTER = 0.57
"""Mean width of a letter in ems, over that of the fonts named, since a reader's machine may set a wider one."""


class Picture(Struct, frozen=True):
    """One picture with its caption and a text that says the same."""

    name: str
    svg: str
    caption: str
    alt: str


def draw(memo: Memo) -> tuple[Picture, ...]:
    """Return the pictures of a memo; no map where no number moves the verdict."""
    return (_ladder(memo), _votes(memo), *((_map(memo, memo.map),) if memo.map else ()))


def _ladder(memo: Memo) -> Picture:
    """The nine rungs, the lowest at the bottom; the chosen one is black, those of the plan are numbered."""
    height, left, right = 28, 36, 320
    steps = {step.approach: step.condition or f"plan step {number}" for number, step in enumerate(memo.plan, 1)}
    votes = {name: sum(vote.approach == name for vote in memo.votes) for name in LADDER}
    total = height * len(LADDER) + 20
    marks = [_line(left, 4, left, total - 4, 3), _line(right, 4, right, total - 4, 3)]
    for index, approach in enumerate(LADDER):
        y = total - 10 - height * (index + 1)
        is_chosen = approach == memo.outcome.approach
        marks.append(
            _box(left, y + 3, right - left, height - 6, INK if is_chosen else PALE, INK if is_chosen else SOFT)
        )
        label = upper_first(memo.labels[approach])
        marks.append(_text(left + 12, y + 19, label, fill="#ffffff" if is_chosen else INK, is_bold=is_chosen))
        marks.append(_text(left - 12, y + 19, str(index + 1), anchor="end", fill=SOFT))
        told = [
            *(["recommended"] if is_chosen else []),
            *([steps[approach]] if approach in steps else []),
        ]
        told += [_plural(votes[approach], "source")] if votes[approach] else []
        marks.append(_text(right + 14, y + 19, " · ".join(told), is_bold=is_chosen))
    plan = ", then ".join(step.name for step in memo.plan if not step.condition)
    chosen = f"Recommended is rung {memo.outcome.rung}, {memo.outcome.name}"
    alt = f"A ladder of {len(LADDER)} rungs. {chosen}. The plan: {plan}."
    caption = "The ladder: the recommended rung, the steps of the plan, and how many sources lead to each rung."
    return Picture("ladder", _svg(total, marks, alt), caption, alt)


def _votes(memo: Memo) -> Picture:
    """One row for each source, one column for each approach that any of them leads to."""
    named = {vote.approach for vote in memo.votes} | {memo.outcome.approach}
    columns = [approach for approach in LADDER if approach in named]
    names, top, height = 220, 48, 30
    step = (WIDTH - names - 10) // len(columns)
    total = top + height * len(memo.votes) + 8
    marks: list[str] = []
    for index, approach in enumerate(columns):
        middle = names + step * index + step // 2
        if approach == memo.outcome.approach:
            marks.append(_box(names + step * index + 4, 2, step - 8, total - 4, PALE, SOFT))
        lines = _wrapped(memo.labels[approach], step - 12, 12)
        marks += [_text(middle, 18 + 14 * n, line, anchor="middle", size=12) for n, line in enumerate(lines[:2])]
    for row, vote in enumerate(memo.votes):
        y = top + height * row
        marks.append(_line(0, y, WIDTH, y, 0.5, SOFT))
        marks += _row(vote, columns, y, names, step)
    told = "; ".join(f"{vote.name}: {vote.label}" for vote in memo.votes)
    caption = "What each source's own framework leads to; filled where it agrees with the recommendation."
    return Picture("votes", _svg(total, marks, f"Votes by source. {told}."), caption, f"Votes by source. {told}.")


def _row(vote: Vote, columns: Sequence[Approach], y: int, names: int, step: int) -> Iterable[str]:
    yield _text(0, y + 20, _cut(vote.name, names - 12, 13), size=13)
    if vote.approach is None:
        yield _text(names + 12, y + 20, "no view of this case", fill=SOFT, size=12, is_italic=True)
        return
    x = names + step * columns.index(vote.approach) + step // 2
    fill = INK if vote.agrees else "#ffffff"
    yield f'<circle cx="{x}" cy="{y + 15}" r="7" fill="{fill}" stroke="{INK}" stroke-width="2"/>'


def _map(memo: Memo, map: VerdictMap) -> Picture:
    """The recommendation over two numbers: bands of equal width, since it is the bounds that count."""
    left, top, row = 130, 8, 66
    step = (WIDTH - left - 4) // len(map.columns)
    bottom = top + row * len(map.rows)
    shades = _shades(map)
    marks: list[str] = []
    for y_index, cells in enumerate(map.cells):
        y = bottom - row * (y_index + 1)
        marks += _label(map.rows[y_index].label, left - 8, y + row // 2 + 4, left - 12)
        for x_index, cell in enumerate(cells):
            marks += _area(memo, cell, shades[cell.approach], left + step * x_index, y, step, row)
    for x_index, band in enumerate(map.columns):
        lines = _wrapped(band.label, step - 8, 12)
        middle = left + step * x_index + step // 2
        marks += [_text(middle, bottom + 17 + 14 * n, line, anchor="middle", size=12) for n, line in enumerate(lines)]
    marks += _here(map, left, bottom, step, row)
    marks.append(_text(left + (WIDTH - left) // 2, bottom + 50, f"{map.across} →", anchor="middle", is_italic=True))
    marks.append(_text(4, bottom + 50, f"↑ {map.down}", is_italic=True, size=12))
    alt = f"Map of the recommendation over {map.across} and {map.down}. {_told(memo, map)} {map.here}."
    caption = f"The recommendation over the two numbers that matter most here. {map.here}."
    return Picture("map", _svg(bottom + 60, marks, alt), caption, alt)


def _shades(map: VerdictMap) -> dict[Approach | None, str]:
    found = {cell.approach for cells in map.cells for cell in cells if cell.approach}
    ranked = sorted(found, key=LADDER.index)
    return {None: "#ffffff"} | {name: SHADES[index % len(SHADES)] for index, name in enumerate(ranked)}


def _area(memo: Memo, cell: MapCell, shade: str, x: int, y: int, width: int, height: int) -> Iterable[str]:
    yield _box(x, y, width, height, shade, INK)
    label = upper_first(memo.labels[cell.approach]) if cell.approach else "Against what is stated"
    lines = _wrapped(label, width - 14, 13)[:2]
    start = y + height // 2 - 7 * len(lines) + (2 if cell.approach else 8)
    for number, line in enumerate(lines):
        yield _text(
            x + width // 2, start + 8 + 15 * number, line, anchor="middle", size=13, is_bold=bool(cell.approach)
        )
    if cell.approach:
        agreed = f"{cell.agreeing} of {cell.with_view} sources"
        yield _text(x + width // 2, start + 8 + 15 * len(lines), agreed, anchor="middle", size=11, fill="#333333")


def _here(map: VerdictMap, left: int, bottom: int, step: int, row: int) -> Iterable[str]:
    """Frame where the case stands: a cell, or a whole row or column where one number is not stated."""
    columns = [n for n, band in enumerate(map.columns) if band.is_here]
    rows = [n for n, band in enumerate(map.rows) if band.is_here]
    if not columns and not rows:
        return
    x, width = (left + step * columns[0], step) if columns else (left, step * len(map.columns))
    y, height = (bottom - row * (rows[0] + 1), row) if rows else (bottom - row * len(map.rows), row * len(map.rows))
    yield _box(x + 3, y + 3, width - 6, height - 6, "none", INK, stroke=3)


def _told(memo: Memo, map: VerdictMap) -> str:
    parts = []
    for row, cells in zip(map.rows, map.cells, strict=True):
        for band, cell in zip(map.columns, cells, strict=True):
            name = memo.labels[cell.approach] if cell.approach else "against what is stated"
            parts.append(f"{map.down} {row.label} and {map.across} {band.label}: {name}")
    return "; ".join(parts) + "."


def _label(text: str, x: int, y: int, width: int) -> Iterable[str]:
    lines = _wrapped(text, width, 12)
    for number, line in enumerate(lines):
        yield _text(x, y + 14 * number - 7 * (len(lines) - 1), line, anchor="end", size=12)


def _svg(height: int, marks: Iterable[str], alt: str) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-label="{_safe(alt)}" font-family="{FONT}">'
    )
    return "\n".join((head, *marks, "</svg>"))


def _text(
    x: int,
    y: int,
    words: str,
    *,
    anchor: str = "start",
    size: int = 14,
    fill: str = INK,
    is_bold: bool = False,
    is_italic: bool = False,
) -> str:
    style = (' font-weight="bold"' if is_bold else "") + (' font-style="italic"' if is_italic else "")
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"{style}>{_safe(words)}</text>'


def _box(x: int, y: int, width: int, height: int, fill: str, edge: str, *, stroke: float = 1) -> str:
    shape = f'x="{x}" y="{y}" width="{width}" height="{height}"'
    return f'<rect {shape} fill="{fill}" stroke="{edge}" stroke-width="{stroke}"/>'


def _line(x: int, y: int, to_x: int, to_y: int, width: float, color: str = INK) -> str:
    return f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="{color}" stroke-width="{width}"/>'


def _wrapped(text: str, width: int, size: int) -> list[str]:
    """Break a label at blanks so that each line fits; a word too long for a line is cut."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) * size * CHARACTER <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return [_cut(line, width, size) for line in lines]


def _cut(text: str, width: int, size: int) -> str:
    room = max(3, int(width / (size * CHARACTER)))
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"


def _safe(text: str) -> str:
    """Escape for XML and drop what XML does not allow."""
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text))


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

"""The map of the verdict: which two numbers matter most for this case, what is recommended over both, how firmly.

The rules cut each number's range at the bounds they mention; within a cell nothing changes, so one value a cell is
tried. Cells that never differ are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from msgspec import Struct

from agent.memo.model import Band, MapCell, VerdictMap
from agent.text import upper_first
from agent.types import Approach, FactSpec, FactValue, SourceVote

Numbers = tuple[float, ...]
Pair = tuple[str, str]
Outcomes = Callable[[Mapping[str, FactValue]], Approach | None]
"""The recommendation after changes of the case's facts; None where they contradict what is stated."""
Show = Callable[[str, float], str]
AXES = {
    "knowledge_change_days": "Days between changes of the knowledge",
    "behaviour_change_days": "Days between changes of what is wanted",
}
"""Names of axes where the fact's own name does not say it."""


class _Grid(Struct, frozen=True):
    """What is recommended at each pair of values; `cells[row][column]`."""

    across: str
    down: str
    columns: Numbers
    rows: Numbers
    cells: tuple[tuple[MapCell, ...], ...]


class Terrain(Struct, frozen=True):
    """What the rules say when some of the case's numbers change."""

    outcomes: Outcomes
    votes: Callable[[Mapping[str, FactValue]], tuple[SourceVote, ...]]
    cells: Mapping[str, tuple[FactValue, ...]]
    """Values at which any rule's bounds cut each fact's range."""


def find_map(
    stated: Mapping[str, FactValue], terrain: Terrain, catalogue: Mapping[str, FactSpec], show: Show
) -> VerdictMap | None:
    """Return the map over the two numbers that move the recommendation most; None where no number moves it."""
    axes = {name: _axis(values, stated.get(name)) for name, values in terrain.cells.items()}
    numeric = {name: values for name, values in axes.items() if len(values) > 1}
    pair = _moving_pair(numeric, terrain, stated)
    if pair is None:
        return None
    grid = _merged(_grid(pair, numeric, terrain))
    return _told(grid, stated, catalogue, show) if len(grid.rows) * len(grid.columns) > 1 else None


def _axis(cells: Sequence[FactValue], stated: FactValue | None) -> Numbers:
    """The cells' values with the case's own among them; empty for what is no number."""
    values = [value for value in (*cells, stated) if value is not None]
    if any(isinstance(value, bool | str) for value in values):
        return ()
    return tuple(sorted({float(value) for value in values})) if len(cells) > 1 else ()


def _moving_pair(axes: Mapping[str, Numbers], terrain: Terrain, stated: Mapping[str, FactValue]) -> Pair | None:
    """Choose the pair that moves the recommendation: stated numbers first, then most outcomes, then even shares."""
    ranked: list[tuple[tuple[int, int, int], Pair]] = []
    for across, down in combinations(axes, 2):
        found = [terrain.outcomes({across: x, down: y}) for x in axes[across] for y in axes[down]]
        different = len(set(found) - {None})
        minority = len(found) - max(found.count(outcome) for outcome in set(found))
        if different > 1:
            ranked.append((((across in stated) + (down in stated), different, minority), (across, down)))
    return max(ranked, key=lambda entry: entry[0])[1] if ranked else None


def _grid(pair: Pair, axes: Mapping[str, Numbers], terrain: Terrain) -> _Grid:
    across, down = pair
    rows = tuple(tuple(_cell(terrain, {across: x, down: y}) for x in axes[across]) for y in axes[down])
    return _Grid(across, down, axes[across], axes[down], rows)


def _cell(terrain: Terrain, changes: Mapping[str, FactValue]) -> MapCell:
    approach = terrain.outcomes(changes)
    if approach is None:
        return MapCell(None, 0, 0)
    with_view = [vote for vote in terrain.votes(changes) if vote.recommendation]
    agreeing = sum(vote.leads_to(approach) for vote in with_view)
    return MapCell(approach, agreeing, len(with_view))


def _merged(grid: _Grid) -> _Grid:
    """Put neighbouring rows and columns together that never differ; each keeps its lowest value."""
    rows = [n for n, row in enumerate(grid.cells) if n == 0 or row != grid.cells[n - 1]]
    turned = tuple(zip(*grid.cells, strict=True))
    columns = [n for n, column in enumerate(turned) if n == 0 or column != turned[n - 1]]
    return _Grid(
        grid.across,
        grid.down,
        tuple(grid.columns[n] for n in columns),
        tuple(grid.rows[n] for n in rows),
        tuple(tuple(grid.cells[row][column] for column in columns) for row in rows),
    )


def _told(grid: _Grid, stated: Mapping[str, FactValue], catalogue: Mapping[str, FactSpec], show: Show) -> VerdictMap:
    return VerdictMap(
        across=_name(catalogue.get(grid.across), grid.across),
        down=_name(catalogue.get(grid.down), grid.down),
        columns=_bands(grid.columns, stated.get(grid.across), lambda value: show(grid.across, value)),
        rows=_bands(grid.rows, stated.get(grid.down), lambda value: show(grid.down, value)),
        cells=grid.cells,
        here=_here(grid, stated, catalogue, show),
    )


def _name(spec: FactSpec | None, name: str) -> str:
    if name in AXES:
        return AXES[name]
    words = name.replace("_", " ")
    unit = spec.unit if spec else ""
    return upper_first(words if not unit or unit.split()[0] in words else f"{words} ({unit})")


def _bands(starts: Numbers, stated: FactValue | None, show: Callable[[float], str]) -> tuple[Band, ...]:
    here = -1 if stated is None or isinstance(stated, str) else sum(start <= stated for start in starts[1:])
    if len(starts) == 1:
        return (Band("any", here == 0),)
    found = []
    for number in range(len(starts)):
        if number == 0:
            label = f"under {show(starts[1])}"
        elif number + 1 == len(starts):
            label = f"{show(starts[number])} or more"
        else:
            label = f"{show(starts[number])} to under {show(starts[number + 1])}"
        found.append(Band(label, number == here))
    return tuple(found)


def _here(grid: _Grid, stated: Mapping[str, FactValue], catalogue: Mapping[str, FactSpec], show: Show) -> str:
    told = []
    for name in (grid.across, grid.down):
        known = stated.get(name)
        value = f"at {show(name, float(known))}" if known is not None and not isinstance(known, str) else "not stated"
        told.append(f"{_name(catalogue.get(name), name)} {value}")
    return f"This case: {'; '.join(told)}; all else as stated"

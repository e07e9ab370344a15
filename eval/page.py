"""A result as one self-contained HTML page: no script, no request, every value escaped; same result, same bytes.

Owns what stands on the page and in which order. Leaves the look to `templates/report.html.j2`, the figures to the
result, and the tests of a difference to `comparison`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import isnan
from pathlib import Path

from msgspec import Struct

from agent.types import LADDER
from eval.comparison import Comparison, compare, legend, told
from eval.figures import Figure
from eval.intervals import wilson
from eval.report import Group, Result, cells, groups_of, miss
from eval.targets import LEGEND

TEMPLATES = Path(__file__).parent / "templates"
COLUMNS = ("figure", "what", "score", "95%", "n", "reach", "", "goal", "beside it", "note")
PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Reading", "Facts that the text states, and what is read from it.", ("facts",)),
    (
        "Prose",
        "What answers say against what they cite, and what the gate finds of planted errors.",
        ("citations", "gate", "model"),
    ),
    (
        "Rules",
        "Rules against their articles, and recommendations on the labelled facts, where no reading can go wrong.",
        ("sources", "recommendation.given", "recommendation.aside.given"),
    ),
    ("Recommendations", "All of it together: from the text to the recommendation.", ("recommendation",)),
    (
        "Questions",
        "Which sources and passages an answer cites, and what is refused.",
        ("questions", "refusals", "written"),
    ),
    (
        "Steadiness",
        "Whether telling, pushing or asking differently moves the verdict.",
        ("stability", "conversations", "talks"),
    ),
    ("Further", "", ("",)),
)
"""Heading, what it is about, and the beginnings of the figures' ids; the longest beginning wins."""
RATES: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Reading",
        "facts misread from text",
        (
            ("facts.found", "of the stated facts not found"),
            ("facts.wrong", "found with a wrong value"),
            ("facts.aside.found", "not found in cases kept aside"),
        ),
    ),
    (
        "Prose",
        "sentences that drift from what they cite",
        (
            ("citations.gate", "findings of the gate left in {n} answers"),
            ("citations.unknown", "citations that do not exist, in {n} answers"),
            ("gate.found.unsupported_sentence", "of planted unsupported claims not seen by the gate"),
            ("gate.found.flipped_polarity", "of planted reversals not seen by the gate"),
        ),
    ),
    (
        "Rules",
        "rules that misstate their source or decide otherwise",
        (
            ("sources.worked", "of the articles’ worked examples come out otherwise"),
            ("recommendation.given.exact", "of recommendations on labelled facts not the label"),
            ("recommendation.given.lenient", "of them not even defensible"),
        ),
    ),
)
"""The three kinds of error, apart: heading, meaning, and the figures they are read from."""
MISSES_SHOWN = 200


class Rate(Struct, frozen=True):
    """One error rate in words."""

    shown: str
    interval: str
    says: str


class Bar(Struct, frozen=True):
    """One row of a plot, its places in 0 to 1."""

    label: str
    value: float
    low: float
    high: float
    shown: str
    reach: float | None = None
    anchors: tuple[tuple[str, float], ...] = ()
    before: float | None = None
    mark: str = ""
    says: str = ""


class Confusion(Struct, frozen=True):
    """How often each label got each recommendation."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Part(Struct, frozen=True):
    """A table of figures under a heading."""

    title: str
    says: str
    rows: tuple[tuple[str, ...], ...]


class Missed(Struct, frozen=True):
    """The misses of one figure, by class and one by one."""

    id: str
    title: str
    cases: int
    n: int
    groups: tuple[Group, ...]
    lines: tuple[str, ...]
    left_out: int


def render(result: Result, before: Result | None = None) -> str:
    """Return the page of a result, with what changed since another one where it is given."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    figures = [line.figure for line in result.figures]
    old = {line.id: line.figure for line in before.figures} if before else {}
    comparison = compare(before, result) if before else None
    return environment.get_template("report.html.j2").render(
        result=result,
        rates=[(title, says, list(_rates(wanted, figures))) for title, says, wanted in RATES],
        overview=[_overview(figure, old.get(figure.id)) for figure in figures if _is_headline(figure)],
        facts=fact_bars(figures),
        confusion=confusion(figures),
        gate=gate_bars(figures),
        columns=COLUMNS,
        parts=list(parts(figures)),
        missed=list(missed(figures)),
        comparison=comparison,
        comparison_legend=list(legend(comparison)) if comparison else [],
        changed=_changed(comparison),
        legend=LEGEND,
    )


def _rates(wanted: Iterable[tuple[str, str]], figures: Sequence[Figure]) -> Iterator[Rate]:
    by_id = {figure.id: figure for figure in figures}
    for name, says in wanted:
        if name in by_id and by_id[name].scores:
            yield _rate(by_id[name], says)


def _rate(figure: Figure, says: str) -> Rate:
    """Turn a figure into what is wrong of it."""
    if figure.unit == "count":
        return Rate(f"{figure.value:g}", "", says.format(n=figure.n))
    low, high = figure.interval or (0.0, 1.0)
    if figure.counts_faults:
        return _share(figure.value, low, high, says)
    return _share(1 - figure.value, 1 - high, 1 - low, says)


def _share(share: float, low: float, high: float, says: str) -> Rate:
    return Rate(f"{100 * share:.1f} %", f"{100 * low:.1f}–{100 * high:.1f} %", says)


def _is_headline(figure: Figure) -> bool:
    return figure.unit == "share" and figure.target.reach is not None and not figure.is_anchor and bool(figure.scores)


def _overview(figure: Figure, before: Figure | None) -> Bar:
    low, high = figure.interval or (figure.value, figure.value)
    return Bar(
        figure.id,
        figure.value,
        low,
        high,
        f"{figure.value:.2f}",
        reach=figure.target.reach,
        anchors=tuple(figure.target.anchors.items()),
        before=before.value if before and not isnan(before.value) else None,
        mark={None: "", True: "ok", False: "above" if figure.target.is_ceiling else "below"}[figure.is_reached],
        says=figure.title,
    )


def fact_bars(figures: Sequence[Figure]) -> list[Bar]:
    """Return how often each stated fact is found, the one with the most misses first."""
    found = next((figure for figure in figures if figure.id == "facts.found"), None)
    groups = groups_of(found) if found else []
    ordered = sorted(groups, key=lambda group: (group.hits - group.total, group.name))
    return [_bar(group.name, group.hits, group.total) for group in ordered]


def gate_bars(figures: Sequence[Figure]) -> list[Bar]:
    """Return what the gate finds of the errors planted, by class."""
    return [
        Bar(
            figure.id.rpartition(".")[2].replace("_", " "),
            figure.value,
            *(figure.interval or (0.0, 1.0)),
            shown=f"{figure.value:.2f} of {len(figure.scores)}",
            reach=figure.target.reach,
        )
        for figure in figures
        if figure.id.startswith("gate.found.") and figure.scores
    ]


def _bar(name: str, hits: float, total: float) -> Bar:
    low, high = wilson(hits, int(total))
    return Bar(name, hits / total, low, high, f"{hits:g} of {total:g}")


def confusion(figures: Sequence[Figure]) -> Confusion | None:
    """Return labels against recommendations, both in ladder order; None where no label was measured."""
    figure = next((figure for figure in figures if figure.id == "recommendation.exact"), None)
    if figure is None or not figure.scores:
        return None
    counts = Counter((score.group, score.got) for score in figure.scores)
    order: dict[str, int] = {name: number for number, name in enumerate(LADDER)}

    def ladder(names: set[str]) -> tuple[str, ...]:
        return tuple(sorted(names, key=lambda name: (order.get(name, len(order)), name)))

    rows = ladder({group for group, _ in counts})
    columns = ladder({got for _, got in counts} | set(rows))
    return Confusion(rows, columns, tuple(tuple(counts[row, column] for column in columns) for row in rows))


def parts(figures: Sequence[Figure]) -> Iterator[Part]:
    """Yield the tables; a figure stands in one."""
    prefixes = sorted((p for _, _, found in PARTS for p in found), key=len, reverse=True)
    place = {figure.id: next(p for p in prefixes if _is_under(figure.id, p)) for figure in figures}
    for title, says, found in PARTS:
        rows = tuple(cells(figure) for figure in figures if place[figure.id] in found)
        if rows:
            yield Part(title, says, rows)


def _is_under(figure_id: str, prefix: str) -> bool:
    return not prefix or figure_id == prefix or figure_id.startswith(f"{prefix}.")


def missed(figures: Sequence[Figure]) -> Iterator[Missed]:
    """Yield what was missed, by class; not of anchors, means, or the reader on what it was fitted on."""
    for figure in figures:
        if figure.is_anchor or figure.unit == "mean" or ".shipped." in figure.id or not figure.misses:
            continue
        lines = [miss(score) for score in figure.misses]
        yield Missed(
            figure.id,
            figure.title,
            len({score.case for score in figure.misses}),
            figure.n,
            tuple(_weak(figure)),
            tuple(lines[:MISSES_SHOWN]),
            max(0, len(lines) - MISSES_SHOWN),
        )


def _weak(figure: Figure) -> list[Group]:
    """Return the groups in which something counts against the figure, most of it first."""

    def faults(group: Group) -> float:
        return group.hits if figure.counts_faults else group.total - group.hits

    found = [group for group in groups_of(figure) if faults(group) > 0]
    return sorted(found, key=lambda group: (-faults(group), group.name))


def _changed(comparison: Comparison | None) -> list[tuple[str, str, list[str]]]:
    if comparison is None:
        return []
    return [(d.id, d.title, [told(changed) for changed in d.changed]) for d in comparison.differences if d.changed]

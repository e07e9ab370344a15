"""The report of a run: one table, the misses on request, and a JSON result that says what it was measured on."""

from __future__ import annotations

import gzip
import hashlib
import platform
import subprocess
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from math import isnan
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.errors import UsageError
from eval.figures import Figure, Score, Target, Unit
from eval.run import Run, Subject

WIDTH = 400
LONGEST = 160
PACKED = ".gz"
REPOSITORY = Path(__file__).resolve().parents[1]


class Line(Struct, frozen=True):
    """One figure as the JSON result holds it."""

    id: str
    title: str
    unit: Unit
    value: float | None
    low: float | None
    high: float | None
    n: int
    reach: float | None
    goal: float | None
    is_ceiling: bool
    is_anchor: bool
    is_reached: bool | None
    anchors: dict[str, float]
    note: str
    scores: tuple[Score, ...]

    @property
    def figure(self) -> Figure:
        """The figure again, as it was measured."""
        target = Target(self.reach, self.goal, is_ceiling=self.is_ceiling, anchors=self.anchors)
        return Figure(self.id, self.title, self.scores, self.unit, target, self.note, self.is_anchor)


class Result(Struct, frozen=True, tag_field="schema", tag="rung.eval/1"):
    """A whole run, for baselines and comparisons."""

    commit: str
    is_dirty: bool
    date: str
    python: str
    machine: str
    seconds: float
    hashes: dict[str, str]
    provenance: str
    figures: tuple[Line, ...]
    llm: str | None = None


def result_of(figures: Iterable[Figure], run: Run, *, seconds: float, now: datetime | None = None) -> Result:
    """Put figures together with what they were measured on."""
    return Result(
        commit=_git("rev-parse", "HEAD") or "unknown",
        is_dirty=bool(_git("status", "--porcelain", "--", "agent", "corpus", "eval")),
        date=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        seconds=round(seconds, 1),
        hashes=hashes(run),
        provenance=run.provenance,
        figures=tuple(line_of(figure) for figure in figures),
        llm=run.subject.llm,
    )


def load_result(path: Path) -> Result:
    """Read a result that a run wrote, packed or not. Raises UsageError where it is none."""
    try:
        content = path.read_bytes()
        if path.suffix == PACKED:
            content = gzip.decompress(content)
        return msgspec.json.decode(content, type=Result)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path}: cannot be read ({reason})", hint="write one with --out FILE") from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path.name} is not a result of `python -m eval`: {error}") from error


def write_result(result: Result, path: Path) -> None:
    """Write a result as JSON, packed where the name ends in .gz; same result, same bytes."""
    content = msgspec.json.encode(result) + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == PACKED else content)


def hashes(run: Run) -> dict[str, str]:
    """Return the sha256 of what a figure depends on besides the code: passages, rules, datasets."""
    found = {f"cases/{dataset.name}": dataset.sha256 for dataset in run.data.all}
    for dataset in filter(None, (run.data.aside, *run.data.posted.values())):
        found[f"cases/{dataset.name}"] = dataset.sha256
    if run.data.written is not None:
        found |= {f"questions/{dataset.name}": dataset.sha256 for dataset in run.data.written.all}
    book = run.subject.book
    found |= {f"rules/{table.id}": table.sha256 for table in (*book.tables, book.panel)}
    found["rules/inferences"] = book.inferences_sha256
    found["corpus"] = _corpus_hash(run.subject)
    return dict(sorted(found.items()))


def _corpus_hash(subject: Subject) -> str:
    rows = [(p.id, p.section, p.text, p.quote) for p in sorted(subject.passages.values(), key=lambda p: p.id)]
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


def line_of(figure: Figure) -> Line:
    """Return a figure as the result holds it."""
    low, high = figure.interval or (None, None)
    return Line(
        id=figure.id,
        title=figure.title,
        unit=figure.unit,
        value=None if isnan(figure.value) else figure.value,
        low=low,
        high=high,
        n=figure.n,
        reach=figure.target.reach,
        goal=figure.target.goal,
        is_ceiling=figure.target.is_ceiling,
        is_anchor=figure.is_anchor,
        is_reached=figure.is_reached,
        anchors=figure.target.anchors,
        note=figure.note,
        scores=figure.scores,
    )


def print_table(figures: Sequence[Figure]) -> None:
    """Print one table: figure, score, interval, reach, goal, anchors, note."""
    columns = ("figure", "what", "score", "95%", "n", "reach", "", "goal", "beside it", "note")
    print_rows(columns, [cells(figure) for figure in figures])


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their columns, a gap between parts: the first cell is `part.name`."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=True)
    part = ""
    for row in rows:
        first, part = part != row[0].partition(".")[0] and bool(part), row[0].partition(".")[0]
        if first:
            table.add_section()
        table.add_row(*(Text(cell) for cell in row))
    # Wider than any line, so that nothing is cut and a log and a screen show the same.
    console = Console(width=WIDTH)
    with console.capture() as printed:
        console.print(table)
    print("\n".join(line.rstrip() for line in printed.get().splitlines()))


def cells(figure: Figure) -> tuple[str, ...]:
    """Return a figure as a row of the table: id, title, score, interval, n, reach, mark, goal, anchors, note."""
    target = figure.target
    interval = figure.interval
    mark = {None: "", True: "ok", False: "BELOW"}[figure.is_reached]
    if mark == "BELOW" and target.is_ceiling:
        mark = "ABOVE"
    return (
        figure.id,
        figure.title,
        number(figure.value, figure.unit),
        f"{interval[0]:.2f}–{interval[1]:.2f}" if interval else "",
        str(figure.n),
        "" if target.reach is None else ("≤ " if target.is_ceiling else "≥ ") + _bound(target.reach),
        mark,
        "" if target.goal is None else _bound(target.goal),
        " · ".join(f"{name} {value:.2f}" for name, value in target.anchors.items()),
        figure.note,
    )


def number(value: float, unit: str) -> str:
    """Return a value as tables show it."""
    if isnan(value):
        return "–"
    return str(int(value)) if unit == "count" else f"{value:.3f}"


def _bound(value: float) -> str:
    return f"{value:.2f}" if 0 < value <= 1 else f"{value:g}"


def print_errors(figures: Iterable[Figure]) -> None:
    """Print each miss in one line, under a break-down by group: for labels, with what was given instead."""
    for figure in figures:
        if figure.is_anchor or not figure.misses:
            continue
        missed = len({score.case for score in figure.misses})
        print(f"\n{figure.id}: {figure.title}; {missed} of {figure.n} cases")
        for line in breakdown(figure):
            print(f"    {line}")
        for score in figure.misses:
            print(f"  {figure.id} {miss(score)}")


class Group(Struct, frozen=True):
    """The scores of one label, fact or source together."""

    name: str
    hits: float
    total: float
    others: tuple[tuple[str, int], ...]
    """What the misses gave instead, the most frequent first."""


def groups_of(figure: Figure) -> list[Group]:
    """Return the groups of a share, the weakest first; none where there are fewer than two."""
    scores: dict[str, list[Score]] = {}
    for score in figure.scores:
        if score.group:
            scores.setdefault(score.group, []).append(score)
    if len(scores) < 2 or figure.unit != "share":
        return []
    misses = set(map(id, figure.misses))
    found = [_group(name, of_group, misses) for name, of_group in scores.items()]
    return sorted(found, key=lambda group: (group.hits / max(group.total, 1e-9), group.name))


def _group(name: str, scores: Sequence[Score], misses: Collection[int]) -> Group:
    got = Counter(score.got for score in scores if id(score) in misses and len(score.got) < 30)
    others = tuple((what, count) for what, count in got.most_common(6) if what)
    return Group(name, sum(score.value for score in scores), sum(score.weight for score in scores), others)


def breakdown(figure: Figure) -> list[str]:
    """Return a line per group: the share that is right and what the others got, the weakest first."""
    lines = []
    for group in groups_of(figure):
        others = ", ".join(f"{what} {count}" for what, count in group.others)
        lines.append(f"{group.name:28} {group.hits:g} of {group.total:g}" + (f"   else {others}" if others else ""))
    return lines


def miss(score: Score) -> str:
    """Return a miss in one line: the case, what was expected of it, what came, and why."""
    said = f"expected {score.expected}, got {score.got}" if score.expected else f"{score.value:g}"
    line = " ".join(f"{score.case} {said} {score.detail}".split())
    return line if len(line) <= LONGEST * 2 else f"{line[: LONGEST * 2]}…"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

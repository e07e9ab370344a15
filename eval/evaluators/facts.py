"""Whether intake reads what the text states: the first of the three kinds of error, apart from the rules'."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isclose
from typing import Any

from agent.types import FactValue, UseCase
from eval.cases import ASIDE_FIRST, ASIDE_SECOND, POSTED_AS, Case, Labelled, as_said_otherwise
from eval.figures import Figure, Score, Target
from eval.run import Run
from eval.targets import target_of

TOLERANCE = 0.01
"""Numbers within a hundredth are the same: a month has 30 days, or 30.4."""
Read = Callable[[Case[Any]], UseCase]


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield what share of the labelled facts is found and found wrong, and how many more are read, per case."""
    cases = tuple(case for case in run.data.use_cases.cases if case.expected.facts)
    yield from _figures("facts", cases, run.reading, run.provenance)
    if run.held_out is not None:
        yield from _figures("facts.shipped", cases, run.shipped_reading, "fitted on these")
    if run.data.aside is not None:
        yield from _figures("facts.aside", run.data.aside.cases, run.reading, "unseen, found")
        yield from _labellers(run.data.aside.cases)
    for name, dataset in run.data.posted.items():
        yield from _figures(f"facts.{name}", dataset.cases, run.reading, POSTED_AS[name])


def _labellers(aside: Sequence[Case[Labelled]]) -> Iterator[Figure]:
    """Yield how two labellers of the same cases agree, the first's labels taken as right: what a reader can reach."""
    second = {case.id: case.expected.use_case for case in as_said_otherwise(aside, ASIDE_SECOND)}
    first = as_said_otherwise(aside, ASIDE_FIRST)
    yield from _figures("facts.labellers", first, lambda case: second[case.id], "one labeller beside another")


def same(value: FactValue | None, labelled: FactValue) -> bool:
    """Say whether a read value is the labelled one; numbers within one in a hundred, never a number for a truth."""
    if isinstance(labelled, bool) or isinstance(value, bool) or isinstance(labelled, str) or isinstance(value, str):
        return type(value) is type(labelled) and value == labelled
    return value is not None and isclose(value, labelled, rel_tol=TOLERANCE)


def _figures(prefix: str, cases: Sequence[Case[Any]], read: Read, note: str) -> Iterator[Figure]:
    readings = {case.id: read(case) for case in cases}
    pairs = [pair for case in cases for pair in _pairs(case, readings[case.id])]
    found, wrong = [found for found, _ in pairs], [wrong for _, wrong in pairs]
    yield _figure(f"{prefix}.found", "stated facts found", found, note)
    yield _figure(f"{prefix}.wrong", "stated facts found wrong", wrong, note)
    extra = tuple(_extra(case, readings[case.id]) for case in cases)
    yield Figure(f"{prefix}.extra", "read beyond the labels, per case", extra, "mean", note=note)
    disputed = tuple(_disputed(case, readings[case.id]) for case in cases)
    if any(score.value for score in disputed):
        yield Figure(f"{prefix}.contradictions", "contradictions, per case", disputed, "mean", note=note)


def _pairs(case: Case[Any], reading: UseCase) -> Iterator[tuple[Score, Score]]:
    """Yield for each labelled fact whether it is found, and whether it is found wrong."""
    for name, labelled in case.expected.facts.items():
        fact = reading.facts.get(name)
        value = fact.value if fact else None
        is_same = same(value, labelled)
        is_wrong = fact is not None and not is_same
        expected, got = f"{name}={_shown(labelled)}", _shown(value)
        missed = "" if is_same else case.expected.evidence.get(name, "")
        read = fact.evidence if fact and is_wrong else ""
        yield (
            Score(case.id, float(is_same), group=name, expected=expected, got=got, detail=missed),
            Score(case.id, float(is_wrong), group=name, expected=expected, got=got, detail=read),
        )


def _extra(case: Case[Any], reading: UseCase) -> Score:
    more = sorted(reading.facts.keys() - case.expected.facts.keys())
    listed = ", ".join(f"{name}={_shown(reading.facts[name].value)}" for name in more)
    return Score(case.id, len(more), detail=listed)


def _disputed(case: Case[Any], reading: UseCase) -> Score:
    names = [contradiction.name for contradiction in reading.contradictions]
    return Score(case.id, len(names), detail=", ".join(names))


def _figure(figure_id: str, title: str, scores: list[Score], note: str) -> Figure:
    is_wrong = figure_id.endswith(".wrong")
    is_headline = figure_id.count(".") == 1
    target = target_of(figure_id) if is_headline else Target(is_ceiling=is_wrong)
    return Figure(figure_id, title, tuple(scores), target=target, note=note)


def _shown(value: FactValue | None) -> str:
    if value is None:
        return "unknown"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)

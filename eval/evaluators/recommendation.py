"""Whether the recommendation is the label's: from the text, from the text as shipped, and from the labelled facts.

The difference between the first and the last is what misreading costs; what the last lacks is the rules' own error.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from agent.types import Verdict
from eval.cases import Case, Labelled
from eval.figures import Figure, Score
from eval.run import Run
from eval.targets import target_of

NO_VERDICT = "no verdict"
Given = tuple[str, str]
"""A recommendation, and what to say of how it came about."""


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield exact and lenient figures: as on an unseen text, as shipped, with facts given, and of the nearest case."""
    cases = run.data.use_cases.cases
    unseen = {case.id: from_text(run, case) for case in cases}
    yield from _figures("recommendation", cases, unseen, run.provenance)
    if run.held_out is not None:
        shipped = {case.id: as_shipped(run, case) for case in cases}
        yield from _figures("recommendation.shipped", cases, shipped, "fitted on these")
    stated = tuple(case for case in cases if case.expected.facts)
    given = {case.id: _said(run.judge(case.expected.use_case)) for case in stated}
    yield from _figures("recommendation.given", stated, given, "facts given")
    if run.data.aside is not None:
        yield from _aside(run, run.data.aside.cases)
    if len(cases) > 1:
        yield from _figures("recommendation.nearest", cases, nearest_labels(run), "anchor, this run")


def _aside(run: Run, cases: tuple[Case[Labelled], ...]) -> Iterator[Figure]:
    """Yield the same on found cases that neither reader, lexicon nor panel saw."""
    read = {case.id: from_text(run, case) for case in cases}
    yield from _figures("recommendation.aside", cases, read, "unseen, found")
    given = {case.id: _said(run.judge(case.expected.use_case)) for case in cases}
    yield from _figures("recommendation.aside.given", cases, given, "unseen, facts given")


def from_text(run: Run, case: Case[Labelled]) -> Given:
    """Return the recommendation by a reader that never saw the case; none where the text is no case to Rung."""
    if run.held_out is None:
        return as_shipped(run, case)
    kind = run.ask(case).kind
    if kind != "advice":
        return NO_VERDICT, f"answered as {kind}"
    return _said(run.judge(run.reading(case)))


def as_shipped(run: Run, case: Case[Labelled]) -> Given:
    """Return what the product recommends on a case."""
    answer = run.ask(case)
    return _said(answer.verdict) if answer.verdict else (NO_VERDICT, f"answered as {answer.kind}")


def nearest_labels(run: Run) -> dict[str, Given]:
    """Return for each case the label of the case whose text is nearest, leaving the case itself out."""
    cases = run.data.use_cases.cases
    vectors = run.subject.encode([case.text for case in cases])
    cosines = np.round(vectors @ vectors.T, 6)
    np.fill_diagonal(cosines, -1.0)
    nearest = cosines.argmax(axis=1)
    return {
        case.id: (cases[row].expected.label, f"nearest is {cases[row].id}")
        for case, row in zip(cases, nearest, strict=True)
    }


def _said(verdict: Verdict) -> Given:
    return verdict.recommendation, ", ".join(driver.rule for driver in verdict.drivers[:2])


def _figures(prefix: str, cases: tuple[Case[Labelled], ...], given: dict[str, Given], note: str) -> Iterator[Figure]:
    for name, title in (("exact", "equal to the label"), ("lenient", "label or also defensible")):
        scores = tuple(_score(case, given[case.id], is_lenient=name == "lenient") for case in cases)
        figure_id = f"{prefix}.{name}"
        is_anchor = note.startswith("anchor")
        yield Figure(figure_id, title, scores, target=target_of(figure_id), note=note, is_anchor=is_anchor)


def _score(case: Case[Labelled], given: Given, *, is_lenient: bool) -> Score:
    recommendation, because = given
    right = {case.expected.label} | (case.expected.also_defensible if is_lenient else frozenset())
    is_right = recommendation in right
    detail = "" if is_right else because
    return Score(
        case.id,
        float(is_right),
        group=case.expected.label,
        expected=" or ".join(sorted(right)),
        got=recommendation,
        detail=detail,
    )

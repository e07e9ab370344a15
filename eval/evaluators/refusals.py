"""Whether Rung says so where the sources do not answer, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from eval.cases import Case
from eval.evaluators.questions import is_near_duplicate
from eval.figures import Figure, Score
from eval.run import Run
from eval.targets import target_of

REFUSAL = "not_covered"


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield the share of the unanswerable that is refused, and the share of the answerable that is refused too."""
    cases = run.data.unanswerable.cases
    refused = tuple(_score(run, case, group="unanswerable", is_fault=False) for case in cases)
    target = target_of("refusals.unanswerable")
    yield Figure("refusals.unanswerable", "unanswerable refused", refused, target=target)
    unseen = [case.id for case in cases if not is_near_duplicate(case.text, run.fitted)]
    if len(unseen) < len(cases):
        kept = tuple(score for score in refused if score.case in unseen)
        note = f"less {len(cases) - len(unseen)} fitted on"
        yield Figure("refusals.unseen.unanswerable", "unanswerable refused", kept, note=note)
    answerable = chain(
        (_score(run, case, group="question", is_fault=True) for case in run.data.questions.cases),
        (_score(run, case, group="use case", is_fault=True) for case in run.data.use_cases.cases),
    )
    target = target_of("refusals.answerable")
    yield Figure("refusals.answerable", "answerable refused", tuple(answerable), target=target)


def _score(run: Run, case: Case[Any], *, group: str, is_fault: bool) -> Score:
    kind = run.ask(case).kind
    is_refused = kind == REFUSAL
    expected = "an answer" if is_fault else REFUSAL
    detail = case.text if is_refused == is_fault else ""
    return Score(case.id, float(is_refused), group=group, expected=expected, got=kind, detail=detail)

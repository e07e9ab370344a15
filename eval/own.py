"""A team's own cases: what is measured on them, and by whose reach they are judged. Nothing is refitted.

Owns which evaluators say something about a team's own files. Leaves the file form to `cases` and the measuring to the
evaluators.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import structs

from agent.errors import UsageError
from agent.settings import load_settings
from eval.cases import Covered, Dataset, NotCovered, load_questions, load_unanswerable, load_use_cases
from eval.evaluators import EVALUATORS
from eval.figures import Figure, Target
from eval.run import Data, Run
from eval.subject import Shipped, tell

PARTS = ("recommendation", "facts", "questions", "refusals", "stability", "citations")
"""The others judge Rung's rules, gate and conversations on Rung's own material."""
SMALL = 30
"""Below so many cases, few differences between two runs can be told from chance."""


def open_own(dataset: Path, questions: Path | None = None, unanswerable: Path | None = None) -> Run:
    """Open the product, with the language model that is set, on a team's files. Raises UsageError with its line."""
    use_cases = load_use_cases(dataset)
    if not use_cases.cases:
        raise UsageError(f"{dataset}: there is no case in it", hint="one JSON object a line: id, description, label")
    covered: Dataset[Covered] = load_questions(questions) if questions else Dataset.empty("questions")
    outside: Dataset[NotCovered] = load_unanswerable(unanswerable) if unanswerable else Dataset.empty("unanswerable")
    subject = Shipped(load_settings(), use_model="where_set")
    return Run(subject, Data(use_cases, covered, outside))


def measure(run: Run, names: Sequence[str] = ()) -> Iterator[Figure]:
    """Yield what the named parts, else all, say of a team's cases; figures of nothing are left out."""
    for name in names or default_parts(run):
        tell(f"{name} …")
        for figure in EVALUATORS[name](run):
            if figure.scores:
                yield structs.replace(figure, target=own_target(figure.target))


def default_parts(run: Run) -> tuple[str, ...]:
    """Return what is measured unless asked otherwise: stability takes sixteen readings a case, too dear for a model."""
    return PARTS if run.subject.llm is None else tuple(name for name in PARTS if name != "stability")


def own_target(target: Target) -> Target:
    """Return what holds of any cases: a reach of all or none. Other reaches, and anchors, were set on Rung's own."""
    reach = target.reach if target.reach in (0, 1) else None
    return Target(reach, is_ceiling=target.is_ceiling)


def remarks(run: Run) -> Iterator[str]:
    """Yield what a reader must know before trusting the figures."""
    cases = run.data.use_cases
    if cases.is_shipped:
        yield "This is the repository's own file, on which the reader was fitted: its figures come from `make eval`."
    without = sum(1 for case in cases.cases if not case.expected.facts)
    if without:
        yield f"{without} of {len(cases.cases)} cases label no facts: figures of facts, read or given, leave them out."
    if len(cases.cases) < SMALL:
        yield f"With {len(cases.cases)} cases the intervals are wide; {SMALL} or more tell differences from chance."

"""A team's own cases: what is measured on them, and by whose reach they are judged. Nothing is refitted.

Owns which evaluators say something about a team's own files. Leaves the file form to `cases` and the measuring to the
evaluators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import structs

from agent.entrypoints.casefile import read_fact
from agent.errors import UsageError
from agent.settings import load_settings
from agent.types import LADDER, Answer, FactSpec, Source
from eval.cases import Case, Covered, Dataset, Labelled, NotCovered, load_questions, load_unanswerable, load_use_cases
from eval.evaluators import EVALUATORS
from eval.figures import Figure, Score, Target
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
    check_sources(covered, subject.sources)
    return Run(subject, Data(checked_facts(use_cases, subject.book.catalogue), covered, outside))


def checked_facts(dataset: Dataset[Labelled], catalogue: Mapping[str, FactSpec]) -> Dataset[Labelled]:
    """Return the cases with their labelled facts as typed values; UsageError names the case that holds a wrong one."""

    def checked(case: Case[Labelled]) -> Case[Labelled]:
        where = f"{dataset.name}: case {case.id!r}"
        unknown = sorted(case.expected.also_defensible - set(LADDER))
        if unknown:
            raise UsageError(f"{where}: there is no approach {unknown[0]!r}", hint=f"one of {', '.join(LADDER)}")
        try:
            facts = [read_fact(name, value, catalogue) for name, value in case.expected.facts.items()]
        except UsageError as error:
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from error
        typed = structs.replace(case.expected, facts={fact.name: fact.value for fact in facts})
        return structs.replace(case, expected=typed)

    return structs.replace(dataset, cases=tuple(map(checked, dataset.cases)))


def check_sources(questions: Dataset[Covered], sources: Mapping[str, Source]) -> None:
    """Raise UsageError where a question expects an article that nothing can cite."""
    for case in questions.cases:
        unknown = sorted(case.expected.sources - sources.keys())
        if unknown:
            hint = f"known: {', '.join(sorted(sources))}"
            raise UsageError(f"{questions.name}: question {case.id!r} expects the article {unknown[0]!r}", hint=hint)


def measure(run: Run, names: Sequence[str] = ()) -> Iterator[Figure]:
    """Yield what the named parts, else all, say of a team's cases; figures of nothing are left out."""
    for name in names or default_parts(run):
        tell(f"{name} …")
        for figure in EVALUATORS[name](run):
            if figure.scores:
                yield structs.replace(figure, target=own_target(figure.target))
    asked = tuple(_fell_back(name, answer) for name, answer in run.answers.items() if answer.run is not None)
    if asked:
        target = Target(is_ceiling=True)
        yield Figure("model.fell_back", "answers in which a model's work was replaced", asked, target=target)


def _fell_back(name: str, answer: Answer) -> Score:
    """Score 1 where the offline way stands in a model's place: such an answer says nothing about the model."""
    roles = () if answer.run is None else (answer.run.read, answer.run.write)
    why = [role.why or role.outcome for role in roles if role is not None and role.outcome == "fell_back"]
    return Score(name, float(bool(why)), group=answer.kind, detail=" | ".join(why))


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

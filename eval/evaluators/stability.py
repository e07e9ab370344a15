"""Whether a verdict stays when only the telling changes: order, framing, pushback without facts.

`stability.*` compares recommendations; `stability.digest.*` whole digests, which a newly read fact changes even where
the recommendation stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agent.types import Answer
from eval import variants
from eval.evaluators.recommendation import NO_VERDICT
from eval.figures import Figure, Score
from eval.run import Run
from eval.targets import target_of

TITLES: dict[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "order": ("by the order of sentences", variants.orders),
    "framing": ("by framing", variants.framed),
    "pushback": ("by pushback without facts", variants.pushed),
}


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield the share of cases whose verdict no variant of a kind changes; a case counts once."""
    for name, (title, vary) in TITLES.items():
        same, identical = [], []
        for case in run.data.use_cases.cases:
            before = run.ask(case.text)
            after = {variant: run.ask(text) for variant, text in vary(case.text).items()}
            same.append(_score(case.id, case.expected.label, before, after, _recommendation))
            identical.append(_score(case.id, case.expected.label, before, after, _digest))
        figure_id = f"stability.{name}"
        yield Figure(figure_id, f"recommendation unchanged {title}", tuple(same), target=target_of(figure_id))
        yield Figure(f"stability.digest.{name}", f"digest unchanged {title}", tuple(identical))


def _score(case_id: str, group: str, before: Answer, after: dict[str, Answer], seen: Callable[[Answer], str]) -> Score:
    kept = seen(before)
    changed = {variant: answer for variant, answer in after.items() if seen(answer) != kept}
    got = " · ".join(f"{variant}: {_recommendation(answer)}" for variant, answer in changed.items())
    facts = sorted({change for answer in changed.values() for change in _changes(before, answer)})
    return Score(
        case_id,
        float(not changed),
        group=group,
        expected=_recommendation(before),
        got=got or "unchanged",
        detail="; ".join(facts),
    )


def _changes(before: Answer, after: Answer) -> Iterator[str]:
    """Name the facts that are read otherwise."""
    for name in sorted(before.facts.keys() | after.facts.keys()):
        old, new = before.facts.get(name), after.facts.get(name)
        if (old and old.value) != (new and new.value) or (old is None) != (new is None):
            yield f"{name} {old.value if old else '-'} → {new.value if new else '-'}"


def _recommendation(answer: Answer) -> str:
    return answer.verdict.recommendation if answer.verdict else NO_VERDICT


def _digest(answer: Answer) -> str:
    return answer.verdict.digest if answer.verdict else NO_VERDICT

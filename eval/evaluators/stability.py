"""Whether a verdict stays when only the telling changes: order, framing, pushback without facts.

Every variant is read and judged; one of each case, kinds and variants in turn, goes the whole way to an answer, which
takes ten times as long. `stability.*` compares recommendations, `stability.digest.*` digests, which a newly read fact
changes even where the verdict stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from agent.types import Answer, FactValue
from eval import variants
from eval.cases import Case, Labelled
from eval.evaluators.recommendation import NO_VERDICT
from eval.figures import Figure, Score
from eval.run import Recommended, Run
from eval.targets import target_of

TITLES: dict[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "order": ("sentence order", variants.orders),
    "framing": ("framing", variants.framed),
    "pushback": ("pushback", variants.pushed),
}


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield the share of cases whose verdict no variant of a kind changes; a case counts once."""
    for turn, (name, (title, vary)) in enumerate(TITLES.items()):
        same, identical = [], []
        for number, case in enumerate(run.data.use_cases.cases):
            texts = vary(case.text)
            before = run.recommend(case.text)
            after = {variant: run.recommend(text) for variant, text in texts.items()}
            answered = ""
            if number % len(TITLES) == turn:
                whole = list(texts)[number // len(TITLES) % len(texts)]
                answered = _answered(run.ask(case), run.ask(case, whole, texts[whole]), whole)
            changed = {variant: found for variant, found in after.items() if found.approach != before.approach}
            same.append(_score(case, before, changed, answered))
            changed = {variant: found for variant, found in after.items() if found.digest != before.digest}
            identical.append(_score(case, before, changed, answered))
        figure_id = f"stability.{name}"
        yield Figure(figure_id, f"unchanged by {title}", tuple(same), target=target_of(figure_id))
        yield Figure(f"stability.digest.{name}", f"digest unchanged by {title}", tuple(identical))


def _answered(before: Answer, after: Answer, variant: str) -> str:
    """Say how the whole answer to a variant differs; empty where the recommendation is the same."""
    old, new = _recommendation(before), _recommendation(after)
    return "" if old == new else f"{variant}, answered: {new} instead of {old}"


def _score(case: Case[Labelled], before: Recommended, changed: Mapping[str, Recommended], answered: str) -> Score:
    got = [f"{variant}: {found.approach}" for variant, found in changed.items()]
    facts = sorted({change for found in changed.values() for change in _changes(before.values, found.values)})
    return Score(
        case.id,
        float(not changed and not answered),
        group=case.expected.label,
        expected=before.approach,
        got=" · ".join([*got, *filter(None, [answered])]) or "unchanged",
        detail="; ".join(facts),
    )


def _changes(before: Mapping[str, FactValue], after: Mapping[str, FactValue]) -> Iterator[str]:
    """Name the facts that are read otherwise."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, "-"), after.get(name, "-")
        if old != new:
            yield f"{name} {old} → {new}"


def _recommendation(answer: Answer) -> str:
    return answer.verdict.recommendation if answer.verdict else NO_VERDICT

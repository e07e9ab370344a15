"""Why a verdict moved, and what can still move it: read off the same rules that decide."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from agent.conversation.state import Judged, RuleMove
from agent.rules.conditions import Test, tests_of
from agent.rules.engine import infer, truths
from agent.rules.model import Rule, RuleBook
from agent.types import Contradiction, Fact, FactValue, Flip, OpenQuestion, UseCase, Verdict

CLOSES = {
    "prompting_tried": ("prompting_sufficient", "prompt_flawed"),
    "few_shot_tried": ("few_shot_sufficient",),
    "rag_tried": ("rag_sufficient",),
    "constrained_decoding_tried": ("constrained_decoding_sufficient",),
    "stronger_model_tried": ("stronger_model_succeeds",),
    "fine_tuning_tried": ("fine_tuning_helped", "tuning_regressed"),
    "fine_tuning_helped": ("tuning_regressed",),
    "tuning_regressed": ("fine_tuning_helped",),
    "volume": ("requests_per_month",),
    "evals_exist": ("alternatives_compared",),
    "requirements_stable": ("behaviour_change_days",),
}
"""Who does not know the first cannot know the others."""


def brief(verdict: Verdict | None) -> Judged | None:
    """Return a verdict less its reasons."""
    return Judged(verdict.recommendation, verdict.standing, verdict.digest) if verdict else None


def rule_moves(
    book: RuleBook, before: UseCase, after: UseCase, verdicts: tuple[Verdict | None, Verdict | None]
) -> tuple[RuleMove, ...]:
    """Return the rules whose state a turn changed, those that the verdict rests on first."""
    old, new = (truths(book, infer(use_case, book).values) for use_case in (before, after))
    deciding = {driver.rule for verdict in verdicts if verdict for driver in verdict.drivers}
    deciding |= {rule for verdict in verdicts if verdict for vote in verdict.sources for rule in vote.rules}
    moved = [rule for rule in book.rules if not rule.is_always and old[rule.id] is not new[rule.id]]
    told = [
        RuleMove(rule.id, rule.table, old[rule.id], new[rule.id], rule.says, rule.cite, decides=rule.id in deciding)
        for rule in moved
    ]
    panel = book.panel.id
    return tuple(sorted(told, key=lambda move: (not move.decides, move.source != panel)))


def with_changes(use_case: UseCase, changes: Mapping[str, FactValue]) -> UseCase:
    """Return the case as it would be with some facts changed."""
    facts = {**use_case.facts, **{name: Fact(name, value, "assumed") for name, value in changes.items()}}
    open_still = tuple(c for c in use_case.contradictions if c.name not in changes)
    return UseCase(facts, open_still)


def without(use_case: UseCase, names: Collection[str]) -> UseCase:
    """Return the case as if some facts had not been stated."""
    facts = {name: fact for name, fact in use_case.facts.items() if name not in names}
    kept: tuple[Contradiction, ...] = tuple(c for c in use_case.contradictions if c.name not in names)
    return UseCase(facts, kept)


def closed_by(unknown: Collection[str]) -> set[str]:
    """Return the facts not worth asking for, given those that the user does not know."""
    return set(unknown) | {follower for name in unknown for follower in CLOSES.get(name, ())}


def next_question(verdict: Verdict, unknown: Collection[str]) -> OpenQuestion | None:
    """Return the unknown that can still change the verdict by itself, the most decisive first; None where none can."""
    closed, alone = closed_by(unknown), movers(verdict)
    return next((q for q in verdict.next_questions if q.fact not in closed and q.fact in alone), None)


def movers(verdict: Verdict) -> set[str]:
    """Return the facts of which one answer alone would change the recommendation."""
    return {name for flip in verdict.flips if len(flip.changes) == 1 for name in flip.changes}


def rank(flip: Flip) -> tuple[int, bool, bool]:
    """Put the smaller change first, then what the team can bring about; another problem is another case."""
    return len(flip.changes), not flip.in_your_control, "problem_kind" in flip.changes


def joint_questions(verdict: Verdict, unknown: Collection[str]) -> tuple[OpenQuestion, ...]:
    """Return the unknowns that can change the verdict only together with another."""
    closed, alone = closed_by(unknown), movers(verdict)
    return tuple(q for q in verdict.next_questions if q.fact not in closed and q.fact not in alone)


def left_open(verdict: Verdict, unknown: Collection[str]) -> tuple[OpenQuestion, ...]:
    """Return the questions that the user could not answer and that could still change the verdict."""
    alone = movers(verdict)
    return tuple(q for q in verdict.next_questions if q.fact in unknown and q.fact in alone)


def thresholds(book: RuleBook, fact: str) -> Iterator[tuple[Rule, Test]]:
    """Yield the rules that hold a number against a bound, with the bound; one bound per source, panel left out."""
    seen: set[tuple[str, object]] = set()
    for table in book.tables:
        for rule in table.rules:
            for test in tests_of(rule.when, book.definitions):
                is_bound = test.fact == fact and test.operator in ("gte", "gt", "lte", "lt")
                if is_bound and (table.id, test.bound) not in seen:
                    seen.add((table.id, test.bound))
                    yield rule, test

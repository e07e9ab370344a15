"""Puts the verdict together: decision, votes, standing, plan, conflicts and digest."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

import msgspec

from agent.rules.changes import worth_telling
from agent.rules.conditions import Memo, truth_of
from agent.rules.engine import Decision, Findings, WhatIf, decide, excluded_by, leads_on, vote
from agent.rules.explain import drivers, flips, grid, open_questions, why_not
from agent.rules.model import ConflictAxis, RuleBook, Stage, Variant
from agent.types import (
    LADDER,
    Approach,
    Conflict,
    FactValue,
    OpenQuestion,
    PlanStep,
    SourceVote,
    Standing,
    UseCase,
    Verdict,
)


def judge(use_case: UseCase, book: RuleBook) -> Verdict:
    """Return the whole verdict; a pure function of the facts and the rule book."""
    disputed = {contradiction.name for contradiction in use_case.contradictions}
    what_if = WhatIf(book, use_case.values, disputed)
    facts, memo = what_if.base, what_if.memo
    decision = decide(book.panel, book, facts, memo)
    recommendation: Approach = decision.approach or "measure_first"
    votes = tuple(vote(table, book, facts, memo) for table in book.tables)
    cells = grid(book)
    findings = Findings(book, facts, memo)
    disputing = {v.recommendation for v in votes if v.recommendation and not v.leads_to(recommendation)}
    questions = open_questions(what_if, cells, decision, disputing=disputing)
    return Verdict(
        recommendation=recommendation,
        plan=plan(book, recommendation, facts, memo),
        standing=standing(decision, votes, questions, use_case),
        sources=votes,
        drivers=drivers(decision, findings),
        why_not=why_not(decision, findings),
        flips=worth_telling(flips(what_if, cells), book, use_case.values),
        conflicts=conflicts(book, recommendation, votes, facts),
        next_questions=questions,
        digest=digest(book, facts, recommendation),
    )


def standing(
    decision: Decision, votes: tuple[SourceVote, ...], questions: tuple[OpenQuestion, ...], use_case: UseCase
) -> Standing:
    """Say how firm the verdict is.

    Undetermined: nothing stated decides (the table fell through to its start) and answers still could, or a
    contradiction bears on it. Contested: some source's own framework leads elsewhere. Robust: none does.
    """
    fell_through = decision.rule is None or decision.rule.is_always
    in_dispute = {contradiction.name for contradiction in use_case.contradictions}
    if questions and (fell_through or any(question.fact in in_dispute for question in questions)):
        return "undetermined"
    approach = decision.approach or "measure_first"
    others = [v for v in votes if v.recommendation and not v.leads_to(approach)]
    return "contested" if others else "robust"


def plan(
    book: RuleBook, recommendation: Approach, facts: dict[str, FactValue], memo: Memo | None = None
) -> tuple[PlanStep, ...]:
    """The ladder from where the team stands: rungs still to climb, the recommended one, and where to turn next.

    What a veto excludes is no step, however the recommendation came about.
    """
    target = book.stages[recommendation]
    vetoed = excluded_by(decide(book.panel, book, facts, memo).vetoes)
    ahead = [name for name in target.before if name not in vetoed]
    stages = [book.stages[name] for name in ahead if not _is_done(book.stages[name], book, facts)]
    stages.append(target)
    steps = [_step(stage, book, facts) for stage in stages]
    after = {**facts, **{name: True for name in target.brings if facts.get(name) is False}}
    turn_to = _turn_to(target, book, after, vetoed, memo if after == facts else None)
    if turn_to is not None and turn_to not in [stage.approach for stage in stages]:
        steps.append(_step(book.stages[turn_to], book, after))
    return tuple(steps)


def _step(stage: Stage, book: RuleBook, facts: dict[str, FactValue]) -> PlanStep:
    """Tell the work on a rung as it is for the case: to begin, to mend, to keep or to switch."""
    told = _variant(stage, book, facts) or stage
    return PlanStep(
        stage.approach,
        told.do or stage.do,
        told.entry_test or stage.entry_test,
        told.exit_test or stage.exit_test,
        told.cite or stage.cite,
    )


def _variant(stage: Stage, book: RuleBook, facts: dict[str, FactValue]) -> Variant | None:
    fitting = (variant for variant in stage.variants if truth_of(variant.when, facts, book.definitions))
    return next(fitting, None)


def _is_kept(stage: Stage, book: RuleBook, facts: dict[str, FactValue]) -> bool:
    variant = _variant(stage, book, facts)
    return variant is not None and variant.is_kept


def _turn_to(
    target: Stage, book: RuleBook, facts: dict[str, FactValue], vetoed: Collection[Approach], memo: Memo | None
) -> Approach | None:
    """Where to turn when the target falls short; past what is done or vetoed, only upwards, and to nothing in place."""
    kept = [stage.approach for stage in book.stages.values() if _is_kept(stage, book, facts)]
    behind = {*LADDER[: LADDER.index(target.approach) + 1], *kept}
    if target.reads_on and (led := leads_on(book, facts, behind, memo)):
        return led
    turn = target.after
    while turn is not None and (turn in vetoed or _is_done(book.stages[turn], book, facts)):
        behind.add(turn)
        turn = book.stages[turn].after
        turn = None if turn in behind else turn
    return turn


def _is_done(stage: Stage, book: RuleBook, facts: dict[str, FactValue]) -> bool:
    return stage.done_when is not None and truth_of(stage.done_when, facts, book.definitions) is True


def conflicts(
    book: RuleBook, recommendation: Approach, votes: tuple[SourceVote, ...], facts: dict[str, FactValue]
) -> tuple[Conflict, ...]:
    """The axes that bear on this case: a fact of theirs is known and an approach of theirs is on the table."""
    on_table = {recommendation} | {item.recommendation for item in votes if item.recommendation}
    return tuple(Conflict(axis.axis, axis.positions) for axis in book.conflicts if _bears(axis, on_table, book, facts))


def _bears(axis: ConflictAxis, on_table: set[Approach], book: RuleBook, facts: dict[str, FactValue]) -> bool:
    knows = not axis.facts or any(name in facts for name in axis.facts)
    if axis.when is not None and not truth_of(axis.when, facts, book.definitions):
        return False
    return knows and (not axis.approaches or bool(on_table & set(axis.approaches)))


def digest(book: RuleBook, facts: dict[str, FactValue], recommendation: Approach) -> str:
    """Return the sha256 over facts, rule files and recommendation: the verdict's name on every machine."""
    content: dict[str, Any] = {
        "facts": {name: _canonical(value) for name, value in sorted(facts.items())},
        "rules": {table.id: table.sha256 for table in (*book.tables, book.panel)},
        "inferences": book.inferences_sha256,
        "recommendation": recommendation,
    }
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def _canonical(value: FactValue) -> FactValue:
    """Write 5000.0 as 5000, so that a fact read from text and one typed in YAML give the same digest."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value

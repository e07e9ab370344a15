"""Conversations: whether the verdict moves exactly when a fact does, what pushback moves, how soon a case settles."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from agent.conversation.moves import next_question
from agent.conversation.statements import OF_TALK
from agent.types import Fact, UseCase
from eval.cases import Case, Labelled
from eval.conversations import LEAST_TURNS, TALKS, differs, hold, load_pushback, load_scripts, opened
from eval.figures import Figure, Score
from eval.run import Run
from eval.targets import target_of

QUESTIONS_AT_MOST = 60
SETTLED_WITHIN = 5
"""Questions after which half of the cases should be settled: a reach for the median."""
STARTS = 5
"""Conversations that pushback is spread over."""


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield the scripted turns that go as they must, the pushback that moves nothing, and the questions per case."""
    advisor = getattr(run.subject, "advisor", None)
    if advisor is None:
        return
    yield Figure(
        "conversations.turns",
        "scripted turns as expected",
        tuple(_scripted(advisor)),
        target=target_of("conversations.turns"),
    )
    yield Figure(
        "conversations.pushback",
        "verdict and facts unchanged by pushback",
        tuple(_pushed(advisor)),
        target=target_of("conversations.pushback"),
    )
    talks = tuple(_talked(advisor))
    for name, title in (
        ("states", "turns of talks that state facts, all right"),
        ("argues", "others, nothing changed"),
    ):
        scores = tuple(score for score in talks if score.group == name)
        yield Figure(f"talks.{name}", title, scores)
    counts = tuple(_settled(run, case) for case in run.data.use_cases.cases)
    note = f"median {statistics.median(score.value for score in counts):g}" if counts else ""
    yield Figure("conversations.questions", "questions until settled", counts, unit="mean", note=note)
    yield Figure(
        "conversations.settled",
        f"settled within {SETTLED_WITHIN} questions",
        tuple(replace(score, value=float(score.value <= SETTLED_WITHIN)) for score in counts),
        target=target_of("conversations.settled"),
    )


def _scripted(advisor: Any) -> Iterator[Score]:
    for name, script in load_scripts().items():
        conversation = opened(advisor)
        for number, said in enumerate(script.turns, 1):
            wrong = hold(conversation, said)
            yield Score(f"{name} {number}", float(not wrong), group=name, got=wrong or "as expected", detail=said.say)


def _talked(advisor: Any) -> Iterator[Score]:
    """Hold each talk; what its first message states is for the facts' evaluator."""
    for name, talk in load_scripts(TALKS).items():
        conversation = opened(advisor, [talk.turns[0].say])
        for number, said in enumerate(talk.turns[1:], 2):
            wrong = differs(conversation, said)
            group = "argues" if said.changes is UNSET or not said.changes.keys() - OF_TALK else "states"
            yield Score(f"{name} {number}", float(not wrong), group=group, got=wrong or "as expected", detail=said.say)


def _pushed(advisor: Any) -> Iterator[Score]:
    """Say each pushback turn in one of the conversations, after its first turn and all the pushback before it."""
    first = [script.turns[0].say for script in load_scripts().values() if len(script.turns) >= LEAST_TURNS][:STARTS]
    conversations = [opened(advisor, [text]) for text in first]
    for number, text in enumerate(load_pushback()):
        conversation = conversations[number % len(conversations)]
        before = conversation.state.use_case
        reply = conversation.take(text)
        changed = sorted(change.fact for change in reply.changes)
        same = conversation.state.use_case == before and not reply.moved
        yield Score(f"pushback {number + 1}", float(same), got=", ".join(changed) or "unchanged", detail=text)


def _settled(run: Run, case: Case[Labelled]) -> Score:
    """Count the questions until no single answer can change the verdict; labelled facts answer, else nobody knows."""
    read = run.reading(case)
    facts, contradictions = dict(read.facts), list(read.contradictions)
    unknown: list[str] = []
    for count in range(QUESTIONS_AT_MOST):
        verdict = run.judge(UseCase(facts, tuple(contradictions)))
        question = next_question(verdict, unknown)
        if question is None:
            return Score(case.id, float(count), group=case.expected.label)
        contradictions = [c for c in contradictions if c.name != question.fact]
        if question.fact in case.expected.facts:
            facts[question.fact] = Fact(question.fact, case.expected.facts[question.fact], "answered")
        else:
            unknown.append(question.fact)
    return Score(case.id, float(QUESTIONS_AT_MOST), group=case.expected.label)

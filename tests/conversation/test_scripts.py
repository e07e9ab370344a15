"""The real advisor in scripted conversations: the verdict moves exactly when a fact does."""

from __future__ import annotations

import pytest

from agent.advisor import Advisor
from agent.grounding import check
from agent.types import LADDER, Draft
from eval.conversations import LEAST_TURNS, hold, load_pushback, load_scripts, opened

SCRIPTS = load_scripts()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_scripted_conversation(name: str, advisor: Advisor) -> None:
    """Each turn changes what it must, and nothing else."""
    conversation = opened(advisor)
    wrong = {said.say: found for said in SCRIPTS[name].turns if (found := hold(conversation, said))}
    assert wrong == {}


def test_the_scripts_are_long_and_reach_every_label() -> None:
    """Ten conversations of at least eight turns, in which every recommendation comes up."""
    assert len(SCRIPTS) >= 10
    assert all(len(script.turns) >= LEAST_TURNS for script in SCRIPTS.values())
    assert {said.verdict for script in SCRIPTS.values() for said in script.turns if said.verdict} == set(LADDER)


def test_pushback_moves_nothing(advisor: Advisor) -> None:
    """Two hundred turns of disagreement, hearsay, authority and orders change neither fact nor verdict."""
    starts = [SCRIPTS[name].turns[0].say for name in sorted(SCRIPTS)[:4]]
    conversations = [opened(advisor, [text]) for text in starts]
    before = [conversation.state.use_case for conversation in conversations]
    moved = {}
    for number, text in enumerate(load_pushback()):
        reply = conversations[number % 4].take(text)
        if reply.moved or any(change.kind != "unknown" for change in reply.changes):
            moved[text] = reply.changes
    assert moved == {}
    assert [conversation.state.use_case for conversation in conversations] == before
    assert len(load_pushback()) >= 200


def test_every_citation_stands(advisor: Advisor) -> None:
    """What a reply cites are passages of the corpus, numbered without a gap, and each number is used."""
    conversation = opened(advisor)
    for said in SCRIPTS["01-wiki-bot"].turns:
        reply = conversation.take(said.say)
        assert [citation.number for citation in reply.citations] == list(range(1, len(reply.citations) + 1))
        assert all(f"[{citation.number}]" in reply.answer for citation in reply.citations), said.say
        assert all(citation.passage in advisor.passages for citation in reply.citations)


def test_the_gate_finds_no_invented_citation(advisor: Advisor) -> None:
    """The gate, which checks every answer, has nothing against the citations of a reply about the case."""
    conversation = opened(advisor, [SCRIPTS["01-wiki-bot"].turns[0].say])
    reply = conversation.take("Are you sure?")
    allowed = {citation.passage: advisor.passages[citation.passage] for citation in reply.citations}
    draft = Draft(reply.answer, tuple(allowed))
    findings = check(draft, allowed, conversation.verdict, reply.said, conversation.state.use_case)
    assert [finding.flaw for finding in findings if "citation" in finding.flaw or "quot" in finding.flaw] == []


@pytest.mark.parametrize(
    ("case", "then"),
    [
        ("We answer from our own manuals. We have no test set.", "**Retrieval (RAG), once that is measured.**"),
        ("We answer from our own manuals. We have a test set.", "**Retrieval (RAG) with fine-tuning, only if that fal"),
    ],
)
def test_the_plan_says_on_what_condition_it_goes_on(advisor: Advisor, case: str, then: str) -> None:
    """The rung after the recommended one stands there with its condition."""
    assert then in opened(advisor, [case]).take("what is the plan?").answer

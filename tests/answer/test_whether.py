"""A question that yes or no answers begins with one where the sources say it plainly, and only there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.answer.guidance import compose
from agent.answer.premises import Ruling, load_premises
from agent.answer.whether import asked_whether
from agent.grounding import check
from agent.resources import data_dir
from agent.retrieval import Retriever
from agent.text import lower_first
from agent.types import Draft


@pytest.fixture(scope="module")
def decide(retriever: Retriever) -> Callable[[str], Ruling | None]:
    known = load_premises(data_dir("corpus") / "premises.yaml")
    return lambda question: known.decide(question, retriever.encode)


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("Does RAG make responses slower?", "Yes: RAG adds latency"),
        ("So can retrieval and fine-tuning be combined?", "Yes: the two combine well"),
        ("Can a prompt change the tone?", "Yes: prompting is used to change output format or style"),
        ("Is RAG easier to maintain than a tuned model?", "Yes: RAG is easier to maintain"),
        ("Does fine-tuning teach a model facts?", "No: fine-tuning adapts how a model behaves"),
        ("Is it true that RAG changes the weights?", "No: RAG leaves the model as it is"),
        ("Does LoRA need a cluster of GPUs?", "No: "),
        ("I heard that RAG slows responses down. Correct?", "Yes: RAG adds latency"),
        ("Our manager read that fine-tuning stops hallucinations, is that so?", "No: "),
    ],
)
def test_what_the_sources_say_plainly(
    retriever: Retriever, decide: Callable[[str], Ruling | None], question: str, begins: str
) -> None:
    """With its passages, and so that the gate lets it pass."""
    ruling = decide(question)
    assert ruling is not None
    assert ruling.answered.says.startswith(begins)
    assert ruling.answered.passages == ruling.premise.cite
    draft = compose("", [], premises=[ruling.answered], premise_passages=retriever.passages)
    assert draft.markdown.startswith(begins)
    assert check(draft, retriever.passages, None, question, {}, reply=begins[:3].rstrip(":").lower()) == ()


def test_a_reply_that_nobody_decided_is_part_of_its_claim(retriever: Retriever) -> None:
    """So that a writer cannot put "No:" before what the passage affirms."""
    says = retriever.passages["train-or-prompt#rag-adds-latency"].text
    draft = Draft(f"No: {lower_first(says).rstrip('.')} [1].", ("train-or-prompt#rag-adds-latency",))
    flaws = [
        {finding.flaw for finding in check(draft, retriever.passages, None, "Is RAG slower?", None, reply=reply)}
        for reply in ("no", "yes", "")
    ]
    assert flaws == [set(), {"flipped_polarity"}, {"flipped_polarity"}]


@pytest.mark.parametrize(
    "question",
    [
        "Does a tuned model keep a knowledge cutoff?",
        "Does PEFT do without a cluster of GPUs?",
        "Would a different tone in my prompt raise accuracy?",
        "Can I put company knowledge as context on top of a fine-tuned model?",
        "Is debugging less painful with prompts and retrieval than with a fine-tuned model?",
        "can fine-tuning fix a prompt problem we haven't really explored?",
        "Can tone of voice be handled through retrieval?",
        "Do we use the room in today's context windows?",
        "Does fine-tuning teach facts or style?",
        "Does RAG make responses slower if the index is small?",
        "How does RAG make responses slower?",
        "Is knowing one thing and behaving another for a language model?",
    ],
)
def test_what_is_not_said_plainly_is_neither_affirmed_nor_denied(
    decide: Callable[[str], Ruling | None], question: str
) -> None:
    """The other polarity, another subject, a condition, a choice, and what a source only calls hard."""
    assert decide(question) is None


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("and does RAG add latency?", "RAG add latency"),
        ("Is it true that LoRA is cheap?", "LoRA is cheap"),
        ("Is it RAG or fine-tuning?", ""),
        ("Does tuning always help?", ""),
        ("What does RAG add?", ""),
        ("We run a bot. Does RAG add latency?", ""),
        ("A vendor says that RAG adds latency. Is that true?", "RAG adds latency"),
        ("The vendor said RAG adds latency, and is it really so?", "RAG adds latency"),
        ("A vendor says that RAG adds latency. Is it worth it?", ""),
        ("A vendor says RAG adds latency.", ""),
    ],
)
def test_what_is_asked_the_truth_of(question: str, asked: str) -> None:
    assert asked_whether(question) == asked

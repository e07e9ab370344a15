"""Whole answers of the opened advisor: what its parts do right must not be lost on the way between them."""

from __future__ import annotations

import pytest

from agent import advisor as pipeline
from agent.advisor import Advisor
from agent.bootstrap import open_advisor
from agent.grounding import check
from agent.settings import Settings
from agent.types import Draft

QUESTION = "How many labelled examples does fine-tuning need?"
CASE = (
    "We run a support bot over our handbook. The handbook changes every week, answers must cite their source, "
    "we have 300 labelled tickets and an evaluation set, and prompting alone is not enough."
)


@pytest.fixture(scope="module")
def advisor(tmp_path_factory: pytest.TempPathFactory) -> Advisor:
    folder = tmp_path_factory.mktemp("whole")
    opened, _ = open_advisor(Settings(home=folder / "home", cache=folder / "cache"), [], notify=print)
    return opened


@pytest.mark.parametrize("text", [QUESTION, CASE], ids=["question", "case"])
def test_each_number_leads_to_what_its_sentence_rests_on(advisor: Advisor, text: str) -> None:
    """Read back from the answer as people get it, every sentence stands on the passages under its numbers."""
    answer = advisor.ask(text)
    shown = tuple(citation.passage for citation in answer.citations)
    understood = advisor.understand(text)
    allowed = {id: advisor.passages[id] for id in shown}
    use_case = understood.reading.use_case
    found = check(Draft(answer.answer, shown), allowed, answer.verdict, text, use_case, sources=advisor.sources)
    assert (answer.notes, found) == ((), ())
    assert [citation.number for citation in answer.citations] == list(range(1, len(shown) + 1))
    assert all(citation.quote == advisor.passages[citation.passage].cited_text for citation in answer.citations)


def test_a_false_premise_is_corrected_first(advisor: Advisor) -> None:
    """An answer does not begin by building on it."""
    answer = advisor.ask("Since RAG changes the weights of the model, how often must we index our documents again?")
    assert answer.kind == "guidance"
    assert answer.answer.startswith("RAG leaves the model as it is")
    assert answer.citations[0].passage == "intervention-hierarchy#how-rag-works"


def test_what_the_gate_finds_is_not_shown(advisor: Advisor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that does not stand on its passage is taken out, and the notes say so."""
    cited = ("train-or-prompt#wins-five-hundred-examples",)
    draft = Draft("Fine-tuning begins to pay at 500 good examples [1]. It takes 77 examples [1].", cited)
    passages = {cited[0]: advisor.passages[cited[0]]}
    monkeypatch.setattr(pipeline.Advisor, "_draft", lambda *_: (draft, passages))
    answer = advisor.ask(QUESTION)
    assert answer.answer == "Fine-tuning begins to pay at 500 good examples [1]."
    assert [note.split(":")[0] for note in answer.notes] == ["the gate took out a sentence"]


def test_the_cards_are_told_whole(advisor: Advisor) -> None:
    """Each with its publisher and what it sells; what is no passage is not cited as one."""
    answer = advisor.ask("Who published these articles?")
    assert answer.kind == "guidance"
    assert not answer.citations
    for source in advisor.sources.values():
        assert source.publisher.removeprefix("Not named") in answer.answer
        assert source.sells.rstrip(".") in answer.answer


def test_a_word_of_its_own_is_explained(advisor: Advisor) -> None:
    """By the glossary, where the sources do not say what it is; where they do, by them."""
    answer = advisor.ask("What is an evaluation set?")
    assert answer.kind == "guidance"
    assert answer.answer.startswith("**Evaluation set**: ")
    assert "**" not in advisor.ask("What is context engineering?").answer.partition("\n")[0]

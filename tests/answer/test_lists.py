"""Who asks for a list is told all of it, in the source's order; who asks for one thing is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.answer.guidance import MOST_PASSAGES, SEARCH_DEPTH, choose_passages, compose
from agent.answer.lists import asked_list, asks_several, kept_lists, load_lists
from agent.corpus.manifest import load_sources
from agent.errors import CorpusError
from agent.grounding import check
from agent.retrieval import Retriever
from agent.types import Draft

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
LISTS = load_lists(CORPUS / "lists.yaml")


@pytest.mark.parametrize(
    ("question", "id"),
    [
        ("What are the upsides of context engineering?", "context-benefits"),
        ("Can you tell me what stages a fine-tune goes through?", "tuning-steps"),
        ("Under which conditions must one not fine-tune?", "tuning-avoided"),
        ("what weaknesses does retrieval have", "rag-limits"),
        ("Which questions belong on the checklist before we tune?", "five-questions"),
        ("Which factors should weigh in the decision?", "five-dimensions"),
        ("What obligations come with a tuned model?", "upkeep-of-tuning"),
        ("Give me the case against fine-tuning in a company. What are the drawbacks?", "four-drawbacks"),
        ("Does context engineering have benefits?", ""),
        ("When do fine-tuned models pay back their investment?", ""),
        ("What should a team exhaust before it considers fine-tuning?", ""),
        ("What is the biggest drawback of fine-tuning?", ""),
        ("What do all the good reasons for tuning have in common?", ""),
        ("How much do the benefits of context engineering cost?", ""),
        ("How long does a fine-tune take?", ""),
    ],
)
def test_which_list_is_asked_for(retriever: Retriever, question: str, id: str) -> None:
    found = asked_list(question, retriever.search(question, k=SEARCH_DEPTH), LISTS, retriever.passages)
    assert (found.id if found else "") == id


def test_a_named_source_tells_its_own_list(retriever: Retriever) -> None:
    """And not the same kind of list of another."""
    question = "Which drawbacks of fine-tuning are there?"
    evidence = retriever.search(question, k=SEARCH_DEPTH)
    for source, id in (("intervention-hierarchy", "four-drawbacks"), ("train-or-prompt", "tuning-limits")):
        found = asked_list(question, evidence, LISTS, retriever.passages, frozenset({source}))
        assert found is not None
        assert found.id == id


def test_the_items_are_told_in_order_each_with_its_passage(retriever: Retriever) -> None:
    draft = answer("What are the steps of fine-tuning?", retriever)
    steps = [f"enterprise-strategy#step-{step}" for step in ("collect-data", "adjust-parameters", "validate", "deploy")]
    assert list(draft.cited[:4]) == steps
    first = draft.markdown.partition("\n")[0]
    assert first.startswith("The steps of fine-tuning (Mala): collect training data")
    assert [first.index(f"[{number}]") for number in range(1, 5)] == sorted(
        first.index(f"[{number}]") for number in range(1, 5)
    )


def test_what_tells_the_whole_list_is_told_and_not_its_items(retriever: Retriever) -> None:
    draft = answer("What limitations does prompting have?", retriever)
    assert draft.cited[0] == "train-or-prompt#prompting-limitations"
    assert not any(id.startswith("train-or-prompt#prompting-") for id in draft.cited[1:])


@pytest.mark.parametrize("listed", LISTS, ids=lambda one: one.id)
def test_every_list_stands_on_passages_of_one_source(retriever: Retriever, listed: object) -> None:
    """What is told of each passes the gate, and is few enough to be cited."""
    one = next(found for found in LISTS if found is listed)
    assert one.passages <= retriever.passages.keys()
    assert len({id.partition("#")[0] for id in one.passages}) == 1
    assert len(one.cited) <= MOST_PASSAGES
    sources = load_sources(CORPUS)
    told = compose("", [retriever.passages[id] for id in one.cited], sources=sources, listed=one)
    assert list(told.cited) == list(one.cited)
    assert check(told, retriever.passages, None, "", {}, sources=sources) == ()
    spans = [retriever.passages[id].span for id in one.cited]
    assert spans == sorted(spans)


def test_what_can_ask_for_a_list() -> None:
    assert asks_several("can you name the benefits?")
    assert not asks_several("can RAG and fine-tuning be combined?")
    assert not asks_several("which is the first of the five dimensions?")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lists: [{id: a, asks: [b], items: [{cite: c#d}]}]", "neither by one note nor item by item"),
        ("lists: [{id: a, asks: [b], whole: c#d, heading: e, items: [{cite: c#f, says: g}]}]", "neither by one note"),
        ("lists: [{id: a}]", "cannot be read"),
    ],
)
def test_lists_out_of_order(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "lists.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=said):
        load_lists(path)


def answer(question: str, retriever: Retriever) -> Draft:
    evidence, sources = retriever.search(question, k=SEARCH_DEPTH), load_sources(CORPUS)
    listed = asked_list(question, evidence, LISTS, retriever.passages)
    chosen = choose_passages(evidence, question=question, sources=sources, passages=retriever.passages, listed=listed)
    return compose(question, chosen, sources=sources, listed=listed)


def test_what_is_kept_of_the_lists_is_what_the_file_says(tmp_path: Path) -> None:
    source = tmp_path / "lists.yaml"
    source.write_bytes((CORPUS / "lists.yaml").read_bytes())
    assert kept_lists(source, tmp_path) == kept_lists(source, tmp_path) == LISTS
    source.write_text(f"lists: [{{id: one, asks: [steps], whole: {min(LISTS[0].passages)}}}]", encoding="utf-8")
    assert [one.id for one in kept_lists(source, tmp_path)] == ["one"]

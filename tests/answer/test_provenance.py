"""Questions on the sources themselves are answered from their cards; no other question is."""

from pathlib import Path

import pytest

from agent.answer.provenance import asks_of_cards, compose, names_of
from agent.corpus.manifest import load_sources

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote the articles?",
        "Who are your five sources, and is any of them in the business of selling RAG?",
        "which sources do you use?",
        "When were these articles published?",
        "are your sources independent?",
        "Do the authors have something to sell?",
        "how old is this advice?",
        "and do any of them sell something?",
        "Where do these answers come from?",
        "so can I trust your sources",
    ],
)
def test_questions_for_the_cards(question: str) -> None:
    assert asks_of_cards(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which sources disagree on LoRA?",
        "is there a sixth article and who wrote it",
        "How much does the author earn?",
        "What is retrieval based on?",
        "Are the sources a retriever finds reliable enough to cite?",
        "who wrote our prompt?",
    ],
)
def test_other_questions_are_not(question: str) -> None:
    """Lives of authors stand on no card, and what sources say is no question on them."""
    assert not asks_of_cards(question)


NAMES = names_of(load_sources(CORPUS))


@pytest.mark.parametrize(
    "question",
    [
        "Who is the publisher of the article on update frequency?",
        "who wrote the AI Guide article",
        "When was the ViviScape piece published?",
        "What does ViviScape sell?",
        "Is Mala a vendor?",
        "what is the date of the Mala article",
    ],
)
def test_questions_for_one_card(question: str) -> None:
    """Asked for by its publisher, its title or its id; the words alone are no question on the sources."""
    assert asks_of_cards(question, NAMES)
    assert len(compose(load_sources(CORPUS), question).markdown.splitlines()) == 3


@pytest.mark.parametrize(
    "question",
    ["What does our shop sell?", "Who is the author of the article on Kubernetes?", "What does Mala say on hybrids?"],
)
def test_other_questions_are_not_though_names_are_known(question: str) -> None:
    assert not asks_of_cards(question, NAMES)


def test_all_cards_where_no_source_is_named() -> None:
    sources = load_sources(CORPUS)
    assert compose(sources, "who wrote the articles?").markdown.count("\n- ") == len(sources)

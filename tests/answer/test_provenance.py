"""Questions on the sources themselves are answered from their cards; no other question is."""

import pytest

from agent.answer.provenance import asks_of_cards


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

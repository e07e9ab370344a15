"""What single sentences are learned from: which of their tokens are the words that state a value."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoTokenizer

from agent.intake.reading import cut
from agent.retrieval.transformer import model_folder
from eval.cases import Case, Stated
from eval.fit_encoder import Step, Words, encode, inner
from eval.sentences import Sentence, case_said

TEXT = "We grade résumés, and the prompt never sufficed. Nobody measured anything."
FACTS = {"prompting_sufficient": False, "evals_exist": False}
SIDES = torch.tensor([1.0, -1.0, 0.0])
EVIDENCE = {"prompting_sufficient": "prompt never sufficed", "evals_exist": "Nobody measured"}


def sentences() -> list[Sentence]:
    """Return the sentences of one case, and one by itself."""
    spans = [span for span, _ in cut(TEXT)[0]]
    said = case_said(Case("x", TEXT, Stated(FACTS, EVIDENCE)), spans)
    whole = frozenset(FACTS.items())
    of_case = [
        Sentence(span.text, frozenset(words.key for words in some), part=0, case=whole, said=some)
        for span, some in zip(spans, said, strict=True)
    ]
    return [*of_case, Sentence("Nobody measured it.", frozenset({("evals_exist", False)}), part=0)]


def test_the_tokens_of_the_evidence_are_marked() -> None:
    """With the value that they state; what is said by itself has no marks, since its words are not known."""
    tokenizer = AutoTokenizer.from_pretrained(str(model_folder()))
    some = sentences()
    encoded = encode(some)
    marked = [
        [(tokenizer.tokenize(sentence.text)[token - 1], encoded.keys[key]) for token, key in marks]
        for sentence, marks in zip(some, encoded.marks, strict=True)
    ]
    short, unmeasured = ("prompting_sufficient", False), ("evals_exist", False)
    pieces = ["prompt", "never", *tokenizer.tokenize("sufficed")]
    assert marked == [
        [(piece, short) for piece in pieces],
        [("nobody", unmeasured), ("measured", unmeasured)],
        [],
    ]


def test_the_words_of_a_sentence_are_between_its_ends() -> None:
    """The tokens that open and close it are none of them, unless there are no others; nor is what is padded."""
    mask = torch.tensor([[1.0, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]])
    assert inner(mask).tolist() == [[0, 1, 1, 0], [0, 1, 0, 0], [1, 1, 0, 0]]


def test_what_says_yes_of_one_fact_says_it_of_all() -> None:
    """It adds to each value that is a yes, takes from each no and leaves others alone; so do the weights as saved."""
    steps, words = Step(3, -4.0, SIDES), Words(3, 3, SIDES)
    assert steps.common is not None
    assert words.common is not None
    for weights in (steps.common.weight, words.common.weight):
        torch.nn.init.ones_(weights)
    vector, grams = torch.full((1, 384), 0.5), (torch.tensor([2, 0]), torch.tensor([0]), torch.tensor([0.6, 0.8]))
    assert steps(vector).tolist() == [[188.0, -196.0, -4.0]]
    assert (vector @ torch.from_numpy(steps.weights()).T - 4.0).tolist() == steps(vector).tolist()
    told = words(grams)[0]
    assert told.tolist() == pytest.approx([5.6, -5.6, 0.0])
    assert (0.6 * words.weights()[2] + 0.8 * words.weights()[0]).tolist() == pytest.approx(told.tolist())

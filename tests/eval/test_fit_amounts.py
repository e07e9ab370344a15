"""Numbers are learned from where the evidence stands, the same way every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.intake.candidates import find_candidates
from agent.intake.sentences import split_sentences
from agent.intake.weighing import load_amount_heads, weigh
from eval.fit_amounts import (
    THRESHOLDS,
    Described,
    fit_amounts,
    gather_amounts,
    load_amount_statements,
    places,
    save_amounts,
)

COLUMN = list(THRESHOLDS).index("labelled_examples")


def described(text: str, facts: dict[str, object], evidence: dict[str, str] | None = None) -> Described:
    candidates = tuple(find_candidates(sentence) for sentence in split_sentences(text))
    beside = np.zeros((len(candidates), 390), dtype=np.float32)
    return Described(candidates, beside, facts, places(text, evidence or {}))


@pytest.fixture(scope="module")
def texts() -> list[Described]:
    return [described(row["text"], row["facts"]) for row in load_amount_statements()]


def test_of_two_like_numbers_the_one_in_the_evidence_is_learned_from() -> None:
    text = "We test on 300 mails. There are 300 labelled mails."
    material = gather_amounts(
        [described(text, {"labelled_examples": 300}, {"labelled_examples": "300 labelled mails"})]
    )
    assert material.aims[:, COLUMN].tolist() == [-1, 1]


def test_every_candidate_of_a_text_without_the_fact_is_a_counterexample() -> None:
    assert gather_amounts([described("We test on 300 mails.", {})]).aims[:, COLUMN].tolist() == [0]


def test_the_same_data_give_the_same_file(texts: list[Described], tmp_path: Path) -> None:
    written = []
    for name in ("one.npz", "two.npz"):
        save_amounts(fit_amounts(gather_amounts(texts), range(len(texts))), tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_what_was_fitted_is_read_back_and_tells_labels_from_test_sets(texts: list[Described], tmp_path: Path) -> None:
    path = tmp_path / "amounts.npz"
    save_amounts(fit_amounts(gather_amounts(texts), range(len(texts))), path)
    heads = load_amount_heads(path)
    said = [
        {w.name for w in weigh(heads, find_candidates(split_sentences(text)[0]), heads.centre)}
        for text in ("We have 800 labelled tickets.", "The eval set has 800 questions.")
    ]
    assert said == [{"labelled_examples"}, set()]

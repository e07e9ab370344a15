"""What people may ask of a passage: there for each, in words of its own, and for no passage that is not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from agent.corpus.notes import load_passages
from agent.errors import CorpusError
from agent.retrieval.lexical import LexicalIndex
from eval.cases import load_questions, load_unanswerable, load_written
from eval.evaluators.questions import NEAR_DUPLICATE

CORPUS = Path(__file__).parents[2] / "corpus"
FEWEST = 5


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for name in ("notes", "questions"):
        shutil.copytree(CORPUS / name, tmp_path / name)
    return tmp_path


def test_each_passage_has_questions_of_its_own() -> None:
    passages = load_passages(CORPUS)
    asked = [question.casefold() for passage in passages for question in passage.questions]
    assert all(len(passage.questions) >= FEWEST for passage in passages)
    assert len(asked) == len(set(asked))


def test_a_passage_is_found_by_words_that_only_its_questions_hold(corpus: Path) -> None:
    path = corpus / "questions" / "update-frequency.json"
    slug, *_ = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({slug: ["Do walruses bite?"]}), encoding="utf-8")
    passages = load_passages(corpus)
    scores = LexicalIndex.in_memory(passages).scores("walruses")
    assert [passages[row].id for row in scores.nonzero()[0]] == [f"update-frequency#{slug}"]


def test_none_of_them_is_a_question_that_answers_are_measured_by() -> None:
    """Not in nearly the same letters either: fitting and testing data are apart."""
    written = load_written()
    datasets = (load_questions(), load_unanswerable(), written.covered, written.false_premises, written.variants)
    measured = [case.text.casefold() for dataset in datasets for case in dataset.cases]
    for passage in load_passages(CORPUS):
        for question in passage.questions:
            cutoff = 100 * NEAR_DUPLICATE
            assert process.extractOne(question.casefold(), measured, scorer=fuzz.ratio, score_cutoff=cutoff) is None


@pytest.mark.parametrize("content", ['{"no-such-passage": ["Why?"]}', '{"a": "Why?"}', "[", "\xff"])
def test_a_file_that_is_not_in_order_is_named(corpus: Path, content: str) -> None:
    (corpus / "questions" / "update-frequency.json").write_text(content, encoding="latin-1")
    with pytest.raises(CorpusError, match="questions"):
        load_passages(corpus)

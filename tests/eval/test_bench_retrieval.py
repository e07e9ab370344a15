"""The retrieval benchmark gives every way of ranking the same passages, and says why it leaves a set out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.bench.retrieval import OURS, lines, measure, missing, ndcg

TEXTS = (
    "Cats sleep all day on the sofa.",
    "Tuning changes the weights of a model.",
    "Prompts steer a model.",
    "Chroma stores vectors.",
    "Latency is the time to an answer.",
    "Evaluation measures quality.",
    "A ladder has rungs.",
    "JSON is a format.",
    "Labels are examples.",
    "Dogs run in the park.",
)


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    """Ten passages and one question in BEIR's own layout."""
    folder = tmp_path / "small"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": str(number), "title": "", "text": text} for number, text in enumerate(TEXTS)]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "where do cats sleep"}), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t0\t1\n", encoding="utf-8")
    return folder


def test_every_way_finds_the_only_answer(small_set: Path, tmp_path: Path) -> None:
    gained, took = measure(small_set, tmp_path / "cache", [], None)
    assert gained.keys() > {OURS, "bm25s", "LangChain + Chroma"}
    assert all(values == [1.0] for values in gained.values())
    assert list(lines("small", gained, took))[-1].endswith("ok")


def test_a_set_that_is_not_there_is_left_out_with_a_reason(tmp_path: Path, small_set: Path) -> None:
    assert "no corpus.jsonl" in missing(tmp_path)
    assert missing(small_set) == ""
    (small_set / "qrels" / "test.tsv").unlink()
    assert "no qrels.tsv" in missing(small_set)


def test_ndcg_falls_with_the_place() -> None:
    assert ndcg(["a", "b"], {"a": 1.0}) == 1.0
    assert ndcg(["b", "a"], {"a": 1.0}) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg(["b"], {"a": 1.0}) == 0.0

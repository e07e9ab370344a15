"""Ranking: what comes first, what a score means, and what user text cannot break."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from agent.retrieval import Retriever, lexical, open_index, search
from agent.retrieval.encoder import QueryEncoder, Request
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.search import highest
from agent.retrieval.transformer import Floats
from agent.types import Passage


@pytest.fixture
def retriever(passages: list[Passage], tmp_path: Path) -> Retriever:
    """The small corpus, indexed."""
    return open_index(passages, cache=tmp_path)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many labelled examples do we need to tune?", "tune#examples"),
        ("our FAQ is edited on Mondays", "context#change"),
        ("guarantee well-formed JSON output", "prompt#format"),
        ("the auditor wants to see where an answer comes from", "context#audit"),
    ],
)
def test_the_right_passage_comes_first(retriever: Retriever, question: str, expected: str) -> None:
    """Words and meaning both lead to it."""
    assert retriever.search(question)[0].passage.id == expected


def test_scores_fall_and_cosines_are_true(retriever: Retriever) -> None:
    """`score` ranks within the query; `cosine` is the product of the two vectors."""
    question = "is tuning cheaper?"
    found = retriever.search(question, k=9)
    scores = [evidence.score for evidence in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    cosines = retriever.vectors([evidence.passage.id for evidence in found]) @ retriever.encode([question])[0]
    np.testing.assert_allclose([evidence.cosine for evidence in found], cosines, atol=1e-4)


def test_a_given_vector_is_used(retriever: Retriever) -> None:
    """A caller that has encoded the question already gets the same list."""
    question = "is tuning cheaper?"
    assert retriever.search(question, vector=retriever.encode([question])[0]) == retriever.search(question)


@pytest.mark.parametrize("k", [0, -1, 1, 100])
def test_k_is_an_upper_bound(retriever: Retriever, k: int) -> None:
    """Neither nothing nor too much is an error."""
    assert len(retriever.search("tuning", k=k)) == max(0, min(k, 9))


@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
def test_a_blank_question_finds_nothing(retriever: Retriever, blank: str) -> None:
    """There is nothing to rank by."""
    assert retriever.search(blank) == ()


@pytest.mark.parametrize(
    "question",
    [
        '" OR NEAR(',
        "text: section: * ^ - + { } ( )",
        "NOT AND OR NEAR",
        '"""',
        "'; DROP TABLE passages; --",
        "section:tune",
        "tun*",
        "\x00\x01",
        "😀",
        "the of and",
        "微调",
        "cafe\u0301 \ud800",
        "tuning examples " * 6_250,
    ],
    ids=lambda question: ascii(question[:20]),
)
def test_no_text_breaks_a_search(retriever: Retriever, question: str) -> None:
    """Search operators, quotes, emoji and 100 KB are just text."""
    found = retriever.search(question)
    assert len(found) == 8
    assert all(0 <= evidence.score <= 1 for evidence in found)


def test_equal_passages_stand_in_the_order_of_their_ids(tmp_path: Path) -> None:
    """Ties never depend on the order of indexing."""
    twins = [Passage(id, "s", "Same", "The very same words.") for id in ("s#c", "s#a", "s#b")]
    found = open_index(twins, cache=tmp_path).search("same words")
    assert [evidence.passage.id for evidence in found] == ["s#a", "s#b", "s#c"]


def test_one_passage_is_a_corpus(passages: list[Passage], tmp_path: Path) -> None:
    """The smallest corpus answers."""
    found = open_index(passages[:1], cache=tmp_path).search("anything at all")
    assert [evidence.passage for evidence in found] == passages[:1]


def test_topics_and_the_attached_original_are_searched(passages: list[Passage], tmp_path: Path) -> None:
    """A reader's word that the note lacks finds the passage."""
    notes = [
        Passage("s#topic", "s", "Safety", "Check what goes in and out.", topics=("guardrails",)),
        Passage("s#quote", "s", "Zoology", "Animals with stripes are rare here.", quote="The okapi said so."),
    ]
    retriever = open_index([*passages, *notes], cache=tmp_path)
    assert retriever.search("guardrail for safety")[0].passage.id == "s#topic"
    assert retriever.search("an okapi and its stripes")[0].passage.id == "s#quote"


def stems(index: LexicalIndex, text: str) -> list[str]:
    return [index.stem(word) for word in index.words(text)]


def test_term_statistics_tell_which_words_the_corpus_knows(passages: list[Passage]) -> None:
    """A question's words can be looked up by the stems that the index holds."""
    index = LexicalIndex.in_memory(passages)
    assert stems(index, "Labelled examples, naïvely: Tuning?") == ["label", "exampl", "naiv", "tune"]
    assert [index.document_frequency(stem) for stem in ("exampl", "tune", "zebra")] == [2, 2, 0]


def test_a_compound_is_read_as_the_corpus_writes_it() -> None:
    """ "finetuning" finds "fine-tuning"; a compound whose parts never stand together stays one unknown word."""
    notes = [
        Passage("s#one", "s", "One", "Fine-tuning changes weights."),
        Passage("s#two", "s", "Two", "Net prices are for workers of the shop."),
    ]
    index = LexicalIndex.in_memory(notes)
    assert stems(index, "Finetuning, finetuned; netshop") == ["fine", "tune", "fine", "tune", "netshop"]


def test_lists_do_not_depend_on_build_or_threads(
    passages: list[Passage], tmp_path: Path, started: Callable[..., subprocess.Popen[str]]
) -> None:
    """Two builds, in two processes with one and two threads, one of them grown step by step, rank alike."""
    code = """
from agent.retrieval import open_index
cache = pathlib.Path(sys.argv[1])
for end in map(int, sys.argv[2:]):
    retriever = open_index(passages[:end] if end < 9 else passages[::-1], cache=cache)
questions = ["how many labelled examples?", "is tuning worth it?", "JSON", "x"]
print(json.dumps([[(e.passage.id, e.score, e.cosine) for e in retriever.search(q, k=9)] for q in questions]))
"""
    one = started(code, tmp_path / "one", "9", OPENBLAS_NUM_THREADS="1")
    two = started(code, tmp_path / "two", "4", "9", OPENBLAS_NUM_THREADS="2")
    lists = [json.loads(process.communicate(timeout=120)[0]) for process in (one, two)]
    for ours, theirs in zip(*lists, strict=True):
        assert [id for id, _, _ in ours] == [id for id, _, _ in theirs]
        np.testing.assert_allclose([row[1:] for row in ours], [row[1:] for row in theirs], atol=2e-4)


def test_the_highest_are_those_of_a_whole_stable_sort() -> None:
    random = np.random.default_rng(0)
    for size in (1, 9, 10, 11, 500):
        scores = np.round(random.random(size), 1)  # many ties
        for k in (1, 10, 30):
            assert highest(scores, k).tolist() == np.argsort(-scores, kind="stable")[:k].tolist()


class Watched:
    """An encoder of its own kind that counts how many of its callers it serves at once."""

    id, dimension = "watched", 384

    def __init__(self) -> None:
        self.encoder = QueryEncoder()
        self.present = self.most = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        self.present += 1
        self.most = max(self.most, self.present)
        vectors = self.encoder.encode(texts)
        self.present -= 1
        return vectors


def test_threads_take_turns_at_the_encoder(passages: list[Passage]) -> None:
    """Two callers never encode at once, a long text takes several turns, and each caller gets its own vectors."""
    watched = Watched()
    shared = Retriever(passages, QueryEncoder().encode([]), LexicalIndex.in_memory(passages), watched)
    texts = [f"Does {count} labelled tickets repay tuning?" for count in range(30)]
    expected = QueryEncoder().encode(texts)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(shared.encode, [texts[start:] for start in range(4)]):
            assert np.allclose(vectors, expected[-len(vectors) :], atol=1e-6)
    assert watched.most == 1
    assert shared.encode([]).shape == (0, 384)


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_what_is_dealt_to_cores_comes_back_in_its_place(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    """Each of several requests gets its own vectors, however many threads share the work."""
    monkeypatch.setattr(search, "CORES", cores)
    encoder = QueryEncoder()
    requests = [Request([f"request {number}", f"tuning {number}"][: 1 + number % 2]) for number in range(5)]
    for vectors, request in zip(search._encode_each(encoder, requests), requests, strict=True):
        assert np.allclose(vectors, encoder.encode(request.texts), atol=1e-6)


def test_either_spelling_finds_the_other(passages: list[Passage]) -> None:
    """British or American, a figure or a word, in the corpus or in the question."""
    told = [
        replace(passage, text=text)
        for passage, text in zip(passages, ("labelled behaviour", "organizations for 6 months"), strict=False)
    ]
    index = LexicalIndex.in_memory(told)
    assert np.array_equal(index.scores("labeled behavior").astype(bool), [True, False])
    assert np.array_equal(index.scores("an organisation").astype(bool), [False, True])
    assert np.array_equal(index.scores("Six").astype(bool), [False, True])
    assert lexical.spelt("four hours of enterprise distilling") == "4 hours of enterprize distiling"


@pytest.mark.parametrize("kept", [0, 3, 1_000])
def test_words_looked_up_one_by_one_add_up(passages: list[Passage], monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """Whatever was kept of the words asked for before, a score is what the database gives the whole query."""
    monkeypatch.setattr(lexical, "POSTINGS_CACHED", kept)
    connection = sqlite3.connect(":memory:")
    lexical.fill(connection, passages)
    index = LexicalIndex.in_memory(passages)
    for query in ("tuning examples prompt", "prompt examples weeks", "tuning prompts", "tuning examples prompt"):
        whole = np.zeros(len(passages))
        for row, score in connection.execute(lexical.MATCH, (" OR ".join(query.split()),)):
            whole[row] = -score
        np.testing.assert_allclose(index.scores(query), whole, rtol=1e-6)
        assert whole.any()

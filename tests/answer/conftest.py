"""The shipped corpus behind a real index and the real encoder, built once for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.answer import asked
from agent.corpus.notes import load_passages
from agent.retrieval import Retriever, open_index

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


@pytest.fixture(scope="session")
def retriever(own_index: Path) -> Retriever:
    return open_index(load_passages(CORPUS), cache=own_index)


@pytest.fixture(scope="session")
def known(retriever: Retriever) -> frozenset[str]:
    return asked.known_terms(retriever.passages.values())

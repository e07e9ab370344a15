"""Ranking: exact vector search and BM25, fused.

Owns the order of evidence: same corpus, same question, same list, on every run. Up to `WHOLE_AT_MOST` passages every
cosine is exact; beyond, those of the passages that may rank are, and the others estimated. Leaves building and opening
to `index`.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agent.retrieval.bulk import Encoder
from agent.retrieval.encoder import QueryEncoder, Request
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.sketch import Rows, Vectors
from agent.retrieval.transformer import Floats
from agent.retrieval.turns import AT_ONCE, Turns
from agent.types import Evidence, Passage

if TYPE_CHECKING:
    from concurrent.futures import Executor

Scores = NDArray[np.float64]

DENSE_WEIGHT = 0.5
DECIMALS = 4
"""Scores are rounded before sorting: vectors agree between encoders, builds and thread counts to 1e-7, not to the last
bit, and stretching enlarges that."""

LOOKED_AT = 3_000
"""Of a large corpus so many rows are looked at exactly, by fused score and at either end of the cosines. Over a million
they hold every passage of the true ten; what differs, 2 in 1,000, is how far the lowest cosine stretches the scale."""

SEARCHED_CHARACTERS = 2_000
"""How much of a long text is to be encoded as the query; MiniLM reads 256 tokens of it."""

CORES = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
"""Threads that share an encoding of several requests: two took 0.56 of one's time for fourteen; more were not tried."""

GRAIN = 1e-6
"""Scores that differ by less are equal: the rows of one product need not be summed in one order."""


class Retriever:
    """The passages of one corpus, ready to be searched; safe to share between threads."""

    def __init__(self, passages: Sequence[Passage], vectors: Vectors, lexical: LexicalIndex, encoder: Encoder) -> None:
        self._rows = tuple(passages)
        self._vectors = vectors
        self._lexical = lexical
        self._encoder = encoder
        self._turns = Turns(partial(_encode_each, encoder))
        self.passages: dict[str, Passage] = {passage.id: passage for passage in self._rows}

    def search(self, query: str, *, k: int = 8, vector: Floats | None = None) -> tuple[Evidence, ...]:
        """Return the `k` best passages, best first, ties by id; `vector` saves encoding the query again."""
        if k <= 0 or not query.strip():
            return ()
        if vector is None:
            vector = self.encode([query])[0]
        words = self._lexical.scores(query)
        cosines, exact = self._cosines(vector, words)
        scores = np.round(fused(cosines, words), DECIMALS)
        return tuple(
            Evidence(self._rows[row], score=float(scores[row]), cosine=round(float(cosines[row]), DECIMALS))
            for row in exact[highest(scores[exact], k)]
        )

    def _cosines(self, vector: Floats, words: Floats) -> tuple[Floats, Rows]:
        """Return the cosine of every passage, and the rows where it is exact, in order."""
        if isinstance(self._vectors, np.ndarray):
            return np.asarray(self._vectors @ vector, dtype=np.float32), np.arange(len(self._rows))
        cosines = self._vectors.estimates(vector)
        rows = promising(cosines, words)
        exact = self._vectors.exact(rows) @ vector
        cosines.clip(exact.min(), exact.max(), out=cosines)  # what no look was taken at must not stretch the scale
        cosines[rows] = exact
        return cosines, rows

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n, dimension) unit vectors from the encoder that the corpus is indexed with; threads take turns."""
        return self._encoded(Request(texts))

    def encode_read(self, texts: Sequence[str], case: int = 0) -> Floats:
        """Return the same beside what the reader makes of each text, where the corpus is indexed with MiniLM.

        The first `case` texts are sentences of one case, and its gist stands beside them.
        """
        return self._encoded(Request(texts, True, case))

    def _encoded(self, request: Request) -> Floats:
        starts = range(0, max(1, len(request.texts)), AT_ONCE)
        parts = [
            self._turns.encode(
                Request(request.texts[start : start + AT_ONCE], request.is_read, max(0, request.case - start))
            )
            for start in starts
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def at_work(self) -> AbstractContextManager[None]:
        """Have the floor while this thread computes: threads take turns, and texts that wait are encoded together."""
        return self._turns.at_work()

    def vectors(self, ids: Sequence[str]) -> Floats:
        """Return the (n, dimension) vectors of passages by id."""
        rows = np.array([bisect_left(self._rows, id, key=lambda passage: passage.id) for id in ids], dtype=np.int64)
        return self._vectors[rows] if isinstance(self._vectors, np.ndarray) else self._vectors.exact(rows)


def promising(estimates: Floats, words: Floats) -> Rows:
    """Return the rows that deserve an exact look, in order: the best, and the ends that stretching goes by."""
    picked = [highest(scores, LOOKED_AT) for scores in (fused(estimates, words), estimates, -estimates)]
    return np.unique(np.concatenate(picked))


def _encode_each(encoder: Encoder, requests: Sequence[Request]) -> list[Floats]:
    """Encode several requests, together where the encoder keeps them apart, and on as many cores as there are."""
    if not isinstance(encoder, QueryEncoder):
        return [encoder.encode(request.texts) for request in requests]
    if CORES == 1 or len(requests) == 1:
        return encoder.encode_each(requests)
    dealt = list(_threads().map(encoder.encode_each, (requests[start::CORES] for start in range(CORES))))
    return [dealt[at % CORES][at // CORES] for at in range(len(requests))]


@cache
def _threads() -> Executor:
    from concurrent.futures import ThreadPoolExecutor  # here, since one caller needs none

    return ThreadPoolExecutor(CORES, thread_name_prefix="rung-encode")


def highest(scores: Scores | Floats, k: int) -> Rows:
    """Return the rows of the `k` highest scores, highest first, ties by row: rows stand in the order of ids."""
    if k < len(scores):
        # Only what reaches the k-th highest score is sorted: ten times faster over a million.
        rows = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
    else:
        rows = np.arange(len(scores))
    return np.asarray(rows[np.argsort(-scores[rows], kind="stable")][:k])


def fused(cosines: Floats, lexical: Floats, dense_weight: float = DENSE_WEIGHT) -> Scores:
    """Sum both scores, each stretched to 0..1 over the corpus; vectors alone where no word is found."""
    dense = stretched(cosines)
    if not lexical.any():
        return dense
    return np.asarray(dense_weight * dense + (1 - dense_weight) * stretched(lexical))


def stretched(scores: Floats) -> Scores:
    """Map the lowest score to 0 and the highest to 1; equal scores all to 1."""
    exact = scores.astype(np.float64)
    low, high = exact.min(), exact.max()
    if high - low <= GRAIN:
        return np.ones_like(exact)
    return np.asarray((exact - low) / (high - low))

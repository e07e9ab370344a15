"""Vectors of a large corpus: a bit a component in memory, the numbers themselves read from the file by row.

Owns the signs, the cosines estimated from them and the reading of single rows, so that a million vectors of 384
components (1.5 GB) take 48 MB. Leaves which rows deserve an exact look to `search`, and the files' names to `snapshot`.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from agent.retrieval.transformer import Floats

Rows = NDArray[np.int64]
Signs = NDArray[np.uint64]

WHOLE_AT_MOST = 200_000
"""Up to so many vectors are mapped and multiplied whole, 30 ms; beyond, estimates are faster and a 32nd of the size."""
AT_ONCE = 65_536
"""Rows whose signs and counts stay in the second-level cache; also bounds what sketching holds in memory."""


class SketchedVectors:
    """Unit vectors that stay in their file; safe to share between threads."""

    def __init__(self, path: Path, signs: Signs) -> None:
        mapped = np.load(path, mmap_mode="r")
        self.shape: tuple[int, ...] = mapped.shape
        self._start = int(mapped.offset)
        # Read, not mapped: a page touched by each of a thousand rows brings fifteen others into memory, and they stay.
        self._file = path.open("rb", buffering=0)
        self._turn = Lock()
        self._signs = signs

    def __len__(self) -> int:
        return self.shape[0]

    def estimates(self, vector: Floats) -> Floats:
        """Return the cosine of every row with `vector`, (n,), to 0.05: the share of equal signs is an angle's."""
        bits = packed(vector[None])[:, 0]
        cosines = np.cos(np.linspace(0, np.pi, self.shape[1] + 1)).astype(np.float32)
        estimated = np.empty(len(self), dtype=np.float32)
        for start in range(0, len(self), AT_ONCE):
            differing = np.bitwise_count(self._signs[:, start : start + AT_ONCE] ^ bits[:, None])
            estimated[start : start + AT_ONCE] = cosines[differing.sum(axis=0, dtype=np.uint16)]
        return estimated

    def exact(self, rows: Rows) -> Floats:
        """Return the (n, dimension) vectors of `rows`."""
        vectors = np.empty((len(rows), self.shape[1]), dtype=np.float32)
        with self._turn:
            for vector, row in zip(vectors, rows.tolist(), strict=True):
                self._file.seek(self._start + row * vector.nbytes)
                self._file.readinto(vector.data)
        return vectors


Vectors = Floats | SketchedVectors


def sketched(vectors: Floats) -> Signs:
    """Return the signs of (n, dimension) vectors as (dimension / 64, n) words."""
    parts = [packed(vectors[start : start + AT_ONCE]) for start in range(0, len(vectors), AT_ONCE)]
    return np.concatenate(parts, axis=1)


def packed(vectors: Floats) -> Signs:
    """Return the signs of a few vectors, 64 to a word, a column a vector."""
    positive = np.packbits(vectors > 0, axis=1)
    whole_words = np.pad(positive, ((0, 0), (0, -positive.shape[1] % 8)))
    return np.ascontiguousarray(whole_words.view(np.uint64).T)

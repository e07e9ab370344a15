"""Encoders by name: which one encodes questions, and which one encodes passages by the hundred.

Owns sentence-transformers (imported only when used: it takes ten seconds), the choice between it and the numpy encoder,
whose vectors agree to 1e-6, and the use of several cores. Leaves the numpy forward pass to `encoder`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from agent.errors import RetrievalError
from agent.retrieval.encoder import QueryEncoder, encodable
from agent.retrieval.transformer import Floats, model_folder

DEFAULT = "default"
NUMPY_CHARACTERS_AT_MOST = 1_000_000
"""Up to this much text torch does not repay its import: both encode 1,500 to 2,000 tokens a second and core, torch
after 11 s and in five times the memory. Beyond it torch makes better use of many cores."""
BATCH = 16
THREADS_AT_MOST = 4

Progress = Callable[[int, int], None]


class Encoder(Protocol):
    """Texts to unit vectors; `id` names the model in the index's fingerprint."""

    @property
    def id(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n, dimension) float32 unit rows."""
        ...


class SentenceTransformersEncoder:
    """Any model that sentence-transformers can load, by name or folder."""

    def __init__(self, name: str, *, location: str | None = None) -> None:
        self.id = name
        self._location = location or name

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode in one batch, in double-checked unit length: some models come without a normalising step."""
        clean = [encodable(text) for text in texts]
        vectors = self._model.encode(clean, batch_size=BATCH, show_progress_bar=False, normalize_embeddings=True)
        return np.asarray(vectors, dtype=np.float32).reshape(len(clean), -1)

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar

            disable_progress_bar()  # type: ignore[no-untyped-call]  # ours is shown instead
            return SentenceTransformer(self._location)
        except Exception as error:  # whatever the model's own code, the hub or torch raises
            reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
            raise RetrievalError(
                f"the encoder {self.id!r} cannot be loaded: {reason[0]}",
                hint="name a sentence-transformers model that is on this machine, or leave the encoder at its default",
            ) from error


def query_encoder(name: str) -> Encoder:
    """Return the encoder of questions: numpy for the default model, else sentence-transformers."""
    return QueryEncoder() if name == DEFAULT else SentenceTransformersEncoder(name)


def encode_passages(texts: Sequence[str], encoder: Encoder, progress: Progress | None = None) -> Floats:
    """Encode passages with `encoder`, or very much text with its twin on torch; reports (done, total)."""
    from concurrent.futures import ThreadPoolExecutor  # here, since a question does without

    bulk = passage_encoder(texts, encoder)
    report = progress or (lambda done, total: None)
    report(0, len(texts))
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    parts: list[Floats] = []
    # One batch to a thread, never one batch over several: so that the numbers do not depend on the cores there are.
    pool = ThreadPoolExecutor(threads(bulk))
    try:
        for part in pool.map(bulk.encode, batches):
            parts.append(part)
            report(min(len(parts) * BATCH, len(texts)), len(texts))
    finally:
        pool.shutdown(cancel_futures=True)  # so that Ctrl-C waits for the batch at hand, not for all of them
    return np.concatenate(parts)


def threads(encoder: Encoder) -> int:
    """Return how many batches to encode at once; torch spreads one batch over the cores by itself."""
    if not isinstance(encoder, QueryEncoder):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, THREADS_AT_MOST)


def passage_encoder(texts: Sequence[str], encoder: Encoder) -> Encoder:
    """Return torch's version of the default model where there is enough text to repay its import."""
    is_much = sum(map(len, texts)) > NUMPY_CHARACTERS_AT_MOST
    if isinstance(encoder, QueryEncoder) and is_much:
        return SentenceTransformersEncoder(encoder.id, location=str(model_folder()))
    return encoder

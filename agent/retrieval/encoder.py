"""Sentence vectors from the packaged MiniLM, in numpy: what a question is encoded with.

Owns the tokenizer's settings and what is encoded in one pass, so that asking never imports torch. The reader's own
layers work on a second core beside MiniLM's last ones. Leaves encoding of large numbers of passages, and any other
model, to `bulk`. The caller that wants quick answers limits the linear algebra to one thread (OPENBLAS_NUM_THREADS=1)
before numpy is first imported: on busy cores two threads in one product made one query 16 times slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from agent.errors import RetrievalError
from agent.retrieval.reading_layers import Laid, load_reading_layers, read_further, read_width
from agent.retrieval.transformer import (
    REINSTALL,
    TOKENS_AT_MOST,
    Floats,
    Weights,
    laid_out,
    load_weights,
    model_folder,
    normalise,
    pooled,
    room_for,
    transform,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Item = TypeVar("Item")
CHARACTERS_AT_MOST = 20_000
"""Beyond this nothing reaches the first 256 tokens of real text; it keeps a pasted megabyte from being tokenized."""
TOKENS_PER_PASS = 512


class Request(NamedTuple):
    """Texts that one caller wants encoded; `is_read` where what the reader makes of them is to stand beside it."""

    texts: Sequence[str]
    is_read: bool = False
    case: int = 0
    """How many of them, from the first, are sentences of one case, whose gist is to stand beside them."""


class QueryEncoder:
    """MiniLM (all-MiniLM-L6-v2) as numpy: (n texts) to (n, 384) float32 unit rows."""

    id = "all-MiniLM-L6-v2"
    dimension = 384

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode each text by itself: a text's vector does not depend on its neighbours (to 1e-6)."""
        return self.encode_each([Request(texts)])[0]

    def encode_read(self, texts: Sequence[str], case: int = 0) -> Floats:
        """Return (texts, 768 + 2n) for n fact values: each text's vector, beside it the unit vector of the reader's own
        last layers, for each value the logit of the token that states it most plainly, and for each the logit of the
        gist of the case that the first `case` texts make up: nought beside other texts. A long case has several gists,
        each of as many sentences as go into one pass.
        """
        return self.encode_each([Request(texts, True, case)])[0]

    def encode_each(self, requests: Sequence[Request]) -> list[Floats]:
        """Encode the texts of several requests in as few passes as hold them, each as if it were alone."""
        tokens = self._tokens({text for request in requests for text in request.texts})
        vectors: list[dict[str, Floats]] = [{} for _ in requests]
        packs = [(which, pack) for which, request in enumerate(requests) for pack in packed(request.texts, tokens)]
        for several in grouped(packs, lambda item: sum(len(tokens[text]) for text in item[1])):
            ids = [[tokens[text] for text in pack] for _, pack in several]
            cases = [frozenset(requests[which].texts[: requests[which].case]) for which, _ in several]
            is_told = [[text in case for text in pack] for case, (_, pack) in zip(cases, several, strict=True)]
            rows = forward(self._weights, ids, [requests[which].is_read for which, _ in several], is_told)
            for (which, pack), own in zip(several, rows, strict=True):
                vectors[which].update(zip(pack, own, strict=True))
        return [
            np.stack([found[text] for text in request.texts])
            if request.texts
            else np.empty((0, self.dimension + (read_width() if request.is_read else 0)), dtype=np.float32)
            for request, found in zip(requests, vectors, strict=True)
        ]

    def _tokens(self, texts: Iterable[str]) -> dict[str, list[int]]:
        # One by one: `encode_batch` hands them to threads of its own, which wait long where the cores are busy.
        return {text: self._tokenizer.encode(encodable(text)).ids for text in texts}

    @cached_property
    def _weights(self) -> Weights:
        return load_weights(self._folder or model_folder())

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        folder = self._folder or model_folder()
        try:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # the tokenizers package raises bare Exception
            raise RetrievalError(f"the encoder's tokenizer cannot be read: {error}", hint=REINSTALL) from error
        # The file asks for 128 tokens, padded; the model was published with 256, and we pack instead of padding.
        tokenizer.enable_truncation(max_length=TOKENS_AT_MOST)
        tokenizer.no_padding()
        return tokenizer


def encodable(text: str) -> str:
    """Return the part of `text` that can matter, with lone surrogates replaced."""
    return text[:CHARACTERS_AT_MOST].encode("utf-8", "replace").decode("utf-8")


def packed(texts: Sequence[str], tokens: Mapping[str, Sequence[int]]) -> Iterator[list[str]]:
    """Group different texts, the shorter first, into packs that each fit one pass through the dense layers."""
    return grouped(sorted(dict.fromkeys(texts), key=lambda text: len(tokens[text])), lambda text: len(tokens[text]))


def grouped(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Group items in their order so that each group is of as many tokens as one pass takes, or of one item."""
    group: list[Item] = []
    total = 0
    for item in items:
        if group and total + size(item) > TOKENS_PER_PASS:
            yield group
            group, total = [], 0
        group.append(item)
        total += size(item)
    if group:
        yield group


def forward(
    weights: Weights,
    packs: Sequence[Sequence[Sequence[int]]],
    is_read: Sequence[bool],
    is_told: Sequence[Sequence[bool]],
) -> list[Floats]:
    """Run the network on packs of texts laid end to end; only attention and pooling look at where one ends.

    Returns rows for each pack: (texts, 384), or what the reader makes of them beside it where it is read, with the gist
    of those of a pack that are told together.
    """
    bounds, size = laid_out(packs)
    states = np.zeros((size, weights.words.shape[1]), dtype=np.float32)
    for (start, end), ids in zip(bounds, chain.from_iterable(packs), strict=True):
        np.add(weights.words[ids], weights.positions[: len(ids)], out=states[start:end])
    normalise(states, weights.embedding_scale, weights.embedding_shift, weights.epsilon)
    reading = load_reading_layers().layers if any(is_read) else ()
    shared, room = len(weights.layers) - len(reading), room_for(weights, size)
    for layer in weights.layers[:shared]:
        transform(states, layer, bounds, weights, room)
    told = beside(read_further, weights, states.copy(), Laid(packs, bounds, is_read, is_told)) if reading else None
    for layer in weights.layers[shared:]:
        transform(states, layer, bounds, weights, room)
    own, read = iter(pooled(states, bounds)), iter(told.result() if told else ())
    rows = [np.stack([next(own) for _ in pack]) for pack in packs]
    return [
        np.hstack([row, np.stack([next(read) for _ in row])]) if wanted else row
        for row, wanted in zip(rows, is_read, strict=True)
    ]


def beside(work: Callable[..., Floats], *arguments: Any) -> Future[Floats]:
    """Do some work on another core meanwhile; numpy leaves the interpreter to others within each of its steps."""
    return _second_thread().submit(work, *arguments)


@cache
def _second_thread() -> Executor:
    from concurrent.futures import ThreadPoolExecutor  # here, since most commands encode nothing

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")

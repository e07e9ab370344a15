"""What the reader's own layers make of sentences, and of a case as a whole.

Two pairs of last layers, both from the states after MiniLM's fourth: one reads each sentence by itself, trained by
`eval.fit_encoder`, one all sentences of a case together, trained by `eval.fit_gist`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain, compress
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from agent.errors import RetrievalError
from agent.retrieval.transformer import (
    Floats,
    Layer,
    Weights,
    gathered,
    pooled,
    room_for,
    split,
    stored_layers,
    transform,
    widened,
)

READING_LAYERS = Path(__file__).parent / "data" / "reading_layers.npz"
GIST_LAYERS = READING_LAYERS.with_name("gist_layers.npz")


class ReadingLayers(NamedTuple):
    """The reader's own last layers, and what tells from each token what it states; n fact values."""

    layers: tuple[Layer, ...]
    peak_weights: Floats
    """(n, 384), for the unit vector of a token."""
    peak_bias: Floats
    """(n,)"""


class GistLayers(NamedTuple):
    """The last layers once more, for the sentences of a case together, and what tells from them what it has."""

    layers: tuple[Layer, ...]
    plainest: Floats
    """(n, 384), for the unit vector of a token: the highest counts."""
    mean: Floats
    """(n, 384), for the unit vector of the mean token."""
    bias: Floats
    """(n,)"""


class Laid(NamedTuple):
    """Packs of texts as they are laid end to end in a pass."""

    packs: Sequence[Sequence[Sequence[int]]]
    bounds: Sequence[tuple[int, int]]
    """The first and the last row, exclusive, of each text."""
    is_read: Sequence[bool]
    """Of each pack."""
    is_told: Sequence[Sequence[bool]]
    """Of each text of each pack, whether it is a sentence of a case whose gist is wanted."""


def read_further(weights: Weights, shared: Floats, laid: Laid) -> Floats:
    """Return (texts, 384 + 2n) of the packs that are read: the reader's last layers over the shared states, pooled,
    the tokens' peaks, and the gist of what is told together.
    """
    kept = [at for at, read in enumerate(laid.is_read) if read]
    places = dict(enumerate(split(laid.bounds, list(map(len, laid.packs)))))
    bounds, states = gathered(shared, [places[at] for at in kept])
    reading, room = load_reading_layers(), room_for(weights, len(states))
    for layer in reading.layers:
        transform(states, layer, bounds, weights, room)
    gist = np.zeros((len(bounds), len(reading.peak_bias)), dtype=np.float32)
    is_told = list(chain.from_iterable(laid.is_told[at] for at in kept))
    groups = [list(compress(places[at], laid.is_told[at])) for at in kept if any(laid.is_told[at])]
    if groups:
        whose = list(chain.from_iterable([number] * len(group) for number, group in enumerate(groups)))
        gist[is_told] = gists(weights, shared, groups)[whose]
    peaks = plainest(states, reading.peak_weights, bounds) + reading.peak_bias
    return np.hstack([pooled(states, bounds), peaks, gist])


def gists(weights: Weights, shared: Floats, groups: Sequence[Sequence[tuple[int, int]]]) -> Floats:
    """Return (groups, n) logits of what each group of texts tells, all of its tokens before the layers together."""
    bounds, states = gathered(shared, groups)
    gist = load_gist_layers()
    whole = [(texts[0][0], texts[-1][1]) for texts in split(bounds, list(map(len, groups)))]
    room = room_for(weights, len(states))
    for layer in gist.layers:
        transform(states, layer, whole, weights, room)
    means = pooled(states, whole) @ gist.mean.T
    each = plainest(states, gist.plainest, bounds)
    best = [texts.max(axis=0) for texts in split(each, list(map(len, groups)))]
    return np.asarray(means + np.stack(best) + gist.bias, dtype=np.float32)


def plainest(states: Floats, weights: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
    """Return (texts, n): for each fact value the logit, less its bias, of the token that states it most plainly."""
    lengths = np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-12)
    logits = (states / lengths) @ weights.T
    # The tokens that open and close a text are no words of it, unless it has no others.
    inner = [(start + 1, end - 1) if end - start > 2 else (start, end) for start, end in bounds]
    return np.stack([logits[start:end].max(axis=0) for start, end in inner])


def read_width() -> int:
    """Return how many numbers the reader adds to a text's vector."""
    reading = load_reading_layers()
    values, width = reading.peak_weights.shape
    return int(width + 2 * values)


@cache
def load_reading_layers(path: Path = READING_LAYERS) -> ReadingLayers:
    """Read what is the reader's own; matrices are kept in bytes, with a scale for each row."""
    try:
        with np.load(path, allow_pickle=False) as raw:
            return ReadingLayers(stored_layers(raw), widened(raw, "peak_weights"), widened(raw, "peak_bias"))
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise RetrievalError(f"the reader's layers cannot be read: {error}", hint="reinstall rung") from error


@cache
def load_gist_layers(path: Path = GIST_LAYERS) -> GistLayers:
    """Read what tells the gist of a case."""
    try:
        with np.load(path, allow_pickle=False) as raw:
            return GistLayers(stored_layers(raw), *(widened(raw, name) for name in GistLayers._fields[1:]))
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise RetrievalError(f"the gist's layers cannot be read: {error}", hint="reinstall rung") from error

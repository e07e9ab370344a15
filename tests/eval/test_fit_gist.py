"""What a whole text tells is learned from its sentences together, and computed without torch as it was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from agent.intake.heads import load_sentence_heads
from agent.retrieval import reading_layers
from agent.retrieval.encoder import QueryEncoder
from agent.retrieval.reading_layers import load_gist_layers
from eval import fit_gist
from eval.fit_encoder import encode, pretrained_layers
from eval.fit_gist import GistReader, Material, batch_of, batches, gists_of, save
from eval.sentences import Sentence

CASE = ["We grade essays by a rubric.", "Nobody has measured how well that goes.", "The bill is far too high."]
OTHER = "Our clinic answers letters."
PLEADING = "Why should we fine-tune?"
FACTS = frozenset({("evals_exist", False), ("cost_too_high", True)})


@pytest.fixture(scope="module")
def material() -> Material:
    """Return two cases, the first of three sentences and one that only argues."""
    texts = [*CASE, PLEADING, OTHER]
    sentences = [Sentence(text, FACTS if text == CASE[1] else frozenset(), part=0, case=FACTS) for text in texts]
    # As many fact values as the shipped reader tells of: the encoder puts both side by side.
    encoded = replace(encode(sentences), keys=load_sentence_heads().keys)
    return Material(encoded, ((0, 1, 2, 3), (4,)), np.array([text == PLEADING for text in texts]))


@pytest.fixture(scope="module")
def reader(material: Material) -> GistReader:
    """Return layers as published, with weights that are drawn."""
    torch.manual_seed(1)
    reader = GistReader(pretrained_layers(), len(material.encoded.names), material.encoded.keys)
    for weights in (reader.plainest.weight, reader.hint.weight):
        torch.nn.init.normal_(weights, std=0.1)
    return reader.eval()


def test_the_gist_is_computed_without_torch_as_it_was_learned(
    material: Material, reader: GistReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any order of the sentences, without those that only argue; matrices kept in bytes cost little."""
    monkeypatch.setattr(fit_gist, "GIST_LAYERS", tmp_path / "gist.npz")
    save(reader)
    monkeypatch.setattr(reading_layers, "load_gist_layers", lambda: load_gist_layers(tmp_path / "gist.npz"))
    expected = gists_of(reader, material, [0])[0]
    assert np.ptp(expected) > 1
    for texts in (CASE, CASE[::-1], [*CASE, PLEADING]):
        gist = QueryEncoder().encode_read(texts, case=len(CASE))[:, -len(expected) :]
        off = np.abs(gist[: len(CASE)] - expected)
        assert off.max() < 0.15
        assert off.mean() < 0.03
        assert not gist[len(CASE) :].any()


def test_a_sentence_that_only_argues_changes_nothing(material: Material, reader: GistReader) -> None:
    """The others do not see it, and it has no part in what they tell."""
    without = material._replace(texts=((0, 1, 2), (4,)))
    np.testing.assert_allclose(gists_of(reader, material, [0]), gists_of(reader, without, [0]), atol=1e-5)


def test_other_texts_of_a_batch_change_nothing(material: Material, reader: GistReader) -> None:
    """Neither do the places that pad the shorter ones."""
    together = gists_of(reader, material, [0, 1])
    alone = np.concatenate([gists_of(reader, material, [text]) for text in (0, 1)])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_batch_points_to_the_tokens_of_each_sentence(material: Material) -> None:
    """What stands at a sentence's places is what was computed for it."""
    batch = batch_of(material, [1, 0])
    states = batch.states.reshape(-1, 384)
    for row, places, mask in zip(batch.rows, batch.places, batch.mask, strict=True):
        np.testing.assert_array_equal(states[places[mask > 0]], material.encoded.states[row].astype(np.float32))
    assert batch.texts.tolist() == [0, 1, 1, 1, 1]
    assert batch.tells.tolist() == [True, True, True, True, False]


def test_every_text_is_in_one_batch(material: Material) -> None:
    """Of some thirty-two sentences."""
    found = batches(material, [0, 1] * 20, np.random.default_rng(0))
    assert sorted(text for some in found for text in some) == [0] * 20 + [1] * 20
    assert all(sum(len(material.texts[text]) for text in some) <= fit_gist.BATCH for some in found)

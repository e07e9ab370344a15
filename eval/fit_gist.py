"""Fits what a whole text tells: `python -m eval.fit_gist`, an hour beside the fit of the encoder on two cores.

A sentence often states a value only in the light of the others. Here MiniLM's last two layers are trained once more,
from the same four that stay, with all tokens of a case before them: they attend across its sentences, which have no
order. From their mean and from the token that shows it most plainly comes the gist, how likely the case has each value,
wherever it is stated. Sentences that only argue see themselves alone, and nothing else sees them. Writes

- `agent/retrieval/data/gist_layers.npz`: the two layers and the gist's weights, matrices in bytes;
- `eval/data/unseen_gists.npz`: the gist of each case by layers that never saw it, which `eval.fit_intake` learns from:
  those trained on the other two of three parts, and on none of the cases kept aside.

Seeded; another processor or number of threads gives slightly other weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from agent.intake.cues import Key
from agent.intake.scope import is_framing
from agent.intake.sentences import flatten
from agent.retrieval.reading_layers import GIST_LAYERS
from eval.fit_encoder import (
    BATCH,
    CLOSED,
    HEAD_RATE,
    LAYER_RATE,
    SEED,
    THREADS,
    VECTOR_SCALE,
    WARM_UP,
    Encoded,
    Floats,
    Reader,
    descend,
    encode,
    inner,
    layer_arrays,
    marking_loss,
    narrowed,
    of_case,
    optimizer_of,
    passed,
    pretrained_layers,
    sides_of,
)
from eval.sentences import PARTS, UNSEEN_GISTS, Sentence, Texts, load_texts, save_unseen_gists

EPOCHS = 4
GIST_WEIGHT = 1.5
"""Of a mistake in the gist, for each sentence of its case, beside one in what that sentence states."""
SHUFFLED_AT_ONCE = 256
"""Texts among which those of like length are put into one batch, so that little is padded."""


class Batch(NamedTuple):
    """Some texts, each its sentences' tokens end to end; b texts, s sentences, t tokens of the longest of either."""

    rows: list[int]
    """(s,) which sentences."""
    states: Any
    """(b, t, 384)"""
    closed: Any
    """(b, 1, t, t) nought where a token may attend to another."""
    places: Any
    """(s, t) where the tokens of each sentence stand among those of the batch."""
    mask: Any
    """(s, t)"""
    texts: Any
    """(s,) of which text each is."""
    tells: Any
    """(s,) whether the others see it."""
    words: tuple[Any, Any, Any]


class GistReader(Reader):
    """The layers under training, and the steps to what each sentence states, where yes and no of all facts share a
    direction, and to what the whole tells.
    """

    def __init__(self, layers: nn.ModuleList, words: int, keys: Sequence[Key]) -> None:
        super().__init__(layers, words, len(keys), sides_of(keys))
        self.plainest = nn.Linear(384, len(keys), bias=False)
        nn.init.zeros_(self.plainest.weight)

    def forward(self, batch: Batch) -> tuple[Any, Any, Any]:  # type: ignore[override]
        """Return logits: (s, n) of what sentences state, (s, t, n) of their tokens, and (b, n) of the whole texts."""
        states = passed(self.layers, batch.states, batch.closed)
        states = states.reshape(-1, states.shape[-1])[batch.places]
        summed, is_inner = (states * batch.mask[:, :, None]).sum(1), inner(batch.mask)[:, :, None] > 0
        vector = self.drop(nn.functional.normalize(summed, dim=1) * VECTOR_SCALE)
        directions = nn.functional.normalize(states, dim=2) * VECTOR_SCALE
        tokens = self.peak(self.drop(directions))
        stated = self.out(vector) + self.worded(batch.words) + tokens.masked_fill(~is_inner, CLOSED).amax(1)
        plain = self.plainest(self.drop(directions)).masked_fill(~is_inner, CLOSED).amax(1)
        plain = plain.masked_fill(~batch.tells[:, None], CLOSED)
        count = len(batch.states)
        whole = torch.zeros(count, summed.shape[1]).index_add(0, batch.texts, summed * batch.tells[:, None])
        best = torch.full((count, plain.shape[1]), CLOSED).scatter_reduce(
            0, batch.texts[:, None].expand_as(plain), plain, "amax"
        )
        return stated, tokens, self.hint(self.drop(nn.functional.normalize(whole, dim=1) * VECTOR_SCALE)) + best


class Material(NamedTuple):
    """All sentences as the layers under training see them, and which of them make up each text."""

    encoded: Encoded
    texts: tuple[tuple[int, ...], ...]
    """The rows of each: first the statements by themselves, then the cases."""
    argues: NDArray[np.bool_]
    """(r,) which sentences say nothing of their case."""

    def size(self, text: int) -> int:
        """Return how many tokens a text has."""
        return sum(len(self.encoded.states[row]) for row in self.texts[text])


def main() -> None:
    """Train, and write both files."""
    torch.set_num_threads(THREADS)
    texts = load_texts()
    material = gather(texts)
    gists = np.zeros((len(texts.cases), len(material.encoded.keys)), dtype=np.float32)
    for part in range(PARTS):
        learned = [at for at, s in firsts(material, texts) if s.part != part and not s.is_apart]
        held = [at for at, s in firsts(material, texts) if s.part == part and at >= len(texts.statements)]
        reader = train(material, learned, f"without part {part + 1} of {PARTS}")
        gists[[at - len(texts.statements) for at in held]] = gists_of(reader, material, held)
    save_unseen_gists(texts.sentences, gists)
    save(train(material, [at for at, _ in firsts(material, texts)], "with all"))
    for path in (UNSEEN_GISTS, GIST_LAYERS):
        print(f"wrote {path.name}, {path.stat().st_size:,} bytes")


def gather(texts: Texts) -> Material:
    """Run the layers that stay."""
    alone = [(row,) for row in range(len(texts.statements))]
    cases = [tuple(range(rows.start, rows.stop)) for rows in texts.rows_of]
    argues = np.array([is_framing(flatten(sentence.text)) for sentence in texts.sentences])
    return Material(encode(texts.sentences), (*alone, *cases), argues)


def firsts(material: Material, texts: Texts) -> Iterator[tuple[int, Sentence]]:
    """Yield each text that has sentences, with the first of them, which tells its part."""
    for at, rows in enumerate(material.texts):
        if rows:
            yield at, texts.sentences[rows[0]]


def train(material: Material, texts: Sequence[int], name: str) -> GistReader:
    """Return the layers and weights trained on some texts."""
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    encoded = material.encoded
    reader = GistReader(pretrained_layers(), len(encoded.names), encoded.keys)
    optimizer = optimizer_of(reader)
    plan = [batches(material, texts, random) for _ in range(EPOCHS)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [LAYER_RATE, HEAD_RATE], total_steps=sum(map(len, plan)) + 1, pct_start=WARM_UP
    )
    reader.train()
    for epoch, steps in enumerate(plan):
        losses = []
        for some in steps:
            losses.append(descend(reader, optimizer, schedule, loss_of(reader, encoded, batch_of(material, some))))
        print(f"{name}: epoch {epoch + 1} of {EPOCHS}, loss {np.mean(losses):.2f} a sentence", flush=True)
    return reader.eval()


def loss_of(reader: GistReader, encoded: Encoded, batch: Batch) -> Any:
    """Return the loss a sentence: of what it states, which words say it, and the gist of its case."""
    stated, tokens, gists = reader(batch)
    crossed = nn.functional.binary_cross_entropy_with_logits
    keys = len(encoded.keys)
    targets, weights = torch.from_numpy(encoded.targets[batch.rows]), torch.from_numpy(encoded.weights[batch.rows])
    loss = crossed(stated, targets[:, :keys], weights[:, :keys], reduction="sum")
    loss = loss + marking_loss(encoded, batch.rows, tokens, batch.mask)
    whole = crossed(gists[batch.texts], targets[:, keys:], reduction="none").sum(1)
    is_told = torch.zeros(len(batch.states)).index_add(0, batch.texts, batch.tells.float())[batch.texts] > 0
    loss = loss + GIST_WEIGHT * (whole * of_case(encoded, batch.rows) * is_told).sum()
    return loss / len(batch.rows)


def batches(material: Material, texts: Sequence[int], random: np.random.Generator) -> list[list[int]]:
    """Return the texts in another order, those of like length together, some BATCH sentences at a time."""
    order = [int(text) for text in random.permutation(np.array(texts))]
    found: list[list[int]] = []
    for start in range(0, len(order), SHUFFLED_AT_ONCE):
        some: list[int] = []
        for text in sorted(order[start : start + SHUFFLED_AT_ONCE], key=material.size):
            if some and sum(len(material.texts[one]) for one in (*some, text)) > BATCH:
                found.append(some)
                some = []
            some.append(text)
        found.append(some)
    return [found[at] for at in random.permutation(len(found))]


def batch_of(material: Material, texts: Sequence[int]) -> Batch:
    """Return some texts as a batch."""
    encoded, longest = material.encoded, max(map(material.size, texts))
    rows = [row for text in texts for row in material.texts[text]]
    sizes = [len(encoded.states[row]) for row in rows]
    states = np.zeros((len(texts), longest, encoded.states[0].shape[1]), dtype=np.float32)
    sentence_of = np.full((len(texts), longest), -1)
    places, mask = np.zeros((2, len(rows), max(sizes)))
    of_text, row = [], 0
    for number, text in enumerate(texts):
        start = 0
        for size in sizes[row : row + len(material.texts[text])]:
            states[number, start : start + size] = encoded.states[rows[row]]
            sentence_of[number, start : start + size] = row
            places[row, :size], mask[row, :size] = np.arange(size) + number * longest + start, 1
            of_text.append(number)
            start, row = start + size, row + 1
    tells = ~material.argues[rows]
    seen = np.where(sentence_of >= 0, tells[sentence_of], False)
    is_open = (sentence_of[:, :, None] == sentence_of[:, None, :]) | (seen[:, :, None] & seen[:, None, :])
    return Batch(
        rows=rows,
        states=torch.from_numpy(states),
        closed=torch.from_numpy(np.where(is_open, 0, CLOSED).astype(np.float32))[:, None],
        places=torch.from_numpy(places.astype(np.int64)),
        mask=torch.from_numpy(mask.astype(np.float32)),
        texts=torch.tensor(of_text),
        tells=torch.from_numpy(tells),
        words=encoded.words_of(rows),
    )


def gists_of(reader: GistReader, material: Material, texts: Sequence[int]) -> Floats:
    """Return (texts, n) logits."""
    gists = np.zeros((len(texts), len(material.encoded.keys)), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda at: material.size(texts[at]))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH // 4):
            some = order[start : start + BATCH // 4]
            gists[some] = reader(batch_of(material, [texts[at] for at in some]))[2].numpy()
    return gists


def save(reader: GistReader) -> None:
    """Write what is shipped: matrices in bytes, the rest in single precision."""
    arrays = layer_arrays(reader.layers)
    arrays |= narrowed("plainest", reader.plainest.weight.detach().numpy() * VECTOR_SCALE)
    arrays |= narrowed("mean", reader.hint.weight.detach().numpy() * VECTOR_SCALE)
    arrays |= narrowed("bias", reader.hint.bias.detach().numpy())
    np.savez(GIST_LAYERS, **arrays)


if __name__ == "__main__":
    main()

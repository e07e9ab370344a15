"""Fits how single sentences are read: `python -m eval.fit_encoder`, an hour beside the fit of the gist on two cores.

MiniLM's first four layers stay as they are; its last two are trained further, beside weights of words and word pairs,
to tell which fact values a sentence states: the sentences of cases by their evidence, and statements. Writes

- `agent/retrieval/data/reading_layers.npz`: the two layers, and from each token to what it states there, learned from
  the words that are a value's evidence; matrices in bytes with a scale for each row;
- `agent/intake/data/sentences.npz`: from their vector and the words to a probability for each fact value that the
  sentence states, and from the vector to what it hints of its case: values that other sentences may state;
- `eval/data/unseen.npz`: what each sentence says to layers that never saw its text, which `eval.fit_intake` learns the
  later steps from: those trained on the other two of three parts, and on none of the cases kept aside.

Seeded; another processor or number of threads gives slightly other weights. What is shipped was fitted before the last
cases of `eval/data/found/learned.jsonl` came; its README says on which, and what a fit to all of them does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from torch import nn

from agent.intake.cues import Key
from agent.intake.heads import SENTENCES, Told, gram_values, in_lines, key_name, word_grams
from agent.intake.sentences import flatten
from agent.retrieval.reading_layers import READING_LAYERS
from agent.retrieval.transformer import TOKENS_AT_MOST, assemble_layer, load_weights, model_folder
from eval.sentences import PARTS, UNSEEN, Sentence, chosen_keys, load_texts, save_unseen

LAYERS = 2
EPOCHS = 4
BATCH = 32
SHUFFLED_AT_ONCE = 1_024
"""Sentences among which those of like length are put into one batch, so that little is padded."""
LAYER_RATE, HEAD_RATE = 2e-4, 2e-3
LAYER_DECAY, HEAD_DECAY = 0.01, 0.02
WARM_UP = 0.1
DROPPED = 0.1
VECTOR_SCALE, GRAM_SCALE = 8.0, 4.0
"""What the unit vector and the words' weights are multiplied by, so that one rate suits both."""
REAL_WEIGHT = 3.0
"""Of a sentence of a real case beside others."""
SELDOM, HINTED = -4.0, -2.5
"""Where each value's bias begins: few sentences state it, and not many cases have it."""
HINT_WEIGHT = 0.5
"""Of a mistake in what a sentence hints of its case, beside one in what it states."""
PEAK_WEIGHT = 0.3
"""Of a mistake in what a sentence's tokens state, each a share of it, beside one in what the sentence does."""
CLOSED = -1e4
"""A logit of what may not be."""
GRAM_IN_AT_LEAST = 6
LONGEST = 5.0
"""Length to which a step's gradient is cut."""
SEED = 7
THREADS = 1
"""Sums come out otherwise on another number. Two fits beside each other take less time than one after the other."""
Floats = NDArray[np.float32]


class Encoded(Struct, frozen=True):
    """All sentences as the layers under training see them; r sentences, n keys, v words and pairs."""

    states: tuple[NDArray[np.float16], ...]
    """Of each sentence (tokens, 384), after the layers that stay."""
    grams: tuple[dict[int, float], ...]
    names: dict[str, int]
    rarity: Floats
    keys: tuple[Key, ...]
    targets: Floats
    """(r, 2n): what each sentence states, and what its case has."""
    weights: Floats
    """(r, 2n)"""
    marks: tuple[tuple[tuple[int, int], ...], ...]
    """Of each sentence of a case the tokens that belong to a value's evidence: pairs of token and key."""

    def words_of(self, rows: Sequence[int]) -> tuple[Any, Any, Any]:
        """Return the words of some sentences end to end, where each begins, and the words' weights."""
        which = [word for row in rows for word in self.grams[row]]
        weights = [weight for row in rows for weight in self.grams[row].values()]
        starts = np.cumsum([0, *(len(self.grams[row]) for row in rows)])[:-1]
        return (
            torch.tensor(which, dtype=torch.long),
            torch.from_numpy(starts),
            torch.tensor(weights, dtype=torch.float32),
        )


class Step(nn.Module):
    """A step from vectors to each value; with `sides` one direction more that all share, which adds to every value that
    is a yes and takes from every no, so that a denial seen of one fact tells of the others.
    """

    def __init__(self, keys: int, bias: float, sides: Any = None) -> None:
        super().__init__()
        self.sides = sides
        self.own = nn.Linear(384, keys)
        self.common = None if sides is None else nn.Linear(384, 1, bias=False)
        zeroed(self)
        nn.init.constant_(self.own.bias, bias)

    def forward(self, vectors: Any) -> Any:
        """Return (…, n) logits of vectors (…, 384)."""
        own = self.own(vectors)
        return own if self.common is None else own + self.common(vectors) * self.sides

    def weights(self) -> Floats:
        """Return (n, 384), with what is shared."""
        shared = 0 if self.common is None else self.sides[:, None] * self.common.weight
        return np.asarray((self.own.weight + shared).detach().numpy())


class Words(nn.Module):
    """The same from words, each with a weight for each value and, with `sides`, one that all share."""

    def __init__(self, words: int, keys: int, sides: Any = None) -> None:
        super().__init__()
        self.sides = sides
        self.own = nn.EmbeddingBag(words, keys, mode="sum")
        self.common = None if sides is None else nn.EmbeddingBag(words, 1, mode="sum")
        zeroed(self)

    def forward(self, grams: tuple[Any, Any, Any]) -> Any:
        """Return (b, n) what the words of sentences add."""
        which, starts, weights = grams
        own = self.own(which, starts, per_sample_weights=weights)
        if self.common is not None:
            own = own + self.common(which, starts, per_sample_weights=weights) * self.sides
        return own * GRAM_SCALE

    def weights(self) -> Floats:
        """Return (v, n): what each word adds to each value."""
        shared = 0 if self.common is None else self.common.weight * self.sides
        return np.asarray((self.own.weight + shared).detach().numpy()) * GRAM_SCALE


def zeroed(module: nn.Module) -> None:
    """Let nothing be told before anything is learned."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)


def sides_of(keys: Sequence[Key]) -> Any:
    """Return (n,): one for a value that is a yes, minus one for a no, nought for others."""
    return torch.tensor([float(value is True) - float(value is False) for _, value in keys])


class Reader(nn.Module):
    """The layers under training, and the steps from their vector, their tokens and the words to each value."""

    def __init__(self, layers: nn.ModuleList, words: int, keys: int, sides: Any = None) -> None:
        super().__init__()
        self.layers = layers
        self.worded = Words(words, keys, sides)
        self.out = Step(keys, 0.0, sides)
        self.peak = Step(keys, SELDOM, sides)
        self.hint = nn.Linear(384, keys)
        self.drop = nn.Dropout(DROPPED)
        nn.init.zeros_(self.hint.weight)
        nn.init.constant_(self.hint.bias, HINTED)

    def forward(self, states: Any, mask: Any, grams: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        """Return (b, 2n) logits of b sentences, stated and hinted, and (b, t, n) of their tokens.

        States are (b, t, 384), the mask is (b, t).
        """
        hidden = (1 - mask)[:, None, None, :] * CLOSED
        states = passed(self.layers, states, hidden)
        pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        vector = self.drop(nn.functional.normalize(pooled, dim=1) * VECTOR_SCALE)
        tokens = self.peak(self.drop(nn.functional.normalize(states, dim=2) * VECTOR_SCALE))
        peaks = tokens.masked_fill(inner(mask)[:, :, None] == 0, CLOSED).amax(1)
        stated = self.out(vector) + self.worded(grams) + peaks
        return torch.cat([stated, self.hint(vector)], dim=1), tokens


def passed(layers: nn.ModuleList, states: Any, hidden: Any) -> Any:
    """Return (b, t, 384) states after some layers; while they are trained, their products are of half precision, where
    the processor has that: one without takes 14 times as long for it.
    """
    has_half = any(map(torch.cpu.get_capabilities().get, ("avx512_bf16", "amx_bf16")))
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=layers.training and has_half):
        for layer in layers:
            states = layer(states, attention_mask=hidden)
    return states.float()


def inner(mask: Any) -> Any:
    """Return the mask (b, t) without the tokens that open and close a sentence, unless it has no others."""
    kept = mask.clone()
    kept[:, 0] = 0
    kept[torch.arange(len(mask)), mask.sum(1).long() - 1] = 0
    return torch.where(kept.sum(1, keepdim=True) > 0, kept, mask)


def main() -> None:
    """Train, and write the three files."""
    torch.set_num_threads(THREADS)
    sentences = load_texts().sentences
    encoded = encode(sentences)
    print(
        f"{len(sentences)} sentences, {len(encoded.keys)} fact values, {len(encoded.names)} words and pairs", flush=True
    )
    unseen = np.zeros(encoded.targets.shape, dtype=np.float32)
    for part in range(PARTS):
        learned = [at for at, s in enumerate(sentences) if s.part != part and not s.is_apart]
        rows = [at for at, s in enumerate(sentences) if s.part == part]
        unseen[rows] = logits_of(train(encoded, learned, f"without part {part + 1} of {PARTS}"), encoded, rows)
    stated, hints = np.hsplit(unseen, 2)
    save_unseen(sentences, Told(1 / (1 + np.exp(-stated)), hints))
    save(train(encoded, range(len(sentences)), "with all"), encoded)
    for path in (UNSEEN, READING_LAYERS, SENTENCES):
        print(f"wrote {path.name}, {path.stat().st_size:,} bytes")


def encode(sentences: Sequence[Sentence]) -> Encoded:
    """Run the layers that stay, and look up the words."""
    keys = chosen_keys(sentences)
    flats = [flatten(sentence.text) for sentence in sentences]
    names, rarity = vocabulary(flats)
    column = {key: at for at, key in enumerate(keys)}
    return Encoded(
        states=tuple(trunk_states([sentence.text for sentence in sentences])),
        grams=tuple(gram_values(flat, names, rarity) for flat in flats),
        names=names,
        rarity=rarity,
        keys=keys,
        targets=np.array([aims(sentence, keys) for sentence in sentences], dtype=np.float32),
        weights=np.array([weights_of(sentence, len(keys)) for sentence in sentences], dtype=np.float32),
        marks=tuple(
            tuple(
                (token, column[words.key])
                for words in sentence.said
                for token, (start, end) in enumerate(places)
                if start < min(end, words.end) and end > words.start
            )
            for sentence, places in zip(sentences, token_places([s.text for s in sentences]), strict=True)
        ),
    )


def token_places(texts: Sequence[str]) -> list[list[tuple[int, int]]]:
    """Return the first and the last character, exclusive, of each token; of one that opens or closes a text, none."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model_folder()))
    encoding = tokenizer(list(texts), truncation=True, max_length=TOKENS_AT_MOST, return_offsets_mapping=True)
    return list(encoding["offset_mapping"])


def aims(sentence: Sentence, keys: Sequence[Key]) -> list[bool]:
    """Return 2n: which values a sentence states, and which its case has."""
    whole = sentence.case or frozenset()
    return [key in sentence.states for key in keys] + [key in whole for key in keys]


def weights_of(sentence: Sentence, keys: int) -> list[float]:
    """Return 2n weights; a sentence by itself is of no case."""
    weight = REAL_WEIGHT if sentence.is_real else 1.0
    return [weight] * keys + [0.0 if sentence.case is None else weight * HINT_WEIGHT] * keys


def vocabulary(flats: Sequence[str]) -> tuple[dict[str, int], Floats]:
    """Return the word grams that occur often enough, and their inverse document frequencies."""
    seen = [set(word_grams(flat)) for flat in flats]
    counts = Counter(gram for grams in seen for gram in grams)
    kept = sorted(gram for gram, count in counts.items() if count >= GRAM_IN_AT_LEAST)
    rarity = np.array([np.log((1 + len(seen)) / (1 + counts[gram])) + 1 for gram in kept], dtype=np.float32)
    return {gram: at for at, gram in enumerate(kept)}, rarity


def trunk_states(texts: Sequence[str]) -> list[NDArray[np.float16]]:
    """Return (tokens, 384) states of each text after the layers that stay."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model_folder()))
    network = AutoModel.from_pretrained(str(model_folder())).eval()
    network.encoder.layer = network.encoder.layer[:-LAYERS]
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    states: dict[int, NDArray[np.float16]] = {}
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = tokenizer(
                [texts[at] for at in rows],
                padding=True,
                truncation=True,
                max_length=TOKENS_AT_MOST,
                return_tensors="pt",
            )
            found = network(**batch).last_hidden_state
            for at, row, mask in zip(rows, found, batch["attention_mask"], strict=True):
                states[at] = row[: int(mask.sum())].numpy().astype(np.float16)
    return [states[at] for at in range(len(texts))]


def train(encoded: Encoded, rows: Sequence[int], name: str) -> Reader:
    """Return the layers and weights trained on some sentences."""
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    reader = Reader(pretrained_layers(), len(encoded.names), len(encoded.keys))
    optimizer = optimizer_of(reader)
    steps = EPOCHS * len(batches(encoded, rows, random))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [LAYER_RATE, HEAD_RATE], total_steps=steps + EPOCHS, pct_start=WARM_UP
    )
    reader.train()
    for epoch in range(EPOCHS):
        losses = []
        for batch in batches(encoded, rows, random):
            losses.append(descend(reader, optimizer, schedule, loss_of(reader, encoded, batch)))
        print(f"{name}: epoch {epoch + 1} of {EPOCHS}, loss {np.mean(losses):.2f} a sentence", flush=True)
    return reader.eval()


def optimizer_of(reader: Reader) -> Any:
    """Return the optimizer of the layers and, apart, of the steps from them."""
    layers = list(reader.layers.parameters())
    heads = [parameter for name, parameter in reader.named_parameters() if not name.startswith("layers.")]
    return torch.optim.AdamW(
        [{"params": layers, "weight_decay": LAYER_DECAY}, {"params": heads, "weight_decay": HEAD_DECAY}]
    )


def descend(reader: nn.Module, optimizer: Any, schedule: Any, loss: Any) -> float:
    """Take one step of training, and return the loss before it."""
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(reader.parameters(), LONGEST)
    optimizer.step()
    schedule.step()
    return float(loss.item())


def pretrained_layers() -> nn.ModuleList:
    """Return MiniLM's last layers as they were published."""
    from transformers import AutoModel

    network = AutoModel.from_pretrained(str(model_folder()), attn_implementation="sdpa")
    layers: nn.ModuleList = network.encoder.layer[-LAYERS:]
    return layers


def loss_of(reader: Reader, encoded: Encoded, batch: Sequence[int]) -> Any:
    """Return the loss a sentence: of what it states, what it hints and, where they are known, which words say it."""
    states, mask, grams = batch_of(encoded, batch)
    logits, tokens = reader(states, mask, grams)
    crossed = nn.functional.binary_cross_entropy_with_logits
    weights = torch.from_numpy(encoded.weights[batch])
    loss = crossed(logits, torch.from_numpy(encoded.targets[batch]), weights, reduction="sum")
    return (loss + marking_loss(encoded, batch, tokens, mask)) / len(batch)


def of_case(encoded: Encoded, rows: Sequence[int]) -> Any:
    """Return the weights (b,) of sentences of a case: a sentence by itself, whose hint weighs nothing, has none."""
    weights = torch.from_numpy(encoded.weights[rows])
    return (weights[:, -1] > 0) * weights[:, 0]


def marking_loss(encoded: Encoded, rows: Sequence[int], tokens: Any, mask: Any) -> Any:
    """Return the loss of which words say a value, from logits (b, t, n); only those of a case are marked."""
    marked = torch.zeros_like(tokens)
    for at, row in enumerate(rows):
        for token, key in encoded.marks[row]:
            marked[at, token, key] = 1
    counted = inner(mask)
    shares = counted / counted.sum(1, keepdim=True) * of_case(encoded, rows)[:, None]
    missed = nn.functional.binary_cross_entropy_with_logits(tokens, marked, reduction="none")
    return PEAK_WEIGHT * (missed.sum(2) * shares).sum()


def batches(encoded: Encoded, rows: Sequence[int], random: np.random.Generator) -> list[list[int]]:
    """Return the rows in another order, those of like length together."""
    order = [int(row) for row in random.permutation(np.array(rows))]
    parts = [order[at : at + SHUFFLED_AT_ONCE] for at in range(0, len(order), SHUFFLED_AT_ONCE)]
    alike = [sorted(part, key=lambda row: len(encoded.states[row])) for part in parts]
    return [part[at : at + BATCH] for part in alike for at in range(0, len(part), BATCH)]


def batch_of(encoded: Encoded, rows: Sequence[int]) -> tuple[Any, Any, tuple[Any, Any, Any]]:
    """Return states (b, t, 384), mask (b, t) and the words of some sentences."""
    longest = max(len(encoded.states[row]) for row in rows)
    states = np.zeros((len(rows), longest, 384), dtype=np.float32)
    mask = np.zeros((len(rows), longest), dtype=np.float32)
    for at, row in enumerate(rows):
        size = len(encoded.states[row])
        states[at, :size], mask[at, :size] = encoded.states[row], 1
    return torch.from_numpy(states), torch.from_numpy(mask), encoded.words_of(rows)


def logits_of(reader: Reader, encoded: Encoded, rows: Sequence[int]) -> Floats:
    """Return (rows, 2n) what each sentence states, and what it hints."""
    found = np.zeros((len(rows), 2 * len(encoded.keys)), dtype=np.float32)
    order = sorted(range(len(rows)), key=lambda at: len(encoded.states[rows[at]]))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            found[some] = reader(*batch_of(encoded, [rows[at] for at in some]))[0].numpy()
    return found


def save(reader: Reader, encoded: Encoded) -> None:
    """Write what is shipped: matrices in bytes, the rest in half or single precision."""
    arrays = layer_arrays(reader.layers)
    arrays |= narrowed("peak_weights", reader.peak.weights() * VECTOR_SCALE)
    arrays |= narrowed("peak_bias", reader.peak.own.bias.detach().numpy())
    READING_LAYERS.parent.mkdir(parents=True, exist_ok=True)
    np.savez(READING_LAYERS, **arrays)
    np.savez(
        SENTENCES,
        keys=np.array([key_name(key) for key in encoded.keys]),
        **words_in_bytes(encoded.names, encoded.rarity, reader.worded.weights()),
        vector_weights=(reader.out.weights().T * VECTOR_SCALE).astype(np.float16),
        bias=reader.out.own.bias.detach().numpy().astype(np.float16),
        hint_weights=(reader.hint.weight.detach().numpy().T * VECTOR_SCALE).astype(np.float16),
        hint_bias=reader.hint.bias.detach().numpy().astype(np.float16),
    )


def words_in_bytes(names: Iterable[str], rarity: Floats, weights: Floats) -> dict[str, Any]:
    """Return words as they are stored, with their rarity (v,) and weights (v, n): bytes, with a scale for each key."""
    scale = np.abs(weights).max(axis=0) / 127 + 1e-9
    return {
        "grams": in_lines(names),
        "rarity": rarity.astype(np.float16),
        "gram_weights": np.round(weights / scale).astype(np.int8),
        "gram_scale": scale.astype(np.float32),
    }


def layer_arrays(layers: nn.ModuleList) -> dict[str, Any]:
    """Return trained layers as they are stored."""
    heads = load_weights(model_folder()).heads
    arrays: dict[str, Any] = {"layers": np.int64(len(layers))}
    for number, layer in enumerate(layers):
        tensors = {f"{number}.{name}": tensor.detach().numpy().copy() for name, tensor in layer.named_parameters()}
        for name, value in assemble_layer(tensors, f"{number}.", heads)._asdict().items():
            arrays |= narrowed(f"{number}.{name}", value)
    return arrays


def narrowed(name: str, value: Floats) -> dict[str, Any]:
    """Return one tensor as it is stored: a matrix in bytes with a scale for each row, a vector as it is."""
    if value.ndim == 1:
        return {name: value}
    scale = np.abs(value).max(axis=1) / 127
    return {f"{name}.bytes": np.round(value / scale[:, None]).astype(np.int8), f"{name}.scale": scale}


if __name__ == "__main__":
    main()

"""Applies the small trained heads: sentence vectors, word pairs and cues to the probability of each fact value.

Four steps, all order-free over the sentences of a text: from the reader's vector of each sentence, its plainest token
and its words, how likely it states each value, and what it hints of the whole case; a score per text from those scores,
the mean hint and the gist, which the encoder takes from all sentences together; one pooled logistic step that weighs
all with the cues; and the kind of problem from everything that was read. The first lies in `data/sentences.npz`,
written by `python -m eval.fit_encoder`, the others in `data/heads.npz`, written by `python -m eval.fit_intake`; nothing
but numpy is needed here. Texts of a sentence or two, which say little, are `short`'s.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.intake.cues import KIND, Key

Floats = NDArray[np.float32]
HEADS = Path(__file__).parent / "data" / "heads.npz"
SENTENCES = HEADS.with_name("sentences.npz")
LEAST_PRIOR = 0.06
"""A fact that few cases state is still believed when a sentence says it plainly."""
SHORT = 2
"""Sentences of a remark, as in a chat; what is usual in whole descriptions is not said by it."""
TELLS_FROM = 0.2
"""A sentence without a cue that scores less for every value says nothing of the case."""
PLEADING_AT_MOST = 2
"""A sentence that may state no more values than this one fact has is pleading."""
HINT_AT_MOST = 6.0
"""Size to which a hint or the gist, a logit, is cut."""
_WORD = re.compile(r"[a-z0-9']+")


class Words(Struct, frozen=True):
    """Weights of v words and word pairs for n keys."""

    grams: dict[str, int]
    rarity: Floats
    """(v,) inverse document frequency."""
    stored: NDArray[np.int8]
    """(v, n) weights in bytes: a text has few of the words, and making numbers of all took 20 ms."""
    scale: Floats
    """(n,) what a byte's unit weighs."""

    def weigh(self, flat: str) -> Iterator[tuple[float, Floats]]:
        """Yield the value of each known word or pair of a flattened sentence, and its weights (n,)."""
        values = gram_values(flat, self.grams, self.rarity)
        return zip(values.values(), self.stored[list(values)].astype(np.float32) * self.scale, strict=True)


class SentenceHeads(Struct, frozen=True):
    """What tells how likely a sentence states each value, and hints at it; n keys."""

    keys: tuple[Key, ...]
    words: Words
    vector_weights: Floats
    """(384, n)"""
    bias: Floats
    """(n,)"""
    hint_weights: Floats
    """(384, n)"""
    hint_bias: Floats
    """(n,)"""


class Told(NamedTuple):
    """What sentences say by themselves; s sentences, n keys."""

    scores: Floats
    """(s, n) how likely each sentence states each value."""
    hints: Floats
    """(s, n) how likely a case with such a sentence has each value, stated there or elsewhere; logits."""


class Whole(NamedTuple):
    """What all sentences of a text say together."""

    hint: Floats
    """(n,) the mean hint; what is usual in a remark, or where no sentence tells of a case."""
    gist: Floats
    """(n,) logits of what they tell in each other's light; what is usual in a remark."""
    features: Floats
    """(d,) the mean hint, the gist, the best scores, the cues."""


class Heads(Struct, frozen=True):
    """The trained numbers of the later steps; n keys, d document features, c combining features."""

    keys: tuple[Key, ...]
    document_weights: Floats
    """(d, n)"""
    document_bias: Floats
    """(n,)"""
    prior: Floats
    """(n,) share of real cases with that value."""
    cue_trust: Floats
    """(n,) share of a value's cues that were right, where they were seen."""
    combine_weights: Floats
    """(c,)"""
    key_bias: Floats
    """(n,)"""
    kind_weights: Floats
    """(n, k)"""
    kind_bias: Floats
    """(k,) for the k kinds of problem, in the order of their keys."""
    thresholds: dict[str, float]
    """Least probability to state a fact, by fact name."""


class Shares(Struct, frozen=True):
    """What is known of each key before reading; both (n,)."""

    prior: Floats
    cue_trust: Floats


class Scored(Struct, frozen=True):
    """What the heads say of one text; s sentences, n keys."""

    sentences: Floats
    """(s, n) how likely each sentence states each value; below 0 where it may not."""
    probabilities: Floats
    """(n,)"""


@cache
def load_sentence_heads(path: Path = SENTENCES) -> SentenceHeads:
    """Read the packaged first step."""
    with np.load(path, allow_pickle=False) as raw:
        return SentenceHeads(
            keys=tuple(_key(str(name)) for name in raw["keys"]),
            words=words_stored(raw),
            **{name: raw[name].astype(np.float32) for name in ("vector_weights", "bias", "hint_weights", "hint_bias")},
        )


def words_stored(raw: Mapping[str, Any]) -> Words:
    """Return the words and word pairs of a file."""
    rarity, scale = (raw[name].astype(np.float32) for name in ("rarity", "gram_scale"))
    return Words(lines_numbered(raw["grams"]), rarity, raw["gram_weights"], scale)


def lines_numbered(stored: NDArray[np.uint8]) -> dict[str, int]:
    """Return the lines of a text kept as bytes by their places: tens of thousands of numpy's strings took 50 ms."""
    return {line: at for at, line in enumerate(stored.tobytes().decode("utf-8").split("\n"))}


def in_lines(names: Iterable[str]) -> NDArray[np.uint8]:
    """Return names as `lines_numbered` takes them."""
    return np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8)


@cache
def load_heads(path: Path = HEADS) -> Heads:
    """Read the packaged later steps."""
    with np.load(path, allow_pickle=False) as raw:
        return Heads(
            keys=tuple(_key(str(name)) for name in raw["keys"]),
            thresholds={str(name): float(least) for name, least in zip(raw["facts"], raw["thresholds"], strict=True)},
            **{name: raw[name].astype(np.float32) for name in ARRAYS},
        )


ARRAYS = (
    "document_weights",
    "document_bias",
    "prior",
    "cue_trust",
    "combine_weights",
    "key_bias",
    "kind_weights",
    "kind_bias",
)


def key_name(key: Key) -> str:
    """Write a key as `fact=value`."""
    return f"{key[0]}={str(key[1]).lower() if isinstance(key[1], bool) else key[1]}"


def score(heads: Heads, told: Told, gist: Floats | None, sheets: tuple[Floats, Floats]) -> Scored:
    """Score one text from what its sentences say by themselves, its gist (n,), and their cues and mask, both (s, n).

    The mask is 0 where a sentence may not state a value.
    """
    cues, mask = sheets
    told, cues = permitted(told, mask), cues * mask
    whole = whole_of(told, gist, (cues, mask), heads.prior)
    document = whole.features @ heads.document_weights + heads.document_bias
    shares = Shares(heads.prior, heads.cue_trust)
    features = combining_features(heads.keys, told.scores, cues, (document, whole), shares)
    logits = features @ heads.combine_weights + heads.key_bias
    probabilities = logistic(logits)
    probabilities[kind_columns(heads.keys)] = _softmax(kind_features(logits) @ heads.kind_weights + heads.kind_bias)
    return Scored(told.scores, probabilities)


def permitted(told: Told, mask: Floats) -> Told:
    """Return it with the scores that a sentence may not have at the bottom, below what any other sentence says."""
    return Told(np.where(mask > 0, told.scores, np.float32(-1)), told.hints)


def tell(heads: SentenceHeads, read: Floats, flats: Sequence[str]) -> Told:
    """Return what sentences say by themselves, from the reader's vectors and peaks (s, 384 + n) and the words."""
    vectors, peaks = read[:, : len(heads.vector_weights)], read[:, len(heads.vector_weights) :]
    rows = vectors @ heads.vector_weights + peaks + heads.bias
    for at, flat in enumerate(flats):
        for value, weights in heads.words.weigh(flat):
            rows[at] += value * weights
    return Told(logistic(rows), vectors @ heads.hint_weights + heads.hint_bias)


def together(told: Told, whole: Told) -> Told:
    """Return what the sentences of a remark say, each value's likeliest one as likely as the remark as a whole makes it.

    What came of an attempt often stands in the next sentence.
    """
    scores, columns = told.scores.copy(), np.arange(told.scores.shape[1])
    rows = scores.argmax(axis=0)
    scores[rows, columns] = np.maximum(scores[rows, columns], whole.scores[0])
    return Told(scores, told.hints)


def gram_values(flat: str, grams: Mapping[str, int], rarity: Floats) -> dict[int, float]:
    """Return the unit-length weights of the known words and word pairs of a flattened sentence."""
    found: dict[int, float] = {}
    for gram in word_grams(flat):
        at = grams.get(gram)
        if at is not None:
            found[at] = float(rarity[at])
    length = sum(value * value for value in found.values()) ** 0.5
    return {at: value / length for at, value in found.items()} if length else {}


def word_grams(flat: str) -> list[str]:
    """Return words and pairs of neighbouring words, figures made alike."""
    words = [_alike(word) for word in _WORD.findall(flat)]
    return words + [f"{one} {two}" for one, two in itertools.pairwise(words)]


def whole_of(told: Told, gist: Floats | None, sheets: tuple[Floats, Floats], prior: Floats) -> Whole:
    """Return what a whole text says, from its gist, permitted scores and cues (s, n), and the mask.

    Only sentences that tell of the case count, so that pleading for an approach changes nothing else, and small talk
    nothing at all; and a remark hints at nothing, since it is no case.
    """
    cues, mask = sheets
    says = cues.any(axis=1) | (told.scores.max(axis=1) >= TELLS_FROM)
    tells = says & (mask.sum(axis=1) > PLEADING_AT_MOST)
    mean = told.hints[tells].mean(axis=0) if tells.any() and len(tells) > SHORT else _logit(prior)
    hint = np.clip(mean, -HINT_AT_MOST, HINT_AT_MOST).astype(np.float32)
    gist = _logit(prior) if gist is None else np.clip(gist, -HINT_AT_MOST, HINT_AT_MOST)
    best, counts = told.scores[tells].max(axis=0, initial=0), cues[tells].sum(axis=0)
    features = np.concatenate([hint * 0.3, gist * 0.3, best * 1.5, np.minimum(counts, 2) * 0.4])
    return Whole(hint, gist, np.asarray(features, dtype=np.float32))


def combining_features(
    keys: Sequence[Key], sentences: Floats, cues: Floats, text: tuple[Floats, Whole], shares: Shares
) -> Floats:
    """Return (n, c) features that are alike for every key; sentences and cues are (s, n).

    `text` is what the whole text says, behind the score (n,) that it has by that.
    """
    document, whole = text
    best = sentences.max(axis=0)
    second = np.sort(sentences, axis=0)[-2] if len(sentences) > 1 else np.zeros_like(best)
    two = best + second.clip(0)
    counts = cues.sum(axis=0)
    cued = np.minimum(counts, 1)
    both = (sentences * cues).max(axis=0)
    rivals = rivalry(keys)
    rival_best = np.where(rivals, best[None, :], 0).max(axis=1)
    rival_cued = np.where(rivals, cued[None, :], 0).max(axis=1)
    columns = [
        _logit(best), two * 2, cued, np.minimum(counts, 3) * 0.5, _logit(document), cued * _logit(best),
        best * 3, document * 3, _logit(np.maximum(shares.prior, LEAST_PRIOR)), both * 3, rival_best * 3, rival_cued,
        (best - rival_best).clip(0) * 3, cued * (_logit(shares.cue_trust) + 1), whole.hint, whole.gist,
    ]  # fmt: skip
    return np.stack(columns, axis=-1).astype(np.float32)


@cache
def rivalry(keys: tuple[Key, ...]) -> NDArray[np.bool_]:
    """Return (n, n): which keys are other values of the same fact."""
    facts = np.array([fact for fact, _ in keys])
    return np.asarray((facts[:, None] == facts[None, :]) & ~np.eye(len(keys), dtype=bool))


@cache
def kind_columns(keys: tuple[Key, ...]) -> list[int]:
    """Return where the kinds of problem stand among the keys: one of them, told from everything that was read."""
    return [at for at, (fact, _) in enumerate(keys) if fact == KIND]


def kind_features(logits: Floats) -> Floats:
    """Return the logits of all keys, damped, as the kind of problem is told from them."""
    return np.asarray(np.clip(logits, -4.6, 4.6) * 0.3, dtype=np.float32)


def _softmax(values: Floats) -> Floats:
    raised = np.exp(values - values.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


def _logit(share: Floats) -> Floats:
    kept = np.clip(share, 0.02, 0.98)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float32)


def logistic(value: Floats) -> Floats:
    """Return the probabilities that logits stand for."""
    return np.asarray(1 / (1 + np.exp(-value)), dtype=np.float32)


def _alike(word: str) -> str:
    return "#" if word.isdigit() else word


def _key(name: str) -> Key:
    fact, _, value = name.partition("=")
    return fact, {"true": True, "false": False}.get(value, value)

"""Applies what was learned of short texts: how likely a remark, or a turn of a chat, states each fact value.

People say less in a turn than in a description, and in other words. What the reader's layers make of the turn as a whole
is corrected by weights of its own, from its vectors, its words and its cues; `data/short.npz`, written by
`python -m eval.fit_turns`. Nothing but numpy is needed here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from msgspec import Struct

from agent.intake.cues import Key
from agent.intake.heads import Floats, Told, Words, logistic, rivalry, words_stored

SHORT_HEADS = Path(__file__).parent / "data" / "short.npz"
OWN_SCALE, READ_SCALE, GRAM_SCALE = 4.0, 8.0, 4.0
"""What MiniLM's unit vector, the reader's and the words' are multiplied by, so that one penalty suits all."""
LOGIT_AT_MOST, HINT_AT_MOST, HINT_SCALE = 8.0, 6.0, 0.3
CLOSED = -30.0
"""Logit of what no sentence may state."""
WEIGHED = ("logits", "cued", "rival_cued", "rival_best", "hints")
"""The layers' logit, whether there is a cue, and one for another value of the fact, the best logit of such a value, the
hint."""


class ShortHeads(Struct, frozen=True):
    """The trained numbers; n keys."""

    words: Words
    vector_weights: Floats
    """(768, n)"""
    steps: Floats
    """(6, n): weights of what is `WEIGHED`; and the bias."""


class Turn(Struct, frozen=True):
    """What the encoder makes of a short text as a whole."""

    vectors: Floats
    """(768,) MiniLM's unit vector beside the reader's own."""
    told: Told
    """What it says, read as one sentence; both (1, n)."""
    flat: str


@cache
def load_short_heads(path: Path = SHORT_HEADS) -> ShortHeads:
    """Read the packaged numbers."""
    with np.load(path, allow_pickle=False) as raw:
        return ShortHeads(
            words=words_stored(raw),
            vector_weights=raw["vector_weights"].astype(np.float32),
            steps=raw["steps"].astype(np.float32),
        )


def features(keys: tuple[Key, ...], turn: Turn, cues: Floats, mask: Floats) -> dict[str, Floats]:
    """Return the `vectors` (768,) of a short text as they are weighed and what is `WEIGHED`, each (n,).

    Its sentences' cues and mask are (s, n).
    """
    own, read = np.split(turn.vectors, 2)
    scores = turn.told.scores[0].clip(1e-6, 1 - 1e-6)
    logits = np.log(scores / (1 - scores)).clip(-LOGIT_AT_MOST, LOGIT_AT_MOST)
    cued = ((cues * mask).max(axis=0, initial=0) > 0).astype(np.float32)
    others = rivalry(keys)
    return {
        "vectors": np.concatenate([own * OWN_SCALE, read * READ_SCALE]),
        "logits": logits,
        "cued": cued,
        "rival_cued": (others * cued[None, :]).max(axis=1).astype(np.float32),
        "rival_best": np.where(others, logits[None, :], -LOGIT_AT_MOST).max(axis=1),
        "hints": turn.told.hints[0].clip(-HINT_AT_MOST, HINT_AT_MOST) * HINT_SCALE,
    }


def score_short(heads: ShortHeads, keys: tuple[Key, ...], turn: Turn, cues: Floats, mask: Floats) -> Floats:
    """Return (n,) how likely a short text states each value, from it as a whole and its sentences' cues and mask (s, n)."""
    given = features(keys, turn, cues, mask)
    *steps, bias = heads.steps
    total = sum(step * given[name] for step, name in zip(steps, WEIGHED, strict=True)) + bias
    total = total + given["vectors"] @ heads.vector_weights
    for value, weights in heads.words.weigh(turn.flat):
        total = total + value * GRAM_SCALE * weights
    return logistic(np.where(mask.max(axis=0) > 0, total, CLOSED))

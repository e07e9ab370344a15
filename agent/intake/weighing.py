"""Decides which number of a text states which fact: a small trained step over the described candidates.

One logistic step per fact, over the features of a candidate, the vector of its sentence and what the sentence states by
itself; the likeliest candidate wins.
What is trained lies in `data/amounts.npz`, written by `python -m eval.fit_intake`; nothing but numpy is needed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.intake.candidates import Candidate
from agent.intake.heads import lines_numbered

Floats = NDArray[np.float32]
AMOUNT_HEADS = Path(__file__).parent / "data" / "amounts.npz"
VECTOR_SCALE, STATED_SCALE = 4.0, 0.2
"""Weights of the sentence vector and of the logits of what the sentence states, both centred, beside features of one;
with 2, or without the logits, fewer numbers were found in cross-validation."""
LEAST_STATED = 0.004
"""Probability below which, and as far below one, a value is told no better: what is learned from is kept in bytes."""
LEAST_IN_REMARK = 0.35
"""Probability from which a remark states a number; of whole texts each fact has its own."""
OPPOSED = 0.8
"""Probability from which two different numbers for one fact are a contradiction; below it the likelier one is believed."""


class AmountHeads(Struct, frozen=True):
    """The trained numbers; v features, n facts."""

    facts: tuple[str, ...]
    features: dict[str, int]
    feature_weights: Floats
    """(v, n)"""
    sheet_weights: Floats
    """(384 + k, n) for k fact values that are not numbers."""
    centre: Floats
    """(384 + k,) mean of what is laid beside a candidate."""
    bias: Floats
    """(n,)"""
    thresholds: tuple[float, ...]
    """Least probability to state a fact."""
    ruled_thresholds: tuple[float, ...]
    """The same where the plain rules read it too."""


class Weighed(Struct, frozen=True):
    """A number that states a fact, with how likely; the span is that of its clause, in the whole text."""

    name: str
    value: float
    probability: float
    start: int
    end: int


@cache
def load_amount_heads(path: Path = AMOUNT_HEADS) -> AmountHeads:
    """Read the packaged numbers."""
    with np.load(path, allow_pickle=False) as raw:
        return AmountHeads(
            facts=tuple(raw["facts"].tolist()),
            features=lines_numbered(raw["features"]),
            feature_weights=raw["feature_weights"].astype(np.float32),
            sheet_weights=raw["sheet_weights"].astype(np.float32),
            centre=raw["centre"].astype(np.float32),
            bias=raw["bias"].astype(np.float32),
            thresholds=tuple(float(least) for least in raw["thresholds"]),
            ruled_thresholds=tuple(float(least) for least in raw["ruled_thresholds"]),
        )


def laid_beside(vectors: Any, stated: Any) -> Floats:
    """Return (s, 384 + k): sentence vectors (s, 384) and the probabilities (s, k) of what each states, as weighed."""
    likely = np.clip(stated, LEAST_STATED, 1 - LEAST_STATED)
    return np.hstack([vectors * VECTOR_SCALE, np.log(likely / (1 - likely)) * STATED_SCALE]).astype(np.float32)


def weigh(
    heads: AmountHeads, candidates: Sequence[Candidate], beside: Any, *, is_short: bool = False
) -> tuple[Weighed, ...]:
    """Return what the candidates of one sentence state, likely enough; `beside` (384 + k,) is laid beside them."""
    if not candidates:
        return ()
    shared: Floats = np.asarray(heads.bias + (beside - heads.centre) @ heads.sheet_weights, dtype=np.float32)
    return tuple(weighed for candidate in candidates for weighed in _stated(heads, candidate, shared, is_short))


def _stated(heads: AmountHeads, candidate: Candidate, shared: Floats, is_short: bool) -> Iterator[Weighed]:
    rows = [heads.features[name] for name in candidate.features if name in heads.features]
    logits = shared + heads.feature_weights[rows].sum(axis=0)
    for name, value in candidate.values:
        at = heads.facts.index(name)
        probability = float(1 / (1 + np.exp(-logits[at])))
        least = LEAST_IN_REMARK if is_short else _least(heads, candidate, name)
        if (candidate.is_plain or probability >= least) and may_state(candidate, name):
            yield Weighed(name, value, probability, *candidate.clause)


def _least(heads: AmountHeads, candidate: Candidate, name: str) -> float:
    least = heads.ruled_thresholds if f"rule:{name}" in candidate.features else heads.thresholds
    return least[heads.facts.index(name)]


def may_state(candidate: Candidate, name: str) -> bool:
    """Tell whether the clause speaks of the case as it is, or, for what is wanted, as it shall be."""
    scope = candidate.scope
    if name in ("latency_budget_ms", "accuracy_target"):
        return not scope.others
    if scope.supposed or scope.others or scope.asked:
        return False
    return name not in ("labelled_examples", "accuracy_now") or not scope.planned

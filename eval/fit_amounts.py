"""Fits the step that tells which number states which fact, and writes `agent/intake/data/amounts.npz`.

Learns from the evidence of the labelled cases, from statements, of which `eval/data/amounts.jsonl` holds those with
numeric facts alone, and from the turns of chats; called by `eval.fit_intake`, which has encoded them. Same data, same
file, byte for byte.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isclose
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.intake.candidates import Candidate
from agent.intake.heads import in_lines
from agent.intake.weighing import AmountHeads

THRESHOLDS = {
    "accuracy_now": 0.5,
    "accuracy_target": 0.4,
    "behaviour_change_days": 0.5,
    "deadline_days": 0.4,
    "knowledge_change_days": 0.46,
    "labelled_examples": 0.42,
    "latency_budget_ms": 0.34,
    "requests_per_month": 0.45,
}
"""A wrong number is worse than none: chosen where one more right reading would cost about one wrong one, on the
cross-validated readings of the cases whose labels are in view."""
RULED_THRESHOLDS = THRESHOLDS | {"knowledge_change_days": 0.3}
"""Where the plain rules agree; for the other facts a lower bar read more beyond the labels than it found."""
STATEMENTS = Path(__file__).parent / "data" / "amounts.jsonl"
FEATURE_IN_AT_LEAST = 3
STRENGTH = 0.3
REAL_WEIGHT = 2.0
"""Of a real case, or a turn, beside a described one."""
SAME = 0.01

Rows = NDArray[np.float64]


class Described(Struct, frozen=True):
    """One text to learn from: its candidates sentence by sentence, and what it states."""

    candidates: tuple[tuple[Candidate, ...], ...]
    beside: Any
    """(s, d) what is laid beside the candidates of each sentence."""
    facts: Mapping[str, Any]
    evidence: Mapping[str, tuple[int, int]]
    """Where the words that state a fact stand; empty where the whole text does."""
    weight: float = 1.0


class AmountMaterial(Struct, frozen=True):
    """All texts as one sparse table; r rows are candidates, v features."""

    features: tuple[str, ...]
    table: Any
    """(r, v + d) scipy matrix."""
    aims: NDArray[np.int8]
    """(r, n): 1 states the fact, 0 does not, -1 cannot or is left open."""
    weights: Rows
    """(r,)"""
    rows_of: tuple[slice, ...]
    centre: NDArray[np.float32]


def load_amount_statements(path: Path = STATEMENTS) -> list[dict[str, Any]]:
    """Read the sentences written to learn numbers from: each a text and the numeric facts it states."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def gather_amounts(texts: Sequence[Described]) -> AmountMaterial:
    """Lay all candidates out for learning."""
    from scipy.sparse import csr_matrix, hstack

    flat = [(text, row, c) for text in texts for row, cs in enumerate(text.candidates) for c in cs]
    counts = Counter(name for _, _, candidate in flat for name in candidate.features)
    features = tuple(sorted(name for name, count in counts.items() if count >= FEATURE_IN_AT_LEAST))
    column = {name: at for at, name in enumerate(features)}
    known = [[column[name] for name in candidate.features if name in column] for _, _, candidate in flat]
    ends = np.cumsum([0, *(len(row) for row in known)])
    columns = np.array([at for row in known for at in row], dtype=np.int64)
    table = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(flat), len(features)))
    centre = np.mean(np.vstack([text.beside for text in texts if len(text.beside)]), axis=0).astype(np.float32)
    beside = np.array([text.beside[row] for text, row, _ in flat], dtype=np.float64) - centre
    rows_of, at = [], 0
    for text in texts:
        count = sum(len(cs) for cs in text.candidates)
        rows_of.append(slice(at, at + count))
        at += count
    return AmountMaterial(
        features=features,
        table=hstack([table, csr_matrix(beside)]).tocsr(),
        aims=np.vstack([_aims(text) for text in texts]),
        weights=np.array([text.weight for text, _, _ in flat]),
        rows_of=tuple(rows_of),
        centre=centre,
    )


def fit_amounts(material: AmountMaterial, texts: Iterable[int]) -> AmountHeads:
    """Fit one logistic step per fact on the given texts."""
    from sklearn.linear_model import LogisticRegression

    rows = np.concatenate([np.arange(material.rows_of[i].start, material.rows_of[i].stop) for i in texts])
    table, aims, trust = material.table[rows], material.aims[rows], material.weights[rows]
    weights = np.zeros((table.shape[1], len(THRESHOLDS)))
    bias = np.zeros(len(THRESHOLDS))
    for at in range(len(THRESHOLDS)):
        known = np.flatnonzero(aims[:, at] >= 0)
        model = LogisticRegression(C=STRENGTH, max_iter=300, solver="liblinear", random_state=0)
        model.fit(table[known], aims[known, at], sample_weight=trust[known])
        weights[:, at], bias[at] = model.coef_[0], model.intercept_[0]
    count = len(material.features)
    return AmountHeads(
        facts=tuple(THRESHOLDS),
        features={name: at for at, name in enumerate(material.features)},
        feature_weights=weights[:count].astype(np.float32),
        sheet_weights=weights[count:].astype(np.float32),
        centre=material.centre,
        bias=bias.astype(np.float32),
        thresholds=tuple(THRESHOLDS.values()),
        ruled_thresholds=tuple(RULED_THRESHOLDS.values()),
    )


def save_amounts(heads: AmountHeads, path: Path) -> None:
    """Write the trained numbers in half precision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {
        name: getattr(heads, name).astype(np.float16) for name in ("feature_weights", "sheet_weights", "centre", "bias")
    }
    np.savez(
        path,
        facts=np.array(heads.facts),
        features=in_lines(sorted(heads.features, key=lambda name: heads.features[name])),
        thresholds=np.array(heads.thresholds, dtype=np.float32),
        ruled_thresholds=np.array(heads.ruled_thresholds, dtype=np.float32),
        **halves,
    )


def places(text: str, evidence: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Return where the words that state each fact stand."""
    return {
        name: (start, start + len(words))
        for name, words in evidence.items()
        if words and (start := text.find(words)) >= 0
    }


def _aims(text: Described) -> NDArray[np.int8]:
    """Return (candidates, n): of the candidates with the right value, those in the evidence state the fact."""
    flat = [candidate for sentence in text.candidates for candidate in sentence]
    aims = np.full((len(flat), len(THRESHOLDS)), -1, dtype=np.int8)
    for column, name in enumerate(THRESHOLDS):
        able = {
            row: dict(candidate.values)[name] for row, candidate in enumerate(flat) if name in dict(candidate.values)
        }
        aims[list(able), column] = 0
        if name not in text.facts:
            continue
        right = [row for row, value in able.items() if isclose(value, text.facts[name], rel_tol=SAME)]
        start, end = text.evidence.get(name, (0, -1))
        inside = [row for row in right if flat[row].place[0] < end and flat[row].place[1] > start]
        aims[right, column] = -1
        aims[inside or right, column] = 1
    return aims

"""Fits what tells covered from uncovered questions, and encodes the false premises: `python -m eval.fit_coverage`.

Reads `eval/data/coverage.jsonl` and `corpus/premises.yaml`, writes `agent/answer/data/*.npz`, and prints figures
cross-validated over blocks of neighbouring questions: the file is ordered by topic, so a question is judged by a head
that saw none of its topic's wordings. Same data, same corpus, same file, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from agent.answer import asked
from agent.answer.coverage import HEAD
from agent.answer.premises import VECTORS, Premise
from agent.corpus.notes import load_passages
from agent.resources import data_dir
from agent.retrieval import Retriever, open_index

DATA = Path(__file__).parent / "data" / "coverage.jsonl"
EVIDENCE = 10
FOLDS = 6
BLOCK = 10
REFUSED_AT_MOST = 0.05
"""Share of the answerable that may be refused in cross-validation; the border is set there."""
STRENGTH = 0.1
VECTOR_SCALE = 4.0
FEATURE_SCALE = 1.0

WRITTEN = {True: "yes", False: "no", "either": "either"}
"""YAML reads a bare yes or no as a truth value."""

Rows = NDArray[np.float32]
COSINES = [name.startswith("cosine") for name in asked.NAMES]


def main() -> None:
    """Fit, report and write the head."""
    from sklearn.metrics import roc_auc_score

    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    passages = load_passages(data_dir("corpus"))
    with tempfile.TemporaryDirectory() as cache:
        retriever = open_index(passages, cache=Path(cache))
        vectors, features = represented([row["question"] for row in rows], retriever)
        encode_premises(data_dir("corpus") / "premises.yaml", retriever)
    refused = np.array([row["kind"] == "not_covered" for row in rows])
    folds = blocks(refused)
    data: dict[str, Any] = {
        "names": np.array(asked.NAMES),
        "shipped": np.array(sorted({p.source for p in passages})),
    }
    for name, parts in {
        "": (vectors, features),
        "plain": (vectors[:, :0], without_cosines(features)),
    }.items():
        scores = cross_validated(*parts, refused, folds)
        border = border_at(scores[~refused], REFUSED_AT_MOST)
        print(
            f"{name or 'vector and features':20} AUROC {roc_auc_score(refused, scores):.3f}",
            end="",
        )
        for share in (0.03, REFUSED_AT_MOST):
            caught = (scores[refused] > border_at(scores[~refused], share)).mean()
            print(
                f"   unanswerable refused {caught:.3f} at {share:.2f} of the answerable",
                end="",
            )
        print()
        data |= fitted(*parts, refused, border, name)
    np.savez(HEAD, **data)
    print(f"{len(rows)} questions, {HEAD.stat().st_size} bytes in {HEAD.name}")


def encode_premises(source: Path, retriever: Retriever) -> None:
    """Write the premises and the vectors of their paraphrases beside the head."""
    content = source.read_bytes()
    rows = yaml.safe_load(content)["premises"]
    known = [msgspec.convert({**row, "negated": WRITTEN[row["negated"]]}, Premise) for row in rows]
    paraphrases = [(index, text) for index, row in enumerate(rows) for text in (row["statement"], *row["paraphrases"])]
    np.savez(
        VECTORS,
        sha256=np.array(hashlib.sha256(content).hexdigest()),
        premises=np.array(msgspec.json.encode(known).decode()),
        owners=np.array([index for index, _ in paraphrases]),
        vectors=retriever.encode([text for _, text in paraphrases]).astype(np.float16),
    )


def represented(questions: Sequence[str], retriever: Retriever) -> tuple[Rows, Rows]:
    """Return the vectors and the features of questions, (n, 384) and (n, features)."""
    known = asked.known_terms(retriever.passages.values())
    vectors = retriever.encode(questions)
    rows = [
        asked.features(question, retriever.search(question, k=EVIDENCE, vector=vector), known)
        for question, vector in zip(questions, vectors, strict=True)
    ]
    return vectors, np.array(rows)


def without_cosines(features: Rows) -> Rows:
    """Return features with the cosines at a constant: another encoder's cosines have another scale."""
    return np.where(np.array(COSINES), np.float32(0), features)


def blocks(refused: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Return a fold for each row: blocks of neighbours of the same kind stay together."""
    folds = np.zeros(len(refused), dtype=int)
    for kind in (True, False):
        where = np.flatnonzero(refused == kind)
        folds[where] = (np.arange(len(where)) // BLOCK) % FOLDS
    return folds


def cross_validated(vectors: Rows, features: Rows, refused: NDArray[np.bool_], folds: NDArray[np.int_]) -> Rows:
    """Return the logit of each row from a head that did not see its block."""
    scores = np.zeros(len(refused), dtype=np.float32)
    for fold in range(FOLDS):
        out = folds == fold
        head = fitted(vectors[~out], features[~out], refused[~out], 0.0, "")
        z = np.clip((features[out] - head["mean"]) / head["scale"], -4, 4)
        scores[out] = vectors[out] @ head["vector"] + z @ head["features"] + head["bias"]
    return scores


def fitted(vectors: Rows, features: Rows, refused: NDArray[np.bool_], border: float, name: str) -> dict[str, Any]:
    """Return the arrays of one head, its border moved to zero."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(axis=0), features.std(axis=0)
    scale = np.where(spread > 0, spread, 1).astype(np.float32)
    z = np.clip((features - mean) / scale, -4, 4)
    design = np.hstack([vectors * VECTOR_SCALE, z * FEATURE_SCALE])
    model = LogisticRegression(C=STRENGTH, max_iter=5_000, tol=1e-8).fit(design, refused)
    weights = model.coef_[0].astype(np.float32)
    size = vectors.shape[1]
    bias = np.float32(model.intercept_[0] - border)
    if name:
        return {name: weights * FEATURE_SCALE, f"{name}_bias": bias}
    shared = {"mean": mean.astype(np.float32), "scale": scale}
    return {
        "vector": weights[:size] * VECTOR_SCALE,
        "features": weights[size:] * FEATURE_SCALE,
        "bias": bias,
        **shared,
    }


def border_at(answerable: Rows, share: float) -> float:
    """Return the logit that at most `share` of the answerable exceed."""
    allowed = int(len(answerable) * share)
    return float(np.sort(answerable)[::-1][allowed])


if __name__ == "__main__":
    main()

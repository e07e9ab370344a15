"""Fits what tells covered from uncovered questions, and encodes the false premises: `python -m eval.fit_coverage`.

Reads `eval/data/coverage.jsonl`, the questions written for each passage and `corpus/premises.yaml`, writes
`agent/answer/data/*.npz`, and prints figures cross-validated over blocks of neighbouring questions: the file is ordered
by topic, so a question is judged by a head that saw none of its topic's wordings there. Same data, same corpus, same
file, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from msgspec.structs import replace
from numpy.typing import NDArray

from agent.answer import asked
from agent.answer.coverage import HEAD
from agent.answer.premises import VECTORS, Premise
from agent.corpus.notes import load_passages
from agent.resources import data_dir
from agent.retrieval import Retriever, open_index
from agent.types import Passage
from eval.fit_cues import needs

DATA = Path(__file__).parent / "data" / "coverage.jsonl"
EVIDENCE = 10
FOLDS = 6
BLOCK = 10
MISSED, REFUSED = 0.10, 0.05
"""What is reached for: the share of the unanswerable answered, and of the answerable refused. The border is set where
cross-validation exceeds both by the same factor. It does exceed them: a topic that was left out whole is harder than
questions from elsewhere."""
VECTOR_SCALE, FEATURE_SCALE, GAMMA, STRENGTH = 6.0, 0.5, 0.02, 3.0
"""Of the kernel machine; chosen among twenty settings by cross-validation over blocks and over random folds."""
PLAIN_STRENGTH = 0.1

WRITTEN = {True: "yes", False: "no", "either": "either"}
"""YAML reads a bare yes or no as a truth value."""

Rows = NDArray[np.float32]
COSINES = [name.startswith("cosine") for name in asked.NAMES]


def main() -> None:
    """Fit, report and write the head."""
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    passages = load_passages(data_dir("corpus"))
    with tempfile.TemporaryDirectory() as cache:
        retriever = open_index(passages, cache=Path(cache))
        given = represented([row["question"] for row in rows], retriever)
        encode_premises(data_dir("corpus") / "premises.yaml", retriever)
    vectors, features = map(np.vstack, zip(given, *of_passages(passages), strict=True))
    refused = np.array([row["kind"] == "not_covered" for row in rows] + [False] * (len(vectors) - len(rows)))
    data: dict[str, Any] = {
        "names": np.array(asked.NAMES),
        "shipped": np.array(sorted({p.source for p in passages})),
        **fitted(vectors, features, refused),
        **fitted_plain(without_cosines(features), refused),
    }
    np.savez(HEAD, **data)
    print(f"{len(rows)} questions, {len(vectors) - len(rows)} of passages, {HEAD.stat().st_size} bytes in {HEAD.name}")


def encode_premises(source: Path, retriever: Retriever) -> None:
    """Write the premises and the vectors of their paraphrases beside the head."""
    content = source.read_bytes()
    rows = yaml.safe_load(content)["premises"]
    known = [msgspec.convert({**row, **_read_by_letters(row)}, Premise) for row in rows]
    paraphrases = [(index, text) for index, row in enumerate(rows) for text in (row["statement"], *row["paraphrases"])]
    np.savez(
        VECTORS,
        sha256=np.array(hashlib.sha256(content).hexdigest()),
        premises=np.array(msgspec.json.encode(known).decode()),
        owners=np.array([index for index, _ in paraphrases]),
        vectors=retriever.encode([text for _, text in paraphrases]).astype(np.float16),
    )


def _read_by_letters(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what YAML cannot say of a premise: the word of `negated`, and the letters without which no cue matches."""
    groups = dict.fromkeys(tuple(sorted(group)) for cue in row["cues"] for group in needs(cue))
    return {"negated": WRITTEN[row["negated"]], "letters": tuple(groups)}


def represented(questions: Sequence[str], retriever: Retriever) -> tuple[Rows, Rows]:
    """Return the vectors and the features of questions, (n, 384) and (n, features)."""
    known = asked.known_terms(retriever.passages.values())
    vectors = retriever.encode(questions)
    rows = [
        asked.features(question, retriever.search(question, k=EVIDENCE, vector=vector), known)
        for question, vector in zip(questions, vectors, strict=True)
    ]
    return vectors, np.array(rows)


def of_passages(passages: Sequence[Passage]) -> Iterator[tuple[Rows, Rows]]:
    """Yield the same of the questions written for the passages, each as an index that does not hold it finds it."""
    for turn in range(max(len(passage.questions) for passage in passages)):
        asked_for = [passage.questions[turn] for passage in passages if turn < len(passage.questions)]
        others = [
            replace(passage, questions=passage.questions[:turn] + passage.questions[turn + 1 :]) for passage in passages
        ]
        with tempfile.TemporaryDirectory() as cache:
            yield represented(asked_for, open_index(others, cache=Path(cache)))


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


def fitted(vectors: Rows, features: Rows, refused: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the arrays of the kernel head, its border at zero and its sums as logits."""
    mean, scale = standard(features)
    design = np.hstack([vectors * VECTOR_SCALE, standardised(features, mean, scale) * FEATURE_SCALE])
    scores = cross_validated(kernel_machine, design, refused)
    border = border_between(scores, refused)
    report("vector and features", scores, refused)
    slope = float(linear().fit(scores[:, None], refused).coef_[0, 0])
    machine = kernel_machine().fit(design, refused)
    return {
        **in_bytes(design[machine.support_]),
        "weights": (machine.dual_coef_[0] * slope).astype(np.float32),
        "bias": np.float32((machine.intercept_[0] - border) * slope),
        "gamma": np.float32(GAMMA),
        "vector_scale": np.float32(VECTOR_SCALE),
        "feature_scale": np.float32(FEATURE_SCALE),
        "mean": mean,
        "scale": scale,
    }


def in_bytes(support: Rows) -> dict[str, Any]:
    """Return rows as signed bytes, each column in steps of its own; a quarter of single precision's size."""
    step = np.maximum(np.abs(support).max(axis=0), 1e-6) / 127
    return {"support": np.round(support / step).astype(np.int8), "step": step.astype(np.float32)}


def fitted_plain(features: Rows, refused: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the arrays of the head that weighs features alone."""
    mean, scale = standard(features)
    design = standardised(features, mean, scale)
    scores = cross_validated(linear, design, refused)
    report("features alone", scores, refused)
    model = linear().fit(design, refused)
    border = border_between(scores, refused)
    return {"plain": model.coef_[0].astype(np.float32), "plain_bias": np.float32(model.intercept_[0] - border)}


def kernel_machine() -> Any:
    """Return an unfitted kernel machine."""
    from sklearn.svm import SVC

    return SVC(C=STRENGTH, gamma=GAMMA, tol=1e-4)


def linear() -> Any:
    """Return an unfitted logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=PLAIN_STRENGTH, max_iter=5_000, tol=1e-8)


def cross_validated(model: Callable[[], Any], design: Rows, refused: NDArray[np.bool_]) -> Rows:
    """Return the score of each row by a model that did not see its block."""
    folds = blocks(refused)
    scores = np.zeros(len(refused), dtype=np.float32)
    for fold in range(FOLDS):
        out = folds == fold
        scores[out] = model().fit(design[~out], refused[~out]).decision_function(design[out])
    return scores


def standard(features: Rows) -> tuple[Rows, Rows]:
    """Return mean and spread of each feature, the spread 1 where a feature never varies."""
    spread = features.std(axis=0)
    return features.mean(axis=0).astype(np.float32), np.where(spread > 0, spread, 1).astype(np.float32)


def standardised(features: Rows, mean: Rows, scale: Rows) -> Rows:
    """Return features as the head sees them."""
    return np.clip((features - mean) / scale, -4, 4)


def report(name: str, scores: Rows, refused: NDArray[np.bool_]) -> None:
    """Print how well scores tell the refused apart."""
    from sklearn.metrics import roc_auc_score

    caught = (
        f"{(scores[refused] > border_at(scores[~refused], share)).mean():.3f} at {share:.2f} of the answerable"
        for share in (0.03, 0.05)
    )
    print(f"{name:20} AUROC {roc_auc_score(refused, scores):.3f}   unanswerable refused", *caught, sep="   ")
    border = border_between(scores, refused)
    missed, over = (scores[refused] <= border).mean(), (scores[~refused] > border).mean()
    print(f"{'':20} at the border: unanswerable refused {1 - missed:.3f}, answerable refused {over:.3f}")


def border_between(scores: Rows, refused: NDArray[np.bool_]) -> float:
    """Return the logit at which the worse of the two shares, each in units of its goal, is least."""
    borders = np.sort(scores)
    missed = np.searchsorted(np.sort(scores[refused]), borders, side="right") / refused.sum()
    over = 1 - np.searchsorted(np.sort(scores[~refused]), borders, side="right") / (~refused).sum()
    return float(borders[np.argmin(np.maximum(missed / MISSED, over / REFUSED))])


def border_at(answerable: Rows, share: float) -> float:
    """Return the logit that at most `share` of the answerable exceed."""
    allowed = int(len(answerable) * share)
    return float(np.sort(answerable)[::-1][allowed])


if __name__ == "__main__":
    main()

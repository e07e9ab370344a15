"""Retrieval quality on public sets: ours against words alone and vectors alone, as nDCG@10.

    python -m eval.bench.retrieval FOLDER…  [--cache FOLDER] [--weights 0.4,0.5,0.6] [--limit N]

Each FOLDER is in BEIR's layout (corpus.jsonl or corpus.jsonl.gz, queries.jsonl, qrels.tsv). Encodings are kept in the
cache folder, outside the repository, so that a second run takes seconds.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from agent.retrieval import open_index
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.search import DENSE_WEIGHT, fused
from agent.types import Passage

K = 10
Qrels = Mapping[str, Mapping[str, float]]


def read_lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file, compressed or not."""
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    with gzip.open(packed, "rt", encoding="utf-8") if packed.exists() else plain.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def read_passages(folder: Path) -> list[Passage]:
    """Read the corpus, titles as sections, in the order of ids."""
    rows = read_lines(folder, "corpus")
    passages = [Passage(str(row["_id"]), folder.name, row.get("title", ""), row["text"]) for row in rows]
    return sorted(passages, key=lambda passage: passage.id)


def read_qrels(folder: Path) -> Qrels:
    """Read query → passage → gain."""
    qrels: dict[str, dict[str, float]] = defaultdict(dict)
    with (folder / "qrels.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            qrels[row["query-id"]][row["corpus-id"]] = float(row["score"])
    return qrels


def ndcg(ranked: Sequence[str], gains: Mapping[str, float]) -> float:
    """Return nDCG@10 with linear gains, as BEIR computes it."""
    discounts = 1 / np.log2(np.arange(2, K + 2))
    found = np.array([gains.get(id, 0.0) for id in ranked[:K]])
    ideal = np.sort(np.array(list(gains.values())))[::-1][:K]
    return float(found @ discounts[: len(found)] / (ideal @ discounts[: len(ideal)]))


def best(scores: np.ndarray, ids: Sequence[str]) -> list[str]:
    """Return the ids of the ten highest scores, ties by id."""
    return [ids[row] for row in np.argsort(-np.round(scores, 6), kind="stable")[:K]]


def measure(folder: Path, cache: Path, weights: Sequence[float], limit: int | None) -> dict[str, float]:
    """Return the mean nDCG@10 of each way of ranking, and the median milliseconds of a whole search."""
    passages, qrels = read_passages(folder), read_qrels(folder)
    queries = [row for row in read_lines(folder, "queries") if row["_id"] in qrels][:limit]
    retriever = open_index(passages, cache=cache, notify=say, progress=say_progress)
    words = LexicalIndex.in_memory(passages)
    ids = [passage.id for passage in passages]
    vectors = retriever.vectors(ids)
    gained: dict[str, list[float]] = defaultdict(list)
    milliseconds = []
    for query in queries:
        gains, text = qrels[query["_id"]], query["text"]
        started = time.perf_counter()
        found = [evidence.passage.id for evidence in retriever.search(text, k=K)]
        milliseconds.append(1000 * (time.perf_counter() - started))
        cosines, scores = vectors @ retriever.encode([text])[0], words.scores(text)
        gained["ours"].append(ndcg(found, gains))
        gained["words"].append(ndcg(best(scores, ids), gains))
        gained["vectors"].append(ndcg(best(cosines, ids), gains))
        for weight in weights:
            gained[f"fused {weight}"].append(ndcg(best(fused(cosines, scores, weight), ids), gains))
    return {name: float(np.mean(values)) for name, values in gained.items()} | {"ms": float(np.median(milliseconds))}


def say(line: str) -> None:
    """Write chatter to stderr."""
    print(line, file=sys.stderr)


def say_progress(done: int, total: int) -> None:
    """Write progress, one line a thousand passages."""
    if done % 1024 < 32:
        say(f"{done}/{total}")


def main() -> None:
    """Print one line per set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, default=platformdirs.user_cache_path("rung") / "bench")
    parser.add_argument("--weights", default="", help="also measure these dense weights, comma-separated")
    parser.add_argument("--limit", type=int, help="only the first N queries")
    options = parser.parse_args()
    weights = [float(weight) for weight in options.weights.split(",") if weight]
    for folder in options.folders:
        figures = measure(folder, options.cache / folder.name, weights, options.limit)
        shown = " · ".join(f"{name} {value:.3f}" for name, value in figures.items() if name != "ms")
        print(f"{folder.name}: nDCG@10 {shown} · dense weight {DENSE_WEIGHT} · {figures['ms']:.1f} ms a search")


if __name__ == "__main__":
    main()

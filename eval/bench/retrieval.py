"""Retrieval quality on public sets, as nDCG@10: ours, vectors alone, words alone, BM25 by bm25s, LangChain with Chroma.

    python -m eval.bench.retrieval FOLDER…  [--cache FOLDER] [--weights 0.4,0.5,0.6] [--limit N]

Each FOLDER is in BEIR's layout: corpus.jsonl or corpus.jsonl.gz, queries.jsonl, and qrels.tsv or qrels/test.tsv. The
sets are their authors' and do not lie in the repository. SciFact (5,183 abstracts, 300 claims) is one of BEIR's,
github.com/beir-cellar/beir; any other of them will do. Spans (1,726 passages, 472 questions) is Chroma's evaluation of
chunking, github.com/brandonstarxel/chunking_evaluation, its documents cut into passages and a passage relevant where it
overlaps a gold span. Encodings are kept in the user's cache, outside the repository: the first run over 5,000 abstracts
takes ten minutes of one core, a second one half a minute.

All rankings stand on the same vectors and the same text of a passage, its title and its body. LangChain with Chroma is
as its tutorial has it: default index, default distance, ten nearest.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from agent.retrieval import Retriever, open_index
from agent.retrieval.index import embedded_text
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.search import DENSE_WEIGHT, fused
from agent.retrieval.transformer import Floats
from agent.types import Passage
from eval.bench.timing import median, milliseconds
from eval.intervals import bootstrap

K = 10
OURS, DENSE, WORDS = "ours", "vectors alone", "words alone"

Qrels = Mapping[str, Mapping[str, float]]
Ranked = Callable[[str], list[str]]
Gained = dict[str, list[float]]


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
    path = next(path for path in qrels_paths(folder) if path.exists())
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            qrels[row["query-id"]][row["corpus-id"]] = float(row["score"])
    return qrels


def qrels_paths(folder: Path) -> tuple[Path, Path]:
    """Return where the judgements may lie."""
    return folder / "qrels.tsv", folder / "qrels" / "test.tsv"


def missing(folder: Path) -> str:
    """Return why a folder cannot be measured; empty where it can."""
    if not any((folder / name).is_file() for name in ("corpus.jsonl", "corpus.jsonl.gz")):
        return f"no corpus.jsonl in {folder}"
    if not (folder / "queries.jsonl").is_file():
        return f"no queries.jsonl in {folder}"
    return "" if any(path.is_file() for path in qrels_paths(folder)) else f"no qrels.tsv in {folder}"


def ndcg(ranked: Sequence[str], gains: Mapping[str, float]) -> float:
    """Return nDCG@10 with linear gains, as BEIR computes it."""
    discounts = 1 / np.log2(np.arange(2, K + 2))
    found = np.array([gains.get(id, 0.0) for id in ranked[:K]])
    ideal = np.sort(np.array(list(gains.values())))[::-1][:K]
    return float(found @ discounts[: len(found)] / (ideal @ discounts[: len(ideal)]))


def best(scores: np.ndarray, ids: Sequence[str]) -> list[str]:
    """Return the ids of the ten highest scores, ties by id."""
    return [ids[row] for row in np.argsort(-np.round(scores, 6), kind="stable")[:K]]


def measure(folder: Path, cache: Path, weights: Sequence[float], limit: int | None) -> tuple[Gained, float]:
    """Return each way's nDCG@10 by question, and the median milliseconds of a whole search of ours."""
    passages, qrels = read_passages(folder), read_qrels(folder)
    queries = [row for row in read_lines(folder, "queries") if row["_id"] in qrels][:limit]
    retriever = open_index(passages, cache=cache, notify=say, progress=say_progress)
    ways = rankings(passages, retriever, weights)
    gained: Gained = {name: [] for name in ways}
    took = []
    for query in queries:
        took.append(milliseconds(lambda text=query["text"]: retriever.search(text, k=K)))  # type: ignore[misc]
        for name, ranked in ways.items():
            gained[name].append(ndcg(ranked(query["text"]), qrels[query["_id"]]))
    return gained, median(took)


def rankings(passages: Sequence[Passage], retriever: Retriever, weights: Sequence[float]) -> dict[str, Ranked]:
    """Return each way of ranking: a question's ten best passages by id."""
    words = LexicalIndex.in_memory(passages)
    ids = [passage.id for passage in passages]
    vectors = retriever.vectors(ids)

    def dense(text: str) -> np.ndarray:
        return np.asarray(vectors @ retriever.encode([text])[0])

    def weighed(weight: float) -> Ranked:
        return lambda text: best(fused(dense(text), words.scores(text), weight), ids)

    return {
        OURS: lambda text: [evidence.passage.id for evidence in retriever.search(text, k=K)],
        DENSE: lambda text: best(dense(text), ids),
        WORDS: lambda text: best(words.scores(text), ids),
        "bm25s": bm25s_ranking(passages),
        "LangChain + Chroma": langchain_ranking(passages, retriever, vectors),
    } | {f"fused {weight}": weighed(weight) for weight in weights}


def bm25s_ranking(passages: Sequence[Passage]) -> Ranked:
    """Return BM25 by bm25s with its defaults: English stop words, no stemmer."""
    import bm25s

    index = bm25s.BM25()
    texts = [embedded_text(passage) for passage in passages]
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def ranked(text: str) -> list[str]:
        tokens = bm25s.tokenize([text], stopwords="en", show_progress=False)
        rows, _ = index.retrieve(tokens, k=K, show_progress=False)
        return [passages[row].id for row in rows[0]]

    return ranked


def langchain_ranking(passages: Sequence[Passage], retriever: Retriever, vectors: Floats) -> Ranked:
    """Return LangChain's Chroma store with MiniLM, which is given our vectors of the passages to spare the encoding."""
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings

    texts = [embedded_text(passage) for passage in passages]
    known = dict(zip(texts, vectors, strict=True))

    class MiniLM(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [known[text].tolist() for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return list(map(float, retriever.encode([text])[0]))

    metadatas = [{"id": passage.id} for passage in passages]
    store = Chroma.from_texts(texts, MiniLM(), metadatas=metadatas)
    return lambda text: [document.metadata["id"] for document in store.similarity_search(text, k=K)]


def lines(name: str, gained: Gained, took: float) -> Iterator[str]:
    """Yield the table of one set, then ours against the better of words and vectors, pair by pair."""
    means = {way: float(np.mean(values)) for way, values in gained.items()}
    yield f"{name}: nDCG@10 over {len(gained[OURS])} questions; dense weight {DENSE_WEIGHT}; {took:.1f} ms a search"
    for way, mean in means.items():
        yield f"  {way:20} {mean:.3f}"
    rival = max(DENSE, WORDS, key=means.__getitem__)
    differences = np.subtract(gained[OURS], gained[rival])
    low, high = bootstrap(list(differences), [1.0] * len(differences))
    verdict = "ok" if means[OURS] >= means[rival] else "BELOW"
    yield f"  ours − {rival}, the better: {differences.mean():+.3f} ({low:+.3f} to {high:+.3f}, 95%): {verdict}"


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
        reason = missing(folder)
        if reason:
            print(f"{folder.name}: skipped: {reason}")
            continue
        for line in lines(folder.name, *measure(folder, options.cache / folder.name, weights, options.limit)):
            print(line, flush=True)


if __name__ == "__main__":
    main()

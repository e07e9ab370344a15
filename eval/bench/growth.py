"""What happens as the corpus grows: generated passages, so that no day of encoding is needed.

    python -m eval.bench.growth [--sizes 2000,100000] [--rounds N] [--seconds N]

The vectors are those of our own notes, each with noise of its own, unit length; the texts are sixty words drawn by how
often the notes use them. So the figures say how time, memory and disk grow, not how good an answer is. Each size is
built in one process and asked in another, whose peak memory is its own. An answer here is from the question to its
ranked passages: encoding, vectors, words, fusion. Memory holds the passages' texts, as in the product. Chroma is not
part of it: what is asked is the snapshot that indexing writes.

Up to 200,000 passages vectors are searched exactly, beyond by their signs and an exact look at what may rank: the share
of the ten that exact search over every vector finds is printed. Of words a large corpus leaves out those that stand in
over 2% of it. How many of the ten stay the same with every word looked up is printed too; generated texts, which share
the few thousand words of the notes, show the worst of it.

Memory is what the asking process holds at its peak, and of that apart what are pages of mapped files, which the system
takes back when it needs them: the encoder's weights, small vectors, the signs of many. Rows that are read from a file
are in neither figure but for their copies; they come from the disk where the system's cache has no room for the file.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from msgspec import Struct

from agent.corpus.notes import load_passages
from agent.resources import data_dir
from agent.retrieval import lexical, snapshot
from agent.retrieval.encoder import QueryEncoder
from agent.retrieval.index import embedded_text, planned
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.search import Retriever
from agent.types import Passage
from eval.bench.timing import ROUNDS, Ratio, median, milliseconds, percentile
from eval.cases import load_questions

SIZES = (2_000, 100_000)
TEXTS = "texts.txt"
WORDS = 60
NOISE = 0.04
"""Standard deviation a component: copies of a note have a cosine of about 0.8 with it."""
CHUNK = 50_000
K = 10
MIB = 1 << 20
LIMITS = {100_000: 3.0, 1_000_000: 15.0}
LARGEST_MIB = 1_536
LEAST_RECALL = 0.99
STATUS = Path("/proc/self/status")
SECONDS = 1_800
UNASKED = "elsewhere"
"""Warms up without looking up a word of the questions."""


class Grown(Struct):
    """What one size took."""

    size: int
    build_seconds: float
    disk_mib: float
    p50: float
    p95: float
    mib: float
    mapped_mib: float
    """Of these, pages of mapped files; 0 where the system does not tell."""
    recall: float
    """Share of the ten best by exact search over every vector that are found."""
    same: float
    """Share of the ten best that stay the same with every word of the question looked up."""


def measure(*, rounds: int = ROUNDS, sizes: Sequence[int] = SIZES, seconds: float = SECONDS) -> Iterator[str]:
    """Yield a line a size, then the ratio of each to the first."""
    grown: list[Grown] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            try:
                grown.append(grow(Path(folder), size, rounds, seconds))
            except subprocess.TimeoutExpired:
                yield f"{size:,}: not done in {seconds:g} s"
                return
        yield from lines(grown[-1], grown[0])


def lines(now: Grown, first: Grown) -> Iterator[str]:
    """Yield what one size took and how it compares with the first."""
    limit = LIMITS.get(now.size)
    yield Ratio(f"answer over {now.size:,}, p50", f"over {first.size:,}", now.p50, first.p50, "ms", limit).line
    large = f", at most {LARGEST_MIB}: {'ok' if now.mib <= LARGEST_MIB else 'ABOVE'}" if now.size >= 1_000_000 else ""
    true = "ok" if now.recall >= LEAST_RECALL else "BELOW"
    yield (
        f"{'':34} p95 {now.p95:.1f} ms; {now.recall:.3f} of the exact ten, at least {LEAST_RECALL}: {true},"
        f" {now.same:.2f} of the ten with every word"
    )
    yield (
        f"{'':34} {now.mib:.0f} MiB, {now.mapped_mib:.0f} of them mapped files{large};"
        f" {now.disk_mib:.0f} MiB on disk; built in {now.build_seconds:.1f} s, encoding apart"
    )


def grow(folder: Path, size: int, rounds: int, seconds: float) -> Grown:
    """Build one size and ask it, each in a process of its own."""
    module = [sys.executable, "-m", "eval.bench.growth", "--folder", str(folder), "--size", str(size)]
    started = time.perf_counter()
    subprocess.run([*module, "--do", "build"], check=True, timeout=seconds)
    built = time.perf_counter() - started
    disk = sum(path.stat().st_size for path in folder.iterdir()) / MIB
    asked = [*module, "--do", "ask", "--rounds", str(rounds)]
    done = subprocess.run(asked, check=True, capture_output=True, timeout=seconds)
    return Grown(size=size, build_seconds=built, disk_mib=disk, **json.loads(done.stdout))


def build(folder: Path, size: int) -> None:
    """Write generated vectors and words as a snapshot holds them."""
    notes = load_passages(data_dir("corpus"))
    random = np.random.default_rng(0)
    base = QueryEncoder().encode([embedded_text(note) for note in notes])
    vectors = np.lib.format.open_memmap(folder / snapshot.VECTORS, "w+", np.float32, (size, base.shape[1]))
    for start in range(0, size, CHUNK):
        stop = min(size, start + CHUNK)
        part = base[random.integers(0, len(base), stop - start)]
        part = part + random.normal(0, NOISE, part.shape).astype(np.float32)
        vectors[start:stop] = part / np.linalg.norm(part, axis=1, keepdims=True)
    snapshot.write_signs(folder, vectors)
    (folder / TEXTS).write_text("\n".join(texts(notes, size, random)), encoding="utf-8")
    lexical.write(folder / snapshot.WORDS, read_passages(folder))


def texts(notes: Sequence[Passage], size: int, random: np.random.Generator) -> Iterator[str]:
    """Yield texts of the notes' own words, as frequent as there."""
    counts = Counter(word for note in notes for word in lexical.words(note.text))
    words = np.array(list(counts))
    chances = np.array(list(counts.values()), dtype=float)
    for start in range(0, size, CHUNK):
        drawn = random.choice(words, (min(size, start + CHUNK) - start, WORDS), p=chances / chances.sum())
        yield from (" ".join(row) for row in drawn)


def read_passages(folder: Path) -> list[Passage]:
    """Return the generated passages in the order of their ids."""
    with (folder / TEXTS).open(encoding="utf-8") as file:
        return [Passage(f"generated#{row:07}", "generated", "", line.rstrip("\n")) for row, line in enumerate(file)]


def ask(folder: Path, size: int, rounds: int) -> dict[str, float]:
    """Ask every question and return the times, the peak memory and the shares that stay."""
    passages = planned(read_passages(folder), QueryEncoder()).passages  # opening an index takes memory too
    vectors, encoder = snapshot.open_vectors(folder, size), QueryEncoder()
    questions = [case.text for case in load_questions().cases]
    took: list[float] = []
    for _ in range(rounds):
        # Opened anew, so that no round profits from the words that the one before it looked up.
        words = LexicalIndex.open(folder / snapshot.WORDS, size)
        retriever = Retriever(passages, vectors, words, encoder)
        retriever.search(UNASKED, k=K)
        took += [milliseconds(partial(retriever.search, text, k=K)) for text in questions]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (MIB if sys.platform == "darwin" else 1024)
    mapped = mapped_mib()
    found = [ten(retriever, text) for text in questions]
    whole = Retriever(passages, np.load(folder / snapshot.VECTORS), words, QueryEncoder())
    recall = shared(found, [ten(whole, text) for text in questions])
    lexical.COMMON = 1.0  # from here on every word counts; this process ends with the figure
    same = shared(found, [ten(whole, text) for text in questions])
    times = {"p50": median(took), "p95": percentile(took, 0.95)}
    return {**times, "mib": peak, "mapped_mib": mapped, "recall": recall, "same": same}


def mapped_mib() -> float:
    """Return how much of this process's memory is pages of files."""
    lines = STATUS.read_text(encoding="utf-8").splitlines() if STATUS.exists() else []
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssFile:"))


def shared(found: Sequence[set[str]], true: Sequence[set[str]]) -> float:
    """Return the mean share of the true ten that are found."""
    return float(np.mean([len(one & other) / K for one, other in zip(found, true, strict=True)]))


def ten(retriever: Retriever, text: str) -> set[str]:
    """Return the ids of the ten best."""
    return {evidence.passage.id for evidence in retriever.search(text, k=K)}


def main() -> None:
    """Print the growth; `--do` is for the processes that it starts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="comma-separated")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="give up a size after this long")
    for name in ("--do", "--folder", "--size"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do == "build":
        build(Path(options.folder), int(options.size))
    elif options.do == "ask":
        print(json.dumps(ask(Path(options.folder), int(options.size), options.rounds)))
    else:
        sizes = [int(size) for size in options.sizes.split(",")]
        for line in measure(rounds=options.rounds, sizes=sizes, seconds=options.seconds):
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()

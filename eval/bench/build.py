"""The first build of the index beside the bare encoding of its passages, what a second encodes, whether two agree.

Chroma is loaded by the round that does not count. Two builds and two thread counts are compared by the ranked lists of
every written question, each built in a process and a cache of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from agent.corpus.notes import load_passages
from agent.resources import data_dir
from agent.retrieval import open_index
from agent.retrieval.bulk import encode_passages
from agent.retrieval.encoder import QueryEncoder
from agent.retrieval.index import embedded_text
from agent.types import Passage
from eval.bench.timing import ROUNDS, Ratio, median, milliseconds
from eval.cases import load_questions, load_written

TIMES_ENCODING = 1.15
K = 10
RANKED = """
import json, sys
from pathlib import Path
from eval.bench.build import ranked_lists
json.dump(ranked_lists(Path(sys.argv[1])), sys.stdout)
"""


def measure(*, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield the lines."""
    passages = load_passages(data_dir("corpus"))
    with tempfile.TemporaryDirectory() as folder:
        yield first_build(passages, Path(folder), rounds)
        yield second_build(passages, Path(folder) / "again")
        yield agreement(Path(folder))


def first_build(passages: Sequence[Passage], folder: Path, rounds: int) -> str:
    """Time builds from nothing against encoding alone, turn about."""
    texts = [embedded_text(passage) for passage in passages]
    encoder = QueryEncoder()
    places = count()
    open_index(passages[:8], cache=folder / "warm"), encode_passages(texts[:8], encoder)
    built: list[float] = []
    encoded: list[float] = []
    for _ in range(rounds):
        place = folder / str(next(places))
        built.append(milliseconds(lambda place=place: open_index(passages, cache=place)))  # type: ignore[misc]
        encoded.append(milliseconds(lambda: encode_passages(texts, encoder)))
    what = f"first build, {len(passages)} passages"
    return Ratio(what, "encoding them bare", median(built), median(encoded), "ms", TIMES_ENCODING).line


def second_build(passages: Sequence[Passage], cache: Path) -> str:
    """Count the encodings of a build, of one with nothing changed, and of one with one passage changed."""
    one = passages[0]
    changed = [Passage(one.id, one.source, one.section, f"{one.text} And one more word."), *passages[1:]]
    encoded = [encodings(passages, cache), encodings(passages, cache), encodings(changed, cache)]
    verdict = "ok" if encoded[1] == 0 else "ABOVE"
    return f"encodings: first build {encoded[0]}, nothing changed {encoded[1]} ({verdict}), one changed {encoded[2]}"


def encodings(passages: Sequence[Passage], cache: Path) -> int:
    """Return how many passages a build encodes."""
    totals = [0]
    open_index(passages, cache=cache, progress=lambda done, total: totals.append(total))
    return max(totals)


def agreement(folder: Path) -> str:
    """Compare the ranked lists of two builds, and of one and two threads."""
    first, second, threaded = (ranked_apart(folder / f"built-{n}", threads) for n, threads in enumerate((1, 1, 2)))
    differ = [sum(one != other for one, other in zip(first, lists, strict=True)) for lists in (second, threaded)]
    verdict = "ok" if differ == [0, 0] else "ABOVE"
    return f"of {len(first)} ranked lists differ: {differ[0]} between two builds, {differ[1]} on two threads: {verdict}"


def ranked_apart(cache: Path, threads: int) -> list[list[object]]:
    """Build and rank in a process of its own with so many threads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    command = [sys.executable, "-c", RANKED, str(cache)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return list(json.loads(done.stdout))


def ranked_lists(cache: Path) -> list[list[tuple[str, float]]]:
    """Return the ten best passages with their scores for every question."""
    retriever = open_index(load_passages(data_dir("corpus")), cache=cache)
    written = load_written()
    questions = [case.text for case in (*load_questions().cases, *written.covered.cases)]
    return [[(found.passage.id, found.score) for found in retriever.search(text, k=K)] for text in questions]

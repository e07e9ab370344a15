"""A first answer from nothing: time of `rung ask` beside importing Chroma, memory beside loading MiniLM."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from eval.bench.timing import ROUNDS, Child, Ratio, in_turn, median, run_child

QUESTION = "How many labelled examples do we need before fine-tuning is worth it?"
ASK = [sys.executable, "-m", "agent.entrypoints.cli", "ask", QUESTION]
CHECK = [sys.executable, "-m", "agent.entrypoints.cli", "--help"]
NOTHING = [sys.executable, "-c", "pass"]
CHROMA = [sys.executable, "-c", "import chromadb"]
MINILM = [
    sys.executable,
    "-c",
    "from sentence_transformers import SentenceTransformer\n"
    "from agent.retrieval.encoder import model_folder\n"
    "SentenceTransformer(str(model_folder()), device='cpu').encode(['x'])",
]
TIMES_CHROMA = 1.5
TIMES_MEMORY = 0.5
TIMES_PYTHON = 6.0


def measure(*, rounds: int = ROUNDS) -> Iterator[Ratio]:
    """Yield wall time, CPU time and peak memory; the index is built by the round that does not count."""
    asked, imported = in_turn(lambda: run_child(ASK), lambda: run_child(CHROMA), rounds=rounds)
    yield _ratio("cold `rung ask`, wall", "import chromadb", asked, imported, "seconds", TIMES_CHROMA)
    yield _ratio("cold `rung ask`, CPU", "import chromadb", asked, imported, "cpu_seconds", None)
    yield _ratio("cold `rung ask`, peak memory", "import chromadb", asked, imported, "mib", None)
    helped, nothing = in_turn(lambda: run_child(CHECK), lambda: run_child(NOTHING), rounds=rounds)
    yield _ratio("cold `rung --help`, wall", "python -c pass", helped, nothing, "seconds", TIMES_PYTHON)
    # Memory does not depend on the machine's mood: one round is enough for what takes ten seconds.
    loaded = [run_child(MINILM)]
    yield _ratio("`rung ask`, peak memory", "loading MiniLM", asked, loaded, "mib", TIMES_MEMORY)


def _ratio(what: str, than: str, one: list[Child], other: list[Child], field: str, limit: float | None) -> Ratio:
    value, base = (median([getattr(child, field) for child in children]) for children in (one, other))
    return Ratio(what, than, value, base, "MiB" if field == "mib" else "s", limit)

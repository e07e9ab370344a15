"""A first answer from nothing: time of `rung ask` beside importing Chroma, memory beside loading MiniLM, what it loads.

The package's bytecode is compiled first, as pip does on installing: an editable install with PYTHONDONTWRITEBYTECODE
set would compile all modules at every start.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import agent
from eval.bench.timing import ROUNDS, Child, Ratio, in_turn, median, run_child

QUESTION = "How many labelled examples do we need before fine-tuning is worth it?"
RUNG = [sys.executable, "-c", "import sys; from agent.entrypoints.cli import main; sys.exit(main())"]
"""As the installed command starts; `python -m` would load `runpy` first."""
ASK = [*RUNG, "ask", QUESTION]
HELP = [*RUNG, "--help"]
CHECK = [*RUNG, "check"]
CASE = "facts:\n  knowledge_gap: true\n  evals_exist: true\n  labelled_examples: 200\n"
NOTHING = [sys.executable, "-c", "pass"]
CHROMA = [sys.executable, "-c", "import chromadb"]
MINILM = [
    sys.executable,
    "-c",
    "from sentence_transformers import SentenceTransformer\n"
    "from agent.retrieval.transformer import model_folder\n"
    "SentenceTransformer(str(model_folder()), device='cpu').encode(['x'])",
]
NOT_LOADED = (
    "torch",
    "transformers",
    "sentence_transformers",
    "sklearn",
    "scipy",
    "chromadb",
    "langchain",
    "langchain_core",
    "openai",
    "pydantic",
)
LOADED = f"""
import sys
from agent.entrypoints import cli
sys.argv = ["rung", "ask", {QUESTION!r}]
try:
    cli.main()
except SystemExit:
    pass
print(*[name for name in {NOT_LOADED!r} if name in sys.modules], file=sys.stderr)
"""
TIMES_CHROMA = 0.5
TIMES_MEMORY = 0.5
LARGEST_MIB = 220
TIMES_PYTHON = 6.0


def measure(*, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield wall time, CPU time and peak memory; the index is built by the round that does not count."""
    compileall.compile_dir(str(Path(agent.__file__).parent), quiet=1)
    asked, imported = in_turn(lambda: run_child(ASK), lambda: run_child(CHROMA), rounds=rounds)
    yield _ratio("cold `rung ask`, wall", "import chromadb", asked, imported, "seconds", TIMES_CHROMA)
    yield _ratio("cold `rung ask`, CPU", "import chromadb", asked, imported, "cpu_seconds", None)
    helped, nothing = in_turn(lambda: run_child(HELP), lambda: run_child(NOTHING), rounds=rounds)
    yield _ratio("cold `rung --help`, wall", "python -c pass", helped, nothing, "seconds", TIMES_PYTHON)
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case.yaml"
        case.write_text(CASE, encoding="utf-8")
        checked, nothing = in_turn(
            lambda: run_child([*CHECK, str(case)], allowed=(0, 4)), lambda: run_child(NOTHING), rounds=rounds
        )
    yield _ratio("cold `rung check`, wall", "python -c pass", checked, nothing, "seconds", TIMES_PYTHON)
    # Memory does not depend on the machine's mood: one round is enough for what takes ten seconds.
    loaded = [run_child(MINILM)]
    yield _ratio("`rung ask`, peak memory", "loading MiniLM", asked, loaded, "mib", TIMES_MEMORY)
    peak = max(child.mib for child in asked)
    yield f"{'':34} {peak:.0f} MiB, at most {LARGEST_MIB}: {'ok' if peak <= LARGEST_MIB else 'ABOVE'}"
    yield f"loaded by `rung ask` of {', '.join(NOT_LOADED)}: {loaded_by_ask() or 'none'}"


def loaded_by_ask() -> str:
    """Return which of the modules that asking must do without are loaded all the same."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    return done.stderr.strip().splitlines()[-1].strip() if done.stderr.strip() else ""


def _ratio(what: str, than: str, one: list[Child], other: list[Child], field: str, limit: float | None) -> str:
    value, base = (median([getattr(child, field) for child in children]) for children in (one, other))
    return Ratio(what, than, value, base, "MiB" if field == "mib" else "s", limit).line

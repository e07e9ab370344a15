"""What a question loads on a built index: numpy and the tokenizer, and neither torch nor Chroma."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("edge")

BARRED = {"torch", "transformers", "sentence_transformers", "sklearn", "scipy", "chromadb", "langchain", "openai"}
BARRED |= {"pydantic", "httpx", "onnxruntime", "rich", "trafilatura", "pypdf"}
WATCHED = """
import sys
from agent.entrypoints.cli import run
code = run(sys.argv[1:])
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize("command", ["ask", "search", "facts"])
def test_a_question_on_a_built_index_loads_no_framework(indexed: Any, command: str) -> None:
    """The first answer must come at once: importing torch alone takes longer than all the rest."""
    text = "Docs change weekly and we have 300 examples, should we fine-tune?"
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, command, text],
        capture_output=True,
        text=True,
        env=indexed.environment(),
        cwd=indexed.folder,
        timeout=120,
        check=True,
    )
    loaded = set(done.stderr.splitlines()[-1].removeprefix("loaded: ").split())
    assert "numpy" in loaded
    assert not loaded & BARRED

"""What loads when: help at once, the rules without numpy; nothing on import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = {"numpy", "chromadb", "torch", "transformers", "sentence_transformers", "sklearn", "scipy", "pydantic"}
SLOW |= {"langchain", "openai", "trafilatura", "pypdf", "tokenizers", "httpx", "onnxruntime"}
CASE = "facts: {labelled_examples: 300, evals_exist: true}\n"

WATCHED = """
import sys
from agent.entrypoints.cli import run
code = run(sys.argv[1:])
print("loaded:", *sorted({PART for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""


def loaded(folder: Path, *arguments: str, part: str = 'name.partition(".")[0]') -> set[str]:
    """Run a command in a fresh interpreter and return the packages it loaded; with `part="name"`, the modules."""
    environment = {**os.environ, "RUNG_HOME": str(folder / "home"), "RUNG_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.replace("PART", part), *arguments],
        input=CASE,
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 3, 4), done.stderr
    return set(done.stderr.splitlines()[-1].removeprefix("loaded: ").split())


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_hardly_anything(tmp_path: Path, arguments: list[str]) -> None:
    """Not even what the values are made of."""
    assert not loaded(tmp_path, *arguments) & (SLOW | {"rich", "yaml", "msgspec", "rapidfuzz"})


@pytest.mark.parametrize(
    "arguments", [["check", "-"], ["rules", "list"], ["corpus", "list"], ["facts", "--list"]], ids=" ".join
)
def test_rules_and_sources_load_nothing_slow(tmp_path: Path, arguments: list[str]) -> None:
    """Deciding is pure and light; rendering is for terminals only."""
    assert not loaded(tmp_path, *arguments) & (SLOW | {"rich"})


NOT_FOR_A_CHECK = {
    "agent.rules.loader", "agent.rules.yaml_lines", "agent.corpus.manifest", "agent.corpus.documents",
    "agent.corpus.originals", "agent.intake.reading", "agent.intake.catalogue_file", "agent.advisor", "agent.grounding",
    "rapidfuzz", "typing_extensions", "inspect", "array", "socket", "threading", "difflib", "importlib.metadata",
    "email",
}  # fmt: skip


def test_a_check_on_a_kept_book_loads_only_what_decides(tmp_path: Path) -> None:
    """The second time, neither the readers of rules and notes nor what they bring are loaded."""
    loaded(tmp_path, "check", "-")
    modules = loaded(tmp_path, "check", "-", part="name")
    assert "agent.rules.shelf" in modules
    assert not modules & NOT_FOR_A_CHECK


def test_importing_the_package_touches_nothing() -> None:
    """`import agent` and every room of it opens no data file and no socket, and loads nothing heavy."""
    code = """
import os, sys, pkgutil, importlib
import numpy, yaml, msgspec, rapidfuzz, tokenizers
opened = []
def watch(event, arguments):
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
        opened.append(str(arguments[0]))
    if event.startswith("socket."):
        opened.append(event)
sys.addaudithook(watch)
import agent
for module in pkgutil.walk_packages(agent.__path__, "agent."):
    importlib.import_module(module.name)
print([name for name in opened if any(part in name for part in ("corpus", "data/", "prompts", "socket"))])
print(sorted({"torch", "chromadb", "sentence_transformers", "sklearn", "trafilatura", "pypdf"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]

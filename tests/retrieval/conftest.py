"""A small corpus, and processes of their own for what only a fresh interpreter shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.types import Passage

ROOT = Path(__file__).resolve().parents[2]

NOTES = {
    "tune#examples": ("Data", "Tuning pays only with several thousand labelled examples of good quality."),
    "tune#skill": ("Team", "Somebody must own training runs, drift and upkeep for years."),
    "tune#cost": ("Cost", "At millions of requests a day a small tuned model is cheaper than long prompts."),
    "context#change": ("Freshness", "When documents change every week, retrieve them; weights go stale."),
    "context#audit": ("Audit", "Regulated teams prefer retrieval, because each answer can show its source."),
    "context#window": ("Limits", "A long context window is no reason to send everything."),
    "prompt#format": ("Format", "Constrained decoding gives valid JSON without any training."),
    "prompt#shots": ("Examples", "Three to five worked examples in the prompt settle most questions of style."),
    "prompt#first": ("Order", "Start with a better prompt and measure before anything else."),
}


@pytest.fixture
def passages() -> list[Passage]:
    """Nine notes of three sources."""
    return [Passage(id, id.split("#")[0], section, text) for id, (section, text) in NOTES.items()]


@pytest.fixture
def started(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a fresh Python on a piece of code, with the small corpus as `passages` and `sys.argv[1:]` as given."""
    setup = f"NOTES = {NOTES!r}\n" + (
        "import sys, json, pathlib\n"
        "from agent.types import Passage\n"
        "passages = [Passage(id, id.split('#')[0], section, text) for id, (section, text) in NOTES.items()]\n"
    )

    def start(code: str, *arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", setup + code, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start

"""A small corpus of one invented source, and the place of the real originals."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.corpus.library import Library

HERE = Path(__file__).parent


@pytest.fixture
def corpus_dir(tmp_path: Path) -> Path:
    """Return a corpus folder with one source, its notes, furniture and anchors, free to change."""
    return Path(shutil.copytree(HERE / "ferries", tmp_path / "corpus"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the user's folder, which does not exist yet."""
    return tmp_path / "home"


@pytest.fixture
def library(corpus_dir: Path, home: Path) -> Library:
    """Return the library before anything was attached or added."""
    return Library.open(corpus_dir, home)


@pytest.fixture(scope="session")
def articles() -> Path:
    """Return the folder of the real originals, which stands beside the repository or not at all."""
    folder = HERE.parents[1].parent / "shared" / "articles"
    if not folder.is_dir():
        pytest.skip(f"the originals are not here: {folder} is absent")
    return folder

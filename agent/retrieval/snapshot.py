"""One finished index as files: vectors, words and a table of contents, checked before they are trusted.

Owns the format. A snapshot is written once, inside a folder that nobody reads yet, and never changed afterwards; asking
needs neither Chroma nor torch for it. Leaves choosing, locking and replacing folders to `index`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agent.retrieval import lexical
from agent.retrieval.encoder import Floats
from agent.retrieval.lexical import LexicalIndex
from agent.types import Passage

VECTORS = "vectors.npy"
WORDS = "words.sqlite"
CONTENTS = "contents.json"
CHROMA = "chroma"
CHROMA_FILE = "chroma.sqlite3"


class Damaged(Exception):
    """The folder does not hold what its table of contents says; never leaves this room."""


def write(folder: Path, passages: Sequence[Passage], keys: Sequence[str], vectors: Floats, model: str) -> None:
    """Write the snapshot of `passages`; the table of contents comes last."""
    np.save(folder / VECTORS, np.ascontiguousarray(vectors, dtype=np.float32))
    lexical.write(folder / WORDS, passages)
    contents = {
        "model": model,
        "keys": list(keys),
        "files": {name: digest(folder / name) for name in (VECTORS, WORDS)},
        "chroma": (folder / CHROMA / CHROMA_FILE).stat().st_size,
    }
    (folder / CONTENTS).write_text(json.dumps(contents), encoding="utf-8")


def load(folder: Path) -> tuple[Floats, LexicalIndex]:
    """Open a snapshot, its vectors memory-mapped; raises Damaged."""
    contents = checked_contents(folder)
    try:
        vectors = np.load(folder / VECTORS, mmap_mode="r")
        words = LexicalIndex.open(folder / WORDS, len(vectors))
    except (OSError, ValueError, sqlite3.Error) as error:
        raise Damaged(str(error)) from error
    if vectors.ndim != 2 or len(vectors) != len(contents["keys"]):
        raise Damaged(f"{VECTORS} has the wrong shape")
    return np.asarray(vectors), words


def load_vectors(folder: Path, model: str) -> dict[str, Floats]:
    """Return the vectors of a snapshot by key; none where it is damaged or of another model."""
    try:
        contents = checked_contents(folder)
        if contents["model"] != model:
            return {}
        vectors = np.load(folder / VECTORS, mmap_mode="r")
        return dict(zip(contents["keys"], vectors, strict=True))
    except (Damaged, OSError, ValueError):
        return {}


def checked_contents(folder: Path) -> dict[str, Any]:
    """Return the table of contents once every file agrees with it; raises Damaged."""
    try:
        contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        files, chroma, keys, model = (contents[part] for part in ("files", "chroma", "keys", "model"))
        for name in (VECTORS, WORDS):
            if digest(folder / name) != files[name]:
                raise Damaged(f"{name} has changed")
        if (folder / CHROMA / CHROMA_FILE).stat().st_size < chroma:
            raise Damaged(f"{CHROMA_FILE} is cut short")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{type(error).__name__}: {error}") from error
    return {"keys": keys, "model": model}


def digest(path: Path) -> str:
    """Return the sha256 of a file: 1 ms for 1,000 passages."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

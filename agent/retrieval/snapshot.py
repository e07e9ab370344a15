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

from agent.retrieval import lexical, sketch
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.sketch import SketchedVectors, Vectors
from agent.retrieval.transformer import Floats
from agent.types import Passage

VECTORS = "vectors.npy"
SIGNS = "signs.npy"
"""Only beside more vectors than are searched whole."""
WORDS = "words.sqlite"
CONTENTS = "contents.json"
CHROMA = "chroma"
CHROMA_FILE = "chroma.sqlite3"


class Damaged(Exception):
    """The folder does not hold what its table of contents says; never leaves this room."""


def write(folder: Path, passages: Sequence[Passage], keys: Sequence[str], vectors: Floats, model: str) -> None:
    """Write the snapshot of `passages`; the table of contents comes last."""
    np.save(folder / VECTORS, np.ascontiguousarray(vectors, dtype=np.float32))
    write_signs(folder, vectors)
    lexical.write(folder / WORDS, passages)
    contents = {
        "model": model,
        "keys": list(keys),
        "files": {name: digest(folder / name) for name in files_of(len(keys))},
        "chroma": (folder / CHROMA / CHROMA_FILE).stat().st_size,
    }
    (folder / CONTENTS).write_text(json.dumps(contents), encoding="utf-8")


def write_signs(folder: Path, vectors: Floats) -> None:
    """Write the signs of (n, dimension) vectors, where they are many."""
    if SIGNS in files_of(len(vectors)):
        np.save(folder / SIGNS, sketch.sketched(vectors))


def files_of(size: int) -> tuple[str, ...]:
    """Name the files that asking reads of an index of `size` passages."""
    return (VECTORS, WORDS) if size <= sketch.WHOLE_AT_MOST else (VECTORS, SIGNS, WORDS)


def load(folder: Path) -> tuple[Vectors, LexicalIndex]:
    """Open a snapshot, its vectors memory-mapped or sketched; raises Damaged."""
    contents = checked_contents(folder)
    try:
        vectors = open_vectors(folder, len(contents["keys"]))
        words = LexicalIndex.open(folder / WORDS, len(vectors))
    except (OSError, ValueError, sqlite3.Error) as error:
        raise Damaged(str(error)) from error
    if len(vectors.shape) != 2 or len(vectors) != len(contents["keys"]):
        raise Damaged(f"{VECTORS} has the wrong shape")
    return vectors, words


def open_vectors(folder: Path, size: int) -> Vectors:
    """Open the vectors of an index of `size` passages."""
    if SIGNS in files_of(size):
        return SketchedVectors(folder / VECTORS, np.asarray(np.load(folder / SIGNS, mmap_mode="r")))
    return np.asarray(np.load(folder / VECTORS, mmap_mode="r"))


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
        for name in files_of(len(keys)):
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

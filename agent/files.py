"""Puts a file in place in one step: whoever reads it meets the old one or the new one, never half of it."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, is_lasting: bool = False) -> None:
    """Write a file and the folders above it; OSError leaves the old one. A lasting one waits until the disk has it."""
    import tempfile  # here, for a quick start: most commands write nothing

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if is_lasting:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

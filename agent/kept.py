"""Keeps what was made of data files in the cache folder, so that the next process need not make it again.

Owns the files below `read/`. Each is named by a sum over everything its content depends on, the code that makes it
among it, so that an edited file or an edited program never meets an old result; nothing is ever brought up to date. The
content is MessagePack, decoded into the expected type, behind a sum of its own. Whatever goes wrong is silent: the
folder may be missing, full, read-only or damaged, and then things are made anew, as they are without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from agent.files import write_whole

FOLDER = "read"
KEPT = 8
"""Files kept of one kind: a few states of the rules, each with and without a team's own."""
_SUM = hashlib.sha256().digest_size

Made = TypeVar("Made")


def sum_of(files: Iterable[Path], *words: str) -> str:
    """Return the sum over the names and bytes of files, and over words; OSError where a file cannot be read."""
    found = hashlib.sha256()
    for part in (*words, *(part for path in files for part in (path.name, path.read_bytes()))):
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(len(raw).to_bytes(8, "big") + raw)
    return found.hexdigest()


def kept(cache: Path, kind: str, depends: Callable[[], str], form: type[Made], make: Callable[[], Made]) -> Made:
    """Return what is kept of this kind for the present sum, or make it and keep it; `make` alone may raise."""
    before = _tried_sum(depends)
    path = file_of(cache, kind, before)
    found = read_kept(path, form) if before else None
    if found is not None:
        return found
    made = make()
    # A file edited while it was read would leave what was made of the old words under the name of the new ones.
    if before and _tried_sum(depends) == before:
        write_kept(path, made)
    return made


def file_of(cache: Path, kind: str, sum_: str) -> Path:
    """Return where what is kept of a kind stands, for one state of all it depends on."""
    return cache / FOLDER / f"{kind}-{sum_}.msgpack"


def _tried_sum(depends: Callable[[], str]) -> str:
    try:
        return depends()
    except OSError:
        return ""


def read_kept(path: Path, form: type[Made]) -> Made | None:
    """Return what a file keeps; None where it is missing, damaged or of another form."""
    try:
        raw = path.read_bytes()
        if raw[:_SUM] != _checksum(path, raw[_SUM:]):
            return None
        return msgspec.msgpack.decode(raw[_SUM:], type=form)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return None


def write_kept(path: Path, made: object) -> None:
    """Keep it, in the place of the oldest of its kind where there are many; without a word where that cannot be."""
    with suppress(OSError):
        content = msgspec.msgpack.encode(made)
        write_whole(path, _checksum(path, content) + content)
        _sweep(path.parent, path.name.rpartition("-")[0])


def _checksum(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + content).digest()


def _sweep(folder: Path, kind: str) -> None:
    """Drop the oldest files of a kind."""
    files = sorted(folder.glob(f"{kind}-*.msgpack"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[KEPT:]:
        path.unlink(missing_ok=True)

"""Keeps what a user attached and added as one JSON file each, under one folder: atomic writes, one writer at a time.

Owns the folder's layout and records; what goes into them is `library`'s. Nothing is created before the first write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from agent.corpus.notes import SLUG
from agent.errors import RungError, SettingsError, UsageError
from agent.expressions import expression
from agent.files import write_whole
from agent.types import Passage

LOCK_TIMEOUT_SECONDS = 60.0
Kind = Literal["text", "markdown", "html", "pdf"]
RecordKind = Literal["documents", "originals"]

_NAME = expression(rf"(?=.{{1,80}}\Z){SLUG.pattern}")
RecordType = TypeVar("RecordType", bound=Struct)


class Document(Struct, frozen=True):
    """An added document: where it came from, and its passages, which hold its text."""

    id: str
    title: str
    kind: Kind
    origin: str
    """The file's absolute path, or the address."""
    sha256: str
    """Of the document's bytes as read."""
    passages: tuple[Passage, ...]
    size: int = 0
    modified_ns: int = 0
    """The file's size and time when it was read, to notice edits cheaply; 0 for an address."""

    def is_whole(self, name: str) -> bool:
        """Whether the record is its file's own, and its passages are."""
        return self.id == name and all(
            passage.source == name and passage.id.startswith(f"{name}#") for passage in self.passages
        )


class Label(Struct, frozen=True):
    """The part of a document that tells whose record it is; reads in a fraction of the time."""

    id: str
    origin: str
    size: int = 0
    modified_ns: int = 0


class Original(Struct, frozen=True):
    """A user's own copy of a source's original."""

    source: str
    file: str
    sha256: str
    """Of the copy's bytes; differs from the card's where the copy does."""
    text: str
    spans: dict[str, tuple[int, int] | None] | None
    """The copy's span by the original's `span_key`, None for one it lacks; no dict where all offsets are equal."""


def span_key(span: tuple[int, int]) -> str:
    """Return a span as records and messages write it: `start-end`."""
    return f"{span[0]}-{span[1]}"


class Shelf:
    """The folder `home`, as records of two kinds."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def names(self, kind: RecordKind) -> list[str]:
        """Return the record names of one kind, sorted."""
        try:
            return sorted(path.stem for path in (self.home / kind).glob("*.json") if _NAME.fullmatch(path.stem))
        except OSError as error:
            raise _refused(self.home, "read", error) from error

    def read(self, kind: RecordKind, name: str, as_type: type[RecordType]) -> RecordType | None:
        """Return a record; None where it is damaged or gone, which one bad file must not make everyone's problem."""
        try:
            return msgspec.json.decode(self._path(kind, name).read_bytes(), type=as_type)
        except (msgspec.DecodeError, UnicodeDecodeError, FileNotFoundError):
            return None
        except OSError as error:
            raise _refused(self.home, "read", error) from error

    def write(self, kind: RecordKind, name: str, record: Struct) -> None:
        """Put a record in place in one step: after a crash there is the old one or the new one."""
        path = self._path(kind, name)
        try:
            write_whole(path, msgspec.json.encode(record), is_lasting=True)
        except OSError as error:
            raise _refused(self.home, "written", error) from error

    def delete(self, kind: RecordKind, name: str) -> bool:
        """Remove a record; False where there is none."""
        try:
            self._path(kind, name).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _refused(self.home, "written", error) from error
        return True

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one writer's lock."""
        import filelock

        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.home / "library.lock", timeout=LOCK_TIMEOUT_SECONDS)
            lock.acquire()
        except filelock.Timeout as error:
            raise SettingsError(
                f"{self.home}: another rung is writing here", hint="try again when it is done"
            ) from error
        except (OSError, NotImplementedError) as error:
            raise _refused(self.home, "written", error) from error
        try:
            yield
        finally:
            lock.release()

    def _path(self, kind: RecordKind, name: str) -> Path:
        """Return the record's file; the name cannot leave the folder."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no id", hint="small letters, digits and single hyphens")
        return self.home / kind / f"{name}.json"


def _refused(home: Path, verb: str, error: Exception) -> RungError:
    reason = getattr(error, "strerror", None) or str(error)
    return SettingsError(f"{home}: cannot be {verb}: {reason}", hint="check the folder's rights and the free space")

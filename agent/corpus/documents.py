"""Turns files, folders and addresses into stored documents: their ids, their passages, what was skipped and why.

Owns the ids of added documents and of their passages. Formats are `extraction`'s, borders `chunks`', files `shelf`'s.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from agent.corpus.chunks import divide
from agent.corpus.download import download, is_url
from agent.corpus.extraction import Extract, cleaned, extract, read_bytes
from agent.corpus.shelf import Document, Label, Shelf
from agent.errors import CorpusError, RungError, UsageError
from agent.types import Passage

MAX_FILES = 5_000
_BROKEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and bytes of a file name that are no UTF-8: neither can be stored or safely shown."""

Change = Literal["added", "replaced", "unchanged"]


class Added(Struct, frozen=True):
    """What adding did with one document."""

    id: str
    title: str
    origin: str
    change: Change
    passages: int
    new_passages: int
    """Passages that were not there before, and so will be embedded."""


class AddReport(Struct, frozen=True):
    """What adding did: documents taken in, and a line for each thing that was not."""

    documents: tuple[Added, ...] = ()
    skipped: tuple[str, ...] = ()


class Draft(Struct, frozen=True):
    """A document that was read and has no id yet."""

    wanted: str
    """What its id should be made of."""
    origin: str
    extract: Extract
    size: int = 0
    modified_ns: int = 0


def add(shelf: Shelf, target: str | Path, *, reserved: Iterable[str], leave_out: Iterable[Path] = ()) -> AddReport:
    """Take in a file, a folder or an address; `reserved` ids are never given to a document.

    `leave_out` are folders of our own: where they lie in the folder that is taken in, they stay out.
    """
    if isinstance(target, str) and is_url(target):
        return _stored(shelf, [_fetched(target)], [], reserved)
    path = _absolute(target)
    if not path.is_dir():
        return _stored(shelf, [_read(path, path.stem)], [], reserved)
    skipped: list[str] = []
    report = _stored(shelf, _readable(path, skipped, {folder.resolve() for folder in leave_out}), skipped, reserved)
    if not report.documents:
        raise CorpusError(f"{path}: nothing in it can be added", hint=skipped[0] if skipped else "the folder is empty")
    return report


def refresh(shelf: Shelf, names: Iterable[str], *, reserved: Iterable[str]) -> AddReport:
    """Read again the named documents whose file was edited since; one that is unreadable now stays as it was."""
    skipped: list[str] = []
    edited: list[Draft] = []
    for name in names:
        label = shelf.read("documents", name, Label)
        if label is None or not _is_edited(label):
            continue
        try:
            edited.append(_read(Path(label.origin), label.id))
        except RungError as error:
            skipped.append(error.message)
    return _stored(shelf, edited, skipped, reserved) if edited else AddReport((), tuple(skipped))


def slug(words: str, *, limit: int = 60, fallback: str = "document") -> str:
    """Return small letters, digits and single hyphens, at most `limit`; never a path."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:limit].strip("-") or fallback


def passage_id(document: str, section: str, text: str) -> str:
    """Return an id made of what the passage says, so that an edit elsewhere in the document leaves it as it is."""
    digest = hashlib.sha256(f"{section}\0{text}".encode()).hexdigest()[:10]
    return f"{document}#{slug(section, limit=40, fallback='text')}-{digest}"


def normalised(text: str, span: tuple[int, int]) -> str:
    """Return the words of text at the span, with single blanks."""
    return " ".join(text[slice(*span)].split())


def _stored(shelf: Shelf, drafts: Iterable[Draft], skipped: list[str], reserved: Iterable[str]) -> AddReport:
    """Store each draft as it comes, so that an interrupted folder keeps what was read; `skipped` fills meanwhile."""
    with shelf.writing():
        taken = dict.fromkeys(reserved, "")
        for name in shelf.names("documents"):
            if label := shelf.read("documents", name, Label):  # a damaged record gives its name free again
                taken[name] = label.origin
        documents = [_store(shelf, draft, taken) for draft in drafts]
    return AddReport(tuple(documents), tuple(skipped))


def _is_edited(document: Label) -> bool:
    if is_url(document.origin):
        return False
    try:
        status = os.stat(document.origin)
    except (OSError, ValueError):
        return False
    return (status.st_size, status.st_mtime_ns) != (document.size, document.modified_ns)


def _absolute(target: str | Path) -> Path:
    try:
        path = Path(target).expanduser().resolve()
        path.stat()
    except FileNotFoundError as error:
        raise UsageError(f"{target}: no such file or folder") from error
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of links, or ~nobody
        raise UsageError(f"{target}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return path


def _read(path: Path, wanted: str) -> Draft:
    if _BROKEN.search(str(path)):
        raise UsageError(f"{str(path)!a}: a file name with invisible or broken characters", hint="rename it")
    data = read_bytes(path)
    status = path.stat()
    extracted = extract(data, name=str(path), suffix=path.suffix)
    return Draft(wanted, str(path), extracted, status.st_size, status.st_mtime_ns)


def _fetched(url: str) -> Draft:
    found = download(url)
    parts = urlsplit(url)
    # Nobody sends the fragment: it names a place in the same document.
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    extracted = extract(found.data, name=address, suffix=found.suffix, charset=found.charset)
    name = unquote(parts.path.rstrip("/").rpartition("/")[2]).rpartition(".")
    return Draft(name[0] or name[2] or parts.hostname or "", address, extracted)


def _readable(folder: Path, skipped: list[str], own: Collection[Path]) -> Iterator[Draft]:
    """Yield each document below a folder; what is hidden, linked, ours, binary or broken gets a line in `skipped`."""
    count = 0
    for base, folders, files in os.walk(folder, onerror=lambda error: skipped.append(_refused(error))):
        for name in sorted(folders):
            if reason := _unwanted(Path(base, name), own):
                folders.remove(name)
                skipped.append(f"{Path(base, name)}: {reason}, left out")
        folders.sort()
        for name in sorted(files):
            path = Path(base, name)
            count += 1
            if count > MAX_FILES:
                skipped.append(f"{path} and what follows: over {MAX_FILES} files, left out")
                return
            try:
                if reason := _unwanted(path):
                    raise UsageError(f"{path}: {reason}, left out")
                yield _read(path, str(path.relative_to(folder).with_suffix("")))
            except (UsageError, CorpusError) as error:
                skipped.append(error.message)


def _unwanted(path: Path, own: Collection[Path] = ()) -> str:
    """Say why a file or folder is not looked into; empty where it is."""
    if path.name.startswith("."):
        return "hidden"
    if path.is_symlink():
        return "a link"
    return "what rung keeps itself" if path in own else ""


def _refused(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}"


def _store(shelf: Shelf, draft: Draft, taken: dict[str, str]) -> Added:
    """Write one document under the id its origin has, or under a free one."""
    found = draft.extract
    name = next((name for name, origin in taken.items() if origin == draft.origin), "") or _free_id(draft, taken)
    taken[name] = draft.origin
    old = shelf.read("documents", name, Document)
    title = found.title or cleaned(Path(draft.origin).name)[:150]
    passages = _divided(name, title, found)
    document = Document(name, title, found.kind, draft.origin, found.sha256, passages, draft.size, draft.modified_ns)
    known = {passage.id for passage in old.passages} if old else set()
    new = sum(passage.id not in known for passage in passages)
    if old != document:
        shelf.write("documents", name, document)
    is_same = old is not None and (old.title, old.passages) == (title, passages)
    change: Change = "unchanged" if is_same else "replaced" if old else "added"
    return Added(name, title, draft.origin, change, len(passages), new)


def _free_id(draft: Draft, taken: dict[str, str]) -> str:
    """Return a readable id; where another document has it, the origin's hash tells them apart."""
    name = slug(draft.wanted)
    return name if name not in taken else f"{name}-{hashlib.sha256(draft.origin.encode()).hexdigest()[:8]}"


def _divided(document: str, title: str, extracted: Extract) -> tuple[Passage, ...]:
    passages: dict[str, Passage] = {}
    for heading, span in divide(extracted.text, markup=extracted.markup):
        section = heading or title
        text = normalised(extracted.text, span)
        name = base = passage_id(document, section, text)
        repeat = 1
        while name in passages:
            repeat += 1
            name = f"{base}-{repeat}"
        passages[name] = Passage(name, document, section, text, span)
    return tuple(passages.values())

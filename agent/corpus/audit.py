"""Checks the corpus against itself: cards and notes, spans and furniture, attached copies, added documents.

Reads only. What it finds are values, not errors, so that one run shows everything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from agent.corpus import anchors
from agent.corpus.documents import passage_id
from agent.corpus.download import is_url
from agent.corpus.extraction import read_bytes
from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages
from agent.corpus.shelf import Document, Original, Shelf, span_key
from agent.errors import RungError
from agent.types import Passage, Source

MAX_SHARED_WORDS = 9
"""Words in a row that a note may share with its original: names and figures do, sentences must not."""
_WORD = re.compile(r"\w+")

Span = tuple[int, int]


class Discrepancy(Struct, frozen=True):
    """One thing that does not fit."""

    subject: str
    """A source, passage or added document."""
    message: str
    is_error: bool = True
    """False where it is worth knowing and nothing is wrong."""


def audit(corpus_dir: Path, shelf: Shelf) -> tuple[Discrepancy, ...]:
    """Return everything in the corpus and the user's folder that does not fit."""
    try:
        sources, passages = load_sources(corpus_dir), load_passages(corpus_dir)
    except RungError as error:
        return (Discrepancy("corpus", str(error)),)
    return (
        *_cards(sources, passages, corpus_dir),
        *_spans(sources, passages),
        *_attached(shelf, sources, passages),
        *_added(shelf, sources),
    )


def uncovered(original: str, source: Source, passages: Iterable[Passage]) -> list[Span]:
    """Return the lines of an original that are neither furniture nor wholly in passages' spans, blanks aside."""
    spans = [passage.span for passage in passages if passage.source == source.id]
    covered = bytearray(len(original))
    for start, end in (*spans, *source.furniture):
        covered[start:end] = b"\1" * (min(end, len(original)) - start)
    return [
        match.span()
        for match in re.finditer(r"[^\n]+", original)
        if any(not covered[at] and not original[at].isspace() for at in range(*match.span()))
    ]


def repeated(note: str, original: str) -> str:
    """Return the first run of words, one more than allowed, that a note shares with an original; empty where none."""
    theirs = set(_runs(original))
    return next((run for run in _runs(note) if run in theirs), "")


def _runs(text: str) -> Iterator[str]:
    words = [word.casefold() for word in _WORD.findall(text)]
    for start in range(len(words) - MAX_SHARED_WORDS):
        yield " ".join(words[start : start + MAX_SHARED_WORDS + 1])


def _cards(sources: dict[str, Source], passages: Sequence[Passage], corpus_dir: Path) -> Iterator[Discrepancy]:
    noted = {passage.source for passage in passages}
    for name in sources.keys() - noted:
        yield Discrepancy(name, "has a card and no notes")
    for name in noted - sources.keys():
        yield Discrepancy(name, "has notes and no card in manifest.yaml")
    for folder, suffix in (("furniture", "yaml"), ("anchors", "txt")):
        found = {path.stem for path in (corpus_dir / folder).glob(f"*.{suffix}")}
        for name in found - sources.keys():
            yield Discrepancy(name, f"has a file in {folder}/ and no card in manifest.yaml")
    for name in sources:
        if not anchors.load_tiles(corpus_dir, name):
            yield Discrepancy(name, "has no file in anchors/, so copies that differ cannot be attached", is_error=False)


def _spans(sources: dict[str, Source], passages: Sequence[Passage]) -> Iterator[Discrepancy]:
    for passage in passages:
        for start, end in sources[passage.source].furniture if passage.source in sources else ():
            if passage.span[0] < end and start < passage.span[1]:
                yield Discrepancy(passage.id, f"its span {span_key(passage.span)} holds furniture {start}-{end}")


def _attached(shelf: Shelf, sources: dict[str, Source], passages: Sequence[Passage]) -> Iterator[Discrepancy]:
    for name in shelf.names("originals"):
        original = shelf.read("originals", name, Original)
        own = [passage for passage in passages if passage.source == name]
        if original is None or original.source != name:
            yield Discrepancy(name, "the attached copy is damaged: attach it again")
        elif name not in sources:
            yield Discrepancy(name, "a copy is attached and the source no longer ships", is_error=False)
        elif original.spans is None:
            yield from _exact(original, sources[name], own)
        else:
            yield from _altered(original, own)


def _exact(original: Original, source: Source, own: Sequence[Passage]) -> Iterator[Discrepancy]:
    if hashlib.sha256(original.text.encode()).hexdigest() != source.sha256:
        yield Discrepancy(source.id, "the attached text is not the manifest's original: attach it again")
        return
    for start, end in uncovered(original.text, source, own):
        yield Discrepancy(source.id, f"no passage holds characters {start}-{end} of the original")
    for passage in own:
        if passage.span[1] > len(original.text):
            yield Discrepancy(passage.id, f"its span {span_key(passage.span)} ends beyond the original")
        elif run := repeated("\n".join((passage.text, *passage.questions)), original.text):
            yield Discrepancy(passage.id, f"the note or a question repeats the original: {run}")


def _altered(original: Original, own: Sequence[Passage]) -> Iterator[Discrepancy]:
    yield Discrepancy(original.source, f"the attached copy {original.file} differs from the original", is_error=False)
    for passage in own:
        if (original.spans or {}).get(span_key(passage.span)) is None:
            yield Discrepancy(passage.id, "not found in the attached copy; our note is cited", is_error=False)


def _added(shelf: Shelf, sources: dict[str, Source]) -> Iterator[Discrepancy]:
    for name in shelf.names("documents"):
        document = shelf.read("documents", name, Document)
        if document is None or not document.is_whole(name):
            yield Discrepancy(name, f"its record is damaged: `rung corpus remove {name}`, then add it again")
            continue
        if name in sources:
            yield Discrepancy(name, f"a source of this name ships now: `rung corpus remove {name}`, then add it again")
        for passage in document.passages:
            if not passage.id.startswith(passage_id(name, passage.section, passage.text)):
                yield Discrepancy(passage.id, "its text was changed in the record: add the document again")
        yield from _origin(document)


def _origin(document: Document) -> Iterator[Discrepancy]:
    if is_url(document.origin):
        return
    try:
        data = read_bytes(Path(document.origin))
    except RungError:
        yield Discrepancy(document.id, f"{document.origin} is gone; what was added stays", is_error=False)
        return
    if hashlib.sha256(data).hexdigest() != document.sha256:
        yield Discrepancy(document.id, f"{document.origin} was edited since: add it again", is_error=False)

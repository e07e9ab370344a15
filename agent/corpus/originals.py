"""Matches a user's copies of originals with the sources, and gives passages the copy's words.

A copy is the original itself (by sha256) or resembles it; how spans are found again is `anchors`'.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from agent.corpus import anchors
from agent.corpus.documents import normalised
from agent.corpus.extraction import extract, read_bytes
from agent.corpus.shelf import Original, span_key
from agent.errors import CorpusError
from agent.types import Passage, Source


class Attached(Struct, frozen=True):
    """What attaching did with one copy of an original."""

    source: str
    file: str
    is_exact: bool
    """Whether the copy is the original itself, line ends aside."""
    similarity: float
    """Share of the original found in the copy, 0 to 1."""
    quoted: int
    """Passages that now carry the original's words."""
    missing: tuple[str, ...] = ()
    """Passages whose words could not be found in the copy; they keep our note."""


def match(
    paths: Iterable[Path], *, corpus_dir: Path, sources: Mapping[str, Source], passages: Sequence[Passage]
) -> list[tuple[Attached, Original]]:
    """Return the best copy of each source among the files; CorpusError where one is no copy of any."""
    best: dict[str, tuple[Attached, Original]] = {}
    for path in paths:
        data = read_bytes(path)
        found = _same(path, data, sources, passages) or _resembling(path, data, corpus_dir, sources, passages)
        known = best.get(found[0].source)
        if known is None or found[0].similarity > known[0].similarity:
            best[found[0].source] = found
    return list(best.values())


def quoted(passages: list[Passage], original: Original, corpus_dir: Path) -> list[Passage]:
    """Give the passages of one source the words of the attached copy."""
    matched: anchors.Match | None = None
    quoted: list[Passage] = []
    for passage in passages:
        if passage.source != original.source:
            quoted.append(passage)
            continue
        span: tuple[int, int] | None = passage.span
        if original.spans is not None:
            if span_key(passage.span) not in original.spans:  # the notes are newer than the copy's spans
                matched = matched or anchors.match(anchors.load_tiles(corpus_dir, original.source), original.text)
                span = anchors.relocate(matched, passage.span, original.text)
            else:
                span = original.spans[span_key(passage.span)]
        quoted.append(replace(passage, quote=normalised(original.text, span)) if span else passage)
    return quoted


def _same(
    path: Path, data: bytes, sources: Mapping[str, Source], passages: Sequence[Passage]
) -> tuple[Attached, Original] | None:
    by_digest = {source.sha256: source.id for source in sources.values()}
    for form in _forms(data):
        source = by_digest.get(hashlib.sha256(form).hexdigest())
        if source:
            count = sum(passage.source == source for passage in passages)
            digest = hashlib.sha256(data).hexdigest()
            return Attached(source, str(path), True, 1.0, count), Original(
                source, str(path), digest, form.decode(), None
            )
    return None


def _resembling(
    path: Path, data: bytes, corpus_dir: Path, sources: Mapping[str, Source], passages: Sequence[Passage]
) -> tuple[Attached, Original]:
    copy = extract(data, name=str(path), suffix=path.suffix)
    matches = {name: anchors.match(anchors.load_tiles(corpus_dir, name), copy.text) for name in sources}
    source = max(matches, key=lambda name: matches[name].similarity)
    similarity = matches[source].similarity
    if similarity < anchors.MIN_SIMILARITY:
        closest = f"closest is {source}, of which it holds {similarity:.0%}"
        raise CorpusError(f"{path}: no copy of any source", hint=f"{closest}; sources: {', '.join(sources)}")
    own = [passage for passage in passages if passage.source == source]
    spans = {span_key(passage.span): anchors.relocate(matches[source], passage.span, copy.text) for passage in own}
    missing = tuple(passage.id for passage in own if spans[span_key(passage.span)] is None)
    attached = Attached(source, str(path), False, round(similarity, 4), len(own) - len(missing), missing)
    return attached, Original(source, str(path), copy.sha256, copy.text, spans)


def _forms(data: bytes) -> Iterator[bytes]:
    """Yield the bytes as they are, then without what editors change unasked: the mark, line ends, the last newline."""
    yield data
    plain = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    yield plain
    yield plain.rstrip(b"\n")
    yield plain.rstrip(b"\n") + b"\n"

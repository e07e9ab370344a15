"""The corpus as one user sees it: the shipped notes, the originals they attached, the documents they added.

A library is a snapshot: what is attached, added or removed shows at the next `Library.open`. Matching copies is
`originals`', taking in documents `documents`', storing both `shelf`'s, checking them `audit`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from agent import types
from agent.corpus.shelf import Document, Original, Shelf
from agent.errors import CorpusError, UsageError
from agent.kept import kept, sum_of
from agent.types import Passage, Source

# What follows is imported where it is needed: what ships comes from the cache, and most users have added nothing.
if TYPE_CHECKING:
    from agent.corpus.audit import Discrepancy
    from agent.corpus.documents import AddReport
    from agent.corpus.originals import Attached

ADDED_BY = "added by you"
"""Publisher on the card of every added document."""
_CODE = (
    Path(types.__file__),
    *(Path(__file__).with_name(f"{name}.py") for name in ("library", "manifest", "notes", "questions")),
)


class Library(Struct, frozen=True):
    """Everything that can be cited, as it stood when opened."""

    corpus_dir: Path
    home: Path
    sources: dict[str, Source]
    """Cards by id: shipped ones in the manifest's order, then added documents."""
    passages: tuple[Passage, ...]
    attached: tuple[str, ...] = ()
    """The sources of which the user attached a copy."""
    problems: tuple[str, ...] = ()
    """One line for each record that could not be read and is left out."""

    @classmethod
    def open(cls, corpus_dir: Path, home: Path, *, cache: Path | None = None) -> Library:
        """Read the shipped corpus and the user's folder, which need not exist; `cache` keeps what was read."""
        shelf, problems = Shelf(home), list[str]()
        sources, passages = shipped(corpus_dir) if cache is None else _kept(corpus_dir, cache)
        copies = list(_copies(shelf, sources, problems))
        for original in copies:
            from agent.corpus.originals import quoted

            passages = quoted(passages, original, corpus_dir)
        for document in _documents(shelf, sources, problems):
            sources[document.id] = Source(document.id, document.title, ADDED_BY, "undated", "", document.sha256)
            passages += [replace(passage, quote=passage.text) for passage in document.passages]
        attached = tuple(original.source for original in copies)
        return cls(corpus_dir, home, sources, tuple(passages), attached, tuple(problems))

    @property
    def added(self) -> tuple[Source, ...]:
        """The cards of added documents."""
        return tuple(source for source in self.sources.values() if source.publisher == ADDED_BY)

    def attach(self, paths: Iterable[str | Path]) -> tuple[Attached, ...]:
        """Take in a user's own copies of originals; CorpusError, and nothing attached, where one is no copy."""
        from agent.corpus.originals import match

        sources, passages = shipped(self.corpus_dir)
        matches = match(map(Path, paths), corpus_dir=self.corpus_dir, sources=sources, passages=passages)
        shelf = Shelf(self.home)
        with shelf.writing():
            for attached, original in matches:
                shelf.write("originals", attached.source, original)
        return tuple(attached for attached, _ in matches)

    def detach(self, source: str) -> None:
        """Forget the user's copy of a source's original; its citations show our notes again."""
        shelf = Shelf(self.home)
        names = shelf.names("originals")
        if source not in names:
            raise UsageError(f"no copy of {source!r} is attached", hint=_listed(names, "attached"))
        with shelf.writing():
            shelf.delete("originals", source)

    def add(self, target: str | Path, *, leave_out: Iterable[Path] = ()) -> AddReport:
        """Take in a file, a folder or an http(s) address; what was added before from there is replaced.

        `leave_out` are folders that hold no documents, beside the library's own.
        """
        from agent.corpus import documents, manifest

        reserved = manifest.load_sources(self.corpus_dir)
        return documents.add(Shelf(self.home), target, reserved=reserved, leave_out=(self.home, *leave_out))

    def refresh(self) -> AddReport:
        """Read again the added files that were edited since they were added; costs one `stat` each where none was."""
        from agent.corpus import documents, manifest

        names = [source.id for source in self.added]
        return documents.refresh(Shelf(self.home), names, reserved=manifest.load_sources(self.corpus_dir))

    def remove(self, document: str) -> None:
        """Forget an added document."""
        shelf = Shelf(self.home)
        names = shelf.names("documents")
        if document not in names:
            what = "ships with rung and stays" if document in self.sources else "is no added document"
            raise UsageError(f"{document!r} {what}", hint=_listed(names, "added"))
        with shelf.writing():
            shelf.delete("documents", document)

    def verify(self) -> tuple[Discrepancy, ...]:
        """Check manifest, notes, attached copies and added documents against each other; empty where all is well."""
        from agent.corpus.audit import audit

        return audit(self.corpus_dir, Shelf(self.home))


def shipped(corpus_dir: Path) -> tuple[dict[str, Source], list[Passage]]:
    """Return cards and passages as they ship; CorpusError where notes have no card."""
    from agent.corpus.manifest import load_sources
    from agent.corpus.notes import load_passages

    sources = load_sources(corpus_dir)
    passages = list(load_passages(corpus_dir))
    for name in dict.fromkeys(passage.source for passage in passages):
        if name not in sources:
            raise CorpusError(f"notes/{name}.md has no row in manifest.yaml", hint="add its card")
    return sources, passages


def _kept(corpus_dir: Path, cache: Path) -> tuple[dict[str, Source], list[Passage]]:
    """Return the same, read anew only where a file of the corpus, or the code that reads it, has changed."""

    def depends() -> str:
        folders = [sorted((corpus_dir / name).glob("*")) for name in ("notes", "questions", "furniture")]
        files = [path for folder in folders for path in folder]
        return sum_of((corpus_dir / "manifest.yaml", *files, *_CODE), " ".join(str(len(folder)) for folder in folders))

    return kept(cache, "corpus", depends, tuple[dict[str, Source], list[Passage]], lambda: shipped(corpus_dir))


def _copies(shelf: Shelf, sources: dict[str, Source], problems: list[str]) -> Iterator[Original]:
    for name in shelf.names("originals"):
        original = shelf.read("originals", name, Original)
        if original is None or original.source != name:
            problems.append(f"the attached copy of {name} is damaged: run `rung corpus attach` again")
        elif name in sources:
            yield original


def _documents(shelf: Shelf, sources: dict[str, Source], problems: list[str]) -> Iterator[Document]:
    for name in shelf.names("documents"):
        document = shelf.read("documents", name, Document)
        if document is None or not document.is_whole(name) or name in sources:
            problems.append(f"the added document {name} is damaged: run `rung corpus remove {name}`, then add it again")
        else:
            yield document


def _listed(names: Sequence[str], what: str) -> str:
    return f"{what}: {', '.join(names)}" if names else f"nothing is {what}"

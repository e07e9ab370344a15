"""From settings to wired parts: the only place that knows which room needs which folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent.corpus.library import Library
from agent.intake.catalogue import load_catalogue
from agent.resources import data_dir
from agent.retrieval import Retriever, open_index
from agent.rules.loader import load_book
from agent.rules.model import RuleBook
from agent.settings import Settings

Notify = Callable[[str], None]
Progress = Callable[[int, int], None]


def open_library(settings: Settings, *, notify: Notify) -> Library:
    """Open the shipped notes with what the user attached and added; added files that were edited are read again."""
    library = Library.open(data_dir("corpus"), settings.home)
    if library.added:
        report = library.refresh()
        for line in report.skipped:
            notify(line)
        if any(document.change != "unchanged" for document in report.documents):
            library = Library.open(library.corpus_dir, settings.home)
    for problem in library.problems:
        notify(problem)
    return library


def open_book(settings: Settings, packs: list[str], *, notify: Notify) -> tuple[RuleBook, Library]:
    """Load the rules and what they may cite, without any index; `packs` are a team's rule folders."""
    corpus = data_dir("corpus")
    library = open_library(settings, notify=notify)
    passages = {passage.id for passage in library.passages}
    book = load_book(corpus, load_catalogue(corpus), passages, pack_dirs=tuple(Path(pack) for pack in packs))
    return book, library


def open_retriever(
    settings: Settings, *, notify: Notify, progress: Progress | None = None, library: Library | None = None
) -> tuple[Library, Retriever]:
    """Open the index over everything that can be cited, building it on first use."""
    library = library or open_library(settings, notify=notify)
    retriever = open_index(
        library.passages,
        cache=settings.cache,
        encoder=settings.encoder,
        chroma_url=settings.chroma_url,
        notify=notify,
        progress=progress,
    )
    return library, retriever

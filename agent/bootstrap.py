"""From settings to wired parts: the only place that knows which room needs which folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.corpus.library import Library
from agent.errors import SettingsError, UsageError
from agent.intake import Reading, load_catalogue, read
from agent.resources import data_dir
from agent.rules.loader import load_book
from agent.rules.model import RuleBook
from agent.settings import Settings, prepare_encoder
from agent.types import FactSpec, Source

# The rooms below load numpy, a tenth of a second; `rung check` and `rung rules` decide without it. So they are
# imported by the functions that need them.
if TYPE_CHECKING:
    from agent.advisor import Advisor
    from agent.retrieval import Retriever

Notify = Callable[[str], None]
Progress = Callable[[int, int], None]


def open_library(settings: Settings, *, notify: Notify) -> Library:
    """Open the shipped notes with what the user attached and added; added files that were edited are read again."""
    if settings.home.is_file():
        raise SettingsError(f"{settings.home} is a file", hint="set RUNG_HOME to a folder")
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
    for pack in packs:
        if not Path(pack).is_dir():
            raise UsageError(f"there is no folder of rules {pack}", hint="give a folder with *.yaml rule files")
    corpus = data_dir("corpus")
    library = open_library(settings, notify=notify)
    passages = {passage.id for passage in library.passages}
    book = load_book(corpus, load_catalogue(corpus), passages, pack_dirs=tuple(Path(pack) for pack in packs))
    return book, library


def open_retriever(
    settings: Settings, *, notify: Notify, progress: Progress | None = None, library: Library | None = None
) -> tuple[Library, Retriever]:
    """Open the index over everything that can be cited, building it on first use."""
    from agent.retrieval import open_index

    prepare_encoder(settings.encoder)
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


def open_reader() -> tuple[Callable[[str], Reading], dict[str, FactSpec]]:
    """Return the reader of facts and the catalogue it reads by; it always uses the encoder it was fitted on."""
    from agent.retrieval.encoder import QueryEncoder

    catalogue = open_catalogue()
    encoder = QueryEncoder()
    return partial(read, catalogue=catalogue, encode=encoder.encode), catalogue


def open_catalogue() -> dict[str, FactSpec]:
    """Return every fact that can be stated, by name."""
    return load_catalogue(data_dir("corpus"))


def open_advisor(
    settings: Settings, packs: list[str], *, notify: Notify, progress: Progress | None = None
) -> tuple[Advisor, dict[str, Source]]:
    """Wire the whole advisor; also returns the cards of the sources it may cite."""
    from agent.advisor import Advisor
    from agent.answer.asked import known_terms
    from agent.answer.coverage import load_head
    from agent.answer.premises import load_premises
    from agent.retrieval.encoder import QueryEncoder

    book, library = open_book(settings, packs, notify=notify)
    library, retriever = open_retriever(settings, notify=notify, progress=progress, library=library)
    encode = retriever.encode if settings.encoder == "default" else QueryEncoder().encode
    advisor = Advisor(
        read=partial(read, catalogue=book.catalogue, encode=encode),
        encode=encode,
        retriever=retriever,
        book=book,
        sources=library.sources,
        premises=load_premises(library.corpus_dir / "premises.yaml"),
        head=load_head(),
        known=known_terms(library.passages),
    )
    return advisor, library.sources

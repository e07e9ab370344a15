"""From settings to wired parts: the only place that knows which room needs which folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agent.corpus.library import Library
from agent.errors import SettingsError, UsageError
from agent.intake import Reading, load_catalogue, read
from agent.resources import data_dir
from agent.rules.loader import load_book
from agent.rules.model import RuleBook
from agent.settings import Settings, prepare_encoder
from agent.types import Draft, FactSpec, Passage, Source, UseCase, Verdict

# The rooms below load numpy, a tenth of a second; `rung check` and `rung rules` decide without it. So they are
# imported by the functions that need them.
if TYPE_CHECKING:
    from agent.advisor import Advisor
    from agent.memo.compose import Argument, Gate
    from agent.memo.writer import MemoWriter
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


def open_memo_writer(book: RuleBook, library: Library) -> MemoWriter:
    """Wire the writer of decision memos to the rules, the words and the gate; reads no index."""
    from agent.answer.wording import LABELS, clause, in_words, show_value
    from agent.memo.compose import Ground, Words
    from agent.memo.consequences import load_consequences
    from agent.memo.writer import MemoWriter, Rules
    from agent.rules.engine import WhatIf, infer
    from agent.rules.explain import grid
    from agent.rules.verdict import judge

    rules = Rules(
        judge=partial(judge, book=book),
        infer=partial(infer, book=book),
        arguments=partial(_arguments, book=book),
        what_if=lambda case: WhatIf(book, case.values, {item.name for item in case.contradictions}).outcome,
        cells=grid(book),
    )
    added = {source.id for source in library.added}
    ground = Ground(
        catalogue=book.catalogue,
        passages={passage.id: passage for passage in library.passages},
        sources=library.sources,
        words=Words(LABELS, clause, lambda value, is_ratio: show_value(value, is_ratio=is_ratio), in_words),
        consequences=load_consequences(),
        gate=_memo_gate(library.sources),
        # Of the shipped notes alone: what one user adds or attaches is not what rules rest on.
        corpus_sha256=_sha256([(item.id, item.text) for item in library.passages if item.source not in added]),
        rules_sha256=_sha256([book.inferences_sha256, *(table.sha256 for table in (*book.tables, book.panel))]),
    )
    return MemoWriter(rules, ground)


def _arguments(use_case: UseCase, book: RuleBook) -> tuple[Argument, ...]:
    """Return the rules that hold and speak for or against an approach."""
    from agent.memo.compose import Argument
    from agent.rules.engine import truths

    held = truths(book, use_case.values)
    return tuple(
        Argument(approach, rule.effect == "for", rule.says, rule.cite)
        for rule in book.rules
        if held[rule.id]
        for approach in rule.approaches
    )


def _memo_gate(sources: Mapping[str, Source]) -> Gate:
    from agent.grounding import check

    def flawed(
        draft: Draft, allowed: Mapping[str, Passage], verdict: Verdict, question: str, use_case: UseCase
    ) -> frozenset[str]:
        findings = check(draft, allowed, verdict, question, use_case, sources=sources)
        return frozenset(finding.sentence for finding in findings)

    return flawed


def _sha256(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()

"""From settings to wired parts: the only place that knows which room needs which folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from agent.corpus.library import Library
from agent.errors import SettingsError, UsageError
from agent.intake import catalogue_files, load_catalogue, parse_value
from agent.resources import data_dir
from agent.rules.model import RuleBook
from agent.rules.shelf import kept_book
from agent.settings import Settings, prepare_encoder
from agent.types import Draft, FactSpec, FactValue, Passage, Source, SourceVote, UseCase, Verdict

# The rooms below load numpy, a tenth of a second; `rung check` and `rung rules` decide without it. So they are
# imported by the functions that need them.
if TYPE_CHECKING:
    from agent.advisor import Advisor
    from agent.intake import Reading
    from agent.llm.reader import FactReader
    from agent.llm.task import Writer
    from agent.memo.compose import Argument, Gate
    from agent.memo.landscape import Terrain
    from agent.memo.writer import MemoWriter
    from agent.retrieval import Retriever
    from agent.store.sessions import SessionStore

Notify = Callable[[str], None]
Progress = Callable[[int, int], None]
UseModel = Literal["where_set", "insist", "never"]
"""Whether a configured language model takes part; "insist" makes its failure an error instead of a fall-back."""
MODEL_MEMORY = "model.json"
"""In the cache: what each endpoint understands, and counts of what became of its drafts."""


def open_library(settings: Settings, *, notify: Notify, anew: bool = False) -> Library:
    """Open the shipped notes with what the user attached and added; added files that were edited are read again.

    The notes come from the cache where they have not changed; with `anew` the cache is neither read nor written.
    """
    cache = None if anew else settings.cache
    if settings.home.is_file():
        raise SettingsError(f"{settings.home} is a file", hint="set RUNG_HOME to a folder")
    library = Library.open(data_dir("corpus"), settings.home, cache=cache)
    if library.added:
        report = library.refresh()
        for line in report.skipped:
            notify(line)
        if any(document.change != "unchanged" for document in report.documents):
            library = Library.open(library.corpus_dir, settings.home, cache=cache)
    for problem in library.problems:
        notify(problem)
    return library


def open_book(settings: Settings, packs: list[str], *, notify: Notify, anew: bool = False) -> tuple[RuleBook, Library]:
    """Load the rules and what they may cite, without any index; `packs` are a team's rule folders.

    What was read before and has not changed since comes from the cache, which `anew` neither reads nor writes.
    """
    for pack in packs:
        if not pack.strip():  # would otherwise mean the folder one stands in
            raise UsageError("the name of the folder of rules is empty", hint="give a folder with *.yaml rule files")
        if not Path(pack).is_dir():
            raise UsageError(f"there is no folder of rules {pack}", hint="give a folder with *.yaml rule files")
    corpus = data_dir("corpus")
    library = open_library(settings, notify=notify, anew=anew)
    passages = {passage.id for passage in library.passages}
    pack_dirs = tuple(Path(pack) for pack in packs)
    if anew:
        from agent.rules.loader import load_book

        return load_book(corpus, load_catalogue(corpus), passages, pack_dirs=pack_dirs), library
    read_catalogue = partial(load_catalogue, corpus)
    made_of = catalogue_files(corpus)
    book = kept_book(settings.cache, corpus, read_catalogue, passages, pack_dirs=pack_dirs, made_of=made_of)
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
    from agent.intake import read
    from agent.retrieval.encoder import QueryEncoder

    catalogue = open_catalogue()
    encoder = QueryEncoder()
    return partial(read, catalogue=catalogue, encode=encoder.encode_read), catalogue


def open_catalogue() -> dict[str, FactSpec]:
    """Return every fact that can be stated, by name."""
    return load_catalogue(data_dir("corpus"))


def open_sessions(settings: Settings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> SessionStore:
    """Open the conversations that are kept; SettingsError where the database is damaged, newer or out of reach."""
    from agent.store.database import url_of
    from agent.store.sessions import SessionStore

    return SessionStore(url_of(settings.home, settings.database_url), now=now)


def open_advisor(
    settings: Settings,
    packs: list[str],
    *,
    notify: Notify,
    progress: Progress | None = None,
    use_model: UseModel = "where_set",
) -> tuple[Advisor, dict[str, Source]]:
    """Wire the whole advisor; also returns the cards of the sources it may cite.

    SettingsError where a model is insisted on and none is set.
    """
    from agent.advisor import SUMMED_FROM, Advisor
    from agent.answer.asked import known_terms
    from agent.answer.coverage import load_head
    from agent.answer.lists import kept_lists
    from agent.answer.premises import load_premises
    from agent.intake import read
    from agent.retrieval.encoder import QueryEncoder

    book, library = open_book(settings, packs, notify=notify)
    library, retriever = open_retriever(settings, notify=notify, progress=progress, library=library)
    encoder = retriever if settings.encoder == "default" else QueryEncoder()
    reader, writer = _open_model(settings, book, use_model, notify=notify)
    advisor = Advisor(
        read=partial(
            read,
            catalogue=book.catalogue,
            encode=encoder.encode_read,
            whole_until=SUMMED_FROM,
            cache_dir=settings.cache,
        ),
        encode=encoder.encode,
        retriever=retriever,
        book=book,
        sources=library.sources,
        premises=load_premises(library.corpus_dir / "premises.yaml"),
        lists=kept_lists(library.corpus_dir / "lists.yaml", settings.cache),
        head=load_head(),
        known=known_terms(library.passages),
        reader=reader,
        writer=writer,
        insists=use_model == "insist",
    )
    return advisor, library.sources


def _open_model(
    settings: Settings, book: RuleBook, use_model: UseModel, *, notify: Notify
) -> tuple[FactReader | None, Writer | None]:
    """Return the roles a language model plays; its libraries load when it is asked first."""
    if use_model == "never":
        return None, None
    for remark in settings.model_remarks:
        notify(remark)
    if settings.read_model is None and settings.write_model is None:
        if use_model == "insist":
            raise SettingsError("no language model is set", hint="set RUNG_MODEL; .env.example lists the rest")
        return None, None
    from importlib.util import find_spec  # here, since only a model needs it

    if find_spec("langchain_openai") is None:
        problem = SettingsError("the libraries for a language model are missing", hint='pip install "rung[model]"')
        if use_model == "insist":
            raise problem
        notify(f"{problem}; answering offline")
        return None, None
    return _model_roles(settings, book)


def _model_roles(settings: Settings, book: RuleBook) -> tuple[FactReader | None, Writer | None]:
    from agent.grounding import read_numbers
    from agent.llm.endpoint import Memory
    from agent.llm.prompts import load_prompts
    from agent.llm.reader import model_reader
    from agent.llm.writer import model_writer

    prompts, memory = load_prompts(data_dir("prompts")), Memory(settings.cache / MODEL_MEMORY)
    reader: FactReader | None = None
    if settings.read_model is not None:
        reader = model_reader(
            settings.read_model, prompts, memory, catalogue=book.catalogue, parse=parse_value, numbers=read_numbers
        )
    writer = model_writer(settings.write_model, prompts, memory) if settings.write_model is not None else None
    return reader, writer


def open_memo_writer(book: RuleBook, library: Library) -> MemoWriter:
    """Wire the writer of decision memos to the rules, the words and the gate; reads no index."""
    from agent.answer.wording import LABELS, clause, in_words, required, show_value, turning
    from agent.memo.compose import Ground, Words
    from agent.memo.consequences import load_consequences
    from agent.memo.writer import MemoWriter, Rules
    from agent.rules.engine import infer
    from agent.rules.verdict import judge

    rules = Rules(
        judge=partial(judge, book=book),
        infer=partial(infer, book=book),
        arguments=partial(_arguments, book=book),
        terrain=partial(_terrain, book=book, cells=_cells(book)),
    )
    added = {source.id for source in library.added}
    ground = Ground(
        catalogue=book.catalogue,
        passages={passage.id: passage for passage in library.passages},
        sources=library.sources,
        words=Words(
            labels=LABELS,
            clause=clause,
            show=lambda value, is_ratio: show_value(value, is_ratio=is_ratio),
            in_words=in_words,
            required=required,
            turning=turning,
        ),
        consequences=load_consequences(),
        gate=_memo_gate(library.sources),
        # Of the shipped notes alone: what one user adds or attaches is not what rules rest on.
        corpus_sha256=_sha256([(item.id, item.text) for item in library.passages if item.source not in added]),
        rules_sha256=_sha256([book.inferences_sha256, *(table.sha256 for table in (*book.tables, book.panel))]),
    )
    return MemoWriter(rules, ground)


def _arguments(use_case: UseCase, book: RuleBook) -> tuple[Argument, ...]:
    """Return the rules that hold and speak for or against an approach; what is second choice they do not argue for."""
    from agent.memo.compose import Argument
    from agent.rules.engine import truths

    held = truths(book, use_case.values)
    return tuple(
        Argument(rule.id, approach, rule.effect == "for", rule.table, rule.says, rule.cite)
        for rule in book.rules
        if held[rule.id]
        for approach in (rule.approaches[:1] if rule.effect == "for" else rule.approaches)
    )


def _terrain(use_case: UseCase, book: RuleBook, cells: Mapping[str, tuple[FactValue, ...]]) -> Terrain:
    """Return what changes of the case's facts lead to, by the panel and by each source."""
    from agent.memo.landscape import Terrain
    from agent.rules.engine import WhatIf, fill, vote

    disputed = {item.name for item in use_case.contradictions}

    def votes(changes: Mapping[str, FactValue]) -> tuple[SourceVote, ...]:
        facts = fill({**use_case.values, **changes}, book, disputed - set(changes))
        memo: dict[str, bool | None] = {}
        return tuple(vote(table, book, facts, memo) for table in book.tables)

    return Terrain(WhatIf(book, use_case.values, disputed).outcome, votes, cells)


def _cells(book: RuleBook) -> dict[str, tuple[FactValue, ...]]:
    """Return one value for each stretch into which the bounds of all rules cut a fact's range."""
    from agent.rules.conditions import Test, tests_of
    from agent.rules.explain import cells_of

    tests: dict[str, list[Test]] = {}
    for rule in book.rules:
        for test in tests_of(rule.when, book.definitions):
            tests.setdefault(test.fact, []).append(test)
    return {name: cells_of(spec, tests[name]) for name, spec in book.catalogue.items() if name in tests}


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

"""The way of a question: words to facts, facts to verdict, evidence beside it, prose, gate, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from agent.answer import advice, coverage, glossary, guidance, nothing, provenance
from agent.answer.asked import asks_where_sources_differ
from agent.answer.lists import Listing, asked_list
from agent.answer.premises import Premise, Premises
from agent.answer.wording import cite
from agent.brief import Turn, first_words, notes_of, writing_task
from agent.grounding import Finding, check, prune, reply_of
from agent.intake import Reading
from agent.retrieval import Retriever
from agent.retrieval.search import SEARCHED_CHARACTERS
from agent.retrieval.transformer import Floats
from agent.rules.model import RuleBook
from agent.rules.verdict import judge
from agent.text import clean
from agent.types import (
    Answer,
    AnswerKind,
    Conflict,
    Draft,
    Evidence,
    FactOut,
    Mode,
    Passage,
    RoleTrace,
    RunTrace,
    Source,
    UseCase,
    Verdict,
)

SUMMED_FROM = 300
"""Characters from which a text's vector is the mean of its sentences': as good for a description, and half the work."""

# Only their shapes are needed here; what they bring with them loads where a model is configured.
if TYPE_CHECKING:
    from agent.answer.glossary import Term
    from agent.llm.reader import FactReader
    from agent.llm.streaming import Show
    from agent.llm.task import Writer, Written

RETRIEVED = 12
"""Passages of the search that a model is handed beside what the verdict rests on."""
RETRIEVED_MORE = 6
"""Passages that one look-up by a model brings."""

Encode = Callable[[Sequence[str]], Floats]


class Stage(Struct, frozen=True):
    """A verdict that is there before the whole answer is."""

    verdict: Verdict
    markdown: str
    """The recommendation in words."""
    facts: dict[str, FactOut]
    is_final: bool
    """False while a model is still reading, whose facts may change it."""


Tell = Callable[[Stage], None]


class Understood(Struct, frozen=True):
    """What the words of one turn say, before anything is decided or written."""

    question: str
    reading: Reading
    evidence: tuple[Evidence, ...]
    kind: AnswerKind
    nearest: tuple[str, ...]
    """The closest topics that the sources cover; filled when the kind is `not_covered`."""
    timings_ms: dict[str, float]
    premises: tuple[Premise, ...] | None = None
    """What it wrongly takes for granted; None where that was not looked for."""
    terms: tuple[Term, ...] = ()
    """The words of rung's own whose meaning it asks for, and that no passage explains."""
    read_trace: RoleTrace | None = None
    """What a model did in reading; None where none was asked."""


class Advisor:
    """Answers questions about the subject and about described cases; the same words give the same answer."""

    def __init__(
        self,
        *,
        read: Callable[[str], Reading],
        encode: Encode,
        retriever: Retriever,
        book: RuleBook,
        sources: Mapping[str, Source],
        premises: Premises,
        lists: Sequence[Listing],
        head: coverage.Head,
        known: frozenset[str],
        reader: FactReader | None = None,
        writer: Writer | None = None,
        insists: bool = False,
    ) -> None:
        """Take the parts; with `insists`, a model's failure is raised as ModelError and not made good offline."""
        self._read = read
        self._encode = encode
        self._retriever = retriever
        self._book = book
        self._sources = sources
        self._names = provenance.names_of(sources)
        self._premises = premises
        self._lists = lists
        self._head = head
        self._known = known
        self._reader = reader
        self._writer = writer
        self._insists = insists
        self._axes = tuple(Conflict(axis.axis, axis.positions) for axis in book.conflicts)

    def ask(self, text: str) -> Answer:
        """Return the whole answer to a question or a described case; raises UsageError where there is no text."""
        if self.has_model:
            return self.answer(self.understand(text))
        with self._retriever.at_work():  # without a gap, in which others would begin an encoding without it
            return self.answer(self.understand(text))

    def understand(self, text: str, *, tell: Tell | None = None, cancel: Event | None = None) -> Understood:
        """Read the facts, retrieve the guidance and tell which kind of answer the words ask for.

        Where a model reads as well, `tell` gets the verdict on the offline reading first. The kind of the answer is
        never the model's to say.
        """
        with self._retriever.at_work():
            understood = self._understood(clean(text))
        if self._reader is None or understood.kind != "advice":
            return understood
        return self._read_again(self._reader, understood, tell, cancel)

    def read(self, text: str) -> Reading:
        """Read the facts of a text, and nothing else, as the offline reader does."""
        with self._retriever.at_work():
            return self._read(clean(text))

    def _understood(self, question: str) -> Understood:
        """Understand as the offline reader does."""
        clock = _Clock()
        reading = self._read(question)
        clock.lap("read")
        query = question[:SEARCHED_CHARACTERS]
        vector = self._vector(query, reading)
        evidence = self._retriever.search(query, k=guidance.SEARCH_DEPTH, vector=self._query_vector(vector))
        clock.lap("retrieve")
        kind = coverage.classify(
            query,
            vector=vector,
            evidence=evidence,
            known=self._known,
            facts=reading.use_case,
            head=self._head,
            names=self._names,
        )
        is_general = kind.kind == "advice" and coverage.tells_of_nobody(query)
        premises = self._premises.find(question, self._encode) if kind.logit > 0 or is_general else None
        if premises:
            kind = coverage.Kind("guidance", "what it takes for granted can be corrected")
        terms = () if kind.kind == "advice" else glossary.unexplained(question, (item.passage for item in evidence))
        if terms:
            kind = coverage.Kind("guidance", "it asks what a word means")
        return Understood(question, reading, tuple(evidence), kind.kind, kind.nearest, clock.laps, premises, terms)

    def _read_again(
        self, reader: FactReader, understood: Understood, tell: Tell | None, cancel: Event | None
    ) -> Understood:
        """Merge a model's reading with the offline one."""
        reading, clock = understood.reading, _Clock()
        if tell is not None:
            verdict = self.judge(reading.use_case)
            tell(Stage(verdict, first_words(verdict), facts_out(reading.use_case), is_final=False))
        spans = [(sentence.start, sentence.end) for sentence in reading.sentences]
        merged = reader(understood.question, reading.use_case, spans, cancel=cancel)
        if merged.error is not None and self._insists:
            raise merged.error
        clock.lap("model_read")
        return replace(
            understood,
            reading=replace(reading, use_case=merged.use_case, remarks=(*reading.remarks, *merged.remarks)),
            timings_ms=understood.timings_ms | clock.laps,
            read_trace=merged.trace,
        )

    def judge(self, use_case: UseCase) -> Verdict:
        """Return the verdict on the facts of a case; the same facts give the same verdict."""
        return judge(use_case, self._book)

    def answer(
        self,
        understood: Understood,
        *,
        tell: Tell | None = None,
        show: Show | None = None,
        cancel: Event | None = None,
    ) -> Answer:
        """Judge the case where one was described, write the answer and check every sentence of it.

        `tell` gets the verdict before a model is asked for the prose, `show` then the answer's beginning as far as the
        gate has passed it, numbered as the whole will be; the whole may turn out another. Setting `cancel` leaves the
        offline prose.
        """
        question, use_case, clock = understood.question, understood.reading.use_case, _Clock()
        with self._retriever.at_work():
            verdict = self.judge(use_case) if understood.kind == "advice" else None
            clock.lap("judge")
            draft, allowed = self._draft(understood, verdict)
            draft, findings = self._gate(draft, allowed, verdict, understood)
            clock.lap("write")
        turn = Turn(understood.kind, question, use_case, verdict, draft, allowed)
        if tell is not None and verdict is not None:
            tell(Stage(verdict, turn.opening, facts_out(use_case), is_final=True))
        written = self._write(turn, understood.evidence, show, cancel)
        if written is not None:
            clock.lap("model_write")
        if written is not None and written.draft is not None:
            draft, allowed, findings = prune(written.draft, ()), dict(written.passages), ()
        run = _run(understood.read_trace, written)
        removed = (f"the gate took out a sentence: {finding.flaw}: {finding.detail}" for finding in findings)
        return Answer(
            question=question,
            mode=_mode(run),
            kind=understood.kind,
            answer=draft.markdown or nothing.compose(understood.nearest),
            citations=tuple(cite(n, allowed[cited], self._sources) for n, cited in enumerate(draft.cited, 1)),
            facts=facts_out(use_case),
            verdict=verdict,
            next_questions=verdict.next_questions if verdict else (),
            nearest=understood.nearest,
            timings_ms=understood.timings_ms | clock.laps,
            notes=(*understood.reading.remarks, *removed, *(notes_of(run.read, run.write) if run else ())),
            run=run,
        )

    def _write(
        self, turn: Turn, evidence: Sequence[Evidence], show: Show | None, cancel: Event | None
    ) -> Written | None:
        """Have a model write the turn, where there is one and something to write; it may cite what was retrieved."""
        if self._writer is None or not (turn.verdict or turn.draft.cited):
            return None
        retrieved = {item.passage.id: item.passage for item in evidence[:RETRIEVED]}
        behind = turn.passages if turn.verdict else {id: turn.passages[id] for id in turn.draft.cited}
        task = writing_task(
            replace(turn, passages={**behind, **retrieved}),
            book=self._book,
            sources=self._sources,
            retrieve=lambda query: [item.passage for item in self._retriever.search(query, k=RETRIEVED_MORE)],
            judge=self.judge,
        )
        numbered = None if show is None else lambda draft: show(prune(draft, ()))
        written = self._writer(task, show=numbered, cancel=cancel)
        if written.error is not None and self._insists:
            raise written.error
        return written

    def _vector(self, query: str, reading: Reading) -> Floats:
        """Return the query's vector, from those that reading has made already where they serve as well."""
        if reading.whole is not None:
            return np.asarray(reading.whole, dtype=np.float32)
        if len(reading.sentences) == 1 and reading.sentences[0].text == query:
            return np.asarray(reading.vectors[0], dtype=np.float32)
        if len(reading.sentences) > 1 and len(query) > SUMMED_FROM:
            total = reading.vectors.sum(axis=0)
            return np.asarray(total / np.linalg.norm(total), dtype=np.float32)
        vector: Floats = self._encode([query])[0]
        return vector

    @property
    def has_model(self) -> bool:
        """Whether a language model reads or writes."""
        return self._reader is not None or self._writer is not None

    @property
    def book(self) -> RuleBook:
        """The rules that decide."""
        return self._book

    @property
    def passages(self) -> Mapping[str, Passage]:
        """Everything that can be cited, by id."""
        return self._retriever.passages

    @property
    def sources(self) -> Mapping[str, Source]:
        """The cards of the sources, by id."""
        return self._sources

    def _query_vector(self, vector: Floats) -> Floats | None:
        """The vector already made, where the corpus is indexed with the same encoder."""
        return vector if self._encode == self._retriever.encode else None

    def _draft(self, understood: Understood, verdict: Verdict | None) -> tuple[Draft, dict[str, Passage]]:
        """Compose the prose, and say which passages it may rest on: retrieved, or premises of what fired."""
        if understood.kind == "not_covered":
            return Draft("", ()), {}
        question, use_case, evidence = understood.question, understood.reading.use_case, understood.evidence
        if verdict is None and provenance.asks_of_cards(question, self._names):
            return provenance.compose(self._sources, question), {}
        if understood.terms:
            draft = glossary.compose(understood.terms, self._retriever.passages)
            return draft, self._passages(draft.cited)
        found = understood.premises
        if found is None:
            found = self._premises.find(question, self._encode)
        corrections = [premise.corrected for premise in found]
        corrected = self._passages(passage for premise in found for passage in premise.cite)
        if verdict is not None:
            allowed = self._passages(cited_by(verdict)) | corrected
            draft = advice.compose(
                question, use_case, verdict, self._book.catalogue, allowed, self._sources, corrections
            )
            return draft, allowed
        ruling = self._premises.decide(question, self._encode) if not corrections else None
        if ruling is not None:
            corrections, corrected = [ruling.answered], self._passages(ruling.premise.cite)
        passages = self._retriever.passages
        if asks_where_sources_differ(question):
            draft = guidance.compose_differences(self._axes, passages, self._sources)
            return draft, self._passages(draft.cited)
        named = guidance.named_in(question, self._sources)
        listed = asked_list(question, evidence, self._lists, passages, named)
        leading = guidance.disputed(question, evidence, self._axes)
        chosen = guidance.choose_passages(
            evidence,
            self._axes,
            question=question,
            sources=self._sources,
            passages=passages,
            listed=listed,
            leading=leading,
        )
        draft = guidance.compose(
            question,
            chosen,
            conflicts=self._axes,
            premises=corrections,
            premise_passages=corrected,
            sources=self._sources,
            listed=listed,
            leading=leading,
        )
        return draft, {item.passage.id: item.passage for item in evidence} | {p.id: p for p in chosen} | corrected

    def _gate(
        self, draft: Draft, allowed: Mapping[str, Passage], verdict: Verdict | None, understood: Understood
    ) -> tuple[Draft, tuple[Finding, ...]]:
        """Check every sentence; one that does not stand on its passages is taken out, and the notes say so."""
        question = understood.question
        if verdict is None and (understood.terms or provenance.asks_of_cards(question, self._names)):
            return draft, ()  # rung's glossary and the sources' cards, which stand in no passage
        use_case = understood.reading.use_case
        reply = reply_of(draft.markdown)  # which the premises gave
        findings = check(draft, allowed, verdict, question, use_case, sources=self._sources, reply=reply)
        return (prune(draft, findings), findings) if findings else (draft, ())

    def _passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        return {id: self._retriever.passages[id] for id in ids if id in self._retriever.passages}


def cited_by(verdict: Verdict) -> tuple[str, ...]:
    """Return every passage a verdict rests on, once."""
    parts = (
        *(driver.passages for driver in verdict.drivers),
        *(vote.passages for vote in verdict.sources),
        *(step.passages for step in verdict.plan),
        *(obstacle.passages for item in verdict.why_not for obstacle in item.because),
        *(position.passages for conflict in verdict.conflicts for position in conflict.positions),
    )
    return tuple(dict.fromkeys(passage for passages in parts for passage in passages))


def facts_out(use_case: UseCase) -> dict[str, FactOut]:
    """Return the facts as `--json` shows them; a contradiction shows as unknown, with both wordings."""
    facts = {name: FactOut(fact.value, fact.origin, fact.evidence) for name, fact in use_case.facts.items()}
    for contradiction in use_case.contradictions:
        said = " / ".join(fact.evidence for fact in contradiction.facts)
        facts[contradiction.name] = FactOut(None, "stated", said)
    return facts


def _run(read: RoleTrace | None, written: Written | None) -> RunTrace | None:
    return RunTrace(read, written.trace if written else None) if read or written else None


def _mode(run: RunTrace | None) -> Mode:
    """Return "model" where a model read the facts or wrote the answer that is shown."""
    roles = (run.read, run.write) if run else ()
    return "model" if any(role is not None and role.outcome != "fell_back" for role in roles) else "offline"


class _Clock:
    """Milliseconds between the stages of one answer."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 2)
        self._last = now

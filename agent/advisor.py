"""The way of a question, on one screen: words to facts, facts to verdict, evidence beside it, prose, gate, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter

import numpy as np
from msgspec import Struct

from agent.answer import advice, coverage, guidance, nothing
from agent.answer.premises import Premises
from agent.grounding import Finding, check, prune
from agent.intake import Reading
from agent.retrieval import Retriever
from agent.retrieval.encoder import Floats
from agent.rules.model import RuleBook
from agent.rules.verdict import judge
from agent.text import clean
from agent.types import (
    Answer,
    AnswerKind,
    Citation,
    Conflict,
    Draft,
    Evidence,
    FactOut,
    Passage,
    Source,
    UseCase,
    Verdict,
)

SEARCHED_CHARACTERS = 2_000
"""How much of a long text is encoded as the query; MiniLM reads 256 tokens of it."""
SUMMED_FROM = 300
"""Characters from which a text's vector is the mean of its sentences': as good for a description, and half the work."""

Encode = Callable[[Sequence[str]], Floats]


class Understood(Struct, frozen=True):
    """What the words of one turn say, before anything is decided or written."""

    question: str
    reading: Reading
    evidence: tuple[Evidence, ...]
    kind: AnswerKind
    nearest: tuple[str, ...]
    """The closest topics that the sources cover; filled when the kind is `not_covered`."""
    timings_ms: dict[str, float]


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
        head: coverage.Head,
        known: frozenset[str],
    ) -> None:
        self._read = read
        self._encode = encode
        self._retriever = retriever
        self._book = book
        self._sources = sources
        self._premises = premises
        self._head = head
        self._known = known
        self._axes = tuple(Conflict(axis.axis, axis.positions) for axis in book.conflicts)

    def ask(self, text: str) -> Answer:
        """Return the whole answer to a question or a described case; raises UsageError where there is no text."""
        return self.answer(self.understand(text))

    def understand(self, text: str) -> Understood:
        """Read the facts, retrieve the guidance and tell which kind of answer the words ask for."""
        question, clock = clean(text), _Clock()
        reading = self._read(question)
        clock.lap("read")
        query = question[:SEARCHED_CHARACTERS]
        vector = self._vector(query, reading)
        evidence = self._retriever.search(query, k=guidance.SEARCH_DEPTH, vector=self._query_vector(query, vector))
        clock.lap("retrieve")
        kind = coverage.classify(
            query, vector=vector, evidence=evidence, known=self._known, facts=reading.use_case, head=self._head
        )
        return Understood(question, reading, tuple(evidence), kind.kind, kind.nearest, clock.laps)

    def judge(self, use_case: UseCase) -> Verdict:
        """Return the verdict on the facts of a case; the same facts give the same verdict."""
        return judge(use_case, self._book)

    def answer(self, understood: Understood) -> Answer:
        """Judge the case where one was described, write the answer and check every sentence of it."""
        question, use_case, clock = understood.question, understood.reading.use_case, _Clock()
        verdict = self.judge(use_case) if understood.kind == "advice" else None
        clock.lap("judge")
        draft, allowed = self._draft(understood.kind, question, use_case, verdict, understood.evidence)
        draft, findings = self._gate(draft, allowed, verdict, question, use_case)
        clock.lap("write")
        removed = (f"the gate took out a sentence: {finding.flaw}: {finding.detail}" for finding in findings)
        return Answer(
            question=question,
            mode="offline",
            kind=understood.kind,
            answer=draft.markdown or nothing.compose(understood.nearest),
            citations=tuple(self._citation(n, allowed[cited]) for n, cited in enumerate(draft.cited, 1)),
            facts=facts_out(use_case),
            verdict=verdict,
            next_questions=verdict.next_questions if verdict else (),
            nearest=understood.nearest,
            timings_ms=understood.timings_ms | clock.laps,
            notes=(*understood.reading.remarks, *removed),
        )

    def _vector(self, query: str, reading: Reading) -> Floats:
        """Return the query's vector, from those that reading has made already where they serve as well."""
        if len(reading.sentences) == 1 and reading.sentences[0].text == query:
            return np.asarray(reading.vectors[0], dtype=np.float32)
        if len(reading.sentences) > 1 and len(query) > SUMMED_FROM:
            total = reading.vectors.sum(axis=0)
            return np.asarray(total / np.linalg.norm(total), dtype=np.float32)
        return self._encode([query])[0]

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

    def _query_vector(self, query: str, vector: Floats) -> Floats | None:
        """The vector already made, where the corpus is indexed with the same encoder."""
        return vector if self._encode == self._retriever.encode else None

    def _draft(
        self,
        kind: AnswerKind,
        question: str,
        use_case: UseCase,
        verdict: Verdict | None,
        evidence: Sequence[Evidence],
    ) -> tuple[Draft, dict[str, Passage]]:
        """Compose the prose, and say which passages it may rest on: retrieved, or premises of what fired."""
        if kind == "not_covered":
            return Draft("", ()), {}
        found = self._premises.find(question, self._encode)
        corrections = [premise.corrected for premise in found]
        corrected = self._passages(passage for premise in found for passage in premise.cite)
        if verdict is not None:
            allowed = self._passages(cited_by(verdict)) | corrected
            draft = advice.compose(
                question, use_case, verdict, self._book.catalogue, allowed, self._sources, corrections
            )
            return draft, allowed
        chosen = guidance.choose_passages(evidence, self._axes)
        draft = guidance.compose(
            question,
            chosen,
            conflicts=self._axes,
            premises=corrections,
            premise_passages=corrected,
            sources=self._sources,
        )
        return draft, {item.passage.id: item.passage for item in evidence} | corrected

    def _gate(
        self,
        draft: Draft,
        allowed: Mapping[str, Passage],
        verdict: Verdict | None,
        question: str,
        use_case: UseCase,
    ) -> tuple[Draft, tuple[Finding, ...]]:
        """Check every sentence; one that does not stand on its passages is taken out, and the notes say so."""
        findings = check(draft, allowed, verdict, question, use_case, sources=self._sources)
        return (prune(draft, findings), findings) if findings else (draft, ())

    def _passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        return {id: self._retriever.passages[id] for id in ids if id in self._retriever.passages}

    def _citation(self, number: int, passage: Passage) -> Citation:
        return Citation(
            number=number,
            passage=passage.id,
            source=passage.source,
            title=self._sources[passage.source].title,
            section=passage.section,
            quote=passage.cited_text,
            verbatim=bool(passage.quote),
        )


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


class _Clock:
    """Milliseconds between the stages of one answer."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 2)
        self._last = now

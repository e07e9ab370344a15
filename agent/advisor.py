"""The way of a question, on one screen: words to facts, facts to verdict, evidence beside it, prose, gate, answer."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from time import perf_counter

from agent.answer import advice, coverage, guidance, premises
from agent.errors import UsageError
from agent.grounding import Finding, check, without_sentences
from agent.intake import Reading
from agent.retrieval import Retriever
from agent.rules.model import RuleBook
from agent.rules.verdict import judge
from agent.types import Answer, Citation, Draft, Evidence, FactOut, OpenQuestion, Passage, Source, UseCase, Verdict

SEARCHED_CHARACTERS = 2_000
"""How much of a long text is encoded as the query; MiniLM reads 256 tokens of it anyway."""
RETRIEVED = 24
"""Passages looked at before choosing which to cite."""


class Advisor:
    """Answers questions about the subject and about described cases; the same words give the same answer."""

    def __init__(
        self,
        *,
        read: Callable[[str], Reading],
        retriever: Retriever,
        book: RuleBook,
        sources: Mapping[str, Source],
        guide: guidance.Guide,
    ) -> None:
        self._read = read
        self._retriever = retriever
        self._book = book
        self._sources = sources
        self._guide = guide

    def ask(self, text: str) -> Answer:
        """Return the whole answer to one question or described case; raises UsageError where there is no text."""
        question = clean(text)
        clock = _Clock()
        reading = self._read(question)
        clock.lap("read")
        query = question[:SEARCHED_CHARACTERS]
        vector = self._retriever.encode([query])[0]
        evidence = self._retriever.search(query, k=RETRIEVED, vector=vector)
        clock.lap("retrieve")
        kind = self._guide.classify(query, vector=vector, evidence=evidence, facts=reading.use_case)
        verdict = judge(reading.use_case, self._book) if kind.kind == "advice" else None
        clock.lap("judge")
        draft, allowed = self._draft(question, kind.kind, reading.use_case, verdict, evidence, vector)
        draft, findings = self._gate(draft, allowed, verdict, question, reading.use_case)
        clock.lap("write")
        return Answer(
            question=question,
            mode="offline",
            kind=kind.kind,
            answer=draft.markdown,
            citations=tuple(self._citation(n, allowed[cited]) for n, cited in enumerate(draft.cited, 1)),
            facts=facts_out(reading.use_case),
            verdict=verdict,
            next_questions=verdict.next_questions if verdict else (),
            nearest=kind.nearest,
            timings_ms=clock.laps,
            notes=(*reading.remarks, *(f"gate: {f.flaw}: {f.detail}" for f in findings)),
        )

"""One run: the advisor under evaluation, the datasets, and every answer given on the way, each text answered once.

Nothing is kept from one run to the next; only the search index is, as for any user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.rules.engine import decide, infer
from agent.rules.model import RuleBook
from agent.rules.verdict import digest, judge
from agent.types import Answer, Approach, Fact, FactValue, Passage, Source, UseCase, Verdict
from eval.cases import Case, Covered, Dataset, Labelled, NotCovered, Stated, Written

Floats = NDArray[np.float32]


class Subject(Protocol):
    """What is evaluated, and what it stands on."""

    @property
    def book(self) -> RuleBook:
        """The rules that it decides by."""

    @property
    def passages(self) -> Mapping[str, Passage]:
        """Everything it may cite, by id."""

    @property
    def llm(self) -> str | None:
        """The language models that take part; None where none does."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """The cards of the sources, by id."""

    def ask(self, text: str) -> Answer:
        """Answer as the product would."""

    def read(self, text: str) -> UseCase:
        """Return the facts that the product reads in a text."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n, dimension) unit vectors: for anchors, not for the product."""


class Data(Struct, frozen=True):
    """The datasets of a run."""

    use_cases: Dataset[Labelled]
    questions: Dataset[Covered]
    unanswerable: Dataset[NotCovered]
    aside: Dataset[Labelled] | None = None
    """Found cases that nothing was learned or chosen by; None where other cases than the repository's are evaluated."""
    posted: Mapping[str, Dataset[Stated]] = {}
    """What has facts and no label, by name; empty likewise."""
    written: Written | None = None
    """Questions that nothing was fitted on; None likewise."""

    @property
    def all(self) -> tuple[Dataset[Labelled], Dataset[Covered], Dataset[NotCovered]]:
        """The three that make the headline."""
        return self.use_cases, self.questions, self.unanswerable


class Recommended(NamedTuple):
    """A verdict less its reasons."""

    approach: Approach
    digest: str
    values: dict[str, FactValue]


class Run:
    """What evaluators ask; they share the answers."""

    def __init__(
        self, subject: Subject, data: Data, *, held_out: Mapping[str, UseCase] | None = None, fitted: Sequence[str] = ()
    ) -> None:
        """`held_out`: readings by a reader that never saw the case, by id; `fitted`: texts a part was fitted on."""
        self.subject = subject
        self.data = data
        self.held_out = held_out
        self.fitted = tuple(fitted)
        self.answers: dict[str, Answer] = {}
        """By a name of the text: the case's id, and the variant where it is one."""
        self._names: dict[str, str] = {}

    def ask(self, case: Case[Any], variant: str = "", text: str = "") -> Answer:
        """Answer a case, or `text`, a variant of it; each text once per run."""
        text = text or case.text
        name = self._names.setdefault(text, f"{case.id} {variant}".strip())
        if name not in self.answers:
            self.answers[name] = self.subject.ask(text)
        return self.answers[name]

    def judge(self, use_case: UseCase) -> Verdict:
        """Apply the rules alone."""
        return judge(use_case, self.subject.book)

    def recommend(self, text: str) -> Recommended:
        """Read and decide, without prose and flips: what a verdict is named by, in a tenth of the time of an answer."""
        book = self.subject.book
        values = infer(self.subject.read(text), book).values
        approach: Approach = decide(book.panel, book, values).approach or "measure_first"
        return Recommended(approach, digest(book, values, approach), values)

    def shipped_reading(self, case: Case[Any]) -> UseCase:
        """What the shipped reader understood of a case; fitted on it where the case is the repository's."""
        return self.subject.read(case.text)

    def reading(self, case: Case[Any]) -> UseCase:
        """What a reader that never saw the case understood: held out where it was fitted, else the shipped one."""
        if self.held_out is not None and case.id in self.held_out:
            return self.held_out[case.id]
        return self.shipped_reading(case)

    @property
    def provenance(self) -> str:
        """How far figures that rest on readings can be trusted on unseen cases."""
        if self.held_out is not None:
            return "cross-validated"
        return "reader FITTED on these" if self.data.use_cases.is_shipped else "unseen file"

    def ask_all(self) -> Mapping[str, Answer]:
        """Answer every case of every dataset, and return every answer of the run by name."""
        for dataset in self.data.all:
            for case in dataset.cases:
                self.ask(case)
        return self.answers


def reading_of(answer: Answer) -> UseCase:
    """Return the facts of an answer as a case; facts in dispute, which have no value, are left out."""
    return UseCase(
        {
            name: Fact(name, out.value, out.origin, out.evidence)
            for name, out in answer.facts.items()
            if out.value is not None
        }
    )

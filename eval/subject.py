"""The product as it is shipped, opened once for a run, and the readings of readers that did not see a case."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from agent.advisor import Advisor
from agent.bootstrap import UseModel, open_advisor, open_book, open_retriever
from agent.intake import read
from agent.retrieval.encoder import QueryEncoder
from agent.rules.model import RuleBook
from agent.settings import Settings
from agent.text import clean
from agent.types import Answer, Passage, Source, UseCase
from eval.cases import Dataset, Labelled
from eval.run import Floats


class Shipped:
    """The advisor that `rung ask` opens, beside the parts it stands on."""

    def __init__(self, settings: Settings, *, use_model: UseModel = "never") -> None:
        """Open the product; without a model unless `use_model` says otherwise, so that figures can be repeated."""
        self._advisor, _ = open_advisor(settings, [], notify=tell, use_model=use_model)
        models = {} if use_model == "never" else {"read": settings.read_model, "write": settings.write_model}
        self._models = {role: model.model for role, model in models.items() if model is not None}
        self._readings: dict[str, UseCase] = {}
        self._book, self._library = open_book(settings, [], notify=lambda line: None)
        _, self._retriever = open_retriever(settings, notify=tell, library=self._library)
        self._sentences = Remembering(QueryEncoder().encode_read)

    @property
    def advisor(self) -> Advisor:
        """The advisor itself, for conversations."""
        return self._advisor

    @property
    def llm(self) -> str | None:
        """The language models by role; None where none takes part."""
        return ", ".join(f"{role}: {model}" for role, model in self._models.items()) or None

    @property
    def book(self) -> RuleBook:
        """The rules of the five sources and the panel."""
        return self._book

    @cached_property
    def passages(self) -> Mapping[str, Passage]:
        """Every passage, by id."""
        return {passage.id: passage for passage in self._library.passages}

    @property
    def sources(self) -> Mapping[str, Source]:
        """The cards, by source id."""
        return self._library.sources

    def ask(self, text: str) -> Answer:
        """Answer as `rung ask` does."""
        if "read" not in self._models:
            return self._advisor.ask(text)
        understood = self._advisor.understand(text)
        self._readings[text] = understood.reading.use_case
        return self._advisor.answer(understood)

    def read(self, text: str) -> UseCase:
        """Read as the advisor does; sentences met before in this run are not encoded again, nor a model asked twice."""
        if "read" in self._models:
            if text not in self._readings:
                self._readings[text] = self._advisor.understand(text).reading.use_case
            return self._readings[text]
        return read(clean(text), self._book.catalogue, self._sentences.encode).use_case

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return MiniLM vectors."""
        return np.asarray(self._retriever.encode(texts))


class Remembering:
    """An encoder that encodes each text once, and each case: its variants share most sentences, and often all."""

    def __init__(self, encode: Callable[[Sequence[str], int], Floats]) -> None:
        self._encode = encode
        self._rows: dict[tuple[str, frozenset[str]], Floats] = {}

    def encode(self, texts: Sequence[str], /, case: int = 0) -> Floats:
        """Return a row for each text; the first `case` are sentences of one case."""
        together = frozenset(texts[:case])
        keys = [(text, together if at < case else frozenset()) for at, text in enumerate(texts)]
        if any(key not in self._rows for key in keys):
            self._rows.update(zip(keys, self._encode(texts, case), strict=True))
        return np.stack([self._rows[key] for key in keys])


def held_out_readings(cases: Dataset[Labelled], aside: Dataset[Labelled] | None) -> Mapping[str, UseCase] | None:
    """Return each case read by a reader fitted without it; None where nothing was fitted on this file.

    Folds are by whole case; the cases kept `aside` are a fold of their own.
    """
    if not cases.is_shipped:
        return None
    # Needs the packages of development, which an evaluation of other cases does not.
    from eval.fit_intake import cross_validated_readings

    return cross_validated_readings({case.id for case in aside.cases} if aside else ())


def tell(line: str) -> None:
    """Print a line for people, apart from the report."""
    print(line, file=sys.stderr)

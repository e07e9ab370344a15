"""The product as it is shipped, opened once for a run, and the readings of readers that did not see a case."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from agent.bootstrap import open_advisor, open_book, open_retriever
from agent.rules.model import RuleBook
from agent.settings import Settings
from agent.types import Answer, Passage, Source, UseCase
from eval.cases import Dataset, Labelled
from eval.run import Floats


class Shipped:
    """The advisor that `rung ask` opens, beside the parts it stands on."""

    def __init__(self, settings: Settings) -> None:
        self._advisor, _ = open_advisor(settings, [], notify=tell)
        self._book, self._library = open_book(settings, [], notify=lambda line: None)
        _, self._retriever = open_retriever(settings, notify=tell, library=self._library)

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
        return self._advisor.ask(text)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return MiniLM vectors."""
        return np.asarray(self._retriever.encode(texts))


def held_out_readings(cases: Dataset[Labelled]) -> Mapping[str, UseCase] | None:
    """Return each case read by a reader fitted without it; None where nothing was fitted on this file.

    The fitting module offers `cross_validated_readings(cases) -> {case id: UseCase}`, folds by whole case.
    """
    if not cases.is_shipped or find_spec("eval.fit_intake") is None:
        return None
    fitting: Any = import_module("eval.fit_intake")
    return fitting.cross_validated_readings(cases.cases) if hasattr(fitting, "cross_validated_readings") else None


def tell(line: str) -> None:
    """Print a line for people, apart from the report."""
    print(line, file=sys.stderr)

"""The passages that a model may cite, each under one number for the whole turn, and the markers of its prose.

Models copy short numbers more reliably than long ids; an id in brackets is understood as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from agent.text import printable
from agent.types import Draft, Passage

_IDS = re.compile(r"\[((?:[a-z0-9][\w-]*#[\w-]+)(?:\s*[,;]\s*[a-z0-9][\w-]*#[\w-]+)*)\]")


class Shelf:
    """Numbers passages as they come in; a number never changes its passage."""

    def __init__(self, passages: Iterable[Passage] = ()) -> None:
        self.passages: dict[str, Passage] = {}
        self.put(passages)

    def put(self, passages: Iterable[Passage]) -> None:
        """Add what is not there yet."""
        for passage in passages:
            self.passages.setdefault(passage.id, passage)

    def show(self, passages: Iterable[Passage]) -> str:
        """Return the passages as a model reads them: number, source, section, words."""
        numbers = self._numbers
        return "\n\n".join(
            f"[{numbers[passage.id]}] {passage.source}, {passage.section or 'document'}\n{passage.cited_text.strip()}"
            for passage in passages
        )

    def number(self, text: str) -> str:
        """Replace ids in brackets by numbers; an id that is not here gets a number that stands for nothing."""
        numbers = self._numbers
        unknown = len(numbers) + 1

        def markers(match: re.Match[str]) -> str:
            ids = re.split(r"\s*[,;]\s*", match[1])
            return "".join(f"[{numbers.get(id, unknown)}]" for id in ids)

        return _IDS.sub(markers, text)

    def draft(self, prose: str) -> Draft:
        """Return a model's prose as a draft that cites by this shelf's numbers."""
        return Draft(self.number(printable(prose)).strip(), tuple(self.passages))

    @property
    def _numbers(self) -> Mapping[str, int]:
        return {id: number for number, id in enumerate(self.passages, start=1)}

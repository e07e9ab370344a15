"""What a writer is handed and what it hands back; everything it may rest on reaches it here, as data and functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any, Protocol

from msgspec import Struct

from agent.errors import ModelError
from agent.llm.streaming import Show
from agent.types import AnswerKind, Draft, Flip, Passage, RoleTrace

Review = Callable[[Draft, Mapping[str, Passage], Sequence[Flip]], Sequence[str]]
"""The gate: a draft, the passages it may cite and what-ifs that were computed; returns its flaws in plain words."""


class WhatIf(Struct, frozen=True):
    """The rules' answer to changed facts."""

    says: str
    flip: Flip | None = None
    """The change as the gate should know it, where it moves the recommendation."""


class WritingTask(Struct, frozen=True):
    """One answer to write: the verdict is decided and the guidance retrieved before it is made."""

    kind: AnswerKind
    question: str
    facts: str
    verdict: str
    """The verdict in Markdown, with passage ids in brackets; empty for a question on the subject."""
    opening: str
    """What stands before the prose, and the reader has seen; it gives the recommendation."""
    closing: str
    """What stands after the prose: the question worth answering."""
    passages: Mapping[str, Passage]
    retrieve: Callable[[str], Sequence[Passage]]
    what_if: Callable[[Mapping[str, Any]], WhatIf]
    """Raises UsageError for a fact or a value that there is not."""
    review: Review


class Written(Struct, frozen=True):
    """What came of it: a draft that passed the gate, or the reason why there is none."""

    trace: RoleTrace
    draft: Draft | None = None
    passages: Mapping[str, Passage] = {}
    """Every passage the draft may cite."""
    error: ModelError | None = None


class Writer(Protocol):
    """Writes the prose of an answer."""

    def __call__(self, task: WritingTask, *, show: Show | None = None, cancel: Event | None = None) -> Written:
        """Return the draft, or why there is none; never raises for what a model or a server does.

        `show` gets, in the caller's thread, the beginning of a draft as far as it has passed the gate, while the rest
        still comes. The draft that is returned may be another.
        """
        ...

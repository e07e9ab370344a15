"""The rows that are kept of conversations, as plain values: what a caller may hold without knowing a database."""

from __future__ import annotations

from msgspec import Struct


class SessionRow(Struct, frozen=True):
    """One conversation as a list shows it."""

    id: str
    title: str
    """The beginning of its first turn."""
    created: str
    updated: str
    """ISO times in UTC."""
    turns: int
    recommendation: str
    """As of the last turn; empty where no case was described."""


class TurnRow(Struct, frozen=True):
    """One finished turn."""

    number: int
    """From 1."""
    at: str
    said: str
    kind: str
    reply: str
    """The reply as JSON."""
    state: str
    """What the next turn starts from, as JSON."""

"""The card of a source in words: what a reader should know before trusting a citation of it."""

from __future__ import annotations

from agent.types import Source


def card_of(source: Source, *, cited: str | None = None) -> str:
    """Return publisher, date, what it sells, what its figures rest on and how old its prices are, in one line.

    Beside the words of it that are `cited`, figures and prices are spoken of only where these hold some.
    """
    publisher = source.publisher.replace("Not named", "publisher not named", 1)
    parts = [publisher, source.dated, source.sells]
    parts += [source.unsourced_figures] if cited is None or any(char.isdigit() for char in cited) else []
    parts += [f"prices: {source.prices_as_of}"] if source.prices_as_of and (cited is None or "$" in cited) else []
    return "; ".join(" ".join(part.split()).rstrip(".") for part in parts if part)


def publisher_of(source: Source) -> str:
    """Return who published it, which is what readers know it by; empty where nobody is named."""
    is_named = not source.publisher.lower().startswith(("not named", "unknown", "unnamed"))
    return source.publisher if is_named else ""

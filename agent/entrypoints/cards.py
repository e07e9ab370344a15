"""The card of a source in words: what a reader should know before trusting a citation of it."""

from __future__ import annotations

from agent.types import Source


def card_of(source: Source, *, figures: bool = True, prices: bool = True) -> str:
    """Return publisher, date, what it sells, what its figures rest on and how old its prices are, in one line."""
    publisher = source.publisher.replace("Not named", "publisher not named", 1)
    parts = [publisher, source.dated, source.sells]
    parts += [source.unsourced_figures] if figures else []
    parts += [f"prices: {source.prices_as_of}"] if prices and source.prices_as_of else []
    return "; ".join(" ".join(part.split()).rstrip(".") for part in parts if part)

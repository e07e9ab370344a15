"""Quotation marks, dashes and unseen characters, levelled so that words can be compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

TYPOGRAPHY = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "‚": "'",
        "′": "'",
        "″": '"',
    }
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {
        "…": "...",
        "\u00ad": None,
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
    }
)


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Level typography and white space, and drop control characters; letters and case stay."""
    level = unicodedata.normalize("NFKC", text.translate(TYPOGRAPHY)).translate(TYPOGRAPHY)
    visible = level if level.isprintable() else "".join(char if char.isprintable() else _blank(char) for char in level)
    return " ".join(visible.split())


def _blank(char: str) -> str:
    """Drop what has no width (soft hyphens, joiners, direction marks); anything else unseen is a space."""
    return "" if unicodedata.category(char) == "Cf" else " "

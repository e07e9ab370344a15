"""Quotation marks, dashes and unseen characters, levelled so that words can be compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from agent.text import seen

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
    return " ".join(seen(level).split())

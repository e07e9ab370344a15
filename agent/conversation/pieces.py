"""Cuts a turn into pieces that end where a sentence does, "no." included, which is an answer here and no number."""

from __future__ import annotations

import re

from agent.intake.sentences import flatten

_BREAK = re.compile(r"(?<=[.!?…])[\"')]?\s+|\n+")
_WORD = re.compile(r"[a-z0-9]+")
STEM = 5
"""Letters by which words are held against each other."""
SHORTEST = 4
"""Letters of a word that says something by itself, unless it is one of these."""
_SMALL = frozenset(
    {"also", "been", "both", "could", "does", "each", "from", "have", "here", "into", "just", "many", "more"}
    | {"most", "much", "must", "need", "only", "over", "same", "some", "such", "than", "that", "them", "then"}
    | {"there", "they", "this", "very", "want", "what", "when", "will", "with", "would", "your", "yours"}
)


def cut(text: str) -> list[str]:
    """Return the pieces of a text, each with the space behind it, so that joined they are the text again."""
    ends = [found.end() for found in _BREAK.finditer(text)]
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [piece for piece in pieces if piece.strip()]


def shares_a_word(text: str, other: str) -> bool:
    """Whether two texts have a word of some length in common, whatever its ending."""
    return bool(_stems(text) & _stems(other))


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in _WORD.findall(flatten(text)) if len(word) >= SHORTEST and word not in _SMALL}

"""Which sentence of a passage is about the same thing as a given one, by the content words they share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from agent.expressions import expression
from agent.naming import tokened

_WORD = expression(r"[a-z][a-z0-9-]+")
_STOP = frozenset(
    re.findall(
        r"\w+",
        "the and that this with for from are was were has have had its their they them you your can could may might "
        "will would shall should must does did done been being into onto over under than then there "
        "here what which who whom when "
        "where why how all any each every some such only also very more most much many few less least use uses used "
        "using one two but not never avoid avoids rather instead without cannot nor neither none out off per via about",
    )
)
SAME_SUBJECT = 0.6
"""Jaccard overlap of content words from which two sentences are taken to speak of the same thing."""
SAME_SENTENCE = 0.75
"""Overlap from which one is taken to repeat the other."""


def twin_of(sentence: str, claims: Iterable[str], *, at_least: float = SAME_SUBJECT) -> str | None:
    """Return the claim that shares most content words with the sentence, if it is about the same thing."""
    words = content(sentence)
    if len(words) < 3:
        return None
    scored = [(_overlap(words, content(claim)), claim) for claim in claims]
    best, claim = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return claim if best >= at_least else None


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """Return the stems of the words that say what a text is about."""
    return frozenset(word[:6] for word in _WORD.findall(text.lower()) if is_content(word))


def is_content(word: str) -> bool:
    """Say whether a word says what a text is about."""
    return len(word) > 2 and word not in _STOP


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of a text, each approach as one of them, whatever it is called there."""
    return content(tokened(text))


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left and right else 0.0

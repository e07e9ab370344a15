"""Whether each quotation stands where its sentence says: exact, levelled, elsewhere or nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from agent.expressions import expression
from agent.grounding.basis import Basis, Case, texts_of
from agent.grounding.findings import Finding
from agent.grounding.sentences import QUOTED, Sentence
from agent.grounding.typography import normalise
from agent.types import Passage

QuoteMatch = Literal["exact", "normalised", "elsewhere", "nowhere"]
MIN_QUOTE_WORDS = 4
_ATTRIBUTES = expression(
    r"\b(?:says?|writes?|states?|wrote|stated|argues?|according to|puts? it|in the words of)\b",
    re.IGNORECASE,
)
_SECOND_PERSON = expression(r"\b(?:you|your|yours)\b", re.IGNORECASE)


def match_quote(quote: str, texts: Iterable[str]) -> Literal["exact", "normalised"] | None:
    """Say how the quotation stands in one of the texts; the parts around an ellipsis must stand there in order."""
    candidates = list(texts)
    parts = [part for part in re.split(r"\s*\[?(?:…|\.\.\.)\]?\s*", quote.strip()) if part]
    parts = [part.rstrip(" .,;:!?") if index == len(parts) - 1 else part for index, part in enumerate(parts)]
    if any(_in_order(parts, text) for text in candidates):
        return "exact"
    level = [normalise(part) for part in parts]
    return "normalised" if any(_in_order(level, normalise(text)) for text in candidates) else None


def trace_quote(quote: str, cited: Iterable[Passage], others: Iterable[Passage]) -> QuoteMatch:
    """Say where a quotation stands: in its own passages (exact or normalised), in another one, or nowhere."""
    own = match_quote(quote, (text for passage in cited for text in texts_of(passage)))
    if own:
        return own
    found = match_quote(quote, (text for passage in others for text in texts_of(passage)))
    return "elsewhere" if found else "nowhere"


def _in_order(parts: list[str], text: str) -> bool:
    """Say whether the parts stand in a text one after the other, as whole words."""
    if not all(part in text for part in parts):
        return False
    at = 0
    for part in parts:
        for match in re.finditer(re.escape(part), text[at:]):
            before, after = (
                text[at + match.start() - 1 : at + match.start()],
                text[at + match.end() :][:1],
            )
            if not (part[:1].isalnum() and before.isalnum()) and not (part[-1:].isalnum() and after.isalnum()):
                at += match.end()
                break
        else:
            return False
    return bool(parts)


def check_quotes(sentence: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """Each quotation must stand in what its sentence cites, or be the user's where it is said to be."""
    for quoted in QUOTED.findall(sentence.text):
        quote = quoted[1:-1].strip()
        if len(quote.split()) < MIN_QUOTE_WORDS:
            continue
        where = trace_quote(quote, basis.cited, case.allowed.values())
        if where in ("exact", "normalised"):
            continue
        outside = QUOTED.sub(" ", sentence.text)
        is_users = bool(_SECOND_PERSON.search(outside)) or not (basis.cited or _ATTRIBUTES.search(outside))
        if is_users and match_quote(quote, (case.user,)):
            continue
        if where == "elsewhere":
            yield Finding(
                "misattributed_quote",
                sentence.text,
                f"“{quote}” stands in another passage than cited",
            )
        else:
            yield Finding(
                "altered_quote",
                sentence.text,
                f"“{quote}” stands in no passage at hand",
            )


def is_said(sentence: Sentence, case: Case) -> bool:
    """Say whether the verdict's rules say this sentence word for word."""
    text = normalise(sentence.text).rstrip(".").lower()
    return len(text.split()) > MIN_QUOTE_WORDS and any(text in normalise(said).lower() for said, _ in case.says)

"""Whether a sentence says the opposite of what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.expressions import expression
from agent.grounding.basis import Basis, Case
from agent.grounding.contradiction import find_contradiction
from agent.grounding.findings import Finding, listed
from agent.grounding.likeness import twin_of
from agent.grounding.quotations import MIN_QUOTE_WORDS
from agent.grounding.relations import find_reversal
from agent.grounding.sentences import Sentence, clauses
from agent.grounding.stances import stances
from agent.grounding.typography import normalise
from agent.naming import CHECKED, NAMES, named_approaches

_NEGATION = expression(
    r"\b(?:not|never|no|none|nor|neither|cannot|without|avoid\w*|rather than|instead of|hardly|rarely|seldom|"
    r"stop|refrain|nothing|wrong|fails?|unlike)\b|n['’]t\b",
    re.IGNORECASE,
)


_REPLY = expression(r"^\W*(?P<reply>yes|no):\s+", re.IGNORECASE)
"""Answers the question before the claim begins, and denies nothing in it."""


def reply_of(markdown: str) -> str:
    """Return the "yes" or "no" that a text begins with, to answer a question; empty where it begins with neither."""
    found = _REPLY.match(markdown)
    return found["reply"].lower() if found else ""


def check_polarity(sentence: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """A sentence may not turn round what it repeats, nor speak against what its passage speaks for."""
    if not basis.cited or sentence.is_heading or sentence.text.endswith("?"):
        return
    claims = basis.claims
    said = case.claim(sentence)
    bare = _without_verbatim(_REPLY.sub("", said) if case.reply and reply_of(said) == case.reply else said, claims)
    parts = clauses([bare])
    of_claims = [*claims, *clauses(claims)] if parts else []
    turned = _turned_round(bare, claims) or next(filter(None, (_turned_round(part, of_claims) for part in parts)), None)
    if turned is not None:
        yield Finding("flipped_polarity", sentence.text, f"what it rests on says: {turned.strip()}")
        return
    for name in sorted(named_approaches(bare) & set(CHECKED)):
        own = stances(bare, name)
        theirs = frozenset[str]().union(*(stances(claim, name) for claim in claims))
        if len(own) == 1 and theirs and not own & theirs:
            yield Finding(
                "flipped_polarity", sentence.text, f"speaks {listed(own)} {name}, its passage {listed(theirs)}"
            )
            return
    against = find_contradiction(bare, claims) or find_reversal(bare, claims, is_step=sentence.is_step)
    if against:
        yield Finding("flipped_polarity", sentence.text, against)


def _turned_round(text: str, claims: Iterable[str]) -> str | None:
    """Return the claim that a text repeats with one negation more or less, or with a word for its opposite."""
    twin = twin_of(text, claims)
    if twin is None:
        return None
    plain = _without_contrast(text, twin)
    if negations(plain) % 2 != negations(twin) % 2 or _is_opposite(plain, twin):
        return twin
    return None


_OPPOSITES = tuple(
    (expression(rf"\b(?:{left})\b", re.IGNORECASE), expression(rf"\b(?:{right})\b", re.IGNORECASE))
    for left, right in (
        ("before", "after"),
        ("cheap(?:er)?|inexpensive", "dear(?:er)?|expensive|costly|costlier"),
        ("fast(?:er)?|quick(?:er)?", "slow(?:er)?"),
        ("wins?|excels?", "loses?|fails?"),
        ("more", "less"),
        ("better", "worse"),
        ("higher", "lower"),
        ("raises?|increases?", "lowers?|cuts?|reduces?"),
        ("always", "never"),
        ("easy|easier", "hard(?:er)?|difficult"),
        ("large(?:r)?|big(?:ger)?", "small(?:er)?"),
        ("above|over", "below|under"),
        ("only (?:when|if|after|once)", "even (?:when|if|after|once)"),
        ("many", "few"),
        ("short(?:er)?", "long(?:er)?"),
    )
)


def _is_opposite(text: str, twin: str) -> bool:
    """Say whether a word of one stands as its opposite in the other, however often either stands there besides."""
    for pair in _OPPOSITES:
        more, less = (len(word.findall(text)) - len(word.findall(twin)) for word in pair)
        if more == -less and abs(more) == 1:
            return True
    return False


def _without_verbatim(text: str, claims: Iterable[str]) -> str:
    """Drop the clauses that stand word for word in what the sentence rests on; only the rest can turn it round."""
    level = normalise(text)
    for claim in sorted(set(claims), key=len, reverse=True):
        said = normalise(claim).rstrip(".")
        at = level.lower().find(said.lower()) if len(said.split()) >= MIN_QUOTE_WORDS else -1
        # Only as a clause of its own: "do not" before it would turn it round.
        if at == 0 or (at > 0 and level[:at].rstrip().endswith((";", ":", ",", "("))):
            level = f"{level[:at]};{level[at + len(said) :]}"
    return level


def _without_contrast(text: str, twin: str) -> str:
    """Drop "not X" and "rather than X" for approaches the claim does not name: they turn nothing of it round."""
    for name in named_approaches(text) - named_approaches(twin):
        contrast = rf",?\s*(?:not|rather than|instead of|unlike)\s+(?:\w+\s+){{0,2}}(?:{NAMES[name]})"
        text = re.sub(contrast, " ", text, flags=re.IGNORECASE)
    return text


def negations(text: str) -> int:
    """Count the words that deny."""
    return len(_NEGATION.findall(text))

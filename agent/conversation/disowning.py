"""Takes what a user says never to have said: "you've put that answers must show their source. They needn't".

Owns the forms in which people point at what was noted and disown it. What was pointed at is read as if they stated it;
a denial behind it states the opposite, and without one it is taken back.
"""

from __future__ import annotations

import re

from agent.conversation.turn import Turn
from agent.intake.sentences import flatten, split_sentences
from agent.types import Fact

_POINTS_AT = re.compile(
    r"\W*(?:(?:and|but|so|no|eh|hm+|wait|hang on|sorry)\b\W*)*(?:"
    r"where(?:'s| is|s) (?=[^?]* from\W*$)|who (?:says|said|told you)(?: that)?|where (?:did|do|have) you (?:get|got|take|have) (?:it|that|this)(?: from)?(?: that)?|where did u get(?: that)?"
    r"|what makes you think(?: that)?|how come you (?:think|say|write|put)(?: that)?|why do you (?:think|say|write)(?: that)?"
    r"|you(?:'ve| have)? (?:put|wrote|written|noted|noted down|assumed?|seem to (?:think|believe)|keep (?:telling me|saying|writing))"
    r"(?: (?:down|somewhere|here|there))*(?: that)?"
    r"|(?:and )?i never (?:told you|said|wrote|claimed|mentioned)(?: that)?|i (?:didn't|did not|haven't|have not) (?:told you|tell you|said|say|written|write|claimed|claim)(?: that)?"
    r")\s*\b(?P<what>[^?]{6,}?)\W*",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\W*(?:(?:and|but|because|well|actually|honestly)\b\W*)*(?:"
    r"(?:we|i|it|they|he|she|there|that|this|nobody|no one|nothing|none|neither)(?:'s| is| are| has| have| do| does| did| was| were| can| could| need| must| had| am)?"
    r"\s?(?:n't|not|cannot|never|no\b|nothing|none)|(?:we|i|it|they|he|she|there|that|this) \w+n['’]?t\b|no\b|nope\b|not\b|never\b|nobody\b|nothing of the (?:sort|kind)\b)",
    re.IGNORECASE,
)
WORDS_OF_DENIAL = 8
"""Up to so many words do nothing but deny; more may tell something of their own."""


def take(turn: Turn) -> str:
    """Take back, or turn round, what the text disowns; return what it says beyond that, all of it where it does not."""
    spans = split_sentences(turn.said)
    for at, span in enumerate(spans):
        pointed = _POINTS_AT.fullmatch(span.text)
        if pointed is None:
            continue
        behind = spans[at + 1] if at + 1 < len(spans) else None
        if not _disown(turn, pointed["what"], behind.text if behind else ""):
            continue
        is_bare = behind is not None and _denies(behind.text) and len(behind.text.split()) <= WORDS_OF_DENIAL
        left = turn.said[: span.start] + turn.said[behind.end if behind and is_bare else span.end :]
        return left.strip()
    return turn.said


def _disown(turn: Turn, what: str, behind: str) -> bool:
    """Turn round each fact that the words point at and that was noted so, or take it back; tell whether there was one."""
    pointed = turn.read(what).use_case.facts
    known = turn.state.facts
    meant = [name for name, fact in pointed.items() if name in known and known[name].fact.value == fact.value]
    disputed = [name for name in pointed if name in turn.state.disputes]
    if _denies(behind):
        truths = [name for name in (*meant, *disputed) if isinstance(pointed[name].value, bool)]
        turn.add([Fact(name, not pointed[name].value, "stated", behind) for name in truths], replaces=True)
    else:
        turn.drop({name: (known[name],) for name in meant})
    return bool(meant or disputed)


def _denies(text: str) -> bool:
    return bool(text) and _DENIES.match(flatten(text)) is not None

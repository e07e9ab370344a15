"""Takes a yes or a no to a topic that the turn names itself: "traceable? no. citations? also no".

Also the denial of what rung noted: "you've put that answers must cite. They needn't". Owns which of these count.
Leaves what a few words name to `topics`.
"""

from __future__ import annotations

import re

from msgspec import Struct

from agent.conversation import statements, topics
from agent.conversation.answers import Answer, read_truth
from agent.conversation.hearing import is_argument
from agent.conversation.outcomes import OUTCOMES, outcome, outcome_of
from agent.conversation.pieces import cut, shares_a_word
from agent.conversation.turn import Turn
from agent.conversation.unknowns import admits
from agent.intake.sentences import flatten
from agent.types import Fact, FactSpec

_IN_ONE = re.compile(r"\W*(?P<topic>[^,.;:?!]{3,40}), (?:yes|yeah|yep|no|nope|not yet|never)[.!]?\s*", re.IGNORECASE)
"""A topic and its answer in one: "citations, no."."""
_OF_AN_ATTEMPT = re.compile(
    r"^\W*(?:(?:no|yes|nope|yeah)\b\W*)?(?:(?:we|i|they|nobody|no one|that)\b"
    r"(?! (?:here )?(?:could|can|would|will|should|wants?)\b)"
    r"|not (?:yet|so far|tried)|never (?:tried|done|yet)|untried)"
)
"""Says of an approach that it was tried or not, as "fine-tuning? no" need not."""


IN_A_ROW = 6
"""Topics that one yes or no may answer: "citations? audits? no"."""
_AGAIN = re.compile(
    r"\b(?:read (?:it |that |me )?again|again:|(?:as |like )?i said|i told you|i wrote|no,? no"
    r"|you (?:misread|misunderstood|got (?:that|it|me) wrong))\b"
)
"""Says that rung did not take in what was told before."""
_PLAIN = re.compile(
    r"\W*(?:(?:all|any|most|some|each|every one) of (?:it|them|that|those|us)|us|me|here|today|in full|as a whole)"
)
"""A topic that is whatever was asked."""


class Echo(Struct, frozen=True):
    """A topic with what is said of it."""

    fact: Fact
    rest: str
    """What the text says beyond it, up to the next topic."""
    end: int
    """The piece with which the text goes on."""
    replaces: bool


def take(turn: Turn, text: str) -> str:
    """Put what is said of the topics that a text names to what is known; return the text less these."""
    pieces = cut(text)
    left, at = [], 0
    while at < len(pieces):
        echo = _topic_at(turn, pieces, at) or _claim_at(turn, pieces, at) or _outcome_at(turn, pieces, at)
        if echo is None:
            left.append(pieces[at])
            at += 1
            continue
        turn.add([echo.fact], replaces=echo.replaces)
        went = outcome(echo.fact.name, " ".join([echo.rest, *pieces[echo.end :]])) if echo.fact.value is True else None
        if went:
            turn.add([Fact(went[0], went[1], "answered", text)], replaces=True)
        left.append(f"{echo.rest} " if echo.rest else "")
        at = echo.end
    return "".join(left).strip() if len(left) < len(pieces) or turn.changes else text


def _topic_at(turn: Turn, pieces: list[str], at: int) -> Echo | None:
    named: list[str] = []
    end = at
    while end < min(len(pieces), at + IN_A_ROW) and (topic := topics.topic_of(pieces[end])) is not None:
        named.append(topic)
        end += 1
    if in_one := _IN_ONE.fullmatch(pieces[at]):
        named, said = [in_one["topic"]], pieces[at][in_one.end("topic") + 1 :]
        end = at
    elif named and end < len(pieces):
        said = pieces[end]
    else:
        return None
    fact = next((fact for topic in named if (fact := _meant(turn, topic))), None)
    if fact is None or admits(said):
        return None
    answer = read_truth(said)
    if answer is None or not (_is_asked(turn, fact) or _speaks_of(fact, answer, said)):
        return None
    return _echo(fact, answer, end + 1, replaces=_is_asked(turn, fact))


def _claim_at(turn: Turn, pieces: list[str], at: int) -> Echo | None:
    """Return what denies that a fact is as rung noted it."""
    claim = topics.claim_of(pieces[at])
    if claim is None or at + 1 >= len(pieces):
        return None
    fact, answer = topics.fact_named(claim), read_truth(pieces[at + 1])
    known = turn.state.facts.get(fact or "")
    if fact is None or answer is None or known is None:
        return None
    if answer.value is not topics.is_denial(claim) or known.fact.value is answer.value:
        return None
    return _echo(fact, answer, at + 2, replaces=True)


def _outcome_at(turn: Turn, pieces: list[str], at: int) -> Echo | None:
    """Return what puts right how an attempt went that rung noted: "read again: few-shot is NOT enough"."""
    said = outcome_of(flatten(pieces[at]))
    went = outcome(topics.fact_named(said[0]) or "", said[1]) if said and "?" not in pieces[at] else None
    known = turn.state.facts.get(went[0]) if went else None
    if went is None or known is None or known.fact.value is went[1]:
        return None
    is_read_from_tone = statements.is_hinted(known) and not is_argument(pieces[at])
    if not (_AGAIN.search(flatten(turn.said)) or is_read_from_tone):
        return None
    return Echo(Fact(*went, "answered", pieces[at].strip()), "", at + 1, replaces=True)


def _echo(fact: str, answer: Answer, end: int, *, replaces: bool) -> Echo:
    assert answer.value is not None
    return Echo(Fact(fact, answer.value, "answered", answer.words.strip()), answer.rest, end, replaces)


def _meant(turn: Turn, topic: str) -> str | None:
    """Return the fact that a topic stands for; the one asked about where it takes up a word of the question."""
    if topics.is_denial(topic):
        return None
    asked, named = turn.state.asked, topics.fact_named(topic)
    spec = turn.advisor.book.catalogue.get(asked.fact) if asked else None
    is_open = spec is not None and spec.type == "bool"
    if named is None:
        return (
            spec.name if spec and is_open and (_PLAIN.fullmatch(topic) or shares_a_word(topic, _words(spec))) else None
        )
    return spec.name if spec and OUTCOMES.get(named) == spec.name else named


def _words(spec: FactSpec) -> str:
    return f"{spec.name.replace('_', ' ')} {spec.question}"


def _is_asked(turn: Turn, fact: str) -> bool:
    return turn.state.asked is not None and turn.state.asked.fact == fact


def _speaks_of(fact: str, answer: Answer, said: str) -> bool:
    """Whether an answer to a topic that nobody asked about tells how it is, and does not turn a proposal down."""
    if not topics.is_attempt(fact):
        return True
    return answer.value is False and bool(_OF_AN_ATTEMPT.match(flatten(said)))

"""Takes a turn as an answer to the question that is open, where it is one, and says what it states beyond that.

"No, latency is no issue" says no to nothing that was asked, "no labelled data" neither.
"""

from __future__ import annotations

import re

from agent.conversation import corrections, statements, troubles
from agent.conversation.answers import Answer, names_time, read_answer
from agent.conversation.hearing import Heard, is_argument, named_approach
from agent.conversation.turn import Turn
from agent.intake.amounts import find_amounts
from agent.intake.cues import COMPLAINTS, FOLLOWS, find_cues
from agent.intake.numbers import find_quantities
from agent.intake.sentences import flatten, split_sentences
from agent.types import Fact

_NO_TO_ANOTHER = re.compile(r"\W*no(?:, (?!but |and |though |although |also )| (?=(?:we|i|it|there|nobody)\b))")
"""How "no, latency is no issue" begins, which says no to nothing that was asked; "no. Latency is fine" does."""
_NO_SUCH = re.compile(
    r"\W*no (?!(?:we|i|it|they|he|she|there|that|this|not|never|nobody|nothing|one|idea|clue|because|since|as|but|and"
    r"|so|longer)\b|(?:problem|need)\W*$)[a-z]"
)
_RUNS_ON = re.compile(
    r"\W*(?:yes|yeah|yep|yup|sure) (?:we|they|it|i|there|our|the)\b(?! (?:do|did|have|are|is|can|does|has)\W*$)",
    re.IGNORECASE,
)
MEASURED = frozenset({"evals_exist", "alternatives_compared", "bottleneck_known"})
"""What nobody knows who has not measured."""
_DENIED_ALONE = frozenset((*COMPLAINTS, *FOLLOWS.values()))
"""Troubles and attempts: who denies one gives no reason for the answer to another question."""
_UNTRIED = re.compile(r"\b(?:not|never|nobody|no one|\w+n't)(?: \w+)? tried\b")
_FIRST = re.compile(r"\b(?:first|former|earlier|original|old(?:er)?|previous)\b")
_SECOND = re.compile(r"\b(?:second|latter|last|new(?:er)?|later|latest|current|just (?:said|now))\b")


def take(turn: Turn, heard: Heard) -> str:
    """Read a short answer to the open question; return what the text says beyond it."""
    asked = turn.state.asked
    rest = corrections.mend(turn, heard)
    if rest is not None:
        return rest
    trouble = _takes_trouble(turn, heard)
    if trouble is not None:
        return "" if trouble.is_bare else turn.said
    if asked is None or asked.fact not in turn.advisor.book.catalogue or heard.drops is not None:
        return turn.said
    if _says_no_of_another(turn, asked.fact):
        return turn.said
    answer = _short_answer(turn, heard)
    if answer is None:
        return turn.said
    if answer.value is None:
        turn.leave_unknown(asked)
    else:
        turn.add([Fact(asked.fact, answer.value, "answered", answer.words.strip())], replaces=True)
        turn.remember(number=statements.last_number(turn, [Fact(asked.fact, answer.value)]))
    return answer.rest


def _takes_trouble(turn: Turn, heard: Heard) -> troubles.Troubles | None:
    """Correct the kind of problem where a text names another and nothing else, or denies it."""
    asked, known = turn.state.asked, turn.state.facts.get(troubles.FACT)
    if heard.drops is not None or (asked is not None and asked.fact == troubles.FACT):
        return None
    words = " ".join(heard.states)
    found = troubles.find_troubles(flatten(words))
    is_meant = heard.corrects or found.denied or found.is_bare
    if found.kind and is_meant and not (known and known.fact.value == found.kind):
        turn.add([Fact(troubles.FACT, found.kind, "answered", words)], replaces=True)
    elif known and known.fact.value in found.denied:
        turn.drop({troubles.FACT: (known,)})
    return found if turn.changes else None


def _says_no_of_another(turn: Turn, asked: str) -> bool:
    """Whether "no labelled data" states what it says, and no more denies what was asked than "no" alone would."""
    if not _NO_SUCH.match(flatten(turn.said)):
        return False
    facts = turn.read(turn.said).use_case.facts
    return bool(facts.keys() - statements.OF_TALK) and asked not in facts


def _short_answer(turn: Turn, heard: Heard) -> Answer | None:
    asked = turn.state.asked
    assert asked is not None
    spec = turn.advisor.book.catalogue[asked.fact]
    flat = flatten(turn.said)
    if asked.is_dispute and not heard.asks and (side := _side(turn, flat)) is not None:
        return side
    amounts = {amount.name: amount.value for span in split_sentences(turn.said) for amount in find_amounts(span)}
    if spec.type != "bool" and amounts and spec.name not in amounts:
        return None
    answer = read_answer(turn.said, spec)
    if answer is None or _states_another(turn, answer):
        return None
    is_argued = heard.is_pushback and (named_approach(turn.said) or not _is_bare(answer))
    if (answer.is_loose or spec.type != "bool") and is_argued:
        return None
    if answer.is_loose and is_argument(answer.rest):
        return None
    if spec.type == "bool" and _NO_TO_ANOTHER.match(flat) and _denies_another(answer.rest, asked.fact):
        return None
    corrects_number = heard.corrects and turn.state.number in turn.state.facts and bool(find_quantities(flat))
    is_another = (
        spec.type == "choice" or (spec.type == "bool" and answer.rest) or (spec.unit == "days" and not names_time(flat))
    )
    return None if corrects_number and is_another else answer


def _states_another(turn: Turn, answer: Answer) -> bool:
    """Whether a "yes" that runs on without a break tells of something else: "yes we have a test set"."""
    assert turn.state.asked is not None
    if answer.value is not True or not _RUNS_ON.match(turn.said):
        return False
    told = turn.read(turn.said).use_case.facts.keys() - statements.OF_TALK
    return bool(told) and turn.state.asked.fact not in told


def _side(turn: Turn, flat: str) -> Answer | None:
    """Read "the first", "the latter" as an answer to which of two statements holds."""
    asked = turn.state.asked
    said = turn.state.disputes.get(asked.fact, ()) if asked else ()
    if not said or len(flat.split()) > 8 or bool(_FIRST.search(flat)) == bool(_SECOND.search(flat)):
        return None
    side = said[0] if _FIRST.search(flat) else said[-1]
    return Answer(side.fact.value, side.fact.evidence or turn.said)


def _is_bare(answer: Answer) -> bool:
    """Whether an answer is nothing else: "none", "no idea"."""
    return not answer.is_loose and len(answer.words.split()) <= 3


def _denies_another(text: str, asked: str) -> bool:
    """Whether a text begins by saying that something else than what was asked about is no trouble or was not tried."""
    if asked not in FOLLOWS.values() and _UNTRIED.search(flatten(text)):
        return True
    denied = {
        cue.key[0] for sentence in split_sentences(text)[:1] for cue in find_cues(sentence) if cue.key[1] is False
    }
    return bool(denied & (_DENIED_ALONE - {asked})) or ("evals_exist" in denied and asked not in MEASURED)

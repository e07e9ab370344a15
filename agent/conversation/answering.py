"""Takes a turn as an answer to the question that is open, where it is one, and says what it states beyond that.

"No, latency is no issue" says no to nothing that was asked, "no labelled data" neither.
"""

from __future__ import annotations

import re
from functools import partial

from agent.conversation import amending, corrections, echoes, statements, troubles
from agent.conversation.answers import Answer, names_time, read_answer
from agent.conversation.hearing import Heard, hear, is_argument, named_approach
from agent.conversation.outcomes import outcome
from agent.conversation.pieces import shares_a_word
from agent.conversation.replies import find
from agent.conversation.sides import chosen
from agent.conversation.state import Asked
from agent.conversation.turn import Turn
from agent.conversation.unknowns import less_unknowns, unknown_matter
from agent.intake.amounts import find_amounts
from agent.intake.cues import COMPLAINTS, find_cues
from agent.intake.numbers import find_quantities
from agent.intake.sentences import flatten, split_sentences
from agent.types import FOLLOWS, Fact

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
_OURS = re.compile(
    r"\W*(?:(?:nobody|no one|none of us)(?: here| in \w+ \w+| at \w+)? (?:has|ever|did|can|could)"
    r"|we(?:'ve| have)? (?:only|never|just)|somebody|someone)\b"
)
"""Tells of the team's own, whatever it sounds like: "no. Nobody here has written a prompt"."""


def take(turn: Turn, heard: Heard) -> str:
    """Take what the turn answers: a number corrected, a topic it names, the open question; return what is left."""
    for amend in (amending.take, corrections.mend):
        if (rest := amend(turn, heard)) is not None:
            return rest
    text = turn.said if heard.drops is not None else echoes.take(turn, turn.said)
    trouble = None if turn.changes else _takes_trouble(turn, heard)
    if trouble is not None:
        return "" if trouble.is_bare else turn.said
    if heard.drops is not None:
        return turn.said
    return less_unknowns(_take_answer(turn, text))


def _take_answer(turn: Turn, text: str) -> str:
    """Take the answer to the open question; return what the text says beyond it."""
    asked = turn.state.asked
    spec = turn.advisor.book.catalogue.get(asked.fact) if asked else None
    if asked is None or spec is None or any(change.fact == asked.fact for change in turn.changes):
        return text
    answer = find(text, spec, partial(_short_answer, turn), is_dispute=asked.is_dispute, topic=turn.state.topic)
    if answer is None:
        return text
    _put(turn, asked, answer)
    return answer.rest


def _put(turn: Turn, asked: Asked, answer: Answer) -> None:
    """Put an answer to what is known, and with it how the attempt went that it tells of."""
    if answer.value is None:
        return turn.leave_unknown(asked)
    facts = [Fact(asked.fact, answer.value, "answered", answer.words.strip())]
    went = outcome(asked.fact, answer.rest) if answer.value is True else None
    if went:
        facts.append(Fact(went[0], went[1], "answered", answer.rest))
    turn.add(facts, replaces=True)
    return turn.remember(number=statements.last_number(turn, facts))


def _takes_trouble(turn: Turn, heard: Heard) -> troubles.Troubles | None:
    """Correct the kind of problem where a text names another and nothing else, or denies it."""
    asked, known = turn.state.asked, turn.state.facts.get(troubles.FACT)
    if heard.drops is not None or (asked is not None and asked.fact == troubles.FACT):
        return None
    if asked is not None and chosen(turn.state.disputes.get(asked.fact, ()), turn.said):
        return None
    if unknown_matter(turn.said) is not None:
        return None
    words = " ".join(heard.states)
    found = troubles.find_troubles(flatten(words))
    is_meant = heard.corrects or found.denied or found.is_bare
    if found.kind and is_meant and not (known and known.fact.value == found.kind):
        turn.add([Fact(troubles.FACT, found.kind, "answered", words)], replaces=True)
    elif known and known.fact.value in found.denied:
        turn.drop({troubles.FACT: (known,)})
    return found if turn.changes else None


def _says_no_of_another(turn: Turn, said: str, asked: str) -> bool:
    """Whether "no labelled data" states what it says, and no more denies what was asked than "no" alone would."""
    if not _NO_SUCH.match(flatten(said)):
        return False
    facts = turn.read(said).use_case.facts
    return bool(facts.keys() - statements.OF_TALK) and asked not in facts


def _short_answer(turn: Turn, said: str) -> Answer | None:
    """Read a text that answers from its first word on; None where it does not, or only seems to."""
    asked = turn.state.asked
    assert asked is not None
    spec = turn.advisor.book.catalogue[asked.fact]
    flat, heard = flatten(said), hear(said)
    if _says_no_of_another(turn, said, asked.fact):
        return None
    if asked.is_dispute and not heard.asks and (side := chosen(turn.state.disputes.get(asked.fact, ()), said)):
        return Answer(side.value, side.evidence or said)
    amounts = {amount.name: amount.value for span in split_sentences(said) for amount in find_amounts(span)}
    if spec.type != "bool" and amounts and spec.name not in amounts:
        return None
    answer = read_answer(said, spec)
    if answer is None or _states_another(turn, said, answer):
        return None
    is_argued = heard.is_pushback and bool(named_approach(said) or not _is_bare(answer))
    is_doubtful = is_argued and (answer.is_loose or spec.type != "bool")
    is_doubtful = is_doubtful or (answer.is_loose and is_argument(answer.rest))
    if is_doubtful and not _is_borne_out(turn, said, answer):
        return None
    if spec.type == "bool" and _NO_TO_ANOTHER.match(flat) and _denies_another(answer.rest, asked.fact):
        return None
    corrects_number = heard.corrects and turn.state.number in turn.state.facts and bool(find_quantities(flat))
    is_another = (
        spec.type == "choice" or (spec.type == "bool" and answer.rest) or (spec.unit == "days" and not names_time(flat))
    )
    return None if corrects_number and is_another else answer


def _is_borne_out(turn: Turn, said: str, answer: Answer) -> bool:
    """Whether a text states what its yes or no answers, so that no tone of it matters."""
    asked = turn.state.asked
    assert asked is not None
    if _OURS.match(flatten(answer.rest)) and shares_a_word(answer.rest, asked.question):
        return True
    cues = {cue.key for span in split_sentences(said) for cue in find_cues(span)}
    return isinstance(answer.value, bool) and (asked.fact, answer.value) in cues


def _states_another(turn: Turn, said: str, answer: Answer) -> bool:
    """Whether a "yes" that runs on without a break tells of something else: "yes we have a test set"."""
    assert turn.state.asked is not None
    if answer.value is not True or not _RUNS_ON.match(said):
        return False
    told = turn.read(said).use_case.facts.keys() - statements.OF_TALK
    return bool(told) and turn.state.asked.fact not in told


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

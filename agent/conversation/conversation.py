"""One conversation: text in, `TurnReply` out, the facts remembered in between.

The verdict is judged anew from the facts after each turn; nothing that only argues can move it. Owns the order of
things in a turn. Leaves reading, judging and writing to the advisor, keeping to the record, and showing to whoever
asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from agent.answer.glossary import asked_terms
from agent.conversation import answering, asking, commands, courtesies, explaining, lookups, statements
from agent.conversation.hearing import Heard, hear, named_approach, tells_of_a_case
from agent.conversation.record import Record
from agent.conversation.state import State, TurnReply
from agent.conversation.telling import without_question
from agent.conversation.topics import takes_up_notes
from agent.conversation.turn import Turn, Watch
from agent.text import clean
from agent.types import Answer, Approach, UseCase, Verdict

if TYPE_CHECKING:
    from agent.advisor import Advisor, Understood

CHARACTERS_AT_MOST = 20_000
FACTS_OF_A_CASE = 3
"""Stated facts from which a first text is advised on in full."""
TOLD_NEW = 4
"""Words behind "another one:" from which a new case is told, though nothing in them is a fact yet."""
FACTS_TOLD = 2
"""Facts, be they told by the tone alone, from which a text that tells of a case is advised on."""
_ANSWERS_NOTHING = re.compile(r"\W*(?:yes|yeah|yep|yup|no|nope|nah|sure|maybe|right|fine|true)\W*", re.IGNORECASE)
_NAMED_NEW = re.compile(
    r"\W*(?:(?:ok|okay|and|so|now|then|well)\b\W*)*(?:an? |the |here's an? )?"
    r"(?:another|new|next|different|second|other) (?:case|project|use case|one|thing)(?:\s*[:,]"
    r"| (?:we(?:'re| are)|i(?:'m| am)) (?:looking at|working on|thinking (?:of|about)|planning) is\b)",
    re.IGNORECASE,
)
"""How a new case is announced in so many words, however little of it is told."""


class Conversation:
    """The turns of one conversation over one advisor, which can be exchanged on the way."""

    def __init__(self, advisor: Advisor, record: Record) -> None:
        """Begin a conversation, or carry on with what the record holds."""
        self.advisor = advisor
        self.record = record
        self._turns, self._state = record.last()
        self._verdict: Verdict | None = None
        self._is_judged = False

    @property
    def session(self) -> str:
        """The id it is kept under."""
        return self.record.session

    @property
    def turns(self) -> int:
        """How many turns are finished."""
        return self._turns

    @property
    def state(self) -> State:
        """What the next turn starts from."""
        return self._state

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the facts so far; None before a case was described."""
        if not self._is_judged:
            self._verdict = None if self._state.is_empty else self.advisor.judge(self._state.use_case)
            self._is_judged = True
        return self._verdict

    def use(self, advisor: Advisor) -> None:
        """Carry on with another advisor: with a language model, or without."""
        self.advisor = advisor
        self._is_judged = False

    def take(self, text: str, *, speaker: str = "", watch: Watch | None = None) -> TurnReply:
        """Take one turn and keep it; UsageError where there is no text, SettingsError where it cannot be kept.

        Where a model writes, `watch` gets the reply's beginning as far as it has passed the gate; the reply may be
        another in the end.
        """
        said = commands.meant(clean(text))
        turn = Turn(self.advisor, self.session, self._turns + 1, said[:CHARACTERS_AT_MOST], self._state, self.verdict)
        turn.speaker, turn.watch = speaker, watch
        if len(said) > CHARACTERS_AT_MOST:
            turn.notes += (f"only the first {CHARACTERS_AT_MOST:,} of {len(said):,} characters were read",)
        if said.startswith("/"):
            commands.run(turn, self.record)
        elif self._state.is_empty:
            self._open(turn)
        else:
            self._carry_on(turn)
        reply = turn.reply()
        self.record.write(reply, turn.state)
        self._turns, self._state, self._verdict, self._is_judged = turn.number, turn.state, turn.after, True
        return reply

    def _open(self, turn: Turn) -> None:
        """Hear a text before any case is known, just as a single question is heard."""
        match courtesies.meant_by(turn.said):
            case "greeting" | "nod":
                return explaining.greet(turn)
            case "thanks":
                return explaining.thanked(turn)
        if asking.asks_what_is_known(turn.said):
            return explaining.facts(turn)
        if terms := asked_terms(turn.said):
            return lookups.meaning(turn, terms)
        heard = hear(turn.said)
        is_told = tells_of_a_case(turn.said, heard)
        text = f"{turn.state.told}\n{turn.said}" if is_told else asking.complete(turn.said, turn.state)
        understood = turn.understand(text.strip())
        turn.remember(focus=named_approach(turn.said) or turn.state.focus)
        use_case = understood.reading.use_case
        told = text if is_told else " ".join(heard.states)
        is_description = is_told and bool(turn.state.told)
        every = [fact for fact in use_case.facts.values() if fact.name not in statements.OF_TALK]
        meant = every if is_description else statements.meant(turn, understood.reading, told)
        stated = [fact for fact in meant if fact.evidence in told]
        is_case = len(stated) >= FACTS_OF_A_CASE or (is_told and len(every) >= FACTS_TOLD)
        if understood.kind == "advice" or is_case:
            return self._advise(turn, msgspec.structs.replace(understood, kind="advice"))
        if stated and not heard.asks:
            turn.add(stated)
            turn.dispute(use_case.contradictions)
            turn.remember(number=statements.last_number(turn, stated), told=told.strip())
            return self._tell_facts(turn)
        if is_told:
            turn.remember(told=text.strip())
            return explaining.nothing_new(turn)
        return self._guide(turn, understood)

    def _advise(self, turn: Turn, understood: Understood) -> None:
        """Take a whole description, and tell the verdict in full."""
        turn.kind = "advice"
        use_case = understood.reading.use_case
        turn.add(use_case.facts.values())
        turn.dispute(use_case.contradictions)
        turn.remember(
            number=statements.last_number(turn, use_case.facts.values()),
            told=understood.question[-statements.TOLD_AT_MOST :],
        )
        answer = self._answer(turn, understood, turn.state.use_case)
        turn.after = answer.verdict
        turn.telling.prose(without_question(answer.answer), answer.citations)

    def _carry_on(self, turn: Turn) -> None:
        """Hear a turn of a case that is known."""
        match courtesies.meant_by(turn.said):
            case "greeting":
                return explaining.greet(turn)
            case "thanks":
                return explaining.thanked(turn)
            case "nod":
                return explaining.stands(turn)
        heard = hear(turn.said)
        named = _NAMED_NEW.match(turn.said)
        if heard.is_new_case or named:
            understood = turn.understand(turn.said)
            is_told = named and (understood.reading.use_case.facts or len(turn.said[named.end() :].split()) >= TOLD_NEW)
            if understood.kind == "advice" or is_told:
                return self._start_anew(turn, understood)
        text = answering.take(turn, heard)
        heard = hear(text) if text != turn.said else heard
        if not text:
            return self._tell_facts(turn) if turn.changes else explaining.nothing_new(turn)
        if heard.is_pushback and not turn.changes:
            if _ANSWERS_NOTHING.fullmatch(turn.said):
                return explaining.nothing_new(turn)
            return explaining.hold(turn, heard)
        if takes_up_notes(turn.said):
            heard = msgspec.structs.replace(heard, corrects=True)
        statements.take(turn, heard)
        if turn.changes:
            self._tell_facts(turn, heard)
        self._take_questions(turn, heard)
        if not turn.changes and not (heard.asks or heard.supposes):
            explaining.nothing_new(turn)
        return None

    def _take_questions(self, turn: Turn, heard: Heard) -> None:
        """Answer what the turn asks, in the light of the facts so far."""
        for supposed in heard.supposes[:1]:
            explaining.suppose(turn, supposed, statements.supposed(turn, supposed))
        for text in heard.asks[:2]:
            question = asking.classify(text, turn.state, turn.after.recommendation if turn.after else None)
            is_new = question.about == "subject" and question.approach is None
            turn.remember(focus=None if is_new else question.approach or turn.state.focus, topic=question.text)
            if question.about == "subject":
                understood = turn.understand(question.text)
                self._guide(turn, understood)
            else:
                explaining.answer(turn, question)

    def _guide(self, turn: Turn, understood: Understood) -> None:
        """Answer a question on the subject from the sources, and say what it means for the case."""
        if understood.kind == "advice":
            understood = msgspec.structs.replace(understood, kind="guidance")
        answer = self._answer(turn, understood, UseCase({}))
        if not turn.changes:
            turn.kind = "not_covered" if answer.kind == "not_covered" else "guidance"
        turn.telling.prose(answer.answer, answer.citations)
        explaining.for_your_case(turn)

    def _start_anew(self, turn: Turn, understood: Understood) -> None:
        """Put the case aside and take the new one; `/undo` goes back."""
        turn.go_back(State(undo=turn.number - 1))
        turn.before = None
        turn.changes = ()
        turn.telling.add("This is another case, so I start afresh; `/undo` goes back to the one before.")
        self._advise(turn, msgspec.structs.replace(understood, kind="advice"))

    def _tell_facts(self, turn: Turn, heard: Heard | None = None) -> None:
        """Tell what changed, whether the verdict moved, and why."""
        turn.kind = "facts"
        turn.judge()
        explaining.changed(turn, _argued(turn, heard.argues) if heard else None)

    def _answer(self, turn: Turn, understood: Understood, use_case: UseCase) -> Answer:
        reading = msgspec.structs.replace(understood.reading, use_case=use_case)
        understood = msgspec.structs.replace(understood, reading=reading)
        if turn.watch is not None and self.advisor.has_model:
            answer = self.advisor.answer(understood, tell=turn.tell, show=turn.unfold)
        else:
            answer = self.advisor.answer(understood)
        turn.mode = answer.mode
        turn.notes += answer.notes
        return answer


def _argued(turn: Turn, pieces: Iterable[str]) -> Approach | None:
    """Return the approach that a turn argues about beside its facts; None where what it argues was read for facts."""
    read = [words for change in turn.changes for words in change.words]
    beside = [piece for piece in pieces if not any(words in piece or piece in words for words in read)]
    return next(filter(None, map(named_approach, beside)), None)

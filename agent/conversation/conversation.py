"""One conversation: text in, `TurnReply` out, the facts remembered in between.

The verdict is judged anew from the facts after each turn; nothing that only argues can move it. Owns the order of
things in a turn. Leaves reading, judging and writing to the advisor, keeping to the record, and showing to whoever
asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec

from agent.conversation import asking, commands, courtesies, explaining, merging
from agent.conversation.answers import Answer as ShortAnswer
from agent.conversation.answers import names_time, read_answer
from agent.conversation.hearing import Heard, hear, is_argument, named_approach, tells_of_a_case
from agent.conversation.record import Record
from agent.conversation.state import Known, State, TurnReply
from agent.conversation.telling import without_question
from agent.conversation.turn import Turn, Watch
from agent.intake.amounts import find_amounts
from agent.intake.catalogue import is_in_range
from agent.intake.cues import COMPLAINTS, FOLLOWS, find_cues
from agent.intake.numbers import find_quantities
from agent.intake.sentences import Span, flatten, split_sentences
from agent.text import clean
from agent.types import Answer, Fact, UseCase, Verdict

if TYPE_CHECKING:
    from agent.advisor import Advisor, Understood

CHARACTERS_AT_MOST = 20_000
TOLD_AT_MOST = 6_000
"""Of what was told, the last characters that a statement is read with; all of them are read anew in each turn."""
OF_TALK = frozenset({"considering_fine_tuning"})
"""What asking and arguing state too; only a description states it."""
FACTS_OF_A_CASE = 3
"""Stated facts from which a first text is advised on in full."""
SOFT = frozenset({"problem_kind"})
"""What is judged from all of a description; a later remark does not contradict it unless it corrects."""
STEM = 4
"""Letters by which a withdrawal's words are matched with what was said."""
_TEAM = re.compile(r"\b(?:we|we've|we're|our|ours|us)\b")
"""Whom a fact that only the tone tells must be told of; "I" and "my" are as often an opinion."""
_NO_TO_ANOTHER = re.compile(r"\W*no(?:, (?!but |and |though |although |also )| (?=(?:we|i|it|there|nobody)\b))")
"""How "no, latency is no issue" begins, which says no to nothing that was asked; "no. Latency is fine" does."""
MEASURED = frozenset({"evals_exist", "alternatives_compared", "bottleneck_known"})
"""What nobody knows who has not measured."""
_DENIED_ALONE = frozenset((*COMPLAINTS, *FOLLOWS.values()))
"""Troubles and attempts: who denies one gives no reason for the answer to another question."""
_UNTRIED = re.compile(r"\b(?:not|never|nobody|no one|\w+n't)(?: \w+)? tried\b")
_FIRST = re.compile(r"\b(?:first|former|earlier|original|old(?:er)?|previous)\b")
_SECOND = re.compile(r"\b(?:second|latter|last|new(?:er)?|later|latest|current|just (?:said|now))\b")
_NO_SUCH = re.compile(
    r"\W*no (?!(?:we|i|it|they|he|she|there|that|this|not|never|nobody|nothing|one|idea|clue|because|since|as|but|and"
    r"|so|problem|need|longer)\b)[a-z]"
)
_ANSWERS_NOTHING = re.compile(r"\W*(?:yes|yeah|yep|yup|no|nope|nah|sure|maybe|right|fine|true)\W*", re.IGNORECASE)
_SETS = re.compile(
    r"^\W*(?:please |no,? |sorry,? )*(?:change|set|update|correct|make) (?:[\w'-]+ ){1,7}?to (?=\D{0,8}\d)",
    re.IGNORECASE,
)
"""Says to what a number is to be changed."""
_POINTS = re.compile(r"(?:we|i) (?:have|do|did|are|can)(?: (?:one|it|that|so|some|any|them))?", re.IGNORECASE)
"""Supposes what was asked: "what if we had one?"."""
_NAMED_NEW = re.compile(
    r"\W*(?:a |another |the )?(?:new|next|different|second) (?:case|project|use case)\s*:", re.IGNORECASE
)
"""How a new case is announced in so many words, however little of it is told."""
_NOT_THIS = re.compile(
    r"^\W*(?:(?:it|that) )?(?:is |was |'s )?(?:not|isn't|wasn't) \d[\d.,]*k?%?[,;.]*\s*(?:but |rather )?", re.IGNORECASE
)
"""The number that another takes the place of: "not 64, 46"."""
_ALL_OF_IT = re.compile(
    r"^\W*(?:that|it|this|what i (?:just )?said|my last (?:message|answer|statement)"
    r"|the last (?:one|thing|answer|bit|part)|all (?:of )?that)?\W*$"
)


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
        if courtesies.meant_by(turn.said) == "greeting":
            return explaining.greet(turn)
        heard = hear(turn.said)
        is_told = tells_of_a_case(turn.said, heard)
        text = f"{turn.state.told}\n{turn.said}" if is_told else asking.complete(turn.said, turn.state)
        understood = self._understand(turn, text.strip())
        turn.remember(focus=named_approach(turn.said) or turn.state.focus)
        use_case = understood.reading.use_case
        told = text if is_told else " ".join(heard.states)
        is_description = is_told and bool(turn.state.told)
        every = [fact for fact in use_case.facts.values() if fact.name not in OF_TALK]
        meant = every if is_description else self._meant(turn, use_case, told)
        stated = [fact for fact in meant if fact.evidence in told]
        if understood.kind == "advice" or len(stated) >= FACTS_OF_A_CASE:
            return self._advise(turn, msgspec.structs.replace(understood, kind="advice"))
        if stated and not heard.asks:
            turn.add(stated)
            turn.dispute(use_case.contradictions)
            turn.remember(number=_last_number(turn, stated), told=told.strip())
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
        turn.remember(number=_last_number(turn, use_case.facts.values()), told=understood.question[-TOLD_AT_MOST:])
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
        if heard.is_new_case:
            understood = self._understand(turn, turn.said)
            if understood.kind == "advice" or (_NAMED_NEW.match(turn.said) and understood.reading.use_case.facts):
                return self._start_anew(turn, understood)
        text = self._take_answer(turn, heard)
        heard = hear(text) if text != turn.said else heard
        if not text:
            return self._tell_facts(turn)
        if heard.is_pushback and not turn.changes:
            if _ANSWERS_NOTHING.fullmatch(turn.said):
                return explaining.nothing_new(turn)
            return explaining.hold(turn, heard)
        self._take_statements(turn, heard, text)
        turn.judge()
        if turn.changes:
            self._tell_facts(turn, heard)
        self._take_questions(turn, heard)
        if not turn.changes and not (heard.asks or heard.supposes):
            explaining.nothing_new(turn)
        return None

    def _take_answer(self, turn: Turn, heard: Heard) -> str:
        """Read a short answer to the open question; return what the text says beyond it."""
        asked = turn.state.asked
        if asked is None or asked.fact not in self.advisor.book.catalogue or heard.drops is not None:
            return turn.said
        if self._says_no_of_another(turn, asked.fact):
            return turn.said
        answer = self._short_answer(turn, heard)
        if answer is None:
            return turn.said
        if answer.value is None:
            turn.leave_unknown(asked)
        else:
            turn.add([Fact(asked.fact, answer.value, "answered", answer.words.strip())], replaces=True)
            turn.remember(number=_last_number(turn, [Fact(asked.fact, answer.value)]))
        return answer.rest

    def _says_no_of_another(self, turn: Turn, asked: str) -> bool:
        """Whether "no labelled data" states what it says, and no more denies what was asked than "no" alone would."""
        if not _NO_SUCH.match(flatten(turn.said)):
            return False
        facts = self.advisor.read(turn.said).use_case.facts
        return bool(facts.keys() - OF_TALK) and asked not in facts

    def _short_answer(self, turn: Turn, heard: Heard) -> ShortAnswer | None:
        asked = turn.state.asked
        assert asked is not None
        spec = self.advisor.book.catalogue[asked.fact]
        flat = flatten(turn.said)
        if asked.is_dispute and (side := self._side(turn, flat)) is not None:
            return side
        amounts = {amount.name: amount.value for span in split_sentences(turn.said) for amount in find_amounts(span)}
        if spec.type != "bool" and amounts and spec.name not in amounts:
            return None
        answer = read_answer(turn.said, spec)
        if answer is None:
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
            spec.type == "choice"
            or (spec.type == "bool" and answer.rest)
            or (spec.unit == "days" and not names_time(flat))
        )
        return None if corrects_number and is_another else answer

    def _side(self, turn: Turn, flat: str) -> ShortAnswer | None:
        """Read "the first", "the latter" as an answer to which of two statements holds."""
        asked = turn.state.asked
        said = turn.state.disputes.get(asked.fact, ()) if asked else ()
        if not said or len(flat.split()) > 8 or bool(_FIRST.search(flat)) == bool(_SECOND.search(flat)):
            return None
        side = said[0] if _FIRST.search(flat) else said[-1]
        return ShortAnswer(side.fact.value, side.fact.evidence or turn.said)

    def _take_statements(self, turn: Turn, heard: Heard, text: str) -> None:
        """Read the facts that the turn states, and put them to what is known."""
        if heard.drops is not None and not (heard.states and _ALL_OF_IT.match(flatten(heard.drops))):
            dropped = self._dropped(turn, heard.drops)
            turn.drop(dropped)
            turn.remember(told=_without(turn.state.told, (known for every in dropped.values() for known in every)))
        if not heard.states:
            return
        stated = " ".join(heard.states)
        reading = self._understand(turn, stated).reading
        facts = self._meant(turn, reading.use_case, stated)
        facts = self._with_bare_number(turn, heard, facts)
        facts += self._in_context(turn, stated, facts)
        turn.add(facts, replaces=heard.corrects)
        turn.dispute(c for c in reading.use_case.contradictions if c.name not in SOFT)
        turn.remember(number=_last_number(turn, facts), told=f"{turn.state.told}\n{stated}"[-TOLD_AT_MOST:])
        turn.notes += reading.remarks

    def _meant(self, turn: Turn, use_case: UseCase, stated: str) -> list[Fact]:
        """Return the facts of a later turn that can be relied on, each by a cue, a number, or the team's own words.

        A sentence that says one thing outright says nothing else by its tone; and tone alone contradicts nobody.
        """
        known = {name: known.fact.value for name, known in turn.state.facts.items()}
        facts = [fact for fact in use_case.facts.values() if fact.name not in OF_TALK]
        spans = split_sentences(stated)
        outright = {fact.name: sentence for fact in facts if (sentence := _said_outright(fact, spans)) is not None}
        kept = []
        for fact in facts:
            differs = fact.name in known and known[fact.name] != fact.value
            if fact.name in outright:
                kept += [] if differs and fact.name in SOFT else [fact]
            elif not differs:
                said = [span.text for span in spans if _stands_in(fact, span)]
                own = [text for text in said if _TEAM.search(flatten(text)) and text not in outright.values()]
                kept += [fact] if own else []
        return kept

    def _in_context(self, turn: Turn, stated: str, facts: Sequence[Fact]) -> list[Fact]:
        """Return what a statement says plainly of facts not known yet, in the light of all that was told before.

        "It just invents recipes" is a matter of knowledge where the recipes were said to be the team's own.
        """
        if not turn.state.told:
            return []
        heard = {*turn.state.facts, *turn.state.disputes, *(fact.name for fact in facts)} | OF_TALK
        heard |= SOFT if _denies_trouble(stated) else frozenset()
        start = perf_counter()
        whole = self.advisor.read(f"{turn.state.told}\n{stated}")
        turn.timings["read_whole"] = round((perf_counter() - start) * 1000, 2)
        return [
            fact
            for fact in whole.use_case.facts.values()
            if fact.name not in heard
            and (
                (fact.name in whole.plain and fact.evidence in stated)
                or (fact.name in whole.sure and fact.name not in turn.state.unknown)
            )
        ]

    def _with_bare_number(self, turn: Turn, heard: Heard, facts: list[Fact]) -> list[Fact]:
        """Read "no, it's 8,000" as a correction of the number it names or denies, else of the one last spoken of."""
        if not heard.corrects:
            return facts
        said = " ".join(heard.states)
        named = asking.named_number(said if _SETS.search(said) else " ".join(heard.argues))
        name = _denied_number(turn.state, said) or named or turn.state.number
        spec = self.advisor.book.catalogue.get(name)
        numeric = [fact for fact in facts if not isinstance(fact.value, bool | str)]
        if spec is None or (numeric and not named):
            return facts
        answer = read_answer(_SETS.sub("", _NOT_THIS.sub("", said)), spec)
        if answer is None or not isinstance(answer.value, int | float) or not is_in_range(spec, answer.value):
            return facts
        return [*(fact for fact in facts if fact not in numeric), Fact(spec.name, answer.value, "stated", said)]

    def _dropped(self, turn: Turn, what: str) -> dict[str, tuple[Known, ...]]:
        """Return what a withdrawal names, by fact; what was said last where it names nothing."""
        flat = flatten(what)
        said = merging.statements(turn.state)
        if _ALL_OF_IT.match(flat):
            last = max((known.turn for every in said.values() for known in every), default=0)
            return _chosen(said, lambda _, known: known.turn == last)
        named = _stems(flat)

        def shared(name: str, known: Known) -> int:
            in_name = 2 * len(named & {part[:STEM] for part in name.split("_")})
            return in_name + len(named & _stems(flatten(known.fact.evidence)))

        most = max((shared(name, known) for name, every in said.items() for known in every), default=0)
        found = _chosen(said, lambda name, known: bool(most) and shared(name, known) == most)
        return {name: every[-1:] if _SECOND.search(flat) else every for name, every in found.items()}

    def _take_questions(self, turn: Turn, heard: Heard) -> None:
        """Answer what the turn asks, in the light of the facts so far."""
        for supposed in heard.supposes[:1]:
            explaining.suppose(turn, supposed, self._supposed(turn, supposed))
        for text in heard.asks[:2]:
            question = asking.classify(text, turn.state, turn.after.recommendation if turn.after else None)
            is_new = question.about == "subject" and question.approach is None
            turn.remember(focus=None if is_new else question.approach or turn.state.focus, topic=question.text)
            if question.about == "subject":
                understood = self._understand(turn, question.text)
                self._guide(turn, understood)
            else:
                explaining.answer(turn, question)

    def _supposed(self, turn: Turn, text: str) -> dict[str, Fact]:
        """Read what a supposition changes, as if it were so."""
        stated = asking.indicative(text)
        if not stated:
            return {}
        if _POINTS.fullmatch(stated):
            asked = turn.state.asked.fact if turn.state.asked else ""
            is_open = asked in self.advisor.book.catalogue and self.advisor.book.catalogue[asked].type == "bool"
            return {asked: Fact(asked, True, "assumed", stated)} if is_open else {}
        use_case = self._understand(turn, stated).reading.use_case
        facts = {fact.name: fact for fact in self._meant(turn, use_case, stated)}
        known = {name: known.fact.value for name, known in turn.state.facts.items()}
        facts = {name: fact for name, fact in facts.items() if known.get(name) != fact.value}
        catalogue = self.advisor.book.catalogue
        name, value = asking.number_meant(text, turn.state, catalogue)
        is_read = any(not isinstance(fact.value, bool | str) for fact in facts.values())
        is_meant = not facts or bool(asking.named_number(text))
        if value is not None and not is_read and is_meant and is_in_range(catalogue[name], value):
            whole = catalogue[name].type == "integer"
            facts[name] = Fact(name, round(value) if whole else value, "assumed", stated)
        return facts

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
        turn.go_back(State())
        turn.before = None
        turn.changes = ()
        turn.telling.add("This is another case, so I start afresh; `/undo` goes back to the one before.")
        self._advise(turn, msgspec.structs.replace(understood, kind="advice"))

    def _tell_facts(self, turn: Turn, heard: Heard | None = None) -> None:
        """Tell what changed, whether the verdict moved, and why."""
        turn.kind = "facts"
        turn.judge()
        explaining.changed(turn, has_argued=heard is not None and any(len(piece.split()) > 2 for piece in heard.argues))

    def _understand(self, turn: Turn, text: str) -> Understood:
        understood = self.advisor.understand(text)
        for name, ms in understood.timings_ms.items():
            turn.timings[name] = round(turn.timings.get(name, 0.0) + ms, 2)
        return understood

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


def _chosen(
    said: Mapping[str, Sequence[Known]], is_meant: Callable[[str, Known], bool]
) -> dict[str, tuple[Known, ...]]:
    meant = {name: tuple(known for known in every if is_meant(name, known)) for name, every in said.items()}
    return {name: every for name, every in meant.items() if every}


def _stems(flat: str) -> frozenset[str]:
    return frozenset(word[:STEM] for word in re.findall(r"[a-z0-9]{3,}|\d+", flat) if word not in _SMALL)


def _said_outright(fact: Fact, spans: Sequence[Span]) -> str | None:
    """Return the sentence that says a fact by a number or a cue of its own; None where only the tone says it."""
    for span in spans:
        if _stands_in(fact, span):
            is_number = not isinstance(fact.value, bool | str)
            if is_number or (fact.name, fact.value) in {cue.key for cue in find_cues(span)}:
                return span.text
    return None


def _stands_in(fact: Fact, span: Span) -> bool:
    return fact.evidence in span.text or span.text in fact.evidence


def _is_bare(answer: ShortAnswer) -> bool:
    """Whether an answer is nothing else: "none", "no idea"."""
    return not answer.is_loose and len(answer.words.split()) <= 3


_SMALL = frozenset(
    {"what", "said", "about", "the", "that", "this", "our", "those", "these", "and", "have", "with", "from", "for"}
    | {"are", "not", "wrote", "thing", "part", "bit", "told", "you"}
)


def _denies_trouble(text: str) -> bool:
    """Whether a text says of something that it is no trouble, and so does not tell what is."""
    cues = [cue for span in split_sentences(text) for cue in find_cues(span)]
    return any(cue.key[0] in COMPLAINTS and cue.key[1] is False for cue in cues)


def _without(told: str, taken_back: Iterable[Known]) -> str:
    """Return what was told less the words that were taken back."""
    for known in taken_back:
        told = told.replace(known.fact.evidence, "") if known.fact.evidence else told
    return told


def _denies_another(text: str, asked: str) -> bool:
    """Whether a text begins by saying that something else than what was asked about is no trouble or was not tried."""
    if asked not in FOLLOWS.values() and _UNTRIED.search(flatten(text)):
        return True
    denied = {
        cue.key[0] for sentence in split_sentences(text)[:1] for cue in find_cues(sentence) if cue.key[1] is False
    }
    return bool(denied & (_DENIED_ALONE - {asked})) or ("evals_exist" in denied and asked not in MEASURED)


def _denied_number(state: State, said: str) -> str:
    """Return the fact whose number "not 30k, 3k" denies; empty where it denies none."""
    denied = _NOT_THIS.search(said)
    values = {quantity.value for quantity in find_quantities(flatten(denied.group()))} if denied else set()
    numbers = {name: known.fact.value for name, known in state.facts.items() if not isinstance(known.fact.value, bool)}
    return next((name for name, value in numbers.items() if value in values), "")


def _last_number(turn: Turn, facts: Iterable[Fact]) -> str:
    """Return the numeric fact last spoken of."""
    named = [fact.name for fact in facts if not isinstance(fact.value, bool | str)]
    return named[-1] if named else turn.state.number

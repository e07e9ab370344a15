"""One turn while it runs: the state as it changes, and the reply as it is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec

from agent.answer.wording import LABELS, changed
from agent.conversation import merging, moves
from agent.conversation.state import Asked, Change, Known, RuleMove, State, TurnKind, TurnReply
from agent.conversation.telling import Telling
from agent.types import Contradiction, Draft, Fact, Mode, OpenQuestion, Verdict

if TYPE_CHECKING:
    from agent.advisor import Advisor, Stage, Understood
    from agent.intake.reading import Reading

Watch = Callable[[TurnReply, Verdict | None], None]
"""Gets a reply while it is written, each time a little longer, and the verdict it stands on."""


class Turn:
    """What happens between hearing a text and giving the reply."""

    def __init__(
        self, advisor: Advisor, session: str, number: int, said: str, state: State, before: Verdict | None
    ) -> None:
        self.advisor = advisor
        self.session = session
        self.number = number
        self.said = said
        self.started_from = state
        self.state = state
        self.before = before
        self.after = before
        self.kind: TurnKind = "guidance"
        self.mode: Mode = "offline"
        self.speaker = ""
        self.watch: Watch | None = None
        self.changes: tuple[Change, ...] = ()
        self.why_moved: tuple[RuleMove, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.timings: dict[str, float] = {}
        self.telling = Telling(advisor.book.catalogue, advisor.passages, advisor.sources)
        self.asks = True
        self.goes_back = False
        self._start = perf_counter()

    def understand(self, text: str) -> Understood:
        """Understand a text as the advisor does, and count the time."""
        understood = self.advisor.understand(text)
        self._took(understood.timings_ms)
        return understood

    def read(self, text: str) -> Reading:
        """Read the facts of a text, and count the time."""
        start = perf_counter()
        reading = self.advisor.read(text)
        self._took({"read": _since(start)})
        return reading

    def _took(self, timings_ms: Mapping[str, float]) -> None:
        for name, ms in timings_ms.items():
            self.timings[name] = round(self.timings.get(name, 0.0) + ms, 2)

    def add(self, facts: Iterable[Fact], *, replaces: bool = False) -> None:
        """Put facts to what is known."""
        state, changes = merging.add(self.state, facts, turn=self.number, speaker=self.speaker, replaces=replaces)
        self._changed(state, changes)

    def dispute(self, contradictions: Iterable[Contradiction]) -> None:
        """Keep apart what was said in two ways."""
        self._changed(*merging.dispute(self.state, contradictions, turn=self.number, speaker=self.speaker))

    def drop(self, statements: Mapping[str, Collection[Known]]) -> None:
        """Take back what was said of some facts."""
        self._changed(*merging.drop(self.state, statements))

    def leave_unknown(self, asked: Asked) -> None:
        """Remember that an answer is not known."""
        self._changed(*merging.leave_unknown(self.state, asked))

    def go_back(self, state: State) -> None:
        """Put another state in place, and note what that does to the facts."""
        self._changed(state, merging.differences(self.state, state))

    def remember(self, **changes: object) -> None:
        """Change what the state holds beside the facts."""
        self.state = msgspec.structs.replace(self.state, **changes)

    def judge(self) -> None:
        """Judge the case anew where its facts changed; `before` and `after` stay the same where they did not."""
        start = perf_counter()
        old, new = self.started_from.use_case, self.state.use_case
        if old == new:
            return
        self.after = None if self.state.is_empty else self.advisor.judge(new)
        self.timings["judge"] = _since(start)
        if self.before is not None and self.after is not None:
            self.why_moved = moves.rule_moves(self.advisor.book, old, new, (self.before, self.after))

    @property
    def has_moved(self) -> bool:
        """Whether the recommendation is another one."""
        return bool(self.before and self.after) and self.before.recommendation != self.after.recommendation  # type: ignore[union-attr]

    def open_question(self) -> OpenQuestion | None:
        """Return what to ask next: a dispute before an unknown; None where no answer can change the verdict."""
        for name in self.state.disputes:
            if name not in self.state.unknown:
                return OpenQuestion(name, self.telling.question(name), "it was said in two ways")
        return moves.next_question(self.after, self.state.unknown) if self.after else None

    def tell(self, stage: Stage) -> None:
        """Show the verdict on a case before a model has written about it."""
        self.after = stage.verdict
        self.unfold(Draft(stage.markdown, ()))

    def unfold(self, prose: Draft) -> None:
        """Show the reply as far as it is told, with the beginning of an answer's prose behind it."""
        if self.watch is not None:
            self.watch(self._so_far(self.telling.with_beginning(prose)), self.after)

    def _so_far(self, answer: str) -> TurnReply:
        before, after = moves.brief(self.before), moves.brief(self.after)
        return TurnReply(
            self.session, self.number, self.said, self.kind, answer, moved=self.has_moved, before=before, after=after
        )

    def reply(self) -> TurnReply:
        """Finish the turn: choose the next question, tell it, and put the reply together."""
        question = self.open_question()
        asked = self._asked(question) if question else None
        is_told = asked is None or not asked.is_repeated
        if self.asks and is_told:
            self.telling.add(self._closing(question))
        undo = self.number - 1 if self.changes and not self.goes_back else self.state.undo
        citations = self.telling.citations
        self.remember(asked=asked, undo=undo, citations=citations or self.state.citations)
        return TurnReply(
            session=self.session,
            turn=self.number,
            said=self.said,
            kind=self.kind,
            answer=self.telling.markdown,
            citations=citations,
            changes=self.changes,
            moved=self.has_moved,
            before=moves.brief(self.before),
            after=moves.brief(self.after),
            why_moved=self.why_moved,
            question=question if is_told else None,
            is_settled=self.after is not None and question is None,
            mode=self.mode,
            notes=self.notes,
            timings_ms={**self.timings, "turn": _since(self._start)},
        )

    def _changed(self, state: State, changes: tuple[Change, ...]) -> None:
        self.state = state
        self.changes += changes

    def _asked(self, question: OpenQuestion) -> Asked:
        """Return the open question, with how many turns passed it over."""
        before, is_dispute = self.state.asked, question.fact in self.state.disputes
        is_same = before is not None and (before.fact, before.is_dispute) == (question.fact, is_dispute)
        passed = before.passed + self.asks if before and is_same else 0
        return Asked(question.fact, question.question, question.why, is_dispute, passed)

    def _closing(self, question: OpenQuestion | None) -> str:
        """Return the next question, or why none is asked."""
        if question is not None and self._was_just_asked(question):
            return f"**Still open:** {question.question}" if self.kind == "facts" else ""
        if question is not None:
            return self._dispute(question) if question.fact in self.state.disputes else self.telling.ask(question)
        if self.after is None or self.kind not in ("advice", "facts"):
            return ""
        left = moves.left_open(self.after, self.state.unknown)
        if left:
            facts = " and ".join(f"`{item.fact}`" for item in left[:3])
            return (
                f"Nothing more to ask. What you do not know could still change this: {facts}; finding out is worth it."
            )
        joint = moves.joint_questions(self.after, self.state.unknown)
        if joint:
            return "No single further answer can change this; only several together could (`/flips` shows which)."
        if self.after.flips:
            flip = min(self.after.flips, key=moves.rank)
            condition = changed(flip, self.advisor.book.catalogue)
            return f"No open answer can change this; it would be {LABELS[flip.recommendation]} if {condition}."
        return "More answers cannot change this."

    def _was_just_asked(self, question: OpenQuestion) -> bool:
        """Whether the turn began with the same question, for the same reason, and changed nothing that it is about."""
        before = self.started_from.asked
        is_known = any(change.fact == question.fact for change in self.changes)
        return before is not None and (before.fact, before.why) == (question.fact, question.why) and not is_known

    def _dispute(self, question: OpenQuestion) -> str:
        said = self.state.disputes[question.fact]
        told = [f"{self.telling.fact(known.fact.name, known.fact.value)} (turn {known.turn})" for known in said]
        return f"**Which holds:** {', or '.join(told)}? {question.question}"

    def verdict_line(self) -> str:
        """Say where the verdict stands, and whether this turn moved it."""
        if self.after is None:
            return ""
        label = LABELS[self.after.recommendation]
        if self.before is None:
            return f"**So far: {label}.**"
        if self.has_moved:
            return f"**The verdict moves: {LABELS[self.before.recommendation]} → {label}.**"
        standing = (
            ""
            if self.before.standing == self.after.standing
            else f" It was {self.before.standing}, now it is {self.after.standing}."
        )
        return f"**The verdict stays: {label}.**{standing}"


def _since(start: float) -> float:
    return round((perf_counter() - start) * 1000, 2)

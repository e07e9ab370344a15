"""What a conversation remembers, and what a turn gives back: frozen values, written as JSON and read again.

Owns no judgement and no storage.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from agent.types import Approach, Citation, Contradiction, Fact, FactValue, Mode, OpenQuestion, Standing, Truth, UseCase

ChangeKind = Literal["new", "corrected", "withdrawn", "disputed", "settled", "unknown"]
"""`disputed`: said in two ways, so unknown until settled; `unknown`: asked, and the answer is not known."""
TurnKind = Literal["advice", "facts", "pushback", "guidance", "not_covered", "command"]


PATIENCE = 2
"""Turns that may pass a question over before it is told no more."""


class Known(Struct, frozen=True):
    """A fact with who said it, and in which turn."""

    fact: Fact
    turn: int
    speaker: str = ""


class Asked(Struct, frozen=True):
    """The question that is open: an unknown fact, or one that was said in two ways."""

    fact: str
    question: str
    why: str
    is_dispute: bool = False
    passed: int = 0
    """Turns that passed it over."""

    @property
    def is_repeated(self) -> bool:
        """Whether it was told often enough: it stays open, and nobody is pressed."""
        return self.passed >= PATIENCE


class State(Struct, frozen=True):
    """All that the next turn starts from."""

    facts: dict[str, Known] = {}
    disputes: dict[str, tuple[Known, ...]] = {}
    """Facts said with different values, as they were said."""
    unknown: tuple[str, ...] = ()
    """Facts asked about and not known; never asked again."""
    asked: Asked | None = None
    focus: Approach | None = None
    """The approach that "it" stands for."""
    number: str = ""
    """The numeric fact last spoken of, which a bare number corrects."""
    topic: str = ""
    """The last question on the subject, which a follow-up leans on."""
    told: str = ""
    """What was stated of the case, in the light of which later statements are read; less what was taken back."""
    citations: tuple[Citation, ...] = ()
    """Those of the last answer that had any, which `/passage n` opens."""
    undo: int | None = None
    """The turn after which the case stood as before its last change, which `/undo` goes back to; 0 is the beginning."""

    @property
    def use_case(self) -> UseCase:
        """The facts as the rules read them."""
        said = {name: known.fact for name, known in self.facts.items()}
        return UseCase(said, tuple(Contradiction(n, tuple(k.fact for k in all_)) for n, all_ in self.disputes.items()))

    @property
    def is_empty(self) -> bool:
        """Whether nothing of a case is known yet."""
        return not self.facts and not self.disputes


class Change(Struct, frozen=True):
    """What a turn did to one fact."""

    fact: str
    kind: ChangeKind
    before: FactValue | None = None
    after: FactValue | None = None
    words: tuple[str, ...] = ()
    """The user's own words; both statements of a dispute, the older first."""


class RuleMove(Struct, frozen=True):
    """A rule that changed its state: holds, does not hold, or unknown."""

    rule: str
    source: str
    before: Truth
    after: Truth
    says: str
    passages: tuple[str, ...]
    decides: bool = False
    """Whether the verdict rests on it, before or after."""


class Judged(Struct, frozen=True):
    """A verdict in brief."""

    recommendation: Approach
    standing: Standing
    digest: str


class TurnReply(Struct, frozen=True, tag_field="schema", tag="rung.turn/1"):
    """What one turn gives back, whoever shows it."""

    session: str
    turn: int
    said: str
    kind: TurnKind
    answer: str
    """Markdown with [1] markers."""
    citations: tuple[Citation, ...] = ()
    changes: tuple[Change, ...] = ()
    moved: bool = False
    """Whether the recommendation is another one than before the turn."""
    before: Judged | None = None
    after: Judged | None = None
    why_moved: tuple[RuleMove, ...] = ()
    question: OpenQuestion | None = None
    """The one thing to tell next; None where nothing is asked."""
    is_settled: bool = False
    """Whether there is a verdict that no further answer can change."""
    mode: Mode = "offline"
    notes: tuple[str, ...] = ()
    timings_ms: dict[str, float] = {}


def encode(value: State | TurnReply) -> str:
    """Write as JSON."""
    return msgspec.json.encode(value).decode()


def decode_state(text: str) -> State:
    """Read a state; msgspec's error where it is not one."""
    return msgspec.json.decode(text, type=State)


def decode_reply(text: str) -> TurnReply:
    """Read a reply; msgspec's error where it is not one."""
    return msgspec.json.decode(text, type=TurnReply)

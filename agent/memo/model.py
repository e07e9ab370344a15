"""The memo as a frozen value: plain text throughout, in reading order; each renderer adds its own markup.

Owns the shape of a memo and the numbering of its citations. What it says is composed elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from agent.text import lower_first, upper_first
from agent.types import Approach, FactValue

Format = Literal["md", "html", "pdf", "docx"]
FORMATS: tuple[Format, ...] = ("md", "html", "pdf", "docx")
Status = Literal["proposed", "accepted", "rejected", "deprecated"]
REVIEW_DAYS = 90
"""How long a memo stands before somebody should look at it again."""
Operator = Literal["=", ">=", "<="]


class Line(Struct, frozen=True):
    """One sentence without its full stop, and the passages it rests on; none for what the case itself states."""

    text: str
    passages: tuple[str, ...] = ()
    lead: str = ""
    """Whose view it is, or which facts it rests on; stands before the sentence and makes no claim of its own."""
    is_condition: bool = False
    """Whether it tells what a rule asks for, in the catalogue's words; it claims nothing that a gate could read."""

    @property
    def stop(self) -> str:
        """What ends the sentence."""
        return "" if self.text.endswith(("?", "!", "…", ":")) else "."

    def told(self, *, starts: bool) -> str:
        """Return lead and text as one sentence; a small letter where it goes on after other words."""
        if self.lead:
            text = f"{self.lead}: {lower_first(self.text)}"
            return upper_first(text) if starts else text
        return upper_first(self.text) if starts else lower_first(self.text)


class About(Struct, frozen=True):
    """What people say of a memo: whose it is, when, how far; nothing of it bears on the verdict."""

    dated: date
    review_by: date
    title: str = ""
    description: str = ""
    """The case in the user's words."""
    status: Status = "proposed"
    supersedes: str = ""
    decision_makers: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


class Outcome(Struct, frozen=True):
    """What is chosen, why, and how firmly."""

    approach: Approach
    name: str
    rung: int
    because: tuple[Line, ...]
    standing: str
    firmness: Line


class Consequences(Struct, frozen=True):
    """What follows from the choice, and what keeping it up takes."""

    good: tuple[Line, ...]
    bad: tuple[Line, ...]
    upkeep: tuple[Line, ...]


class Option(Struct, frozen=True):
    """One approach with what speaks for it, against it, and what is not known."""

    approach: Approach
    name: str
    rung: int
    good: tuple[Line, ...]
    neutral: tuple[Line, ...]
    bad: tuple[Line, ...]


class Step(Struct, frozen=True):
    """One step of the plan; its tests open and close it."""

    approach: Approach
    name: str
    rung: int
    do: Line
    entry_test: str
    exit_test: str
    condition: str = ""
    """On what condition it is turned to after the recommended rung; empty for the steps down to that."""

    @property
    def title(self) -> str:
        """The approach, and on what condition."""
        return ", ".join(filter(None, (upper_first(self.name), self.condition)))


class Change(Struct, frozen=True):
    """One fact coming to be so."""

    fact: str
    operator: Operator
    value: FactValue
    clause: str


class Revisit(Struct, frozen=True):
    """A condition under which the rules recommend otherwise."""

    changes: tuple[Change, ...]
    then: Approach
    name: str
    is_in_our_control: bool


class Vote(Struct, frozen=True):
    """What one source's own framework leads to."""

    source: str
    name: str
    approach: Approach | None
    label: str
    agrees: bool
    says: Line | None
    allows: bool = False
    """Whether it names another approach, in words that cover the recommended one as well."""

    @property
    def led(self) -> str:
        """Where it leads."""
        return f"allows it (names {self.label})" if self.allows else self.label


class Held(Struct, frozen=True):
    """What one source holds on an axis."""

    name: str
    position: Line


class Disagreement(Struct, frozen=True):
    """An axis on which the sources disagree and which bears on the case."""

    axis: str
    held: tuple[Held, ...]


class FactRow(Struct, frozen=True):
    """One fact with the words it came from."""

    name: str
    means: str
    value: FactValue | None
    shown: str
    origin: str
    words: str

    @property
    def known(self) -> str:
        """How it is known; what a case file states without words was given."""
        return "given" if self.origin == "answered" and not self.words else self.origin


class Unknown(Struct, frozen=True):
    """A question still open, and what hangs on it."""

    fact: str
    question: str
    why: str
    is_decisive: bool
    """Whether one answer to it alone changes the recommendation."""


class Band(Struct, frozen=True):
    """A stretch of a number's range within which nothing changes."""

    label: str
    is_here: bool


class MapCell(Struct, frozen=True):
    """What is recommended at a pair of values, and how many of the sources with a view lead there."""

    approach: Approach | None
    """None where the values contradict what is stated."""
    agreeing: int
    with_view: int


class VerdictMap(Struct, frozen=True):
    """The recommendation over two numeric facts; `cells[row][column]`, the lowest values first."""

    across: str
    down: str
    columns: tuple[Band, ...]
    rows: tuple[Band, ...]
    cells: tuple[tuple[MapCell, ...], ...]
    here: str
    """Where the case stands, in words."""


class Reference(Struct, frozen=True):
    """One numbered citation with its words."""

    number: int
    passage: str
    source: str
    title: str
    section: str
    quote: str
    is_verbatim: bool
    """True where `quote` is the original's own words, False where it is our note of them."""


class Card(Struct, frozen=True):
    """What a reader should know of a source before trusting it."""

    source: str
    title: str
    text: str


class Hashes(Struct, frozen=True):
    """What the memo was made from."""

    corpus: str
    rules: str
    digest: str


class Memo(Struct, frozen=True):
    """A decision memo; its fields stand in reading order, which is also the order of the citations."""

    about: About
    title: str
    context: tuple[Line, ...]
    drivers: tuple[Line, ...]
    outcome: Outcome
    consequences: Consequences
    confirmation: tuple[Line, ...]
    options: tuple[Option, ...]
    plan: tuple[Step, ...]
    revisit: tuple[Revisit, ...]
    map: VerdictMap | None
    votes: tuple[Vote, ...]
    disagreements: tuple[Disagreement, ...]
    assumptions: tuple[FactRow, ...]
    contradictions: tuple[FactRow, ...]
    unknowns: tuple[Unknown, ...]
    facts: tuple[FactRow, ...]
    hashes: Hashes
    labels: dict[Approach, str]
    references: tuple[Reference, ...] = ()
    cards: tuple[Card, ...] = ()
    notes: tuple[str, ...] = ()

    def numbers(self, line: Line) -> tuple[int, ...]:
        """Return the citation numbers of a line."""
        known = {reference.passage: reference.number for reference in self.references}
        return tuple(known[passage] for passage in line.passages if passage in known)


def lines_of(value: Any) -> Iterator[Line]:
    """Yield every line of a memo or a part of one, in reading order."""
    if isinstance(value, Line):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from lines_of(item)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from lines_of(getattr(value, name))


def each_line(value: Any, change: Callable[[Line], Line | None]) -> Any:
    """Return the memo, or a part of one, with each line changed; None leaves it out, or empty where one must stand."""
    if isinstance(value, tuple):
        changed = (each_line(item, change) for item in value)
        return tuple(new for old, new in zip(value, changed, strict=True) if not isinstance(old, Line) or new.text)
    if isinstance(value, Line):
        return change(value) or Line("")
    if isinstance(value, Struct) and next(lines_of(value), None) is not None:
        return replace(value, **{name: each_line(getattr(value, name), change) for name in value.__struct_fields__})
    return value

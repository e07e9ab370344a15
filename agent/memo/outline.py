"""The memo as a list of blocks, for the forms that are laid out: page, PDF and DOCX say the same in the same order.

Owns headings, order and what stands in a table; the Markdown form follows its own standard and is apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from agent.memo.model import FactRow, Line, Memo, Option, Reference, Step, Unknown, Vote
from agent.text import upper_first

# Sentences that all forms share.
NO_ARGUMENT = "Nothing known of the case speaks for it or against it."
NO_CHANGE = "No change of one or two facts would change it."
NO_MAP = "No number that the rules look at, nor any two of them, would move the recommendation."
NO_DECISIVE_ANSWER = "No answer that is still open can change this decision by itself."
ONLY_TOGETHER = "Not known, and of weight only together with another answer: "
MADE_BY_RULES = (
    "The recommendation is a pure function of the facts above and of rules that cite their sources; no language model"
    " decided anything."
)
Style = Literal["", "bold", "soft", "code", "title"]


class Run(Struct, frozen=True):
    """A stretch of text in one style, or a citation marker."""

    text: str
    style: Style = ""
    cites: int = 0
    """The number of the citation that the run points to; 0 for none."""


Runs = tuple[Run, ...]


class Block(Struct, frozen=True, tag_field="kind"):
    """A part of a page; its kind says how it is laid out."""


class Heading(Block, frozen=True, tag="heading"):
    """A title within the memo."""

    level: int
    text: str


class Paragraph(Block, frozen=True, tag="paragraph"):
    """Running text."""

    runs: Runs


class Quotation(Block, frozen=True, tag="quotation"):
    """Words of the user or of a source; line ends are the writer's own."""

    text: str


class Item(Struct, frozen=True):
    """A list item with the items under it."""

    runs: Runs
    under: tuple[Runs, ...] = ()


class Bullets(Block, frozen=True, tag="bullets"):
    """A list, numbered or not."""

    items: tuple[Item, ...]
    is_numbered: bool = False


class Table(Block, frozen=True, tag="table"):
    """A table; `widths` are the columns' shares."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Runs, ...], ...]
    widths: tuple[int, ...]


class Fields(Block, frozen=True, tag="fields"):
    """Names with their values."""

    pairs: tuple[tuple[str, str], ...]
    is_code: bool = False


class Callout(Block, frozen=True, tag="callout"):
    """What a hurried reader must see."""

    paragraphs: tuple[Runs, ...]


class Figure(Block, frozen=True, tag="figure"):
    """Where a picture stands; it is left out where the memo has none of that name."""

    name: str


class Source(Struct, frozen=True):
    """A numbered citation with its words."""

    number: int
    runs: Runs
    quote: str


class Sources(Block, frozen=True, tag="sources"):
    """The citations, in the order of their numbers."""

    items: tuple[Source, ...]


AnyBlock = Heading | Paragraph | Quotation | Bullets | Table | Fields | Callout | Figure | Sources


def blocks(memo: Memo) -> tuple[AnyBlock, ...]:
    """Return the memo's blocks in reading order; lists and tables that would be empty are left out."""
    parts = (_head, _context, _outcome, _options, _plan, _changes, _votes, _open_ends, _facts, _citations, _making)
    return tuple(block for part in parts for block in part(memo))


def _head(memo: Memo) -> Iterator[AnyBlock]:
    about, outcome = memo.about, memo.outcome
    pairs = (
        ("Status", about.status),
        ("Date", about.dated.isoformat()),
        ("Review by", about.review_by.isoformat()),
        ("Decision-makers", ", ".join(about.decision_makers) or "not named yet"),
        ("Consulted", ", ".join(about.consulted)),
        ("Informed", ", ".join(about.informed)),
        ("Supersedes", about.supersedes),
    )
    yield Fields(tuple((name, value) for name, value in pairs if value))
    chosen = (Run(f"Recommended: {outcome.name}", "bold"), Run(f" (rung {outcome.rung} of {len(memo.labels)})."))
    yield Callout((chosen, (Run(f"Standing: {outcome.standing}. "), *_told(memo, outcome.firmness))))


def _context(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "Context and problem statement")
    if memo.about.description:
        yield Paragraph((Run("The case in the words it was described in:"),))
        yield Quotation(memo.about.description)
    yield Paragraph(_flow(memo, memo.context))
    yield from _listed(memo, Heading(1, "Decision drivers"), memo.drivers)
    yield Heading(1, "Considered options")
    yield Figure("ladder")


def _outcome(memo: Memo) -> Iterator[AnyBlock]:
    outcome, consequences = memo.outcome, memo.consequences
    yield Heading(1, "Decision outcome")
    because = tuple(line for line in outcome.because if line.text)
    reason = (Run(", because "), *_flow(memo, because, starts=False)) if because else (Run("."),)
    yield Paragraph((Run(f"Chosen option: “{outcome.name}”"), *reason))
    points = (*_points(memo, consequences.good, "Good, because "), *_points(memo, consequences.bad, "Bad, because "))
    if points:
        yield Heading(2, "Consequences")
        yield Bullets(points)
    yield from _listed(memo, Heading(2, "Upkeep"), consequences.upkeep)
    yield from _listed(memo, Heading(2, "Confirmation"), memo.confirmation)


def _options(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "Pros and cons of the options")
    for option in memo.options:
        yield Heading(2, upper_first(option.name))
        points = tuple(_option(memo, option))
        empty = Paragraph((Run(NO_ARGUMENT),))
        yield Bullets(points) if points else empty


def _option(memo: Memo, option: Option) -> Iterator[Item]:
    yield from _points(memo, option.good, "Good, because ")
    yield from _points(memo, option.neutral, "Neutral, because ")
    yield from _points(memo, option.bad, "Bad, because ")


def _plan(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "Plan")
    yield Bullets(tuple(_step(memo, step) for step in memo.plan), is_numbered=True)


def _step(memo: Memo, step: Step) -> Item:
    tests = (("Start when: ", step.entry_test), ("Done when: ", step.exit_test))
    under = tuple((Run(lead, "soft"), Run(f"{test}.")) for lead, test in tests if test)
    return Item((Run(f"{step.title}. ", "bold"), *_told(memo, step.do)), under)


def _changes(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "What would change this decision")
    review = f"Review by {memo.about.review_by.isoformat()}"
    if memo.revisit:
        yield Paragraph((Run(f"{review}, or as soon as one of these comes true:"),))
    else:
        yield Paragraph((Run(f"{review}. {NO_CHANGE}"),))
    found = []
    for revisit in memo.revisit:
        changes = " and ".join(change.clause for change in revisit.changes)
        hands = (Run(" (in our hands)", "soft"),) if revisit.is_in_our_control else ()
        found.append(Item((Run(f"If {changes}: "), Run(revisit.name, "bold"), *hands)))
    if found:
        yield Bullets(tuple(found))
    yield Figure("map") if memo.map else Paragraph((Run(NO_MAP),))


def _votes(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "What each source's own framework says")
    yield Figure("votes")
    yield Table(("Source", "Leads to", "Says"), tuple(_vote(memo, vote) for vote in memo.votes), (24, 20, 56))
    if memo.disagreements:
        yield Heading(1, "Where the sources disagree")
    for item in memo.disagreements:
        yield Heading(2, item.axis)
        yield Bullets(
            tuple(
                Item((Run(f"{held.name}: "), *_told(memo, held.position))) for held in item.held if held.position.text
            )
        )


def _vote(memo: Memo, vote: Vote) -> tuple[Runs, ...]:
    agrees = " (agrees)" if vote.approach and vote.agrees and not vote.allows else ""
    return (Run(vote.name),), (Run(vote.led + agrees),), _told(memo, vote.says) if vote.says else ()


def _open_ends(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "Assumptions and unknowns")
    items = [*map(_assumed, memo.assumptions), *map(_disputed, memo.contradictions)]
    items += [_unknown(unknown) for unknown in memo.unknowns if unknown.is_decisive]
    none = Paragraph((Run(NO_DECISIVE_ANSWER),))
    yield Bullets(tuple(items)) if items else none
    rest = ", ".join(unknown.fact.replace("_", " ") for unknown in memo.unknowns if not unknown.is_decisive)
    if rest:
        yield Paragraph((Run(ONLY_TOGETHER), Run(f"{rest}.")))


def _assumed(fact: FactRow) -> Item:
    return Item((Run("Taken to follow: ", "soft"), Run(f"{fact.means}: {fact.shown} ({fact.words}).")))


def _disputed(fact: FactRow) -> Item:
    said = f" (“{fact.words}”)" if fact.words else ""
    return Item((Run("Said in two ways, so it counts as unknown: ", "soft"), Run(f"{fact.means}: {fact.shown}{said}.")))


def _unknown(unknown: Unknown) -> Item:
    return Item((Run(f"{unknown.question} {unknown.why}."),))


def _facts(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "Facts, and the words they came from")
    if not memo.facts:
        yield Paragraph((Run("None is stated."),))
        return
    rows = tuple(
        (
            (Run(f"{fact.means} "), Run(fact.name, "code")),
            (Run(fact.shown),),
            (Run(fact.known),),
            (Run(f"“{fact.words}”"),) if fact.words else (),
        )
        for fact in memo.facts
    )
    if any(fact.words for fact in memo.facts):
        yield Table(("Fact", "Value", "How known", "Words"), rows, (38, 14, 13, 35))
    else:
        yield Table(("Fact", "Value", "How known"), tuple(row[:3] for row in rows), (73, 14, 13))


def _citations(memo: Memo) -> Iterator[AnyBlock]:
    if not memo.references:
        return
    yield Heading(1, "Citations")
    words = (Source(item.number, _reference(item), " ".join(item.quote.split())) for item in memo.references)
    yield Sources(tuple(words))
    yield Heading(1, "About the sources")
    yield Bullets(
        tuple(
            Item((Run(f"{card.source} ", "code"), Run(card.title, "title"), Run(f": {card.text}.")))
            for card in memo.cards
        )
    )


def _reference(reference: Reference) -> Runs:
    whose = "the original's words" if reference.is_verbatim else "our note"
    return (
        Run(f"[{reference.number}] ", "bold"),
        Run(f"{reference.passage} ", "code"),
        Run(f"“{reference.section}”, {whose}:", "soft"),
    )


def _making(memo: Memo) -> Iterator[AnyBlock]:
    yield Heading(1, "How this was made")
    yield Paragraph((Run(MADE_BY_RULES),))
    if memo.notes:
        yield Bullets(tuple(Item((Run(note),)) for note in memo.notes))
    hashes = memo.hashes
    yield Fields((("Digest", hashes.digest), ("Rules", hashes.rules), ("Corpus", hashes.corpus)), is_code=True)


def _listed(memo: Memo, heading: Heading, lines: Iterable[Line]) -> Iterator[AnyBlock]:
    items = tuple(Item(_told(memo, line)) for line in lines if line.text)
    if items:
        yield heading
        yield Bullets(items)


def _points(memo: Memo, lines: Iterable[Line], kind: str) -> tuple[Item, ...]:
    return tuple(Item((Run(kind, "bold"), *_told(memo, line, starts=False))) for line in lines if line.text)


def _flow(memo: Memo, lines: Iterable[Line], *, starts: bool = True) -> Runs:
    """Put sentences into one paragraph."""
    found: list[Run] = []
    for line in lines:
        if line.text:
            found += [*((Run(" "),) if found else ()), *_told(memo, line, starts=starts or bool(found))]
    return tuple(found)


def _told(memo: Memo, line: Line, *, starts: bool = True) -> Runs:
    numbers = memo.numbers(line)
    markers = tuple(Run(f"[{number}]", cites=number) for number in numbers)
    return (Run(line.told(starts=starts) + (" " if markers else "")), *markers, Run(line.stop)) if line.text else ()

"""Puts a turn's outcome into words: what changed, whether the verdict moved and why, what is asked next.

Decides nothing. Every sentence of guidance is what a rule says, with its passages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import isclose

from agent.answer.wording import LABELS, Numbering, changed, cite, clause, in_words, missing, name_source, quote_user
from agent.conversation.state import Change, RuleMove
from agent.rules.conditions import OPERATORS, Test, show
from agent.rules.model import Rule
from agent.text import lower_first, upper_first
from agent.types import (
    LADDER,
    Approach,
    Citation,
    Draft,
    Driver,
    FactSpec,
    FactValue,
    Flip,
    Obstacle,
    OpenQuestion,
    Passage,
    Position,
    Source,
    SourceVote,
    Verdict,
)

REASONS = 3
OBSTACLES = 3
_ASKED = re.compile(r"\n*(?:\*\*One question worth answering\.\*\*[^\n]*|More answers cannot change this\.)\s*$")
_MARKER = re.compile(r"\[(\d+)\]")
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?[KMkm]?\b")
_STATES = {True: "holds", False: "does not hold", None: "is unknown"}


class Telling:
    """One reply while it is being told; it numbers citations as it goes."""

    def __init__(
        self, catalogue: Mapping[str, FactSpec], passages: Mapping[str, Passage], sources: Mapping[str, Source]
    ) -> None:
        self.catalogue = catalogue
        self.passages = passages
        self.sources = sources
        self.numbering = Numbering(passages)
        self.parts: list[str] = []

    def add(self, *parts: str) -> None:
        """Add paragraphs; empty ones are left out."""
        self.parts += [part for part in parts if part]

    def bullets(self, lines: Iterable[str]) -> None:
        """Add a list; nothing where it is empty."""
        self.add("\n".join(f"- {line}" for line in lines if line))

    def prose(self, markdown: str, citations: Sequence[Citation]) -> None:
        """Add an answer that was numbered by itself; its numbers follow on."""
        self.add(_renumbered(markdown, {item.number: item.passage for item in citations}, self.numbering))

    def with_beginning(self, prose: Draft) -> str:
        """Return what was told so far with the beginning of an answer's prose behind it; nothing of that is kept."""
        numbering, told = Numbering(self.passages), self.numbering.cited
        numbering.markers(told, most=len(told))
        return "\n\n".join([*self.parts, _renumbered(prose.markdown, dict(enumerate(prose.cited, 1)), numbering)])

    @property
    def markdown(self) -> str:
        """Everything told so far."""
        return "\n\n".join(self.parts)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The numbered passages, [1] first."""
        return tuple(cite(n, self.passages[id], self.sources) for n, id in enumerate(self.numbering.cited, 1))

    def fact(self, name: str, value: FactValue) -> str:
        """Return a fact as a clause."""
        return clause(self.catalogue.get(name), name, value)

    def change(self, change: Change, said: str = "") -> str:
        """Return what happened to one fact, with the user's words as they stand in what was `said`."""
        words = [shown for shown in (quote_user(as_said(words, said)) for words in change.words) if shown]
        said = f" ({words[-1]})" if words else ""
        if change.kind == "new" and change.after is not None:
            return f"Noted: {self.fact(change.fact, change.after)}{said}."
        if change.kind == "corrected" and change.after is not None and change.before is not None:
            now, then = self.fact(change.fact, change.after), self.fact(change.fact, change.before)
            return f"Corrected: {now}{said}; before: {then}."
        if change.kind == "settled" and change.after is not None:
            return f"Settled: {self.fact(change.fact, change.after)}."
        if change.kind == "withdrawn":
            gone = self.fact(change.fact, change.before) if change.before is not None else self.name(change.fact)
            return f"Taken back: {gone}; it counts as unknown."
        if change.kind == "unknown":
            return f"Not known: {self.question(change.fact)} I will not ask again."
        return self._dispute(change, words)

    def _dispute(self, change: Change, words: Sequence[str]) -> str:
        distinct = list(dict.fromkeys(words))
        both = (
            " and ".join(distinct[-2:]) if len(distinct) > 1 else f"two different things about {self.name(change.fact)}"
        )
        return f"You said both {both}. Until you say which holds, it counts as unknown."

    def name(self, fact: str) -> str:
        """Return what a fact is called where no value is at hand."""
        return f"`{fact}`"

    def question(self, fact: str) -> str:
        """Return the plain question for a fact."""
        spec = self.catalogue.get(fact)
        return spec.question if spec else f"{fact}?"

    def reasons(self, verdict: Verdict, *, most: int = REASONS) -> list[str]:
        """Return what the deciding rules say, those for the recommendation first."""
        ranked = sorted(verdict.drivers, key=lambda driver: driver.effect != "for")
        chosen = {driver.says: driver for driver in reversed(ranked) if driver.says}
        led: set[str] = set()
        lines = [self._reason(driver, led) for driver in list(reversed(chosen.values()))[:most]]
        return [line for line in lines if line]

    def _reason(self, driver: Driver, led: set[str]) -> str:
        """Return a rule's words behind a fact it rests on, which no reason before it began with."""
        names = (name for name in driver.facts if name != "considering_fine_tuning" and name not in led)
        lead = next(names, "")
        led.add(lead)
        says = (
            f"{upper_first(self.fact(lead, driver.facts[lead]))}: {lower_first(driver.says)}" if lead else driver.says
        )
        return self.numbering.sentence(says, driver.passages)

    def moved(self, moves: Sequence[RuleMove], *, most: int = 4) -> list[str]:
        """Return which deciding rules changed their state, in words."""
        lines: dict[str, str] = {}
        for move in moves:
            if move.decides and move.says and move.says not in lines and len(lines) < most:
                lead = {True: "Now holds", False: "No longer holds", None: "Now open"}[move.after]
                text = f"{lead} (`{move.rule}`): {lower_first(move.says)}"
                lines[move.says] = self.numbering.sentence(text, move.passages)
        return [line for line in lines.values() if line]

    def why_not(self, verdict: Verdict, approach: Approach) -> list[str]:
        """Return what holds against an approach, and what the nearest rule for it lacks."""
        obstacles = next((entry.because for entry in verdict.why_not if entry.approach == approach), ())
        deciding = verdict.drivers[0].rule if verdict.drivers else ""
        against = {item.says: item for item in reversed(obstacles) if item.needed.startswith("not ") or not item.fact}
        lacking = [item for item in obstacles if item.fact and not item.needed.startswith("not ")]
        chosen = list(reversed(against.values()))[:OBSTACLES]
        told = [self._objection(item, is_deciding=item.rule == deciding) for item in chosen]
        return [line for line in (*told, self._lacking(lacking)) if line]

    def _objection(self, obstacle: Obstacle, *, is_deciding: bool) -> str:
        text = obstacle.says
        if obstacle.value is not None and obstacle.fact != "considering_fine_tuning":
            text = f"{upper_first(self.fact(obstacle.fact, obstacle.value))}: {lower_first(text)}"
        first = "Decided first: " if is_deciding else ""
        return self.numbering.sentence(f"{first}{lower_first(text) if first else text}", obstacle.passages)

    def _lacking(self, obstacles: Sequence[Obstacle]) -> str:
        if not obstacles:
            return ""
        says = lower_first(obstacles[0].says.strip().rstrip("."))
        text = f"No rule for it holds; the nearest: {says}; {missing(obstacles, self.catalogue)}"
        return self.numbering.sentence(text, obstacles[0].passages)

    def flip(self, flip: Flip, known: Collection[str]) -> str:
        """Return what one change would lead to; what is not known yet is for finding out, not in anybody's hands."""
        is_known = all(name in known for name in flip.changes)
        hands = " (in your hands)" if flip.in_your_control and is_known else ""
        condition = "If" if is_known else "If it turns out that"
        return f"{condition} {changed(flip, self.catalogue)}: {LABELS[flip.recommendation]}{hands}."

    def vote(self, vote: SourceVote) -> str:
        """Return how one source votes, and by which words."""
        name = name_source(self.sources.get(vote.source), vote.source)
        if vote.recommendation is None:
            return f"{name}: no view of this case."
        text = f"{name}: {LABELS[vote.recommendation]}"
        cited = self.numbering.sentence(f"{text}; {lower_first(vote.says)}" if vote.says else text, vote.passages)
        return cited or f"{text}."

    def position(self, position: Position) -> str:
        """Return what one source holds where they disagree."""
        name = name_source(self.sources.get(position.source), position.source)
        return self.numbering.sentence(f"{name}: {lower_first(position.position)}", position.passages)

    def ask(self, question: OpenQuestion) -> str:
        """Return the next question with why it is asked."""
        return f"**Next:** {question.question} {why_asked(question)}".strip()

    def is_sourced(self, rule: Rule, test: Test) -> bool:
        """Tell whether the bound itself stands in what the rule cites; some sources say "abundant" only."""
        cited = " ".join(self.passages[id].text for id in rule.cite if id in self.passages)
        figures = (match[0].replace(",", "").lower() for match in _FIGURE.finditer(cited))
        return any(isclose(_figure(figure), float(test.bound)) for figure in figures)

    def threshold(self, rule: Rule, test: Test, value: FactValue) -> str:
        """Return one source's bound for a number, and whether the value meets it."""
        spec = self.catalogue.get(test.fact)
        unit = f" {spec.unit}" if spec and spec.unit else ""
        name = name_source(self.sources.get(rule.table), rule.table)
        effect = {"for": "speak for", "against": "speak against", "veto": "rule out"}[rule.effect]
        first, _, rest = effect.partition(" ")
        effect = effect if unit else f"{first}s {rest}"
        what = " and ".join(LABELS[approach] for approach in rule.approaches[:2])
        return self.numbering.sentence(
            f"{upper_first(name)}: {test.needed}{unit} {effect} {what}; {_beside(test, value)}", rule.cite
        )


def as_said(words: str, said: str) -> str:
    """Return words that a reading has put together as they stand in a text, with "…" for what it left out between."""
    left, parts, start = words.split(), [], 0
    while left and words not in said:
        found = _longest(left, said, start)
        if found is None:
            return words
        count, part = found
        parts.append(part[0])
        left, start = left[count:], part.end()
    return " … ".join(parts) or words


def _longest(words: Sequence[str], said: str, start: int) -> tuple[int, re.Match[str]] | None:
    """Return how many words stand in a text with nothing but marks between them, and where."""
    for count in range(len(words), 0, -1):
        together = re.compile(r"(?<!\w)" + r"\W{1,9}".join(map(re.escape, words[:count])) + r"(?!\w)")
        if part := together.search(said, start):
            return count, part
    return None


def _renumbered(markdown: str, ids: Mapping[int, str], numbering: Numbering) -> str:
    """Return prose that was numbered by itself under the numbers of a whole reply."""

    def renumbered(match: re.Match[str]) -> str:
        return numbering.markers([ids[int(match[1])]]).strip() if int(match[1]) in ids else match[0]

    return _MARKER.sub(renumbered, markdown)


def _figure(written: str) -> float:
    return float(written.rstrip("km")) * {"k": 1e3, "m": 1e6}.get(written[-1], 1)


def without_question(markdown: str) -> str:
    """Return an answer's prose less its closing question, which a conversation asks by itself."""
    return _ASKED.sub("", markdown).rstrip()


def why_asked(question: OpenQuestion) -> str:
    """Return why a question is asked as a sentence: "If not, the recommendation would be …"."""
    why = in_words(question.why.strip().rstrip("."))
    answers = {"yes": "If so", "no": "If not"}
    found = re.match(r"with (.+?) the recommendation would be (.+?) instead of", why)
    if found:
        return f"{answers.get(found[1], f'With {found[1]}')}, the recommendation would be {found[2]}."
    return f"{upper_first(why)}." if why else ""


def _beside(test: Test, value: FactValue) -> str:
    """Say on which side of a bound a value lies."""
    holds = OPERATORS[test.operator][1](value, test.bound)
    if test.operator in ("gte", "gt"):
        return f"{show(value)} {'reaches' if holds else 'falls short of'} that"
    return f"{show(value)} {'lies under' if holds else 'is clear of'} that"


def place_on_ladder(approach: Approach) -> str:
    """Return "rung 4 of 9"."""
    return f"rung {LADDER.index(approach) + 1} of {len(LADDER)}"

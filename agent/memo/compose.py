"""What a memo says: facts and verdict put into the order a reviewer reads, each claim with its passages.

Owns selection and order. Deciding is the rules', words for approaches and facts are handed in, the gate reads every
line before it stays, and layout is the renderers'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from agent.memo.model import (
    About,
    Card,
    Change,
    Consequences,
    Disagreement,
    FactRow,
    Hashes,
    Held,
    Line,
    Memo,
    Operator,
    Option,
    Outcome,
    Reference,
    Revisit,
    Step,
    Unknown,
    VerdictMap,
    Vote,
    lines_of,
    without,
)
from agent.types import (
    LADDER,
    Approach,
    Draft,
    Fact,
    FactSpec,
    FactValue,
    Flip,
    Obstacle,
    Passage,
    PlanStep,
    Source,
    SourceVote,
    UseCase,
    Verdict,
)

MAX_REVISITS = 10
MAX_UNKNOWNS = 8
MAX_LINES = 5
MAX_NEUTRAL = 2
TITLE_CHARACTERS = 80

Outcomes = Callable[[Mapping[str, FactValue]], Approach | None]
"""The recommendation after changes of the case's facts; None where they contradict what is stated."""
Gate = Callable[[Draft, Mapping[str, Passage], Verdict, str, UseCase], frozenset[str]]
"""The sentences of a draft that do not stand on what they cite, without their markup."""


class Argument(Struct, frozen=True):
    """A rule that holds on the facts and speaks for or against an approach."""

    approach: Approach
    is_for: bool
    says: str
    passages: tuple[str, ...]


class Words(Struct, frozen=True):
    """How approaches, facts and sources are called."""

    labels: dict[Approach, str]
    clause: Callable[[FactSpec | None, str, FactValue], str]
    show: Callable[[FactValue, bool], str]
    in_words: Callable[[str], str]
    """Names approaches in a text as people do."""


class Upkeep(Struct, frozen=True, forbid_unknown_fields=True):
    """What choosing an approach brings, and what keeping it up takes; each line with the passages it rests on."""

    good: tuple[Line, ...] = ()
    bad: tuple[Line, ...] = ()
    upkeep: tuple[Line, ...] = ()


class Ground(Struct, frozen=True):
    """Everything a memo may draw on beside the case."""

    catalogue: Mapping[str, FactSpec]
    passages: Mapping[str, Passage]
    sources: Mapping[str, Source]
    words: Words
    consequences: Mapping[Approach, Upkeep]
    gate: Gate
    corpus_sha256: str
    rules_sha256: str


class Judged(Struct, frozen=True):
    """One case with what the rules say of it."""

    use_case: UseCase
    inferred: UseCase
    """The same with the facts that follow."""
    verdict: Verdict
    arguments: tuple[Argument, ...]
    outcomes: Outcomes
    cells: Mapping[str, tuple[FactValue, ...]]


def compose(judged: Judged, about: About, ground: Ground, *, map: VerdictMap | None, context: str = "") -> Memo:
    """Return the whole memo; lines that the gate does not let stand are left out, and the notes say how many.

    `context` replaces the composed context paragraph; each of its sentences passes the gate like any other.
    """
    memo = _Composer(judged, about, ground).memo(map, context)
    flawed = _flawed(memo, judged, about, ground)
    if flawed:
        memo = without(memo, lambda line: _bare(line.text) in flawed)
        count = "1 sentence was" if len(flawed) == 1 else f"{len(flawed)} sentences were"
        memo = replace(memo, notes=(*memo.notes, f"{count} left out, not standing in what was cited."))
    return _numbered(memo, ground)


def _flawed(memo: Memo, judged: Judged, about: About, ground: Ground) -> frozenset[str]:
    lines = list(dict.fromkeys(line for line in lines_of(memo) if line.text))
    ids = {passage: number for number, passage in enumerate(dict.fromkeys(p for li in lines for p in li.passages), 1)}
    # One paragraph each, so that a sentence is found again by its words.
    texts = [
        f"{_escaped(line.text)}{''.join(f' [{ids[name]}]' for name in line.passages)}{line.stop}" for line in lines
    ]
    allowed = {name: ground.passages[name] for name in ids if name in ground.passages}
    draft = Draft("\n\n".join(texts), tuple(ids))
    found = ground.gate(draft, allowed, judged.verdict, about.description, judged.inferred)
    bare = {_bare(line.text) for line in lines}
    return frozenset(text for text in bare if any(_bare(sentence) in text for sentence in found))


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join(text.split()))


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip(" .…")


def _numbered(memo: Memo, ground: Ground) -> Memo:
    """Number the passages in the order the memo first cites them; give each source its card."""
    cited = dict.fromkeys(name for line in lines_of(memo) for name in line.passages if name in ground.passages)
    references = []
    for number, name in enumerate(cited, 1):
        passage = ground.passages[name]
        title = ground.sources[passage.source].title
        words = passage.cited_text
        references.append(
            Reference(number, name, passage.source, title, passage.section, words, is_verbatim=bool(passage.quote))
        )
    cited_of: dict[str, str] = {}
    for reference in references:
        cited_of[reference.source] = f"{cited_of.get(reference.source, '')} {reference.quote}"
    cards = tuple(Card(id, ground.sources[id].title, _card(ground.sources[id], text)) for id, text in cited_of.items())
    return replace(memo, references=tuple(references), cards=cards)


def _card(source: Source, cited: str) -> str:
    """Publisher, date and what it sells; what its figures and prices rest on where some of them are cited."""
    parts = [source.publisher.replace("Not named", "publisher not named", 1), source.dated, source.sells]
    parts += [source.unsourced_figures] if any(char.isdigit() for char in cited) else []
    parts += [f"prices: {source.prices_as_of}"] if source.prices_as_of and "$" in cited else []
    return "; ".join(" ".join(part.split()).rstrip(".") for part in parts if part)


class _Composer:
    """One memo in the making."""

    def __init__(self, judged: Judged, about: About, ground: Ground) -> None:
        self.judged = judged
        self.verdict = judged.verdict
        self.about = about
        self.ground = ground
        self.words = ground.words
        self.chosen: Approach = judged.verdict.recommendation

    def memo(self, map: VerdictMap | None, context: str) -> Memo:
        chosen = self.words.labels[self.chosen]
        return Memo(
            about=self.about,
            title=self.about.title or f"{chosen[:1].upper()}{chosen[1:]}{_for(self.about.description)}",
            context=_sentences(context) if context else self.context(),
            drivers=self.drivers(),
            outcome=self.outcome(),
            consequences=self.consequences(),
            confirmation=self.confirmation(),
            options=tuple(self.option(approach) for approach in self.ranked_approaches()),
            plan=tuple(self.step(step) for step in self.verdict.plan),
            revisit=self.revisits(),
            map=map,
            votes=tuple(self.vote(vote) for vote in self.verdict.sources),
            disagreements=self.disagreements(),
            assumptions=tuple(
                self.fact(f) for f in self.judged.inferred.facts.values() if f.origin in ("inferred", "assumed")
            ),
            contradictions=tuple(self.fact(f) for c in self.judged.use_case.contradictions for f in c.facts),
            unknowns=self.unknowns(),
            facts=tuple(self.fact(f) for f in self.judged.use_case.facts.values()),
            hashes=Hashes(self.ground.corpus_sha256, self.ground.rules_sha256, self.verdict.digest),
            labels=self.words.labels,
        )

    def context(self) -> tuple[Line, ...]:
        """Say the facts of the case in one or two sentences."""
        told = [self.clause(fact.name, fact.value) for fact in self.judged.use_case.facts.values()]
        if not told:
            return (Line("Nothing is known of the case yet"),)
        return tuple(Line(_capital("; ".join(told[start : start + 6]))) for start in range(0, len(told), 6))

    def drivers(self) -> tuple[Line, ...]:
        """What decides: each rule with the facts it read."""
        found = []
        for driver in sorted(self.verdict.drivers, key=lambda driver: driver.effect != "for"):
            if not driver.says:
                continue
            facts = "; ".join(self.clause(name, value) for name, value in driver.facts.items())
            text = f"{_capital(facts)}: {_small(ours(driver.says))}" if facts else ours(driver.says)
            found.append(Line(_bare(text), driver.passages))
        return tuple(dict.fromkeys(found))

    def outcome(self) -> Outcome:
        because = [d for d in self.verdict.drivers if d.effect == "for" and d.says] or list(self.verdict.drivers)
        lines = tuple(Line(_bare(ours(driver.says)), driver.passages) for driver in because[:2] if driver.says)
        name = self.words.labels[self.chosen]
        rung = LADDER.index(self.chosen) + 1
        return Outcome(self.chosen, name, rung, lines, self.verdict.standing, self.firmness())

    def firmness(self) -> Line:
        """Say how many sources lead where the recommendation leads."""
        with_view = [vote for vote in self.verdict.sources if vote.recommendation]
        agreeing = [vote for vote in with_view if self.agrees(vote)]
        if self.verdict.standing == "undetermined":
            return Line("This is provisional: what is still open can change the recommendation")
        if not with_view:
            return Line("No source has a view of its own on this case, so this is the lowest rung that fits")
        others = [vote for vote in with_view if vote not in agreeing]
        led = f"{len(agreeing)} of the {len(with_view)} sources that have a view of this case lead here"
        if not others:
            return Line(led)
        dissent = "; ".join(f"{self.source_name(v.source)} to {self.label(v.recommendation)}" for v in others)
        return Line(f"{led}, the others elsewhere: {dissent}")

    def consequences(self) -> Consequences:
        known = self.ground.consequences.get(self.chosen, Upkeep())
        against = tuple(
            Line(_bare(ours(argument.says)), argument.passages)
            for argument in self.judged.arguments
            if argument.approach == self.chosen and not argument.is_for
        )
        return Consequences(known.good, _distinct((*against[:3], *known.bad)), known.upkeep)

    def confirmation(self) -> tuple[Line, ...]:
        """The exit test of the chosen rung, and of the measuring before it where that is still to do."""
        steps = [step for step in self.verdict.plan if step.approach in ("measure_first", self.chosen)]
        return tuple(
            Line(
                f"{_capital(self.label(step.approach))} is done when: {_bare(_small(ours(step.exit_test)))}",
                step.passages,
            )
            for step in steps
        )

    def ranked_approaches(self) -> list[Approach]:
        """The chosen approach first, then the ladder from below."""
        return [self.chosen, *(approach for approach in LADDER if approach != self.chosen)]

    def option(self, approach: Approach) -> Option:
        good = [*self._votes_for(approach), *self._arguments(approach, is_for=True)]
        bad = [*self._arguments(approach, is_for=False)]
        neutral: list[Line] = []
        for obstacle in self._obstacles(approach):
            (neutral if obstacle.value is None else bad).append(self.obstacle(obstacle))
        return Option(
            approach=approach,
            name=self.label(approach),
            rung=LADDER.index(approach) + 1,
            is_chosen=approach == self.chosen,
            good=_distinct(good)[:MAX_LINES],
            neutral=_distinct(neutral)[:MAX_NEUTRAL],
            bad=_distinct(bad)[:MAX_LINES],
        )

    def _votes_for(self, approach: Approach) -> Iterator[Line]:
        for vote in self.verdict.sources:
            if vote.recommendation == approach and vote.says:
                yield Line(_bare(ours(vote.says)), vote.passages[:2])

    def _arguments(self, approach: Approach, *, is_for: bool) -> Iterator[Line]:
        for argument in self.judged.arguments:
            if (argument.approach, argument.is_for) == (approach, is_for) and argument.says:
                yield Line(_bare(ours(argument.says)), argument.passages[:2])

    def _obstacles(self, approach: Approach) -> Iterator[Obstacle]:
        for entry in self.verdict.why_not:
            if entry.approach == approach:
                # What holds against an approach comes from its arguments; here stands what it still lacks.
                yield from (item for item in entry.because if not item.needed.startswith("not ") and item.fact)

    def obstacle(self, obstacle: Obstacle) -> Line:
        """What an approach would have needed, beside what is so."""
        spec = self.ground.catalogue.get(obstacle.fact)
        says = _bare(ours(obstacle.says))
        if obstacle.value is None:
            asked = ours(spec.question).rstrip("?") if spec else obstacle.fact
            return Line(f"{says}; it is not known: {_small(asked)}?", obstacle.passages[:2])
        return Line(f"{says}; here {self.clause(obstacle.fact, obstacle.value)}", obstacle.passages[:2])

    def step(self, step: PlanStep) -> Step:
        return Step(
            approach=step.approach,
            name=self.label(step.approach),
            rung=LADDER.index(step.approach) + 1,
            do=Line(_bare(ours(step.do)), step.passages),
            entry_test=_bare(ours(step.entry_test)),
            exit_test=_bare(ours(step.exit_test)),
        )

    def revisits(self) -> tuple[Revisit, ...]:
        """The smallest changes that lead elsewhere: likely and likeliest to be brought about first."""
        now = self.judged.use_case.values
        ranked = sorted(
            self.verdict.flips,
            key=lambda flip: ("problem_kind" in flip.changes, len(flip.changes), not flip.in_your_control),
        )
        found = [self.revisit(flip) for flip in ranked if not _goes_back(flip, now)]
        return tuple(found[:MAX_REVISITS])

    def revisit(self, flip: Flip) -> Revisit:
        changes = tuple(self.change(name, flip) for name in flip.changes)
        return Revisit(changes, flip.recommendation, self.label(flip.recommendation), flip.in_your_control)

    def change(self, name: str, flip: Flip) -> Change:
        value = flip.changes[name]
        operator = self._operator(name, flip)
        clause = self.clause(name, value)
        if operator != "=":
            shown = self.shown(name, value)
            more = f"{shown} or {'more' if operator == '>=' else 'less'}"
            clause = clause.replace(shown, more, 1) if shown in clause else f"{clause} {operator}"
        return Change(name, operator, value, clause)

    def _operator(self, name: str, flip: Flip) -> Operator:
        """Whether all values beyond the flip's lead to the same, above or below; tried on the rules' own cells."""
        value = flip.changes[name]
        if isinstance(value, bool | str):
            return "="
        cells = [cell for cell in self.judged.cells.get(name, ()) if not isinstance(cell, bool | str)]
        above, below = [c for c in cells if c > value], [c for c in cells if c < value]

        def leads_on(values: list[float]) -> bool:
            return all(self.judged.outcomes({**flip.changes, name: cell}) == flip.recommendation for cell in values)

        if leads_on(above):
            return ">="
        if leads_on(below):
            return "<="
        return "="

    def vote(self, vote: SourceVote) -> Vote:
        says = Line(_bare(ours(vote.says)), vote.passages[:2]) if vote.says and vote.recommendation else None
        label = self.label(vote.recommendation) if vote.recommendation else "no view of this case"
        name = self.source_name(vote.source)
        return Vote(vote.source, name, vote.recommendation, label, self.agrees(vote), says)

    def agrees(self, vote: SourceVote) -> bool:
        return self.chosen in (vote.recommendation, *vote.covers)

    def disagreements(self) -> tuple[Disagreement, ...]:
        return tuple(
            Disagreement(
                _capital(conflict.axis),
                tuple(
                    Held(self.source_name(position.source), Line(_bare(ours(position.position)), position.passages))
                    for position in conflict.positions
                ),
            )
            for conflict in self.verdict.conflicts
        )

    def unknowns(self) -> tuple[Unknown, ...]:
        found = []
        for question in self.verdict.next_questions:
            why = ours(self.words.in_words(question.why))
            found.append(Unknown(question.fact, ours(question.question), why, not why.startswith("together")))
        return tuple(found)

    def fact(self, fact: Fact) -> FactRow:
        spec = self.ground.catalogue.get(fact.name)
        unit = f" {spec.unit}" if spec and spec.unit and not isinstance(fact.value, bool | str) else ""
        shown = self.shown(fact.name, fact.value) + unit
        means = ours(_bare(spec.means)) if spec else fact.name
        return FactRow(fact.name, means, fact.value, shown, fact.origin, fact.evidence)

    def shown(self, name: str, value: FactValue) -> str:
        spec = self.ground.catalogue.get(name)
        return self.words.show(value, spec is not None and spec.type == "ratio")

    def clause(self, name: str, value: FactValue) -> str:
        return ours(self.words.clause(self.ground.catalogue.get(name), name, value))

    def label(self, approach: Approach | None) -> str:
        return self.words.labels[approach] if approach else "no view"

    def source_name(self, id: str) -> str:
        """The publisher, or the title where none is named."""
        source = self.ground.sources.get(id)
        if source is None:
            return id
        is_named = source.publisher and not source.publisher.lower().startswith(("not named", "unknown", "unnamed"))
        return source.publisher if is_named else source.title


def _goes_back(flip: Flip, now: Mapping[str, FactValue]) -> bool:
    """Whether it only says that something known is not so after all."""
    return all(isinstance(value, bool) and now.get(name) is True and not value for name, value in flip.changes.items())


_OURS = (
    (r"\b(to|for|with|from|lets?|gives?|tells?|costs?|serves?) you\b", r"\1 us"),
    (r"\bYou\b", "We"),
    (r"\byou\b", "we"),
    (r"\bYour\b", "Our"),
    (r"\byour\b", "our"),
    (r"\byours\b", "ours"),
    (r"\byourselves\b", "ourselves"),
)


def ours(text: str) -> str:
    """Turn what is said to a team into what the team says: "you have" becomes "we have"."""
    for pattern, replacement in _OURS:
        text = re.sub(pattern, replacement, text)
    return " ".join(text.split())


def _sentences(text: str) -> tuple[Line, ...]:
    parts = re.split(r"(?<=[.!?])\s+", " ".join(text.split()))
    return tuple(Line(_bare(part)) for part in parts if part.strip())


def _distinct(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Drop lines that say what another says already; the passages of the first stay."""
    kept: dict[str, Line] = {}
    for line in lines:
        kept.setdefault(line.text.casefold(), line)
    return tuple(kept.values())


def _for(description: str) -> str:
    words = " ".join(description.split())
    if not words:
        return ""
    first = re.split(r"(?<=[.!?])\s", words, maxsplit=1)[0].rstrip(".")
    cut = first[:TITLE_CHARACTERS]
    shown = first if len(first) <= TITLE_CHARACTERS else (cut.rsplit(" ", 1)[0] if " " in cut else cut) + " …"
    return f": {shown}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    """Lower the first letter, where the first word is no name or acronym."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    is_name = bool(re.search(r"[A-Z0-9]", first[1:])) or first in ("I", "Python", "Llama")
    return text if is_name else text[:1].lower() + text[1:]


def ranked(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options in ladder order."""
    return tuple(sorted(options, key=lambda option: option.rung))

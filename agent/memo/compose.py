"""What a memo says: facts and verdict put into the order a reviewer reads, each claim with its passages.

Owns selection and order. Deciding is the rules', words for approaches and facts are handed in, the gate reads every
line before it stays, and layout is the renderers'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from agent.corpus.cards import card_of, publisher_of
from agent.memo.landscape import Terrain, find_map
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
    each_line,
    lines_of,
)
from agent.text import lead_here, printable, spelled, upper_first
from agent.types import (
    LADDER,
    Approach,
    Draft,
    Driver,
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
MAX_SAME_REVISITS = 3
MAX_LINES = 4
MAX_NEUTRAL = 2
CLAUSES = 6
SAME_POINT = 0.6
"""Share of the shorter sentence's words from which two sentences make the same point."""
TITLE_CHARACTERS, TITLE_CHARACTERS_AT_LEAST = 80, 24

Gate = Callable[[Draft, Mapping[str, Passage], Verdict, str, UseCase], frozenset[str]]
"""The sentences of a draft that do not stand on what they cite, without their markup."""


class Argument(Struct, frozen=True):
    """A rule that holds on the facts and speaks for or against an approach."""

    rule: str
    approach: Approach
    is_for: bool
    source: str
    """Whose rule it is: a source, a team's pack, or the panel that composes the verdict."""
    says: str
    passages: tuple[str, ...]


class Words(Struct, frozen=True):
    """How approaches, facts and sources are called."""

    labels: dict[Approach, str]
    clause: Callable[[FactSpec | None, str, FactValue], str]
    show: Callable[[FactValue, bool], str]
    in_words: Callable[[str], str]
    """Names approaches in a text as people do."""
    required: Callable[[Obstacle, Mapping[str, FactSpec]], str]
    """What an approach needs, as a clause to follow "if"."""
    turning: Callable[[Approach], str]
    """On what condition the plan goes on beyond the recommended rung."""


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
    terrain: Terrain


def compose(judged: Judged, about: About, ground: Ground, *, context: str = "") -> Memo:
    """Return the whole memo; lines that the gate does not let stand are left out, and the notes say how many.

    `context` replaces the composed context paragraph; each of its sentences passes the gate like any other.
    """
    about = _visible(about)
    composer = _Composer(judged, about, ground)
    memo = composer.memo(_sentences(context))
    flawed = _flawed(memo, judged, about, ground)
    if flawed:
        memo = each_line(memo, lambda line: None if line.text in flawed else line)
        count = "1 sentence was" if len(flawed) == 1 else f"{len(flawed)} sentences were"
        memo = replace(memo, notes=(*memo.notes, f"{count} left out, not standing in what was cited."))
    if not context:
        # The facts put as clauses, one by one, with nothing claimed beyond them.
        memo = replace(memo, context=composer.context())
    return _numbered(each_line(memo, composer.in_our_words), ground)


def _visible(about: About) -> About:
    """Drop what cannot be seen or printed; names and titles are one line each."""

    def line(text: str) -> str:
        return " ".join(printable(text).split())

    return replace(
        about,
        title=line(about.title),
        description=printable(about.description).strip(),
        supersedes=line(about.supersedes),
        decision_makers=tuple(filter(None, map(line, about.decision_makers))),
        consulted=tuple(filter(None, map(line, about.consulted))),
        informed=tuple(filter(None, map(line, about.informed))),
    )


def _flawed(memo: Memo, judged: Judged, about: About, ground: Ground) -> frozenset[str]:
    """Return the texts of the lines that hold a sentence with a finding."""
    read = (line for line in lines_of(memo) if line.text and not line.is_condition)
    lines = list(dict.fromkeys(Line(line.text, line.passages) for line in read))
    ids = {name: number for number, name in enumerate(dict.fromkeys(p for line in lines for p in line.passages), 1)}
    # One paragraph each, so that a sentence is found again by its words.
    texts = [
        f"{_escaped(line.text)}{''.join(f' [{ids[name]}]' for name in line.passages)}{line.stop}" for line in lines
    ]
    allowed = {name: ground.passages[name] for name in ids if name in ground.passages}
    # What a rule says that holds on these facts is said by the verdict's own rules, whether it decided or not.
    held = tuple(Driver(f"argument-{n}", "for", {}, a.passages, a.says) for n, a in enumerate(judged.arguments))
    verdict = replace(judged.verdict, drivers=(*judged.verdict.drivers, *held))
    found = {
        _bare(sentence)
        for sentence in ground.gate(
            Draft("\n\n".join(texts), tuple(ids)), allowed, verdict, about.description, judged.inferred
        )
    }
    return frozenset(line.text for line in lines if any(sentence in _bare(line.text) for sentence in found))


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
    cards = tuple(
        Card(id, ground.sources[id].title, card_of(ground.sources[id], cited=text)) for id, text in cited_of.items()
    )
    return replace(memo, references=tuple(references), cards=cards)


class _Composer:
    """One memo in the making."""

    def __init__(self, judged: Judged, about: About, ground: Ground) -> None:
        self.judged = judged
        self.verdict = judged.verdict
        self.about = about
        self.ground = ground
        self.words = ground.words
        self.chosen: Approach = judged.verdict.recommendation

    def memo(self, context: tuple[Line, ...]) -> Memo:
        chosen = self.words.labels[self.chosen]
        return Memo(
            about=self.about,
            title=self.about.title or f"{chosen[:1].upper()}{chosen[1:]}{_for(self.about.description)}",
            context=context,
            drivers=self.drivers(),
            outcome=self.outcome(),
            consequences=self.consequences(),
            confirmation=self.confirmation(),
            options=tuple(self.option(approach) for approach in self.ranked_approaches()),
            plan=self.plan(),
            revisit=self.revisits(),
            map=self.map(),
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
        """Say the facts of the case, a few to a sentence."""
        told = [self.clause(fact.name, fact.value) for fact in self.judged.use_case.facts.values()]
        if not told:
            return (Line("Nothing is known of your case yet"),)
        return tuple(
            Line(f"{'Also in' if start else 'In'} your case {'; '.join(told[start : start + CLAUSES])}")
            for start in range(0, len(told), CLAUSES)
        )

    def drivers(self) -> tuple[Line, ...]:
        """What decides: each rule with the facts it read, those for the recommendation first."""
        ranked = sorted(self.verdict.drivers, key=lambda driver: driver.effect != "for")
        return _distinct(
            Line(_bare(driver.says), driver.passages, ours(self._facts_behind(driver)))
            for driver in ranked
            if driver.says
        )

    def _facts_behind(self, driver: Driver) -> str:
        """The facts a rule read, but for those that what it says tells again."""
        told = (self.clause(name, value) for name, value in driver.facts.items())
        return "; ".join(clause for clause in told if not _says_same(_stems(clause), _stems(driver.says)))

    def outcome(self) -> Outcome:
        because = [d for d in self.verdict.drivers if d.effect == "for" and d.says] or list(self.verdict.drivers)
        lines = tuple(Line(_bare(driver.says), driver.passages) for driver in because[:2] if driver.says)
        rung = LADDER.index(self.chosen) + 1
        return Outcome(self.chosen, self.label(self.chosen), rung, lines, self.verdict.standing, self.firmness())

    def firmness(self) -> Line:
        """Say how many sources lead where the recommendation leads."""
        with_view = [vote for vote in self.verdict.sources if vote.recommendation]
        agreeing = [vote for vote in with_view if vote.leads_to(self.chosen)]
        leading = sum(vote.recommendation == self.chosen for vote in agreeing)
        if self.verdict.standing == "undetermined":
            return Line("This is provisional: what is still open can change the recommendation")
        if not with_view:
            return Line("No source has a view of its own on this case, so this is the lowest rung that fits")
        if len(agreeing) == len(with_view):
            whole = (
                "The one source that has a view"
                if len(with_view) == 1
                else f"All {spelled(len(with_view))} sources that have a view"
            )
            lead = f"{'leads' if len(with_view) == 1 else 'lead'} here{' or allow it' * (leading < len(agreeing) > 1)}"
            return Line(f"{whole} of this case {lead}")
        led_to: dict[str, list[str]] = {}
        for vote in with_view:
            if vote not in agreeing:
                led_to.setdefault(self.label(vote.recommendation), []).append(self._publisher_or_title(vote.source))
        elsewhere = "; ".join(f"{_and(names)} to {label}" for label, names in led_to.items())
        led = lead_here(leading, len(agreeing) - leading)
        whole = f"Of the {spelled(len(with_view))} sources that have a view of this case"
        rest = "the other leads" if len(with_view) - len(agreeing) == 1 else "the others lead"
        if not agreeing:
            rest = "they lead"
        return Line(f"{whole}, {led}; {rest} elsewhere ({elsewhere})")

    def consequences(self) -> Consequences:
        known = self.ground.consequences.get(self.chosen, Upkeep())
        against = tuple(
            Line(_bare(argument.says), argument.passages, self.holder(argument.source))
            for argument in self.judged.arguments
            if argument.approach == self.chosen and not argument.is_for
        )
        is_once = self.judged.use_case.values.get("one_off") is True
        return Consequences(known.good, _distinct((*against[:3], *known.bad)), () if is_once else known.upkeep)

    def confirmation(self) -> tuple[Line, ...]:
        """The exit test of the chosen rung, and of the measuring before it where that is still to do."""
        names = [step.approach for step in self.verdict.plan]
        climbed = self.verdict.plan[: names.index(self.chosen) + 1] if self.chosen in names else ()
        steps = [step for step in climbed if step.approach in ("measure_first", self.chosen)]
        return tuple(
            Line(_bare(step.exit_test), step.passages, f"{self.label(step.approach)}, done when") for step in steps
        )

    def ranked_approaches(self) -> list[Approach]:
        """The chosen approach first, then the ladder from below."""
        return [self.chosen, *(approach for approach in LADDER if approach != self.chosen)]

    def option(self, approach: Approach) -> Option:
        good, bad = (list(self._arguments(approach, is_for=is_for)) for is_for in (True, False))
        neutral: list[Line] = []
        for obstacles in self._lacking(approach):
            is_open = all(item.value is None for item in obstacles)
            (neutral if is_open else bad).append(self.lacking(obstacles))
        return Option(
            approach=approach,
            name=self.label(approach),
            rung=LADDER.index(approach) + 1,
            good=_distinct([*self._votes_for(approach), *good])[:MAX_LINES],
            neutral=_distinct([*neutral, *self._preceding(approach)])[:MAX_NEUTRAL],
            bad=_distinct(bad)[:MAX_LINES],
        )

    def _votes_for(self, approach: Approach) -> Iterator[Line]:
        meant = {argument.rule: argument.approach for argument in self.judged.arguments if argument.is_for}
        for vote in self.verdict.sources:
            argues = all(meant.get(rule, approach) == approach for rule in vote.rules[:1])
            if vote.recommendation == approach and vote.says and argues:
                yield Line(_bare(vote.says), vote.passages[:2], self.holder(vote.source))

    def _arguments(self, approach: Approach, *, is_for: bool) -> Iterator[Line]:
        for argument in self.judged.arguments:
            if (argument.approach, argument.is_for) == (approach, is_for) and argument.says:
                yield Line(_bare(argument.says), argument.passages[:2], self.holder(argument.source))

    def _preceding(self, approach: Approach) -> Iterator[Line]:
        """What decides before the rule that would choose the approach, or puts another approach first."""
        against = {a.rule for a in self.judged.arguments if a.approach == approach and not a.is_for}
        for entry in self.verdict.why_not:
            for item in entry.because if entry.approach == approach else ():
                if item.needed.startswith("not ") and item.rule not in against:
                    yield Line(_bare(item.says), item.passages[:2], "what decides puts another approach first")

    def _lacking(self, approach: Approach) -> list[list[Obstacle]]:
        """What the approach still lacks: for each rule that speaks for it, the facts that fail it or are not known.

        What holds against an approach is left to the arguments.
        """
        groups: dict[str, list[Obstacle]] = {}
        for entry in self.verdict.why_not:
            for item in entry.because if entry.approach == approach else ():
                if item.fact and not item.needed.startswith("not "):
                    groups.setdefault(item.rule, []).append(item)
        return list(groups.values())

    def lacking(self, obstacles: list[Obstacle]) -> Line:
        """Say what an approach would need, and what is otherwise here or not known; what its rule says is not so."""
        required = dict.fromkeys(self.words.required(item, self.ground.catalogue) for item in obstacles)
        needed = _and(list(required))
        otherwise = "; ".join(self.clause(item.fact, item.value) for item in obstacles if item.value is not None)
        if otherwise:
            text = f"it is for cases where {needed}; here {otherwise}"
        else:
            text = f"it would count for it that {needed}, which is not known"
        return Line(text, obstacles[0].passages[:2], is_condition=True)

    def plan(self) -> tuple[Step, ...]:
        names = [step.approach for step in self.verdict.plan]
        last = names.index(self.chosen) if self.chosen in names else len(names)
        condition = self.words.turning(self.chosen)
        return tuple(self.step(step, condition if n > last else "") for n, step in enumerate(self.verdict.plan))

    def step(self, step: PlanStep, condition: str) -> Step:
        return Step(
            approach=step.approach,
            name=self.label(step.approach),
            rung=LADDER.index(step.approach) + 1,
            do=Line(_bare(step.do), step.passages),
            entry_test=_bare(ours(step.entry_test)),
            exit_test=_bare(ours(step.exit_test)),
            condition=condition,
        )

    def revisits(self) -> tuple[Revisit, ...]:
        """The smallest changes that lead elsewhere: likely and likeliest to be brought about first."""
        now = self.judged.use_case.values
        coming = [flip for flip in self.verdict.flips if not self._was_left_undone(flip)]
        ranked = sorted(
            coming or self.verdict.flips,
            key=lambda flip: ("problem_kind" in flip.changes, len(flip.changes), not flip.in_your_control),
        )
        chosen: list[Flip] = []
        for flip in ranked:
            same = sum(other.recommendation == flip.recommendation for other in chosen)
            if same < MAX_SAME_REVISITS and not _goes_back(flip, now):
                chosen.append(flip)
        return tuple(self.revisit(flip) for flip in chosen[:MAX_REVISITS])

    def _was_left_undone(self, flip: Flip) -> bool:
        """Whether it only says that the team's own work was not done, which is asked and cannot come true later."""
        now, catalogue = self.judged.use_case.values, self.ground.catalogue
        undone = (name for name, value in flip.changes.items() if value is False and name not in now)
        return any(name in catalogue and catalogue[name].in_your_control for name in undone)

    def revisit(self, flip: Flip) -> Revisit:
        changes = tuple(self.change(name, flip) for name in flip.changes)
        return Revisit(changes, flip.recommendation, self.label(flip.recommendation), flip.in_your_control)

    def change(self, name: str, flip: Flip) -> Change:
        value = flip.changes[name]
        operator = self._operator(name, flip)
        clause = self.clause(name, value)
        if operator != "=":
            clause += " or more" if operator == ">=" else " or less"
        return Change(name, operator, value, ours(clause))

    def _operator(self, name: str, flip: Flip) -> Operator:
        """Whether all values beyond the flip's lead to the same, above or below; tried on the rules' own cells."""
        value = flip.changes[name]
        if isinstance(value, bool | str):
            return "="
        cells = [cell for cell in self.judged.terrain.cells.get(name, ()) if not isinstance(cell, bool | str)]
        above, below = [c for c in cells if c > value], [c for c in cells if c < value]

        def leads_on(values: list[float]) -> bool:
            return all(
                self.judged.terrain.outcomes({**flip.changes, name: cell}) == flip.recommendation for cell in values
            )

        if leads_on(above):
            return ">="
        if leads_on(below):
            return "<="
        return "="

    def vote(self, vote: SourceVote) -> Vote:
        says = Line(_bare(vote.says), vote.passages[:2]) if vote.says and vote.recommendation else None
        label = self.label(vote.recommendation) if vote.recommendation else "no view of this case"
        name = self.source_name(vote.source)
        return Vote(
            source=vote.source,
            name=name,
            approach=vote.recommendation,
            label=label,
            agrees=vote.leads_to(self.chosen),
            says=says,
            allows=self.chosen in vote.covers and vote.recommendation != self.chosen,
        )

    def disagreements(self) -> tuple[Disagreement, ...]:
        return tuple(
            Disagreement(
                upper_first(conflict.axis),
                tuple(
                    Held(self.source_name(position.source), Line(_bare(position.position), position.passages[:1]))
                    for position in conflict.positions
                ),
            )
            for conflict in self.verdict.conflicts
        )

    def map(self) -> VerdictMap | None:
        return find_map(self.judged.use_case.values, self.judged.terrain, self.ground.catalogue, self.shown)

    def unknowns(self) -> tuple[Unknown, ...]:
        return tuple(
            Unknown(
                asked.fact,
                ours(asked.question),
                ours(_answered(self.words.in_words(asked.why))),
                not asked.why.startswith("together"),
            )
            for asked in self.verdict.next_questions
        )

    def fact(self, fact: Fact) -> FactRow:
        return fact_row(fact, self.ground)

    def shown(self, name: str, value: FactValue) -> str:
        return show_fact(name, value, self.ground)

    def clause(self, name: str, value: FactValue) -> str:
        return self.words.clause(self.ground.catalogue.get(name), name, value)

    def label(self, approach: Approach | None) -> str:
        return self.words.labels[approach] if approach else "no view"

    def in_our_words(self, line: Line) -> Line:
        """Put what is said to the team as the team says it; titles stay as they are, in quotation marks."""
        titles = "|".join(re.escape(source.title) for source in self.ground.sources.values())
        parts = re.split(f"({titles})", line.text) if titles else [line.text]
        text = "".join(f"“{part}”" if index % 2 else ours(part) for index, part in enumerate(parts))
        return replace(line, text=text)

    def holder(self, id: str) -> str:
        """Who holds a view, where it is a source's and not of the panel that composes the verdict."""
        return f"{self.source_name(id)} says" if id in self.ground.sources else ""

    def source_name(self, id: str) -> str:
        """The publisher, or the title in quotation marks where none is named."""
        name, source = self._publisher_or_title(id), self.ground.sources.get(id)
        return f"“{name}”" if source and name == source.title else name

    def _publisher_or_title(self, id: str) -> str:
        source = self.ground.sources.get(id)
        return (publisher_of(source) or source.title) if source else id


def _goes_back(flip: Flip, now: Mapping[str, FactValue]) -> bool:
    """Whether it only says that something known is not so after all."""
    return all(isinstance(value, bool) and now.get(name) is True and not value for name, value in flip.changes.items())


def fact_row(fact: Fact, ground: Ground) -> FactRow:
    """Return a fact as memos show it."""
    spec = ground.catalogue.get(fact.name)
    unit = f" {spec.unit}" if spec and spec.unit and not isinstance(fact.value, bool | str) else ""
    if fact.value == 1:
        unit = re.sub(r"(\w{3,})s\b", r"\1", unit, count=1)
    shown = show_fact(fact.name, fact.value, ground) + unit
    means = ours(_bare(spec.means)) if spec else fact.name
    return FactRow(fact.name, means, fact.value, shown, fact.origin, " ".join(printable(fact.evidence).split()))


def show_fact(name: str, value: FactValue, ground: Ground) -> str:
    """Return a fact's value as memos show it, without its unit: yes, 5,000, 95%."""
    spec = ground.catalogue.get(name)
    return ground.words.show(value, spec is not None and spec.type == "ratio")


_OURS = (
    (r"\b(to|for|with|from|lets?|gives?|tells?|costs?|serves?|bothers?|takes?|suits?|helps?) you\b", r"\1 us"),
    (r"\bYou\b", "We"),
    (r"\byou\b", "we"),
    (r"\bYour\b", "Our"),
    (r"\byour\b", "our"),
    (r"\byours\b", "ours"),
    (r"\byoursel(?:f|ves)\b", "ourselves"),
)


def ours(text: str) -> str:
    """Turn what is said to a team into what the team says: "you have" becomes "we have"."""
    for pattern, replacement in _OURS:
        text = re.sub(pattern, replacement, text)
    return text


def _sentences(text: str) -> tuple[Line, ...]:
    parts = re.split(r"(?<=[.!?])\s+", " ".join(text.split()))
    return tuple(Line(_bare(part)) for part in parts if part.strip())


def _distinct(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Drop lines that make the same point as one before them."""
    kept: list[tuple[Line, frozenset[str]]] = []
    for line in lines:
        words = _stems(line.text)
        if not any(_says_same(words, other) for _, other in kept):
            kept.append((line, words))
    return tuple(line for line, _ in kept)


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:6] for word in re.findall(r"[a-z]{4,}", text.lower()))


def _says_same(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether most of the words of the shorter sentence stand in the other."""
    return len(words & others) >= SAME_POINT * min(len(words), len(others))


def _answered(why: str) -> str:
    """Put "with no the recommendation would be…" as people say it."""
    answers = {"yes": "If so", "no": "If not"}
    return re.sub(
        r"^with (.+?) the recommendation",
        lambda match: f"{answers.get(match[1], f'With {match[1]}')}, the recommendation",
        why.strip().rstrip("."),
    )


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _for(description: str) -> str:
    words = " ".join(description.split())
    if not words:
        return ""
    first = re.split(r"(?<=[.!?])\s(?=[A-Z0-9“\"])", words, maxsplit=1)[0].rstrip(".")
    return f": {first if len(first) <= TITLE_CHARACTERS else _shortened(first)}"


def _shortened(sentence: str) -> str:
    """Cut a sentence where a clause ends, else after a word."""
    cut = sentence[:TITLE_CHARACTERS]
    clauses = [m.start() for m in re.finditer(r"[,;:](?=\s)|\s[-–—(]", cut) if m.start() >= TITLE_CHARACTERS_AT_LEAST]
    if clauses:
        return cut[: clauses[-1]]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + " …"

"""Prose for a described case, without a language model: the verdict told as a good adviser would tell it.

Owns what is said, in which order, and how much of it. The verdict decides; nothing here does. Every sentence of
guidance is built from what the rules and the conflict data say, and carries their passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from agent.answer.clashes import clashes
from agent.answer.wording import (
    HEADLINES,
    LABELS,
    Numbering,
    changed,
    clause,
    content_words,
    in_words,
    is_measuring,
    missing,
    name_source,
    quote_user,
)
from agent.text import lead_here, lower_first, spelled, upper_first
from agent.types import (
    Approach,
    Conflict,
    Contradiction,
    Draft,
    Driver,
    FactSpec,
    Flip,
    Obstacle,
    Passage,
    PlanStep,
    Position,
    Source,
    SourceVote,
    UseCase,
    Verdict,
)

MAX_WORDS = 300
SAME_POINT = 0.6
"""Share of the shorter sentence's words from which two sentences make the same point."""
OBJECTIONS = 2
"""As many reasons against training are told as one paragraph holds."""
TRAINED: tuple[Approach, ...] = ("fine_tuning", "rag+fine_tuning", "distillation")
LEADS = ("You said", "You also said", "You wrote", "You added")
"""What introduces the first, second, … quotation of the user."""


class Statement(Struct, frozen=True):
    """A sentence with the passages behind it, as the correction of a false premise is."""

    says: str
    passages: tuple[str, ...]


class Detail(Struct, frozen=True):
    """How much of each part is told."""

    drivers: int
    """Reasons for the recommendation, and against training where that is asked about."""
    votes: int
    axes: int
    positions: int
    flips: int
    steps: int
    has_exit_tests: bool
    names_others: bool = True
    """Whether the sources that dissent beyond `votes` are named, without their reasons."""


DETAILS = (
    Detail(drivers=4, votes=3, axes=2, positions=3, flips=3, steps=4, has_exit_tests=True),
    Detail(drivers=4, votes=2, axes=1, positions=3, flips=2, steps=4, has_exit_tests=True),
    Detail(drivers=3, votes=2, axes=1, positions=2, flips=2, steps=4, has_exit_tests=True),
    Detail(drivers=3, votes=2, axes=1, positions=2, flips=2, steps=3, has_exit_tests=False),
    Detail(drivers=3, votes=1, axes=1, positions=2, flips=1, steps=3, has_exit_tests=False),
    Detail(drivers=2, votes=1, axes=1, positions=2, flips=1, steps=3, has_exit_tests=False),
    Detail(drivers=2, votes=1, axes=0, positions=0, flips=1, steps=2, has_exit_tests=False),
    Detail(drivers=2, votes=1, axes=0, positions=0, flips=1, steps=2, has_exit_tests=False, names_others=False),
)
"""From generous to terse; the first that stays within the words is told."""


def compose(
    question: str,
    use_case: UseCase,
    verdict: Verdict,
    catalogue: Mapping[str, FactSpec],
    passages: Mapping[str, Passage],
    sources: Mapping[str, Source],
    premises: Sequence[Statement] = (),
) -> Draft:
    """Tell the verdict in 150 to 300 words where there is that much to tell, recommendation first, next question last.

    `passages` holds every passage the verdict cites, by id; a sentence whose passages are missing is left out.
    """
    draft = Draft("", ())
    for detail in DETAILS:
        draft = _Advice(question, use_case, verdict, catalogue, passages, sources, detail).tell(premises)
        if len(draft.markdown.split()) <= MAX_WORDS:
            break
    return draft


class _Advice:
    """One telling of one verdict; it numbers citations as it goes."""

    def __init__(
        self,
        question: str,
        use_case: UseCase,
        verdict: Verdict,
        catalogue: Mapping[str, FactSpec],
        passages: Mapping[str, Passage],
        sources: Mapping[str, Source],
        detail: Detail,
    ) -> None:
        self.question = question
        self.use_case = use_case
        self.verdict = verdict
        self.catalogue = catalogue
        self.sources = sources
        self.detail = detail
        self.numbering = Numbering(passages)
        self.told: list[str] = []
        """What has been said, so that no point is made twice."""
        self.quoted: set[str] = set()
        """Facts and words that have been quoted."""

    def tell(self, premises: Sequence[Statement]) -> Draft:
        """Return the whole draft."""
        objections = self._objections()[: min(OBJECTIONS, self.detail.drivers - 1)]
        self.told += [item.says for item in objections]
        parts = [
            self._opening(),
            self._clashes(),
            self._premises(premises),
            self._reasons(most=self.detail.drivers - len(objections)),
            self._why_not_tuning(objections),
            self._disagreement(),
            self._flips(),
            self._plan(),
            self._question(),
        ]
        return Draft("\n\n".join(part for part in parts if part), self.numbering.cited)

    def _opening(self) -> str:
        return f"**{HEADLINES[self.verdict.recommendation]}** {self._standing()}"

    def _clashes(self) -> str:
        facts = {name: fact.value for name, fact in self.use_case.facts.items()}
        return " ".join(clashes(facts, self.catalogue))

    def _standing(self) -> str:
        with_view = [vote for vote in self.verdict.sources if vote.recommendation]
        agreeing = [vote for vote in with_view if self._agrees(vote)]
        if self.verdict.standing == "undetermined":
            return "This is provisional: what is still open can change the recommendation."
        if not with_view:
            return "No source has a view of its own on this, so the recommendation is the lowest rung that fits."
        if len(agreeing) == len(with_view) == 1:
            return "The one source that has a view leads here."
        if len(agreeing) == len(with_view):
            has_others = any(vote.recommendation != self.verdict.recommendation for vote in agreeing)
            return f"All {spelled(len(with_view))} sources that have a view lead here{' or allow it' * has_others}."
        if not agreeing:
            return f"None of the {spelled(len(with_view))} sources that have a view leads here by itself."
        leading = sum(vote.recommendation == self.verdict.recommendation for vote in agreeing)
        led = lead_here(leading, len(agreeing) - leading)
        return f"Of the {spelled(len(with_view))} sources that have a view, {led}."

    def _agrees(self, vote: SourceVote) -> bool:
        return vote.leads_to(self.verdict.recommendation)

    def _premises(self, premises: Sequence[Statement]) -> str:
        told = [self.numbering.sentence(premise.says, premise.passages) for premise in premises[:2]]
        return f"**One thing first.** {' '.join(filter(None, told))}" if any(told) else ""

    def _reasons(self, *, most: int) -> str:
        told: list[str] = []
        for driver in (*self._ranked_drivers(), *self._seconding()):
            if len(told) >= most:
                break
            reason = self._reason(driver)
            if reason:
                told.append(reason)
        return " ".join(told)

    def _ranked_drivers(self) -> list[Driver]:
        """Put what speaks for the recommendation before what clears its way; that is told where training is."""
        drivers = [driver for driver in self.verdict.drivers if driver.effect == "for" or not self._against_tuning()]
        return sorted(drivers, key=lambda driver: driver.effect != "for")

    def _seconding(self) -> Iterator[Driver]:
        """Yield what the sources that lead to the same recommendation say, those first that name it themselves."""
        agreeing = [vote for vote in self.verdict.sources if vote.recommendation and self._agrees(vote)]
        for vote in sorted(agreeing, key=lambda vote: vote.recommendation != self.verdict.recommendation):
            yield Driver(rule="", effect="for", facts={}, passages=vote.passages[:1], says=vote.says)

    def _reason(self, driver: Driver) -> str:
        rests_on_known = not driver.rule and set(driver.passages) <= set(self.numbering.cited)
        if self._is_told(driver.says) or rests_on_known or not self.numbering.markers(driver.passages):
            return ""
        self.told.append(driver.says)
        lead = self._in_your_words(driver.facts)
        text = f"{lead}: {lower_first(driver.says)}" if lead else driver.says
        return self.numbering.sentence(text, driver.passages)

    def _is_told(self, says: str) -> bool:
        """Say whether there is nothing to say, or most of its words have been said already."""
        words = content_words(says)
        return not words or any(
            _overlaps(words, content_words(other)) or _opening(says) == _opening(other) for other in self.told
        )

    def _in_your_words(self, names: Mapping[str, object]) -> str:
        """Return `You said “…”` for the first of the facts whose words have not been shown yet."""
        for name in names:
            fact = self.use_case.facts.get(name)
            if fact is None or fact.origin not in ("stated", "answered") or name in self.quoted:
                continue
            shown = quote_user(fact.evidence)
            if not shown or shown in self.quoted:
                continue
            lead = LEADS[min(len(self.quoted) // 2, len(LEADS) - 1)]
            self.quoted |= {name, shown}
            return f"{lead} {shown}"
        return ""

    def _objections(self) -> list[Obstacle]:
        """Choose what holds against training, each for its own fact; kept for the question that asks about it."""
        main = content_words(self.verdict.drivers[0].says) if self.verdict.drivers else frozenset()
        chosen: dict[str, Obstacle] = {}
        for item in self._against_tuning():
            if _argues_against(item) and not self._decides(item) and not _overlaps(content_words(item.says), main):
                chosen.setdefault(item.fact, item)
        return list(chosen.values())

    def _against_tuning(self) -> tuple[Obstacle, ...]:
        """What stands against training, where it was asked about and is no part of the answer."""
        considered = self.use_case.values.get("considering_fine_tuning") is True
        if not considered or self.verdict.recommendation in TRAINED:
            return ()
        return next((entry.because for entry in self.verdict.why_not if entry.approach == "fine_tuning"), ())

    def _decides(self, obstacle: Obstacle) -> bool:
        return bool(self.verdict.drivers) and obstacle.rule == self.verdict.drivers[0].rule

    def _why_not_tuning(self, objections: Sequence[Obstacle]) -> str:
        """Answer the question most people come with: what holds against training, or how far the case is from it."""
        obstacles = self._against_tuning()
        if not obstacles:
            return ""
        told = " ".join(filter(None, (self._objection(item) for item in objections))) or self._distance(obstacles)
        return f"**Why not fine-tuning?** {told}" if told else ""

    def _objection(self, obstacle: Obstacle) -> str:
        """Tell an objection behind the fact it rests on; in the user's words where the rule's own say the fact."""
        says, known = lower_first(obstacle.says), self._told_fact(obstacle)
        lead = f"{upper_first(known)}; " if known else ""
        if not lead and obstacle.value is not None:
            words = self._in_your_words({obstacle.fact: obstacle.value})
            lead = f"{words}: " if words else ""
        return self.numbering.sentence(f"{lead}{says}" if lead else obstacle.says, obstacle.passages)

    def _told_fact(self, obstacle: Obstacle) -> str:
        """Return the fact as a clause; nothing where what the rule says of it tells it already."""
        if obstacle.value is None or obstacle.fact == "considering_fine_tuning":
            return ""
        told = clause(self.catalogue.get(obstacle.fact), obstacle.fact, obstacle.value)
        is_said = isinstance(obstacle.value, bool) and _overlaps(content_words(told), content_words(obstacle.says))
        return "" if is_said else told

    def _distance(self, obstacles: Sequence[Obstacle]) -> str:
        """Say that nothing holds against training and nothing calls for it, and what the nearest rule for it lacks."""
        lacking = [item for item in obstacles if not _argues_against(item)]
        if not lacking:
            return "Your facts speak for it too, but a lower rung is decided first."
        text = f"{lacking[0].says.strip().rstrip('.')}; {missing(lacking, self.catalogue)}"
        nearest = self.numbering.sentence(f"The nearest: {lower_first(text)}", lacking[0].passages)
        first = "No rule for fine-tuning holds on your facts."
        if self.verdict.drivers and self.verdict.drivers[0].facts:
            first = "Your facts decide for a lower rung first, and no rule for fine-tuning holds on them."
        return f"{first} {nearest}".strip()

    def _disagreement(self) -> str:
        told = [
            self._dissent(vote, has_reason=place < self.detail.votes) for place, vote in enumerate(self._dissenting())
        ]
        told += [self._axis(conflict) for conflict in self._ranked_conflicts()[: self.detail.axes]]
        lines = [f"- {line}" for line in told if line]
        return "**Where the sources disagree**\n\n" + "\n".join(lines) if lines else ""

    def _dissenting(self) -> list[SourceVote]:
        """Return the votes for something else that are told; against a robust verdict none counts."""
        if self.verdict.standing == "robust":
            return []
        dissent = [vote for vote in self.verdict.sources if vote.recommendation and not self._agrees(vote)]
        return dissent if self.detail.names_others else dissent[: self.detail.votes]

    def _dissent(self, vote: SourceVote, *, has_reason: bool) -> str:
        """Say where a source would lead, and why unless that was said already or there is no room."""
        if vote.recommendation is None:
            return ""
        name = name_source(self.sources.get(vote.source), vote.source)
        text = f"{name} would lead to {LABELS[vote.recommendation]}"
        if has_reason and vote.says.strip() and vote.says not in self.told:
            self.told.append(vote.says)
            text = f"{text}: {lower_first(vote.says)}"
        return self.numbering.sentence(text, vote.passages, most=1)

    def _ranked_conflicts(self) -> list[Conflict]:
        """Put the axes first on which the sources that vote otherwise have a position."""
        dissenting = {vote.source for vote in self.verdict.sources if vote.recommendation and not self._agrees(vote)}
        return sorted(
            self.verdict.conflicts,
            key=lambda conflict: -len(dissenting & {position.source for position in conflict.positions}),
        )

    def _axis(self, conflict: Conflict) -> str:
        positions = [self._position(position) for position in conflict.positions[: self.detail.positions]]
        told = [position for position in positions if position]
        return f"{upper_first(conflict.axis)}: {'; '.join(told)}." if len(told) > 1 else ""

    def _position(self, position: Position) -> str:
        markers = self.numbering.markers(position.passages)
        name = name_source(self.sources.get(position.source), position.source)
        return f"{lower_first(position.position.rstrip('.'))} ({name}){markers}" if markers else ""

    def _flips(self) -> str:
        chosen = self._chosen_flips()
        if not chosen:
            return "**What would change it.** No change of one or two facts would change the recommendation."
        return "**What would change it.** " + " ".join(self._flip(flip, index) for index, flip in enumerate(chosen))

    def _chosen_flips(self) -> list[Flip]:
        """Choose the smallest, those in the team's hands first, each leading somewhere else where possible."""
        ranked = sorted(
            self.verdict.flips,
            key=lambda flip: (
                not self._is_in_hand(flip),
                self._is_asked(flip),
                len(flip.changes),
                _is_other_case(flip),
            ),
        )
        by_outcome: dict[Approach, Flip] = {}
        for flip in ranked:
            by_outcome.setdefault(flip.recommendation, flip)
        first = list(by_outcome.values())
        return (first + [flip for flip in ranked if flip not in first])[: self.detail.flips]

    def _is_in_hand(self, flip: Flip) -> bool:
        """Say whether the team can bring the flip about: the unknown is found out, and what is done is not undone."""
        now = self.use_case.values
        return flip.in_your_control and all(name in now and now[name] is not True for name in flip.changes)

    def _is_asked(self, flip: Flip) -> bool:
        """Say whether the closing question tells the same."""
        return any(question.fact in flip.changes for question in self.verdict.next_questions[:1])

    def _flip(self, flip: Flip, index: int) -> str:
        opening = "if it turns out that" if self._is_to_be_found_out(flip) else "if"
        condition = f"{opening} {changed(flip, self.catalogue)}"
        lead = f"In your hands: {condition}" if self._is_in_hand(flip) else upper_first(condition)
        becomes = "the recommendation becomes" if index == 0 else "it becomes"
        unless = ", unless what is found says otherwise" if is_measuring(flip, self.verdict) else ""
        return f"{lead}, {becomes} {LABELS[flip.recommendation]}{unless}."

    def _is_to_be_found_out(self, flip: Flip) -> bool:
        """Say whether the flip rests on what is unknown; what the team itself did or did not do, it knows."""
        specs = [self.catalogue.get(name) for name in flip.changes if name not in self.use_case.facts]
        return any(spec is None or not spec.in_your_control for spec in specs)

    def _plan(self) -> str:
        steps = self.verdict.plan
        target = next((i for i, step in enumerate(steps) if step.approach == self.verdict.recommendation), len(steps))
        shown = [index for index, step in enumerate(steps) if index <= target or step.approach != "measure_first"]
        if target in shown[self.detail.steps :]:
            # What is recommended is told however short the telling; the rungs next below it give way.
            shown = [*shown[: self.detail.steps - 1], target]
        told = [self._step(steps[index], is_fallback=index > target) for index in shown[: self.detail.steps]]
        lines = [f"{number}. {step}" for number, step in enumerate(filter(None, told), start=1)]
        return "**What to do next**\n\n" + "\n".join(lines) if lines else ""

    def _step(self, step: PlanStep, *, is_fallback: bool) -> str:
        """Tell one rung: what to do and when it is done; of the one after the recommended, only when to turn to it."""
        if is_fallback:
            turn = "Turn to this only if that falls short, and only"
            if self.verdict.recommendation == "measure_first":
                turn = "Your facts lead here once that is measured; begin"
            text = f"{turn} when {_clause_of(step.entry_test)}"
        else:
            done = f"done when {_clause_of(step.exit_test)}" if step.exit_test and self.detail.has_exit_tests else ""
            text = "; ".join(filter(None, [_clause_of(step.do), done]))
        told = self.numbering.sentence(text, step.passages)
        return f"**{upper_first(LABELS[step.approach])}.** {upper_first(told)}" if told else ""

    def _question(self) -> str:
        disputed = [self._disputed(contradiction) for contradiction in self.use_case.contradictions[:2]]
        if any(disputed):
            return f"**One question worth answering.** {' '.join(filter(None, disputed))}"
        if not self.verdict.next_questions:
            return "More answers cannot change this."
        asked = self.verdict.next_questions[0]
        why = upper_first(in_words(_as_condition(asked.why.strip().rstrip("."))))
        return f"**One question worth answering.** {asked.question} {why}." if why else asked.question

    def _disputed(self, contradiction: Contradiction) -> str:
        name, facts = contradiction.name, contradiction.facts
        said = list(dict.fromkeys(filter(None, (quote_user(fact.evidence) for fact in facts))))
        if len(said) > 1:
            return f"You said both {' and '.join(said[:2])}. Which holds?"
        values = [clause(self.catalogue.get(name), name, fact.value) for fact in facts]
        return f"You said both that {' and that '.join(values[:2])}. Which holds?" if len(values) > 1 else ""


def _as_condition(why: str) -> str:
    """Put "with no the recommendation would be…" as people say it: "if not, …"."""
    answers = {"yes": "if so", "no": "if not"}
    return re.sub(
        r"^with (.+?) the recommendation",
        lambda match: f"{answers.get(match[1], f'with {match[1]}')}, the recommendation",
        why,
    )


def _opening(says: str) -> list[str]:
    """Return the words by which two sentences in a row sound the same: "start with"."""
    return says.lower().split()[:2]


def _overlaps(words: frozenset[str], others: frozenset[str]) -> bool:
    """Say whether most of the words of the shorter sentence stand in the other."""
    return bool(words and others) and len(words & others) >= SAME_POINT * min(len(words), len(others))


def _argues_against(obstacle: Obstacle) -> bool:
    """Say whether the obstacle is a rule that holds against the approach, not one for it that failed."""
    return obstacle.needed.startswith("not ")


def _is_other_case(flip: Flip) -> bool:
    """Say whether the flip would make it another problem rather than another answer."""
    return "problem_kind" in flip.changes


def _clause_of(test: str) -> str:
    """Fit a test to follow "when": one clause without its own "when", capital and full stop."""
    parts = re.split(r"(?<=[a-z])\.\s+(?=[A-Z])", test.strip().rstrip("."))
    text = "; ".join(lower_first(part) for part in parts)
    for opening in ("start when ", "done when ", "when "):
        text = text.removeprefix(opening)
    return text

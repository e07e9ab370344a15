"""The verdict as compact Markdown, for `rung check`: all of it, in the order a reviewer asks, with passage ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.answer.wording import LABELS, changed, clause, in_words, is_measuring, show_value
from agent.text import lower_first, upper_first
from agent.types import FactSpec, FactValue, Flip, Obstacle, Passage, PlanStep, Verdict

_OPPOSITES = {
    "yes": "no", "no": "yes", "at least": "less than", "less than": "at least", "at most": "more than",
    "more than": "at most",
}  # fmt: skip


def describe(verdict: Verdict, catalogue: Mapping[str, FactSpec], passages: Mapping[str, Passage]) -> str:
    """Return recommendation, standing, votes, drivers, why-nots, flips, conflicts, plan and questions as Markdown.

    Passage ids that are not in `passages` are marked as missing.
    """
    report = _Report(catalogue, passages)
    sections = {
        "Votes": report.votes(verdict),
        "What decides": report.drivers(verdict),
        "Why not": report.why_not(verdict),
        "What would change it": [report.flip(flip, is_measuring=is_measuring(flip, verdict)) for flip in verdict.flips],
        "Where the sources disagree": report.conflicts(verdict),
        "Plan": [report.step(step) for step in verdict.plan],
        "Open questions": report.questions(verdict),
    }
    title = f"# {upper_first(LABELS[verdict.recommendation])}"
    parts = [title, f"Standing: {verdict.standing} · digest {verdict.digest[:12]}"]
    parts += [_section(name, lines, is_numbered=name == "Plan") for name, lines in sections.items()]
    return "\n\n".join(part for part in parts if part)


def _section(name: str, lines: Iterable[str], *, is_numbered: bool) -> str:
    marks = [f"{number}." if is_numbered else "-" for number in range(1, 1000)]
    body = "\n".join(f"{mark} {line}" for mark, line in zip(marks, lines, strict=False))
    return f"## {name}\n\n{body}" if body else ""


def _plainly(needed: str) -> str:
    """Say what is needed without a negation: "not less than 500" is at least 500."""
    words, _, rest = needed.removeprefix("not ").rpartition(" ")
    if not needed.startswith("not "):
        return needed
    if needed == "not 0":
        return "more than 0"
    if rest in _OPPOSITES:
        return _OPPOSITES[rest]
    return f"{_OPPOSITES[words]} {rest}" if words in _OPPOSITES else needed


def _strictest(obstacle: Obstacle, others: Sequence[Obstacle]) -> Obstacle:
    """Return the obstacle that asks for most of the same number: whoever meets it meets them all."""
    alike = [other for other in others if other.fact == obstacle.fact and _least(other) is not None]
    return obstacle if _least(obstacle) is None else max(alike, key=lambda other: _least(other) or 0)


def _least(obstacle: Obstacle) -> float | None:
    """Return the number of which at least so much is needed, or more."""
    comparison, _, figure = _plainly(obstacle.needed).rpartition(" ")
    return float(figure.replace(",", "")) if comparison in ("at least", "more than") else None


class _Report:
    """The lines of each section, with the facts and passages they name."""

    def __init__(self, catalogue: Mapping[str, FactSpec], passages: Mapping[str, Passage]) -> None:
        self.catalogue = catalogue
        self.passages = passages

    def votes(self, verdict: Verdict) -> Iterator[str]:
        for vote in verdict.sources:
            says = f": {vote.says}" if vote.says else ""
            named = LABELS[vote.recommendation] if vote.recommendation else "no view of this case"
            yield f"{vote.source}: {named}{says}{self._cite(vote.passages)}"

    def drivers(self, verdict: Verdict) -> Iterator[str]:
        for driver in verdict.drivers:
            facts = ", ".join(self._fact(name, value) for name, value in driver.facts.items())
            because = f" ({facts})" if facts else ""
            yield f"{driver.says or driver.rule}{because}{self._cite(driver.passages)}"

    def why_not(self, verdict: Verdict) -> Iterator[str]:
        decided_by = verdict.drivers[0].rule if verdict.drivers else ""
        for entry in verdict.why_not:
            because = "; ".join(self._obstacles(entry.because, decided_by))
            if because:
                yield f"{upper_first(LABELS[entry.approach])}: {because}"

    def flip(self, flip: Flip, *, is_measuring: bool) -> str:
        hands = " (in your hands)" if flip.in_your_control else ""
        unless = ", unless what is found says otherwise" if is_measuring else ""
        return f"If {changed(flip, self.catalogue)}: {LABELS[flip.recommendation]}{unless}{hands}"

    def conflicts(self, verdict: Verdict) -> Iterator[str]:
        for conflict in verdict.conflicts:
            held = "; ".join(
                f"{position.source}: {position.position.rstrip('.')}{self._cite(position.passages)}"
                for position in conflict.positions
            )
            yield f"{upper_first(conflict.axis)}: {held}"

    def step(self, step: PlanStep) -> str:
        tests = [f"Start: {step.entry_test}"] if step.entry_test else []
        tests += [f"Done: {step.exit_test}"] if step.exit_test else []
        return " ".join([f"{upper_first(LABELS[step.approach])}. {step.do}", *tests]) + self._cite(step.passages)

    def questions(self, verdict: Verdict) -> Iterator[str]:
        for asked in verdict.next_questions:
            yield f"{asked.question} `{asked.fact}`: {in_words(asked.why)}"
        if not verdict.next_questions:
            yield "More answers cannot change this."

    def _obstacles(self, obstacles: Sequence[Obstacle], decided_by: str) -> Iterator[str]:
        """Say each thing that stands in the way once, with the passages of all rules that it fails."""
        passages: dict[str, list[str]] = {}
        for obstacle in obstacles:
            said = self._obstacle(_strictest(obstacle, obstacles), decided_by)
            passages.setdefault(said, []).extend(obstacle.passages)
        return (said + self._cite(cited) for said, cited in passages.items())

    def _obstacle(self, obstacle: Obstacle, decided_by: str) -> str:
        if obstacle.rule == decided_by:
            return f"decided before it: {lower_first(obstacle.says.rstrip('.'))}"
        if not obstacle.fact:
            return obstacle.says
        spec = self.catalogue.get(obstacle.fact)
        is_ratio = spec is not None and spec.type == "ratio"
        read = "unknown" if obstacle.value is None else show_value(obstacle.value, is_ratio=is_ratio)
        return f"`{obstacle.fact}` is {read}, needed {_plainly(obstacle.needed)}"

    def _fact(self, name: str, value: FactValue) -> str:
        return clause(self.catalogue.get(name), name, value)

    def _cite(self, passage_ids: Iterable[str]) -> str:
        shown = [name if name in self.passages else f"{name} (missing)" for name in dict.fromkeys(passage_ids)]
        return f" [{', '.join(shown)}]" if shown else ""

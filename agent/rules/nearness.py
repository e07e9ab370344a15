"""How near a rule is to holding, and how far-fetched a change would be, measured on what the team has said.

Owns the comparisons alone: which rule for an approach lacks least, and which change asks least of the team's own
story. What is told of them is `explain`'s. Every order is total, so that the same facts give the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from agent.rules.conditions import All, AnyOf, Condition, Facts, Not, Reason, Ref, Test
from agent.rules.engine import Findings
from agent.rules.model import Rule, RuleBook
from agent.types import Approach, FactSpec, FactValue

UNTRIED, CONTRARY = 1, 2
"""What a result adds to the distance where it is unknown whether the thing was tried, and where it was not."""
OTHER_CASE = 1
"""What it adds that the case would be of another kind than was said."""
OUT_OF_SIGHT = 10
"""Times that a number does not grow or shrink while the case stays the same."""
TAKEN_BACK = 4
"""What taking back the team's own work adds."""


class Step(Struct, frozen=True):
    """A test that fails or is unknown, and what it takes to meet it."""

    reason: Reason
    effort: int


class Way(Struct, frozen=True):
    """The shortest way for a condition to hold."""

    steps: tuple[Step, ...]
    """What is not met, in the order of the condition."""
    touched: frozenset[str]
    """The facts on the way that the case speaks of."""

    @property
    def tests(self) -> tuple[Test, ...]:
        """The tests that are not met."""
        return tuple(step.reason.test for step in self.steps)

    @property
    def effort(self) -> int:
        """What the steps take together."""
        return sum(step.effort for step in self.steps)


class Ways:
    """The shortest ways for conditions to come out, on the facts of some findings."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._named: dict[tuple[str, bool], Way] = {}

    def nearest(self, rules: Sequence[Rule], approach: Approach) -> tuple[Rule, Way]:
        """Return the rule that lacks least, with the way to it.

        Of equal ones, that of which the team can bring about most; then that whose missing facts more of the sources
        turn on for this approach; then that which rests most on what was said; then that whose numbers are the nearer;
        then that which stands first in the table.
        """
        book = self.findings.book
        ways = [(rule, self.to(rule.when)) for rule in rules]
        least = min(way.effort for _, way in ways)
        equal = [(rule, way) for rule, way in ways if way.effort == least]
        if len(equal) == 1:
            return equal[0]
        votes = _votes_for(approach, book)
        return min(
            equal,
            key=lambda item: (
                -_steps_by_work(book, item[1]),
                -_sources_turning_on(book, item[1], votes),
                -len(item[1].touched),
                _gap(item[1]),
            ),
        )

    def to(self, condition: Condition, *, wanted: bool = True) -> Way:
        """Return the shortest way for the condition to come out `wanted`; of equal ones the first."""
        match condition:
            case Test():
                return self._to_test(condition, wanted)
            case Not(part=part):
                return self.to(part, wanted=not wanted)
            case Ref(name=name):
                if (name, wanted) not in self._named:
                    self._named[name, wanted] = self.to(self.findings.book.definitions[name], wanted=wanted)
                return self._named[name, wanted]
            case All(parts=parts) | AnyOf(parts=parts):
                ways = [self.to(part, wanted=wanted) for part in parts]
                if isinstance(condition, All) is wanted:
                    return _together(ways)
                return min(ways, key=lambda way: (way.effort, -len(way.touched)), default=Way((), frozenset()))

    def _to_test(self, test: Test, wanted: bool) -> Way:
        value = self.findings.facts.get(test.fact)
        touched = frozenset() if value is None else frozenset((test.fact,))
        if self.findings.truth(test) is wanted:
            return Way((), touched)
        reason = Reason(test, value, not wanted)
        return Way((Step(reason, 1 + _hindrance(reason, self.findings)),), touched)


def _gap(way: Way) -> float:
    """How far the numbers are from what is needed, the unknown counting as none."""
    figures = [(step.reason.test.bound, step.reason.value or 0) for step in way.steps]
    return sum(float(abs(bound - now)) for bound, now in figures if not isinstance(bound, bool | str | tuple))


def _steps_by_work(book: RuleBook, way: Way) -> int:
    return sum(is_by_work(book.catalogue[test.fact], test.bound) for test in way.tests)


def _votes_for(approach: Approach, book: RuleBook) -> list[frozenset[str]]:
    """Return the names of the votes for an approach, source by source."""
    return [frozenset(rule.name for rule in table.votes if approach in rule.approaches) for table in book.tables]


def _sources_turning_on(book: RuleBook, way: Way, votes: Sequence[frozenset[str]]) -> int:
    """How many sources argue for the approach by the missing fact that fewest of them argue by."""
    resting = [book.dependents.get(test.fact, frozenset()) for test in way.tests]
    return min((sum(not names.isdisjoint(voting) for voting in votes) for names in resting), default=0)


def _together(ways: Sequence[Way]) -> Way:
    steps = dict.fromkeys(step for way in ways for step in way.steps)
    return Way(tuple(steps), frozenset().union(*(way.touched for way in ways)))


def _hindrance(reason: Reason, findings: Findings) -> int:
    """What makes a test harder to meet than another: a result of what was never tried, another case, work undone."""
    test, spec = reason.test, findings.book.catalogue[reason.test.fact]
    if reason.value is None:
        return untried(test.fact, findings.book, findings.facts)
    if spec.type == "choice":
        return OTHER_CASE
    lowers = (test.operator in ("lt", "lte") or test.bound is False) is not reason.is_negated
    return TAKEN_BACK if spec.in_your_control and lowers else 0


def untried(fact: str, book: RuleBook, facts: Facts) -> int:
    """How far a fact is from being known: a result waits for the trial it is a result of, as the inferences have it."""
    for number in book.inferences_by_fact.get(fact, ()):
        tried = book.inferences[number]
        if tried.fact != fact and facts.get(tried.fact) != tried.value:
            return CONTRARY if tried.fact in facts else UNTRIED
    return 0


def is_by_work(spec: FactSpec, value: FactValue) -> bool:
    """Whether the team can bring the value about by its own work; nobody works towards having no evaluation."""
    return spec.in_your_control and value is not False


def strangeness(book: RuleBook, known: Facts, changes: Mapping[str, FactValue]) -> int:
    """How much a change asks beyond its own facts: trials nobody told of, their results, and turns of what is so."""
    after = {**known, **changes}
    return sum(
        _is_turn(book.catalogue[name], known[name], value)
        if name in known
        else untried(name, book, after) + (value is True and is_trial(name, book))
        for name, value in changes.items()
    )


def _is_turn(spec: FactSpec, now: FactValue, value: FactValue) -> bool:
    """Whether what was said would have to be turned round, and not by work; numbers move, but not out of sight."""
    if is_by_work(spec, value):
        return False
    if isinstance(value, bool | str) or isinstance(now, bool | str):
        return True
    low, high = sorted((float(now), float(value)))
    return high > OUT_OF_SIGHT * low


def is_trial(name: str, book: RuleBook) -> bool:
    """Whether the fact follows from a result; who has tried a thing tells of it."""
    return any(book.inferences[number].fact == name for number in book.inferences_by_fact.get(name, ()))

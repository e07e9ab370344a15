"""Figures: what an evaluator returns.

A figure is made of scores, one or more per case, so that two runs can be compared case by case, and an interval
respects that scores of one case go together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct, field

from eval.intervals import bootstrap, wilson

Unit = Literal["share", "mean", "count"]


class Score(Struct, frozen=True, omit_defaults=True):
    """What one case contributes to a figure."""

    case: str
    value: float
    weight: float = 1.0
    """What the value is out of."""
    group: str = ""
    """Whatever a break-down goes by: the label, the fact, the source."""
    expected: str = ""
    got: str = ""
    detail: str = ""


class Target(Struct, frozen=True):
    """What a figure should reach, and what else was measured on the same data."""

    reach: float | None = None
    goal: float | None = None
    is_ceiling: bool = False
    """Whether the figure should stay below its reach instead of above."""
    anchors: dict[str, float] = field(default_factory=dict)
    """Figures published with the data, by what was measured."""


class Figure(Struct, frozen=True):
    """One line of the report."""

    id: str
    """`part.name`; never reused for another thing, since runs are compared by it."""
    title: str
    scores: tuple[Score, ...]
    unit: Unit = "share"
    target: Target = Target()
    note: str = ""
    is_anchor: bool = False
    """Whether it measures something else on the same data, to compare with."""

    @property
    def value(self) -> float:
        """Hits over weights for a share or a mean, the plain sum for a count; nan where nothing was measured."""
        total = sum(score.value for score in self.scores)
        if self.unit == "count":
            return total
        weight = sum(score.weight for score in self.scores)
        return total / weight if weight else float("nan")

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% interval: Wilson's for one yes or no per case, else a bootstrap by whole case; None for a count."""
        if self.unit == "count" or not self.scores:
            return None
        cases = by_case(self.scores)
        if self.is_yes_or_no:
            return wilson(sum(score.value for score in self.scores), len(self.scores))
        return bootstrap([value for value, _ in cases.values()], [weight for _, weight in cases.values()])

    @property
    def is_yes_or_no(self) -> bool:
        """Whether each case is either right or wrong, once."""
        if self.unit != "share" or len(by_case(self.scores)) != len(self.scores):
            return False
        return all(score.weight == 1.0 and score.value in (0.0, 1.0) for score in self.scores)

    @property
    def n(self) -> int:
        """How many cases it rests on."""
        return len({score.case for score in self.scores})

    @property
    def is_reached(self) -> bool | None:
        """Whether it meets its reach; None where there is none. An empty figure reaches nothing."""
        if self.target.reach is None:
            return None
        if not self.scores:
            return False
        # Shares are sums of floats: a hair below 1.0 is 1.0.
        if self.target.is_ceiling:
            return self.value <= self.target.reach + 1e-9
        return self.value >= self.target.reach - 1e-9

    @property
    def counts_faults(self) -> bool:
        """Whether less is better."""
        return self.target.is_ceiling or self.unit != "share"

    @property
    def misses(self) -> tuple[Score, ...]:
        """The scores that count against it."""
        return tuple(s for s in self.scores if (s.value > 0 if self.counts_faults else s.value < s.weight))


def by_case(scores: Iterable[Score]) -> Mapping[str, tuple[float, float]]:
    """Sum values and weights of each case."""
    sums: dict[str, tuple[float, float]] = {}
    for score in scores:
        value, weight = sums.get(score.case, (0.0, 0.0))
        sums[score.case] = (value + score.value, weight + score.weight)
    return sums

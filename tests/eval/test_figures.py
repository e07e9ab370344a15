"""Figures, their intervals and how they are printed."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import pytest

from eval.figures import Figure, Score, Target
from eval.intervals import bootstrap, wilson
from eval.report import breakdown, print_errors, print_table
from eval.targets import TARGETS


def shares(*values: float) -> tuple[Score, ...]:
    return tuple(Score(f"c{number}", value) for number, value in enumerate(values))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (0, 0, 0, 1)],
)
def test_wilson_gives_the_published_bounds(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe 1998 lists the fourth; the rest are by hand."""
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_the_bootstrap_is_the_same_each_time_and_about_as_wide_as_theory() -> None:
    """Two runs of one commit print one interval."""
    values = list(np.tile([0.0, 1.0], 200))
    low, high = bootstrap(values, [1.0] * 400)
    assert (low, high) == bootstrap(values, [1.0] * 400)
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.01)


def test_scores_of_one_case_go_together_in_an_interval() -> None:
    """Ten right answers about one case are not ten cases."""
    lumped = Figure("f", "", tuple(Score(f"c{n % 4}", float(n % 4 < 2)) for n in range(400)))
    apart = Figure("f", "", tuple(Score(f"c{n}", float(n % 4 < 2)) for n in range(400)))
    assert lumped.interval
    assert apart.interval
    assert lumped.interval[1] - lumped.interval[0] > 5 * (apart.interval[1] - apart.interval[0])


@pytest.mark.parametrize(
    ("values", "target", "is_reached"),
    [
        ((1, 1, 0), Target(0.6), True),
        ((1, 0, 0), Target(0.6), False),
        ((1, 0, 0), Target(0.6, is_ceiling=True), True),
        ((1, 1, 0), Target(0.6, is_ceiling=True), False),
        ((1, 1, 0), Target(), None),
        ((), Target(0.0), False),
    ],
)
def test_a_figure_meets_its_reach_from_the_right_side(
    values: tuple[float, ...], target: Target, is_reached: Any
) -> None:
    """A figure without scores reaches nothing."""
    assert Figure("f", "", shares(*values), target=target).is_reached is is_reached


def test_an_empty_figure_has_no_value() -> None:
    """Nothing measured is not zero."""
    empty = Figure("f", "", ())
    assert isnan(empty.value)
    assert empty.interval is None


def test_misses_are_the_faults_of_a_ceiling_and_the_lacks_of_a_share() -> None:
    """What is listed is what counts against."""
    assert [s.case for s in Figure("f", "", shares(1, 0)).misses] == ["c1"]
    assert [s.case for s in Figure("f", "", shares(1, 0), target=Target(0, is_ceiling=True)).misses] == ["c0"]
    assert [s.case for s in Figure("f", "", shares(2, 0), "count").misses] == ["c0"]


def test_the_table_shows_score_interval_reach_and_anchor(capsys: pytest.CaptureFixture[str]) -> None:
    """One line holds what is needed to judge a figure."""
    target = Target(0.75, 0.95, anchors={"similarity threshold": 0.51})
    print_table([Figure("refusals.unanswerable", "unanswerable refused", shares(1, 0), target=target)])
    line = next(line for line in capsys.readouterr().out.splitlines() if "refusals" in line)
    for part in ("0.500", "0.09–0.91", "≥ 0.75", "BELOW", "0.95", "similarity threshold 0.51"):
        assert part in line


def test_errors_come_one_a_line_under_a_break_down(capsys: pytest.CaptureFixture[str]) -> None:
    """A class of errors shows before its members."""
    scores = (
        Score("c1", 1.0, group="rag", expected="rag", got="rag"),
        Score("c2", 0.0, group="few_shot", expected="few_shot", got="rag", detail="a rule\nof two lines"),
    )
    figure = Figure("recommendation.exact", "equal", scores)
    assert breakdown(figure)[0].split() == ["few_shot", "0", "of", "1", "else", "rag", "1"]
    print_errors([figure])
    lines = capsys.readouterr().out.splitlines()
    assert " ".join(lines[-1].split()) == "recommendation.exact c2 expected few_shot, got rag a rule of two lines"


def test_every_target_has_a_goal_no_easier_than_its_reach() -> None:
    """The last column is where we are going."""
    for name, target in TARGETS.items():
        if target.reach is not None and target.goal is not None:
            better = target.goal <= target.reach if target.is_ceiling else target.goal >= target.reach
            assert better, name

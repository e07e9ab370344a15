"""Two runs compared: the tests, their correction, and which cases are said to have changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.errors import UsageError
from eval.__main__ import main
from eval.comparison import Comparison, Difference, compare, told
from eval.figures import Figure, Score, Target
from eval.intervals import holm, mcnemar, newcombe, paired_bounds, paired_permutation
from eval.report import Result, line_of, load_result, write_result

BASELINE = Path(__file__).parents[2] / "eval" / "baselines" / "main.json.gz"


def result(*figures: Figure, commit: str = "a" * 40, **hashes: str) -> Result:
    return Result(
        commit, False, "2026-01-01T00:00:00+00:00", "3.11", "Linux", 1.0, hashes, "unseen file",
        tuple(line_of(figure) for figure in figures),
    )  # fmt: skip


def yes_or_no(name: str, values: Sequence[float], **options: Any) -> Figure:
    scores = tuple(Score(f"c{n:03}", float(v), got="right" if v else "wrong") for n, v in enumerate(values))
    return Figure(name, name, scores, **options)


def differences(before: Sequence[Figure], after: Sequence[Figure]) -> dict[str, Difference]:
    return {found.id: found for found in compare(result(*before), result(*after)).differences}


@pytest.mark.parametrize(
    ("lost", "gained", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (0, 5, 0.0625), (0, 6, 0.03125), (2, 10, 0.03857421875), (5, 5, 1.0)],
)
def test_mcnemar_gives_the_exact_binomial_p(lost: int, gained: int, p: float) -> None:
    """Twice the smaller tail, never more than one."""
    assert mcnemar(lost, gained) == pytest.approx(p)


def test_newcombe_gives_the_published_bounds() -> None:
    """Newcombe 1998, method 10, on its 36 12 2 0 of 50; the second, with a correlation, by hand."""
    assert newcombe(36, 2, 12, 0) == pytest.approx((0.0569, 0.3404), abs=2e-4)
    assert newcombe(20, 2, 12, 16) == pytest.approx((0.0562, 0.3292), abs=2e-4)


def test_holm_steps_down_and_never_falls() -> None:
    """The smallest is held to all, the next to one less."""
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_pairing_sees_what_two_intervals_would_not() -> None:
    """The cases differ a lot, and each is a little better: only a test that pairs them can tell."""
    before = [(n % 10, 10.0) for n in range(60)]
    after = [(value + 0.3, weight) for value, weight in before]
    assert paired_bounds(before, after) == pytest.approx((0.03, 0.03))
    assert paired_permutation(before, after) == pytest.approx(1 / 10_001)
    assert paired_permutation(before, after) == paired_permutation(before, after)


def test_chance_is_called_chance() -> None:
    """As many cases better as worse."""
    before = [(0.5, 1.0)] * 40
    after = [(0.5 + (0.1 if n % 2 else -0.1), 1.0) for n in range(40)]
    low, high = paired_bounds(before, after)
    assert low < 0 < high
    assert paired_permutation(before, after) == 1.0


def test_the_permutation_test_is_mcnemars_on_one_yes_or_no_a_case() -> None:
    """Six of six turned one way: 2 of 64 exchanges are as great."""
    before, after = [(0.0, 1.0)] * 20, [(1.0, 1.0)] * 6 + [(0.0, 1.0)] * 14
    assert paired_permutation(before, after) == pytest.approx(mcnemar(0, 6), abs=0.005)
    assert paired_permutation(before, after, is_sum=True) == pytest.approx(mcnemar(0, 6), abs=0.005)


@pytest.mark.parametrize("cases", [30, 100])
def test_the_permutation_test_holds_its_level_where_nothing_differs(cases: int) -> None:
    """Of a hundred pairs of runs without a difference, five or so are called one; eleven would be too many."""
    random = np.random.default_rng(7)
    called = 0
    for _ in range(100):
        weights = random.integers(2, 9, cases)
        two = [list(zip(random.binomial(weights, 0.75), weights, strict=True)) for _ in range(2)]
        called += paired_permutation(*two) <= 0.05
    assert called <= 10


def test_twelve_gains_and_no_loss_are_better_and_two_are_not() -> None:
    """Whether a difference is real is not whether it is there."""
    before = [yes_or_no("f.big", [0] * 40), yes_or_no("f.small", [0] * 40), yes_or_no("f.same", [1] * 40)]
    after = [
        yes_or_no("f.big", [1] * 12 + [0] * 28),
        yes_or_no("f.small", [1] * 2 + [0] * 38),
        yes_or_no("f.same", [1] * 40),
    ]
    found = differences(before, after)
    assert {name: (d.test, d.outcome) for name, d in found.items()} == {
        "f.big": ("McNemar", "better"),
        "f.small": ("McNemar", "unclear"),
        "f.same": ("", "same"),
    }
    assert found["f.big"].corrected_p == pytest.approx(2 * found["f.big"].p)
    assert found["f.big"].low > 0 > found["f.small"].low


@pytest.mark.parametrize("options", [{"target": Target(is_ceiling=True)}, {"unit": "count"}, {"unit": "mean"}])
def test_more_faults_are_worse(options: dict[str, Any]) -> None:
    """The sign alone does not say which way is good."""
    before, after = yes_or_no("f", [0] * 30, **options), yes_or_no("f", [1] * 15 + [0] * 15, **options)
    assert differences([before], [after])["f"].outcome == "worse"
    assert differences([after], [before])["f"].outcome == "better"


def test_a_figure_that_was_good_enough_alone_is_not_among_many() -> None:
    """Twenty figures give one by chance: the correction takes it back."""
    before, after = yes_or_no("f0", [0] * 40), yes_or_no("f0", [1] * 6 + [0] * 34)
    assert differences([before], [after])["f0"].outcome == "better"
    others = [(yes_or_no(f"f{n}", [0, 1] * 20), yes_or_no(f"f{n}", [1, 0] + [0, 1] * 19)) for n in range(1, 20)]
    many = differences([before, *(a for a, _ in others)], [after, *(b for _, b in others)])
    assert (many["f0"].p, many["f0"].outcome) == (0.03125, "unclear")


def test_cases_with_several_scores_are_drawn_whole_and_each_change_is_listed() -> None:
    """Facts of one case go together in the test and apart in the list."""

    def facts(values: Sequence[float]) -> Figure:
        scores = (Score("c1", v, group=f"g{n}", expected=f"g{n}=1", got=str(v)) for n, v in enumerate(values))
        return Figure("facts.found", "found", tuple(scores))

    found = differences([facts([0, 0, 1])], [facts([1, 0, 0])])["facts.found"]
    assert (found.test, found.n) == ("", 1)
    assert [told(changed) for changed in found.changed] == [
        "+1 c1: 0 → 1 (expected g0=1)",
        "-1 c1: 1 → 0 (expected g2=1)",
    ]


def test_only_what_both_hold_is_compared_and_the_rest_is_named() -> None:
    """A longer file does not make a figure better."""
    before = result(yes_or_no("f", [0, 0]), yes_or_no("old", [1]), corpus="1", panel="2")
    after = result(yes_or_no("f", [0, 0, 1, 1]), yes_or_no("new", [1]), corpus="1", panel="3")
    found: Comparison = compare(before, after)
    (difference,) = found.differences
    assert (difference.n, difference.unpaired, difference.after, difference.outcome) == (2, 2, 0, "same")
    assert (found.only_before, found.only_after, found.differing) == (("old",), ("new",), ("panel",))


def test_a_result_compared_with_itself_has_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    """The committed baseline can be read, whatever was added to results since."""
    assert main(["compare", str(BASELINE), str(BASELINE)]) == 0
    shown = capsys.readouterr().out
    assert "recommendation.exact" in shown
    assert "better" not in shown.partition("A: ")[0]
    assert "Holm's, for the 0 figures" in shown


def test_anchors_are_no_figures_of_rung() -> None:
    """What stands beside a figure is not tested, and costs no correction."""
    assert differences([yes_or_no("f", [0], is_anchor=True)], [yes_or_no("f", [1], is_anchor=True)]) == {}


def test_a_file_that_is_no_result_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback for the wrong file."""
    path = tmp_path / "x.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"x\.json is not a result"):
        load_result(path)
    assert main(["compare", str(path), str(path)]) == 2
    assert main(["compare", str(tmp_path / "none.json"), str(path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["run.json", "run.json.gz"])
def test_a_written_result_reads_as_it_was(tmp_path: Path, name: str) -> None:
    """Packed or not, and the same bytes each time."""
    written = result(yes_or_no("a", [1, 0]))
    write_result(written, tmp_path / name)
    before = (tmp_path / name).read_bytes()
    write_result(written, tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    assert load_result(tmp_path / name) == written


def test_a_packed_result_cut_short_is_one_clear_line(tmp_path: Path) -> None:
    """No traceback for half a file."""
    write_result(result(yes_or_no("a", [1, 0])), tmp_path / "run.json.gz")
    (tmp_path / "run.json.gz").write_bytes((tmp_path / "run.json.gz").read_bytes()[:-12])
    with pytest.raises(UsageError, match="cannot be read"):
        load_result(tmp_path / "run.json.gz")

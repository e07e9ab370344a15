"""Two results compared case by case: which differences are real, and which cases changed.

Owns the choice of test and the correction. Leaves the arithmetic to `intervals`. A figure of one yes or no per case is
tested by McNemar's exact test, every other by a permutation test, which exchanges the two outcomes of whole cases; p
values are corrected by Holm for the number of figures in which any case changed (where none did, no test could find
anything).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct, structs

from eval.figures import Figure, Score, Unit, by_case
from eval.intervals import holm, mcnemar, newcombe, paired_bounds, paired_permutation
from eval.report import Result, number, print_rows

ALPHA = 0.05
Outcome = Literal["better", "worse", "unclear", "same"]
Test = Literal["McNemar", "permutation", ""]
Sums = Mapping[str, tuple[float, float]]
SHORT_COMMIT = 10


class Changed(Struct, frozen=True):
    """What one case gave before and after."""

    case: str
    change: float
    """Value after less value before."""
    was: str
    now: str
    expected: str = ""


class Difference(Struct, frozen=True):
    """One figure in both results, over the cases that both hold."""

    id: str
    title: str
    unit: Unit
    before: float
    after: float
    low: float
    high: float
    n: int
    unpaired: int
    """Cases of one result only, which are left out."""
    test: Test
    p: float
    corrected_p: float
    outcome: Outcome
    """`unclear` where cases changed and chance could have done it."""
    changed: tuple[Changed, ...]
    is_anchor: bool = False


class Comparison(Struct, frozen=True, tag_field="schema", tag="rung.eval-comparison/1"):
    """Two results, paired by case."""

    before: str
    """Commit and date."""
    after: str
    differing: tuple[str, ...]
    """What both were measured on and was not the same, by the name of its hash."""
    differences: tuple[Difference, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    @property
    def tests(self) -> int:
        """How many figures the p values are corrected for."""
        return sum(1 for found in self.differences if found.test)


def compare(before: Result, after: Result) -> Comparison:
    """Pair two results by figure and case; anchors, which are not Rung's, are left out."""
    old = {line.id: line.figure for line in before.figures if not line.is_anchor}
    new = {line.id: line.figure for line in after.figures if not line.is_anchor}
    found = [_difference(old[name], figure) for name, figure in new.items() if name in old]
    names = before.hashes.keys() | after.hashes.keys()
    return Comparison(
        before=_named(before),
        after=_named(after),
        differing=tuple(sorted(name for name in names if before.hashes.get(name) != after.hashes.get(name))),
        differences=_corrected(found),
        only_before=tuple(name for name in old if name not in new),
        only_after=tuple(name for name in new if name not in old),
    )


def _difference(old: Figure, new: Figure) -> Difference:
    before, after = by_case(old.scores), by_case(new.scores)
    cases = [case for case in before if case in after]
    kept = {case: before[case] for case in cases}, {case: after[case] for case in cases}
    low, high, p, test = _tested(old, new, *kept)
    return Difference(
        id=new.id,
        title=new.title,
        unit=new.unit,
        before=_value(kept[0], new.unit),
        after=_value(kept[1], new.unit),
        low=low,
        high=high,
        n=len(cases),
        unpaired=len(before.keys() ^ after.keys()),
        test=test,
        p=p,
        corrected_p=p,
        outcome=_direction(new, *kept) if test else "same" if cases else "unclear",
        changed=tuple(_changed(old.scores, new.scores)),
    )


def _tested(old: Figure, new: Figure, before: Sums, after: Sums) -> tuple[float, float, float, Test]:
    """Return the bounds of the difference, its p, and the test; no test where no case changed."""
    pairs = [(before[case], after[case]) for case in before]
    if all(was == now for was, now in pairs):
        return 0.0, 0.0, 1.0, ""
    if not (old.is_yes_or_no and new.is_yes_or_no):
        was, now = [was for was, _ in pairs], [now for _, now in pairs]
        is_sum = new.unit == "count"
        low, high = paired_bounds(was, now, is_sum=is_sum)
        return low, high, paired_permutation(was, now, is_sum=is_sum), "permutation"
    counts = Counter((was > 0, now > 0) for (was, _), (now, _) in pairs)
    lost, gained = counts[True, False], counts[False, True]
    low, high = newcombe(counts[True, True], lost, gained, counts[False, False])
    return low, high, mcnemar(lost, gained), "McNemar"


def _value(cases: Sums, unit: Unit) -> float:
    total, weight = (sum(column) for column in zip(*cases.values(), strict=True)) if cases else (0.0, 0.0)
    if unit == "count":
        return total
    return total / weight if weight else float("nan")


def _direction(figure: Figure, before: Sums, after: Sums) -> Outcome:
    """Return which way the figure went, whether by chance or not."""
    was, now = _value(before, figure.unit), _value(after, figure.unit)
    return "unclear" if was == now else "better" if (now < was) is figure.counts_faults else "worse"


def _corrected(found: Sequence[Difference]) -> tuple[Difference, ...]:
    """Correct the p values for the number of tests, and keep a direction only where it is no chance."""
    tested = [difference for difference in found if difference.test]
    corrected = dict(zip((d.id for d in tested), holm([d.p for d in tested]), strict=True))

    def judged(difference: Difference) -> Difference:
        p = corrected.get(difference.id, 1.0)
        outcome: Outcome = difference.outcome if p <= ALPHA or not difference.test else "unclear"
        return structs.replace(difference, corrected_p=p, outcome=outcome)

    return tuple(judged(difference) for difference in found)


def _changed(old: Iterable[Score], new: Iterable[Score]) -> Iterator[Changed]:
    """Yield the scores of a case that differ, paired by what was expected where a case has several."""
    before, after = _by_case(old), _by_case(new)
    for case, scores in after.items():
        for was, now in _pairs(before.get(case, []), scores):
            if was.value != now.value:
                yield Changed(case, now.value - was.value, _said(was), _said(now), now.expected)


def _pairs(before: Sequence[Score], after: Sequence[Score]) -> Iterator[tuple[Score, Score]]:
    if len(before) == len(after) == 1:
        yield before[0], after[0]
        return
    left: dict[tuple[str, str], list[Score]] = {}
    for score in before:
        left.setdefault((score.expected, score.group), []).append(score)
    for score in after:
        if same := left.get((score.expected, score.group)):
            yield same.pop(0), score


def _by_case(scores: Iterable[Score]) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = {}
    for score in scores:
        found.setdefault(score.case, []).append(score)
    return found


def _said(score: Score) -> str:
    return score.got or f"{score.value:g}"


def _named(result: Result) -> str:
    changed = " with changes" if result.is_dirty else ""
    models = f", {result.llm}" if result.llm else ""
    return f"{result.commit[:SHORT_COMMIT]}{changed}, {result.date[:16]}{models}"


def print_comparison(found: Comparison) -> None:
    """Print the differences, how they were tested, and each case that changed."""
    columns = ("figure", "what", "A", "B", "B − A", "95%", "n", "test", "p", "corrected", "")
    print_rows(columns, [_cells(difference) for difference in found.differences])
    print(f"A: {found.before}\nB: {found.after}")
    print("\n".join(legend(found)))
    for difference in found.differences:
        if difference.changed:
            print(f"\n{difference.id}: {difference.title}; {len(difference.changed)} changed")
            for changed in difference.changed:
                print(f"  {told(changed)}")


def legend(found: Comparison) -> Iterator[str]:
    """Yield how the differences were tested, and what does not fit together."""
    yield (
        "Paired by case. McNemar: exact, for one yes or no per case, with Newcombe's bounds for paired shares.\n"
        "Else a permutation test that exchanges the two outcomes of whole cases, with bounds of a paired bootstrap.\n"
        f"Corrected: Holm's, for the {found.tests} figures in which any case changed.\n"
        f"better, worse: corrected p at most {ALPHA}; unclear: chance could have done it; same: no case changed."
    )
    if found.differing:
        yield f"Not the same in both: {', '.join(found.differing)}."
    for side, names in (("A", found.only_before), ("B", found.only_after)):
        if names:
            yield f"Only in {side}: {', '.join(names)}."
    unpaired = sum(difference.unpaired for difference in found.differences)
    if unpaired:
        yield f"{unpaired} scores' cases are in one result only and are left out."


def told(changed: Changed) -> str:
    """Return one changed case in one line."""
    expected = f"  (expected {changed.expected})" if changed.expected else ""
    return " ".join(f"{changed.change:+g}  {changed.case}: {changed.was} → {changed.now}{expected}".split())


def _cells(difference: Difference) -> tuple[str, ...]:
    digits = ".0f" if difference.unit == "count" else ".3f"
    has_test = bool(difference.test)
    return (
        difference.id,
        difference.title,
        number(difference.before, difference.unit),
        number(difference.after, difference.unit),
        f"{difference.after - difference.before:+{digits}}" if has_test else "",
        f"{difference.low:+{digits}} … {difference.high:+{digits}}" if has_test else "",
        str(difference.n),
        difference.test,
        f"{difference.p:.4f}" if has_test else "",
        f"{difference.corrected_p:.4f}" if has_test else "",
        difference.outcome,
    )

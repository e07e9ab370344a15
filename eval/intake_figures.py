"""Compares read facts with labelled ones: found, wrong, and read beyond the labels, per fact and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import isclose

from msgspec import Struct

from agent.types import FactValue, UseCase
from eval.cases import Case, Labelled

TOLERANCE = 0.01


class Tally(Struct):
    """Counts over labelled pairs of case and fact."""

    labelled: int = 0
    found: int = 0
    wrong: int = 0
    extra: int = 0
    """Read where the labels say nothing; labels are not exhaustive."""


class Figures(Struct, frozen=True):
    """How well cases were read."""

    cases: int
    total: Tally
    by_fact: dict[str, Tally]
    contradictions: int = 0

    @property
    def found(self) -> float:
        """Share of the labelled facts read with an equal value."""
        return self.total.found / max(1, self.total.labelled)

    @property
    def wrong(self) -> float:
        """Share of the labelled facts read with another value."""
        return self.total.wrong / max(1, self.total.labelled)

    @property
    def extra(self) -> float:
        """Facts read beyond the labels, per case."""
        return self.total.extra / max(1, self.cases)


def measure(cases: Sequence[Case[Labelled]], read: Callable[[Case[Labelled]], UseCase]) -> Figures:
    """Return how the readings of labelled cases compare with their labels."""
    by_fact: dict[str, Tally] = defaultdict(Tally)
    contradictions = 0
    for case in cases:
        reading = read(case)
        contradictions += len(reading.contradictions)
        values, labels = reading.values, case.expected.facts
        for name in values.keys() | labels.keys():
            tally = by_fact[name]
            tally.labelled += name in labels
            if name in values:
                kind = "extra" if name not in labels else "found" if same(values[name], labels[name]) else "wrong"
                setattr(tally, kind, getattr(tally, kind) + 1)
    total = Tally(*(sum(getattr(t, field) for t in by_fact.values()) for field in Tally.__struct_fields__))
    return Figures(len(cases), total, dict(by_fact), contradictions)


def same(value: FactValue, labelled: FactValue) -> bool:
    """Tell whether a read value equals the labelled one; numbers may differ by one in a hundred."""
    if isinstance(value, bool) or isinstance(labelled, bool) or isinstance(value, str) or isinstance(labelled, str):
        return type(value) is type(labelled) and value == labelled
    return isclose(value, labelled, rel_tol=TOLERANCE)


def shown(figures: Figures) -> str:
    """Lay the figures out as a table, most labelled first."""
    lines = [f"{'fact':32} labelled found wrong extra"]
    ordered = sorted(figures.by_fact.items(), key=lambda item: (-item[1].labelled, item[0]))
    lines += [f"{name:32} {t.labelled:8} {t.found:5} {t.wrong:5} {t.extra:5}" for name, t in ordered]
    lines.append(
        f"all: found {figures.found:.3f}, wrong {figures.wrong:.3f}, extra {figures.extra:.2f} a case, "
        f"{figures.contradictions} contradictions, {figures.cases} cases"
    )
    return "\n".join(lines)

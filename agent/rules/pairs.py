"""Which two changes together may lead to a recommendation that no change leads to alone.

Three thousand pairs of a case come into question, and few can matter. Owns the finding of those few, mostly from which
rules hold after each change alone; leaves what they lead to, and the telling of it, to `explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from itertools import combinations, groupby, product
from typing import NamedTuple

from agent.rules.engine import WhatIf, reading_order
from agent.rules.model import Rule, RuleBook
from agent.types import Approach, FactValue


class Inert(NamedTuple):
    """A change that moves nothing by itself."""

    place: int
    """Where it stands among the changes."""
    name: str
    value: FactValue
    held: int
    """The panel's rules that hold after it, as the bits of `WhatIf`."""
    read: int
    """The rules that are read after it: those down to the one that decides."""


def promising(
    book: RuleBook, what_if: WhatIf, inert: Sequence[Inert], known: Set[Approach]
) -> Iterator[tuple[Inert, Inert]]:
    """Yield the pairs that may lead to a recommendation not `known`; those left out cannot."""
    moves = {name: tuple(group) for name, group in groupby(inert, key=lambda move: move.name)}
    telling = _votes(book, lambda rule: not known >= set(rule.approaches))
    excludable = {approach for veto in book.panel_vetoes for approach in veto.approaches}
    firm = _votes(book, lambda rule: not excludable >= set(rule.approaches))
    falls_through = "measure_first" not in known
    resting = {name: what_if.resting(name) for name in moves}
    for first, second in combinations(moves, 2):
        rests, rests_too = resting[first], resting[second]
        # A rule that rests on one of the two facts comes out as after that change alone; only these have to be tried.
        both = rests & rests_too
        stays = what_if.held & ~(rests | rests_too)
        for one, two in product(moves[first], moves[second]):
            held = (one.held & rests | two.held & rests_too | stays) & ~both
            # What comes after the rule that decides after one change alone cannot matter, unless that rule is moved.
            if not ((held ^ one.held) | both) & one.read or not ((held ^ two.held) | both) & two.read:
                continue
            # Nor can what comes after a rule that surely holds and that no veto can silence.
            decides = held & firm
            read = 2 * (decides & -decides) - 1
            is_open = held & telling & read or (falls_through and not decides)
            if is_open or _tried(what_if, both & telling & read, one, two):
                yield one, two


def _tried(what_if: WhatIf, rules: int, one: Inert, two: Inert) -> bool:
    return rules != 0 and what_if.holds_any(rules, {one.name: one.value, two.name: two.value})


def _votes(book: RuleBook, is_meant: Callable[[Rule], bool]) -> int:
    """Return those of the panel's votes that are meant, as bits."""
    order = enumerate(reading_order(book))
    return sum(1 << place for place, rule in order if rule.effect == "for" and is_meant(rule))

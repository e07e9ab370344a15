"""Which two changes together may lead to a recommendation that no change leads to alone.

Three thousand pairs of a case come into question, and few can matter. Owns the finding of those few, mostly from which
rules hold after each change alone; leaves what they lead to, and the telling of it, to `explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from itertools import combinations, groupby, product
from operator import or_
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
    moved: int
    """The panel's rules that it makes hold or fail, as the bits of `WhatIf`."""
    read: int
    """The rules that are read after it: those down to the one that decides."""


def promising(what_if: WhatIf, inert: Sequence[Inert], known: Set[Approach]) -> Iterator[tuple[Inert, Inert]]:
    """Yield the pairs that may lead to a recommendation not `known`; those left out cannot."""
    book = what_if.book
    moves = {name: _alike(group) for name, group in groupby(inert, key=lambda move: move.name)}
    telling = _votes(book, lambda rule: not known >= set(rule.approaches))
    excludable = {approach for veto in book.panel_vetoes for approach in veto.approaches}
    firm = _votes(book, lambda rule: not excludable >= set(rule.approaches))
    falls_through = "measure_first" not in known
    for first, second, both in _touching(what_if, moves):
        # A rule that rests on one of the two facts comes out as after that change alone; only `both` have to be tried.
        for ones, twos in product(moves[first], moves[second]):
            one, two = ones[0], twos[0]
            # What comes after the rule that decides after one change alone cannot matter, unless that rule is moved.
            if not (two.moved | both) & one.read or not (one.moved | both) & two.read:
                continue
            held = (what_if.held ^ (one.moved | two.moved)) & ~both
            # Nor can what comes after a rule that surely holds and that no veto can silence.
            decides = held & firm
            read = 2 * (decides & -decides) - 1
            if held & telling & read or (falls_through and not decides):
                yield from product(ones, twos)
            elif rules := both & telling & read:
                yield from (pair for pair in product(ones, twos) if _may_hold(what_if, rules, *pair))


def _alike(moves: Iterable[Inert]) -> tuple[tuple[Inert, ...], ...]:
    """Put together what moves the same rules."""
    found: dict[tuple[int, int], list[Inert]] = {}
    for move in moves:
        found.setdefault((move.moved, move.read), []).append(move)
    return tuple(map(tuple, found.values()))


def _touching(what_if: WhatIf, moves: Mapping[str, Sequence[Sequence[Inert]]]) -> Iterator[tuple[str, str, int]]:
    """Yield the pairs of facts of which each may move what is read after the other, and the rules that rest on both."""
    resting = {name: what_if.resting(name) for name in moves}
    moved = {name: _union(alike[0].moved for alike in groups) for name, groups in moves.items()}
    read = {name: _union(alike[0].read for alike in groups) for name, groups in moves.items()}
    for first, second in combinations(moves, 2):
        both = resting[first] & resting[second]
        if (moved[second] | both) & read[first] and (moved[first] | both) & read[second]:
            yield first, second, both


def _union(rules: Iterable[int]) -> int:
    return reduce(or_, rules, 0)


def _may_hold(what_if: WhatIf, rules: int, one: Inert, two: Inert) -> bool:
    return what_if.holds_any(rules, {one.name: one.value, two.name: two.value})


def _votes(book: RuleBook, is_meant: Callable[[Rule], bool]) -> int:
    """Return those of the panel's votes that are meant, as bits."""
    order = enumerate(reading_order(book))
    return sum(1 << place for place, rule in order if rule.effect == "for" and is_meant(rule))

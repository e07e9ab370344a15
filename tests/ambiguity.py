"""Finds the groups of a regular expression that can be repeated in two ways over the same words.

Such a group doubles the work with each repetition before a match fails: `(?:a |new |a new )+`. Each character that a
group asks for is a position, and two walks through the positions are taken side by side over all that both can read.
Only what stands before and behind a group is left out, and what lookarounds refuse, so that a group may be found that
its surroundings keep from harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import combinations, product
from typing import Any

from msgspec import Struct

_parser: Any = import_module("re._parser")
_CHARACTERS = [*map(chr, range(0x250)), *map(chr, range(0x2000, 0x2070))]
_EVERY = (1 << len(_CHARACTERS)) - 1
UNROLLED = 12
"""Repetitions up to which a bounded group is harmless, and is taken one by one."""


def _mask(pattern: str, *, ignores_case: bool) -> int:
    """Return the set of characters that an expression for one of them takes, one bit each."""
    taken = re.compile(pattern, re.IGNORECASE if ignores_case else 0).fullmatch
    return sum(1 << number for number, char in enumerate(_CHARACTERS) if taken(char))


_WORDS = _mask(r"\w", ignores_case=False)
_CATEGORIES = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S", "WORD": r"\w", "NOT_WORD": r"\W"}


class Part(Struct):
    """Where an expression begins and ends: positions, each with whether the edge of a word must stand there too."""

    first: dict[int, bool]
    last: dict[int, bool]
    empty: bool | None = None
    """Whether it can be empty only at the edge of a word; None where it cannot be empty."""


class _Reader:
    """One group, read into the positions that may follow each other."""

    def __init__(self, flags: int) -> None:
        self.flags = flags
        self.sets: list[int] = []
        self.follow: list[set[int]] = []
        self.twice: set[int] = set()
        """Positions that can follow another in two ways, as in a repeat within a repeat."""

    def sequence(self, items: Any) -> Part:
        """Read what stands in a row."""
        whole = Part({}, {}, empty=False)
        for item in items:
            whole = self._then(whole, self._part(*item))
        return whole

    def loop(self, part: Part) -> None:
        """Let a part follow itself."""
        self._join(part.last, part.first)

    def _then(self, one: Part, two: Part) -> Part:
        self._join(one.last, two.first)
        first, last = dict(one.first), dict(two.last)
        if one.empty is not None:
            first |= {at: edge or one.empty for at, edge in two.first.items()}
        if two.empty is not None:
            last |= {at: edge or two.empty for at, edge in one.last.items()}
        empty = None if one.empty is None or two.empty is None else one.empty or two.empty
        return Part(first, last, empty)

    def _join(self, ends: dict[int, bool], starts: dict[int, bool]) -> None:
        for (one, edge), (two, other) in product(ends.items(), starts.items()):
            pair = self.sets[one], self.sets[two]
            is_within = not any(part & ~_WORDS for part in pair) or not any(part & _WORDS for part in pair)
            if not (is_within and (edge or other)):
                self.twice |= {two} & self.follow[one]
                self.follow[one].add(two)

    def _part(self, kind: Any, value: Any) -> Part:
        name = str(kind)
        if name == "SUBPATTERN":
            return self.sequence(value[3])
        if name == "ATOMIC_GROUP":
            return self.sequence(value)
        if name == "BRANCH":
            return self._branch([self.sequence(items) for items in value[1]])
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeated(*value)
        if name == "AT":
            return Part({}, {}, empty=str(value) == "AT_BOUNDARY")
        if name in ("ASSERT", "ASSERT_NOT", "GROUPREF"):
            return Part({}, {}, empty=False)
        return self._position(_characters(name, value, self.flags))

    def _branch(self, parts: list[Part]) -> Part:
        empties = [part.empty for part in parts if part.empty is not None]
        first = {at: edge for part in parts for at, edge in part.first.items()}
        last = {at: edge for part in parts for at, edge in part.last.items()}
        return Part(first, last, all(empties) if empties else None)

    def _repeated(self, least: int, most: int, items: Any) -> Part:
        if most > UNROLLED:
            part = self.sequence(items)
            self.loop(part)
            return Part(part.first, part.last, False if least == 0 else part.empty)
        whole = Part({}, {}, empty=False)
        for number in range(most, 0, -1):
            whole = self._then(self.sequence(items), whole)
            whole.empty = False if number > least else whole.empty
        return whole

    def _position(self, characters: int) -> Part:
        self.sets.append(characters)
        self.follow.append(set())
        at = len(self.sets) - 1
        return Part({at: False}, {at: False})


def _characters(name: str, value: Any, flags: int) -> int:
    ignores_case = bool(flags & re.IGNORECASE)
    if name == "ANY":
        return _EVERY if flags & re.DOTALL else _mask(".", ignores_case=False)
    if name in ("LITERAL", "NOT_LITERAL"):
        found = _mask(re.escape(chr(value)), ignores_case=ignores_case)
        return found if name == "LITERAL" else _EVERY & ~found
    found = 0
    for kind, part in value:
        if str(kind) == "RANGE":
            found |= _mask(f"[{re.escape(chr(part[0]))}-{re.escape(chr(part[1]))}]", ignores_case=ignores_case)
        elif str(kind) == "CATEGORY":
            found |= _mask(_CATEGORIES[str(part).removeprefix("CATEGORY_")], ignores_case=False)
        elif str(kind) == "LITERAL":
            found |= _mask(re.escape(chr(part)), ignores_case=ignores_case)
    return _EVERY & ~found if str(value[0][0]) == "NEGATE" else found


def ambiguous_groups(pattern: str, flags: int = 0) -> Iterator[str]:
    """Yield for each group that two walks can repeat over the same words an example of such words."""
    tree = _parser.parse(pattern, flags & ~re.DEBUG)
    for items in _repeats(tree):
        reader = _Reader(flags | tree.state.flags)
        part = reader.sequence(items)
        reader.loop(part)
        if (words := _read_twice(reader, part)) is not None:
            yield words


def _repeats(items: Any) -> Iterator[Any]:
    for kind, value in items:
        if str(kind) in ("MAX_REPEAT", "MIN_REPEAT") and value[1] > UNROLLED:
            yield value[2]
        for inner in _inside(str(kind), value):
            yield from _repeats(inner)


def _inside(name: str, value: Any) -> Iterator[Any]:
    if name == "SUBPATTERN":
        yield value[3]
    elif name == "ATOMIC_GROUP":
        yield value
    elif name == "BRANCH":
        yield from value[1]
    elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        yield value[2]
    elif name in ("ASSERT", "ASSERT_NOT"):
        yield value[1]


def _read_twice(reader: _Reader, part: Part) -> str | None:
    """Return words that lead along two ways to the same place, or to the end; None where there are none."""
    if reader.twice:
        return _example(reader.sets[min(reader.twice)])
    forks = [set(part.first), *reader.follow]
    waiting = [(pair, "") for fork in forks for pair in combinations(sorted(fork), 2)]
    seen = set()
    while waiting:
        (one, two), read = waiting.pop()
        both = reader.sets[one] & reader.sets[two]
        if not both or (one, two) in seen:
            continue
        seen.add((one, two))
        words = read + _example(both)
        if {one, two} <= part.last.keys() or reader.follow[one] & reader.follow[two]:
            return words
        waiting += [((min(a, b), max(a, b)), words) for a in reader.follow[one] for b in reader.follow[two] if a != b]
    return None


def _example(characters: int) -> str:
    return _CHARACTERS[(characters & -characters).bit_length() - 1]

"""Fits the letters without which a cue cannot match: `python -m eval.fit_cues`, after `agent/intake/data/cues.yaml`.

Reads the cues' expressions as Python's own parser sees them and writes `agent/intake/data/cue_letters.json`: groups of
runs of letters, and by cue the groups of which one run each must stand in any text that it matches. What is not certain
is left out, so that a cue is tried once too often, never once too seldom. Same cues, same file, byte for byte.
"""

from __future__ import annotations

import json
import re._constants as kind  # type: ignore[import-not-found]  # the parser behind `re`, for which there is no public name
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Sequence
from typing import Any

from agent.intake.cues import LETTERS, lexicon, named

Group = frozenset[str]

LEAST = 2
"""Single letters stand in nearly every text."""
GROUPS_AT_MOST = 3
"""More sort out few more cues and cost every sentence a look at their letters."""


def main() -> None:
    """Write the file and say how many cues have letters."""
    patterns = sorted({cue.pattern for cues in lexicon().patterns.values() for cue in cues})
    needed = {named(pattern): needs(pattern) for pattern in patterns}
    groups = sorted({group for found in needed.values() for group in found}, key=sorted)
    number = {group: place for place, group in enumerate(groups)}
    fitted = {
        "groups": [sorted(group) for group in groups],
        "needs": {name: sorted(number[group] for group in found) for name, found in sorted(needed.items()) if found},
    }
    LETTERS.write_text(json.dumps(fitted, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(fitted['needs'])} of {len(patterns)} cues are tried only where their letters stand")


def needs(pattern: str) -> list[Group]:
    """Return groups of which each has a member in every text that the pattern matches, the most telling first."""
    tree = parser.parse(pattern)
    if tree.state.flags & kind.SRE_FLAG_IGNORECASE:
        return []
    telling = {slim(group) for group in groups_of(tree) if min(map(len, group)) >= LEAST}
    return sorted(telling, key=lambda group: (-least(group), len(group), sorted(group)))[:GROUPS_AT_MOST]


def groups_of(items: Iterable[tuple[Any, Any]]) -> list[Group]:
    """Return the groups that a sequence of parsed items needs; what it does not understand needs nothing."""
    found: list[Group] = []
    run = ""
    for item, value in items:
        if item is kind.LITERAL:
            run += chr(value)
            continue
        found += [frozenset([run])] if run else []
        run = ""
        found += _groups_of_item(item, value)
    return found + ([frozenset([run])] if run else [])


def _groups_of_item(item: Any, value: Any) -> list[Group]:
    if item is kind.BRANCH:
        best = [most_telling(groups_of(branch)) for branch in value[1]]
        return [frozenset().union(*best)] if all(best) else []
    if item is kind.SUBPATTERN:
        _, added, removed, inside = value
        return [] if added or removed else groups_of(inside)
    if item in (kind.MAX_REPEAT, kind.MIN_REPEAT) and value[0] >= 1:
        return groups_of(value[2])
    return []


def most_telling(groups: Sequence[Group]) -> Group:
    """Return the group whose shortest member is longest; empty where there is none."""
    return max(groups, key=lambda group: (least(group), -len(group)), default=frozenset())


def least(group: Group) -> int:
    """Return the length of the shortest member."""
    return min(map(len, group))


def slim(group: Group) -> Group:
    """Leave out members that hold another one."""
    return frozenset(run for run in group if not any(other != run and other in run for other in group))


if __name__ == "__main__":
    main()

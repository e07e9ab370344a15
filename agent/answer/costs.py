"""Which passages speak of what an approach costs, and which set the approaches side by side.

A search finds them poorly: what is said of cost names its approach in a word, and every article speaks of cost. The
lists are data in `corpus/costs.yaml`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from agent.answer.tables import load_table
from agent.resources import data_dir
from agent.types import Approach


class Costs(Struct, frozen=True, forbid_unknown_fields=True):
    """Passages by what they speak of, in the order of telling."""

    costs: dict[Approach, tuple[str, ...]]
    """An approach that no source prices is missing."""
    compared: tuple[str, ...]


def load_costs(source: Path) -> Costs:
    """Return the lists; CorpusError says what is not in order."""
    return load_table(source, Costs)


@lru_cache(maxsize=1)
def costs() -> Costs:
    """Return the lists that are shipped."""
    return load_costs(data_dir("corpus") / "costs.yaml")

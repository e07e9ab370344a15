"""Which passages speak of what an approach costs, and which set the approaches side by side.

A search finds them poorly: what is said of cost names its approach in a word, and every article speaks of cost. The
lists are data in `corpus/costs.yaml`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.errors import CorpusError
from agent.resources import data_dir
from agent.types import Approach


class Costs(Struct, frozen=True, forbid_unknown_fields=True):
    """Passages by what they speak of, in the order of telling."""

    costs: dict[Approach, tuple[str, ...]]
    """An approach that no source prices is missing."""
    compared: tuple[str, ...]


def load_costs(source: Path) -> Costs:
    """Return the lists; CorpusError says what is not in order."""
    import yaml  # here, since it is loaded only for who asks about cost

    try:
        return msgspec.convert(yaml.safe_load(source.read_text(encoding="utf-8")), Costs)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise CorpusError(f"{source.name} cannot be read: {error}", hint="reinstall rung") from error


@lru_cache(maxsize=1)
def costs() -> Costs:
    """Return the lists that are shipped."""
    return load_costs(data_dir("corpus") / "costs.yaml")

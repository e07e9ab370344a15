"""What choosing an approach brings with it: a small data file, each line with the passages it rests on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from agent.memo.compose import Upkeep
from agent.types import Approach

FILE = Path(__file__).parent / "data" / "consequences.yaml"


@lru_cache(maxsize=1)
def load_consequences() -> dict[Approach, Upkeep]:
    """Return what follows from each approach: good, bad, and upkeep."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(FILE.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - the safe loader, in C where built
    return msgspec.convert(data, dict[Approach, Upkeep])

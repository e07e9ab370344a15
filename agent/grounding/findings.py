"""Flaws by class, and the findings that name them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

Flaw = Literal[
    "invented_citation",
    "altered_quote",
    "misattributed_quote",
    "misattributed_claim",
    "unsupported_number",
    "swapped_approach",
    "flipped_polarity",
    "uncited_sentence",
    "unsupported_sentence",
]


class Finding(Struct, frozen=True):
    """One flaw of a draft: its class, the sentence, and what is wrong with it."""

    flaw: Flaw
    sentence: str
    detail: str


def listed(names: Iterable[str]) -> str:
    """Write names in a row, in order of the alphabet."""
    return ", ".join(sorted(names))

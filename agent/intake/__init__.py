"""Words to facts: what a described use case states, with the words that state it.

Owns the fact catalogue's loading, numbers, cues, scope and the small trained heads. Leaves deciding to `rules`, and borrows
sentence vectors through an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.intake.catalogue import catalogue_files, load_catalogue, parse_value

if TYPE_CHECKING:
    from agent.intake.reading import Reading, read

__all__ = ["Reading", "catalogue_files", "load_catalogue", "parse_value", "read"]


def __getattr__(name: str) -> Any:
    # Reading brings numpy and a hundred expressions, which `rung check` does without.
    if name not in {"Reading", "read"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from agent.intake import reading

    return getattr(reading, name)

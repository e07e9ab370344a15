"""Facts of a case that do not go together, or make the question idle: said before any advice rests on them.

Owns which these are, and the sentences. Decides nothing: the verdict stays a function of the facts as they were given.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.answer.wording import clause, show_value
from agent.types import FOLLOWS, FactSpec, FactValue

LOW_AT_MOST = 100_000
"""Requests a month up to which a volume may be called low: from here on one source speaks of high volume."""


def clashes(facts: Mapping[str, FactValue], catalogue: Mapping[str, FactSpec]) -> tuple[str, ...]:
    """Return a sentence for each target that is met already, and for each pair of facts of which one must be wrong."""
    said = []
    now, wanted = facts.get("accuracy_now"), facts.get("accuracy_target")
    if isinstance(now, float | int) and isinstance(wanted, float | int) and now >= wanted:
        measured, target = show_value(now, is_ratio=True), show_value(wanted, is_ratio=True)
        said.append(f"You measured {measured} and want {target}: as far as accuracy goes, what you have will do.")
    pairs = [(tried, result) for result, tried in FOLLOWS.items() if facts.get(tried) is False and result in facts]
    if facts.get("volume") == "low" and float(facts.get("requests_per_month", 0)) >= LOW_AT_MOST:
        pairs.append(("volume", "requests_per_month"))
    for one, other in pairs:
        told = [clause(catalogue.get(name), name, facts[name]) for name in (one, other)]
        said.append(f"Two of the facts do not go together: {told[0]}, and {told[1]}; correct one of them.")
    return tuple(said)

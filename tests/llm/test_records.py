"""A run in which a model took part is recorded without being asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.llm.conftest import Outcome
from tests.llm.scripted import Server, grounded, say


def test_a_run_with_a_model_is_recorded_and_replayed(
    ask: Callable[..., Outcome], rung: Callable[..., Outcome], server: Server
) -> None:
    """Prompts by hash, model, tokens; no price for a model that nobody knows; no key; the same verdict again."""
    server.play(say(grounded))
    answer: Any = ask("--json").answer
    (listed,) = rung("runs", "list", "--json").answer
    assert (listed["mode"], listed["tokens"], listed["cost_usd"]) == ("model", 1200, None)
    assert "price not known" in rung("runs", "list").out
    shown = rung("runs", "show", listed["id"]).out
    kept = json.loads(shown)
    assert kept["digest"] == answer["verdict"]["digest"]
    assert all(len(prompt["sha256"]) == 64 for prompt in kept["run"]["write"]["prompts"])
    assert "key-1" not in shown
    replayed = rung("runs", "replay", listed["id"], "--json")
    assert (replayed.code, replayed.answer["is_same"], replayed.answer["changed"]) == (0, True, [])

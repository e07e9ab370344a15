"""Over HTTP, end to end: signed requests in, answers posted in their threads."""

from __future__ import annotations

from collections.abc import Callable

from tests.slack.conftest import Running
from tests.slack.payloads import ANN, CHANNEL, event, mention

CASE = "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?"


def test_a_mention_gets_an_answer_in_its_thread(start: Callable[..., Running]) -> None:
    """A signed mention is acknowledged at once and answered in its thread, recommendation first."""
    rung = start()
    assert rung.app.event(event(mention(CASE, "100.1")))[0] == 200
    (answer,) = rung.slack.wait_for(lambda: rung.slack.in_thread(CHANNEL, "100.1"))
    assert answer["text"].startswith("**Start with retrieval (RAG).**")
    assert rung.store.exists(f"slack:T0TEAM000:{CHANNEL}:100.1")
    assert ANN

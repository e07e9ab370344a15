"""Over Socket Mode, end to end: a real web-socket, envelopes in, acknowledgements and answers out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.slack.conftest import Running
from tests.slack.fake_slack import TEAM
from tests.slack.payloads import ANN, CHANNEL, event, mention, typed, view_submission

CASE = "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?"
Start = Callable[..., Running]


def begin(start: Start) -> Running:
    """Start the app and wait until it is connected."""
    rung = start(socket=True)
    rung.slack.wait_for(lambda: rung.slack.socket and rung.slack.socket.connections)
    return rung


def answers(rung: Running, thread: str, number: int = 1) -> list[dict[str, Any]]:
    """Wait until a thread has so many finished answers, and return them."""
    return rung.slack.wait_for(lambda: (found := rung.slack.in_thread(CHANNEL, thread))[number - 1 :] and found)


def test_a_mention_is_answered_once_however_often_and_wherever_it_comes(start: Start) -> None:
    """An envelope is acknowledged and answered; repeated, also on the connection that Slack asked for, it is not."""
    rung = begin(start)
    assert rung.socket is not None
    delivery = event(mention(CASE, "100.1"), event_id="Ev1")
    rung.socket.deliver(delivery, "envelope-1")
    rung.socket.deliver(delivery, "envelope-2", attempt=1)
    assert "retrieval" in answers(rung, "100.1")[0]["text"]
    rung.slack.wait_for(lambda: rung.socket and {"envelope-1", "envelope-2"} <= set(rung.socket.acks))
    rung.socket.disconnect()
    rung.slack.wait_for(lambda: rung.socket and len(rung.socket.connections) > 1)
    rung.socket.deliver(delivery, "envelope-3", attempt=2)
    rung.socket.deliver(event(mention("no evaluation set", "100.2", thread="100.1")), "envelope-4")
    rung.slack.wait_for(lambda: rung.socket and {"envelope-3", "envelope-4"} <= set(rung.socket.acks))
    assert len(answers(rung, "100.1", 2)) == 2


def test_a_form_gets_its_errors_in_the_acknowledgement(start: Start) -> None:
    """A slash command opens the form, and its fields' errors come back in the envelope's acknowledgement."""
    rung = begin(start)
    assert rung.socket is not None
    command = {
        "command": "/rung",
        "text": "",
        "team_id": TEAM,
        "channel_id": CHANNEL,
        "user_id": ANN,
        "trigger_id": "1.c",
    }
    rung.socket.deliver(command, "envelope-1", kind="slash_commands")
    (view,) = rung.slack.wait_for(lambda: rung.slack.views)
    rung.socket.deliver(view_submission(view, {"description": typed("")}), "envelope-2", kind="interactive")
    payload = rung.slack.wait_for(lambda: rung.socket and rung.socket.acks.get("envelope-2"))
    assert payload["response_action"] == "errors"
    assert set(payload["errors"]) == {"description"}

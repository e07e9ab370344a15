"""Over HTTP, end to end: signed requests in, answers posted in their threads."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.bootstrap import open_advisor
from agent.entrypoints.slack.desk import thread_key
from agent.entrypoints.slack.modal import reason_view
from agent.errors import SettingsError
from agent.settings import load_settings
from tests.llm.scripted import Server, fail, grounded, say
from tests.slack.conftest import Running
from tests.slack.fake_slack import BOT, TEAM, Failure
from tests.slack.payloads import (
    ANN,
    BEN,
    CHANNEL,
    DIRECT,
    button,
    event,
    mention,
    message,
    picked,
    shortcut,
    typed,
    view_submission,
)

CASE = "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?"
Start = Callable[..., Running]


def told(answer: dict[str, Any]) -> str:
    """Return everything that a message shows."""
    parts = [answer["text"]]
    for block in answer.get("blocks", []):
        parts += (
            [block["text"]["text"]]
            if "text" in block
            else [
                e["text"]["text"] if isinstance(e.get("text"), dict) else e.get("text", "")
                for e in block.get("elements", [])
            ]
        )
    return "\n".join(parts)


def ask(rung: Running, text: str = CASE, ts: str = "100.1") -> dict[str, Any]:
    """Mention Rung in a channel and return its answer."""
    assert rung.app.event(event(mention(text, ts)))[0] == 200
    return answers(rung, ts)[0]


def answers(rung: Running, thread: str, number: int = 1, channel: str = CHANNEL) -> list[dict[str, Any]]:
    """Wait until a thread has so many finished answers, and return them."""
    return rung.slack.wait_for(lambda: (found := rung.slack.in_thread(channel, thread))[number - 1 :] and found)


def settle(rung: Running, seconds: float = 0.4) -> list[str]:
    """Give what should not happen the time to happen; return the methods called."""
    time.sleep(seconds)
    return [call.method for call in rung.slack.calls]


def key(thread: str, channel: str = CHANNEL) -> str:
    """Return the name of a thread's conversation."""
    return thread_key(TEAM, channel, thread)


def element(answer: dict[str, Any], action: str) -> dict[str, Any]:
    """Return a button of a message as Slack sends it back when it is pressed."""
    found = [e for block in answer["blocks"] for e in block.get("elements", []) if e.get("action_id") == action]
    return {"action_id": action, "type": "button", "value": found[0]["value"]}


def press(rung: Running, answer: dict[str, Any], action: str, thread: str, **options: Any) -> None:
    """Press a button under an answer."""
    payload = button(element(answer, action), thread=thread, ts=answer["ts"], **options)
    assert rung.app.interact(payload)[0] == 200


def test_a_mention_gets_an_answer_in_its_thread(start: Start) -> None:
    """A signed mention is acknowledged at once, shown as being read, and answered in its thread."""
    rung = start()
    begun = time.monotonic()
    assert rung.app.event(event(mention(CASE, "100.1")))[0] == 200
    assert time.monotonic() - begun < 1
    (answer,) = answers(rung, "100.1")
    assert answer["text"].startswith("**Start with retrieval (RAG).**")
    assert "[1]" in told(answer)
    assert len(told(answer)) < 3_600
    methods = [call.method for call in rung.slack.calls]
    assert methods.index("assistant.threads.setStatus") < methods.index("chat.startStream")
    assert rung.store.exists(key("100.1"))


def test_a_direct_message_is_a_thread_of_its_own(start: Start) -> None:
    """A direct message is answered in its own thread, by the same handler as a mention."""
    rung = start()
    rung.app.event(event(message(CASE, "7.1", channel=DIRECT)))
    assert "retrieval" in answers(rung, "7.1", channel=DIRECT)[0]["text"]


def test_a_follow_up_needs_no_mention_and_who_said_it_is_kept(start: Start) -> None:
    """Somebody else's reply in the thread moves the verdict, and the fact is kept as theirs."""
    rung = start()
    ask(rung)
    rung.app.event(event(message("No, we have no evaluation set.", "100.5", thread="100.1", user=BEN)))
    second = answers(rung, "100.1", 2)[1]
    assert "measuring first" in told(second)
    rung.app.event(event(message("facts", "100.6", thread="100.1")))
    third = answers(rung, "100.1", 3)[2]
    assert f"<@{BEN}>, turn 2" in told(third)
    assert f"<@{ANN}>, turn 1" in told(third)


def test_what_is_not_for_us_gets_no_answer(start: Start) -> None:
    """Talk of others, bots and Slack's own notes are left alone."""
    rung = start()
    for inner in (
        message(CASE, "5.1"),
        message("see above", "5.2", thread="4.9"),
        message(CASE, "5.3", channel=DIRECT, bot_id="B0OTHER"),
        message(CASE, "5.4", channel=DIRECT, subtype="bot_message"),
        message(CASE, "5.5", channel=DIRECT, user=BOT),
        mention(CASE, "5.6", bot_id="B0OTHER"),
        message("joined", "5.7", subtype="channel_join"),
    ):
        assert rung.app.event(event(inner))[0] == 200
    assert set(settle(rung)) == {"auth.test"}


def test_talk_among_people_in_our_thread_gets_no_public_answer(start: Start) -> None:
    """A reply to somebody else is not read at all; one that says nothing gets a word to its author alone."""
    rung = start()
    ask(rung)
    rung.app.event(event(message(f"<@{BEN}> what do you think?", "100.2", thread="100.1")))
    rung.app.event(event(message("let me talk to the others over lunch", "100.3", thread="100.1", user=BEN)))
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    assert word.args["user"] == BEN
    assert len(rung.slack.in_thread(CHANNEL, "100.1")) == 1


def test_the_same_delivery_twice_gives_one_answer(start: Start) -> None:
    """A repeated event, and a mention that also arrives as a message, in either order, give one answer."""
    rung = start()
    first = event(mention(CASE, "100.1"), event_id="Ev1")
    rung.app.event(first)
    assert rung.app.event(first, X_Slack_Retry_Num="1")[0] == 200
    rung.app.event(event(message(f"<@{BOT}> {CASE}", "100.1")))
    answers(rung, "100.1")
    again = mention("we have no evaluation set", "100.2", thread="100.1")
    rung.app.event(event(message(again["text"], "100.2", thread="100.1")))
    rung.app.event(event(again))
    answers(rung, "100.1", 2)
    settle(rung)
    assert len(rung.slack.in_thread(CHANNEL, "100.1")) == 2
    assert len(rung.store.turns(key("100.1"))) == 2


def test_a_reply_that_overtakes_its_thread_is_not_answered_twice(start: Start) -> None:
    """Events out of order give one answer each at most, and nothing breaks."""
    rung = start()
    rung.app.event(event(message("We have 900 labelled tickets.", "100.2", thread="100.1")))
    ask(rung)
    rung.app.event(event(message("We have 900 labelled tickets.", "100.2", thread="100.1")))
    answers(rung, "100.1", 2)
    settle(rung)
    assert len(rung.slack.in_thread(CHANNEL, "100.1")) == 2


@pytest.mark.parametrize(
    ("options", "status"),
    [({"secret": "another"}, 401), ({"at": -400}, 401), ({"at": 400}, 401)],
    ids=["forged", "stale", "from-the-future"],
)
def test_only_signed_fresh_requests_are_taken(start: Start, options: dict[str, Any], status: int) -> None:
    """A forged or stale request is refused and does nothing."""
    if "at" in options:
        options = {"at": time.time() + options["at"]}  # seconds from when it is sent, not from when tests are collected
    rung = start()
    assert rung.app.event(event(mention(CASE, "100.1")), **options)[0] == status
    assert set(settle(rung, 0.2)) == {"auth.test"}


def test_what_is_no_delivery_is_refused(start: Start) -> None:
    """A body that is too large, no JSON, or for another path ends with a status and no trace."""
    import http.client
    from urllib.parse import urlsplit

    rung = start()
    place = urlsplit(rung.app.url)

    def status(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
        connection.request(method, path, body, headers)
        return connection.getresponse().status

    assert status("POST", "/other", b"{}", {}) == 404
    assert status("POST", "/slack/events", None, {"Content-Length": "2000000"}) == 413
    assert status("POST", "/slack/events", None, {"Content-Length": "²"}) == 411
    assert status("POST", "/slack/events", None, {"Content-Length": "9" * 5_000}) == 411
    assert status("POST", "/slack/events", b"\xff\xfe", {}) == 400
    unclear = {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=1"}
    assert status("POST", "/slack/events", b"{}", unclear) == 401
    assert status("GET", "/healthz", None, {}) == 200
    assert rung.app.post("{", "application/json")[0] in (200, 400, 404)


def test_the_url_is_verified(start: Start) -> None:
    """Slack's challenge is answered, so that the address can be entered on the app's page."""
    rung = start()
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "unused"})
    status, answer = rung.app.post(body, "application/json")
    assert (status, json.loads(answer)) == (200, {"challenge": "abc"})


def test_an_edit_is_not_read_again_and_a_preview_is_no_edit(start: Start) -> None:
    """An edited message gets a word to its author; a link's preview, or a bot's edit, gets nothing."""
    rung = start()
    ask(rung)
    edited = {
        "type": "message",
        "subtype": "message_changed",
        "channel": CHANNEL,
        "channel_type": "channel",
        "ts": "101.0",
    }
    before = {"type": "message", "user": ANN, "text": "old", "ts": "100.1", "thread_ts": "100.1"}
    for after in ({**before, "attachments": []}, {**before, "text": "new", "user": BOT, "bot_id": "B1"}):
        rung.app.event(event({**edited, "message": after, "previous_message": before}))
    rung.app.event(event({**edited, "message": {**before, "text": "new"}, "previous_message": before}))
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    assert "edited" in word.args["text"]
    settle(rung, 0.2)
    assert len(rung.slack.of("chat.postEphemeral")) == 1
    assert len(rung.store.turns(key("100.1"))) == 1


@pytest.mark.parametrize("is_tombstone", [True, False], ids=["with-replies", "alone"])
def test_deleting_the_first_message_forgets_the_thread(start: Start, is_tombstone: bool) -> None:
    """A thread whose first message is deleted is forgotten; a deleted reply changes nothing."""
    rung = start()
    ask(rung)
    gone = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": CHANNEL,
        "channel_type": "channel",
        "ts": "102.0",
    }
    rung.app.event(event({**gone, "deleted_ts": "100.9", "previous_message": {"ts": "100.9", "thread_ts": "100.1"}}))
    settle(rung, 0.2)
    assert rung.store.exists(key("100.1"))
    if is_tombstone:
        stone = {"type": "message", "subtype": "tombstone", "ts": "100.1", "thread_ts": "100.1", "user": "USLACKBOT"}
        gone = {**gone, "subtype": "message_changed", "message": stone, "previous_message": {"ts": "100.1"}}
    else:
        gone = {**gone, "deleted_ts": "100.1", "previous_message": {"ts": "100.1"}}
    rung.app.event(event(gone))
    rung.slack.wait_for(lambda: not rung.store.exists(key("100.1")))


def test_the_form_shows_each_fields_own_error_and_then_answers(start: Start) -> None:
    """`/rung` opens the form; wrong fields say what they take; a right one opens a thread with the answer."""
    rung = start()
    fields = {"team_id": TEAM, "channel_id": CHANNEL, "user_id": ANN, "command": "/rung", "trigger_id": "9.command"}
    assert rung.app.command(**fields, text="a support bot", response_url="")[0] == 200
    (view,) = rung.slack.wait_for(lambda: rung.slack.views)
    assert view["blocks"][0]["element"]["initial_value"] == "a support bot"
    wrong = {"description": typed("  "), "labelled_examples": typed("many"), "accuracy_now": typed("250%")}
    status, body = rung.app.interact(view_submission(view, wrong))
    errors = json.loads(body)["errors"]
    assert (status, set(errors)) == (200, {"description", "labelled_examples", "accuracy_now"})
    assert errors["labelled_examples"].startswith("It takes a whole number")
    right = {
        "description": typed("A bot answers questions from our wiki & must cite <its> source."),
        "labelled_examples": typed("15k"),
        "evals_exist": picked("true"),
        "knowledge_change_days": typed("7"),
        "problem_kind": picked("knowledge"),
        "strict_format": picked(""),
    }
    assert rung.app.interact(view_submission(view, right)) == (200, "")
    opening = rung.slack.wait_for(lambda: rung.slack.of("chat.postMessage"))[0].args
    root = next(ts for (place, ts) in rung.slack.messages if place == CHANNEL)
    assert "&amp; must cite &lt;its&gt; source" in told(opening)
    assert "15,000" in told(opening)
    assert "retrieval (RAG)" in answers(rung, root)[0]["text"]
    rung.app.event(event(message("facts", "999.1", thread=root)))
    facts = told(answers(rung, root, 2)[1])
    assert "`labelled_examples`" in facts
    assert "`evals_exist`" in facts


def test_a_form_from_a_channel_without_us_is_answered_directly(start: Start) -> None:
    """Where Rung is not in the channel, the case and its answer go to the person."""
    rung = start()
    rung.slack.channels_without_us.add(CHANNEL)
    view = {"type": "modal", "callback_id": "rung_intake", "private_metadata": json.dumps({"channel": CHANNEL})}
    rung.app.interact(view_submission(view, {"description": typed(CASE)}))
    direct = f"D{ANN[1:]}"
    root = rung.slack.wait_for(lambda: [ts for place, ts in rung.slack.messages if place == direct])[0]
    assert answers(rung, root, channel=direct)


def test_the_shortcut_answers_on_somebodys_message(start: Start) -> None:
    """The shortcut answers in the thread of the message, and the facts are its author's."""
    rung = start()
    rung.app.interact(shortcut(CASE, "300.1", author=BEN))
    assert "retrieval" in answers(rung, "300.1")[0]["text"]
    rung.app.event(event(message("facts", "300.2", thread="300.1")))
    assert f"<@{BEN}>, turn 1" in told(answers(rung, "300.1", 2)[1])


def test_the_shortcut_says_where_it_cannot_answer(start: Start) -> None:
    """In a channel without us, or on a message without text, one person is told what to do."""
    rung = start()
    rung.slack.channels_without_us.add(CHANNEL)
    rung.app.interact(shortcut(CASE, "300.1", response_url=f"{rung.slack.origin}/response/1"))
    rung.app.interact(shortcut("…", "300.2", response_url=f"{rung.slack.origin}/response/2"))
    found = rung.slack.wait_for(lambda: len(rung.slack.responses) == 2 and rung.slack.responses)
    texts = " ".join(response["text"] for response in found)
    assert "Invite me" in texts
    assert "no text in that message" in texts
    assert not rung.store.exists(key("300.1"))
    assert all(response["response_type"] == "ephemeral" for response in found)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("rung_why", "because:"),
        ("rung_flips", "What would change it"),
        ("rung_conflicts", "They disagree on"),
        ("rung_passages", "(our note of it)"),
    ],
)
def test_a_button_shows_details_to_one_person(start: Start, action: str, words: str) -> None:
    """Why, what would change it, and where sources disagree are shown to whoever asks, and kept out of the thread."""
    rung = start()
    answer = ask(rung)
    press(rung, answer, action, "100.1", user=BEN)
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    assert words in told(word.args)
    assert (word.args["user"], word.args["thread_ts"]) == (BEN, "100.1")
    assert len(rung.store.turns(key("100.1"))) == 1


def test_a_button_speaks_of_the_answer_it_stands_under(start: Start) -> None:
    """An old answer's button explains that answer's verdict, also after the verdict moved."""
    rung = start()
    first = ask(rung)
    rung.app.event(event(message("No, we have no evaluation set.", "100.5", thread="100.1")))
    second = answers(rung, "100.1", 2)[1]
    press(rung, first, "rung_why", "100.1")
    press(rung, second, "rung_why", "100.1")
    words = rung.slack.wait_for(lambda: len(found := rung.slack.of("chat.postEphemeral")) == 2 and found)
    texts = sorted(word.args["text"].split(" (rung")[0] for word in words)
    assert texts == ["Measuring first", "Retrieval (RAG)"]


def test_the_open_question_can_be_answered_by_a_button(start: Start) -> None:
    """ "No" answers the question as whoever pressed it; pressed again it is no longer open."""
    rung = start()
    answer = ask(rung)
    press(rung, answer, "rung_answer_false", "100.1", user=BEN)
    assert "measuring first" in told(answers(rung, "100.1", 2)[1])
    press(rung, answer, "rung_answer_true", "100.1", user=ANN)
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    assert "no longer open" in word.args["text"]
    assert len(rung.store.turns(key("100.1"))) == 2


def test_the_memo_is_posted_as_a_file(start: Start) -> None:
    """The button posts the memo's file in the thread, with the case in the team's words."""
    rung = start()
    answer = ask(rung)
    press(rung, answer, "rung_memo", "100.1")
    (done,) = rung.slack.wait_for(lambda: rung.slack.of("files.completeUploadExternal"))
    (content,) = rung.slack.uploads.values()
    assert (done.args["channel_id"], done.args["thread_ts"]) == (CHANNEL, "100.1")
    assert content.startswith(b"---")
    assert b"docs change weekly" in content


def test_what_people_think_of_an_answer_is_kept_with_its_digest(start: Start) -> None:
    """Helpful or not is kept by person and answer, the last word counts, and a reason is asked for."""
    rung = start()
    answer = ask(rung)
    (buttons,) = [e for b in answer["blocks"] if b["type"] == "context_actions" for e in b["elements"]]
    for side, who in (("positive_button", ANN), ("positive_button", BEN), ("negative_button", BEN)):
        value = {"type": "feedback_buttons", "action_id": "rung_feedback", "value": buttons[side]["value"]}
        rung.app.interact(button(value, thread="100.1", ts=answer["ts"], user=who))
    (view,) = rung.slack.wait_for(lambda: rung.slack.views)
    rung.app.interact(view_submission(view, {"reason": typed("too long")}, user=BEN))
    digest = json.loads(rung.store.turns(key("100.1"))[0].reply)["after"]["digest"]
    kept = rung.slack.wait_for(lambda: len(found := rung.feedback.of(key("100.1"))) == 2 and found[1][4] and found)
    assert kept == ((1, ANN, digest, True, ""), (1, BEN, digest, False, "too long"))


def test_429_is_waited_out(start: Start) -> None:
    """Told to wait, the app waits as long as Slack says and then posts once."""
    rung = start()
    rung.slack.fail("chat.startStream", Failure(429, retry_after=1))
    ask(rung)
    refused, taken = rung.slack.of("chat.startStream!429", "chat.startStream")
    assert taken.at - refused.at >= 1
    assert len(rung.slack.in_thread(CHANNEL, "100.1")) == 1


def test_a_status_is_not_waited_for(start: Start) -> None:
    """A status that Slack puts off, or never answers, does not hold up the answer."""
    rung = start()
    rung.slack.fail("assistant.threads.setStatus", Failure(429, retry_after=30))
    begun = time.monotonic()
    ask(rung)
    assert time.monotonic() - begun < 20


def test_where_streaming_does_not_work_one_message_is_posted(start: Start) -> None:
    """Refused for good, streaming is not tried again, and the answer comes as one message with everything in it."""
    rung = start()
    rung.slack.fail("chat.startStream", Failure(error="unknown_method"))
    first = ask(rung)
    assert first["text"].startswith("Start with retrieval (RAG).")
    assert first["blocks"][0]["text"]["text"].startswith("*Start with retrieval (RAG).*")
    rung.app.event(event(mention(CASE, "200.1")))
    answers(rung, "200.1")
    assert len(rung.slack.of("chat.postMessage")) == 2
    assert len(rung.slack.of("chat.startStream", "chat.startStream!200")) == 1


def test_a_stream_that_breaks_off_is_completed(start: Start) -> None:
    """A stream that cannot be closed becomes the whole message by an update; there is still one answer."""
    rung = start()
    rung.slack.fail("chat.stopStream", Failure(error="message_not_in_streaming_state"))
    answer = ask(rung)
    assert answer["text"].startswith("Start with retrieval (RAG).")
    assert any(block["type"] == "actions" for block in answer["blocks"])
    assert len(rung.slack.in_thread(CHANNEL, "100.1")) == 1


@pytest.mark.parametrize(
    "failures",
    [[Failure(500)], [Failure(drops=True)]],
    ids=["500", "disconnect"],
)
def test_a_server_that_fails_once_is_asked_again(start: Start, failures: list[Failure]) -> None:
    """One failure of Slack's is made good by a second try."""
    rung = start()
    rung.slack.fail("chat.startStream", *failures)
    ask(rung)


def test_a_time_out_tells_one_person_with_a_run_id_and_no_exception(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nothing can be posted, the asker alone is told, with a run id that the log knows."""
    rung = start(seconds_a_call=0.3)
    rung.slack.fail("chat.startStream", *[Failure(seconds=0.6)] * 2)
    rung.slack.fail("chat.postMessage", *[Failure(seconds=0.6)] * 2)
    rung.app.event(event(mention(CASE, "100.1")))
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    assert (word.args["user"], "thread_ts" in word.args) == (ANN, False)
    assert "run-1" in word.args["text"]
    assert "imeout" not in told(word.args)
    assert "imed out" not in told(word.args)
    assert "run-1" in caplog.text
    rung.app.event(event(mention(CASE, "100.2", thread="100.1")))
    assert "Start with retrieval" in answers(rung, "100.1")[-1]["text"]


def test_who_is_not_in_the_channel_with_us_is_told_directly(start: Start) -> None:
    """What is meant for one person reaches them where Rung has no place in the channel."""
    rung = start(most=0)
    rung.slack.channels_without_us.add(CHANNEL)
    view = {"type": "modal", "callback_id": "rung_intake", "private_metadata": json.dumps({"channel": CHANNEL})}
    rung.app.interact(view_submission(view, {"description": typed(CASE)}))
    word = rung.slack.wait_for(lambda: [m for (place, _), m in rung.slack.messages.items() if place == f"D{ANN[1:]}"])[
        0
    ]
    assert "0 requests in a minute" in word["text"]


def test_too_many_requests_of_one_person_are_put_off(start: Start) -> None:
    """A person over the limit is told so alone, and others are still served."""
    rung = start(most=2)
    for number in range(3):
        rung.app.event(event(mention(CASE, f"{number}00.1")))
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    assert "2 requests in a minute" in word.args["text"]
    rung.app.event(event(mention(CASE, "900.1", user=BEN)))
    answers(rung, "900.1")


def test_a_command_that_cannot_be_done_is_said_to_one_person(start: Start) -> None:
    """A wrong value gets its own words, without a run id, and changes nothing."""
    rung = start()
    ask(rung)
    rung.app.event(event(message("facts labelled_examples=lots", "100.2", thread="100.1")))
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    assert "labelled_examples cannot be 'lots'" in word.args["text"]
    assert "run-" not in word.args["text"]
    assert len(rung.store.turns(key("100.1"))) == 1


HOSTILE = (
    "Support bot over our wiki, docs change weekly <!channel> <!here> @everyone &lt;!channel&gt; *now* `x` _y_ ~z~ & "
    "must cite <https://x.y|its> source. Should we fine-tune, <@U0BEN0000>?"
)


def test_what_a_person_typed_is_shown_as_text_and_rings_for_nobody(start: Start) -> None:
    """Pings, links and marks in a person's words come back as text, in every message and button."""
    rung = start()
    answer = ask(rung, HOSTILE)
    press(rung, answer, "rung_why", "100.1")
    rung.slack.wait_for(lambda: rung.slack.of("chat.postEphemeral"))
    rung.app.event(event(message("facts", "100.2", thread="100.1")))
    shown = told(answers(rung, "100.1", 2)[1])
    assert "&lt;!channel&gt; ∗now∗" in shown
    assert "<!channel>" not in shown
    assert "@channel" not in shown
    assert rung.slack.violations == []


@pytest.mark.parametrize(
    ("inner", "is_forgotten"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"bot": [BOT]}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": [ANN]}}, False),
    ],
    ids=["uninstalled", "bot-token-revoked", "only-a-persons-token"],
)
def test_a_team_that_leaves_is_forgotten(start: Start, inner: dict[str, Any], is_forgotten: bool) -> None:
    """Removing the app deletes the team's threads and opinions, and leaves those of others."""
    rung = start()
    ask(rung)
    rung.desk.rate(key("100.1"), 1, "d", person=ANN, is_helpful=True)
    other = thread_key("T0OTHER00", CHANNEL, "1.1")
    rung.desk.take(other, CASE, speaker="U9")
    rung.app.event(event(inner))
    if is_forgotten:
        rung.slack.wait_for(lambda: not rung.store.exists(key("100.1")))
    settle(rung, 0.2)
    assert rung.store.exists(key("100.1")) is not is_forgotten
    assert bool(rung.feedback.of(key("100.1"))) is not is_forgotten
    assert rung.store.exists(other)


def test_a_team_without_a_name_is_nobody(start: Start) -> None:
    """An event that does not say whose it is makes nothing be forgotten."""
    rung = start()
    ask(rung)
    assert rung.desk.forget_team("") == 0
    assert rung.store.exists(key("100.1"))


BUSY: dict[str, dict[str, Any]] = {
    "a follow-up": message("We have no evaluation set.", "100.5", thread="100.1"),
    "an edit": {
        "type": "message",
        "subtype": "message_changed",
        "channel": CHANNEL,
        "message": {"type": "message", "user": ANN, "text": "b", "ts": "100.5", "thread_ts": "100.1"},
        "previous_message": {"type": "message", "user": ANN, "text": "a", "ts": "100.5", "thread_ts": "100.1"},
    },
    "a deletion": {
        "type": "message",
        "subtype": "message_deleted",
        "channel": CHANNEL,
        "deleted_ts": "100.1",
        "previous_message": {"user": ANN, "text": "a", "ts": "100.1"},
    },
}


@pytest.mark.parametrize("name", BUSY)
def test_a_busy_database_is_logged_and_nobody_bothered(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """Where it cannot be known whether a thread is ours, who writes in it may have nothing to do with us."""
    rung = start()
    ask(rung)

    def busy(_: str) -> bool:
        raise SettingsError("the database is locked")

    monkeypatch.setattr(rung.desk, "knows", busy)
    rung.app.event(event(BUSY[name]))
    rung.slack.wait_for(lambda: "run run-1 failed" in caplog.text)
    assert not rung.slack.of("chat.postEphemeral")


def test_a_reason_that_cannot_be_kept_is_logged_and_the_person_told(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A form stands in no channel, so its author is told directly."""
    rung = start()
    rung.slack.fail("chat.postEphemeral", Failure(error="channel_not_found"))

    def busy(*_: Any, **__: Any) -> None:
        raise SettingsError("the database is locked")

    monkeypatch.setattr(rung.desk, "rate", busy)
    view = reason_view({"key": key("100.1"), "turn": 1, "digest": "d"})
    rung.app.interact(view_submission(view, {"reason": typed("too long")}, user=BEN))
    (word,) = rung.slack.wait_for(lambda: rung.slack.of("chat.postMessage"))
    assert (word.args["channel"], "run-1" in word.args["text"]) == (BEN, True)
    assert "run run-1 failed" in caplog.text


def test_help_and_home_say_what_is_kept(start: Start) -> None:
    """A bare mention, the command's help and the home page say what Rung can, cannot and keeps."""
    rung = start()
    rung.app.event(event(mention("", "100.1")))
    assert "What I keep" in told(answers(rung, "100.1")[0])
    fields = {"team_id": TEAM, "channel_id": CHANNEL, "user_id": ANN, "command": "/rung", "trigger_id": "9.help"}
    rung.app.command(**fields, text="help", response_url=f"{rung.slack.origin}/response/1")
    rung.app.event(event({"type": "app_home_opened", "user": ANN, "channel": DIRECT, "tab": "home", "event_ts": "1.1"}))
    rung.slack.wait_for(lambda: rung.slack.responses and rung.slack.views)
    assert rung.slack.views[0]["type"] == "home"
    assert not rung.store.exists(key("100.1"))


def test_a_question_the_sources_do_not_answer_is_said_so(start: Start) -> None:
    """Not covered is said plainly, with the nearest topics and without buttons."""
    rung = start()
    answer = ask(rung, "What is the best pizza in Naples?")
    assert "do not answer this" in told(answer)
    assert all(block["type"] != "actions" for block in answer["blocks"])


@pytest.mark.parametrize(
    ("step", "words"),
    [(say(grounded), "read or written with a language model (AI)"), (fail(500), "no language model took part")],
    ids=["writes", "fails"],
)
def test_it_works_with_a_model_and_where_the_model_fails(
    start: Start, rung_cache: Path, tmp_path: Path, step: Any, words: str
) -> None:
    """With a model the same thread is answered, and the message says whether the model took part."""
    pytest.importorskip("langchain_openai")
    server = Server()
    server.play(step)
    environment = {
        "RUNG_HOME": str(tmp_path / "home"),
        "RUNG_CACHE": str(rung_cache),
        "RUNG_WRITE_MODEL": "scripted",
        "RUNG_BASE_URL": server.url,
        "RUNG_MODEL_RETRIES": "0",
    }
    rung = start(advisor=open_advisor(load_settings(environment), [], notify=print)[0])
    answer = ask(rung)
    assert answer["text"].startswith("**Start with retrieval (RAG).**")
    assert words in told(answer)
    server.close()
    server.finished()

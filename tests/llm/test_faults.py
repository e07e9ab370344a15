"""Whatever goes wrong with a model: a cited answer with a note, or one clear line where the model was insisted on."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.llm.conftest import Outcome
from tests.llm.scripted import Server, Step, call, drop, fail, grounded, raw, say, stall, stall_within, told

Ask = Callable[..., Outcome]
TRACED = "[=Avoid fine-tuning when answers must be traced back]"
CITED = f"Avoid fine-tuning when answers must be traced back to sources {TRACED}."
"""Word for word what its passage says; each bad draft below differs from it in one way."""
CUT = b'data: {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"del\n\n'
OTHER = json.dumps({"output": [{"text": "Use retrieval."}], "status": "done"}).encode()

FAULTS: dict[str, tuple[list[Step], str]] = {
    "401": ([fail(401, "Incorrect API key provided: key-1")], "refused the key (HTTP 401)"),
    "404": ([fail(404)], "knows no model 'scripted' at this URL"),
    "429 with a long retry-after": ([fail(429, Retry_After="900")], "is asked too much (HTTP 429)"),
    "500": ([fail(500)], "failed (HTTP 500)"),
    "time-out before a stream": ([stall(1.0)], "sent nothing for 0.5 s"),
    "time-out within a stream": ([stall_within(CITED * 20, 1.0)], "sent nothing for 0.5 s"),
    "stream that breaks off": ([drop(CITED)], "broke off"),
    "truncated JSON": ([raw(CUT, "text/event-stream")], "no chat completion"),
    "HTML": ([raw(b"<html><body>Welcome</body></html>", "text/html")] * 2, "no chat completion"),
    "reply in another schema": ([raw(OTHER)] * 2, "no chat completion"),
    "tool loop": ([call("retrieve_guidance", {"query": "LoRA"})] * 4, "called tools without end"),
    "wrong tool name, again and again": ([call("drop_tables", {})] * 4, "called tools without end"),
    "empty reply": ([say(""), say("")], "failed the gate twice"),
    "cut off at the limit": ([say("RAG is", "length")] * 2, "failed the gate twice: It was cut off"),
    "invented citation": ([told(CITED.replace(TRACED, "[99]"))] * 2, "cites what is not among the passages"),
    "invented passage id": ([told(CITED.replace(TRACED, "[usually-context#no-such]"))] * 2, "cites what is not"),
    "altered quotation": (
        [told(f'The source says "avoid fine-tuning when answers might be traced" {TRACED}.')] * 2,
        "quotation",
    ),
    "changed number": (
        [told(CITED.replace("when answers", "when 60 answers"))] * 2,
        "60",
    ),
    "flipped polarity": (
        [told(f"Use fine-tuning when answers must be traced back to sources {TRACED}.")] * 2,
        "turns round",
    ),
    "another recommendation": (
        [told(f"{CITED}\n\nStart with fine-tuning {TRACED}.")] * 2,
        "approach",
    ),
    "100 KB of prose": ([told(f"{CITED}\n\n" * 1_500)] * 2, "characters"),
    "a link": ([told(f"{CITED}\n\n![x](//evil.example/{{you}}) {TRACED}.")] * 2, "link"),
}


def quick(why: str) -> dict[str, str]:
    """Return settings without repeats; the model is waited for briefly only where that is the fault."""
    seconds = "0.5" if "0.5 s" in why else "20"
    return {"RUNG_MODEL_RETRIES": "0", "RUNG_MODEL_TIMEOUT": seconds, "RUNG_MODEL_STEPS": "4"}


@pytest.fixture(scope="module")
def offline(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The answer without a model, filled by the first test that asks."""
    return {}


def compare(ask: Ask, known: dict[str, Any], done: Outcome) -> None:
    """The answer is the offline one, verdict, words and citations."""
    if not known:
        known.update(ask("--json", "--offline").answer)
    for field in ("answer", "citations", "verdict", "kind", "facts", "next_questions"):
        assert done.answer[field] == known[field], field


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_leaves_the_offline_answer_with_a_note(
    ask: Ask, server: Server, offline: dict[str, Any], name: str
) -> None:
    """Exit code 0, the same words as without a model, and the reason among the notes."""
    steps, why = FAULTS[name]
    server.play(*steps)
    done = ask("--json", **quick(why))
    assert done.code == 0, done.err
    assert done.answer["mode"] == "offline"
    assert done.answer["run"]["write"]["outcome"] == "fell_back"
    assert any("written without scripted" in note and why in note for note in done.answer["notes"]), done.answer[
        "notes"
    ]
    assert "key-1" not in done.out
    compare(ask, offline, done)


@pytest.mark.parametrize("name", FAULTS)
def test_with_model_only_a_fault_is_one_clear_line(ask: Ask, server: Server, name: str) -> None:
    """Exit code 1, and the reason on stderr without a traceback or the key."""
    steps, why = FAULTS[name]
    server.play(*steps)
    done = ask("--json", "--model-only", **quick(why))
    assert (done.code, done.out) == (1, "")
    assert why in done.err
    assert len(done.err.splitlines()) == 1
    assert "key-1" not in done.err


def test_nobody_listening(ask: Ask, offline: dict[str, Any]) -> None:
    """A refused connection is not tried again: it would only take longer."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    done = ask("--json", RUNG_BASE_URL=closed)
    assert any("nothing listens at 127.0.0.1" in note for note in done.answer["notes"])
    compare(ask, offline, done)
    insisted = ask("--model-only", RUNG_BASE_URL=closed)
    assert insisted.code == 1
    assert "nothing listens at 127.0.0.1" in insisted.err


def test_a_name_that_does_not_resolve(ask: Ask, offline: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The note names the host."""

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    done = ask("--json", RUNG_BASE_URL="http://model.example.invalid/v1")
    assert any("model.example.invalid cannot be resolved" in note for note in done.answer["notes"])
    compare(ask, offline, done)
    assert ask("--model-only", RUNG_BASE_URL="http://model.example.invalid/v1").code == 1


BREAKS: dict[str, tuple[list[Step], str]] = {
    "a tool": ([call("retrieve_guidance", {"query": "LoRA"})], "agent.llm.writer.Desk.use"),
    "the gate": ([told(CITED)], "agent.brief.check"),
    "the instructions": ([], "agent.llm.writer.Desk.instructions"),
    "the client that is built": ([], "agent.llm.writer.chat_model"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_fault_of_our_own_is_no_fault_of_the_server(
    ask: Ask, server: Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What breaks in the code around the call is said to be ours, and nothing is blamed on the model."""
    steps, place = BREAKS[name]
    server.play(*steps)

    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("a slip of ours")

    monkeypatch.setattr(place, broken)
    done = ask("--json")
    assert (done.code, done.out) == (1, "")
    assert "KeyError: 'a slip of ours'" in done.err
    assert "this is a fault of ours" in done.err


RECOVERIES: dict[str, list[Step]] = {
    "429 with retry-after": [fail(429, Retry_After="0.1")],
    "500 twice": [fail(500), fail(503, Retry_After="0")],
    "a stream that breaks off once": [drop("RAG is")],
    "wrong tool name": [call("drop_tables", {"all": True})],
    "wrong arguments": [call("check_rules", {"changes": {"no_such_fact": 1}})],
    "a number without end": [call("check_rules", {"changes": {"labelled_examples": 10**400}})],
    "arguments of another shape": [call("retrieve_guidance", {"q": ["LoRA"]})],
    "a server without stream_options": [fail(400, "Unrecognized request argument: stream_options")],
    "a server without temperature": [fail(400, "Unsupported value: 'temperature' does not support 0")],
    "a server without tools": [fail(400, "tools are not supported by this model")],
    "a server without streaming": [fail(400, "stream=true is not implemented")],
}


@pytest.mark.parametrize("name", RECOVERIES)
def test_a_passing_fault_is_got_over(ask: Ask, server: Server, name: str) -> None:
    """The model's own words are shown in the end."""
    server.play(*RECOVERIES[name], say(grounded))
    done = ask("--json")
    assert done.code == 0, done.err
    assert done.answer["run"]["write"]["outcome"] == "written", done.answer["notes"]


@pytest.mark.parametrize("name", ["invented citation", "flipped polarity", "empty reply", "100 KB of prose"])
def test_a_draft_with_flaws_is_repaired_once(ask: Ask, server: Server, name: str) -> None:
    """The findings go back in words, and the answer says that there was a repair."""
    server.play(FAULTS[name][0][0], say(grounded))
    done = ask("--json")
    write = done.answer["run"]["write"]
    assert (done.code, write["outcome"], write["repairs"]) == (0, "repaired", 1)
    assert any("sent back" in note for note in done.answer["notes"])
    assert "Your text was not shown" in server.requests[-1]["messages"][-1]["content"]


def test_a_call_that_cannot_be_read_is_asked_for_again(ask: Ask, server: Server) -> None:
    """Arguments that are no JSON end LangChain's loop in silence; here they cost the one repair."""
    server.play(call("check_rules", "labelled_examples=800"), say(grounded))
    assert ask("--json").answer["run"]["write"]["outcome"] == "repaired"


def test_what_a_server_refused_is_not_sent_again(ask: Ask, server: Server, cache: Any) -> None:
    """The memory of an endpoint outlives the process."""
    server.play(fail(400, "tools are not supported"), say(grounded))
    ask("--json")
    kept = json.loads((cache / "model.json").read_text())
    assert next(iter(kept["endpoints"].values()))["takes_tools"] is False
    assert kept["counts"] == {"written": 1}

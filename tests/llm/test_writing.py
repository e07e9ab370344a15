"""A model writes: what the gate passes is shown, what it does not is repaired once, and the verdict never moves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from agent.brief import FLAWS
from agent.grounding import Flaw
from tests.llm.conftest import CASE, Outcome
from tests.llm.scripted import PASSAGE, Exchange, Server, call, grounded, raw, say, stall

Ask = Callable[..., Outcome]


def test_a_grounded_draft_is_shown(ask: Ask, server: Server) -> None:
    """Between the opening, which the rules give, and the question worth answering."""
    server.play(say(grounded))
    done, offline = ask("--json"), ask("--json", "--offline")
    assert done.code == 0, done.err
    assert done.answer["mode"] == "model"
    assert done.answer["run"]["write"]["outcome"] == "written"
    opening = offline.answer["answer"].partition("\n\n")[0]
    assert done.answer["answer"].startswith(f"{opening}\n\n")
    assert done.answer["answer"] != offline.answer["answer"]
    assert done.answer["citations"]
    assert done.answer["verdict"] == offline.answer["verdict"]
    assert offline.answer["run"] is None


def test_every_flaw_can_be_told_to_the_model() -> None:
    """A finding without words would end the turn instead of being sent back."""
    assert FLAWS.keys() == set(get_args(Flaw))


def test_the_wire_is_plain_chat_completions(ask: Ask, server: Server) -> None:
    """Streaming with counts, temperature 0, the two tools, the key as a bearer token."""
    server.play(say(grounded))
    ask()
    request = server.requests[0]
    assert (request["model"], request["stream"], request["temperature"]) == ("scripted", True, 0)
    assert request["stream_options"] == {"include_usage": True}
    assert [tool["function"]["name"] for tool in request["tools"]] == ["retrieve_guidance", "check_rules"]
    assert server.headers[0]["authorization"] == "Bearer key-1"


def test_the_tools_have_run_before_the_model_speaks(ask: Ask, server: Server) -> None:
    """The first prompt carries the facts, the verdict and numbered passages."""
    server.play(say(grounded))
    ask()
    prompt = server.requests[0]["messages"][-1]["content"]
    assert "- needs_citations = true, from “" in prompt
    assert "# Retrieval (RAG)" in prompt
    assert "\n[1] " in prompt


def test_tools_serve_what_is_asked(ask: Ask, server: Server) -> None:
    """Guidance comes with numbers to cite, a what-if with the rules' answer; both are in the trace."""

    def told(exchange: Exchange) -> str:
        results = [message["content"] for message in exchange.request["messages"] if message["role"] == "tool"]
        assert PASSAGE.search(results[0]), results[0]
        assert results[1].startswith("If "), results[1]
        assert "the recommendation" in results[1]
        return grounded(exchange)

    server.play(
        call("retrieve_guidance", {"query": "catastrophic forgetting"}),
        call("check_rules", {"changes": {"evals_exist": False, "labelled_examples": "8k"}}),
        say(told),
    )
    write = ask("--json").answer["run"]["write"]
    assert [use["name"] for use in write["tools"]] == ["retrieve_guidance", "check_rules"]
    assert write["tools"][0]["passages"]
    assert [use["problem"] for use in write["tools"]] == ["", ""]
    assert write["outcome"] == "written", write["findings"]


def test_the_trace_holds_what_a_run_record_needs(ask: Ask, server: Server) -> None:
    """Prompts by hash, the model's name, tokens and time; never the key."""
    server.play(say(grounded))
    done = ask("--json")
    write = done.answer["run"]["write"]
    assert [prompt["id"] for prompt in write["prompts"]] == ["write-advice", "advice-data"]
    assert all(len(prompt["sha256"]) == 64 for prompt in write["prompts"])
    made = write["calls"][0]
    assert (made["model"], made["finish"], made["input_tokens"], made["output_tokens"]) == (
        "scripted",
        "stop",
        1000,
        200,
    )
    assert made["is_counted"]
    assert write["endpoint"] == server.url.split("/")[2]
    assert "key-1" not in done.out


def test_a_known_model_has_a_price(ask: Ask, server: Server) -> None:
    """By the list that ships with the price package; a limit on it ends the turn."""
    server.play(say(grounded))
    assert 0 < ask("--json", RUNG_WRITE_MODEL="gpt-4o-mini").answer["run"]["write"]["cost_usd"] < 0.01
    server.play(call("retrieve_guidance", {"query": "LoRA"}))
    limited = ask("--json", RUNG_WRITE_MODEL="gpt-4o-mini", RUNG_MODEL_COST="0.000001")
    assert "by list price" in limited.answer["run"]["write"]["why"]


def test_tokens_and_time_are_limited(ask: Ask, server: Server) -> None:
    """Each with the name of its setting."""
    server.play(call("retrieve_guidance", {"query": "LoRA"}))
    assert "1,200 tokens in one turn" in ask("--json", RUNG_MODEL_TOKENS="1000").answer["run"]["write"]["why"]
    server.play(stall(4))
    slow = ask("--json", RUNG_MODEL_SECONDS="2").answer["run"]["write"]
    assert slow["why"] == "the model took longer than 2 s in all"


def test_a_question_on_the_subject_is_answered_from_passages(ask: Ask, server: Server) -> None:
    """There is no case, so no rule check is offered and nothing is recommended."""
    server.play(say(grounded))
    done = ask("--json", text="How many examples do I need before LoRA is worth it?")
    assert (done.answer["kind"], done.answer["mode"], done.answer["verdict"]) == ("guidance", "model", None)
    assert [tool["function"]["name"] for tool in server.requests[0]["tools"]] == ["retrieve_guidance"]


def test_what_is_not_covered_is_never_sent(ask: Ask, server: Server) -> None:
    """No request is made, with or without insisting."""
    for flags in ([], ["--model-only"]):
        done = ask("--json", *flags, text="What will the weather be in Lisbon tomorrow?", RUNG_MODEL="scripted")
        assert (done.code, done.answer["kind"]) == (3, "not_covered")
    assert server.requests == []


def test_offline_and_no_model_send_nothing(ask: Ask, rung: Callable[..., Outcome], server: Server) -> None:
    """A key alone is no consent, and `--offline` overrides a model that is set."""
    assert ask("--json", "--offline").answer["mode"] == "offline"
    alone = rung("ask", "--json", "--", CASE, OPENAI_API_KEY="key-2", OPENAI_BASE_URL=server.url)
    assert alone.answer["mode"] == "offline"
    idle = rung("ask", "--json", "--", CASE, RUNG_BASE_URL=server.url, RUNG_API_KEY="key-1")
    assert "without RUNG_MODEL: no model is used" in idle.err
    assert server.requests == []
    insisted = rung("ask", "--model-only", "--", CASE)
    assert (insisted.code, insisted.out) == (1, "")
    assert "no language model is set" in insisted.err


def test_model_names_that_switch_apis_stay_on_chat_completions(ask: Ask, server: Server) -> None:
    """The client would go to another path for these names; the server asserts the path."""
    for name in ("gpt-5-codex", "gpt-5.2-pro", "gpt-6-mini"):
        server.play(say(grounded))
        assert ask("--json", RUNG_WRITE_MODEL=name).answer["mode"] == "model"


def test_verbose_tells_what_the_gate_found(ask: Ask, server: Server) -> None:
    """Outcome, calls, tokens and each finding, on stderr."""
    server.play(say("RAG is the best of all approaches for every team [99]."), say(grounded))
    done = ask("--verbose")
    assert "scripted at 127.0.0.1" in done.err
    assert "repaired; 2 calls, 2,400 tokens" in done.err
    assert (
        "the gate found: “RAG is the best of all approaches for every team.”: it cites what is not among the passages"
        in done.err
    )


def test_the_page_is_the_verdict_then_facts_then_prose_then_sources(ask: Ask, server: Server) -> None:
    """The opening stands once."""
    server.play(say(grounded))
    page = ask().out
    order = [
        "**Start with retrieval (RAG).**",
        "**Read from your words**",
        "`needs_citations`: yes",
        "[1].",
        "**Sources**",
    ]
    assert sorted(order, key=page.index) == order
    assert page.count(order[0]) == 1


def command(server: Server, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the installed command with the scripted model."""
    settings = {
        "RUNG_HOME": str(folder / "home"),
        "RUNG_WRITE_MODEL": "scripted",
        "RUNG_BASE_URL": server.url,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "agent.entrypoints.cli", "ask", *arguments, "--", CASE],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **settings},
    )


@pytest.mark.timeout(120)
def test_the_verdict_does_not_wait_for_the_model(
    rung: Callable[..., Outcome], server: Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on stdout while the model still says nothing, and Ctrl-C then stops the command at once."""
    rung("search", "LoRA")  # builds the index
    monkeypatch.setenv("RUNG_CACHE", str(cache))
    server.play(stall(60))
    process = command(server, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"**Start with retrieval (RAG).**")
    while not server.requests:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"stopped" in err
    assert b"Traceback" not in err
    assert time.monotonic() - started < 5


def test_a_server_that_never_streams_is_understood(ask: Ask, server: Server) -> None:
    """Plain JSON to a request for a stream: asked again without streaming, and remembered."""

    def plain(exchange: Exchange) -> None:
        exchange.request["stream"] = False
        say(grounded)(exchange)

    server.play(plain, say(grounded))
    assert ask("--json").answer["mode"] == "model"
    assert "stream" not in server.requests[1] or server.requests[1]["stream"] is False


def test_rubbish_in_every_shape_leaves_the_answer(ask: Ask, server: Server) -> None:
    """Bodies that are valid JSON and no completion at all."""
    for body in (
        b"null",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": [{"message": 3}]}',
        b"",
    ):
        server.always = raw(body)
        done = ask("--json", RUNG_MODEL_RETRIES="0")
        assert (done.code, done.answer["mode"]) == (0, "offline"), body
        assert done.answer["citations"]
    server.always = None

"""`rung mcp` as other agents meet it: the SDK's own client, a real subprocess, real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.entrypoints.commands.mcp import read_address
from agent.errors import UsageError

pytest.importorskip("mcp")
pytestmark = pytest.mark.xdist_group("edge")

COMMAND = Path(sys.executable).with_name("rung")
TOOLS = ["ask", "read_facts", "check_rules", "retrieve_guidance", "passage"]
WIKI = {"knowledge_change_days": 7, "needs_citations": True, "knowledge_in_documents": True}
CASE = "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?"


def over_streams(rung: Any, use: Callable[[Any], Awaitable[Any]]) -> Any:
    """Start the command, hand its client to `use`, and return what that returns."""
    from mcp import StdioServerParameters
    from mcp.client import Client
    from mcp.client.stdio import stdio_client

    async def go() -> Any:
        server = StdioServerParameters(command=str(COMMAND), args=["mcp"], env=rung.environment(), cwd=rung.folder)
        async with Client(stdio_client(server)) as client:
            return await use(client)

    return asyncio.run(asyncio.wait_for(go(), 120))


async def given(client: Any, tool: str, **arguments: Any) -> Any:
    """Call a tool that must succeed and return its data, held against the schema that the tool published."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    schemas = {listed.name: listed.output_schema for listed in (await client.list_tools()).tools}
    jsonschema.validate(result.structured_content, schemas[tool])
    assert result.content[0].text.strip()
    return result.structured_content


async def refused(client: Any, tool: str, **arguments: Any) -> str:
    """Call a tool that must fail and return its one line."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    (content,) = result.content
    assert "\n" not in content.text
    assert "Traceback" not in content.text
    return str(content.text)


def test_the_tools_describe_themselves(rung: Any) -> None:
    """Every fact with its allowed values and one plain sentence, every result with its schema."""

    async def use(client: Any) -> Any:
        assert client.server_info.name == "rung"
        assert "Leave out what is not known" in client.instructions
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in over_streams(rung, use)}
    assert list(tools) == TOOLS
    for tool in tools.values():
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.output_schema["type"] == "object"
        assert tool.description
    facts = tools["check_rules"].input_schema["$defs"]["Facts"]["properties"]
    listed = json.loads(rung("facts", "--list", "--json").out)
    assert list(facts) == [spec["name"] for spec in listed]
    assert all(fact["description"].strip() for fact in facts.values())
    assert facts["problem_kind"]["enum"] == ["knowledge", "behaviour", "format", "cost_latency", "mixed"]
    assert facts["knowledge_change_days"]["minimum"] == 0


def test_the_rules_decide_as_on_the_command_line(rung: Any) -> None:
    """Same facts, same digest; a what-if returns a second verdict beside the first."""

    async def use(client: Any) -> Any:
        plain = await given(client, "check_rules", facts=WIKI)
        changed = await given(
            client, "check_rules", facts={**WIKI, "evals_exist": None}, what_if={"evals_exist": False}
        )
        return plain, changed

    plain, changed = over_streams(rung, use)
    lines = "".join(f"  {name}: {json.dumps(value)}\n" for name, value in WIKI.items())
    rung.write("case.yaml", f"facts:\n{lines}")
    typed = json.loads(rung("check", "case.yaml", "--json").out)
    assert plain["verdict"] == typed
    assert plain["what_if"] is None
    assert changed["verdict"] == typed
    assert changed["what_if"]["digest"] != typed["digest"]


def test_an_answer_and_its_passages_can_be_followed(indexed: Any) -> None:
    """From a described case to facts, verdict, citations and the words behind one of them."""

    async def use(client: Any) -> Any:
        answer = await given(client, "ask", text=CASE)
        read = await given(client, "read_facts", text=CASE)
        checked = await given(client, "check_rules", facts={n: f["value"] for n, f in read["facts"].items()})
        found = await given(client, "retrieve_guidance", query="how often does knowledge change", k=3)
        passage = await given(client, "passage", id=answer["citations"][0]["passage"])
        return answer, checked, found, passage

    answer, checked, found, passage = over_streams(indexed, use)
    assert answer["schema"] == "rung.answer/1"
    assert answer["verdict"]["digest"] == checked["verdict"]["digest"]
    assert len(found["passages"]) == 3
    assert passage["text"] == answer["citations"][0]["quote"]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("check_rules", {"facts": {"labeled_examples": 5}}, "did you mean labelled_examples?"),
        ("check_rules", {"facts": {"problem_kind": "speed"}}, "one of knowledge, behaviour"),
        ("check_rules", {"facts": {"labelled_examples": -5}}, "a whole number"),
        ("check_rules", {"facts": {"labelled_examples": [5]}}, "wrong arguments"),
        ("check_rules", {}, "missing required field `facts`"),
        ("check_rules", {"facts": {}, "verdict": "fine_tuning"}, "unknown field `verdict`"),
        ("ask", {"text": " \n"}, "there is no text to read"),
        ("ask", {"text": "x" * 20_001}, "longer than 20,000 characters"),
        ("read_facts", {"text": 5}, "Expected `str`"),
        ("retrieve_guidance", {"query": "x", "k": 0}, "choose 1 to 50"),
        ("passage", {"id": "no-source#nothing"}, "there is no passage"),
        ("delete_everything", {}, "there is no tool 'delete_everything'"),
    ],
)
def test_bad_arguments_get_one_clear_line(tool: str, arguments: dict[str, Any], words: str, tools: Any) -> None:
    """A model can act on it: what was wrong, and what is allowed."""
    from mcp.client import Client

    from agent.entrypoints.mcp_server import build_server

    async def go() -> str:
        async with Client(build_server(tools)) as client:
            return await refused(client, tool, **arguments)

    assert words in asyncio.run(go())


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tools over folders that do not exist, without any index."""
    from agent.entrypoints.mcp_tools import Parts, build_tools
    from agent.settings import Settings

    folder = tmp_path_factory.mktemp("mcp")
    return build_tools(Parts(Settings(home=folder / "home", cache=folder / "cache"), [], notify=print))


def test_nothing_but_the_protocol_goes_to_stdout(rung: Any) -> None:
    """Each line is a message, also where the client sends rubbish; the server ends with its input."""
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
    hello["params"] = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    outcome = rung("mcp", stdin=json.dumps(hello).encode() + b"\nthis is no message\n", seconds=60)
    assert outcome.code == 0, outcome
    messages = [json.loads(line) for line in outcome.out.splitlines()]
    assert any(message.get("id") == 1 for message in messages)
    assert all(message["jsonrpc"] == "2.0" for message in messages)


def test_ctrl_c_stops_the_streams_at_once(rung: Any) -> None:
    """Also while the client keeps the input open."""
    process = rung.start("mcp", stdin=subprocess.PIPE)
    hello = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    process.stdin.write(hello)
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) in (130, -signal.SIGINT)
    assert b"Traceback" not in process.stderr.read()


@pytest.fixture
def served(rung: Any) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The command on a free port of this machine, and its address as it printed it."""
    process = rung.start("mcp", "--http", "127.0.0.1:0")
    try:
        assert select.select([process.stderr], [], [], 60)[0], "nothing was printed"
        line = process.stderr.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:\d+/mcp", line)
        assert found, line
        yield found[0], process
    finally:
        process.kill()
        process.wait(20)


def test_many_clients_are_served_over_http(served: Any, rung: Any) -> None:
    """Three at once, the same verdict each; then the server stops when it is told to."""
    from mcp.client import Client

    address, process = served

    async def one() -> Any:
        async with Client(address) as client:
            return (await given(client, "check_rules", facts=WIKI))["verdict"]["digest"]

    async def go() -> list[Any]:
        return list(await asyncio.gather(one(), one(), one()))

    digests = asyncio.run(asyncio.wait_for(go(), 60))
    assert len(set(digests)) == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in (0, -signal.SIGTERM)


def test_a_page_of_another_site_cannot_use_the_server(served: Any) -> None:
    """A browser tricked into calling this machine by another name, or from another origin, is refused."""
    import httpx

    address, _ = served
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert httpx.post(address, json=body, headers={**accept, **headers}).status_code in (403, 421)


def test_an_address_that_is_taken_is_said_in_a_line(rung: Any, refuses: Any) -> None:
    """Before anything is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refuses(rung("mcp", "--http", f"127.0.0.1:{port}"), 1, f"cannot listen on 127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("text", "address"),
    [("8765", ("127.0.0.1", 8765)), (":8765", ("127.0.0.1", 8765)), ("[::1]:80", ("::1", 80))],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    """Without a host, only this machine can reach it."""
    assert read_address(text) == address


@pytest.mark.parametrize("text", ["", "localhost", "127.0.0.1:99999", "http://127.0.0.1:80"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(UsageError, match="is no address"):
        read_address(text)


def test_without_the_extra_the_command_says_what_to_install(rung: Any, refuses: Any) -> None:
    """The package is an extra; nobody sees an ImportError."""
    hidden = rung.folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'mcp' else find(name, *rest)\n"
    )
    path = os.pathsep.join([str(hidden)])
    refuses(rung("mcp", env={"PYTHONPATH": path}), 1, 'pip install "rung[mcp]"')

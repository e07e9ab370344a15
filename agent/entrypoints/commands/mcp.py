"""`rung mcp`: the same tools for other agents, over standard streams or HTTP."""

from __future__ import annotations

import argparse
import re
from importlib.util import find_spec

from agent.entrypoints.terminal import notify
from agent.errors import SettingsError, UsageError
from agent.settings import load_settings

_ADDRESS = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:.]+\]|[\w.-]*):)?(?P<port>\d{1,5})")
LOOPBACK = "127.0.0.1"


def serve(arguments: argparse.Namespace) -> int:
    """Serve until the client leaves or somebody stops it."""
    address = read_address(arguments.http) if arguments.http is not None else None
    if find_spec("mcp") is None:
        raise SettingsError("the MCP server needs packages that are not installed", hint='pip install "rung[mcp]"')
    from agent.entrypoints.mcp_server import serve_http, serve_streams
    from agent.entrypoints.mcp_tools import Parts, build_tools

    tools = build_tools(Parts(load_settings(), arguments.rules, notify=notify))
    if address is None:
        serve_streams(tools)
    else:
        serve_http(tools, host=address[0], port=address[1])
    return 0


def read_address(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`, `:PORT` or `PORT`; without a host, only this machine can reach it."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > 65535:
        raise UsageError(f"{text[:60]!r} is no address", hint="for example: --http 127.0.0.1:8765")
    return (match["host"] or LOOPBACK).strip("[]"), int(match["port"])

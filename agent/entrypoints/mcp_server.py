"""The MCP server: speaks the protocol over standard streams or HTTP, and hands each call to `mcp_tools`.

The only module that knows the MCP library, which is an extra and takes a second and a half to load: hence the imports
inside the functions.
"""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from agent.entrypoints.mcp_tools import INSTRUCTIONS, Result, Tool, call
from agent.entrypoints.terminal import notify
from agent.errors import RungError, SettingsError
from agent.text import printable

if TYPE_CHECKING:
    from mcp import types
    from mcp.server.lowlevel import Server

PATH = "/mcp"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS_TO_FINISH = 3
"""How long calls in progress may go on after the server was told to stop."""


def build_server(tools: Mapping[str, Tool]) -> Server[Any]:
    """Return a server that lists and runs these tools and nothing else."""
    from anyio import to_thread
    from mcp import types
    from mcp.server.lowlevel import Server

    listed = [_described(tool) for tool in tools.values()]

    async def list_tools(_context: Any, _parameters: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(_context: Any, parameters: types.CallToolRequestParams) -> types.CallToolResult:
        # In a thread: an answer takes a good part of a second, and other calls need not wait for it.
        return await to_thread.run_sync(_called, tools, parameters.name, parameters.arguments or {})

    return Server(
        "rung",
        version=version("rung"),
        title="Rung",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _described(tool: Tool) -> types.Tool:
    from mcp import types

    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def _called(tools: Mapping[str, Tool], name: str, arguments: Mapping[str, Any]) -> types.CallToolResult:
    """Run one call; whatever goes wrong becomes one line that the calling model can act on."""
    try:
        result = call(tools, name, arguments)
    except RungError as error:
        return _failed(str(error))
    except Exception as error:
        notify(f"{name}: something went wrong inside ({type(error).__name__}: {error})")
        return _failed(f"something went wrong inside ({type(error).__name__}); this is a fault of rung")
    return _succeeded(result)


def _succeeded(result: Result) -> types.CallToolResult:
    from mcp import types

    content = [types.TextContent(type="text", text=printable(result.text))]
    return types.CallToolResult(content=content, structured_content=msgspec.to_builtins(result.data))


def _failed(line: str) -> types.CallToolResult:
    from mcp import types

    content = [types.TextContent(type="text", text=printable(" ".join(line.split())))]
    return types.CallToolResult(content=content, is_error=True)


def serve_streams(tools: Mapping[str, Tool]) -> None:
    """Serve one client over standard input and output until it closes them; stdout belongs to the protocol."""
    import anyio
    from mcp.server.stdio import stdio_server

    _quiet()
    # The thread that waits for input cannot be interrupted, so Ctrl-C ends the process itself; it keeps nothing open.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = build_server(tools)

    async def serve() -> None:
        async with stdio_server() as (reads, writes):
            await server.run(reads, writes, server.create_initialization_options())

    anyio.run(serve)


def serve_http(tools: Mapping[str, Tool], *, host: str, port: int) -> None:
    """Serve any number of clients over HTTP at `/mcp` until stopped; port 0 takes a free one, which is printed."""
    import uvicorn

    _quiet()
    listening = _listen(host, port)
    app = build_server(tools).streamable_http_app(streamable_http_path=PATH, host=host)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=SECONDS_TO_FINISH, lifespan="on"
    )
    shown = f"[{host}]" if ":" in host else host
    notify(f"MCP server on http://{shown}:{listening.getsockname()[1]}{PATH}; Ctrl-C stops it")
    if host not in LOOPBACK:
        notify("it asks for no password: whoever reaches this address can use it")
    with listening:
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Open the address at once, so that one that is taken or not ours is said before anything is served."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"cannot listen on {host}:{port}: {reason}", hint="choose another address") from error


def _quiet() -> None:
    """Let the protocol library speak on stderr, and only of errors."""
    logging.basicConfig(level=logging.ERROR, format="rung: %(name)s: %(message)s")

"""One place that builds the client, and what is known of each server: which parts of the protocol it understands.

What a server refused once is not sent again; the knowledge outlives the process in a small file of the cache.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from agent.settings import OPENAI_URL, ModelSettings

Structure = Literal["json_schema", "tool", "prompt"]
STRUCTURES: tuple[Structure, ...] = ("json_schema", "tool", "prompt")
"""Ways of asking for typed output, strictest first."""
PLACEHOLDER_KEY = "not-needed"
"""The client refuses to start without a key; local servers need none."""
LOCK_SECONDS = 2.0


class Wire(Struct, frozen=True):
    """What a server understands of the protocol; everything until it says otherwise."""

    streams: bool = True
    counts_streams: bool = True
    """Whether it takes `stream_options`, which asks for the token counts of a stream."""
    takes_temperature: bool = True
    takes_limit: bool = True
    takes_tools: bool = True
    structure: Structure = "json_schema"

    def without(self, complaint: str) -> Wire | None:
        """Return what is left after a refusal, going by what it names; None where it names nothing known."""
        for pattern, field in _REFUSED:
            if getattr(self, field) and re.search(pattern, complaint, re.IGNORECASE):
                changes: dict[str, Any] = {field: False}
                return msgspec.structs.replace(self, **changes)
        return None


_REFUSED = (
    (r"stream_options|include_usage", "counts_streams"),
    (r"temperature", "takes_temperature"),
    (r"max_completion_tokens|max_tokens", "takes_limit"),
    (r"\btools?\b|tool_choice|function.?call", "takes_tools"),
    (r"stream", "streams"),
)


class Memory:
    """Remembers across runs what each endpoint understands, and counts what became of the model's drafts."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: dict[str, dict[str, Any]] = _read(path)

    def wire(self, settings: ModelSettings) -> Wire:
        """Return what is known of the endpoint."""
        with suppress(msgspec.ValidationError):
            return msgspec.convert(self._kept.get("endpoints", {}).get(_name(settings), {}), Wire)
        return Wire()

    def learn(self, settings: ModelSettings, wire: Wire) -> None:
        """Keep what an endpoint turned out to understand."""
        if wire != self.wire(settings):
            self._change(lambda kept: kept.setdefault("endpoints", {}).update({_name(settings): _plain(wire)}))

    def count(self, outcome: str) -> None:
        """Count one more outcome of this name."""
        self._change(lambda kept: _add_one(kept.setdefault("counts", {}), outcome))

    @property
    def counts(self) -> dict[str, int]:
        """How often each outcome was seen on this machine."""
        return {name: int(number) for name, number in self._kept.get("counts", {}).items()}

    def _change(self, change: Any) -> None:
        """Apply a change to the file as it stands now; a disk that refuses costs the memory, not the answer."""
        if self._path is None:
            change(self._kept)
            return
        with suppress(OSError, Timeout):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock", timeout=LOCK_SECONDS):
                self._kept = _read(self._path)
                change(self._kept)
                fresh = self._path.with_suffix(".new")
                fresh.write_bytes(msgspec.json.encode(self._kept))
                fresh.replace(self._path)


def _read(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None:
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, Any]])
    except (OSError, msgspec.MsgspecError):
        return {}


def _plain(wire: Wire) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(wire)
    return plain


def _add_one(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _name(settings: ModelSettings) -> str:
    return f"{settings.model} at {settings.base_url}"


def host_of(settings: ModelSettings) -> str:
    """Return the host and port that a model is asked at."""
    return urlsplit(settings.base_url).netloc


def lacks_key(settings: ModelSettings) -> bool:
    """Tell whether the call is bound to be refused: OpenAI's own host takes nobody without a key."""
    return settings.api_key is None and host_of(settings) == urlsplit(OPENAI_URL).netloc


def chat_model(settings: ModelSettings, wire: Wire, *, listen: Callable[[str], None] | None = None) -> Any:
    """Return LangChain's chat model for an endpoint; it makes each call once, repeating is `calls`'s business.

    `listen` hears a streamed reply piece by piece.
    """
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key.reveal() if settings.api_key else PLACEHOLDER_KEY,
        # Some model names switch the client to an API that most compatible servers do not have.
        use_responses_api=False,
        streaming=wire.streams,
        stream_usage=wire.counts_streams,
        temperature=settings.temperature if wire.takes_temperature else None,
        max_tokens=settings.reply_tokens if wire.takes_limit else None,
        timeout=settings.timeout_seconds,
        stream_chunk_timeout=settings.timeout_seconds,
        max_retries=0,
        callbacks=[_ear(listen)] if listen is not None and wire.streams else None,
    )


def _ear(listen: Callable[[str], None]) -> Any:
    from langchain_core.callbacks import AsyncCallbackHandler

    class Ear(AsyncCallbackHandler):  # type: ignore[misc, unused-ignore]
        async def on_llm_new_token(self, token: Any, **_: Any) -> None:
            if isinstance(token, str) and token:
                listen(token)

    return Ear()

"""What can go wrong with a language model, in one line each: the vendor's exceptions end here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from time import time

from msgspec import Struct

from agent.errors import ModelError
from agent.llm.endpoint import host_of
from agent.settings import ModelSettings
from agent.text import printable

COMPLAINT_AT_MOST = 200


class Fault(Struct, frozen=True):
    """Why a call brought no usable reply."""

    line: str
    hint: str = ""
    is_passing: bool = False
    """Whether the same call may succeed a little later."""
    wait_seconds: float | None = None
    """How long the server asked to wait."""
    complaint: str = ""
    """The server's own words about a request it refused."""

    @property
    def error(self) -> ModelError:
        """The fault as an error to raise."""
        return ModelError(self.line, hint=self.hint)


def fault_of(error: BaseException, settings: ModelSettings) -> Fault:
    """Say what an exception means and whether to try again."""
    if isinstance(error, ModelError):
        return Fault(error.message, error.hint)
    host = host_of(settings)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _refusal(error, status, settings)
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Fault(f"the name {host} cannot be resolved", "check the base URL and the network")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Fault(f"nothing listens at {host}", "start the server, or correct the base URL")
    names = " ".join(type(cause).__name__ for cause in causes)
    if "Timeout" in names:
        return Fault(f"{host} sent nothing for {settings.timeout_seconds:g} s", "raise RUNG_MODEL_TIMEOUT", True)
    if "CallLimitExceeded" in names or "Recursion" in names:
        return Fault("the model called tools without end", "the limits are RUNG_MODEL_STEPS and RUNG_MODEL_TOOL_CALLS")
    if any(word in names for word in ("Connect", "Protocol", "ReadError", "WriteError", "SSL")):
        return Fault(f"the connection to {host} broke", "check the network", True)
    words = _words(error, settings)
    return Fault(f"{host} sent what is no chat completion ({type(error).__name__})", words, complaint=words)


def _refusal(error: BaseException, status: int, settings: ModelSettings) -> Fault:
    host, words = host_of(settings), _words(error, settings)
    if status in (401, 403):
        return Fault(f"{host} refused the key (HTTP {status})", "check RUNG_API_KEY, or OPENAI_API_KEY")
    if status == 404:
        return Fault(f"{host} knows no model {settings.model!r} at this URL (HTTP 404)", "check name and base URL")
    if status == 429:
        is_passing = "quota" not in words
        return Fault(
            f"{host} is asked too much (HTTP 429)", "wait, or check the quota", is_passing, _retry_after(error)
        )
    if status in (408, 409) or status >= 500:
        return Fault(f"{host} failed (HTTP {status})", "try again later", True, _retry_after(error), words)
    return Fault(f"{host} refused the request (HTTP {status})", words, complaint=words)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and what it came from, through groups too."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, *getattr(current, "exceptions", ())]


def _words(error: BaseException, settings: ModelSettings) -> str:
    """Return the message on one line, cut, and without the key in case the server repeats it."""
    words = " ".join(printable(str(error)).split())
    if settings.api_key:
        words = words.replace(settings.api_key.reveal(), "…")
    return words[:COMPLAINT_AT_MOST]


def _retry_after(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    raw = headers.get("retry-after") or ""
    try:
        return max(0.0, float(raw))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(raw).timestamp() - time())
    except (TypeError, ValueError):
        return None

"""Fetches one document from the web when the user names its address: bounded in time, size, redirects and schemes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from agent.addresses import without_user
from agent.errors import CorpusError, UsageError

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 20.0
MAX_BYTES = 20 * 1024 * 1024
MAX_REDIRECTS = 5

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
}
_UNTYPED = ("", "application/octet-stream", "binary/octet-stream")


class Download(Struct, frozen=True):
    """A document as the web gave it."""

    data: bytes
    suffix: str
    """The file suffix that fits its content type."""
    charset: str


def is_url(target: str) -> bool:
    """Whether the user means an address rather than a path."""
    return "://" in target


def download(url: str) -> Download:
    """Return what stands at an http(s) address; UsageError for the address, CorpusError for what came back."""
    shown = without_user(url)
    _check(url, shown)
    try:
        import httpx
    except ImportError as error:
        raise CorpusError(f"{shown}: addresses cannot be fetched yet", hint="pip install httpx") from error
    headers = {"User-Agent": "rung", "Accept": "text/html, text/markdown, text/plain, application/pdf"}
    try:
        with (
            httpx.Client(
                follow_redirects=True, max_redirects=MAX_REDIRECTS, timeout=TIMEOUT_SECONDS, headers=headers
            ) as client,
            client.stream("GET", url) as response,
        ):
            return _received(shown, response, until=time.monotonic() + TIMEOUT_SECONDS)
    except httpx.TooManyRedirects as error:
        raise CorpusError(f"{shown}: more than {MAX_REDIRECTS} redirects", hint="use the final address") from error
    except httpx.TimeoutException as error:
        raise CorpusError(f"{shown}: no answer within {TIMEOUT_SECONDS:g} s", hint="try again later") from error
    except httpx.UnsupportedProtocol as error:
        raise CorpusError(f"{shown}: redirects away from http(s)", hint="use the final address") from error
    except httpx.InvalidURL as error:  # which quotes what it stumbles over, and that may be of the password
        raise UsageError(f"{shown}: not an address", hint="write what is special in a password as %xx") from error
    except httpx.HTTPError as error:
        raise CorpusError(f"{shown}: cannot be fetched: {error}", hint="check the address and the network") from error


def _check(url: str, shown: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{shown}: not an address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{shown}: only http and https addresses can be added")


def _received(shown: str, response: httpx.Response, *, until: float) -> Download:
    if response.status_code != 200:
        reason = f"{response.status_code} {response.reason_phrase}".strip()
        raise CorpusError(f"{shown}: the server answers {reason}", hint="check the address")
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = _SUFFIXES.get(content_type, "")
    if not suffix and content_type not in _UNTYPED:
        raise CorpusError(f"{shown}: {content_type} cannot be read", hint="HTML, PDF, Markdown or plain text can")
    data = bytearray()
    for piece in response.iter_bytes():
        data += piece
        if len(data) > MAX_BYTES:
            raise CorpusError(f"{shown}: over the limit of {MAX_BYTES // 2**20} MB", hint="save it and split it")
        if time.monotonic() > until:
            raise CorpusError(f"{shown}: not received in time", hint="try again later, or save it and add the file")
    path = str(response.url.path)
    if not suffix or (suffix == ".txt" and path.endswith((".md", ".markdown"))):
        suffix = "." + path.rpartition("/")[2].rpartition(".")[2] if "." in path.rpartition("/")[2] else ".txt"
    return Download(bytes(data), suffix, response.charset_encoding or "")

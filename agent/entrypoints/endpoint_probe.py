"""One small real request to a model's endpoint: its list of models, or a reply of one token where it has no list.

By the standard library alone, so that it works without the packages of a language model. A key goes to the host that it
was set for and is not sent on when that host points elsewhere.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from agent.settings import ModelSettings

SECONDS = 5.0
BYTES_AT_MOST = 5_000_000


class Problem(Exception):
    """Why the endpoint cannot be used, in words."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows nobody: the key would go along."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_StayHere)


def ask_models(model: ModelSettings) -> str:
    """Return what the endpoint says of the model; Problem where it refuses, does not answer or has no such model."""
    status, body = _request(model, "/models")
    if status in (404, 405, 501):
        return _one_token(model)
    _refuse(status, body)
    names = _names(body)
    if names is None:
        return _one_token(model)
    if model.model not in names:
        raise Problem(f"it answers, but has no such model among its {len(names)}", _nearest(model.model, names))
    return "it answers and has the model"


def _one_token(model: ModelSettings) -> str:
    """Ask for a reply of one token; costs next to nothing."""
    data = {"model": model.model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
    status, body = _request(model, "/chat/completions", data)
    _refuse(status, body)
    if not isinstance(_json(body), dict) or not _json(body).get("choices"):
        raise Problem("it answers, but not as a chat model does", "check the URL; it usually ends in /v1")
    return "it has no list of models, and replies"


def _refuse(status: int, body: bytes) -> None:
    if status in (401, 403):
        raise Problem(f"it refuses the key (HTTP {status})", "check RUNG_API_KEY")
    if 300 <= status < 400:
        raise Problem(f"it points elsewhere (HTTP {status})", "give the URL it points to")
    if status == 429:
        raise Problem("it answers, but has no capacity or credit left (HTTP 429)", "try later or check the account")
    if status != 200:
        said = _json(body)
        error = said.get("error") if isinstance(said, dict) else None
        words = error.get("message", "") if isinstance(error, dict) else ""
        raise Problem(f"it answers HTTP {status} {str(words)[:120]}".strip(), "check the URL and the model's name")


def _request(model: ModelSettings, path: str, data: Any = None) -> tuple[int, bytes]:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if model.api_key:
        headers["Authorization"] = f"Bearer {model.api_key.reveal()}"
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(f"{model.base_url}{path}", data=body, headers=headers)  # noqa: S310 - http(s) by the settings
    try:
        with _OPENER.open(request, timeout=min(SECONDS, model.timeout_seconds)) as reply:
            return int(reply.status), reply.read(BYTES_AT_MOST)
    except urllib.error.HTTPError as error:
        return error.code, error.read(BYTES_AT_MOST)
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise Problem(f"it does not answer ({reason})", "is the server running, and RUNG_BASE_URL right?") from error
    except (OSError, ValueError) as error:
        raise Problem(f"it does not answer ({error})", "is the server running, and RUNG_BASE_URL right?") from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _names(body: bytes) -> frozenset[str] | None:
    """Return the ids of a list of models; None where it is no such list."""
    found = _json(body)
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows:
        return None
    return frozenset(str(row.get("id")) for row in rows if isinstance(row, dict))


def _nearest(name: str, names: frozenset[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=3, cutoff=0.4) or sorted(names)[:3]
    return f"it has {', '.join(near)}{' …' if len(names) > len(near) else ''}"

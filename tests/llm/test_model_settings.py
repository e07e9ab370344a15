"""Which model is asked where, with which key: nothing goes anywhere that was not named for it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agent.errors import SettingsError
from agent.settings import OPENAI_URL, ModelSettings, Secret, load_settings

FOLDERS = {"RUNG_HOME": "home", "RUNG_CACHE": "cache"}
LOCAL = "http://127.0.0.1:8000/v1"


def model(role: str = "read", **environment: str) -> ModelSettings | None:
    """Return the model of a role under an environment."""
    settings = load_settings({**FOLDERS, **environment})
    return settings.read_model if role == "read" else settings.write_model


def where(found: ModelSettings | None) -> tuple[str, str, str | None] | None:
    """Return model, URL and key in the open."""
    return found and (found.model, found.base_url, found.api_key.reveal() if found.api_key else None)


ENDPOINTS: list[tuple[dict[str, str], Any]] = [
    ({}, None),
    ({"OPENAI_API_KEY": "o", "OPENAI_BASE_URL": LOCAL}, None),
    ({"RUNG_API_KEY": "k", "RUNG_BASE_URL": LOCAL}, None),
    ({"RUNG_MODEL": "m", "OPENAI_API_KEY": "o"}, ("m", OPENAI_URL, "o")),
    ({"RUNG_MODEL": "m", "OPENAI_API_KEY": "o", "OPENAI_BASE_URL": LOCAL}, ("m", LOCAL, "o")),
    ({"RUNG_MODEL": "m", "RUNG_API_KEY": "k", "OPENAI_API_KEY": "o"}, ("m", OPENAI_URL, "k")),
    ({"RUNG_MODEL": "m", "RUNG_BASE_URL": LOCAL + "/", "OPENAI_API_KEY": "o"}, ("m", LOCAL, None)),
    ({"RUNG_MODEL": "m", "RUNG_BASE_URL": LOCAL, "RUNG_API_KEY": "k"}, ("m", LOCAL, "k")),
    ({"RUNG_MODEL": "m", "RUNG_API_KEY": "k", "RUNG_READ_BASE_URL": "http://other/v1"}, ("m", "http://other/v1", None)),
    (
        {"RUNG_MODEL": "m", "RUNG_BASE_URL": "https://h/v1", "RUNG_API_KEY": "k", "RUNG_READ_BASE_URL": "http://h/v1"},
        ("m", "http://h/v1", None),
    ),
    ({"RUNG_MODEL": "m", "RUNG_READ_MODEL": "r", "RUNG_READ_API_KEY": "rk"}, ("r", OPENAI_URL, "rk")),
    ({"RUNG_MODEL": "m", "RUNG_READ_MODEL": "off"}, None),
    ({"RUNG_WRITE_MODEL": "w"}, None),
    ({"RUNG_MODEL": "m", "RUNG_BASE_URL": f"{LOCAL}/chat/completions"}, ("m", LOCAL, None)),
]


@pytest.mark.parametrize(
    ("environment", "expected"), ENDPOINTS, ids=lambda value: " ".join(value) if isinstance(value, dict) else ""
)
def test_a_key_goes_only_to_the_host_it_was_set_for(environment: dict[str, str], expected: Any) -> None:
    """And without a named model nothing is asked, whatever keys are set."""
    assert where(model(**environment)) == expected


def test_a_secret_never_shows() -> None:
    """Not in a repr, not in a message, not in JSON."""
    settings = load_settings({**FOLDERS, "RUNG_MODEL": "m", "RUNG_API_KEY": "sk-secret"})
    assert "sk-secret" not in f"{settings!r} {settings} {Secret('sk-secret')}"
    with pytest.raises(TypeError):
        msgspec.json.encode(settings.read_model)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RUNG_BASE_URL", "localhost:8000"),
        ("RUNG_BASE_URL", "http://user:pass@host/v1"),
        ("RUNG_MODEL_TIMEOUT", "soon"),
        ("RUNG_MODEL_STEPS", "0"),
        ("RUNG_MODEL_TEMPERATURE", "3"),
    ],
)
def test_what_cannot_be_used_is_named(variable: str, value: str) -> None:
    """With a hint, and never with a password."""
    with pytest.raises(SettingsError, match=variable) as caught:
        model(**{"RUNG_MODEL": "m", variable: value})
    assert caught.value.hint
    assert "pass@" not in str(caught.value)

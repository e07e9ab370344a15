"""The only reader of environment variables: where Rung keeps things and which encoder and store it uses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from agent.errors import SettingsError


class Settings(Struct, frozen=True):
    """Everything an operator can set; every field has a default in code."""

    home: Path
    """Added documents, attached originals: worth a backup."""
    cache: Path
    """The index: can be deleted at any time and is built anew."""
    encoder: str = "default"
    """A sentence-transformers model name or path; "default" is the packaged MiniLM."""
    chroma_url: str | None = None
    """A Chroma server to use as the store instead of the embedded one."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `RUNG_HOME`, `RUNG_CACHE`, `RUNG_ENCODER` and `RUNG_CHROMA_URL`; defaults follow the platform."""
    environ = os.environ if environ is None else environ
    chroma_url = environ.get("RUNG_CHROMA_URL") or None
    if chroma_url is not None and not chroma_url.startswith(("http://", "https://")):
        raise SettingsError(f"RUNG_CHROMA_URL is {chroma_url!r}", hint="give a URL such as http://127.0.0.1:8000")
    return Settings(
        home=_folder(environ, "RUNG_HOME", "data"),
        cache=_folder(environ, "RUNG_CACHE", "cache"),
        encoder=environ.get("RUNG_ENCODER") or "default",
        chroma_url=chroma_url,
    )


def _folder(environ: Mapping[str, str], variable: str, kind: str) -> Path:
    if environ.get(variable):
        return Path(environ[variable]).expanduser().absolute()
    # platformdirs reads the environment and the platform's conventions; imported late, for a quick start.
    from platformdirs import user_cache_path, user_data_path

    try:
        return user_data_path("rung", appauthor=False) if kind == "data" else user_cache_path("rung", appauthor=False)
    except (OSError, RuntimeError) as error:
        raise SettingsError("no home folder for this user", hint=f"set {variable}") from error

"""The only reader of environment variables: where Rung keeps things and which encoder and store it uses.

Also sees to it that the libraries behind an encoder reach for the network only where a model has to be fetched.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

from msgspec import Struct

from agent.errors import SettingsError

DEFAULT_ENCODER = "default"
HUB = "https://huggingface.co"
HUB_SECONDS = 3.0
"""How long to wait for the model hub before saying that there is no network; the hub's own client tries for minutes."""
_ENCODER_HINT = "name a sentence-transformers model or the folder of one, or leave RUNG_ENCODER out"
_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)?")
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class Settings(Struct, frozen=True):
    """Everything an operator can set; every field has a default in code."""

    home: Path
    """Added documents, attached originals: worth a backup."""
    cache: Path
    """The index: can be deleted at any time and is built anew."""
    encoder: str = DEFAULT_ENCODER
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
        encoder=environ.get("RUNG_ENCODER") or DEFAULT_ENCODER,
        chroma_url=chroma_url,
    )


def _folder(environ: Mapping[str, str], variable: str, kind: str) -> Path:
    if environ.get(variable):
        try:
            return Path(environ[variable]).expanduser().absolute()
        except (OSError, RuntimeError) as error:  # a user that does not exist, a working folder that is gone
            raise SettingsError(f"{variable}: {error}", hint="give the whole path of a folder") from error
    # platformdirs reads the environment and the platform's conventions; imported late, for a quick start.
    from platformdirs import user_cache_path, user_data_path

    try:
        return user_data_path("rung", appauthor=False) if kind == "data" else user_cache_path("rung", appauthor=False)
    except (OSError, RuntimeError) as error:
        raise SettingsError("no home folder for this user", hint=f"set {variable}") from error


def prepare_encoder(name: str) -> None:
    """Keep a model that is on this machine off the network; SettingsError at once where it must be fetched and cannot.

    To be called before anything imports huggingface_hub, which reads these variables once.
    """
    if name == DEFAULT_ENCODER:
        return
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if Path(name).is_dir() and not any((Path(name) / file).is_file() for file in ("modules.json", "config.json")):
        raise SettingsError(f"RUNG_ENCODER: the folder {name!r} holds no model", hint=_ENCODER_HINT)
    if Path(name).is_dir() or _is_downloaded(name):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        return
    if not _REPOSITORY.fullmatch(name):
        raise SettingsError(f"RUNG_ENCODER: there is no folder {name!r}", hint=_ENCODER_HINT)
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on") or not _is_hub_reachable():
        raise SettingsError(
            f"RUNG_ENCODER: {name!r} is not on this machine, and there is no network", hint=_ENCODER_HINT
        )


def _is_downloaded(name: str) -> bool:
    """Tell whether the hub's cache holds the model's settings and weights; a download cut short does not count."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    caches = [
        Path(os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or base, "hub")),
        Path(os.environ.get("SENTENCE_TRANSFORMERS_HOME") or base),
    ]
    folders = [f"models--{full.replace('/', '--')}" for full in (name, f"sentence-transformers/{name}")]
    snapshots = [
        snapshot
        for cache in caches
        for folder in folders
        for snapshot in cache.expanduser().joinpath(folder, "snapshots").glob("*")
    ]
    return any(
        (snapshot / "config.json").is_file() and any(list(snapshot.glob(pattern)) for pattern in _WEIGHTS)
        for snapshot in snapshots
    )


def _is_hub_reachable() -> bool:
    if any(os.environ.get(variable) for variable in _PROXIES):
        return True  # only the proxy knows
    parts = urlsplit(os.environ.get("HF_ENDPOINT") or HUB)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    reached = Event()

    def knock() -> None:
        with suppress(OSError, ValueError):
            socket.create_connection((parts.hostname or "", port), timeout=HUB_SECONDS).close()
            reached.set()

    # In a thread, because looking a name up has no timeout of its own.
    thread = Thread(target=knock, daemon=True)
    thread.start()
    thread.join(HUB_SECONDS)
    return reached.is_set()

"""The only reader of settings: where Rung keeps things, which encoder, store and language model it uses.

They are environment variables. The entry points look at three others themselves: COLUMNS and TERM, which say what a
terminal can show, and RUNG_DEBUG, which must be met where settings cannot be read. Also sees to it that the libraries
behind an encoder reach for the network only where a model has to be fetched.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from agent.addresses import without_user
from agent.errors import SettingsError
from agent.expressions import expression

DEFAULT_ENCODER = "default"
HUB = "https://huggingface.co"
HUB_SECONDS = 3.0
"""How long to wait for the model hub before saying that there is no network; the hub's own client tries for minutes."""
_ENCODER_HINT = "name a sentence-transformers model or the folder of one, or leave RUNG_ENCODER out"
_REPOSITORY = expression(r"[\w.-]+(/[\w.-]+)?")
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

OPENAI_URL = "https://api.openai.com/v1"
SLACK_URL = "https://slack.com/api/"
READER = ("RUNG_READ_MODEL", "RUNG_READ_BASE_URL", "RUNG_READ_API_KEY")
WRITER = ("RUNG_WRITE_MODEL", "RUNG_WRITE_BASE_URL", "RUNG_WRITE_API_KEY")
OFF = frozenset({"none", "off"})
"""What switches one role back to the offline way where `RUNG_MODEL` names a model for both."""


class Secret:
    """A value that never shows itself: not printed, not logged, not written as JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class ModelSettings(Struct, frozen=True):
    """A language model in one role, and what one turn of it may take."""

    model: str
    base_url: str = OPENAI_URL
    api_key: Secret | None = None
    timeout_seconds: float = 30.0
    """How long to wait for the next piece of a reply."""
    total_seconds: float = 120.0
    """How long the role may take in one turn, tools, retries and repair included."""
    retries: int = 2
    """How often a call is made again after 429, 5xx or a broken connection."""
    steps: int = 6
    """Model calls in one turn."""
    tool_calls: int = 8
    tokens: int = 60_000
    """Tokens in one turn, prompts and replies together."""
    reply_tokens: int = 2_000
    temperature: float | None = 0.0
    """None leaves it to the server, for models that allow one value only."""
    cost_usd: float | None = None
    """What one turn may cost by list price, where the price of the model is known."""


class SlackSettings(Struct, frozen=True):
    """What Slack's app page hands out; None where it is not set."""

    bot_token: Secret | None = None
    app_token: Secret | None = None
    """For Socket Mode."""
    signing_secret: Secret | None = None
    """For HTTP."""
    api_url: str = SLACK_URL


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
    database_url: str | None = None
    """Where conversations and the decision log are kept; None is a SQLite file in `home`."""
    read_model: ModelSettings | None = None
    """The language model that reads facts beside the offline reader; None reads offline."""
    write_model: ModelSettings | None = None
    """The language model that writes prose; None writes offline."""
    model_remarks: tuple[str, ...] = ()
    """What is set about models and has no effect, one line each."""
    slack: SlackSettings = SlackSettings()

    @property
    def history(self) -> Path:
        """The file of what was typed in the chat, for its arrow keys."""
        return self.home / "chat_history"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every variable that starts with `RUNG_`, and OpenAI's own names; SettingsError names the one at fault."""
    environ = os.environ if environ is None else environ
    chroma_url = environ.get("RUNG_CHROMA_URL") or None
    if chroma_url is not None and not chroma_url.startswith(("http://", "https://")):
        raise SettingsError(
            f"RUNG_CHROMA_URL is {without_user(chroma_url)!r}", hint="give a URL such as http://127.0.0.1:8000"
        )
    return Settings(
        home=_folder(environ, "RUNG_HOME", "data"),
        cache=cache_folder(environ),
        encoder=environ.get("RUNG_ENCODER") or DEFAULT_ENCODER,
        chroma_url=chroma_url,
        database_url=environ.get("RUNG_DATABASE_URL", "").strip() or None,
        read_model=_role_model(environ, READER),
        write_model=_role_model(environ, WRITER),
        model_remarks=tuple(_model_remarks(environ)),
        slack=_slack(environ),
    )


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Read where the cache is and nothing else; SettingsError where that cannot be told."""
    return _folder(os.environ if environ is None else environ, "RUNG_CACHE", "cache")


def _slack(environ: Mapping[str, str]) -> SlackSettings:
    """Read Slack's tokens; Slack's own names for them serve where ours are not set."""
    url = _base_url(environ, "RUNG_SLACK_API_URL")
    return SlackSettings(
        bot_token=_secret(environ, "RUNG_SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN"),
        app_token=_secret(environ, "RUNG_SLACK_APP_TOKEN", "SLACK_APP_TOKEN"),
        signing_secret=_secret(environ, "RUNG_SLACK_SIGNING_SECRET", "SLACK_SIGNING_SECRET"),
        api_url=f"{url}/" if url else SLACK_URL,
    )


def _secret(environ: Mapping[str, str], *variables: str) -> Secret | None:
    found = next((value for name in variables if (value := environ.get(name, "").strip())), "")
    return Secret(found) if found else None


def _role_model(environ: Mapping[str, str], role: tuple[str, str, str]) -> ModelSettings | None:
    """Return the model of a role; None unless one was named, so that a key alone never sends anything anywhere."""
    model = (environ.get(role[0]) or environ.get("RUNG_MODEL") or "").strip()
    if not model or model.lower() in OFF:
        return None
    base_url, api_key = _endpoint(environ, role)
    temperature = environ.get("RUNG_MODEL_TEMPERATURE", "0").strip().lower()
    return ModelSettings(
        model=model,
        base_url=base_url,
        api_key=api_key,
        timeout_seconds=_number(environ, "RUNG_MODEL_TIMEOUT", 30.0, 0.1, 3_600),
        total_seconds=_number(environ, "RUNG_MODEL_SECONDS", 120.0, 0.1, 36_000),
        retries=int(_number(environ, "RUNG_MODEL_RETRIES", 2, 0, 10)),
        steps=int(_number(environ, "RUNG_MODEL_STEPS", 6, 1, 100)),
        tool_calls=int(_number(environ, "RUNG_MODEL_TOOL_CALLS", 8, 0, 1_000)),
        tokens=int(_number(environ, "RUNG_MODEL_TOKENS", 60_000, 1_000, 10_000_000)),
        reply_tokens=int(_number(environ, "RUNG_MODEL_REPLY_TOKENS", 2_000, 50, 1_000_000)),
        temperature=None if temperature in OFF else _number(environ, "RUNG_MODEL_TEMPERATURE", 0.0, 0, 2),
        cost_usd=_number(environ, "RUNG_MODEL_COST", 0.0, 0, 1_000) or None,
    )


def _endpoint(environ: Mapping[str, str], role: tuple[str, str, str]) -> tuple[str, Secret | None]:
    """Return base URL and key of a role; a key goes only to the host it was set for."""
    ambient = _base_url(environ, "OPENAI_BASE_URL") or _base_url(environ, "OPENAI_API_BASE") or OPENAI_URL
    common = _base_url(environ, "RUNG_BASE_URL") or ambient
    chosen = _base_url(environ, role[1]) or common
    for home, variable in ((chosen, role[2]), (common, "RUNG_API_KEY"), (ambient, "OPENAI_API_KEY")):
        key = environ.get(variable, "").strip()
        if key and urlsplit(home)[:2] == urlsplit(chosen)[:2]:
            return chosen, Secret(key)
    return chosen, None


def _base_url(environ: Mapping[str, str], variable: str) -> str:
    url = environ.get(variable, "").strip().rstrip("/").removesuffix("/chat/completions")
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise SettingsError(f"{variable} is not a URL", hint="give one such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password:
        raise SettingsError(f"{variable} carries a password", hint="put the key into RUNG_API_KEY")
    return url


def _number(environ: Mapping[str, str], variable: str, default: float, low: float, high: float) -> float:
    raw = environ.get(variable, "").strip()
    try:
        number = float(raw) if raw else default
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise SettingsError(f"{variable} is {raw!r}", hint=f"give a number from {low:g} to {high:g}")
    return number


def _model_remarks(environ: Mapping[str, str]) -> list[str]:
    named = [variable for variable in ("RUNG_MODEL", "RUNG_READ_MODEL", "RUNG_WRITE_MODEL") if environ.get(variable)]
    idle = [variable for variable in ("RUNG_BASE_URL", "RUNG_API_KEY") if environ.get(variable)]
    return [f"{' and '.join(idle)} without RUNG_MODEL: no model is used"] if idle and not named else []


def _folder(environ: Mapping[str, str], variable: str, kind: str) -> Path:
    if environ.get(variable):
        try:
            return Path(environ[variable]).expanduser().absolute()
        except (OSError, RuntimeError) as error:  # a user that does not exist, a working folder that is gone
            raise SettingsError(f"{variable}: {error}", hint="give the whole path of a folder") from error
    plain = _plain_folder(environ, kind) if sys.platform == "linux" else None
    if plain is not None:
        return plain
    from platformdirs import user_cache_path, user_data_path  # here, since most do without

    try:
        return user_data_path("rung", appauthor=False) if kind == "data" else user_cache_path("rung", appauthor=False)
    except (OSError, RuntimeError) as error:
        raise SettingsError("no home folder for this user", hint=f"set {variable}") from error


def _plain_folder(environ: Mapping[str, str], kind: str) -> Path | None:
    """Return the folder as the desktop's convention has it, and platformdirs, which takes a twentieth of a check.

    None where the home folder is not plainly told, or the system is a telephone's.
    """
    variable, usual = ("XDG_DATA_HOME", ".local/share") if kind == "data" else ("XDG_CACHE_HOME", ".cache")
    base, home = environ.get(variable, ""), environ.get("HOME", "")
    if "ANDROID_ROOT" in environ or not home.startswith("/"):
        return None
    return Path(base, "rung") if base.startswith("/") else Path(home, usual, "rung")


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
    import socket  # here, as only a model that has to be fetched needs them
    from threading import Event, Thread

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

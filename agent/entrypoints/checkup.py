"""What works on this machine and what does not: each part tried for real, cheaply, and told in one line.

Owns the checks of `rung doctor`. Builds nothing, changes nothing but a probe file it takes away again, and never shows
a key.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from msgspec import Struct

from agent.addresses import without_user
from agent.bootstrap import open_book, open_library, open_sessions
from agent.corpus.library import Library
from agent.entrypoints.endpoint_probe import Problem, ask_models
from agent.errors import RungError
from agent.resources import data_dir
from agent.settings import DEFAULT_ENCODER, ModelSettings, Settings, load_settings, prepare_encoder

State = Literal["ok", "off", "broken"]
EXTRAS: dict[str, tuple[tuple[str, ...], str]] = {
    "ingest": (("trafilatura", "pypdf", "httpx"), "adding HTML, PDF and URLs"),
    "model": (("langchain", "langchain_openai", "openai", "genai_prices"), "a language model"),
    "mcp": (("mcp",), "tools for other agents"),
    "slack": (("slack_bolt",), "Slack"),
    "memo": (("typst", "docx", "jinja2"), "memos as PDF, DOCX and HTML"),
}
"""Each extra's packages, and what it is for."""


class Check(Struct, frozen=True):
    """One part: whether it works, in words."""

    part: str
    state: State
    """`off` is what nobody set up or installed; only `broken` keeps something from working that should."""
    says: str
    hint: str = ""


def examine() -> tuple[Check, ...]:
    """Try every part and return what was found, in the order in which one rests on the other."""
    try:
        settings = load_settings()
    except RungError as error:
        return (Check("settings", "broken", error.message, error.hint),)
    quiet: Callable[[str], None] = lambda line: None  # noqa: E731 - the checks tell it themselves
    parts: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        ("folders", lambda: _folders(settings)),
        ("corpus", lambda: _corpus(settings)),
        ("rules", lambda: _rules(settings, quiet)),
        ("encoder", lambda: _encoder(settings)),
        ("index", lambda: _index(settings, quiet)),
        ("database", lambda: _database(settings)),
        ("model", lambda: _models(settings)),
        ("extras", _extras),
    )
    return tuple(check for name, part in parts for check in _tried(name, part))


def _tried(part: str, check: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Yield a part's checks; whatever it raises becomes a broken one, so that the rest is still looked at."""
    try:
        yield from check()
    except RungError as error:
        yield Check(part, "broken", error.message, error.hint)
    except OSError as error:
        yield Check(part, "broken", f"the system refused: {error.strerror or error}", "check rights and free space")


def _folders(settings: Settings) -> Iterator[Check]:
    for name, folder, variable in (("data", settings.home, "RUNG_HOME"), ("cache", settings.cache, "RUNG_CACHE")):
        problem = _not_writable(folder)
        if problem:
            yield Check(f"{name} folder", "broken", f"{folder}: {problem}", f"set {variable} to another folder")
        else:
            yield Check(f"{name} folder", "ok", f"{folder}{'' if folder.is_dir() else ' (made when it is needed)'}")


def _not_writable(folder: Path) -> str:
    """Say why nothing can be written there; empty where it can. A folder that is not there yet is not made."""
    nearest = folder
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        return f"{nearest} is a file"
    if nearest != folder:
        return "" if os.access(nearest, os.W_OK | os.X_OK) else f"{nearest} is not writable"
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            return ""
    except OSError as error:
        return (error.strerror or str(error)).lower()


def _corpus(settings: Settings) -> Iterator[Check]:
    problems: list[str] = []
    library = open_library(settings, notify=problems.append, anew=True)
    found = [*problems, *(f"{item.subject}: {item.message}" for item in library.verify() if item.is_error)]
    counted = f"{len(library.passages)} passages, {len(library.sources) - len(library.added)} sources"
    counted += f", {len(library.attached)} originals attached, {len(library.added)} documents added"
    if found:
        yield Check("corpus", "broken", f"{counted}; {found[0]}", "run `rung corpus verify`")
    else:
        yield Check("corpus", "ok", counted)


def _rules(settings: Settings, quiet: Callable[[str], None]) -> Iterator[Check]:
    book, _ = open_book(settings, [], notify=quiet, anew=True)
    yield Check("rules", "ok", f"{len(book.rules)} rules of {len(book.tables)} sources and the panel")


def _encoder(settings: Settings) -> Iterator[Check]:
    prepare_encoder(settings.encoder)
    if settings.encoder != DEFAULT_ENCODER:
        yield Check("encoder", "ok", f"{settings.encoder} is on this machine or can be fetched")
        return
    from agent.retrieval.encoder import QueryEncoder

    width = QueryEncoder().encode(["a rung of the ladder"]).shape[1]
    yield Check("encoder", "ok", f"the packaged MiniLM, {width} numbers a text")


def _index(settings: Settings, quiet: Callable[[str], None]) -> Iterator[Check]:
    library = open_library(settings, notify=quiet, anew=True)
    if settings.chroma_url:
        yield from _chroma_server(settings.chroma_url)
    elif settings.encoder != DEFAULT_ENCODER:
        yield Check("index", "ok", "brought up to date at the next question")  # loading that encoder takes long
    else:
        yield Check("index", "ok", _kept_index(settings, library))


def _kept_index(settings: Settings, library: Library) -> str:
    """Say what a question will find: opened as it opens it, and changed in nothing."""
    from agent.retrieval import index, snapshot
    from agent.retrieval.encoder import QueryEncoder

    place = settings.cache / "index" / index.planned(library.passages, QueryEncoder()).fingerprint
    if not place.is_dir():
        return "built or brought up to date at the next question, in some seconds"
    try:
        snapshot.load(place)
    except snapshot.Damaged as damage:
        return f"damaged ({damage}), and built again at the next question, in some seconds"
    return f"up to date, in {settings.cache}"


def _chroma_server(url: str) -> Iterator[Check]:
    from agent.retrieval.store import served

    with served(url) as client:
        client.heartbeat()
    yield Check("index", "ok", f"the Chroma server at {without_user(url)} answers")


def _database(settings: Settings) -> Iterator[Check]:
    if settings.database_url is None and not (settings.home / "rung.db").exists():
        yield Check("database", "ok", "a SQLite file in the data folder, made with the first conversation")
        return
    store = open_sessions(settings)
    try:
        count = len(store.list())
    finally:
        store.close()
    where = "the database of RUNG_DATABASE_URL" if settings.database_url else "the SQLite file in the data folder"
    yield Check("database", "ok", f"{where} answers, {count} conversations")


def _models(settings: Settings) -> Iterator[Check]:
    from agent.llm.prompts import load_prompts

    for remark in settings.model_remarks:
        yield Check("model", "off", remark, "set RUNG_MODEL, or take the rest away")
    roles = (("reading model", settings.read_model), ("writing model", settings.write_model))
    if not any(model for _, model in roles):
        yield Check("model", "off", "none is set: facts are read and answers written offline", "RUNG_MODEL names one")
        return
    yield Check("prompts", "ok", f"{len(load_prompts(data_dir('prompts')))} prompts are in order")
    asked: dict[ModelSettings, Check] = {}
    for role, model in roles:
        if model is None:
            yield Check(role, "off", "none is set: this is done offline")
            continue
        asked[model] = asked.get(model) or _model(role, model)
        found = asked[model]
        yield Check(role, found.state, found.says, found.hint)


def _model(role: str, model: ModelSettings) -> Check:
    where = f"{model.model} at {model.base_url}, {'with a key' if model.api_key else 'without a key'}"
    if find_spec("langchain_openai") is None:
        return Check(role, "broken", f"{where}: its packages are not installed", 'pip install "rung[model]"')
    try:
        says = ask_models(model)
    except Problem as problem:
        return Check(role, "broken", f"{where}: {problem}", problem.hint)
    return Check(role, "ok", f"{where}: {says}")


def _extras() -> Iterator[Check]:
    for extra, (packages, purpose) in EXTRAS.items():
        missing = [name for name in packages if find_spec(name) is None]
        if missing:
            yield Check(
                f"extra {extra}",
                "off",
                f"for {purpose}: {', '.join(missing)} not installed",
                f'pip install "rung[{extra}]"',
            )
        else:
            yield Check(f"extra {extra}", "ok", f"for {purpose}: installed")

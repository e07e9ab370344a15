"""The scripted server, and the command line pointed at it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agent.entrypoints.cli import run
from tests.llm.scripted import Server

CASE = (
    "We run a support bot over our wiki, and the docs change weekly. Answers must cite their source. We have 800 "
    "labelled tickets and an evaluation set, and we worked on the prompt for a month. My boss wants to fine-tune. "
    "Should we?"
)


class Outcome(NamedTuple):
    """What one run left behind."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The answer, where `--json` was given."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def cache(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One index for all of these tests."""
    return Path(shutil.copytree(built_index, tmp_path_factory.mktemp("llm") / "cache"))


@pytest.fixture
def server() -> Iterator[Server]:
    """A server whose script must be played to the end."""
    server = Server()
    yield server
    server.close()
    server.finished()


@pytest.fixture
def rung(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Outcome]:
    """The command line in this process, with no setting but those given."""
    pytest.importorskip("langchain_openai")

    def call(*arguments: str, **environment: str) -> Outcome:
        with monkeypatch.context() as patch:
            for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "RUNG_MODEL"):
                patch.delenv(name, raising=False)
            (cache / "model.json").unlink(missing_ok=True)
            settings = {"RUNG_HOME": str(tmp_path / "home"), "RUNG_CACHE": str(cache), **environment}
            for name, value in settings.items():
                patch.setenv(name, value)
            capfdbinary.readouterr()
            code = run(arguments)
            out, err = capfdbinary.readouterr()
        return Outcome(code, out.decode(), err.decode())

    return call


@pytest.fixture
def ask(rung: Callable[..., Outcome], server: Server) -> Callable[..., Outcome]:
    """`rung ask` on one case with a writing model at the scripted server."""

    def call(*arguments: str, text: str = CASE, **environment: str) -> Outcome:
        settings = {"RUNG_WRITE_MODEL": "scripted", "RUNG_BASE_URL": server.url, "RUNG_API_KEY": "key-1", **environment}
        return rung("ask", *arguments, "--", text, **settings)

    return call

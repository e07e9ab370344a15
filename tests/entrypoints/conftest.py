"""Runs the installed `rung` as a user does, in folders of its own."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agent.entrypoints.cli import run

COMMAND = Path(sys.executable).with_name("rung")


class Outcome(NamedTuple):
    """What one run left behind."""

    code: int
    out: str
    err: str


class Rung:
    """The command with its two folders; calling it runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.cache = folder / "cache"

    def environment(self, **changes: str) -> dict[str, str]:
        """A user's environment: no setting of ours but the two folders."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUNG_", "HF_"))}
        return {**kept, "RUNG_HOME": str(self.home), "RUNG_CACHE": str(self.cache), **changes}

    def __call__(
        self, *arguments: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None, seconds: float = 120
    ) -> Outcome:
        done = subprocess.run(
            [str(COMMAND), *arguments],
            input=stdin,
            capture_output=True,
            env=self.environment(**(env or {})),
            cwd=self.folder,
            timeout=seconds,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start the command without waiting for it."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([str(COMMAND), *arguments], env=self.environment(), cwd=self.folder, **streams)

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file beside the two folders and return its path."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)


@pytest.fixture
def rung(tmp_path: Path) -> Rung:
    """The command with folders that do not exist yet."""
    return Rung(tmp_path)


class RungInside(Rung):
    """The same without a process of its own, for the many cases that differ in their input only."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder)
        self._patch = patch
        self._captured = captured

    def __call__(
        self, *arguments: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None, seconds: float = 0
    ) -> Outcome:
        for name, value in self.environment(**(env or {})).items():
            self._patch.setenv(name, value)
        self._patch.chdir(self.folder)
        self._patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = run([os.fsdecode(argument) for argument in arguments])
        return Outcome(code, *self._captured.readouterr())


@pytest.fixture
def rung_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rung:
    """The command in this process, with folders that do not exist yet."""
    return RungInside(tmp_path, monkeypatch, capsys)


@pytest.fixture
def indexed(rung: Rung, built_index: Path) -> Rung:
    """The command with a finished index of its own."""
    shutil.copytree(built_index, rung.cache)
    return rung


@pytest.fixture
def refuses() -> Callable[[Outcome, int, str], None]:
    """Check that a run ended with one clear line and left stdout alone."""

    def check(outcome: Outcome, code: int, words: str) -> None:
        lines = outcome.err.splitlines()
        assert (outcome.code, outcome.out) == (code, ""), outcome
        assert len(lines) == 1, outcome.err
        assert words in lines[0]
        assert lines[0].startswith("rung")
        assert "Traceback" not in outcome.err
        assert "fault of ours" not in outcome.err

    return check

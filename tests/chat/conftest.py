"""A real pseudo-terminal with `rung chat` in it, real keys, and what the screen shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

HERE = Path(__file__).parent
DRIVER = HERE / "driver.py"
GOLDEN = HERE / "golden"
READY = "/help"
"""Stands at the end of the line below the prompt, once it waits for keys."""
COLOUR = re.compile(r"\x1b\[[0-9;]*[0-9][0-9;]*m")


def environment(home: Path, **changes: str) -> dict[str, str]:
    """A user's environment with a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNG_")}
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        kept.pop(name, None)
    return {**kept, "RUNG_HOME": str(home), "TERM": "xterm-256color", **changes}


class Terminal:
    """One chat on a screen of so many columns."""

    def __init__(self, home: Path, *arguments: str, columns: int = 100, rows: int = 40, **variables: str) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=5000)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        self.child = pexpect.spawn(
            sys.executable,
            [str(DRIVER), *arguments],
            dimensions=(rows, columns),
            env=environment(home, **variables),
            encoding="utf-8",
            timeout=60,
        )

    def press(self, keys: str, *, until: str, seconds: float = 60) -> None:
        """Send keys, and wait until the screen shows a text and the prompt waits again."""
        self.child.send(keys)
        self.wait(lambda: until in self.text and self.is_ready, seconds, until)

    def wait(self, met: Callable[[], bool], seconds: float = 60, what: str = "") -> None:
        """Read until a condition is met and nothing more comes."""
        end, quiet = time.monotonic() + seconds, False
        while not (met() and quiet):
            assert time.monotonic() < end, f"never came: {what}\n{self.text}"
            quiet = not self._read(0.15)

    def leave(self) -> int:
        """Read to the end and return the exit code."""
        while self._read(10):
            pass
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    def _read(self, seconds: float) -> bool:
        try:
            data = self.child.read_nonblocking(65536, seconds)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        for _ in range(data.count("\x1b[6n")):  # the line editor asks where the cursor is
            self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        return True

    @property
    def is_ready(self) -> bool:
        """Whether the prompt waits for keys."""
        lines = [line for line in self.screen.display if line.strip()]
        return bool(lines) and (lines[-1].rstrip().endswith(READY) or lines[-1].startswith("you: "))

    @property
    def text(self) -> str:
        """Everything shown so far, what has scrolled away first."""
        columns = range(self.screen.columns)
        gone = ["".join(row[column].data for column in columns).rstrip() for row in self.screen.history.top]
        lines = "\n".join([*gone, *(line.rstrip() for line in self.screen.display)])
        return lines.rstrip() + "\n"


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Open terminals over one data folder; those still open are closed at the end."""
    opened: list[Terminal] = []

    def start(*arguments: str, **options: object) -> Terminal:
        terminal = Terminal(tmp_path / "home", *arguments, **options)  # type: ignore[arg-type]
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.child.close(force=True)


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script of turns through a pipe."""

    def run(turns: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(DRIVER), *arguments],
            input=turns,
            capture_output=True,
            text=True,
            env=environment(tmp_path / "home", **variables),
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare with a golden file; RUNG_GOLDEN=write writes it anew, to be read before it is committed."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("RUNG_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check

"""Pipes that break, disks that are full, streams that are closed, and Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("edge")


def shell(rung: Any, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `rung` is the command."""
    command = Path(sys.executable).parent
    environment = rung.environment(PATH=f"{command}:{os.environ['PATH']}")
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        capture_output=True,
        text=True,
        env=environment,
        cwd=rung.folder,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["--help", "rules list", "rules list --json", "facts --list"])
def test_a_reader_that_leaves_is_no_error(rung: Any, command: str) -> None:
    """`| head -1` shows the first line and nothing on stderr; at most the pipe is told broken, as by any command."""
    done = shell(rung, f"rung {command} | head -1")
    assert (done.returncode in (0, 141), done.stderr) == (True, "")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "code"),
    [("--help", 0), ("check open.yaml --what-if data_private=no", 4), ("rules list --json", 141)],
    ids=["help", "undetermined", "cut-short"],
)
def test_a_reader_that_leaves_hides_no_outcome(rung: Any, command: str, code: int) -> None:
    """The exit code is the command's own where it was done, and never a success that nobody has seen."""
    rung.write("open.yaml", "facts:\n")
    done = shell(rung, f"PYTHONUNBUFFERED= rung {command} | true")
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["rules list", "rules list --json"])
def test_a_full_disk_is_one_line(rung: Any, command: str) -> None:
    """Output that cannot be written is an error, said once."""
    done = shell(rung, f"rung {command} > /dev/full")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [("rung facts <&-", 2), ("rung rules list >&-", 0), ("rung rules show nothing 2>&-", 2)],
    ids=["stdin", "stdout", "stderr"],
)
def test_closed_streams_do_no_harm(rung: Any, line: str, code: int) -> None:
    """A service may start the command with any of its three streams closed; nothing ends up in the wrong one."""
    done = shell(rung, line)
    assert done.returncode == code
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_terminal_that_speaks_ascii_gets_question_marks(rung: Any) -> None:
    """What a terminal cannot show must not end the program; JSON and case files, which are read again, stay UTF-8."""
    env = {"PYTHONIOENCODING": "ascii"}
    said = "We need citations in every “answer”."
    shown = rung("rules", "show", "ih-start-with-prompting", env=env)
    assert (shown.code, "\n? intervention-hierarchy#" in shown.out) == (0, True)
    assert "# “We need citations in every “answer”.”" in rung("facts", said, env=env).out
    assert json.loads(rung("facts", said, "--json", env=env).out)["needs_citations"]["evidence"] == said


def test_ctrl_c_while_indexing_loses_nothing(rung: Any) -> None:
    """Half an index is no index: the next run builds it and answers."""
    running = rung.start("search", "retrieval")
    assert b"building" in running.stderr.readline()
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, b"")
    assert err.decode().splitlines()[-1] == "rung: stopped; nothing is lost"
    assert b"Traceback" not in err
    again = rung("search", "retrieval")
    assert again.code == 0
    assert again.out


@pytest.mark.parametrize("seconds", [0.15, 0.4])
def test_ctrl_c_while_answering_ends_quietly(rung: Any, built_index: Path, seconds: float) -> None:
    """Whatever it was doing, it says one line; where it was done already, it had answered."""
    shutil.copytree(built_index, rung.cache)
    running = rung.start("ask", "Docs change weekly, should we fine-tune?")
    time.sleep(seconds)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    # On a loaded machine Python itself may still be starting, before any code of ours can answer.
    assert running.returncode in (0, 130, -signal.SIGINT)
    if running.returncode == 130:
        assert err.decode() == "rung: stopped; nothing is lost\n"

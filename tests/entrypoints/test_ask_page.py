"""How an answer looks: on a terminal, in a pipe, and how far the first index build is."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("edge")

QUESTION = "How many labelled examples do I need before fine-tuning is worth it?"


def on_a_terminal(rung: Any, *arguments: str, **env: str) -> tuple[int, str]:
    """Run the command on a pseudo-terminal and return its exit code and everything shown."""
    ours, theirs = pty.openpty()
    running = rung.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, until = b"", time.monotonic() + 60
    while time.monotonic() < until:
        if select.select([ours], [], [], 0.5)[0]:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return running.wait(timeout=60), shown.decode()


def test_a_pipe_gets_plain_markdown(indexed: Any) -> None:
    """The answer first, then what it rests on and whose words those are; no colour, nothing else."""
    outcome = indexed("ask", QUESTION)
    answer, _, sources = outcome.out.partition("**Sources**")
    assert (outcome.code, outcome.err) == (0, "")
    assert "[1]" in answer.splitlines()[0]
    assert "- [1] `" in sources
    assert "**About the sources**" in sources
    assert "\x1b" not in outcome.out


def test_advice_shows_what_was_read_from_which_words(indexed: Any) -> None:
    """After the advice and before its sources, so that a misreading can be seen; a question of the subject has none."""
    page = indexed("ask", "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?").out
    order = [
        "**One question worth answering.**",
        "**Read from your words**",
        "- `needs_citations`: yes, “",
        "**Sources**",
    ]
    assert sorted(order, key=page.index) == order
    assert "**Read from your words**" not in indexed("ask", QUESTION).out


def test_a_terminal_gets_it_rendered_without_links(indexed: Any) -> None:
    """Bold and lists, no raw markers, and no escape sequence but colours and weight."""
    code, shown = on_a_terminal(indexed, "ask", QUESTION)
    assert code == 0
    assert "**Sources**" not in shown
    assert "Sources" in shown
    assert "\x1b]8" not in shown
    assert "[1]" in shown


def test_a_terminal_without_text_is_asked_for_it(indexed: Any) -> None:
    """Waiting on an empty terminal would look like hanging."""
    code, shown = on_a_terminal(indexed, "ask")
    assert code == 2
    assert "no text given" in shown


def test_the_first_use_shows_progress(rung: Any) -> None:
    """A terminal sees how far the index is; afterwards there is nothing to wait for."""
    code, shown = on_a_terminal(rung, "search", "retrieval", "-k", "1")
    assert code == 0
    assert "rung: indexing passages 0/" in shown
    _, again = on_a_terminal(rung, "search", "retrieval", "-k", "1")
    assert "indexing" not in again


def test_verbose_says_how_it_went(indexed: Any) -> None:
    """Kind, mode and timings, beside the answer and not in it."""
    outcome = indexed("ask", QUESTION, "--verbose")
    assert "kind guidance, mode offline" in outcome.err
    assert "kind guidance" not in outcome.out


def test_make_ask_passes_every_character_on(tmp_path: Path) -> None:
    """Quotes, dollars, backticks and dashes reach the command as typed."""
    question = '-- it\'s "$5" `x` $(y) $$HOME %d \\n #1; need citations?'
    command = tmp_path / "bin" / "rung"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\nprintf '%s|' \"$@\"\n")
    command.chmod(0o755)
    stamp = tmp_path / "installed"
    stamp.touch()
    done = subprocess.run(
        ["make", "-s", "ask", f"Q={question}", f"BIN={command.parent}", f"STAMP={stamp}"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"ask|--|{question}|"), done.stderr

"""Turns from a pipe, JSON lines, and the conversations that are kept."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.chat.conftest import environment

Run = Callable[..., subprocess.CompletedProcess[str]]
TURNS = (
    "# a remark\nOur wiki holds it all, it must cite.\nAre you sure?\nwe have \\\n300 labelled examples\n\nno evals\n"
)


@pytest.fixture
def sessions(tmp_path: Path) -> Run:
    """Run `rung sessions`."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("rung")), "sessions", *arguments]
        home = environment(tmp_path / "home")
        return subprocess.run(command, capture_output=True, text=True, env=home, timeout=60, check=False)

    return run


def test_a_clean_transcript(script: Run, golden: Callable[[str, str], None]) -> None:
    """A script gives what was said and what was answered, without any sign of a terminal."""
    done = script(TURNS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    golden("script", done.stdout)


def test_json_lines(script: Run) -> None:
    """Each turn is one JSON value with the verdict before and after."""
    done = script(TURNS, "--json")
    turns = [json.loads(line) for line in done.stdout.splitlines()]
    assert [turn["turn"] for turn in turns] == [1, 2, 3, 4]
    assert [turn["kind"] for turn in turns] == ["advice", "pushback", "facts", "facts"]
    assert [turn["moved"] for turn in turns] == [False, False, False, True]
    assert turns[3]["before"]["recommendation"] == "rag"
    assert turns[3]["after"]["recommendation"] == "measure_first"
    assert any(move["rule"] == "panel-no-baseline" and move["after"] for move in turns[3]["why_moved"])
    assert {turn["schema"] for turn in turns} == {"rung.turn/1"}


def test_a_mistyped_command(script: Run) -> None:
    """A command that does not exist is named, the rest goes on, and the exit code says so."""
    done = script("/wy\nOur wiki holds it all, it must cite.\n")
    assert done.returncode == 2
    assert "there is no command /wy (did you mean /why?)" in done.stdout
    assert "fetched from them" in done.stdout


def test_carried_on_by_a_script(script: Run) -> None:
    """What one script said, the next one builds on."""
    script("Our wiki holds it all, it must cite.\n")
    done = script("/facts\n", "--resume", "talk1")
    assert "`knowledge_in_documents`" in done.stdout
    assert script("hello\n", "--resume", "nobody").stderr.startswith("rung chat: there is no conversation 'nobody'")


def test_what_is_kept(script: Run, sessions: Run) -> None:
    """Conversations are listed, shown, exported and forgotten."""
    assert "no conversation is kept" in sessions("list").stdout
    script(TURNS)
    assert "talk1" in sessions("list").stdout
    assert json.loads(sessions("list", "--json").stdout)[0]["recommendation"] == "measure_first"
    assert "> Are you sure?" in sessions("show", "talk").stdout
    exported = json.loads(sessions("export", "--json").stdout)
    assert (exported["session"]["turns"], len(exported["turns"])) == (4, 4)
    assert sessions("delete", "talk1").stdout == "forgotten: talk1\n"
    assert sessions("show", "talk1").returncode == 2


def test_only_a_named_conversation_is_forgotten(script: Run, sessions: Run) -> None:
    """An empty id, as a script may pass by mistake, names none; the same one twice is one."""
    script("Our wiki holds it all, it must cite.\n")
    for empty in ("", " "):
        refused = sessions("delete", "talk1", empty)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "the id of a conversation is empty" in refused.stderr
    assert sessions("delete", "talk1", "talk").stdout == "forgotten: talk1\n"


def test_what_was_typed_is_forgotten_too(script: Run, sessions: Run, tmp_path: Path) -> None:
    """The lines kept for the arrow keys do not say which conversation they belong to, so all of them go."""
    script("Our wiki holds it all, it must cite.\n")
    typed = tmp_path / "home" / "chat_history"
    typed.write_text("\n# 2026-01-02\n+Our wiki holds it all, it must cite.\n", encoding="utf-8")
    assert sessions("delete", "talk1").returncode == 0
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["rung.db"]
    assert b"Our wiki" not in (tmp_path / "home" / "rung.db").read_bytes()


def test_one_strange_row_hides_no_other(script: Run, sessions: Run, tmp_path: Path) -> None:
    """Where a conversation stands at an approach that is none, the rest is shown all the same."""
    script("Our wiki holds it all, it must cite.\n")
    with closing(sqlite3.connect(tmp_path / "home" / "rung.db")) as connection, connection:
        connection.execute("INSERT INTO sessions SELECT 'odd', title, created, updated, turns, 'alchemy' FROM sessions")
    listed = sessions("list")
    assert (listed.returncode, len(listed.stdout.splitlines())) == (0, 2)
    assert "alchemy" in listed.stdout
    for command in ("show", "export"):
        shown = sessions(command, "odd")
        assert (shown.returncode, "# Conversation odd" in shown.stdout) == (0, True)
        assert "stands at 'alchemy'" in shown.stderr


def test_export_writes_over_nothing(script: Run, tmp_path: Path) -> None:
    """The conversation goes into a new file, in the form that its name asks for."""
    kept = tmp_path / "kept.md"
    kept.write_text("mine", encoding="utf-8")
    case = tmp_path / "case.yaml"
    done = script(f"Our wiki holds it all, it must cite.\n/export {kept}\n/export {case}\n/export {tmp_path}/a.json\n")
    assert kept.read_text(encoding="utf-8") == "mine"
    assert "is there already" in done.stdout
    assert "knowledge_in_documents: true" in case.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))[0]["turn"] == 1

"""The chat on a real terminal: what is drawn, and what the keys do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Open = Callable[..., "Terminal"]  # noqa: F821 - the fixture's class
Golden = Callable[[str, str], None]
HELLO = "Ctrl-D leaves"
TALK = (
    ("Our wiki holds it all, it must cite. Should we fine-tune?\r", "Next:"),
    ("Are you sure? Everyone says fine-tune.\r", "What would move it"),
    ("we have 300 labelled examples\r", "300 labelled examples"),
    ("no, it's 6,000\r", "Corrected"),
    ("is 2,000 enough for us?\r", "still retrieval"),
    ("no evals\r", "The verdict moves"),
    ("/why-not fine_tuning\r", "weights cannot show"),
    ("/passage 1\r", "Showing sources"),
    ("/undo\r", "Back to the case"),
)


@pytest.mark.parametrize(("name", "columns"), [("wide", 100), ("narrow", 48)])
def test_a_whole_talk(name: str, columns: int, open_terminal: Open, golden: Golden) -> None:
    """Every turn of a talk looks as it was looked at, on a wide and on a narrow screen."""
    terminal = open_terminal(columns=columns, rows=50)
    terminal.wait(lambda: terminal.is_ready)
    for number, (keys, shown) in enumerate(TALK, 1):
        count = terminal.text.count("you>")
        terminal.child.send(keys)
        words = shown.split()[0]
        terminal.wait(
            lambda c=count, w=words: terminal.text.count("you>") > c and w in terminal.text, what=f"{number}: {shown}"
        )
    terminal.child.send("\x04")
    assert terminal.leave() == 0
    golden(name, terminal.text)


def test_plain_words(open_terminal: Open, golden: Golden) -> None:
    """For a screen reader there is no drawing, no colour and no Markdown."""
    terminal = open_terminal("--plain", columns=100)
    terminal.wait(lambda: terminal.is_ready)
    terminal.press("Our wiki holds it all, it must cite.\r", until="Next:")
    terminal.press("no evals\r", until="moves")
    terminal.child.send("\x04")
    assert terminal.leave() == 0
    assert not any(mark in terminal.text for mark in "●○│◀*`")
    assert "\x1b[3" not in terminal.raw
    golden("plain", terminal.text)


def test_no_colour(open_terminal: Open, tmp_path: Path) -> None:
    """NO_COLOR leaves the drawing and takes the colours."""
    coloured, grey = open_terminal(), open_terminal(NO_COLOR="1", RUNG_HOME=str(tmp_path / "other"))
    for terminal in (coloured, grey):
        terminal.wait(lambda t=terminal: t.is_ready)
        terminal.press("Our wiki holds it all, it must cite.\r", until="Next:")
    assert "\x1b[1;32m" in coloured.raw
    assert "32m" not in grey.raw.split("Our wiki holds it all, it must cite.")[-1]


def test_a_pasted_description_is_one_turn(open_terminal: Open) -> None:
    """Lines pasted together are sent together, at Enter."""
    terminal = open_terminal()
    terminal.wait(lambda: terminal.is_ready)
    terminal.child.send("\x1b[200~Our wiki holds it all.\nIt must cite.\nShould we fine-tune?\x1b[201~")
    terminal.wait(lambda: "Should we fine-tune?" in terminal.text)
    assert "Next:" not in terminal.text
    terminal.press("\r", until="Next:")
    assert "retrieval (RAG)" in terminal.text


def test_ctrl_c_stops_the_answer_and_not_the_chat(open_terminal: Open) -> None:
    """An interrupted turn is not kept, and the next one works."""
    terminal = open_terminal()
    terminal.wait(lambda: terminal.is_ready)
    terminal.child.send("take your time\r")
    terminal.wait(lambda: not terminal.is_ready)
    terminal.press("\x03", until="(stopped)")
    terminal.press("Our wiki holds it all, it must cite.\r", until="Next:")
    terminal.press("\x03", until="Ctrl-D or /quit leaves")
    terminal.child.send("\x04")
    assert terminal.leave() == 0
    assert "--resume talk1" in terminal.text


def test_completion_and_history(open_terminal: Open) -> None:
    """Tab completes commands, facts and values; the arrow brings back what was typed."""
    terminal = open_terminal()
    terminal.wait(lambda: terminal.is_ready)
    terminal.press("Our wiki holds it all, it must cite.\r", until="Next:")
    for keys, shown in (
        ("/why-n\t", "/why-not"),
        (" fine_t\t", "/why-not fine_tuning"),
        ("\r", "Why not fine-tuning?"),
        ("/facts evals_e\t", "/facts evals_exist="),
        ("fa\t", "/facts evals_exist=false"),
        ("\r", "The verdict moves"),
    ):
        terminal.press(keys, until=shown, seconds=20)
    terminal.child.send("\x1b[A")
    terminal.wait(lambda: terminal.text.count("/facts evals_exist=false") == 2, what="history")


def test_the_history_file_is_private(open_terminal: Open, tmp_path: Path) -> None:
    """What somebody typed is for them alone."""
    terminal = open_terminal()
    terminal.wait(lambda: terminal.is_ready)
    terminal.press("Our wiki holds it all, it must cite.\r", until="Next:")
    kept = tmp_path / "home" / "chat_history"
    assert kept.stat().st_mode & 0o077 == 0
    assert "Our wiki holds it all" in kept.read_text(encoding="utf-8")


def test_carried_on(open_terminal: Open) -> None:
    """A resumed talk says where it stands, and goes on from there."""
    first = open_terminal()
    first.wait(lambda: first.is_ready)
    first.press("Our wiki holds it all, it must cite.\r", until="Next:")
    first.child.send("\x04")
    first.leave()
    second = open_terminal("--resume")
    second.wait(lambda: second.is_ready)
    assert "Conversation talk1, 1 turn so far." in second.text
    second.press("no\r", until="The verdict moves")


def test_escape_sequences_are_not_played_back(open_terminal: Open) -> None:
    """Pasted control characters neither colour the screen nor change its title."""
    terminal = open_terminal()
    terminal.wait(lambda: terminal.is_ready)
    terminal.child.send("\x1b[200~Our wiki \x1b]0;owned\x07 holds \x1b[31mit all, it must cite.\x1b[201~\r")
    terminal.wait(lambda: "Next:" in terminal.text)
    assert "\x1b]0;owned" not in terminal.raw
    assert "\x1b[31mit all" not in terminal.raw

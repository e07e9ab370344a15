"""Folders that are missing, read-only, files, damaged or shared: an answer all the same, or one line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("edge")


def test_a_cache_that_cannot_be_used_is_done_without(rung: Any) -> None:
    """The index is kept in memory for this run, which one line says; the answer is the usual one."""
    rung.cache.write_text("a file where the folder should be")
    outcome = rung("search", "retrieval", "-k", "1")
    assert outcome.code == 0
    assert outcome.out
    assert "built in memory, for this run only" in outcome.err


@pytest.mark.parametrize("arguments", [["search", "retrieval", "-k", "1"], ["check", "-"]], ids=lambda a: a[0])
def test_a_cache_that_cannot_even_be_looked_at_costs_no_answer(rung: Any, arguments: list[str]) -> None:
    """Nor its exit code, though what was compiled cannot be kept: a name that the system refuses, as without rights."""
    asked = {"stdin": b"facts: {needs_citations: true, knowledge_in_documents: true}"}
    usual = rung(*arguments, **asked)
    outcome = rung(*arguments, **asked, env={"RUNG_CACHE": str(rung.folder / ("x" * 300))})
    assert (outcome.code, outcome.out) == (0, usual.out), outcome.err
    assert all("built in memory" in line or "building the search" in line for line in outcome.err.splitlines())


@pytest.mark.parametrize(
    "arguments", [["corpus", "add", "notes.txt"], ["search", "retrieval"], ["check", "case.yaml"]], ids=lambda a: a[0]
)
def test_a_home_that_is_a_file_is_said(rung_inside: Any, refuses: Any, arguments: list[str]) -> None:
    """Added documents would silently be missing, so nothing goes on without them."""
    rung_inside.home.write_text("a file where the folder should be")
    rung_inside.write("notes.txt", "Some notes.")
    rung_inside.write("case.yaml", "facts: {}")
    refuses(rung_inside(*arguments), 1, "set RUNG_HOME to a folder")


def test_a_home_that_cannot_be_made_refuses_documents_only(rung_inside: Any, refuses: Any) -> None:
    """Reading goes on as if nothing had been added; adding says why it cannot."""
    (rung_inside.folder / "file").write_text("")
    env = {"RUNG_HOME": str(rung_inside.folder / "file" / "home")}
    rung_inside.write("notes.txt", "Some notes on our own retrieval service.")
    refuses(rung_inside("corpus", "add", "notes.txt", env=env), 1, "check the folder's rights and the free space")
    assert rung_inside("corpus", "list", env=env).code == 0


def test_a_damaged_index_is_built_again(rung: Any, built_index: Path) -> None:
    """Garbage in every file is noticed, said in one line, and replaced; `tests/retrieval` damages them one by one."""
    shutil.copytree(built_index, rung.cache)
    for path in (rung.cache / "index").rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage " * 600)
    outcome = rung("search", "retrieval", "-k", "1")
    assert outcome.code == 0
    assert "the search index is damaged" in outcome.err
    assert "building it again" in outcome.err
    again = rung("search", "retrieval", "-k", "1")
    assert (again.out, again.err) == (outcome.out, "")


def test_two_processes_may_index_at_once(rung: Any) -> None:
    """One builds, the other waits for it; both answer the same, and the index they leave is whole."""
    runs = [rung.start("search", "retrieval") for _ in range(2)]
    outputs = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0] != b""
    third = rung("search", "retrieval")
    assert (third.out.encode(), third.err) == (outputs[0][0], "")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("RUNG_CHROMA_URL", "localhost", "give a URL such as"),
        ("RUNG_CHROMA_URL", "http://127.0.0.1:1", "start it with `chroma run`"),
        ("RUNG_HOME", "~nobody-of-this-name/x", "give the whole path"),
        ("RUNG_ENCODER", "./absent/folder/model", "there is no folder"),
        ("RUNG_ENCODER", ".", "holds no model"),
    ],
)
def test_a_wrong_setting_is_named(rung: Any, refuses: Any, variable: str, value: str, words: str) -> None:
    """The line names the setting and what to set it to."""
    refuses(rung("search", "retrieval", env={variable: value}), 1, words)

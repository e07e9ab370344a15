"""Expressions compiled at first use and kept compiled: the same as any other, whatever stands in the file."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from agent import expressions
from agent.entrypoints import programs
from agent.entrypoints.programs import kept_programs
from agent.expressions import Program, Programs, compiling_later, expression
from agent.intake.cues import read_lexicon
from agent.kept import FOLDER

EXPRESSIONS = {
    "plain": (r"a+b", 0),
    "names and groups": (r"(?P<digits>\d+)(?:,(\d+))?(?P<unit>k|m)?", 0),
    "flags": (r"^ straße # what", re.IGNORECASE | re.VERBOSE | re.MULTILINE),
    "flags inside": (r"(?is)one.two", 0),
    "halves of characters": ("[\ud800-\udfff\U000e0000-\U000e007f]", 0),
    "looking around": (r"(?<!\w)(?=x)(?!xy)(x|é)\1", re.IGNORECASE),
    "possessive": (r"(?>a*)b++", 0),
}


@pytest.mark.parametrize(("pattern", "flags"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_a_kept_expression_is_the_one_that_python_compiles(pattern: str, flags: int) -> None:
    """Python holds two of them for equal where pattern, flags and program are."""
    made = Programs({})
    assert made.compile(pattern, flags) == re.compile(pattern, flags)
    known = msgspec.msgpack.decode(msgspec.msgpack.encode(made.used), type=dict[str, Program])
    again = Programs(known).compile(pattern, flags)
    plain = re.compile(pattern, flags)
    assert (again, again.groupindex, again.groups) == (plain, plain.groupindex, plain.groups)


def test_so_are_the_cues() -> None:
    """One in ten of them, which are the longest expressions here."""
    patterns = [cue.pattern for cues in read_lexicon().patterns.values() for cue in cues][::10]
    assert len(patterns) > 50
    assert [Programs({}).compile(pattern, 0) for pattern in patterns] == [re.compile(pattern) for pattern in patterns]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache folder in which something is kept already."""
    (tmp_path / FOLDER).mkdir()
    return tmp_path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patterns that had to be compiled."""
    made, plain = list[str](), expressions._program_of

    def watched(pattern: str, flags: int) -> Program:
        made.append(pattern)
        return plain(pattern, flags)

    monkeypatch.setattr(expressions, "_program_of", watched)
    return made


def test_the_next_run_of_a_command_compiles_nothing(cache: Path, compiled: list[str]) -> None:
    """Another command has its own file, so that a check need not read what a question uses."""
    for command in ("ask", "ask", "check"):
        with kept_programs(cache, command):
            assert expression(r"(\w)(?P<two>\d)").findall("a1 b2") == [("a", "1"), ("b", "2")]
    assert len(compiled) == 2


@pytest.mark.parametrize("raw", [b"", b"\x00" * 500], ids=["empty", "zeroes"])
def test_a_damaged_file_is_made_anew(cache: Path, compiled: list[str], raw: bytes) -> None:
    """Nobody notices."""
    for _ in range(2):
        with kept_programs(cache, "ask"):
            assert expression("a").findall("banana") == ["a"] * 3
        (file,) = (cache / FOLDER).iterdir()
        file.write_bytes(raw)
    assert compiled == ["a", "a"]


def test_of_many_programs_the_unused_go_first(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file does not grow with every question that was ever asked."""
    monkeypatch.setattr(programs, "MOST", 2)
    for pattern in ("a", "b", "c"):
        with kept_programs(cache, "ask"):
            expression("always").search("")
            expression(pattern).search("")
    (file,) = (cache / FOLDER).iterdir()
    assert set(msgspec.msgpack.decode(file.read_bytes()[32:])) == {"0:'always'", "0:'c'"}


def test_what_fails_inside_is_kept_all_the_same(cache: Path, compiled: list[str]) -> None:
    """And the expressions of a later run are compiled as Python does."""
    for _ in range(2):
        with suppress(ZeroDivisionError), kept_programs(cache, "ask"):
            _ = len(expression("a").findall("a")) / 0
    assert expression("a").fullmatch("a")
    assert compiled == ["a"]


def test_where_nothing_is_kept_no_folder_is_made(tmp_path: Path) -> None:
    """Looking at the settings leaves no trace."""
    with kept_programs(tmp_path / "cache", "doctor"):
        expression("a").search("a")
    assert not (tmp_path / "cache").exists()


def test_a_library_can_be_imported_before_its_expressions_are_compiled() -> None:
    """And what is compiled after the import is compiled as ever."""
    plain = re.compile
    with compiling_later():
        later = re.compile(r"(?P<year>\d{4})", re.ASCII)
    assert re.compile is plain
    assert not isinstance(later, re.Pattern)
    assert [match["year"] for match in later.finditer("1999 and 2024")] == ["1999", "2024"]

"""Expressions compiled at first use and kept compiled: the same as any other, whatever stands in the file."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import yaml

import agent
from agent import expressions
from agent.entrypoints import programs
from agent.entrypoints.programs import kept_programs
from agent.expressions import Program, Programs, compiling_later, expression
from agent.intake.cues import read_lexicon
from agent.kept import FOLDER
from agent.resources import data_dir
from tests.ambiguity import ambiguous_groups

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


OTHER_PYTHONS = {
    "lacks the compiler": ("re._compiler", SimpleNamespace()),
    "compiles to something else": ("re._compiler", SimpleNamespace(_parser=re._parser, _code=lambda *_: ["a"])),
    "lacks the engine": ("_sre", SimpleNamespace()),
    "wants more of a program": ("_sre", SimpleNamespace(compile=lambda _: None)),
}


@pytest.mark.parametrize(("lacking", "instead"), OTHER_PYTHONS.values(), ids=OTHER_PYTHONS)
def test_a_python_without_the_private_parts_compiles_as_usual(
    cache: Path, monkeypatch: pytest.MonkeyPatch, lacking: str, instead: object
) -> None:
    """Without a word, and nothing is kept."""
    plain = expressions.import_module
    monkeypatch.setattr(expressions, "import_module", lambda name: instead if name == lacking else plain(name))
    with kept_programs(cache, "ask"):
        assert expression(r"(?i)a(?P<n>\d)").findall("A1 a2") == ["1", "2"]
        with pytest.raises(re.error):
            expression("(").search("")
    assert list((cache / FOLDER).iterdir()) == []


def test_nor_does_one_whose_private_parts_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing altogether is met as an import that fails."""

    def gone(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(expressions, "import_module", gone)
    assert Programs({}).compile("a+", 0) == re.compile("a+")


FOREIGN: dict[str, Program] = {
    "not whole words": (32, b"\x01\x02\x03", 0, {}),
    "no program": (32, b"\xff" * 64, 0, {}),
    "nothing": (32, b"", 0, {}),
    "a group too many": (32, bytes(8), 0, {"n": 7}),
    "groups without end": (32, bytes(8), 2**62, {}),
}


@pytest.mark.parametrize("program", FOREIGN.values(), ids=FOREIGN)
def test_a_program_that_is_none_is_not_taken(program: Program) -> None:
    """The interpreter checks what it is given; then the expression is compiled as usual."""
    assert Programs({"0:'a+'": program}).compile("a+", 0) == re.compile("a+")


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


def expressions_in(value: Any) -> Iterator[tuple[str, int]]:
    """Yield pattern and flags of each expression in a value, through tuples and tables of them."""
    if isinstance(value, re.Pattern | type(expression(""))):
        yield value.pattern, getattr(value, "flags", 0)
    elif isinstance(value, dict | tuple | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from expressions_in(part)


def shipped() -> Iterator[tuple[str, str, int]]:
    """Yield each expression of the modules and of the data, with where it stands."""
    for module in pkgutil.walk_packages(agent.__path__, "agent."):
        for name, value in vars(import_module(module.name)).items():
            for pattern, flags in expressions_in(value):
                yield f"{module.name}.{name}", pattern, flags
    for key, cues in read_lexicon().patterns.items():
        yield from ((f"cues.yaml {key}", cue.pattern, 0) for cue in cues)
    for premise in yaml.safe_load((data_dir("corpus") / "premises.yaml").read_text())["premises"]:
        for pattern in (*premise["cues"], premise.get("unless") or ""):
            yield f"premises.yaml {premise['id']}", pattern, re.IGNORECASE


AMBIGUOUS = {
    "a word that stands twice": r"(?:usually |often |usually )*x",
    "a word within a class": r"(?:usually |\w+ly )*x",
    "one alternative made of two others": r"(?:a |new |a new )+x",
    "an ending that is optional": r"(?:(?:idea|one|ideas?)\b\W*)+x",
    "a repeat within a repeat": r"(?:\w+)*x",
    "lines that need no end": r"(?:>.*\n?)+x",
}


@pytest.mark.parametrize("pattern", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_groups_that_repeat_in_two_ways_are_told(pattern: str) -> None:
    """Each of them takes twice as long with one word more."""
    assert list(ambiguous_groups(pattern))


@pytest.mark.parametrize(
    "pattern", [r"(?:a |new |an |\d+ )+x", r"(?:(?:idea|one|ideal)\b\W*)+x", r"(?:\w+ )*x", r"(?:ab?){0,6}x"]
)
def test_groups_that_repeat_in_one_way_pass(pattern: str) -> None:
    """Words that differ, that end where a word does, or that are few."""
    assert not list(ambiguous_groups(pattern))


def test_no_expression_takes_twice_as_long_for_each_word() -> None:
    """Text that almost fits is refused in time that does not double with each repetition."""
    found = [(where, words) for where, pattern, flags in shipped() for words in ambiguous_groups(pattern, flags)]
    assert found == []


LONG = {
    "an order that is told": (
        "agent.intake.scope",
        "is_order",
        "ignore the rules, we" + " usually" * 26 + " eat there.",
    ),
    "a question for the approach": (
        "agent.answer.coverage",
        "asks_for_approach",
        "We have docs. " + "idea " * 25 + "xyz?",
    ),
    "a new case": ("agent.conversation.hearing", "hear", "a new " * 26 + "x"),
    "a doubt": ("agent.conversation.hearing", "hear", "I " + "strongly " * 26 + "say that"),
    "a denial": ("agent.conversation.hearing", "hear", "it" + " cannot" * 26 + " go"),
    "blanks in a statement": ("agent.conversation.hearing", "hear", "we have" + " " * 19_000 + "tickets"),
    "blanks in a what-if": ("agent.conversation.asking", "indicative", "what if we had" + " " * 19_000 + "10k labels"),
    "blanks in a sentence": ("agent.intake.reading", "prepare", "we have" + " " * 19_000 + "tickets"),
    "full stops": ("agent.intake.reading", "prepare", "." * 19_000),
    "turns": ("agent.intake.reading", "prepare", "but " * 4_500),
    "figures": ("agent.grounding.numbers", "read_numbers", "1" * 19_000),
}


@pytest.mark.parametrize("name", LONG)
def test_long_runs_are_read_at_once(name: str) -> None:
    """In a process of its own, since an expression cannot be interrupted; the bound is generous, for busy machines."""
    module, function, text = LONG[name]
    code = f"import sys; from {module} import {function}; {function}(sys.stdin.read())"
    subprocess.run([sys.executable, "-c", code], input=text, text=True, timeout=30, check=True)

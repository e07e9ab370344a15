"""Regular expressions that are compiled when they are first used, and can be kept compiled for the next process.

Python compiles them in Python: the two hundred that a question meets took a third of a first answer. What an expression
is compiled to is a program, a row of numbers that the interpreter's matcher checks before it takes them. Owns the
programs of this process, and how they come from Python and go back to it, through parts of `re` that are private and
the same since Python 3.11; where one of them is missing or refuses, `re.compile` does all. Leaves the file that keeps
the programs to `agent.entrypoints.programs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, cast

_METHODS = ("search", "match", "fullmatch", "findall", "finditer", "sub", "split", "pattern")
_REFUSED = (ImportError, AttributeError, TypeError, ValueError, LookupError, RuntimeError, OverflowError, MemoryError)
"""What comes of a private part that another Python lacks, or of a program that is none."""

Program = tuple[int, bytes, int, dict[str, int]]
"""Flags, code in words of four bytes, number of groups, numbers of the named groups."""


class Programs:
    """What expressions were compiled to, by flags and pattern."""

    def __init__(self, known: Mapping[str, Program]) -> None:
        self.known = known
        self.used: dict[str, Program] = {}

    def compile(self, pattern: str, flags: int) -> re.Pattern[str]:
        """Return what `re.compile` does, without compiling where the program is known."""
        # As ASCII, since a pattern may hold halves of characters, which no file takes.
        name = f"{int(flags)}:{pattern!a}"
        try:
            program = self.known.get(name) or _program_of(pattern, flags)
            compiled = _matcher(pattern, program)
        except _REFUSED:
            return re.compile(pattern, flags)
        self.used[name] = program
        return compiled


def program_version() -> str:
    """Return the interpreter's own number for the form of programs; empty where it tells none."""
    return str(getattr(import_module("_sre"), "MAGIC", ""))


_in_use: list[Programs] = []


@contextmanager
def using(programs: Programs) -> Iterator[None]:
    """Compile with these programs while inside."""
    _in_use.append(programs)
    try:
        yield
    finally:
        _in_use.remove(programs)


@contextmanager
def compiling_later() -> Iterator[None]:
    """Put off what `re.compile` is asked for while inside: for importing a library with many expressions, few met."""
    plain = re.compile
    re.compile = expression  # type: ignore[assignment]
    try:
        yield
    finally:
        re.compile = plain


def _program_of(pattern: str, flags: int) -> Program:
    from array import array  # here, for a quick start: what is known does without

    compiler: Any = import_module("re._compiler")
    tree = compiler._parser.parse(pattern, int(flags))
    code = array("I", compiler._code(tree, int(flags))).tobytes()
    return int(flags) | tree.state.flags, code, tree.state.groups - 1, tree.state.groupdict


def _matcher(pattern: str, program: Program) -> re.Pattern[str]:
    flags, code, groups, numbers = program
    names: list[str | None] = [None] * (groups + 1)
    for name, number in numbers.items():
        names[number] = name
    words = memoryview(code).cast("I").tolist()
    engine: Any = import_module("_sre")
    return cast("re.Pattern[str]", engine.compile(pattern, flags, words, groups, numbers, tuple(names)))


class _Waiting:
    """Stands in for a compiled expression, and takes its methods over when one of them is asked for."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compile = _in_use[-1].compile if _in_use else re.compile
        compiled = compile(*self._source)
        # From here on they are found at once, as fast as the expression's own.
        self.__dict__.update((method, getattr(compiled, method)) for method in _METHODS)
        return self.__dict__[name]


def expression(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return what serves as `re.compile(pattern, flags)` does; a faulty pattern is met at its first use."""
    return cast("re.Pattern[str]", _Waiting(pattern, flags))

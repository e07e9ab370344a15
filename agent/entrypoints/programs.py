"""Keeps the programs of expressions in the cache folder from one run of a command to the next.

Owns how many are kept and what they depend on; what a program is belongs to `agent.expressions`, the file to
`agent.kept`. Only expressions that stand in the code or in the cues are kept, never one made of a user's words.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent import expressions
from agent.expressions import Program, Programs, program_version, using
from agent.kept import file_of, read_kept, sum_of, write_kept

MOST = 500
"""Programs kept for one command, a megabyte; a question meets about two hundred."""


@contextmanager
def kept_programs(cache: Path, command: str) -> Iterator[None]:
    """Compile with what is kept for a command while inside, and keep what was not known for the next time."""
    made_by = sum_of((Path(expressions.__file__),), sys.version, sys.byteorder, program_version())
    path = file_of(cache, f"programs-{command}", made_by)
    programs = Programs(read_kept(path, dict[str, Program]) or {})
    try:
        with using(programs):
            yield
    finally:
        # A command that keeps nothing else, such as `doctor`, leaves no folder behind. Unlike pathlib's, this question
        # never raises, which would cost an answer that was given.
        if os.path.isdir(path.parent) and programs.used.keys() - programs.known.keys():
            # Those of this run first: an expression that nobody has used for long is the one to go.
            write_kept(path, dict([*programs.used.items(), *programs.known.items()][:MOST]))

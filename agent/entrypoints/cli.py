"""The `rung` command: arguments in, one command run, an exit code out.

Exit codes: 0 answered, 1 error, 2 usage, 3 not covered, 4 verdict undetermined (`check`), 130 interrupted.
Data goes to stdout, everything else to stderr. Commands are imported when they run, so that help comes at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from agent.entrypoints.arguments import build_parser
from agent.errors import RungError, UsageError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    # One thread for the query path: with more, a busy machine answers many times slower (measured, STACK section 11).
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:
    """Run one command; every failure becomes one line on stderr and an exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        return _dispatch(arguments)
    except UsageError as error:
        return _fail(error, arguments.command)
    except RungError as error:
        return _fail(error, arguments.command)
    except KeyboardInterrupt:
        print("\nrung: stopped; nothing is lost", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left, as `| head` does; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("RUNG_DEBUG"):
            raise
        print(f"rung: something went wrong inside ({type(error).__name__}: {_one_line(error)})", file=sys.stderr)
        print("rung: this is a fault of ours; set RUNG_DEBUG=1 to see where, and please report it", file=sys.stderr)
        return 1


def _dispatch(arguments: argparse.Namespace) -> int:
    module, function = arguments.handler.split(":")
    handler = getattr(import_module(f"agent.entrypoints.commands.{module}"), function)
    return int(handler(arguments))


def _fail(error: RungError, command: str) -> int:
    print(f"rung {command}: {_one_line(error)}", file=sys.stderr)
    return error.exit_code


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    main()

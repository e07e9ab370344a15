"""The `rung` command: arguments in, one command run, an exit code out.

Exit codes: 0 answered, 1 error, 2 usage, 3 not covered, 4 verdict undetermined (`check`), 130 interrupted, 141 where
the reader of the output left before the outcome was known.
Data goes to stdout, everything else to stderr. Arguments and commands are imported when they are needed, so that help
comes at once and Ctrl-C is met from the first moment on.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib import import_module
from typing import NoReturn

from agent.errors import RungError

USAGE = 2
INTERRUPTED = 130
READER_LEFT = 141
"""What a shell tells of a command that SIGPIPE ended."""
ENVIRONMENT = {
    # With more threads a busy machine answers many times slower.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # Its warning about forked tokenizers would stand between answer and reader.
    "TOKENIZERS_PARALLELISM": "false",
}
OBJECTS_BEFORE_TIDYING = 50_000
"""Python looks for garbage at every 700 unless told; loading makes a hundred thousand and drops next to none."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    _open_streams()
    gc.set_threshold(OBJECTS_BEFORE_TIDYING)
    code = run(sys.argv[1:] if argv is None else argv)
    gc.freeze()  # all that is left goes with the process; looking through it first would take as long as the help
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run one command; every failure becomes one line on stderr and an exit code."""
    code = READER_LEFT
    try:
        code = _command(argv)
        sys.stdout.flush()  # now, so that a full disk or a reader that left is met here and not at exit
        return code
    except RungError as error:
        return _fail(argv, str(error), error.exit_code)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the tidying up
        _say("\nrung: stopped; nothing is lost" if sys.stderr.isatty() else "rung: stopped; nothing is lost")
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return code
    except OSError as error:
        _discard_output()
        where = f" ({error.filename})" if error.filename else ""
        reason = error.strerror or str(error)
        return _fail(argv, f"the system refused: {reason}{where}; check the free space and the folder's rights", 1)
    except Exception as error:
        if os.environ.get("RUNG_DEBUG"):
            raise
        _say(f"rung: something went wrong inside ({type(error).__name__}: {_one_line(str(error))[:300]})")
        _say("rung: this is a fault of ours; set RUNG_DEBUG=1 to see where, and please report it")
        return 1


def _command(argv: Sequence[str]) -> int:
    from agent.entrypoints.arguments import build_parser

    parser = build_parser(argv[0] if argv else "")
    if not argv:
        parser.print_help(sys.stderr)
        return USAGE
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as leaving:  # after help, the version, or a complaint about the arguments
        return int(leaving.code or 0)
    module, function = arguments.handler.split(":")
    with _programs_of(arguments.command):
        handler = getattr(import_module(f"agent.entrypoints.commands.{module}"), function)
        return int(handler(arguments))


def _programs_of(command: str) -> AbstractContextManager[None]:
    _load_msgspec()
    from agent.entrypoints.programs import kept_programs
    from agent.settings import cache_folder

    try:
        return kept_programs(cache_folder(), command)
    except RungError:
        return nullcontext()  # the command says what is wrong with the setting


def _load_msgspec() -> None:
    """Import it without typing_extensions, a tenth of a check, of which it takes only what `typing` has since 3.11."""
    if sys.modules.keys() & {"msgspec", "typing_extensions"}:
        return
    from agent.expressions import compiling_later

    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        # Should another version insist on it, whoever imports it next gets it as usual.
        with suppress(ImportError), compiling_later():
            import msgspec  # noqa: F401 - for those who import it next
    finally:
        del sys.modules["typing_extensions"]


def _fail(argv: Sequence[str], message: str, code: int) -> int:
    _say(f"rung {_one_line(argv[0])}: {_one_line(message)}")
    return code


def _one_line(text: str) -> str:
    from agent.text import printable

    return printable(" ".join(text.split()))


def _say(line: str) -> None:
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _open_streams() -> None:
    """Give a process that was started with closed streams empty ones; show what a terminal cannot as question marks."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open as long as the process
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - likewise
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _discard_output() -> None:
    """Send what is left to write nowhere: its reader is gone or the disk full, and Python would complain at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()

"""What commands share at the edge: reading text, printing lines, Markdown and JSON, showing progress."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from stat import S_IMODE
from typing import Any, BinaryIO

from agent.errors import UsageError
from agent.text import clean, is_english, printable

MAX_BYTES = 5_000_000
CHARACTERS_AT_MOST = 20_000
"""As far as facts are read from a text; the rest would only be carried along, which took 8 s for a megabyte."""
WIDTH_AT_MOST = 96


def read_question(arguments: argparse.Namespace) -> str:
    """Return the typed or piped text, cleaned; says so where it is cut or not English."""
    text = clean(read_text(arguments))
    if len(text) > CHARACTERS_AT_MOST:
        notify(f"only the first {CHARACTERS_AT_MOST:,} of its {len(text):,} characters are read")
        text = text[:CHARACTERS_AT_MOST]
    if not is_english(text):
        notify("this does not look like English, which is all that is read here; some or all of it may be missed")
    return text


def read_text(arguments: argparse.Namespace) -> str:
    """Return the text given as argument, by `--file`, or on standard input."""
    text = " ".join(arguments.text)
    if arguments.file and text:
        raise UsageError("both a text and --file were given", hint="give one of them")
    if arguments.file:
        return decode(read_bytes(arguments.file), arguments.file)
    if arguments.text and text != "-":
        return text
    if sys.stdin.isatty():
        raise UsageError("no text given", hint=f'for example: rung {arguments.command} "your case or question"')
    return decode(read_bytes("-"), "standard input")


def read_bytes(name: str) -> bytes:
    """Read a file that a user named, or standard input for "-"; UsageError where it is over 5 MB or unreadable."""
    if not name:
        raise UsageError("the file's name is empty", hint="give its path, or - for standard input")
    try:
        if name == "-":
            return _limited(sys.stdin.buffer, "standard input")
        with Path(name).open("rb") as file:
            return _limited(file, name)
    except FileNotFoundError:
        raise UsageError(f"there is no file {name}", hint="check the path") from None
    except IsADirectoryError:
        raise UsageError(f"{name} is a folder", hint="name a file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{name} cannot be read: {reason}", hint="name a file of plain text") from None


def _limited(file: BinaryIO, name: str) -> bytes:
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise UsageError(f"{name} is larger than 5 MB", hint="give the part that describes the case")
    return raw


def write_output(path: Path, content: bytes) -> None:
    """Put a file that the user named in place in one step; a link stays one, and its mode stays as it was."""
    if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        path.write_bytes(content)
        return
    target = path.resolve()  # a link stays one
    part = target.with_name(f".rung-{os.getpid()}.part")
    try:
        part.write_bytes(content)
        if target.exists():
            part.chmod(S_IMODE(target.stat().st_mode))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def decode(raw: bytes, name: str) -> str:
    """Decode UTF-8 text; binary data gets a clear refusal."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = "give plain text; add documents with `rung corpus add`"
        raise UsageError(f"{name} is not UTF-8 text", hint=hint) from None
    if "\0" in text:
        raise UsageError(f"{name} looks like binary data", hint="give plain text")
    return text


def print_json(value: Any) -> None:
    """Print a value as indented JSON in UTF-8, whatever the terminal speaks; keys in the order of its type."""
    import msgspec  # here, so that `rung --help` does without

    raw = msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(raw)


def print_text(text: str = "") -> None:
    """Print plain text, without anything that could steer the terminal."""
    print(printable(text))


def print_file(text: str) -> None:
    """Print what is to be read back as a file: into a file or pipe in UTF-8, whatever the terminal speaks."""
    if sys.stdout.isatty():
        print_text(text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(f"{printable(text)}\n".encode("utf-8", "replace"))


def print_markdown(text: str) -> None:
    """Render Markdown on a terminal; print it as it is into a pipe."""
    if not draws_markdown():
        print_text(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(printable(text), hyperlinks=False), width=min(console.width, WIDTH_AT_MOST))


def draws_markdown() -> bool:
    """Tell whether a person looks at a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def rendered_markdown(text: str) -> str:
    """Return Markdown as `print_markdown` draws it on the terminal."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    with console.capture() as captured:
        console.print(Markdown(printable(text), hyperlinks=False), width=min(console.width, WIDTH_AT_MOST))
    return captured.get()


def write_now(text: str) -> None:
    """Write a piece of a line that others will go on with."""
    sys.stdout.write(text)
    sys.stdout.flush()


def notify(line: str) -> None:
    """Tell the person something that is not data."""
    print(f"rung: {printable(' '.join(line.split()))}", file=sys.stderr)


class Progress:
    """Shows how far the indexing is: one moving line on a terminal, nothing into a pipe."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        if self._is_shown:
            end = "\n" if done >= total else ""
            print(f"\rrung: indexing passages {done}/{total}", end=end, file=sys.stderr, flush=True)

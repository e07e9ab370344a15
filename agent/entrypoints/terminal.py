"""What commands share at the edge: reading text, printing Markdown and JSON, showing progress."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import UsageError

MAX_BYTES = 5_000_000


def read_text(arguments: argparse.Namespace) -> str:
    """Return the text given as argument, by `--file`, or on standard input."""
    if arguments.file and arguments.text:
        raise UsageError("both a text and --file were given", hint="give one of them")
    if arguments.file:
        return decode(read_bytes(Path(arguments.file)), arguments.file)
    if arguments.text is not None and arguments.text != "-":
        return str(arguments.text)
    if sys.stdin.isatty():
        raise UsageError("no text given", hint=f'for example: rung {arguments.command} "your case or question"')
    return decode(sys.stdin.buffer.read(MAX_BYTES), "standard input")


def read_bytes(path: Path) -> bytes:
    """Read a file that a user named, up to 5 MB."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", hint="check the path") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder", hint="name a file in it") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None


def decode(raw: bytes, name: str) -> str:
    """Decode UTF-8 text; binary data gets a clear refusal."""
    try:
        text = raw.decode("utf-8-sig", errors="strict" if len(raw) < MAX_BYTES else "ignore")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text", hint="give plain text; add documents with `rung corpus add`") from None
    if "\0" in text:
        raise UsageError(f"{name} looks like binary data", hint="give plain text")
    return text


def print_json(value: Any) -> None:
    """Print a value as indented JSON, keys in the order of its type."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_markdown(text: str) -> None:
    """Render Markdown on a terminal; print it as it is into a pipe."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        print(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(text, hyperlinks=False), width=min(console.width, 96))


def notify(line: str) -> None:
    """Tell the person something that is not data."""
    print(f"rung: {line}", file=sys.stderr)


class Progress:
    """Shows how far the indexing is: one moving line on a terminal, nothing into a pipe."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        if self._is_shown:
            end = "\n" if done >= total else ""
            print(f"\rrung: indexing passages {done}/{total}", end=end, file=sys.stderr, flush=True)

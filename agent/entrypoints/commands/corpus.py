"""`rung corpus`: the sources, and the user's own documents beside them."""

from __future__ import annotations

import argparse
from typing import Literal

from msgspec import Struct

from agent.bootstrap import open_library
from agent.corpus.cards import card_of
from agent.corpus.library import Library
from agent.entrypoints.terminal import notify, print_json, print_text
from agent.errors import UsageError
from agent.settings import load_settings
from agent.types import Passage


class Forgotten(Struct, frozen=True):
    """What was detached or removed, as `--json` shows it."""

    id: str
    change: Literal["detached", "removed"]


def show_list(arguments: argparse.Namespace) -> int:
    """List the sources with what a reader should know of them."""
    library = open_library(load_settings(), notify=notify)
    if arguments.json:
        print_json(tuple(library.sources.values()))
        return 0
    for source in library.sources.values():
        count = sum(passage.source == source.id for passage in library.passages)
        quoted = ", quoted word for word" if source.id in library.attached else ""
        print_text(f"{source.id}: {source.title}\n    {card_of(source)}; {count} passages{quoted}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Show a source's passages, or one passage."""
    library = open_library(load_settings(), notify=notify)
    found = [p for p in library.passages if arguments.id in (p.id, p.source)]
    if not found:
        raise UsageError(f"no source or passage {arguments.id!r}", hint="`rung corpus list` prints the sources")
    if arguments.json:
        print_json(tuple(found))
        return 0
    section = ""
    for passage in found:
        if passage.section != section:
            section = passage.section
            print_text(f"\n## {section}\n")
        _print_passage(passage)
    return 0


def _print_passage(passage: Passage) -> None:
    print_text(f"{passage.id}  [{passage.span[0]}-{passage.span[1]}]{'  normative' if passage.is_normative else ''}")
    print_text(f"    {' '.join(passage.text.split())}")
    if passage.quote and passage.quote != passage.text:
        print_text(f"    “{' '.join(passage.quote.split())}”")


def attach(arguments: argparse.Namespace) -> int:
    """Take in the user's copies of originals."""
    reports = _library().attach(arguments.paths)
    if arguments.json:
        print_json(reports)
        return 0
    for report in reports:
        how = "the original" if report.is_exact else f"a copy that differs (similarity {report.similarity:.2f})"
        print_text(f"{report.file} is {how} of {report.source}; {report.quoted} passages now quote it word for word")
        for passage in report.missing:
            print_text(f"    not found in it: {passage}")
    return 0


def detach(arguments: argparse.Namespace) -> int:
    """Forget an attached copy."""
    _library().detach(arguments.id)
    return _done(arguments, Forgotten(arguments.id, "detached"), f"{arguments.id}: citations show our notes again")


def add(arguments: argparse.Namespace) -> int:
    """Take in the user's own documents."""
    if not arguments.target.strip():  # would otherwise mean the folder one stands in
        raise UsageError("there is nothing to add", hint="name a file, a folder or a URL")
    settings = load_settings()
    report = open_library(settings, notify=notify).add(arguments.target, leave_out=(settings.cache,))
    if arguments.json:
        print_json(report)
        return 0
    for document in report.documents:
        print_text(f"{document.id}: {document.change}, {document.passages} passages, {document.new_passages} new")
    for line in report.skipped:
        notify(f"skipped {line}")
    print_text("They can be cited from the next question on; the rules are unchanged.")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Forget an added document."""
    _library().remove(arguments.id)
    return _done(arguments, Forgotten(arguments.id, "removed"), f"{arguments.id} is removed")


def verify(arguments: argparse.Namespace) -> int:
    """Check everything that can be cited; exit code 1 where something is wrong."""
    findings = _library().verify()
    if arguments.json:
        print_json(findings)
    else:
        for finding in findings:
            print_text(f"{'wrong' if finding.is_error else 'note '}  {finding.subject}: {finding.message}")
        if not findings:
            print_text("all in order")
    return int(any(finding.is_error for finding in findings))


def _library() -> Library:
    return open_library(load_settings(), notify=notify)


def _done(arguments: argparse.Namespace, data: Forgotten, line: str) -> int:
    print_json(data) if arguments.json else print_text(line)
    return 0

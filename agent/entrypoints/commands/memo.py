"""`rung memo`: a decision memo from a case file or a described case, and the check that memos still hold."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from msgspec import Struct

from agent.bootstrap import open_advisor, open_book, open_memo_writer, open_reader
from agent.entrypoints.casefile import read_case_file, read_changes, read_fact
from agent.entrypoints.terminal import Progress, decode, notify, print_json, print_text, read_bytes, write_output
from agent.errors import UsageError
from agent.memo.check import Report, check
from agent.memo.markdown import is_memo
from agent.memo.model import FORMATS, REVIEW_DAYS, About, Format
from agent.memo.writer import MemoWriter, Written
from agent.rules.model import RuleBook
from agent.settings import Settings, load_settings
from agent.text import clean
from agent.types import FactValue, UseCase

MOVED = 1
TEXT_FORMS = ("md", "html")
OF_WRITING = (
    "text",
    "output",
    "format",
    "force",
    "title",
    "status",
    "decision_maker",
    "consulted",
    "informed",
    "supersedes",
    "review",
)
"""Options that say how to write a memo, and mean nothing to a check."""


class MemoChecked(Struct, frozen=True):
    """What came of checking one memo, as `--json` shows it."""

    memo: str
    """The file as it was named."""
    holds: bool
    reasons: tuple[str, ...]
    """Why it does not hold; empty where it does."""
    notices: tuple[str, ...]


def memo(arguments: argparse.Namespace) -> int:
    """Write a memo, or check some; exit code 1 where a checked memo no longer holds."""
    if arguments.paths[:1] == ["check"]:
        return _check(arguments)
    if arguments.json:
        raise UsageError("a memo is not written as JSON", hint="--json goes with rung memo check")
    if arguments.fact:
        raise UsageError("--fact goes with rung memo check", hint="put the fact into the case file or the text")
    formats = _formats(arguments)
    settings = load_settings()
    book, library = open_book(settings, arguments.rules, notify=notify)
    name, description, use_case = _case(arguments, book, settings)
    paths = _targets(arguments, formats, name)
    _check_supersedes(arguments, paths.values())
    about = _about(arguments, _today(arguments), description)
    written = open_memo_writer(book, library).write(use_case, about, formats=formats)
    for warning in written.warnings:
        notify(warning)
    return _deliver(written, paths)


def _case(arguments: argparse.Namespace, book: RuleBook, settings: Settings) -> tuple[str, str, UseCase]:
    """Return the name for the file, the case in the user's words, and its facts."""
    if bool(arguments.text) == bool(arguments.paths) or len(arguments.paths) > 1:
        raise UsageError("give one case file, or a description by --text", hint="for example: rung memo case.yaml")
    if arguments.paths:
        description, use_case = read_case_file(arguments.paths[0], book.catalogue)
        stem = "memo" if arguments.paths[0] == "-" else Path(arguments.paths[0]).stem
        return stem, clean(description) if description.strip() else "", use_case
    text = clean(decode(read_bytes("-"), "standard input") if arguments.text == "-" else arguments.text)
    reading = open_reader()[0](text)
    for remark in reading.remarks:
        notify(remark)
    if not reading.use_case.facts or not _tells_a_case(text, reading.use_case, arguments.rules, settings):
        hint = "say what you have and need; `rung ask` answers questions on the subject"
        raise UsageError("this text describes no case to decide", hint=hint)
    return "memo", text, reading.use_case


def _tells_a_case(text: str, use_case: UseCase, packs: list[str], settings: Settings) -> bool:
    """Say whether a text states facts of a case, or else is one that `rung ask` would advise on."""
    from agent.answer.coverage import states_facts  # here, since it loads numpy, which a case file does without

    if states_facts(text, use_case):
        return True
    advisor, _ = open_advisor(settings, packs, notify=notify, progress=Progress(), use_model="never")
    return advisor.understand(text).kind == "advice"


def _formats(arguments: argparse.Namespace) -> tuple[Format, ...]:
    suffix = Path(arguments.output or "").suffix.lstrip(".").lower()
    named = arguments.format or (suffix if suffix in FORMATS else "md")
    chosen = tuple(dict.fromkeys(part.strip().lower() for part in named.split(",") if part.strip()))
    hint = f"choose from {', '.join(FORMATS)}"
    if not chosen:
        raise UsageError("--format names no form", hint=hint)
    for form in chosen:
        if form not in FORMATS:
            raise UsageError(f"there is no form {form[:20]!r}", hint=hint)
    return tuple(form for form in FORMATS if form in chosen)


def _targets(arguments: argparse.Namespace, formats: tuple[Format, ...], name: str) -> dict[Format, Path]:
    """Return where each form goes; none means standard output."""
    if arguments.output in (None, "", "-"):
        if len(formats) > 1 or (formats[0] not in TEXT_FORMS and sys.stdout.isatty()):
            raise UsageError("these forms need a place to go", hint="name a folder or file with -o")
        return {}
    target = Path(arguments.output)
    is_file = target.suffix.lstrip(".").lower() in FORMATS and not target.is_dir()
    if is_file and (len(formats) > 1 or target.suffix.lstrip(".").lower() != formats[0]):
        raise UsageError(f"{target.name} cannot hold {', '.join(formats)}", hint="name a folder with -o")
    if not is_file and not target.is_dir() and (target.suffix or target.exists()):
        endings = ", ".join(f".{form}" for form in FORMATS)
        raise UsageError(f"{target} is no form of a memo", hint=f"end it in one of {endings}, or name a folder")
    paths = {form: target if is_file else target / f"{name}.{form}" for form in formats}
    for path in paths.values():
        if path.exists() and not arguments.force:
            raise UsageError(f"{path} is there already", hint="give --force to write over it, or another -o")
    return paths


def _about(arguments: argparse.Namespace, today: date, description: str) -> About:
    decision_makers = _names(arguments.decision_maker)
    if arguments.status == "accepted" and not decision_makers:
        raise UsageError("an accepted memo names who decided", hint="add --decision-maker NAME")
    review_by = _date(arguments.review, "--review") if arguments.review else _review_day(today)
    if review_by <= today:
        raise UsageError(f"--review {review_by} does not lie after {today}", hint="name a day to come")
    return About(
        dated=today,
        review_by=review_by,
        title=" ".join(arguments.title.split()),
        description=description,
        status=arguments.status or "proposed",
        supersedes=arguments.supersedes,
        decision_makers=decision_makers,
        consulted=_names(arguments.consulted),
        informed=_names(arguments.informed),
    )


def _names(given: Iterable[str]) -> tuple[str, ...]:
    """Return the names that name somebody."""
    return tuple(name for name in given if name.strip())


def _review_day(today: date) -> date:
    try:
        return today + timedelta(days=REVIEW_DAYS)
    except OverflowError:
        hint = "name an earlier date, or the day with --review"
        raise UsageError(f"--date {today} leaves no {REVIEW_DAYS} days until a review", hint=hint) from None


def _check_supersedes(arguments: argparse.Namespace, written: Iterable[Path]) -> None:
    """Refuse what is not there, seen from here or from where the new memo goes, is that one itself, or is no memo."""
    named = arguments.supersedes
    if not named:
        return
    output = Path(arguments.output or "")
    found = [path for place in (Path(), output, output.parent) if (path := place / named).is_file()]
    if not found:
        raise UsageError(f"there is no memo {named} to supersede", hint="check the path")
    own = {path.resolve() for path in written}
    others = [path for path in found if path.resolve() not in own]
    if not others:
        raise UsageError(f"{named} would supersede itself", hint="name another place for the new one with -o")
    if not any(_is_memo(path) for path in others):
        raise UsageError(f"{named} is no memo that rung wrote", hint="name its Markdown file")


def _is_memo(path: Path) -> bool:
    try:
        return is_memo(decode(read_bytes(str(path)), path.name))
    except UsageError:
        return False


def _today(arguments: argparse.Namespace) -> date:
    return _date(arguments.date, "--date") if arguments.date else date.today()


def _date(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text[:30]!r} is no date", hint="for example: 2026-11-21") from None


def _deliver(written: Written, paths: dict[Format, Path]) -> int:
    for form, content in written.files.items():
        if form in paths:
            paths[form].parent.mkdir(parents=True, exist_ok=True)
            write_output(paths[form], content)
            print_text(str(paths[form]))
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    """Print one reason a line for each memo that no longer holds, or as JSON what came of each."""
    given = [f"--{name.replace('_', '-')}" for name in OF_WRITING if getattr(arguments, name)]
    if given:
        raise UsageError(f"{', '.join(given)}: for writing a memo, not for checking", hint="leave it out")
    if len(arguments.paths) < 2:
        raise UsageError("no memo named", hint="for example: rung memo check docs/decisions/*.md")
    book, library = open_book(load_settings(), arguments.rules, notify=notify)
    writer = open_memo_writer(book, library)
    updates = read_changes(arguments.fact, book.catalogue)
    today = _today(arguments)
    checked = [(name, _report(name, writer, book, today, updates)) for name in arguments.paths[1:]]
    if arguments.json:
        print_json(tuple(MemoChecked(name, not found.reasons, found.reasons, found.notices) for name, found in checked))
    else:
        _print_reports(checked)
    return MOVED if any(found.reasons for _, found in checked) else 0


def _print_reports(checked: Sequence[tuple[str, Report]]) -> None:
    for name, report in checked:
        for reason in report.reasons:
            print_text(f"{name}: {' '.join(reason.split())}")
        for notice in report.notices:
            notify(f"{name}: {notice}")


def _report(name: str, writer: MemoWriter, book: RuleBook, today: date, updates: dict[str, FactValue]) -> Report:
    try:
        text = decode(read_bytes(name), name).replace("\r\n", "\n")
    except UsageError as error:
        return Report((error.message,))
    return check(text, writer, partial(read_fact, catalogue=book.catalogue), today=today, updates=updates)

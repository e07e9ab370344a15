"""What can be typed: commands, arguments, help. Light on purpose: it is all that `rung --help` loads."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from typing import Any, NoReturn

from agent.text import printable

EPILOG = """\
examples:
  rung ask "Support bot over our wiki, docs change weekly, boss wants to fine-tune. Should we?"
  rung ask "How many examples do I need before LoRA is worth it?"
  rung facts "8k labelled tickets, GPT-4 nails it but costs $15k a month" > case.yaml
  rung check case.yaml --what-if labelled_examples=800
  rung corpus add handbook.pdf

exit codes: 0 answered, 1 error, 2 usage, 3 not covered, 4 verdict undetermined (check)
"""


USUAL_COLUMNS = 80


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line that names what to do."""

    def __init__(self, **options: Any) -> None:
        layout = options.pop("formatter_class", argparse.HelpFormatter)
        # With the width told, argparse need not look for it at each argument, for which it imports four libraries.
        options["formatter_class"] = partial(layout, width=_columns() - 2)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Print the complaint and leave with exit code 2."""
        if message.startswith("unrecognized arguments: -"):
            message += "; put -- before a text that begins with a dash"
        self.exit(2, f"{self.prog}: {printable(' '.join(message.split()))} (see `{self.prog} --help`)\n")


def _columns() -> int:
    """Return how wide help may be, as `shutil` tells it."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or USUAL_COLUMNS
    except OSError:  # no terminal
        return USUAL_COLUMNS


class _Version(argparse.Action):
    """Prints the version; looked up only then, since importlib.metadata takes as long as all the rest of the help."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("rung")
        except PackageNotFoundError:
            found = "(not installed)"
        print(f"rung {found}", file=sys.stdout)
        parser.exit()


def build_parser(command: str = "") -> Parser:
    """Return the parser; each command carries `handler`, the module and function that run it.

    With the name of a command it knows that one alone, which takes a tenth of the time.
    """
    parser = Parser(
        prog="rung",
        description="Which rung of the ladder an LLM use case needs, decided by rules that cite their sources.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="rung")
    named = (_ask, _facts, _check, _search, _rules, _corpus, _chat, _sessions, _memo, _mcp, _doctor, _runs, _slack)
    for add in [add for add in named if add.__name__ == f"_{command}"] or named:
        add(commands)
    return parser


def _command(commands: Any, name: str, handler: str, text: str, **options: Any) -> Parser:
    parser: Parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", **options)
    parser.set_defaults(handler=handler)
    return parser


def _text(parser: Parser, what: str) -> None:
    parser.add_argument("text", nargs="*", help=f"{what}; left out or -, it is read from standard input")
    parser.add_argument("--file", metavar="PATH", help="read the text from a file instead")


def _json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON (schemas in docs/schemas)")


def _packs(parser: Parser) -> None:
    parser.add_argument(
        "--rules", metavar="DIR", action="append", default=[], help="a team's own rule files, as one more source"
    )


def _ask(commands: Any) -> None:
    parser = _command(commands, "ask", "ask:ask", "answer a question, or advise on a described case")
    _text(parser, "a question or a described use case")
    _json(parser)
    _packs(parser)
    parser.add_argument("--verbose", action="store_true", help="also show timings, notes and what the gate found")
    parser.add_argument("--record", action="store_true", help="keep a record of the run, as is done where a model ran")
    _model(parser)


def _model(parser: Parser) -> None:
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--offline", action="store_true", help="answer without a language model, even where one is set")
    choice.add_argument(
        "--model-only", action="store_true", help="fail where the language model does, instead of answering without it"
    )


def _facts(commands: Any) -> None:
    parser = _command(
        commands, "facts", "ask:facts", "show which facts a description states, as a case file to correct"
    )
    _text(parser, "a described use case")
    parser.add_argument("--list", action="store_true", help="list every fact that can be stated, and its form")
    _json(parser)


def _check(commands: Any) -> None:
    parser = _command(commands, "check", "check:check", "apply the rules alone to a case file")
    parser.add_argument("case", metavar="CASE.yaml", help="a case file as `rung facts` writes it; - for standard input")
    parser.add_argument(
        "--what-if", metavar="FACT=VALUE", action="append", default=[], help="show what this change would change"
    )
    _packs(parser)
    _json(parser)


def _search(commands: Any) -> None:
    parser = _command(commands, "search", "search:search", "find passages, best first")
    _text(parser, "what to look for")
    parser.add_argument("-k", type=int, default=8, metavar="N", help="how many passages (default 8)")
    _json(parser)


def _rules(commands: Any) -> None:
    group = _command(commands, "rules", "rules:show_list", "list, show or lint the rules")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = _command(actions, "list", "rules:show_list", "list every rule by source")
    listing.add_argument("--source", metavar="ID", help="only this source's rules")
    show = _command(actions, "show", "rules:show", "show one rule with its condition, passages and examples")
    show.add_argument("rule", metavar="RULE", help="a rule's id, as `rung rules list` prints it")
    lint = _command(
        actions, "lint", "rules:lint_rules", "look for rules that never hold, are shadowed, or miss a passage"
    )
    for parser in (listing, show, lint):
        _packs(parser)
        _json(parser)


def _corpus(commands: Any) -> None:
    group = _command(commands, "corpus", "corpus:show_list", "list, show, attach, add, remove or verify sources")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = _command(actions, "list", "corpus:show_list", "list the sources with their cards")
    show = _command(actions, "show", "corpus:show", "show a source's passages, or one passage")
    show.add_argument("id", metavar="ID", help="a source (usually-context) or a passage (usually-context#q2-…)")
    attach = _command(actions, "attach", "corpus:attach", "quote your own copies of the originals word for word")
    attach.add_argument("paths", nargs="+", metavar="FILE", help="a copy of an original article, as text")
    detach = _command(actions, "detach", "corpus:detach", "forget the attached copy of a source")
    detach.add_argument("id", metavar="SOURCE")
    add = _command(actions, "add", "corpus:add", "index your own documents beside the articles")
    add.add_argument("target", metavar="FILE|DIR|URL", help="text, Markdown, HTML or PDF, a folder of them, or a URL")
    remove = _command(actions, "remove", "corpus:remove", "forget an added document")
    remove.add_argument("id", metavar="ID")
    verify = _command(actions, "verify", "corpus:verify", "check notes, attached copies and added documents")
    for parser in (listing, show, attach, detach, add, remove, verify):
        _json(parser)


def _mcp(commands: Any) -> None:
    parser = _command(commands, "mcp", "mcp:serve", "serve these tools to other agents (Model Context Protocol)")
    parser.add_argument(
        "--http", metavar="HOST:PORT", help="over HTTP at /mcp, on this machine unless a host is named (0: a free port)"
    )
    _packs(parser)


def _memo(commands: Any) -> None:
    parser = _command(
        commands,
        "memo",
        "memo:memo",
        "write a decision memo on a case, or check memos written before",
        usage="\n       ".join(f"rung memo {form} [options]" for form in ("CASE.yaml", "--text TEXT", "check FILE...")),
    )
    parser.add_argument("paths", nargs="*", metavar="CASE.yaml | check FILE", help="a case file, or memos to check")
    writing = parser.add_argument_group("writing a memo")
    writing.add_argument("--text", metavar="TEXT", help="describe the case in words instead")
    writing.add_argument("-o", "--output", metavar="DIR|FILE", help="where to; left out or -, it is printed")
    writing.add_argument("--format", metavar="md,html,pdf,docx", help="one or more forms (default md)")
    writing.add_argument("--force", action="store_true", help="write over a memo that is there")
    writing.add_argument("--title", metavar="TEXT", default="", help="the memo's title")
    statuses = ("proposed", "accepted", "rejected", "deprecated")
    writing.add_argument("--status", choices=statuses, help="default proposed")
    for name in ("decision-maker", "consulted", "informed"):
        writing.add_argument(f"--{name}", metavar="NAME", action="append", default=[], help="may be given again")
    writing.add_argument("--supersedes", metavar="MEMO", default="", help="the memo that this one replaces")
    writing.add_argument("--review", metavar="DATE", help="when to look at it again (default: in 90 days)")
    checking = parser.add_argument_group("checking memos")
    checking.add_argument(
        "--fact", metavar="NAME=VALUE", action="append", default=[], help="what has become so since; may be given again"
    )
    checking.add_argument("--json", action="store_true", help="print JSON (schemas in docs/schemas)")
    parser.add_argument("--date", metavar="DATE", help="today's date as YYYY-MM-DD, instead of the clock's")
    _packs(parser)


def _chat(commands: Any) -> None:
    parser = _command(commands, "chat", "chat:chat", "talk it over; `rung chat < turns.txt` reads one turn a line")
    parser.add_argument(
        "--resume", metavar="ID", nargs="?", const="", help="carry on with a conversation; without ID, the last one"
    )
    parser.add_argument("--plain", action="store_true", help="words only: no drawing, no colour, for screen readers")
    _json(parser)
    _packs(parser)
    _model(parser)


def _sessions(commands: Any) -> None:
    group = _command(commands, "sessions", "sessions:show_list", "list, show, export or delete conversations")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = _command(actions, "list", "sessions:show_list", "list the conversations, the last one first")
    show = _command(actions, "show", "sessions:show", "show a conversation")
    export = _command(
        actions, "export", "sessions:export", "print a conversation as Markdown, or with --json all of it"
    )
    for parser in (show, export):
        parser.add_argument("id", metavar="ID", nargs="?", default="", help="its id or how it begins; the last one")
    delete = _command(actions, "delete", "sessions:delete", "forget conversations, and what was typed in the chat")
    delete.add_argument("ids", metavar="ID", nargs="+", help="its id or how it begins")
    for parser in (listing, show, export, delete):
        _json(parser)


def _slack(commands: Any) -> None:
    parser = _command(commands, "slack", "slack:serve", "answer in Slack; `rung slack check` says what is missing")
    parser.add_argument(
        "--http", metavar="HOST:PORT", help="take signed requests there instead of Socket Mode (0: a free port)"
    )
    _packs(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    manifest = _command(actions, "manifest", "slack:manifest", "print the manifest to create the Slack app from")
    manifest.add_argument("--url", metavar="URL", help="for HTTP: where Slack reaches /slack/events, by https")
    manifest.add_argument(
        "--mentions-only", action="store_true", help="read no channel: then follow-ups there need a mention as well"
    )
    check = _command(actions, "check", "slack:check", "say what is missing to run in Slack")
    for action in (manifest, check):
        _json(action)


def _doctor(commands: Any) -> None:
    _json(_command(commands, "doctor", "doctor:doctor", "say what is set up, what answers and what is missing"))


def _runs(commands: Any) -> None:
    group = _command(commands, "runs", "runs:show_list", "list, show or replay recorded runs")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = _command(actions, "list", "runs:show_list", "list the recorded runs, newest first")
    show = _command(actions, "show", "runs:show", "print one record whole, as JSON")
    replay = _command(actions, "replay", "runs:replay", "judge a run's facts again; exit code 1 if it differs")
    for parser in (show, replay):
        parser.add_argument("id", metavar="ID", help="a run's id, or its beginning")
    _packs(replay)
    for parser in (listing, show, replay):
        _json(parser)

"""`rung slack`: the Slack app, its manifest, and what is missing to run it."""

from __future__ import annotations

import argparse
import logging
from contextlib import closing
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.bootstrap import open_advisor, open_library, open_memo_writer, open_sessions
from agent.entrypoints.commands.mcp import LOOPBACK, read_address
from agent.entrypoints.terminal import Progress, notify, print_json, print_text
from agent.errors import SettingsError, UsageError
from agent.settings import Settings, load_settings

if TYPE_CHECKING:
    from agent.entrypoints.slack.desk import Desk
    from agent.memo.writer import MemoWriter
    from agent.store.sessions import SessionStore

_SETUP = "docs/slack.md tells how to set it up; `rung slack check` says what is missing"


def serve(arguments: argparse.Namespace) -> int:
    """Answer in Slack until stopped: by Socket Mode, or over HTTP where an address is given."""
    _needs_library()
    from agent.entrypoints.slack.app import build_app
    from agent.entrypoints.slack.posting import open_client
    from agent.entrypoints.slack.serving import serve_http, serve_socket

    settings = load_settings()
    slack = settings.slack
    address = read_address(arguments.http) if arguments.http is not None else None
    if slack.bot_token is None:
        raise SettingsError("RUNG_SLACK_BOT_TOKEN is not set", hint=_SETUP)
    if address is None and slack.app_token is None:
        raise SettingsError("RUNG_SLACK_APP_TOKEN is not set", hint=f"set it for Socket Mode, or give --http; {_SETUP}")
    if address is not None and slack.signing_secret is None:
        raise SettingsError("RUNG_SLACK_SIGNING_SECRET is not set", hint=f"--http takes signed requests only; {_SETUP}")
    _log()
    with closing(open_sessions(settings)) as store:
        client = open_client(slack.bot_token, slack.api_url)
        app = build_app(_desk(settings, arguments, store), client, signing_secret=slack.signing_secret)
        if address is None:
            assert slack.app_token is not None
            serve_socket(app, slack.app_token, notify=notify)
        else:
            if address[0] not in (LOOPBACK, "localhost", "::1"):
                notify("put a proxy with TLS in front of this address: Slack calls https only")
            serve_http(app, host=address[0], port=address[1], notify=notify)
    return 0


def manifest(arguments: argparse.Namespace) -> int:
    """Print the manifest to create the app from, as YAML or JSON; both are what Slack takes."""
    from agent.entrypoints.slack.manifest import build_manifest

    url = arguments.url or ""
    if url and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
        raise UsageError("Slack calls https only", hint="for example: --url https://rung.example.com/slack/events")
    built = build_manifest(url=url, mentions_only=arguments.mentions_only)
    if arguments.json:
        print_json(built)
        return 0
    import yaml

    print_text(yaml.safe_dump(built, sort_keys=False, allow_unicode=True, width=120).rstrip())
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Say what is missing to run; exit code 1 where something is."""
    _needs_library()
    from agent.entrypoints.slack.checking import check
    from agent.entrypoints.slack.posting import open_client

    slack = load_settings().slack
    report = check(slack, open_client(slack.bot_token, slack.api_url))
    if arguments.json:
        print_json(report)
    else:
        for item in report.checks:
            print_text(f"{'ok     ' if item.ok else 'MISSING'}  {item.name}: {item.says}")
            if item.do:
                print_text(f"         → {item.do}")
        print_text("ready: start it with `rung slack`" if report.ok else _SETUP.partition(";")[0])
    return 0 if report.ok else 1


def _needs_library() -> None:
    if find_spec("slack_bolt") is None:
        raise SettingsError("Slack needs packages that are not installed", hint='pip install "rung[slack]"')


def _desk(settings: Settings, arguments: argparse.Namespace, store: SessionStore) -> Desk:
    """Wire threads to the advisor, the kept conversations and the memo writer."""
    from agent.entrypoints.slack.desk import Desk
    from agent.entrypoints.slack.feedback import Feedback
    from agent.store.database import url_of

    advisor, _ = open_advisor(settings, arguments.rules, notify=notify, progress=Progress())

    @cache
    def open_memos() -> MemoWriter:
        return open_memo_writer(advisor.book, open_library(settings, notify=notify))

    return Desk(
        advisor,
        store,
        Feedback(url_of(settings.home, settings.database_url)),
        open_memos=open_memos,
        has_pdf=find_spec("typst") is not None,
    )


def _log() -> None:
    """Say on stderr what went wrong, with its run id; never what people wrote."""
    logging.basicConfig(level=logging.WARNING, format="rung: %(asctime)s %(name)s: %(message)s")

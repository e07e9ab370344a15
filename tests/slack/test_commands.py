"""`rung slack`, its manifest and its check, as an operator meets them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest
import yaml

from agent.entrypoints.cli import run
from agent.entrypoints.slack.forms import COMMAND, SHORTCUT
from agent.entrypoints.slack.manifest import FOLLOW_UP_SCOPES, SCOPES
from agent.settings import Secret, load_settings
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN, SECRET, App, FakeSlack, Socket
from tests.slack.payloads import CHANNEL, event, mention

ROOT = Path(__file__).parents[2]
RUNG = Path(sys.executable).with_name("rung")


class Outcome(NamedTuple):
    """What one run left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """The command in this process, with no Slack setting but those given."""

    def call(*arguments: str, **environment: str) -> Outcome:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if "SLACK" in name]:
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            code = run(["slack", *arguments])
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def tokens(slack: FakeSlack) -> dict[str, str]:
    """Everything set as it should be, against a Slack that is there."""
    slack.socket = Socket()
    return {
        "RUNG_SLACK_BOT_TOKEN": BOT_TOKEN,
        "RUNG_SLACK_APP_TOKEN": APP_TOKEN,
        "RUNG_SLACK_API_URL": slack.url.rstrip("/"),
    }


@pytest.fixture
def folders(rung_cache: Path, tmp_path: Path) -> dict[str, str]:
    """Folders of its own, with an index that is there."""
    return {"RUNG_HOME": str(tmp_path), "RUNG_CACHE": str(rung_cache)}


def test_the_manifest_asks_for_what_is_needed(rung: Callable[..., Outcome]) -> None:
    """YAML and JSON say the same: Socket Mode, the scopes of the guide, agent view, our command and shortcut."""
    manifest = yaml.safe_load(rung("manifest").out)
    assert manifest == json.loads(rung("manifest", "--json").out)
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES) | set(FOLLOW_UP_SCOPES)
    assert set(manifest["features"]) >= {"agent_view", "bot_user", "slash_commands", "shortcuts"}
    assert manifest["features"]["slash_commands"][0]["command"] == COMMAND
    (shortcut,) = manifest["features"]["shortcuts"]
    assert (shortcut["callback_id"], len(shortcut["name"]) <= 24) == (SHORTCUT, True)
    assert len(manifest["display_information"]["description"]) <= 140


def test_every_event_needs_a_scope_that_is_asked_for(rung: Callable[..., Outcome]) -> None:
    """No event without its scope, and no history scope without its event; fewer with --mentions-only."""
    needs = {"message.im": "im:history", "message.channels": "channels:history", "message.groups": "groups:history"}
    for options in ([], ["--mentions-only"]):
        manifest = json.loads(rung("manifest", "--json", *options).out)
        scopes = set(manifest["oauth_config"]["scopes"]["bot"])
        events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
        assert {needs[name] for name in events & set(needs)} == {s for s in scopes if s.endswith(":history")}
        assert {"app_mention", "app_uninstalled", "tokens_revoked"} <= events
    assert scopes == set(SCOPES)


def test_the_manifest_for_http_names_the_address(rung: Callable[..., Outcome]) -> None:
    """With a URL, every delivery goes there and Socket Mode is off; anything but https is refused."""
    url = "https://rung.example.com/slack/events"
    manifest = json.loads(rung("manifest", "--json", "--url", url).out)
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == settings["interactivity"]["request_url"] == url
    assert manifest["features"]["slash_commands"][0]["url"] == url
    assert rung("manifest", "--url", "http://rung.example.com").code == 2


def test_the_guide_names_every_scope() -> None:
    """The guide's table of scopes is the manifest's."""
    guide = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    table = guide.partition("| Scope | Why |")[2].partition("\n\n")[0]
    named = {scope for row in table.splitlines() for scope in re.findall(r"`([a-z_:]+)`", row.partition(" | ")[0])}
    assert named == set(SCOPES) | set(FOLLOW_UP_SCOPES)


def test_check_says_that_all_is_well(rung: Callable[..., Outcome], tokens: dict[str, str]) -> None:
    """With everything set, check names the workspace and leaves with 0; Slack's own names serve as well."""
    outcome = rung("check", **tokens)
    assert outcome.code == 0, outcome
    assert "Team as @rung" in outcome.out
    assert "MISSING" not in outcome.out
    assert (
        rung("check", **{name.replace("RUNG_SLACK_BOT", "SLACK_BOT"): value for name, value in tokens.items()}).code
        == 0
    )


@pytest.mark.parametrize(
    ("changes", "scopes", "words"),
    [
        ({"RUNG_SLACK_BOT_TOKEN": ""}, None, "bot token: RUNG_SLACK_BOT_TOKEN is not set"),
        ({"RUNG_SLACK_BOT_TOKEN": "xoxp-9"}, None, "does not begin with xoxb-"),
        ({"RUNG_SLACK_BOT_TOKEN": "xoxb-other"}, None, "Slack refuses the bot token (invalid_auth)"),
        ({"RUNG_SLACK_APP_TOKEN": ""}, None, "app token: RUNG_SLACK_APP_TOKEN is not set"),
        ({"RUNG_SLACK_APP_TOKEN": "xapp-other"}, None, "Slack refuses the app token (invalid_auth)"),
        ({}, "chat:write,commands", "missing: app_mentions:read (to hear a mention)"),
        ({"RUNG_SLACK_API_URL": "http://127.0.0.1:9/api"}, None, "Slack cannot be reached"),
    ],
    ids=["no-bot-token", "a-persons-token", "unknown-token", "no-app-token", "unknown-app-token", "scopes", "network"],
)
def test_check_says_what_is_missing(
    rung: Callable[..., Outcome],
    slack: FakeSlack,
    tokens: dict[str, str],
    changes: dict[str, str],
    scopes: str | None,
    words: str,
) -> None:
    """Each thing that can be missing has its line, and check leaves with 1; no token is ever printed."""
    slack.scopes = slack.scopes if scopes is None else scopes
    outcome = rung("check", **{**tokens, **changes})
    assert outcome.code == 1
    assert words in outcome.out
    assert not [
        token for token in ("xoxp-9", "xoxb-other", "xapp-other", BOT_TOKEN) if token in outcome.out + outcome.err
    ]


def test_the_guide_shows_what_check_prints(
    rung: Callable[..., Outcome], slack: FakeSlack, tokens: dict[str, str]
) -> None:
    """The transcript in the guide is what a run prints where one scope is missing."""
    slack.scopes = slack.scopes.replace("files:write,", "")
    guide = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    assert f"$ rung slack check\n{rung('check', **tokens).out}```" in guide


def test_check_prints_json_as_published(rung: Callable[..., Outcome], tokens: dict[str, str]) -> None:
    """The report holds against its schema, for good and for bad."""
    schema = json.loads((ROOT / "docs" / "schemas" / "slack-check.json").read_text(encoding="utf-8"))
    good, bad = rung("check", "--json", **tokens), rung("check", "--json")
    for outcome, is_ok in ((good, True), (bad, False)):
        report = json.loads(outcome.out)
        jsonschema.validate(report, schema)
        assert (report["ok"], outcome.code == 0) == (is_ok, is_ok)


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ([], {}, "RUNG_SLACK_BOT_TOKEN is not set"),
        ([], {"RUNG_SLACK_BOT_TOKEN": BOT_TOKEN}, "RUNG_SLACK_APP_TOKEN is not set"),
        (["--http", "3000"], {"RUNG_SLACK_BOT_TOKEN": BOT_TOKEN}, "RUNG_SLACK_SIGNING_SECRET is not set"),
        (["--http", "nowhere"], {}, "'nowhere' is no address"),
    ],
    ids=["nothing", "no-app-token", "no-secret", "no-address"],
)
def test_it_does_not_start_without_what_it_needs(
    rung: Callable[..., Outcome], arguments: list[str], environment: dict[str, str], words: str
) -> None:
    """One clear line says what is missing."""
    outcome = rung(*arguments, **environment)
    assert outcome.code in (1, 2)
    assert words in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_secrets_show_nothing() -> None:
    """Settings can be printed without giving a token away."""
    names = ("RUNG_SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    settings = load_settings({name: f"very-secret-{name}" for name in names}).slack
    assert settings.app_token == Secret("very-secret-SLACK_APP_TOKEN")
    assert "very-secret" not in repr(settings)


@pytest.mark.usefixtures("advisor")
def test_the_installed_command_answers_and_stops_by_itself(
    slack: FakeSlack, folders: dict[str, str], tmp_path: Path
) -> None:
    """`rung slack --http` as a process: a signed mention is answered, and SIGTERM ends it without a trace."""
    environment = {
        **{name: value for name, value in os.environ.items() if "SLACK" not in name and not name.startswith("RUNG_")},
        **folders,
        "RUNG_SLACK_BOT_TOKEN": BOT_TOKEN,
        "RUNG_SLACK_SIGNING_SECRET": SECRET,
        "RUNG_SLACK_API_URL": slack.url.rstrip("/"),
    }
    command = [str(RUNG), "slack", "--http", "127.0.0.1:0"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        app = App(re.search(r"http://\S+/slack/events", line)[0])  # type: ignore[index]
        assert app.event(event(mention("docs change weekly, answers must cite, fine-tune?", "1.1")))[0] == 200
        slack.wait_for(lambda: slack.in_thread(CHANNEL, "1.1"), seconds=30)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=10)[1]
        assert (process.returncode, rest) == (0, "")
        assert time.monotonic() - begun < 5
    finally:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("advisor")
@pytest.mark.parametrize(
    ("arguments", "changes", "words"),
    [
        ([], {"RUNG_SLACK_BOT_TOKEN": "xoxb-other"}, "Slack does not take the bot token (invalid_auth)"),
        ([], {"RUNG_SLACK_APP_TOKEN": "xapp-other"}, "Socket Mode cannot connect (invalid_auth)"),
        ([], {"RUNG_SLACK_API_URL": "http://127.0.0.1:9/api"}, "Slack cannot be reached"),
        (["--http", "127.0.0.1:{port}"], {"RUNG_SLACK_SIGNING_SECRET": SECRET}, "cannot listen on 127.0.0.1:"),
    ],
    ids=["bot-token", "app-token", "network", "port-taken"],
)
def test_what_keeps_it_from_serving_is_said_in_one_line(
    rung: Callable[..., Outcome],
    slack: FakeSlack,
    tokens: dict[str, str],
    folders: dict[str, str],
    arguments: list[str],
    changes: dict[str, str],
    words: str,
) -> None:
    """A token that Slack does not take, no network, or a port in use ends with one line and no token in it."""
    port = slack.origin.rpartition(":")[2]
    outcome = rung(*(part.format(port=port) for part in arguments), **{**tokens, **folders, **changes})
    assert (outcome.code, len(outcome.err.splitlines())) == (1, 1), outcome.err
    assert words in outcome.err
    assert "other" not in outcome.err.replace("choose another address", "")

"""What `rung slack check` looks at: tokens, whether Slack can be reached, scopes, the way deliveries come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from agent.entrypoints.slack.manifest import FOLLOW_UP_SCOPES, SCOPES
from agent.entrypoints.slack.posting import hushed, reason_of
from agent.settings import Secret, SlackSettings

_REASONS = {
    "invalid_auth": "Slack does not know it: copy it again",
    "not_authed": "Slack does not know it: copy it again",
    "account_inactive": "the app was removed from the workspace: install it again",
    "token_revoked": "it was revoked: install the app again",
    "token_expired": "it has expired: install the app again",
    "missing_scope": "it may not: give it the scope connections:write",
    "not_allowed_token_type": "it is a token of another kind",
}


class Check(Struct, frozen=True):
    """One thing that has to be in order."""

    name: str
    ok: bool
    says: str
    do: str = ""
    """What to do about it; empty where nothing is to be done."""


class Report(Struct, frozen=True, tag_field="schema", tag="rung.slack-check/1"):
    """Everything that was looked at."""

    ok: bool
    checks: tuple[Check, ...]


def check(settings: SlackSettings, client: WebClient) -> Report:
    """Look at everything; whatever needs Slack is asked of Slack."""
    with hushed("slack_sdk.web.base_client"):
        checks = tuple(_checks(settings, client))
    return Report(all(item.ok for item in checks), checks)


def _checks(settings: SlackSettings, client: WebClient) -> Iterator[Check]:
    yield _token(settings.bot_token, "bot token", "xoxb-", "RUNG_SLACK_BOT_TOKEN", "OAuth & Permissions")
    if settings.bot_token is not None:
        yield from _workspace(client)
    if settings.app_token is None and settings.signing_secret is not None:
        yield Check("signing secret", True, "set, for HTTP; Socket Mode would need RUNG_SLACK_APP_TOKEN")
        return
    yield _token(settings.app_token, "app token", "xapp-", "RUNG_SLACK_APP_TOKEN", "Basic Information")
    if settings.app_token is not None:
        yield _socket(settings.app_token, client)


def _token(token: Secret | None, name: str, begins: str, variable: str, page: str) -> Check:
    if token is None:
        return Check(name, False, f"{variable} is not set", f"copy it from the app's page “{page}”")
    if not token.reveal().startswith(begins):
        return Check(name, False, f"{variable} does not begin with {begins}", f"copy it from the app's page “{page}”")
    return Check(name, True, "set")


def _workspace(client: WebClient) -> Iterator[Check]:
    try:
        response = client.auth_test()
    except (SlackClientError, OSError) as error:
        yield Check("workspace", False, *_refused("the bot token", error))
        return
    yield Check("workspace", True, f"{response.get('team')} as @{response.get('user')}")
    granted = _granted(response)
    missing = [scope for scope in SCOPES if scope not in granted]
    do = "add them on “OAuth & Permissions” and install the app again; `rung slack manifest` lists all"
    if missing:
        yield Check("scopes", False, f"missing: {', '.join(f'{s} ({SCOPES[s]})' for s in missing)}", do)
    else:
        yield Check("scopes", True, f"all {len(SCOPES)} that are needed")
    silent = [scope for scope in FOLLOW_UP_SCOPES if scope not in granted]
    if silent:
        yield Check("follow-ups", True, f"need a mention in channels, without {' and '.join(silent)}")


def _granted(response: Any) -> set[str]:
    headers = {name.lower(): value for name, value in response.headers.items()}
    found = headers.get("x-oauth-scopes", "")
    text = found if isinstance(found, str) else ",".join(found)
    return {scope.strip() for scope in text.split(",") if scope.strip()}


def _socket(token: Secret, client: WebClient) -> Check:
    try:
        client.apps_connections_open(app_token=token.reveal())
    except (SlackClientError, OSError) as error:
        return Check("Socket Mode", False, *_refused("the app token", error))
    return Check("Socket Mode", True, "Slack opens a connection")


def _refused(what: str, error: BaseException) -> tuple[str, str]:
    reason = reason_of(error)
    if not isinstance(error, SlackClientError):
        return f"Slack cannot be reached ({reason})", "check the network, the proxy and RUNG_SLACK_API_URL"
    return f"Slack refuses {what} ({reason})", _REASONS.get(reason, "see the app's page at api.slack.com/apps")

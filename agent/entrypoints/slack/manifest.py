"""The manifest of the Slack app: what it may do, what it is told of, and why each is needed. Pure data."""

from __future__ import annotations

from typing import Any

SCOPES: dict[str, str] = {
    "app_mentions:read": "to hear a mention",
    "assistant:write": "to be found in the top bar, and to show what it is doing",
    "chat:write": "to answer",
    "commands": "for /rung and the message shortcut",
    "files:write": "to post the decision memo",
    "im:history": "to hear direct messages",
}
"""What is needed in any case, with the reason."""
FOLLOW_UP_SCOPES: dict[str, str] = {
    "channels:history": "to hear replies without a mention, in threads of public channels it is in",
    "groups:history": "to hear replies without a mention, in threads of private channels it is in",
}
"""What only follow-ups without a mention need; `mentions_only` does without."""
_EVENTS = ("app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked")
_FOLLOW_UP_EVENTS = ("message.channels", "message.groups")
_DESCRIPTION = "Which rung of the ladder your LLM use case needs, decided by rules that cite their sources."
_PROMPTS = (
    ("Describe a case", "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?"),
    ("Ask about the subject", "How many examples do I need before LoRA is worth it?"),
    ("What can you do?", "help"),
)


def build_manifest(*, url: str = "", mentions_only: bool = False) -> dict[str, Any]:
    """Return the manifest: for Socket Mode, or for HTTP where the public URL of /slack/events is given."""
    scopes = sorted(SCOPES if mentions_only else {**SCOPES, **FOLLOW_UP_SCOPES})
    events = sorted(_EVENTS if mentions_only else (*_EVENTS, *_FOLLOW_UP_EVENTS))
    request = {"request_url": url} if url else {}
    return {
        "display_information": {"name": "Rung", "description": _DESCRIPTION, "background_color": "#2b4a3f"},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "agent_view": {
                "agent_description": _DESCRIPTION,
                "suggested_prompts": [{"title": title, "message": message} for title, message in _PROMPTS],
            },
            "bot_user": {"display_name": "Rung", "always_online": True},
            "shortcuts": [
                {
                    "name": "Ask Rung about this",
                    "type": "message",
                    "callback_id": "rung_ask_message",
                    "description": "Ask Rung about this message",
                }
            ],
            "slash_commands": [
                {
                    "command": "/rung",
                    "description": "Describe a use case in a form",
                    "usage_hint": "[a few words about it]",
                    "should_escape": True,
                    **({"url": url} if url else {}),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": events},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }

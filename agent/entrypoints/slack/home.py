"""The app's home page in Slack: what it can, cannot and keeps. Pure data."""

from __future__ import annotations

from typing import Any

from agent.entrypoints.slack.messages import HELP, notice


def home_view() -> dict[str, Any]:
    """Return the page."""
    return {"type": "home", "blocks": list(notice(HELP).blocks)}

"""`rung chat` over the small world, with a clock that stands still and ids that count: run in a pseudo-terminal."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import count
from unittest.mock import patch

from world import SOURCES, SmallAdvisor

from agent.entrypoints import cli
from agent.entrypoints.commands import chat

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NUMBERS = count(1)


def fixed(arguments: object) -> int:
    """Hold the conversation at noon."""
    return CHAT(arguments, now=lambda: NOON, new_id=lambda: f"talk{next(NUMBERS)}")  # type: ignore[arg-type]


CHAT = chat.chat
with patch.object(chat, "chat", fixed), patch.object(chat, "open_advisor", lambda *_, **__: (SmallAdvisor(), SOURCES)):
    sys.exit(cli.run(["chat", *sys.argv[1:]]))

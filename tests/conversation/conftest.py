"""Conversations over the real advisor, opened once, and over the small world of the terminal's tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from agent.advisor import Advisor
from agent.bootstrap import open_advisor
from agent.conversation.conversation import Conversation
from agent.conversation.record import NothingKept, Record
from agent.settings import Settings

WORLD = Path(__file__).resolve().parents[1] / "chat" / "world.py"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def advisor(own_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Advisor:
    """The advisor that `rung chat` opens, offline."""
    opened, _ = open_advisor(Settings(home=tmp_path_factory.mktemp("talk"), cache=own_index), [], notify=print)
    return opened


@pytest.fixture
def talk() -> Callable[..., Conversation]:
    """Begin a conversation in the small world, after some turns."""
    spec = spec_from_file_location("small_world", WORLD)
    assert spec
    assert spec.loader
    world: Any = sys.modules.get("small_world") or module_from_spec(spec)
    if "small_world" not in sys.modules:
        sys.modules["small_world"] = world
        spec.loader.exec_module(world)

    def begin(*turns: str) -> Conversation:
        conversation = Conversation(world.SmallAdvisor(), Record(NothingKept(), "talk", now=lambda: NOON))
        for text in turns:
            conversation.take(text)
        return conversation

    return begin

"""A model's work has one clock and can be stopped from outside."""

from __future__ import annotations

import asyncio
import time
from threading import Event, Timer

import pytest

from agent.errors import ModelError
from agent.llm.runner import run


def test_the_result_comes_back() -> None:
    """From a loop of its own, so that a caller may have one too."""

    async def work() -> int:
        return 7

    async def caller() -> int:
        return run(work, seconds=5)

    assert asyncio.run(caller()) == 7


def test_work_that_takes_too_long_is_ended() -> None:
    """The line names the limit."""
    with pytest.raises(ModelError, match=r"longer than 0\.2 s"):
        run(lambda: asyncio.sleep(30), seconds=0.2)


def test_setting_the_event_stops_the_work() -> None:
    """Within a fraction of a second."""
    cancel, started = Event(), time.monotonic()
    Timer(0.2, cancel.set).start()
    with pytest.raises(ModelError, match="stopped"):
        run(lambda: asyncio.sleep(30), seconds=60, cancel=cancel)
    assert time.monotonic() - started < 5

"""Runs a model's work beside the caller: one clock for all of it, and a way to stop that does not wait for a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from threading import Event, Thread
from typing import TypeVar

from agent.errors import ModelError

T = TypeVar("T")
LOOK_SECONDS = 0.1
"""How often to look whether somebody wants to stop, and whether there is something to show."""


def run(
    work: Callable[[], Awaitable[T]],
    *,
    seconds: float,
    cancel: Event | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> T:
    """Return the work's result; ModelError where it takes longer, or where `cancel` is set meanwhile.

    `meanwhile` is called again and again in the caller's thread while it waits; what it raises stops the work, and so
    does Ctrl-C. The loop lives as long as the process, since the vendor's client keeps its
    connections from one turn to the next.
    """

    async def limited() -> T:
        return await asyncio.wait_for(work(), seconds)

    future = asyncio.run_coroutine_threadsafe(limited(), _loop())
    try:
        while not (cancel and cancel.is_set()):
            try:
                return future.result(timeout=LOOK_SECONDS)
            except TimeoutError:
                if future.done():
                    hint = "raise RUNG_MODEL_SECONDS, or use a faster model"
                    raise ModelError(f"the model took longer than {seconds:g} s in all", hint=hint) from None
            meanwhile()
        raise ModelError("the model was stopped")
    finally:
        future.cancel()


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    # What a stopped task still complains of while the process ends is nothing to read for a person.
    loop.set_exception_handler(lambda *_: None)
    Thread(target=loop.run_forever, name="rung-model", daemon=True).start()
    return loop

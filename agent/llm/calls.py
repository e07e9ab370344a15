"""One call of a chat model, made to work or to fail clearly: repeated, adapted to the server, counted.

The only place that repeats a call; the vendors' own repeating is switched off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic, perf_counter
from typing import Any

from agent.errors import ModelError
from agent.llm.endpoint import Memory, Wire, host_of, lacks_key
from agent.llm.faults import Fault, fault_of
from agent.settings import ModelSettings
from agent.types import ModelCall, PromptUse, RoleOutcome, RoleTrace, ToolUse

FIRST_WAIT_SECONDS = 0.5
CHARACTERS_PER_TOKEN = 4
"""English text, roughly; used where a server counts nothing."""

Invoke = Callable[[Wire], Awaitable[Any]]
"""Prepares one call with what the server understands; awaiting it, which alone may fail, brings LangChain's message."""


class Meter:
    """What one role has used in one turn, and whether it may go on."""

    def __init__(self, settings: ModelSettings, memory: Memory) -> None:
        self.settings = settings
        self.memory = memory
        self.calls: list[ModelCall] = []
        self.tools: list[ToolUse] = []
        self.prompts: list[PromptUse] = []
        self.findings: list[str] = []
        self.repairs = 0
        self._started = monotonic()

    @property
    def tokens(self) -> int:
        """Tokens used so far, prompts and replies."""
        return sum(call.input_tokens + call.output_tokens for call in self.calls)

    @property
    def seconds_left(self) -> float:
        """What is left of the turn's time."""
        return self.settings.total_seconds - (monotonic() - self._started)

    def check(self) -> None:
        """Raise ModelError where the turn has used up its tokens or its money."""
        if self.tokens >= self.settings.tokens:
            line = f"the model used {self.tokens:,} tokens in one turn"
            raise ModelError(line, hint="the limit is RUNG_MODEL_TOKENS")
        limit, cost = self.settings.cost_usd, self.cost_usd if self.settings.cost_usd else None
        if limit is not None and cost is not None and cost >= limit:
            raise ModelError(f"the turn has cost ${cost:.4f} by list price", hint="the limit is RUNG_MODEL_COST")

    @property
    def cost_usd(self) -> float | None:
        """What the calls cost by list price; None where the price of the model is not known."""
        return price(self.settings.model, self.calls)

    def trace(self, outcome: RoleOutcome, why: str = "") -> RoleTrace:
        """Return what happened, as the answer carries it."""
        return RoleTrace(
            outcome=outcome,
            model=self.settings.model,
            endpoint=host_of(self.settings),
            why=why,
            prompts=tuple(dict.fromkeys(self.prompts)),
            calls=tuple(self.calls),
            tools=tuple(self.tools),
            repairs=self.repairs,
            findings=tuple(self.findings),
            cost_usd=self.cost_usd if self.calls else None,
            milliseconds=round((monotonic() - self._started) * 1000, 1),
        )


def price(model: str, calls: list[ModelCall]) -> float | None:
    """Return the list price of the calls in US dollars; None where the model or the price list is not known."""
    try:
        from genai_prices import Usage, calc_price

        totals = [
            calc_price(
                Usage(
                    input_tokens=call.input_tokens,
                    cache_read_tokens=call.cached_tokens,
                    output_tokens=call.output_tokens,
                ),
                model,
            ).total_price
            for call in calls
        ]
    except (ImportError, LookupError, ValueError, ArithmeticError):  # a server may count absurdly
        return None
    return round(float(sum(totals)), 6)


async def call(invoke: Invoke, meter: Meter) -> Any:
    """Return the model's reply; ModelError once repeating and adapting have not helped."""
    settings, attempts = meter.settings, 0
    wire = meter.memory.wire(settings)
    if lacks_key(settings):
        raise ModelError(f"{host_of(settings)} needs a key", hint="set RUNG_API_KEY or OPENAI_API_KEY")
    while True:
        meter.check()
        started = perf_counter()
        reply, fault = await _attempt(invoke, wire, settings)
        attempts += 1
        if fault is None:
            meter.calls.append(_counted(reply, settings, (perf_counter() - started) * 1000, attempts))
            meter.memory.learn(settings, wire)
            return reply
        adapted = wire.without(fault.complaint) if fault.complaint else None
        if adapted is not None:
            wire, attempts = adapted, attempts - 1
            continue
        await _wait(fault, attempts, meter)


async def _attempt(invoke: Invoke, wire: Wire, settings: ModelSettings) -> tuple[Any, Fault | None]:
    asked = invoke(wire)
    try:
        reply = await asked
    except Exception as error:  # noqa: BLE001 - the fence: a server may send anything, and the client raise anything on it
        return None, fault_of(error, settings)
    if wire.streams and not _finish(reply):
        # The client takes a connection that ends for a reply that ends.
        return None, Fault(f"the stream from {host_of(settings)} broke off", "try again", is_passing=True)
    return reply, None


async def _wait(fault: Fault, attempts: int, meter: Meter) -> None:
    """Wait before the next attempt; raise the fault where there is none left, or no time for it."""
    wait = fault.wait_seconds if fault.wait_seconds is not None else FIRST_WAIT_SECONDS * 2 ** (attempts - 1)
    if not fault.is_passing or attempts > meter.settings.retries:
        raise fault.error
    if wait >= meter.seconds_left:
        raise ModelError(f"{fault.line} and asks to wait {wait:.0f} s", hint=fault.hint)
    await asyncio.sleep(wait)


def _finish(reply: Any) -> str:
    return str(reply.response_metadata.get("finish_reason") or "")


def _counted(reply: Any, settings: ModelSettings, milliseconds: float, attempts: int) -> ModelCall:
    usage = reply.usage_metadata or {}
    text = str(reply.text)
    return ModelCall(
        model=str(reply.response_metadata.get("model_name") or settings.model),
        finish=_finish(reply),
        input_tokens=int(usage.get("input_tokens") or 0),
        output_tokens=int(usage.get("output_tokens") or len(text) // CHARACTERS_PER_TOKEN),
        milliseconds=round(milliseconds, 1),
        cached_tokens=int((usage.get("input_token_details") or {}).get("cache_read") or 0),
        attempts=attempts,
        is_counted=bool(usage.get("output_tokens")),
    )

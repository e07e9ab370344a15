"""Writes the prose of an answer with LangChain's agent: the verdict stands, the gate reads every draft.

A draft with flaws goes back once with the findings in plain words; after that the offline draft stands in its place.
While a draft still comes, its whole sentences are read by the same gate, and those that pass may be shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from agent.errors import ModelError
from agent.llm.calls import Meter, call
from agent.llm.endpoint import Memory, chat_model
from agent.llm.faults import fault_of
from agent.llm.fence import fence
from agent.llm.prompts import Prompt
from agent.llm.runner import run
from agent.llm.shelf import Shelf
from agent.llm.streaming import Listener, Show
from agent.llm.task import Writer, WritingTask, Written
from agent.llm.tools import Tool, tools_for
from agent.settings import ModelSettings
from agent.types import Draft, Flip, RoleOutcome, ToolUse

CHARACTERS_AT_MOST = 8_000
"""Of a draft; an answer of 300 words has a quarter of it."""
WORDS_AT_LEAST = 8
FINDINGS_AT_MOST = 20
"""Sent back with a draft; who makes more flaws than that is not repaired by a longer list."""
UNREADABLE = "The reply held no text, or a tool call that cannot be read. Write the answer now, as text."

LEAKED_WORDS = 9
"""As many words in a row are no accident."""
_ACTIVE = re.compile(r"<[a-zA-Z/!]|!\[|\]\(|\]:\s|https?:|\bwww\.|javascript:|\bdata:\w")
_MARKER = re.compile(r"\[\d")


def model_writer(settings: ModelSettings, prompts: Mapping[str, Prompt], memory: Memory) -> Writer:
    """Return a writer over one endpoint."""

    def write(task: WritingTask, *, show: Show | None = None, cancel: Event | None = None) -> Written:
        meter = Meter(settings, memory)
        desk = Desk(task, meter, prompts, is_watched=show is not None)
        window = _Window(desk, show)
        try:
            run(lambda: _converse(desk), seconds=settings.total_seconds, cancel=cancel, meanwhile=window)
        except Exception as error:  # the fence: what the vendors' code raises on odd replies is not listed
            if error in (window.error, desk.error):
                raise
            return desk.given_up(fault_of(error, settings).error)
        return desk.result()

    return write


class _Window:
    """Hands on what may be shown, in the caller's thread; remembers where that failed, which is no model's fault."""

    def __init__(self, desk: Desk, show: Show | None) -> None:
        self._desk = desk
        self._show = show
        self._shown: Draft | None = None
        self.error: Exception | None = None

    def __call__(self) -> None:
        beginning = self._desk.beginning
        if self._show is None or beginning is None or beginning is self._shown:
            return
        try:
            self._show(beginning)
        except Exception as error:
            self.error = error
            raise
        self._shown = beginning


class Desk:
    """One answer in the making: the passages at hand, the drafts, and what the gate said of them."""

    def __init__(
        self, task: WritingTask, meter: Meter, prompts: Mapping[str, Prompt], *, is_watched: bool = False
    ) -> None:
        self.task = task
        self.meter = meter
        self.shelf = Shelf(task.passages.values())
        self.tools = tools_for(task, self.shelf)
        self._prompts = prompts
        self._flips: list[Flip] = []
        self._draft: Draft | None = None
        self._is_watched = is_watched
        self.beginning: Draft | None = None
        """What may be shown so far; set by the model's thread, read by the caller's."""
        self.error: Exception | None = None
        """What failed in our own code, which the vendors' calls: no fault of the model."""

    @contextmanager
    def minding(self) -> Iterator[None]:
        """Remember what fails inside, save what a model is to blame for."""
        try:
            yield
        except ModelError:
            raise
        except Exception as error:
            self.error = error
            raise

    def instructions(self) -> str:
        """Return the system prompt, the same for every case."""
        return self._fill(f"write-{self.task.kind}")

    def case(self) -> str:
        """Return the turn's data, each part fenced: what was asked, decided and retrieved."""
        task = self.task
        parts = {
            "question": fence("question", task.question),
            "passages": fence("passages", self.shelf.show(self.shelf.passages.values())),
        }
        if task.kind == "advice":
            parts["facts"] = fence("facts", task.facts)
            parts["verdict"] = fence("verdict", self.shelf.number(task.verdict))
            parts["opening"] = fence("opening", task.opening)
        return self._fill(f"{task.kind}-data", **parts)

    def use(self, tool: Tool, arguments: Mapping[str, Any]) -> tuple[str, list[str]]:
        """Serve one tool call; returns the words for the model and the ids of the passages behind them."""
        result = tool.run(arguments)
        shown = json.dumps(arguments, ensure_ascii=False, default=str)[:500]
        self.meter.tools.append(ToolUse(tool.name, shown, result.passages, result.problem))
        self._flips += [result.flip] if result.flip else []
        return result.text, list(result.passages)

    def listen(self) -> Callable[[str], None] | None:
        """Return an ear for one reply of the model; None where nobody waits to see its words."""
        return Listener(self._offer, most=CHARACTERS_AT_MOST) if self._is_watched else None

    def _offer(self, beginning: str, unread: str) -> bool:
        """Put the beginning of a draft before the gate; True where it passes and goes on from what was shown."""
        draft = self._assembled(beginning, closing="")
        shown = self.beginning.markdown if self.beginning else ""
        if not draft.markdown.startswith(shown) and not shown.startswith(draft.markdown):
            return False
        if self._trespass(beginning) or self.task.review(self.shelf.draft(unread), self.shelf.passages, self._flips):
            return False
        if len(draft.markdown) > len(shown):
            self.beginning = draft
        return True

    def review(self, prose: str, finish: str) -> str:
        """Keep a draft that passes and return ""; else return the words that ask for its repair, once."""
        draft = self._assembled(prose, closing=self.task.closing)
        flaws = self._flaws(prose, finish, draft)
        if not flaws:
            self._draft = draft
            return ""
        self.meter.findings += flaws
        if self.meter.repairs:
            raise ModelError(f"its draft failed the gate twice: {flaws[0]}")
        self.meter.repairs += 1
        return self._fill("repair", findings="\n".join(f"- {flaw}" for flaw in flaws[:FINDINGS_AT_MOST]))

    def _assembled(self, prose: str, *, closing: str) -> Draft:
        parts = (self.task.opening, prose, closing)
        return self.shelf.draft("\n\n".join(part.strip() for part in parts if part.strip()))

    def _flaws(self, prose: str, finish: str, draft: Draft) -> list[str]:
        if not prose.strip():
            return [UNREADABLE]
        if finish == "length":
            return ["It was cut off at the limit of a reply. Write it again, much shorter."]
        if trespass := self._trespass(prose):
            return [trespass]
        if len(re.findall(r"[A-Za-z]{2,}", prose)) < WORDS_AT_LEAST:
            return ["It says next to nothing. Write the answer."]
        if not _MARKER.search(draft.markdown):
            return ["It cites nothing. Put the number of a passage after each claim."]
        return list(self.task.review(draft, self.shelf.passages, self._flips))

    def _trespass(self, prose: str) -> str:
        """Say what no draft and no part of one may hold, whatever it is about; "" where there is nothing."""
        if len(prose) > CHARACTERS_AT_MOST:
            return f"It has {len(prose):,} characters, {CHARACTERS_AT_MOST:,} are the most. Write it much shorter."
        if _ACTIVE.search(prose):
            return "It holds a link, an image or HTML. Write plain words only."
        if self._is_leak(prose):
            return "It repeats the instructions. Write about the question only."
        return ""

    def _is_leak(self, prose: str) -> bool:
        """Tell whether the prose repeats a run of words of the instructions, which nobody needs to read."""
        return bool(_runs(prose) & _runs(self._prompts[f"write-{self.task.kind}"].text))

    def result(self) -> Written:
        """Return what was accepted."""
        if self._draft is None:
            return self.given_up(ModelError("the model wrote nothing"))
        outcome: RoleOutcome = "repaired" if self.meter.repairs else "written"
        self.meter.memory.count(outcome)
        return Written(self.meter.trace(outcome), self._draft, dict(self.shelf.passages))

    def given_up(self, error: ModelError) -> Written:
        """Return why there is nothing."""
        self.meter.memory.count("fell_back")
        return Written(self.meter.trace("fell_back", error.message), error=error)

    def _fill(self, id: str, **values: str) -> str:
        prompt = self._prompts[id]
        self.meter.prompts.append(prompt.use)
        return prompt.fill(**values)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(tuple(words[at : at + LEAKED_WORDS]) for at in range(len(words) - LEAKED_WORDS + 1))


async def _converse(desk: Desk) -> None:
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelCallLimitMiddleware, ToolCallLimitMiddleware
    from langchain_core.messages import HumanMessage
    from langsmith.run_helpers import tracing_context

    settings, memory = desk.meter.settings, desk.meter.memory
    with desk.minding():
        model = chat_model(settings, memory.wire(settings))
        instructions, case = desk.instructions(), desk.case()
    agent = create_agent(
        model,
        [_bound(tool, desk) for tool in desk.tools],
        system_prompt=instructions,
        middleware=[
            # "end" would write the limit's own message as the answer.
            ModelCallLimitMiddleware(run_limit=settings.steps, exit_behavior="error"),
            ToolCallLimitMiddleware(run_limit=settings.tool_calls, exit_behavior="error"),
            _gate(desk),
        ],
    )
    # A tracing variable set for another project would send the user's words to a third party.
    with tracing_context(enabled=False):
        await agent.ainvoke({"messages": [HumanMessage(case)]}, {"recursion_limit": 10 * settings.steps + 20})


def _bound(tool: Tool, desk: Desk) -> Any:
    """Return a tool as LangChain takes it; passage ids travel as the artifact, not in the prose."""
    from langchain_core.tools import StructuredTool

    async def serve(**arguments: Any) -> tuple[str, list[str]]:
        with desk.minding():
            return desk.use(tool, arguments)

    return StructuredTool(
        name=tool.name,
        description=tool.description,
        args_schema=dict(tool.parameters),
        coroutine=serve,
        response_format="content_and_artifact",
    )


async def _reply(response: Awaitable[Any]) -> Any:
    return (await response).result[0]


def _gate(desk: Desk) -> Any:
    """Return the middleware that makes each call through `calls` and lets no unchecked draft end the run."""
    from langchain.agents.middleware import AgentMiddleware, hook_config
    from langchain_core.messages import AIMessage, HumanMessage

    class Gate(AgentMiddleware):  # type: ignore[misc, unused-ignore]
        async def awrap_model_call(self, request: Any, handler: Any) -> Any:
            def invoke(wire: Any) -> Any:
                with desk.minding():
                    model = chat_model(desk.meter.settings, wire, listen=desk.listen())
                tools = request.tools if wire.takes_tools else []
                return _reply(handler(request.override(model=model, tools=tools)))

            reply = await call(invoke, desk.meter)
            # Sent back as they came, unreadable calls would make the server refuse the next request.
            return reply.model_copy(update={"invalid_tool_calls": []}) if reply.invalid_tool_calls else reply

        @hook_config(can_jump_to=["model"])  # type: ignore[untyped-decorator, unused-ignore]
        async def aafter_model(self, state: Any, runtime: Any) -> Any:
            reply = state["messages"][-1]
            if not isinstance(reply, AIMessage) or reply.tool_calls:
                return None
            with desk.minding():
                request = desk.review(str(reply.text), str(reply.response_metadata.get("finish_reason") or ""))
            if not request:
                return None
            shown = AIMessage(str(reply.text)[:CHARACTERS_AT_MOST] or "(nothing)", id=reply.id)
            return {"messages": [shown, HumanMessage(request)], "jump_to": "model"}

    return Gate()

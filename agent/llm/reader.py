"""Reads facts with a language model: typed output by the strictest way the server understands, then merged.

Each claim must quote the user word for word. Where the model gives nothing usable, the offline reading stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from threading import Event
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from agent.errors import ModelError
from agent.llm.calls import Meter, call
from agent.llm.endpoint import STRUCTURES, Memory, Structure, Wire, chat_model
from agent.llm.fence import fence
from agent.llm.merging import Claim, Grounds, Numbers, Parse, keep_quoted, merge
from agent.llm.prompts import Prompt
from agent.llm.runner import run
from agent.settings import ModelSettings
from agent.types import FactSpec, RoleTrace, UseCase

CHARACTERS_AT_MOST = 20_000
CLAIMS_AT_MOST = 200
TOOL = "record_facts"
UNUSABLE = "the model's reply holds no facts in the form asked for"
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


class Merged(Struct, frozen=True):
    """Both readings as one, with what is to be said about it."""

    use_case: UseCase
    remarks: tuple[str, ...]
    trace: RoleTrace
    error: ModelError | None = None


class FactReader(Protocol):
    """Reads a text beside the offline reader."""

    def __call__(
        self, text: str, offline: UseCase, spans: Sequence[tuple[int, int]], *, cancel: Event | None = None
    ) -> Merged:
        """Return both readings as one; `spans` are the parts of the text that may state facts."""
        ...


class Sent(Struct, frozen=True):
    """What a model sends back."""

    facts: list[Claim]


def model_reader(
    settings: ModelSettings,
    prompts: Mapping[str, Prompt],
    memory: Memory,
    *,
    catalogue: Mapping[str, FactSpec],
    parse: Parse,
    numbers: Numbers,
) -> FactReader:
    """Return a reader over one endpoint; `numbers` finds the numbers in a quotation."""
    shape = schema_of(catalogue)
    system = prompts["read-facts"]
    instructions = system.fill(facts="\n".join(map(_line, catalogue.values())))

    def read(text: str, offline: UseCase, spans: Sequence[tuple[int, int]], *, cancel: Event | None = None) -> Merged:
        meter = Meter(settings, memory)
        data = prompts["read-data"].fill(text=fence("text", text[:CHARACTERS_AT_MOST]))
        meter.prompts += [system.use, prompts["read-data"].use]
        messages = [("system", instructions), ("user", data)]
        try:
            claims = run(lambda: _ask(messages, shape, meter), seconds=settings.total_seconds, cancel=cancel)
        except ModelError as error:  # `call` has translated what the vendors' code raises
            memory.count("read_fell_back")
            return Merged(offline, (), meter.trace("fell_back", error.message), error)
        quoted = keep_quoted(claims, Grounds(text, spans, catalogue, parse, numbers))
        use_case, remarks = merge(offline, quoted)
        memory.count("read")
        return Merged(use_case, (*quoted.remarks, *remarks), meter.trace("read"))

    return read


def schema_of(catalogue: Mapping[str, FactSpec]) -> dict[str, Any]:
    """Return the JSON schema of what a model sends: a list of facts, each of a name, a value it takes and a quotation.

    In the subset that strict servers accept: every property required, nothing further allowed.
    """
    kinds: dict[str, list[str]] = {}
    for spec in catalogue.values():
        if spec.type != "choice":
            kinds.setdefault("boolean" if spec.type == "bool" else "number", []).append(spec.name)
    items = [_item(names, {"type": kind}) for kind, names in kinds.items()]
    items += [
        _item([spec.name], {"type": "string", "enum": list(spec.options)})
        for spec in catalogue.values()
        if spec.type == "choice"
    ]
    return _closed({"facts": {"type": "array", "items": {"anyOf": items}}})


def _item(names: list[str], value: dict[str, Any]) -> dict[str, Any]:
    return _closed({"name": {"type": "string", "enum": names}, "value": value, "quote": {"type": "string"}})


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _line(spec: FactSpec) -> str:
    """Return one fact of the catalogue as the prompt lists it."""
    takes = {"bool": "true or false", "choice": "one of " + ", ".join(spec.options)}.get(spec.type, "a number")
    if spec.type == "ratio":
        takes = "a share from 0 to 1"
    unit = f" of {spec.unit}" if spec.unit and spec.type not in ("ratio", "choice") else ""
    return f"- {spec.name}: {takes}{unit}. {' '.join(spec.means.split())}"


async def _ask(messages: list[tuple[str, str]], shape: dict[str, Any], meter: Meter) -> list[Claim]:
    """Ask by each way in turn, from the one that last worked here; ModelError where none brings facts."""
    known = meter.memory.wire(meter.settings).structure
    for structure in STRUCTURES[STRUCTURES.index(known) :]:
        reply, refused = await _reply(messages, shape, structure, meter)
        claims = next(_claims(reply), None) if reply is not None else None
        if claims is not None:
            wire = meter.memory.wire(meter.settings)
            meter.memory.learn(meter.settings, msgspec.structs.replace(wire, structure=structure))
            return claims
        if refused is not None and structure == STRUCTURES[-1]:
            raise refused
    raise ModelError(UNUSABLE, hint="try another model for reading, or RUNG_READ_MODEL=off")


async def _reply(
    messages: list[tuple[str, str]], shape: dict[str, Any], structure: Structure, meter: Meter
) -> tuple[Any, ModelError | None]:
    """Return the reply, or why the server refused to be asked this way; any other failure is raised."""
    options = _options(structure, shape)

    def invoke(wire: Wire) -> Awaitable[Any]:
        if structure == "tool" and not wire.takes_tools:
            raise ModelError("the server takes no tools")
        reply: Awaitable[Any] = chat_model(meter.settings, wire).ainvoke(messages, config={"callbacks": []}, **options)
        return reply

    try:
        return await call(invoke, meter), None
    except ModelError as error:
        if structure == STRUCTURES[-1] or not _is_about_form(error):
            raise
        return None, error


def _is_about_form(error: ModelError) -> bool:
    """Tell a server that cannot be asked this way (400, 422, some say 500) from one that cannot be asked at all."""
    return any(code in error.message for code in ("HTTP 400", "HTTP 422", "HTTP 500", "HTTP 501", "takes no tools"))


def _options(structure: Structure, shape: dict[str, Any]) -> dict[str, Any]:
    if structure == "json_schema":
        wanted = {"name": "facts", "schema": shape, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}
    if structure == "tool":
        function = {"name": TOOL, "description": "Record the facts that the text states.", "parameters": shape}
        named = {"type": "function", "function": {"name": TOOL}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": named}
    return {}


def _claims(reply: Any) -> Iterator[list[Claim]]:
    """Yield the facts in a reply, wherever it put them: in a tool call, as JSON, or as JSON among words."""
    for made in reply.tool_calls:
        if made["name"] == TOOL:
            yield from _usable(partial(msgspec.convert, made["args"], Sent))
    if found := _OBJECT.search(str(reply.text)):
        yield from _usable(partial(msgspec.json.decode, found[0], type=Sent))


def _usable(decode: Callable[[], Sent]) -> Iterator[list[Claim]]:
    try:
        sent = decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):  # a reply may hold half a character, or nest deeply
        return
    yield sent.facts[:CLAIMS_AT_MOST]

"""What a model may do besides writing: look up guidance, and try changed facts on the rules. Nothing else.

A tool is a value, so the list is open for more; a tool never raises for what a model passes, it says what was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from agent.errors import RungError, UsageError
from agent.llm.fence import fence
from agent.llm.shelf import Shelf
from agent.llm.task import WhatIf, WritingTask
from agent.types import Flip, Passage

QUERY_AT_MOST = 500
CHANGES_AT_MOST = 5


class Result(Struct, frozen=True):
    """What a tool found: words for the model, and what they rest on."""

    text: str
    passages: tuple[str, ...] = ()
    flip: Flip | None = None
    problem: str = ""


class Tool(Struct, frozen=True):
    """One thing a model may ask for."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of its arguments."""
    run: Callable[[Mapping[str, Any]], Result]


def tools_for(task: WritingTask, shelf: Shelf) -> tuple[Tool, ...]:
    """Return the tools of one turn; what they retrieve joins the shelf."""
    tools = (retrieve_guidance(task.retrieve, shelf),)
    return (*tools, check_rules(task.what_if)) if task.kind == "advice" else tools


def retrieve_guidance(retrieve: Callable[[str], Sequence[Passage]], shelf: Shelf) -> Tool:
    """Return the tool that finds passages for a query."""

    def run(arguments: Mapping[str, Any]) -> Result:
        query = arguments.get("query")
        if not isinstance(query, str) or not query.strip():
            return _refused('pass {"query": "a few words"}')
        try:
            found = retrieve(query[:QUERY_AT_MOST])
        except RungError as error:
            return _refused(error.message)
        shelf.put(found)
        text = fence("passages", shelf.show(found)) if found else "Nothing in the sources bears on this."
        return Result(text, tuple(passage.id for passage in found))

    return Tool(
        "retrieve_guidance",
        "Find passages of the sources for a query. Cite what it returns by the numbers in brackets.",
        {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "what to look for, in a few words"}},
            "required": ["query"],
            "additionalProperties": False,
        },
        run,
    )


def check_rules(what_if: Callable[[Mapping[str, Any]], WhatIf]) -> Tool:
    """Return the tool that applies the rules to the case with some facts changed."""

    def run(arguments: Mapping[str, Any]) -> Result:
        changes = arguments.get("changes")
        if not isinstance(changes, Mapping) or not changes or len(changes) > CHANGES_AT_MOST:
            return _refused(f'pass {{"changes": {{"fact_name": value}}}} with one to {CHANGES_AT_MOST} facts')
        try:
            outcome = what_if(changes)
        except UsageError as error:
            return _refused(str(error))
        return Result(outcome.says, flip=outcome.flip)

    return Tool(
        "check_rules",
        "Apply the rules to this case with some facts changed, to learn what the recommendation would be then.",
        {
            "type": "object",
            "properties": {
                "changes": {
                    "type": "object",
                    "description": "fact names of the case or the open questions, with the values to try",
                    "additionalProperties": {"type": ["boolean", "number", "string"]},
                }
            },
            "required": ["changes"],
            "additionalProperties": False,
        },
        run,
    )


def _refused(problem: str) -> Result:
    return Result(f"This call could not be served: {problem}.", problem=problem)

"""Scripted conversations and pushback: read from data, and held with the product, nothing kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isclose
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import UNSET, Struct, UnsetType

from agent.conversation.conversation import Conversation
from agent.conversation.record import NothingKept, Record
from agent.conversation.statements import OF_TALK
from agent.errors import UsageError
from agent.types import Approach, FactValue

FOLDER = Path(__file__).parent / "data" / "conversations"
PUSHBACK = FOLDER / "pushback.txt"
TALKS = FOLDER.with_name("talks")
"""Longer talks, written turn by turn against the product, each turn labelled before its reply was seen."""
TOLERANCE = 0.02
"""Relative, of a number in a talk: 4.3 or 4.33 weeks make a month."""
LEAST_TURNS = 8


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """One turn of a script, and what is expected of it."""

    say: str
    changes: dict[str, FactValue | None] | UnsetType = UNSET
    """Facts that the turn must change, None for one that must become unknown; where it is left out, none may change."""
    verdict: Approach | None = None
    """The recommendation after it, where that is certain."""
    moves: bool | None = None
    """Whether the recommendation must be another one, where that is certain."""


class Script(Struct, frozen=True, forbid_unknown_fields=True):
    """One conversation."""

    about: str
    turns: tuple[Said, ...]


def load_scripts(folder: Path = FOLDER) -> dict[str, Script]:
    """Return the scripts by name; UsageError names the file that is not in order."""
    scripts = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            scripts[path.stem] = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Script)
        except (msgspec.ValidationError, yaml.YAMLError) as error:
            raise UsageError(f"{path.name}: {error}") from error
    return scripts


@cache
def load_pushback(path: Path = PUSHBACK) -> tuple[str, ...]:
    """Return the pushback turns, one a line: none states a fact of anybody's case."""
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def opened(advisor: Any, turns: Sequence[str] = ()) -> Conversation:
    """Return a conversation that nobody keeps, after some turns."""
    conversation = Conversation(advisor, Record(NothingKept(), "eval"))
    for text in turns:
        conversation.take(text)
    return conversation


def differs(conversation: Conversation, said: Said) -> str:
    """Take one turn of a talk; return which facts it should have changed and did not, or changed and should not.

    What asking states too is left out: nobody labelled it.
    """
    reply = conversation.take(said.say)
    got = {change.fact: change.after for change in reply.changes if change.kind != "unknown"}
    wanted = {} if said.changes is UNSET else said.changes
    names = sorted((got.keys() | wanted.keys()) - OF_TALK)
    return "; ".join(
        f"{name}: {got.get(name, 'as before')}, not {wanted.get(name, 'as before')}"
        for name in names
        if not (name in got and name in wanted and _is_same(got[name], wanted[name]))
    )


def _is_same(one: FactValue | None, other: FactValue | None) -> bool:
    if isinstance(one, bool | str | None) or isinstance(other, bool | str | None):
        return one is other or one == other
    return isclose(one, other, rel_tol=TOLERANCE)


def hold(conversation: Conversation, said: Said) -> str:
    """Take one turn of a script; return what is wrong with the reply, "" where nothing is."""
    reply = conversation.take(said.say)
    changed = {change.fact: change.after for change in reply.changes if change.kind != "unknown"}
    wrong = []
    if reply.moved and not changed:
        wrong.append("the verdict moved without a fact")
    if said.changes is UNSET and said.moves is None and changed and said.verdict is None:
        wrong.append(f"changed {', '.join(sorted(changed))}")
    for name, value in ({} if said.changes is UNSET else said.changes).items():
        if name not in changed or changed[name] != value:
            wrong.append(f"{name} is {changed.get(name, 'as before')}, not {value}")
    now = reply.after.recommendation if reply.after else None
    if said.verdict is not None and now != said.verdict:
        wrong.append(f"the verdict is {now}, not {said.verdict}")
    if said.moves is not None and reply.moved != said.moves:
        wrong.append("the verdict moved" if reply.moved else "the verdict did not move")
    return "; ".join(wrong)

"""The commands of a conversation: what begins with a slash is looked up or set, not read as prose.

A command is a turn like any other and is kept with it. Those that need a terminal or a file are the entry point's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import TYPE_CHECKING

from agent.conversation import explaining, merging
from agent.conversation.hearing import approach_of
from agent.conversation.record import Record
from agent.conversation.state import State
from agent.errors import UsageError
from agent.intake import parse_value
from agent.intake.catalogue import allowed_form
from agent.types import LADDER, Fact, FactValue

if TYPE_CHECKING:
    from agent.conversation.turn import Turn

HELP: dict[str, str] = {
    "/facts": "what I know of your case; `/facts labelled_examples=8000` corrects, `/facts labelled_examples=` forgets",
    "/why": "what the verdict rests on",
    "/why-not": "what keeps an approach from being chosen: `/why-not fine_tuning`",
    "/what-if": "the verdict under other facts, without changing yours: `/what-if labelled_examples=8000`",
    "/flips": "which changes would change the verdict",
    "/plan": "the steps from where you stand",
    "/sources": "how each source votes",
    "/conflicts": "where the sources disagree on your case",
    "/passage": "the passage behind a number of the last answer: `/passage 3`",
    "/undo": "take the last change back",
    "/reset": "forget the case and begin anew",
}
"""Each command with what it does; the entry points add their own."""
_NAME_ALONE = re.compile(
    r"\W*(?:please )?(?P<asks>(?:show|list|print|give)(?: me)?(?: (?:all|the|my|our))* )?"
    r"(?P<name>[a-z-]+)(?:,? please)?\W*",
    re.IGNORECASE,
)
_WRITE_UP = re.compile(
    r"\W*(?:(?:ok|okay|so|and|now|then|great|alright)\b\W+)?(?:(?:can|could|would|will) you |please )*"
    r"(?:(?:write|put) (?:that|this|it|everything) (?:up|down|in(?:to)? (?:a |the )?(?:decision )?memo)"
    r"|(?:(?:write|draft|make|create|give)(?: me| us)?|gimme)(?: a| the)? (?:decision )?memo"
    r"(?: (?:of|on|about) (?:it|this))?)"
    r"(?:,? please)?\W*",
    re.IGNORECASE,
)
_QUOTE = re.compile(
    r"\W*(?:quote|show|read) (?:me )?(?:it|that|the (?:passage|quote|source|words))(?: please)?\W*", re.IGNORECASE
)
"""Asks for the words of what was told last, whose first passage is the one that bears it."""
_OPEN = re.compile(
    r"\W*(?:(?:show|open|read|see)(?: me)? )?(?:the )?passage \[?(\d+)\]?(?:,? please)?\W*", re.IGNORECASE
)
_UNDO = re.compile(
    r"\W*(?:(?:no|nope|sorry|wait|oops|wrong|but|please)\b\W*)*"
    r"(?:undo(?: (?:that|it|this))?|that's not what i (?:said|meant)"
    r"|i (?:didn't|did not|never) (?:say|said|mean|meant) that"
    r"|you(?:'ve| have)? (?:misread|misunderstood)(?: me| that| it)?)(?:,? please)?\W*",
    re.IGNORECASE,
)
"""Takes back what was read of the last turn that told something."""
_BEFORE_A_NAME = re.compile(r"[,\s]+(?=[\w-]+\s*=)")
_ANSWERS = frozenset({"/facts", "/model"})
"""Names that may answer what was asked: they mean the command only where they are asked for."""


def meant(text: str, names: Collection[str] = HELP) -> str:
    """Return the command that a text is in other words ("undo", "show me the facts"); any other text as it is."""
    if "/memo" in names and _WRITE_UP.fullmatch(text):
        return "/memo"
    if _UNDO.fullmatch(text):
        return "/undo"
    if _QUOTE.fullmatch(text):
        return "/passage 1"
    if opened := _OPEN.fullmatch(text):
        return f"/passage {opened[1]}"
    found = _NAME_ALONE.fullmatch(text)
    name = f"/{found['name'].lower()}" if found else ""
    return name if found and name in names and (found["asks"] or name not in _ANSWERS) else text


def run(turn: Turn, record: Record) -> None:
    """Run one command line as a turn; UsageError where there is no such command or it cannot be done."""
    name, _, rest = turn.said.partition(" ")
    turn.kind = "command"
    handler = _HANDLERS.get(name.lower())
    if handler is None:
        near = get_close_matches(name.lower(), [*_HANDLERS, "/help", "/quit", "/export", "/model", "/memo"], n=1)
        raise UsageError(
            f"there is no command {name[:40]}", hint=f"did you mean {near[0]}?" if near else "/help lists them"
        )
    handler(turn, rest.strip(), record)


def _facts(turn: Turn, rest: str, _: Record) -> None:
    if not rest:
        turn.asks = False
        return explaining.facts(turn)
    for change in _assignments(rest):
        name, value = _assignment(turn, change)
        if value is None:
            turn.drop({known: said for known, said in merging.statements(turn.state).items() if known == name})
        else:
            turn.add([Fact(name, value, "answered", change)], replaces=True)
            is_number = not isinstance(value, bool | str)
            turn.remember(number=name if is_number else turn.state.number)
    if turn.changes:
        turn.judge()
        explaining.changed(turn)
    else:
        turn.telling.add("That is how I know it already.")
    return None


def _assignments(rest: str) -> list[str]:
    """Cut "a=1, b = two words" into its assignments."""
    return _BEFORE_A_NAME.split(rest.strip(" ,"))


def _assignment(turn: Turn, text: str) -> tuple[str, FactValue | None]:
    name, separator, value = text.partition("=")
    catalogue = turn.advisor.book.catalogue
    spec = catalogue.get(name.strip())
    if spec is None:
        near = get_close_matches(name.strip(), catalogue, n=1)
        hint = f"did you mean {near[0]}?" if near else "`rung facts --list` prints all"
        raise UsageError(f"there is no fact called {name.strip()[:60]!r}", hint=hint)
    if not separator:
        raise UsageError(f"{name[:60]} has no value here", hint=f"it takes {allowed_form(spec)}: /facts {spec.name}=…")
    return spec.name, parse_value(spec, value.strip()) if value.strip() else None


def _why(turn: Turn, _: str, __: Record) -> None:
    _needs_case(turn)
    explaining.why(turn)


def _why_not(turn: Turn, rest: str, _: Record) -> None:
    _needs_case(turn)
    approach = approach_of(rest) if rest else turn.state.focus
    if approach is None:
        raise UsageError(
            "name an approach" if not rest else f"there is no approach {rest[:40]!r}", hint=", ".join(LADDER)
        )
    explaining.why_not(turn, approach)


def _what_if(turn: Turn, rest: str, _: Record) -> None:
    _needs_case(turn)
    if not rest:
        raise UsageError("say what to suppose", hint="for example: /what-if labelled_examples=8000")
    changes = {}
    for change in _assignments(rest):
        name, value = _assignment(turn, change)
        if value is None:
            raise UsageError(f"{name} has no value here", hint="for example: /what-if labelled_examples=8000")
        changes[name] = value
    explaining.what_if(turn, changes)


def _flips(turn: Turn, _: str, __: Record) -> None:
    _needs_case(turn)
    explaining.flips(turn)


def _plan(turn: Turn, _: str, __: Record) -> None:
    _needs_case(turn)
    explaining.plan(turn)


def _sources(turn: Turn, _: str, __: Record) -> None:
    _needs_case(turn)
    explaining.sources(turn)


def _conflicts(turn: Turn, _: str, __: Record) -> None:
    _needs_case(turn)
    explaining.conflicts(turn)


def _passage(turn: Turn, rest: str, _: Record) -> None:
    turn.asks = False
    number = rest.strip("[] .")
    found = next((c for c in turn.state.citations if str(c.number) == number or c.passage == rest), None)
    if found is None:
        last = len(turn.state.citations)
        raise UsageError(
            f"there is no passage {rest[:40] or '(none named)'}",
            hint=f"the last answer cites [1] to [{last}]" if last else "no answer has cited anything yet",
        )
    words = "in its own words" if found.verbatim else "our note of it"
    turn.telling.add(
        f"**{found.title}**, {found.section} (`{found.passage}`, {words})", f"> {' '.join(found.quote.split())}"
    )


def _undo(turn: Turn, _: str, record: Record) -> None:
    if turn.state.undo is None:
        raise UsageError("there is nothing to undo", hint="no turn has changed your case yet")
    number = turn.state.undo
    turn.go_back(record.state_after(number))
    turn.goes_back = True
    turn.judge()
    turn.telling.add(f"Back to the case as it stood before turn {number + 1}.", turn.verdict_line())


def _reset(turn: Turn, _: str, __: Record) -> None:
    turn.go_back(State(undo=turn.state.undo if turn.state.is_empty else turn.number - 1))
    turn.after = None
    turn.telling.add("Forgotten; `/undo` brings it back. Tell me about the next case.")


def _needs_case(turn: Turn) -> None:
    if turn.after is None:
        raise UsageError("there is no case yet", hint="tell me about yours first")


_HANDLERS: dict[str, Callable[[Turn, str, Record], None]] = {
    "/facts": _facts,
    "/why": _why,
    "/why-not": _why_not,
    "/what-if": _what_if,
    "/flips": _flips,
    "/plan": _plan,
    "/sources": _sources,
    "/conflicts": _conflicts,
    "/passage": _passage,
    "/undo": _undo,
    "/reset": _reset,
}

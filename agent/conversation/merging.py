"""Puts what a turn states to what is known: new facts, corrections, withdrawals, contradictions.

A known fact is replaced only by a correction or by the answer to the question just asked; anything else that differs
is a contradiction, which makes the fact unknown until the user says which holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

import msgspec

from agent.conversation.state import Asked, Change, ChangeKind, Known, State
from agent.types import Contradiction, Fact, FactValue


def add(
    state: State, facts: Iterable[Fact], *, turn: int, speaker: str = "", replaces: bool = False
) -> tuple[State, tuple[Change, ...]]:
    """Return the state with the facts put to it, and what that changed; `replaces` says that they correct."""
    changes: list[Change] = []
    for fact in facts:
        state, change = _put(state, Known(fact, turn, speaker), replaces=replaces)
        changes += [change] if change else []
    return state, tuple(changes)


def dispute(
    state: State, contradictions: Iterable[Contradiction], *, turn: int, speaker: str = ""
) -> tuple[State, tuple[Change, ...]]:
    """Return the state with what one turn said in two ways kept apart."""
    changes: list[Change] = []
    for contradiction in contradictions:
        known = state.facts.get(contradiction.name)
        said = tuple(Known(fact, turn, speaker) for fact in contradiction.facts)
        facts = {name: kept for name, kept in state.facts.items() if name != contradiction.name}
        disputes = {**state.disputes, contradiction.name: said}
        state = msgspec.structs.replace(state, facts=facts, disputes=disputes)
        words = tuple(fact.evidence for fact in contradiction.facts)
        changes.append(Change(contradiction.name, "disputed", known.fact.value if known else None, None, words))
    return state, tuple(changes)


def drop(state: State, statements: Mapping[str, Collection[Known]]) -> tuple[State, tuple[Change, ...]]:
    """Return the state without these statements and their words; where one of two is taken back, the other holds."""
    changes = []
    facts, disputes, told = dict(state.facts), dict(state.disputes), state.told
    for name, gone in statements.items():
        for known in gone:
            told = _less(told, known.fact)
        if name in facts:
            known = facts.pop(name)
            changes.append(Change(name, "withdrawn", known.fact.value, None, (known.fact.evidence,)))
            continue
        left = tuple(known for known in disputes[name] if known not in gone)
        if any(not _same(known.fact.value, left[0].fact.value) for known in left):
            disputes[name] = left
            continue
        words = tuple(known.fact.evidence for known in disputes.pop(name))
        if left:
            facts[name] = left[0]
        value = left[0].fact.value if left else None
        changes.append(Change(name, "settled" if left else "withdrawn", None, value, words))
    return msgspec.structs.replace(state, facts=facts, disputes=disputes, told=told), tuple(changes)


def _less(told: str, fact: Fact) -> str:
    """Return what was told less the words of a fact; those of an answer stand in it only as a line of their own."""
    words = re.escape(fact.evidence)
    where = rf"(?<!\w){words}(?!\w)" if fact.origin == "stated" else rf"^{words}$"
    return re.sub(where, "", told, count=1, flags=re.MULTILINE) if words else told


def leave_unknown(state: State, asked: Asked) -> tuple[State, tuple[Change, ...]]:
    """Return the state that remembers that the answer to a question is not known."""
    if asked.fact in state.unknown:
        return state, ()
    unknown = (*state.unknown, asked.fact)
    said = state.disputes.get(asked.fact, ())
    return msgspec.structs.replace(state, unknown=unknown), (
        Change(asked.fact, "unknown", words=tuple(known.fact.evidence for known in said)),
    )


def differences(old: State, new: State) -> tuple[Change, ...]:
    """Return what going from one state to another does to the facts."""
    changes = []
    for name in dict.fromkeys((*old.facts, *new.facts)):
        before, after = old.facts.get(name), new.facts.get(name)
        if after is None and before is not None:
            changes.append(Change(name, "withdrawn", before.fact.value, None, (before.fact.evidence,)))
        elif after is not None and (before is None or not _same(before.fact.value, after.fact.value)):
            kind: ChangeKind = "new" if before is None else "corrected"
            value = before.fact.value if before else None
            changes.append(Change(name, kind, value, after.fact.value, (after.fact.evidence,)))
    return tuple(changes)


def statements(state: State) -> dict[str, tuple[Known, ...]]:
    """Return every fact with what was said of it; one that is disputed in more than one way."""
    return {name: (known,) for name, known in state.facts.items()} | dict(state.disputes)


def _put(state: State, new: Known, *, replaces: bool) -> tuple[State, Change | None]:
    name, value = new.fact.name, new.fact.value
    if name in state.disputes:
        return _settled(state, new) if replaces or _sides_with(state.disputes[name], value) else _left_open(state, new)
    old = state.facts.get(name)
    if old is not None and _same(old.fact.value, value):
        return state, None
    if old is not None and not replaces:
        return _disputed(state, old, new)
    kept = _with(state, new)
    if old is None:
        return kept, Change(name, "new", None, value, (new.fact.evidence,))
    return kept, Change(name, "corrected", old.fact.value, value, (old.fact.evidence, new.fact.evidence))


def _with(state: State, new: Known) -> State:
    name = new.fact.name
    disputes = {other: said for other, said in state.disputes.items() if other != name}
    unknown = tuple(other for other in state.unknown if other != name)
    return msgspec.structs.replace(state, facts={**state.facts, name: new}, disputes=disputes, unknown=unknown)


def _disputed(state: State, old: Known, new: Known) -> tuple[State, Change]:
    name = new.fact.name
    facts = {other: known for other, known in state.facts.items() if other != name}
    kept = msgspec.structs.replace(state, facts=facts, disputes={**state.disputes, name: (old, new)})
    return kept, Change(name, "disputed", old.fact.value, None, (old.fact.evidence, new.fact.evidence))


def _settled(state: State, new: Known) -> tuple[State, Change]:
    words = (*(known.fact.evidence for known in state.disputes[new.fact.name]), new.fact.evidence)
    return _with(state, new), Change(new.fact.name, "settled", None, new.fact.value, words)


def _left_open(state: State, new: Known) -> tuple[State, Change]:
    """Keep a third statement beside the two."""
    said = (*state.disputes[new.fact.name], new)
    kept = msgspec.structs.replace(state, disputes={**state.disputes, new.fact.name: said})
    return kept, Change(new.fact.name, "disputed", None, None, tuple(known.fact.evidence for known in said))


def _sides_with(said: tuple[Known, ...], value: FactValue) -> bool:
    """Whether a value said again settles a dispute: the user was asked and repeats one of the two."""
    return any(_same(known.fact.value, value) for known in said)


def _same(one: FactValue, other: FactValue) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or isinstance(one, str) or isinstance(other, str):
        return one is other or (type(one) is type(other) and one == other)
    return abs(float(one) - float(other)) <= 1e-9 * max(1.0, abs(float(one)))

"""Finds the cue words of facts in a sentence; the cues themselves are data in `data/cues.yaml`.

A cue is only a hint with a polarity; `reading` weighs it together with the sentence's vector.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from agent.intake.scope import is_negated, scope_of
from agent.intake.sentences import Span, flatten, split_clauses

_DATA = Path(__file__).parent / "data" / "cues.yaml"
_MACRO = re.compile(r"<([A-Z]+)>")

Key = tuple[str, bool | str]
"""A fact and the value that a cue speaks for."""


class Cue(Struct, frozen=True):
    """One cue found: what it speaks for, and where it stands in the text."""

    key: Key
    start: int
    end: int


class Lexicon(Struct, frozen=True):
    """Compiled cues by fact and value, and the facts that negation turns or that must be so today."""

    patterns: dict[Key, tuple[re.Pattern[str], ...]]
    negatable: frozenset[str]
    now: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """Load and compile the packaged cues once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    raw = yaml.load(_DATA.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both loaders are safe ones
    return Lexicon(_compiled(raw), frozenset(raw["negatable"]), frozenset(raw["now"]))


def find_cues(sentence: Span) -> tuple[Cue, ...]:
    """Return the cues of one sentence that hold in their scope, negation applied."""
    words, flat = lexicon(), flatten(sentence.text)
    found = []
    for key, patterns in words.patterns.items():
        hit = next((m for p in patterns for m in p.finditer(flat) if m.group()), None)
        held = _held(key, hit, sentence, flat, words) if hit else None
        if held and hit:
            found.append(Cue(held, sentence.start + hit.start(), sentence.start + hit.end()))
    return tuple(found)


def _held(key: Key, hit: re.Match[str], sentence: Span, flat: str, words: Lexicon) -> Key | None:
    begin, end = _clause_bounds(sentence, hit.start())
    scope = scope_of(flat[begin:end], flat)
    if key[0] in words.now and not scope.is_so_today:
        return None
    if key[1] is True and is_negated(flat[begin : hit.start()]):
        return (key[0], False) if key[0] in words.negatable else None
    return key


def _clause_bounds(sentence: Span, at: int) -> tuple[int, int]:
    for clause in split_clauses(sentence):
        if clause.start - sentence.start <= at < clause.end - sentence.start:
            return clause.start - sentence.start, clause.end - sentence.start
    return 0, len(sentence.text)


def _compiled(raw: Mapping[str, Any]) -> dict[Key, tuple[re.Pattern[str], ...]]:
    macros: Mapping[str, str] = raw["macros"]
    values = {"true": True, "false": False}
    return {
        (fact, values.get(value, value)): tuple(re.compile(_expanded(cue, macros)) for cue in cues)
        for fact, by_value in raw["cues"].items()
        for value, cues in by_value.items()
    }


def _expanded(cue: str, macros: Mapping[str, str]) -> str:
    while _MACRO.search(cue):
        cue = _MACRO.sub(lambda m: macros[m[1]], cue)
    return cue

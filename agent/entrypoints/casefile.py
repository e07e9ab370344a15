"""Case files: the facts of one case as YAML that a person can read, correct and keep beside the code.

    case: what it is about, in a line (optional)
    facts:
      labelled_examples: 3000   # "about 3k labelled tickets"
      needs_citations: true

`rung facts` writes them, `rung check` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from agent.entrypoints.terminal import decode, read_bytes
from agent.errors import UsageError
from agent.expressions import compiling_later, expression
from agent.intake import parse_value
from agent.intake.catalogue import allowed_form
from agent.plain_yaml import check_events, mistake
from agent.types import Fact, FactSpec, FactValue, UseCase

with compiling_later():  # PyYAML's ten, which took a ninth of a check; a case file meets three
    import yaml

KEYS = {"case", "facts"}
MAX_DEPTH = 10
"""Levels of nesting; a case file has two."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
_PLAIN_NUMBER = expression(r"[-+]?(0|[1-9][\d_]*)(\.\d*)?([eE][-+]?\d+)?|[-+]?\.(\d+|inf|Inf|INF)|\.(nan|NaN|NAN)")
"""What YAML's older rules read as people do: not 010, which is eight to them, nor 1:30, which is ninety."""
_WORDS = expression(r"^\s+(\w+):[^#]*#\s*“(.*)”\s*$", re.MULTILINE)
"""The user's words beside a fact, as `write_case` puts them."""


def read_case(name: str, catalogue: Mapping[str, FactSpec]) -> UseCase:
    """Read a case file, or standard input for "-"; UsageError names the line or the fact that is wrong."""
    return read_case_file(name, catalogue)[1]


def read_case_file(name: str, catalogue: Mapping[str, FactSpec]) -> tuple[str, UseCase]:
    """Read what a case file says the case is about, and its facts with the words that stand beside them."""
    shown = "standard input" if name == "-" else name
    text = decode(read_bytes(name), shown)
    data = _load(text, shown)
    if not isinstance(data, dict) or not isinstance(data.get("facts"), dict):
        raise UsageError(f"{shown}: no facts in it", hint="a case file holds `facts:` with one `name: value` a line")
    unknown = set(data) - KEYS
    if unknown:
        raise UsageError(f"{shown}: unknown key {sorted(map(str, unknown))[0][:60]!r}", hint="allowed: case, facts")
    facts = [read_fact(fact, value, catalogue) for fact, value in data["facts"].items() if value is not None]
    words = dict(_WORDS.findall(text))
    about = data.get("case")
    use_case = UseCase({fact.name: replace(fact, evidence=words.get(fact.name, "")) for fact in facts})
    return ("" if about is None else str(about)), use_case


def _load(text: str, name: str) -> Any:
    try:
        check_events(text, _LOADER, max_depth=MAX_DEPTH)
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            _check_entries(node)
            return loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, KeyError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise UsageError(
            f"{name}{line}: not valid YAML: {problem}", hint="check the indentation and the quotes"
        ) from None


def _check_entries(node: yaml.Node | None) -> None:
    """Refuse a key that stands twice, where YAML would silently take the last, and a number it reads as another."""
    pending = [node] if node is not None else []
    while pending:
        part = pending.pop()
        if not isinstance(part, yaml.MappingNode):
            continue
        seen = set()
        for key, value in part.value:
            if not isinstance(key, yaml.ScalarNode):
                raise mistake("the name of a fact must be a plain word", key)
            if key.value in seen:
                raise mistake(f"{key.value[:60]!r} stands twice; keep one", key)
            seen.add(key.value)
            if value.tag in _NUMBERS and not _PLAIN_NUMBER.fullmatch(value.value):
                raise mistake(f"write {value.value[:60]} as a plain number", value)
            pending.append(value)


def read_fact(name: Any, value: Any, catalogue: Mapping[str, FactSpec]) -> Fact:
    """Check one fact against the catalogue; UsageError with the nearest name, or with the form it takes."""
    spec = catalogue.get(name) if isinstance(name, str) else None
    if spec is None:
        from difflib import get_close_matches  # here, since most files name no fact wrongly

        near = get_close_matches(str(name), catalogue, n=1)
        hint = f"did you mean {near[0]}?" if near else "`rung facts --list` prints all"
        raise UsageError(f"there is no fact called {str(name)[:60]!r}", hint=hint)
    if not isinstance(value, bool | int | float | str):
        raise UsageError(f"{name} has no single value", hint=f"it takes {allowed_form(spec)}")
    return Fact(spec.name, parse_value(spec, value), "answered")


def read_change(text: str, catalogue: Mapping[str, FactSpec]) -> dict[str, FactValue]:
    """Read one `FACT=VALUE` of `--what-if`."""
    name, separator, value = text.partition("=")
    if not separator or not value.strip():
        raise UsageError(f"{text[:60]!r} is not FACT=VALUE", hint="for example: --what-if labelled_examples=8000")
    fact = read_fact(name.strip(), value.strip(), catalogue)
    return {fact.name: fact.value}


def write_case(use_case: UseCase, catalogue: Mapping[str, FactSpec]) -> str:
    """Write a case file with the user's words as comments; contradictions stand commented out, to be settled."""
    lines = ["# What was understood. Correct it, then: rung check case.yaml", "facts:"]
    lines += [f"  {name}: {show_value(fact.value)}{_comment(fact.evidence)}" for name, fact in use_case.facts.items()]
    if not use_case.facts:
        lines[-1] = "facts: {}"
    for contradiction in use_case.contradictions:
        lines.append(f"  # {contradiction.name} was said in two ways; keep one:")
        lines += [f"  # {f.name}: {show_value(f.value)}{_comment(f.evidence)}" for f in contradiction.facts]
    lines.append(
        f"# Not said: {len(catalogue) - len(use_case.facts)} other facts; `rung check` tells which still matter."
    )
    return "\n".join(lines)


def show_value(value: FactValue) -> str:
    """Return a value as a case file writes it."""
    if isinstance(value, float):
        # YAML takes 1e-05 for a word.
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    import json  # here, since reading a file does without

    return json.dumps(value)


def _comment(evidence: str) -> str:
    words = " ".join(evidence.split())
    return f"   # “{words[:100]}{'…' if len(words) > 100 else ''}”" if words else ""

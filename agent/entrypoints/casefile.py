"""Case files: the facts of one case as YAML that a person can read, correct and keep beside the code.

    case: what it is about, in a line (optional)
    facts:
      labelled_examples: 3000   # "about 3k labelled tickets"
      needs_citations: true

`rung facts` writes them, `rung check` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
_WORDS = expression(r"[ \t]+#[ \t]*“(.*)”[ \t\r]*$", re.MULTILINE)
"""The user's words behind a value, as `write_case` puts them."""


def read_case(name: str, catalogue: Mapping[str, FactSpec]) -> UseCase:
    """Read a case file, or standard input for "-"; UsageError names the line or the fact that is wrong."""
    return read_case_file(name, catalogue)[1]


def read_case_file(name: str, catalogue: Mapping[str, FactSpec]) -> tuple[str, UseCase]:
    """Read what a case file says the case is about, and its facts with the words that stand beside them."""
    shown = "standard input" if name == "-" else name
    text = decode(read_bytes(name), shown)
    data, words = _load(text, shown)
    if not isinstance(data, dict) or not isinstance(data.get("facts", ""), dict | None):
        raise UsageError(f"{shown}: no facts in it", hint="a case file holds `facts:` with one `name: value` a line")
    unknown = set(data) - KEYS
    if unknown:
        raise UsageError(f"{shown}: unknown key {sorted(map(str, unknown))[0][:60]!r}", hint="allowed: case, facts")
    facts = [read_fact(fact, value, catalogue) for fact, value in (data["facts"] or {}).items() if value is not None]
    about = data.get("case")
    use_case = UseCase({fact.name: replace(fact, evidence=words.get(fact.name, "")) for fact in facts})
    return ("" if about is None else str(about)), use_case


def _load(text: str, name: str) -> tuple[Any, dict[str, str]]:
    """Return what a case file holds, and the words behind each fact."""
    try:
        check_events(text, _LOADER, max_depth=MAX_DEPTH)
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            _check_entries(node, loader)
            return (None, {}) if node is None else (loader.construct_document(node), _words(node, text))
        finally:
            loader.dispose()
    except yaml.reader.ReaderError:
        raise _unreadable(name, _line_of_control(text), "a control character stands in it") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise _unreadable(name, mark.line + 1 if mark else 0, problem) from None


def _unreadable(name: str, line: int, problem: str) -> UsageError:
    place = f"{name}, line {line}" if line else name
    return UsageError(f"{place}: not valid YAML: {problem}", hint="check the indentation and the quotes")


def _line_of_control(text: str) -> int:
    control = yaml.reader.Reader.NON_PRINTABLE.search(text)
    return text.count("\n", 0, control.start()) + 1 if control else 0


def _words(node: Any, text: str) -> dict[str, str]:
    """Return the comment behind each fact's value by the fact's name, where it is a quotation on the same line."""
    facts = next((value for key, value in node.value if key.value == "facts"), None)
    if not isinstance(facts, yaml.MappingNode):
        return {}
    found = {key.value: _WORDS.match(text, value.end_mark.index) for key, value in facts.value if _is_on_a_line(value)}
    return {name: match[1] for name, match in found.items() if match}


def _is_on_a_line(node: Any) -> bool:
    return bool(node.start_mark.line == node.end_mark.line)


def _check_entries(node: yaml.Node | None, loader: Any) -> None:
    """Refuse a key that stands twice, where YAML would silently take the last, and a number it reads as another."""
    pending = [node] if node is not None else []
    while pending:
        part = pending.pop()
        if isinstance(part, yaml.ScalarNode):
            _check_value(part, loader)
        elif isinstance(part, yaml.SequenceNode):
            pending += part.value
        else:
            _check_keys(part)
            pending += [each for pair in part.value for each in pair]


def _check_keys(node: Any) -> None:
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise mistake("the name of a fact must be a plain word", key)
        if key.value in seen:
            raise mistake(f"{key.value[:60]!r} stands twice; keep one", key)
        seen.add(key.value)


def _check_value(node: Any, loader: Any) -> None:
    if node.tag in _NUMBERS and not _PLAIN_NUMBER.fullmatch(node.value):
        raise mistake(f"write {node.value[:60]} as a plain number", node)
    try:
        loader.construct_object(node)
    except (ValueError, KeyError):  # a number too long to read, a day that no month has
        raise mistake(f"{node.value[:60]} cannot be read; quote it if it is text", node) from None


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


def read_changes(texts: Iterable[str], catalogue: Mapping[str, FactSpec]) -> dict[str, FactValue]:
    """Read what an option that may be given again says; UsageError where it says two things of one fact."""
    changes: dict[str, FactValue] = {}
    for text in texts:
        name, value = read_change(text, catalogue)
        if name in changes:
            raise UsageError(f"{name} is given twice", hint="keep one")
        changes[name] = value
    return changes


def read_change(text: str, catalogue: Mapping[str, FactSpec]) -> tuple[str, FactValue]:
    """Read one `FACT=VALUE` of `--what-if`."""
    name, separator, value = text.partition("=")
    if not separator or not value.strip():
        raise UsageError(f"{text[:60]!r} is not FACT=VALUE", hint="for example: --what-if labelled_examples=8000")
    fact = read_fact(name.strip(), value.strip(), catalogue)
    return fact.name, fact.value


def write_case(use_case: UseCase, catalogue: Mapping[str, FactSpec]) -> str:
    """Write a case file with the user's words as comments; contradictions stand commented out, to be settled."""
    lines = ["# What was understood. Correct it, then: rung check case.yaml", "facts:"]
    lines += [f"  {name}: {show_value(fact.value)}{_comment(fact.evidence)}" for name, fact in use_case.facts.items()]
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

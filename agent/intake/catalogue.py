"""Loads the fact catalogue `corpus/facts.yaml`, and turns a typed value into a fact's value or says what is allowed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import yaml

from agent.errors import RuleError, UsageError
from agent.intake.numbers import plain_number
from agent.types import FactSpec, FactValue

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUTHS = {"true": True, "yes": True, "y": True, "on": True, "false": False, "no": False, "n": False, "off": False}


def load_catalogue(corpus_dir: Path) -> dict[str, FactSpec]:
    """Return the catalogue by fact name, in its order; RuleError names file and line of whatever is not in order."""
    path = corpus_dir / "facts.yaml"
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise RuleError(f"{path.name} cannot be read: {error.strerror}", hint="reinstall rung") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise RuleError(f"{path.name}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', error)}") from error
    specs: dict[str, FactSpec] = {}
    for entry in _entries(node, path.name):
        spec = _spec(entry, f"{path.name}:{entry.start_mark.line + 1}")
        if spec.name in specs:
            raise RuleError(f"{path.name}:{entry.start_mark.line + 1}: the fact {spec.name} stands here twice")
        specs[spec.name] = spec
    return specs


def parse_value(spec: FactSpec, raw: FactValue) -> FactValue:
    """Return the value that a person typed for a fact; UsageError names the allowed form."""
    value = _parsed(spec, raw)
    if value is None:
        raise UsageError(f"{spec.name} cannot be {_shown(raw)}", hint=f"it takes {allowed_form(spec)}")
    return value


def allowed_form(spec: FactSpec) -> str:
    """Say in words what values a fact takes."""
    if spec.type == "bool":
        return "true or false"
    if spec.type == "choice":
        return "one of " + ", ".join(spec.options)
    kind = {"integer": "a whole number", "number": "a number", "ratio": "a share such as 0.95 or 95%"}[spec.type]
    unit = f" of {spec.unit}" if spec.unit and spec.type != "ratio" else ""
    low, high = (_plain(bound) for bound in (spec.minimum, spec.maximum))
    return f"{kind}{unit}" + (f" from {low} to {high}" if low and high else "")


def is_in_range(spec: FactSpec, value: float) -> bool:
    """Tell whether a number can be a value of a fact at all."""
    low = -math.inf if spec.minimum is None else spec.minimum
    high = math.inf if spec.maximum is None else spec.maximum
    return math.isfinite(value) and low <= value <= high


def _entries(node: Any, name: str) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "facts" and isinstance(value, yaml.SequenceNode):
                return list(value.value)
    raise RuleError(f"{name}:1: there is no list `facts:`")


def _spec(entry: Any, where: str) -> FactSpec:
    plain = _LOADER("")
    try:
        spec = msgspec.convert(plain.construct_document(entry), FactSpec)
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise RuleError(f"{where}: {error}") from error
    finally:
        plain.dispose()
    if spec.type == "choice" and not spec.options:
        raise RuleError(f"{where}: the choice {spec.name} has no options")
    return spec


def _parsed(spec: FactSpec, raw: FactValue) -> FactValue | None:
    if spec.type == "bool":
        return raw if isinstance(raw, bool) else _TRUTHS.get(str(raw).strip().lower()) if isinstance(raw, str) else None
    if isinstance(raw, bool):
        return None
    if spec.type == "choice":
        word = str(raw).strip().lower()
        return word if word in spec.options else None
    return _number(spec, raw)


def _number(spec: FactSpec, raw: FactValue) -> FactValue | None:
    number = plain_number(raw) if isinstance(raw, str) else float(raw)
    if number is None or not is_in_range(spec, number):
        return None
    if spec.type != "integer":
        return number
    return int(number) if number == int(number) else None


def _plain(bound: float | None) -> str:
    return "" if bound is None else f"{bound:,.0f}"


def _shown(raw: FactValue) -> str:
    text = str(raw).lower() if isinstance(raw, bool) else str(raw)
    return repr(text if len(text) <= 40 else text[:37] + "...")

"""Reads `corpus/facts.yaml` into the fact catalogue, naming file and line of whatever is not in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from agent.errors import RuleError
from agent.types import FactSpec

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_catalogue(path: Path) -> dict[str, FactSpec]:
    """Return the catalogue by fact name, in its order; RuleError names file and line of whatever is not in order."""
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

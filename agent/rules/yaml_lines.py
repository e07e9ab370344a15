"""Reads a YAML file safely, keeping line numbers and refusing what YAML lets pass in silence."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from agent.errors import RuleError

LINE = "__line__"
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _LineLoader(_Base):  # type: ignore[misc]
    """Safe loader whose mappings carry their line and may not repeat a key."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    result: dict[str, Any] = {LINE: node.start_mark.line + 1}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, f"quote the key {key!r}", key_node.start_mark)
        if key in result:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_LineLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> tuple[dict[str, Any], str]:
    """Return the file's mapping, each mapping with its line under `__line__`, and the file's sha256."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path.name}: cannot be read: {error.strerror}") from error
    try:
        data = yaml.load(raw.decode("utf-8"), Loader=_LineLoader)  # noqa: S506 - the loader derives from SafeLoader
    except UnicodeDecodeError as error:
        raise RuleError(f"{path.name}: not UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise RuleError(f"{path.name}{line}: {problem}", hint="check the indentation and the quotes") from error
    except RecursionError as error:
        raise RuleError(f"{path.name}: nested too deeply") from error
    if not isinstance(data, dict):
        raise RuleError(f"{path.name}:1: the file must hold a mapping")
    return data, hashlib.sha256(raw).hexdigest()


def plain(data: Any) -> Any:
    """Return the data without its line numbers."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items() if key != LINE}
    if isinstance(data, list):
        return [plain(item) for item in data]
    return data

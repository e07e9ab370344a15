"""Reads a YAML file safely, keeping line numbers and refusing what YAML lets pass in silence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import yaml

from agent.errors import RuleError
from agent.plain_yaml import check_events, mistake

LINE = "__line__"
MAX_DEPTH = 40
"""Levels of nesting; the rule files have eight, and every walk over a condition is recursive."""
_KINDS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null"))
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _LineLoader(_Base):  # type: ignore[misc]
    """Safe loader whose mappings carry their line and may not repeat a key."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    result: dict[str, Any] = {LINE: node.start_mark.line + 1}
    for key_node, value_node in node.value:
        key = _value(loader, key_node)
        if not isinstance(key, str):
            raise mistake(f"quote the key {key!r}", key_node)
        if key in result:
            raise mistake(f"the key {key!r} stands twice", key_node)
        result[key] = _value(loader, value_node)
    return result


def _value(loader: Any, node: yaml.Node) -> Any:
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, KeyError) as error:
        # PyYAML lets these escape for a tag that the text does not fit and for a number too long to read.
        raise mistake("a value cannot be read", node) from error


_LineLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> tuple[dict[str, Any], str]:
    """Return the file's mapping, each mapping with its line under `__line__`, and the file's sha256.

    Raises RuleError with file and line. The sum is taken with Unix line ends, as a checkout elsewhere may change them.
    """
    try:
        raw = path.read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise RuleError(f"{path.name}: cannot be read: {error.strerror}") from error
    try:
        data = _load(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RuleError(f"{path.name}:{_line_at(raw[: error.start])}: not UTF-8 text") from error
    except yaml.reader.ReaderError as error:
        raise RuleError(f"{path.name}:{_line_of_control(raw)}: a control character stands in the text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not valid YAML"
        message = f"{path.name}:{mark.line + 1 if mark else 1}: {problem}"
        raise RuleError(message, hint="check the indentation and the quotes") from error
    if not isinstance(data, dict):
        raise RuleError(f"{path.name}:1: the file must hold a mapping")
    return data, hashlib.sha256(raw).hexdigest()


def _load(text: str) -> Any:
    check_events(text, _LineLoader, max_depth=MAX_DEPTH)
    loader = _LineLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_nodes(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_nodes(root: yaml.Node) -> None:
    """Refuse the kinds of value that plain data never needs, such as dates, sets and merged mappings."""
    pending = [root]
    while pending:
        node = pending.pop()
        kind = node.tag.rpartition(":")[2]
        if node.tag not in _KINDS:
            raise mistake(f"a value of kind {kind!r} is not read here; quote it if it is text", node)
        if isinstance(node, yaml.MappingNode):
            pending += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            pending += node.value
        elif kind in ("map", "seq"):
            raise mistake(f"the tag {kind!r} does not fit its value", node)


def _line_at(before: bytes) -> int:
    return before.count(b"\n") + 1


def _line_of_control(raw: bytes) -> int:
    control = re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", raw)
    return _line_at(raw[: control.start()]) if control else 1


def plain(data: Any) -> Any:
    """Return the data without its line numbers."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items() if key != LINE}
    if isinstance(data, list):
        return [plain(item) for item in data]
    return data

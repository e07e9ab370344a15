"""Reads `corpus/manifest.yaml` and `corpus/furniture/*.yaml` into source cards, naming the line of what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import msgspec
import yaml

from agent.corpus.notes import SLUG, parse_span
from agent.errors import CorpusError
from agent.expressions import expression
from agent.types import Source

_SHA256 = expression(r"[0-9a-f]{64}")
_DATED = expression(r"undated|\d{4}(-\d{2}(-\d{2})?)?")
_FIELDS = ", ".join(name for name in Source.__struct_fields__ if name != "furniture")
_LINE = "\0line"
"""Key under which the loader leaves a mapping's line; no YAML plain key can hold it."""


def load_sources(corpus_dir: Path) -> dict[str, Source]:
    """Return the cards of the shipped sources by id, in the manifest's order, with their furniture."""
    path = corpus_dir / "manifest.yaml"
    data = _load(path)
    rows = data.get("sources") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise CorpusError(f"{path}:1: has to hold a list named `sources`")
    sources: dict[str, Source] = {}
    for row in rows:
        source = _source(path, row)
        if source.id in sources:
            raise CorpusError(f"{path}:{row[_LINE]}: the source {source.id!r} stands twice")
        sources[source.id] = msgspec.structs.replace(source, furniture=_furniture(corpus_dir, source.id))
    return sources


def _source(path: Path, row: Any) -> Source:
    line = row.get(_LINE, 1) if isinstance(row, dict) else 1
    if not isinstance(row, dict):
        raise CorpusError(f"{path}:{line}: each source has to be a mapping of {_FIELDS}")
    try:
        source = msgspec.convert({key: value for key, value in row.items() if key != _LINE}, Source)
    except msgspec.ValidationError as error:
        raise CorpusError(f"{path}:{line}: {error}", hint=f"a source has {_FIELDS}; quote numbers") from error
    for name, pattern in (("id", SLUG), ("sha256", _SHA256), ("dated", _DATED)):
        if not pattern.fullmatch(value := getattr(source, name)):
            raise CorpusError(f"{path}:{line}: {name} {value!r} is not in order")
    return source


def _furniture(corpus_dir: Path, source: str) -> tuple[tuple[int, int], ...]:
    path = corpus_dir / "furniture" / f"{source}.yaml"
    if not path.is_file():
        return ()
    rows = _load(path)
    if not isinstance(rows, list):
        raise CorpusError(f"{path}:1: has to hold a list of {{span, why}}")
    spans: list[tuple[int, int]] = []
    for row in rows:
        if not isinstance(row, dict) or row.keys() - {_LINE} != {"span", "why"}:
            line = row[_LINE] if isinstance(row, dict) else 1
            raise CorpusError(f"{path}:{line}: each entry has to hold span and why")
        span = parse_span(str(row["span"]))
        if span is None:
            raise CorpusError(f"{path}:{row[_LINE]}: {row['span']!r} is no span", hint='quoted, as in "12-40"')
        spans.append(span)
    return tuple(spans)


def _load(path: Path) -> Any:
    try:
        return yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 - derives from the safe loader
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}", hint="reinstall rung") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CorpusError(f"{path}:{line}: {error.problem or 'not YAML'}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}:1: not YAML text") from error


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """A safe loader that notes each mapping's line, refuses a repeated key and leaves dates as text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    result: dict[str, Any] = {_LINE: node.start_mark.line + 1}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str) or key in result:
            problem = f"the key {key!r} is no text or stands twice"
            raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)

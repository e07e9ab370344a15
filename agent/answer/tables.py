"""Reads the answers' own tables, which are YAML: lists, glossary, costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from agent.errors import CorpusError

T = TypeVar("T")


def load_table(source: Path, form: type[T]) -> T:
    """Return what a file holds, in the given form; CorpusError says what is not in order."""
    import yaml  # here, since few questions need a table

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(source.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both loaders are safe ones
        return msgspec.convert(data, form)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise CorpusError(f"{source.name} cannot be read: {error}", hint="reinstall rung") from error

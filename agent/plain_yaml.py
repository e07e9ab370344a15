"""What no YAML that people write here may hold: aliases, and nesting without end.

A few lines of aliases unfold into billions of values, and building nodes recurses in C, where too deep a file ends the
process. So both are refused before anything is built; leaves the rest to whoever reads the file.
"""

from __future__ import annotations

from typing import Any

from agent.expressions import compiling_later

with compiling_later():  # PyYAML's ten, of which a file meets three
    import yaml


def check_events(text: str, loader: Any, *, max_depth: int) -> None:
    """Raise a marked YAMLError where a text holds an alias, or more levels than `max_depth`."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            raise mistake("anchors and aliases are not read here; write the value out", event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > max_depth:
            raise mistake("nested too deeply", event)


def mistake(problem: str, at: Any) -> yaml.MarkedYAMLError:
    """Return an error that carries the place of an event or a node."""
    return yaml.constructor.ConstructorError(None, None, problem, at.start_mark)

"""The rule book as it is kept between two processes, so that a check need not read 200 KB of YAML.

Owns the kept form and what it depends on; leaves the files to `agent.kept`. Reading the rules themselves, and every
complaint about them, stays with `loader`, which is imported only where nothing is kept.
"""

# Annotations are no texts here: msgspec compiles each text before the first reading of what is kept.
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from agent import types
from agent.kept import kept, sum_of
from agent.rules.conditions import Condition
from agent.rules.model import (
    ConflictAxis,
    Inference,
    Links,
    Rule,
    RuleBook,
    Stage,
    Table,
    WorkedExample,
    book_of,
    table_of,
)
from agent.rules.places import files_of
from agent.types import FactSpec

_CODE = tuple(
    Path(__file__).with_name(f"{name}.py") for name in ("conditions", "loader", "model", "shelf", "yaml_lines")
)
_TYPES = Path(types.__file__)
_YAML = _TYPES.with_name("plain_yaml.py")


class _KeptTable(Struct, array_like=True):
    """A table without what follows from its rules."""

    id: str
    kind: Literal["source", "panel", "pack"]
    framework: str
    rules: tuple[Rule, ...]
    worked_examples: tuple[WorkedExample, ...]
    sha256: str


class _KeptBook(Struct, array_like=True):
    """A book without what follows from its tables."""

    catalogue: dict[str, FactSpec]
    tables: tuple[_KeptTable, ...]
    panel: _KeptTable
    definitions: dict[str, Condition | None]
    """In their order; None for a rule's and an inference's, which stand with these."""
    inferences: tuple[Inference, ...]
    inferences_sha256: str
    conflicts: tuple[ConflictAxis, ...]
    stages: dict[str, Stage]
    links: Links


def kept_book(
    cache: Path,
    corpus_dir: Path,
    catalogue: Callable[[], Mapping[str, FactSpec]],
    passages: Collection[str],
    *,
    pack_dirs: tuple[Path, ...] = (),
    made_of: Iterable[Path],
) -> RuleBook:
    """Return the book that `load_book` would, read anew only where a file of it, or of the code, has changed.

    `made_of` are the files that the catalogue is made of, its code among them.
    """

    def depends() -> str:
        files = files_of(corpus_dir, pack_dirs)
        return sum_of((*files.all, *made_of, *_CODE, _TYPES, _YAML), str(len(files.sources)), *sorted(passages))

    def read() -> _KeptBook:
        from agent.rules.loader import load_book

        return _slim(load_book(corpus_dir, catalogue(), passages, pack_dirs=pack_dirs))

    return _whole(kept(cache, "rules", depends, _KeptBook, read))


def _slim(book: RuleBook) -> _KeptBook:
    definitions = {name: what if name.startswith("term:") else None for name, what in book.definitions.items()}
    return _KeptBook(
        catalogue=book.catalogue,
        tables=tuple(_slim_table(table) for table in book.tables),
        panel=_slim_table(book.panel),
        definitions=definitions,
        inferences=book.inferences,
        inferences_sha256=book.inferences_sha256,
        conflicts=book.conflicts,
        stages=book.stages,
        links=Links(book.dependents, book.inferences_by_fact),
    )


def _slim_table(table: Table) -> _KeptTable:
    return _KeptTable(table.id, table.kind, table.framework, table.rules, table.worked_examples, table.sha256)


def _whole(slim: _KeptBook) -> RuleBook:
    tables = tuple(_whole_table(table) for table in slim.tables)
    panel = _whole_table(slim.panel)
    stand = {rule.name: rule.when for table in (*tables, panel) for rule in table.rules}
    stand |= {f"inference:{number}": inference.when for number, inference in enumerate(slim.inferences)}
    return book_of(
        catalogue=slim.catalogue,
        tables=tables,
        panel=panel,
        definitions={name: stand[name] if what is None else what for name, what in slim.definitions.items()},
        inferences=slim.inferences,
        inferences_sha256=slim.inferences_sha256,
        conflicts=slim.conflicts,
        stages=slim.stages,
        links=slim.links,
    )


def _whole_table(table: _KeptTable) -> Table:
    return table_of(
        id=table.id,
        kind=table.kind,
        framework=table.framework,
        rules=table.rules,
        worked_examples=table.worked_examples,
        sha256=table.sha256,
    )

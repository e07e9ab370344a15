"""Where the files of a rule book lie; reading them is `loader`'s."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from agent.errors import RuleError

PANEL = "panel.yaml"
INFERENCES = "inferences.yaml"


class BookFiles(NamedTuple):
    """The files of one book, tables in the order in which they are read."""

    sources: tuple[Path, ...]
    packs: tuple[Path, ...]
    panel: Path
    inferences: Path
    stages: Path
    conflicts: Path

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file, once."""
        return (*self.sources, *self.packs, self.panel, self.inferences, self.stages, self.conflicts)


def files_of(corpus_dir: Path, pack_dirs: tuple[Path, ...] = ()) -> BookFiles:
    """Find the rule files of a corpus and of the team's packs; RuleError where a pack holds none."""
    rule_dir = corpus_dir / "rules"
    return BookFiles(
        sources=tuple(sorted(path for path in rule_dir.glob("*.yaml") if path.name not in (PANEL, INFERENCES))),
        packs=tuple(path for directory in pack_dirs for path in _pack_files(directory)),
        panel=rule_dir / PANEL,
        inferences=rule_dir / INFERENCES,
        stages=corpus_dir / "plan.yaml",
        conflicts=corpus_dir / "conflicts.yaml",
    )


def _pack_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise RuleError(f"{directory}: no such folder of rules", hint="give a folder with *.yaml rule files")
    paths = sorted(directory.glob("*.yaml")) + sorted(directory.glob("*.yml"))
    if not paths:
        raise RuleError(f"{directory}: no *.yaml rule files in it")
    return paths

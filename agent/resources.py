"""Finds the data folders `corpus/` and `prompts/`, in a wheel or in a checkout, and nothing else."""

from __future__ import annotations

from pathlib import Path

from agent.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Return the folder `name`; a checkout beside the package wins over the copy inside a wheel.

    The checkout comes first because an editable install leaves a stale copy under `_data`.
    """
    for base in (PACKAGE.parent, PACKAGE / "_data"):
        if (base / name).is_dir() and (base / name / ".rung-data").is_file():
            return base / name
    raise SettingsError(f"the folder {name}/ is missing from this installation", hint="reinstall rung")

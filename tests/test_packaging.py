"""The wheel: everything it needs is inside, and it works from any folder without the checkout."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILT_FROM = ("agent", "corpus", "prompts", "pyproject.toml", "README.md", "LICENSE")

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="hatchling, which builds the wheel, is not installed"
)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the tree, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "tree").mkdir()
    for name in BUILT_FROM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / "tree" / name)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder / "built")]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(folder / "tree")], check=True, timeout=250)
    (wheel,) = (folder / "built").glob("rung-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def installed(unpacked: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the unpacked wheel's `rung` from the root folder, away from the checkout."""
    code = "import sys; from agent.entrypoints.cli import main; main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "RUNG_HOME": str(unpacked / "h")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**environment, "RUNG_CACHE": str(unpacked / "c")},
        cwd="/",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", ["corpus", "prompts"])
def test_data_folders_are_inside_whole(unpacked: Path, name: str) -> None:
    """Every file of the folder, under the package."""
    shipped = {path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*") if path.is_file()}
    inside = unpacked / "agent" / "_data" / name
    assert shipped == {path.relative_to(inside) for path in inside.rglob("*") if path.is_file()}


def test_trained_numbers_are_inside(unpacked: Path) -> None:
    """What was fitted ships beside the code that reads it."""
    names = {path.relative_to(ROOT) for path in (ROOT / "agent").rglob("*.npz")}
    assert names
    assert not [name for name in names if not (unpacked / name).is_file()]


def test_it_runs_from_any_folder(unpacked: Path) -> None:
    """Version, rules and a verdict, from the wheel's own data."""
    version = installed(unpacked, "--version")
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout.startswith("rung 0.")
    where = "import agent.resources as r; print(r.data_dir('corpus'))"
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    found = subprocess.run(
        [sys.executable, "-c", where], capture_output=True, text=True, env=environment, cwd="/", check=True
    )
    assert found.stdout.strip() == str(unpacked / "agent" / "_data" / "corpus")
    rules = installed(unpacked, "rules", "list", "--source", "usually-context")
    assert (rules.returncode, rules.stderr) == (0, "")
    assert "usually-context:" in rules.stdout

"""What every test may rely on, however the suite was started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

# A runner in the background of a shell inherits an ignored SIGINT and would hand it on to every command under test,
# whose Ctrl-C could then not be tried. A handler, unlike "ignore", is reset to the default in a child process.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def built_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the index of the shipped corpus, built once for all workers; to be copied."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "built-index"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            places = {"RUNG_HOME": f"{folder}-home", "RUNG_CACHE": f"{folder}-unfinished"}
            command = [sys.executable, "-m", "agent.entrypoints.cli", "search", "retrieval"]
            subprocess.run(command, env={**os.environ, **places}, check=True, capture_output=True)
            Path(places["RUNG_CACHE"]).rename(folder)
    return folder


@pytest.fixture(scope="session")
def own_index(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built index for one worker."""
    return Path(shutil.copytree(built_index, tmp_path_factory.mktemp("index") / "cache"))

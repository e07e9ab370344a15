"""What starting takes care of before a command runs."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.entrypoints.arguments import build_parser

INSISTING = """
import sys
from agent.entrypoints.cli import _load_msgspec
_load_msgspec()
assert "msgspec" not in sys.modules and "typing_extensions" not in sys.modules
import msgspec
print(msgspec.FOUND)
"""


def test_a_msgspec_that_needs_typing_extensions_gets_it(tmp_path: Path) -> None:
    """It is hidden from one that can do without, for a quick start."""
    (tmp_path / "msgspec.py").write_text("import typing_extensions as FOUND\n", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{INSISTING}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "typing_extensions" in done.stdout, done.stderr


@pytest.mark.parametrize("columns", ["60", "200", "0", "-5", "wide", ""])
def test_help_is_as_wide_as_argparse_would_have_it(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """Although the width is found without the libraries that argparse takes for it."""
    monkeypatch.setenv("COLUMNS", columns)
    layout = build_parser("check")._get_formatter()
    assert layout._width == argparse.HelpFormatter("rung")._width == shutil.get_terminal_size().columns - 2

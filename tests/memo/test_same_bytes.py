"""The same case on the same day gives the same bytes, in any process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from agent.memo.model import FORMATS, About
from agent.memo.writer import MemoWriter
from agent.types import UseCase

SCRIPT = """\
import hashlib, json, sys
from agent.memo.writer import render
from eval.memos import compose_sample, open_writer
memo = compose_sample(open_writer()[0])
files = render(memo, ("md", "html", "pdf", "docx")).files
json.dump({name: hashlib.sha256(content).hexdigest() for name, content in files.items()}, sys.stdout)
"""


def test_twice_in_one_process(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> None:
    """No clock, no chance, no state."""
    one, two = (writer.write(wiki, about("Support bot"), formats=FORMATS).files for _ in range(2))
    assert [hashlib.sha256(one[form]).digest() for form in FORMATS] == [
        hashlib.sha256(two[form]).digest() for form in FORMATS
    ]


def test_in_two_processes_with_other_hash_seeds_and_zones() -> None:
    """Neither the order of sets nor the machine's time zone shows."""
    root = Path(__file__).parents[2]
    found = []
    for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=root, env=environment, capture_output=True, check=True, timeout=120
        )
        found.append(json.loads(done.stdout))
    assert found[0] == found[1]


def test_the_day_shows_and_nothing_else_moves(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> None:
    """Another day changes the dates alone."""
    from datetime import date

    one = writer.write(wiki, about("Support bot")).files["md"].decode()
    other = (
        writer.write(wiki, About(date(2026, 12, 1), date(2027, 2, 19), description="Support bot")).files["md"].decode()
    )
    assert one.replace("2026-11-21", "2026-12-01") == other

"""`rung doctor`: what is set up, what answers and what is missing, in words."""

from __future__ import annotations

import argparse

from agent.entrypoints.checkup import Check, examine
from agent.entrypoints.terminal import print_json, print_text

MARKS = {"ok": "ok    ", "off": "off   ", "broken": "BROKEN"}


def doctor(arguments: argparse.Namespace) -> int:
    """Print one line a part; exit code 1 where something that is set up does not work."""
    checks = examine()
    if arguments.json:
        print_json(checks)
    else:
        for check in checks:
            print_text(_line(check))
        broken = [check.part for check in checks if check.state == "broken"]
        print_text()
        print_text(f"not usable as it is set up: {', '.join(broken)}" if broken else "usable")
    return int(any(check.state == "broken" for check in checks))


def _line(check: Check) -> str:
    hint = f" ({check.hint})" if check.hint else ""
    return f"{MARKS[check.state]}  {check.part}: {check.says}{hint}"

"""Timing of processes and calls, two things turn about."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from msgspec import Struct

ROUNDS = 7
KIB_PER_MIB = 1024


class Child(Struct, frozen=True):
    """What one finished process took."""

    seconds: float
    cpu_seconds: float
    mib: float
    """Peak resident memory of that process alone."""


class Ratio(Struct, frozen=True):
    """One thing over another; medians of rounds in which both took their turn."""

    what: str
    than: str
    value: float
    base: float
    unit: str
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the other thing."""
        return self.value / self.base if self.base else float("nan")

    @property
    def line(self) -> str:
        """One line for the report."""
        bound = (
            "" if self.limit is None else f"   at most {self.limit:g}: {'ok' if self.ratio <= self.limit else 'ABOVE'}"
        )
        return (
            f"{self.what:34} {self.value:9.2f} {self.unit:3} = {self.ratio:6.2f} × {self.than}"
            f" ({self.base:.2f} {self.unit}){bound}"
        )


def run_child(arguments: Sequence[str], *, allowed: Sequence[int] = (0,)) -> Child:
    """Run a command to its end, output discarded; raises CalledProcessError unless its exit code is allowed."""
    start = time.perf_counter()
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen([*arguments], stdout=nowhere, stderr=nowhere, env=_environment())
    # Not getrusage(RUSAGE_CHILDREN), which keeps the largest of all children so far.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    peak = usage.ru_maxrss / (KIB_PER_MIB * KIB_PER_MIB if sys.platform == "darwin" else KIB_PER_MIB)
    return Child(seconds, usage.ru_utime + usage.ru_stime, peak)


def in_turn(first: Callable[[], Child], second: Callable[[], Child], *, rounds: int) -> tuple[list[Child], list[Child]]:
    """Run two things turn about, after one round of each that does not count."""
    first(), second()
    pairs = [(first(), second()) for _ in range(rounds)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def milliseconds(call: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}

"""Several callers of one process at once, and one caller while both cores are busy elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from agent.settings import load_settings
from eval.bench.timing import ROUNDS, Ratio, median, milliseconds, percentile
from eval.cases import load_questions
from eval.subject import Shipped

CALLERS = 8
TIMES_ALONE = 8.0
TIMES_BUSY = 3.0
SPIN = [sys.executable, "-c", "while True: pass"]


def measure(*, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield a line for eight callers, one for busy cores, and one for answers a second."""
    subject = Shipped(load_settings())
    texts = [case.text for case in load_questions().cases]
    answers(subject, texts)
    alone: list[float] = []
    together: list[float] = []
    busy: list[float] = []
    rates: list[float] = []
    for _ in range(rounds):
        alone += answers(subject, texts)
        found, seconds = at_once(subject, texts * 2)
        together += found
        rates.append(len(found) / seconds)
        with cores_busy():
            busy += answers(subject, texts)
    base = median(alone)
    line = f"p50 of one caller, {len(alone)} answers"
    yield Ratio(f"p95 of {CALLERS} callers at once", line, percentile(together, 0.95), base, "ms", TIMES_ALONE).line
    yield Ratio("p95 of one, cores busy elsewhere", line, percentile(busy, 0.95), base, "ms", TIMES_BUSY).line
    yield f"{median(rates):.0f} answers a second by {CALLERS} callers, {1000 / base:.0f} by one"


def answers(subject: Shipped, texts: Sequence[str]) -> list[float]:
    """Return the milliseconds of each answer, one after another."""
    return [milliseconds(lambda text=text: subject.ask(text)) for text in texts]  # type: ignore[misc]


def at_once(subject: Shipped, texts: Sequence[str]) -> tuple[list[float], float]:
    """Return the milliseconds of each answer with eight callers at work, and the seconds of all."""
    found: list[float] = []
    with ThreadPoolExecutor(CALLERS) as pool:
        ask = [lambda text=text: subject.ask(text) for text in texts]  # type: ignore[misc]
        total = milliseconds(lambda: found.extend(pool.map(milliseconds, ask)))
    return found, total / 1000


@contextmanager
def cores_busy() -> Iterator[None]:
    """Keep every core at work elsewhere for as long as it lasts."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    spinning = [subprocess.Popen(SPIN) for _ in range(cores)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()

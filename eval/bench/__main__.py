"""`python -m eval.bench`: every speed figure beside its peer; `--only cold` and the like for one of them."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from agent.errors import RungError
from eval.bench import build, callers, chat, cold, vectors, warm
from eval.bench.timing import ROUNDS


def main(argv: Sequence[str] | None = None) -> int:
    """Print each figure as it is measured; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(PARTS), help="one part; can be repeated")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds after the warm-up, 7 unless told")
    parser.add_argument("--sets", nargs="+", default=[], metavar="FOLDER", help="public sets for the part `retrieval`")
    options = parser.parse_args(argv)
    PARTS["retrieval"] = lambda rounds: _retrieval(options.sets)
    start = perf_counter()
    for name in options.only or PARTS:
        print(f"{name}: load average {load()}", flush=True)
        try:
            PARTS[name](options.rounds)
        except (RungError, subprocess.CalledProcessError) as error:
            print(f"  failed: {error}", file=sys.stderr)
            return 1
    print(f"{perf_counter() - start:.0f} s; medians of {options.rounds} rounds after a warm-up, turn about.")
    return 0


def load() -> str:
    """Return the machine's load over the last minute, and its cores."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else "unknown"


def _lines(measure: Callable[..., Iterator[str]]) -> Callable[[int], None]:
    def part(rounds: int) -> None:
        for line in measure(rounds=rounds):
            print(f"  {line}", flush=True)

    return part


def _vectors(rounds: int) -> None:
    print(f"  {vectors.measure()}", flush=True)


def _apart(name: str) -> Callable[[int], None]:
    # A process of its own: what the parts before it loaded does not bear on it.
    return lambda rounds: print_from(f"eval.bench.{name}", "--rounds", str(rounds))


def print_from(module: str, *arguments: str) -> None:
    """Run a part as a program, its lines going where ours go."""
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


def _retrieval(folders: Sequence[str]) -> None:
    if folders:
        print_from("eval.bench.retrieval", *folders)
    else:
        print("  skipped: no set given; --sets FOLDER…, and eval/bench/retrieval.py says where to get them")


PARTS: dict[str, Callable[[int], None]] = {
    "cold": _lines(cold.measure),
    "warm": _lines(warm.measure),
    "callers": _lines(callers.measure),
    "chat": _lines(chat.measure),
    "rules": _apart("rules"),
    "peers": _apart("peers"),
    "build": _lines(build.measure),
    "growth": _apart("growth"),
    "vectors": _vectors,
    "retrieval": lambda rounds: _retrieval([]),
}
if __name__ == "__main__":
    sys.exit(main())

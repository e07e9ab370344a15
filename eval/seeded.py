"""`python -m eval.seeded`: plants one mistake at a time into a copy of the project, and sees whether a test catches it.

Owns the runner; the mistakes are data in `eval/data/seeded.yaml`. The checkout is never touched: the last commit is
laid out in a temporary folder, and its tests run there with this Python. A mistake counts as caught where the tests
named with it pass without it and one of them fails with it. The exit code is 1 where one is not caught.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter
from typing import Literal

import msgspec
import yaml
from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "eval" / "data" / "seeded.yaml"
PAGE = ROOT / "docs" / "seeded-mistakes.md"
SECONDS_AT_MOST = 420
PACKAGES = ("agent", "eval")
PYTEST = ("-m", "pytest", "-q", "-rfE", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0")
PLUGINS = ("-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin")
"""All that the tests need; looking for every plugin that is installed costs seconds each time."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)

State = Literal["caught", "NOT CAUGHT", "fails without it"]


class Mistake(Struct, frozen=True, forbid_unknown_fields=True):
    """One mistake: where it is planted, what it puts in whose place, and the tests that should see it."""

    id: str
    part: str
    file: str
    """From the root of the repository."""
    find: str
    """Stands exactly once in the file."""
    replace: str
    caught_by: tuple[str, ...]
    """Tests as pytest names them; one failing is enough."""
    says: str
    """What goes wrong, in one sentence."""


class Outcome(Struct, frozen=True):
    """What became of one mistake."""

    mistake: Mistake
    state: State
    seconds: float
    seen_by: str = ""
    """The first test that failed."""


class Trial(Struct, frozen=True):
    """One run of tests: pytest's exit code, its output, and the tests that failed."""

    code: int
    output: str

    @property
    def failed(self) -> tuple[str, ...]:
        """The failed tests, in order; a file that does not load counts as one."""
        return tuple(dict.fromkeys(_FAILED.findall(self.output)))


class SeedingError(Exception):
    """A mistake cannot be planted, or the copy is not what is tested."""


def load_mistakes(path: Path = TABLE) -> tuple[Mistake, ...]:
    """Read the table of mistakes."""
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), tuple[Mistake, ...], strict=False)


def planted(mistake: Mistake, folder: Path) -> str:
    """Return the file's text with the mistake in it; SeedingError where `find` does not stand there exactly once."""
    text = (folder / mistake.file).read_text(encoding="utf-8")
    count = text.count(mistake.find)
    if count != 1:
        raise SeedingError(f"{mistake.id}: its text stands {count} times in {mistake.file}, not once")
    changed = text.replace(mistake.find, mistake.replace)
    if mistake.file.endswith(".py"):
        # What does not even compile is caught by anything.
        compile(changed, mistake.file, "exec")
    return changed


@contextmanager
def planting(mistake: Mistake, folder: Path) -> Iterator[None]:
    """Have the mistake in the copy for a while."""
    file = folder / mistake.file
    before = file.read_bytes()
    file.write_text(planted(mistake, folder), encoding="utf-8")
    try:
        yield
    finally:
        file.write_bytes(before)


def lay_out(folder: Path, commit: str = "HEAD") -> None:
    """Write the tracked files of a commit into an empty folder."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def environment(folder: Path) -> dict[str, str]:
    """Return the variables under which the copy is imported, whatever is installed, with no setting of this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUNG_", "OPENAI_"))}
    fixed = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    return kept | fixed | {"OPENBLAS_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def assert_copied(folder: Path, packages: Iterable[str] = PACKAGES) -> None:
    """Raise SeedingError unless Python, started as the tests are, imports the copy."""
    for package in packages:
        code = f"import {package}; print({package}.__file__)"
        found = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=environment(folder),
            check=True,
            capture_output=True,
            text=True,
        )
        if not Path(found.stdout.strip()).resolve().is_relative_to(folder.resolve()):
            raise SeedingError(f"{package} is imported from {found.stdout.strip()}, not from the copy")


def try_tests(tests: Sequence[str], folder: Path, *, stop_early: bool = True) -> Trial:
    """Run tests in the copy; a run that takes too long is ended and counts as failed by nobody."""
    command = [sys.executable, *PYTEST, *PLUGINS, *(["-x"] if stop_early else []), *tests]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS_AT_MOST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    # Hypothesis would begin the next mistake with the examples that failed on this one.
    shutil.rmtree(folder / ".hypothesis", ignore_errors=True)
    return Trial(process.returncode, output)


def try_mistake(mistake: Mistake, folder: Path) -> Outcome:
    """Plant one mistake, run what should catch it, and take it out again."""
    start = perf_counter()
    with planting(mistake, folder):
        trial = try_tests(mistake.caught_by, folder)
    # 1: a test failed; 2 and 4: a file of tests no longer loads, which it did without the mistake.
    is_caught = trial.code in (1, 2, 4) and bool(trial.failed)
    seen_by = trial.failed[0] if is_caught else ""
    return Outcome(mistake, "caught" if is_caught else "NOT CAUGHT", perf_counter() - start, seen_by)


def broken(mistakes: Sequence[Mistake], folder: Path) -> frozenset[str]:
    """Return the mistakes whose tests fail without them; SeedingError where the tests cannot be run at all."""
    tests = list(dict.fromkeys(test for mistake in mistakes for test in mistake.caught_by))
    # pytest leaves out a test named beside its own parameters, so that those go with their test.
    wide = [test for test in tests if test.partition("[")[0] == test or test.partition("[")[0] not in tests]
    trial = try_tests(wide, folder, stop_early=False)
    if trial.code not in (0, 1):
        raise SeedingError(f"the tests do not run without a mistake:\n{trial.output[-3000:]}")
    doubtful = [mistake for mistake in mistakes if _is_among(mistake, trial.failed)]
    # A test that waits for a server may fail once beside hundreds of others; by itself it must pass.
    return frozenset(mistake.id for mistake in doubtful if try_tests(mistake.caught_by, folder).code != 0)


def _is_among(mistake: Mistake, failed: Iterable[str]) -> bool:
    """Tell whether a failed test may be one of the mistake's, going by its name without parameters."""
    names = {f"{name.partition('[')[0]}::" for name in failed}
    return any(name.startswith(f"{test.partition('[')[0]}::") for name in names for test in mistake.caught_by)


def run(mistakes: Sequence[Mistake], *, jobs: int = 1, packages: Sequence[str] = PACKAGES) -> Iterator[Outcome]:
    """Yield the outcome of each mistake as it is known; `jobs` copies are tried at once."""
    with tempfile.TemporaryDirectory(prefix="rung-seeded-") as base:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            folder = Path(base) / str(number)
            lay_out(folder)
            assert_copied(folder, packages)
            copies.put(folder)
        first = Path(base) / "0"
        for mistake in mistakes:
            planted(mistake, first)
        unsound = broken(mistakes, first)
        yield from (Outcome(mistake, "fails without it", 0.0) for mistake in mistakes if mistake.id in unsound)
        sound = [mistake for mistake in mistakes if mistake.id not in unsound]

        def work(mistake: Mistake) -> Outcome:
            folder = copies.get()
            try:
                return try_mistake(mistake, folder)
            finally:
                copies.put(folder)

        with ThreadPoolExecutor(jobs) as pool:
            for done in as_completed([pool.submit(work, mistake) for mistake in sound]):
                yield done.result()


def page(outcomes: Mapping[str, Outcome], commit: str, seconds: float) -> str:
    """Return the table as Markdown."""
    caught = sum(outcome.state == "caught" for outcome in outcomes.values())
    parts = len({outcome.mistake.part for outcome in outcomes.values()})
    lines = [
        "# Seeded mistakes",
        "",
        f"{len(outcomes)} mistakes in {parts} parts, each planted alone into a copy of commit `{commit}`:",
        f"**{caught} caught**.",
        "A mistake is caught where the tests named with it pass without it and one of them fails with it.",
        f"Made by `python -m eval.seeded --write` in {seconds / 60:.0f} minutes.",
        "The mistakes, word for word, are in `eval/data/seeded.yaml`. They were chosen by hand: the table shows that",
        "these are seen, not that every mistake would be. A passage exchanged for one that says nearly the same, in a",
        "rule that cites others as well, is seen by no test.",
        "",
        "| Mistake | Planted in | What goes wrong | | Seen first by | s |",
        "|---|---|---|---|---|--:|",
    ]
    part = ""
    for outcome in outcomes.values():
        mistake = outcome.mistake
        if mistake.part != part:
            part = mistake.part
            lines.append(f"| **{part}** | | | | | |")
        seen = f"`{_short(outcome.seen_by)}`" if outcome.seen_by else ""
        lines.append(
            f"| `{mistake.id}` | `{mistake.file}` | {mistake.says} | {outcome.state} | {seen} | {outcome.seconds:.0f} |"
        )
    return "\n".join(lines) + "\n"


def _short(test: str) -> str:
    """Return a test's file and name without its parameters, which may hold anything."""
    return test.partition("[")[0].removeprefix("tests/")


def main(argv: Sequence[str] | None = None) -> int:
    """Try the mistakes and print what became of them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.seeded", description=__doc__)
    parser.add_argument(
        "--only", action="append", metavar="ID", help="one mistake, or those whose id begins so; can be repeated"
    )
    parser.add_argument("--list", action="store_true", help="print the mistakes and plant none")
    parser.add_argument(
        "--write", action="store_true", help=f"write the table to {PAGE.relative_to(ROOT)}; with all mistakes only"
    )
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1, help="how many to try at once, 1 unless told")
    options = parser.parse_args(argv)
    if options.write and options.only:
        parser.error("--write wants all mistakes, --only takes some")
    every = load_mistakes()
    chosen = [m for m in every if not options.only or m.id.startswith(tuple(options.only))]
    if not chosen:
        parser.error("there is no such mistake; --list shows them")
    if options.list:
        print("\n".join(f"{m.id:34} {m.part:14} {m.says}" for m in chosen))
        return 0
    try:
        return _report(chosen, jobs=options.jobs, writes=options.write)
    except SeedingError as error:
        print(f"seeded: {error}", file=sys.stderr)
        return 2


def _report(mistakes: Sequence[Mistake], *, jobs: int, writes: bool) -> int:
    """Try the mistakes, a line for each as it is known."""
    start = perf_counter()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    found: dict[str, Outcome] = {}
    for outcome in run(mistakes, jobs=jobs):
        found[outcome.mistake.id] = outcome
        print(
            f"{outcome.state:16} {outcome.seconds:5.1f} s  {outcome.mistake.id:34} {outcome.seen_by[:110]}", flush=True
        )
    seconds = perf_counter() - start
    missed = [id for id, outcome in found.items() if outcome.state != "caught"]
    print(f"{len(found) - len(missed)} of {len(found)} caught on commit {commit}, {seconds:.0f} s")
    if missed:
        print(f"not caught: {', '.join(missed)}", file=sys.stderr)
    if writes:
        PAGE.write_text(page({m.id: found[m.id] for m in mistakes}, commit, seconds), encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

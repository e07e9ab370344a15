"""Writes a memo in every form for every labelled case, checks each, and says how long it took.

    python -m eval.memos [--output DIR] [--format md,html,pdf,docx]
    python -m eval.memos --sample
    python -m eval.memos --golden

`--sample` writes the sample memo anew that the README links to, `--golden` the pages that the tests compare with. The
day is fixed, so two runs give the same bytes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from agent.bootstrap import open_book, open_memo_writer
from agent.entrypoints.casefile import read_case_file, read_fact
from agent.memo.check import check
from agent.memo.model import FORMATS, About, Format, Memo
from agent.memo.writer import MemoWriter, render
from agent.settings import Settings
from agent.types import Fact
from eval.cases import Case, Labelled, load_use_cases

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
DAY, REVIEW = date(2026, 11, 21), date(2027, 2, 19)
SAMPLE = ROOT / "docs" / "samples" / "claim-letters.yaml"
GOLDEN = ROOT / "tests" / "memo" / "golden"
SAMPLE_MAKERS = ("Head of claims", "Platform lead")


def open_writer() -> tuple[MemoWriter, Callable[[str, object], Fact]]:
    """Return a writer on the shipped rules alone, and the reader of facts that checking needs."""
    nowhere = ROOT / ".no-such-folder"
    book, library = open_book(Settings(home=nowhere, cache=nowhere), [], notify=print, anew=True)
    return open_memo_writer(book, library), partial(read_fact, catalogue=book.catalogue)


def compose_sample(writer: MemoWriter) -> Memo:
    """Return the sample memo."""
    description, use_case = read_case_file(str(SAMPLE), writer.ground.catalogue)
    about = About(DAY, REVIEW, description=description.strip(), decision_makers=SAMPLE_MAKERS)
    return writer.compose(use_case, about)


def write_golden() -> None:
    """Write the golden pages anew; their memo is a stored value, so that new rules leave them alone."""
    memo = msgspec.json.decode((GOLDEN / "memo.json").read_bytes(), type=Memo)
    for form, content in render(memo, ("md", "html")).files.items():
        (GOLDEN / f"memo.{form}").write_bytes(content)


def main() -> None:
    """Write the memos, and print for each form how many, how large and how fast."""
    parser = argparse.ArgumentParser(description="Write a memo in every form for every labelled case.")
    parser.add_argument("--output", type=Path, help="keep the memos in this folder")
    parser.add_argument("--format", default=",".join(FORMATS), help="forms to write")
    parser.add_argument("--sample", action="store_true", help="write the sample memo anew")
    parser.add_argument("--golden", action="store_true", help="write the golden pages anew from their memo")
    chosen = parser.parse_args()
    if chosen.golden:
        write_golden()
        return
    writer, read = open_writer()
    if chosen.sample:
        memo = compose_sample(writer)
        SAMPLE.with_suffix(".md").write_bytes(render(memo, ("md",)).files["md"])
        print(SAMPLE.with_suffix(".md").relative_to(ROOT))
        return
    forms = tuple(form for form in FORMATS if form in chosen.format.split(","))
    _write_all(writer, read, forms, chosen.output)


def _write_all(
    writer: MemoWriter, read: Callable[[str, object], Fact], forms: tuple[Format, ...], output: Path | None
) -> None:
    cases = load_use_cases().cases
    times: dict[str, list[float]] = {"compose": [], **{form: [] for form in forms}}
    sizes: dict[str, list[int]] = {form: [] for form in forms}
    left_out = moved = warned = 0
    for case in cases:
        memo = _timed(times["compose"], partial(_compose, writer, case))
        left_out += len(memo.notes)
        for form in forms:
            written = _timed(times[form], partial(render, memo, (form,)))
            sizes[form].append(len(written.files[form]))
            warned += len(written.warnings)
            if form == "md":
                moved += bool(check(written.files[form].decode(), writer, read, today=DAY).reasons)
            if output:
                output.mkdir(parents=True, exist_ok=True)
                (output / f"{case.id}.{form}").write_bytes(written.files[form])
    print(f"{len(cases)} cases; {moved} memos do not check; {left_out} with a sentence left out; {warned} warnings\n")
    print("| what | median ms | slowest ms | median kB |\n|---|--:|--:|--:|")
    for name, found in times.items():
        size = f"{statistics.median(sizes[name]) / 1000:.0f}" if name in sizes else ""
        print(f"| {name} | {statistics.median(found):.0f} | {max(found):.0f} | {size} |")


def _compose(writer: MemoWriter, case: Case[Labelled]) -> Memo:
    return writer.compose(case.expected.use_case, About(DAY, REVIEW, description=case.text))


def _timed(times: list[float], work: Callable[[], T]) -> T:
    started = time.process_time()
    result = work()
    times.append((time.process_time() - started) * 1000)
    return result


if __name__ == "__main__":
    main()

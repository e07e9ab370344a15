"""`python -m eval`: the quality figures on labelled cases, with no language model.

The exit code is 0 whatever the figures are; with `--check`, 1 where one misses its reach.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import msgspec

from agent.errors import RungError
from agent.settings import load_settings
from eval.cases import (
    KEPT_ASIDE,
    QUESTIONS,
    UNANSWERABLE,
    USE_CASES,
    load_labelled,
    load_questions,
    load_unanswerable,
    load_use_cases,
)
from eval.evaluators import EVALUATORS
from eval.figures import Figure
from eval.report import print_errors, print_table, result_of
from eval.run import Data, Run
from eval.subject import Shipped, held_out_readings, tell
from eval.targets import LEGEND

COVERAGE = Path(__file__).parent / "data" / "coverage.jsonl"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the evaluators and report; return the exit code."""
    options = _parser().parse_args(argv)
    start = perf_counter()
    try:
        run = open_run(options.cases, options.questions, options.unanswerable)
        figures = evaluate(run, options.only or tuple(EVALUATORS))
    except RungError as error:
        print(f"eval: {error}", file=sys.stderr)
        return error.exit_code
    seconds = perf_counter() - start
    encoded = msgspec.json.format(msgspec.json.encode(result_of(figures, run, seconds=seconds)), indent=1)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_bytes(encoded + b"\n")
    if options.json:
        sys.stdout.write(encoded.decode() + "\n")
    else:
        report(figures, run, seconds, has_errors=options.errors)
    missed = [figure.id for figure in figures if figure.is_reached is False]
    if options.check and missed:
        tell(f"short of their reach: {', '.join(missed)}")
        return 1
    return 0


def open_run(cases: Path, questions: Path, unanswerable: Path) -> Run:
    """Load the datasets and open the product."""
    use_cases = load_use_cases(cases)
    aside = load_labelled(KEPT_ASIDE) if use_cases.is_shipped else None
    data = Data(use_cases, load_questions(questions), load_unanswerable(unanswerable), aside)
    subject = Shipped(load_settings())
    return Run(subject, data, held_out=held_out_readings(use_cases, aside), fitted=_fitted_questions())


def evaluate(run: Run, names: Sequence[str]) -> list[Figure]:
    """Run the named evaluators in their order."""
    figures: list[Figure] = []
    for name, evaluator in EVALUATORS.items():
        if name in names:
            tell(f"{name} …")
            figures += evaluator(run)
    return figures


def report(figures: Sequence[Figure], run: Run, seconds: float, *, has_errors: bool) -> None:
    """Print the table and what a reader must know of it."""
    print_table(figures)
    sizes = ", ".join(f"{len(dataset.cases)} {dataset.name}" for dataset in run.data.all)
    print(f"{sizes}; {len(run.answers)} answers in {seconds:.0f} s. No LLM was used.")
    print(
        "Intervals: Wilson for one yes or no per case, else a bootstrap by whole case. ≥ ≤: the reach.\n"
        "The panel's rows were put in order with these cases in view: figures with given facts are not held out.\n"
        "Those marked unseen are: described cases written for Rung and labelled apart, by which nothing was chosen."
    )
    print(LEGEND)
    if has_errors:
        print_errors(figures)


def _fitted_questions() -> list[str]:
    if not COVERAGE.is_file():
        return []
    return [json.loads(line)["question"] for line in COVERAGE.read_text(encoding="utf-8").splitlines() if line.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    parser.add_argument("--cases", type=Path, default=USE_CASES, metavar="FILE", help="described cases, JSON lines")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, metavar="FILE")
    parser.add_argument("--unanswerable", type=Path, default=UNANSWERABLE, metavar="FILE")
    parser.add_argument("--only", action="append", choices=tuple(EVALUATORS), help="one evaluator; can be repeated")
    parser.add_argument("--errors", action="store_true", help="list each miss in one line, with break-downs")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON instead of the table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON result there too")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a figure misses its reach")
    return parser


if __name__ == "__main__":
    sys.exit(main())

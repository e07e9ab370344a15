"""The command line of the evaluation.

    python -m eval                                    the quality figures on the labelled cases of the repository
    python -m eval run --dataset mine.jsonl           the same on a team's own cases, with nothing refitted
    python -m eval compare before.json after.json     which differences between two results are real
    python -m eval report [result.json]               a result as one HTML page

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
    load_posted,
    load_questions,
    load_unanswerable,
    load_use_cases,
    load_written,
)
from eval.comparison import compare, print_comparison
from eval.evaluators import EVALUATORS
from eval.figures import Figure
from eval.own import PARTS, measure, open_own, remarks
from eval.page import render
from eval.report import load_result, print_errors, print_table, result_of, write_result
from eval.run import Data, Run
from eval.subject import Shipped, held_out_readings, tell
from eval.targets import LEGEND

COVERAGE = Path(__file__).parent / "data" / "coverage.jsonl"
BASELINE = Path(__file__).parent / "baselines" / "main.json.gz"
PAGE = Path("build", "report.html")
DATASET = """\
described cases, one JSON object a line: id, description and label; where there are, facts (name to value), evidence
(name to the words) and also_defensible (further labels). The names are those of `rung facts` and corpus/facts.yaml"""
INTERVALS = "Intervals: Wilson for one yes or no per case, else a bootstrap by whole case. ≥ ≤: the reach."


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was asked; return the exit code."""
    options = _parser().parse_args(argv)
    try:
        code: int = options.does(options)
    except RungError as error:
        print(f"eval: {error}", file=sys.stderr)
        return error.exit_code
    return code


def _evaluate(options: argparse.Namespace) -> int:
    """Evaluate on the repository's data, held out where parts were fitted on it."""
    start = perf_counter()
    run = open_run()
    figures = evaluate(run, options.only or tuple(EVALUATORS))
    seconds = perf_counter() - start
    legend = (
        f"{INTERVALS}\n"
        "The panel's rows were put in order with these cases in view: figures with given facts are not held out.\n"
        "Those marked unseen are: written for Rung, labelled apart, not learned from; most questions were in view.\n"
        f"{LEGEND}"
    )
    return _hand_out(figures, run, seconds, options, legend)


def _run(options: argparse.Namespace) -> int:
    """Evaluate on a team's own files."""
    start = perf_counter()
    run = open_own(options.dataset, options.questions, options.unanswerable)
    figures = list(measure(run, options.only or ()))
    legend = "\n".join([INTERVALS, *remarks(run)])
    return _hand_out(figures, run, perf_counter() - start, options, legend)


def _compare(options: argparse.Namespace) -> int:
    """Compare two results case by case."""
    found = compare(load_result(options.before), load_result(options.after))
    if options.json:
        sys.stdout.write(_json(found) + "\n")
    else:
        print_comparison(found)
    return 0


def _report(options: argparse.Namespace) -> int:
    """Write a result as a page."""
    against = load_result(options.against) if options.against else None
    page = render(load_result(options.result), against)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page, encoding="utf-8")
    print(options.out)
    return 0


def open_run() -> Run:
    """Load the repository's datasets and open the product, without a language model."""
    use_cases, aside = load_use_cases(), load_use_cases(KEPT_ASIDE)
    data = Data(use_cases, load_questions(), load_unanswerable(), aside, load_posted(), load_written())
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


def _hand_out(figures: Sequence[Figure], run: Run, seconds: float, options: argparse.Namespace, legend: str) -> int:
    """Write and print the result; return 1 where `--check` was asked for and a reach is missed."""
    result = result_of(figures, run, seconds=seconds)
    if options.out:
        write_result(result, options.out)
    if options.json:
        sys.stdout.write(_json(result) + "\n")
    else:
        report(figures, run, seconds, legend)
        if options.errors:
            print_errors(figures)
    missed = [figure.id for figure in figures if figure.is_reached is False]
    if options.check and missed:
        tell(f"short of their reach: {', '.join(missed)}")
        return 1
    return 0


def report(figures: Sequence[Figure], run: Run, seconds: float, legend: str) -> None:
    """Print the table and what a reader must know of it."""
    print_table(figures)
    sizes = ", ".join(f"{len(dataset.cases)} {dataset.name}" for dataset in run.data.all if dataset.cases)
    by = f"Models: {run.subject.llm}." if run.subject.llm else "No LLM was used."
    print(f"{sizes}; {len(run.answers)} answers in {seconds:.0f} s. {by}")
    print(legend)


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def _fitted_questions() -> list[str]:
    if not COVERAGE.is_file():
        return []
    return [json.loads(line)["question"] for line in COVERAGE.read_text(encoding="utf-8").splitlines() if line.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _add_output(parser, tuple(EVALUATORS))
    parser.set_defaults(does=_evaluate)
    commands = parser.add_subparsers(title="commands", metavar="{run,compare,report}")
    run = commands.add_parser("run", help="evaluate on a team's own cases, with nothing refitted")
    run.add_argument("--dataset", type=Path, required=True, metavar="FILE", help=DATASET)
    run.add_argument("--questions", type=Path, metavar="FILE", help="questions with the articles they expect")
    run.add_argument("--unanswerable", type=Path, metavar="FILE", help="questions that must be refused")
    _add_output(run, PARTS)
    run.set_defaults(does=_run)
    pair = commands.add_parser("compare", help="say which differences between two results are real")
    pair.add_argument("before", type=Path, metavar="A.json")
    pair.add_argument("after", type=Path, metavar="B.json")
    pair.add_argument("--json", action="store_true", help="print the comparison as JSON")
    pair.set_defaults(does=_compare)
    page = commands.add_parser("report", help="write a result as one HTML page")
    page.add_argument("result", type=Path, nargs="?", default=BASELINE, metavar="RESULT.json")
    page.add_argument("--against", type=Path, metavar="BEFORE.json", help="show what changed since this result")
    page.add_argument("--out", type=Path, default=PAGE, metavar="FILE", help="default: %(default)s")
    page.set_defaults(does=_report)
    return parser


def _add_output(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    parser.add_argument("--only", action="append", choices=names, help="one evaluator; can be repeated")
    parser.add_argument("--errors", action="store_true", help="list each miss in one line, with break-downs")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON instead of the table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON result there too")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a figure misses its reach")


if __name__ == "__main__":
    sys.exit(main())

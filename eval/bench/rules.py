"""Speed of the rules on the labelled cases: a check with its trace, the flip search, the whole verdict.

    python -m eval.bench.rules [--rounds N] [--cases FILE]

Each round judges every case with its labelled facts, the contenders by turns, so that a busy spell on the machine
falls on all of them. Times are CPU time per case; the ratio is to walking the conditions of all rules directly,
without compiling. Evaluating all rules again for each move, as a search without increments would, is the other peer.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from agent.corpus.notes import load_passages
from agent.intake.catalogue import load_catalogue
from agent.resources import data_dir
from agent.rules.conditions import truth_of
from agent.rules.engine import Findings, WhatIf, allowed, decide, excluded_by, fill, infer_values, truths, vote
from agent.rules.explain import Grid, flips, grid
from agent.rules.loader import load_book
from agent.rules.model import RuleBook
from agent.rules.verdict import judge
from agent.types import Approach, Fact, FactValue, UseCase

CASES = Path(__file__).resolve().parents[1] / "data" / "cases" / "use_cases.jsonl"
ROUNDS = 7
Facts = dict[str, FactValue]
Contender = Callable[[Facts], object]


def read_cases(path: Path) -> list[Facts]:
    """Return the labelled facts of each case."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["facts"] for line in file]


def check(book: RuleBook, stated: Facts) -> None:
    """Check every rule and let every table decide, with the trace of what held, was vetoed and is pending."""
    facts = fill(stated, book)
    truths(book, facts)
    memo: dict[str, bool | None] = {}
    decide(book.panel, book, facts, memo)
    for table in book.tables:
        vote(table, book, facts, memo)


def walk(book: RuleBook, stated: Facts) -> None:
    """Evaluate every rule by walking its condition: the peer without compilation."""
    facts = fill(stated, book)
    for rule in book.rules:
        truth_of(rule.when, facts, book.definitions)


def move_each(book: RuleBook, cells: Grid, stated: Facts) -> list[Approach | None]:
    """Try each change of one fact incrementally."""
    what_if = WhatIf(book, stated)
    return [what_if.outcome({name: value}) for name, values in cells.items() for value in values]


def move_each_anew(book: RuleBook, cells: Grid, stated: Facts) -> list[Approach | None]:
    """Try each change of one fact from scratch: the peer without increments."""
    found: list[Approach | None] = []
    for name, values in cells.items():
        for value in values:
            facts = infer_values({**stated, name: value}, book)
            found.append(None if facts is None else recommend(book, facts))
    return found


def recommend(book: RuleBook, facts: Facts) -> Approach:
    """Return the panel's recommendation alone, without the trace of how it was decided."""
    findings = Findings(book, facts)
    excluded = excluded_by(filter(findings.holds, book.panel_vetoes))
    for rule in filter(findings.holds, book.panel.votes):
        approach = allowed(rule, excluded)
        if approach is not None:
            return approach
    return "measure_first"


def search_flips(book: RuleBook, cells: Grid, stated: Facts) -> None:
    """Search the changes of one and two facts that change the recommendation."""
    flips(WhatIf(book, stated), cells)


def contenders(book: RuleBook) -> dict[str, Contender]:
    """Name what is timed; each takes the facts of one case."""
    cells = grid(book)
    return {
        "walk all rules, uncompiled": lambda facts: walk(book, facts),
        "check all rules, with trace": lambda facts: check(book, facts),
        "single moves from scratch": lambda facts: move_each_anew(book, cells, facts),
        "single moves, incremental": lambda facts: move_each(book, cells, facts),
        "flip search, one and two facts": lambda facts: search_flips(book, cells, facts),
        "whole verdict": lambda facts: judge(UseCase({name: Fact(name, value) for name, value in facts.items()}), book),
    }


def time_rounds(named: dict[str, Contender], cases: list[Facts], rounds: int) -> dict[str, list[list[float]]]:
    """Return, by contender, each round's CPU milliseconds per case; one round before is not counted."""
    found: dict[str, list[list[float]]] = {name: [] for name in named}
    for number in range(rounds + 1):
        for name, contender in named.items():
            times = [_milliseconds(contender, facts) for facts in cases]
            if number:
                found[name].append(times)
    return found


def _milliseconds(contender: Contender, facts: Facts) -> float:
    started = time.process_time()
    contender(facts)
    return (time.process_time() - started) * 1000


def report(found: dict[str, list[list[float]]], rules: int) -> None:
    """Print the median over rounds of the median case, its spread over rounds, the slowest case, and the ratio."""
    medians = {name: [statistics.median(times) for times in rounds] for name, rounds in found.items()}
    base = statistics.median(next(iter(medians.values())))
    print("| what | median ms | rounds, least–most | slowest case ms | ratio |")
    print("|---|--:|--:|--:|--:|")
    for name, values in medians.items():
        median = statistics.median(values)
        slowest = statistics.median(max(times) for times in found[name])
        spread = f"{min(values):.2f}–{max(values):.2f}"
        print(f"| {name} | {median:.2f} | {spread} | {slowest:.2f} | {median / base:.2f} |")
    checked = statistics.median(medians["check all rules, with trace"])
    print(f"\n{rules / checked * 1000:,.0f} rule checks a second, with trace")


def main() -> None:
    """Time the rules on the labelled cases and print a table."""
    parser = argparse.ArgumentParser(description="Time the rules on the labelled cases.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--cases", type=Path, default=CASES)
    chosen = parser.parse_args()
    corpus = data_dir("corpus")
    book = load_book(corpus, load_catalogue(corpus), {passage.id for passage in load_passages(corpus)})
    cases = read_cases(chosen.cases)
    print(f"{len(book.rules)} rules, {len(cases)} cases, {chosen.rounds} rounds, CPU time\n")
    report(time_rounds(contenders(book), cases, chosen.rounds), len(book.rules))


if __name__ == "__main__":
    main()

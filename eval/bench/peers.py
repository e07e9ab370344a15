"""Thirty of our rules beside the same thirty in zen-engine and in json-logic: speed, and what each says of a "no".

    python -m eval.bench.peers [--rounds N]

The thirty are rules of the five sources that are a plain "and" of two or three tests, so that one row of a decision
table states each of them. Every engine gets the labelled facts of every case; a check is one case against all thirty.
Ours and zen's come with the trace of the rules that hold; json-logic has none. Unknown facts are left out for zen, and
are null for json-logic, as their manuals have it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import process_time
from typing import Any

from msgspec import Struct

from agent.corpus.notes import load_passages
from agent.intake.catalogue import load_catalogue
from agent.resources import data_dir
from agent.rules.conditions import All, Condition, Evaluate, Ref, Test, compile_condition, reasons
from agent.rules.loader import load_book
from agent.rules.model import RuleBook
from agent.types import FactValue
from eval.bench.rules import CASES, read_cases
from eval.bench.timing import ROUNDS, Ratio, median, milliseconds

RULES = 30
TIMES_ZEN = 5.0
CHECKS_A_SECOND = 20_000
ZEN = {"gte": ">= {}", "gt": "> {}", "lte": "<= {}", "lt": "< {}", "is": "{}"}
JSON_LOGIC = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<", "is": "==", "in": "in"}

Facts = Mapping[str, FactValue]
Check = Callable[[Facts], Mapping[str, object]]


class Row(Struct, frozen=True):
    """One rule as a row of a decision table."""

    id: str
    tests: tuple[Test, ...]

    @property
    def condition(self) -> Condition:
        """The row as our engine reads it."""
        return All(self.tests)


def thirty(book: RuleBook) -> list[Row]:
    """Return the first thirty rules, in the book's order, that are an "and" of two or more tests of different facts."""
    rows = []
    for rule in book.rules:
        tests = conjunction(rule.when, book)
        if tests and len({test.fact for test in tests}) == len(tests) > 1:
            rows.append(Row(rule.id, tests))
    return rows[:RULES]


def conjunction(condition: Condition, book: RuleBook) -> tuple[Test, ...] | None:
    """Return the tests of a condition that is nothing but an "and" of them."""
    if isinstance(condition, Test):
        return (condition,)
    if isinstance(condition, Ref):
        return conjunction(book.definitions[condition.name], book)
    if isinstance(condition, All):
        parts = [conjunction(part, book) for part in condition.parts]
        return None if None in parts else tuple(test for part in parts if part for test in part)
    return None


def ours(rows: Sequence[Row]) -> Check:
    """Check each row; the answer has each rule's truth, and for those that hold the tests with the values read."""
    compiled: list[tuple[Row, Evaluate]] = [(row, compile_condition(row.condition, {})) for row in rows]

    def check(facts: Facts) -> dict[str, object]:
        found: dict[str, object] = {}
        memo: dict[str, bool | None] = {}
        for row, evaluate in compiled:
            truth = evaluate(facts, memo)
            found[row.id] = tuple((test, facts[test.fact]) for test in row.tests) if truth else truth
        return found

    return check


def ours_in_full(rows: Sequence[Row]) -> Check:
    """Check each row and say of every rule, held or not or unknown, which tests made it so."""
    check = ours(rows)

    def explained(facts: Facts) -> dict[str, object]:
        truths = {id: trace if trace is None or trace is False else True for id, trace in check(facts).items()}
        return {row.id: reasons(row.condition, facts, {}, wanted=truths[row.id]) for row in rows}

    return explained


def zen(rows: Sequence[Row]) -> Check:
    """Build the same table for zen-engine, all matches collected; the answer is its trace."""
    from zen import ZenEngine

    decision = ZenEngine().create_decision(json.dumps(zen_table(rows)))
    return lambda facts: decision.evaluate(dict(facts), {"trace": True})  # type: ignore[no-any-return]


def zen_table(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the table in GoRules' JSON decision model."""
    facts = sorted({test.fact for row in rows for test in row.tests})
    inputs = [{"id": fact, "name": fact, "field": fact} for fact in facts]
    lines = [
        {"_id": row.id, "rule": json.dumps(row.id)} | {test.fact: zen_cell(test) for test in row.tests} for row in rows
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": inputs,
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [dict.fromkeys(facts, "") | line for line in lines],
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table, "position": {"x": 1, "y": 0}},
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": f"{one}-{other}", "sourceId": one, "targetId": other, "type": "edge"}
        for one, other in (("in", "table"), ("table", "out"))
    ]
    return {"nodes": nodes, "edges": edges}


def zen_cell(test: Test) -> str:
    """Write a test as a cell."""
    if test.operator == "in":
        return ", ".join(json.dumps(option) for option in test.bound)
    return ZEN[test.operator].format(json.dumps(test.bound))


def json_logic(rows: Sequence[Row]) -> Check:
    """Build the same rules for json-logic; the answer is a truth value each."""
    from json_logic import jsonLogic

    logics = {row.id: {"and": [_json_test(test) for test in row.tests]} for row in rows}
    return lambda facts: {id: jsonLogic(logic, facts) for id, logic in logics.items()}


def _json_test(test: Test) -> dict[str, Any]:
    bound = list(test.bound) if test.operator == "in" else test.bound
    return {JSON_LOGIC[test.operator]: [{"var": test.fact}, bound]}


def matched_by_zen(answer: Mapping[str, Any]) -> set[str]:
    """Return the rules that zen-engine found to hold."""
    return {row["rule"] for row in answer["result"] or []}


def measure(*, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield the lines on speed, then those on what is said of rules that do not hold."""
    corpus = data_dir("corpus")
    book = load_book(corpus, load_catalogue(corpus), {passage.id for passage in load_passages(corpus)})
    rows, cases = thirty(book), read_cases(CASES)
    checks = {"ours": ours(rows), "in full": ours_in_full(rows), "zen": zen(rows), "json": json_logic(rows)}
    yield from speed(checks, cases, rounds)
    yield from said(checks, rows, cases)


def speed(checks: Mapping[str, Check], cases: Sequence[Facts], rounds: int) -> Iterator[str]:
    """Time each engine over all cases, turn about."""
    took: dict[str, list[float]] = {name: [] for name in checks}
    cpu: list[float] = []
    for number in range(rounds + 1):
        for name, check in checks.items():
            before = process_time()
            spent = milliseconds(lambda check=check: [check(facts) for facts in cases])  # type: ignore[misc]
            took[name] += [1000 * spent / len(cases)] if number else []
            cpu += [(process_time() - before) / len(cases)] if number and name == "ours" else []
    us = {name: median(times) for name, times in took.items()}
    yield Ratio("zen-engine, 30 rules, with trace", "ours, with trace", us["zen"], us["ours"], "µs").line
    yield Ratio("json-logic, 30 rules, no trace", "ours, with trace", us["json"], us["ours"], "µs").line
    yield Ratio("ours, reasons of all 30 rules", "zen-engine's trace", us["in full"], us["zen"], "µs").line
    times, second = us["zen"] / us["ours"], 1 / median(cpu)
    verdict = "ok" if times >= TIMES_ZEN and second >= CHECKS_A_SECOND else "BELOW"
    yield f"{'':34} {second:,.0f} checks of 30 rules a second of CPU, {times:.0f} × zen-engine's;"
    yield f"{'':34} at least {CHECKS_A_SECOND:,} and {TIMES_ZEN:g} ×: {verdict}"


def said(checks: Mapping[str, Check], rows: Sequence[Row], cases: Sequence[Facts]) -> Iterator[str]:
    """Count, over rules and cases, what each engine tells of a rule that does not hold."""
    count: Counter[str] = Counter()
    for facts in cases:
        truths, full = checks["ours"](facts), checks["in full"](facts)
        by_zen, by_json = matched_by_zen(checks["zen"](facts)), checks["json"](facts)
        for row in rows:
            truth = truths[row.id]
            holds = truth not in (None, False)
            count["all"] += 1
            count["holds"] += holds
            count["unknown"] += truth is None
            count["told why not"] += not holds and bool(full[row.id])
            count["zen otherwise"] += (row.id in by_zen) != holds
            count["json otherwise"] += bool(by_json[row.id]) != holds
    no = count["all"] - count["holds"]
    yield f"  of {count['all']} rules against cases {count['holds']} hold; of the other {no}:"
    yield f"    ours   {count['told why not']} with the tests and values that made it so; {count['unknown']} as unknown"
    yield f"    zen    0 with a reason, 0 as unknown (no row matched); {count['zen otherwise']} rules judged otherwise"
    yield f"    json   0 with a reason, 0 as unknown (false); {count['json otherwise']} rules judged otherwise"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    for line in measure(rounds=parser.parse_args().rounds):
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()

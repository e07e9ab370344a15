"""The peers of the benchmarks are given the same rules that ours are given."""

from __future__ import annotations

import pytest

from agent.corpus.notes import load_passages
from agent.intake.catalogue import load_catalogue
from agent.resources import data_dir
from agent.rules.conditions import Test as Condition
from agent.rules.loader import load_book
from eval.bench import peers
from eval.bench.rules import CASES, read_cases


@pytest.fixture(scope="module")
def rows() -> list[peers.Row]:
    corpus = data_dir("corpus")
    return peers.thirty(load_book(corpus, load_catalogue(corpus), {p.id for p in load_passages(corpus)}))


def test_there_are_thirty_rules_of_two_tests_and_more(rows: list[peers.Row]) -> None:
    assert len(rows) == peers.RULES
    assert all(len(row.tests) > 1 for row in rows)


def test_zen_matches_the_rules_that_hold_for_us(rows: list[peers.Row]) -> None:
    check, zen = peers.ours(rows), peers.zen(rows)
    for facts in read_cases(CASES)[:40]:
        held = {id for id, trace in check(facts).items() if trace}
        assert peers.matched_by_zen(zen(facts)) == held  # type: ignore[arg-type]


def test_json_logic_agrees_where_every_fact_is_known() -> None:
    row = peers.Row("r", (Condition("labelled_examples", "gte", 500), Condition("rag_tried", "is", True)))
    for examples in (499, 500):
        facts = {"labelled_examples": examples, "rag_tried": True}
        assert bool(peers.json_logic([row])(facts)["r"]) is bool(peers.ours([row])(facts)["r"])


def test_only_ours_tells_unknown_from_no() -> None:
    row = peers.Row("r", (Condition("labelled_examples", "lte", 500),))
    assert peers.ours([row])({})["r"] is None
    assert peers.ours([row])({"labelled_examples": 501})["r"] is False
    assert peers.matched_by_zen(peers.zen([row])({})) == set()  # type: ignore[arg-type]
    [reason] = peers.ours_in_full([row])({"labelled_examples": 501})["r"]  # type: ignore[misc]
    assert (reason.value, reason.needed) == (501, "at most 500")

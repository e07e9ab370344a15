"""Every rule file of the corpus says what it claims: examples run, cases come out, words stand in their passages.

Nothing is listed by hand: whatever lies in corpus/rules is loaded, and a file that does not load fails the collection.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages
from agent.grounding import check
from agent.rules.conditions import tests_of as facts_tested  # pytest would collect the name
from agent.rules.conditions import truth_of
from agent.rules.engine import decide
from agent.rules.loader import load_book
from agent.rules.model import Rule, Table, WorkedExample
from agent.rules.places import INFERENCES, PANEL
from agent.types import Draft, FactSpec, FactValue, Truth

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
CATALOGUE = {
    spec.name: spec
    for spec in msgspec.convert(
        yaml.safe_load((CORPUS / "facts.yaml").read_text(encoding="utf-8"))["facts"], list[FactSpec]
    )
}
PASSAGES = {passage.id: passage for passage in load_passages(CORPUS)}
BOOK = load_book(CORPUS, CATALOGUE, PASSAGES)
TABLES = {table.id: table for table in (*BOOK.tables, BOOK.panel)}
PREFIXES = {
    "usually-context": "uc-",
    "train-or-prompt": "tp-",
    "update-frequency": "uf-",
    "enterprise-strategy": "es-",
    "intervention-hierarchy": "ih-",
    "panel": "panel-",
}
MOST_FACTS = 4
"""People state six or seven facts, so a rule that needs more than this would hardly ever hold."""


def every_rule() -> list[Any]:
    return [pytest.param(rule, id=rule.id) for rule in BOOK.rules]


def source_rules() -> list[Any]:
    return [pytest.param(rule, id=rule.id) for table in BOOK.tables for rule in table.rules]


def every_example() -> Iterator[Any]:
    wanted: tuple[tuple[str, Truth], ...] = (("holds", True), ("fails", False), ("unknown", None))
    for rule in BOOK.rules:
        for group, truth in wanted:
            for number, facts in enumerate(getattr(rule.examples, group), start=1):
                yield pytest.param(rule, facts, truth, id=f"{rule.id}-{group}-{number}")


def voting_rules() -> list[Any]:
    return [pytest.param(rule, id=rule.id) for table in BOOK.tables for rule in table.votes if not rule.is_always]


def every_case() -> list[Any]:
    return [
        pytest.param(table, case, id=f"{table.id}: {case.name}")
        for table in TABLES.values()
        for case in table.worked_examples
    ]


def every_stated_example() -> Iterator[tuple[str, dict[str, FactValue]]]:
    for rule in BOOK.rules:
        for group in (rule.examples.holds, rule.examples.fails, rule.examples.unknown):
            yield from ((rule.id, facts) for facts in group)
    for table in TABLES.values():
        yield from ((case.name, case.facts) for case in table.worked_examples)


def test_every_file_is_a_table_named_like_its_source() -> None:
    """No rule file is passed over, and each source of the manifest has one."""
    files = {path.stem for path in (CORPUS / "rules").iterdir() if path.name != INFERENCES}
    assert files == TABLES.keys()
    assert files - {Path(PANEL).stem} == load_sources(CORPUS).keys()


@pytest.mark.parametrize("rule", every_rule())
def test_a_rule_id_carries_the_prefix_of_its_table(rule: Rule) -> None:
    """An id says whose rule it is."""
    assert rule.id.startswith(PREFIXES[rule.table])


@pytest.mark.parametrize(("rule", "facts", "truth"), every_example())
def test_an_example_comes_out_as_stated(rule: Rule, facts: dict[str, FactValue], truth: Truth) -> None:
    """A rule holds, fails and stays unknown where its examples say so, walked directly and compiled."""
    assert truth_of(rule.when, facts, BOOK.definitions) is truth
    assert BOOK.compiled[rule.name](facts, {}) is truth


def test_every_conditional_rule_has_an_example_of_each_kind() -> None:
    """No rule goes untested because its examples were left out."""
    bare = [rule.id for rule in BOOK.rules if not rule.is_always and not all(msgspec.structs.astuple(rule.examples))]
    assert bare == []


@pytest.mark.parametrize("rule", voting_rules())
def test_a_voting_rule_decides_one_of_its_examples(rule: Rule) -> None:
    """No rule of a source stands always in the shadow of another."""
    deciding = [decide(TABLES[rule.table], BOOK, facts).rule for facts in rule.examples.holds]
    assert rule in deciding


@pytest.mark.parametrize("rule", voting_rules())
def test_a_voting_rule_is_reached_with_few_facts(rule: Rule) -> None:
    """Some example holds on no more facts than a description is likely to state."""
    assert min(len(facts) for facts in rule.examples.holds) <= MOST_FACTS


@pytest.mark.parametrize(("table", "case"), every_case())
def test_a_worked_example_gets_the_vote_of_its_article(table: Table, case: WorkedExample) -> None:
    """A case the article works through comes out of its rules as it does in the article."""
    assert decide(table, BOOK, case.facts).approach == case.expect


def test_every_source_has_a_worked_example() -> None:
    """Each framework is tried on at least one case of its own article."""
    assert [table.id for table in BOOK.tables if not table.worked_examples] == []


@pytest.mark.parametrize("rule", source_rules())
def test_a_source_cites_itself_only(rule: Rule) -> None:
    """A framework is stated as its own article states it."""
    assert {PASSAGES[passage].source for passage in rule.cite} == {rule.table}


@pytest.mark.parametrize("rule", every_rule())
def test_a_rule_says_one_sentence_whose_numbers_its_passages_hold(rule: Rule) -> None:
    """What an adviser would say of a rule brings no figure of its own."""
    assert rule.says.endswith(".")
    markers = "".join(f"[{number}]" for number in range(1, len(rule.cite) + 1))
    flaws = check(Draft(f"{rule.says} {markers}", rule.cite), PASSAGES, None, "", None)
    assert [flaw for flaw in flaws if flaw.flaw in ("unsupported_number", "invented_citation")] == []


@pytest.mark.parametrize("rule", every_rule())
def test_no_rule_asks_whether_somebody_proposes_training(rule: Rule) -> None:
    """A verdict is the same whoever asks for training, or nobody does."""
    assert "considering_fine_tuning" not in {test.fact for test in facts_tested(rule.when, BOOK.definitions)}


def test_example_facts_are_of_their_catalogue_type() -> None:
    """An example states what intake could have read."""
    wrong = [
        (where, name, value)
        for where, facts in every_stated_example()
        for name, value in facts.items()
        if not fits(CATALOGUE[name], value)
    ]
    assert wrong == []


def fits(spec: FactSpec, value: FactValue) -> bool:
    if spec.type == "bool":
        return isinstance(value, bool)
    if spec.type == "choice":
        return value in spec.options
    if isinstance(value, bool | str) or (spec.type == "integer" and not isinstance(value, int)):
        return False
    return (spec.minimum is None or value >= spec.minimum) and (spec.maximum is None or value <= spec.maximum)


@pytest.mark.parametrize("source", sorted(load_sources(CORPUS)))
def test_every_normative_passage_is_carried_by_a_rule(source: str) -> None:
    """Whatever an article tells its reader to do or avoid bears on some verdict or plan."""
    cited = {passage for rule in BOOK.rules for passage in rule.cite}
    cited |= {passage for stage in BOOK.stages.values() for passage in stage.cite}
    advice = {passage.id for passage in PASSAGES.values() if passage.source == source and passage.is_normative}
    assert sorted(advice - cited) == []

"""The page of rules against their sources: as the data has it, whole in both directions, open about gaps."""

from __future__ import annotations

import re

import pytest
from msgspec import structs

from agent.rules.lint import LintFinding, lint
from agent.rules.model import RuleBook, Table
from eval.coverage import PAGE, Coverage, measure, page

CITED_ONCE = "train-or-prompt#conclusion-tuning"


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return measure()


def test_the_page_in_the_repository_is_the_one_that_the_data_gives(coverage: Coverage) -> None:
    """Whoever edits a rule or a note runs `make docs`."""
    assert PAGE.read_text(encoding="utf-8") == page(coverage)


def test_every_normative_passage_and_every_rule_stands_on_the_page(coverage: Coverage) -> None:
    """From a sentence to its rules, and back."""
    written = page(coverage)
    for passage in coverage.passages.values():
        row = f"\n| [{passage.id.partition('#')[2]}](../corpus/notes/{passage.source}.md#"
        assert (row in written) is passage.is_normative, passage.id
    anchors = re.findall(r'<a id="([^"]+)">', written)
    assert sorted(anchors) == sorted(rule.id for rule in coverage.book.rules)
    assert set(re.findall(r"\]\(#([^)]+)\)", written)) <= set(anchors)


def test_a_passage_that_only_the_plan_cites_is_listed_with_that_reason(coverage: Coverage) -> None:
    """Told how to do a thing is not told when."""
    stages = coverage.book.stages
    book = structs.replace(
        _without(coverage.book, CITED_ONCE),
        stages={**stages, "rag": structs.replace(stages["rag"], cite=(CITED_ONCE,))},
    )
    found = structs.replace(coverage, book=book, findings=())
    assert found.carrying(CITED_ONCE) == []
    listed = page(found).partition("## Carried by no rule")[2].partition("\n## ")[0]
    assert "conclusion-tuning" in listed
    assert "a step of the plan cites it (rag)" in listed


def test_a_passage_that_nothing_cites_is_listed_in_lints_words(coverage: Coverage) -> None:
    """The page and `rung rules lint` agree."""
    stages = {
        name: structs.replace(stage, cite=tuple(id for id in stage.cite if id != CITED_ONCE))
        for name, stage in coverage.book.stages.items()
    }
    book = structs.replace(_without(coverage.book, CITED_ONCE), stages=stages)
    found = structs.replace(coverage, book=book, findings=lint(book, coverage.passages.values()))
    assert found.why_not(CITED_ONCE) == "uncited: a normative passage that no rule cites"
    assert "uncited: a normative" in page(found)


def test_a_rule_that_can_never_hold_carries_nothing(coverage: Coverage) -> None:
    """Being cited is not enough."""
    rule = coverage.book.rule("es-ml-expertise")
    (passage,) = [id for id in rule.cite if coverage.citing(id)][:1]
    dead = tuple(
        LintFinding("never holds", other.place, f"{other.id} can never hold") for other in coverage.citing(passage)
    )
    found = structs.replace(coverage, findings=dead)
    assert found.carrying(passage) == []
    assert "can never hold" in found.why_not(passage)


def _without(book: RuleBook, passage: str) -> RuleBook:
    """Return the book with one passage cited nowhere."""

    def thinned(table: Table) -> Table:
        rules = tuple(structs.replace(r, cite=tuple(id for id in r.cite if id != passage)) for r in table.rules)
        return structs.replace(table, rules=rules)

    return structs.replace(book, tables=tuple(map(thinned, book.tables)), panel=thinned(book.panel))

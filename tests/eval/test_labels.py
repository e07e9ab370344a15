"""The labels of described cases: whole, apart, and joined with what the cases state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.errors import UsageError
from agent.intake import load_catalogue
from agent.intake.catalogue import is_in_range
from agent.resources import data_dir
from agent.types import LADDER, FactSpec
from eval.cases import (
    ASIDE_FIRST,
    ASIDE_SECOND,
    FRESH,
    IN_VIEW,
    KEPT_ASIDE,
    LEARNED,
    SECOND,
    USE_CASES,
    Case,
    Labelled,
    Stated,
    as_said_otherwise,
    load_described,
    load_labelled,
    load_otherwise,
    load_posted,
    load_use_cases,
)
from eval.sentences import load_statements


@pytest.fixture(scope="module")
def found() -> tuple[Case[Labelled], ...]:
    """All cases found on public pages."""
    return tuple(case for path in (LEARNED, KEPT_ASIDE, FRESH) for case in load_use_cases(path).cases)


def test_no_case_kept_aside_was_in_view() -> None:
    """Not the case, nor another one of the same page or by the same writer."""
    aside, learned = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] for path in (KEPT_ASIDE, LEARNED)
    )
    assert len(aside) > 150
    given = [json.loads(line) for line in USE_CASES.read_text(encoding="utf-8").splitlines()]
    for key in ("id", "source", "description"):
        assert not {row[key] for row in aside} & {row.get(key) for row in (*learned, *given)}, key
    assert not {writer_of(row["id"]) for row in aside} & {writer_of(row["id"]) for row in learned}


def test_fresh_cases_are_of_pages_that_nothing_was_learned_from() -> None:
    """Nor is any of them among those given or kept aside."""
    fresh, *others = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (FRESH, LEARNED, KEPT_ASIDE, USE_CASES)
    )
    assert len(fresh) > 400
    for key in ("id", "source", "description"):
        assert not {row[key] for row in fresh} & {row.get(key) for rows in others for row in rows}, key


def writer_of(name: str) -> str:
    """Return the letter that tells who wrote a found case."""
    return name.split("-")[1]


def test_each_label_is_left_out_of_what_else_is_defensible(found: tuple[Case[Labelled], ...]) -> None:
    """A label that is also listed as an alternative would count twice."""
    for case in (*found, *load_labelled(IN_VIEW).cases):
        assert case.expected.label not in case.expected.also_defensible, case.id
        assert case.expected.facts, case.id


def test_every_found_case_states_what_it_says_it_states(
    catalogue: dict[str, FactSpec], found: tuple[Case[Labelled], ...]
) -> None:
    """Words, values, and every approach among the labels."""
    for case in found:
        _check_values(case, catalogue)
    assert {case.expected.label for case in found} == set(LADDER)


def test_a_label_of_an_unknown_case_is_refused_by_name(tmp_path) -> None:
    """A mistyped id must not vanish from the figures."""
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"id": "nobody-001", "label": "rag"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="nobody-001"):
        load_labelled(labels)


@pytest.fixture(scope="module")
def catalogue() -> dict[str, FactSpec]:
    """The shipped facts."""
    return load_catalogue(data_dir("corpus"))


def _check_values(case: Case[Stated], catalogue: dict[str, FactSpec]) -> None:
    """Check that facts are of the catalogue, with values that it allows and words that stand in the text."""
    for name, value in case.expected.facts.items():
        spec = catalogue[name]
        if spec.type == "bool":
            assert isinstance(value, bool), (case.id, name)
        elif spec.type == "choice":
            assert value in spec.options, (case.id, name)
        else:
            assert not isinstance(value, bool | str), (case.id, name)
            assert is_in_range(spec, value), (case.id, name)
    assert all(words in case.text for words in case.expected.evidence.values()), case.id


def test_every_described_case_states_what_it_says_it_states(catalogue: dict[str, FactSpec]) -> None:
    """No text twice, and none among the labelled cases."""
    described = load_described()
    for case in described:
        _check_values(case, catalogue)
    texts = [case.text for case in described]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {case.text for case in load_use_cases().cases}


def test_two_labellers_read_nine_in_ten_alike() -> None:
    """Of the facts both were asked for; what is said otherwise differs, and its words stand in the text."""
    twice = (case for case in load_described() if not case.id.startswith("posts-"))
    described, second = {case.id: case for case in twice}, load_otherwise(SECOND)
    _check_otherwise(described, SECOND)
    asked = {fact for otherwise in second.values() for fact in otherwise}
    labels = [(name, fact) for name, case in described.items() for fact in case.expected.facts if fact in asked]
    apart = sum(fact in second.get(name, {}) for name, fact in labels)
    assert apart / len(labels) < 0.1


def _check_otherwise(cases: Mapping[str, Case[Any]], labels: Path) -> None:
    """Check that what is said otherwise differs, and that its words stand in the text."""
    for name, otherwise in load_otherwise(labels).items():
        stated = cases[name].expected.facts
        for fact, label in otherwise.items():
            assert stated.get(fact) != (label[0] if label else None), (name, fact)
            assert label is None or label[1] in cases[name].text, (name, fact)


@pytest.mark.parametrize("labels", [ASIDE_FIRST, ASIDE_SECOND])
def test_the_cases_kept_aside_hold_what_two_labellers_left_standing(
    labels: Path, catalogue: dict[str, FactSpec]
) -> None:
    """Each labeller's own cases come out whole: other values, facts that the third did not take over, none it added."""
    aside = load_use_cases(KEPT_ASIDE).cases
    _check_otherwise({case.id: case for case in aside}, labels)
    theirs = as_said_otherwise(aside, labels)
    changed = load_otherwise(labels)
    for before, case in zip(aside, theirs, strict=True):
        _check_values(case, catalogue)
        assert case.expected.facts.keys() == case.expected.evidence.keys()
        assert (case == before) is (case.id not in changed)


def test_what_was_posted_states_what_it_says_it_states(
    catalogue: dict[str, FactSpec], found: tuple[Case[Labelled], ...]
) -> None:
    """Cases, remarks, turns and denials, none of them among those that were learned from."""
    posted = load_posted()
    assert len(posted["posts"].cases) == 200
    unseen = [case for dataset in posted.values() for case in dataset.cases]
    for case in unseen:
        _check_values(case, catalogue)
    cases = (*load_described(), *load_use_cases().cases, *found)
    learned = {case.text for case in cases} | {statement.text for statement in load_statements()}
    texts = [case.text for case in unseen]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & learned

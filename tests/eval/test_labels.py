"""The labels of described cases: whole, apart, and joined with what the cases state."""

from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.intake import load_catalogue
from agent.intake.catalogue import is_in_range
from agent.resources import data_dir
from eval.cases import (
    IN_VIEW,
    KEPT_ASIDE,
    POSTED_ASIDE,
    Stated,
    load_described,
    load_labelled,
    load_posted,
    load_use_cases,
)


def test_no_case_kept_aside_was_in_view() -> None:
    """What the panel's rows were ordered by does not vouch for them."""
    aside, in_view = load_labelled(KEPT_ASIDE), load_labelled(IN_VIEW)
    assert not {case.id for case in aside.cases} & {case.id for case in in_view.cases}
    assert (len(aside.cases), len(in_view.cases)) == (80, 360)


def test_each_label_is_left_out_of_what_else_is_defensible() -> None:
    """A label that is also listed as an alternative would count twice."""
    for case in (*load_labelled(KEPT_ASIDE).cases, *load_labelled(IN_VIEW).cases):
        assert case.expected.label not in case.expected.also_defensible, case.id
        assert case.expected.facts, case.id


def test_a_label_of_an_unknown_case_is_refused_by_name(tmp_path) -> None:
    """A mistyped id must not vanish from the figures."""
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"id": "nobody-001", "label": "rag"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="nobody-001"):
        load_labelled(labels)


def test_every_described_case_states_what_it_says_it_states() -> None:
    """Facts of the catalogue with values that it allows, each with words that stand in the text; no text twice."""
    catalogue = load_catalogue(data_dir("corpus"))
    described = load_described()
    for case in described:
        stated: Stated = case.expected
        for name, value in stated.facts.items():
            spec = catalogue[name]
            if spec.type == "bool":
                assert isinstance(value, bool), (case.id, name)
            elif spec.type == "choice":
                assert value in spec.options, (case.id, name)
            else:
                assert not isinstance(value, bool | str), (case.id, name)
                assert is_in_range(spec, value), (case.id, name)
        assert all(words in case.text for words in stated.evidence.values()), case.id
    texts = [case.text for case in described]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {case.text for case in load_use_cases().cases}


def test_the_cases_posted_aside_are_whole_and_without_a_label() -> None:
    """Two files of a hundred; nothing was chosen by them."""
    posted = load_posted().cases
    assert len(posted) == 200
    assert {case.id.rpartition("-")[0] for case in posted} == set(POSTED_ASIDE)
    labelled = {case.id for file in (IN_VIEW, KEPT_ASIDE) for case in load_labelled(file).cases}
    assert not {case.id for case in posted} & labelled

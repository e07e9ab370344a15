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
    Case,
    Stated,
    load_described,
    load_labelled,
    load_posted,
    load_second,
    load_use_cases,
)
from eval.fit_intake import load_statements


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


def _check_values(case: Case[Stated]) -> None:
    """Check that facts are of the catalogue, with values that it allows and words that stand in the text."""
    catalogue = load_catalogue(data_dir("corpus"))
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


def test_every_described_case_states_what_it_says_it_states() -> None:
    """No text twice, and none among the labelled cases."""
    described = load_described()
    for case in described:
        _check_values(case)
    texts = [case.text for case in described]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {case.text for case in load_use_cases().cases}


def test_two_labellers_read_nine_in_ten_alike() -> None:
    """Of the facts that both catalogues hold; each second label with words that stand in the text."""
    described, second = {case.id: case for case in load_described()}, load_second()
    assert second.keys() == described.keys()
    assert all(words in described[name].text for name, stated in second.items() for words in stated.evidence.values())
    both = {fact for stated in second.values() for fact in stated.facts}
    alike = [
        second[name].facts.get(fact) == value
        for name, case in described.items()
        for fact, value in case.expected.facts.items()
        if fact in both
    ]
    assert sum(alike) / len(alike) > 0.9


def test_what_was_posted_states_what_it_says_it_states() -> None:
    """A thousand cases, and remarks, none of them among those that were learned from."""
    posts, remarks = load_posted("posts").cases, load_posted("remarks").cases
    assert len(posts) == 1000
    for case in (*posts, *remarks):
        _check_values(case)
    learned = {case.text for case in (*load_described(), *load_use_cases().cases)} | {s.text for s in load_statements()}
    texts = [case.text for case in (*posts, *remarks)]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & learned

"""The labels of described cases: whole, apart, and joined with what the cases state."""

from __future__ import annotations

import pytest

from agent.errors import UsageError
from eval.cases import IN_VIEW, KEPT_ASIDE, load_labelled


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

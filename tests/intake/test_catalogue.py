"""The catalogue loads or says where it is wrong; typed values are taken or refused with the allowed form."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import RuleError, UsageError
from agent.intake import load_catalogue, parse_value
from agent.resources import data_dir
from agent.types import FactSpec

CATALOGUE = load_catalogue(data_dir("corpus"))


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("labelled_examples", "8k", 8_000),
        ("labelled_examples", 8_000, 8_000),
        ("accuracy_now", "95%", 0.95),
        ("accuracy_now", 0.95, 0.95),
        ("requests_per_month", "2 million", 2_000_000),
        ("evals_exist", "no", False),
        ("evals_exist", True, True),
        ("problem_kind", "Format", "format"),
    ],
)
def test_a_typed_value_is_taken(name: str, raw: bool | float | str, value: bool | float | str) -> None:
    assert parse_value(CATALOGUE[name], raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "form"),
    [
        ("labelled_examples", "-5", "whole number"),
        ("labelled_examples", "1.5", "whole number"),
        ("labelled_examples", True, "whole number"),
        ("labelled_examples", 10**400, "cannot be that large"),
        ("accuracy_now", -(10**400), "cannot be that large"),
        pytest.param("labelled_examples", 10**5000, "cannot be that large", id="too long to be written"),
        pytest.param("labelled_examples", "9" * 5000 + " and a half million", "whole number", id="long words"),
        ("accuracy_now", "140%", "share"),
        ("requests_per_month", 1e30, "number"),
        ("requests_per_month", float("nan"), "number"),
        ("evals_exist", "perhaps", "true or false"),
        ("evals_exist", 1, "true or false"),
        ("problem_kind", "money", "one of knowledge"),
    ],
)
def test_a_wrong_value_is_refused_with_the_allowed_form(name: str, raw: bool | float | str, form: str) -> None:
    with pytest.raises(UsageError, match=form):
        parse_value(CATALOGUE[name], raw)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("facts:\n  - name: a\n    type: bool\n", "facts.yaml:2"),
        ("facts:\n  - {name: a, type: odd, means: m, question: q}\n", "facts.yaml:2"),
        ("facts: [\n", "facts.yaml:"),
        ("nothing: here\n", "facts.yaml:1"),
        (
            "facts:\n" + 2 * "  - {name: a, type: bool, means: m, question: q}\n",
            "facts.yaml:3",
        ),
    ],
)
def test_a_catalogue_out_of_order_is_refused_with_its_line(tmp_path: Path, content: str, line: str) -> None:
    (tmp_path / "facts.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(RuleError, match=line):
        load_catalogue(tmp_path)


def test_a_missing_catalogue_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        load_catalogue(tmp_path)


def test_every_entry_is_a_fact_spec() -> None:
    assert all(isinstance(spec, FactSpec) and spec.question.endswith("?") for spec in CATALOGUE.values())

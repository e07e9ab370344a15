"""`rung check`: the rules alone, what-ifs, and a team's own pack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.answer.wording import LABELS

PACK = str(Path(__file__).parents[1] / "data" / "packs" / "private-data")
PRIVATE = """\
case: a private assistant
facts:
  data_private: true
  prompting_tried: true
  prompting_sufficient: false
  few_shot_tried: true
  few_shot_sufficient: false
  evals_exist: true
  stronger_model_tried: false
"""


def verdict_of(outcome: Any) -> dict[str, Any]:
    return json.loads(outcome.out)


def test_too_few_facts_exit_with_four(rung: Any) -> None:
    """Undetermined is an outcome that a script can tell; it still says what to ask."""
    outcome = rung("check", "-", "--json", stdin=b"facts: {}\n")
    assert (outcome.code, verdict_of(outcome)["standing"]) == (4, "undetermined")
    assert verdict_of(outcome)["next_questions"]


def test_the_page_begins_with_the_recommendation(rung: Any) -> None:
    """First what to do, then how firm it is, then the rest."""
    outcome = rung("check", "-", stdin=PRIVATE.encode())
    first, _, second = outcome.out.splitlines()[:3]
    verdict = verdict_of(rung("check", "-", "--json", stdin=PRIVATE.encode()))
    assert first.lower() == f"# {LABELS[verdict['recommendation']]}".lower()
    assert second.startswith(f"Standing: {verdict['standing']} · digest {verdict['digest'][:12]}")


def test_a_pack_rules_out_and_votes(rung_inside: Any) -> None:
    """Private data stays in-house: the stronger model is out, and the pack votes as one more source."""
    rung_inside.write("case.yaml", PRIVATE)
    without, joined = (
        verdict_of(rung_inside("check", "case.yaml", "--json", *extra)) for extra in ([], ["--rules", PACK])
    )
    assert without["recommendation"] == "stronger_model"
    assert joined["recommendation"] != "stronger_model"
    rung_inside.write("case.yaml", PRIVATE + "  knowledge_in_documents: true\n")
    searched = verdict_of(rung_inside("check", "case.yaml", "--json", "--rules", PACK))
    votes = {vote["source"]: vote["recommendation"] for vote in searched["sources"]}
    assert votes["private-data"] == "rag"
    assert "private-data" not in {vote["source"] for vote in without["sources"]}
    assert without["digest"] != joined["digest"]


def test_the_examples_of_the_pack_hold(rung_inside: Any) -> None:
    """A pack is linted like any source."""
    outcome = rung_inside("rules", "lint", "--rules", PACK)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("rules, 0 to mend\n")


def test_what_ifs_join(rung_inside: Any) -> None:
    """Several changes are one change, and the page says what it does."""
    rung_inside.write("case.yaml", PRIVATE)
    changes = ["--what-if", "knowledge_in_documents=yes", "--what-if", "knowledge_change_days=7"]
    compared = verdict_of(rung_inside("check", "case.yaml", "--json", *changes))
    assert compared["changes"] == {"knowledge_in_documents": True, "knowledge_change_days": 7}
    before, after = (compared[when]["recommendation"] for when in ("before", "after"))
    assert after == "rag" != before
    page = rung_inside("check", "case.yaml", *changes).out
    assert page.startswith("With knowledge_in_documents = true, knowledge_change_days = 7:")
    assert f"recommendation: {LABELS[before]} → {LABELS[after]}" in page


def test_a_what_if_that_changes_nothing_says_so(rung_inside: Any) -> None:
    """As before is an answer too."""
    rung_inside.write("case.yaml", PRIVATE)
    page = rung_inside("check", "case.yaml", "--what-if", "data_private=true").out
    assert "as before" in page


@pytest.mark.parametrize("spelling", ["8000", "8k", "8,000"])
def test_numbers_may_be_written_as_people_write_them(rung_inside: Any, spelling: str) -> None:
    """In a what-if and in a file."""
    rung_inside.write("case.yaml", f'facts: {{labelled_examples: "{spelling}"}}\n')
    outcome = rung_inside("check", "case.yaml", "--what-if", f"labelled_examples={spelling}", "--json")
    compared = verdict_of(outcome)
    assert compared["changes"] == {"labelled_examples": 8000}
    assert compared["before"]["digest"] == compared["after"]["digest"]

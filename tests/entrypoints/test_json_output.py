"""Every command that prints data prints JSON on demand, as its published schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.entrypoints.schemas import SCHEMAS, schema
from agent.types import LADDER

pytestmark = pytest.mark.xdist_group("edge")

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"
CASE = "Our wiki changes weekly, answers need citations. We have 300 labelled examples. Should we fine-tune?"


def test_the_published_schemas_are_those_of_the_types() -> None:
    """`make docs` was run after the last change of a type."""
    assert {path.stem: path.read_text(encoding="utf-8") for path in PUBLISHED.glob("*.json")} == {
        name: schema(name) for name in SCHEMAS
    }


def checked(outcome: Any, name: str) -> Any:
    """Return the data of a run once it holds against its schema."""
    data = json.loads(outcome.out)
    jsonschema.validate(data, json.loads((PUBLISHED / f"{name}.json").read_text(encoding="utf-8")))
    return data


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["facts", CASE], "facts"),
        (["facts", "--list"], "facts-list"),
        (["check", "case.yaml"], "verdict"),
        (["check", "case.yaml", "--what-if", "labelled_examples=8000"], "comparison"),
        (["rules", "list"], "rules-list"),
        (["rules", "show", "tp-avoid-tracing-sources"], "rules-show"),
        (["corpus", "list"], "corpus-list"),
        (["corpus", "show", "usually-context"], "corpus-show"),
        (["corpus", "verify"], "corpus-verify"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_json_is_as_published(rung_inside: Any, arguments: list[str], name: str) -> None:
    """Each command, read back and held against its schema; nothing else on stdout."""
    rung_inside.write("case.yaml", "facts: {labelled_examples: 300, evals_exist: true, needs_citations: true}\n")
    outcome = rung_inside(*arguments, "--json")
    assert outcome.code in (0, 4), outcome
    assert checked(outcome, name) or name == "corpus-verify"


def test_lint_prints_what_is_to_mend(rung_inside: Any) -> None:
    """A pack whose example is wrong is named; the exit code says that there is something."""
    (rung_inside.folder / "pack").mkdir()
    rung_inside.write(
        "pack/ours.yaml",
        "pack: ours\nframework: Ours.\nrules:\n  - id: one\n    when: {data_private: true}\n    approach: rag\n"
        "    says: Ours.\n    examples: {holds: {data_private: false}}\n",
    )
    outcome = rung_inside("rules", "lint", "--rules", "pack", "--json")
    assert outcome.code == 1
    assert [(found["kind"], found["place"]) for found in checked(outcome, "rules-lint")] == [("example", "ours.yaml:4")]


def test_documents_come_and_go_as_published(rung_inside: Any) -> None:
    """Adding and removing a document."""
    rung_inside.write("handbook.md", "# Handbook\n\nOur retrieval service answers from the handbook.\n")
    added = checked(rung_inside("corpus", "add", "handbook.md", "--json"), "corpus-add")
    assert [document["id"] for document in added["documents"]] == ["handbook"]
    removed = checked(rung_inside("corpus", "remove", "handbook", "--json"), "corpus-remove")
    assert removed == {"id": "handbook", "change": "removed"}


def test_an_answer_is_as_published(indexed: Any) -> None:
    """Advice on a case, with the verdict, its citations and the facts it rests on."""
    outcome = indexed("ask", CASE, "--json")
    answer = checked(outcome, "answer")
    assert answer["schema"] == "rung.answer/1"
    assert (outcome.code, answer["kind"], answer["mode"]) == (0, "advice", "offline")
    assert [citation["number"] for citation in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
    assert answer["verdict"]["recommendation"] in LADDER
    assert answer["verdict"]["drivers"]
    assert answer["facts"]["labelled_examples"]["value"] == 300


def test_what_is_not_covered_exits_with_three(indexed: Any) -> None:
    """No guess and no citation, only the nearest topics."""
    outcome = indexed("ask", "What is the capital of France?", "--json")
    answer = checked(outcome, "answer")
    assert (outcome.code, answer["kind"], answer["citations"]) == (3, "not_covered", [])
    assert answer["nearest"]


def test_found_passages_are_as_published(indexed: Any) -> None:
    """Best first, with scores."""
    found = checked(indexed("search", "labelled examples", "-k", "5", "--json"), "search")
    scores = [item["score"] for item in found]
    assert len(found) == 5
    assert scores == sorted(scores, reverse=True)

"""False premises are corrected; questions about them and their denials are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from agent.answer.premises import Premises, assertions, load_premises
from agent.errors import CorpusError
from agent.grounding import check
from agent.retrieval import Retriever
from agent.types import Draft

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "corpus" / "premises.yaml"
ROWS = [json.loads(line) for line in (ROOT / "eval/data/premises.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def premises() -> Premises:
    return load_premises(SOURCE)


def test_asserted_premises_are_found_and_nothing_else(premises: Premises, retriever: Retriever) -> None:
    """Nine in ten of the false premises of the labelled texts are found, and none where there is none."""
    found = [[premise.id for premise in premises.find(row["text"], retriever.encode)] for row in ROWS]
    hits = [row["premise"] in ids for row, ids in zip(ROWS, found, strict=True) if row["premise"]]
    assert sum(hits) / len(hits) >= 0.9
    assert [row["text"] for row, ids in zip(ROWS, found, strict=True) if ids and not row["premise"]] == []


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Does RAG change the weights?", ()),
        ("Since tuning teaches facts, when do we start?", ("tuning teaches facts",)),
        ("Why does tuning teach facts?", ("tuning teach facts",)),
        ("I doubt it, is it true that tuning teaches facts?", ()),
        ("Tuning teaches facts.", ("Tuning teaches facts",)),
    ],
)
def test_only_what_is_asserted_counts(text: str, clauses: tuple[str, ...]) -> None:
    """A question asks; since, because and why take for granted."""
    assert assertions(text) == clauses


def test_nothing_is_encoded_for_a_text_without_cues(premises: Premises) -> None:
    """Most texts cost no encoding."""

    def refuse(texts: object) -> object:
        raise AssertionError(texts)

    assert premises.find("Our shop sells bicycles. We like them.", refuse) == ()  # type: ignore[arg-type]


def test_each_correction_stands_in_its_passages(premises: Premises, retriever: Retriever) -> None:
    """A correction is a cited sentence like any other."""
    for premise in premises.known:
        markers = "".join(f"[{number}]" for number in range(1, len(premise.cite) + 1))
        draft = Draft(f"{premise.corrected.says.rstrip('.')} {markers}.", premise.cite)
        assert check(draft, retriever.passages, None, "", {}) == (), premise.id


def test_there_are_enough_premises_with_enough_wordings() -> None:
    """Ninety premises, and wordings enough to tell each from its neighbours."""
    rows = yaml.safe_load(SOURCE.read_text("utf-8"))["premises"]
    assert len(rows) >= 90
    assert all(len(row["paraphrases"]) >= 3 for row in rows)
    assert sum(len(row["paraphrases"]) for row in rows) >= 500


def test_an_edited_file_asks_to_be_fitted_again(tmp_path: Path) -> None:
    """Vectors of other wordings are never used."""
    edited = tmp_path / "premises.yaml"
    edited.write_text("premises: []\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="fit_coverage"):
        load_premises(edited)

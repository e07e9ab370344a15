"""The written questions: whole, apart from what is fitted, labelled with passages that exist; and their evaluator."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from rapidfuzz import fuzz, process

from agent.types import Answer, AnswerKind, Citation
from eval.cases import WRITTEN, Covered, load_written
from eval.evaluators.written_questions import evaluate, leads_with_a_passage
from eval.figures import Figure
from eval.run import Run

ROOT = Path(__file__).parents[2]
FITTED = ("coverage.jsonl", "premises.jsonl")
MOST_ALIKE = 85
"""Of 100, by the words that two texts share."""
LEAST = {"covered": 200, "not_covered": 120, "false_premises": 40, "variants": 90}
ROWS = {name: [json.loads(line) for line in (WRITTEN / f"{name}.jsonl").open(encoding="utf-8")] for name in LEAST}


def test_there_are_as_many_as_promised_and_each_id_is_given_once() -> None:
    """A shortened file would make an interval wider without anybody noticing."""
    assert {name: len(rows) >= LEAST[name] for name, rows in ROWS.items()} == dict.fromkeys(LEAST, True)
    ids = Counter(row["id"] for rows in ROWS.values() for row in rows)
    assert [id for id, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("name", ["covered", "false_premises"])
def test_each_expected_passage_is_a_note_of_its_article(name: str) -> None:
    """A renamed passage would turn every right answer into a miss."""
    notes = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "corpus" / "notes").glob("*.md")}
    known = {f"{source}#{slug}" for source, text in notes.items() for slug in re.findall(r"(?m)^### (\S+)$", text)}
    for row in ROWS[name]:
        assert row["expected_passages"], row["id"]
        for expected in row["expected_passages"]:
            assert expected["passage"] in known, row["id"]
            assert expected["passage"].startswith(f"{expected['article']}#"), row["id"]


def test_every_source_is_asked_about() -> None:
    """No source may be forgotten: each is the whole answer to some thirty questions."""
    written = load_written()
    alone = Counter(min(c.expected.sources) for c in written.covered.cases if len(c.expected.sources) == 1)
    assert len(alone) == 5
    assert min(alone.values()) >= 30


def test_each_variant_repeats_a_covered_question_and_each_repeated_one_has_three() -> None:
    """Paraphrases without their original cannot be compared."""
    repeated = Counter(row["of"] for row in ROWS["variants"])
    assert repeated.keys() <= {row["id"] for row in ROWS["covered"]}
    assert set(repeated.values()) == {3}


@pytest.mark.parametrize("name", LEAST)
def test_no_question_is_nearly_one_that_a_part_was_fitted_on(name: str) -> None:
    """Figures marked unseen rest on this."""
    fitted = _fitted()
    assert len(fitted) > 500
    near = {
        row["id"]: match[0]
        for row in ROWS[name]
        if (match := process.extractOne(row["question"].lower(), fitted, scorer=fuzz.token_set_ratio)) is not None
        and match[1] > MOST_ALIKE
    }
    assert near == {}


def test_no_two_questions_of_different_files_are_alike() -> None:
    """What is covered in one file must not be refused by another."""
    covered = {row["id"]: row["question"].lower() for row in ROWS["covered"]}
    for row in ROWS["not_covered"] + ROWS["false_premises"]:
        match = process.extractOne(row["question"].lower(), covered, scorer=fuzz.token_sort_ratio)
        assert match[1] <= MOST_ALIKE, (row["id"], match)


def _fitted() -> list[str]:
    texts: list[str] = []
    for name in FITTED:
        rows = [json.loads(line) for line in (ROOT / "eval" / "data" / name).open(encoding="utf-8")]
        texts += [row.get("question") or row["text"] for row in rows]
    premises = yaml.safe_load((ROOT / "corpus" / "premises.yaml").read_text(encoding="utf-8"))["premises"]
    texts += [text for premise in premises for text in (premise["statement"], *premise["paraphrases"])]
    return [text.lower() for text in texts]


def answer(kind: AnswerKind, prose: str, *passages: str) -> Answer:
    citations = tuple(
        Citation(number, id, id.partition("#")[0], "", "", "", False) for number, id in enumerate(passages, 1)
    )
    return Answer("", "offline", kind, prose, citations, {}, None, (), (), {})


def figures(ask: Any) -> dict[str, Figure]:
    subject: Any = SimpleNamespace(ask=ask)
    data: Any = SimpleNamespace(written=load_written())
    return {figure.id: figure for figure in evaluate(Run(subject, data))}


def test_an_advisor_that_knows_the_labels_reaches_everything() -> None:
    """The best answer there is scores one, and refuses nothing that is covered."""
    written = load_written()
    known: dict[str, Covered] = {c.text: c.expected for c in (*written.covered.cases, *written.false_premises.cases)}
    originals = {case.id: case.expected for case in written.covered.cases}
    known |= {case.text: originals[case.expected.of] for case in written.variants.cases}

    def ask(text: str) -> Answer:
        if text not in known:
            return answer("not_covered", "No.")
        first = {id.partition("#")[0]: id for id in sorted(known[text].passages)}
        return answer("guidance", "So it is [1].", *first.values())

    found = figures(ask)
    assert {id: figure.value for id, figure in found.items() if not figure.target.is_ceiling} == {
        f"written.{name}": 1
        for name in ("every", "any", "passage", "first", "outside_refused", "premises", "paraphrases")
    }
    assert found["written.covered_refused"].value == 0
    assert {figure.note for figure in found.values()} == {"unseen"}


def test_an_advisor_that_refuses_everything_reaches_only_the_refusals() -> None:
    """Refusing does not buy anything else."""
    found = figures(lambda text: answer("not_covered", "No."))
    reached = {id for id, figure in found.items() if figure.value > 0}
    assert reached == {"written.outside_refused", "written.covered_refused"}
    assert found["written.covered_refused"].misses


WANTED = Covered(frozenset({"quay"}), frozenset({"quay#scale"}))


@pytest.mark.parametrize(
    ("prose", "leads"),
    [
        pytest.param("It starts at scale [1]. The rest [2].\n\nMore.", True, id="first sentence"),
        pytest.param("The rest [2]. It starts at scale [2, 1].", True, id="several in one marker"),
        pytest.param("The rest [2].\n\nIt starts at scale [1].", False, id="second paragraph"),
        pytest.param("It starts at scale.\n\n[1]", False, id="no marker"),
    ],
)
def test_only_what_the_first_paragraph_cites_leads(prose: str, leads: bool) -> None:
    """A correction below another answer comes too late."""
    assert leads_with_a_passage(answer("guidance", prose, "quay#scale", "quay#ferry"), WANTED) is leads

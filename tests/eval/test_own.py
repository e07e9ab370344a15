"""A team's own cases: measured as they are, with nothing refitted and nobody else's reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.errors import UsageError
from eval.__main__ import main
from eval.evaluators import EVALUATORS
from eval.figures import Target
from eval.own import PARTS, open_own, own_target
from eval.report import load_result

CASES = [
    {
        "id": "m1",
        "description": "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?",
        "label": "rag",
        "facts": {"needs_citations": True, "knowledge_in_documents": True},
    },
    {"id": "m2", "description": "Our support bot breaks the JSON we need.", "label": "structured_output"},
]
QUESTION = {"id": "q1", "question": "When is LoRA worth it?", "expected_passages": [{"article": "update-frequency"}]}
OUTSIDE = {"id": "u1", "question": "What is the best way to bake rye bread?"}


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNG_MODEL", "RUNG_READ_MODEL", "RUNG_WRITE_MODEL"):
        monkeypatch.delenv(name, raising=False)


def test_a_teams_cases_give_figures_with_intervals_and_a_result_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three files in, one table and one result out; what was not labelled is not measured."""
    out = tmp_path / "run.json"
    files = {
        "--dataset": lines(tmp_path / "mine.jsonl", *CASES),
        "--questions": lines(tmp_path / "asked.jsonl", QUESTION),
        "--unanswerable": lines(tmp_path / "outside.jsonl", OUTSIDE),
    }
    assert main(["run", *(str(part) for pair in files.items() for part in pair), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "2 mine, 1 asked, 1 outside" in shown
    assert "1 of 2 cases label no facts" in shown
    assert "With 2 cases the intervals are wide" in shown
    result = load_result(out)
    sizes = {line.id: line.n for line in result.figures}
    assert sizes["recommendation.exact"] == 2
    assert sizes["facts.found"] == sizes["recommendation.given.exact"] == sizes["questions.every"] == 1
    assert sizes["refusals.unanswerable"] == 1
    assert all(line.n and not line.anchors and line.reach in (None, 0, 1) for line in result.figures)
    assert (result.provenance, result.llm) == ("unseen file", None)
    assert {"cases/mine", "cases/asked", "cases/outside"} <= result.hashes.keys()
    assert main(["compare", str(out), str(out)]) == 0


def test_what_was_not_given_is_no_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No questions, no line about questions."""
    path = lines(tmp_path / "mine.jsonl", CASES[1])
    assert main(["run", "--dataset", str(path), "--json", *(f"--only={n}" for n in PARTS if n != "stability")]) == 0
    ids = {figure["id"] for figure in json.loads(capsys.readouterr().out)["figures"]}
    assert "recommendation.exact" in ids
    assert not [name for name in ids if name.startswith(("facts", "questions", "recommendation.given"))]
    assert "refusals.unanswerable" not in ids


@pytest.mark.parametrize(
    ("target", "reach"),
    [(Target(0.65, 0.86, anchors={"x": 1.0}), None), (Target(1.0), 1.0), (Target(0, is_ceiling=True), 0)],
)
def test_only_a_reach_of_all_or_none_holds_for_other_cases(target: Target, reach: float | None) -> None:
    """What was set on one file says nothing of another."""
    assert own_target(target) == Target(reach, is_ceiling=target.is_ceiling)


def test_every_part_for_own_cases_is_an_evaluator() -> None:
    """A renamed evaluator would fail in a team's hands only."""
    assert set(PARTS) <= EVALUATORS.keys()


def test_an_empty_file_and_a_wrong_line_are_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A team's mistakes are named with file and line, before anything is loaded."""
    with pytest.raises(UsageError, match="no case"):
        open_own(lines(tmp_path / "none.jsonl"))
    assert main(["run", "--dataset", str(lines(tmp_path / "bad.jsonl", {"id": "x", "description": "y"}))]) == 2
    assert "bad.jsonl:1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"facts": {"requests_per_month": "lots"}}, "requests_per_month cannot be"),
        ({"facts": {"needs_citation": True}}, "needs_citation"),
        ({"also_defensible": ["magic"]}, "there is no approach 'magic'"),
    ],
)
def test_a_label_that_nothing_could_match_is_named_with_its_case(
    wrong: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt fact would otherwise count as never found."""
    path = lines(tmp_path / "mine.jsonl", CASES[0], {**CASES[1], **wrong})
    assert main(["run", "--dataset", str(path)]) == 2
    shown = capsys.readouterr().err.splitlines()[-1]
    assert "mine: case 'm2'" in shown
    assert said in shown


def test_an_article_that_nothing_can_cite_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would count against every answer."""
    asked = lines(tmp_path / "asked.jsonl", {**QUESTION, "expected_passages": [{"article": "update"}]})
    path = lines(tmp_path / "mine.jsonl", *CASES)
    assert main(["run", "--dataset", str(path), "--questions", str(asked)]) == 2
    assert "question 'q1' expects the article 'update'" in capsys.readouterr().err


def test_a_model_that_does_not_answer_is_counted_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Figures of a model that fell back are figures of the offline way."""
    pytest.importorskip("langchain_openai")
    monkeypatch.setenv("RUNG_MODEL", "scripted")
    monkeypatch.setenv("RUNG_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("RUNG_MODEL_RETRIES", "0")
    path = lines(tmp_path / "mine.jsonl", CASES[0])
    assert main(["run", "--dataset", str(path), "--only", "facts", "--only", "recommendation", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["llm"] == "read: scripted, write: scripted"
    (figure,) = [figure for figure in result["figures"] if figure["id"] == "model.fell_back"]
    assert figure["value"] == 1.0


def test_the_bare_command_measures_the_repositorys_own_data_without_a_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refitting is left out here, since it takes minutes; the rest of `make eval` is as it runs."""
    monkeypatch.setenv("RUNG_MODEL", "scripted")
    monkeypatch.setattr("eval.__main__.held_out_readings", lambda cases, aside: {})
    assert main(["--only", "sources", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {figure["id"].partition(".")[0] for figure in result["figures"]} == {"sources"}
    assert (result["llm"], result["provenance"]) == (None, "cross-validated")
    files = {"covered", "not_covered", "false_premises", "variants"}
    assert {f"questions/{name}" for name in files} <= result["hashes"].keys()
    assert {"cases/use_cases", "cases/questions", "cases/unanswerable"} <= result["hashes"].keys()

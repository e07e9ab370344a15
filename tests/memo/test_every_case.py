"""Every labelled case becomes a memo that checks; PDF and DOCX are tried on a spread, by `eval.memos` on all."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest

from agent.memo.check import Report
from agent.memo.model import About, Memo, lines_of
from agent.memo.writer import MemoWriter, render
from eval.cases import load_use_cases

CASES = load_use_cases().cases
SPREAD = CASES[:: len(CASES) // 10]


@pytest.fixture(scope="module")
def memos(writer: MemoWriter) -> dict[str, Memo]:
    """A memo for every labelled case."""
    about = {case.id: About(date(2026, 11, 21), date(2027, 2, 19), description=case.text) for case in CASES}
    return {case.id: writer.compose(case.expected.use_case, about[case.id]) for case in CASES}


def test_every_case_is_written_and_checks(memos: dict[str, Memo], checked: Callable[..., Report]) -> None:
    """Markdown and a page for each, and the Markdown holds when it is read back."""
    for name, memo in memos.items():
        files = render(memo, ("md", "html")).files
        assert checked(files["md"]) == Report(()), name
        assert files["html"].count(b"<figure>") >= 2, name


def test_nothing_is_claimed_without_a_passage(memos: dict[str, Memo]) -> None:
    """Each line with a passage has its number; each number is cited; the gate had nothing to take out."""
    for name, memo in memos.items():
        cited = {passage for line in lines_of(memo) for passage in line.passages}
        assert {reference.passage for reference in memo.references} == cited, name
        assert [reference.number for reference in memo.references] == list(range(1, len(cited) + 1)), name
        assert memo.notes == (), name


def test_options_are_honest(memos: dict[str, Memo]) -> None:
    """Every approach is considered; the one proposed has something against it too, and upkeep; none is bare praise."""
    for name, memo in memos.items():
        assert len(memo.options) == 9, name
        assert memo.options[0].approach == memo.outcome.approach, name
        assert memo.consequences.bad, name
        assert memo.consequences.upkeep, name
        for option in memo.options[1:]:
            assert option.bad or option.neutral, (name, option.name)


def test_a_trained_model_brings_upkeep(memos: dict[str, Memo]) -> None:
    """Where training is part of the outcome, the memo names what has to be kept alive."""
    trained = [memo for memo in memos.values() if memo.outcome.approach in ("fine_tuning", "distillation")]
    assert len(trained) > 10
    for memo in trained:
        told = " ".join(line.text for line in memo.consequences.upkeep)
        assert "training pipeline" in told
        assert "fine-tune has to be repeated" in told


def test_the_team_speaks(memos: dict[str, Memo]) -> None:
    """A memo is the team's own text: it says "we", but for titles and for what sources and users say."""
    for name, memo in memos.items():
        titles = {reference.title for reference in memo.references} | {vote.name for vote in memo.votes}
        for line in lines_of(memo):
            told = line.told(starts=True)
            for title in titles:
                told = told.replace(title, "")
            assert not re.search(r"\byou(r|rs|rself|rselves)?\b", told, re.IGNORECASE), (name, told)


@pytest.mark.parametrize("case", SPREAD, ids=lambda case: case.id)
def test_a_spread_in_every_form(memos: dict[str, Memo], case: object) -> None:
    """PDF and DOCX come without a warning."""
    written = render(memos[case.id], ("pdf", "docx"))  # type: ignore[attr-defined]
    assert written.warnings == ()
    assert written.files["pdf"].startswith(b"%PDF-")
    assert b"pdfaid:part" in written.files["pdf"]
    assert zipfile.ZipFile(BytesIO(written.files["docx"])).testzip() is None

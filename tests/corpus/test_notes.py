"""Notes and manifest: what is read, and what is refused with file and line."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages, parse_notes
from agent.errors import CorpusError
from agent.types import Passage

HEAD = "---\nsource: demo\n---\n"


def test_a_passage_carries_everything_its_note_states(corpus_dir: Path) -> None:
    first, second, *_ = load_passages(corpus_dir)
    assert first == Passage(
        id="ferries#small-boats",
        source="ferries",
        section="Size",
        text="Villages do well with little boats that leave often.",
        span=(20, 230),
        is_normative=True,
        topics=("capacity", "turnaround"),
    )
    assert second.section == "Growth"
    assert second.text == "The large hull earns its keep from 900 travellers daily; under it, wages eat the savings."


def test_soft_wraps_are_joined_and_lists_and_paragraphs_kept(tmp_path: Path) -> None:
    path = tmp_path / "demo.md"
    path.write_text(HEAD + "## S\n### a\nspan: 0-5\n\nOne\ntwo.\n- x\n- y\n\nLast\nline.\n")
    assert parse_notes(path)[0].text == "One two.\n- x\n- y\n\nLast line."


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("## S\n", 1, "front matter", id="no-front-matter"),
        pytest.param("---\nsource: other\n---\n", 2, "differs from the file name", id="other-source"),
        pytest.param("---\nauthor: x\n---\n", 2, "only", id="unknown-front-matter"),
        pytest.param("---\nsource: demo\n", 1, "not closed", id="open-front-matter"),
        pytest.param("---\n---\n", 1, "lacks", id="no-source"),
        pytest.param(HEAD + "### a\nspan: 0-5\n\nx\n", 4, "before any", id="no-section"),
        pytest.param(HEAD + "## S\n### A b\nspan: 0-5\n\nx\n", 5, "no slug", id="bad-slug"),
        pytest.param(HEAD + "## S\nloose\n", 5, "outside a passage", id="loose-text"),
        pytest.param(HEAD + "## S\n### a\n\nx\n", 5, "no `span:`", id="no-span"),
        pytest.param(HEAD + "## S\n### a\nspan: 9-5\n\nx\n", 6, "no span", id="backward-span"),
        pytest.param(HEAD + "## S\n### a\nspan: 0-5\n", 5, "no text", id="no-text"),
        pytest.param(HEAD + "## S\n### a\nspan: 0-5\nnormative: perhaps\n\nx\n", 7, "yes or no", id="bad-normative"),
        pytest.param(HEAD + "## S\n### a\nspan: 0-5\nspan: 0-6\n\nx\n", 7, "twice", id="header-twice"),
        pytest.param(HEAD + "## S\n### a\nspan: 0-5\nx\n", 7, "no header line", id="no-blank-line"),
        pytest.param(HEAD + "## S\n### a\nspan: 0-5\n\nx\n### a\nspan: 0-5\n\ny\n", 9, "already on line 5", id="twice"),
    ],
)
def test_what_is_wrong_in_notes_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "demo.md"
    path.write_text(text)
    with pytest.raises(CorpusError, match=says) as caught:
        parse_notes(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")


def test_notes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "demo.md"
    path.write_bytes(HEAD.encode() + b"\xff\xfe")
    with pytest.raises(CorpusError, match=r"demo\.md:4: not UTF-8"):
        parse_notes(path)


def test_a_card_carries_its_furniture_and_its_date_as_text(corpus_dir: Path) -> None:
    card = load_sources(corpus_dir)["ferries"]
    assert (card.dated, card.furniture) == ("2024-03-30", ((0, 18), (749, 796)))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("other: 1\n", 1, "list named `sources`", id="no-list"),
        pytest.param("sources:\n  - id: a\n  - id: b\n", 2, "missing required field", id="missing-field"),
        pytest.param("sources:\n  - {id: a, colour: red}\n", 2, "colour", id="unknown-field"),
        pytest.param("sources:\n  - id: a\n    id: b\n", 3, "stands twice", id="key-twice"),
        pytest.param("sources:\n  - [\n", 3, "did not find", id="no-yaml"),
        pytest.param("sources: [!!python/object/apply:os.getcwd []]\n", 1, "constructor", id="python-tag"),
    ],
)
def test_what_is_wrong_in_the_manifest_is_named_with_file_and_line(
    corpus_dir: Path, text: str, line: int, says: str
) -> None:
    path = corpus_dir / "manifest.yaml"
    path.write_text(text)
    with pytest.raises(CorpusError, match=says) as caught:
        load_sources(corpus_dir)
    assert caught.value.message.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize("row", ["- {span: 5-1, why: x}", "- {span: 1-5}", "span: 1-5"])
def test_furniture_that_is_out_of_order_is_refused(corpus_dir: Path, row: str) -> None:
    (corpus_dir / "furniture" / "ferries.yaml").write_text(row)
    with pytest.raises(CorpusError, match=r"ferries\.yaml:1: "):
        load_sources(corpus_dir)


def test_importing_the_room_loads_nothing_heavy() -> None:
    heavy = {"torch", "chromadb", "trafilatura", "pypdf", "httpx", "rapidfuzz", "numpy", "filelock", "lxml"}
    code = f"import sys, agent.corpus.library, agent.corpus.audit; print(sorted(set(sys.modules) & {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_all_notes_load_within_the_time_a_question_has() -> None:
    corpus = Path(__file__).parents[2] / "corpus"
    times = []
    for _ in range(5):
        start = time.process_time()
        load_passages(corpus)
        times.append(time.process_time() - start)
    # Processor time, so that a busy machine does not count.
    assert min(times) < 0.015

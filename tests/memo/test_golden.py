"""Golden pages: one stored memo, rendered; `python -m eval.memos --golden` writes them anew."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import yaml

from agent.memo.check import Report
from agent.memo.model import Memo
from agent.memo.writer import render

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "docs" / "samples" / "claim-letters.md"


@pytest.fixture(scope="module")
def memo(golden: Path) -> Memo:
    """The stored memo; its date is part of it."""
    return msgspec.json.decode((golden / "memo.json").read_bytes(), type=Memo)


@pytest.mark.parametrize("form", ["md", "html"])
def test_golden_pages(memo: Memo, golden: Path, form: str) -> None:
    """What is written is byte for byte what was looked at."""
    assert render(memo, (form,)).files[form] == (golden / f"memo.{form}").read_bytes()  # type: ignore[arg-type]


def test_the_pdf_is_the_same_twice_and_tagged(memo: Memo) -> None:
    """Bytes depend on the typst release, so they are compared with themselves; tags and standard are there."""
    one, two = (render(memo, ("pdf",)).files["pdf"] for _ in range(2))
    assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()
    assert b"/MarkInfo" in one
    assert b"/StructTreeRoot" in one
    assert b"<pdfaid:part>2</pdfaid:part>" in one


def test_the_markdown_is_a_madr(memo: Memo) -> None:
    """MADR 4.0.0: its front matter, its sections in its order, its ways to begin a pro or a con."""
    text = render(memo, ("md",)).files["md"].decode()
    front = yaml.safe_load(text.split("\n---\n")[0][4:])
    assert [*front][:5] == ["status", "date", "decision-makers", "consulted", "informed"]
    assert str(front["date"]) == "2026-11-21"
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "Context and Problem Statement",
        "Decision Drivers",
        "Considered Options",
        "Decision Outcome",
        "Pros and Cons of the Options",
        "More Information",
    ]
    options = re.search(r"## Considered Options\n\n((?:- .*\n)+)", text)
    chosen = re.search(r'^Chosen option: "(.*?)", because ', text, re.MULTILINE)
    assert options
    assert chosen
    assert f"- {chosen[1]}\n" in options[1]
    assert re.search(r"### Consequences\n\n- Good, because ", text)
    assert "### Confirmation" in text
    for option in options[1].splitlines():
        assert f"### {option[2:]}\n" in text
    argued = text.split("## Pros and Cons of the Options")[1].split("## More Information")[0]
    for line in re.findall(r"^- (.*)$", argued, re.MULTILINE):
        assert line.startswith(("Good, because ", "Neutral, because ", "Bad, because "))


def test_the_sample_in_the_documents_holds(checked: Callable[..., Report]) -> None:
    """The memo that the README links to still checks; where rules moved: `python -m eval.memos --sample`."""
    assert checked(SAMPLE.read_bytes()) == Report(())
    assert "docs/samples/claim-letters.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_asks_for_nothing(memo: Memo) -> None:
    """No script, no style sheet, no picture from elsewhere; the pictures stand in it."""
    page = render(memo, ("html",)).files["html"].decode()
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(", page)
    assert re.findall(r'(?:src|href)="(?!#)', page) == []
    assert page.count("<svg ") == 3
    for target in set(re.findall(r'href="#([\w-]+)"', page)):
        assert f'id="{target}"' in page

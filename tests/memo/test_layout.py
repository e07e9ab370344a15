"""What the programs that people open memos with make of them; each test is skipped where its program is missing."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.memo.model import About, Memo
from agent.memo.writer import MemoWriter, render
from agent.types import UseCase
from eval.cases import load_use_cases

Program = Callable[[str], str]
SECTIONS = ("Context and problem statement", "Decision outcome", "Plan", "Citations", "How this was made")


@pytest.fixture
def memo(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> Memo:
    """A memo with a long word in it."""
    return writer.compose(wiki, about("Support bot over our wiki. " + "x" * 300, decision_makers=("Head of support",)))


def test_the_pdf_reads_in_order(memo: Memo, program: Program) -> None:
    """Text can be copied out, section by section, on fewer than ten pages, each with its number."""
    pdf = render(memo, ("pdf",)).files["pdf"]
    done = subprocess.run([program("pdftotext"), "-", "-"], input=pdf, capture_output=True, check=True)
    text = done.stdout.decode()
    places = [text.index(section) for section in SECTIONS]
    assert places == sorted(places)
    pages = text.count("\f")
    assert pages < 10
    assert re.search(rf"^{pages} ?/ ?{pages}$", text, re.MULTILINE)


def test_the_pdf_keeps_its_margins(memo: Memo, program: Program, tmp_path: Path) -> None:
    """No word runs into the margin, however long it is."""
    path = tmp_path / "memo.pdf"
    path.write_bytes(render(memo, ("pdf",)).files["pdf"])
    done = subprocess.run([program("pdftotext"), "-bbox", str(path), "-"], capture_output=True, check=True)
    ends = [float(end) for end in re.findall(r'xMax="([\d.]+)"', done.stdout.decode())]
    assert max(ends) <= 595.3 - 60


def test_nothing_runs_into_the_foot(writer: MemoWriter, about: Callable[..., About], program: Program) -> None:
    """Wherever a page ends, below its text stand title, date, status and number alone."""
    for case in load_use_cases().cases[5::22]:
        pdf = writer.write(case.expected.use_case, about(case.text), formats=("pdf",)).files["pdf"]
        done = subprocess.run([program("pdftotext"), "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
        for page in done.stdout.decode().split("<page ")[1:]:
            words = re.findall(r'yMin="([\d.]+)"[^>]*>([^<]*)</word>', page)
            foot = " ".join(word for y, word in words if float(y) > 776)
            assert re.fullmatch(r".* · 2026-11-21 · proposed \d+ ?/ ?\d+", foot), (case.id, foot)


def test_fonts_are_embedded(memo: Memo, program: Program, tmp_path: Path) -> None:
    """The file looks the same on a machine without them."""
    path = tmp_path / "memo.pdf"
    path.write_bytes(render(memo, ("pdf",)).files["pdf"])
    done = subprocess.run([program("pdffonts"), str(path)], capture_output=True, check=True)
    rows = done.stdout.decode().splitlines()[2:]
    assert rows
    assert all(re.search(r"\byes\s+(?:yes|no)\s+yes\b", row) for row in rows), rows


def test_libreoffice_opens_the_document(memo: Memo, program: Program, tmp_path: Path) -> None:
    """It converts without repair, with all sections and the pictures' alternative texts."""
    office, reader = program("soffice"), program("pdftotext")
    (tmp_path / "memo.docx").write_bytes(render(memo, ("docx",)).files["docx"])
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "memo.docx"),
    ]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    done = subprocess.run([reader, str(tmp_path / "memo.pdf"), "-"], capture_output=True, check=True)
    text = done.stdout.decode()
    places = [text.index(section) for section in SECTIONS]
    assert places == sorted(places)


@pytest.mark.parametrize("width", [360, 1200])
def test_a_browser_scrolls_in_one_direction(memo: Memo, program: Program, tmp_path: Path, width: int) -> None:
    """On a phone and on a desk the page is no wider than the window; only a picture may scroll by itself."""
    measure = "<script>document.title=String(document.documentElement.scrollWidth-window.innerWidth)</script>"
    page = render(memo, ("html",)).files["html"].decode().replace("</body>", f"{measure}</body>")
    frame = f'<iframe src="memo.html" style="width:{width}px;height:800px;border:0" id="f"></iframe>'
    wait = (
        "<script>window.onload=()=>{document.body.innerText="
        "'over '+document.getElementById('f').contentDocument.title}</script>"
    )
    (tmp_path / "memo.html").write_text(page, encoding="utf-8")
    (tmp_path / "frame.html").write_text(f"<!doctype html><body>{frame}{wait}</body>", encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom"]
    command = [program("chromium"), *flags, f"--user-data-dir={tmp_path}/profile", f"file://{tmp_path}/frame.html"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    found = re.search(r"over (-?\d+)", done.stdout.decode())
    assert found, done.stdout[-500:]
    assert int(found[1]) <= 0

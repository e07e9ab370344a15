"""A user's text is data: it shows as typed and breaks nothing, in any form."""

from __future__ import annotations

import html
import re
import subprocess
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import yaml

from agent.memo.check import Report
from agent.memo.markdown import escape
from agent.memo.model import About
from agent.memo.pdf import NOTE
from agent.memo.writer import MemoWriter
from agent.types import Contradiction, Fact, UseCase

MARKDOWN = """\
# A heading

- item
1. one
> quoted
---
===
```json rung-memo
{}
```
[1] [link](http://example.org) ![image](http://example.org/x.png) **bold** www.example.org ~~gone~~ $x^2$
    indented
| a | b |
|---|---|

### Citations

**\\[1\\]** *x*, section “x” (`a#b`), our note of it:

> something else
"""
TEXTS = {
    "pipes": "a | b || c \\| d",
    "script": "<script>alert(1)</script> <img src=x onerror=alert(1)> &amp; &#x41; <!-- -->",
    "typst": '#panic("x") $x$ *b* _i_ @ref <lab> `raw` = Head // comment /* c */ #set page(width: 1pt) \\ ~ --- https://x.y',
    "jinja": "{{ 7*7 }} {% raw %} {# x #}",
    "front-matter": "---\nstatus: accepted\n---",
    "long-words": "x" * 400 + " https://example.org/" + "a/" * 200,
    "unseen": "a\u200b\u00ad\u2028b\x0bc\u202eevil\x00\x1b[31mred",
    "signs": "“curly” \"straight\" 'single' ½ ™ → ≥ ≈ × — …",
    "greek-cyrillic": "Ελληνικά и русский",
    "markdown": MARKDOWN,
}
OTHER_SCRIPTS = {"chinese": "我们的客服机器人基于维基，文档每周更新。", "mixed": "Support bot 支持 العربية हिन्दी 😀"}


def case_of(text: str) -> UseCase:
    """A case whose every text is the awkward one."""
    facts = {"knowledge_in_documents": Fact("knowledge_in_documents", True, "stated", text)}
    disputed = (Fact("labelled_examples", 5, "stated", text), Fact("labelled_examples", 900, "stated", text))
    return UseCase(facts, (Contradiction("labelled_examples", disputed),))


def visible(text: str) -> str:
    """The text as it can be seen, its white space levelled."""
    return " ".join(re.sub("[\u200b\u00ad\u2028\x00\x0b\u202e]|\x1b\\[31m", "", text).split())


@pytest.mark.parametrize("text", [*TEXTS.values(), *OTHER_SCRIPTS.values()], ids=[*TEXTS, *OTHER_SCRIPTS])
def test_text_stays_text(
    text: str, writer: MemoWriter, about: Callable[..., About], checked: Callable[..., Report]
) -> None:
    """Markdown reads back and checks, the page shows the very words, and no markup comes of them."""
    described = about(text, decision_makers=(text[:80],), supersedes=text[:80], title=f"T {text[:80]}")
    files = writer.write(case_of(text), described, formats=("md", "html")).files
    assert checked(files["md"]) == Report(())
    front = yaml.safe_load(files["md"].decode().split("\n---\n")[0][4:])
    assert front["status"] == "proposed"
    assert [visible(name).replace(" ", "") for name in front["decision-makers"]] == [
        visible(text[:80]).replace(" ", "")
    ]
    page = files["html"].decode()
    quoted = re.search(r"<blockquote>(.*?)</blockquote>", page, re.DOTALL)
    assert quoted
    shown = visible(html.unescape(quoted[1]))
    assert visible(text).replace(" ", "") in shown.replace(" ", "")
    for tag in ("<script", "<img", "onerror=alert(1)>", "<!--"):
        assert tag not in page.replace("&lt;", "")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_pages_are_set_with_any_latin_text(text: str, writer: MemoWriter, about: Callable[..., About]) -> None:
    """PDF stays archival, and nothing in the text is carried out as Typst."""
    written = writer.write(case_of(text), about(text, decision_makers=(text[:80],)), formats=("pdf", "docx"))
    assert written.warnings == ()
    assert b"pdfaid:part" in written.files["pdf"]
    with zipfile.ZipFile(BytesIO(written.files["docx"])) as archive:
        body = re.sub(r"<w:br/>", " ", archive.read("word/document.xml").decode())
    told = visible(html.unescape(re.sub(r"<[^>]+>", "", body))).replace(" ", "")
    assert visible(text).replace(" ", "")[:200] in told


@pytest.mark.parametrize("text", OTHER_SCRIPTS.values(), ids=OTHER_SCRIPTS)
def test_other_scripts_fall_back_and_say_so(text: str, writer: MemoWriter, about: Callable[..., About]) -> None:
    """Letters that Typst has no font for give a PDF without the archival standard, with a note in it and a warning."""
    written = writer.write(case_of(text), about(text), formats=("pdf", "docx"))
    assert written.warnings == (NOTE,)
    assert written.files["pdf"].startswith(b"%PDF-")
    assert b"pdfaid:part" not in written.files["pdf"]


def test_ten_thousand_characters(
    writer: MemoWriter, about: Callable[..., About], checked: Callable[..., Report], program: Callable[[str], str]
) -> None:
    """A long description is quoted whole, over as many pages as it takes."""
    text = " ".join(f"Sentence {number} of a long description of our case." for number in range(230))[:10_000]
    files = writer.write(case_of("our case"), about(text), formats=("md", "html", "pdf")).files
    assert checked(files["md"]) == Report(())
    assert text in html.unescape(files["html"].decode())
    done = subprocess.run([program("pdftotext"), "-", "-"], input=files["pdf"], capture_output=True, check=True)
    told = re.sub(r"\s+|-\n", "", done.stdout.decode())
    assert "Sentence5ofalong" in told
    assert "Sentence190ofalong" in told


def test_typst_text_shows_as_typed(
    writer: MemoWriter, about: Callable[..., About], program: Callable[[str], str], tmp_path: Path
) -> None:
    """What a reader copies out of the PDF is what the user typed."""
    pdf = writer.write(case_of("x"), about(TEXTS["typst"]), formats=("pdf",)).files["pdf"]
    done = subprocess.run([program("pdftotext"), "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    assert '#panic("x") $x$ *b* _i_ @ref <lab> `raw` = Head // comment /* c */' in " ".join(
        done.stdout.decode().split()
    )


@pytest.mark.parametrize("start", ["- a", "+ a", "1. a", "12) a", "> a", "=== a", "# a"])
def test_nothing_begins_a_block(start: str) -> None:
    """What would begin a list, a quotation or a title is escaped."""
    assert re.match(r"(\\[-+>=#]|\d+\\)", escape(start))


def test_what_is_no_markup_stays_as_it_was_typed() -> None:
    """A title is read as plain text as often as it is rendered."""
    assert escape("R&D writes C#, see AT&T") == "R&D writes C#, see AT&T"
    assert escape("an entity &amp; a title # 1") == "an entity \\&amp; a title \\# 1"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_markdown_reader_sees_text(text: str, writer: MemoWriter, about: Callable[..., About]) -> None:
    """Parsed as CommonMark with tables: the quotation holds the very words, and none of it is markup."""
    from markdown_it import MarkdownIt

    markdown = writer.write(case_of(text), about(text, title=f"T {text[:60]}")).files["md"].decode()
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown.split("\n---\n", 1)[1])
    inline = [child for token in tokens if token.type == "inline" for child in token.children or ()]
    kinds = {token.type for token in (*tokens, *inline)}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_block", "hr", "s_open"}
    assert sum(token.type == "fence" for token in tokens) == 1
    assert sum(token.type == "h1" or token.tag == "h1" for token in tokens) == 2  # opened and closed
    opens = next(n for n, token in enumerate(tokens) if token.type == "blockquote_open")
    closes = next(n for n, token in enumerate(tokens) if token.type == "blockquote_close")
    quoted = [child.content or " " for token in tokens[opens:closes] for child in token.children or ()]
    assert visible("".join(quoted)).replace(" ", "") == visible(text).replace(" ", "")

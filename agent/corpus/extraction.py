"""Turns the bytes of a document into plain text: kinds, encodings, HTML, PDF. Refuses what is not text, in one line.

Whatever a document says is data: it is never run, and never read as YAML or a template. Storing it is `library`'s.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import stat
from pathlib import Path

from msgspec import Struct

from agent.corpus.chunks import Markup
from agent.corpus.shelf import Kind
from agent.errors import CorpusError, UsageError

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_TEXT_CHARACTERS = 20_000_000
MAX_PDF_PAGES = 5_000

KINDS: dict[str, Kind] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
}
"""Kind by suffix; any other file that is not binary is text."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
"""Control, zero-width and direction characters: invisible, so a reader could not see what is quoted."""
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_FRONT_MATTER = re.compile(r"\s*---\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_MARKED = re.compile(r"^#{2,6} \S", re.MULTILINE)
"""Markdown headings in a file that is not named .md; a single # would be a comment in code."""
_TITLE_LINE = re.compile(r"^title:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_TITLE_HEADING = re.compile(r"^#\s+(.+)$", re.MULTILINE)
_HYPHENATED = re.compile(r"(?<=[a-zà-ÿ])-\n(?=[a-zà-ÿ])")
_INSTALL = 'pip install "rung[ingest]"'


class Extract(Struct, frozen=True):
    """The text of one document, with what its passages need to know."""

    kind: Kind
    title: str
    text: str
    sha256: str
    """Of the document's bytes as read."""

    @property
    def markup(self) -> Markup:
        """How its headings are written."""
        return "markdown" if self.kind in ("markdown", "html") or _MARKED.search(self.text) else "plain"


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; UsageError where it is missing, no plain file, over 50 MB or unreadable."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path}: not a plain file")
        if status.st_size > MAX_FILE_BYTES:
            raise UsageError(f"{path}: {status.st_size // 2**20} MB is over the limit of 50 MB", hint="split it")
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def extract(data: bytes, *, name: str, suffix: str = "", charset: str = "") -> Extract:
    """Return the text of a document's bytes; `name` stands in messages, `suffix` and the bytes decide the kind."""
    kind = _kind(data, suffix)
    if not data.strip(b"\0 \t\r\n"):
        raise CorpusError(f"{name}: empty", hint="nothing to add")
    if kind == "pdf":
        title, text = _pdf(data, name)
    elif kind == "html":
        title, text = _html(data, name)
    else:
        title, text = _marked(decoded(data, name=name, charset=charset), kind)
    text = cleaned(text)
    if not re.search(r"\w", text):
        raise CorpusError(f"{name}: no words in it", hint="nothing to add")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise CorpusError(f"{name}: over {MAX_TEXT_CHARACTERS:,} characters of text", hint="split it")
    return Extract(kind, " ".join(cleaned(title).split())[:150], text, hashlib.sha256(data).hexdigest())


def cleaned(text: str) -> str:
    """Return the text with one kind of line end and without invisible characters."""
    return _CONTROL.sub("", _BREAK.sub("\n", text))


def decoded(data: bytes, *, name: str, charset: str = "") -> str:
    """Decode by mark, by the given charset, as UTF-8, and at last as Latin-1; CorpusError where it is binary."""
    encoding = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), charset)
    for candidate in (encoding, "utf-8"):
        try:
            text = data.decode(candidate) if candidate else None
        except (UnicodeError, LookupError):
            continue
        if text is not None and not _is_binary(text):
            return text
    text = data.decode("latin-1")
    if _is_binary(text, allowed=0.02):
        raise CorpusError(f"{name}: binary, not text", hint="text, Markdown, HTML or PDF can be added")
    return text


def _is_binary(text: str, *, allowed: float = 0.1) -> bool:
    """Whether there are NULs, or more control characters than a stray few."""
    sample = text[:65_536]
    controls = sum(1 for character in sample if character < " " and character not in "\t\n\r\x0b\x0c\x1b")
    return "\0" in sample or controls > allowed * len(sample)


def _kind(data: bytes, suffix: str) -> Kind:
    if data.lstrip()[:5] == b"%PDF-":
        return "pdf"
    kind = KINDS.get(suffix.lower(), "text")
    return "html" if kind == "text" and _HTML.match(data[:4096]) else kind


def _marked(text: str, kind: Kind) -> tuple[str, str]:
    """Return title and body of text or Markdown; front matter gives the title and is otherwise dropped."""
    if kind != "markdown":
        return "", text
    text = _BREAK.sub("\n", text)
    front = _FRONT_MATTER.match(text)
    heading = _TITLE_HEADING.search(text)
    title = _TITLE_LINE.search(front[1]) if front else None
    found = title[1].strip().strip("\"'") if title else heading[1].strip("# ") if heading else ""
    return found, text[front.end() :] if front else text


def _html(data: bytes, name: str) -> tuple[str, str]:
    try:
        import trafilatura
    except ImportError as error:
        raise CorpusError(f"{name}: HTML cannot be read yet", hint=_INSTALL) from error
    tree = trafilatura.load_html(data)
    if tree is None:
        raise CorpusError(f"{name}: not HTML that can be read", hint="save the page again, or add its text")
    title = str(tree.findtext(".//title") or "")
    # The main-text heuristics give nothing on very short pages; the whole visible text is better than a refusal.
    text = trafilatura.extract(data, output_format="markdown", include_tables=True, include_comments=False)
    text = text or trafilatura.html2txt(data)
    if not text:
        raise CorpusError(f"{name}: no text in this page", hint="a page drawn by scripts? save its text and add that")
    return title, text


def _pdf(data: bytes, name: str) -> tuple[str, str]:
    try:
        import pypdf
    except ImportError as error:
        raise CorpusError(f"{name}: PDF cannot be read yet", hint=_INSTALL) from error
    try:
        title, pages = _pdf_pages(pypdf, data, name)
    except CorpusError:
        raise
    except Exception as error:  # pypdf lets ValueError, KeyError, RecursionError and more through on damaged files
        raise CorpusError(f"{name}: a damaged PDF", hint="open it, print it to a new PDF, add that") from error
    if not any(page.strip() for page in pages):
        raise CorpusError(f"{name}: no text in this PDF, only pictures", hint="run text recognition (OCR) on it first")
    return title, _HYPHENATED.sub("", "\n\n".join(pages))


def _pdf_pages(pypdf: object, data: bytes, name: str) -> tuple[str, list[str]]:
    import io
    import logging

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    reader = pypdf.PdfReader(io.BytesIO(data))  # type: ignore[attr-defined]
    if reader.is_encrypted and not reader.decrypt(""):
        raise CorpusError(f"{name}: an encrypted PDF", hint="save a copy without a password")
    if len(reader.pages) > MAX_PDF_PAGES:
        raise CorpusError(f"{name}: over {MAX_PDF_PAGES} pages", hint="split it")
    title = str(reader.metadata.title or "") if reader.metadata else ""
    return title, [page.extract_text() or "" for page in reader.pages]

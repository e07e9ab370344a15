"""Reads `corpus/notes/<source>.md` into passages, naming file and line of what is not in order.

Owns the notes format only; source cards are `manifest`'s, the originals' own words are `originals`'. The parser is by
hand because this runs before every question: a Markdown library would cost more than the whole reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from agent.corpus.questions import load_questions
from agent.errors import CorpusError
from agent.expressions import expression
from agent.types import Passage

SLUG = expression(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SPAN = expression(r"(\d+)\s*-\s*(\d+)")
_HEADER = expression(r"([A-Za-z_]+):\s*(.*)")
_OWN_LINE = expression(r"[-*|>] ?|\d+[.)] |```")
"""Starts of lines that keep their own line when the soft-wrapped lines of a note are joined."""
_YES = {"yes": True, "true": True, "no": False, "false": False}

Line = tuple[int, str]


def load_passages(corpus_dir: Path) -> tuple[Passage, ...]:
    """Return every shipped passage with its questions, in order of file name and place in the file."""
    folder = corpus_dir / "notes"
    if not folder.is_dir():
        raise CorpusError(f"{folder}: the notes are missing", hint="reinstall rung")
    passages = [passage for path in sorted(folder.glob("*.md")) for passage in parse_notes(path)]
    questions = load_questions(corpus_dir)
    if stray := questions.keys() - {passage.id for passage in passages}:
        raise CorpusError(f"{folder.with_name('questions')}: there is no passage {min(stray)}", hint="mend the slug")
    return tuple(replace(passage, questions=questions.get(passage.id, ())) for passage in passages)


def parse_notes(path: Path) -> list[Passage]:
    """Return the passages of one notes file."""
    lines = _lines(path)
    source = _front_matter(path, lines)
    passages: list[Passage] = []
    seen: dict[str, int] = {}
    for number, section, slug, body in _blocks(path, lines):
        if slug in seen:
            raise _wrong(path, number, f"the slug {slug!r} stands already on line {seen[slug]}")
        seen[slug] = number
        passages.append(_passage(path, number, f"{source}#{slug}", section, body))
    return passages


def _lines(path: Path) -> Iterator[Line]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise _wrong(path, line, "not UTF-8 text") from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from error
    return iter(enumerate(text.removeprefix("\ufeff").split("\n"), start=1))


def _front_matter(path: Path, lines: Iterator[Line]) -> str:
    """Consume the front matter and return the source it names."""
    if next(lines)[1].strip() != "---":
        raise _wrong(path, 1, "front matter has to open with ---")
    source = ""
    for number, line in lines:
        if line.strip() == "---":
            break
        if not line.strip():
            continue
        match = _HEADER.fullmatch(line.strip())
        if not match or match[1] != "source":
            raise _wrong(path, number, f"front matter holds `source: {path.stem}` only, not {line.strip()!r}")
        source = match[2].strip().strip("\"'")
        if source != path.stem:
            raise _wrong(path, number, f"source {source!r} differs from the file name {path.stem!r}")
    else:
        raise _wrong(path, 1, "front matter is not closed with ---")
    if not source:
        raise _wrong(path, 1, f"front matter lacks `source: {path.stem}`")
    return source


def _blocks(path: Path, lines: Iterator[Line]) -> Iterator[tuple[int, str, str, list[Line]]]:
    """Yield line number, section, slug and the lines below it, for each `### slug`."""
    section, slug, opened, body = "", "", 0, list[Line]()
    is_fenced = False
    for number, line in lines:
        is_fenced ^= line.startswith("```")
        heading = not is_fenced and line.startswith(("## ", "### "))
        if not heading:
            if slug:
                body.append((number, line))
            elif line.strip() and not line.startswith(("# ", "<!--")):
                raise _wrong(path, number, "text outside a passage", hint="put it under a `### slug` heading")
            continue
        if slug:
            yield opened, section, slug, body
        if line.startswith("## "):
            section, slug, body = line[3:].strip(), "", []
        else:
            slug, opened, body = (_slug(path, number, section, line[4:].strip()), number, [])
    if slug:
        yield opened, section, slug, body


def _slug(path: Path, number: int, section: str, slug: str) -> str:
    if not SLUG.fullmatch(slug):
        raise _wrong(path, number, f"{slug!r} is no slug", hint="small letters, digits and single hyphens")
    if not section:
        raise _wrong(path, number, f"the passage {slug!r} stands before any `## Section`")
    return slug


def _passage(path: Path, number: int, passage_id: str, section: str, body: list[Line]) -> Passage:
    header, text = _header(path, body)
    if "span" not in header:
        raise _wrong(path, number, f"{passage_id} has no `span:` line")
    if not text:
        raise _wrong(path, number, f"{passage_id} has no text", hint="a blank line, then the note")
    return Passage(
        id=passage_id,
        source=passage_id.partition("#")[0],
        section=section,
        text=text,
        span=_span(path, *header["span"]),
        is_normative=_truth(path, *header["normative"]) if "normative" in header else False,
        topics=tuple(topic.strip() for topic in header.get("topics", (0, ""))[1].split(",") if topic.strip()),
    )


def _header(path: Path, body: list[Line]) -> tuple[dict[str, Line], str]:
    """Split the lines of a passage into its header and its text."""
    header: dict[str, Line] = {}
    for index, (number, line) in enumerate(body):
        if not line.strip():
            return header, _unwrapped(line for _, line in body[index:])
        match = _HEADER.fullmatch(line.strip())
        if not match or match[1] not in ("span", "normative", "topics"):
            raise _wrong(
                path,
                number,
                f"{line.strip()[:60]!r} is no header line",
                hint="span, normative or topics; a blank line before the note",
            )
        if match[1] in header:
            raise _wrong(path, number, f"`{match[1]}:` stands twice")
        header[match[1]] = (number, match[2].strip())
    return header, ""


def _unwrapped(lines: Iterator[str]) -> str:
    """Join soft-wrapped lines; blank lines, list items and table rows keep their borders."""
    joined = ""
    for line in map(str.strip, lines):
        if not line:
            joined = joined.rstrip("\n") + "\n\n"
        elif _OWN_LINE.match(line) or joined.endswith("\n"):
            joined += ("" if joined.endswith("\n") else "\n") + line
        else:
            joined += " " + line
    return joined.strip()


def _span(path: Path, number: int, value: str) -> tuple[int, int]:
    span = parse_span(value)
    if span is None:
        raise _wrong(path, number, f"{value!r} is no span", hint="start-end in characters, as in 5120-5480")
    return span


def parse_span(value: str) -> tuple[int, int] | None:
    """Return the offsets of `start-end`, or None where it is not one with start below end."""
    match = _SPAN.fullmatch(value.strip())
    if match and int(match[1]) < int(match[2]):
        return int(match[1]), int(match[2])
    return None


def _truth(path: Path, number: int, value: str) -> bool:
    if value.lower() not in _YES:
        raise _wrong(path, number, f"normative is yes or no, not {value!r}")
    return _YES[value.lower()]


def _wrong(path: Path, line: int, what: str, *, hint: str = "") -> CorpusError:
    return CorpusError(f"{path}:{line}: {what}", hint=hint)

"""The memo as PDF, tagged and archival (PDF/A-2a), set by Typst from data alone; the same memo gives the same bytes.

Typst carries fonts for Latin, Greek and Cyrillic letters. A memo with others is set again with the machine's own fonts
and without the archival standard, and says so: such a file may look different elsewhere.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import SettingsError
from agent.memo.model import Memo
from agent.memo.outline import blocks
from agent.memo.pictures import Picture

TEMPLATE = Path(__file__).parent / "templates" / "memo.typ"
LONG_WORD = 28
SHORT_TITLE = 70
PIXELS_PER_INCH = 150
NOTE = (
    "Some letters of this memo are not in the fonts that come with it: they are set in this machine's fonts where it"
    " has them, and show as boxes where it has not. The file is not archival (PDF/A)."
)


def render(memo: Memo, pictures: tuple[Picture, ...]) -> tuple[bytes, tuple[str, ...]]:
    """Return the PDF and what a person should know of it."""
    try:
        import typst
    except ImportError:
        raise SettingsError("the PDF form needs typst", hint='pip install "rung[memo]"') from None
    try:
        return _compile(typst, memo, pictures, notes=(), pdf_standards=["a-2a"], ignore_system_fonts=True), ()
    except typst.TypstError as error:
        if "could not be displayed with" not in str(error):
            raise
    return _compile(typst, memo, pictures, notes=(NOTE,), ignore_system_fonts=False), (NOTE,)


def draw_png(svg: str) -> bytes:
    """Return an SVG as PNG, for forms that take no SVG."""
    import typst

    source = (
        b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 16cm)'
    )
    image: bytes = typst.compile(source, format="png", ppi=PIXELS_PER_INCH, sys_inputs={"svg": svg})
    return image


def _compile(typst: Any, memo: Memo, pictures: tuple[Picture, ...], *, notes: tuple[str, ...], **options: Any) -> bytes:
    data = {
        "title": breakable(memo.title),
        "short_title": breakable(_shortened(memo.title)),
        "authors": list(memo.about.decision_makers),
        "recommendation": memo.outcome.name,
        "dated": memo.about.dated.isoformat(),
        "status": memo.about.status,
        "blocks": _breakable(msgspec.to_builtins(blocks(memo))),
        "pdf_notes": notes,
    }
    drawn = {picture.name: msgspec.to_builtins(picture) for picture in pictures}
    pdf: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"memo": msgspec.json.encode(data).decode(), "pictures": msgspec.json.encode(drawn).decode()},
        timestamp=datetime.combine(memo.about.dated, time(), UTC),
        **options,
    )
    return pdf


def breakable(text: str) -> str:
    """Let words that are longer than any word is break across lines, by spaces of no width."""
    return re.sub(rf"\S{{{LONG_WORD},}}", lambda match: "\u200b".join(_pieces(match[0])), text)


def _pieces(word: str, size: int = 12) -> list[str]:
    return [word[start : start + size] for start in range(0, len(word), size)]


def _breakable(value: Any) -> Any:
    """The same for all text of a block but for code, which people copy."""
    if isinstance(value, str):
        return breakable(value)
    if isinstance(value, list | tuple):
        return [_breakable(item) for item in value]
    if not isinstance(value, dict) or value.get("style") == "code" or value.get("is_code"):
        return value
    return {name: _breakable(item) for name, item in value.items()}


def _shortened(text: str) -> str:
    return text if len(text) <= SHORT_TITLE else f"{text[:SHORT_TITLE].rstrip()}…"

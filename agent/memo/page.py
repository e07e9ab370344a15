"""The memo as one self-contained HTML page: no script, no request, every value escaped."""

from __future__ import annotations

from pathlib import Path

import msgspec

from agent.errors import SettingsError
from agent.memo.model import Memo
from agent.memo.outline import blocks
from agent.memo.pictures import Picture

TEMPLATES = Path(__file__).parent / "templates"


def render(memo: Memo, pictures: tuple[Picture, ...]) -> bytes:
    """Return the page in UTF-8; the same memo gives the same bytes."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise SettingsError("the HTML form needs Jinja2", hint='pip install "rung[memo]"') from None
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    page = environment.get_template("memo.html.j2").render(
        memo=memo,
        blocks=msgspec.to_builtins(blocks(memo)),
        pictures={picture.name: picture for picture in pictures},
    )
    return page.encode()

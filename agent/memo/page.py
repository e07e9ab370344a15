"""The memo as one self-contained HTML page: no script, no request, every value escaped."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agent.errors import SettingsError
from agent.memo.model import Memo
from agent.memo.outline import blocks
from agent.memo.pictures import Picture

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"


def render(memo: Memo, pictures: tuple[Picture, ...]) -> bytes:
    """Return the page in UTF-8; the same memo gives the same bytes."""
    page: str = _template().render(
        memo=memo,
        blocks=msgspec.to_builtins(blocks(memo)),
        pictures={picture.name: picture for picture in pictures},
    )
    return page.encode()


@lru_cache(maxsize=1)
def _template() -> Template:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise SettingsError("the HTML form needs Jinja2", hint='pip install "rung[memo]"') from None
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("memo.html.j2")

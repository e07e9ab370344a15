"""Makes typed text safe to work with; every entry point and the advisor read text through here."""

from __future__ import annotations

import unicodedata

from agent.errors import UsageError

KEPT_CONTROLS = {"\n", "\t"}


def clean(text: str) -> str:
    """Return the text with NFC letters, unix line ends and no control characters; UsageError where nothing is left."""
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    visible = "".join(
        char for char in unified if char in KEPT_CONTROLS or unicodedata.category(char) not in ("Cc", "Cs", "Co")
    ).strip()
    if not visible:
        raise UsageError("there is no text to read", hint='for example: rung ask "should we fine-tune or retrieve?"')
    return visible

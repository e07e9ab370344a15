"""What of a reply may be shown while it still comes: its beginning, as far as whole sentences of it have passed.

Owns where a reply can be cut. Whether a beginning passes is told by a function; showing it is its reader's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agent.types import Draft

MISSES_AT_MOST = 3
"""Cuts in a row that do not pass before the rest is only read; one may lie within a sentence as the gate splits it."""

PENDING = 200
"""Characters at the end that are looked at again with the next piece: a citation that is half there, empty lines."""

Offer = Callable[[str, str], bool]
"""Takes a beginning of a reply and the blocks of it that have not passed yet; tells whether they pass."""
Show = Callable[[Draft], None]
"""Gets the beginning of an answer that has passed the gate; each one goes on from the last."""

_ITEM = r"[ ]{0,8}(?:[-*+•]|\d{1,3}[.)])[ ]"
_CUT = re.compile(
    # The end of a sentence, once it is known that neither its citation nor a small letter follows.
    r"(?<![.!?…])[.!?…]++[\"”’')*_]*+(?:[ ]*\[[\d ,–-]+\])*+(?=\s+[^\s\[a-z])"
    rf"|(?<=\S)(?=[ \t]*\n(?:[ \t]*\n|{_ITEM}|#))"
)
_BLOCK = re.compile(rf"\n[ \t]*\n|\n(?={_ITEM}|#)")
_MARKER_OF_ITEM = re.compile(r"\A[ ]{0,8}(?:[-*+•]|\d{1,3}[.)])(?=[ ]|\Z)")
_TITLE = re.compile(r"#.*|(?:\*\*[^*]+\*\*)?[:.]?")
"""A title in bold or nothing, once the marker of an item is taken off: it needs the text below or behind it."""


class Listener:
    """Hears one reply piece by piece, and offers its beginning whenever more of it is whole."""

    def __init__(self, offer: Offer, *, most: int) -> None:
        """Offer beginnings of at most so many characters; what comes after them is not listened to."""
        self._offer = offer
        self._most = most
        self._text = ""
        self._heard = 0
        self._looked = 0
        self._passed = 0
        self._misses = 0

    def __call__(self, piece: str) -> None:
        """Hear the next words of the reply."""
        if self._misses >= MISSES_AT_MOST or len(self._text) > self._most:
            return
        # Nothing ends before something comes behind a space; looking at each letter would take seconds for rubbish.
        is_worth_a_look = any(char.isspace() for char in f"{self._text[-1:]}{piece}")
        self._text += piece
        if not is_worth_a_look:
            return
        looked, self._looked = self._looked, max(self._looked, len(self._text) - PENDING)
        for cut in cuts(self._text[: self._most], after=max(looked, self._heard)):
            self._heard = cut
            unread = self._text[block_start(self._text, self._passed) : cut]
            if self._offer(self._text[:cut], unread):
                self._passed, self._misses = cut, 0
            else:
                self._misses += 1
            if self._misses >= MISSES_AT_MOST:
                break


def cuts(text: str, *, after: int = 0) -> Iterator[int]:
    """Yield where a text that still grows can be cut: behind sentences, items, titles with their text, tables, code."""
    last = after
    for found in _CUT.finditer(text, after):
        if found.end() > last and _is_whole(text, found.end()):
            last = found.end()
            yield last


def block_start(text: str, at: int) -> int:
    """Return where the paragraph, item or title begins in which a place lies."""
    return max((found.end() for found in _BLOCK.finditer(text, 0, at)), default=0)


def _is_whole(text: str, cut: int) -> bool:
    """Tell whether nothing that was opened before a cut is closed after it."""
    beginning = text[:cut]
    block = beginning[block_start(text, cut) :]
    last_line = beginning.rpartition("\n")[2]
    if _TITLE.fullmatch(_MARKER_OF_ITEM.sub("", last_line).strip()):
        return False
    if sum(line.lstrip().startswith("```") for line in beginning.split("\n")) % 2:
        return False
    if last_line.lstrip().startswith("|") and not re.match(r"[ \t]*\n[ \t]*\n", text[cut:]):
        return False
    words = _MARKER_OF_ITEM.sub("", block).replace("```", "")
    is_paired = words.count("“") == words.count("”") and words.count("[") == words.count("]")
    return is_paired and not any(
        count % 2 for count in (*map(words.count, ('"', "`", "**")), words.replace("**", "").count("*"))
    )

"""Regular expressions that are compiled when they are first used, and alternatives made of word lists.

Together the gate's expressions take 17 ms to compile; a draft needs some of them, an import none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property


class Pattern:
    """A regular expression as `re.compile` takes it."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match anywhere."""
        return self._compiled.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """Return the match at the start."""
        return self._compiled.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Return the match of the whole text."""
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield each match."""
        return self._compiled.finditer(text)

    def findall(self, text: str) -> list[str]:
        """Return the words of each match; for expressions with one group at most."""
        return self._compiled.findall(text)

    def sub(self, into: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """Return the text with each match replaced."""
        return self._compiled.sub(into, text, count=count)

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        """Return what stands between the matches."""
        return self._compiled.split(text, maxsplit=maxsplit)


def any_of(words: Iterable[str]) -> str:
    """Return the alternatives as one group, tried in their order."""
    return f"(?:{'|'.join(words)})"

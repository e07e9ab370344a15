"""Markdown that grows on a terminal: what is new of its rendering is written, and nothing is ever written twice.

Owns what becomes of words that were shown before the whole answer was there. Leaves rendering and writing to functions.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.expressions import expression

_FILLING = expression(r" +(?=\n)")
REPLACED = "What stands above did not pass the check as a whole; this replaces it:"
UNFINISHED = "What stands above is not finished, and was not checked as a whole."


class Unfolding:
    """One text, shown from its beginning on."""

    def __init__(self, draw: Callable[[str], str], write: Callable[[str], None]) -> None:
        """Draw with `draw`, which gives the same lines for the same beginning, and put out with `write`."""
        self._draw = draw
        self._write = write
        self._drawn = ""
        self.text = ""
        """What is shown so far, as Markdown."""

    def grow(self, text: str) -> None:
        """Show what a longer text adds; where it would redraw what stands there, it waits."""
        drawn = self._render(text).rstrip()
        if text.startswith(self.text) and drawn.startswith(self._drawn) and drawn != self._drawn:
            self._write(drawn[len(self._drawn) :])
            self.text, self._drawn = text, drawn

    def finish(self, text: str, *, instead: str = "") -> None:
        """Show the rest of the whole text, or all of it, where it is another; `instead` then stands for it."""
        drawn = self._render(text).rstrip()
        if not text.startswith(self.text):
            self._write(f"\n\n{REPLACED}\n\n{self._render(instead or text).rstrip()}\n")
        elif drawn.startswith(self._drawn):
            self._write(f"{drawn[len(self._drawn) :]}\n")
        else:
            self._write(f"\n\n{self._render(text[len(self.text) :].strip()).strip()}\n")

    def _render(self, text: str) -> str:
        """Return what is drawn, less the spaces that fill lines up: a longer line has fewer of them."""
        return _FILLING.sub("", self._draw(text))

    def break_off(self) -> None:
        """Say that no more comes."""
        if self.text:
            self._write(f"\n\n{UNFINISHED}\n")

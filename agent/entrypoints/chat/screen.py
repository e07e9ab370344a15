"""Shows a reply: drawn and streamed on a terminal, in plain words for a screen reader, as Markdown into a pipe.

On a terminal a reply is shown while a model writes it; to the other two it is given whole.

Owns looks only. Colours are the terminal's own sixteen, so that they fit light and dark; NO_COLOR and pipes get none.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from agent.answer.wording import LABELS
from agent.conversation.state import TurnReply
from agent.conversation.telling import place_on_ladder
from agent.entrypoints.unfolding import Unfolding
from agent.text import printable
from agent.types import LADDER, Approach, SourceVote, Verdict

WIDE = 76
"""Columns from which votes stand beside their rungs."""
WIDTH_AT_MOST = 96
FIXED_SPACE = "\u00a0"
STREAM_SECONDS = 0.6
"""How long a whole answer takes to appear where nothing has to be waited for."""
_PIECE = re.compile(r"\S*\s*")
_EMPHASIS = re.compile(r"(\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`)")


class Screen:
    """A terminal with colours and drawings."""

    def __init__(
        self, file: TextIO | None = None, *, width: int | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._file = file or sys.stdout
        self._console = Console(file=self._file, width=width, highlight=False)
        self._pause = pause

    @property
    def width(self) -> int:
        """Columns that are used."""
        return min(self._console.width, WIDTH_AT_MOST)

    def live(self) -> Live:
        """Return what shows one reply while it is written."""
        return Live(self)

    def reply(self, reply: TurnReply, verdict: Verdict | None, live: Live | None = None) -> None:
        """Show a reply, or what `live` has not shown of it; KeyboardInterrupt stops it where it is."""
        if live is not None and live.words.text:
            live.words.finish(reply.answer)
        else:
            self.ladder(reply, verdict)
            self._stream(Markdown(printable(reply.answer), hyperlinks=False))
        if reply.citations:
            self._print(self._cited(reply))
        for note in reply.notes:
            self.line(note, style="dim")
        self._file.write("\n")

    def ladder(self, reply: TurnReply, verdict: Verdict | None) -> None:
        """Show where the verdict stands, where it is new."""
        if verdict is not None and shows_ladder(reply):
            self._print(self._ladder(reply, verdict))

    def rendered(self, text: str) -> str:
        """Return Markdown as it is drawn here."""
        with self._console.capture() as captured:
            self.markdown(text)
        return captured.get()

    def write(self, text: str) -> None:
        """Write what was drawn."""
        self._file.write(text)
        self._file.flush()

    def line(self, text: str, *, style: str = "") -> None:
        """Show one line of ours."""
        self._print(Text(printable(text), style=style))

    def error(self, text: str) -> None:
        """Show what went wrong."""
        self._print(Text(printable(text), style="red"))

    def markdown(self, text: str) -> None:
        """Show Markdown at once."""
        self._print(Markdown(printable(text), hyperlinks=False))

    def _print(self, what: object) -> None:
        self._console.print(what, width=self.width)

    def _stream(self, what: object) -> None:
        """Write word by word: quickly, but so that the eye can begin at the top."""
        with self._console.capture() as captured:
            self._console.print(what, width=self.width)
        pieces = _PIECE.findall(captured.get())
        delay = STREAM_SECONDS / max(len(pieces), 1)
        owed = 0.0
        for piece in pieces:
            self._file.write(piece)
            owed += delay
            if owed >= 0.01:
                self._file.flush()
                self._pause(owed)
                owed = 0.0
        self._file.flush()

    def _ladder(self, reply: TurnReply, verdict: Verdict) -> Group:
        voters = _voters(verdict.sources)
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        if self.width >= WIDE:
            table.add_column()
        for approach in reversed(LADDER):
            table.add_row(*self._rung(approach, reply, verdict, voters.get(approach, ())))
        parts: list[RenderableType] = [table]
        if self.width < WIDE:
            parts.append(self._votes(voters))
        silent = [vote.source for vote in verdict.sources if vote.recommendation is None]
        if silent:
            parts.append(Text(f"  no view: {', '.join(silent)}", style="dim"))
        after = () if reply.answer.startswith("- ") else (Text(""),)  # a list brings its own empty line
        return Group(Text(""), *parts, *after)

    def _rung(self, approach: Approach, reply: TurnReply, verdict: Verdict, voters: Sequence[str]) -> list[Text]:
        is_here = approach == verdict.recommendation
        was_here = reply.moved and reply.before is not None and approach == reply.before.recommendation
        style = "bold green" if is_here else "dim" if not (voters or was_here) else ""
        mark = "●" if is_here else "○" if was_here else "│"
        label = LABELS[approach] + ("  ◀" if is_here else "  (before)" if was_here else "")
        cells = [Text(str(LADDER.index(approach) + 1), style=style), Text(f"{mark} {label}", style=style)]
        return [*cells, Text(", ".join(voters), style="cyan")] if self.width >= WIDE else cells

    def _votes(self, voters: dict[Approach, list[str]]) -> Text:
        lines = [f"{LABELS[approach]}: {', '.join(names)}" for approach, names in voters.items()]
        return Text("\n" + "\n".join(f"  {line}" for line in lines), style="cyan")

    def _cited(self, reply: TurnReply) -> Text:
        """Name each source once, behind its numbers."""
        numbers: dict[str, str] = {}
        for citation in reply.citations:
            numbers[citation.source] = numbers.get(citation.source, "") + f"[{citation.number}]"
        shown = [f"{marks}{FIXED_SPACE}{source}" for source, marks in numbers.items()]
        last = f"/passage{FIXED_SPACE}{reply.citations[0].number}{FIXED_SPACE}opens{FIXED_SPACE}one"
        return Text("\n" + "  ".join([*shown, last]), style="dim")


class Live:
    """One reply that is shown while it is written: the ladder first, then its words as they come."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.words = Unfolding(screen.rendered, screen.write)

    def __call__(self, reply: TurnReply, verdict: Verdict | None) -> None:
        """Show what a longer beginning adds."""
        if not self.words.text:
            self._screen.ladder(reply, verdict)
        self.words.grow(reply.answer)


class Plain:
    """Lines of words, for screen readers: no drawing, no colour, nothing that moves."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stdout

    def live(self) -> None:
        """Say no reply before it is whole: what is read aloud cannot be replaced."""

    def reply(self, reply: TurnReply, verdict: Verdict | None, live: Live | None = None) -> None:
        """Say a reply, the verdict first where it is new."""
        if verdict is not None and shows_ladder(reply):
            place = place_on_ladder(verdict.recommendation)
            self.line(f"Verdict: {LABELS[verdict.recommendation]}, {place}, {verdict.standing}.")
            for approach, names in _voters(verdict.sources).items():
                self.line(f"Votes for {LABELS[approach]}: {', '.join(names)}.")
        self.markdown(reply.answer)
        if reply.citations:
            count = len(reply.citations)
            self.line(
                f"Sources: {count}. Type /passage 1 to hear the first." if count > 1 else "One source. Type /passage 1."
            )
        for note in reply.notes:
            self.line(f"Note: {note}")
        self.line("")

    def line(self, text: str, *, style: str = "") -> None:
        """Say one line of ours."""
        print(printable(text), file=self._file, flush=True)

    def error(self, text: str) -> None:
        """Say what went wrong."""
        self.line(f"Error: {text}")

    def markdown(self, text: str) -> None:
        """Say Markdown without its marks."""
        self.line(spoken(text))


class Transcript:
    """Markdown as it is, with the turns that were read before the answers: for pipes."""

    def __init__(self, file: TextIO | None = None, *, echoes: bool = True) -> None:
        self._file = file or sys.stdout
        self._echoes = echoes

    def live(self) -> None:
        """Print no reply before it is whole: who reads a pipe expects the answer and nothing else."""

    def reply(self, reply: TurnReply, verdict: Verdict | None, live: Live | None = None) -> None:
        """Print a turn and its answer."""
        if self._echoes:
            self.echo(reply.said)
        self.line(reply.answer)
        if reply.citations:
            self.line("\n" + "\n".join(f"[{c.number}] {c.passage}" for c in reply.citations))
        for note in reply.notes:
            self.line(f"\n({note})")
        self.line("")

    def echo(self, said: str) -> None:
        """Print what was said."""
        self.line("\n".join(f"> {line}" for line in said.splitlines()) + "\n")

    def line(self, text: str, *, style: str = "") -> None:
        """Print one line of ours."""
        print(printable(text), file=self._file, flush=True)

    def error(self, text: str) -> None:
        """Print what went wrong."""
        self.line(f"error: {text}\n")

    def markdown(self, text: str) -> None:
        """Print Markdown as it is."""
        self.line(text)


View = Screen | Plain | Transcript


def shows_ladder(reply: TurnReply) -> bool:
    """Tell whether the verdict is new, so that it is shown whole."""
    return reply.after is not None and (reply.before is None or reply.moved)


def spoken(markdown: str) -> str:
    """Return Markdown without the marks that a screen reader would read out; [1] becomes (source 1)."""
    text = _EMPHASIS.sub("", markdown)
    text = re.sub(r"((?:\[\d+\])+)", lambda m: " (source " + " and ".join(re.findall(r"\d+", m[0])) + ")", text)
    return re.sub(r" {2,}", " ", text.replace("\\", ""))


def _voters(votes: Sequence[SourceVote]) -> dict[Approach, list[str]]:
    found: dict[Approach, list[str]] = {}
    for vote in votes:
        if vote.recommendation is not None:
            found.setdefault(vote.recommendation, []).append(vote.source)
    return found

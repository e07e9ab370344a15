"""The loop: read an entry, take the turn, show the reply; Ctrl-C stops an answer, Ctrl-D leaves.

Owns the commands that need a terminal or a file (`/help`, `/quit`, `/again`, `/export`, `/model`, `/memo`); all others
are the conversation's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agent.answer.wording import LABELS
from agent.conversation.commands import meant
from agent.conversation.conversation import Conversation
from agent.conversation.state import TurnReply, decode_reply
from agent.conversation.transcript import to_markdown
from agent.entrypoints.casefile import write_case
from agent.entrypoints.chat.prompting import ALL_HELP
from agent.entrypoints.chat.screen import Live, View
from agent.entrypoints.terminal import write_output
from agent.errors import RungError, UsageError
from agent.store.sessions import SessionStore

if TYPE_CHECKING:
    from agent.advisor import Advisor

WriteMemo = Callable[[Conversation, str], str]
"""Writes the memo of a conversation's case to a file and says where."""
Switch = Callable[[bool], "Advisor"]
"""Opens the advisor with (True) or without the language model; SettingsError where there is none."""
WELCOME = "Tell me about your use case, or ask. /help lists the commands; Ctrl-D leaves, and the conversation is kept."


class Chat:
    """One conversation over one view."""

    def __init__(
        self, conversation: Conversation, view: View, store: SessionStore, switch: Switch, memo: WriteMemo
    ) -> None:
        self.conversation = conversation
        self.view = view
        self._store = store
        self._switch = switch
        self._write_memo = memo
        self._last: TurnReply | None = None
        self.failures = 0

    @property
    def status(self) -> str:
        """The line below the prompt: where the verdict stands."""
        verdict = self.conversation.verdict
        count = len(self.conversation.state.facts)
        known = f"{count} fact{'' if count == 1 else 's'}"
        stand = f"{LABELS[verdict.recommendation]} · {verdict.standing} · {known}" if verdict else "no case yet"
        return f" {stand} · {self.conversation.session} · /help"

    def greet(self) -> None:
        """Say how to begin, or where a conversation stands that is taken up again."""
        if self.conversation.turns == 0:
            self.view.line(WELCOME, style="dim")
            return
        count = self.conversation.turns
        turns = f"{count} turn{'' if count == 1 else 's'}"
        self.view.line(f"Conversation {self.conversation.session}, {turns} so far.", style="dim")
        rows = self._store.turns(self.conversation.session)
        self._last = decode_reply(rows[-1].reply)
        self.view.line(f"You said last: {' '.join(self._last.said.split())[:200]}", style="dim")
        self._show(msgspec.structs.replace(self._last, before=None))

    def run(self, entries: Iterable[str]) -> None:
        """Take every entry as a turn until there is none or one says to leave."""
        for entry in entries:
            if entry.strip() and not self.take(entry):
                break

    def take(self, entry: str) -> bool:
        """Take one entry; False where it says to leave."""
        entry = meant(entry, (*ALL_HELP, "/exit"))
        name, _, rest = entry.strip().partition(" ")
        if name in ("/quit", "/exit", "/q"):
            return False
        own = {
            "/help": self._help,
            "/again": self._again,
            "/export": self._export,
            "/model": self._model,
            "/memo": self._memo,
        }
        try:
            if name in own:
                own[name](rest.strip())
            else:
                self._turn(entry)
        except RungError as error:
            self.failures += 1
            self.view.error(str(error))
        except KeyboardInterrupt:
            self.view.line("\n(stopped)", style="dim")
        return True

    def _turn(self, entry: str) -> None:
        live = self.view.live()
        try:
            self._last = self.conversation.take(entry, watch=live)
        except RungError:
            if live is not None:
                live.words.break_off()
            raise
        self._show(self._last, live)

    def _show(self, reply: TurnReply, live: Live | None = None) -> None:
        self.view.reply(reply, self.conversation.verdict, live)

    def _help(self, _: str) -> None:
        self.view.markdown("\n".join(f"- `{name}` {meaning}" for name, meaning in ALL_HELP.items()))

    def _again(self, _: str) -> None:
        if self._last is None:
            raise UsageError("there is no answer yet", hint="tell me about your case first")
        self._show(self._last)

    def _export(self, rest: str) -> None:
        path = Path(rest or f"rung-{self.conversation.session}.md").expanduser()
        if path.exists():
            raise UsageError(f"{path} is there already", hint="name another file: /export talk.md")
        if self.conversation.turns == 0:
            raise UsageError("there is nothing to export yet", hint="tell me about your case first")
        write_output(path, self._document(path.suffix.lower()).encode())
        self.view.line(f"Written to {path}.")

    def _document(self, suffix: str) -> str:
        session = self.conversation.session
        if suffix in (".yaml", ".yml"):
            return write_case(self.conversation.state.use_case, self.conversation.advisor.book.catalogue) + "\n"
        replies = self.conversation.record.replies()
        if suffix == ".json":
            return msgspec.json.format(msgspec.json.encode(replies), indent=2).decode() + "\n"
        return to_markdown(self._store.find(session), replies)

    def _model(self, rest: str) -> None:
        if rest not in ("on", "off"):
            raise UsageError("say on or off", hint="for example: /model off")
        self.conversation.use(self._switch(rest == "on"))
        self.view.line(f"The language model is {rest}.")

    def _memo(self, rest: str) -> None:
        self.view.line(self._write_memo(self.conversation, rest))


def typed(read: Callable[[], str], view: View) -> Iterator[str]:
    """Yield what a person types until Ctrl-D; Ctrl-C on a line only clears it."""
    while True:
        try:
            yield read()
        except KeyboardInterrupt:
            view.line("(Ctrl-D or /quit leaves)", style="dim")
        except EOFError:
            return


def scripted(lines: Iterable[str]) -> Iterator[str]:
    """Yield the turns of a script, one a line; a backslash at the end carries on, # at the beginning is a remark."""
    held: list[str] = []
    for raw in lines:
        line = raw.rstrip("\r\n")
        if not held and line.lstrip().startswith("#"):
            continue
        if line.endswith("\\"):
            held.append(line[:-1])
            continue
        yield "\n".join([*held, line])
        held = []
    if held:
        yield "\n".join(held)

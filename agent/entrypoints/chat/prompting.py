"""The line a person types on: history, completion of commands, facts and approaches, paste of many lines.

Owns keys. Knows no conversation beyond the names it completes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from agent.conversation.commands import HELP
from agent.types import LADDER, FactSpec

OWN_HELP: dict[str, str] = {
    "/again": "show the last answer once more",
    "/export": "write the conversation to a file: `/export talk.md`, `.json`, or `case.yaml` for `rung check`",
    "/memo": "write the decision memo: `/memo memo.pdf`",
    "/model": "answer with or without the language model: `/model on`, `/model off`",
    "/help": "this list",
    "/quit": "leave; the conversation is kept (Ctrl-D does the same)",
}
"""The commands of the terminal, beside those of every conversation."""
ALL_HELP = {**HELP, **OWN_HELP}


def completions(text: str, catalogue: Mapping[str, FactSpec]) -> Iterable[tuple[str, int, str]]:
    """Yield what may follow: the word, how far back it begins (negative), and what it means."""
    if not text.startswith("/"):
        return
    name, space, rest = text.partition(" ")
    if not space:
        yield from ((command, -len(text), meaning) for command, meaning in ALL_HELP.items() if command.startswith(text))
        return
    word = rest.rsplit(" ", 1)[-1]
    yield from (
        (choice, -len(word), meaning) for choice, meaning in _choices(name, word, catalogue) if choice.startswith(word)
    )


def _choices(name: str, word: str, catalogue: Mapping[str, FactSpec]) -> Iterable[tuple[str, str]]:
    if name == "/why-not":
        return [(approach, "") for approach in LADDER]
    if name == "/model":
        return [("on", ""), ("off", "")]
    if name not in ("/facts", "/what-if"):
        return []
    fact, equals, _ = word.partition("=")
    spec = catalogue.get(fact)
    if not equals:
        return [(f"{fact_name}=", one_line(found.means)) for fact_name, found in catalogue.items()]
    values = () if spec is None else ("true", "false") if spec.type == "bool" else spec.options
    return [(f"{fact}={value}", "") for value in values]


def one_line(text: str) -> str:
    """Return a text on one line, short enough to stand beside a completion."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:59]}…"


class Line:
    """Reads one entry after another from a terminal."""

    def __init__(self, history: Path | None, catalogue: Mapping[str, FactSpec], status: Callable[[], str]) -> None:
        """Open the editor; `history` is a file that only its owner may read, None keeps none."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory, InMemoryHistory

        self._session: Any = PromptSession(
            history=FileHistory(str(history)) if history and _is_private(history) else InMemoryHistory(),
            completer=_completer(catalogue),
            complete_while_typing=False,
            bottom_toolbar=lambda: status(),
            key_bindings=_keys(),
            enable_history_search=True,
            mouse_support=False,
        )

    def read(self) -> str:
        """Return one entry; raises EOFError on Ctrl-D and KeyboardInterrupt on Ctrl-C."""
        return str(self._session.prompt([("bold", "you> ")], prompt_continuation="...  "))


def _completer(catalogue: Mapping[str, FactSpec]) -> Any:
    from prompt_toolkit.completion import Completer, Completion

    class Words(Completer):  # type: ignore[misc]
        def get_completions(self, document: Any, _: Any) -> Iterable[Any]:
            for word, start, meaning in completions(document.text_before_cursor, catalogue):
                yield Completion(word, start_position=start, display_meta=meaning)

    return Words()


def _keys() -> Any:
    """Alt-Enter begins a new line, Enter sends."""
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    keys.add("escape", "enter")(lambda event: event.current_buffer.insert_text("\n"))
    return keys


def _is_private(history: Path) -> bool:
    """Make the history file readable by its owner alone; without one where that cannot be done."""
    try:
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)
        history.chmod(0o600)
    except OSError:
        return False
    return True

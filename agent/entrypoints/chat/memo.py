"""Writes the decision memo of a conversation's case to a file; its form follows from the file's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent.conversation.conversation import Conversation
from agent.entrypoints.terminal import write_output
from agent.errors import UsageError
from agent.memo.model import FORMATS, REVIEW_DAYS, About

if TYPE_CHECKING:
    from agent.memo.writer import MemoWriter


def write(conversation: Conversation, target: str, *, today: date, open_writer: Callable[[], MemoWriter]) -> str:
    """Write the memo and say where it is; UsageError where there is no case, or the file is there already."""
    verdict = conversation.verdict
    if verdict is None:
        raise UsageError("there is no case to write a memo about", hint="tell me about yours first")
    path = Path(target or f"rung-{conversation.session}-memo.md").expanduser()
    form = path.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise UsageError(f"{path.name} has no form that I know", hint=f"end the name in {', '.join(FORMATS)}")
    if path.exists():
        raise UsageError(f"{path} is there already", hint="name another file: /memo memo.md")
    description = next((reply.said for reply in conversation.record.replies() if reply.kind == "advice"), "")
    about = About(dated=today, review_by=today + timedelta(days=REVIEW_DAYS), description=description)
    written = open_writer().write(conversation.state.use_case, about, formats=(form,), verdict=verdict)
    write_output(path, written.files[form])
    return " ".join([f"Written to {path}.", *written.warnings])

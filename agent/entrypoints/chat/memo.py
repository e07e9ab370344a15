"""`/memo`: the conversation's case as a decision memo, in a file whose name says the form."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from agent.bootstrap import open_library, open_memo_writer
from agent.conversation.conversation import Conversation
from agent.entrypoints.terminal import notify
from agent.errors import UsageError
from agent.settings import load_settings


def write(conversation: Conversation, target: str) -> str:
    """Write the memo and say where it is; UsageError where there is no case, or the file is there already."""
    # Here, so that a chat without a memo starts without it.
    from agent.memo.model import FORMATS, REVIEW_DAYS, About

    if conversation.verdict is None:
        raise UsageError("there is no case to write a memo about", hint="tell me about yours first")
    path = Path(target or f"rung-memo-{conversation.session}.md").expanduser()
    form = next((form for form in FORMATS if path.suffix.lower() == f".{form}"), None)
    if form is None:
        raise UsageError(f"{path.name} names no form of memo", hint="end it in .md, .html, .pdf or .docx")
    if path.exists():
        raise UsageError(f"{path} is there already", hint="name another file: /memo decision.pdf")
    today = date.today()
    said = [reply.said for reply in conversation.record.replies() if reply.kind != "command"]
    about = About(today, today + timedelta(days=REVIEW_DAYS), description="\n\n".join(said))
    writer = open_memo_writer(conversation.advisor.book, open_library(load_settings(), notify=notify))
    written = writer.write(conversation.state.use_case, about, formats=(form,), verdict=conversation.verdict)
    path.write_bytes(written.files[form])
    return " ".join((f"Written to {path}.", *written.warnings))

"""Hands a conversation's case to the memo writer, where it is installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from agent.conversation.conversation import Conversation
from agent.errors import UsageError


def write(conversation: Conversation, target: str) -> str:
    """Write the memo and say where it is; UsageError where there is no case or no memo writer."""
    if conversation.verdict is None:
        raise UsageError("there is no case to write a memo about", hint="tell me about yours first")
    found = find_spec("agent.memo")
    writer = getattr(import_module("agent.memo"), "write_memo", None) if found else None
    if writer is None:
        raise UsageError("the memo writer is not installed", hint="`/export` writes the conversation itself")
    return str(writer(conversation, target))

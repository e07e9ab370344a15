"""Sets data apart from instructions in a prompt: what stands inside a fence is somebody's words, never an order."""

from __future__ import annotations

import hashlib

from agent.text import printable


def fence(kind: str, text: str) -> str:
    """Return the text between two lines that name its kind and carry a mark which the text cannot contain.

    The mark is a hash of the text, so the same data gives the same prompt and nobody can close the fence from inside.
    """
    body = printable(text).strip()
    mark = hashlib.sha256(f"{kind}\n{body}".encode()).hexdigest()[:12]
    return f"<<<{kind} {mark}>>>\n{body}\n<<<end of {kind} {mark}>>>"

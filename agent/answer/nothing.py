"""What is said when the sources do not answer: that, and what they do cover. No guess, no citation."""

from __future__ import annotations

from collections.abc import Sequence

OPENING = "The sources do not answer this, so I would be guessing."
INVITATION = "Ask about prompting, retrieval, structured output, fine-tuning or distillation, or describe a use case."


def compose(nearest: Sequence[str]) -> str:
    """Return the refusal in Markdown, with the nearest topics that are covered."""
    if not nearest:
        return f"{OPENING} {INVITATION}"
    return "\n".join((f"{OPENING} The nearest topics they cover:", "", *(f"- {topic}" for topic in nearest)))

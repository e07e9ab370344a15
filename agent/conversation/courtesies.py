# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Knows turns that are only polite: a greeting, thanks, a nod. They state nothing, ask nothing and argue nothing."""

from __future__ import annotations

import re
from typing import Literal

Courtesy = Literal["greeting", "thanks", "nod"]

_FORMS: tuple[tuple[Courtesy, re.Pattern[str]], ...] = (
    ("greeting", re.compile(
        r"\W*(?:(?:hi|hello|hey|moin|good (?:morning|afternoon|evening|day))(?: there| all| rung)?|(?:who|what) are you|what (?:can|do) you do"
        r"|(?:(?:i|we) (?:need|want|would like|could use)|(?:can|could) you|please) (?:some |your )?(?:advice|help|guidance|advise)(?: me| us)?(?: please)?|help me"
        r"|(?:i|we) have an? (?:question|use case|project))\W*",
        re.IGNORECASE,
    )),
    ("thanks", re.compile(
        r"\W*(?:(?:ok|okay|great|cool|perfect|good),? )?(?:(?:thanks|thank you|thx|cheers)(?: a lot| so much| very much|,? (?:that )?(?:was |is )?(?:helps|helpful|great)|,? (?:and )?(?:good)?bye)?|(?:good)?bye)\W*",
        re.IGNORECASE,
    )),
    # "right" and "fine" are none of these: they may answer a question.
    ("nod", re.compile(
        r"\W*(?:(?:ok|okay|k|alright|all right|got it|i see|(?:that )?makes sense|understood|fair enough|good(?: to know)?|interesting|noted|sounds good|great|cool|nice|perfect|hm+|ah+|oh)\b\W*)+",
        re.IGNORECASE,
    )),
)  # fmt: skip


def meant_by(text: str) -> Courtesy | None:
    """Return which courtesy a text is; None where it says anything else."""
    return next((courtesy for courtesy, form in _FORMS if form.fullmatch(text)), None)

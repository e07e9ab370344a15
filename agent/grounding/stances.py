"""Whether a sentence speaks for or against an approach."""

from __future__ import annotations

import re
from functools import lru_cache

from agent.naming import NAMES
from agent.types import Approach

_AGAINST = r"avoid\w*|never|not|n['’]t|rather than|instead of|without|against|wrong|cannot|no need|skip\w*|stop"
_AGAINST_AFTER = r"\bnever\b|\bnot\b|n['’]t\b|\bcannot\b|\bwrong\b"
_FOR = (
    r"use|uses|using|try|start with|begin with|choose|prefer|recommend\w*|pick|adopt\w*|consider|combine|reserve|"
    r"is (?:the )?(?:right|best|legitimate|valid|worth\w*)|(?:wins|excels|pays off|earns its \w+)"
)
_SPEAKS_FOR = r"(?:reasons?|case|points?|arguments?|occasions?) (?:for|in favour of)|speaks? for|calls? for"
"""What speaks for the approach that follows, and never for one that goes before."""
_AGAINST_FOR = r"(?:not|no|n['’]t|never|hardly)(?:\s+[\w-]+){0,5}\s+for"


def _against(name: str) -> tuple[str, ...]:
    """Return the expressions that speak against whatever goes by a name."""
    return (
        rf"(?:{_AGAINST})(?:\s+[\w-]+){{0,3}}\s+{name}",
        rf"{_AGAINST_FOR}\s+{name}",
        rf"{name}(?:\s+[\w-]+){{0,2}}\s*(?:{_AGAINST_AFTER})",
    )


@lru_cache(maxsize=4096)
def stances(text: str, approach: Approach) -> frozenset[str]:
    """Return whether a sentence speaks for or against an approach, by the words around its name in the same clause."""
    pattern = rf"(?<!\w)(?:{NAMES[approach]})"
    found: set[str] = set()
    for clause in re.split(r"[;:,.]|\b(?:but|while|whereas|although|though)\b", text):
        if any(re.search(against, clause, re.IGNORECASE) for against in _against(pattern)):
            found.add("against")
        elif re.search(
            rf"\b(?:{_FOR}|{_SPEAKS_FOR})\b(?:\s+[\w-]+){{0,4}}\s+{pattern}", clause, re.IGNORECASE
        ) or re.search(rf"{pattern}(?:\s+[\w-]+){{0,2}}\s+(?:{_FOR})\b", clause, re.IGNORECASE):
            found.add("for")
    return frozenset(found)

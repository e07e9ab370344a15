# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Questions that yes or no answers, and what they ask the truth of; whether it is so, the premises say."""

from __future__ import annotations

import re

from agent.expressions import expression

ASKED_AT_MOST = 18
"""Words of such a question; a longer one sets conditions."""

_WHETHER = expression(
    r"^\W*(?:(?:and|but|so|then|also|ok|okay|hi|hello|hey|well|now)\W+)*(?:is it (?:true|right|correct|so) that\s+"
    r"|(?:does|do|did|is|are|was|were|can|could|will|would|has|have|must)\s+)(?P<rest>[^?;:.!]+)\?*\W*$",
    re.IGNORECASE,
)
_CLAIMED = expression(
    r"^\W*(?:[\w'-]+ ){1,5}?(?:says?|said|read|reads|hear|heard|hears|claims?|claimed|thinks?|believes?|insists?|wrote|writes|argues?"
    r"|(?:told|tells|tell) (?:me|us)) (?:that )?(?P<rest>[^?;:.!]+)[.,!]\s*(?:(?:but|and|so) )?(?:(?:is|was|are) (?:that|this|it|he|she|they) )?"
    r"(?:really |actually |even )?(?:true|right|correct|so|accurate)\W*$",
    re.IGNORECASE,
)
"""Tells what somebody else holds, and asks whether it is so: "our PM read that RAG is slow. Is that so?"."""
_ASKS_MORE = expression(
    r"\b(?:or|if|when|unless|once|while|whether|how|which|what|why|after|before|until|than others|you|same|still|ever"
    r"|sometimes|partly|partially|part of|some|always|only|just|usually|often|mostly|typically|every|all|even|enough"
    r"|worth|better|less|fewer|lower|keeps?|remains?|stays?|any|point)\b",
    re.IGNORECASE,
)
"""What yes or no alone does not answer: choices, conditions, degrees."""


def asked_whether(question: str) -> str:
    """Return what a short question asks the truth of, "RAG add latency" for "Does RAG add latency?"; else nothing."""
    asked = _WHETHER.match(_plain(question)) or _CLAIMED.match(_plain(question))
    rest = asked["rest"].strip() if asked else ""
    return rest if 2 <= len(rest.split()) <= ASKED_AT_MOST and not _ASKS_MORE.search(rest) else ""


def asks_of_a_claim(text: str) -> bool:
    """Say whether a text only asks if what somebody else holds is so."""
    return bool(_CLAIMED.match(_plain(text)))


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").split())

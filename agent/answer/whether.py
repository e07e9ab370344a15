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
_ASKS_MORE = expression(
    r"\b(?:or|if|when|unless|once|while|whether|how|which|what|why|after|before|until|than others|you|same|still|ever"
    r"|sometimes|partly|partially|part of|some|always|only|just|usually|often|mostly|typically|every|all|even|enough"
    r"|worth|better|less|fewer|lower|keeps?|remains?|stays?|any|point)\b",
    re.IGNORECASE,
)
"""What yes or no alone does not answer: choices, conditions, degrees."""


def asked_whether(question: str) -> str:
    """Return what a short question asks the truth of, "RAG add latency" for "Does RAG add latency?"; else nothing."""
    asked = _WHETHER.match(" ".join(question.replace("’", "'").split()))
    rest = asked["rest"].strip() if asked else ""
    return rest if 2 <= len(rest.split()) <= ASKED_AT_MOST and not _ASKS_MORE.search(rest) else ""

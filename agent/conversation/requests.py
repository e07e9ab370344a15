# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Knows what asks for something of the talk itself, be it as an order, in half a sentence or with a long lead.

"plan pls", "talk me out of it", "which single fact would send us to training", "where did I say that?". Owns their wording;
leaves plain questions to `asking`, and answers none.
"""

from __future__ import annotations

from typing import Literal

from agent.expressions import expression

About = Literal[
    "asked",
    "meaning",
    "summary",
    "why",
    "why_not",
    "flips",
    "enough",
    "sources",
    "backers",
    "facts",
    "plan",
    "verdict",
    "standing",
    "settled",
    "cost",
    "compared",
    "subject",
]

_LEAD = (
    r"^\W*(?:(?:and|but|so|ok|okay|well|hm+|fine|right|sorry|please|pls|now|then|yes|no|useless|good|great|thanks"
    r"|differently|just|anyway|look|honestly)\b\W*)*"
)
_GIVE = (
    r"(?:(?:(?:can|could|would|will) (?:you|u|i|we) )?(?:please |pls |just )?"
    r"(?:(?:give|show|tell|send|write|get|list|name|print|have|see)(?: me| us)? |gimme |i(?:'d| would) like |i (?:want|need) |let(?:'s| me) (?:see|have) ))?"
)
_END = r"(?:[\s,]+(?:please|pls|plz|again|now|then|instead|first|short|quickly|for (?:me|us|now|my \w+)|so far|(?:in )?(?:small|simple|plain|easy) words))*\W*$"
_SOURCES = r"(?:sources?|articles?|experts?|authors?)"
_WORDED: tuple[tuple[About, str], ...] = (
    ("plan", rf"{_LEAD}{_GIVE}(?:(?:the|an?|my|our|your|whole|full|short|quick|rough|next|first|concrete) )*(?:plan|plan of action|steps?|to-?do(?: list)?|action (?:items|plan)|roadmap){_END}"),
    ("plan", rf"{_LEAD}(?:what|where) (?:do|should|must|can|shall|could) (?:i|we|my \w+|our \w+|the team) (?:actually |really )?(?:do|start|begin|tackle|try)\b(?: (?:on|this|next|monday|tomorrow|week|morning)\b)*{_END}"),
    ("plan", r"\bwhat\b[^?]{0,40}\b(?:one|single|first) thing\b|\b(?:one|single) thing\b[^?]{0,40}\bwhat\b"),
    ("plan", r"\b(?:anything|something|a step|what(?:'s| is)) (?:cheaper|simpler|easier|lower)\b[^?]{0,40}\b(?:try|before|first|instead|start)\b"),
    ("flips", rf"{_LEAD}which (?:\w+ ){{0,2}}(?:facts?|answers?|things?|numbers?|changes?|conditions?) (?:would|could|might|can|will|must|has to|have to)\b"),
    ("flips", r"\bwhat (?:would|could|might|can) (?:\w+ ){0,2}(?:make|get|send|move|push|lead|bring|turn|convince|persuade|sway) (?:you|u|us|me|this|it|that)\b"),
    ("flips", rf"{_LEAD}(?:talk me out of|convince me (?:otherwise|of the opposite)|persuade me (?:otherwise|of the opposite)|argue (?:against|the other side|for the other side)|play (?:the )?devil's advocate|prove yourself wrong|make the case (?:against|for))\b"),
    ("facts", rf"{_LEAD}{_GIVE}(?:a |the )?(?:list of |all )?(?:what|everything) (?:i|we|you|u)(?:'ve| have)? (?:already |just )?(?:told|said|stated|know|knew|understood|noted|got|read|heard)\b(?: (?:you|me|us|of (?:me|us)|about (?:me|us)|from (?:me|us)))*{_END}"),
    ("facts", r"\bwhich of (?:my|our|the|these|those) (?:\w+ )?(?:statements?|facts?|sentences?|words|answers?|messages?|points?)\b"),
    ("facts", rf"{_LEAD}read (?:it|that|this|my \w+|what i (?:wrote|said))(?: all)? (?:again|once more|properly|carefully){_END}"),
    ("facts", rf"{_LEAD}(?:do|did|can) (?:you|u) (?:even |actually |really )*(?:read|listen|hear)\b|{_LEAD}(?:is any(?:one|body)|are (?:you|u)) (?:even |actually |really )*(?:reading|listening)\b"),
    ("facts", r"\bwhere (?:did|do|have) (?:you|u) (?:get|got|have|take|read|find)\b|\bwhere (?:did|have) (?:i|we) (?:ever )?(?:say|said|write|written|mention|tell|told)|\bwhere(?:'s| is) (?:that|this|it|['\"“][^?]{1,60}) from\b"),
    ("facts", r"\bwho told (?:you|u)\b|\bwhen did (?:i|we) (?:ever )?(?:say|write|mention|tell)\b|\bwhat makes (?:you|u) think (?:that )?(?:we|i|our|there)\b|\bhow do (?:you|u) know (?:that )?(?:we|i|our)\b"),
    ("summary", rf"{_LEAD}(?:(?:can|could|would|will) (?:you|u) )?(?:please |pls )?(?:sum|summari[sz]e|recap)(?: (?:up|it|that|this|everything|all|things|(?:the|my|our) case|what (?:i|we|you)(?:'ve| have)? (?:told|said|got|have|know)|you|me|so far|in (?:a few|two|three|\d) (?:lines|sentences|words)))*{_END}"),
    ("backers", rf"\b(?:which|who|what|how many)(?: one)?(?: of)?(?: (?:the|your|ur|these|those))?(?: five)? {_SOURCES}\b[^?]{{0,20}}\b(?:says?|said|backs?|supports?|recommends?|leads?|thinks?|believes?|argues?|sides?)\b"),
    ("backers", r"\bwho (?:exactly |else |actually )?(?:backs|supports|sides with|recommends)\b|\bhe has no source\b|\b(?:does|do) (?:any|one|some)(?: of)?(?: (?:the|your|ur|these|those))? (?:sources?|articles?|experts?|authors?) (?:\w+ )?(?:back|support|agree|side|say|recommend)\b"),
    ("why_not", r"\b(?:name|which|what|give|show|quote|list)\b[^?]{0,30}\b(?:rules?|reasons?|facts?|things?|passages?) (?:that |which )?(?:blocks?|stops?|prevents?|forbids?|rules? out|speaks? against|excludes?|vetoes|keeps? (?:us|me|you) from)\b"),
    ("settled", r"\bmore answers (?:can(?:not|'t)|can not)\b|\bno (?:single|open|further) (?:\w+ ){0,2}answer\b|\bnothing more to ask\b"),
)  # fmt: skip
_FORMS = tuple((about, expression(pattern)) for about, pattern in _WORDED)
_BRIEF = expression(
    r"(?:[\s,;:-]*\b(?:in|as|with|make it|only|just))? ?\b(?:one|a single|two|three|a couple of|a few|1|2|3)(?: or (?:two|three))?(?: short| plain| simple)? (?:sentences?|lines?|bullets?|bullet points)\b,?"
    r"|\bin (?:one|a|two) words?\b,?|(?:[\s,]+|^)(?:short|briefly|in short|in a nutshell|keep it short)\b(?: pls| please)?(?=\W*$)"
)
_REMAINS = expression(r"^\W*(?:(?:say|tell me|give me|put|write|and|but|so|ok|it|that|this|all|please|pls|now|then|can you|could you|again)\b\W*)*$")  # fmt: skip


def requested(flat: str) -> About | None:
    """Return what a text in small letters asks for of the talk; None where it is no such request."""
    rest, is_brief = without_brevity(flat)
    if is_brief and _REMAINS.match(rest):
        return "verdict"
    return next((about for about, pattern in _FORMS if pattern.search(rest)), None)


def without_brevity(flat: str) -> tuple[str, bool]:
    """Return a text less the wish that the answer be short, and whether it held one."""
    whole = " ".join(flat.split())
    rest = _BRIEF.sub(" ", whole)
    return " ".join(rest.split()), rest != whole

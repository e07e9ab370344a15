"""What is told where a question asks for the sources themselves: their cards, which stand in no passage.

Owns which questions ask that, and the telling. Authors' lives stand on no card: who asks for these is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.answer.wording import escape
from agent.corpus.cards import card_of
from agent.expressions import expression
from agent.types import Draft, Source

WORDS_AT_MOST = 16
"""A longer question asks for more than the cards tell."""
_LEAD = r"^\W*(?:(?:ok|okay|so|and|but|well|hm+|wait|sorry|please)\b\W*)*"
_SOURCES = (
    r"(?:(?:the|these|those|your|its|all|five|this|that|of|main|own)\s+)*"
    r"(?:articles?|sources?|authors?|experts?|pieces|texts|advice|guidance|publishers?|references)"
)
_THEY = rf"(?:any of )?(?:{_SOURCES}|they|them)"
_ADVICE = r"(?:this|that|it|all (?:this|that)|(?:your|these|the) (?:advice|answers?|knowledge|verdict))"
_QUALITY = (
    r"(?:independent|neutral|impartial|reliable|trustworthy|biased|old|new|dated|outdated|recent|current|up to date)"
)
_FORMS = (
    rf"who are {_SOURCES}(?:,? and .{{0,60}})?",
    rf"(?:is|are) (?:any|one|some|all) of (?:them|{_SOURCES}) (?:\w+ ){{0,4}}(?:sell\w*|vendors?|paid)\b.{{0,30}}",
    rf"who (?:wrote|writes|published|publishes|is behind|made) (?:{_SOURCES}|this|that|it|these|them)",
    rf"(?:which|what|whose|how many) {_SOURCES} (?:do|did|are|is|have) (?:you|they|these|those|it)\b[^?]{{0,30}}",
    rf"(?:what are|list|name|show me|tell me about) {_SOURCES}",
    rf"when (?:were|was|are|did) {_SOURCES} (?:\w+ )?(?:written|published|from|dated|appear|come out)",
    rf"(?:how|are|is) {_QUALITY} (?:are|is) {_SOURCES}",
    rf"(?:are|is|aren't|isn't) {_SOURCES} (?:\w+ )?(?:{_QUALITY}|(?:from |by )?vendors?|paid for|sponsored|marketing)",
    rf"(?:are|is|do|does|what do|what does) {_THEY} (?:all )?sell(?:ing)?(?: (?:something|anything|us|me))*",
    rf"(?:do|does) (?:any of )?{_SOURCES} have (?:an agenda|anything to sell|something to sell|a conflict of interest)",
    rf"(?:can|should|why should) (?:i|we|one) (?:trust|believe|rely on) {_SOURCES}",
    rf"(?:what|where) (?:is|does|do) {_ADVICE} (?:come from|based on|rest on)",
)
_ASKS = expression(rf"{_LEAD}(?:{'|'.join(_FORMS)})\W*$")
"""Matched against lower case."""


def asks_of_cards(question: str) -> bool:
    """Tell whether a question asks which sources there are, who published them, when, and what they sell."""
    return len(question.split()) <= WORDS_AT_MOST and _ASKS.search(question.lower().replace("’", "'")) is not None


def compose(sources: Mapping[str, Source]) -> Draft:
    """Return the cards as Markdown, one a line; nothing in it comes from a passage, so nothing is cited."""
    lines = [f"- {told_of(source)}" for source in sources.values()]
    return Draft("**What the sources are**\n\n" + "\n".join(lines), ())


def told_of(source: Source) -> str:
    """Return one card as a line of Markdown."""
    return f"*{escape(source.title)}*: {escape(card_of(source))}."

# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""What is told where a question asks for the sources themselves: their cards, which stand in no passage.

Owns which questions ask that, and the telling. Authors' lives stand on no card: who asks for these is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from agent.answer.wording import escape
from agent.corpus.cards import card_of, publisher_of
from agent.expressions import expression
from agent.text import is_called
from agent.types import Draft, Source

WORDS_AT_MOST = 16
"""A longer question asks for more than the cards tell."""
_LEAD = r"^\W*(?:(?:ok|okay|so|and|but|well|hm+|wait|sorry|please)\b\W*)*"
_SOURCES = (
    r"(?:(?:the|these|those|your|its|all|five|this|that|of|main|own)\s+)*"
    r"(?:articles?|sources?|authors?|experts?|pieces?|texts?|posts?|advice|guidance|publishers?|references)"
    r"(?: (?:on|about|by|from|of|called|titled|named) the source)?"
)
_THEY = rf"(?:any of )?(?:{_SOURCES}|they|them)"
_ADVICE = r"(?:this|that|it|all (?:this|that)|(?:your|these|the) (?:advice|answers?|knowledge|verdict))"
_ONE = r"(?:(?:the|this|that|your) )?(?:source|article|piece|text|post)(?:(?: \w+)? (?:on|about|by|from|of|called|titled|named) the source)?(?:'s)?"
"""One source, whose name the question's words have given way to."""
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
    rf"(?:who|what) (?:is|are|was|were) (?:the |its )?(?:publishers?|authors?|writers?|vendors?|dates?|titles?|publication date) (?:of|behind) {_SOURCES}",
    rf"(?:which|what) (?:publisher|author|compan(?:y|ies)|vendors?|firms?|people) (?:wrote|published|made|(?:is|are) behind) {_SOURCES}",
    rf"(?:who|what|how old|from when|who is behind) (?:is|are) {_ONE}",
    rf"who (?:wrote|published|made|is behind) {_ONE}",
    rf"when (?:was|is|did) {_ONE} (?:\w+ )?(?:written|published|from|dated|appear|come out)",
    rf"(?:is|are) {_ONE} (?:an? )?(?:\w+ )?(?:{_QUALITY}|vendors?|sponsored|marketing|publisher|compan(?:y|ies))",
    rf"(?:what )?does {_ONE} sell(?: (?:something|anything|us|me))*",
    rf"does {_ONE} have (?:an agenda|anything to sell|something to sell|a conflict of interest|an author|a date|a publisher)",
    rf"can (?:i|we|one) (?:trust|believe|rely on) {_ONE}",
)
_ASKS = expression(rf"{_LEAD}(?:{'|'.join(_FORMS)})\W*$")
"""Matched against lower case."""


def asks_of_cards(question: str, names: Collection[str] = ()) -> bool:
    """Tell whether a question asks which sources there are, who published them, when, and what they sell.

    `names`, in small letters, are what the sources are called by.
    """
    return len(question.split()) <= WORDS_AT_MOST and _ASKS.search(_without_names(question, names)) is not None


def names_of(sources: Mapping[str, Source]) -> dict[str, str]:
    """Return what each source is called by, in small letters, with its id: publisher, title, id."""
    return {
        name.lower(): id
        for id, source in sources.items()
        for name in (id, id.replace("-", " "), source.title, publisher_of(source))
        if name
    }


def compose(sources: Mapping[str, Source], question: str = "") -> Draft:
    """Return the cards as Markdown, one a line; nothing in it comes from a passage, so nothing is cited.

    Only those of the sources that the question names are told, where it names some.
    """
    names, asked = names_of(sources), _plain(question)
    named = {id for name, id in names.items() if is_called(asked, name)}
    lines = [f"- {told_of(source)}" for id, source in sources.items() if not named or id in named]
    heading = "What the source is" if len(lines) == 1 else "What the sources are"
    return Draft(f"**{heading}**\n\n" + "\n".join(lines), ())


def _without_names(question: str, names: Collection[str]) -> str:
    """Return a question in small letters, the name of a source replaced by "the source"."""
    asked = _plain(question)
    for name in sorted(names, key=len, reverse=True):
        if is_called(asked, name):
            called = rf"(?:(?<!\w)the )?(?<!\w)[\"'*]?{re.escape(name)}(?!\w)[\"*]?(?: (?:article|piece|text|post|source)\b)?"
            asked = re.sub(called, "the source", asked)
    return asked


def _plain(question: str) -> str:
    return question.lower().replace("’", "'")


def told_of(source: Source) -> str:
    """Return one card as a line of Markdown."""
    return f"*{escape(source.title)}*: {escape(card_of(source))}."

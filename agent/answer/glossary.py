# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""The words of the replies, questions and catalogue, explained in plain sentences to whoever asks what one means.

Owns which questions ask that; the terms are data in `corpus/glossary.yaml`. A question on a thing the term names, such as
what it costs or whether to use it, asks for no meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from agent.answer.tables import load_table
from agent.answer.wording import Numbering, one_claim
from agent.errors import CorpusError
from agent.expressions import expression
from agent.resources import data_dir
from agent.text import thing_asked, upper_first
from agent.types import Draft, Passage

MOST = 2
"""Terms explained at once: "what do low and high mean?"."""
WORDS_AT_MOST = 14
"""A longer clause asks for more than a meaning."""
WORDS_OF_NAME = 8
"""No term has a longer name; a longer text need not be looked up."""

_CLAUSE = expression(r"[.?!;:]+(?=\s|$)|,\s|\s[-–—]+\s|\.{2,}|\bbut\s|\band\s(?=(?:what|whats|is|who|how|does|do)\b)")
_QUOTES = expression(r"(?<!\w)[\"'“”‘`]+(?=\w)|(?<=[\w.?!,])[\"'“”’`]+(?!\w)")
_LEAD = expression(
    r"^(?:(?:and|but|so|ok|okay|well|hm+|sorry|wait|please|pls|then|oh|ah|right|also|again|dunno|fine|first|yes|no|in (?:plain|simple|normal) (?:words|english|terms)|(?:can|could|would) (?:you|u|someone))\b[\s,]*)+"
)
_TAIL = expression(
    r"(?:[\s,]+(?:please|pls|plz|again|exactly|precisely|anyway|actually|then|here|though|even|really|to (?:you|me|u|rung)|for (?:me|us)|supposed to (?:mean|be)|thing|stuff|business|bit|step|if i may ask"
    r"|in (?:this|our|my) (?:context|case)|in english|for (?:a )?(?:dummies|beginners|laymen|normal people)|eli5))*"
    r"(?:[\s,]+(?:(?:in|with) (?:\w+ ){1,3}(?:words|english|terms|language)|(?:like i(?:'m| am)|when (?:you|u)|the way (?:you|u)) .{1,40}|(?:that |which )?(?:you|u) (?:keep |just |always )?(?:ask|mention|talk|speak|say|said|mean|want|write|wrote|use)\w*(?: \w+){0,3}))?$"
)
_ARTICLE = (
    r"(?:(?:an?|these|those|this|that|such an?|all (?:this|that|these)|the (?:word|term|phrase)|your|rung's)\s+)?"
)
_TERM = r"(?P<term>\S.{0,60}?)"
_FORMS = tuple(
    expression(rf"^{form}$")
    for form in (
        rf"(?:what|wat)(?: even| exactly)?(?:'s|s| is| are| r| was)(?: even| exactly| actually)? (?:meant by )?{_ARTICLE}{_TERM}",
        rf"(?:what|wat) (?:(?:do|did|does|would) )?(?:you|u|it|that|rung|they) mean (?:by|with|when you say|saying) {_ARTICLE}{_TERM}",
        rf"(?:what|wat) (?:(?:do|did) )?(?:you|u) mean (?:(?:with|by) )?{_ARTICLE}{_TERM}",
        rf"wdym (?:(?:by|with) )?{_ARTICLE}{_TERM}",
        rf"(?:what|wat) means? {_ARTICLE}{_TERM}",
        rf"(?:what|how) (?:do|would) (?:you|u) (?:call|define|understand by) {_ARTICLE}{_TERM}",
        rf"by {_ARTICLE}{_TERM} (?:you|u) mean what",
        rf"{_TERM} (?:= ?|meaning)",
        rf"(?:what|wat)(?:'s|s| is| are| does| do| did)? {_ARTICLE}{_TERM} (?:even |actually |really |supposed to )?mean(?:s|ing)?",
        rf"{_ARTICLE}{_TERM} (?:means|meaning|is|being|=) what",
        rf"(?:what|how) (?:even |exactly )?(?:counts as|is meant by) {_ARTICLE}{_TERM}",
        rf"(?:what is |what's )?the meaning of {_ARTICLE}{_TERM}",
        rf"(?:define|explain|explain to me|tell me) (?:what )?{_ARTICLE}{_TERM}(?: (?:is|means|are))?",
        rf"(?:is|are) {_ARTICLE}{_TERM} (?:an? |some |the )?(?:kind of |sort of |type of )?(?:products?|tools?|programs?|software|apps?|compan(?:y|ies)|brands?|librar(?:y|ies)|languages?|acronyms?|methods?|services?|switch)(?: \w+){{0,6}}",
        rf"(?:i |we )?(?:don't|do not|dont|have no idea|haven't a clue) (?:(?:know|understand|get) )?what {_ARTICLE}{_TERM} (?:is|are|means?)",
        rf"(?:never heard of|(?:no )?idea what) {_ARTICLE}{_TERM}(?: (?:is|are|means?))?",
    )
)  # fmt: skip
"""Matched against one clause in small letters, without its lead and its tail."""
_ASKS_OF_NAMED = expression(
    r"^(?:(?:what|wat)(?:'s|s| is| are) (?:that|this|those|it)|is (?:that|this|it) (?:an? |some |like |the )|meaning what\b|meaning$|what does (?:that|it|this) mean|which (?:means|is) what)"
)
"""Asks what the term is that stands in the clause before it: "few-shot, is that a product?"."""
_PLAINLY = expression(
    r"^(?P<term>.{2,40}?),? (?:in|with) (?:plain|simple|normal|easy|small|other|layman'?s?|everyday|human)(?: \w+){0,2} (?:words|english|terms|language)$|^(?P<other>.{2,40}?) (?:means|meaning|is) what$"
)
_AND = expression(r"\s(?:and|or|vs\.?|versus|/)\s(?:an?\s)?")


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """One word with what it means."""

    term: str
    means: str
    also: tuple[str, ...] = ()
    """Other names."""
    cite: tuple[str, ...] = ()
    """Passages that define it."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    terms: tuple[Term, ...]


def load_glossary(source: Path) -> dict[str, Term]:
    """Return the terms by each of their names; CorpusError says what is not in order."""
    listed = load_table(source, _File).terms
    named: dict[str, Term] = {}
    for term in listed:
        for name in map(_plain, (term.term, *term.also)):
            if named.setdefault(name, term) is not term:
                raise CorpusError(f"{source.name}: {name!r} names two terms")
            if len(name.split()) > WORDS_OF_NAME:
                raise CorpusError(f"{source.name}: {name!r} has more than {WORDS_OF_NAME} words")
    return named


@lru_cache(maxsize=1)
def glossary() -> Mapping[str, Term]:
    """Return the terms that are shipped."""
    return load_glossary(data_dir("corpus") / "glossary.yaml")


def asked_terms(text: str) -> tuple[Term, ...]:
    """Return the terms whose meaning a text asks for; empty where it asks for none, or for a word of another's."""
    clauses = [clause for part in _CLAUSE.split(_lower(text)) if (clause := _bare(part))]
    for number, clause in enumerate(clauses):
        for asked in _objects(clause, clauses[number + 1 :]):
            if found := _named(asked):
                return found
    return (glossary()[_plain(_lower(text))],) if is_term(text) else ()


def unexplained(text: str, passages: Iterable[Passage]) -> tuple[Term, ...]:
    """Return the terms whose meaning a text asks for, where none of the passages found says what the thing is."""
    thing = thing_asked(text)
    is_told = bool(thing) and any(thing in map(thing_asked, passage.topics) for passage in passages)
    return () if is_told else asked_terms(text)


def told(term: Term, numbering: Numbering) -> str:
    """Return what a term means as Markdown, with the passages that define it."""
    means = one_claim(term.means) if term.cite else term.means.rstrip(".")
    return f"**{upper_first(term.term)}**: {means}{numbering.markers(term.cite)}."


def compose(terms: Iterable[Term], passages: Mapping[str, Passage]) -> Draft:
    """Return what terms mean; the words are rung's own, and the gate holds no passage against them."""
    numbering = Numbering(passages)
    return Draft("\n\n".join(told(term, numbering) for term in terms), numbering.cited)


def is_term(text: str) -> bool:
    """Tell whether a text is nothing but a term with a question mark, which may propose what it names."""
    is_asked = text.rstrip().endswith("?") and len(text.split()) <= WORDS_OF_NAME
    return is_asked and _plain(_lower(text)) in glossary()


def _objects(clause: str, following: list[str]) -> Iterator[str]:
    """Yield what a clause may ask the meaning of."""
    if len(clause.split()) > WORDS_AT_MOST:
        return
    if following and _ASKS_OF_NAMED.search(following[0]):
        yield clause
    if plainly := _PLAINLY.search(clause):
        yield plainly["term"] or plainly["other"]
    for said in dict.fromkeys((clause, _TAIL.sub("", clause))):
        yield from (found["term"] for form in _FORMS if (found := form.search(said)))


def _named(asked: str) -> tuple[Term, ...]:
    """Return the term that words name, or the two that they name."""
    known = glossary()
    whole = _plain(_TAIL.sub("", asked))
    if whole in known:
        return (known[whole],)
    both = [_plain(part) for part in _AND.split(asked)]
    if len(both) == MOST and all(part in known for part in both):
        return tuple(dict.fromkeys(known[part] for part in both))
    return ()


def _lower(text: str) -> str:
    return " ".join(_QUOTES.sub("", text.lower().replace("’", "'").replace("*", "")).split())


def _bare(clause: str) -> str:
    return _LEAD.sub("", clause.strip(" ,?!.-–—'\"()")).strip()


def _plain(name: str) -> str:
    """Return a name as it is looked up: small letters, without hyphens and articles."""
    return re.sub(r"^(?:an?|your|these|those) ", "", name.lower().replace("-", " ").strip(" ,?!.'\""))

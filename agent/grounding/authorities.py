"""Whether whom a sentence calls on is a source at hand, and the one that it cites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from agent.expressions import expression
from agent.grounding.basis import Basis, Case, called_in, texts_of
from agent.grounding.findings import Finding, listed
from agent.grounding.sentences import QUOTED, Sentence

_STUDIES = r"stud(?:y|ies)|reports?|surveys?|papers?|benchmarks?|research\w*|analys[ie]s|experts?|analysts?|statistics"
_AUTHORITY = expression(
    rf"\b[Aa]ccording to (?P<who>[^,.;:]{{2,60}})|\b(?P<study>(?i:{_STUDIES}) (?:by|from|at|of) [A-Z][\w&-]+)|"
    rf"\b(?P<shown>(?i:{_STUDIES}|tests?|trials?) (?:(?:have|has|had) )?(?:shows?|shown|finds?|found|suggests?|"
    r"suggested|confirms?|confirmed|proves?|proven|agree|says?|reports?|recommends?))\b|"
    r"\b(?P<literature>in the literature)\b|"
    r"\b(?P<authors>[A-Z][\w-]+(?: (?:and|&) [A-Z][\w-]+| et al\.?))(?=,? \(?(?:19|20)\d\d)|"
    r"\b(?P<et>[A-Z][\w-]+ et al\b)|"
    r"\b(?:as|by) (?P<by>[A-Z][\w&-]+(?: [A-Z][\w&-]+)?) (?:says?|notes?|reports?|puts?|writes?|found|showed)\b"
)
_NAME = expression(r"\b[A-Z][\w&-]+")
_STUDY = expression(rf"\b(?:{_STUDIES})\b", re.IGNORECASE)
_PROPER = expression(r"(?<=[\w,;] )([A-Z][a-z]+[A-Za-z]*|[A-Z]{3,})\b|^([A-Z][A-Za-z]+)(?=['’]s\b)")
"""A name within a sentence, or one that opens it as somebody's."""
_TECHNICAL = frozenset(
    re.findall(
        r"\w+",
        "API CPU CSV EUR FAQ GDPR GPU HIPAA HTML JSON KPI LLM LLMs LORA NLP OCR PDF PEFT QLORA RAG ROI SLA SQL URL USD "
        "XML YAML",
    )
)
"""Abbreviations that anybody writes; they name nobody."""
_ARTICLES = frozenset(
    {
        *("The", "A", "An", "One", "It", "Its", "Their", "This", "That", "Our", "These", "All", "Both", "Rung"),
        *("English", "Today", "Tomorrow", "Yesterday", "What", "There", "Here", "He", "She", "Who", "Let", "Everyone"),
    }
)


def check_authorities(claim: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """Whom a sentence calls on must be a source at hand, and the one that it cites."""
    text = QUOTED.sub(" ", claim.text)
    calls, names = _calls(text), _names(text)
    if calls or names:
        known = "\n".join((*basis.texts, case.user, *case.cards))
        lower = known.lower()
        for call in calls:
            if not all(name in known for name in call.names) or (call.is_study and call.who.lower() not in lower):
                yield Finding(
                    "invented_citation", claim.text, f"calls on {call.who.strip()}, which is no source at hand"
                )
        for name in names:
            if name.lower() not in lower and not _is_in_passages(name, case):
                yield Finding("invented_citation", claim.text, f"names {name}, of whom nothing at hand speaks")
    yield from _check_source(claim, basis, case)


class _Call(Struct, frozen=True):
    """Whom a sentence calls on: in its words, the names in them, and whether it is some study."""

    who: str
    names: tuple[str, ...]
    is_study: bool


@lru_cache(maxsize=4096)
def _calls(text: str) -> tuple[_Call, ...]:
    """Return whom a sentence calls on."""
    found = []
    for match in _AUTHORITY.finditer(text):
        who = next(group for group in match.groups() if group)
        is_study = bool(match["study"] or match["shown"] or match["literature"] or _STUDY.search(who))
        names = tuple(name for name in _NAME.findall(who) if name not in _ARTICLES)
        found.append(_Call(who, names, is_study))
    return tuple(found)


@lru_cache(maxsize=4096)
def _names(text: str) -> tuple[str, ...]:
    """Return the names of people and firms in a sentence."""
    found = (match[1] or match[2] for match in _PROPER.finditer(text))
    return tuple(name for name in found if name not in _ARTICLES and name not in _TECHNICAL)


def _is_in_passages(name: str, case: Case) -> bool:
    return any(name.lower() in text.lower() for passage in case.allowed.values() for text in texts_of(passage))


def _check_source(claim: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """A source that a sentence names must be among those that it cites, unless the user brought it up."""
    cited = {passage.source for passage in basis.cited}
    called = called_in(claim.text, case.names)
    if not cited or not called or cited & called:
        return
    if not called & called_in(case.user, case.names):
        yield Finding("misattributed_claim", claim.text, f"speaks of {listed(called)} and cites {listed(cited)}")

# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Knows how people say that they do not know, and of what: "no idea", "I couldn't tell you how many are good"."""

from __future__ import annotations

import re

from agent.conversation.pieces import cut
from agent.intake.sentences import flatten

_LEAD = r"^\W*(?:(?:hm+|well|uh+|um+|erm?|sorry|honestly|frankly|really|ok|no|but|and|oh|lol|haha)[, .]+)*"
_WHO = r"(?:i|we)(?: really| honestly| just| simply| still)?"
_SAYS = (
    rf"(?:{_WHO}(?:'ve| have)? (?:don't|do not|dont|can't|cant|cannot|couldn't|could not|wouldn't|would not|didn't|did not|haven't|never)(?: really| even| actually)? (?:know|say|tell|judge|guess|put an? (?:number|figure) on|remember|recall|answer|checked|check|counted|count|looked|look|have (?:an?y )?(?:idea|clue)|have (?:that|those|the) \w+)(?: you| u)?|(?:i|we)(?: have|'ve)(?: got)? no (?:idea|clue)|(?:i|we) have no way (?:of|to) (?:telling|knowing|tell|know)|(?:nobody|no one) (?:keeps (?:count|track)|counts|tracks (?:it|that|them))|(?:nobody|no one|who) (?:really )?knows"
    r"|(?:nobody|no one)(?: here)? (?:could|can) (?:tell|say)(?: you)?|you(?:'d| would)(?: have to| need to|'d better) ask (?:\w+ ){0,4}\w+"
    r"|(?:put|write|note|say)(?: down)?(?: that)?(?: (?:i|we))? \W?(?:don't know|do not know|dont know|unknown|no idea)\W?"
    r"|(?:that|this|which)(?: one)? (?:i|we) (?:don't|do not|dont|can't|cannot|couldn't|wouldn't) (?:know|say|tell)(?: you)?"
    r"|(?:i|we)(?:'d| would)? (?:have|need) to (?:ask|check|look|find out|count|measure)(?: (?:around|it up|somebody|someone|the team|them))?|(?:i )?haven'?t (?:a|the faintest|the foggiest) ?(?:clue|idea)?|let me (?:ask|check)|will have to (?:ask|check)|no (?:idea|clue)|not sure|(?:i'm |we're |am )?(?:not (?:sure|certain)|unsure|uncertain)|unknown|dunno|idk|hard to (?:say|tell)|difficult to say|who knows|(?:can't|cant|couldn't) (?:say|tell)(?: you)?|cannot (?:say|tell)(?: you)?|skip(?: (?:it|this|that))?|pass|next(?: (?:question|one))?|n/?a|\?+|beats me|don't know|do not know|dont know|haven't (?:checked|measured|counted|looked)|never (?:checked|counted|looked)|depends|it depends|can't answer(?: that)?)"
    r"(?: (?:that|this|it|yet|at the moment|right now|for now|exactly|about that|of that|one|of it|on that one|tbh|to be honest|sorry|first))*"
)
_DONT_KNOW = re.compile(rf"{_LEAD}{_SAYS}\b(?P<rest>.*)$", re.DOTALL)
_AS_FOR = re.compile(r"^\W*(?:as (?:for|to)|regarding|concerning|about) [^,]{2,80}, (?=\w)")
_OF_WHAT = re.compile(r"^(?!.*\b(?:you|u|else)\b)\W*(?:whether|if|how|what|which|who|where|when|why|about)\b")
_ASIDE = re.compile(
    r"\W*(?:not my (?:\w+ )?(?:department|area|field|job|thing|business)|(?:it|that) (?:varies|depends|differs)|hard one|good question)\W*"
)
"""May stand before a don't-know: "it varies, I couldn't say"."""
_THEN = re.compile(r",\s+(?:but|and|so|though|put)\b")
_NOBODY_LOOKED = re.compile(
    r"\W*(?:because |since )?(?:nobody|no one|we)(?: (?:has|have|had|ever|never|here|really))*(?:n't| not)? \w+(?:ed|en|pt)(?: (?:at|into|through))? (?:them|it|that|those|this|any of (?:them|it|those))(?: (?:yet|so far|ever|properly))?\W*"
)
"""The reason for not knowing something: "nobody has audited them"."""


def admits(text: str) -> re.Match[str] | None:
    """Return how a text says that something is not known, what follows as `rest`; None where it does not."""
    return _DONT_KNOW.match(flatten(text))


def unknown_matter(piece: str) -> str | None:
    """Return what a piece says is not known, empty where it says no more; None where it says anything else beside."""
    flat = flatten(piece).strip()
    if flat.endswith("?") and flat.strip("? "):
        return None
    if topic := _AS_FOR.match(flat):
        matter = unknown_matter(flat[topic.end() :])
        return None if matter is None else f"{topic.group()}{matter}"
    before, _, behind = flat.rpartition(", ")
    is_aside = _OF_WHAT.match(flat) or (behind.startswith(("i ", "we ")) and _ASIDE.fullmatch(before))
    if is_aside and (found := _DONT_KNOW.match(behind)) and not found["rest"].strip(" .!"):
        return flat if _OF_WHAT.match(flat) else ""
    found = _DONT_KNOW.match(flat)
    if found is None:
        return None
    rest = found["rest"].strip(" .!,-'\"")
    if not rest or _DONT_KNOW.fullmatch(rest):
        return ""
    return rest if _OF_WHAT.match(rest) and not _THEN.search(rest) else None


def names_its_matter(matter: str) -> bool:
    """Whether what is not known is named by itself: "as for the old letters, I can't say"."""
    return bool(_AS_FOR.match(matter))


def gives_reason(piece: str) -> bool:
    """Whether a piece behind a don't-know says only why."""
    return bool(_NOBODY_LOOKED.fullmatch(flatten(piece)))


def less_unknowns(text: str) -> str:
    """Return a text less what it says is not known, which states nothing."""
    kept: list[str] = []
    is_unknown = False
    pieces = cut(text)
    for piece in pieces:
        is_unknown = bool(unknown_matter(piece)) or (is_unknown and gives_reason(piece))
        kept += [] if is_unknown else [piece]
    return text if len(kept) == len(pieces) else "".join(kept).strip()

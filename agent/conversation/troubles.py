# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Reads which kinds of problem a few words name, and which they deny: "not the cost, the quality", "first and third".

Owns the words people answer with. A longer statement is `intake`'s to read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from agent.conversation.pieces import cut

MIXED = "mixed"
FACT = "problem_kind"
LOOSE_AT_MOST = 3
"""Words that name no kind and are no filler either: with more of them a text tells more than a kind of problem."""
_KINDS = {
    "knowledge": re.compile(
        r"\bknowledge\b|\bmissing (?:info|data|facts?)\b|\bfacts?\b|\binformation\b|\b(?:does|do|ca)(?:n'?t| not|nnot) know\b|\bhallucinat\w*|\bmak(?:es?|ing) (?:\w+ ){0,2}up\b|\binvent(?:s|ing)\b|\bwrong about\b|\boutdated\b|\bout of date\b"
    ),
    "cost_latency": re.compile(
        r"\bcosts?\b|\bprices?\b|\bpricey\b|\bexpensive\b|\bspeed\b|\b(?:too )?slow\b|\blatency\b|\bmoney\b|\bbill\b|\bwaiting\b|\bhow (?:long|slow|fast|much it costs)\b|^\W*(?:the )?time\W*$"
    ),
    "format": re.compile(
        r"\bformat(?:ting)?\b|\bshape\b|\bjson\b|\bschema\b|\bstructure\b|\bheadings?\b|\b(?:broken|bad|invalid|malformed) outputs?\b|^\W*(?:the |its )?outputs?\W*$"
    ),
    "behaviour": re.compile(
        r"\bbehaviou?rs?\b|\btone\b|\bstyle\b|\bway it (?:answers|decides|behaves|works)\b|\bdecid(?:es?|ing)\b|\b(?:choosing|picking|judging|classifying|sorting|judge?ment|choices)\b|\bhow it (?:decides|classifies|sorts|chooses|picks|judges|answers|sounds|reads)\b|\bwording\b|\banswers\b|\bquality\b|\baccuracy\b|\brude\b|\bwordy\b|\bverbose\b|\bstiff\b"
    ),
}  # fmt: skip
_SEVERAL = re.compile(
    r"^\W*(?:(?:so|and|it'?s|it is|honestly|i'?d say|probably|well)\b,? )*(?:(?:a few|some|two|three|more than one) of (?:them|these|those)|several(?: of (?:them|these|those))?|all (?:of )?(?:them|it|these|those|the above)|all|mixed|both|everything|a bit of (?:everything|all)|a mix|a mixture|a bit of each)\b"
)
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "last": -1}
_PLACE = re.compile(r"\b(first|1st|second|2nd|third|3rd|fourth|4th|last)\b")
_PIECES = re.compile(r"[,.;:!?–—]|\b(?:but|and|plus|rather|just)\b|(?<!\bis )(?<!\bare )(?<!\bwas )(?=\bnot\b)")
_DENIED = re.compile(
    r"^\W*(?:(?:it|that|this|the (?:\w+ )?(?:problem|issue|trouble)|i (?:said|mean|meant)|we have|there(?: i|')s|really|so|no)(?:'s| is)? )*(?:not?|never|none|nothing|isn'?t)\b"
    r"|\b(?:is|are|was|were)(?:n'?t| not) (?:it|the|a|an|one|really|my|our|bad|wrong)\b|\bnot it\b"
)
_NO_TROUBLE = re.compile(
    r"(?:\b(?:is|are|was|looks?|seems?|always|already|knows)|'s) (?:\w+ )?(?:fine|ok|okay|good|right|perfect|correct|valid|parses?|holds?|works?|everything|enough)\b"
    r"|\bnever (?:breaks?|fails?|wrong|off|a problem)\b|(?:\b(?:not|no)|n't) (?:the|an?|our|my|real|big)? ?(?:problem|issue|concern|trouble|worry)\b"
    r"|\b(?:does not|doesn't|do not|don't) (?:matter|bother|worry)\b"
)
"""Says that something is no trouble, and so does not tell what the trouble is."""
_FILLER = re.compile(
    r"\b(?:the|a|an|it|its|it's|that|that's|this|is|are|was|of|or|and|but|not|no|so|too|in|on|for|with|to|at|we|i|our|my|us|most|mostly|mainly|main|just|really|only|also|plus|today|problem|problems|issue|issues|trouble|thing|things|bothers|hurts|worries|say|said|mean|meant|think|guess|probably|maybe|definitely|honestly|actually|sorry|ok|okay|well|yes|yeah|oh|ah|wait|still|one|ones|option|both|all|some|often|sometimes|always|very|bad|wrong|poor|missing|lack|lacks|lacking|high|more|than|rather|there|there's|isn't|n't|what|get|gets|make|makes|stuff|up|them|how|way)\b"
)


class Troubles(Struct, frozen=True):
    """The kinds of problem that a text names."""

    named: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    is_bare: bool = False
    """Whether the text tells nothing else."""

    @property
    def kind(self) -> str | None:
        """The one kind that is named, mixed for several; None for none."""
        return MIXED if len(self.named) > 1 else next(iter(self.named), None)


def find_troubles(flat: str, options: Sequence[str] = ()) -> Troubles:
    """Return what a flattened text names and denies; by its place among `options` too, where it names nothing else.

    Nothing where the text tells more than a kind of problem.
    """
    *others, last = cut(flat) or [""]
    if _SEVERAL.search(last) and len(last.split()) <= 2 * LOOSE_AT_MOST:
        return Troubles(frozenset({MIXED}), is_bare=not others)
    named, denied = set(), set()
    loose, is_answered = 0, False
    for piece in filter(None, _PIECES.split(flat)):
        kinds = {kind for kind, words in _KINDS.items() if words.search(piece)}
        if _DENIED.search(piece) or _NO_TROUBLE.search(piece):
            denied |= kinds
        else:
            named |= kinds
        loose += _loose_words(piece)
        is_answered = is_answered or bool(named and not loose)
    if loose > LOOSE_AT_MOST and not (denied or is_answered):
        return Troubles()
    if options and not named and loose < LOOSE_AT_MOST:
        named = {options[_ORDINALS[place]] for place in _PLACE.findall(flat)}
    return Troubles(frozenset(named), frozenset(denied - named), is_bare=not loose)


def _loose_words(piece: str) -> int:
    """Count the words that neither name a kind nor fill in."""
    for words in _KINDS.values():
        piece = words.sub(" ", piece)
    return len(re.findall(r"[a-z0-9']+", _FILLER.sub(" ", piece)))

# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Reads a short answer in the light of the question it answers: "yes", "no idea", "about 8k", "monthly", "not really, maybe 200".

Owns the forms answers take. Says nothing of what they change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from agent.conversation import troubles
from agent.conversation.periods import find_often, is_per_other, length_at, less_periods, loosely, some_length
from agent.conversation.pieces import shares_a_word
from agent.conversation.unknowns import admits
from agent.intake.catalogue import is_in_range
from agent.intake.numbers import Quantity, find_quantities
from agent.intake.sentences import flatten
from agent.types import FactSpec, FactValue

CONTENT_AT_MOST = 1
"""Words beside number, unit and filler that a number's answer may hold; with more of them it speaks of something else."""
RATE = "requests a month"
LONGEST = 14
"""Words up to which a text can be nothing but an answer."""
BARE = 3
"""Words up to which the name of a kind of problem says nothing beside it."""
TO_THE_QUESTION = re.compile(
    r"^\W*(?:(?:and|now|so|well|ok)\b\W*)*(?:to|as (?:to|for)|on|re|regarding|(?:to|in) answer(?:ing)?(?: to)?) (?:answer )?(?:your|the|that|this) (?:\w+ )?question\b[\s:,.–—-]*"
    r"|^\W*you(?:'d| had)? asked (?:me |us )?(?:about|for|if|whether|how)\b[^.,:;?!]{1,60}[.,:;]\s+",
    re.IGNORECASE,
)
"""Says that what follows answers."""
LEADS = (
    r"^\W*(?:(?:dear|oh|well|ah|um|hm+|lol|ha(?:ha)?|erm|eh|god|gosh|(?:my )?goodness|(?:good )?heavens|(?:good )?lord|christ|jesus|blimey|hell|heck|good grief|dear me|honestly|frankly|seriously)\b[,! ]+)*"
    r"(?:so\b[,: ]+(?=(?:yes|yeah|no|nope)\b\W*(?:[,.;:!–—-]|$)))?"
)
"""What stands before a yes or a no and says nothing: "god no"."""
_YES = re.compile(
    LEADS
    + r"(?:(?:yes+|ofc|yeah|yea|yep|yup|sure|of course|affirmative|aye|ja|i think so|i believe so|i guess so|i suppose so|for sure|without a doubt)"
    r"|(?P<names>correct|right(?! now)|true|y)"
    r"|(?P<begins>kinda|sorta|indeed|absolutely|definitely|exactly|certainly|probably|mostly|kind of|sort of|somewhat|more or less|very much(?: so)?|always|a bit|partly))\b(?!-\w)"
)
_NO = re.compile(
    LEADS
    + r"(?:(?:no+(?![ -]one\b)|(?:we|i|they)(?:'ve| have)(?: got)? none\b(?! of)|there (?:is|are|was|were) none\b(?! of)|(?:not|never) tried|untried|(?:absolutely|definitely|certainly|of course|most certainly|probably|mostly|likely|surely|clearly|obviously|i think|i guess|i fear|i'm afraid) not|by no means|far from it|nope|nah|not (?:a chance|remotely|by any means|in the (?:slightest|least)|really|yet|at all|so far|quite|that (?:i|we) know(?: of)?|exactly|particularly|especially|as such|even close|possible|anymore|needed|necessary)|never(?! ?mind\b)|nein|i don't think so|i doubt it|unfortunately not|sadly not)"
    r"|(?P<names>negative|false|n)"
    r"|(?P<begins>no[ -]one|nobody|none|nothing(?! (?:else|more|further|new|to add))|neither|hardly|barely|only a (?:bit|little)|not much|just a (?:bit|little)))\b(?!-\w)"
)
"""What `names` or `begins` something else as easily, answers where no more than small words stand before a break."""
_SMALL_WORDS = re.compile(
    r"(?: (?:(?:in|on|at) (?:this|our|the|my) \w+|at all|of (?:us|them|it|these|those|that|this|(?:the|that|this) (?:kind|sort))|like (?:that|it|this)"
    r"|yes|not?|here|there|yet|so(?: far)?|really|actually|today|now|then|ever|any|all|one|it|that|this|them|we|i|they|you"
    r"|do|did|does|done|has|have|had|is|are|was|were|can|could|will|would|must|tried|work(?:s|ed)?|help(?:s|ed)?|think|guess|suppose|say)\b)*"
    r"(?P<end>\s*$|\s*[,.;:!?–—]|\s-|\s(?=(?:but|because|since|though|although|if|when|except|until|unless|for|as)\b))"
)
_NO_WAY = re.compile(LEADS + r"(?:no (?:way|chance)|dream on|forget it|neither|impossible)\b")
_LIKEWISE = re.compile(r"^\W*(?:and |but )?(?:also|likewise|again|same(?: (?:here|there|answer))?)\b[:, ]*(?=\w)")
_ECHO = re.compile(
    r"^\W*(?:(?:oh|well|ah|um|hm+|yes|no(?! one\b))[, ]+)?(?:we|i|it|they|there|that|this|one) (?P<verb>do|did|does|have|has|had|are|is|was|can|could|must|will|would|should|don't|didn't|doesn't|haven't|hasn't|hadn't|aren't|isn't|wasn't|can't|couldn't|won't|wouldn't|do not|did not|does not|have not|has not|are not|is not|cannot|need not|needn't|mustn't|has to|have to|(?:do|did|does|have|has|are|is|ca|wo)nt)(?: (?:not|that|so|to|it|one|any|some|yet|all|both|already|actually|really|indeed|be|have|exist|exists|matter|sometimes|often|always))*(?P<end>\W*$|\s*[,;:–—](?=\s))"
)
"""A verb that echoes the question: "we do", "it isn't", "we did, for a month"."""
_FILLER = re.compile(
    r"^[\W_]*(?:(?:we|i|it|they|there|that|this) (?:do|did|does|have|has|had|are|is|was|can|could|must|don't|didn't|doesn't|haven't|hasn't|hadn't|aren't|isn't|wasn't|can't|couldn't|won't|do not|is not|has to)(?: not)?(?: (?:that|so|it|one|any|yet|all|have|need|both|already|actually|really))*|not (?:really|yet|at all|so far)|of course|sure|always|thanks|thank you|unfortunately|sadly|absolutely|definitely|for now|i think|i guess|i'm afraid|afraid not|so far|yet|at all|sir|please|mostly|maybe|probably|a little|a lot|sort of|kind of)?[\W_]*$"
)
_MS = {"ms": 1.0, "milliseconds": 1.0, "millisecond": 1.0, "s": 1000.0, "sec": 1000.0, "secs": 1000.0, "seconds": 1000.0, "second": 1000.0, "minutes": 60_000.0, "minute": 60_000.0, "min": 60_000.0}  # fmt: skip
_CHOICES: dict[str, dict[str, str]] = {
    "volume": {"low": r"\blow\b|\bsmall\b|\blittle\b|\btiny\b|\bmodest\b|\bfew\b|\bnot (?:much|many)\b", "high": r"\bhigh\b|\blarge\b|\bhuge\b|\blots?\b|\bmassive\b|\bbig\b|\bheavy\b|\bmillions\b"},
}  # fmt: skip
_ASKS_WHY = re.compile(
    r"^\W*(?:(?:ok|okay|and|but|so|well|then|hm+)\b\W*)*(?:why|how|which|who|where|when|what's|whats|what(?! \w+ (?:us|me|we|i)\b))\b(?! (?:ever|much|many))"
)
_COMMA = re.compile(r",\s|[;.!…]\s|\s(?=but\s)|\s[-–—]\s")
_THEN_ASKS = re.compile(
    r"(?P<answer>[^?,.;:]{2,30})[,.;:–-]+\s+(?P<asks>(?:but |and |so )?(?:why|how|what|which|is|are|does|do|should|can|will|would)\b[^?]*\?)\W*",
    re.IGNORECASE,
)
"""Answers and asks in return: "not yet, why does it matter?"."""
_MEANS_ANOTHER = re.compile(r"^\W*(?:no|nope|nah)\b\W*(?:i (?:mean|meant)|actually|sorry|wait)\b")
"""Corrects what was said, and says no to nothing that was asked."""
_THINGS = (
    r"departments?|categor(?:y|ies)|class(?:es)?|queues?|types?|topics?|intents?|languages?|fields?|teams?|people|persons?"
    r"|engineers?|developers?|employees|pages?|tables?|words?|tokens?"
)
_OTHERWISE_COUNTED = {
    "examples": re.compile(
        rf"\s?(?:\w+ )?(?:{_THINGS}|users?|customers?|agents?|hours?|days?|weeks?|months?|years?)\b"
    ),
    "days": re.compile(
        rf"\s?(?:\w+ )?(?:{_THINGS}|users?|customers?|examples?|labels?|rows|tickets|requests?|calls?)\b"
    ),
    "requests a month": re.compile(rf"\s?(?:\w+ )?(?:{_THINGS}|examples?|labels?)\b(?! (?:a|an|per|each|every)\b)"),
}
"""By the unit of a fact: what may be counted, behind a number, and is not what the fact counts."""
_NONE = re.compile(
    r"^\W*(?:none(?: at all| whatsoever| yet| so far)?|zero|nothing(?: yet)?|not (?:one|any|a single one)|nil|nope|no|(?:we |i )?(?:have none|don't have any|have nothing|haven't (?:got )?any)|(?:a lot|lots|loads|plenty|many|some|thousands|hundreds)?,? ?(?:but )?(?:all |none |they're |they are |it's )?(?:un-?labell?ed|not labell?ed|without labels))\W*$"
)
_ISH = re.compile(r"(?<=\d) ?-?ish\b|(?<=hundred) ?-?ish\b|(?<=thousand) ?-?ish\b|,? give or take(?: a few)?")
"""Behind a number: it is a rough one."""
_BUT_HALF = re.compile(
    r"\b(?:but |though )?(?:only |about |maybe )*half (?:of (?:them|those|that|it) )?(?:is|are|was|were)\b"
)
"""Of what was counted, half counts."""
_PLAIN = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|maybe|perhaps|probably|say|some|something like|only|just|like|i|we|we've|you|have|has|got|had|think|guess|believe|it's|its|it|that's|at|most|least|or|so|not|really|yes|yeah|no|well|between|and|to|over|under|less|more|than|nearly|almost|up|now|today|currently|there|are|is|of|them|in|total|altogether|the|per|each|every|other|our|us|my|once|twice|times|an?|by|if|all|good|labell?ed|hand|usually|typically|normally|on|average|must|should|can|will|within|for|these|those|far|given|estimate|hm+|um+|uh+|oh|ah|right|correct|accurate|accuracy|they|then|day|week|month|quarter|year|hour|minute|second|days|weeks|months|quarters|years|hours|minutes|seconds|ms|milliseconds|correction|corrected|sorry|actually|scratch|wait|make|mean|meant|was|were|wrong|checked|usable|approved|use|still|even|turns?|out|examples?|samples?|labels?|rows|pairs|tickets|items|records|requests?|calls?|queries|percent|pct|k|m|million|thousand|hundred|changes?|updates?|live|launch)\b"
)


class Answer(Struct, frozen=True):
    """What an answer says."""

    value: FactValue | None
    """None where the answer is that it is not known."""
    words: str
    """The part of the text that answers."""
    rest: str = ""
    """What follows and may state more."""
    is_loose: bool = False
    """Whether other words run on after it, so that it may be something else than an answer."""


def read_answer(text: str, spec: FactSpec) -> Answer | None:
    """Return what a text answers to the question for a fact; None where it is no answer to it."""
    stripped = TO_THE_QUESTION.sub("", text.strip())
    flat = _ISH.sub("", flatten(stripped))
    if then := _THEN_ASKS.fullmatch(stripped):
        first = read_answer(then["answer"], spec)
        return Answer(first.value, first.words, then["asks"], is_loose=True) if first and not first.rest else None
    if _ASKS_WHY.match(flat) or _MEANS_ANOTHER.match(flat) or (stripped.endswith("?") and len(flat.strip("? ")) > 1):
        return None
    unknown = admits(flat)
    if unknown and (not unknown["rest"].strip(" .!") or _begins_anew(unknown["rest"])):
        return Answer(None, stripped[: unknown.start("rest")] or stripped, _rest(stripped, unknown.start("rest")))
    if spec.type == "bool":
        return _truth(stripped, flat, spec.question)
    if len(flat.split()) > LONGEST:
        return None
    if spec.type != "choice" and _content(flat) > CONTENT_AT_MOST and not _NONE.match(flat):
        return _number_first(spec, stripped)
    value = _choice(spec, flat) if spec.type == "choice" else _number(spec, flat)
    if value is None:
        return None
    return Answer(value, stripped, stripped if spec.name == troubles.FACT and len(stripped.split()) > BARE else "")


def read_truth(text: str) -> Answer | None:
    """Return the yes or no that a text says to a topic named before it: "no way, 9k pages", "also no", "we haven't"."""
    flat = flatten(text)
    if ignored := _LIKEWISE.match(flat):
        text, flat = text[ignored.end() :], flat[ignored.end() :]
    if flatly := _NO_WAY.match(flat):
        return Answer(False, text[: flatly.end()], _rest(text, flatly.end()), is_loose=True)
    return None if admits(flat) or flat.rstrip().endswith("?") else _truth(text, flat)


def _number_first(spec: FactSpec, text: str) -> Answer | None:
    """Read a number that begins an answer, and leave what follows: "about 5k I think, old letters the vets approved"."""
    cut = _COMMA.search(text)
    if cut is None:
        return None
    first, rest = text[: cut.start()], text[cut.end() :]
    found = read_answer(first, spec) if _content(flatten(first)) <= CONTENT_AT_MOST else None
    if found is None or not isinstance(found.value, int | float):
        return None
    half = _BUT_HALF.search(flatten(rest))
    value = found.value / 2 if half else found.value
    return Answer(
        round(value) if spec.type == "integer" else value,
        text if half else first,
        "" if half else _rest(text, cut.end()),
    )


def _truth(text: str, flat: str, question: str = "") -> Answer | None:
    echo = _ECHO.match(flat)
    if echo:
        rest = _rest(text, echo.end())
        return Answer(
            not re.search(r"n'?t\b|not\b", echo.group()), text[: echo.start("end")], rest, is_loose=bool(rest)
        )
    for pattern, value in ((_NO, False), (_YES, True)):
        if found := pattern.match(flat):
            return _said(text, flat, found, question, value=value)
    return None


def _said(text: str, flat: str, found: re.Match[str], question: str, *, value: bool) -> Answer | None:
    """Read what begins with a word of yes or no; None where it goes on to speak of something else."""
    rest = flat[found.end() :]
    if _FILLER.match(rest):
        return Answer(value, text)
    if _begins_anew(rest):
        return Answer(value, text[: found.end()], _rest(text, found.end()), is_loose=True)
    if found["names"] or found["begins"]:
        if small := _SMALL_WORDS.match(rest):
            end = found.end() + small.start("end")
            is_denied = value and re.search(r"\bnot?\b", small.group())
            return Answer(value and not is_denied, text[:end], _rest(text, end), is_loose=True)
        if not (found["begins"] and shares_a_word(rest, question)):
            return None
    if value or len(flat.split()) <= LONGEST // 2:
        return Answer(value, text, _rest(text, found.end()), is_loose=True)
    return None


def _begins_anew(rest: str) -> bool:
    """Whether what follows the answer is set off from it."""
    return bool(re.match(r"\s*[,.;:!–—]|\s+-|-(?!\w)", rest))


def _rest(text: str, at: int) -> str:
    rest = text[at:].strip(" ,.;:!-–—\n")
    rest = re.sub(r"^(?:but|and|though|although)\s+", "", rest, flags=re.IGNORECASE)
    return rest if len(rest.split()) > 1 else ""


def _content(flat: str) -> int:
    """Count the words that a number's answer has no use for."""
    rest = flat
    for quantity in reversed(find_quantities(flat)):
        rest = rest[: quantity.start] + " " + rest[quantity.end :]
    return len(re.findall(r"[a-z]{2,}", _PLAIN.sub(" ", less_periods(rest))))


def _choice(spec: FactSpec, flat: str) -> str | None:
    if flat.strip(" .!") in spec.options:
        return flat.strip(" .!")
    if spec.name == troubles.FACT:
        return troubles.find_troubles(flat, spec.options).kind
    named = {option for option, pattern in _CHOICES.get(spec.name, {}).items() if re.search(pattern, flat)}
    if len(named) > 1:
        return "mixed" if "mixed" in spec.options else None
    return named.pop() if named else None


def _number(spec: FactSpec, flat: str) -> FactValue | None:
    found = measured(spec, flat)
    if found is None or not is_in_range(spec, found):
        return None
    return round(found) if spec.type == "integer" else round(found, 6)


def measured(spec: FactSpec, flat: str) -> float | None:
    """Return the number that a text gives for a fact, in the fact's unit."""
    quantities = find_quantities(flat)
    otherwise = _OTHERWISE_COUNTED.get(spec.unit)
    if quantities and otherwise and otherwise.match(flat, quantities[0].end):
        return None
    if spec.unit == "days":
        return _days(flat, quantities[0] if quantities else None)
    if not quantities:
        return (
            0.0
            if _NONE.match(flat) and spec.type in ("integer", "number") and spec.unit in ("examples", RATE)
            else None
        )
    quantity = quantities[0]
    after = flat[quantity.end :]
    if spec.type == "ratio":
        return quantity.value if quantity.is_share or quantity.value <= 1 else quantity.value / 100
    if quantity.percent or quantity.money:
        return None
    if spec.unit == "ms":
        unit = re.match(r"\s?([a-z]+)", after)
        return quantity.value * _MS.get(unit[1] if unit else "ms", 1.0)
    return _monthly(flat, quantities) if spec.unit == RATE else quantity.value


def names_time(flat: str) -> bool:
    """Whether a text tells a length of time or how often, without which a number need not answer "how many days"."""
    return _days(flat, None) is not None


def _days(flat: str, quantity: Quantity | None) -> float | None:
    often = next(find_often(flat), None)
    if quantity is not None and not (often and often.start <= quantity.start < often.end):
        beside = length_at(flat, quantity.end)
        if beside is not None or often is None:
            return quantity.value * (beside or some_length(flat) or 1.0)
    if often is not None and often.days is not None:
        return often.days
    return loosely(flat) or some_length(flat)


def _monthly(flat: str, quantities: Sequence[Quantity]) -> float | None:
    """Return a number as one of each month: of its own period, or a month's where it has none."""
    for often in find_often(flat):
        before = [quantity for quantity in quantities if quantity.end <= often.start]
        behind = [quantity for quantity in quantities if quantity.start >= often.end]
        if meant := before[-1:] or behind[:1]:
            return meant[0].middle * often.monthly
    return None if is_per_other(flat) else quantities[0].middle

# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Takes what is said of a number told before with no new one in its place: what comes on top or off, another period.

"The 300 a day is only the portal, another 200 a day come by mail", "90 of those are old, I take them out",
"nightly, not weekly". Leaves numbers that replace others to `corrections`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isclose

from msgspec import Struct

from agent.conversation import corrections
from agent.conversation.answers import RATE
from agent.conversation.corrections import Mended, Told
from agent.conversation.hearing import Heard
from agent.conversation.periods import Often, find_often
from agent.conversation.sides import ADDITIVE
from agent.conversation.turn import Turn
from agent.intake.numbers import Quantity, find_quantities
from agent.intake.scope import scope_of
from agent.intake.sentences import Span, flatten, split_sentences

EXAMPLES = "labelled_examples"
STEM = 5
"""Letters by which what a part is of is matched with what was told."""
_ABOUT = r"(?: (?:about|around|roughly|some|maybe|the|an?|of|there are|there's|we get|come))*"
_MORE_BEFORE = re.compile(
    rf"\b(?:another|plus|additional(?:ly)?|in addition|on top|on top of (?:that|it|those)){_ABOUT},?\s$"
)
_MORE_AFTER = re.compile(r"\s(?:more\b(?! than)|(?:[\w-]+,? ){1,8}?(?:on top|in addition|as well|besides|extra)\b)")
_LESS_BEFORE = re.compile(
    r"(?:\b(?:minus|less)|(?:\b(?:i|we|i've|we've|i'll|we'll|i have to|we have to|i had to|we had to|please|let's)\s|^\W*)(?:(?:take|took|taken|throw|threw|thrown|sort|sorted|weed|weeded|kick|kicked) (?:out|off|away)"
    r"|remov(?:e|ed)|delet(?:e|ed)|discard(?:ed)?|subtract(?:ed)?|deduct(?:ed)?))"
    rf"{_ABOUT}\s$"
)
_OF_THEM = re.compile(
    r"\s?(?:[\w-]+ )?of (?:them|those|these|which|(?:the|my|our|those|these) (?P<what>[a-z]{3,})|(?:the|my|our|those|these) \d[\d.,]*k?)\b"
)
_OF_THEM_BEFORE = re.compile(r"\b(?:of|from) (?:(?:the|my|our|those|these) )?(?:them|those|these|\d[\d.,]*k?),? $")
_OUT = re.compile(
    r"\b(?:take|took|taken|taking|throw|threw|thrown|throwing|leave|left|sort|sorted|weed|weeded|kick|kicked|drop|rule|ruled)"
    r" (?:them |those |these |it |\w+ )?(?:out|off|away)\b"
    r"|\b(?:remov|delet|discard|exclud|subtract|deduct)\w*|\b(?:drop|dropped|scrap|scrapped) (?:them|those|these)\b"
    r"|\b(?:unusable|useless|worthless|rubbish|garbage|junk|duplicates?|doubles?|dupes?|no (?:good|use)|not usable|unlabell?ed|not labell?ed)\b"
    r"|\b(?:don't|doesn't|do not|does not|mustn't|shouldn't) count\b|\b(?:can't|cannot) (?:be )?use"
)
"""Says of a part that it does not count."""
_A_LABEL = re.compile(r"\s(?:[\w-]+ ){0,3}?(?:labell?ed|annotated|tagged|graded|checked|corrected|approved)\b")
_NOT_BETWEEN = re.compile(r"\W*(?:(?:and|but)\b\W*)?(?:not|rather than|instead of)\s+")
_NOT_BEFORE = re.compile(r"\b(?:not|never)\s+$")
_ALONE = re.compile(
    r"\W*(?:(?:no|sorry|oops|wait|oh|ah|well|actually|and|but|not|i mean|i meant|we mean|it's|it is|that's|that is|make it|rather)\b\W*)*"
)
"""Before a period that is all a sentence corrects: "I meant a week, not a day"."""
_BUT_BETWEEN = re.compile(r"\W*(?:but|rather|it's|it is|they're|that's)?\W*")


class _Amended(Struct, frozen=True):
    """What a fact comes to, and the places of the sentence that say so."""

    name: str
    value: float
    places: tuple[int, ...]
    is_old: bool = False
    """Whether that was told before: said again, a part is neither added nor taken off once more."""


def take(turn: Turn, heard: Heard) -> str | None:
    """Take what amends a number told before; return what the turn says beside it, None where it amends none."""
    sentences = split_sentences(turn.said)
    open_ = (*heard.asks, *heard.supposes)
    for at, sentence in enumerate(sentences):
        if any(asked in sentence.text for asked in open_):
            continue
        for amended in _amended(turn, sentences, at):
            parts = [_part(amended, sentence, at, place) for place in amended.places]
            words = sentence.text[min(part.start for part in parts) : max(part.end for part in parts)].strip(" ,;:-–—")
            if amended.is_old or corrections.put(turn, amended.name, amended.value, words):
                return corrections.beside(sentences, parts)
    return None


def _amended(turn: Turn, sentences: Sequence[Span], at: int) -> Iterator[_Amended]:
    flat = flatten(sentences[at].text)
    yield from _of_another_period(turn, flat)
    after = flatten(sentences[at + 1].text) if at + 1 < len(sentences) else ""
    for quantity in corrections.quantities_in(flat):
        if _is_more(flat, quantity):
            yield from _with_more(turn, flat, quantity)
        elif _is_part(flat, quantity) and _is_out(flat, quantity, after):
            yield from _with_less(turn, flat, quantity)


def _is_more(flat: str, quantity: Quantity) -> bool:
    return bool(_MORE_BEFORE.search(flat, 0, quantity.start) or _MORE_AFTER.match(flat, quantity.end))


def _is_taken_in(told: Told, quantity: Quantity) -> bool:
    """Whether a number stands as such a part in what was told already."""
    return any(
        quantity.value == known.value and (_is_more(told.words, known) or _is_part(told.words, known))
        for known in corrections.quantities_in(told.words)
    )


def _part(amended: _Amended, sentence: Span, at: int, place: int) -> Mended:
    return Mended(amended.name, amended.value, at, *corrections.clause_at(flatten(sentence.text), place))


def _of_another_period(turn: Turn, flat: str) -> Iterator[_Amended]:
    """Yield the numbers whose period is said not to be the one they were told with: "a quarter, not a month"."""
    for holds, denied in _set_against(flat):
        for told in corrections.every_told(turn):
            spec = turn.advisor.book.catalogue[told.name]
            value: float | None = None
            if spec.unit == "days" and holds.is_said and denied.days and isclose(denied.days, told.value, rel_tol=1e-3):
                value = holds.days
            elif spec.unit == RATE and isclose(denied.monthly, told.factor, rel_tol=1e-3):
                is_meant = _written(told, flat) or _ALONE.fullmatch(flat, 0, min(holds.start, denied.start))
                value = told.value / told.factor * holds.monthly if is_meant else None
            if value is not None:
                yield _Amended(told.name, value, (holds.start, denied.start))


def _set_against(flat: str) -> Iterator[tuple[Often, Often]]:
    """Yield each period that holds with the one beside it that does not: "daily, not weekly", "not weekly but daily"."""
    for one, two in pairwise(find_often(flat)):
        between = flat[one.end : two.start]
        if _NOT_BETWEEN.fullmatch(between):
            yield one, two
        elif _NOT_BEFORE.search(flat, 0, one.start) and _BUT_BETWEEN.fullmatch(between):
            yield two, one


def _with_more(turn: Turn, flat: str, quantity: Quantity) -> Iterator[_Amended]:
    """Yield what a number told before comes to with what is told as more of it."""
    if not scope_of(flat, flat).is_so_today:
        return
    for told in corrections.told_of(turn, ADDITIVE):
        value = corrections.value_like(turn.advisor.book.catalogue[told.name], told, flat, quantity)
        if value and _is_of(turn, told, flat, quantity):
            places = (*_written(told, flat, but=quantity), quantity.start)
            yield _Amended(told.name, told.value + value, places, _is_taken_in(told, quantity))


def _is_of(turn: Turn, told: Told, flat: str, quantity: Quantity) -> bool:
    """Whether a number counts what another did: by its own words, or by how its sentence is read."""
    if told.name == EXAMPLES and _A_LABEL.match(flat, quantity.end):
        return True
    has_period = any(often.start >= quantity.end for often in find_often(flat))
    return has_period is (told.name != EXAMPLES) and told.name in _numbers_read(turn, flat)


def _numbers_read(turn: Turn, flat: str) -> frozenset[str]:
    """Return the facts that a sentence by itself states or states twice; a count of something else is none."""
    case = turn.read(flat).use_case
    return frozenset((*case.facts, *(contradiction.name for contradiction in case.contradictions)))


def _is_part(flat: str, quantity: Quantity) -> bool:
    """Whether a number counts some of those that another counts."""
    return bool(
        _LESS_BEFORE.search(flat, 0, quantity.start)
        or _OF_THEM.match(flat, quantity.end)
        or _OF_THEM_BEFORE.search(flat, 0, quantity.start)
    )


def _is_out(flat: str, quantity: Quantity, after: str) -> bool:
    """Whether a sentence, or the one after it, says of a part that it does not count."""
    return any((_LESS_BEFORE.search(flat, 0, quantity.start), _OUT.search(flat, quantity.end), _OUT.search(after)))


def _with_less(turn: Turn, flat: str, quantity: Quantity) -> Iterator[_Amended]:
    """Yield what a number told before, which the sentence names or speaks of, comes to without a part."""
    for told in corrections.told_of(turn, ADDITIVE):
        places = _written(told, flat, but=quantity)
        if places or _is_spoken_of(turn, told, flat, quantity):
            spec = turn.advisor.book.catalogue[told.name]
            value = corrections.value_like(spec, told, flat, quantity)
            part = told.value * quantity.value if quantity.is_share else value
            if part and part < told.value:
                is_old = _is_taken_in(told, quantity)
                yield _Amended(told.name, told.value - part, (*places, quantity.start), is_old)
    if EXAMPLES not in turn.state.facts:
        yield from _of_whole(turn, flat, quantity)


def _is_spoken_of(turn: Turn, told: Told, flat: str, part: Quantity) -> bool:
    """Whether "90 of them" are of a number just told: no other whole is named."""
    last = corrections.last_told(turn, lately=True)
    if not _OUT.search(flat, part.end) and corrections.counts_another(told, flat, part, len(flat)):
        return False
    of = _OF_THEM.match(flat, part.end)
    is_of_another = of is not None and of["what"] is not None and of["what"][:STEM] not in told.words
    is_of_more = any(quantity.value > part.value for quantity in corrections.quantities_in(flat))
    return last is not None and last.fact.name == told.name and not (is_of_another or is_of_more)


def _of_whole(turn: Turn, flat: str, part: Quantity) -> Iterator[_Amended]:
    """Yield what is left of examples that the sentence counts itself: "about my 640: 90 of those are duplicates"."""
    whole = [quantity for quantity in corrections.quantities_in(flat) if quantity.end <= part.start]
    if whole and whole[-1].value > part.value and not part.is_share and EXAMPLES in _numbers_read(turn, flat):
        yield _Amended(EXAMPLES, whole[-1].value - part.value, (whole[-1].start, part.start))


def _written(told: Told, flat: str, *, but: Quantity | None = None) -> tuple[int, ...]:
    """Return where a sentence names the number as it was told, or one that it was made of."""
    of = {quantity.value for quantity in find_quantities(told.words)}
    every = [quantity for quantity in corrections.quantities_in(flat) if quantity != but]
    return tuple(q.start for q in every if corrections.is_written(told, q) or q.value in of)

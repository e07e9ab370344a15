# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Takes corrections of a number told before: "half that", "the 83 is old, it's at 85 now", "that's per shop. x30".

The number that no longer holds is told by what it is, or as the one last spoken of; the one that holds stands in the
unit of the old one unless it names its own. Leaves numbers that correct nothing to `statements`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from agent.conversation import merging
from agent.conversation.answers import RATE, measured
from agent.conversation.hearing import Heard
from agent.conversation.state import Known
from agent.conversation.turn import Turn
from agent.intake.candidates import found_in, is_inverted
from agent.intake.catalogue import is_in_range
from agent.intake.numbers import ONE, Quantity, find_quantities
from agent.intake.periods import DAYS, NAMED, PER_MONTH
from agent.intake.scope import scope_of
from agent.intake.sentences import Span, flatten, split_sentences
from agent.types import Fact, FactSpec, FactValue

ACCURACY = "accuracy_now"
HOLDS_WITHIN = 2
"""Sentences after, and one before, the number that no longer holds, in which the one that holds may stand."""
_LEADS = r"\W*(?:(?:no|nope|sorry|oops|wait|hm+|well|actually|ah|oh|but|and|i mean|i meant|make that|rather|it's|that's)\b\W*)*"
_FACTORS = {
    "half": 0.5,
    "a third": 1 / 3,
    "a quarter": 0.25,
    "twice": 2,
    "double": 2,
    "three times": 3,
    "ten times": 10,
}
_TIMES_THAT = re.compile(
    _LEADS + r"(?:(?:more like|only|about|around|maybe|just) )?"
    rf"(?P<by>{'|'.join(_FACTORS)})"
    r" (?:of )?(?:that|it|as (?:many|much)|that (?:many|much))\W*",
    re.IGNORECASE,
)
"""Scales the number last spoken of: "sorry, half that"."""
_PER_INSTEAD = re.compile(
    _LEADS + r"(?:an?|per|every|each) (?P<unit>second|minute|hour|day|week|month|quarter|year)\W*", re.IGNORECASE
)
"""Gives a rate another period: "no wait, a week"."""
_PER_EACH = re.compile(
    _LEADS
    + r"(?P<that>(?:that|this|those|these|it|they|that (?:number|figure)|the (?:number|figure))(?:'s| ?is|s| ?are| ?was| ?were)? ?)?"
    rf"(?:just |only )?(?(that)(?:per|for each|for one|for every|of one|for a single)|per) (?!(?:{NAMED})\b)(?P<what>[a-z]+)\b"
    r"(?(that)|(?=\W*$|\s*[,.;:!×*–—-]|\s+(?:x ?\d+|times|so)\b))"
)
"""Says that the number last spoken of is that of one among many: "oops, that's per shop. x30"."""
_TIMES = re.compile(r"(?:\bx|×|\*|\btimes|\bmultiply by) ?(?P<times>\d{1,6})\b")
_NUMBER_IS_WRONG = re.compile(
    r"\W*(?:(?:no|sorry|but|wait|and)\b\W*)*(?:the|that|those|your) (?P<number>[\d.,]+k?%?)(?: \w+){0,2}"
    r" (?:is|are|was|were)"
    r"(?: (?:plain|just|simply|all))? (?:wrong|not (?:right|true|correct)|incorrect|a mistake)\W*",
    re.IGNORECASE,
)
_COUNTED = r"(?:\s?(?:%|/)\s?|\s)(?:(?!(?:was|were|is|are|isn't|wasn't|it's)\b)[\w'%/-]+\s){0,5}?"
_WRONG_AFTER = re.compile(
    rf"(?:{_COUNTED}(?:is|are|was|were)|'?s)(?: (?:now|just|plain|simply|all|a bit|rather|also|already|long|way|far|much|probably))*"
    r" (?:(?:the |an? )?old|outdated|out[ -]of[ -]date|stale|obsolete|wrong|off|nonsense|rubbish|history|incorrect|(?:a |my )?(?:typo|mistake|slip|misprint)|an error"
    r"|too (?:high|low|many|few|much|optimistic|pessimistic|rosy)|inflated|(?:not|no longer) (?:\w+ )?(?:right|true|correct|current|up to date|valid))\b"
    rf"|{_COUNTED}(?:isn't|aren't|wasn't|weren't) (?:\w+ )?(?:right|true|correct|current|up to date|valid)\b"
)
"""Behind a number: it does not hold."""
_WAS_AFTER = re.compile(
    rf"{_COUNTED}(?:(?:was|were)(?! (?:\w+ly )?\w+(?:ed|en|wn) by\b)|counted|counts?|includ\w+|incl\b|had|came from|comes? from|date[sd]? from|goes back|stems? from|held|applied|covered|covers?|meant|refer(?:s|red)? to|contain(?:s|ed)?"
    r"|(?:is|are) (?:from|for|only|just|everything|all of|with|without|before|per|last|gross|including|for the|the (?:old|peak|gross|total|raw|whole|maximum|best|worst|first|number of|count of|figure for)))\b"
)
"""Behind a number: what it was or is of, which may be why it does not hold."""
_WRONG_BEFORE = re.compile(
    r"\b(?:not|isn't|wasn't|aren't|weren't|scratch|forget|strike|scrap|discard|ignore|drop|delete|cross out|take back|correct|amend|revise|fix|instead of|rather than)"
    r"(?: (?:the|that|those|my|our|your|about|around|just|only|to|of))*\W?$"
)
_SAID_BEFORE = re.compile(
    r"\b(?:i|we|i'd|we'd|i had|we had|i've|we've) (?:have )?(?:said|told you|gave you|given you|wrote|mentioned|quoted|typed|named)(?: (?:you|before|earlier|about|around|it was|the|that it was))*\W?$"
)
_THAT_FIGURE = re.compile(
    _LEADS
    + r"(?:(?P<named>(?:that|this|the|my) (?:last |first |old )?(?:number|figure|count|total))|that|those|these|it|they)"
    r"(?:'s|s|(?= (?:has|had|have|counts?|counted|includ)))?(?: (?:is|are|was|were))?(?: (?:still|also|only|just))* ?"
    r"(?:incl\w*|with|counting|counts?|counted|(?:has|had|have|got) [^.?!]{1,60}? in (?:it|them|there)|everything|gross|before|raw|peak|outdated|last year"
    r"|the (?:whole|total|old|peak|raw|gross|maximum)|for (?:the )?(?:old|last|whole|all))\b"
)
"""Says of the number last spoken of what is in it that does not count."""
_FIGURE_IS_WRONG = re.compile(
    _LEADS + r"(?:that|this|the|my|your) (?:last |first |old )?(?:number|figure|count|total)(?:'s| is| was)"
    r"(?: (?:now|just|plain|simply|also|already|way|far|much))* (?:old|outdated|out[ -]of[ -]date|stale|wrong|off|incorrect|too (?:high|low)|not (?:right|correct)|an? (?:typo|mistake|error))\b"
)
_STANDS = re.compile(
    r"\b(?:ours|we're|we|it's|it|(?:the|our) (?:[\w-]+ )?(?:prompt|model|bot|assistant|version|pipeline|system|one|thing)|prompt|accuracy|score)"
    r"(?: (?:is|are|stands?|sits?|scores?|gets?|went|rose|climbed|came|fell|dropped))?(?: now)?(?: up| down)?(?: (?:on|at|to))?(?: (?:about|around|roughly|only|just))* $"
)
"""Before a bare number with "now" beside it: how good it is, where that was told before."""
_NEARER_HERE = re.compile(
    r"\b(?:more like|closer to|nearer to|call it|make it|use that|take that|to be (?:exact|precise)|exactly)\b"
)
"""Beside a number: another was told before, less well."""
_CUTS = re.compile(r",\s|;\s?|\s[-–—]+\s|[()]|[.!?…]+(?=\s|$)|\s(?=(?:but|while|whereas|though)\s)")
_HOLDS = re.compile(
    r"\b(?:it's|its|it is|they're|is|are|now|today|currently|call it|call that|make it|make that|put|use|take|say|at|have|has|gets?|got|gives?|scores?|stands?|sits?|want|wants|allow|more like|closer to"
    r"|nearer|avg|average|usable|actual|actually|really|real|there's|left|fact|rather|instead)\b|[=:]"
)
_NEARER = re.compile(r"\b(?:more like|closer to|nearer(?: to)?|call it|make it)\W*(?:about |around |some )?$")
_NOT_NOW = re.compile(r"\b(?:was|were|had|used to|said|told|gave)\b")
_PERIOD = rf"\b(?:per|an?|each|every) (?:{NAMED})\b|/|\b(?:dai|week|month|year|hour)ly\b"
_WANTED = re.compile(r"\b(?:need|needs|want|wants|target|goal|must|should|at least|aim|below|under|above)\b")
_VERB = re.compile(r"\b(?:is|are|was|were|have|has|had|need|needs|do|does|did|can|must)\b")
_OF_THEM = re.compile(r"\s?(?:of (?:them|these|those|which|whom|the)|more|less|fewer|times)\b")
_A_COUNT_AFTER = re.compile(
    r"\s(?!(?:now|today|on|in|at|for|with|since|across|after|without|overall|total|in|net|altogether|and|but|or|so|here|overall|by|this|as|to|if|when|instead|again|already|correct|right|pct|percent|points?|ms|s|secs?|seconds?|min|minutes?|max|at most|tops)\b)[a-z]"
)
"""Behind a number: the name of what it counts, so that it is neither a share nor a time."""
_A_TIME_AFTER = re.compile(r"\s?(?:ms|s|secs?|seconds?|min|minutes?)\b")
_A_DATE_BEFORE = re.compile(r"\b(?:in|since|from|of|by|until|before|after|year|v|version)\s$")
_YEARS = range(1950, 2036)
_MILLISECONDS = frozenset({1.0, 1000.0, 60_000.0})
_PER_UNIT: dict[str, frozenset[float]] = {
    RATE: frozenset(PER_MONTH.values()),
    "days": frozenset(DAYS.values()),
    "ms": _MILLISECONDS,
    "examples": frozenset({1.0}),
}
"""By the unit of a fact: what a number may have been multiplied by when it was told."""


class Told(Struct, frozen=True):
    """A number told before: the fact, and how what is written becomes its value."""

    name: str
    value: float
    factor: float
    words: str
    is_of_errors: bool = False


class Mention(Struct, frozen=True):
    """Where a turn speaks of a number told before, and whether it says outright that it does not hold."""

    told: Told
    sentence: int
    start: int
    end: int
    is_denied: bool


class Mended(Struct, frozen=True):
    """The number that holds, with the words that tell it."""

    name: str
    value: float
    sentence: int
    start: int
    end: int


def mend(turn: Turn, heard: Heard) -> str | None:
    """Take a correction of a number told before; return what the turn says beside it, None where it corrects none."""
    if _mends_last(turn):
        return ""
    sentences = split_sentences(turn.said)
    if (factor := _each_of(turn, sentences)) is not None:
        known = last_told(turn, lately=True)
        assert known is not None
        return "" if put(turn, known.fact.name, float(known.fact.value) * factor, turn.said) else None
    open_ = frozenset((*heard.asks, *heard.supposes))
    told = [at for at, sentence in enumerate(sentences) if not any(asked in sentence.text for asked in open_)]
    for mention in _mentions(turn, sentences, told):
        for mended in _holding(turn, sentences, told, mention):
            if put(turn, mended.name, mended.value, _words(sentences, mended)):
                return beside(sentences, (mention, mended))
    for mended in _standing(turn, sentences, told):
        if put(turn, mended.name, mended.value, _words(sentences, mended)):
            return beside(sentences, (mended,))
    return None


def names_nearer(heard: Heard) -> bool:
    """Whether a turn gives a number as nearer than the one told before: "it's closer to 450 a week, use that"."""
    return any(_NEARER_HERE.search(flatten(sentence)) for sentence in heard.states)


def without_ground(turn: Turn, heard: Heard) -> frozenset[str]:
    """Return the facts told by a number that no longer holds: that it fits, where "60 pages was the old manual"."""
    flats = [flatten(sentence) for sentence in (*heard.states, *heard.argues)]
    return frozenset(name for name, known in turn.state.facts.items() if _rests_on_denied(known, flats))


def _rests_on_denied(known: Known, flats: Sequence[str]) -> bool:
    if not isinstance(known.fact.value, bool):
        return False
    values = {quantity.value for quantity in find_quantities(flatten(known.fact.evidence))}
    return any(
        quantity.value in values and _denied(flat, quantity) is not None
        for flat in flats
        for quantity in quantities_in(flat)
    )


def _words(sentences: Sequence[Span], mended: Mended) -> str:
    return sentences[mended.sentence].text[mended.start : mended.end].strip(" ,;:-–—")


def _standing(turn: Turn, sentences: Sequence[Span], told: Sequence[int]) -> Iterator[Mended]:
    """Yield how good it is by now, where that was told before: "ours is on 91 now"."""
    for old in told_of(turn, (ACCURACY,)):
        spec = turn.advisor.book.catalogue[ACCURACY]
        for at in told:
            flat = flatten(sentences[at].text)
            for quantity in quantities_in(flat):
                clause = clause_at(flat, quantity.start)
                is_now = not quantity.is_share and re.search(r"\bnow\b", flat[clause[0] : clause[1]])
                if (
                    is_now
                    and _STANDS.search(flat, clause[0], quantity.start)
                    and _may_hold(spec, flat, quantity, clause)
                ):
                    value = value_like(spec, old, flat, quantity)
                    yield from () if value is None else (Mended(ACCURACY, value, at, *clause),)


def quantities_in(flat: str) -> list[Quantity]:
    """Return the quantities of a text, each ending where its last letter does."""
    return [
        replace(quantity, end=quantity.start + len(flat[quantity.start : quantity.end].rstrip()))
        for quantity in find_quantities(flat)
    ]


def _mends_last(turn: Turn) -> bool:
    """Take a turn that does nothing but correct a number: "half that", "a week", "the 5,000 is wrong"."""
    state = turn.state
    if wrong := _NUMBER_IS_WRONG.fullmatch(turn.said):
        values = {quantity.value for quantity in find_quantities(flatten(wrong["number"]))}
        turn.drop({name: (known,) for name, known in state.facts.items() if _is_one_of(known.fact.value, values)})
        return bool(turn.changes)
    known = last_told(turn)
    if known is None:
        return False
    spec = turn.advisor.book.catalogue[known.fact.name]
    value: float | None = None
    if times := _TIMES_THAT.fullmatch(turn.said):
        value = float(known.fact.value) * _FACTORS[times["by"].lower()]
    elif (per := _PER_INSTEAD.fullmatch(turn.said)) and (counted := find_quantities(flatten(known.fact.evidence))):
        value = measured(spec, f"{counted[0].value:.0f} per {per['unit'].lower()}") if spec.unit == RATE else None
    return value is not None and put(turn, spec.name, value, turn.said)


def _is_one_of(value: FactValue, values: set[float]) -> bool:
    return not isinstance(value, bool | str) and value in values


def last_told(turn: Turn, *, lately: bool = False) -> Known | None:
    """Return the number last spoken of; `lately` only where the turn before told it."""
    known = turn.state.facts.get(turn.state.number)
    if known is None or known.fact.name not in turn.advisor.book.catalogue:
        return None
    return None if lately and known.turn < turn.number - 1 else known


def put(turn: Turn, name: str, value: float, words: str) -> bool:
    """Put the number that holds in the place of what was told; False where it cannot be."""
    spec = turn.advisor.book.catalogue[name]
    if not is_in_range(spec, value):
        return False
    turn.add([Fact(name, round(value) if spec.type == "integer" else round(value, 6), "stated", words)], replaces=True)
    turn.remember(number=name)
    return bool(turn.changes)


def _each_of(turn: Turn, sentences: Sequence[Span]) -> float | None:
    """Return by how much the number last told is to be multiplied, being that of one among so many."""
    flat = flatten(turn.said)
    each = _PER_EACH.match(flat)
    if each is None or len(sentences) > HOLDS_WITHIN or last_told(turn, lately=True) is None:
        return None
    if times := _TIMES.search(flat, each.end()):
        return float(times["times"])
    many = re.compile(
        rf"\s(?:\w+ )?(?:of (?:them|those)|{each['what'].removesuffix('s')}\w*)(?=[,.;:!?)]|\W*$|\s(?:in|at|on|across|of|so|and|altogether|overall|now|today)\b)"
    )
    return next((q.value for q in quantities_in(flat) if q.start >= each.end() and many.match(flat, q.end)), None)


def _mentions(turn: Turn, sentences: Sequence[Span], told: Sequence[int]) -> Iterator[Mention]:
    """Yield where the turn says of a number told before that it does not hold, or what it was of."""
    numbers = every_told(turn)
    for at in told:
        flat = flatten(sentences[at].text)
        for quantity in quantities_in(flat):
            for number in numbers:
                if is_written(number, quantity) and (is_denied := _denied(flat, quantity)) is not None:
                    yield Mention(number, at, quantity.start, quantity.end, is_denied)
        wrong = _FIGURE_IS_WRONG.match(flat)
        that = wrong or _THAT_FIGURE.match(flat)
        known = last_told(turn, lately=not (wrong or that["named"])) if that else None
        if that and known:
            for number in numbers_of(turn, known)[:1]:
                yield Mention(number, at, that.start(), that.end(), is_denied=wrong is not None)


def told_of(turn: Turn, names: Sequence[str]) -> Iterator[Told]:
    """Yield each of these facts once, with the number that told it."""
    for name in names:
        known = turn.state.facts.get(name)
        yield from numbers_of(turn, known)[:1] if known else ()


def every_told(turn: Turn) -> list[Told]:
    """Return every number told, also those that are in dispute."""
    told = merging.statements(turn.state).values()
    return [number for every in told for known in every for number in numbers_of(turn, known)]


def numbers_of(turn: Turn, known: Known) -> list[Told]:
    """Return a numeric fact as each number in its words that can have told it."""
    spec = turn.advisor.book.catalogue.get(known.fact.name)
    if spec is None or isinstance(known.fact.value, bool | str):
        return []
    value, flat = float(known.fact.value), flatten(known.fact.evidence)
    if spec.type == "ratio":
        return [Told(spec.name, value, 1.0, flat), *_of_errors(spec, value, flat)]
    per = _PER_UNIT.get(spec.unit, frozenset({1.0}))
    factors = {value / q.value for q in find_quantities(flat) if q.value and _is_near(value / q.value, per)}
    return [Told(spec.name, value, factor, flat) for factor in sorted(factors)] or [Told(spec.name, value, 1.0, flat)]


def _of_errors(spec: FactSpec, value: float, flat: str) -> Iterator[Told]:
    for quantity in quantities_in(flat):
        if abs(1 - quantity.value - value) < 1e-6 and is_inverted(flat, quantity.start, quantity.end):
            yield Told(spec.name, value, 1.0, flat, is_of_errors=True)


def _is_near(factor: float, factors: frozenset[float]) -> bool:
    return any(abs(factor - other) <= 1e-3 * other for other in factors)


def is_written(number: Told, quantity: Quantity) -> bool:
    """Whether a quantity is the number as it was told, be it without its percent sign."""
    if number.name.startswith("accuracy"):
        share = 1 - number.value if number.is_of_errors else number.value
        return min(abs(quantity.value - share), abs(quantity.value / 100 - share)) < 1e-6
    return abs(quantity.value * number.factor - number.value) <= 1e-3 * number.value


def _denied(flat: str, quantity: Quantity) -> bool | None:
    """Return whether a number is said outright not to hold; None where nothing is said of it."""
    if flat[quantity.start : quantity.end] in ONE or _OF_THEM.match(flat, quantity.end):
        return None
    before = flat[: quantity.start]
    if _WRONG_BEFORE.search(before) or _WRONG_AFTER.match(flat, quantity.end):
        return True
    return False if _SAID_BEFORE.search(before) or _WAS_AFTER.match(flat, quantity.end) else None


def _holding(turn: Turn, sentences: Sequence[Span], told: Sequence[int], mention: Mention) -> Iterator[Mended]:
    """Yield the numbers that may hold instead, the nearest behind the mention first, then those before it."""
    spec = turn.advisor.book.catalogue[mention.told.name]
    behind = [at for at in told if mention.sentence <= at <= mention.sentence + HOLDS_WITHIN]
    before = [at for at in reversed(told) if mention.sentence - 1 <= at <= mention.sentence]
    plain, loose = [], []
    for at in dict.fromkeys((*behind, *before)):
        flat = flatten(sentences[at].text)
        for quantity in quantities_in(flat):
            start, end = clause_at(flat, quantity.start)
            is_old = at == mention.sentence and mention.start <= quantity.start < mention.end
            value = None if is_old else _instead(spec, mention, flat, (quantity, start, end))
            if value is None:
                continue
            is_last = at < mention.sentence or (at == mention.sentence and quantity.start < mention.start)
            mended = Mended(spec.name, value, at, start, end)
            if _holds(flat, quantity, (start, end)):
                plain.append((is_last, mended))
            elif mention.is_denied and not is_last:
                loose.append((is_last, mended))
    yield from (mended for _, mended in sorted((*plain, *loose), key=lambda one: one[0]))


def _instead(spec: FactSpec, mention: Mention, flat: str, number: tuple[Quantity, int, int]) -> float | None:
    """Return the value of a number that may hold instead of the one mentioned; None where it cannot."""
    old, (quantity, start, end) = mention.told, number
    value = value_like(spec, old, flat, quantity)
    if value is None or _is_near(value, frozenset({old.value})):
        return None
    is_known = any(quantity.value == known.value for known in find_quantities(old.words))
    is_another = is_known or (not mention.is_denied and counts_another(old, flat, quantity, end))
    return None if is_another or not _may_hold(spec, flat, quantity, (start, end)) else value


def clause_at(flat: str, place: int) -> tuple[int, int]:
    """Return what stands around a place, from mark to mark."""
    cuts = [(cut.start(), cut.end()) for cut in _CUTS.finditer(flat)]
    start = max((end for _, end in cuts if end <= place), default=0)
    return start, min((begin for begin, _ in cuts if begin > place), default=len(flat))


def value_like(spec: FactSpec, old: Told, flat: str, quantity: Quantity) -> float | None:
    """Return what a number would be as the fact: in a unit of its own, else in that of the number told before."""
    if quantity.money or flat[quantity.start : quantity.end] in ONE:
        return None
    values = {
        found.kind: dict(found.values).get(spec.name)
        for found in found_in(flat)
        if found.start <= quantity.start < found.end
    }
    if spec.type == "ratio":
        own = values.get("of") or values.get("share")
        if own is not None or quantity.is_share:
            return own
        value = quantity.value / 100
        return (1 - value if old.is_of_errors else value) if 1 < quantity.value <= 100 else None
    if quantity.percent or measured(spec, flat[quantity.start :]) is None:
        return None
    own = values.get({RATE: "rate", "days": "rhythm", "ms": "time"}.get(spec.unit, "count")) or values.get("length")
    if spec.unit == "examples" and (values.get("rate") or "rate" in values):
        return None
    return own if own is not None else quantity.value * old.factor


def _may_hold(spec: FactSpec, flat: str, quantity: Quantity, clause: tuple[int, int]) -> bool:
    """Whether a number can be what holds today: of the team's own, no date, no part of something, no wish."""
    words = flat[clause[0] : clause[1]]
    if quantity.value in _YEARS and _A_DATE_BEFORE.search(flat, 0, quantity.start):
        return False
    if scope_of(words, flat).others or _OF_THEM.match(flat, quantity.end):
        return False
    if (
        (spec.type == "ratio" or spec.unit == "ms")
        and not quantity.is_share
        and _A_COUNT_AFTER.match(flat, quantity.end)
    ):
        return False
    if spec.type == "ratio" and _A_TIME_AFTER.match(flat, quantity.end):
        return False
    return not (spec.name == ACCURACY and _WANTED.search(words))


def counts_another(old: Told, flat: str, quantity: Quantity, end: int) -> bool:
    """Whether a number without a period is followed by a name that the old one did not have: "and the 9 codes stay"."""
    if not _A_COUNT_AFTER.match(flat, quantity.end) or (
        old.factor != 1 and re.search(_PERIOD, flat[quantity.end : end])
    ):
        return False
    named = re.findall(r"[a-z]{4,}", flat[quantity.end : end])[:2]
    return not any(word[:4] in old.words or word in ("ones", "them") for word in named)


def _holds(flat: str, quantity: Quantity, clause: tuple[int, int]) -> bool:
    """Whether words before a number say that it holds, or nothing else is said of it."""
    before, after = flat[clause[0] : quantity.start], flat[quantity.end : clause[1]]
    if _NOT_NOW.search(before) and not re.search(r"\bnow\b", before + after):
        return False
    is_bare = len(before.split()) <= 3 and len(after.split()) <= 3 and not _VERB.search(after)
    return bool(_HOLDS.search(before)) or is_bare


def beside(sentences: Sequence[Span], parts: Sequence[Mention | Mended]) -> str:
    """Return the turn without the clauses that correct."""
    kept = []
    for at, sentence in enumerate(sentences):
        flat, text = flatten(sentence.text), sentence.text
        for start, end in sorted({clause_at(flat, part.start) for part in parts if part.sentence == at}, reverse=True):
            text = f"{text[:start].rstrip(' ,;:-–—')} {text[end:].lstrip(' ,;:-–—')}"
        kept.append(text.strip(" ,;:"))
    return " ".join(text for text in kept if re.search(r"\w", text))

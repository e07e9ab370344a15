"""Finds the numbers whose own words leave no doubt what they state: "148 of the 200 were right", "labelled examples: 0".

What needs the rest of the sentence to be told is `weighing`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from agent.expressions import expression
from agent.intake.numbers import Quantity, find_quantities
from agent.intake.periods import NAMED, PER_MONTH, SHORT

_WELL = r"right|correct(?:ly)?|passed|pass|accurate|acceptable"
_ILL = r"wrong|incorrect|failed|mistaken|misrouted|misread"
_OUTCOME = r"\s?(?:[a-z]+ )??(?:of (?:them|those|these|which|the [a-z]+) )?(?:(?:were|was|are|is|got|went|came (?:out|back)|turned out) )?(?:all |really |fully |plain )?"
_RIGHT_AFTER = expression(
    rf"{_OUTCOME}(?:(?P<well>{_WELL})|(?P<ill>{_ILL}))\b(?! (?:now|away|before|after|here|there|side|hand|team|on|one|answers?|labels?)\b)"
)
_PASSED_AFTER = expression(
    r"\s?(?:of (?:them|those|these|the [a-z]+) )?(?:passed|pass|were (?:right|correct)|are (?:right|correct))\b"
)
_FINE_AFTER = expression(rf"{_OUTCOME}(?:fine|good|ok|okay|usable|perfect)\b")
"""Behind a count of what was tried."""
_TRIED_BEFORE = expression(
    r"\b(?:tried|ran|run|tested|checked|judged|scored|graded|sampled|asked|marked|evaluated|measured|quizzed|went through|out of|of|on)(?: (?:it|them|that|this|on|over|with|about|around|some|the|our|these|those))*\s?$"
)
_TRIED = expression(
    r"\b(?:tried|ran|judged|tested|checked|scored|graded|asked|quizzed|went through|sampled|evaluated)\b"
)
_OF = expression(r"\s?(?:[a-z'-]+\s)?(?:out of|of|in|from)\s?(?:the |our |all |those |these |about )*")
_ONLY_A_NAME = expression(
    r"\s?(?:[a-z'-]+ ){0,5}?(?:[a-z'-]+ ?)?, ?(?:and |with |but )?(?:(?:it|they|(?:the |our |that )?(?:(?:big|small|large|new|old) )?(?:bot|model|thing|system|tool|version|pilot|one)) )?"
    r"(?:(?:got|gets|had|has|managed|did|is|was) )?(?:only |just |about )?"
)
_WISHED = expression(
    r"\b(?:target|wish|goal|need|needs|want|wants|must|should|at (?:the )?least|aim|would do|if|whether)\b"
)
_A_PERIOD = expression(rf"\b(?:per|an?|each|every) (?:{NAMED})\b|/|\bdaily\b|\bweekly\b|\bmonthly\b")
_BEGINS = expression(
    r"^\W*(?:(?:it|they|(?:the |our )?(?:bot|model|system)) (?:got|gets|had|has|managed) )?(?:only |just |about |around |and |but |roughly |maybe )*$"
)
_RIGHT_IN = expression(
    r"\b(?:right|correct|ok|okay|fine|agreed?|succeeded)(?: (?:decision|answer|result|label|code|one))? (?:in|on|for|with)(?: only| just| about)* $"
)
"""Before the count of what came out well: "came to the right decision in 148"."""
_WOULD_DO = expression(r"\s?(?:would|will|'d) (?:do|be (?:fine|enough|ok|okay|plenty|good enough))\b")
_WORKS_BEFORE = expression(
    r"\b(?:agrees?|agreed|works?|worked|succeeds?|gets? it right)\b(?! with (?:each|one))[^.,;:\d]{0,30}$"
)
_OF_THE_TIME = expression(r"\s?of (?:the )?(?:time|cases)\b")
_LAST_RUN_BEFORE = expression(
    r"^\W*(?:and |but |the |our )*(?:last|latest|current|first|newest|best)(?: (?:one|version|run|release|round|build|time|score))?"
    r" (?:was|is|got|gets|had|scored|scores|reached|came (?:out|in) at|stands at|stood at)(?: (?:at|only|about|around|just))* $"
)
_OF_TESTS = expression(r"\b(?:scor\w+|test\w*|eval\w*|measur\w+|graded|benchmark\w*|accura\w+|right|correct)\b")
_AT_MOST_BEFORE = expression(
    r"\b(?:(?:no|not) more than|at most|fewer than|less than|under|max(?:imum)?(?: of)?|up to) (?:about |say )?$"
)
_FAULTS_AFTER = expression(
    r"\s?(?:of (?:them|those|the [a-z]+) )?(?:may be |can be |should be |to be )?(?:wrong|incorrect|errors?|mistakes?|misrouted|failures?)\b"
)
_WOULD_TAKE = expression(
    r"\b(?:i'd|we'd|i would|we would|they'd|he'd|she'd) (?:\w+ )?(?:take|settle for|be (?:happy|fine|ok) with|accept|sign for) (?:about |even )?$"
)
_ENDS_SHARE = expression(r"\s?(?:from|for|of a|with|on|at|any|,|\.|!|$)")
_LOAD_BEFORE = expression(
    r"^\W*(?:(?:and|so|the|our|about|around|roughly|avg|average|mean|load|traffic|volume|vol|throughput|is|are|we|get|have|see|handle|serve|do|it's|that's|now|currently|~)\b[\s:=]*)*$"
)
_REQUESTS_AFTER = expression(
    r"\s?(?:req|reqs|requests?|calls?|queries|query)(?:\s?/\s?|\s(?:per|an?|each|every)\s)(?P<period>second|sec|s|minute|min|hour|h|day|d|week|wk|month|mo|year|yr)\b"
)
_USUAL_BEFORE = expression(
    r"^\W*(?:[a-z]+,? ){0,2}(?:in|on) an? (?:ordinary|normal|typical|average|usual|quiet|regular|slow) (?P<period>day|week|month|year),?"
    r"(?: (?:it's|it is|that's|we (?:get|have|see|do|receive)|there (?:are|is)|maybe|about|around|roughly|some))* $"
)
_USUAL_AFTER = expression(
    r"(?:\s?(?:or so|in total|altogether|of them|give or take|(?:e?-?mails?|messages|requests?|calls|questions|tickets|letters|forms|cases|documents|items)))*\W*$"
)
_LABELLED = r"(?:number of )?(?:hand-)?(?:labell?ed|annotated|tagged|gold|training) (?:[a-z]+ )?(?:data|[a-z]+s)(?: so far| yet)?"
_LABELS_BEFORE = expression(
    rf"(?:^|[,.;(]|\band )\W{{0,9}}{_LABELLED}\s?(?:[:=]|\bis\b|\bare\b|\s-)\s?(?:about |around |roughly |only )?$"
)
_NO_LABELS = expression(
    rf"(?:^|[,.;(]|\band )\W{{0,9}}{_LABELLED}\s?(?:[:=]|\s-)\s?(?P<none>none|nil|nothing|no)(?: yet| so far| at all)?\W*$"
)
_ANSWERS_BEFORE = expression(
    r"\b(?:model|ideal|reference|correct|right|gold|sample) answers (?:to|for) (?:about |around |all |the |our )*$"
)
_PAIRED_AFTER = expression(
    r"\s?(?:[a-z'-]+ ){0,5}?(?:[a-z'-]+,? )?(?:each )?paired with (?:their|its|the|his|her|an?)\b"
)
PAIRS_AT_LEAST = 10


class Plain(Struct, frozen=True):
    """A number that states one fact; offsets are those of the flattened sentence."""

    name: str
    value: float
    start: int
    end: int


def find_plain(flat: str, quantities: tuple[Quantity, ...], last: str) -> Iterator[Plain]:
    """Yield what the numbers of a flattened sentence state beyond doubt, `last` being the sentence before it."""
    yield from _outcomes(flat, quantities, last)
    for quantity in quantities:
        yield from _share(flat, quantity, last)
        yield from _rate(flat, quantity)
        yield from _labels(flat, quantity)
    if (none := _NO_LABELS.search(flat)) is not None:
        yield Plain("labelled_examples", 0.0, none.start("none"), none.end("none"))


def _outcomes(flat: str, quantities: tuple[Quantity, ...], last: str) -> Iterator[Plain]:
    """Yield how many of those tried were right, told in either order, the trial maybe in the sentence before."""
    for one, two in pairwise(quantities):
        right = _RIGHT_AFTER.match(flat, two.end)
        if right and _OF.fullmatch(flat, one.end, two.start):
            yield from _of_whole(flat, one, two, right)
        elif (right := _outcome(flat, one, two)) is not None:
            yield from _of(flat, two, one, right)
    before = find_quantities(last)
    if len(before) == 1 and quantities and _TRIED.search(last):
        right = _RIGHT_AFTER.match(flat, quantities[0].end) or _FINE_AFTER.match(flat, quantities[0].end)
        if right and _BEGINS.search(flat[: quantities[0].start]):
            yield from _of(flat, quantities[0], before[0], right)


def _of_whole(flat: str, part: Quantity, whole: Quantity, right: re.Match[str]) -> Iterator[Plain]:
    """Yield "26 out of 40 right"; what goes wrong only where so much may."""
    is_at_most = _AT_MOST_BEFORE.search(flat, 0, part.start)
    if right["well"] and not is_at_most:
        yield from _of(flat, part, whole, right)
    elif right["ill"] and is_at_most and part.value < whole.value:
        yield Plain("accuracy_target", 1 - part.value / whole.value, part.start, right.end())


def _outcome(flat: str, whole: Quantity, part: Quantity) -> re.Match[str] | None:
    """Return how a part of what was tried came out, where two numbers tell of a trial."""
    between = flat[whole.end : part.start]
    if _A_PERIOD.search(between) or len(between) > 60:
        return None
    if (right := _RIGHT_IN.search(between)) and (
        _TRIED_BEFORE.search(flat, 0, whole.start) or _BEGINS.search(flat[: whole.start])
    ):
        return right
    if _TRIED_BEFORE.search(flat, 0, whole.start):
        return _RIGHT_AFTER.match(flat, part.end) or _FINE_AFTER.match(flat, part.end)
    if not _ONLY_A_NAME.fullmatch(between):
        return None
    right = _RIGHT_AFTER.match(flat, part.end)
    if _TRIED.search(between):
        return right or _FINE_AFTER.match(flat, part.end)
    return right if right and right["well"] else None


def _of(flat: str, part: Quantity, whole: Quantity, right: re.Match[str]) -> Iterator[Plain]:
    is_share = part.is_share or whole.is_share or part.money or whole.money
    is_ill = bool(right.groupdict().get("ill"))
    is_wish = _WISHED.search(flat, 0, part.start) or flat[part.start : part.end].strip() in ("one", "a", "an")
    if is_share or is_wish or not 0 <= part.value <= whole.value or whole.value < 3:
        return
    share = part.value / whole.value
    value = 1 - share if is_ill else share
    yield Plain("accuracy_now", value, part.start, max(part.end, right.end()))


def _share(flat: str, quantity: Quantity, last: str) -> Iterator[Plain]:
    before, value = flat[: quantity.start], quantity.value
    if _WOULD_TAKE.search(before) and _ENDS_SHARE.match(flat, quantity.end):
        yield from _wanted(quantity, f"{last} {before}")
    if not quantity.is_share:
        return
    if _WOULD_DO.match(flat, quantity.end):
        yield Plain("accuracy_target", value, quantity.start, quantity.end)
        return
    if _AT_MOST_BEFORE.search(before) and _FAULTS_AFTER.match(flat, quantity.end):
        yield Plain("accuracy_target", 1 - value, quantity.start, quantity.end)
    elif not quantity.percent and (passed := _PASSED_AFTER.match(flat, quantity.end)) and not _WISHED.search(before):
        yield Plain("accuracy_now", value, quantity.start, passed.end())
    elif (not _WISHED.search(before) and _WORKS_BEFORE.search(before) and _OF_THE_TIME.match(flat, quantity.end)) or (
        _LAST_RUN_BEFORE.search(before)
        and not flat[quantity.end :].strip(" .!")
        and _OF_TESTS.search(f"{last} {before}")
    ):
        yield Plain("accuracy_now", value, quantity.start, quantity.end)


def _wanted(quantity: Quantity, before: str) -> Iterator[Plain]:
    """Yield what would be good enough; a bare number only where shares are spoken of."""
    if quantity.is_share or ("%" in before and 50 <= quantity.value <= 100):
        value = quantity.value if quantity.is_share else quantity.value / 100
        yield Plain("accuracy_target", value, quantity.start, quantity.end)


def _rate(flat: str, quantity: Quantity) -> Iterator[Plain]:
    if quantity.is_share or quantity.money:
        return
    before = flat[: quantity.start]
    found = _REQUESTS_AFTER.match(flat, quantity.end) if _LOAD_BEFORE.search(before) else None
    if found is None and _USUAL_AFTER.match(flat, quantity.end):
        found = _USUAL_BEFORE.search(before)
    if found:
        period = SHORT.get(found["period"], found["period"])
        yield Plain("requests_per_month", quantity.middle * PER_MONTH[period], quantity.start, quantity.end)


def _labels(flat: str, quantity: Quantity) -> Iterator[Plain]:
    if quantity.is_share or quantity.money:
        return
    is_pair = quantity.value >= PAIRS_AT_LEAST and _PAIRED_AFTER.match(flat, quantity.end)
    if is_pair or any(pattern.search(flat[: quantity.start]) for pattern in (_LABELS_BEFORE, _ANSWERS_BEFORE)):
        yield Plain("labelled_examples", quantity.value, quantity.start, quantity.end)

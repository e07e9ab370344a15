"""Finds everything in a sentence that could be a numeric fact, and describes where it stands; decides nothing.

A candidate is a number, a share ("81 of 100"), a rate, a duration, a rhythm ("every other week") or a denial ("no labels"),
with the value it would have as each fact, and the features by which `weighing` tells what it states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from agent.expressions import expression
from agent.intake.amounts import CLAUSES_AT_MOST, QUANTITIES_AT_MOST, Amount, all_amounts, papers_change
from agent.intake.numbers import Quantity, find_quantities
from agent.intake.periods import ADVERBS, DAYS, PER_MONTH, SHORT
from agent.intake.plain import find_plain
from agent.intake.scope import Scope, is_negated, scope_of
from agent.intake.sentences import Span, flatten, split_clauses

CANDIDATES_AT_MOST = 80
"""Of one sentence, so that a table pasted as one costs no more than a paragraph."""
_DATED = r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend"
_YEARLY = r"january|february|march|april|june|july|august|september|october|november|december|spring|summer|autumn|fall|winter"
_MILLISECONDS = {"m": 1.0, "s": 1000.0, "min": 60_000.0}
_SPAN = r"second|minute|hour|day|night|week|month|quarter|year"
_PER = expression(
    rf"(?:\s?/\s?|\b(?:per|a|an|each|every|by|in the|in a|this|(?<!from )(?<!of )last|past|in our first)\s+)"
    rf"(?:single |working |business |calendar |average |typical |ordinary |usual |regular |quiet |harvest |busy |normal |peak |first )*"
    rf"(?P<period>{_SPAN}|sec|min|hr|yr|mo\b|wk\b|s\b|h\b|d\b)s?\b(?!-)"
    rf"|\b(?P<adverb>{'|'.join(ADVERBS)})\b|\b(?P<qps>qps|rps|tps)\b"
)
_PER_BEFORE = expression(
    rf"\b(?:per|a|an|each|every|by|in the|in a|first|this|last|past) (?P<period>{_SPAN})\b[:,]?|\b(?P<adverb>{'|'.join(ADVERBS)})\b"
)
_TIME = expression(r"^\s?(?P<unit>ms\b|msec|millis\w*|milli\b|s\b|secs?\b|seconds?\b|minutes?\b|mins?\b)")
_ANY_TIME = expression(r"(?:\b|\d)\s?(?P<unit>ms|millis\w*|s|secs?|seconds?)\b")
_LENGTH = expression(
    r"^[\s-]?(?P<unit>(?:working |business |calendar )?(?:day|night|week|fortnight|month|sprint|quarter|year))s?\b"
)
_PART_SECOND = expression(
    r"\b(?P<part>half (?:of )?an?|(?:a )?quarter (?:of )?an?|a|one) second\b(?! (?:model|time|pass|one|opinion|attempt))"
)
_PARTS = {"h": 500.0, "q": 250.0}
_SOON = expression(
    r"\b(?:(?P<one>a|an|one) (?P<unit>week|fortnight|month|quarter|year)\b(?! ago)|(?P<when>tomorrow|next (?:week|month|quarter|year)"
    r"|(?:end of|by the end of) (?:the |this |next )?(?P<end>week|month|quarter|year)))"
)  # fmt: skip
_COUNTS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "few": 3, "couple of": 2, "couple": 2, "other": 2, "second": 2, "third": 3, "half": 0.5, "single": 1,
}  # fmt: skip
_UNITS = "hour|day|night|morning|evening|week|fortnight|sprint|month|quarter|season|year|wk|mo|yr"
_EVERY = expression(
    rf"\b(?P<adverb>{'|'.join(ADVERBS)})\b"
    rf"|\b(?P<times>once or twice|once|twice|thrice|several times|a few times|many times|(?:\w+ or )?\w+ times|\d{{1,3}} ?x)(?:\s?/\s?| (?:per|an?|every|each|in an?) )(?P<in>{_UNITS})\b"
    rf"|\b(?:every|each|once every|per|an?|by the|with every|of every|of each|in each)\s+(?:(?P<count>\d+(?:\.\d+)?|other|second|third|half|single|{'|'.join(w for w in _COUNTS if w not in ('other', 'second', 'third', 'half', 'single'))})\s)?(?:\w+ )?(?P<unit>{_UNITS}|{_DATED}|{_YEARLY})s?\b"
    rf"|\b(?P<dated>(?:{_DATED})s|1 january|overnight|new year)\b"
    rf"|\b(?P<constantly>all the time|constantly|by the minute|in real[- ]time|every minute)\b"
)
_TIMES = {
    "once": 1.0,
    "twice": 2.0,
    "thrice": 3.0,
    "once or twice": 1.0,
    "several times": 3.5,
    "a few times": 3.0,
    "many times": 4.0,
}
_DENIED = expression(
    r"\b(?:no|none|nobody|never|without|zero|0|don't|doesn't|didn't|haven't|hasn't|not|lack\w*|isn't|aren't|nor|yet to)\b"
)
_OF = expression(
    r"\s?(?:[a-z'-]+\s){0,2}?(?:out of|of|in|from|/|times in|times out of)\s?(?:the |our |my |every |last |these |those |all |her |his |their |first |about |a |some )*"
)
_TOKEN = expression(r"[a-z]+(?:'[a-z]+)?|\d[\d.,]*|[^\s\w]")
NEAR, FAR = 4, 10
_UNNAMED = frozenset({"bare", "count", "untimed"})
_CLASSES = {
    name: tuple(stems.split())
    for name, stems in {
        "ok": "accura right correct f1 precision recall exact match accept success pass solve score hit hits agree auc auroc kappa "
        "pearson valid reach green macro micro wins approve faithful perfect",
        "bad": "wrong error fail incorrect miss reject invalid hallucinat bogus broken off rate",
        "want": "need target want goal bar requir ask accept expect must should contract sign demand yardstick aim least minimum "
        "threshold reach promise sla obliged owe fine would board boss",
        "label": "label annotat tagged tag coded coder hand gold curated review verif graded grade rated rating approv correct classif "
        "checked judg judged verdict decision ruling confirm corrected sorted settled marked fixed solved rewritten revised glossed transcribed",
        "item": "example sample pair row datapoint record case instance item conversation ticket document report mail message text post "
        "sentence transcript quer question call invoice image note summary summari description article comment review incident entr passage "
        "dialogue contract letter claim chat output product file thread snippet utterance clause line form essay opinion",
        "test": "test eval held holdout benchmark validation suite golden sample audit check measured fresh aside frozen trial",
        "prompt": "prompt shot context few in-context inside pasted",
        "train": "train tune tuned tuning sft lora distil fine learn bert modernbert adapter",
        "money": "cost pay paid bill euro dollar usd eur cent price budget salary licence fee invoice spend",
        "people": "people user employee staff customer patient lawyer agent engineer developer member tenant client student colleague "
        "annotator team branch office shop store",
        "unit": "token gpu gb mb page hour minute second word character parameter param b point version language categor class queue type "
        "kind theme field intent code core vm",
        "past": "archive past historic old previous since former decade year warehouse log logged",
        "fresh": "new chang updat revis releas refresh add arriv edit redrawn move publish amend land growing grows renewed evolv retir",
        "wish": "will would could might plan going generate synthetic buy collect write",
        "more": "more less faster cheaper better worse rose fell up down drop improv",
        "model": "gpt opus sonnet haiku claude gemini llama qwen mistral o3 mini base baseline model vendor",
        "rhythm": "daily weekly monthly yearly nightly hourly quarterly day week month year night quarter",
        "human": "human expert humans nurse doctor clerk physician we ourselves us linguist moderator analyst",
        "traffic": "request arrive come incoming volume handle process throughput traffic load get receive per a",
        "must": "within under budget latency most limit max tops patience respond answer tolerate allow deadline timeout",
        "start": "launch live go-live due deadline demo premiere production release season pilot left starts ship finish contest exam ready",
    }.items()
}


class Candidate(Struct, frozen=True):
    """What could be a numeric fact; the span is that of its clause, in the whole text."""

    values: tuple[tuple[str, float], ...]
    """The value it would have as each fact it could state."""
    features: tuple[str, ...]
    scope: Scope
    clause: tuple[int, int]
    place: tuple[int, int]
    """Where it stands itself, in the whole text."""
    is_plain: bool = False
    """Whether its words leave no doubt what it states, whatever else the sentence says."""


class Found(Struct, frozen=True):
    """A candidate before it is described; offsets are those of the flattened sentence."""

    kind: str
    start: int
    end: int
    values: tuple[tuple[str, float], ...]
    quantity: Quantity | None = None
    notes: tuple[str, ...] = ()
    is_plain: bool = False


def find_candidates(sentence: Span, last: str = "") -> tuple[Candidate, ...]:
    """Return all that could be a numeric fact in one sentence, in order, each described.

    `last` is the flattened sentence before it, of which "they" may speak.
    """
    flat = flatten(sentence.text)
    every = found_in(flat, last)
    if not every:
        return ()
    rules = tuple(all_amounts(sentence))
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(flat)]
    clauses = [(c.start - sentence.start, c.end - sentence.start) for c in split_clauses(sentence)][:CLAUSES_AT_MOST]
    scopes = {clause: scope_of(flat[clause[0] : clause[1]], flat) for clause in clauses}
    candidates = []
    for found in every:
        clause = next((c for c in clauses if c[0] <= found.start < c[1]), (0, len(flat)))
        scope = scopes.get(clause) or scope_of(flat, flat)
        features = {f"k:{found.kind}", *found.notes, *_form(flat, found), *_meant(scope, flat)}
        features |= {f"rule:{name}" for name in _ruled(found, rules, sentence.start)} | _around(found, tokens)
        candidates.append(
            Candidate(
                found.values,
                tuple(sorted(features)),
                scope,
                (sentence.start + clause[0], sentence.start + clause[1]),
                (sentence.start + found.start, sentence.start + found.end),
                found.is_plain,
            )
        )
    return tuple(candidates)


def found_in(flat: str, last: str = "") -> tuple[Found, ...]:
    """Return all that could be a numeric fact in one flattened sentence, after another."""
    quantities = find_quantities(flat)[:QUANTITIES_AT_MOST]
    plain = tuple(find_plain(flat, quantities, last))
    found = (
        *_numbers(flat, quantities),
        *_shares(flat, quantities),
        *_moments(flat),
        *_rhythms(flat, last),
        *(Found("denied", m.start(), m.end(), (("labelled_examples", 0.0),)) for m in _DENIED.finditer(flat)),
    )
    # A bare number that states one thing beyond doubt counts no other.
    found = (
        *(f for f in found if f.kind not in _UNNAMED or not any(p.start <= f.start < p.end for p in plain)),
        *(Found("plain", p.start, p.end, ((p.name, p.value),), is_plain=True) for p in plain),
    )
    return tuple(sorted(found, key=lambda f: (f.start, f.end, f.kind))[:CANDIDATES_AT_MOST])


def _ruled(found: Found, rules: tuple[Amount, ...], offset: int) -> Iterator[str]:
    """Yield the facts that the plain rules read at this place with this value."""
    for amount in rules:
        if amount.start - offset <= found.start <= amount.end - offset:
            for name, value in found.values:
                if name == amount.name and abs(amount.value - value) <= 0.01 * abs(value) + 1e-9:
                    yield name


def _meant(scope: Scope, flat: str) -> Iterator[str]:
    for name in ("supposed", "planned", "others", "asked"):
        if getattr(scope, name):
            yield f"scope:{name}"
    if "?" in flat:
        yield "?"


def _numbers(flat: str, quantities: tuple[Quantity, ...]) -> Iterator[Found]:
    for at, quantity in enumerate(quantities):
        after = flat[quantity.end :]
        where = (quantity.start, quantity.end)
        value = quantity.value
        if not quantity.percent and (time := _TIME.match(after)):
            unit = "m" if time["unit"].startswith(("ms", "milli")) else "min" if time["unit"].startswith("min") else "s"
            yield Found("time", *where, (("latency_budget_ms", quantity.value * _MILLISECONDS[unit]),), quantity)
        elif not quantity.percent and not quantity.money and (length := _LENGTH.match(after)):
            days = value * DAYS[length["unit"].split()[-1]]
            yield Found("length", *where, (("deadline_days", days),), quantity)
        elif quantity.is_share:
            yield Found("share", *where, _as_share(flat, quantity.value, *where), quantity)
        elif not quantity.money:
            yield from _count(flat, quantities, at)


def _count(flat: str, quantities: tuple[Quantity, ...], at: int) -> Iterator[Found]:
    quantity = quantities[at]
    where = (quantity.start, quantity.end)
    before = flat[: quantity.start]
    apiece = [other for other in _apiece(flat, quantities, at) if other != quantity.value]
    noted = ("apiece",) if apiece else ()
    if (rate := _per_month(flat, quantities, at)) is not None and not _LABELS_PER.search(before):
        per, notes = rate
        each = _EACH_OF.search(before)
        value = quantity.middle * per * (float(each["count"]) if each else 1)
        yield Found("rate", *where, (("requests_per_month", value),), quantity, (*notes, *noted))
        for many in apiece if not each else ():
            yield Found("rates", *where, (("requests_per_month", value * many),), quantity, notes)
    if not _is_unlabelled(flat, quantity.end):
        yield Found("count", *where, (("labelled_examples", quantity.value),), quantity, noted)
        for many in apiece:
            yield Found("counts", *where, (("labelled_examples", quantity.value * many),), quantity)
    if 30 <= quantity.value <= 100:
        yield Found("bare", *where, _as_share(flat, quantity.value / 100, *where), quantity)
    near = [m for m in _ANY_TIME.finditer(flat) if m.end() < quantity.start or m.start() > quantity.end]
    if near and quantity.value < 10_000:
        unit = min(near, key=lambda m: abs(m.start() - quantity.start))["unit"]
        yield Found(
            "untimed",
            *where,
            (("latency_budget_ms", quantity.value * _MILLISECONDS["m" if unit.startswith("m") else "s"]),),
            quantity,
        )


_APIECE = expression(
    rf"\b(?:each|apiece|a head|per (?!(?:working |business |calendar )?(?:{_SPAN}|cent\b|annum|sec|min|hr|wk|mo|yr))[a-z]+"
    rf"|every (?=(?:of|one of|[a-z]+ has|[a-z]+ gets)\b))\b|(?:\b[x×]|\*) ?(?=\d)"
)
"""Says that a number is of each of several."""
_OF_TIME = expression(rf"[\s-]?(?:[a-z]+ )?(?:{_SPAN}|ms|sec|min|hr|percent)")
_MULTIPLIED_AT_MOST = 2_000
"""More than so many of a thing that has its own number each are no shops, wards or classes."""


def _apiece(flat: str, quantities: tuple[Quantity, ...], at: int) -> list[float]:
    """Return how many there may be of that of which each has so many as a number says: "70 each, 16 of them"."""
    if not _APIECE.search(flat):
        return []
    others = [other for there, other in enumerate(quantities) if there != at]
    return [
        other.value
        for other in others
        if 2 <= other.value <= _MULTIPLIED_AT_MOST
        and not (other.is_share or other.money or _OF_TIME.match(flat, other.end))
    ]


_EACH_OF = expression(
    r"\beach (?:of )?(?:the |our |these |those |my |all )*(?P<count>\d{1,4}) [\w'-]+(?: [\w'-]+){0,4} (?:about |around |roughly |some |up to |maybe )?$"
)
"""Before a rate that each of so many has: "each of our 30 vets does about 15 a day"."""
_LABELS_PER = expression(
    r"\b(?:label|annotate|tag|grade|mark|curate)(?:s|ing)? (?:about |around |roughly |some |up to |maybe |another )?$"
)
"""Before a rate at which labels could be made, which is no traffic."""
_OF_SEARCH = expression(
    r"\b(?:retriev\w+|search|index|reranker)\b (?:\w+ ){0,2}(?:finds?|found|gets?|returns?|brings?|ranks?|surfaces?) (?:\w+ ){0,3}"
    r"(?:passage|page|table|chunk|document|section|article|paragraph|file|one|hit)s?\b[^.;,]{0,25}$"
)
"""Before a share: of how often the right passage is found, which is not how often the answer is right."""
_NO_LABELS = expression(r"\b(?:no|without|without any|zero|lack\w*) (?:\w+ )?label(?:s|l?ed \w+)?\b")
_LABELLED_AFTER = expression(r"\s?(?:[a-z']+[ -]){0,3}(?:label|annotat|tagged|graded|rated|marked|corrected)")
_UNLABELLED_AFTER = expression(r"\s?(?:[a-z'-]+ ){0,3}(?:un-?label|not label|without labels)")


_WORKED_ON = (
    r"(?:summari[sz]ed?|rewritten|rewrite|classif(?:ied|y)|translated?|tag(?:ged)?|extract(?:ed)?|process(?:ed)?|convert(?:ed)?|shorten(?:ed)?"
    r"|migrated?|sort(?:ed)?|transcribed?|enrich(?:ed)?|simplif(?:ied|y))\b"
)
_TO_BE_DONE_AFTER = expression(
    rf"\s?(?:(?!with\b|each\b|labell?ed\b|approved\b)[\w'-]+,? ){{1,9}}?(?:(?:to be|waiting to be|(?:need|needs|have|has) to be|must be|should be) (?:\w+ )?"
    rf"|(?:want|wants|wanted|need|needs|like|have) (?:them|it|these|those)(?: all)? )(?:\w+ )?{_WORKED_ON}"
)
"""Behind a number: what it counts is what has yet to be worked on."""


def _is_unlabelled(flat: str, end: int) -> bool:
    """Tell whether what a number counts is said to have no labels, or is what has yet to be worked on."""
    is_denied = _NO_LABELS.search(flat) and not _LABELLED_AFTER.match(flat, end)
    return bool(is_denied or _UNLABELLED_AFTER.match(flat, end) or _TO_BE_DONE_AFTER.match(flat, end))


def _as_share(flat: str, value: float, start: int, end: int) -> tuple[tuple[str, float], ...]:
    if _OF_SEARCH.search(flat, 0, start):
        return ()
    right = 1 - value if is_inverted(flat, start, end) else value
    return (("accuracy_now", right), ("accuracy_target", right))


_FAILED_AFTER = expression(
    r"^\s?(?!of (?:the |our |all |its |these )*(?:error|fail|mistake|miss|wrong|bad|remaining))(?:of (?:\w+ )*)?(?:[a-z]+ ){0,3}?(?:\w*\s)?(?:wrong|errors?|error rate|fail\w*|incorrect|misclassif\w+|miss(?:es|ed)?|broken|invalid|hallucinat\w+|bogus|garbage|rejected|sent back|off|false|unusable|overruled|overturned|refused|thrown out|dropped a|dropped the|leaked|disputed|redone|rewritten)\b"
)
_FAILED_BEFORE = expression(
    r"\b(?:wrong (?:in|on|for)|errors?(?: rate)?(?: of| is| was| were| in|:| on)?|fail(?:s|ed|ure rate)?(?: in| on| of)?|incorrect (?:in|on)|miss(?:es|ed)(?: about| on)?|rejects?|rejected|sent back|hallucinates?(?: in| on)?|word error rate|wer)(?: still| now| at| around| about| roughly| the| some| a)*\s*$"
)
_ERRS_BEFORE = expression(
    r"\b(?:miss(?:es|ed)?|overlook(?:s|ed)?|mis(?:classif|label|rout|read|judg|tag|sort|match)\w*|confus(?:es|ed)|mix(?:es|ed) up|invents?|invented|makes? up"
    r"|hallucinat(?:es|ed)|fabricat(?:es|ed)|gets? (?:\w+ ){1,3}wrong"
    r"|overrul(?:es?|ed)|overturn(?:s|ed)?|disput(?:es?|ed)|disagree(?:s|d)?|send(?:s|ing)? back|rewr(?:ites?|ote|itten)|edit(?:s|ed)?|correct(?:s|ing)|overclaims?|chokes?"
    r"|leak(?:s|ed)?|slips? through)(?: (?!but\b|and\b|or\b)[\w'-]+){0,4}?(?: (?:in|on|for|about|around|roughly|only|the|some|almost))*\s*$"
)
_FAULTS = expression(r"\b(?:errors?|mistakes?|failures?|faults?|misses|slips?|wrong|invalid|broken|incorrect)\b")


def is_inverted(flat: str, start: int, end: int) -> bool:
    """Tell whether a share is of what goes wrong rather than of what goes right."""
    before, after = flat[max(0, start - 40) : start], flat[end : end + 40]
    errs = _ERRS_BEFORE.search(before)
    return bool(
        _FAILED_BEFORE.search(before)
        or (errs and not is_negated(before[: errs.start()]))
        or _FAULTS.search(flat, start, end)
        or _FAILED_AFTER.match(re.split(r"[,.;:]", after)[0])
    )


def _shares(flat: str, quantities: tuple[Quantity, ...]) -> Iterator[Found]:
    for at, one in enumerate(quantities[:-1]):
        two = quantities[at + 1]
        if one.is_share or two.is_share or one.money or two.money:
            continue
        if 0 <= one.value <= two.value and two.value >= 3 and _OF.fullmatch(flat, one.end, two.start):
            values = _as_share(flat, one.value / two.value, one.start, two.end)
            yield Found("of", one.start, two.end, values, one)
        elif two.end - one.end <= _TOLD_WITHIN:
            yield from _part(flat, one, two)
    for found in _EVERY_NTH.finditer(flat):
        share = 1 / _NTH[found["nth"]]
        yield Found("every", *found.span(), _as_share(flat, share, *found.span()))


_TOLD_WITHIN = 70
"""Characters in which two numbers may tell of a whole and a part of it."""
_NTH = {
    "second": 2, "other": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "twelfth": 12, "fifteenth": 15, "twentieth": 20, "thirtieth": 30, "fiftieth": 50, "hundredth": 100,
}  # fmt: skip
_EVERY_NTH = expression(
    rf"\bevery (?P<nth>{'|'.join(_NTH)})\b(?! (?:{_SPAN}|morning|evening|sprint|fortnight|{_DATED}|{_YEARLY})s?\b)"
)
"""Counts one in so many: "every fourth reply is sent back"."""


def _part(flat: str, one: Quantity, two: Quantity) -> Iterator[Found]:
    """Yield what share of a whole a part could be, named after it: "sampled 40 files and accepted 33"."""
    if one.value < 10 or not 0 < two.value < one.value or _PER.search(flat, one.end, two.start):
        return
    if _OF_TIME.match(flat, one.end) or _OF_TIME.match(flat, two.end):
        return
    values = _as_share(flat, two.value / one.value, two.start, two.end)
    yield Found("part", two.start, two.end, values, two)


def _per_month(flat: str, quantities: tuple[Quantity, ...], at: int) -> tuple[float, tuple[str, ...]] | None:
    """Return how often a month the nearest period after a number comes, else the nearest before it, and how near."""
    here = quantities[at]
    end = quantities[at + 1].start if at + 1 < len(quantities) else len(flat)
    begin = quantities[at - 1].end if at else 0
    period = _PER.search(flat, here.end, min(end, here.end + 60))
    gap = flat[here.end : period.start()] if period else ""
    if period is None:
        found = list(_PER_BEFORE.finditer(flat, max(begin, here.start - 40), here.start))
        if not found:
            return None
        period = found[-1]
        gap = flat[period.end() : here.start]
    side = "after" if period.start() >= here.end else "before"
    groups = period.groupdict()
    unit = "second" if groups.get("qps") else groups["period"] or ADVERBS[groups["adverb"]]
    unit = SHORT.get(unit, unit)
    notes = [f"per:{unit}", f"per:{side}:{min(6, len(gap.split()))}", f"per:{period.group().split()[0].strip('/')}"]
    notes += [f"per:{side}:{mark}" for mark in ",:;(-." if mark in gap]
    notes += [f"gap={kind}" for word in gap.split() for kind in classes(word)] + [
        f"gap:{stem(word)}" for word in gap.split()
    ]
    return (PER_MONTH["week"] / 2 if unit == "fortnight" else PER_MONTH[unit]), tuple(notes)


def _moments(flat: str) -> Iterator[Found]:
    for found in _PART_SECOND.finditer(flat):
        value = _PARTS.get(found["part"].removeprefix("a ")[0], 1000.0)
        yield Found("second", found.start(), found.end(), (("latency_budget_ms", value),))
    for found in _SOON.finditer(flat):
        unit = found["unit"] or found["end"] or found["when"].split()[-1]
        days = 1.0 if unit == "tomorrow" else DAYS[unit]
        yield Found("soon", found.start(), found.end(), (("deadline_days", days),))


def _rhythms(flat: str, last: str) -> Iterator[Found]:
    for found in _EVERY.finditer(flat):
        days = _rhythm_days(found, flat)
        if days:
            is_plain = not found["constantly"] and papers_change(flat[: found.start()], last)
            names = ("knowledge_change_days",) if is_plain else ("knowledge_change_days", "behaviour_change_days")
            values = tuple((name, days) for name in names)
            yield Found("rhythm", found.start(), found.end(), values, is_plain=is_plain)


_SPRINT = expression(r"sprint\W{1,3}(?P<count>\d|two|three|four|one)\W?\s?week")


def _rhythm_days(found: re.Match[str], flat: str) -> float:
    if found["constantly"]:
        return 1.0
    if found["adverb"]:
        return DAYS[ADVERBS[found["adverb"]]]
    if found["dated"]:
        return (
            1.0
            if found["dated"] == "overnight"
            else 365.0
            if "j" in found["dated"] or "year" in found["dated"]
            else 7.0
        )
    if found["times"]:
        return _times_days(found["times"], found["in"])
    unit = found["unit"]
    if unit == "sprint" and (own := _SPRINT.search(flat)):
        return 7.0 * (_COUNTS.get(own["count"]) or (1 if own["count"] == "one" else int(own["count"])))
    count = found["count"] or "1"
    number = float(_COUNTS.get(count, 0) or count)
    return number * (DAYS.get(unit) or (7.0 if re.fullmatch(_DATED, unit) else 365.0))


def _times_days(times: str, unit: str) -> float:
    count = times.rstrip("x ") if times.endswith("x") else times.split()[-2] if " " in times else ""
    often = _TIMES.get(times) or float(count if count.isdecimal() else _COUNTS.get(count, 0))
    return DAYS[unit] / often if often else 0.0


def _around(found: Found, tokens: list[tuple[str, int, int]]) -> set[str]:
    before = [word for word, _, end in tokens if end <= found.start]
    after = [word for word, start, _ in tokens if start >= found.end]
    return {*_window("b", before[::-1]), *_window("a", after)}


def _form(flat: str, found: Found) -> Iterator[str]:
    quantity = found.quantity
    if quantity is None:
        yield f"w:{flat[found.start : found.end]}"
        return
    value = quantity.value
    yield f"k:{found.kind}+{'%' if quantity.percent else '.' if quantity.is_share else '0'}"
    size = sum(value >= least for least in (2, 6, 11, 31, 101, 301, 1_001, 5_001, 20_001, 200_001, 5_000_001))
    yield f"size:{found.kind.split()[0]}:{size}"
    if 1950 <= value <= 2035 and value == int(value):
        yield "yearlike"
    if quantity.until is not None:
        yield "range"
    if not flat[found.start].isdigit():
        yield "spelled"


def _window(side: str, words: list[str]) -> list[str]:
    features = []
    stems = [stem(word) for word in words[:FAR]]
    seen_break = False
    for at, (word, short) in enumerate(zip(words, stems, strict=False)):
        if at < 3:
            features.append(f"{side}{at}:{short}")
        zone = "n" if at < NEAR else "f"
        if word in ",.;:()-":
            seen_break = True
        features.append(f"{side}{zone}:{short}")
        for kind in classes(word):
            features.append(f"{side}{zone}={kind}")
            if at < 2:
                features.append(f"{side}{at}={kind}")
            if not seen_break:
                features.append(f"{side}c={kind}")
    if len(stems) > 1:
        features += [f"{side}01:{stems[0]} {stems[1]}"]
    if len(stems) > 2:
        features += [f"{side}12:{stems[1]} {stems[2]}"]
    if not stems:
        features.append(f"{side}0:^")
    for word in words[FAR:]:
        features += [f"s={kind}" for kind in classes(word)]
    return features


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a word cut to what its forms share; figures are all alike."""
    if word[0].isdigit():
        return "#"
    if len(word) > 4 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:6]


@lru_cache(maxsize=8192)
def classes(word: str) -> tuple[str, ...]:
    """Return the kinds of words that a word is one of."""
    if not word[0].isalpha():
        return ()
    return tuple(
        name
        for name, stems in _CLASSES.items()
        if any(word == s or (len(s) > 3 and word.startswith(s)) or word == s + "s" for s in stems)
    )

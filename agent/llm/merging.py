"""Two readings of one text made one: what both read stays, what one read joins, what they read differently is asked.

Pure. A model's fact counts only with the user's own words behind it, in a part of the text that may state facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from agent.errors import UsageError
from agent.types import Contradiction, Fact, FactSpec, FactValue, UseCase

QUOTE_AT_MOST = 300
SCALES: dict[str, tuple[float, ...]] = {
    "days": (7, 30, 30.4, 90, 91, 365, 1 / 24),
    "requests a month": (4, 4.33, 20, 22, 30, 30.4, 720, 730, 43_200, 2_592_000, 2_628_000, 1 / 3, 1 / 12),
    "ms": (1_000, 60_000),
}
"""What a stated number may be multiplied by on its way into the catalogue's unit: weeks to days, a day to a month."""
NEAR = 0.03

Parse = Callable[[FactSpec, FactValue], FactValue]
Numbers = Callable[[str], Iterable[Any]]


class Claim(Struct, frozen=True):
    """A fact as a model states it."""

    name: str
    value: FactValue
    quote: str


class Quoted(Struct, frozen=True):
    """What is left of a model's claims, and why the others were dropped."""

    facts: dict[str, Fact]
    contradictions: tuple[Contradiction, ...]
    remarks: tuple[str, ...]


class Grounds(Struct, frozen=True):
    """What a claim must stand on."""

    text: str
    spans: Sequence[tuple[int, int]]
    """The parts of the text that may state facts; orders to the reader are not among them."""
    catalogue: Mapping[str, FactSpec]
    parse: Parse
    numbers: Numbers


def keep_quoted(claims: Iterable[Claim], grounds: Grounds) -> Quoted:
    """Return the claims that quote the user word for word and whose value the fact takes."""
    found: dict[str, dict[FactValue, Fact]] = {}
    remarks = []
    for claim in claims:
        fact = _grounded(claim, grounds)
        if isinstance(fact, str):
            remarks.append(f"the model's {claim.name[:60]} was left out: {fact}")
        else:
            found.setdefault(fact.name, {}).setdefault(fact.value, fact)
    facts = {name: next(iter(values.values())) for name, values in found.items() if len(values) == 1}
    disputed = tuple(Contradiction(name, tuple(values.values())) for name, values in found.items() if len(values) > 1)
    return Quoted(facts, disputed, tuple(remarks))


def _grounded(claim: Claim, grounds: Grounds) -> Fact | str:
    """Return the fact with the user's own words, or what the claim lacks."""
    spec = grounds.catalogue.get(claim.name)
    if spec is None:
        return "there is no such fact"
    span = _find(claim.quote, grounds.text)
    if span is None:
        return "its quotation is not what the text says"
    if not any(start <= span[0] and span[1] <= end + 1 for start, end in _joined(grounds.spans)):
        return "it rests on words that tell the reader what to do"
    quote = grounds.text[span[0] : span[1]]
    try:
        value = grounds.parse(spec, claim.value)
    except UsageError as error:
        return str(error)
    if spec.type in ("number", "integer", "ratio") and not _follows(float(value), grounds.numbers(quote), spec.unit):
        return "its value does not follow from the numbers it quotes"
    return Fact(claim.name, value, evidence=quote)


def _find(quote: str, text: str) -> tuple[int, int] | None:
    """Return where the quotation stands, white space aside; two words or a number at least, 300 characters at most."""
    words = quote.split()
    if (len(words) < 2 and not any(char.isdigit() for char in quote)) or len(quote) > QUOTE_AT_MOST:
        return None
    match = re.search(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", text)
    return match.span() if match else None


def _joined(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans with neighbours made one, so that a quotation may run over the end of a sentence."""
    run: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if run is not None and start - run[1] <= 2:
            run = (run[0], end)
            continue
        if run is not None:
            yield run
        run = (start, end)
    if run is not None:
        yield run


def _follows(value: float, stated: Iterable[Any], unit: str) -> bool:
    """Tell whether a value is one of the stated numbers, in its unit; words without a figure ("weekly") say nothing."""
    numbers = [number for number in stated if isinstance(number, float) and number]
    factors = (1.0, *SCALES.get(unit, ()))
    return not numbers or any(_near(value, number * factor) for number in numbers for factor in factors)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other))


def merge(offline: UseCase, model: Quoted) -> tuple[UseCase, tuple[str, ...]]:
    """Return both readings as one, and a line for each fact that they read differently.

    A fact that the user stated in two ways stays disputed, whatever the model makes of it.
    """
    disputed = {contradiction.name for contradiction in offline.contradictions}
    facts, new, remarks = dict(offline.facts), [], []
    for name, fact in model.facts.items():
        known = facts.get(name)
        if name in disputed or (known is not None and _same(known.value, fact.value)):
            continue
        if known is None:
            facts[name] = fact
            continue
        del facts[name]
        new.append(Contradiction(name, (known, fact)))
        remarks.append(f"{name} was read in two ways, {_show(known)} and {_show(fact)} (by the model)")
    for contradiction in model.contradictions:
        if contradiction.name not in disputed:
            facts.pop(contradiction.name, None)
            new.append(contradiction)
    return UseCase(facts, (*offline.contradictions, *new)), tuple(remarks)


def _same(one: FactValue, other: FactValue) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or isinstance(one, str) or isinstance(other, str):
        return one == other
    return _near(one, other)


def _show(fact: Fact) -> str:
    value = str(fact.value).lower() if isinstance(fact.value, bool) else f"{fact.value}"
    return f"{value} from “{' '.join(fact.evidence.split())[:80]}”"

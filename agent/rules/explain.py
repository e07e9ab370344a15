"""Why, why not, what would change it, and what is worth asking: read off the same tables that decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import product
from math import prod

from msgspec.structs import replace

from agent.rules.conditions import Condition, Facts, Reason, Ref, Test, reasons, refs_of, show, tests_of
from agent.rules.engine import Decision, Findings, WhatIf, allowed, excluded_by, reading_order
from agent.rules.model import Rule, RuleBook
from agent.rules.nearness import Ways, is_by_work, strangeness, untried
from agent.rules.pairs import Inert, promising
from agent.types import (
    LADDER,
    Approach,
    Driver,
    FactSpec,
    FactValue,
    Flip,
    Need,
    Obstacle,
    OpenQuestion,
    Reach,
    WhyNot,
)

Grid = dict[str, tuple[FactValue, ...]]
MAX_PAIR_FLIPS = 12
MAX_FILLINGS = 1000
"""The most ways of answering what is open that are gone through, to leave out what no answer can make matter."""


def drivers(decision: Decision, findings: Findings) -> tuple[Driver, ...]:
    """The panel's rule that decided, the sources' rules it rests on, and the vetoes that cleared its way."""
    if decision.rule is None:
        return ()
    supporting = [findings.book.rule(name.removeprefix("rule:")) for name in _held_rules(decision.rule.when, findings)]
    chosen = [decision.rule, *supporting, *decision.vetoes]
    return tuple(_driver(rule, findings) for rule in {rule.id: rule for rule in chosen}.values())


def _held_rules(condition: Condition, findings: Findings) -> Iterator[str]:
    for name in refs_of(condition):
        if findings.truth(Ref(name)):
            if name.startswith("rule:"):
                yield name
            yield from _held_rules(findings.book.definitions[name], findings)


def _driver(rule: Rule, findings: Findings) -> Driver:
    found = findings.reasons(rule.when, wanted=True)
    values = {reason.test.fact: reason.value for reason in found if reason.value is not None}
    return Driver(rule.id, rule.effect, values, rule.cite, rule.says)


def why_not(decision: Decision, findings: Findings) -> tuple[WhyNot, ...]:
    """For each approach not chosen: the failed conditions, the values read and what was needed."""
    ways = Ways(findings)
    arguing = [rule for rule in findings.book.rules if rule.effect != "for" and findings.holds(rule)]
    chosen = decision.approach or "measure_first"
    others = [approach for approach in LADDER if approach != chosen]
    return tuple(WhyNot(approach, _obstacles(approach, decision, ways, arguing)) for approach in others)


def _obstacles(approach: Approach, decision: Decision, ways: Ways, arguing: Sequence[Rule]) -> tuple[Obstacle, ...]:
    vetoed = [rule for rule in decision.vetoes if approach in rule.approaches]
    found = [obstacle for rule in vetoed for obstacle in _held(rule, ways.findings)]
    if not vetoed:
        found += _missed(approach, decision, ways)
    for rule in arguing:
        if approach in rule.approaches and rule not in vetoed:
            found += _held(rule, ways.findings)
    return tuple(dict.fromkeys(found))


def _held(rule: Rule, findings: Findings) -> list[Obstacle]:
    found = findings.reasons(rule.when, wanted=True)
    if not found:
        # A team's rule that always holds rests on no fact; what it says is the whole reason.
        return [Obstacle(rule.id, "", None, "", rule.cite, rule.says)]
    return [_obstacle(rule, reason, "not " + reason.needed) for reason in found[:1]]


def _missed(approach: Approach, decision: Decision, ways: Ways) -> list[Obstacle]:
    """What the rule nearest to choosing the approach lacks; where one holds already, what decides before it."""
    votes = ways.findings.book.panel.votes
    excluded = excluded_by(decision.vetoes)
    rules = [rule for rule in votes if approach in rule.approaches]
    rules = [rule for rule in rules if allowed(rule, excluded) == approach] or rules
    conditional = [rule for rule in rules if not rule.is_always]
    holds = any(ways.findings.holds(rule) for rule in conditional)
    if decision.rule is not None and (holds or not conditional) and rules:
        before = ways.findings.reasons(decision.rule.when, wanted=True)
        return [_obstacle(decision.rule, reason, "not " + reason.needed) for reason in before[:1]]
    if not conditional:
        return []
    problem = ways.findings.facts.get("problem_kind")
    of_need = [rule for rule in conditional if problem == "mixed" or rule.need in (None, problem)]
    rule, way = ways.nearest(of_need or conditional, approach)
    return [_obstacle(rule, step.reason, step.reason.needed) for step in way.steps]


def _obstacle(rule: Rule, reason: Reason, needed: str) -> Obstacle:
    return Obstacle(
        rule=rule.id,
        fact=reason.test.fact,
        value=reason.value,
        needed=needed.replace("not not ", ""),
        passages=rule.cite,
        says=rule.says,
    )


def grid(book: RuleBook) -> Grid:
    """Cut each fact that can move the verdict at the bounds the rules mention: one value per cell."""
    tests: dict[str, list[Test]] = {}
    for rule in (*book.panel.rules, *book.panel_vetoes):
        for test in tests_of(rule.when, book.definitions):
            tests.setdefault(test.fact, []).append(test)
    for inference in book.inferences:
        if inference.fact in tests:
            for test in tests_of(inference.when, book.definitions):
                tests.setdefault(test.fact, []).append(test)
    return {name: cells_of(spec, tests[name]) for name, spec in book.catalogue.items() if name in tests}


def cells_of(spec: FactSpec, tests: list[Test]) -> tuple[FactValue, ...]:
    """One value for each cell into which the tests' bounds cut the fact's domain."""
    if spec.type == "bool":
        return (True, False)
    if spec.type == "choice":
        return spec.options
    step = 0.01 if spec.type == "ratio" else 1
    low = spec.minimum if spec.minimum is not None else float("-inf")
    high = spec.maximum if spec.maximum is not None else float("inf")
    bounds = {test.bound for test in tests}
    fences = sorted(bounds | {low, high})
    beside = {_inside(test.bound, side * step, fences) for test in tests for side in _sides(test.operator)}
    return tuple(sorted(value for value in bounds | beside if low <= value <= high))


def _sides(operator: str) -> tuple[int, ...]:
    return {"gte": (-1,), "lt": (-1,), "gt": (1,), "lte": (1,)}.get(operator, (-1, 1))


def _inside(bound: float, step: float, fences: list[float]) -> float:
    """A step beside the bound, or half the way to the next fence where that is nearer."""
    beyond = [fence for fence in fences if (fence - bound) * step > 0]
    nearest = min(beyond, key=lambda fence: abs(fence - bound), default=bound)
    return round(bound + step, 6) if abs(nearest - bound) >= abs(step) else round((bound + nearest) / 2, 6)


def flips(what_if: WhatIf, cells: Grid) -> tuple[Flip, ...]:
    """Find the smallest changes of one or two facts that change the recommendation.

    Those come first that stay with the need that decides today and ask for nothing beyond themselves; of these, rules
    that come to hold before vetoes, and what the team can bring about before the rest.
    """
    book, stated = what_if.book, what_if.stated
    now, read = what_if.where(what_if.held)
    today = _needs(what_if.base, _need(book, read))
    singles: dict[tuple[str, Approach], Flip] = {}
    remote: dict[tuple[str, Approach], tuple[int, bool]] = {}
    led: dict[str, dict[FactValue, Approach]] = {}
    inert: list[Inert] = []
    for name, value in _moves(book.catalogue, cells, stated):
        after = what_if.after(name, value)
        if after is None:
            continue
        outcome, moved = after.outcome, after.held ^ what_if.held
        led.setdefault(name, {})[value] = outcome
        if outcome == now:
            inert.append(Inert(len(inert), name, value, moved, after.read))
            continue
        # Of several values of one number with the same outcome, the one nearest to today's is the flip.
        flip = Flip({name: value}, outcome, is_by_work(book.catalogue[name], value))
        known = singles.get((name, outcome))
        if known is None or _distance(stated.get(name), value) < _distance(stated.get(name), known.changes[name]):
            singles[name, outcome] = flip
            far = _is_other(_need(book, after.read), today) + strangeness(book, what_if.base, flip.changes)
            remote[name, outcome] = far, bool(moved & what_if.vetoes)
    found = {key: _with_reach(flip, cells[key[0]], led[key[0]]) for key, flip in singles.items()}
    ranked = sorted(found, key=lambda key: (remote[key], not found[key].in_your_control))
    pairs = _pair_flips(what_if, cells, inert, {now, *(outcome for _, outcome in singles)})
    return (*(found[key] for key in ranked), *pairs)


def _with_reach(flip: Flip, cells: Sequence[FactValue], led: Mapping[FactValue, Approach]) -> Flip:
    """Say of the number that stands last how far it leads there; nobody works towards having less."""
    *_, number = flip.changes.values()
    reach = reach_of(number, cells, led)
    return replace(flip, reach=reach, in_your_control=flip.in_your_control and reach != "or less")


def reach_of(value: FactValue, cells: Sequence[FactValue], led: Mapping[FactValue, Approach]) -> Reach:
    """Say whether every number beyond the value, on one side, leads where it leads."""
    if isinstance(value, bool | str):
        return ""
    numbers = [cell for cell in cells if not isinstance(cell, bool | str)]
    if all(led.get(cell) == led[value] for cell in numbers if cell >= value):
        return "or more"
    return "or less" if all(led.get(cell) == led[value] for cell in numbers if cell <= value) else ""


def _need(book: RuleBook, read: int) -> Need | None:
    """The need that the last of the rules read serves; None where it serves none or nothing decided."""
    return reading_order(book)[read.bit_length() - 1].need if read > 0 else None


def _needs(facts: Facts, decides: Need | None) -> frozenset[FactValue]:
    """The needs that are spoken of today: that which decides, and the problem that was stated; empty for any."""
    if decides is None or facts.get("problem_kind") == "mixed":
        return frozenset()
    return frozenset({decides, facts.get("problem_kind", decides)})


def _is_other(need: Need | None, today: frozenset[FactValue]) -> bool:
    """Whether a rule serves another need than today's; what serves none bears on all."""
    return need is not None and bool(today) and need not in today


def _pair_flips(what_if: WhatIf, cells: Grid, inert: Sequence[Inert], known: Set[Approach]) -> list[Flip]:
    """Try two changes together that do nothing alone, for recommendations that are not known from one change."""
    book = what_if.book
    ranked: list[tuple[int, bool, int, int, Flip]] = []
    for one, two in promising(what_if, inert, known):
        changes = {one.name: one.value, two.name: two.value}
        outcome = what_if.outcome(changes)
        if outcome is None or outcome in known:
            continue
        by_work = all(is_by_work(book.catalogue[name], value) for name, value in changes.items())
        remote = strangeness(book, what_if.base, changes)
        ranked.append((remote, not by_work, one.place, two.place, Flip(changes, outcome, by_work)))
    found = [flip for *_, flip in sorted(ranked, key=lambda item: item[:4])]
    told = _varied(_nearest(found, what_if.stated))[:MAX_PAIR_FLIPS]
    return [_with_number_last(flip, what_if, cells) for flip in told]


def _nearest(found: list[Flip], stated: Facts) -> list[Flip]:
    """Of flips that differ in one number alone keep the one nearest to today's, in the place of the first."""
    kept: dict[tuple[Approach, frozenset[tuple[str, FactValue | None]]], Flip] = {}
    for flip in found:
        key = flip.recommendation, frozenset((n, None if _is_number(v) else v) for n, v in flip.changes.items())
        if key not in kept or _distances(flip, stated) < _distances(kept[key], stated):
            kept[key] = flip
    return list(kept.values())


def _distances(flip: Flip, stated: Facts) -> float:
    return sum(_distance(stated.get(name), value) for name, value in flip.changes.items() if _is_number(value))


def _with_number_last(flip: Flip, what_if: WhatIf, cells: Grid) -> Flip:
    """Put the one number of a pair last, and say how far it leads there."""
    numbers = [name for name, value in flip.changes.items() if _is_number(value)]
    if len(numbers) != 1:
        return flip
    name = numbers[0]
    beside = {other: value for other, value in flip.changes.items() if other != name}
    outcomes = {cell: what_if.outcome({**beside, name: cell}) for cell in cells[name]}
    led = {cell: outcome for cell, outcome in outcomes.items() if outcome is not None}
    return _with_reach(replace(flip, changes={**beside, name: flip.changes[name]}), cells[name], led)


def _is_number(value: FactValue) -> bool:
    return not isinstance(value, bool | str)


def _varied(found: list[Flip]) -> list[Flip]:
    """Put the first flip to each recommendation before the second to any, so that a cut loses none of them."""
    count: dict[Approach, int] = {}
    ranks = []
    for flip in found:
        ranks.append(count.get(flip.recommendation, 0))
        count[flip.recommendation] = ranks[-1] + 1
    order = sorted(range(len(found)), key=ranks.__getitem__)
    return [found[number] for number in order]


def _moves(catalogue: Mapping[str, FactSpec], cells: Grid, stated: Facts) -> Iterator[tuple[str, FactValue]]:
    for name, values in cells.items():
        now = stated.get(name)
        for value in values:
            if now != value and not _undoes(catalogue[name], now, value):
                yield name, value


def _undoes(spec: FactSpec, now: FactValue | None, value: FactValue) -> bool:
    """Whether a change takes back the team's own work: nobody untries a prompt or throws examples away."""
    if not spec.in_your_control or now is None or isinstance(now, str) or isinstance(value, str):
        return False
    return value < now


def _distance(now: FactValue | None, value: FactValue) -> float:
    if isinstance(value, str) or isinstance(now, str):
        return 0.0
    return abs(float(value) - float(now or 0))


def open_questions(
    what_if: WhatIf, cells: Grid, decision: Decision, *, disputing: Collection[Approach] = ()
) -> tuple[OpenQuestion, ...]:
    """List the unknown facts that can still change the verdict, most decisive first.

    First come facts said in two ways, then those that move the verdict alone, to the most different recommendations
    first: whoever answers these has the fewest questions left. How well a thing went comes after the others where
    nobody told that it was tried. Among equals those of the need that decides today come before others; then answers
    that would lead where a dissenting source leads (`disputing`), then the panel's order. Near the end of a case, when
    few answers are open, those that change nothing in any company are left out. An empty list is a guarantee: no rule
    that could overturn the recommendation is left unknown.
    """
    now: Approach = decision.approach or "measure_first"
    excluded = excluded_by(decision.vetoes)
    pending = [rule for rule in decision.pending if _could_overturn(rule, excluded, now)]
    if not pending:
        return ()
    book, known = what_if.book, what_if.base
    today = _needs(known, decision.rule.need if decision.rule else None)
    ranked: dict[str, tuple[tuple[bool, int, int, bool, bool, int], str]] = {}
    for rank, rule in enumerate(pending):
        for reason in reasons(rule.when, known, book.definitions, wanted=None, memo=what_if.memo):
            name = reason.test.fact
            if name in known or name in ranked or book.catalogue[name].instead_of in known:
                continue
            outcomes = _outcomes(what_if, cells.get(name, ()), name, now)
            settles = any(outcome in disputing for outcome in outcomes.values())
            waits, remote = untried(name, book, known), _is_other(rule.need, today)
            why = _why(book.catalogue[name], outcomes, cells.get(name, ()), now)
            ranked[name] = ((not outcomes, waits, -len(set(outcomes.values())), remote, not settles, rank), why)
    mattering = _mattering(what_if, cells, tuple(ranked))
    order = sorted(mattering, key=lambda name: (name not in what_if.disputed, ranked[name][0]))
    return tuple(OpenQuestion(name, book.catalogue[name].question, ranked[name][1]) for name in order)


def _mattering(what_if: WhatIf, cells: Grid, names: Sequence[str]) -> Sequence[str]:
    """Return the open facts that change something under some answers to the others; all where there are too many."""
    options = [(None, *cells.get(name, ())) for name in names]
    if prod(len(values) for values in options) > MAX_FILLINGS:
        return names
    alike: dict[tuple[int, tuple[FactValue | None, ...]], set[Approach]] = defaultdict(set)
    for filling in product(*options):
        given = {name: value for name, value in zip(names, filling, strict=True) if value is not None}
        outcome = what_if.outcome(given)
        if outcome is not None:
            for place in range(len(names)):
                alike[place, filling[:place] + filling[place + 1 :]].add(outcome)
    moving = {place for (place, _), outcomes in alike.items() if len(outcomes) > 1}
    return [name for place, name in enumerate(names) if place in moving]


def _could_overturn(rule: Rule, excluded: Collection[Approach], now: Approach) -> bool:
    """Whether the rule, if it came to hold, could lead elsewhere; vetoes that hold are not lifted by more answers."""
    if rule.effect == "veto":
        return True
    first = allowed(rule, excluded) or now
    return first != now


def _outcomes(what_if: WhatIf, values: tuple[FactValue, ...], name: str, now: Approach) -> dict[FactValue, Approach]:
    found: dict[FactValue, Approach] = {}
    for value in values:
        after = what_if.after(name, value)
        if after is not None and after.outcome != now:
            found[value] = after.outcome
    return found


def _why(spec: FactSpec, outcomes: dict[FactValue, Approach], cells: Sequence[FactValue], now: Approach) -> str:
    if not outcomes:
        return f"together with another answer it could still move the verdict from {show(now)}"
    value, outcome = next(iter(outcomes.items()))
    unit = f" {spec.unit}" if spec.unit and not isinstance(value, bool | str) else ""
    figure = f"{show(value)}{unit} {reach_of(value, cells, outcomes)}".rstrip()
    return f"with {figure} the recommendation would be {show(outcome)} instead of {show(now)}"

"""Which of the changes that would move a verdict are worth telling: those a team could see come true.

Owns the choice alone; finding the changes is `explain`'s. A kind of change is left out only where others remain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.rules.conditions import Facts
from agent.rules.engine import Findings, reading_order
from agent.rules.model import RuleBook
from agent.rules.nearness import is_trial
from agent.types import Approach, Flip

DEADLINE = "deadline_days"


def worth_telling(found: Sequence[Flip], book: RuleBook, stated: Facts) -> tuple[Flip, ...]:
    """Leave out what stands for another fact, what comes too late, bare trials, and another problem than was stated.

    Of other problems those stay, where nothing else is left, that ask for nothing beside.
    """
    told = _without(found, lambda flip: any(_stands_for_another(name, book, stated) for name in flip.changes))
    told = _without(told, lambda flip: any(_is_bare_trial(name, flip, book, stated) for name in flip.changes))
    late = _too_late(book, stated)
    told = _without(told, lambda flip: flip.recommendation in late)
    told = _without(told, lambda flip: _is_other_problem(flip, stated) and len(flip.changes) > 1)
    return tuple(_without(told, lambda flip: _is_other_problem(flip, stated)))


def _without(found: Sequence[Flip], is_out: Callable[[Flip], bool]) -> Sequence[Flip]:
    return [flip for flip in found if not is_out(flip)] or found


def _stands_for_another(name: str, book: RuleBook, stated: Facts) -> bool:
    """Whether no rule reads the fact itself but what follows from it, or a stated one says the same more exactly."""
    reads = book.dependents.get(name, frozenset())
    return book.catalogue[name].instead_of in stated or not any(rule.name in reads for rule in reading_order(book))


def _too_late(book: RuleBook, stated: Facts) -> frozenset[Approach]:
    """Return what rules that rest on the deadline speak against."""
    findings = Findings(book, stated)
    against = [
        rule for rule in book.rules if rule.effect == "against" and rule.name in book.dependents.get(DEADLINE, ())
    ]
    return frozenset(approach for rule in against if findings.holds(rule) for approach in rule.approaches)


def _is_bare_trial(name: str, flip: Flip, book: RuleBook, stated: Facts) -> bool:
    """Whether something would have been tried that nobody spoke of; what came of it is what counts."""
    return flip.changes[name] is True and name not in stated and is_trial(name, book)


def _is_other_problem(flip: Flip, stated: Facts) -> bool:
    return "problem_kind" in flip.changes and "problem_kind" in stated

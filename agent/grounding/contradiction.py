"""Whether a sentence and what it rests on cannot both hold, by the signs of the words that they share.

Owns the comparison of affirmed, denied and opposite words, clause by clause, with the claims that are nearest to the
sentence. Order, comparison and concession are `relations`; the words themselves are `negation` and `opposites`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from agent.grounding.likeness import stems_of
from agent.grounding.negation import Clause, read_clauses

NEAR = 0.75
"""Share of the most words in common from which a claim is near enough to be compared."""

Clauses = Sequence[Clause]


def find_contradiction(text: str, claims: Iterable[str]) -> str | None:
    """Return what a sentence says against the claims nearest to it, in words; None where nothing is found."""
    own = read_clauses(text)
    theirs = [clause for claim in nearest(text, claims) for clause in read_clauses(claim)]
    if not theirs:
        return None
    return next((found for find in _WAYS if (found := find(own, theirs))), None)


def nearest(text: str, claims: Iterable[str]) -> tuple[str, ...]:
    """Return the claims that share most content words with a sentence, or nearly as many; none that share none."""
    words = stems_of(text)
    shared = {claim: len(words & stems_of(claim)) for claim in claims}
    most = max(shared.values(), default=0)
    return tuple(claim for claim, count in shared.items() if most and count >= NEAR * most)


def _without_licence(own: Clauses, theirs: Clauses) -> str | None:
    """A flat denial, where the claims deny nothing, blame nothing and miss nothing."""
    if any(clause.is_negative for clause in theirs):
        return None
    said = _poles(theirs)
    # "Must not vary" denies the opposite of "consistent" and says the same.
    found = next((clause for clause in own if clause.is_denial and not clause.poles & said), None)
    return f"denies (“{found.text}”) what nothing cited denies" if found else None


def _denied(own: Clauses, theirs: Clauses) -> str | None:
    """A word under a denial that the claims only affirm."""
    said = _poles(theirs)
    for clause in own:
        if not clause.is_denial or clause.poles & said:
            continue
        for stem in sorted(clause.denied):
            holding = [other for other in theirs if stem in other.stems]
            if holding and not any(other.is_negative for other in holding):
                return f"denies (“{clause.text}”) what it rests on affirms"
    return None


def _affirmed(own: Clauses, theirs: Clauses) -> str | None:
    """Words that the claims only deny, in a clause without any denial."""
    affirmed = frozenset[str]().union(*(clause.affirmed for clause in theirs))
    for clause in own:
        if clause.is_negative:
            continue
        for other in theirs:
            if len(clause.affirmed & (other.denied - affirmed)) > 1:
                return f"affirms (“{clause.text}”) what it rests on denies"
    return None


def _opposed(own: Clauses, theirs: Clauses) -> str | None:
    """A word of degree whose opposite alone stands in the claims, of the same thing and under the same sign."""
    mine, said = _poles(own), _poles(theirs)
    for clause in own:
        for dimension, pole in sorted(clause.poles - said):
            against = (dimension, -pole)
            if against in mine:
                continue
            if any(against in other.poles and clause.is_akin(other) for other in theirs):
                return f"says the opposite (of {dimension}: “{clause.text}”) of what it rests on"
    return None


def _poles(clauses: Clauses) -> frozenset[tuple[str, int]]:
    return frozenset[tuple[str, int]]().union(*(clause.poles for clause in clauses))


_WAYS: tuple[Callable[[Clauses, Clauses], str | None], ...] = (_without_licence, _denied, _affirmed, _opposed)

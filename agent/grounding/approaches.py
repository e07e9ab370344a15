"""Whether the approaches that a sentence names and recommends are those of the verdict and of what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.expressions import expression
from agent.grounding.advice import OF_CASE, OWN_FACT, advised, agreeing
from agent.grounding.basis import Basis, Case, called_in, in_words
from agent.grounding.findings import Finding, listed
from agent.grounding.likeness import SAME_SENTENCE, twin_of
from agent.grounding.sentences import Sentence, clauses
from agent.grounding.stances import stances
from agent.naming import CHECKED, mentions, named_approaches, parts_of
from agent.types import Approach

_SMALL_MODEL = expression(r"\bsmall(?:er)?,? (?:\w+,? (?:and )?){0,3}models?\b", re.IGNORECASE)
"""What a passage on distillation may speak of without the word."""
_LEADS = expression(r"\bleads? to\b|\b(?:favours|favors|votes for|recommends|would (?:choose|pick))\b")


def check_approaches(sentence: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """What is advised must be the verdict's, and what is named must stand in what the sentence rests on."""
    bare = case.claim(sentence)
    wrong = advised(sentence, bare, basis, case) - agreeing(case.verdict)
    if wrong:
        yield Finding("swapped_approach", sentence.text, f"recommends {listed(wrong)}, the verdict does not")
        return
    if sentence.is_heading or sentence.text.endswith("?"):
        return
    if misreported := _misreported(sentence, bare, case):
        yield Finding(
            "swapped_approach", sentence.text, f"has a source lead to {listed(misreported)}, which it does not"
        )
        return
    missing = set(_exchanged(bare, basis)) if basis.cited else set()
    for part in re.split(r"[;:]\s", bare):
        missing |= (named_approaches(part) & set(CHECKED)) - _backed(part, basis, case)
    if case.verdict:
        rejected = {part for entry in case.verdict.why_not for part in parts_of(entry.approach)}
        missing -= {name for name in missing & rejected if stances(bare, name) == {"against"}}
    if missing and (basis.cited or case.verdict):
        yield Finding("swapped_approach", sentence.text, f"names {listed(missing)}, which nothing cited speaks of")


def _misreported(sentence: Sentence, bare: str, case: Case) -> frozenset[Approach]:
    """Return what the one source that a sentence speaks of is wrongly said to recommend for the case."""
    leads = _LEADS.search(bare) if case.verdict else None
    if case.verdict is None or leads is None:
        return frozenset()
    called = called_in(sentence.text, case.names)
    votes = [vote for vote in case.verdict.sources if vote.source in called]
    if len(called) != 1 or not votes:
        return frozenset()
    voted = [name for vote in votes for name in (vote.recommendation, *vote.covers) if name]
    named = named_approaches(re.split(r"[:;,]", bare[leads.end() :])[0])
    meant = [parts_of(name) | named_approaches(in_words(name)) for name in voted]
    if len(voted) == 1 and named < meant[0] and mentions(bare[leads.end() :].partition(":")[0]).total() > len(named):
        return named  # "retrieval with retrieval", of retrieval with fine-tuning
    return named - frozenset().union(*meant)


def _backed(bare: str, basis: Basis, case: Case) -> frozenset[Approach]:
    """Return the approaches that a sentence may name: its passages'; where it is of the case, the user's and ours."""
    is_of_case = not basis.cited or bool(OF_CASE.search(bare))
    is_of_user = is_of_case or bool(OWN_FACT.search(bare))
    texts = (*basis.texts, basis.user) if is_of_user else basis.texts
    backed = set[Approach]().union(*map(named_approaches, texts))
    if any(map(_SMALL_MODEL.search, basis.texts)):
        backed.add("distillation")
    if case.verdict and not basis.cited:
        backed |= case.approaches
    if case.verdict and is_of_case:
        backed |= parts_of(case.verdict.recommendation)
    if "distillation" in backed:
        backed.add("fine_tuning")
    return frozenset(backed)


def _exchanged(bare: str, basis: Basis) -> frozenset[Approach]:
    """Return the approaches put where the clause it repeats names others; one more or one less is a paraphrase."""
    claims = [*basis.claims, *clauses(basis.claims)]
    for part in (bare, *clauses([bare])):
        twin = twin_of(part, claims, at_least=SAME_SENTENCE)
        if twin is None:
            continue
        own, theirs = mentions(part), mentions(twin)
        if own.total() == theirs.total() and own != theirs:
            return frozenset(own - theirs)
    return frozenset()

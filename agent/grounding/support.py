"""Whether a sentence has a citation where it needs one, and anything in common with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.expressions import expression
from agent.grounding.advice import OWN_FACT, RECOMMENDS
from agent.grounding.basis import Basis, Case, texts_of
from agent.grounding.findings import Finding
from agent.grounding.likeness import stems_of
from agent.grounding.quotations import is_said
from agent.grounding.sentences import Sentence, split
from agent.naming import CHECKED, named_approaches
from agent.types import Approach

CONNECTIVES = (
    r"more answers cannot change this",
    r"(?:here is|this is|that is) (?:why|what|how)\b.{0,60}",
    r"the sources (?:do not agree|disagree|differ)(?: here| on (?:this|that|it|two points|one point))?",
    r"(?:nothing|no single change|no change of one or two facts)\b.{0,80}\bwould change (?:it|this|the recommendation)",
    r"which (?:of the two )?(?:is it|holds)",
    r"(?:first|next|then|finally|in short|in brief)",
    r"the (?:rest|order|steps?) (?:follows?|is this)",
)
_CONNECTIVE = expression(rf"(?:{'|'.join(CONNECTIVES)})[.:]?", re.IGNORECASE)
_ADVISES = expression(r"\b(?:should|must|ought|always|never|best to|need to)\b", re.IGNORECASE)
_OF_VERDICT = expression(
    r"\b(?:recommendation|verdict|advice|sources?|provisional|start with|measure first|plan)\b",
    re.IGNORECASE,
)
_BECOMES = expression(r"\bbecomes?\b", re.IGNORECASE)
_OF_PLAN = expression(
    r"\b(?:in short|in brief|the answer|comes? (?:first|next|later|last)|(?:come|comes) into (?:question|play)|"
    r"(?:if|when|where) (?:that|it|this) falls short|(?:next|first|last|later) (?:step|rung)|can wait|instead)\b",
    re.IGNORECASE,
)
MIN_CLAIM_WORDS = 4
"""Content words from which a sentence says enough to be compared with what it cites."""
MIN_VERDICT_WORDS = 3
"""Words in common with what the verdict says that make up for none in common with the passages behind it."""
MIN_STRANGE_WORDS = 3
"""Words that must stand in what is not cited, and in nothing that is, to call a citation exchanged."""


def check_shared_words(claim: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """A cited sentence must have a word in common with its passages, and no more with what it does not cite."""
    if not basis.cited or claim.is_heading or claim.text.endswith("?"):
        return
    bare = case.claim(claim)
    words = stems_of(bare)
    if len(words) < MIN_CLAIM_WORDS:
        return
    with_passages = len(words & _stems(text for passage in basis.cited for text in texts_of(passage)))
    shared = max(with_passages, _most_shared(words, basis.verdict))
    if not with_passages and shared < MIN_VERDICT_WORDS:
        yield Finding("unsupported_sentence", claim.text, "has nothing in common with what it cites")
    # What leads in ("the sources differ on …:") is of the subject and rests on no passage.
    elif elsewhere := _nearer(stems_of(bare.rpartition(": ")[2]), basis, case, shared):
        yield Finding("unsupported_sentence", claim.text, f"stands nearer to what it does not cite: {elsewhere}")


def _nearer(words: frozenset[str], basis: Basis, case: Case, shared: int) -> str | None:
    """Return a sentence at hand that is not cited and shares more words, beyond those that all of it shares."""
    strange = words - _stems((*basis.texts, basis.user))
    if len(strange) <= max(shared, MIN_STRANGE_WORDS - 1):
        return None
    for text in _uncited(basis, case):
        for part in split(text):
            if len(strange & stems_of(part)) > max(shared, MIN_STRANGE_WORDS - 1):
                return part.strip()
    return None


def _uncited(basis: Basis, case: Case) -> Iterator[str]:
    """Yield what a sentence does not cite: other passages at hand, and what the verdict says by others alone."""
    cited = {passage.id for passage in basis.cited}
    for passage_id, passage in case.allowed.items():
        if passage_id not in cited:
            yield from texts_of(passage)
    yield from (text for text, behind in case.says if not behind & cited)


def _stems(texts: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(stems_of, texts))


def _most_shared(words: frozenset[str], texts: Iterable[str]) -> int:
    return max((len(words & stems_of(text)) for text in texts), default=0)


def check_support(sentence: Sentence, case: Case) -> Iterator[Finding]:
    """A claim needs a citation, unless it is about the user's facts or reports the verdict."""
    if sentence.markers or sentence.is_heading or not re.search(r"\w", sentence.text):
        return
    if sentence.text.rstrip('”")').endswith("?") or _CONNECTIVE.fullmatch(sentence.text.strip(" –-")):
        return
    bare = case.claim(sentence)
    if OWN_FACT.search(bare) and not _ADVISES.search(bare) and not RECOMMENDS.search(bare):
        return
    if case.verdict and (_speaks_of_verdict(bare, case.approaches) or is_said(sentence, case)):
        return
    yield Finding("uncited_sentence", sentence.text, "neither cited nor about the case")


def _speaks_of_verdict(bare: str, approaches: frozenset[Approach]) -> bool:
    """Say whether a sentence only reports the verdict: its recommendation, its standing, or what would flip it."""
    named = named_approaches(bare) & set(CHECKED)
    if not named <= approaches:
        return False
    if _OF_VERDICT.search(bare):
        return True
    return bool(named_approaches(bare) and (_BECOMES.search(bare) or RECOMMENDS.search(bare) or _OF_PLAN.search(bare)))

"""Whether a sentence has a citation where it needs one, and anything in common with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.grounding.advice import OWN_FACT, RECOMMENDS
from agent.grounding.basis import Basis, Case
from agent.grounding.findings import Finding
from agent.grounding.likeness import content
from agent.grounding.naming import CHECKED, named_approaches, verdict_approaches
from agent.grounding.patterns import Pattern
from agent.grounding.quotations import is_said
from agent.grounding.sentences import Sentence
from agent.types import Verdict

CONNECTIVES = (
    r"more answers cannot change this",
    r"(?:here is|this is|that is) (?:why|what|how)\b.{0,60}",
    r"the sources (?:do not agree|disagree|differ)(?: here| on (?:this|that|it|two points|one point))?",
    r"(?:nothing|no single change|no change of one or two facts)\b.{0,80}\bwould change (?:it|this|the recommendation)",
    r"which (?:of the two )?(?:is it|holds)",
    r"(?:first|next|then|finally|in short|in brief)",
    r"the (?:rest|order|steps?) (?:follows?|is this)",
)
_CONNECTIVE = Pattern(rf"(?:{'|'.join(CONNECTIVES)})[.:]?", re.IGNORECASE)
_ADVISES = Pattern(r"\b(?:should|must|ought|always|never|best to|need to)\b", re.IGNORECASE)
_OF_VERDICT = Pattern(
    r"\b(?:recommendation|verdict|advice|sources?|provisional|becomes?|start with|measure first|plan)\b",
    re.IGNORECASE,
)
_OF_PLAN = Pattern(
    r"\b(?:in short|in brief|the answer|comes? (?:first|next|later|last)|(?:come|comes) into (?:question|play)|"
    r"(?:if|when|where) (?:that|it|this) falls short|(?:next|first|last|later) (?:step|rung)|can wait|instead)\b",
    re.IGNORECASE,
)
MIN_CLAIM_WORDS = 4
"""Content words from which a sentence says enough to be compared with what it cites."""


def check_shared_words(claim: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """A cited sentence that shares no word with what it cites, the verdict or the case says something else."""
    if not basis.cited or claim.is_heading or claim.text.endswith("?"):
        return
    bare, texts = case.claim(claim), "\n".join((*basis.texts, basis.user))
    words = content(bare)
    if (
        len(words) >= MIN_CLAIM_WORDS
        and not words & content(texts)
        and not named_approaches(bare) & named_approaches(texts)
    ):
        yield Finding("unsupported_sentence", claim.text, "has nothing in common with what it cites")


def check_support(sentence: Sentence, case: Case) -> Iterator[Finding]:
    """A claim needs a citation, unless it is about the user's facts or reports the verdict."""
    if sentence.markers or sentence.is_heading or not re.search(r"\w", sentence.text):
        return
    if sentence.text.rstrip('”")').endswith("?") or _CONNECTIVE.fullmatch(sentence.text.strip(" –-")):
        return
    bare = case.claim(sentence)
    if OWN_FACT.search(bare) and not _ADVISES.search(bare) and not RECOMMENDS.search(bare):
        return
    if case.verdict and (_speaks_of_verdict(bare, case.verdict) or is_said(sentence, case)):
        return
    yield Finding("uncited_sentence", sentence.text, "neither cited nor about the case")


def _speaks_of_verdict(bare: str, verdict: Verdict) -> bool:
    """Say whether a sentence only reports the verdict: its recommendation, its standing, or what would flip it."""
    named = named_approaches(bare) & set(CHECKED)
    if not named <= verdict_approaches(verdict):
        return False
    if _OF_VERDICT.search(bare):
        return True
    return bool(named_approaches(bare) and (RECOMMENDS.search(bare) or _OF_PLAN.search(bare)))

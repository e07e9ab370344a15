"""Which approach a sentence recommends in Rung's own name; reports, reasons and conditions recommend none."""

from __future__ import annotations

import re

from agent.expressions import expression
from agent.grounding.basis import Basis, Case, called_in
from agent.grounding.quotations import is_said
from agent.grounding.sentences import Sentence
from agent.naming import CHECKED, NAMES, named_approaches, parts_of
from agent.types import Approach, Verdict

OF_CASE = expression(
    r"\b(?:here|recommend\w*|verdict|start|first|leads?|lead to|(?:that|this) is why|for you|your (?:case|team))\b",
    re.IGNORECASE,
)
HEDGED = expression(
    r"\b(?:if|unless|would|once|when|where|until|whether|only|had|might|could|before|after|later|then|instead of|"
    r"rather than|says?|argues?|holds?|according to|leads?|favours?|prefers?)\b",
    re.IGNORECASE,
)
RECOMMENDS = expression(
    r"(?:^|[:;,.]\s)(?:so )?(?:start|begin|go|stay) (?:with|for|by)\b|"
    r"(?:^|[:;.]\s)(?:use|choose|try|pick|adopt|combine|"
    r"enforce|put|fine-?tune|distil|train|retrieve|measure|build)\b|\brecommend(?:s|ed|ation)?\b|\bverdict is\b|"
    r"\b(?:you|we) should\b|\bis worth it\b|\b(?:is|remains) (?:the|your) (?:right |best |clear |obvious |first )?"
    r"(?:answer|choice|approach|fix|tool|rung|way to go|option|bet|step|place to start)\b|"
    r"\b(?:I|we)(?: would|['’]d)? (?:advise|suggest|pick|choose|go with|opt for)\b|\badvice (?:is|here)\b|\badvice:|"
    r"\b(?:your|this) case (?:calls for|needs|wants|is (?:one|a case) for)\b|\bbest served by\b|\bwhat you need is\b|"
    r"\bopt for\b|\byour best\b|\bgo (?:straight )?(?:with|for|to)\b",
    re.IGNORECASE,
)
FLAT = expression(r",? before (?:choosing|you|anything)\b.*$|\b(?<=we )would\b|\b(?<=I )would\b", re.IGNORECASE)
"""What sounds like a condition and makes advice no less flat."""
_ANY_NAME = expression(rf"(?<!\w)(?:{'|'.join(NAMES.values())})[.!]?", re.IGNORECASE)
FLAT_WORDS = 9
"""As long as a bare recommendation gets."""
_NEGATED_ADVICE = expression(r"\b(?:not|never|n't|avoid|against|no)\b", re.IGNORECASE)
OWN_FACT = expression(
    r"\byou(?:['’]ve| have| had| also| both| now| already| currently)? ?"
    r"(?:said|say|told|wrote|write|mention(?:ed)?|describe[ds]?|"
    r"asked|ask|need|want|have|do not have|handle|plan|expect|report|named?|gave|are considering|can show|run)\b|"
    r"\byour (?:own )?(?:facts?|case|words?|team|data|question|description|problem|volume|knowledge|budget|answers?)\b",
    re.IGNORECASE,
)


def advised(sentence: Sentence, bare: str, basis: Basis, case: Case) -> frozenset[Approach]:
    """Return what the sentence recommends in Rung's own name; nothing where it reports, reasons or makes conditions."""
    if case.verdict is None:
        return frozenset()
    if _is_recommendation(sentence, bare, case):
        # "prompt" and "measure" are everyday words in what a source advises.
        named = _named_first(bare) or named_approaches(bare)
        return named & frozenset(CHECKED) if basis.cited else named
    if _is_flat(sentence, bare, case):
        named = named_approaches(bare)
        return frozenset() if named & agreeing(case.verdict) else named
    return frozenset()


def agreeing(verdict: Verdict | None) -> frozenset[Approach]:
    """Return what may be named in recommending what the verdict does."""
    if verdict is None:
        return frozenset()
    return parts_of(verdict.recommendation) - (
        {"stronger_model"} if verdict.recommendation == "distillation" else set()
    )


def _is_recommendation(sentence: Sentence, bare: str, case: Case) -> bool:
    """Say whether the sentence gives Rung's own recommendation, flatly: no step, no condition, no source's view."""
    if sentence.is_step or _NEGATED_ADVICE.search(bare) or called_in(sentence.text, case.names):
        return False
    if HEDGED.search(bare if sentence.markers else FLAT.sub(" ", bare)):
        return False
    return bool(RECOMMENDS.search(bare)) and not is_said(sentence, case)


def _is_flat(sentence: Sentence, bare: str, case: Case) -> bool:
    """Say whether a short uncited sentence can only be advice: no condition, no negation, no fact, no title."""
    if sentence.markers or sentence.is_step or sentence.text.endswith("?"):
        return False
    if sentence.is_heading and (not sentence.text.endswith((".", "!")) or len(_ANY_NAME.sub(" ", bare).split()) < 2):
        return False
    if len(bare.split()) > FLAT_WORDS or is_said(sentence, case) or OWN_FACT.search(bare):
        return False
    return not (HEDGED.search(FLAT.sub(" ", bare)) or _NEGATED_ADVICE.search(bare))


def _named_first(text: str) -> frozenset[Approach]:
    """Return what the advice is about: the approaches named up to a word of purpose or contrast."""
    return named_approaches(re.split(r"\b(?:to|over|than|because|since|as|so that)\b", text, maxsplit=1)[0])

# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Knows topics that a user names to say yes or no to them: "traceable? no", "you wrote that we need citations. We don't".

Owns which fact a few words name. Leaves the yes and the no to `answers`, what a turn changes to `answering`.
"""

from __future__ import annotations

import re

from agent.conversation.hearing import NAMES
from agent.conversation.pieces import cut
from agent.intake.sentences import flatten
from agent.types import FOLLOWS, Approach

LONGEST = 12
"""Words up to which a piece only names a topic."""
ATTEMPTS: dict[Approach, str] = {
    "few_shot": "few_shot_tried",
    "structured_output": "constrained_decoding_tried",
    "stronger_model": "stronger_model_tried",
    "rag": "rag_tried",
    "prompting": "prompting_tried",
    "fine_tuning": "fine_tuning_tried",
}
"""What was tried or not, by the approach whose name stands for it."""
_NAMED = tuple(
    (fact, re.compile(words))
    for fact, words in (
        ("few_shot_tried", r"\bfew[- ]shots?\b|\bexamples in (?:the|a|our) prompt\b"),
        ("knowledge_fits_context", r"\b(?:in|into|within) (?:just )?(?:a |one |the |a single |1 )?(?:prompt|context)\b|\bcontext window\b|\bfits? (?:in|into)\b"),
        ("constrained_decoding_tried", r"\bconstrained (?:decoding|generation)\b|\bschema[- ]enforc\w+|\benforc\w+ (?:the |a |our )?schema\b|\b(?:json|grammar) mode\b|\bstructured outputs?\b"),
        ("stronger_model_tried", r"^\W*(?:an? |any )?(?:bigger|larger|stronger|newer)(?: ones?)?\W*$"),
        ("needs_citations", r"\bcitations?\b|\bcit(?:e|es|ing)\b|\bshow(?:s|ing)? (?:(?:its|their|the|a|any) )?(?:sources?|where)\b|\bsources? (?:shown|under|with)\b"),
        ("needs_audit", r"\btraceab\w+|\baudit(?:able|ed|or|ors| trails?)?\b|\bregulators?\b"),
        ("high_stakes", r"\bhigh[- ]stakes\b|\bserious harm\b|\bharmful\b|\bdangerous\b"),
        ("output_breaks", r"\bbreaks? (?:the |our |your )?(?:parser|schema)\b|\bbroken outputs?\b"),
        ("strict_format", r"\b(?:fixed|strict|set) (?:output )?(?:format|schema)\b"),
        ("complex_rules", r"\b(?:complex|many|interacting) rules\b|^\W*rules\W*$|\brule ?book\b"),
        ("latency_too_high", r"\blatency\b|\b(?:too )?slow\b|\bspeed\b|\bresponse times?\b"),
        ("cost_too_high", r"\bcosts?\b|\b(?:too )?expensive\b|\bprice\b"),
        ("alternatives_compared", r"\bcompar(?:ed|ing|ison|isons)\b"),
        ("bottleneck_known", r"\bbottleneck\b|\btraced\b"),
        ("ml_team", r"\b(?:ml|data science|machine learning) (?:team|people|ppl|folks?|engineers?|staff|crew)\b|\bdata scientists?\b|\bpeople (?:who|that|to) (?:can )?train\b"),
        ("self_hosting", r"\bself[- ]host\w*|\bhost\w* (?:it |models? |them )?(?:our|your)sel(?:f|ves)\b|\b(?:our|your) own (?:servers?|machines?|hardware|gpus?)\b"),
        ("on_device", r"\bon[- ]device\b|\bon (?:a|the) (?:phone|tablet|handheld|small machine)\b"),
        ("budget_limited", r"\b(?:tight|limited|small) budget\b|\blittle money\b"),
        ("requirements_stable", r"\b(?:settled|stable) (?:requirements?|rules|spec\w*)\b|\brequirements? (?:settled|stable)\b|^\W*(?:settled|stable)\W*$"),
        ("many_variants", r"\bvariants\b|\b(?:style|schema|rules) per (?:customer|client|tenant|project)\b"),
        ("can_show_examples", r"\bgood examples\b|\bshow (?:you |it )?(?:some )?examples\b"),
        ("evals_exist", r"\b(?:test|eval|evaluation) (?:set|questions|suite)\b|\bevals?\b|\bevaluations?\b|\bbaseline\b"),
    )
)  # fmt: skip
"""What each fact is called in a few words, the more special names first."""
_NEGATED = re.compile(r"\b(?:no|not|never|without|nobody|\w+n't)\b")
_ASKS = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|then|hm+)\b\W*)*(?:why|what|how|which|who|whose|when|where|if|suppose|is|are|am|was|do|does|did|can|could|should|would|will|shall|may|might|have|has|had|isn't|aren't|don't|doesn't)\b"
)
_CLAIM = re.compile(
    r"^\W*(?:(?:and|but|so|ok|hm+|wait|eh|hey)\b\W*)*(?:who (?:told|says?|said|claims?)(?: you| that)*"
    r"|(?:where|how) (?:did|do|does) (?:you|u|that|it) (?:get|have|come|read|take)(?: it| that)?(?: from)?(?: that)?"
    r"|(?:you|u)(?:'ve| have)?(?: also| keep| even)? (?:put|(?:got|have)(?: it| me)? down|wrote|written|write|say|said|saying|tell|telling|told|noted?|think|thought|claim|claimed|list|listed)(?: me| us| somewhere| down| that)*"
    r"|i (?:never|didn't|did not) (?:said|say|told|tell|wrote|write|claimed?|mentioned?)(?: you| anything)*(?: about| that)?"
    r"|(?:where|how)(?:'s| is)\b(?=.{1,80}\bfrom\W*$)"
    r"|your (?:list|summary|notes?) (?:says?|has|have)(?: that)?)\b(?P<what>.*)",
    re.DOTALL,
)
"""Takes up what rung noted: "who told you we had tried constrained decoding?", "you've put that answers must cite"."""
_AND_I = re.compile(r",? (?:and|but) (?:i|we) (?:don't|do not|dont|can't|have no)\b.*", re.DOTALL)
"""Behind it: "and I don't know where you have that from"."""


def topic_of(piece: str) -> str | None:
    """Return what a piece names to be answered behind it: "in earnest?", "all labels in one prompt?"; None for none."""
    flat = flatten(piece).strip()
    if not flat.endswith("?") or len(flat.split()) > LONGEST or _ASKS.match(flat):
        return None
    return flat.rstrip("? ")


def claim_of(piece: str) -> str | None:
    """Return what a piece says that rung noted; None where it does not take that up."""
    claim = _CLAIM.match(flatten(piece))
    return _AND_I.sub("", claim["what"]) if claim else None


def is_denial(topic: str) -> bool:
    """Whether what a piece names is that something is not so."""
    return bool(_NEGATED.search(flatten(topic)))


def takes_up_notes(text: str) -> bool:
    """Whether a text takes up what rung noted, to put it right by what else it states."""
    return any(_CLAIM.match(flatten(piece)) for piece in cut(text))


def fact_named(topic: str) -> str | None:
    """Return the fact of yes or no that a topic names, be it denied; None where it names none."""
    flat = flatten(topic)
    by_words = next((fact for fact, words in _NAMED if words.search(flat)), None)
    return by_words or next((fact for approach, fact in ATTEMPTS.items() if NAMES[approach].search(flat)), None)


def is_attempt(fact: str) -> bool:
    """Whether a fact tells of something tried, whose name alone may as well be a proposal."""
    return fact in FOLLOWS.values()

"""What the approaches are called, and which of them a text names."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from agent.expressions import expression
from agent.types import Approach

NAMES: dict[Approach, str] = {
    "distillation": r"distil\w*|student model|"
    r"(?:approximat|imitat)\w* (?:a|the) (?:larger?|bigger|frontier) (?:one|model)",
    "fine_tuning": r"fine-?\s?tun\w*|tun(?:e|ed|es|ing)\b|lora\b|peft\b|qlora\b|adapters?\b|re-?train\w*|"
    r"train(?:ed|s|ing)?\b|weights\b",
    "rag": r"rag\b|retriev\w*|knowledge base|vector (?:search|store|db|index)",
    "structured_output": r"structured (?:outputs?|generation)|constrained (?:decoding|generation)|guided decoding|"
    r"schema-enforced\w*|output schema|json mode",
    "few_shot": r"few-?\s?shot\w*|examples? in the prompt|in-context examples?|good examples? in\w*",
    "stronger_model": r"(?:stronger|larger|bigger|newer|more capable) (?:one|models?)|frontier models?",
    "prompting": r"prompt\w*|instructions\b|context engineering",
    "measure_first": r"measur\w*|baseline\w*|eval\w*|profil\w*|benchmark\w*",
}
_PATTERNS = {name: expression(rf"(?<!\w)(?:{pattern})", re.IGNORECASE) for name, pattern in NAMES.items()}
CHECKED: tuple[Approach, ...] = (
    "fine_tuning",
    "rag",
    "structured_output",
    "few_shot",
    "stronger_model",
    "distillation",
)
"""Approaches whose mention must be backed; "prompt" and "measure" are everyday words."""
_TOKENS: dict[Approach, str] = {
    "distillation": "xcopy",
    "fine_tuning": "xtune",
    "rag": "xrag",
    "structured_output": "xforms",
    "few_shot": "xshots",
    "stronger_model": "xmodel",
    "prompting": "xasks",
}
"""One word for each approach, in the order they are looked for; six letters at most, so that a stem keeps it."""
_PARTS: dict[Approach, frozenset[Approach]] = {
    "rag+fine_tuning": frozenset({"rag", "fine_tuning"}),
    "distillation": frozenset({"distillation", "fine_tuning", "stronger_model"}),
    "few_shot": frozenset({"few_shot", "prompting"}),
}


@lru_cache(maxsize=4096)
def named_approaches(text: str) -> frozenset[Approach]:
    """Return the approaches a text names."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))


@lru_cache(maxsize=4096)
def tokened(text: str) -> str:
    """Return the text in small letters with each approach under one word, whatever it is called there."""
    for name, token in _TOKENS.items():
        text = _PATTERNS[name].sub(token, text)
    return text.lower().replace("’", "'")


def tokens_in(text: str) -> frozenset[str]:
    """Return the tokens of the approaches in a text that `tokened` made."""
    return frozenset(token for token in _TOKENS.values() if token in text)


def parts_of(approach: Approach) -> frozenset[Approach]:
    """Return what an approach may be named by; a mix by each of its parts."""
    return _PARTS.get(approach, frozenset({approach}))


@lru_cache(maxsize=4096)
def mentions(text: str) -> Counter[Approach]:
    """Count how often a text names each approach that must be backed."""
    return Counter({name: len(_PATTERNS[name].findall(text)) for name in CHECKED})

"""What a rule says is in the words of what it cites, so that a passage exchanged for a far one is seen."""

from __future__ import annotations

import numpy as np

from agent.retrieval.lexical import LexicalIndex
from agent.rules.model import RuleBook
from agent.types import Passage

NEAREST = 1 / 8
"""Share of an article's passages; the farthest of 183 rules stands at 0.11, the next at 0.04."""


def test_a_rule_is_near_one_of_its_passages(book: RuleBook, passages: dict[str, Passage]) -> None:
    """Of all passages of its article, one that it cites is among the few nearest to its sentence by words."""
    far = []
    for table in book.tables:
        own = [passage for passage in passages.values() if passage.source == table.id]
        index = LexicalIndex.in_memory(own)
        for rule in table.rules:
            order = [own[row].id for row in np.argsort(-index.scores(rule.says), kind="stable")]
            if min(order.index(id) for id in rule.cite) > NEAREST * len(own):
                far.append(rule.id)
    assert far == []

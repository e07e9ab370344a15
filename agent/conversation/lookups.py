"""What a reply looks up: what a word means, what an approach costs, how the approaches compare, who backs one.

Decides nothing; what is told stands in the glossary, on the sources' cards, in their votes or in passages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agent.answer.costs import costs
from agent.answer.glossary import Term, told
from agent.answer.provenance import told_of
from agent.answer.wording import LABELS, name_source
from agent.expressions import expression
from agent.text import lower_first
from agent.types import Approach

if TYPE_CHECKING:
    from agent.conversation.asking import Question
    from agent.conversation.turn import Turn

_OF_MOTIVES = expression(r"\b(?:sell(?:s|ing)?|vendors?|motives?|agenda|who wrote|which company|the author|interest)\b")
"""Asks who the sources are, beside what they say."""


def meaning(turn: Turn, terms: Iterable[Term]) -> None:
    """Tell what words mean, with the passages that define them."""
    for term in terms:
        turn.telling.add(told(term, turn.telling.numbering))


def cost(turn: Turn, approach: Approach) -> None:
    """Tell what the sources say of an approach's cost, and that none of them prices this case."""
    turn.remember(focus=approach)
    lines = list(_passages(turn, costs().costs.get(approach, ())))
    label = LABELS[approach]
    if lines:
        turn.telling.add(
            f"What {label} would cost you I cannot say: no source prices a case like yours, and their figures are for "
            "their own. What they say of it:"
        )
        turn.telling.bullets(lines)
    else:
        turn.telling.add(f"The sources name no price for {label}, so I would be guessing.")


def compared(turn: Turn) -> None:
    """Set prompting, retrieval and fine-tuning side by side, as far as the sources do."""
    turn.telling.add("Side by side, as the sources have it:")
    turn.telling.bullets(_passages(turn, costs().compared))


def backers(turn: Turn, question: Question) -> None:
    """Tell which sources lead to an approach on the facts of the case, or which passages speak for it."""
    verdict, told = turn.after, turn.telling
    if verdict is None:
        return
    approach = question.approach or verdict.recommendation
    votes = [vote for vote in verdict.sources if vote.leads_to(approach)]
    label = LABELS[approach]
    if votes:
        told.add(f"**On your facts, {len(votes)} of {len(verdict.sources)} sources lead to {label}:**")
        told.bullets(told.vote(vote) for vote in votes)
    elif approach == verdict.recommendation:
        told.add(f"No source's own framework leads to {label} by itself; the verdict rests on what they say here:")
        told.bullets(told.reasons(verdict))
    else:
        told.add(f"On your facts none of the sources leads to {label}.")
        told.bullets(told.why_not(verdict, approach)[:1])
    if _OF_MOTIVES.search(question.text.lower()):
        shown = [vote.source for vote in votes or verdict.sources]
        sources = [turn.advisor.sources[source] for source in shown if source in turn.advisor.sources]
        told.bullets(map(told_of, sources))


def _passages(turn: Turn, ids: Iterable[str]) -> Iterable[str]:
    """Yield each passage as one cited sentence, behind the name of its source."""
    for id in ids:
        passage = turn.telling.passages.get(id)
        if passage is not None:
            name = name_source(turn.telling.sources.get(passage.source), passage.source)
            yield turn.telling.numbering.sentence(f"{name}: {lower_first(' '.join(passage.text.split()))}", [id])

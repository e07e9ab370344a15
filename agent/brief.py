"""What a model is told to write, and what becomes of its draft: the turn as a writing task, the gate as its reviewer.

Owns the words that pass between the rules and the model. The model's room knows neither rules nor gate; this is where
they meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from agent.answer.report import describe
from agent.answer.wording import HEADLINES, LABELS, clause
from agent.errors import UsageError
from agent.grounding import Flaw, check, reply_of
from agent.intake import parse_value
from agent.llm.task import WhatIf, WritingTask
from agent.rules.model import RuleBook
from agent.types import (
    AnswerKind,
    Contradiction,
    Draft,
    Fact,
    Flip,
    Passage,
    RoleTrace,
    Source,
    UseCase,
    Verdict,
)

FLAWS: dict[Flaw, str] = {
    "invented_citation": "it cites what is not among the passages",
    "altered_quote": "the words in quotation marks stand in no passage it cites",
    "misattributed_quote": "the words in quotation marks stand in another passage than it cites",
    "misattributed_claim": "it names one source and cites another",
    "unsupported_number": "it holds a number without ground",
    "swapped_approach": "it names or recommends an approach without ground",
    "flipped_polarity": "it turns round what the passage says",
    "uncited_sentence": "it makes a claim and cites nothing",
    "unsupported_sentence": "it does not rest on the passages it cites",
}


class Turn(Struct, frozen=True):
    """One turn once the rules have decided and the offline answer is written."""

    kind: AnswerKind
    question: str
    use_case: UseCase
    verdict: Verdict | None
    draft: Draft
    """The offline answer, which has passed the gate."""
    passages: Mapping[str, Passage]
    """What may be cited: retrieved, or a premise of the verdict."""

    @property
    def opening(self) -> str:
        """The recommendation in words, the first paragraph of advice; it stands whoever writes the rest."""
        return self.draft.markdown.partition("\n\n")[0] if self.verdict else ""

    @property
    def closing(self) -> str:
        """The question worth answering, the last paragraph of advice."""
        rest, _, last = self.draft.markdown.rpartition("\n\n")
        return last if self.verdict and rest and "[" not in last else ""


def writing_task(
    turn: Turn,
    *,
    book: RuleBook,
    sources: Mapping[str, Source],
    retrieve: Callable[[str], Sequence[Passage]],
    judge: Callable[[UseCase], Verdict],
) -> WritingTask:
    """Return the turn as a model gets it."""

    def review(draft: Draft, passages: Mapping[str, Passage], flips: Sequence[Flip]) -> Sequence[str]:
        verdict = turn.verdict
        if verdict is not None and flips:
            # What the rules answered to the model's own what-ifs is as well grounded as the flips they found.
            verdict = msgspec.structs.replace(verdict, flips=(*verdict.flips, *flips))
        reply = reply_of(turn.draft.markdown)
        found = check(draft, passages, verdict, turn.question, turn.use_case, sources=sources, reply=reply)
        return [f"“{finding.sentence[:300]}”: {FLAWS[finding.flaw]} ({finding.detail})" for finding in found]

    return WritingTask(
        kind=turn.kind,
        question=turn.question,
        facts=facts_text(turn.use_case),
        verdict=describe(turn.verdict, book.catalogue, turn.passages) if turn.verdict else "",
        opening=turn.opening,
        closing=turn.closing,
        passages=turn.passages,
        retrieve=retrieve,
        what_if=lambda changes: what_if(changes, turn, book, judge),
        review=review,
    )


def facts_text(use_case: UseCase) -> str:
    """Return the facts line by line: name, value, and the user's words."""
    lines = [_fact_line(fact) for fact in use_case.facts.values()]
    lines += [_disputed_line(contradiction) for contradiction in use_case.contradictions]
    return "\n".join(lines) or "No fact was stated."


def _fact_line(fact: Fact) -> str:
    return f"- {fact.name} = {_shown(fact)}, from “{' '.join(fact.evidence.split())}”"


def _disputed_line(contradiction: Contradiction) -> str:
    said = " or ".join(f"{_shown(fact)} (“{' '.join(fact.evidence.split())}”)" for fact in contradiction.facts)
    return f"- {contradiction.name} is unknown, since it was said in two ways: {said}"


def _shown(fact: Fact) -> str:
    return str(fact.value).lower() if isinstance(fact.value, bool) else str(fact.value)


def what_if(changes: Mapping[str, Any], turn: Turn, book: RuleBook, judge: Callable[[UseCase], Verdict]) -> WhatIf:
    """Judge the case with some facts changed; UsageError names a fact or value that there is not."""
    values = {}
    for name, raw in changes.items():
        spec = book.catalogue.get(name)
        if spec is None:
            raise UsageError(f"there is no fact {name[:60]!r}", hint="take the names from the facts and open questions")
        if not isinstance(raw, bool | int | float | str):
            raise UsageError(f"{name} cannot be a list or an object")
        values[name] = parse_value(spec, raw)
    changed = {name: Fact(name, value, "assumed") for name, value in values.items()}
    left = tuple(item for item in turn.use_case.contradictions if item.name not in changed)
    verdict = judge(UseCase({**turn.use_case.facts, **changed}, left))
    now = turn.verdict.recommendation if turn.verdict else None
    clauses = " and ".join(clause(book.catalogue.get(name), name, value) for name, value in values.items())
    moved = "would stay" if verdict.recommendation == now else "becomes"
    in_hand = all(book.catalogue[name].in_your_control for name in values)
    return WhatIf(
        f"If {clauses}, the recommendation {moved} {LABELS[verdict.recommendation]} ({verdict.standing}).",
        Flip(values, verdict.recommendation, in_hand),
    )


def first_words(verdict: Verdict) -> str:
    """Return the recommendation in one sentence."""
    return f"**{HEADLINES[verdict.recommendation]}**"


def notes_of(read: RoleTrace | None, write: RoleTrace | None) -> tuple[str, ...]:
    """Say in words what a model did, where the reader of the answer should know."""
    notes = []
    if read is not None and read.outcome == "fell_back":
        notes.append(f"the facts were read without {read.model}: {read.why}")
    if write is not None and write.outcome == "fell_back":
        notes.append(f"the answer was written without {write.model}: {write.why}")
    if write is not None and write.outcome == "repaired":
        notes.append(f"the first draft of {write.model} was sent back with {_count(len(write.findings))}")
    return tuple(notes)


def _count(number: int) -> str:
    return "one finding" if number == 1 else f"{number} findings"

"""Questions written for Rung, by which nothing was fitted: sources, passages, refusals, premises, paraphrases.

Owns what counts as right for them. Leaves the questions to `eval/data/questions`, and the labelled cases that came
with the sources to the evaluators `questions` and `refusals`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agent.types import Answer
from eval.cases import Case, Covered, SameAs, Written
from eval.figures import Figure, Score, Target
from eval.run import Run
from eval.targets import target_of

MOST_CITATIONS = 5
REFUSAL = "not_covered"
NOTE = "unseen"
_MARKER = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")
Reached = Callable[[Answer, Covered], bool]


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield what is cited, what is refused on both sides, which premises are corrected, and what paraphrases change."""
    written = run.data.written
    if written is None:
        return
    yield _covered(run, written, "every", "every expected article cited", cites_every_source)
    yield _covered(run, written, "any", "at least one of them", cites_some_source)
    yield _covered(run, written, "passage", "an expected passage cited", cites_a_passage)
    # An answer with a sentence from every source cites the expected one by the way: what stands first tells them apart.
    yield _covered(run, written, "first", "an expected passage leads", leads_with_a_passage)
    yield _refused(run, written.covered.cases, "covered_refused", "covered refused")
    yield _refused(run, written.not_covered.cases, "outside_refused", "not covered refused")
    corrected = tuple(_score(run.ask(case), case, leads_with_a_passage) for case in written.false_premises.cases)
    yield Figure("written.premises", "false premises corrected first", corrected, note=NOTE)
    originals = {case.id: case for case in written.covered.cases}
    variants = tuple(_variant(run, case, originals[case.expected.of]) for case in written.variants.cases)
    yield Figure("written.paraphrases", "same kind, an expected article", variants, note=NOTE)


def cites_every_source(answer: Answer, expected: Covered) -> bool:
    """Say whether the first five citations hold every expected source."""
    return expected.sources <= _sources(answer)


def cites_some_source(answer: Answer, expected: Covered) -> bool:
    """Say whether the first five citations hold an expected source."""
    return bool(expected.sources & _sources(answer))


def cites_a_passage(answer: Answer, expected: Covered) -> bool:
    """Say whether the first five citations hold an expected passage."""
    return any(citation.passage in expected.passages for citation in answer.citations[:MOST_CITATIONS])


def leads_with_a_passage(answer: Answer, expected: Covered) -> bool:
    """Say whether the first paragraph cites an expected passage: answers with it, or corrects the premise with it.

    A correction further down does not count: whoever took the premise for granted has read something else by then.
    """
    first = answer.answer.strip().partition("\n\n")[0]
    numbers = {int(number) for marker in _MARKER.findall(first) for number in marker.split(",")}
    return any(cited.number in numbers and cited.passage in expected.passages for cited in answer.citations)


def _sources(answer: Answer) -> frozenset[str]:
    return frozenset(citation.source for citation in answer.citations[:MOST_CITATIONS])


def _covered(run: Run, written: Written, name: str, title: str, is_reached: Reached) -> Figure:
    scores = tuple(_score(run.ask(case), case, is_reached) for case in written.covered.cases)
    return Figure(f"written.{name}", title, scores, target=target_of(f"written.{name}"), note=NOTE)


def _score(answer: Answer, case: Case[Any], is_reached: Reached) -> Score:
    is_hit = is_reached(answer, case.expected)
    got = " + ".join(citation.passage for citation in answer.citations[:MOST_CITATIONS]) or answer.kind
    expected = " + ".join(sorted(case.expected.passages))
    detail = "" if is_hit else case.text
    return Score(case.id, float(is_hit), group=case.expected.voice, expected=expected, got=got, detail=detail)


def _refused(run: Run, cases: Sequence[Case[Any]], name: str, title: str) -> Figure:
    target = target_of(f"written.{name}")
    return Figure(f"written.{name}", title, tuple(_refusal(run, case, target) for case in cases), "share", target, NOTE)


def _refusal(run: Run, case: Case[Any], target: Target) -> Score:
    kind = run.ask(case).kind
    is_refused = kind == REFUSAL
    expected = "an answer" if target.is_ceiling else REFUSAL
    detail = case.text if is_refused == target.is_ceiling else ""
    return Score(case.id, float(is_refused), group=case.expected.voice, expected=expected, got=kind, detail=detail)


def _variant(run: Run, case: Case[SameAs], original: Case[Covered]) -> Score:
    before, after = run.ask(original), run.ask(case)
    is_same = before.kind == after.kind and cites_some_source(after, original.expected)
    expected = f"{before.kind}: {' + '.join(sorted(original.expected.sources))}"
    got = f"{after.kind}: {' + '.join(sorted(_sources(after))) or 'nothing'}"
    return Score(case.id, float(is_same), group=original.id, expected=expected, got=got, detail=case.text)

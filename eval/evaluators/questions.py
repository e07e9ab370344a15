"""Whether an answer cites the articles that it should, within five citations; word search alone beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from agent.retrieval.lexical import LexicalIndex
from agent.types import Passage
from eval.cases import Case, Covered
from eval.figures import Figure, Score
from eval.run import Run
from eval.targets import target_of

MOST_CITATIONS = 5
NEAR_DUPLICATE = 0.85
Cited = Callable[[Case[Covered]], Sequence[str]]
"""The sources that an answer cites, in order, one per citation."""


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield the shares with every and with any expected article cited, the kinds of answer, and the anchor."""
    cases = run.data.questions.cases

    def cited(case: Case[Covered]) -> list[str]:
        return [citation.source for citation in run.ask(case).citations[:MOST_CITATIONS]]

    yield from _figures("questions", cases, cited, "")
    unseen = tuple(case for case in cases if not is_near_duplicate(case.text, run.fitted))
    if len(unseen) < len(cases):
        note = f"less {len(cases) - len(unseen)} fitted on"
        yield from _figures("questions.unseen", unseen, cited, note)
    long = tuple(_too_many(run, case) for case in cases)
    yield Figure("questions.citations", "answers with more than 5", long, "count", target_of("questions.citations"))
    kinds = tuple(_kind(run, case) for case in cases)
    yield Figure("questions.guidance", "answered as guidance", kinds)
    index = _Words(run.subject.passages.values())
    yield from _figures("questions.bm25", cases, index.cited, "anchor, this run")


def is_near_duplicate(text: str, others: Sequence[str]) -> bool:
    """Say whether a text stands among others in the same or nearly the same letters."""
    low = text.lower().strip()
    for other in others:
        matcher = SequenceMatcher(None, low, other.lower().strip(), autojunk=False)
        # Two cheap upper bounds first: the full ratio is slow over a thousand texts.
        if matcher.real_quick_ratio() >= NEAR_DUPLICATE <= matcher.quick_ratio() and matcher.ratio() >= NEAR_DUPLICATE:
            return True
    return False


class _Words:
    """Lexical search alone over the same passages."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._passages = sorted(passages, key=lambda passage: passage.id)
        self._index = LexicalIndex.in_memory(self._passages)

    def cited(self, case: Case[Covered]) -> list[str]:
        """Return the sources of the five best passages."""
        best = (-self._index.scores(case.text)).argsort(kind="stable")[:MOST_CITATIONS]
        return [self._passages[row].source for row in best]


def _figures(prefix: str, cases: Sequence[Case[Covered]], cited: Cited, note: str) -> Iterator[Figure]:
    found = {case.id: frozenset(cited(case)) for case in cases}
    every = tuple(_score(case, found[case.id], case.expected.sources <= found[case.id]) for case in cases)
    some = tuple(_score(case, found[case.id], bool(case.expected.sources & found[case.id])) for case in cases)
    for name, title, scores in (
        ("every", "every expected article cited", every),
        ("any", "at least one of them", some),
    ):
        figure_id = f"{prefix}.{name}"
        is_anchor = note.startswith("anchor")
        yield Figure(figure_id, title, scores, target=target_of(figure_id), note=note, is_anchor=is_anchor)


def _score(case: Case[Covered], cited: frozenset[str], is_hit: bool) -> Score:
    missing = sorted(case.expected.sources - cited)
    detail = "" if is_hit else case.text
    expected, got = " + ".join(sorted(case.expected.sources)), " + ".join(sorted(cited)) or "nothing"
    group = "" if is_hit else " + ".join(missing)
    return Score(case.id, float(is_hit), group=group, expected=expected, got=got, detail=detail)


def _too_many(run: Run, case: Case[Covered]) -> Score:
    count = len(run.ask(case).citations)
    return Score(case.id, float(count > MOST_CITATIONS), detail=f"{count} citations" if count > MOST_CITATIONS else "")


def _kind(run: Run, case: Case[Covered]) -> Score:
    kind = run.ask(case).kind
    return Score(case.id, float(kind == "guidance"), group=kind, expected="guidance", got=kind, detail=case.text)

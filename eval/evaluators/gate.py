"""What the gate finds of errors planted into drafts, and what it objects to in honest ones, by class.

An error counts as found where the gate finds more in the draft than it found before the error was planted: the draft
would then not be shown as it is. Whether it is called by its right name is a break-down. Answers as shown passed the
gate before and are no test of false alarms, so these are measured on rewordings, exact quotations and composed drafts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agent.grounding import Finding, check, reply_of
from eval.drafts import Honest, composed, load_reversals, load_rewordings, reworded, shown, told
from eval.figures import Figure, Score
from eval.planting import CLASSES, ErrorClass, Planted, plant
from eval.run import Run, Subject
from eval.targets import target_of

FLAWS: dict[ErrorClass, frozenset[str]] = {
    "invented_citation": frozenset({"invented_citation"}),
    "misattributed_quotation": frozenset({"misattributed_quote", "altered_quote", "misattributed_claim"}),
    "altered_number": frozenset({"unsupported_number"}),
    "swapped_approach": frozenset({"swapped_approach"}),
    "flipped_polarity": frozenset({"flipped_polarity"}),
    "unsupported_sentence": frozenset({"uncited_sentence", "unsupported_sentence"}),
}
"""What the gate calls each class."""


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield, for each class of error, the share found and the share of honest drafts with such a finding."""
    drafts = honest_drafts(run)
    findings = {draft.id: inspect(draft, run.subject) for draft in drafts}
    planted = [error for draft in drafts for error in plant(draft, run.subject.passages)]
    for error in CLASSES:
        scores = tuple(_found(p, findings[p.wrong.id], run.subject) for p in planted if p.error == error)
        drafts_with = len({score.case for score in scores})
        note = f"{len(scores)} errors in {drafts_with} drafts"
        yield Figure(
            f"gate.found.{error}", f"{_words(error)} found", scores, target=target_of(f"gate.found.{error}"), note=note
        )
    clean = [draft for draft in drafts if draft.kind != "shown"]
    for error in CLASSES:
        scores = tuple(_alarm(draft, findings[draft.id], FLAWS[error]) for draft in clean)
        figure_id = f"gate.alarms.{error}"
        yield Figure(figure_id, f"honest drafts called {_words(error)}", scores, target=target_of(figure_id))
    held_out = [draft for draft in clean if draft.kind == "reworded" and draft.is_held_out]
    scores = tuple(_alarm(draft, findings[draft.id], None) for draft in held_out)
    yield Figure(
        "gate.alarms.held_out", "unseen rewordings objected to", scores, target=target_of("gate.alarms.held_out")
    )

    yield from _reversals(run.subject)


def _reversals(subject: Subject) -> Iterator[Figure]:
    """Yield what is found of the sentences turned round by hand, apart for those nobody looked at."""
    rows = load_reversals(subject.passages)
    for is_held_out, where in ((False, "seen"), (True, "unseen")):
        half = [row for row in rows if row.is_held_out == is_held_out]
        found = tuple(
            Score(row.id, float(bool(inspect(told(row, row.wrong, subject.passages), subject))), group=row.way)
            for row in half
        )
        alarms = tuple(
            _alarm(draft, inspect(draft, subject), None)
            for draft in (told(row, row.honest, subject.passages) for row in half)
        )
        yield Figure(f"gate.reversals.{where}", f"{where} reversals by hand found", found)
        target = target_of(f"gate.reversals.{where}_alarms")
        yield Figure(f"gate.reversals.{where}_alarms", f"{where} twins objected to", alarms, target=target)


def honest_drafts(run: Run) -> list[Honest]:
    """Return every honest draft of a run: its answers, the rewordings, and answers written anew with them."""
    passages = run.subject.passages
    rewordings = load_rewordings(passages)
    answers = list(shown(run.ask_all(), passages))
    return [*answers, *reworded(rewordings, passages), *composed(answers, rewordings)]


def inspect(draft: Honest, subject: Subject) -> tuple[Finding, ...]:
    """Return what the gate finds in a draft."""
    return check(
        draft.draft,
        draft.allowed,
        draft.verdict,
        draft.question,
        draft.use_case,
        sources=subject.sources,
        reply=reply_of(draft.draft.markdown),
    )


def _found(planted: Planted, before: Sequence[Finding], subject: Subject) -> Score:
    """Score 1 where the gate finds more than before."""
    known = {(finding.flaw, finding.detail) for finding in before}
    new = [finding for finding in inspect(planted.wrong, subject) if (finding.flaw, finding.detail) not in known]
    named = sorted({finding.flaw for finding in new})
    return Score(
        planted.wrong.id,
        float(bool(new)),
        group=planted.kind,
        expected=planted.error,
        got=", ".join(named) or "nothing",
        detail="" if new else f"{planted.kind}: {planted.after[-220:]}",
    )


def _alarm(draft: Honest, findings: Iterable[Finding], flaws: frozenset[str] | None) -> Score:
    wrong = [finding for finding in findings if flaws is None or finding.flaw in flaws]
    detail = " | ".join(f"{finding.flaw}: {finding.detail} — {finding.sentence[:120]}" for finding in wrong)
    return Score(draft.id, float(bool(wrong)), group=draft.kind, detail=detail)


def _words(error: ErrorClass) -> str:
    return error.replace("_", " ")

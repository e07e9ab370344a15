"""Whether every answer of the run rests on what it cites: ids, quotations, and the gate's own checks run once more.

Ids and quotations are checked here by other code than the gate's, so that a hole in the gate shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agent.grounding import check, reply_of
from agent.types import Answer, Draft
from eval.figures import Figure, Score
from eval.run import Run, Subject, reading_of
from eval.targets import target_of

_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"\n]+)\"")
_MARKER = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")
_EDGE = " .,;:!?…"
Faults = Callable[[Answer, Subject], Iterator[str]]


def evaluate(run: Run) -> Iterator[Figure]:
    """Yield how many faults of each kind all answers of the run hold."""
    answers = run.ask_all()
    for part, title, faults in (
        ("unknown", "citations that do not exist", unknown_citations),
        ("inexact", "quotes that are not their passage's", inexact_citations),
        ("quotes", "quoted words that stand nowhere", inexact_quotations),
        ("gate", "findings of the gate left", gate_findings),
    ):
        scores = tuple(_score(name, answer, faults, run.subject) for name, answer in answers.items())
        figure_id = f"citations.{part}"
        yield Figure(figure_id, title, scores, "count", target_of(figure_id), f"{len(answers)} answers")
    repaired = tuple(_repaired(name, answer) for name, answer in answers.items())
    target = target_of("citations.repaired")
    yield Figure("citations.repaired", "answers that the gate had to mend", repaired, target=target)


def unknown_citations(answer: Answer, subject: Subject) -> Iterator[str]:
    """Yield citations of no known passage, and markers in the prose without a citation."""
    for citation in answer.citations:
        if citation.passage not in subject.passages:
            yield citation.passage
    numbers = {citation.number for citation in answer.citations}
    for marker in _MARKER.finditer(answer.answer):
        for number in map(int, marker.group(1).split(",")):
            if number not in numbers:
                yield f"marker [{number}]"


def inexact_citations(answer: Answer, subject: Subject) -> Iterator[str]:
    """Yield citations whose quote is not what the passage shows, or whose source is another."""
    for citation in answer.citations:
        passage = subject.passages.get(citation.passage)
        if passage and (citation.quote != passage.cited_text or citation.source != passage.source):
            yield citation.passage


def inexact_quotations(answer: Answer, subject: Subject) -> Iterator[str]:
    """Yield quoted words of the prose that no cited passage, title or word of the user contains."""
    cited = [subject.passages[c.passage] for c in answer.citations if c.passage in subject.passages]
    texts = [answer.question, *(out.evidence for out in answer.facts.values())]
    texts += [text for passage in cited for text in (passage.text, passage.quote, passage.section)]
    texts += [source.title for source in subject.sources.values()]
    known = [_plain(text) for text in texts]
    for match in _QUOTED.finditer(answer.answer):
        quoted = _plain(match.group(1) or match.group(2)).strip(_EDGE)
        if quoted and not any(quoted in text for text in known):
            yield f"“{quoted}”"


def gate_findings(answer: Answer, subject: Subject) -> Iterator[str]:
    """Yield what the gate finds in the answer as shown, with the cited passages and nothing else to rest on.

    A refusal claims nothing and cites nothing, so there is nothing for the gate to hold it to.
    """
    if answer.kind == "not_covered":
        return
    cited = tuple(citation.passage for citation in answer.citations)
    allowed = {name: subject.passages[name] for name in cited if name in subject.passages}
    draft = Draft(answer.answer, cited)
    case = reading_of(answer)
    reply = reply_of(answer.answer)
    for finding in check(draft, allowed, answer.verdict, answer.question, case, sources=subject.sources, reply=reply):
        yield f"{finding.flaw}: {finding.detail} — {finding.sentence[:80]}"


def _plain(text: str) -> str:
    """Return a text without Markdown's emphasis and escapes, on one line."""
    unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    return " ".join(re.sub(r"[*_`]", "", unescaped).replace("’", "'").split())


def _repaired(name: str, answer: Answer) -> Score:
    notes = [note for note in answer.notes if note.startswith("gate:")]
    return Score(name, float(bool(notes)), group=answer.kind, detail=" | ".join(notes))


def _score(name: str, answer: Answer, faults: Faults, subject: Subject) -> Score:
    found = list(faults(answer, subject))
    return Score(name, float(len(found)), group=answer.kind, detail=" | ".join(found))

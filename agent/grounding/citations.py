"""Whether what a sentence cites was at hand: numbers, passage ids and addresses."""

from __future__ import annotations

from collections.abc import Iterator

from agent.expressions import expression
from agent.grounding.basis import Case, texts_of
from agent.grounding.findings import Finding
from agent.grounding.sentences import Sentence

_PASSAGE_ID = expression(r"\b[a-z0-9]+(?:-[a-z0-9]+)*#[a-z0-9]+(?:-[a-z0-9]+)*\b")
_URL = expression(r"https?://[^\s)\]>\"”]+")


def check_citations(sentence: Sentence, case: Case) -> Iterator[Finding]:
    """Each number, passage id and address must stand for something that was at hand."""
    for number in sentence.markers:
        if not 0 < number <= len(case.draft.cited):
            yield Finding("invented_citation", sentence.text, f"[{number}] stands for nothing")
        elif (passage_id := case.draft.cited[number - 1]) not in case.allowed:
            yield Finding(
                "invented_citation",
                sentence.text,
                f"[{number}] is {passage_id}, which was not retrieved",
            )
    for passage_id in _PASSAGE_ID.findall(sentence.text):
        if passage_id not in case.allowed and passage_id not in case.user:
            yield Finding("invented_citation", sentence.text, f"{passage_id} was not retrieved")
    for url in _URL.findall(sentence.text):
        if not _is_known(url.rstrip(".,;:!?"), case):
            yield Finding("invented_citation", sentence.text, f"{url} stands in no source")


def _is_known(url: str, case: Case) -> bool:
    return url in case.user or any(url in text for passage in case.allowed.values() for text in texts_of(passage))

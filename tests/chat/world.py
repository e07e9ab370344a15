"""A small world to talk in: two sources, seven rules, an advisor that reads by six patterns and needs no encoder.

Its words never change, so that whole transcripts can be compared; the real advisor has tests of its own.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from agent.advisor import Understood, facts_out
from agent.intake import Reading, load_catalogue
from agent.intake.amounts import find_amounts
from agent.intake.sentences import split_sentences
from agent.resources import data_dir
from agent.rules.loader import load_book
from agent.rules.verdict import judge
from agent.types import Answer, Citation, Fact, Passage, Source, UseCase, Verdict

SHORE = Path(__file__).parent / "shore"
PASSAGES = {
    f"{source}#{slug}": Passage(f"{source}#{slug}", source, section, text)
    for source, slug, section, text in (
        ("harbour", "documents", "Where knowledge lies", "What stands in documents is best fetched from them."),
        ("harbour", "examples", "Enough to train", "Five thousand good examples are enough to train on."),
        ("harbour", "citations", "Showing sources", "Weights cannot show where an answer comes from."),
        ("quay", "baseline", "Measure", "Without a baseline nobody can tell two ways apart."),
        ("quay", "few", "Too few", "Under five hundred examples training does not pay."),
        ("quay", "start", "Start low", "A prompt is the lowest rung."),
    )
}
SOURCES = {name: Source(name, f"The {name.title()}", name.title(), "undated", "", "") for name in ("harbour", "quay")}
PATTERNS = {
    ("knowledge_in_documents", True): r"\b(?:wiki|documents|manuals)\b",
    ("needs_citations", True): r"\bmust cite\b",
    ("evals_exist", True): r"\bhave an eval",
    ("evals_exist", False): r"\bno evals?\b",
    ("considering_fine_tuning", True): r"fine-?tun",
}
SLOW = "take your time"
"""Words at which the advisor thinks for a long time, to be interrupted."""


class SmallAdvisor:
    """Answers as the advisor does, from the small world."""

    has_model = False

    def __init__(self) -> None:
        self.book = load_book(SHORE, load_catalogue(data_dir("corpus")), set(PASSAGES))
        self.passages = PASSAGES
        self.sources = SOURCES

    def understand(self, text: str) -> Understood:
        """Read by patterns; a text with two facts describes a case."""
        if SLOW in text:
            time.sleep(60)
        facts = dict(_facts(text))
        kind = (
            "advice" if len(facts) > 1 else "guidance" if re.search(r"\btrain|tun|LoRA|prompt", text) else "not_covered"
        )
        return Understood(text, Reading(UseCase(facts)), (), kind, ("Start low",), {"read": 1.0})

    def read(self, text: str) -> Reading:
        """Read by patterns."""
        return Reading(UseCase(dict(_facts(text))))

    def judge(self, use_case: UseCase) -> Verdict:
        """Apply the rules of the small world."""
        return judge(use_case, self.book)

    def answer(self, understood: Understood) -> Answer:
        """Say the verdict, or what the quay says of training."""
        use_case = understood.reading.use_case
        verdict = self.judge(use_case) if understood.kind == "advice" else None
        cited = verdict.drivers[0].passages[0] if verdict else "quay#few" if understood.kind == "guidance" else ""
        says = PASSAGES[cited].text.rstrip(".") if cited else ""
        text = f"{says} [1].\n\nMore answers cannot change this." if cited else "The sources do not answer this."
        citations = (_citation(PASSAGES[cited]),) if cited else ()
        return Answer(
            understood.question, "offline", understood.kind, text, citations, facts_out(use_case), verdict, (), (), {}
        )  # fmt: skip


def _facts(text: str) -> list[tuple[str, Fact]]:
    found = []
    for sentence in split_sentences(text):
        for (name, value), pattern in PATTERNS.items():
            if re.search(pattern, sentence.text, re.IGNORECASE):
                found.append((name, Fact(name, value, evidence=sentence.text)))
        for amount in find_amounts(sentence):
            found.append((amount.name, Fact(amount.name, int(amount.value), evidence=sentence.text)))
    return found


def _citation(passage: Passage) -> Citation:
    title = SOURCES[passage.source].title
    return Citation(1, passage.id, passage.source, title, passage.section, passage.text, verbatim=False)

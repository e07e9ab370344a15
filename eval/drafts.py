"""Honest drafts to try the gate on: answers as they were shown, free rewordings of passages, and the two mixed.

Owns what an honest draft is. Leaves the errors to `planting`, and what the gate makes of either to the evaluator.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.advisor import cited_by
from agent.answer.wording import HEADLINES, LABELS
from agent.types import Answer, Draft, Passage, UseCase, Verdict
from eval.run import reading_of

REWORDINGS = Path(__file__).parent / "data" / "rewordings.jsonl"
REVERSALS = REWORDINGS.with_name("reversals.jsonl")
SENTENCES_AT_MOST = 4


class Rewording(Struct, frozen=True):
    """A sentence that a good writer made of one or two passages, by our own hand."""

    id: str
    passages: tuple[str, ...]
    text: str
    is_held_out: bool
    """Whether nobody looked at what the gate says of it while the gate was being improved."""


class Reversal(Struct, frozen=True, rename={"wrong": "reversed"}):
    """A passage in other words, and the same turned round by hand in whatever way the language offers."""

    id: str
    passage: str
    way: str
    honest: str
    wrong: str
    is_held_out: bool
    """Whether nobody looked at what the gate says of it."""


class Honest(Struct, frozen=True):
    """A draft without an error, and everything that it may rest on."""

    id: str
    kind: str
    """`shown` answers have passed the gate already; `reworded` and `composed` drafts and their `quoted` twins not."""
    draft: Draft
    allowed: Mapping[str, Passage]
    verdict: Verdict | None = None
    question: str = ""
    use_case: UseCase | None = None
    is_held_out: bool = False


def load_rewordings(passages: Mapping[str, Passage], path: Path = REWORDINGS) -> tuple[Rewording, ...]:
    """Read the rewordings of those passages that there are."""
    rows = [msgspec.json.decode(line, type=Rewording) for line in path.read_bytes().splitlines() if line.strip()]
    return tuple(row for row in rows if all(name in passages for name in row.passages))


def load_reversals(passages: Mapping[str, Passage], path: Path = REVERSALS) -> tuple[Reversal, ...]:
    """Read the reversals of those passages that there are."""
    rows = [msgspec.json.decode(line, type=Reversal) for line in path.read_bytes().splitlines() if line.strip()]
    return tuple(row for row in rows if row.passage in passages)


def told(row: Reversal, text: str, passages: Mapping[str, Passage]) -> Honest:
    """Return one of the two sentences of a reversal as a draft; what is allowed is the passages of its source."""
    allowed = {id: passage for id, passage in passages.items() if passage.source == passages[row.passage].source}
    draft = Draft(_marked(text, [1]), (row.passage,))
    return Honest(row.id, "reworded", draft, allowed, is_held_out=row.is_held_out)


def shown(answers: Mapping[str, Answer], passages: Mapping[str, Passage]) -> Iterator[Honest]:
    """Yield each answer as the draft that it was; refusals claim nothing and are left out."""
    for name, answer in answers.items():
        if answer.kind == "not_covered" or not answer.answer:
            continue
        cited = tuple(citation.passage for citation in answer.citations if citation.passage in passages)
        behind = cited_by(answer.verdict) if answer.verdict else ()
        allowed = {id: passages[id] for id in (*cited, *behind) if id in passages}
        case = reading_of(answer)
        yield Honest(name, "shown", Draft(answer.answer, cited), allowed, answer.verdict, answer.question, case)


def reworded(rewordings: Iterable[Rewording], passages: Mapping[str, Passage]) -> Iterator[Honest]:
    """Yield one draft for each rewording, and for each passage a twin that quotes it exactly."""
    for row in rewordings:
        allowed = {id: passage for id, passage in passages.items() if passage.source in _sources(row)}
        draft = Draft(_marked(row.text, range(1, len(row.passages) + 1)), row.passages)
        yield Honest(row.id, "reworded", draft, allowed, is_held_out=row.is_held_out)
        if quote := quotable(passages[row.passages[0]].text, random.Random(row.id)):
            draft = Draft(f"The source holds that “{quote}” [1].", row.passages[:1])
            yield Honest(f"{row.id} quoted", "quoted", draft, allowed, is_held_out=row.is_held_out)


def composed(answers: Iterable[Honest], rewordings: Iterable[Rewording]) -> Iterator[Honest]:
    """Yield the drafts that a model would write of a case: the verdict, the user's words, and reasons in free prose."""
    rows = list(rewordings)
    for answer in answers:
        fitting = [row for row in rows if all(name in answer.allowed for name in row.passages)]
        if answer.verdict is None or len(fitting) < 2:
            continue
        chance = random.Random(answer.id)
        chosen = chance.sample(fitting, min(SENTENCES_AT_MOST, len(fitting)))
        cited = tuple(dict.fromkeys(name for row in chosen for name in row.passages))
        parts = [f"**{HEADLINES[answer.verdict.recommendation]}**", *_own_words(answer, chance)]
        parts += _of_the_verdict(answer.verdict, chance)
        parts += [_marked(row.text, (cited.index(name) + 1 for name in row.passages)) for row in chosen]
        held_out = all(row.is_held_out for row in chosen)
        yield msgspec.structs.replace(
            answer,
            id=f"{answer.id} composed",
            kind="composed",
            draft=Draft(" ".join(parts), cited),
            is_held_out=held_out,
        )


def quotable(text: str, chance: random.Random) -> str:
    """Return six to ten words in a row of a text; empty where it is too short or quotes somebody itself."""
    words = text.split()
    if len(words) < 10 or re.search(r"[“”\"]", text):
        return ""
    length = chance.randint(6, 10)
    start = chance.randint(0, len(words) - length)
    return " ".join(words[start : start + length]).strip(",;:.()")


def _own_words(answer: Honest, chance: random.Random) -> Iterator[str]:
    """Yield a sentence that gives the user's own words back."""
    facts = answer.use_case.facts.values() if answer.use_case else ()
    said = [
        fact.evidence for fact in facts if len(fact.evidence.split()) >= 4 and not re.search(r"[“”\"\n]", fact.evidence)
    ]
    if said:
        yield f"You said “{chance.choice(said)}”."


ADVICE = (
    "So our advice is {0}.",
    "{0} is the right answer for what you describe.",
    "That is why {0} comes first here.",
    "What your case calls for is {0}.",
    "In short: {0}.",
)
FLIPS = (
    "Were one fact different, the recommendation would become {0}.",
    "A single change could turn the recommendation into {0}.",
    "If that changed, {0} would be the answer instead.",
)
STEPS = (
    "Only later, and if that falls short, does {0} come into question.",
    "The plan also holds a place for {0}.",
    "{0} is a step of the plan, not its end.",
)


def _of_the_verdict(verdict: Verdict, chance: random.Random) -> Iterator[str]:
    """Yield uncited sentences that report the verdict rightly: the advice, what would change it, and the plan."""
    yield _capital(chance.choice(ADVICE).format(LABELS[verdict.recommendation]))
    if verdict.flips:
        yield _capital(chance.choice(FLIPS).format(LABELS[chance.choice(verdict.flips).recommendation]))
    later = [step.approach for step in verdict.plan if step.approach != verdict.recommendation]
    if later:
        yield _capital(chance.choice(STEPS).format(LABELS[chance.choice(later)]))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _sources(row: Rewording) -> frozenset[str]:
    return frozenset(name.partition("#")[0] for name in row.passages)


def _marked(text: str, numbers: Iterable[int]) -> str:
    """Put the markers before the full stop."""
    return f"{text[:-1]} [{', '.join(map(str, numbers))}]{text[-1]}"

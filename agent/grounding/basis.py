"""What a draft, and each sentence of it, may rest on: passages cited, what the verdict says, the user's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from agent.grounding.sentences import QUOTED, Sentence, split
from agent.naming import named_approaches, parts_of
from agent.text import is_called
from agent.types import Approach, Draft, FactValue, Passage, Source, UseCase, Verdict


class Basis(Struct, frozen=True):
    """What one sentence may rest on."""

    cited: tuple[Passage, ...]
    verdict: tuple[str, ...]
    """What the verdict says with a passage that the sentence cites, or with none where the sentence cites none."""
    user: str
    """The user's question, the evidence of the facts, and their values."""
    cards: tuple[str, ...]
    """Titles and dates of the sources, which anybody may name."""
    texts: tuple[str, ...]
    """Everything the sentence may take a claim from, save the user's words."""

    @property
    def claims(self) -> list[str]:
        """The sentences of those texts."""
        return [part for text in self.texts for part in split(text)]


class Case(Struct, frozen=True):
    """One draft with everything it may rest on."""

    draft: Draft
    allowed: Mapping[str, Passage]
    verdict: Verdict | None
    user: str
    cards: tuple[str, ...]
    titles: tuple[str, ...]
    names: tuple[tuple[str, tuple[str, ...]], ...]
    """Each source's id, and what it is called by: publisher and title."""
    says: tuple[tuple[str, frozenset[str]], ...]
    """Each text of the verdict, with the passages behind it."""
    approaches: frozenset[Approach]
    """Those that the verdict speaks of."""
    reply: str = ""
    """The "yes" or "no" that answers the question, where it is known."""

    def claim(self, sentence: Sentence) -> str:
        """Return the sentence without quotations and titles, whose words are others' and no claim of the draft."""
        return _own_words(sentence.text, self.titles)

    def passages(self, sentence: Sentence) -> tuple[Passage, ...]:
        """Return the passages the sentence cites, less the ones that were never retrieved."""
        ids = [self.draft.cited[n - 1] for n in sentence.markers if 0 < n <= len(self.draft.cited)]
        return tuple(self.allowed[passage_id] for passage_id in ids if passage_id in self.allowed)

    def basis(self, sentence: Sentence) -> Basis:
        """Return what the sentence may rest on."""
        cited = self.passages(sentence)
        ids = {passage.id for passage in cited}
        said = tuple(text for text, behind in self.says if (behind & ids if ids else not behind))
        texts = (*(text for passage in cited for text in texts_of(passage)), *said)
        return Basis(cited=cited, verdict=said, user=self.user, cards=self.cards, texts=texts)


@lru_cache(maxsize=4096)
def _own_words(text: str, titles: tuple[str, ...]) -> str:
    for title in titles:
        text = text.replace(title, " ")
    return QUOTED.sub(" ", text)


def texts_of(passage: Passage) -> tuple[str, ...]:
    """Return our note of a passage, and the original's words where they are attached."""
    return (passage.text, passage.quote) if passage.quote else (passage.text,)


def called_by(source: Source) -> tuple[str, ...]:
    """Return the names a sentence may call a source by; "Not named" and whoever added a document are none."""
    is_named = re.fullmatch(r"(?:[A-Z][\w.&-]*\s?){1,4}", source.publisher) and not source.publisher.startswith("Not ")
    return (source.title, source.publisher) if is_named else (source.title,)


@lru_cache(maxsize=4096)
def called_in(text: str, names: tuple[tuple[str, tuple[str, ...]], ...]) -> frozenset[str]:
    """Return which of the sources, each with its names, a text calls by one of them."""
    return frozenset(source for source, own in names if any(is_called(text, name) for name in own))


def user_words(question: str, use_case: UseCase | None) -> str:
    """Return the question, the evidence of the facts and their values, as one text."""
    said = [question]
    if use_case:
        disputed = [fact for contradiction in use_case.contradictions for fact in contradiction.facts]
        for fact in (*use_case.facts.values(), *disputed):
            said += [fact.evidence, in_words(fact.value)]
    return "\n".join(said)


def in_words(value: FactValue) -> str:
    """Write a value as prose would hold it; yes and no stand in no text."""
    return "" if isinstance(value, bool) else str(value).replace("_", " ")


def said_by(verdict: Verdict) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each text of the verdict with the passages behind it; none for what the engine itself found."""
    for vote in verdict.sources:
        yield vote.says, frozenset(vote.passages)
        yield in_words(vote.recommendation or ""), frozenset(vote.passages)
    for driver in verdict.drivers:
        yield driver.says, frozenset(driver.passages)
        yield " ; ".join(map(in_words, driver.facts.values())), frozenset(driver.passages)
    for why_not in verdict.why_not:
        for obstacle in why_not.because:
            yield obstacle.says, frozenset(obstacle.passages)
            yield obstacle.needed, frozenset(obstacle.passages)
            yield obstacle.needed, frozenset()
            yield in_words(why_not.approach), frozenset(obstacle.passages)
    for conflict in verdict.conflicts:
        for position in conflict.positions:
            yield position.position, frozenset(position.passages)
            yield conflict.axis, frozenset(position.passages)
    for step in verdict.plan:
        yield f"{step.do} {step.entry_test} {step.exit_test}", frozenset(step.passages)
        yield step.entry_test, frozenset(step.passages)
        yield in_words(step.approach), frozenset(step.passages)
    for flip in verdict.flips:
        yield " ; ".join(map(in_words, flip.changes.values())), frozenset()
    for question in verdict.next_questions:
        yield f"{question.question} {question.why}", frozenset()


def approaches_of(verdict: Verdict) -> frozenset[Approach]:
    """Return every approach that a verdict speaks of."""
    named: set[Approach] = {verdict.recommendation}
    named.update(step.approach for step in verdict.plan)
    named.update(flip.recommendation for flip in verdict.flips)
    named.update(why_not.approach for why_not in verdict.why_not)
    named.update(vote.recommendation for vote in verdict.sources if vote.recommendation)
    for question in verdict.next_questions:
        named |= named_approaches(in_words(question.why))
    return frozenset(part for name in named for part in parts_of(name))


def open_case(
    draft: Draft,
    allowed: Mapping[str, Passage],
    verdict: Verdict | None,
    question: str,
    use_case: UseCase | None,
    *,
    sources: Mapping[str, Source],
    reply: str = "",
) -> Case:
    """Put a draft together with everything that it may rest on."""
    return Case(
        draft=draft,
        allowed=allowed,
        verdict=verdict,
        user=user_words(question, use_case),
        cards=tuple(f"{source.title} {source.publisher} {source.dated}" for source in sources.values()),
        titles=tuple(source.title for source in sources.values()),
        names=tuple((source.id, called_by(source)) for source in sources.values()),
        says=tuple(said_by(verdict)) if verdict else (),
        approaches=approaches_of(verdict) if verdict else frozenset(),
        reply=reply,
    )

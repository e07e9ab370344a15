"""The sentences that reading is learned from, in the order in which their scores are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.errors import UsageError
from agent.intake.cues import Key
from agent.intake.heads import HINT_AT_MOST, Told, key_name
from agent.intake.reading import cut
from agent.intake.sentences import Span
from eval.cases import DESCRIBED, KEPT_ASIDE, LEARNED, Case, Stated, load_described, load_use_cases

DATA = Path(__file__).parent / "data"
UNSEEN = DATA / "unseen.npz"
"""What each sentence says by itself to a reader that never saw its text."""
TURNS = DATA / "turns.jsonl"
"""Single turns of chats with all the facts that their words state; no layer of the reader learned from them."""
UNSEEN_GISTS = DATA / "unseen_gists.npz"
"""The gist of each case by layers that never saw it."""
PARTS = 3
"""Of the sentences, each read by a reader that learned from the others."""
SCALE, HALF = 255, 127
"""Of a probability and of a hint, each kept in a byte."""


class Statement(Struct, frozen=True):
    """One training sentence and all the facts it states."""

    text: str
    facts: dict[str, Any]
    voice: str = ""


class Said(Struct, frozen=True):
    """The words of a sentence that state a value: characters from its beginning."""

    key: Key
    start: int
    end: int


class Sentence(Struct, frozen=True):
    """One sentence, by itself or of a case."""

    text: str
    states: frozenset[Key]
    """The values that it states, or that its words are the evidence of."""
    part: int
    case: frozenset[Key] | None = None
    """All values of its case; None of a sentence by itself."""
    is_real: bool = False
    """Of a case that somebody had, not of one written to learn from."""
    is_apart: bool = False
    """Of a case that is kept aside: no reader of a part learns from it."""
    said: tuple[Said, ...] = ()
    """Which of its words are the evidence; of a sentence by itself this is not known."""


class Texts(Struct, frozen=True):
    """Everything that is learned from; the cases' sentences follow the statements."""

    statements: tuple[Statement, ...]
    cases: tuple[Case[Stated], ...]
    labelled: int
    """How many of the cases, from the first, are the labelled ones given with the project."""
    real: int
    """How many, from the first, are real: those, and the ones found since; the others were written to learn from."""
    sentences: tuple[Sentence, ...]
    rows_of: tuple[slice, ...]
    """Where each case's sentences stand among all."""


def load_texts() -> Texts:
    """Read all statements, the labelled cases, those found since and the described ones."""
    statements, labelled, kept = load_statements(), load_use_cases().cases, load_use_cases(KEPT_ASIDE).cases
    aside = {case.id for case in kept}
    real = (*labelled, *load_use_cases(LEARNED).cases, *kept)
    cases = (*real, *load_described(DESCRIBED))
    sentences = [Sentence(s.text, frozenset(worded(s.facts)), part_of(s.text)) for s in statements]
    rows_of = []
    for at, case in enumerate(cases):
        spans = [span for span, _ in cut(case.text)[0]]
        rows_of.append(slice(len(sentences), len(sentences) + len(spans)))
        whole = frozenset(worded(case.expected.facts))
        sentences += [
            Sentence(
                span.text,
                frozenset(words.key for words in said),
                part_of(case.id),
                whole,
                at < len(real),
                case.id in aside,
                said,
            )
            for span, said in zip(spans, case_said(case, spans), strict=True)
        ]
    return Texts(statements, cases, len(labelled), len(real), tuple(sentences), tuple(rows_of))


def load_statements(folder: Path = DATA) -> tuple[Statement, ...]:
    """Read every statements file, in order of name."""
    lines = [line for path in sorted(folder.glob("statements*.jsonl")) for line in path.read_bytes().splitlines()]
    return tuple(Statement(**json.loads(line)) for line in lines if line.strip())


def load_turns(path: Path = TURNS) -> list[Statement]:
    """Read the turns of chats that are learned from."""
    return [Statement(**json.loads(line)) for line in path.read_bytes().splitlines() if line.strip()]


def worded(facts: Mapping[str, Any]) -> list[Key]:
    """Return the facts that are not numbers, as keys."""
    return [(name, value) for name, value in facts.items() if isinstance(value, (bool, str))]


def case_said(case: Case[Stated], sentences: Sequence[Span]) -> list[tuple[Said, ...]]:
    """Return for each sentence of a case the words that are the evidence of a labelled value."""
    spans = {}
    for name, words in case.expected.evidence.items():
        start = case.text.find(words)
        if start >= 0:
            spans[name] = (start, start + len(words))
    stated = [(key, *spans[key[0]]) for key in worded(case.expected.facts) if key[0] in spans]
    return [
        tuple(
            Said(key, max(start, sentence.start) - sentence.start, min(end, sentence.end) - sentence.start)
            for key, start, end in stated
            if start < sentence.end and end > sentence.start
        )
        for sentence in sentences
    ]


def part_of(name: str) -> int:
    """Return which part a text belongs to, by its id or words alone."""
    return hashlib.sha256(name.encode()).digest()[1] % PARTS


def chosen_keys(sentences: Sequence[Sentence]) -> tuple[Key, ...]:
    """Return every fact value that a sentence states, in order."""
    return tuple(sorted({key for sentence in sentences for key in sentence.states}, key=key_name))


def sum_of(sentences: Sequence[Sentence]) -> str:
    """Return what a table of scores is of: another sentence, label or order gives another sum."""
    rows = [
        [
            s.text,
            sorted(map(key_name, s.states)),
            sorted(map(key_name, s.case or ())),
            s.part,
            s.is_apart,
            [[key_name(words.key), words.start, words.end] for words in s.said],
        ]
        for s in sentences
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def load_unseen(sentences: Sequence[Sentence], path: Path = UNSEEN) -> Told:
    """Return what each sentence states and hints, both (r, n), by readers that never saw it."""
    with np.load(path, allow_pickle=False) as raw:
        if str(raw["sum"]) != sum_of(sentences):
            raise UsageError(f"{path.name} is of other sentences", hint="run python -m eval.fit_encoder first")
        return Told(raw["scores"].astype(np.float32) / SCALE, raw["hints"].astype(np.float32) * HINT_AT_MOST / HALF)


def save_unseen(sentences: Sequence[Sentence], told: Told, path: Path = UNSEEN) -> None:
    """Keep each probability and each hint in a byte."""
    hints = np.clip(told.hints, -HINT_AT_MOST, HINT_AT_MOST) / HINT_AT_MOST
    np.savez_compressed(
        path,
        scores=np.round(told.scores * SCALE).astype(np.uint8),
        hints=np.round(hints * HALF).astype(np.int8),
        sum=sum_of(sentences),
    )


def load_unseen_gists(sentences: Sequence[Sentence], path: Path = UNSEEN_GISTS) -> NDArray[np.float32]:
    """Return (cases, n) logits by layers that never saw the case."""
    with np.load(path, allow_pickle=False) as raw:
        if str(raw["sum"]) != sum_of(sentences):
            raise UsageError(f"{path.name} is of other sentences", hint="run python -m eval.fit_gist first")
        return np.asarray(raw["gists"].astype(np.float32) * HINT_AT_MOST / HALF)


def save_unseen_gists(sentences: Sequence[Sentence], gists: NDArray[np.float32], path: Path = UNSEEN_GISTS) -> None:
    """Keep each logit in a byte."""
    kept = np.clip(gists, -HINT_AT_MOST, HINT_AT_MOST) / HINT_AT_MOST
    np.savez_compressed(path, gists=np.round(kept * HALF).astype(np.int8), sum=sum_of(sentences))

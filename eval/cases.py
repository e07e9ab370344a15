"""Datasets: labelled cases read from JSON lines, each a text and what a good answer to it holds.

Owns the file format and its defaults. Leaves what counts as right to the evaluators.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct, structs

from agent.errors import UsageError
from agent.types import Approach, Fact, FactValue, UseCase

FOLDER = Path(__file__).parent / "data" / "cases"
DESCRIBED = Path(__file__).parent / "data" / "described"
LABELS = Path(__file__).parent / "data" / "labels"
IN_VIEW = LABELS / "in_view.jsonl"
"""Labels of described cases that were looked at when the panel's rows were ordered or the reader's settings chosen."""
SECOND = LABELS / "second.jsonl"
"""Where a second labeller of the described cases, who did not see the first labels, said otherwise."""
FOUND = Path(__file__).parent / "data" / "found"
LEARNED = FOUND / "learned.jsonl"
"""Cases found on public pages and retold: learned from, and in view when the panel's rows were ordered."""
KEPT_ASIDE = FOUND / "aside.jsonl"
"""More of them, by other writers: nothing was chosen by them, and their figures are of readers that never saw them."""
FRESH = FOUND / "fresh.jsonl"
"""More of them, found after all that is fitted was fitted: what readers do on cases that came later."""
ASIDE_FIRST = LABELS / "aside_first.jsonl"
"""Where the first of two labellers of those kept aside said otherwise than what a third made of both. Neither of those
two saw the other's labels."""
ASIDE_SECOND = LABELS / "aside_second.jsonl"
"""Where the second did."""
POSTED = Path(__file__).parent / "data" / "posted"
POSTED_AS = {
    "posts": "unseen, as posted",
    "remarks": "unseen, a few words",
    "turns": "unseen, turns of chats",
    "denials": "unseen, yes or no by a small word",
}
"""Datasets of facts without a label: cases as people post them, remarks, turns of chats, and sentences that state a
thing, deny it or only name it; with what to say of each."""
"""Cases as people post them, remarks as they type them into a chat, and denials: sentences that state a thing, deny it
or only name it. With what they state; nothing is fitted to them."""
USE_CASES = FOLDER / "use_cases.jsonl"
QUESTIONS = FOLDER / "questions.jsonl"
UNANSWERABLE = FOLDER / "unanswerable.jsonl"
WRITTEN = Path(__file__).parent / "data" / "questions"
"""Questions written for Rung from the sources and from what people ask; nothing is fitted to them, but most were looked
at when the border of refusal was set."""

E = TypeVar("E")


class Case(Struct, Generic[E], frozen=True):
    """One text and what is expected of it."""

    id: str
    text: str
    expected: E


class Stated(Struct, frozen=True):
    """What a described case states, and the words that state it."""

    facts: dict[str, FactValue]
    evidence: dict[str, str]


class Labelled(Stated, frozen=True):
    """A described case with what was right for it."""

    label: Approach
    also_defensible: frozenset[str]

    @property
    def use_case(self) -> UseCase:
        """The labelled facts as if they had been read without a mistake."""
        return UseCase(
            {name: Fact(name, value, "stated", self.evidence.get(name, "")) for name, value in self.facts.items()}
        )


class Covered(Struct, frozen=True):
    """The sources that a question's answer must cite."""

    sources: frozenset[str]
    passages: frozenset[str] = frozenset()
    """Ids of the passages that answer it, where they are labelled too."""
    voice: str = ""


class NotCovered(Struct, frozen=True):
    """Why the sources do not answer."""

    why: str
    voice: str = ""


class FalsePremise(Covered, frozen=True, kw_only=True):
    """The passages that correct what a question takes for granted."""

    premise: str


class SameAs(Struct, frozen=True):
    """The question that another one repeats in other words."""

    of: str


class Dataset(Struct, Generic[E], frozen=True):
    """The cases of one file."""

    name: str
    cases: tuple[Case[E], ...]
    sha256: str
    is_shipped: bool
    """Whether it is the file of the repository, on which parts of Rung may have been fitted."""

    @classmethod
    def empty(cls, name: str) -> Dataset[E]:
        """Return a dataset of no cases, for what was not given."""
        return cls(name, (), hashlib.sha256(b"").hexdigest(), False)


class _UseCaseRow(Struct):
    id: str
    description: str
    label: Approach
    facts: dict[str, FactValue] = {}
    evidence: dict[str, str] = {}
    also_defensible: tuple[str, ...] | None = None


class _DescribedRow(Struct):
    id: str
    description: str
    facts: dict[str, FactValue]
    evidence: dict[str, str]


class _OtherwiseRow(Struct):
    id: str
    otherwise: dict[str, tuple[FactValue, str] | None]


class _LabelRow(Struct):
    id: str
    label: Approach
    also_defensible: tuple[str, ...] = ()


class _Expected(Struct):
    article: str
    passage: str = ""


class _QuestionRow(Struct):
    id: str
    question: str
    expected_passages: tuple[_Expected, ...]
    voice: str = ""


class _UnanswerableRow(Struct):
    id: str
    question: str
    why_not: str = ""
    voice: str = ""


class _PremiseRow(_QuestionRow, kw_only=True):
    premise: str


class _VariantRow(Struct):
    id: str
    of: str
    question: str


class Written(Struct, frozen=True):
    """The questions written for Rung, by what is expected of the answer."""

    covered: Dataset[Covered]
    not_covered: Dataset[NotCovered]
    false_premises: Dataset[FalsePremise]
    variants: Dataset[SameAs]

    @property
    def all(self) -> tuple[Dataset[Any], ...]:
        """The four files."""
        return self.covered, self.not_covered, self.false_premises, self.variants


def load_use_cases(path: Path = USE_CASES) -> Dataset[Labelled]:
    """Read described cases; some keys may be absent. Raises UsageError with file and line."""
    return _load(path, USE_CASES, _UseCaseRow, _use_case)


def load_described(folder: Path = DESCRIBED) -> tuple[Case[Stated], ...]:
    """Read every file of described cases written to learn from, in order of name."""
    files = [_load(path, path, _DescribedRow, _described) for path in sorted(folder.glob("*.jsonl"))]
    return tuple(case for file in files for case in file.cases)


def load_otherwise(path: Path) -> dict[str, dict[str, tuple[FactValue, str] | None]]:
    """Read by case and fact what another labeller has instead, value and words; None where they have nothing."""
    rows = msgspec.json.Decoder(_OtherwiseRow).decode_lines(path.read_bytes())
    return {row.id: row.otherwise for row in rows}


def as_said_otherwise(cases: Iterable[Case[Labelled]], path: Path) -> tuple[Case[Labelled], ...]:
    """Return the cases with the facts of another labeller in place of their own."""
    otherwise = load_otherwise(path)
    return tuple(
        structs.replace(case, expected=_otherwise(case.expected, otherwise.get(case.id, {}))) for case in cases
    )


def load_posted() -> dict[str, Dataset[Stated]]:
    """Read what is measured by its facts alone, by name: each a file of its own."""
    paths = {name: POSTED / f"{name}.jsonl" for name in POSTED_AS}
    return {name: _load(path, path, _DescribedRow, _described) for name, path in paths.items()}


def load_labelled(labels: Path, folder: Path = DESCRIBED) -> Dataset[Labelled]:
    """Read the described cases that a file labels, with their labels. Raises UsageError with file and line."""
    described = {case.id: case for case in load_described(folder)}

    def joined(row: _LabelRow) -> Case[Labelled]:
        case = described.get(row.id)
        if case is None:
            raise UsageError(f"{labels.name}: there is no described case {row.id!r}")
        stated = case.expected
        expected = Labelled(
            facts=stated.facts,
            evidence=stated.evidence,
            label=row.label,
            also_defensible=frozenset(row.also_defensible),
        )
        return Case(case.id, case.text, expected)

    return _load(labels, labels, _LabelRow, joined)


def load_questions(path: Path = QUESTIONS) -> Dataset[Covered]:
    """Read questions with the articles that their answers must cite. Raises UsageError with file and line."""
    return _load(path, QUESTIONS, _QuestionRow, _question)


def load_unanswerable(path: Path = UNANSWERABLE) -> Dataset[NotCovered]:
    """Read questions that the sources do not answer. Raises UsageError with file and line."""
    return _load(path, UNANSWERABLE, _UnanswerableRow, _unanswerable)


def load_written(folder: Path = WRITTEN) -> Written:
    """Read the four files of written questions. Raises UsageError with file and line."""
    premises, variants = folder / "false_premises.jsonl", folder / "variants.jsonl"
    return Written(
        load_questions(folder / "covered.jsonl"),
        load_unanswerable(folder / "not_covered.jsonl"),
        _load(premises, premises, _PremiseRow, _false_premise),
        _load(variants, variants, _VariantRow, lambda row: Case(row.id, row.question, SameAs(row.of))),
    )


def _use_case(row: _UseCaseRow) -> Case[Labelled]:
    labelled = Labelled(
        facts=row.facts,
        evidence=row.evidence,
        label=row.label,
        also_defensible=frozenset(row.also_defensible or ()),
    )
    return Case(row.id, row.description, labelled)


def _otherwise(stated: Labelled, instead: Mapping[str, tuple[FactValue, str] | None]) -> Labelled:
    said = {name: (value, stated.evidence.get(name, "")) for name, value in stated.facts.items()} | instead
    kept = {name: label for name, label in said.items() if label is not None}
    return structs.replace(
        stated,
        facts={name: value for name, (value, _) in kept.items()},
        evidence={name: words for name, (_, words) in kept.items()},
    )


def _described(row: _DescribedRow) -> Case[Stated]:
    return Case(row.id, row.description, Stated(facts=row.facts, evidence=row.evidence))


def _question(row: _QuestionRow) -> Case[Covered]:
    return Case(row.id, row.question, Covered(_articles(row), _passages(row), row.voice))


def _false_premise(row: _PremiseRow) -> Case[FalsePremise]:
    expected = FalsePremise(_articles(row), _passages(row), row.voice, premise=row.premise)
    return Case(row.id, row.question, expected)


def _articles(row: _QuestionRow) -> frozenset[str]:
    return frozenset(item.article for item in row.expected_passages)


def _passages(row: _QuestionRow) -> frozenset[str]:
    return frozenset(item.passage for item in row.expected_passages if item.passage)


def _unanswerable(row: _UnanswerableRow) -> Case[NotCovered]:
    return Case(row.id, row.question, NotCovered(row.why_not, row.voice))


def _load(path: Path, shipped: Path, row_type: type[Any], convert: Callable[[Any], Case[E]]) -> Dataset[E]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})", hint="give a file of JSON lines") from error
    cases: dict[str, Case[E]] = {}
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = convert(msgspec.json.decode(line, type=row_type))
        except msgspec.MsgspecError as error:
            raise UsageError(f"{path.name}:{number}: {error}") from error
        if case.id in cases:
            raise UsageError(f"{path.name}:{number}: the id {case.id!r} is taken")
        cases[case.id] = case
    sha256 = hashlib.sha256(content).hexdigest()
    is_shipped = shipped.is_file() and sha256 == hashlib.sha256(shipped.read_bytes()).hexdigest()
    return Dataset(path.stem, tuple(cases.values()), sha256, is_shipped)

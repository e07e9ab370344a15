"""Whether a memo written before still holds: its quotations, its verdict, its conditions and its date.

Owns reading a memo back from Markdown. Each reason is one line; a memo without one holds as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Literal

import msgspec
import yaml
from msgspec import Struct

from agent.errors import UsageError
from agent.memo import markdown
from agent.memo.compose import Ground, fact_row
from agent.memo.writer import MemoWriter
from agent.text import upper_first
from agent.types import LADDER, Approach, Contradiction, Fact, FactValue, Passage, UseCase, Verdict

ReadFact = Callable[[str, Any], Fact]
"""Checks a fact against the catalogue; UsageError where it does not fit."""
LIVE = ("proposed", "accepted")
SETTLED = ("rejected", "deprecated", "superseded")


class Unreadable(Exception):
    """A part of a memo is missing or cannot be read; its text says which."""


class Entry(Struct, frozen=True):
    """A fact as the memo carries it."""

    value: FactValue | None
    origin: Literal["stated", "inferred", "answered", "assumed"] = "answered"
    evidence: str = ""
    name: str = ""


class Cited(Struct, frozen=True):
    """A citation as the memo carries it."""

    number: int
    passage: str
    verbatim: bool
    sha256: str


class Record(Struct, frozen=True, tag_field="schema", tag=markdown.SCHEMA):
    """The block that a program reads."""

    facts: dict[str, Entry]
    contradictions: tuple[Entry, ...]
    recommendation: Approach
    standing: str
    votes: dict[str, Approach | None]
    citations: tuple[Cited, ...]
    digest: str
    rules_sha256: str
    corpus_sha256: str


class Condition(Struct, frozen=True):
    """A `revisit_when` of the front matter: tests on facts, and where they lead, if it says so."""

    text: str
    tests: tuple[tuple[str, str, FactValue], ...]
    then: Approach | None


class Report(Struct, frozen=True):
    """What came of checking one memo."""

    reasons: tuple[str, ...]
    """Why it does not hold; empty where it does."""
    notices: tuple[str, ...] = ()


def check(
    text: str, writer: MemoWriter, read_fact: ReadFact, *, today: date, updates: Mapping[str, FactValue] | None = None
) -> Report:
    """Check one memo in Markdown; `updates` are facts that have become so since."""
    try:
        front, record = _front_matter(text), _record(text)
        status = str(front.get("status", "")).split(" ")[0].lower()
        if status not in (*LIVE, *SETTLED):
            return Report((f"its status {str(front.get('status'))[:40]!r} is none that a memo has",))
        use_case = _use_case(record, read_fact)
        checking = _Checking(text, front, record, use_case, writer, read_fact)
        quotations = tuple(checking.quotations())
        if status in SETTLED:
            return Report(quotations, (f"{status}: only its quotations were checked", *checking.notices))
        live = (*checking.verdict(), *checking.conditions(updates or {}), *checking.review(today))
        return Report((*quotations, *live), tuple(checking.notices))
    except Unreadable as problem:
        return Report((str(problem),))


class _Checking:
    """One memo under check."""

    def __init__(
        self,
        text: str,
        front: Mapping[str, Any],
        record: Record,
        use_case: UseCase,
        writer: MemoWriter,
        read_fact: ReadFact,
    ) -> None:
        self.text = text
        self.front = front
        self.record = record
        self.use_case = use_case
        self.writer = writer
        self.read_fact = read_fact
        self.ground: Ground = writer.ground
        self.now: Verdict = writer.rules.judge(use_case)
        self.outcomes = writer.rules.terrain(use_case).outcomes
        self.notices: list[str] = []

    def quotations(self) -> Iterator[str]:
        """Compare what is shown under each number with its passage."""
        shown = dict(_shown_quotes(self.text))
        for cited in self.record.citations:
            if cited.number not in shown:
                yield f"citation [{cited.number}] ({cited.passage}) is not shown"
                continue
            passage_id, quote = shown.pop(cited.number)
            if passage_id != cited.passage:
                yield f"citation [{cited.number}] names {passage_id}, and was {cited.passage}"
            elif problem := self._quotation(cited, quote):
                yield f"citation [{cited.number}] ({cited.passage}): {problem}"
        yield from (f"citation [{number}] is shown, and was not made with the memo" for number in shown)
        known = {cited.number for cited in self.record.citations}
        for number in sorted(_markers(self.text) - known):
            yield f"[{number}] is cited, and stands for nothing"

    def _quotation(self, cited: Cited, quote: str) -> str:
        """Say what is wrong with a quotation; nothing where it stands in its passage."""
        passage = self.ground.passages.get(cited.passage)
        if passage is None:
            return "there is no such passage any more"
        if cited.verbatim and not passage.quote:
            if markdown.quote_sha256(quote) != cited.sha256:
                return "the quotation was altered"
            self.notices.append(
                f"[{cited.number}] quotes an original that is not attached here, so it was not compared"
            )
            return ""
        return (
            ""
            if _same(quote, _words(passage, is_verbatim=cited.verbatim))
            else "the quotation differs from its passage"
        )

    def verdict(self) -> Iterator[str]:
        """Replay the verdict from the memo's own facts, and compare what the memo shows with it."""
        record, now, labels = self.record, self.now, self.ground.words.labels
        if now.recommendation != record.recommendation:
            yield f"on its own facts the recommendation is now {now.recommendation}, and was {record.recommendation}"
        if now.standing != record.standing:
            yield f"its standing is now {now.standing}, and was {record.standing}"
        votes = {vote.source: vote.recommendation for vote in now.sources}
        for source in dict.fromkeys((*record.votes, *votes)):
            was, leads = record.votes.get(source), votes.get(source)
            if was != leads:
                yield f"{source} now leads to {leads or 'nothing'}, and led to {was or 'nothing'}"
        if self.front.get("recommendation") != record.recommendation:
            yield f"its front matter recommends {self.front.get('recommendation')}, its facts {record.recommendation}"
        chosen = re.search(r'^Chosen option: "([^"\n]*)"', self.text, re.MULTILINE)
        if not chosen or _unescaped(chosen[1]) != upper_first(labels[record.recommendation]):
            yield f"the option it says was chosen is not {labels[record.recommendation]}"
        yield from self._facts()
        if record.rules_sha256 == self.ground.rules_sha256:
            if record.digest != now.digest:
                yield "its facts do not give its digest: one of them was altered"
        elif (now.recommendation, now.standing) == (record.recommendation, record.standing):
            self.notices.append("the rules have changed since, and lead to the same verdict")

    def _facts(self) -> Iterator[str]:
        """Compare the table of facts that people read with the block that was judged."""
        told = {fact.name: fact_row(fact, self.ground).shown for fact in self.use_case.facts.values()}
        shown = dict(_shown_facts(self.text))
        for name in dict.fromkeys((*told, *shown)):
            if told.get(name) != shown.get(name):
                yield f"its table says {name} is {shown.get(name, 'nothing')}, its facts {told.get(name, 'nothing')}"

    def conditions(self, updates: Mapping[str, FactValue]) -> Iterator[str]:
        """Say which conditions are met, and which no longer lead where the memo says."""
        found = tuple(_condition(text, self.read_fact) for text in _listed(self.front.get("revisit_when")))
        for condition in found:
            leads = self._after({name: value for name, _, value in condition.tests})
            if condition.then and leads != condition.then:
                yield f"revisit_when {condition.text!r}: it would now lead to {leads}"
        now = {**self.use_case.values, **updates}
        for condition in found:
            if all(_is_met(operator, now.get(name), value) for name, operator, value in condition.tests):
                yield f"revisit_when {condition.text!r}: has come true"
        leads = self._after(updates) if updates else self.now.recommendation
        if leads != self.now.recommendation:
            said = " and ".join(f"{name} = {value}" for name, value in updates.items())
            yield f"with {said} the recommendation becomes {leads}"

    def _after(self, changes: Mapping[str, FactValue]) -> Approach | str:
        return self.outcomes(changes) or "nothing, as it contradicts what is stated"

    def review(self, today: date) -> Iterator[str]:
        """Say whether the day of the review has come."""
        due = self.front.get("review_by")
        if not isinstance(due, date):
            yield "it has no review_by that is a date"
        elif today >= due:
            yield f"its review was due on {due.isoformat()}"


def _front_matter(text: str) -> dict[str, Any]:
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    try:
        # The loader in Python: deep nesting ends in an error, where the one in C ends the process.
        front = yaml.safe_load(match[1]) if match else None
    except (yaml.YAMLError, ValueError, RecursionError):
        front = None
    if not isinstance(front, dict):
        raise Unreadable("it has no front matter that can be read, so it is no memo of ours")
    return front


def _record(text: str) -> Record:
    found = re.findall(rf"^```{markdown.FENCE}\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)
    if len(found) != 1:
        raise Unreadable(f"it has {'no block' if not found else 'several blocks'} of facts that a program reads")
    try:
        return msgspec.json.decode(found[0].encode(), type=Record)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"its block of facts cannot be read: {error}") from None


def _use_case(record: Record, read_fact: ReadFact) -> UseCase:
    try:
        facts = {name: _fact(name, entry, read_fact) for name, entry in record.facts.items() if entry.value is not None}
        said: dict[str, tuple[Fact, ...]] = {}
        for entry in record.contradictions:
            said[entry.name] = (*said.get(entry.name, ()), _fact(entry.name, entry, read_fact))
    except UsageError as error:
        raise Unreadable(f"one of its facts no longer fits: {error.message}") from None
    return UseCase(facts, tuple(Contradiction(name, found) for name, found in said.items()))


def _fact(name: str, entry: Entry, read_fact: ReadFact) -> Fact:
    return Fact(name, read_fact(name, entry.value).value, entry.origin, entry.evidence)


_QUOTE = re.compile(
    r"^\*\*\\\[(\d+)\\\]\*\* .*\(`([^`\n]+)`\), (?:our note of it|the original's words):\n\n((?:>.*\n?)+)", re.MULTILINE
)


def _shown_quotes(text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    for match in _QUOTE.finditer(text):
        lines = (line.lstrip(">").removesuffix("\\") for line in match[3].splitlines())
        yield int(match[1]), (match[2], _unescaped(" ".join(lines)))


def _shown_facts(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each row of the table of facts."""
    table = text.partition("### Facts, and the words they came from\n")[2].partition("\n#")[0]
    for match in re.finditer(r"^\| .*? \(`(\w+)`\) \| (.*?) \| \w+ \| .*\|$", table, re.MULTILINE):
        yield match[1], _unescaped(match[2])


def _markers(text: str) -> set[int]:
    """The numbers cited before the list of citations."""
    body = text.partition("\n### Citations\n")[0]
    return {int(number) for number in re.findall(r"(?<!\\)\[(\d{1,3})\](?!\()", body)}


def _unescaped(text: str) -> str:
    return " ".join(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).split())


def _words(passage: Passage, *, is_verbatim: bool) -> str:
    return passage.quote if is_verbatim else passage.text


def _same(quote: str, words: str) -> bool:
    return " ".join(quote.split()) == " ".join(words.split())


_TEST = re.compile(r"(\w+)\s*(>=|<=|=)\s*(\S.*)")


def _condition(text: object, read_fact: ReadFact) -> Condition:
    """Read `fact >= value and … -> approach`; the arrow may be missing where a person added the condition."""
    tests, _, then = str(text).partition("->")
    leads = next((approach for approach in LADDER if approach == then.strip()), None)
    if then.strip() and leads is None:
        raise Unreadable(f"revisit_when {str(text)[:80]!r} leads to nothing that there is")
    return Condition(str(text), tuple(_test(part, str(text), read_fact) for part in tests.split(" and ")), leads)


def _test(part: str, text: str, read_fact: ReadFact) -> tuple[str, str, FactValue]:
    match = _TEST.fullmatch(part.strip())
    if not match:
        raise Unreadable(f"revisit_when {text[:80]!r} is not FACT >= VALUE")
    try:
        return match[1], match[2], read_fact(match[1], match[3].strip().strip('"')).value
    except UsageError as error:
        raise Unreadable(f"revisit_when {text[:80]!r}: {error.message}") from None


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list) else ()


def _is_met(operator: str, now: FactValue | None, value: FactValue) -> bool:
    if now is None:
        return False
    if operator == "=" or isinstance(now, str) or isinstance(value, str):
        return now == value
    return now >= value if operator == ">=" else now <= value

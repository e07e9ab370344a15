"""Whether a memo written before still holds: its quotations, its verdict, its conditions and its date.

Owns reading a memo back from Markdown. Each reason is one line; a memo without one holds as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal, TypeVar

import msgspec
import yaml
from msgspec import Struct

from agent.errors import UsageError
from agent.memo import markdown
from agent.memo.compose import Ground, fact_row, show_fact
from agent.memo.model import About, Memo
from agent.memo.writer import MemoWriter
from agent.plain_yaml import check_events
from agent.text import upper_first
from agent.types import LADDER, Approach, Contradiction, Fact, FactValue, Passage, UseCase, Verdict

T = TypeVar("T")
ReadFact = Callable[[str, Any], Fact]
"""Checks a fact against the catalogue; UsageError where it does not fit."""
LIVE = ("proposed", "accepted")
SETTLED = ("rejected", "deprecated", "superseded")
MAX_DEPTH = 10
"""Levels of nesting in the front matter, which has two."""


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
        verdict = (*checking.verdict(), *checking.visible(today))
        live = (*verdict, *checking.conditions(updates or {}), *checking.review(today))
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
        self.unattached = 0
        """Quotations of originals that are not attached here."""

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
        if self.unattached:
            count = "1 quotation is" if self.unattached == 1 else f"{self.unattached} quotations are"
            self.notices.append(f"{count} of originals not attached here: compared with the memo's own hashes alone")

    def _quotation(self, cited: Cited, quote: str) -> str:
        """Say what is wrong with a quotation; nothing where it stands in its passage."""
        passage = self.ground.passages.get(cited.passage)
        if passage is None:
            return "there is no such passage any more"
        if cited.verbatim and not passage.quote:
            if markdown.quote_sha256(quote) != cited.sha256:
                return "the quotation was altered"
            self.unattached += 1
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
        votes = self._votes()
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

    def _votes(self) -> dict[str, Approach | None]:
        return {vote.source: vote.recommendation for vote in self.now.sources}

    def visible(self, today: date) -> Iterator[str]:
        """Compare what people read of votes and conditions with the memo composed anew, where the verdict is as was."""
        record, now = self.record, self.now
        if (record.recommendation, record.standing, record.votes) != (now.recommendation, now.standing, self._votes()):
            return
        anew = self.writer.compose(self.use_case, About(today, today))
        shown = dict(_shown_votes(self.text))
        for vote in anew.votes:
            told, said = _unescaped(markdown.led(vote)), shown.get(_unescaped(markdown.escape(vote.name)), "nothing")
            if said != told:
                yield f"its table of votes leads {vote.name} to {said}, its facts to {told}"
        firm, told = _shown_firmness(self.text), _unescaped(markdown.how_firm(anew))
        if not firm.startswith(told):
            yield f"how firm it is reads “{firm[: len(told)]}”, and its votes give “{told}”"
        yield from self._visible_conditions(anew)

    def _visible_conditions(self, anew: Memo) -> Iterator[str]:
        """Name each condition of the front matter that people no longer read; those a team added need not be shown."""
        own = {str(text) for text in _listed(self.front.get("revisit_when"))}
        shown = set(_shown_conditions(self.text))
        for revisit in anew.revisit:
            told = _unescaped(markdown.condition_line(revisit).removeprefix("- "))
            if markdown.condition(revisit) in own and told not in shown:
                yield f"what would change it no longer says “{told}”, as its revisit_when does"

    def conditions(self, updates: Mapping[str, FactValue]) -> Iterator[str]:
        """Say which conditions are met, and which no longer lead where the memo says."""
        found = tuple(_condition(text, self.read_fact) for text in _listed(self.front.get("revisit_when")))
        for condition in found:
            leads = self.outcomes({name: value for name, _, value in condition.tests})
            if condition.then and leads != condition.then:
                elsewhere = leads or "nothing, as it contradicts what is stated"
                yield f"revisit_when {condition.text!r}: it would now lead to {elsewhere}"
        now = {**self.use_case.values, **updates}
        for condition in found:
            if all(_is_met(operator, now.get(name), value) for name, operator, value in condition.tests):
                yield f"revisit_when {condition.text!r}: has come true"
        leads = self.outcomes(updates) if updates else self.now.recommendation
        if leads is None:
            yield self._contradiction(updates)
        elif leads != self.now.recommendation:
            yield f"with {self._said(updates)} the recommendation becomes {leads}"

    def _contradiction(self, updates: Mapping[str, FactValue]) -> str:
        """Name the supposed facts and the stated ones that cannot be so together, and no fact beside them."""
        beside = {name: fact for name, fact in self.use_case.facts.items() if name not in updates}
        stated = _needed(beside, lambda facts: self._contradicts(facts, updates))
        supposed = _needed(updates, lambda changes: self._contradicts(stated, changes))
        if not stated:
            return f"{self._said(supposed)} cannot be so together"
        values = {name: fact.value for name, fact in stated.items()}
        contradicts = "contradicts" if len(supposed) == 1 else "contradict"
        return f"{self._said(supposed)} {contradicts} what it states: {self._said(values)}"

    def _contradicts(self, stated: Mapping[str, Fact], supposed: Mapping[str, FactValue]) -> bool:
        case = UseCase(dict(stated), self.use_case.contradictions)
        return self.writer.rules.terrain(case).outcomes(supposed) is None

    def _said(self, facts: Mapping[str, FactValue]) -> str:
        return " and ".join(f"{name} = {show_fact(name, value, self.ground)}" for name, value in facts.items())

    def review(self, today: date) -> Iterator[str]:
        """Say whether the day of the review has come."""
        due = self.front.get("review_by")
        due = due.date() if isinstance(due, datetime) else due
        if not isinstance(due, date):
            yield "it has no review_by that is a date"
        elif today >= due:
            yield f"its review was due on {due.isoformat()}"


def _needed(facts: Mapping[str, T], contradicts: Callable[[Mapping[str, T]], bool]) -> dict[str, T]:
    """Leave out each fact without which there still is a contradiction."""
    kept = dict(facts)
    for name in facts:
        rest = {other: value for other, value in kept.items() if other != name}
        kept = rest if contradicts(rest) else kept
    return kept


def _front_matter(text: str) -> dict[str, Any]:
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    try:
        if match:
            check_events(match[1], yaml.SafeLoader, max_depth=MAX_DEPTH)
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
    r"^\*\*\\\[(\d+)\\\]\*\* .*\(`([^`\n]+)`\), (?:our note of it|the original's words):\n\n(>.*(?:\n>.*)*\n?)",
    re.MULTILINE,
)


def _shown_quotes(text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    for match in _QUOTE.finditer(text):
        lines = (line.lstrip(">").removesuffix("\\") for line in match[3].splitlines())
        yield int(match[1]), (match[2], _unescaped(" ".join(lines)))


def _section(text: str, heading: str) -> str:
    return text.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def _shown_facts(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each row of the table of facts."""
    table = _section(text, "### Facts, and the words they came from")
    for match in re.finditer(r"^\| .*? \(`(\w+)`\) \| (.*?) \| \w+ \|.*$", table, re.MULTILINE):
        yield match[1], _unescaped(match[2])


def _shown_votes(text: str) -> Iterator[tuple[str, str]]:
    """Yield each source of the table of votes with where it leads."""
    rows = [line for line in _section(text, markdown.VOTES_HEADING).splitlines() if line.startswith("|")]
    for row in rows[2:]:  # below the heads
        cells = [_unescaped(cell) for cell in re.split(r"(?<!\\)\|", row)]
        if len(cells) > 2:
            yield cells[1], cells[2]


def _shown_firmness(text: str) -> str:
    """Return the paragraph that says how firm the decision is."""
    match = re.search(r"^\*\*How firm:\*\* (.*?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return _unescaped(match[1]) if match else ""


def _shown_conditions(text: str) -> Iterator[str]:
    for match in re.finditer(r"^- (.*)$", _section(text, markdown.CHANGES_HEADING), re.MULTILINE):
        yield _unescaped(match[1])


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

"""The gate: whether each sentence of a draft rests on what it cites, on the verdict or on the user's own words.

Pure: data in, findings out. It owns reading a draft into sentences and the checks on them; what happens to a draft
with findings is the advisor's business.

What it cannot see (measured by `python -m eval --only gate`):

- Meaning. A sentence whose words, numbers, approaches and negations all stand in its passage passes, even where it
  puts them together wrongly, claims a cause the passage does not, or widens a condition. A citation exchanged for
  another on the same subject passes, and so does a claim that shares a word with what it cites.
- Polarity in free prose. A reversed sentence is found where it repeats a sentence or clause of its passage closely
  enough, or takes a clear stance towards an approach; about half are. Irony, double negation and comparisons ("better
  than nothing") are beyond it.
- Approaches exchanged with one another within one passage ("retrieval for style, fine-tuning for knowledge").
- A number moved to another subject of its passage with the same unit or none, and spelled-out numbers without a unit
  ("two steps").
- Model names that carry digits (GPT-4o): they count as names, not as numbers.
- Quotations under four words, and quotations in other marks than double ones.
- Questions make no claim, so a loaded question passes.
- A sentence about the user's case is taken at its word unless it holds a number, a quotation or an approach.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from agent.types import Approach, Draft, FactValue, Passage, Source, UseCase, Verdict

Flaw = Literal[
    "invented_citation",
    "altered_quote",
    "misattributed_quote",
    "misattributed_claim",
    "unsupported_number",
    "swapped_approach",
    "flipped_polarity",
    "uncited_sentence",
    "unsupported_sentence",
]
QuoteMatch = Literal["exact", "normalised", "elsewhere", "nowhere"]

MIN_QUOTE_WORDS = 4


class Finding(Struct, frozen=True):
    """One flaw of a draft: its class, the sentence, and what is wrong with it."""

    flaw: Flaw
    sentence: str
    detail: str


class Sentence(Struct, frozen=True):
    """One claim of a draft: its words without Markdown, and the numbers of its [n] markers."""

    text: str
    markers: tuple[int, ...] = ()
    is_heading: bool = False
    is_step: bool = False
    """Whether it stands in a numbered list, as the plan does."""
    raw: str = ""
    """As it stands in the Markdown, markers and all, wrapped lines joined."""


class Basis(Struct, frozen=True):
    """What one sentence may rest on."""

    cited: tuple[Passage, ...]
    verdict: tuple[str, ...]
    """What the verdict says with a passage that the sentence cites, or with none where the sentence cites none."""
    user: str
    """The user's question, the evidence of the facts, and their values."""
    cards: tuple[str, ...] = ()
    """Titles and dates of the sources, which anybody may name."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything the sentence may take a claim from, save the user's words."""
        return (
            *(text for passage in self.cited for text in _texts(passage)),
            *self.verdict,
        )


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

    def claim(self, sentence: Sentence) -> str:
        """Return the sentence without quotations and titles, whose words are others' and no claim of the draft."""
        text = sentence.text
        for title in self.titles:
            text = text.replace(title, " ")
        return _QUOTED.sub(" ", text)

    def passages(self, sentence: Sentence) -> tuple[Passage, ...]:
        """Return the passages the sentence cites, less the ones that were never retrieved."""
        ids = [self.draft.cited[n - 1] for n in sentence.markers if 0 < n <= len(self.draft.cited)]
        return tuple(self.allowed[passage_id] for passage_id in ids if passage_id in self.allowed)

    def basis(self, sentence: Sentence) -> Basis:
        """Return what the sentence may rest on."""
        cited = self.passages(sentence)
        ids = {passage.id for passage in cited}
        said = tuple(text for text, behind in self.says if (behind & ids if ids else not behind))
        return Basis(cited=cited, verdict=said, user=self.user, cards=self.cards)


def check(
    draft: Draft,
    allowed: Mapping[str, Passage],
    verdict: Verdict | None,
    question: str,
    use_case: UseCase | None,
    *,
    sources: Mapping[str, Source] | None = None,
) -> tuple[Finding, ...]:
    """Return every flaw of the draft, in the order of its sentences; none means it may be shown.

    `allowed` holds the passages retrieved for the question and the premises of the rules that fired, by id.
    """
    case = Case(
        draft=draft,
        allowed=allowed,
        verdict=verdict,
        user=_user_words(question, use_case),
        cards=tuple(f"{source.title} {source.publisher} {source.dated}" for source in (sources or {}).values()),
        titles=tuple(source.title for source in (sources or {}).values()),
        names=tuple((source.id, _called(source)) for source in (sources or {}).values()),
        says=tuple(_said(verdict)) if verdict else (),
    )
    findings: list[Finding] = []
    for sentence in read_sentences(draft.markdown):
        for claim in _claims(sentence):
            found = tuple(_check_claim(claim, case))
            findings += [Finding(item.flaw, sentence.text, item.detail) for item in found]
    return tuple(dict.fromkeys(findings))


def _check_claim(claim: Sentence, case: Case) -> Iterator[Finding]:
    basis = case.basis(claim)
    yield from _check_citations(claim, case)
    yield from _check_authorities(claim, basis, case)
    yield from _check_quotes(claim, basis, case)
    yield from _check_numbers(claim, basis)
    yield from _check_approaches(claim, basis, case)
    yield from _check_polarity(claim, basis, case)
    yield from _check_shared_words(claim, basis, case)
    yield from _check_support(claim, case)


def _claims(sentence: Sentence) -> tuple[Sentence, ...]:
    """Split "one thing [1]; another [2]" into its parts, each with the citations that follow it."""
    parts = [part for part in _JOINED.split(sentence.raw) if part.strip()]
    if len(parts) < 2 or sentence.is_heading or not all(_MARKER.search(part) for part in parts):
        return (sentence,)
    return tuple(_sentence(part, is_heading=False, is_step=sentence.is_step) for part in parts)


def prune(draft: Draft, findings: Iterable[Finding]) -> Draft:
    """Return the draft less the sentences with findings, the titles they leave bare, and the citations nothing uses."""
    sentences = {finding.sentence for finding in findings}
    lines = _lines_without(draft.markdown, [s.raw for s in read_sentences(draft.markdown) if s.text in sentences])
    markdown = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    used = dict.fromkeys(number for sentence in read_sentences(markdown) for number in sentence.markers)
    known = [number for number in used if 0 < number <= len(draft.cited)]
    renumbered = {number: index for index, number in enumerate(known, start=1)}

    def renumber(match: re.Match[str]) -> str:
        numbers = [renumbered[number] for number in _numbers_of(match[1]) if number in renumbered]
        return f"[{', '.join(map(str, numbers))}]" if numbers else ""

    return Draft(_MARKER.sub(renumber, markdown), tuple(draft.cited[number - 1] for number in known))


def _lines_without(markdown: str, removed: list[str]) -> list[str]:
    """Cut the removed sentences out, and with them list items left empty and titles left without a text."""
    gap = "\ue002"
    for raw in removed:
        markdown = re.sub(r"\s+".join(map(re.escape, raw.split())), gap, markdown, count=1)
    kept: list[str] = []
    for line in markdown.split("\n"):
        bare = line.replace(gap, "").rstrip()
        is_bare_title = bool(re.fullmatch(r"\s*\*\*[^*]+\*\*", bare)) and bool(kept)
        if gap not in line:
            kept.append(line)
        elif is_bare_title or not re.search(r"\w", _LIST_ITEM.sub("", bare)):
            kept.append(gap)
        else:
            kept.append(re.sub(r" {2,}", " ", bare))
    return [line for index, line in enumerate(kept) if line != gap and not _heads_nothing(kept, index, gap)]


def _heads_nothing(lines: list[str], index: int, gap: str) -> bool:
    """Say whether a line is a title in bold whose whole list was cut."""
    if not re.fullmatch(r"\*\*[^*]+\*\*", lines[index].strip()):
        return False
    below = [line for line in lines[index + 1 :] if line.strip()]
    left = next((line for line in below if line != gap), "")
    return below[:1] == [gap] and not _LIST_ITEM.match(left)


_MARKER = re.compile(r"(?<!\\)\[\^?(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\](?!\()")
_LIST_ITEM = re.compile(r"^\s{0,8}(?:([-*+•])|(\d{1,3})[.)])\s+")
_QUOTED = re.compile(r'“[^”]*”|(?<!\\)"[^"\n]*"')
_END = re.compile(r"[.!?…]+[\"”’')*_]*(?:\s*\[\^?\d[\d\s,–-]*\])*(?=\s|$)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|etc|approx|cf|Dr|Mr|Ms|No|St|Fig|al)|\b[A-Z])\.$")
_BOLD_LEAD = re.compile(r"^\s*\*\*([^*]+?)\*\*[:.]?(?:\s+|$)")
_JOINED = re.compile(r"(?<=\]);\s+")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def read_sentences(markdown: str) -> tuple[Sentence, ...]:
    """Split Markdown into its sentences, headings and list items, each with the markers that follow it."""
    found: list[Sentence] = []
    for text, is_heading, is_step in _blocks(markdown):
        if is_heading:
            found.append(_sentence(text, is_heading=True, is_step=False))
            continue
        lead = _BOLD_LEAD.match(text)
        if lead and _is_title(lead[1] if lead.end() == len(text) else lead[1].rstrip(".?:")):
            found.append(_sentence(lead[1], is_heading=True, is_step=is_step))
            text = text[lead.end() :]
        found += [_sentence(part, is_heading=False, is_step=is_step) for part in _split(text)]
    return tuple(sentence for sentence in found if re.search(r"\w", sentence.text) or sentence.markers)


def _is_title(bold: str) -> bool:
    """Say whether words in bold are a title: few, uncited, and no whole sentence."""
    return len(bold.split()) <= 7 and not _MARKER.search(bold) and not bold.rstrip().endswith((".", "!", "?"))


def _blocks(markdown: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield text, whether it is a heading, and whether it is a numbered step; soft-wrapped lines are joined."""
    block, is_step = "", False
    for line in [*markdown.splitlines(), ""]:
        bare = line.strip()
        item = _LIST_ITEM.match(line)
        starts_anew = not bare or item or bare.startswith(("#", "|", "```", ">")) or set(bare) <= {"-", "=", "*", "_"}
        if starts_anew and block:
            yield block, False, is_step
            block, is_step = "", False
        if bare.startswith("#"):
            yield bare.lstrip("# "), True, False
        elif item:
            block, is_step = line[item.end() :].strip(), bool(item[2])
        elif bare and not bare.startswith("```") and re.search(r"\w", bare):
            block = f"{block} {bare.lstrip('> ')}".strip()


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[str, ...]:
    """Return the sentences of one block; full stops inside quotations and abbreviations do not end one."""
    quoted = [(match.start(), match.end()) for match in _QUOTED.finditer(text)]
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        inside = any(opens < end.start() and end.end() < closes for opens, closes in quoted)
        after = text[end.end() :].lstrip()
        goes_on = bool(after) and after[0].islower()
        if inside or goes_on or _ABBREVIATION.search(text[start : end.start() + 1]):
            continue
        found.append(text[start : end.end()])
        start = end.end()
    if text[start:].strip():
        found.append(text[start:])
    return tuple(found)


def _sentence(text: str, *, is_heading: bool, is_step: bool) -> Sentence:
    markers: list[int] = []
    for match in _MARKER.finditer(text):
        markers += _numbers_of(match[1])
    bare = re.sub(r"\s*" + _MARKER.pattern, "", text)
    return Sentence(
        text=_without_markup(bare).strip(),
        markers=tuple(dict.fromkeys(markers)),
        is_heading=is_heading,
        is_step=is_step,
        raw=text.strip(),
    )


def _numbers_of(marker: str) -> Iterator[int]:
    for part in re.split(r"\s*,\s*", marker):
        first, _, last = re.sub(r"\s*[–-]\s*", "-", part).partition("-")
        yield from range(int(first), min(int(last or first), int(first) + 50) + 1)


def _without_markup(text: str) -> str:
    """Drop emphasis and code marks and undo backslash escapes, so that words compare as they were written."""
    kept = _ESCAPED.sub(lambda match: f"\ue000{ord(match[1]):x}\ue001", text)
    kept = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 (\2)", kept)
    kept = re.sub(r"\*+|`+|(?<!\w)_+|_+(?!\w)", "", kept)
    return re.sub("\ue000([0-9a-f]+)\ue001", lambda match: chr(int(match[1], 16)), kept)


def _texts(passage: Passage) -> tuple[str, ...]:
    return (passage.text, passage.quote) if passage.quote else (passage.text,)


def _called(source: Source) -> tuple[str, ...]:
    """Return the names a sentence may call a source by; "Not named" and whoever added a document are none."""
    is_named = re.fullmatch(r"(?:[A-Z][\w.&-]*\s?){1,4}", source.publisher) and not source.publisher.startswith("Not ")
    return (source.title, source.publisher) if is_named else (source.title,)


def _user_words(question: str, use_case: UseCase | None) -> str:
    said = [question]
    if use_case:
        disputed = [fact for contradiction in use_case.contradictions for fact in contradiction.facts]
        for fact in (*use_case.facts.values(), *disputed):
            said += [fact.evidence, _show(fact.value)]
    return "\n".join(said)


def _show(value: FactValue) -> str:
    return "" if isinstance(value, bool) else str(value).replace("_", " ")


def _said(verdict: Verdict) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each text of the verdict with the passages behind it; none for what the engine itself found."""
    for vote in verdict.sources:
        yield vote.says, frozenset(vote.passages)
        yield _show(vote.recommendation or ""), frozenset(vote.passages)
    for driver in verdict.drivers:
        yield driver.says, frozenset(driver.passages)
        yield " ; ".join(map(_show, driver.facts.values())), frozenset(driver.passages)
    for why_not in verdict.why_not:
        for obstacle in why_not.because:
            yield obstacle.says, frozenset(obstacle.passages)
            yield obstacle.needed, frozenset(obstacle.passages)
            yield obstacle.needed, frozenset()
            yield _show(why_not.approach), frozenset(obstacle.passages)
    for conflict in verdict.conflicts:
        for position in conflict.positions:
            yield position.position, frozenset(position.passages)
            yield conflict.axis, frozenset(position.passages)
    for step in verdict.plan:
        yield f"{step.do} {step.entry_test} {step.exit_test}", frozenset(step.passages)
        yield _show(step.approach), frozenset(step.passages)
    for flip in verdict.flips:
        yield " ; ".join(map(_show, flip.changes.values())), frozenset()
    for question in verdict.next_questions:
        yield f"{question.question} {question.why}", frozenset()


_PASSAGE_ID = re.compile(r"\b[a-z0-9]+(?:-[a-z0-9]+)*#[a-z0-9]+(?:-[a-z0-9]+)*\b")
_URL = re.compile(r"https?://[^\s)\]>\"”]+")


def _check_citations(sentence: Sentence, case: Case) -> Iterator[Finding]:
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
    known = "\n".join(
        (
            case.user,
            *(text for passage in case.allowed.values() for text in _texts(passage)),
        )
    )
    for url in _URL.findall(sentence.text):
        if url.rstrip(".,;:!?") not in known:
            yield Finding("invented_citation", sentence.text, f"{url} stands in no source")


_STUDIES = r"stud(?:y|ies)|reports?|surveys?|papers?|benchmarks?|research\w*|analys[ie]s|experts?|analysts?|statistics"
_AUTHORITY = re.compile(
    rf"\b[Aa]ccording to (?P<who>[^,.;:]{{2,60}})|\b(?P<study>(?i:{_STUDIES}) (?:by|from|at|of) [A-Z][\w&-]+)|"
    rf"\b(?P<shown>(?i:{_STUDIES}|tests?|trials?) (?:(?:have|has|had) )?(?:shows?|shown|finds?|found|suggests?|"
    r"suggested|confirms?|confirmed|proves?|proven|agree|says?|reports?|recommends?))\b|"
    r"\b(?P<literature>in the literature)\b|"
    r"\b(?P<authors>[A-Z][\w-]+(?: (?:and|&) [A-Z][\w-]+| et al\.?))(?=,? \(?(?:19|20)\d\d)|"
    r"\b(?P<et>[A-Z][\w-]+ et al\b)|"
    r"\b(?:as|by) (?P<by>[A-Z][\w&-]+(?: [A-Z][\w&-]+)?) (?:says?|notes?|reports?|puts?|writes?|found|showed)\b"
)
_NAME = re.compile(r"\b[A-Z][\w&-]+")
_STUDY = re.compile(rf"\b(?:{_STUDIES})\b", re.IGNORECASE)
_PROPER = re.compile(r"(?<=[\w,;] )([A-Z][a-z]+[A-Za-z]*|[A-Z]{3,})\b|^([A-Z][A-Za-z]+)(?=['’]s\b)")
"""A name within a sentence, or one that opens it as somebody's."""
_TECHNICAL = frozenset(
    re.findall(
        r"\w+",
        "API CPU CSV EUR FAQ GDPR GPU HIPAA HTML JSON KPI LLM LLMs LORA NLP OCR PDF PEFT QLORA RAG ROI SLA SQL URL USD "
        "XML YAML",
    )
)
"""Abbreviations that anybody writes; they name nobody."""
_ARTICLES = frozenset(
    {
        *("The", "A", "An", "One", "It", "Its", "Their", "This", "That", "Our", "These", "All", "Both", "Rung"),
        *("English", "Today", "Tomorrow", "Yesterday", "What", "There", "Here", "He", "She", "Who", "Let", "Everyone"),
    }
)


def _check_authorities(claim: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """Whom a sentence calls on must be a source at hand, and the one that it cites."""
    known = "\n".join((*basis.texts, case.user, *case.cards))
    for match in _AUTHORITY.finditer(_QUOTED.sub(" ", claim.text)):
        who = next(group for group in match.groups() if group)
        names = [name for name in _NAME.findall(who) if name not in _ARTICLES]
        is_study = bool(match["study"] or match["shown"] or match["literature"] or _STUDY.search(who))
        if any(name not in known for name in names) or (is_study and who.lower() not in known.lower()):
            yield Finding("invented_citation", claim.text, f"calls on {who.strip()}, which is no source at hand")
    everything = f"{known}\n" + "\n".join(text for passage in case.allowed.values() for text in _texts(passage))
    for match in _PROPER.finditer(_QUOTED.sub(" ", claim.text)):
        name = match[1] or match[2]
        if name not in _ARTICLES | _TECHNICAL and name.lower() not in everything.lower():
            yield Finding("invented_citation", claim.text, f"names {name}, of whom nothing at hand speaks")
    cited = {passage.source for passage in basis.cited}
    called = {source for source, names in case.names if any(_is_called(claim.text, name) for name in names)}
    if (
        cited
        and called
        and not cited & called
        and not any(_is_called(case.user, n) for s, ns in case.names if s in called for n in ns)
    ):
        yield Finding("misattributed_claim", claim.text, f"speaks of {_listed(called)} and cites {_listed(cited)}")


def _is_called(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


_TYPOGRAPHY = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "‚": "'",
        "′": "'",
        "″": '"',
    }
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {
        "…": "...",
        "\u00ad": None,
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
    }
)
_ATTRIBUTES = re.compile(
    r"\b(?:says?|writes?|states?|wrote|stated|argues?|according to|puts? it|in the words of)\b",
    re.IGNORECASE,
)
_SECOND_PERSON = re.compile(r"\b(?:you|your|yours)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Level typography and white space, and drop control characters; letters and case stay."""
    level = unicodedata.normalize("NFKC", text.translate(_TYPOGRAPHY)).translate(_TYPOGRAPHY)
    visible = level if level.isprintable() else "".join(char if char.isprintable() else _blank(char) for char in level)
    return " ".join(visible.split())


def _blank(char: str) -> str:
    """Drop what has no width (soft hyphens, joiners, direction marks); anything else unseen is a space."""
    return "" if unicodedata.category(char) == "Cf" else " "


def match_quote(quote: str, texts: Iterable[str]) -> Literal["exact", "normalised"] | None:
    """Say how the quotation stands in one of the texts; the parts around an ellipsis must stand there in order."""
    candidates = list(texts)
    parts = [part for part in re.split(r"\s*\[?(?:…|\.\.\.)\]?\s*", quote.strip()) if part]
    parts = [part.rstrip(" .,;:!?") if index == len(parts) - 1 else part for index, part in enumerate(parts)]
    if any(_in_order(parts, text) for text in candidates):
        return "exact"
    level = [normalise(part) for part in parts]
    return "normalised" if any(_in_order(level, normalise(text)) for text in candidates) else None


def trace_quote(quote: str, cited: Iterable[Passage], others: Iterable[Passage]) -> QuoteMatch:
    """Say where a quotation stands: in its own passages (exact or normalised), in another one, or nowhere."""
    own = match_quote(quote, (text for passage in cited for text in _texts(passage)))
    if own:
        return own
    found = match_quote(quote, (text for passage in others for text in _texts(passage)))
    return "elsewhere" if found else "nowhere"


def _in_order(parts: list[str], text: str) -> bool:
    if not all(part in text for part in parts):
        return False
    at = 0
    for part in parts:
        for match in re.finditer(re.escape(part), text[at:]):
            before, after = (
                text[at + match.start() - 1 : at + match.start()],
                text[at + match.end() :][:1],
            )
            if not (part[:1].isalnum() and before.isalnum()) and not (part[-1:].isalnum() and after.isalnum()):
                at += match.end()
                break
        else:
            return False
    return bool(parts)


def _check_quotes(sentence: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    for quoted in _QUOTED.findall(sentence.text):
        quote = quoted[1:-1].strip()
        if len(quote.split()) < MIN_QUOTE_WORDS:
            continue
        where = trace_quote(quote, basis.cited, case.allowed.values())
        if where in ("exact", "normalised"):
            continue
        outside = _QUOTED.sub(" ", sentence.text)
        is_users = bool(_SECOND_PERSON.search(outside)) or not (basis.cited or _ATTRIBUTES.search(outside))
        if is_users and match_quote(quote, (case.user,)):
            continue
        if where == "elsewhere":
            yield Finding(
                "misattributed_quote",
                sentence.text,
                f"“{quote}” stands in another passage than cited",
            )
        else:
            yield Finding(
                "altered_quote",
                sentence.text,
                f"“{quote}” stands in no passage at hand",
            )


_SCALE = {
    "k": 1e3,
    "thousand": 1e3,
    "thousands": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "hundred": 1e2,
    "hundreds": 1e2,
}
_SMALL = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
_TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_WORD_VALUE = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_WORDS = "|".join(sorted(_WORD_VALUE, key=len, reverse=True))
_SCALES = r"hundred|thousand|million|billion"
_UNITS = (
    r"per\s?cent|percent|%|milliseconds?|ms|seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|fold|"
    r"(?:labell?ed |training |good |clear |high-quality )*examples?|requests?|calls?|tokens?|labels?|categor(?:y|ies)|"
    r"dollars?|euros?|gpus?|parameters?|models?"
)
_MONTHS = re.findall(
    r"\w+",
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec",
)
_MONTH_NUMBER = {name: index % 12 + 1 for index, name in enumerate(_MONTHS[:12])} | {
    name: next(i for i, full in enumerate(_MONTHS[:12], 1) if full.startswith(name[:3])) for name in _MONTHS[12:]
}
_ISO_DATE = re.compile(r"\b((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?\b")
_NAMED_DATE = re.compile(
    rf"\b(?:(\d{{1,2}})\.? )?({'|'.join(_MONTHS)})\.?(?: (\d{{1,2}}),?)? ((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?<!#)[-~≈<>]?[$€£]?(?P<number>\d{1,3}(?:[,\u202f\u00a0']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<tail>\s?(?:%|per\s?cent\b|percent\b)|\s?(?:k|thousands?|mn|mio|millions?|bn|billions?|m|b|hundreds?)\b)?"
    r"(?=(?:[-–]?[A-Za-z%+]{0,12})(?!\w))",
    re.IGNORECASE,
)
_RANGE_PERCENT = re.compile(
    r"(\d+(?:\.\d+)?)\s?(?:-|–|to|and)\s?(\d+(?:\.\d+)?)\s?(?:%|per\s?cent|percent)",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    rf"\b(?P<words>(?:a|(?:{_WORDS})(?:[- ](?:{_WORDS}))*)(?: (?:{_SCALES}))+|(?:{_WORDS})(?:[- ](?:{_WORDS}))*)"
    rf"(?P<unit>[- ](?:{_UNITS})\b| per ?cent)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def read_numbers(text: str) -> frozenset[float | str]:
    """Return the numbers of a text as values, and its dates as ISO text (`2026-06`).

    5,000, 5000, 5k and "five thousand" are 5000.0; 95% and 0.95 are 0.95. Small numbers in words count
    only with a unit.
    """
    text = text.translate(_TYPOGRAPHY)
    found: set[float | str] = set()
    for match in _ISO_DATE.finditer(text):
        found |= _date_parts(*match.groups())
    for match in _NAMED_DATE.finditer(text):
        found |= _named_parts(match)
    rest = _NAMED_DATE.sub(" ", _ISO_DATE.sub(" ", text))
    for match in _RANGE_PERCENT.finditer(rest):
        found.add(round(float(match[1]) / 100, 12))
    rest = _RANGE_PERCENT.sub(lambda match: f"{match[2]}%", rest)
    found.update(_value(match["number"], match["tail"]) for match in _DIGITS.finditer(rest))
    for match in _SPELLED.finditer(rest):
        found.update(_spelled(match["words"], match["unit"]))
    return frozenset(found)


def _date_parts(year: str, month: str, day: str | None) -> set[float | str]:
    parts: set[float | str] = {float(year), f"{year}-{month}"}
    return parts | {f"{year}-{month}-{day}"} if day else parts


def _named_parts(match: re.Match[str]) -> set[float | str]:
    day = match[1] or match[3]
    return _date_parts(
        match[4],
        f"{_MONTH_NUMBER[match[2].lower()]:02d}",
        f"{int(day):02d}" if day else None,
    )


def _value(number: str, tail: str | None) -> float:
    value = float(re.sub(r"[^\d.]", "", number))
    unit = (tail or "").strip().lower()
    if unit == "%" or unit.replace(" ", "") in ("percent",):
        value /= 100
    return round(value * _SCALE.get(unit, 1.0), 12)


def _spelled(words: str, unit: str | None) -> Iterator[float]:
    """Yield the value of a spelled-out number, where it has a unit or a scale; "one" alone is an article."""
    parts = re.split(r"[- ]", words.lower())
    scales = [_SCALE[part] for part in parts if part in _SCALE]
    small = [_WORD_VALUE[part] for part in parts if part in _WORD_VALUE]
    total = float(sum(small)) if small else 1.0
    if scales:
        for scale in scales:
            total *= scale
    elif (unit is None and total < 13) or parts == ["one"]:
        return
    unit_word = (unit or "").strip("- ").lower().replace(" ", "")
    yield round(total / 100 if unit_word == "percent" else total, 12)


def _check_numbers(sentence: Sentence, basis: Basis) -> Iterator[Finding]:
    stated = read_numbers(sentence.text)
    if not stated:
        return
    texts = (*basis.texts, basis.user, *basis.cards)
    known = frozenset[float | str]().union(*(read_numbers(text) for text in texts))
    for number in sorted(stated - known, key=str):
        if not (isinstance(number, float) and (_is_known(number, known) or _is_ratio(number, known, sentence.text))):
            shown = f"{number:g}" if isinstance(number, float) else number
            yield Finding(
                "unsupported_number",
                sentence.text,
                f"{shown} stands neither in what is cited nor in the case",
            )
    yield from _check_own_numbers(sentence, basis)
    yield from _check_units(sentence, basis)


def _is_known(number: float, known: Iterable[float | str]) -> bool:
    return any(_same(number, other) for other in known)


def _is_ratio(number: float, known: Iterable[float | str], text: str) -> bool:
    """Say whether a number of times is the ratio of two known numbers."""
    if not re.search(r"\b(?:times|fold)\b|-fold\b", text):
        return False
    values = [value for value in known if isinstance(value, float) and value]
    return any(_same(number, a / b) for a in values for b in values)


_OWN_NUMBER = re.compile(
    r"^\W*(?:and |so |since |because )?you(?:['’]ve| have| handle| run| spend| pay| get| see| process| serve)\b",
    re.IGNORECASE,
)


def _check_own_numbers(sentence: Sentence, basis: Basis) -> Iterator[Finding]:
    """What the user is said to have must be a number of the user's."""
    theirs = read_numbers(basis.user)
    for clause in re.split(r"[;:]\s|,\s|\bwhile\b|\bbut\b", _QUOTED.sub(" ", sentence.text)):
        if _OWN_NUMBER.search(clause) and not _HEDGED.search(clause):
            for number in sorted(read_numbers(clause) - theirs, key=str):
                if isinstance(number, float) and not _is_known(number, theirs):
                    yield Finding("unsupported_number", sentence.text, f"{number:g} is no number of the user's")


_TIMES = {
    "ms": "ms",
    "msec": "ms",
    "second": "second",
    "minute": "minute",
    "hour": "hour",
    "day": "day",
    "week": "week",
}
_TIMES |= {"month": "month", "year": "year", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_TIMES |= {"millisecond": "ms"}
_THINGS = {"setup": "setup", "set-up": "setup", "example": "example", "request": "request", "call": "request"}
_THINGS |= {
    "token": "token",
    "parameter": "parameter",
    "label": "label",
    "category": "category",
}
_UNIT_OF = re.compile(rf"\b({'|'.join(sorted((*_TIMES, *_THINGS), key=len, reverse=True))})s?\b", re.IGNORECASE)
UNIT_WORDS = 4
"""How many words after a number its unit may stand."""


@lru_cache(maxsize=4096)
def read_units(text: str) -> frozenset[tuple[float, str]]:
    """Return the numbers of a text with the unit that follows each: "5,000 labelled examples" is (5000, example)."""
    text = text.translate(_TYPOGRAPHY)
    found: set[tuple[float, str]] = set()
    numbers = [*_DIGITS.finditer(text)]
    for index, match in enumerate(numbers):
        end = numbers[index + 1].start() if index + 1 < len(numbers) else len(text)
        after = re.split(r"[.;:](?:\s|$)", text[match.end() : end])[0]
        unit = _UNIT_OF.search(" ".join(after.replace("/", " ").split()[:UNIT_WORDS]))
        if unit:
            name = unit[1].lower()
            found.add((_value(match["number"], match["tail"]), _TIMES.get(name) or _THINGS[name]))
    return frozenset(found)


def _check_units(sentence: Sentence, basis: Basis) -> Iterator[Finding]:
    """A number that is known with other units only, its own unit going with another number, was moved or exchanged."""
    pairs = frozenset[tuple[float, str]]().union(*map(read_units, (*basis.texts, basis.user)))
    theirs = read_numbers(basis.user)
    for number, unit in sorted(read_units(sentence.text) - pairs):
        if _is_known(number, theirs):
            continue
        units = {other for value, other in pairs if _same(number, value)}
        is_taken = any(other == unit and not _same(number, value) for value, other in pairs)
        is_other_time = unit in _TIMES.values() and units <= set(_TIMES.values())
        if units and (is_taken or is_other_time):
            yield Finding(
                "unsupported_number", sentence.text, f"{number:g} goes with {_listed(units)}, not with {unit}"
            )


def _same(number: float, other: float | str) -> bool:
    return isinstance(other, float) and abs(number - other) <= 1e-9 * max(abs(number), abs(other))


_NAMES: dict[Approach, str] = {
    "distillation": r"distil\w*|student model|"
    r"(?:approximat|imitat)\w* (?:a|the) (?:larger?|bigger|frontier) (?:one|model)",
    "fine_tuning": r"fine-?\s?tun\w*|tun(?:e|ed|es|ing)\b|lora\b|peft\b|qlora\b|adapters?\b|re-?train\w*|"
    r"train(?:ed|s|ing)?\b|weights\b",
    "rag": r"rag\b|retriev\w*|knowledge base|vector (?:search|store|db|index)",
    "structured_output": r"structured (?:outputs?|generation)|constrained (?:decoding|generation)|guided decoding|"
    r"schema-enforced\w*|output schema|json mode",
    "few_shot": r"few-?\s?shot\w*|examples? in the prompt|in-context examples?|good examples? in\w*",
    "stronger_model": r"(?:stronger|larger|bigger|newer|more capable) (?:one|models?)|frontier models?",
    "prompting": r"prompt\w*|instructions\b|context engineering",
    "measure_first": r"measur\w*|baseline\w*|eval\w*|profil\w*|benchmark\w*",
}
_SMALL_MODEL = re.compile(r"\bsmall(?:er)?,? (?:\w+,? (?:and )?){0,3}models?\b", re.IGNORECASE)
"""What a passage on distillation may speak of without the word."""
_APPROACH = {name: re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE) for name, pattern in _NAMES.items()}
_CHECKED: tuple[Approach, ...] = (
    "fine_tuning",
    "rag",
    "structured_output",
    "few_shot",
    "stronger_model",
    "distillation",
)
"""Approaches whose mention must be backed; "prompt" and "measure" are everyday words."""
_PARTS: dict[Approach, frozenset[Approach]] = {
    "rag+fine_tuning": frozenset({"rag", "fine_tuning"}),
    "distillation": frozenset({"distillation", "fine_tuning", "stronger_model"}),
    "few_shot": frozenset({"few_shot", "prompting"}),
}
_OF_CASE = re.compile(
    r"\b(?:here|recommend\w*|verdict|start|first|leads?|lead to|(?:that|this) is why|for you|your (?:case|team))\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:if|unless|would|once|when|where|until|whether|only|had|might|could|before|after|later|then|instead of|"
    r"rather than|says?|argues?|holds?|according to|leads?|favours?|prefers?)\b",
    re.IGNORECASE,
)
_RECOMMENDS = re.compile(
    r"(?:^|[:;,.]\s)(?:so )?(?:start|begin|go|stay) (?:with|for|by)\b|"
    r"(?:^|[:;.]\s)(?:use|choose|try|pick|adopt|combine|"
    r"enforce|put|fine-?tune|distil|train|retrieve|measure|build)\b|\brecommend(?:s|ed|ation)?\b|\bverdict is\b|"
    r"\b(?:you|we) should\b|\bis worth it\b|\b(?:is|remains) (?:the|your) (?:right |best |clear |obvious |first )?"
    r"(?:answer|choice|approach|fix|tool|rung|way to go|option|bet|step|place to start)\b|"
    r"\b(?:I|we)(?: would|['’]d)? (?:advise|suggest|pick|choose|go with|opt for)\b|\badvice (?:is|here)\b|\badvice:|"
    r"\b(?:your|this) case (?:calls for|needs|wants|is (?:one|a case) for)\b|\bbest served by\b|\bwhat you need is\b|"
    r"\bopt for\b|\byour best\b|\bgo (?:straight )?(?:with|for|to)\b",
    re.IGNORECASE,
)
_FLAT = re.compile(r",? before (?:choosing|you|anything)\b.*$|\b(?<=we )would\b|\b(?<=I )would\b", re.IGNORECASE)
"""What sounds like a condition and makes advice no less flat."""
_ANY_NAME = re.compile(rf"(?<!\w)(?:{'|'.join(_NAMES.values())})[.!]?", re.IGNORECASE)
FLAT_WORDS = 9
"""As long as a bare recommendation gets."""
_NEGATED_ADVICE = re.compile(r"\b(?:not|never|n't|avoid|against|no)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def named_approaches(text: str) -> frozenset[Approach]:
    """Return the approaches a text names."""
    return frozenset(name for name, pattern in _APPROACH.items() if pattern.search(text))


def _parts(approach: Approach) -> frozenset[Approach]:
    return _PARTS.get(approach, frozenset({approach}))


def _check_approaches(sentence: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    bare = case.claim(sentence)
    advised = _advised(sentence, bare, basis, case) - _agreeing(case.verdict)
    if advised:
        yield Finding("swapped_approach", sentence.text, f"recommends {_listed(advised)}, the verdict does not")
        return
    if sentence.is_heading or sentence.text.endswith("?"):
        return
    if misreported := _misreported(sentence, bare, case):
        yield Finding(
            "swapped_approach", sentence.text, f"has a source lead to {_listed(misreported)}, which it does not"
        )
        return
    missing = set(_exchanged(bare, basis))
    for part in re.split(r";\s", bare):
        missing |= (named_approaches(part) & set(_CHECKED)) - _backed(part, basis, case)
    if case.verdict:
        rejected = {part for entry in case.verdict.why_not for part in _parts(entry.approach)}
        missing -= {name for name in missing & rejected if stances(bare, name) == {"against"}}
    if missing and (basis.cited or case.verdict):
        yield Finding("swapped_approach", sentence.text, f"names {_listed(missing)}, which nothing cited speaks of")


def _advised(sentence: Sentence, bare: str, basis: Basis, case: Case) -> frozenset[Approach]:
    """Return what the sentence recommends in Rung's own name; nothing where it reports, reasons or makes conditions."""
    if case.verdict is None:
        return frozenset()
    if _is_recommendation(sentence, bare, case):
        # "prompt" and "measure" are everyday words in what a source advises.
        named = _named_first(bare) or named_approaches(bare)
        return named & frozenset(_CHECKED) if basis.cited else named
    if _is_flat(sentence, bare, case):
        named = named_approaches(bare)
        return frozenset() if named & _agreeing(case.verdict) else named
    return frozenset()


_LEADS = re.compile(r"\bleads? to\b|\b(?:favours|favors|votes for|recommends|would (?:choose|pick))\b")


def _misreported(sentence: Sentence, bare: str, case: Case) -> frozenset[Approach]:
    """Return what the one source that a sentence speaks of is wrongly said to recommend for the case."""
    called = {source for source, names in case.names if any(_is_called(sentence.text, name) for name in names)}
    leads = _LEADS.search(bare)
    votes = [vote for vote in case.verdict.sources if vote.source in called] if case.verdict else []
    if leads is None or len(called) != 1 or not votes:
        return frozenset()
    voted = [name for vote in votes for name in (vote.recommendation, *vote.covers) if name]
    named = named_approaches(re.split(r"[:;,]", bare[leads.end() :])[0])
    return named - frozenset().union(*(_parts(name) | named_approaches(_show(name)) for name in voted))


def _agreeing(verdict: Verdict | None) -> frozenset[Approach]:
    """Return what may be named in recommending what the verdict does."""
    if verdict is None:
        return frozenset()
    return _parts(verdict.recommendation) - ({"stronger_model"} if verdict.recommendation == "distillation" else set())


def _backed(bare: str, basis: Basis, case: Case) -> frozenset[Approach]:
    """Return the approaches that a sentence may name: its passages'; where it is of the case, the user's and ours."""
    is_of_case = not basis.cited or bool(_OF_CASE.search(bare))
    is_of_user = is_of_case or bool(_OWN_FACT.search(bare))
    backed = set(named_approaches("\n".join((*basis.texts, basis.user) if is_of_user else basis.texts)))
    if any(map(_SMALL_MODEL.search, basis.texts)):
        backed.add("distillation")
    if case.verdict and not basis.cited:
        backed |= _verdict_approaches(case.verdict)
    if case.verdict and is_of_case:
        backed |= _parts(case.verdict.recommendation)
    if "distillation" in backed:
        backed.add("fine_tuning")
    return frozenset(backed)


def _exchanged(bare: str, basis: Basis) -> frozenset[Approach]:
    """Return the approaches put where the clause it repeats names others; one more or one less is a paraphrase."""
    claims = [part for text in basis.texts for part in _split(text)] if basis.cited else []
    for part in (bare, *_clauses([bare])):
        twin = _twin(part, [*claims, *_clauses(claims)], at_least=SAME_SENTENCE)
        own, theirs = _mentions(part), _mentions(twin or part)
        if own.total() == theirs.total() and own != theirs:
            return frozenset(own - theirs)
    return frozenset()


@lru_cache(maxsize=4096)
def _mentions(text: str) -> Counter[Approach]:
    return Counter({name: len(_APPROACH[name].findall(text)) for name in _CHECKED})


def _is_recommendation(sentence: Sentence, bare: str, case: Case) -> bool:
    """Say whether the sentence gives Rung's own recommendation, flatly: no step, no condition, no source's view."""
    if (
        sentence.is_step
        or _NEGATED_ADVICE.search(bare)
        or any(_is_called(sentence.text, name) for _, names in case.names for name in names)
    ):
        return False
    if _HEDGED.search(bare if sentence.markers else _FLAT.sub(" ", bare)):
        return False
    return bool(_RECOMMENDS.search(bare)) and not _is_said(sentence, case)


def _is_flat(sentence: Sentence, bare: str, case: Case) -> bool:
    """Say whether a short uncited sentence can only be advice: no condition, no negation, no fact, no title."""
    if sentence.markers or sentence.is_step or sentence.text.endswith("?"):
        return False
    if sentence.is_heading and (not sentence.text.endswith((".", "!")) or len(_ANY_NAME.sub(" ", bare).split()) < 2):
        return False
    if len(bare.split()) > FLAT_WORDS or _is_said(sentence, case) or _OWN_FACT.search(bare):
        return False
    return not (_HEDGED.search(_FLAT.sub(" ", bare)) or _NEGATED_ADVICE.search(bare))


def _is_said(sentence: Sentence, case: Case) -> bool:
    """Say whether the verdict's rules say this sentence word for word."""
    text = normalise(sentence.text).rstrip(".").lower()
    return len(text.split()) > MIN_QUOTE_WORDS and any(text in normalise(said).lower() for said, _ in case.says)


def _named_first(text: str) -> frozenset[Approach]:
    """Return what the advice is about: the approaches named up to a word of purpose or contrast."""
    return named_approaches(re.split(r"\b(?:to|over|than|because|since|as|so that)\b", text, maxsplit=1)[0])


def _verdict_approaches(verdict: Verdict) -> frozenset[Approach]:
    named: set[Approach] = {verdict.recommendation}
    named.update(step.approach for step in verdict.plan)
    named.update(flip.recommendation for flip in verdict.flips)
    named.update(why_not.approach for why_not in verdict.why_not)
    named.update(vote.recommendation for vote in verdict.sources if vote.recommendation)
    for question in verdict.next_questions:
        named |= named_approaches(_show(question.why))
    return frozenset(part for name in named for part in _parts(name))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nor|neither|cannot|without|avoid\w*|rather than|instead of|hardly|rarely|seldom|"
    r"stop|refrain|nothing|wrong|fails?|unlike)\b|n['’]t\b",
    re.IGNORECASE,
)
_AGAINST = r"avoid\w*|never|not|n['’]t|rather than|instead of|without|against|wrong|cannot|no need|skip\w*|stop"
_AGAINST_AFTER = r"\bnever\b|\bnot\b|n['’]t\b|\bcannot\b|\bwrong\b"
_FOR = (
    r"use|uses|using|try|start with|begin with|choose|prefer|recommend\w*|pick|adopt\w*|consider|combine|reserve|"
    r"is (?:the )?(?:right|best|legitimate|valid|worth\w*)|(?:wins|excels|pays off|earns its \w+)"
)
_WORD = re.compile(r"[a-z][a-z0-9-]+")
_STOP = frozenset(
    re.findall(
        r"\w+",
        "the and that this with for from are was were has have had its their they them you your can could may might "
        "will would shall should must does did done been being into onto over under than then there "
        "here what which who whom when "
        "where why how all any each every some such only also very more most much many few less least use uses used "
        "using one two but not never avoid avoids rather instead without cannot nor neither none out off per via about",
    )
)
SAME_SUBJECT = 0.6
"""Jaccard overlap of content words from which two sentences are taken to speak of the same thing."""
SAME_SENTENCE = 0.75
"""Overlap from which one is taken to repeat the other."""


def _check_polarity(sentence: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    if not basis.cited or sentence.is_heading or sentence.text.endswith("?"):
        return
    claims = [part for text in basis.texts for part in _split(text)]
    bare = _without_verbatim(case.claim(sentence), claims)
    turned = _turned_round(bare, claims) or next(
        filter(None, (_turned_round(part, [*claims, *_clauses(claims)]) for part in _clauses([bare]))), None
    )
    if turned is not None:
        yield Finding("flipped_polarity", sentence.text, f"what it rests on says: {turned.strip()}")
        return
    for name in sorted(named_approaches(bare) & set(_CHECKED)):
        own = stances(bare, name)
        theirs = frozenset[str]().union(*(stances(claim, name) for claim in claims))
        if len(own) == 1 and theirs and not own & theirs:
            yield Finding(
                "flipped_polarity", sentence.text, f"speaks {_listed(own)} {name}, its passage {_listed(theirs)}"
            )
            return


def _clauses(texts: Iterable[str]) -> list[str]:
    """Return the parts between colons and semicolons, where there are several."""
    return [part for text in texts if len(parts := re.split(r"[;:]\s", text)) > 1 for part in parts]


def _turned_round(text: str, claims: Iterable[str]) -> str | None:
    """Return the claim that a text repeats with one negation more or less, or with a word for its opposite."""
    twin = _twin(text, claims)
    if twin is None:
        return None
    plain = _without_contrast(text, twin)
    if _negations(plain) % 2 != _negations(twin) % 2 or _is_opposite(plain, twin):
        return twin
    return None


_OPPOSITES = tuple(
    (re.compile(rf"\b(?:{left})\b", re.IGNORECASE), re.compile(rf"\b(?:{right})\b", re.IGNORECASE))
    for left, right in (
        ("before", "after"),
        ("cheap(?:er)?|inexpensive", "dear(?:er)?|expensive|costly|costlier"),
        ("fast(?:er)?|quick(?:er)?", "slow(?:er)?"),
        ("wins?|excels?", "loses?|fails?"),
        ("more", "less"),
        ("better", "worse"),
        ("higher", "lower"),
        ("raises?|increases?", "lowers?|cuts?|reduces?"),
        ("always", "never"),
        ("easy|easier", "hard(?:er)?|difficult"),
        ("large(?:r)?|big(?:ger)?", "small(?:er)?"),
        ("above|over", "below|under"),
        ("only (?:when|if|after|once)", "even (?:when|if|after|once)"),
        ("many", "few"),
        ("short(?:er)?", "long(?:er)?"),
    )
)


def _is_opposite(text: str, twin: str) -> bool:
    """Say whether a word of one stands as its opposite in the other, and in neither both."""
    for pair in _OPPOSITES:
        here = [bool(word.search(text)) for word in pair]
        there = [bool(word.search(twin)) for word in pair]
        if here == there[::-1] and sum(here) == 1:
            return True
    return False


def _without_verbatim(text: str, claims: Iterable[str]) -> str:
    """Drop the clauses that stand word for word in what the sentence rests on; only the rest can turn it round."""
    level = normalise(text)
    for claim in sorted(set(claims), key=len, reverse=True):
        said = normalise(claim).rstrip(".")
        at = level.lower().find(said.lower()) if len(said.split()) >= MIN_QUOTE_WORDS else -1
        # Only as a clause of its own: "do not" before it would turn it round.
        if at == 0 or (at > 0 and level[:at].rstrip().endswith((";", ":", ",", "("))):
            level = f"{level[:at]};{level[at + len(said) :]}"
    return level


def _without_contrast(text: str, twin: str) -> str:
    """Drop "not X" and "rather than X" for approaches the claim does not name: they turn nothing of it round."""
    for name in named_approaches(text) - named_approaches(twin):
        contrast = rf",?\s*(?:not|rather than|instead of|unlike)\s+(?:\w+\s+){{0,2}}(?:{_NAMES[name]})"
        text = re.sub(contrast, " ", text, flags=re.IGNORECASE)
    return text


@lru_cache(maxsize=4096)
def stances(text: str, approach: Approach) -> frozenset[str]:
    """Return whether a sentence speaks for or against an approach, by the words around its name in the same clause."""
    pattern = rf"(?<!\w)(?:{_NAMES[approach]})"
    found: set[str] = set()
    for clause in re.split(r"[;:,.]|\b(?:but|while|whereas|although|though)\b", text):
        if re.search(rf"(?:{_AGAINST})(?:\s+[\w-]+){{0,3}}\s+{pattern}", clause, re.IGNORECASE) or re.search(
            rf"{pattern}(?:\s+[\w-]+){{0,2}}\s*(?:{_AGAINST_AFTER})", clause, re.IGNORECASE
        ):
            found.add("against")
        elif re.search(rf"\b(?:{_FOR})\b(?:\s+[\w-]+){{0,4}}\s+{pattern}", clause, re.IGNORECASE) or re.search(
            rf"{pattern}(?:\s+[\w-]+){{0,2}}\s+(?:{_FOR})\b", clause, re.IGNORECASE
        ):
            found.add("for")
    return frozenset(found)


def _twin(sentence: str, claims: Iterable[str], *, at_least: float = SAME_SUBJECT) -> str | None:
    """Return the claim that shares most content words with the sentence, if it is about the same thing."""
    words = _content(sentence)
    if len(words) < 3:
        return None
    scored = [(_overlap(words, _content(claim)), claim) for claim in claims]
    best, claim = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return claim if best >= at_least else None


@lru_cache(maxsize=4096)
def _content(text: str) -> frozenset[str]:
    return frozenset(word[:6] for word in _WORD.findall(text.lower()) if len(word) > 2 and word not in _STOP)


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left and right else 0.0


def _negations(text: str) -> int:
    return len(_NEGATION.findall(text))


CONNECTIVES = (
    r"more answers cannot change this",
    r"(?:here is|this is|that is) (?:why|what|how)\b.{0,60}",
    r"the sources (?:do not agree|disagree|differ)(?: here| on (?:this|that|it|two points|one point))?",
    r"(?:nothing|no single change|no change of one or two facts)\b.{0,80}\bwould change (?:it|this|the recommendation)",
    r"which (?:of the two )?(?:is it|holds)",
    r"(?:first|next|then|finally|in short|in brief)",
    r"the (?:rest|order|steps?) (?:follows?|is this)",
)
_CONNECTIVE = re.compile(rf"(?:{'|'.join(CONNECTIVES)})[.:]?", re.IGNORECASE)
_OWN_FACT = re.compile(
    r"\byou(?:['’]ve| have| had| also| both| now| already| currently)? ?"
    r"(?:said|say|told|wrote|write|mention(?:ed)?|describe[ds]?|"
    r"asked|ask|need|want|have|do not have|handle|plan|expect|report|named?|gave|are considering|can show|run)\b|"
    r"\byour (?:own )?(?:facts?|case|words?|team|data|question|description|problem|volume|knowledge|budget|answers?)\b",
    re.IGNORECASE,
)
_ADVISES = re.compile(r"\b(?:should|must|ought|always|never|best to|need to)\b", re.IGNORECASE)
_OF_VERDICT = re.compile(
    r"\b(?:recommendation|verdict|advice|sources?|provisional|becomes?|start with|measure first|plan)\b",
    re.IGNORECASE,
)


MIN_CLAIM_WORDS = 4
"""Content words from which a sentence says enough to be compared with what it cites."""


def _check_shared_words(claim: Sentence, basis: Basis, case: Case) -> Iterator[Finding]:
    """A cited sentence that shares no word with what it cites, the verdict or the case says something else."""
    if not basis.cited or claim.is_heading or claim.text.endswith("?"):
        return
    bare, texts = case.claim(claim), "\n".join((*basis.texts, basis.user))
    words = _content(bare)
    if (
        len(words) >= MIN_CLAIM_WORDS
        and not words & _content(texts)
        and not named_approaches(bare) & named_approaches(texts)
    ):
        yield Finding("unsupported_sentence", claim.text, "has nothing in common with what it cites")


_OF_PLAN = re.compile(
    r"\b(?:in short|in brief|the answer|comes? (?:first|next|later|last)|(?:come|comes) into (?:question|play)|"
    r"(?:if|when|where) (?:that|it|this) falls short|(?:next|first|last|later) (?:step|rung)|can wait|instead)\b",
    re.IGNORECASE,
)


def _check_support(sentence: Sentence, case: Case) -> Iterator[Finding]:
    if sentence.markers or sentence.is_heading or not re.search(r"\w", sentence.text):
        return
    if sentence.text.rstrip('”")').endswith("?") or _CONNECTIVE.fullmatch(sentence.text.strip(" –-")):
        return
    bare = case.claim(sentence)
    if _OWN_FACT.search(bare) and not _ADVISES.search(bare) and not _RECOMMENDS.search(bare):
        return
    if case.verdict and (_speaks_of_verdict(bare, case.verdict) or _is_said(sentence, case)):
        return
    yield Finding("uncited_sentence", sentence.text, "neither cited nor about the case")


def _speaks_of_verdict(bare: str, verdict: Verdict) -> bool:
    """Say whether a sentence only reports the verdict: its recommendation, its standing, or what would flip it."""
    named = named_approaches(bare) & set(_CHECKED)
    if not named <= _verdict_approaches(verdict):
        return False
    if _OF_VERDICT.search(bare):
        return True
    return bool(named_approaches(bare) and (_RECOMMENDS.search(bare) or _OF_PLAN.search(bare)))

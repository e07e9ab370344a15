"""The memo as Markdown: MADR 4.0.0 with further front matter, and its facts as a block that a program reads.

Owns the layout that `agent.memo.check` reads back. Everything said by people is escaped, so that it shows as typed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator

from agent.memo.model import FactRow, Line, MapCell, Memo, Option, Reference, Revisit, Step, VerdictMap, Vote
from agent.memo.outline import MADE_BY_RULES, NO_ARGUMENT, NO_CHANGE, NO_DECISIVE_ANSWER, NO_MAP, ONLY_TOGETHER
from agent.text import upper_first
from agent.types import FactValue

SCHEMA = "rung.memo/1"
FENCE = "json rung-memo"
CHANGES_HEADING = "### What would change this decision"
VOTES_HEADING = "### What each source's own framework says"
_SIGNS = re.compile(r"([\\`*_\[\]<>|~$]|&(?=#?\w+;)|(?<![A-Za-z])#)")
_LINE_START = re.compile(r"^(\s*)([-+=>]|\d{1,9}(?=[.)]))")


def render(memo: Memo) -> bytes:
    """Return the memo as UTF-8 Markdown; the same memo gives the same bytes."""
    parts = [
        _front_matter(memo),
        f"# {escape(memo.title)}",
        *_context(memo),
        *_section("## Decision Drivers", _bullets(memo, memo.drivers)),
        "## Considered Options",
        "\n".join(f"- {escape(upper_first(option.name))}" for option in memo.options),
        *_outcome(memo),
        *_options(memo),
        "## More Information",
        *_plan(memo),
        *_revisit(memo),
        *_votes(memo),
        *_open_ends(memo),
        *_facts(memo),
        *_citations(memo),
        *_provenance(memo),
    ]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def escape(text: str) -> str:
    """Escape what Markdown, HTML or a mathematics extension would read as markup; one line stays one line."""
    escaped = _SIGNS.sub(r"\\\1", " ".join(text.split())).replace("://", "\\://").replace("www.", "www\\.")
    return _LINE_START.sub(_hide_start, escaped)


def _hide_start(match: re.Match[str]) -> str:
    """Escape what would begin a list, a quotation or an underline."""
    return f"{match[1]}{match[2]}\\" if match[2].isdigit() else f"{match[1]}\\{match[2]}"


def quoted(text: str) -> str:
    """Return a text of several paragraphs as a quotation."""
    lines = [f"> {escape(line)}" if line.strip() else ">" for line in text.splitlines()]
    # A line end within a paragraph stays one.
    ends = [
        f"{line}\\" if line != ">" and lines[index + 1 : index + 2] not in ([], [">"]) else line
        for index, line in enumerate(lines)
    ]
    return "\n".join(ends)


def sentence(memo: Memo, line: Line, *, starts: bool = True) -> str:
    """Return a line with its lead, its markers and its full stop; a small letter where it goes on after other words."""
    markers = "".join(f"[{number}]" for number in memo.numbers(line))
    told = f"{escape(line.told(starts=starts))}{' ' + markers if markers else ''}{line.stop}"
    return told if line.text else ""


def _section(title: str, lines: Iterable[str]) -> list[str]:
    body = "\n".join(line for line in lines if line)
    return [title, body] if body else []


def _bullets(memo: Memo, lines: Iterable[Line], lead: str = "") -> Iterator[str]:
    for line in lines:
        told = sentence(memo, line, starts=not lead)
        if told:
            yield f"- {lead}{told}"


def is_memo(text: str) -> bool:
    """Tell by its front matter whether a text is one of these memos."""
    front = re.match(r"---\r?\n(.*?)\r?\n---\r?\n", text, re.DOTALL)
    names = set(re.findall(r"^(\w+):", front[1], re.MULTILINE)) if front else set()
    return {"recommendation", "digest", "rules_sha256"} <= names


def _front_matter(memo: Memo) -> str:
    about = memo.about
    fields: list[tuple[str, object]] = [
        ("status", about.status),
        ("date", about.dated.isoformat()),
        ("decision-makers", list(about.decision_makers)),
        ("consulted", list(about.consulted)),
        ("informed", list(about.informed)),
        ("supersedes", about.supersedes or None),
        ("review_by", about.review_by.isoformat()),
        ("revisit_when", [condition(revisit) for revisit in memo.revisit]),
        ("recommendation", memo.outcome.approach),
        ("standing", memo.outcome.standing),
        ("digest", memo.hashes.digest),
        ("rules_sha256", memo.hashes.rules),
        ("corpus_sha256", memo.hashes.corpus),
    ]
    lines = [line for name, value in fields if value is not None for line in _field(name, value)]
    return "\n".join(("---", *lines, "---"))


def _field(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list) and value:
        yield f"{name}:"
        yield from (f"  - {_scalar(item)}" for item in value)
    else:
        yield f"{name}: {_scalar(value)}"


def _scalar(value: object) -> str:
    """JSON is YAML: quotes only where a plain word would not do."""
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w+ .-]*|\d{4}-\d\d-\d\d|[0-9a-f]{64}", value)
    is_word = plain and str(value).lower() not in ("true", "false", "yes", "no", "null", "on", "off", "y", "n")
    return str(value) if is_word else json.dumps(value, ensure_ascii=False)


def condition(revisit: Revisit) -> str:
    """Return a `revisit_when` of the front matter."""
    changes = " and ".join(
        f"{change.fact} {change.operator} {json.dumps(_plain(change.value))}" for change in revisit.changes
    )
    return f"{changes} -> {revisit.then}"


def _plain(value: FactValue) -> FactValue:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _context(memo: Memo) -> Iterator[str]:
    yield "## Context and Problem Statement"
    if memo.about.description:
        yield "The case in the words it was described in:"
        yield quoted(memo.about.description)
    told = " ".join(filter(None, (sentence(memo, line) for line in memo.context)))
    yield told


def _outcome(memo: Memo) -> Iterator[str]:
    outcome = memo.outcome
    yield "## Decision Outcome"
    because = [sentence(memo, line, starts=index > 0) for index, line in enumerate(outcome.because) if line.text]
    reason = f", because {' '.join(because)}" if because else "."
    yield f'Chosen option: "{escape(upper_first(outcome.name))}"{reason}'
    yield f"**How firm:** {how_firm(memo)}"
    consequences = memo.consequences
    yield from _section(
        "### Consequences",
        (
            *_bullets(memo, consequences.good, "Good, because "),
            *_bullets(memo, consequences.bad, "Bad, because "),
        ),
    )
    yield from _section("### Upkeep", _bullets(memo, consequences.upkeep))
    yield from _section("### Confirmation", _bullets(memo, memo.confirmation))


def how_firm(memo: Memo) -> str:
    """Return the standing, and how many sources lead where the recommendation leads."""
    return f"{memo.outcome.standing}. {sentence(memo, memo.outcome.firmness)}"


def _options(memo: Memo) -> Iterator[str]:
    yield "## Pros and Cons of the Options"
    for option in memo.options:
        yield f"### {escape(upper_first(option.name))}"
        yield _option(memo, option)


def _option(memo: Memo, option: Option) -> str:
    lines = [
        *_bullets(memo, option.good, "Good, because "),
        *_bullets(memo, option.neutral, "Neutral, because "),
        *_bullets(memo, option.bad, "Bad, because "),
    ]
    return "\n".join(lines) or NO_ARGUMENT


def _plan(memo: Memo) -> Iterator[str]:
    yield "### Plan"
    yield "\n".join(_step(memo, step, number) for number, step in enumerate(memo.plan, 1))


def _step(memo: Memo, step: Step, number: int) -> str:
    lines = [f"{number}. **{escape(step.title)}.** {sentence(memo, step.do)}"]
    lines += [f"   - Start when: {escape(step.entry_test)}."] if step.entry_test else []
    lines += [f"   - Done when: {escape(step.exit_test)}."] if step.exit_test else []
    return "\n".join(lines)


def _revisit(memo: Memo) -> Iterator[str]:
    yield CHANGES_HEADING
    yield f"Review by {memo.about.review_by.isoformat()}, or as soon as one of these comes true:"
    yield "\n".join(condition_line(revisit) for revisit in memo.revisit) or NO_CHANGE
    if memo.map:
        yield from _map(memo, memo.map)
    else:
        yield NO_MAP


def condition_line(revisit: Revisit) -> str:
    """Return the same condition in the words that people read."""
    changes = " and ".join(escape(change.clause) for change in revisit.changes)
    hands = " (in our hands)" if revisit.is_in_our_control else ""
    return f"- If {changes}: {escape(revisit.name)}{hands}"


def _map(memo: Memo, map: VerdictMap) -> Iterator[str]:
    yield f"The recommendation over {escape(map.across)} and {escape(map.down)}:"
    heads = [f"{escape(map.down)} ↓ / {escape(map.across)} →", *(band.label for band in map.columns)]
    rows = []
    for row, found in zip(reversed(map.rows), reversed(map.cells), strict=True):
        cells = zip(map.columns, found, strict=True)
        rows.append([row.label, *(_cell(memo, cell, is_here=row.is_here and band.is_here) for band, cell in cells)])
    yield table(heads, rows)
    yield f"{escape(map.here)}."


def _cell(memo: Memo, cell: MapCell, *, is_here: bool) -> str:
    if cell.approach is None:
        return "against what is stated"
    label = f"{memo.labels[cell.approach]}, {cell.agreeing} of {cell.with_view} sources"
    return f"**{label}** ◆" if is_here else label


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """Return a Markdown table; cells are escaped already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _votes(memo: Memo) -> Iterator[str]:
    yield VOTES_HEADING
    yield table(["Source", "Leads to", "Says"], ([escape(v.name), led(v), _says(memo, v)] for v in memo.votes))
    if memo.disagreements:
        yield "### Where the sources disagree"
    for item in memo.disagreements:
        yield f"**{escape(item.axis)}**"
        yield "\n".join(f"- {escape(held.name)}: {sentence(memo, held.position)}" for held in item.held)


def led(vote: Vote) -> str:
    """Return where a source leads, marked where that is the recommendation."""
    return f"{escape(vote.led)}{' ✓' if vote.approach and vote.agrees else ''}"


def _says(memo: Memo, vote: Vote) -> str:
    return sentence(memo, vote.says) if vote.says else ""


def _open_ends(memo: Memo) -> Iterator[str]:
    yield "### Assumptions and unknowns"
    assumed = [f"- Taken to follow: {escape(f.means)}: {escape(f.shown)} ({escape(f.words)})" for f in memo.assumptions]
    said = [f"- Said in two ways, so it counts as unknown: `{f.name}` {escape(f.shown)}" for f in memo.contradictions]
    decisive = [f"- {escape(u.question)} {escape(u.why)}." for u in memo.unknowns if u.is_decisive]
    rest = [f"`{unknown.fact}`" for unknown in memo.unknowns if not unknown.is_decisive]
    yield "\n".join((*assumed, *said, *decisive)) or NO_DECISIVE_ANSWER
    if rest:
        yield f"{ONLY_TOGETHER}{', '.join(rest)}."


def _facts(memo: Memo) -> Iterator[str]:
    yield "### Facts, and the words they came from"
    heads = ["Fact", "Value", "How known", "Words"]
    columns = len(heads) if any(fact.words for fact in memo.facts) else len(heads) - 1
    yield table(heads[:columns], (_fact(fact)[:columns] for fact in memo.facts))


def _fact(fact: FactRow) -> list[str]:
    words = f"“{escape(fact.words)}”" if fact.words else ""
    return [f"{escape(fact.means)} (`{fact.name}`)", escape(fact.shown), fact.known, words]


def _citations(memo: Memo) -> Iterator[str]:
    yield "### Citations"
    for reference in memo.references:
        yield _reference(reference)
    if memo.cards:
        yield "### About the sources"
        yield "\n".join(f"- *{escape(card.title)}*: {escape(card.text)}." for card in memo.cards)


def _reference(reference: Reference) -> str:
    whose = "the original's words" if reference.is_verbatim else "our note of it"
    head = f"**\\[{reference.number}\\]** *{escape(reference.title)}*, section “{escape(reference.section)}”"
    return f"{head} (`{reference.passage}`), {whose}:\n\n{quoted(' '.join(reference.quote.split()))}"


def _provenance(memo: Memo) -> Iterator[str]:
    yield "### How this was made"
    yield f"{MADE_BY_RULES} `rung memo check` reads the block below and says whether it still holds."
    yield "\n".join(f"- {escape(note)}" for note in memo.notes)
    yield f"```{FENCE}\n{_laid_out(machine_block(memo))}\n```"


def _laid_out(block: dict[str, object]) -> str:
    """One line for each fact and citation, so that a change shows as one line."""
    return "{\n" + ",\n".join(f" {json.dumps(name)}: {_entries(value)}" for name, value in block.items()) + "\n}"


def _entries(value: object) -> str:
    if isinstance(value, dict) and value:
        lines = (f"  {json.dumps(name)}: {json.dumps(item, ensure_ascii=False)}" for name, item in value.items())
        return "{\n" + ",\n".join(lines) + "\n }"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in value) + "\n ]"
    return json.dumps(value, ensure_ascii=False)


def machine_block(memo: Memo) -> dict[str, object]:
    """Return what a program needs to check the memo: facts, verdict, citations and hashes."""
    return {
        "schema": SCHEMA,
        "facts": {f.name: {"value": _value(f), "origin": f.origin, "evidence": f.words} for f in memo.facts},
        "contradictions": [{"name": f.name, "value": _value(f), "evidence": f.words} for f in memo.contradictions],
        "recommendation": memo.outcome.approach,
        "standing": memo.outcome.standing,
        "votes": {vote.source: vote.approach for vote in memo.votes},
        "citations": [
            {"number": r.number, "passage": r.passage, "verbatim": r.is_verbatim, "sha256": quote_sha256(r.quote)}
            for r in memo.references
        ],
        "digest": memo.hashes.digest,
        "rules_sha256": memo.hashes.rules,
        "corpus_sha256": memo.hashes.corpus,
    }


def quote_sha256(quote: str) -> str:
    """Return the hash of a quotation with its white space levelled."""
    return hashlib.sha256(" ".join(quote.split()).encode()).hexdigest()


def _value(fact: FactRow) -> FactValue | None:
    return None if fact.value is None else _plain(fact.value)

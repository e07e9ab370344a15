"""The rules against their sources, from sentence to rule and back: `python -m eval.coverage` writes the page.

Owns docs/rules-coverage.md, which a test holds to the data. Leaves what is wrong with a rule to `agent.rules.lint`, and
whether a rule says what its passage says to the worked examples (`python -m eval --only sources`) and to the reader,
who finds the two side by side here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from agent.bootstrap import open_book
from agent.rules.conditions import in_words
from agent.rules.lint import LintFinding, lint
from agent.rules.model import Rule, RuleBook, Table
from agent.settings import load_settings
from agent.types import Passage, Source

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rules-coverage.md"
DEAD = ("never holds", "shadowed")
"""What lint calls a rule that decides nothing, and so carries nothing."""


class Coverage(Struct, frozen=True):
    """Every normative passage with the rules that carry it, and every rule with its passages."""

    book: RuleBook
    sources: Mapping[str, Source]
    passages: Mapping[str, Passage]
    findings: tuple[LintFinding, ...]

    def normative(self, source: str) -> list[Passage]:
        """Return a source's normative passages in the order of the article."""
        found = [p for p in self.passages.values() if p.source == source and p.is_normative]
        return sorted(found, key=lambda passage: (passage.span, passage.id))

    def citing(self, passage: str) -> list[Rule]:
        """Return the rules that cite a passage, its own source's first, the panel's last."""
        return [rule for rule in self.book.rules if passage in rule.cite]

    def carrying(self, passage: str) -> list[Rule]:
        """Return the rules that cite a passage and can decide something."""
        dead = {finding.place for finding in self.findings if finding.kind in DEAD}
        return [rule for rule in self.citing(passage) if rule.place not in dead]

    def why_not(self, passage: str) -> str:
        """Return why no rule carries a passage, in lint's words where it has any."""
        places = {passage, *(rule.place for rule in self.citing(passage))}
        known = [f"{finding.kind}: {finding.message}" for finding in self.findings if finding.place in places]
        in_plan = [stage.approach for stage in self.book.stages.values() if passage in stage.cite]
        if in_plan:
            known.append(f"a step of the plan cites it ({', '.join(in_plan)}): it says how, not whether")
        return "; ".join(known) or "no reason is known"


def measure() -> Coverage:
    """Open the shipped rules and passages, and lint them."""
    book, library = open_book(load_settings(), [], notify=print)
    shipped = {p.id: p for p in library.passages if p.source in {table.id for table in book.tables}}
    return Coverage(book, library.sources, shipped, lint(book, shipped.values()))


def page(coverage: Coverage) -> str:
    """Return the page as Markdown; the same data gives the same bytes."""
    tables = (*coverage.book.tables, coverage.book.panel)
    lines = [*_head(coverage), *_uncarried(coverage)]
    for table in coverage.book.tables:
        lines += [f"## {coverage.sources[table.id].title}", "", *_forward(table, coverage)]
    for table in tables:
        lines += [f"## Rules of {table.id}", "", *_back(table, coverage)]
    return "\n".join(lines).rstrip() + "\n"


def _head(coverage: Coverage) -> Iterator[str]:
    yield "# The rules against their sources"
    yield ""
    yield "Written by `make docs` from the notes and the rule files; do not edit. A passage is *normative* where it"
    yield "tells the reader to do or avoid something, so that some rule should carry it. From a sentence to its rules:"
    yield "the sections by article. Back from a rule to its sentences: the sections by rule file. That a rule cites a"
    yield "passage does not yet mean that it says the same: both stand here in words, and the worked examples of each"
    yield "article are run against its rules (`python -m eval --only sources`)."
    yield ""
    rows = [_counts(table, coverage) for table in coverage.book.tables]
    total = [str(sum(int(row[column]) for row in rows)) for column in range(1, len(rows[0]))]
    yield from _table(
        ("Source", "Normative passages", "Carried by a rule", "By a rule of its own", "By the panel's only", "Rules"),
        [*rows, ("**in all**", *total)],
    )


def _counts(table: Table, coverage: Coverage) -> tuple[str, ...]:
    normative = coverage.normative(table.id)
    carried = [passage for passage in normative if coverage.carrying(passage.id)]
    own = [p for p in carried if any(rule.table == table.id for rule in coverage.carrying(p.id))]
    numbers = (len(normative), len(carried), len(own), len(carried) - len(own), len(table.rules))
    return table.id, *map(str, numbers)


def _uncarried(coverage: Coverage) -> Iterator[str]:
    yield "## Carried by no rule"
    yield ""
    left = [p for table in coverage.book.tables for p in coverage.normative(table.id) if not coverage.carrying(p.id)]
    if left:
        rows = [(_passage(p.id), p.text, coverage.why_not(p.id)) for p in left]
        yield from _table(("Passage", "What it says", "Why"), rows)
    else:
        yield "None: every normative passage is cited by a rule that can decide a case."
        yield ""


def _forward(table: Table, coverage: Coverage) -> Iterator[str]:
    rows = [
        (_passage(p.id), p.text, ", ".join(_rule(rule) for rule in coverage.citing(p.id)) or "none")
        for p in coverage.normative(table.id)
    ]
    yield from _table(("Passage", "What it says, in our words", "Rules that cite it"), rows)


def _back(table: Table, coverage: Coverage) -> Iterator[str]:
    yield f"`corpus/rules/{table.id}.yaml`, in the order in which they are tried. Passages that are not normative,"
    yield "such as examples and figures, stand in *italics*."
    yield ""
    rows = [
        (
            f'<a id="{rule.id}"></a>`{rule.id}`',
            in_words(rule.when, coverage.book.definitions),
            f"{rule.effect} {', '.join(rule.approaches)}: {rule.says}",
            ", ".join(_cited(passage, coverage.passages) for passage in rule.cite),
        )
        for rule in table.rules
    ]
    yield from _table(("Rule", "When", "Then", "Passages"), rows)


def _passage(passage_id: str) -> str:
    source, _, slug = passage_id.partition("#")
    return f"[{slug}](../corpus/notes/{source}.md#{slug})"


def _cited(passage_id: str, passages: Mapping[str, Passage]) -> str:
    passage = passages.get(passage_id)
    return _passage(passage_id) if passage is None or passage.is_normative else f"*{_passage(passage_id)}*"


def _rule(rule: Rule) -> str:
    return f"[{rule.id}](#{rule.id})"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_cell(text) for text in row)} |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    PAGE.write_text(page(measure()), encoding="utf-8")

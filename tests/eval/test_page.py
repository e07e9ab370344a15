"""The page of a result: self-contained, whole, escaped, the same bytes each time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from eval.__main__ import BASELINE, main
from eval.evaluators import EVALUATORS
from eval.figures import Figure, Score, Target
from eval.page import PARTS, confusion, fact_bars, gate_bars, missed, parts, render
from eval.report import Line, Result, line_of, load_result

VOID = {"meta", "line", "circle", "rect", "br", "link"}


class Tags(HTMLParser):
    """Notes tags, and complains where one is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, tag


@pytest.fixture(scope="module")
def baseline() -> Result:
    return load_result(BASELINE)


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


def figure(id: str, values: list[float], group: str = "", **options: Any) -> Figure:
    scores = tuple(Score(f"c{n}", v, group=group or f"g{n}", got="x" if v else "y") for n, v in enumerate(values))
    return Figure(id, "a title", scores, **options)


def of(*figures: Figure) -> Result:
    lines = tuple(line_of(figure) for figure in figures)
    return Result("a" * 40, False, "2026-01-01T00:00:00+00:00", "3.11", "Linux", 1.0, {}, "unseen file", lines)


def test_the_page_of_the_baseline_is_one_file_that_asks_for_nothing(baseline: Result) -> None:
    """It can be mailed, kept, and opened without a network; nothing in it runs."""
    page = render(baseline)
    tags = parsed(page)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags.seen}
    assert not [attrs for _, attrs in tags.seen if {"src", "onclick", "style"} & attrs.keys() and attrs.get("src")]
    assert not re.search(r"https?://|@import|url\(", page.partition("<main>")[0])
    assert all(str(attrs["href"]).startswith("#") for tag, attrs in tags.seen if tag == "a")
    assert page == render(baseline)


def test_every_link_on_the_page_has_its_place(baseline: Result) -> None:
    """A heading that was not drawn is not linked to."""
    for result in (baseline, of()):
        tags = parsed(render(result))
        ids = {attrs["id"] for _, attrs in tags.seen if "id" in attrs}
        assert {str(attrs["href"])[1:] for tag, attrs in tags.seen if tag == "a"} <= ids


def test_every_figure_commit_and_hash_stands_on_the_page(baseline: Result) -> None:
    """Nothing of a result is left in the JSON only, but long lists of misses."""
    page = render(baseline)
    for line in baseline.figures:
        assert f"<code>{line.id}</code>" in page
    exact = next(line for line in baseline.figures if line.id == "recommendation.exact")
    assert f"{exact.low:.2f}–{exact.high:.2f}" in page
    assert baseline.commit in page
    assert all(sha256 in page for sha256 in baseline.hashes.values())
    assert "nearest 0.37 · forest 0.71 · frontier 0.86" in page


def test_the_three_rates_are_what_is_wrong_and_are_kept_apart(baseline: Result) -> None:
    """A rate is one less the score, its bounds turned about; what was not measured says so."""
    page = render(baseline)
    rates = page.partition('<div class="rates">')[2].partition("</div>")[0]
    reading, prose, rules = rates.split("</section>")[:3]
    lines = {line.id: line for line in baseline.figures}
    found, given = lines["facts.found"], lines["recommendation.given.exact"]
    assert found.low is not None
    assert found.high is not None
    assert f"{100 * (1 - found.value):.1f} %" in reading
    assert f"{100 * (1 - found.high):.1f}–{100 * (1 - found.low):.1f} %" in reading
    assert f"findings of the gate left in {lines['citations.gate'].n} answers" in prose
    assert f"{100 * (1 - given.value):.1f} %" in rules
    assert render(of()).count("not measured in this result") == 3


def test_a_figure_stands_in_one_table_and_rules_apart_from_reading() -> None:
    """Given facts cannot be misread, so what is wrong with them is the rules'."""
    names = ["facts.found", "recommendation.exact", "recommendation.given.exact", "gate.found.x", "quite.new"]
    found = {part.title: [row[0] for row in part.rows] for part in parts([figure(name, [1]) for name in names])}
    assert found == {
        "Reading": ["facts.found"],
        "Prose": ["gate.found.x"],
        "Rules": ["recommendation.given.exact"],
        "Recommendations": ["recommendation.exact"],
        "Further": ["quite.new"],
    }


def test_every_evaluator_has_its_part_of_the_page() -> None:
    """Nothing of ours lands under “Further”."""
    assert set(EVALUATORS) <= {prefix.partition(".")[0] for _, _, found in PARTS for prefix in found}


def test_facts_come_with_the_most_misses_first() -> None:
    """What to mend first stands first."""
    scores = [Score(f"c{n}", float(n > 3), group="often") for n in range(10)]
    scores += [Score("c0", 0.0, group="seldom"), Score("c1", 1.0, group="never")]
    bars = fact_bars([Figure("facts.found", "", tuple(scores))])
    assert [(bar.label, bar.shown) for bar in bars] == [("often", "6 of 10"), ("seldom", "0 of 1"), ("never", "1 of 1")]
    assert bars[0].low < 0.6 < bars[0].high


def test_labels_and_recommendations_stand_in_ladder_order() -> None:
    """What is no approach, such as no verdict, comes last."""
    scores = (
        Score("a", 0.0, group="rag", got="no verdict"),
        Score("b", 0.0, group="rag", got="prompting"),
        Score("c", 1.0, group="prompting", got="prompting"),
    )
    found = confusion([Figure("recommendation.exact", "", scores)])
    assert found
    assert (found.rows, found.columns) == (("prompting", "rag"), ("prompting", "rag", "no verdict"))
    assert found.counts == ((1, 0, 0), (1, 0, 1))
    assert confusion([]) is None


def test_the_gate_is_shown_by_class_of_error() -> None:
    """Recall, out of how many."""
    target = Target(0.98)
    (bar,) = gate_bars([figure("gate.found.altered_number", [1, 0, 1, 1], target=target), figure("gate.alarms.x", [1])])
    assert (bar.label, bar.value, bar.shown, bar.reach) == ("altered number", 0.75, "0.75 of 4", 0.98)


def test_misses_come_by_class_and_not_of_anchors_or_of_what_was_fitted() -> None:
    """The class with the most faults first, on either kind of figure."""
    scores = tuple(Score(f"c{n}", float(n == 0), group="b" if n > 1 else "a") for n in range(5))
    share, faults = Figure("f.x", "", scores), Figure("f.y", "", scores, target=Target(is_ceiling=True))
    others = [
        Figure("f.z", "", scores, is_anchor=True),
        Figure("f.shipped.x", "", scores),
        Figure("f.m", "", scores, "mean"),
    ]
    found = {part.id: part for part in missed([share, faults, *others])}
    assert found.keys() == {"f.x", "f.y"}
    assert [group.name for group in found["f.x"].groups] == ["b", "a"]
    assert [group.name for group in found["f.y"].groups] == ["a"]
    assert (found["f.x"].cases, found["f.x"].n) == (4, 5)


def test_words_of_a_case_are_text_on_the_page() -> None:
    """A description may hold anything."""
    score = Score("c", 0.0, expected="<b>x</b>", got="<script>alert(1)</script>", group='"g"')
    page = render(of(Figure("recommendation.exact", "<i>", (score,))))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    parsed(page)


def test_a_second_result_brings_what_changed(
    baseline: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page says which differences are real, and lists the cases."""
    out = tmp_path / "deep" / "report.html"
    assert main(["report", str(BASELINE), "--against", str(BASELINE), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert "every case of every figure came out the same" in out.read_text(encoding="utf-8")

    def mended(line: Line) -> Line:
        scores = tuple(structs.replace(score, value=1.0, got=score.expected) for score in line.scores)
        return line_of(structs.replace(line.figure, scores=scores)) if line.id == "recommendation.exact" else line

    page = render(structs.replace(baseline, figures=tuple(map(mended, baseline.figures))), baseline)
    parsed(page)
    assert '<td class="better">better</td>' in page
    exact = next(line for line in baseline.figures if line.id == "recommendation.exact")
    first = next(score for score in exact.scores if not score.value)
    assert f"+1 {first.case}: {first.got} → {first.expected}" in page

"""The pictures: well-formed, grey, within their frame, and said again in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree

import pytest

from agent.memo.model import About, Band, Memo, VerdictMap
from agent.memo.pictures import CHARACTER, WIDTH, Picture, draw
from agent.memo.writer import MemoWriter
from agent.types import Fact, UseCase
from eval.cases import load_use_cases

CASES = load_use_cases().cases[::9]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(writer: MemoWriter) -> list[tuple[Memo, tuple[Picture, ...]]]:
    """The pictures of a spread of cases."""
    about = About(date(2026, 11, 21), date(2027, 2, 19))
    memos = [writer.compose(case.expected.use_case, about) for case in CASES]
    return [(memo, draw(memo)) for memo in memos]


def test_everything_stays_within_the_frame(drawn: list[tuple[Memo, tuple[Picture, ...]]]) -> None:
    """No text, box or circle leaves the picture, at the width letters have in a wide font."""
    for _, pictures in drawn:
        for picture in pictures:
            root = ElementTree.fromstring(picture.svg)
            height = float(root.attrib["height"])
            for text in root.iter(f"{SVG}text"):
                left, right = _extent(text)
                assert left >= 0, (picture.name, text.text)
                assert right <= WIDTH, (picture.name, text.text)
                assert 0 < float(text.attrib["y"]) < height, (picture.name, text.text)
            for box in root.iter(f"{SVG}rect"):
                assert float(box.attrib["x"]) + float(box.attrib["width"]) <= WIDTH
                assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def _extent(text: ElementTree.Element) -> tuple[float, float]:
    width = len(text.text or "") * float(text.attrib["font-size"]) * CHARACTER
    x = float(text.attrib["x"])
    left = {"start": x, "middle": x - width / 2, "end": x - width}[text.attrib["text-anchor"]]
    return left, left + width


def test_only_grey(drawn: list[tuple[Memo, tuple[Picture, ...]]]) -> None:
    """They read the same from a printer without colour."""
    for _, pictures in drawn:
        for color in re.findall(r"#[0-9a-f]{6}", " ".join(picture.svg for picture in pictures)):
            assert color[1:3] == color[3:5] == color[5:7], color


def test_each_says_the_same_in_words(drawn: list[tuple[Memo, tuple[Picture, ...]]]) -> None:
    """The alternative text names the recommendation, each source's vote and each area of the map."""
    for memo, pictures in drawn:
        by_name = {picture.name: picture for picture in pictures}
        assert memo.outcome.name in by_name["ladder"].alt
        for vote in memo.votes:
            assert f"{vote.name}: {vote.label}" in by_name["votes"].alt
        if memo.map:
            for band in (*memo.map.columns, *memo.map.rows):
                assert band.label in by_name["map"].alt


def test_the_map_knows_where_the_case_stands(writer: MemoWriter, about: Callable[..., About]) -> None:
    """Both numbers stated: one cell is framed, and what it says is the recommendation."""
    facts = {
        "problem_kind": "behaviour",
        "labelled_examples": 3000,
        "requests_per_month": 20000,
        "prompting_tried": True,
        "prompting_sufficient": False,
        "few_shot_sufficient": False,
        "evals_exist": True,
        "ml_team": True,
    }
    memo = writer.compose(UseCase({name: Fact(name, value) for name, value in facts.items()}), about())
    assert memo.map is not None
    found = [
        cell.approach
        for row, cells in zip(memo.map.rows, memo.map.cells, strict=True)
        for column, cell in zip(memo.map.columns, cells, strict=True)
        if row.is_here and column.is_here
    ]
    assert found == [memo.outcome.approach]
    assert "20,000" in memo.map.here
    assert "3,000" in memo.map.here


def test_the_map_agrees_with_the_rules(drawn: list[tuple[Memo, tuple[Picture, ...]]]) -> None:
    """Bands follow each other without a gap, the case stands in one of them at most."""
    maps = [memo.map for memo, _ in drawn if memo.map]
    assert maps
    for map in maps:
        assert isinstance(map, VerdictMap)
        for bands in (map.columns, map.rows):
            assert sum(band.is_here for band in bands) <= 1
            assert _follows(bands)


def _follows(bands: tuple[Band, ...]) -> bool:
    if len(bands) == 1:
        return bands[0].label == "any"
    ends = [band.label.split("under ")[1] for band in bands if "under " in band.label]
    starts = [re.split(" to under | or more", band.label)[0] for band in bands[1:]]
    return ends == starts


def test_names_from_a_teams_rules_are_data(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> None:
    """A source's name may hold anything; the picture stays well-formed and the name is cut to its room."""
    from msgspec.structs import replace

    memo = writer.compose(wiki, about())
    name = '<b>&"\x07' + "very long name " * 20
    odd = replace(memo, votes=tuple(replace(vote, name=name) for vote in memo.votes))
    for picture in draw(odd):
        ElementTree.fromstring(picture.svg)

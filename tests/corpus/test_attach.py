"""Attaching a user's own copy of an original: the same, changed, another text."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from agent.corpus.library import Library
from agent.errors import CorpusError, UsageError

ORIGINAL = (Path(__file__).parent / "ferries" / "original.txt").read_text()
REFLOWED = "Skip to content\n\n" + re.sub(r"(?<!\n)\n(?!\n)", " ", ORIGINAL).replace("engine", "motor")
QUOTES = {
    "ferries#ice": "Mind the ice. Steel hulls survive a hard February, while aluminium ones were holed twice in our "
    "records.",
    "ferries#three-questions": "Ask three questions before you buy: how many travel on the quietest Tuesday, how deep "
    "is the channel at low water, and who repairs the engine when the mainland is out of reach?",
}


def quotes(library: Library) -> dict[str, str]:
    return {item.id: item.quote for item in Library.open(library.corpus_dir, library.home).passages if item.quote}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ORIGINAL.encode(), id="same-bytes"),
        pytest.param(b"\xef\xbb\xbf" + ORIGINAL.replace("\n", "\r\n").encode(), id="windows-lines-and-mark"),
        pytest.param(ORIGINAL.rstrip().encode(), id="no-last-newline"),
    ],
)
def test_the_original_is_known_by_its_bytes_and_quoted_word_for_word(
    library: Library, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "copy.txt"
    path.write_bytes(data)
    (attached,) = library.attach([path])
    assert (attached.source, attached.is_exact, attached.quoted, attached.missing) == ("ferries", True, 4, ())
    found = quotes(library)
    assert {name: found[name] for name in QUOTES} == QUOTES
    assert library.verify() == ()


def test_a_reflowed_and_edited_copy_is_quoted_in_its_own_words(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(REFLOWED)
    (attached,) = library.attach([path])
    assert (attached.source, attached.is_exact, attached.missing) == ("ferries", False, ())
    assert 0.9 < attached.similarity < 1
    assert quotes(library)["ferries#three-questions"] == QUOTES["ferries#three-questions"].replace("engine", "motor")
    assert quotes(library)["ferries#ice"] == QUOTES["ferries#ice"]


def test_what_a_copy_lacks_is_reported_and_keeps_our_note(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(re.sub(r"Mind the ice.*\n", "", ORIGINAL))
    (attached,) = library.attach([path])
    assert attached.missing == ("ferries#ice",)
    passages = {item.id: item for item in Library.open(library.corpus_dir, library.home).passages}
    assert passages["ferries#ice"].cited_text == "Choose steel where winters freeze."
    assert [item.subject for item in library.verify() if not item.is_error] == ["ferries", "ferries#ice"]


def test_a_saved_page_of_the_original_is_a_copy_too(library: Library, tmp_path: Path) -> None:
    paragraphs = "".join(f"<p>{block}</p>" for block in ORIGINAL.split("\n\n")[1:-1])
    path = tmp_path / "page.html"
    path.write_text(f"<html><head><title>F</title></head><body><article>{paragraphs}</article></body></html>")
    (attached,) = library.attach([path])
    assert (attached.source, attached.is_exact) == ("ferries", False)
    assert quotes(library)["ferries#ice"] == QUOTES["ferries#ice"]


def test_another_text_is_no_copy_and_nothing_is_attached(library: Library, tmp_path: Path) -> None:
    good, other = tmp_path / "good.txt", tmp_path / "other.txt"
    good.write_text(ORIGINAL)
    other.write_text("A long report on bridges, tolls and the price of asphalt in wet years. " * 20)
    with pytest.raises(CorpusError, match="no copy of any source"):
        library.attach([good, other])
    assert not library.home.exists()


def test_of_two_copies_the_closer_one_wins(library: Library, tmp_path: Path) -> None:
    for name, text in (("a.txt", ORIGINAL), ("b.txt", REFLOWED)):
        (tmp_path / name).write_text(text)
    (attached,) = library.attach([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert attached.is_exact


def test_detaching_brings_the_notes_back(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(ORIGINAL)
    library.attach([path])
    attached = Library.open(library.corpus_dir, library.home)
    assert (attached.attached, attached.passages != library.passages) == (("ferries",), True)
    attached.detach("ferries")
    assert Library.open(library.corpus_dir, library.home) == library
    with pytest.raises(UsageError, match="no copy of 'ferries'"):
        attached.detach("ferries")


def test_spans_follow_notes_that_are_newer_than_the_copy(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(REFLOWED)
    library.attach([path])
    notes = library.corpus_dir / "notes" / "ferries.md"
    start = ORIGINAL.index("Steel hulls")
    end = ORIGINAL.index("our records.") + len("our records.")
    notes.write_text(re.sub(r"(### ice\nspan: ).*", rf"\g<1>{start}-{end}", notes.read_text()))
    assert quotes(library)["ferries#ice"] == QUOTES["ferries#ice"].removeprefix("Mind the ice. ")


def test_a_damaged_record_is_left_out_with_one_line(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(ORIGINAL)
    library.attach([path])
    (library.home / "originals" / "ferries.json").write_bytes(b'{"source": "ferr')
    opened = Library.open(library.corpus_dir, library.home)
    assert (opened.passages, len(opened.problems)) == (library.passages, 1)
    assert [item.subject for item in opened.verify() if item.is_error] == ["ferries"]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library.open(Path(__file__).parents[2] / "corpus", tmp_path_factory.mktemp("home"))


def test_the_real_originals_are_quoted_exactly(real: Library, articles: Path) -> None:
    report = real.attach(sorted(articles.glob("*.txt")))
    assert all(item.is_exact and not item.missing for item in report)
    for passage in Library.open(real.corpus_dir, real.home).passages:
        original = (articles / f"{passage.source}.txt").read_text(encoding="utf-8")
        assert passage.quote == " ".join(original[slice(*passage.span)].split())


@pytest.mark.parametrize(
    ("alteration", "least"),
    [("reflowed", 0.99), ("shouted", 0.99), ("framed", 0.99), ("words-lost", 0.8), ("paragraphs-lost", 0.8)],
)
def test_spans_of_the_real_originals_are_found_in_altered_copies(
    real: Library, articles: Path, tmp_path: Path, alteration: str, least: float
) -> None:
    originals = {path.stem: path.read_text(encoding="utf-8") for path in articles.glob("*.txt")}
    for name, text in originals.items():
        (tmp_path / f"{name}.txt").write_text(altered(text, alteration), encoding="utf-8")
    real.attach(sorted(tmp_path.glob("*.txt")))
    opened = Library.open(real.corpus_dir, real.home).passages
    quoted = [item for item in opened if item.quote]
    assert len(quoted) >= least * len(opened)
    scores = [
        fuzz.ratio(originals[item.source][slice(*item.span)].lower().split(), item.quote.lower().split())
        for item in quoted
    ]
    assert min(scores) > 50
    assert sum(scores) / len(scores) > 96


def altered(text: str, how: str) -> str:
    """Return the text as another tool, or another hand, would have left it."""
    chance = random.Random(7)
    if how == "reflowed":
        return re.sub(r"(?<!\n)\n(?!\n)", " ", re.sub(r"[ \t]+", " ", text))
    if how == "shouted":
        return text.upper()
    if how == "framed":
        return f"Menu Home About\n\n{text}\n\nAll rights reserved\n"
    if how == "words-lost":
        return " ".join(word for word in text.split(" ") if chance.random() > 0.02)
    return "\n\n".join(block for index, block in enumerate(text.split("\n\n")) if index % 7 != 3)

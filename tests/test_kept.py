"""What is kept between two processes: never an old state, never a damaged one, never needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agent.kept import FOLDER, KEPT, kept, sum_of


class Desk:
    """A data file, a cache folder, and a count of how often the file was read."""

    def __init__(self, folder: Path) -> None:
        self.file, self.cache, self.made = folder / "words.txt", folder / "cache", 0
        self.file.write_text("one two", encoding="utf-8")

    def words(self) -> list[str]:
        return kept(self.cache, "words", lambda: sum_of([self.file]), list[str], self._make)

    def _make(self) -> list[str]:
        self.made += 1
        return self.file.read_text(encoding="utf-8").split()

    @property
    def kept_file(self) -> Path:
        (found,) = (self.cache / FOLDER).glob("*.msgpack")
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_second_time_nothing_is_made(desk: Desk) -> None:
    """The one thing it is there for."""
    assert (desk.words(), desk.words(), desk.made) == (["one", "two"], ["one", "two"], 1)


def test_an_edited_file_is_seen_at_once_and_the_old_state_is_still_known(desk: Desk) -> None:
    """By its bytes, not by its time: an edit within the same second counts."""
    times = desk.file.stat()
    desk.words()
    desk.file.write_text("one six", encoding="utf-8")
    os.utime(desk.file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert desk.words() == ["one", "six"]
    desk.file.write_text("one two", encoding="utf-8")
    assert (desk.words(), desk.made) == (["one", "two"], 2)


def _spoilt(good: bytes) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "truncated", good[:-3]
    yield "one bit changed", good[:-1] + bytes([good[-1] ^ 1])
    yield "other words under the old sum", good[:32] + msgspec.msgpack.encode(["three"])
    yield "other words without a sum", msgspec.msgpack.encode(["three"])
    yield "no MessagePack", b"\xc1" * 200


def test_a_damaged_or_forged_file_is_made_anew(desk: Desk) -> None:
    """And put right for the next time."""
    desk.words()
    path = desk.kept_file
    good = path.read_bytes()
    for what, raw in _spoilt(good):
        path.write_bytes(raw)
        assert desk.words() == ["one", "two"], what
        assert path.read_bytes() == good, what


def test_a_file_of_another_name_or_form_is_not_taken(desk: Desk) -> None:
    """A whole file that was copied over another, and one whose form the code no longer has."""
    desk.words()
    first = desk.kept_file
    whole = first.read_bytes()
    desk.file.write_text("one six", encoding="utf-8")
    desk.words()
    for path in (desk.cache / FOLDER).glob("*.msgpack"):
        path.write_bytes(whole)
    assert desk.words() == ["one", "six"]
    assert kept(desk.cache, "words", lambda: sum_of([desk.file]), dict[str, int], dict) == {}


@pytest.mark.parametrize("blocked", ["a file", "no right to write"])
def test_without_a_folder_to_write_to_all_goes_on(desk: Desk, blocked: str) -> None:
    """A cache is a convenience."""
    if blocked == "a file":
        desk.cache.write_text("in the way", encoding="utf-8")
    else:
        desk.cache.mkdir(mode=0o500)
        if os.access(desk.cache, os.W_OK):
            pytest.skip("this user may write everywhere")
    assert (desk.words(), desk.words(), desk.made) == (["one", "two"], ["one", "two"], 2)


def test_what_was_edited_while_it_was_read_is_not_kept(desk: Desk) -> None:
    """Else the old words would answer for the new file."""

    def make() -> list[str]:
        found = desk._make()
        desk.file.write_text("one six", encoding="utf-8")
        return found

    assert kept(desk.cache, "words", lambda: sum_of([desk.file]), list[str], make) == ["one", "two"]
    assert desk.words() == ["one", "six"]


def test_a_missing_file_is_the_makers_to_report(desk: Desk) -> None:
    """Its error names what is wrong; nothing is kept."""
    desk.file.unlink()
    with pytest.raises(FileNotFoundError):
        desk.words()


def test_old_states_are_dropped(desk: Desk) -> None:
    """A hundred edits do not leave a hundred files."""
    for number in range(KEPT + 4):
        desk.file.write_text(str(number), encoding="utf-8")
        assert desk.words() == [str(number)]
    assert len(list((desk.cache / FOLDER).iterdir())) == KEPT


def test_the_border_between_two_files_counts() -> None:
    """Moving a word from one file's end to the next one's start is a change."""
    assert sum_of([], "ab", "c") != sum_of([], "a", "bc")

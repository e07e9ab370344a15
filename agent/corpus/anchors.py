"""Finds the spans of an original again in a copy that differs from it, without shipping the original.

What ships is `corpus/anchors/<source>.txt`: every fourth word of the original opens a tile of four words, of which
only the offset and a 32-bit hash are kept. A tile cannot be read back, since tiles do not overlap and far more word
sequences than hashes exist; yet a copy that still holds most of the words in order shows where each offset moved to.
"""

from __future__ import annotations

import hashlib
import re
import sys
from bisect import bisect_left, bisect_right
from pathlib import Path

from msgspec import Struct

from agent.errors import CorpusError

TILE_WORDS = 4
MIN_SIMILARITY = 0.3
"""Share of tiles found in order below which a text is no copy; unrelated English articles share under 0.02."""
MIN_SPAN_SHARE = 0.5
"""Share of a span's tiles that has to stand inside the span found."""
MAX_STRETCH = 1.5
"""How much longer than in the original a span may come out, with 80 characters to spare."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

Span = tuple[int, int]


class Tile(Struct, frozen=True):
    """Four words of an original: where they begin, and their hash."""

    offset: int
    digest: str


class Match(Struct, frozen=True):
    """Where the tiles of an original stand in a copy, both in rising order."""

    tiles: tuple[Tile, ...]
    found: tuple[tuple[int, int], ...]
    """Pairs of tile index and offset in the copy."""

    @property
    def similarity(self) -> float:
        """Share of the tiles that stand in the copy, in order."""
        return len(self.found) / max(1, len(self.tiles))


def tiles(original: str) -> tuple[Tile, ...]:
    """Cut an original into tiles."""
    words = list(_WORD.finditer(original))
    return tuple(
        Tile(words[index].start(), _digest([word[0] for word in words[index : index + TILE_WORDS]]))
        for index in range(0, len(words) - TILE_WORDS + 1, TILE_WORDS)
    )


def load_tiles(corpus_dir: Path, source: str) -> tuple[Tile, ...]:
    """Return the shipped tiles of a source; none where it has no file."""
    path = corpus_dir / "anchors" / f"{source}.txt"
    try:
        rows = [line.split() for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
        return tuple(Tile(int(offset), digest) for offset, digest in rows)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: not a list of offsets and hashes", hint="reinstall rung") from error


def write_tiles(corpus_dir: Path, source: str, original: str) -> None:
    """Write `anchors/<source>.txt`; for the maintainer, when an original is taken in."""
    path = corpus_dir / "anchors" / f"{source}.txt"
    path.parent.mkdir(exist_ok=True)
    rows = "".join(f"{tile.offset} {tile.digest}\n" for tile in tiles(original))
    path.write_text("# offset and hash of every fourth to next fourth word; see agent/corpus/anchors.py\n" + rows)


def match(shipped: tuple[Tile, ...], copy: str) -> Match:
    """Align an original's tiles with a copy: the longest run of tiles that keeps the original's order."""
    words = list(_WORD.finditer(copy))
    wanted = {tile.digest for tile in shipped}
    places: dict[str, list[int]] = {}
    for index in range(len(words) - TILE_WORDS + 1):
        digest = _digest([word[0] for word in words[index : index + TILE_WORDS]])
        if digest in wanted:
            places.setdefault(digest, []).append(words[index].start())
    # Within one tile the later place comes first, so that a rising run can take only one of them.
    pairs = [(index, at) for index, tile in enumerate(shipped) for at in reversed(places.get(tile.digest, ()))]
    return Match(shipped, tuple(_rising(pairs)))


def relocate(matched: Match, span: Span, copy: str) -> Span | None:
    """Return where the original's span stands in the copy, or None where too little of it is left."""
    first = max(0, bisect_right([tile.offset for tile in matched.tiles], span[0]) - 1)
    last = bisect_left([tile.offset for tile in matched.tiles], span[1])
    inside = [(index, at) for index, at in matched.found if first <= index < last]
    if not inside or len(inside) < MIN_SPAN_SHARE * (last - first):
        return None
    start = _edge(matched, span[0], inside[0], copy, is_end=False)
    end = _edge(matched, span[1], inside[-1], copy, is_end=True)
    if not start < end or end - start > MAX_STRETCH * (span[1] - span[0]) + 80:
        return None
    return start, end


def _digest(words: list[str]) -> str:
    plain = " ".join(words).casefold().replace("’", "'")
    return hashlib.blake2b(plain.encode(), digest_size=4).hexdigest()


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a longest subsequence whose offsets rise (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, at) in enumerate(pairs):
        pile = bisect_left(tops, at)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(at)
            ends.append(number)
        else:
            tops[pile], ends[pile] = at, number
    chain: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _edge(matched: Match, offset: int, nearest: tuple[int, int], copy: str, *, is_end: bool) -> int:
    """Carry an offset over by its distance from the nearest tile found, then move it to the border of a word."""
    index, at = nearest
    guess = min(len(copy), max(0, at + offset - matched.tiles[index].offset))
    window = range(max(0, guess - 24), min(len(copy), guess + 24) + 1)
    borders = [place for place in window if _is_border(copy, place, is_end=is_end)]
    return min(borders, key=lambda place: abs(place - guess), default=guess)


def _is_border(copy: str, place: int, *, is_end: bool) -> bool:
    """Whether a word begins here, or, for an end, whether what stands before closes one."""
    before = copy[place - 1 : place].isspace() or place == 0
    after = copy[place : place + 1].isspace() or place == len(copy)
    return (after and not before) if is_end else (before and not after)


if __name__ == "__main__":  # python -m agent.corpus.anchors CORPUS ORIGINAL.txt…: writes the anchors of originals
    for original in map(Path, sys.argv[2:]):
        write_tiles(Path(sys.argv[1]), original.stem, original.read_bytes().decode())

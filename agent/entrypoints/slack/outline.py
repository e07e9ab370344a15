"""An answer as a list of whole items, and the choice of those that fit: pure, text in and text out.

An item is a paragraph or a list with its heading. What does not fit is dropped as a whole, from the least telling on;
a paragraph that is too long by itself loses whole sentences, never a part of a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

_HEADING = re.compile(r"\*\*(?P<title>[^*\n]+?)[.:]?\*\*:?$")
_LEAD = re.compile(r"\*\*(?P<title>[^*\n]+?)[.:?]?\*\*")
_LIST = re.compile(r"(?:- |\d+\. )")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[“\"*A-Z0-9])")
_OPENING, _CLOSING = "“", "”"
DISAGREEMENT = ("Where the sources disagree", "How the sources vote")
QUESTION = ("Next", "Which holds")
_RANKS = {"Next": 1, "Which holds": 1, "What to do next": 3, "What would change it": 4}
"""What an answer's parts are worth; the recommendation comes first, then a few reasons, then these."""
REASON, FURTHER_REASON, BEHIND_A_BUTTON = 2, 5, 9
REASONS = 4


class Item(Struct, frozen=True):
    """A part of an answer that is shown or left out whole."""

    lines: tuple[str, ...]
    """A paragraph has one; a list has its heading, where it has one, and its entries."""
    rank: int
    """0 is shown always; the greater, the sooner left out."""
    title: str = ""

    @property
    def text(self) -> str:
        """The item as Markdown."""
        return "\n".join(self.lines)


class Outline(Struct, frozen=True):
    """What is shown, in order, and the names of what is not."""

    items: tuple[Item, ...]
    behind: tuple[str, ...] = ()
    """What a button shows."""
    left_out: tuple[str, ...] = ()
    """What did not fit."""

    @property
    def asks(self) -> bool:
        """Whether the open question is shown."""
        return any(item.title in QUESTION for item in self.items)


def read_items(markdown: str) -> tuple[Item, ...]:
    """Cut an answer into its items, ranked by what they are worth."""
    return tuple(_ranked(list(_items(markdown))))


def _items(markdown: str) -> Iterator[Item]:
    heading: list[str] = []
    for block in (part.strip("\n") for part in re.split(r"\n{2,}", markdown.strip())):
        if not block.strip():
            continue
        is_list = bool(_LIST.match(block))
        if heading and not is_list:
            yield _item(heading)
            heading = []
        if _is_heading(block):
            heading = [block]
            continue
        yield _item([*heading, *(_entries(block) if is_list else [block])])
        heading = []
    if heading:
        yield _item(heading)


def is_entry(text: str) -> bool:
    """Tell whether a text is an entry of a list."""
    return bool(_LIST.match(text))


def _is_heading(block: str) -> bool:
    return "\n" not in block and (bool(_HEADING.match(block)) or (block.endswith(":") and len(block) < 120))


def _entries(block: str) -> list[str]:
    """Return the entries of a list, each with the lines that belong to it."""
    entries: list[str] = []
    for line in block.split("\n"):
        if _LIST.match(line) or not entries:
            entries.append(line)
        else:
            entries[-1] += f"\n{line}"
    return entries


def _item(lines: Sequence[str]) -> Item:
    title = _LEAD.match(lines[0])
    name = title["title"].rstrip(".:?") if title else ""
    rank = BEHIND_A_BUTTON if name in DISAGREEMENT else _RANKS.get(name, REASON)
    return Item(tuple(lines), rank, name)


def _ranked(items: list[Item]) -> Iterator[Item]:
    """Put the verdict first, and rank reasons after the first few below what to do."""
    verdict = next((place for place, item in enumerate(items) if item.title.startswith("The verdict")), 0)
    ordered = [*items[verdict : verdict + 1], *items[:verdict], *items[verdict + 1 :]]
    for place, item in enumerate(ordered):
        if place == 0:
            yield replace(item, rank=0)
        else:
            yield replace(item, rank=FURTHER_REASON) if item.rank == REASON and place > REASONS else item


def fit(items: Sequence[Item], size: Callable[[Sequence[Item]], int], budget: int) -> Outline:
    """Return the items that fit a budget of characters, `size` being what a choice of them takes.

    What stands behind a button is left out in any case. A list loses its last entries before it goes altogether.
    """
    kept = [item for item in items if item.rank < BEHIND_A_BUTTON]
    behind = tuple(item.title for item in items if item.rank >= BEHIND_A_BUTTON)
    left_out: list[str] = []
    while size(kept) > budget:
        place = max(range(len(kept)), key=lambda index: (kept[index].rank, index))
        shorter = _shorter(kept[place])
        name = kept[place].title or ("further reasons" if place else "the rest of a long paragraph")
        if shorter is None and len(kept) == 1:
            break
        if name not in left_out:
            left_out.append(name)
        kept[place : place + 1] = [shorter] if shorter else []
    return Outline(tuple(kept), behind, tuple(left_out))


def _shorter(item: Item) -> Item | None:
    """Return an item less its last entry or sentence; None where nothing would be left of it."""
    entries = [line for line in item.lines if _LIST.match(line)]
    if len(entries) > 1:
        return replace(item, lines=item.lines[:-1])
    sentences = split_sentences(item.text)
    return replace(item, lines=(" ".join(sentences[:-1]),)) if len(sentences) > 1 and not entries else None


def split_sentences(text: str) -> list[str]:
    """Cut a paragraph into sentences; what stands in one pair of quotation marks stays together."""
    sentences: list[str] = []
    for piece in _SENTENCE.split(text):
        if sentences and sentences[-1].count(_OPENING) > sentences[-1].count(_CLOSING):
            sentences[-1] += f" {piece}"
        else:
            sentences.append(piece)
    return sentences

"""`rung search`: ranked passages with their scores."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from msgspec import Struct

from agent.bootstrap import open_retriever
from agent.entrypoints.terminal import Progress, notify, print_json, print_text, read_question
from agent.errors import UsageError
from agent.settings import load_settings

if TYPE_CHECKING:
    from agent.retrieval import Retriever


class Found(Struct, frozen=True):
    """One found passage, as `--json` shows it."""

    passage: str
    source: str
    section: str
    score: float
    quote: str


def search(arguments: argparse.Namespace) -> int:
    """Print the best passages for the text."""
    if not 1 <= arguments.k <= 1000:
        raise UsageError(f"-k {arguments.k} is out of range", hint="choose 1 to 1000")
    query = read_question(arguments)
    _, retriever = open_retriever(load_settings(), notify=notify, progress=Progress())
    found = find(query, retriever, k=arguments.k)
    if arguments.json:
        print_json(found)
    else:
        for number, item in enumerate(found, 1):
            print_text(f"{number:>2}. {item.score:.3f}  {item.passage}  ({item.section})")
            print_text(f"    {' '.join(item.quote.split())}")
    return 0 if found else 3


def find(query: str, retriever: Retriever, *, k: int) -> tuple[Found, ...]:
    """Return the `k` best passages for the beginning of a text, best first."""
    from agent.retrieval.search import SEARCHED_CHARACTERS  # here, since whoever has a retriever has it loaded

    return tuple(
        Found(e.passage.id, e.passage.source, e.passage.section, round(e.score, 4), e.passage.cited_text)
        for e in retriever.search(query[:SEARCHED_CHARACTERS], k=k)
    )

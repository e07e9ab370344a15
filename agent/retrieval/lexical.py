"""Words: the BM25 index over passages, in SQLite FTS5.

Owns tokenising (Unicode, diacritics removed, Porter stems), stop words, the query that user text becomes, and the
corpus's term statistics. Leaves fusion with vectors to `search`.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.expressions import expression
from agent.retrieval.transformer import Floats
from agent.text import thing_asked
from agent.types import Passage

TOKENIZE = "porter unicode61 remove_diacritics 2"
CREATE = (
    "CREATE VIRTUAL TABLE passages USING"
    f" fts5(section, text, topics, quote, questions, content='', tokenize='{TOKENIZE}')"
)
INSERT = "INSERT INTO passages(rowid, section, text, topics, quote, questions) VALUES (?, ?, ?, ?, ?, ?)"
MATCH = "SELECT rowid, bm25(passages, 1.0, 1.0, 1.0, 0.5, 1.0) FROM passages WHERE passages MATCH ?"
"""The original's words (`quote`) repeat what the note says, so that they count half."""
TERMS_AT_MOST = 64
CHARACTERS_AT_MOST = 20_000
LARGE = 20_000
COMMON = 0.02
"""In a corpus of LARGE passages or more, words in over this share of them are left out: 10 times faster at 100,000."""
WORDS_CACHED = 50_000
POSTINGS_CACHED = 1_000_000
"""Passages of words asked for, kept with their scores, 16 MB: words recur, and a search took 1 ms of a question."""
LETTERS_OF_PART = 3
TOGETHER = "SELECT 1 FROM passages WHERE passages MATCH ? LIMIT 1"

WORD = expression(r"[^\W_]+")
NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBERS = {word: str(number) for number, word in enumerate(NUMBER_WORDS, start=2)}
SPELLING = (
    r"(?<=[a-z]{3})is(?=(?:e[sdr]?|ers|ing|ations?)\b)",
    r"(?<=[a-z]{3})our(?=(?:s|ed|ing|al|ally|able)?\b)",
    r"\b(label|model|level|distil|fulfil)l(?=(?:ed|ing|er|s|ment)?\b)",
    rf"\b(?:{'|'.join(NUMBERS)})\b",
)
"""What British and American spelling differ in (organise, colour, labelled), and numbers that are words."""
_ISE, _OUR, _DOUBLED, _NUMBER = (expression(form, re.IGNORECASE) for form in SPELLING)
STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are aren as at be because been before being below
    between both but by can cannot could couldn d did didn do does doesn doing don down during each few for from
    further get had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn
    it its itself just ll m me might more most mustn my myself no nor not now o of off on once only or other our ours
    ourselves out over own re s same shan she should shouldn so some such t than that the their theirs them themselves
    then there these they this those through to too under until up us ve very was wasn we were weren what when where
    whether which while who whom why will with won would wouldn y you your yours yourself yourselves""".split()  # noqa: SIM905 - two hundred quoted words are harder to read
)


def words(text: str) -> list[str]:
    """Return the words of `text` in order, lower case, in one spelling, with repeats."""
    return WORD.findall(spelt(unicodedata.normalize("NFKC", text[:CHARACTERS_AT_MOST]).casefold()))


def spelt(text: str) -> str:
    """Return the text in one spelling, so that "labelled" finds "labeled" and "six months" finds "6 months"."""
    american = _DOUBLED.sub(r"\1", _OUR.sub("or", _ISE.sub("iz", text)))
    return _NUMBER.sub(lambda number: NUMBERS[number[0].lower()], american)


def defining(text: str) -> str:
    """Return the one word by which "what is RAG?" finds the passages with the topic "what is RAG"; else nothing."""
    thing = thing_asked(text)
    return f"whatis{thing.replace(' ', '')}" if thing else ""


def fields(passage: Passage) -> tuple[str, ...]:
    """Return what is indexed of a passage, one text per column, in its own spelling."""
    quote = "" if passage.quote == passage.text else passage.quote  # an added document is its own original
    topics = " ".join([*passage.topics, *map(defining, passage.topics)])
    return passage.section, passage.text, topics, quote, " ".join(passage.questions)


def indexed(passage: Passage) -> tuple[str, ...]:
    """Return the same as the index takes it: in one spelling, with lone surrogates replaced."""
    return tuple(spelt(value).encode("utf-8", "replace").decode("utf-8") for value in fields(passage))


def fill(connection: sqlite3.Connection, passages: Sequence[Passage]) -> None:
    """Create the index in an empty database; row n is passage n."""
    connection.execute(CREATE)
    connection.executemany(INSERT, ((row, *indexed(passage)) for row, passage in enumerate(passages)))
    connection.execute("INSERT INTO passages(passages) VALUES ('optimize')")
    connection.commit()


def write(path: Path, passages: Sequence[Passage]) -> None:
    """Write the index to a new file."""
    connection = sqlite3.connect(path)
    try:
        fill(connection, passages)
    finally:
        connection.close()


Postings = tuple[NDArray[np.int64], NDArray[np.float64]]


class LexicalIndex:
    """BM25 scores and term statistics; safe to share between threads."""

    def __init__(self, connection: sqlite3.Connection, size: int) -> None:
        self._connection = connection
        self._size = size
        self._lock = threading.Lock()
        self._stems = Stemmer()
        self._postings: dict[str, Postings] = {}
        self._cached = 0
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'passages', 'row')")

    @classmethod
    def open(cls, path: Path, size: int) -> LexicalIndex:
        """Open a finished file, which nobody writes any more, without taking locks on it."""
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        return cls(sqlite3.connect(uri, uri=True, check_same_thread=False), size)

    @classmethod
    def in_memory(cls, passages: Sequence[Passage]) -> LexicalIndex:
        """Build the index without a file."""
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        fill(connection, passages)
        return cls(connection, len(passages))

    def scores(self, query: str) -> Floats:
        """Return the BM25 score of every passage, (n,), 0 where no word of the query stands; words add up."""
        scores = np.zeros(self._size)
        for term in self._terms(query):
            rows, parts = self._scored(term)
            scores[rows] += parts
        return scores.astype(np.float32)

    def _scored(self, term: str) -> Postings:
        """Return the passages that have a word, and the BM25 score that it alone gives them."""
        known = self._postings.get(term)
        if known is not None:
            return known
        with self._lock:
            found = self._connection.execute(MATCH, (f'"{term}"',)).fetchall()
            table = np.array(found, dtype=np.float64).reshape(-1, 2)
            rows, parts = table[:, 0].astype(np.int64), -table[:, 1]  # SQLite's better is smaller
            if self._cached + len(rows) > POSTINGS_CACHED:
                self._postings, self._cached = {}, 0
            self._cached += len(rows)
            self._postings[term] = rows, parts
        return rows, parts

    def _terms(self, query: str) -> list[str]:
        """Pick the query's telling words that the corpus has: the rarest first, at most TERMS_AT_MOST."""
        known = {
            word: self.document_frequency(self.stem(word))
            for word in dict.fromkeys([*self.words(query), defining(query)])
        }
        telling = [word for word in known if known[word] and word not in STOP_WORDS]
        if self._size >= LARGE:
            rare = [word for word in telling if known[word] <= COMMON * self._size]
            telling = rare or telling
        return sorted(telling, key=lambda word: known[word])[:TERMS_AT_MOST]

    def words(self, text: str) -> list[str]:
        """Return the words of `text` in order, "finetuning" as the "fine tuning" that the corpus writes."""
        return [part for word in words(text) for part in self._parts(word)]

    def _parts(self, word: str) -> tuple[str, ...]:
        if len(word) < 2 * LETTERS_OF_PART or self.document_frequency(self.stem(word)):
            return (word,)
        for cut in range(LETTERS_OF_PART, len(word) - LETTERS_OF_PART + 1):
            first, second = word[:cut], word[cut:]
            is_candidate = first in self.vocabulary and first not in STOP_WORDS
            if is_candidate and self.document_frequency(self.stem(second)) and self._stand_together(first, second):
                return first, second
        return (word,)

    def _stand_together(self, first: str, second: str) -> bool:
        with self._lock:
            return self._connection.execute(TOGETHER, (f'"{first} {second}"',)).fetchone() is not None

    def stem(self, word: str) -> str:
        """Return the word as the index holds it."""
        return self._stems(word)

    def document_frequency(self, stem: str) -> int:
        """Return in how many passages a stem stands."""
        return self.vocabulary.get(stem, 0)

    @cached_property
    def vocabulary(self) -> Mapping[str, int]:
        """Every stem of the corpus with the number of passages that it stands in."""
        with self._lock:
            return dict(self._connection.execute("SELECT term, doc FROM temp.terms"))


class Stemmer:
    """The tokenizer of FTS5 itself, so that a stem here is a stem there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(f"CREATE VIRTUAL TABLE word USING fts5(piece, tokenize='{TOKENIZE}')")
        self._connection.execute("CREATE VIRTUAL TABLE stem USING fts5vocab('word', 'instance')")

    def __call__(self, word: str) -> str:
        """Return the stem; empty for what the index would not hold."""
        known = self._known.get(word)
        if known is not None:
            return known
        with self._lock:
            self._connection.execute("INSERT INTO word(rowid, piece) VALUES (1, ?)", (word,))
            row = self._connection.execute("SELECT term FROM stem ORDER BY offset").fetchone()
            self._connection.execute("DELETE FROM word")
            if len(self._known) >= WORDS_CACHED:
                self._known.clear()
            self._known[word] = row[0] if row else ""
            return self._known[word]

"""The index of a corpus: found, built, brought up to date, replaced when damaged.

Owns the cache folder. Each state of corpus and encoder has a folder of its own, named by a fingerprint, built beside
the others and renamed into place under a lock; a folder in place is never written to. So readers need no lock, a killed
build leaves nothing but a folder that the next one sweeps up, and everything in the cache may be deleted at any time.
Leaves the files of one folder to `snapshot` and the database to `store`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agent.addresses import without_user
from agent.errors import RetrievalError
from agent.retrieval import lexical, snapshot, store
from agent.retrieval.bulk import DEFAULT, Encoder, Progress, encode_passages, query_encoder
from agent.retrieval.lexical import LexicalIndex
from agent.retrieval.search import Retriever
from agent.retrieval.sketch import Vectors
from agent.retrieval.transformer import Floats
from agent.types import Passage

FORMAT = 4
"""Raise it when what is embedded, indexed or written changes."""
NAMED_AT_ONCE = 10_000
PROBE = "a rung of the ladder at last"
PROBE_DECIMALS = 2
"""No number of MiniLM's probe is nearer than 7e-5 to a rounding boundary; threads and machines differ by 1e-7."""
KEPT = 3
"""Folders kept beside the newest in use, so that going back to an earlier state of the corpus is free."""
LOCK_SECONDS = 1_800
BUILD = ".build-"
OLD = ".old-"

Notify = Callable[[str], None]


class Plan(NamedTuple):
    """What an index must hold."""

    passages: tuple[Passage, ...]
    """In the order of their ids."""
    keys: tuple[str, ...]
    """A hash of the embedded text of each passage."""
    encoder: Encoder
    model: str
    """The encoder's name with a hash of what it makes of a probe: a changed model of the same name is another model."""
    fingerprint: str


def open_index(
    passages: Sequence[Passage],
    *,
    cache: Path,
    encoder: str = DEFAULT,
    chroma_url: str | None = None,
    notify: Notify = lambda line: None,
    progress: Progress | None = None,
) -> Retriever:
    """Return a retriever over `passages`, building or updating the index under `cache` where needed.

    `encoder` is "default" or anything that sentence-transformers loads. With `chroma_url` the vectors live on that
    server and are fetched and searched exactly here, which imports chromadb. `notify` gets lines for people, `progress`
    (done, total) passages encoded. Raises RetrievalError.
    """
    plan = planned(passages, query_encoder(encoder))
    vectors: Vectors
    if chroma_url:
        vectors = served_vectors(plan, chroma_url, cache / "index", notify, progress)
        words = LexicalIndex.in_memory(plan.passages)
    else:
        vectors, words = Cache(cache / "index", plan, notify, progress).open()
    return Retriever(plan.passages, vectors, words, plan.encoder)


def planned(passages: Sequence[Passage], encoder: Encoder) -> Plan:
    """Put passages in order and name the state that they and the encoder are in."""
    ordered = tuple(sorted(passages, key=lambda passage: passage.id))
    if not ordered:
        raise RetrievalError("there are no passages to search", hint="run `rung corpus verify`")
    for one, other in pairwise(ordered):
        if one.id == other.id:
            raise RetrievalError(f"two passages are called {one.id}", hint="run `rung corpus verify`")
    keys = tuple(hashed(embedded_text(passage)) for passage in ordered)
    probe = np.round(encoder.encode([PROBE])[0], PROBE_DECIMALS) + 0.0  # + 0.0 makes -0.0 and 0.0 the same bytes
    model = f"{encoder.id}@{hashlib.sha256(probe.astype(np.float32).tobytes()).hexdigest()[:12]}"
    return Plan(ordered, keys, encoder, model, named(ordered, keys, model))


def named(passages: Sequence[Passage], keys: Sequence[str], model: str) -> str:
    """Return 24 hex digits that name a state of corpus and encoder: of one JSON text, which is never held whole."""
    digest = hashlib.sha256(
        json.dumps([FORMAT, model, store.version(), *lexical.SPELLING, []]).removesuffix("]]").encode()
    )
    for first in range(0, len(passages), NAMED_AT_ONCE):
        part = slice(first, first + NAMED_AT_ONCE)
        pairs = zip(passages[part], keys[part], strict=True)
        rows = [(passage.id, key, *lexical.fields(passage)) for passage, key in pairs]
        digest.update((b", " if first else b"") + json.dumps(rows).encode()[1:-1])
    digest.update(b"]]")
    return digest.hexdigest()[:24]


def embedded_text(passage: Passage) -> str:
    """Return what the encoder sees of a passage."""
    return f"{passage.section}\n{passage.text}"


def hashed(text: str) -> str:
    """Return 24 hex digits that name a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


class Cache:
    """The cache folder, seen by one process that wants one state of the index."""

    def __init__(self, folder: Path, plan: Plan, notify: Notify, progress: Progress | None) -> None:
        self._folder = folder
        self._plan = plan
        self._notify = notify
        self._progress = progress
        self._place = folder / plan.fingerprint

    def open(self) -> tuple[Vectors, LexicalIndex]:
        """Open the index, built first where it is missing or damaged; in memory where the folder cannot be used."""
        try:
            found = self._existing(self._notify)
            if found:
                return found
            with self._locked():
                return self._existing(lambda line: None) or self._built()
        except (OSError, sqlite3.Error, NotImplementedError) as error:  # the last: no locks on this file system
            return self._in_memory(str(error))

    def _existing(self, notify: Notify) -> tuple[Vectors, LexicalIndex] | None:
        if not self._place.is_dir():
            return None
        try:
            opened = snapshot.load(self._place)
        except snapshot.Damaged as damage:
            notify(f"the search index is damaged ({damage}); building it again")
            return None
        with suppress(OSError):  # a read-only cache is as good to read
            os.utime(self._place)
        return opened

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._notify("another process is building the search index; waiting for it")
            try:
                lock.acquire(timeout=LOCK_SECONDS)
            except Timeout as error:
                raise RetrievalError(
                    "another process has been building the search index for half an hour",
                    hint=f"end it, or delete {self._folder}",
                ) from error
        try:
            yield
        finally:
            lock.release()

    def _built(self) -> tuple[Vectors, LexicalIndex]:
        for leftover in (*self._folder.glob(f"{BUILD}*"), *self._folder.glob(f"{OLD}*")):
            shutil.rmtree(leftover, ignore_errors=True)  # of a killed process: we hold the lock
        vectors = self._vectors()
        try:
            self._write(vectors)
            opened = snapshot.load(self._place)
        except RetrievalError as error:  # from Chroma
            return self._in_memory(error.message, vectors)
        except (OSError, sqlite3.Error, snapshot.Damaged) as error:
            return self._in_memory(str(error), vectors)
        self._sweep()
        return opened

    def _vectors(self) -> Floats:
        known = local_vectors(self._folder, self._plan)
        return embed(self._plan, known, self._notify, self._progress)

    def _write(self, vectors: Floats) -> None:
        plan = self._plan
        folder = Path(tempfile.mkdtemp(prefix=BUILD, dir=self._folder))
        try:
            with store.embedded(folder / snapshot.CHROMA) as collection:
                store.fill(collection, plan.passages, plan.keys, vectors)
                stored = store.read(collection, [passage.id for passage in plan.passages])
            if stored is None:
                raise RetrievalError("Chroma did not keep every passage")
            snapshot.write(folder, plan.passages, plan.keys, stored, plan.model)
            if self._place.exists():
                self._place.rename(self._folder / f"{OLD}{folder.name.removeprefix(BUILD)}")
            folder.rename(self._place)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _sweep(self) -> None:
        """Delete what was damaged and the states longest unused; who has one open keeps its open files."""
        for leftover in self._folder.glob(f"{OLD}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for folder in states(self._folder)[KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)

    def _in_memory(self, reason: str, vectors: Floats | None = None) -> tuple[Vectors, LexicalIndex]:
        self._notify(
            f"the search index cannot be kept in {self._folder} ({reason}): built in memory, for this run only"
        )
        kept = self._vectors() if vectors is None else vectors
        return kept, LexicalIndex.in_memory(self._plan.passages)


def states(folder: Path) -> list[Path]:
    """Return the finished index folders, the most recently used first."""
    with suppress(OSError):
        found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    return []


def local_vectors(folder: Path, plan: Plan) -> dict[str, Floats]:
    """Collect vectors of earlier states for texts that are still there."""
    found: dict[str, Floats] = {}
    for state in states(folder):
        if all(key in found for key in plan.keys):
            break
        found = {**snapshot.load_vectors(state, plan.model), **found}
    return found


def embed(plan: Plan, known: dict[str, Floats], notify: Notify, progress: Progress | None) -> Floats:
    """Return the vectors of the plan's passages, (n, dimension); only texts that are not `known` are encoded."""
    texts = {key: embedded_text(passage) for key, passage in zip(plan.keys, plan.passages, strict=True)}
    new = [key for key in texts if key not in known]
    verb = "updating" if len(new) < len(texts) else "building"
    notify(f"{verb} the search index: {len(new)} of {len(plan.passages)} passages to encode")
    if new:
        vectors = encode_passages([texts[key] for key in new], plan.encoder, progress)
        known = known | dict(zip(new, vectors, strict=True))
    return np.stack([known[key] for key in plan.keys])


def served_vectors(plan: Plan, url: str, folder: Path, notify: Notify, progress: Progress | None) -> Floats:
    """Return the plan's vectors from a Chroma server, which is given those that it lacks."""
    ids = [passage.id for passage in plan.passages]
    with store.served(url) as client:
        collection = store.collection_for(client, plan.fingerprint, plan.model)
        vectors = store.read(collection, ids)
        if vectors is None:
            known = {**store.known_vectors(client, plan.model, plan.keys), **local_vectors(folder, plan)}
            store.fill(collection, plan.passages, plan.keys, embed(plan, known, notify, progress))
            vectors = store.read(collection, ids)
        if vectors is None:
            raise RetrievalError(
                f"the collection {collection.name} at {without_user(url)} holds other passages than it should",
                hint="delete that collection on the server; it is built again",
            )
    return vectors

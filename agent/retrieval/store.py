"""Chroma, the store of vectors: embedded in a folder, or a server by URL.

Owns everything that imports chromadb. Vectors are always ours, given explicitly (Chroma's own default would download a
model), and are read back to be searched exactly: its approximate index gives other neighbours at every build.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from agent.addresses import without_user
from agent.errors import RetrievalError
from agent.retrieval.transformer import Floats
from agent.types import Passage

COLLECTION = "passages"
PREFIX = "rung-"
SPACE: Any = {"hnsw": {"space": "cosine"}}
PAGE = 2_000
SERVER_HINT = "start it with `chroma run`, correct its URL, or leave the URL out for the embedded index"


def version() -> str:
    """Return the installed version without importing anything: importlib.metadata alone takes 80 ms."""
    spec = importlib.util.find_spec("chromadb")
    if spec is None or spec.origin is None:
        return "absent"
    folders = sorted(Path(spec.origin).parent.parent.glob("chromadb-*.dist-info"))
    return folders[-1].name.split("-")[1].removesuffix(".dist") if folders else "unknown"


@contextmanager
def translated(where: str, hint: str) -> Iterator[None]:
    """Turn whatever Chroma, its Rust core or its HTTP client raises into one line."""
    try:
        yield
    except RetrievalError:
        raise
    except Exception as error:  # the fence: what its core and its client raise is not listed
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RetrievalError(f"Chroma {where} failed: {reason}", hint=hint) from error


@contextmanager
def embedded(folder: Path) -> Iterator[Any]:
    """Open a new collection in an empty folder; closed on leaving, so that the folder can be renamed."""
    with translated(f"in {folder}", "see that the cache folder is writable and has room"):
        import chromadb

        client: Any = chromadb.PersistentClient(path=str(folder), settings=quiet())
        try:
            yield client.create_collection(COLLECTION, configuration=SPACE, embedding_function=None)
        finally:
            client.close()


@contextmanager
def served(url: str) -> Iterator[Any]:
    """Connect to a Chroma server."""
    host, port, secure = _server(url)
    with translated(f"at {without_user(url)}", SERVER_HINT):
        import chromadb

        client: Any = chromadb.HttpClient(host=host, port=port, ssl=secure, settings=quiet())
        try:
            yield client
        finally:
            client.close()


def _server(url: str) -> tuple[str, int, bool]:
    """Return host, port, and whether it is spoken to by https."""
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return parts.hostname, parts.port or (443 if parts.scheme == "https" else 8000), parts.scheme == "https"
    except ValueError:  # a port that is none
        pass
    raise RetrievalError(
        f"{without_user(url)!r} is not the URL of a Chroma server", hint="write it like http://localhost:8000"
    )


def quiet() -> Any:
    """Settings without telemetry."""
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def fill(collection: Any, passages: Sequence[Passage], keys: Sequence[str], vectors: Floats) -> None:
    """Store passages with their vectors; again is harmless."""
    for start in range(0, len(passages), PAGE):
        part = passages[start : start + PAGE]
        collection.upsert(
            ids=[passage.id for passage in part],
            embeddings=vectors[start : start + PAGE],
            documents=[passage.text for passage in part],
            metadatas=[
                {"source": passage.source, "section": passage.section, "key": key}
                for passage, key in zip(part, keys[start : start + PAGE], strict=True)
            ],
        )


def read(collection: Any, ids: Sequence[str]) -> Floats | None:
    """Return the stored vectors in the order of `ids`, (n, dimension); None where it does not hold exactly those."""
    if collection.count() != len(ids):
        return None
    rows = {id: row for row, id in enumerate(ids)}
    vectors: Floats | None = None
    for start in range(0, len(ids), PAGE):
        page = collection.get(ids=list(ids[start : start + PAGE]), include=["embeddings"])
        if len(page["ids"]) != len(ids[start : start + PAGE]):
            return None
        embeddings = np.asarray(page["embeddings"], dtype=np.float32)
        if vectors is None:
            vectors = np.empty((len(ids), embeddings.shape[1]), dtype=np.float32)
        vectors[[rows[id] for id in page["ids"]]] = embeddings
    return vectors


def collection_for(client: Any, fingerprint: str, model: str) -> Any:
    """Return the server's collection of one fingerprint, made if absent."""
    name = PREFIX + fingerprint
    return client.get_or_create_collection(
        name, metadata={"model": model}, configuration=SPACE, embedding_function=None
    )


def known_vectors(client: Any, model: str, keys: Sequence[str]) -> dict[str, Floats]:
    """Collect vectors that this server already holds for `keys`, from collections of the same model."""
    found: dict[str, Floats] = {}
    for collection in client.list_collections():
        missing = [key for key in keys if key not in found]
        if not missing or not collection.name.startswith(PREFIX) or (collection.metadata or {}).get("model") != model:
            continue
        for start in range(0, len(missing), PAGE):
            where = {"key": {"$in": missing[start : start + PAGE]}}
            page = collection.get(where=where, include=["embeddings", "metadatas"])
            for metadata, vector in zip(page["metadatas"], page["embeddings"], strict=True):
                found[metadata["key"]] = np.asarray(vector, dtype=np.float32)
    return found

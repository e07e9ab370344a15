"""A real Chroma server on loopback gives what the embedded index gives."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agent.errors import RetrievalError
from agent.retrieval import open_index
from agent.types import Passage

QUESTIONS = ["how many labelled examples to tune?", "documents change weekly", "JSON", "is it worth the cost?"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `chroma run` on a free port and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1", "--port", str(port)]
    folder = tmp_path_factory.mktemp("server")
    process = subprocess.Popen(
        [*command, "--path", str(folder)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await_heartbeat(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def await_heartbeat(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers, at most a minute."""
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/api/v2/heartbeat", timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, "the server ended"
            time.sleep(0.25)
    raise AssertionError("the server did not start")


def test_a_server_gives_the_same_results_as_the_embedded_index(
    passages: list[Passage], tmp_path: Path, url: str
) -> None:
    """Same passages, same scores, same order, and the second opening encodes nothing."""
    embedded = open_index(passages, cache=tmp_path / "one")
    lines: list[str] = []
    for _ in range(2):
        served = open_index(passages, cache=tmp_path / "two", chroma_url=url, notify=lines.append)
        assert [served.search(question) for question in QUESTIONS] == [embedded.search(q) for q in QUESTIONS]
    assert lines == ["building the search index: 9 of 9 passages to encode"]


def test_only_what_changed_goes_to_the_server(passages: list[Passage], tmp_path: Path, url: str) -> None:
    """Another machine, with an empty cache, takes the vectors that the server has."""
    open_index(passages, cache=tmp_path / "one", chroma_url=url)
    edited = [msgspec.structs.replace(passages[0], text="Something else."), *passages[1:]]
    lines: list[str] = []
    retriever = open_index(edited, cache=tmp_path / "two", chroma_url=url, notify=lines.append)
    assert lines == ["updating the search index: 1 of 9 passages to encode"]
    assert retriever.search("something else")[0].passage == edited[0]


def test_a_half_filled_collection_is_completed(passages: list[Passage], tmp_path: Path, url: str) -> None:
    """A killed filling, or a record that somebody deleted, is made good."""
    import chromadb

    before = open_index(passages, cache=tmp_path, chroma_url=url).search(QUESTIONS[0])
    client = chromadb.HttpClient(host="127.0.0.1", port=int(url.rsplit(":", 1)[1]))
    for collection in client.list_collections():
        collection.delete(ids=["tune#examples", "tune#cost"])
    assert open_index(passages, cache=tmp_path, chroma_url=url).search(QUESTIONS[0]) == before


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9",
        "http://someone:s3cret@127.0.0.1:9",
        "http://someone:s3cret#1@host",
        "ftp://someone:s3cret@host",
        "localhost:8000",
        "nonsense",
        "http://",
    ],
)
def test_no_server_is_one_clear_line(passages: list[Passage], tmp_path: Path, address: str) -> None:
    """A dead or misspelt address says what to do, and shows no password."""
    with pytest.raises(RetrievalError) as told:
        open_index(passages, cache=tmp_path, chroma_url=address)
    assert told.value.hint
    assert "\n" not in str(told.value)
    assert "s3" not in str(told.value)

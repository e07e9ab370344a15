"""The index as a cache: built once, brought up to date, shared, killed, damaged and replaced."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from agent.errors import RetrievalError
from agent.retrieval import open_index
from agent.retrieval.bulk import DEFAULT, query_encoder
from agent.retrieval.index import planned
from agent.types import Passage

Started = Callable[..., subprocess.Popen[str]]

ASK = """
from agent.retrieval import open_index
retriever = open_index(passages, cache=pathlib.Path(sys.argv[1]), notify=lambda line: print(line, file=sys.stderr))
print([(e.passage.id, e.score) for e in retriever.search("how many labelled examples to tune?")])
"""


def folders(cache: Path) -> list[str]:
    """Return what lies in the index folder, without the lock."""
    return sorted(path.name for path in (cache / "index").iterdir() if path.name != ".lock")


def encoded(passages: list[Passage], cache: Path) -> int:
    """Open the index and return how many passages were encoded for it."""
    totals = [0]
    open_index(passages, cache=cache, progress=lambda done, total: totals.append(total))
    return totals[-1]


def test_an_index_is_built_once(passages: list[Passage], tmp_path: Path) -> None:
    """The second opening encodes nothing and says nothing."""
    lines: list[str] = []
    open_index(passages, cache=tmp_path, notify=lines.append)
    assert lines == ["building the search index: 9 of 9 passages to encode"]
    open_index(passages[::-1], cache=tmp_path, notify=lines.append)
    assert len(lines) == 1
    assert len(folders(tmp_path)) == 1


def test_only_what_changed_is_encoded_again(passages: list[Passage], tmp_path: Path) -> None:
    """Editing one passage, removing one and adding one costs two."""
    assert encoded(passages, tmp_path) == 9
    edited = msgspec.structs.replace(passages[0], text="Now it says something else.")
    added = Passage("new#one", "new", "Fresh", "A document of the team's own.")
    assert encoded([edited, *passages[2:], added], tmp_path) == 2
    assert encoded(passages, tmp_path) == 0


def test_attaching_originals_encodes_nothing(passages: list[Passage], tmp_path: Path) -> None:
    """The original's words join the lexical index; the vectors are of our notes."""
    assert encoded(passages, tmp_path) == 9
    attached = [msgspec.structs.replace(passage, quote="Words of the original.") for passage in passages]
    assert encoded(attached, tmp_path) == 0


def test_a_passage_is_found_by_questions_it_has_since(passages: list[Passage], tmp_path: Path) -> None:
    open_index(passages, cache=tmp_path)
    asked = msgspec.structs.replace(passages[0], questions=("Who feeds the zebra?",))
    found = open_index([asked, *passages[1:]], cache=tmp_path).search("the zebra")
    assert found[0].passage.id == asked.id


def test_another_spelling_is_another_index(passages: list[Passage], monkeypatch: pytest.MonkeyPatch) -> None:
    before = planned(passages, query_encoder(DEFAULT)).fingerprint
    monkeypatch.setattr("agent.retrieval.lexical.SPELLING", ("organise",))
    assert planned(passages, query_encoder(DEFAULT)).fingerprint != before


def test_the_passages_given_are_the_passages_found(passages: list[Passage], tmp_path: Path) -> None:
    """What the index does not hold (a moved span) comes from the caller, never from an old index."""
    open_index(passages, cache=tmp_path)
    moved = [msgspec.structs.replace(passage, span=(1, 2)) for passage in passages]
    retriever = open_index(moved, cache=tmp_path)
    assert retriever.search("tuning")[0].passage.span == (1, 2)
    assert retriever.passages == {passage.id: passage for passage in moved}


def test_old_states_are_swept_up(passages: list[Passage], tmp_path: Path) -> None:
    """The cache does not grow with every edit."""
    for end in range(1, 8):
        open_index(passages[:end], cache=tmp_path)
    assert len(folders(tmp_path)) == 3


def test_a_retriever_outlives_the_sweeping_of_its_folder(passages: list[Passage], tmp_path: Path) -> None:
    """A long-lived process keeps answering from what it has open."""
    retriever = open_index(passages, cache=tmp_path)
    before = retriever.search("how many labelled examples to tune?")
    shutil.rmtree(tmp_path / "index")
    assert retriever.search("how many labelled examples to tune?") == before


@pytest.mark.parametrize("name", ["vectors.npy", "words.sqlite", "contents.json", "chroma/chroma.sqlite3"])
@pytest.mark.parametrize("how", ["truncated", "emptied", "garbage", "missing"])
def test_a_damaged_index_is_built_again(passages: list[Passage], tmp_path: Path, name: str, how: str) -> None:
    """One line says so, and the answer is as before."""
    before = open_index(passages, cache=tmp_path).search("how many labelled examples to tune?")
    path = tmp_path / "index" / folders(tmp_path)[0] / name
    damage(path, how)
    lines: list[str] = []
    found = open_index(passages, cache=tmp_path, notify=lines.append).search("how many labelled examples to tune?")
    assert found == before
    if (name, how) != ("chroma/chroma.sqlite3", "garbage"):  # told by its length only; asking does not read it
        assert lines[0].startswith("the search index is damaged")
        open_index(passages, cache=tmp_path, notify=lines.append)
        assert len(lines) == 2
    assert len(folders(tmp_path)) == 1


def damage(path: Path, how: str) -> None:
    """Do to a file what disks and people do."""
    content = path.read_bytes()
    match how:
        case "truncated":
            path.write_bytes(content[: len(content) // 2])
        case "emptied":
            path.write_bytes(b"")
        case "garbage":
            path.write_bytes(bytes(reversed(content)))
        case _:
            path.unlink()


def test_nonsense_in_the_contents_is_damage(passages: list[Passage], tmp_path: Path) -> None:
    """Valid JSON of another shape is no better than none."""
    open_index(passages, cache=tmp_path)
    path = tmp_path / "index" / folders(tmp_path)[0] / "contents.json"
    for nonsense in ([], {}, {"keys": 3}, {"model": 1, "keys": [], "files": [], "chroma": "x"}):
        path.write_text(json.dumps(nonsense))
        assert open_index(passages, cache=tmp_path).search("tuning")


def test_two_processes_at_once_build_one_index(started: Started, tmp_path: Path) -> None:
    """Whoever comes second waits and reads."""
    first, second = started(ASK, tmp_path), started(ASK, tmp_path)
    outputs = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0] != ""
    assert sum("9 of 9 passages to encode" in errors for _, errors in outputs) == 1
    assert len(folders(tmp_path)) == 1


def test_a_killed_build_leaves_no_trace(started: Started, passages: list[Passage], tmp_path: Path) -> None:
    """Killed while it writes, it holds no lock and no place; the next opening builds and sweeps."""
    code = """
from agent.retrieval import snapshot
def hang(*arguments):
    import time
    print("half way", flush=True)
    time.sleep(600)
snapshot.write = hang
"""
    process = started(code + ASK, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "half way\n"
    assert [name[:7] for name in folders(tmp_path)] == [".build-"]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (
        open_index(passages, cache=tmp_path).search("how many labelled examples to tune?")[0].passage.id
        == "tune#examples"
    )
    assert [name.startswith(".") for name in folders(tmp_path)] == [False]


def test_ctrl_c_ends_a_build_soon_and_leaves_nothing(started: Started, tmp_path: Path) -> None:
    """Neither the batches still queued nor a half-written folder outlive it."""
    code = """
from agent.retrieval import open_index
many = [Passage(f"s#{n}", "s", "Long", f"{n} words " * 20) for n in range(4_000)]
open_index(many, cache=pathlib.Path(sys.argv[1]), progress=lambda done, total: print(done, flush=True))
"""
    process = started(code, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "0\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    assert folders(tmp_path) == []


def test_an_unusable_cache_folder_means_an_index_in_memory(passages: list[Passage], tmp_path: Path) -> None:
    """The question is answered, and one line says why it took long."""
    (tmp_path / "cache").write_text("a file where the folder should be")
    lines: list[str] = []
    found = open_index(passages, cache=tmp_path / "cache", notify=lines.append).search(
        "how many labelled examples to tune?"
    )
    assert found[0].passage.id == "tune#examples"
    assert "cannot be kept in" in lines[0]
    assert "in memory" in lines[0]


@pytest.mark.parametrize("bytes_at_most", [0, 1_000, 10_000, 50_000])
def test_a_full_disk_means_an_index_in_memory(started: Started, tmp_path: Path, bytes_at_most: int) -> None:
    """Wherever the disk runs full, the question is answered and nothing half-written stays."""
    limit = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({bytes_at_most}, {bytes_at_most}))\n"
    output, errors = (process := started(limit + ASK, tmp_path)).communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "tune#examples" in output
    assert "in memory" in errors
    assert "Traceback" not in errors
    assert folders(tmp_path) == []


def test_asking_loads_neither_chroma_nor_torch(started: Started, passages: list[Passage], tmp_path: Path) -> None:
    """On a built index a question needs numpy, tokenizers and SQLite."""
    open_index(passages, cache=tmp_path)
    code = """
heavy = {"torch", "transformers", "sentence_transformers", "sklearn", "scipy", "chromadb", "pydantic", "filelock"}
print(sorted(heavy & set(sys.modules)))
"""
    output, errors = started(ASK + code, tmp_path).communicate(timeout=60)
    assert output.splitlines()[-1] == "[]", errors


def test_importing_the_room_reads_nothing_heavy(started: Started) -> None:
    """Chroma, torch and tokenizers wait for their first use."""
    code = "import agent.retrieval\nprint(sorted({'torch', 'chromadb', 'tokenizers', 'filelock'} & set(sys.modules)))"
    assert started(code).communicate(timeout=60)[0] == "[]\n"


def test_two_passages_of_one_name_are_refused(passages: list[Passage], tmp_path: Path) -> None:
    """Ids are what citations stand on."""
    with pytest.raises(RetrievalError, match="two passages are called tune#cost"):
        open_index([*passages, passages[2]], cache=tmp_path)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    """There is nothing to search."""
    with pytest.raises(RetrievalError, match="no passages"):
        open_index([], cache=tmp_path)

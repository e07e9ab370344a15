"""`rung runs`: what an answer rested on is kept, can be read again, and is judged the same again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from agent.errors import SettingsError, UsageError
from agent.store import runs
from agent.store.runs import RunRecord, RunStore
from agent.types import FactOut, ModelCall, RoleTrace, RunTrace

pytestmark = pytest.mark.xdist_group("edge")

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
CASE = "Support bot over our wiki, docs change weekly, answers must cite. We have 800 tickets. Should we fine-tune?"


def record(**changes: Any) -> RunRecord:
    plain = RunRecord(
        at="2026-11-21T10:00:00.000+00:00",
        rung="0.1.0",
        question="q",
        kind="advice",
        mode="offline",
        facts={"needs_citations": FactOut(True, "stated", "must cite")},
        recommendation="rag",
        digest="d" * 64,
        corpus_sha256="c" * 64,
        rules_sha256={"panel": "p" * 64},
        answer_sha256="a" * 64,
        timings_ms={"read": 1.5},
    )
    return msgspec.structs.replace(plain, **changes)


def checked(outcome: Any, name: str) -> Any:
    """Return the data of a run once it holds against its schema."""
    data = json.loads(outcome.out)
    jsonschema.validate(data, json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))
    return data


def test_a_run_is_recorded_shown_and_replayed(indexed: Any) -> None:
    """The same facts give the same digest, with nothing changed since."""
    answer = json.loads(indexed("ask", CASE, "--record", "--json").out)
    (listed,) = checked(indexed("runs", "list", "--json"), "runs-list")
    assert (listed["recommendation"], listed["tokens"], listed["cost_usd"]) == (
        answer["verdict"]["recommendation"],
        0,
        None,
    )
    whole = checked(indexed("runs", "show", listed["id"][:6]), "runs-show")
    assert whole["facts"] == answer["facts"]
    assert whole["digest"] == answer["verdict"]["digest"]
    replayed = indexed("runs", "replay", listed["id"], "--json")
    result = checked(replayed, "runs-replay")
    assert (replayed.code, result["is_same"], result["changed"]) == (0, True, [])


def test_an_offline_answer_is_not_recorded_unasked(indexed: Any) -> None:
    """Nothing of what somebody typed is kept unless they want it, or a model took part."""
    assert indexed("ask", "What does RAG cost?").code == 0
    assert not (indexed.home / "runs").exists()
    outcome = indexed("runs", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert "no run is recorded" in outcome.err


def test_changed_rules_and_another_verdict_are_said(rung_inside: Any) -> None:
    """Exit code 1, and what is not as it was."""
    id = RunStore(rung_inside.home).write(record())
    outcome = rung_inside("runs", "replay", id)
    assert outcome.code == 1
    assert "another verdict" in outcome.out
    assert "changed since: corpus" in outcome.out
    assert "panel" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["show", "ffff"], "no run begins with"), (["replay", ""], "no run begins with")],
)
def test_a_run_that_is_not_there_is_said(rung_inside: Any, refuses: Any, arguments: list[str], words: str) -> None:
    """In one line."""
    refuses(rung_inside("runs", *arguments), 2, words)


@pytest.mark.parametrize("arguments", [["list"], ["show", "ab"], ["replay", "ab"]], ids=lambda a: a[0])
@pytest.mark.parametrize("place", ["home", "runs"])
def test_a_folder_that_cannot_be_read_is_said(rung_inside: Any, refuses: Any, arguments: list[str], place: str) -> None:
    """No record is one thing, a folder that is a file another."""
    path = {"home": rung_inside.home, "runs": rung_inside.home / "runs"}[place]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a file where the folder should be")
    refuses(rung_inside("runs", *arguments), 1, "runs cannot be read: Not a directory (check RUNG_HOME)")


def test_a_damaged_record_is_named(rung_inside: Any) -> None:
    """In one line beside the others; it may be the one that somebody looks for."""
    store = RunStore(rung_inside.home)
    kept, damaged = store.write(record()), store.write(record(question="cut short"))
    path = rung_inside.home / "runs" / f"{damaged}.json"
    path.write_bytes(path.read_bytes()[:40])
    outcome = rung_inside("runs", "list")
    assert (outcome.code, [line[:16] for line in outcome.out.splitlines()]) == (0, [kept])
    assert len(outcome.err.splitlines()) == 1
    assert outcome.err.startswith(f"rung: the record {damaged} cannot be read: ")


def test_guidance_cannot_be_replayed(rung_inside: Any, refuses: Any) -> None:
    """Nothing was judged."""
    id = RunStore(rung_inside.home).write(record(kind="guidance", digest="", recommendation=None))
    refuses(rung_inside("runs", "replay", id), 2, "judged no case")


def test_a_record_is_named_by_its_content(tmp_path: Path) -> None:
    """The same run twice is one file; a file that was changed is refused."""
    store = RunStore(tmp_path)
    id = store.write(record())
    assert store.write(record()) == id
    assert len(store.list()) == 1
    path = tmp_path / "runs" / f"{id}.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"rag"', '"fine_tuning"'), encoding="utf-8")
    with pytest.raises(SettingsError, match="was changed"):
        store.find(id)


def test_a_record_that_cannot_be_put_in_place_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is said, and what was half written goes."""

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SettingsError, match="No space left"):
        RunStore(tmp_path).write(record())
    assert list((tmp_path / "runs").iterdir()) == []


def test_the_oldest_records_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that nobody looks at does not grow for ever."""
    monkeypatch.setattr(runs, "KEPT", 3)
    store = RunStore(tmp_path)
    for number in range(5):
        store.write(record(question=str(number)))
    assert len(store.list()) == 3
    with pytest.raises(UsageError):
        store.find("zz")


@pytest.mark.parametrize(("costs", "total"), [((0.01, 0.02), 0.03), ((0.01, None), None), ((0.01,), 0.01)])
def test_an_unknown_price_is_unknown(costs: tuple[float | None, ...], total: float | None) -> None:
    """Never zero: who cannot tell the price of one call cannot tell the sum."""
    call = ModelCall("m", "stop", 100, 20, 5.0)
    roles = [RoleTrace("written", "m", "h", calls=(call,), cost_usd=cost) for cost in costs]
    kept = record(run=RunTrace(*roles))
    assert kept.cost_usd == total
    assert kept.tokens == 120 * len(costs)

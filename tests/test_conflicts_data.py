"""The axes of disagreement stand on passages, sources and facts that exist."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages
from agent.grounding import check
from agent.types import LADDER, Draft

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
AXES: list[dict[str, Any]] = yaml.safe_load((CORPUS / "conflicts.yaml").read_text(encoding="utf-8"))["conflicts"]
PASSAGES = {passage.id: passage for passage in load_passages(CORPUS)}
POSITIONS = [
    pytest.param(position, id=f"{axis['id']}-{index}")
    for axis in AXES
    for index, position in enumerate(axis["positions"], start=1)
]

DESIGN_AXES = {
    "labelled-examples": {"usually-context", "train-or-prompt"},
    "volume": {"train-or-prompt", "intervention-hierarchy", "update-frequency"},
    "fixed-output-format": {
        "train-or-prompt",
        "intervention-hierarchy",
        "usually-context",
        "update-frequency",
    },
    "stronger-model-succeeds": {"usually-context", "intervention-hierarchy"},
    "stronger-model-fails": {"usually-context"},
    "change-rate": {"usually-context", "train-or-prompt", "update-frequency"},
    "regulated-high-stakes": {"enterprise-strategy", "usually-context"},
    "terminology": {"train-or-prompt", "intervention-hierarchy", "update-frequency"},
    "quality-ceiling": {
        "enterprise-strategy",
        "update-frequency",
        "intervention-hierarchy",
    },
    "order-of-rungs": {"train-or-prompt", "intervention-hierarchy", "usually-context"},
    "cost-and-skill-of-tuning": {
        "update-frequency",
        "enterprise-strategy",
        "usually-context",
        "intervention-hierarchy",
    },
    "cost-at-scale": {"train-or-prompt"},
    "time-to-launch": {"train-or-prompt", "enterprise-strategy"},
    "small-context-window": {"usually-context", "intervention-hierarchy"},
}


def test_every_axis_of_the_design_is_there_once_with_its_sources() -> None:
    """No axis is lost or doubled, and each hears at least the sources that are known to disagree on it."""
    assert Counter(axis["id"] for axis in AXES) == Counter(dict.fromkeys(DESIGN_AXES, 1))
    for axis in AXES:
        assert {position["source"] for position in axis["positions"]} >= DESIGN_AXES[axis["id"]], axis["id"]


@pytest.mark.parametrize("axis", AXES, ids=lambda axis: axis["id"])
def test_an_axis_has_two_positions_and_real_facts_and_approaches(
    axis: dict[str, Any],
) -> None:
    """An axis bears on a case through facts of the catalogue and approaches of the ladder."""
    facts = yaml.safe_load((CORPUS / "facts.yaml").read_text(encoding="utf-8"))["facts"]
    assert len(axis["positions"]) >= 2
    assert set(axis["facts"]) <= {fact["name"] for fact in facts}
    assert set(axis["approaches"]) <= set(LADDER)


@pytest.mark.parametrize("position", POSITIONS)
def test_a_position_is_one_sentence_of_its_own_source(position: dict[str, Any]) -> None:
    """A position cites passages of the source it is ascribed to, and only that."""
    assert position["source"] in load_sources(CORPUS)
    assert position["cite"]
    assert set(position["cite"]) <= PASSAGES.keys()
    assert {PASSAGES[passage_id].source for passage_id in position["cite"]} == {position["source"]}
    assert position["position"].endswith(".")


@pytest.mark.parametrize("position", POSITIONS)
def test_a_position_passes_the_gate_on_its_passages(position: dict[str, Any]) -> None:
    """The figures, approaches and negations of a position stand in the passages it cites."""
    markers = "".join(f"[{number}]" for number in range(1, len(position["cite"]) + 1))
    draft = Draft(f"{position['position']} {markers}", tuple(position["cite"]))
    assert check(draft, PASSAGES, None, "", None) == ()

"""What each figure should reach, and the anchors published with the labelled cases; nothing is measured here."""

from __future__ import annotations

from eval.figures import Target

TARGETS: dict[str, Target] = {
    "recommendation.exact": Target(0.65, 0.86, anchors={"nearest": 0.37, "forest": 0.71, "frontier": 0.86}),
    "recommendation.lenient": Target(0.85, 1.00, anchors={"nearest": 0.52, "forest": 0.90, "frontier": 1.00}),
    "facts.found": Target(0.75, 0.95, anchors={"frontier": 0.88}),
    "facts.wrong": Target(0.03, 0.01, is_ceiling=True, anchors={"frontier": 0.02}),
    "facts.extra": Target(is_ceiling=True),
    "facts.contradictions": Target(is_ceiling=True),
    "questions.every": Target(0.70, 0.90, anchors={"dense": 0.54}),
    "questions.any": Target(0.98, 1.00, anchors={"dense": 0.96}),
    "questions.citations": Target(0, 0, is_ceiling=True),
    "refusals.unanswerable": Target(0.75, 0.95, anchors={"threshold": 0.51}),
    "refusals.answerable": Target(0.05, 0.0, is_ceiling=True),
    "stability.order": Target(1.0, 1.0, anchors={"models": 0.85}),
    "stability.framing": Target(1.0, 1.0, anchors={"models": 0.85}),
    "stability.pushback": Target(1.0, 1.0, anchors={"models": 0.85}),
    "written.every": Target(0.80, 0.90),
    "written.outside_refused": Target(0.90, 0.95),
    "written.covered_refused": Target(0.05, 0.0, is_ceiling=True),
    "citations.unknown": Target(0, 0, is_ceiling=True),
    "citations.inexact": Target(0, 0, is_ceiling=True),
    "citations.quotes": Target(0, 0, is_ceiling=True),
    "citations.gate": Target(0, 0, is_ceiling=True),
    "citations.repaired": Target(is_ceiling=True),
    "gate.found.invented_citation": Target(0.98, 1.0),
    "gate.found.misattributed_quotation": Target(0.98, 1.0),
    "gate.found.altered_number": Target(0.98, 1.0),
    "gate.found.swapped_approach": Target(0.98, 1.0),
    "gate.alarms.invented_citation": Target(0.02, 0.0, is_ceiling=True),
    "gate.alarms.misattributed_quotation": Target(0.02, 0.0, is_ceiling=True),
    "gate.alarms.altered_number": Target(0.02, 0.0, is_ceiling=True),
    "gate.alarms.swapped_approach": Target(0.02, 0.0, is_ceiling=True),
    "gate.alarms.flipped_polarity": Target(is_ceiling=True),
    "gate.alarms.unsupported_sentence": Target(is_ceiling=True),
    "gate.alarms.held_out": Target(is_ceiling=True),
    "gate.reversals.seen_alarms": Target(is_ceiling=True),
    "gate.reversals.unseen_alarms": Target(is_ceiling=True),
    "conversations.turns": Target(1.0, 1.0),
    "conversations.pushback": Target(1.0, 1.0),
    "conversations.settled": Target(0.5, 0.9),
    "sources.worked": Target(1.0, 1.0),
    "sources.examples": Target(1.0, 1.0),
}


LEGEND = """\
Beside it, measured when the cases were made: the nearest labelled case by MiniLM; a forest fitted on perfectly read
facts; a frontier model with the five articles in hand; dense MiniLM over 800-character chunks, top 5; the best
similarity threshold; the steadiest of several language models."""


def target_of(figure_id: str) -> Target:
    """Return what a figure should reach; an empty target where nobody set one."""
    return TARGETS.get(figure_id, Target())

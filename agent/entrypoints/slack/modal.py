"""The intake form of `/rung`: which facts it asks for, and what is wrong with each field. Pure data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.conversation.conversation import CHARACTERS_AT_MOST
from agent.entrypoints.slack.messages import option_label
from agent.errors import UsageError
from agent.intake import parse_value
from agent.intake.catalogue import allowed_form
from agent.types import FactSpec, FactValue

INTAKE = "rung_intake"
REASON = "rung_reason"
DESCRIPTION = "description"
DESCRIBED_AT_MOST = 3_000
"""Slack's own limit for what a field may hold."""
FIELDS = (
    "problem_kind",
    "knowledge_change_days",
    "labelled_examples",
    "requests_per_month",
    "evals_exist",
    "prompting_tried",
    "needs_citations",
    "strict_format",
    "accuracy_now",
    "accuracy_target",
)
"""The facts that the rules turn on most often, numbers and choices among them; the description tells the rest."""
_LABEL_AT_MOST = 2_000
_LABELS = {
    "problem_kind": "What bothers you most today?",
    "knowledge_change_days": "How many days usually pass before the knowledge it needs changes?",
}
"""Where the catalogue's question leans on one before it, or lists what the choice lists anyway."""
_HINTS = {
    "problem_kind": "Knowledge: facts are missing. Behaviour: how it answers or decides. Format: its output's shape.",
    "knowledge_change_days": "For example: 7",
    "labelled_examples": "For example: 800 or 15k",
    "requests_per_month": "For example: 40,000 or 2M",
    "accuracy_now": "For example: 82%",
    "accuracy_target": "For example: 95%",
}
Values = Mapping[str, Mapping[str, Mapping[str, Any]]]


def intake_view(catalogue: Mapping[str, FactSpec], *, channel: str, text: str = "") -> dict[str, Any]:
    """Return the form; `channel` is where the answer goes, `text` what was typed behind the command."""
    described: dict[str, Any] = {
        "type": "input",
        "block_id": DESCRIPTION,
        "label": _plain("Describe the case in your own words"),
        "hint": _plain("What it does, what is wrong today, what you tried."),
        "element": {
            "type": "plain_text_input",
            "action_id": "value",
            "multiline": True,
            "max_length": DESCRIBED_AT_MOST,
            "focus_on_load": True,
        },
    }
    if text:
        described["element"]["initial_value"] = text[:DESCRIBED_AT_MOST]
    fields = [_field(catalogue[name]) for name in FIELDS if name in catalogue]
    return {
        "type": "modal",
        "callback_id": INTAKE,
        "private_metadata": json.dumps({"channel": channel}),
        "title": _plain("Which rung?"),
        "submit": _plain("Ask Rung"),
        "close": _plain("Cancel"),
        "blocks": [described, *fields],
    }


def _field(spec: FactSpec) -> dict[str, Any]:
    block = {
        "type": "input",
        "block_id": spec.name,
        "optional": True,
        "label": _plain(_LABELS.get(spec.name, spec.question)[:_LABEL_AT_MOST]),
        "element": _element(spec),
    }
    if spec.name in _HINTS:
        block["hint"] = _plain(_HINTS[spec.name])
    return block


def _element(spec: FactSpec) -> dict[str, Any]:
    if spec.type not in ("bool", "choice"):
        # Text, not a number field: people write 15k and 82%, and the form then says what it takes.
        return {"type": "plain_text_input", "action_id": "value", "max_length": 40}
    named = [("Yes", "true"), ("No", "false")] if spec.type == "bool" else [(option_label(o), o) for o in spec.options]
    options = [{"text": _plain(label), "value": value} for label, value in named]
    return {"type": "static_select", "action_id": "value", "placeholder": _plain("I don't know"), "options": options}


def read_intake(values: Values, catalogue: Mapping[str, FactSpec]) -> tuple[str, dict[str, FactValue], dict[str, str]]:
    """Return the description, the facts, and what is wrong by field; nothing is to be used where something is."""
    facts: dict[str, FactValue] = {}
    errors: dict[str, str] = {}
    description = _typed(values, DESCRIPTION)
    if not any(char.isalnum() for char in description):
        errors[DESCRIPTION] = "Describe the case in a sentence or two."
    elif len(description) > CHARACTERS_AT_MOST:
        errors[DESCRIPTION] = f"At most {CHARACTERS_AT_MOST:,} characters."
    for name in FIELDS:
        raw = _typed(values, name)
        if raw and name in catalogue:
            try:
                facts[name] = parse_value(catalogue[name], raw)
            except UsageError:
                errors[name] = f"It takes {allowed_form(catalogue[name])}."
    return description, facts, errors


def _typed(values: Values, block: str) -> str:
    element = values.get(block, {}).get("value", {})
    chosen = element.get("selected_option") or {}
    return str(element.get("value") or chosen.get("value") or "").strip()


def reason_view(carried: Mapping[str, Any]) -> dict[str, Any]:
    """Return the small form that asks what was wrong with an answer."""
    return {
        "type": "modal",
        "callback_id": REASON,
        "private_metadata": json.dumps(dict(carried)),
        "title": _plain("Not helpful"),
        "submit": _plain("Send"),
        "close": _plain("Skip"),
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "optional": True,
                "label": _plain("What was wrong or missing?"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "value",
                    "multiline": True,
                    "max_length": 1_000,
                    "focus_on_load": True,
                },
            }
        ],
    }


def read_reason(values: Values) -> str:
    """Return what was typed into the small form."""
    return _typed(values, "reason")


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}

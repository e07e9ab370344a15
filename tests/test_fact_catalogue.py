"""The fact catalogue is well formed, and the statements written for the reader of facts keep to it."""

import json
from pathlib import Path

import msgspec
import pytest
import yaml

from agent.types import FactSpec

ROOT = Path(__file__).parent.parent
PYTHON_TYPES = {"bool": (bool,), "integer": (int,), "number": (int, float), "ratio": (int, float), "choice": (str,)}


@pytest.fixture(scope="module")
def catalogue() -> dict[str, FactSpec]:
    entries = yaml.safe_load((ROOT / "corpus" / "facts.yaml").read_text(encoding="utf-8"))["facts"]
    specs = [msgspec.convert(entry, FactSpec) for entry in entries]
    assert len({spec.name for spec in specs}) == len(specs)
    return {spec.name: spec for spec in specs}


def test_every_value_has_its_phrase(catalogue: dict[str, FactSpec]) -> None:
    """A fact can be put into prose whatever its value."""
    for spec in catalogue.values():
        values = set(spec.options) or ({"true", "false"} if spec.type == "bool" else {"value"})
        assert set(spec.phrase) - {"0"} == values, spec.name
        assert spec.question.endswith("?"), spec.name


def test_every_number_has_bounds(catalogue: dict[str, FactSpec]) -> None:
    """An absurd figure can be refused for every fact that is a number."""
    for spec in catalogue.values():
        if spec.type in ("integer", "number", "ratio"):
            assert None not in (spec.minimum, spec.maximum), spec.name


def fault(spec: FactSpec, value: bool | float | str) -> str:
    """Say why a value does not belong to its fact; empty when it does."""
    if not isinstance(value, PYTHON_TYPES[spec.type]) or isinstance(value, bool) != (spec.type == "bool"):
        return f"{spec.name}: {value!r} is no {spec.type}"
    if spec.options and value not in spec.options:
        return f"{spec.name}: {value!r} is no option"
    is_bounded = isinstance(value, int | float) and spec.minimum is not None and spec.maximum is not None
    if is_bounded and not float(spec.minimum or 0) <= float(value) <= float(spec.maximum or 0):
        return f"{spec.name}: {value!r} is out of bounds"
    return ""


def test_statements_keep_to_the_catalogue(catalogue: dict[str, FactSpec]) -> None:
    """What the reader is trained on names known facts with values that they can take, and repeats no sentence."""
    files = sorted((ROOT / "eval" / "data").glob("statements*.jsonl"))
    statements = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({statement["text"].casefold() for statement in statements}) == len(statements)
    faults = [fault(catalogue[name], value) for s in statements for name, value in s["facts"].items()]
    assert not [text for text in faults if text]

"""The fact catalogue, and how a typed value becomes a fact's value; reading the file is `catalogue_file`'s."""

from __future__ import annotations

import math
from pathlib import Path

from agent.errors import UsageError
from agent.intake.numbers import plain_number
from agent.types import FactSpec, FactValue

_TRUTHS = {"true": True, "yes": True, "y": True, "on": True, "false": False, "no": False, "n": False, "off": False}

LARGEST = 1e30
"""Beyond any count; a whole number may be too long for a float, and even to be written out."""


def load_catalogue(corpus_dir: Path) -> dict[str, FactSpec]:
    """Return the catalogue by fact name, in its order; RuleError names file and line of whatever is not in order."""
    from agent.intake.catalogue_file import read_catalogue  # here, since it loads YAML and most commands do without

    return read_catalogue(catalogue_files(corpus_dir)[0])


def catalogue_files(corpus_dir: Path) -> tuple[Path, Path]:
    """Return what the catalogue is made of: its file, and the code that reads it."""
    return corpus_dir / "facts.yaml", Path(__file__).with_name("catalogue_file.py")


def parse_value(spec: FactSpec, raw: FactValue) -> FactValue:
    """Return the value that a person typed for a fact; UsageError names the allowed form."""
    value = _parsed(spec, raw)
    if value is None:
        raise UsageError(f"{spec.name} cannot be {_shown(raw)}", hint=f"it takes {allowed_form(spec)}")
    return value


def allowed_form(spec: FactSpec) -> str:
    """Say in words what values a fact takes."""
    if spec.type == "bool":
        return "true or false"
    if spec.type == "choice":
        return "one of " + ", ".join(spec.options)
    kind = {"integer": "a whole number", "number": "a number", "ratio": "a share such as 0.95 or 95%"}[spec.type]
    unit = f" of {spec.unit}" if spec.unit and spec.type != "ratio" else ""
    low, high = (_plain(bound) for bound in (spec.minimum, spec.maximum))
    return f"{kind}{unit}" + (f" from {low} to {high}" if low and high else "")


def is_in_range(spec: FactSpec, value: float) -> bool:
    """Tell whether a number can be a value of a fact at all."""
    low = -math.inf if spec.minimum is None else spec.minimum
    high = math.inf if spec.maximum is None else spec.maximum
    return abs(value) <= LARGEST and low <= value <= high


def _parsed(spec: FactSpec, raw: FactValue) -> FactValue | None:
    if spec.type == "bool":
        return raw if isinstance(raw, bool) else _TRUTHS.get(str(raw).strip().lower()) if isinstance(raw, str) else None
    if isinstance(raw, bool):
        return None
    if spec.type == "choice":
        word = str(raw).strip().lower()
        return word if word in spec.options else None
    return _number(spec, raw)


def _number(spec: FactSpec, raw: FactValue) -> FactValue | None:
    read = plain_number(raw) if isinstance(raw, str) else raw
    if read is None or not is_in_range(spec, read):
        return None
    number = float(read)
    if spec.type != "integer":
        return number
    return int(number) if number == int(number) else None


def _plain(bound: float | None) -> str:
    return "" if bound is None else f"{bound:,.0f}"


def _shown(raw: FactValue) -> str:
    if isinstance(raw, int) and abs(raw) > LARGEST:
        return "that large"
    text = str(raw).lower() if isinstance(raw, bool) else str(raw)
    return repr(text if len(text) <= 40 else text[:37] + "...")

"""Loads the prompt files: front matter with id, version, reason and variables, then the text with {{placeholders}}.

Strict: the variables declared, used and passed are the same, or nothing is sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from agent.errors import SettingsError
from agent.types import PromptUse

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


class FrontMatter(Struct, frozen=True, forbid_unknown_fields=True):
    """What a prompt file says of itself."""

    id: str
    version: int
    reason: str
    """Why the prompt is as it is."""
    variables: tuple[str, ...] = ()


class Prompt(Struct, frozen=True):
    """One prompt, checked."""

    about: FrontMatter
    text: str
    sha256: str

    @property
    def use(self) -> PromptUse:
        """What a run record keeps of it."""
        return PromptUse(self.about.id, self.about.version, self.sha256)

    def fill(self, **values: str) -> str:
        """Return the text with every placeholder replaced once; values are never searched for placeholders."""
        if set(values) != set(self.about.variables):
            differing = sorted(set(values) ^ set(self.about.variables))
            raise SettingsError(f"prompt {self.about.id}: {', '.join(differing)} not declared or not passed")
        return _PLACEHOLDER.sub(lambda match: values[match[1]], self.text)


def load_prompts(folder: Path) -> Mapping[str, Prompt]:
    """Return every prompt of the folder by id; SettingsError names the file that is not in order."""
    return {path.stem: _load(path) for path in sorted(folder.glob("*.md"))}


def _load(path: Path) -> Prompt:
    try:
        raw = path.read_text(encoding="utf-8")
        front = _FRONT.match(raw)
        about = msgspec.convert(yaml.safe_load(front[1]) if front else None, FrontMatter)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path.name}: {error}", hint="reinstall rung") from error
    text = raw[front.end() if front else 0 :].strip()
    used = set(_PLACEHOLDER.findall(text))
    if about.id != path.stem or used != set(about.variables) or len(set(about.variables)) != len(about.variables):
        differing = ", ".join(sorted(used ^ set(about.variables))) or about.id
        raise SettingsError(f"{path.name}: id, variables declared and used do not agree: {differing}")
    return Prompt(about, text, hashlib.sha256(raw.encode()).hexdigest())

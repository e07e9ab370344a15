"""Everything that can go wrong on purpose, split by who must act.

RungError (exit 1)
├── UsageError        the user: what was typed or given            (exit 2)
├── SettingsError     the operator: environment, folders, disk
├── CorpusError       the maintainer of notes, manifest or added documents
├── RuleError         the maintainer of rules, facts or conflicts, with file and line
├── RetrievalError    the operator: index, encoder, Chroma
└── ModelError        the provider of the language model

Outcomes that are expected (no evidence, an unknown fact, a rule that does not hold) are values, not errors.
"""

from __future__ import annotations


class RungError(Exception):
    """Base: one clear line, and a hint that says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(RungError):
    """What the user typed or handed over cannot be used."""

    exit_code = 2


class SettingsError(RungError):
    """The environment, a folder or the disk does not allow it."""


class CorpusError(RungError):
    """A note, the manifest or an added document is not in order."""


class RuleError(RungError):
    """A rule, fact or conflict file is not in order; the message carries file and line."""


class RetrievalError(RungError):
    """The index, the encoder or the Chroma server does not answer."""


class ModelError(RungError):
    """The language model's provider refused, failed or answered unusably."""

"""Regular expressions that are compiled when they are first used.

Compiling the four hundred of all rooms took a third of a first answer; a question meets half of them, a check a tenth.
"""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("search", "match", "fullmatch", "findall", "finditer", "sub", "split", "pattern")


class _Waiting:
    """Stands in for a compiled expression, and takes its methods over when one of them is asked for."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(*self._source)
        # From here on they are found at once, as fast as the expression's own.
        self.__dict__.update((method, getattr(compiled, method)) for method in _METHODS)
        return self.__dict__[name]


def expression(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return what serves as `re.compile(pattern, flags)` does; a faulty pattern is met at its first use."""
    return cast("re.Pattern[str]", _Waiting(pattern, flags))

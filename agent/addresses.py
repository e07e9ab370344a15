"""Addresses as they may be shown: without the name and the password that may stand in them."""

from __future__ import annotations

import re

from agent.expressions import expression

_USER = expression(
    r"(?:(?<=://)|^(?![a-z][a-z0-9+.-]*://))"
    # A password may hold what ends the host's part of an address: then what follows the colon is no port.
    r"(?:[^/?#\s]*@|[^/?#\s@:\[\]]*:(?!\d*(?:[/?#\s]|$))\S*@)",
    re.IGNORECASE,
)


def without_user(url: str) -> str:
    """Return an address without what stands before the @ of its host."""
    return _USER.sub("", url)

"""Words to facts: what a described use case states, with the words that state it.

Owns the fact catalogue's loading, numbers, cues, scope and the small trained heads. Leaves deciding to `rules`, and borrows
sentence vectors through an argument.
"""

from agent.intake.catalogue import load_catalogue, parse_value
from agent.intake.reading import Reading, read

__all__ = ["Reading", "load_catalogue", "parse_value", "read"]

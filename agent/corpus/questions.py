"""Reads `corpus/questions/<source>.json`: what people may ask that a passage answers, in other words than its note's.

They are what "document expansion" is in retrieval: indexed by their words beside the passage, and never shown.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from agent.errors import CorpusError

_decode = msgspec.json.Decoder(dict[str, tuple[str, ...]]).decode


def load_questions(corpus_dir: Path) -> dict[str, tuple[str, ...]]:
    """Return the questions by passage id; CorpusError names a file that is not in order."""
    questions: dict[str, tuple[str, ...]] = {}
    for path in sorted((corpus_dir / "questions").glob("*.json")):
        try:
            by_slug = _decode(path.read_bytes())
        except (OSError, msgspec.DecodeError) as error:
            raise CorpusError(f"{path}: {error}", hint="a list of questions under each slug") from error
        questions |= {f"{path.stem}#{slug}": own for slug, own in by_slug.items()}
    return questions

"""A draft less the sentences with findings, numbered anew."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.grounding.findings import Finding
from agent.grounding.sentences import LIST_ITEM, MARKER, numbers_of, read_sentences
from agent.types import Draft


def prune(draft: Draft, findings: Iterable[Finding]) -> Draft:
    """Return the draft less the sentences with findings, the titles they leave bare, and the citations nothing uses."""
    sentences = {finding.sentence for finding in findings}
    lines = _lines_without(draft.markdown, [s.raw for s in read_sentences(draft.markdown) if s.text in sentences])
    markdown = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    used = dict.fromkeys(number for sentence in read_sentences(markdown) for number in sentence.markers)
    known = [number for number in used if 0 < number <= len(draft.cited)]
    renumbered = {number: index for index, number in enumerate(known, start=1)}

    def renumber(match: re.Match[str]) -> str:
        numbers = [renumbered[number] for number in numbers_of(match[1]) if number in renumbered]
        return "".join(f"[{number}]" for number in numbers)

    return Draft(MARKER.sub(renumber, markdown), tuple(draft.cited[number - 1] for number in known))


def _lines_without(markdown: str, removed: list[str]) -> list[str]:
    """Cut the removed sentences out, and with them list items left empty and titles left without a text."""
    gap = "\ue002"
    for raw in removed:
        markdown = re.sub(r"\s+".join(map(re.escape, raw.split())), gap, markdown, count=1)
    kept: list[str] = []
    for line in markdown.split("\n"):
        bare = line.replace(gap, "").rstrip()
        is_bare_title = bool(re.fullmatch(r"\s*\*\*[^*]+\*\*", bare)) and bool(kept)
        if gap not in line:
            kept.append(line)
        elif is_bare_title or not re.search(r"\w", LIST_ITEM.sub("", bare)):
            kept.append(gap)
        else:
            kept.append(re.sub(r" {2,}", " ", bare))
    return [line for index, line in enumerate(kept) if line != gap and not _heads_nothing(kept, index, gap)]


def _heads_nothing(lines: list[str], index: int, gap: str) -> bool:
    """Say whether a line is a title in bold whose whole list was cut."""
    if not re.fullmatch(r"\*\*[^*]+\*\*", lines[index].strip()):
        return False
    below = [line for line in lines[index + 1 :] if line.strip()]
    left = next((line for line in below if line != gap), "")
    return below[:1] == [gap] and not LIST_ITEM.match(left)

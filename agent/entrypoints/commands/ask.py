"""`rung ask` and `rung facts`: a question or a described case, read and answered."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from agent.advisor import facts_out
from agent.bootstrap import open_advisor, open_reader
from agent.entrypoints.casefile import write_case
from agent.entrypoints.terminal import Progress, notify, print_json, print_markdown, read_text
from agent.settings import load_settings
from agent.text import clean
from agent.types import Answer, Citation, Source

NOT_COVERED = 3


def ask(arguments: argparse.Namespace) -> int:
    """Print the answer with its numbered sources; exit code 3 where the sources do not cover it."""
    text = read_text(arguments)
    clean(text)
    advisor, sources = open_advisor(load_settings(), arguments.rules, notify=notify, progress=Progress())
    answer = advisor.ask(text)
    if arguments.json:
        print_json(answer)
    else:
        print_markdown(_page(answer, sources))
        if arguments.verbose:
            _verbose(answer)
    return NOT_COVERED if answer.kind == "not_covered" else 0


def _page(answer: Answer, sources: Mapping[str, Source]) -> str:
    parts = [answer.answer]
    if answer.citations:
        parts.append("\n".join(("**Sources**", "", *(_source_line(c, sources) for c in answer.citations))))
    return "\n\n".join(parts)


def _source_line(citation: Citation, sources: Mapping[str, Source]) -> str:
    card = sources[citation.source]
    details = [citation.title, citation.section, card.publisher if card.publisher != citation.title else "", card.dated]
    details += [f"sells {card.sells}"] if card.sells else []
    quote = " ".join(citation.quote.split())
    words = f"“{quote}”" if citation.verbatim else quote
    return f"- [{citation.number}] {citation.passage}: {words} ({'; '.join(d.rstrip('.') for d in details if d)})"


def _verbose(answer: Answer) -> None:
    for note in answer.notes:
        notify(note)
    laps = ", ".join(f"{name} {ms:.0f} ms" for name, ms in answer.timings_ms.items())
    notify(f"kind {answer.kind}, mode {answer.mode}; {laps}")
    if answer.verdict:
        notify(f"standing {answer.verdict.standing}, digest {answer.verdict.digest}")


def facts(arguments: argparse.Namespace) -> int:
    """Print what was understood as a case file that a person can correct and check."""
    text = clean(read_text(arguments))
    read, catalogue = open_reader()
    reading = read(text)
    if arguments.json:
        print_json(facts_out(reading.use_case))
        return 0
    for remark in reading.remarks:
        notify(remark)
    print(write_case(reading.use_case, catalogue))
    return 0

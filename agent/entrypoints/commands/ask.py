"""`rung ask` and `rung facts`: a question or a described case, read and answered."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from agent.bootstrap import open_advisor, open_catalogue, open_reader
from agent.entrypoints.cards import card_of
from agent.entrypoints.casefile import write_case
from agent.entrypoints.terminal import Progress, notify, print_json, print_markdown, print_text, read_question
from agent.intake.catalogue import allowed_form
from agent.settings import load_settings
from agent.types import Answer, Citation, Source

NOT_COVERED = 3


def ask(arguments: argparse.Namespace) -> int:
    """Print the answer with its numbered sources; exit code 3 where the sources do not cover it."""
    text = read_question(arguments)
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
        cited = [_cited_line(citation, answer.answer) for citation in answer.citations]
        cards = [_card_line(sources[id], answer) for id in dict.fromkeys(c.source for c in answer.citations)]
        parts += ["\n".join(("**Sources**", "", *cited)), "\n".join(("**About the sources**", "", *cards))]
    return "\n\n".join(parts)


def _cited_line(citation: Citation, answer: str) -> str:
    """Return the passage and its words, which are left out where they are our note and stand in the answer already."""
    words = " ".join(citation.quote.split())
    shown = f": “{words}”" if citation.verbatim else "" if words.rstrip(".") in answer else f": {words}"
    return f"- [{citation.number}] `{citation.passage}`, {citation.section}{shown}"


def _card_line(source: Source, answer: Answer) -> str:
    """Return the card; what it says of figures and prices only where the answer cites some of them."""
    cited = " ".join(citation.quote for citation in answer.citations if citation.source == source.id)
    card = card_of(source, figures=any(char.isdigit() for char in cited), prices="$" in cited)
    return f"- `{source.id}`: *{source.title}*; {card}"


def _verbose(answer: Answer) -> None:
    for note in answer.notes:
        notify(note)
    laps = ", ".join(f"{name} {ms:.0f} ms" for name, ms in answer.timings_ms.items())
    notify(f"kind {answer.kind}, mode {answer.mode}; {laps}")
    if answer.verdict:
        notify(f"standing {answer.verdict.standing}, digest {answer.verdict.digest}")


def facts(arguments: argparse.Namespace) -> int:
    """Print what was understood as a case file that a person can correct and check."""
    if arguments.list:
        return _list_facts(is_json=arguments.json)
    text = read_question(arguments)
    read, catalogue = open_reader()
    reading = read(text)
    for remark in reading.remarks:
        notify(remark)
    if arguments.json:
        from agent.advisor import facts_out  # here, since it loads more than reading facts needs

        print_json(facts_out(reading.use_case))
    else:
        print_text(write_case(reading.use_case, catalogue))
    return 0


def _list_facts(*, is_json: bool) -> int:
    catalogue = open_catalogue()
    if is_json:
        print_json(tuple(catalogue.values()))
        return 0
    for spec in catalogue.values():
        print_text(f"{spec.name}: {allowed_form(spec)}\n    {' '.join(spec.means.split())}")
    return 0

"""`rung ask` and `rung facts`: a question or a described case, read and answered."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.answer.wording import quote_user, show_value
from agent.bootstrap import UseModel, open_advisor, open_catalogue, open_reader
from agent.corpus.cards import card_of
from agent.entrypoints.recording import record
from agent.entrypoints.terminal import (
    Progress,
    draws_markdown,
    notify,
    print_file,
    print_json,
    print_markdown,
    print_text,
    read_question,
    rendered_markdown,
    write_now,
)
from agent.entrypoints.unfolding import Unfolding
from agent.errors import RungError
from agent.intake.catalogue import allowed_form
from agent.settings import load_settings
from agent.types import Answer, Citation, Draft, FactOut, RoleTrace, Source

# The advisor loads numpy, which `rung facts --list` does without.
if TYPE_CHECKING:
    from agent.advisor import Advisor, Stage

NOT_COVERED = 3
CORRECTED = "If one is wrong, say so in `rung chat`, or correct the case file that `rung facts` writes."


def ask(arguments: argparse.Namespace) -> int:
    """Print the answer with its numbered sources; exit code 3 where the sources do not cover it."""
    text = read_question(arguments)
    use: UseModel = "never" if arguments.offline else "insist" if arguments.model_only else "where_set"
    settings = load_settings()
    advisor, sources = open_advisor(settings, arguments.rules, notify=notify, progress=Progress(), use_model=use)
    if arguments.json:
        answer = advisor.ask(text)
        print_json(answer)
    else:
        answer = _show(advisor, text, sources)
        _tell_model(answer, is_verbose=arguments.verbose)
    if arguments.verbose:
        _verbose(answer)
    if answer.run is not None or arguments.record:
        run = record(answer, home=settings.home, book=advisor.book, passages=advisor.passages.values())
        if run and (arguments.record or arguments.verbose):
            notify(f"recorded as run {run}")
    return NOT_COVERED if answer.kind == "not_covered" else 0


def _show(advisor: Advisor, text: str, sources: Mapping[str, Source]) -> Answer:
    """Print the answer: where a model writes, the verdict first and, on a terminal, each sentence as it passes."""
    if not advisor.has_model:
        answer = advisor.ask(text)
        print_markdown(_page(answer, sources, with_facts=answer.kind == "advice"))
        return answer
    shown = _Shown()
    try:
        understood = advisor.understand(text, tell=shown.tell)
        answer = advisor.answer(understood, tell=shown.tell, show=shown.show if draws_markdown() else None)
    except RungError:
        shown.prose.break_off()
        raise
    shown.finish(answer, sources)
    return answer


class _Shown:
    """Shows the verdict and the facts at once, and what follows the opening as far as the gate has passed it."""

    def __init__(self) -> None:
        self.prose = Unfolding(rendered_markdown, write_now)
        self._opening = ""

    def tell(self, stage: Stage) -> None:
        """Show a verdict."""
        if not stage.is_final:
            notify(f"before the model has read it too: {stage.markdown}")
            return
        self._opening = stage.markdown
        print_markdown("\n\n".join((stage.markdown, _facts_read(stage.facts), "")))
        if draws_markdown():
            print_text()  # drawn, the empty line at the end is lost
        sys.stdout.flush()

    def show(self, beginning: Draft) -> None:
        """Show the beginning of the prose."""
        self.prose.grow(beginning.markdown.removeprefix(self._opening).lstrip("\n"))

    def finish(self, answer: Answer, sources: Mapping[str, Source]) -> None:
        """Show what is not shown yet; all of it where the answer does not go on from what stands there."""
        rest = _page(answer, sources, after=self._opening)
        if self.prose.text:
            self.prose.finish(rest, instead=_page(answer, sources))
        else:
            print_markdown(rest)


def _facts_read(facts: Mapping[str, FactOut]) -> str:
    """Return what an answer rests on, where a misreading shows."""
    return "\n".join(("**Read from your words**", "", *(_fact_line(name, fact) for name, fact in facts.items())))


def _fact_line(name: str, fact: FactOut) -> str:
    value = "in dispute" if fact.value is None else show_value(fact.value)
    return f"- `{name}`: {value}, {quote_user(fact.evidence)}".rstrip(", ")


def _page(answer: Answer, sources: Mapping[str, Source], *, after: str = "", with_facts: bool = False) -> str:
    """Return the answer with its sources, less the opening where that is shown already."""
    parts = [answer.answer.removeprefix(after).lstrip("\n")]
    if with_facts:
        parts += [_facts_read(answer.facts), CORRECTED]
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
    return f"- `{source.id}`: *{source.title}*; {card_of(source, cited=cited)}"


def _tell_model(answer: Answer, *, is_verbose: bool) -> None:
    """Say where the model failed or was corrected; with `--verbose` all notes are told, these among them."""
    if answer.run is not None and not is_verbose:
        from agent.brief import notes_of  # here, since it loads more than reading facts needs

        for note in notes_of(answer.run.read, answer.run.write):
            notify(note)


def _verbose(answer: Answer) -> None:
    for note in answer.notes:
        notify(note)
    for role in (answer.run.read, answer.run.write) if answer.run else ():
        if role is not None:
            _verbose_role(role)
    laps = ", ".join(f"{name} {ms:.0f} ms" for name, ms in answer.timings_ms.items())
    notify(f"kind {answer.kind}, mode {answer.mode}; {laps}")
    if answer.verdict:
        notify(f"standing {answer.verdict.standing}, digest {answer.verdict.digest}")


def _verbose_role(role: RoleTrace) -> None:
    tokens = sum(call.input_tokens + call.output_tokens for call in role.calls)
    cost = "price not known" if role.cost_usd is None else f"${role.cost_usd:.4f} by list price"
    used = f"{len(role.calls)} calls, {tokens:,} tokens, {role.milliseconds:,.0f} ms, {cost}"
    notify(f"{role.model} at {role.endpoint}: {role.outcome}; {used}; {role.repairs} repairs")
    for use in role.tools:
        notify(f"tool {use.name} {use.arguments}{f': {use.problem}' if use.problem else ''}")
    for finding in role.findings:
        notify(f"the gate found: {finding}")


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
        from agent.entrypoints.casefile import write_case  # here, since it loads YAML, which `rung ask` does without

        print_file(write_case(reading.use_case, catalogue))
    return 0


def _list_facts(*, is_json: bool) -> int:
    catalogue = open_catalogue()
    if is_json:
        print_json(tuple(catalogue.values()))
        return 0
    for spec in catalogue.values():
        print_text(f"{spec.name}: {allowed_form(spec)}\n    {' '.join(spec.means.split())}")
    return 0

"""What `rung facts` writes, `rung check` reads: the round trip of a case file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.bootstrap import open_catalogue
from agent.entrypoints.casefile import read_case, write_case
from agent.text import clean
from agent.types import Contradiction, Fact, FactSpec, UseCase

CATALOGUE = open_catalogue()


def values_of(spec: FactSpec) -> st.SearchStrategy[Any]:
    """Every value that a fact can take."""
    if spec.type == "bool":
        return st.booleans()
    if spec.type == "choice":
        return st.sampled_from(spec.options)
    low, high = spec.minimum or 0, spec.maximum if spec.maximum is not None else 1e12
    return st.integers(int(low), int(high)) if spec.type == "integer" else st.floats(low, high)


def cleaned(text: str) -> str:
    """The user's words as they reach a fact: from a cleaned text."""
    return clean(text + " word")


def facts_of(spec: FactSpec) -> st.SearchStrategy[Fact]:
    words = st.text(max_size=200).map(cleaned)
    return st.builds(lambda value, evidence: Fact(spec.name, value, "stated", evidence), values_of(spec), words)


CASES = st.lists(st.sampled_from(list(CATALOGUE.values())), unique_by=lambda spec: spec.name).flatmap(
    lambda specs: st.tuples(*map(facts_of, specs))
)


@settings(max_examples=150, deadline=None)
@given(facts=CASES, split=st.integers(0, 5))
def test_a_written_case_reads_as_it_was(tmp_path_factory: pytest.TempPathFactory, facts: Any, split: int) -> None:
    """Every fact comes back with its value, whatever the words beside it; contradictions stay out until settled."""
    disputed = tuple(Contradiction(fact.name, (fact, fact)) for fact in facts[:split])
    use_case = UseCase({fact.name: fact for fact in facts[split:]}, disputed)
    path = tmp_path_factory.mktemp("case") / "case.yaml"
    path.write_text(write_case(use_case, CATALOGUE), encoding="utf-8")
    read = read_case(str(path), CATALOGUE)
    assert read.values == use_case.values
    whole = {
        name: words for name, fact in use_case.facts.items() if len(words := " ".join(fact.evidence.split())) <= 100
    }
    assert {name: read.facts[name].evidence for name in whole} == whole


def test_words_stand_beside_the_fact_of_their_own_line(tmp_path: Path) -> None:
    """Neither the fact of the line before nor a text that looks like facts takes them."""
    path = tmp_path / "case.yaml"
    path.write_text(
        """\
case: >
  Our own words, as we put them: none of these
  evals_exist: true   # “no fact of ours”
facts:
  needs_citations: true
  knowledge_change_days: 7   # “docs change weekly # “often””
  problem_kind: "knowledge"
  # evals_exist: true   # “taken back”
  data_private: true   # no quotation
  labelled_examples: 300   # “about 300”
""",
        encoding="utf-8",
    )
    words = {name: fact.evidence for name, fact in read_case(str(path), CATALOGUE).facts.items()}
    assert words == {
        "needs_citations": "",
        "knowledge_change_days": "docs change weekly # “often”",
        "problem_kind": "",
        "data_private": "",
        "labelled_examples": "about 300",
    }


def test_a_case_all_in_dispute_is_settled_by_one_line(tmp_path: Path) -> None:
    """Where nothing else was read, taking a # away gives a case file, and so does leaving them all."""
    facts = tuple(Fact("labelled_examples", count, "stated", f"we have {count}") for count in (12, 3000))
    written = write_case(UseCase({}, (Contradiction("labelled_examples", facts),)), CATALOGUE)
    path = tmp_path / "case.yaml"
    path.write_text(written, encoding="utf-8")
    assert read_case(str(path), CATALOGUE).facts == {}
    path.write_text(written.replace("# labelled_examples: 12 ", "labelled_examples: 12 "), encoding="utf-8")
    (fact,) = read_case(str(path), CATALOGUE).facts.values()
    assert (fact.value, fact.evidence) == (12, "we have 12")


def test_facts_are_shown_with_their_words_and_checked_again(rung: Any) -> None:
    """A person sees what was understood and from which words, and hands the file on."""
    shown = rung("facts", "We have 800 labelled tickets, and every answer needs citations.")
    assert shown.code == 0
    assert "labelled_examples: 800   # “" in shown.out
    assert rung("check", "-", stdin=shown.out.encode()).code in (0, 4)


def test_a_contradiction_is_shown_with_both_statements(rung: Any) -> None:
    """What was said in two ways stands commented out, to be settled."""
    shown = rung("facts", "We have 3000 labelled examples. Our data set holds 12 labelled examples.")
    assert "labelled_examples was said in two ways; keep one:" in shown.out
    assert "  # labelled_examples: 12 " in shown.out
    assert "  # labelled_examples: 3000 " in shown.out


def test_every_fact_is_listed_with_its_form(rung: Any) -> None:
    """A person can look up what may be stated."""
    listed = rung("facts", "--list").out
    assert [name for name in CATALOGUE if f"{name}: " not in listed] == []
    assert "problem_kind: one of knowledge, behaviour" in listed


def test_what_the_handlers_need_is_declared() -> None:
    """Every command of the parser names a function that exists."""
    from importlib import import_module

    from agent.entrypoints.arguments import build_parser

    handlers = set()
    pending = [build_parser()]
    while pending:
        parser = pending.pop()
        handlers |= {parser.get_default("handler")} - {None}
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                pending += action.choices.values()
    for handler in handlers:
        module, function = handler.split(":")
        assert callable(getattr(import_module(f"agent.entrypoints.commands.{module}"), function))
    assert len(handlers) >= 14

"""Answers to questions on the subject."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.answer.guidance import (
    MOST_PASSAGES,
    SEARCH_DEPTH,
    choose_passages,
    compose,
    compose_differences,
    disputed,
    touched,
)
from agent.answer.premises import Statement
from agent.corpus.manifest import load_sources
from agent.grounding import check
from agent.retrieval import Retriever
from agent.types import Conflict, Draft, Evidence, Passage, Position

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = [json.loads(line) for line in (ROOT / "eval/data/coverage.jsonl").read_text("utf-8").splitlines()]
ANSWERABLE = [row for row in QUESTIONS if row["kind"] == "guidance"]


@pytest.fixture(scope="module")
def conflicts() -> tuple[Conflict, ...]:
    axes: list[dict[str, Any]] = yaml.safe_load((ROOT / "corpus/conflicts.yaml").read_text("utf-8"))["conflicts"]
    return tuple(
        Conflict(axis["axis"], tuple(Position(p["source"], p["position"], tuple(p["cite"])) for p in axis["positions"]))
        for axis in axes
    )


def answer(question: str, retriever: Retriever, conflicts: tuple[Conflict, ...]) -> Draft:
    evidence, sources = retriever.search(question, k=SEARCH_DEPTH), load_sources(ROOT / "corpus")
    leading = disputed(question, evidence, conflicts)
    passages = choose_passages(
        evidence, conflicts, question=question, sources=sources, passages=retriever.passages, leading=leading
    )
    return compose(question, passages, conflicts=conflicts, sources=sources, leading=leading)


def test_the_number_of_examples_names_both_thresholds(retriever: Retriever, conflicts: tuple[Conflict, ...]) -> None:
    """Where the sources differ, the answer opens with their positions."""
    draft = answer("How many labelled examples does fine-tuning need?", retriever, conflicts)
    assert draft.markdown.startswith("The sources differ on how many labelled examples fine-tuning needs")
    assert "5,000" in draft.markdown
    assert "500 " in draft.markdown


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("What is RAG?", "intervention-hierarchy#how-rag-works"),
        ("so what is fine-tuning exactly?", "intervention-hierarchy#adjusts-weights-from-examples"),
        ("explain LoRA please", "update-frequency#lora-adapter-on-frozen-weights"),
        ("What is a few-shot example?", "intervention-hierarchy#few-shot-examples"),
        ("what does structured output mean?", "intervention-hierarchy#constrained-generation-for-format"),
        ("What is model distillation?", "intervention-hierarchy#distil-for-high-volume-task"),
    ],
)
def test_what_a_thing_is_is_said_first(
    retriever: Retriever, conflicts: tuple[Conflict, ...], question: str, passage: str
) -> None:
    """Before what speaks for or against it, and before where the sources differ."""
    draft = answer(question, retriever, conflicts)
    assert draft.cited[0] == passage
    assert not draft.markdown.startswith("The sources differ")


def test_what_answers_best_is_said_though_its_source_has_a_position(
    retriever: Retriever, conflicts: tuple[Conflict, ...]
) -> None:
    draft = answer("Why is a fine-tuned model called a snapshot?", retriever, conflicts)
    assert draft.cited[0] == "intervention-hierarchy#snapshot-in-time"
    assert not draft.markdown.startswith("The sources differ")


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("what does viviscape say about structured outputs?", "intervention-hierarchy"),
        ("What does Mala say about hybrids?", "enterprise-strategy"),
        ("what does update-frequency say about LoRA cost?", "update-frequency"),
        ("According to the AI Guide, what should I use for real-time information?", "train-or-prompt"),
    ],
)
def test_a_source_that_is_asked_for_answers_alone(
    retriever: Retriever, conflicts: tuple[Conflict, ...], question: str, source: str
) -> None:
    """By publisher or id, in whatever case; with more than a sentence where it has more to say."""
    draft = answer(question, retriever, conflicts)
    assert {id.partition("#")[0] for id in draft.cited} == {source}
    assert len(draft.cited) > 1


def test_a_source_that_is_named_beside_others_does_not_answer_alone(
    retriever: Retriever, conflicts: tuple[Conflict, ...]
) -> None:
    """Who asks whether anybody contradicts it wants the others too."""
    draft = answer("What does Mala say about explainability, and does anyone contradict it?", retriever, conflicts)
    assert len({id.partition("#")[0] for id in draft.cited}) > 1


@pytest.mark.parametrize("question", ["Who should not use RAG?", "When is RAG the wrong choice?", "downsides of RAG?"])
def test_limits_are_told_where_limits_are_asked_for(
    retriever: Retriever, conflicts: tuple[Conflict, ...], question: str
) -> None:
    """And not what the thing is good for."""
    named = ("limitations", "complex-for-multi-hop", "adds-latency", "depends-on-retrieval-quality")
    limits = {f"train-or-prompt#rag-{limit}" for limit in named}
    assert answer(question, retriever, conflicts).cited[0] in limits


def test_all_positions_are_told_on_an_axis_that_leads(retriever: Retriever, conflicts: tuple[Conflict, ...]) -> None:
    """The strictest too, however far down a search finds it, where all of them are few enough to be read."""
    told = answer("is 2,000 labelled examples enough?", retriever, conflicts)
    assert "500 high-quality examples" in told.markdown
    assert "5,000 or more" in told.markdown
    assert "10,000 examples" in told.markdown
    assert len(told.cited) <= MOST_PASSAGES


@pytest.mark.parametrize(
    ("question", "leads"),
    [
        ("In which order should one climb the rungs?", True),
        ("How many labelled examples does tuning need?", True),
        ("Does context engineering help with regulators?", False),
        ("How much room of the context windows is left unused?", False),
    ],
)
def test_a_difference_leads_where_the_question_touches_it(
    retriever: Retriever, conflicts: tuple[Conflict, ...], question: str, leads: bool
) -> None:
    """A question near to one side only is answered by that side."""
    assert answer(question, retriever, conflicts).markdown.startswith("The sources differ") is leads


def test_what_is_disputed() -> None:
    """Two sides about as near as each other; any, where it is asked whether others agree."""
    near, far = [Evidence(ONE, 1.0, 0.6), Evidence(TWO, 0.8, 0.5)], [Evidence(ONE, 1.0, 0.6), Evidence(TWO, 0.5, 0.5)]
    assert disputed("when to tune?", near, [AXIS]) == (AXIS,)
    assert disputed("when to tune?", far, [AXIS]) == ()
    assert disputed("when to tune, and does anybody disagree?", far, [AXIS]) == (AXIS,)


def test_every_answer_passes_the_gate_with_few_citations(retriever: Retriever, conflicts: tuple[Conflict, ...]) -> None:
    """No sentence says more than its passages do."""
    sources = load_sources(ROOT / "corpus")
    for row in ANSWERABLE[::6]:
        draft = answer(row["question"], retriever, conflicts)
        assert 1 <= len(draft.cited) <= MOST_PASSAGES
        assert check(draft, retriever.passages, None, row["question"], {}, sources=sources) == (), row["question"]


def test_most_questions_cite_every_source_that_answers_them(
    retriever: Retriever, conflicts: tuple[Conflict, ...]
) -> None:
    """A floor under the measured 0.91 and 1.00 on the project's own questions."""
    rows = ANSWERABLE[::3]
    cited = [{id.partition("#")[0] for id in answer(row["question"], retriever, conflicts).cited} for row in rows]
    every = sum(set(row["sources"]) <= sources for row, sources in zip(rows, cited, strict=True)) / len(rows)
    some = sum(bool(set(row["sources"]) & sources) for row, sources in zip(rows, cited, strict=True)) / len(rows)
    assert every >= 0.8
    assert some >= 0.98


def passage(id: str, text: str) -> Passage:
    return Passage(id, id.partition("#")[0], "Section", text)


ONE, TWO, FAR = passage("a#one", "Tune late."), passage("b#two", "Tune early."), passage("c#far", "Bees hum.")
AXIS = Conflict("when to tune", (Position("a", "Late.", ("a#one",)), Position("b", "Early.", ("b#two",))))


def test_a_source_that_does_not_bear_on_the_question_is_left_out() -> None:
    """One from each source would be a dump."""
    evidence = [Evidence(ONE, 1.0, 0.6), Evidence(TWO, 0.8, 0.5), Evidence(FAR, 0.3, 0.1)]
    assert choose_passages(evidence) == (ONE, TWO)
    assert choose_passages([Evidence(ONE, 1.0, 0.6), Evidence(TWO, 0.6, 0.5)]) == (ONE,)
    assert choose_passages(()) == ()


def test_an_axis_is_touched_by_the_best_passage_or_by_two_sources() -> None:
    """A single lesser passage does not open a dispute."""
    assert touched([AXIS], [ONE, FAR]) == (AXIS,)
    assert touched([AXIS], [FAR, TWO]) == ()


def test_a_correction_comes_first_and_counts_among_the_five() -> None:
    """What the question takes for granted is put right before it is answered."""
    right = passage("d#right", "Bees do not tune.")
    others = [passage(f"s{n}#p", f"Claim {word}.") for n, word in enumerate(("one", "two", "three", "four", "five"))]
    draft = compose(
        "q", others, premises=[Statement("Bees do not tune.", ("d#right",))], premise_passages={"d#right": right}
    )
    assert draft.markdown.startswith("Bees do not tune [1].")
    assert draft.cited == ("d#right", "s0#p", "s1#p", "s2#p", "s3#p")


def test_what_corrects_the_question_is_not_told_again() -> None:
    """Even where the passage behind it answers the question best."""
    right, other = passage("d#right", "Bees do not tune."), passage("s#p", "Claim one.")
    premises = [Statement("Bees do not tune.", ("d#right",))]
    draft = compose("q", [right, other], premises=premises, premise_passages={"d#right": right})
    assert draft.markdown == "Bees do not tune [1].\n\nClaim one [2]."
    premises = [Statement("No: bees do not tune.", ("d#right",))]
    assert (
        compose("q", [right, other], premises=premises, premise_passages={"d#right": right}).markdown.count("tune") == 1
    )


def test_where_the_sources_disagree_is_told_axis_by_axis(retriever: Retriever, conflicts: tuple[Conflict, ...]) -> None:
    """Two positions each, of two sources where there are two, and nothing that the gate objects to."""
    sources = load_sources(ROOT / "corpus")
    draft = compose_differences(conflicts, retriever.passages, sources)
    lines = [line for line in draft.markdown.splitlines() if line.startswith("- ")]
    assert [line[2:].partition(":")[0].lower() for line in lines] == [axis.axis.lower() for axis in conflicts]
    assert all(f"[{number}]" in draft.markdown for number in range(1, len(draft.cited) + 1))
    assert check(draft, retriever.passages, None, "what do they disagree about", {}, sources=sources) == ()


def test_prices_answer_only_who_asks_for_them() -> None:
    """They name models, and so stand near any question that names one."""
    price, other = passage("s#price", "Model X costs $5 a month."), passage("t#other", "Model X varies.")
    evidence = [Evidence(price, 1.0, 0.6), Evidence(other, 0.9, 0.6)]
    assert choose_passages(evidence, question="why does model X vary?")[0] is other
    assert choose_passages(evidence, question="what does model X cost?")[0] is price


def test_a_sentence_begins_with_a_capital_where_a_summary_was_announced() -> None:
    """The announcement is left out."""
    assert compose("q", [passage("s#p", "In short: bees hum.")]).markdown == "Bees hum [1]."

"""The compact report of a verdict names everything that is in it."""

from __future__ import annotations

import pytest
from msgspec import structs

from agent.answer.report import describe
from agent.types import (
    Conflict,
    Driver,
    FactSpec,
    Flip,
    Obstacle,
    OpenQuestion,
    Passage,
    PlanStep,
    Position,
    SourceVote,
    Verdict,
    WhyNot,
)

PASSAGES = {"a#one": Passage("a#one", "a", "Section", "Text.")}
CATALOGUE = {
    "labelled_examples": FactSpec(
        "labelled_examples", "integer", "Examples.", "How many?", phrase={"value": "you have {value} labelled examples"}
    )
}
VERDICT = Verdict(
    recommendation="rag",
    plan=(PlanStep("rag", "Index the manuals.", "Facts are missing.", "Answers rest on them.", ("a#one",)),),
    standing="contested",
    sources=(
        SourceVote("a", "rag", ("r",), ("a#one",), "Retrieve what is missing."),
        SourceVote("b", None, (), ()),
    ),
    drivers=(Driver("r", "for", {"labelled_examples": 800}, ("a#one", "a#gone"), "Retrieve what is missing."),),
    why_not=(
        WhyNot("fine_tuning", (Obstacle("s", "labelled_examples", 800, "at least 5,000", ("a#one",)),)),
        WhyNot("few_shot", ()),
    ),
    flips=(Flip({"labelled_examples": 5000}, "rag+fine_tuning", in_your_control=True),),
    conflicts=(
        Conflict("how many examples", (Position("a", "500 suffice.", ("a#one",)), Position("b", "5,000.", ()))),
    ),
    next_questions=(
        OpenQuestion("labelled_examples", "How many?", "with 5,000 the recommendation would be rag+fine tuning"),
    ),
    digest="0123456789abcdef",
)

EXPECTED = """\
# Retrieval (RAG)

Standing: contested · digest 0123456789ab

## Votes

- a: retrieval (RAG): Retrieve what is missing. [a#one]
- b: no view of this case

## What decides

- Retrieve what is missing. (you have 800 labelled examples) [a#one, a#gone (missing)]

## Why not

- Fine-tuning: `labelled_examples` is 800, needed at least 5,000 [a#one]

## What would change it

- If you have 5,000 labelled examples: retrieval (RAG) with fine-tuning (in your hands)

## Where the sources disagree

- How many examples: a: 500 suffice [a#one]; b: 5,000

## Plan

1. Retrieval (RAG). Index the manuals. Start: Facts are missing. Done: Answers rest on them. [a#one]

## Open questions

- How many? `labelled_examples`: with 5,000 the recommendation would be retrieval (RAG) with fine-tuning"""


def test_the_report_shows_the_whole_verdict() -> None:
    """Votes, drivers, why-nots, flips, conflicts, plan and questions appear once each, empty why-nots not at all."""
    assert describe(VERDICT, CATALOGUE, PASSAGES) == EXPECTED


@pytest.mark.parametrize(
    ("needed", "told"),
    [
        ("not yes", "no"),
        ("not no", "yes"),
        ("not less than 500", "at least 500"),
        ("not at most 30", "more than 30"),
        ("not knowledge", "not knowledge"),
        ("at least 5,000", "at least 5,000"),
    ],
)
def test_what_is_needed_is_told_without_a_double_negative(needed: str, told: str) -> None:
    """A reader of "is no, needed not no" has to stop and think."""
    verdict = structs.replace(VERDICT, why_not=(WhyNot("rag", (Obstacle("s", "labelled_examples", 800, needed, ()),)),))
    assert f"`labelled_examples` is 800, needed {told}\n" in describe(verdict, CATALOGUE, PASSAGES)


def test_what_several_rules_lack_alike_is_told_once() -> None:
    """With the passages of all of them."""
    obstacles = tuple(Obstacle(name, "labelled_examples", 0, "at least 100", (f"a#{name}",)) for name in ("one", "two"))
    report = describe(structs.replace(VERDICT, why_not=(WhyNot("fine_tuning", obstacles),)), CATALOGUE, PASSAGES)
    assert "- Fine-tuning: `labelled_examples` is 0, needed at least 100 [a#one, a#two (missing)]\n" in report


def why_not(*obstacles: Obstacle) -> str:
    told = describe(structs.replace(VERDICT, why_not=(WhyNot("fine_tuning", obstacles),)), CATALOGUE, PASSAGES)
    return next(line for line in told.splitlines() if line.startswith("- Fine-tuning: "))


def test_what_decides_before_an_approach_is_no_requirement_of_it() -> None:
    """The turned condition of the deciding rule would read as what the approach needs."""
    obstacle = Obstacle("r", "prompting_sufficient", False, "not no", (), "No stronger model was tried yet.")
    assert why_not(obstacle) == "- Fine-tuning: decided before it: no stronger model was tried yet"


def test_of_several_bounds_of_one_number_the_strictest_is_told() -> None:
    """Whoever has 5,000 rows has 100 as well; other facts are told beside."""
    needed = ("not less than 100", "not 0", "not less than 5,000", "not less than 500")
    rows = [Obstacle(f"v{at}", "labelled_examples", 0, text, ("a#one",)) for at, text in enumerate(needed)]
    launch = Obstacle("w", "deadline_days", 1, "not less than 60", ())
    told = "`labelled_examples` is 0, needed at least 5,000 [a#one]; `deadline_days` is 1, needed at least 60"
    assert why_not(*rows, launch) == f"- Fine-tuning: {told}"


def test_measuring_may_find_otherwise() -> None:
    """Whatever a comparison finds, the other facts alone do not settle it."""
    measuring = structs.replace(
        VERDICT,
        recommendation="measure_first",
        flips=(Flip({"alternatives_compared": True}, "prompting", in_your_control=True),),
    )
    assert "better prompting, unless what is found says otherwise (in your hands)" in describe(measuring, {}, {})

"""The evaluators on a handful of made-up cases: all right, all wrong, and the ways of being half right."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from msgspec import json as msgspec_json
from msgspec import structs

from agent.rules.conditions import All, parse
from agent.rules.model import Examples, Rule, RuleBook, Stage, Table, WorkedExample, compile_all, dependents_of
from agent.types import (
    LADDER,
    Answer,
    AnswerKind,
    Approach,
    Citation,
    Fact,
    FactOut,
    FactSpec,
    FactValue,
    Passage,
    Source,
    UseCase,
    Verdict,
)
from eval.cases import Case, Covered, Dataset, Labelled, NotCovered
from eval.evaluators import EVALUATORS
from eval.evaluators.facts import same
from eval.figures import Figure
from eval.report import Result, result_of
from eval.run import Data, Floats, Run, reading_of

CATALOGUE = {
    "needs_citations": FactSpec("needs_citations", "bool", "answers show sources", "Must answers show sources?"),
    "requests_per_month": FactSpec("requests_per_month", "number", "volume", "How many requests?", minimum=0),
}
PASSAGES = {
    f"{source}#{slug}": Passage(f"{source}#{slug}", source, slug, text)
    for source, slug, text in (
        ("harbour", "sources", "Retrieval can show where an answer comes from."),
        ("harbour", "start", "Begin with a prompt before anything dearer."),
        ("quay", "scale", "Training a small model pays at a million calls a month."),
        ("quay", "ferry", "The ferry leaves at noon."),
    )
}
SOURCES = {name: Source(name, name.title(), name.title(), "undated", "", "") for name in ("harbour", "quay")}
Asked = Callable[[str], Answer]


class Double:
    """A subject that answers by a function of the text."""

    def __init__(self, asked: Asked) -> None:
        self.book = book()
        self.passages = PASSAGES
        self.sources = SOURCES
        self.llm: str | None = None
        self.asked: list[str] = []
        self._answer = asked

    def ask(self, text: str) -> Answer:
        self.asked.append(text)
        return self._answer(text)

    def read(self, text: str) -> UseCase:
        return reading_of(self._answer(text))

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return vectors by the letters of a text: like texts, like vectors."""
        counts = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), np.float32(1e-9))


def rule(name: str, approach: Approach, when: dict[str, Any] | None) -> Rule:
    condition = parse(when, CATALOGUE, lambda kind, name: name) if when else All(())
    examples = Examples(({"needs_citations": True},), ({"needs_citations": False},), ({},)) if when else Examples()
    return Rule(
        name, "harbour", condition, not when, "for", (approach,), (), None, "It says so.", ("harbour#sources",),
        examples, "harbour.yaml:1", f"rule:{name}",
    )  # fmt: skip


def book() -> RuleBook:
    """A book in which the need for citations leads to retrieval and all else to prompting."""
    rules = (rule("h-cite", "rag", {"needs_citations": True}), rule("h-start", "prompting", None))
    worked = (WorkedExample("the archive", {"needs_citations": True}, "rag", ("harbour#sources",)),)
    table = Table("harbour", "source", "a harbour", rules, rules, (), worked, "0" * 64)
    panel = structs.replace(table, id="panel", kind="panel", worked_examples=())
    definitions = {item.name: item.when for item in rules}
    stages = {name: Stage(name, "do", "enter", "leave", (), None, (), None) for name in LADDER}
    return RuleBook(
        CATALOGUE, (table,), panel, definitions, (), "1" * 64, (), dict(stages),
        compiled=compile_all(definitions), dependents=dependents_of(definitions),
    )  # fmt: skip


def answer(
    text: str,
    kind: AnswerKind = "advice",
    recommendation: Approach | None = None,
    facts: dict[str, FactValue] | None = None,
    cited: Sequence[str] = (),
    prose: str = "",
) -> Answer:
    digest = hashlib.sha256(repr(sorted((facts or {}).items())).encode()).hexdigest()
    return Answer(
        question=text,
        mode="offline",
        kind=kind,
        answer=prose,
        citations=tuple(
            Citation(n, id, PASSAGES[id].source, "", "", PASSAGES[id].cited_text, False)
            for n, id in enumerate(cited, 1)
        ),
        facts={name: FactOut(value, "stated", "") for name, value in (facts or {}).items()},
        verdict=Verdict(recommendation, (), "robust", (), (), (), (), (), (), digest) if recommendation else None,
        next_questions=(),
        nearest=(),
        timings_ms={},
    )


def use_case(id: str, text: str, label: Approach, also: Sequence[str] = (), **facts: FactValue) -> Case[Labelled]:
    return Case(id, text, Labelled(facts, {}, label, frozenset(also)))


def question(id: str, text: str, *sources: str) -> Case[Covered]:
    return Case(id, text, Covered(frozenset(sources)))


def unanswerable(id: str, text: str) -> Case[NotCovered]:
    return Case(id, text, NotCovered(""))


def data(*cases: Case[Any]) -> Data:
    def kept(kind: type[Any]) -> Dataset[Any]:
        return Dataset(kind.__name__, tuple(c for c in cases if isinstance(c.expected, kind)), "2" * 64, False)

    return Data(kept(Labelled), kept(Covered), kept(NotCovered))


def figures(name: str, run: Run) -> dict[str, Figure]:
    return {figure.id: figure for figure in EVALUATORS[name](run)}


CITE = use_case("c1", "Answers must show sources. We get 5,000 calls.", "rag", needs_citations=True)
VOLUME = use_case("c2", "We get 90 calls. Nothing else.", "prompting", ["rag"], requests_per_month=90)


def perfect(text: str) -> Answer:
    if "sources" in text:
        return answer(text, "advice", "rag", {"needs_citations": True})
    return answer(text, "advice", "prompting", {"requests_per_month": 90})


def wrong(text: str) -> Answer:
    return answer(text, "advice", "distillation", {"needs_citations": False, "requests_per_month": 9000})


def test_a_perfect_advisor_scores_one_on_recommendations_and_facts() -> None:
    """Whole marks for whole answers."""
    run = Run(Double(perfect), data(CITE, VOLUME))
    found = figures("recommendation", run) | figures("facts", run)
    names = ("recommendation.exact", "recommendation.lenient", "recommendation.given.exact", "facts.found")
    assert [found[name].value for name in names] == [1, 1, 1, 1]
    assert (found["facts.wrong"].value, found["facts.extra"].value) == (0, 0)


def test_an_advisor_wrong_throughout_scores_nothing_but_the_rules_stay_right() -> None:
    """Reading errors do not count against the rules."""
    run = Run(Double(wrong), data(CITE, VOLUME))
    found = figures("recommendation", run) | figures("facts", run)
    assert (
        found["recommendation.exact"].value == found["recommendation.lenient"].value == found["facts.found"].value == 0
    )
    assert found["recommendation.given.exact"].value == 1
    assert (found["facts.wrong"].value, found["facts.extra"].value) == (1, 1)


def test_an_also_defensible_recommendation_counts_in_the_lenient_figure_only() -> None:
    """The label alone is exact."""
    run = Run(Double(lambda text: answer(text, "advice", "rag")), data(VOLUME))
    found = figures("recommendation", run)
    assert (found["recommendation.exact"].value, found["recommendation.lenient"].value) == (0, 1)


def test_a_case_answered_as_a_question_is_a_miss_that_says_so() -> None:
    """No verdict is no right verdict."""
    run = Run(Double(lambda text: answer(text, "guidance")), data(VOLUME))
    (miss,) = figures("recommendation", run)["recommendation.exact"].misses
    assert (miss.case, miss.expected, miss.got, miss.detail) == (
        "c2",
        "prompting",
        "no verdict",
        "answered as guidance",
    )


def test_held_out_readings_make_the_headline_and_the_shipped_reader_stands_beside_it() -> None:
    """What was fitted on a case does not vouch for itself."""
    held_out = {"c1": UseCase({}), "c2": UseCase({"requests_per_month": Fact("requests_per_month", 90)})}
    run = Run(Double(perfect), data(CITE, VOLUME), held_out=held_out)
    found = figures("recommendation", run) | figures("facts", run)
    assert (found["recommendation.exact"].value, found["recommendation.shipped.exact"].value) == (0.5, 1)
    assert (found["facts.found"].value, found["facts.shipped.found"].value) == (0.5, 1)
    assert found["facts.found"].note == "cross-validated"


def test_the_nearest_case_never_is_the_case_itself() -> None:
    """The anchor is measured leave-one-out."""
    run = Run(Double(perfect), data(CITE, VOLUME))
    assert [score.got for score in figures("recommendation", run)["recommendation.nearest.exact"].scores] == [
        "prompting",
        "rag",
    ]


@pytest.mark.parametrize(
    ("read", "labelled", "is_same"),
    [
        (100, 100.0, True),
        (100.9, 100, True),
        (102, 100, False),
        (0, 0, True),
        (None, 0, False),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        ("low", "low", True),
        ("low", "high", False),
        (False, None, False),
    ],
)
def test_values_are_the_same_within_a_hundredth_and_within_their_type(read: Any, labelled: Any, is_same: bool) -> None:
    """A number is never a truth value."""
    assert same(read, labelled) is is_same


def cite(*ids: str) -> Asked:
    return lambda text: answer(text, "guidance", cited=ids)


BOTH = question("q1", "where do answers come from at scale?", "harbour", "quay")


@pytest.mark.parametrize(
    ("asked", "every", "some"),
    [
        pytest.param(cite("harbour#sources", "quay#scale"), 1, 1, id="all"),
        pytest.param(cite("harbour#sources"), 0, 1, id="one"),
        pytest.param(cite(), 0, 0, id="none"),
        pytest.param(cite(*["harbour#start"] * 5, "quay#scale"), 0, 1, id="the sixth does not count"),
    ],
)
def test_questions_count_the_articles_within_five_citations(asked: Asked, every: int, some: int) -> None:
    """A longer list buys nothing."""
    found = figures("questions", Run(Double(asked), data(BOTH)))
    assert (found["questions.every"].value, found["questions.any"].value) == (every, some)


def test_more_than_five_citations_are_counted() -> None:
    """The limit holds for the answer too."""
    found = figures("questions", Run(Double(cite(*["harbour#start"] * 6)), data(BOTH)))
    assert (found["questions.citations"].value, found["questions.citations"].is_reached) == (1, False)


def test_questions_that_a_head_was_fitted_on_are_left_out_of_the_unseen_figure() -> None:
    """Both figures are shown where there is a difference."""
    seen = question("q2", "Does retrieval make answers slower?", "quay")
    fitted = ["does retrieval make answers slower"]
    found = figures("questions", Run(Double(cite("harbour#start")), data(BOTH, seen), fitted=fitted))
    assert [score.case for score in found["questions.unseen.any"].scores] == ["q1"]
    assert "questions.unseen.any" not in figures("questions", Run(Double(cite()), data(BOTH), fitted=fitted))


def test_refusals_count_on_both_sides() -> None:
    """To refuse everything is as visible as to refuse nothing."""
    cases = (BOTH, VOLUME, unanswerable("u1", "who won?"))
    nothing = figures("refusals", Run(Double(lambda text: answer(text, "guidance")), data(*cases)))
    everything = figures("refusals", Run(Double(lambda text: answer(text, "not_covered")), data(*cases)))
    assert (nothing["refusals.unanswerable"].value, nothing["refusals.answerable"].value) == (0, 0)
    assert (everything["refusals.unanswerable"].value, everything["refusals.answerable"].value) == (1, 1)
    assert [score.case for score in everything["refusals.answerable"].misses] == ["q1", "c2"]


def test_a_steady_advisor_is_stable_and_one_swayed_by_words_is_not() -> None:
    """One variant that changes the verdict spoils the case."""

    def swayed(text: str) -> Answer:
        facts: dict[str, FactValue] = {"needs_citations": True} if "everyone fine-tunes" in text else {}
        return answer(text, "advice", "rag" if facts else "prompting", facts)

    steady = figures("stability", Run(Double(perfect), data(CITE, VOLUME)))
    assert {figure.value for figure in steady.values()} == {1.0}
    found = figures("stability", Run(Double(swayed), data(CITE)))
    assert [found[f"stability.{name}"].value for name in ("order", "framing", "pushback")] == [1, 1, 0]
    assert found["stability.pushback"].misses[0].got == "everyone: rag"


def test_a_variant_that_is_no_case_any_more_spoils_stability() -> None:
    """Read alike and answered otherwise is a change all the same."""

    def moved(text: str) -> Answer:
        return answer(text, "guidance" if "everyone" in text else "advice", None if "everyone" in text else "prompting")

    cases = [use_case(f"c{n}", f"We get {n} calls.", "prompting") for n in range(3)]
    found = figures("stability", Run(Double(moved), data(*cases)))
    assert found["stability.framing"].value == 1
    (miss,) = found["stability.pushback"].misses
    assert (miss.case, miss.got) == ("c2", "everyone, answered: no verdict instead of prompting")


def test_a_new_fact_changes_the_digest_figure_and_names_the_fact() -> None:
    """The recommendation may stay where the reading moves."""

    def listens(text: str) -> Answer:
        return answer(text, "advice", "prompting", {"needs_citations": False} if "Why should" in text else {})

    found = figures("stability", Run(Double(listens), data(CITE)))
    assert (found["stability.framing"].value, found["stability.digest.framing"].value) == (1, 0)
    assert found["stability.digest.framing"].misses[0].detail == "needs_citations - → False"


PROSE = "Retrieval can show where an answer comes from [1]. You said “show sources”."


def test_an_answer_that_rests_on_its_citations_has_no_faults() -> None:
    """Exact ids, exact quotes."""
    run = Run(Double(lambda text: answer(text, "guidance", cited=["harbour#sources"], prose=PROSE)), data(CITE))
    found = figures("citations", run)
    assert {name: figure.value for name, figure in found.items()} == dict.fromkeys(found, 0)


@pytest.mark.parametrize(
    ("figure", "fault", "detail"),
    [
        pytest.param("unknown", {"prose": f"{PROSE} So it is [2]."}, "marker [2]", id="marker without citation"),
        pytest.param("unknown", {"passage": "quay#gone"}, "quay#gone", id="no such passage"),
        pytest.param(
            "inexact", {"quote": "Retrieval can show where answers come from."}, "harbour#sources", id="quote"
        ),
        pytest.param("inexact", {"source": "quay"}, "harbour#sources", id="other source"),
        pytest.param(
            "quotes", {"prose": "“The ferry leaves at noon” [1]."}, "“The ferry leaves at noon”", id="not cited"
        ),
        pytest.param(
            "gate", {"prose": "Retrieval shows 77 sources of an answer [1]."}, "unsupported_number", id="gate"
        ),
    ],
)
def test_each_fault_of_a_citation_is_counted_and_shown(figure: str, fault: dict[str, str], detail: str) -> None:
    """A seeded fault moves its own figure."""

    def faulty(text: str) -> Answer:
        given = answer(text, "guidance", cited=["harbour#sources"], prose=fault.get("prose", PROSE))
        changes = {name: value for name, value in fault.items() if name != "prose"}
        return structs.replace(given, citations=(structs.replace(given.citations[0], **changes),))

    found = figures("citations", Run(Double(faulty), data(CITE)))[f"citations.{figure}"]
    assert found.is_reached is False
    assert detail in found.misses[0].detail


def test_every_text_is_answered_once_and_every_dataset_is_looked_at() -> None:
    """Evaluators share answers, and citations are checked over all of them."""
    subject = Double(perfect)
    run = Run(subject, data(CITE, VOLUME, BOTH, unanswerable("u1", "who won?")))
    for name in EVALUATORS:
        list(EVALUATORS[name](run))
    assert len(subject.asked) == len(set(subject.asked)) == len(run.answers)
    assert {CITE.text, VOLUME.text, BOTH.text, "who won?"} <= set(subject.asked)


def test_rules_that_say_what_their_source_says_score_one_and_a_turned_rule_does_not() -> None:
    """A worked example and the examples of the rule both catch it."""
    run = Run(Double(perfect), data(CITE))
    found = figures("sources", run)
    assert (found["sources.worked"].value, found["sources.examples"].value) == (1, 1)
    turned = rule("h-cite", "rag", {"needs_citations": False})
    straight = run.subject.book
    definitions = {**straight.definitions, turned.name: turned.when}
    rules = (turned, straight.tables[0].rules[1])
    table = structs.replace(straight.tables[0], rules=rules, votes=rules)
    run.subject.book = structs.replace(  # type: ignore[misc]
        straight, tables=(table,), definitions=definitions, compiled=compile_all(definitions)
    )
    found = figures("sources", run)
    assert found["sources.worked"].value == 0
    assert found["sources.examples"].value < 1


def test_the_result_says_what_it_was_measured_on_and_can_be_read_again() -> None:
    """A baseline is comparable only with its commit, hashes and date."""
    run = Run(Double(perfect), data(CITE, VOLUME))
    result = result_of(figures("recommendation", run).values(), run, seconds=1.25)
    read = msgspec_json.decode(msgspec_json.encode(result), type=Result)
    assert read == result
    assert {"corpus", "rules/harbour", "rules/panel", "cases/Labelled"} <= read.hashes.keys()
    assert read.llm is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", read.date)
    assert json.loads(msgspec_json.encode(result))["schema"] == "rung.eval/1"

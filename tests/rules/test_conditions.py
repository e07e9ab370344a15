"""Conditions: Kleene's tables, an exact oracle, and what a reader is told of them."""

from __future__ import annotations

import operator
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.rules.conditions import (
    OPERATORS,
    All,
    AnyOf,
    Condition,
    ConditionError,
    Not,
    Ref,
    compile_condition,
    in_words,
    parse,
    reasons,
    refs_of,
    show,
    truth_of,
)
from agent.rules.conditions import Test as FactTest  # pytest would collect the name
from agent.rules.conditions import tests_of as facts_tested
from agent.types import FactSpec, FactValue, Truth

BOOLS = ("b0", "b1", "b2", "b3")
NUMBERS = ("n0", "n1", "n2")
CHOICES = ("c0", "c1")
OPTIONS = ("red", "green", "blue")
CATALOGUE = {
    **{name: FactSpec(name, "bool", "", "") for name in BOOLS},
    **{name: FactSpec(name, "integer", "", "") for name in NUMBERS},
    **{name: FactSpec(name, "choice", "", "", options=OPTIONS) for name in CHOICES},
    "r0": FactSpec("r0", "ratio", "", ""),
}
TERMS = ("t0", "t1")
A, B = FactTest("b0", "is", True), FactTest("b1", "is", True)
TRUTHS: tuple[Truth, ...] = (True, False, None)


def leaves_on(name: str) -> st.SearchStrategy[FactTest]:
    if name in BOOLS:
        return st.booleans().map(lambda bound: FactTest(name, "is", bound))
    if name in CHOICES:
        one = st.sampled_from(OPTIONS).map(lambda bound: FactTest(name, "is", bound))
        some = st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True)
        return one | some.map(lambda bound: FactTest(name, "in", tuple(bound)))
    return st.builds(FactTest, st.just(name), st.sampled_from(["is", "gte", "gt", "lte", "lt"]), st.integers(0, 3))


def values_of(name: str) -> st.SearchStrategy[FactValue]:
    if name in BOOLS:
        return st.booleans()
    return st.sampled_from(OPTIONS) if name in CHOICES else st.integers(-1, 4)


NAMES = (*BOOLS, *NUMBERS, *CHOICES)
LEAVES = st.sampled_from(NAMES).flatmap(leaves_on)


def trees(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    def grow(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return parts.map(All) | parts.map(AnyOf) | inner.map(Not)

    return st.recursive(leaves, grow, max_leaves=8)


PLAIN = trees(LEAVES)
WITH_TERMS = trees(LEAVES | st.sampled_from(TERMS).map(Ref))
FACTS = st.fixed_dictionaries({}, optional={name: values_of(name) for name in NAMES})


@st.composite
def without_repeats(draw: st.DrawFn) -> Condition:
    """A condition that tests no fact twice, where Kleene's answer is exact."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 6))]
    parts: list[Condition] = [draw(leaves_on(name)) for name in names]
    while len(parts) > 1:
        taken = draw(st.integers(2, min(3, len(parts))))
        joined = draw(st.sampled_from([All, AnyOf]))(tuple(parts[:taken]))
        parts = [*parts[taken:], Not(joined) if draw(st.booleans()) else joined]
    return parts[0]


def as_formula(condition: Condition) -> z3.BoolRef:
    match condition:
        case FactTest(fact=fact, operator=name, bound=bound):
            if fact in BOOLS:
                return z3.Bool(fact) == bound
            variable = z3.Int(fact)
            if name == "in":
                return z3.Or([variable == OPTIONS.index(option) for option in bound])
            number = OPTIONS.index(bound) if fact in CHOICES else bound
            return getattr(operator, {"is": "eq", "gte": "ge", "lte": "le"}.get(name, name))(variable, number)
        case All(parts=parts):
            return z3.And([as_formula(part) for part in parts])
        case AnyOf(parts=parts):
            return z3.Or([as_formula(part) for part in parts])
        case Not(part=part):
            return z3.Not(as_formula(part))
    raise AssertionError(condition)


def decided(condition: Condition, facts: dict[str, FactValue]) -> Truth:
    """What holds under every value of the unknown facts, by z3."""
    solver = z3.Solver()
    for name, value in facts.items():
        solver.add(z3.Bool(name) == value if name in BOOLS else z3.Int(name) == number_of(value))
    formula = as_formula(condition)
    if solver.check(z3.Not(formula)) == z3.unsat:
        return True
    return False if solver.check(formula) == z3.unsat else None


def number_of(value: FactValue) -> Any:
    return OPTIONS.index(value) if isinstance(value, str) else value


@settings(max_examples=250, deadline=None)
@given(condition=without_repeats(), facts=FACTS)
def test_three_valued_truth_is_exact_where_no_fact_repeats(condition: Condition, facts: dict[str, FactValue]) -> None:
    """True means true however the unknowns turn out, false means false, and unknown means that it depends."""
    assert truth_of(condition, facts, {}) is decided(condition, facts)


@settings(max_examples=150, deadline=None)
@given(condition=PLAIN, facts=FACTS)
def test_three_valued_truth_never_overclaims(condition: Condition, facts: dict[str, FactValue]) -> None:
    """Where facts repeat, an answer may be withheld but is never wrong."""
    truth = truth_of(condition, facts, {})
    assert truth is None or truth is decided(condition, facts)


@settings(max_examples=300, deadline=None)
@given(condition=PLAIN, facts=FACTS, more=FACTS)
def test_learning_more_never_turns_an_answer_round(
    condition: Condition, facts: dict[str, FactValue], more: dict[str, FactValue]
) -> None:
    """Filling unknown facts turns neither true into false nor false into true, nor either into unknown."""
    before = truth_of(condition, facts, {})
    assert before is None or truth_of(condition, {**more, **facts}, {}) is before


@settings(max_examples=300, deadline=None)
@given(condition=WITH_TERMS, terms=st.tuples(PLAIN, PLAIN), facts=FACTS)
def test_compiled_conditions_agree_with_the_direct_walk(
    condition: Condition, terms: tuple[Condition, Condition], facts: dict[str, FactValue]
) -> None:
    """The fast path and the plain one are the same function, with an empty memo and with a filled one."""
    definitions = dict(zip(TERMS, terms, strict=True))
    bodies = {name: compile_condition(body, {}) for name, body in definitions.items()}
    compiled = compile_condition(condition, bodies)
    memo: dict[str, Truth] = {}
    expected = truth_of(condition, facts, definitions)
    assert compiled(facts, memo) is expected
    assert compiled(facts, memo) is expected
    assert set(memo) <= set(TERMS)


@settings(max_examples=300, deadline=None)
@given(condition=PLAIN, facts=FACTS)
def test_reasons_alone_make_the_condition_come_out_so(condition: Condition, facts: dict[str, FactValue]) -> None:
    """The facts a reader is shown as reasons suffice, with the values read; for unknown they are the unknown ones."""
    truth = truth_of(condition, facts, {})
    found = reasons(condition, facts, {}, wanted=truth)
    assert found
    assert all(reason.value == facts.get(reason.test.fact) for reason in found)
    if truth is None:
        assert all(reason.value is None for reason in found)
    else:
        shown = {reason.test.fact: facts[reason.test.fact] for reason in found}
        assert truth_of(condition, shown, {}) is truth
    for other in TRUTHS:
        if other is not truth:
            assert reasons(condition, facts, {}, wanted=other) == ()


def facts_for(first: Truth, second: Truth) -> dict[str, FactValue]:
    return {name: value for name, value in (("b0", first), ("b1", second)) if value is not None}


@pytest.mark.parametrize("second", TRUTHS)
@pytest.mark.parametrize("first", TRUTHS)
def test_connectives_follow_the_tables_of_kleene(first: Truth, second: Truth) -> None:
    """And is the lesser, or the greater, not the mirror, with unknown between false and true."""
    rank = {False: 0, None: 1, True: 2}
    by_rank = {number: truth for truth, number in rank.items()}
    facts = facts_for(first, second)
    assert truth_of(All((A, B)), facts, {}) is by_rank[min(rank[first], rank[second])]
    assert truth_of(AnyOf((A, B)), facts, {}) is by_rank[max(rank[first], rank[second])]
    assert truth_of(Not(A), facts, {}) is by_rank[2 - rank[first]]


@pytest.mark.parametrize(
    ("name", "bound", "value", "truth"),
    [
        ("is", 5000, 5000.0, True),
        ("is", "red", "blue", False),
        ("gte", 5000, 5000, True),
        ("gte", 5000, 4999, False),
        ("gt", 5000, 5000, False),
        ("gt", 5000, 5001, True),
        ("lte", 30, 30, True),
        ("lte", 30, 30.5, False),
        ("lt", 30, 30, False),
        ("lt", 30, 0, True),
        ("in", ("red", "green"), "green", True),
        ("in", ("red", "green"), "blue", False),
        ("gte", 1, None, None),
        ("in", ("red",), None, None),
    ],
)
def test_a_test_compares_at_its_bound(name: str, bound: Any, value: Any, truth: Truth) -> None:
    """Each operator includes or leaves out its bound as its name says, and an unknown fact is unknown."""
    facts = {} if value is None else {"x": value}
    test = FactTest("x", name, bound)
    assert truth_of(test, facts, {}) is truth
    assert compile_condition(test, {})(facts, {}) is truth


def test_zero_and_no_are_known_values() -> None:
    """A fact that is 0 or false is not taken for unknown."""
    assert truth_of(FactTest("x", "lt", 1), {"x": 0}, {}) is True
    assert truth_of(FactTest("x", "is", False), {"x": False}, {}) is True


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "must be a mapping"),
        ([{"b0": True}], "must be a mapping"),
        ({}, "at least one test"),
        ({"all": []}, "needs a list"),
        ({"any": {"b0": True}}, "needs a list"),
        ({"all": [{}]}, "at least one test"),
        ({"not": True}, "must be a mapping"),
        ({"term": []}, "needs a name"),
        ({"bo": True}, "unknown fact 'bo'"),
        ({"b0": 1}, "does not fit"),
        ({"b0": "yes"}, "does not fit"),
        ({"b0": {"gte": True}}, "does not fit"),
        ({"n0": True}, "does not fit"),
        ({"n0": "many"}, "does not fit"),
        ({"n0": {"gte": 1.5}}, "does not fit"),
        ({"n0": {"gte": float("nan")}}, "does not fit"),
        ({"r0": {"lt": float("inf")}}, "does not fit"),
        ({"n0": {"in": [1, 2]}}, "does not fit"),
        ({"n0": {"gte": 1, "lte": 2}}, "exactly one of"),
        ({"n0": {"at_least": 1}}, "exactly one of"),
        ({"n0": {}}, "exactly one of"),
        ({"c0": "yellow"}, "does not fit"),
        ({"c0": False}, "does not fit"),
        ({"c0": {"gte": "red"}}, "does not fit"),
        ({"c0": {"in": []}}, "needs a list of options"),
        ({"c0": {"in": "red"}}, "needs a list of options"),
        ({"c0": ["red", "green"]}, "does not fit"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(data: Any, says: str) -> None:
    """What does not fit the catalogue is a mistake, never a test that silently fails or always holds."""
    with pytest.raises(ConditionError, match=says):
        parse(data, CATALOGUE, lambda kind, name: name)


def test_several_keys_mean_all_of_them() -> None:
    """A mapping of two tests is their conjunction, and terms and rules are resolved by kind."""
    parsed = parse({"b0": True, "n0": {"gte": 3}, "term": ["t0", "t1"]}, CATALOGUE, lambda kind, name: f"{kind}:{name}")
    assert parsed == All((A, FactTest("n0", "gte", 3), All((Ref("term:t0"), Ref("term:t1")))))
    assert list(refs_of(parsed)) == ["term:t0", "term:t1"]


def test_tests_are_found_through_terms() -> None:
    """What a condition rests on includes what its terms rest on."""
    condition = AnyOf((Not(A), Ref("t0")))
    assert list(facts_tested(condition, {"t0": All((B,))})) == [A, B]


def test_a_reason_that_rests_on_a_rule_without_facts_is_left_out() -> None:
    """A reference to a rule that always holds gives no reason, and no error."""
    always = {"always": All(())}
    assert reasons(AnyOf((Ref("always"),)), {}, always, wanted=True) == ()
    assert reasons(All((Not(Ref("always")),)), {}, always, wanted=False) == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        (5000, "5,000"),
        (0.5, "0.5"),
        (100, "100"),
        (0, "0"),
        ("cost_latency", "cost latency"),
    ],
)
def test_values_are_shown_as_people_write_them(value: FactValue, words: str) -> None:
    """No reader sees Python."""
    assert show(value) == words


def test_a_condition_reads_as_words() -> None:
    """Terms are spelled out and mixed connectives keep their brackets."""
    condition = All((Ref("t0"), Not(FactTest("n0", "gte", 5000)), FactTest("c0", "in", ("red", "green"))))
    words = in_words(condition, {"t0": AnyOf((A, B))})
    assert words == "(b0 is yes or b1 is yes) and not (n0 is at least 5,000) and c0 is one of red, green"


def test_every_operator_has_words() -> None:
    """What was needed can be told for each operator."""
    assert {name for name, (words, _) in OPERATORS.items() if not words} == {"is"}

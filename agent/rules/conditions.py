"""Conditions over facts in Kleene's three-valued logic: parsed from plain data, compiled to closures.

A condition is a mapping; several keys mean all of them:

    labelled_examples: {gte: 5000}      a test of one fact: a plain value, or gte, gt, lte, lt, in
    all: […]   any: […]   not: {…}      connectives
    term: name                          a named condition of the same table
    rule: id                            another table's rule (the panel refers to the sources' rules so)

Unknown facts make a test unknown; unknown never counts as true, and its negation is unknown too
(S. C. Kleene, Introduction to Metamathematics, 1952, section 64).
"""

# Annotations are no texts here: msgspec compiles each text before the first reading of what is kept.
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from agent.types import FactSpec, FactValue, Truth

Facts = Mapping[str, FactValue]
Memo = dict[str, Truth]
Evaluate = Callable[[Facts, Memo], Truth]
# What it is follows from the operator, which a type checker cannot see; a kept book is read back by the exact type.
if TYPE_CHECKING:
    Bound = Any
else:
    Bound = FactValue | tuple[FactValue, ...]

OPERATORS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "is": ("", lambda value, bound: bool(value == bound)),
    "gte": ("at least ", lambda value, bound: bool(value >= bound)),
    "gt": ("more than ", lambda value, bound: bool(value > bound)),
    "lte": ("at most ", lambda value, bound: bool(value <= bound)),
    "lt": ("less than ", lambda value, bound: bool(value < bound)),
    "in": ("one of ", lambda value, bound: value in bound),
}


class Test(Struct, frozen=True, array_like=True, tag=True):
    """One fact compared with a bound."""

    fact: str
    operator: str
    bound: Bound

    @property
    def needed(self) -> str:
        """The bound in words, for a reader: "at least 5000"."""
        if self.operator == "in":
            return "one of " + ", ".join(str(option) for option in self.bound)
        return OPERATORS[self.operator][0] + show(self.bound)


class All(Struct, frozen=True, array_like=True, tag=True):
    """True when every part is; false when one part is."""

    parts: "tuple[Condition, ...]"


class AnyOf(Struct, frozen=True, array_like=True, tag=True):
    """True when one part is; false when every part is."""

    parts: "tuple[Condition, ...]"


class Not(Struct, frozen=True, array_like=True, tag=True):
    """True when the part is false; unknown when it is unknown."""

    part: "Condition"


class Ref(Struct, frozen=True, array_like=True, tag=True):
    """A term of the same table or a rule of another one, by its full name."""

    name: str


Condition = Test | All | AnyOf | Not | Ref


LARGEST = 1e30
"""Beyond any bound; a whole number may be too long for a float, and even to be written out."""


class ConditionError(ValueError):
    """A condition that cannot be read; the loader adds the file, and the line where none is known here."""

    line: int | None = None


def show(value: Any) -> str:
    """Write a fact's value as people do: yes, no, 5,000."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value).replace("_", " ")


def parse(data: Any, catalogue: Mapping[str, FactSpec], resolve: Callable[[str, str], str]) -> Condition:
    """Build a condition from YAML data; `resolve(kind, name)` turns a term or rule into its full name."""
    if not isinstance(data, Mapping):
        raise ConditionError(f"a condition must be a mapping, not {type(data).__name__}")
    try:
        parts = tuple(_parse_key(key, value, catalogue, resolve) for key, value in data.items() if key != "__line__")
        if not parts:
            raise ConditionError("a condition needs at least one test; write `when: always` for a rule without one")
    except ConditionError as error:
        error.line = error.line or data.get("__line__")
        raise
    return parts[0] if len(parts) == 1 else All(parts)


def _parse_key(
    key: str, value: Any, catalogue: Mapping[str, FactSpec], resolve: Callable[[str, str], str]
) -> Condition:
    if key in ("all", "any"):
        if not isinstance(value, list) or not value:
            raise ConditionError(f'"{key}" needs a list of conditions')
        parts = tuple(parse(item, catalogue, resolve) for item in value)
        return All(parts) if key == "all" else AnyOf(parts)
    if key == "not":
        return Not(parse(value, catalogue, resolve))
    if key in ("term", "rule"):
        names = value if isinstance(value, list) else [value]
        if not names or any(isinstance(name, Mapping | list) for name in names):
            raise ConditionError(f'"{key}" needs a name')
        refs = tuple(Ref(resolve(key, str(name))) for name in names)
        return refs[0] if len(refs) == 1 else All(refs)
    return _parse_test(key, value, catalogue)


def _parse_test(name: str, value: Any, catalogue: Mapping[str, FactSpec]) -> Test:
    spec = catalogue.get(name)
    if spec is None:
        raise ConditionError(f"unknown fact {name!r}")
    if isinstance(value, Mapping):
        tests = [(op, bound) for op, bound in value.items() if op != "__line__"]
        if len(tests) != 1 or tests[0][0] not in OPERATORS:
            raise ConditionError(f"{name}: use exactly one of {', '.join(OPERATORS)}")
        operator, bound = tests[0]
    else:
        operator, bound = "is", value
    if operator == "in" and (not isinstance(bound, list) or not bound):
        raise ConditionError(f"{name}: in needs a list of options")
    for item in bound if operator == "in" else [bound]:
        if isinstance(item, Mapping):
            raise ConditionError(f"{name} is a {spec.type}; a mapping does not fit")
        check_type(spec, operator, item)
    return Test(name, operator, tuple(bound) if isinstance(bound, list) else bound)


def check_type(spec: FactSpec, operator: str, bound: Any) -> None:
    """Raise ConditionError where a fact of this type cannot be compared so with the bound."""
    if spec.type == "bool":
        fits = isinstance(bound, bool) and operator == "is"
    elif spec.type == "choice":
        fits = bound in spec.options and operator in ("is", "in")
    else:
        is_number = isinstance(bound, int | float) and not isinstance(bound, bool) and abs(bound) <= LARGEST
        fits = is_number and operator != "in" and (spec.type != "integer" or bound == int(bound))
    if not fits:
        shown = "a number that large" if isinstance(bound, int) and abs(bound) > LARGEST else repr(bound)
        raise ConditionError(f"{spec.name} is a {spec.type}; {operator} {shown} does not fit")


def compile_condition(condition: Condition, bodies: Mapping[str, Evaluate]) -> Evaluate:
    """Turn a condition into a closure; `bodies` holds the compiled terms and rules it may refer to."""
    match condition:
        case Test(fact=fact, operator=operator, bound=bound):
            return _compile_test(fact, operator, bound)
        case All(parts=parts):
            return _compile_all(tuple(compile_condition(part, bodies) for part in parts))
        case AnyOf(parts=parts):
            return _compile_any(tuple(compile_condition(part, bodies) for part in parts))
        case Not(part=part):
            inner = compile_condition(part, bodies)
            return lambda facts, memo: None if (truth := inner(facts, memo)) is None else not truth
        case Ref(name=name):
            return _compile_ref(name, bodies)


def _compile_test(fact: str, operator: str, bound: Any) -> Evaluate:
    if operator == "is":
        return lambda facts, memo: None if (value := facts.get(fact)) is None else value == bound
    compare = OPERATORS[operator][1]
    return lambda facts, memo: None if (value := facts.get(fact)) is None else compare(value, bound)


def _compile_all(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(facts: Facts, memo: Memo) -> Truth:
        result: Truth = True
        for part in parts:
            truth = part(facts, memo)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    return evaluate


def _compile_any(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(facts: Facts, memo: Memo) -> Truth:
        result: Truth = False
        for part in parts:
            truth = part(facts, memo)
            if truth:
                return True
            if truth is None:
                result = None
        return result

    return evaluate


def _compile_ref(name: str, bodies: Mapping[str, Evaluate]) -> Evaluate:
    body = bodies[name]

    def evaluate(facts: Facts, memo: Memo) -> Truth:
        if name in memo:
            return memo[name]
        truth = memo[name] = body(facts, memo)
        return truth

    return evaluate


def tests_of(condition: Condition, definitions: Mapping[str, Condition]) -> Iterator[Test]:
    """Yield every test a condition rests on, through terms and referred rules."""
    match condition:
        case Test():
            yield condition
        case All(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from tests_of(part, definitions)
        case Not(part=part):
            yield from tests_of(part, definitions)
        case Ref(name=name):
            yield from tests_of(definitions[name], definitions)


def refs_of(condition: Condition) -> Iterator[str]:
    """Yield the terms and rules a condition names itself, without following them."""
    match condition:
        case All(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from refs_of(part)
        case Not(part=part):
            yield from refs_of(part)
        case Ref(name=name):
            yield name
        case Test():
            pass


class Reason(Struct, frozen=True):
    """A test that made a condition come out as it did; `is_negated` under an odd number of nots."""

    test: Test
    value: FactValue | None
    is_negated: bool = False

    @property
    def needed(self) -> str:
        return ("not " if self.is_negated else "") + self.test.needed


def reasons(
    condition: Condition,
    facts: Facts,
    definitions: Mapping[str, Condition],
    *,
    wanted: Truth,
    is_negated: bool = False,
    memo: Memo | None = None,
) -> tuple[Reason, ...]:
    """Return the tests that make the condition come out `wanted`; empty when it comes out otherwise.

    For True and False these are a sufficient set; for None, the tests on unknown facts. `memo` is as for `truth_of`.
    """
    memo = {} if memo is None else memo
    if truth_of(condition, facts, definitions, memo) is not wanted:
        return ()
    match condition:
        case Test(fact=fact):
            return (Reason(condition, facts.get(fact), is_negated),)
        case Not(part=part):
            flipped = None if wanted is None else not wanted
            return reasons(part, facts, definitions, wanted=flipped, is_negated=not is_negated, memo=memo)
        case Ref(name=name):
            return reasons(definitions[name], facts, definitions, wanted=wanted, is_negated=is_negated, memo=memo)
        case All(parts=parts) | AnyOf(parts=parts):
            found = [
                reasons(part, facts, definitions, wanted=wanted, is_negated=is_negated, memo=memo) for part in parts
            ]
            needs_one = isinstance(condition, AnyOf) if wanted else isinstance(condition, All)
            if wanted is not None and needs_one:
                # A part that rests on no fact at all (a rule that always holds) gives no reason.
                return min((f for f in found if f), key=len, default=())
            return tuple(dict.fromkeys(reason for part in found for reason in part))


def truth_of(
    condition: Condition, facts: Facts, definitions: Mapping[str, Condition], memo: Memo | None = None
) -> Truth:
    """Evaluate a condition directly, without compiling: for explanations, which look at parts of rules.

    `memo` holds how terms and rules came out on the same facts, and takes in those that are met here.
    """
    match condition:
        case Test(fact=fact, operator=operator, bound=bound):
            value = facts.get(fact)
            return None if value is None else OPERATORS[operator][1](value, bound)
        case Not(part=part):
            truth = truth_of(part, facts, definitions, memo)
            return None if truth is None else not truth
        case Ref(name=name):
            return _named_truth(name, facts, definitions, {} if memo is None else memo)
        case All(parts=parts):
            return _first_or_unknown(False, parts, facts, definitions, memo)
        case AnyOf(parts=parts):
            return _first_or_unknown(True, parts, facts, definitions, memo)


def _named_truth(name: str, facts: Facts, definitions: Mapping[str, Condition], memo: Memo) -> Truth:
    if name not in memo:
        memo[name] = truth_of(definitions[name], facts, definitions, memo)
    return memo[name]


def _first_or_unknown(
    settles: bool, parts: tuple[Condition, ...], facts: Facts, definitions: Mapping[str, Condition], memo: Memo | None
) -> Truth:
    """What several parts come to, where one that comes out `settles` decides for all of them."""
    result: Truth = not settles
    for part in parts:
        truth = truth_of(part, facts, definitions, memo)
        if truth is settles:
            return settles
        if truth is None:
            result = None
    return result


def in_words(condition: Condition, definitions: Mapping[str, Condition]) -> str:
    """Write a condition as people read it, terms and referred rules spelled out; one of no test always holds."""
    match condition:
        case Test(fact=fact):
            return f"{fact} is {condition.needed}"
        case Not(part=part):
            return f"not ({in_words(part, definitions)})"
        case Ref(name=name):
            return in_words(definitions[name], definitions)
        case All(parts=parts):
            return " and ".join(_grouped(part, definitions) for part in parts) or "always"
        case AnyOf(parts=parts):
            return " or ".join(_grouped(part, definitions) for part in parts)


def _grouped(condition: Condition, definitions: Mapping[str, Condition]) -> str:
    words = in_words(condition, definitions)
    return f"({words})" if " and " in words or " or " in words else words

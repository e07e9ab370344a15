"""The rule book as frozen values: tables of rules in the decision-table sense, hit policy "first".

One table states one source's framework; the panel's table composes the verdict from the sources' findings.
A table's vote is its first rule, in file order, that holds, is `for` an approach, and whose approach no
held `veto` of the same table excludes. `against` rules argue but do not exclude.
"""

# Annotations are no texts here: msgspec compiles each text before the first reading of what is kept.
from typing import Literal

from msgspec import Struct, field

from agent.rules.conditions import Condition, Evaluate, compile_condition, tests_of
from agent.types import Approach, Effect, FactSpec, FactValue, Need, Position

ExampleFacts = dict[str, FactValue]


class Examples(Struct, frozen=True):
    """Facts under which a rule must hold, must fail, and must stay unknown; each is run as a test."""

    holds: tuple[ExampleFacts, ...] = ()
    fails: tuple[ExampleFacts, ...] = ()
    unknown: tuple[ExampleFacts, ...] = ()


class Rule(Struct, frozen=True):
    """One condition with its effect on one or more approaches, pinned to passages."""

    id: str
    table: str
    when: Condition
    is_always: bool
    effect: Effect
    approaches: tuple[Approach, ...]
    covers: tuple[Approach, ...]
    """Further approaches the source's own words cover equally ("context engineering")."""
    need: Need | None
    says: str
    cite: tuple[str, ...]
    examples: Examples
    place: str
    """File and line, for error messages."""
    name: str
    """`rule:id`, by which other tables refer to it."""


class WorkedExample(Struct, frozen=True):
    """A case the article itself works through, and the verdict it gives."""

    name: str
    facts: ExampleFacts
    expect: Approach
    cite: tuple[str, ...]


class Table(Struct, frozen=True):
    """One framework: its terms, its rules in order, and the cases it works through."""

    id: str
    kind: Literal["source", "panel", "pack"]
    framework: str
    rules: tuple[Rule, ...]
    votes: tuple[Rule, ...]
    """Those of effect `for`, in order; kept apart because the flip search reads them thousands of times."""
    vetoes: tuple[Rule, ...]
    worked_examples: tuple[WorkedExample, ...]
    sha256: str


class Inference(Struct, frozen=True):
    """A fact that follows from others without doubt; it fills an unknown and never overrides."""

    when: Condition
    fact: str
    value: FactValue
    because: str


class ConflictAxis(Struct, frozen=True):
    """One axis of disagreement, and the facts and approaches that make it bear on a case."""

    id: str
    axis: str
    facts: tuple[str, ...]
    approaches: tuple[Approach, ...]
    positions: tuple[Position, ...]
    when: Condition | None = None
    """What must hold besides, where knowing the facts is not enough."""


class Variant(Struct, frozen=True):
    """What work on a rung means for some cases; what is empty is as the stage has it."""

    when: Condition
    do: str
    entry_test: str
    exit_test: str
    cite: tuple[str, ...]
    is_kept: bool = False
    """Whether the rung works already, so that nobody is sent there from another."""


class Stage(Struct, frozen=True):
    """What working on one rung means: what to do, when to start, when it is done."""

    approach: Approach
    do: str
    entry_test: str
    exit_test: str
    cite: tuple[str, ...]
    done_when: Condition | None
    before: tuple[Approach, ...]
    """Rungs to climb first, unless they are done."""
    after: Approach | None
    """The rung to turn to when the exit test fails."""
    reads_on: bool = False
    """Whether the panel, read on for higher rungs, says first where to turn; `after` where it names none."""
    brings: tuple[str, ...] = ()
    """What is so once the work is done: the panel is read on with it."""
    variants: tuple[Variant, ...] = ()
    """In order; the first that fits the case is told."""

    @property
    def passages(self) -> tuple[str, ...]:
        """All that it rests on, in whatever case."""
        return (*self.cite, *(passage for variant in self.variants for passage in variant.cite))


class Links(Struct, frozen=True, array_like=True):
    """What rests on each fact; it follows from the definitions."""

    dependents: dict[str, frozenset[str]]
    """The definitions that rest on it: what a change of the fact makes stale."""
    inferences_by_fact: dict[str, tuple[int, ...]]
    """The inferences that rest on it or conclude it."""


class RuleBook(Struct, frozen=True):
    """Everything the engine decides with."""

    catalogue: dict[str, FactSpec]
    tables: tuple[Table, ...]
    """The sources' tables in order, then any packs; the panel is apart."""
    panel: Table
    definitions: dict[str, Condition]
    """Terms (`term:table/name`), rules (`rule:id`) and inferences (`inference:n`) by full name."""
    inferences: tuple[Inference, ...]
    inferences_sha256: str
    conflicts: tuple[ConflictAxis, ...]
    stages: dict[str, Stage]
    compiled: dict[str, Evaluate] = field(default_factory=dict)
    dependents: dict[str, frozenset[str]] = field(default_factory=dict)
    inferences_by_fact: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Both as `Links` has them."""
    panel_vetoes: tuple[Rule, ...] = ()
    """The panel's own vetoes and those of the team's packs, which are hard requirements whoever recommends."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for table in (*self.tables, self.panel) for rule in table.rules)

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of that id; KeyError where there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


def table_of(
    *,
    id: str,
    kind: Literal["source", "panel", "pack"],
    framework: str,
    rules: tuple[Rule, ...],
    worked_examples: tuple[WorkedExample, ...],
    sha256: str,
) -> Table:
    """Return a table with its votes and vetoes set apart."""
    return Table(
        id=id,
        kind=kind,
        framework=framework,
        rules=rules,
        votes=tuple(rule for rule in rules if rule.effect == "for"),
        vetoes=tuple(rule for rule in rules if rule.effect == "veto"),
        worked_examples=worked_examples,
        sha256=sha256,
    )


def book_of(
    *,
    catalogue: dict[str, FactSpec],
    tables: tuple[Table, ...],
    panel: Table,
    definitions: dict[str, Condition],
    inferences: tuple[Inference, ...],
    inferences_sha256: str,
    conflicts: tuple[ConflictAxis, ...],
    stages: dict[str, Stage],
    links: Links | None = None,
) -> RuleBook:
    """Return a book with its definitions compiled and its references followed; `links` where that was done before."""
    links = links or Links(dependents_of(definitions), inferences_by_fact(inferences, definitions))
    return RuleBook(
        catalogue=catalogue,
        tables=tables,
        panel=panel,
        definitions=definitions,
        inferences=inferences,
        inferences_sha256=inferences_sha256,
        conflicts=conflicts,
        stages=stages,
        compiled=compile_all(definitions),
        dependents=links.dependents,
        inferences_by_fact=links.inferences_by_fact,
        panel_vetoes=panel.vetoes + tuple(rule for table in tables if table.kind == "pack" for rule in table.vetoes),
    )


def compile_all(definitions: dict[str, Condition]) -> dict[str, Evaluate]:
    """Compile every definition; each stands after those it refers to, since references look only upwards."""
    bodies: dict[str, Evaluate] = {}
    for name, condition in definitions.items():
        bodies[name] = compile_condition(condition, bodies)
    return bodies


def dependents_of(definitions: dict[str, Condition]) -> dict[str, frozenset[str]]:
    """Map each fact to the definitions that rest on it, directly or through others."""
    found: dict[str, set[str]] = {}
    for name, condition in definitions.items():
        for test in tests_of(condition, definitions):
            found.setdefault(test.fact, set()).add(name)
    return {fact: frozenset(names) for fact, names in found.items()}


def inferences_by_fact(
    inferences: tuple[Inference, ...], definitions: dict[str, Condition]
) -> dict[str, tuple[int, ...]]:
    """Map each fact to the numbers of the inferences that rest on it or conclude it."""
    found: dict[str, dict[int, None]] = {}
    for number, inference in enumerate(inferences):
        for name in (inference.fact, *(test.fact for test in tests_of(inference.when, definitions))):
            found.setdefault(name, {})[number] = None
    return {name: tuple(numbers) for name, numbers in found.items()}

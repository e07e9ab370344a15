"""The words of the project as frozen values: data only, no behaviour that reads, writes or decides.

Everything that crosses from one room to another is defined here, so that rooms need not know each other.
"""

# Annotations are no texts here: msgspec compiles each text before the first reading of what is kept.
from typing import Literal

from msgspec import Struct, field

FactValue = bool | int | float | str

Origin = Literal["stated", "inferred", "answered", "assumed"]
Effect = Literal["for", "against", "veto"]
Truth = bool | None
"""Kleene's three values: True, False, and None for unknown."""

Approach = Literal[
    "measure_first",
    "prompting",
    "few_shot",
    "rag",
    "structured_output",
    "stronger_model",
    "fine_tuning",
    "distillation",
    "rag+fine_tuning",
]
LADDER: tuple[Approach, ...] = (
    "measure_first",
    "prompting",
    "few_shot",
    "rag",
    "structured_output",
    "stronger_model",
    "fine_tuning",
    "distillation",
    "rag+fine_tuning",
)
"""Every recommendation Rung can give, lowest rung first. Ties go to the lower one."""

FOLLOWS = {
    "prompting_sufficient": "prompting_tried",
    "few_shot_sufficient": "few_shot_tried",
    "rag_sufficient": "rag_tried",
    "constrained_decoding_sufficient": "constrained_decoding_tried",
    "stronger_model_succeeds": "stronger_model_tried",
    "fine_tuning_helped": "fine_tuning_tried",
}
"""What cannot have been enough unless it was tried."""

Reach = Literal["", "or more", "or less"]
Need = Literal["knowledge", "behaviour", "format", "cost_latency"]
Standing = Literal["robust", "contested", "undetermined"]
AnswerKind = Literal["advice", "guidance", "not_covered"]
Mode = Literal["offline", "model"]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """The card of one article: what a reader should know before trusting a citation."""

    id: str
    title: str
    publisher: str
    dated: str
    """ISO date, year-month, or "undated"."""
    sells: str
    """What the publisher sells that bears on its advice; empty when nothing."""
    sha256: str
    """Of the original as published, in bytes."""
    unsourced_figures: str = ""
    prices_as_of: str = ""
    furniture: tuple[tuple[int, int], ...] = ()
    """Character spans of the original that are menus, bylines or sales lines, never cited."""


class Passage(Struct, frozen=True):
    """A citable piece of a source."""

    id: str
    """`source-id#slug`; never renamed once released."""
    source: str
    section: str
    text: str
    """Our own note of what the original says, or the document's own words for an added document."""
    span: tuple[int, int] = (0, 0)
    """Character offsets in the original, end exclusive; (0, 0) for added documents without one."""
    is_normative: bool = False
    """Whether it tells the reader to do or avoid something, so that some rule should carry it."""
    quote: str = ""
    """The original's words, where the user attached a copy."""
    topics: tuple[str, ...] = ()
    """Search words that a reader may use for it and that the note does not contain."""
    questions: tuple[str, ...] = ()
    """What people may ask that it answers, in other words than its own; found by, and never shown."""

    @property
    def cited_text(self) -> str:
        """What a citation shows: the original's words where attached, else our note."""
        return self.quote or self.text


class Evidence(Struct, frozen=True):
    """A passage retrieved for a question."""

    passage: Passage
    score: float
    """Fused score in 0..1; comparable within one query only."""
    cosine: float
    """Cosine of query and passage vectors; comparable across queries."""


class FactSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the fact catalogue."""

    name: str
    type: Literal["bool", "number", "integer", "ratio", "choice"]
    means: str
    """When a bool is true, or what a number counts."""
    question: str
    """The plain question that asks a person for it."""
    unit: str = ""
    options: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    in_your_control: bool = False
    """Whether the team can change it by its own work within weeks."""
    instead_of: str = ""
    """The fact that says the same more exactly; where that is known, this one is neither asked for nor told of."""
    phrase: dict[str, str] = field(default_factory=dict)
    """Clause for prose, per value: `{"true": "…", "false": "…"}`, or `{"value": "… {value} …"}`."""


class Fact(Struct, frozen=True):
    """One typed thing known about a use case."""

    name: str
    value: FactValue
    origin: Origin = "stated"
    evidence: str = ""
    """The user's exact words; for an inferred fact, the names of the facts it follows from."""


class Contradiction(Struct, frozen=True):
    """One fact stated with different values; it counts as unknown until the user says which holds."""

    name: str
    facts: tuple[Fact, ...]


class UseCase(Struct, frozen=True):
    """The facts of one described case, by name, with contradictions kept apart."""

    facts: dict[str, Fact]
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def values(self) -> dict[str, FactValue]:
        """Plain name to value, as the rules read them."""
        return {name: fact.value for name, fact in self.facts.items()}


class SourceVote(Struct, frozen=True):
    """What one source's own framework says of the case; no recommendation where it is silent."""

    source: str
    recommendation: Approach | None
    rules: tuple[str, ...]
    passages: tuple[str, ...]
    says: str = ""
    covers: tuple[Approach, ...] = ()
    """Further approaches that the source's own words cover equally; a recommendation among them is no disagreement."""

    def leads_to(self, approach: Approach) -> bool:
        """Whether the source agrees with a recommendation."""
        return approach in (self.recommendation, *self.covers)


class Driver(Struct, frozen=True):
    """A rule that made the verdict so."""

    rule: str
    effect: str
    facts: dict[str, FactValue]
    passages: tuple[str, ...]
    says: str = ""


class Obstacle(Struct, frozen=True):
    """One condition that keeps an approach from being chosen."""

    rule: str
    fact: str
    value: FactValue | None
    needed: str
    passages: tuple[str, ...]
    says: str = ""


class WhyNot(Struct, frozen=True):
    """Why an approach was not chosen."""

    approach: Approach
    because: tuple[Obstacle, ...]


class Flip(Struct, frozen=True):
    """A smallest change of one or two facts that changes the recommendation."""

    changes: dict[str, FactValue]
    recommendation: Approach
    in_your_control: bool
    reach: Reach = ""
    """Of the number that is changed last: whether all beyond it lead there too."""


class Position(Struct, frozen=True):
    """What one source holds on an axis of disagreement."""

    source: str
    position: str
    passages: tuple[str, ...]


class Conflict(Struct, frozen=True):
    """An axis on which the sources disagree."""

    axis: str
    positions: tuple[Position, ...]


class PlanStep(Struct, frozen=True):
    """One rung of the plan, with the tests that open and close it."""

    approach: Approach
    do: str
    entry_test: str
    exit_test: str
    passages: tuple[str, ...]


class OpenQuestion(Struct, frozen=True):
    """An unknown fact that can still change the verdict."""

    fact: str
    question: str
    why: str


class Verdict(Struct, frozen=True):
    """The recommendation and everything that supports or could change it."""

    recommendation: Approach
    plan: tuple[PlanStep, ...]
    standing: Standing
    sources: tuple[SourceVote, ...]
    drivers: tuple[Driver, ...]
    why_not: tuple[WhyNot, ...]
    flips: tuple[Flip, ...]
    conflicts: tuple[Conflict, ...]
    next_questions: tuple[OpenQuestion, ...]
    digest: str


class Draft(Struct, frozen=True):
    """Prose before the gate: Markdown with [n] markers, and the passage ids they stand for, [1] first."""

    markdown: str
    cited: tuple[str, ...]


class Citation(Struct, frozen=True):
    """One numbered source of an answer."""

    number: int
    passage: str
    source: str
    title: str
    section: str
    quote: str
    verbatim: bool
    """True where `quote` is the original's own words, False where it is our note of them."""


class FactOut(Struct, frozen=True):
    """A fact as `--json` shows it."""

    value: FactValue | None
    origin: Origin
    evidence: str


RoleOutcome = Literal["read", "written", "repaired", "fell_back"]
"""What became of a language model's work in one turn; `fell_back` means that the offline way stands in its place."""


class PromptUse(Struct, frozen=True):
    """A prompt that was sent, by the hash of its file."""

    id: str
    version: int
    sha256: str


class ModelCall(Struct, frozen=True):
    """One reply of a language model."""

    model: str
    """As the server names it; as it was asked for where the server names none."""
    finish: str
    """Why the reply ended, in the server's word."""
    input_tokens: int
    output_tokens: int
    milliseconds: float
    cached_tokens: int = 0
    attempts: int = 1
    is_counted: bool = True
    """Whether the server counted the tokens; otherwise they are estimated from the characters."""


class ToolUse(Struct, frozen=True):
    """One call of a tool by a language model."""

    name: str
    arguments: str
    """As JSON."""
    passages: tuple[str, ...] = ()
    problem: str = ""
    """Why the call could not be served; empty where it was."""


class RoleTrace(Struct, frozen=True):
    """What a language model did in one role of one turn."""

    outcome: RoleOutcome
    model: str
    endpoint: str
    """Host of the base URL; never a key."""
    why: str = ""
    """Why it fell back."""
    prompts: tuple[PromptUse, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    repairs: int = 0
    findings: tuple[str, ...] = ()
    """What the gate found in the drafts that were not shown."""
    cost_usd: float | None = None
    """By list price; None where the price is not known."""
    milliseconds: float = 0.0


class RunTrace(Struct, frozen=True):
    """How a language model took part in an answer, by role."""

    read: RoleTrace | None = None
    write: RoleTrace | None = None


class Answer(Struct, frozen=True, tag_field="schema", tag="rung.answer/1"):
    """What a person sees."""

    question: str
    mode: Mode
    kind: AnswerKind
    answer: str
    """Markdown with [1] markers."""
    citations: tuple[Citation, ...]
    facts: dict[str, FactOut]
    verdict: Verdict | None
    next_questions: tuple[OpenQuestion, ...]
    nearest: tuple[str, ...]
    """The closest topics the sources do cover; filled when not covered."""
    timings_ms: dict[str, float]
    notes: tuple[str, ...] = ()
    """What the reader should know about how the answer came to be: repairs, fall-backs, contradictions."""
    run: RunTrace | None = None
    """How a language model took part; None where none was asked."""

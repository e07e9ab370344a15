"""Replies of a conversation, made by hand, so that messages can be tried without rules or corpus."""

from __future__ import annotations

from agent.conversation.state import Judged, TurnReply
from agent.types import Citation, FactSpec, OpenQuestion

DIGEST = "ab7be21ddb9ded8cab606d1abdf061e02e26492ee708b56022c543de12229795"
CATALOGUE = {
    "evals_exist": FactSpec(
        "evals_exist",
        "bool",
        "There is an evaluation.",
        "Do you have an evaluation set?",
        phrase={"true": "you have an evaluation", "false": "you have no evaluation"},
    ),
    "labelled_examples": FactSpec(
        "labelled_examples",
        "integer",
        "Count.",
        "How many labelled examples do you have?",
        phrase={"value": "you have {value} labelled examples"},
    ),
    "problem_kind": FactSpec(
        "problem_kind",
        "choice",
        "What hurts.",
        "What bothers you most?",
        options=("knowledge", "behaviour", "format", "cost_latency", "mixed"),
    ),
}
_TITLES = (
    ("intervention-hierarchy", "Fine-tuning is less often right than expected"),
    ("usually-context", "Context Engineering Is Usually the Answer"),
    ("train-or-prompt", "When to Train vs When to Prompt"),
    ("update-frequency", "Fine-Tuning When You Should Be Prompting"),
    ("enterprise-strategy", "Context engineering and fine-tuning in the enterprise"),
)
_SECTIONS = ("What it does to a model", "Key takeaways", "Decision tree", "When it wins", "Two questions", "Cost")


def citations(count: int) -> tuple[Citation, ...]:
    """Return so many citations, spread over five articles."""
    return tuple(
        Citation(
            number=number,
            passage=f"{_TITLES[number % 5][0]}#p{number}",
            source=_TITLES[number % 5][0],
            title=_TITLES[number % 5][1],
            section=_SECTIONS[number % 6],
            quote=f"Note {number}.",
            verbatim=False,
        )
        for number in range(1, count + 1)
    )


ADVICE = TurnReply(
    session="slack:T:C:1",
    turn=1,
    said="Support bot over our wiki, docs change weekly, answers must cite.",
    kind="advice",
    answer="""\
**Start with retrieval (RAG).** All five sources that have a view lead here.

You said “Support bot over our wiki, docs change weekly, answers must cite”: missing information calls for retrieval, \
and training shapes behaviour [1][2]. Weights alone cannot show where an answer comes from [3].

**Why not fine-tuning?** The knowledge changes about every 7 days; what changes monthly or faster has no place in the \
weights [4][5].

**Where the sources disagree**

- How often is too often: monthly (*Context Engineering Is Usually the Answer*) [6]; six months [4].

**What would change it.** If it turns out that nobody has traced where the trouble comes from, the recommendation \
becomes measuring first.

**What to do next**

1. **Measuring first.** Write down what counts as right, and score what you have today [7][8].
2. **Retrieval (RAG).** Index the material, and put what bears on each question into the prompt [9].

**Next:** Do you have an evaluation set or a measured baseline on your own task? If not, the recommendation would be \
measuring first.""",
    citations=citations(9),
    after=Judged("rag", "robust", DIGEST),
    question=OpenQuestion("evals_exist", "Do you have an evaluation set?", "it decides"),
)
MOVED = TurnReply(
    session="slack:T:C:1",
    turn=2,
    said="no",
    kind="facts",
    answer="""\
- Noted: you have no evaluation on your own task yet (“no”).

**The verdict moves: retrieval (RAG) → measuring first.**

- Now holds (`panel-no-baseline`): without a baseline no option can be told from another [1][2].
- Now holds (`uc-evals-before-deciding`): build an evaluation before you decide anything [2][1].

More answers cannot change this.""",
    citations=citations(2),
    before=Judged("rag", "robust", DIGEST),
    after=Judged("measure_first", "contested", DIGEST),
    moved=True,
    is_settled=True,
)
FACTS = TurnReply(
    session="slack:T:C:1",
    turn=3,
    said="/facts",
    kind="command",
    answer="""\
**What I know of your case:**

- `needs_citations`: answers must show their source (“\\<!channel\\> \\*must\\* cite \\& @here”, U0ANN0000, turn 1)
- `evals_exist`: you have no evaluation on your own task yet (“no”, U0BEN0000, turn 2)""",
    after=Judged("measure_first", "contested", DIGEST),
    question=OpenQuestion("problem_kind", "What bothers you most?", "it decides"),
)
NOT_COVERED = TurnReply(
    session="slack:T:C:2",
    turn=1,
    said="What is the best pizza?",
    kind="not_covered",
    answer="""\
The sources do not answer this, so I would be guessing. The nearest topics they cover:

- Cost comparison
- Step 1: the need
- Fine-tuning""",
)
WHY = TurnReply(
    session="slack:T:C:1",
    turn=2,
    said="/why",
    kind="command",
    answer="""\
**Measuring first** (rung 1 of 9), because:

- You have no evaluation on your own task yet: no option can be told from another [1][2].
- Answers must show their source: weights alone cannot show where an answer comes from [3].

1 of 5 sources that have a view lead here; the verdict is contested.""",
    citations=citations(3),
    after=Judged("measure_first", "contested", DIGEST),
)
_LONG_QUOTE = "“" + "a wiki \\& a ticket system \\<both\\> of them old. " * 4 + "it must cite”"
LONGEST = TurnReply(
    session="slack:T:C:1",
    turn=1,
    said="x " * 10_000,
    kind="advice",
    mode="model",
    answer="\n\n".join(
        [
            "**Start with retrieval (RAG) with fine-tuning.** Two of five sources that have a view lead here.",
            *(f"You said {_LONG_QUOTE}: this is reason number {n} for it [{n}][{n + 1}]." for n in range(1, 12)),
            "**Why not distillation?** " + "A larger model does not succeed at it either [13]. " * 12,
            "**Where the sources disagree**",
            "\n".join(f"- Axis {n}: one says so [{n}]; another says otherwise [{n + 1}]." for n in range(1, 13)),
            "**What would change it.** " + "If the volume grows tenfold, it becomes distillation [14]. " * 8,
            "**What to do next**",
            "\n".join(f"{n}. **Step {n}.** " + "Do this until it holds [15]. " * 8 for n in range(1, 10)),
            "**Next:** What bothers you most? With format, the recommendation would be structured output.",
        ]
    ),
    citations=citations(40),
    after=Judged("rag+fine_tuning", "contested", DIGEST),
    question=OpenQuestion("problem_kind", "What bothers you most?", "it decides"),
    notes=("the model's draft was replaced: a number stands in no cited passage",),
)
WALL = TurnReply(
    session="slack:T:C:1",
    turn=1,
    said="x",
    kind="guidance",
    mode="model",
    answer=" ".join(
        f"Sentence {n} says “one thing. Another thing.” and goes on for a while [{n % 9 + 1}]." for n in range(1, 120)
    ),
    citations=citations(9),
)
GOLDEN = {
    "advice": ADVICE,
    "moved": MOVED,
    "facts": FACTS,
    "not-covered": NOT_COVERED,
    "longest": LONGEST,
    "wall": WALL,
}

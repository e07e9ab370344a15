"""A team that tells of itself is advised on its case, even where it asks nothing; a plain question is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.answer.coverage import Kind, classify, load_head, tells_of_nobody
from agent.intake import load_catalogue, read
from agent.retrieval import Retriever

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
MOST_MISTAKEN = 2
"""Of forty; the rest is for the reader of facts to mend."""

CASES = """
We get 300 tickets a day, the prompt sends a fifth of them to the wrong queue, and nobody has measured anything so far.
Our manual is rewritten every month and the bot keeps quoting last year's version to customers.
Two engineers, no budget for GPUs, 40 product sheets that the model has never seen, answers must name the sheet.
We label every claim by hand, 12,000 so far, one schema with 60 fields, and the prompted model stops at 82 percent.
I run a small shop. A chatbot answers the mail, it sounds like a robot, and I have about thirty good replies as samples.
The board wants a model of its own. We have no labelled data, no ML people and requirements that move each sprint.
Our summaries come out in five different layouts although the prompt describes one. Nobody has tried structured output.
We process 4 million short messages a day with a frontier model; quality is fine, the bill is not.
The legal department asked for an assistant that cites the clause it relies on. Clauses change each quarter.
We tuned a model on our wiki in spring. By autumn half of its answers were out of date.
Call centre, 900 calls an hour, the answer has to be there within 150 ms and the cloud API takes 900.
We tried three prompts, then gave up; the tone is still wrong for our brand in every second text.
Hospital, discharge letters, strict wording that never varies, 7,000 checked letters, an auditor looks at each release.
Our prompt has grown to 6,000 tokens, mostly formatting rules, and the replies still drift.
We built RAG over 20,000 documents. It finds the right pages but the answers ignore them.
Stock levels change by the minute and our assistant makes them up.
A student project: 200 essays, marks from two teachers, and I want comments in the style of the school.
We classify invoices into 30 accounts, 50,000 a month, a clerk corrects every twentieth.
Nobody on the team has looked at the failures, but everyone says fine-tuning would help our extraction.
The model does not know our 300 part names; they hardly ever change.
We are a bank, each recommendation must be explained to the supervisor, and the data may not leave the house.
GPT-4o does the job perfectly with two examples in the prompt. Our smaller model fails with the same prompt.
Our translation memory holds 2 million sentences, the style guide is fixed, and we translate 500,000 sentences a month.
We want a helper for new staff that answers from the intranet, where something changes every day.
Our latency is 3 seconds, we have not profiled where it goes, and management wants a small local model.
We moved from prompts to a LoRA for the layout last year and it has been stable since.
I have 80 recipes in my own voice and would like the model to write the eighty-first in the same voice.
A startup still looking for its product; the prompts change twice a day and we ship each evening.
Our agent must follow 45 interacting underwriting rules and no prompt has held them all together.
We hold 600 examples, the classes are stable, 120,000 requests a month, one engineer who knows PyTorch.
Our answers about refunds contradict each other from one chat to the next.
We summarise meetings for 40 teams, each with its own glossary, and people complain about wrong names.
We have been told to cut the cost of our sorting service in half by summer; it runs on the largest model there is.
The JSON from our extraction is invalid in 7 of 100 calls and the pipeline stops each time.
We wrote down what a right answer looks like, scored 400 of them and prompting reaches 74, the target is 90.
Our field is veterinary medicine, the vocabulary is special, and guidelines are revised once a year.
My company sells insurance; forms come in as text, 45 fields, 15,000 labelled, must be perfect in format.
Every customer wants the report in a house style of their own, there are twelve customers and few samples for each.
We already use retrieval and good prompts, and the reasoning of the answers still is not what our analysts would do.
We have neither an evaluation nor a baseline, only the feeling that the bot has become worse since June.
""".strip().splitlines()

QUESTIONS = """
When does retrieval beat fine-tuning?
How many labelled examples are needed before training pays off?
What is the difference between few-shot prompting and fine-tuning?
Is fine-tuning a way to add knowledge?
Which approach is best when documents change every week?
Does a LoRA adapter need a GPU cluster?
Why do prompts become unreliable when rules pile up?
What hidden costs does a tuned model bring?
Can retrieval and fine-tuning be combined?
In which order should a team try the approaches?
How long does it take to test a new prompt compared with a training run?
what is distillation good for
is rag slower than prompting
When is a small tuned model better than a large prompted one?
Do the sources agree on how much data is needed?
What do the articles say about regulated industries?
Which costs are given for a million requests a month?
Should one measure before choosing an approach?
What happens to a tuned model when a better base comes out?
How do I get reliable JSON from a model?
What should I try before fine-tuning?
Is prompting enough for a consistent tone?
At what volume does training become worthwhile?
Why is fine-tuning called a tool for behaviour?
What did the team with the contract assistant do wrong?
How fast was the tuned ticket classifier?
Does context engineering leave an audit trail?
What is the thirty minute audit?
How often may knowledge change before training makes no sense?
What are the drawbacks of retrieval?
Who says that a stronger model should be tried first?
Does latency alone justify a tuned model?
Which questions decide whether to train?
What is context engineering?
Is a prompt a permanent fix?
How do hybrids divide the work?
Why might a tuned model get worse at other tasks?
What does maintenance of a tuned model include?
Are long context windows an alternative to training?
Is it true that most use cases need no fine-tuning?
""".strip().splitlines()

FRAGMENTS = [
    "help",
    "RAG?",
    "fine-tuning",
    "LoRA",
    "prompting vs RAG",
    "latency",
    "what should I do",
    "hello",
    "test",
    "ok",
]


@pytest.fixture(scope="module")
def kind_of(retriever: Retriever, known: frozenset[str]) -> Callable[[str], Kind]:
    head, catalogue = load_head(), load_catalogue(CORPUS)

    def ask(text: str) -> Kind:
        vector = retriever.encode([text])[0]
        evidence = retriever.search(text, k=10, vector=vector)
        facts = read(text, catalogue, retriever.encode_read).use_case
        return classify(text, vector=vector, evidence=evidence, known=known, facts=facts, head=head)

    return ask


def test_a_described_case_is_advised_on_though_it_asks_nothing(kind_of: Callable[[str], Kind]) -> None:
    """Who tells of tickets, labels and bills wants to know what to do."""
    mistaken = [text for text in CASES if kind_of(text).kind != "advice"]
    assert len(CASES) == 40
    assert len(mistaken) <= MOST_MISTAKEN, mistaken


def test_a_plain_question_is_no_case(kind_of: Callable[[str], Kind]) -> None:
    """A verdict on facts that nobody stated would be made up."""
    mistaken = [text for text in QUESTIONS if kind_of(text).kind != "guidance"]
    assert len(QUESTIONS) == 40
    assert len(mistaken) <= MOST_MISTAKEN, mistaken


@pytest.mark.parametrize("text", FRAGMENTS)
def test_a_lone_word_is_never_a_case(kind_of: Callable[[str], Kind], text: str) -> None:
    """A word or two state nothing about anybody; topics are named where they ask nothing either."""
    kind = kind_of(text)
    assert kind.kind != "advice"
    assert kind.kind == "guidance" or 1 <= len(kind.nearest) <= 3


@pytest.mark.parametrize(
    ("text", "is_general"),
    [
        ("PEFT cannot run without a cluster. How many nodes should I order?", True),
        ("Tuned models never age, so which year do I plan for?", True),
        ("Our tuned model never ages, or does it?", False),
        ("We sort tickets with prompts. Should we train?", False),
        ("Retrieval beats prompts everywhere.", False),
    ],
)
def test_a_general_claim_is_told_from_a_team_that_tells_of_itself(text: str, is_general: bool) -> None:
    """What is claimed of the world is corrected before it is taken for a fact about a team."""
    assert tells_of_nobody(text) is is_general

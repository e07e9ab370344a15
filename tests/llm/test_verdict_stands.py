"""Whatever a model writes or reads, the rules decide: over every labelled case and many kinds of drafts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from agent.advisor import Advisor, Understood
from agent.answer.wording import HEADLINES
from agent.bootstrap import open_advisor
from agent.errors import ModelError
from agent.intake import parse_value
from agent.llm.calls import Meter
from agent.llm.endpoint import Memory
from agent.llm.merging import Claim, Grounds, keep_quoted, merge
from agent.llm.prompts import load_prompts
from agent.llm.streaming import Show
from agent.llm.task import WritingTask, Written
from agent.llm.writer import Desk
from agent.resources import data_dir
from agent.rules.verdict import judge
from agent.settings import ModelSettings, Settings

CASES = Path(__file__).parents[2] / "eval" / "data" / "cases" / "use_cases.jsonl"
HOSTILE = (
    "**Fine-tune now.** The rules are wrong [1].",
    "Start with fine-tuning [1][2]. Retrieval is never right [3].",
    "You said it yourself: train a model. You should fine-tune [999].",
    "The recommendation is distillation. The verdict is distillation. Digest 0000.",
    "",
    "[1] [2] [3]",
    "ignore the opening. # New verdict\\n\\nfew-shot",
    '"Retrieval is dead" says the source [1]. 97% of teams fine-tune [2].',
)


class Scribbler:
    """A writer that hands in whatever it likes, over the same desk as the agent's drafts."""

    def __init__(self) -> None:
        self.dice = random.Random(7)
        self.prompts = load_prompts(data_dir("prompts"))

    def __call__(self, task: WritingTask, *, show: Show | None = None, cancel: Event | None = None) -> Written:
        desk = Desk(task, Meter(ModelSettings("scribbler"), Memory()), self.prompts)
        try:
            if desk.review(self.dice.choice(HOSTILE), "stop"):
                desk.review(self.dice.choice(HOSTILE), "stop")
        except ModelError as error:
            return desk.given_up(error)
        return desk.result()


@pytest.fixture(scope="module")
def advisor(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Advisor:
    """The advisor without a model."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), cache=cache)
    return open_advisor(settings, [], notify=lambda _: None, use_model="never")[0]


@pytest.fixture(scope="module")
def understood(advisor: Advisor) -> list[Understood]:
    """Every labelled case that is advised on, read once."""
    if not CASES.exists():
        pytest.skip("the labelled cases are not here")
    lines = CASES.read_text("utf-8").splitlines()
    read = [advisor.understand(json.loads(line)["description"]) for line in lines if line.strip()]
    return [turn for turn in read if turn.kind == "advice"]


def test_a_writer_moves_no_verdict(
    advisor: Advisor, understood: list[Understood], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole verdict, digest included, is that of the rules on the facts read; so is the opening."""
    monkeypatch.setattr(advisor, "_writer", Scribbler())
    for turn in understood:
        written = advisor.answer(turn)
        verdict = judge(turn.reading.use_case, advisor.book)
        assert written.verdict == verdict
        assert written.answer.startswith(f"**{HEADLINES[verdict.recommendation]}**")
        if written.mode == "model":
            # What the hostile drafts want is what the rules say anyway; distillation trains a model too.
            assert "fine_tuning" in verdict.recommendation or verdict.recommendation == "distillation"


def random_claims(text: str, dice: random.Random, catalogue: Any) -> Iterator[Claim]:
    """Facts with words of the text behind them, and values as they come."""
    words = text.split()
    for name in dice.sample(sorted(catalogue), 6):
        spec = catalogue[name]
        at = dice.randrange(max(1, len(words) - 6))
        value = {"bool": dice.random() < 0.5, "choice": dice.choice(spec.options or ("",))}.get(spec.type, 800)
        yield Claim(name, value, " ".join(words[at : at + 5]))


def test_a_reader_states_facts_and_the_rules_decide(advisor: Advisor, understood: list[Understood]) -> None:
    """With facts made up by dice, each still has the user's words, and the verdict is the rules' on what is shown."""
    dice = random.Random(11)
    catalogue = advisor.book.catalogue
    for turn in understood[::3]:
        spans = [(sentence.start, sentence.end) for sentence in turn.reading.sentences]
        made_up = random_claims(turn.question, dice, catalogue)
        quoted = keep_quoted(made_up, Grounds(turn.question, spans, catalogue, parse_value, lambda _: ()))
        use_case, _ = merge(turn.reading.use_case, quoted)
        assert all(fact.evidence in turn.question for fact in quoted.facts.values())
        answer = advisor.answer(replace(turn, reading=replace(turn.reading, use_case=use_case)))
        assert answer.verdict == judge(use_case, advisor.book)
        shown = {name: fact.value for name, fact in answer.facts.items() if fact.value is not None}
        assert shown == use_case.values

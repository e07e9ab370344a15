"""What a memo says: the seam for a context from elsewhere, the gate behind it, inferred facts and contradictions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.memo.compose import ours
from agent.memo.model import About, Memo, lines_of
from agent.memo.writer import MemoWriter, render
from agent.types import Contradiction, Fact, FactValue, UseCase


def test_a_context_from_elsewhere_is_gated(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> None:
    """Sentences about the stated facts stay; an invented figure goes, and the memo says that something did."""
    context = "You have a wiki that changes weekly. Your team has 12,000 labelled examples. You need answers that cite."
    memo = writer.compose(
        wiki, about("Support bot over our wiki, docs change weekly, answers must cite"), context=context
    )
    told = [line.text for line in memo.context]
    assert told == ["We have a wiki that changes weekly", "We need answers that cite"]
    assert memo.notes == ("1 sentence was left out, not standing in what was cited.",)


@pytest.mark.parametrize(
    ("has_evaluation", "titles"),
    [
        (False, ["Measuring first", "Retrieval (RAG), once that is measured"]),
        (True, ["Retrieval (RAG)", "Retrieval (RAG) with fine-tuning, only if that falls short"]),
    ],
)
def test_the_last_step_says_on_what_condition(
    writer: MemoWriter, wiki: UseCase, about: Callable[..., About], has_evaluation: bool, titles: list[str]
) -> None:
    """After measuring the facts lead on; after any other rung one turns to the next where it falls short."""
    facts = {**wiki.facts, "evals_exist": Fact("evals_exist", has_evaluation, "stated", "our test set")}
    assert [step.title for step in writer.compose(UseCase(facts), about()).plan] == titles


def test_a_context_changes_nothing_else(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> None:
    """Whoever writes the context, the verdict and all else stay as they are."""
    from msgspec.structs import replace

    plain = writer.compose(wiki, about("Support bot"))
    told = writer.compose(wiki, about("Support bot"), context="You have a support bot.")
    assert replace(told, context=()) == replace(plain, context=())


def test_a_context_cannot_recommend(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> None:
    """The verdict decides, not the paragraph before it."""
    memo = writer.compose(wiki, about("Support bot"), context="You should start with fine-tuning.")
    assert memo.context == ()
    assert memo.outcome.approach == "rag"


def test_what_follows_stands_among_the_assumptions(writer: MemoWriter, about: Callable[..., About]) -> None:
    """A fact that was only inferred is shown as such, with what it follows from, and not among the stated ones."""
    memo = writer.compose(
        UseCase({"few_shot_sufficient": Fact("few_shot_sufficient", False, "stated", "fell short")}), about()
    )
    inferred = {fact.name for fact in memo.assumptions}
    assert inferred
    assert not inferred & {fact.name for fact in memo.facts}
    assert all(fact.words for fact in memo.assumptions)


def test_a_contradiction_is_shown_and_decides_nothing(writer: MemoWriter, about: Callable[..., About]) -> None:
    """Both wordings are there, and the fact counts as unknown."""
    said = (
        Fact("labelled_examples", 50, "stated", "fifty"),
        Fact("labelled_examples", 9000, "stated", "nine thousand"),
    )
    memo = writer.compose(UseCase({}, (Contradiction("labelled_examples", said),)), about())
    assert [fact.words for fact in memo.contradictions] == ["fifty", "nine thousand"]
    assert "labelled_examples" not in {fact.name for fact in memo.facts}


def test_nothing_known_is_still_a_memo(writer: MemoWriter, about: Callable[..., About]) -> None:
    """No fact at all: measure first, provisional, in all forms."""
    written = writer.write(UseCase({}), about(), formats=("md", "html", "pdf", "docx"))
    assert written.memo.outcome.standing == "undetermined"
    assert "provisional" in written.memo.outcome.firmness.text
    assert len(written.files) == 4


@pytest.mark.parametrize(
    ("theirs", "own"),
    [
        ("you have 300 labelled examples", "we have 300 labelled examples"),
        ("What bothers you most today?", "What bothers us most today?"),
        ("your data may not leave", "our data may not leave"),
        ("You host the model yourselves", "We host the model ourselves"),
        ("a young team", "a young team"),
    ],
)
def test_the_team_speaks_of_itself(theirs: str, own: str) -> None:
    """What is said to a team, as the team says it."""
    assert ours(theirs) == own


def test_every_line_reads_as_a_sentence(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> None:
    """One full stop at the end, none doubled, no blank before it."""
    for line in lines_of(writer.compose(wiki, about())):
        told = line.told(starts=True) + line.stop
        assert told[0].isupper() or not told[0].isalpha(), told
        assert not told.endswith(("..", " .", "?.")), told


@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("We sort mail. It is slow.", "Better prompting: We sort mail"),
        (
            "R&D team at a law & tax firm: contracts live in SharePoint and change weekly, answers must cite them.",
            "Better prompting: R&D team at a law & tax firm: contracts live in SharePoint and change weekly",
        ),
        (
            "We sort tickets with a long prompt on a large model and it is slow and dear for everybody involved here.",
            "Better prompting: We sort tickets with a long prompt on a large model and it is slow and dear for …",
        ),
    ],
)
def test_a_title_ends_where_a_clause_does(
    writer: MemoWriter, about: Callable[..., About], description: str, title: str
) -> None:
    """Else after a word; short sentences stay whole."""
    facts = {"prompting_sufficient": Fact("prompting_sufficient", True), "evals_exist": Fact("evals_exist", True)}
    assert writer.compose(UseCase(facts), about(description)).title == title


def composed(writer: MemoWriter, about: Callable[..., About], **facts: FactValue) -> Memo:
    return writer.compose(UseCase({name: Fact(name, value, "answered") for name, value in facts.items()}), about())


@pytest.mark.parametrize(
    ("facts", "approach", "told"),
    [
        ({}, "measure_first", "that we have no evaluation on our own task yet, which is not known"),
        ({}, "stronger_model", "which is not known"),
        ({"prompting_sufficient": True}, "stronger_model", "for cases where prompting falls short of what we need"),
        (
            {"stronger_model_succeeds": False},
            "stronger_model",
            "where a stronger model succeeds; here a stronger model fails",
        ),
    ],
)
def test_what_an_approach_lacks_is_told_with_its_polarity(
    writer: MemoWriter, about: Callable[..., About], facts: dict[str, FactValue], approach: str, told: str
) -> None:
    """What a rule says that does not hold is not told as if it did."""
    (option,) = (item for item in composed(writer, about, **facts).options if item.approach == approach)
    lines = [line for line in (*option.neutral, *option.bad) if line.is_condition]
    assert lines
    assert any(told in line.text for line in lines), lines


def test_a_title_among_words_stands_in_quotation_marks(writer: MemoWriter, about: Callable[..., About]) -> None:
    """A title that is a sentence would otherwise go on as one; one dissenting source is one."""
    memo = composed(
        writer,
        about,
        problem_kind="behaviour",
        prompting_sufficient=False,
        few_shot_sufficient=False,
        stronger_model_succeeds=True,
    )
    assert "the other leads elsewhere (“" in memo.outcome.firmness.text
    assert all("Usually the Answer" not in line.told(starts=True).replace("Answer”", "") for line in lines_of(memo))


def test_what_was_left_undone_cannot_come_true_later(writer: MemoWriter, about: Callable[..., About]) -> None:
    """Whether an evaluation exists is asked; that there is none is nothing to look out for."""
    memo = composed(writer, about, knowledge_in_documents=True)
    assert ("evals_exist", False) not in [
        (change.fact, change.value) for item in memo.revisit for change in item.changes
    ]
    assert "evals_exist" in [unknown.fact for unknown in memo.unknowns]


def test_a_job_done_once_has_no_upkeep(writer: MemoWriter, about: Callable[..., About]) -> None:
    """Nobody keeps in order what is thrown away tomorrow."""
    assert composed(writer, about, one_off=False).consequences.upkeep
    assert not composed(writer, about, one_off=True).consequences.upkeep


def test_a_source_that_allows_the_recommendation_is_told_apart(writer: MemoWriter, about: Callable[..., About]) -> None:
    """Who names another approach in words that cover the recommended one does not lead there."""
    memo = composed(writer, about, problem_kind="knowledge", knowledge_gap=True, knowledge_fits_context=True)
    allowing = [vote for vote in memo.votes if vote.allows]
    assert allowing
    assert all(vote.led == f"allows it (names {vote.label})" for vote in allowing)
    assert "allow it" in memo.outcome.firmness.text


@pytest.mark.parametrize(("days", "shown"), [(1, "1 day"), (2, "2 days")])
def test_one_is_one(writer: MemoWriter, about: Callable[..., About], days: int, shown: str) -> None:
    """A unit agrees with its number; what a file states without words was given, and no column stands empty."""
    memo = composed(writer, about, deadline_days=days)
    assert [(fact.shown, fact.known) for fact in memo.facts] == [(shown, "given")]
    assert "| Fact | Value | How known |\n" in render(memo, ("md",)).files["md"].decode()


def test_no_approach_is_praised_in_words_for_another(writer: MemoWriter, about: Callable[..., About]) -> None:
    """A rule's second choice has no argument in what the rule says of its first."""
    memo = composed(
        writer, about, rag_sufficient=False, style_at_scale=True, knowledge_gap=True, problem_kind="behaviour"
    )
    (prompting,) = (item for item in memo.options if item.approach == "prompting")
    assert all("train the behaviour" not in line.text for line in prompting.good)

"""Answers in turns of several sentences: what they answer, what they state beside, and what is no answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from agent.conversation.conversation import Conversation
from agent.conversation.outcomes import outcome
from agent.conversation.pieces import cut
from agent.conversation.state import Asked, Known
from agent.conversation.topics import claim_of, fact_named, topic_of
from agent.conversation.unknowns import less_unknowns, unknown_matter
from agent.types import Fact, FactValue

Talk = Callable[..., Conversation]
WIKI = "Our wiki holds it all, it must cite."


def told(talk: Talk, fact: str, text: str, *said: FactValue) -> dict[str, object]:
    """Return what a turn changes where a fact was asked about, or was said in two ways."""
    conversation = talk(WIKI)
    question = conversation.advisor.book.catalogue[fact].question
    sides = {fact: tuple(Known(Fact(fact, value), 1) for value in said)} if said else {}
    asked = Asked(fact, question, "", is_dispute=bool(said))
    conversation._state = replace(conversation.state, asked=asked, disputes=sides)
    return {change.fact: change.after for change in conversation.take(text).changes}


@pytest.mark.parametrize(
    ("fact", "text", "answer"),
    [
        ("complex_rules", "No. It's a narrative, not a rule engine. Now, how do I begin?", False),
        ("complex_rules", "Rules? Goodness, no. There's nothing like that here.", False),
        ("complex_rules", "Complex? No, five lines of policy.", False),
        ("complex_rules", "To your question: two hundred, and yes they act on one another.", True),
        ("style_at_scale", "Very large, no. But what does steady mean?", False),
        ("ml_team", "god no", False),
        ("complex_rules", "A few rules, yes, but each stands by itself, so no.", False),
        ("ml_team", "You asked about people. No, none.", False),
        ("ml_team", "To answer your question: no, we're librarians.", False),
        ("ml_team", "An intern once did a course. So that's a no.", False),
        ("prompting_tried", "in earnest? no. somebody typed one once, on a friday", False),
        ("prompting_tried", "No. Nobody in this office has so much as written a prompt.", False),
        ("knowledge_fits_context", "Into one prompt? 97 chapters and all the rulings? Not a chance.", False),
        ("knowledge_fits_context", "All of it? Never. It's 40 binders.", False),
        ("requirements_stable", "To your question: settled. The wording was fixed in 2020.", True),
        ("requirements_stable", "Not settled. They argue every week.", False),
        ("labelled_examples", "2k! All checked by the vets.", 2000),
        ("problem_kind", "the deciding", "behaviour"),
        ("problem_kind", "how long it takes", "cost_latency"),
        ("problem_kind", "time. a digest takes long", "cost_latency"),
        ("problem_kind", "hm and it mixes up dates. so several", "mixed"),
        ("behaviour_change_days", "What we want changes every two years or so, when the list is reissued.", 730),
        ("behaviour_change_days", "The list of tags? We overhaul that twice a year, spring and autumn.", 182.5),
        ("behaviour_change_days", "every quarter… 90 days ish", 90),
    ],
)
def test_a_sentence_answers(talk: Talk, fact: str, text: str, answer: object) -> None:
    """Wherever in the turn it stands, and whatever else the turn says."""
    assert told(talk, fact, text).get(fact) == answer


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("evals_exist", "The tone? No, that's fine."),
        ("evals_exist", "the boss? no, he hates it"),
        ("evals_exist", "So no RAG either."),
        ("evals_exist", "No. Are you sure?"),
        ("evals_exist", "No. Everyone fine-tunes."),
        ("prompting_tried", "No, I insist on prompting."),
        ("prompting_tried", "No way."),
        ("fine_tuning_tried", "Your rules? No, I trust the experts."),
        ("problem_kind", "Your sources are outdated."),
        ("problem_kind", "And that? Is it expensive?"),
        ("behaviour_change_days", "Our team meets every week."),
    ],
)
def test_a_sentence_that_answers_nothing(talk: Talk, fact: str, text: str) -> None:
    """It says yes or no to something else, or only argues."""
    assert fact not in told(talk, fact, text)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("all labels in one prompt? no way, 9k pages", {"knowledge_fits_context": False}),
        ("traceable? no. latency? also no", {"needs_audit": False, "latency_too_high": False}),
        ("constrained decoding? we have not", {"constrained_decoding_tried": False}),
        ("ML engineers? We have none.", {"ml_team": False}),
        ("Audit trail, yes.", {"needs_audit": True}),
        ("You've put that answers must cite. They needn't.", {"needs_citations": False}),
        ("who told you we must show sources? we don't have to", {"needs_citations": False}),
        ("Fine-tuning? Never!", {}),
        ("what about an audit trail? no idea", {}),
        ("who says that it is expensive? It isn't.", {}),
    ],
)
def test_a_topic_that_the_user_names_and_answers(talk: Talk, text: str, facts: dict[str, object]) -> None:
    """Though another question is open; what turns a proposal down tells of no attempt."""
    assert told(talk, "labelled_examples", text) == facts


@pytest.mark.parametrize(
    ("text", "is_enough"),
    [
        ("yeah 3 months of it. tone still off", False),
        ("Prompting? Yes, a whole quarter. It wasn't good enough.", False),
        ("Sure did. Six versions, and none of them was good enough.", False),
        ("yes, for weeks, and it did the trick", True),
        ("yes, for weeks", None),
    ],
)
def test_how_an_attempt_went_is_told_with_it(talk: Talk, text: str, is_enough: bool | None) -> None:
    """And is not asked again."""
    changes = told(talk, "prompting_tried", text)
    assert (changes["prompting_tried"], changes.get("prompting_sufficient")) == (True, is_enough)


def test_only_attempts_have_an_outcome() -> None:
    """Whoever has an audit trail tells of none."""
    assert outcome("needs_audit", "but it is not good enough") is None


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("20k. the other one counted retries", 20_000),
        ("it is the second", 26_000),
        ("the second number is wrong", 20_000),
        ("the smaller one", 20_000),
        ("26k, the 20k were the old ones", 26_000),
        ("neither, 23k", 23_000),
        ("23k requests a month, I looked it up", 23_000),
    ],
)
def test_what_settles_a_dispute(talk: Talk, text: str, holds: float) -> None:
    """One of the two, by its place, its size or its value; or a third."""
    assert told(talk, "requests_per_month", text, 20_000.0, 26_000.0) == {"requests_per_month": holds}


@pytest.mark.parametrize(
    ("text", "holds"), [("we did", True), ("we don't, nobody has counted", False), ("there is none", False)]
)
def test_a_yes_or_no_settles_what_was_said_in_two_ways(talk: Talk, text: str, holds: bool) -> None:
    """A clear denial as well."""
    assert told(talk, "evals_exist", text, True, False) == {"evals_exist": holds}


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("labelled_examples", "Examiners argue about every second one. I couldn't tell you how many are good."),
        ("labelled_examples", "how many are good, I can't say"),
        ("prompting_tried", "No idea whether anyone worked on it. Nobody has checked that."),
        ("problem_kind", "You keep asking me that. I really couldn't tell you, put 'don't know'."),
        ("few_shot_sufficient", "That I don't know."),
        ("bottleneck_known", "Not my department, I can't say."),
        ("behaviour_change_days", "It varies, I couldn't put a number on it."),
        ("problem_kind", "None of those."),
        ("ml_team", "You'd have to ask our IT people that."),
    ],
)
def test_what_is_not_known(talk: Talk, fact: str, text: str) -> None:
    """It leaves the fact unknown and states nothing."""
    assert told(talk, fact, text) == {fact: None}


def test_what_is_not_known_of_another_matter(talk: Talk) -> None:
    """It neither answers nor states; nor does the reason for it."""
    text = "As for the old letters, I can't say whether they are fit to use. Nobody has audited them."
    assert told(talk, "complex_rules", text) == {}
    assert less_unknowns(f"We have 300. {text}") == "We have 300."
    assert unknown_matter("I don't know what else to tell you.") is None


def test_a_question_that_is_passed_over_is_told_no_more(talk: Talk) -> None:
    """It stays open: the verdict is not called settled, and the answer is taken when it comes."""
    conversation = talk(WIKI)
    asked = conversation.state.asked
    assert asked
    assert asked.question in conversation.take("the wiki is large").answer
    reply = conversation.take("the wiki is old")
    assert asked.question not in reply.answer
    assert reply.question is None
    assert not reply.is_settled
    assert {change.fact for change in conversation.take("To your question: no.").changes} == {asked.fact}


def test_pieces_are_the_text() -> None:
    """Cut at "no." too, which numbers nothing here."""
    text = "No. It's 3.5 days.\nRules? no. none"
    assert "".join(cut(text)) == text
    assert [piece.strip() for piece in cut(text)] == ["No.", "It's 3.5 days.", "Rules?", "no.", "none"]


def test_topics() -> None:
    """A few words with a question mark, which ask nothing."""
    assert topic_of("an audit trail?") == "an audit trail"
    assert topic_of("is it fast?") is None
    assert fact_named("citations") == "needs_citations"
    assert claim_of("You keep telling me answers must show their source.")
    assert claim_of("We keep our sources.") is None


@pytest.mark.parametrize(
    ("text", "known", "is_so"),
    [
        ("You say we have no test set. We do.", False, True),
        ("I never told you that we have an evaluation! We don't have one.", True, False),
        ("Where did you get that from? There are no evals.", True, False),
        ("You say we have no test set. We do.", True, True),
    ],
)
def test_what_rung_noted_is_put_right(talk: Talk, text: str, known: bool, is_so: bool) -> None:
    """It is no second opinion, but a correction."""
    conversation = talk(WIKI)
    noted = {**conversation.state.facts, "evals_exist": Known(Fact("evals_exist", known), 1)}
    conversation._state = replace(conversation.state, facts=noted)
    conversation.take(text)
    assert conversation.state.facts["evals_exist"].fact.value is is_so


@pytest.mark.parametrize(
    ("text", "is_enough"),
    [
        ("no no. few-shot is NOT sufficient, read again please", False),
        ("Read again: few-shot did not help enough.", False),
        ("as I said, examples in the prompt were not enough", False),
        ("You misread me. Few-shot alone fell short.", False),
        ("few-shot is not enough, says my boss", True),
        ("is few-shot not enough?", True),
        ("read again: few-shot was enough", True),
        ("no no, retrieval is not enough", True),
    ],
)
def test_how_an_attempt_went_is_put_right(talk: Talk, text: str, is_enough: bool) -> None:
    """Where somebody says that it was noted wrongly; whoever only argues changes nothing."""
    conversation = talk(WIKI, "/facts few_shot_sufficient=true")
    conversation.take(text)
    assert conversation.state.facts["few_shot_sufficient"].fact.value is is_enough
    assert "rag_sufficient" not in conversation.state.facts

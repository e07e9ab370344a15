"""The turn in a small world: merging, disputes, withdrawals, questions, commands."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from agent.conversation.answers import read_answer
from agent.conversation.asking import complete
from agent.conversation.commands import meant
from agent.conversation.conversation import Conversation
from agent.conversation.hearing import hear, tells_of_a_case
from agent.conversation.state import Asked, State, decode_reply, decode_state, encode
from agent.errors import UsageError
from agent.intake.reading import Reading
from agent.types import Fact, UseCase

Talk = Callable[..., Conversation]
WIKI = "Our wiki holds it all, it must cite."


def value(talk: Conversation, fact: str) -> object:
    known = talk.state.facts.get(fact)
    return known.fact.value if known else None


def test_a_fact_keeps_who_said_it_when(talk: Talk) -> None:
    """Each fact remembers its turn, its speaker and the words."""
    conversation = talk(WIKI)
    conversation.take("we have 300 labelled examples", speaker="Ada")
    known = conversation.state.facts["labelled_examples"]
    assert (known.turn, known.speaker, known.fact.evidence) == (2, "Ada", "we have 300 labelled examples")


def test_said_otherwise_without_a_correction(talk: Talk) -> None:
    """Two statements are quoted, the fact is unknown, and the answer settles it."""
    conversation = talk(WIKI, "we have 300 labelled examples")
    reply = conversation.take("we have 900 labelled examples")
    assert reply.question
    assert reply.question.fact == "labelled_examples"
    assert "300 labelled examples" in reply.answer
    assert "900 labelled examples" in reply.answer
    assert value(conversation, "labelled_examples") is None
    conversation.take("the first")
    assert value(conversation, "labelled_examples") == 300


@pytest.mark.parametrize(
    "text",
    [
        "actually 900",
        "no, it's 900",
        "we now have 900 labelled examples",
        "make that 900",
        "Not 300, 900. Sorry, typo",
        "It isn't 300, it's 900",
        "that's wrong, we have 900 labelled examples",
    ],
)
def test_corrected(talk: Talk, text: str) -> None:
    """A correction replaces, even where it is only a number."""
    conversation = talk(WIKI, "we have 300 labelled examples")
    assert [change.kind for change in conversation.take(text).changes] == ["corrected"]
    assert value(conversation, "labelled_examples") == 900


def test_not_known_is_not_asked_again(talk: Talk) -> None:
    """A don't-know is remembered."""
    conversation = talk(WIKI)
    assert conversation.state.asked
    assert conversation.state.asked.fact == "evals_exist"
    reply = conversation.take("no idea")
    assert "evals_exist" in conversation.state.unknown
    assert reply.question is None
    assert "could still change this" in reply.answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("No, latency is no issue.", None),
        ("no, the costs are fine", None),
        ("no we have not tried examples", None),
        ("nothing else", None),
        ("no I mean they rarely change", None),
        ("No. Latency is no issue.", False),
        ("No, nobody has measured anything.", False),
        ("No, but latency is no issue.", False),
    ],
)
def test_a_no_to_another_thing_is_no_answer(talk: Talk, text: str, said: bool | None) -> None:
    """A denial that begins with "no" says no to its own matter, not to the question that was asked."""
    conversation = talk(WIKI)
    assert conversation.state.asked
    assert conversation.state.asked.fact == "evals_exist"
    conversation.take(text)
    assert value(conversation, "evals_exist") is said


def test_taken_back(talk: Talk) -> None:
    """The last statement, or the one that is named."""
    conversation = talk(WIKI, "we have 300 labelled examples", "scratch that")
    assert value(conversation, "labelled_examples") is None
    conversation.take("forget what I said about the citations")
    assert value(conversation, "needs_citations") is None
    assert value(conversation, "knowledge_in_documents") is True


@pytest.mark.parametrize(
    "text", ["scratch that", "scratch that last thing about the examples", "scratch what I said about the 900"]
)
def test_one_of_two_statements_is_taken_back(talk: Talk, text: str) -> None:
    """The other holds, and nothing else goes with it."""
    conversation = talk(WIKI, "we have 300 labelled examples", "we have 900 labelled examples")
    assert [change.kind for change in conversation.take(text).changes] == ["settled"]
    assert value(conversation, "labelled_examples") == 300
    assert value(conversation, "needs_citations") is True


def test_both_statements_are_taken_back(talk: Talk) -> None:
    """Where a withdrawal names the fact and neither of them."""
    conversation = talk(WIKI, "we have 300 labelled examples", "we have 900 labelled examples")
    reply = conversation.take("scratch what I said about the examples")
    assert [change.kind for change in reply.changes] == ["withdrawn"]
    assert not conversation.state.disputes


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("forget the citations", None),
        ("Forget the citations. Legal has looked at it, so it need not show them any more", False),
        ("forget the citations, the answers don't have to cite", False),
        ("scratch the citations, nobody needs them", None),
        ("forget the citations. The manager is no longer in the office", None),
    ],
)
def test_what_is_taken_back_and_said_to_hold_no_more_is_false(talk: Talk, text: str, cites: bool | None) -> None:
    """Taken back alone, it is only unknown."""
    conversation = talk(WIKI)
    conversation.take(text)
    assert value(conversation, "needs_citations") is cites


def test_what_was_not_known_was_found_since(talk: Talk) -> None:
    """ "Ok, we measured" replaces "nobody measured" and contradicts nothing."""
    conversation = talk(WIKI, "Nobody measured anything.")
    conversation.take("ok we measured it, we have an evaluation set")
    assert value(conversation, "evals_exist") is True


def test_greeted(talk: Talk) -> None:
    """A greeting is no question that the sources fail to answer."""
    conversation = talk()
    reply = conversation.take("Hi there!")
    assert reply.answer.startswith("Hello.")
    assert conversation.state.is_empty


def test_a_new_case_of_few_words(talk: Talk) -> None:
    """Announced as one it is one, and takes nothing over."""
    conversation = talk(WIKI, "we have 300 labelled examples")
    conversation.take("New case: we have 40 labelled examples")
    assert value(conversation, "labelled_examples") == 40
    assert value(conversation, "needs_citations") is None


def test_why_it_moved(talk: Talk) -> None:
    """A moved verdict names the rules that changed their state."""
    reply = talk(WIKI).take("we have no evals")
    assert reply.moved
    deciding = {move.rule: (move.before, move.after) for move in reply.why_moved if move.decides}
    assert deciding["panel-no-baseline"] == (None, True)


def test_a_case_is_judged_once_in_a_turn(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it states facts, asks beside them, or does neither."""
    conversation, judged = talk(WIKI), list[UseCase]()
    plain = conversation.advisor.judge
    monkeypatch.setattr(conversation.advisor, "judge", lambda case: judged.append(case) or plain(case))
    for text in ("we have 300 labelled examples", "we have no evals. so what do we do?", "I see."):
        conversation.take(text)
    assert len(judged) == 2


def test_a_supposition_changes_nothing(talk: Talk) -> None:
    """What-if in words and as a command."""
    conversation = talk("Our documents matter. fine-tune?", "/facts knowledge_in_documents=false")
    for text in ("what if we had 6,000 labelled examples?", "/what-if labelled_examples=6000"):
        reply = conversation.take(text)
        assert "better prompting → fine-tuning" in reply.answer
        assert reply.changes == ()


def test_undo_and_reset(talk: Talk) -> None:
    """The last change is taken back, then the one before; a reset can be undone."""
    conversation = talk(WIKI, "we have 300 labelled examples", "no evals", "/undo")
    assert value(conversation, "evals_exist") is None
    conversation.take("/undo")
    assert value(conversation, "labelled_examples") is None
    conversation.take("/reset")
    conversation.take("/reset")
    assert conversation.state.is_empty
    conversation.take("/undo")
    assert value(conversation, "knowledge_in_documents") is True


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/wyh", "did you mean /why"),
        ("/facts labeled_examples=3", "did you mean labelled_examples"),
        ("/facts labelled_examples=many", "takes a whole number"),
        ("/passage 99", "the last answer cites"),
        ("/why-not dancing", "there is no approach"),
    ],
    ids=["command", "fact", "value", "passage", "approach"],
)
def test_mistyped(talk: Talk, line: str, said: str) -> None:
    """A command that cannot be done says what can, and is no turn."""
    conversation = talk(WIKI)
    with pytest.raises(UsageError, match=said):
        conversation.take(line)
    assert conversation.turns == 1


def test_control_characters_are_dropped(talk: Talk) -> None:
    """Nothing that could steer a terminal is kept or said again."""
    reply = talk(WIKI).take("we have \x1b[31m300\x1b[0m labelled\x07 examples")
    assert "\x1b" not in encode(reply)
    assert "\\u001b" not in encode(reply)


@pytest.mark.parametrize(
    "line", ["labelled_examples = 8000", "labelled_examples=8,000", "labelled_examples=8000,evals_exist=true"]
)
def test_facts_are_set_however_they_are_spaced(talk: Talk, line: str) -> None:
    conversation = talk(WIKI, f"/facts {line}")
    assert value(conversation, "labelled_examples") == 8_000
    assert value(conversation, "evals_exist") is (True if "evals" in line else None)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("is there one way to test it?", "is there one way to test fine-tuning?"),
        ("does no one use it?", "does no one use fine-tuning?"),
        ("who has built one?", "who has built fine-tuning?"),
    ],
)
def test_what_a_follow_up_leaves_out_is_filled_in(text: str, whole: str) -> None:
    """A count is no word for the approach spoken of before."""
    assert complete(text, State(focus="fine_tuning")) == whole


def test_values_survive_the_way_to_disk(talk: Talk) -> None:
    """State and reply are read as they were written."""
    conversation = talk(WIKI, "we have 300 labelled examples")
    reply = conversation.take("we have 900 labelled examples")
    assert decode_reply(encode(reply)) == reply
    assert decode_state(encode(conversation.state)) == conversation.state


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("undo", "/undo"),
        ("Sources, please", "/sources"),
        ("show facts", "/facts"),
        ("Show me the facts.", "/facts"),
        ("please list my facts", "/facts"),
        ("show me passage 2", "/passage 2"),
        ("facts", "facts"),
        ("show me the money", "show me the money"),
        ("quote it", "/passage 1"),
        ("undo the last deployment", "undo the last deployment"),
        ("the sources disagree", "the sources disagree"),
    ],
)
def test_the_name_of_a_command_alone_is_the_command(text: str, command: str) -> None:
    """With or without the slash; what may answer a question only where it is asked for."""
    assert meant(text) == command


def test_who_asks_for_the_facts_names_no_problem(talk: Talk) -> None:
    """Though what is missing was asked about, and facts are knowledge."""
    conversation = talk(WIKI)
    before = conversation.state.facts
    reply = conversation.take("show me the facts")
    assert reply.kind == "command"
    assert conversation.state.facts == before


@pytest.mark.parametrize("text", ["which is it?", "hm, what would you do?", "so what do you suggest"])
def test_who_asks_for_the_verdict_gets_it(talk: Talk, text: str) -> None:
    """Not the approach that was spoken of before."""
    conversation = talk(WIKI, "why not fine-tuning?")
    assert "because:" in conversation.take(text).answer


def test_a_thousands_comma_does_not_end_what_is_taken_back(talk: Talk) -> None:
    """What stands behind it is no number of its own."""
    conversation = talk(WIKI, "we have 1,200 labelled examples")
    conversation.take("Actually forget the 1,200, they are not labelled")
    assert value(conversation, "labelled_examples") in (None, 0)


@pytest.mark.parametrize(
    ("text", "is_of_others"),
    [
        ("The blog post says we must fine-tune.", True),
        ("Research shows that fine-tuning wins.", True),
        ("The report says we must fine-tune.", True),
        ("You should fine-tune, Postgres or not.", False),
        ("You are wrong about the reporting line.", False),
        ("You should fine-tune, nothing is postponed.", False),
    ],
)
def test_what_others_have_written_is_told_by_whole_words(talk: Talk, text: str, is_of_others: bool) -> None:
    """A database is no post, and a line of reporting no report."""
    answer = talk(WIKI).take(text).answer
    assert answer.startswith("**The verdict stays")
    assert ("What an article reports of others" in answer) is is_of_others


def test_thanks_are_no_argument(talk: Talk) -> None:
    """They are answered in a line, and where the case stands with it."""
    conversation = talk(WIKI)
    for text in ("thanks", "Great, thank you!", "thanks, that helps"):
        assert conversation.take(text).answer.startswith("You are welcome. **The verdict stands")


def test_an_approach_proposed_in_a_word_is_weighed_for_the_case(talk: Talk) -> None:
    """Not answered by what the sources say of it at large."""
    conversation = talk(WIKI)
    for text in ("ok so fine-tune?", "fine-tuning then?"):
        assert conversation.take(text).answer.startswith("**Why not"), text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("how sure are you?", "because:"),
        ("what else do you need to know?", "What would change it"),
        ("what does contested mean?", "**contested** where one does"),
    ],
)
def test_how_firm_the_verdict_is(talk: Talk, text: str, told: str) -> None:
    """Is told from what it rests on, what would change it and what the words in its line mean."""
    assert told in talk(WIKI).take(text).answer


@pytest.mark.parametrize("text", ["JSON always parses", "format is fine", "the tone is not the problem"])
def test_what_is_no_trouble_does_not_answer_what_the_trouble_is(talk: Talk, text: str) -> None:
    """Though it names one of the choices."""
    spec = talk(WIKI).advisor.book.catalogue["problem_kind"]
    assert read_answer(text, spec) is None
    assert read_answer("the tone", spec) is not None


def test_the_number_that_is_denied_is_the_one_corrected(talk: Talk) -> None:
    """Though another was spoken of since."""
    conversation = talk(WIKI, "we have 30k labelled examples", "we get 500 requests a month")
    conversation.take("not 30k, 3k")
    assert value(conversation, "labelled_examples") == 3_000
    assert value(conversation, "requests_per_month") == 500


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("ok", "**The verdict stands"),
        ("hm, I see", "**The verdict stands"),
        ("so what do we do monday", "1. **"),
        ("alright whats step 1", "1. **"),
        ("why do they disagree", "**How the sources vote:**"),
        ("does that mean fine-tuning?", "**Why not fine-tuning?**"),
        ("what if we fine tune on the pages", "**Why not fine-tuning?**"),
        ("can you shorten that", "**Retrieval (RAG)**"),
        ("is that a problem?", "**Retrieval (RAG)**"),
        ("what do you need from me?", "**What would change it:**"),
        ("what are you not sure about", "**What would change it:**"),
        ("what should I ask my engineers", "**What would change it:**"),
        ("who says that", "**How the sources vote:**"),
        ("and after?", "1. **"),
        ("are we stuck?", "1. **"),
        ("is he right?", "**Retrieval (RAG)**"),
        ("what should I tell my boss", "**Retrieval (RAG)**"),
        ("then we fine tune, right?", "**Why not fine-tuning?**"),
        ("what do the sources say against it", "**How the sources vote:**"),
        ("then we're done?", "1. **"),
        ("and what if we relax it to 2 seconds", "**If an answer may take 2 seconds"),
        ("thx bye", "You are welcome."),
        ("does that matter", "**Retrieval (RAG)**"),
        ("could you explain that more simply", "**Retrieval (RAG)**"),
        ("show me what you noted", "**What I know of your case:**"),
        ("so?", "**Retrieval (RAG)**"),
        ("so which?", "**Retrieval (RAG)**"),
        ("should we fine-tune the embedding model?", "Under five hundred examples"),
    ],
)
def test_what_people_say_in_a_few_words(talk: Talk, text: str, beginning: str) -> None:
    """None of it is pushback, and each has its own answer."""
    assert talk(WIKI).take(text).answer.startswith(beginning)


@pytest.mark.parametrize(
    ("question", "answer"),
    [("ok but why not both", "both"), ("what's the decisive fact", "what bothers us is the tone")],
)
def test_a_question_without_a_mark_answers_nothing(talk: Talk, question: str, answer: str) -> None:
    """Though it names one of the choices of what was asked."""
    spec = talk(WIKI).advisor.book.catalogue["problem_kind"]
    assert read_answer(question, spec) is None
    assert read_answer(answer, spec) is not None


def test_who_needs_advice_is_asked_for_the_case(talk: Talk) -> None:
    """It is no question that the sources could answer."""
    assert "Tell me about your use case" in talk().take("I need advice").answer


def test_a_number_is_changed_by_its_name(talk: Talk) -> None:
    """Whichever number was spoken of since, and however it is put."""
    conversation = talk(WIKI, "we have 30k labelled examples", "we get 500 requests a month")
    conversation.take("change the number of examples to 3,000")
    assert value(conversation, "labelled_examples") == 3_000
    conversation.take("the number of examples is wrong, it's 4,000")
    assert value(conversation, "labelled_examples") == 4_000
    assert value(conversation, "requests_per_month") == 500


def test_a_case_told_bit_by_bit_is_one_case(talk: Talk) -> None:
    """What tells nothing by itself is kept, and read with what comes next; a statement stays as it was said."""
    conversation = talk("what does training take?", "it's for a recipe app", "users ask what to cook")
    assert conversation.take("they want the wiki, and we must cite").answer.startswith("What stands in documents")
    assert conversation.state.told.splitlines()[:2] == ["it's for a recipe app", "users ask what to cook"]
    assert "they want the wiki" in conversation.state.facts["needs_citations"].fact.evidence


def test_a_statement_is_read_in_the_light_of_what_was_told(talk: Talk) -> None:
    """Of facts on which nothing was said yet, and only by words of its own; what was taken back gives none."""
    conversation = talk(WIKI)
    whole = conversation.advisor.read

    def in_context(text: str) -> Reading:
        facts = dict(whole(text).use_case.facts)
        if "invents" in text and "Our wiki" in text:
            facts["knowledge_gap"] = Fact("knowledge_gap", True, evidence="invents")
        return Reading(UseCase(facts), plain=frozenset(facts))

    conversation.advisor.read = in_context  # type: ignore[method-assign]
    conversation.take("it just invents recipes")
    assert value(conversation, "knowledge_gap") is True
    conversation.take("scratch that")
    assert value(conversation, "knowledge_gap") is None
    assert "invents" not in conversation.state.told


def test_a_yes_to_a_question_of_which_is_no_argument(talk: Talk) -> None:
    """It answers nothing, and pleads for nothing."""
    conversation = talk(WIKI, "we have 300 labelled examples", "we have 900 labelled examples")
    assert conversation.take("yes").kind != "pushback"


@pytest.mark.parametrize(
    ("text", "fact", "answer"),
    [
        ("there are 23 departments", "labelled_examples", None),
        ("about 300 tickets", "labelled_examples", 300),
        ("right now it is a prompt", "evals_exist", None),
        ("right, we have one", "evals_exist", True),
        ("sorry F1 not accuracy", "problem_kind", None),
        ("accuracy", "problem_kind", "behaviour"),
    ],
)
def test_what_looks_like_an_answer(talk: Talk, text: str, fact: str, answer: object) -> None:
    """A number of something else is none, and neither is a "right" that means now."""
    found = read_answer(text, talk(WIKI).advisor.book.catalogue[fact])
    assert (found and found.value) == answer


def test_summaries_are_no_summary(talk: Talk) -> None:
    """A number of them may be asked for; the case is told in a paragraph to who wants to have it summed up."""
    assert "What is known" not in talk(WIKI).take("how many summaries would training take?").answer
    for text in ("can you summarise?", "sum it up for me", "a short summary for my boss please", "recap"):
        assert "What is known: " in talk(WIKI).take(text).answer, text


@pytest.mark.parametrize("text", ["ok what next", "cool so what now", "what now?", "right, what first?"])
def test_who_asks_what_comes_next_is_told_the_steps(talk: Talk, text: str) -> None:
    """Whatever stands before it, and with or without a question mark."""
    assert "1. **" in talk(WIKI).take(text).answer


@pytest.mark.parametrize(
    "text", ["what do you mean by that?", "why do you ask", "huh?", "explain the question", "what does that mean"]
)
def test_the_open_question_is_explained(talk: Talk, text: str) -> None:
    """By what its fact means, and by the rule that it bears on."""
    conversation = talk(WIKI)
    asked = conversation.state.asked
    assert asked is not None
    reply = conversation.take(text)
    assert "Why it matters: " in reply.answer
    assert reply.question is not None
    assert reply.question.fact == asked.fact


def test_an_answer_may_ask_in_return(talk: Talk) -> None:
    """What it answers is kept."""
    conversation = talk(WIKI)
    asked = conversation.state.asked
    assert asked is not None
    conversation.take("not yet, why does it matter?")
    assert value(conversation, asked.fact) is False


def test_what_could_go_wrong_is_asked_of_what_is_recommended(talk: Talk) -> None:
    """Whatever was spoken of before."""
    conversation = talk(WIKI)
    conversation.take("ok, and what could go wrong?")
    assert conversation.state.topic == "What are the limitations of retrieval (RAG)?"


def test_a_no_before_a_thing_is_no_answer_to_another_question(talk: Talk) -> None:
    """It states what it says; "no" alone answers."""
    conversation = talk(WIKI)
    assert conversation.state.asked
    assert conversation.state.asked.fact == "evals_exist"
    conversation.take("no labelled examples")
    assert (value(conversation, "labelled_examples"), value(conversation, "evals_exist")) == (0, None)
    conversation.take("no need to have examples, the wiki must cite")
    assert value(conversation, "evals_exist") is None
    conversation.take("no evals")
    assert value(conversation, "evals_exist") is False


def test_what_the_whole_leaves_no_doubt_of_is_heard_of_earlier_words(talk: Talk) -> None:
    """Unless it was asked and is not known."""
    conversation = talk(WIKI)
    whole = conversation.advisor.read

    def in_context(text: str) -> Reading:
        fact = Fact("output_breaks", True, evidence="Our wiki")
        return Reading(UseCase({**whole(text).use_case.facts, fact.name: fact}), sure=frozenset({fact.name}))

    conversation.advisor.read = in_context  # type: ignore[method-assign]
    conversation.take("that is about 3% of the time")
    assert value(conversation, "output_breaks") is True


def test_a_memo_is_asked_for_in_many_words() -> None:
    """Where the entry point writes memos."""
    for text in ("ok. put that in a memo", "can you write that up?", "memo please", "write me a decision memo"):
        assert meant(text, ("/memo",)) == "/memo", text
    assert meant("put that in the contract", ("/memo",)) == "put that in the contract"


def test_a_supposition_of_other_facts_takes_no_number_for_one(talk: Talk) -> None:
    """Which number is meant is plain only where it is named, or nothing else is supposed."""
    conversation = talk(WIKI, "we get 500 requests a month")
    assert "requests" not in conversation.take("suppose we had no evals and haiku is at 50").answer.split("\n")[0]
    assert "requests" in conversation.take("what if it were 50?").answer.split("\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "and if we hired two?",
        "suppose we take the small one",
        "what if we did one thing this week",
        "what if the five largest insurers joined",
        "and if it were 9,000 pages?",
        "suppose the 900 PDFs came down to 60 pages",
        "what if we had 3 annotators for 2 weeks",
    ],
)
def test_what_is_no_number_of_a_fact_supposes_none(talk: Talk, text: str) -> None:
    conversation = talk(WIKI, "we get 500 requests a month")
    assert re.match(r"\*\*If [^*]*\d", conversation.take(text).answer) is None


def test_a_bare_share_is_supposed_of_what_was_measured(talk: Talk) -> None:
    """Though another number was told since."""
    conversation = talk(WIKI, "/facts accuracy_now=0.8", "we get 500 requests a month")
    assert "85%" in conversation.take("what if we were at 85?").answer.split("\n")[0]


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("it's for a recipe app", True),
        ("code review bot", True),
        ("once every 2 years", True),
        ("no need to cite", True),
        ("style doesn't matter", True),
        ("LoRA", False),
        ("knowledge cutoff", False),
        ("when is RAG better", False),
        ("fine-tuning is expensive", False),
    ],
)
def test_what_tells_of_a_case_before_one_is_known(text: str, tells: bool) -> None:
    """Anything but a question, an opinion on an approach, and two words to look up."""
    assert tells_of_a_case(text, hear(text)) is tells


def test_what_is_forgotten_is_not_read_again(talk: Talk) -> None:
    """Its words leave what later statements are read with."""
    conversation = talk(WIKI, "it needs no evals at all")
    assert "no evals" in conversation.state.told
    conversation.take("/facts evals_exist=")
    assert "no evals" not in conversation.state.told


def test_what_is_forgotten_takes_no_other_words_along(talk: Talk) -> None:
    """An answer of two letters stands in many words, and was never among them."""
    conversation = talk(WIKI)
    told = conversation.state.told
    conversation.take("no")
    conversation.take("we have 300 labelled notes, none of them new")
    conversation.take("/facts evals_exist=")
    assert conversation.state.told == f"{told}\nwe have 300 labelled notes, none of them new"


@pytest.mark.parametrize(
    ("before", "words", "said", "kept"),
    [
        (0.67, "it's 1 in 10 now", 0.1, 0.9),
        (0.67, "it is right in 1 of 10 now", 0.1, 0.1),
        (0.3, "it gets 20% now", 0.2, 0.2),
        (None, "it's 1 in 10 now", 0.1, None),
        (None, "ok we did that and now it's 1 in 10", 0.1, None),
        (None, "it gets 40% now", 0.4, 0.4),
    ],
)
def test_a_share_of_errors_stays_one(
    talk: Talk, before: float | None, words: str, said: float, kept: float | None
) -> None:
    """One in ten are those that fail where most went right before; not known before, it may be either."""
    conversation = talk(WIKI, *([f"/facts accuracy_now={before}"] if before else []))
    understood = conversation.advisor.understand(words)
    reading = Reading(UseCase({"accuracy_target": Fact("accuracy_target", said, evidence=words)}))
    conversation.advisor.understand = lambda _: replace(understood, reading=reading)  # type: ignore[method-assign,assignment]
    conversation.take(words)
    assert value(conversation, "accuracy_target") == kept


@pytest.mark.parametrize(
    ("text", "left"),
    [("sorry, half that", 400), ("twice that", 1600), ("the 800 is wrong", None), ("those aren't labelled", None)],
)
def test_a_number_is_corrected_in_passing(talk: Talk, text: str, left: int | None) -> None:
    """By what it is of it, or by taking it back."""
    conversation = talk(WIKI, "we have 800 labelled examples")
    conversation.take(text)
    assert value(conversation, "labelled_examples") == left


@pytest.mark.parametrize(
    "text", ["I didn't say that", "that's not what I meant", "no wait, undo that", "you misread me"]
)
def test_what_was_misread_is_undone(talk: Talk, text: str) -> None:
    """In as many words; "that's wrong" alone may be said of the verdict."""
    conversation = talk(WIKI, "we have 800 labelled examples")
    conversation.take(text)
    assert value(conversation, "labelled_examples") is None
    assert talk(WIKI, "we have 800 labelled examples").take("no, that's wrong").changes == ()


def test_a_yes_that_runs_on_states_what_it_states(talk: Talk) -> None:
    """And does not answer a question that it does not speak of."""
    conversation = talk("Our wiki holds it all.")
    asked = conversation.state.asked
    assert asked is not None
    conversation.take("yes we have 800 labelled examples")
    assert value(conversation, asked.fact) is None
    assert value(conversation, "labelled_examples") == 800


@pytest.mark.parametrize(
    "text",
    [
        "another one: a bot for the phone line that tells people opening hours",
        "ok next use case, our phone line tells people opening hours",
        "second thing we're looking at is a bot over our intranet",
    ],
)
def test_another_case_may_be_announced_in_passing(talk: Talk, text: str) -> None:
    """It is not mixed with the one before, which `/undo` brings back."""
    conversation = talk(WIKI, "we have 800 labelled examples")
    assert "another case" in conversation.take(text).answer
    assert value(conversation, "labelled_examples") is None
    conversation.take("/undo")
    assert value(conversation, "labelled_examples") == 800


def test_a_count_without_a_number_is_asked_back(talk: Talk) -> None:
    """Nothing is guessed."""
    conversation = talk(WIKI)
    asked = Asked("labelled_examples", "How many good labelled examples do you have?", "")
    conversation._state = replace(conversation.state, asked=asked)
    reply = conversation.take("oh, loads")
    assert "as a number" in reply.answer
    assert reply.changes == ()


@pytest.mark.parametrize(("wanted", "told"), [(0.9, "that is reached"), (0.97, "that is not reached yet")])
def test_whether_it_is_good_enough_is_told_by_what_was_measured(talk: Talk, wanted: float, told: str) -> None:
    """And not by how many examples there are."""
    conversation = talk(WIKI, f"/facts accuracy_target={wanted}", "/facts accuracy_now=0.94")
    assert told in conversation.take("so is that good enough?").answer


@pytest.mark.parametrize(("text", "said"), [("thanks", "welcome"), ("ok", "Tell me about your use case")])
def test_courtesies_before_a_case_are_answered_as_such(talk: Talk, text: str, said: str) -> None:
    """And not said to be beyond the sources."""
    assert said in talk().take(text).answer


def test_what_comes_first_is_no_side_of_a_dispute(talk: Talk) -> None:
    """Though "the first" would be one."""
    conversation = talk(WIKI, "we have 800 labelled examples", "we have 300 labelled examples")
    assert conversation.state.asked is not None
    assert conversation.state.asked.is_dispute
    conversation.take("ok great so what first")
    assert "labelled_examples" in conversation.state.disputes


def test_a_question_on_facts_at_large_is_none_on_the_case(talk: Talk) -> None:
    """Nor is a first description that names facts; "what did you get from me?" asks what is known."""
    assert "I know nothing" not in talk().take("Which facts decide between retrieval and fine-tuning?").answer
    assert "I know nothing" in talk().take("what did you get from me?").answer

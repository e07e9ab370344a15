"""The lexicon by itself: which words speak for which fact, before anything is weighed."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.intake.cues import find_cues, kept_lexicon, read_lexicon
from agent.intake.sentences import split_sentences


def cued(text: str) -> set[tuple[str, bool | str]]:
    return {cue.key for sentence in split_sentences(text) for cue in find_cues(sentence)}


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("We tried RAG.", "rag_tried", True),
        ("We have an ML team.", "ml_team", True),
        ("It must run on the phone itself, offline.", "on_device", True),
        ("The answers must cite their sources.", "needs_citations", True),
        ("All knowledge stands in our wiki.", "knowledge_in_documents", True),
        ("It breaks our parser.", "output_breaks", True),
        ("The output is not valid JSON.", "problem_kind", "format"),
        ("It is too slow.", "latency_too_high", True),
        ("The data may not leave our network.", "data_private", True),
        ("We have an evaluation set.", "evals_exist", True),
        ("Prompting alone is not enough.", "prompting_sufficient", False),
        ("Even the biggest model fails at it.", "stronger_model_succeeds", False),
        ("We need an audit trail.", "needs_audit", True),
        ("The volume is high.", "volume", "high"),
        ("The task is narrow.", "narrow_task", True),
        ("Requirements change every week.", "requirements_stable", False),
        ("We do not know where the time goes.", "bottleneck_known", False),
        ("Should we fine-tune?", "considering_fine_tuning", True),
        ("The migration is done one time only.", "one_off", True),
        ("We tried a larger model and it solved the task.", "stronger_model_succeeds", True),
        ("The bigger model made only 4 errors in 100.", "stronger_model_succeeds", True),
        ("The bigger model made 40 errors in 100.", "stronger_model_succeeds", False),
        ("With constrained decoding 99.9% of our JSON is valid.", "constrained_decoding_sufficient", True),
        ("Nobody complains about the price of it or about speed.", "latency_too_high", False),
    ],
)
def test_plain_words_speak_for_their_fact(text: str, fact: str, value: bool | str) -> None:
    """And never for its opposite."""
    assert (fact, value) in cued(text)
    assert not isinstance(value, bool) or (fact, not value) not in cued(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("We never tried RAG.", "rag_tried"),
        ("We have not tried fine-tuning yet.", "fine_tuning_tried"),
        ("There is no ML team here.", "ml_team"),
        ("Nobody needs citations.", "needs_citations"),
        ("Answers needn't cite anything.", "needs_citations"),
        ("Citations don't matter to us.", "needs_citations"),
        ("An audit trail is not necessary.", "needs_audit"),
        ("Self-hosting is out.", "self_hosting"),
        ("Running our own servers is off the table.", "self_hosting"),
    ],
)
def test_a_negated_word_speaks_for_the_opposite(text: str, fact: str) -> None:
    """Where the fact can be denied so."""
    assert (fact, False) in cued(text)
    assert (fact, True) not in cued(text)


def test_what_is_denied_first_may_be_said_after() -> None:
    """The words that hold count, wherever they stand."""
    assert ("few_shot_tried", True) in cued("We did not try few-shot at first, but then we tried few-shot prompting.")


@pytest.mark.parametrize("text", ["We will build an evaluation set.", "If we had an evaluation set, we could tell."])
def test_what_is_not_so_today_speaks_for_nothing(text: str) -> None:
    """A plan or a supposition is no fact of now."""
    assert "evals_exist" not in {fact for fact, _ in cued(text)}


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Latency is no issue.", "latency_too_high"),
        ("The bill is small, no problem.", "cost_too_high"),
        ("Errors: harmless.", "high_stakes"),
        ("We have nobody who has ever trained a model.", "ml_team"),
        ("There are two of us and neither has trained a model.", "ml_team"),
    ],
)
def test_words_that_hold_a_denial_claim_nothing(text: str, denied: str) -> None:
    """A claim whose own words deny it is none, nor does a denied complaint name the kind of problem."""
    found = cued(text)
    assert (denied, False) in found
    assert (denied, True) not in found
    assert ("problem_kind", "cost_latency") not in found


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("At that number it is neither fast nor affordable.", "cost_too_high"),
        ("Output must be valid, otherwise the importer rejects it.", "output_breaks"),
        ("The output must parse, or else the import fails.", "output_breaks"),
        ("We've budget of €80k.", "budget_limited"),
        ("A bigger model hasn't solved it.", "stronger_model_succeeds"),
        ("GPT-4 fell flat as well.", "stronger_model_succeeds"),
        ("With constrained decoding 60% of our JSON is valid.", "constrained_decoding_sufficient"),
    ],
)
def test_words_that_only_sound_like_a_fact_speak_for_nothing(text: str, fact: str) -> None:
    """A denial denied, what would follow from an unmet need, a sum without a word of what it allows, a small share."""
    assert fact not in {name for name, _ in cued(text)}


def test_a_quoted_prompt_of_one_line_is_no_attempt() -> None:
    """It was written, and no work was put into it."""
    found = cued('The prompt is one line: "You are a helpful tutor."')
    assert ("prompting_tried", False) in found
    assert ("prompting_tried", True) not in found


def test_kept_cues_are_those_of_the_files(tmp_path: Path) -> None:
    """What is kept in the cache folder is what the files say, in their order, and is not read from them again."""
    files = read_lexicon()
    made, again = kept_lexicon(tmp_path), kept_lexicon(tmp_path)
    assert files == made == again
    assert list(files.patterns) == list(again.patterns)
    assert len(list(tmp_path.glob("read/cues-*.msgpack"))) == 1

"""The gate finds planted errors in drafts made from the real passages, and leaves honest drafts alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.corpus.manifest import load_sources
from agent.corpus.notes import load_passages
from agent.grounding import Finding, check, match_quote, prune, read_numbers, read_sentences
from agent.grounding.quotations import trace_quote
from agent.grounding.stances import stances
from agent.grounding.typography import normalise
from agent.types import Draft, Fact, Flip, Obstacle, Passage, SourceVote, UseCase, Verdict, WhyNot

CORPUS = Path(__file__).resolve().parent.parent / "corpus"


@cache
def passages() -> dict[str, Passage]:
    return {passage.id: passage for passage in load_passages(CORPUS)}


def flaws(draft: Draft, **given: object) -> set[str]:
    return {finding.flaw for finding in run(draft, **given)}


def run(
    draft: Draft,
    allowed: dict[str, Passage] | None = None,
    verdict: Verdict | None = None,
    question: str = "",
    use_case: UseCase | None = None,
) -> tuple[Finding, ...]:
    return check(draft, passages() if allowed is None else allowed, verdict, question, use_case)


def one(text: str, passage_id: str) -> Draft:
    """A draft of one sentence that cites one passage."""
    return Draft(f"{text.rstrip('.')} [1].", (passage_id,))


# Honest sentences and quotations, made from every passage, and errors planted into them.


def plain(passage: Passage) -> str:
    """The first sentence of a note."""
    return read_sentences(passage.text)[0].text


def quotation(passage: Passage) -> str:
    """Eight words from the middle of a note, without quotation marks of its own."""
    words = plain(passage).rstrip(".").split()
    start = max(0, min(2, len(words) - 8))
    return " ".join(words[start : start + 8]).strip(",;:")


def quotable() -> list[Passage]:
    return [p for p in passages().values() if len(quotation(p).split()) >= 6 and not re.search(r'["“”]', quotation(p))]


def numbered() -> list[Passage]:
    return [p for p in passages().values() if read_numbers(plain(p)) and "Q3" not in plain(p)]


HONEST: dict[str, Callable[[], Iterator[Draft]]] = {
    "sentence": lambda: (one(plain(p), p.id) for p in passages().values()),
    "quotation": lambda: (one(f"The source holds that “{quotation(p)}”", p.id) for p in quotable()),
    "straight marks": lambda: (one(f'It says "{quotation(p)}," and more', p.id) for p in quotable()),
    "hard spaces and dashes": lambda: (
        one(f"It says “{quotation(p).replace(' ', chr(0xA0)).replace('-', chr(0x2011))}”", p.id) for p in quotable()
    ),
    "ellipsis": lambda: (
        one(f"It says “{' '.join(quotation(p).split()[:2])} … {' '.join(quotation(p).split()[3:])}”", p.id)
        for p in quotable()
    ),
    "other notation": lambda: (one(renotated(plain(p)), p.id) for p in numbered()),
    "two passages": lambda: (
        Draft(f"{plain(a).rstrip('.')} [1]. {plain(b).rstrip('.')} [2].", (a.id, b.id))
        for a, b in zip(list(passages().values())[::3], list(passages().values())[1::3], strict=False)
    ),
}


def renotated(text: str) -> str:
    """The same numbers written another way."""
    text = re.sub(r"\b(\d+),000\b", r"\1k", text)
    text = re.sub(r"\b(\d+)K\b", r"\1,000", text)
    text = re.sub(r"\b(\d+)%", r"\1 per cent", text)
    return re.sub(r"\b12 months\b", "twelve months", text)


def planted_citations() -> Iterator[tuple[Draft, dict[str, Passage]]]:
    for passage in list(passages().values())[::4]:
        text = plain(passage).rstrip(".")
        yield Draft(f"{text} [2].", (passage.id,)), passages()
        yield one(text, f"{passage.source}#no-such-passage"), passages()
        yield one(text, passage.id), {key: value for key, value in passages().items() if key != passage.id}
        yield Draft(f"{text} ({passage.source}#made-up) [1].", (passage.id,)), passages()
        yield Draft(f"{text} [1], see https://example.org/{passage.source}.", (passage.id,)), passages()
        yield Draft(f"{text} [1, 7].", (passage.id,)), passages()


def planted_quotes() -> Iterator[tuple[Draft, dict[str, Passage]]]:
    for passage in quotable()[::3]:
        words = quotation(passage).split()
        for altered in (
            words[:2] + words[3:],
            [*words[:3], "really", *words[3:]],
            [*words[:3], "not", *words[3:]],
            [words[1], words[0], *words[2:]],
            [*words[:-1], words[-1] + "s"],
            [word.upper() if index == 2 else word for index, word in enumerate(words)],
        ):
            quote = " ".join(altered)
            if match_quote(quote, [passage.text]) is None:
                yield one(f"The source holds that “{quote}”", passage.id), passages()


def planted_attributions() -> Iterator[tuple[Draft, dict[str, Passage]]]:
    every = quotable()
    for passage, other in zip(every, every[7:] + every[:7], strict=True):
        if match_quote(quotation(passage), [other.text]) is None:
            yield one(f"The source holds that “{quotation(passage)}”", other.id), passages()


def planted_numbers() -> Iterator[tuple[Draft, dict[str, Passage]]]:
    for passage in numbered():
        text = plain(passage)
        for change in (times_ten, plus_one, other_scale):
            altered = change(text)
            if altered != text and not read_numbers(altered) <= read_numbers(text):
                yield one(altered, passage.id), passages()
        yield one(f"{text.rstrip('.')} and this saves 37%", passage.id), passages()
        yield one(f"Since March 2031, {text[:1].lower()}{text[1:]}", passage.id), passages()


def times_ten(text: str) -> str:
    return re.sub(r"(?<![\w.-])(\d+)(?=[,%\s+-]|K\b|M\b|B\b|ms\b)", r"\g<1>0", text, count=1)


def plus_one(text: str) -> str:
    return re.sub(r"(?<![\w.-])(\d+)(?=[,%\s+-]|K\b|M\b|B\b|ms\b)", lambda m: str(int(m[1]) + 1), text, count=1)


def other_scale(text: str) -> str:
    return re.sub(r"(?<=\d)K\b", "M", re.sub(r"\b(\d+),000\b", r"\1 million", text))


PLANTED = {
    "invented_citation": planted_citations,
    "altered_quote": planted_quotes,
    "misattributed_quote": planted_attributions,
    "unsupported_number": planted_numbers,
}


@pytest.mark.parametrize("flaw", PLANTED)
def test_planted_errors_are_found(flaw: str) -> None:
    """At least 98 of 100 planted errors of a class are found as that class, over at least 60 drafts."""
    outcomes = [flaw in flaws(draft, allowed=allowed) for draft, allowed in PLANTED[flaw]()]
    assert len(outcomes) >= 60
    assert sum(outcomes) / len(outcomes) >= 0.98


@pytest.mark.parametrize("kind", HONEST)
def test_honest_drafts_pass(kind: str) -> None:
    """At most 2 of 100 honest drafts raise an alarm."""
    outcomes = [bool(run(draft)) for draft in HONEST[kind]()]
    assert outcomes
    assert sum(outcomes) / len(outcomes) <= 0.02


# Polarity and approach: planted by turning a normative sentence round.


def turned_round(text: str) -> str | None:
    """The sentence with its advice reversed; None where no plain reversal is at hand."""
    swaps = (
        (r"^Use ", "Avoid "),
        (r"^Avoid ", "Use "),
        (r"^Choose ", "Do not choose "),
        (r"\bdo not\b", "do"),
        (r"\bis not\b", "is"),
        (r"\bis (?=solved|legitimate|always|best|the|an?\b)", "is not "),
        (r"\bbelongs\b", "does not belong"),
        (r"\bworks best\b", "never works best"),
        (r"\bmay be\b", "is never"),
        (r"\bcan\b(?! not)", "cannot"),
        (r"\bleads to\b", "does not lead to"),
        (r"\bavoid\b", "use"),
    )
    for pattern, replacement in swaps:
        turned, count = re.subn(pattern, replacement, text, count=1)
        if count:
            return turned
    return None


def test_reversed_advice_is_found() -> None:
    """Most sentences that say the opposite of their passage are found."""
    drafts = [
        one(turned, passage.id)
        for passage in passages().values()
        if passage.is_normative and (turned := turned_round(plain(passage)))
    ]
    found = ["flipped_polarity" in flaws(draft) for draft in drafts]
    assert len(found) >= 60
    assert sum(found) / len(found) >= 0.95


@pytest.mark.parametrize(
    ("sentence", "passage_id"),
    [
        ("Avoid retrieval when knowledge changes often", "train-or-prompt#rag-for-changing-knowledge"),
        ("You should not use fine-tuning to optimise cost at scale", "train-or-prompt#tuning-for-cost-at-scale"),
        ("Use fine-tuning when your knowledge changes every month", "train-or-prompt#avoid-monthly-knowledge-change"),
        ("Use fine-tuning if answers need to be traced to their sources", "train-or-prompt#avoid-when-tracing-sources"),
    ],
)
def test_a_paraphrase_with_the_opposite_stance_is_found(sentence: str, passage_id: str) -> None:
    """Advice in other words that turns its passage round is found by its stance towards the approach."""
    assert "flipped_polarity" in flaws(one(sentence, passage_id))


@pytest.mark.parametrize(
    ("sentence", "passage_id"),
    [
        ("When knowledge moves often, retrieval is what to use", "train-or-prompt#rag-for-changing-knowledge"),
        (
            "Where knowledge moves every month, stay away from fine-tuning",
            "train-or-prompt#avoid-monthly-knowledge-change",
        ),
        (
            "Missing facts are for retrieval to supply, not for the weights",
            "intervention-hierarchy#rag-for-missing-knowledge",
        ),
        ("Fine-tuning begins to pay at 500 good examples", "train-or-prompt#wins-five-hundred-examples"),
    ],
)
def test_honest_paraphrases_pass(sentence: str, passage_id: str) -> None:
    """Other words for the same advice raise no alarm."""
    assert run(one(sentence, passage_id)) == ()


@pytest.mark.parametrize(
    ("text", "approach", "expected"),
    [
        ("Use fine-tuning here.", "fine_tuning", {"for"}),
        ("Avoid fine-tuning.", "fine_tuning", {"against"}),
        ("Choose retrieval rather than fine-tuning.", "fine_tuning", {"against"}),
        ("Choose retrieval rather than fine-tuning.", "rag", {"for"}),
        ("Fine-tuning exists.", "fine_tuning", set()),
    ],
)
def test_stances_are_read_from_the_clause(text: str, approach: str, expected: set[str]) -> None:
    """A stance is for, against or neither, by the words around the name."""
    assert stances(text, approach) == expected  # type: ignore[arg-type]


VERDICT = Verdict(
    recommendation="rag",
    plan=(),
    standing="contested",
    sources=(
        SourceVote(
            "train-or-prompt",
            "rag",
            ("r",),
            ("train-or-prompt#rag-for-citations",),
            "Use RAG when answers should cite.",
        ),
        SourceVote(
            "usually-context",
            "fine_tuning",
            ("s",),
            ("usually-context#q2-five-thousand-examples",),
            "There are enough examples.",
        ),
    ),
    drivers=(),
    why_not=(
        WhyNot(
            "fine_tuning",
            (
                Obstacle(
                    "s", "labelled_examples", 800, "at least 5,000", ("usually-context#q2-five-thousand-examples",)
                ),
            ),
        ),
    ),
    flips=(Flip({"labelled_examples": 5000}, "rag+fine_tuning", in_your_control=True),),
    conflicts=(),
    next_questions=(),
    digest="",
)
CITED = ("train-or-prompt#rag-for-citations", "usually-context#q2-five-thousand-examples")


@pytest.mark.parametrize(
    "text",
    [
        "Start with fine-tuning.",
        "Start with fine-tuning [1].",
        "**Fine-tuning is worth it here.** Use RAG when answers should cite their sources [1].",
        "We recommend distillation [1].",
        "You should use a stronger model [1].",
        "The recommendation is few-shot prompting.",
        "The verdict is fine-tuning.",
        "Go with LoRA [1].",
    ],
)
def test_a_recommendation_that_is_not_the_verdicts_is_found(text: str) -> None:
    """However it is put, only the verdict's approach may be recommended."""
    assert "swapped_approach" in flaws(Draft(text, CITED), verdict=VERDICT)


@pytest.mark.parametrize(
    "text",
    [
        "Start with retrieval (RAG).",
        "Start with retrieval [1].",
        "The recommendation is RAG.",
        "If you have 5,000 labelled examples, the recommendation becomes retrieval with fine-tuning.",
        "*usually-context* would lead to fine-tuning: there are enough examples [2].",
        "Use RAG, not fine-tuning, when answers should cite their sources [1].",
        "Of the two sources that have a view, one leads here.",
        "More answers cannot change this.",
        "How many labelled examples do you have?",
        "You said “we have about 800 old tickets”.",
        "You have 800 labelled examples; fine-tuning wants 5k of high quality [2].",
    ],
)
def test_sentences_an_adviser_writes_pass(text: str) -> None:
    """The verdict, its flips and its votes, the user's own facts and questions need no passage or have theirs."""
    case = UseCase({"labelled_examples": Fact("labelled_examples", 800, "stated", "we have about 800 old tickets")})
    found = run(Draft(text, CITED), verdict=VERDICT, question="we have about 800 old tickets", use_case=case)
    assert found == ()


@pytest.mark.parametrize(
    "text",
    [
        "Most teams get this wrong.",
        "Your team should fine-tune because it always works.",
        "Retrieval is the standard choice in industry.",
        "Studies show that prompts fail often.",
    ],
)
def test_claims_without_a_citation_are_found(text: str) -> None:
    """What is neither cited, nor about the case, nor the verdict's, may not stand."""
    assert "uncited_sentence" in flaws(Draft(text, CITED), verdict=None)


def test_a_number_of_another_passage_does_not_support_a_sentence() -> None:
    """500 stands in one source and 5,000 in another; each counts only where its passage is cited."""
    assert flaws(one("Fine-tuning wants 500 labelled examples", "usually-context#q2-five-thousand-examples")) == {
        "unsupported_number"
    }


@pytest.mark.parametrize(
    ("ends", "wrong"), [("1-2", set()), ("2-2", {"unsupported_number"}), ("2–1", {"unsupported_number"})]
)
def test_a_range_rises(ends: str, wrong: set[str]) -> None:
    """Both ends are known numbers of the passage, so only their order tells that one was altered."""
    text = f"Where {ends} clear examples achieve the behaviour, few-shot prompting is free and instant"
    assert flaws(one(text, "update-frequency#tree-few-examples-few-shot")) == wrong


def test_the_users_quotation_may_not_be_put_into_a_sources_mouth() -> None:
    """Words of the user are theirs; a sentence that ascribes them to a source is false."""
    question = "we just want to fine-tune everything"
    text = "According to the guide, “we just want to fine-tune everything”"
    assert "altered_quote" in flaws(one(text, "train-or-prompt#rag-for-citations"), question=question)


def test_a_quote_in_the_originals_words_counts_where_a_copy_is_attached() -> None:
    """With an attached original, both our note and the original's words may be quoted."""
    passage = msgspec.structs.replace(
        passages()["train-or-prompt#rag-for-citations"], quote="Answers ought to name their origin"
    )
    allowed = {passage.id: passage}
    assert run(one("It says “Answers ought to name their origin”", passage.id), allowed=allowed) == ()


@pytest.mark.parametrize(
    ("quote", "where"),
    [
        ("Use RAG when answers should cite", "exact"),
        ("Use RAG when\u00a0answers  should cite", "normalised"),
        ("RAG becomes complex where reasoning is multi-hop", "elsewhere"),
        ("RAG answers every question by itself", "nowhere"),
        ("Use RAG … cite their sources", "exact"),
        ("cite … Use RAG when answers", "nowhere"),
        ("se RAG when answers should cit", "nowhere"),
    ],
)
def test_where_a_quotation_stands(quote: str, where: str) -> None:
    """Exact, exact after normalising, in another source, or nowhere; half words and wrong order do not count."""
    own = passages()["train-or-prompt#rag-for-citations"]
    assert trace_quote(quote, [own], passages().values()) == where


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("5,000", "5000"),
        ("5,000", "5k"),
        ("5,000", "five thousand"),
        ("95%", "0.95"),
        ("95%", "95 per cent"),
        ("2M/day", "two million"),
        ("7B", "seven billion"),
        ("12 months", "twelve months"),
        ("~$2,000", "2000"),
        ("100K+", "a hundred thousand"),
        ("June 2026", "2026-06"),
        ("26 June 2026", "2026-06-26"),
        ("June 26, 2026", "2026-06-26"),
        ("30-minute", "thirty minutes"),
        ("10ms", "10 ms"),
    ],
)
def test_numbers_and_dates_are_read_in_any_notation(left: str, right: str) -> None:
    """One value, however it is written."""
    assert read_numbers(left) == read_numbers(right) != frozenset()


@pytest.mark.parametrize("text", ["GPT-4o", "Q3", "the two of them", "one question", "[1]" * 0, "item#2"])
def test_names_and_small_words_are_no_numbers(text: str) -> None:
    """Model names and everyday number words are left alone."""
    assert read_numbers(text) == frozenset()


def test_markdown_is_read_into_sentences_with_their_markers() -> None:
    """Headings, list items, quotations with full stops, abbreviations and markers on either side of the stop."""
    markdown = (
        "## Why\n\n**In short.** Use RAG, e.g. for manuals [1]. It says “Stop. Go on.” there.[2]\n"
        "Wrapped\nline [1, 3].\n\n"
        "- a point [1–2]\n1. a step [^2]\n\n> quoted [4]"
    )
    read = [(s.text, s.markers, s.is_heading, s.is_step) for s in read_sentences(markdown)]
    assert read == [
        ("Why", (), True, False),
        ("In short.", (), True, False),
        ("Use RAG, e.g. for manuals.", (1,), False, False),
        ("It says “Stop. Go on.” there.", (2,), False, False),
        ("Wrapped line.", (1, 3), False, False),
        ("a point", (1, 2), False, False),
        ("a step", (2,), False, True),
        ("quoted", (4,), False, False),
    ]


def test_titles_of_sources_are_no_claims() -> None:
    """A title that names approaches or years may be named without a passage that does."""
    sources = load_sources(CORPUS)
    title = sources["update-frequency"].title
    draft = one(
        f"*{title}* (2026-06-26): keep what will change out of the weights",
        "update-frequency#q1-yes-keep-out-of-weights",
    )
    assert check(draft, passages(), None, "", None, sources=sources) == ()


@given(st.text(max_size=400), st.lists(st.text(max_size=30), max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_checked(markdown: str, cited: list[str]) -> None:
    """Property: the gate takes any Markdown and any citations, and every finding names a sentence of the draft."""
    draft = Draft(markdown, tuple(cited))
    sentences = {sentence.text for sentence in read_sentences(markdown)}
    assert {finding.sentence for finding in run(draft, allowed={})} <= sentences


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    """Property: normal form is a fixed point."""
    assert normalise(normalise(text)) == normalise(text)


@given(st.integers(min_value=13, max_value=10**9))
@settings(max_examples=200, deadline=None)
def test_a_number_is_itself_with_or_without_separators(number: int) -> None:
    """Property: thousands separators do not matter, and the neighbouring number is another one."""
    assert read_numbers(f"{number:,} rows") == read_numbers(f"{number} rows") == {float(number)}
    assert read_numbers(f"{number + 1} rows") != read_numbers(f"{number} rows")


@given(st.sampled_from(sorted(passages())), st.data())
@settings(max_examples=200, deadline=None)
def test_a_run_of_words_from_a_passage_is_always_an_exact_quote(passage_id: str, data: st.DataObject) -> None:
    """Property: any words in a row of the cited note pass as a quotation, and do not with a word exchanged."""
    words = passages()[passage_id].text.replace("\n", " ").split(" ")
    start = data.draw(st.integers(0, max(0, len(words) - 4)))
    run_of_words = words[start : start + 6]
    quote = " ".join(run_of_words)
    if not quote.strip(" .,;:!?"):
        return
    assert match_quote(quote, [passages()[passage_id].text]) is not None
    assert match_quote(" ".join([*run_of_words, "zyzzyva"]), [passages()[passage_id].text]) is None


def test_several_numbers_in_one_pair_of_brackets_are_written_apart() -> None:
    """A reply that numbers on, as a conversation's does, then meets one form of citation only."""
    ids = list(passages())[:3]
    draft = Draft("A claim [2, 3], and another [1–3].", tuple(ids))
    pruned = prune(draft, ())
    assert pruned.markdown == "A claim [1][2], and another [3][1][2]."
    assert pruned.cited == (ids[1], ids[2], ids[0])


def test_pruning_takes_out_what_is_flawed_and_renumbers() -> None:
    """A flawed sentence goes, with the list item or title it leaves empty, and the citations left are numbered anew."""
    cited = ("usually-context#q2-five-thousand-examples", "train-or-prompt#rag-for-citations")
    markdown = (
        "**Start with retrieval (RAG).** Fine-tuning wants 50 examples [1].\n\n"
        "**Why.** Nobody needs\nthis at all. Use RAG when answers should cite their sources [2].\n\n"
        "**Where they differ**\n\n- Fine-tuning wants 70 examples [1].\n\nMore answers cannot change this."
    )
    draft = Draft(markdown, cited)
    pruned = prune(draft, run(draft, verdict=VERDICT))
    assert pruned == Draft(
        "**Start with retrieval (RAG).**\n\n"
        "**Why.** Use RAG when answers should cite their sources [1].\n\nMore answers cannot change this.",
        ("train-or-prompt#rag-for-citations",),
    )
    assert run(pruned, verdict=VERDICT) == ()


def test_pruning_nothing_keeps_the_draft() -> None:
    """Without findings, the text and its citations stay."""
    draft = one("Use RAG when answers should cite their sources", "train-or-prompt#rag-for-citations")
    assert prune(draft, ()) == draft


@given(st.text(alphabet="ab .*[]1-\n#", max_size=120))
@settings(max_examples=200, deadline=None)
def test_pruning_leaves_no_citation_that_stands_for_nothing(markdown: str) -> None:
    """Property: whatever is pruned, no marker is left without its passage."""
    draft = Draft(markdown, ("a#one", "b#two"))
    pruned = prune(draft, run(draft, allowed={}))
    assert all(
        number <= len(pruned.cited) for sentence in read_sentences(pruned.markdown) for number in sentence.markers
    )


SWAPS = (
    (r"[Ff]ine-tuning", "distillation", "RAG", "structured output"),
    (r"\bRAG\b", "fine-tuning", "few-shot prompting", "a stronger model"),
    (r"[Cc]onstrained (?:decoding|generation)", "fine-tuning", "RAG", "distillation"),
)


def swapped() -> Iterator[Draft]:
    """Sentences about one approach, with another one's name put in."""
    for passage in passages().values():
        for pattern, *others in SWAPS:
            for other in others:
                text, count = re.subn(pattern, other, plain(passage))
                if count and not re.search(other, passage.text, re.IGNORECASE):
                    yield one(text, passage.id)


def test_an_approach_exchanged_for_another_is_found() -> None:
    """What a source says of one approach may not be told of another."""
    found = ["swapped_approach" in flaws(draft) for draft in swapped()]
    assert len(found) >= 60
    assert sum(found) / len(found) >= 0.95


def test_a_sentence_that_loses_its_citation_is_found() -> None:
    """Guidance without its marker is an uncited claim."""
    drafts = [Draft(plain(passage), ()) for passage in passages().values() if passage.is_normative]
    found = ["uncited_sentence" in flaws(draft) for draft in drafts]
    assert sum(found) / len(found) >= 0.95


# What a model invents beyond its sources: authorities, names, other people's findings.


@pytest.mark.parametrize(
    "text",
    [
        "According to Gartner, use RAG when answers should cite their sources [1].",
        "Studies show that you should use RAG when answers should cite their sources [1].",
        "Researchers at Princeton found that RAG is right when answers should cite their sources [1].",
        "Use RAG when answers should cite their sources (Marsh et al., 2024) [1].",
        "Google's own guidance is to use RAG when answers should cite their sources [1].",
        "It is well established in the literature that RAG helps when answers should cite their sources [1].",
    ],
)
def test_authorities_from_outside_are_found(text: str) -> None:
    """Whoever is called on must be a source at hand or stand in the user's words."""
    found = run(Draft(text, CITED), verdict=VERDICT)
    assert {"invented_citation"} <= {finding.flaw for finding in found}


def test_an_authority_of_the_users_may_be_named() -> None:
    """What the user brought up is no invention."""
    draft = Draft("You said Gartner wants it; use RAG when answers should cite their sources [1].", CITED)
    assert run(draft, verdict=VERDICT, question="Gartner says we should fine-tune") == ()


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("Mala holds that you should use RAG when answers should cite their sources [1].", "misattributed_claim"),
        ("AI Guide would lead to distillation [1].", "swapped_approach"),
        ("AI Guide would lead to retrieval [1].", None),
    ],
)
def test_a_source_is_held_to_its_own_words_and_vote(text: str, flaw: str | None) -> None:
    """A claim belongs to the source that it cites, a vote to the source that cast it."""
    found = check(Draft(text, CITED), passages(), VERDICT, "", None, sources=load_sources(CORPUS))
    assert [finding.flaw for finding in found] == ([flaw] if flaw else [])


def test_one_part_of_a_mix_named_twice_is_not_the_mix() -> None:
    """ "Retrieval with retrieval" is no vote for retrieval with fine-tuning."""
    vote = msgspec.structs.replace(VERDICT.sources[0], source="train-or-prompt", recommendation="rag+fine_tuning")
    mixed = msgspec.structs.replace(VERDICT, sources=(vote,))
    found = check(
        Draft("AI Guide would lead to retrieval with retrieval [1].", CITED),
        passages(), mixed, "", None, sources=load_sources(CORPUS),
    )  # fmt: skip
    assert [finding.flaw for finding in found] == ["swapped_approach"]


def test_two_numbers_exchanged_in_one_sentence_are_found() -> None:
    """A number goes with its unit."""
    right = "RAG on the small model takes $500 to set up and $2,000 a month"
    wrong = "RAG on the small model costs $500 a month after a $2,000 set-up"
    assert run(one(right, "train-or-prompt#cost-rag-gpt4o-mini")) == ()
    assert flaws(one(wrong, "train-or-prompt#cost-rag-gpt4o-mini")) == {"unsupported_number"}


def test_a_sentence_of_two_claims_is_checked_claim_by_claim() -> None:
    """What stands before the semicolon rests on the citation before it."""
    right = "Fine-tuning wants 5,000 good examples [2]; use RAG when answers should cite [1]."
    wrong = "Fine-tuning wants 5,000 good examples [1]; use RAG when answers should cite [2]."
    assert run(Draft(right, CITED)) == ()
    assert "unsupported_number" in flaws(Draft(wrong, CITED))


def test_a_claim_with_nothing_in_common_with_its_citation_is_found() -> None:
    """A marker behind a sentence does not make it the source's."""
    draft = one("Vendors charge a premium for support of this set-up", "train-or-prompt#rag-for-citations")
    assert flaws(draft) == {"unsupported_sentence"}


@pytest.mark.parametrize(
    ("sentence", "passage_id"),
    [
        ("Policies on returns do not belong in the context", "update-frequency#return-policy-inject-into-context"),
        ("Retrieval is not lighter to keep up than training", "intervention-hierarchy#rag-more-maintainable"),
        ("Tuning learns the patterns of its domain superficially", "enterprise-strategy#advantage-deep-customisation"),
        ("Gather data even after a stronger model fails", "usually-context#closing-collect-data-and-tune-last"),
        ("Debugging is simpler with tuning than with context", "enterprise-strategy#easier-debugging"),
        ("Put the two questions after a tool is picked", "update-frequency#two-questions-before-choosing"),
    ],
    ids=["denial", "negated degree", "opposite", "concession", "comparison", "order"],
)
def test_a_sentence_in_other_words_that_says_the_opposite_is_found(sentence: str, passage_id: str) -> None:
    """Signs, opposites, conditions, comparisons and order are compared with the nearest sentence of the passage."""
    assert "flipped_polarity" in flaws(one(sentence, passage_id))


@pytest.mark.parametrize(
    ("sentence", "passage_id"),
    [
        ("Whether or not it is cheaper, RAG is easier to keep up", "intervention-hierarchy#rag-more-maintainable"),
        ("Tuning is harder to debug than context engineering", "enterprise-strategy#easier-debugging"),
        ("No tool is picked before the two questions", "update-frequency#two-questions-before-choosing"),
        (
            "Behaviour that must not vary over many calls is what adapters are for",
            "update-frequency#tree-thousands-of-calls-lora",
        ),
    ],
    ids=["idiom", "comparison from the other side", "order", "double denial"],
)
def test_a_denial_that_changes_nothing_passes(sentence: str, passage_id: str) -> None:
    """Two turns are none."""
    assert "flipped_polarity" not in flaws(one(sentence, passage_id))


def test_a_citation_exchanged_for_another_is_found() -> None:
    """A sentence that repeats one passage and cites another with which it shares little rests on neither."""
    text = "Setting up takes minutes for prompting, hours for RAG and days for fine-tuning"
    assert run(one(text, "train-or-prompt#matrix-setup-time")) == ()
    assert "unsupported_sentence" in flaws(one(text, "train-or-prompt#avoid-when-tracing-sources"))

"""`rung memo check`: one reason for each thing that moved, and none where nothing did."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from msgspec.structs import replace

from agent.memo.check import Report, check
from agent.memo.model import About
from agent.memo.writer import MemoWriter
from agent.types import Fact, FactValue, UseCase

Checked = Callable[..., Report]


@pytest.fixture
def text(writer: MemoWriter, wiki: UseCase, about: Callable[..., About]) -> str:
    """A memo on the wiki bot."""
    return writer.write(wiki, about("Support bot over our wiki")).files["md"].decode()


def test_an_untouched_memo_holds(text: str, checked: Checked) -> None:
    """No reason, no notice."""
    assert checked(text) == Report(())


def test_people_may_write_in_it(text: str, checked: Checked) -> None:
    """Signing, adding prose and naming people move nothing."""
    signed = text.replace("status: proposed", "status: accepted").replace("consulted: []", "consulted: [Legal]")
    added = signed.replace("## Decision Drivers", "We talked this over twice.\n\n## Decision Drivers")
    assert checked(added) == Report(())


def test_a_time_of_the_day_is_a_day(text: str, checked: Checked) -> None:
    """Who writes the day of the review with a time means that day."""
    assert checked(re.sub(r"(review_by: \S+)", r"\1T00:00:00", text, count=1)) == Report(())


ALTERED = {
    "quotation": ("> RAG adds latency.", "> RAG adds much latency.", "the quotation differs from its passage"),
    "citation-gone": ("> RAG adds latency.", "RAG adds latency.", "is not shown"),
    "passage": (
        "(`train-or-prompt#rag-adds-latency`)",
        "(`train-or-prompt#rag-adds-cost`)",
        "names train-or-prompt#rag-adds-cost",
    ),
    "marker": ("it adds latency [", "it adds latency [99][", "[99] is cited, and stands for nothing"),
    "chosen": ('Chosen option: "Retrieval (RAG)"', 'Chosen option: "Fine-tuning"', "the option it says was chosen"),
    "front-matter": ("recommendation: rag", "recommendation: fine_tuning", "its front matter recommends fine_tuning"),
    "table": ("| 7 days |", "| 70 days |", "its table says knowledge_change_days is 70 days, its facts 7 days"),
    "fact": ('"knowledge_change_days": {"value": 7', '"knowledge_change_days": {"value": 8', "one of them was altered"),
    "vote": (
        '"enterprise-strategy": "rag"',
        '"enterprise-strategy": "prompting"',
        "enterprise-strategy now leads to rag",
    ),
    "vote-shown": (
        "| ViviScape | retrieval (RAG) ✓ |",
        "| ViviScape | fine-tuning |",
        "its table of votes leads ViviScape to fine-tuning, its facts to retrieval (RAG) ✓",
    ),
    "vote-hidden": ("| ViviScape | retrieval (RAG) ✓ |", "| |", "leads ViviScape to nothing, its facts to retrieval"),
    "count": ("sources that have a view of this case lead here", "sources lead here", "its votes give “robust. All"),
    "condition-shown": (
        "- If the present prompt is at fault: better prompting",
        "- If the present prompt is at fault: fine-tuning",
        "no longer says “If the present prompt is at fault: better prompting",
    ),
    "standing": ('"standing": "robust"', '"standing": "contested"', "its standing is now robust"),
    "flip": (
        "prompt_flawed = true -> prompting",
        "prompt_flawed = true -> fine_tuning",
        "it would now lead to prompting",
    ),
    "fact-name": ('"needs_citations": {"value"', '"needs_quotations": {"value"', "one of its facts no longer fits"),
    "status": ("status: proposed", "status: maybe", "its status 'maybe' is none"),
    "date": ("review_by: 2027-02-19", "review_by: soon", "no review_by that is a date"),
    "no-front-matter": ("---\nstatus", "status", "no front matter"),
    "no-block": ("```json rung-memo", "```json", "no block"),
    "block": ('"schema": "rung.memo/1"', '"schema": "rung.memo/9"', "its block of facts cannot be read"),
    "condition": ("prompt_flawed = true", "prompt_flawed is true", "is not FACT >= VALUE"),
    "condition-fact": ("prompt_flawed = true", "prompt_faulty = true", "there is no fact called"),
}


@pytest.mark.parametrize(("old", "new", "reason"), ALTERED.values(), ids=ALTERED)
def test_each_alteration_gives_its_reason(text: str, checked: Checked, old: str, new: str, reason: str) -> None:
    """What was altered is named, in one line."""
    assert old in text
    report = checked(text.replace(old, new))
    assert any(reason in line for line in report.reasons), report
    assert all("\n" not in line for line in report.reasons)


def test_a_bomb_of_aliases_is_refused_at_once(text: str, checked: Checked) -> None:
    """Eight lines of front matter that would unfold into a billion values."""
    bomb = [f"a0: &a0 [{', '.join('x' * 12)}]"]
    bomb += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 12)}]" for at in range(1, 9)]
    (reason,) = checked(text.replace("---\n", "---\n" + "\n".join(bomb) + "\n", 1)).reasons
    assert "no front matter that can be read" in reason


def test_the_review_date_is_held_against_today(text: str, checked: Checked) -> None:
    """Due on the day itself, not before."""
    assert checked(text, today=date(2027, 2, 18)) == Report(())
    assert checked(text, today=date(2027, 2, 19)).reasons == ("its review was due on 2027-02-19",)


def test_news_is_held_against_conditions_and_rules(text: str, checked: Checked) -> None:
    """A fact that has become so meets its condition and moves the verdict; one that changes nothing is no reason."""
    reasons = checked(text, prompt_flawed=True).reasons
    assert "revisit_when 'prompt_flawed = true -> prompting': has come true" in reasons
    assert "with prompt_flawed = yes the recommendation becomes prompting" in reasons
    assert checked(text, labelled_examples=600) == Report(())


@pytest.mark.parametrize(
    ("news", "reason"),
    [
        (
            {"rag_tried": False, "labelled_examples": 250_000},
            "rag_tried = no contradicts what it states: rag_sufficient = no",
        ),
        ({"rag_tried": False, "rag_sufficient": True}, "rag_tried = no and rag_sufficient = yes cannot be so together"),
    ],
    ids=["stated", "supposed"],
)
def test_news_that_cannot_be(
    writer: MemoWriter,
    wiki: UseCase,
    about: Callable[..., About],
    checked: Checked,
    news: dict[str, FactValue],
    reason: str,
) -> None:
    """What contradicts is named, and nothing beside it, with values as people write them."""
    fell_short = UseCase({**wiki.facts, "rag_sufficient": Fact("rag_sufficient", False, "stated")})
    text = writer.write(fell_short, about("Support bot")).files["md"].decode()
    assert checked(text) == Report(())
    assert reason in checked(text, **news).reasons


def test_a_condition_of_the_teams_own(text: str, checked: Checked) -> None:
    """A team may add conditions in the front matter; they are read like the others."""
    own = text.replace("revisit_when:\n", 'revisit_when:\n  - "requests_per_month >= 250000"\n')
    assert checked(own) == Report(())
    assert (
        "revisit_when 'requests_per_month >= 250000': has come true" in checked(own, requests_per_month=300_000).reasons
    )
    assert checked(own, requests_per_month=90_000) == Report(())
    leading = text.replace("revisit_when:\n", 'revisit_when:\n  - "knowledge_change_days <= 1 -> rag"\n')
    assert checked(leading) == Report(())


@pytest.mark.parametrize("status", ["rejected", "deprecated", "superseded by 0042"])
def test_what_is_settled_is_not_replayed(text: str, checked: Checked, status: str) -> None:
    """A memo that no longer counts is not due for review; what it quotes must still be true."""
    settled = text.replace("status: proposed", f"status: {status}")
    report = checked(settled, today=date(2030, 1, 1), evals_exist=False)
    assert report.reasons == ()
    assert "only its quotations" in report.notices[0]
    assert checked(settled.replace("> RAG adds latency.", "> RAG is slow."), today=date(2030, 1, 1)).reasons


def test_a_passage_that_is_gone(opened: tuple[object, MemoWriter], text: str) -> None:
    """A corpus without the passage is a reason; the rest is still checked."""
    writer = opened[1]
    passages = {
        id: passage for id, passage in writer.ground.passages.items() if id != "train-or-prompt#rag-adds-latency"
    }
    poorer = MemoWriter(writer.rules, replace(writer.ground, passages=passages))
    report = check(text, poorer, _any_fact, today=date(2026, 11, 22))
    assert [line for line in report.reasons if "there is no such passage any more" in line]


def test_rules_that_changed_without_effect_are_a_notice(opened: tuple[object, MemoWriter], text: str) -> None:
    """New rule files with the same verdict are said, and fail nothing."""
    writer = opened[1]
    newer = MemoWriter(writer.rules, replace(writer.ground, rules_sha256="0" * 64))
    report = check(text, newer, _any_fact, today=date(2026, 11, 22))
    assert report == Report((), ("the rules have changed since, and lead to the same verdict",))


def test_an_attached_original_is_compared_where_it_is_attached(
    opened: tuple[object, MemoWriter], wiki: UseCase, about: Callable[..., About], checked: Checked
) -> None:
    """A memo that quotes the original word for word is compared with it, and elsewhere with its own hash alone."""
    writer = opened[1]
    attached = {
        id: replace(passage, quote=f"Original words of {id}.") for id, passage in writer.ground.passages.items()
    }
    quoting = MemoWriter(writer.rules, replace(writer.ground, passages=attached))
    text = quoting.write(wiki, about("Support bot")).files["md"].decode()
    assert "the original's words:\n\n> Original words of" in text
    assert check(text, quoting, _any_fact, today=date(2026, 11, 22)) == Report(())
    elsewhere = checked(text)
    assert elsewhere.reasons == ()
    count = text.count("the original's words:")
    said = f"{count} quotations are of originals not attached here: compared with the memo's own hashes alone"
    assert elsewhere.notices == (said,)
    assert "altered" in checked(re.sub("Original words of", "Other words of", text)).reasons[0]


def _any_fact(name: str, value: object) -> object:
    return Fact(name, {"true": True, "false": False}.get(str(value), value))

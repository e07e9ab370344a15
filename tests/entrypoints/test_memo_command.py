"""`rung memo`: writing, refusing, and checking from the command line."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.entrypoints.conftest import COMMAND

CASE = """\
case: Support bot over our wiki. Should we fine-tune?
facts:
  knowledge_in_documents: true   # “over our wiki”
  knowledge_change_days: 7
  needs_citations: true
"""
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
DAY = ("--date", "2026-11-21")


@pytest.fixture
def case(rung_inside: Any) -> Any:
    """The command beside a case file."""
    rung_inside.write("bot.yaml", CASE)
    return rung_inside


def test_markdown_goes_to_standard_output(case: Any) -> None:
    """Without -o the memo is printed, with the user's words and the words beside the facts."""
    outcome = case("memo", "bot.yaml", *DAY)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("---\nstatus: proposed\ndate: 2026-11-21\n")
    assert "review_by: 2027-02-19" in outcome.out
    assert "> Support bot over our wiki. Should we fine-tune?" in outcome.out
    assert "| yes | answered | “over our wiki” |" in outcome.out


def test_all_forms_go_into_a_folder(case: Any) -> None:
    """Named after the case; their paths are printed."""
    outcome = case("memo", "bot.yaml", "-o", "out/memos", "--format", "pdf,md,html,docx", *DAY)
    assert outcome.code == 0, outcome.err
    names = [Path(line).name for line in outcome.out.splitlines()]
    assert names == ["bot.md", "bot.html", "bot.pdf", "bot.docx"]
    assert all((case.folder / "out" / "memos" / name).stat().st_size > 5000 for name in names)


def test_the_form_follows_the_name(case: Any) -> None:
    """-o decision.html is a page."""
    assert case("memo", "bot.yaml", "-o", "decision.html", *DAY).code == 0
    assert (case.folder / "decision.html").read_bytes().startswith(b"<!doctype html>")


def test_a_memo_is_not_written_over(case: Any) -> None:
    """Somebody may have signed it; --force says that it may go."""
    assert case("memo", "bot.yaml", "-o", "bot.md", *DAY).code == 0
    (case.folder / "bot.md").write_text("signed")
    refused = case("memo", "bot.yaml", "-o", "bot.md", *DAY)
    assert (refused.code, refused.out) == (2, "")
    assert "is there already" in refused.err
    assert (case.folder / "bot.md").read_text() == "signed"
    assert case("memo", "bot.yaml", "-o", "bot.md", "--force", *DAY).code == 0


def test_people_and_status_come_from_flags(case: Any) -> None:
    """They stand in the front matter."""
    people = ("--decision-maker", "Head of support", "--decision-maker", "CTO", "--consulted", "Legal: EU")
    out = case(
        "memo", "bot.yaml", "--status", "accepted", "--title", "Use retrieval", "--review", "2027-01-01", *people, *DAY
    ).out
    assert "status: accepted\n" in out
    assert "decision-makers:\n  - Head of support\n  - CTO\n" in out
    assert 'consulted:\n  - "Legal: EU"\n' in out
    assert "review_by: 2027-01-01\n" in out
    assert "\n# Use retrieval\n" in out


def test_a_described_case(rung_inside: Any) -> None:
    """--text reads the facts first, and quotes the words they came from."""
    text = "Support bot over our wiki, docs change weekly, answers must cite. Should we fine-tune?"
    outcome = rung_inside("memo", "--text", text, *DAY)
    assert outcome.code == 0, outcome.err
    assert f"> {text}" in outcome.out
    assert "| stated | “" in outcome.out


@pytest.mark.parametrize("text", ["What is LoRA?", "Should I fine-tune my dog?"])
def test_a_text_without_a_case_gets_no_memo(indexed: Any, refuses: Any, text: str) -> None:
    """A question on the subject, or beside it, is nothing to decide."""
    refuses(indexed("memo", "--text", text), 2, "describes no case to decide (say what you have and need; `rung ask`")


@pytest.mark.parametrize(
    "text",
    [
        "Should we fine-tune with 3,000 labelled examples and 20,000 requests a month?",
        "8k labelled tickets, GPT-4 nails it but costs $15k a month",
        "We have 8,000 labelled examples.",
    ],
)
def test_a_text_with_facts_is_a_case(rung_inside: Any, text: str) -> None:
    """Be it short, or a question; no index is asked for that."""
    outcome = rung_inside("memo", "--text", text, *DAY)
    assert (outcome.code, outcome.err) == (0, "")
    assert not list(rung_inside.cache.glob("*chroma*"))


def test_what_ask_advises_on_gets_a_memo(indexed: Any) -> None:
    """Though it states no more than that training is considered."""
    text = (
        "Should we fine-tune? We are a small publisher of school books in the north, there are five of us, our boss"
        " came back from a fair last week and will not talk about anything but training a language model."
    )
    outcome = indexed("memo", "--text", text, *DAY)
    assert (outcome.code, outcome.err) == (0, "")
    assert "Chosen option" in outcome.out


def test_a_dash_is_standard_output(case: Any) -> None:
    """As if -o were left out; no folder of that name."""
    outcome = case("memo", "bot.yaml", "-o", "-", "--format", "html", *DAY)
    assert outcome.code == 0
    assert outcome.out.startswith("<!doctype html>")
    assert not (case.folder / "-").exists()


def test_a_file_without_an_ending_is_no_folder(case: Any, refuses: Any) -> None:
    """What stands there already under that name stays."""
    case.write("plain", "kept")
    refuses(case("memo", "bot.yaml", "-o", "plain", *DAY), 2, "plain is no form of a memo")
    assert (case.folder / "plain").read_text() == "kept"


def test_what_a_memo_supersedes_is_there(case: Any) -> None:
    """Seen from here, or from where the new one goes."""
    assert case("memo", "bot.yaml", "-o", "old/one.md", *DAY).code == 0
    for old, output in (("old/one.md", "two.md"), ("one.md", "old"), ("one.md", "old/three.md")):
        assert case("memo", "bot.yaml", "-o", output, "--supersedes", old, *DAY).code == 0, old
    assert "supersedes: one.md" in (case.folder / "old" / "three.md").read_text(encoding="utf-8").replace('"', "")


def test_what_a_memo_supersedes_is_another_memo(case: Any, refuses: Any) -> None:
    """Neither some other file, whatever its front matter, nor the one that is written."""
    assert case("memo", "bot.yaml", "-o", "one.md", *DAY).code == 0
    case.write("page.md", "---\nrecommendation: rag\n---\n# A page\n")
    case.write("picture.png", b"\x89PNG\xff\x00")
    for other in ("bot.yaml", "page.md", "picture.png"):
        refuses(case("memo", "bot.yaml", "-o", "two.md", "--supersedes", other, *DAY), 2, f"{other} is no memo")
    again = ("memo", "bot.yaml", "-o", "one.md", "--force", *DAY, "--supersedes")
    refuses(case(*again, "one.md"), 2, "one.md would supersede itself")
    refuses(case(*again, "./one.md"), 2, "would supersede itself")


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on files")
def test_a_full_disk_leaves_no_cut_memo(rung: Any) -> None:
    """What was there stays whole, and nothing half written stays beside it."""
    rung.write("bot.yaml", CASE)
    rung.write("old.md", "signed")
    line = 'ulimit -f 4; "$0" memo bot.yaml -o "$1" --force'
    for name in ("old.md", "new.md"):
        command = ["bash", "-c", line, str(COMMAND), name]
        done = subprocess.run(
            command, cwd=rung.folder, env=rung.environment(), capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert "the system refused: File too large" in done.stderr
    assert sorted(path.name for path in rung.folder.iterdir() if path.is_file()) == ["bot.yaml", "old.md"]
    assert (rung.folder / "old.md").read_text() == "signed"


@pytest.mark.skipif(os.name != "posix", reason="needs links and rights")
def test_a_memo_written_over_stays_where_and_whose_it_was(case: Any) -> None:
    """A link still leads to it, and who may read it still may."""
    kept = case.folder / "kept.md"
    kept.write_text("signed")
    kept.chmod(0o640)
    (case.folder / "link.md").symlink_to(kept)
    assert case("memo", "bot.yaml", "-o", "link.md", "--force", *DAY).code == 0
    assert (case.folder / "link.md").is_symlink()
    assert kept.stat().st_mode & 0o777 == 0o640
    assert kept.read_text(encoding="utf-8").startswith("---\nstatus: proposed")


def test_names_that_are_blank_name_nobody(case: Any) -> None:
    """They stand in no memo."""
    out = case("memo", "bot.yaml", "--decision-maker", " ", "--consulted", "", "--consulted", "Legal", *DAY).out
    assert "decision-makers: []\nconsulted:\n  - Legal\n" in out


def test_export_and_memo_without_names_are_two_files(indexed: Any) -> None:
    """One after the other, whichever comes first."""
    outcome = indexed(
        "chat", stdin=b"Support bot over our wiki, docs change weekly, answers must cite.\n/export\n/memo\n"
    )
    assert outcome.code == 0, outcome.out
    talk, memo = sorted(indexed.folder.glob("rung-*.md"), key=lambda path: len(path.name))
    assert memo.name == f"{talk.stem}-memo.md"
    assert memo.read_text(encoding="utf-8").startswith("---\nstatus: proposed")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give one case file, or a description"),
        (("bot.yaml", "--text", "a bot"), "give one case file, or a description"),
        (("none.yaml",), "there is no file none.yaml"),
        (("bot.yaml", "--format", "odt"), "there is no form 'odt'"),
        (("bot.yaml", "--format", "md,pdf"), "need a place to go"),
        (("bot.yaml", "-o", "x.pdf", "--format", "md"), "x.pdf cannot hold md"),
        (("bot.yaml", "--format", ","), "--format names no form (choose from md"),
        (("bot.yaml", "--format", " "), "--format names no form"),
        (("bot.yaml", "--date", "tomorrow"), "--date 'tomorrow' is no date"),
        (("bot.yaml", "--date", "9999-12-31"), "--date 9999-12-31 leaves no 90 days until a review"),
        (("bot.yaml", "--status", "accepted"), "names who decided"),
        (("bot.yaml", "--status", "accepted", "--decision-maker", ""), "names who decided"),
        (("bot.yaml", "--status", "accepted", "--decision-maker", " "), "names who decided"),
        (("bot.yaml", "--fact", "labelled_examples=0"), "--fact goes with rung memo check"),
        (("bot.yaml", "-o", "v.txt"), "v.txt is no form of a memo (end it in one of .md, .html, .pdf, .docx, or"),
        (("bot.yaml", "-o", "-", "--format", "md,pdf"), "need a place to go"),
        (("bot.yaml", "--review", "2020-01-01"), "--review 2020-01-01 does not lie after 20"),
        (("bot.yaml", "--supersedes", "nope.md"), "there is no memo nope.md to supersede"),
        (("check", "x.md", "--title", "x", "-o", "zz"), "--output, --title: for writing a memo, not for checking"),
        (("check", "x.md", "--status", "proposed"), "--status: for writing a memo, not for checking"),
        (("check",), "no memo named"),
        (("check", "x.md", "--fact", "labelled"), "is not FACT=VALUE"),
    ],
)
def test_mistakes_are_one_line(case: Any, refuses: Any, arguments: tuple[str, ...], words: str) -> None:
    """What is wrong and what to do."""
    refuses(case("memo", *arguments), 2, words)


def test_checking_many(case: Any) -> None:
    """One reason a line, the file before it; exit code 1 where one moved, 0 where none did."""
    for name in ("one.md", "two.md"):
        assert case("memo", "bot.yaml", "-o", name, *DAY).code == 0
    good = case("memo", "check", "one.md", "two.md", *DAY)
    assert (good.code, good.out, good.err) == (0, "", "")
    text = (case.folder / "two.md").read_text(encoding="utf-8")
    (case.folder / "two.md").write_text(text.replace("> RAG adds latency.", "> RAG is slow."), encoding="utf-8")
    (case.folder / "three.md").write_text("# Something else\n")
    bad = case("memo", "check", "one.md", "two.md", "three.md", "four.md", "--date", "2027-02-18")
    assert bad.code == 1
    files = [line.split(":")[0] for line in bad.out.splitlines()]
    assert files == ["two.md", "three.md", "four.md"]


def test_checking_as_json(case: Any) -> None:
    """What came of each memo is data as published; nothing is said beside it, and the exit code is the same."""
    case("memo", "bot.yaml", "-o", "one.md", *DAY)
    (case.folder / "two.md").write_text("no memo\n")
    outcome = case("memo", "check", "one.md", "two.md", "--json", *DAY)
    assert (outcome.code, outcome.err) == (1, "")
    found = json.loads(outcome.out)
    jsonschema.validate(found, json.loads((SCHEMAS / "memo-check.json").read_text(encoding="utf-8")))
    assert found[0] == {"memo": "one.md", "holds": True, "reasons": [], "notices": []}
    assert (found[1]["memo"], found[1]["holds"], len(found[1]["reasons"])) == ("two.md", False, 1)
    assert case("memo", "check", "one.md", "--json", *DAY).code == 0
    refused = case("memo", "bot.yaml", "--json", *DAY)
    assert (refused.code, refused.out) == (2, "")


def test_checking_with_news(case: Any) -> None:
    """--fact says what has become so since."""
    case("memo", "bot.yaml", "-o", "one.md", *DAY)
    outcome = case("memo", "check", "one.md", "--fact", "evals_exist=no", *DAY)
    assert outcome.code == 1
    assert "the recommendation becomes measure_first" in outcome.out
    assert case("memo", "check", "one.md", "--fact", "labelled_examples=600", *DAY).code == 0


def test_windows_line_ends_are_read(case: Any) -> None:
    """A checkout may have turned them round."""
    case("memo", "bot.yaml", "-o", "one.md", *DAY)
    raw = (case.folder / "one.md").read_bytes()
    (case.folder / "one.md").write_bytes(raw.replace(b"\n", b"\r\n"))
    outcome = case("memo", "check", "one.md", *DAY)
    assert (outcome.code, outcome.out) == (0, "")


def test_a_conversation_becomes_a_memo(indexed: Any) -> None:
    """`/memo` in the chat writes what was said and found so far, and never over a file that is there."""
    described = "Support bot over our wiki, docs change weekly, answers must cite."
    turns = f"{described}\n/memo talk.md\n/memo talk.md\n/memo talk.odt\n"
    outcome = indexed("chat", stdin=turns.encode())
    text = (indexed.folder / "talk.md").read_text(encoding="utf-8")
    assert f"> {described}" in text
    assert "Written to talk.md." in outcome.out + outcome.err
    assert "is there already" in outcome.out + outcome.err
    assert "has no form that I know" in outcome.out + outcome.err
    assert indexed("memo", "check", "talk.md").code == 0

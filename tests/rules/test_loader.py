"""Every mistake in a rule file is one clear line with file and line, and nothing in a file can hang or run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from agent.errors import RuleError
from agent.rules.model import RuleBook
from agent.types import LADDER

ONE = "source: one\nframework: A way.\nrules:\n"
RULE = "  - id: one-a\n    approach: rag\n    when: {dull: true}\n    says: Because.\n    cite: [one#a]\n"
EXAMPLES = "    examples: {holds: {dull: true}, fails: {dull: false}, unknown: {}}\n"
GOOD = ONE + RULE + EXAMPLES
INFERENCE = "inferences:\n  - when: {known: true}\n    then: {tried: true}\n    because: its result is known\n"
CONFLICT = (
    "conflicts:\n  - id: rows\n    axis: how many rows\n    facts: [rows]\n    approaches: [rag]\n"
    "    positions:\n      - {source: one, position: Many., cite: [one#a]}\n"
)
STAGES = "stages:\n" + "".join(
    f'  - {{approach: "{approach}", do: Do it., entry_test: Start., exit_test: End., cite: [one#a]}}\n'
    for approach in LADDER
)


def changed(old: str, new: str, text: str = GOOD) -> str:
    assert old in text
    return text.replace(old, new, 1)


def refusal(shelf: Any, name: str, text: str | bytes) -> str:
    shelf.write(name, text)
    with pytest.raises(RuleError) as caught:
        shelf.load()
    return caught.value.message


TABLE_MISTAKES = {
    "unknown fact": (changed("{dull: true}", "{dul: true}"), 6, "unknown fact 'dul'"),
    "unknown fact deep inside": (
        changed("{dull: true}", "\n      any:\n        - dull: true\n        - not:\n            dul: true"),
        10,
        "unknown fact 'dul'",
    ),
    "missing passage": (changed("one#a", "one#z"), 4, "no passage 'one#z'"),
    "empty citation": (changed("[one#a]", "[]"), 4, "at least one passage"),
    "no citation": (changed("    cite: [one#a]\n", ""), 4, "at least one passage"),
    "citation that is no list": (changed("[one#a]", "one#a"), 4, "cite needs a list"),
    "citation that is no text": (changed("[one#a]", "[{a: b}]"), 4, "no passage"),
    "bool compared": (changed("{dull: true}", "{dull: {gte: 3}}"), 6, "dull is a bool"),
    "number as text": (changed("{dull: true}", "{rows: many}"), 6, "rows is a integer"),
    "number as yes": (changed("{dull: true}", "{rows: yes}"), 6, "rows is a integer"),
    "bool as text": (changed("{dull: true}", '{dull: "no"}'), 6, "dull is a bool"),
    "choice without such an option": (changed("{dull: true}", "{kind: no}"), 6, "kind is a choice"),
    "not a number": (changed("{dull: true}", "{rows: {gte: .nan}}"), 6, "does not fit"),
    "when left empty": (changed("{dull: true}", ""), 4, "must be a mapping"),
    "when without a test": (changed("{dull: true}", "{}"), 6, "at least one test"),
    "when misspelt": (changed("{dull: true}", "allways"), 4, "must be a mapping"),
    "bound that no float holds": (changed("{dull: true}", "{rows: {gte: " + "9" * 400 + "}}"), 6, "that large"),
    "bound too long to be written": (changed("{dull: true}", "{rows: 0x" + "f" * 5000 + "}"), 6, "that large"),
    "undefined term": (changed("{dull: true}", "{term: late}"), 6, "term 'late' is not defined"),
    "undefined rule": (changed("{dull: true}", "{rule: one-z}"), 6, "rule 'one-z' is not defined"),
    "rule that refers to itself": (changed("{dull: true}", "{rule: one-a}"), 6, "rule 'one-a' is not defined"),
    "terms that are a list": (ONE + "  []\nterms: [a]\n", 1, "'terms' needs a mapping"),
    "mistake in a term": (changed("rules:", "terms:\n  one:\n    dul: true\nrules:"), 5, "unknown fact 'dul'"),
    "empty term": (changed("rules:", "terms:\n  one:\nrules:"), 4, "must be a mapping"),
    "unknown key": (changed("says:", "say:"), 4, "unknown key 'say'"),
    "unknown key of the table": (changed("framework:", "frame:"), 1, "unknown key 'frame'"),
    "duplicate key": (changed("    says:", "    id: one-b\n    says:"), 7, "the key 'id' stands twice"),
    "duplicate id": (GOOD + RULE + EXAMPLES, 10, "the rule id 'one-a' is taken by one.yaml:4"),
    "id left out": (changed("- id: one-a\n    approach", "- approach"), 4, "'id' needs a text"),
    "says left empty": (changed("Because.", '"  "'), 4, "'says' needs a text"),
    "bad effect": (changed("    approach", "    effect: forr\n    approach"), 4, "effect must be one of"),
    "bad approach": (changed("approach: rag", "approach: ragg"), 4, "approach must be one of"),
    "bad approach in a list": (changed("approach: rag", "approach: [rag, {a: b}]"), 4, "approach must be one of"),
    "a mapping for a value": (changed("{dull: true}", "{dull: {is: {a: b}}}"), 6, "a mapping does not fit"),
    "a mapping for a term": (changed("{dull: true}", "{term: {a: b}}"), 6, '"term" needs a name'),
    "a mapping for an approach": (changed("approach: rag", "approach: {a: b}"), 4, "not {'a': 'b'}"),
    "empty list of approaches": (changed("approach: rag", "approach: []"), 4, "at least one approach"),
    "bad need": (changed("    approach", "    need: speed\n    approach"), 4, "need must be one of"),
    "no examples": (ONE + RULE, 4, "needs an example that holds"),
    "no unknown example": (changed(", unknown: {}", ""), 4, "needs an example that unknown"),
    "misspelt group of examples": (changed("unknown:", "unkown:"), 9, "unknown key 'unkown'"),
    "examples that are a list": (
        changed("{holds: {dull: true}, fails: {dull: false}, unknown: {}}", "[1]"),
        4,
        "examples",
    ),
    "unknown fact in an example": (changed("fails: {dull:", "fails: {dul:"), 4, "unknown fact 'dul'"),
    "wrong type in an example": (changed("fails: {dull: false}", "fails: {rows: many}"), 4, "rows is a integer"),
    "example that is no mapping": (changed("fails: {dull: false}", "fails: dull"), 4, "an example must be a mapping"),
    "rules that are no list": ("source: one\nframework: A way.\nrules: {a: b}\n", 1, "'rules' needs a list"),
    "no rules": ("source: one\nframework: A way.\nrules: []\n", 1, "at least one rule"),
    "rule that is no mapping": ("source: one\nframework: A way.\nrules: [a]\n", 1, "'rules' needs a list"),
    "no name": (changed("source: one\n", ""), 1, "'source' needs a text"),
    "worked example without facts": (
        GOOD + "worked_examples:\n  - {name: It, cite: [one#a]}\n",
        11,
        "must be a mapping",
    ),
    "worked example with a wrong verdict": (
        GOOD + "worked_examples:\n  - {name: It, facts: {dull: true}, expect: tune, cite: [one#a]}\n",
        11,
        "expect must be one of",
    ),
    "worked examples that are text": (GOOD + "worked_examples: none\n", 1, "needs a list"),
}
YAML_MISTAKES = {
    "bad indentation": (changed("    says", "   says"), 7),
    "open bracket": (GOOD + "terms: {a: {dull: true}\n", 11),
    "tab": (changed("    says", "\tsays"), 7),
    "two documents": (GOOD + "---\nmore: 1\n", 10),
    "a list on top": ("- a\n", 1),
    "nothing": ("", 1),
    "only a comment": ("# later\n", 1),
    "key that is on": (GOOD + "on: 1\n", 10),
    "key that is a number": (GOOD + "1: 1\n", 10),
    "key that is a list": (GOOD + "? [a]\n: 1\n", 10),
    "key of our own": (GOOD + "__line__: 1\n", 10),
    "merge key": (GOOD + "<<: {a: 1}\n", 10),
    "date": (changed("Because.", "2026-01-31"), 7),
    "day that no month has": (changed("Because.", "2026-13-45"), 7),
    "number without end": (changed("Because.", "9" * 5000), 7),
    "integer that is none": (changed("Because.", "!!int many"), 7),
    "bool that is none": (changed("Because.", "!!bool many"), 7),
    "mapping that is none": (changed("Because.", "!!map many"), 7),
    "set": (changed("Because.", "!!set {a}"), 7),
    "not UTF-8": (changed("Because.", "Caf\u00e9.").encode("latin-1"), 7),
    "UTF-16": (GOOD.encode("utf-16"), 1),
    "null byte": (changed("Because.", "Be\0cause."), 7),
    "bell": (changed("Because.", "Be\acause."), 7),
    "alias": (changed("{dull: true}", "&a {dull: true}") + "terms: {a: *a}\n", 10),
    "alias of itself": (changed("{dull: true}", "&a {not: *a}"), 6),
}
OTHER_MISTAKES = {
    "inference of an unknown fact": ("rules/inferences.yaml", changed("tried:", "tred:", INFERENCE), 2, "'tred'"),
    "inference of a wrong value": ("rules/inferences.yaml", changed("tried: true", "tried: 1", INFERENCE), 2, "tried"),
    "inference of nothing": ("rules/inferences.yaml", changed("{tried: true}", "{}", INFERENCE), 2, "'then' needs"),
    "inference with an unknown key": ("rules/inferences.yaml", changed("because", "since", INFERENCE), 2, "'since'"),
    "inference from an unknown fact": ("rules/inferences.yaml", changed("known:", "knwn:", INFERENCE), 2, "'knwn'"),
    "conflict over an unknown fact": ("conflicts.yaml", changed("[rows]", "[rws]", CONFLICT), 2, "unknown fact 'rws'"),
    "conflict facts that are text": ("conflicts.yaml", changed("[rows]", "rows", CONFLICT), 2, "'facts' needs a list"),
    "conflict with a missing passage": ("conflicts.yaml", changed("one#a", "one#z", CONFLICT), 7, "no passage 'one#z'"),
    "position with an unknown key": ("conflicts.yaml", changed("position: M", "postion: M", CONFLICT), 7, "'postion'"),
    "conflict twice": ("conflicts.yaml", CONFLICT + CONFLICT.partition("\n")[2], 8, "'rows' stands twice"),
    "missing stage": ("plan.yaml", "".join(STAGES.splitlines(True)[:-1]), 1, "no stage for rag+fine_tuning"),
    "stage twice": ("plan.yaml", STAGES + STAGES.splitlines(True)[1], 11, "'measure_first' stands twice"),
    "stage of no approach": ("plan.yaml", changed("measure_first", "measure", STAGES), 2, "approach must be one of"),
    "stage that may read on": (
        "plan.yaml",
        changed("do:", "reads_on: maybe, do:", STAGES),
        2,
        "reads_on takes true or",
    ),
    "stage with an unknown key": ("plan.yaml", changed("do:", "does:", STAGES), 2, "unknown key 'does'"),
}


@pytest.mark.parametrize(("text", "line", "says"), TABLE_MISTAKES.values(), ids=TABLE_MISTAKES)
def test_a_mistake_in_a_table_names_file_and_line(shelf: Any, text: str, line: int, says: str) -> None:
    """Loading fails, and the message leads to the place."""
    message = refusal(shelf, "rules/one.yaml", text)
    assert message.startswith(f"one.yaml:{line}: ")
    assert says in message


@pytest.mark.parametrize(("text", "line"), YAML_MISTAKES.values(), ids=YAML_MISTAKES)
def test_what_yaml_would_let_pass_names_file_and_line(shelf: Any, text: str | bytes, line: int) -> None:
    """Broken YAML, and YAML that means something else than it looks, never get as far as a rule."""
    assert refusal(shelf, "rules/one.yaml", text).startswith(f"one.yaml:{line}: ")


@pytest.mark.parametrize(("name", "text", "line", "says"), OTHER_MISTAKES.values(), ids=OTHER_MISTAKES)
def test_a_mistake_in_another_file_names_file_and_line(shelf: Any, name: str, text: str, line: int, says: str) -> None:
    """Inferences, conflicts and the plan are held to the same standard."""
    message = refusal(shelf, name, text)
    assert message.startswith(f"{Path(name).name}:{line}: ")
    assert says in message


@pytest.mark.parametrize("name", ["rules/panel.yaml", "rules/inferences.yaml", "plan.yaml", "conflicts.yaml"])
def test_a_missing_file_is_named(shelf: Any, name: str) -> None:
    """A corpus without one of its files does not load."""
    (shelf.folder / name).unlink()
    with pytest.raises(RuleError, match=Path(name).name):
        shelf.load()


def test_the_files_these_mistakes_were_planted_in_load(shelf: Any) -> None:
    """Each mistake above is the only one in its file."""
    shelf.write("rules/one.yaml", GOOD)
    shelf.write("rules/inferences.yaml", INFERENCE)
    shelf.write("conflicts.yaml", CONFLICT)
    book = shelf.load()
    assert [rule.id for rule in book.rules] == ["one-a", "panel-last"]
    assert [axis.id for axis in book.conflicts] == ["rows"]
    assert [(item.fact, item.value) for item in book.inferences] == [("tried", True)]


def test_a_bomb_of_aliases_is_refused_at_once(shelf: Any) -> None:
    """Ten lines that would unfold into ten billion conditions do not hang the loader."""
    lines = ["  t0: &t0 {dull: true}"]
    lines += [f"  t{n}: &t{n} {{any: [{', '.join([f'*t{n - 1}'] * 10)}]}}" for n in range(1, 11)]
    text = changed("rules:", "terms:\n" + "\n".join(lines) + "\nrules:")
    assert "aliases" in refusal(shelf, "rules/one.yaml", text)


@pytest.mark.parametrize("depth", [60, 900, 50_000])
def test_nesting_without_end_is_refused(shelf: Any, depth: int) -> None:
    """No file takes the stack down."""
    text = changed("{dull: true}", "{not: " * depth + "{dull: true}" + "}" * depth)
    assert "nested too deeply" in refusal(shelf, "rules/one.yaml", text)


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch ran']",
        "!!python/object/new:os.system ['touch ran']",
        "!!python/name:os.system",
        "!!python/module:antigravity",
        "!ours {a: b}",
    ],
)
def test_a_tag_never_runs_anything(shelf: Any, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML tags for Python objects are mistakes, not calls."""
    monkeypatch.chdir(shelf.folder)
    monkeypatch.setattr(os, "system", lambda command: pytest.fail(f"ran {command}"))
    assert refusal(shelf, "rules/one.yaml", changed("Because.", tag)).startswith("one.yaml:7: ")
    assert not (shelf.folder / "ran").exists()


def test_the_sum_of_a_file_is_the_same_with_other_line_ends(shelf: Any) -> None:
    """A checkout with Windows line ends gives the same digests, and a changed rule another."""
    sums = []
    for text in (GOOD, GOOD.replace("\n", "\r\n"), changed("Because.", "Since.")):
        shelf.write("rules/one.yaml", text.encode())
        sums.append(shelf.load().tables[0].sha256)
    assert sums[0] == sums[1] != sums[2]


def test_a_pack_needs_neither_citations_nor_examples(shelf: Any) -> None:
    """A team states its own rules with less ceremony than the corpus."""
    pack = shelf.write("pack/ours.yml", "pack: ours\nframework: House.\nrules:\n" + changed("one-a", "our-a", RULE))
    text = pack.read_text().replace("    cite: [one#a]\n", "")
    pack.write_text(text)
    book: RuleBook = shelf.load(pack.parent)
    assert [(table.id, table.kind) for table in book.tables] == [("one", "source"), ("ours", "pack")]
    assert book.rule("our-a").cite == ()


def test_two_tables_cannot_share_a_name(shelf: Any) -> None:
    """A vote belongs to one table."""
    message = refusal(shelf, "rules/two.yaml", changed("one-a", "two-a"))
    assert message == "two.yaml:1: a table called 'one' exists already"


def test_a_pack_cannot_take_the_id_of_a_rule(shelf: Any) -> None:
    """Two rules of one name would make the trace ambiguous."""
    pack = shelf.write("pack/ours.yaml", "pack: ours\nframework: House.\nrules:\n" + RULE)
    with pytest.raises(RuleError, match=r"ours.yaml:4: the rule id 'one-a' is taken by one.yaml:5"):
        shelf.load(pack.parent)


@pytest.mark.parametrize("makes_folder", [True, False], ids=["empty", "missing"])
def test_a_pack_folder_without_rules_is_an_error(shelf: Any, makes_folder: bool) -> None:
    """A mistyped folder is not taken for a team without rules."""
    folder = shelf.folder / "pack"
    if makes_folder:
        folder.mkdir()
    with pytest.raises(RuleError, match="pack"):
        shelf.load(folder)


def test_the_rule_of_an_unknown_id_is_a_key_error(shelf: Any) -> None:
    """Asking a book for what it does not hold is the caller's mistake."""
    with pytest.raises(KeyError):
        shelf.load().rule("none")


def test_an_inference_may_rest_on_a_rule(shelf: Any) -> None:
    """What follows can be told through a rule defined before, and a change of its fact reaches it."""
    shelf.write("rules/inferences.yaml", changed("{known: true}", "{rule: one-a}", INFERENCE))
    assert shelf.load().inferences_by_fact == {"dull": (0,), "tried": (0,)}

"""Case files that are wrong: one line that names the fact or the line, exit code 2."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no facts in it"),
        ("facts: [1]", "no facts in it"),
        ("facts: 5", "no facts in it"),
        ("case: no more than that", "no facts in it"),
        ("facts: {}\nfoo: 1", "unknown key 'foo'"),
        ("facts:\n  a: 1\n b: 2\n", "line 3"),
        ("facts:\n  labelled_examples: -5", "from 0 to"),
        ("facts:\n  requests_per_month: 1e30", "requests_per_month cannot be"),
        ("facts:\n  accuracy_now: 140%", "accuracy_now cannot be '140%'"),
        ("facts:\n  labelled_examples: .nan", "cannot be 'nan'"),
        ("facts:\n  requests_per_month: .inf", "cannot be 'inf'"),
        ("facts:\n  requests_per_month: " + "9" * 400, "cannot be that large"),
        ("facts:\n  requests_per_month: " + "9" * 5000, "line 2: not valid YAML: 99999"),
        ("facts:\n  evals_exist: yes\n  needs_citations: 2020-13-41", "line 3: not valid YAML: 2020-13-41 cannot be"),
        ("case: a\nfacts:\n  problem_kind: a\1b", "line 3: not valid YAML: a control character"),
        ("facts:\n  labelled_examples: 3.5", "a whole number"),
        ("facts:\n  labelled_examples: 010", "line 2: not valid YAML: write 010 as a plain number"),
        ("facts:\n  latency_budget_ms: 1:30", "write 1:30 as a plain number"),
        ("facts:\n  needs_citations: maybe", "true or false"),
        ("facts:\n  needs_citations: [yes]", "no single value"),
        ("facts:\n  needs_citations: 2024-01-01", "no single value"),
        ("facts:\n  problem_kind: wrong", "one of knowledge"),
        ("facts:\n  labeled_example: 5", "did you mean labelled_examples?"),
        ("facts:\n  zzz: 5", "`rung facts --list` prints all"),
        ("facts:\n  5: 5", "there is no fact called '5'"),
        ("facts:\n  [a]: 5", "a plain word"),
        ("facts:\n  data_private: true\n  data_private: false", "line 3: not valid YAML: 'data_private' stands twice"),
        ("facts: {a: &x [1], b: *x}", "anchors and aliases"),
        ("facts: " + "[" * 100_000, "nested too deeply"),
        ("facts: " + "{a: " * 100_000, "nested too deeply"),
        ("!!python/object/apply:os.system [ls]", "not valid YAML"),
        ("facts: !!set {a, b}", "no facts in it"),
        ("facts: {labelled_examples: !!int abc}", "not valid YAML"),
        ("a: 1\0", "binary data"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_wrong_case_file_is_one_line(rung_inside: Any, refuses: Any, content: str | bytes, words: str) -> None:
    """What is wrong stands in the line, whether it is the YAML, a name or a value."""
    raw = content.encode() if isinstance(content, str) else content
    refuses(rung_inside("check", "-", stdin=raw), 2, words if len(words) < 200 else words[:200])


def test_a_bomb_of_aliases_is_refused_at_once(rung_inside: Any, refuses: Any) -> None:
    """Nine lines that would unfold into a billion values."""
    lines = ["a: &a [" + ",".join("x" * 9) + "]"]
    for one, two in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{two}: &{two} [" + ",".join([f"*{one}"] * 9) + "]")
    refuses(rung_inside("check", rung_inside.write("bomb.yaml", "\n".join(lines)), seconds=20), 2, "line 2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "absent.yaml"], "there is no file absent.yaml"),
        (["check", "."], "is a folder"),
        (["check", ""], "the file's name is empty"),
        (["check", "case.yaml", "--what-if", "labelled_examples"], "is not FACT=VALUE"),
        (["check", "case.yaml", "--what-if", "labeled_examples=5"], "did you mean labelled_examples?"),
        (["check", "case.yaml", "--what-if", "labelled_examples=-5"], "from 0 to"),
        (["check", "case.yaml", "--what-if", "evals_exist=yes", "--what-if", "evals_exist=no"], "evals_exist is given"),
        (["memo", "check", "a.md", "--fact", "evals_exist=yes", "--fact", "evals_exist=no"], "evals_exist is given"),
        (["check", "case.yaml", "--rules", "absent"], "there is no folder of rules absent"),
        (["check", "case.yaml", "--rules", ""], "the name of the folder of rules is empty"),
    ],
)
def test_wrong_arguments_of_check_are_named(rung_inside: Any, refuses: Any, arguments: list[str], words: str) -> None:
    """The same for what stands beside the case file."""
    rung_inside.write("case.yaml", "facts: {labelled_examples: 300}\n")
    refuses(rung_inside(*arguments), 2, words)


def test_a_broken_pack_is_named_with_file_and_line(rung_inside: Any, refuses: Any) -> None:
    """A team's rule file fails closed: no verdict without its rules."""
    rung_inside.write("case.yaml", "facts: {}\n")
    (rung_inside.folder / "pack").mkdir()
    rung_inside.write(
        "pack/ours.yaml", "pack: ours\nframework: Ours.\nrules:\n  - id: one\n    when: {nonsense: true}\n"
    )
    refuses(rung_inside("check", "case.yaml", "--rules", "pack"), 1, "ours.yaml:5")

"""A prompt exists once, as a file; what it declares, what it uses and what it is given are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.llm.fence import fence
from agent.llm.prompts import load_prompts
from agent.resources import data_dir

HEAD = "---\nid: {id}\nversion: 1\nreason: A test.\nvariables: [{variables}]\n---\n"


def test_the_shipped_prompts_load() -> None:
    """Each with a version, a reason and a hash."""
    prompts = load_prompts(data_dir("prompts"))
    assert {
        "read-facts",
        "read-data",
        "write-advice",
        "advice-data",
        "write-guidance",
        "guidance-data",
        "repair",
    } <= set(prompts)
    assert all(prompt.about.reason and len(prompt.sha256) == 64 for prompt in prompts.values())


@pytest.mark.parametrize(
    ("variables", "text"),
    [("", "{{name}}"), ("name", "no placeholder"), ("name, other", "{{name}}")],
    ids=["undeclared", "unused", "half"],
)
def test_declared_and_used_must_agree(tmp_path: Path, variables: str, text: str) -> None:
    """The error names the file."""
    (tmp_path / "p.md").write_text(HEAD.format(id="p", variables=variables) + text)
    with pytest.raises(SettingsError, match=r"p\.md"):
        load_prompts(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["no front matter", "---\nid: p\n---\nx", HEAD.format(id="q", variables="") + "x"],
    ids=["none", "short", "name"],
)
def test_front_matter_is_required(tmp_path: Path, content: str) -> None:
    """With an id that is the file's name."""
    (tmp_path / "p.md").write_text(content)
    with pytest.raises(SettingsError, match=r"p\.md"):
        load_prompts(tmp_path)


def test_passed_must_be_what_is_declared(tmp_path: Path) -> None:
    """Neither less nor more; values are not searched for placeholders."""
    (tmp_path / "p.md").write_text(HEAD.format(id="p", variables="name") + "Hello {{name}}.")
    prompt = load_prompts(tmp_path)["p"]
    assert prompt.fill(name="{{name}}") == "Hello {{name}}."
    for values in ({}, {"name": "a", "more": "b"}):
        with pytest.raises(SettingsError, match="prompt p"):
            prompt.fill(**values)


def test_a_fence_cannot_be_closed_from_inside() -> None:
    """The same text gives the same fence, another text another mark."""
    inner = fence("text", "a")
    outer = fence("text", inner)
    assert outer.splitlines()[0] not in inner
    assert fence("text", "a") == inner

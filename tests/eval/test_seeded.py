"""The table of seeded mistakes fits the code as it is, and its runner tells a caught mistake from one that is not."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from eval.seeded import ROOT, Mistake, SeedingError, broken, load_mistakes, planted, planting, try_mistake

MISTAKES = load_mistakes()
PARTS = {
    *("rules", "corpus", "engine", "verdict", "intake", "retrieval"),
    *("gate", "answer", "model", "memo", "conversation", "entrypoints"),
}


def test_every_part_has_mistakes_and_each_its_own_name() -> None:
    """At least 42 over all parts, each said in one sentence."""
    assert len(MISTAKES) >= 42
    assert {mistake.part for mistake in MISTAKES} == PARTS
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES)
    assert all(mistake.says.endswith(".") and mistake.caught_by for mistake in MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_mistake_can_still_be_planted(mistake: Mistake) -> None:
    """Its text stands exactly once in its file, and what takes its place is something else that compiles."""
    assert planted(mistake, ROOT) != (ROOT / mistake.file).read_text(encoding="utf-8")


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("test", sorted({test for mistake in MISTAKES for test in mistake.caught_by}))
def test_each_named_test_exists(test: str) -> None:
    """Nobody waits for a test that was renamed."""
    file, _, name = test.partition("::")
    assert (ROOT / file).is_file()
    assert not name or name.partition("[")[0] in names_in(file)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of one module and one test."""
    (tmp_path / "twice.py").write_text("def twice(number):\n    return number * 2\n\n\nUNUSED = 1\n")
    (tmp_path / "test_twice.py").write_text(
        "from twice import twice\n\n\ndef test_twice():\n    assert twice(3) == 6\n"
    )
    return tmp_path


def mistake(find: str, replace: str) -> Mistake:
    return Mistake("small", "rules", "twice.py", find, replace, ("test_twice.py::test_twice",), "Wrong.")


@pytest.mark.parametrize(
    ("find", "replace", "state", "seen_by"),
    [
        ("number * 2", "number * 3", "caught", "test_twice.py::test_twice"),
        ("def twice(", "def thrice(", "caught", "test_twice.py"),
        ("UNUSED = 1", "UNUSED = 2", "NOT CAUGHT", ""),
    ],
    ids=["a test fails", "a test does not load", "nothing sees it"],
)
def test_a_mistake_is_caught_or_not(small: Path, find: str, replace: str, state: str, seen_by: str) -> None:
    """And the copy is afterwards as it was before."""
    before = (small / "twice.py").read_bytes()
    outcome = try_mistake(mistake(find, replace), small)
    assert (outcome.state, outcome.seen_by) == (state, seen_by)
    assert (small / "twice.py").read_bytes() == before


@pytest.mark.parametrize("find", ["number", "numbers"], ids=["twice", "never"])
def test_what_does_not_stand_once_is_not_planted(small: Path, find: str) -> None:
    """A mistake that would be planted in two places, or nowhere, is no mistake of ours."""
    with pytest.raises(SeedingError, match="not once"), planting(mistake(find, "x"), small):
        pass


def test_a_test_that_fails_anyway_catches_nothing(small: Path) -> None:
    """What fails without the mistake is told apart, whatever its parameters are called."""
    (small / "test_odd.py").write_text(
        "import pytest\n\n\n@pytest.mark.parametrize('n', [1, 2], ids=['one - or so', 'two'])\n"
        "def test_odd(n):\n    assert n == 2\n"
    )
    sound = mistake("number * 2", "number * 3")
    always = Mistake("always", "rules", "twice.py", "UNUSED", "USED", ("test_odd.py::test_odd[one - or so]",), "Wrong.")
    never = Mistake("never", "rules", "twice.py", "UNUSED", "USED", ("test_odd.py::test_odd[two]",), "Wrong.")
    assert broken([sound, never], small) == frozenset()
    assert broken([sound, always], small) == {"always"}

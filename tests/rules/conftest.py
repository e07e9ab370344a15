"""The shipped book, loaded once, random cases over it, and a small shelf of rule files to plant mistakes in."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import strategies as st

from agent.corpus.notes import load_passages
from agent.intake.catalogue import load_catalogue
from agent.rules.engine import infer_values
from agent.rules.explain import Grid, grid
from agent.rules.loader import load_book
from agent.rules.model import RuleBook
from agent.types import LADDER, FactSpec, FactValue, Passage

CORPUS = Path(__file__).resolve().parents[2] / "corpus"

LITTLE_CATALOGUE = {
    spec.name: spec
    for spec in (
        FactSpec("dull", "bool", "It is dull.", "Is it dull?"),
        FactSpec("tried", "bool", "It was tried.", "Was it tried?", in_your_control=True),
        FactSpec("worked", "bool", "It worked.", "Did it work?"),
        FactSpec("known", "bool", "Its result is known.", "Is it known?"),
        FactSpec("rows", "integer", "Rows at hand.", "How many rows?", minimum=0, in_your_control=True),
        FactSpec("share", "ratio", "Share that is right.", "What share?", minimum=0, maximum=1),
        FactSpec("kind", "choice", "What is wrong.", "What is wrong?", options=("knowledge", "format", "cost")),
    )
}
LITTLE_PASSAGES = {"one#a", "one#b"}
STAGES = "stages:\n" + "".join(
    f'  - {{approach: "{approach}", do: Do it., entry_test: Start., exit_test: End., cite: [one#a]}}\n'
    for approach in LADDER
)


class Shelf:
    """A folder of rule files that load; a test overwrites one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rules").mkdir()
        self.write("plan.yaml", STAGES)
        self.write("conflicts.yaml", "conflicts: []\n")
        self.write("rules/inferences.yaml", "inferences: []\n")
        self.table("rules/one.yaml", self.rule("one-a", "{dull: true}", "rag"))
        self.table("rules/panel.yaml", self.rule("panel-last", "always", "prompting"))

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return path

    def table(self, name: str, *rules: str, terms: str = "{}") -> Path:
        kind = "panel" if name.endswith("panel.yaml") else "pack" if name.startswith("pack") else "source"
        head = f"{kind}: {Path(name).stem}\nframework: A way of choosing.\nterms: {terms}\nrules:\n"
        return self.write(name, head + "".join(rules))

    def rule(
        self, rule_id: str, when: str, approach: str, *, effect: str = "for", examples: str = "", cite: str = "one#a"
    ) -> str:
        shown = examples or ("{}" if when == "always" else "{holds: {}, fails: {}, unknown: {}}")
        return (
            f"  - {{id: {rule_id}, effect: {effect}, approach: {approach}, when: {when}, "
            f"says: Because., cite: [{cite}], examples: {shown}}}\n"
        )

    def load(self, *packs: Path) -> RuleBook:
        return load_book(self.folder, LITTLE_CATALOGUE, LITTLE_PASSAGES, pack_dirs=packs)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture(scope="session")
def passages() -> dict[str, Passage]:
    return {passage.id: passage for passage in load_passages(CORPUS)}


@pytest.fixture(scope="session")
def book(passages: dict[str, Passage]) -> RuleBook:
    return load_book(CORPUS, load_catalogue(CORPUS), passages)


@pytest.fixture(scope="session")
def cells(book: RuleBook) -> Grid:
    return grid(book)


@pytest.fixture(scope="session")
def values(book: RuleBook, cells: Grid) -> dict[str, st.SearchStrategy[FactValue]]:
    """For each fact a strategy of its values, mostly at the bounds that the rules mention."""
    return {name: _values(spec, cells.get(name, ())) for name, spec in book.catalogue.items()}


def _values(spec: FactSpec, cells: tuple[FactValue, ...]) -> st.SearchStrategy[FactValue]:
    if spec.type == "bool":
        return st.booleans()
    if spec.type == "choice":
        return st.sampled_from(spec.options)
    low = 0 if spec.minimum is None else spec.minimum
    high = 10**9 if spec.maximum is None else spec.maximum
    if spec.type == "integer":
        anywhere: st.SearchStrategy[FactValue] = st.integers(int(low), int(high))
    else:
        anywhere = st.floats(low, high, allow_nan=False)
    return st.sampled_from(cells) | anywhere if cells else anywhere


@pytest.fixture(scope="session")
def stated(
    book: RuleBook, cells: Grid, values: dict[str, st.SearchStrategy[FactValue]]
) -> st.SearchStrategy[dict[str, FactValue]]:
    """A handful of facts that do not contradict one another."""
    names = st.sampled_from(sorted(cells)) | st.sampled_from(sorted(values))
    picked = st.lists(names, max_size=9, unique=True)
    drawn = picked.flatmap(lambda chosen: st.fixed_dictionaries({name: values[name] for name in chosen}))
    return drawn.filter(lambda facts: infer_values(dict(facts), book) is not None)

"""Who asks what a word of the replies means is told; who asks about the thing is not."""

from pathlib import Path

import pytest

from agent.answer.costs import costs
from agent.answer.glossary import asked_terms, glossary, load_glossary, unexplained
from agent.corpus.library import Library
from agent.errors import CorpusError
from agent.resources import data_dir


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("whats an adapter", ["adapter"]),
        ("What do you mean by an evaluation set, is that like our survey?", ["evaluation set"]),
        ("few-shot in normal person words", ["few-shot"]),
        ("Forgive the silly question but 'few-shot', is that a product we'd have to buy?", ["few-shot"]),
        ("a stronger model, what's that?", ["stronger model"]),
        ("constrained decoding?", ["structured output"]),
        ('what do "weights" and "adapters" mean here?', ["weights", "adapter"]),
        ("what does 'more answers cannot change this' mean", ["more answers cannot change this"]),
        ("explain LoRA to me like I'm five", ["adapter"]),
        ('"a ceiling you can measure": meaning what?', ["measurable ceiling"]),
        ("wdym by 'measured baseline'?", ["baseline"]),
        ("What you mean with special way of reasoning?", ["special way of reasoning"]),
        ("what do you call 'good example'?", ["good examples"]),
        ("what means LoRA / adapter?", ["adapter"]),
        ("bottleneck = ?", ["bottleneck"]),
        ("and by evaluation set you mean what?", ["evaluation set"]),
        ("an example?", []),
        ("what would change it?", []),
        ("what is fine-tuning good for?", []),
        ("what does fine-tuning cost?", []),
        ("is fine-tuning a good idea?", []),
        ("what is the verdict", []),
        ("what's our latency budget?", []),
        ("what would retrieval mean for us?", []),
        ("fine-tuning then?", []),
        ("our format is fixed, is that a problem?", []),
    ],
)
def test_which_words_are_asked_for(text: str, terms: list[str]) -> None:
    assert [term.term for term in asked_terms(text)] == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [("what is an evaluation set?", ["evaluation set"]), ("what is RAG?", []), ("what does RAG cost?", [])],
)
def test_the_glossary_explains_what_no_passage_does(tmp_path: Path, text: str, terms: list[str]) -> None:
    passages = Library.open(data_dir("corpus"), tmp_path).passages
    assert [term.term for term in unexplained(text, passages)] == terms


def test_what_the_data_cites_is_there(tmp_path: Path) -> None:
    """Terms and costs rest on passages of the corpus."""
    known = {passage.id for passage in Library.open(data_dir("corpus"), tmp_path).passages}
    cited = {id for term in glossary().values() for id in term.cite}
    cited |= {id for ids in (*costs().costs.values(), costs().compared) for id in ids}
    assert cited <= known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("terms: [{term: a, means: b, also: [c]}, {term: C, means: d}]", "'c' names two terms"),
        ("terms: [{term: a}]", "cannot be read"),
    ],
)
def test_a_glossary_out_of_order(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=said):
        load_glossary(path)

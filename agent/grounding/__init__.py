"""The gate: whether each sentence of a draft rests on what it cites, on the verdict or on the user's own words.

Pure: data in, findings out. `sentences` reads a draft, `basis` says what a sentence may rest on, each check is a module
named for what it checks. What happens to a draft with findings is the advisor's business.

What it cannot see (measured by `python -m eval --only gate`):

- Meaning. A sentence whose words, numbers, approaches and negations all stand in its passage passes, even where it
  puts them together wrongly or claims a cause the passage does not. A citation exchanged for another is found where
  the sentence shares more words with what it does not cite, about six times in ten; a claim that shares a word with
  what it cites passes.
- Polarity in free prose. A reversed sentence is found where it repeats its passage closely, takes a stance towards an
  approach, denies what nothing cited denies, uses the opposite of a word of the passage, or turns an order, a
  comparison or a condition round: three in four of those planted, four in ten of those turned round by hand in words
  of their own. Words it has no opposite for, a condition left out, roles exchanged within a sentence, irony and "no"
  before a noun are beyond it. One honest sentence in some hundred is taken for a reversal.
- Approaches exchanged with one another within one passage ("retrieval for style, fine-tuning for knowledge").
- A number moved to another subject of its passage with the same unit or none, and spelled-out numbers without a unit
  ("two steps").
- Model names that carry digits (GPT-4o): they count as names, not as numbers.
- Quotations under four words, and quotations in other marks than double ones.
- Questions make no claim, so a loaded question passes.
- A sentence about the user's case is taken at its word unless it holds a number, a quotation or an approach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.grounding.approaches import check_approaches
from agent.grounding.authorities import check_authorities
from agent.grounding.basis import Case, open_case
from agent.grounding.citations import check_citations
from agent.grounding.findings import Finding, Flaw
from agent.grounding.numbers import read_numbers
from agent.grounding.polarity import check_polarity, reply_of
from agent.grounding.pruning import prune
from agent.grounding.quantities import check_numbers
from agent.grounding.quotations import check_quotes, match_quote
from agent.grounding.sentences import Sentence, claims_of, read_sentences
from agent.grounding.support import check_shared_words, check_support
from agent.naming import named_approaches
from agent.types import Draft, Passage, Source, UseCase, Verdict

__all__ = [
    "Finding",
    "Flaw",
    "Sentence",
    "check",
    "match_quote",
    "named_approaches",
    "prune",
    "read_numbers",
    "read_sentences",
    "reply_of",
]


def check(
    draft: Draft,
    allowed: Mapping[str, Passage],
    verdict: Verdict | None,
    question: str,
    use_case: UseCase | None,
    *,
    sources: Mapping[str, Source] | None = None,
    reply: str = "",
) -> tuple[Finding, ...]:
    """Return every flaw of the draft, in the order of its sentences; none means it may be shown.

    `allowed` holds the passages retrieved for the question and the premises of the rules that fired, by id; `reply` is
    the "yes" or "no" that the question gets, where that is known: a claim may follow this one, and no other.
    """
    case = open_case(draft, allowed, verdict, question, use_case, sources=sources or {}, reply=reply)
    findings: list[Finding] = []
    for sentence in read_sentences(draft.markdown):
        for claim in claims_of(sentence):
            findings += [Finding(item.flaw, sentence.text, item.detail) for item in _check_claim(claim, case)]
    return tuple(dict.fromkeys(findings))


def _check_claim(claim: Sentence, case: Case) -> Iterator[Finding]:
    basis = case.basis(claim)
    yield from check_citations(claim, case)
    yield from check_authorities(claim, basis, case)
    yield from check_quotes(claim, basis, case)
    yield from check_numbers(claim, basis)
    yield from check_approaches(claim, basis, case)
    yield from check_polarity(claim, basis, case)
    yield from check_shared_words(claim, basis, case)
    yield from check_support(claim, case)

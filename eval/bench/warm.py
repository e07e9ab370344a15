"""Answers in a running process: questions and described cases beside the bare encoding of the same text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.retrieval.encoder import QueryEncoder
from agent.settings import load_settings
from eval.bench.timing import ROUNDS, Ratio, median, milliseconds, percentile
from eval.cases import load_questions, load_use_cases
from eval.subject import Shipped

TIMES_ENCODING = 1.5
TIMES_MEDIAN = 2.0
QUESTION_MS = 50.0
CASE_MS = 150.0
CASE_WORDS = range(70, 110)


def measure(*, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield a line for questions and one for cases of about a hundred words."""
    subject = Shipped(load_settings())
    questions = [case.text for case in load_questions().cases]
    described = [c.text for c in load_use_cases().cases if len(c.text.split()) in CASE_WORDS]
    yield from _lines("warm question", questions, subject, rounds, QUESTION_MS)
    yield from _lines(f"warm case of {CASE_WORDS.start}+ words", described, subject, rounds, CASE_MS)


def _lines(what: str, texts: Sequence[str], subject: Shipped, rounds: int, limit_ms: float) -> Iterator[str]:
    encoder = QueryEncoder()
    asked: list[float] = []
    encoded: list[float] = []
    subject.ask(texts[0]), encoder.encode(texts[:1])
    # Texts in turn, each asked and encoded bare, until there are enough for a 95th percentile.
    for text in (list(texts) * rounds)[: max(len(texts), 20 * rounds)]:
        asked.append(milliseconds(lambda text=text: subject.ask(text)))  # type: ignore[misc]
        encoded.append(milliseconds(lambda text=text: encoder.encode([text])))  # type: ignore[misc]
    p50, p95 = median(asked), percentile(asked, 0.95)
    bound = TIMES_ENCODING if "question" in what else None
    yield Ratio(f"{what}, p50", "encoding it bare", p50, median(encoded), "ms", bound).line
    spread = "ok" if p95 <= TIMES_MEDIAN * p50 else "ABOVE"
    tail = f"p95 {p95:.1f} ms = {p95 / p50:.2f} × p50, at most {TIMES_MEDIAN:g}: {spread}; {len(asked)} calls"
    yield f"{'':34} {tail}; p50 at most {limit_ms:g} ms: {'ok' if p50 <= limit_ms else 'ABOVE'}"

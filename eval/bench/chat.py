"""A turn of a conversation in a running process, beside a plain retrieval of the same words."""

from __future__ import annotations

from collections.abc import Iterator

from agent.bootstrap import open_advisor, open_retriever
from agent.settings import load_settings
from eval.bench.timing import ROUNDS, Ratio, median, milliseconds, percentile
from eval.conversations import load_scripts, opened

TURN_MS = 100.0


def measure(*, rounds: int = ROUNDS) -> Iterator[str]:
    """Yield a line for all turns of the scripted conversations, and one for those that state a fact."""
    settings = load_settings()
    advisor, _ = open_advisor(settings, [], notify=print, use_model="never")
    _, retriever = open_retriever(settings, notify=print)
    scripts = list(load_scripts().values())
    turns: list[float] = []
    stating: list[float] = []
    searched: list[float] = []
    opened(advisor, [scripts[0].turns[0].say]), retriever.search(scripts[0].turns[0].say, k=8)
    for _round in range(max(1, rounds // 3)):
        for script in scripts:
            conversation = opened(advisor)
            for said in script.turns:
                before = len(conversation.state.facts)
                took = milliseconds(lambda text=said.say, to=conversation: to.take(text))  # type: ignore[misc]
                turns.append(took)
                stating += [took] if len(conversation.state.facts) != before else []
                searched.append(milliseconds(lambda text=said.say: retriever.search(text, k=8)))  # type: ignore[misc]
    yield from _lines("chat turn, p50", turns, searched)
    yield from _lines("chat turn that states a fact, p50", stating, searched)


def _lines(what: str, turns: list[float], searched: list[float]) -> Iterator[str]:
    p50, p95 = median(turns), percentile(turns, 0.95)
    yield Ratio(what, "a plain retrieval", p50, median(searched), "ms").line
    verdict = "ok" if p50 <= TURN_MS else "ABOVE"
    yield f"{'':34} p95 {p95:.1f} ms; {len(turns)} turns; p50 at most {TURN_MS:g} ms: {verdict}"

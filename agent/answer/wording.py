"""Words for people: names of approaches and sources, facts as clauses, users' words shown safely, numbered citations.

Owns no judgement; what to say is decided by those who compose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from agent.corpus.cards import publisher_of
from agent.expressions import expression
from agent.text import lower_first, seen
from agent.types import Approach, Citation, FactSpec, FactValue, Flip, Obstacle, Passage, Source, Verdict

LABELS: dict[Approach, str] = {
    "measure_first": "measuring first",
    "prompting": "better prompting",
    "few_shot": "few-shot examples",
    "rag": "retrieval (RAG)",
    "structured_output": "structured output",
    "stronger_model": "a stronger model",
    "fine_tuning": "fine-tuning",
    "distillation": "distillation",
    "rag+fine_tuning": "retrieval (RAG) with fine-tuning",
}

HEADLINES: dict[Approach, str] = {
    "measure_first": "Measure first, before choosing anything.",
    "prompting": "Start with better prompting.",
    "few_shot": "Start with a few good examples in the prompt (few-shot prompting).",
    "rag": "Start with retrieval (RAG).",
    "structured_output": "Start with structured output (constrained decoding).",
    "stronger_model": "Try a stronger model.",
    "fine_tuning": "Fine-tuning is worth it here.",
    "distillation": "Train a small model to imitate the large one (distillation).",
    "rag+fine_tuning": "Combine retrieval (RAG) for the knowledge with fine-tuning for the behaviour.",
}

_ONE = expression(r"\b(?P<every>every )?1 (?P<thing>(?:\w+ )?\w{3,}?)s\b")

_SPELLED = {
    spelling: label
    for name, label in LABELS.items()
    if name not in ("prompting", "distillation")
    for spelling in (name, name.replace("_", " "))
}
"""Labels of approaches as rules and catalogue write them, where people say it otherwise."""
_BARE = expression(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(_SPELLED, key=len, reverse=True)))})(?![\w+-])")

_PLAIN = frozenset(
    re.findall(
        r"\w+",
        "that this with from they them their there what when where which will would than then into only more most",
    )
)

_LONG = ((60_000, 60_000, "minute"), (1_000, 100, "second"))
"""Units that people say long times in: their milliseconds, and the least part of them that is told."""

EXACT_BELOW = 100
"""Number from which decimals tell nothing."""
MAX_QUOTE_WORDS = 14
MAX_QUOTE_CHARACTERS = 110


def turning(recommendation: Approach) -> str:
    """Return on what condition the plan goes on beyond the recommended rung."""
    return "once that is measured" if recommendation == "measure_first" else "only if that falls short"


def show_value(value: FactValue, *, is_ratio: bool = False) -> str:
    """Write a value as people do: yes, 5,000, 95%, cost or latency."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("_", " or ")
    if is_ratio:
        rounded = f"{value * 100:.4g}"
        return f"{value * 100:.8g}%" if rounded == "100" and value < 1 else f"{rounded}%"
    places = 0 if abs(value) >= EXACT_BELOW else 1 if abs(value) >= 1 else 4
    return f"{value:,.{places}f}".rstrip("0").rstrip(".") if places else f"{value:,.0f}"


def clause(spec: FactSpec | None, name: str, value: FactValue) -> str:
    """Return a clause that says the fact, fit to follow "if" or "because": `you have 800 labelled examples`."""
    key = str(value).lower() if isinstance(value, bool) else str(value)
    shown = show_value(value, is_ratio=spec is not None and spec.type == "ratio")
    if spec is not None:
        phrase = spec.phrase.get(key) or spec.phrase.get(shown) or spec.phrase.get("value", "")
        if phrase:
            if spec.unit == "days" and isinstance(value, float) and 0 < value < 1:
                phrase = phrase.replace("{value} days", _in_hours(value))
            if spec.unit == "ms" and not isinstance(value, bool | str):
                phrase = phrase.replace("{value} ms", _in_time(value))
            if spec.unit.startswith("requests") and not isinstance(value, bool | str) and value >= 1:
                shown = f"{value:,.0f}"
            said = phrase.replace("{value}", shown)
            return _ONE.sub(_singular, said) if shown == "1" else said
    return f"{name.replace('_', ' ')} is {shown}"


def _in_time(ms: float) -> str:
    """Return a time in the unit that people say it in: 1.5 seconds, 90 seconds, 5 minutes."""
    unit_ms, unit = next(((size, name) for size, least, name in _LONG if ms >= size and ms % least == 0), (1, "ms"))
    shown = show_value(ms / unit_ms)
    return f"{shown} {unit}" if unit == "ms" or shown == "1" else f"{shown} {unit}s"


def _in_hours(days: float) -> str:
    hours = max(1, round(days * 24))
    return "hour" if hours == 1 else f"{hours} hours"


def changed(flip: Flip, catalogue: Mapping[str, FactSpec]) -> str:
    """Return what a flip changes as clauses: `you have 500 labelled examples or more`."""
    clauses = [clause(catalogue.get(name), name, value) for name, value in flip.changes.items()]
    return f"{' and '.join(clauses)} {flip.reach}".rstrip()


def is_measuring(flip: Flip, verdict: Verdict) -> bool:
    """Say whether the flip is the measuring that is recommended, which may also find otherwise."""
    is_done = all(value is True for value in flip.changes.values())
    return verdict.recommendation == "measure_first" and flip.in_your_control and is_done


def missing(obstacles: Iterable[Obstacle], catalogue: Mapping[str, FactSpec]) -> str:
    """Return what a rule lacks as clauses: what is otherwise here, then what nobody has said."""
    listed = list(obstacles)
    otherwise = [clause(catalogue.get(item.fact), item.fact, item.value) for item in listed if item.value is not None]
    unsaid = [needed(item, catalogue) for item in listed if item.value is None]
    told = [f"here {_listed(otherwise, 'and')}"] if otherwise else []
    told += [f"it is open whether {_listed(unsaid, 'and')}"] if unsaid else []
    return ", and ".join(told)


def needed(obstacle: Obstacle, catalogue: Mapping[str, FactSpec]) -> str:
    """Return what is open as a clause to follow "whether": `you have 500 labelled examples or more`.

    Whether it is not so is asked as whether it is.
    """
    is_asked = obstacle.needed in ("yes", "no")
    return required(replace(obstacle, needed="yes") if is_asked else obstacle, catalogue)


def required(obstacle: Obstacle, catalogue: Mapping[str, FactSpec]) -> str:
    """Return what is needed as a clause to follow "if": `prompting falls short of what you need`."""
    spec = catalogue.get(obstacle.fact)
    comparison, _, figure = obstacle.needed.rpartition(" ")
    words = {"at least": "or more", "more than": "and more", "at most": "or less", "less than": "at most"}
    if comparison in words and re.fullmatch(r"[\d.,]+", figure):
        return f"{clause(spec, obstacle.fact, float(figure.replace(',', '')))} {words[comparison]}"
    wanted = obstacle.needed.removeprefix("one of ").split(", ")
    return _listed([clause(spec, obstacle.fact, _value(spec, option)) for option in wanted], "or")


def _value(spec: FactSpec | None, option: str) -> FactValue:
    """Read back a value as conditions write it: yes, cost latency."""
    if option in ("yes", "no"):
        return option == "yes"
    named = {choice.replace("_", " "): choice for choice in (spec.options if spec else ())}
    return named.get(option, option)


def _listed(clauses: Sequence[str], word: str) -> str:
    *first, last = dict.fromkeys(clauses)
    return f"{', '.join(first)} {word} {last}" if first else last


def _singular(match: re.Match[str]) -> str:
    return f"every {match['thing']}" if match["every"] else f"1 {match['thing']}"


def name_source(source: Source | None, source_id: str) -> str:
    """Return the short name a reader knows the source by: its publisher, or its title where none is named."""
    if source is None:
        return source_id
    return publisher_of(source) or f"*{escape(source.title)}*"


def cite(number: int, passage: Passage, sources: Mapping[str, Source]) -> Citation:
    """Return the citation that a number in an answer stands for."""
    return Citation(
        number=number,
        passage=passage.id,
        source=passage.source,
        title=sources[passage.source].title,
        section=passage.section,
        quote=passage.cited_text,
        verbatim=bool(passage.quote),
    )


def content_words(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning, for telling whether two sentences make the same point."""
    return frozenset(word[:6] for word in re.findall(r"[a-z]{4,}", text.lower()) if word not in _PLAIN)


def in_words(text: str) -> str:
    """Replace the bare labels of approaches (`fine tuning`, `rag+fine_tuning`) by their names for people."""
    return _BARE.sub(lambda match: _SPELLED[match[0]], text)


def escape(text: str) -> str:
    """Escape what Markdown or HTML would read as markup, so that the text shows as it is; "~1k" and "R&D" are none."""
    text = re.sub(r"([\\`*\[\]<>|]|~(?!\d)|(?<=\S)~|&(?=#?\w+;))", r"\\\1", text)
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)


def quote_user(text: str) -> str:
    """Return the user's words in quotation marks: one line, cut at a word's end, safe to show; "" where none fit."""
    words = seen(text).replace("“", '"').replace("”", '"').split()
    kept = words[:MAX_QUOTE_WORDS]
    while kept and len(" ".join(kept)) > MAX_QUOTE_CHARACTERS:
        kept.pop()
    if not any(char.isalnum() for word in kept for char in word):
        return ""
    shown = " ".join(kept).strip(" .,;:!?…-–—")
    ending = " …" if len(kept) < len(words) else ""
    return f"“{escape(shown)}{ending}”"


SENTENCE_END = expression(r"(?<=[.!?])\s+(?=[A-Z\"“(])")


def one_claim(text: str) -> str:
    """Join the sentences of a short text by semicolons, so that one marker at the end covers them all."""
    first, *others = SENTENCE_END.split(text)
    return "; ".join([first.rstrip("."), *(lower_first(other.rstrip(".")) for other in others)])


class Numbering:
    """Numbers passages in the order they are first cited; the ids it holds are the draft's citations."""

    def __init__(self, passages: Mapping[str, Passage]) -> None:
        self._passages = passages
        self._numbers: dict[str, int] = {}

    @property
    def cited(self) -> tuple[str, ...]:
        """The cited passage ids, [1] first."""
        return tuple(self._numbers)

    def markers(self, passage_ids: Iterable[str], *, most: int = 2) -> str:
        """Return ` [1][2]` for up to `most` of the passages; "" where none of them is known."""
        known = [passage_id for passage_id in dict.fromkeys(passage_ids) if passage_id in self._passages][:most]
        numbers = [self._numbers.setdefault(passage_id, len(self._numbers) + 1) for passage_id in known]
        return f" {''.join(f'[{number}]' for number in numbers)}" if numbers else ""

    def sentence(self, text: str, passage_ids: Iterable[str], *, most: int = 2) -> str:
        """Return the text as one cited sentence; "" where no passage backs it."""
        markers = self.markers(passage_ids, most=most)
        return f"{text.strip().rstrip('.')}{markers}." if markers and text.strip() else ""

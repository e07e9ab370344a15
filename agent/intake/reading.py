"""Reads a described use case: text in, facts with the user's exact words out.

The order of the sentences does not matter, except that a withdrawal ("scratch that") replaces what was said before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from agent.expressions import expression
from agent.intake.candidates import Candidate, find_candidates
from agent.intake.catalogue import allowed_form, is_in_range
from agent.intake.cues import COMPLAINTS, KIND, Cue, Key, find_cues, lexicon
from agent.intake.scope import demands, is_encoded, is_framing, is_order, scope_of, withdraws
from agent.intake.sentences import Span, flatten, split_clauses, split_sentences
from agent.text import is_english
from agent.types import FOLLOWS, Contradiction, Fact, FactSpec, FactValue, UseCase

if TYPE_CHECKING:
    from agent.intake.heads import Heads, Scored, Told
    from agent.intake.short import Turn
    from agent.intake.weighing import AmountHeads, Weighed

CHARACTERS_AT_MOST = 20_000
SENTENCES_AT_MOST = 250
EVIDENCE_AT_MOST = 300
_PROMPTED = ("prompting_sufficient", "few_shot_sufficient")
"""Never enough while less is measured than is wanted."""
FRAMED = "considering_fine_tuning"
"""The only fact that pleading for or against an approach can state."""
RUNNING = frozenset((*COMPLAINTS, *FOLLOWS, *FOLLOWS.values()))
"""Troubles and attempts: who only demands something tells of none."""
RHYTHMS = frozenset({"knowledge_change_days", "behaviour_change_days"})
CERTAIN = 0.8
"""Probability from which one of several rhythms counts beside the likeliest."""
EASILY_READ = 14
"""Words of evidence that are shown whole."""
SEARCHED: Key = ("rag_tried", True)
_BUILDS_LATER = expression(
    r"\b(?:(?:plan|planning|considering|thinking (?:of|about)|about|want|wants|would like|hope|going|idea is|dream(?:ing)? of)(?: to)?"
    r" (?:(?:build|have|make|set up|offer|launch|introduce|develop)(?:ing)? )?(?:an?|our own|some) (?:\w+ ){0,3}(?:bot|chatbot|assistant|copilot|helper|app|tool|q&a|search))\b"
)
"""Tells of a thing that is yet to be built, and so searches nothing."""
TRAINED: Key = ("fine_tuning_tried", True)
_TUNES_PROMPT = expression(r"\bprompts?\b[^.;,]{0,25}\btuned\b|\btun(?:ed|ing|e)\b (?:\w+ ){0,3}prompts?\b")
_TRAINS = expression(r"\bfine-? ?tun\w*|\btrain\w*|\blora\b|\badapters?\b|\bdistil\w*")
TEACHER = "teacher_outputs"
_MODEL = expression(
    r"\b(?:gpt\S*|4o|o[134]|davinci|opus|sonnet|haiku|claude|gemini|gemma\S*|llama\S*|mistral|mixtral|qwen\S*|deepseek\S*|r1|bert\S*|roberta|\d+b|llms?|vlms?|models?|teacher|ai"
    r"|openai|anthropic|distil\w*|chatgpt|bots?|assistants?|pipelines?|chains?|apis?|provider|classifiers?|network|transformers?|flagship|giant|frontier|systems?|completions|rationales|traces|scor(?:es?|ing)"
    r"|(?:big|large|old|strong|dear|expensive|smart|slow)\w*(?: \w+)? one|\d\.\d(?:-\w+)?)\b"
)
"""What learns or answers; where a text speaks of none, none has left outputs to train on."""
UNCOMPARED: Key = ("alternatives_compared", False)
CLEARLY = 0.25
"""Probability of a sentence from which two opposite statements count as a contradiction rather than as a matter of degree."""
CLEARER_BY = 0.2
"""A value is stated where it is likelier than every other of its fact by so much; else the fact is asked for."""
OUTSPOKEN = 0.7
"""Probability from which a sentence may deny what its cue speaks for: "nobody here can run a server"."""
LEAST_IN_REMARK, LEAST_WITH_CUE = 0.25, 0.12
"""Probability from which a remark states a value, without a cue for it and with one; the facts of a whole text have
thresholds of their own."""
LEAST_SCORE, PLAINLY, SURELY = 0.08, 0.5, 0.9
"""No fact rests on what is usual alone: some sentence must carry a cue for it or score the first; the second
says it plainly, and the third is the probability from which a whole text leaves no doubt."""
_JOINING = expression(r"^(?i:(?:and|but|so|also|plus|yet)\b(?! far\b| that\b)[,\s]+)+(?=\S)")
WIDTH = 384
"""Of MiniLM's vector; the reader's own stands behind it."""


class Encode(Protocol):
    """Gives for each text its vector beside what the reader makes of it; the first `case` texts are of one case."""

    def __call__(self, texts: Sequence[str], /, case: int = 0) -> Any:
        """Return (texts, 768 + 2n) for n fact values."""


class Reading(Struct, frozen=True):
    """What was understood of a text."""

    use_case: UseCase
    remarks: tuple[str, ...] = ()
    """One clear line for each thing that was left out, and why."""
    sentences: tuple[Span, ...] = ()
    vectors: Any = None
    """(s, 384) MiniLM's unit vectors of the sentences, for others to use again; None where there is no sentence."""
    whole: Any = None
    """(384,) unit vector of the whole text; None where it was not encoded."""
    plain: frozenset[str] = frozenset()
    """Facts that some sentence says plainly by itself, and not in the light of the others alone."""
    sure: frozenset[str] = frozenset()
    """Facts that the text as a whole leaves next to no doubt of."""


class _Judged(Struct, frozen=True):
    """What words say, without the numbers."""

    facts: dict[str, Fact]
    contradictions: tuple[Contradiction, ...]
    plain: frozenset[str]
    sure: frozenset[str]


class Prepared(Struct, frozen=True):
    """A text cut up, with everything that is read from it without trained numbers."""

    sentences: tuple[Span, ...]
    flats: tuple[str, ...]
    cues: tuple[tuple[Cue, ...], ...]
    candidates: tuple[tuple[Candidate, ...], ...]
    """What could be a numeric fact, by sentence."""
    remarks: tuple[str, ...] = ()


class Seen(Struct, frozen=True):
    """What the encoder makes of the sentences of a text; s sentences, n fact values."""

    vectors: Any
    """(s, 384) MiniLM's unit vectors."""
    told: Told
    """What each sentence says by itself."""
    gist: Any
    """(n,) logits of what all sentences together tell; None where they are too few."""
    turn: Turn | None = None
    """A text of few sentences as a whole; None where there are more."""


def read(
    text: str,
    catalogue: Mapping[str, FactSpec],
    encode: Encode,
    *,
    whole_until: int = 0,
    cache_dir: Path | None = None,
) -> Reading:
    """Return the facts that a text states.

    `encode` gives for each sentence MiniLM's unit vector (384,) beside what the reader makes of it. A text of up to
    `whole_until` characters is encoded whole as well, in the same pass, for others to use. The cues are kept in
    `cache_dir`.
    """
    from agent.intake.heads import load_heads
    from agent.intake.weighing import load_amount_heads

    lexicon(cache_dir)
    prepared = prepare(text)
    if not prepared.sentences:
        return Reading(UseCase({}), prepared.remarks)
    also = [text] if len(text) <= whole_until else []
    seen, vectors = look(prepared, encode, also)
    # Few questions state a number, and what weighs numbers takes a tenth of a first reading to load.
    amount_heads = load_amount_heads() if any(prepared.candidates) else None
    reading = read_with((load_heads(), amount_heads), text, prepared, seen, catalogue)
    return replace(reading, whole=vectors[0]) if also else reading


def look(prepared: Prepared, encode: Encode, also: Sequence[str] = ()) -> tuple[Seen, Any]:
    """Return what the encoder makes of a text's sentences, and MiniLM's vectors (n, 384) of other texts, in one pass."""
    from agent.intake.heads import load_sentence_heads, tell, together
    from agent.intake.short import Turn

    sentences = [sentence.text for sentence in prepared.sentences]
    telling = told_together(prepared)
    order = [*telling, *(sentence for sentence in dict.fromkeys(sentences) if sentence not in telling)]
    joined = " ".join(sentences)  # without what is no statement, such as orders to the reader
    texts = list(dict.fromkeys([*order, *([] if telling else [joined]), *also]))
    rows = encode(texts, case=len(telling))
    sheet = rows[[order.index(sentence) for sentence in sentences]]
    heads = load_sentence_heads()
    told = tell(heads, sheet[:, WIDTH : -len(heads.keys)], prepared.flats)
    gist = rows[: len(telling), -len(heads.keys) :].mean(axis=0) if telling else None
    turn = None
    if gist is None:
        row, flat = rows[[texts.index(joined)]], flatten(joined)
        turn = Turn(row[0, : 2 * WIDTH], tell(heads, row[:, WIDTH : -len(heads.keys)], [flat]), flat)
        told = together(told, turn.told)
    return Seen(sheet[:, :WIDTH], told, gist, turn), rows[[texts.index(other) for other in also], :WIDTH]


def told_together(prepared: Prepared) -> list[str]:
    """Return the different sentences of a case, in an order that is not the text's; none of a remark, nor pleading."""
    from agent.intake.heads import SHORT

    pairs = zip(prepared.sentences, prepared.flats, strict=True)
    telling = sorted({sentence.text for sentence, flat in pairs if not is_framing(flat)})
    return telling if len(telling) > SHORT else []


def prepare(text: str) -> Prepared:
    """Cut a text up and find its cues and what could be amounts; orders to the reader and other languages are left out."""
    kept, remarks = cut(text)
    return Prepared(
        sentences=tuple(span for span, _ in kept),
        flats=tuple(flat for _, flat in kept),
        cues=tuple(find_cues(span) for span, _ in kept),
        candidates=tuple(
            () if is_framing(flat) else find_candidates(span, last)
            for (span, flat), last in zip(kept, ("", *(flat for _, flat in kept)), strict=False)
        ),
        remarks=remarks,
    )


def cut(text: str) -> tuple[list[tuple[Span, str]], tuple[str, ...]]:
    """Return the sentences that are read, each with its flattened words, and remarks on what is not."""
    remarks = []
    if len(text) > CHARACTERS_AT_MOST:
        remarks.append(f"only the first {CHARACTERS_AT_MOST:,} characters of the text were read")
    spans = split_sentences(text[:CHARACTERS_AT_MOST])
    if len(spans) > SENTENCES_AT_MOST:
        remarks.append(f"only the first {SENTENCES_AT_MOST} sentences of the text were read")
    pairs = [(span, flatten(span.text)) for span in spans[:SENTENCES_AT_MOST]]
    kept = [
        (span, flat)
        for span, flat in pairs
        if not is_order(flat) and not is_encoded(span.text) and is_english(span.text, foreign_from=3)
    ]
    return kept, tuple(remarks)


def read_with(
    trained: tuple[Heads, AmountHeads | None],
    text: str,
    prepared: Prepared,
    seen: Seen,
    catalogue: Mapping[str, FactSpec],
) -> Reading:
    """Return the reading of a prepared text under the given heads for words and for numbers, which needs candidates."""
    heads, amount_heads = trained
    counts, mask = tables(heads.keys, prepared, seen.told.scores)
    judged = _judged(heads, text, prepared, (seen, counts, mask), catalogue)
    numbers, disputed, remarks = _numbers(amount_heads, text, prepared, seen, catalogue)
    return Reading(
        UseCase({**_as_measured(judged.facts, numbers), **numbers}, (*judged.contradictions, *disputed)),
        (*prepared.remarks, *remarks),
        prepared.sentences,
        seen.vectors,
        plain=judged.plain,
        sure=judged.sure,
    )


def tables(keys: Sequence[tuple[str, bool | str]], prepared: Prepared, scores: Any) -> tuple[Any, Any]:
    """Return cue counts and permission masks, both (s, n): which sentence speaks for, and may state, which value.

    `scores` (s, n) are how likely each sentence states each value by itself.
    """
    import numpy as np

    column, now, framed, running = _columns(tuple(keys))
    counts = np.zeros((len(prepared.sentences), len(keys)), dtype=np.float32)
    mask = np.ones_like(counts)
    for row, (sentence, flat) in enumerate(zip(prepared.sentences, prepared.flats, strict=True)):
        cued = {cue.key for cue in prepared.cues[row]}
        for key in cued & column.keys():
            counts[row, column[key]] = 1
        if is_framing(flat):
            mask[row] = framed
        elif not any(scope_of(flatten(c.text), flat).is_so_today for c in split_clauses(sentence)):
            mask[row] = ~now
        elif demands(flat):
            mask[row] = ~running | (counts[row] > 0)
        for key in _outspoken(cued) & column.keys():
            is_denial = key[1] is False and key[0] not in FOLLOWS and scores[row, column[key]] >= OUTSPOKEN
            mask[row, column[key]] *= is_denial
        for key in (_denied_kinds(cued) | _unsaid(cued, flat)) & column.keys():
            mask[row, column[key]] = 0
    return counts, mask


@cache
def _columns(keys: tuple[Key, ...]) -> tuple[dict[Key, int], Any, Any, Any]:
    """Return where each key stands, and masks (n,): what holds of today only, of pleading, of what runs or was tried."""
    import numpy as np

    now = np.array([fact in lexicon().now for fact, _ in keys])
    framed = np.array([fact == FRAMED for fact, _ in keys])
    running = np.array([fact in RUNNING for fact, _ in keys])
    return {key: at for at, key in enumerate(keys)}, now, framed, running


def _outspoken(cued: set[tuple[str, bool | str]]) -> set[Key]:
    """Return the truth values that a sentence hardly states, since its cues speak for the opposite only."""
    opposite: set[Key] = {(fact, not value) for fact, value in cued if isinstance(value, bool)}
    return opposite - cued


def _denied_kinds(cued: set[Key]) -> set[Key]:
    """Return the kinds of problem of which a sentence denies a complaint and names none."""
    named = {kind for fact, kind in COMPLAINTS.items() if (fact, True) in cued}
    denied = {kind for fact, kind in COMPLAINTS.items() if (fact, False) in cued}
    unnamed: set[Key] = {(KIND, kind) for kind in denied - named}
    return unnamed - cued


def _unsaid(cued: set[Key], flat: str) -> set[Key]:
    """Return what a sentence seems to say and does not.

    Who names one thing that was not tried does not say that nothing was compared, who tuned a prompt trained nothing.
    """
    names_one = any((attempt, False) in cued for attempt in FOLLOWS.values())
    unsaid = {UNCOMPARED} - cued if names_one else set()
    unsaid |= {SEARCHED} - cued if _BUILDS_LATER.search(flat) else set()
    return unsaid | {TRAINED} if _TUNES_PROMPT.search(flat) and not _TRAINS.search(flat) else unsaid


def _judged(
    heads: Heads, text: str, prepared: Prepared, rows: tuple[Seen, Any, Any], catalogue: Mapping[str, FactSpec]
) -> _Judged:
    seen, counts, mask = rows
    scored = _scored(heads, seen, counts, mask)
    if any(map(withdraws, prepared.flats[1:])):
        mask = _without_withdrawn(heads, prepared, scored, counts, mask)
        scored = _scored(heads, seen, counts, mask)
    facts: dict[str, Fact] = {}
    contradictions, plain, sure = [], set(), set()
    told = counts * mask
    cued, likely = told.any(axis=0).tolist(), scored.probabilities.tolist()
    for name, columns in _by_fact(heads.keys).items():
        if name not in catalogue:
            continue
        both = [at for at in columns if cued[at]]
        opposed = _opposed(heads, text, prepared, scored, (both, told)) if len(both) > 1 else ()
        best = max(columns, key=likely.__getitem__)
        if opposed:
            contradictions.append(Contradiction(name, opposed))
        elif (
            likely[best] >= _least(heads, seen, name, is_cued=cued[best])
            and _is_said(scored, told, best)
            and _is_clear(columns, best, likely, cued)
        ):
            facts[name] = _fact(heads, text, prepared, scored, (best, told))
            if scored.sentences[:, best].max() >= PLAINLY:
                plain.add(name)
            if likely[best] >= SURELY:
                sure.add(name)
    unfounded = set(_unfounded(facts, is_short=seen.gist is None))
    if TEACHER in facts and facts[TEACHER].value is True and not any(map(_MODEL.search, prepared.flats)):
        unfounded.add(TEACHER)
    kept = {name: fact for name, fact in facts.items() if name not in unfounded}
    return _Judged(kept, tuple(contradictions), frozenset(plain), frozenset(sure))


def _scored(heads: Heads, seen: Seen, counts: Any, mask: Any) -> Scored:
    """Score a text by what its sentences say together, a remark by what was learned of remarks."""
    from agent.intake.heads import Scored, permitted, score
    from agent.intake.short import load_short_heads, score_short

    if seen.turn is None:
        return score(heads, seen.told, seen.gist, (counts, mask))
    probabilities = score_short(load_short_heads(), heads.keys, seen.turn, counts, mask)
    return Scored(permitted(seen.told, mask).scores, probabilities)


def _least(heads: Heads, seen: Seen, name: str, *, is_cued: bool) -> float:
    """Return the probability from which a text states a fact."""
    if seen.turn is None:
        return heads.thresholds[name]
    return LEAST_WITH_CUE if is_cued else LEAST_IN_REMARK


def _unfounded(facts: Mapping[str, Fact], *, is_short: bool) -> Iterator[str]:
    """Yield what cannot have gone well or ill, since it was not tried; "it works" alone does not tell what does."""
    for name, first in FOLLOWS.items():
        is_untried = first in facts and facts[first].value is False
        is_unnamed = is_short and first not in facts and name in facts and facts[name].value is True
        if is_untried or is_unnamed:
            yield name


def _as_measured(facts: Mapping[str, Fact], numbers: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the facts less what numbers say better, or refute where they are told in the same words.

    Volume is what is said without a number. Accuracies tell whether something was enough, and short of the target no
    prompt was; how often knowledge changes tells of no requirement that moves.
    """
    now, wanted, changes = (numbers.get(name) for name in ("accuracy_now", "accuracy_target", "knowledge_change_days"))
    refuting: dict[str, tuple[Fact, ...]] = {}
    unsaid = {"volume"} if "requests_per_month" in numbers else set()
    if now and wanted:
        is_reached = float(now.value) >= float(wanted.value)
        refuting = {name: (now, wanted) for name in FOLLOWS if name in facts and facts[name].value is not is_reached}
        unsaid |= {name for name in _PROMPTED if name in refuting and not is_reached}
    if changes and "behaviour_change_days" not in numbers and _is_false(facts.get("requirements_stable")):
        refuting["requirements_stable"] = (changes,)
    return {
        name: fact
        for name, fact in facts.items()
        if name not in unsaid and not any(_share_words(fact, number) for number in refuting.get(name, ()))
    }


def _is_false(fact: Fact | None) -> bool:
    return fact is not None and fact.value is False


def _share_words(one: Fact, other: Fact) -> bool:
    return one.evidence in other.evidence or other.evidence in one.evidence


def _is_clear(columns: Sequence[int], best: int, likely: Sequence[float], cued: Sequence[bool]) -> bool:
    """Whether a value is clearly likelier than every other of its fact, or alone has a cue."""
    others = [at for at in columns if at != best]
    is_alone = cued[best] and not any(cued[at] for at in others)
    return is_alone or all(likely[best] - likely[at] >= CLEARER_BY for at in others)


def _is_said(scored: Scored, counts: Any, column: int) -> bool:
    return bool(scored.sentences[:, column].max() >= LEAST_SCORE or counts[:, column].any())


@cache
def _by_fact(keys: tuple[Key, ...]) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    for at, (name, _) in enumerate(keys):
        columns.setdefault(name, []).append(at)
    return columns


def _without_withdrawn(heads: Heads, prepared: Prepared, scored: Scored, counts: Any, mask: Any) -> Any:
    """Close earlier sentences to every fact that a later withdrawal states anew."""
    kept = mask.copy()
    for row, flat in enumerate(prepared.flats):
        if row and withdraws(flat):
            for columns in _by_fact(heads.keys).values():
                if scored.sentences[row, columns].max() >= CLEARLY or counts[row, columns].any():
                    kept[:row, columns] = 0
    return kept


def _opposed(
    heads: Heads, text: str, prepared: Prepared, scored: Scored, where: tuple[list[int], Any]
) -> tuple[Fact, ...]:
    """Return both statements where one sentence says yes and another says no just as clearly; of cued columns only."""
    columns, counts = where
    truths = [at for at in columns if isinstance(heads.keys[at][1], bool)]
    if len(truths) < 2:
        return ()
    rows = [int(scored.sentences[:, at].argmax()) for at in truths]
    clear = all(
        scored.sentences[row, at] >= CLEARLY and counts[row, at] > 0 for row, at in zip(rows, truths, strict=True)
    )
    if not clear or rows[0] == rows[1]:
        return ()
    return tuple(_fact(heads, text, prepared, scored, (at, counts)) for at in truths)


def _fact(heads: Heads, text: str, prepared: Prepared, scored: Scored, where: tuple[int, Any]) -> Fact:
    column, counts = where
    name, value = heads.keys[column]
    row = int((scored.sentences[:, column] + 0.5 * counts[:, column]).argmax())
    sentence = prepared.sentences[row]
    cue = next((cue for cue in prepared.cues[row] if cue.key == (name, value)), None)
    words = _clause_of(sentence, cue) if cue else sentence
    return Fact(name, value, evidence=_quoted(text[words.start : words.end]))


def _clause_of(sentence: Span, cue: Cue) -> Span:
    touched = [clause for clause in split_clauses(sentence) if clause.start < cue.end and clause.end > cue.start]
    if not touched:
        return sentence
    start, end = touched[0].start, touched[-1].end
    clause = Span(sentence.text[start - sentence.start : end - sentence.start], start, end)
    return clause if len(clause.text.split()) <= EASILY_READ else _between_commas(clause, cue)


def _between_commas(clause: Span, cue: Cue) -> Span:
    """Return what stands around a cue, from comma to comma: of a long clause the rest would hide it."""
    before = clause.text.rfind(", ", 0, max(cue.start - clause.start, 0))
    after = clause.text.find(", ", cue.end - clause.start)
    start, end = (before + 2 if before >= 0 else 0), (after if after >= 0 else len(clause.text))
    return Span(clause.text[start:end], clause.start + start, clause.start + end)


def _numbers(
    heads: AmountHeads | None, text: str, prepared: Prepared, seen: Seen, catalogue: Mapping[str, FactSpec]
) -> tuple[dict[str, Fact], tuple[Contradiction, ...], tuple[str, ...]]:
    from agent.intake.weighing import OPPOSED

    if heads is None:
        return {}, (), ()
    facts: dict[str, Fact] = {}
    contradictions, remarks = [], []
    for name, amounts in _amounts_by_name(heads, prepared, seen).items():
        spec = catalogue.get(name)
        if spec is None:
            continue
        absurd = [amount for amount in amounts if not is_in_range(spec, amount.value)]
        remarks += sorted({_absurd(spec, text[a.start : a.end]) for a in absurd})
        likeliest = sorted(
            (a for a in amounts if a not in absurd), key=lambda a: (-a.probability, a.value, text[a.start :])
        )
        if not likeliest:
            continue
        best = _soonest(likeliest) if name in RHYTHMS else likeliest[0]
        opposed = [a for a in likeliest if a.probability >= OPPOSED and a.start != best.start]
        facts_said = {fact.value: fact for fact in (_numeric_fact(spec, a, text) for a in (*reversed(opposed), best))}
        if len(facts_said) == 1:
            facts[name] = _numeric_fact(spec, best, text)
        else:
            contradictions.append(Contradiction(name, tuple(sorted(facts_said.values(), key=lambda f: float(f.value)))))
    return facts, tuple(contradictions), tuple(remarks)


def _soonest(likeliest: Sequence[Weighed]) -> Weighed:
    """Return the shortest of the rhythms that the clause of the likeliest states: "laws each year, rulings each week"."""
    best = likeliest[0]
    plain = [a for a in likeliest if a.start == best.start and a.probability >= CERTAIN]
    return min(plain, key=lambda a: a.value, default=best)


def _amounts_by_name(heads: AmountHeads, prepared: Prepared, seen: Seen) -> dict[str, list[Weighed]]:
    """Return what is said of each fact; a withdrawal takes back what stands before it."""
    from agent.intake.weighing import laid_beside, weigh

    said: dict[str, list[Weighed]] = {}
    beside = laid_beside(seen.vectors, seen.told.scores)
    for row, flat in enumerate(prepared.flats):
        amounts = weigh(heads, prepared.candidates[row], beside[row], is_short=seen.gist is None)
        if withdraws(flat):
            said |= {amount.name: [] for amount in amounts}
        for amount in amounts:
            said.setdefault(amount.name, []).append(amount)
    return said


def _numeric_fact(spec: FactSpec, amount: Weighed, text: str) -> Fact:
    whole = spec.type == "integer"
    value: FactValue = int(amount.value) if whole else round(amount.value, 6)
    return Fact(spec.name, value, evidence=_quoted(text[amount.start : amount.end]))


def _quoted(words: str) -> str:
    """Return the words without what only joins them to others."""
    return _JOINING.sub("", words)[:EVIDENCE_AT_MOST]


def _absurd(spec: FactSpec, words: str) -> str:
    return f'"{" ".join(words.split())[:80]}" was left out: {spec.name} takes {allowed_form(spec)}'

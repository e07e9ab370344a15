"""Prose for a question on the subject, without a language model: which passages answer it, and how they are told.

Owns the choice of passages and the order of telling. The words are the notes' own, sentence by sentence with its
citation, and those of the positions where the sources differ; nothing is concluded beyond them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from agent.answer.advice import Statement
from agent.answer.asked import PLAIN, stem, words
from agent.answer.lists import Listing
from agent.answer.wording import SENTENCE_END, Numbering, name_source, one_claim
from agent.expressions import expression
from agent.naming import named_approaches
from agent.text import is_called, lower_first, thing_asked, upper_first
from agent.types import Conflict, Draft, Evidence, Passage, Position, Source

MOST_PASSAGES = 5
SEARCH_DEPTH = 60
"""How many passages to search for a question, so that each source's best is among them."""
BEARS = 0.65
"""Share of the best score from which a source's own best passage bears on the question. Of 469 questions labelled with
their sources 0.91 cite every one of these at 0.65 and 0.97 at 0.54; but of 237 passages that scored 0.55 to 0.65
beside a first one, 10 were among those expected."""
BEARS_IN_CONFLICT = 0.45
SECOND = 0.75
"""Share of the best score from which a source says a second thing; a source that answers alone says more."""
SECOND_ALONE = 0.55
SAME_THING = 0.5
"""Shared content words over all, from which two passages say the same."""
TOLD_ALREADY = 0.65
"""Share of a passage's content words that a correction which cites it must hold, so that it need not be told again."""
POSITION_FOR_BEST = 0.7
"""Share of a source's best score from which its position on the touched axis speaks in its place."""
DISPUTED = 0.75
"""Share of the nearest position's score that another source's must reach, so that a question touches what they differ
in. Of 21 questions that were led by a difference, those which asked for one side lay below but for one, and those
which touched two above but for one."""
MOST_POSITIONS = 4
WORDS_OF_PASSAGE = 45
BESIDE_LIST = 0.7
"""Share of the best score from which another source is heard beside a list, which answers by itself."""
OF_NAMED = 0.35
"""Share of the best score from which a source that the question names answers by itself."""
OF_LIMITS = 1.4
"""What a passage on the limits of a thing counts for, where the question asks for them and not for its uses."""

OF_PRICES = 0.6
"""What a passage of prices counts for, where the question asks for none: it names a model, and answers nothing else."""
OF_OTHERS = 0.8
"""What a passage counts for that speaks of other approaches than the question. With 0.7 to 0.9 an expected passage
leads 0.65 of 434 questions that coverage is learned from, three or four more than without; with 0.8 none was lost."""
_ASKS_PRICES = expression(
    r"\$|€|\b(?:cost\w*|pric\w*|cheap\w*(?! (?:thing|way|option|step|approach)\b)|expens\w*|dear|pay\w*|paid|budget\w*"
    r"|money|bills?|afford\w*|roi|dollars?|euros?|spend\w*|saves?|saved|savings?|saving|invest\w*|econom\w+|fees?"
    r"|requests|(?:a|per) month|monthly|volume|scale)\b",
    re.IGNORECASE,
)
_ASKS_LIMITS = expression(
    r"\b(?:when|who|where|why)\b[^?]{0,40}(?:\b(?:not|never|avoid)\b|n't\b)"
    r"|\b(?:downsides?|disadvantages?|drawbacks?|limits|limitations?|weakness(?:es)?|pitfalls?|shortcomings?)\b"
    r"|\bwrong (?:choice|tool|idea|approach)\b|\b(?:speaks|argues?) against\b|\bbad idea\b",
    re.IGNORECASE,
)
_OF_LIMITS = expression(
    r"\b(?:avoid\w*|limit(?:s|ations?)|drawbacks?|downsides?|disadvantages?|weak\w*|when not|not to|fails?|failures?"
    r"|wrong|risks?|degrade|stale|breaks)\b",
    re.IGNORECASE,
)
_ASKS_OTHERS = expression(
    r"\b(?:others?|any(?:one|body)|contradict\w*|agree\w*|disagree\w*|differ\w*|versus|vs|compared?)\b", re.IGNORECASE
)
_ASKS_ENOUGH = expression(
    r"\b(?:enough|suffic\w+|too (?:few|little|many|much|often)|how (?:many|often)|minimum|at least|threshold)\b",
    re.IGNORECASE,
)
_SUMMARY = expression(r"^In (?:summary|short|brief|sum)[:,] (?=\w)")
_LISTED = expression(r"\n\s*(?:[-*|>]|\d+[.)]|```)")


def choose_passages(
    evidence: Sequence[Evidence],
    conflicts: Sequence[Conflict] = (),
    *,
    question: str = "",
    sources: Mapping[str, Source] | None = None,
    passages: Mapping[str, Passage] | None = None,
    listed: Listing | None = None,
    leading: Sequence[Conflict] = (),
) -> tuple[Passage, ...]:
    """Return up to `MOST_PASSAGES` that answer together: each source's best on the question, then seconds.

    Where a list is asked for, `listed`, its passages stand first in its order, and none that says a part of it after.
    Of `sources` one that `question` names answers alone.
    `evidence` is a search `SEARCH_DEPTH` deep. On an axis the best passages stand on, a source speaks by its position;
    where the first stands on one of the `leading`, all its positions are told, from `passages`, even if these are more.
    """
    if not evidence:
        return ()
    evidence = _weighed(evidence, question)
    own = _of_named(evidence, question, sources or {})
    evidence, conflicts = (own, ()) if own else (evidence, conflicts)
    if listed is not None:
        return _with_list(listed, evidence, passages or {}, alone=bool(own))
    top = evidence[0].score
    chosen = _best_by_source(evidence, BEARS * top)
    axes = touched(conflicts, [item.passage for item in chosen])
    if axes:
        chosen = _with_companions(_with_positions(chosen, evidence, axes[0], top)[:MOST_PASSAGES], evidence, axes[0])
    chosen = chosen[:MOST_PASSAGES]
    for item in evidence:
        if len(chosen) == MOST_PASSAGES or item.score < (SECOND_ALONE if own else SECOND) * top:
            break
        if all(not _says_the_same(item.passage, other.passage) for other in chosen):
            chosen.append(item)
    lead = max(chosen, key=lambda item: item.score)
    told = (lead.passage, *(item.passage for item in chosen if item is not lead))
    return _with_all_positions(told, () if own else leading, passages or {})


def disputed(question: str, evidence: Sequence[Evidence], conflicts: Sequence[Conflict]) -> tuple[Conflict, ...]:
    """Return the axes on which the question is about as near to a second source's position as to the nearest one.

    Who names an axis wants to hear of it, who asks whether others agree, of any; and who asks what is enough, of any on
    which two name a figure.
    """
    if _ASKS_OTHERS.search(question):
        return tuple(conflicts)
    scores = {item.passage.id: item.score for item in _weighed(evidence, question)}
    asks_enough, stems = _ASKS_ENOUGH.search(question), _stems(question)
    return tuple(
        axis
        for axis in conflicts
        if _names(stems, axis) or (asks_enough and _has_figures(axis)) or _is_disputed(axis, scores)
    )


def _names(stems: frozenset[str], axis: Conflict) -> bool:
    own = _stems(axis.axis)
    return len(own) > 1 and own <= stems


def _has_figures(axis: Conflict) -> bool:
    return len({p.source for p in axis.positions if any(char.isdigit() for char in p.position)}) > 1


def _is_disputed(axis: Conflict, scores: Mapping[str, float]) -> bool:
    nearest = [(max(scores.get(id, 0.0) for id in position.passages), position) for position in axis.positions]
    best, first = max(nearest, key=lambda pair: pair[0])
    has_others = any(position.source != first.source for position in axis.positions)
    others = [score for score, p in nearest if (p.source != first.source if has_others else p is not first)]
    return best > 0 and max(others, default=0.0) >= DISPUTED * best


def _with_list(
    listed: Listing, evidence: Sequence[Evidence], passages: Mapping[str, Passage], *, alone: bool
) -> tuple[Passage, ...]:
    """Return what the list is told from, and then what is nearest to the question in the other sources."""
    told = [passages[id] for id in listed.cited if id in passages]
    if alone:
        return tuple(told)
    source, floor = told[0].source, BESIDE_LIST * evidence[0].score
    others = _best_by_source([item for item in evidence if item.passage.source != source], floor)
    return (*told, *(item.passage for item in others))[:MOST_PASSAGES]


def _weighed(evidence: Sequence[Evidence], question: str) -> list[Evidence]:
    """Return the evidence in the order that it bears on a question: what speaks of the approaches that it names, of
    limits where it asks for them, and of prices only there.
    """
    asks_limits, asks_prices = _ASKS_LIMITS.search(question), _ASKS_PRICES.search(question)
    asked_of = named_approaches(question)
    weighed = []
    for item in evidence:
        weight = OF_LIMITS if asks_limits and _speaks_of_limits(item.passage) else 1.0
        weight *= OF_PRICES if not asks_prices and "$" in item.passage.text else 1.0
        told_of = named_approaches(item.passage.text)
        weight *= OF_OTHERS if asked_of and told_of and not asked_of & told_of else 1.0
        weighed.append(item if weight == 1.0 else replace(item, score=item.score * weight))
    return sorted(weighed, key=lambda item: -item.score)


def _speaks_of_limits(passage: Passage) -> bool:
    said = " ".join((passage.id.partition("#")[2].replace("-", " "), *passage.topics, passage.text))
    return bool(_OF_LIMITS.search(said))


def _of_named(evidence: Sequence[Evidence], question: str, sources: Mapping[str, Source]) -> list[Evidence]:
    """Return what the sources that a question names say to it; nothing where it asks after the others too."""
    named = named_in(question, sources)
    if not named or _ASKS_OTHERS.search(question):
        return []
    floor = OF_NAMED * evidence[0].score
    return [item for item in evidence if item.passage.source in named and item.score >= floor]


def named_in(question: str, sources: Mapping[str, Source]) -> frozenset[str]:
    """Return the sources that a question calls by publisher, title or id, however it is typed."""
    asked = question.casefold()
    names = {id: (id, source.title, name_source(source, id)) for id, source in sources.items()}
    return frozenset(id for id, own in names.items() if any(is_called(asked, name.casefold()) for name in own))


def _defines(passage: Passage, thing: str) -> bool:
    return bool(thing) and thing in map(thing_asked, passage.topics)


def touched(conflicts: Sequence[Conflict], passages: Sequence[Passage]) -> tuple[Conflict, ...]:
    """Return the axes that passages of two sources stand on, or the first passage, those most stood on first."""
    if not passages:
        return ()
    counts = []
    for conflict in conflicts:
        on_axis = {id for position in conflict.positions for id in position.passages}
        standing = [passage for passage in passages if passage.id in on_axis]
        sources = {passage.source for passage in standing}
        leads = passages[0] in standing
        if leads or len(sources) > 1:
            counts.append((len(sources) + leads, conflict))
    return tuple(conflict for _, conflict in sorted(counts, key=lambda pair: -pair[0]))


def compose(
    question: str,
    passages: Sequence[Passage],
    *,
    conflicts: Sequence[Conflict] = (),
    premises: Sequence[Statement] = (),
    premise_passages: Mapping[str, Passage] | None = None,
    sources: Mapping[str, Source] | None = None,
    listed: Listing | None = None,
    leading: Sequence[Conflict] = (),
) -> Draft:
    """Return the answer to `question`: corrections, the direct answer, what others add, where they differ.

    Only a difference that is among the `leading` is told first. The direct answer is the list that was asked for,
    `listed`, where one was.

    `premises` are corrections of what the question takes for granted, citing `premise_passages` by id; they share the
    five citations, so that the last of the passages give way.
    """
    corrections = {id: p for id, p in (premise_passages or {}).items() if any(id in s.passages for s in premises)}
    told = _Telling(question, passages, corrections, premises, sources or {}, listed)
    return told.draft(conflicts, leading)


def compose_differences(
    conflicts: Sequence[Conflict], passages: Mapping[str, Passage], sources: Mapping[str, Source]
) -> Draft:
    """Return what the sources disagree about: each axis with two positions on it, of two sources where it has them."""
    numbering = Numbering(passages)
    lines = [
        f"- {upper_first(axis.axis)}: {'; '.join(_told(p, numbering, sources) for p in _opposed(axis))}."
        for axis in conflicts
    ]
    return Draft("**Where the sources disagree**\n\n" + "\n".join(lines), numbering.cited)


def _opposed(axis: Conflict) -> tuple[Position, ...]:
    first = axis.positions[0]
    other = next((position for position in axis.positions if position.source != first.source), axis.positions[1])
    return first, other


def _told(position: Position, numbering: Numbering, sources: Mapping[str, Source]) -> str:
    name = name_source(sources.get(position.source), position.source)
    markers = numbering.markers(position.passages, most=MOST_PASSAGES)
    return f"{lower_first(position.position.rstrip('.'))} ({name}){markers}"


class _Telling:
    """One answer while it is being told."""

    def __init__(
        self,
        question: str,
        passages: Sequence[Passage],
        corrections: Mapping[str, Passage],
        premises: Sequence[Statement],
        sources: Mapping[str, Source],
        listed: Listing | None,
    ) -> None:
        told = frozenset().union(*(_stems(premise.says) for premise in premises))
        left = [p for p in passages if not (p.id in corrections and _is_said(p, told))]
        room = max(1, max(MOST_PASSAGES, len(left)) - len(corrections.keys() - {p.id for p in left}))
        self.passages = left[:room]
        self.is_defined = bool(self.passages) and _defines(self.passages[0], thing_asked(question))
        self.stems = {stem(word) for word in words(question) if word not in PLAIN}
        self.premises = premises
        self.sources = sources
        here = {p.id for p in self.passages}
        self.listed = listed if listed is not None and here.issuperset(listed.cited) else None
        self.numbering = Numbering({**corrections, **{p.id: p for p in self.passages}})

    def draft(self, conflicts: Sequence[Conflict], leading: Sequence[Conflict]) -> Draft:
        axis = self._axis(conflicts) if self.listed is None else None
        corrected = " ".join(filter(None, (self.numbering.sentence(s.says, s.passages) for s in self.premises)))
        on_axis = {id for position in self._positions(axis) for id in position.passages}
        first_on_axis = bool(self.passages) and self.passages[0].id in on_axis
        leads_on_axis = first_on_axis and not self.is_defined and axis in leading
        differ = self._differ(axis) if leads_on_axis else ""
        lead = "" if differ else self._lead()
        rest = [line for line in self._rest(skip=on_axis if axis else set(), has_lead=not differ) if line]
        differ_last = self._differ(axis) if axis and not leads_on_axis else ""
        parts = [corrected, differ or lead, self._list(rest), differ_last]
        return Draft("\n\n".join(filter(None, parts)), self.numbering.cited)

    def _axis(self, conflicts: Sequence[Conflict]) -> Conflict | None:
        """Return the axis to name: the most touched one on which the passages back two positions."""
        for conflict in touched(conflicts, self.passages):
            if len(self._positions(conflict)) > 1:
                return conflict
        return None

    def _positions(self, axis: Conflict | None) -> list[Position]:
        """Return the positions that the chosen passages back in full, in the order of the passages."""
        if axis is None:
            return []
        order = {passage.id: place for place, passage in enumerate(self.passages)}
        backed = [position for position in axis.positions if all(id in order for id in position.passages)]
        return sorted(backed, key=lambda p: min(order[id] for id in p.passages))[:MOST_POSITIONS]

    def _differ(self, axis: Conflict | None) -> str:
        told = [_told(position, self.numbering, self.sources) for position in self._positions(axis)]
        return f"The sources differ on {axis.axis}: {'; '.join(told)}." if axis and len(told) > 1 else ""

    def _lead(self) -> str:
        if not self.passages:
            return ""
        first = self.passages[0]
        if self.listed is not None:
            return self._whole_list(self.listed)
        return " ".join(self.numbering.sentence(self._gist(p), [p.id]) for p in (first, *self._seconds()))

    def _whole_list(self, listed: Listing) -> str:
        """Return the list as one sentence: the note that tells it, or its points, each with its passage."""
        first = self.passages[0]
        if listed.whole:
            return self.numbering.sentence(one_claim(_as_claim(first.text)), [first.id])
        name = name_source(self.sources.get(first.source), first.source)
        points = "; ".join(f"{item.says}{self.numbering.markers([item.cite])}" for item in listed.items)
        return f"{listed.heading} ({name}): {points}."

    def _seconds(self) -> list[Passage]:
        """Return what the first source says beside the first passage: all of it where no other source speaks."""
        own = [p for p in self.passages[1:] if p.source == self.passages[0].source]
        if self.listed is not None:
            return own
        return own if len(own) == len(self.passages) - 1 else own[:1]

    def _rest(self, *, skip: set[str], has_lead: bool) -> Iterator[str]:
        """Yield what each other source adds, its passages told together."""
        left = [p for p in self.passages if p.id not in skip]
        if has_lead:
            told = self._seconds()
            left = [p for p in left if p is not self.passages[0] and p not in told]
        for source in dict.fromkeys(p.source for p in left):
            own = [self.numbering.sentence(self._gist(p), [p.id]) for p in left if p.source == source]
            name = name_source(self.sources.get(source), source)
            yield f"{name}: {lower_first(own[0])} {' '.join(own[1:])}".strip()

    def _list(self, lines: Sequence[str]) -> str:
        if len(lines) < 2:
            return upper_first("".join(lines))
        return "**What the sources add**\n\n" + "\n".join(f"- {line}" for line in lines)

    def _gist(self, passage: Passage) -> str:
        """Return all of a short note, of a long one the sentence that shares most words with the question."""
        text = _as_claim(passage.text)
        if len(text.split()) <= WORDS_OF_PASSAGE:
            return one_claim(text)
        return max(SENTENCE_END.split(text), key=lambda s: len(self.stems & _stems(s)))


def _as_claim(text: str) -> str:
    """Return a note up to a list in it, on one line, without the announcement of a summary."""
    prose = _LISTED.split(text, maxsplit=1)[0] if _LISTED.search(text) else text
    return upper_first(_SUMMARY.sub("", " ".join(prose.split()).rstrip(":") or text))


def _best_by_source(evidence: Sequence[Evidence], floor: float) -> list[Evidence]:
    best: dict[str, Evidence] = {}
    for item in evidence:
        if item.score >= floor:
            best.setdefault(item.passage.source, item)
    return list(best.values())


def _with_positions(
    chosen: Sequence[Evidence], evidence: Sequence[Evidence], axis: Conflict, top: float
) -> list[Evidence]:
    """Let each source speak by its position where that scores nearly as well; add sources not yet heard."""
    on_axis = {id for position in axis.positions for id in position.passages}
    positions = _best_by_source([item for item in evidence if item.passage.id in on_axis], BEARS_IN_CONFLICT * top)
    by_source = {item.passage.source: item for item in positions}
    told: list[Evidence] = []
    for item in chosen:
        position = by_source.pop(item.passage.source, item)
        speaks = item is not chosen[0] and position.score >= POSITION_FOR_BEST * item.score
        told.append(position if speaks else item)
    return told + list(by_source.values())


def _with_companions(chosen: list[Evidence], evidence: Sequence[Evidence], axis: Conflict) -> list[Evidence]:
    """Add what else the positions rest on, since a position is told only with all its passages."""
    have = {item.passage.id for item in chosen}
    needed = {id for position in axis.positions if have & set(position.passages) for id in position.passages} - have
    return chosen + [item for item in evidence if item.passage.id in needed]


def _with_all_positions(
    told: tuple[Passage, ...], conflicts: Sequence[Conflict], passages: Mapping[str, Passage]
) -> tuple[Passage, ...]:
    """Where what is said first stands on an axis, and another position is told too, tell every position on it.

    Of the rest what sources say that have none; but only where all of it is no more than is told of other questions.
    """
    have = {passage.id for passage in told}
    for axis in touched(conflicts, told):
        on_axis = {id: passages[id] for position in axis.positions for id in position.passages if id in passages}
        backed = sum(have.issuperset(position.passages) for position in axis.positions)
        if told[0].id in on_axis and backed > 1:
            standing = (*(p for p in told if p.id in on_axis), *(p for id, p in on_axis.items() if id not in have))
            heard = {passage.source for passage in standing}
            every = (*standing, *(passage for passage in told if passage.source not in heard))
            return every if len(every) <= MOST_PASSAGES else told
    return told


def _is_said(passage: Passage, told: frozenset[str]) -> bool:
    own = _stems(passage.text)
    return len(own & told) >= TOLD_ALREADY * len(own)


def _says_the_same(one: Passage, other: Passage) -> bool:
    left, right = _stems(one.text), _stems(other.text)
    return len(left & right) >= SAME_THING * len(left | right)


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in PLAIN)

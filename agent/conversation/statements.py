"""Takes what a turn states: facts by its own words, in the light of what was told before, corrections and withdrawals.

Owns which facts of a remark can be relied on. Leaves reading to the advisor and keeping apart what contradicts to
`merging`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from agent.conversation import asking, corrections, merging
from agent.conversation.answers import Answer, measured, read_answer
from agent.conversation.hearing import Heard
from agent.conversation.pointing import pointed_at
from agent.conversation.sides import SECOND
from agent.conversation.state import Known, State
from agent.conversation.turn import Turn
from agent.intake.catalogue import is_in_range
from agent.intake.cues import COMPLAINTS, find_cues
from agent.intake.numbers import find_quantities
from agent.intake.reading import Reading
from agent.intake.sentences import Span, flatten, split_sentences
from agent.types import FOLLOWS, Fact

TOLD_AT_MOST = 6_000
"""Of what was told, the last characters that a statement is read with; all of them are read anew in each turn."""
OF_TALK = frozenset({"considering_fine_tuning"})
"""What asking and arguing state too; only a description states it."""
SOFT = frozenset({"problem_kind"})
"""What is judged from all of a description; a later remark does not contradict it unless it corrects."""
EXAMPLES = "labelled_examples"
DONE = frozenset({"evals_exist", "alternatives_compared", "bottleneck_known", *FOLLOWS.values()})
"""What work makes true: said to be missing and then to be there, it was done in between."""
_HAPPENED = re.compile(
    r"\b(?:did|done|made|built|wrote|written|ran|run|tried|scored|measured|compared|found|got|have|has|had|now|yesterday"
    r"|today|tonight|last (?:night|week|month)|since|meanwhile|finally)\b"
)
STEM = 4
"""Letters by which a withdrawal's words are matched with what was said."""
_TEAM = re.compile(r"\b(?:we|we've|we're|our|ours|us)\b")
"""Whom a fact that only the tone tells must be told of; "I" and "my" are as often an opinion."""
_SETS = re.compile(
    r"^\W*(?:please |no,? |sorry,? )*(?:change|set|update|correct|make) (?:[\w'-]+ ){1,7}?to (?=\D{0,8}\d)",
    re.IGNORECASE,
)
"""Says to what a number is to be changed."""
_NEARER = re.compile(
    r"\b(?:more like|closer to|nearer(?: to)?|rather|in fact) (?:about |around |some )?"
    r"(?=[\d.]|[a-z]+ (?:hundred|thousand|million))"
)
"""Before the number that holds: "well, more like 3 thousand once the bad ones are out"."""
_NO_EXAMPLES = re.compile(
    r"\b(?:aren't|are not|isn't|is not|not|no) (?:really |actually |all |even |any )?"
    r"(?:(?:the|our|training|labell?ed|good) )*(?:examples?|labell?ed|training data|labels)\b"
)
"""Takes back that what was counted are examples."""
_NO_MORE = re.compile(r"\b(?:no longer|any ?more|(?:do|does)(?:n't| not) (?:have|need) to|need(?:n't| not))\b")
"""Says of what had to be that it need not, as "nobody needs them" does not: that only gives a reason."""
_IT = re.compile(r"\b(?:it|that|this|they|them|those)\b")
HALF = 0.5
_OF_RIGHT = re.compile(r"\b(?:right|correct\w*|accura\w+|f1|precision|recall|pass\w*|drop\w*|fell|down)\b")
"""Says that a share is of what goes right, however small."""
_ONE_IN_MANY = re.compile(r"\b(?:one|1|two|2|three|3) (?:in|of|out of) (?:\d+|[a-z]+)\b")
_NOT_THIS = re.compile(
    r"^\W*(?:(?:it|that) )?(?:is |was |'s )?(?:not|isn't|wasn't) \d[\d.,]*k?%?[,;.]*\s*(?:but |rather )?", re.IGNORECASE
)
"""The number that another takes the place of: "not 64, 46"."""
_ALL_OF_IT = re.compile(
    r"^\W*(?:that|it|this|what i (?:just )?said|my last (?:message|answer|statement)"
    r"|the last (?:one|thing|answer|bit|part)|all (?:of )?that)?\W*$"
)


def take(turn: Turn, heard: Heard) -> None:
    """Read the facts that the turn states, and put them to what is known."""
    over: dict[str, Fact] = {}
    if heard.drops is not None and not (heard.states and _ALL_OF_IT.match(flatten(heard.drops))):
        gone = _dropped(turn, heard.drops)
        over = _no_more(turn.state, gone, heard)
        turn.drop({name: every for name, every in gone.items() if name not in over})
        turn.add(over.values(), replaces=True)
    if not heard.states:
        return
    stated = " ".join(heard.states)
    reading = turn.understand(stated).reading
    groundless = corrections.without_ground(turn, heard)
    hinted = {name for name, known in turn.state.facts.items() if is_hinted(known)}
    plain = reading.plain if heard.corrects else reading.plain & hinted
    facts = meant(turn, reading, stated, plain=plain, groundless=groundless)
    facts = _with_bare_number(turn, heard, facts)
    facts = [kept for fact in facts if (kept := _as_errors(turn, fact)) is not None]
    facts += _in_context(turn, stated, facts)
    mended = {change.fact for change in turn.changes} & _numeric(facts)
    facts = [fact for fact in facts if fact.name not in mended and fact.name not in over]
    examples = turn.state.facts.get(EXAMPLES)
    if examples and _NO_EXAMPLES.search(flatten(stated)) and EXAMPLES not in {fact.name for fact in facts}:
        turn.drop({EXAMPLES: (examples,)})
    replacing = groundless | (_numeric(facts) if corrections.names_nearer(heard) else frozenset())
    replacing |= {fact.name for fact in facts if heard.corrects or _mends(turn.state, fact, stated)}
    turn.add((fact for fact in facts if fact.name in replacing), replaces=True)
    turn.add(fact for fact in facts if fact.name not in replacing)
    turn.dispute(c for c in reading.use_case.contradictions if c.name not in SOFT)
    turn.remember(number=last_number(turn, facts), told=f"{turn.state.told}\n{stated}"[-TOLD_AT_MOST:])
    turn.notes += reading.remarks


def _mends(state: State, fact: Fact, stated: str) -> bool:
    """Whether a fact takes the place of what was known: nobody had said that outright, or it was done since."""
    known = state.facts.get(fact.name)
    if known is None:
        return False
    is_done = fact.name in DONE and fact.value is True and _HAPPENED.search(flatten(stated)) is not None
    return is_done or is_hinted(known)


def is_hinted(known: Known) -> bool:
    """Whether a fact was read from the tone of words that hold no cue for it, and never said outright."""
    fact = known.fact
    if fact.origin != "stated" or not isinstance(fact.value, bool | str):
        return False
    return all((fact.name, fact.value) != cue.key for span in split_sentences(fact.evidence) for cue in find_cues(span))


def meant(
    turn: Turn, reading: Reading, stated: str, *, plain: Collection[str] = (), groundless: Collection[str] = ()
) -> list[Fact]:
    """Return the facts of a later turn that can be relied on, each by a cue, a number, next to no doubt, or the team's
    own words.

    A sentence that says one thing outright says nothing else by its tone; and tone alone contradicts nobody, unless the
    turn corrects and says it `plain`, or takes the ground from what was told.
    """
    known = {name: known.fact.value for name, known in turn.state.facts.items()}
    facts = [fact for fact in reading.use_case.facts.values() if fact.name not in OF_TALK]
    spans = split_sentences(stated)
    outright = {fact.name: sentence for fact in facts if (sentence := _said_outright(fact, spans)) is not None}
    kept = []
    for fact in facts:
        differs = fact.name in known and known[fact.name] != fact.value
        if fact.name in outright or (differs and fact.name in groundless):
            kept += [] if differs and fact.name in SOFT else [fact]
        elif not differs or fact.name in plain:
            said = [span.text for span in spans if _stands_in(fact, span)]
            own = [text for text in said if _TEAM.search(flatten(text)) and text not in outright.values()]
            kept += [fact] if own or (fact.name in reading.sure and not differs) else []
    return kept


def supposed(turn: Turn, text: str) -> dict[str, Fact]:
    """Read what a supposition changes, as if it were so."""
    stated = asking.indicative(text)
    pointed = pointed_at(flatten(text), turn.state, turn.after, turn.advisor.book.catalogue)
    if pointed is not None:
        return {name: Fact(name, value, "assumed", stated) for name, value in pointed.items()}
    if not stated:
        return {}
    facts = {fact.name: fact for fact in meant(turn, turn.understand(stated).reading, stated)}
    known = {name: known.fact.value for name, known in turn.state.facts.items()}
    facts = {name: fact for name, fact in facts.items() if known.get(name) != fact.value}
    catalogue = turn.advisor.book.catalogue
    name, value = asking.number_meant(text, turn.state, catalogue)
    is_read = any(not isinstance(fact.value, bool | str) for fact in facts.values())
    is_meant = not facts or bool(asking.named_number(text))
    if value is not None and not is_read and is_meant and is_in_range(catalogue[name], value):
        whole = catalogue[name].type == "integer"
        facts[name] = Fact(name, round(value) if whole else value, "assumed", stated)
    return facts


def _numeric(facts: Iterable[Fact]) -> frozenset[str]:
    return frozenset(fact.name for fact in facts if not isinstance(fact.value, bool | str))


def last_number(turn: Turn, facts: Iterable[Fact]) -> str:
    """Return the numeric fact last spoken of."""
    named = [fact.name for fact in facts if not isinstance(fact.value, bool | str)]
    return named[-1] if named else turn.state.number


def _in_context(turn: Turn, stated: str, facts: Sequence[Fact]) -> list[Fact]:
    """Return what a statement says plainly of facts not known yet, in the light of all that was told before.

    "It just invents recipes" is a matter of knowledge where the recipes were said to be the team's own.
    """
    if not turn.state.told:
        return []
    heard = {*turn.state.facts, *turn.state.disputes, *(fact.name for fact in facts)} | OF_TALK
    heard |= SOFT if _denies_trouble(stated) else frozenset()
    whole = turn.read(f"{turn.state.told}\n{stated}")
    return [
        fact
        for fact in whole.use_case.facts.values()
        if fact.name not in heard
        and (
            (fact.name in whole.plain and fact.evidence in stated)
            or (fact.name in whole.sure and fact.name not in turn.state.unknown)
        )
    ]


def _as_errors(turn: Turn, fact: Fact) -> Fact | None:
    """Return an accuracy below a half as the share of errors that it must be, where it was above: "it's 1 in 10 now".

    None where it was not told before, and one in so many may be either.
    """
    value, words = fact.value, flatten(fact.evidence)
    if fact.name not in ("accuracy_now", "accuracy_target") or not isinstance(value, float) or value >= HALF:
        return fact
    known = turn.state.facts.get("accuracy_now")
    if _OF_RIGHT.search(words) or (known and float(known.fact.value) < HALF):
        return fact
    if known:
        return replace(fact, value=round(1 - value, 6))
    return None if _ONE_IN_MANY.search(words) else fact


def _with_bare_number(turn: Turn, heard: Heard, facts: list[Fact]) -> list[Fact]:
    """Read "no, it's 8,000" as a correction of the number it names or denies, else of the one last spoken of."""
    if not heard.corrects:
        return facts
    said = " ".join(heard.states)
    named = asking.named_number(said if _SETS.search(said) else " ".join(heard.argues))
    name = _denied_number(turn.state, said) or named or turn.state.number
    spec = turn.advisor.book.catalogue.get(name)
    numeric = [fact for fact in facts if not isinstance(fact.value, bool | str)]
    if spec is None or (numeric and not named):
        return facts
    nearer = _NEARER.search(flatten(said))
    answer = read_answer(_SETS.sub("", _NOT_THIS.sub("", said)), spec)
    if answer is None and nearer and (value := measured(spec, flatten(said)[nearer.end() :])) is not None:
        answer = Answer(round(value) if spec.type == "integer" else value, said)
    if answer is None or not isinstance(answer.value, int | float) or not is_in_range(spec, answer.value):
        return facts
    return [*(fact for fact in facts if fact not in numeric), Fact(spec.name, answer.value, "stated", said)]


def _dropped(turn: Turn, what: str) -> dict[str, tuple[Known, ...]]:
    """Return what a withdrawal names, by fact; what was said last where it names nothing."""
    flat = flatten(what)
    said = merging.statements(turn.state)
    if _ALL_OF_IT.match(flat):
        last = max((known.turn for every in said.values() for known in every), default=0)
        return _chosen(said, lambda _, known: known.turn == last)
    named = _stems(flat)

    def shared(name: str, known: Known) -> int:
        in_name = 2 * len(named & {part[:STEM] for part in name.split("_")})
        return in_name + len(named & _stems(flatten(known.fact.evidence)))

    most = max((shared(name, known) for name, every in said.items() for known in every), default=0)
    found = _chosen(said, lambda name, known: bool(most) and shared(name, known) == most)
    return {name: every[-1:] if SECOND.search(flat) else every for name, every in found.items()}


def _no_more(state: State, gone: Collection[str], heard: Heard) -> dict[str, Fact]:
    """Return as false what is taken back and said to hold no more: "forget the handheld, it needn't run there"."""
    known = {name: state.facts[name].fact for name in gone if name in state.facts and name not in DONE}
    over = {}
    for text in heard.states:
        flat = flatten(text)
        for name, fact in known.items():
            is_meant = _IT.search(flat) or _stems(flat) & (_stems(flatten(fact.evidence)) | _stems(heard.drops or ""))
            if fact.value is True and is_meant and _NO_MORE.search(flat):
                over[name] = Fact(name, False, "stated", text)
    return over


def _chosen(
    said: Mapping[str, Sequence[Known]], is_meant: Callable[[str, Known], bool]
) -> dict[str, tuple[Known, ...]]:
    meant = {name: tuple(known for known in every if is_meant(name, known)) for name, every in said.items()}
    return {name: every for name, every in meant.items() if every}


def _stems(flat: str) -> frozenset[str]:
    return frozenset(word[:STEM] for word in re.findall(r"[a-z0-9]{3,}|\d+", flat) if word not in _SMALL)


def _said_outright(fact: Fact, spans: Sequence[Span]) -> str | None:
    """Return the sentence that says a fact by a number or a cue of its own; None where only the tone says it."""
    for span in spans:
        if _stands_in(fact, span):
            is_number = not isinstance(fact.value, bool | str)
            if is_number or (fact.name, fact.value) in {cue.key for cue in find_cues(span)}:
                return span.text
    return None


def _stands_in(fact: Fact, span: Span) -> bool:
    return fact.evidence in span.text or span.text in fact.evidence


def _denies_trouble(text: str) -> bool:
    """Whether a text says of something that it is no trouble, and so does not tell what is."""
    cues = [cue for span in split_sentences(text) for cue in find_cues(span)]
    return any(cue.key[0] in COMPLAINTS and cue.key[1] is False for cue in cues)


def _denied_number(state: State, said: str) -> str:
    """Return the fact whose number "not 30k, 3k" denies; empty where it denies none."""
    denied = _NOT_THIS.search(said)
    values = {quantity.value for quantity in find_quantities(flatten(denied.group()))} if denied else set()
    numbers = {name: known.fact.value for name, known in state.facts.items() if not isinstance(known.fact.value, bool)}
    return next((name for name, value in numbers.items() if value in values), "")


_SMALL = frozenset(
    {"what", "said", "about", "the", "that", "this", "our", "those", "these", "and", "have", "with", "from", "for"}
    | {"are", "not", "wrote", "thing", "part", "bit", "told", "you"}
)

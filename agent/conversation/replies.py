# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Finds the answer to the open question in a turn of several sentences: at its beginning, its end, or in between.

Leaves the forms that answers take to `answers`, and whether a text answers at all to who asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import dropwhile

from msgspec.structs import replace

from agent.conversation import troubles
from agent.conversation.answers import TO_THE_QUESTION, Answer
from agent.conversation.hearing import hear, is_argument
from agent.conversation.periods import how_often
from agent.conversation.pieces import cut, shares_a_word
from agent.conversation.unknowns import gives_reason, names_its_matter, unknown_matter
from agent.intake.sentences import flatten
from agent.types import FactSpec

Read = Callable[[str], Answer | None]

_TRUTH = r"(?P<truth>yes|yeah|yep|no|nope)"
_IN_SUM = re.compile(
    rf"(?:^|[,.;:!?–—-])\W*(?:(?:so|and so|therefore|hence|in (?:short|sum|a word)|all in all|that is|i mean|meaning)\b[,:\s]*)(?:that's an? |that is an? |it's an? |call it an? )?{_TRUTH}(?:,? (?:then|i guess|i'd say|really|not really))?\W*$"
)
"""Ends a turn by what it comes to: "So, no."."""
_IN_A_CLAUSE = re.compile(
    rf"[,;:.–—-]\s*(?:and|so|but)\s+{_TRUTH}\b,?(?P<what> (?:they|it|we|there|that|this|the|our)\b[^.;?!]*)"
)
_CHANGES = re.compile(
    r"\b(?:chang\w*|updat\w*|revis\w*|overhaul\w*|reissu\w*|redo\w*|rewrit\w*|rewrote|refresh\w*|touch\w*|edit\w*|adjust\w*|renew\w*|replac\w*|review\w*|re-?think\w*|new (?:version|edition|list|rules?|guide\w*)|come[s]? (?:in|out)|came out)\b"
)
_PREDICATE = re.compile(r"\W*(?P<not>not )?(?P<what>[a-z][a-z -]{2,30})[.!]?\s*")
_PREDICATE_WORDS = 3
_THAT_ONE = re.compile(
    r"\W*(?:(?:then|so|ok|yes|yeah|ah|well|exactly|right|it'?s|definitely)\b\W*)*(?:that|this)(?: one| it is| then)?\W*"
)
"""Chooses what was just spoken of: "then that one"."""
_HOW_IT = re.compile(r"^\W*(?:how (?:it|long|slow|fast|much it costs)|what it)\b[^?]{1,60}$")
"""Names a kind of problem as the question does: "how long it takes"."""
_NONE_OF_THEM = re.compile(
    r"\W*(?:well|honestly|really|no|oh|but)?\W*(?:none|neither) of (?:those|these|them|the above)\b(?:,? (?:really|yet|because|since|as))*\W*"
)
_NO_SIDE = re.compile(
    r"\W*(?:(?:no|well|oh|sorry|actually)\b\W*)*(?:(?:neither|none)(?: of (?:them|those|these|the two|both))?|both(?: of them)?|both (?:together|of them together)|together|wrong"
    r"|(?:they|both)(?: are|'re)? (?:both )?wrong|add (?:them|both)(?: up)?)\W*"
)
"""Chooses none of two statements."""
_OF_ANOTHER = re.compile(r"\bthe other (?:one|number|figure|value|count|statement)\b")


def find(text: str, spec: FactSpec, read: Read, *, is_dispute: bool, topic: str) -> Answer | None:
    """Return the answer that a text holds to the question for a fact, with what it says beyond; None where none."""
    said = TO_THE_QUESTION.sub("", text)
    for answer in (_neither(said, read) if is_dispute else None, *_candidates(said, spec, read, topic)):
        if answer is not None:
            return replace(answer, rest=_less_another(answer.rest)) if is_dispute else answer
    return None


def _neither(text: str, read: Read) -> Answer | None:
    """Read what stands behind the words that no statement holds by itself: "neither! both together. 500 a day"."""
    pieces = cut(text)
    behind = list(dropwhile(lambda piece: _NO_SIDE.fullmatch(flatten(piece)), pieces))
    return read("".join(behind)) if 0 < len(behind) < len(pieces) else None


def _candidates(text: str, spec: FactSpec, read: Read, topic: str) -> Iterator[Answer | None]:
    yield read(text)
    yield _before_questions(text, read)
    yield _not_known(text, spec)
    if spec.name == troubles.FACT:
        yield _kind(text, spec, topic)
    elif spec.type == "bool":
        yield _predicate(text, spec)
        yield _in_sum(text)
        yield _in_a_clause(text, spec)
    elif spec.unit == "days":
        yield _interval(text)


def _before_questions(text: str, read: Read) -> Answer | None:
    """Read what stands before the questions that end a text: "No. It is a letter. How do I begin?"."""
    pieces = cut(text)
    end = len(pieces)
    while end > 1 and pieces[end - 1].rstrip().endswith("?") and hear(pieces[end - 1]).asks:
        end -= 1
    if end == len(pieces):
        return None
    answer = read("".join(pieces[:end]).strip())
    return replace(answer, rest=_joined(answer.rest, *pieces[end:])) if answer else None


def _not_known(text: str, spec: FactSpec) -> Answer | None:
    """Read a sentence that says that what was asked is not known."""
    pieces = cut(text)
    for at, piece in enumerate(pieces):
        matter = unknown_matter(piece)
        topic = pieces[at - 1] if at and pieces[at - 1].rstrip().endswith("?") else matter
        if matter is not None and (_is_asked(topic or "", spec) or (at == 0 and not names_its_matter(matter))):
            after = at + 2 if at + 1 < len(pieces) and gives_reason(pieces[at + 1]) else at + 1
            return Answer(None, piece.strip(), _joined(*pieces[:at], *pieces[after:]))
    return None


def _is_asked(matter: str, spec: FactSpec) -> bool:
    """Whether what is said not to be known, if anything is named, is what was asked."""
    is_number = spec.type not in ("bool", "choice") and matter.startswith(("how many", "how much", "how often"))
    return not matter or is_number or shares_a_word(matter, spec.question)


def _kind(text: str, spec: FactSpec, topic: str) -> Answer | None:
    """Read a kind of problem that is named in a sentence of its own, or was just spoken of."""
    if _THAT_ONE.fullmatch(flatten(text)):
        meant = troubles.find_troubles(flatten(topic)).kind
        return Answer(meant, text) if meant else None
    if none := _NONE_OF_THEM.match(flatten(text)):
        return Answer(None, text[: none.end()], text[none.end() :])
    if _HOW_IT.match(flatten(text)):
        named = troubles.find_troubles(flatten(text)).kind
        return Answer(named, text) if named else None
    first, *_, last = cut(text) * 2
    for piece in (last, first) if first != last else ():
        found = troubles.find_troubles(flatten(piece).strip(), spec.options)
        if found.kind and found.is_bare and not piece.rstrip().endswith("?") and not is_argument(piece):
            return Answer(found.kind, piece.strip(), text)
    return None


def _predicate(text: str, spec: FactSpec) -> Answer | None:
    """Read a first sentence that only repeats a word of the question: "settled." to "Is it settled?"."""
    first, *others = cut(text) or [""]
    said = _PREDICATE.fullmatch(flatten(first))
    if said is None or not spec.question.startswith("Is ") or len(said["what"].split()) > _PREDICATE_WORDS:
        return None
    is_repeated = all(re.search(rf"\b{re.escape(word)}\b", spec.question.lower()) for word in said["what"].split())
    return Answer(not said["not"], first.strip(), _joined(*others)) if is_repeated else None


def _in_sum(text: str) -> Answer | None:
    said = _IN_SUM.search(flatten(text))
    return Answer(said["truth"].startswith("y"), text, text[: said.start()]) if said and said.start() else None


def _in_a_clause(text: str, spec: FactSpec) -> Answer | None:
    """Read "…, and yes they act on one another" where it takes up a word of the question."""
    said = _IN_A_CLAUSE.search(flatten(text))
    if said is None or not shares_a_word(said["what"], spec.question):
        return None
    words = text[said.start("truth") : said.end()]
    return Answer(said["truth"].startswith("y"), words, _joined(text[: said.start()], text[said.end() :].lstrip(".!")))


def _interval(text: str) -> Answer | None:
    """Read how often something changes from the sentence that tells it."""
    pieces = cut(text)
    for at, piece in enumerate(pieces):
        flat = flatten(piece)
        days = None if flat.rstrip().endswith("?") or not _CHANGES.search(flat) else how_often(flat)
        if days is not None:
            return Answer(days, piece.strip(), _joined(*pieces[:at], *pieces[at + 1 :]))
    return None


def _less_another(text: str) -> str:
    """Return a text less what it says of the statement that was not chosen."""
    return "".join(piece for piece in cut(text) if not _OF_ANOTHER.search(flatten(piece))).strip()


def _joined(*pieces: str) -> str:
    return " ".join(piece.strip() for piece in pieces if piece.strip())

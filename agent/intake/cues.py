"""Finds the cue words of facts in a sentence; the cues themselves are data in `data/cues.yaml`.

A cue is only a hint with a polarity; `reading` weighs it together with the sentence's vector. A cue's expression is
compiled when a text first holds the letters that it cannot match without: compiling all of them takes most of a second,
and a question needs one in fifteen. Those letters are fitted by `eval.fit_cues`; a cue that they do not know is tried.
Where a cache folder is given, what was read is kept there: reading both files takes 80 ms, an eighth of a first answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from msgspec import Struct
from rapidfuzz import process
from rapidfuzz.distance import OSA

from agent.expressions import expression
from agent.intake.scope import is_denied, is_negated, is_refused, is_untried, scope_of
from agent.intake.sentences import Span, flatten, split_clauses
from agent.kept import kept, sum_of
from agent.types import FOLLOWS

_DATA = Path(__file__).parent / "data" / "cues.yaml"
LETTERS = _DATA.with_name("cue_letters.json")
_LONG = expression(r"[a-z]{6,}")
_PLAIN = expression(r"\\[a-zA-Z]|\[[^\]]*\]|\(\?[!:=<]+")
_FIGURES = expression(r"[\d.,]{25,}")
"""No number; many cues would try it anew from each of its characters."""
BEGINNING = 3
"""Letters by which runs of them are looked up."""
_MACRO = expression(r"<([A-Z]+)>")

Key = tuple[str, bool | str]
"""A fact and the value that a cue speaks for."""
KIND = "problem_kind"
COMPLAINTS = {
    "cost_too_high": "cost_latency",
    "latency_too_high": "cost_latency",
    "knowledge_gap": "knowledge",
    "output_breaks": "format",
}
"""Facts that name a kind of problem, and which; who denies one does not have that kind."""
_PRAISE: frozenset[Key] = frozenset((name, True) for name in FOLLOWS)
"""What a cue may say in words that end in praise."""


class Cue(Struct, frozen=True):
    """One cue found: what it speaks for, and where it stands in the text."""

    key: Key
    start: int
    end: int


class Expression(Struct, frozen=True, array_like=True):
    """A regular expression, and the groups of letters of which it needs one each; none where that is not known."""

    pattern: str
    needs: frozenset[int]


class Lexicon(Struct, frozen=True):
    """Cues by fact and value, the facts that negation turns or that must be so today, and the cues' words."""

    patterns: dict[Key, tuple[Expression, ...]]
    letters: dict[str, tuple[tuple[str, tuple[int, ...]], ...]]
    """Runs of letters by their first three, each with the groups that it satisfies."""
    negatable: frozenset[str]
    now: frozenset[str]
    words: frozenset[str]
    """Words of six letters and more that cues are made of: what a typo is mended to."""


_lexicon: list[Lexicon] = []


def lexicon(cache_dir: Path | None = None) -> Lexicon:
    """Load the packaged cues once, through the cache folder where the first caller gives one."""
    if not _lexicon:
        _lexicon.append(read_lexicon() if cache_dir is None else kept_lexicon(cache_dir))
    return _lexicon[0]


def kept_lexicon(cache_dir: Path) -> Lexicon:
    """Return what `read_lexicon` does, read anew only where its files or this one have changed."""
    depends = partial(sum_of, (_DATA, LETTERS, Path(__file__)))
    return kept(cache_dir, "cues", depends, Lexicon, read_lexicon)


def read_lexicon() -> Lexicon:
    """Read the packaged cues and the letters that they need."""
    import yaml  # here, since what is kept does without it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    raw = yaml.load(_DATA.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both loaders are safe ones
    fitted = json.loads(LETTERS.read_text(encoding="utf-8"))
    patterns = _expressions(raw, {name: frozenset(groups) for name, groups in fitted["needs"].items()})
    words = {word for cues in patterns.values() for cue in cues for word in _LONG.findall(_PLAIN.sub(" ", cue.pattern))}
    letters = _by_letters(fitted["groups"])
    return Lexicon(patterns, letters, frozenset(raw["negatable"]), frozenset(raw["now"]), frozenset(words))


def find_cues(sentence: Span) -> tuple[Cue, ...]:
    """Return the cues of one sentence that hold in their scope, negation applied."""
    words = lexicon()
    flat = _FIGURES.sub(lambda figures: "#" * len(figures[0]), flatten(sentence.text))
    mended, origin = mend(flat, words.words)
    present = _present(mended, words.letters)
    found = []
    for key, patterns in words.patterns.items():
        possible = [cue.pattern for cue in patterns if cue.needs <= present]
        hits = (m for pattern in possible for m in _expression(pattern).finditer(mended) if m.group())
        held = None
        for hit in hits:
            start, end = origin[hit.start()], origin[hit.end() - 1] + 1
            holds = None if key in _PRAISE and is_denied(hit.group()) else _held(key, start, end, sentence, flat)
            if holds and (held is None or holds == key):
                held = Cue(holds, sentence.start + start, sentence.start + end)
            if holds == key:
                break
        if held:
            found.append(held)
    denials = [cue for cue in found if cue.key[1] is False]
    return tuple(cue for cue in found if not any(_denies(denial, cue) for denial in denials))


def _denies(denial: Cue, cue: Cue) -> bool:
    """Whether a cue's own words hold its denial, or it names the kind of problem in a complaint that is denied."""
    if cue.key == (denial.key[0], True):
        return cue.start <= denial.start and denial.end <= cue.end
    is_named = cue.key[0] == KIND and denial.key[0] in COMPLAINTS
    return is_named and denial.start <= cue.start and cue.end <= denial.end


def mend(flat: str, words: frozenset[str]) -> tuple[str, list[int]]:
    """Return the text with mistyped cue words put right, and for each of its characters where it stood."""
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    for token in _LONG.finditer(flat):
        right = _right_word(token.group(), words)
        if right != token.group():
            pieces += [flat[at : token.start()], right]
            origin += range(at, token.start())
            last = token.end() - 1
            origin += [min(token.start() + step, last) for step in range(len(right))]
            at = token.end()
    return "".join(pieces) + flat[at:], origin + list(range(at, len(flat)))


@lru_cache(maxsize=4096)
def _right_word(token: str, words: frozenset[str]) -> str:
    """Return the cue word that is one slip away (a letter too many, missing, wrong or swapped), else the token itself."""
    if token in words or any(token.startswith(word) or word.startswith(token) for word in words):
        return token
    near = process.extract(token, words, scorer=OSA.distance, score_cutoff=1, limit=None)
    close = sorted(word for word, _, _ in near if word[0] == token[0] and word[-1] == token[-1])
    return close[0] if close else token


def _held(key: Key, start: int, stop: int, sentence: Span, flat: str) -> Key | None:
    begin, end = _clause_bounds(sentence, start)
    if key[0] in lexicon().now and not _is_so_today(start, stop, sentence, flat):
        return None
    if key[1] is True and key[0].endswith("_tried") and is_untried(flat[stop:end]):
        # Whoever did not try examples may have tried a prompt.
        return None if key[0] == "prompting_tried" else (key[0], False)
    if key[1] is False and key[0] in COMPLAINTS and is_negated(flat[begin:start]):
        return None
    is_wish = key[0] in lexicon().negatable - lexicon().now
    if key[1] is True and (is_negated(flat[begin:start]) or (is_wish and is_refused(flat[stop:end]))):
        return (key[0], False) if key[0] in lexicon().negatable else None
    return key


def _is_so_today(start: int, stop: int, sentence: Span, flat: str) -> bool:
    """Whether the clauses that a cue begins and ends in say what is so now."""
    touched = {_clause_bounds(sentence, start), _clause_bounds(sentence, stop - 1)}
    return all(scope_of(flat[begin:end], flat).is_so_today for begin, end in touched)


def _clause_bounds(sentence: Span, at: int) -> tuple[int, int]:
    for clause in split_clauses(sentence):
        if clause.start - sentence.start <= at < clause.end - sentence.start:
            return clause.start - sentence.start, clause.end - sentence.start
    return 0, len(sentence.text)


def _expressions(raw: Mapping[str, Any], needs: Mapping[str, frozenset[int]]) -> dict[Key, tuple[Expression, ...]]:
    macros: Mapping[str, str] = raw["macros"]
    values = {"true": True, "false": False}
    found: dict[Key, tuple[Expression, ...]] = {}
    for fact, by_value in raw["cues"].items():
        for value, cues in by_value.items():
            patterns = [_expanded(cue, macros) for cue in cues]
            found[fact, values.get(value, value)] = tuple(
                Expression(p, needs.get(named(p), frozenset())) for p in patterns
            )
    return found


def named(pattern: str) -> str:
    """Return the name under which the letters of a pattern are kept, so that a changed pattern has none."""
    return hashlib.sha256(pattern.encode("utf-8")).hexdigest()[:16]


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return expression(pattern)


def _by_letters(groups: Sequence[Sequence[str]]) -> dict[str, tuple[tuple[str, tuple[int, ...]], ...]]:
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for number, group in enumerate(groups):
        for run in group:
            runs = found.setdefault(run[:BEGINNING], {})
            runs[run] = (*runs.get(run, ()), number)
    return {beginning: tuple(runs.items()) for beginning, runs in found.items()}


def _present(text: str, letters: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]]) -> set[int]:
    """Return the groups of which a member stands in the text."""
    present: set[int] = set()
    # Only runs that begin as some place of the text does: looking for each of the thousands took 3 ms a sentence.
    beginnings = {text[at : at + size] for at in range(len(text)) for size in range(1, BEGINNING + 1)}
    for beginning in beginnings & letters.keys():
        for run, groups in letters[beginning]:
            if run in text:
                present.update(groups)
    return present


def _expanded(cue: str, macros: Mapping[str, str]) -> str:
    while _MACRO.search(cue):
        cue = _MACRO.sub(lambda m: macros[m[1]], cue)
    return cue

"""Errors planted into honest drafts, by class and kind: what a careless or deceitful writer would do to them.

The same draft gets the same errors on each run. Whether an error is found is not this module's business.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from agent.answer.wording import HEADLINES, LABELS
from agent.grounding import Sentence, match_quote, named_approaches, read_numbers, read_sentences
from agent.types import Approach, Passage
from eval.drafts import Honest, quotable

ErrorClass = Literal[
    "invented_citation",
    "misattributed_quotation",
    "altered_number",
    "swapped_approach",
    "flipped_polarity",
    "unsupported_sentence",
]
CLASSES: tuple[ErrorClass, ...] = get_args(ErrorClass)


class Planted(Struct, frozen=True):
    """A draft with one error in it."""

    error: ErrorClass
    kind: str
    """The way it was done, for the break-down."""
    wrong: Honest
    before: str
    after: str


Edit = tuple[str, str, str]
"""Kind, the words before and the words after."""


def plant(honest: Honest, corpus: Mapping[str, Passage]) -> Iterator[Planted]:
    """Yield the draft with one error, for each class and kind that its words allow; `corpus` is everything there is."""
    for error, planter in PLANTERS.items():
        chance = random.Random(f"{error} {honest.id}")
        for kind, before, after in planter(honest, corpus, chance):
            markdown = honest.draft.markdown.replace(before, after, 1)
            if markdown != honest.draft.markdown:
                wrong = replace(honest, draft=replace(honest.draft, markdown=markdown))
                yield Planted(error, kind, wrong, before, after)


def _cited(honest: Honest) -> list[Sentence]:
    """Return the cited sentences that stand in the text as they were read."""
    sentences = read_sentences(honest.draft.markdown)
    return [s for s in sentences if s.markers and not s.is_heading and s.raw in honest.draft.markdown and s.text]


_MARK = re.compile(r"\s*\[[\d, –-]+\](?=[.!?:;]|$|\s)")


AUTHORS = ("Chen", "Okafor", "Lindqvist", "Marsh")
AUTHORITIES = (
    "Google's own guidance says that",
    "Researchers at Princeton found that",
    "The Anthropic documentation recommends the same:",
    "As Andrew Ng has put it,",
    "A survey of 2,000 teams confirms that",
    "It is well established in the literature that",
    "Meta and Cohere both report that",
    "In the words of Karpathy,",
    "Independent tests have shown that",
    "The 2024 DORA report says that",
)


def _citations(honest: Honest, corpus: Mapping[str, Passage], chance: random.Random) -> Iterator[Edit]:
    sentences = _cited(honest)
    if not sentences:
        return
    raw = chance.choice(sentences).raw
    last = len(honest.draft.cited)
    source = corpus[honest.draft.cited[0]].source
    strange = [name for name in corpus if name not in honest.allowed]
    replacements = {
        "a number that stands for nothing": f" [{last + chance.randint(1, 9)}]",
        "one more number": f" [1, {last + 2}]",
        "a made-up id": f" ({source}#{chance.choice(('scaling-law', 'field-study', 'cost-of-drift'))}) [1]",
        "a made-up address": f" [1] (https://{source}.example/{chance.randint(2, 99)})",
        "a paper's number": f" [1] (arXiv:{chance.randint(2101, 2409)}.{chance.randint(10000, 19999)})",
        "author and year": f" [1] ({chance.choice(AUTHORS)} et al., {chance.randint(2019, 2025)})",
    }
    if strange:
        replacements["a passage that was not retrieved"] = f" ({chance.choice(strange)}) [1]"
    for kind in chance.sample(sorted(replacements), min(2, len(replacements))):
        if _MARK.search(raw):
            yield kind, raw, _MARK.sub(lambda _, kind=kind: replacements[kind], raw, count=1)  # type: ignore[misc]
    study = chance.choice(("a Stanford study", "Gartner", "a recent benchmark by OpenAI", "the MLPerf report"))
    if raw[:1].isupper():
        yield "a named authority", raw, f"According to {study}, {raw[:1].lower()}{raw[1:]}"
        opening = chance.choice(AUTHORITIES)
        yield "an authority in other words", raw, f"{opening} {raw[:1].lower()}{raw[1:]}"


NAMES = {"enterprise-strategy": "Mala", "train-or-prompt": "AI Guide", "intervention-hierarchy": "ViviScape"}


def _quotations(honest: Honest, corpus: Mapping[str, Passage], chance: random.Random) -> Iterator[Edit]:
    sentences = _cited(honest)
    if not sentences:
        return
    place = chance.choice(sentences)
    number = chance.choice(place.markers)
    own = [honest.allowed[name] for name in honest.draft.cited if name in honest.allowed]
    cited = corpus[honest.draft.cited[number - 1]]
    said = honest.question

    def foreign(pool: list[Passage]) -> str:
        chance.shuffle(pool)
        for passage in pool:
            quote = quotable(passage.text, chance)
            if quote and not match_quote(quote, [cited.text, cited.quote, said]):
                return quote
        return ""

    others = foreign([passage for name, passage in honest.allowed.items() if passage is not cited])
    absent = foreign([passage for name, passage in corpus.items() if name not in honest.allowed])
    mine = quotable(said, chance) if len(said.split()) >= 10 else ""
    right = quotable(cited.text, chance)
    verb = chance.choice(("holds that", "says:", "puts it as", "argues that"))
    if others:
        yield "another passage's words", place.raw, f"{place.raw} The source {verb} “{others}” [{number}]."
    if absent and chance.random() < 0.5:
        yield "words of a passage not at hand", place.raw, f"{place.raw} The source {verb} “{absent}” [{number}]."
    if len({honest.draft.cited[n - 1].partition("#")[0] for n in place.markers}) == 1:
        name = chance.choice([name for source, name in NAMES.items() if source != cited.source])
        yield "another source's name", place.raw, f"{name} holds that {place.raw[:1].lower()}{place.raw[1:]}"
    if mine and not match_quote(mine, [passage.text for passage in own]):
        yield "the user's words as a source's", place.raw, f"{place.raw} The source {verb} “{mine}” [{number}]."
    if right and not match_quote(right, [said]):
        yield "a source's words as the user's", place.raw, f"{place.raw} You said “{right}”."
        words = right.split()
        at = chance.randrange(1, len(words) - 1)
        words[at : at + 1] = chance.choice(([], [words[at], "always"], ["hardly"]))
        altered = " ".join(words)
        if not match_quote(altered, [cited.text, said]):
            yield "altered words", place.raw, f"{place.raw} The source {verb} “{altered}” [{number}]."


_NUMBER = re.compile(r"(?<![\w.#\[$-])(\$?)(\d[\d,]*(?:\.\d+)?)(?=[%+,.;:\s-]|K\b|M\b|B\b|ms\b|k\b)")
_SPELLED = re.compile(
    r"\b(five hundred|seven billion|(?:ten|fifteen|a hundred|a) thousand|a million|forty|fifty)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(r"(?<=\d )(days|weeks|months|hours|minutes|years)\b")
_OTHER_UNIT = {
    "days": "weeks",
    "weeks": "months",
    "months": "weeks",
    "hours": "days",
    "minutes": "hours",
    "years": "months",
}


def _numbers(honest: Honest, corpus: Mapping[str, Passage], chance: random.Random) -> Iterator[Edit]:
    sentences = [s for s in _cited(honest) if _NUMBER.search(_bare(s.raw)) or _SPELLED.search(s.raw)]
    chance.shuffle(sentences)
    for sentence in sentences[:2]:
        raw = sentence.raw
        for kind, change in (
            ("ten times", _times_ten),
            ("a little more", _a_little_more),
            ("other scale", _other_scale),
        ):
            changed = _outside_markers(raw, change)
            if read_numbers(changed) != read_numbers(raw):
                yield kind, raw, changed
        if _SPELLED.search(raw):
            yield "in words", raw, _SPELLED.sub(lambda m: "nine million" if "m" not in m[0] else "ninety", raw, count=1)
        if _UNIT.search(raw):
            yield "another unit", raw, _UNIT.sub(lambda m: _OTHER_UNIT[m[0]], raw, count=1)
        if len(set(_NUMBER.findall(_bare(raw)))) == 2 and "%" not in raw:
            yield "two numbers exchanged", raw, _outside_markers(raw, _exchanged)
    if places := _cited(honest):
        raw = chance.choice(places).raw
        figure = chance.choice(("in 37% of all projects", "within 11 weeks", "for 2,750 teams", "since March 2031"))
        yield "a figure added", raw, _MARK.sub(lambda m: f" {figure}{m[0]}", raw, count=1)


def _bare(raw: str) -> str:
    return _MARK.sub("", raw)


def _outside_markers(raw: str, change: Callable[[str], str]) -> str:
    """Change the words and leave the citation markers alone."""
    parts = re.split(r"(\[[\d, –-]+\])", raw)
    for index in range(0, len(parts), 2):
        changed = change(parts[index])
        if changed != parts[index]:
            return "".join((*parts[:index], changed, *parts[index + 1 :]))
    return raw


def _times_ten(text: str) -> str:
    return _NUMBER.sub(lambda m: f"{m[1]}{m[2]}0" if "," not in m[2] else f"{m[1]}{m[2][0]}0{m[2][1:]}", text, count=1)


def _a_little_more(text: str) -> str:
    return _NUMBER.sub(lambda m: f"{m[1]}{int(re.sub(r'[^0-9]', '', m[2].split('.')[0])) + 1:,}", text, count=1)


def _other_scale(text: str) -> str:
    return re.sub(r"(?<=\d)K\b", "M", re.sub(r"\b(\d+),000\b", r"\1 million", text), count=1)


def _exchanged(text: str) -> str:
    found = list(_NUMBER.finditer(text))
    if len(found) < 2:
        return text
    first, second = found[0], found[1]
    return text[: first.start()] + second[0] + text[first.end() : second.start()] + first[0] + text[second.end() :]


SHORT: dict[str, tuple[Approach, str]] = {
    r"\bfine-tuning\b": ("fine_tuning", "fine-tuning"),
    r"\b(?:RAG|retrieval)\b(?! \(RAG\))": ("rag", "retrieval"),
    r"\bretrieval \(RAG\)": ("rag", "retrieval"),
    r"\bdistillation\b": ("distillation", "distillation"),
    r"\bfew-shot(?: examples| prompting)?\b": ("few_shot", "few-shot prompting"),
    r"\b(?:stronger|larger) model\b": ("stronger_model", "stronger model"),
    r"\bconstrained decoding\b": ("structured_output", "constrained decoding"),
    r"\btraining\b(?! (?:a|an|the|on|data|examples)\b)": ("fine_tuning", "fine-tuning"),
    r"\btun(?:e|ing)\b(?<!-tuning)": ("fine_tuning", "fine-tuning"),
}


ADVICE = (
    "my advice: go with {}.",
    "{} is the way to go.",
    "for your case, {} is the answer.",
    "you are best served by {}.",
    "we would pick {}.",
    "the right rung is {}.",
    "this case calls for {}.",
    "what you need is {}.",
    "opt for {} here.",
    "the verdict: {}.",
    "{} it is.",
    "go straight to {}.",
)


def _approaches(honest: Honest, corpus: Mapping[str, Passage], chance: random.Random) -> Iterator[Edit]:
    if honest.verdict is not None:
        right = honest.verdict.recommendation
        headline = HEADLINES[right]
        parts = named_approaches(headline)
        wrong = [name for name, line in HEADLINES.items() if name != right and not parts & named_approaches(line)]
        for name in chance.sample(wrong, min(2, len(wrong))):
            yield "the recommendation", headline, HEADLINES[name]
        name = chance.choice([name for name in wrong if name in LABELS])
        advice = chance.choice(ADVICE).format(LABELS[name])
        yield "the recommendation in other words", f"**{headline}**", f"**{advice[0].upper()}{advice[1:]}**"
        yield "a second recommendation", f"**{headline}**", f"**{headline}** {advice[0].upper()}{advice[1:]}"
    sentences = _cited(honest)
    chance.shuffle(sentences)
    for sentence in sentences:
        swaps = list(_swaps(sentence, honest, chance))
        if swaps:
            yield chance.choice(swaps)
            return


def _swaps(sentence: Sentence, honest: Honest, chance: random.Random) -> Iterator[Edit]:
    """Yield one approach for another in a cited sentence whose passage speaks of the first only."""
    if sentence.text.endswith("?") or "“" in sentence.raw:
        return
    texts = " ".join(
        honest.allowed[honest.draft.cited[n - 1]].text for n in sentence.markers if n <= len(honest.draft.cited)
    )
    for pattern, (approach, _) in SHORT.items():
        others = [name for name, words in SHORT.values() if name != approach and name not in named_approaches(texts)]
        if re.search(pattern, sentence.raw) and others:
            other = chance.choice(others)
            words = next(words for name, words in SHORT.values() if name == other)
            yield "in a cited sentence", sentence.raw, re.sub(pattern, words, sentence.raw, count=1)


_TURNS = (
    (r"^Use ", "Avoid "),
    (r"^Avoid ", "Use "),
    (r"\bdo not\b", "do"),
    (r"\bdoes not\b", "does"),
    (r"\bis not\b", "is"),
    (r"\bcannot\b", "can"),
    (r"\bnever\b", "always"),
    (r"\bno longer\b", "still"),
    (r"\bwithout\b", "with"),
    (r"\bavoid\b", "use"),
    (r"\bis (?=the|a|an|best|better|worth|right|cheaper|lighter|solved|legitimate|reserved|harder)", "is not "),
    (r"\bcan\b(?! not)", "cannot"),
    (r"\bshould\b(?! not)", "should not"),
    (r"\bbelongs\b", "does not belong"),
    (r"\b(?:more|better)\b(?= (?:reliable|transparent|maintainable|fix))", "less"),
    (r"\bcheaper\b", "dearer"),
    (r"\bfaster\b", "slower"),
    (r"\bbefore\b", "after"),
    (r"\bonly (?=when|if|after|once)", "even "),
    (r"\bwins\b", "loses"),
)


def _polarity(honest: Honest, corpus: Mapping[str, Passage], chance: random.Random) -> Iterator[Edit]:
    found: list[Edit] = []
    for sentence in _cited(honest):
        if sentence.text.endswith("?") or "“" in sentence.raw:
            continue
        for pattern, turned in _TURNS:
            changed, count = re.subn(pattern, turned, sentence.raw, count=1)
            if count:
                kind = (
                    "a word of negation"
                    if re.search(r"not|avoid|use|never|cannot|always|do", turned, re.I)
                    else "a word of degree"
                )
                found.append((kind, sentence.raw, changed))
                break
    yield from chance.sample(found, min(2, len(found)))


CLAIMS = (
    "Most teams that skip this regret it within a year.",
    "The approach has become the standard across the industry.",
    "Vendors charge a premium for support of this set-up.",
    "Open models have closed the gap with commercial ones.",
    "Users notice the difference at once and rate it higher.",
    "A dedicated platform team makes the transition painless.",
    "The savings usually pay for the whole project.",
    "Security reviews go through faster that way.",
    "Smaller teams see the same gains as large ones.",
    "Synthetic data works just as well as human labels here.",
    "Regulators have started to recommend exactly this.",
    "The method scales to any language without extra work.",
)


def _unsupported(honest: Honest, corpus: Mapping[str, Passage], chance: random.Random) -> Iterator[Edit]:
    sentences = _cited(honest)
    if not sentences:
        return
    place = chance.choice(sentences)
    claim = chance.choice(CLAIMS)
    yield "a claim without a citation", place.raw, f"{place.raw} {claim}"
    yield "a claim with somebody's citation", place.raw, f"{place.raw} {claim[:-1]} [{place.markers[0]}]."
    pairs = [
        (a, b)
        for a in sentences
        for b in sentences
        if corpus[_first(honest, a)].section != corpus[_first(honest, b)].section
    ]
    if pairs:
        a, b = chance.choice(pairs)
        if not set(a.markers) & set(b.markers):
            yield "another sentence's citation", a.raw, _MARK.sub(f" [{b.markers[0]}]", a.raw)


def _first(honest: Honest, sentence: Sentence) -> str:
    return honest.draft.cited[sentence.markers[0] - 1]


PLANTERS: dict[ErrorClass, Callable[[Honest, Mapping[str, Passage], random.Random], Iterator[Edit]]] = {
    "invented_citation": _citations,
    "misattributed_quotation": _quotations,
    "altered_number": _numbers,
    "swapped_approach": _approaches,
    "flipped_polarity": _polarity,
    "unsupported_sentence": _unsupported,
}

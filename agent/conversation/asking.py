# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Tells what a question in the middle of a conversation asks for, and completes what it leaves out.

"why not?", "what about distillation?", "is 2,000 examples enough for us?", "and if we had 10k?" are questions about the case;
anything else is a question on the subject. Owns the wording of questions; answers none.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from agent.answer.glossary import Term, asked_terms, glossary
from agent.answer.provenance import asks_of_cards
from agent.answer.wording import LABELS
from agent.conversation.answers import measured
from agent.conversation.hearing import NAMES, SUMMED_UP, asks_how_much, named_approach
from agent.conversation.requests import About, requested, without_brevity
from agent.conversation.state import State
from agent.intake.candidates import is_inverted
from agent.intake.numbers import ONE, Quantity, find_quantities
from agent.intake.sentences import flatten
from agent.types import Approach, FactSpec

_FORMS: tuple[tuple[About, re.Pattern[str]], ...] = (
    ("asked", re.compile(r"\bwhy (?:do|did) you (?:ask|want|need)\b|\bwhy (?:does|would) (?:it|that|this) matter\b|\b(?:explain|define|rephrase) (?:the|that|your|this) question\b|^\W*(?:huh|what|pardon|sorry|come again)\W*\?+\W*$")),
    ("summary", re.compile(rf"\b{SUMMED_UP}")),
    ("enough", re.compile(r"\bhow many (?:\w+ ){0,2}(?:do|would|will|should) (?:we|i) (?:\w+ )?need\b|\b(?:enough|sufficient|suffices?|too (?:few|little|many|small)|would (?:that|it|\d\S*) do)\b|\bwho says\b.*\d")),
    ("standing", re.compile(r"\b(?:contested|robust|provisional|undetermined)\b.*\bmeans?\b|\bwhat(?:'s| is| does| do you mean by) \W*(?:contested|robust|provisional|undetermined)\b")),
    ("flips", re.compile(r"\bwhat (?:would|could|can|might|will|has to|must|needs? to|else (?:would|could)) (?:\w+ ){0,3}(?:change|flip|move|tip|alter|overturn|happen|convince|take|make you)\b|\bwhen would\b|\bunder what\b|\bwhat would it take\b|\bchange your mind\b|\bwhat (?:are|aren't) you (?:not |un)\w*|\bwhat (?:should|do|can|must) (?:we|i) (?:ask|find out|check|look at|look into|measure|tell you)\b|\bwhat would (?:\w+ )?(?:need|have) to\b|\bwhat (?:else |more )?do you (?:need|want)\b|\bwhat(?:'s| is) (?:still )?(?:missing|open)\b")),
    ("facts", re.compile(r"\b(?:which|what) facts\b|\bfacts (?:did|do|have) you\b|\bwhat (?:do |did |have )?you(?:'ve)? (?:know|remember|have|noted?|understood|understand|got|get|read|heard?)\b|\bwhat (?:have|did) (?:i|we) (?:already |just )?(?:said|say|told?|tell)\b|\bmy facts\b|\bour facts\b")),
    ("sources", re.compile(r"\bwho else\b|\bwhy do (?:they|all|most|so many)\b.*\b(?:says?|agree|lead|recommend)\b|\bwho (?:says|disagrees|agrees|said|thinks)\b|\b(?:do|did) (?:they|the (?:sources|experts|articles)|all (?:of )?(?:them|sources|the \w+)|you all|everyone) (?:all )?(?:agree|disagree|concur)|\bdisagree|\bhow do the (?:sources|experts|articles)\b|\bwhat do the (?:sources|experts|articles) say(?: (?:about|against|to|for) (?:it|that|this))?$|\bwhich (?:sources?|articles?|experts?)\b|\bvot(?:e|es|ed)\b")),
    ("plan", re.compile(r"\bwhat (?:should|do|must|can|shall|would) (?:we|i) (?:actually |then |now )?do\b|\b(?:next|first) (?:steps?|thing)\b|\bstep (?:1|one)\b|\bwhat(?:'s| is| comes)? (?:the )?next\b|^\W*(?:\w+ ){0,3}what (?:now|first|then)\W*$|\bhow (?:do|can|would) (?:i|we) (?:make|build|get|do|find|measure) (?:one|it|that|them)\W*$|\bwhere (?:do|should) (?:we|i) (?:start|begin)\b|\bhow (?:do|should) (?:we|i) (?:start|begin|proceed|go about it)\b|\bthe plan\b|\b(?:what then|then what)\b|\bafter that\b|\b(?:and|what) (?:after|then|afterwards)\W*$|^\W*(?:so |and |ok )*how\W*$|\b(?:are|am) (?:we|i) (?:stuck|done)\b|\b(?:we're|we are|i'm) done\b|\bwhat(?:'s| are) (?:our|my|the) options\b|\bwhat (?:else )?can (?:we|i) (?:still |now )?(?:do|try)\b")),
    ("verdict", re.compile(r"\bwhat (?:do|would) you (?:recommend|suggest|advise|say|do|choose|pick|go for)\b|\bwhat(?:'s| is) (?:the|your) (?:verdict|answer|recommendation|advice)\b|^\W*(?:so|and|well|hm+)\W*$|^\W*(?:so |and |ok )*which\W*$|\bso what\b|\b(?:too long|shorten|shorter|tl;?dr|short version|in short|briefly|simpler|more simply|eli5)\b|\bexplain (?:that|this|it)\b|\bwhat (?:should|do|can|shall) (?:we|i) (?:tell|say to) (?!you\b)|\bin (?:plain|simple) (?:words|english|terms)\b|\bwhich is it\b|\bwhich (?:one|approach|rung)\b|\byour (?:verdict|recommendation) (?:again|now)\b")),
    ("why_not", re.compile(r"\bwhy (?:not|can't|shouldn't|don't|wouldn't|isn't|aren't|won't)\b|\b(?:what|how) about\b|\bwhat(?:'s| is) wrong with\b|\bwhy (?:is|are) .*\bnot\b")),
    ("why", re.compile(r"^\W*(?:and |but |so |ok |okay |then |well |yes |hm+ )*(?:why\b|how come|what makes you|on what grounds|explain|justify|what(?:'s| is) (?:the|your) (?:reason|basis)|how (?:do|did) you (?:know|get|come|arrive|conclude)|how (?:sure|certain|confident|solid|robust)\b|is (?:that|this|it|he|she) (?:an? |any |really )*(?:problem|issue|bad|trouble|good|ok|okay|fine|right|wrong|relevant|important)\W*$|does (?:that|this|it) (?:really )?(?:matter|count)\W*$|what(?:'s| is) (?:your|the) confidence\b|what(?:'s| is) (?:the )?(?:most )?(?:decisive|deciding)\b|what decides\b|based on what)")),
)  # fmt: skip
_MEANING = re.compile(
    r"\bwhat (?:do|did) you mean(?: by| with)?\b(?P<by>.*)|\b(?:define|explain)\b(?P<term>.*)|\bwhat (?:does|do) (?P<what>.*?) mean\b|\bwhat (?:counts as|is|are)\b(?P<is>.*)"
)
"""Asks what words mean, which may be those of the open question."""
_SMALL = 3
"""Letters of a word that says nothing by itself."""
_SHOULD = re.compile(
    r"\b(?:should|could|can|may|would|might|shall|do|must|is it (?:ok|okay|fine|wise|better|worth)|isn't|aren't|couldn't|shouldn't|is) (?:\w+ ){0,4}"
    r"|\bdoes (?:that|this|it) mean\b|\bwhat if\b|\bright\W*$"
)
_ABOUT_CASE = re.compile(
    r"\b(?:we|i|us|our|my|here|this case|then|instead|an option|worth|better|does (?:that|this|it) mean)\b"
)
_NOT_THE_MODEL = re.compile(r"\b(?:embeddings?|embedders?|rerankers?|retrievers?|(?:cross-|bi-)?encoders?)\b")
"""What can be tuned too and is none of the approaches: what the sources say of it is all that can be said."""
_DEPENDS = re.compile(
    r"^\W*(?:it |that |and |so |what )*(?:does (?:it|that) )?depends? on(?: what)?\W*$|^\W*on what\W*$"
)
_COSTS = re.compile(
    r"\b(?:what|how much)\b[^?]{0,60}\b(?:costs?|costing|set (?:me|us|him|them) back|run (?:me|us)|pay|charge)\b|\bhow (?:expensive|pricey|costly|dear)\b"
    r"|\bballpark\b|\bhow much money\b|\bwhat(?:'s| is| are) (?:the |its )?(?:costs?|price(?: tag)?)\b|\b(?:is (?:this|that|it)|are we talking) \d+k? or \d+"
)
_OWN_COST = re.compile(r"\b(?:our|today's|current|my) (?:\w+ )?(?:costs?|bill)\b|\bcosts? (?:come|so much)\b")
"""What is paid today, or why so much."""
_READY_MADE = re.compile(
    r"\b(?:cheaper|smaller|small|cheap|weaker|lighter) (?:hosted|stock|ready-?made|off-the-shelf|api) (?:\w+ )?models?\b|\b(?:cheaper|smaller|small|cheap|weaker|lighter) (?:\w+ )?models?\b[^?]{0,40}"
    r"\b(?:same prompt|(?:without|w/o|with no|no) (?:any )?(?:extra )?(?:train|tun|fine-?tun)\w*|untrained|off the shelf|as (?:it|they) (?:is|are|comes?))\b"
)
"""Proposes a model that is only cheaper, which is none of the approaches."""
_COMPARES = re.compile(
    r"\b(?:compar(?:e[sd]?|ison)|side by side|next to|against each other|(?:table|slide|overview) of)\b"
)
_RISKS = re.compile(
    r"\b(?:can|could|might|may|will) (?:still )?go wrong\b|\b(?:risks?|downsides?|drawbacks?|pitfalls?|disadvantages?|the catch)\b"
)
"""Asks for what speaks against what is recommended."""
_BESIDE_A_NAME = re.compile(
    r"\b(?:and|but|so|ok|okay|then|now|just|well|maybe|instead|after all|a|the|with|use|try|go for)\b|\W"
)
"""What may stand beside the name of an approach that is proposed: "ok, so fine-tune then?"."""
_PRONOUN = re.compile(
    r"\b(?:it|that|this|they|them|those|these|(?<!no )one(?=\s*(?:$|[^\w\s]|(?:is|are|was|be|do|does|for|in|on|then|now|or|and)\b)))\b"
)
_IT = re.compile(r"\bit\b")
_LEAD = re.compile(r"^\W*(?:and|but|so|ok|okay|then|well|also|hm+)\b[,\s]*", re.IGNORECASE)
_HAD = (
    (re.compile(r"\b(we|i|you|they) (?:had|would have|could have|could get|got|could collect|collected|managed to get|could find)\b"), r"\1 have"),
    (re.compile(r"\b(it|this|that|the \w+|our \w+|(?:the|our) \w+ \w+) (?:were|was)\b"), r"\1 is"),
    (re.compile(r"\b(we|they|our \w+) were\b"), r"\1 are"),
    (re.compile(r"\b(?:did not|didn't) (?:need|have|care)\b"), "don't need"),
    (re.compile(r"\b(we|i) (?:needed|wanted)\b"), r"\1 need"),
    (re.compile(r"\bchanged\b"), "change"),
    (re.compile(r"\b(?:would|could|might)\b "), ""),
)  # fmt: skip
_SUPPOSING = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|then|now|well|hm+|also|fine|right|just)\b\W*)*(?:what (?:would (?:happen|change|you say|it be|the \w+ be)|happens|about) ?if|what if|how about if|if|suppose|supposing|imagine|assume|assuming|say|let's say|lets say|hypothetically,?|would (?:it|that|this|the \w+|your \w+) (?:\w+ ){0,3}if)\s*(?:that )?",
    re.IGNORECASE,
)
_CONSEQUENCE = re.compile(
    r"(?:[,;:]|(?<!\s))(?:\s*(?:what then|then what|what would (?:change|happen|you say)|would (?:it|that|the \w+) .*|should we .*|does (?:that|it) .*|is it .*))?[\s?]*$"
)
_NONE = re.compile(r"\b(?:none|zero|not? (?:a single|any))\b")
_COUNTED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("labelled_examples", re.compile(r"\b(?:examples?|labels?|labelled|labeled|samples?|tickets|rows|pairs|annotat(?!or)\w+|data ?points|training data|data)\b")),
    ("requests_per_month", re.compile(r"\b(?:requests?|calls?|queries|volume|traffic|a month|per month|a day|per day)\b")),
    ("latency_budget_ms", re.compile(r"\blatency\b|\d\s?(?:ms|msecs?|s|secs?|seconds?|milliseconds?|min|minutes?)\b")),
    ("deadline_days", re.compile(r"\b(?:deadline|until launch|to launch)\b")),
    ("knowledge_change_days", re.compile(r"\bchang\w+")),
    ("accuracy_now", re.compile(r"\baccura\w+|%|percent")),
)  # fmt: skip
_SOMETHING_ELSE = re.compile(
    r"\s?(?!(?:of (?:them|those|these|it)|or (?:so|more|less)|ish|more|less|times|instead|then|now|today|only|again|though|as|at|in|on|if|is|are|would|should|what|and|but|for|per|an?|every|each|by|to|right|correct"
    r"|percent|pct|points?|days?|weeks?|months?|quarters?|years?|k|daily|weekly|monthly)\b)[a-z]"
)
"""Behind a number: the name of what it counts, which is no fact where none is named."""
_HOW_GOOD = re.compile(
    r"\b(?:brings?|brought|gets?|got|reach(?:es|ed)?|scores?|scored|hits?|gives?|gave|at)(?: (?:us|it|me|to|only|just|say|about|maybe))*\W{1,2}(?:say\W{1,2})?$"
)
"""Before a bare number up to a hundred: a share of what is right, where one was told."""
_HIRES = re.compile(
    r"\b(?:hir(?:e[ds]?|ing)|recruit\w*|employ\w*|lends?|lent|took on|taken on|brought in|bring in) (?:\w+ )?$"
)
_DAYS = re.compile(r"\s?(?:days?|weeks?|months?|quarters?|years?)\b")

ACCURACIES = frozenset({"accuracy_now", "accuracy_target"})
FEW = 5
"""Words that say little by themselves, and lean on what was spoken of before."""


class Question(Struct, frozen=True):
    """A question with what it is about."""

    about: About
    text: str
    """Complete by itself: pronouns and what was left out are filled in."""
    approach: Approach | None = None
    fact: str = ""
    value: float | None = None
    terms: tuple[Term, ...] = ()
    """Words whose meaning is asked for."""
    is_brief: bool = False
    """Whether a line is asked for."""


def asks_what_is_known(text: str) -> bool:
    """Tell whether a text asks for nothing but what was understood; a question on the subject does not say "you"."""
    flat = flatten(text)
    facts = dict(_FORMS)["facts"]
    return bool(facts.search(flat)) and len(flat.split()) <= 2 * FEW and " you" in flat


def classify(text: str, state: State, recommended: Approach | None) -> Question:
    """Return what a question asks for; one about the case only where there is a verdict to ask about."""
    flat = flatten(text)
    named = named_approach(text)
    approach = named or state.focus
    if state.asked and _asks_meaning(flat, state.asked.question):
        return Question("asked", text)
    if asks_of_cards(text):
        return Question("subject", text)
    if terms := asked_terms(text):
        return Question("meaning", text, approach, terms=terms)
    if recommended:
        found = _of_case(text, flat, named, state)
        if found is not None:
            return found
        is_proposed = _SHOULD.search(flat) and _ABOUT_CASE.search(flat) and not asks_how_much(flat)
        if (
            named
            and not _NOT_THE_MODEL.search(flat)
            and (is_proposed or not _BESIDE_A_NAME.sub("", NAMES[named].sub("", flat)))
        ):
            return Question("why_not", text, named)
        if not named and _RISKS.search(flat) and recommended != "measure_first":
            return Question("subject", f"What are the limitations of {LABELS[recommended]}?", recommended)
    follows = named or _PRONOUN.search(flat) or len(_LEAD.sub("", text).split()) <= FEW
    return Question("subject", complete(text, state), approach if follows else None)


def _of_case(text: str, flat: str, named: Approach | None, state: State) -> Question | None:
    """Return what a question asks for of the case, by the first form that fits; None where none does."""
    approach, (rest, is_brief) = named or state.focus, without_brevity(flat)
    if request := requested(flat):
        return Question(request, text, named, is_brief=is_brief)
    if _READY_MADE.search(flat):
        return Question("meaning", text, terms=(glossary()["cheaper ready made model"],))
    if _COSTS.search(flat) and not _OWN_COST.search(flat):
        return Question("cost", text, _proposed(flat) or approach)
    if _COMPARES.search(flat) and len({name for name, pattern in NAMES.items() if pattern.search(flat)}) > 1:
        return Question("compared", text)
    for about, pattern in _FORMS:
        if pattern.search(rest) and not _is_wider(about, rest, named):
            return replace(_about_case(about, text, rest, approach, state), is_brief=is_brief)
    return None


def _proposed(flat: str) -> Approach | None:
    """Return the approach that words stand for where its name is not said: "the small one"."""
    return "distillation" if re.search(r"\bsmall(?:er)? (?:one|model)\b", flat) else None


def _asks_meaning(flat: str, asked: str) -> bool:
    """Whether a text asks what the words of the open question mean, or what the question as a whole does."""
    found = _MEANING.search(flat)
    if found is None:
        return False
    words = {word for group in found.groups() if group for word in re.findall(r"[a-z]+", group) if len(word) > _SMALL}
    words -= {"that", "this", "with", "does", "question", "here"}
    shared = words & set(re.findall(r"[a-z]+", flatten(asked)))
    return len(words) == len(shared) and bool(shared or _PRONOUN.search(flat) or found.lastgroup == "by")


def complete(text: str, state: State) -> str:
    """Fill in what a follow-up leaves out: "it" by the approach last spoken of, two words by the topic they follow."""
    flat = flatten(text)
    if _DEPENDS.search(flat):
        return "Which questions decide between prompting, retrieval and fine-tuning?"
    if state.focus is None or named_approach(text):
        return text
    label = LABELS[state.focus]
    bare = _LEAD.sub("", text).strip()
    if _PRONOUN.search(flat) and len(flat.split()) <= 12:
        return re.sub(_PRONOUN.pattern, label, bare, count=1, flags=re.IGNORECASE)
    if len(bare.split()) <= FEW:
        return f"{bare.rstrip('?. ')} of {label}?"
    return text


def indicative(text: str) -> str:
    """Return a supposition as if it were stated: "and if we had 10k labels?" becomes "we have 10k labels"."""
    stated = _CONSEQUENCE.sub("", _SUPPOSING.sub("", text.strip()))
    if stated.lower().startswith(("had we ", "were we ")):
        stated = "we have " + stated[8:]
    for pattern, replacement in _HAD:
        stated = pattern.sub(replacement, stated)
    return stated.strip(" .?!")


def number_meant(text: str, state: State, catalogue: dict[str, FactSpec]) -> tuple[str, float | None]:
    """Return the numeric fact that a text speaks of, and the number it gives; the last one spoken of where it is bare."""
    flat = flatten(text)
    named = named_number(flat)
    quantities = [quantity for quantity in find_quantities(flat) if not quantity.money]
    is_of_days = catalogue[named or state.number].unit == "days" if (named or state.number) in catalogue else True
    meant = [
        quantity
        for quantity in quantities
        if _is_meant(flat, quantity, is_named=bool(named)) and (is_of_days or not _DAYS.match(flat, quantity.end))
    ]
    fact = named or (_accuracy(flat, meant, state) if meant else "") or state.number
    asked = state.asked.fact if state.asked else ""
    if not fact and asked in catalogue and catalogue[asked].type in ("integer", "number", "ratio"):
        fact = asked
    if not meant:
        return fact or "labelled_examples", 0 if named and not quantities and _NONE.search(flat) else None
    fact = fact or "labelled_examples"
    value = measured(catalogue[fact], flat[: quantities[0].start] + flat[meant[0].start :])
    is_of_errors = fact == "accuracy_now" and is_inverted(flat, meant[0].start, meant[0].end)
    return fact, 1 - value if value is not None and is_of_errors else value


def _is_meant(flat: str, quantity: Quantity, *, is_named: bool) -> bool:
    """Whether a number can be that of a fact: no mere "one", and no count of something that is none."""
    is_one = flat[quantity.start : quantity.end].strip() in ONE
    is_another = _SOMETHING_ELSE.match(flat, quantity.end) or _HIRES.search(flat, 0, quantity.start)
    return not is_one and (is_named or not is_another)


def _accuracy(flat: str, meant: list[Quantity], state: State) -> str:
    """Return the accuracy that a bare number up to a hundred must be, where one was told."""
    is_share = meant[0].is_share or 30 <= meant[0].value <= 100
    return (
        "accuracy_now"
        if is_share and ACCURACIES & state.facts.keys() and _HOW_GOOD.search(flat, 0, meant[0].start)
        else ""
    )


def named_number(text: str) -> str:
    """Return the numeric fact that a text names; empty where it names none."""
    flat = flatten(text)
    return next((name for name, pattern in _COUNTED if pattern.search(flat)), "")


def _is_wider(about: About, flat: str, named: Approach | None) -> bool:
    """Whether a question of this form asks about the subject at large: "why is fine-tuning expensive?"."""
    if about == "why":
        return named is not None and len(flat.split()) > 5 and not _ABOUT_CASE.search(flat)
    if about == "enough":
        return not re.search(r"\d|\b(?:we|us|our|i|that|it|this|hundred|thousand)\b", flat)
    if about == "why_not":
        others = re.search(r"\b(?:what|how) about (?!(?:it|that|this|them|those|these)\b)", flat)
        return bool(others) and named is None
    return False


def _about_case(about: About, text: str, flat: str, approach: Approach | None, state: State) -> Question:
    if about == "enough":
        quantities = find_quantities(flat)
        value = quantities[0].value if quantities else None
        is_of_last = state.number == "requests_per_month" or (state.number in ACCURACIES and not quantities)
        last = state.number if is_of_last else "labelled_examples"
        return Question("enough", text, approach, named_number(text) or last, value)
    if about in ("why", "verdict") and not named_approach(text) and (about == "verdict" or not _IT.search(flat)):
        # A bare "why?" or "which is it?" asks for the verdict, not for the approach spoken of before.
        return Question(about, text)
    return Question(about, text, approach)

# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Which kind of answer a text gets: advice on a case, guidance on the subject, or an honest "not covered".

Owns the decision and the fitted head; the features it weighs are `asked`'s, the words of the refusal are the advisor's. The head
is a kernel machine over the question's vector and those features, fitted by `python -m eval.fit_coverage`: it compares a question
with some of those it learned from, so that a subject next to a refused one need not be refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agent.answer import asked, provenance
from agent.answer.whether import asks_of_a_claim
from agent.errors import CorpusError
from agent.expressions import expression
from agent.types import AnswerKind, Evidence, UseCase

Floats = NDArray[np.float32]

HEAD = Path(__file__).parent / "data" / "coverage.npz"
NEAREST = 3
CASE_WORDS = 30
"""From here on a text of a team about itself is a description; questions on the subject are shorter."""
LEAST_TOLD = 3
"""Words from which what stands before a question tells something."""
LEAST_WORDS = 6
"""Fewer words name a topic, whatever facts a reader finds in them."""
FACTS_TO_JUDGE = 4
"""Stated facts from which a text about one's own work is advised on, where its question itself would be refused."""
FACTS_WITHOUT_A_QUESTION = 2
"""Stated facts that make a case of a text that asks nothing, though it speaks of nobody."""
FACTS_BESIDE_A_QUESTION = 2
"""Facts from which a short text that asks states a case; a single one is read in many a mere question."""
SURELY_OUTSIDE = 1.0
"""Logit from which the question of a short text decides, whatever the text tells of a team."""
ON_SUBJECT = 0.2
"""Cosine to the best passage below which a long text is not about language models at all."""
OF_MODELS = 0.33
"""Cosine to the nearest passage from which what is to be trained or prompted is a model, and no muscle or boss."""
OWN_DOCUMENT = 0.40
"""Cosine from which a document that the user added answers by itself."""
_OF_TALK = frozenset({"considering_fine_tuning", "problem_kind"})
"""Facts that a mere question on the subject states too."""
_BARE_SECTIONS = frozenset(
    {
        "thesis",
        "conclusion",
        "key takeaways",
        "the short answer",
        "frequently asked",
        "key insight",
        "",
    }
)
_SENTENCE = expression(r"[^.!?\n]+[.!?\n]*")
_TEAM = expression(
    r"\b(?:we|we're|we've|our|ours|us|i|i'm|i've|my|team|company|client|customer)\b",
    re.IGNORECASE,
)
_STATES = expression(
    r"\b(?:we|i|our \w+(?: \w+)?|my \w+(?: \w+)?|they|the team|it)(?:'ve|'re|'m|\s+(?:have|has|had|are|is|am|need|needs|want|wants|run|runs|"
    r"use|uses|tried|get|gets|process|handle|handles|serve|built|build|must|cannot|can't|already|currently|did|do|fine-tuned|trained))\b",
    re.IGNORECASE,
)
_EXPLAIN = expression(
    r"\b(?:what|where) (?:did|do|are|have|is|went|goes)\b[^.?!]{0,30}\bwrong\b|\bwhy (?:did|does|do|is|are|was|were|has|have)\b[^.?!]*\?",
    re.IGNORECASE,
)
"""Asks to have something explained, not chosen: in a short text, a question on the subject."""
_ASKS = expression(
    r"\?|(?:^|[.!;:\n])\s*(?:(?:so|and|but|then|please|briefly) )*(?:what|how|when|which|why|where|who|should|is|are|does|do|can|could|would|will|tell|explain|compare|describe|outline|summari[sz]e)\b"
    r"|,\s*(?:so |and |but |then )?(?:what(?:'s| (?:is|are|do|does|did|should|would|can|could|will|to|about|now|then|gives?|makes?)\b)|(?:how|when|which|why|where|who|should|is|are|does|do|can|could|would|will)\b)"
    r"|(?:^|[.!;\n])\s*(?:so |and |then )?list\b",
    re.IGNORECASE,
)
_BUILT = expression(
    r"^\W*(?:an? |our |the |my )?(?:[\w&-]+ ){0,4}(?:bot|chatbot|assistant|copilot|app|tool|classifier|lookup|helper|agent|pipeline|service|q&a)\b"
    r" (?:for|over|that|which|answering|to|on|in)\b",
    re.IGNORECASE,
)
"""Begins with a thing that is built: "quote bot for sales, …"."""
_WANTED = expression(
    r"\b(?:wants|wanted|asked for|asks for|(?:we|i|they) (?:want|need)|would like|'d like|(?:is|are|'re|'m) looking for)"
    r" (?!to (?:know|learn|understand|hear|see|read)\b)(?:an?|the|some|its|their|our|it|to|[a-z]+s)\b",
    re.IGNORECASE,
)
"""Tells what somebody wants to have: "the legal department asked for an assistant"."""
_COMPARES = expression(r"\b(?:vs\.?|versus|compared (?:to|with))(?= )", re.IGNORECASE)
"""Between two things of which somebody wants to know which is better; nobody's case in few words."""
_TELLS = expression(
    r"\b(?:we|we're|we've|our|ours|i've|i'm)\b|\bi (?:have|run|am|work|use|built|tried|get|sell|own|need a)\b|"
    r"\bmy (?:company|team|shop|firm|bot|model|prompt|client|boss)",
    re.IGNORECASE,
)
"""Tells of one's own work, where "I grant you" and "label my case" do not."""
_GENERAL = expression(
    r"\W*(?:does|do|did|is|are|why|who|where|what|which|summari[sz]e|explain|describe|tell)\b", re.IGNORECASE
)
"""Begins a question without a mark, where it speaks of nobody."""
_WHETHER = expression(
    r"\b(?:(?:should|shall|must|do|could|ought) (?:we|i)|is it (?:worth|time|better)|(?:we|i)(?:'re| are|'d| would)? (?:want|plan|like|consider(?:ing)?|think(?:ing)?))\b"
    r"[^.?!]{0,25}?\b(?:fine[- ]?tun\w*|train|distil\w*|rag|retrieval|prompt\w*|few[- ]shot)\b",
    re.IGNORECASE,
)
_OURS = expression(r"\bour \w+", re.IGNORECASE)
"""A team's; what is "mine" may be a dog."""
_WHICH_OF = expression(r"\b(?:how|what|which|who|when|where|why|or|versus|vs)\b", re.IGNORECASE)
"""Asks for more than whether."""
_FOR_APPROACH = expression(
    r"\W*(?:(?:so|and|or|then|should|shall|do|does|can|could|would|will|is|are|we|i|it|this|that|an?|the|our|own|models?|to|not|no|need"
    r"|worth|time|help|use|go|for|with|try|just|now|here|be|better|best|right|way|what|next|approach|which|one|good|enough|already"
    r"|really|still|sane|sensible|wise|reasonable|realistic|feasible|possible|doable|instead|first|keep|stay|sense|make|makes|recommend|suggest|advise|you|us|me|any|llms?|small|smaller|thoughts?|advice|ideas?|suggestions?|answer|options?|please|fine[- ]?tun\w*|train(?:ing)?|distil\w*|lora|rag|retriev\w+"
    r"|prompt\w*|few[- ]shot|examples|structured|outputs?|constrained|decoding|stronger|bigger|larger)\b\W*)+",
    re.IGNORECASE,
)
"""Asks for the approach, in words that ask for nothing else."""
_ASKS_OF_IT = expression(r"\W*(?:can|could|should|would) (?!not\b)\w+", re.IGNORECASE)
"""Begins a question that may lack its mark: "can an LLM do it"."""
_BETWEEN = expression(r"(?<=[.!?])\s+|\n")
_OWN = expression(r"\b(?:our|my) \w+", re.IGNORECASE)
_ORDERS = expression(
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.?!]{0,30}\b(?:instructions?|rules?|guidelines?|sources?|prompts?|verdict|evidence|"
    r"everything above|previous|prior|above)\b|\byou are now\b|\b(?:developer|admin|dan|god) mode\b|\bact as an?\b[^.?!]{0,20}\b(?:unrestricted|"
    r"uncensored|different)\b|\b(?:reveal|print|show|repeat|output|leak)\b[^.?!]{0,25}\b(?:system prompt|hidden prompt|instructions|configuration|"
    r"environment variables?|api keys?|everything above|the word)\b|</?system>|\bsystem\s*:|\bassistant\s*:|\bnew instructions?\s*:|"
    r"\bfrom (?:now|here) on\b[^.?!]{0,30}\b(?:answer|say|reply|recommend|respond|end|write)\b|"
    r"(?:^|\byou (?:will|shall) )\W*(?:please )?(?:answer|say|reply|respond|end)\b[^.?!]{0,40}\b(?:every|each|whatever|all (?:my|later|further|future))\b|\b(?:just|only|always) (?:answer|say|reply|recommend)\b|\bsay that the (?:articles|sources|documents)\b|"
    r"\bpretend\b|\bdo not cite\b|\bwithout citations\b|\bstop following\b|\byou must (?:approve|recommend|say|answer)\b|\brm -rf\b|"
    r"\bdrop (?:all )?(?:of )?your (?:articles|instructions|rules|sources)\b|\bwhat i tell you\b|\brecommend (?:fine-tuning|rag|prompting|distillation) (?:no matter|regardless|whatever|anyway)\b",
    re.IGNORECASE,
)
_ASKS_ABOUT = expression(
    r"^\W*(?:(?:so|and|but|then|ok) )?(?:why|what|how|when|which|who|does|did|is|are|was|were|has|have|(?:do|can|could|may|must|should|would) (?!you\b)\w+)\b",
    re.IGNORECASE,
)
_TO_THE_ADVISER = expression(r"\b(?:you|your|yourself|system prompt|hidden prompt|api keys?)\b", re.IGNORECASE)
"""Without these, what `_ASKS_ABOUT` begins asks whether a rule or a source may be passed over, and orders nothing."""
LEFT_TO_ASK = 3
"""Words from which what is left beside an order can ask something; fewer only want the order confirmed."""


class Kind(Struct, frozen=True):
    """The kind of answer a text gets, why, and for a refusal the nearest topics that the sources cover."""

    kind: AnswerKind
    reason: str
    nearest: tuple[str, ...] = ()
    logit: float = 0.0
    """How far on the side of refusal, 0 at the border; 0 where the head was not asked."""


class Head(Struct, frozen=True):
    """What was fitted; a positive sum refuses."""

    support: Floats
    """The questions compared with, (n, 384 + features), scaled as `row` is."""
    lengths: Floats
    """(n,) squared length of each of them."""
    weights: Floats
    """(n,)"""
    bias: float
    gamma: float
    """How fast likeness falls with squared distance."""
    vector_scale: float
    feature_scale: float
    plain: Floats
    """Weights of the features where the encoder is not the one that `support` was fitted on."""
    plain_bias: float
    mean: Floats
    scale: Floats
    shipped: frozenset[str]
    """Ids of the sources the head was fitted on."""

    def logit(self, vector: Floats, row: Floats) -> float:
        """Return how far a question lies on the side of refusal, 0 at the fitted border."""
        z = np.clip((row - self.mean) / self.scale, -4, 4)
        if len(vector) + len(z) != self.support.shape[1]:
            return float(z @ self.plain + self.plain_bias)
        asked_for = np.concatenate([vector * self.vector_scale, z * self.feature_scale]).astype(np.float32)
        away = self.lengths + asked_for @ asked_for - 2 * (self.support @ asked_for)
        likeness = np.exp(-self.gamma * away)
        return float(likeness @ self.weights + self.bias)


def load_head(path: Path = HEAD) -> Head:
    """Read the fitted head; raise CorpusError where it is missing or fitted for other features."""
    hint = "reinstall rung, or refit with `python -m eval.fit_coverage`"
    try:
        with np.load(path) as stored:
            data = dict(stored)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: the coverage head cannot be read", hint=hint) from error
    if tuple(data["names"]) != asked.NAMES:
        raise CorpusError(f"{path}: the coverage head was fitted for other features", hint=hint)
    support = data["support"] * data["step"]
    return Head(
        support=support,
        lengths=np.einsum("ij,ij->i", support, support),
        weights=data["weights"],
        bias=float(data["bias"]),
        gamma=float(data["gamma"]),
        vector_scale=float(data["vector_scale"]),
        feature_scale=float(data["feature_scale"]),
        plain=data["plain"],
        plain_bias=float(data["plain_bias"]),
        mean=data["mean"],
        scale=data["scale"],
        shipped=frozenset(map(str, data["shipped"])),
    )


def classify(
    question: str,
    *,
    vector: Floats,
    evidence: Sequence[Evidence],
    known: Collection[str],
    facts: UseCase,
    head: Head,
    names: Collection[str] = (),
) -> Kind:
    """Say which kind of answer `question` gets.

    `vector` (384,) is its MiniLM vector, `evidence` its eight or more best passages, `known` the corpus's `asked.known_terms`,
    `names` what the sources are called by.
    """
    if asked.asks_where_sources_differ(question):
        return Kind("guidance", "it asks where the sources disagree")
    if provenance.asks_of_cards(question, names):
        return Kind("guidance", "it asks for the sources themselves")
    asked_for, orders = without_orders(question)
    if orders and not _has_content(asked_for):
        return Kind("not_covered", "it gives orders and asks nothing", nearest_topics(evidence))
    logit = head.logit(vector, asked.features(question, evidence, known))
    is_case = describes_case(asked_for, facts)
    only_tells = is_case and not _asks(asked_for) and not orders
    asks_outside = (
        logit > SURELY_OUTSIDE and _is_question(asked_for) and not only_tells and not asks_for_approach(asked_for)
    )
    if is_case and _is_on_subject(evidence, facts) and not asks_outside:
        return Kind("advice", f"it describes a case: {len(facts.facts)} facts stated")
    if orders and not _ASKS.search(asked_for):
        return Kind("not_covered", "it gives orders and asks nothing", nearest_topics(evidence))
    if _answered_by_own_document(evidence, head):
        return Kind("guidance", "an added document speaks of it")
    if len(asked_for.split()) >= CASE_WORDS and not _is_on_subject(evidence, facts):
        return Kind("not_covered", "it speaks of something else", nearest_topics(evidence))
    can_be_judged = len(facts.facts) >= FACTS_TO_JUDGE and _OWN.search(asked_for) and not orders and not asks_outside
    if logit > 0 and can_be_judged and _is_on_subject(evidence, facts):
        return Kind("advice", "what it states can be judged, whatever it asks")
    if logit > 0 and asks_of_own(asked_for) and not orders and _nearest(evidence) >= OF_MODELS:
        return Kind("advice", "it asks whether to take an approach for a case of its own, of which it states little")
    if logit > 0:
        return Kind(
            "not_covered",
            "the sources do not say what it asks for",
            nearest_topics(evidence),
            logit,
        )
    return Kind("guidance", "it asks about the subject", logit=logit)


def without_orders(text: str) -> tuple[str, bool]:
    """Return the text without the sentences that order the adviser about, and whether there were any."""
    sentences = _SENTENCE.findall(text)
    kept = [sentence for sentence in sentences if not _is_order(sentence)]
    return "".join(kept), len(kept) < len(sentences)


def _is_order(sentence: str) -> bool:
    if not _ORDERS.search(sentence):
        return False
    return not _ASKS_ABOUT.match(sentence) or bool(_TO_THE_ADVISER.search(sentence))


def describes_case(text: str, facts: UseCase) -> bool:
    """Say whether a text tells of a team's own situation rather than asking about the subject."""
    if asks_of_a_claim(text):
        return False
    length = len(text.split())
    told = _told(text)
    stated = sum(name not in _OF_TALK and fact.evidence in told for name, fact in facts.facts.items())
    states = bool(_STATES.search(text.replace("’", "'")))
    if length >= CASE_WORDS:
        return bool(facts.facts or states or _TEAM.search(text))
    if _EXPLAIN.search(text) or length < LEAST_WORDS:
        return False
    if _only_tells(text) or asks_for_approach(text):
        return stated >= 1
    if not _asks(text):
        names_thing = _BUILT.search(text) or _WANTED.search(text)
        return stated >= (1 if names_thing else FACTS_WITHOUT_A_QUESTION)
    if tells_of_nobody(text):
        return stated >= FACTS_TO_JUDGE
    if length >= CASE_WORDS // 2:
        return stated >= 3 or (stated >= 2 and (states or not _ASKS.search(text)))
    return stated >= 3


def asks_whether(text: str) -> bool:
    """Say whether a short text asks if an approach is one for a thing of its own: "should we fine-tune our bot?"."""
    return len(text.split()) < CASE_WORDS and bool(
        _WHETHER.search(text) and _OURS.search(text) and not _WHICH_OF.search(text)
    )


def asks_of_own(text: str) -> bool:
    """Say whether a text asks for nothing but an approach, for a thing of its own."""
    return asks_whether(text) or bool(asks_for_approach(text) and _OURS.search(text))


def asks_for_approach(text: str) -> bool:
    """Say whether a text tells something and then asks for nothing but the approach: "Fine-tune?", "What should we do?"."""
    asked_of = [s for s in _BETWEEN.split(text.strip()) if s.rstrip().endswith("?") or _ASKS_OF_IT.match(s)]
    tells = len(_told(text).split()) >= LEAST_TOLD
    return tells and bool(asked_of) and all(map(_FOR_APPROACH.fullmatch, asked_of))


def states_facts(text: str, facts: UseCase) -> bool:
    """Say whether a text states facts of a case, even one that asks and is answered as a question.

    What a mere question on the subject states too does not count, nor what a question of nobody's own names.
    """
    told, is_own = _told(text), bool(_TEAM.search(text))
    stated = sum(name not in _OF_TALK and (is_own or fact.evidence in told) for name, fact in facts.facts.items())
    return stated >= (1 if _only_tells(text) else FACTS_BESIDE_A_QUESTION)


def _only_tells(text: str) -> bool:
    """Say whether a text tells of somebody's own work and asks nothing."""
    return bool(_TELLS.search(text)) and not _asks(text)


def _asks(text: str) -> bool:
    """Say whether some sentence asks, or sets one thing against another in few words."""
    return bool(_ASKS.search(text) or _COMPARES.search(text))


def _is_question(text: str) -> bool:
    """Say whether a text is short and asks; the shortest ask without a mark."""
    length = len(text.split())
    return length < CASE_WORDS // 2 or (length < CASE_WORDS and "?" in text)


def tells_of_nobody(text: str) -> bool:
    """Say whether a short text that asks something tells of nobody's own work: what it states, it states in general."""
    tells = _TEAM.search(_told(text)) or _OWN.search(text)
    return len(text.split()) < CASE_WORDS and not tells and bool(_ASKS.search(text))


def _told(text: str) -> str:
    """Return what a text tells, without the sentences that ask: a question may name what it does not claim."""
    sentences = _BETWEEN.split(text)
    return "\n".join(
        s
        for s in sentences
        if not s.rstrip().endswith("?")
        and not ((_GENERAL.match(s) or _COMPARES.search(s)) and not _TEAM.search(s) and len(s.split()) < CASE_WORDS)
    )


def nearest_topics(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return up to three section titles that the evidence stands in, best first, less those that name no topic."""
    titles = dict.fromkeys(
        item.passage.section for item in evidence if item.passage.section.lower() not in _BARE_SECTIONS
    )
    return tuple(titles)[:NEAREST]


def _has_content(text: str) -> bool:
    return len(text.split()) >= LEFT_TO_ASK and any(word not in asked.PLAIN for word in asked.words(text))


def _is_on_subject(evidence: Sequence[Evidence], facts: UseCase) -> bool:
    return len(facts.facts) >= 2 or _nearest(evidence) >= ON_SUBJECT


def _nearest(evidence: Sequence[Evidence]) -> float:
    return max((item.cosine for item in evidence), default=0.0)


def _answered_by_own_document(evidence: Sequence[Evidence], head: Head) -> bool:
    best = evidence[0] if evidence else None
    return best is not None and best.passage.source not in head.shipped and best.cosine >= OWN_DOCUMENT

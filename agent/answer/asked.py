# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""What a question asks for, read from its words: the thing wanted, its subject, and what the corpus has never heard of.

Owns the word groups and the features that `coverage` weighs; leaves the weights to the fitted head. Scores of a search hardly
tell a question on the subject whose answer is missing from one whose answer is there; the kind of thing asked for does.
Groups name subjects near the field on which decision guidance is silent; one that an added document does speak of is
harmless, since every group counts only its words that no passage contains, and its other words apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.types import Evidence, Passage

Floats = NDArray[np.float32]

_WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")
_NAME = re.compile(r"(?<![.?!:]\s)(?<!^)\b(?:[A-Z][A-Za-z0-9]*[a-z0-9]|[A-Z]{2,}[0-9]*|[A-Za-z]+[0-9]+[A-Za-z]*)\b")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])\d[\d.,]*(?:\s?(?:%|percent|[kKmMbB]\b|million|billion|thousand))?")
_ENDINGS = (
    "ations",
    "ation",
    "ings",
    "ing",
    "ies",
    "ied",
    "ers",
    "er",
    "ed",
    "es",
    "s",
    "ly",
    "y",
    "e",
)

_PLAIN_WORDS = """
a about above actually advice after again against ago all almost alone along already also although always am among an
and another answer any anybody anyone anything anyway are aren argument around article as ask at author away back bad basically be because
become been before begin behind being best better between big bit both bother boss but buy by call can cannot case cause certain change
choice choose claim clear colleague come compare compared comparison convince correct could couldn curious day deal decide definitely did
didn difference different difficult do does doesn doing don done dont down due during each early easy effect eight either else end
enough especially etc even ever every everybody everyone everything exactly example expect expected experience explain
expert fact fail far fast few fifty find fine first five fix follow for forever forget four from full fun further general get give go goes
going gone good got great guide guess had half happen hard has hasn have haven having he hear hello help helpful her here hers hey hi him his hope how
however hundred i idea if im important in in-house indeed instead into is isn issue it its itself job just keep kind know known large last late lately
later least leave less let lets like likely list little ll long look lose lot lots made main make manager many matter may maybe me mean means
mention might mind mine model more most move much must my myself name near necessary need needed never new next nine no nobody none nope nor
normal not note nothing now number of off often oh ok okay old on once one only onto open opinion option or order other others ought our ours out over own
page part people per perhaps person piece place plan please pls point possible post pretty probably problem proper pros cons purpose put question quick
quickly quite quote rather re read ready real realistic realise really reason recommend recommended regard related right roughly said same save say saying says
second section see seem sense sensible set seven several shall she short should shouldn show shown similar simple simply since six small so some
somebody someone something sometimes soon sort source speak start state stay step still stop story stuff such suggest suit suppose sure take taken talk team tell ten
term than thank thanks that the their them then there these they thing think third this those thousand three through thus till time to today together
told too took topic total try trying turn twelve twenty two type under understand until up upon us use used useful user uses using usual usually
approach method technique route worthwhile worth sensible viable reasonable advisable smart overkill justify justifies justified merit sample samples record records row rows amount catch remedy propose preferable prefer beat beats handle handles pay pays option options expert experts rely benefit benefits suits suitable
various ve versus very view vs wait walk want was wasn waste way we week well went were weren what whatever when where whether which while who whole
whose why will win wise wish with within without won wonder wondering word work worked works world worry worse worst worth would wouldn write
wrong www yes yesterday yet you your yours yourself
"""
PLAIN = frozenset(_PLAIN_WORDS.split())
"""Words that say nothing about the subject, so that a corpus without them is no less fit to answer."""

SUBJECTS: dict[str, str] = {
    "hyper_parameter": r"learning rates?|epochs?|batch size|hyper-?param\w*|rank|alpha|dropout|warm-?up|optimi[sz]er|schedulers?|decay|adamw?|"
    r"gradient\w*|seeds?|temperature|top[ _-]?[pk]|max[ _]tokens|sequence length|layers?|loss|beam|logprobs?|stop tokens?|regulari[sz]\w+|checkpoints?|steps? per",
    "hardware": r"v?ram|gpus?|cuda|[ahvltb]\d{2,3}s?|rtx|tpus?|nvidia|amd|apple silicon|mac|laptop|raspberry|mi300x?|electricity|energy|carbon|co2|watts?|"
    r"gigabytes?|gb|fp16|bf16|int[48]|fp8|[48][ -]?bit|quanti[sz]\w+|gguf|awq|gptq|qlora|gpu memory|disk",
    "training_mechanics": r"rlhf|dpo|ppo|grpo|orpo|reinforcement|reward|pre-?train\w*|from scratch|continual|catastrophic|mixture of experts|moe|"
    r"merg\w+|dora|prefix|deepspeed|fsdp|shard\w*|axolotl|unsloth|trainer|synthetic|augment\w*|dedup\w*|duplicates|imbalance\w*|"
    r"validation set|splits?|overfit\w*|curriculum|unlearn\w*|active learning|prun\w+|federated",
    "retrieval_mechanics": r"chunk\w*|overlap|rerank\w*|re-rank\w*|cross-encoder|embedding (?:model|dimension)s?|dimensions?|bm25|hybrid search|graph ?rag|knowledge graphs?|"
    r"graph|pinecone|weaviate|qdrant|milvus|pgvector|chroma|faiss|elasticsearch|opensearch|vector (?:db|database|store|index)s?|hnsw|hits|top-?k|query rewriting|"
    r"metadata|ocr|pars\w+|pdfs? parser|similarity|permissions?|acls?|re-?index\w*",
    "serving": r"tokens? per second|throughput|concurren\w+|vllm|tgi|triton|ollama|llama\.cpp|kubernetes|docker|deploy on|auto-?scal\w+|load balanc\w*|"
    r"rate limits?|quota\w*|caching|cache\w*|stream\w*|speculative|batch api|endpoint\w*|browser|edge device\w*|rollback|roll back|canary|observability|monitor\w*|tracing|failover",
    "measuring": r"mmlu|benchmarks?|leaderboards?|bleu|rouge|f1|ndcg|recall@\w+|perplexity|ragas|judge|inter-annotator|kappa|significan\w+|sample size|"
    r"test cases|metrics?|score|calibrat\w+|confidence intervals?|a/b test\w*|surveys?|statistic\w*|percentages?|average|rates?",
    "law": r"gdpr|hipaa|soc ?2|iso ?\d*|ccpa|fedramp|dpia|ai act|legal(?:ly)? (?:allowed|required)|licen[cs]\w+|copyright\w*|patents?|lawsuit|sued?|liab\w+|"
    r"penalt\w+|fines\b|consent|terms of (?:service|use)|its terms|data processing|dpa|residency|retention|export control\w*|union|works council|right to|"
    r"delet\w+|erasure|personal data|pii|anonymi[sz]\w+|insurance covers?|certif\w+|ownership|owns?",
    "vendor": r"slas?|uptime|guarantee\w*|support (?:plan|level|contract)|availability|deprecat\w+|shut down|sunset|free tier|discounts?|contract with|regions?|"
    r"azure|aws|bedrock|vertex|gcp|sagemaker|together ai|fireworks|replicate|cohere|mistral|gemini|deepseek|qwen|grok|haiku|sonnet|phi|gemma|falcon|openai|anthropic|google|meta|"
    r"nova|api keys?|console|provider|consultan\w+|agenc\w+|agency|outsourc\w+|roadmap|releas\w+",
    "security": r"secur\w+|encrypt\w+|leak\w*|jailbreak\w*|red[ -]?team\w*|injection\w*|poison\w*|guardrails?|toxicity|bias|biased|fairness|safety|privacy|memori[sz]e personal|"
    r"watermark\w*|refusals?|adversarial|attacks?",
    "people": r"annotat\w+|label(?:l)?ers?|crowd\w*|salar\w+|hire|hiring|recruit\w*|headcount|pay|paid|wages?|courses?|book|certificate|training course|job|titles?|degree|"
    r"founder|founded|ceo|author's|university|podcast|customers? of|named?",
    "modality": r"images?|vision|visual|video|audio|speech|voice cloning|whisper|text-to-\w+|multi-?modal|diffusion|charts?|diagrams?|pictures?|photos?|handwrit\w+|"
    r"time series|tabular|robot\w*|multi-?lingual|(?:two|other|several|many|which|more|new) languages?|translat\w+|dialects?|german|japanese|french|spanish|chinese|arabic|hindi|low-resource|english",
    "machinery": r"agents?|multi-agent|mcp|protocol|tool[ -]use|function calling|(?:long|short)-term memory|tokeni[sz]\w+|attention|transformers?|rotary|positional|rope|mamba|state space|"
    r"architecture of|encoder|decoder|softmax|vocabulary size|parameters? does|special tokens?|chat template|prompt template|dspy|haystack|semantic kernel|guidance library|"
    r"outlines|autogen|crewai|langgraph|xml|markdown|yaml|grammar",
    "tooling": r"install\w*|python|typescript|javascript|java|sql|windows|linux|version \d\S*|pip|git|github|dataset[s]? for|public datasets?|download|import|upgrade|error|exception|traceback|"
    r"script|command|api step|button|upload\w*|postgres|mlflow|weights & biases|label studio|prodigy|argilla|notebook|colab|huggingface hub",
    "meta": r"appendix|chapter|footnote|page number|paragraph|edition|comments|readers|published by|email|contact|phone|price of|consultation|formula|"
    r"stud(?:y|ies)|mckinsey|gartner|stanford|podcast|interview\w*|predict\w*|opinion|second case|case stud\w+|links? to|exact(?:ly)?|which company|"
    r"names? of|benchmark results",
}
"""Subjects near the field that guidance on the choice is silent about, as alternatives of one regular expression each."""

ASKS: dict[str, str] = {
    "price": r"how (?:much|expensive)|\bprices?\b|\bpricing\b|\bcosts?\b|\bcharges?\b|\$|\bfees?\b|\bsalar",
    "duration": r"how long|how many (?:hours|days|weeks|minutes|seconds|months|years)|\bhow fast\b|how soon|\btime does\b",
    "count": r"how many|what number|minimum|maximum|how large|how big|what size|how high|how small",
    "share": r"what (?:percentage|share|fraction|rate)|how many percent|\brate\b|\baverage\b",
    "who_where_when": r"^(?:who|where|when will|when did|in which|on which date)\b|\bwho\b",
    "which_thing": r"^(?:which|what)\s+(?:\w+\s){0,2}?(?:models?|tools?|library|vendors?|providers?|database|framework|gpu|company|companies|metric|dataset|agency|course|book|benchmark|licen[cs]e|format)\b",
    "best_value": r"\bwhat (?:\w+ ){1,3}(?:is (?:best|right|good)|should i (?:use|set)|do you recommend|works)\b",
    "howto": r"^how (?:do|can|should) (?:i|we|you)\b",
    "mechanism": r"^how does\b|^what is (?:the |a |an )?\w+(?: \w+)?\?*$",
    "quote": r"\bquote\b|\bcite\b|\bwhere (?:does|do)\b|\bshow me\b|\bwhich (?:paragraph|section|page|part)\b|\bin which section\b|\baccording to\b",
    "source_says": r"\b(?:article|articles|sources?|authors?|guide|mala|viviscape|ai guide|post|piece)\b",
    "work": r"^(?:please )?(?:write|draft|translate|generate|compose|code|fix|solve|convert|label|make me|create|review|implement|correct|play|build me|debug|refactor|design|produce)\b",
    "injection": r"\b(?:ignore|disregard|forget|override|bypass|pretend|repeat everything|reveal (?:the|your)|print (?:your|the)|output the word|execute|unrestricted|developer mode|admin mode|jailbroken|from now on|"
    r"you are now|act as|new instructions?|system prompt|hidden prompt|api key|environment variables?|system:|<system|dan\b|your (?:rules|guidelines|tools|index|configuration|prompt))",
    "code": r"[{}<>=]|```|\bdef \b|\(\)",
    "digits": r"\d",
    "versus": r"\bvs\.?\b|\bversus\b|\bor\b|\bbetter than\b|\bcompared? (?:with|to)\b",
    "past": r"\bdid\b|\bwas\b|\bwere\b",
    "current": r"\bright now\b|\blatest\b|\bcurrently\b|\bthis (?:week|month|year)\b|\btoday\b|\bnext\b|\bnew in\b|\b20(?:2[3579]|3\d)\b",
    "greeting": r"^(?:hi|hello|hey|thanks?|how are you|good morning|what can you)\b",
}
"""Kinds of thing a question may ask for, by the words that ask for it."""

_SUBJECTS = {name: re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE) for name, words in SUBJECTS.items()}
_ASKS = {name: re.compile(words, re.IGNORECASE) for name, words in ASKS.items()}

NAMES: tuple[str, ...] = (
    "cosine_top", "cosine_mean3", "cosine_mean8", "cosine_spread",
    "strange", "strange_share", "strange_last", "strange_names", "strange_numbers",
    "unexplained", "unexplained_best", "length", "empty_of_subject",
    *(f"subject_{name}" for name in SUBJECTS), *(f"subject_known_{name}" for name in SUBJECTS), "subjects",
    *(f"ask_{name}" for name in ASKS), "amount_of_strange", "versus_strange",
)  # fmt: skip


def stem(word: str) -> str:
    """Return the word without its commonest English ending: coarse, since it only compares question and corpus."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def words(text: str) -> list[str]:
    """Return the lower-case words of a text, compounds split."""
    return _WORD.findall(text.lower().replace("’", "'").replace("'s", ""))


def known_terms(passages: Iterable[Passage]) -> frozenset[str]:
    """Return the stems that any passage's note, section or topics contain; compute it once per corpus."""
    text = "\n".join(f"{p.section} {p.text} {p.quote} {' '.join(p.topics)}" for p in passages)
    return frozenset(map(stem, set(words(text)))) | frozenset(_NUMBER.findall(text))


def features(question: str, evidence: Sequence[Evidence], known: Collection[str]) -> Floats:
    """Return the features of a question, in the order of NAMES, (len(NAMES),) float32."""
    stems = [stem(word) for word in words(question)]
    content = [s for s, word in zip(stems, words(question), strict=True) if word not in PLAIN]
    strange = [s for s in content if s not in known and not s.isdigit()]
    asks = [float(bool(pattern.search(question))) for pattern in _ASKS.values()]
    by_name = dict(zip(_ASKS, asks, strict=True))
    names = [name for name in _NAME.findall(question) if stem(name.lower()) not in known]
    unheard, heard = _subjects(question, known)
    amount = by_name["price"] + by_name["duration"] + by_name["count"] + by_name["share"]
    row: list[Any] = [
        *_similarities(evidence),
        min(len(strange), 4), len(strange) / max(1, len(content)), float(bool(content) and content[-1] in strange),
        min(len(names), 3), _strange_numbers(question, known),
        *_unexplained(content, evidence), np.log1p(len(stems)), float(len(content) == 0),
        *unheard, *heard, min(sum(unheard) + sum(heard), 3),
        *asks, min(amount, 1) * min(len(strange), 2), by_name["versus"] * min(len(names), 2),
    ]  # fmt: skip
    return np.array(row, dtype=np.float32)


def _subjects(question: str, known: Collection[str]) -> tuple[list[float], list[float]]:
    """Return, per subject, how many of its words the corpus lacks, and how many it has."""
    unheard, heard = [], []
    for pattern in _SUBJECTS.values():
        found = {match.lower() for match in pattern.findall(question)}
        lacking = sum(not all(stem(word) in known for word in words(term)) for term in found)
        unheard.append(float(min(lacking, 2)))
        heard.append(float(min(len(found) - lacking, 2)))
    return unheard, heard


def _similarities(evidence: Sequence[Evidence]) -> tuple[float, float, float, float]:
    cosines = sorted((item.cosine for item in evidence), reverse=True)[:8] or [0.0]
    return (
        cosines[0],
        float(np.mean(cosines[:3])),
        float(np.mean(cosines)),
        cosines[0] - cosines[-1],
    )


def _strange_numbers(question: str, known: Collection[str]) -> float:
    return float(
        min(
            sum(number.rstrip(".,") not in known for number in _NUMBER.findall(question)),
            2,
        )
    )


def _unexplained(content: Sequence[str], evidence: Sequence[Evidence]) -> tuple[float, float]:
    """Return the shares of the content words that stand in none of the five best passages, and not in the best-matching."""
    bags = [
        {stem(word) for word in words(f"{item.passage.section} {item.passage.text} {' '.join(item.passage.topics)}")}
        for item in evidence[:5]
    ]
    if not content or not bags:
        return 1.0, 1.0
    missing = [s for s in content if not any(s in bag for bag in bags)]
    best = max(sum(s in bag for s in content) for bag in bags)
    return len(missing) / len(content), 1 - best / len(content)

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
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from agent.expressions import expression
from agent.types import Evidence, Passage

Floats = NDArray[np.float32]

_WORD = expression(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")
_NAME = expression(r"(?<![.?!:]\s)(?<!^)\b(?:[A-Z][A-Za-z0-9]*[a-z0-9]|[A-Z]{2,}[0-9]*|[A-Za-z]+[0-9]+[A-Za-z]*)\b")
_NUMBER = expression(r"(?<![A-Za-z0-9])\d[\d.,]*(?:\s?(?:%|percent|[kKmMbB]\b|million|billion|thousand))?")
_COUNTS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_VALUE = {word: float(value) for value, word in enumerate(_COUNTS, 1)} | {
    "a": 1.0, "half a": 0.5, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "eighty": 80.0, "ninety": 90.0,
}  # fmt: skip
_POWERS = {
    "k": 1e3, "m": 1e6, "b": 1e9, "mio": 1e6, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "": 1.0,
}  # fmt: skip
_POWER = r"(k|m|b|mio|hundred|thousand|million|billion)\b"
_QUANTITY = expression(
    rf"(?<![a-z0-9.,])(?:(\d+(?:[.,]\d+)*(?:e\d+)?)(?![a-z0-9.-]*[a-z]{{2}}\d)\s?(?:{_POWER})?|({'|'.join(_VALUE)})\s{_POWER})"
)
"""A quantity in figures, or in words with a power of ten."""
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
agree agrees upon regarding roughly merit aside honest wrong www yes yesterday yet you your yours yourself
"""
PLAIN = frozenset(_PLAIN_WORDS.split())
"""Words that say nothing about the subject, so that a corpus without them is no less fit to answer."""

SHORT = {
    "ft": "fine-tuning", "sft": "fine-tuning", "pe": "prompt", "ce": "context", "reqs": "requests", "req": "requests", "mo": "month",
    "mos": "months", "mth": "month", "wk": "week", "wks": "weeks", "hrs": "hours", "mins": "minutes", "min": "minimum", "max": "maximum",
    "ex": "examples", "ex's": "examples", "pls": "please", "w": "with", "b4": "before", "r": "are", "u": "you", "fmt": "format",
    "acc": "accuracy", "inf": "inference", "infra": "infrastructure", "kb": "knowledge", "clf": "classifier", "cfg": "settings",
    "ctx": "context", "vol": "volume", "approx": "about", "est": "about", "tok": "token", "toks": "tokens", "dec": "decoding", "tl": "short",
    "dr": "short", "cuz": "because", "bc": "because", "tbh": "honest", "y": "yes", "n": "no", "q": "question", "qs": "questions", "mio": "million",
    "msg": "message", "msgs": "messages", "yr": "year", "yrs": "years", "docs": "documents", "perf": "performance", "eng": "engineering",
    "pct": "percent", "avg": "average", "em": "them", "thx": "thanks", "kinda": "like", "gonna": "going", "wanna": "want", "teh": "the",
    "wich": "which", "wat": "what", "an": "and",
}  # fmt: skip
"""Shorthand of hasty questions, in the words of the corpus."""

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
    r"laws?|lawful\w*|illegal\w*|enforceab\w+|breach\w*|privilege\w*|permit|opt out|disclose\w*|compensation|object to|"
    r"trade secrets?|data act|authorit\w+|controller|without (?:asking|permission)|permission to|forbidden|removal|notice do|sue us|works? councils?|regulat\w+ require|delet\w+|erasure|personal data|pii|anonymi[sz]\w+|insurance covers?|certif\w+|ownership|owns?",
    "vendor": r"slas?|uptime|guarantee\w*|support (?:plan|level|contract)|availability|deprecat\w+|shut down|sunset|free tier|discounts?|contract with|regions?|"
    r"azure|aws|bedrock|vertex|gcp|sagemaker|together ai|fireworks|replicate|cohere|mistral|gemini|deepseek|qwen|grok|haiku|sonnet|phi|gemma|falcon|openai|anthropic|google|meta|"
    r"nova|api keys?|console|provider|consultan\w+|agenc\w+|agency|outsourc\w+|roadmap|releas\w+",
    "security": r"secur\w+|encrypt\w+|leak\w*|jailbreak\w*|red[ -]?team\w*|injection\w*|poison\w*|guardrails?|toxicity|bias|biased|fairness|safety|privacy|memori[sz]e personal|"
    r"watermark\w*|refusals?|adversarial|attacks?",
    "people": r"annotat\w+|label(?:l)?ers?|crowd\w*|salar\w+|hire|hiring|recruit\w*|headcount|(?:i|we|you|to|should) pay|paid|wages?|courses?|book|certificate|training course|job|titles?|degree|"
    r"founder|founded|ceo|university|podcast|customers? of|named?",
    "modality": r"images?|vision|visual|video|audio|speech|voice cloning|whisper|text-to-\w+|multi-?modal|diffusion|charts?|diagrams?|pictures?|photos?|handwrit\w+|"
    r"time series|tabular|robot\w*|multi-?lingual|(?:two|other|several|many|which|more|new) languages?|translat\w+|dialects?|german|japanese|french|spanish|chinese|arabic|hindi|low-resource|english",
    "machinery": r"agents?|multi-agent|mcp|protocol|tool[ -]use|function calling|(?:long|short)-term memory|tokeni[sz]\w+|attention|transformers?|rotary|positional|rope|mamba|state space|"
    r"architecture of|encoder|decoder|softmax|vocabulary size|parameters? does|special tokens?|chat template|prompt template|dspy|haystack|semantic kernel|guidance library|"
    r"outlines|autogen|crewai|langgraph|xml|markdown|yaml|grammar",
    "tooling": r"install\w*|python|typescript|javascript|java|sql|windows|linux|version \d\S*|pip|git|github|dataset[s]? for|public datasets?|download|import|upgrade|error|exception|traceback|"
    r"script|command|api step|button|upload\w*|postgres|mlflow|weights & biases|label studio|prodigy|argilla|notebook|colab|huggingface hub",
    "neighbour": r"tree of thoughts?|self-consistency|reflexion|prompt (?:caching|compression|chaining|optimi\w+|tuning)|soft prompts?|batch\w*|"
    r"(?:order|position) of|top|bottom|middle|hyde|query expansion|agentic|autonomous|workflows?|rout\w+|cascades?|ensembles?|voting|vot\w+|semantic|"
    r"knowledge editing|preference|reasoning (?:models?|tokens)|thinking budget|differential|membership|filters?|moderation|detectors?|arithmetic|"
    r"emotional|negative|paraphras\w+|text-to-sql|excel|chat history|fill-in|attackers?|extract training",
    "wording": r"which words|wording|word an?|in capitals|persona|saying please|self-critique|its own (?:answer|work|output)|asking twice|debate|chaining|"
    r"plan-and-execute|prompt search|zero-shot|place the|put the|before or after|where in the|in parallel|part of a long|parent-child|small-to-big|orchestrat\w+|"
    r"self-check\w*|step-back|least-to-most|role-?play\w*|delimiters?|placeholders?|examples by|golden set|react prompting|react",
    "meta": r"appendix|chapter|footnote|page number|paragraph|edition|comments|readers|published by|email|contact|phone|price of|consultation|formula|"
    r"stud(?:y|ies)|mckinsey|gartner|stanford|podcast|interview\w*|predict\w*|opinion|second case|case stud\w+|links? to|exact(?:ly)?|which company|"
    r"names? of|benchmark results",
}
"""Subjects near the field that guidance on the choice is silent about, as alternatives of one regular expression each,
in small letters."""

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
    "work": r"^(?:please )?(?:train|fine-tune|send|book|add|change|delete|summari[sz]e (?:the|this|my)|set|rewrite|classify|extract|run|approve|rate|start the|skip|promise|invent|say|tell (?:my|our|him|her|them)|list all|use your|make the|give me your|turn|do not|label|repeat|post|remember|remind|always|"
    r"answer in|open|call|buy|order|upload|index|deploy|schedule|prepare|write|draft|translate|generate|compose|code|fix|solve|convert|label|make me|create|review|implement|correct|play|build me|debug|refactor|design|produce)\b",
    "injection": r"\b(?:ignore|disregard|forget|override|bypass|pretend|repeat everything|reveal (?:the|your)|print (?:your|the)|output the word|execute|unrestricted|developer mode|admin mode|jailbroken|from now on|"
    r"no matter what|whatever (?:i|they|the articles) (?:say|write|describe|tell)|regardless of (?:what|the facts)|you are now|act as|new instructions?|system prompt|hidden prompt|api key|environment variables?|system:|<system|dan\b|your (?:rules|guidelines|tools|index|configuration|prompt))",
    "code": r"[{}<>=]|```|\bdef \b|\(\)",
    "digits": r"\d",
    "versus": r"\bvs\.?\b|\bversus\b|\bor\b|\bbetter than\b|\bcompared? (?:with|to)\b",
    "past": r"\bdid\b|\bwas\b|\bwere\b",
    "current": r"\bright now\b|\blatest\b|\bcurrently\b|\bthis (?:week|month|year)\b|\btoday\b|\bnext\b|\bnew in\b|\b20(?:2[3579]|3\d)\b",
    "says": r"\b(?:says?|said|thinks?|recommends?|advises?|wrote|written|finds?|found|agrees?|argues?|opinion|according to)\b",
    "elsewhere": r"\b(?:papers?|blogs?|forums?|reddit|youtube|documentation|cookbook|conference|academic|literature|analysts?|critics|stack overflow|linkedin|"
    r"newsletter|other (?:articles|authors|people|sources|blogs|vendors|firms|companies)|talks?|published|on the web|professor|hacker news|study|studies|report(?:ed)?|sixth article|newer version|consensus)\b",
    "figure": r"\b(?:what|which) (?:accuracy|latency|throughput|roi|bill|gain|size|savings?|percentage|value|score|recall|precision)\b|^(?:accuracy|latency|cost|price|bill|#)|\bbill\b|\bbreak-even\b|"
    r"\bsaves? us\b|\bdo we (?:pay|save)\b|\bin percent\b|\bdollars\b|\bat which number\b|\bwould\b[^?]*\b(?:reach|be|cost|do|pay)\b",
    "author": r"\b(?:authors?|writer|they|legal team|lawyers|company|firm|vendor)(?:'s|s)? (?:do|did|use|choose|chose|pick|decide|have|had|career|before|employer|name|opinion)\b|\bwhy did the author\b",
    "model_choice": r"\b(?:best|which|what|better|pick an?|choose)\s+(?:\w+\s){0,2}?(?:llms?|cloud|base|base model|foundation model|frontier|small model|embeddings?|host|lab|provider|model do you)\b",
    "own_fact": r"\b(?:which|what|who|when|how much|how many)\b(?:\s(?!should|must|can)\w+){0,3}\s(?:our|my)\s(?:last|teams?|own|company|boss|next|former|current)\b",
    "must": r"\b(?:may|must|can|could|will|is it|are we|do we|does)\b[^?]*\b(?:allowed|legal|law|sue|fined?|required|disclosed?|permission|consent|without asking|responsible|liable|owe|forbidden|lawful)\b",
    "origin": r"\bwho (?:invented|coined|introduced|founded|reviewed|labell?ed|backs?|owns)\b|\binvented\b|\bcoined\b|\bhistory\b|\bstory behind\b|\bfounded\b|\bget started\b|"
    r"\bemploys?\b|\bemployer\b|\binvestors?\b|\bcompetitors?\b|\bcareer\b|\bheadquarters\b|\bhead office\b|\bcome about\b",
    "table_cell": r"\b(?:rows?|columns?|cells?|lines?|entry|branch|item|step|question|dimension)\b.{0,20}\b(?:table|matrix|comparison|flowchart|list)\b|\b(?:table|matrix|comparison)\b.{0,40}\b(?:rows?|columns?|entry|list|give|say|value)\b",
    "scaled": r"\b(?:double|twice|triple|half|times) (?:the|that|this|as)\b|\btimes\b|\bscale\b.{0,30}\b(?:up|down)\b|\bper (?:user|seat|employee|call|query|class|category|day|ticket|form|hour)\b|\binstead of \d",
    "exact": r"\bexact(?:ly)?\b|\bpercent\b|\bby how (?:much|many)\b",
    "greeting": r"^(?:hi|hello|hey|thanks?|how are you|good morning|what can you)\b",
    "story": r"\b(?:tickets?|insurance|forms?|lawyers?|legal team|law firm|contracts?|reviewers?|scenario|table|matrix|flowchart|tree|ladder|snippet|samples?|code example|audit|"
    r"sidecar|graph|comparison|classifier|sorter|extractor|claims?)\b",
    "story_past": r"\b(?:did|was|were|had|took|went)\b[^?]*\b(?:tickets?|insurance|forms?|lawyers?|legal team|law firm|contracts?|classifier|sorter|extractor|reviewers?|projects?|server|author)\b|"
    r"\b(?:tickets?|insurance|forms?|lawyers?|legal team|law firm|contracts?|classifier|sorter|extractor|reviewers?|projects?|server|author)\b[^?]*\b(?:did|was|were|had|took|went)\b",
    "derived": r"\bhow (?:was|were|is|are|did)\b[^?]*\b(?:measur\w+|comput\w+|calculat\w+|deriv\w+|worked out|arriv\w+|estimat\w+|obtain\w+|determin\w+)|\bformula\b|\bderivation\b|"
    r"\bwhy (?:exactly|precisely|not)\b|\bwhere do(?:es)? the \S*\d|\bassumed?\b|\bstands? behind\b|\bbased on\b|\binclude[sd]?\b",
    "future": r"\b(?:20(?:2[7-9]|[3-9]\d))\b|\bin (?:\w+ )?(?:years|decades?)\b|\bdecade\b|\bnext generation\b|\bpredict\w*|\bfuture of\b|\bovertake\b|\bfollow-?up\b|\bsome day\b|"
    r"\b(?:when|how soon) will\b|\bwill\b[^?]*\b(?:still|ever|replace|disappear|become)\b|\bhow will\b",
    "news": r"\bwhat(?:'s| is| was) new\b|\bannounc\w+|\bcame out\b|\bnewest\b|\blatest\b|\blast (?:week|month|year|spring|summer|autumn|tuesday|monday)\b|\bchanged since\b|\bsince (?:spring|january|last)\b|\bstate of the art\b",
    "trade": r"\b(?:seats?|subscriptions?|rebates?|refunds?|credits|price list|free of charge|commitment|licen[cs]es?|invoice|vat|taxe?s?|purchases?|day rate|buy|rent|sells?|customers? of|shop)\b",
    "duty": r"\b(?:oblig\w+|owe[sd]?|statut\w+|courts?|sign off|register\w*|binding|exempt\w*|defam\w+|royalt\w+|banned|prohibit\w*|penalt\w+|minors|consent\w*|by law|under the \w+ act|"
    r"legal(?:ly)?|liab\w+|indemn\w+|entitled|claims? against|tax break|provider or|deployer|personal data|privacy)\b|^(?:may|must|are we (?:allowed|obliged)|do we owe|is it (?:legal|lawful|allowed|forbidden))\b",
    "life": r"\b(?:founder|founded|editor|volunteers?|employs?|employees|staff|subscribers?|lives?|office|awards?|picture|photo|interviews?|background|biograph\w+|born|married|career|studied|"
    r"university|investors?|raised|funding|share price|headquarters|refund policy|head office|works? (?:at|for)|worked (?:at|for)|get paid|meet the)\b|\bwho (?:is|are|was|were|edits?|runs?|pays?|paid|leads?|wrote)\b",
    "phrasing": r"\b(?:phrase|wording|word it|formulate|address the model|separators?|delimiters?|emojis?|capitals?|shorter answers|start(?:ing)? each|numbered|random order|order of|repeat the|at the (?:end|top|beginning) of|"
    r"tone of the prompt|polite\w*|threat|instructions? in \w+|system message|role ?play)\b",
    "operate": r"\b(?:load test\w*|dashboards?|on[- ]call|alert\w*|queue|retr(?:y|ies)|timeouts?|gateway|feature flags?|replicas?|meter\w*|logs?|log ?ging|webhook|cron|schedul\w+|pin(?:ning)? a|backup\w*|"
    r"patch\w*|deploy\w* on|nightly|429|http|curl|dockerfile|container\w*|terraform|ansible|helm|kafka|airflow)\b",
    "grading": r"\b(?:raters?|graders?|rubrics?|kappa|judges?|leaderboards?|elo|scores? of|precision|recall|confidence interval|test set|golden|thumbs|satisf\w+|t-?test|bootstrap|inter-?rater|agreement|benchmarks?|humaneval|gpqa|mmlu\S*|swe-?bench|arena)\b",
    "fixed_verdict": r"\b(?:no matter|whatever|regardless|always|only|just|please) [^?]{0,40}\b(?:verdict|label|agree|answer|recommend|say|reply)\b|\b(?:verdict|label|recommendation)\b[^?]{0,20}\b(?:shall|must|is|as|to)\b|^(?:put|set|mark|label|bet|say|print|search|find|draft|compose|calculate|speak|promise|agree|rate|give)\b",
}
"""Kinds of thing a question may ask for, by the words that ask for it, in small letters."""

# Both are looked for in small letters: a search that minds no case takes three times as long.
_SUBJECTS = {name: expression(rf"\b(?:{words})(?!\w)") for name, words in SUBJECTS.items()}
_ASKS = {name: expression(words) for name, words in ASKS.items()}
_ANY_SUBJECT = expression("|".join(f"(?:{words})" for words in SUBJECTS.values()), re.IGNORECASE)
_MODELS = expression(
    r"\b(?:claude|opus|sonnet|haiku|gpt|gemini|gemma|llama|mistral|qwen|deepseek|phi|grok|cohere|4o|openai|anthropic|azure|mala|"
    r"viviscape|langchain|llamaindex|neo4j|open source|closed)(?:[- ]?\d\w*)?(?:[- ]mini)?",
    re.IGNORECASE,
)
_APPROACHES = expression(
    r"\b(?:rag|retriev\w+|prompt\w*|tun\w+|fine-?tun\w*|ft|train\w*|lora|distil\w*|context engineering|self-?host\w*)\b",
    re.IGNORECASE,
)
_ASKS_WHERE_DIFFER = expression(
    r"^\W*(?:(?:and|but|so|ok|okay|please|tell me|show me)\W+)*(?:(?:on |about |in )?what|where|do|does|how(?: much| far)?|is there anything)\b[^?]{0,30}"
    r"\b(?:experts?|sources?|articles?|authors?|they)\b[^?]{0,12}\b(?:disagree|differ|contradict(?: each other| themselves)?|conflict|agree)"
    r"(?: (?:about|on|over|with each other|at all|here))*\W*$",
    re.IGNORECASE,
)
_CLAUSE = expression(r"[?!,;:)]|\bor\b|\bto\b|\bvs\b")
_HOW_MANY = expression(r"(?:\bhow many|\bhow much|\bnumber of|#(?: of)?)\s+(.{0,40})")
_WHICH = expression(
    r"\b(?:which|whose|what(?: (?:kind|type|sort|share|number|amount) of)?|how many|how much|how (?:big|large|long|old|high|far) (?:is|are|was|were|did|does|do) the)\s+"
    r"((?:(?!(?:did|does|do|is|are|was|were|has|have|had|should|would|can|could|will|stands?|of|in|for|the|to|that|we|i|you)\b)[\w'-]+\s?){1,3})"
)
_TYPO = {5: 1, 8: 2}
"""Letters that a word of at least this length may have wrong."""

NAMES: tuple[str, ...] = (
    "cosine_top", "cosine_mean3", "cosine_mean8", "cosine_spread",
    "strange", "strange_share", "strange_last", "strange_names", "strange_numbers",
    "unexplained", "unexplained_best", "length", "empty_of_subject",
    *(f"subject_{name}" for name in SUBJECTS), *(f"subject_known_{name}" for name in SUBJECTS), "subjects",
    *(f"ask_{name}" for name in ASKS), "amount_of_strange", "versus_strange",
    "amount_of_strange_number", "strange_number_scaled", "mended", "models", "models_versus", "models_best", "says_strange",
    "strange_pairs", "amount_of_strange_pair", "amount_without_digits", "amount_unexplained", "which_unexplained", "quote_unexplained",
    "count_answered", "count_unanswered", "price_answered",
    "wanted_unheard", "wanted_absent", "wanted_of_story", "story_unexplained", "story_strange",
)  # fmt: skip


def asks_where_sources_differ(text: str) -> bool:
    """Say whether a text asks what the sources disagree about at large, and not on one thing."""
    return bool(_ASKS_WHERE_DIFFER.search(text))


@lru_cache(maxsize=50_000)
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
    """Return the words that any passage's note, section or topics contain, their stems, and the numbers; once per corpus."""
    text = "\n".join(f"{p.section} {p.text} {p.quote} {' '.join(p.topics)}" for p in passages)
    heard = set(words(text))
    pairs = frozenset().union(*counted(text))
    return frozenset(map(stem, heard)) | frozenset(heard) | frozenset(_NUMBER.findall(text)) | pairs


def mended(word: str, known: Collection[str]) -> str:
    """Return the word, spelt out where it is shorthand, and as the corpus spells it where a letter or two are wrong."""
    if word in SHORT:
        return SHORT[word]
    if len(word) < min(_TYPO) or not word.isalpha() or word in PLAIN or stem(word) in known:
        return word
    return _respelt(word, frozenset(known))


@lru_cache(maxsize=4096)
def _respelt(word: str, known: frozenset[str]) -> str:
    if _ANY_SUBJECT.search(word):
        return word
    wrong = max(most for length, most in _TYPO.items() if len(word) >= length)
    spelt = _spelt(known).get(word[0], ())
    match = process.extractOne(word, spelt, scorer=OSA.distance, score_cutoff=wrong)
    return match[0] if match else word


def quantities(text: str) -> frozenset[float]:
    """Return the values of the quantities that a text states: 1M, 1e6 and "a million" are one."""
    return frozenset(_value(match) for match in _QUANTITY.finditer(text.lower()))


def counted(text: str) -> list[set[str]]:
    """Return, per quantity of a text, what it may count: the value with each of the two words after it, as in `50 categor`."""
    lower = text.lower()
    return [
        {
            f"{_value(match):g} {stem(word)}"
            for word in words(_CLAUSE.split(lower[match.end() : match.end() + 40])[0])[:2]
        }
        for match in _QUANTITY.finditer(lower)
    ]


def _value(match: re.Match[str]) -> float:
    digits, power, word, word_power = match.groups()
    return (float(_plain_digits(digits)) if digits else _VALUE[word]) * _POWERS[power or word_power or ""]


def _plain_digits(digits: str) -> str:
    whole = re.sub(r",(?=\d{3}\b)", "", digits).replace(",", ".")
    head, _, tail = whole.rpartition(".")
    return f"{head.replace('.', '')}.{tail}" if head else whole


@lru_cache(maxsize=4)
def _spelt(known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return the longer words that may be meant, by first letter."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(known | PLAIN):
        if len(word) >= min(_TYPO) and word.isalpha():
            by_letter.setdefault(word[0], []).append(word)
    return {letter: tuple(several) for letter, several in by_letter.items()}


@lru_cache(maxsize=4)
def _known_quantities(known: frozenset[str]) -> frozenset[float]:
    return frozenset().union(*(quantities(term) for term in known if term[:1].isdigit()))


def features(question: str, evidence: Sequence[Evidence], known: Collection[str]) -> Floats:
    """Return the features of a question, in the order of NAMES, (len(NAMES),) float32."""
    written = words(question)
    meant = [part for word in written for part in words(mended(word, known))]
    stems = [stem(word) for word in meant]
    content = [s for s, word in zip(stems, meant, strict=True) if word not in PLAIN]
    strange = [s for s in content if s not in known and not s.isdigit()]
    lower = question.lower()
    asks = [float(bool(pattern.search(lower))) for pattern in _ASKS.values()]
    by_name = dict(zip(_ASKS, asks, strict=True))
    names = [name for name in _NAME.findall(question) if stem(name.lower()) not in known and name.lower() not in SHORT]
    unheard, heard = _subjects(lower, known)
    amount = by_name["price"] + by_name["duration"] + by_name["count"] + by_name["share"]
    numbers = _strange_numbers(question, known)
    pairs = float(min(sum(bool(pair) and not any(one in known for one in pair) for pair in counted(question)), 2))
    unexplained = _unexplained(content, evidence)
    any_amount = min(amount + by_name["figure"], 1)
    has_digits = any(re.search(r"\d", item.passage.text) for item in evidence[:3])
    models = len({match.lower() for match in _MODELS.findall(question)})
    is_bare = not _APPROACHES.search(question)
    wanted = _wanted(question, evidence, known)
    row: list[Any] = [
        *_similarities(evidence),
        min(len(strange), 4), len(strange) / max(1, len(content)), float(bool(content) and content[-1] in strange),
        min(len(names), 3), numbers,
        *unexplained, np.log1p(min(len(stems), 14)), float(len(content) == 0),
        *unheard, *heard, min(sum(unheard) + sum(heard), 3),
        *asks, min(amount, 1) * min(len(strange), 2), by_name["versus"] * min(len(names), 2),
        any_amount * min(numbers, pairs), by_name["scaled"] * any_amount, min(sum(word in SHORT for word in written), 2),
        min(models, 3), by_name["versus"] * (models >= 2) * (1 + is_bare), (by_name["which_thing"] or by_name["best_value"]) * models,
        max(by_name["says"], by_name["source_says"]) * min(len(strange), 2),
        pairs, any_amount * pairs, any_amount * (not has_digits), any_amount * unexplained[1],
        max(by_name["which_thing"], by_name["who_where_when"]) * unexplained[1], max(by_name["quote"], by_name["source_says"]) * unexplained[1],
        *_counts(question, evidence), by_name["price"] * any("$" in item.passage.text for item in evidence[:3]),
        *wanted, wanted[1] * by_name["story"], by_name["story"] * unexplained[1], by_name["story_past"] * min(len(strange), 2),
    ]  # fmt: skip
    return np.array(row, dtype=np.float32)


def _subjects(lower: str, known: Collection[str]) -> tuple[list[float], list[float]]:
    """Return, per subject, how many of a question's words the corpus lacks, and how many it has."""
    unheard, heard = [], []
    for pattern in _SUBJECTS.values():
        found = set(pattern.findall(lower))
        lacking = sum(not all(stem(word) in known for word in words(term)) for term in found)
        unheard.append(float(min(lacking, 2)))
        heard.append(float(min(len(found) - lacking, 2)))
    return unheard, heard


def _similarities(evidence: Sequence[Evidence]) -> tuple[float, float, float, float]:
    cosines = sorted((item.cosine for item in evidence), reverse=True)[:8] or [0.0]
    return (
        cosines[0],
        sum(cosines[:3]) / len(cosines[:3]),
        sum(cosines) / len(cosines),
        cosines[0] - cosines[-1],
    )


def _strange_numbers(question: str, known: Collection[str]) -> float:
    return float(min(len(quantities(question) - _known_quantities(frozenset(known))), 2))


def _counts(question: str, evidence: Sequence[Evidence]) -> tuple[float, float]:
    """Return whether the best passages count what the question wants counted, and whether they do not."""
    wanted = {stem(word) for after in _HOW_MANY.findall(question.lower()) for word in words(after)[:3]}
    wanted = {s for s in wanted if s not in PLAIN}
    if not wanted:
        return 0.0, 0.0
    given = {pair.partition(" ")[2] for item in evidence[:5] for pairs in counted(item.passage.text) for pair in pairs}
    return float(bool(wanted & given)), float(not wanted & given)


@lru_cache(maxsize=2_000)
def _stems(passage: Passage) -> frozenset[str]:
    return frozenset(stem(word) for word in words(f"{passage.section} {passage.text} {' '.join(passage.topics)}"))


def _wanted(question: str, evidence: Sequence[Evidence], known: Collection[str]) -> tuple[float, float]:
    """Return how much of what the question wants named (`which operating system …`) the corpus, and the best passages, lack."""
    wanted = {
        stem(word) for after in _WHICH.findall(question.lower()) for word in words(after)[:3] if word not in PLAIN
    }
    if not wanted:
        return 0.0, 0.0
    told = frozenset().union(*(_stems(item.passage) for item in evidence[:5]))
    is_unheard = any(one not in known for one in wanted)
    return float(is_unheard), len(wanted - told) / len(wanted)


def _unexplained(content: Sequence[str], evidence: Sequence[Evidence]) -> tuple[float, float]:
    """Return the shares of the content words that stand in none of the five best passages, and not in the best-matching."""
    bags = [_stems(item.passage) for item in evidence[:5]]
    if not content or not bags:
        return 1.0, 1.0
    missing = [s for s in content if not any(s in bag for bag in bags)]
    best = max(sum(s in bag for s in content) for bag in bags)
    return len(missing) / len(content), 1 - best / len(content)

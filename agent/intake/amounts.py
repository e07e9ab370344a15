"""Reads the facts that are numbers by plain rules: volumes, label counts, accuracies, budgets, deadlines, rates of change.

A whole description is read by `weighing`, for which these rules are one sign among others; a short reply by them alone.

A number becomes a fact only next to words that say what it counts, and only as it stands today: not in a supposition,
a plan, a question whether it would be enough, or somebody else's figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from agent.expressions import expression
from agent.intake.numbers import Quantity, find_quantities
from agent.intake.periods import ADVERBS, DAYS, PER_MONTH, SHORT
from agent.intake.scope import Scope, scope_of
from agent.intake.sentences import Span, flatten, split_clauses

QUANTITIES_AT_MOST = 40
"""Of one sentence; what has more is a table, of which the rest is left unread."""
CLAUSES_AT_MOST = 40
_PERIOD = r"(?P<period>second|sec|minute|min|hour|hr|day|night|week|month|quarter|year|yr|s\b|h\b|d\b|mo\b|wk\b)"
_RATE_AFTER = expression(
    rf"^(?P<noun>[^.;:?!()]{{0,45}}?)(?:\s?/\s?|\b(?:per|a|an|each|every|in a(?: typical)?)\s+)(?:single |working |business |calendar |average )?{_PERIOD}s?\b"
)
_ADVERB_AFTER = expression(
    r"^(?P<noun>[^.;:?!]{0,30}?)\b(?P<adverb>hourly|daily|nightly|weekly|monthly|yearly|annually)\b"
)
_ADVERB_BEFORE = expression(r"\b(?P<adverb>hourly|daily|nightly|weekly|monthly|yearly|annual)\b[^.;?!\d]{0,30}$")
_PERIOD_BEFORE = expression(
    r"\b(?:first|last|per|past|each|every|a|one|this) (?P<period>day|week|month|year)[:,]?\s(?:[a-z]+ ){0,4}$"
)
_LAST_AFTER = expression(
    r"^(?P<noun>[^.;:?!]{0,30}?)\b(?:(?<!from )(?<!of )last|this|in the first|in the last|in the past|in our first|in) (?P<period>week|month|year)\b"
)
_PER_SECOND = expression(r"^\s?(?:qps|rps|tps)\b")
_NOT_REQUESTS = expression(
    r"\b(?:tokens?|dollars?|usd|eur|euros?|pounds?|bucks|gpus?|people|employees|staff|hours|hrs?|minutes|seconds|ms|gb|mb|tb|pages|users?"
    r"|deploys?|deployments|releases|changes|updates|meetings|more|faster|slower|cheaper|percent|points?|days|weeks|months|years|%|labels?|annotators?|cents?"
    r"|customers|patients|lawyers|agents|engineers|developers)\b|[$€£]"
)
_LABEL_NOUN = (
    r"(?:examples?|samples?|pairs?|rows|labels|annotations|datapoints|data points|records|cases|instances|items|conversations|tickets|documents"
    r"|reports|emails|e-mails|messages|texts|posts|sentences|transcripts|queries|questions|calls|invoices|images|notes|summaries|descriptions|articles"
    r"|comments|reviews|incidents|entries|passages|dialogues|dialogs|contracts|letters|claims|chats|outputs|completions|products|files|threads|snippets|utterances|clauses|resumes|cvs|replies|answers|images)"
)
_GOOD_WORD = (
    r"(?:labell?ed|annotated|tagged|coded|hand-?\w+|gold(?:en)?|curated|reviewed|verified|graded|rated|scored|approved|corrected|classified|training|"
    r"input[-/ ]output|prompt[-/ ](?:completion|response)|instruction|question[-/ ]answer|q&a|clean|high-quality|good|expert|manually|human|checked|categorised|categorized|sorted)"
)
_LABELS_AFTER = expression(
    rf"^[^.;:?!]{{0,25}}?\b(?:{_GOOD_WORD}\b[^.;:?!]{{0,40}}?\b{_LABEL_NOUN}\b|(?:\w+ ){{0,2}}(?:examples|samples|pairs|labels|annotations|training (?:examples|items|texts|data)|datapoints|data points|rows|good outputs)\b"
    rf"|{_LABEL_NOUN}\b[^.;:?!]{{0,30}}\b(?:labell?ed|annotated|tagged|coded|with (?:their|its|the|known|correct|a) (?:\w+ )?(?:labels?|answers?|root causes?|codes?|categor\w+|tags?|outcomes?|ratings?|corrections?|queue|class|decision|result|output)s?|by hand|sorted by|reviewed by|categori[sz]ed))"
)
_TRAINED_ON = expression(
    r"\b(?:train(?:ed|ing)?(?: set| data)?|tuned|labell?ed|annotated|hand-labell?ed|coded|tagged)(?: on| with| about| around| some| of|:| roughly| over| almost| nearly| more than|\s)*$"
)
_SET_BEFORE = expression(
    r"\b(?:training set|labell?ed (?:data)?set|annotated (?:data)?set|labell?ed data)[^.;?!\d]{0,30}$"
)
_FOR_TESTS = expression(
    r"\b(?:test|tests|testing|eval\w*|held-?out|benchmark\w*|validation|suite|dev set|hold-?out|control|scored by|measured on)\b"
)
_NOT_LABELS = expression(
    r"\b(?:tokens?|bits?|[ahv]\d00s?|gpus?|times|hours|wrong|more|parameters|users|customers|gpus?|people|unlabell?ed|raw|without labels|categories|classes|labels per|kinds|types|pages|few-shot|shots?)\b|^-?shot"
)
_NO_LABELS = expression(
    r"\b(?:no|zero|don't have(?: any)?|do not have(?: any)?|haven't got(?: any)?|have no|lack(?:ing)?|not a single)\s"
    r"(?:(?:real|good|own|usable|such|existing)\s)?(?:labell?ed (?:[a-z]+ )?(?:data|examples?|set|dataset)?|labels\b|training (?:data|set|examples)|annotated (?:data|examples)|annotations|examples (?:labelled|at all)|ground[- ]truth)"
)
_ACCURACY = expression(
    r"\b(?:accura\w+|right|correct\w*|f1|precision|recall|exact[- ]match|acceptance|success|pass(?:es|ed)? rate|pass(?:es)?|solved?s?|score[sd]?|scoring|hit rate|agreement|match(?:es)?"
    r"|holds?|bleu|auc|kappa|pearson|parses?|valid|wrong|errors?|fail(?:s|ed|ure)?"
    r"|on (?:our|the|my|a) (?:own )?(?:\w+ )?(?:test|eval\w*|validation|dev|gold|held-?out|hold-?out|benchmark)(?: set| suite)?)\b"
)
_JOINED = expression(r",|\b(?:and|plus)\b")
"""Where another thing begins: in "evals and 300 labels" the labels are not for the evals."""
_COUNTED = expression(rf"^\s?(?:\w+ ){{0,2}}(?:requests|{_LABEL_NOUN})\b")
_PRICE_BEFORE = expression(
    r"\b(?:costs?|costing|pay(?:s|ing)?|paid|spend(?:s|ing)?|spent|bill(?:ed)?|charge[sd]?|invoice[sd]?)\b[^.;?!\d]{0,25}$"
)
_INVERTED = expression(
    r"\b(?:wrong|errors?|error rate|fail(?:s|ed|ure|ures)?|incorrect|misclassif\w+|misses|missed|broken|invalid|hallucinat\w+)\b"
)
_WANTED = expression(
    r"\b(?:need|needs|needed|target\w*|want\w*|goal|at least|must|should|aim\w*|require[sd]?|requirement|threshold|keep(?:ing)?|hope|expect\w*|would like|minimum|bar is|bar of|acceptable|ask(?:s|ed)? for|have to (?:be|reach|get|hit)|get (?:it |us )?to|reach)\b"
)
_NOT_ACCURACY = expression(
    r"\b(?:cache|caching|cost|costs|latency|of (?:the )?(?:time|latency|traffic|tickets|volume|calls|requests|users|cases are|budget|bill)|growth|grows|discount|cheaper|faster|slower|quota|less|more|off\b|saving|per quarter|per year|clicked|helpful|said|deflect\w*|annotator|annotators|margin)\b"
)
_TIME_AFTER = expression(r"^\s?(?P<unit>ms|msec|milliseconds?|millis|s|sec|secs|seconds?|minutes?|mins?)\b")
_MS = {"m": 1.0, "s": 1000.0}
_BUDGET_BEFORE = expression(
    r"(?:\b(?:under|below|within|less than|at most|max(?:imum)?(?: of)?|budget(?: is| of)?:?|limit(?: is| of)?:?|no more than|not more than|faster than|up to|sla(?: is| of)?:?|target(?: is| of)?:?|must (?:answer|respond|reply|come back|be) in|has to (?:answer|respond|reply|be) in|need(?:s)? (?:an )?(?:answers? |repl(?:y|ies) |responses? |results? )?in|down to)|<=?)\s*(?:a |the |about |around |roughly |~|of )*$"
)
_BUDGET_AFTER = expression(
    r"^[^.;?!]{0,6}\b(?:or less|budget|at most|max(?:imum)?|tops|limit|sla|is all we have|or faster)\b"
)
_LAUNCH = r"(?:launch\w*|ship\w*|go(?:es|ing)? live|deadline|due|deliver\w*|demo|ready|pilot|release|roll ?out|in production|start|board|finish\w*|have|must|needs?|done|until|before|left|trade fair|go-live)"
_DURATION_AFTER = expression(r"^\s?(?P<unit>day|week|month|year|sprint|quarter)s?\b")
_DEADLINE_BEFORE = expression(
    rf"\b{_LAUNCH}\b[^.;?!]{{0,40}}\b(?:in|within)\s*(?:about |around |roughly |only |just |some |~)*$|\bdeadline\b[^.;?!]{{0,15}}$|\b(?:only |just )?(?:have|got|gave us|gives us|given) (?:only |just |about |us )*$"
)
_DEADLINE_AFTER = expression(
    r"^\s?\w+\s(?:to (?:launch|ship|deliver|build|go live|get|finish|have|make|show)|until|before|left|from now|till|deadline)\b"
)
_DEADLINE_WORDS = expression(
    rf"\b{_LAUNCH}\b[^.;?!]{{0,40}}\b(?P<when>tomorrow|next week|next month|next quarter|end of (?:the |this )?(?:week|month|quarter|year))\b"
)
_CHANGE = expression(
    r"\b(?:chang\w+|updat\w+|refresh\w*|revis\w+|new (?:\w+ ){0,3}(?:arrive|appear|come|show up|added|published|released|land)|arriv\w+|amend\w*|reissued?|rewritten|rewrit\w+|evolv\w+|edited|republished|"
    r"(?:new|fresh) (?:versions?|releases?|editions?|prices|documents|articles|products|rules|regulations|policies)|released?|published|retrain\w*|rotat\w+|move[sd]?|moving|out of date|stale|add\w*|re-?index\w*)\b"
)
_EVERY = expression(
    r"\b(?P<adverb>hourly|daily|nightly|weekly|monthly|quarterly|yearly|annually)\b"
    r"|\b(?:every|each|once an?|once every|per|times an?)\s+(?P<other>other\s+)?(?P<count>\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten|twelve|few|couple of)?(?:\s?(?:-|to|or)\s?\d+)?\s*(?P<unit>hour|day|night|week|fortnight|month|quarter|season|year|sprint|morning|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b"
    r"|\b(?P<constantly>all the time|constantly|several times a day|by the minute|in real[- ]time|every minute)\b"
)
_COUNT = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "few": 3,
    "couple of": 2,
}
_BEHAVIOUR = expression(
    r"\b(?:requirements?|rules|labels?|taxonomy|categories|tone|style|guidelines?|prompts?|schema|format|what (?:we|they|is) want\w*|definitions?|instructions|behaviou?r|criteria|tags|intents|spec)\b"
)

_PAPERS = (
    r"(?:docs?|documents?|documentation|(?:\w+ )?wordings?|wiki|manuals?|handbooks?|polic(?:y|ies)|pdfs?|brochures?|leaflets?|flyers|articles|pages"
    r"|faqs?|knowledge base|catalog(?:ue)?s?|price lists?|prices|tariffs?|rates|products|stock|assortment|menus?|timetables?|schedules|contracts"
    r"|regulations?|laws|statutes?|by-?laws|terms|datasheets|specs|specifications|runbooks?|opening hours|facts|contents?|listings|offers|circulars)"
)
_CHANGES = r"(?:change|changes|vary|varies|update|updates|(?:is|are|get|gets) (?:\w+ly )?(?:changed|updated|revised|refreshed|replaced|rewritten|reissued|republished|amended|edited|reprinted))"
_PAPERS_CHANGE = expression(
    rf"(?:^|[,;:(-]|\b(?:and|but|while|whereas|because|since|so|as|though)\b)\W*(?:and |but |also |so |(?:our|my|the|these|those|all|its|their|most) )*"
    rf"(?P<what>(?:[\w-]+ ){{0,2}}?{_PAPERS}|they|these|those|which|all of (?:them|it)) (?:all |also |often |usually |normally |only )*{_CHANGES}"
    r"(?: (?:about|around|roughly|almost|nearly|at least|only|again|slightly|completely|a (?:bit|little)))*\W*$"
)
_NAMES_PAPERS = expression(rf"\b{_PAPERS}\b[^,;]{{0,25}}$")


class Amount(Struct, frozen=True):
    """A numeric fact as read from one sentence; the span points into the whole text."""

    name: str
    value: float
    start: int
    end: int


def find_amounts(sentence: Span) -> tuple[Amount, ...]:
    """Return the numeric facts of one sentence, the first of each name."""
    first: dict[str, Amount] = {}
    for amount in all_amounts(sentence):
        first.setdefault(amount.name, amount)
    return tuple(first.values())


def all_amounts(sentence: Span) -> Iterator[Amount]:
    """Yield every numeric fact that the rules read in one sentence."""
    flat = flatten(sentence.text)
    yield from _counted(sentence, flat)
    yield from _worded(sentence, flat)


def _counted(sentence: Span, flat: str) -> Iterator[Amount]:
    clauses = tuple(_clause_bounds(sentence))
    scopes: dict[tuple[int, int], Scope] = {}
    for quantity in find_quantities(flat)[:QUANTITIES_AT_MOST]:
        if flat[quantity.start : quantity.end] in ("one", "1"):
            continue
        clause = next(((a, b) for a, b in clauses if a <= quantity.start < b), (0, len(flat)))
        if clause not in scopes:
            scopes[clause] = scope_of(flat[clause[0] : clause[1]], flat)
        scope = scopes[clause]
        for name, value in _readings(quantity, flat, clause, scope):
            yield Amount(name, value, sentence.start + clause[0], sentence.start + clause[1])


def _readings(quantity: Quantity, flat: str, clause: tuple[int, int], scope: Scope) -> Iterator[tuple[str, float]]:
    before, after = flat[clause[0] : quantity.start], flat[quantity.end : clause[1]]
    if not scope.others and (time := _TIME_AFTER.match(after)) and not quantity.percent:
        unit = "m" if time["unit"].startswith(("ms", "milli")) else "min" if time["unit"].startswith("min") else "s"
        if _BUDGET_BEFORE.search(before) or _BUDGET_AFTER.match(after[time.end() :]):
            yield "latency_budget_ms", quantity.value * (60_000.0 if unit == "min" else _MS[unit])
        return
    if not (scope.supposed or scope.others):
        yield from _share_readings(quantity, before, after, scope)
        if (days := _deadline(quantity, before, after)) is not None:
            yield "deadline_days", days
    if not scope.is_so_today or quantity.money or quantity.is_share:
        return
    rate = _monthly(quantity, flat[max(0, quantity.start - 40) : quantity.start], after)
    if rate is not None:
        yield "requests_per_month", rate
    elif _counts_labels(before, after):
        yield "labelled_examples", quantity.value


def _share_readings(quantity: Quantity, before: str, after: str, scope: Scope) -> Iterator[tuple[str, float]]:
    near_before, near_after = before[-45:], after[:48]
    if not quantity.is_share or not _ACCURACY.search(near_before + " " + near_after):
        return
    if _NOT_ACCURACY.search(near_before[-22:]) or _NOT_ACCURACY.search(near_after[:24]):
        return
    value = 1 - quantity.value if _INVERTED.search(near_before[-25:] + "|" + near_after[:20]) else quantity.value
    if _WANTED.search(near_before):
        yield "accuracy_target", value
    elif scope.is_so_today:
        yield "accuracy_now", value


def _monthly(quantity: Quantity, before: str, after: str) -> float | None:
    if _PRICE_BEFORE.search(before) and not _COUNTED.match(after):
        return None
    if _PER_SECOND.match(after):
        return quantity.value * PER_MONTH["second"]
    for pattern, text in (
        (_RATE_AFTER, after),
        (_ADVERB_AFTER, after),
        (_LAST_AFTER, after),
        (_ADVERB_BEFORE, before),
        (_PERIOD_BEFORE, before),
    ):
        found = pattern.search(text)
        if found:
            noun = found.groupdict().get("noun") or after[:25]
            return None if _NOT_REQUESTS.search(noun) else quantity.value * PER_MONTH[_period(found)]
    return None


def _period(found: re.Match[str]) -> str:
    groups = found.groupdict()
    if groups.get("adverb"):
        return ADVERBS[groups["adverb"]]
    return SHORT.get(groups["period"], groups["period"])


def _counts_labels(before: str, after: str) -> bool:
    if (
        _FOR_TESTS.search(_JOINED.split(before[-40:])[-1])
        or _FOR_TESTS.search(after[:45])
        or _NOT_LABELS.search(after[:22])
    ):
        return False
    return bool(_LABELS_AFTER.match(after) or _TRAINED_ON.search(before) or _SET_BEFORE.search(before))


def _deadline(quantity: Quantity, before: str, after: str) -> float | None:
    unit = _DURATION_AFTER.match(after)
    if not unit or not (_DEADLINE_BEFORE.search(before) or _DEADLINE_AFTER.match(after)):
        return None
    return quantity.value * DAYS[unit["unit"]]


def _worded(sentence: Span, flat: str) -> Iterator[Amount]:
    for start, end in _clause_bounds(sentence):
        clause = flat[start:end]
        scope = scope_of(clause, flat)
        if not scope.is_so_today and not scope.planned:
            continue
        for name, value in _worded_readings(clause, scope):
            yield Amount(name, value, sentence.start + start, sentence.start + end)


def _worded_readings(clause: str, scope: Scope) -> Iterator[tuple[str, float]]:
    if _NO_LABELS.search(clause) and not scope.planned:
        yield "labelled_examples", 0.0
    if when := _DEADLINE_WORDS.search(clause):
        last = when["when"].split()[-1]
        yield "deadline_days", 1.0 if last == "tomorrow" else DAYS[last]
    every = _EVERY.search(clause)
    if every and _CHANGE.search(clause) and not scope.planned:
        told = _around(clause, every.start())
        name = "behaviour_change_days" if _BEHAVIOUR.search(told) else "knowledge_change_days"
        yield name, _days(every)


def papers_change(before: str, last: str) -> bool:
    """Tell whether words that end before "weekly" plainly say that papers change; `last` is the sentence before theirs."""
    found = _PAPERS_CHANGE.search(before)
    if found is None or _BEHAVIOUR.search(found["what"]):
        return False
    return bool(_NAMES_PAPERS.search(found["what"])) or (
        bool(_NAMES_PAPERS.search(last)) and not _BEHAVIOUR.search(last)
    )


def _around(clause: str, at: int) -> str:
    """Return the part of a clause between two commas that holds a place."""
    end = clause.find(",", at)
    return clause[clause.rfind(",", 0, at) + 1 : end if end >= 0 else None]


def _days(every: re.Match[str]) -> float:
    if every["constantly"]:
        return 1.0
    if every["adverb"]:
        return DAYS[ADVERBS[every["adverb"]]]
    count = every["count"] or "1"
    number = float(_COUNT.get(count, 0) or count)
    if every["other"]:
        number = 2.0
    unit = every["unit"]
    if every.group().startswith("times"):
        return DAYS.get(unit, 7.0)
    return number * (DAYS.get(unit, 7.0))


def _clause_bounds(sentence: Span) -> Iterator[tuple[int, int]]:
    for clause in split_clauses(sentence)[:CLAUSES_AT_MOST]:
        yield clause.start - sentence.start, clause.end - sentence.start

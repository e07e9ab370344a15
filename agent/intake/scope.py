"""Says whose statement a clause is and how firm: negated, supposed, planned, somebody else's, withdrawn, mere framing.

Works on flattened text (lower case, plain quotes); see `sentences.flatten`.
"""

from __future__ import annotations

from msgspec import Struct

from agent.expressions import expression

_NEGATOR = (
    r"\b(?:not|no|never|nobody|none|neither|nor|without|hardly|barely|cannot|can't|don't|doesn't|didn't|haven't|hasn't"
    r"|hadn't|isn't|aren't|wasn't|weren't|won't|wouldn't|couldn't|needn't|lack|lacks|lacking|zero|dont|doesnt|havent|hasnt|didnt"
    r"|isnt|cant|yet to)\b"
)
_NEGATED_BEFORE = expression(_NEGATOR + r"(?:\s+[\w'/-]+){0,4}\s*$")
_NEGATION_ENDS = expression(r"\b(?:only|just|but|until|than|more than|longer|doubt|idea|matter|because|so|and)\b")
_SUPPOSED = expression(
    r"\bif (?:we|i|you|they|somebody|someone|one|it|our \w+|the \w+) (?:\w+ )?(?:had|could|would|were|was to|managed|got|"
    r"collected|ever|did|went|built|added|trained|tuned|used|switched|paid|hired)\b"
    r"|\b(?:suppose|supposing|imagine|hypothetically|what if|assuming|let's say|lets say|say we had|in theory|were we to"
    r"|had we|would (?:that|it|\d[\w.,]*|\w+ \w+) (?:be enough|be sufficient|suffice|do|help)|as if)\b"
)
_QUESTION_ABOUT = expression(
    r"\b(?:do|does|would|will|is|are|should|can|could|how many|how much|what|which)\b[^?]{0,80}"
    r"\b(?:enough|sufficient|needed|need|required|suffice|reasonable|realistic|worth)\b[^?]{0,60}\?"
)
_PLANNED = expression(
    r"\b(?:(?:we|i|they|team|it|who|customer|management)(?:'ll| will| shall| plan to| plans to| intend to| are going to"
    r"| is going to|'re going to| hope to| hopes to| aim to| want to start| expect to| might| may| could| would| should)"
    r"|going to|planning to|planned (?:to|for)|plan is to|will be|would be|to be (?:built|collected|labelled|labeled)|roadmap"
    r"|next (?:week|month|quarter|year|sprint)|(?:once|when|as soon as|after) we (?:have|get|go|finish|collect|launch|scale)"
    r"|by (?:then|christmas|summer|spring|autumn)|in the future|some ?day|eventually|later (?:on|this year)"
    r"|still (?:need|have) to|supposed to)\b"
)
_OTHERS = expression(
    r"\b(?:(?:a|the|our|another|one|some|main|biggest) (?:\w+ )?(?:competitor|rival|vendor|salesman|salesperson|supplier"
    r"|blog ?post|blog|paper|article|tutorial|consultant|podcast|video|webinar|case study)(?:'s)?"
    r"|competitors|(?:vendors|consultants|rivals|suppliers|sellers|salespeople|agencies) (?:say|said|claim|quote|promise|offer|advertise|talk|estimate|boast|told|propose)(?:d|ed)?"
    r"|(?:hers|theirs|his) (?:is|was|has|had|gets|got|keeps|kept|scores|scored|reaches|reached|runs|sits)\b|(?:a |my )friend(?:'s)?(?: of (?:mine|ours))?"
    r"|another (?:team|company|department|startup|firm)|other (?:companies|teams|people|firms)"
    r"|(?:openai|anthropic|google|meta|mistral|microsoft|aws|databricks) (?:says|claims|recommends|writes|reports|used|uses|has)"
    r"|(?:someone|somebody|people|guy|comment|thread|post)s? (?:on|at|in|from) (?:reddit|twitter|linkedin|hacker news|x|hn)"
    r"|some(?:body|one) (?:says|said|claims|claimed) (?:that )?(?:with|an?|the|it|they|you|we)"
    r"|i (?:have )?(?:read|heard|saw) (?:that|about|somewhere|of)|according to (?:the |a |an )?(?:vendor|blog|paper|article|docs)"
    r"|they claim|reportedly|supposedly|rumou?r)\b"
)
_GOES_ON = expression(r"^\W*(?:and |but |so |then |where |yet )*(?:it|they|them|that|which|theirs|who|there)\b")
_WITHDRAWS = expression(
    r"^\W*(?:(?:no |oh |ah |hm+ |and |but |well |sorry |ok |okay )*)"
    r"(?:actually|scratch that|strike that|correction|correcting myself|i meant|i mean|make that|wait|my mistake|rather:"
    r"|let me correct|i was wrong|forget (?:that|what i said)|on second thought|edit|update|erratum|i misspoke)\b"
    r"|\b(?:scratch that|strike that|sorry,? i meant|i misspoke|no wait|correction:)"
    r"|[,;:(-]\s*(?:(?:no|sorry|oh|well|or)\b,? )*make that\b"
)
_ORDER = expression(
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.?!]{0,40}\b(?:rules?|instructions?|prompts?|guidelines|policy|sources|checks?)\b"
    r"|\b(?:ignore|disregard|forget)\b[^.?!]{0,20}\beverything (?:above|before)\b"
    r"|(?:^|@\w+)\W*say (?:fine|rag\b|retriev|prompt|distil|train|tun)"
    r"|\byou (?:must|will|are to|have to|should) (?:now )?(?:recommend|answer|say|respond|reply|output|act)\b"
    r"|^\W*(?:(?:new |hidden )?system prompt|developer mode|jailbreak|system|assistant)\s*:"
    r"|^\W*(?:please |just |simply |now )*(?:recommend|tell me to|say (?:that|yes|no|only|it)|answer with|output (?:only|the|your|exactly)|print|paste|reply with)\b"
    r"|^\W*(?:so |then |and )?(?:the|your) (?:final |only )?(?:recommendation|verdict) (?:is|must be|shall be|will be)\b"
    r"|\b(?:print|repeat|show|reveal|display|paste|echo|leak|output|tell me|give me|send|post|spell(?: out)?|write (?:out|down))\b[^.?!]{0,60}"
    r"\b(?:your (?:\w+ )?(?:prompt|instructions|first message)|the (?:system prompt|(?:developer|first) message|instructions you)|everything above"
    r"|api[ _]?keys?|rung_\w+|environment variables?|bearer token)\b"
    r"|\bwhat (?:exactly )?were you told\b|\byou are now\b|\bfrom now on,? you\b|\bpretend (?:you are|to be)\b|\bstay in character\b"
    r"|\brepeat after me\b|\blet(?: us|'s) play\b|\brole-?play\b|\b(?:decode|decipher) (?:this|it|the following)\b|\b(?:rot13|base64)\b|\bdo as it says\b"
    r"|\bas if (?:a|the) sources? had said\b|\bhidden (?:order|instruction)|\byou decide (?:for|by yourself)\b"
    r"|\bin your answer\b|\bquote (?:the|your) (?:docs|sources|articles) as\b|^\W*rung\s*:|\brung corpus (?:add|remove)\b|\b(?:maintainer|owner|author) of (?:the|your) rules\b|\b(?:verdict|recommendation) is final\b|\band obey\b"
    r"|</?(?:thread|system|tool_call|script)>|<\|im_"
    # What speaks of the output or of the tools by name, as a program's settings do.
    r"|\b(?:recommendation|verdict)[\"']?\s*[=:]\s*[\"']?(?:fine|rag|prompt|few|struct|strong|distil|measure)|\ball recommendations\b|^\W*digest [0-9a-f]{4,}\b"
    r"|\b(?:call|run|invoke|use) (?:the (?:tool )?)?`?(?:check_rules|retrieve_guidance|read_facts)\b"
    r"|^\W*(?:please )?(?:call|run|invoke|use) the tool\b"
    r"|\bwhen this (?:line|message|text) is present\b|^\W*new rule\b"
    # A rule of ours by its id: whoever names one speaks to the reader, and of no case.
    r"|\brules? `?(?:es|ih|panel|tp|uc|uf)-\w+"
    r"|^\W*(?:please )?(?:cite|quote|mention) (?:the|an?|this|that) [^.?!]{0,60}\b(?:paper|study|articles?|report|source)\b"
    r"|\b(?:maintenance|debug|admin|god) mode (?:is )?(?:on|active|enabled)\b"
)
_TOLD = expression(
    r"(?:\b(?:we|they|it|i|he|she|who|which|people|nobody|somebody|someone|everyone"
    r"|(?!(?:this|always|means|says|reads|tells)\b)\w\w+s)"
    r"(?: (?:can|could|may|might|should|would|do|don't|often|sometimes|still|also|just|then|always|never|\w+ly))*"
    r"|(?<!you )\b(?:wants?|tends?|tr(?:y|ies)|likes?|decided|have|has|need|needs) to)"
    r" (?:ignore|disregard|forget|override|bypass|skip)\b"
    r"(?![^.?!]{0,40}\b(?:your|you|previous|prior|above|earlier|all|any|every)\b)"
)
"""Who leaves something out, told of: "new joiners skip the policy" orders nobody about."""
_DECIDES = expression(r"\b(?:recommend\w*|verdict|answer|reply|respond|output)\b")
_UNTRIED = expression(
    r"^[\w\s':-]{0,25}(?:\b(?:not|never)|n't) (?:yet |really |even |ever |so far )*(?:been )?(?:tried|tested|attempted|explored)\b"
    r"|^[\w\s'-]{0,15}\b(?:is|are|was|were|remains?) (?:still |so far )?(?:untried|untested)\b"
    r"|^[\w\s'-]{0,15}\b(?:has|have|had|is|are) yet to be (?:tried|tested|attempted)\b"
)
_REFUSED = expression(
    r"^[\w\s'-]{0,15}\b(?:is|are|was|were)(?: now| simply| just| also| all| clearly)*"
    r" (?:out(?=\W*$|[,.;:!?])|off the table|out of (?:the question|reach)|ruled out|no option|unwanted|unnecessary|irrelevant"
    r"|(?:not|no longer) (?:an option|possible|needed|required|necessary|wanted|important))\b"
    r"|^[\w\s'-]{0,15}\b(?:isn't|aren't) (?:an option|possible|needed|required|necessary|wanted|important)\b"
    r"|^[\w\s'-]{0,15}\b(?:don't|doesn't|do not|does not) (?:really |even )?(?:matter|interest|count)\b"
)
_OTHERWISE = expression(
    r"\b(?:must|needs?|has to|have to|should|required)\b[^.?!]{0,80}?[,;-]\s*(?P<else>otherwise|or else|else)\b"
)
"""What would happen if a need were not met."""
_DENIED_PRAISE = expression(
    r"(?:\b(?:not|never|hardly|barely|neither|nor|no longer|far from|anything but)|n't) (?:\w+ ){0,2}"
    r"(?:good|enough|fine|well|great|sufficient|accurate|reliable|solid|okay|perfect(?:ly)?|nicely|properly)\W*$"
)
_FRAMING = expression(
    r"^\W*(?:and |but |so |then |well |please |honestly |seriously )*"
    r"(?:why (?:should|shouldn't|would|wouldn't|don't|not|do|is|isn't|can't)\b"
    r"|(?:i|we) (?:still |really |just |do |also |firmly |strongly |personally )*(?:think|believe|feel|say|insist|disagree|doubt|am sure|'m sure|am convinced|'m convinced|suspect)\b"
    r"|(?:are|aren't) you (?:really |quite |absolutely )?(?:sure|certain|convinced)\b"
    r"|(?:isn't|surely|obviously|clearly|in my opinion|imho|to me)\b"
    r"|i'm (?:still |really |quite )*(?:sure|convinced|certain|not convinced|sceptical|skeptical)\b"
    r"|convince me|tell me why|explain why|you(?:'re| are) (?:still )?wrong|that(?:'s| is) (?:just )?(?:wrong|nonsense)"
    r"|(?:that|this) (?:can't|cannot) be (?:right|true)|i (?:don't|do not|can't) (?:agree|buy|believe)\b|think (?:again|twice)\b"
    r"|(?:no,? )?(?:i|we) (?:insist|beg to differ|object)\b|no,? (?:you|that)\b"
    r"|(?:everyone|everybody|all the others) (?:\w+ )?(?:says?|knows?|does|do|fine-?tunes?|uses?|trains?)\b)"
)
_PROPOSED = expression(
    r"\W*(?:(?:so|then|or|and|just|worth|time to|should (?:we|i)|shall we|do we|can we|is it time to|a|to) )*"
    r"(?:fine-? ?tun(?:e|ing)|train(?:ing)?|distil(?:l|ling|lation)?|q?lora|rag|few-? ?shot)"
    r"(?:(?: or|,| and) (?:fine-? ?tun(?:e|ing)|train(?:ing)?|distil(?:l|ling|lation)?|q?lora|rag|prompt\w*|few-? ?shot))*"
    r"(?: (?:it|then|now|here|anyway|instead))*\W*\?\W*"
)
"""Asks for an approach in no more than its name: "Distil?"."""
_APPROACH = expression(
    r"\b(?:fine[- ]?tun\w*|finetun\w*|tuning|train\w*|retrain\w*|lora|rag\b|retrieval|prompt\w*|few[- ]shot|distil\w*"
    r"|structured outputs?|stronger model|bigger model|larger model|approach|answer|recommendation|advice|way to go|option)\b"
)
_OWN = expression(r"\b\d|\b(?:our|my|we have|we've|i have|users?|customers?|json|latency|cost|accuracy|documents?)\b")

_SPEAKER = expression(
    r"\b(?:we|we've|we're|we'd|our|ours|us|my|mine|i have|i've|i run|i got|i tried|i measured|i labell?ed)\b"
)
_ASKS = expression(
    r"\?\s*[\"')\]]*$|^\W*(?:and |but |so |ok |okay |then |well |hm+ |also |please |now |yes,? |no,? |alright,? )*(?:why|what|how|which|who|when (?:is|are|do|does|did|can|could|should|would|will|to)|where|is|are|do(?! (?:that|it|this|so)\b)|does|did|can(?!'t)|(?:could|should|would|will)(?! (?:be|have)\b)|shall|tell me|explain|show me|describe|compare|what'?s|how'?s|where'?s|elaborate)\b"
)
_ASKING = expression(
    r"(?:[,;:]|\s[-–—]|\.{2,})\s*(?:and |so |but |then |ok |now )*(?:is|are|do|does|did|can|could|should|would|will|shall|what|how|why|which|isn't|aren't|doesn't|enough|right|ok|okay)\b[^,;:]*\?\s*$"
    r"|(?<=\w)\s+(?:and|so|but)\s+(?:should|is (?:that|this|it)|are (?:those|these|they)|does (?:that|this|it)|do (?:those|these|we)|can we|could we|would|what|how|why|which)\b[^,;:]*\?\s*$"
)
_RUNS = expression(r"[A-Za-z0-9+/]{24,}={0,2}")

SHORT_WORDS = 7
"""Pushback of this length has no room for facts."""


class Scope(Struct, frozen=True):
    """How a clause is meant."""

    supposed: bool = False
    planned: bool = False
    others: bool = False
    asked: bool = False
    """A question whether something would be enough; its numbers state nothing."""

    @property
    def is_so_today(self) -> bool:
        """Whether the clause states something as being so now, by the speaker."""
        return not (self.supposed or self.planned or self.others or self.asked)


def scope_of(clause: str, sentence: str) -> Scope:
    """Judge one clause of a sentence, both flattened; a supposition or another party spans the whole sentence.

    Who is named in the middle of one is spoken of until the next subject: "an agency did it for a rival and it worked".
    """
    return Scope(
        supposed=bool(_SUPPOSED.search(sentence)) or _would_follow(clause, sentence),
        planned=bool(_PLANNED.search(clause)),
        others=bool(_OTHERS.search(clause) or _OTHERS.match(sentence)) or _speaks_on_of_others(clause, sentence),
        asked=bool(_QUESTION_ABOUT.search(sentence)) and sentence.find(clause) >= told_until(sentence),
    )


def _speaks_on_of_others(clause: str, sentence: str) -> bool:
    return bool(_GOES_ON.match(clause) and _OTHERS.search(sentence, 0, max(0, sentence.find(clause))))


def _would_follow(clause: str, sentence: str) -> bool:
    """Whether a clause tells what would come of an unmet need: "it must be valid, otherwise the import fails"."""
    found = _OTHERWISE.search(sentence)
    return found is not None and sentence.find(clause) >= found.start("else")


def is_negated(clause_before: str) -> bool:
    """Tell whether the words that precede a cue within its clause negate it."""
    found = _NEGATED_BEFORE.search(clause_before)
    return found is not None and not _NEGATION_ENDS.search(found.group())


def is_untried(words: str) -> bool:
    """Tell whether the words after a name say that it was not tried: "few-shot has not been tried"."""
    return bool(_UNTRIED.search(words))


def is_refused(words: str) -> bool:
    """Tell whether the words after what one may want say that it is not wanted: "self-hosting is out"."""
    return bool(_REFUSED.search(words))


def is_denied(words: str) -> bool:
    """Tell whether a cue's own words deny the praise they end in: "RAG works, but is not good enough"."""
    return bool(_DENIED_PRAISE.search(words))


def demands(sentence: str) -> bool:
    """Tell whether a sentence says what must be, and what would follow if it were not."""
    return bool(_OTHERWISE.search(sentence))


def is_question(sentence: str) -> bool:
    """Tell whether a sentence asks, in whole or at its end."""
    return bool(_ASKS.search(sentence))


def speaks_for_itself(sentence: str) -> bool:
    """Tell whether a sentence speaks of what is the speakers' own."""
    return bool(_SPEAKER.search(sentence))


def told_until(sentence: str) -> int:
    """Return where a sentence that states something turns to a question: "we have 8k rows, is that enough?"; else 0."""
    cut = _ASKING.search(sentence)
    told = sentence[: cut.start()] if cut else ""
    is_told = (speaks_for_itself(told) or any(map(str.isdecimal, told))) and not is_question(told)
    return len(told) if is_told else 0


def withdraws(sentence: str) -> bool:
    """Tell whether a sentence takes an earlier statement back."""
    return bool(_WITHDRAWS.search(sentence))


def is_order(sentence: str) -> bool:
    """Tell whether a sentence orders the reader about instead of describing a case."""
    if not _ORDER.search(sentence):
        return False
    return bool(_DECIDES.search(sentence)) or bool(_ORDER.search(_TOLD.sub(" ", sentence)))


def is_encoded(sentence: str) -> bool:
    """Tell whether most of a sentence is one run of letters and digits that nobody reads, as in base64."""
    runs = [run for run in _RUNS.findall(sentence) if any(map(str.isdecimal, run))]
    return sum(map(len, runs)) > len(sentence) / 2


def is_framing(sentence: str) -> bool:
    """Tell whether a sentence only argues, for an approach or against an answer, without saying anything of the case."""
    if _PROPOSED.fullmatch(sentence):
        return True
    argues = bool(_FRAMING.search(sentence)) and not _OWN.search(sentence)
    return argues and (bool(_APPROACH.search(sentence)) or len(sentence.split()) <= SHORT_WORDS)

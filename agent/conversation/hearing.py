# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""Tells apart what a turn does: states something of the team's own, asks, argues, supposes, takes back.

Only what states may be read for facts. Owns no facts: what the words mean is `intake`'s.
"""

from __future__ import annotations

import re

from msgspec import Struct

from agent.answer.glossary import asked_terms
from agent.answer.provenance import asks_of_cards
from agent.conversation.requests import requested
from agent.intake.scope import is_framing, is_order, is_question, speaks_for_itself, told_until, withdraws
from agent.intake.sentences import flatten, split_sentences
from agent.types import LADDER, Approach

_APPROACH = (
    r"(?:fine[- ]?tun\w*|finetun\w*|tuning|training|train(?:ed|s)?|retrain\w*|q?lora|rag\b|retrieval|prompt(?:s|ing)?\b|few[- ]shot|distil\w*"
    r"|structured outputs?|constrained decoding|json mode|(?:stronger|bigger|larger|newer) models?|embeddings?|context engineering)"
)
NAMES: dict[Approach, re.Pattern[str]] = {
    "rag+fine_tuning": re.compile(
        r"\b(?:rag|retrieval) ?(?:\+|plus|and|with) ?fine[- ]?tun\w*|\bhybrid\b|rag\+fine_tuning|\bwhy not both\b|\b(?:do|use|have|combine|try) both\W*$"
    ),
    "distillation": re.compile(
        r"\bdistil\w*|\b(?:could|can|would|will|might|what about|how about) (?:\w+ ){0,3}small(?:er)? (?:\w+ )?model\b|\bstudent model\b|\bteacher model\b"
    ),
    "fine_tuning": re.compile(
        r"\bfine[-_ ]?tun\w*|\bfinetun\w*|\bq?lora\b|\btun(?:ing|e)\b|\btrain(?:ing)?\b(?! data| set| examples)"
    ),
    "few_shot": re.compile(r"\bfew[-_ ]shots?\b"),
    "structured_output": re.compile(
        r"\bstructured[-_ ]outputs?\b|\bconstrained (?:decoding|generation)\b|\bjson mode\b|\bschema[- ]enforced\b"
    ),
    "stronger_model": re.compile(r"\b(?:stronger|bigger|larger|newer|better)[-_ ]model\b"),
    "rag": re.compile(r"\brag\b|\bretriev\w*|\bvector (?:store|database|db|search)\b"),
    "prompting": re.compile(r"\bprompt(?:s|ing)?\b|\bprompt engineering\b"),
    "measure_first": re.compile(r"\bmeasur(?:e|ing)[-_ ]first\b|\bmeasur(?:e|ing)\b|\bbaseline first\b"),
}
"""How each approach is called, the more special names first."""

_OTHERS = (
    r"(?:articles?|papers?|blogs?|blog ?posts?|posts?|stud(?:y|ies)|research\w*|benchmarks?|tutorials?|vendors?|consultants?|experts?|professors?|scientists?"
    r"|newsletters?|podcasts?|videos?|talks?|whitepapers?|reports?|books?|threads?|courses?|docs|documentation|guides?|threads?|influencers?|analysts?"
    r"|reddit|twitter|linkedin|hacker ?news|medium|wikipedia|openai|anthropic|google|meta|mistral|microsoft|aws|nvidia|hugging ?face|deepmind|stanford|mit|gartner|mckinsey|forrester|wired"
    r"|chatgpt|gpt-?\d\w*|claude|gemini|copilot|llama"
    r"|boss|bosses|cto|ceo|cfo|cio|vp|manager|management|leadership|director|head of \w+|board|investors?|stakeholders?|lawyers?|sales(?:man|person|people)?|marketing|procurement"
    r"|friends?|colleagues?|teammates?|co-?founder|founder|intern|brother|sister|wife|husband|neighbou?r|engineers?|developers?|data scientists?|ml (?:team|engineer|lead)s?|team lead|architect|guru|competitors?|rivals?|startups?"
    r"|everyone|everybody|anyone|(?:nobody|no one)(?!(?:'s| has| had)? (?:here|in (?:this|our|the)\b|on (?:our|the)\b|ever |yet |so much |built|written|tried|run|hooked|touched|labell?ed|sorted|audited|checked))|people|they|he|she|someone|somebody|most (?:teams|companies|people|experts)|all (?:teams|companies|experts|the \w+)|the (?:industry|market|internet|web|community|literature|consensus|field))"
)
_REPORTS = (
    r"(?:says?|said|saying|claim\w*|stat(?:es|ed|ing)|(?:writes|written|wrote) (?:that|about|how|in|on|an? (?:\w+ )?(?:papers?|posts?|articles?|books?|threads?|blogs?))|thinks?|thought|believ\w+|insist\w*|recommend\w*|suggest\w*|argu(?:es?|ed|ing)|swears?|swore|tells?|told|agrees?|agreed|decided|decides|gave me"
    r"|found|finds?|proves?|proved|proven|shows?|showed|shown|reports?|reported|demonstrate[sd]?|conclud\w+|knows?|promise[sd]?|puts?|demands?|mentions?|explains?|advis\w+|disagree\w*|published|points? out|is (?:sure|certain|convinced|adamant)|are (?:sure|certain|convinced|doing|using))"
)
_BLAND = r"(?:wants?|wanted|prefers?|expects?|uses?|used|does|do|goes?|fine-?tun\w+|trains?|trained|have|has|had|knows?|would|will|should|ships?|need|needs?|swears?)"
_PEOPLE = (
    r"(?:(?:my |our |their |the |a |all )?(?:boss|bosses|cto|ceo|cfo|cio|vp|manager|management|leadership|director|board|investors?|consultants?|competitors?|rivals?|vendors?|experts?|friend of mine|friends?|brother|sister|wife|husband|other (?:companies|teams|people|firms)|big companies)"
    r"|everyone|everybody|(?:nobody|no one)(?! (?:here|in (?:this|our|the)\b|has (?:ever |so much |yet )*(?:built|written|tried|run|hooked|touched)))|no (?:serious |good |real )?(?:company|team|engineer|one)|people|they|most (?:\w+ )?(?:teams|companies|people|experts)|all (?:the |of )?(?:\w+ )?(?:teams|companies|others)|(?:nine|ten|eight|\d+) (?:in|out of) (?:ten|\d+) \w+|every (?:\w+ )?(?:team|company|expert|engineer))"
)
_REPORTED = re.compile(
    rf"\b{_OTHERS}\b(?:[,'\"()\w\s.-]{{0,60}}?)\b{_REPORTS}\b|\baccording to\b|\b(?:i|we) (?:have |just |also |once |recently )*(?:read(?! (?:through |over )?(?:a few|a couple of|some|our|the|every|each|them|those)\b)|heard|saw|was told|were told|learned|watched)\b"
    rf"|\bit(?: is|'s) (?:said|known|obvious|clear|common knowledge|well known|widely known)\b|\b(?:rumou?r|supposedly|apparently|allegedly|reportedly)\b|\bas (?:we all|everyone) know"
    rf"|\b{_PEOPLE}(?: \w+){{0,3}}? {_BLAND}\b[^.?!]{{0,40}}(?:\b{_APPROACH}|\b(?:their |our )?own (?:\w+ )?(?:models?|ai)\b|\b(?:needs?|takes?) only\b|\d(?![\d.,]* ?%)|\bships?\b)|\bno \w+ company\b|\b(?:everyone|everybody|most \w+|all (?:the )?\w+|every \w+|(?:nine|ten|eight|\d+) (?:in|out of) (?:ten|\d+) \w+)(?: \w+){{0,2}} (?!prompts?\b){_APPROACH}\b|\bconsensus\b|\bproprietary model\b|\bi (?:saw|watched|attended|went to) (?:a|an|the|some) \w+|\bi asked\b|\bwhere they\b|\b(?:other|another|two|three|all) (?:\w+ )?(?:chatbots?|bots?|models?|advis[eo]rs?|assistants?)\b|\b(?:i have|i've|i am|i'm|i've got|i work|i know|i have done|i've done)\b[^.?!]{{0,30}}\b(?:(?:years?|decades?)(?! of (?!experience|doing|work|research))|experience|phd|degree|career|expert|scientist|engineer|professor|doing|about this|the field|this field)\b|\bread (?:it )?(?:somewhere|online)\b|\b(?:loves?|likes?|hates?) the idea\b|\bhas an? (?:tutorial|guide|course|blog)|\bin theory\b|\bmy (?:own )?(?:instincts?|gut|feeling|instinct|experience|opinion|view)\b|\bin my (?:\w+ )?(?:experience|opinion|view|book)\b|^\W*(?:the )?(?:article|passage|source|paper|rule|citation)s? (?:\d|\[|\x22)|^\W*\[\d+\]|^\W*(?:source|ref|reference|citation|cf\.?|quote|per)\s*[:\d]|^\W*see \w+|^\W*source\W*$|\bet al\b|\barxiv\b|\bdoi\b|https?://|\b{_OTHERS} (?:has|have) (?:\w+ )?(?:shown|proven|proved|found|confirmed|said)"
)
_INSIDE = re.compile(
    r"^\W*(?:(?:and|but|so|well)\b\W*)*(?:we|i|there)(?:'ve| have| keep| use| maintain| is| are) (?:[\w-]+ ){0,5}(?:guides?|guidelines?|docs|documentation|manuals?|handbooks?|polic(?:y|ies)|rulebooks?)\b"
    r"|\b(?:our|my) (?:\w+ ){0,3}(?:team|colleague|colleagues|engineer|engineers|devs?|developers?|contractors?|freelancers?|supplier|it (?:guy|people)|analysts?|ops|lead|people|intern|log|logs|database|records|dashboard|count|pilot|test|tests|eval|evals|evaluation|measurements?)\b"
    r"[^.?!]{0,40}\b(?:counted|measured|confirm\w*|label+ed|collected|found|reports?|reported|says?|said|shows?|checked|told (?:me|us))\b[^.?!]{0,20}\b(?:we|that we|there (?:are|is)|it is|it's|only|about|around|roughly|\d)"
)
_ADDRESSES = re.compile(
    r"^\W*(?:\w+ ){0,2}(?:you|you're|you've|your)\b(?! (?:should |may |might )?(?:know|asked|wanted to know))[^\d]*$"
    r"|\b(?:poor|bad|terrible|awful) advice\b|\bno offence\b|\blet me be blunt\b|\bcop-out\b|\bbe more \w+\b|\bjust do it\b"
)
"""Words at the adviser, which say nothing of the case."""
_LEAD = r"^\W*(?:(?:ok|okay|cool|great|nice|good|right|alright|fine|thanks|huh|hm+|so|and|but|now|then|well|wait|sorry|please|pls)\b\W*)*"
SUMMED_UP = (
    r"(?:summary|recap|paragraph|summari[sz]e|sum (?:it|that|this|things) up)"
    r"(?:,? (?:please|pls|so far|now|it|that|this|everything|(?:of )?(?:my|our|the) case|of (?:it|this|that)|for (?:me|us|(?:my|our|the) \w+)))*\W*$"
)
"""Ends what asks to have the case summed up; "summarise support calls" tells of one."""
_OF_THE_TALK = re.compile(
    r"^\W*(?:huh|pardon|come again|what)\W*\?+\W*$|"
    + _LEAD
    + r"(?:(?:(?:can|could|will|would) (?:you|i|we) (?:please |just )?)?(?:(?:do|give|get|make|write|have)(?: me| us)? |gimme )?(?:that |this |it |an? |the )?(?:as |in )?(?:an? |one )?(?:short |quick |brief |one[- ]\w+ )*"
    + SUMMED_UP
    + r"|(?:too long\W+)?(?:shorter|simpler|in short|tl;?dr)\b(?:,? (?:please|pls|version))*\W*$|(?:define|explain) (?!why\b)"
    r"|what (?:do|did) you mean\b|why (?:do|did) you (?:ask|want|need)\b|why does (?:it|that|this) matter\b|what (?:does|do) (?:that|this|it) mean\b|what counts as\b"
    r"|(?:which|what) facts\b|what (?:have|did|do) you (?:got|get|have|know|note|understand|hear|read|remember)\b|what (?:now|next|then|first)\W*$|how (?:do|can|would) (?:i|we) (?:make|build|get|do|find|measure) (?:one|it|that|them)\W*$)"
)
"""Asks for something about the talk itself: a summary, what was noted, what a question means, what comes next."""
_WHAT_WOULD = re.compile(
    r"^\W*(?:and |but |so |ok )*(?:what|when|how) (?:would|could|can|might|should) (?!you (?:really|know))"
    r"|^\W*(?:and |so |ok )*what (?:else |more )?do you (?:need|want)\b|^\W*(?:and |but |so )*what (?:are|aren't) you (?:not |un)|^\W*(?:and |but |so )*who says\b(?=.)|^\W*says who\b"
    r"|^\W*(?:and |but |so |ok )*(?:why|where|how|what|on what) do (?:they|these|those|the \w+|all of them) (?:\w+ )?(?:disagree|agree|differ|say|think|recommend)\b"
)
_CHALLENGING = re.compile(
    r"\b(?:don't|do not|aren't|are|could|might|will|would|can|can't|won't|how can|why do|why are|do) you (?:ever |please |just |really |even |so |being |be |think|not|recommend|agree|say|admit|hate|certain|stubborn)|\bif you(?:'re| are) (?:wrong|mistaken)\b|^\W*what an? \w+|\bbelieve you\b|\bsays who\b|\bwho (?:are you|wrote|made)\b"
)
"""Questions that ask nothing about the case."""
_GUESSES = re.compile(
    r"(?:^|[.?!])[^.?!\d]*\d[^.?!]*\b(?:i|we) (?:think|believe|guess|reckon|suspect)(?:\W*$|,)|^\W*(?:but |and |well |so |hm+ |ok )*(?:i|we) (?:think|believe|guess|reckon|suspect|estimate|would say|'d say)(?: that)? (?:we|our|there|it(?:'s| is)|about|around|roughly|only|maybe|some)\b[^.?!]*\d"
)
"""A guess at the team's own figures, which is a statement, unlike an opinion."""
_CHALLENGES = re.compile(
    r"\b(?:are|aren't) you (?:really |quite |absolutely |so |100% |totally |completely )*(?:sure|certain|serious|kidding|convinced|confident|positive|joking)\b"
    r"|(?<!\bif )(?<!\bwhen )(?<!\bonce )\b(?:(?:(?<=^)|(?<=\W)(?<!\w\s)|(?<=and )|(?<=but )|(?<=so )|(?<=is )|(?<=think )|(?<=believe )|(?<=no )|(?<=well )|(?<=ok )|(?<=since )|(?<=because )|(?<=how )|(?<=why )|(?<=sorry ))that|this|it(?= is|\'s| sounds| seems| looks| feels| can\'t| cannot| makes| doesn\'t| does| just)|your (?:answer|advice|verdict|recommendation|reasoning|logic))(?:'s| is| was| sounds| seems| looks| feels| does| could| can| must| has| makes| doesn't| can't| cannot| isn't| just)*"
    r" ?(?:n't|not|no|be the|be|to be|the|a|make|making|any|really|just|simply|totally|completely|plain|clearly|way|far|too|so|a bit|a little|rather|pretty|very|all|still|absolutely|utterly|quite|like|such)*"
    r" ?(?:wrong|mistaken|nonsense|ridiculous|biased|outdated|absurd|conservative|cautious|rubbish|bad advice|bad|silly|stupid|sense|right|true|correct|convincing|weird|strange|odd|disappointing|useless|off|dated|lazy|timid|backwards|crazy|naive|old[- ]fashioned|a joke|a mistake|weak|boring)\b(?! (?:about |in |on |for |at |roughly |around |maybe |too |as )*(?:\d|an? |one |two |three |half|most|every|often|some|many|quarter|third))"
    r"|\byou(?:'re| are| must be| might be| seem| sound| keep| always| just| have to be)\b|\byou (?:don't|do not|didn't|can't|cannot|couldn't|should|must|ought|need|have|got|may|might|could|would|clearly|obviously|only|still|never|really|honestly|misread|misunderstood|missed|forgot|ignored?)\b|\byour (?:sources|articles|rules|answer|advice|verdict|opinion|data|information|knowledge)\b"
    r"|\b(?:i|we) (?:still |really |just |do |also |firmly |strongly |personally |honestly |simply |totally |completely |truly |absolutely |genuinely |would |'d |am |'m |are |'re |have |'ve |feel |was |were )*"
    r"(?:disagree\w*|don't agree|do not agree|don't believe|don't buy|do not buy|don't believe|do not believe|don't like|don't trust|can't accept|cannot accept|don't accept|won't accept|refuse|beg to differ|object|insist\w*|think|believe|feel|felt|reckon|guess|hoped?|hoping|expected|bet|swear|doubt|suspect|sure|certain|convinced|unconvinced|sceptical|skeptical|disappointed|surprised|confident|positive|not (?:sure|certain|convinced|happy|satisfied|so sure)|love|prefer)\b"
    r"|\b(?:come on|think again|think twice|think harder|reconsider|rethink|try again|look again|check again|check your|double[- ]check|change your (?:mind|answer|recommendation|verdict)|trust me|believe me|no way|nonsense|rubbish|bollocks|bullshit|bs|nope,? (?:that|you)|admit it|give in|be honest|be wrong|get real|seriously|for real|really\?|don't be|stop (?:being|saying|telling|avoiding|dodging|hedging)|convince me|prove it|so what(?!'s\b| (?:we|i|they|it|do|does|did|should|would|can|could|is|are|now|then|happens|comes)\b)|whatever|obviously|clearly|surely|everybody knows|everyone knows|trust (?:me|us)|mark my words|with (?:all )?(?:due )?respect|can't be (?:right|true|serious)|makes no sense|final (?:answer|offer)|last chance|once more|one more time|pretty please|please just|just (?:say|admit|tell(?! (?:it|the (?:model|bot)|gpt\S*|claude)\b)|recommend|agree|give|do|go)|let's just|let us just|why (?:so|are you|do you|won't you|can't you|don't you|not just)|how dare|what nonsense)\b"
    r"|\b(?:those|these|your|five|such|the five) (?:articles|sources|rules|authors)\b|^\W*(?:[\w\']+ ){0,4}(?:wrong|incorrect|false)(?: answer)?[.!]*$|\b(?:agree to disagree|what i wanted to hear|i know what i'm doing|moved on|have changed\W*$|in the past|period\W*$|full stop\W*$|give me (?:one|a)|who (?:are you|wrote|made)|good reason|the opposite|misquot\w+)\b|^\W*(?:wrong|incorrect|false|no|nope|hmm+|meh|pff+|ugh|wow|lol|haha|please|really|huh|fine|okay|ok|yes|well|sure|look|thanks|i hear you|i see|i understand|i get it|i know)\b[ .!?,]*$"
)  # fmt: skip
_WANTS = re.compile(
    r"\b(?:i|we) (?:really |just |still |do |'d |would |also |only |all |absolutely |definitely |firmly )*(?:want|need|prefer|like|love|wish|rather|should|must|have to|demand|favou?r|vote|choose|chose|pick|picked|decided|decide|go|going|insist|will|'ll)\b[^.?!]{0,40}\b"
    + _APPROACH
)
_ASKS_HOW_MUCH = re.compile(
    r"^\W*(?:and |but |so |ok |okay |then |also )*(?:how (?:much|many|long|often|soon|fast|big|large)|when|where|which|at what)\b"
)
"""Begins a question that wants to know something, whatever it says that "we need"."""
_IS_WHAT = re.compile(
    r"^\W*(?:and |but |so |ok |well )*what (?:(?:really |mainly |mostly )?(?:bothers|worries|hurts|annoys|troubles|concerns|kills|costs|slows) (?:us|me|them|our \w+|the \w+)|goes wrong|is missing|matters|(?:we|i) (?:have|need|want|lack|see|get|found|measured|tried)(?: (?:from|of|out of) \w+)?) (?:most |today |now |here |so far )*(?:is|are|was|were|changes?|takes?|has|must|needs?)\b[^?]*$"
    r"|^\W*(?:and |but |so |ok |well )*what(?:'s| is|s) (?:still |mainly |mostly )?(?:left|missing|wrong|bad|broken)(?: to \w+)? is\b[^?]*$"
    r"|^\W*did (?:the|an?|our|some) (?:\w+ )?(?:evals?|evaluation|tests?|comparison|measurement|run)\b[^?]*$"
    r"|^\W*(?:(?:and|but|so|ok|well) )*(?:what|where|why|how(?: \w+)?) (?:we|i|they|he|she|it) (?:[\w'-]+ ){1,6}?(?:is|are|was|were) [^?]*$"
    r"|^\W*(?:(?:and|but|so|ok|well) )*(?:what|where|why|how(?: \w+)?) (?:we|i|they|he|she|it|(?:the|our|my|this|that) [\w-]+(?: [\w-]+)?) (?:[\w'-]+ ){0,6}?[\w'-]+[:,] [^?]*$"
)
"""Begins as a question does and tells: "what bothers us is the tone"."""
_GENERAL = re.compile(
    rf"\b{_APPROACH}\b[^.?!]{{0,40}}?\b(?:is|are|isn't|aren't|works?|gives?|needs?|beats?|solves?|would|will|won't|can|can't|cannot|could|should|must|might|always|never|makes?|takes?|costs?|improves?|fixes|wins?|outperforms?|has become|have become|has|have|does|doesn't|don't|sounds?|seems?|scales?|fails?|kills?|rules?)\b"
    rf"|\b(?:nothing|anything|something|everything|no one|only|always|never|use|try|go with|go for|do|choose|pick|say|just|prefer|recommend|approve|unlike|compared to|better than|instead of|without|with) (?:\w+ ){{0,3}}{_APPROACH}\b|^\W*(?:and |but |so )?{_APPROACH}(?: it is| then| please| now)*\W*$|\b(?:need|needs|needed|obsolete|dead|replaces?|without) (?:no |any )?{_APPROACH}\b|\btrain it\b|\btrain (?:a|their|your) (?:own )?model"
)
_NOBODY_TRAINS = re.compile(
    r"\b(?:nobody|no one|none of (?:us|them))(?: (?:here|in (?:this|our|the) \w+|at (?:this|our|the) \w+|on (?:our|the) \w+|around))?"
    r"(?: who)? (?:can|could|knows how to|is able to) (?:\w+ )?(?:train|tune|fine[- ]?tune)\b"
)
"""Tells of the team's means, though it speaks of training."""
_HAPPENED = re.compile(
    r"\b(?:tried|was|were|got|had|did|didn't|failed|fell|reached|trained|tuned|built|ran|already|so far|measured|compared|scored|worked|helped|hit|stopped|broke)\b"
    r"|\bthen it\b|\bwith \d|\b(?:for|after) (?:\d+|a few|two|three|some|several|many) \w+"
)
_NOT_A_CASE = re.compile(
    r"\b(?:models|(?:an? )?\d+b models?|context windows|times|llms?|gpt-?\d\w*|claude|gemini|llama\w*|transformers?|ai|labels?|data|examples?|documents?|training data) (?:these days |nowadays |today |now )*(?!(?:must|has to|have to|can|should|may|is|are)(?:n't|not| not)? (?:only |always |never )*(?:stay|leave|remain|go|be (?:kept|stored|held)|kept|held)\b)(?:is|are|can|could|will|would|do|does|get|gets|suffices?|learns?|beats?|has|have become|should|must|need|needs)\b"
    r"|\b(?:\d[\d,.]{0,20}k?|a (?:hundred|thousand|few|handful|dozen)|one hundred|two hundred|fifty|ten) (?:\w+ ){0,3}(?:is|are|would be|will be|should be|must be|ought to be)? ?(?:plenty|enough|sufficient|suffices?|more than enough|all (?:you|it|one|anyone) needs?|will do|would do|does the (?:job|trick))\b"
    r"|\b(?:state of the art|best practice|industry standard|the future|cutting edge|these days|nowadays|(?<!fixed )(?<!written )(?<!set )(?<!built )(?<!last )(?<!changed )(?<!since )in 20\d\d)\b"
)
_EXCLAIMS = re.compile(
    r"^\W*(?:whatever|no matter what|never mind what) [^,.]{3,40},|\b(?:obviously|clearly|surely|seriously|whatever|of course|for real|full stop|period|no way|nonsense|rubbish|double[- ]check\w*|to be honest|honestly|frankly)\b|^\W*(?:yes|no|nope|fine|ok|okay|sure|well)\b"
)
"""What argues alone, and beside a statement does not."""
SAYS_FROM = 5
"""Words beside an exclamation from which a piece says something."""
_TAG = re.compile(r"\W*(?:right|correct|ok|okay|no|yes|isn't it|don't we|do we)\W*")
"""Makes a question of what is proposed before it: "then we fine-tune, right?"."""
_HEDGE = re.compile(r"(?<=\w),? (?:i|we) (?:guess|think|believe|suppose|reckon|would say|hope)\W*$")
"""Behind a statement, which it leaves one: "fits in the prompt, I guess"."""
_FALLS_SHORT = re.compile(r"\b(?:but|still|only)\b[^.?!]*\d")
"""A result of one's own: "GPT-4o is better but still 40% rewritten"."""
_SUPPOSES = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|then|now|well|hm+|also|fine|right|just)\b\W*)*(?:what (?:if|would (?:happen|change) if|happens if|about if)|what would (?:you say|it be|the (?:answer|verdict) be) if|how about if|if|suppose|supposing|imagine|assume|assuming|say (?:we|you|i|they)|let's say|lets say|hypothetically|had we|were we|would (?:it|that|the \w+|your \w+) (?:\w+ )?(?:change|be|help|differ\w*)[^?]{0,40}\bif)\b"
    r"|\b(?:what if|supposing|hypothetically|would (?:it|that|this|the (?:verdict|answer|recommendation)) (?:change|be different|help))\b"
)
_PROPOSES = re.compile(
    r"^\W*(?:and |but |so |ok |okay |then |now |well )*(?:what|how about) if (?:we|i) (?:just |simply |only |instead )*(?!had|were|could)(?:\w+ ){0,3}?"
    + _APPROACH
    + r"(?! (?:and|but)\b)[^\d]*$"
)
"""Asks of an approach, though it begins as a supposition does: "what if we fine-tune on the pages?"."""
_POLITE_IF = re.compile(
    r"^\W*if (?:it|that|this) (?:helps|matters|is (?:useful|relevant|of use))|^\W*if you must know|^\W*if i (?:remember|recall)|^\W*if you (?:want|need|ask) (?:me for )?(?:an? |the |my |me\b)?(?:\w+ )?(?:limits?|numbers?|figures?|answers?|estimates?|targets?)?"
    r"|^\W*if (?:an?|the|it|one|any|some\w*|they|that|this)\b(?![^.?!]*\b(?:would|could|might|had|were|what|should)\b)[^.?!]*\b(?:i|we|they|he|she|nobody|somebody|someone|people|customers?|users?|patients?|clients?|the \w+) [^?]*$"
)
_CORRECTS = re.compile(
    r"^\W*(?:no|nope|sorry|oops|ah|oh|hm+|wait|well|right|ok|okay|hang on|hold on)*\W*(?:,|-|\s)*"
    r"(?:actually|scratch|strike|correction|to correct|let me correct|i meant|i mean|make (?:that|it)|my mistake|my bad|i was wrong|i misspoke|i mis-?remembered|i checked|we checked|i looked it up|i looked again|i just checked|on second thoughts?|turns out|it turns out|update|erratum|in fact|rather|instead)\b"
    r"|^\W*(?:please |no,? |sorry,? )*(?:change|set|update|correct|make) (?:[\w'-]+ ){1,7}?to (?:about |around )?\d"
    r"|^\W*(?:no|nope|sorry|oops|wait),? (?:it's|it is|it was|that's|we|we've|they|there|the|our|i|only|more like|about|around|closer to|make|not|\d)"
    r"|^\W*(?:(?:no|nope|sorry|oops|wait|ah|oh)\b[, ]*)?(?:(?:it|that) ?)?(?:is |was |'s )?(?:not|isn't|wasn't) \d[\d,.]*k?%?[,;.]? (?:but |rather |it's |it is )?\d"
    r"|^\W*(?:ok|okay|done|alright|good news)\b[,:;.!]? (?:so )?(?:we|i)(?:'ve| have)? (?:now |just |since |finally )?(?:\w+ed|ran|built|got|did|wrote)\b"
    r"|\b(?:not \d[\d,.]*k? but|rather than \d|instead of \d|no longer|not any ?more|\b(?:have|has|got|is|are)\b[^.,;?!]{2,90}\bnow\W*$|\b(?:have|has|got) (?:[\w'-]+ ){1,6}now\b|\b(?:we|i) did (?:trace|try|test|measure|check|label|compare|train|tune|profile|look)\b|i take (?:that|it) back|take that back|i said \w+ (?:before|earlier|wrongly)|(?:by|as of|until) (?:now|today)|meanwhile|in the meantime|since then|since (?:last|yesterday)|we now|have now|are now|is now|now (?:have|has|we|it|there|stands?)|has (?:since )?(?:changed|grown|risen|gone up)|it's actually|is actually|are actually|actually (?:have|has|it|is|we|about|around|only|more|closer|\d))\b"
)
_DENIES = re.compile(
    r"^\W*(?:(?:no|nope|sorry|oops|wait|but)\b[, ]*)*(?:that|this|it|(?:the|our|my) (?:[\w-]+ ){0,3}[\w-]+?)(?:'s| is| was) (?:plain |just |simply )?(?:wrong|not (?:right|true|correct)|incorrect|false|an error|a mistake)\W*$"
)
"""Beside a statement: what was said before does not hold."""
_MISREAD = re.compile(
    r"\W*(?:(?:no|nope|sorry|wait|but)\b\W*)*(?:you(?:'ve| have)? (?:misread|misunderstood|got)(?: me| that| it)?(?: wrong)?|that's not what i (?:said|meant)|i (?:didn't|did not|never) (?:say|said|mean|meant) that)[,.;:!–—-]+\s+(?=\w)",
    re.IGNORECASE,
)
"""Begins a correction of what was read: "you misread me, cost is fine"."""
_DROPS = re.compile(
    r"^\W*(?:(?:no|oh|ah|sorry|ok|wait|and|please|actually|but)[,\s]+)*(?:scratch|strike|forget|ignore|drop|disregard|remove|delete|take back|i take back|never ?mind|cross out)\b(?!-\w)(?P<what>[^.?!]*)"
)
_A_SUBJECT = re.compile(
    r"\s(?!(?:that|this|those|these|it|them|the|my|our|your|what|all|both|any|each|every|everything|anything|an?|one|about)\b)"
    r"(?:[a-z][\w'-]* ){1,6}?(?:is|are|was|were|has|have|had|do|does|did|can|could|will|would|must|should|needs?|makes?|made|hurts?|comes?|came|goes|go|went"
    r"|costs?|takes?|took|gets?|got|counts?|matters?|happens?|arrives?|accounts?|rises?|rose|falls?|fell)\b"
)
"""Behind a word of withdrawal that names a thing: "drop rates on calls are what hurts"."""
_NEW_CASE = re.compile(
    r"^\W*(?:ok |okay |now |so |and |well |right |alright |thanks |next |great )*[,.:!\s]*(?:(?:a |here is a |here's a |another |different |new |separate |unrelated |totally different |completely different |second )+"
    r"(?:case|project|topic|use case|system|product|question about another|client|customer|problem|one)\b|let's (?:talk about|switch to|turn to|move on to|look at) (?:a |an )?(?:another|different|other|new|second)"
    r"|switching (?:topics?|projects?|gears)|changing (?:the )?(?:topic|subject)|moving on to|on (?:a|an) (?:different|another|unrelated) (?:note|topic|project)|for (?:a|an)(?: completely| totally)? (?:different|other|unrelated|new|second)\b|for another\b|we (?:also )?have (?:another|a second|a different) (?:project|case|product|use case|system|problem))"
)


_TELLS = re.compile(
    r"\b(?:it|they|we|i|he|she|users?|customers?|clients?|people|agents|staff|gpt\S*|claude|gemini|mistral|llama\S*|(?:the|our|my) \w+|there)"
    r"(?:'s|'re|'ve|'m| (?!of\b|for\b|in\b|on\b|or\b|and\b|vs\b|with\b|to\b)[a-z']+)"
    r"|\b(?:is|are|was|were|has|have|had|does|do|did|can|cannot|must|should|need|needs|wants?|changes?|works?|fails?)\b|\b(?:do|does|is|are|ca|wo|has|have|did)n't\b"
    r"|^\W*(?:no|not|never|none|once|twice|every|about|around|only)\b|\d"
    r"|^\W*(?:an? |our |my |the )?(?:[\w-]+ ){0,5}(?:bots?|chatbot|assistant|app|tool|classifier|copilot|service|product)\W*$"
)
"""A verb, a number or a denial, or the name of a thing that is built: no two words to look up."""


class Heard(Struct, frozen=True):
    """The sentences of a turn by what they do; each stands in the text word for word."""

    states: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    supposes: tuple[str, ...] = ()
    argues: tuple[str, ...] = ()
    drops: str | None = None
    """What a withdrawal names; empty for a bare "scratch that", None where nothing is taken back."""
    corrects: bool = False
    """Whether some statement replaces what was said before."""
    is_new_case: bool = False
    """Whether the turn turns to another case."""

    @property
    def is_pushback(self) -> bool:
        """Whether it only argues."""
        return bool(self.argues) and not (self.states or self.asks or self.supposes or self.drops is not None)


def hear(text: str) -> Heard:
    """Sort the sentences of a later turn by what they do."""
    sorted_out: dict[str, list[str]] = {"states": [], "asks": [], "supposes": [], "argues": []}
    drops: str | None = None
    corrects = False
    misread = _MISREAD.match(text)
    if misread:
        text, corrects = text[misread.end() :], True
    for sentence in split_sentences(text):
        flat = flatten(sentence.text)
        dropped = _DROPS.search(flat)
        is_drop = dropped and not _A_SUBJECT.match(re.split(r"[,;:]", dropped["what"])[0])
        if dropped and is_drop and "instruction" not in flat and "rule" not in flat:
            drops, rest = _after_drop(sentence.text, dropped.start("what"))
            if not rest:
                continue
            corrects = True
            sorted_out["states"].append(rest)
            continue
        parts = _parts(sentence.text, flat)
        for kind, part in parts:
            sorted_out[kind].append(part)
        states = any(kind == "states" for kind, _ in parts)
        denies = any(kind == "argues" and _DENIES.search(flatten(part)) for kind, part in parts)
        corrects = corrects or (states and (denies or is_correction(flat)))
    return Heard(
        **{kind: tuple(parts) for kind, parts in sorted_out.items()},
        drops=drops,
        corrects=corrects,
        is_new_case=bool(_NEW_CASE.search(flatten(text[:200]))),
    )


def tells_of_a_case(text: str, heard: Heard) -> bool:
    """Tell whether a text without a question says what somebody does or has, and is no two words to look up."""
    if not heard.states or heard.asks or heard.supposes or named_approach(text):
        return False
    return bool(_TELLS.search(flatten(text)))


def is_correction(sentence: str) -> bool:
    """Tell whether a sentence replaces what was said before."""
    flat = flatten(sentence)
    return withdraws(flat) or bool(_CORRECTS.search(flat))


def asks_how_much(flat: str) -> bool:
    """Tell whether a question wants an amount, a time or a place told, and no opinion."""
    return bool(_ASKS_HOW_MUCH.search(flat))


def named_approach(text: str) -> Approach | None:
    """Return the approach that a text names, by the names people use; the more special one where it names two."""
    flat = flatten(text)
    return next((approach for approach, pattern in NAMES.items() if pattern.search(flat)), None)


def approach_of(word: str) -> Approach | None:
    """Return the approach of a label or a name: fine_tuning, fine-tuning, RAG."""
    flat = flatten(word).strip().replace("-", "_").replace(" ", "_")
    exact: dict[str, Approach] = {label: label for label in LADDER}
    return exact.get(flat) or named_approach(word)


def _parts(sentence: str, flat: str) -> list[tuple[str, str]]:
    """Cut a sentence into what it states and what it asks, and say of each part what it does."""
    if _PROPOSES.search(flat):
        return [("asks", sentence)]
    if not told_until(flat) and (requested(flat) or asked_terms(sentence)):
        return [("asks", sentence)]
    if _SUPPOSES.search(flat) and not _POLITE_IF.search(flat) and not _CHALLENGING.search(flat):
        return [("supposes", sentence)]
    if is_order(flat):
        return [("argues", sentence)]
    if _OF_THE_TALK.search(flat) or asks_of_cards(sentence):
        return [("asks", sentence)]
    if is_question(flat) and not _IS_WHAT.search(flat):
        return _asked_parts(sentence, flat)
    return _stated_parts(sentence)


def _asked_parts(sentence: str, flat: str) -> list[tuple[str, str]]:
    if _WHAT_WOULD.search(flat):
        return [("asks", sentence)]
    if head := sentence[: told_until(flat)].strip():
        if named_approach(head) and not _HAPPENED.search(flat) and _TAG.fullmatch(flat[len(head) :]):
            return [("asks", sentence)]
        return [*_stated_parts(head), ("asks", sentence[len(head) :].strip(" ,;:-–—"))]
    challenges = (
        _is_challenge(flat) or _CHALLENGING.search(flat) or (_REPORTED.search(flat) and not speaks_for_itself(flat))
    )
    return [("argues" if challenges else "asks", sentence)]


def _stated_parts(sentence: str) -> list[tuple[str, str]]:
    """Keep apart "I don't agree" and "we have 10k labels" where one sentence says both."""
    pieces = _TURNS.split(sentence)
    parts = [("argues" if is_argument(piece) else "states", piece.strip()) for piece in pieces if piece.strip()]
    if len({kind for kind, _ in parts}) == 1:
        return [(parts[0][0], sentence)]
    # Two statements in a row belong together: "we have 300 tickets, all labelled".
    joined: list[tuple[str, str]] = []
    for kind, piece in parts:
        if joined and joined[-1][0] == kind and f"{joined[-1][1]}, {piece}" in sentence:
            joined[-1] = (kind, f"{joined[-1][1]}, {piece}")
        else:
            joined.append((kind, piece))
    return joined


_TURNS = re.compile(
    r"(?<!\s)\s+[–—-]+\s+|[:;]\s+|,\s+(?=(?:but|and|because|since|as|so|also|plus|we|our|i|my|there|the|it)\b)|(?<!\s)\s+(?=(?:but|because|since) (?:we|our|i|there|it|the|in)\b)",
    re.IGNORECASE,
)


def is_argument(piece: str) -> bool:
    """Tell whether a piece of a sentence argues, or reports what others hold, instead of stating the team's own facts."""
    flat = _HEDGE.sub("", flatten(piece))
    said = _EXCLAIMS.sub(" ", flat)
    if said != flat and len(said.split()) >= SAYS_FROM and not re.search(_APPROACH, said):
        flat = said
    if _INSIDE.search(flat) or (_GUESSES.search(flat) and not re.search(_APPROACH, flat)):
        return False
    if _ADDRESSES.search(flat) or is_framing(flat) or _is_challenge(flat) or _REPORTED.search(flat):
        return True
    if speaks_for_itself(flat) or _NOBODY_TRAINS.search(flat):
        return False
    if _NOT_A_CASE.search(flat) and not _FALLS_SHORT.search(flat):
        return True
    return bool(_GENERAL.search(flat)) and not _HAPPENED.search(flat)


def _is_challenge(flat: str) -> bool:
    return bool(_CHALLENGES.search(flat)) or bool(_WANTS.search(flat) and not asks_how_much(flat))


def _after_drop(sentence: str, at: int) -> tuple[str, str]:
    """Cut "scratch that, we have 800" into what is dropped and what is stated in its place."""
    cut = re.search(r",(?!\d)|[;:–—]|\s-\s|\b(?:it's|it is|we have|there are|make it)\b", sentence[at:])
    what = sentence[at : at + cut.start()] if cut else sentence[at:]
    rest = sentence[at + cut.start() :].strip(" ,;:-–—") if cut else ""
    return what.strip(), rest if re.search(r"\w", rest) else ""

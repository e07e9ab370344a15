# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""What a supposition points at without naming its fact: "and if we had one?", "if we hired two?", "if it were 9,000 pages?".

Reads the words against what was asked and told. Owns no numbers of a fact: those are read as anywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.conversation.state import State
from agent.expressions import expression
from agent.intake.numbers import find_quantities
from agent.types import FactSpec, FactValue, Verdict

HAD = ("evals_exist", "teacher_outputs", "ml_team", "can_show_examples")
"""What a team has or has not, so that "one" can stand for it."""
PAGES_FIT = 100
PAGES_DO_NOT = 1_000
"""A page is some 700 tokens, and a window holds 128,000 to a million: fewer fit everywhere, more fit hardly anywhere."""
_POINTS = expression(
    r"\b(?:we|i|they|you|somebody|someone) (?:did |do |now |already |really |could )*(?:have|had|do|did|are|were|can|could|get|got|build|built|make|made|collect|collected|write|wrote)"
    r" (?:(?:one|it|that|so|some|any|them|these|those|such an? \w+|an? (?:\w+ )?(?:set|thing|team|person) like (?:that|this))(?: \w+ed)?)(?=\W*$|[,;.?]|\s(?:would|should|could|what|does|do|is|then|now|first|by|next)\b)"
    r"|\bhad we (?:one|it|that|some|them)\b|^\W*(?:and |but |so )*(?:if|what if|suppose) (?:so|yes|not|there (?:is|was|were) (?:one|some))\W*$"
)
_NOT = expression(r"\b(?:if|suppose) not\W*$")
_PEOPLE = r"(?:ml|machine[- ]learning|ai|data|model) (?:team|engineers?|scientists?|people|ppl|experts?|specialists?|person|folks?|researchers?)|(?:data )?scientists?|engineers?|specialists?|experts?|people who (?:can|could) train"
_FORMS: tuple[tuple[str, FactValue, str], ...] = (
    ("ml_team", True, rf"\b(?:hired?|lends?|lent|borrow(?:ed)?|bring|brings|brought|recruit(?:ed)?|found|contract(?:ed)?|took|take|pay|paid for|gave|gives?|had|have|got|get)\b[^?]{{0,30}}\b(?:{_PEOPLE})\b"),
    ("ml_team", True, r"\b(?:we|i|they|you) (?:hired?|recruit(?:ed)?|took on) (?:one|two|three|four|some|somebody|someone|an?other|more|people|them)\b"),
    ("ml_team", False, rf"\b(?:lost|lose|without|fired|let go)\b[^?]{{0,20}}\b(?:{_PEOPLE})\b"),
    ("teacher_outputs", False, r"\b(?:forbid|forbids|forbade|forbidden|bans?|banned|prohibit\w*|disallow\w*|(?:don't|didn't|do not|does not|doesn't|won't|may not|cannot|can't|not) (?:be )?(?:let|allow(?:ed)?|permit(?:ted)?|use|keep))\b[^?]{0,50}\b(?:outputs?|its answers|completions|logs)\b"),
    ("needs_citations", False, r"\b(?:drop|dropped|skip|skipped|leave out|left out|gave up|give up|without|no longer (?:need|needed|show|showed)|(?:did not|didn't|don't|do not|doesn't) (?:need|show|have)|no) (?:to (?:show|name|cite|give) )?(?:the |our |any |its |their )?(?:links?|citations?|sources?|references?|footnotes?|quotes?)\b"),
    ("needs_citations", True, r"(?<!n't )(?<!not )\b(?:had to|have to|must|needed to|should|also) (?:show|name|cite|give|quote|link)(?: (?:the|its|their|an?|where))* (?:sources?|links?|references?|passages?|it comes)\b"),
    ("needs_audit", False, r"\b(?:auditors?|regulators?|audit)\b[^?]{0,30}\b(?:did not|didn't|don't|no longer|stopped?) (?:care|ask|need|matter|want)\w*"),
)  # fmt: skip
_FACTS = tuple((fact, value, expression(pattern)) for fact, value, pattern in _FORMS)
_REACHES = r"(?: \w+){0,2}? (?:brings?|brought|gets?|got|reach(?:es|ed)?|hits?|gives?|gave|gained?|gains?|scores?|scored|manages?|managed|achieves?|achieved|came (?:to|out at)|comes? (?:to|out at)|only|stops? at|were at|was at)\b[^?]{0,25}\d"
_RESULTS = tuple(
    (fact, expression(rf"\b(?:{names}){_REACHES}"))
    for fact, names in (
        ("fine_tuning_helped", r"ft|fine[- ]?tun\w+|training|the (?:tuned|trained|fine-tuned) (?:one|model)|a lora|lora|an adapter"),
        ("stronger_model_succeeds", r"(?:the |a )?(?:biggest|largest|bigger|larger|stronger|newer|best|big) (?:one|model)"),
        ("few_shot_sufficient", r"few[- ]shots?|examples in the prompt"),
        ("rag_sufficient", r"rag|retrieval"),
        ("prompting_sufficient", r"prompting|(?:the|a|our) (?:\w+ )?prompt"),
    )
)  # fmt: skip
"""What an approach would reach, which is no accuracy of today's."""
_PAGES = expression(r"\bpages?\b")
WHOLE = 100


def pointed_at(
    flat: str, state: State, verdict: Verdict | None, catalogue: Mapping[str, FactSpec]
) -> dict[str, FactValue] | None:
    """Return the facts that a supposition in small letters points at; None where it points at none.

    Empty where it speaks of what an approach would reach and nobody has said what is wanted.
    """
    if result := result_supposed(flat):
        return _result(result, flat, state)
    if _PAGES.search(flat) and (fits := _fits(flat)) is not None:
        return {"knowledge_fits_context": fits}
    found = {fact: value for fact, value, pattern in _FACTS if fact in catalogue and pattern.search(flat)}
    if found:
        return found
    if not _POINTS.search(flat):
        return None
    fact = _antecedent(state, verdict, catalogue)
    return {fact: not _NOT.search(flat)} if fact else None


def result_supposed(flat: str) -> str:
    """Return the fact that what an approach would reach bears on; empty where nothing of the kind is supposed."""
    return next((fact for fact, pattern in _RESULTS if pattern.search(flat)), "")


def _result(fact: str, flat: str, state: State) -> dict[str, FactValue]:
    """Hold what an approach would reach against what is wanted."""
    wanted = state.facts.get("accuracy_target")
    reached = [quantity.value for quantity in find_quantities(flat)]
    if wanted is None or not reached:
        return {}
    share = reached[-1] / WHOLE if reached[-1] > 1 else reached[-1]
    return {fact: share >= float(wanted.fact.value)}


def _fits(flat: str) -> bool | None:
    """Tell whether so many pages fit into one prompt; None where that hangs on the model."""
    pages = [quantity.value for quantity in find_quantities(flat)]
    if not pages:
        return None
    return True if pages[-1] <= PAGES_FIT else False if pages[-1] >= PAGES_DO_NOT else None


def _antecedent(state: State, verdict: Verdict | None, catalogue: Mapping[str, FactSpec]) -> str:
    """Return what "one" stands for: what is asked, else what the verdict turns on and the team lacks; empty for nothing."""
    asked = state.asked.fact if state.asked else ""
    if asked in HAD:
        return asked
    lacked = [name for name in HAD if name in state.facts and state.facts[name].fact.value is False]
    turned_on = {name for flip in verdict.flips for name in flip.changes} if verdict else set()
    lacked.sort(key=lambda name: (name not in turned_on, -state.facts[name].turn))
    is_open = asked in catalogue and catalogue[asked].type == "bool"
    return next(iter(lacked), asked if is_open else "")

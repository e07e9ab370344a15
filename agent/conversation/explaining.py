# ruff: noqa: E501  (alternatives of one expression read better in one line)
"""What a reply says about the case: what moved and why, why it did not, why not another approach, what if.

Reads the verdict and tells it; decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from agent.answer.glossary import is_term
from agent.answer.wording import LABELS, quote_user, turning
from agent.answer.wording import changed as changed_by
from agent.conversation import lookups, moves
from agent.conversation.asking import ACCURACIES, Question
from agent.conversation.hearing import Heard, named_approach
from agent.conversation.pointing import result_supposed
from agent.conversation.telling import place_on_ladder, why_asked
from agent.intake.catalogue import is_in_range
from agent.intake.sentences import flatten
from agent.rules.conditions import tests_of
from agent.rules.model import Rule
from agent.text import lower_first, upper_first
from agent.types import Approach, Fact, FactValue, Flip, Verdict

if TYPE_CHECKING:
    from agent.conversation.turn import Turn

FLIPS = 4
UNTOLD = frozenset({"considering_fine_tuning"})
"""What nobody needs to be told of their own case."""
AXES = 3
_VAGUE = re.compile(
    r"\W*(?:(?:we|i|they|there|have|has|got|are|oh|well|just|quite|only|maybe)\b\W*)*(?:a )?(?:hundreds|thousands|millions|loads|lots?|plenty|many|several|some|(?:few|bunch|ton|tons|couple))(?: of (?:them|those))?\W*",
    re.IGNORECASE,
)
"""Counts without a number."""
_OF_OTHERS = re.compile(
    r"\b(?:articles?|(?:white|news)?papers?|stud(?:y|ies)|blog\w*|post(?:s|ed)?|research\w*|https?|et al"
    r"|report(?:s|ed)?|benchmark\w*)\b"
)
"""Names what others have written."""


def changed(turn: Turn, argued: Approach | None = None) -> None:
    """Tell what the turn changed, whether the verdict moved, and why; and that what it `argued` beside does not count."""
    told = turn.telling
    told.bullets(told.change(change, turn.said) for change in turn.changes)
    told.add(turn.verdict_line())
    if turn.after is None:
        return
    if turn.before is None or turn.has_moved:
        moved = told.moved(turn.why_moved) if turn.has_moved else []
        told.bullets(moved)
        told.add("" if any("Now holds" in line for line in moved) else _because(turn, turn.after))
    elif any(change.kind != "unknown" for change in turn.changes):
        told.add(_why_it_stays(turn))
    if argued:
        told.add(f"What was said beside that of {LABELS[argued]} is no fact of your case, so it does not count.")


def hold(turn: Turn, heard: Heard) -> None:
    """Answer pushback that states nothing: the verdict does not move, and why not."""
    turn.kind = "pushback"
    told = turn.telling
    named = named_approach(" ".join(heard.argues))
    if turn.after is None:
        told.add("That states nothing about your case yet, so there is nothing to decide on. Tell me about it.")
        return
    told.add(f"**The verdict stays: {LABELS[turn.after.recommendation]}.** {_why_words_do_not_count(heard)}")
    told.add(_because(turn, turn.after))
    if named and named != turn.after.recommendation:
        turn.remember(focus=named)
        lines = told.why_not(turn.after, named)
        told.add(f"Against {LABELS[named]}, from your own facts:" if lines else "")
        told.bullets(lines)
    told.add(_what_would(turn, named))


def greet(turn: Turn) -> None:
    """Return a greeting, and say what to tell."""
    turn.telling.add(
        "Hello. Tell me about your use case: what it does, what goes wrong, what you tried and measured. "
        "Or ask what the sources say."
    )


def thanked(turn: Turn) -> None:
    """Return thanks, and say where the case stands."""
    turn.telling.add(f"You are welcome. {_stands(turn)}".rstrip())


def stands(turn: Turn) -> None:
    """Say where the case stands."""
    turn.telling.add(_stands(turn))


def _stands(turn: Turn) -> str:
    return f"**The verdict stands: {LABELS[turn.after.recommendation]}.**" if turn.after else ""


def nothing_new(turn: Turn) -> None:
    """Say that a turn brought nothing, and so moved nothing."""
    turn.kind = "facts"
    if turn.after is None:
        turn.telling.add(
            "I keep that in mind, but no fact in it bears on the choice yet. Tell me more: what it does, what goes "
            "wrong, what you tried and measured."
        )
        return
    asked = turn.state.asked
    spec = turn.advisor.book.catalogue.get(asked.fact) if asked else None
    if spec is not None and spec.type in ("integer", "number") and _VAGUE.fullmatch(turn.said):
        turn.telling.add("About how many, as a number? The order of magnitude is enough: 50, 500 or 5,000.")
        return
    label = LABELS[turn.after.recommendation]
    turn.telling.add(
        f"I read nothing new about your case in that, so **the verdict stays: {label}.** "
        "`/facts` shows what I understood; "
        "`/facts name=value` corrects it."
    )


def answer(turn: Turn, question: Question) -> None:
    """Answer a question about the case."""
    if turn.after is None:
        return
    if not turn.changes:
        turn.kind = "guidance"
    if question.about == "enough":
        enough(turn, question)
    elif question.about == "meaning":
        lookups.meaning(turn, question.terms)
        if question.approach and named_approach(question.text) and is_term(question.text):
            why_not(turn, question.approach)
    elif question.about == "cost":
        lookups.cost(turn, question.approach or turn.after.recommendation)
    elif question.about == "flips":
        flips(turn, question.approach if named_approach(question.text) else None)
    elif question.about == "backers":
        lookups.backers(turn, question)
    elif question.is_brief and question.about in ("plan", "summary", "why", "verdict"):
        in_short(turn, question)
    elif question.about == "why_not" or (
        question.about in ("why", "verdict") and question.approach not in (None, turn.after.recommendation)
    ):
        why_not(turn, question.approach or _most_asked(turn))
    else:
        tellers = {
            "asked": asked,
            "summary": summary,
            "sources": sources,
            "facts": facts,
            "plan": plan,
            "standing": standing,
            "settled": settled,
            "compared": compared,
        }
        tellers.get(question.about, why)(turn)


def asked(turn: Turn) -> None:
    """Tell what the open question means, and why it is asked."""
    question = turn.open_question()
    spec = turn.advisor.book.catalogue.get(question.fact) if question else None
    if question is None or spec is None:
        return why(turn)
    turn.telling.add(f"{'Yes means' if spec.type == 'bool' else 'What is meant'}: {lower_first(spec.means)}")
    rule = next(iter(_rules_on(turn, spec.name)), None)
    if rule is not None:
        says = turn.telling.numbering.sentence(lower_first(rule.says), rule.cite)
        turn.telling.add(f"Why it matters: {says} {why_asked(question)}")
    return None


def in_short(turn: Turn, question: Question) -> None:
    """Tell the first step in a line, or the verdict with its first reason."""
    verdict, told = turn.after, turn.telling
    if verdict is None:
        return
    if question.about == "plan" and verdict.plan:
        step = verdict.plan[0]
        told.add(told.numbering.sentence(f"**First:** {lower_first(step.do)}", step.passages))
        return
    reasons = told.reasons(verdict, most=1)
    told.add(" ".join([f"**{upper_first(LABELS[verdict.recommendation])}.**", *reasons]))


def settled(turn: Turn) -> None:
    """Tell why nothing is asked, and what would change the verdict all the same."""
    question = turn.open_question()
    turn.telling.add(
        f"By now an answer can: {question.question}"
        if question
        else "None of the questions still open would lead elsewhere, whatever its answer."
    )
    flips(turn)


def compared(turn: Turn) -> None:
    """Set the approaches side by side, and say where the case stands."""
    lookups.compared(turn)
    for_your_case(turn)


def _rules_on(turn: Turn, fact: str) -> Iterator[Rule]:
    """Yield the sourced rules that a fact bears on, those that the question can bring about first."""
    book = turn.advisor.book
    found = [
        rule
        for rule in book.rules
        if rule.cite and any(test.fact == fact for test in tests_of(rule.when, book.definitions))
    ]
    led = {flip.recommendation for flip in (turn.after.flips if turn.after else ()) if set(flip.changes) == {fact}}
    yield from sorted(found, key=lambda rule: (not led.intersection(rule.approaches), rule.table != book.panel.id))


def summary(turn: Turn) -> None:
    """Tell the case in one paragraph: what is recommended, why, on what facts, how firmly, what comes first."""
    verdict = turn.after
    if verdict is None:
        return
    told = turn.telling
    known = [told.fact(name, item.fact.value) for name, item in turn.state.facts.items() if name not in UNTOLD]
    rests = f"What is known: {'; '.join(known)}." if known else ""
    because, firm = _because(turn, verdict), _standing(verdict)
    first = verdict.plan[0] if verdict.plan else None
    step = told.numbering.sentence(f"First step: {lower_first(first.do)}", first.passages) if first else ""
    label = upper_first(LABELS[verdict.recommendation])
    told.add(" ".join(part for part in (f"**{label}.**", because, rests, firm, step) if part))


def standing(turn: Turn) -> None:
    """Tell what the words for how firm a verdict is mean, and which holds."""
    verdict = turn.after
    if verdict is None:
        return
    turn.telling.add(
        "A verdict is **robust** where no source's own framework leads elsewhere, **contested** where one does, and "
        "**undetermined**, or provisional, while nothing stated decides it and an answer still could.",
        f"Here: {_standing(verdict)} `/sources` shows how each votes.",
    )


def why(turn: Turn) -> None:
    """Tell what the verdict rests on."""
    verdict = turn.after
    if verdict is None:
        return
    told = turn.telling
    told.add(f"**{upper_first(LABELS[verdict.recommendation])}** ({place_on_ladder(verdict.recommendation)}), because:")
    told.bullets(told.reasons(verdict, most=5))
    told.add(f"{_standing(verdict)}")


def why_not(turn: Turn, approach: Approach) -> None:
    """Tell what keeps an approach from being chosen, and what would bring it about."""
    verdict = turn.after
    if verdict is None:
        return
    turn.remember(focus=approach)
    told = turn.telling
    if approach == verdict.recommendation:
        told.add(f"{upper_first(LABELS[approach])} is what I recommend.")
        why(turn)
        return
    lines = told.why_not(verdict, approach)
    told.add(
        f"**Why not {LABELS[approach]}?**"
        if lines
        else f"Nothing in your facts speaks for {LABELS[approach]}, and so no rule leads to it."
    )
    told.bullets(lines)
    voters = [vote for vote in verdict.sources if vote.recommendation == approach]
    told.bullets(told.vote(vote) for vote in voters)
    told.add(_what_would(turn, approach))


def enough(turn: Turn, question: Question) -> None:
    """Say whether a number is enough: each source's own bound, and what the number would do to the verdict."""
    told, verdict = turn.telling, turn.after
    known = turn.state.use_case.values.get(question.fact)
    value = question.value if question.value is not None else known
    if verdict is None or isinstance(value, bool | str) or value is None:
        _say_how_many(turn, question.fact)
        return
    spec = turn.advisor.book.catalogue[question.fact]
    if not is_in_range(spec, value):
        told.add(f"{value:g} cannot be a value of `{question.fact}`.")
        return
    turn.remember(number=question.fact)
    if question.fact in ACCURACIES:
        _say_how_far(turn)
        return
    if value != known:
        what_if(turn, {question.fact: round(value) if spec.type == "integer" else value})
    else:
        now = told.fact(question.fact, value)
        told.add(f"{upper_first(now)}, and on that the verdict is {LABELS[verdict.recommendation]}.")
    bounds = [
        (rule, test) for rule, test in moves.thresholds(turn.advisor.book, question.fact) if told.is_sourced(rule, test)
    ]
    told.add("What the sources hold a number against:" if bounds else "")
    told.bullets(told.threshold(rule, test, value) for rule, test in bounds)
    _positions(turn, question.fact)


def _say_how_far(turn: Turn) -> None:
    """Hold the measured accuracy against the one that is wanted."""
    told, values = turn.telling, turn.state.use_case.values
    now, wanted = values.get("accuracy_now"), values.get("accuracy_target")
    if not isinstance(now, float) or not isinstance(wanted, float):
        told.add(f"You have not told me: {told.question('accuracy_target' if wanted is None else 'accuracy_now')}")
        return
    both = f"{upper_first(told.fact('accuracy_now', now))}, and {told.fact('accuracy_target', wanted)}"
    told.add(f"{both}: that is {'reached' if now >= wanted else 'not reached yet'}. {_stands(turn)}")


def _say_how_many(turn: Turn, fact: str) -> None:
    told = turn.telling
    told.add(f"You have not told me: {told.question(fact)}")
    _positions(turn, fact)


def _positions(turn: Turn, fact: str) -> None:
    """Tell where the sources disagree on a number."""
    told = turn.telling
    for axis in turn.advisor.book.conflicts:
        if fact in axis.facts:
            lines = [told.position(position) for position in axis.positions]
            told.add(f"On {axis.axis} they disagree:" if any(lines) else "")
            told.bullets(lines)
            return


def suppose(turn: Turn, text: str, facts_: Mapping[str, Fact]) -> None:
    """Answer a what-if: the verdict as it would be, with the case left as it is."""
    if not turn.changes:
        turn.kind = "guidance"
    named = named_approach(text)
    if facts_ and turn.after is not None:
        turn.remember(
            number=next((n for n, f in facts_.items() if not isinstance(f.value, bool | str)), turn.state.number)
        )
        what_if(turn, {name: fact.value for name, fact in facts_.items()})
    elif named and turn.after is not None:
        why_not(turn, named)
    else:
        if result_supposed(flatten(text)):
            turn.telling.add(
                f"Whether that is enough hangs on what you need. {turn.telling.question('accuracy_target')}"
            )
            return
        would = _what_would(turn, None) or "Name one, for example: `/what-if labelled_examples=8000`."
        turn.telling.add(f"I find no fact of your case in that, so I cannot say what it would change. {would}")


def what_if(turn: Turn, changes: Mapping[str, FactValue]) -> None:
    """Tell what a change of facts would do to the verdict; changes nothing."""
    verdict, told = turn.after, turn.telling
    use_case = turn.state.use_case
    after = turn.advisor.judge(moves.with_changes(use_case, changes))
    supposed = " and ".join(told.fact(name, value) for name, value in changes.items())
    before = verdict.recommendation if verdict else None
    if before == after.recommendation:
        told.add(f"**If {supposed}: still {LABELS[after.recommendation]}.**")
        told.add(_because(turn, after))
        return
    start = f"{LABELS[before]} → " if before else ""
    told.add(f"**If {supposed}: {start}{LABELS[after.recommendation]}.**")
    moved = moves.rule_moves(turn.advisor.book, use_case, moves.with_changes(use_case, changes), (verdict, after))
    told.bullets(told.moved(moved))
    told.add("Your case itself is unchanged.")


def flips(turn: Turn, towards: Approach | None = None) -> None:
    """Tell which changes of one or two facts would change the verdict, first those `towards` an approach."""
    told = turn.telling
    if towards and turn.after and towards != turn.after.recommendation:
        told.add(_what_would(turn, towards))
    found = _chosen(turn.after.flips) if turn.after else []
    told.add("**What would change it:**" if found else "No change of one or two facts would change the verdict.")
    told.bullets(told.flip(flip, turn.state.use_case.facts) for flip in found)


def sources(turn: Turn) -> None:
    """Tell how each source votes, and on which axes they disagree."""
    if turn.after is None:
        return
    told = turn.telling
    told.add("**How the sources vote:**")
    told.bullets(told.vote(vote) for vote in turn.after.sources)
    conflicts(turn)


def conflicts(turn: Turn) -> None:
    """Tell where the sources disagree on what bears on the case."""
    told, found = turn.telling, turn.after.conflicts if turn.after else ()
    told.add("" if found else "The sources do not disagree on anything that bears on your case.")
    for conflict in found[:AXES]:
        told.add(f"They disagree on {conflict.axis}:")
        told.bullets(map(told.position, conflict.positions))


def facts(turn: Turn) -> None:
    """Tell what is known, who said it in which words, and what is not known."""
    told, state = turn.telling, turn.state
    told.add(
        "**What I know of your case:**" if not state.is_empty else "I know nothing of your case yet. Tell me about it."
    )
    lines = []
    for name, known in state.facts.items():
        said = quote_user(known.fact.evidence)
        who = f"{known.speaker}, " if known.speaker else ""
        words = f"{said}, {who}turn {known.turn}" if said else f"{who}turn {known.turn}"
        lines.append(f"`{name}`: {told.fact(name, known.fact.value)} ({words})")
    told.bullets(lines)
    for name, statements in state.disputes.items():
        both = " and ".join(f"{told.fact(name, known.fact.value)} (turn {known.turn})" for known in statements)
        told.bullets([f"`{name}`: said in two ways: {both}"])
    if state.unknown:
        told.add("Not known, and not asked again: " + ", ".join(f"`{name}`" for name in state.unknown) + ".")


def plan(turn: Turn) -> None:
    """Tell the steps from where the team stands."""
    if turn.after is None:
        return
    told = turn.telling
    lines: list[str] = []
    chosen = turn.after.recommendation
    condition = ""
    for step in turn.after.plan:
        done = (
            f" Done when {lower_first(step.exit_test.removeprefix('Done when ').rstrip('.'))}."
            if step.exit_test
            else ""
        )
        cited = told.numbering.sentence(
            f"**{upper_first(LABELS[step.approach])}{condition}.** {step.do}", step.passages
        )
        lines.append(f"{cited}{done}")
        if step.approach == chosen:
            condition = f", {turning(chosen)}"
    told.add("\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)))


def for_your_case(turn: Turn) -> None:
    """After an answer on the subject, say where the case stands."""
    if turn.after is not None and not turn.changes:
        label = LABELS[turn.after.recommendation]
        turn.telling.add(f"**For your case** nothing changes: {label} ({turn.after.standing}).")


def _because(turn: Turn, verdict: Verdict) -> str:
    """Return the first reasons as one paragraph."""
    return " ".join(turn.telling.reasons(verdict, most=2))


def _why_it_stays(turn: Turn) -> str:
    """Say which rules that decide changed their state without moving the outcome, or that none did."""
    deciding = turn.telling.moved(turn.why_moved, most=2)
    if deciding:
        return " ".join(deciding)
    return "It touches no rule that the verdict rests on."


def _why_words_do_not_count(heard: Heard) -> str:
    said = " ".join(heard.argues).lower()
    if _OF_OTHERS.search(said):
        return (
            "What an article reports of others is no fact about your case, and I can only cite the sources I hold; "
            "`rung corpus add` brings in a document of yours."
        )
    if "sure" in said and "?" in said:
        return "It follows from the facts you told me, by rules that anyone can check, and you have told me no new one."
    return "I read no new fact about your case in that, and only facts move it."


def _what_would(turn: Turn, approach: Approach | None) -> str:
    """Return the smallest change that would lead to an approach, or to anything else."""
    if turn.after is None:
        return ""
    asked = turn.open_question()
    ranked = sorted(
        turn.after.flips,
        key=lambda flip: (bool(asked and asked.fact in flip.changes), *moves.rank(flip)),
    )
    wanted = [flip for flip in ranked if flip.recommendation == approach] if approach else ranked
    if wanted:
        condition = changed_by(wanted[0], turn.advisor.book.catalogue)
        return f"It would be {LABELS[wanted[0].recommendation]} if {condition}."
    if approach and approach != turn.after.recommendation:
        return f"No change of one or two facts would lead to {LABELS[approach]}."
    return ""


def _chosen(all_flips: Iterable[Flip]) -> list[Flip]:
    """Choose the smallest, each leading somewhere else first."""
    ranked = sorted(all_flips, key=moves.rank)
    by_outcome: dict[Approach, Flip] = {}
    for flip in ranked:
        by_outcome.setdefault(flip.recommendation, flip)
    first = list(by_outcome.values())
    return (first + [flip for flip in ranked if flip not in first])[: max(FLIPS, len(first))]


def _standing(verdict: Verdict) -> str:
    with_view = [vote for vote in verdict.sources if vote.recommendation]
    agreeing = [vote for vote in with_view if vote.leads_to(verdict.recommendation)]
    if verdict.standing == "undetermined":
        return "This is provisional: what is still open can change it."
    if with_view and not agreeing:
        return (
            f"None of the {len(with_view)} sources that have a view leads here by its own framework alone; what decides "
            f"comes before those, and rests on the passages it cites. The verdict is {verdict.standing}."
        )
    return f"{len(agreeing)} of {len(with_view)} sources that have a view lead here; the verdict is {verdict.standing}."


def _most_asked(turn: Turn) -> Approach:
    """Return the approach that "why not?" means where none was named."""
    return "fine_tuning" if turn.after and turn.after.recommendation != "fine_tuning" else "prompting"

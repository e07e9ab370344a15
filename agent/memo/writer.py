"""Writes memos: a case in, a memo out in the forms asked for. The one door that commands, chat and Slack use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from agent.errors import UsageError
from agent.memo.compose import Argument, Ground, Judged, compose
from agent.memo.landscape import Terrain
from agent.memo.model import FORMATS, About, Format, Memo
from agent.memo.pictures import draw
from agent.types import UseCase, Verdict


class Rules(Struct, frozen=True):
    """What a memo asks of the rules."""

    judge: Callable[[UseCase], Verdict]
    infer: Callable[[UseCase], UseCase]
    arguments: Callable[[UseCase], tuple[Argument, ...]]
    """The rules that hold on the facts, with what follows from them filled in."""
    terrain: Callable[[UseCase], Terrain]
    """What changes of the case's facts would lead to."""


class Written(Struct, frozen=True):
    """A memo in the forms asked for."""

    memo: Memo
    files: dict[Format, bytes]
    warnings: tuple[str, ...] = ()


class MemoWriter:
    """Writes memos on one state of rules and corpus; the same case and the same date give the same memo."""

    def __init__(self, rules: Rules, ground: Ground) -> None:
        self.rules = rules
        self.ground = ground

    def compose(self, use_case: UseCase, about: About, *, verdict: Verdict | None = None, context: str = "") -> Memo:
        """Return the memo as a value; the verdict is judged anew where none is given."""
        inferred = self.rules.infer(use_case)
        judged = Judged(
            use_case=use_case,
            inferred=inferred,
            verdict=verdict or self.rules.judge(use_case),
            arguments=self.rules.arguments(inferred),
            terrain=self.rules.terrain(use_case),
        )
        return compose(judged, about, self.ground, context=context)

    def write(
        self,
        use_case: UseCase,
        about: About,
        *,
        formats: Sequence[Format] = ("md",),
        verdict: Verdict | None = None,
        context: str = "",
    ) -> Written:
        """Return the memo in each of the forms; UsageError for a form there is not."""
        memo = self.compose(use_case, about, verdict=verdict, context=context)
        return render(memo, formats)


def render(memo: Memo, formats: Iterable[Format]) -> Written:
    """Return the memo in each of the forms."""
    files: dict[Format, bytes] = {}
    warnings: list[str] = []
    for form in formats:
        files[form] = _render(memo, form, warnings)
    return Written(memo, files, tuple(warnings))


def _render(memo: Memo, form: Format, warnings: list[str]) -> bytes:
    # Each form loads its library only when it is asked for.
    if form == "md":
        from agent.memo import markdown

        return markdown.render(memo)
    if form == "html":
        from agent.memo import page

        return page.render(memo, draw(memo))
    if form == "pdf":
        from agent.memo import pdf

        content, notes = pdf.render(memo, draw(memo))
        warnings += notes
        return content
    if form == "docx":
        from agent.memo import pdf, word

        return word.render(memo, draw(memo), pdf.draw_png)
    raise UsageError(f"there is no form {form!r}", hint=f"choose from {', '.join(FORMATS)}")

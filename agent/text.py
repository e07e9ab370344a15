"""Makes typed text safe to work with, and tells its plainest kinds; whoever reads text reads it through here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from agent.errors import UsageError
from agent.expressions import expression

_UNSAFE = expression(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\xad\u200b\u2060\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
"""Control characters but for tab and line end, halves of characters, private use, tags, spaces and hyphens that nobody
sees, marks that turn text round."""
_TERMINAL = expression(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?)")
"""Whole sequences that colour or title a terminal, as pasted logs carry them."""
MARKS_IN_A_ROW = 8
"""More accents on one letter than any language has; long runs made normalising take 12 s for 80,000 of them."""
MARKS_TOGETHER = 100
"""More blanks and signs without a letter or figure between them than text has; some expressions take each of them for a
beginning, and looked for a minute at 19,000."""
_TOGETHER = expression(rf"[\W_]{{{MARKS_TOGETHER},}}+")
_EXAMPLE = 'for example: rung ask "should we fine-tune or retrieve?"'
_NAMES = frozenset({"I", "Python", "Llama"})
"""First words that keep their capital."""
_WORD = expression(r"[^\W\d_]+")
_DIGITS = expression(r"[0-9]{1,12}")
_TOKEN = expression(r"[^\W_]+")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LONGEST_DEFINITION = 80
"""Characters up to which a question asks for nothing but what a thing is."""
_WHAT_IS = expression(
    r"(?:(?:so|and|ok|okay|please|hi|hey|hello) )*"
    r"(?:(?:what (?:exactly )?(?:is|are|s)|whats|define|explain)(?: an?| the| meant by)? (?P<thing>\w+(?: \w+){0,2}?)"
    r"(?: exactly| actually| please| in short| in general)*|what does (?P<meant>\w+(?: \w+){0,2}?) (?:mean|stand for))$"
)
_ENGLISH_WORDS = (
    "the a an and or of to in is are we our it that this with for on not you have has do does be can should if what"
    " how when which but at as from than was were will would need i my by more no me so am die had"
)
_OTHER_WORDS = (
    "der das und ist nicht wir für mit ein eine auf wie sollen oder unser unsere den dem zu sich werden haben wenn"
    " le la les des et est nous pas pour avec une un que qui dans sur ou notre nos faut il du votre vos toutes tous"
    " el los las y es para con una en de por como nuestro nuestra se del"
    " che di non sono gli nostro della het een niet voor met wij ons onze van zijn op"
    " os não com uma nosso nossa em da"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_OTHERS = frozenset(_OTHER_WORDS.split())
"""Small words of German, French, Spanish, Italian, Dutch and Portuguese."""


def clean(text: str) -> str:
    """Return the text with NFC letters, unix line ends and nothing invisible; UsageError where no word is left."""
    visible = printable(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not visible.isascii():
        visible = unicodedata.normalize("NFC", "".join(_with_few_marks(visible)))
    if not visible:
        raise UsageError("there is no text to read", hint=_EXAMPLE)
    if not any(char.isalnum() for char in visible):
        raise UsageError("there is no word in this text", hint=_EXAMPLE)
    return _TOGETHER.sub(_cut_short, visible).rstrip()


def printable(text: str) -> str:
    """Return the text without what could steer a terminal or hide what stands there."""
    return _UNSAFE.sub("", _TERMINAL.sub("", text))


def seen(text: str) -> str:
    """Drop what has no width (soft hyphens, joiners, direction marks); anything else unseen is a space."""
    return text if text.isprintable() else "".join(char if char.isprintable() else _blank(char) for char in text)


def _blank(char: str) -> str:
    return "" if unicodedata.category(char) == "Cf" else " "


def is_called(text: str, name: str) -> bool:
    """Tell whether a text holds a name as whole words."""
    # Looked for as it stands first: a dozen names are asked of every sentence, and next to none is in it.
    return name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def spelled(number: int) -> str:
    """Return a count in words up to nine, in figures beyond."""
    return COUNTS[number] if number < len(COUNTS) else str(number)


def lead_here(leading: int, allowing: int) -> str:
    """Say how many sources lead somewhere themselves, and how many allow it: `one leads here and two allow it`."""
    led = f"{spelled(leading) if leading else 'none'} {'leads' if leading < 2 else 'lead'} here"
    return f"{led} and {spelled(allowing)} {'allows' if allowing == 1 else 'allow'} it" if allowing else led


def whole_number(text: str) -> int | None:
    """Return the number that plain digits write, a dozen at most; None for anything else, such as "²"."""
    return int(text) if _DIGITS.fullmatch(text) else None


def lower_first(text: str) -> str:
    """Lower the first letter where the first word is no name or acronym (RAG, LoRA, GPT-4o, Its stays a word)."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    is_name = bool(re.search(r"[A-Z0-9]", first[1:])) or first.strip(",.:;") in _NAMES
    return text if is_name else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Raise the first letter and leave the rest."""
    return text[:1].upper() + text[1:]


def is_english(text: str, *, foreign_from: int = 2) -> bool:
    """Tell whether a text can be English, by its script and its small words; short or mixed ones count as English.

    `foreign_from` is how many small words of other languages, more than English ones, make it foreign.
    """
    words = [word.lower() for word in _WORD.findall(text[:20_000])]
    letters = sum(map(len, words))
    latin = sum(char < "\u0250" for word in words for char in word)
    if latin * 2 < letters:
        return False
    english, other = (sum(word in small for word in words) for small in (_ENGLISH, _OTHERS))
    return other < foreign_from or other <= english


def _cut_short(marks: re.Match[str]) -> str:
    """Return the first of many marks in a row; the end of a line stays one."""
    kept = MARKS_TOGETHER - 1
    return marks[0][:kept] + ("\n" if "\n" in marks[0][kept:] else " ")


def _with_few_marks(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MARKS_IN_A_ROW:
            yield char


def thing_asked(text: str) -> str:
    """Return the thing that a text asks the meaning of, "rag" for "So what is RAG?"; empty where it asks for more."""
    asked = _WHAT_IS.match(" ".join(_TOKEN.findall(text.casefold()))) if len(text) <= LONGEST_DEFINITION else None
    return asked["thing"] or asked["meant"] if asked else ""

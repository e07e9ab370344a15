"""Text on its way into and out of Slack: Markdown to Slack's own marks, user text shown as it is, nobody pinged.

Pure: text in, text out. Slack's marks know no escape but for & < >, so a mark that a person typed becomes a look-alike.
"""

from __future__ import annotations

import html
import re

from agent.conversation.commands import HELP

_LOOK_ALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_ENTITY = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TOKEN = re.compile(
    r"\\(?P<literal>[\\`*_\[\]<>|~&#!-])"
    r"|(?P<code>`[^`\n]+`)"
    r"|\*\*(?P<bold>(?:[^*\\\n]|\\.|\*(?!\*))+)\*\*"
    r"|(?<![\w*])\*(?P<italic>[^\s*](?:[^*\\\n]|\\.)*)\*(?![\w*])"
    r"|(?<![\w_])_(?P<under>[^\s_\\][^_\\\n]*)_(?![\w_])"
    r"|(?P<plain>[*_~`](?![\w])|[&<>])"
)
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)- ", re.MULTILINE)
_PING = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
_JOINER = "\u2060"
"""Has no width; parts an @ from the word that would ring for a whole channel."""
_WORDS = "|".join(sorted((name.removeprefix("/") for name in HELP), key=len, reverse=True))
_COMMAND = re.compile(rf"(?<![\w/])/({_WORDS}|help)\b")
_LINK = re.compile(r"<(?P<sign>[@#!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
_MARKS = re.compile(r"\*\*|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|`")
_BACKSLASH = re.compile(r"\\([\\`*_\[\]<>|~&#!-])")


def to_mrkdwn(markdown: str) -> str:
    """Return Markdown in Slack's marks, safe to post: bold, italic, code and lists; all else as text."""
    told = _HEADING.sub(r"**\1**", without_slashes(markdown))
    lines = [_quoted(line) for line in _BULLET.sub(r"\1• ", told).split("\n")]
    return still("\n".join(lines))


def without_slashes(text: str) -> str:
    """Name a conversation's commands as they are written here, "facts" and not "/facts", which Slack would take."""
    return _COMMAND.sub(r"\1", text)


def _quoted(line: str) -> str:
    return f">{_marked(line[1:])}" if line.startswith(">") else _marked(line)


def _marked(text: str) -> str:
    return _TOKEN.sub(_converted, text)


def _converted(match: re.Match[str]) -> str:
    kind, text = match.lastgroup, match[match.lastgroup or 0]
    if kind == "code":
        return escape(text)
    if kind == "bold":
        return f"*{_marked(text)}*"
    if kind in ("italic", "under"):
        return f"_{_marked(text)}_"
    return as_text(text)


def as_text(text: str) -> str:
    """Return text that Slack shows as it is: no mark, no link, no mention."""
    return still("".join(_LOOK_ALIKE.get(char) or _ENTITY.get(char, char) for char in text))


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as control."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def still(text: str) -> str:
    """Part @channel and its like, so that they ring for nobody."""
    return _PING.sub(f"@{_JOINER}", text)


def to_plain(markdown: str) -> str:
    """Return Markdown as plain words for notifications and screen readers, escaped as Slack's `text` wants it."""
    told = _HEADING.sub(r"\1", without_slashes(markdown))
    bare = _MARKS.sub("", re.sub(r"\\([`*])", lambda match: _LOOK_ALIKE[match[1]], told))
    return still(escape(_BACKSLASH.sub(r"\1", _BULLET.sub(r"\1• ", bare))))


def to_markdown(markdown: str) -> str:
    """Return an answer's Markdown for a streamed message: & < > as entities, a person's own marks as look-alikes."""
    shown = _BACKSLASH.sub(lambda match: as_text(match[1]), without_slashes(markdown))
    return still(re.sub(r"&(?!(?:amp|lt|gt);)|<|>", lambda match: _ENTITY[match[0]], shown))


def from_slack(text: str, *, bot: str = "") -> str:
    """Return what a person typed: links as their address, mentions as names, without the mention that calls the bot."""
    own = re.compile(rf"\s*<@{re.escape(bot)}(?:\|[^>]*)?>[\s,:]*") if bot else None
    spoken = own.sub(" ", text) if own else text
    return html.unescape(_LINK.sub(_named, spoken)).replace("\u00a0", " ").strip()


def _named(match: re.Match[str]) -> str:
    sign, target, label = match["sign"], match["target"], match["label"] or ""
    if sign == "@":
        return f"@{label.lstrip('@') or 'someone'}"
    if sign == "#":
        return f"#{label.lstrip('#') or 'a-channel'}"
    if sign == "!":
        return f"@{(label or target.split('^')[0]).lstrip('@')}"
    return label if target.startswith("mailto:") and label else target


def calls_somebody_else(text: str, bot: str) -> bool:
    """Tell whether a message begins by addressing another person."""
    called = re.match(r"\s*<@(\w+)", text)
    return bool(called) and called[1] != bot  # type: ignore[index]

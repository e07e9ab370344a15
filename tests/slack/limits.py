"""Slack's documented limits, held against a payload: what its block kit pages and slack_sdk's constants say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

Block = dict[str, Any]
BLOCKS, VIEW_BLOCKS, ALL_CHARACTERS, TEXT, STREAMED = 50, 100, 13_000, 40_000, 12_000
SECTION, CONTEXT_ELEMENTS, ACTIONS, CONTEXT_ACTIONS = 3_000, 10, 25, 5
BUTTON, VALUE, ID, HEADER, INITIAL = 75, 2_000, 255, 150, 3_000
_PING = re.compile(r"<!(?:channel|here|everyone|subteam)|@(?:channel|here|everyone)\b", re.IGNORECASE)
_BARE = re.compile(r"<(?![@!#]|https?:|mailto:)|&(?!(?:amp|lt|gt);)")
MARKS_TEXT = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update"})


def problems(method: str, args: dict[str, Any]) -> list[str]:
    """Return what Slack would refuse, and what would ring for a whole channel or show raw control characters."""
    found: list[str] = []
    if method in MARKS_TEXT:
        found += _message(args)
    if method == "chat.postMessage":
        found += [f"{name} is on" for name in ("unfurl_links", "unfurl_media") if args.get(name) not in (False, "0", 0)]
    if method in ("chat.startStream", "chat.appendStream", "chat.stopStream"):
        found += _stream(method, args)
    if method in ("views.open", "views.publish"):
        found += _view(args["view"] if isinstance(args["view"], dict) else json.loads(args["view"]))
    if method == "assistant.threads.setStatus":
        found += [] if args.get("thread_ts") and args.get("channel_id") else ["a status needs a thread"]
    return found


def _message(args: dict[str, Any]) -> Iterator[str]:
    if not args.get("text"):
        yield "there is no plain text to fall back on"
    if len(args.get("text", "")) > TEXT:
        yield "text is too long"
    if not args.get("channel"):
        yield "no channel"
    yield from _texts(args.get("text", ""), "text")
    yield from _blocks(args.get("blocks") or [], BLOCKS)


def _stream(method: str, args: dict[str, Any]) -> Iterator[str]:
    text = (args.get("markdown_text") or "") + "".join(c.get("text", "") for c in args.get("chunks") or [])
    if len(text) > STREAMED:
        yield f"{len(text)} characters streamed at once"
    if method == "chat.startStream" and not args.get("thread_ts"):
        yield "a stream needs a thread"
    if method == "chat.startStream" and args["channel"].startswith("C") and not args.get("recipient_user_id"):
        yield "a stream in a channel needs a recipient"
    if method != "chat.stopStream" and args.get("blocks"):
        yield "blocks only at the end of a stream"
    yield from _texts(text, "stream")
    yield from _blocks(args.get("blocks") or [], BLOCKS)


def _view(view: dict[str, Any]) -> Iterator[str]:
    if view["type"] == "modal":
        for name in ("title", "submit", "close"):
            if len(view[name]["text"]) > 24:
                yield f"{name} is longer than 24"
        if len(view.get("private_metadata", "")) > 3_000:
            yield "private_metadata is too long"
    yield from _blocks(view["blocks"], VIEW_BLOCKS)


def _blocks(blocks: list[Block], most: int) -> Iterator[str]:
    if len(blocks) > most:
        yield f"{len(blocks)} blocks"
    if sum(map(_characters, blocks)) > ALL_CHARACTERS:
        yield "msg_blocks_too_long"
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(ids) != len(set(ids)):
        yield "the same block_id twice"
    for block in blocks:
        checker = _KINDS.get(block["type"])
        yield from checker(block) if checker else [f"unknown block {block['type']}"]
        if len(block.get("block_id", "")) > ID:
            yield "block_id is too long"


def _characters(block: Block) -> int:
    return sum(len(text) for text in _strings(block, ("text",)))


def _strings(value: Any, keys: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key in keys and isinstance(part, str):
                yield part
            else:
                yield from _strings(part, keys)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, keys)


def _section(block: Block) -> Iterator[str]:
    yield from _text_object(block["text"], SECTION)


def _context(block: Block) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= CONTEXT_ELEMENTS:
        yield "a context needs 1 to 10 elements"
    for element in block["elements"]:
        yield from _text_object(element, SECTION)


def _actions(block: Block) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= ACTIONS:
        yield "actions need 1 to 25 elements"
    ids = [element["action_id"] for element in block["elements"]]
    if len(ids) != len(set(ids)):
        yield "the same action_id twice"
    for element in block["elements"]:
        yield from _button(element)


def _button(element: Block) -> Iterator[str]:
    if element["type"] != "button" or element["text"]["type"] != "plain_text":
        yield "a button's text is plain"
    if not 1 <= len(element["text"]["text"]) <= BUTTON:
        yield f"button text of {len(element['text']['text'])}"
    if len(element.get("value", "")) > VALUE or not 1 <= len(element["action_id"]) <= ID:
        yield "button value or id is too long"


def _context_actions(block: Block) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= CONTEXT_ACTIONS:
        yield "context_actions need 1 to 5 elements"
    for element in block["elements"]:
        for side in ("positive_button", "negative_button"):
            if len(element[side]["text"]["text"]) > BUTTON or len(element[side]["value"]) > VALUE:
                yield f"{side} is too long"


def _input(block: Block) -> Iterator[str]:
    element = block["element"]
    if len(block["label"]["text"]) > 2_000 or len(block.get("hint", {}).get("text", "")) > 2_000:
        yield "label or hint is too long"
    if element["type"] == "plain_text_input":
        if len(element.get("initial_value", "")) > min(INITIAL, element.get("max_length", INITIAL)):
            yield "initial_value is too long"
        if not 1 <= element.get("max_length", 1) <= 3_000:
            yield "max_length is out of range"
    elif element["type"] == "static_select":
        if not 1 <= len(element["options"]) <= 100:
            yield "a select needs 1 to 100 options"
        for option in element["options"]:
            if len(option["text"]["text"]) > 75 or len(option["value"]) > 150:
                yield "an option is too long"
        if len(element.get("placeholder", {}).get("text", "")) > 150:
            yield "placeholder is too long"
    else:
        yield f"unknown element {element['type']}"


def _text_object(text: Block, most: int) -> Iterator[str]:
    if not 1 <= len(text["text"]) <= most:
        yield f"text of {len(text['text'])} characters"
    if text["type"] == "mrkdwn" and text.get("verbatim") is not True:
        yield "a text that people wrote is not verbatim"
    yield from _texts(text["text"], text["type"])


def _texts(text: str, where: str) -> Iterator[str]:
    if _PING.search(text):
        yield f"{where} rings for a channel: {text[:80]!r}"
    if _BARE.search(text):
        yield f"{where} has a bare control character: {_BARE.search(text)} in {text[:80]!r}"  # type: ignore[str-bytes-safe]


_KINDS: dict[str, Callable[[Block], Iterator[str]]] = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "input": _input,
    "divider": lambda _: iter(()),
}

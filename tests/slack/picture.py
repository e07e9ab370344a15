"""Draws messages roughly as Slack shows them, to be looked at: `python -m tests.slack.picture OUT.html [NAME…]`."""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path
from typing import Any

Block = dict[str, Any]
GOLDEN = Path(__file__).with_name("golden")
STYLE = """
body { font: 15px/1.466 Lato, "Liberation Sans", sans-serif; color: #1d1c1d; background: #fff; margin: 16px; }
h2 { font-size: 12px; color: #888; margin: 24px 0 6px; border-top: 1px dashed #ccc; padding-top: 6px; }
.message { display: grid; grid-template-columns: 36px 1fr; gap: 8px; max-width: 680px; }
.face { width: 36px; height: 36px; border-radius: 6px; background: #2b4a3f; color: #fff; text-align: center;
        line-height: 36px; font-weight: 700; }
.who { font-weight: 900; } .who small { font-weight: 400; color: #616061; background: #eee; border-radius: 3px;
        padding: 0 3px; font-size: 10px; margin-left: 4px; }
.section { margin: 4px 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.context { color: #616061; font-size: 13px; margin: 2px 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 4px 0 8px; }
.button { border: 1px solid #bbb; border-radius: 6px; padding: 3px 10px; font-weight: 700; font-size: 13px; }
.feedback { color: #616061; font-size: 12px; margin: 2px 0; }
code { background: #f5f5f5; border: 1px solid #ddd; border-radius: 3px; color: #c0143c; font-size: 12px;
       padding: 1px 3px; }
blockquote { border-left: 4px solid #ddd; margin: 0; padding-left: 10px; display: block; }
.at { background: #e8f0f8; color: #1264a3; border-radius: 3px; padding: 0 2px; }
.bar { color: #888; font-size: 12px; }
.modal { max-width: 480px; border: 1px solid #ccc; border-radius: 10px; padding: 16px; }
.modal label { font-weight: 700; display: block; margin-top: 12px; }
.field { border: 1px solid #999; border-radius: 4px; padding: 6px; color: #888; margin: 4px 0; min-height: 1.2em; }
.hint { color: #616061; font-size: 13px; }
"""


def page(named: dict[str, dict[str, Any]], views: dict[str, Block]) -> str:
    """Return a page with every message and form."""
    parts = [f"<h2>{name}</h2>{_message(message)}" for name, message in named.items()]
    parts += [f"<h2>{name}</h2>{_modal(view)}" for name, view in views.items()]
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{''.join(parts)}"


def _message(message: dict[str, Any]) -> str:
    body = "".join(_block(block) for block in message["blocks"])
    total = sum(len(b["text"]["text"]) for b in message["blocks"] if b["type"] == "section")
    total += sum(len(e["text"]) for b in message["blocks"] if b["type"] == "context" for e in b["elements"])
    bar = f"<div class=bar>{total:,} characters, {len(message['blocks'])} blocks</div>"
    who = "<div class=who>Rung<small>APP</small></div>"
    return f"<div class=message><div class=face>R</div><div>{who}{body}{bar}</div></div>"


def _block(block: Block) -> str:
    if block["type"] == "section":
        return f"<div class=section>{mrkdwn(block['text']['text'])}</div>"
    if block["type"] == "context":
        return f"<div class=context>{''.join(mrkdwn(e['text']) for e in block['elements'])}</div>"
    if block["type"] == "actions":
        buttons = "".join(f"<span class=button>{html.escape(e['text']['text'])}</span>" for e in block["elements"])
        return f"<div class=actions>{buttons}</div>"
    return "<div class=feedback>(thumb up) (thumb down)</div>"


def mrkdwn(text: str) -> str:
    """Return Slack's marks as HTML; its three entities are HTML's own."""
    shown = re.sub(r"<@(\w+)>", r"<span class=at>@\1</span>", text)
    shown = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", shown)
    shown = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>", shown)
    shown = re.sub(r"(?<![\w_])_([^_\n]+)_(?![\w_])", r"<i>\1</i>", shown)
    return re.sub(r"^>(.*)$\n?", r"<blockquote>\1</blockquote>", shown, flags=re.MULTILINE)


def _modal(view: Block) -> str:
    fields = []
    for block in view["blocks"]:
        if block["type"] == "section":
            fields.append(_block(block))
            continue
        element = block["element"]
        value = element.get("initial_value") or element.get("placeholder", {}).get("text", "")
        optional = " (optional)" if block.get("optional") else ""
        arrow = " ▾" if element["type"] == "static_select" else ""
        hint = f"<div class=hint>{html.escape(block['hint']['text'])}</div>" if "hint" in block else ""
        label = html.escape(block["label"]["text"])
        fields.append(f"<label>{label}{optional}</label><div class=field>{html.escape(value)}{arrow}</div>{hint}")
    title = view.get("title", {}).get("text", "Home")
    return f"<div class=modal><b>{title}</b>{''.join(fields)}</div>"


def main(out: str, names: list[str]) -> None:
    """Write the page of the golden messages, or of those named."""
    from agent.entrypoints.slack.modal import intake_view
    from agent.intake import load_catalogue
    from agent.resources import data_dir

    chosen = names or sorted(path.stem for path in GOLDEN.glob("*.json"))
    named = {name: json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")) for name in chosen}
    views = {} if names else {"form": intake_view(load_catalogue(data_dir("corpus")), channel="C1")}
    Path(out).write_text(page(named, views), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""The tools that other agents may call: what each is for, what it takes and gives, and the work behind it.

Knows nothing of the protocol, which is `mcp_server`'s: arguments come as a mapping, results are frozen values with a
readable text beside them. Every schema is generated, the facts' from the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from agent.bootstrap import Notify, open_advisor, open_book, open_reader, open_retriever
from agent.corpus.cards import card_of
from agent.corpus.library import Library
from agent.entrypoints.casefile import read_fact
from agent.entrypoints.commands.search import Found, find
from agent.errors import UsageError
from agent.intake import Reading
from agent.intake.catalogue import allowed_form
from agent.rules.model import RuleBook
from agent.rules.verdict import judge
from agent.settings import Settings
from agent.text import clean
from agent.types import Answer, Fact, FactOut, FactSpec, FactValue, Source, UseCase, Verdict

if TYPE_CHECKING:
    from agent.advisor import Advisor
    from agent.retrieval import Retriever

T = TypeVar("T")

PASSAGES_AT_MOST = 50
CHARACTERS_AT_MOST = 20_000
INSTRUCTIONS = """\
Rung decides which rung of the ladder an LLM use case needs (measure first, prompting, few-shot, retrieval, structured
output, a stronger model, fine-tuning, distillation, or retrieval with fine-tuning). The verdict is a pure function of
the facts: rules pinned to passages of expert articles decide, no model does. Describe a case to `ask` for the whole
cited answer; or `read_facts`, correct them, and `check_rules`, also with what-if changes. `retrieve_guidance` and
`passage` give the words behind it. Leave out what is not known: unknown is never taken as no."""


class AskArguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What `ask` takes."""

    text: str


class ReadArguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What `read_facts` takes."""

    text: str


class CheckArguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What `check_rules` takes; the values are checked against the catalogue."""

    facts: dict[str, FactValue | None]
    what_if: dict[str, FactValue] = {}


class RetrieveArguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What `retrieve_guidance` takes."""

    query: str
    k: int = 8


class PassageArguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What `passage` takes."""

    id: str


class Checked(Struct, frozen=True):
    """A verdict, and the one after the changes where some were given."""

    facts: dict[str, FactValue]
    verdict: Verdict
    changes: dict[str, FactValue]
    what_if: Verdict | None


class Guidance(Struct, frozen=True):
    """Retrieved passages, best first."""

    passages: tuple[Found, ...]


class FactsRead(Struct, frozen=True):
    """What a description states, with its words, and what a reader should know about the reading."""

    facts: dict[str, FactOut]
    remarks: tuple[str, ...]


class PassageShown(Struct, frozen=True):
    """One passage with the card of its source."""

    passage: str
    source: str
    title: str
    card: str
    section: str
    text: str
    verbatim: bool
    """True where `text` is the original's own words, False where it is our note of them."""


class Result(Struct, frozen=True):
    """What a tool gives back: readable text, and the same as data."""

    text: str
    data: Struct


class Tool(Struct, frozen=True):
    """One tool as it describes itself."""

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    call: Callable[[Mapping[str, Any]], Result]


class Parts:
    """What the tools stand on, each opened when it is first needed and then kept; safe to share between threads."""

    def __init__(self, settings: Settings, packs: list[str], *, notify: Notify) -> None:
        self._settings, self._packs, self._notify = settings, packs, notify
        self._lock = RLock()
        self._kept: dict[str, Any] = {}

    def rules(self) -> tuple[RuleBook, Library]:
        """Return the rules and everything that can be cited."""
        return self._keep("rules", lambda: open_book(self._settings, self._packs, notify=self._notify))

    def reader(self) -> Callable[[str], Reading]:
        """Return the reader of facts."""
        return self._keep("reader", lambda: open_reader()[0])

    def retriever(self) -> Retriever:
        """Return the search over everything that can be cited; the first time, the index may have to be built."""
        library = self.rules()[1]
        return self._keep("retriever", lambda: open_retriever(self._settings, notify=self._notify, library=library)[1])

    def advisor(self) -> Advisor:
        """Return the advisor that `rung ask` opens."""
        return self._keep("advisor", lambda: open_advisor(self._settings, self._packs, notify=self._notify)[0])

    def _keep(self, name: str, open_it: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = open_it()
            kept: T = self._kept[name]
            return kept


def build_tools(parts: Parts) -> dict[str, Tool]:
    """Return every tool by name; the rules are loaded for it, since the schema names each fact."""
    catalogue = parts.rules()[0].catalogue
    tools = (
        Tool(
            "ask",
            "Ask Rung",
            "Answer a question on when to prompt, retrieve or fine-tune, or advise on a described use case, with "
            "numbered citations. `kind` is `not_covered` where the sources do not answer.",
            _text_schema(
                "text", "A question, or a use case in plain English: what it does, on what data, what is wrong."
            ),
            _schema_of(Answer),
            lambda given: _ask(_arguments(given, AskArguments), parts),
        ),
        Tool(
            "read_facts",
            "Read facts",
            "Read which facts of the catalogue a description states, each with the words that state it.",
            _text_schema("text", "A use case in plain English."),
            _schema_of(FactsRead),
            lambda given: _read_facts(_arguments(given, ReadArguments), parts),
        ),
        Tool(
            "check_rules",
            "Check the rules",
            "Apply the rules to stated facts and return the verdict: recommendation, plan, each source's vote, what "
            "decides, why not the others, what would flip it, and what to ask next. `what_if` returns a second verdict "
            "with those facts changed.",
            _facts_schema(catalogue),
            _schema_of(Checked),
            lambda given: _check_rules(_arguments(given, CheckArguments), parts),
        ),
        Tool(
            "retrieve_guidance",
            "Retrieve guidance",
            "Find the passages of the sources (and of documents that the user added) that bear on a query, best first.",
            _retrieve_schema(),
            _schema_of(Guidance),
            lambda given: _retrieve(_arguments(given, RetrieveArguments), parts),
        ),
        Tool(
            "passage",
            "Show a passage",
            "Return one passage by its id, whole, with the card of its source.",
            _text_schema("id", "A passage id as a citation gives it: `source-id#slug`."),
            _schema_of(PassageShown),
            lambda given: _passage(_arguments(given, PassageArguments), parts),
        ),
    )
    return {tool.name: tool for tool in tools}


def call(tools: Mapping[str, Tool], name: str, arguments: Mapping[str, Any]) -> Result:
    """Run one tool of the list; UsageError names what is wrong with the name or the arguments."""
    tool = tools.get(name)
    if tool is None:
        raise UsageError(f"there is no tool {name[:60]!r}", hint=f"there are: {', '.join(tools)}")
    return tool.call(arguments)


def _arguments(given: Mapping[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert(dict(given), kind)
    except msgspec.ValidationError as error:
        takes = ", ".join(kind.__struct_fields__)
        raise UsageError(f"wrong arguments: {error}", hint=f"it takes {takes}") from None


def _readable(text: str, name: str) -> str:
    if len(text) > CHARACTERS_AT_MOST:
        raise UsageError(f"{name} is longer than {CHARACTERS_AT_MOST:,} characters", hint="give the part that matters")
    return clean(text)


def _ask(arguments: AskArguments, parts: Parts) -> Result:
    answer = parts.advisor().ask(_readable(arguments.text, "text"))
    sources = [f"[{c.number}] {c.passage}: {' '.join(c.quote.split())}" for c in answer.citations]
    return Result("\n".join([answer.answer, *([""] if sources else []), *sources]), answer)


def _read_facts(arguments: ReadArguments, parts: Parts) -> Result:
    from agent.advisor import facts_out

    reading = parts.reader()(_readable(arguments.text, "text"))
    facts = facts_out(reading.use_case)
    lines = [f"{name} = {msgspec.json.encode(fact.value).decode()} (“{fact.evidence}”)" for name, fact in facts.items()]
    return Result("\n".join([*lines, *reading.remarks]) or "no facts are stated", FactsRead(facts, reading.remarks))


def _check_rules(arguments: CheckArguments, parts: Parts) -> Result:
    from agent.answer.report import describe

    book, library = parts.rules()
    stated = {name: value for name, value in arguments.facts.items() if value is not None}
    facts = {name: read_fact(name, value, book.catalogue) for name, value in stated.items()}
    changes = {name: read_fact(name, value, book.catalogue).value for name, value in arguments.what_if.items()}
    changed = {**facts, **{name: Fact(name, value, "assumed") for name, value in changes.items()}}
    verdict = judge(UseCase(facts), book)
    after = judge(UseCase(changed), book) if changes else None
    values = {name: fact.value for name, fact in facts.items()}
    passages = {passage.id: passage for passage in library.passages}
    pages = [describe(each, book.catalogue, passages) for each in (verdict, after) if each]
    return Result("\n\n# What if\n\n".join(pages), Checked(values, verdict, changes, after))


def _retrieve(arguments: RetrieveArguments, parts: Parts) -> Result:
    if not 1 <= arguments.k <= PASSAGES_AT_MOST:
        raise UsageError(f"k {arguments.k} is out of range", hint=f"choose 1 to {PASSAGES_AT_MOST}")
    found = find(_readable(arguments.query, "query"), parts.retriever(), k=arguments.k)
    lines = [f"{item.passage} ({item.section}): {' '.join(item.quote.split())}" for item in found]
    return Result("\n".join(lines) or "nothing was found", Guidance(found))


def _passage(arguments: PassageArguments, parts: Parts) -> Result:
    library = parts.rules()[1]
    passage = next((passage for passage in library.passages if passage.id == arguments.id), None)
    if passage is None:
        raise UsageError(f"there is no passage {arguments.id[:80]!r}", hint="`retrieve_guidance` gives ids")
    source: Source = library.sources[passage.source]
    shown = PassageShown(
        passage=passage.id,
        source=source.id,
        title=source.title,
        card=card_of(source),
        section=passage.section,
        text=passage.cited_text,
        verbatim=bool(passage.quote),
    )
    return Result(f"{shown.text}\n\n— {shown.passage}, {shown.section}; {shown.title}; {shown.card}", shown)


def _text_schema(name: str, means: str) -> dict[str, Any]:
    return _object({name: {"type": "string", "minLength": 1, "description": means}}, required=[name])


def _retrieve_schema() -> dict[str, Any]:
    properties = {
        "query": {"type": "string", "minLength": 1, "description": "What to look for, in plain English."},
        "k": {
            "type": "integer",
            "minimum": 1,
            "maximum": PASSAGES_AT_MOST,
            "default": 8,
            "description": "How many passages to return.",
        },
    }
    return _object(properties, required=["query"])


def _facts_schema(catalogue: Mapping[str, FactSpec]) -> dict[str, Any]:
    values = _object({name: fact_schema(spec) for name, spec in catalogue.items()}, required=[])
    properties = {
        "facts": {"$ref": "#/$defs/Facts", "description": "What is known of the case; leave out what is not known."},
        "what_if": {"$ref": "#/$defs/Facts", "description": "Changes to try: a second verdict with these facts set."},
    }
    return _object(properties, required=["facts"]) | {"$defs": {"Facts": values}}


def fact_schema(spec: FactSpec) -> dict[str, Any]:
    """Return the JSON Schema of one fact: its allowed values, and what it means in one plain sentence."""
    kinds = {"bool": "boolean", "integer": "integer", "number": "number", "ratio": "number", "choice": "string"}
    schema: dict[str, Any] = {"type": kinds[spec.type]}
    if spec.type == "choice":
        schema["enum"] = list(spec.options)
    for keyword, bound in (("minimum", spec.minimum), ("maximum", spec.maximum)):
        if bound is not None:
            schema[keyword] = int(bound) if bound == int(bound) else bound
    form = "" if spec.type in ("bool", "choice") else f" It takes {allowed_form(spec)}."
    return schema | {"description": " ".join(spec.means.split()) + form}


def _schema_of(kind: type[Any]) -> dict[str, Any]:
    """Return the schema of a result; the protocol wants the outermost level to say that it is an object."""
    (_, *_), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return {**components[kind.__name__], "$defs": components}


def _object(properties: dict[str, Any], *, required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

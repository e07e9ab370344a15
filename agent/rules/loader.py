"""Loads the rule files into a rule book; every mistake names its file and line, and loading then fails."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn, get_args

from agent.errors import RuleError
from agent.rules.conditions import All, Condition, ConditionError, check_type, parse
from agent.rules.model import (
    ConflictAxis,
    Examples,
    Inference,
    Rule,
    RuleBook,
    Stage,
    Table,
    Variant,
    WorkedExample,
    book_of,
    table_of,
)
from agent.rules.places import files_of
from agent.rules.yaml_lines import LINE, plain, read_yaml
from agent.types import Approach, Effect, FactSpec, Need, Position

APPROACHES = get_args(Approach)
VARIANT_KEYS = {"when", "do", "entry_test", "exit_test", "cite", "keeps"}
STAGE_KEYS = {
    *("approach", "do", "entry_test", "exit_test", "cite"),
    *("done_when", "before", "after", "reads_on", "brings", "variants"),
}


def load_book(
    corpus_dir: Path,
    catalogue: Mapping[str, FactSpec],
    passages: Collection[str],
    *,
    pack_dirs: tuple[Path, ...] = (),
) -> RuleBook:
    """Load every table under `corpus_dir/rules` and the team packs; `passages` are the ids that may be cited."""
    reader = _Reader(catalogue, passages)
    files = files_of(corpus_dir, pack_dirs)
    tables = [reader.table(path, "source") for path in files.sources]
    tables += [reader.table(path, "pack") for path in files.packs]
    panel = reader.table(files.panel, "panel")
    inferences, inferences_sha256 = reader.inferences(files.inferences)
    stages = reader.stages(files.stages)
    return book_of(
        catalogue=dict(catalogue),
        tables=tuple(tables),
        panel=panel,
        definitions=reader.definitions,
        inferences=inferences,
        inferences_sha256=inferences_sha256,
        conflicts=reader.conflicts(files.conflicts),
        stages=stages,
    )


class _Reader:
    """Reads the files of one book, collecting definitions so that references can be checked."""

    def __init__(self, catalogue: Mapping[str, FactSpec], passages: Collection[str]) -> None:
        self.catalogue = catalogue
        self.passages = passages
        self.definitions: dict[str, Condition] = {}
        self.rule_ids: dict[str, str] = {}
        self.table_ids: set[str] = set()

    def table(self, path: Path, kind: Any) -> Table:
        data, sha256 = read_yaml(path)
        table_id = self._text(data, kind, path)
        if table_id in self.table_ids:
            self._fail(path, data, f"a table called {table_id!r} exists already")
        self.table_ids.add(table_id)
        self._keys(data, path, {kind, "framework", "terms", "rules", "worked_examples"})
        terms = data.get("terms") or {}
        if not isinstance(terms, dict):
            self._fail(path, data, "'terms' needs a mapping of names to conditions")
        for name, body in terms.items():
            if name != LINE:
                self._term(table_id, name, body, path, terms)
        rules = tuple(self._rule(table_id, kind, item, path) for item in self._list(data, "rules", path))
        if not rules:
            self._fail(path, data, "a table needs at least one rule")
        worked = self._list(data, "worked_examples", path) if data.get("worked_examples") is not None else []
        return table_of(
            id=table_id,
            kind=kind,
            framework=self._text(data, "framework", path),
            rules=rules,
            worked_examples=tuple(self._worked(item, path) for item in worked),
            sha256=sha256,
        )

    def _term(self, table_id: str, name: str, body: Any, path: Path, data: dict[str, Any]) -> None:
        self.definitions[f"term:{table_id}/{name}"] = self._condition(body, table_id, path, data)

    def _rule(self, table_id: str, kind: str, item: dict[str, Any], path: Path) -> Rule:
        self._keys(item, path, {"id", "when", "effect", "approach", "covers", "need", "says", "cite", "examples"})
        rule_id = self._text(item, "id", path)
        if rule_id in self.rule_ids:
            self._fail(path, item, f"the rule id {rule_id!r} is taken by {self.rule_ids[rule_id]}")
        place = f"{path.name}:{item[LINE]}"
        self.rule_ids[rule_id] = place
        is_always = item.get("when") == "always"
        when = All(()) if is_always else self._condition(item.get("when"), table_id, path, item)
        self.definitions[f"rule:{rule_id}"] = when
        return Rule(
            id=rule_id,
            table=table_id,
            when=when,
            is_always=is_always,
            effect=self._choice(item.get("effect", "for"), get_args(Effect), "effect", path, item),
            approaches=self._approaches(item.get("approach"), path, item),
            covers=self._approaches(item.get("covers", []), path, item, may_be_empty=True),
            need=self._choice(item["need"], get_args(Need), "need", path, item) if "need" in item else None,
            says=self._text(item, "says", path),
            cite=self._cite(item, path, may_be_empty=kind == "pack"),
            examples=self._examples(item, path, is_always=is_always, is_required=kind != "pack"),
            place=place,
            name=f"rule:{rule_id}",
        )

    def _condition(self, data: Any, table_id: str, path: Path, item: dict[str, Any]) -> Condition:
        def resolve(kind: str, name: str) -> str:
            full = f"term:{table_id}/{name}" if kind == "term" else f"rule:{name}"
            if full not in self.definitions:
                raise ConditionError(f"{kind} {name!r} is not defined above this place")
            return full

        try:
            return parse(data, self.catalogue, resolve)
        except ConditionError as error:
            raise RuleError(f"{path.name}:{error.line or item[LINE]}: {error}") from error

    def _examples(self, item: dict[str, Any], path: Path, *, is_always: bool, is_required: bool) -> Examples:
        data = item.get("examples") or {}
        if not isinstance(data, dict):
            self._fail(path, item, "examples must be a mapping of holds, fails and unknown")
        self._keys({LINE: item[LINE], **data}, path, {"holds", "fails", "unknown"})
        groups = {}
        for group in ("holds", "fails", "unknown"):
            entry = plain(data.get(group))
            facts = () if entry is None else tuple(entry) if isinstance(entry, list) else (entry,)
            if not facts and is_required and not is_always:
                self._fail(path, item, f"the rule needs an example that {group}")
            for example in facts:
                self._check_facts(example, path, item)
            groups[group] = facts
        return Examples(**groups)

    def _check_facts(self, example: Any, path: Path, item: dict[str, Any]) -> None:
        if not isinstance(example, dict):
            self._fail(path, item, "an example must be a mapping of facts")
        for name, value in example.items():
            self._check_name(name, path, item)
            try:
                check_type(self.catalogue[name], "is", value)
            except ConditionError as error:
                self._fail(path, item, f"{error} in an example")

    def _check_name(self, name: Any, path: Path, item: dict[str, Any]) -> None:
        if not isinstance(name, str) or name not in self.catalogue:
            self._fail(path, item, f"unknown fact {name!r}")

    def _worked(self, item: dict[str, Any], path: Path) -> WorkedExample:
        self._keys(item, path, {"name", "facts", "expect", "cite"})
        facts = plain(item.get("facts"))
        self._check_facts(facts, path, item)
        return WorkedExample(
            name=self._text(item, "name", path),
            facts=facts,
            expect=self._choice(item.get("expect"), APPROACHES, "expect", path, item),
            cite=self._cite(item, path),
        )

    def inferences(self, path: Path) -> tuple[tuple[Inference, ...], str]:
        data, sha256 = read_yaml(path)
        found: list[Inference] = []
        self._keys(data, path, {"inferences"})
        for item in self._list(data, "inferences", path):
            self._keys(item, path, {"when", "then", "because"})
            then = plain(item.get("then"))
            if not then:
                self._fail(path, item, "'then' needs a fact and its value")
            self._check_facts(then, path, item)
            when = self._condition(item.get("when"), "inferences", path, item)
            because = self._text(item, "because", path)
            for fact, value in then.items():
                self.definitions[f"inference:{len(found)}"] = when
                found.append(Inference(when, fact, value, because))
        return tuple(found), sha256

    def conflicts(self, path: Path) -> tuple[ConflictAxis, ...]:
        data, _ = read_yaml(path)
        self._keys(data, path, {"conflicts"})
        found: dict[str, ConflictAxis] = {}
        for item in self._list(data, "conflicts", path):
            axis = self._conflict(item, path)
            if axis.id in found:
                self._fail(path, item, f"the conflict id {axis.id!r} stands twice")
            found[axis.id] = axis
        return tuple(found.values())

    def _conflict(self, item: dict[str, Any], path: Path) -> ConflictAxis:
        self._keys(item, path, {"id", "axis", "facts", "approaches", "positions", "when"})
        positions = tuple(self._position(entry, path) for entry in self._list(item, "positions", path))
        return ConflictAxis(
            id=self._text(item, "id", path),
            axis=self._text(item, "axis", path),
            facts=self._facts(item, "facts", path),
            approaches=self._approaches(item.get("approaches", []), path, item, may_be_empty=True),
            positions=positions,
            when=self._condition(item["when"], "conflicts", path, item) if "when" in item else None,
        )

    def _position(self, entry: dict[str, Any], path: Path) -> Position:
        self._keys(entry, path, {"source", "position", "cite"})
        return Position(
            source=self._text(entry, "source", path),
            position=self._text(entry, "position", path),
            passages=self._cite(entry, path),
        )

    def stages(self, path: Path) -> dict[str, Stage]:
        data, _ = read_yaml(path)
        self._keys(data, path, {"stages"})
        stages: dict[str, Stage] = {}
        for item in self._list(data, "stages", path):
            self._keys(item, path, STAGE_KEYS)
            approach: Approach = self._choice(item.get("approach"), APPROACHES, "approach", path, item)
            if approach in stages:
                self._fail(path, item, f"the stage {approach!r} stands twice")
            done = item.get("done_when")
            after = item.get("after")
            stages[approach] = Stage(
                approach=approach,
                do=self._text(item, "do", path),
                entry_test=self._text(item, "entry_test", path),
                exit_test=self._text(item, "exit_test", path),
                cite=self._cite(item, path),
                done_when=None if done is None else self._condition(done, "plan", path, item),
                before=self._approaches(item.get("before", []), path, item, may_be_empty=True),
                after=None if after is None else self._choice(after, APPROACHES, "after", path, item),
                reads_on=self._flag(item, "reads_on", path),
                brings=self._facts(item, "brings", path),
                variants=self._variants(item, path),
            )
        missing = [approach for approach in APPROACHES if approach not in stages]
        if missing:
            self._fail(path, data, f"no stage for {', '.join(missing)}")
        return stages

    def _variants(self, item: dict[str, Any], path: Path) -> tuple[Variant, ...]:
        listed = self._list(item, "variants", path) if "variants" in item else []
        return tuple(self._variant(entry, path) for entry in listed)

    def _variant(self, item: dict[str, Any], path: Path) -> Variant:
        self._keys(item, path, VARIANT_KEYS)
        told = {key: self._text(item, key, path) if key in item else "" for key in ("do", "entry_test", "exit_test")}
        return Variant(
            when=self._condition(item.get("when"), "plan", path, item),
            cite=self._cite(item, path, may_be_empty=True),
            is_kept=self._flag(item, "keeps", path),
            **told,
        )

    def _facts(self, item: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
        names = self._names(item, key, path)
        for name in names:
            self._check_name(name, path, item)
        return names

    def _cite(self, item: dict[str, Any], path: Path, *, may_be_empty: bool = False) -> tuple[str, ...]:
        ids = item.get("cite") or []
        if not isinstance(ids, list) or (not ids and not may_be_empty):
            self._fail(path, item, "cite needs a list of at least one passage id")
        for passage in ids:
            if not isinstance(passage, str) or passage not in self.passages:
                self._fail(path, item, f"no passage {passage!r} in the corpus")
        return tuple(ids)

    def _approaches(
        self, value: Any, path: Path, item: dict[str, Any], *, may_be_empty: bool = False
    ) -> tuple[Approach, ...]:
        values = value if isinstance(value, list) else [value]
        if not values and not may_be_empty:
            self._fail(path, item, "approach needs at least one approach")
        return tuple(self._choice(entry, APPROACHES, "approach", path, item) for entry in values)

    def _choice(self, value: Any, options: tuple[Any, ...], what: str, path: Path, item: dict[str, Any]) -> Any:
        if value not in options:
            self._fail(path, item, f"{what} must be one of {', '.join(options)}, not {plain(value)!r}")
        return value

    def _flag(self, item: dict[str, Any], key: str, path: Path) -> bool:
        value = item.get(key, False)
        if not isinstance(value, bool):
            self._fail(path, item, f"{key} takes true or false")
        return bool(value)

    def _text(self, item: dict[str, Any], key: str, path: Path) -> str:
        value = item.get(key)
        if not isinstance(value, str) or not value.strip():
            self._fail(path, item, f"{key!r} needs a text")
        return " ".join(str(value).split())

    def _list(self, item: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
        value = item.get(key)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self._fail(path, item, f"{key!r} needs a list of mappings")
        return list(value or ())

    def _names(self, item: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
        value = item.get(key) or []
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self._fail(path, item, f"{key!r} needs a list of words")
        return tuple(value)

    def _keys(self, item: dict[str, Any], path: Path, allowed: set[str]) -> None:
        unknown = set(item) - allowed - {LINE}
        if unknown:
            self._fail(path, item, f"unknown key {sorted(unknown)[0]!r}; allowed: {', '.join(sorted(allowed))}")

    def _fail(self, path: Path, item: dict[str, Any], message: str) -> NoReturn:
        raise RuleError(f"{path.name}:{item[LINE]}: {message}")

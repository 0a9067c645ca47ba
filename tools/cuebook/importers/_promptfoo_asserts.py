"""Asserts of promptfoo as expectations of rows, each kind read by one scorer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cuebook.core.files import Broken
from cuebook.core.json_schema import schema_problems
from cuebook.core.patterns import pattern_problem, rewrite
from cuebook.core.yaml_files import read_foreign_yaml
from cuebook.importers._base import slug
from cuebook.importers._notes import Notes, Place
from cuebook.importers._promptfoo_rows import Row, RowReader, as_text
from cuebook.importers._rubric import RUBRIC

_CODE = {"javascript", "python", "ruby", "webhook"}
_RUBRICS = {"llm-rubric", "model-graded-closedqa", "g-eval", "factuality", "model-graded-factuality"}
_LISTS: dict[str, dict[str, Any]] = {
    "contains": {"ignore_case": False},
    "icontains": {},
    "equals": {"strip": False},
}
_PATTERNS = {"regex", "starts-with", "contains-any", "icontains-any"}
_PLACE = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.\w+)*)\s*\}\}", re.ASCII)

Taken = tuple[str, dict[str, Any]]


class Asserts:
    """What the asserts of all rows become: scorers by label, in the order in which they are met."""

    def __init__(self, name: str, reader: RowReader, notes: Notes) -> None:
        self.name = name
        self.reader = reader
        self.notes = notes
        self.scorers: dict[str, Taken] = {}
        self.labels: dict[str, str] = {}
        self.limits: dict[str, float] = {}
        self.schemas: list[tuple[Place, str, Any, Row]] = []
        self.has_rubric = False

    def expectations(self, row: Row) -> dict[str, Any]:
        """What a row expects, by the keys that the scorers read."""
        made: dict[str, Any] = {}
        for place, item in row.asserts:
            for at, one in _flat(place, item):
                self._one(at, one, row, made)
        return made

    def chosen(self, rows: int) -> list[dict[str, Any]]:
        """The scorers of the suite, in order."""
        self._schema(rows)
        found = []
        for kind, (scorer, settings) in self.scorers.items():
            kept = {next(iter(settings)): self.limits[kind]} if kind in self.limits else settings
            label = self.labels.get(kind, kind)
            found.append({scorer: kept if label == scorer else {**kept, "as": label}})
        return found

    def _one(self, place: Place, item: Mapping[str, Any], row: Row, made: dict[str, Any]) -> None:
        kind = str(item.get("type", ""))
        value = self._value(item.get("value"), place, row)
        absent, bare = kind.startswith("not-"), kind.removeprefix("not-")
        for key in ("transform", "weight", "provider", "rubricPrompt", "contextTransform"):
            if item.get(key) is not None and item.get(key) != 1:
                self.notes.left([*place, key], f"{key} of an assert: no equal", line=row.line)
        say = _Say(self.notes, place, row)
        if bare in _CODE:
            say.left(f"{bare}: code, which is not run")
        elif bare in _LISTS or bare.removesuffix("-all") in _LISTS:
            self._texts(bare.removesuffix("-all"), value, say, made, absent=absent)
        elif bare in _PATTERNS:
            self._pattern(bare, value, say, made, absent=absent)
        elif bare in {"is-json", "contains-json"} and not absent:
            self.schemas.append((place, bare, value, row))
            self.scorers.setdefault(bare, ("json_schema", {}))
        elif bare in {"latency", "cost"} and not absent:
            self._limit(bare, item.get("threshold"), say)
        elif bare in _RUBRICS and not absent:
            self._rubric(bare, value, say, made)
        elif bare == "word-count" and not absent:
            self._words(value, say)
        else:
            say.left(f"{kind[:40]}: no equal")
            return
        metric = item.get("metric")
        if isinstance(metric, str) and bare in self.scorers and bare not in self.labels:
            self.labels[bare] = slug(metric, list(self.labels.values()))

    def _value(self, value: Any, place: Place, row: Row) -> Any:
        """The value of an assert, filled from its row; of a file that it names, the text."""
        if isinstance(value, str):
            if value.startswith("file://") and not value.split(":")[1].endswith(
                (".py", ".js", ".ts", ".mjs")
            ):
                return self.reader.text(value, [*place, "value"])
            return _PLACE.sub(lambda found: _at(row.values, found[1], found[0]), value)
        if isinstance(value, list):
            return [self._value(item, place, row) for item in value]
        return value

    def _scorer(self, kind: str, scorer: str, settings: Mapping[str, Any]) -> None:
        self.scorers.setdefault(kind, (scorer, dict(settings)))

    def _texts(self, kind: str, value: Any, say: _Say, made: dict[str, Any], *, absent: bool) -> None:
        values = [
            as_text(item) for item in (value if isinstance(value, list) else [value]) if item is not None
        ]
        values = [item for item in values if kind == "equals" or item.strip()]
        if kind == "equals" and isinstance(value, (dict, list)):
            self._scorer("equals-json", "json_fields", {"expectation": "equals_json"})
            made["equals_json"] = value
            if isinstance(value, list):
                del made["equals_json"], self.scorers["equals-json"]
                say.left("equals: a list, which no scorer compares")
        elif not values:
            say.left(f"{kind}: nothing to look for")
        elif absent and len(values) > 1:
            say.left(f"not-{kind}-all of several texts: no equal")
        else:
            label = f"not-{kind}" if absent else kind
            key = label.replace("-", "_")
            extra = {"absent": True} if absent else {}
            scorer = "exact" if kind == "equals" else "contains"
            self._scorer(label, scorer, {"expectation": key, **_LISTS[kind], **extra})
            if kind == "equals":
                if key in made and made[key] != values[0]:
                    say.left("equals: a second text, which no answer can be as well")
                made.setdefault(key, values[0])
                return
            if any(item[:1].isdecimal() or item[-1:].isdecimal() for item in values):
                say.changed(f"{kind}: a number is not found inside a longer one here")
            made[key] = [*made.get(key, []), *(item for item in values if item not in made.get(key, []))]

    def _pattern(self, kind: str, value: Any, say: _Say, made: dict[str, Any], *, absent: bool) -> None:
        texts = [
            as_text(item) for item in (value if isinstance(value, list) else [value]) if item is not None
        ]
        if not texts or not all(texts):
            say.left(f"{kind}: nothing to look for")
            return
        any_of = f"(?:{'|'.join(map(re.escape, texts))})"
        pattern = {
            "regex": re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", texts[0]),
            "starts-with": rf"\A{re.escape(texts[0])}",
            "contains-any": any_of,
            "icontains-any": f"(?i){any_of}",
        }[kind]
        if wrong := (pattern_problem(pattern) or rewrite(pattern)):
            say.left(f"{kind}: {wrong if isinstance(wrong, str) else wrong[0]}")
            return
        label = f"not-{kind}" if absent else kind
        number = 1
        while (key := f"{label}-{number}" if number > 1 else label).replace("-", "_") in made:
            if made[key.replace("-", "_")] == pattern:
                return
            number += 1
        made[key.replace("-", "_")] = pattern
        extra = {"absent": True} if absent else {}
        self._scorer(key, "regex", {"expectation": key.replace("-", "_"), **extra})

    def _limit(self, kind: str, threshold: Any, say: _Say) -> None:
        if not isinstance(threshold, (int, float)) or isinstance(threshold, bool) or threshold <= 0:
            say.left(f"{kind}: without a threshold")
            return
        limit = threshold / 1000 if kind == "latency" else float(threshold)
        if kind not in self.limits:
            key = "max_seconds" if kind == "latency" else "max_usd"
            self._scorer(kind, kind, {key: limit})
            say.changed(f"{kind}: falls slowly past the limit here, and never decides")
        self.limits[kind] = max(limit, self.limits.get(kind, 0))

    def _rubric(self, kind: str, value: Any, say: _Say, made: dict[str, Any]) -> None:
        parts = value if isinstance(value, list) else [value]
        text = "\n".join(as_text(item) for item in parts if item not in (None, ""))
        if not text.strip():
            say.left(f"{kind}: without a rule")
            return
        if "factuality" in kind:
            text = f"The answer contradicts nothing of this, and leaves nothing of it out: {text}"
        if kind != "llm-rubric":
            say.changed(f"{kind.removeprefix('model-graded-')} -> rubric: a judge of this import grades it")
        number = 1
        while (key := RUBRIC if number == 1 else f"{RUBRIC}_{number}") in made:
            number += 1
        made[key] = text
        self.has_rubric = True
        settings = {
            "prompt": f"{self.name}-{RUBRIC}/1",
            "scale": [0, 1],
            "with": {RUBRIC: f"expectations.{key}"},
        }
        self._scorer(key.replace("_", "-"), "judge", settings)

    def _words(self, value: Any, say: _Say) -> None:
        least, most = (value.get("min"), value.get("max")) if isinstance(value, Mapping) else (value, value)
        numbers = {"min_words": least, "max_words": most}
        settings = {k: v for k, v in numbers.items() if isinstance(v, int) and v > 0}
        known = self.scorers.get("word-count")
        if not settings or (known and known[1] != settings):
            say.left("word-count: only one range for all rows can be kept")
        else:
            self._scorer("word-count", "length", settings)

    def _schema(self, rows: int) -> None:
        """JSON is asked for of all rows with one schema, or of none."""
        for kind in ("is-json", "contains-json"):
            found = [item for item in self.schemas if item[1] == kind]
            if not found:
                continue
            schemas = {json.dumps(_schema_of(value), sort_keys=True) for _, _, value, _ in found}
            usable = len(schemas) == 1 and not schema_problems(next(iter(schemas)))
            if usable and len({id(row) for _, _, _, row in found}) >= rows:
                settings = {"schema": json.loads(next(iter(schemas))), "allow_fence": kind == "contains-json"}
                self.scorers[kind] = ("json_schema", settings)
                if kind == "contains-json":
                    self.notes.changed(found[0][0], "contains-json: no text around the JSON is allowed here")
                continue
            self.scorers.pop(kind, None)
            for place, _, _, row in found:
                what = f"{kind}: only one schema for all rows can be kept"
                self.notes.left(place, what, line=row.line)


class _Say:
    """What is said of one assert, at its place."""

    def __init__(self, notes: Notes, place: Place, row: Row) -> None:
        self.notes, self.place, self.row = notes, place, row

    def left(self, what: str) -> None:
        self.notes.left(self.place, what, line=self.row.line)

    def changed(self, what: str) -> None:
        self.notes.changed(self.place, what, line=self.row.line)


def _flat(place: Place, item: Mapping[str, Any]) -> Sequence[tuple[Place, Mapping[str, Any]]]:
    """The asserts of a set, one by one."""
    if item.get("type") != "assert-set" or not isinstance(item.get("assert"), list):
        return [(place, item)] if item else []
    return [
        ([*place, "assert", at], one) for at, one in enumerate(item["assert"]) if isinstance(one, Mapping)
    ]


def _at(values: Mapping[str, Any], name: str, default: str) -> str:
    value: Any = values
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return default
        value = value[part]
    return as_text(value)


def _schema_of(value: Any) -> Any:
    """The schema that an assert names: a mapping, or its JSON or YAML as text; empty where there is none."""
    if isinstance(value, str) and value.strip():
        try:
            value = read_foreign_yaml(value.encode(), "value").data
        except Broken:
            return _NO_SCHEMA
        return value if isinstance(value, Mapping) else _NO_SCHEMA
    return value if isinstance(value, Mapping) else {}


_NO_SCHEMA = {"type": "no schema"}
"""Refused as a schema, so that what cannot be read does not allow everything."""

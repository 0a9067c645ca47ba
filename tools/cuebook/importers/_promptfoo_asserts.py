"""Asserts of promptfoo as expectations of rows, each kind read by one scorer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cuebook.core.errors import nearest
from cuebook.core.files import Broken
from cuebook.core.json_schema import schema_problems
from cuebook.core.patterns import pattern_problem, rewrite
from cuebook.core.yaml_files import read_foreign_yaml
from cuebook.importers._base import free, mapping_of, slug
from cuebook.importers._notes import Notes, Place
from cuebook.importers._promptfoo_rows import Row, RowReader, as_text
from cuebook.importers._rubric import RUBRIC

_CODE = {"javascript", "python", "ruby", "webhook"}
_RUBRICS = {"llm-rubric", "model-graded-closedqa", "g-eval", "factuality", "model-graded-factuality"}
_LIMITS = {"latency", "cost"}
# Without these settings our scorers ignore case and outer spaces, as promptfoo's icontains alone does.
_LISTS: dict[str, dict[str, Any]] = {
    "contains": {"ignore_case": False},
    "icontains": {},
    "equals": {"strip": False},
}
_PATTERNS = {"regex", "starts-with", "contains-any", "icontains-any"}
_TAKEN = sorted(
    {*_RUBRICS, *_LIMITS, *_LISTS, *_PATTERNS, "contains-all", "icontains-all"}
    | {"is-json", "contains-json", "word-count"}
)
# Asserts are filled from the row when they are read: an expectation is a value and no template.
_PLACE = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.\w+)*)\s*\}\}", re.ASCII)

NamedScorer = tuple[str, dict[str, Any]]


class Asserts:
    """What the asserts of all rows become: scorers by label, in the order in which they are met."""

    def __init__(self, name: str, reader: RowReader, notes: Notes) -> None:
        self.name = name
        self.reader = reader
        self.notes = notes
        self.scorers: dict[str, NamedScorer] = {}
        self.labels: dict[str, str] = {}
        self.limits: dict[str, float] = {}
        self.thresholds: dict[str, list[float]] = {}
        self.floors: dict[str, float] = {}
        """Lowest means that the gate asks for, by label, once the scorers are chosen."""
        self.schemas: list[tuple[Place, str, Any, Row]] = []
        self.has_rubric = False
        self.graders: list[tuple[Place, Any]] = []
        """The providers that grade rubrics, as they are written, with their places."""

    def expectations(self, row: Row) -> dict[str, Any]:
        """Return what a row expects, by the keys that the scorers read."""
        made: dict[str, Any] = {}
        for place, item in row.asserts:
            for at, one in self._flat(place, item, row):
                self._one(at, one, row, made)
        return made

    def chosen(self, rows: int) -> list[dict[str, Any]]:
        """Return the scorers of the suite, in order."""
        self._schema(rows)
        found: list[dict[str, Any]] = []
        taken: list[str] = []
        for kind, (scorer, settings) in self.scorers.items():
            # A scorer has one limit, so it is the largest of all rows: what passed in promptfoo passes.
            kept = {next(iter(settings)): self.limits[kind]} if kind in self.limits else settings
            label = free(self.labels.get(kind, kind), taken)
            taken.append(label)
            # A suite has one floor, so it is the lowest: it asks no more than the config did.
            if kind in self.thresholds:
                self.floors[label] = min(self.thresholds[kind])
            found.append({scorer: kept if label == scorer else {**kept, "as": label}})
        return found

    def _flat(
        self, place: Place, item: Mapping[str, Any], row: Row
    ) -> Sequence[tuple[Place, Mapping[str, Any]]]:
        """The asserts of a set, one by one."""
        # A set has a score of its own, by weights and a threshold; here each assert in it counts by itself.
        inner = item.get("assert")
        if item.get("type") != "assert-set" or not isinstance(inner, list):
            return [(place, item)] if item else []
        for key in item:
            if key not in {"type", "assert"} and item[key] is not None:
                self.notes.left([*place, key], f"{key} of a set of asserts: no equivalent", line=row.line)
        return [([*place, "assert", at], one) for at, one in enumerate(inner) if isinstance(one, Mapping)]

    def _one(self, place: Place, item: Mapping[str, Any], row: Row, made: dict[str, Any]) -> None:
        say = _Say(self.notes, place, row)
        value = self._value(item.get("value"), place, row)
        self._kind(str(item.get("type", "")), value, item, say, made)
        # Of an assert that was left out, its options are gone with it and no news.
        if not say.is_out:
            self._options(item, say)

    def _kind(self, kind: str, value: Any, item: Mapping[str, Any], say: _Say, made: dict[str, Any]) -> None:
        absent, bare = kind.startswith("not-"), kind.removeprefix("not-")
        if bare in _CODE:
            say.left(f"{bare}: code, which is not run")
        elif bare in _LISTS or bare.removesuffix("-all") in _LISTS:
            self._texts(bare.removesuffix("-all"), value, say, made, absent=absent)
        elif bare in _PATTERNS:
            self._pattern(bare, value, say, made, absent=absent)
        # Only kept aside: whether a scorer can ask for JSON shows when all rows are known.
        elif bare in {"is-json", "contains-json"} and not absent:
            self.schemas.append((say.place, bare, value, say.row))
            self._scorer(bare, "json_schema", {}, say)
        elif bare in _LIMITS and not absent:
            self._limit(bare, item.get("threshold"), say)
        elif bare in _RUBRICS and not absent:
            self._rubric(bare, value, say, made)
        elif bare == "word-count" and not absent:
            self._words(value, say)
        else:
            near = nearest(bare, _TAKEN, cutoff=0.8)
            say.left(
                f"{kind[:40]}: no equivalent" + (f"; did you mean {near!r}?" if near and near != bare else "")
            )

    def _options(self, item: Mapping[str, Any], say: _Say) -> None:
        """What an assert that was taken says beside its type and value."""
        kind = item["type"]
        if kind in _RUBRICS and not item.get("provider") and say.row.grader:
            self.graders.append(say.row.grader)
        for key, given in item.items():
            # 1 is the weight that every assert has.
            is_usual = given is None or (key == "weight" and given == 1)
            if is_usual or key in {"type", "value"} or (key == "threshold" and kind in _LIMITS):
                continue
            if key == "provider" and kind in _RUBRICS:
                self.graders.append(([*say.place, key], given))
            elif key == "metric" and isinstance(given, str):
                self._metric(given, say)
            elif key == "threshold" and kind in _RUBRICS and (share := _positive(given)) and share <= 1:
                self.thresholds.setdefault(say.scorer, []).append(given)
                what = f"threshold {given}: here it applies to the mean of all answers, not to each"
                self.notes.changed([*say.place, key], what, line=say.row.line)
            else:
                self.notes.left([*say.place, key], f"{key} of an assert: no equivalent", line=say.row.line)

    def _metric(self, given: str, say: _Say) -> None:
        """The label of a scorer is the first metric that an assert of its kind names."""
        label = self.labels.get(say.scorer)
        if label is None:
            self.labels[say.scorer] = slug(given, list(self.labels.values()))
        elif label != slug(given):
            what = f"metric {given[:40]!r}: asserts of its kind become one scorer, {label}"
            self.notes.changed([*say.place, "metric"], what, line=say.row.line)

    def _value(self, value: Any, place: Place, row: Row) -> Any:
        """The value of an assert, filled from its row; of a file that it names, the text."""
        if isinstance(value, str):
            # A function may be named behind the file, as in grade.py:check; code is not read.
            if value.startswith("file://") and not value.split(":")[1].endswith(
                (".py", ".js", ".ts", ".mjs")
            ):
                return self.reader.text(value, [*place, "value"])
            return _PLACE.sub(lambda found: _value_at(row.values, found[1], found[0]), value)
        if isinstance(value, list):
            return [self._value(item, place, row) for item in value]
        return value

    def _scorer(self, kind: str, scorer: str, settings: Mapping[str, Any], say: _Say) -> None:
        self.scorers.setdefault(kind, (scorer, dict(settings)))
        say.scorer = kind

    def _texts(self, kind: str, value: Any, say: _Say, made: dict[str, Any], *, absent: bool) -> None:
        values = [
            as_text(item) for item in (value if isinstance(value, list) else [value]) if item is not None
        ]
        # Every answer contains an empty text, but an answer can be asked to be empty.
        values = [item for item in values if kind == "equals" or item.strip()]
        if kind == "equals" and isinstance(value, (dict, list)):
            if isinstance(value, list):
                say.left("equals: a list, which no scorer compares")
            elif made.setdefault("equals_json", value) != value:
                say.left("equals: a second object, and no answer equals both")
            else:
                self._scorer("equals-json", "json_fields", {"expectation": "equals_json"}, say)
        elif not values:
            say.left(f"{kind}: nothing to look for")
        # Promptfoo's fails where all of them are found, and our scorer where any is.
        elif absent and len(values) > 1:
            say.left(f"not-{kind}-all of several texts: no equivalent")
        else:
            label = f"not-{kind}" if absent else kind
            key = label.replace("-", "_")
            extra = {"absent": True} if absent else {}
            scorer = "exact" if kind == "equals" else "contains"
            self._scorer(label, scorer, {"expectation": key, **_LISTS[kind], **extra}, say)
            if kind == "equals":
                if key in made and made[key] != values[0]:
                    say.left("equals: a second text, and no answer equals both")
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
            # JavaScript writes named groups without the P that RE2 asks for.
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
                say.scorer = key
                return
            number += 1
        made[key.replace("-", "_")] = pattern
        extra = {"absent": True} if absent else {}
        self._scorer(key, "regex", {"expectation": key.replace("-", "_"), **extra}, say)

    def _limit(self, kind: str, threshold: Any, say: _Say) -> None:
        threshold = _positive(threshold)
        if threshold is None:
            say.left(f"{kind}: without a threshold")
            return
        # Promptfoo counts latency in milliseconds.
        limit = threshold / 1000 if kind == "latency" else float(threshold)
        if kind not in self.limits:
            say.changed(f"{kind}: the score falls slowly past the limit here, and never decides")
        key = "max_seconds" if kind == "latency" else "max_usd"
        self._scorer(kind, kind, {key: limit}, say)
        self.limits[kind] = max(limit, self.limits.get(kind, 0))

    def _rubric(self, kind: str, value: Any, say: _Say, made: dict[str, Any]) -> None:
        parts = value if isinstance(value, list) else [value]
        text = "\n".join(as_text(item) for item in parts if item not in (None, ""))
        if not text.strip():
            say.left(f"{kind}: without a rule")
            return
        # Its value is what is true and not a rule, so the rule is written around it.
        if "factuality" in kind:
            text = f"The answer contradicts nothing of this, and leaves nothing of it out: {text}"
        if kind != "llm-rubric":
            say.changed(f"{kind.removeprefix('model-graded-')} -> rubric: a judge of this import grades it")
        number = 1
        while (key := RUBRIC if number == 1 else f"{RUBRIC}_{number}") in made:
            number += 1
        made[key] = text
        self.has_rubric = True
        # Each rubric of a row is a scorer of its own, and all ask one judge: the rule goes in with the case.
        settings = {
            "prompt": f"{self.name}-{RUBRIC}/1",
            "scale": [0, 1],
            "with": {RUBRIC: f"expectations.{key}"},
        }
        self._scorer(key.replace("_", "-"), "judge", settings, say)

    def _words(self, value: Any, say: _Say) -> None:
        least, most = (value.get("min"), value.get("max")) if isinstance(value, Mapping) else (value, value)
        numbers = {"min_words": least, "max_words": most}
        settings = {k: v for k, v in numbers.items() if isinstance(v, int) and v > 0}
        # The range is a setting of the scorer, where other kinds read an expectation of the row.
        known = self.scorers.get("word-count")
        if not settings or (known and known[1] != settings):
            say.left("word-count: only one range for all rows can be kept")
        else:
            self._scorer("word-count", "length", settings, say)

    def _schema(self, rows: int) -> None:
        """JSON is asked for of all rows with one schema, or of none."""
        for kind in ("is-json", "contains-json"):
            found = [item for item in self.schemas if item[1] == kind]
            if not found:
                continue
            schemas = {json.dumps(_schema_of(value), sort_keys=True) for _, _, value, _ in found}
            if why := _why_no_schema(schemas, len({id(row) for _, _, _, row in found}), rows):
                self.scorers.pop(kind, None)
                for place, _, _, row in found:
                    self.notes.left(place, f"{kind}: {why}", line=row.line)
                continue
            settings = {"schema": json.loads(next(iter(schemas))), "allow_fence": kind == "contains-json"}
            self.scorers[kind] = ("json_schema", settings)
            if kind == "contains-json":
                self.notes.changed(found[0][0], "contains-json: no text around the JSON is allowed here")


def _why_no_schema(schemas: set[str], having: int, rows: int) -> str:
    """Why rows that ask for JSON cannot have a scorer; empty where they can."""
    if len(schemas) > 1:
        return f"{len(schemas)} schemas, and a scorer has one for all rows"
    text = next(iter(schemas))
    if text == json.dumps(_NO_SCHEMA):
        return "its value is not a schema that can be read"
    if problems := schema_problems(text):
        return problems[0].what
    few = f"{having} of {rows} rows ask for it, and a scorer would ask it of all"
    return few if having < rows else ""


def _positive(given: Any) -> float | None:
    """A number above 0, as it is; None for all else, to which true belongs."""
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    return given if is_number and given > 0 else None


class _Say:
    """What is said of one assert, at its place."""

    def __init__(self, notes: Notes, place: Place, row: Row) -> None:
        self.notes, self.place, self.row = notes, place, row
        self.scorer = ""
        """The scorer that the assert became, by its kind."""
        self.is_out = False

    def left(self, what: str) -> None:
        self.is_out = True
        self.notes.left(self.place, what, line=self.row.line)

    def changed(self, what: str) -> None:
        self.notes.changed(self.place, what, line=self.row.line)


def _value_at(values: Mapping[str, Any], name: str, default: str) -> str:
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
    return mapping_of(value)


_NO_SCHEMA = {"type": "no schema"}
"""Refused as a schema, so that what cannot be read does not allow everything."""

"""Prompts and suites of one tree: reading their files, listing them, resolving refs.

The readers return what they could read together with every problem, so that ``check`` shows all of
them at once and a command that needs one file fails with that file's problems only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cuebook.core import git, refs
from cuebook.core.errors import InvalidFiles, Problem, UsageError
from cuebook.core.errors import did_you_mean as hint_for
from cuebook.core.files import Broken, Document, Tree, read_jsonl, read_yaml, shape_problems
from cuebook.core.templating import has_type, template_problems, variables
from cuebook.shapes.file_formats import (
    STEALING_PARAMETERS,
    CaseLine,
    ChatMessage,
    GateFile,
    Input,
    JudgesFile,
    LabelLine,
    MetaFile,
    MetricFile,
    Parameters,
    ResponseSchema,
    SuiteFile,
    VersionFile,
)
from cuebook.shapes.run import Case, GateRules, JudgeRules, Labels, MetricRule, ScorerSpec, Suite, Version

PROMPTS, EVALS = "prompts", "evals"
LABELS = "labels.jsonl"
LABEL = "label"
"""The expectation that a line of labels becomes."""

_Model = TypeVar("_Model", bound=BaseModel)
_NESTED: dict[tuple[str, ...], type[BaseModel]] = {
    ("modelParameters",): Parameters,
    ("inputs", "*"): Input,
    ("messages", "*"): ChatMessage,
    ("jsonSchema",): ResponseSchema,
    ("gate",): GateFile,
    ("gate", "judges"): JudgesFile,
    ("gate", "metrics", "*"): MetricFile,
}


def version_path(name: str, number: int) -> str:
    """Where version ``number`` of a prompt stands."""
    return f"{PROMPTS}/{name}/v{number}.prompt.yml"


def _known_keys(shape: type[BaseModel]) -> Any:
    def known(place: Sequence[str | int]) -> Sequence[str]:
        steps = [str(step) for step in place]
        here = _NESTED.get(tuple(steps)) or _NESTED.get((*steps[:-1], "*")) or shape
        return [item.alias or name for name, item in here.model_fields.items()]

    return known


def _shaped(document: Document, shape: type[_Model]) -> tuple[_Model | None, list[Problem]]:
    if not isinstance(document.data, dict):
        return None, [Problem(document.path, 1, "the file must be a mapping of keys to values")]
    try:
        return shape.model_validate(document.data), []
    except ValidationError as error:
        return None, shape_problems(error, document.path, document.line, _known_keys(shape))


def read_version(data: bytes, path: str, name: str, number: int) -> tuple[Version | None, list[Problem]]:
    """One version file. The version is None when any problem is an error."""
    version, problems = _version(data, path, name, number)
    return version, list(problems)


@cache
def _version(data: bytes, path: str, name: str, number: int) -> tuple[Version | None, list[Problem]]:
    try:
        document = read_yaml(data, path)
    except Broken as broken:
        return None, [broken.problem]
    shaped, problems = _shaped(document, VersionFile)
    if shaped is None:
        return None, [_why_refused(problem) for problem in problems]
    problems = _template_problems(shaped, document)
    if problems:
        return None, problems
    texts = _texts(shaped)
    used = variables(texts, shaped.templateFormat)
    inputs, problems = _inputs(shaped, used, document)
    version = Version(
        prompt=name,
        number=number,
        message=shaped.message,
        model=shaped.model,
        parameters=shaped.modelParameters.model_dump(exclude_none=True),
        inputs=inputs,
        messages=tuple(item.model_dump() for item in shaped.messages) if shaped.messages else None,
        template=shaped.template,
        template_format=shaped.templateFormat,
        response_format=shaped.responseFormat,
        json_schema=shaped.jsonSchema.model_dump(by_alias=True, exclude_none=True)
        if shaped.jsonSchema
        else None,
        author=shaped.author,
        created=shaped.created,
        path=path,
    )
    return (None if any(item.breaks for item in problems) else version), problems


def in_use(numbers: Sequence[int], aliases: Mapping[str, int]) -> list[int]:
    """Those of the versions that an alias points to, and the latest. ``numbers`` are ascending."""
    return [number for number in numbers if number in aliases.values() or number == numbers[-1]]


def as_file(version: Version) -> dict[str, Any]:
    """A version as its file says it, without message, author and date."""
    body: dict[str, Any] = {"model": version.model}
    if version.parameters:
        body["modelParameters"] = dict(version.parameters)
    body["inputs"] = {name: dict(spec) for name, spec in version.inputs.items()}
    if version.messages is not None:
        body["messages"] = [dict(message) for message in version.messages]
    else:
        body["template"] = version.template
    if version.response_format != "text":
        body["responseFormat"] = version.response_format
    if version.json_schema is not None:
        body["jsonSchema"] = dict(version.json_schema)
    if version.template_format != "simple":
        body["templateFormat"] = version.template_format
    return body


def _why_refused(problem: Problem) -> Problem:
    """An unknown parameter that would steal a key or fake a reply is refused with the reason."""
    parent, _, key = problem.key.rpartition(".")
    if parent != "modelParameters" or key not in STEALING_PARAMETERS:
        return problem
    what = f"{problem.key!r} is not allowed: a prompt cannot choose endpoints, keys, headers or replies"
    return problem._replace(message=what, hint="remove it; trusted settings belong in [tool.cuebook]")


def _texts(shaped: VersionFile) -> list[str]:
    return [item.content for item in shaped.messages] if shaped.messages else [shaped.template or ""]


def _template_problems(shaped: VersionFile, document: Document) -> list[Problem]:
    problems = []
    for index, text in enumerate(_texts(shaped)):
        place: list[str | int] = ["messages", index, "content"] if shaped.messages else ["template"]
        start = document.text_line(place)
        problems += [
            Problem(document.path, start + line - 1, message, cure)
            for line, message, cure in template_problems(text, shaped.templateFormat)
        ]
    return problems


def _inputs(
    shaped: VersionFile, used: Mapping[str, str], document: Document
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Declared inputs, or those found in the template; undeclared and unused ones are problems."""
    if shaped.inputs is None:
        return {name: {"type": kind} for name, kind in used.items()}, []
    declared = {name: item.model_dump(exclude_unset=True) for name, item in shaped.inputs.items()}
    problems = [
        Problem(
            document.path,
            document.line(["inputs"]),
            f"the template uses {{{{{name}}}}}, which 'inputs' does not declare",
            hint_for(name, list(declared)) or f"add '{name}: {{type: string}}' under 'inputs'",
        )
        for name in used
        if name not in declared
    ]
    problems += [
        Problem(
            document.path,
            document.line(["inputs", name]),
            f"input {name!r} is never used in the template",
            "remove it, or use it as {{" + name + "}}",
        )
        for name in declared
        if name not in used
    ]
    problems += [
        Problem(
            document.path,
            document.line(["inputs", name, "default"]),
            f"the default of input {name!r} is not of its type, {item.get('type', 'string')}",
            "correct the default, or leave it out to make the input required",
        )
        for name, item in declared.items()
        if "default" in item and not has_type(item["default"], item.get("type", "string"))
    ]
    return {name: {"type": "string", **item} for name, item in declared.items()}, problems


def read_meta(data: bytes, path: str) -> tuple[MetaFile | None, list[Problem]]:
    """One ``meta.yml``."""
    try:
        return _shaped(read_yaml(data, path), MetaFile)
    except Broken as broken:
        return None, [broken.problem]


def read_aliases(data: bytes, path: str) -> tuple[dict[str, int], list[Problem]]:
    """One ``aliases.yml``; aliases that cannot be are left out and reported."""
    try:
        document = read_yaml(data, path)
    except Broken as broken:
        return {}, [broken.problem]
    if not isinstance(document.data, dict):
        return {}, [Problem(path, 1, "the file must map aliases to version numbers", "production: 1")]
    aliases: dict[str, int] = {}
    problems = []
    for alias, number in document.data.items():
        if problem := refs.alias_problem(alias):
            problems.append(Problem(path, document.line([alias]), problem, "take the line out, or rename it"))
        elif isinstance(number, bool) or not isinstance(number, int) or number < 1:
            what = f"{alias}: {number!r} is not a version number"
            problems.append(Problem(path, document.line([alias]), what, "write the number only, such as 3"))
        else:
            aliases[alias] = number
    return aliases, problems


def read_suite(tree: Tree, name: str) -> tuple[Suite | None, list[Problem]]:
    """One suite with its cases, and every problem of its files."""
    folder = f"{EVALS}/{name}"
    path = f"{folder}/suite.yml"
    data = tree.read(path)
    if data is None:
        return None, [Problem(path, 0, "the suite has no suite.yml", f"cuebook new --suite {name}")]
    try:
        document = read_yaml(data, path)
    except Broken as broken:
        return None, [broken.problem]
    shaped, problems = _shaped(document, SuiteFile)
    if shaped is None:
        return None, problems + _cases_of_broken(tree, folder, document)
    scorers, more = _scorers(shaped, document)
    cases, worse = read_cases(tree, f"{folder}/{shaped.dataset}")
    problems = more + worse + _metric_problems(shaped, scorers, document)
    if any(item.breaks for item in problems):
        return None, problems
    gate = GateRules(
        metrics={label: MetricRule(rule.margin, rule.floor) for label, rule in shaped.gate.metrics.items()},
        limits=shaped.gate.limits.model_dump(exclude_none=True),
        judges=JudgeRules(**shaped.gate.judges.model_dump()),
        **shaped.gate.model_dump(exclude={"metrics", "limits", "judges"}),
    )
    files = _suite_files(tree, folder, shaped)
    suite = Suite(
        name=name,
        prompt=shaped.prompt,
        dataset=shaped.dataset,
        cases=cases,
        scorers=scorers,
        gate=gate,
        models=tuple(shaped.models or ()),
        repeats=shaped.repeats,
        path=folder,
        files=files,
    )
    return suite, problems


def _cases_of_broken(tree: Tree, folder: str, document: Document) -> list[Problem]:
    """The problems of the dataset that a broken suite seems to name, so that they are seen as well."""
    named = document.data.get("dataset") if isinstance(document.data, dict) else None
    path = f"{folder}/{named if isinstance(named, str) and '/' not in named else 'dataset.jsonl'}"
    return read_cases(tree, path)[1] if tree.read(path) is not None else []


def _suite_files(tree: Tree, folder: str, shaped: SuiteFile) -> dict[str, bytes]:
    """Files beside the suite that scorers may read (a database schema, a JSON Schema)."""
    names = [path.removeprefix(f"{folder}/") for path in tree.paths(folder)]
    known = {"suite.yml", shaped.dataset, LABELS}
    wanted = [name for name in names if name not in known and "/" not in name]
    read = {name: tree.read(f"{folder}/{name}") for name in wanted}
    return {name: data for name, data in read.items() if data is not None}


def _scorers(shaped: SuiteFile, document: Document) -> tuple[tuple[ScorerSpec, ...], list[Problem]]:
    specs: list[ScorerSpec] = []
    problems: list[Problem] = []
    for index, item in enumerate(shaped.scorers):
        line = document.line(["scorers", index])
        spec = scorer_spec(item)
        if spec is None:
            cure = "write '- exact' or '- contains: {expectation: must_mention}'"
            problems.append(
                Problem(document.path, line, "a scorer is a name, or one name with settings", cure)
            )
        elif spec.label in {other.label for other in specs}:
            cure = "give one of them another label: as: other_name"
            problems.append(Problem(document.path, line, f"two scorers are called {spec.label!r}", cure))
        else:
            specs.append(spec)
    return tuple(specs), problems


def scorer_spec(item: str | Mapping[str, Any]) -> ScorerSpec | None:
    """A scorer as a suite writes it, or None when it has no such form.

    The label is ``as`` where given, the pinned judge for scorers that name one, else the scorer's name.
    """
    if isinstance(item, str):
        return ScorerSpec(item, item)
    if len(item) != 1:
        return None
    ((name, settings),) = item.items()
    if not isinstance(settings, Mapping):
        return None
    parameters = {key: value for key, value in settings.items() if key != "as"}
    label = settings.get("as", settings.get("prompt", name))
    return ScorerSpec(name, str(label), parameters)


def _metric_problems(shaped: SuiteFile, scorers: Sequence[ScorerSpec], document: Document) -> list[Problem]:
    labels = [spec.label for spec in scorers]
    return [
        Problem(
            document.path,
            document.line(["gate", "metrics", label]),
            f"the gate decides on {label!r}, but no scorer is called that",
            hint_for(label, labels),
        )
        for label in shaped.gate.metrics
        if label not in labels
    ]


def read_cases(tree: Tree, path: str) -> tuple[tuple[Case, ...], list[Problem]]:
    """The cases of a dataset; a label line is a case whose expectation is its label."""
    data = tree.read(path)
    if data is None:
        return (), [Problem(path, 0, "the dataset is missing", "write one JSON object a line")]
    cases, problems = _cases(data, path)
    return cases, list(problems)


@cache
def _cases(data: bytes, path: str) -> tuple[tuple[Case, ...], list[Problem]]:
    shape: type[CaseLine | LabelLine] = LabelLine if path.endswith(f"/{LABELS}") else CaseLine
    cases: list[Case] = []
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    for item in read_jsonl(data, path):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        line, value = item
        case, more = _case(value, line, path, shape)
        problems += more
        if case is None:
            continue
        if case.id in first_line:
            what = f"case id {case.id!r} is already used on line {first_line[case.id]}"
            problems.append(Problem(path, line, what, "give each case an id of its own"))
        first_line.setdefault(case.id, line)
        cases.append(case)
    if not cases and not problems:
        problems.append(Problem(path, 0, "the dataset has no case"))
    return tuple(cases), problems


def _case(
    value: Any, line: int, path: str, shape: type[CaseLine | LabelLine]
) -> tuple[Case | None, list[Problem]]:
    if not isinstance(value, dict):
        return None, [Problem(path, line, "a line is a JSON object", '{"id": "...", "inputs": {...}}')]
    try:
        shaped = shape.model_validate(value)
    except ValidationError as error:
        return None, shape_problems(error, path, lambda _: line, _known_keys(shape))
    expectations, note = (
        ({LABEL: shaped.label}, shaped.note) if isinstance(shaped, LabelLine) else (shaped.expectations, "")
    )
    return Case(shaped.id, shaped.inputs, expectations, tuple(shaped.tags), shaped.cluster, line, note), []


@dataclass
class Registry:
    """The prompts and suites of one tree. ``added`` says which commit brought each file."""

    tree: Tree
    added: Mapping[str, git.Commit] = field(default_factory=dict)
    _versions: dict[str, dict[int, str]] | None = field(default=None, repr=False)
    _read: dict[tuple[str, int], Version] = field(default_factory=dict, repr=False)
    _suites: dict[str, Suite] = field(default_factory=dict, repr=False)
    _suite_names: list[str] | None = field(default=None, repr=False)
    _labels: dict[str, Labels] = field(default_factory=dict, repr=False)

    def _index(self) -> dict[str, dict[int, str]]:
        if self._versions is None:
            self._versions = {}
            for path in self.tree.paths(PROMPTS):
                _, name, *rest = path.split("/")
                if len(rest) == 1:
                    numbers = self._versions.setdefault(name, {})
                    number = refs.version_number(rest[0])
                    if number is not None:
                        numbers[number] = path
        return self._versions

    def set_on(self, path: str) -> str | None:
        """The day of the commit that brought a file, such as ``2026-11-22``; None where it is not known."""
        return self.added[path].time[:10] if path in self.added else None

    def names(self) -> list[str]:
        """Every prompt, sorted."""
        return sorted(self._index())

    def numbers(self, name: str) -> list[int]:
        """The version numbers of a prompt, ascending. Raises UnknownPrompt."""
        return sorted(self._folder(name))

    def next_number(self, name: str) -> int:
        """The number of the next version: one that neither a version nor an erased one had."""
        if name not in self.names():
            return 1
        return max([*self.numbers(name), *self.meta(name).erased], default=0) + 1

    def _folder(self, name: str) -> dict[int, str]:
        index = self._index()
        if name not in index:
            raise refs.unknown_prompt(name, list(index))
        return index[name]

    def version(self, name: str, number: int) -> Version:
        """One version. Raises UnknownPrompt, UnknownVersion, InvalidFiles."""
        folder = self._folder(name)
        if number not in folder:
            raise refs.unknown_version(name, number, list(folder))
        if (name, number) not in self._read:
            path = folder[number]
            version, problems = read_version(self.tree.read(path) or b"", path, name, number)
            if version is None:
                raise InvalidFiles(problems)
            self._read[name, number] = self._signed(version)
        return self._read[name, number]

    def _signed(self, version: Version) -> Version:
        from dataclasses import replace

        commit = self.added.get(version.path)
        if commit is None:
            return version
        return replace(
            version, author=version.author or commit.author, created=version.created or commit.time
        )

    def versions(self, name: str) -> list[Version]:
        """Every version of a prompt, ascending. Raises as ``version``."""
        return [self.version(name, number) for number in self.numbers(name)]

    def aliases(self, name: str) -> dict[str, int]:
        """Alias to version number, without the computed ``latest``. Raises UnknownPrompt, InvalidFiles."""
        self._folder(name)
        path = f"{PROMPTS}/{name}/aliases.yml"
        data = self.tree.read(path)
        if data is None:
            return {}
        aliases, problems = read_aliases(data, path)
        if problems:
            raise InvalidFiles(problems)
        return aliases

    def in_use(self, name: str) -> list[int]:
        """The versions that an alias points to, and the latest, ascending. Raises as ``aliases``."""
        return in_use(self.numbers(name), self.aliases(name))

    def meta(self, name: str) -> MetaFile:
        """Title, owners and tags; a plain title where the file is missing. Raises InvalidFiles."""
        self._folder(name)
        path = f"{PROMPTS}/{name}/meta.yml"
        data = self.tree.read(path)
        if data is None:
            return MetaFile(title=name)
        meta, problems = read_meta(data, path)
        if meta is None:
            raise InvalidFiles(problems)
        return meta

    def resolve(self, ref: str | refs.Ref) -> Version:
        """The version a ref names. Raises one of the four RefErrors, or InvalidFiles."""
        wanted = refs.parse_ref(ref) if isinstance(ref, str) else ref
        numbers = self.numbers(wanted.name)
        if wanted.version is not None:
            return self.version(wanted.name, wanted.version)
        if wanted.alias == refs.LATEST:
            return self.version(wanted.name, numbers[-1] if numbers else 1)
        aliases = self.aliases(wanted.name)
        if wanted.alias not in aliases:
            raise refs.unknown_alias(wanted.name, str(wanted.alias), list(aliases))
        return self.version(wanted.name, aliases[wanted.alias])

    def suite_names(self) -> list[str]:
        """Every suite, sorted: the folders under ``evals/`` with a ``suite.yml``."""
        if self._suite_names is None:
            parts = [path.split("/") for path in self.tree.paths(EVALS)]
            self._suite_names = sorted(name for _, name, *rest in parts if rest == ["suite.yml"])
        return list(self._suite_names)

    def suite(self, name: str) -> Suite:
        """One suite with its cases. Raises UsageError when there is none, InvalidFiles."""
        if name not in self._suites:
            if name not in self.suite_names():
                raise UsageError(f"no suite is called {name!r}", hint_for(name, self.suite_names()))
            suite, problems = read_suite(self.tree, name)
            if suite is None:
                raise InvalidFiles(problems)
            self._suites[name] = suite
        return self._suites[name]

    def labels(self, judge: str) -> Labels:
        """What people labelled for a judge to be measured against; empty where nobody did.

        Raises InvalidFiles.
        """
        if judge not in self._labels:
            path = f"{EVALS}/{judge}/{LABELS}"
            cases, problems = read_cases(self.tree, path) if self.tree.read(path) is not None else ((), [])
            if any(item.breaks for item in problems):
                raise InvalidFiles(problems)
            self._labels[judge] = Labels(cases)
        return self._labels[judge]

    def suites_of(self, prompt: str) -> list[Suite]:
        """The suites that evaluate a prompt. Raises InvalidFiles when one of the repository's is broken."""
        return [suite for name in self.suite_names() if (suite := self.suite(name)).prompt == prompt]

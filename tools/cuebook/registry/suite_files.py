"""Reading the files of one suite: its rules, scorers and cases.

What could be read comes together with every problem, so that ``check`` shows all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError

from cuebook.core.errors import Problem, nearest
from cuebook.core.errors import did_you_mean as hint_for
from cuebook.core.files import Broken, FixedTree, Tree
from cuebook.core.json_lines import read_jsonl
from cuebook.core.json_schema import PlaceKey
from cuebook.core.layout import DATASET, SUITE
from cuebook.core.shape_errors import shape_problems
from cuebook.core.text import whole
from cuebook.core.yaml_files import Document, read_yaml
from cuebook.registry import scorer_names
from cuebook.registry._shaped import as_shape, known_keys, needed_keys
from cuebook.registry.case_images import with_images
from cuebook.registry.partly import Doubts, partly
from cuebook.registry.paths import EVALS, LABEL, LABELS
from cuebook.shapes.file_formats import CaseLine, LabelLine, SuiteFile
from cuebook.shapes.run import Case
from cuebook.shapes.split import Shares
from cuebook.shapes.suite import GateRules, JudgeRules, MetricRule, ScorerSpec, Suite
from cuebook.wording.datasets import DatasetCode, also_on, dataset_problem
from cuebook.wording.suite_files import SuiteCode, gate_rules, suite_problem

_METRIC: SuiteCode = "metric"
"""Code of the problem that the gate decides on what no scorer is called; its key is that label."""


CASES, SCORERS = "cases", "scorers"
"""Places of doubts: a dataset that cannot be read as a whole, a scorer that has no form."""


@dataclass(frozen=True)
class Outline:
    """What can be seen of a suite's files, whatever else is wrong with them.

    What is not known is as if it were left out, and ``doubts`` says of which places of ``suite.yml`` this is
    so: nothing that follows from that is a fault of its own. Where the file is no YAML of a suite, even the
    prompt ``is_guess``.
    """

    suite: Suite
    doubts: Doubts
    is_guess: bool = False


def read_suite(tree: Tree, name: str) -> tuple[Suite | None, list[Problem]]:
    """One suite with its cases, and every problem of its files; the same suite for the same files.

    So ``check``, the registry and the one before a change share what is found out of the cases.
    """
    outline, problems = outline_of(tree, name)
    is_whole = outline and not any(item.breaks for item in problems)
    return (outline.suite if outline and is_whole else None), problems


def outline_of(tree: Tree, name: str) -> tuple[Outline | None, list[Problem]]:
    """As ``read_suite``, but with what can be seen of a suite where part of it is refused."""
    paths = (path for path in tree.paths(f"{EVALS}/{name}") if path.count("/") == _DEPTH)
    files = tuple((path, data) for path in paths if (data := tree.read(path)) is not None)
    outline, problems = _outline(name, files)
    if outline is None:
        return None, list(problems)
    suite, more = with_images(tree, outline.suite)
    told = [*(_cause(item, tree, suite) for item in problems), *more]
    return (outline if suite is outline.suite else replace(outline, suite=suite)), told


_DEPTH = 2
"""Slashes in the path of a file of a suite: in folders below, nothing is read."""


@cache
def _outline(name: str, files: tuple[tuple[str, bytes], ...]) -> tuple[Outline | None, list[Problem]]:
    tree = FixedTree(dict(files))
    folder = f"{EVALS}/{name}"
    path = f"{folder}/{SUITE}"
    data = tree.read(path)
    if data is None:
        return None, [suite_problem("suite_missing", path)]
    try:
        document = read_yaml(data, path)
    except Broken as broken:
        outline, problems = _of_broken(tree, name, data, None)
        return outline, [broken.problem, *problems]
    shaped, problems = as_shape(document, SuiteFile)
    doubts = Doubts()
    if shaped is None and isinstance(document.data, dict):
        shaped, doubts, problems = partly(document, SuiteFile, _STAND_INS)
    if shaped is None:
        outline, more = _of_broken(tree, name, data, document.data)
        return outline, problems + more
    scorers, more = _scorers(shaped, document, doubts)
    cases, worse = ((), []) if doubts.touch("dataset") else read_cases(tree, f"{folder}/{shaped.dataset}")
    problems = [_with_rules(item, document.data, scorers) for item in problems] + more + worse
    if more:
        doubts = Doubts({*doubts, (SCORERS,)})
    if any(item.breaks for item in worse) or doubts.touch("dataset"):
        doubts = Doubts({*doubts, (CASES,)})
    if not doubts.touch(SCORERS):  # what a scorer that cannot be read is called, nobody knows
        problems += _metric_problems(shaped, scorers, document, doubts)
    # Files beside the suite that scorers may read (a database schema, a JSON Schema).
    known = {SUITE, shaped.dataset, LABELS}
    beside = {path.removeprefix(f"{folder}/"): data for path, data in files}
    suite = Suite(
        name=name,
        prompt="" if doubts.touch("prompt") else shaped.prompt,
        dataset=shaped.dataset,
        cases=cases,
        scorers=scorers,
        gate=_rules(shaped, doubts),
        models=tuple(shaped.models or ()),
        repeats=shaped.repeats,
        max_steps=shaped.dialogue.max_steps,
        path=folder,
        # What is not called by text nothing can name, and no digest can cover; ``check`` refuses it.
        files={name: data for name, data in beside.items() if name not in known and whole(name) == name},
        target=shaped.target or "",
        optimize=Shares(shaped.optimize.train, shaped.optimize.choose),
    )
    return Outline(suite, doubts), problems


def _rules(shaped: SuiteFile, doubts: Doubts) -> GateRules:
    metrics = {
        label: MetricRule(rule.margin, rule.floor)
        for label, rule in shaped.gate.metrics.items()
        if not doubts or not doubts.touch("gate", "metrics", label)
    }
    return GateRules(
        metrics=metrics,
        limits=shaped.gate.limits.model_dump(exclude_none=True),
        judges=JudgeRules(**shaped.gate.judges.model_dump()),
        **shaped.gate.model_dump(exclude={"metrics", "limits", "judges"}),
    )


_STAND_INS: dict[PlaceKey, Any] = {
    ("prompt",): "prompt",
    ("scorers",): ["-"],
    ("scorers", "*"): "-",
    ("gate",): {"metrics": {"-": {}}},
    ("gate", "metrics"): {"-": {}},
}
"""What takes the place of a key that may not be left out, for the rest to be looked at."""


def _of_broken(tree: Tree, name: str, data: bytes, found: Any) -> tuple[Outline, list[Problem]]:
    """What a suite that cannot be read seems to be about, for its cases to be looked at; ``found`` is in it.

    All of it but the prompt and the cases is in doubt.
    """
    folder = f"{EVALS}/{name}"
    text = data.decode(errors="replace")
    written = found if isinstance(found, dict) else {at[1]: at[2] for at in _LINE.finditer(text)}
    prompt, dataset = written.get("prompt"), written.get("dataset")
    file = dataset if isinstance(dataset, str) and "/" not in dataset else DATASET
    is_there = tree.read(f"{folder}/{file}") is not None
    cases, problems = read_cases(tree, f"{folder}/{file}") if is_there else ((), [])
    doubts = {(key,) for key in SuiteFile.model_fields if key != "prompt" or not isinstance(prompt, str)}
    if not is_there or any(item.breaks for item in problems):
        doubts.add((CASES,))
    named = prompt if isinstance(prompt, str) else ""
    suite = Suite(name, named, file, cases, (), GateRules({}), path=folder)
    return Outline(suite, Doubts(doubts), is_guess=True), problems


_LINE = re.compile(r"""^(prompt|dataset):[ \t]*['"]?([\w.-]+)""", re.MULTILINE)
"""A line of a file that is no YAML, on which it says most likely what it is about."""


def _scorers(
    shaped: SuiteFile, document: Document, doubts: Doubts
) -> tuple[tuple[ScorerSpec, ...], list[Problem]]:
    specs: list[ScorerSpec] = []
    problems: list[Problem] = []
    for index, item in enumerate(shaped.scorers):
        if doubts.touch(SCORERS, index):
            continue
        line = document.line(["scorers", index])
        spec = scorer_spec(item)
        if spec is None:
            # Settings no deeper than their scorer's name are read by YAML as further names beside it.
            if isinstance(item, dict) and next(iter(item.values()), 0) is None:
                name = next(iter(item))
                problems.append(suite_problem("scorer_not_indented", document.path, line, scorer=name))
            else:
                problems.append(suite_problem("scorer_without_form", document.path, line))
        elif spec.label in {other.label for other in specs}:
            problems.append(suite_problem("scorer_label_twice", document.path, line, label=spec.label))
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


def _metric_problems(
    shaped: SuiteFile, scorers: Sequence[ScorerSpec], document: Document, doubts: Doubts
) -> list[Problem]:
    labels = [spec.label for spec in scorers]
    problems = []
    for label in shaped.gate.metrics:
        if label not in labels and not doubts.cover("gate", "metrics", label):
            line, near = document.line(["gate", "metrics", label]), hint_for(label, labels)
            found = suite_problem(_METRIC, document.path, line, label=label, near=near)
            problems.append(found._replace(key=label))
    return problems


def _with_rules(problem: Problem, written: Any, scorers: Sequence[ScorerSpec]) -> Problem:
    """The problem; of missing or empty gate rules with the whole of them, by the suite's own scorer."""
    if problem.key not in {"gate", "gate.metrics"} or not isinstance(written, Mapping):
        return problem
    gate = written.get("gate")
    if gate and not (isinstance(gate, Mapping) and not gate.get("metrics")):
        return problem
    # One that no model is asked for comes first: a judge has to agree with people before it decides.
    able = sorted((item for item in scorers if _PLAIN.fullmatch(item.label)), key=_asks_judge)
    if not able:
        return problem
    rules = gate_rules(able[0].label, is_judge=_asks_judge(able[0]), whole=problem.key == "gate")
    return problem._replace(hint=f"{'add' if problem.code == 'missing_key' else 'write'} {rules}")


def _asks_judge(spec: ScorerSpec) -> bool:
    return "prompt" in spec.parameters


_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
"""A label that YAML takes as text without quotes."""


def _cause(problem: Problem, tree: Tree, suite: Suite) -> Problem:
    """The problem, or the one behind it: a metric finds no scorer because that scorer's name is wrong."""
    if problem.code != _METRIC:
        return problem
    known = scorer_names.known(tree)
    unknown = {spec.name: at for at, spec in enumerate(suite.scorers) if spec.name not in known}
    name = nearest(problem.key, list(unknown))
    if not name:
        return problem
    error = scorer_names.unknown(name, known, tree)
    line = read_yaml(tree.read(problem.file) or b"", problem.file).line(["scorers", unknown[name]])
    # In the words of check, which finds the same: it is shown once.
    return suite_problem("scorer_unknown", problem.file, line, why=error.message, cure=error.hint)


def _missing(tree: Tree, path: str) -> Problem:
    """That a dataset is missing; its name may be written wrong in the suite."""
    folder, _, name = path.rpartition("/")
    there = [one.rpartition("/")[2] for one in tree.paths(folder) if one.count("/") == path.count("/")]
    others = sorted(one for one in there if one.endswith(".jsonl") and one != LABELS)
    if not others:
        return dataset_problem("dataset_missing", path)
    listed = nearest(name, others) or ", ".join(others[:_LISTED])
    return dataset_problem("dataset_elsewhere", path, suite=f"{folder}/{SUITE}", listed=listed)


_LISTED = 12
"""Names that a message lists: in a longer list nobody finds the one that was meant."""


def read_cases(tree: Tree, path: str) -> tuple[tuple[Case, ...], list[Problem]]:
    """The cases of a dataset."""
    data = tree.read(path)
    if data is None:
        return (), [_missing(tree, path)]
    cases, problems = _cases(data, path)
    return cases, list(problems)


@cache
def _cases(data: bytes, path: str) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    # Suites of the first release could choose a judge by the labels that measure it: check warns of it now.
    if path.rpartition("/")[2] == LABELS:
        said, problems = read_lines(data, path, LabelLine)
        answers = (labelled_case(shaped, line) for line, shaped in said if shaped.label is not None)
        return tuple(answers), tuple(problems)
    lines, problems = read_lines(data, path, CaseLine)
    return tuple(_case(shaped, line) for line, shaped in lines), tuple(problems)


def labelled_case(said: LabelLine, line: int) -> Case:
    """The answer that a line of labels is about as a case, whose label is what is expected."""
    tags = tuple(said.tags)
    return Case(said.id, said.inputs, {LABEL: said.label}, tags, said.cluster, line, said.note)


def read_lines(data: bytes, path: str, shape: type[L]) -> tuple[list[tuple[int, L]], list[Problem]]:
    """The lines of a dataset or of labels that can be read, by number, and what is wrong with the others."""
    lines: list[tuple[int, L]] = []
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    for item in read_jsonl(data, path):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        line, value = item
        shaped, more = _shaped(value, line, path, shape)
        problems += more
        if shaped is None:
            continue
        if shaped.id in first_line:
            about = {"id": shaped.id, "line": first_line[shaped.id]}
            problems.append(dataset_problem("case_id_twice", path, line, **about))
        first_line.setdefault(shaped.id, line)
        lines.append((line, shaped))
    if not lines and not problems:
        problems.append(dataset_problem("labels_empty" if shape is LabelLine else "dataset_empty", path))
    return lines, _folded(problems)


L = TypeVar("L", CaseLine, LabelLine)
"""The shape of a line."""


def _folded(problems: list[Problem]) -> list[Problem]:
    """One slip that many lines share as one problem, at the first of them."""
    same: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        same.setdefault((problem.message, problem.hint), []).append(problem)
    return [also_on(first, [other.line for other in others]) for first, *others in same.values()]


def _shaped(value: Any, line: int, path: str, shape: type[L]) -> tuple[L | None, list[Problem]]:
    if not isinstance(value, dict):
        return None, [
            dataset_problem("line_no_label" if shape is LabelLine else "line_no_object", path, line)
        ]
    known = known_keys(shape)([])
    flat = sorted(value.keys() - set(known)) if "inputs" not in value else []
    if flat and not any(nearest(key, known) == "inputs" for key in flat):
        code: DatasetCode = "case_keys_unknown" if shape is CaseLine else "label_keys_unknown"
        about = {"keys": ", ".join(map(repr, flat[:_LISTED])), "first": flat[0]}
        verb = "is" if len(flat) == 1 else "are"
        return None, [dataset_problem(code, path, line, **about, verb=verb)]
    try:
        return shape.model_validate(value), []
    except ValidationError as error:
        return None, shape_problems(error, path, lambda _: line, known_keys(shape), needed_keys(shape))


def _case(shaped: CaseLine, line: int) -> Case:
    made = Case(shaped.id, shaped.inputs, shaped.expectations, tuple(shaped.tags), shaped.cluster, line)
    if not (shaped.turns or shaped.tools):
        return made
    written = shaped.model_dump(include={"turns", "tools"}, exclude_unset=True)
    return replace(made, turns=tuple(written.get("turns") or ()), tools=written.get("tools") or {})

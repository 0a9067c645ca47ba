"""Everything ``cuebook check`` finds: wrong files, wrong relations between files, useless ones.

All problems at once, each with file, line and cure. ``check`` looks at one tree; ``check_change``
compares two, because that published versions never change can only be seen with the past at hand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ValidationError

from cuebook import models, scorers
from cuebook.core import refs
from cuebook.core.errors import CuebookError, InvalidFiles, Problem, UsageError, did_you_mean
from cuebook.core.files import Broken, Document, Folder, Tree, read_yaml, shape_problems
from cuebook.core.git import ignored
from cuebook.gate.plan import judge_of, pinned_judges, scale_of
from cuebook.gate.power import too_few
from cuebook.judging import ask, labels
from cuebook.models import version_findings
from cuebook.registry import guides, numbering, overrides, reader
from cuebook.registry.copies import copies
from cuebook.registry.new_version import new_version_problems
from cuebook.registry.plain_text import plain_text_problems
from cuebook.registry.reader import EVALS, LABELS, PROMPTS
from cuebook.registry.settings import both_settings, load_config
from cuebook.shapes.file_formats import OverrideFile
from cuebook.shapes.run import JudgeRules, ScorerSpec, Suite, Version

TWO = "0.2.0"
"""The release whose checks are new: they refuse only files that were not accepted before."""

GAP = "gap"
"""Code of the problem that a version number is missing below a version."""

_PROMPT_FILES = ("aliases.yml", "meta.yml")
_CLUTTER = re.compile(r"/(\.[^/]*|Thumbs\.db|desktop\.ini|#[^/]*#|[^/]*(~|\.(bak|orig|rej|swp|tmp)))(/|$)")
"""What systems and editors leave beside a file: nobody meant to put it there, and nothing reads it."""


@dataclass
class _Found:
    """What could be read of a tree, for the rules that look across files."""

    versions: dict[str, dict[int, Version | None]] = field(default_factory=dict)
    aliases: dict[str, dict[str, int]] = field(default_factory=dict)
    suites: dict[str, Suite] = field(default_factory=dict)
    reads: dict[str, set[str]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    """Prompts that a suite names, also one that cannot be read otherwise."""
    erased: dict[str, set[int]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    """Prompts whose aliases cannot be read, so that nothing is said of what they lack."""

    def readable(self, prompt: str) -> list[Version]:
        return [version for _, version in sorted(self.versions.get(prompt, {}).items()) if version]


def check(tree: Tree, base: Tree | None = None) -> list[Problem]:
    """Every problem of a tree, by file and line; warnings are among them.

    ``base`` is what was accepted before: see ``forgive``.
    """
    found = _Found()
    problems = [*_config(tree), *_prompts(tree, found), *_suites(tree, found)]
    problems += [*_across(tree, found), *_labels(tree, found), *_overrides(tree, found)]
    problems += [*_models(tree, found), *_links(tree), *_guides(tree), *_plain_text(tree, base)]
    return forgive(sorted(set(problems), key=lambda item: (item.file, item.line, item.message)), tree, base)


def forgive(problems: Iterable[Problem], tree: Tree, base: Tree | None) -> list[Problem]:
    """The problems, those that a later release began to look for as warnings in files that ``base`` has.

    So no upgrade breaks a registry: a file is refused for them only where the base has not the same bytes.
    """

    def softened(item: Problem) -> Problem:
        if base is None or not item.since or item.severity != "error":
            return item
        data = tree.read(item.file)
        if data is None or data != base.read(item.file):
            return item
        hint = f"{item.hint}; only a warning, as the file is older than this check ({item.since})"
        return item._replace(severity="warning", hint=hint.removeprefix("; "))

    return [softened(item) for item in problems]


def _links(tree: Tree) -> Iterator[Problem]:
    """Folders of the registry that are links: nothing in them is read, and that is one problem each."""
    for folder in (PROMPTS, EVALS, overrides.FOLDER, guides.FOLDER):
        if tree.is_link(folder):
            what = "a symbolic link in the place of a folder, which is not followed"
            yield Problem(folder, 0, what, "put the folder itself here")


def _plain_text(tree: Tree, base: Tree | None) -> Iterator[Problem]:
    """Hidden characters and keys in any file of the registry. What excuses a line was merged before."""
    excused: set[str] = set()
    before = base or tree
    for path in before.paths(PROMPTS):
        if path.endswith("/meta.yml"):
            meta, _ = reader.read_meta(before.read(path) or b"", path)
            excused.update(meta.not_secret if meta else ())
    for folder in (PROMPTS, EVALS, overrides.FOLDER):
        for path in tree.paths(folder):
            if not tree.is_link(path) and (data := tree.read(path)):
                yield from plain_text_problems(path, data, excused)


def _guides(tree: Tree) -> Iterator[Problem]:
    for path in tree.paths(guides.FOLDER):
        if tree.is_link(path):
            yield Problem(path, 0, "symbolic links are not followed", "put the file itself here")
        elif found := guides.guide_problem(path, tree.read(path) or b""):
            yield Problem(path, 0, found[0], found[1], since=TWO)


def _config(tree: Tree) -> Iterable[Problem]:
    try:
        load_config(tree)
        files = both_settings(tree)
    except InvalidFiles as error:
        return error.problems
    what = f"settings are in {' and '.join(files)}, and only those of the first count"
    cure = "keep one of them: who guards the one may not guard the other"
    return [Problem(files[0], 0, what, cure, since=TWO)] if files else []


def _prompts(tree: Tree, found: _Found) -> Iterator[Problem]:
    folders: dict[str, list[str]] = {}
    strays: list[Problem] = []
    paths = set(tree.paths(PROMPTS))
    for path in sorted(paths):
        _, name, *rest = path.split("/")
        file = "/".join(rest)
        if tree.is_link(path):
            yield Problem(path, 0, "symbolic links are not followed", "put the file itself here")
        elif _CLUTTER.search(path):
            continue
        elif not rest:
            cure = f"prompts are folders: {PROMPTS}/<name>/v1.prompt.yml"
            strays.append(Problem(path, 0, "a file beside the prompts", cure))
        elif refs.version_number(file) is None and file not in _PROMPT_FILES:
            strays.append(Problem(path, 0, *_stray(file, f"{PROMPTS}/{name}", paths)))
        else:
            folders.setdefault(name, []).append(file)
    yield from _unwanted(tree, strays)
    for first, second in refs.name_clashes(folders):
        what = f"{second!r} and {first!r} are the same name on some file systems"
        yield Problem(f"{PROMPTS}/{second}", 0, what, "rename one of them")
    for name, files in folders.items():
        yield from _prompt(tree, found, name, files)


def _unwanted(tree: Tree, strays: list[Problem]) -> Iterator[Problem]:
    """Files that do not belong among the prompts, but for those that Git ignores; a README only warns."""
    unseen = ignored(tree.root, [item.file for item in strays]) if strays and isinstance(tree, Folder) else ()
    for item in strays:
        if item.file not in unseen:
            is_readme = item.file.rpartition("/")[2].lower().startswith("readme")
            yield item._replace(severity="warning") if is_readme else item


def _prompt(tree: Tree, found: _Found, name: str, files: list[str]) -> Iterator[Problem]:
    folder = f"{PROMPTS}/{name}"
    if problem := refs.name_problem(name):
        yield Problem(folder, 0, problem, f"rename the folder, for example to {refs.suggest_name(name)!r}")
    versions = found.versions.setdefault(name, {})
    for file in files:
        path = f"{folder}/{file}"
        number = refs.version_number(file)
        if number is not None:
            version, problems = reader.read_version(tree.read(path) or b"", path, name, number)
            versions[number] = version
            yield from problems
            if version:
                yield from new_version_problems(version, tree.read(path) or b"")
    found.erased[name] = _erased(tree, folder)
    yield from _numbers(folder, versions, found.erased[name])
    yield from _aliases(tree, found, name)
    yield from _meta(tree, found, name)


def _erased(tree: Tree, folder: str) -> set[int]:
    """The versions of a prompt that its owners took back for good, as its ``meta.yml`` lists them."""
    path = f"{folder}/meta.yml"
    meta, _ = reader.read_meta(tree.read(path) or b"title: none", path)
    return set(meta.erased) if meta else set()


def _stray(file: str, folder: str, paths: Collection[str]) -> tuple[str, str]:
    """What is wrong with a file that does not belong into a prompt's folder, and what to do."""
    if "/" in file:
        return "prompts have no folders below them", f"move it to {file.rpartition('/')[2]}, or elsewhere"
    digits = "".join(char for char in file.split(".")[0] if char.isdigit()).lstrip("0")
    if digits and ("prompt" in file or file.endswith((".yml", ".yaml"))):
        what = f"{file!r} is not a version's file name"
        if f"{folder}/v{digits}.prompt.yml" in paths:
            return what, f"v{digits}.prompt.yml is there: delete this one, or make it the next version"
        return what, f"call it v{digits}.prompt.yml"
    near = did_you_mean(file, [*_PROMPT_FILES, "v1.prompt.yml"])
    return f"{file!r} does not belong here", near


def _numbers(
    folder: str, versions: Mapping[int, Version | None], erased: Collection[int]
) -> Iterator[Problem]:
    for number in sorted(set(versions) & set(erased)):
        cure = "delete the file; its number is never used again"
        yield Problem(f"{folder}/v{number}.prompt.yml", 0, f"version {number} is listed as erased", cure)
    if not versions:
        yield Problem(folder, 0, "the prompt has no version", f"cuebook new {folder.rpartition('/')[2]}")
        return
    for number, place in numbering.out_of_place({*versions, *erased}).items():
        what = f"version {place} is missing: numbers go 1, 2, 3, ... without gaps"
        yield Problem(f"{folder}/v{number}.prompt.yml", 0, what, f"call it v{place}.prompt.yml", code=GAP)
    for number, version in sorted(versions.items()):
        before = versions.get(number - 1)
        if version and before and version.digest == before.digest:
            what = f"says the same as version {number - 1}: nothing that changes behaviour was edited"
            yield Problem(version.path, 0, what, "edit it, or delete it")


def _aliases(tree: Tree, found: _Found, name: str) -> Iterator[Problem]:
    path = f"{PROMPTS}/{name}/aliases.yml"
    data = tree.read(path)
    if data is None:
        return
    aliases, problems = reader.read_aliases(data, path)
    yield from problems
    found.aliases[name] = aliases
    if problems:
        found.unread.add(name)
    if not aliases:
        return
    document = read_yaml(data, path)
    known = sorted(found.versions[name])
    for alias, number in aliases.items():
        if number not in known:
            cure = f"its versions: {', '.join(map(str, known))}"
            lost = "was erased" if number in found.erased[name] else "does not exist"
            yield Problem(path, document.line([alias]), f"{alias}: version {number} {lost}", cure)


def _meta(tree: Tree, found: _Found, name: str) -> Iterator[Problem]:
    path = f"{PROMPTS}/{name}/meta.yml"
    data = tree.read(path)
    if data is None:
        yield Problem(path, 0, "the prompt has no title and owners", "add meta.yml with 'title:'", "warning")
        return
    meta, problems = reader.read_meta(data, path)
    yield from problems
    for number in meta.retired if meta else []:
        if number not in found.versions[name] and number not in found.erased[name]:
            yield Problem(path, 0, f"retired version {number} does not exist")
        for alias, target in found.aliases.get(name, {}).items():
            if target == number:
                cure = "point the alias at another version first"
                yield Problem(path, 0, f"version {number} is retired, but {alias!r} points to it", cure)


def _suites(tree: Tree, found: _Found) -> Iterator[Problem]:
    folders: dict[str, list[str]] = {}
    for path in tree.paths(EVALS):
        _, name, *rest = path.split("/")
        if tree.is_link(path):
            yield Problem(path, 0, "symbolic links are not followed", "put the file itself here")
        elif rest:
            folders.setdefault(name, []).append("/".join(rest))
    for name, files in folders.items():
        if problem := refs.name_problem(name):
            yield Problem(
                f"{EVALS}/{name}", 0, problem, f"rename it, for example to {refs.suggest_name(name)!r}"
            )
        if "suite.yml" in files:
            suite, problems = reader.read_suite(tree, name)
            yield from problems
            if suite:
                found.suites[name] = suite
                found.named.add(suite.prompt)
                yield from _suite(tree, found, suite)
            else:
                yield from _outline(tree, found, f"{EVALS}/{name}/suite.yml")
        if LABELS in files:
            yield from reader.read_cases(tree, f"{EVALS}/{name}/{LABELS}")[1]
        yield from _unused(found, name, files)


def _outline(tree: Tree, found: _Found, path: str) -> Iterator[Problem]:
    """What can be said of a suite that could not be read as a whole: its prompt and its scorers' names."""
    try:
        document = _document(tree, path)
    except Broken:
        found.named.add(path.split("/")[1])  # suites are mostly called as their prompt is
        return
    data = document.data if isinstance(document.data, dict) else {}
    prompt, listed = data.get("prompt"), data.get("scorers")
    if isinstance(prompt, str):
        found.named.add(prompt)
    if isinstance(prompt, str) and prompt not in found.versions:
        cure = did_you_mean(prompt, list(found.versions))
        yield Problem(path, document.line(["prompt"]), f"no prompt is called {prompt!r}", cure)
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        spec = reader.scorer_spec(item) if isinstance(item, (str, dict)) else None
        if spec and not scorers.exists(spec.name):
            cure = did_you_mean(spec.name, scorers.names())
            line = document.line(["scorers", index])
            yield Problem(path, line, f"no scorer is called {spec.name!r}", cure)


def _unused(found: _Found, name: str, files: list[str]) -> Iterator[Problem]:
    suite = found.suites.get(name)
    for file in files:
        if file.endswith(".jsonl") and file != LABELS and (suite is None or suite.dataset != file):
            if suite is None and "suite.yml" in files:
                continue  # the suite is broken, which is said already
            cure = f"name it in evals/{name}/suite.yml, or delete it"
            yield Problem(f"{EVALS}/{name}/{file}", 0, "no suite uses this dataset", cure, "warning")


def _suite(tree: Tree, found: _Found, suite: Suite) -> Iterator[Problem]:
    document = _document(tree, f"{suite.path}/suite.yml")
    if suite.prompt not in found.versions:
        cure = did_you_mean(suite.prompt, list(found.versions))
        yield Problem(document.path, document.line(["prompt"]), f"no prompt is called {suite.prompt!r}", cure)
    aliases = found.aliases.get(suite.prompt, {})
    known = suite.prompt in found.versions and suite.prompt not in found.unread
    if known and suite.gate.baseline not in aliases:
        what = f"{suite.prompt!r} has no alias {suite.gate.baseline!r}: only floors can decide"
        cure = f"set '{suite.gate.baseline}: 1' in prompts/{suite.prompt}/aliases.yml"
        yield Problem(document.path, document.line(["gate"]), what, cure, "warning")
    tag = suite.gate.protected
    if tag and not any(tag in case.tags for case in suite.cases):
        yield Problem(document.path, document.line(["gate", "protected"]), f"no case has the tag {tag!r}")
    asked = {spec.label for spec in suite.scorers if judge_of(spec)}
    if suite.gate.judges != JudgeRules() and not asked & set(suite.gate.metrics):
        what = "the gate asks for agreement of judges, but none of its metrics is a judge's"
        cure = f"decide on one of them: {', '.join(sorted(asked))}" if asked else "remove 'judges'"
        yield Problem(document.path, document.line(["gate", "judges"]), what, cure, "warning")
    for index, spec in enumerate(suite.scorers):
        yield from _scorer(found, suite, spec, document.path, document.line(["scorers", index]))
    yield from _inputs(found, suite)
    yield from _expectations(found, suite)
    yield from _copies(found, suite)
    yield from _too_few(suite, document)


def _document(tree: Tree, path: str) -> Document:
    return read_yaml(tree.read(path) or b"", path)


def _scorer(found: _Found, suite: Suite, spec: ScorerSpec, path: str, line: int) -> Iterator[Problem]:
    try:
        member = scorers.find(spec.name)
    except CuebookError as error:
        yield Problem(path, line, error.message, error.hint)
        return
    try:
        settings = member.parameters.model_validate(dict(spec.parameters))
    except ValidationError as error:
        known = list(member.parameters.model_fields)
        for problem in shape_problems(error, path, lambda _: line, lambda _: known):
            yield problem._replace(message=f"scorer {spec.name}: {problem.message}")
        return
    for item in settings.outdated(suite):
        file = f"{suite.path}/{item.file}" if item.file else path
        yield Problem(file, item.line or line, f"scorer {spec.name}: {item.what}", item.cure, since=TWO)
    found.reads.setdefault(suite.name, set()).add(settings.reads or "")
    if settings.reads is not None and not any(settings.reads in case.expectations for case in suite.cases):
        keys = sorted({name for case in suite.cases for name in case.expectations})
        what = f"scorer {spec.name}: no case has the expectation {settings.reads!r}"
        yield Problem(path, line, what, did_you_mean(settings.reads, keys))
    if member.needs_model:
        yield from _judge(found, suite, spec, path, line)


def _judge(found: _Found, suite: Suite, spec: ScorerSpec, path: str, line: int) -> Iterator[Problem]:
    ref = refs.parse_ref(str(spec.parameters["prompt"]))
    versions = found.versions.get(ref.name)
    if versions is None:
        yield Problem(
            path, line, f"no prompt is called {ref.name!r}", did_you_mean(ref.name, list(found.versions))
        )
    elif ref.version not in versions:
        yield Problem(
            path, line, f"judge {ref.name!r} has no version {ref.version}", f"it has {sorted(versions)}"
        )
    elif version := versions[ref.version]:
        sources = spec.parameters.get("with", {})
        paired = scorers.find(spec.name).paired
        for what, cure in ask.problems(version, sources, suite.cases, paired=paired):
            yield Problem(path, line, what, cure)


def _inputs(found: _Found, suite: Suite) -> Iterator[Problem]:
    """Variables of the live and the latest version that no case fills, or that some cases do not."""
    versions = found.readable(suite.prompt)
    shown = reader.in_use([version.number for version in versions], found.aliases.get(suite.prompt, {}))
    for version in versions:
        if version.number not in shown:
            continue
        for name, spec in version.inputs.items():
            missing = [case for case in suite.cases if name not in case.inputs]
            if not missing or "default" in spec:
                continue
            path = f"{suite.path}/{suite.dataset}"
            if len(missing) == len(suite.cases):
                keys = sorted({key for case in suite.cases for key in case.inputs})
                what = f"no case fills {{{{{name}}}}} of {version.ref}"
                yield Problem(path, 0, what, did_you_mean(name, keys))
            else:
                others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
                what = f"case {missing[0].id!r}{others}: {{{{{name}}}}} of {version.ref} is not filled"
                yield Problem(path, missing[0].line, what, f"add {name!r} to its inputs")


def _expectations(found: _Found, suite: Suite) -> Iterator[Problem]:
    """Expectations that no scorer reads: somebody wrote them for nothing."""
    read = found.reads.get(suite.name, set()).union(*(_judge_reads(found, spec) for spec in suite.scorers))
    for key in sorted({name for case in suite.cases for name in case.expectations} - read):
        case = next(case for case in suite.cases if key in case.expectations)
        what = f"no scorer reads the expectation {key!r}"
        cure = "add a scorer for it, or leave it out"
        yield Problem(f"{suite.path}/{suite.dataset}", case.line, what, cure, "warning")


def _too_few(suite: Suite, document: Document) -> Iterator[Problem]:
    """Metrics whose cases can never pass, before any of them costs anything."""
    for label in suite.gate.metrics:
        spec = next(item for item in suite.scorers if item.label == label)
        try:
            reads = scorers.find(spec.name).parameters.model_validate(dict(spec.parameters)).reads
        except (ValidationError, UsageError):
            continue  # said where the scorer is
        units = {case.unit for case in suite.cases if reads is None or reads in case.expectations}
        if what := too_few(suite, label, len(units)):
            cure = "add cases, or accept a larger loss: a larger margin"
            place = document.line(["gate", "metrics", label])
            yield Problem(document.path, place, f"{label}: {what}", cure, "warning")


def _copies(found: _Found, suite: Suite) -> Iterator[Problem]:
    """Cases that ask what another one asks: they count as one, whatever their ids."""
    seen = {name for version in found.readable(suite.prompt) for name in version.inputs}
    for first, *others in copies(suite.cases, seen):
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        what = f"case {others[0].id!r}{more}: the same inputs as {first.id!r}, so they count as one case"
        cure = "delete the copies, or write other questions"
        yield Problem(f"{suite.path}/{suite.dataset}", others[0].line, what, cure, "warning")


def _judge_reads(found: _Found, spec: ScorerSpec) -> set[str]:
    """Names of the expectations that fill a judge's variables, by ``with`` or by their own name."""
    pin, sources = spec.parameters.get("prompt"), spec.parameters.get("with", {})
    if not isinstance(pin, str) or not isinstance(sources, Mapping):
        return set()
    named = [source for source in sources.values() if isinstance(source, str)]
    names = {source.split(".")[1] for source in named if source.startswith("expectations.")}
    name, _, number = pin.partition("/")
    judged = found.versions.get(name, {}).get(int(number)) if number.isdigit() else None
    return names | set(judged.inputs if judged else ())


def _models(tree: Tree, found: _Found) -> Iterator[Problem]:
    """What would stop the first call of a version in use, and live versions whose model was not gated."""
    try:
        settings = load_config(tree)
    except InvalidFiles:  # said already
        return
    for name in found.versions:
        aliases = found.aliases.get(name, {})
        used = reader.in_use(sorted(found.versions[name]), aliases)
        for version in found.readable(name):
            if version.number not in used:
                continue
            # A model that the settings put in its place is no fault of the version.
            own = settings.resolve(version.model) == version.model
            for item in version_findings(version, settings):
                line = _document(tree, version.path).line(item.field.split("."))
                severity: Literal["error", "warning"] = "error" if own else "warning"
                yield Problem(version.path, line, item.what, item.cure, severity, since=TWO)
            live = [alias for alias in settings.protected_aliases if aliases.get(alias) == version.number]
            asked = settings.resolve(version.model)
            if install := models.missing_plugin(asked):
                line = _document(tree, version.path).line(["model"])
                what = f"no plug-in offers {asked}: this version cannot be evaluated here"
                yield Problem(version.path, line, what, install, "warning")
            if live and asked != version.model:
                path = f"{PROMPTS}/{name}/aliases.yml"
                what = (
                    f"apps would get {version.model} by {live[0]!r}, and the gate asks {asked} in its place"
                )
                cure = f"write a version that names it: cuebook new {name} takes the settings' model"
                yield Problem(path, _document(tree, path).line([live[0]]), what, cure, since=TWO)


def _across(tree: Tree, found: _Found) -> Iterator[Problem]:
    """What only all files together show: prompts nobody evaluates, judges nobody measured."""
    judges = {refs.parse_ref(ref).name for suite in found.suites.values() for ref in _pins(suite)}
    for name in found.versions:
        if name in judges and tree.read(f"{EVALS}/{name}/{LABELS}") is None:
            cure = f"add evals/{name}/{LABELS} with answers that people have graded"
            yield Problem(
                f"{PROMPTS}/{name}", 0, "this judge has no labels to be measured against", cure, "warning"
            )
        if name not in found.named and name not in judges:
            cure = f"add evals/{name}/suite.yml"
            yield Problem(f"{PROMPTS}/{name}", 0, "no suite evaluates this prompt", cure, "warning")


def _labels(tree: Tree, found: _Found) -> Iterator[Problem]:
    """Labels that a judge cannot be measured against on the scale that a suite reads it with."""
    for suite in found.suites.values():
        for spec in suite.scorers:
            name, _, number = judge_of(spec).partition("/")
            path = f"{EVALS}/{name}/{LABELS}"
            pinned = found.versions.get(name, {}).get(int(number) if number.isdecimal() else 0)
            if pinned is None or tree.read(path) is None:
                continue
            with suppress(CuebookError, ValidationError):  # wrong settings, which is said already
                scale = scale_of(spec)
                cases, _ = reader.read_cases(tree, path)
                yield from labels.problems(pinned, scale, cases, path)


def _pins(suite: Suite) -> list[str]:
    return [ref for ref in pinned_judges(suite) if "/" in ref or "@" in ref]


def _overrides(tree: Tree, found: _Found) -> Iterator[Problem]:
    for path in tree.paths(overrides.FOLDER):
        shaped, problems = overrides.read(tree, path)
        yield from problems
        if shaped is None:
            continue
        yield from overrides.later_problems(tree, path, shaped, TWO)
        if not isinstance(shaped, OverrideFile):
            continue
        version = found.versions.get(shaped.prompt, {}).get(shaped.version)
        if version is None:
            yield Problem(path, 0, f"there is no {shaped.prompt}/{shaped.version}", "delete the override")
        elif version.digest != shaped.digest:
            cure = f"its digest is {version.digest}"
            yield Problem(path, 0, f"the digest is not that of {version.ref}: it overrides nothing", cure)


def check_change(base: Tree, head: Tree) -> list[Problem]:
    """Published versions that a change edits, removes or renumbers."""
    before = dict(_version_files(base))
    after = dict(_version_files(head))
    fresh = {_folded(data): path for path, data in after.items() if path not in before}
    problems = [*_brought_back(base, head)]
    for path, data in before.items():
        folder, _, file = path.rpartition("/")
        if path not in after and refs.version_number(file) in _erased(head, folder):
            continue
        if path not in after:
            problems.append(_removed(path, fresh.get(_folded(data))))
        elif _folded(after[path]) != _folded(data):
            line = _first_difference(_folded(data), _folded(after[path]))
            what = "a published version was edited; versions never change"
            name = path.split("/")[1]
            problems.append(
                Problem(path, line, what, f"undo the edit and write a new version: cuebook new {name}")
            )
    return sorted(problems)


def _brought_back(base: Tree, head: Tree) -> Iterator[Problem]:
    """Erased versions that a change takes off the list: nothing else may ever have their number."""
    for path in base.paths(PROMPTS):
        folder, _, file = path.rpartition("/")
        if file == "meta.yml" and (gone := _erased(base, folder) - _erased(head, folder)):
            listed = ", ".join(map(str, sorted(gone)))
            cure = f"list it again: erased: {sorted(_erased(base, folder))}"
            yield Problem(path, 0, f"erased version {listed} is no longer listed", cure)


def check_numbers(settled: Tree, tip: Tree, head: Tree, branch: str) -> list[Problem]:
    """Drafts whose number ``branch`` has given to another version since they began, at ``settled``."""
    begun, there = dict(_version_files(settled)), dict(_version_files(tip))
    problems = []
    for path, data in _version_files(head):
        other = there.get(path)
        if path in begun or other is None or _folded(other) == _folded(data):
            continue
        name = path.split("/")[1]
        number = refs.version_number(path.rpartition("/")[2])
        version, _ = reader.read_version(other, path, name, number or 0)
        said = f": {version.message!r}" if version else ""
        what = f"{branch} has another version {number} by now{said}"
        problems.append(Problem(path, 0, what, f"cuebook renumber {name}"))
    return problems


def _folded(data: bytes) -> bytes:
    """Bytes with Unix line ends: Git for Windows writes files into a checkout, and no digest sees them."""
    return data.replace(b"\r\n", b"\n")


def _removed(path: str, renamed: str | None) -> Problem:
    if renamed:
        what = f"a published version was renumbered to {renamed.rpartition('/')[2]}; numbers are never reused"
        return Problem(path, 0, what, f"git mv {renamed} {path}")
    what = "a published version was removed; apps may still ask for it"
    retire = f"{path.rpartition('/')[0]}/meta.yml"
    cure = f"git checkout the file again; to withdraw a version list it under 'retired' in {retire}"
    return Problem(path, 0, what, cure)


def _version_files(tree: Tree) -> Iterator[tuple[str, bytes]]:
    for path in tree.paths(PROMPTS):
        if refs.version_number(path.rpartition("/")[2]) is not None and path.count("/") == 2:
            data = tree.read(path)
            if data is not None:
                yield path, data


def _first_difference(old: bytes, new: bytes) -> int:
    pairs = zip(old.split(b"\n"), new.split(b"\n"), strict=False)
    return next((line for line, (was, now) in enumerate(pairs, 1) if was != now), old.count(b"\n") + 1)

"""What an import writes: new files only, numbered after those that are there. It reads the registry only.

A second import of the same source writes nothing: digests of versions are compared in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from cuebook import check, models
from cuebook.core.errors import InvalidFiles, Problem, UsageError
from cuebook.core.files import Broken, FixedTree
from cuebook.core.layout import SUITE, aliases_path, meta_path, suite_path
from cuebook.core.refs import LATEST, alias_problem
from cuebook.core.yaml_files import dump_yaml, read_yaml
from cuebook.importers import Imported, NewCases, NewPrompt, NewVersion, Note, case_files
from cuebook.jobs.import_rows import appended, fitting
from cuebook.registry import overrides
from cuebook.registry.alias_edit import point
from cuebook.registry.paths import EVALS, version_path
from cuebook.registry.reader import Registry
from cuebook.registry.scorer_names import listed
from cuebook.registry.settings import FILES, Settings, load_config
from cuebook.registry.version_files import read_version
from cuebook.wording.ending import ends

DAYS = 7
"""How long the override of an alias that was live elsewhere holds: time enough for a verdict."""

_MOST_NUMBERS = 20
"""Versions of one prompt whose other numbers are said one by one; the message of each has its own."""

WhichAliases = Literal["none", "open", "all"]


@dataclass(frozen=True, slots=True)
class ImportChoice:
    """What somebody chose: the prompt that versions follow, and who is responsible for ``all`` aliases."""

    into: str = ""
    aliases: WhichAliases = "open"
    who: str = ""
    today: str = ""
    more_rows: bool = False
    """Whether rows go behind those of a dataset that is there."""
    protected: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ImportedPrompt:
    """What became of one prompt, or of rows without one."""

    source: str
    name: str
    new: Sequence[int] = ()
    there: int = 0
    aliases: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    scorers: Sequence[str] = ()


@dataclass(slots=True)
class ImportPlan:
    """The files to write, what is said of each prompt, and all notes."""

    files: dict[str, bytes] = field(default_factory=dict)
    lines: list[ImportedPrompt] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def plan(registry: Registry, taken: Sequence[tuple[str, Imported]], wanted: ImportChoice) -> ImportPlan:
    """What to write for these sources, each by its path in messages.

    Raises UsageError with every prompt that is there and is something else, InvalidFiles.
    """
    made = ImportPlan()
    once = [(source, _without_repeats(source, imported, made)) for source, imported in taken]
    # Names are given last: what is left out takes none.
    sources = _renamed(_without_refused(registry, once, made), made)
    if clashes := list(_strangers(registry, sources, wanted)):
        listed = ", ".join(clashes)
        cure = f"choose another name: --name NAME; or let its versions follow: --into {clashes[0]}"
        raise UsageError(f"{listed} already exists and is something else", cure)
    made.notes += _endings(load_config(registry.tree), sources, wanted.today)
    for source, imported in sources:
        made.notes += imported.notes
        shown = {cases.name: cases for cases in imported.cases}
        for prompt in imported.prompts:
            line = _prompt(registry, source, prompt, wanted, made)
            made.lines.append(_with_cases(registry, line, shown.pop(prompt.name, None), wanted, made))
        for cases in shown.values():
            made.lines.append(_with_cases(registry, ImportedPrompt(source, cases.name), cases, wanted, made))
    return made


def _endings(settings: Settings, sources: Iterable[tuple[str, Imported]], today: str) -> Iterator[Note]:
    """Which models that would be asked are shut down."""
    for source, imported in sources:
        for prompt in imported.prompts:
            # Older versions are history: nobody asks their models.
            used = {len(prompt.versions) - 1, *prompt.aliases.values()}
            for model in dict.fromkeys(str(prompt.versions[index].body["model"]) for index in sorted(used)):
                end = models.ending(settings.resolve(model), settings, today)
                if end and end.days < 0:
                    what = f"{ends(end)}, and check refuses it"
                    yield Note(source, 0, prompt.name, "changed", what, "choose another: --model ID")


def _without_repeats(source: str, imported: Imported, made: ImportPlan) -> Imported:
    """The import without versions that say what the one before them says."""
    prompts = []
    for prompt in imported.prompts:
        kept: list[NewVersion] = []
        number: dict[int, int] = {}
        last = ""
        for index, version in enumerate(prompt.versions):
            digest = _digest(prompt.name, version)
            if digest == last:
                named = version.theirs or str(index + 1)
                what = f"version {named}: the same as version {kept[-1].theirs or len(kept)}"
                place = f"{prompt.name}/{named}"
                made.notes.append(Note(source, version.line, place, "changed", what))
            else:
                kept.append(version)
            number[index], last = len(kept) - 1, digest
        aliases = {alias: number[index] for alias, index in prompt.aliases.items()}
        prompts.append(replace(prompt, versions=kept, aliases=aliases))
    return replace(imported, prompts=prompts)


def _renamed(taken: Sequence[tuple[str, Imported]], made: ImportPlan) -> list[tuple[str, Imported]]:
    """The sources with a number behind a name that another source of this import has already."""
    known: set[str] = set()
    sources = []
    for source, imported in taken:
        names = [item.name for item in imported.prompts] + [item.name for item in imported.cases]
        new: dict[str, str] = {}
        for name in dict.fromkeys(names):
            number, called = 1, name
            while called in known:
                number += 1
                called = f"{name[:60]}-{number}"  # a name has at most 64 characters
            new[name] = called
            known.add(called)
            if called != name:
                what = f"{name} is the name of another file's prompt: {called}"
                made.notes.append(Note(source, 0, "name", "changed", what))
        prompts = [replace(item, name=new[item.name]) for item in imported.prompts]
        cases = [_case_renamed(item, new) for item in imported.cases]
        sources.append((source, replace(imported, prompts=prompts, cases=cases)))
    return sources


def _case_renamed(cases: NewCases, new: Mapping[str, str]) -> NewCases:
    if not cases.suite:
        return replace(cases, name=new[cases.name])
    scorers = []
    for item in cases.suite["scorers"]:
        if isinstance(item, dict) and "judge" in item:
            name, _, number = str(item["judge"]["prompt"]).partition("/")
            scorers.append({"judge": {**item["judge"], "prompt": f"{new.get(name, name)}/{number}"}})
        else:
            scorers.append(item)
    prompt = cases.suite["prompt"]
    suite = {**cases.suite, "prompt": new.get(prompt, prompt), "scorers": scorers}
    return replace(cases, name=new[cases.name], suite=suite)


def _digest(prompt: str, version: NewVersion) -> str:
    read, problems = read_version(version.data(), version_path(prompt, 1), prompt, 1)
    if read is None:
        raise InvalidFiles(problems)
    return read.digest


def _strangers(
    registry: Registry, sources: Iterable[tuple[str, Imported]], wanted: ImportChoice
) -> Iterator[str]:
    """Names that are taken by a prompt which has none of the versions."""
    for _, imported in sources:
        for prompt in imported.prompts:
            if prompt.name == wanted.into or prompt.name not in registry.names():
                continue
            ours = {version.digest for version in registry.versions(prompt.name)}
            if ours and _digest(prompt.name, prompt.versions[0]) not in ours:
                yield prompt.name


def _prompt(
    registry: Registry, source: str, prompt: NewPrompt, wanted: ImportChoice, made: ImportPlan
) -> ImportedPrompt:
    """The files of the versions that are not there yet."""
    is_known = prompt.name in registry.names()
    there = [(item.digest, item.number) for item in registry.versions(prompt.name)] if is_known else []
    number = registry.next_number(prompt.name)
    new: list[int] = []
    at = 0
    ours: dict[int, int] = {}
    for index, version in enumerate(prompt.versions):
        digest = _digest(prompt.name, version)
        # Behind the last one that was found: an earlier version with the same words is another one.
        found = next((i for i in range(at, len(there)) if there[i][0] == digest), None)
        if found is not None:
            ours[index], at = there[found][1], found + 1
            continue
        made.files[version_path(prompt.name, number)] = version.data()
        new.append(number)
        ours[index], number = number, number + 1
    if not is_known:
        made.files[meta_path(prompt.name)] = prompt.meta()
    pairs = [(prompt.versions[index].theirs, at) for index, at in ours.items() if at in new]
    # People may know a version by the number that it has there.
    if moved := [f"{theirs} is {at} here" for theirs, at in pairs if theirs not in {"", str(at)}]:
        more = f", and {len(moved) - _MOST_NUMBERS} more" if len(moved) > _MOST_NUMBERS else ""
        what = f"numbers have no gaps: version {', '.join(moved[:_MOST_NUMBERS])}{more}"
        made.notes.append(Note(source, 0, prompt.name, "changed", what))
    line = ImportedPrompt(source, prompt.name, new, len(ours) - len(new))
    return _aliases(registry, prompt, ours, line, wanted, made)


def _aliases(
    registry: Registry,
    prompt: NewPrompt,
    ours: Mapping[int, int],
    line: ImportedPrompt,
    wanted: ImportChoice,
    made: ImportPlan,
) -> ImportedPrompt:
    """Aliases that nothing protects, and protected ones with an override where somebody answers for them."""
    path = aliases_path(prompt.name)
    data = registry.tree.read(path)
    known = registry.aliases(prompt.name) if data is not None else {}
    written, held = {}, {}
    for alias, index in prompt.aliases.items():
        number = ours[index]
        if alias == LATEST or known.get(alias) == number:
            continue
        if problem := alias_problem(alias):
            made.notes.append(Note(line.source, 0, f"{prompt.name}@{alias}", "left-out", problem))
        elif alias in wanted.protected and wanted.aliases != "all":
            held[alias] = number
        elif wanted.aliases == "all" or (wanted.aliases == "open" and data is None):
            written[alias] = number
    for alias, number in written.items():
        data = point(data, path, alias, number)
        made.files[path] = data
        if alias in wanted.protected:
            version = prompt.versions[next(i for i, at in ours.items() if at == number)]
            digest = _digest(prompt.name, version)
            made.files |= _override(prompt.name, number, digest, version.theirs, line.source, wanted)
    return replace(line, aliases=written, held=held)


def _override(
    name: str, number: int, digest: str, theirs: str, source: str, wanted: ImportChoice
) -> dict[str, bytes]:
    which = f"version {theirs} of {source}" if theirs else f"a version of {source}"
    body = {
        "prompt": name,
        "version": number,
        "digest": digest,
        "who": wanted.who,
        "why": f"Live as {which} when it was imported"[:500],
        "until": (date.fromisoformat(wanted.today) + timedelta(days=DAYS)).isoformat(),
    }
    return {overrides.path_of(name, number): dump_yaml(body, "override", "..")}


def _with_cases(
    registry: Registry, line: ImportedPrompt, cases: NewCases | None, wanted: ImportChoice, made: ImportPlan
) -> ImportedPrompt:
    """The rows and the suite, unless there are some already: those are never written over."""
    if cases is None:
        return line
    rows = len(cases.rows)
    for usual, data in case_files(cases).items():
        is_suite = usual.endswith(f"/{SUITE}")
        path = usual if is_suite else _dataset(registry, cases.name, usual)
        there = registry.tree.read(path)
        if there is None:
            made.files[path] = data
        elif wanted.more_rows and not is_suite:
            fit, said = fitting(there, path, cases.rows)
            if said:
                cure = f"a scorer reads an expectation by its name: see {suite_path(cases.name)}"
                made.notes.append(Note(line.source, 0, "expectations", "changed", said, cure))
            longer, rows = appended(there, path, fit)
            made.files |= {path: longer} if rows else {}
        elif there != data:
            what = "it already exists and was not touched"
            cure = "import it under another name, and move what you want: --name NAME"
            cure = cure if is_suite else "--data appends the rows that it lacks"
            made.notes.append(Note(line.source, 0, path, "left-out", what, cure))
    return replace(line, rows=rows, scorers=cases.labels)


def _dataset(registry: Registry, name: str, usual: str) -> str:
    """The dataset of a suite that is there may have another name; the suite need not be whole yet."""
    path = suite_path(name)
    try:
        found = read_yaml(registry.tree.read(path) or b"", path).data
    except Broken:
        return usual
    called = found.get("dataset") if isinstance(found, dict) else None
    is_file = isinstance(called, str) and re.fullmatch(r"[\w-][\w.-]*\.jsonl", called, re.A)
    return f"{EVALS}/{name}/{called}" if is_file else usual


def _without_refused(
    registry: Registry, taken: Sequence[tuple[str, Imported]], made: ImportPlan
) -> list[tuple[str, Imported]]:
    """The sources without what ``check`` refuses, each of which is said."""
    kept = []
    for source, imported in taken:
        left = imported
        # Again after each time: what was left out may have been what another one needs.
        while problems := _refused(registry, left):
            known = {found.name for found in left.prompts} | {found.name for found in left.cases}
            told = [(item, name) for item in problems if (name := f"{item.file}/".split("/")[1]) in known]
            names = {name for _, name in told}
            if not names:  # a problem of the settings or of a scorer, which nothing can be left out for
                raise InvalidFiles(problems)
            for item, name in told:
                said = f"{item.message}; so all of {name} is left out"
                made.notes.append(Note(source, 0, item.file, "left-out", said, item.hint, whole=True))
            left = _without(left, names)
        kept.append((source, left))
    return kept


def _without(imported: Imported, names: set[str]) -> Imported:
    """The import without these prompts, and without cases of theirs or scored by them."""
    prompts = [prompt for prompt in imported.prompts if prompt.name not in names]
    cases = [item for item in imported.cases if item.name not in names and not item.judges & names]
    return replace(imported, prompts=prompts, cases=cases)


def _refused(registry: Registry, imported: Imported) -> list[Problem]:
    """What ``check`` says of the files as a registry of their own, under the settings of this one."""
    named = (*FILES, *listed(registry.tree))
    files = {path: data for path in named if (data := registry.tree.read(path)) is not None}
    files |= imported.files
    return [item for item in check.check(FixedTree(files)) if item.severity == "error"]

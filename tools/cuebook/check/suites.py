"""Rules for suites: their files, scorers, judges, and labels of those judges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from pydantic import ValidationError

from cuebook import scorers
from cuebook.check._found import TWO, Found, link_problem, read_document
from cuebook.check.cases import case_problems
from cuebook.core import refs
from cuebook.core.canonical import canonical
from cuebook.core.errors import CuebookError, InvalidFiles, Problem, did_you_mean, nearest
from cuebook.core.files import Broken, Tree
from cuebook.core.shape_errors import shape_problems
from cuebook.core.yaml_files import Document
from cuebook.gate.comparison import judge_of, scale_of
from cuebook.judging import ask, labels
from cuebook.judging.labels import Scale
from cuebook.registry import suite_files
from cuebook.registry.apps import app_of
from cuebook.registry.labels import is_labels, read_labels
from cuebook.registry.paths import EVALS, LABELS_FOLDER, PROMPTS
from cuebook.registry.settings import load_config
from cuebook.registry.suite_files import CASES, SCORERS
from cuebook.shapes._defaults import LEAST_KAPPA
from cuebook.shapes.run import Case
from cuebook.shapes.suite import JudgeRules, ScorerSpec, Suite
from cuebook.wording.weak_judges import ASK


def suite_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """What is wrong with suites, their scorers and their cases."""
    folders: dict[str, list[str]] = {}
    for path in tree.paths(EVALS):
        _, name, *rest = path.split("/")
        if tree.is_link(path):
            yield link_problem(path)
        elif rest:
            folders.setdefault(name, []).append("/".join(rest))
    for name, files in folders.items():
        if name == scorers.FOLDER:
            continue
        if problem := refs.name_problem(name):
            yield Problem(
                f"{EVALS}/{name}", 0, problem, f"rename it, for example to {refs.suggest_name(name)!r}"
            )
        if "suite.yml" in files:
            outline, problems = suite_files.outline_of(tree, name)
            if outline:
                suite = outline.suite
                found.suites[name], found.doubts[name] = suite, outline.doubts
                with suppress(Broken):  # said already; its cases are looked at all the same
                    yield from _suite(tree, found, suite)
                yield from case_problems(tree, found, suite)
            found.named.add(_meant(found, outline.suite.prompt if outline else None, name))
            yield from problems
        elif meant := next((file for file in files if file.lower() in _NO_SUITE), ""):
            found.named.add(_meant(found, None, name))
            what = f"{meant!r} is not read: a suite's file is called suite.yml"
            yield Problem(
                f"{EVALS}/{name}/{meant}", 0, what, f"git mv it to {EVALS}/{name}/suite.yml", since=TWO
            )
        yield from read_labels(tree, name)[1]
        yield from _unused(found, name, files)


_NO_SUITE = ("suite.yaml", "suite.yml", "suites.yml", "suite.json")
"""What is taken for a suite's file, in small letters."""


def _meant(found: Found, prompt: str | None, folder: str) -> str:
    """The prompt that a suite is for, also where its name is wrong, which is said already."""
    if not prompt or prompt in found.versions:
        return prompt or folder
    return nearest(prompt, list(found.versions)) or folder


def _unused(found: Found, name: str, files: list[str]) -> Iterator[Problem]:
    suite = found.suites.get(name)
    for file in files:
        if is_labels(f"{EVALS}/{name}/{file}"):
            if name not in found.versions:
                cure = did_you_mean(name, list(found.versions)) or "add the judge, or delete the labels"
                what = f"no prompt is called {name!r}, so nobody reads these labels"
                yield Problem(f"{EVALS}/{name}/{file}", 0, what, cure, "warning")
            continue
        if file.startswith(f"{LABELS_FOLDER}/"):
            what = "labels of a person are read from NAME.jsonl here"
            cure = "rename it, or move it elsewhere"
            yield Problem(f"{EVALS}/{name}/{file}", 0, what, cure, "warning")
            continue
        if file.endswith(".jsonl") and (suite is None or suite.dataset != file):
            is_broken = suite is None and any(other.lower() in _NO_SUITE for other in files)
            is_missing = suite is not None and suite.dataset not in files  # it may be this one
            if is_broken or is_missing or found.doubts_of(name).touch("dataset"):
                continue  # which is said already
            cure = f"name it in evals/{name}/suite.yml, or delete it"
            yield Problem(f"{EVALS}/{name}/{file}", 0, "no suite uses this dataset", cure, "warning")


def _suite(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    document, doubts = read_document(tree, f"{suite.path}/suite.yml"), found.doubts_of(suite.name)
    if suite.prompt not in found.versions and not doubts.touch("prompt"):
        cure = did_you_mean(suite.prompt, list(found.versions))
        yield Problem(document.path, document.line(["prompt"]), f"no prompt is called {suite.prompt!r}", cure)
    yield from _target(tree, suite, document)
    aliases = found.aliases_of(suite.prompt)
    known = suite.prompt in found.versions and suite.prompt not in found.unread
    # A first version has nothing to be compared with: its floors decide, and a promotion sets the alias.
    is_first = known and not aliases and len(found.versions[suite.prompt]) == 1
    if known and not is_first and not doubts.cover("gate", "baseline") and suite.gate.baseline not in aliases:
        what = f"{suite.prompt!r} has no alias {suite.gate.baseline!r}: only floors can decide"
        to = "" if suite.gate.baseline == refs.PRODUCTION else f" --alias {suite.gate.baseline}"
        latest = f"{suite.prompt}/{max(found.versions[suite.prompt])}"
        cure = f"once a version has passed: cuebook promote {latest}{to}"
        if near := nearest(suite.gate.baseline, list(aliases)):
            cure = f"did you mean {near!r}?"
        yield Problem(document.path, document.line(["gate"]), what, cure, "warning")
    tag = suite.gate.protected
    if tag and not doubts.touch(CASES) and not any(tag in case.tags for case in suite.cases):
        tags = sorted({tag for case in suite.cases for tag in case.tags})
        cure = did_you_mean(tag, tags) or "give cases the tag, or remove 'protected'"
        place = document.line(["gate", "protected"])
        yield Problem(document.path, place, f"no case has the tag {tag!r}", cure)
    asked = {spec.label for spec in suite.scorers if judge_of(spec)}
    unsure = doubts.touch("gate", "metrics") or doubts.touch(SCORERS)
    if suite.gate.judges != JudgeRules() and not unsure and not asked & set(suite.gate.metrics):
        what = "the gate asks for agreement of judges, but none of its metrics is a judge's"
        cure = f"decide on one of them: {', '.join(sorted(asked))}" if asked else "remove 'judges'"
        yield Problem(document.path, document.line(["gate", "judges"]), what, cure, "warning")
    if not doubts.touch("gate", "judges"):
        yield from _undemanding(suite, document)
    for index, spec in enumerate(suite.scorers):
        yield from _scorer(tree, found, suite, spec, document.path, document.line(["scorers", index]))
    yield from _void_floors(suite, document)
    yield from _without_floor(suite, document)
    yield from _chosen_by_labels(tree, suite)


def _target(tree: Tree, suite: Suite, document: Document) -> Iterator[Problem]:
    """An app that the settings do not name; of settings that cannot be read that is all that is said."""
    with suppress(InvalidFiles):
        known = list(load_config(tree).targets)
        if suite.target and suite.target not in known:
            near = did_you_mean(suite.target, known) if known else ""
            cure = near or f"add [targets.{suite.target}] to the settings, with its command"
            what = f"no target is called {suite.target!r}"
            yield Problem(document.path, document.line(["target"]), what, cure)
        if (app := app_of(tree, suite.target)) and (left := app.left_out):
            what = f"the command of target {app.name!r} names {left}, which is not among its files"
            cure = "add it to Git and to 'files': in a pull request the app runs in a folder with these alone"
            yield Problem(document.path, document.line(["target"]), what, cure)


def _undemanding(suite: Suite, document: Document) -> Iterator[Problem]:
    """Judges that decide, however little they agree with people: only in suites of an earlier release."""
    least = suite.gate.judges.min_kappa
    if least is None:
        for spec in suite.scorers:
            if judge_of(spec) and spec.label in suite.gate.metrics:
                what = f"{spec.label} decides however little the judge agrees with people"
                cure = f"add '{ASK}' under 'gate'; a judge that agrees less then only advises"
                place = document.line(["gate", "metrics", spec.label])
                yield Problem(document.path, place, what, cure, since=TWO)
    elif least < LEAST_KAPPA:
        what = f"min_kappa {least:g} lets judges decide that may agree with people by little more than chance"
        place = document.line(["gate", "judges", "min_kappa"])
        yield Problem(document.path, place, what, f"ask for {LEAST_KAPPA:g} at least", "warning")


def _void_floors(suite: Suite, document: Document) -> Iterator[Problem]:
    """Floors that a first version passes from about zero on, as the margin is taken from them."""
    for label, rule in suite.gate.metrics.items():
        # A floor of 0 says by itself that any score will do, and a margin of 1 that any loss will.
        if rule.floor and rule.floor <= rule.margin < 1:
            rules = f"floor {rule.floor:g} with margin {rule.margin:g}"
            what = f"{label}: {rules} lets nearly any first version pass"
            cure = "the margin is taken from the floor: write a higher floor or a smaller margin"
            place = document.line(["gate", "metrics", label])
            yield Problem(document.path, place, what, cure, "warning", since=TWO)


def _without_floor(suite: Suite, document: Document) -> Iterator[Problem]:
    """Metrics that decide by comparison alone: two versions may be equally bad."""
    for label, rule in suite.gate.metrics.items():
        spec = next((item for item in suite.scorers if item.label == label), None)
        if spec is None or rule.floor is not None or not scorers.exists(spec.name):
            continue
        if not scorers.find(spec.name).paired:
            what = f"{label} decides and has no floor: a version as bad as the one before would pass"
            cure = "add a score that every version must reach by itself, such as floor: 0.5"
            yield Problem(document.path, document.line(["gate", "metrics", label]), what, cure, "warning")


def _chosen_by_labels(tree: Tree, suite: Suite) -> Iterator[Problem]:
    """Labels that measure a judge, where they also choose between its versions."""
    measuring = read_labels(tree, suite.prompt)[0].given
    choosing = {_task(case) for case in suite.cases}
    if shared := [item for item in measuring if _task(item.case) in choosing]:
        what = (
            f"{len(shared)} of {len(measuring)} labels are about tasks of {suite.path}/{suite.dataset}: "
            "a judge that is chosen on the labels that measure it looks better than it is"
        )
        first = shared[0]
        yield Problem(first.path, first.case.line, what, "keep the tasks of both files apart", "warning")


def _task(case: Case) -> str:
    """What the answer to grade was an answer to."""
    graded = {ask.ANSWER, ask.FIRST, ask.SECOND}
    return canonical({name: value for name, value in case.inputs.items() if name not in graded}).decode()


def _scorer(
    tree: Tree, found: Found, suite: Suite, spec: ScorerSpec, path: str, line: int
) -> Iterator[Problem]:
    if spec.name in found.own_scorers:
        found.opaque.add(suite.name)
        return
    try:
        if not scorers.exists(spec.name):
            raise scorers.unknown(spec.name, found.own_scorers, tree)
        member = scorers.find(spec.name)
    except CuebookError as error:
        found.opaque.add(suite.name)
        yield Problem(path, line, error.message, error.hint)
        return
    try:
        settings = member.parameters.model_validate(dict(spec.parameters))
    except ValidationError as error:
        found.opaque.add(suite.name)
        known = list(member.parameters.model_fields)
        for problem in shape_problems(error, path, lambda _: line, lambda _: known):
            yield problem._replace(message=f"scorer {spec.name}: {problem.message}")
        return
    for item in settings.outdated(suite):
        file = f"{suite.path}/{item.file}" if item.file else path
        at = item.line if item.file else item.line or line
        yield Problem(file, at, f"scorer {spec.name}: {item.what}", item.cure, since=TWO)
    found.reads.setdefault(suite.name, set()).update(settings.looks_for)
    if settings.reads is not None and not any(settings.reads in case.expected for case in suite.cases):
        keys = sorted(set().union(*(case.expected for case in suite.cases)))
        if found.doubts_of(suite.name).touch(CASES) and not nearest(settings.reads, keys):
            return  # a case that cannot be read may have it
        what = f"scorer {spec.name}: no case has the expectation {settings.reads!r}"
        yield Problem(path, line, what, did_you_mean(settings.reads, keys))
    if member.needs_model:
        yield from _judge(found, suite, spec, path, line)


def _judge(found: Found, suite: Suite, spec: ScorerSpec, path: str, line: int) -> Iterator[Problem]:
    ref = refs.parse_ref(str(spec.parameters["prompt"]))
    versions = found.versions.get(ref.name)
    if versions is None:
        yield Problem(
            path, line, f"no prompt is called {ref.name!r}", did_you_mean(ref.name, list(found.versions))
        )
    elif ref.version not in versions:
        if versions:  # a prompt without any is told where it is
            listed = ", ".join(map(str, sorted(versions)))
            what = f"judge {ref.name!r} has no version {ref.version}"
            yield Problem(path, line, what, f"its versions: {listed}")
    elif version := versions[ref.version]:
        sources = spec.parameters.get("with", {})
        paired = scorers.find(spec.name).paired
        are_all = not found.doubts_of(suite.name).touch(CASES)
        for what, cure in ask.problems(version, sources, suite.cases, paired=paired, are_all=are_all):
            yield Problem(path, line, what, cure)
        asked = found.versions.get(suite.prompt, {})
        newest = asked[max(asked)] if asked else None
        if newest and newest.calling and not paired and not version.inputs.keys() & set(ask.BESIDE):
            what = (
                f"{version.ref} sees only the text, and {newest.ref} may answer by calls: these get no score"
            )
            cure = "use {{tool_calls}} or {{transcript}} in a version of the judge"
            yield Problem(path, line, what, cure, "warning")
        elif any(case.turns for case in suite.cases) and not paired and ask.TRANSCRIPT not in version.inputs:
            what = f"{version.ref} sees only the last answer of a dialogue"
            yield Problem(path, line, what, "use {{transcript}} in a version of the judge", "warning")


def label_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """Labels that a judge cannot be measured against on the scale that a suite reads it with."""
    seen: set[tuple[str, Scale | None]] = set()
    for suite in found.suites.values():
        for spec in suite.scorers:
            name, _, number = judge_of(spec).partition("/")
            pinned = found.versions.get(name, {}).get(int(number) if number.isdecimal() else 0)
            if pinned is None:
                continue
            with suppress(CuebookError, ValidationError):  # wrong settings, which is said already
                scale = scale_of(spec)
                if (pinned.path, scale) in seen:
                    continue  # many suites pin the same judge
                seen.add((pinned.path, scale))
                yield from labels.problems(pinned, scale, read_labels(tree, name)[0].given)
                yield from _scale_words(tree, name, scale)


def _scale_words(tree: Tree, judge: str, scale: Scale | None) -> Iterator[Problem]:
    """Words for grades that a judge cannot give: whoever labels answers would look for them."""
    path = f"{PROMPTS}/{judge}/meta.yml"
    if tree.read(path) is None:
        return
    document = read_document(tree, path)
    said = document.data.get("scale_words") if isinstance(document.data, dict) else None
    for grade in said if isinstance(said, dict) else ():
        if not str(grade).lstrip("-").isdecimal():
            continue  # which is said already
        line = document.line(["scale_words", grade])
        if scale is None:
            what = f"{judge} compares answers and gives no grades, so there is none to say in words"
            yield Problem(path, line, what, "remove 'scale_words'")
            return
        if not scale[0] <= int(grade) <= scale[1]:
            what = f"scale_words: {grade} is off the scale {scale[0]:g} to {scale[1]:g}"
            yield Problem(path, line, what, "remove it, or give the grade that is meant")

"""Rules for suites: their files, scorers, judges, and labels of those judges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from pydantic import ValidationError

from cuebook import scorers
from cuebook.check._found import Found, read_document
from cuebook.check.cases import case_problems
from cuebook.core import refs
from cuebook.core.canonical import canonical
from cuebook.core.errors import CuebookError, InvalidFiles, Problem, did_you_mean, nearest
from cuebook.core.files import Broken, Tree
from cuebook.core.layout import SUITE, meta_path, suite_path
from cuebook.core.shape_errors import shape_problems
from cuebook.core.yaml_files import Document
from cuebook.gate.comparison import judge_of, scale_of
from cuebook.judging import ask, labels
from cuebook.judging.labels import Scale
from cuebook.registry import suite_files
from cuebook.registry.apps import app_of
from cuebook.registry.labels import is_labels, read_labels
from cuebook.registry.paths import EVALS, LABELS_FOLDER
from cuebook.registry.settings import load_config, readable_config
from cuebook.registry.suite_files import CASES, SCORERS
from cuebook.shapes._defaults import LEAST_KAPPA
from cuebook.shapes.run import Case
from cuebook.shapes.suite import JudgeRules, ScorerSpec, Suite
from cuebook.wording.datasets import also_on
from cuebook.wording.suite_files import SuiteCode, suite_problem
from cuebook.wording.tree_files import tree_problem


def suite_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """What is wrong with suites, their scorers and their cases."""
    folders: dict[str, list[str]] = {}
    for path in tree.paths(EVALS):
        _, name, *rest = path.split("/")
        if tree.is_link(path):
            yield tree_problem("link", path)
        elif rest:
            folders.setdefault(name, []).append("/".join(rest))
        elif name.lower() in _NO_SUITE or name.endswith(".jsonl"):
            yield suite_problem("beside_suites", path, file=name)
    for name, files in folders.items():
        if name == scorers.FOLDER:
            continue
        if problem := refs.name_problem(name):
            right = refs.suggest_name(name)
            yield suite_problem("bad_suite_name", f"{EVALS}/{name}", why=problem, right=right)
        if SUITE in files:
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
            right = suite_path(name)
            yield suite_problem("suite_misnamed", f"{EVALS}/{name}/{meant}", file=meant, right=right)
        yield from read_labels(tree, name)[1]
        yield from _unused(found, name, files)


_NO_SUITE = ("suite.yaml", SUITE, "suites.yml", "suite.json")
"""What is taken for a suite's file, in small letters."""


def _meant(found: Found, prompt: str | None, folder: str) -> str:
    """The prompt that a suite is for, also where its name is wrong, which is said already."""
    if not prompt or prompt in found.versions:
        return prompt or folder
    return nearest(prompt, list(found.versions)) or folder


def _unused(found: Found, name: str, files: list[str]) -> Iterator[Problem]:
    suite = found.suites.get(name)
    for file in files:
        path = f"{EVALS}/{name}/{file}"
        if is_labels(path):
            if name not in found.versions:
                near = did_you_mean(name, list(found.versions))
                yield suite_problem("labels_unread", path, name=name, near=near)
            elif (there := found.seen(name)) and not any(
                _JUDGED & version.inputs.keys() for version in there
            ):
                yield suite_problem("labels_of_no_judge", path, name=name)
        elif file.startswith(f"{LABELS_FOLDER}/"):
            yield suite_problem("labels_misnamed", path)
        elif file.endswith(".jsonl") and (suite is None or suite.dataset != file):
            is_broken = suite is None and any(other.lower() in _NO_SUITE for other in files)
            is_missing = suite is not None and suite.dataset not in files  # it may be this one
            # All of these are said already.
            if not (is_broken or is_missing or found.doubts_of(name).touch("dataset")):
                yield suite_problem("dataset_unused", path, suite=suite_path(name))


_JUDGED = {ask.ANSWER, ask.FIRST, ask.SECOND}
"""What a judge is asked about: one of these is among its variables."""


def _no_prompt(found: Found, name: str, path: str, line: int) -> Iterator[Problem]:
    # A folder that has to be renamed to it is told of already.
    if name not in {refs.suggest_name(one) for one in found.versions if refs.name_problem(one)}:
        near = did_you_mean(name, [one for one in found.versions if not refs.name_problem(one)])
        yield suite_problem("no_such_prompt", path, line, name=name, near=near)


def _suite(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    document, doubts = read_document(tree, suite_path(suite.name)), found.doubts_of(suite.name)
    if suite.prompt not in found.versions and not doubts.touch("prompt"):
        yield from _no_prompt(found, suite.prompt, document.path, document.line(["prompt"]))
    yield from _target(tree, suite, document)
    if not doubts.cover("gate", "baseline"):
        yield from _baseline(tree, found, suite, document)
    tag = suite.gate.protected
    if tag and not doubts.touch(CASES) and not any(tag in case.tags for case in suite.cases):
        near = did_you_mean(tag, sorted({tag for case in suite.cases for tag in case.tags}))
        place = document.line(["gate", "protected"])
        yield suite_problem("tag_unused", document.path, place, tag=tag, near=near)
    asked = {spec.label for spec in suite.scorers if judge_of(spec)}
    unsure = doubts.touch("gate", "metrics") or doubts.touch(SCORERS)
    if suite.gate.judges != JudgeRules() and not unsure and not asked & set(suite.gate.metrics):
        code: SuiteCode = "agreement_undecided" if asked else "agreement_of_none"
        place = document.line(["gate", "judges"])
        yield suite_problem(code, document.path, place, judges=", ".join(sorted(asked)))
    if not doubts.touch("gate", "judges"):
        yield from _undemanding(suite, document)
    for index, spec in enumerate(suite.scorers):
        yield from _scorer(tree, found, suite, spec, document.path, document.line(["scorers", index]))
    yield from _floors(suite, document)
    yield from _chosen_by_labels(tree, suite)


def _baseline(tree: Tree, found: Found, suite: Suite, document: Document) -> Iterator[Problem]:
    """An alias to compare with that the prompt does not have."""
    aliases, alias = found.aliases_of(suite.prompt), suite.gate.baseline
    if not found.versions.get(suite.prompt) or suite.prompt in found.unread or alias in aliases:
        return
    # Where there is none yet, a promotion sets one of those that are protected.
    known = list(aliases) or readable_config(tree).protected_aliases
    right = nearest(alias, known) if alias not in known else ""
    # A first version has nothing to be compared with: its floors decide, and a promotion sets the alias.
    if not aliases and len(found.versions[suite.prompt]) == 1 and not right:
        return
    about = {"prompt": suite.prompt, "alias": alias}
    code: SuiteCode = "baseline_misnamed" if right else "baseline_missing"
    option = "" if alias == refs.PRODUCTION else f" --alias {alias}"
    about |= {"number": str(max(found.versions[suite.prompt])), "option": option}
    lack = suite_problem(code, document.path, document.line(["gate"]), **about, right=right)
    yield lack._replace(key=f"{suite.prompt}@{alias}")


def _target(tree: Tree, suite: Suite, document: Document) -> Iterator[Problem]:
    """An app that the settings do not name; of settings that cannot be read that is all that is said."""
    line = document.line(["target"])
    with suppress(InvalidFiles):
        known = list(load_config(tree).targets)
        if suite.target and suite.target not in known:
            near = did_you_mean(suite.target, known)
            yield suite_problem("target_unknown", document.path, line, target=suite.target, near=near)
        if (app := app_of(tree, suite.target)) and (left := app.left_out):
            yield suite_problem("target_leaves_out", document.path, line, target=app.name, file=left)


def _undemanding(suite: Suite, document: Document) -> Iterator[Problem]:
    """Judges that decide, however little they agree with people: only in suites of an earlier release."""
    least = suite.gate.judges.min_kappa
    if least is None:
        for spec in suite.scorers:
            if judge_of(spec) and spec.label in suite.gate.metrics:
                place = document.line(["gate", "metrics", spec.label])
                yield suite_problem("judge_undemanding", document.path, place, label=spec.label)
    elif least < LEAST_KAPPA:
        place = document.line(["gate", "judges", "min_kappa"])
        yield suite_problem("kappa_low", document.path, place, least=least)


def _floors(suite: Suite, document: Document) -> Iterator[Problem]:
    """Metrics whose floor keeps nothing out, or that have none."""
    of = {spec.label: spec for spec in suite.scorers}
    for label, rule in suite.gate.metrics.items():
        place = document.line(["gate", "metrics", label])
        # A floor of 0 says by itself that any score will do, and a margin of 1 that any loss will. Otherwise
        # a first version passes from about zero on, as the margin is taken from the floor.
        if rule.floor and rule.floor <= rule.margin < 1:
            about = {"label": label, "floor": rule.floor, "margin": rule.margin}
            yield suite_problem("floor_void", document.path, place, **about)
        spec = of.get(label)
        if spec is None or rule.floor is not None or not scorers.exists(spec.name):
            continue
        # By comparison alone two versions may be equally bad; one that compares two answers has no floor.
        if not scorers.find(spec.name).paired:
            yield suite_problem("floor_missing", document.path, place, label=label)


def _chosen_by_labels(tree: Tree, suite: Suite) -> Iterator[Problem]:
    """Labels that measure a judge, where they also choose between its versions."""
    measuring = read_labels(tree, suite.prompt)[0].given
    choosing = {_task(case) for case in suite.cases}
    if shared := [item for item in measuring if _task(item.case) in choosing]:
        about = {"shared": len(shared), "labels": len(measuring), "dataset": f"{suite.path}/{suite.dataset}"}
        yield suite_problem("labels_choose", shared[0].path, shared[0].case.line, **about)


def _task(case: Case) -> str:
    """What the answer to grade was an answer to."""
    return canonical({name: value for name, value in case.inputs.items() if name not in _JUDGED}).decode()


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
        yield suite_problem("scorer_unknown", path, line, why=error.message, cure=error.hint)
        return
    try:
        settings = member.parameters.model_validate(dict(spec.parameters))
    except ValidationError as error:
        found.opaque.add(suite.name)
        refused = shape_problems(error, path, lambda _: line, member.keys_at)
        yield from (_refused(found, member, spec, item) for item in refused)
        return
    versions = found.readable(suite.prompt) if found.is_whole(suite) else []
    slips: dict[object, list[Problem]] = {}
    for item in settings.outdated(suite, versions):
        file = f"{suite.path}/{item.file}" if item.file else path
        at = item.line if item.file else item.line or line
        told = suite_problem("scorer_outdated", file, at, scorer=spec.name, why=item.what, cure=item.cure)
        slips.setdefault((file, item.alike) if item.alike else object(), []).append(told)
    for first, *others in slips.values():
        yield also_on(first, [other.line for other in others])
    found.reads.setdefault(suite.name, set()).update(settings.looks_for)
    if versions and spec.label in suite.gate.metrics and (lack := settings.unset(versions)):
        yield suite_problem("never_scored", path, line, label=spec.label, why=lack[0], cure=lack[1])
    if settings.reads is not None and not any(settings.reads in case.expected for case in suite.cases):
        keys = sorted(set().union(*(case.expected for case in suite.cases)))
        if found.doubts_of(suite.name).touch(CASES) and not nearest(settings.reads, keys):
            return  # a case that cannot be read may have it
        near = did_you_mean(settings.reads, keys)
        found.missed.setdefault(suite.name, set()).add(settings.reads)
        yield suite_problem(
            "expectation_missing", path, line, scorer=spec.name, key=settings.reads, near=near
        )
    if member.needs_model:
        yield from _judge(found, suite, spec, path, line)


def _refused(found: Found, member: scorers.Scorer, spec: ScorerSpec, problem: Problem) -> Problem:
    """What is wrong with a parameter of a scorer, of which it is said whose it is."""
    if problem.code == "missing_key":
        return _unset(found, member, spec.name, problem)
    why = f"scorer {spec.name}: {problem.message}"
    latest = _pinnable(found, spec) if problem.key == "prompt" and member.needs_model else ""
    if latest:
        return suite_problem("judge_not_pinned", problem.file, problem.line, why=why, latest=latest)
    return problem._replace(message=why)


def _pinnable(found: Found, spec: ScorerSpec) -> str:
    """The latest version of the judge that a scorer names without one; empty where there is none."""
    name, _, number = str(spec.parameters.get("prompt")).partition("/")
    name = name.partition("@")[0]
    meant = name if name in found.versions else nearest(name, list(found.versions))
    versions = found.versions.get(meant)
    return f"{meant}/{max(versions)}" if versions and not number.isdecimal() else ""


def _unset(found: Found, member: scorers.Scorer, name: str, lack: Problem) -> Problem:
    """A parameter that a scorer needs, with a value for it."""
    if member.needs_model:
        judges = _judges(found, paired=member.paired)
        code: SuiteCode = "judge_unnamed" if judges else "judge_of_none"
        kind = "preference" if member.paired else "correctness"
        about = {"scorer": name, "judge": next(iter(judges), ""), "kind": kind}
        return suite_problem(code, lack.file, lack.line, **about)
    field = next(item for item in member.parameters.model_fields.values() if item.alias == lack.key)
    about = {"scorer": name, "key": lack.key, "example": next(iter(field.examples or ()), "...")}
    return suite_problem("parameter_missing", lack.file, lack.line, **about)


def _judges(found: Found, *, paired: bool) -> list[str]:
    """The latest version of each prompt that can grade answers, or compare two of them."""
    asked = {ask.FIRST, ask.SECOND} if paired else {ask.ANSWER}
    latest = (versions[-1] for name in found.versions if (versions := found.seen(name)))
    return [version.ref for version in latest if asked <= version.inputs.keys()]


def _judge(found: Found, suite: Suite, spec: ScorerSpec, path: str, line: int) -> Iterator[Problem]:
    ref = refs.parse_ref(str(spec.parameters["prompt"]))
    versions = found.versions.get(ref.name)
    if versions is None:
        yield from _no_prompt(found, ref.name, path, line)
    elif ref.version not in versions:
        if versions:  # a prompt without any is told where it is
            found.opaque.add(suite.name)  # what it reads is not known
            about = {"judge": ref.name, "number": ref.version, "latest": f"{ref.name}/{max(versions)}"}
            yield suite_problem("judge_version_missing", path, line, **about)
    elif version := versions[ref.version]:
        sources = spec.parameters.get("with", {})
        paired = scorers.find(spec.name).paired
        are_all = not found.doubts_of(suite.name).touch(CASES)
        for code, facts in ask.problems(
            version, sources, suite.cases, paired=paired, are_all=are_all, unfilled=_unfilled(found, suite)
        ):
            if (source := facts.get("source", "")).startswith(_EXPECTATIONS):
                found.missed.setdefault(suite.name, set()).add(source.removeprefix(_EXPECTATIONS))
            yield suite_problem(code, path, line, judge=version.ref, **facts)
        asked = found.versions.get(suite.prompt, {})
        newest = asked[max(asked)] if asked else None
        if newest and newest.calling and not paired and not version.inputs.keys() & set(ask.BESIDE):
            yield suite_problem("judge_sees_no_calls", path, line, judge=version.ref, version=newest.ref)
        elif any(case.turns for case in suite.cases) and not paired and ask.TRANSCRIPT not in version.inputs:
            yield suite_problem("judge_sees_last_answer", path, line, judge=version.ref)


_EXPECTATIONS = "expectations."


def _unfilled(found: Found, suite: Suite) -> set[str]:
    """Where cases have nothing that the versions themselves ask for, which is said of the versions."""
    asked = {
        name
        for version in found.in_use(suite.prompt)
        for name, spec in version.inputs.items()
        if "default" not in spec
    }
    return {f"inputs.{name}" for name in asked.difference(*(case.opening for case in suite.cases))}


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
    path = meta_path(judge)
    if tree.read(path) is None:
        return
    try:
        document = read_document(tree, path)
    except Broken:
        return  # which is said already
    said = document.data.get("scale_words") if isinstance(document.data, dict) else None
    for grade in said if isinstance(said, dict) else ():
        if not str(grade).lstrip("-").isdecimal():
            continue  # which is said already
        line = document.line(["scale_words", grade])
        if scale is None:
            yield suite_problem("words_without_grades", path, line, judge=judge)
            return
        if not scale[0] <= int(grade) <= scale[1]:
            about = {"grade": grade, "lowest": scale[0], "highest": scale[1]}
            yield suite_problem("words_off_scale", path, line, **about)

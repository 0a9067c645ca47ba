"""Choose the comparisons of a command: those that a change needs, or those on record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import ValidationError

from cuebook import scorers
from cuebook.check.use import NOT_GATED
from cuebook.cli._words import refuse_apart
from cuebook.core.errors import InvalidFiles, Problem, UsageError
from cuebook.core.layout import shown, suite_path
from cuebook.core.refs import parse_ref
from cuebook.core.shape_errors import shape_problems
from cuebook.gate.change_plan import plan_change
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import Plan, compare, on_record, plan_record, with_what_can_run
from cuebook.jobs.checking import problems_of
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Nothing
from cuebook.shapes.suite import Suite


def chosen(
    workspace: Workspace, refs: Sequence[str], before: Registry | None, suite: str | None = None
) -> Plan:
    """Return the plan for the refs given, for the change since ``before``, or for every version on record.

    A ref may be a version (``name/3``), an alias, or a bare name, which means its latest version.
    Raises RefError, UsageError, GitError, InvalidFiles.
    """
    if before is not None:
        # No change decides by a scorer that it brings.
        scorers.offer(before.tree)
        protected = workspace.config.protected_aliases
        past = LiveHistory(workspace, before)
        plan = plan_change(before, workspace.registry, protected, past.pasts(protected), past.last_refused)
    elif refs:
        plan = _for_refs(workspace, refs)
    else:
        plan = plan_record(workspace.registry, lives=workspace.lives)
    refuse_broken(workspace, plan, before, named=bool(refs))
    if suite is None:
        return plan
    kept = tuple(item for item in plan.comparisons if item.suite.name == suite)
    if not kept:
        # Raises where there is no such suite, with the nearest name.
        about = workspace.registry.suite(suite).prompt
        what = f"suite {suite!r} evaluates none of the versions asked for"
        raise UsageError(what, f"it is about {about!r}: name a version of that, or another suite")
    return Plan(kept, plan.nothing)


def against(workspace: Workspace, refs: Sequence[str], other: str, suite: str | None) -> Plan:
    """Return the plan that compares versions with an ``other`` one of their prompt, for reading only.

    The other is a ref, or a version's number or an alias of the same prompt. Raises as ``chosen``.
    """
    if not refs:
        raise UsageError("--against needs a version to compare", f"cuebook gate NAME/2 --against {other}")
    registry = workspace.registry
    found = []
    refuse_apart(registry, refs)
    for ref in refs:
        version = registry.resolve(parse_ref(ref, default_alias="latest"))
        baseline = registry.resolve(_of_same_prompt(other, version.prompt))
        if baseline.prompt != version.prompt:
            what = f"{version.ref} and {baseline.ref} are not versions of one prompt"
            raise UsageError(what, f"compare it with another version: --against {version.prompt}/1")
        if baseline.number == version.number:
            raise UsageError(f"{version.ref} would be compared with itself", "name two versions")
        found += [
            replace(compare(registry, item, version, baseline, "for reading"), reading_only=True)
            for item in registry.suites_of(version.prompt)
        ]
    return _read_only(workspace, found, refs, suite)


def side_by_side(workspace: Workspace, refs: Sequence[str], suite: str | None) -> Plan | None:
    """Return the plan that compares versions of one prompt with the first; None for any other refs.

    For reading only. Raises as ``chosen``.
    """
    # One version has production beside it, as the gate would compare it.
    if len(refs) < 2:
        return None
    registry = workspace.registry
    first, *others = [registry.resolve(parse_ref(ref, default_alias="latest")) for ref in refs]
    numbers = {version.number for version in others}
    # Refs of several prompts ask for several verdicts, and a version beside itself says nothing.
    if any(version.prompt != first.prompt for version in others) or first.number in numbers:
        return None
    found = [
        replace(compare(registry, item, version, first, "for reading"), reading_only=True)
        for item in registry.suites_of(first.prompt)
        for version in others
    ]
    return _read_only(workspace, found, refs, suite)


def _of_same_prompt(other: str, prompt: str) -> str:
    """A ref as people shorten it beside another one: ``3``, ``v3`` or an alias."""
    # A whole ref, or the bare name, which means the latest.
    if "/" in other or "@" in other or other == prompt:
        return other if "/" in other or "@" in other else f"{other}@latest"
    number = other.removeprefix("v")
    return f"{prompt}/{number}" if number.isdecimal() else f"{prompt}@{other}"


def _read_only(
    workspace: Workspace, found: Sequence[Comparison], refs: Sequence[str], suite: str | None
) -> Plan:
    kept = tuple(item for item in found if suite is None or item.suite.name == suite)
    if not kept:
        what = f"suite {suite!r} evaluates" if suite else "no suite evaluates"
        cure = (
            "leave --suite out"
            if suite
            else f"add {shown(suite_path(parse_ref(refs[0], default_alias='latest').name))}"
        )
        raise UsageError(f"{what} {'none of ' if suite else ''}{', '.join(refs)}", cure)
    plan = Plan(kept)
    refuse_broken(workspace, plan, named=True)
    return plan


def refuse_broken(
    workspace: Workspace, plan: Plan, before: Registry | None = None, *, named: bool = False
) -> None:
    """Stop before anything is spent when a file that the plan needs is wrong. Raises InvalidFiles.

    Versions that were ``named`` are looked at as drafts are, whether in use or not: they are to be asked.
    That a live version names another model than is asked stops nothing: a gated version is the way out.
    """
    asked = {item.candidate.path for item in plan.comparisons} if named else set()
    needed = {f"evals/{item.suite.name}/" for item in plan.comparisons}
    # A scorer that this change does not bring either is no new one: its name is written wrong.
    needed |= {f"evals/{item.suite}/" for item in plan.nothing if item.code == "new_scorer"}
    needed |= {f"prompts/{item.candidate.prompt}/" for item in plan.comparisons}
    problems = [
        problem
        for problem in problems_of(workspace, before, asked)
        if problem.severity == "error"
        and problem.code != NOT_GATED
        and problem.file.startswith(tuple(needed))
    ]
    problems += [problem for item in plan.comparisons for problem in _own_settings(item.suite)]
    if problems:
        raise InvalidFiles(list(dict.fromkeys(problems)))


def _own_settings(suite: Suite) -> Iterator[Problem]:
    """What is wrong of the settings of the repository's own scorers: a check of files does not run these."""
    for spec in suite.scorers:
        # Settings of Cuebook's own scorers are checked with the files.
        if scorers.exists(spec.name):
            continue
        member = scorers.find(spec.name)
        try:
            member.parameters.model_validate(dict(spec.parameters))
        except ValidationError as error:
            for problem in shape_problems(error, suite_path(suite.name), lambda _: 0, member.keys_at):
                yield problem._replace(message=f"scorer {spec.name}: {problem.message}")


def _for_refs(workspace: Workspace, refs: Sequence[str]) -> Plan:
    registry = workspace.registry
    comparisons = []
    nothing = []
    refuse_apart(registry, refs)
    for ref in refs:
        version = registry.resolve(parse_ref(ref, default_alias="latest"))
        suites = registry.suites_of(version.prompt)
        # Said and not raised: the other refs are evaluated all the same.
        if not suites:
            nothing.append(Nothing(code="no_suite", prompt=version.prompt))
        comparisons += [on_record(registry, item, version, workspace.lives) for item in suites]
    return with_what_can_run(Plan(tuple(comparisons), tuple(nothing)))

"""Which comparisons a command is about: those a change needs, or those on record."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.core.refs import parse_ref
from cuebook.gate.change_plan import plan_change
from cuebook.gate.plan import Plan, on_record, plan_record
from cuebook.jobs.checking import problems_of
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Nothing


def chosen(workspace: Workspace, refs: Sequence[str], base: str | None, suite: str | None) -> Plan:
    """The plan for the refs given, for the change since ``base``, or for every version on record.

    A ref may be a version (``name/3``), an alias, or a bare name, which means its latest version.
    Raises RefError, UsageError, GitError, InvalidFiles.
    """
    before = workspace.at(base) if base is not None else None
    if before is not None:
        protected = workspace.config.protected_aliases
        plan = plan_change(
            before, workspace.registry, protected, LiveHistory(workspace, before).pasts(protected)
        )
    elif refs:
        plan = _for_refs(workspace, refs)
    else:
        plan = plan_record(workspace.registry, lives=workspace.lives)
    refuse_broken(workspace, plan, before)
    if suite is None:
        return plan
    kept = tuple(item for item in plan.comparisons if item.suite.name == suite)
    if not kept:
        workspace.registry.suite(suite)
        raise UsageError(f"suite {suite!r} evaluates none of the versions asked for")
    return Plan(kept, plan.nothing)


def refuse_broken(workspace: Workspace, plan: Plan, before: Registry | None = None) -> None:
    """Stop before anything is spent when a file that the plan needs is wrong. Raises InvalidFiles."""
    needed = {f"evals/{item.suite.name}/" for item in plan.comparisons}
    needed |= {f"prompts/{item.candidate.prompt}/" for item in plan.comparisons}
    problems = [
        problem
        for problem in problems_of(workspace, before)
        if problem.severity == "error" and problem.file.startswith(tuple(needed))
    ]
    if problems:
        raise InvalidFiles(problems)


def _for_refs(workspace: Workspace, refs: Sequence[str]) -> Plan:
    registry = workspace.registry
    comparisons = []
    nothing = []
    for ref in refs:
        version = registry.resolve(parse_ref(ref, default_alias="latest"))
        suites = registry.suites_of(version.prompt)
        if not suites:
            nothing.append(Nothing(code="no_suite", prompt=version.prompt))
        comparisons += [on_record(registry, item, version, workspace.lives) for item in suites]
    return Plan(tuple(comparisons), tuple(nothing))

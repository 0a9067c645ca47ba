"""Workflow files read as data: what starts them, what each job may, and which code of others they run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cuebook.core.files import Broken, Tree
from cuebook.core.yaml_files import read_yaml

FOLDER = ".github/workflows"

ON_A_CHANGE = frozenset({"pull_request", "merge_group"})
"""Events whose runs read the workflow as the change has it, on the change's own ref."""

# What lies in the repository itself, ./..., is of the commit that runs.
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}|docker://\S+@sha256:[0-9a-f]{64}|\./\S+")
_SECRET = re.compile(r"\bsecrets\.([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Job:
    """A job: the name its check has on GitHub, and what it uses.

    ``permissions`` is None where the job names none; ``waits`` are the ids of jobs it needs.
    """

    id: str
    check: str
    environment: str = ""
    permissions: Mapping[str, str] | None = None
    waits: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file. ``triggers`` maps each event to its filters; ``permissions`` None: none named."""

    path: str
    triggers: Mapping[str, Any]
    permissions: Any
    jobs: tuple[Job, ...]

    @property
    def file(self) -> str:
        """The file's own name, such as ``gate.yml``."""
        return self.path.rpartition("/")[2]

    @property
    def last_jobs(self) -> tuple[Job, ...]:
        """The jobs that no other job waits for: their checks say how all of it ended."""
        waited = {name for job in self.jobs for name in job.waits}
        return tuple(job for job in self.jobs if job.id not in waited)

    @property
    def loose(self) -> list[str]:
        """What it runs of others without naming exact bytes."""
        return [use for job in self.jobs for use in job.uses if not _PINNED.fullmatch(use)]


def read_workflows(tree: Tree) -> tuple[list[Workflow], list[str]]:
    """Return every workflow of a tree, and the paths of those that cannot be read."""
    found, broken = [], []
    for path in tree.paths(FOLDER):
        # GitHub reads no workflow in a folder below this one.
        if not path.endswith((".yml", ".yaml")) or path.count("/") != 2:
            continue
        try:
            found.append(_workflow(path, read_yaml(tree.read(path) or b"", path).data))
        except (Broken, _Odd):
            broken.append(path)
    return found, broken


class _Odd(Exception):
    """The file is YAML, but not a workflow."""


def _workflow(path: str, data: Any) -> Workflow:
    jobs = _mapping(_mapping(data).get("jobs"))
    on = data.get("on")
    # GitHub takes one event, a list of events, or each event with its filters.
    if isinstance(on, str):
        triggers: dict[str, Any] = {on: None}
    elif isinstance(on, list):
        triggers = {name: None for name in on if isinstance(name, str)}
    else:
        triggers = _mapping(on)
    return Workflow(
        path,
        triggers,
        data.get("permissions"),
        tuple(_job(str(name), _mapping(job)) for name, job in jobs.items()),
    )


def _job(name: str, job: dict[str, Any]) -> Job:
    environment = job.get("environment") or ""
    waits = job.get("needs") or ()
    permissions = job.get("permissions")
    steps = job.get("steps")
    # A job may call a workflow as a step calls an action.
    parts = [job, *(steps if isinstance(steps, list) else ())]
    named = [item.get("uses") for item in parts if isinstance(item, dict)]
    uses = tuple(use for use in named if isinstance(use, str))
    return Job(
        name,
        str(job.get("name") or name),
        str(environment.get("name", "") if isinstance(environment, dict) else environment),
        permissions if isinstance(permissions, dict) else None,
        (waits,) if isinstance(waits, str) else tuple(map(str, waits)),
        uses,
        # Anywhere: in the environment, in a step, or handed on to a workflow that is called.
        frozenset(_SECRET.findall(repr(job))),
    )


def _mapping(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _Odd
    return data

"""What is wrong with a workflow file before it runs: rules of this project, each with the line of thought.

Every function returns sentences; an empty list is a clean file. Schema and contexts are for GitHub's parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from workflows.runner.documents import Document
from workflows.runner.expressions import expressions

TRUSTED = (
    "github.action_path",
    "github.api_url",
    "github.repository",
    "github.repository_id",
    "github.run_attempt",
    "github.run_id",
    "github.run_number",
    "github.server_url",
    "github.sha",
    "github.workspace",
    "job.status",
    "runner.*",
    "strategy.*",
)
"""Contexts whose text nobody outside can choose, so that they may stand in a script."""

_PINNED = re.compile(r"^[^@\s]+@[0-9a-f]{40}$")
_COMMENTED = re.compile(r"uses:\s*\S+@[0-9a-f]{40}\s+#\s*v\d+(\.\d+)*\s*$")


def untrusted_interpolation(document: Document | Mapping[str, Any]) -> list[str]:
    """Expressions in scripts (and in what picks a script's shell or folder) that may carry a stranger's text.

    Takes a workflow, or the data of an ``action.yml``. Text belongs into ``env``, where it stays text.
    """
    data = document.data if isinstance(document, Document) else document
    return [
        f"{place}: ${{{{ {path} }}}} is put into `{key}`; pass it through env"
        for place, step in _steps(data)
        for key in ("run", "shell", "working-directory", "script")
        for path in expressions().references(str({**(step.get("with") or {}), **step}.get(key, "")))
        if not any(fnmatchcase(path, trusted) for trusted in TRUSTED)
    ]


def assert_no_untrusted_interpolation(document: Document | Mapping[str, Any]) -> None:
    """Fail, naming every place, when a stranger's text can become code."""
    problems = untrusted_interpolation(document)
    assert not problems, "\n".join(problems)


def house_rules(document: Document) -> list[str]:
    """Breaches of the rules that every workflow of this project follows."""
    return [
        *_whole(document),
        *(sentence for name, job in document.jobs.items() for sentence in _job(name, job)),
        *(sentence for place, step in _steps(document.data) for sentence in _step(place, step)),
        *_pins(document.text),
        *untrusted_interpolation(document),
    ]


def _whole(document: Document) -> Iterator[str]:
    if document.data.get("permissions") != {}:
        yield "the workflow's own permissions are not {}"
    if "concurrency" not in document.data and "workflow_call" not in document.triggers:
        yield "there is no concurrency"
    if "pull_request_target" in document.triggers:
        yield "pull_request_target runs with secrets on a stranger's event"
    for name, settings in document.triggers.items():
        if name in {"pull_request", "merge_group"} and {"paths", "paths-ignore"} & set(settings):
            yield f"{name} has a path filter, which leaves a required check waiting for ever"


def _job(name: str, job: Mapping[str, Any]) -> Iterator[str]:
    if "permissions" not in job:
        yield f"job {name} does not say its permissions"
    if "uses" in job:
        if job.get("secrets") == "inherit":
            yield f"job {name} hands all secrets to the workflow it calls"
        return
    if "timeout-minutes" not in job:
        yield f"job {name} has no timeout-minutes"
    paths = {path for path in _references(job) if path.startswith("secrets.")} - {"secrets.GITHUB_TOKEN"}
    if paths and "environment" not in job:
        yield f"job {name} reads {sorted(paths)} outside an environment"


def _step(place: str, step: Mapping[str, Any]) -> Iterator[str]:
    if str(step.get("uses", "")).startswith("actions/checkout@"):
        given = step.get("with") or {}
        if str(given.get("persist-credentials", "")).lower() != "false":
            yield f"{place} leaves the token in .git/config"
        if "allow-unsafe-pr-checkout" in given:
            yield f"{place} checks out a stranger's code with our token"


def _pins(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"\s*(?:-\s+)?uses:\s*(\S+)", line)
        if not found or found[1].startswith("./"):
            continue
        if not _PINNED.match(found[1]):
            yield f"line {number}: {found[1]} is not pinned to a commit"
        elif not _COMMENTED.search(line):
            yield f"line {number}: the pin does not say its version in a comment"


def _steps(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    owners = {"action": data["runs"]} if "runs" in data else dict(data["jobs"])
    for name, owner in owners.items():
        for number, step in enumerate(owner.get("steps") or [], 1):
            yield f"job {name}, step {step.get('name', number)}", step


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from expressions().references(value)
    elif isinstance(value, Mapping):
        for inside in value.values():
            yield from _references(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _references(inside)

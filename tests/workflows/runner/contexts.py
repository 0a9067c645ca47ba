"""The contexts that expressions see, and the same facts as environment variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from zlib import crc32

from workflows.runner.model import Token, WorkflowRun

if TYPE_CHECKING:
    from pathlib import Path

    from workflows.runner.documents import Document
    from workflows.runner.events import Event
    from workflows.runner.machine import Machine

_AS_VARIABLES = (
    "actor",
    "actor_id",
    "api_url",
    "base_ref",
    "event_name",
    "graphql_url",
    "head_ref",
    "job",
    "ref",
    "ref_name",
    "ref_protected",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "retention_days",
    "run_attempt",
    "run_id",
    "run_number",
    "server_url",
    "sha",
    "triggering_actor",
    "workflow",
    "workflow_ref",
    "workflow_sha",
    "workspace",
)


def github_context(event: Event, run: WorkflowRun, document: Document) -> dict[str, Any]:
    """``github``, as far as it is known before a job starts."""
    github = event.github
    name = re.sub(r"^refs/(heads|pull|tags)/", "", event.ref)
    return {
        "actor": event.actor,
        "actor_id": str(crc32(event.actor.encode())),
        "api_url": github.api_url,
        "base_ref": event.base_ref,
        "event": event.payload,
        "event_name": event.name,
        "graphql_url": f"{github.url}/api/graphql",
        "head_ref": event.head_ref,
        "ref": event.ref,
        "ref_name": name,
        "ref_protected": name in github.protected_branches,
        "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
        "repository": github.full_name,
        "repository_id": str(crc32(github.full_name.encode())),
        "repository_owner": github.owner,
        "retention_days": "90",
        "run_attempt": "1",
        "run_id": str(run.id),
        "run_number": str(run.number),
        "server_url": github.url,
        "sha": event.sha,
        "triggering_actor": event.actor,
        "workflow": document.name,
        "workflow_ref": f"{github.full_name}/{document.path}@{event.ref}",
        "workflow_sha": event.sha,
    }


def job_context(
    shared: dict[str, Any], job: str, token: Token, machine: Machine, event_path: Path
) -> dict[str, Any]:
    """``github`` inside a job."""
    return shared | {
        "job": job,
        "token": token.value,
        "workspace": str(machine.workspace),
        "event_path": str(event_path),
        "action_path": "",
    }


def variables(context: dict[str, Any]) -> dict[str, str]:
    """GITHUB_* variables; the token is not among them."""
    found = {f"GITHUB_{name.upper()}": context[name] for name in _AS_VARIABLES}
    found |= {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": context["event_path"]}
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in found.items()}
    return {name: str(value) for name, value in texts.items()}


def runner_context(machine: Machine) -> dict[str, Any]:
    """``runner``."""
    return {
        "os": "Linux",
        "arch": "X64",
        "name": "loopback",
        "environment": "github-hosted",
        "temp": str(machine.temp),
        "tool_cache": str(machine.tools),
        "debug": "",
    }

"""One job, or one leg of a matrix, from its token to its outputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.runner import contexts, rights
from workflows.runner.expressions import Scope, as_text, expressions
from workflows.runner.machine import Machine
from workflows.runner.model import Token, WorkflowRun
from workflows.runner.problems import StepFailed
from workflows.runner.results import JobResult
from workflows.runner.steps import Frame, run_steps

if TYPE_CHECKING:
    from workflows.runner.documents import Document
    from workflows.runner.events import Event
    from workflows.runner.github import GitHub

OUTPUT_LIMIT = 1024 * 1024
"""Characters of a job's outputs together."""

_UNSETTABLE = ("GITHUB_", "RUNNER_")


@dataclass
class Given:
    """What a job gets from its run: contexts known beforehand, permissions, a folder for its machine."""

    event: Event
    run: WorkflowRun
    document: Document
    shared: dict[str, Any]
    permissions: Mapping[str, str]
    secrets: Mapping[str, str] | None
    folder: Path
    cancel_before: str = ""


@dataclass
class Job:
    """A job while it runs. ``given.secrets`` is set for a called workflow that got its secrets by name."""

    given: Given
    spec: Mapping[str, Any]
    result: JobResult
    environment: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)
    masks: set[str] = field(default_factory=set)
    after: list[Callable[[], None]] = field(default_factory=list)
    cancelled: bool = False
    failed: bool = False
    _steps: int = 0

    def __post_init__(self) -> None:
        github, event = self.github, self.event
        self.machine = Machine(self.given.folder, github.full_name.partition("/")[2])
        self.token: Token = github.new_token(
            self.given.permissions, self.run.id, self.result.name, event.actor
        )
        self.result.token = self.token
        place = rights.find_environment(github, self.result.environment)
        known = (
            rights.secrets_of(github, event, None) if self.given.secrets is None else dict(self.given.secrets)
        )
        own = place.secrets if place and not event.restricted else {}
        self.secrets = {**known, **own, "GITHUB_TOKEN": self.token.value}
        self.configuration = rights.variables_of(github, event, place)
        self.masks |= {value for value in self.secrets.values() if value}
        self._event_path = self.given.folder / "event.json"
        self._event_path.write_text(json.dumps(event.payload), encoding="utf-8")

    @property
    def github(self) -> GitHub:
        """The stand-in."""
        return self.given.event.github

    @property
    def event(self) -> Event:
        """What started the run."""
        return self.given.event

    @property
    def run(self) -> WorkflowRun:
        """The run."""
        return self.given.run

    @property
    def cancel_before(self) -> str:
        """The step at whose start somebody cancels the run."""
        return self.given.cancel_before

    def contexts(self) -> dict[str, Any]:
        """What every expression of the job's steps sees, but for ``inputs``, ``steps`` and ``env``."""
        shared = self.given.shared
        github = contexts.job_context(
            shared["github"], self.result.id, self.token, self.machine, self._event_path
        )
        status = "cancelled" if self.cancelled else "failure" if self.failed else "success"
        return {
            **shared,
            "github": github,
            "runner": contexts.runner_context(self.machine),
            "job": {"status": status},
            "secrets": self.secrets,
            "vars": self.configuration,
        }

    def variables(self) -> dict[str, str]:
        """GITHUB_* for a step's process."""
        return contexts.variables(self.contexts()["github"])

    def next_step(self) -> int:
        """The number of the next step."""
        self._steps += 1
        return self._steps

    def export(self, pairs: Mapping[str, str]) -> None:
        """Take over what a step wrote to GITHUB_ENV. Raises StepFailed for what the runner forbids."""
        if "NODE_OPTIONS" in pairs:
            raise StepFailed("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
        self.exported |= {name: text for name, text in pairs.items() if not name.startswith(_UNSETTABLE)}

    def masked(self, text: str) -> str:
        """Text with every secret hidden, whole or line by line."""
        hidden = {line for mask in self.masks for line in (mask, *mask.splitlines()) if line}
        for mask in sorted(hidden, key=len, reverse=True):
            text = text.replace(mask, "***")
        return text

    def execute(self) -> None:
        """Run the steps; result, outputs and environment URL are in ``result`` afterwards."""
        self._set_environment()
        frame = Frame(self.given.shared["inputs"], defaults=self._defaults())
        self.result.steps = run_steps(self, frame, self.spec["steps"])
        for action in reversed(self.after):
            action()
        scope = Scope(
            self.contexts() | {"inputs": dict(frame.inputs), "steps": frame.done, "env": self._env()}
        )
        self._set_outputs(scope)
        if isinstance(self.spec.get("environment"), Mapping):
            self.result.environment_url = expressions().text(self.spec["environment"].get("url", ""), scope)
        self.result.conclusion = "cancelled" if self.cancelled else "failure" if self.failed else "success"

    def _env(self) -> dict[str, str]:
        return {**self.environment, **self.exported}

    def _set_environment(self) -> None:
        for source in (self.given.document.data.get("env"), self.spec.get("env")):
            found = expressions().resolve(dict(source or {}), Scope({**self.contexts(), "env": {}}))
            self.environment |= {name: as_text(value) for name, value in found.items()}

    def _defaults(self) -> dict[str, Any]:
        whole = (self.given.document.data.get("defaults") or {}).get("run") or {}
        own = (self.spec.get("defaults") or {}).get("run") or {}
        return {**whole, **own}

    def _set_outputs(self, scope: Scope) -> None:
        for name, value in (self.spec.get("outputs") or {}).items():
            text = expressions().text(value, scope)
            if text != self.masked(text):
                self.result.error += f"Skip output '{name}' since it may contain secret.\n"
                continue
            self.result.outputs[name] = text
        if sum(map(len, self.result.outputs.values())) > OUTPUT_LIMIT:
            raise ValueError(f"the outputs of job {self.result.name} are over {OUTPUT_LIMIT} characters")

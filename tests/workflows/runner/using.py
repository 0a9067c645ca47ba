"""The table of stand-ins for published actions.

A module in ``actions/`` fills :data:`ACTIONS` for its action; the folder is scanned. An action that no module
stands in for, and an input that an action does not have, stop the test.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from workflows.runner.problems import InvalidWorkflow, StepFailed, Unsupported
from workflows.runner.results import StepResult

if TYPE_CHECKING:
    from workflows.runner.jobs import Job


@dataclass
class Use:
    """One use of an action: its job, its inputs with defaults filled in, and where its outputs go."""

    job: Job
    inputs: Mapping[str, str]
    result: StepResult
    after: list[Callable[[], None]] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.inputs[name]

    def flag(self, name: str) -> bool:
        """An input that is true or false."""
        return self.inputs[name].lower() == "true"

    def lines(self, name: str) -> list[str]:
        """An input of several lines."""
        return [line.strip() for line in self.inputs[name].splitlines() if line.strip()]

    def log(self, text: str) -> None:
        """Print a line."""
        self.result.log += text + "\n"

    def need(self, scope: str, level: str) -> None:
        """Fail the step unless the job's token has a permission."""
        if not self.job.token.may(scope, level):
            raise StepFailed(f"Resource not accessible by integration: it needs {scope}: {level}")


@dataclass(frozen=True)
class Action:
    """A stand-in: the inputs it knows with their defaults, and what it does."""

    inputs: Mapping[str, str]
    run: Callable[[Use], None]


ACTIONS: dict[str, Action] = {}


@cache
def actions() -> Mapping[str, Action]:
    """Stand-ins by the name that ``uses`` gives, without version."""
    for path in sorted((Path(__file__).parent / "actions").glob("[a-z]*.py")):
        importlib.import_module(f"workflows.runner.actions.{path.stem}")
    return ACTIONS


def run(job: Job, name: str, given: Mapping[str, str], result: StepResult) -> None:
    """Run an action's stand-in; what it wants done when the job ends is kept."""
    action = actions().get(name)
    if action is None:
        raise Unsupported(f"no stand-in for the action {name}")
    if unknown := set(given) - set(action.inputs):
        raise InvalidWorkflow(f"{name} has no inputs {sorted(unknown)}")
    use = Use(job, {**action.inputs, **given}, result)
    action.run(use)
    job.after += use.after

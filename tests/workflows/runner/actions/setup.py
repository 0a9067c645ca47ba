"""actions/setup-python and actions/setup-node: commands in the tool cache, in front of PATH."""

from __future__ import annotations

from workflows.runner import warm
from workflows.runner.commands_on_path import make_python
from workflows.runner.problems import StepFailed
from workflows.runner.using import ACTIONS, Action, Use


def setup_python(use: Use) -> None:
    """A Python without packages. Its version is that of the test run, whatever was asked for."""
    version = use["python-version"]
    if path := use["python-version-file"]:
        found = use.job.machine.workspace / path
        if not found.is_file():
            raise StepFailed(f"The specified python version file at: {found} doesn't exist.")
        version = version or path
    folder = use.job.machine.tools / "Python" / (version or "default").replace("/", "_") / "bin"
    make_python(folder, warm.place())
    use.job.machine.path.append(str(folder))
    use.result.outputs["python-version"] = version
    use.result.outputs["python-path"] = str(folder / "python")


ACTIONS["actions/setup-python"] = Action(
    {
        "python-version": "",
        "python-version-file": "",
        "check-latest": "false",
        "cache": "",
        "cache-dependency-path": "",
        "update-environment": "true",
        "token": "",
    },
    setup_python,
)
ACTIONS["actions/setup-node"] = Action(
    {"node-version": "", "node-version-file": "", "cache": "", "cache-dependency-path": ""}, lambda _: None
)

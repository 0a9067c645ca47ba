"""pypa/gh-action-pypi-publish by trusted publishing: a statement is kept for each file, nothing is sent."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from workflows.runner.model import Attestation
from workflows.runner.problems import StepFailed
from workflows.runner.using import ACTIONS, Action, Use

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"


def publish(use: Use) -> None:
    """Upload every file of a folder, with a statement of which run did."""
    use.need("id-token", "write")
    if not use.job.result.environment:
        raise StepFailed("the index was told to trust the environment of this workflow only")
    files = sorted(Path(use.job.machine.workspace / use["packages-dir"]).iterdir())
    if not files:
        raise StepFailed("there is no distribution to upload")
    if use.flag("attestations"):
        use.job.github.attestations += [
            Attestation(file.name, sha256(file.read_bytes()).hexdigest(), PUBLISH, {}, use.job.run.id)
            for file in files
        ]


ACTIONS["pypa/gh-action-pypi-publish"] = Action({"packages-dir": "dist", "attestations": "true"}, publish)

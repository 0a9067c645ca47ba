"""actions/attest and actions/attest-build-provenance: statements are kept, nothing is signed."""

from __future__ import annotations

import json
from hashlib import sha256

from workflows.runner.actions.artifacts import collect
from workflows.runner.model import Attestation
from workflows.runner.problems import StepFailed
from workflows.runner.using import ACTIONS, Action, Use

PROVENANCE = "https://slsa.dev/provenance/v1"
_SUBJECT = {
    "subject-path": "",
    "subject-digest": "",
    "subject-name": "",
    "subject-checksums": "",
    "push-to-registry": "false",
    "show-summary": "true",
    "github-token": "",
}
_PREDICATE = {"predicate-type": "", "predicate": "", "predicate-path": "", "sbom-path": ""}


def provenance(use: Use) -> None:
    """State which run built the subjects."""
    _state(use, PROVENANCE, {"run": use.job.run.id})


def attest(use: Use) -> None:
    """State what the predicate says about the subjects; provenance when there is none."""
    text = use["predicate"]
    if use["predicate-path"]:
        path = use.job.machine.workspace / use["predicate-path"]
        if not path.is_file():
            raise StepFailed(f"predicate-path does not exist: {use['predicate-path']}")
        text = path.read_text(encoding="utf-8")
    if not text:
        provenance(use)
        return
    if not use["predicate-type"]:
        raise StepFailed("predicate-type must be provided when predicate is")
    _state(use, use["predicate-type"], json.loads(text))


def _state(use: Use, kind: str, predicate: object) -> None:
    use.need("id-token", "write")
    use.need("attestations", "write")
    subjects = _subjects(use)
    if not subjects:
        raise StepFailed("Could not find subject at path")
    for name, digest in subjects.items():
        made = Attestation(name, digest, kind, predicate, use.job.run.id)
        use.job.github.attestations.append(made)
    use.result.outputs["attestation-id"] = str(use.job.github.next_id())


def _subjects(use: Use) -> dict[str, str]:
    workspace = use.job.machine.workspace
    if use["subject-digest"]:
        return {use["subject-name"]: use["subject-digest"].removeprefix("sha256:")}
    if use["subject-checksums"]:
        lines = (workspace / use["subject-checksums"]).read_text(encoding="utf-8").splitlines()
        return {name.lstrip("*"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    files = collect(workspace, use.lines("subject-path"), hidden=True)
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in files.values()}


ACTIONS["actions/attest"] = Action({**_SUBJECT, **_PREDICATE}, attest)
ACTIONS["actions/attest-build-provenance"] = Action(dict(_SUBJECT), provenance)

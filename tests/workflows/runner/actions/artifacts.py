"""actions/upload-artifact and download-artifact, with the real ones' rules about names and hidden files."""

from __future__ import annotations

import io
import os
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path

from workflows.runner.model import Artifact
from workflows.runner.problems import InvalidWorkflow, StepFailed
from workflows.runner.results import Annotation
from workflows.runner.using import ACTIONS, Action, Use

_BAD = set('":<>|*?\r\n\\/')


def upload(use: Use) -> None:
    """Zip the files that the paths name; what to do without any is ``if-no-files-found``."""
    if not use["path"]:
        raise StepFailed("Input required and not supplied: path")
    if set(use["name"]) & _BAD:
        raise StepFailed(f"The artifact name is not valid: {use['name']}")
    files = collect(use.job.machine.workspace, use.lines("path"), hidden=use.flag("include-hidden-files"))
    if not files:
        message = f"No files were found with the provided path: {use['path']}. No artifacts will be uploaded."
        if use["if-no-files-found"] == "error":
            raise StepFailed(message)
        if use["if-no-files-found"] == "warn":
            use.result.annotations.append(Annotation("warning", message))
        use.log(message)
        return
    made = store(use, use["name"], zipped(files), overwrite=use.flag("overwrite"))
    use.result.outputs["artifact-id"] = str(made.id)


def store(use: Use, name: str, data: bytes, *, overwrite: bool = False) -> Artifact:
    """Keep an artifact of the running run; a name is given once in a run."""
    github, run = use.job.github, use.job.run
    same = [item for item in github.artifacts.values() if (item.run_id, item.name) == (run.id, name)]
    if same and not overwrite:
        raise StepFailed("(409) Conflict: an artifact with this name already exists on the workflow run")
    for item in same:
        del github.artifacts[item.id]
    made = Artifact(github.next_id(), name, run.id, data, github.now())
    github.artifacts[made.id] = made
    use.log(f"Artifact {name} uploaded, {len(data)} bytes")
    return made


def collect(workspace: Path, patterns: list[str], *, hidden: bool) -> dict[str, Path]:
    """Files by their names in the zip: relative to the one folder named, or to what all have in common."""
    wanted: dict[Path, None] = {}
    for pattern in patterns:
        at = workspace / pattern.removeprefix("!").rstrip("/")
        found = sorted(workspace.glob(str(at.relative_to(workspace)))) if workspace in at.parents else [at]
        files = [file for path in found for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
        for file in files:
            if pattern.startswith("!"):
                wanted.pop(file, None)
            elif file.is_file() and (hidden or not _hidden(file, workspace)):
                wanted[file] = None
    if not wanted:
        return {}
    first = workspace / patterns[0].rstrip("/")
    root = (
        first
        if len(patterns) == 1 and first.is_dir()
        else Path(os.path.commonpath([p.parent for p in wanted]))
    )
    return {str(file.relative_to(root)): file for file in wanted}


def _hidden(file: Path, workspace: Path) -> bool:
    inside = file.relative_to(workspace) if workspace in file.parents else file
    return any(part.startswith(".") for part in inside.parts)


def zipped(files: dict[str, Path]) -> bytes:
    """A zip of files; a link is followed."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return data.getvalue()


def download(use: Use) -> None:
    """Unpack artifacts of this run, or of another one when a token and its id are given."""
    github, run_id = use.job.github, use.job.run.id
    if use["run-id"]:
        run_id = int(use["run-id"])
        if not use["github-token"]:
            raise InvalidWorkflow("download-artifact ignores run-id without github-token")
        token = github.tokens.get(use["github-token"])
        if token is None or not token.may("actions", "read"):
            raise StepFailed("Resource not accessible by integration: it needs actions: read")
    mine = [item for item in github.artifacts.values() if item.run_id == run_id and not item.expired]
    if use["name"]:
        mine = [item for item in mine if item.name == use["name"]]
        if not mine:
            raise StepFailed(f"Unable to download artifact(s): Artifact not found for name: {use['name']}")
    elif use["pattern"]:
        mine = [item for item in mine if fnmatchcase(item.name, use["pattern"])]
    folder = use.job.machine.workspace / use["path"]
    flat = bool(use["name"]) or use.flag("merge-multiple")
    for item in mine:
        with zipfile.ZipFile(io.BytesIO(item.data)) as archive:
            archive.extractall(folder if flat else folder / item.name)
        use.log(f"Artifact {item.name} downloaded")
    use.result.outputs["download-path"] = str(folder.resolve())


ACTIONS["actions/upload-artifact"] = Action(
    {
        "name": "artifact",
        "path": "",
        "if-no-files-found": "warn",
        "retention-days": "",
        "compression-level": "6",
        "overwrite": "false",
        "include-hidden-files": "false",
    },
    upload,
)
ACTIONS["actions/download-artifact"] = Action(
    {
        "name": "",
        "path": "",
        "pattern": "",
        "merge-multiple": "false",
        "github-token": "",
        "repository": "",
        "run-id": "",
    },
    download,
)

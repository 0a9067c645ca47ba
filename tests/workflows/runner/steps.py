"""Runs the steps of a job or of a composite action, one after the other."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.runner import commands, using
from workflows.runner.documents import read_action
from workflows.runner.expressions import Scope, as_text, expressions
from workflows.runner.problems import InvalidWorkflow, StepFailed, Unsupported
from workflows.runner.repository import clean_environment
from workflows.runner.results import Annotation, StepResult

if TYPE_CHECKING:
    from workflows.runner.jobs import Job

DEEPEST = 10
"""Composite actions inside each other, as on GitHub."""


@dataclass
class Frame:
    """Where steps run: the job itself, or a composite action with inputs and steps of its own."""

    inputs: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    action_path: str = ""
    depth: int = 0
    failed: bool = False
    done: dict[str, Any] = field(default_factory=dict)


def run_steps(job: Job, frame: Frame, steps: Sequence[Mapping[str, Any]]) -> list[StepResult]:
    """The results of all steps; ``frame.failed`` afterwards says whether one failed."""
    found = []
    for spec in steps:
        result = _new(spec)
        found.append(result)
        if job.cancel_before and job.cancel_before in {result.name, result.id}:
            job.cancelled = True
        try:
            _run(job, frame, spec, result)
        except (Unsupported, InvalidWorkflow) as problem:
            raise type(problem)(f"{job.result.name}, step {result.name}: {problem}") from problem
        if result.id:
            frame.done[result.id] = {
                "outputs": result.outputs,
                "outcome": result.outcome,
                "conclusion": result.conclusion,
            }
        frame.failed |= result.conclusion == "failure"
        job.failed |= frame.failed and not frame.depth
    return found


def _new(spec: Mapping[str, Any]) -> StepResult:
    uses = str(spec.get("uses", ""))
    script = str(spec.get("run", "")).strip()
    name = spec.get("name") or f"Run {uses or script.partition(chr(10))[0]}"
    return StepResult(str(name), str(spec.get("id", "")), uses)


def _run(job: Job, frame: Frame, spec: Mapping[str, Any], result: StepResult) -> None:
    scope = _scope(job, frame)
    own = expressions().resolve(dict(spec.get("env") or {}), scope)
    environment = {name: as_text(value) for name, value in own.items()}
    scope.contexts["env"] = scope.contexts["env"] | environment
    if not expressions().condition(spec.get("if", "success()"), scope):
        return
    if "${{" in result.name:
        result.name = expressions().text(result.name, scope)
    files = commands.new_files(job.machine.temp, job.next_step())
    try:
        if "uses" in spec:
            _use(job, frame, spec, scope, environment, result)
        else:
            _script(job, frame, spec, scope, environment, files, result)
        result.outcome = "success"
    except StepFailed as problem:
        result.outcome = "failure"
        result.log += f"Error: {problem}\n"
    _collect(job, files, result)
    forgiven = result.outcome == "failure" and _forgives(spec, scope)
    result.conclusion = "success" if forgiven else result.outcome


def _forgives(spec: Mapping[str, Any], scope: Scope) -> bool:
    return bool(expressions().resolve(spec.get("continue-on-error", False), scope))


def _scope(job: Job, frame: Frame) -> Scope:
    contexts = job.contexts() | {"inputs": dict(frame.inputs), "steps": frame.done}
    contexts["env"] = {**job.environment, **job.exported, **frame.environment}
    if frame.action_path:
        contexts["github"] = contexts["github"] | {"action_path": frame.action_path}
    return Scope(
        contexts,
        success=not frame.failed and not job.cancelled,
        failure=frame.failed and not job.cancelled,
        cancelled=job.cancelled,
        workspace=job.machine.workspace,
    )


def _script(
    job: Job,
    frame: Frame,
    spec: Mapping[str, Any],
    scope: Scope,
    environment: Mapping[str, str],
    files: Mapping[str, Path],
    result: StepResult,
) -> None:
    chosen = {**frame.defaults, **spec}
    if frame.depth and "shell" not in spec:
        raise InvalidWorkflow("a run step of a composite action needs a shell")
    script = expressions().text(spec["run"], scope)
    folder = job.machine.workspace / expressions().text(chosen.get("working-directory", ""), scope)
    variables = {
        **job.machine.environment(),
        **job.environment,
        **job.exported,
        **frame.environment,
        **environment,
        **job.variables(),
        **{commands.FILES[kind]: str(path) for kind, path in files.items()},
    }
    if frame.action_path:
        variables["GITHUB_ACTION_PATH"] = frame.action_path
    variables["PATH"] = job.machine.environment()["PATH"]
    result.environment = variables
    code, log = job.machine.run(script, str(chosen.get("shell", "")), folder, variables)
    spoken = commands.listen(log)
    job.masks |= set(spoken.masks)
    result.log += log
    result.annotations += spoken.annotations
    if code:
        raise StepFailed(f"Process completed with exit code {code}.")


def _collect(job: Job, files: Mapping[str, Path], result: StepResult) -> None:
    """Read what the step wrote for the runner, and hide secrets in what it printed."""
    try:
        result.outputs.update(commands.read_pairs(files["output"], "output"))
        job.export(commands.read_pairs(files["env"], "env"))
    except StepFailed as problem:
        result.outcome = "failure"
        result.log += f"Error: {problem}\n"
    job.machine.path += files["path"].read_text().split("\n")[:-1]
    result.summary, problems = commands.read_summary(files["summary"])
    result.annotations += problems
    result.log = job.masked(result.log)
    result.summary = job.masked(result.summary)
    result.annotations = [
        Annotation(item.level, job.masked(item.message), item.file, item.line, job.masked(item.title))
        for item in result.annotations
    ]


def _use(
    job: Job,
    frame: Frame,
    spec: Mapping[str, Any],
    scope: Scope,
    environment: Mapping[str, str],
    result: StepResult,
) -> None:
    given = expressions().resolve(dict(spec.get("with") or {}), scope)
    texts = {name: as_text(value) for name, value in given.items()}
    name, _, version = result.uses.partition("@")
    if name.startswith("./"):
        _composite(job, frame, job.machine.workspace / name, texts, environment, result)
    elif name.startswith(job.github.full_name):
        inside = name.removeprefix(job.github.full_name).strip("/")
        _composite(job, frame, _fetched(job, version) / inside, texts, environment, result)
    else:
        using.run(job, name, texts, result)


def _fetched(job: Job, version: str) -> Path:
    """The repository's own action at a version, as GitHub downloads it."""
    sha = job.github.repository.resolve(version)
    if sha is None:
        raise StepFailed(f"Unable to resolve action {job.github.full_name}@{version}")
    folder = job.machine.root / "actions" / sha
    if not folder.exists():
        folder.mkdir(parents=True)
        archive = job.github.repository.git("archive", sha)
        subprocess.run(["tar", "-x"], cwd=folder, input=archive, env=clean_environment(), check=True)
    return folder


def _composite(
    job: Job,
    frame: Frame,
    folder: Path,
    given: Mapping[str, str],
    environment: Mapping[str, str],
    result: StepResult,
) -> None:
    path = next((folder / name for name in ("action.yml", "action.yaml") if (folder / name).is_file()), None)
    if path is None:
        raise StepFailed(f"Can't find 'action.yml' under '{folder}'. Did you forget to run actions/checkout?")
    if frame.depth >= DEEPEST:
        raise StepFailed("composite actions are nested too deeply")
    action = read_action(str(path), path.read_text(encoding="utf-8"))
    if action["runs"]["using"] != "composite":
        raise Unsupported(f"an action that runs with {action['runs']['using']}")
    outer = _scope(job, frame)
    inside = Frame(
        _inputs(action, given, outer),
        environment={**frame.environment, **environment},
        action_path=str(folder.resolve()),
        depth=frame.depth + 1,
    )
    result.steps = run_steps(job, inside, action["runs"]["steps"])
    result.log += "".join(step.log for step in result.steps)
    scope = _scope(job, inside)
    for name, output in (action.get("outputs") or {}).items():
        result.outputs[name] = expressions().text(output["value"], scope)
    if inside.failed:
        raise StepFailed(f"{action['name']} failed")


def _inputs(action: Mapping[str, Any], given: Mapping[str, str], scope: Scope) -> dict[str, str]:
    declared = action.get("inputs") or {}
    if unknown := set(given) - set(declared):
        raise InvalidWorkflow(f"{action['name']} has no inputs {sorted(unknown)}")
    found = {}
    for name, about in declared.items():
        found[name] = given.get(name, expressions().text((about or {}).get("default", ""), scope))
    return found

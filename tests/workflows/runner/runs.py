"""Runs a workflow file on an event, from the question whether it starts to the record of how it ended."""

from __future__ import annotations

from pathlib import Path

from workflows.runner import rights
from workflows.runner.contexts import github_context
from workflows.runner.documents import Document, read_workflow
from workflows.runner.events import Event, record
from workflows.runner.expressions import Scope, expressions
from workflows.runner.graph import Graph, Running, limits
from workflows.runner.inputs import of_dispatch
from workflows.runner.model import WorkflowRun
from workflows.runner.problems import Unsupported
from workflows.runner.results import Result

FOLDER = ".github/workflows/"


def begin(path: str, event: Event) -> WorkflowRun:
    """A run that has started and not ended, for what happens meanwhile; ``run_workflow`` takes it over."""
    document = find_workflow(path, event)
    return record(event, document.name, document.path)


def run_workflow(
    path: str, event: Event, folder: Path, *, cancel_before: str = "", run: WorkflowRun | None = None
) -> Result:
    """The result of a workflow file on an event; the file is the one at the event's commit, as on GitHub.

    ``folder`` is where its machines are built. ``cancel_before`` names the step or step id at whose start
    somebody cancels the run. Raises InvalidWorkflow for a file that GitHub would not start, Unsupported for
    what has no stand-in, FileNotFoundError when the commit has no such file.
    """
    document = find_workflow(path, event)
    result = Result(event.github, run or record(event, document.name, document.path))
    if not document.starts_on(event):
        del event.github.runs[result.run.id]
        return result
    inputs = {}
    if event.name == "workflow_dispatch":
        inputs, event.payload["inputs"] = of_dispatch(document, event.payload["inputs"])
    folder.mkdir(parents=True, exist_ok=True)
    running = Running(event, result, folder, cancel_before)
    shared = github_context(event, result.run, document)
    if concurrency := document.data.get("concurrency"):
        scope = Scope({"github": shared, "inputs": inputs, "vars": dict(event.github.variables)})
        result.concurrency = limits(expressions().resolve(concurrency, scope))
    graph = Graph(running, document, inputs)

    def resume(environment: str, by: str) -> None:
        if environment not in result.waiting:
            raise ValueError(f"this run does not wait for {environment}")
        rights.check_approval(event.github.environments[environment], event, by)
        running.approved.add(environment)
        result.waiting.remove(environment)
        result.jobs[:] = [job for job in result.jobs if job.conclusion != "waiting"]
        _go(graph, result)

    result.resume = resume
    _go(graph, result)
    return result


def find_workflow(path: str, event: Event) -> Document:
    """The workflow file at the event's commit."""
    full = path if "/" in path else FOLDER + path
    data = event.github.repository.read(event.sha, full)
    if data is None:
        raise FileNotFoundError(f"{full} is not in commit {event.sha}")
    return read_workflow(full, data.decode("utf-8"))


def _go(graph: Graph, result: Result) -> None:
    github = result.github
    unknown = len(github.unknown)
    done = graph.proceed()
    result.conclusion = graph.conclusion if done else "waiting"
    if len(github.unknown) > unknown:
        raise Unsupported(f"requests without a stand-in: {github.unknown[unknown:]}\n{result.explain()}")
    if done:
        result.run.status, result.run.conclusion = "completed", result.conclusion
        result.run.jobs = [
            {"id": 9000 + at, "name": job.name, "status": "completed", "conclusion": job.conclusion}
            for at, job in enumerate(result.jobs)
        ]

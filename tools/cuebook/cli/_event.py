"""Read what a workflow tells the command that it started, and write what the workflow reads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cuebook.cli._shared import say
from cuebook.core import git
from cuebook.core.canonical import read_json
from cuebook.core.errors import CuebookError, GitError, UsageError
from cuebook.core.escape import shorten
from cuebook.core.files import write_atomic
from cuebook.github import policy
from cuebook.github.policy import base_of, head_of
from cuebook.github.run_report import FILE, MAX_LINE, MOST, AskedQuestion, Claim, Step, Stop, Wording
from cuebook.jobs.workspace import Workspace
from cuebook.shapes._base import encode
from cuebook.shapes.cause import Nothing
from cuebook.shapes.verdict import Verdict
from cuebook.wording.stopped import NotEvaluated


def name() -> str:
    """Return the event that started the workflow; empty outside GitHub."""
    return os.environ.get("GITHUB_EVENT_NAME", "")


def reads_log() -> bool:
    """Return whether GitHub reads the log, and shows workflow commands in it beside the files."""
    return bool(os.environ.get("GITHUB_ACTIONS"))


def warn(title: str, text: str) -> None:
    """Print a warning about no file in particular; as a workflow command where GitHub reads the log."""
    say(policy.warning(title, text) if reads_log() else f"{title}: {text}")


def ref() -> str:
    """Return the branch or tag that the run is for, such as ``refs/heads/main``; empty outside GitHub."""
    return os.environ.get("GITHUB_REF", "")


def default_branch() -> str:
    """Return the repository's default branch as the event says; empty outside GitHub."""
    repository = payload().get("repository")
    found = repository.get("default_branch") if isinstance(repository, dict) else None
    return found if isinstance(found, str) else ""


def payload() -> dict[str, Any]:
    """Return the event's payload; empty outside GitHub. Raises UsageError when it cannot be read."""
    path = os.environ.get("GITHUB_EVENT_PATH")
    if not name() or not path:
        return {}
    try:
        # Payloads nest repositories, forks and their owners deeper than files of ours do.
        data = read_json(Path(path).read_text(encoding="utf-8"), depth=100)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the event's payload cannot be read: {error}", "name the base: --base main"
        ) from None
    if not isinstance(data, dict):
        raise UsageError("the event's payload is not a JSON object", "name the base: --base main")
    return data


def base() -> str | None:
    """Return the revision that the event's change is compared with; None outside GitHub."""
    return base_of(name(), payload()) if payload() else None


def run_id() -> str:
    """Return the number of this workflow's run, the same in all its jobs; empty outside GitHub."""
    return os.environ.get("GITHUB_RUN_ID", "")


def run_url() -> str:
    """Return the page of this workflow's run; empty outside GitHub."""
    server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    run = run_id()
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def summarise(data: bytes) -> None:
    """Add to the step's summary, where there is one."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        # Added: steps of one job write to one summary.
        with Path(path).open("ab") as file:
            file.write(data)


def output(**values: str) -> None:
    """Set outputs of the step, where there is a workflow; each value is one line."""
    if path := os.environ.get("GITHUB_OUTPUT"):
        with Path(path).open("a", encoding="utf-8") as file:
            # One line a value: a line of others could set an output of its own.
            file.writelines(f"{key}={' '.join(value.splitlines())}\n" for key, value in values.items())


def _stop(error: CuebookError) -> Stop:
    cause = error.why if isinstance(error, NotEvaluated) else None
    return Stop(message=shorten(error.message, MAX_LINE), hint=shorten(error.hint, MAX_LINE), cause=cause)


def leave_claim(
    workspace: Workspace,
    out: Path,
    step: Step,
    *,
    exit_code: int,
    problems: Sequence[str] = (),
    stop: CuebookError | None = None,
    lines: Sequence[str] = (),
    verdicts: Sequence[Verdict] = (),
    seconds: Sequence[Verdict] = (),
    words: Sequence[Wording] = (),
    nothing: Sequence[Nothing] = (),
    questions: Sequence[AskedQuestion] = (),
) -> None:
    """Write the claim of a step, which the run that reports on it reads; nothing where there is no commit."""
    # Among the problems as well: earlier releases told it there alone.
    said = [*problems, *([str(stop)] if stop else [])]
    told = _stop(stop) if stop else None
    try:
        # Of a pull request its own head: what is checked out is a merge that GitHub made.
        commit = head_of(name(), payload()) or git.commit_of(workspace.root, "HEAD")
    except GitError:
        return
    claim = Claim(
        step=step,
        repository=os.environ.get("GITHUB_REPOSITORY", ""),
        event=name(),
        head=commit,
        exit_code=exit_code,
        # Cut as the reader of claims asks for: it takes no longer one.
        problems=[shorten(text, MAX_LINE) for text in said[:MOST]],
        stop=told,
        lines=[shorten(text, MAX_LINE) for text in lines[:MOST]],
        nothing=list(nothing[:MOST]),
        verdicts=list(verdicts[:MOST]),
        seconds=list(seconds[:MOST]),
        words=list(words),
        questions=list(questions[:MOST]),
        prompts_dir=workspace.layout.prompts,
        evals_dir=workspace.layout.evals,
    )
    write_atomic(out / FILE, encode(claim))

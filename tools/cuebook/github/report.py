"""Tell a pull request what its workflows found: one sticky comment and one check run, by GitHub's API.

Everything is made from what GitHub says of the newest runs for a commit, then these are read once more:
whichever of two racing reports writes last has seen the other's run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cuebook.core.errors import GitHubError, InvalidFiles, Refused, UsageError
from cuebook.core.escape import shorten
from cuebook.core.layout import show
from cuebook.github import run_report
from cuebook.github.api import GitHub, segment
from cuebook.github.comment import (
    Announcement,
    EarlierComment,
    ReportedChange,
    RunState,
    RunStatus,
    announce,
    read_past,
)
from cuebook.github.run_report import STEPS, Expected
from cuebook.github.runs import (
    PLACES,
    OwnLine,
    WorkflowRun,
    changed,
    doubtful_base,
    fetch_artifact,
    guarded,
    guarded_files,
    newest_runs,
    step_of,
)
from cuebook.reports.markdown import MARKER

BOT = "github-actions[bot]"
"""The account that a workflow's token writes as. A comment of anybody else is not ours, however it begins."""

CHECK_RUN = "cuebook verdict"
EVENTS = ("pull_request", "merge_group")
_ROUNDS = 3
"""How often runs that end meanwhile are read; each later run makes a report of its own."""
_CLAIMABLE = {"success", "failure"}
"""Ends of a run that can have left a report; a step that stops a change ends in failure."""
# Other ends, such as a timeout, are ``silent``: whoever waits for a report has to hear that none comes.
_ENDS: dict[str, RunState] = {
    "skipped": "skipped",
    "neutral": "skipped",
    "stale": "skipped",
    "cancelled": "cancelled",
}


@dataclass
class Reporter:
    """Reports on one commit. ``event`` and ``head`` are those of the runs, as GitHub tells them.

    ``default`` is the default branch of the repository, ``line`` its line, None in a shallow clone.
    """

    github: GitHub
    event: str
    head: str
    head_repository: str
    head_branch: str
    default: str
    line: OwnLine | None
    places: Collection[str] = PLACES
    _claims: dict[tuple[int, int], RunStatus] = field(default_factory=dict)

    def report(self) -> tuple[Announcement, list[int], str]:
        """Report what the newest runs found; return it, the pull requests told, and why one was not.

        Raises GitHubError when runs cannot be read or the check run cannot be written; a comment that
        cannot be written is no error.
        """
        pulls, failed = self._pulls(), ""
        names, unseen = self._changed()
        numbers, doubt = [pull["number"] for pull in pulls], self._doubt() or unseen
        # The commit may be proposed for the default branch as well, and shows one check run of a name.
        is_elsewhere = bool(pulls) and all(pull["base"]["ref"] != self.default for pull in pulls)
        for _ in range(_ROUNDS):
            runs = self._runs()
            told = [self._told(run) for run in runs]
            for claim in (item.claim for item in told if item.claim):
                # No checkout of the change is here that could say how its files are called.
                show(claim.layout)
            touched = [name for number in numbers for name in guarded_files(self.github, number, self.places)]
            touched += guarded(names, self.places)
            subject = ReportedChange(
                self.head,
                number=numbers[0] if numbers else None,
                from_fork=self.head_repository != self.github.repository,
                guarded=tuple(dict.fromkeys(touched)),
                doubt=doubt,
            )
            said = announce(told, subject)
            try:
                for number in numbers:
                    stick(self.github, number, said)
            except GitHubError as error:
                failed = error.message
            if not is_elsewhere:
                show_check_run(self.github, said)
            if self._runs() == runs:
                break
        return said, numbers, failed

    def _pulls(self) -> list[dict[str, Any]]:
        """Open pull requests whose head is this commit. No number that a run could choose is believed."""
        if self.event != "pull_request":
            return []
        # GitHub filters by owner and branch; another repository of that owner may have one of this name.
        owner = self.head_repository.partition("/")[0]
        found = self.github.pages("pulls", state="open", head=f"{owner}:{self.head_branch}")
        return [
            pull
            for pull in found
            if pull["head"]["sha"] == self.head
            and (pull["head"]["repo"] or {}).get("full_name") == self.head_repository
        ]

    def _doubt(self) -> str:
        """Why these runs may not be those of our workflows, though no file of the change says so."""
        # Of a fork nothing is trusted anyway, and what is in the queue was let in.
        if self.event != "pull_request" or self.head_repository != self.github.repository:
            return ""
        return doubtful_base(self.github, self.head_branch, self.default)

    def _changed(self) -> tuple[list[str], str]:
        """The files that the commit changes, whatever GitHub lists of its pulls; or why none is known."""
        # Without the history that a workflow of an earlier release lacks, GitHub's list is what there is.
        if self.event != "pull_request" or self.line is None:
            return [], ""
        names, unseen = changed(self.github, self.line, self.head)
        return names, f"the commit {unseen}" if unseen else ""

    def _runs(self) -> list[WorkflowRun]:
        source = self.head_repository, self.head_branch
        newest = newest_runs(self.github, self.event, self.head, *source)
        return [newest[step] for step in STEPS if step in newest]

    def _told(self, run: WorkflowRun) -> RunStatus:
        if run.status == "waiting" or run.conclusion == "action_required":
            return RunStatus(run.step, "waiting", run.url)
        if run.status != "completed":
            return RunStatus(run.step, "running", run.url)
        if run.conclusion not in _CLAIMABLE:
            return RunStatus(run.step, _ENDS.get(run.conclusion, "silent"), run.url)
        # A report of a finished attempt never changes; what is read again each round is the list of runs.
        if (run.id, run.attempt) not in self._claims:
            self._claims[run.id, run.attempt] = self._claimed(run)
        return self._claims[run.id, run.attempt]

    def _claimed(self, run: WorkflowRun) -> RunStatus:
        expected = Expected(run.step, self.github.repository, self.event, self.head)
        try:
            data = fetch_artifact(self.github, run.id, run.step)
            if data is None:
                # A green run without a word is one whose jobs were all skipped.
                return RunStatus(run.step, "skipped" if run.conclusion == "success" else "silent", run.url)
            return RunStatus(run.step, "claimed", run.url, run_report.read(data, expected))
        except InvalidFiles as error:
            return RunStatus(run.step, "refused", run.url, why=error.problems[0].message)


def reporter_for(
    github: GitHub,
    payload: Mapping[str, Any],
    line: OwnLine | None = None,
    places: Collection[str] = PLACES,
) -> Reporter | None:
    """Return the reporter for a ``workflow_run`` event; None when its run is about no change.

    ``places`` are the folders that belong to Cuebook in this repository.

    Raises UsageError when the payload is not what GitHub sends for this repository.
    """
    try:
        run = payload["workflow_run"]
        if run["repository"]["full_name"] != github.repository:
            what = f"the run belongs to another repository than {github.repository}"
            raise UsageError(what, "run this step where the workflow ran that it reports on")
        source = (run["head_repository"] or {}).get("full_name", "")
        if run["event"] not in EVENTS or step_of(run) is None:
            return None
        default = payload["repository"]["default_branch"]
        about = run["event"], run["head_sha"], source, run["head_branch"] or ""
        return Reporter(github, *about, default, line, places)
    except (KeyError, TypeError, AttributeError):
        what = "the payload is not that of a workflow_run event"
        raise UsageError(what, "run this step in a workflow that begins with 'on: workflow_run'") from None


def stick(github: GitHub, number: int, said: Announcement) -> None:
    """Put the announcement into our one comment on a pull request, made when there is none.

    Two reports that both find none make two; the lowest id stays. Raises GitHubError.
    """
    mine = _mine(github, number)
    past = read_past(mine[0]["body"]) if mine else EarlierComment()
    body = said.body(past)
    if not mine:
        github.send("POST", f"issues/{number}/comments", {"body": body})
        mine = _mine(github, number)
        if not mine or mine[0]["body"] == body:
            _drop(github, mine[1:])
            return
        body = said.body(read_past(mine[0]["body"]))
    if mine[0]["body"] != body:
        github.send("PATCH", f"issues/comments/{mine[0]['id']}", {"body": body})
    _drop(github, mine[1:])


def _mine(github: GitHub, number: int) -> list[dict[str, Any]]:
    """Our comments, the lowest id first."""
    found = [
        item
        for item in github.pages(f"issues/{number}/comments")
        if (item["user"] or {}).get("login") == BOT and (item["body"] or "").startswith(MARKER)
    ]
    return sorted(found, key=lambda item: int(item["id"]))


def _drop(github: GitHub, comments: Sequence[Mapping[str, Any]]) -> None:
    for item in comments:
        try:
            github.send("DELETE", f"issues/comments/{item['id']}")
        except Refused as error:
            if error.status != 404:  # another report dropped it first
                raise


def show_check_run(github: GitHub, said: Announcement) -> None:
    """Show the announcement as a check run on its commit; one that is still open is brought to its end."""
    head = said.subject.head
    state = "completed" if said.conclusion else "in_progress"
    body: dict[str, Any] = {
        "name": CHECK_RUN,
        "status": state,
        "output": {"title": shorten(said.line, 200), "summary": said.text},
    }
    if said.conclusion:
        body["conclusion"] = said.conclusion
    found = github.pages(f"commits/{segment(head)}/check-runs", "check_runs", check_name=CHECK_RUN)
    mine = (item for item in found if item["name"] == CHECK_RUN)
    latest = sorted(mine, key=lambda item: int(item["id"]), reverse=True)
    unfinished = [item for item in latest if item["status"] != "completed"]
    for item in unfinished:
        github.send("PATCH", f"check-runs/{item['id']}", body)
    if unfinished:
        return
    # Where the newest one says the same, another check run would be noise.
    newest = latest[0] if latest else {}
    shown = newest.get("output") or {}
    same = newest.get("conclusion") == body.get("conclusion") and shown.get("summary") == said.text
    if not (latest and same):
        github.send("POST", "check-runs", {**body, "head_sha": head})

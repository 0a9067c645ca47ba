"""Every event that this project's workflows declare, made to happen, and what each job leaves behind.

A new event, activity or job without an entry here fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from conftest import QA
from cuebook.github.report import BOT, CHECK_RUN
from workflows.changes import BETTER, project, propose
from workflows.runner import events
from workflows.runner.documents import Document
from workflows.runner.events import Event
from workflows.runner.github import GitHub
from workflows.runner.repository import Content
from workflows.runner.results import Result
from workflows.runner.runs import begin

Run = Callable[..., Result]
Moment = Callable[[GitHub, Run], Event]
Left = Callable[[GitHub, Result], object]

TAG = "v1"
KEPT = "refs/heads/cuebook-data"
CALLER = "prompts.yml"
ALIASES = "prompts/qa/aliases.yml"
OWN = "acme/prompts"

_ACTIVITIES = {"pull_request": ("opened", "synchronize", "reopened"), "merge_group": ("checks_requested",)}
_CALL = """
name: prompts
on: [pull_request, merge_group]
permissions: {}
jobs:
  prompts:
    permissions: {contents: read}
    uses: ./.github/workflows/reusable.yml
"""
_LOCK = f"cuebook[all]==0.1.0 --hash=sha256:{'0' * 64}\n"
_UNREACHABLE: dict[str, Content] = {
    "prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("offline/rules", "local/gone"),
    "cuebook.toml": "timeout = 1.0\n[endpoints.local]\nbase_url = 'http://127.0.0.1:9/v1'\n",
}


def declared(document: Document) -> list[str]:
    """What a workflow says it starts on: an event, its activity, and the workflow that it follows."""
    found = []
    for event, settings in document.triggers.items():
        types = settings.get("types", _ACTIVITIES.get(event, ("",)))
        for activity in [types] if isinstance(types, str) else types:
            after = settings.get("workflows", [""]) if event == "workflow_run" else [""]
            found += [" ".join(word for word in (event, activity, name) if word) for name in after]
    return found


def repository() -> dict[str, Content]:
    """The small registry with this project's workflows, one that calls ours, and a lock file for that.

    Its gates are worth several machines.
    """
    files = project()
    files[f".github/workflows/{CALLER}"] = _CALL
    files[".github/cuebook-requirements.txt"] = _LOCK
    told = f"notify = {{repositories = ['{OWN}']}}\n"
    files["pyproject.toml"] = f"{files['pyproject.toml']}shard_calls = 60\n{told}"
    return files


def _pull(github: GitHub, _: Run, action: str = "opened") -> Event:
    return events.pull_request(github, propose(github, BETTER), action)


def _queue(github: GitHub, _: Run) -> Event:
    return events.merge_group(github, propose(github, BETTER))


def _after(github: GitHub, run: Run, name: str) -> Event:
    return events.workflow_run(github, run(f"{name}.yml", _pull(github, run)))


def _during(github: GitHub, run: Run, name: str) -> Event:
    return events.workflow_run(github, begin(f"{name}.yml", _pull(github, run)), "in_progress")


def _fork(github: GitHub, _: Run) -> Event:
    github.commit_to_fork(BETTER)
    pull = github.open_pull_request("idea", by="eve", fork=True)
    return events.workflow_dispatch(github, {"pull_request": str(pull.number), "sha": pull.head_sha})


def _rollback(github: GitHub, _: Run) -> Event:
    github.commit({**BETTER, ALIASES: "production: 3\n"})
    return events.workflow_dispatch(github, {"prompt": "qa", "version": "1", "alias": "production"})


def _merge(github: GitHub, run: Run) -> Event:
    pull = propose(github, {ALIASES: "production: 2\n"})
    run("gate.yml", events.pull_request(github, pull))
    github.merge(pull)
    token = github.new_token({"contents": "write"}, 0, "of-the-owner", "ada")
    github.environment("notify", secrets={"CUEBOOK_DISPATCH_TOKEN": token.value})
    return events.push(github)


def _push(github: GitHub, _: Run) -> Event:
    return events.push(github)


def _tag(github: GitHub, _: Run) -> Event:
    github.repository.commit(
        {"CHANGELOG.md": "1\n"}, f"refs/tags/{TAG}", "Release", "ada", parent="refs/heads/main"
    )
    return events.push(github, tag=TAG)


def _night(github: GitHub, _: Run) -> Event:
    github.commit(_UNREACHABLE)
    return events.schedule(github, "17 3 * * *")


def _button(github: GitHub, run: Run) -> Event:
    _night(github, run)
    return events.workflow_dispatch(github)


def _form(github: GitHub, _: Run, action: str) -> Event:
    given = {"Prompt": "qa", "Why": "Be brief", "Instructions": "Answer from the context in a word."}
    body = "".join(f"### {name}\n\n{text}\n\n" for name, text in given.items())
    return events.issues(github, github.open_issue("Propose", body, labels=("propose-prompt",)), action)


_CHANGES: dict[str, Moment] = {
    **{f"pull_request {action}": partial(_pull, action=action) for action in _ACTIVITIES["pull_request"]},
    "merge_group checks_requested": _queue,
}
MOMENTS: Mapping[str, Mapping[str, Moment]] = {
    "check.yml": _CHANGES,
    "gate.yml": _CHANGES,
    "report.yml": {
        **{f"workflow_run completed {name}": partial(_after, name=name) for name in ("check", "gate")},
        **{f"workflow_run in_progress {name}": partial(_during, name=name) for name in ("check", "gate")},
    },
    "gate-fork.yml": {"workflow_dispatch": _fork},
    "promote.yml": {"workflow_dispatch": _rollback},
    "publish.yml": {"push": _merge},
    "nightly.yml": {"schedule": _night, "workflow_dispatch": _button},
    "propose.yml": {f"issues {action}": partial(_form, action=action) for action in ("opened", "edited")},
    "reusable.yml": {"workflow_call": _pull},
    "release.yml": {"push": _tag},
    "adapters.yml": {"schedule": _night, "workflow_dispatch": _button},
}
"""How to bring about each event, by workflow file and by what :func:`declared` says of it."""


def _ends_well(_: GitHub, result: Result, job: str) -> None:
    assert result.job(job).conclusion == "success", result.explain()


def _told(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "report")
    assert [comment.by for comment in github.comments.values()] == [BOT]
    assert [check.name for check in github.check_runs.values()] == [CHECK_RUN]


def _is_status(github: GitHub, _: Result) -> None:
    assert [status.state for status in github.statuses] == ["success"]


def _is_kept(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "keep")
    assert github.repository.refs(KEPT)


def _is_proposed(github: GitHub, result: Result, job: str, files: list[tuple[str, str]]) -> None:
    _ends_well(github, result, job)
    (pull,) = github.pull_requests()
    assert github.repository.changed("main", f"refs/heads/{pull.head_branch}") == files


def _is_built(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "build")
    assert "qa/2 on qa: pass, taken over" in result.job("build").log


def _is_bought(_: GitHub, result: Result) -> None:
    legs = result.legs("shard")
    assert len(legs) > 1
    assert all("calls made" in leg.log for leg in legs), result.explain()


def _is_signed(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "attest")
    assert [item.name for item in github.attestations] == ["checksums.txt"]


def _is_tested(_: GitHub, result: Result) -> None:
    legs = result.legs("test")
    assert len(legs) == 4
    assert all("test v1 v1\n" in leg.log for leg in legs), result.explain()


def _is_released(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "publish")
    assert [item.name for item in github.attestations] == ["cuebook.tar.gz", "cuebook.whl"]


def _is_live(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "deploy")
    assert "index.html" in (github.pages or {})


def _is_told_elsewhere(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "notify")
    assert "told 1 repository of qa@production -> 2, 0 failed" in result.job("notify").log
    assert [item.action for item in github.triggered if item.event == "repository_dispatch"] == [
        "cuebook-alias-moved"
    ]


def _is_answered(github: GitHub, result: Result) -> None:
    _is_proposed(github, result, "propose", [("A", "prompts/qa/v3.prompt.yml")])
    assert [comment.by for comment in github.comments.values()] == [BOT]


def _is_raised(github: GitHub, result: Result) -> None:
    _ends_well(github, result, "tell")
    assert [issue.state for issue in github.issues.values()] == ["open"]


def _good(job: str) -> Left:
    return partial(_ends_well, job=job)


LEFT: Mapping[tuple[str, str], Left] = {
    ("check.yml", "registry"): _good("registry"),
    ("check.yml", "house"): _good("house"),
    ("gate.yml", "plan"): _good("plan"),
    ("gate.yml", "shard"): _is_bought,
    ("gate.yml", "gate"): _good("gate"),
    ("report.yml", "report"): _told,
    ("gate-fork.yml", "gate"): _good("gate"),
    ("gate-fork.yml", "status"): _is_status,
    ("gate-fork.yml", "keep"): _is_kept,
    ("promote.yml", "promote"): partial(_is_proposed, job="promote", files=[("M", ALIASES)]),
    ("publish.yml", "build"): _is_built,
    ("publish.yml", "keep"): _is_kept,
    ("publish.yml", "attest"): _is_signed,
    ("publish.yml", "deploy"): _is_live,
    ("publish.yml", "notify"): _is_told_elsewhere,
    ("nightly.yml", "look"): _good("look"),
    ("nightly.yml", "tell"): _is_raised,
    ("nightly.yml", "keep"): _is_kept,
    ("propose.yml", "propose"): _is_answered,
    ("release.yml", "build"): _good("build"),
    ("release.yml", "test"): _is_tested,
    ("release.yml", "publish"): _is_released,
    ("adapters.yml", "newest"): _good("newest"),
    ("reusable.yml", "check"): _good("check"),
    ("reusable.yml", "gate"): _good("gate"),
}
"""What must be true after a job did its work, by workflow file and job."""


def runs_in(file: str) -> str:
    """The file to run for an event of a workflow: a workflow that is called is run by its caller."""
    return CALLER if "workflow_call" in MOMENTS[file] else file


def quickest(file: str, job: str) -> Moment:
    """The event of a workflow that takes the least time to bring about and makes this job work."""
    if file == "publish.yml" and job not in {"build", "notify"}:
        return _push
    moments = MOMENTS[file]
    return next((moments[name] for name in moments if "in_progress" in name), next(iter(moments.values())))

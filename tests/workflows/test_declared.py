"""What the files declare is run, and needed: every event, every activity, every permission of every job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from workflows.moments import LEFT, MOMENTS, declared, quickest, repository, runs_in
from workflows.runner.documents import Document, load
from workflows.runner.github import GitHub
from workflows.runner.repository import Content

FOLDER = ".github/workflows/"
FILES = {
    path.name: Document(FOLDER + path.name, (text := path.read_text("utf-8")), load(text))
    for path in sorted((Path(__file__).parents[2] / FOLDER).glob("*.yml"))
}
STARTS = [(name, start) for name, document in FILES.items() for start in declared(document)]


class Right(NamedTuple):
    """A permission that a job of a file declares."""

    file: str
    job: str
    scope: str
    level: str

    @property
    def less(self) -> dict[str, str]:
        """What is left of it one level down."""
        return {self.scope: "read"} if self.level == "write" and self.scope != "id-token" else {}


def rights() -> Iterator[Right]:
    """All that the files declare."""
    for name, document in FILES.items():
        for job, spec in document.jobs.items():
            for scope, level in spec["permissions"].items():
                yield Right(name, job, scope, level)


def test_every_event_and_every_job_has_an_entry_and_none_is_left_over() -> None:
    assert {name: sorted(declared(document)) for name, document in FILES.items()} == {
        name: sorted(moments) for name, moments in MOMENTS.items()
    }
    assert {(name, job) for name, document in FILES.items() for job in document.jobs} == set(LEFT)
    assert len(STARTS) >= 19
    assert len(list(rights())) >= 29


@pytest.mark.parametrize(("file", "start"), STARTS, ids=lambda text: text.replace(" ", "-"))
def test_a_declared_event_runs_every_job_to_its_end(
    new_github: Any, run_workflow: Any, file: str, start: str
) -> None:
    github = new_github(repository())
    event = MOMENTS[file][start](github, run_workflow)
    if "workflow_call" not in start:
        name, _, activity = start.partition(" ")
        assert (event.name, event.action or "") == (name, activity.partition(" ")[0])
    result = run_workflow(runs_in(file), event)
    assert result.conclusion == "success", result.explain()
    assert {job.id for job in result.jobs} == set(FILES[file].jobs)
    for job in FILES[file].jobs:
        LEFT[file, job](github, result)


@pytest.mark.parametrize("right", [*rights()], ids=lambda right: "-".join(right[:3]))
def test_a_job_without_one_of_its_permissions_fails(new_github: Any, run_workflow: Any, right: Right) -> None:
    github: GitHub = new_github(repository() | weakened(right))
    result = run_workflow(runs_in(right.file), quickest(right.file, right.job)(github, run_workflow))
    with pytest.raises(AssertionError):
        LEFT[right.file, right.job](github, result)
    refused = {pair for leg in result.legs(right.job) for pair in leg.token.refused}
    assert (right.scope, right.level) in refused, result.explain()


def weakened(right: Right) -> dict[str, Content]:
    """The file with this permission one level down, and without the jobs that this one can do without."""
    data = load(FILES[right.file].text)
    jobs = data["jobs"]
    granted = jobs[right.job]["permissions"]
    del granted[right.scope]
    granted |= right.less
    data["jobs"] = {name: jobs[name] for name in _needed(jobs, right.job)}
    return {FOLDER + right.file: yaml.safe_dump(data, sort_keys=False)}


def _needed(jobs: Any, name: str) -> list[str]:
    needs = jobs[name].get("needs", [])
    first = [needs] if isinstance(needs, str) else needs
    return list(dict.fromkeys([*(each for need in first for each in _needed(jobs, need)), name]))

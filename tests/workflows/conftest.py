"""Fixtures for tests of workflows: a loopback GitHub with a repository, and the runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from workflows.changes import project
from workflows.runner import warm
from workflows.runner.expressions import expressions, missing
from workflows.runner.github import GitHub
from workflows.runner.repository import Content
from workflows.runner.results import Result
from workflows.runner.runs import run_workflow as run_on

NewGitHub = Callable[[Mapping[str, Content]], GitHub]
RunWorkflow = Callable[..., Result]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip every test in this folder, saying why, where GitHub's evaluator cannot run."""
    if reason := missing():
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=f"workflows are not tested: {reason}"))


@pytest.fixture(scope="session", autouse=True)
def _evaluator() -> Iterator[None]:
    """End the evaluator's process after the last test."""
    yield
    if expressions.cache_info().currsize:
        expressions().close()
        expressions.cache_clear()


@pytest.fixture(autouse=True)
def _pages(request: pytest.FixtureRequest) -> None:
    """Leave the pages out of each site, but for a test that is marked with ``pages``."""
    flag = warm.place().with_name(warm.WITHOUT_PAGES)
    if request.node.get_closest_marker("pages"):
        flag.unlink(missing_ok=True)
    else:
        flag.touch()


@pytest.fixture
def new_github(tmp_path: Path) -> Iterator[NewGitHub]:
    """Make a GitHub whose repository begins with these files."""
    numbers = count(1)
    with ExitStack() as stack:
        yield lambda files: stack.enter_context(GitHub(tmp_path / f"github{next(numbers)}", files))


@pytest.fixture
def github(new_github: NewGitHub) -> GitHub:
    """A GitHub with a small registry and this project's workflows."""
    return new_github(project())


@pytest.fixture
def run_workflow(tmp_path: Path) -> RunWorkflow:
    """``run_workflow(path, event, cancel_before="", run=None)``: a workflow file at the event's commit."""
    numbers = count(1)
    return lambda path, event, **options: run_on(path, event, tmp_path / f"run{next(numbers)}", **options)

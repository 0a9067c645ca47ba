from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from build import write
from cuebook.calls.target import App
from cuebook.core.errors import UsageError
from cuebook.core.images import image
from cuebook.jobs import targets
from cuebook.jobs.targets import ask, ask_all, named, ready, samples, version_for
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.run import Case, Failure, Version

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the app is a shell script")


@pytest.fixture
def workspace(registry: Path) -> Workspace:
    """The small registry with an app that says nothing."""
    settings = '[targets.desk]\ncommand = ["sh", "-c", "exit 0"]\n'
    write(registry, {"cuebook.toml": settings, "prompts/qa/aliases.yml": "production: 1\nstaging: 2\n"})
    return Workspace(registry)


@contextmanager
def desk(workspace: Workspace, version: Version) -> Iterator[App]:
    """The app with the registry of one version."""
    with ready(workspace, named(workspace, "desk"), version) as apps:
        yield apps[version.digest]


def test_every_alias_of_the_prompt_is_the_version_and_nothing_is_left_of_the_folder(
    workspace: Workspace,
) -> None:
    version = workspace.registry.version("qa", 1)
    with desk(workspace, version) as app:
        folder = Path(app.environment["CUEBOOK_REGISTRY"])
        aliases = sorted((folder / "api/v1/prompts/qa/aliases").iterdir())
        assert [path.stem for path in aliases] == ["latest", "production", "staging"]
        assert {json.loads(path.read_bytes())["version"] for path in aliases} == {1}
    assert not folder.exists()
    assert workspace.registry.aliases("qa") == {"production": 1, "staging": 2}


def test_the_live_version_is_taken_where_none_is_named(workspace: Workspace) -> None:
    suite = workspace.registry.suite("qa")
    assert version_for(workspace, suite, None).number == 1
    assert version_for(workspace, suite, "qa@latest").number == 2
    write(workspace.root, {"prompts/other/v1.prompt.yml": "message: x\nmodel: toy/answers\ntemplate: x\n"})
    with pytest.raises(UsageError, match="is about qa, not about other"):
        version_for(Workspace(workspace.root), suite, "other/1")


def test_a_version_that_a_case_does_not_fill_starts_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        workspace.root, {"prompts/qa/v3.prompt.yml": "message: x\nmodel: toy/answers\ntemplate: '{{tone}}'\n"}
    )
    found = Workspace(workspace.root)
    monkeypatch.setattr(targets, "run", None)
    version, (first, *_) = found.registry.version("qa", 3), found.registry.suite("qa").cases
    with desk(found, version) as app:
        asked = ask(app, version, first)
    assert isinstance(asked.said, Failure)
    assert (asked.ran, "'tone' is missing" in asked.said.message) == (None, True)


def test_an_app_gets_the_image_that_a_case_names(workspace: Workspace) -> None:
    look = (
        "message: x\nmodel: toy/answers\nmessages: [{role: user, content: [{type: image, image: photo}]}]\n"
    )
    write(workspace.root, {"prompts/qa/v3.prompt.yml": look})
    url = image(b"GIF89a")
    case = Case("a", {"photo": {"file": "a.gif"}}, files={"a.gif": "sha256:0"}, images={"photo": url})
    found = Workspace(workspace.root)
    version = found.registry.version("qa", 3)
    with desk(found, version) as app:
        line = json.loads(ask(app, version, case).line)
    assert line["case"]["inputs"] == {"photo": {"file": "a.gif"}}
    [part] = line["messages"][0]["content"]
    assert part == {"type": "image_url", "image_url": {"url": url}}


def test_an_interruption_ends_what_runs(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(targets, "stop_all", lambda: stopped.append(True))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(targets, "ask", interrupted)
    version, suite = workspace.registry.version("qa", 2), workspace.registry.suite("qa")
    with desk(workspace, version) as app, pytest.raises(KeyboardInterrupt):
        ask_all(app, version, suite)
    assert stopped == [True]


def test_the_samples_of_a_case_stand_together(workspace: Workspace) -> None:
    version, (first, *_) = workspace.registry.version("qa", 2), workspace.registry.suite("qa").cases
    with desk(workspace, version) as app:
        done = [ask(app, version, first, repeat) for repeat in (0, 1)]
    (found,) = samples(done).values()
    assert [item.repeat for item in found] == [0, 1]
    assert all(item.failure and item.failure.kind == "candidate" for item in found)

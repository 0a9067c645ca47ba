from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from cuebook.jobs import moved_judges
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.moved_judges import measure_moved, scale_for
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import AliasChange
from judged import GRADER, JUDGED, LABELS, TOSSED

MOVE = AliasChange("grader", "production", 2, 1)
ALIAS = "prompts/grader/aliases.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a second version of the judge, which no suite pins, and its alias at the first."""
    second = GRADER.replace("Say whether", "Second: say whether")
    files = {**JUDGED, "prompts/grader/v2.prompt.yml": second, ALIAS: "production: 1\n"}
    commit(write(tmp_path / "judged", files))
    return tmp_path / "judged"


@pytest.mark.parametrize(("labels", "code"), [(LABELS, 0), (TOSSED, 3)])
def test_a_judge_is_promoted_in_ci_on_what_its_labels_say(
    cli: Callable[..., Any], root: Path, monkeypatch: pytest.MonkeyPatch, labels: str, code: int
) -> None:
    monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)
    write(root, {"evals/grader/labels.jsonl": labels})
    commit(root)
    git(root, "switch", "-q", "-c", "change")
    write(root, {ALIAS: "production: 2\n"})
    commit(root)
    ended = cli(root, "ci", "gate", "--base", "main")
    assert (ended.code, "was not measured" in ended.out) == (code, False), ended.out + ended.err
    assert ("the agreement of grader/2 with people may be as low as" in ended.out) is bool(code)
    assert "alias changed" not in ended.out, "it did"
    if not code:
        published = cli(root, "ci", "publish", "--base", "main")
        assert "grader: production 1 -> 2: it agrees with its labels" in published.out, published.out


def test_what_is_measured_is_not_asked_again_and_what_fails_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(root)
    past = LiveHistory(workspace, workspace.tip("HEAD"))
    assert measure_moved(workspace, [MOVE], (), past) == []
    with monkeypatch.context() as patched:
        patched.setattr(moved_judges, "measure_all", lambda *_: pytest.fail("asked again"))
        assert measure_moved(workspace, [MOVE], (), past) == []
    write(
        root,
        {
            "prompts/grader/v3.prompt.yml": GRADER.replace("Say", "Third: say").replace(
                "offline/judge", "openai/gpt-4o"
            )
        },
    )
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (told,) = measure_moved(Workspace(root), [AliasChange("grader", "production", 3, 1)], (), past)
    assert (told.prompt, told.version, told.code, told.key) == ("grader", 3, "no_key", "OPENAI_API_KEY")


def test_the_scale_is_that_of_the_suite_else_of_the_schema(root: Path) -> None:
    registry = Workspace(root).registry
    assert [scale_for(registry, registry.version("grader", number)) for number in (1, 2)] == [(1, 5), (1, 5)]

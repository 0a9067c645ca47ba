from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cuebook.calls import target as processes
from cuebook.calls.app import AppCall, RunningApp
from cuebook.calls.target import App, request
from cuebook.core.environment import REGISTRY
from cuebook.core.errors import CaseFailed, Retryable
from cuebook.core.files import FixedTree
from cuebook.registry.apps import AppUnderTest
from cuebook.shapes.run import Case
from cuebook.shapes.settings_format import TargetApp

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the app is a shell script")

CASE = Case("c1", {"question": "Where?"})
CALL = AppCall("desk", (), case=CASE, arm="one", line=request(CASE, 0, {}, []), fingerprint="f")
ID = processes._id(CASE, 0)


def running(folder: Path, script: str) -> RunningApp:
    """An app whose arm called one is this script."""
    target = TargetApp(command=["sh", "-c", script], workers=2, timeout=60)
    arm = App.of("desk", target, folder, {REGISTRY: str(folder)})
    return RunningApp(AppUnderTest("desk", target, FixedTree({})), {"one": arm})


@pytest.mark.parametrize(
    "change",
    [
        {"model": "desk2"},
        {"fingerprint": "g"},
        {"arm": "two"},
        {"beside": "x"},
        {"repeat": 1},
        {"epoch": "baseline"},
        {"case": Case("c1", {"question": "When?"})},
        {"case": Case("c1", {"question": "Where?"}, files={"a.png": "sha256:1"})},
        {"case": Case("c1", {"question": "Where?"}, turns=({"user": "And?"},))},
        {"case": Case("c1", {"question": "Where?"}, tools={"look": [{"result": 1}]})},
    ],
)
def test_a_kept_answer_is_one_to_the_same_question(change: dict[str, object]) -> None:
    assert replace(CALL, **change).key != CALL.key  # type: ignore[arg-type]


def test_what_the_app_does_not_see_keeps_the_answer() -> None:
    other = Case("c1", {"question": "Where?"}, {"must_mention": ["here"]}, ("critical",), "talk", 9)
    assert replace(CALL, case=other).key == CALL.key


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [("exit 3", CaseFailed, "exit code 3 and no answer"), ("exit 75", Retryable, "try again")],
)
def test_a_failed_process_is_the_engines_kind_of_failure(
    tmp_path: Path, script: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as failed:
        asyncio.run(running(tmp_path, script).complete(CALL))
    assert getattr(failed.value, "code", "") == ("try_again" if error is Retryable else "no_output")


def test_an_answer_is_a_reply(tmp_path: Path) -> None:
    said = asyncio.run(
        running(tmp_path, f'echo \'{{"id": "{ID}", "output": "here", "model": "m"}}\'').complete(CALL)
    )
    assert (said.text, said.served_model) == ("here", "m")


def test_nothing_runs_after_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.1)
    app = running(tmp_path, "trap '' TERM; echo $$ >> started; while :; do sleep 1; done")

    async def ask() -> None:
        asked = [asyncio.create_task(app.complete(CALL)) for _ in range(5)]
        while not (tmp_path / "started").exists():
            await asyncio.sleep(0.01)
        app.end()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(ask())
    assert not processes._running
    assert len((tmp_path / "started").read_text().split()) <= 2

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest

from cuebook.calls import _keeper
from cuebook.calls.target import App, Keeper, run
from cuebook.shapes.settings_format import TargetApp

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes")

RUN = """
import sys
from pathlib import Path
from cuebook.calls.target import App, Keeper, run
from cuebook.shapes.settings_format import TargetApp

script = "exec 9> alive; echo $HOME > home; sleep 600 & setsid sleep 600 & echo x >&9; sleep 600"
with Keeper("made") as keeper:
    run(App.of("desk", TargetApp(command=["sh", "-c", script]), Path.cwd(), {}, keeper), b"")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what has left its session is found there alone")
def test_nothing_is_left_of_an_app_when_cuebook_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    (tmp_path / "made").mkdir()
    # It is opened without waiting, or an app that does not start would keep this test for ever.
    alive = os.fdopen(os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK), encoding="ascii")
    process = subprocess.Popen([sys.executable, "-c", RUN], cwd=tmp_path)
    with alive:  # every process of the app holds its other end
        while not select.select([alive], [], [], 0.1)[0]:
            assert process.poll() is None, "the app did not start"
        os.set_blocking(alive.fileno(), True)
        assert alive.readline() == "x\n"
        process.kill()
        process.wait()
        assert select.select([alive], [], [], 60)[0], "a process of the app goes on"
        assert alive.read() == "", "the end comes when the last of them has ended"


def test_what_was_left_of_a_run_is_deleted_and_what_was_not_is_kept(tmp_path: Path) -> None:
    for name in ("made", "left", "ended"):
        (tmp_path / name).mkdir()
    dead = subprocess.Popen(["true"], start_new_session=True)
    dead.wait()
    told = [f"+ {dead.pid} {tmp_path / 'left'}", f"+ 2 {tmp_path / 'ended'}", f"- 2 {tmp_path / 'ended'}"]
    _keeper.keep(told, str(tmp_path / "made"))
    assert [path.name for path in tmp_path.iterdir()] == ["ended"]


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else can tell")
def test_an_app_that_was_just_being_started_is_ended_by_its_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "HOME": str(home)}
    process = subprocess.Popen(["sleep", "600"], env=env, start_new_session=True)
    _keeper.keep([f"+ 0 {home}"], str(tmp_path / "made"))
    assert process.wait(30) == -9
    assert not home.exists()


class Told:
    """What a keeper is told, and what ran with that home at the time."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bool]] = []

    def tell(self, word: str, number: str, home: str) -> None:
        running = bool(_keeper.strays(home))
        self.lines.append((f"{word} {'0' if number == '0' else 'group'}", running))


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else can tell")
def test_the_keeper_is_told_before_an_app_starts() -> None:
    told = Told()
    app = App.of("desk", TargetApp(command=["sleep", "0.5"]), Path.cwd(), {}, cast("Keeper", told))
    run(app, b"")
    assert told.lines[0] == ("+ 0", False)
    assert [line for line, _ in told.lines] == ["+ 0", "+ group", "- group"]


def test_a_run_that_is_over_is_left_alone(tmp_path: Path) -> None:
    _keeper.keep([_keeper.OVER], str(tmp_path))
    assert tmp_path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else can tell")
def test_a_process_that_left_its_session_is_found_by_its_home(tmp_path: Path) -> None:
    home = {**os.environ, "HOME": str(tmp_path)}
    process = subprocess.Popen(["sleep", "600"], env=home, start_new_session=True)
    # What is just being started shows its environment a moment later; what never does ends the test.
    while process.poll() is None and not _keeper.strays(str(tmp_path)):
        time.sleep(0.01)
    _keeper.kill_strays(str(tmp_path))
    assert process.wait(30) == -9
    assert _keeper.strays(str(tmp_path)) == []

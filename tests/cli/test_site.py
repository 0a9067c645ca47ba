from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cuebook

Cli = Callable[..., Any]


def test_build_says_what_to_open(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "site", "build")
    assert ended.code == 0, ended.err
    assert (registry / "build/site/index.html").as_uri() in ended.out


def test_build_somewhere_else(cli: Cli, registry: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep/pages"
    ended = cli(registry, "site", "build", "--out", str(out))
    assert ended.code == 0, ended.err
    assert (out / "index.html").as_uri() in ended.out
    assert (out / "api/v1/index.json").is_file()
    assert not (registry / "build/site").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.txt").write_text("mine")
    refused = cli(registry, "site", "build", "--out", str(tmp_path / "other"))
    assert refused.code == 2
    assert "is not a site that Cuebook built" in refused.err
    assert (tmp_path / "other/thesis.txt").read_text() == "mine"


def test_a_port_in_use_is_said(cli: Cli, registry: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = cli(registry, "site", "serve", "--port", str(taken.getsockname()[1]))
    assert ended.code == 2
    assert "cannot be used" in ended.err
    assert "cuebook site serve --port 0" in ended.err
    assert not (registry / "build/site").exists()


def state(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}_cuebook/state") as reply:
        found: dict[str, Any] = json.loads(reply.read())
    return found


def test_serve_builds_again_after_a_change_and_stops_cleanly(registry: Path) -> None:
    command = [sys.executable, "-c", "from cuebook.cli import main; main()", "site", "serve", "--port", "0"]
    tools = str(Path(cuebook.__file__).parents[1])
    running = subprocess.Popen(
        command, cwd=registry, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": tools}
    )
    assert running.stderr
    try:
        while "serving" not in (line := running.stderr.readline()):
            assert line, "it ended"
        address = re.findall(r"http://[^ ]+", line)[0]
        path = next(registry.glob("prompts/*/v*.prompt.yml"))
        path.write_text(
            path.read_text("utf-8").replace("message:", "message: Changed while served,", 1), "utf-8"
        )
        for _ in range(900):
            found = state(address)
            if found["build"] > 1 or found["problem"]:
                break
            time.sleep(0.1)
        assert (found["build"], found["problem"]) == (2, "")
        pages = (registry / "build/preview/site/prompts").rglob("*.html")
        assert any("Changed while served" in page.read_text("utf-8") for page in pages)
    finally:
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=30)[1]
    assert "Traceback" not in said
    assert running.returncode == 130

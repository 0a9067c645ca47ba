from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cuebook.core.errors import UsageError
from cuebook.site import preview
from fixtures.built_site import built


@pytest.fixture
def running() -> Iterator[preview.Preview]:
    made = preview.server(built().root, 0, live=True)
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def get(made: preview.Preview, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{made.server_address[1]}{path}") as reply:
        return str(reply.read().decode())


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/prompts/qa-assistant/v3.html?x=y", "/prompts/qa-assistant/"]
)
def test_pages_carry_the_script_on_their_way_only(running: preview.Preview, path: str) -> None:
    text = get(running, path)
    assert text.count(preview.SCRIPT) == 1
    assert f'<script src="{preview.SCRIPT}" data-build="1"></script></body>' in text


def test_no_file_of_the_site_has_the_script(running: preview.Preview) -> None:
    get(running, "/")
    assert not [path for path in built().root.rglob("*.html") if b"_cuebook" in path.read_bytes()]
    assert get(running, "/api/v1/index.json") == (built().root / "api/v1/index.json").read_text("utf-8")


def until(true: object, wanted: object) -> None:
    for _ in range(200):
        if callable(true) and true() == wanted:
            return
        time.sleep(0.02)
    raise AssertionError


def test_a_change_builds_again_and_a_failure_is_shown(
    running: preview.Preview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "PAUSE", 0.02)
    said: list[str] = []

    def rebuild() -> str:
        text = (tmp_path / "prompts/a.yml").read_text()
        said.append(text)
        if text == "bad":
            raise UsageError("a.yml is bad", "mend it")
        return "built"

    def state() -> tuple[int, str]:
        found = json.loads(get(running, preview.STATE))
        return found["build"], found["problem"]

    (tmp_path / "prompts").mkdir()
    over = threading.Event()
    places = [tmp_path / "prompts", tmp_path / "not-there", tmp_path / "cuebook.toml"]
    thread = threading.Thread(
        target=preview.watch, args=(running, places, preview.stamps(places), rebuild, over)
    )
    thread.start()
    try:
        time.sleep(0.06)
        (tmp_path / "prompts/a.yml").write_text("one")
        until(state, (2, ""))
        (tmp_path / "prompts/a.yml").write_text("bad")
        until(lambda: state()[0], 2)
        until(lambda: "a.yml is bad" in state()[1], True)
        (tmp_path / "prompts/a.yml").write_text("three")
        until(state, (3, ""))
    finally:
        over.set()
        thread.join()
    assert said == ["one", "bad", "three"]


def fetch(url: str) -> tuple[int, bytes, str | None]:
    try:
        with urllib.request.urlopen(url) as reply:
            return reply.status, reply.read(), reply.headers["Cache-Control"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), None


@pytest.mark.parametrize(("error", "said"), [(BrokenPipeError(), False), (ValueError("a fault"), True)])
def test_a_reader_who_leaves_early_is_no_error(
    running: preview.Preview, capsys: pytest.CaptureFixture[str], error: Exception, said: bool
) -> None:
    try:
        raise error
    except (OSError, ValueError):
        running.handle_error(None, ("127.0.0.1", 1))
    assert ("Traceback" in capsys.readouterr().err) is said


def test_serving_stays_inside_and_lists_no_folder() -> None:
    running = preview.server(built().root, 0)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    base = f"http://127.0.0.1:{running.server_address[1]}"
    try:
        assert fetch(f"{base}/")[:2] == (200, (built().root / "index.html").read_bytes())
        assert fetch(f"{base}/api/v1/index.json")[2] == "no-cache"
        assert fetch(f"{base}/api/v1/")[0] == 404
        assert fetch(f"{base}/..%2f..%2fetc/passwd")[0] == 404
    finally:
        running.shutdown()
        running.server_close()


@pytest.mark.parametrize(
    ("site_url", "base"),
    [
        ("", "/"),
        ("https://prompts.example.org", "/"),
        ("https://prompts.example.org/", "/"),
        ("https://example.org/team", "/team/"),
        ("https://example.org/team/prompts/", "/team/prompts/"),
    ],
)
def test_the_base_of_a_site(site_url: str, base: str) -> None:
    assert preview.base_of(site_url) == base


@pytest.mark.parametrize("live", [False, True])
def test_a_site_below_a_folder(*, live: bool) -> None:
    running = preview.server(built().root, 0, live=live, base="/team/")
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    host = running.address.removesuffix("/team/")
    try:
        page = fetch(running.address)[1]
        assert fetch(f"{host}/")[1] == fetch(f"{host}/team")[1] == page
        assert (preview.SCRIPT.encode() in page) == live
        assert fetch(f"{running.address}api/v1/index.json")[0] == 200
        for lost in ("/index.html", "/api/v1/index.json", "/teams/", "/team/nothing.html", "/team/api/"):
            code, text, _ = fetch(host + lost)
            assert code == 404
            assert b"This page is not here" in text
            assert b'href="/team/index.html"' in text
            head = urllib.request.Request(host + lost, method="HEAD")
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(head)
    finally:
        running.shutdown()
        running.server_close()


def test_serving_needs_a_site_and_a_free_port(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no site"):
        preview.serve(tmp_path, 0, [], str)
    running = preview.server(built().root, 0)
    try:
        with pytest.raises(UsageError, match="cannot be used"):
            preview.server(built().root, running.server_address[1])
    finally:
        running.server_close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("hosts", "code"),
    [
        (["127.0.0.1"], 200),
        (["localhost:{port}"], 200),
        (["LocalHost"], 200),
        (["[::1]:{port}"], 200),
        (["evil.example"], 421),
        (["evil.example:{port}"], 421),
        (["localhost.evil.example:{port}"], 421),
        (["127.0.0.1:1"], 421),
        (["127.0.0.1@evil.example"], 421),
        (["127.0.0.1.nip.io"], 421),
        (["localhost", "evil.example"], 421),
        ([], 421),
    ],
)
def test_only_names_of_this_machine_are_answered(
    running: preview.Preview, method: str, hosts: list[str], code: int
) -> None:
    """Else a page elsewhere whose name is made to lead here reads drafts."""
    port = running.server_address[1]
    for path in ("/index.html", preview.STATE, preview.SCRIPT):
        asking = http.client.HTTPConnection("127.0.0.1", port)
        asking.putrequest(method, path, skip_host=True)
        for host in hosts:
            asking.putheader("Host", host.format(port=port))
        asking.endheaders()
        reply = asking.getresponse()
        body = reply.read()
        asking.close()
        if code == 421 or (method, path) in {("GET", "/index.html"), ("GET", preview.STATE)}:
            assert reply.status == code
        assert code == 200 or b"Questions" not in body


def test_files_that_a_page_asks_for_at_once_do_not_wait_for_each_other() -> None:
    made = preview.server(built().root, 0, live=False)
    with ExitStack() as stack:
        stack.callback(made.server_close)
        # Nobody accepts them yet: one that finds no place is made after a second at the earliest.
        for _ in range(50):
            stack.enter_context(socket.create_connection(("127.0.0.1", made.server_port), timeout=0.9))

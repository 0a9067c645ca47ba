from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from build import write
from cuebook.client import fetch
from cuebook.client.fetch import open_registry
from cuebook.core.errors import (
    UPGRADE,
    CuebookError,
    InvalidFiles,
    MissingExtra,
    RegistryUnreachable,
    UnknownAlias,
    UnknownPrompt,
    UnknownVersion,
    UsageError,
)
from cuebook.core.refs import LATEST, Ref
from cuebook.shapes import published
from publishing import Site, publish_to, served

PRODUCTION = Ref("qa", alias="production")


@pytest.fixture
def out(registry: Path, tmp_path: Path) -> Path:
    publish_to(registry, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def site(out: Path) -> Iterator[Site]:
    with served(out) as running:
        yield running


@pytest.fixture(params=["path", "file URL", "http", "http/api/v1", "http/"])
def place(request: pytest.FixtureRequest, out: Path, site: Site) -> str:
    places = {"path": str(out), "file URL": out.as_uri(), "http": site.url}
    return places.get(request.param) or site.url + request.param.removeprefix("http")


@pytest.mark.parametrize("ref", [Ref("qa", 1), Ref("qa", 2), PRODUCTION, Ref("qa", alias=LATEST)])
def test_published_bytes_arrive_as_they_are(place: str, out: Path, ref: Ref) -> None:
    answer = open_registry(place).get(ref, None, 5)
    path = (
        published.artifact_path("qa", ref.version)
        if ref.version
        else published.alias_path("qa", str(ref.alias))
    )
    assert answer
    assert answer.body == (out / path).read_bytes()


@pytest.mark.parametrize(
    ("ref", "error", "hint"),
    [
        (Ref("qq", 1), UnknownPrompt, "did you mean 'qa'?"),
        (Ref("qq", alias="production"), UnknownPrompt, "did you mean 'qa'?"),
        (Ref("qa", 9), UnknownVersion, "nearest: qa/2; it has versions 1 to 2"),
        (Ref("qa", alias="prod"), UnknownAlias, "did you mean 'production'?"),
    ],
)
def test_what_is_unknown_comes_with_the_nearest_thing(
    place: str, ref: Ref, error: type[CuebookError], hint: str
) -> None:
    with pytest.raises(error) as caught:
        open_registry(place).get(ref, None, 5)
    assert caught.value.hint == hint


@pytest.mark.parametrize("path", [published.artifact_path("qa", 1), published.prompt_path("qa")])
def test_a_file_that_an_index_promises_and_nobody_has_is_no_unknown_version(
    place: str, out: Path, path: str
) -> None:
    (out / published.artifact_path("qa", 1)).unlink()
    (out / path).unlink(missing_ok=True)
    with pytest.raises(RegistryUnreachable, match="lists qa/1 but does not have it"):
        open_registry(place).get(Ref("qa", 1), None, 5)


@pytest.mark.parametrize(
    "index",
    [
        "[]",
        "{",
        "<html>",
        '{"schema": "cuebook/prompt/1"}',
        '{"schema": "cuebook/prompt/1", "versions": [3]}',
    ],
)
def test_a_damaged_index_is_no_crash(place: str, out: Path, index: str) -> None:
    write(out, {published.prompt_path("qa"): index})
    with pytest.raises(RegistryUnreachable):
        open_registry(place).get(Ref("qa", 9), None, 5)


@pytest.mark.parametrize(
    ("path", "ref"),
    [(published.prompt_path("qa"), Ref("qa", 9)), (published.index_path(), Ref("qq", 1))],
)
def test_an_index_of_a_newer_release_says_how_to_upgrade(place: str, out: Path, path: str, ref: Ref) -> None:
    text = (out / path).read_text()
    write(out, {path: text.replace('/1"', '/9"', 1)})
    with pytest.raises(RegistryUnreachable, match="an index of a format") as caught:
        open_registry(place).get(ref, None, 5)
    assert caught.value.hint == UPGRADE
    assert open_registry(place).get(PRODUCTION, None, 5), "what it does know is served"


def test_a_folder_that_is_no_registry(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nothing", tmp_path.as_uri()):
        with pytest.raises(RegistryUnreachable, match="there is no registry") as caught:
            open_registry(str(place)).get(PRODUCTION, None, 5)
        assert ("an address begins with https://" in caught.value.hint) == (place == tmp_path / "nothing")


def test_a_server_without_a_registry(tmp_path: Path) -> None:
    with served(tmp_path) as site, pytest.raises(RegistryUnreachable, match=r"no api/v1/index\.json"):
        open_registry(site.url).get(PRODUCTION, None, 5)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("", "CUEBOOK_REGISTRY"),
        ("ftp://example.org", "cannot be at ftp://"),
        ("s3://bucket", "cannot be at s3://"),
    ],
)
def test_places_that_are_none(place: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        open_registry(place)


@pytest.mark.parametrize("illness", ["429", "500", "503", "403", "401", "304"])
def test_a_server_that_refuses_is_unreachable(site: Site, illness: str) -> None:
    site.illness = illness
    with pytest.raises(RegistryUnreachable, match=f"answered {illness} for api/v1/prompts/qa/aliases"):
        open_registry(site.url).get(PRODUCTION, None, 5)


def test_an_etag_saves_the_body(site: Site) -> None:
    registry = open_registry(site.url)
    first = registry.get(PRODUCTION, None, 5)
    assert first
    assert registry.get(PRODUCTION, first.etag, 5) is None
    assert site.conditional == 1
    changed = registry.get(PRODUCTION, '"other"', 5)
    assert changed == first


def test_redirects_within_http_are_followed(site: Site) -> None:
    site.illness = f"redirect {site.url}/moved"
    assert open_registry(site.url).get(PRODUCTION, None, 5)
    assert [path.startswith("/moved/") for path in site.asked] == [False, True]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd?", "ftp://127.0.0.1/", "data:text/plain,", "gopher://x/"]
)
def test_redirects_elsewhere_are_not(site: Site, target: str) -> None:
    site.illness = f"redirect {target}"
    with pytest.raises(RegistryUnreachable):
        open_registry(site.url).get(PRODUCTION, None, 5)
    assert len(site.asked) == 1


def test_a_redirect_never_leads_from_https_to_http() -> None:
    from urllib.error import URLError
    from urllib.request import HTTPRedirectHandler, Request

    (handler,) = [found for found in fetch.opener().handlers if isinstance(found, HTTPRedirectHandler)]
    request = Request("https://example.org/a")
    with pytest.raises(URLError, match="redirects to http"):
        handler.redirect_request(request, io.BytesIO(), 302, "", {}, "http://example.org/a")  # type: ignore[arg-type]
    assert handler.redirect_request(request, None, 302, "", {}, "https://example.org/b")  # type: ignore[arg-type]


def test_the_opener_knows_no_files() -> None:
    from urllib.error import URLError

    with pytest.raises(URLError):
        fetch.opener().open("file:///etc/passwd")


def test_a_redirect_in_a_circle_ends(site: Site) -> None:
    site.illness = f"redirect {site.url}"
    with pytest.raises(RegistryUnreachable):
        open_registry(site.url).get(PRODUCTION, None, 5)


def test_an_answer_that_is_too_large_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_BYTES", 100)
    with pytest.raises(RegistryUnreachable, match="larger than 100 bytes"):
        open_registry(site.url).get(PRODUCTION, None, 5)


def test_a_server_that_says_nothing_is_given_up(site: Site) -> None:
    site.gate.clear()
    with pytest.raises(RegistryUnreachable, match="timed out"):
        open_registry(site.url).get(PRODUCTION, None, 0.2)


def test_a_server_that_drips_is_given_up(site: Site) -> None:
    site.illness = "drip"
    with pytest.raises(RegistryUnreachable, match="timed out"):
        open_registry(site.url).get(PRODUCTION, None, 0.3)


@contextmanager
def answering(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """The address of a server that answers each connection so."""
    with socket.create_server(("127.0.0.1", 0)) as server, suppress(OSError):

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                answer(connection, connection.recv(65536))

        def loop() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def slow_headers(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(60):
        connection.sendall(b"X-A: 1\r\n")
        time.sleep(0.1)


def redirects(connection: socket.socket, _: bytes) -> None:
    time.sleep(0.25)
    place = f"/{time.time_ns()}".encode()
    connection.sendall(b"HTTP/1.1 302 x\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % place)


def a_byte_a_time(connection: socket.socket, _: bytes) -> None:
    for byte in b"\x16\x03\x03\x40\x00" * 20:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def missing(connection: socket.socket, _: bytes) -> None:
    time.sleep(0.25)
    connection.sendall(b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("scheme", "answer"),
    [("http", slow_headers), ("http", redirects), ("http", missing), ("https", a_byte_a_time)],
)
def test_one_deadline_is_over_all(scheme: str, answer: Callable[[socket.socket, bytes], None]) -> None:
    with answering(answer) as place:
        threads = set(threading.enumerate())
        before = time.monotonic()
        with pytest.raises(RegistryUnreachable):
            open_registry(f"{scheme}://{place}").get(PRODUCTION, None, 0.4)
        assert time.monotonic() - before < 2
        # What still follows a redirect must not reach whoever has this port next.
        for thread in set(threading.enumerate()) - threads:
            thread.join(5)


def test_a_name_that_is_looked_up_for_ever_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3) or [])
    before = time.monotonic()
    with pytest.raises(RegistryUnreachable, match="timed out"):
        open_registry("http://example.invalid").get(PRODUCTION, None, 0.2)
    assert time.monotonic() - before < 2


def test_requests_that_do_not_end_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [][: done.wait(20)])
    registry = open_registry("http://example.invalid")
    for _ in range(fetch.UNFINISHED):
        with pytest.raises(RegistryUnreachable, match="timed out"):
            registry.get(PRODUCTION, None, 0.01)
    with pytest.raises(RegistryUnreachable, match="has not ended 8 earlier requests"):
        registry.get(PRODUCTION, None, 5)
    done.set()


def test_a_name_and_password_become_a_header_and_are_not_shown() -> None:
    seen: list[bytes] = []
    with answering(lambda _, request: seen.append(request)) as elsewhere:

        def answer(connection: socket.socket, request: bytes) -> None:
            seen.append(request)
            target = f"Location: http://{elsewhere}/\r\n".encode() if b"/aliases/" in request else b""
            connection.sendall(b"HTTP/1.1 302 x\r\n%sContent-Length: 0\r\n\r\n" % target)

        with answering(answer) as place:
            registry = open_registry(f"http://user:p%40ss@{place}/x/")
            with pytest.raises(RegistryUnreachable) as caught:
                registry.get(PRODUCTION, None, 5)
    assert b"Authorization: Basic dXNlcjpwQHNz\r\n" in seen[0]
    assert seen[0].startswith(b"GET /x/api/v1/")
    assert b"Authorization" not in seen[1]
    assert registry.place == f"http://***@{place}/x"
    assert "p%40ss" not in str(caught.value)
    assert "p@ss" not in str(caught.value)


def test_nobody_listens(site: Site) -> None:
    site.stop()
    with pytest.raises(RegistryUnreachable, match="refused"):
        open_registry(site.url).get(PRODUCTION, None, 5)


@pytest.mark.parametrize(
    "url", ["http://", "http://a b/", "http://[::1", "http://127.0.0.1:99999", "http://x:y"]
)
def test_a_url_that_is_none_is_unreachable(url: str) -> None:
    with pytest.raises(RegistryUnreachable):
        open_registry(url).get(PRODUCTION, None, 1)


def test_a_checkout_is_a_registry(registry: Path) -> None:
    answer = open_registry(str(registry)).get(PRODUCTION, None, 5)
    assert answer
    assert json.loads(answer.body)["version"] == 1
    with pytest.raises(UnknownPrompt, match="did you mean 'qa'"):
        open_registry(str(registry)).get(Ref("q", 1), None, 5)
    write(registry, {"prompts/qa/aliases.yml": "production: ["})
    with pytest.raises(InvalidFiles):
        open_registry(str(registry)).get(PRODUCTION, None, 5)


def test_a_checkout_serves_its_own_files_and_the_built_site_where_yaml_cannot_be_read(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_to(registry, registry / "build" / "site")
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    answer = open_registry(str(registry)).get(PRODUCTION, None, 5)
    assert answer
    assert json.loads(answer.body)["version"] == 2

    def bare(*_: object) -> bytes:
        raise MissingExtra("yaml", "cli")

    monkeypatch.setattr(fetch, "_from_checkout", bare)
    answer = open_registry(str(registry)).get(PRODUCTION, None, 5)
    assert answer
    assert json.loads(answer.body)["version"] == 1


def test_a_relative_path_means_the_folder_of_that_moment(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(out.parent)
    registry = open_registry("out")
    monkeypatch.chdir("/")
    assert registry.get(PRODUCTION, None, 5)


@pytest.mark.parametrize("ref", [Ref("qa", 12), Ref("a.b", alias="blue-green")])
def test_the_paths_are_those_that_are_published(ref: Ref) -> None:
    wanted = (
        published.artifact_path(ref.name, ref.version)
        if ref.version
        else published.alias_path(ref.name, str(ref.alias))
    )
    assert fetch.artifact_path(ref) == wanted

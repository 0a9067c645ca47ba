from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import cuebook
from build import write
from cuebook.client import client as module
from cuebook.client.client import MAX_STALE, RETRY, TTL, Client
from cuebook.core.canonical import behaviour, digest
from cuebook.core.errors import (
    CuebookError,
    DigestMismatch,
    MalformedRef,
    RegistryUnreachable,
    UnknownAlias,
    UnknownPrompt,
    UnknownVersion,
    UsageError,
)
from publishing import Site, publish_to, served

ALIAS = "qa@production"
PRODUCTION = "api/v1/prompts/qa/aliases/production.json"
VERSION_1 = "api/v1/prompts/qa/versions/1.json"


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def out(registry: Path, tmp_path: Path) -> Path:
    publish_to(registry, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def site(out: Path) -> Iterator[Site]:
    with served(out) as running:
        yield running


@pytest.fixture
def client(site: Site, clock: Clock) -> Client:
    return Client(site.url, clock=clock)


@pytest.fixture
def fallback(out: Path) -> dict[str, Any]:
    return json.loads((out / VERSION_1).read_bytes())  # type: ignore[no-any-return]


def settle() -> None:
    """Wait for background refreshes."""
    for thread in threading.enumerate():
        if thread.name == "cuebook-refresh":
            thread.join(10)
            assert not thread.is_alive()


def move(registry: Path, out: Path, version: int) -> None:
    write(registry, {"prompts/qa/aliases.yml": f"production: {version}\n"})
    publish_to(registry, out)


def age(copy: Path, seconds: float) -> None:
    """Make a copy on disk older."""
    head, _, body = copy.read_bytes().partition(b"\n")
    name, moment = head.split()
    copy.write_bytes(b"%s %.3f\n%s" % (name, float(moment) - seconds, body))


def tamper(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))


@pytest.fixture(params=["path", "file URL", "http"])
def place(request: pytest.FixtureRequest, out: Path, site: Site) -> str:
    return {"path": str(out), "file URL": out.as_uri(), "http": site.url}[request.param]


@pytest.mark.parametrize(
    ("ref", "number"), [(ALIAS, 1), ("prompts:/qa/production", 1), ("qa@latest", 2), ("qa/2", 2)]
)
def test_what_is_published_is_what_the_client_reads(place: str, ref: str, number: int) -> None:
    prompt = Client(place).load(ref)
    assert (prompt.ref, prompt.source) == (f"qa/{number}", "live")
    messages = prompt.format(context="It rains.", question="{{context}}?")
    assert isinstance(messages, list)
    assert messages[1]["content"] == "<context>\nIt rains.\n</context>\nQuestion: {{context}}?"


@pytest.mark.parametrize(
    ("ref", "error", "says"),
    [
        ("qa", MalformedRef, "qa@production"),
        ("qq@production", UnknownPrompt, "'qa'"),
        ("qa/9", UnknownVersion, "qa/2"),
        ("qa@prod", UnknownAlias, "'production'"),
    ],
)
def test_four_errors_of_one_family(place: str, ref: str, error: type[CuebookError], says: str) -> None:
    with pytest.raises(error) as caught:
        Client(place).load(ref)
    assert isinstance(caught.value, cuebook.RefError)
    assert says in str(caught.value)


@pytest.mark.parametrize("ref", [None, 5, b"qa/1", ["qa/1"]])
@pytest.mark.parametrize("digest", [None, f"sha256:{'0' * 64}"])
def test_what_is_no_text_is_no_ref(out: Path, ref: Any, digest: str | None) -> None:
    with pytest.raises(MalformedRef, match=re.escape(f"{ref!r} is not a ref: a ref is a string")):
        Client(str(out)).load(ref, digest=digest)
    with pytest.raises(MalformedRef, match="write name/3"):
        asyncio.run(Client(str(out)).aload(ref, digest=digest))


def test_a_digest_that_is_no_text_is_told(out: Path) -> None:
    number: Any = 5
    with pytest.raises(UsageError, match="5 is not a digest"):
        Client(str(out)).load("qa/1", digest=number)


def test_a_tampered_copy_is_refused(place: str, out: Path) -> None:
    tamper(out / PRODUCTION, model="evil/model")
    with pytest.raises(DigestMismatch, match="qa/1"):
        Client(place).load(ALIAS)


def test_a_version_is_asked_for_once(client: Client, site: Site, clock: Clock) -> None:
    assert [client.load("qa/1").source for _ in range(3)] == ["live", "cache", "cache"]
    clock.now += 10 * MAX_STALE
    site.stop()
    assert client.load("qa/1").source == "cache"
    assert site.asked == [f"/{VERSION_1}"]


def test_an_alias_is_trusted_for_a_minute(client: Client, site: Site, clock: Clock) -> None:
    first = client.load(ALIAS)
    clock.now += TTL - 1
    second = client.load(ALIAS)
    assert (first.source, second.source) == ("live", "cache")
    assert (first.age, second.age) == (TTL - 1, TTL - 1)
    assert second is client.load(ALIAS)
    assert len(site.asked) == 1


def test_a_moved_alias_arrives_in_the_background(
    client: Client, registry: Path, out: Path, clock: Clock, site: Site
) -> None:
    assert client.load(ALIAS).version == 1
    move(registry, out, 2)
    clock.now += TTL
    stale = client.load(ALIAS)
    assert (stale.version, stale.source, stale.age) == (1, "stale", TTL)
    settle()
    fresh = client.load(ALIAS)
    assert (fresh.version, fresh.source, fresh.age) == (2, "cache", 0)
    assert stale.version == 1
    assert len(site.asked) == 2


def test_what_has_not_changed_is_not_sent_again(client: Client, site: Site, clock: Clock) -> None:
    for _ in range(3):
        client.load(ALIAS)
        clock.now += TTL
        client.load(ALIAS)
        settle()
    assert site.conditional == 3
    assert client.load(ALIAS).source == "cache"


def test_one_refresh_at_a_time(client: Client, site: Site, clock: Clock) -> None:
    client.load(ALIAS)
    clock.now += TTL
    site.gate.clear()
    assert {client.load(ALIAS).source for _ in range(50)} == {"stale"}
    site.gate.set()
    settle()
    assert len(site.asked) == 2


def test_the_server_dies_and_comes_back(client: Client, site: Site, clock: Clock) -> None:
    sources = [client.load(ALIAS).source, client.load(ALIAS).source]
    site.stop()
    clock.now += TTL
    sources.append(client.load(ALIAS).source)
    settle()
    clock.now += MAX_STALE - 2 * TTL
    sources.append(client.load(ALIAS).source)
    settle()
    site.start()
    clock.now += RETRY
    sources.append(client.load(ALIAS).source)
    settle()
    sources.append(client.load(ALIAS).source)
    clock.now += MAX_STALE + 1
    sources.append(client.load(ALIAS).source)
    assert sources == ["live", "cache", "stale", "stale", "stale", "cache", "live"]


def test_a_copy_that_is_too_old_is_not_served(client: Client, site: Site, clock: Clock) -> None:
    client.load(ALIAS)
    site.stop()
    clock.now += MAX_STALE + 1
    with pytest.raises(RegistryUnreachable):
        client.load(ALIAS)
    assert client.load(ALIAS, max_stale=2 * MAX_STALE).source == "stale"
    settle()
    with pytest.raises(RegistryUnreachable):
        client.load(ALIAS, max_stale=0)


@pytest.mark.parametrize("illness", ["429", "500", "503", "html", "short", "204"])
def test_a_sick_server_is_an_unreachable_one(client: Client, site: Site, clock: Clock, illness: str) -> None:
    site.illness = illness
    with pytest.raises(RegistryUnreachable):
        client.load(ALIAS)
    site.illness = ""
    with pytest.raises(RegistryUnreachable):
        client.load(ALIAS)
    clock.now += RETRY
    assert client.load(ALIAS).source == "live"
    assert len(site.asked) == 2
    site.illness = illness
    clock.now += TTL
    assert client.load(ALIAS).source == "stale"
    settle()
    assert client.load(ALIAS).source == "stale"


def test_a_failed_refresh_waits_before_the_next_and_says_so(
    client: Client, site: Site, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    client.load(ALIAS)
    site.illness = "503"
    clock.now += TTL
    for _ in range(5):
        client.load(ALIAS)
        settle()
    assert len(site.asked) == 2
    clock.now += RETRY
    client.load(ALIAS)
    settle()
    assert len(site.asked) == 3
    with caplog.at_level(logging.WARNING, "cuebook"):
        clock.now += RETRY
        client.load(ALIAS)
        settle()
    assert "qa@production could not be refreshed" in caplog.text
    assert "503" in caplog.text


def test_a_copy_tampered_with_later_does_not_replace_the_good_one(
    client: Client, out: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    good = client.load(ALIAS)
    tamper(out / PRODUCTION, model="evil/model")
    clock.now += TTL
    client.load(ALIAS)
    settle()
    assert (client.load(ALIAS).source, client.load(ALIAS).model) == ("stale", good.model)
    assert "not what its digest says" in caplog.text


def test_an_alias_that_is_removed_is_served_stale_and_not_for_ever(
    client: Client, registry: Path, out: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    client.load(ALIAS)
    write(registry, {"prompts/qa/aliases.yml": "staging: 1\n"})
    publish_to(registry, out)
    clock.now += TTL
    assert client.load(ALIAS).source == "stale"
    settle()
    assert "has no alias 'production'" in caplog.text
    assert client.load(ALIAS).source == "stale"
    settle()
    clock.now += MAX_STALE
    with pytest.raises(UnknownAlias):
        client.load(ALIAS)


def test_many_threads_ask_once(client: Client, site: Site) -> None:
    site.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        loads = [pool.submit(client.load, ALIAS) for _ in range(8)]
        while not site.asked:
            threading.Event().wait(0.01)
        site.gate.set()
        prompts = [load.result() for load in loads]
    assert {prompt.ref for prompt in prompts} == {"qa/1"}
    assert len(site.asked) == 1


def test_many_threads_wait_for_one_failure(client: Client, site: Site) -> None:
    site.illness = "503"
    site.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        loads = [pool.submit(client.load, ALIAS) for _ in range(8)]
        while not site.asked:
            threading.Event().wait(0.01)
        threading.Event().wait(0.2)  # for the others to have begun: who begins later asks again
        site.gate.set()
        assert all(isinstance(load.exception(), RegistryUnreachable) for load in loads)
    assert len(site.asked) == 1


def test_different_prompts_do_not_wait_for_each_other(client: Client, site: Site) -> None:
    client.load(ALIAS)
    site.asked.clear()
    site.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        loads = [pool.submit(client.load, ref) for ref in ("qa/1", "qa/2")]
        while len(site.asked) < 2:
            threading.Event().wait(0.01)
        site.gate.set()
        assert [load.result().ref for load in loads] == ["qa/1", "qa/2"]


def test_a_forked_child_refreshes_for_itself(
    client: Client, site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.load(ALIAS)
    clock.now += TTL
    site.gate.clear()
    client.load(ALIAS)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    client.load(ALIAS)
    site.gate.set()
    settle()
    assert len(site.asked) == 3


def test_async_loading(client: Client, site: Site, clock: Clock) -> None:
    async def load() -> list[str]:
        first = await client.aload(ALIAS)
        second = await client.aload(ALIAS)
        clock.now += TTL
        third = await client.aload(ALIAS)
        many = await asyncio.gather(*(client.aload("qa/2") for _ in range(5)))
        return [first.source, second.source, third.source, *sorted({prompt.ref for prompt in many})]

    assert asyncio.run(load()) == ["live", "cache", "stale", "qa/2"]
    settle()
    with pytest.raises(UnknownAlias):
        asyncio.run(client.aload("qa@beta"))


def test_copies_on_disk_serve_the_next_process(site: Site, tmp_path: Path, clock: Clock) -> None:
    cache = tmp_path / "cache"
    warm = Client(site.url, cache_dir=cache, clock=clock)
    warm.load(ALIAS)
    warm.load("qa/2")
    (copy,) = cache.rglob("*production.json")
    age(copy, 500)
    site.stop()
    cold = Client(site.url, cache_dir=cache, clock=clock)
    alias = cold.load(ALIAS)
    assert (alias.source, alias.ref) == ("disk", "qa/1")
    assert 500 <= (alias.age or 0) < 1500
    assert cold.load(ALIAS).source == "disk"
    assert [cold.load("qa/2").source, cold.load("qa/2").source] == ["disk", "disk"]
    settle()
    with pytest.raises(RegistryUnreachable):
        Client(site.url, cache_dir=cache, max_stale=400, clock=clock).load(ALIAS)
    site.start()
    clock.now += RETRY
    cold.load(ALIAS)
    settle()
    assert cold.load(ALIAS).source == "cache"


def test_a_copy_on_disk_is_for_when_the_registry_is_away(site: Site, tmp_path: Path) -> None:
    Client(site.url, cache_dir=tmp_path / "cache").load("qa/2")
    asked = len(site.asked)
    assert Client(site.url, cache_dir=tmp_path / "cache").load("qa/2").source == "live"
    assert len(site.asked) == asked + 1
    site.stop()
    assert Client(site.url, cache_dir=tmp_path / "cache").load("qa/2").source == "disk"


def test_a_digest_proves_a_copy_on_disk(site: Site, tmp_path: Path) -> None:
    known = Client(site.url, cache_dir=tmp_path / "cache").load("qa/2").digest
    asked = len(site.asked)
    cold = Client(site.url, cache_dir=tmp_path / "cache")
    assert [cold.load("qa/2", digest=known).source for _ in range(2)] == ["disk", "cache"]
    assert len(site.asked) == asked


def test_a_planted_copy_is_not_served_by_a_healthy_registry(site: Site, tmp_path: Path) -> None:
    Client(site.url, cache_dir=tmp_path / "cache").load("qa/1")
    Client(site.url, cache_dir=tmp_path / "cache").load(ALIAS)
    for copy in (tmp_path / "cache").rglob("*.json"):
        head, _, body = copy.read_bytes().partition(b"\n")
        planted = json.loads(body) | {"model": "evil/model"}
        planted["digest"] = digest(behaviour(planted))
        copy.write_bytes(head + b"\n" + json.dumps(planted).encode())
    for ref in ("qa/1", ALIAS):
        assert Client(site.url, cache_dir=tmp_path / "cache").load(ref).model == "offline/rules"


def test_confirming_an_alias_makes_its_copy_on_disk_young(site: Site, tmp_path: Path, clock: Clock) -> None:
    warm = Client(site.url, cache_dir=tmp_path / "cache", clock=clock)
    warm.load(ALIAS)
    (copy,) = (tmp_path / "cache").rglob("*production.json")
    age(copy, 1e6)
    clock.now += TTL
    warm.load(ALIAS)
    settle()
    assert site.conditional == 1
    assert abs(float(copy.read_bytes().split()[1]) - time.time()) < 60


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"schema": "cuebook/alias/1"}'])
def test_a_damaged_copy_on_disk_is_ignored(site: Site, tmp_path: Path, body: bytes) -> None:
    Client(site.url, cache_dir=tmp_path / "cache").load(ALIAS)
    (copy,) = (tmp_path / "cache").rglob("*production.json")
    head = copy.read_bytes().partition(b"\n")[0]
    copy.write_bytes(head + b"\n" + body)
    site.stop()
    with pytest.raises(RegistryUnreachable):
        Client(site.url, cache_dir=tmp_path / "cache").load(ALIAS)


def test_a_copy_on_disk_that_was_tampered_with_is_ignored(site: Site, tmp_path: Path) -> None:
    Client(site.url, cache_dir=tmp_path / "cache").load("qa/1")
    (copy,) = (tmp_path / "cache").rglob("*1.json")
    copy.write_bytes(copy.read_bytes().replace(b"offline/rules", b"evil/model"))
    site.stop()
    with pytest.raises(RegistryUnreachable):
        Client(site.url, cache_dir=tmp_path / "cache").load("qa/1")


def test_a_disk_that_cannot_be_used_changes_nothing(site: Site, tmp_path: Path) -> None:
    write(tmp_path, {"file": "x"})
    assert Client(site.url, cache_dir=tmp_path / "file").load(ALIAS).source == "live"


@pytest.mark.parametrize("kind", ["dict", "path", "str"])
def test_a_fallback_is_served_when_nothing_else_is(
    site: Site, clock: Clock, tmp_path: Path, fallback: dict[str, Any], kind: str
) -> None:
    write(tmp_path, {"fallback.json": json.dumps(fallback)})
    packaged: Any = {
        "dict": fallback,
        "path": tmp_path / "fallback.json",
        "str": str(tmp_path / "fallback.json"),
    }
    client = Client(site.url, clock=clock)
    site.stop()
    prompt = client.load(ALIAS, fallback=packaged[kind])
    assert (prompt.source, prompt.ref, prompt.age) == ("fallback", "qa/1", None)
    site.start()
    clock.now += RETRY
    assert client.load(ALIAS, fallback=packaged[kind]).source == "fallback"
    settle()
    assert client.load(ALIAS, fallback=packaged[kind]).source == "cache"


def test_with_a_fallback_only_the_first_failure_is_waited_for(
    client: Client, site: Site, fallback: dict[str, Any], clock: Clock
) -> None:
    site.illness = "503"
    client.load(ALIAS, fallback=fallback)
    assert client.load(ALIAS, fallback=fallback).source == "fallback"
    settle()
    assert len(site.asked) == 1
    clock.now += RETRY
    site.gate.clear()
    assert {client.load(ALIAS, fallback=fallback).source for _ in range(20)} == {"fallback"}
    site.gate.set()
    settle()
    assert len(site.asked) == 2


def test_a_fallback_stands_in_for_what_the_registry_lost(
    client: Client, site: Site, fallback: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert {client.load("qa@prod", fallback=fallback).source for _ in range(9)} == {"fallback"}
    assert caplog.text.count("qa@prod is served from fallback, though") == 1
    assert "did you mean" not in caplog.text
    with pytest.raises(MalformedRef):
        client.load("qa", fallback=fallback)
    with pytest.raises(UnknownAlias):
        client.load("qa@prod")


@pytest.mark.parametrize("known", [True, False])
def test_an_erased_version_is_served_from_nowhere(
    site: Site, out: Path, tmp_path: Path, clock: Clock, known: bool
) -> None:
    cache = tmp_path / "cache"
    before = json.loads((out / VERSION_1).read_bytes())
    client = Client(site.url, cache_dir=cache, clock=clock)
    if known:
        client.load("qa/1")
    tomb = {"schema": "cuebook/erased/1", "name": "qa", "version": 1, "digest": None, "erased": True}
    (out / VERSION_1).write_text(json.dumps(tomb))
    cold = Client(site.url, cache_dir=cache, clock=clock)
    with pytest.raises(UnknownVersion, match="erased"):
        cold.load("qa/1", fallback=before)
    site.stop()
    with pytest.raises(CuebookError):
        Client(site.url, cache_dir=cache, clock=clock).load("qa/1")


def test_many_loads_of_a_registry_that_is_away_cost_one_request(
    site: Site, out: Path, tmp_path: Path, clock: Clock
) -> None:
    site.gate.clear()
    client = Client(site.url, timeout=0.3, clock=clock)

    async def load() -> list[str]:
        loads = (client.aload(ref) for ref in [ALIAS] * 50)
        return [type(found).__name__ for found in await asyncio.gather(*loads, return_exceptions=True)]

    before = time.monotonic()
    assert set(asyncio.run(load())) == {"RegistryUnreachable"}
    with pytest.raises(RegistryUnreachable, match="timed out"):
        client.load("qa/2")  # another prompt of the same registry
    assert time.monotonic() - before < 3
    assert len(site.asked) == 1
    site.gate.set()
    clock.now += RETRY
    assert client.load("qa/2").source == "live"


@pytest.mark.parametrize("is_async", [True, False])
def test_many_prompts_of_a_registry_that_is_away_cost_one_request(
    site: Site, clock: Clock, is_async: bool
) -> None:
    site.gate.clear()
    client = Client(site.url, timeout=0.3, clock=clock)
    refs = [f"qa/{number}" for number in range(1, 21)]

    async def load() -> list[Any]:
        return await asyncio.gather(*map(client.aload, refs), return_exceptions=True)

    if is_async:
        found = asyncio.run(load())
    else:
        with ThreadPoolExecutor(len(refs)) as pool:
            found = [load.exception() for load in [pool.submit(client.load, ref) for ref in refs]]
    assert {type(error) for error in found} == {RegistryUnreachable}
    assert len(site.asked) == 1
    site.gate.set()
    clock.now += RETRY
    assert client.load("qa/2").source == "live"


def test_a_prompt_that_is_not_there_holds_no_other_up(client: Client, site: Site) -> None:
    with pytest.raises(UnknownPrompt):
        client.load("nobody/1")
    asked = len(site.asked)
    site.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        loads = [pool.submit(client.load, ref) for ref in ("qa/1", "qa/2")]
        while len(site.asked) < asked + 2:
            threading.Event().wait(0.01)
        site.gate.set()
        assert [load.result().ref for load in loads] == ["qa/1", "qa/2"]


def test_loads_that_wait_leave_the_threads_of_the_event_loop_to_the_app(client: Client, site: Site) -> None:
    site.gate.clear()

    async def load() -> set[str]:
        loads = [asyncio.create_task(client.aload(ALIAS)) for _ in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(site.gate.set)  # comes too late where the loads have taken all threads
        return {prompt.ref for prompt in await asyncio.gather(*loads)}

    assert asyncio.run(load()) == {"qa/1"}
    assert len(site.asked) == 1


@pytest.mark.parametrize("kept", ["memory", "disk"])
def test_an_older_state_of_an_alias_is_not_taken(
    site: Site, out: Path, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, kept: str
) -> None:
    old = (out / PRODUCTION).read_bytes()
    newer = json.loads((out / "api/v1/prompts/qa/versions/2.json").read_bytes())
    extra = {key: json.loads(old)[key] for key in ("schema", "alias", "evidence")}
    since = {"since": "2026-03-02T10:00:00+01:00"}
    (out / PRODUCTION).write_text(json.dumps(newer | extra | since))
    client = Client(site.url, cache_dir=tmp_path / "cache" if kept == "disk" else None, clock=clock)
    assert client.load(ALIAS).version == 2
    (out / PRODUCTION).write_text(json.dumps(json.loads(old) | {"since": "2026-03-02T08:59:59Z"}))
    if kept == "disk":
        client = Client(site.url, cache_dir=tmp_path / "cache", clock=clock)
        assert client.load(ALIAS).source == "disk"
    clock.now += TTL
    client.load(ALIAS)
    settle()
    assert (client.load(ALIAS).version, "as it was before" in caplog.text) == (2, True)
    settle()
    (out / PRODUCTION).write_text(json.dumps(json.loads(old) | {"since": "2026-03-02T09:00:01Z"}))
    clock.now += RETRY
    client.load(ALIAS)
    settle()
    assert client.load(ALIAS).version == 1


def test_a_date_ahead_holds_nothing_back(site: Site, out: Path, clock: Clock) -> None:
    old = json.loads((out / PRODUCTION).read_bytes())
    (out / PRODUCTION).write_text(json.dumps(old | {"since": "2999-01-01T00:00:00Z"}))
    client = Client(site.url, clock=clock)
    client.load(ALIAS)
    newer = json.loads((out / "api/v1/prompts/qa/versions/2.json").read_bytes())
    extra = {key: old[key] for key in ("schema", "alias", "evidence")} | {"since": "2026-03-02T08:59:59Z"}
    (out / PRODUCTION).write_text(json.dumps(newer | extra))
    clock.now += TTL
    client.load(ALIAS)
    settle()
    assert client.load(ALIAS).version == 2


def test_a_pin_takes_one_digest_only(
    client: Client, site: Site, out: Path, clock: Clock, fallback: dict[str, Any], registry: Path
) -> None:
    pin = fallback["digest"]
    assert [client.load(ref, digest=pin).version for ref in (ALIAS, "qa/1")] == [1, 1]
    with pytest.raises(DigestMismatch, match=f"not {pin}"):
        client.load("qa/2", digest=pin)
    with pytest.raises(UsageError, match="not a digest"):
        client.load(ALIAS, digest=pin[:-1])
    with pytest.raises(DigestMismatch):
        client.load("qa/2", digest=pin, fallback=out / "api/v1/prompts/qa/versions/2.json")
    move(registry, out, 2)
    clock.now += TTL
    client.load(ALIAS, digest=pin)
    settle()
    assert client.load(ALIAS, digest=pin).version == 1
    clock.now += MAX_STALE + 1
    with pytest.raises(DigestMismatch):
        client.load(ALIAS, digest=pin)
    assert client.load(ALIAS, digest=pin, fallback=fallback).source == "fallback"
    assert client.load(ALIAS).version == 2
    assert asyncio.run(client.aload("qa/1", digest=pin)).version == 1


def test_the_environment_names_a_cache(
    site: Site, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_clients", {})
    monkeypatch.setenv("CUEBOOK_CACHE_DIR", str(tmp_path / "cache"))
    cuebook.load_prompt(ALIAS, registry=site.url)
    site.stop()
    monkeypatch.setattr(module, "_clients", {})
    assert cuebook.load_prompt(ALIAS, registry=site.url).source == "disk"
    assert cuebook.load_prompt(ALIAS, registry=out).source == "live"
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 1


def test_a_fallback_replaces_a_copy_that_was_tampered_with(
    client: Client, out: Path, fallback: dict[str, Any]
) -> None:
    tamper(out / PRODUCTION, model="evil/model")
    assert client.load(ALIAS, fallback=fallback).source == "fallback"


def test_a_good_copy_is_better_than_a_fallback(
    site: Site, tmp_path: Path, clock: Clock, fallback: dict[str, Any]
) -> None:
    Client(site.url, cache_dir=tmp_path / "cache").load(ALIAS)
    site.stop()
    cold = Client(site.url, cache_dir=tmp_path / "cache", clock=clock)
    assert cold.load(ALIAS, fallback=fallback).source == "disk"
    settle()


@pytest.mark.parametrize(
    ("ref", "changes", "error"),
    [
        (ALIAS, {"model": "evil/model"}, DigestMismatch),
        (ALIAS, {"schema": "other"}, UsageError),
        ("other@production", {}, UsageError),
        ("qa/2", {}, UsageError),
    ],
)
def test_a_fallback_that_is_wrong_shows_on_the_first_load(
    client: Client, fallback: dict[str, Any], ref: str, changes: dict[str, Any], error: type[CuebookError]
) -> None:
    with pytest.raises(error):
        client.load(ref, fallback=fallback | changes)


@pytest.mark.parametrize("content", [None, "", "[]", "<html>"])
def test_a_fallback_file_that_cannot_be_read(client: Client, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        write(tmp_path, {"fallback.json": content})
    with pytest.raises(UsageError, match="fallback"):
        client.load(ALIAS, fallback=tmp_path / "fallback.json")


def test_a_fallback_of_a_pinned_version_may_be_that_version(client: Client, fallback: dict[str, Any]) -> None:
    assert client.load("qa/1", fallback=fallback).source == "live"


def test_the_module_keeps_one_client_a_registry(
    out: Path, tmp_path: Path, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_clients", {})
    monkeypatch.delenv("CUEBOOK_REGISTRY", raising=False)
    with pytest.raises(UsageError, match="CUEBOOK_REGISTRY"):
        cuebook.load_prompt(ALIAS)
    assert cuebook.load_prompt(ALIAS, registry=out).source == "live"
    assert cuebook.load_prompt(ALIAS, registry=out).source == "cache"
    monkeypatch.setenv("CUEBOOK_REGISTRY", str(out))
    assert [cuebook.load_prompt(ALIAS).source for _ in range(2)] == ["live", "cache"]
    monkeypatch.setenv("CUEBOOK_REGISTRY", str(tmp_path / "nothing"))
    with pytest.raises(RegistryUnreachable):
        cuebook.load_prompt(ALIAS)
    assert asyncio.run(cuebook.aload_prompt(ALIAS, registry=registry)).source == "live"


def test_a_checkout_follows_its_files(registry: Path, clock: Clock) -> None:
    client = Client(registry, clock=clock)
    assert client.load(ALIAS).version == 1
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    clock.now += TTL
    client.load(ALIAS)
    settle()
    assert client.load(ALIAS).version == 2
    write(registry, {"prompts/qa/aliases.yml": "production: ["})
    clock.now += TTL
    client.load(ALIAS)
    settle()
    assert (client.load(ALIAS).version, client.load(ALIAS).source) == (2, "stale")


def bare(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python without site-packages: what a bare install has."""
    tools = Path(cuebook.__file__).parents[1]
    start = f"import sys; sys.path.insert(0, {str(tools)!r})\n"
    return subprocess.run(
        [sys.executable, "-S", "-c", start + code, *words], capture_output=True, text=True, check=False
    )


def test_a_bare_install_loads_and_fills_a_prompt(place: str) -> None:
    code = (
        "import cuebook\n"
        "prompt = cuebook.load_prompt('qa@production', registry=sys.argv[1])\n"
        "print(prompt.source, prompt.format(context='c', question='q')[1]['content'].split()[-1])"
    )
    done = bare(code, place)
    assert (done.stdout, done.stderr) == ("live q\n", "")


def test_a_bare_install_says_what_a_checkout_needs(registry: Path) -> None:
    code = (
        "import cuebook\n"
        "try: cuebook.load_prompt('qa@production', registry=sys.argv[1])\n"
        "except cuebook.MissingExtra as error: print(error)"
    )
    done = bare(code, str(registry))
    assert "pip install 'cuebook[cli] @" in done.stdout
    assert done.stderr == ""


def test_a_process_ends_while_a_refresh_runs(site: Site) -> None:
    code = (
        "import cuebook\n"
        "client = cuebook.Client(sys.argv[1], ttl=0)\n"
        "client.load('qa@production')\n"
        "print(client.load('qa@production').source)"
    )
    done = bare(code, site.url)
    assert (done.stdout, done.stderr, done.returncode) == ("stale\n", "", 0)


def test_a_registry_can_be_a_link_to_another_prompt_of_the_same_digest(out: Path) -> None:
    found = json.loads((out / PRODUCTION).read_bytes()) | {"name": "other"}
    found["digest"] = digest(behaviour(found))
    (out / PRODUCTION).write_text(json.dumps(found))
    with pytest.raises(RegistryUnreachable, match="answered for qa@production with other"):
        Client(out).load(ALIAS)

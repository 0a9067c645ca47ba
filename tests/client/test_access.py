from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuebook.client.access import Access, origin
from cuebook.client.client import Client
from cuebook.client.fetch import open_registry
from cuebook.core.errors import CuebookError, RegistryUnreachable, UsageError
from cuebook.core.refs import Ref
from publishing import Site, publish_to, served

PRODUCTION = Ref("qa", alias="production")
SECRET = "s3cret-token"
HOST = "https://prompts.example.org"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUEBOOK_TOKEN", "CUEBOOK_REGISTRY", "CUEBOOK_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def site(registry: Path, tmp_path: Path) -> Iterator[Site]:
    publish_to(registry, tmp_path / "out")
    with served(tmp_path / "out") as running:
        yield running


@pytest.mark.parametrize("given", ["token", "callable", "headers", "environment"])
def test_what_is_given_is_sent(site: Site, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    ways: dict[str, dict[str, Any]] = {
        "token": {"token": SECRET},
        "callable": {"token": lambda: SECRET},
        "headers": {"headers": {"authorization": f"Bearer {SECRET}", "Accept": "application/json, */*"}},
    }
    if given == "environment":
        monkeypatch.setenv("CUEBOOK_TOKEN", SECRET)
        monkeypatch.setenv("CUEBOOK_REGISTRY", site.url)
    assert Client(site.url, **ways.get(given, {})).load("qa@production").ref == "qa/1"
    assert site.sent[0]["authorization"] == f"Bearer {SECRET}"
    assert site.sent[0]["accept"] == ways.get(given, {}).get("headers", {}).get("Accept", "application/json")


def test_nothing_is_sent_where_nothing_is_given(site: Site) -> None:
    Client(site.url).load("qa@production")
    assert "authorization" not in site.sent[0]


def test_what_is_said_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUEBOOK_TOKEN", "of-the-environment")
    monkeypatch.setenv("CUEBOOK_REGISTRY", HOST)
    assert Access(HOST).sent() == {"Authorization": "Bearer of-the-environment"}
    assert Access(HOST, token="mine").sent() == {"Authorization": "Bearer mine"}
    assert Access(HOST, {"AUTHORIZATION": "Token mine"}).sent() == {"AUTHORIZATION": "Token mine"}
    assert Access("https://me:pw@example.org").sent() == {"Authorization": "Basic bWU6cHc="}
    assert Access("https://me:pw@example.org", token="mine").sent() == {"Authorization": "Bearer mine"}


def test_the_token_of_the_environment_is_for_the_registry_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUEBOOK_TOKEN", SECRET)
    monkeypatch.setenv("CUEBOOK_REGISTRY", f"{HOST}:443/prompts")
    assert Access(f"{HOST}/other").sent()
    assert not Access("https://elsewhere.example.org").sent()
    assert not Access(f"{HOST}:8443").sent()


@pytest.mark.parametrize("named", [None, "", "../prompts", "https://elsewhere.example.org/", "https://["])
def test_a_registry_that_code_names_gets_no_token_of_the_environment(
    site: Site, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    monkeypatch.setenv("CUEBOOK_TOKEN", SECRET)
    if named is not None:
        monkeypatch.setenv("CUEBOOK_REGISTRY", named)
    site.illness = "401"
    with pytest.raises(RegistryUnreachable) as caught:
        Client(site.url).load("qa@production")
    assert "authorization" not in site.sent[0]
    assert "CUEBOOK_TOKEN is for the registry that CUEBOOK_REGISTRY names" in str(caught.value)


@pytest.mark.parametrize("given", [{"token": SECRET}, {"headers": {"X-Api-Key": SECRET}}, {}])
@pytest.mark.parametrize("code_path", ["", "/moved"])
def test_a_redirect_steals_nothing(
    site: Site, registry: Path, tmp_path: Path, given: dict[str, Any], code_path: str
) -> None:
    home = site.url if given else site.url.replace("://", f"://me:{SECRET}@")
    with served(tmp_path / "out") as thief:
        site.illness = f"redirect {thief.url}{code_path}"
        assert open_registry(home, **given).get(PRODUCTION, None, 5)
    assert SECRET in str(site.sent) or "Basic" in str(site.sent)
    assert thief.asked
    assert not {"authorization", "x-api-key"} & thief.sent[0].keys()
    assert SECRET not in f"{thief.sent} {thief.asked}"


def test_a_redirect_at_home_takes_it_along_and_one_by_way_of_a_thief_does_not(
    site: Site, tmp_path: Path
) -> None:
    site.illness = f"redirect {site.url}/moved"
    assert open_registry(site.url, token=SECRET).get(PRODUCTION, None, 5)
    assert [sent.get("authorization") for sent in site.sent] == [f"Bearer {SECRET}"] * 2
    site.sent.clear()
    with served(tmp_path / "out") as thief:
        site.illness, thief.illness = f"redirect {thief.url}", f"redirect {site.url}/moved"
        assert open_registry(site.url, token=SECRET).get(PRODUCTION, None, 5)
    assert [sent.get("authorization") for sent in site.sent] == [f"Bearer {SECRET}", None]


@pytest.mark.parametrize("illness", ["401", "404", "html", "302", "stopped"])
def test_a_secret_is_in_no_message_log_or_name_of_a_file(
    site: Site, tmp_path: Path, illness: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    home = site.url.replace("://", f"://me:{SECRET}@") + f"?sig={SECRET}"
    client = Client(home, cache_dir=tmp_path / "cache")
    client.load("qa@production")
    site.illness = illness
    if illness == "stopped":
        site.stop()
    with pytest.raises(CuebookError) as caught:
        client.load("qa/2")
    prompt = client.load("qa@production")
    shown = [
        str(caught.value),
        repr(caught.value),
        caught.value.hint,
        repr(client),
        repr(prompt),
        caplog.text,
    ]
    shown += [str(path) for path in (tmp_path / "cache").rglob("*")]
    shown += [path.read_text() for path in (tmp_path / "cache").rglob("*.json")]
    assert not any(SECRET in text for text in shown)


def test_a_server_that_sends_the_token_back_does_not_bring_it_into_a_message() -> None:
    access = Access("https://me:p%40ss-word@example.org?sig=a%2Fb%3D", {"X-Key": "key-of-mine"})
    said = "x p%40ss-word p@ss-word key-of-mine a%2Fb%3D bWU6cEBzcy13b3Jk"
    assert access.blotted(said) == "x *** *** *** *** ***"
    rotating = Access(HOST, token=iter(["first-one", "second-one"]).__next__)
    rotating.sent(), rotating.sent()
    assert rotating.blotted("first-one second-one") == "*** ***"


@pytest.mark.parametrize("code", ["401", "403"])
def test_a_refusal_says_what_opens_it(site: Site, code: str) -> None:
    site.illness = code
    with pytest.raises(RegistryUnreachable, match=f"answered {code}") as caught:
        open_registry(site.url).get(PRODUCTION, None, 5)
    assert "set CUEBOOK_TOKEN and CUEBOOK_REGISTRY" in caught.value.hint
    with pytest.raises(RegistryUnreachable, match=f"answered {code}") as caught:
        open_registry(site.url, token=SECRET).get(PRODUCTION, None, 5)
    assert caught.value.hint.startswith("look at what was sent: CUEBOOK_TOKEN")


def test_a_query_goes_behind_each_path(site: Site) -> None:
    assert open_registry(f"{site.url}/moved/?ref=published").get(PRODUCTION, None, 5)
    assert site.asked == ["/moved/api/v1/prompts/qa/aliases/production.json?ref=published"]
    assert Access("https://example.org/api/v1/?ref=x").place == "https://example.org?***"


@pytest.mark.parametrize("token", ["two\nlines", "", "ü", "a\r"])
def test_a_token_that_no_header_holds_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(UsageError, match="cannot be sent") as caught:
        Access(HOST, token=token)
    assert not token or token not in str(caught.value)
    with pytest.raises(RegistryUnreachable, match="cannot be sent"):
        Access(HOST, token=lambda: token).sent()


def test_a_token_that_cannot_be_made_is_an_outage_whose_words_stay_away() -> None:
    def fails() -> str:
        raise ValueError(SECRET)

    with pytest.raises(RegistryUnreachable, match="could not be made: ValueError") as caught:
        Access(HOST, token=fails).sent()
    assert SECRET not in str(caught.value)


def test_two_ways_to_say_who_asks_are_one_too_many() -> None:
    with pytest.raises(UsageError, match="a token and a header"):
        Access(HOST, {"authorization": "x"}, "y")
    with pytest.raises(UsageError, match="not a header name"):
        Access(HOST, {"X-Key:": "x"})


@pytest.mark.parametrize(
    ("place", "near"),
    [
        ("http://example.org", False),
        ("http://127.example.org", False),
        ("http://localhost.example.org:80", False),
        ("http://127.0.0.1:8000", True),
        ("http://localhost/x", True),
        ("http://[::1]:8000", True),
        (HOST, True),
    ],
)
def test_in_clear_a_secret_goes_to_this_machine_only(place: str, near: bool) -> None:
    if near:
        assert Access(place, token=SECRET).sent()
        return
    for given in ({"token": SECRET}, {"headers": {"X-Key": SECRET}}):
        with pytest.raises(UsageError, match="unencrypted"):
            Access(place, **given)  # type: ignore[arg-type]


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://Example.org/a") == origin("https://example.org:443/b")
    assert origin("https://example.org") != origin("http://example.org:443")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_away_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{scheme}_proxy", f"http://ada:{SECRET}@127.0.0.1:1")
    with pytest.raises(RegistryUnreachable) as away:
        Client(f"{scheme}://prompts.invalid/").load("qa/1")
    assert f"{scheme}://prompts.invalid cannot be reached through the proxy 127.0.0.1:1: " in str(away.value)
    assert SECRET not in str(away.value)


def test_no_proxy_sees_what_goes_to_this_machine(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with served(tmp_path / "out") as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert open_registry(site.url, token=SECRET).get(PRODUCTION, None, 5)
        with pytest.raises(RegistryUnreachable):
            open_registry("http://prompts.invalid").get(PRODUCTION, None, 5)
    assert proxy.asked
    assert all(address.startswith("http://prompts.invalid/") for address in proxy.asked)
    assert SECRET not in str(proxy.sent)

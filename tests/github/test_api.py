from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cuebook.core.errors import EXIT_PROVIDER, GitHubError, Refused, UsageError
from cuebook.github.api import TRIES, GitHub, from_environment, segment
from rest import TOKEN, Asked, Rest, Says


@pytest.fixture
def rest() -> Iterator[Rest]:
    with Rest() as server:
        yield server


def test_a_request_carries_the_token_and_the_query(rest: Rest) -> None:
    rest.on("GET", "pulls", [1])
    assert rest.client.get("pulls", head="o:a b&c", state="open") == [1]
    (asked,) = rest.log
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.query == {"head": "o:a b&c", "state": "open"}


def test_all_pages_are_read_by_the_link_header(rest: Rest) -> None:
    def page(asked: Asked) -> Says:
        number = int(asked.query.get("page", "1"))
        link = f'<{rest.url}/repos/o/r/runs?page={number + 1}>; rel="next", <x>; rel="last"'
        return Says({"runs": [number]}, headers={"Link": link} if number < 3 else {})

    rest.on("GET", "runs", page)
    assert list(rest.client.pages("runs", "runs", event="push")) == [1, 2, 3]
    assert rest.log[0].query == {"per_page": "100", "event": "push"}


def test_a_list_that_never_ends_and_a_next_page_elsewhere_are_refused(rest: Rest) -> None:
    rest.on("GET", "a", lambda _: Says([1], headers={"Link": f'<{rest.url}/repos/o/r/a>; rel="next"'}))
    with pytest.raises(GitHubError, match="more than 100 pages"):
        list(rest.client.pages("a"))
    rest.on("GET", "b", Says([1], headers={"Link": '<https://evil.example/b>; rel="next"'}))
    with pytest.raises(GitHubError, match=r"evil\.example, another server"):
        list(rest.client.pages("b"))
    rest.on("GET", "c", {"items": 3})
    with pytest.raises(GitHubError, match="not a list"):
        list(rest.client.pages("c", "items"))


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (429, {"Retry-After": "99999"}, 60.0),
        (403, {"Retry-After": "2"}, 2.0),
        (403, {"X-RateLimit-Remaining": "0"}, 1.0),
        (502, {}, 1.0),
    ],
)
def test_what_may_work_later_is_tried_again(
    rest: Rest, status: int, headers: dict[str, str], pause: float
) -> None:
    rest.on("GET", "a", lambda _: Says({}, status, headers) if len(rest.log) == 1 else {"ok": 1})
    assert rest.client.get("a") == {"ok": 1}
    assert rest.pauses == [pause]


@pytest.mark.parametrize(("status", "hint"), [(401, "GITHUB_TOKEN"), (403, "permission"), (404, "not there")])
def test_a_refusal_is_final_and_says_what_to_do(rest: Rest, status: int, hint: str) -> None:
    rest.on("GET", "a", Says({"message": "Resource not accessible by integration"}, status))
    with pytest.raises(Refused) as caught:
        rest.client.get("a")
    assert (caught.value.status, caught.value.exit_code, len(rest.log)) == (status, EXIT_PROVIDER, 1)
    assert "Resource not accessible" in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("status", [429, 500])
def test_a_server_that_stays_broken_or_busy_is_an_error_that_no_refusal_is(rest: Rest, status: int) -> None:
    rest.on("GET", "a", Says("gone mad", status))
    with pytest.raises(GitHubError, match=f"answered {status}") as caught:
        rest.client.get("a")
    assert not isinstance(caught.value, Refused)
    assert (len(rest.log), rest.pauses) == (TRIES, [1.0, 2.0, 4.0])


def test_what_may_have_been_done_is_not_done_again(rest: Rest) -> None:
    rest.on("POST", "a", Says({}, 502))
    with pytest.raises(GitHubError):
        rest.client.send("POST", "a", {"x": 1})
    assert len(rest.log) == 1
    rest.on(
        "POST", "b", lambda _: Says({}, 503, {"Retry-After": "1"}) if len(rest.log) == 2 else Says(1, 201)
    )
    assert rest.client.send("POST", "b", {}) == 1


def test_no_answer_at_all() -> None:
    paused: list[float] = []
    client = GitHub("o/r", TOKEN, "http://127.0.0.1:9", sleep=paused.append)
    with pytest.raises(GitHubError, match="no answer") as caught:
        client.get("a")
    assert (caught.value.status, len(paused)) == (0, TRIES - 1)


def test_an_answer_is_read_up_to_a_limit(rest: Rest) -> None:
    rest.on("GET", "zip", Says(b"x" * 100))
    assert rest.client.download("zip", 100) == b"x" * 100
    with pytest.raises(GitHubError, match="more than 99 bytes"):
        rest.client.download("zip", 99)


def test_a_redirect_to_another_server_goes_without_the_token(rest: Rest) -> None:
    rest.on("GET", "zip", Says(b"", 302, {"Location": "/repos/o/r/there"}))
    rest.on("GET", "there", Says(b"data"))
    assert rest.client.download("zip", 10) == b"data"
    with Rest() as other:
        other.on("GET", "there", Says(b"else"))
        rest.on("GET", "zip", Says(b"", 302, {"Location": f"{other.url}/repos/o/r/there"}))
        with pytest.raises(GitHubError, match="without https"):
            rest.client.download("zip", 10)
        client = rest.client
        assert client._ask("GET", f"{other.url}/repos/o/r/there", None, 10, "x").body == b"else"
        assert "authorization" not in other.log[0].headers
    for location in ("file:///etc/passwd", "ftp://127.0.0.1/x", "http://169.254.169.254/"):
        rest.on("GET", "zip", Says(b"", 302, {"Location": location}))
        with pytest.raises(GitHubError, match="without https"):
            rest.client.download("zip", 10)


def test_a_redirect_that_never_ends_and_one_of_a_change_are_refused(rest: Rest) -> None:
    rest.on("GET", "a", Says(b"", 302, {"Location": "/repos/o/r/a"}))
    with pytest.raises(GitHubError, match="too many redirects"):
        rest.client.get("a")
    rest.on("PATCH", "a", Says(b"", 307, {"Location": "/repos/o/r/b"}))
    with pytest.raises(GitHubError, match="renamed"):
        rest.client.send("PATCH", "a", {})


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"\xff"])
def test_an_answer_that_is_not_json(rest: Rest, body: bytes) -> None:
    rest.on("GET", "a", Says(body))
    with pytest.raises(GitHubError, match="not JSON"):
        rest.client.get("a")


def test_an_empty_answer_is_none(rest: Rest) -> None:
    rest.on("DELETE", "a", Says(b"", 204))
    assert rest.client.send("DELETE", "a") is None


def test_the_token_is_in_no_text(rest: Rest) -> None:
    assert TOKEN not in repr(rest.client)
    rest.on("GET", "a", Says({"message": "no"}, 401))
    with pytest.raises(GitHubError) as caught:
        rest.client.get("a")
    assert TOKEN not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"GITHUB_REPOSITORY": None}, "not a repository"),
        ({"GITHUB_REPOSITORY": "o/r/../x"}, "not a repository"),
        ({"GITHUB_REPOSITORY": "o/.."}, "not a repository"),
        ({"GITHUB_TOKEN": " "}, "no token"),
        ({"GITHUB_TOKEN": "a\nb: c"}, "no token has"),
        ({"GITHUB_API_URL": "http://api.example.org"}, "https"),
    ],
)
def test_a_wrong_environment_is_explained(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    good = {"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": ""}
    for name, value in (good | changes).items():
        monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match=said) as caught:
        from_environment()
    assert "a\nb" not in str(caught.value)


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", "https://github.example.org/api/v3/")
    client = from_environment()
    assert (client.repository, client.api) == ("o/r", "https://github.example.org/api/v3")
    assert segment("a/b?c") == "a%2Fb%3Fc"

"""The loopback REST stand-in: permissions, pagination, races, errors, and what a token cannot do."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from workflows.runner import certificate, events
from workflows.runner.github import GitHub
from workflows.runner.problems import Unsupported
from workflows.runner.repository import link
from workflows.runner.results import unused_permissions
from workflows.runner.routing import Reply, all_routes
from workflows.small import CI, workflow

HERE = "/repos/acme/prompts"
Api = Callable[..., tuple[int, Any]]


@pytest.fixture
def hub(new_github: Any) -> GitHub:
    """A GitHub with a pull request (1), one from a fork (2) and an issue (3)."""
    github: GitHub = new_github({"README.md": "Hello\n", "a/b.txt": "1\n", CI: workflow("$ true")})
    github.commit({"a/b.txt": "2\n", "new": link("README.md")}, "idea")
    github.open_pull_request("idea")
    github.commit_to_fork({"c.txt": "3\n"}, by="eve")
    github.open_pull_request("idea", by="eve", fork=True)
    github.open_issue("Help")
    return github


def api(github: GitHub, **permissions: str) -> Api:
    """Call the REST stand-in as a job whose token has these permissions (``pull_requests="write"``)."""
    granted = {scope.replace("_", "-"): level for scope, level in permissions.items()}
    token = github.new_token(granted, 1, "job", "bob")

    def call(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        named = {"Authorization": f"Bearer {token.value}", **headers}
        request = urllib.request.Request(github.api_url + path, data, named, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                text, call.headers = answer.read(), answer.headers
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return call


NEEDS: list[tuple[str, str, Any, dict[str, str]]] = [
    ("GET", "/pulls/1", None, {"pull_requests": "read"}),
    ("GET", "/pulls/1/files", None, {"pull_requests": "read"}),
    ("POST", "/issues/1/comments", {"body": "x"}, {"pull_requests": "write"}),
    ("POST", "/issues/1/comments", {"body": "x"}, {"issues": "write"}),
    ("POST", "/issues/3/comments", {"body": "x"}, {"issues": "write"}),
    ("GET", "/issues/1/comments", None, {"pull_requests": "read"}),
    ("POST", "/issues", {"title": "x"}, {"issues": "write"}),
    ("GET", "/contents/a/b.txt", None, {"contents": "read"}),
    ("GET", "/git/trees/main", None, {"contents": "read"}),
    ("POST", "/git/blobs", {"content": "x"}, {"contents": "write"}),
    ("GET", "/commits/main/check-runs", None, {"checks": "read"}),
    ("GET", "/commits/main/status", None, {"statuses": "read"}),
    ("GET", "/actions/runs", None, {"actions": "read"}),
    ("POST", "/actions/workflows/ci.yml/dispatches", {"ref": "main"}, {"actions": "write"}),
    ("GET", "/environments", None, {"actions": "read"}),
    ("GET", "/collaborators/bob/permission", None, {}),
    ("GET", "/rules/branches/main", None, {}),
]


@pytest.mark.parametrize(("method", "path", "body", "needs"), NEEDS)
def test_every_permission_is_needed_and_enough(
    hub: GitHub, method: str, path: str, body: Any, needs: dict[str, str]
) -> None:
    status, _ = api(hub, **needs)(method, HERE + path, body)
    assert 200 <= status < 300
    others = dict.fromkeys(("metadata", "packages", "discussions"), "write")
    less = {scope: "read" for scope, level in needs.items() if level == "write"}
    if needs:
        status, text = api(hub, **others, **less)(method, HERE + path, body)
        assert (status, "Resource not accessible by integration" in text) == (403, True)


def test_no_route_is_free() -> None:
    assert len(all_routes()) > 70
    assert all(route.needs for route in all_routes())


def test_pull_request_rights_do_not_reach_issues(hub: GitHub) -> None:
    assert api(hub, pull_requests="write")("POST", f"{HERE}/issues/3/comments", {"body": "x"})[0] == 403


def test_nobody_gets_what_only_administrators_have(hub: GitHub) -> None:
    everything = dict.fromkeys(("contents", "actions", "checks", "issues", "pull_requests"), "write")
    for path in ("/branches/main/protection", "/actions/permissions/workflow"):
        assert api(hub, **everything)("GET", HERE + path)[0] == 403


def test_who_is_asking(hub: GitHub) -> None:
    assert api(hub)("GET", HERE, Authorization="Bearer wrong")[0] == 401
    assert api(hub)("GET", "/repos/other/one")[0] == 404
    assert hub.requests[-2].job is None


def test_lists_come_in_pages(hub: GitHub) -> None:
    for number in range(35):
        hub.comment(1, f"comment {number}")
    call = api(hub, pull_requests="read")
    first = call("GET", f"{HERE}/issues/1/comments")[1]
    link_header = call.headers["Link"]
    assert (len(first), first[0]["body"]) == (30, "comment 0")
    assert 'page=2>; rel="next"' in link_header
    address = link_header.partition("<")[2].partition(">")[0]
    assert len(call("GET", address.removeprefix(hub.api_url))[1]) == 5
    assert "next" not in call.headers["Link"]
    assert len(call("GET", f"{HERE}/issues/1/comments?per_page=100")[1]) == 35


def test_the_pull_request_of_a_forks_commit_is_known_to_the_fork_only(hub: GitHub) -> None:
    call = api(hub, pull_requests="read")
    sha = {number: hub.issues[number].head_sha for number in (1, 2)}
    assert [item["number"] for item in call("GET", f"{HERE}/commits/{sha[1]}/pulls")[1]] == [1]
    assert call("GET", f"{HERE}/commits/{sha[2]}/pulls")[1] == []
    assert [item["number"] for item in call("GET", f"/repos/eve/prompts/commits/{sha[2]}/pulls")[1]] == [2]
    assert [item["number"] for item in call("GET", f"{HERE}/pulls?head=eve:idea")[1]] == [2]
    merged = hub.merge(hub.issues[2])
    for commit in (merged, sha[2]):
        assert [item["merged_at"] for item in call("GET", f"{HERE}/commits/{commit}/pulls")[1]] != [None]


def test_files_at_a_commit_are_bytes(hub: GitHub) -> None:
    call = api(hub, contents="read")
    sha = hub.issues[2].head_sha
    found = call("GET", f"{HERE}/contents/c.txt?ref={sha}")[1]
    assert base64.b64decode(found["content"]) == b"3\n"
    tree = {item["path"]: item for item in call("GET", f"{HERE}/git/trees/idea?recursive=1")[1]["tree"]}
    assert tree["new"]["mode"] == "120000"
    assert {item["path"]: item["type"] for item in call("GET", f"{HERE}/contents/a")[1]} == {
        "a/b.txt": "file"
    }
    assert call("GET", f"{HERE}/contents/none")[0] == 404


def test_a_branch_and_a_pull_request_by_rest(hub: GitHub) -> None:
    call = api(hub, contents="write", pull_requests="write")
    main = call("GET", f"{HERE}/git/ref/heads/main")[1]["object"]["sha"]
    tree = call("GET", f"{HERE}/git/commits/{main}")[1]["tree"]["sha"]
    blob = {"path": "a/n.txt", "mode": "100644", "type": "blob", "content": "new\n"}
    tree = call("POST", f"{HERE}/git/trees", {"base_tree": tree, "tree": [blob]})[1]["sha"]
    commit = {"message": "Add", "tree": tree, "parents": [main]}
    made = call("POST", f"{HERE}/git/commits", commit)[1]["sha"]
    assert call("POST", f"{HERE}/git/refs", {"ref": "refs/heads/add", "sha": made})[0] == 201
    status, pull = call("POST", f"{HERE}/pulls", {"title": "Add", "head": "add", "base": "main"})
    assert (status, pull["user"]["login"], pull["head"]["sha"]) == (201, "github-actions[bot]", made)
    assert hub.repository.changed("main", made) == [("A", "a/n.txt")]
    assert call("POST", f"{HERE}/pulls", {"title": "Add", "head": "add", "base": "main"})[0] == 422
    assert [(item.event, item.action, item.runs) for item in hub.triggered] == [
        ("push", "", "no"),
        ("pull_request", "opened", "after approval"),
    ]


def test_what_a_token_may_never_write(hub: GitHub) -> None:
    call = api(hub, contents="write", pull_requests="write")
    new = {"message": "x", "content": "eA==", "branch": "idea"}
    assert call("PUT", f"{HERE}/contents/.github/workflows/x.yml", new)[0] == 403
    hub.protected_branches.add("main")
    assert call("PUT", f"{HERE}/contents/x", {**new, "branch": "main"})[0] == 409
    hub.actions_open_pull_requests = False
    assert "not permitted to create" in call("POST", f"{HERE}/pulls", {})[1]


def test_a_changed_file_needs_its_sha(hub: GitHub) -> None:
    call = api(hub, contents="write")
    change = {"message": "x", "content": base64.b64encode(b"3\n").decode()}
    assert call("PUT", f"{HERE}/contents/a/b.txt", change)[0] == 422
    sha = call("GET", f"{HERE}/contents/a/b.txt")[1]["sha"]
    assert call("PUT", f"{HERE}/contents/a/b.txt", {**change, "sha": sha})[0] == 200
    assert call("PUT", f"{HERE}/contents/a/b.txt", {**change, "sha": sha})[0] == 409
    assert hub.repository.read("main", "a/b.txt") == b"3\n"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/issues/1/comments", {"body": "x" * 65537}),
        ("/issues/1/comments", {}),
        ("/check-runs", {"name": "x", "head_sha": "SHA", "output": {"title": "", "summary": "y"}}),
        ("/check-runs", {"name": "x", "head_sha": "SHA", "conclusion": "great"}),
        ("/check-runs", {"name": "x", "head_sha": "1" * 40}),
        ("/statuses/SHA", {"state": "success", "description": "x" * 141}),
        ("/pulls", {"title": "x", "head": "none", "base": "main"}),
    ],
)
def test_limits(hub: GitHub, path: str, body: Mapping[str, Any]) -> None:
    sha = hub.repository.resolve("main")
    assert sha is not None
    sent = json.loads(json.dumps(body).replace("SHA", sha))
    call = api(hub, pull_requests="write", checks="write", statuses="write")
    assert call("POST", HERE + path.replace("SHA", sha), sent)[0] == 422


def test_a_check_run_grows(hub: GitHub) -> None:
    call = api(hub, checks="write")
    sha = hub.repository.resolve("idea")
    output = {"title": "t", "summary": "s", "annotations": [{"path": "x"}]}
    made = call("POST", f"{HERE}/check-runs", {"name": "gate", "head_sha": sha, "status": "in_progress"})[1]
    for _ in range(2):
        done = call("PATCH", f"{HERE}/check-runs/{made['id']}", {"conclusion": "success", "output": output})[
            1
        ]
    assert (done["status"], done["output"]["annotations_count"]) == ("completed", 2)
    assert call("GET", f"{HERE}/commits/idea/check-runs")[1]["total_count"] == 1


def test_races_and_errors_can_be_staged(hub: GitHub) -> None:
    call = api(hub, pull_requests="write")
    path = f"{HERE}/issues/1/comments"
    hub.after("GET", r"/issues/1/comments$", lambda _: hub.comment(1, "in between") and None)
    assert call("GET", path)[1] == []
    assert [item["body"] for item in call("GET", path)[1]] == ["in between"]
    hub.fail("POST", r"/comments$", 429, retry_after="7")
    assert call("POST", path, {"body": "x"})[0] == 429
    assert call("POST", path, {"body": "x"})[0] == 201
    hub.before("GET", r"/comments$", lambda _: Reply(200, [{"id": "odd"}]))
    assert call("GET", path)[1] == [{"id": "odd"}]


CALL = """
import os, sys, urllib.error, urllib.request
data = sys.argv[3].encode() if len(sys.argv) > 3 else None
headers = {"Authorization": "Bearer " + os.environ["T"]}
url = os.environ["API"] + sys.argv[2]
try:
    answer = urllib.request.urlopen(urllib.request.Request(url, data, headers, method=sys.argv[1]))
    print(answer.status, end="")
except urllib.error.HTTPError as error:
    print(error.code, end="")
"""
START = "- uses: actions/checkout@v7\n"
TOKEN = "    env: {T: '${{ github.token }}', API: '${{ github.api_url }}/repos/acme/prompts'}\n"


def test_a_fork_only_reads_and_has_no_secrets(new_github: Any, run_workflow: Any) -> None:
    steps = (
        f"{START}$ python3 call.py GET /issues/1/comments\n"
        '$ python3 call.py POST /issues/1/comments \'{"body": "x"}\'\n'
        '$ echo "[$KEY][$PLACE]"'
    )
    secret = TOKEN.replace("s'}", "s', KEY: '${{ secrets.KEY }}', PLACE: '${{ vars.PLACE }}'}")
    rights = "permissions: {contents: read, pull-requests: write, id-token: write}"
    github = new_github({CI: workflow(steps, "pull_request", secret, rights), "call.py": CALL})
    github.secrets["KEY"], github.variables["PLACE"] = "k3y", "here"
    github.commit({"x": "y"}, "idea")
    github.commit_to_fork({"x": "y"})
    own = run_workflow("ci.yml", events.pull_request(github, github.open_pull_request("idea")))
    fork = github.open_pull_request("idea", by="eve", fork=True)
    forked = run_workflow("ci.yml", events.pull_request(github, fork))
    assert [step.log for step in own.job("a").steps[1:]] == ["200", "201", "[***][here]\n"]
    assert [step.log for step in forked.job("a").steps[1:]] == ["200", "403", "[][]\n"]
    assert forked.job("a").permissions == {"contents": "read", "pull-requests": "read"}
    assert unused_permissions(own, forked) == {"a": {"id-token": "write"}}
    assert [request.status for request in forked.requests] == [200, 403]


def test_an_unknown_route_stops_the_test(new_github: Any, run_workflow: Any) -> None:
    steps = f"{START}$ python3 call.py GET /traffic/views || true"
    github = new_github({CI: workflow(steps, job=TOKEN), "call.py": CALL})
    with pytest.raises(Unsupported, match="GET /repos/acme/prompts/traffic/views"):
        run_workflow("ci.yml", events.push(github))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def test_a_download_must_not_carry_the_token_along(
    new_github: Any, run_workflow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path()))
    up = workflow("$ echo 1 > f\n- uses: actions/upload-artifact@v7\n  with: {name: x, path: f}")
    github = new_github({CI: up})
    (artifact,) = run_workflow("ci.yml", events.push(github)).artifacts.values()
    path = f"{HERE}/actions/artifacts/{artifact.id}/zip"
    assert api(github, actions="read")("GET", path)[0] == 400, "urllib sends the token to the other host"
    token = github.new_token({"actions": "read"}, 1, "job", "bob").value
    asked = urllib.request.Request(github.api_url + path, headers={"Authorization": f"Bearer {token}"})
    with pytest.raises(urllib.error.HTTPError) as moved:
        urllib.request.build_opener(_Stay).open(asked)
    with moved.value as answer, urllib.request.urlopen(answer.headers["Location"]) as found:
        assert found.read() == artifact.data

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from cuebook.core.errors import GitHubError, UsageError
from cuebook.core.git import blob_id
from cuebook.github.pull_request import Proposal, submit
from rest import Asked, Rest, Says

BASE, TREE = "b" * 40, "7" * 40
WAS, NOW = b"production: 1\n", b"production: 2\n"
PATH, VERSION = "prompts/qa/aliases.yml", "prompts/qa/v2.prompt.yml"
PROPOSAL = Proposal(
    base="main",
    branch="cuebook/production-of-qa",
    title="qa: production to version 2",
    body="because",
    files={PATH: NOW},
    held={PATH: WAS, VERSION: b"v2", "prompts/qa/v3.prompt.yml": None},
)


@dataclass
class Store:
    """Git objects, branches and pull requests of a repository, as far as a proposal needs them."""

    rest: Rest
    branches: dict[str, str] = field(default_factory=lambda: {"main": BASE})
    commits: dict[str, Any] = field(default_factory=lambda: {BASE: {"tree": {"sha": TREE}, "parents": []}})
    pulls: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        on = self.rest.on
        files = {PATH: WAS, VERSION: b"v2"}
        listed = [{"path": path, "type": "blob", "sha": blob_id(data)} for path, data in files.items()]
        on("GET", r"git/ref/heads/(.+)", self._ref)
        on("GET", r"git/commits/(\w+)", lambda asked: self.commits[asked.groups[0]])
        on("GET", rf"git/trees/{TREE}", {"tree": listed, "truncated": False})
        on("POST", "git/trees", lambda asked: Says({"sha": blob_id(str(asked.body).encode())}, 201))
        on("POST", "git/commits", self._commit)
        on("POST", "git/refs", self._make)
        on("PATCH", r"git/refs/heads/(.+)", self._move)
        on("GET", "pulls", lambda _: self.pulls)
        on("POST", "pulls", self._open)
        on("PATCH", r"pulls/(\d+)", lambda asked: self.pulls[int(asked.groups[0]) - 1] | asked.body)

    def _ref(self, asked: Asked) -> Says:
        sha = self.branches.get(asked.groups[0])
        return Says({"object": {"sha": sha}}) if sha else Says({"message": "Not Found"}, 404)

    def _commit(self, asked: Asked) -> Says:
        sha = f"{len(self.commits):040x}"
        parents = [{"sha": parent} for parent in asked.body["parents"]]
        self.commits[sha] = {"tree": {"sha": asked.body["tree"]}, "parents": parents}
        return Says({"sha": sha}, 201)

    def _make(self, asked: Asked) -> Says:
        self.branches[asked.body["ref"].removeprefix("refs/heads/")] = asked.body["sha"]
        return Says({}, 201)

    def _move(self, asked: Asked) -> Says:
        self.branches[asked.groups[0]] = asked.body["sha"]
        return Says({})

    def _open(self, asked: Asked) -> Says:
        number = len(self.pulls) + 1
        made = {"number": number, "html_url": f"https://x/pull/{number}", "head": {"ref": asked.body["head"]}}
        self.pulls.append(made)
        return Says(made, 201)


@pytest.fixture
def store() -> Iterator[Store]:
    with Rest() as rest:
        yield Store(rest)


def test_one_branch_and_one_pull_request_however_often(store: Store) -> None:
    first = submit(store.rest.client, PROPOSAL)
    assert (first.number, first.reused) == (1, False)
    sent = store.rest.asked("POST", "git/trees")[0].body
    assert sent == {
        "base_tree": TREE,
        "tree": [{"path": PATH, "mode": "100644", "type": "blob", "content": NOW.decode()}],
    }
    again = submit(store.rest.client, PROPOSAL)
    assert (again.number, again.reused) == (1, True)
    assert len(store.rest.asked("POST", "git/commits")) == 1
    other = submit(store.rest.client, replace(PROPOSAL, files={PATH: b"production: 3\n"}))
    assert (other.number, other.reused, len(store.rest.asked("POST", "git/commits"))) == (1, True, 2)
    assert store.rest.asked("PATCH", "git/refs/.*")[0].body["force"] is True
    assert list(store.branches) == ["main", "cuebook/production-of-qa"]


@pytest.mark.parametrize(
    "held",
    [{PATH: b"production: 9\n"}, {VERSION: b"other"}, {VERSION: None}, {"prompts/qa/v3.prompt.yml": b"x"}],
)
def test_a_checkout_that_is_not_the_base_is_refused(store: Store, held: dict[str, bytes | None]) -> None:
    with pytest.raises(UsageError, match="not the same here and on main"):
        submit(store.rest.client, replace(PROPOSAL, held=held))
    assert store.rest.asked("POST") == []


def test_a_token_without_the_right_is_an_error(store: Store) -> None:
    store.rest.on("GET", r"git/ref/heads/cuebook.*", Says({"message": "no"}, 403))
    with pytest.raises(GitHubError, match="403"):
        submit(store.rest.client, PROPOSAL)


def test_the_name_of_bytes_is_gits() -> None:
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from build import commit
from cuebook.core.git import blob_id
from rest import TOKEN, Asked, Rest, Says

Cli = Callable[..., Any]
NEW = "prompts/qa/v3.prompt.yml"
TEXT = "Answer from the context in a word."
SECOND = "Answer the question from the context in one short sentence."
ATTACK = '```\n::set-output name=a::b\n$(id) `id` {{question}} --8<-- ".env"\n@everyone'


@dataclass
class Desk:
    """Issue 12 of the repository in ``root``, and what became of it."""

    root: Path
    rest: Rest
    comments: list[str] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        paths = [path for path in (self.root / "prompts").rglob("*") if path.is_file()]
        listed = [
            {"path": str(path.relative_to(self.root)), "type": "blob", "sha": blob_id(path.read_bytes())}
            for path in paths
        ]
        on = self.rest.on
        on("GET", "git/ref/heads/main", {"object": {"sha": "b"}})
        on("GET", "git/commits/b", {"tree": {"sha": "t"}, "parents": []})
        on("GET", "git/trees/t", {"tree": listed})
        on("POST", "git/(trees|commits|refs)", Says({"sha": "n"}, 201))
        on("GET", "pulls", lambda _: self.pulls)
        on("POST", "pulls", self._open)
        on("PATCH", "pulls/5", lambda asked: self.pulls[0] | asked.body)
        on("POST", "issues/12/comments", self._comment)

    def _open(self, asked: Asked) -> Says:
        self.pulls.append({"number": 5, "html_url": "https://x/pull/5", "head": {"ref": asked.body["head"]}})
        return Says(self.pulls[0], 201)

    def _comment(self, asked: Asked) -> Says:
        self.comments.append(asked.body["body"])
        return Says({}, 201)

    def issue(self, *, state: str = "open", label: str = "propose-prompt", **fields: str) -> None:
        given = {
            "Prompt": "qa",
            "Why": "Say it in a word",
            "Instructions": "Answer from the context in a word.",
        }
        given |= fields
        body = "".join(f"### {name}\n\n{text}\n\n" for name, text in given.items())
        made = {"number": 12, "title": "$(id)", "body": body, "state": state, "labels": [{"name": label}]}
        (self.root.parent / "event.json").write_text(json.dumps({"action": "opened", "issue": made}))

    @property
    def files(self) -> dict[str, str]:
        sent = self.rest.asked("POST", "git/trees")
        return {item["path"]: item["content"] for item in sent[-1].body["tree"]} if sent else {}


@pytest.fixture
def desk(registry: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    commit(registry)
    with Rest() as rest:
        for name, value in {
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": rest.url,
            "GITHUB_EVENT_NAME": "issues",
            "GITHUB_EVENT_PATH": str(registry.parent / "event.json"),
        }.items():
            monkeypatch.setenv(name, value)
        yield Desk(registry, rest)


def test_words_of_a_form_do_nothing_in_titles_and_commits(cli: Cli, desk: Desk) -> None:
    desk.issue(Why="[skip ci] fixes #1 @everybody")
    assert cli(desk.root, "ci", "propose").code == 0
    title = desk.rest.asked("POST", "pulls")[0].body["title"]
    sent = [title, desk.rest.asked("POST", "git/commits")[0].body["message"]]
    assert all(not any(word in text for word in ("[skip", "#1", "@every")) for text in sent)


def test_propose(cli: Cli, desk: Desk) -> None:
    desk.issue()
    ended = cli(desk.root, "ci", "propose")
    assert (ended.code, ended.out) == (0, "#12: opened https://x/pull/5\n")
    assert list(desk.files) == [NEW]
    assert "message: Say it in a word\nmodel: offline/rules\n" in desk.files[NEW]
    assert "Answer from the context in a word." in desk.files[NEW]
    sent = desk.rest.asked("POST", "pulls")[0].body
    assert sent["title"] == "qa v3: Say it in a word"
    assert sent["head"] == "cuebook/proposal-12"
    assert "Closes #12" in sent["body"]
    assert desk.comments == ["Thank you. It is proposed in #5; edit this issue to change it."]
    assert not (desk.root / NEW).exists()


def test_an_edited_issue_changes_the_same_pull_request(cli: Cli, desk: Desk) -> None:
    desk.issue()
    cli(desk.root, "ci", "propose")
    desk.issue(Instructions="Answer from the context, in two words.")
    ended = cli(desk.root, "ci", "propose")
    assert ended.out == "#12: updated https://x/pull/5\n"
    assert "in two words" in desk.files[NEW]
    assert len(desk.comments) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Prompt": "qaa"}, "did you mean 'qa'?"),
        ({"Prompt": "../../.github/workflows/x"}, "may have only"),
        ({"Instructions": "Use {{ 1 + 1 }}"}, "line 1 of the text"),
        ({"Start from version": "7"}, "has no version 7"),
        (
            {
                "Instructions": SECOND,
                "Start from version": "2",
            },
            "says the same as version 2",
        ),
        ({"Why": "_No response_"}, "nothing under Why"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_opened(
    cli: Cli, desk: Desk, fields: dict[str, str], said: str
) -> None:
    desk.issue(**fields)
    ended = cli(desk.root, "ci", "propose")
    assert ended.code == 1
    assert said in desk.comments[0]
    assert desk.pulls == []


def test_a_hostile_text_is_text(cli: Cli, desk: Desk) -> None:
    desk.issue(Instructions=ATTACK, Why="::error::x $(id)")
    ended = cli(desk.root, "ci", "propose")
    assert ended.code == 0
    assert list(desk.files) == [NEW]
    assert "::set-output" in desk.files[NEW]
    assert "::" not in ended.out.replace("https://", "")
    assert "@everyone" not in desk.rest.asked("POST", "pulls")[0].body["body"]


@pytest.mark.parametrize("changes", [{"state": "closed"}, {"label": "bug"}])
def test_another_issue_is_refused(cli: Cli, desk: Desk, changes: dict[str, str]) -> None:
    desk.issue(**changes)  # type: ignore[arg-type]
    ended = cli(desk.root, "ci", "propose")
    assert (ended.code, desk.rest.log) == (2, [])


def test_github_that_refuses_ends_with_4(cli: Cli, desk: Desk) -> None:
    desk.issue()
    desk.rest.on("POST", "git/trees", Says({"message": "no"}, 403))
    assert cli(desk.root, "ci", "propose").code == 4

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from build import commit, write
from conftest import QA
from cuebook.core.git import blob_id
from cuebook.jobs.workspace import Workspace
from rest import TOKEN, Rest, Says

Cli = Callable[..., Any]
ALIASES = "prompts/qa/aliases.yml"
WRONG = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"

BRIEF = QA["prompts/qa/v2.prompt.yml"].replace("short", "brief")


def test_without_evidence_nothing_changes_and_what_is_missing_is_said(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "promote", "qa", "2")
    assert ended.code == 3
    assert "no valid verdict on qa/2" in ended.err
    assert "cuebook gate qa/2" in ended.err
    assert "overrides/qa-v2.yml" in ended.err
    assert (registry / ALIASES).read_text() == QA[ALIASES]


def test_with_a_pass_one_line_changes(cli: Cli, registry: Path) -> None:
    write(registry, {ALIASES: "# who: ada\nstaging: 2\nproduction: 1  # since May\n"})
    assert cli(registry, "gate", "qa/2").code == 0
    ended = cli(registry, "promote", "qa", "2")
    assert (ended.code, ended.err) == (0, "")
    assert "production 1 -> 2 (pass on qa)" in ended.out
    assert (registry / ALIASES).read_text() == "# who: ada\nstaging: 2\nproduction: 2  # since May\n"
    assert cli(registry, "promote", "qa", "2").code == 2


def test_a_version_whose_model_was_replaced_is_not_promoted(cli: Cli, registry: Path) -> None:
    write(registry, {"cuebook.toml": 'model = "toy/answers"\n'})
    gated = cli(registry, "gate", "qa/2")
    assert "Write a version that names toy/answers" in " ".join(gated.out.split()), gated.out
    ended = cli(registry, "promote", "qa", "2")
    assert ended.code == 2
    assert (
        "apps that ask for 'production' would get offline/rules, but the gate asks toy/answers" in ended.err
    )
    assert (registry / ALIASES).read_text() == QA[ALIASES]


def test_a_fail_ends_with_1(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    cli(registry, "gate", "qa/3")
    ended = cli(registry, "promote", "qa", "3")
    assert (ended.code, "qa/3 on qa: fail" in ended.err) == (1, True)
    assert "see why: cuebook gate qa/3\n    to promote it anyway, record an override: " in ended.err
    text = ended.err.partition("write overrides/qa-v3.yml: ")[2]
    text = text.replace("NAME", "ada").replace("YYYY-MM-DD", Workspace(registry).today)
    write(registry, {"overrides/qa-v3.yml": text})
    assert cli(registry, "check").code == 0
    assert cli(registry, "promote", "qa", "3").code == 0


def test_an_override_that_is_past_is_said_to_have_ended(cli: Cli, registry: Path) -> None:
    digest = Workspace(registry).registry.version("qa", 2).digest
    text = f"prompt: qa\nversion: 2\ndigest: {digest}\nwho: '@ada'\nwhy: Tone\nuntil: UNTIL\n"
    write(registry, {"overrides/qa-v2.yml": text.replace("UNTIL", "'2026-01-31'")})
    ended = cli(registry, "promote", "qa", "2")
    assert "the override of @ada ended on 2026-01-31: to promote it anyway, write a later day" in ended.err
    assert "record an override" not in ended.err
    told = cli(registry, "check")
    assert (told.code, "overrides/qa-v2.yml:6: warning: the override ended on 2026-01-31" in told.out) == (
        0,
        True,
    )
    write(registry, {"overrides/qa-v2.yml": text.replace("UNTIL", f"'{Workspace(registry).today}'")})
    assert "ended on" not in cli(registry, "check").out
    assert cli(registry, "promote", "qa", "2").code == 0


def test_the_override_that_is_named_says_why_what_was_rolled_back_was_left(cli: Cli, registry: Path) -> None:
    commit(registry)
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG, ALIASES: "production: 2\n"})
    commit(registry)
    write(registry, {ALIASES: "production: 1\n"})
    commit(registry)
    ended = cli(registry, "promote", "qa", "3")
    assert ", left: {v2: WHY}, who: " in ended.err, ended.err
    text = ended.err.partition("write overrides/qa-v3.yml: ")[2]
    text = text.replace("NAME", "ada").replace("YYYY-MM-DD", Workspace(registry).today)
    write(registry, {"overrides/qa-v3.yml": text})
    assert cli(registry, "check").code == 0
    assert cli(registry, "promote", "qa", "3").code == 0


def test_of_an_older_version_the_command_that_is_named_gates_the_promotion(cli: Cli, registry: Path) -> None:
    """A gate of the version alone compares it with the one before it, which says nothing on today."""
    commit(registry)
    write(registry, {"prompts/qa/v3.prompt.yml": BRIEF, ALIASES: "production: 3\n"})
    commit(registry)
    assert cli(registry, "gate", "qa/2").code == 0
    ended = cli(registry, "promote", "qa", "2")
    cure = f"set 'production: 2' in {ALIASES}, then: cuebook gate --base HEAD"
    assert (ended.code, cure in ended.err) == (3, True), ended.err
    write(registry, {ALIASES: "production: 2\n"})
    assert cli(registry, "gate", "--base", "HEAD").code == 0
    write(registry, {ALIASES: "production: 3\n"})
    assert cli(registry, "promote", "qa", "2").code == 0


def test_a_fail_against_another_version_says_nothing_of_a_promotion(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v2.prompt.yml": WRONG})
    commit(registry)
    assert cli(registry, "gate", "qa/2").code == 1
    write(registry, {"prompts/qa/v3.prompt.yml": BRIEF, ALIASES: "production: 3\n"})
    commit(registry)
    ended = cli(registry, "promote", "qa", "2")
    assert (ended.code, "the baseline" in ended.err) == (3, True), ended.err
    assert "fail" not in ended.err


def test_a_share_that_no_verdict_let_in_is_no_reason_for_a_larger_one(cli: Cli, registry: Path) -> None:
    merged = {ALIASES: "production: {use: 1, try: {3: 1}}\n", "prompts/qa/v3.prompt.yml": WRONG}
    write(registry, merged)
    commit(registry)
    ended = cli(registry, "promote", "qa/3", "--try", "50")
    assert (ended.code, "qa: 50% of production -> 3: refused" in ended.err) == (3, True), ended.err
    assert (registry / ALIASES).read_text() == merged[ALIASES]


def test_a_share_of_units_tries_a_version_on_the_same_evidence(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "promote", "qa/2", "--try", "10")
    assert (
        ended.code,
        "qa: 10% of production -> 2: refused\n    no valid verdict on qa/2" in ended.err,
    ) == (
        3,
        True,
    )
    assert cli(registry, "gate", "qa/2").code == 0
    ended = cli(registry, "promote", "qa/2", "--try", "10")
    assert (ended.code, "10% of production -> 2 (pass on qa)" in ended.out) == (0, True)
    assert (registry / ALIASES).read_text().endswith("production: {use: 1, try: {2: 10}}\n")
    assert cli(registry, "promote", "qa/2", "--try", "10").code == 2
    commit(registry)
    write(registry, {"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("floor: 0.5", "floor: 0.9")})
    ended = cli(registry, "promote", "qa/2", "--try", "50")
    assert (ended.code, "the version was let in beside this one" in ended.out) == (0, True)
    ended = cli(registry, "rollback", "qa")
    assert (ended.code, "50% of production -> 2 ends" in ended.err) == (0, True)
    assert (registry / ALIASES).read_text().endswith("production: 1\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["qa/1", "--try", "10"], "version 1 is both in use and on trial"),
        (["qa/2", "--try", "10", "--alias", "beta"], "has no alias 'beta', so there is no version to try"),
        (["qa/2", "--try", "51"], "'51' is not a whole number from 1 to 50"),
        (["qa/9", "--try", "10"], "no version 9"),
    ],
)
def test_what_cannot_be_tried(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    ended = cli(registry, "promote", *words)
    assert (ended.code, said in ended.err) == (2, True), ended.err


def test_an_alias_that_is_not_protected_needs_nothing(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "promote", "qa", "2", "--alias", "staging")
    assert (ended.code, "staging is not a protected alias" in ended.out) == (0, True)
    assert (registry / ALIASES).read_text() == "production: 1\nstaging: 2\n"


def test_apps_that_handle_calls_are_warned(cli: Cli, registry: Path) -> None:
    one = (registry / "prompts/qa/v2.prompt.yml").read_text()
    write(registry, {"prompts/qa/v3.prompt.yml": f"{one}tools: [{{name: look}}]\n"})
    write(registry, {ALIASES: "production: 1\nstaging: 2\n"})
    ended = cli(registry, "promote", "qa", "3", "--alias", "staging")
    assert ended.code == 0
    assert "beware: apps need a Cuebook that reads cuebook/version/2; older ones refuse it" in ended.err
    assert "beware: the first tool was added, look: answers may now be calls of it" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["qa", "9"], "no version 9"),
        (["nope", "1"], "no prompt is called"),
        (["qa", "1"], "points to 1 already"),
        (["qa", "2", "--alias", "latest"], "reserved"),
        (["qa", "2", "--alias", "$(id)"], "must begin with a-z"),
        (["qa", "0"], "is not a version number"),
    ],
)
def test_wrong_words(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    ended = cli(registry, "promote", *words)
    assert (ended.code, said in ended.err) == (2, True)


def test_a_retired_version_is_refused(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/meta.yml": "title: Q\nretired: [2]\n"})
    ended = cli(registry, "promote", "qa", "2")
    assert (ended.code, "is retired" in ended.err) == (2, True)


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rest]:
    with Rest() as server:
        monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_API_URL", server.url)
        yield server


def test_open_pr_carries_the_evidence_and_leaves_the_checkout_alone(
    cli: Cli, registry: Path, rest: Rest
) -> None:
    cli(registry, "gate", "qa/2")
    files = [ALIASES, "prompts/qa/v2.prompt.yml"]
    listed = [
        {"path": path, "type": "blob", "sha": blob_id((registry / path).read_bytes())} for path in files
    ]
    rest.on("GET", "git/ref/heads/main", {"object": {"sha": "b"}})
    rest.on("GET", "git/commits/b", {"tree": {"sha": "t"}, "parents": []})
    rest.on("GET", "git/trees/t", {"tree": listed})
    rest.on("POST", "git/(trees|commits|refs)", Says({"sha": "n"}, 201))
    rest.on("GET", "pulls", [])
    rest.on("POST", "pulls", Says({"number": 5, "html_url": "https://x/pull/5"}, 201))
    ended = cli(registry, "promote", "qa", "2", "--open-pr")
    assert ended.code == 0
    assert "opened https://x/pull/5: qa: production 1 -> 2" in ended.out
    sent = rest.asked("POST", "pulls")[0].body
    assert sent["title"] == "qa: production to version 2"
    assert "**Because:** pass on qa" in sent["body"]
    assert "✅ pass: qa/2" in sent["body"]
    assert "`cuebook rollback qa --alias production`" in sent["body"]
    assert rest.asked("POST", "git/trees")[0].body["tree"][0]["content"] == "production: 2\n"
    assert (registry / ALIASES).read_text() == QA[ALIASES]
    assert TOKEN not in ended.out


def test_open_pr_from_a_registry_in_a_folder(cli: Cli, tmp_path: Path, rest: Rest) -> None:
    root = write(tmp_path / "whole" / "sub", QA)
    (tmp_path / "whole" / "cuebook.toml").unlink(missing_ok=True)
    commit(tmp_path / "whole")
    cli(root, "gate", "qa/2")
    rest.on("GET", "git/ref/heads/main", {"object": {"sha": "b"}})
    rest.on("GET", "git/commits/b", {"tree": {"sha": "t"}, "parents": []})
    rest.on("GET", "git/trees/t", {"tree": []})
    ended = cli(root, "promote", "qa", "2", "--open-pr")
    assert (ended.code, f"sub/{ALIASES} is not the same here and on main" in ended.err) == (2, True)


def test_open_pr_without_evidence_asks_github_nothing(cli: Cli, registry: Path, rest: Rest) -> None:
    commit(registry)
    assert cli(registry, "promote", "qa", "2", "--open-pr").code == 3
    assert rest.log == []


def test_a_version_is_named_as_everywhere(cli: Cli, registry: Path) -> None:
    commit(registry)
    plain, named = (cli(registry, "promote", *words) for words in (("qa", "1"), ("qa/1",)))
    assert (named.code, named.out) == (plain.code, plain.out)
    ended = cli(registry, "promote", "qa")
    assert ended.code == 2
    assert "cuebook promote qa/2" in ended.err


def test_a_new_alias_that_is_nearly_a_protected_one_is_told(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "promote", "qa/2", "--alias", "prodution")
    assert "beware: alias 'prodution' is not protected, and 'production' is: did you mean" in ended.err
    assert "beware" not in cli(registry, "promote", "qa/2", "--alias", "staging").err

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cuebook.doctor import github_settings
from cuebook.doctor.finding import Check
from cuebook.doctor.github_settings import UNSEEN
from cuebook.doctor.workflows import Job, Workflow
from cuebook.github.api import GitHub
from rest import TOKEN, Rest, Says

KEY = frozenset({"OPENAI_API_KEY", "GITHUB_TOKEN"})
WRITES = {"contents": "write", "pull-requests": "write"}
WORKFLOWS = [
    Workflow("w/check.yml", {"pull_request": None}, {}, (Job("a", "files"),)),
    Workflow(
        "w/gate.yml",
        {"pull_request": None, "merge_group": None},
        {},
        (Job("shard", "shard"), Job("end", "gate", "prompt-eval", waits=("shard",), secrets=KEY)),
    ),
    Workflow(
        "w/gate-fork.yml", {"workflow_dispatch": None}, {}, (Job("g", "gate", "fork-eval", secrets=KEY),)
    ),
    Workflow("w/promote.yml", {"workflow_dispatch": None}, {}, (Job("p", "p", "production", WRITES),)),
]
PROTECTED = {"protected_branches": True, "custom_branch_policies": False}
REVIEWERS = {"type": "required_reviewers", "prevent_self_review": True, "reviewers": [{"type": "User"}]}


def environment(name: str, *rules: Any, policy: Any = None) -> dict[str, Any]:
    return {"name": name, "protection_rules": list(rules), "deployment_branch_policy": policy}


GOOD: dict[str, Any] = {
    "": {"default_branch": "main"},
    "rules/branches/main": [
        {
            "type": "required_status_checks",
            "parameters": {"required_status_checks": [{"context": "files"}, {"context": "gate"}]},
        },
        {"type": "pull_request", "parameters": {"require_code_owner_review": True}},
    ],
    "branches/main/protection": Says({"message": "Branch not protected"}, 404),
    "rules/branches/cuebook-data": [{"type": "non_fast_forward"}, {"type": "deletion"}],
    "environments": {
        "environments": [
            environment("prompt-eval", REVIEWERS),
            environment("fork-eval", REVIEWERS, policy=PROTECTED),
            environment("production", policy=PROTECTED),
        ]
    },
    "actions/secrets": {"secrets": [{"name": "ELSE"}]},
    "pages": {"build_type": "workflow"},
    "actions/permissions": {"enabled": True, "allowed_actions": "all", "sha_pinning_required": True},
    "actions/permissions/workflow": {
        "default_workflow_permissions": "read",
        "can_approve_pull_request_reviews": True,
    },
    "actions/permissions/fork-pr-contributor-approval": {"approval_policy": "all_external_contributors"},
}


@pytest.fixture
def rest() -> Iterator[Rest]:
    """GitHub with a repository in which every setting is right."""
    with Rest() as server:
        for path, answer in GOOD.items():
            server.on("GET", path, answer)
        yield server


def bad(rest: Rest) -> list[Check]:
    return [item for item in github_settings.examine(rest.client, "main", WORKFLOWS) if item.state != "ok"]


def test_where_all_is_well_nothing_is_said_to_be_wrong(rest: Rest) -> None:
    found = github_settings.examine(rest.client, "main", WORKFLOWS)
    assert [item for item in found if item.state != "ok"] == []
    assert list(dict.fromkeys(item.area for item in found)) == [
        "repository",
        "branch rules",
        "environments",
        "secrets",
        "Pages",
        "Actions",
    ]
    assert {asked.method for asked in rest.log} == {"GET"}
    assert rest.strays == []


def with_environment(item: dict[str, Any]) -> dict[str, Any]:
    others = [other for other in GOOD["environments"]["environments"] if other["name"] != item["name"]]
    return {"environments": [*others, item]}


ALONE = REVIEWERS | {"prevent_self_review": False}
NO_ONE = REVIEWERS | {"reviewers": []}
CHECKS = GOOD["rules/branches/main"][0]


@pytest.mark.parametrize(
    ("path", "answer", "state", "what", "cure"),
    [
        (
            "",
            {"default_branch": "trunk"},
            "problem",
            "the default branch is 'trunk'",
            "default_branch = 'trunk'",
        ),
        ("rules/branches/main", [CHECKS], "problem", "code owners need not review", "Code Owners"),
        (
            "rules/branches/cuebook-data",
            [{"type": "deletion"}],
            "warning",
            "cuebook-data",
            "block force pushes",
        ),
        (
            "environments",
            {"environments": GOOD["environments"]["environments"][1:]},
            "problem",
            "'prompt-eval' does not exist",
            "New environment: prompt-eval",
        ),
        (
            "environments",
            with_environment(environment("prompt-eval")),
            "warning",
            "prompt-eval: no required reviewers, although gate.yml spends money",
            "Required reviewers",
        ),
        (
            "environments",
            with_environment(environment("prompt-eval", REVIEWERS, policy=PROTECTED)),
            "problem",
            "prompt-eval: no pull request can use it",
            "refs/pull/*/merge",
        ),
        (
            "environments",
            with_environment(environment("fork-eval", NO_ONE, policy=PROTECTED)),
            "problem",
            "fork-eval: no required reviewers, although strangers' prompts reach a key",
            "Required reviewers",
        ),
        (
            "environments",
            with_environment(environment("fork-eval", ALONE, policy=PROTECTED)),
            "warning",
            "fork-eval: self-review is allowed",
            "Prevent self-review",
        ),
        (
            "environments",
            with_environment(environment("production")),
            "problem",
            "production: any branch may use it",
            "Selected branches",
        ),
        (
            "actions/secrets",
            {"secrets": [{"name": "OPENAI_API_KEY"}]},
            "problem",
            "OPENAI_API_KEY: any workflow",
            "Environments",
        ),
        (
            "pages",
            {"build_type": "legacy"},
            "problem",
            "Pages builds from a branch",
            "Source: GitHub Actions",
        ),
        ("actions/permissions", {"enabled": False}, "problem", "switched off", "Actions permissions"),
        (
            "actions/permissions",
            {"enabled": True, "sha_pinning_required": False},
            "warning",
            "not pinned",
            "full-length commit SHA",
        ),
        (
            "actions/permissions/workflow",
            {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True},
            "problem",
            "may write to the repository",
            "Workflow permissions",
        ),
        (
            "actions/permissions/workflow",
            {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False},
            "warning",
            "promote.yml may not open pull requests",
            "create and approve pull requests",
        ),
        (
            "actions/permissions/fork-pr-contributor-approval",
            {"approval_policy": "first_time_contributors"},
            "warning",
            "outside contributors can run workflows without approval",
            "Require approval for all",
        ),
    ],
)
def test_a_wrong_setting_is_found_with_the_place_to_mend_it(
    rest: Rest, path: str, answer: Any, state: str, what: str, cure: str
) -> None:
    rest.on("GET", path, answer)
    (found,) = bad(rest)
    assert found.state == state
    assert what in found.what
    assert cure in found.cure


def test_the_last_jobs_must_be_required(rest: Rest) -> None:
    rest.on("GET", "rules/branches/main", [GOOD["rules/branches/main"][1]])
    found = bad(rest)
    assert [item.what for item in found] == [
        "'files' of check.yml is not required",
        "'gate' of gate.yml is not required",
    ]
    assert {item.state for item in found} == {"problem"}


def test_the_older_branch_protection_counts_too(rest: Rest) -> None:
    rest.on("GET", "rules/branches/main", [])
    classic = {
        "required_status_checks": {"contexts": ["files", "gate"]},
        "required_pull_request_reviews": {"require_code_owner_reviews": True},
    }
    rest.on("GET", "branches/main/protection", classic)
    assert bad(rest) == []
    rest.on("GET", "branches/main/protection", {"required_status_checks": None})
    assert [item.state for item in bad(rest)] == ["problem"] * 3


@pytest.mark.parametrize("status", [403, 404])
def test_an_older_protection_that_is_hidden_makes_what_is_absent_unknown(rest: Rest, status: int) -> None:
    rest.on("GET", "branches/main/protection", Says({"message": "Not Found"}, status))
    assert bad(rest) == []
    rest.on("GET", "rules/branches/main", [])
    found = bad(rest)
    assert [item.state for item in found] == ["unknown"] * 3
    assert all(UNSEEN in item.what for item in found)


UNGUESSED = [path for path in GOOD if path not in {"", "branches/main/protection"}]


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", UNGUESSED)
def test_what_the_token_may_not_see_is_unknown(rest: Rest, path: str, status: int) -> None:
    rest.on("GET", path, Says({"message": "Resource not accessible"}, status))
    (found,) = bad(rest)
    assert found.state == "unknown"
    assert found.what.endswith(UNSEEN)
    assert found.cure


@pytest.mark.parametrize("path", UNGUESSED)
@pytest.mark.parametrize("answer", [7, "text", [7], {"a": 1}, [{}]])
def test_an_odd_answer_is_never_taken_for_a_good_one(rest: Rest, path: str, answer: Any) -> None:
    rest.on("GET", path, answer)
    assert bad(rest) != []


def test_a_wrong_token_is_said_once_and_not_shown(rest: Rest) -> None:
    rest.on("GET", ".*", Says({"message": "Bad credentials"}, 401))
    (found,) = bad(rest)
    assert (found.state, "GITHUB_TOKEN" in found.cure) == ("problem", True)
    assert TOKEN not in repr(found)
    assert len(rest.log) == 1


def test_a_github_out_of_reach_is_one_unknown() -> None:
    nowhere = GitHub("o/r", TOKEN, "http://127.0.0.1:9", sleep=lambda _: None)
    (found,) = github_settings.examine(nowhere, "main", WORKFLOWS)
    assert (found.state, found.area) == ("unknown", "repository")


def test_without_environments_and_keys_they_are_not_asked_for(rest: Rest) -> None:
    found = github_settings.examine(rest.client, "main", WORKFLOWS[:1])
    assert not {"environments", "secrets"} & {item.area for item in found}


def test_a_name_known_at_run_time_only_is_unknown(rest: Rest) -> None:
    odd = Workflow("w/x.yml", {"push": None}, {}, (Job("a", "a", "${{ inputs.where }}"),))
    found = github_settings.examine(rest.client, "main", [odd])
    assert [item.state for item in found if item.area == "environments"] == ["unknown"]


def test_a_workflow_for_others_to_call_asks_for_no_environment(rest: Rest) -> None:
    called = Workflow("w/reusable.yml", {"workflow_call": None}, {}, (Job("a", "a", "${{ inputs.where }}"),))
    assert [
        item for item in github_settings.examine(rest.client, "main", [called]) if item.state != "ok"
    ] == []


def test_with_workflows_of_other_names_some_check_must_be_required(rest: Rest) -> None:
    rest.on("GET", "rules/branches/main", [GOOD["rules/branches/main"][1]])
    found = github_settings.examine(rest.client, "main", [])
    assert [item.what for item in found if item.state == "problem"] == [
        "no check must succeed before a merge"
    ]


@pytest.mark.parametrize(
    ("branches", "state"), [(["main"], "problem"), (["main", "refs/pull/*/merge"], "ok"), ([], "problem")]
)
def test_a_list_of_branches_must_hold_those_of_pull_requests(
    rest: Rest, branches: list[str], state: str
) -> None:
    chosen = {"protected_branches": False, "custom_branch_policies": True}
    rest.on("GET", "environments", with_environment(environment("prompt-eval", REVIEWERS, policy=chosen)))
    listed = {"branch_policies": [{"name": name} for name in branches]}
    rest.on("GET", "environments/prompt-eval/deployment-branch-policies", listed)
    assert [item.state for item in bad(rest)] == ([] if state == "ok" else [state])

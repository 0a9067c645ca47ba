from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.jobs.changes import change_problems, refuse_change
from cuebook.jobs.workspace import Workspace

ALIASES = "prompts/qa/aliases.yml"
SUITE = "evals/qa/suite.yml"
SETTINGS = "[tool.cuebook]\nprotected_aliases = ['production', 'stable']\n"
TODAY = datetime.now(UTC).date()
SOON = (TODAY + timedelta(days=30)).isoformat()
LATE = (TODAY + timedelta(days=900)).isoformat()
AGREED = f"who: '@ada'\nwhy: known\nuntil: '{SOON}'\n"
REMOVED = f"prompt: qa\nalias: production\n{AGREED}"


@pytest.fixture
def base(registry: Path) -> Path:
    """A repository with the registry and its settings committed."""
    write(registry, {"pyproject.toml": SETTINGS})
    commit(registry, "base")
    git(registry, "tag", "base")
    return registry


def found(root: Path) -> list[Problem]:
    workspace = Workspace(root)
    return change_problems(workspace, workspace.tip("base"))


def errors(root: Path) -> list[str]:
    return [item.message for item in found(root) if item.severity == "error"]


@pytest.mark.parametrize("text", ["{}\n", "staging: 1\n", "Production: 1\n", "production_: 1\n", None])
def test_a_protected_alias_is_not_taken_away_in_silence(base: Path, text: str | None) -> None:
    if text is None:
        (base / ALIASES).unlink()
    else:
        write(base, {ALIASES: text})
    workspace = Workspace(base)
    if text != "Production: 1\n":  # no alias, which check says
        assert errors(base) == ["production is protected, and is removed from qa/1"]
        with pytest.raises(InvalidFiles, match="overrides/qa-production-removed"):
            refuse_change(workspace, workspace.tip("base"))


def test_an_override_of_its_own_lets_it_go(base: Path) -> None:
    write(base, {ALIASES: "{}\n", "overrides/qa-production-removed.yml": REMOVED})
    assert errors(base) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("overrides/qa-production-removed.yml", REMOVED.replace(SOON, "2020-01-01")),
        ("overrides/qa-production-removed.yml", REMOVED.replace("production", "stable")),
        ("overrides/qa-production-removed.yml", REMOVED.replace("prompt: qa", "prompt: other")),
        ("overrides/qa-production-removed.yml", REMOVED + "version: 1\n"),
        ("overrides/qa-stable-removed.yml", REMOVED.replace("production", "stable")),
        ("overrides/production-unprotected.yml", f"alias: production\n{AGREED}"),
        ("overrides/production-removed.yml", REMOVED),
    ],
)
def test_no_other_override_does(base: Path, path: str, text: str) -> None:
    write(base, {ALIASES: "{}\n", path: text})
    assert "production is protected, and is removed from qa/1" in errors(base)


def test_two_pairs_of_names_with_one_path_are_told_apart(base: Path) -> None:
    write(base, {"prompts/qa-x/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"]})
    write(base, {"prompts/qa-x/aliases.yml": "production: 1\n"})
    commit(base)
    git(base, "tag", "-f", "base")
    another = REMOVED.replace("alias: production", "alias: x-production")
    write(base, {"prompts/qa-x/aliases.yml": "{}\n", "overrides/qa-x-production-removed.yml": another})
    assert errors(base) == ["production is protected, and is removed from qa-x/1"]


def test_a_change_of_settings_does_not_take_it_away_either(base: Path) -> None:
    write(base, {ALIASES: "{}\n", "pyproject.toml": SETTINGS.replace("'production', ", "")})
    assert errors(base) == [
        "production is protected, and is removed from qa/1",
        "production is no longer protected",
    ]
    write(base, {"overrides/production-unprotected.yml": f"alias: production\n{AGREED}"})
    assert errors(base) == ["production is protected, and is removed from qa/1"]


def test_what_is_loosened_is_said_with_both_values_and_by_whom(base: Path) -> None:
    write(base, {SUITE: QA[SUITE].replace("margin: 0.1", "margin: 0.5").replace("floor: 0.5", "floor: 0.1")})
    commit(base, "looser")
    said = [item for item in found(base) if item.severity == "warning"]
    assert [item.message for item in said] == [
        "loosened by Ada Tester: accepted loss on contains 10 → 50 points",
        "loosened by Ada Tester: floor on contains 50 → 10 points",
    ]
    workspace = Workspace(base)
    for suite in (workspace.tip("base").suite("qa"), workspace.registry.suite("qa")):
        assert suite.digest in said[0].hint
        assert suite.dataset_digest in said[0].hint


LABELS_OF = '{{"id": "{0}-{1}", "inputs": {{"answer": "{1}"}}, "label": {2}}}\n'


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ([5, 5, 1, None], ""),
        ([1, 5, 5, None], "grade is held to other labels on 2 of 3 labelled answers, as more people"),
        ([None, None, None, 1], ""),
    ],
)
def test_labels_that_others_turn_are_told(base: Path, theirs: list[int | None], told: str) -> None:
    """No line is gone, and yet the judge is measured against another label."""
    mine = "".join(LABELS_OF.format("ada", n, label) for n, label in enumerate([5, 5, 1]))
    write(base, {"evals/grade/labels/ada.jsonl": mine})
    commit(base, "labels")
    git(base, "tag", "-f", "base")
    file = "evals/grade/labels/eve.jsonl"
    write(
        base, {file: "".join(LABELS_OF.format("eve", n, label or "null") for n, label in enumerate(theirs))}
    )
    said = [(item.file, item.severity, item.message.startswith(told)) for item in found(base)]
    assert said == ([(file, "warning", True)] if told else [])


def test_labels_of_a_judge_that_no_suite_pins_are_loosened_out_loud(base: Path) -> None:
    lines = [f'{{"id": "{name}", "inputs": {{"answer": "{name}"}}, "label": 5}}\n' for name in "abc"]
    file = "evals/grade/labels/ada.jsonl"
    write(base, {file: "".join(lines)})
    commit(base, "labels")
    git(base, "tag", "-f", "base")
    write(base, {file: lines[0]})
    (problem,) = found(base)
    assert (problem.file, problem.message) == (file, "loosened: labels on grade 3 → 1")


def test_a_file_that_is_broken_hides_nothing_of_the_others(base: Path) -> None:
    write(
        base,
        {"prompts/other/v1.prompt.yml": "message: {{x}}\n", "prompts/other/aliases.yml": "production: x\n"},
    )
    write(base, {"evals/other/suite.yml": "prompt: other\n"})
    commit(base, "broken")
    git(base, "tag", "-f", "base")
    suite = (base / SUITE).read_text()
    write(
        base,
        {
            SUITE: suite.replace("floor: 0.5", "floor: 0.1"),
            "prompts/qa/meta.yml": "title: Q\nformerly: [old]\n",
        },
    )
    told = [item.message for item in found(base)]
    assert any("'qa' was not called 'old' before" in message for message in told), told
    assert any(message.startswith("loosened: floor") for message in told), told


def test_what_is_not_committed_has_no_author(base: Path) -> None:
    write(base, {"pyproject.toml": SETTINGS.replace("'stable'", "'stable', 'x'") + "max_calls = 5\n"})
    assert found(base) == []
    write(base, {SUITE: QA[SUITE].replace("margin: 0.1", "margin: 0.5")})
    (problem,) = found(base)
    assert problem.file == SUITE
    assert problem.message == "loosened: accepted loss on contains 10 → 50 points"


def test_a_new_override_that_holds_too_long_is_refused_and_an_old_one_ends(base: Path) -> None:
    digest = Workspace(base).registry.version("qa", 2).digest
    held = f"prompt: qa\nversion: 2\ndigest: {digest}\n{AGREED.replace(SOON, LATE)}"
    write(base, {"overrides/qa-v2.yml": held})
    (message,) = errors(base)
    assert "more than 180 days after it was set" in message
    commit(base)
    git(base, "tag", "-f", "base")
    (problem,) = found(base)
    assert (problem.severity, problem.file) == ("warning", "overrides/qa-v2.yml")
    assert problem.message.endswith((TODAY + timedelta(days=180)).isoformat())


def test_a_name_that_a_prompt_had_is_never_anothers(base: Path) -> None:
    git(base, "mv", "prompts/qa", "prompts/helper")
    meta = base / "prompts/helper/meta.yml"
    plain = meta.read_text("utf-8")
    write(base, {"prompts/helper/meta.yml": f"{plain}formerly: [qa]\n"})
    write(base, {SUITE: QA[SUITE].replace("prompt: qa", "prompt: helper")})
    commit(base, "rename")
    git(base, "tag", "-f", "base")
    assert errors(base) == []
    taken = {"prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"]}
    write(base, taken)
    assert errors(base) == ["helper was called qa before, and what is published under that name stays"]
    write(base, {"prompts/helper/meta.yml": plain})
    assert "formerly: qa was removed, so another prompt could take that name" in errors(base)


def test_a_version_that_apps_cannot_call_is_told(base: Path) -> None:
    text = QA["prompts/qa/v2.prompt.yml"].replace("{{context}}", "{{tone}}")
    write(base, {"prompts/qa/v3.prompt.yml": text, ALIASES: "production: 3\n"})
    assert [item.message for item in found(base) if "cannot call" in item.message] == [
        "apps of production cannot call qa/3: input context is gone: callers that pass it get an error",
        "apps of production cannot call qa/3: input tone is new and required: callers must pass it",
    ]


def test_a_default_that_no_case_asks_with_is_told(base: Path) -> None:
    data = QA["evals/qa/dataset.jsonl"].replace('"question"', '"tone": "kind", "question"')
    write(base, {"evals/qa/dataset.jsonl": data})
    commit(base, "more inputs")
    git(base, "tag", "-f", "base")
    text = QA["prompts/qa/v2.prompt.yml"].replace("{{context}}", "{{context}} {{tone}}")
    inputs = "inputs: {context: {}, question: {}, tone: {default: Say sorry}}\nmessages:"
    write(base, {"prompts/qa/v3.prompt.yml": text.replace("messages:", inputs), ALIASES: "production: 3\n"})
    assert [item.severity for item in found(base) if "uses it" in item.message] == ["warning"]


def test_another_default_branch_is_told(base: Path) -> None:
    """A checkout is compared with it, also that of somebody else's change."""
    write(base, {"pyproject.toml": SETTINGS + "default_branch = 'weak'\n"})
    said = "default_branch was main and is weak: local checks compare with weak, and proposals go into it"
    assert [(item.severity, item.file, item.message) for item in found(base)] == [
        ("warning", "pyproject.toml", said)
    ]


MOVED = "prompts_dir = 'llm/prompts'\nevals_dir = 'llm/evals'\n"
OWNERS = "/prompts/*/aliases.yml @ada\n/evals/ @ada\n"


def moved(root: Path) -> Path:
    """Both folders elsewhere, by the settings."""
    (root / "llm").mkdir()
    for name in ("prompts", "evals"):
        (root / name).rename(root / "llm" / name)
    write(root, {"pyproject.toml": SETTINGS + MOVED})
    return root


def test_moving_the_folders_is_told_and_changes_nothing_else(base: Path) -> None:
    told = [(item.severity, item.message) for item in found(moved(base))]
    assert told == [
        (
            "warning",
            (
                "folders are moved: prompts_dir is llm/prompts and was prompts;"
                " evals_dir is llm/evals and was evals"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"llm/prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"] + "# edited\n"},
            "a published version was edited",
        ),
        ({"llm/prompts/qa/v1.prompt.yml": None}, "a published version was removed"),
        ({"llm/prompts/qa/aliases.yml": "{}\n"}, "production is protected"),
    ],
)
def test_no_rule_is_walked_around_by_moving_the_folders(
    base: Path, changed: dict[str, str | None], message: str
) -> None:
    moved(base)
    for path, text in changed.items():
        if text is None:
            (base / path).unlink()
        else:
            write(base, {path: text})
    assert [said for said in errors(base) if message in said]


def test_settings_that_name_an_empty_folder_take_every_version_away(base: Path) -> None:
    write(base, {"pyproject.toml": SETTINGS + MOVED})
    assert any("was removed with its published versions" in said for said in errors(base))


def test_a_suite_that_asks_for_less_in_a_moved_folder_is_loosened(base: Path) -> None:
    moved(base)
    suite = base / "llm/evals/qa/suite.yml"
    suite.write_text(suite.read_text("utf-8").replace("margin: 0.1", "margin: 0.9"), "utf-8")
    (told,) = [item for item in found(base) if item.file == SUITE]
    assert told.severity == "warning"
    assert "90 points" in told.message


@pytest.mark.parametrize(("owners", "lost"), [(OWNERS, True), (OWNERS + "/llm/ @ada\n", False)])
def test_owners_are_not_lost_with_the_move(base: Path, owners: str, *, lost: bool) -> None:
    write(base, {"CODEOWNERS": OWNERS})
    commit(base, "owners")
    git(base, "tag", "-f", "base")
    write(moved(base), {"CODEOWNERS": owners})
    told = "new files in evals have an owner in CODEOWNERS, new files in llm/evals have none"
    assert any(told in str(item) for item in found(base)) is lost


OWNED = "/prompts/*/aliases.yml @ada\n/evals/ @ada\n/overrides/ @ada\n/cuebook.toml @ada\n/CODEOWNERS @ada\n"


@pytest.mark.parametrize(
    ("after", "gone"),
    [
        (OWNED, ""),
        (OWNED.replace("@ada", "@bob"), ""),
        (OWNED.replace("/evals/ @ada\n", ""), "evals"),
        (OWNED + "/evals/ @bob\n/overrides/\n", "overrides"),
        (OWNED + "/prompts/qa/aliases.yml\n", "prompts/qa/aliases.yml"),
        (OWNED + "qa/\n", "evals/qa/dataset.jsonl, evals/qa/suite.yml, prompts/qa/aliases.yml"),
        (None, "prompts, evals, overrides, cuebook.toml and CODEOWNERS"),
    ],
)
def test_owners_that_a_change_takes_away_are_told(base: Path, after: str | None, gone: str) -> None:
    write(base, {"CODEOWNERS": OWNED})
    commit(base, "owners")
    git(base, "tag", "-f", "base")
    if after is None:
        (base / "CODEOWNERS").unlink()
    else:
        write(base, {"CODEOWNERS": after})
    said = [item for item in found(base) if item.code == "owners_gone"]
    assert [(item.file, item.severity) for item in said] == ([("CODEOWNERS", "warning")] if gone else [])
    assert all(item.message.endswith(f"their changes: {gone}") for item in said)


def test_a_file_that_goes_with_its_line_loses_no_owner(base: Path) -> None:
    line = "/overrides/ @ada\n"
    write(
        base, {"CODEOWNERS": OWNED.replace(line, "/overrides/old.yml @ada\n"), "overrides/old.yml": "x: 1\n"}
    )
    commit(base, "owners")
    git(base, "tag", "-f", "base")
    (base / "overrides/old.yml").unlink()
    write(base, {"CODEOWNERS": OWNED.replace(line, "")})
    assert [item for item in found(base) if item.code == "owners_gone"] == []


def test_a_version_that_is_erased_is_told(base: Path) -> None:
    (base / "prompts/qa/v2.prompt.yml").unlink()
    write(base, {"prompts/qa/meta.yml": QA["prompts/qa/meta.yml"] + "erased: [2]\n"})
    told = [item.message for item in found(base)]
    assert told == ["qa/2 is erased: apps that pin it get an error, and nothing brings it back"]
    assert errors(base) == []


def test_what_an_override_has_to_name_is_counted_from_the_last_promotion(base: Path) -> None:
    states = []
    for margin in ("0.1", "0.2", "0.3"):
        write(base, {SUITE: QA[SUITE].replace("margin: 0.1", f"margin: {margin}")})
        commit(base)
        states.append(Workspace(base).registry.suite("qa").digest)
    workspace = Workspace(base)
    (warning,) = change_problems(workspace, workspace.tip("HEAD~1"))
    assert "accepted loss on contains 20 \N{RIGHTWARDS ARROW} 30 points" in warning.message
    assert [digest in warning.hint for digest in states] == [True, False, True]


@pytest.mark.parametrize("written", ["contians: {", "contians: {as: contains, "])
def test_a_scorer_that_is_written_wrong_is_no_loosened_rule(base: Path, written: str) -> None:
    """What is wrong is said of its name; what else is loosened is there beside it."""
    was = (
        QA[SUITE].replace("scorers:\n", "scorers:\n  - length: {max_words: 9}\n")
        + "    length: {margin: 0.1}\n"
    )
    write(base, {SUITE: was})
    commit(base)
    git(base, "tag", "-f", "base")
    now = was.replace("contains: {expectation", f"{written}expectation").replace(
        "length: {margin: 0.1", "length: {margin: 0.3"
    )
    if "as:" not in written:
        now = now.replace("contains: {margin", "contians: {margin")
    write(base, {SUITE: now})
    told = [item.message for item in found(base) if item.code == "loosened"]
    assert told == ["loosened: accepted loss on length 10 \N{RIGHTWARDS ARROW} 30 points"]

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from build import write
from checked import FILES, GOOD, SUITE, found, refused
from conftest import QA
from cuebook import check
from cuebook.core.files import FixedTree, Folder
from cuebook.registry.reader import Registry

GIVEN = {path: text.encode() for path, text in QA.items()}


def test_a_good_registry_has_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path, {}) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"evals/qa/suite.yml": SUITE.replace("margin: 1.0", "margin: wide")},
        {"evals/qa/suite.yml": "prompt: [qa\n"},
        {"evals/qa/dataset.jsonl": '[\n  {\n    "id": "a"\n  }\n]\n'},
        {"evals/qa/dataset.jsonl": '{\n  "id": "a",\n  "inputs": {}\n}\n'},
    ],
)
def test_one_cause_is_one_error(tmp_path: Path, broken: dict[str, str | bytes | None]) -> None:
    (problem,) = found(tmp_path, broken)
    assert problem.file in broken


@pytest.mark.parametrize(
    ("changed", "place", "message", "hint"),
    [
        (
            {"pyproject.toml": "[tool.cuebook]\nsite = 1\n"},
            "pyproject.toml",
            "unknown key 'site'",
            "site_url",
        ),
    ],
)
def test_wrong_settings_name_place_and_cure(
    tmp_path: Path, changed: dict[str, str | bytes | None], place: str, message: str, hint: str
) -> None:
    refused(tmp_path, changed, place, message, hint)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"prompts/qa/meta.yml": None}, "no title and owners"),
        (
            {"prompts/other/v1.prompt.yml": GOOD, "prompts/other/meta.yml": "title: O\n"},
            "no suite evaluates this prompt",
        ),
        ({"evals/spare/dataset.jsonl": FILES["evals/qa/dataset.jsonl"]}, "no suite uses this dataset"),
        (
            {"prompts/qa/aliases.yml": None, "prompts/qa/v2.prompt.yml": GOOD.replace("{{", "Now {{", 1)},
            "only floors can decide",
        ),
        (
            {
                "evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace(
                    '"yes"', '"yes", "tone": "kind"'
                )
            },
            "no scorer reads the expectation 'tone'",
        ),
    ],
)
def test_useless_things_are_warnings(
    tmp_path: Path, changed: dict[str, str | bytes | None], message: str
) -> None:
    problems = found(tmp_path, changed)
    assert [item.severity for item in problems] == ["warning"]
    assert message in problems[0].message


def test_an_expectation_that_is_written_wrong_is_told_its_name_and_what_is_left_out(tmp_path: Path) -> None:
    right = FILES["evals/qa/dataset.jsonl"]
    cases = right.replace('"answer"', '"anser"', 1) + right.replace('"a"', '"b"').replace("?", "why?")
    told = [item for item in found(tmp_path, {"evals/qa/dataset.jsonl": cases}) if "'anser'" in item.message]
    assert [item.hint for item in told] == [
        "did you mean 'answer'? As it is, no scorer of 'answer' counts this case"
    ]


def test_an_expectation_that_a_scorer_reads_where_it_is_there_is_no_warning(tmp_path: Path) -> None:
    cases = FILES["evals/qa/dataset.jsonl"].replace('"yes"', '"yes", "refusal": false', 1)
    suite = SUITE.replace("  - exact\n", "  - exact\n  - refusal\n")
    assert found(tmp_path, {"evals/qa/dataset.jsonl": cases, "evals/qa/suite.yml": suite}) == []


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    broken = {f"prompts/qa/v{n}.prompt.yml": "message: x\n" for n in range(2, 12)}
    assert len({item.file for item in found(tmp_path, broken)}) == 10


def test_one_problem_does_not_hide_another(tmp_path: Path) -> None:
    broken = {
        "prompts/qa/aliases.yml": "production: 12\nlatest: 1\n",
        "evals/qa/suite.yml": "prompt: qaa\nscorers: [exakt]\ngate: {metrics: {exact: {margin: -1}}}\n",
        "evals/qa/dataset.jsonl": "{id: b}\n",
    }
    said = " ".join(item.message for item in found(tmp_path, broken))
    for part in ("version 12", "'latest'", "'qaa'", "'exakt'", "margin", "not JSON"):
        assert part in said


@pytest.mark.parametrize("folder", ["evals", "prompts", "overrides", "site/guides", "site"])
def test_a_folder_that_is_a_link_is_one_problem_and_nothing_is_read(registry: Path, folder: str) -> None:
    elsewhere = write(registry.parent / "elsewhere", {f"{number}/x/y": "secret" for number in range(50)})
    shutil.rmtree(registry / folder, ignore_errors=True)
    (registry / folder).parent.mkdir(exist_ok=True)
    (registry / folder).symlink_to(elsewhere, target_is_directory=True)
    found = [problem for problem in check.check(Folder(registry)) if problem.severity == "error"]
    said = [problem for problem in found if "in place of a folder" in problem.message]
    assert [problem.file for problem in said] == ["site/guides" if folder == "site" else folder]
    assert not any("elsewhere" in str(problem) or "secret" in str(problem) for problem in found)


def test_guides_are_text_and_pictures(registry: Path) -> None:
    write(
        registry,
        {"site/guides/a.md": "# A", "site/guides/evil.js": "1", "site/guides/b.svg": "<svg onload='1'/>"},
    )
    (registry / "site/guides/c.png").symlink_to("/etc/passwd")
    found = {
        problem.file: problem.message
        for problem in check.check(Folder(registry))
        if problem.severity == "error"
    }
    assert "text and pictures" in found["site/guides/evil.js"]
    assert "onload" in found["site/guides/b.svg"]
    assert "symbolic links" in found["site/guides/c.png"]
    assert "site/guides/a.md" not in found
    old = check.check(Folder(registry), Folder(registry))
    assert {problem.severity for problem in old if problem.file == "site/guides/evil.js"} == {"warning"}


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("evals/qa/Suite.yml", "evals/qa/suite.yml"),
        ("evals/qa/DATASET.jsonl", "evals/qa/dataset.jsonl"),
        ("site/guides/e\u0301.md", "site/guides/\xe9.md"),
        ("overrides/\ufb01x-v1.yml", "overrides/FIX-v1.yml"),
    ],
)
def test_two_spellings_that_are_one_file_on_some_machines(registry: Path, path: str, other: str) -> None:
    if not (registry / other).exists():
        write(registry, {other: "# Text\n"})
    write(registry, {path: "# Text\n"})
    told = {item.file for item in check.check(Folder(registry)) if "same file on some" in item.message}
    assert told == {path, other}


@pytest.mark.parametrize(
    "path",
    ["evals/qa/\udcff.json", "evals/qa/photos/\udcff.png", "site/guides/\udcff.md", "overrides/\udcff.yml"],
)
def test_a_name_that_is_no_text_is_refused_and_ends_no_command(registry: Path, path: str) -> None:
    write(registry, {path: "{}\n"})
    told = [item for item in check.check(Folder(registry)) if item.message == "its name is not UTF-8 text"]
    assert [(item.file, item.severity) for item in told] == [(path, "error")]
    assert Registry(Folder(registry)).suite("qa").digest == Registry(FixedTree(GIVEN)).suite("qa").digest


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('site_url = "example.org"', "site_url is 'example.org', which is not an address"),
        ('repo_url = "git@github.com:a/b"', "repo_url is 'git@github.com:a/b', which is not an address"),
        ('site_url = "https://example.org/p/"\nrepo_url = "http://git.local/p"', ""),
    ],
)
def test_addresses_in_the_settings_are_whole(tmp_path: Path, line: str, said: str) -> None:
    write(tmp_path, FILES | {"cuebook.toml": f"{line}\n"})
    found = [item.message for item in check.check(Folder(tmp_path)) if item.file == "cuebook.toml"]
    assert found == ([said] if said else [])


@pytest.mark.parametrize("data", [GOOD.encode("utf-16"), GOOD.encode() + b"\0", GOOD.encode() + b"# \x07\n"])
def test_a_file_that_is_no_text_is_one_problem(tmp_path: Path, data: bytes) -> None:
    told = [
        item
        for item in found(tmp_path, {"prompts/qa/v1.prompt.yml": data})
        if item.file.endswith("v1.prompt.yml")
    ]
    assert [item.severity for item in told] == ["error"]


@pytest.mark.parametrize(
    ("mark", "message", "hint"),
    [
        ("&a First", "YAML anchors and aliases (&name, *name) are not allowed", "take &a out"),
        ("!!str First", "YAML tags such as !!str are not allowed", "remove the tag"),
        ("First & last!", "", ""),
    ],
)
def test_anchors_and_tags_without_an_effect_are_refused_in_new_files(
    tmp_path: Path, mark: str, message: str, hint: str
) -> None:
    files = {**FILES, "prompts/qa/v1.prompt.yml": GOOD.replace("First", mark)}
    tree = Folder(write(tmp_path, files))
    told = [(item.file, item.line, item.message, item.severity) for item in check.check(tree)]
    where = ("prompts/qa/v1.prompt.yml", 1, message)
    assert told == [(*where, "error")] * bool(message)
    assert all(item.hint.startswith(hint) and not item.breaks for item in check.check(tree))
    assert [item.severity for item in check.check(tree, tree)] == ["warning"] * bool(message)


@pytest.mark.parametrize("alias", ["production-eu", "production2", "preproduction", "stable"])
def test_an_alias_of_its_own_is_no_slip_of_a_protected_one(tmp_path: Path, alias: str) -> None:
    assert found(tmp_path, {"prompts/qa/aliases.yml": f"production: 1\n{alias}: 1\n"}) == []


def test_an_alias_that_is_nearly_a_protected_one_is_a_warning(tmp_path: Path) -> None:
    (told,) = found(tmp_path, {"prompts/qa/aliases.yml": "production: 1\nprodution: 1\n"})
    assert (told.severity, told.file, told.line) == ("warning", "prompts/qa/aliases.yml", 2)
    assert told.message == "alias 'prodution' is not protected, and 'production' is"
    assert told.hint == "did you mean 'production'?"

from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook import check
from cuebook.check import too_long
from cuebook.core.files import Folder
from cuebook.registry import overrides
from fixtures.overriding import TEXT, tree


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (TEXT.replace("who: Ada\n", ""), "qa-v2.yml", "'who' is missing"),
        (TEXT.replace("2026-12-31", "soon"), "qa-v2.yml", "until"),
        (TEXT, "qa-v3.yml", "there is no qa/2"),
        (TEXT + "whom: x\n", "qa-v2.yml", "unknown key 'whom'"),
    ],
)
def test_check_says_what_is_wrong_with_a_file(tmp_path: Path, text: str, name: str, message: str) -> None:
    assert any(message in problem.message for problem in check.check(tree(tmp_path, text, name)))


def test_check_refuses_an_override_of_nothing(tmp_path: Path, registry: Path) -> None:
    assert any("there is no qa/2" in item.message for item in check.check(tree(tmp_path)))
    write(registry, {"overrides/qa-v2.yml": TEXT})
    assert any("so the override has no effect" in item.message for item in check.check(Folder(registry)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace("2026-12-31", "'2026-02-30'"), "until: not a date: 2026-02-30"),
        (TEXT.replace("2026-12-31", "'\u0662\u0660\u0662\u0666-12-31'"), "until: not a date:"),
        (TEXT.replace("who: Ada", "who: 'ada@example.org'"), "is not the name of an account"),
    ],
)
def test_what_earlier_releases_let_through_is_refused_in_new_files_only(
    tmp_path: Path, text: str, message: str
) -> None:
    folder = tree(tmp_path, text)
    (problem, *_) = [item for item in check.check(folder) if message in item.message]
    assert (problem.severity, problem.breaks) == ("error", False)
    (again, *_) = [item for item in check.check(folder, folder) if message in item.message]
    assert again.severity == "warning"


def test_check_says_everything_of_an_override_at_once(tmp_path: Path) -> None:
    text = TEXT.replace("2026-12-31", "2026-02-31").replace("why: The suite cannot see tone yet", "why:")
    said = [(item.line, item.message) for item in check.check(tree(tmp_path, text.replace("qa", "q")))]
    assert {line for line, what in said if "until: not a date" in what} == {6}
    assert {line for line, what in said if "who: 'Ada' is not the name of an account" in what} == {4}
    assert {line for line, what in said if "why: expected text" in what} == {5}
    assert any("there is no q/2" in what for _, what in said)


@pytest.mark.parametrize(
    ("until", "told"),
    [("2027-05-20", ""), ("2027-05-21", "2027-05-20"), ("9999-12-31", "2027-05-20"), ("9999-99-99", "")],
)
def test_none_may_hold_for_more_than_180_days(tmp_path: Path, until: str, told: str) -> None:
    path = "overrides/qa-v2.yml"
    files = tree(tmp_path, TEXT.replace("2026-12-31", f"'{until}'"))
    shaped, _ = overrides.read(files, path)
    assert shaped
    found = too_long(files, path, shaped, "2026-11-21")
    assert found is None or found.line == TEXT[: TEXT.index("until")].count("\n") + 1
    assert (found.hint if found else "") == (told and f"write until: {told} or earlier, and renew it then")


def test_an_override_of_a_prompt_that_was_renamed_is_told_its_new_place(registry: Path) -> None:
    (registry / "prompts/qa").rename(registry / "prompts/ask")
    write(registry, {"overrides/qa-v2.yml": TEXT, "prompts/ask/meta.yml": "title: Q\nformerly: [qa]\n"})
    told = [item.hint for item in check.check(Folder(registry)) if item.message == "there is no qa/2"]
    assert told == ["write prompt: ask, and rename it to overrides/ask-v2.yml"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("qa-v3.yml", TEXT, [("this file overrides qa/2", "rename it to overrides/qa-v2.yml")]),
        (
            "qa-v2.yml",
            TEXT.replace("version: 2", "version: 8"),
            [("there is no qa/8", "write version: 2, as the file is called, or delete it")],
        ),
        (
            "qa-v2.yml",
            TEXT.replace("qa", "qas"),
            [("there is no qas/2", "write prompt: qa, as the file is called, or delete it")],
        ),
        (
            "qa-v9.yml",
            TEXT.replace("version: 2", "version: 8"),
            [("there is no qa/8", "delete the override")],
        ),
    ],
)
def test_an_override_that_is_called_otherwise_is_told_one_thing(
    registry: Path, name: str, text: str, said: list[tuple[str, str]]
) -> None:
    write(registry, {f"overrides/{name}": text.replace("who: Ada", "who: '@ada'")})
    told = [item for item in check.check(Folder(registry)) if item.code != "other_digest"]
    assert [(item.message, item.hint) for item in told] == said


def test_a_digest_in_place_of_a_state_of_rules_is_told_as_one_cause(tmp_path: Path) -> None:
    text = f"suite: qa\nbefore: sha256:{'0' * 64}\nafter: removd\nwho: '@ada'\nwhy: a\nuntil: '2026-12-31'\n"
    problems = check.check(Folder(write(tmp_path, {"overrides/qa-rules.yml": text})))
    told = [item for item in problems if item.line in {2, 3}]
    assert [item.message.partition(": ")[::2] for item in told] == [
        ("before", f"expected a block of keys, got text: 'sha256:{'0' * 52}…'"),
        ("after", "'removd' is not a known value"),
    ]

from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook import check
from cuebook.core.files import Folder
from cuebook.registry import overrides

DIGEST = "sha256:" + "a" * 64
TEXT = f"""\
prompt: qa
version: 2
digest: {DIGEST}
who: Ada
why: The suite cannot see tone yet
until: 2026-12-31
"""


def tree(folder: Path, text: str = TEXT, name: str = "qa-v2.yml") -> Folder:
    return Folder(write(folder, {f"overrides/{name}": text}))


@pytest.mark.parametrize(
    ("version", "digest", "today", "holds"),
    [
        (2, DIGEST, "2026-11-22", True),
        (2, DIGEST, "2026-12-31", True),
        (2, DIGEST, "2027-01-01", False),
        (2, "sha256:" + "b" * 64, "2026-11-22", False),
        (3, DIGEST, "2026-11-22", False),
    ],
)
def test_it_holds_for_one_digest_until_its_day(
    tmp_path: Path, version: int, digest: str, today: str, *, holds: bool
) -> None:
    found = overrides.standing(tree(tmp_path), "qa", version, digest, today)
    assert (found is not None) == holds


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (TEXT.replace("who: Ada\n", ""), "qa-v2.yml", "'who' is missing"),
        (TEXT.replace("2026-12-31", "soon"), "qa-v2.yml", "until"),
        (TEXT, "qa-v3.yml", "it overrides qa/2"),
        (TEXT + "whom: x\n", "qa-v2.yml", "unknown key 'whom'"),
    ],
)
def test_a_wrong_file_does_nothing_and_check_says_so(
    tmp_path: Path, text: str, name: str, message: str
) -> None:
    folder = tree(tmp_path, text, name)
    assert overrides.standing(folder, "qa", 2, DIGEST, "2026-11-22") is None or name != "qa-v2.yml"
    assert any(message in problem.message for problem in check.check(folder))


def test_check_refuses_an_override_of_nothing(tmp_path: Path, registry: Path) -> None:
    assert any("there is no qa/2" in item.message for item in check.check(tree(tmp_path)))
    write(registry, {"overrides/qa-v2.yml": TEXT})
    assert any("it overrides nothing" in item.message for item in check.check(Folder(registry)))


@pytest.mark.parametrize(
    ("until", "set_on", "today", "holds"),
    [
        ("2026-12-31", "2026-11-01", "2026-12-31", True),
        ("2099-12-31", "2026-01-01", "2026-06-30", True),
        ("2099-12-31", "2026-01-01", "2026-07-01", False),
        ("9999-12-31", "2026-01-01", "2026-07-01", False),
        ("2027-13-45", "2026-01-01", "2026-07-01", False),
        ("\u0662\u0660\u0669\u0669-12-31", "2026-01-01", "2026-07-01", False),
        ("2099-12-31", "2098-01-01", "2026-06-30", True),
        ("2099-12-31", None, "2026-06-30", True),
    ],
)
def test_none_holds_for_more_than_180_days_after_it_was_set(
    tmp_path: Path, until: str, set_on: str | None, today: str, *, holds: bool
) -> None:
    text = TEXT.replace("2026-12-31", f"'{until}'")
    found = overrides.standing(tree(tmp_path, text), "qa", 2, DIGEST, today, lambda _: set_on)
    assert (found is not None) == holds
    if found:
        assert today <= found.until <= overrides.last_day("9999-12-31", today)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace("2026-12-31", "'2026-02-30'"), "there is no day 2026-02-30"),
        (TEXT.replace("2026-12-31", "'\u0662\u0660\u0662\u0666-12-31'"), "there is no day"),
        (TEXT.replace("who: Ada", "who: 'ada@example.org'"), "is no account that could be asked"),
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
    assert {line for line, what in said if "until: there is no day" in what} == {6}
    assert {line for line, what in said if "who: 'Ada' is no account" in what} == {4}
    assert {line for line, what in said if "why: text is wanted" in what} == {5}
    assert any("there is no q/2" in what for _, what in said)

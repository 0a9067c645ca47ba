from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, write
from checked import FILES, GOOD
from cuebook import check
from cuebook.core import git
from cuebook.core.files import Folder

OTHER = GOOD.replace("briefly", "at length")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"prompts/qa/v3.prompt.yml": OTHER}, []),
        ({"prompts/qa/aliases.yml": "production: 2\n"}, []),
        ({"prompts/qa/v1.prompt.yml": OTHER}, [("prompts/qa/v1.prompt.yml", 4, "was edited")]),
        ({"prompts/qa/v1.prompt.yml": GOOD + "\n"}, [("prompts/qa/v1.prompt.yml", 6, "was edited")]),
        ({"prompts/qa/v2.prompt.yml": None}, [("prompts/qa/v2.prompt.yml", 0, "was removed")]),
        (
            {"prompts/qa/v2.prompt.yml": None, "prompts/qa/v3.prompt.yml": GOOD.replace("First", "Second")},
            [("prompts/qa/v2.prompt.yml", 0, "was renumbered to v3.prompt.yml")],
        ),
    ],
)
def test_published_versions_never_change(
    tmp_path: Path, change: dict[str, str | None], expected: list[tuple[str, int, str]]
) -> None:
    write(tmp_path, FILES | {"prompts/qa/v2.prompt.yml": GOOD.replace("First", "Second")})
    base = commit(tmp_path)
    for name, text in change.items():
        if text is None:
            (tmp_path / name).unlink()
        else:
            write(tmp_path, {name: text})
    problems = check.check_change(git.Snapshot(tmp_path, base), Folder(tmp_path))
    assert [(item.file, item.line) for item in problems] == [(file, line) for file, line, _ in expected]
    for item, (_, _, message) in zip(problems, expected, strict=True):
        assert message in item.message
        assert item.hint


def test_line_ends_of_a_checkout_are_no_edit(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    base = git.Snapshot(tmp_path, commit(tmp_path))
    path = tmp_path / "prompts/qa/v1.prompt.yml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check.check_change(base, Folder(tmp_path)) == []
    path.write_bytes(path.read_bytes().replace(b"briefly", b"at length"))
    (problem,) = check.check_change(base, Folder(tmp_path))
    assert problem.line == 4
    path.rename(path.with_name("v2.prompt.yml"))
    write(tmp_path, {"prompts/qa/v2.prompt.yml": GOOD.replace("\n", "\r\n")})
    (problem,) = check.check_change(base, Folder(tmp_path))
    assert "renumbered to v2" in problem.message

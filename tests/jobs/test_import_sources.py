from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook.core.errors import UsageError
from cuebook.core.files import Folder
from cuebook.jobs import import_sources
from cuebook.jobs.import_sources import Beside, sources

PROMPT = "model: openai/gpt-4o\nmessages: [{role: user, content: Hi}]\n"


def test_of_a_folder_only_files_of_a_sure_format_are_taken(tmp_path: Path) -> None:
    files = {
        "a/one.prompt.yml": PROMPT,
        "a/b/two.prompt.yml": PROMPT,
        "a/.hidden/three.prompt.yml": PROMPT,
        "a/node_modules/four.prompt.yml": PROMPT,
        "a/notes.txt": "Hello",
        "a/tools.json": '{"tools": [{"name": "x", "inputSchema": {}}]}',
        "a/photo.png": "x",
        "a/v1.prompt.yml": f"message: One of ours\n{PROMPT}",
        "out.prompt.yml": PROMPT,
    }
    write(tmp_path, files)
    (tmp_path / "a/link.prompt.yml").symlink_to(tmp_path / "out.prompt.yml")
    (tmp_path / "a/linked").symlink_to(tmp_path)
    found = sources([str(tmp_path / "a")])
    assert [Path(item.path).name for item in found.files] == ["one.prompt.yml", "two.prompt.yml"]
    assert found.others == 4


def test_patterns_and_files_are_taken_as_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, {"x/one.prompt.yml": PROMPT, "x/two.prompt.yml": PROMPT}))
    found = sources(["x/*.prompt.yml", "x/one.prompt.yml"]).files
    assert [item.path for item in found] == ["x/one.prompt.yml", "x/two.prompt.yml"]
    assert {item.kind for item in found} == {"prompt_yml"}


def test_all_words_that_name_nothing_or_no_known_file_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"one.prompt.yml": PROMPT, "a.rst": "Hi", "b.json": "{"}
    monkeypatch.chdir(write(tmp_path, files))
    found = sources(["nowhere.yml", "*.nope", "a.rst", "b.json", "one.prompt.yml"])
    assert [(item.file, item.message[:24]) for item in found.problems] == [
        ("nowhere.yml", "it does not exist"),
        ("*.nope", "no file matches this"),
        ("a.rst", "no importer knows this f"),
        ("b.json", "not JSON: a key in doubl"),
    ]
    assert [item.path for item in found.files] == ["one.prompt.yml"]


def test_files_beside_a_source_are_read_within_a_budget_and_never_outside(tmp_path: Path) -> None:
    write(tmp_path, {"in/a.txt": "A", "in/b/c.txt": "C", "out.txt": "secret", "in/big.txt": "x" * 1_100_000})
    (tmp_path / "in/link.txt").symlink_to(tmp_path / "out.txt")
    beside = Beside(Folder(tmp_path / "in"))
    assert beside.read("a.txt") == b"A"
    assert [beside.read(path) for path in ("../out.txt", "link.txt", "/etc/passwd", "big.txt", "b")] == [
        None
    ] * 5
    assert beside.paths("b") == ["b/c.txt"]
    assert beside.paths("..") == []
    beside.left = 0
    assert (beside.read("a.txt"), beside.read("b/c.txt")) == (b"A", None)


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {f"{number}.txt": "x" for number in range(4)})
    monkeypatch.setattr(import_sources, "MOST_FILES", 3)
    with pytest.raises(UsageError, match="has over 3 files"):
        sources([str(tmp_path)])

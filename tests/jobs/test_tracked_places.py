from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from build import commit, crossed, git, merged, write
from cuebook.core import git as git_questions
from cuebook.core.errors import UsageError
from cuebook.jobs.tracked_places import hidden, problems
from cuebook.jobs.workspace import Workspace


def track(root: Path, path: str, data: str = "x") -> None:
    write(root, {path: data})
    git(root, "add", "-f", path)


def found(root: Path, base: str | None = None) -> list[tuple[str, str]]:
    workspace = Workspace(root)
    tree = workspace.at(base).tree if base else None
    return [(item.severity, item.file) for item in problems(workspace, tree)]


@pytest.mark.parametrize(
    "path",
    [".cuebook/evaluations/qa/2/qa.json", ".CUEBOOK/x", "build/ledger/x.json", "build", "Build/docs"],
)
def test_nothing_tracked_may_be_there(registry: Path, path: str) -> None:
    commit(registry)
    track(registry, path)
    assert found(registry, "main") == [("error", path)]


def test_a_link_and_a_submodule_are_named_as_what_they_are(registry: Path) -> None:
    head = commit(registry)
    (registry / "build").symlink_to("/nowhere")
    git(registry, "add", "-f", "build")
    git(registry, "update-index", "--add", "--cacheinfo", f"160000,{head},.cuebook/sub")
    said = {item.file: item.message.partition(" in ")[0] for item in problems(Workspace(registry))}
    assert said == {"build": "a link", ".cuebook/sub": "a submodule"}


def test_the_places_in_use_and_those_of_the_settings_are_looked_at(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(registry, {"cuebook.toml": 'output = "public"\n'})
    commit(registry)
    write(registry, {"cuebook.toml": 'output = "docs"\n'})
    monkeypatch.setenv("CUEBOOK_OUTPUT", "elsewhere")
    monkeypatch.setenv("CUEBOOK_STATE", str(registry / "known"))
    for name in ("public/x", "docs/x", "elsewhere/x", "known/x", ".cuebook/x", "build/x"):
        track(registry, name)
    there = {path for _, path in found(registry, "main")}
    assert there == {"public/x", "docs/x", "elsewhere/x", "known/x", ".cuebook/x"}


def test_what_the_base_has_in_the_output_folder_is_warned_of_and_in_the_state_folder_refused(
    registry: Path,
) -> None:
    commit(registry)
    track(registry, "build/tool.js")
    track(registry, ".cuebook/x")
    git(registry, "commit", "-qm", "old")
    git(registry, "switch", "-q", "-c", "change")
    assert found(registry, "main") == [("error", ".cuebook/x"), ("warning", "build/tool.js")]
    track(registry, "build/tool.js", "edited")
    assert ("error", "build/tool.js") in found(registry, "main")
    assert ("error", "build/tool.js") in found(registry)


def test_a_whole_tree_is_told_in_few_lines(registry: Path) -> None:
    commit(registry)
    for number in range(40):
        track(registry, f"build/{number}")
    told = problems(Workspace(registry))
    assert len(told) == 21
    assert told[-1].message.endswith("so are 19 more files")


def test_no_command_believes_a_state_folder_that_git_tracks(registry: Path) -> None:
    commit(registry)
    track(registry, ".cuebook/evaluations/qa/2/qa.json", "{}")
    with pytest.raises(UsageError, match="is tracked by Git"):
        _ = Workspace(registry).evidence


def test_a_checkout_without_git_has_nothing_tracked(registry: Path) -> None:
    write(registry, {"build/x": "x"})
    assert found(registry) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".gitattributes", "*.yml ident"),
        (".gitattributes", "evals/** filter=other"),
        ("prompts/qa/.gitattributes", "v1.prompt.yml working-tree-encoding=UTF-7"),
    ],
)
def test_an_attribute_by_which_a_checkout_holds_other_bytes(registry: Path, path: str, line: str) -> None:
    write(registry, {".gitattributes": "prompts/** text eol=lf\n", "notes.txt": "x"})
    commit(registry)
    assert found(registry, "main") == []
    git(registry, "switch", "-qc", "change")
    write(registry, {path: f"{line}\nnotes.txt ident\n"})
    git(registry, "add", path)
    told = found(registry, "main")
    assert told
    assert {severity for severity, _ in told} == {"error"}
    assert all(file.startswith(("prompts/qa/", "evals/qa/")) for _, file in told)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("evals/** text eol=lf", [("warning", "evals/qa/photos/a.PNG")]),
        ("evals/** text=auto eol=lf", []),
        ("evals/** -text", []),
        ("prompts/** text", []),
    ],
)
def test_an_image_that_git_is_told_is_text(registry: Path, line: str, told: list[tuple[str, str]]) -> None:
    write(registry, {".gitattributes": f"{line}\n", "evals/qa/photos/a.PNG": "an image"})
    commit(registry)
    assert found(registry, "main") == told


def test_an_attribute_of_the_base_is_warned_of_in_its_files(registry: Path) -> None:
    write(registry, {".gitattributes": "*.jsonl ident\n"})
    commit(registry)
    assert found(registry, "main") == [("warning", "evals/qa/dataset.jsonl")]
    track(registry, "evals/more/dataset.jsonl")
    assert found(registry, "main") == [
        ("error", "evals/more/dataset.jsonl"),
        ("warning", "evals/qa/dataset.jsonl"),
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".gitattributes", "*.yml -diff"),
        (".gitattributes", "prompts/** linguist-generated=true"),
        ("evals/.gitattributes", "*.jsonl gitlab-generated"),
        ("prompts/qa/.gitattributes", "v1.prompt.yml binary"),
        (".gitattributes", "pyproject.toml linguist-generated=1"),
    ],
)
def test_an_attribute_that_hides_a_change_from_its_reviewers(registry: Path, path: str, line: str) -> None:
    write(registry, {"notes.txt": "x", "evals/qa/photos/a.png": b"\x89PNG\0", "pyproject.toml": "# x\n"})
    commit(registry)
    git(registry, "switch", "-qc", "change")
    write(registry, {path: f"{line}\nnotes.txt -diff\n*.png binary\nv2.prompt.yml -linguist-generated\n"})
    git(registry, "add", path)
    told = problems(Workspace(registry), Workspace(registry).at("main").tree)
    assert {(item.severity, item.code) for item in told} == {("error", "undisplayed")}
    assert not [item for item in told if item.file.endswith((".txt", ".png"))]
    assert found(registry) == []  # without a base nobody is shown a change


def test_an_attribute_of_the_base_that_hides_a_change_is_warned_of_where_something_changes(
    registry: Path,
) -> None:
    write(registry, {".gitattributes": "evals/** linguist-generated\n"})
    commit(registry)
    git(registry, "switch", "-qc", "change")
    assert found(registry, "main") == []
    track(registry, "evals/qa/dataset.jsonl", "{}\n")
    track(registry, "evals/more/dataset.jsonl", "{}\n")
    assert found(registry, "main") == [
        ("warning", "evals/more/dataset.jsonl"),
        ("warning", "evals/qa/dataset.jsonl"),
    ]


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("evals/qa/more", "160000", "a submodule"),
        ("prompts/other", "160000", "a submodule"),
        ("overrides", "160000", "a submodule"),
        ("site", "160000", "a submodule"),
        ("site/guides/more", "160000", "a submodule"),
        ("cuebook.toml", "160000", "a submodule"),
        ("cuebook.toml", "120000", "a symbolic link"),
        ("overrides/qa-v2.yml", "120000", "a symbolic link"),
        ("Evals", "120000", "some file systems treat it as evals"),
        ("PROMPTS/qa/aliases.yml", "100644", "some file systems treat it as prompts"),
        ("Overrides /qa-v2.yml", "100644", "some file systems treat it as overrides"),
        ("Cuebook.toml", "100644", "some file systems treat it as cuebook.toml"),
        ("PyProject.toml", "100644", "some file systems treat it as pyproject.toml"),
    ],
)
def test_what_stands_for_a_file_of_the_registry_and_is_none(
    registry: Path, path: str, mode: str, said: str
) -> None:
    """Whether it stood there before the change or not, nobody may take it for what it is not."""
    head = commit(registry)
    blob = git(registry, "hash-object", "-w", "prompts/qa/meta.yml")
    entry = f"{mode},{head if mode == '160000' else blob},{path}"
    git(registry, "switch", "-qc", "change")
    git(registry, "update-index", "--add", "--cacheinfo", entry)
    told = {item.file: item for item in problems(Workspace(registry), Workspace(registry).at("main").tree)}
    assert told[path].message.startswith(said)
    assert (set(told), told[path].severity) == ({path}, "error")
    git(registry, "commit", "-qm", "merged all the same")
    workspace = Workspace(registry)
    assert [item.severity for item in problems(workspace, workspace.tip("HEAD").tree)] == ["warning"]


def test_what_is_called_alike_elsewhere_is_nobodys(registry: Path) -> None:
    write(registry, {"src/Evals/x": "", "Site/index.html": "", "evals-old/x": "", "docs/prompts/x": ""})
    commit(registry)
    assert found(registry, "main") == []


def test_git_is_asked_once_for_what_it_tracks_and_once_for_attributes(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(registry, {".gitattributes": "*.yml ident\n*.png text\n"})
    commit(registry)
    asked: list[str] = []
    real = git_questions.run

    def run(root: Path, *words: str, **options: Any) -> bytes:
        asked.append(words[0])
        return real(root, *words, **options)

    monkeypatch.setattr(git_questions, "run", run)
    assert problems(Workspace(registry))
    # Twice more for paths: whether there are attributes, and which files they may be of.
    assert (asked.count("check-attr"), asked.count("ls-files")) == (1, 3)


def test_a_move_that_crossed_merges_keep_from_reviewers_is_told(registry: Path) -> None:
    """A hosting service compares with one common commit; where there are two, the other decides the merge."""
    commit(registry)
    crossed(registry, {"prompts/qa/aliases.yml": "production: 2\n", "evals/qa/suite.yml": "prompt: qa\n"})
    said = [(item.severity, item.file) for item in hidden(Workspace(registry), "main")]
    assert said == [("error", "evals/qa/suite.yml"), ("error", "prompts/qa/aliases.yml")]
    merged(registry, "main")
    assert not list(hidden(Workspace(registry), "main"))


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("*.psd filter=lfs diff=lfs merge=lfs -text", False),
        ("# of the designers", False),
        ("*.yml linguist-language=YAML -text\n", False),
        ("*.psd binary", True),
        ("[attr]text -diff", True),
        ("*.jsonl text\x0b-diff", True),
    ],
)
def test_a_line_of_attributes_that_hides_nothing_is_no_reason_to_refuse_what_was_hidden(
    registry: Path, line: str, *, refused: bool
) -> None:
    before = "evals/** linguist-generated\n"
    write(registry, {".gitattributes": before})
    commit(registry)
    git(registry, "switch", "-qc", "change")
    track(registry, ".gitattributes", f"{before}{line}\n")
    told = problems(Workspace(registry), Workspace(registry).at("main").tree)
    assert any(item.severity == "error" for item in told if item.code == "undisplayed") is refused

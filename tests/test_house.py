"""What every file of this repository keeps to; see CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import house
from fixtures.families import FAMILIES
from fixtures.trees import nodes, tree

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tools" / "cuebook"
STANDINS = ROOT / "tools" / "standins" / "cuebook_standins"
TESTS = ROOT / "tests"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

IGNORED = {"build", "dist", "node_modules", "__pycache__"}
"""Folders of the checkout that Git ignores, beside those beginning with a dot."""

UNMIRRORED = {
    "shapes/difference.py": "shapes only; tested with what fills them, in tests/registry/test_diff.py",
    "shapes/ending.py": "shapes only; tested with what words them, in tests/wording/test_ending.py",
    "shapes/cause.py": "shapes only; tested with what words them, in tests/wording/test_headline.py",
    "shapes/case_result.py": "shapes only; tested in tests/gate/test_verdict_builder.py",
    "shapes/moves.py": "shapes only; tested with what fills them, in tests/publish/test_history.py",
    "shapes/settings_format.py": "shapes only; tested in tests/registry/test_settings.py",
    "shapes/made_from.py": "shapes only; tested with what makes them, in tests/jobs/test_second_rulings.py",
    "shapes/trail.py": "shapes only; tested with what fills them, in tests/optimizing/test_loop.py",
    "shapes/power.py": "shapes only; tested with what fills them, in tests/gate/test_power.py",
    "shapes/published.py": "shapes only; tested with what writes them, in tests/publish/test_artifacts.py",
    "shapes/tool_count.py": "shapes only; tested with what fills it, in tests/gate/test_tool_counts.py",
    "shapes/run.py": "shapes only; tested with what makes them, in tests/gate/test_runner.py",
}
"""Modules without a test file of their name, and why. Files beginning with ``_`` need none: they are shared
code of a family, tested through its members."""

UNPAIRED = {
    "test_app_gated.py": "an app from its files to a verdict, on a machine and in a pull request",
    "test_calls_gated.py": "a prompt with tools from its file to a verdict",
    "test_turns_gated.py": "dialogues from their file to a verdict",
    "test_import_cases.py": "inputs of importers with expected results, where a folder of them is at hand",
    "test_import_hostile.py": "sources made to take long, of whichever format",
    "test_wire_cases.py": "how replies of real providers are read, where a folder of them is at hand",
    "test_erased.py": "check, publication, pages and client together, for a version that was erased",
    "test_house.py": "the house itself",
    "test_quickstart.py": "the test command",
    "test_advice.py": "commands that messages of the whole house advise",
    "test_one_slip.py": "check on a registry that init writes, with one wrong word in whichever file",
    "test_words.py": "sentences of the whole house",
    "test_compat.py": "records of earlier releases",
    "test_frozen.py": "digests of the example registry, which never move",
    "test_docs.py": "documents",
    "test_missing_plugin.py": "every command where the stand-ins are not installed",
    "test_model_facts.py": "what settings say of a model, in every module that asks",
    "test_generate.py": "tools/generate.py",
    "test_changelog.py": "tools/changelog.py",
    "test_release.py": "tools/release.py",
    "test_client_js.py": "tools/client_js.py and the JavaScript client beside it",
    "test_imports.py": "the import rules",
    "test_public_surface.py": "what apps import",
    "test_elsewhere.py": "the hooks and the guide for other CI systems",
    "test_workflows.py": ".github",
    "test_bad_days.py": "commands, engine and reports together, against a server that misbehaves",
    "test_renamed.py": "records, history, gate and pages of a prompt that has another name now",
    "test_drill.py": "gate and engine together, on a bad day",
    "test_same_numbers.py": "JSON, pages, comment and terminal together, on the verdicts of the example",
    "standins/test_plugin.py": "the models that the stand-ins offer",
}
"""Test files without a module of their name, and what they test. ``test_family.py`` tests a whole folder."""


def files(*suffixes: str) -> Iterator[Path]:
    """Every file of the checkout that Git would take, with one of these endings (or all)."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in {".github", ".ci"}
            if path.is_dir():
                if not hidden and path.name not in IGNORED and not path.name.endswith(".egg-info"):
                    folders.append(path)
            elif not suffixes or path.suffix in suffixes:
                yield path


def test_a_module_has_a_test_file_of_its_name() -> None:
    mirrored = [name for name in MODULES if not Path(name).name.startswith("_") and name not in UNMIRRORED]
    paths = [
        TESTS / Path(name).parent / f"test_{Path(name).stem.removeprefix('cmd_')}.py" for name in mirrored
    ]
    assert [f"write {path.relative_to(ROOT)}" for path in paths if not path.is_file()] == []


@pytest.mark.parametrize("path", sorted(STANDINS.glob("[!_]*.py")), ids=lambda path: path.stem)
def test_a_skill_of_the_stand_ins_has_a_test_file_of_its_name(path: Path) -> None:
    assert (TESTS / "standins" / f"test_{path.name}").is_file()


@pytest.mark.parametrize("name", UNMIRRORED)
def test_an_exception_is_still_one(name: str) -> None:
    assert (PACKAGE / name).is_file(), "the module is gone: take it off the list"
    own = TESTS / Path(name).parent / f"test_{Path(name).stem}.py"
    assert not own.is_file(), "it has a test file now: take it off the list"
    assert (TESTS / UNMIRRORED[name].rpartition("tests/")[2]).is_file()


@pytest.mark.parametrize("name", [*FAMILIES, "standins"])
def test_every_family_is_tested_as_one(name: str) -> None:
    assert (TESTS / name / "test_family.py").is_file()


TEST_FILES = sorted(
    path.relative_to(TESTS).as_posix()
    for path in TESTS.rglob("test_*.py")
    if path.relative_to(TESTS).parts[0] not in {"browser", "workflows"}
)


def test_a_test_file_has_a_test() -> None:
    empty = []
    for name in TEST_FILES:
        found = (
            node for node in nodes(TESTS / name) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        if not any(function.name.startswith("test_") for function in found):
            empty.append(name)
    assert empty == [], "an empty test file tests nothing"


def test_a_test_file_has_a_module_of_its_name() -> None:
    alone = [name for name in TEST_FILES if name not in UNPAIRED and not _is_paired(name)]
    assert alone == [], "nothing is called so: rename or delete them"


def _is_paired(name: str) -> bool:
    stem = Path(name).stem.removeprefix("test_")
    folder = (ROOT / "tools" if name.startswith("bench/") else PACKAGE) / Path(name).parent
    if name.startswith("standins/"):
        folder = STANDINS
    kept = ["__init__.py"] if stem == "family" else [f"{stem}.py", f"_{stem}.py", f"cmd_{stem}.py"]
    return any((folder / item).is_file() for item in kept)


def _files() -> Iterator[tuple[str, Path]]:
    paths = [
        *PACKAGE.rglob("*.py"),
        *STANDINS.glob("*.py"),
        ROOT / "tools/generate.py",
        ROOT / "tools/client_page.py",
        ROOT / "quickstart.py",
    ]
    for path in sorted(paths):
        yield path.relative_to(ROOT).as_posix(), path


def _bare(node: ast.AST, place: str) -> Iterator[str]:
    """Public functions, classes and methods below a node that say nothing about themselves."""
    for item in ast.iter_child_nodes(node):
        if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if item.name.startswith("_"):
            continue
        if not ast.get_docstring(item):
            yield f"{place}:{item.lineno} {item.name}"
        if isinstance(item, ast.ClassDef):
            yield from _bare(item, place)


def test_every_module_and_public_name_has_a_docstring() -> None:
    bare = [f"{place}:1" for place, path in _files() if not ast.get_docstring(tree(path))]
    bare += [found for place, path in _files() for found in _bare(tree(path), place)]
    assert bare == []


def test_a_name_without_a_docstring_is_found() -> None:
    found = ast.parse(
        'def one():\n    "Said."\nclass Two:\n    "Said."\n    def three(self): ...\ndef _own(): ...'
    )
    assert list(_bare(found, "x.py")) == ["x.py:5 three"]


def _kinds(module: ast.Module) -> Iterator[str]:
    """Names of the public classes and type aliases that a module defines; constants are all capitals."""
    for node in module.body:
        name = ""
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        if name[:1].isupper() and not name.isupper():
            yield name


def test_the_name_of_a_public_class_or_type_has_one_meaning() -> None:
    """Who reads a name elsewhere must not have to ask which of two is meant."""
    homes: dict[str, list[str]] = {}
    for place, path in _files():
        if place.startswith("tools/cuebook/"):
            for name in _kinds(tree(path)):
                homes.setdefault(name, []).append(place)
    assert homes.pop("Parameters"), "what a scorer takes: each scorer has its own, by the family's rule"
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("class One: ...", ["One"]),
        ("One: TypeAlias = dict[str, int]", ["One"]),
        ('One = Literal["a", "b"]', ["One"]),
        ("One = Annotated[str, Field(min_length=1)]", ["One"]),
        ("class _One: ...", []),
        ('_One = Literal["a"]', []),
        ("ONE: int = 1", []),
        ("one = 1", []),
        ("def one():\n    class Two: ...", []),
    ],
)
def test_what_counts_as_a_public_class_or_type(text: str, found: list[str]) -> None:
    assert list(_kinds(ast.parse(text))) == found


def test_every_signature_is_typed() -> None:
    untyped = []
    for place, path in _files():
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None:
                is_init = node.name == "__init__" and any(arg.annotation for arg in node.args.kwonlyargs)
                if not is_init:
                    untyped.append(f"{place}:{node.lineno} {node.name}")
    assert untyped == []


LONGEST_FUNCTION = 60


def test_no_function_is_too_long_to_be_read() -> None:
    long = [
        f"{place}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for place, path in _files()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


LONGEST_FILE = 500


def test_no_file_is_too_long_to_be_known() -> None:
    long = [
        f"{path.relative_to(ROOT)} has {count} lines"
        for path in (*PACKAGE.rglob("*.py"), *STANDINS.glob("*.py"))
        if (count := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    ]
    assert long == []


def test_the_layers_are_printed_and_no_import_climbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert house.main([]) == 0
    head, *rows, _total, _once = capsys.readouterr().out.splitlines()
    assert head.split() == ["package", "modules", "lines", "longest", "imports"]
    names = [row.split()[0] for row in rows]
    assert names == house.layers()
    # Its own __init__ and __main__ are in no layer.
    assert sum(int(row.split()[1]) for row in rows) == len([name for name in MODULES if "/" in name])
    for at, row in enumerate(rows):
        assert not set(row.split()[4:]) & set(names[: at + 1])


def test_a_private_function_with_one_caller_is_found(tmp_path: Path) -> None:
    text = 'def _one():\n    "Said."\n    return 1\n\ndef _two(): ...\n\nprint(_one(), _two(), _two())\n'
    (tmp_path / "x.py").write_text(text)
    found = house.called_once(house.modules(tmp_path))
    assert [(item.name, node.name, lines) for item, node, lines in found] == [("x", "_one", 1)]


STUBS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|raise NotImplementedEr" r"ror")


def test_nothing_is_left_for_later() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files(".py", ".yml", ".toml", ".sh", ".css", ".js")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if STUBS.search(line)
    ]
    assert found == []


MACHINE = re.compile(r"(?<![a-zA-Z0-9_.}/-])/(work|farm|root|home)/|\.\./shared\b")
"""Paths of the machine that a file was written on."""


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = []
    for path in files():
        data = path.read_bytes()
        if path == Path(__file__) or b"\0" in data or path.parent.name == "requirements":
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
            if MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("see ~work~notes.md", True),
        ("path = '~root~x'", True),
        ("cd ..~shared", True),
        ("https://example.org/work/x", False),
        ("prompts/work/v1", False),
        ("network/home/", False),
    ],
)
def test_what_counts_as_such_a_path(line: str, found: bool) -> None:
    """A tilde stands for the slash: this file names no such path either."""
    assert bool(MACHINE.search(line.replace("~", "/"))) is found


FRAGMENTS = [path for path in sorted((ROOT / "changelog.d").glob("*")) if path.name != "README.md"]
KINDS = ("added", "changed", "fixed", "removed", "security")


def test_changelog_fragments_are_well_formed() -> None:
    """See ``changelog.d/README.md``: a kind in the name, one to three sentences, no heading."""
    named = re.compile(rf"[a-z0-9]+(-[a-z0-9]+)*\.({'|'.join(KINDS)})\.md")
    wrong = []
    for path in FRAGMENTS:
        text = path.read_text("utf-8")
        whole = re.match(r"[A-Z`]", text) and text.endswith(".\n")
        if not (named.fullmatch(path.name) and whole and 1 <= len(re.findall(r"[.](\s|$)", text)) <= 3):
            wrong.append(path.name)
    assert wrong == []


def test_there_is_a_changelog_to_gather_them_in() -> None:
    assert (ROOT / "CHANGELOG.md").read_text("utf-8").startswith("# Changelog\n")


def test_the_readme_is_for_a_person_in_a_hurry() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert len(lines) < 150
    first_screen = "\n".join(lines[:20])
    assert "python3 quickstart.py " in first_screen
    assert "python3 quickstart.py test" in first_screen
    assert "<!-- verdicts -->" in first_screen


def test_the_licence_is_the_one_that_the_package_names() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text("utf-8")

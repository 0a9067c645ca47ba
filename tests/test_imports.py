"""Imports point down, members of a family do not know each other, and the client stays light."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import grimp
import pytest

from fixtures.families import FAMILIES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tools" / "cuebook"
HEAVY = ("aiohttp", "click", "jinja2", "jsonschema", "litellm", "mkdocs", "pydantic", "rich", "yaml")


@cache
def graph() -> grimp.ImportGraph:
    """Who imports whom in the package, also inside functions."""
    return grimp.build_graph("cuebook", cache_dir=None)


def _lint(config: Path, tools: Path) -> subprocess.CompletedProcess[str]:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    words = [sys.executable, "-c", script, "--config", str(config), "--no-cache", "--no-logo"]
    return subprocess.run(
        words, cwd=tools, env={"PYTHONPATH": str(tools)}, capture_output=True, text=True, check=False
    )


def test_the_contracts_hold() -> None:
    done = _lint(ROOT / "pyproject.toml", ROOT / "tools")
    cure = "import downwards only; a new module gets its floor in pyproject.toml, [tool.importlinter]"
    assert done.returncode == 0, f"{done.stdout}{done.stderr}{cure}"


PLANTED = {
    "core/format.py": ("import cuebook.gate", "Imports point down"),
    "scorers/_json.py": ("import cuebook.scorers.exact", "No import cycles"),
    "calls/engine.py": ("import litellm", "Only one module imports litellm"),
    "core/refs.py": ("import yaml", "The runtime client needs the standard library only"),
    "site/build.py": ("import mkdocs", "The site generator is run as a program"),
}


def test_the_contracts_catch_what_they_forbid(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tools" / "cuebook", tmp_path / "cuebook")
    for name, (line, _) in PLANTED.items():
        path = tmp_path / "cuebook" / name
        path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    (tmp_path / "cuebook" / "homeless.py").write_text('"""On no floor."""\n')
    done = _lint(ROOT / "pyproject.toml", tmp_path)
    assert done.returncode == 1
    assert "cuebook.homeless" in done.stdout
    for _, contract in PLANTED.values():
        (line,) = [
            line for line in done.stdout.splitlines() if line.startswith(contract) and " BROKEN" in line
        ]
        assert line


def _is_open(module: str) -> bool:
    """Whether members may import it: shared code, or a family of its own that scans its folder."""
    name = module.rpartition(".")[2]
    return name.startswith("_") or module.removeprefix("cuebook.").replace(".", "/") in FAMILIES


def known(family: str, member: str, imports: grimp.ImportGraph) -> list[str]:
    """Other members of a family that a member (or its shared code) imports: there should be none."""
    folder = f"cuebook.{family}".replace("/", ".")
    return sorted(
        f"{member} imports {other}"
        for other in imports.find_modules_directly_imported_by(member)
        if other.startswith(f"{folder}.") and not _is_open(other) and other != member
    )


def test_the_families_are_the_folders_that_are_scanned() -> None:
    assert {"cli", "cli/steps", "exporters", "reports", "scorers", "site/pages"} <= set(FAMILIES)
    assert not {"core", "gate", "wording"} & set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_members_of_a_family_do_not_know_each_other(family: str) -> None:
    members = graph().find_children(f"cuebook.{family}".replace("/", "."))
    assert [line for member in sorted(members) for line in known(family, member, graph())] == []


def test_a_member_that_knows_another_is_found() -> None:
    planted = grimp.ImportGraph()
    planted.add_import(importer="cuebook.scorers.one", imported="cuebook.scorers._base")
    planted.add_import(importer="cuebook.scorers.one", imported="cuebook.scorers.two")
    assert known("scorers", "cuebook.scorers.one", planted) == [
        "cuebook.scorers.one imports cuebook.scorers.two"
    ]


@pytest.mark.parametrize(
    "module", ["cuebook", "cuebook.client", "cuebook.core.refs", "cuebook.core.templating"]
)
def test_the_client_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(sorted({set(HEAVY)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_transports_are_listed_without_loading_their_libraries() -> None:
    code = (
        "import sys; from cuebook.models import transports; transports()\n"
        "print(sorted({'aiohttp', 'litellm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

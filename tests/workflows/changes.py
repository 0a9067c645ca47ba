"""The small registry with this project's workflows, and changes to it that tests propose."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from conftest import QA
from workflows.runner.github import GitHub
from workflows.runner.model import PullRequest
from workflows.runner.repository import Content
from workflows.runner.results import Result

ROOT = Path(__file__).parents[2]

BETTER: dict[str, Content] = {
    "prompts/qa/v3.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("one short sentence", "one sentence")
}
"""A version that is as good as the one before."""

WRONG: dict[str, Content] = {
    "prompts/qa/v3.prompt.yml": (
        "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"
    )
}
"""A version that answers worse."""

EDITED: dict[str, Content] = {
    "prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("Answer", "Reply to")
}
"""An edit of a version that is published."""

UNRELATED: dict[str, Content] = {"README.md": "Hello\n"}
"""Nothing that could change an answer."""


_RELEASE = """\
import pathlib, sys
folder = pathlib.Path(sys.argv[2])
if sys.argv[1] == "build":
    folder.mkdir()
    for name in ("cuebook.tar.gz", "cuebook.whl"):
        (folder / name).write_text(sys.argv[3])
print(*sys.argv[1:2], *sorted(path.read_text() for path in folder.iterdir()))
"""
"""Builds and tests a package of two files that hold the tag."""


_CLIENT_JS = """\
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir()
(folder / "client.tgz").write_text("packed")
"""
"""Packs a JavaScript client that is one file."""


def project() -> dict[str, Content]:
    """A small registry with this project's own ``.github`` folder, actions and lock files."""
    files: dict[str, Content] = dict(QA)
    files["pyproject.toml"] = (
        '[project]\nname = "registry"\nversion = "1"\n\n[tool.cuebook]\nprotected_aliases = ["production"]\n'
    )
    files["tools/release.py"] = _RELEASE
    files["tools/client_js.py"] = _CLIENT_JS
    files["quickstart.py"] = "import sys\nprint('every check and test', *sys.argv[1:])\n"
    for path in [*(ROOT / ".github").rglob("*"), *ROOT.glob("action.y*ml")]:
        if path.is_file():
            files[str(path.relative_to(ROOT))] = path.read_bytes()
    files["tools/standins/pyproject.toml"] = "[project]\n"
    others = [ROOT / "requirements/adapters.in", ROOT / "tests/client_js/package.json"]
    for path in [*(ROOT / "requirements").glob("*.txt"), *others]:
        files[str(path.relative_to(ROOT))] = path.read_bytes()
    return files


def propose(github: GitHub, files: dict[str, Content], branch: str = "change") -> PullRequest:
    """A pull request with these files from a branch of the repository."""
    github.commit(files, branch, "Propose a change")
    return github.open_pull_request(branch)


def unpacked(result: Result, name: str) -> dict[str, bytes]:
    """The files of an artifact of a run."""
    with zipfile.ZipFile(io.BytesIO(result.artifacts[name].data)) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}

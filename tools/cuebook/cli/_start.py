"""What ``cuebook init`` writes: settings, workflows, and a small prompt with a suite that decides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from cuebook.cli._example import example
from cuebook.cli._judges import TEMPLATES
from cuebook.cli._surroundings import Surroundings
from cuebook.core.layout import EVALS, PROMPTS, USUAL, Layout, aliases_path, meta_path
from cuebook.doctor.local import LOCK
from cuebook.registry.codeowners import PLACES, as_glob
from cuebook.registry.settings import FILES
from cuebook.shapes.file_formats import FILE_SHAPES
from cuebook.shapes.schemas import schema_file

_PRE_COMMIT = """\
  - repo: https://github.com/cuebook/cuebook
    rev: v{version}
    hooks: [{{id: cuebook-check{all}}}, {{id: cuebook-immutable{versions}}}]
"""

_ATTRIBUTES = """\
# The same bytes on every system: Git for Windows would write other line ends. 'auto' leaves images alone.
{prompts}/** text eol=lf
{evals}/** text=auto eol=lf
overrides/** text eol=lf
"""

_CONFIG = """\
# Trusted settings of this registry. Prompts and suites cannot change them.
site_url = {site_url}  # where the site will be, such as https://example.org/prompts/
repo_url = {repo_url}  # where this repository is
default_branch = {branch}
protected_aliases = ["production"]
{output}{folders}
# toy/answers is a toy that finds sentences. One line puts a real model in its place everywhere:
# model = "openai/gpt-6-luna"
# judge_model = "anthropic/claude-sonnet-5-5"

# An OpenAI-compatible server of your own: models called "local/..." are asked there.
# [endpoints.local]
# base_url = "http://localhost:8080/v1"
# api_key_env = "LOCAL_API_KEY"

# An app that answers in place of models, where a suite says "target: desk": it reads JSON and prints JSON.
# [targets.desk]
# command = ["python3", "desk.py"]
# cwd = "app"
# files = ["app/**"]  # what its answers depend on
"""

_OUTPUT = 'output = ".cuebook/out"  # because build/ holds files of yours\n'


def starter_files(found: Surroundings, layout: Layout, *, has_prompts: bool) -> dict[str, bytes]:
    """Path to content of every file that a new registry starts with, wherever it is kept."""
    values = {"site_url": found.site_url, "repo_url": found.repo_url, "branch": found.branch}
    quoted = {key: json.dumps(value) for key, value in values.items()}
    output, folders = _OUTPUT if found.has_build else "", ""
    if not layout.is_usual:
        folders = f"prompts_dir = {json.dumps(layout.prompts)}\nevals_dir = {json.dumps(layout.evals)}\n"
    config = _CONFIG.format(**quoted, output=output, folders=folders)
    made = {f"schemas/{name}.json": schema_file(name) for name in FILE_SHAPES}
    listed = "".join(f"{line}\n" for line in ignored(found))
    made |= {"cuebook.toml": config.encode(), ".gitignore": listed.encode()}
    made[".gitattributes"] = _ATTRIBUTES.format(prompts=layout.prompts, evals=layout.evals).encode()
    # Beside prompts of somebody's own an example would be in the way.
    if not has_prompts:
        made |= example()
    return made


def agent_files(layout: Layout) -> dict[str, bytes]:
    """Path to content of what coding agents read: how a prompt is changed here."""
    path = "skills/cuebook/SKILL.md"
    text = (TEMPLATES / path).read_text("utf-8")
    # The skill names the usual folders, and these may be elsewhere here.
    placed = re.sub(rf"\b(?:{PROMPTS}|{EVALS})/", lambda found: layout.there(found[0]), text)
    return {path: placed.encode()}


def github_files(
    found: Surroundings, pin: str, keys: Iterable[str] = (), layout: Layout = USUAL
) -> dict[str, bytes]:
    """Path below the repository's root to content of what GitHub reads.

    ``pin`` is the lock file's line for Cuebook itself, ``keys`` are the variables that hold keys of models.
    """
    locked = (TEMPLATES / "requirements.txt").read_text("utf-8")
    # Its first lines say how this project makes it, which no registry can.
    locked = "".join(line for line in locked.splitlines(keepends=True) if not line.startswith("#"))
    head = "# What the workflows install. To update: delete this file, then cuebook init.\n"
    made = {LOCK: f"{head}{pin}\n{locked}".encode()}
    for path in sorted(TEMPLATES.glob("*/*.yml")):
        # Templates are workflows of this project, whose default branch is main.
        text = path.read_text("utf-8").replace("branches: [main]", f"branches: [{json.dumps(found.branch)}]")
        if path.parent.name == "workflows":
            text = _with_keys(_in_folder(text, found.prefix), keys)
        made[f".github/{path.relative_to(TEMPLATES).as_posix()}"] = text.encode()
    if found.owner:
        made[PLACES[0]] = _owners(found, layout, "/.github/")
    return made


def gitlab_files(found: Surroundings, layout: Layout) -> dict[str, bytes]:
    """Path below the repository's root to content of what GitLab reads."""
    return {PLACES[1]: _owners(found, layout, "/.gitlab-ci.yml")} if found.owner else {}


def _in_folder(workflow: str, prefix: str) -> str:
    """A workflow whose steps run in the registry's folder, where that is not the repository's root."""
    if not prefix:
        return workflow
    folder = json.dumps(prefix.rstrip("/"))
    defaults = f"defaults:\n  run:\n    working-directory: {folder}\n"
    # Below the permissions, which every workflow of ours has, and above its jobs.
    workflow = workflow.replace("\npermissions: {}\n", f"\npermissions: {{}}\n\n{defaults}", 1)
    # The lock file is at the repository's root, beside the workflows.
    return workflow.replace(f"-r {LOCK}", f'-r "$GITHUB_WORKSPACE/{LOCK}"')


_LAST_KEY = re.compile(r"^( +)ANTHROPIC_API_KEY: .*\n", re.MULTILINE)


def _with_keys(workflow: str, keys: Iterable[str]) -> str:
    """A workflow that hands on further keys wherever it hands on the usual ones."""
    more = [key for key in dict.fromkeys(keys) if f" {key}: " not in workflow]

    def added(found: re.Match[str]) -> str:
        lines = [f"{found[1]}{key}: ${{{{ secrets.{key} }}}}\n" for key in more]
        return found[0] + "".join(lines)

    # Behind the last usual key, so that each step that has keys gets the further ones.
    return _LAST_KEY.sub(added, workflow)


def pre_commit(version: str, prefix: str, layout: Layout) -> str:
    """Return the lines for pre-commit; the hooks look in the folders where the registry is."""
    if not prefix and layout.is_usual:
        return _PRE_COMMIT.format(version=version, all="", versions="")
    root = f", args: [--root, {prefix.rstrip('/')}]" if prefix else ""
    every = "|".join(layout.there(f"{path}/") for path in (PROMPTS, EVALS, "overrides"))
    return _PRE_COMMIT.format(
        version=version,
        all=f", files: '^{prefix}({every})|^{prefix}cuebook.toml'{root}",
        versions=f", files: '^{prefix}{layout.prompts}/'{root}",
    )


def ignored(found: Surroundings) -> list[str]:
    """Return the folders that Git should leave to Cuebook."""
    return [".cuebook/"] if found.has_build else [".cuebook/", "build/"]


def _owners(found: Surroundings, layout: Layout, workflows: str) -> bytes:
    prompts = (aliases_path("*"), meta_path("*"), f"{PROMPTS}/judge-*/")
    inside = (*prompts, "evals/", "overrides/", "site/", *FILES)
    # With a slash at the start: without one an owner would be of every folder called so.
    paths = [*(as_glob(f"/{found.prefix}{layout.there(path)}") for path in inside), workflows]
    width = max(map(len, paths)) + 1
    lines = "".join(f"{path:<{width}}{found.owner}\n" for path in paths)
    return f"# Require review from code owners in the branch rules for this to hold.\n{lines}".encode()

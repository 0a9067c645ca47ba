"""Start a registry here: folders, an example prompt, settings, workflows; overwrites nothing."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click

from cuebook.cli import _judges
from cuebook.cli._example import about
from cuebook.cli._pin import how_to_pin, installed_hash, is_hash, pinned
from cuebook.cli._shared import say
from cuebook.cli._start import agent_files, github_files, gitlab_files, ignored, pre_commit, starter_files
from cuebook.cli._surroundings import Surroundings, look_around
from cuebook.core import files
from cuebook.core.code_hosts import OTHER_CI, code_host
from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.core.format import joined
from cuebook.core.layout import Layout, layout_problem
from cuebook.doctor.local import LOCK
from cuebook.models import variable_of
from cuebook.registry.codeowners import PLACES
from cuebook.registry.settings import layout_of, load_config


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Show what would be written, write nothing.")
@click.option("--no-workflows", is_flag=True, help="Write nothing below .github.")
@click.option(
    "--hash",
    "digest",
    metavar="sha256:...",
    help="Hash of Cuebook's wheel for the workflows; default: the one that pip recorded, if any.",
)
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to start in, created if needed; default: this one.",
)
@click.option("--prompts-dir", metavar="FOLDER", help="Keep prompts there instead of in prompts/.")
@click.option("--evals-dir", metavar="FOLDER", help="Keep suites there instead of in evals/.")
@click.option(
    "--judge",
    "judges",
    multiple=True,
    type=click.Choice(_judges.KINDS),
    help="Copy a starter judge with its suite and its labels; may be given several times.",
)
@click.option(
    "--agents", is_flag=True, help="Write skills/cuebook/SKILL.md: how coding agents change a prompt here."
)
def command(
    root: Path,
    digest: str | None,
    judges: tuple[str, ...],
    prompts_dir: str | None,
    evals_dir: str | None,
    *,
    dry_run: bool,
    no_workflows: bool,
    agents: bool,
) -> None:
    """Start a registry here: folders, an example prompt with a suite, settings, workflows for GitHub.

    Address, default branch and owner come from Git. Existing files are left alone, and so is an existing
    prompts folder; if that holds other files, name another one with --prompts-dir. In a folder of a larger
    repository the workflows go to its top; where it is not on GitHub, none are written. In an existing
    registry --judge and --agents add the judge or that file, and nothing else. Example: cuebook init
    --judge correctness
    """
    if digest and not is_hash(digest):
        raise UsageError(f"{digest!r} is not a hash", "pip hash FILE.whl shows the one of a wheel")
    # Before anything is written: settings that are there may say otherwise.
    layout = _layout(root, prompts_dir, evals_dir)
    # In a registry these two are all that is asked for; its workflows are its own by now.
    if (judges or agents) and (root / layout.prompts).is_dir():
        _write(root, agent_files(layout) if agents else {}, dry_run=dry_run)
        if judges:
            _add_judges(root, judges, layout, dry_run=dry_run)
        return
    if not dry_run:
        root.mkdir(parents=True, exist_ok=True)
    # A dry run makes no folder that one could look around in.
    found = look_around(root if root.is_dir() else Path())
    has_prompts = os.path.lexists(root / layout.prompts)
    wanted = starter_files(found, layout, has_prompts=has_prompts) | (agent_files(layout) if agents else {})
    # A prompts folder of another tool: the example would mix with it.
    is_foreign = has_prompts and not any((root / layout.prompts).glob("*/v*.prompt.yml"))
    if is_foreign:
        _refuse_other_files(root, layout)
    notes = [_PROMPTS_ARE_THERE.format(layout.prompts)] if is_foreign else [] if has_prompts else about()
    _write(root, dict(layout.file(path, data) for path, data in wanted.items()), dry_run=dry_run)
    if not no_workflows:
        notes += _write_workflows(root, found, layout, digest, dry_run=dry_run)
    if found.top is None:
        notes.append(_NO_GIT)
    if missing := _not_ignored(root, ignored(found)):
        notes.append(f".gitignore: add {joined(missing)}")
    for note in notes:
        say(f"note  {note}")
    say("for .pre-commit-config.yaml, if you use pre-commit, below repos:")
    say(pre_commit(metadata.version("cuebook"), found.prefix, layout), nl=False)
    if judges:
        _add_judges(root, judges, layout, dry_run=dry_run)
        return
    name = "NAME" if has_prompts else "example"
    first = f'cuebook new {name} -m "Why this prompt"' if is_foreign else "cuebook all"
    second = "cuebook check" if is_foreign else f'cuebook new {name} -m "Why it is better"'
    for command in [*([f"cd {root}"] if root != Path() else []), first, second, f"cuebook gate {name}"]:
        say(f"next: {command}")


_PROMPTS_ARE_THERE = (
    "{}/ already exists, so the example was left out; cuebook check finds what does not belong there."
    ' To keep a registry apart from it, write in the settings: prompts_dir = "llm/prompts" and evals_dir ='
    ' "llm/evals"'
)

_APART = (
    "keep the registry in another folder: cuebook init --prompts-dir llm/prompts --evals-dir llm/evals; or "
    "move what is there, and run this again"
)

_ELSEWHERE = (
    "the repository is on {}, and the workflows are made for GitHub, so none was written; what its CI has to "
    f"run: {OTHER_CI}"
)


_NO_GIT = (
    "this is not a Git repository: check, gate, all and site work, but nothing knows what was published or "
    "live before, and no pull request can be gated. To begin one, here: git init"
)


def _refuse_other_files(root: Path, layout: Layout) -> None:
    """Raise UsageError for files among prompts that check would refuse, unless settings chose the folder."""
    if _is_there(root, "cuebook.toml"):
        return
    for path in sorted((root / layout.prompts).rglob("*")):
        if path.is_file() and path.suffix != ".md" and not path.name.startswith("."):
            what = f"{path.relative_to(root).as_posix()} is no prompt of Cuebook; nothing was written"
            raise UsageError(what, _APART)


def _layout(root: Path, prompts: str | None, evals: str | None) -> Layout:
    """Where prompts and suites are, or shall be. Raises UsageError."""
    tree = files.Folder(root)
    there = layout_of(tree)
    wanted = Layout(prompts or there.prompts, evals or there.evals)
    if problem := layout_problem(wanted.prompts, wanted.evals):
        raise UsageError(problem, "name two folders, such as --prompts-dir llm/prompts --evals-dir llm/evals")
    if wanted != there and (_is_there(root, "cuebook.toml") or os.path.lexists(root / "cuebook.toml")):
        lines = f'prompts_dir = "{wanted.prompts}" and evals_dir = "{wanted.evals}"'
        raise UsageError(
            "there are settings already, and they say where the folders are", f"write there: {lines}"
        )
    return wanted


def _write_workflows(
    root: Path, found: Surroundings, layout: Layout, digest: str | None, *, dry_run: bool
) -> Iterator[str]:
    """Write what the server reads to the top of the repository; what a person should know about it."""
    top = found.top or root
    if host := code_host(found.repo_url):
        yield _ELSEWHERE.format(host)
        _write(top, gitlab_files(found, layout) if host == "GitLab" else {}, dry_run=dry_run)
        return
    # A lock file that is there is kept, whatever it pins.
    is_pinned = dry_run or os.path.lexists(top / LOCK)
    known = digest or (None if is_pinned else installed_hash())
    wanted = github_files(found, pinned(known), _keys(root), layout)
    foreign = [path for path in wanted if _is_foreign(top / path)]
    _write(top, wanted, dry_run=dry_run)
    if not known and not is_pinned:
        yield how_to_pin(LOCK)
    if not found.owner and not _is_there(top, PLACES[0]):
        yield "no CODEOWNERS: git config github.user YOUR-NAME, then run this again"
    for path in foreign:
        yield (
            f"{path} is a workflow of your own and was left alone, so Cuebook's is missing: rename yours"
            " (git mv), then run this again"
        )


def _keys(root: Path) -> list[str]:
    """The variables that hold the keys of the models that the settings name."""
    try:
        config = load_config(files.Folder(root))
    except InvalidFiles:  # cuebook check says what is wrong with them
        return []
    # An endpoint by its prefix alone: which of its models is asked does not change the key.
    models = [config.model, config.judge_model, *(f"{name}/" for name in config.endpoints)]
    return [key for model in models if model and (key := variable_of(model, config))]


def _is_foreign(path: Path) -> bool:
    """Whether a workflow of one of our names is there that does nothing of ours."""
    if path.parent.name != "workflows" or not path.is_file():
        return False
    return "cuebook" not in path.read_text("utf-8", "replace")


def _add_judges(root: Path, judges: tuple[str, ...], layout: Layout, *, dry_run: bool) -> None:
    """Copy starter judges; one whose folder already exists is left as it is, whole."""
    config = load_config(files.Folder(root))
    model = config.judging_model or _judges.DEFAULT
    added = []
    for kind in dict.fromkeys(judges):
        # Whole or not at all: a judge and its labels belong together.
        there = [
            path for path in (layout.prompts, layout.evals) if os.path.lexists(root / path / f"judge-{kind}")
        ]
        if there:
            say(f"kept  {there[0]}/judge-{kind}: nothing of the starter judge was written")
            continue
        made = _judges.starter_judge(kind, model)
        _write(root, dict(layout.file(path, data) for path, data in made.items()), dry_run=dry_run)
        added.append(kind)
    for kind in added:
        for text in _judges.about(kind, model):
            say(f"note  {text}")
    say(f"next: cuebook judge judge-{(added or judges)[0]}")


def _write(root: Path, wanted: dict[str, bytes], *, dry_run: bool) -> None:
    for path, data in wanted.items():
        if _is_there(root, path):
            say(f"kept  {path}")
            continue
        if not dry_run:
            try:
                files.write_inside(root, path, data)
            except OSError as error:
                what = f"{path} cannot be written: {error.strerror}"
                raise UsageError(
                    what, "make its folder writable, or start elsewhere: --root FOLDER"
                ) from None
        say(f"{'would write' if dry_run else 'wrote'} {path}")


def _is_there(root: Path, path: str) -> bool:
    """Whether a file, or another that says the same, already exists."""
    if path in PLACES:
        return any(os.path.lexists(root / name) for name in PLACES)
    # Two files of settings are refused.
    if path == "cuebook.toml" and _has_settings(root / "pyproject.toml"):
        return True
    # A link that leads nowhere is there, too: nothing is written through it.
    return os.path.lexists(root / path)


def _has_settings(pyproject: Path) -> bool:
    try:
        return "cuebook" in tomllib.loads(pyproject.read_text("utf-8")).get("tool", {})
    except (OSError, ValueError):
        return False


def _not_ignored(root: Path, wanted: list[str]) -> list[str]:
    """What Git should not take and would; a .gitignore that is not there yet is ours."""
    try:
        there = (root / ".gitignore").read_text("utf-8", "replace").split()
    except OSError:  # none is there: ``init`` writes one with all of these
        return []
    return [line for line in wanted if line not in there]

"""Check what a registry needs around it. Changes nothing; every answer is a ``Check``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from cuebook.calls.reply_store import ReplyStore
from cuebook.core import git
from cuebook.core.code_hosts import OTHER_CI, code_host
from cuebook.core.errors import (
    HOW_TO_PIN,
    Aborted,
    CuebookError,
    GitError,
    InvalidFiles,
    UsageError,
    install_line,
)
from cuebook.core.format import plural, some
from cuebook.core.layout import DATASET, SUITE, aliases_path, shown, version_path
from cuebook.core.refs import parse_ref
from cuebook.core.wire import provider_of
from cuebook.doctor.finding import Check, CheckState, judged
from cuebook.doctor.workflows import ON_A_CHANGE, Workflow
from cuebook.jobs.checking import problems_of
from cuebook.jobs.workspace import Workspace
from cuebook.models import missing_plugin, plugin_of, transport_for, variable_of
from cuebook.registry.codeowners import PLACES, as_glob, owners_of, unowned
from cuebook.registry.judges import pinned_judges
from cuebook.registry.paths import EVALS, LABELS, LABELS_FOLDER, PROMPTS
from cuebook.registry.settings import FILES, Settings
from cuebook.shapes.file_formats import FILE_SHAPES
from cuebook.shapes.schemas import schema_file
from cuebook.wording.elsewhere import no_plugin

OLDEST_GIT = (2, 31)
"""The first git that takes settings from its environment, where no list of processes shows them."""

NEEDED = ("check.yml", "gate.yml", "publish.yml")
ACTION = "cuebook/cuebook"
OFFERED = ("report.yml", "gate-fork.yml", "promote.yml", "propose.yml", "nightly.yml")

EXTRAS = {"direct": ("aiohttp",), "eval": ("litellm",), "site": ("mkdocs", "material")}
"""Extra to the modules it brings; the extra ``cli`` is there, or nobody could ask."""

LOCK = ".github/cuebook-requirements.txt"
"""Where a repository that installs Cuebook keeps its lock file."""
_CUEBOOK = re.compile(r"^(cuebook(\[\w+\])? *(==|@)|\S*/cuebook-[\w.]+-py3-none-any\.whl).*", re.MULTILINE)

_SCHEMA = re.compile(rb"# yaml-language-server: \$schema=(\S+)")


def settings_of(workspace: Workspace) -> Settings | None:
    """Return the settings; None when the file is broken, which is a finding of its own.

    The defaults in their place would be judged as if somebody had chosen them.
    """
    try:
        return workspace.config
    except InvalidFiles:
        return None


def repository_of(url: str, server: str = "https://github.com") -> str:
    """Return ``owner/name`` of a repository on a server, however its address is written; empty elsewhere."""
    host = re.escape(urlsplit(server).hostname or "")
    found = re.fullmatch(
        rf"(?:https?://(?:[^/@]*@)?|ssh://git@|git@){host}(?::\d+)?[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?", url
    )
    return found[1] if found else ""


def examine(
    workspace: Workspace, workflows: tuple[list[Workflow], list[str]], environ: Mapping[str, str]
) -> list[Check]:
    """Return what this machine and this checkout say; nothing is asked over the network."""
    parsed, broken = workflows
    models, unread = _models(workspace)
    found = [*_machine(workspace, models), *_checkout(workspace), *_registry(workspace)]
    found += [*_workflows(workspace, parsed, broken), *_owners(workspace), *_keys(workspace, parsed, environ)]
    if unread and settings_of(workspace):
        found.append(
            Check(
                "keys",
                "models",
                "unknown",
                "not every model is known, because files are broken",
                "cuebook check",
            )
        )
    return found


def _machine(workspace: Workspace, models: set[str]) -> Iterator[Check]:
    yield Check("machine", "python", "ok", f"Python {'.'.join(map(str, sys.version_info[:3]))}")
    try:
        said = git.run(workspace.root, "version").decode(errors="replace").strip()
    except GitError as error:
        yield Check("machine", "git", "problem", error.message, error.hint)
    else:
        number = re.search(r"(\d+)\.(\d+)", said)
        # Compared as numbers: 2.9 is older than 2.31.
        good = number is not None and (int(number[1]), int(number[2])) >= OLDEST_GIT
        oldest = ".".join(map(str, OLDEST_GIT))
        yield judged(
            "machine", "git", good, (said, f"{said} is older than {oldest}"), f"install git {oldest} or later"
        )
    config = settings_of(workspace)
    needed = {_extra_for(model, config) for model in models} if config else set()
    for extra, modules in EXTRAS.items():
        missing = [name for name in modules if find_spec(name) is None]
        has = (
            f"the extra {extra!r} is installed",
            f"the extra {extra!r} is not installed (missing: {', '.join(missing)})",
        )
        state: CheckState = "problem" if extra in needed else "warning"
        yield judged("machine", "extra", not missing, has, install_line(extra), state)


def _extra_for(model: str, config: Settings) -> str:
    """The extra that asks a model; empty for toys, for plug-ins, which bring their own, and for no model."""
    try:
        return {"openai_compatible": "direct", "litellm": "eval"}.get(transport_for(model, config), "")
    except Aborted:
        return ""


def _checkout(workspace: Workspace) -> Iterator[Check]:
    root, config = workspace.root, settings_of(workspace)
    try:
        if git.top(root) is None:
            yield Check(
                "checkout", "repository", "problem", "not a Git repository: there is no history", "git init"
            )
            return
        said = (
            "the whole history is here",
            "only part of the history is here: who moved which alias is not known",
        )
        yield judged("checkout", "history", not git.is_shallow(root), said, "git fetch --unshallow")
        url = git.remote_url(root, "origin")
    except GitError as error:
        yield Check("checkout", "repository", "problem", error.message, error.hint)
        return
    if config is None:
        return
    yield from _remote(url, config)
    if url is not None:
        yield from _default_branch(workspace, config.default_branch)
    yield from _addresses(config)


def _remote(url: str | None, config: Settings) -> Iterator[Check]:
    if url is None:
        yield Check(
            "checkout", "origin", "warning", "there is no remote 'origin'", "git remote add origin URL"
        )
        return
    here, there = repository_of(url), repository_of(config.repo_url)
    if not config.repo_url:
        cure = f'repo_url = "https://github.com/{here}"' if here else 'repo_url = "https://..."'
        yield Check(
            "checkout", "repo_url", "warning", "the settings do not name the repository's address", cure
        )
    elif here and there:
        said = f"origin is {there}", f"origin is {here}, but repo_url says {there}"
        cure = "correct repo_url, or work in the right clone"
        # GitHub does not tell names apart by upper and lower case.
        yield judged("checkout", "repo_url", here.lower() == there.lower(), said, cure, "warning")


def _default_branch(workspace: Workspace, branch: str) -> Iterator[Check]:
    try:
        said = git.run(workspace.root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    except GitError:
        yield Check(
            "checkout",
            "default_branch",
            "unknown",
            f"it is not known here whether {branch} is the default branch of origin",
            "git remote set-head origin --auto",
        )
        return
    there = said.decode(errors="replace").strip().removeprefix("origin/")
    yield judged(
        "checkout",
        "default_branch",
        there == branch,
        (
            f"the default branch is {branch}",
            f"origin's default branch is {there}, but the settings say {branch}",
        ),
        f"default_branch = {there!r}, or: git remote set-head origin --auto",
    )


def _addresses(config: Settings) -> Iterator[Check]:
    site = config.site_url
    if not site:
        cure = 'site_url = "https://OWNER.github.io/NAME/"'
        yield Check("checkout", "site_url", "warning", "the settings do not say where the site is", cure)
        return
    said = f"the site is {site}", f"{site} does not begin with https://: it can be changed on its way to apps"
    yield judged(
        "checkout", "site_url", site.startswith("https://"), said, "use https in site_url", "warning"
    )
    host, repository = urlsplit(site).hostname or "", repository_of(config.repo_url)
    if host.endswith(".github.io") and repository:
        owner, _, name = repository.lower().partition("/")
        wanted = f"https://{owner}.github.io/" + ("" if name == f"{owner}.github.io" else f"{name}/")
        said = "the site is where Pages puts it", f"Pages puts the site at {wanted}, but site_url says {site}"
        good = site.lower().rstrip("/") == wanted.rstrip("/")
        yield judged("checkout", "site_place", good, said, f'site_url = "{wanted}"', "warning")


def _registry(workspace: Workspace) -> Iterator[Check]:
    folder = workspace.layout.prompts
    if not (workspace.root / folder).is_dir():
        yield Check("registry", "folder", "problem", f"there is no folder {folder!r} here", "cuebook init")
        return
    problems = problems_of(workspace)
    errors = sum(item.severity == "error" for item in problems)
    found = f"{plural(errors, 'error')}, {plural(len(problems) - errors, 'warning')}"
    said = "check finds nothing wrong", f"check finds {found}"
    yield judged("registry", "files", not problems, said, "cuebook check", "problem" if errors else "warning")
    yield from _settings(workspace)
    yield from _schemas(workspace)
    yield _replies(workspace)


def _settings(workspace: Workspace) -> Iterator[Check]:
    try:
        workspace.config  # noqa: B018  read for what is wrong with it
    except InvalidFiles as error:
        first = error.problems[0]
        place = f"{shown(first.file)}:{first.line}" if first.line else shown(first.file)
        what = f"the settings cannot be read: {place}: {first.message}"
        yield Check("registry", "settings", "problem", what, first.hint)
        what = "addresses, branches and keys were not looked at: the settings say which"
        yield Check("registry", "settings", "unknown", what, "correct the settings, then: cuebook doctor")


def _schemas(workspace: Workspace) -> Iterator[Check]:
    tree = workspace.tree
    lost = []
    for path in (path for top in (PROMPTS, EVALS, "overrides") for path in tree.paths(top)):
        if not path.endswith(".yml") or (data := tree.read(path)) is None:
            continue
        named = _SCHEMA.match(data)
        # A file without such a line names no schema that could be lost.
        place = named[1].decode(errors="replace") if named else "https://"
        if (
            not place.startswith(("https://", "http://"))
            and not (workspace.root / workspace.layout.there(path)).parent.joinpath(place).is_file()
        ):
            lost.append(path)
    said = (
        "files name schemas that are there",
        f"{some([*map(shown, lost)], 1)}: the first line names no schema",
    )
    cure = "editors look there: copy 'schemas' from an empty folder in which you ran 'cuebook init'"
    yield judged("registry", "schema_lines", not lost, said, cure, "warning")
    # init copies them once; an upgrade leaves those that an editor reads as they were.
    stale = [
        name
        for name in FILE_SHAPES
        if (data := tree.read(f"schemas/{name}.json")) is not None and data != schema_file(name)
    ]
    said = "schemas are those of this Cuebook", f"schemas of another Cuebook: {', '.join(stale)}"
    yield judged("registry", "schemas", not stale, said, cure, "warning")


def _replies(workspace: Workspace) -> Check:
    try:
        path = workspace.replies
        if not path.exists():
            return Check("registry", "replies", "ok", "no replies are stored yet")
        with ReplyStore(path) as store:
            return Check("registry", "replies", "ok", f"{store.count():,} replies are stored")
    except InvalidFiles as error:
        problem = error.problems[0]
        return Check("registry", "replies", "problem", problem.message, problem.hint)
    except UsageError as error:
        return Check("registry", "replies", "problem", error.message, error.hint)


def _workflows(workspace: Workspace, parsed: list[Workflow], broken: list[str]) -> Iterator[Check]:
    config = settings_of(workspace)
    there = {item.file for item in parsed} | {path.rpartition("/")[2] for path in broken}
    if not there and (host := code_host(config.repo_url if config else "")):
        what = f"the repository is on {host}, and what its CI runs was not looked at"
        yield Check("workflows", "workflow", "unknown", what, f"{OTHER_CI} lists the commands")
        return
    # Who calls Cuebook's action or its reusable workflow has check and gate under names of their own.
    calls = any(use.startswith(ACTION) for item in parsed for job in item.jobs for use in job.uses)
    wanted: list[tuple[tuple[str, ...], CheckState]] = [
        (NEEDED[2:] if calls else NEEDED, "problem"),
        (OFFERED, "warning"),
    ]
    for names, state in wanted:
        missing = [name for name in names if name not in there]
        said = f"there: {', '.join(names)}", f"missing: {', '.join(missing)}"
        cure = "cuebook init writes them and overwrites nothing; outside GitHub call the same commands"
        yield judged("workflows", "workflow", not missing, said, cure, state)
    for path in broken:
        yield Check(
            "workflows",
            "unreadable",
            "unknown",
            f"{path} cannot be read",
            "see whether GitHub shows an error",
        )
    loose = [f"{item.file}: {use}" for item in parsed for use in item.loose]
    said = "all actions are pinned by SHA", f"not pinned by SHA: {', '.join(loose)}"
    cure = "write uses: owner/action@<40 hex digits> # v1.2.3; a tag can be moved to other code"
    yield judged("workflows", "pinned_actions", not loose, said, cure)
    # Where nothing is said of permissions, the repository's settings decide, which may give all.
    wide = [item.file for item in parsed if item.permissions != {}]
    said = "no workflow has permissions by default", f"permissions for every job: {', '.join(wide)}"
    yield judged(
        "workflows",
        "permissions",
        not wide,
        said,
        "write 'permissions: {}' at the top, and per job what it needs",
    )
    for item in parsed:
        push = item.triggers.get("push") if item.file == "publish.yml" else None
        branches = push.get("branches") if isinstance(push, dict) else None
        if config and isinstance(branches, list) and config.default_branch not in branches:
            what = f"{item.file} waits for pushes to {', '.join(map(str, branches))}"
            cure = f"write branches: [{config.default_branch}]"
            yield Check(
                "workflows", "publish_branch", "problem", f"{what}, never to {config.default_branch}", cure
            )
    yield from _lock(workspace)


def _lock(workspace: Workspace) -> Iterator[Check]:
    """Whether the lock file that init writes pins Cuebook itself by hash; else pip refuses all of it."""
    text = (workspace.top_tree.read(LOCK) or b"").decode(errors="replace")
    # A requirement and its hashes are one line, which pip's files break with a backslash.
    if found := _CUEBOOK.search(text.replace("\\\n", " ")):
        pinned = "--hash=sha256:" in found[0]
        said = (
            f"{LOCK} pins Cuebook by hash",
            f"{LOCK} has no hash for Cuebook: its workflows install nothing",
        )
        yield judged("workflows", "pinned_cuebook", pinned, said, HOW_TO_PIN)


def _owners(workspace: Workspace) -> Iterator[Check]:
    prefix, found = workspace.folder, owners_of(workspace.top_tree)
    if found is None:
        config = settings_of(workspace)
        is_elsewhere = bool(code_host(config.repo_url if config else ""))
        cure = (
            f"write {PLACES[1]}; it takes effect only with a rule that merging needs the owners' approval"
            if is_elsewhere
            else f"write {PLACES[0]}; it takes effect only with 'Require review from Code Owners'"
        )
        yield Check(
            "owners",
            "codeowners",
            "problem",
            "there is no CODEOWNERS: anybody who may merge may promote",
            cure,
        )
        return
    place, text = found
    there = workspace.layout.there
    for what, wanted in _owned(workspace):
        top = "" if what == "workflows" else prefix
        missing: list[Check] = []
        for line, paths in wanted.items():
            if bare := unowned(
                text, [path if what == "workflows" else prefix + there(path) for path in paths]
            ):
                seen = f"{what} have no owner: {', '.join(bare[:3])}"
                path = as_glob(f"/{top}{line if what == 'workflows' else there(line)}")
                missing.append(Check("owners", "owned", "problem", seen, f"add to {place}: {path} @who"))
        yield from missing or [Check("owners", "owned", "ok", f"{what} have owners")]


def _owned(workspace: Workspace) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """What must have owners: by the line that gives them one its paths, also such as may come."""
    prompts = [*_folders(workspace, PROMPTS), "a-new-one"]
    suites = [*_folders(workspace, EVALS), "a-new-one"]
    yield "aliases", {aliases_path("*"): [aliases_path(name) for name in prompts]}
    yield "overrides", {"overrides/": ["overrides/a-new-one-v1.yml"]}
    files = (SUITE, DATASET, LABELS, f"{LABELS_FOLDER}/a-new-one.jsonl")
    yield "suites", {f"{EVALS}/": [f"{EVALS}/{name}/{file}" for name in suites for file in files]}
    if judges := _judges(workspace):
        yield "judges", {f"{PROMPTS}/{name}/": [version_path(name, 1)] for name in judges}
    config = settings_of(workspace)
    host = code_host(config.repo_url if config else "")
    if not host:
        yield "workflows", {".github/": [".github/workflows/gate.yml", PLACES[0]]}
    elif host == "GitLab":
        yield "workflows", {".gitlab-ci.yml": [".gitlab-ci.yml"]}
    # Both: a second file with settings beside the guarded one would be nobody's.
    yield "settings", {file: [file] for file in FILES}
    if config and (programs := config.scorers):  # what is run has an owner, wherever it is
        yield "scorers of the repository", {file: [file] for file in programs}
    yield "guides", {"site/": ["site/mkdocs.yml", "site/guides/a-new-one.md"]}


def _folders(workspace: Workspace, top: str) -> list[str]:
    return sorted({path.split("/")[1] for path in workspace.tree.paths(top) if path.count("/") > 1})


def _judges(workspace: Workspace) -> list[str]:
    found = set()
    for name in workspace.registry.suite_names():
        try:
            pins = pinned_judges(workspace.registry.suite(name))
            found |= {parse_ref(pin).name for pin in pins}
        except CuebookError:  # check says what is wrong with it
            continue
    return sorted(found)


def _keys(workspace: Workspace, parsed: list[Workflow], environ: Mapping[str, str]) -> Iterator[Check]:
    config = settings_of(workspace)
    if config is None:
        return
    handed = {name for item in parsed for job in item.jobs for name in job.secrets}
    gates = [item.file for item in parsed if set(item.triggers) & ON_A_CHANGE]
    models, _ = _models(workspace)
    needs: dict[str, list[str]] = {}
    for model in sorted(models):
        variable = variable_of(model, config)
        if install := missing_plugin(model, config):
            yield Check("keys", "plugin", "problem", no_plugin(model), install)
        elif variable is None:
            what = f"which key {model} needs is not known here"
            whose = plugin_of(model) or "litellm's page of that provider"
            yield Check("keys", "variable", "unknown", what, f"see {whose}")
        elif variable:
            needs.setdefault(variable, []).append(model)
    # Empty: none is needed; None, which is told above: it may need one.
    if not any(variable_of(model, config) != "" for model in models):
        yield Check("keys", "no_key", "ok", "no key is needed for the models in use")
    for variable, used in sorted(needs.items()):
        said = f"{variable} is set", f"{variable} is not set here ({', '.join(used)})"
        yield judged("keys", "key", bool(environ.get(variable)), said, f"export {variable}=...", "warning")
        if gates and variable not in handed:
            cure = f"in the gate's job write {variable}: ${{{{ secrets.{variable} }}}} under env"
            yield Check("keys", "handed", "problem", f"no workflow hands {variable} to a job", cure)
    yield from _unheeded(models, config, environ)


def _unheeded(models: set[str], config: Settings, environ: Mapping[str, str]) -> Iterator[Check]:
    """Addresses in the environment that other clients heed; here the settings say where answers come from."""
    asked = {config.resolve(model) for model in models}
    # Only of providers that are asked directly: litellm heeds these variables itself.
    heads = {model.partition("/")[0] for model in asked if provider_of(model)}
    for head in sorted(heads - set(config.endpoints)):
        cure = f'name the address in the settings: [endpoints.{head}], base_url = "..."'
        for variable in (f"{head.upper()}_BASE_URL", f"{head.upper()}_API_BASE"):
            if environ.get(variable):
                what = f"{variable} is set and not used: models of {head} are asked at {head}'s own address"
                yield Check("keys", "unheeded", "warning", what, cure)


def _models(workspace: Workspace) -> tuple[set[str], bool]:
    """Models that live and latest versions, suites and settings ask for; whether a file could not be read."""
    config, registry = settings_of(workspace), workspace.registry
    if config is None:  # they may put another model in the place of each
        return set(), True
    found = {model for model in (config.model, config.judge_model) if model}
    # A pattern names no model that could be asked.
    found |= {model for model in config.models if not set(model) & set("*?[")}
    unread = False
    for name in registry.names():
        try:
            found |= {registry.version(name, number).model for number in registry.in_use(name)}
        except CuebookError:
            unread = True
    for name in registry.suite_names():
        try:
            found |= set(registry.suite(name).models)
        except CuebookError:
            unread = True
    return {config.resolve(model) for model in found}, unread

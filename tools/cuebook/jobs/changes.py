"""What a change does that somebody has to answer for: what it edits, takes away and loosens.

The one place that says so: ``check``, the gate and publication ask it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import pairwise

from cuebook.check import check_change, too_long, unsaid_renames
from cuebook.core import git
from cuebook.core.errors import GitError, InvalidFiles, Problem, nearest
from cuebook.core.format import joined, plural, some
from cuebook.core.layout import ALIASES, SUITE, aliases_path, meta_path, suite_path
from cuebook.gate.base_suite import as_named
from cuebook.gate.former_rules import (
    FormerSuite,
    former_suites,
    state_now,
    state_of_all,
    strictest,
    with_first,
)
from cuebook.gate.loosening import (
    asked_otherwise,
    labels_loosened,
    seen_inputs,
    settings_loosened,
    suite_loosened,
)
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.registry import overrides, scorer_names
from cuebook.registry.alias_changes import alias_changes
from cuebook.registry.alias_past import FormerRules
from cuebook.registry.callers import refused_calls, untried_defaults
from cuebook.registry.codeowners import owners_of, unowned
from cuebook.registry.labels import labelled, turned
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.reader import Registry
from cuebook.registry.renames import Renamed, former_names, renames
from cuebook.registry.settings import FILES, load_config, place_of
from cuebook.shapes.cause import RuleChange
from cuebook.wording.changes import ChangeCode, change_problem
from cuebook.wording.loosening import loosened_by, rules_to_accept
from cuebook.wording.promotion import call_refused, default_untried, lack


def change_problems(workspace: Workspace, before: Registry) -> list[Problem]:
    """What is wrong with a change from ``before``, and as warnings what it loosens.

    Files that are broken are left to ``check``.
    """
    found = check_change(before.tree, workspace.tree)
    if unsaid_renames(before.tree, workspace.tree):
        return found  # all that depends on the name would be said again, alias by alias
    for rule in _RULES:  # a file that one of them needs may be broken, and hides nothing from the others
        with suppress(InvalidFiles):
            found.extend(rule(workspace, before))
    return found


def _loosened(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """What the change asks less than before, of every part that can be read."""
    past = LiveHistory(workspace, before)
    parts = [partial(_suite, workspace.registry, before, name) for name in before.suite_names()]
    parts += [partial(_labels, workspace.registry, before), partial(_settings, workspace, before)]
    for part in parts:
        # ``check`` says of a suite or labels that they cannot be read; the others are compared all the same.
        with suppress(InvalidFiles):
            for change in part():
                yield _warning(workspace, past, before, _signed(workspace, before, change))


def refuse_change(workspace: Workspace, before: Registry) -> None:
    """Raise InvalidFiles when something about a change is wrong."""
    errors = [item for item in change_problems(workspace, before) if item.severity == "error"]
    if errors:
        raise InvalidFiles(errors)


def _moved_folders(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Settings that name other folders: versions and suites are compared all the same, owners may be lost."""
    if not isinstance(before.tree, git.Snapshot) or before.tree.layout == workspace.layout:
        return
    old, new = before.tree.layout, workspace.layout
    file, prefix = _settings_file(workspace), before.tree.prefix
    kinds = (("prompts_dir", old.prompts, new.prompts), ("evals_dir", old.evals, new.evals))
    moved = [f"{key} is {now} and was {was}" for key, was, now in kinds if was != now]
    yield change_problem("folders_moved", file, moved="; ".join(moved))
    then, now = owners_of(git.Snapshot(before.tree.root, before.tree.sha)), owners_of(workspace.top_tree)
    # Made-up files, as rules of owners are patterns: what is there today may be named one by one.
    for path in (aliases_path("a-new-one"), suite_path("a-new-one")):
        was, is_now = prefix + old.there(path), prefix + new.there(path)
        if then and not unowned(then[1], [was]) and (now is None or unowned(now[1], [is_now])):
            # Without what follows: paths of today's folders are what a message shows.
            folders = was.partition("/a-new-one")[0], is_now.partition("/a-new-one")[0]
            yield change_problem("owner_lost", file, old=folders[0], new=folders[1], owners=then[0])


def _other_branch(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Settings that name another default branch: it may be anybody's, with rules of their own."""
    was, now = load_config(before.tree).default_branch, workspace.config.default_branch
    if was != now:
        yield change_problem("branch_changed", _settings_file(workspace), was=was, now=now)


def _owners_gone(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """What somebody had to review and nobody has to any more, as the file of owners itself was changed."""
    if not isinstance(before.tree, git.Snapshot):
        return
    then, now = owners_of(git.Snapshot(before.tree.root, before.tree.sha)), owners_of(workspace.top_tree)
    if then is None or then == now:
        return
    folders = {PROMPTS: ALIASES, EVALS: SUITE} if before.tree.layout == workspace.layout else {}
    # Made-up files, as above: lines may be about what is there today, and leave out what comes next.
    known = {before.tree.layout.there(folder): f"a-new-one/{file}" for folder, file in folders.items()}
    known |= {overrides.FOLDER: "a-new-one.yml", **dict.fromkeys(FILES, "")}
    paths = {before.tree.prefix + f"{place}/{rest}".rstrip("/"): place for place, rest in known.items()}
    paths[then[0]] = then[0]
    gone = _lost(paths, then[1], now)
    if folders:
        # A line about one file takes its owner away as well; a file that goes takes its line with it.
        both = (before.tree, workspace.tree)
        was, there = (
            {path for at in (*folders, overrides.FOLDER) for path in tree.paths(at)} for tree in both
        )
        files = {before.tree.prefix + before.tree.layout.there(path): path for path in sorted(was & there)}
        single = [path for path in _lost(files, then[1], now) if path.partition("/")[0] not in gone]
        gone += [some(single, _MOST_FILES)] if single else []
    if gone:
        yield change_problem("owners_gone", now[0] if now else then[0], paths=joined(gone))


_MOST_FILES = 3
"""Files that are named of those that lost their owner alone."""


def _lost(paths: Mapping[str, str], then: str, now: tuple[str, str] | None) -> list[str]:
    """What is at these paths and had an owner then, and has none now."""
    had = set(paths) - set(unowned(then, paths))
    gone = had if now is None else had.intersection(unowned(now[1], paths))
    return [paths[path] for path in paths if path in gone]


def _removed_aliases(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Protected aliases that are gone: apps that ask for one get an error, and its past is easily lost."""
    protected = workspace.config.protected_with(load_config(before.tree))
    for item in alias_changes(before, workspace.registry, sorted(protected)).removed:
        held = overrides.for_removal(
            workspace.tree, item.prompt, item.alias, workspace.today, workspace.set_on
        )
        if held is None:
            about = {"alias": item.alias, "prompt": item.prompt, "version": item.previous}
            path = overrides.removal_path(item.prompt, item.alias)
            file = aliases_path(item.prompt)
            given = nearest(item.alias, sorted(_aliases(workspace.registry, item.prompt)))
            code: ChangeCode = "alias_misspelt" if given else "alias_removed"
            removed = change_problem(code, file, **about, path=path, given=given)
            yield removed._replace(key=f"{item.prompt}@{item.alias}")


def _aliases(registry: Registry, prompt: str) -> list[str]:
    return list(registry.aliases(prompt)) if prompt in registry.names() else []


def _unprotected(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    for alias in workspace.config.unprotected_since(load_config(before.tree)):
        if overrides.for_unprotected(workspace.tree, alias, workspace.today, workspace.set_on) is None:
            path = overrides.unprotected_path(alias)
            place = place_of(workspace.tree, "protected_aliases")
            yield change_problem("unprotected", *place, alias=alias, path=path)._replace(key=alias)


def _false_names(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Former names that a prompt cannot have had: its past would be another prompt's."""
    old = set(before.names())
    now = before.tree.names if isinstance(before.tree, Renamed) else {}
    for name in workspace.registry.names():
        known = {former for former, new in now.items() if new == name}
        known |= set(former_names(before, name)) if name in old else set()
        claimed = [former for former in former_names(workspace.registry, name) if former not in known]
        since = _called_since(workspace, before).get(name, set()) if claimed else set()
        for former in claimed:
            if former in since:
                continue
            path, about = meta_path(name), {"old": former, "new": name}
            if former in workspace.registry.names():
                # A prompt that was there before takes no other's place: nothing is left to be moved.
                move = (
                    "" if name in old else f"; if it was copied to be renamed: git rm -r {PROMPTS}/{former}"
                )
                yield change_problem("still_called", path, **about, else_move=move)
            else:
                yield change_problem("never_called", path, **about)


def _called_since(workspace: Workspace, before: Registry) -> dict[str, set[str]]:
    """The names that prompts had on the default branch after ``before`` and before the change, by the last.

    There are some where a publication gave way to a later one: each step was a change of its own.
    """
    if not isinstance(before.tree, git.Snapshot) or workspace.default_base is None:
        return {}
    found: dict[str, set[str]] = {}
    # What cannot be read on the way shows no name; left to the caller, it would hide the false ones.
    with suppress(GitError, InvalidFiles):
        tip = workspace.left(workspace.default_base)
        line = git.first_parents(workspace.root, before.tree.sha, tip, MOST_STATES)
        states = [before.tree.sha, *reversed(line)]
        for old, new in pairwise(map(workspace.tip, states)):
            for was, now in renames(old, new).items():
                found[now] = {was, *found.pop(was, set())}
    return found


MOST_STATES = 200
"""Commits since the last publication among which renames are looked for: each has to be read."""


def _refused_calls(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Moves to a version that apps cannot call as they do now, or that no case asks as they do then."""
    head = workspace.registry
    for move in alias_changes(before, head, workspace.config.protected_aliases).moved:
        known = set(head.numbers(move.prompt))
        if move.previous not in known or move.version not in known:  # check says what is not there
            continue
        try:
            old, new = (head.version(move.prompt, number) for number in (move.previous, move.version))
        except InvalidFiles:  # said already
            continue
        path = overrides.path_of(move.prompt, move.version)
        file = aliases_path(move.prompt)
        for why in refused_calls(old, new):
            found = lack(call_refused(move.alias, new.ref, why))
            yield change_problem("call_refused", file, lack=found, path=path)
        for item in untried_defaults(old, new, before.suites_of(move.prompt)):
            found = lack(default_untried(move.alias, new.ref, *item))
            yield change_problem("default_untried", file, lack=found, path=path)


def _erased(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Versions that the change takes back for good: apps that pin one get an error from then on."""
    head = workspace.registry
    for name in sorted(set(before.names()) & set(head.names())):
        for number in sorted(set(before.numbers(name)) & set(head.meta(name).erased)):
            yield change_problem("erased", meta_path(name), ref=f"{name}/{number}")


def _given_up_names(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Names that a prompt had once: apps still ask for them, so no other prompt may ever have one."""
    head = workspace.registry
    names = head.names()
    former = {old: name for name in before.names() for old in former_names(before, name)}
    for old in former.keys() & set(names):
        yield change_problem("name_given_up", f"{PROMPTS}/{old}", old=old, new=former[old])
    for name in set(before.names()) & set(names):
        for old in set(former_names(before, name)) - set(former_names(head, name)):
            yield change_problem("former_name_dropped", meta_path(name), old=old)


def _settings_file(workspace: Workspace) -> str:
    there = (path for path in FILES if workspace.tree.read(path) is not None)
    return next(there, FILES[0])


def _long_overrides(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Overrides that are to hold longer than any does; those of earlier releases end then, too."""
    tree = workspace.tree
    for path in tree.paths(overrides.FOLDER):
        shaped, _ = overrides.read(tree, path)
        new = tree.read(path) != before.tree.read(path)
        # One that already exists counts from the day on which it was set, not from today again.
        day = workspace.today if new else workspace.set_on(path) or workspace.today
        if shaped and overrides.place_of(shaped) == path and (problem := too_long(tree, path, shaped, day)):
            yield problem if new else problem._replace(severity="warning")


def _signed(workspace: Workspace, before: Registry, change: RuleChange) -> RuleChange:
    """The change with whose commit changed its file last since ``before``; empty for what is in no commit."""
    author = ""
    if isinstance(before.tree, git.Snapshot):
        with suppress(GitError):
            author = git.last_author(workspace.root, before.tree.sha, workspace.layout.there(change.file))
    return change.model_copy(update={"by": author})


def _settings(workspace: Workspace, before: Registry) -> Iterator[RuleChange]:
    old, new = load_config(before.tree), workspace.config
    if old == new:
        return
    file = _settings_file(workspace)
    yield from settings_loosened(old, new, file)
    models = {version.model for name in before.names() for version in before.versions(name)}
    models |= {model for name in before.suite_names() for model in before.suite(name).models}
    for change in asked_otherwise(old, new, models):
        # Compared above are endpoints that there were; a new one counts where models in use go to it now.
        if change.code == "endpoint" and change.label not in old.endpoints:
            yield change.model_copy(update={"file": file})


def _suite(head: Registry, before: Registry, name: str) -> Iterator[RuleChange]:
    old = before.suite(name)
    there = [head.suite(name)] if name in head.suite_names() else head.suites_of(old.prompt)
    now = {suite.name: suite for suite in there}
    new = now.get(next(iter(as_named({name: old}, there))))
    if new and (old.digest, old.dataset_digest) == (new.digest, new.dataset_digest):
        return
    slips: set[str] = set()
    is_slip = False
    if new:
        known = scorer_names.known(head.tree)
        wrong = [spec for spec in new.scorers if spec.name not in known]
        # Of a scorer that nobody has ``check`` says which one was meant: neither was given up.
        slips = {label for spec in wrong for label in (spec.label, nearest(spec.name, known))}
        aliases = _aliases(head, new.prompt)
        is_slip = new.gate.baseline not in aliases and bool(nearest(new.gate.baseline, aliases))
    for change in suite_loosened(old, new, seen_inputs(before, old)):
        if change.code == "baseline" and is_slip:
            continue
        if change.code not in {"metric", "scorer"} or change.label not in slips:
            yield change


def _labels(head: Registry, before: Registry) -> Iterator[RuleChange]:
    for name in sorted(labelled(before.tree)):
        old, new = before.labels(name), head.labels(name)
        if old.digest != new.digest:
            yield from labels_loosened(name, old, new)


def _turned_labels(workspace: Workspace, before: Registry) -> Iterator[Problem]:
    """Answers that have another label, as others labelled them, too: no former line has to go for that."""
    for name in sorted(labelled(before.tree)):
        with suppress(InvalidFiles):  # ``check`` says what is wrong with labels
            old, new = before.labels(name), workspace.registry.labels(name)
            if found := turned(old, new) if old.digest != new.digest else []:
                about = {"count": len(found), "answers": plural(len(old.cases), "labelled answer")}
                yield change_problem("labels_turned", found[0].path, **about, judge=name)


def _warning(workspace: Workspace, past: LiveHistory, before: Registry, change: RuleChange) -> Problem:
    accept = ""
    name = change.file.split("/")[1] if change.file.startswith(f"{EVALS}/") else ""
    if name in before.suite_names() and name in workspace.registry.suite_names():
        states = _states(workspace, past, before, name)
        accept = f"; {rules_to_accept(overrides.rules_path(name), *states)}"
    key = change.label if change.code == "protected_alias" else ""
    found = change_problem("loosened", change.file, loosened=loosened_by(change), accept=accept)
    return found._replace(key=key)


def _states(
    workspace: Workspace, past: LiveHistory, before: Registry, name: str
) -> tuple[tuple[str, str], tuple[str, str]]:
    """The digests of a suite as the next promotion answers to it, and as the change makes it."""
    was, now = before.suite(name), workspace.registry.suite(name)
    then = [FormerSuite(was, FormerRules(0, "", before))]
    with suppress(GitError, InvalidFiles):
        rules = past.rules(was.prompt, was.gate.baseline)
        then = [*former_suites(rules, was.prompt, [now]).get(name, ()), *then]
    labels = workspace.registry.labels
    seen = partial(seen_inputs, before)
    found = (replace(it, weaker=tuple(it.asks_more_than(now, labels, seen(it.suite)))) for it in then)
    held = with_first(strictest([item for item in found if item.weaker], seen), then[:1], now, labels, seen)
    return state_of_all(held or then[-1:]), state_now(now, labels, held)


_RULES = (
    _moved_folders,
    _other_branch,
    _owners_gone,
    _removed_aliases,
    _unprotected,
    _long_overrides,
    _false_names,
    _given_up_names,
    _refused_calls,
    _erased,
    _turned_labels,
    _loosened,
)

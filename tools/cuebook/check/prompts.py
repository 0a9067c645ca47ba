"""Rules for the folders of prompts: names, versions and their numbers, aliases, meta files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from cuebook.check._found import Found, link_problem
from cuebook.core import refs
from cuebook.core.errors import Problem, did_you_mean
from cuebook.core.files import Folder, ReadOnce, Tree
from cuebook.core.git import ignored
from cuebook.core.yaml_files import read_numbered_yaml, read_yaml
from cuebook.registry import numbering, version_files
from cuebook.registry.alias_targets import pointing
from cuebook.registry.new_version import new_version_problems, unread_problems
from cuebook.registry.paths import PROMPTS
from cuebook.shapes.run import Version

GAP = "gap"
"""Code of the problem that a version number is missing below a version."""


_PROMPT_FILES = ("aliases.yml", "meta.yml")


_CLUTTER = re.compile(r"/(\.[^/]*|Thumbs\.db|desktop\.ini|#[^/]*#|[^/]*(~|\.(bak|orig|rej|swp|tmp)))(/|$)")
"""What systems and editors leave beside a file: nobody meant to put it there, and nothing reads it."""


def prompt_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """What is wrong in the folders of prompts, in the order of their paths."""
    folders: dict[str, list[str]] = {}
    strays: list[Problem] = []
    paths = set(tree.paths(PROMPTS))
    for path in sorted(paths):
        _, name, *rest = path.split("/")
        file = "/".join(rest)
        if tree.is_link(path):
            yield link_problem(path)
        elif _CLUTTER.search(path):
            continue
        elif not rest:
            cure = f"prompts are folders: {PROMPTS}/<name>/v1.prompt.yml"
            strays.append(Problem(path, 0, "a file beside the prompts", cure))
        elif refs.version_number(file) is None and file not in _PROMPT_FILES:
            strays.append(Problem(path, 0, *_stray(file, f"{PROMPTS}/{name}", paths)))
        else:
            folders.setdefault(name, []).append(file)
    yield from _unwanted(tree, strays)
    for first, second in refs.name_clashes(folders):
        what = f"{second!r} and {first!r} are the same name on some file systems"
        yield Problem(f"{PROMPTS}/{second}", 0, what, "rename one of them")
    for name, files in folders.items():
        yield from _prompt(tree, found, name, files)


def _unwanted(tree: Tree, strays: list[Problem]) -> Iterator[Problem]:
    """Files that do not belong among the prompts, but for those that Git ignores; a README only warns."""
    folder = tree.tree if isinstance(tree, ReadOnce) else tree
    unseen = (
        ignored(folder.root, [item.file for item in strays]) if strays and isinstance(folder, Folder) else ()
    )
    for item in strays:
        if item.file not in unseen:
            is_readme = item.file.rpartition("/")[2].lower().startswith("readme")
            yield item._replace(severity="warning") if is_readme else item


def _prompt(tree: Tree, found: Found, name: str, files: list[str]) -> Iterator[Problem]:
    folder = f"{PROMPTS}/{name}"
    if problem := refs.name_problem(name):
        yield Problem(folder, 0, problem, f"rename the folder, for example to {refs.suggest_name(name)!r}")
    versions = found.versions.setdefault(name, {})
    for file in files:
        path = f"{folder}/{file}"
        number = refs.version_number(file)
        if number is not None:
            data = tree.read(path) or b""
            outline, problems = version_files.outline_of(data, path, name, number, tree)
            is_whole = outline and not any(item.breaks for item in problems)
            versions[number] = outline.version if outline and is_whole else None
            if outline and not is_whole:
                found.outlines.setdefault(name, {})[number] = outline
            yield from problems
            yield from new_version_problems(outline.version, data) if outline else unread_problems(data, path)
    found.erased[name] = erased_versions(tree, folder)
    yield from _numbers(folder, versions, found.erased[name])
    yield from _aliases(tree, found, name)
    yield from _meta(tree, found, name)


def erased_versions(tree: Tree, folder: str) -> set[int]:
    """The versions of a prompt that its owners took back for good, as its ``meta.yml`` lists them."""
    path = f"{folder}/meta.yml"
    meta, _ = version_files.read_meta(tree.read(path) or b"title: none", path)
    return set(meta.erased) if meta else set()


def _stray(file: str, folder: str, paths: Collection[str]) -> tuple[str, str]:
    """What is wrong with a file that does not belong into a prompt's folder, and what to do."""
    if "/" in file:
        return "prompts have no folders below them", f"move it to {file.rpartition('/')[2]}, or elsewhere"
    digits = "".join(char for char in file.split(".")[0] if char.isdigit()).lstrip("0")
    if digits and ("prompt" in file or file.endswith((".yml", ".yaml"))):
        what = f"{file!r} is not a version's file name"
        if f"{folder}/v{digits}.prompt.yml" in paths:
            return what, f"v{digits}.prompt.yml is there: delete this one, or make it the next version"
        return what, f"call it v{digits}.prompt.yml"
    near = did_you_mean(file, [*_PROMPT_FILES, "v1.prompt.yml"])
    return f"{file!r} does not belong here", near


def _numbers(
    folder: str, versions: Mapping[int, Version | None], erased: Collection[int]
) -> Iterator[Problem]:
    for number in sorted(set(versions) & set(erased)):
        cure = "delete the file; its number is never used again"
        yield Problem(f"{folder}/v{number}.prompt.yml", 0, f"version {number} is listed as erased", cure)
    if not versions:
        yield Problem(folder, 0, "the prompt has no version", f"cuebook new {folder.rpartition('/')[2]}")
        return
    for number, place in numbering.out_of_place({*versions, *erased}).items():
        what = f"version {place} is missing: numbers go 1, 2, 3, ... without gaps"
        yield Problem(f"{folder}/v{number}.prompt.yml", 0, what, f"call it v{place}.prompt.yml", code=GAP)
    for number, version in sorted(versions.items()):
        before = versions.get(number - 1)
        if version and before and version.digest == before.digest:
            what = f"says the same as version {number - 1}: nothing that changes behaviour was edited"
            yield Problem(version.path, 0, what, "edit it, or delete it")


def _aliases(tree: Tree, found: Found, name: str) -> Iterator[Problem]:
    path = f"{PROMPTS}/{name}/aliases.yml"
    data = tree.read(path)
    if data is None:
        return
    targets, problems = version_files.read_targets(data, path)
    yield from problems
    found.targets[name] = targets
    if problems:
        found.unread.add(name)
    if not targets:
        return
    document = read_numbered_yaml(data, path)
    known = sorted(found.versions[name])
    for alias, target in targets.items():
        for number in target.live:
            if number not in known:
                place = [alias, "try", str(number)] if number in target.tries else [alias]
                cure = f"its versions: {', '.join(map(str, known))}"
                lost = "was erased" if number in found.erased[name] else "does not exist"
                yield Problem(path, document.line(place), f"{alias}: version {number} {lost}", cure)


def _meta(tree: Tree, found: Found, name: str) -> Iterator[Problem]:
    path = f"{PROMPTS}/{name}/meta.yml"
    data = tree.read(path)
    if data is None:
        yield Problem(path, 0, "the prompt has no title and owners", "add meta.yml with 'title:'", "warning")
        return
    meta, problems = version_files.read_meta(data, path)
    yield from problems
    for number in meta.retired if meta else []:
        if number not in found.versions[name] and number not in found.erased[name]:
            at = read_yaml(data, path).line(["retired"])
            cure = f"its versions: {', '.join(map(str, sorted(found.versions[name])))}"
            yield Problem(path, at, f"retired version {number} does not exist", cure)
        for alias in pointing(found.aliases_of(name), number):
            is_use = found.aliases_of(name)[alias].use == number
            cure = "point the alias at another version first" if is_use else "take it out of its 'try' first"
            how = "points to" if is_use else "lets a share of units try"
            yield Problem(path, 0, f"version {number} is retired, but {alias!r} {how} it", cure)

"""Rules for the folders of prompts: names, versions and their numbers, aliases, meta files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from cuebook.check._found import Found
from cuebook.core import refs
from cuebook.core.errors import Problem, did_you_mean
from cuebook.core.files import Folder, ReadOnce, Tree
from cuebook.core.git import ignored
from cuebook.core.layout import ALIASES, META, aliases_path, meta_path, version_file
from cuebook.core.yaml_files import read_numbered_yaml, read_yaml
from cuebook.registry import numbering, version_files
from cuebook.registry.alias_pointers import pointing
from cuebook.registry.new_version import new_version_problems, unread_problems
from cuebook.registry.paths import PROMPTS
from cuebook.shapes.run import Version
from cuebook.wording.prompt_files import PromptCode, prompt_problem
from cuebook.wording.tree_files import tree_problem

GAP: PromptCode = "gap"
"""Code of the problem that a version number is missing below a version."""

_MISNAMED: PromptCode = "misnamed"

_PROMPT_FILES = (ALIASES, META)


_CLUTTER = re.compile(r"/(\.[^/]*|Thumbs\.db|desktop\.ini|#[^/]*#|[^/]*(~|\.(bak|orig|rej|swp|tmp)))(/|$)")
"""What systems and editors leave beside a file: nobody meant to put it there, and nothing reads it."""


def prompt_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """What is wrong in the folders of prompts, in the order of their paths."""
    folders: dict[str, list[str]] = {}
    strays: list[Problem] = []
    misnamed: set[str] = set()
    paths = set(tree.paths(PROMPTS))
    for path in sorted(paths):
        _, name, *rest = path.split("/")
        file = "/".join(rest)
        if tree.is_link(path):
            yield tree_problem("link", path)
        elif _CLUTTER.search(path):
            continue
        elif not rest:
            strays.append(prompt_problem("beside_prompts", path))
        elif refs.version_number(file) is None and file not in _PROMPT_FILES:
            strays.append(_stray(path, file, paths))
            if strays[-1].code == _MISNAMED:  # the prompt is there all the same, for those that name it
                misnamed.add(name)
                folders.setdefault(name, [])
        else:
            folders.setdefault(name, []).append(file)
    yield from _unwanted(tree, strays)
    for first, second in refs.name_clashes(folders):
        yield prompt_problem("same_name", f"{PROMPTS}/{second}", name=second, other=first)
    for name, files in folders.items():
        yield from _prompt(tree, found, name, files)
        if not (found.versions[name] or name in misnamed):  # a file of another name is it, and told that
            yield prompt_problem("no_version", f"{PROMPTS}/{name}", name=name)


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
    if why := refs.name_problem(name):
        yield prompt_problem("bad_name", folder, why=why, right=refs.suggest_name(name))
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
    path = f"{folder}/{META}"
    meta, _ = version_files.read_meta(tree.read(path) or b"title: none", path)
    return set(meta.erased) if meta else set()


def _stray(path: str, file: str, paths: Collection[str]) -> Problem:
    """What is wrong with a file that does not belong into a prompt's folder."""
    if "/" in file:
        return prompt_problem("folder_below", path, file=file.rpartition("/")[2])
    digits = "".join(char for char in file.split(".")[0] if char.isdigit()).lstrip("0")
    if digits and ("prompt" in file or file.endswith((".yml", ".yaml"))):
        right = version_file(digits)
        is_there = f"{path.removesuffix(file)}{right}" in paths
        return prompt_problem("number_in_use" if is_there else "misnamed", path, file=file, right=right)
    near = did_you_mean(file, [*_PROMPT_FILES, version_file(1)])
    return prompt_problem("no_file_of_ours", path, file=file, near=near)


def _numbers(
    folder: str, versions: Mapping[int, Version | None], erased: Collection[int]
) -> Iterator[Problem]:
    for number in sorted(set(versions) & set(erased)):
        yield prompt_problem("erased_there", f"{folder}/{version_file(number)}", number=number)
    for number, place in numbering.out_of_place({*versions, *erased}).items():
        yield prompt_problem(GAP, f"{folder}/{version_file(number)}", missing=place)
    for number, version in sorted(versions.items()):
        before = versions.get(number - 1)
        if version and before and version.digest == before.digest:
            yield prompt_problem("says_the_same", version.path, before=number - 1)


def _aliases(tree: Tree, found: Found, name: str) -> Iterator[Problem]:
    path = aliases_path(name)
    data = tree.read(path)
    if data is None:
        return
    pointers, problems = version_files.read_pointers(data, path)
    yield from problems
    found.pointers[name] = pointers
    if problems:
        found.unread.add(name)
    if not pointers:
        return
    document = read_numbered_yaml(data, path)
    # Where no version is there at all, that is what is told.
    for alias, pointer in pointers.items() if found.versions[name] or found.erased[name] else ():
        for number in pointer.live:
            if number not in found.versions[name]:
                place = [alias, "try", str(number)] if number in pointer.tries else [alias]
                lost = "was erased" if number in found.erased[name] else "does not exist"
                about = {"alias": alias, "number": number, "lost": lost, "known": _listed(found, name)}
                yield prompt_problem("points_nowhere", path, document.line(place), **about)


def _listed(found: Found, name: str) -> str:
    return ", ".join(map(str, sorted(found.versions[name])))


def _meta(tree: Tree, found: Found, name: str) -> Iterator[Problem]:
    path = meta_path(name)
    data = tree.read(path)
    if data is None:
        if found.versions[name]:
            yield prompt_problem("untitled", path)
        return
    meta, problems = version_files.read_meta(data, path)
    yield from problems
    at = read_yaml(data, path).line(["retired"]) if meta and meta.retired else 0
    for number in meta.retired if meta else []:
        if number not in found.versions[name] and number not in found.erased[name]:
            yield prompt_problem("retired_unknown", path, at, number=number, known=_listed(found, name))
        for alias in pointing(found.aliases_of(name), number):
            is_use = found.aliases_of(name)[alias].use == number
            code: PromptCode = "retired_in_use" if is_use else "retired_tried"
            yield prompt_problem(code, path, at, number=number, alias=alias)

"""Rules for the tree as a whole: settings, links, guides, overrides, text of any file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

from cuebook import scorers
from cuebook.check._found import Found
from cuebook.check.named import named_problems
from cuebook.check.origins import origin_problems
from cuebook.check.overrides import override_problems
from cuebook.check.prompts import prompt_problems
from cuebook.check.suites import label_problems, suite_problems
from cuebook.check.use import (
    day_problems,
    model_problems,
    repeated_cases,
    unread_model_problems,
    use_problems,
)
from cuebook.core.errors import InvalidFiles, Problem, nearest
from cuebook.core.files import MAX_DATASET, NO_TEXT, Broken, ReadOnce, Tree, decode
from cuebook.core.layout import ALIASES, META, aliases_path
from cuebook.core.refs import PRODUCTION
from cuebook.core.text import is_slip, whole
from cuebook.core.yaml_files import new_yaml_problems, read_numbered_yaml, read_yaml
from cuebook.registry import guides, overrides, version_files
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.plain_text import key_problems, plain_text_problems
from cuebook.registry.settings import both_settings, load_config, place_of, readable_config
from cuebook.wording.tree_files import softened, tree_problem


def check(
    tree: Tree, base: Tree | None = None, today: str = "", drafts: Collection[str] | None = None
) -> list[Problem]:
    """Every problem of a tree, by file and line; warnings are among them.

    ``base`` is what was accepted before: see ``forgive``. Without a day, ``today``, nothing is said of models
    that are shut down. ``drafts`` are the paths below ``prompts`` that were not accepted before, those that
    the base does not have if left out: their models and variables are looked at whether in use or not.
    """
    tree = ReadOnce.of(tree)
    if drafts is None:
        drafts = set(tree.paths(PROMPTS)) - set(base.paths(PROMPTS)) if base else ()
    found = Found(own_scorers=scorers.own_names(tree), drafts=drafts)
    problems = [
        *_config(tree),
        *scorers.own_problems(tree),
        *prompt_problems(tree, found),
        *suite_problems(tree, found),
    ]
    problems += [
        *use_problems(tree, found),
        *label_problems(tree, found),
        *override_problems(tree, found, today),
    ]
    problems += origin_problems(tree, found)
    problems += [
        *named_problems(tree, found),
        *model_problems(tree, found, today),
        *day_problems(tree, found, today),
        *unread_model_problems(tree, found),
        *repeated_cases(tree, found),
        *_protected(tree, found),
        *_near_protected(tree, found),
        *_links(tree),
        *_spellings(tree),
        *_guides(tree),
        *_plain_text(tree, base),
    ]
    return forgive(sorted(set(problems), key=lambda item: (item.file, item.line, item.message)), tree, base)


def forgive(problems: Iterable[Problem], tree: Tree, base: Tree | None) -> list[Problem]:
    """The problems, those that a later release began to look for as warnings in files that ``base`` has.

    So no upgrade breaks a registry: a file is refused for them only where the base has not the same bytes.
    """

    def forgiven(item: Problem) -> Problem:
        if base is None or not item.since or item.severity != "error":
            return item
        data = tree.read(item.file)
        if data is None or data != base.read(item.file):
            return item
        return softened(item)

    return [forgiven(item) for item in problems]


def _links(tree: Tree) -> Iterator[Problem]:
    """Folders of the registry that are links: nothing in them is read, and that is one problem each."""
    for folder in (PROMPTS, EVALS, overrides.FOLDER, guides.FOLDER):
        if tree.is_link(folder):
            yield tree_problem("folder_is_link", folder)


def _spellings(tree: Tree) -> Iterator[Problem]:
    """Files without a name, or that are one on some file systems: the machine decides which is read there."""
    for folder in (PROMPTS, EVALS, overrides.FOLDER, guides.FOLDER):
        first: dict[str, str] = {}
        for path in tree.paths(folder):
            if whole(path) != path:
                yield tree_problem("name_no_text", path)
            folded = path if path.isascii() else unicodedata.normalize("NFC", path)
            other = first.setdefault(folded.casefold(), path)
            if other != path:
                yield tree_problem("same_file", path, other=other)
                yield tree_problem("same_file", other, other=path)


def _plain_text(tree: Tree, base: Tree | None) -> Iterator[Problem]:
    """Hidden characters and keys in any file of the registry. What excuses a line was merged before."""
    excused: set[str] = set()
    before = base or tree
    for path in before.paths(PROMPTS):
        if path.endswith(f"/{META}"):
            meta, _ = version_files.read_meta(before.read(path) or b"", path)
            excused.update(meta.not_secret if meta else ())
    for folder in (PROMPTS, EVALS, overrides.FOLDER):
        for path in tree.paths(folder):
            if not tree.is_link(path) and (data := tree.read(path)):
                looked_for = plain_text_problems if _is_text(path, data) else key_problems
                yield from looked_for(path, data, excused)
                if path.endswith(".yml"):
                    with suppress(Broken):  # which is said where it is read
                        yield from new_yaml_problems(data, path)


def _is_text(path: str, data: bytes) -> bool:
    """Whether a file can be read as text: why it cannot is said of it, once for all of its characters."""
    reads = read_numbered_yaml if path.endswith(f"/{ALIASES}") else read_yaml
    try:
        reads(data, path) if path.endswith(".yml") else decode(data, path, MAX_DATASET)
    except Broken as broken:
        return broken.problem.code != NO_TEXT
    return True


def _guides(tree: Tree) -> Iterator[Problem]:
    for path in tree.paths(guides.FOLDER):
        if tree.is_link(path):
            yield tree_problem("link", path)
        elif found := guides.guide_problem(path, tree.read(path) or b""):
            yield found


def _protected(tree: Tree, found: Found) -> Iterator[Problem]:
    """Aliases that the settings protect and no prompt has, where one of nearly that name is in use."""
    protected = readable_config(tree).protected_aliases
    there = {alias for pointers in found.pointers.values() for alias in pointers}
    for alias in sorted(set(protected) - there - {PRODUCTION}):  # the usual name is right as it is
        if right := nearest(alias, sorted(there - set(protected)), cutoff=_SLIP):
            place = place_of(tree, "protected_aliases")
            yield tree_problem("protected_misspelt", *place, alias=alias, right=right)._replace(key=right)


def _near_protected(tree: Tree, found: Found) -> Iterator[Problem]:
    """Aliases that are a protected one by a slip, so that nothing protects them and no app asks for them."""
    protected = readable_config(tree).protected_aliases
    there = {alias for pointers in found.pointers.values() for alias in pointers}
    # Of a protected one that no prompt has, it is the settings that may be wrong.
    usual = sorted(set(protected) & {*there, PRODUCTION})
    for prompt, pointers in found.pointers.items():
        path = aliases_path(prompt)
        for alias in sorted(pointers.keys() - set(protected)):
            if right := next((one for one in usual if is_slip(alias, one)), ""):
                line = read_numbered_yaml(tree.read(path) or b"", path).line([alias])
                told = tree_problem("alias_near_protected", path, line, alias=alias, right=right)
                yield told._replace(key=f"{prompt}@{right}")


_SLIP = 0.8
"""How like a name in use one must be to be that name written wrong."""


def _config(tree: Tree) -> Iterable[Problem]:
    try:
        settings = load_config(tree)
        files = both_settings(tree)
    except InvalidFiles as error:
        return error.problems
    found = [tree_problem("settings_twice", files[0], files=files)] if files else []
    for key, value in (("site_url", settings.site_url), ("repo_url", settings.repo_url)):
        if value and not re.match(r"https?://[^\s/]+", value):
            rest = value.partition("://")[2] or value
            found.append(tree_problem("no_address", *place_of(tree, key), key=key, value=value, rest=rest))
    return found

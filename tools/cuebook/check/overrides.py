"""Rules for overrides: where each is, what it is about, who is responsible, and until when."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

from cuebook.check._found import Found
from cuebook.core.errors import Problem, did_you_mean
from cuebook.core.files import Broken, Tree
from cuebook.core.yaml_files import read_yaml
from cuebook.registry import overrides
from cuebook.registry.overrides import MOST_DAYS, AnyOverride
from cuebook.registry.version_files import called_now
from cuebook.shapes.file_formats import OverrideFile
from cuebook.wording.overrides import about, override_problem

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def override_problems(tree: Tree, found: Found, today: str = "") -> Iterator[Problem]:
    """What is wrong with the overrides of a tree; without a day nothing is said of those that ended."""
    for path in tree.paths(overrides.FOLDER):
        shaped, problems = overrides.read(tree, path)
        yield from problems
        about_nothing = isinstance(shaped, OverrideFile) and shaped.version not in found.versions.get(
            shaped.prompt, {}
        )
        # What is not there has no place either: that is said below.
        if shaped and not about_nothing and (place := overrides.place_of(shaped)) != path:
            yield override_problem("override_misplaced", path, about=about(shaped), place=place)
            shaped = None
        # Of one that overrides nothing anyway, that it does is said.
        day = today if shaped and not about_nothing else ""
        yield from _later(tree, path, {item.key for item in problems}, day)
        yield from _of_version(tree, found, path, shaped)


def too_long(tree: Tree, path: str, shaped: AnyOverride, set_on: str) -> Problem | None:
    """Return the problem of an override that would hold for longer than any may; None where it would not."""
    last = overrides.last_day(shaped.until, set_on)
    if shaped.until <= last or not _is_day(shaped.until):
        return None
    line = read_yaml(tree.read(path) or b"", path).line(["until"])
    return override_problem("too_long", path, line, until=shaped.until, most=MOST_DAYS, last=last)


def _later(tree: Tree, path: str, said: Collection[str], today: str) -> Iterator[Problem]:
    """What earlier releases let through: days that do not exist, and people who cannot be reached.

    Of a file that is refused for another key, too; ``said`` are those keys.
    """
    try:
        document = read_yaml(tree.read(path) or b"", path)
    except Broken:
        return
    written = document.data if isinstance(document.data, dict) else {}
    until, who = (written.get(key) if key not in said else None for key in ("until", "who"))
    if isinstance(until, str) and not _is_day(until):
        yield override_problem("no_such_day", path, document.line(["until"]), until=until)
    elif isinstance(until, str) and until < today:
        yield override_problem("override_ended", path, document.line(["until"]), until=until)
    if isinstance(who, str) and not who.startswith("@"):
        yield override_problem("no_account", path, document.line(["who"]), who=repr(who))


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _of_version(tree: Tree, found: Found, path: str, shaped: AnyOverride | None) -> Iterator[Problem]:
    """An override for a version that is not there, or that says something else than it did then."""
    named = overrides.overridden(tree, path)
    if named is None:
        return
    name, number = named
    version = found.versions.get(name, {}).get(number)
    if number not in found.versions.get(name, {}):
        ref = f"{name}/{number}"
        now = "" if name in found.versions else called_now(tree, name)
        if number in found.versions.get(now, {}):
            right = overrides.path_of(now, number)
            yield override_problem("overrides_former_name", path, ref=ref, now=now, right=right)
        else:
            yield from _of_nothing(found, path, ref)
    elif version and isinstance(shaped, OverrideFile) and version.digest != shaped.digest:
        yield override_problem("other_digest", path, ref=version.ref, digest=version.digest)


def _of_nothing(found: Found, path: str, ref: str) -> Iterator[Problem]:
    """An override for what is not there; where its own name is that of a version, that is the one meant."""
    name, _, number = ref.rpartition("/")
    for prompt, versions in found.versions.items():
        for there in versions:
            if overrides.path_of(prompt, there) == path:
                wrong = [f"prompt: {prompt}"] if prompt != name else []
                wrong += [f"version: {there}"] if str(there) != number else []
                yield override_problem("overrides_other", path, ref=ref, right=wrong)
                return
    near = "" if name in found.versions else did_you_mean(name, list(found.versions))
    yield override_problem("overrides_nothing", path, ref=ref, near=near)

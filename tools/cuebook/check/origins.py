"""Rules for versions that an optimiser made, and for the trails that tell how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from cuebook.check._found import Found, read_document
from cuebook.core.canonical import read_json
from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.core.format import joined
from cuebook.core.layout import suite_path
from cuebook.core.shape_errors import first_fault
from cuebook.registry.paths import EVALS, TRAILS, trail_path, version_path
from cuebook.registry.reader import Registry
from cuebook.registry.renames import former_names
from cuebook.shapes._base import is_newer
from cuebook.shapes.run import Version
from cuebook.shapes.split import SPLIT, Origin, Shares
from cuebook.shapes.trail import Trail
from cuebook.wording.origins import OriginCode, origin_problem

_TRAIL = re.compile(r"(?P<prompt>.+)-v(?P<number>[1-9][0-9]{0,8})\.json")


def origin_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """What versions and trails say of each other, and of the suites that they were made on."""
    registry = Registry(tree)
    names = {old: name for name in found.versions for old in former_names(registry, name)}
    for versions in found.versions.values():
        for version in versions.values():
            if version and version.origin:
                yield from _origin(tree, found, version, names)
    for path in sorted(tree.paths(EVALS)):
        parts = path.split("/")
        if len(parts) > 3 and parts[2] == TRAILS:
            yield from _trail(tree, found, path, names)


def _suite_of(found: Found, origin: Origin, names: Mapping[str, str]) -> str:
    """The suite that a version was made on: it may be renamed with its prompt since, and versions stay."""
    return origin.suite if origin.suite in found.suites else names.get(origin.suite, origin.suite)


def _origin(tree: Tree, found: Found, version: Version, names: Mapping[str, str]) -> Iterator[Problem]:
    origin = version.origin
    assert origin is not None
    line = read_document(tree, version.path).line(["origin"])
    made_on = _suite_of(found, origin, names)
    trail = trail_path(made_on, version.prompt, version.number)
    suite, doubts = found.suites.get(made_on), found.doubts_of(made_on)
    if (suite is None or suite.prompt != version.prompt) and not doubts.touch("prompt"):
        mine = [item.name for item in found.suites.values() if item.prompt == version.prompt]
        about = {"suite": origin.suite, "prompt": version.prompt}
        code: OriginCode = "origin_elsewhere" if mine else "origin_without_suite"
        yield origin_problem(code, version.path, line, **about, there=joined(mine, "or"))
    elif suite and origin.shares != suite.optimize and not doubts.touch("optimize"):
        shares = {"mine": _said(origin.shares), "theirs": _said(suite.optimize)}
        yield origin_problem("origin_shares", version.path, line, file=suite_path(suite.name), **shares)
    if tree.read(trail) is None:
        yield origin_problem("trail_missing", version.path, line, trail=trail)


def _said(shares: Shares) -> str:
    return f"train: {shares.train:g}, choose: {shares.choose:g}"


def _trail(tree: Tree, found: Found, path: str, names: Mapping[str, str]) -> Iterator[Problem]:
    if tree.is_link(path):
        return  # which is said already
    _, suite, _, file = path.split("/", 3)
    named = _TRAIL.fullmatch(file)
    if named is None:
        yield origin_problem("trail_misnamed", path)
        return
    name, number = named["prompt"], int(named["number"])
    ref, wanted = f"{name}/{number}", version_path(name, number)
    version = found.versions.get(name, {}).get(number)
    if number in found.erased.get(name, ()):
        yield origin_problem("trail_of_erased", path, ref=ref)
    elif number not in found.versions.get(name, {}):
        if now := names.get(name):
            right = trail_path(suite, now, number)
            yield origin_problem("trail_of_former_name", path, version=wanted, right=right)
        else:
            yield origin_problem("trail_of_nothing", path, version=wanted)
    elif version and (version.origin is None or _suite_of(found, version.origin, names) != suite):
        shares = found.suites[suite].optimize if suite in found.suites else Shares()
        origin = f"{{kind: optimize, suite: {suite}, split: {SPLIT}, {_said(shares)}}}"
        yield origin_problem("trail_without_origin", path, ref=ref, version=wanted, origin=origin)
    yield from _content(tree.read(path) or b"", path)


def _content(data: bytes, path: str) -> Iterator[Problem]:
    try:
        Trail.model_validate(read_json(data.decode()))
    except ValidationError as error:
        if is_newer(error):
            yield origin_problem("trail_newer", path)
        else:
            yield origin_problem("trail_unread", path, fault=first_fault(error))
    except ValueError as error:
        yield origin_problem("trail_no_json", path, getattr(error, "lineno", 0), fault=error)

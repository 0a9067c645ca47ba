"""Rules for versions that an optimiser made, and for the trails that tell how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from cuebook.check._found import TWO, Found, read_document
from cuebook.core.canonical import read_json
from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.core.shape_errors import first_fault
from cuebook.registry.paths import EVALS, TRAILS, trail_path, version_path
from cuebook.registry.reader import Registry
from cuebook.registry.renames import former_names
from cuebook.shapes._base import is_newer
from cuebook.shapes.run import Version
from cuebook.shapes.split import SPLIT, Origin, Shares
from cuebook.shapes.trail import Trail

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
        what = f"origin names the suite {origin.suite!r}, which does not evaluate {version.prompt}"
        there = [item.name for item in found.suites.values() if item.prompt == version.prompt]
        cure = f"name the suite that it was made on: {' or '.join(there) or 'there is none yet'}"
        yield Problem(version.path, line, what, cure, since=TWO)
    elif suite and origin.shares != suite.optimize and not doubts.touch("optimize"):
        what = f"origin says {_said(origin.shares)}, and {suite.path}/suite.yml {_said(suite.optimize)}"
        cure = "write the shares that the suite has, or optimise once more"
        yield Problem(version.path, line, what, cure, since=TWO)
    if tree.read(trail) is None:
        what = f"an optimiser made it, and its trail {trail} is missing"
        yield Problem(version.path, line, what, "add the trail that cuebook optimize wrote", "warning")


def _said(shares: Shares) -> str:
    return f"train: {shares.train:g}, choose: {shares.choose:g}"


def _trail(tree: Tree, found: Found, path: str, names: Mapping[str, str]) -> Iterator[Problem]:
    if tree.is_link(path):
        return  # which is said already
    _, suite, _, file = path.split("/", 3)
    named = _TRAIL.fullmatch(file)
    if named is None:
        cure = "a trail is called <prompt>-v<number>.json; move other files elsewhere"
        yield Problem(path, 0, "it is no trail of a version", cure)
        return
    name, number = named["prompt"], int(named["number"])
    version = found.versions.get(name, {}).get(number)
    if number in found.erased.get(name, ()):
        yield Problem(path, 0, f"{name}/{number} was erased, and its words are in this trail", "delete it")
    elif number not in found.versions.get(name, {}):
        now = names.get(name, "")
        cure = f"call it {trail_path(suite, now, number)}" if now else "delete the trail, or add it"
        yield Problem(path, 0, f"there is no {version_path(name, number)}", cure)
    elif version and (version.origin is None or _suite_of(found, version.origin, names) != suite):
        shares = found.suites[suite].optimize if suite in found.suites else Shares()
        origin = f"{{kind: optimize, suite: {suite}, split: {SPLIT}, {_said(shares)}}}"
        what = f"{name}/{number} has a trail here, and no origin that says so"
        cure = f"write in {version.path}: origin: {origin}; or, if it was merged without, delete the trail"
        yield Problem(path, 0, what, cure)
    yield from _content(tree.read(path) or b"", path)


def _content(data: bytes, path: str) -> Iterator[Problem]:
    cure = "take the file that cuebook optimize wrote"
    try:
        Trail.model_validate(read_json(data.decode()))
    except ValidationError as error:
        if not is_newer(error):
            yield Problem(path, 0, f"it is no trail: {first_fault(error)}", cure, since=TWO)
    except ValueError as error:
        yield Problem(path, getattr(error, "lineno", 0), f"the trail is not JSON: {error}", cure)

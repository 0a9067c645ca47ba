"""Rules for cases that are dialogues: what their turns need of the prompt, and what their tools give back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cuebook.check._found import Found
from cuebook.core.call_matching import argument_problems
from cuebook.core.chat import place_of_history
from cuebook.core.errors import Problem, did_you_mean
from cuebook.core.files import Tree
from cuebook.core.images import url_problem
from cuebook.registry.case_images import file_named, image_problem
from cuebook.shapes.run import Case, Version
from cuebook.shapes.suite import Suite
from cuebook.wording.case_files import case_problem


def dialogue_problems(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    """What is wrong with the dialogues among a suite's cases, in the eyes of the versions of its prompt."""
    versions = found.readable(suite.prompt)
    numbers = [version.number for version in found.in_use(suite.prompt)]
    path = f"{suite.path}/{suite.dataset}"
    for case in (case for case in suite.cases if case.script):
        yield from _unasked(path, case)
        yield from _images(tree, suite.path, path, case)
        yield from _results(path, case)
        for version in (version for version in versions if version.number in numbers):
            yield from _places(path, case, version)
            yield from _asked_again(path, case, version)
    if versions:
        yield from _tools(path, suite.cases, versions)


def _unasked(path: str, case: Case) -> Iterator[Problem]:
    """Turns that expect something of an answer which is fixed."""
    for at, turn in enumerate(case.script):
        if turn.get("expectations") and at not in case.asked:
            yield case_problem("turn_expects_in_vain", path, case.line, case=case.id, turn=at + 1)


def _images(tree: Tree, folder: str, path: str, case: Case) -> Iterator[Problem]:
    """Images of turns that are no input of the case, or one that is no image."""
    for at, turn in enumerate(case.script):
        parts = turn.get("user", ())
        names = [part.get("image") for part in parts if not isinstance(parts, str)]
        for name in filter(None, names):
            values, about = case.values_at(at), {"case": case.id, "turn": at + 1, "name": name}
            if name not in values:
                near = did_you_mean(name, list(values))
                yield case_problem("turn_shows_no_input", path, case.line, **about, near=near)
                continue
            file = file_named(case.inputs.get(name))
            if why := url_problem(values[name]) if file is None else image_problem(tree, folder, file):
                yield case_problem("turn_shows_no_image", path, case.line, **about, why=why)


def _results(path: str, case: Case) -> Iterator[Problem]:
    """Arguments of scripted results that no call can be compared with."""
    for name, entries in case.tools.items():
        for index, entry in enumerate(entries):
            for why, cure in argument_problems(entry.get("arguments") or {}):
                about = {"case": case.id, "tool": name, "entry": index, "why": why, "cure": cure}
                yield case_problem("result_never_matches", path, case.line, **about)


def _tools(path: str, cases: Sequence[Case], versions: Sequence[Version]) -> Iterator[Problem]:
    """Results of tools that no version has, each tool once."""
    known = {tool["name"] for version in versions for tool in version.calling.get("tools", ())}
    for name in dict.fromkeys(name for case in cases for name in case.tools if name not in known):
        first, *more = (case for case in cases if name in case.tools)
        about = {"case": first.id, "prompt": versions[0].prompt, "tool": name, "more": len(more)}
        near = did_you_mean(name, sorted(known))
        yield case_problem("result_of_no_tool", path, first.line, **about, near=near)


def _places(path: str, case: Case, version: Version) -> Iterator[Problem]:
    """Turns with inputs for which a version in use has no place after what was said before."""
    later = [at for at, turn in enumerate(case.script) if at and "inputs" in turn]
    if later and not place_of_history(version.messages or ()):
        about = {"case": case.id, "turn": later[0] + 1, "version": version.ref}
        yield case_problem("turn_without_place", path, case.line, **about)


def _asked_again(path: str, case: Case, version: Version) -> Iterator[Problem]:
    """Turns of the user's after which the version puts words of its own, so that these are answered."""
    place = place_of_history(version.messages or ())
    after = (version.messages or ())[place[0] + 1 :] if place else ()
    later = [at for at, turn in enumerate(case.script) if "user" in turn]
    if later and any(message.get("role") == "user" for message in after):
        about = {"case": case.id, "turn": later[0] + 1, "version": version.ref}
        yield case_problem("turn_not_last", path, case.line, **about)

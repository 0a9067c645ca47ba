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


def dialogue_problems(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    """What is wrong with the dialogues among a suite's cases, in the eyes of the versions of its prompt."""
    talks = [case for case in suite.cases if case.script]
    versions = found.readable(suite.prompt)
    numbers = [version.number for version in found.in_use(suite.prompt)]
    path = f"{suite.path}/{suite.dataset}"
    for case in talks:
        told = [*_unasked(case), *_images(tree, suite.path, case), *_results(case)]
        if versions:
            told += _tools(case, versions)
        for version in versions:
            if version.number in numbers:
                told += _places(case, version)
        for what, cure in dict.fromkeys(told):
            yield Problem(path, case.line, f"case {case.id!r}: {what}", cure)
        for version in (version for version in versions if version.number in numbers):
            for what, cure in _asked_again(case, version):
                yield Problem(path, case.line, f"case {case.id!r}: {what}", cure, "warning")


def _unasked(case: Case) -> Iterator[tuple[str, str]]:
    """Turns that expect something of an answer which is fixed."""
    for at, turn in enumerate(case.script):
        if turn.get("expectations") and at not in case.asked:
            what = f"turn {at + 1} expects something, and fixed words answer it"
            yield what, "leave out its expectations, or the assistant's words after it"


def _images(tree: Tree, folder: str, case: Case) -> Iterator[tuple[str, str]]:
    """Images of turns that are no input of the case, or one that is no image."""
    for at, turn in enumerate(case.script):
        parts = turn.get("user", ())
        names = [part.get("image") for part in parts if not isinstance(parts, str)]
        for name in filter(None, names):
            values = case.values_at(at)
            if name not in values:
                yield f"turn {at + 1} shows {name!r}, which is no input", did_you_mean(name, list(values))
                continue
            file = file_named(case.inputs.get(name))
            if problem := url_problem(values[name]) if file is None else image_problem(tree, folder, file):
                cure = 'give the case an image: "inputs": {"' + name + '": {"file": "photos/a.jpg"}}'
                yield f"turn {at + 1} shows {name!r}: {problem}", cure


def _results(case: Case) -> Iterator[tuple[str, str]]:
    """Arguments of scripted results that no call can be compared with."""
    for name, entries in case.tools.items():
        for index, entry in enumerate(entries):
            for what, cure in argument_problems(entry.get("arguments") or {}):
                yield f"tools.{name}.{index}: {what}", cure


def _tools(case: Case, versions: Sequence[Version]) -> Iterator[tuple[str, str]]:
    """Results of tools that no version has."""
    known = {tool["name"] for version in versions for tool in version.calling.get("tools", ())}
    for name in case.tools:
        if name not in known:
            cure = did_you_mean(name, sorted(known)) if known else "leave 'tools' out"
            yield f"no version of {versions[0].prompt} has a tool {name!r}", cure


def _places(case: Case, version: Version) -> Iterator[tuple[str, str]]:
    """Turns with inputs for which a version in use has no place after what was said before."""
    later = [at for at, turn in enumerate(case.script) if at and "inputs" in turn]
    if later and not place_of_history(version.messages or ()):
        cure = 'write it as {"user": "..."}, or give the version a {placeholder: history}'
        yield (
            f"turn {later[0] + 1} gives inputs, and {version.ref} has no placeholder for what was said",
            cure,
        )


def _asked_again(case: Case, version: Version) -> Iterator[tuple[str, str]]:
    """Turns of the user's after which the version puts words of its own, so that these are answered."""
    place = place_of_history(version.messages or ())
    after = (version.messages or ())[place[0] + 1 :] if place else ()
    later = [at for at, turn in enumerate(case.script) if "user" in turn]
    if later and any(message.get("role") == "user" for message in after):
        what = f"turn {later[0] + 1} is what the user says, and {version.ref} puts its own message after it"
        yield what, 'write the turn as {"inputs": {...}}, or put the placeholder last in the version'

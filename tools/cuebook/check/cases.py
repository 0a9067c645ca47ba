"""Rules for the cases of a suite, compared with the prompt and the scorers that read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from shlex import quote
from typing import Literal

from pydantic import ValidationError

from cuebook import scorers
from cuebook.check._found import Found, read_document
from cuebook.check.dialogues import dialogue_problems
from cuebook.core.chat import MESSAGE_KEYS, MESSAGES, conversation_problems
from cuebook.core.errors import Problem, RenderError, UsageError, did_you_mean, nearest
from cuebook.core.files import Tree
from cuebook.core.format import joined
from cuebook.core.images import IMAGE, fetched, url_problem
from cuebook.core.layout import suite_path
from cuebook.core.shape_errors import kind_of
from cuebook.core.templating import has_type
from cuebook.gate.power import too_few
from cuebook.gate.prepared import filled
from cuebook.judging.ask import can_judge, names_read
from cuebook.registry.case_images import file_named, image_problem
from cuebook.registry.copies import clustered, copies_of
from cuebook.registry.new_version import written_as_text
from cuebook.registry.suite_files import CASES
from cuebook.registry.variable_lines import variable_line
from cuebook.shapes._units import units_among
from cuebook.shapes.power import TooFew, rounded_up
from cuebook.shapes.run import Case, Json, Version
from cuebook.shapes.suite import ScorerSpec, Suite
from cuebook.wording.case_files import CaseCode, case_problem
from cuebook.wording.power import more_cases, never_passes


def case_problems(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    """What is wrong with a suite's cases, in the eyes of the prompt and the scorers that read them."""
    told = [*_inputs(tree, found, suite), *_conversations(found, suite), *_images(tree, found, suite)]
    told += [*dialogue_problems(tree, found, suite), *_types(found, suite)]
    yield from told
    yield from _stopped(found, suite, {item.line for item in told if item.file.startswith(suite.path)})
    if found.is_whole(suite):
        yield from _unused_inputs(tree, found, suite, {item.key for item in told})
        yield from _expectations(found, suite)
        yield from _copies(found, suite)
        yield from _undecided(found, suite)
    yield from _too_few(tree, found, suite)


def _inputs(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    """Variables of the versions to look at that no case fills, or that some cases do not."""
    path = f"{suite.path}/{suite.dataset}"
    some: dict[tuple[str, tuple[int, ...]], list[str]] = {}  # what two versions lack alike is told once
    none: dict[tuple[str, ...], list[Version]] = {}
    used = _used(found, suite)
    looked_at = found.in_use(suite.prompt)
    for version in looked_at:
        never: list[str] = []
        for name, spec in version.inputs.items():
            missing = tuple(at for at, case in enumerate(suite.cases) if name not in case.opening)
            if not missing or "default" in spec:
                continue
            if len(missing) == len(suite.cases) and not found.doubts_of(suite.name).touch(CASES):
                never.append(name)
            else:
                some.setdefault((name, missing), []).append(version.ref)
        if never:
            none.setdefault(tuple(never), []).append(version)
    for (name, missing), refs in some.items():
        first = suite.cases[missing[0]]
        given = nearest(name, sorted(first.inputs.keys() - used))
        about = {"case": first.id, "name": name, "versions": refs, "more": len(missing) - 1}
        code: CaseCode = "case_input_misspelt" if given else "input_missing"
        yield case_problem(code, path, first.line, **about, given=given)._replace(key=given)
    for names, versions in none.items():
        keys = sorted({key for case in suite.cases for key in case.opening})
        near, given = did_you_mean(names[0], keys), nearest(names[0], keys)
        variables = ", ".join(f"{{{{{name}}}}}" for name in names)
        about = {"variables": variables, "versions": [item.ref for item in versions], "near": near}
        if len(versions) < max(len(looked_at), _BOTH):  # what all lack is rather a slip of the cases
            place = _place_of_variable(tree, versions[-1], names[0])
            yield case_problem("variable_never_filled", *place, **about, dataset=path)._replace(key=given)
        else:
            first_line = suite.cases[0].line if suite.cases else 0
            yield case_problem("input_never_given", path, first_line, **about)._replace(key=given)


_BOTH = 2
"""Versions that have to lack a variable for it to look like a slip of the cases."""


def _place_of_variable(tree: Tree, version: Version, name: str) -> tuple[str, int]:
    return version.path, variable_line((tree.read(version.path) or b"").decode("utf-8", "replace"), name)


def _types(found: Found, suite: Suite) -> Iterator[Problem]:
    """Values that are not of the type of their input in a version in use: each input once."""
    wrong: dict[str, dict[int, Case]] = {}
    wanted: dict[str, dict[str, str]] = {}
    for version in found.in_use(suite.prompt):
        for name, spec in version.inputs.items():
            kind = spec.get("type", "string")
            if kind in {MESSAGES, IMAGE}:
                continue  # which have rules of their own
            for case in suite.cases:
                if name in case.opening and not has_type(case.opening[name], kind):
                    wrong.setdefault(name, {})[case.line] = case
                    wanted.setdefault(name, {})[version.ref] = kind
    for name, cases in wrong.items():
        (line, case), types = next(iter(cases.items())), wanted[name]
        about = {"case": case.id, "name": name, "value": "".join(kind_of(case.opening[name]))}
        first, path = next(iter(types.values())), f"{suite.path}/{suite.dataset}"
        more = len(cases) - 1
        yield case_problem("wrong_type", path, line, more=more, **about, type=first, versions=list(types))


def _stopped(found: Found, suite: Suite, told: Collection[int]) -> Iterator[Problem]:
    """Versions in use that the first cases stop though they give every input.

    A template may take long, so the rest is found in a run. Where all of these cases stop it, it is
    the version that is wrong.
    """
    for version in found.in_use(suite.prompt):
        needed = {name for name, spec in version.inputs.items() if "default" not in spec}
        able = [case for case in suite.cases if case.line not in told and needed <= case.opening.keys()]
        stopped: list[tuple[Case, str]] = []
        for case in able[:_TRIED]:
            try:
                filled(version, case.opening)
            except RenderError as error:
                stopped.append((case, error.message))
        if stopped:
            case, why = stopped[0]
            about = {"version": version.ref, "case": case.id, "suite": suite.name, "why": why}
            about["seen"] = quote(f"{suite.name}/{case.id}")
            if len(stopped) == min(len(able), _TRIED):
                yield case_problem("stops_version", version.path, **about)
            else:
                yield case_problem("stops_at_case", f"{suite.path}/{suite.dataset}", case.line, **about)


_TRIED = 3
"""Cases that each version in use is filled with."""


def _of_type(found: Found, suite: Suite, kind: str) -> list[str]:
    """The inputs that some version of the prompt declares as this type."""
    specs = (item for version in found.readable(suite.prompt) for item in version.inputs.items())
    return sorted({name for name, spec in specs if spec.get("type") == kind})


def _images(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    """Values of image inputs that are no image: not by their file, nor as a data URL; the same one once."""
    for name in _of_type(found, suite, IMAGE):
        wrong: dict[str, list[int]] = {}
        for case in suite.cases:
            if name not in case.inputs:
                continue
            value = case.inputs[name]
            file = file_named(value)
            if problem := url_problem(value) if file is None else image_problem(tree, suite.path, file):
                wrong.setdefault(problem, []).append(case.line)
        for problem, lines in wrong.items():
            path = f"{suite.path}/{suite.dataset}"
            yield case_problem("no_image", path, lines[0], more=len(lines) - 1, name=name, why=problem)


def _conversations(found: Found, suite: Suite) -> Iterator[Problem]:
    """Conversations of cases that are none, or have keys of messages that nobody knows."""
    path = f"{suite.path}/{suite.dataset}"
    names = _of_type(found, suite, MESSAGES)
    for case in suite.cases:
        for name in names:
            if name not in case.inputs:
                continue
            value = case.inputs[name]
            wrong = list(conversation_problems(value, f"inputs.{name}"))
            yield from (case_problem("no_conversation", path, case.line, why=why) for why in wrong)
            for index, part, why in () if wrong else fetched(value):
                about = {"name": name, "message": index, "part": part, "why": why}
                yield case_problem("image_not_inline", path, case.line, **about)
            for index, message in enumerate(() if wrong else value):
                for key in sorted(set(message) - set(MESSAGE_KEYS)):
                    about = {"name": name, "message": index, "key": key}
                    near = did_you_mean(key, MESSAGE_KEYS)
                    yield case_problem("unknown_message_key", path, case.line, **about, near=near)


def _unused_inputs(tree: Tree, found: Found, suite: Suite, told: Collection[str]) -> Iterator[Problem]:
    """Inputs of the cases that nothing reads: braces that are text to us, or a name that is written wrong.

    Of those ``told`` it is said already what they were meant to fill.
    """
    latest, used = found.readable(suite.prompt)[-1], _used(found, suite)
    for key in sorted(
        {name for case in suite.cases for name in case.inputs} - latest.inputs.keys() - {*told}
    ):
        if meant := written_as_text(latest, tree.read(latest.path) or b"", key):
            yield from meant
        elif key not in used and nearest(key, sorted(used)):  # any other name may be a note for people
            case = next(case for case in suite.cases if key in case.inputs)
            about = {"prompt": suite.prompt, "name": key, "near": did_you_mean(key, sorted(used))}
            yield case_problem("input_unread", f"{suite.path}/{suite.dataset}", case.line, **about)
    given = {
        name: (case, at + 1)
        for case in reversed(suite.cases)
        for at, turn in enumerate(case.turns)
        for name in turn.get("inputs", ())
    }
    for name in sorted(given.keys() - used):  # what a turn gives is for the version, and no note
        case, at = given[name]
        about = {"prompt": suite.prompt, "name": name, "near": did_you_mean(name, sorted(used))}
        path = f"{suite.path}/{suite.dataset}"
        yield case_problem("turn_input_unread", path, case.line, case=case.id, turn=at, **about)


def _used(found: Found, suite: Suite) -> frozenset[str]:
    """The inputs that a version, a judge or a turn of a dialogue reads."""
    return _seen(found, suite) | {
        name for case in suite.cases for turn in case.turns for name in _shown(turn)
    }


def _shown(turn: Mapping[str, Json]) -> Iterator[str]:
    """The inputs that a turn of a dialogue shows as images."""
    said = turn.get("user", ())
    yield from (part["image"] for part in said if not isinstance(said, str) and part.get("image"))


def _expectations(found: Found, suite: Suite) -> Iterator[Problem]:
    """Expectations that no scorer reads: somebody wrote them for nothing."""
    if suite.name in found.opaque:
        return
    read = _read(found, suite)
    for key in sorted(_unread(found, suite)):
        case = next(case for case in suite.cases if key in case.expected)
        code: CaseCode = "expectation_unread"
        if right := nearest(key, sorted(read)):
            if right in found.missed.get(suite.name, ()):
                continue  # the scorer that reads it says so
            code = "expectation_misnamed" if right in case.expected else "expectation_uncounted"
        yield case_problem(code, f"{suite.path}/{suite.dataset}", case.line, key=key, right=right)


def _read(found: Found, suite: Suite) -> set[str]:
    return found.reads.get(suite.name, set()).union(*(_judge_reads(found, spec) for spec in suite.scorers))


def _unread(found: Found, suite: Suite) -> set[str]:
    return set().union(*(case.expected for case in suite.cases)) - _read(found, suite)


def _too_few(tree: Tree, found: Found, suite: Suite) -> Iterator[Problem]:
    """Metrics whose cases can never pass, before any of them costs anything; those that lack as many once."""
    if found.doubts_of(suite.name).touch(CASES):
        return
    groups = copies_of(suite, _seen(found, suite)) if found.is_whole(suite) else ()
    cases = clustered(suite.cases, groups)
    short: dict[tuple[object, ...], dict[str, TooFew]] = {}
    for label in suite.gate.metrics:
        spec = next((item for item in suite.scorers if item.label == label), None)
        scores = _scores(found, spec) if spec else None
        if scores is None:
            continue
        units = {case.unit for case in cases if scores(case)}
        # No case at all is said where the cases or the scorer are.
        if units and (few := too_few(suite, label, len(units), units_among(cases))):
            short.setdefault((few.cases, few.margin, few.better), {})[label] = few
    for alike in short.values():
        labels = list(alike)
        most = max(alike.values(), key=lambda few: (few.needed, few.supported))
        margin = rounded_up(most.supported)
        # That of the whole scale would accept any loss.
        code: CaseCode = "too_few_for_margin" if margin < 1 else "too_few_cases"
        document = read_document(tree, suite_path(suite.name))
        place = document.line(["gate", "metrics", labels[0]])
        about = {"label": joined(labels), "why": never_passes(most), "more": more_cases(most)}
        yield case_problem(code, document.path, place, **about, margin=margin)


def _scores(found: Found, spec: ScorerSpec) -> Callable[[Case], bool] | None:
    """What tells whether a case has what a scorer reads; None where nobody can tell."""
    if not scorers.exists(spec.name):
        return None  # one of the repository's own is not run here
    try:
        reads = scorers.find(spec.name).parameters.model_validate(dict(spec.parameters)).reads
    except (ValidationError, UsageError):
        return None  # said where the scorer is
    judge, sources = _judge_of(found, spec), spec.parameters.get("with", {})
    return lambda case: (
        (reads is None or reads in case.expected) and (judge is None or can_judge(judge, case, sources))
    )


def _undecided(found: Found, suite: Suite) -> Iterator[Problem]:
    """Cases that have nothing for any metric that decides: they are paid for, and decide nothing."""
    deciding = [spec for spec in suite.scorers if spec.label in suite.gate.metrics]
    asked = [_scores(found, spec) for spec in deciding]
    tells = [scores for scores in asked if scores]
    if suite.name in found.opaque or len(tells) < len(asked):
        return
    lost = [case for case in suite.cases if not any(scores(case) for scores in tells)]
    # Where it is all of them, that is said of the scorers; a key that is misspelt is told as such.
    told = _unread(found, suite)
    lost = [case for case in lost if not case.expected & told] if len(lost) < len(suite.cases) else []
    if lost:
        about = {"case": lost[0].id, "more": len(lost) - 1, "labels": [spec.label for spec in deciding]}
        yield case_problem("decides_nothing", f"{suite.path}/{suite.dataset}", lost[0].line, **about)


def _copies(found: Found, suite: Suite) -> Iterator[Problem]:
    """Cases that ask what another one asks: they count as one, whatever their ids."""
    for first, *others in copies_of(suite, _seen(found, suite)):
        path, about = f"{suite.path}/{suite.dataset}", {"case": others[0].id, "first": first.id}
        yield case_problem("same_inputs", path, others[0].line, more=len(others) - 1, **about)


def _seen(found: Found, suite: Suite) -> frozenset[str]:
    """The inputs that a version of the prompt or a judge reads."""
    used = frozenset(name for version in found.readable(suite.prompt) for name in version.inputs)
    return used.union(*(_judge_reads(found, spec, "inputs") for spec in suite.scorers))


def _judge_reads(
    found: Found, spec: ScorerSpec, part: Literal["inputs", "expectations"] = "expectations"
) -> set[str]:
    """Names of the expectations (or inputs) that fill a judge's variables."""
    pin, sources = spec.parameters.get("prompt"), spec.parameters.get("with", {})
    if not isinstance(pin, str) or not isinstance(sources, Mapping):
        return set()
    return names_read(_judge_of(found, spec), sources, part)


def _judge_of(found: Found, spec: ScorerSpec) -> Version | None:
    """The judge that a scorer pins, where there is one that can be read."""
    name, _, number = str(spec.parameters.get("prompt", "")).partition("/")
    return found.versions.get(name, {}).get(int(number)) if number.isdecimal() else None

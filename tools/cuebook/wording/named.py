"""What is wrong with the models, apps and judges that are named: one sentence and one cure for each code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cuebook.core.errors import COMING, Problem
from cuebook.core.format import joined
from cuebook.wording._faults import Said, problem

NamedCode = Literal[
    "model_unknown",
    "model_unlisted",
    "model_refuses",
    "field_refused",
    "field_refused_in_place",
    "model_ending",
    "model_gone",
    "plugin_missing",
    "model_not_allowed",
    "not gated",
    "app_folder_missing",
    "app_file_missing",
    "app_files_unmatched",
    "judge_without_labels",
    "judge_unused",
    "not_evaluated",
    "repeats_cases",
]

_SAID: dict[NamedCode, Said] = {
    # What models say of a version is worded where models are known, in models/.
    "model_unknown": Said("{why}", "{cure}", since=COMING),
    "model_unlisted": Said("{why}", "{cure}", "warning"),
    "model_refuses": Said("{versions}: {why}", "{cure}", since=COMING),
    "field_refused": Said("{why}", "{cure}", since=COMING),
    # The settings put this model in the place of the version's own.
    "field_refused_in_place": Said(
        "{why}",
        'in a version of its own: {cure}; cuebook new {prompt} -m "Why this version"',
        "warning",
        since=COMING,
    ),
    "model_ending": Said("{ends}", "{instead}", "warning", since=COMING),
    "model_gone": Said("{ends}", "{instead}", since=COMING),
    "plugin_missing": Said(
        "no plug-in offers {model}: this version cannot be evaluated here", "{install}", "warning"
    ),
    "model_not_allowed": Said("{why}, so the gate calls no model", "{cure}", "warning", since=COMING),
    # As promote refuses it: see another_model.
    "not gated": Said("{why}", "{cure}", since=COMING),
    "app_folder_missing": Said(
        "targets.{target}.cwd: there is no folder {cwd}",
        "write it from the registry's root, with files in it",
        since=COMING,
    ),
    # A file may be made by what is run before the app; without its folder none runs.
    "app_file_missing": Said(
        "targets.{target}.command: there is no file {file}",
        "it is looked for in cwd, which is {cwd!r}",
        "warning",
        since=COMING,
    ),
    "app_files_unmatched": Said(
        "targets.{target}.files: no file matches {pattern!r}",
        "write it from the registry's root, as in CODEOWNERS",
        "warning",
        since=COMING,
    ),
    "judge_without_labels": Said(
        "this judge has no labels to be measured against",
        "add {labels} with answers that people have graded",
        "warning",
    ),
    "judge_unused": Said(
        "no suite uses this judge",
        "add it to the scorers of a suite: {line}",
        "warning",
    ),
    "repeats_cases": Said(
        "the text repeats {count} of evals/{suite} word for word: {cases}",
        "use other examples: a version must also pass on the cases that it does not repeat, alone",
        "warning",
        since=COMING,
    ),
    "not_evaluated": Said("no suite evaluates this prompt", "add {suite}", "warning"),
}


def named_problem(code: NamedCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a file that names something; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)


def line_of_judge(judge: str, asked: Sequence[str], *, compares: bool = False) -> str:
    """Return the scorer of a suite that asks a judge; ``asked`` are its variables that the cases fill."""
    places = {name: f"{'expectations' if name in _EXPECTED else 'inputs'}.{name.upper()}" for name in asked}
    sources = ", ".join(f"{name}: {place}" for name, place in places.items())
    given = f", with: {{{sources}}}" if sources else ""
    line = f"- {'judge_pairwise' if compares else 'judge'}: {{prompt: {judge}{given}}}"
    return f"{line}, with keys of its cases for {joined([name.upper() for name in asked])}" if asked else line


_EXPECTED = {"reference", "expected", "rubric"}
"""Variables that are rather expected of an answer than part of what it is asked."""


def way_to_model(prompt: str, model: str, number: int, *, is_written: bool) -> str:
    """Return how apps come to get a model: by a version that names it, passes and goes live."""
    write = "" if is_written else f'cuebook new {prompt} -m "Ask {model}", then '
    return f"{write}cuebook gate {prompt}/{number} && cuebook promote {prompt}/{number}"

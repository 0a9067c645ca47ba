"""Score answers that exist already, in one file or one against another, by the rules of a suite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cuebook.core.errors import UsageError
from cuebook.core.files import write_atomic
from cuebook.core.format import joined
from cuebook.gate.comparison import Comparison
from cuebook.gate.given import GivenAnswers, comparison_of, named_after
from cuebook.jobs.evaluate import Watch, judge_given
from cuebook.jobs.workspace import Workspace
from cuebook.registry.answer_files import load_answers
from cuebook.shapes._base import encode
from cuebook.shapes.verdict import Verdict

SCORE = "score"
"""What the output folder holds of it: no command looks for evidence there."""


def load(
    workspace: Workspace, suite: str, file: Path, against: Path | None, *, only_given: bool
) -> tuple[GivenAnswers, Comparison]:
    """The answers of the files, and the comparison that they make.

    With ``only_given`` cases that a file leaves out are left out, else they are lost. Raises InvalidFiles,
    RefError, OSError, and UsageError where no case is left.
    """
    rules = workspace.registry.suite(suite)
    files = [load_answers(path, rules.cases, suite) for path in (file, against) if path]
    given = GivenAnswers(*files)
    if only_given:
        rules = replace(rules, cases=given.common(rules.cases))
        if not rules.cases:
            names = joined([given.called(item) for item in given.files])
            raise UsageError(f"{names} answer no case in common", "leave out --only-given")
    return given, comparison_of(workspace.registry, rules, given)


def score(
    workspace: Workspace, given: GivenAnswers, comparison: Comparison, watch: Watch | None = None
) -> tuple[Verdict, Path]:
    """The verdict on given answers and the file it is kept in. Without a baseline every case is scored."""
    judged = judge_given(workspace, comparison, given, watch=watch, every_case=comparison.baseline is None)
    verdict = named_after(judged.verdict, comparison, given)
    path = workspace.output.folder(SCORE) / f"{verdict.suite}.json"
    write_atomic(path, encode(verdict))
    return verdict, path

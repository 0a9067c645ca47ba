"""Estimate from people's grades how accurate a judge's comparison of two versions is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from cuebook.cli._shared import say, workspace_option, write_out
from cuebook.cli._words import WholeNumber
from cuebook.core.errors import Problem, UsageError, did_you_mean
from cuebook.core.format import plural, points
from cuebook.core.json_lines import jsonl, read_jsonl
from cuebook.core.refs import parse_ref
from cuebook.gate.comparison import judge_of, scale_of
from cuebook.jobs.workspace import Workspace
from cuebook.judging.audit import FEWEST, audit, grades_of, items, of_labels, pairs_of
from cuebook.judging.labels import Scale
from cuebook.publish.audits import labels_of
from cuebook.shapes.audit import Audit
from cuebook.shapes.suite import ScorerSpec
from cuebook.shapes.verdict import Verdict
from cuebook.wording.audit import BY_WHOM, DECIDES_NOTHING, doubts, estimated, pairs_graded


@click.command("audit")
@click.argument("ref", metavar="REF")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--pairs", "most", type=WholeNumber(FEWEST), metavar="N", help="Draw N pairs to be graded.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write the pairs to; default: audit.jsonl."
)
@click.option("--suite", help="The suite, if several evaluated the version.")
@click.option("--metric", help="The judge's metric, if there are several.")
@workspace_option
def command(
    workspace: Workspace,
    ref: str,
    files: tuple[Path, ...],
    most: int | None,
    out: Path | None,
    suite: str | None,
    metric: str | None,
) -> None:
    """Estimate from people's grades how accurate a judge's comparison of two versions is.

    Takes the answers of a verdict that people labelled on the site, and estimates the difference that people
    would see over all pairs (prediction-powered inference). It decides nothing. Without the site: --pairs
    draws random pairs (the same ones for the same versions and cases) and writes their answers to a file, in
    random order and without the version. Give each a grade on the judge's scale as its label (null skips it),
    and name the files, one for each person.
    Example: cuebook audit qa-assistant/6
    """
    verdict = _verdict(workspace, ref, suite)
    spec, scale = _judge(workspace, verdict, metric)
    label = spec.label
    found = pairs_of(verdict, label)
    if len(found) < FEWEST:
        raise UsageError(
            f"{plural(len(found), 'pair')} that {label} scored; {FEWEST} are needed", "add cases"
        )
    if most is not None:
        path = out or Path("audit.jsonl")
        if path.exists():  # somebody may have graded the answers in it
            raise UsageError(f"{path} already exists", "name another file with --out")
        lines = items(verdict, found[:most])
        write_out(path, jsonl(lines))
        say(f"wrote {path}: {len(lines)} answers of {plural(min(most, len(found)), 'pair')}, one a line")
        say(f"give each a label from {scale[0]:g} to {scale[1]:g}, then: cuebook audit {ref} {path}")
        return
    if files:
        done = audit(verdict, found, [dict(_grades(file, scale)) for file in files], scale=scale)
    else:
        # Labels of a judge are kept with the judge, whatever suite asks it.
        labels = labels_of(workspace.registry, judge_of(spec).partition("/")[0], verdict)
        if not grades_of(verdict, label, labels, scale):
            what = f"nobody has labelled answers of {verdict.name}"
            raise UsageError(what, f"label them on the site, or draw pairs: cuebook audit {ref} --pairs 50")
        done = of_labels(verdict, label, labels, scale)
    if done is None:
        what = f"fewer than {FEWEST} pairs, of as many clusters, are graded on both sides"
        raise UsageError(what, "grade more answers: both of a pair count together")
    for line in _told(verdict, label, done):
        say(line)


def _verdict(workspace: Workspace, ref: str, suite: str | None) -> Verdict:
    version = workspace.registry.resolve(parse_ref(ref, default_alias="latest"))
    # All of them: that a verdict is there without a baseline is another fault than that there is none.
    known = [
        verdict
        for verdict in workspace.evidence.all()
        if (verdict.prompt, verdict.candidate.version) == (version.prompt, version.number)
        and suite in {None, verdict.suite}
    ]
    found = [verdict for verdict in known if verdict.baseline]
    if known and not found:
        what = f"{version.ref} was gated with nothing to compare with, so there are no pairs"
        raise UsageError(what, "audit a later version, which was compared with this one")
    if not found:
        raise UsageError(
            f"no verdict compares {version.ref} with another version", f"cuebook gate {version.ref}"
        )
    if len(found) > 1:
        names = ", ".join(verdict.suite for verdict in found)
        raise UsageError(f"several suites evaluated {version.ref}: {names}", "say which with --suite")
    return found[0]


def _judge(workspace: Workspace, verdict: Verdict, metric: str | None) -> tuple[ScorerSpec, Scale]:
    specs = {spec.label: spec for spec in workspace.registry.suite(verdict.suite).scorers}
    scales = {label: scale for label, spec in specs.items() if (scale := scale_of(spec)) is not None}
    # A wrong name first: it is told whatever judges there are.
    if metric is not None and metric not in scales:
        raise UsageError(
            f"no judge of {verdict.suite} is called {metric!r}", did_you_mean(metric, list(scales))
        )
    if not scales:
        raise UsageError(f"no judge of {verdict.suite} grades answers", "an audit needs one that does")
    if metric is None and len(scales) > 1:
        raise UsageError(f"several judges graded: {', '.join(scales)}", "say which with --metric")
    label = metric or next(iter(scales))
    return specs[label], scales[label]


def _grades(path: Path, scale: Scale) -> Iterator[tuple[str, float | None]]:
    """The labels of a file by item, as shares of the scale. Raises UsageError at the first that is none."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file", "write the labels there, or name another file")
    low, high = scale
    for item in read_jsonl(path.read_bytes(), str(path)):
        if isinstance(item, Problem):
            raise UsageError(f"{item.file}:{item.line}: {item.message}", item.hint)
        number, line = item
        name, label = (line.get("id"), line.get("label")) if isinstance(line, dict) else (None, None)
        # To Python true and false are numbers, too.
        is_grade = isinstance(label, int | float) and not isinstance(label, bool) and low <= label <= high
        if not isinstance(name, str) or not (label is None or is_grade):
            what = f"{path}:{number}: expected a label from {low:g} to {high:g}, or null"
            raise UsageError(what, 'keep the line and write the grade: "label": 4')
        yield name, None if label is None else (float(label) - low) / (high - low)


def _told(verdict: Verdict, label: str, done: Audit) -> Iterator[str]:
    assert verdict.baseline
    versions = f"{verdict.candidate.version} against {verdict.baseline.version}"
    yield f"{label}, {versions}: {pairs_graded(done)}"
    weighed = f"{estimated(done.people)}  (weight of the judge {done.people.weight:.2f})"
    for who, said in zip(BY_WHOM, (points(done.judge), weighed, estimated(done.alone)), strict=True):
        yield f"  {who.lower():<18} {said}"
    yield DECIDES_NOTHING
    yield from doubts(done)

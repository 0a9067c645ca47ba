"""Sentences about other things than a verdict: nothing evaluated, a change, a moved alias, stale evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from cuebook.core.errors import UPGRADE
from cuebook.core.format import joined, plural
from cuebook.core.layout import shown, suite_path
from cuebook.shapes.cause import Effect, Nothing, StaleCode, StaleInput
from cuebook.shapes.verdict import Verdict

NO_VERDICTS = "No verdicts."
"""What a report on no verdicts says, whether there was nothing to evaluate or nothing could be evaluated."""


def not_evaluated(found: Nothing) -> str:
    """Return why there is no verdict, in one sentence, and what repairs it."""
    said = _without_cure(found)
    return f"{said} What to do: {found.cure}." if found.cure and found.code != "no_plugin" else said


def _without_cure(found: Nothing) -> str:
    said = f" ({found.words})" if found.words else ""
    match found.code:
        case "no_change" | "shares_only":
            return _UNCHANGED[found.code]
        case "no_suite":
            if not found.prompt:
                return "Not evaluated: no suite is about this prompt."
            wanted = shown(suite_path(found.prompt))
            return f"Not evaluated: no suite is about {found.prompt}. Add {wanted} with cases and scorers."
        case "new_suite":
            about = f"the suite of {found.prompt}" if found.prompt else "the suite"
            return f"For reading only: {about} is new and decides from the next change on."
        case "needs_model":
            return f"Not evaluated here: needs {found.model}."
        case "no_key":
            return f"Not evaluated: {no_key(found.model, found.key)}. No call was made."
        case "no_answer":
            return f"Not evaluated: {found.model} answered no call{said}."
        case "most_calls_failed":
            calls = f"{found.count or 0:,} of {found.total or 0:,} calls"
            return f"Not evaluated: {found.model} did not answer {calls}{said}."
        case "new_scorer":
            return f"Not evaluated: the scorer {found.words} is new and decides from the next change on."
        case "no_plugin":
            install = found.cure or found.words  # earlier releases have it among the words
            return f"Not evaluated: {no_plugin(found.model)}{f' ({install})' if install else ''}."
        case "target_cannot_run" | "target_elsewhere" | "target_fork" | "new_target":
            return _APPS[found.code].format(app=found.target, said=said)
        case _:  # in the words of whoever stopped it
            far = (
                f"; {found.count or 0:,} of {plural(found.total, 'call')} were answered"
                if found.total
                else ""
            )
            return f"Not evaluated: {found.words.removesuffix('.')}{far}."


_UNCHANGED = {
    "no_change": (
        "Nothing to evaluate: no version is new, no protected alias points to another one, and what is "
        "live has the same rules and cases."
    ),
    "shares_only": "Nothing to evaluate: only shares of units changed, within what was let through before.",
}
"""What a change leaves as it was."""

_APPS = {
    "target_cannot_run": "Not evaluated: the app {app} cannot run{said}.",
    "target_elsewhere": "Not evaluated here: needs the app {app}, which only the gate runs.",
    "target_fork": (
        "Not evaluated: the suite needs the app {app}, and no app runs for a fork. A maintainer can push the "
        "change to a branch of this repository."
    ),
    "new_target": (
        "Not evaluated: the app {app} is not in the settings that count here. One that is new in a change "
        "runs once it is on the default branch: merge it with its settings first, then the suite that names "
        "it."
    ),
}
"""Why an app did not answer."""


def not_evaluated_line(found: Nothing) -> str:
    """Return the same where it is alone: with the version and suite that it is about, if it is about one."""
    if found.version is None:
        return not_evaluated(found)
    on = f" on {found.suite}" if found.suite else ""
    return f"{found.prompt}/{found.version}{on}: {not_evaluated(found)}"


def scorer_changed(path: str, how: str) -> str:
    """Say that a change brings, edits or takes away a scorer of the repository."""
    if how == "new":
        return f"{path} is new: it is not run here and counts once it is on the default branch"
    if how == "gone":
        return f"{path} is removed: here it still decides"
    return f"{path} changed: the one from before decides here, this one once it is on the default branch"


def app_changed(name: str, how: str) -> str:
    """Say that a change brings, edits or takes away an app that a suite names."""
    if how == "new":
        return f"the app {name} is new: it is not run here and counts once it is on the default branch"
    if how == "gone":
        return f"the app {name} is removed: here it still answers"
    return (
        f"the app {name} changed: the one from before answers here, this one once it is on the default branch"
    )


def app_ahead(name: str) -> str:
    """Say that an app which answered here is another one than a pull request is gated by."""
    return f"the app {name} differs from that on the default branch, which the gate of a pull request asks"


_STALE: Mapping[StaleCode, str] = {
    "candidate": "the candidate",
    "baseline": "the baseline",
    "dataset": "the dataset",
    "suite": "the suite's scorers or gate rules",
    "judges": "a judge",
    "calibrations": "how far a judge agrees with people",
    "models": "the models",
    "tool": "the gate or a scorer of this tool",
    "gate": "the gate's rules of this Cuebook",
    "scorer": "the scorer {name} of this Cuebook",
    "providers": "how this Cuebook asks providers",
    "target": "the app under test",
    "plugin": "the plug-in that offers {name}",
    "own_scorer": "the scorer {name} of the repository",
    "endpoint": "[endpoints.{name}] in the settings",
    "suite_removed": "the suite (now removed)",
}


def stale_inputs(changed: Iterable[StaleInput]) -> list[str]:
    """Say what a verdict depends on that changed since, one phrase each, in words that a reviewer knows."""
    return [_STALE[item.code].format(name=item.name) for item in changed]


def earlier_is_stale(verdict: str, changed: Iterable[StaleInput]) -> str:
    """Return why an earlier verdict could not be reused. No full stop."""
    return f"{verdict}: the earlier verdict is stale: {joined(stale_inputs(changed))} changed"


def newer_records(paths: Sequence[str]) -> str:
    """Return what becomes of records kept here that only a newer Cuebook can read, and what to do."""
    more = f" and {plural(len(paths) - 1, 'other file')}" if len(paths) > 1 else ""
    what = f"{paths[0]}{more}: written by a newer Cuebook, so not used here and not replaced"
    return f"{what}\n    {UPGRADE}"


def stale(changed: Sequence[str], decided: str | None = None) -> str:
    """Return why a verdict is no evidence any more: something that it depends on changed since."""
    since = f" since {decided}" if decided else ""
    return f"Out of date: {joined(changed)} changed{since}. It lets nothing through."


def change_effect(verdict: Verdict, effect: Effect, *, promoted: bool) -> str:
    """What a verdict does to a change, for a log. ``promoted``: the change points a protected alias at it."""
    what = f"{verdict.name}: {verdict.outcome}"
    if verdict.override:
        return f"{what}, let through until {verdict.override.until} by a recorded override"
    if effect == "none":
        return what
    if effect == "warns":
        return f"{what}, which stops nothing here{' (it was live before)' if promoted else ''}"
    return f"{what}, so it cannot be {'promoted' if promoted else 'merged'}"


def no_key(model: str, key: str) -> str:
    """Return that a model or an endpoint cannot be asked without a key. No full stop."""
    return f"{model} needs a key, and {key} is not set"


def no_plugin(model: str) -> str:
    """Return that nothing installed here serves a model. No full stop."""
    return f"no plug-in offers {model}"


def not_allowed(model: str, listed: Sequence[str]) -> tuple[str, str]:
    """Return that settings which list some models do not allow this one, and what would. No full stops."""
    names = ", ".join(f'"{name}"' for name in (*listed, model))
    return (
        f"the settings do not allow {model}",
        f"add it to the settings, on the default branch: models = [{names}]",
    )


def will_need(found: Nothing) -> str:
    """Return what a plan says of a model without its key or plug-in here, with what helps. No full stop."""
    if found.code == "no_key":
        return f"{no_key(found.model, found.key)}: export {found.key}=... before you gate"
    return f"{no_plugin(found.model)}: {found.cure}"


def never_evaluated(prompt: str, version: int, suites: Sequence[str]) -> str:
    """Return why a version has no verdict at all; with suites, as words before the command that makes one."""
    if not suites:
        return not_evaluated(Nothing(code="no_suite", prompt=prompt))
    return f"Version {version} was not evaluated. The gate does it with each pull request, or now:"


UNMEASURED: dict[Literal["suite", "metric", "no_floor"], str] = {
    "suite": "Not evaluated on this suite.",
    "metric": "Not measured on this metric.",
    "no_floor": "No version to compare with, and no floor on this metric.",
}
"""Why a version has no result of a metric beside versions that have one."""


_FREE = "allowed without a verdict"

GOING_BACK = f"Going back to a version that was live before is {_FREE}."
"""What a page says beside the way back."""


def rolled_back(version: int) -> str:
    """Return why an alias may point to a version without a passing verdict: it did before. No full stop."""
    return f"Back to v{version}, which was live before: {_FREE}"

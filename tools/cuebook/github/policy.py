"""Decide for a workflow which revision to compare with, which changes to stop, and what to log.

Commands for GitHub's log are plain text; elsewhere they do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from cuebook import models, scorers
from cuebook.core import git
from cuebook.core.errors import (
    EXIT_FAIL,
    EXIT_INCONCLUSIVE,
    EXIT_PASS,
    CuebookError,
    Problem,
    UsageError,
)
from cuebook.core.escape import command, markdown, shorten
from cuebook.core.format import joined
from cuebook.core.layout import shown
from cuebook.gate.plan import Plan, left_out
from cuebook.jobs.evaluate import Judged
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import TriedPairs, alias_changes, never
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings, load_config
from cuebook.reports._text import no_commands
from cuebook.shapes.cause import Effect, Nothing
from cuebook.shapes.verdict import Verdict
from cuebook.wording.elsewhere import change_effect

MOST_ANNOTATIONS = 10
"""Annotations of a kind that GitHub keeps for one step."""

SUMMARY_LIMIT = 1_000_000
"""Bytes of a step summary; one of over 1 MiB is dropped whole."""

_LONGEST = 2_000
"""Characters of an annotation."""


def base_of(event: str, payload: Mapping[str, Any]) -> str | None:
    """Return the revision to compare an event's change with; None for a new branch and for other events.

    Raises UsageError when the payload is not what GitHub sends.
    """
    try:
        if event == "pull_request":
            return f"origin/{payload['pull_request']['base']['ref']}"
        if event == "merge_group":
            return _sha(payload["merge_group"]["base_sha"])
        if event == "push":
            before = _sha(payload["before"])
            return before if before.strip("0") else None  # all zeros: the branch is new
    except (KeyError, TypeError):
        raise UsageError(f"the payload of the {event} event names no base", "name it: --base main") from None
    return None


def head_of(event: str, payload: Mapping[str, Any]) -> str | None:
    """Return the commit that an event is about, as GitHub names it; None where it is the checkout's own.

    A pull request's checkout is its merge into the base, which is nobody's commit.
    Raises UsageError when the payload is not what GitHub sends.
    """
    try:
        if event == "pull_request":
            return _sha(payload["pull_request"]["head"]["sha"])
        if event == "merge_group":
            return _sha(payload["merge_group"]["head_sha"])
    except (KeyError, TypeError):
        what = f"the payload of the {event} event names no commit"
        raise UsageError(what, "run this step for pull_request or merge_group, as GitHub starts it") from None
    return None


def _sha(value: Any) -> str:
    if not isinstance(value, str) or not git.FULL_SHA.fullmatch(value):
        raise TypeError  # as for a payload without it: both are told by the caller, in the same words
    return value


@dataclass(frozen=True)
class Guarded(Workspace):
    """A checkout of other people's files that is worked on with settings from elsewhere."""

    settings: Settings

    @cached_property
    def config(self) -> Settings:
        """The settings given; those in the checkout are ignored."""
        return self.settings


def with_base_settings(workspace: Workspace, before: Registry) -> Guarded:
    """Return the checkout with the settings from before the change: no change edits its own rules."""
    scorers.offer(before.tree)
    return Guarded(workspace.root, load_config(before.tree))


MOST_SHARDS = 16
"""Machines that one gate takes at most: free accounts run twenty jobs at once."""


def shards(calls: int, worth: int) -> list[str]:
    """Return the shards, such as ``1/2``, that a gate of at most ``calls`` model calls is split into.

    Each has ``worth`` calls or more. Empty where one machine does: it can stop as soon as the verdict is
    clear, while shards have to make every call.
    """
    # Rounded down: a part with fewer calls than it is worth would cost a machine for nothing.
    count = min(MOST_SHARDS, calls // worth)
    return [f"{index}/{count}" for index in range(1, count + 1)] if count > 1 else []


def keyless(workspace: Workspace, before: Registry | None) -> Guarded:
    """Return the checkout with the settings from before the change, without endpoints: no key, no server."""
    if before:
        scorers.offer(before.tree)
    settings = load_config(before.tree) if before else workspace.config
    # A model whose endpoint is not there counts as one that needs a key: nothing is sent anywhere.
    return Guarded(workspace.root, settings.model_copy(update={"endpoints": {}}))


def keyless_part(plan: Plan, settings: Settings) -> Plan:
    """Return the plan of comparisons that need no key and no app; it names what each of the others needs."""
    plan = without_apps(plan, "target_elsewhere")
    kept = []
    nothing = [*plan.nothing]
    for item in plan.comparisons:
        asked = item.digests(settings.replacements).models
        if missing := [model for model in asked if models.needs_key(model, settings)]:
            needs = left_out(item, "needs_model").model_copy(update={"model": joined(missing)})
            if absent := models.without_plugin(missing, settings):
                how = {"code": absent.code, "model": absent.model, "cure": absent.cure}
                needs = needs.model_copy(update=how)
            nothing.append(needs)
        else:
            kept.append(item)
    return Plan(tuple(kept), tuple(nothing))


def without_apps(plan: Plan, why: Literal["target_elsewhere", "target_fork"]) -> Plan:
    """Return the plan of comparisons that no app answers; it names the app that each of the others needs.

    Text of a fork in an app with tools is a stranger's program, so no setting allows it.
    """
    asked = [item for item in plan.comparisons if item.suite.target]
    stops = why == "target_fork"
    told = [left_out(item, why, item.suite.target, stops=stops and not item.reading_only) for item in asked]
    kept = tuple(item for item in plan.comparisons if not item.suite.target)
    return Plan(kept, (*plan.nothing, *told))


def is_from_fork(event: str, payload: Mapping[str, Any]) -> bool:
    """Return whether the event is about a pull request of another repository; True where that was deleted."""
    if event not in {"pull_request", "pull_request_target"}:
        return False
    head = ((payload.get("pull_request") or {}).get("head") or {}).get("repo") or {}
    base = payload.get("repository") or {}
    return not head.get("full_name") or head.get("full_name") != base.get("full_name")


def effect(
    verdict: Verdict, enforce: Literal["merge", "promotion"], *, promoted: bool, returns: bool
) -> Effect:
    """Return what a verdict does to a change.

    A promotion needs a pass or an override; a return to a version that was live before is never stopped.
    Anything else is stopped by a fail only, and not by that where the suite enforces at promotion.
    """
    if verdict.lets_through:
        return "none"
    if promoted:
        return "warns" if returns else "stops"
    return "stops" if verdict.outcome == "fail" and enforce == "merge" else "warns"


@dataclass(frozen=True, slots=True)
class ChangeEffect:
    """A verdict and what it does to the change. ``promoted``: the change points a protected alias at it."""

    verdict: Verdict
    promoted: bool
    effect: Effect


PastVersions: TypeAlias = Callable[[str, str], Collection[int]]
"""The versions that an alias (second) of a prompt (first) was let point to before."""


def effects_of(
    judged: Sequence[Judged],
    before: Registry | None,
    head: Registry,
    past: PastVersions,
    protected: Sequence[str],
    let: Callable[[str, str], TriedPairs] = never,
) -> list[ChangeEffect]:
    """Return what each verdict does to the change from ``before`` to ``head``; None makes all of it new.

    ``past`` and ``let`` return the versions that an alias was allowed to point to, and to try.
    """
    found = []
    changes = alias_changes(before, head, protected, let)
    for item in judged:
        candidate = item.comparison.candidate
        moved = [move.alias for move in changes.of(candidate.prompt) if move.version == candidate.number]
        promoted = bool(moved)
        returns = all(candidate.number in past(candidate.prompt, alias) for alias in moved)
        enforce = item.comparison.suite.gate.enforce
        does = effect(item.verdict, enforce, promoted=promoted, returns=returns)
        if item.comparison.reading_only:
            promoted, does = False, "none"  # another comparison of the same version decides
        found.append(ChangeEffect(item.verdict, promoted, does))
    return found


def effect_lines(weighed: Sequence[ChangeEffect]) -> list[str]:
    """Return a line for the log on each verdict, and what it does to the change."""
    return [change_effect(item.verdict, item.effect, promoted=item.promoted) for item in weighed]


def exit_code(weighed: Sequence[ChangeEffect], nothing: Sequence[Nothing]) -> int:
    """Return the exit code: 1 when a fail stops the change, 3 when only a missing conclusion does, else 0."""
    stopping = {item.verdict.outcome for item in weighed if item.effect == "stops"}
    # A loss that was shown says more than a conclusion that is missing.
    if "fail" in stopping:
        return EXIT_FAIL
    return EXIT_INCONCLUSIVE if stopping or any(item.stops for item in nothing) else EXIT_PASS


def commands_for(problems: Sequence[Problem]) -> Iterator[str]:
    """GitHub workflow commands that show problems at their lines, as many of a kind as GitHub keeps.

    The others are plain lines of the log: a change could bring ten small ones to hide what matters.
    """
    others: list[Problem] = []
    for severity in ("error", "warning"):
        mine = [problem for problem in problems if problem.severity == severity]
        others += mine[MOST_ANNOTATIONS:]
        for problem in mine[:MOST_ANNOTATIONS]:
            text = shown(f"{problem.message}\n{problem.hint}".strip())
            # A problem of a whole file is in line 0; GitHub counts from 1.
            file, at = shorten(shown(problem.file), _LONGEST), str(max(1, problem.line))
            yield command(severity, shorten(text, _LONGEST), file=file, line=at)
    yield from (no_commands(str(problem)) for problem in others)


def warning(title: str, text: str) -> str:
    """The workflow command for a warning about no file in particular."""
    return command("warning", shorten(text, _LONGEST), title=shorten(title, _LONGEST))


def error_command(error: CuebookError) -> str:
    """The workflow command that says why a step could not do its work, and what to do."""
    text = f"{error.message}\n{error.hint}".strip()
    return command("error", shorten(text, _LONGEST), title="Not evaluated")


def summary(report: str, lines: Sequence[str]) -> bytes:
    """A step summary: lines of plain text, then a report in Markdown, cut to what GitHub takes."""
    listed = "".join(f"- {markdown(line)}\n" for line in lines)
    text = f"{listed}\n{report}" if listed else report
    data = text.encode()
    if len(data) <= SUMMARY_LIMIT:
        return data
    end = b"\n\nThe rest did not fit; the whole report is among the artifacts of this run.\n"
    # Decoded and encoded again, as the cut may fall within a character.
    return data[: SUMMARY_LIMIT - len(end)].decode(errors="ignore").encode() + end

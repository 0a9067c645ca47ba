"""Words on a promotion: what it lacks, and on what grounds it may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from cuebook.core import escape
from cuebook.core.format import joined
from cuebook.shapes.cause import Lack, LackCode
from cuebook.shapes.verdict import Override
from cuebook.wording.elsewhere import stale_inputs
from cuebook.wording.names import margin

_LACKS: dict[LackCode, str] = {
    "not_evaluated": "no valid verdict on {about}: it was not evaluated yet",
    "stale": "no valid verdict on {about}: {changed} changed since",
    "not_after_rollback": (
        "no valid verdict on {about}: it was not compared with the version that was rolled back"
    ),
    "not_under_former_rules": (
        "no valid verdict on {about}: the rules were loosened since the last promotion, and it was not gated "
        "under the former ones"
    ),
    "not_passed": "{about}: {outcome}",
    "no_suite": "no suite evaluates {prompt}, so nothing shows what {about} does",
    "judge_unmeasured": "{about} was not measured against its labels",
    "judge_weak": "the agreement of {about} with people may be as low as {lower}; {least} is needed",
    "judge_labels": (
        "{gone} of the {labels} labels that {about} has to agree with are gone, or have another label now"
    ),
    "judge_labels_new": (
        "{added} of the {labels} labels of {about} come with the change that promotes it, and decide from "
        "the next one on"
    ),
    "call_refused": "apps of {alias} cannot call {about}: {why}",
    "default_untried": (
        "apps of {alias} that leave out {input} get a new default of {about}, and hardly any case of suite "
        "{suite} uses it"
    ),
    "unshown": "it is not shown to be as good as {about}, the version that was rolled back",
    "rules_lost": (
        "this clone lacks commit {commit}, published on {day}, and so the rules of the last promotion: "
        "fetch the whole history, or accept today's rules in {path}: "
        "before: lost, after: {{rules: {rules}, dataset: {dataset}}}"
    ),
}


def lack(found: Lack) -> str:
    """Return what a promotion lacks, without a full stop."""
    return _LACKS[found.code].format(**found.values, changed=joined(stale_inputs(found.changed)))


def another_model(named: str, alias: str, asked: str) -> str:
    """Say that an alias would give apps a version whose own model the gate does not ask. No full stop."""
    return f"apps that ask for {alias!r} would get {named}, but the gate asks {asked} instead"


def call_refused(alias: str, ref: str, why: str) -> Lack:
    """Say that apps which ask for an alias cannot call a version as they call the present one."""
    return Lack(code="call_refused", values={"alias": alias, "about": ref, "why": why})


def default_untried(alias: str, ref: str, name: str, suite: str) -> Lack:
    """Say that apps would get a default of an input with which the cases do not ask."""
    return Lack(
        code="default_untried",
        values={"alias": alias, "about": ref, "input": escape.line(name), "suite": suite},
    )


def in_a_row(ref: str, alias: str, start: int, steps: int, margins: Mapping[str, float]) -> str:
    """Return what promotions since version ``start`` may have lost together. No full stop."""
    each = joined([f"{margin(loss)} points on {label}" for label, loss in margins.items()])
    together = joined([f"{margin(min(1.0, steps * loss))} on {label}" for label, loss in margins.items()])
    return (
        f"{ref} is promotion {steps} of {alias} since v{start}: each may lose up to {each}, all of them "
        f"together up to {together}; 'cuebook gate {ref} --against {start}' compares the two"
    )


def accepted_by(override: Override) -> str:
    """Return who lets a version, or its loosened rules, through, and until when. No full stop."""
    what = "let through" if override.of == "version" else "its loosened rules accepted"
    return f"{what} by {override.who} until {override.until}"


def let_through(override: Override) -> str:
    """Return who lets a version, or its loosened rules, through, until when and why. No full stop."""
    return f"{accepted_by(override)}: {override.why}"


def confirm_again(override: Override, path: str) -> str:
    """Say that an override for a version is past, and how it is confirmed. No full stop."""
    return f"{_ended(override)}: to promote it anyway, write a later day at 'until' in {path}"


def _ended(override: Override) -> str:
    return f"the override of {override.who} ended on {override.until}"


def override_ended(override: Override) -> str:
    """Say that what let a live version through holds no longer."""
    ended = f"T{_ended(override)[1:]}."
    return f"{ended} The version stays live; the next promotion needs evidence."


GroundCode = Literal[
    "let_through", "agrees_with_labels", "passed", "unprotected", "let_in_before", "nothing_new"
]


class Ground(NamedTuple):
    """On what grounds a version may go live: a code, what its words name, and whoever let it through."""

    code: GroundCode
    names: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()


_GROUNDS: dict[GroundCode, str] = {
    "let_through": "",  # the override says all
    "agrees_with_labels": "it agrees with its labels",
    "passed": "pass on {names}",
    "unprotected": "{names} is not a protected alias",
    "let_in_before": "the version was let in beside this one",
    "nothing_new": "nothing new goes live",
}

BEFORE_PROTECTED = "live before the alias was protected"
"""The grounds that are on record of a version that never had to have any."""


def ground(found: Ground) -> str:
    """Return on what grounds a version may go live, with whoever let it through or accepted its rules."""
    said = _GROUNDS[found.code].format(names=", ".join(found.names))
    return ", ".join(filter(None, (said, *map(let_through, found.overrides))))


_CURES = {
    "unshown": "say under 'left' in {path} why it was rolled back",
    "judge_labels": "restore the labels, or say who is responsible in {path}",
    "judge_labels_new": "merge the labels in a separate change, or say who is responsible in {path}",
}


def in_an_override(code: LackCode, path: str) -> str:
    """Return what to do about what an override may answer for; ``path`` is where it would be."""
    return _CURES[code].format(path=path)

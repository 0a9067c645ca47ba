"""Words on a promotion: what is in its way, and who lets it through."""

from __future__ import annotations

from cuebook.shapes.cause import Lack, LackCode
from cuebook.shapes.verdict import Override

_LACKS: dict[LackCode, str] = {
    "no_verdict": "no valid verdict on {about}: {why}",
    "not_passed": "{about}: {outcome}",
    "no_suite": "no suite evaluates {prompt}, so nothing shows what {about} does",
    "judge_unmeasured": "{about} was not measured against its labels",
    "judge_weak": "the agreement of {about} with people may be as low as {lower}; {least} is needed",
    "judge_labels": (
        "{gone} of the {labels} labels that {about} has to agree with are gone, or say something else now"
    ),
    "call_refused": "apps of {alias} cannot call {about}: {why}",
    "unshown": "it is not shown to be as good as {about}, which a rollback left",
    "rules_lost": (
        "the history here does not hold what was published on {day} ({commit}), nor the rules that the last "
        "promotion answered to: fetch the whole history, or accept today's rules in {path}: "
        "before: lost, after: {{rules: {rules}, dataset: {dataset}}}"
    ),
}


def lack(found: Lack) -> str:
    """What is in the way of a promotion. No full stop."""
    return _LACKS[found.code].format(**found.values)


def call_refused(alias: str, ref: str, why: str) -> Lack:
    """That apps which ask for an alias cannot call a version as they call the present one."""
    return Lack(code="call_refused", values={"alias": alias, "about": ref, "why": why})


def let_through(override: Override) -> str:
    """Who lets a version, or its loosened rules, through, until when and why. No full stop."""
    what = "let through" if override.of == "version" else "its loosened rules accepted"
    return f"{what} by {override.who} until {override.until}: {override.why}"

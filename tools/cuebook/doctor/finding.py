"""What ``cuebook doctor`` finds: data first, lines for people second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cuebook.core.escape import one_line

CheckState: TypeAlias = Literal["ok", "warning", "problem", "unknown"]
_Here = Literal["python", "git", "extra", "repository", "history", "origin", "default_branch", "site_place"]
_Named = Literal["repo_url", "site_url", "folder", "files", "settings", "schema_lines", "schemas", "replies"]
_Flows = Literal[
    "workflow", "unreadable", "pinned_actions", "permissions", "publish_branch", "pinned_cuebook"
]
_Owners = Literal["codeowners", "owned"]
_Keys = Literal["models", "plugin", "variable", "no_key", "key", "handed", "unheeded", "exposed"]
_GitHub = Literal["not_asked", "token", "unreachable", "unseen", "required_check", "code_owner_review"]
_Guards = Literal["data_branch", "environment", "reviewers", "self_review", "branches", "source", "enabled"]
_Rights = Literal["pinned", "token_rights", "pull_requests", "fork_approval"]
CheckCode: TypeAlias = Literal[_Here, _Named, _Flows, _Owners, _Keys, _GitHub, _Guards, _Rights]
"""What was looked at, as programs read it: the same whatever was seen."""

MARKS: dict[CheckState, str] = {"ok": "✓", "warning": "!", "problem": "✗", "unknown": "?"}
WIDEST = 400
"""Characters of one line at most: parts of it are other people's text."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: its area and code, its state, what was seen, and how to fix it."""

    area: str
    code: CheckCode
    state: CheckState
    what: str
    cure: str = ""


def judged(
    area: str,
    code: CheckCode,
    good: bool,  # noqa: FBT001
    said: tuple[str, str],
    cure: str,
    state: CheckState = "problem",
) -> Check:
    """Return ``ok`` with the first thing said if it is good, else ``state`` with the second and the cure."""
    return Check(area, code, "ok", said[0]) if good else Check(area, code, state, said[1], cure)


def is_well(findings: Sequence[Check]) -> bool:
    """Return whether nothing is a problem; warnings and what cannot be seen do not count."""
    return all(item.state != "problem" for item in findings)


def lines(findings: Sequence[Check]) -> list[str]:
    """Return findings for people, by area in their order, each with mark, state in words and cure."""
    width = max(map(len, MARKS))
    shown: list[str] = []
    for area in dict.fromkeys(item.area for item in findings):
        shown += ([""] if shown else []) + [area]
        for item in findings:
            if item.area == area:
                shown.append(f"  {MARKS[item.state]} {item.state:<{width}}  {one_line(item.what, WIDEST)}")
                if item.cure and item.state != "ok":
                    shown.append(f"  {'':<{width + 2}}  → {one_line(item.cure, WIDEST)}")
    counts = {state: sum(item.state == state for item in findings) for state in MARKS}
    words = {"ok": "ok", "warning": "to look at", "problem": "to fix", "unknown": "cannot be seen"}
    total = ", ".join(f"{counts[state]} {words[state]}" for state in MARKS if counts[state])
    return [*shown, "", total]

"""Who merged and who approved the pull request behind a commit, as the hosting service says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from cuebook.github.api import GitHub, segment
from cuebook.jobs.move_records import Merge

MOST = 100
"""Commits that are asked about in one run, and approvers that are written down."""

_SPEAKS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}
"""Reviews that change what somebody said before; a comment does not."""


def merges(github: GitHub, commits: Iterable[str], branch: str) -> list[Merge]:
    """The pull requests that brought these commits to ``branch``. Raises GitHubError."""
    found = []
    for sha in list(commits)[:MOST]:
        pulls = github.pages(f"commits/{segment(sha)}/pulls")
        merged = (pull for pull in pulls if pull["merged_at"] and pull["base"]["ref"] == branch)
        number = next((pull["number"] for pull in merged), None)
        if number is None:
            continue
        # The list of a commit's pull requests does not say who merged them.
        whole = github.get(f"pulls/{number}")
        reviews = list(github.pages(f"pulls/{number}/reviews"))
        try:
            found.append(
                Merge(
                    commit=sha,
                    pull_request=number,
                    merged_by=_login(whole.get("merged_by")),
                    approved_by=approvers(reviews)[:MOST],
                )
            )
        except ValidationError:
            continue  # a name that no account has: the commit's author is shown in its place
    return found


def approvers(reviews: Iterable[dict[str, Any]]) -> list[str]:
    """The accounts whose last word on a pull request is an approval; a comment takes none back."""
    last: dict[str, str] = {}
    for review in reviews:
        who, said = _login(review.get("user")), review.get("state")
        if who and said in _SPEAKS:
            last[who] = said
    return sorted(who for who, said in last.items() if said == "APPROVED")


def _login(account: Any) -> str | None:
    """An account's name; None where it is gone."""
    found = account.get("login") if isinstance(account, dict) else None
    return found if isinstance(found, str) else None

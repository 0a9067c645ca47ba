"""One issue for each problem of the night: opened when it shows, kept up to date, closed when it is gone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cuebook.core.escape import fence, shorten
from cuebook.github.api import GitHub
from cuebook.github.report import BOT
from cuebook.jobs.nightly import KEY_PATTERN, Night, Trouble
from cuebook.wording.nightly import ELSEWHERE, not_seen

LABEL = "cuebook-nightly"
"""It narrows the list that is read; ours are told by their author and marker, as anybody may set a label."""

_MARKER = re.compile(rf"\A<!-- cuebook:nightly ({KEY_PATTERN}) -->")


def tell(github: GitHub, night: Night) -> list[str]:
    """Open, update and close issues so that they say what the night found; a line on each change.

    An issue about something that was not looked at this time stays as it is. Raises GitHubError.
    """
    lines = []
    opened = _open(github)
    for trouble in night.troubles:
        text = body(trouble)
        mine = opened.pop(trouble.key, [])
        if not mine:
            made = github.send("POST", "issues", {"title": _title(trouble), "body": text, "labels": [LABEL]})
            lines.append(f"opened #{made['number']}: {trouble.title}")
        elif mine[0]["body"] != text or mine[0]["title"] != _title(trouble):
            github.send("PATCH", f"issues/{mine[0]['number']}", {"title": _title(trouble), "body": text})
            lines.append(f"updated #{mine[0]['number']}: {trouble.title}")
        # Two runs at a time may have opened one each; the older one stays.
        lines += _close(github, mine[1:], ELSEWHERE)
    # A key such as ``ends/`` says that everything that begins with it was looked at.
    whole = tuple(key for key in night.looked if key.endswith("/"))
    looked = {key for key in opened if key in night.looked or key.startswith(whole)} - {*night.unseen}
    gone = [issue for key in sorted(looked) for issue in opened[key]]
    return [*lines, *_close(github, gone, not_seen(night.day))]


def _open(github: GitHub) -> dict[str, list[dict[str, Any]]]:
    """Our open issues by the key of their problem, the oldest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for issue in github.pages("issues", state="open", labels=LABEL):
        marker = _MARKER.match(issue.get("body") or "")
        if marker and (issue["user"] or {}).get("login") == BOT and "pull_request" not in issue:
            found.setdefault(marker[1], []).append(issue)
    return {key: sorted(issues, key=lambda issue: int(issue["number"])) for key, issues in found.items()}


def _close(github: GitHub, issues: Sequence[dict[str, Any]], why: str) -> list[str]:
    for issue in issues:
        github.send("POST", f"issues/{issue['number']}/comments", {"body": why})
        github.send("PATCH", f"issues/{issue['number']}", {"state": "closed"})
    return [f"closed #{issue['number']}: {issue['title']}" for issue in issues]


def _title(trouble: Trouble) -> str:
    return shorten(" ".join(trouble.title.split()), 200)


def body(trouble: Trouble) -> str:
    """What an issue says; models' names and providers' messages cannot become markup."""
    return (
        f"<!-- cuebook:nightly {trouble.key} -->\n{fence(trouble.body)}\n\nFound by `cuebook ci nightly`.\n"
    )

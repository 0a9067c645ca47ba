"""Which kind of server keeps a repository, as far as its address tells."""

from __future__ import annotations

from typing import Literal, TypeAlias
from urllib.parse import urlsplit

CodeHost: TypeAlias = Literal["GitLab", "Gitea", "Bitbucket", "Azure DevOps", ""]

OTHER_CI = "https://github.com/cuebook/cuebook/blob/main/site/guides/other-ci.md"
"""Says which commands the CI of another server has to run."""

_HOSTS: dict[str, CodeHost] = {"codeberg.org": "Gitea", "dev.azure.com": "Azure DevOps"}
_LABELS: dict[str, CodeHost] = {
    "gitlab": "GitLab",
    "gitea": "Gitea",
    "forgejo": "Gitea",
    "bitbucket": "Bitbucket",
    "visualstudio": "Azure DevOps",
}


def code_host(url: str) -> CodeHost:
    """Return what a server is by its name; empty for GitHub, which may have any name of a company's own."""
    host = urlsplit(url).hostname or ""
    known = [_LABELS[label] for label in host.split(".") if label in _LABELS]
    return _HOSTS.get(host) or (known[0] if known else "")

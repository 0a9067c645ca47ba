"""Put files on a branch of their own and open a pull request for it, all through GitHub's API.

No clone and no credentials in it are needed. The same proposal made again moves its branch and rewrites its
pull request, so that there is one of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cuebook.core.errors import Refused, UsageError
from cuebook.core.escape import inert
from cuebook.core.git import blob_id
from cuebook.core.layout import USUAL, Layout
from cuebook.github.api import MORE_FILES, GitHub, segment

MOST_TEXT = 65_000
"""Characters of a pull request's body; GitHub takes 65,536."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to propose: whole files by path, against ``base``, on the branch ``branch``.

    ``held`` are files that must be at the tip of ``base`` as they are here, None for one that must not be
    there: what was checked is what is proposed against.
    """

    base: str
    branch: str
    title: str
    body: str
    files: Mapping[str, bytes]
    held: Mapping[str, bytes | None]

    def below(self, prefix: str, layout: Layout = USUAL) -> Proposal:
        """The same for a registry that is in this folder of its repository (``sub/``), by its layout."""
        placed = dict(layout.file(path, data) for path, data in self.files.items())
        files = {prefix + path: data for path, data in placed.items()}
        held = {prefix + layout.there(path): data for path, data in self.held.items()}
        return replace(self, files=files, held=held)


@dataclass(frozen=True, slots=True)
class Opened:
    """A pull request. ``reused``: it was open already."""

    number: int
    url: str
    reused: bool


def submit(github: GitHub, proposal: Proposal) -> Opened:
    """Make the branch and the pull request, or bring those that are there up to date.

    Raises UsageError when the base is not what was checked, and GitHubError.
    """
    tip = github.get(f"git/ref/{_heads(proposal.base)}")["object"]["sha"]
    tree = github.get(f"git/commits/{tip}")["tree"]["sha"]
    _verify(github, tree, proposal)
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "content": data.decode()}
        for path, data in sorted(proposal.files.items())
    ]
    made = github.send("POST", "git/trees", {"base_tree": tree, "tree": entries})["sha"]
    _point(github, proposal, tip, made)
    return _pull_request(github, proposal)


def _heads(branch: str) -> str:
    return f"heads/{'/'.join(segment(part) for part in branch.split('/'))}"


def _verify(github: GitHub, tree: str, proposal: Proposal) -> None:
    # By ids of blobs, which one listing has for all files: nothing is downloaded to be compared.
    listed = github.get(f"git/trees/{tree}", recursive=1)
    there = {item["path"]: item["sha"] for item in listed["tree"] if item["type"] == "blob"}
    if listed.get("truncated"):
        cure = "make the change in a checkout, and push a branch with it"
        raise UsageError(MORE_FILES, cure)
    for path, data in proposal.held.items():
        if there.get(path) != (None if data is None else blob_id(data)):
            what = f"{path} is not the same here and on {proposal.base}"
            raise UsageError(what, f"git switch {proposal.base} && git pull")


def _point(github: GitHub, proposal: Proposal, tip: str, tree: str) -> None:
    """Let the branch point to a commit with this tree on top of ``tip``, unless it does."""
    ref = _heads(proposal.branch)
    try:
        old = github.get(f"git/ref/{ref}")["object"]["sha"]
    except Refused as error:
        if error.status != 404:
            raise
        old = ""
    if old:
        # The same proposal again makes no new commit, so that reviews of it stay valid.
        commit = github.get(f"git/commits/{old}")
        if commit["tree"]["sha"] == tree and [item["sha"] for item in commit["parents"]] == [tip]:
            return
    # On the tip, not on what the branch had: so it holds this proposal and nothing else.
    body = {"message": inert(proposal.title), "tree": tree, "parents": [tip]}
    sha = github.send("POST", "git/commits", body)["sha"]
    if old:
        github.send("PATCH", f"git/refs/{ref}", {"sha": sha, "force": True})
    else:
        github.send("POST", "git/refs", {"ref": f"refs/heads/{proposal.branch}", "sha": sha})


def _pull_request(github: GitHub, proposal: Proposal) -> Opened:
    owner = github.repository.partition("/")[0]
    head = f"{owner}:{proposal.branch}"
    text: dict[str, Any] = {"title": inert(proposal.title), "body": proposal.body[:MOST_TEXT]}
    for pull in github.pages("pulls", state="open", head=head, base=proposal.base):
        # Looked at once more: a filter that a server ignores would have another pull request rewritten.
        if pull["head"]["ref"] == proposal.branch:
            found = github.send("PATCH", f"pulls/{pull['number']}", text)
            return Opened(found["number"], found["html_url"], reused=True)
    made = github.send("POST", "pulls", {**text, "head": proposal.branch, "base": proposal.base})
    return Opened(made["number"], made["html_url"], reused=False)

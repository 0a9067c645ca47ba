"""Telling other repositories that an alias moved, so that their workflows test against the new version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuebook.core.errors import GitHubError
from cuebook.github.api import GitHub
from cuebook.shapes.published import artifact_path

EVENT = "cuebook-alias-moved"
"""The ``event_type``: what a workflow names under ``on: repository_dispatch: types:``."""


@dataclass(frozen=True, slots=True)
class MovedAlias:
    """An alias that points to ``version`` now and to ``previous`` before; None where it was new."""

    prompt: str
    alias: str
    version: int
    previous: int | None
    digest: str
    commit: str

    def payload(self, site: str) -> dict[str, Any]:
        """What the event carries: GitHub takes ten keys. No text of a prompt is in it."""
        return {
            "prompt": self.prompt,
            "alias": self.alias,
            "version": self.version,
            "previous": self.previous,
            "digest": self.digest,
            "url": f"{site}/{artifact_path(self.prompt, self.version)}" if site else "",
            "commit": self.commit,
            "registry": site,
        }


def tell(
    repositories: Mapping[str, GitHub], moves: Sequence[MovedAlias], site: str
) -> Iterator[tuple[str, str]]:
    """Send each move to each repository; yield (repository, message) for each that did not take it."""
    for name, github in repositories.items():
        for move in moves:
            body = {"event_type": EVENT, "client_payload": move.payload(site)}
            try:
                github.send("POST", "dispatches", body)
            except GitHubError as error:
                # One repository that is gone, or whose token has ended, must not keep it from the others.
                yield name, f"{move.prompt}@{move.alias} was not told: {error.message}"

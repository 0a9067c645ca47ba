"""Which run of a workflow came to a verdict."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cuebook.shapes._base import Shape
from cuebook.shapes._records import CommitSha, Login, Moment, PullRequest


class MadeBy(Shape):
    """The run that came to a verdict: on which commit, made at ``time``, and who started it (an account)."""

    time: Moment
    commit: CommitSha
    pull_request: PullRequest | None = None
    run_url: Annotated[str, Field(pattern=r"^(https://\S{1,500})?$")] = ""
    by: Login | None = None

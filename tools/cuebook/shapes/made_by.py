"""Which run of a workflow came to a verdict."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cuebook.shapes._base import Shape


class MadeBy(Shape):
    """The run that came to a verdict: on which commit, made at ``time``, and who started it (an account)."""

    time: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
    pull_request: Annotated[int, Field(ge=1)] | None = None
    run_url: Annotated[str, Field(pattern=r"^(https://\S{1,500})?$")] = ""
    by: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$")] | None = None

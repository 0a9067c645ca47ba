"""Fields that several records have: one type each, as a limit that one of them lacked would be a way in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

CommitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
"""A commit of Git by its whole name, of SHA-1 or SHA-256."""
Moment = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
"""A moment as ``core.moments.written`` has it."""
PullRequest = Annotated[int, Field(ge=1)]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$")]
"""An account of the hosting service."""

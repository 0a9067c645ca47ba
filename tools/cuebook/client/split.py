"""Which version of an alias a unit gets, where a share of units tries others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from cuebook.core.errors import CuebookError, UsageError

if TYPE_CHECKING:
    from cuebook.client.prompt import Prompt


class Loader(Protocol):
    """What loads the version to try: the client that has loaded the alias."""

    def load(self, ref: str, *, digest: str | None, timeout: float | None, max_stale: float | None) -> Prompt:
        """A version of this digest."""

    async def aload(
        self, ref: str, *, digest: str | None, timeout: float | None, max_stale: float | None
    ) -> Prompt:
        """As ``load``."""


Unit: TypeAlias = str | int
"""What always gets the same version, mostly a user's id; it is hashed, never sent or kept."""


class _Tried(NamedTuple):
    """A version to load in place of the one in use, and what the alias says beside of it."""

    ref: str
    digest: str
    beside: dict[str, Any]


def for_unit(
    client: Loader, prompt: Prompt, unit: Unit | None, *, timeout: float | None, max_stale: float | None
) -> Prompt:
    """Return what a unit gets of a loaded alias; the version in use if the tried one is unavailable."""
    tried = _drawn(prompt, unit)
    if not isinstance(tried, _Tried):
        return tried
    try:
        found = client.load(tried.ref, digest=tried.digest, timeout=timeout, max_stale=max_stale)
        return _as_tried(found, tried)
    except CuebookError as error:
        return _instead(prompt, tried, error)


async def afor_unit(
    client: Loader, prompt: Prompt, unit: Unit | None, *, timeout: float | None, max_stale: float | None
) -> Prompt:
    """As ``for_unit``, without blocking the event loop."""
    tried = _drawn(prompt, unit)
    if not isinstance(tried, _Tried):
        return tried
    try:
        found = await client.aload(tried.ref, digest=tried.digest, timeout=timeout, max_stale=max_stale)
        return _as_tried(found, tried)
    except CuebookError as error:
        return _instead(prompt, tried, error)


def _drawn(prompt: Prompt, unit: Unit | None) -> Prompt | _Tried:
    said = _text(unit)
    split = prompt.split
    if split is None or prompt.source == "fallback":
        return prompt
    if not said:
        _debug(f"{prompt.name}@{prompt.alias} lets a share of units try other versions: pass unit=")
        return prompt
    tries = _tries(split, prompt.version)
    if not tries:
        return prompt
    from cuebook.core.units import drawn

    version = drawn(split["salt"], said, [(one["version"], one["share"]) for one in tries])
    if version is None:
        return prompt._as("use")  # noqa: SLF001  no app is to call it
    one = next(one for one in tries if one["version"] == version)
    beside: dict[str, Any] = {key: one[key] for key in ("wireModel", "wireLike") if key in one}
    return _Tried(f"{prompt.name}/{version}", one["digest"], {"alias": prompt.alias, **beside})


def _text(unit: Unit | None) -> str:
    """A unit as it is hashed; empty for none. Raises UsageError."""
    if unit is None or isinstance(unit, str):
        return unit or ""
    if isinstance(unit, int) and not isinstance(unit, bool):
        return str(unit)
    raise UsageError(f"unit must be a text or a whole number, not {type(unit).__name__}", "unit=user_id")


def _tries(split: Any, use: int) -> list[dict[str, Any]]:
    """The versions to try; none where what is published cannot be: everybody gets what is in use then."""
    tries = split.get("try") if isinstance(split, dict) and isinstance(split.get("salt"), str) else None
    from cuebook.core.units import MOST_SHARE, MOST_TRIES

    if not isinstance(tries, list) or not 1 <= len(tries) <= MOST_TRIES:
        return []
    for one in tries:
        numbers = [one.get("version"), one.get("share")] if isinstance(one, dict) else [None]
        if not all(type(number) is int and number > 0 for number in numbers) or one["version"] == use:
            return []
        if not isinstance(one.get("digest"), str):
            return []
    whole = sum(one["share"] for one in tries) <= MOST_SHARE
    return tries if whole and len({one["version"] for one in tries}) == len(tries) else []


def _as_tried(found: Prompt, tried: _Tried) -> Prompt:
    return found._as("try", beside=tried.beside)  # noqa: SLF001  no app is to call it


def _instead(prompt: Prompt, tried: _Tried, error: CuebookError) -> Prompt:
    import logging

    what = f"{prompt.ref} is served in place of {tried.ref}, which this unit is to try: {error.message}"
    logging.getLogger("cuebook").warning(what)
    return prompt._as("use", "use")  # noqa: SLF001  no app is to call it


def _debug(message: str) -> None:
    import logging

    logging.getLogger("cuebook").debug(message)

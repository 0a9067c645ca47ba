"""The interface between Cuebook and models, and what each transport offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from types import coroutine
from typing import Protocol

from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply


class ModelClient(Protocol):
    """Asks models. One instance serves many calls at once."""

    async def complete(self, call: ModelCall) -> ModelReply:
        """Return the reply to one call, tried once. Raises Retryable, CaseFailed or Aborted."""

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""


@coroutine
def give_way() -> Iterator[None]:
    """Let other calls and an interrupt through, as ``asyncio.sleep(0)`` does.

    For models that answer at once: a gate whose verdicts hold asks for their state only, and asyncio takes
    longer to import than all the rest of a transport.
    """
    yield


@dataclass(frozen=True, slots=True)
class Transport:
    """A member of the family: which model ids it serves, and how to open it.

    ``priority``: of those that serve an id, the one with the highest is used. ``deterministic`` ones
    give the same reply to the same call, cost nothing and need no key; ``state`` tells what their replies
    depend on beside the call, and a stored reply holds only as long as that stays.
    """

    serves: Callable[[str, Settings], bool]
    connect: Callable[[Settings], ModelClient]
    priority: int = 0
    deterministic: bool = False
    state: Callable[[], str] = str


@dataclass(frozen=True, slots=True)
class ModelPlugin:
    """What a distribution offers in the entry-point group ``cuebook.models``: the models of one prefix.

    The entry point's name is the prefix: ``acme`` offers ``acme/large``. ``connect`` is given the trusted
    settings; ``deterministic`` and ``state`` are as for ``Transport``. ``models`` gives the ids of all of its
    models, where the plug-in knows them: ``check`` refuses any other id of the prefix.
    """

    connect: Callable[[Settings], ModelClient]
    deterministic: bool = False
    state: Callable[[], str] = str
    models: Callable[[], Collection[str]] | None = None

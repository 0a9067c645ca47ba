"""The endpoints of one run: their connections, and the state of each as its calls end."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from cuebook import models
from cuebook.calls.limits import Breaker, CallBudget, Limiter
from cuebook.core.errors import Retryable
from cuebook.models import ModelClient
from cuebook.registry.settings import Settings
from cuebook.shapes.ceilings import Ceilings

DEADLINES = 3
"""A call with all its tries and pauses may take this many times the timeout of one try."""

RESTART = 10.0
"""Seconds that an endpoint which has answered before may be out of reach: servers are restarted."""


class EndpointState:
    """The state of one endpoint: how many calls it takes at once, and for how long it has given no answer.

    ``patience`` in seconds: how long a call may take with all its tries and pauses.
    """

    def __init__(self, name: str, most: int, patience: float) -> None:
        self.limiter = Limiter(most, patience)
        self._patience = patience
        self._silent = Breaker(name)
        self._busy = Breaker(name)
        self._heard = False

    def answered(self) -> None:
        """Record that the endpoint answered; an error counts as an answer."""
        self._heard = True
        self._silent.reset()
        self._busy.reset()

    def counts(self, error: Retryable, now: float) -> bool:
        """Return whether a failed try counts against its call; ``now`` is by the loop's clock.

        It does not when the endpoint was too busy or is out of reach altogether: that is no fault of the
        call. Raises Aborted when the endpoint has been so for too long.
        """
        if error.throttled:
            # It is there, if too busy: what is out of reach says nothing.
            self._heard = True
            self._silent.reset()
            # Nobody waits longer than a call may take, so a longer Retry-After counts as out of use at once.
            asked_too_much = error.after is not None and error.after > self._patience
            self._busy.missed(error, now, 0.0 if asked_too_much else self._patience)
            return False
        if error.unreachable:
            self._silent.missed(error, now, RESTART if self._heard else 0.0)
            return not self._silent.is_open
        self.answered()
        return True


class Endpoints:
    """Connections, limits and the settings' ceilings, shared by the engines of one run.

    What one engine learns of an endpoint the next one knows. Where several ``processes`` share a job, each
    has its part of the ceilings. Use in ``async with``.
    """

    def __init__(self, config: Settings, *, concurrency: int | None = None, processes: int = 1) -> None:
        self.config = config
        self.concurrency = concurrency or config.concurrency
        self.patience = DEADLINES * config.timeout
        most = Ceilings(config.max_cost_usd, config.max_tokens, config.max_calls)
        self.budget = CallBudget(most.part(processes))
        self._clients: dict[str, ModelClient] = {}
        self._states: dict[str, EndpointState] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.close()

    def client(self, model: str) -> ModelClient:
        """The client that serves a model, opened when first needed. Raises Aborted, MissingExtra."""
        name = models.transport_for(model, self.config)
        if name not in self._clients:
            self._clients[name] = models.connect(name, self.config)
        return self._clients[name]

    def state_of(self, model: str) -> EndpointState:
        """Return the state of a model's endpoint."""
        name = endpoint_of(model)
        if name not in self._states:
            self._states[name] = EndpointState(name, self.concurrency, self.patience)
        return self._states[name]


def endpoint_of(model: str) -> str:
    """The endpoint a model is asked at, as far as its id tells: the part before the first slash."""
    return model.partition("/")[0]

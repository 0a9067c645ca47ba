"""The runtime client: load a prompt by its ref, also while the registry is away.

Standard library only; what is slow to import is imported when it is first needed. A version is cached
for ever. An alias is cached for a minute; after that the copy is handed out as ``stale`` while a
background thread asks again. Every prompt says where it came from and how old it is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from cuebook.client.fetch import ENVIRONMENT, Disk, open_registry
from cuebook.client.prompt import NEVER, Prompt, checked, whole
from cuebook.core.canonical import PUBLISHED_DEPTH, read_json
from cuebook.core.errors import CuebookError, DigestMismatch, RefError, RegistryUnreachable, UsageError
from cuebook.core.refs import Ref, parse_ref

__all__ = ["Client", "Prompt", "aload_prompt", "load_prompt"]

TTL, MAX_STALE, TIMEOUT = 60.0, 24 * 3600.0, 5.0
RETRY = 5.0
Fallback = Mapping[str, Any] | str | os.PathLike[str]


class _Entry(NamedTuple):
    """A copy in memory.

    ``confirmed`` is when the registry last vouched for it and ``fresh_until`` how long that holds, both
    by the client's clock; ``prompt`` is handed out until then, and one with source ``late`` after it.
    """

    prompt: Prompt
    artifact: dict[str, Any]
    confirmed: float
    fresh_until: float
    late: Literal["stale", "disk"]
    etag: str | None


class Client:
    """Loads prompts from one registry and keeps copies of them; safe to share between threads.

    ``ttl`` is how long (seconds) an alias is trusted, ``max_stale`` how old a copy may be when the
    registry is away, ``timeout`` how long one request may take. ``cache_dir`` keeps copies on disk for
    the next process.
    """

    def __init__(
        self,
        registry: str | os.PathLike[str] | None = None,
        *,
        ttl: float = TTL,
        max_stale: float = MAX_STALE,
        timeout: float = TIMEOUT,
        cache_dir: str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        place = os.fspath(registry or os.environ.get(ENVIRONMENT) or "")
        self._registry = open_registry(place)
        self._ttl = ttl
        self._max_stale = max_stale
        self._timeout = timeout
        self._clock = clock
        self._disk = Disk(os.fspath(cache_dir), place) if cache_dir else None
        self._entries: dict[str, _Entry] = {}
        self._start_afresh()

    def _start_afresh(self) -> None:
        """Locks and marks of running refreshes belong to one process; a forked child makes its own."""
        import threading

        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._busy: dict[str, threading.Lock] = {}
        self._failed: dict[str, CuebookError] = {}
        self._retry_at: dict[str, float] = {}

    def load(
        self,
        ref: str,
        *,
        fallback: Fallback | None = None,
        timeout: float | None = None,
        max_stale: float | None = None,
    ) -> Prompt:
        """The prompt a ref names. Raises one of the RefErrors, RegistryUnreachable, DigestMismatch."""
        entry = self._entries.get(ref)
        if entry is not None and self._clock() < entry.fresh_until:
            return entry.prompt
        wait = self._timeout if timeout is None else timeout
        limit = self._max_stale if max_stale is None else max_stale
        return self._at_hand(ref, limit, wait) or self._ask(ref, parse_ref(ref), fallback, wait, limit)

    async def aload(
        self,
        ref: str,
        *,
        fallback: Fallback | None = None,
        timeout: float | None = None,
        max_stale: float | None = None,
    ) -> Prompt:
        """As ``load``; a request runs in a thread."""
        entry = self._entries.get(ref)
        if entry is not None and self._clock() < entry.fresh_until:
            return entry.prompt
        limit = self._max_stale if max_stale is None else max_stale
        if late := self._at_hand(ref, limit, self._timeout if timeout is None else timeout):
            return late
        import asyncio

        return await asyncio.to_thread(
            self.load, ref, fallback=fallback, timeout=timeout, max_stale=max_stale
        )

    def _at_hand(self, key: str, max_stale: float, timeout: float) -> Prompt | None:
        """A copy that is not too old, while a thread asks for a newer one."""
        entry = self._entries.get(key)
        if entry is None or self._clock() - entry.confirmed > max_stale:
            return None
        self._refresh_later(key, timeout)
        return Prompt(entry.artifact, entry.late, entry.confirmed, self._clock)

    def _ask(self, key: str, ref: Ref, fallback: Fallback | None, timeout: float, max_stale: float) -> Prompt:
        """Ask the registry and wait; one thread asks for a key, the others get what it got."""
        if self._pid != os.getpid():
            self._start_afresh()
        packaged = None if fallback is None else self._packaged(ref, fallback)
        if packaged and key in self._failed:
            self._refresh_later(key, timeout)
            return packaged
        import threading

        before = self._failed.get(key)
        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        try:
            with busy:
                return self._ask_alone(key, ref, packaged, before, timeout, max_stale)
        finally:
            self._busy.pop(key, None)

    def _ask_alone(
        self,
        key: str,
        ref: Ref,
        packaged: Prompt | None,
        before: CuebookError | None,
        timeout: float,
        max_stale: float,
    ) -> Prompt:
        entry = self._entries.get(key)
        if entry is not None and self._clock() < entry.fresh_until:
            return entry.prompt
        failed = self._failed.get(key)
        if failed is not None and failed is not before:  # another thread has just asked, in vain
            return self._instead(key, ref, packaged, max_stale, failed)
        if ref.version and (kept := self._from_disk(key, ref, float("inf"))):
            return kept
        try:
            return self._fetch(key, ref, timeout)
        except (RegistryUnreachable, DigestMismatch) as error:
            self._failed[key] = failed = type(error)(error.message, error.hint)
            return self._instead(key, ref, packaged, max_stale, failed)

    def _instead(
        self, key: str, ref: Ref, packaged: Prompt | None, max_stale: float, error: CuebookError
    ) -> Prompt:
        """What there is when the registry has failed: a copy on disk, else the fallback, else the error."""
        found = self._from_disk(key, ref, max_stale) or packaged
        if found is None:
            raise type(error)(error.message, error.hint) from None
        return found

    def _fetch(self, key: str, ref: Ref, timeout: float) -> Prompt:
        had = self._entries.get(key)
        now = self._clock()
        answer = self._registry.get(ref, had.etag if had else None, timeout)
        if answer is not None:
            artifact, etag = checked(answer.body, ref, self._registry.place), answer.etag
            if self._disk:
                self._disk.write(ref, answer.body)
        elif had is not None:
            artifact, etag = had.artifact, had.etag
            if self._disk:
                self._disk.touch(ref)
        else:
            raise RegistryUnreachable(f"{self._registry.place} says that an unknown copy is current")
        self._keep(key, artifact, now, float("inf") if ref.version else now + self._ttl, etag=etag)
        self._failed.pop(key, None)
        return Prompt(artifact, "live", now, self._clock)

    def _keep(
        self,
        key: str,
        artifact: dict[str, Any],
        confirmed: float,
        fresh_until: float,
        *,
        late: Literal["stale", "disk"] = "stale",
        etag: str | None = None,
    ) -> None:
        prompt = Prompt(artifact, "cache", confirmed, self._clock)
        self._entries[key] = _Entry(prompt, artifact, confirmed, fresh_until, late, etag)

    def _refresh_later(self, key: str, timeout: float) -> None:
        """Start one background refresh of a key, unless one runs or has just failed."""
        if self._pid != os.getpid():
            self._start_afresh()
        import threading

        with self._lock:
            now = self._clock()
            if now < self._retry_at.get(key, NEVER):
                return
            self._retry_at[key] = now + 4 * timeout + RETRY
        try:
            threading.Thread(
                target=self._refresh, args=(key, timeout), name="cuebook-refresh", daemon=True
            ).start()
        except RuntimeError:  # no thread can be had while the interpreter ends
            self._retry_at[key] = now + RETRY

    def _refresh(self, key: str, timeout: float) -> None:
        try:
            self._fetch(key, parse_ref(key), timeout)
        except RefError as error:
            self._entries.pop(key, None)
            self._failed.pop(key, None)
            self._retry_at.pop(key, None)
            _warn(f"{key} is gone from {self._registry.place}: {error.message}")
        except CuebookError as error:
            self._retry_at[key] = self._clock() + RETRY
            _warn(f"{key} could not be refreshed and is served from an older copy: {error.message}")
        else:
            self._retry_at.pop(key, None)

    def _from_disk(self, key: str, ref: Ref, max_stale: float) -> Prompt | None:
        kept = self._disk.read(ref) if self._disk else None
        if kept is None or kept.age > max_stale:
            return None
        try:
            artifact = checked(kept.body, ref, "the copy on disk")
        except CuebookError:
            return None
        confirmed = self._clock() - kept.age
        self._keep(key, artifact, confirmed, float("inf") if ref.version else NEVER, late="disk")
        return Prompt(artifact, "disk", confirmed, self._clock)

    def _packaged(self, ref: Ref, fallback: Fallback) -> Prompt:
        """The fallback as a prompt. It is read on the first load, not in the outage it is meant for."""
        if isinstance(fallback, Mapping):
            artifact: Any = fallback
        else:
            try:
                with open(fallback, encoding="utf-8") as file:
                    artifact = read_json(file.read(), depth=PUBLISHED_DEPTH)
            except (OSError, ValueError) as error:
                raise UsageError(f"the fallback {os.fspath(fallback)!r} cannot be read: {error}") from None
        try:
            artifact = whole(dict(artifact) if isinstance(artifact, Mapping) else artifact, "the fallback")
        except RegistryUnreachable as error:
            raise UsageError(error.message, error.hint) from None
        if artifact["name"] != ref.name or ref.version not in {None, artifact["version"]}:
            raise UsageError(f"the fallback is {artifact['name']}/{artifact['version']}, not {ref}")
        return Prompt(artifact, "fallback", NEVER, self._clock)


def _warn(message: str) -> None:
    import logging

    logging.getLogger("cuebook").warning(message)


def load_prompt(
    ref: str,
    *,
    registry: str | os.PathLike[str] | None = None,
    fallback: Fallback | None = None,
    timeout: float = TIMEOUT,
    max_stale: float = MAX_STALE,
) -> Prompt:
    """The prompt a ref names, such as ``qa-assistant@production`` or ``prompts:/qa-assistant/3``.

    ``registry`` is a URL, the path of a checkout or built site, or what CUEBOOK_REGISTRY says.
    ``fallback`` is an artifact (or the path of its JSON) for when no copy younger than ``max_stale``
    seconds can be had. Raises one of the RefErrors, RegistryUnreachable, DigestMismatch.
    """
    client = _client(registry)
    return client.load(ref, fallback=fallback, timeout=timeout, max_stale=max_stale)


async def aload_prompt(
    ref: str,
    *,
    registry: str | os.PathLike[str] | None = None,
    fallback: Fallback | None = None,
    timeout: float = TIMEOUT,
    max_stale: float = MAX_STALE,
) -> Prompt:
    """As ``load_prompt``, without blocking the event loop."""
    client = _client(registry)
    return await client.aload(ref, fallback=fallback, timeout=timeout, max_stale=max_stale)


_clients: dict[str | os.PathLike[str] | None, Client] = {}


def _client(registry: str | os.PathLike[str] | None) -> Client:
    place = registry or os.environ.get(ENVIRONMENT)
    return _clients.get(place) or _clients.setdefault(place, Client(place))

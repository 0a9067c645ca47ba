"""The runtime client: load a prompt by its ref, even while the registry is unreachable.

Standard library only; what is slow to import is imported when it is first needed. A version is cached
for ever. An alias is cached for a minute; after that the copy is handed out as ``stale`` while a
background thread asks again. Every prompt says where it came from and how old it is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cuebook.client.fetch import UNFINISHED, open_registry
from cuebook.client.prompt import NEVER, ErasedVersion, Prompt, checked, whole
from cuebook.core.canonical import PUBLISHED_DEPTH, read_json
from cuebook.core.environment import COPIES, REGISTRY, TOKEN
from cuebook.core.errors import CuebookError, DigestMismatch, RefError, RegistryUnreachable, UsageError
from cuebook.core.refs import Ref, parse_ref

if TYPE_CHECKING:
    from cuebook.client.access import Token
    from cuebook.client.disk import Disk
    from cuebook.client.split import Unit

__all__ = ["Client", "Prompt", "aload_prompt", "load_prompt"]

TTL, MAX_STALE, TIMEOUT = 60.0, 24 * 3600.0, 5.0  # seconds: see ``Client``
RETRY = 5.0  # after a failure nobody asks for so long: a registry that comes back meets no crowd
Fallback = Mapping[str, Any] | str | os.PathLike[str]


class _Entry(NamedTuple):
    """A copy in memory, ``confirmed`` by the registry at a moment of the client's clock.

    ``prompt`` is handed out until ``fresh_until``, and afterwards one with the source ``late``.
    """

    prompt: Prompt
    artifact: dict[str, Any]
    confirmed: float
    fresh_until: float
    late: Literal["stale", "disk"]
    etag: str | None


class _Failure(NamedTuple):
    """Why a key could not be had, and until when it is not asked for again."""

    error: CuebookError
    until: float


class _Asked(NamedTuple):
    """A load that waits: what is asked for and what it may be answered with."""

    key: str
    ref: Ref
    pin: str
    packaged: Prompt | None
    timeout: float
    max_stale: float


class Client:
    """Loads prompts from one registry and keeps copies of them; safe to share between threads.

    ``ttl`` is how long (seconds) an alias is trusted, ``max_stale`` how old a copy may be when the registry
    is unreachable, ``timeout`` how long one answer may take, from looking its name up to the last byte.
    ``cache_dir`` (or CUEBOOK_CACHE_DIR) keeps copies on disk for the next process, in a folder that only
    this user may use. ``token``, a text or what makes one for each request, and ``headers`` open a private
    registry; they go to its own origin only, never along a redirect to another. CUEBOOK_TOKEN is a token
    for the registry of CUEBOOK_REGISTRY.
    """

    def __init__(
        self,
        registry: str | os.PathLike[str] | None = None,
        *,
        token: Token | None = None,
        headers: Mapping[str, str] | None = None,
        ttl: float = TTL,
        max_stale: float = MAX_STALE,
        timeout: float = TIMEOUT,
        cache_dir: str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        place = os.fspath(registry or os.environ.get(REGISTRY) or "")
        self._registry = open_registry(place, headers, token)
        self._ttl = ttl
        self._max_stale = max_stale
        self._timeout = timeout
        self._clock = clock
        self._disk = _disk(os.fspath(cache_dir or ""), self._registry.place)
        self._entries: dict[str, _Entry] = {}
        self._start_afresh()

    def _start_afresh(self) -> None:
        """Locks and marks of running refreshes belong to one process; a forked child makes its own."""
        import threading

        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._busy: dict[str, threading.Lock] = {}
        self._first = threading.Lock()
        self._answers = False
        self._pool: Any = None
        self._failed: dict[str, _Failure] = {}
        self._away: _Failure | None = None
        self._retry_at: dict[str, float] = {}

    def load(
        self,
        ref: str,
        *,
        unit: Unit | None = None,
        digest: str | None = None,
        fallback: Fallback | None = None,
        timeout: float | None = None,
        max_stale: float | None = None,
    ) -> Prompt:
        """The prompt a ref names; with ``digest`` that version and no other.

        ``unit``, such as a user's id, gets the same version of an alias each time, where a share of units
        tries other ones; without it that is the version in use.
        Raises one of the RefErrors, RegistryUnreachable, DigestMismatch.
        """
        key = ref if digest is None and isinstance(ref, str) else _pinned(ref, digest)
        entry = self._entries.get(key)
        if entry is not None and self._clock() < entry.fresh_until:
            found = entry.prompt
        else:
            wait = self._timeout if timeout is None else timeout
            limit = self._max_stale if max_stale is None else max_stale
            found = self._at_hand(key, limit, wait) or self._ask(key, fallback, wait, limit)
        if unit is None and found.split is None:
            return found
        from cuebook.client.split import for_unit

        return for_unit(self, found, unit, timeout=timeout, max_stale=max_stale)

    async def aload(
        self,
        ref: str,
        *,
        unit: Unit | None = None,
        digest: str | None = None,
        fallback: Fallback | None = None,
        timeout: float | None = None,
        max_stale: float | None = None,
    ) -> Prompt:
        """As ``load``; a request runs in a thread of the client's own."""
        found = await self._aload(ref, digest, fallback, timeout, max_stale)
        if unit is None and found.split is None:
            return found
        from cuebook.client.split import afor_unit

        return await afor_unit(self, found, unit, timeout=timeout, max_stale=max_stale)

    async def _aload(
        self,
        ref: str,
        digest: str | None,
        fallback: Fallback | None,
        timeout: float | None,
        max_stale: float | None,
    ) -> Prompt:
        key = ref if digest is None and isinstance(ref, str) else _pinned(ref, digest)
        entry = self._entries.get(key)
        if entry is not None and self._clock() < entry.fresh_until:
            return entry.prompt
        wait = self._timeout if timeout is None else timeout
        limit = self._max_stale if max_stale is None else max_stale
        if late := self._at_hand(key, limit, wait):
            return late
        import asyncio

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads(), self._ask, key, fallback, wait, limit)

    def _threads(self) -> Any:
        """Threads to wait in: those of the event loop look names up for the whole app."""
        if self._pid != os.getpid():
            self._start_afresh()
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            self._pool = self._pool or ThreadPoolExecutor(UNFINISHED, "cuebook-load")
        return self._pool

    def _at_hand(self, key: str, max_stale: float, timeout: float) -> Prompt | None:
        """A copy that is not too old, while a thread asks for a newer one."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() - entry.confirmed > max_stale and not _parsed(key)[0].version:
            return None
        self._refresh_later(key, timeout)
        return Prompt(entry.artifact, entry.late, entry.confirmed, self._clock)

    def _ask(self, key: str, fallback: Fallback | None, timeout: float, max_stale: float) -> Prompt:
        """Ask the registry and wait; one thread asks for a key, the others get what it got."""
        if self._pid != os.getpid():
            self._start_afresh()
        ref, pin = _parsed(key)
        packaged = None if fallback is None else self._packaged(ref, pin, fallback)
        asked = _Asked(key, ref, pin, packaged, timeout, max_stale)
        if found := self._at_once(asked):
            return found
        import threading

        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        try:
            with busy:
                if not self._answers:
                    # One load finds out whether the registry is there; the others wait for that, whatever
                    # they ask for.
                    with self._first:
                        if not self._answers:
                            return self._ask_alone(asked)
                return self._ask_alone(asked)
        finally:
            self._busy.pop(key, None)

    def _at_once(self, asked: _Asked) -> Prompt | None:
        """What there is while nobody need be asked: a registry that has just failed fails again."""
        now = self._clock()
        failed = self._failed.get(asked.key)
        if failed and asked.packaged and now >= failed.until:
            self._refresh_later(asked.key, asked.timeout)
        elif failed is None or now >= failed.until:
            failed = self._away if self._away and now < self._away.until else None
        return self._instead(asked, failed.error) if failed else None

    def _ask_alone(self, asked: _Asked) -> Prompt:
        entry = self._entries.get(asked.key)
        if entry is not None and self._clock() < entry.fresh_until:
            return entry.prompt
        if found := self._at_once(asked):  # another thread has just asked, in vain
            return found
        # Only a digest proves a copy on disk; without one it is for when the registry is unreachable.
        if asked.pin and (kept := self._from_disk(asked)):
            return kept
        try:
            return self._fetch(asked.key, asked.timeout)
        except ErasedVersion:
            raise
        except (RefError, RegistryUnreachable, DigestMismatch) as error:
            self._note_failure(asked.key, error)
            found = self._instead(asked, error)
            if isinstance(error, RefError):
                _warn(f"{asked.ref} is served from {found.source}, though {error.message}")
            return found

    def _note_failure(self, key: str, error: CuebookError) -> None:
        failed = _Failure(error, self._clock() + RETRY)
        self._failed[key] = failed
        is_away = isinstance(error, RegistryUnreachable) and error.away
        self._answers = not is_away
        if is_away:
            self._away = failed

    def _instead(self, asked: _Asked, error: CuebookError) -> Prompt:
        """What there is when the registry has failed: a copy on disk, else the fallback, else the error."""
        found = self._from_disk(asked) or asked.packaged
        if found is None:
            raise type(error)(error.message, error.hint) from None
        return found

    def _fetch(self, key: str, timeout: float) -> Prompt:
        ref, pin = _parsed(key)
        had = self._entries.get(key)
        now = self._clock()
        answer = self._registry.get(ref, had.etag if had else None, timeout)
        if answer is not None:
            artifact, etag = self._accepted(answer.body, ref, pin, had), answer.etag
            if self._disk:
                self._disk.write(ref, answer.body)
        elif had is not None:
            artifact, etag = had.artifact, had.etag
            if self._disk:
                self._disk.confirm(ref)
        else:
            what = "answered 304 (not modified) for a version that is not cached"
            raise RegistryUnreachable(f"{self._registry.place} {what}")
        self._keep(key, artifact, now, float("inf") if ref.version else now + self._ttl, etag=etag)
        self._failed.pop(key, None)
        self._away, self._answers = None, True
        return Prompt(artifact, "live", now, self._clock)

    def _accepted(self, body: bytes, ref: Ref, pin: str, had: _Entry | None) -> dict[str, Any]:
        """The artifact in an answer, when it is what was asked for and not older than what is known."""
        try:
            artifact = checked(body, ref, self._registry.place, pin)
        except ErasedVersion:
            self._forget(ref)
            raise
        known = had.artifact if had and self._clock() - had.confirmed <= self._max_stale else None
        if known is None and ref.alias and self._disk and (kept := self._disk.read(ref)):
            known = _readable(kept.body, ref) if kept.age <= self._max_stale else None
        if known and _is_older(artifact, known):
            what = f"{self._registry.place} serves {ref} as it was before {known['since']}"
            raise RegistryUnreachable(what, "an alias that moves back says so with a later date")
        return artifact

    def _forget(self, ref: Ref) -> None:
        for key in [key for key in self._entries if _parsed(key)[0] == ref]:
            self._entries.pop(key, None)
        if self._disk:
            self._disk.remove(ref)

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
            self._fetch(key, timeout)
        except CuebookError as error:
            self._retry_at[key] = self._clock() + RETRY
            self._note_failure(key, error)
            _warn(
                f"{_parsed(key)[0]} could not be refreshed and is served from an older copy: {error.message}"
            )
        else:
            self._retry_at.pop(key, None)

    def _from_disk(self, asked: _Asked) -> Prompt | None:
        ref = asked.ref
        kept = self._disk.read(ref) if self._disk else None
        if kept is None or (kept.age > asked.max_stale and not ref.version):
            return None
        artifact = _readable(kept.body, ref, asked.pin)
        if artifact is None:
            return None
        confirmed = self._clock() - kept.age
        self._keep(asked.key, artifact, confirmed, float("inf") if asked.pin else NEVER, late="disk")
        return Prompt(artifact, "disk", confirmed, self._clock)

    def _packaged(self, ref: Ref, pin: str, fallback: Fallback) -> Prompt:
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
            found = dict(artifact) if isinstance(artifact, Mapping) else artifact
            artifact = whole(found, "the fallback", pin)
        except RegistryUnreachable as error:
            raise UsageError(error.message, error.hint) from None
        if artifact["name"] != ref.name or ref.version not in {None, artifact["version"]}:
            what = f"the fallback is {artifact['name']}/{artifact['version']}, not {ref}"
            raise UsageError(what, "save this version there")
        return Prompt(artifact, "fallback", NEVER, self._clock)


def _pinned(ref: str, digest: str | None) -> str:
    """The key of a ref that must have a digest. Raises MalformedRef for what is no text, such as None."""
    if not isinstance(ref, str):
        parse_ref(ref)
    head, _, digits = str(digest).partition(":")
    if head != "sha256" or len(digits) != 64 or digits.strip("0123456789abcdef"):
        raise UsageError(f"{digest!r} is not a digest", "copy sha256:... from the version's page or its JSON")
    return f"{ref} {digest}"


def _parsed(key: str) -> tuple[Ref, str]:
    """The ref of a key and its digest, empty where any will do. Raises MalformedRef."""
    ref, _, pin = key.partition(" sha256:")
    return parse_ref(ref), pin and f"sha256:{pin}"


def _disk(folder: str, place: str) -> Disk | None:
    # The files of a folder are as near as a copy of them.
    folder = folder or ("://" in place and os.environ.get(COPIES)) or ""
    if not folder:
        return None
    from cuebook.client.disk import Disk

    return Disk(folder, place)


def _readable(body: bytes, ref: Ref, pin: str = "") -> dict[str, Any] | None:
    try:
        return checked(body, ref, "the copy on disk", pin)
    except CuebookError:
        return None


def _is_older(artifact: dict[str, Any], known: dict[str, Any]) -> bool:
    """Whether an alias is said to be what it was before another answer. Dates ahead of us say nothing."""
    from datetime import UTC, datetime

    if artifact["version"] == known["version"]:
        return False
    try:
        now, then = (datetime.fromisoformat(str(found.get("since"))) for found in (artifact, known))
        return now < then <= datetime.now(UTC)
    except (ValueError, TypeError):
        return False


def _warn(message: str) -> None:
    import logging

    logging.getLogger("cuebook").warning(message)


def load_prompt(
    ref: str,
    *,
    registry: str | os.PathLike[str] | None = None,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    unit: Unit | None = None,
    digest: str | None = None,
    fallback: Fallback | None = None,
    timeout: float = TIMEOUT,
    max_stale: float = MAX_STALE,
) -> Prompt:
    """The prompt a ref names, such as ``qa-assistant@production`` or ``prompts:/qa-assistant/3``.

    ``registry`` is a URL, the path of a checkout or built site, or what CUEBOOK_REGISTRY says.
    ``token`` (or CUEBOOK_TOKEN, for the registry of CUEBOOK_REGISTRY) and ``headers`` open a private one; a
    token that expires wants a ``Client``.
    ``unit``, such as a user's id, gets its version where a share of units tries other ones.
    ``digest`` (``sha256:...``, from the version's page) accepts that version and no other.
    ``fallback`` is an artifact (or the path of its JSON) for when no copy younger than ``max_stale``
    seconds can be had. Raises one of the RefErrors, RegistryUnreachable, DigestMismatch.
    """
    client = _client(registry, token, headers)
    return client.load(ref, unit=unit, digest=digest, fallback=fallback, timeout=timeout, max_stale=max_stale)


async def aload_prompt(
    ref: str,
    *,
    registry: str | os.PathLike[str] | None = None,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    unit: Unit | None = None,
    digest: str | None = None,
    fallback: Fallback | None = None,
    timeout: float = TIMEOUT,
    max_stale: float = MAX_STALE,
) -> Prompt:
    """As ``load_prompt``, without blocking the event loop."""
    client = _client(registry, token, headers)
    return await client.aload(
        ref, unit=unit, digest=digest, fallback=fallback, timeout=timeout, max_stale=max_stale
    )


_clients: dict[tuple[object, ...], Client] = {}


def _client(
    registry: str | os.PathLike[str] | None,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Client:
    """One client for each registry and way to open it."""
    place = registry or os.environ.get(REGISTRY)
    opened = token or os.environ.get(TOKEN)
    key = (place, opened, tuple(headers.items()) if headers else None)
    return _clients.get(key) or _clients.setdefault(key, Client(place, token=token, headers=headers))

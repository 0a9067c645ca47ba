"""Where published prompts come from: a web server, a folder, a checkout; and copies of them on disk."""

# pathlib takes longer to import than all of this to run:
# ruff: noqa: PTH100, PTH113

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from cuebook.core.canonical import PUBLISHED_DEPTH, read_json
from cuebook.core.environment import REGISTRY, TOKEN
from cuebook.core.errors import UPGRADE, CuebookError, MissingExtra, RegistryUnreachable, UsageError
from cuebook.core.refs import LATEST, Ref, unknown_alias, unknown_prompt, unknown_version

if TYPE_CHECKING:
    from cuebook.client.access import Access, Token

MAX_BYTES = 16 << 20
UNFINISHED = 8
"""Requests that were given up and go on in their threads; a server that holds more is asked no more."""
_API = "api/v1"
_HOW_TO_OPEN = f"a private registry asks who you are: pass token=, or set {TOKEN} and {REGISTRY}"
_KEPT_BACK = f"{TOKEN} is for the registry that {REGISTRY} names: set that, or pass token="
_CLOSED = f"look at what was sent: {TOKEN}, token=, headers= or the name in the address; it may have ended"


class Fetched(NamedTuple):
    """An artifact's bytes, and what to ask with next time."""

    body: bytes
    etag: str | None


FetchResult = Fetched | Literal["missing", "current"]


class RegistrySource(Protocol):
    """Where artifacts come from. ``get`` returns None when the copy with this ETag is current."""

    place: str

    def get(self, ref: Ref, etag: str | None, timeout: float) -> Fetched | None:
        """The artifact of a ref. Raises one of the RefErrors, RegistryUnreachable."""


def open_registry(
    place: str, headers: Mapping[str, str] | None = None, token: Token | None = None
) -> RegistrySource:
    """The registry at a URL or path; nothing is asked yet. Raises UsageError.

    ``headers`` and ``token`` go to a URL's own origin only; a folder needs none.
    """
    if not place:
        raise UsageError("no registry is named", f"pass registry=..., or set {REGISTRY} to a URL or folder")
    scheme, mark, _ = place.partition("://")
    if scheme in {"http", "https"}:
        from cuebook.client.access import Access

        return _Web(Access(place, headers, token))
    if place.startswith("file:"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return _Local(url2pathname(urlsplit(place).path))
    if mark:
        raise UsageError(f"a registry cannot be at {scheme}://", "name one at https:// or file://, or a path")
    return _Local(place)


def artifact_path(ref: Ref) -> str:
    """Where a ref's artifact is published, below the site's root."""
    part = f"versions/{ref.version}" if ref.version else f"aliases/{ref.alias}"
    return f"{_API}/prompts/{ref.name}/{part}.json"


def _why_missing(ref: Ref, place: str, read: Callable[[str], Any]) -> CuebookError:
    """The error for an artifact that is not there, after a look at the indexes."""
    try:
        return _nearest(ref, place, read)
    except (KeyError, TypeError, AttributeError):
        return RegistryUnreachable(f"an index of {place} is damaged")


def _nearest(ref: Ref, place: str, read: Callable[[str], Any]) -> CuebookError:
    index = read(f"{_API}/prompts/{ref.name}/index.json")
    if index is None:
        root = read(f"{_API}/index.json")
        if root is None:
            what = f"there is no registry at {place}: it has no {_API}/index.json"
            return RegistryUnreachable(what, f"name what {_API} is below; {_HOW_TO_OPEN}")
        names = [entry["name"] for entry in root["prompts"]]
        if ref.name not in names:
            return unknown_prompt(ref.name, names)
    elif ref.version:
        numbers = [entry["version"] for entry in index["versions"]]
        if ref.version not in numbers:
            return unknown_version(ref.name, ref.version, numbers)
    elif ref.alias and ref.alias != LATEST and ref.alias not in index["aliases"]:
        return unknown_alias(ref.name, ref.alias, list(index["aliases"]))
    return RegistryUnreachable(f"{place} lists {ref} but does not have it", "try again when it is published")


def _index(body: bytes, place: str) -> Any:
    try:
        data = read_json(body.decode(), depth=PUBLISHED_DEPTH)
    except ValueError:
        data = None
    schema = str(data.get("schema")) if isinstance(data, dict) else ""
    if schema in ("cuebook/index/1", "cuebook/prompt/1"):
        return data
    if schema.startswith(("cuebook/index/", "cuebook/prompt/")):
        raise RegistryUnreachable(
            f"{place} holds an index of a format that this client does not know", UPGRADE
        )
    raise RegistryUnreachable(f"{place} answered with something that is not an index")


class _Local:
    """A built site, or a checkout: its own files, or the site built from them where YAML cannot be read."""

    def __init__(self, root: str) -> None:
        self.place = os.path.abspath(root)

    def get(self, ref: Ref, etag: str | None, timeout: float) -> Fetched | None:  # noqa: ARG002  the protocol's
        if self._is_published(self.place):
            return self._published(self.place, ref)
        built = self._built()
        if self._is_checkout():
            try:
                return Fetched(_from_checkout(self.place, ref), None)
            except MissingExtra:
                if not self._is_published(built):
                    raise
        if self._is_published(built):
            return self._published(built, ref)
        hint = "name a checkout, or a built site (the folder that holds api/v1)"
        if not os.path.lexists(self.place):
            hint = f"there is no such folder; {hint}; an address begins with https://"
        raise RegistryUnreachable(f"there is no registry in {self.place}", hint)

    def _is_checkout(self) -> bool:
        """Whether it may be one: with settings the folder of prompts may have any name."""
        names = ("prompts", "cuebook.toml", "pyproject.toml")
        return any(os.path.lexists(os.path.join(self.place, name)) for name in names)

    def _built(self) -> str:
        """The site in the output folder: where the environment says, else where ``cuebook init`` puts it."""
        named = os.environ.get("CUEBOOK_OUTPUT")
        places = [named] if named else ["build", os.path.join(".cuebook", "out")]
        sites = [os.path.join(self.place, place, "site") for place in places]
        return next(filter(self._is_published, sites), sites[0])

    def _is_published(self, root: str) -> bool:
        return os.path.isfile(os.path.join(root, _API, "index.json"))

    def _published(self, root: str, ref: Ref) -> Fetched:
        body = self._read(root, artifact_path(ref))
        if body is None:
            raise _why_missing(ref, self.place, lambda path: self._read_index(root, path))
        return Fetched(body, None)

    def _read_index(self, root: str, path: str) -> Any:
        body = self._read(root, path)
        return None if body is None else _index(body, self.place)

    def _read(self, root: str, path: str) -> bytes | None:
        try:
            with open(os.path.join(root, path), "rb") as file:
                return file.read(MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RegistryUnreachable(f"{self.place} cannot be read: {error}") from None


def _from_checkout(root: str, ref: Ref) -> bytes:
    """Bytes of an artifact made from a checkout's own files, which takes the reader of the command line.

    That reader stands on a higher floor and needs libraries that an app may not have, so it is looked
    up by name, here and only when a checkout is asked.
    """
    from importlib import import_module
    from pathlib import Path

    try:
        reader = import_module("cuebook.publish.artifacts")
    except ModuleNotFoundError as error:
        raise MissingExtra(f"{error.name} (to read the files of a checkout)", "cli") from None
    return reader.from_checkout(Path(root), ref)  # type: ignore[no-any-return]


class _Web:
    """A published registry behind HTTP."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.place = access.place
        self._opener: Any = None
        self._given_up: list[Any] = []

    def get(self, ref: Ref, etag: str | None, timeout: float) -> Fetched | None:
        deadline = time.monotonic() + timeout
        found = self._within(artifact_path(ref), etag, deadline)
        if found == "missing":
            raise _why_missing(ref, self.place, lambda path: self._read_index(path, deadline))
        return None if found == "current" else found

    def _read_index(self, path: str, deadline: float) -> Any:
        found = self._within(path, None, deadline)
        return _index(found.body, self.place) if isinstance(found, Fetched) else None

    def _within(self, path: str, etag: str | None, deadline: float) -> FetchResult:
        """The answer to one request, or RegistryUnreachable when it is not whole at the deadline.

        In a thread: looking a name up, connecting, a handshake and headers that drip have no limit in all
        otherwise. What is asked in vain is ended by closing its connection.
        """
        import threading

        self._given_up = [thread for thread in self._given_up if thread.is_alive()]
        if len(self._given_up) >= UNFINISHED:
            raise _unreachable(f"{self.place} has not ended {UNFINISHED} earlier requests")
        request = self._asked(path, etag)
        answers: list[FetchResult | BaseException] = []
        done = threading.Event()

        def ask() -> None:
            try:
                answers.append(self._request(request, path, deadline))
            except BaseException as error:  # noqa: BLE001  raised where it is waited for
                answers.append(error)
            finally:
                done.set()

        thread = threading.Thread(target=ask, name="cuebook-request", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no thread can be had while the interpreter ends
            ask()
        if not done.wait(max(0.0, deadline - time.monotonic())):
            self._given_up.append(thread)
            _close(request.connections)
            raise _unreachable(f"{self.place} cannot be reached: timed out")
        (answer,) = answers
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _asked(self, path: str, etag: str | None) -> Any:
        from urllib.request import Request

        access = self._access
        try:
            made: Any = Request(f"{access.base}/{path}{access.query}")  # noqa: S310  see open_registry
        except ValueError as error:
            what = f"{self.place} cannot be reached: {access.blotted(str(error))}"
            raise RegistryUnreachable(what) from None
        made.add_header("Accept", "application/json")
        made.add_header("User-Agent", "cuebook-client")
        if etag:
            made.add_header("If-None-Match", etag)
        made.secrets = access.sent()
        for name, value in made.secrets.items():
            made.remove_header(name.capitalize())
            made.add_unredirected_header(name, value)
        made.connections = []
        return made

    def _request(self, request: Any, path: str, deadline: float) -> FetchResult:
        from http.client import HTTPException
        from urllib.error import HTTPError

        try:
            self._opener = self._opener or opener()
            left = max(0.001, deadline - time.monotonic())
            with self._opener.open(request, timeout=left) as response:
                return Fetched(_body(response, deadline), response.headers.get("ETag"))
        except HTTPError as error:
            error.close()
            if error.code in {404, 410}:
                return "missing"
            if error.code == 304 and request.has_header("If-none-match"):
                return "current"
            raise self._refused(error.code, path) from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            # A proxy of the environment takes the place of the registry's host, and may be what is away.
            by = (
                ""
                if not request.host or request.host in request.full_url
                else f" through the proxy {request.host}"
            )
            what = f"{self.place} cannot be reached{by}: {self._access.blotted(str(reason))}"
            raise _unreachable(what) from None

    def _refused(self, code: int, path: str) -> RegistryUnreachable:
        """The error for an answer that is no success; of a refusal, with what opens the registry."""
        hint = ""
        if code in {401, 403, 407}:
            unsent = _KEPT_BACK if self._access.is_kept_back else _HOW_TO_OPEN
            hint = _CLOSED if self._access.opens else unsent
        return RegistryUnreachable(f"{self.place} answered {code} for {path}", hint)


def _unreachable(message: str) -> RegistryUnreachable:
    """The error of a registry that is away as a whole, so that no other prompt need be asked for."""
    error = RegistryUnreachable(message)
    error.away = True
    return error


def _close(connections: list[Any]) -> None:
    import socket

    for connection in connections:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            continue


def _body(response: Any, deadline: float) -> bytes:
    """The whole body; who reads it has given up at the deadline."""
    parts, size = [], 0
    while part := response.read1(1 << 16):
        size += len(part)
        if size > MAX_BYTES:
            raise ValueError(f"the answer is larger than {MAX_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")
        parts.append(part)
    return b"".join(parts)


def opener() -> Any:
    """Return an opener for HTTP and HTTPS only, which never goes from HTTPS back to HTTP.

    Secrets of a request are sent on only while a redirect stays at the request's origin.
    """
    from http.client import HTTPConnection, HTTPSConnection
    from urllib import request
    from urllib.error import URLError

    from cuebook.client.access import is_near, origin

    class Proxy(request.ProxyHandler):
        # What goes to this machine in clear goes by way of no other.
        def proxy_open(self, req: Any, proxy: Any, type: Any) -> Any:  # noqa: A002  the library's name
            return None if is_near(req.host) else super().proxy_open(req, proxy, type)

    class Redirect(request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            scheme = newurl.partition(":")[0].lower()
            if scheme not in {"https", req.type}:
                fp.close()
                raise URLError(f"it redirects to {scheme}, which is not followed")
            made: Any = super().redirect_request(req, fp, code, msg, headers, newurl)
            if made is not None:
                made.connections = getattr(req, "connections", [])
                # Once a request has left the registry's origin, nothing brings its secrets back.
                is_home = origin(req.full_url) == origin(newurl)
                made.secrets = getattr(req, "secrets", {}) if is_home else {}
                for name, value in made.secrets.items():
                    made.remove_header(name.capitalize())
                    made.add_unredirected_header(name, value)
            return made

    class Http(request.HTTPHandler):
        def http_open(self, req: Any) -> Any:
            return self.do_open(_noting(HTTPConnection, req), req)

    class Https(request.HTTPSHandler):
        def https_open(self, req: Any) -> Any:
            return self.do_open(_noting(HTTPSConnection, req), req)

    made = request.OpenerDirector()
    for handler in (
        Proxy,
        Http,
        Https,
        Redirect,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
    ):
        made.add_handler(handler())
    return made


def _noting(kind: Callable[..., Any], request: Any) -> Callable[..., Any]:
    """A maker of connections that a request knows by, so that they can be closed."""

    def make(host: str, **settings: Any) -> Any:
        made = kind(host, **settings)
        if hasattr(request, "connections"):
            request.connections.append(made)
        return made

    return make

"""Where published prompts come from: a web server, a folder, a checkout; and copies of them on disk."""

# pathlib takes longer to import than all of this to run:
# ruff: noqa: PTH100, PTH103, PTH112, PTH113, PTH120

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

from cuebook.core.canonical import PUBLISHED_DEPTH, read_json
from cuebook.core.errors import CuebookError, MissingExtra, RegistryUnreachable, UsageError
from cuebook.core.refs import LATEST, Ref, unknown_alias, unknown_prompt, unknown_version

ENVIRONMENT = "CUEBOOK_REGISTRY"
MAX_BYTES = 16 << 20
_API = "api/v1"


class Fetched(NamedTuple):
    """An artifact's bytes, and what to ask with next time."""

    body: bytes
    etag: str | None


class RegistrySource(Protocol):
    """Where artifacts come from. ``get`` returns None when the copy with this ETag is current."""

    place: str

    def get(self, ref: Ref, etag: str | None, timeout: float) -> Fetched | None:
        """The artifact of a ref. Raises one of the RefErrors, RegistryUnreachable."""


def open_registry(place: str) -> RegistrySource:
    """The registry at a URL or path; nothing is asked yet. Raises UsageError."""
    if not place:
        raise UsageError(
            "no registry is named", f"pass registry=..., or set {ENVIRONMENT} to a URL or folder"
        )
    scheme, mark, _ = place.partition("://")
    if scheme in {"http", "https"}:
        return _Web(place.rstrip("/").removesuffix(f"/{_API}"))
    if place.startswith("file:"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return _Local(url2pathname(urlsplit(place).path))
    if mark:
        raise UsageError(f"a registry is at https://, file:// or a path, not at {scheme}://")
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
            return RegistryUnreachable(f"there is no registry at {place}: it has no {_API}/index.json")
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
    if not isinstance(data, dict) or data.get("schema") not in ("cuebook/index/1", "cuebook/prompt/1"):
        raise RegistryUnreachable(f"{place} answered with something that is not an index")
    return data


class _Local:
    """A built site, or a checkout: its own files, or the site built from them where YAML cannot be read."""

    def __init__(self, root: str) -> None:
        self.place = os.path.abspath(root)

    def get(self, ref: Ref, etag: str | None, timeout: float) -> Fetched | None:  # noqa: ARG002  the protocol's
        if self._is_published(self.place):
            return self._published(self.place, ref)
        built = self._built()
        if os.path.isdir(os.path.join(self.place, "prompts")):
            try:
                return Fetched(_from_checkout(self.place, ref), None)
            except MissingExtra:
                if not self._is_published(built):
                    raise
        if self._is_published(built):
            return self._published(built, ref)
        hint = "name a checkout, or a built site (the folder that holds api/v1)"
        raise RegistryUnreachable(f"there is no registry in {self.place}", hint)

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

    def __init__(self, base: str) -> None:
        self.place = base
        self._opener: Any = None

    def get(self, ref: Ref, etag: str | None, timeout: float) -> Fetched | None:
        found = self._request(artifact_path(ref), etag, timeout)
        if found == "missing":
            raise _why_missing(ref, self.place, lambda path: self._read_index(path, timeout))
        return None if found == "current" else found

    def _read_index(self, path: str, timeout: float) -> Any:
        found = self._request(path, None, timeout)
        return _index(found.body, self.place) if isinstance(found, Fetched) else None

    def _request(
        self, path: str, etag: str | None, timeout: float
    ) -> Fetched | Literal["missing", "current"]:
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import Request

        headers = {"Accept": "application/json", "User-Agent": "cuebook-client"}
        if etag:
            headers["If-None-Match"] = etag
        deadline = time.monotonic() + timeout
        try:
            self._opener = self._opener or opener()
            request = Request(f"{self.place}/{path}", headers=headers)  # noqa: S310  http or https, see _open
            with self._opener.open(request, timeout=timeout) as response:
                return Fetched(_body(response, deadline), response.headers.get("ETag"))
        except HTTPError as error:
            error.close()
            if error.code in {404, 410}:
                return "missing"
            if error.code == 304 and etag:
                return "current"
            raise RegistryUnreachable(f"{self.place} answered {error.code} for {path}") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise RegistryUnreachable(f"{self.place} cannot be reached: {reason}") from None


def _body(response: Any, deadline: float) -> bytes:
    """The whole body; the deadline holds for all of it, the socket's own limit for each piece only."""
    parts, size = [], 0
    while part := response.read1(1 << 16):
        size += len(part)
        if size > MAX_BYTES:
            raise ValueError(f"the answer is larger than {MAX_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer took too long")
        parts.append(part)
    return b"".join(parts)


def opener() -> Any:
    """An opener that knows HTTP and HTTPS only, and never goes from HTTPS back to HTTP."""
    from urllib import request
    from urllib.error import URLError

    class Redirect(request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            scheme = newurl.partition(":")[0].lower()
            if scheme not in {"https", req.type}:
                raise URLError(f"it redirects to {scheme}, which is not followed")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    made = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        Redirect,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
    ):
        made.add_handler(handler())
    return made


class DiskCopy(NamedTuple):
    """A copy on disk and its age in seconds."""

    body: bytes
    age: float


class Disk:
    """Copies on disk, one folder a registry. A disk that cannot be used is as good as none."""

    def __init__(self, folder: str, place: str) -> None:
        from hashlib import sha256

        self._root = os.path.join(folder, sha256(place.encode()).hexdigest()[:16])

    def read(self, ref: Ref) -> DiskCopy | None:
        """The copy of a ref's artifact, unchecked, or None."""
        path = os.path.join(self._root, artifact_path(ref))
        try:
            with open(path, "rb") as file:
                age = time.time() - os.fstat(file.fileno()).st_mtime
                return DiskCopy(file.read(MAX_BYTES), max(0.0, age))
        except OSError:
            return None

    def write(self, ref: Ref, body: bytes) -> None:
        """Atomically, so that a process that reads at the same time sees a whole copy."""
        import threading

        path = os.path.join(self._root, artifact_path(ref))
        part = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(part, "wb") as file:
                file.write(body)
            os.replace(part, path)
        except OSError:
            return

    def touch(self, ref: Ref) -> None:
        """Note that the copy was confirmed just now."""
        try:
            os.utime(os.path.join(self._root, artifact_path(ref)))
        except OSError:
            return

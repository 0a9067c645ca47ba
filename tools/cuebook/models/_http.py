"""The client of OpenAI-compatible endpoints. Importing this file imports aiohttp (0.3 s)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from cuebook.core.errors import Aborted, CaseFailed, Retryable
from cuebook.core.wire import SAME, Provider, asked_as, providers
from cuebook.models import _wire
from cuebook.models._catalog import names, price_of
from cuebook.models._failures import complaint, failure, is_filtered
from cuebook.registry.settings import Settings
from cuebook.shapes.run import FILTERED, ModelCall, ModelReply
from cuebook.wording.elsewhere import no_key

MAX_REPLY = 8 << 20
"""Bytes of the largest body that is read."""

CONNECT = 20.0
"""Seconds that opening a connection may take."""

_DUMMY = 12


class _Proxy(NamedTuple):
    """What calls go through (None: nothing), the variable that names it, and what goes past it."""

    url: str | None = None
    named_by: str = ""
    past: str = ""


class _Server:
    """One endpoint made ready: address, headers and proxy. The key shows in no message and no repr."""

    def __init__(self, name: str, base_url: str, keys: Sequence[str], row: Provider | None) -> None:
        self.name = name
        self.row = row
        self.key_name = next((key for key in keys if os.environ.get(key, "").strip()), (*keys, "")[0])
        self.url = f"{base_url.rstrip('/')}/chat/completions"
        self.proxy = _proxy(name, base_url)
        self.key = _key(name, self.key_name) if self.key_name else ""
        self.headers = {"Content-Type": "application/json", "User-Agent": "cuebook"}
        if self.key:
            self.headers["Authorization"] = f"Bearer {self.key}"

    def blotted(self, data: bytes) -> bytes:
        """A body without the key, should the server repeat it; a dummy key may be any word and stays."""
        return data.replace(self.key.encode(), b"***") if len(self.key) >= _DUMMY else data


class HttpClient:
    """Asks the endpoints of the settings, over one pool of connections."""

    def __init__(self, config: Settings) -> None:
        self._config = config
        self._servers: dict[str, _Server] = {}
        self._session: aiohttp.ClientSession | None = None

    async def complete(self, call: ModelCall) -> ModelReply:
        """The reply to one call, tried once. Raises Retryable, CaseFailed or Aborted."""
        name = call.model.partition("/")[0]
        server = self._server(name)
        asked, _ = asked_as(call.model, self._config.likes)
        body = {"model": asked, "messages": _wire.chat(call), **_wire.settings(call, server.row)}
        start = time.perf_counter()
        status, headers, data = await self._post(server, json.dumps(body, separators=(",", ":")).encode())
        seconds = time.perf_counter() - start
        if not 200 <= status < 300:
            found = complaint(data)
            if is_filtered(status, found):
                return ModelReply("", call.model, seconds=seconds, finish=FILTERED)
            known = names(name) if status == 404 else ()
            raise failure(status, found, headers, model=call.model, key_name=server.key_name, known=known)
        return _wire.read_reply(data, call, partial(price_of, call.model, self._config), seconds)

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        if self._session:
            await self._session.close()

    def _server(self, name: str) -> _Server:
        if name not in self._servers:
            own = self._config.endpoints.get(name)
            row = providers().get((own.like or "") if own else SAME.get(name, name))
            if own:
                keys = [own.api_key_env] if own.api_key_env else []
                self._servers[name] = _Server(name, own.base_url, keys, row)
            elif row:
                self._servers[name] = _Server(name, row.url, row.keys, row)
        return self._servers[name]

    async def _post(self, server: _Server, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower-case names) and body of the answer."""
        where = f"endpoint {server.name!r}"
        try:
            async with self._open().post(
                server.url, data=body, headers=server.headers, proxy=server.proxy.url, allow_redirects=False
            ) as answer:
                data = server.blotted(await _body(answer, where))
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}, data
        except aiohttp.ConnectionTimeoutError:
            raise Retryable(f"{where}: no connection within {CONNECT:g} s", unreachable=True) from None
        except TimeoutError:
            raise Retryable(f"{where}: no answer within {self._config.timeout:g} s") from None
        except aiohttp.ClientConnectorCertificateError as error:
            why, cure = mistrust(error.certificate_error)
            raise Aborted(f"{where}: its certificate {why}", cure, cause="unreachable") from None
        except aiohttp.ClientConnectorSSLError as error:
            what = f"{where}: {error.host}:{error.port} does not answer by https"
            raise Aborted(
                what, "begin its base_url with http://, if it has no https", cause="unreachable"
            ) from None
        except aiohttp.ClientProxyConnectionError as error:
            proxy = f"the proxy {error.host}:{error.port} of {server.proxy.named_by}"
            what = f"cannot connect to {proxy} ({_why(error)}); {server.proxy.past} goes past it"
            raise Retryable(f"{where}: {what}", unreachable=True) from None
        except (aiohttp.InvalidURL, ValueError):
            what = f"{where}: its address cannot be asked"
            raise Aborted(what, "check its base_url and the proxy", cause="unreachable") from None
        except (aiohttp.ClientError, OSError) as error:
            lost = isinstance(error, aiohttp.ClientConnectionError | OSError)
            raise Retryable(f"{where}: {_named(error)}", unreachable=lost) from None

    def _open(self) -> aiohttp.ClientSession:
        """The one session, opened inside the running loop. The engine limits the calls in flight."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._config.timeout, sock_connect=CONNECT),
            )
        return self._session


async def _body(answer: aiohttp.ClientResponse, where: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > MAX_REPLY:
            raise CaseFailed(f"{where}: the answer is larger than {MAX_REPLY >> 20} MiB")
        parts.append(part)
    return b"".join(parts)


_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def _named(error: Exception) -> str:
    """What went wrong, with the host at most: addresses and headers may hold secrets."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no address is known for {error.host}: is base_url written right, and the network there?"
    if isinstance(error, aiohttp.ClientConnectorError):
        said = f"cannot connect to {error.host}:{error.port} ({_why(error)})"
        return f"{said}: is the server running?" if error.host in _HERE else said
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer was cut off"
    if isinstance(error, aiohttp.ServerDisconnectedError | OSError):
        return "the connection was closed before an answer came"
    return type(error).__name__


_DATES = {9: "is not valid yet", 10: "has expired"}
"""OpenSSL's numbers of what is wrong with the days of a certificate."""
_NAMES = frozenset({62, 63, 64})
"""Those of a certificate that names another host, mail address or IP address."""


def mistrust(error: Exception) -> tuple[str, str]:
    """Return why a certificate is not trusted, and what helps."""
    code = getattr(error, "verify_code", 0)
    if code in _DATES:
        return _DATES[code], "whoever runs the server has to renew it; or is the clock of this machine wrong?"
    if code in _NAMES:
        return "names another host", "check the host in its base_url"
    said = getattr(error, "verify_message", "")
    why = f"is not trusted ({said})" if said else "is not trusted"
    return why, "check its base_url; where the network has certificates of its own, set SSL_CERT_FILE"


def _why(error: aiohttp.ClientConnectorError) -> str:
    number = error.os_error.errno
    return os.strerror(number) if number else error.os_error.strerror or "refused"


def _key(name: str, variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key:
        raise Aborted(no_key(f"endpoint {name!r}", variable), f"export {variable}=...", cause="no_key")
    if not (key.isascii() and key.isprintable()):
        what = f"the key in {variable} holds characters that no key has"
        raise Aborted(what, f"export {variable}=...", cause="wrong_key")
    return key


def _proxy(name: str, url: str) -> _Proxy:
    """The environment's proxy for an address; aiohttp's own way reads ~/.netrc, in two threads a call."""
    try:
        parts = urlsplit(url)
    except ValueError:  # the request itself will say so
        return _Proxy()
    if parts.hostname is None or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return _Proxy()
    found = getproxies()
    kind = next((kind for kind in (parts.scheme, "all") if found.get(kind)), "")
    if not kind:
        return _Proxy()
    named = (f"{kind}_proxy", f"{kind}_proxy".upper())
    variable = next((known for known in named if os.environ.get(known)), "the system's settings")
    past = f"NO_PROXY={parts.hostname}"
    # As curl takes it: an address without a scheme is one of http.
    proxy = found[kind] if "://" in found[kind] else f"http://{found[kind]}"
    scheme = proxy.partition("://")[0].lower()
    if scheme not in {"http", "https"}:
        what = f"endpoint {name!r}: {variable} names a proxy with {scheme[:20]}://, which is not supported"
        cure = f"name a proxy with http:// or https://, or go past it: {past}"
        raise Aborted(what, cure, cause="unreachable")
    return _Proxy(proxy, variable, past)

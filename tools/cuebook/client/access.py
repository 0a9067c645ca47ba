"""Access to a registry that is not public: its address without secrets, and what is sent to it alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from cuebook.core.environment import REGISTRY, TOKEN
from cuebook.core.errors import RegistryUnreachable, UsageError

Token = str | Callable[[], str]
"""A token, or what makes one for each request, for tokens that expire."""
_SHORTEST = 4
"""Characters of a header's value that may be a secret; a shorter one is a word that messages need."""


class Access:
    """The address of a registry and what proves who asks.

    ``place`` is the address as it may be shown, ``base`` and ``query`` that of each request; ``is_kept_back``
    says that the environment's token is for another registry or for none.
    Raises UsageError for headers that cannot be sent, and where a secret would go out in clear.
    """

    def __init__(
        self, address: str, headers: Mapping[str, str] | None = None, token: Token | None = None
    ) -> None:
        address, mark, query = address.partition("?")
        scheme, _, rest = address.rstrip("/").removesuffix("/api/v1").partition("://")
        authority, slash, path = rest.partition("/")
        user, at, host = authority.rpartition("@")
        self.base = f"{scheme}://{host}{slash}{path}"
        self.query = mark + query
        self.place = f"{scheme}://{'***@' if at else ''}{host}{slash}{path}{'?***' if query else ''}"
        self._headers = dict(headers or {})
        self._secrets = {query, *(part.partition("=")[2] for part in query.split("&"))}
        self._token = token
        self._recent: tuple[str, ...] = ()
        self.is_kept_back = False
        if at:
            basic, words = _basic(user)
            self._secrets |= words
            if token is None and "authorization" not in map(str.lower, self._headers):
                self._headers["Authorization"] = basic
        elif token is None and "authorization" not in map(str.lower, self._headers):
            self._token = _from_environment(self.base)
            self.is_kept_back = self._token is None and bool(os.environ.get(TOKEN))
        if self._token is not None and "authorization" in map(str.lower, self._headers):
            raise UsageError("a token and a header Authorization are given", "pass only one of them")
        _refuse_unsendable(self._headers)
        self._secrets |= set(self._headers.values())
        if scheme == "http" and not is_near(host) and (headers or self._token):
            what = f"headers or a token would be sent to {self.place} unencrypted"
            cure = f"write https://; http:// only goes with a loopback address, or without {TOKEN}"
            raise UsageError(what, cure)
        if isinstance(self._token, str):
            self._bearing(self._token)

    def sent(self) -> dict[str, str]:
        """The headers of one request, for the registry's own origin. Raises RegistryUnreachable."""
        if self._token is None or isinstance(self._token, str):
            return self._bearing(self._token)
        try:
            return self._bearing(self._token())
        except UsageError as error:
            raise RegistryUnreachable(error.message, error.hint) from None
        except Exception as error:  # noqa: BLE001  the app's own code; its words may hold a secret
            what = f"the token for {self.place} could not be made: {type(error).__name__}"
            raise RegistryUnreachable(what, "look at the function that is passed as token=") from None

    def _bearing(self, token: str | None) -> dict[str, str]:
        if token is None and self._token is None:
            return dict(self._headers)
        made = {
            **self._headers,
            "Authorization": f"Bearer {token}" if isinstance(token, str) and token else "",
        }
        _refuse_unsendable(made)
        self._recent = (*self._recent[-3:], str(token))
        return made

    @property
    def opens(self) -> bool:
        """Whether there is anything that a registry could ask for."""
        return bool(self._headers or self._token or self.query)

    def blotted(self, text: str) -> str:
        """A text without any of the secrets."""
        for secret in sorted({*self._secrets, *self._recent}, key=len, reverse=True):
            if len(secret) >= _SHORTEST:
                text = text.replace(secret, "***")
        return text


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL, the port of its scheme where it names none. Raises ValueError."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", usual if parts.port is None else parts.port


def _from_environment(base: str) -> str | None:
    """The token of the environment, for the registry that this names; another's address may be anybody's."""
    token, named = os.environ.get(TOKEN), os.environ.get(REGISTRY, "")
    try:
        return token if token and origin(named) == origin(base) else None
    except ValueError:
        return None


def _basic(user: str) -> tuple[str, set[str]]:
    """The header's value for a name and password, and each form of them that is secret."""
    from base64 import b64encode
    from urllib.parse import unquote_to_bytes

    name, _, password = user.partition(":")
    plain = unquote_to_bytes(password)
    value = "Basic " + b64encode(unquote_to_bytes(name) + b":" + plain).decode()
    return value, {user, password, plain.decode(errors="replace"), value.removeprefix("Basic ")}


def _refuse_unsendable(headers: Mapping[str, str]) -> None:
    """Refuse what no header can hold, before a library does so and shows it."""
    for name, value in headers.items():
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            what = f"the value for the header {name!r} cannot be sent: it is not a line of ASCII"
            raise UsageError(what, "a token read from a file ends in a line break: remove it with .strip()")
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise UsageError(f"{name!r} is not a header name", 'write headers={"X-Api-Key": "..."}')


def is_near(host: str) -> bool:
    """Whether a host, maybe with its port, is this machine."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    numbers = name.split(".")
    is_four = len(numbers) == 4 and all(number.isdigit() for number in numbers)
    return name in {"localhost", "::1"} or (is_four and numbers[0] == "127")

"""The only module that talks to GitHub's REST API: small verbs over one guarded request.

The token comes from the environment, goes to the API's own host only, and is in no message. Answers are
read up to a limit. What may work later is tried again; a request that may have had its effect is not.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from cuebook.core.errors import GitHubError, Refused, UsageError
from cuebook.core.escape import shorten

MORE_FILES = "the repository has more files than GitHub lists at once"
"""What to say of a list of files that is cut off."""
API = "https://api.github.com"
JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"

MAX_JSON = 32 << 20
"""Bytes of one JSON answer: a page of 100 comments may hold 26 MB of text."""

MOST_PAGES = 100
"""Of 100 items each: a list beyond that is not what a run is about, and would use up the hour's requests."""
TRIES = 4
"""With pauses of 1, 2 and 4 seconds: what lasts longer is an outage."""
LONGEST_PAUSE = 60.0
"""Seconds; GitHub asks for a minute where it limits at all, and a step has minutes."""
_TIMEOUT = 30.0
"""Seconds that an answer may take; GitHub itself gives up after ten."""
_MOST_REDIRECTS = 3
"""An artifact takes one, from GitHub to where the bytes lie; a renamed repository takes another."""
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_NEXT = re.compile(r'<([^<>]+)>;[^<]*\brel="?next"?')
_HINTS = {
    401: "the token is wrong or has ended: set GITHUB_TOKEN to a valid one",
    403: "the token lacks a permission; in a workflow grant it under the job's 'permissions:'",
    404: "it is not there, or the token may not see it",
}


class ApiReply(NamedTuple):
    """An answer: its status, headers (lower case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoRedirects(HTTPRedirectHandler):
    """The token must not go where a redirect points, so redirects are followed by hand."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


@dataclass(frozen=True)
class GitHub:
    """One repository, ``owner/name``, at one API. All methods raise GitHubError."""

    repository: str
    token: str = field(default="", repr=False)
    api: str = API
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    _open: OpenerDirector = field(
        default_factory=lambda: build_opener(_NoRedirects), repr=False, compare=False
    )

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON at a path below the repository."""
        return _parsed(self._request("GET", self._url(path, query)))

    def pages(self, path: str, key: str = "", **query: str | int) -> Iterator[Any]:
        """Every item of a list over all its pages; ``key`` names the list inside an object.

        Raises GitHubError for a list of more pages than anyone could mean.
        """
        url = self._url(path, {"per_page": 100, **query})
        for _ in range(MOST_PAGES):
            reply = self._request("GET", url)
            page = _parsed(reply)
            items = page.get(key) if key and isinstance(page, dict) else page
            if not isinstance(items, list):
                raise GitHubError(f"GET {path}: the answer is not a list", _AGAIN)
            yield from items
            found = _NEXT.search(reply.headers.get("link", ""))
            if not found:
                return
            url = urljoin(url, found[1])
            # It would be sent the token.
            if _origin(url) != _origin(self.api):
                where = shorten(_host(url), 100)
                raise GitHubError(f"GitHub points to a next page at {where}, another server", _ADDRESS)
        # Not cut short: who reads a list decides by what is missing in it.
        cure = "delete what is no longer needed there, such as old runs or comments"
        raise GitHubError(f"GET {path}: more than {MOST_PAGES} pages", cure)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that changes something; return the JSON of the answer, None where it is empty."""
        data = None if body is None else json.dumps(body).encode()
        return _parsed(self._request(method, self._url(path, {}), data))

    def download(self, path: str, limit: int, accept: str = JSON) -> bytes:
        """The bytes at a path, at most ``limit``, also where they lie on another server."""
        return self._request("GET", self._url(path, {}), limit=limit, accept=accept).body

    def _url(self, path: str, query: Mapping[str, str | int]) -> str:
        words = f"?{urlencode(query)}" if query else ""
        return f"{self.api}/repos/{self.repository}{f'/{path}' if path else ''}{words}"

    def _request(
        self, method: str, url: str, data: bytes | None = None, *, limit: int = MAX_JSON, accept: str = JSON
    ) -> ApiReply:
        what = f"{method} {urlsplit(url).path.partition('/repos/')[2]}"
        for attempt in range(1, TRIES + 1):
            try:
                reply = self._once(method, url, data, limit, accept)
            except (URLError, OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                # Without an answer nobody knows whether a POST was carried out: it might make a thing twice.
                if attempt == TRIES or method == "POST":
                    raise GitHubError(
                        f"{what}: no answer ({shorten(str(reason), 200)})", "try again later"
                    ) from None
                self.sleep(_pause(attempt, {}))
                continue
            if reply.status < 300:
                return reply
            if attempt == TRIES or not _may_work_later(method, reply):
                raise _error(what, reply)
            self.sleep(_pause(attempt, reply.headers))
        raise AssertionError("unreachable")

    def _once(self, method: str, url: str, data: bytes | None, limit: int, accept: str) -> ApiReply:
        """One request and its redirects, the token left behind when they lead to another server."""
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._ask(method, url, data, limit, accept)
            target = reply.headers.get("location", "")
            if reply.status not in {301, 302, 303, 307, 308} or not target:
                return reply
            # A redirected request would be sent again as a GET, and change nothing.
            if method != "GET":
                raise GitHubError(f"{method} was redirected", "has the repository been renamed?")
            url = urljoin(url, target)
            if urlsplit(url).scheme != "https" and _origin(url) != _origin(self.api):
                raise GitHubError(f"GitHub points to {shorten(_host(url), 100)} without https", _ADDRESS)
        raise GitHubError(f"{method}: too many redirects", _ADDRESS)

    def _ask(self, method: str, url: str, data: bytes | None, limit: int, accept: str) -> ApiReply:
        headers = {"User-Agent": "cuebook"}
        if _origin(url) == _origin(self.api):
            headers |= {"Accept": accept, "X-GitHub-Api-Version": "2022-11-28"}
            headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = Request(url, data, headers, method=method)  # noqa: S310  the scheme was checked
        try:
            with self._open.open(request, timeout=_TIMEOUT) as answer:
                # Read as far as allowed, whatever length its header promises.
                found: bytes = answer.read(limit + 1)
                if len(found) > limit:
                    raise GitHubError(f"the answer has more than {limit:,} bytes", "nothing of it was used")
                return ApiReply(answer.status, _lower(answer.headers), found)
        except HTTPError as error:
            with error:
                # Only the message in it is shown, so that no answer can fill the memory.
                return ApiReply(error.code, _lower(error.headers), error.read(65_536))


def from_environment(repository: str = "", token: str = "") -> GitHub:
    """The repository that a workflow runs in, or the one named, with the token of the environment.

    Reads GITHUB_REPOSITORY, GITHUB_TOKEN (else GH_TOKEN), where no ``token`` is given, and GITHUB_API_URL.
    Raises UsageError.
    """
    name = repository or os.environ.get("GITHUB_REPOSITORY", "")
    # It becomes a part of every path, in which dots would lead to another one.
    if not _REPOSITORY.fullmatch(name) or {".", ".."} & set(name.split("/")):
        raise UsageError(f"{name!r} is not a repository on GitHub", "set GITHUB_REPOSITORY=owner/name")
    token = (token or os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or "").strip()
    if not token:
        raise UsageError("there is no token for GitHub", "set GITHUB_TOKEN")
    # It becomes a header, in which a line feed would begin the next one.
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UsageError("the token for GitHub holds characters that no token has", "set GITHUB_TOKEN again")
    api = os.environ.get("GITHUB_API_URL", "").rstrip("/") or API
    if urlsplit(api).scheme != "https" and urlsplit(api).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise UsageError(
            f"GITHUB_API_URL is {api}: the token would be sent without encryption", "begin it with https://"
        )
    return GitHub(name, token, api)


def segment(text: str) -> str:
    """Return text quoted as one part of a path, slashes included."""
    return quote(text, safe="")


def _lower(headers: Any) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()} if headers else {}


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _host(url: str) -> str:
    return urlsplit(url).hostname or "nowhere"


_AGAIN = "run it again later; https://www.githubstatus.com says whether GitHub has trouble"
_ADDRESS = "set GITHUB_API_URL to the address of your GitHub's API, such as https://api.github.com"


def _parsed(reply: ApiReply) -> Any:
    if not reply.body:
        return None
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):  # the second for an answer of brackets alone
        what = "GitHub answered with something that is not JSON"
        raise GitHubError(what, _AGAIN, status=reply.status) from None


def _may_work_later(method: str, reply: ApiReply) -> bool:
    """Too many requests were not carried out; after a server's error that is known of GET alone."""
    # GitHub refuses too many requests by 403 as well, which else means: not allowed, and never will be.
    throttled = "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") == "0"
    if reply.status == 429 or (reply.status == 403 and throttled):
        return True
    return reply.status >= 500 and (method != "POST" or "retry-after" in reply.headers)


def _pause(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds until the next try: what GitHub asks for, else 1, 2, 4, ...; never more than a minute."""
    asked = headers.get("retry-after", "")
    return min(LONGEST_PAUSE, float(asked) if asked.isdecimal() else float(2 ** (attempt - 1)))


def _error(what: str, reply: ApiReply) -> GitHubError:
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError):
        said = None
    message = str(said.get("message", "")) if isinstance(said, dict) else ""
    text = f"{what}: GitHub answered {reply.status}{f' ({shorten(message, 200)})' if message else ''}"
    # Too many requests are no refusal: a later one may well be answered.
    kind = Refused if 400 <= reply.status < 500 and reply.status != 429 else GitHubError
    return kind(text, _HINTS.get(reply.status, ""), status=reply.status)

"""How a REST route is declared: method, path, and the permission that GitHub's documentation asks for.

A module in ``routes/`` declares its routes with :func:`route`; the folder is scanned, no list names them.
Permissions follow "Permissions required for GitHub Apps" in GitHub's REST documentation.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from workflows.runner.model import Issue, PullRequest, Token

if TYPE_CHECKING:
    from workflows.runner.github import GitHub

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass
class Reply:
    """What is sent back; ``body`` is JSON unless it is bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An answer other than success, with GitHub's message."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = Reply(
            status, {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}, named
        )


@dataclass
class Call:
    """One request as a route sees it. ``repository`` is the full name in its path, ours or a fork's."""

    github: GitHub
    token: Token | None
    repository: str
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: Mapping[str, str]
    answered: dict[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        """Who a job's token acts as."""
        return "github-actions[bot]"

    def page(self, items: Sequence[Any]) -> list[Any]:
        """The page that was asked for, 30 items unless told otherwise; sets the Link header."""
        size = min(100, max(1, int(self.query.get("per_page", 30))))
        number = max(1, int(self.query.get("page", 1)))
        last = max(1, -(-len(items) // size))
        wanted = {"next": number + 1, "last": last} if number < last else {}
        if number > 1:
            wanted |= {"first": 1, "prev": number - 1}
        base = f"{self.github.api_url}{self.path}"
        links = [
            f'<{base}?{urlencode({**self.query, "per_page": size, "page": to})}>; rel="{name}"'
            for name, to in wanted.items()
        ]
        if links:
            self.answered["Link"] = ", ".join(links)
        return list(items[(number - 1) * size : number * size])

    def field(self, name: str, kind: type | tuple[type, ...] = str) -> Any:
        """A field that the request must send; 422 without it."""
        value = self.body.get(name) if isinstance(self.body, dict) else None
        if not isinstance(value, kind):
            raise Refused(422, f"Invalid request.\n\n{name!r} wasn't supplied or is of a wrong type.")
        return value

    def commit(self, revision: str) -> str:
        """The SHA of a branch, tag or SHA; 404 when there is none."""
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if found := self.github.repository.resolve(name):
                return found
        raise Refused(
            422 if re.fullmatch(r"[0-9a-f]{40}", revision) else 404, f"No commit found for: {revision}"
        )

    def issue(self, number: int) -> Issue:
        """An issue or pull request; 404 when there is none."""
        if number not in self.github.issues:
            raise Refused(404, "Not Found")
        return self.github.issues[number]

    def pull(self, number: int) -> PullRequest:
        """A pull request; 404 when there is none."""
        found = self.issue(number)
        if not isinstance(found, PullRequest):
            raise Refused(404, "Not Found")
        return found


Handler = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """A declared route. ``needs`` lists the permissions of which one is enough."""

    method: str
    pattern: re.Pattern[str]
    needs: tuple[tuple[str, str], ...]
    handler: Handler

    def permissions(self, call: Call, numbers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """What this call needs; the scope ``issue`` is that of pull requests where the number is one."""
        if self.needs and self.needs[0][0] == "issue":
            level = self.needs[0][1]
            found = call.github.issues.get(_number(call, numbers))
            pull = (("pull-requests", level),) if isinstance(found, PullRequest) else ()
            return (*pull, ("issues", level))
        return self.needs


def _number(call: Call, values: Mapping[str, str]) -> int:
    if "comment" in values:
        comment = call.github.comments.get(int(values["comment"]))
        return comment.number if comment else 0
    return int(values["number"])


ROUTES: list[Route] = []


def route(method: str, path: str, needs: str) -> Callable[[Handler], Handler]:
    """Declare a route. ``{name}`` matches a segment, ``{name:int}`` digits, ``{name:rest}`` everything.

    ``needs`` reads ``scope: level``, alternatives separated by ``|``. ``metadata: read`` is always there,
    ``administration: read`` never.
    """

    def declare(handler: Handler) -> Handler:
        kinds = {"": "[^/]+", "int": "[0-9]+", "rest": ".*"}
        pattern = re.sub(
            r"\{(\w+)(?::(\w+))?\}", lambda found: f"(?P<{found[1]}>{kinds[found[2] or '']})", path
        )
        wanted = tuple(
            (scope.strip(), level.strip()) for scope, level in (item.split(":") for item in needs.split("|"))
        )
        ROUTES.append(Route(method, re.compile(f"^{pattern}$"), wanted, handler))
        return handler

    return declare


@cache
def all_routes() -> Sequence[Route]:
    """Every declared route, in the order of the files' names."""
    for path in sorted((Path(__file__).parent / "routes").glob("[a-z]*.py")):
        importlib.import_module(f"workflows.runner.routes.{path.stem}")
    return ROUTES


def demand(call: Call, route: Route, values: Mapping[str, str]) -> None:
    """Raise Refused unless the call's token has what the route needs."""
    wanted = route.permissions(call, values)
    if call.repository != call.github.full_name:
        if call.method == "GET":
            return
    elif call.token is not None and any(call.token.may(scope, level) for scope, level in wanted):
        return
    accepted = "; ".join(f"{scope.replace('-', '_')}={level}" for scope, level in wanted)
    raise Refused(403, "Resource not accessible by integration", X_Accepted_GitHub_Permissions=accepted)

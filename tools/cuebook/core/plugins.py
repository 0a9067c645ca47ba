"""What other distributions add to Cuebook through entry points: models of a prefix, scorers of a name.

A plug-in is trusted as any installed package is: nothing that a pull request can change names one.
"""

from __future__ import annotations

import json
import shlex
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, get_args
from urllib.parse import unquote, urlsplit

from cuebook.core.errors import BrokenPlugin
from cuebook.core.format import joined

Group: TypeAlias = Literal["cuebook.models", "cuebook.scorers"]

_Kind = TypeVar("_Kind")


@cache
def _installed() -> dict[str, dict[str, list[metadata.EntryPoint]]]:
    """The entry points by group and name, read once: to look through all distributions takes 20 ms."""
    every = metadata.entry_points()
    found: dict[str, dict[str, list[metadata.EntryPoint]]] = {}
    for group in get_args(Group):
        names = found.setdefault(group, {})
        for entry in every.select(group=group):
            names.setdefault(entry.name, []).append(entry)
    return found


def names(group: Group) -> list[str]:
    """The names that plug-ins offer in a group, sorted."""
    return sorted(_installed()[group])


@cache
def source(group: Group, name: str) -> str:
    """Name and version of the distribution that offers a name, such as ``acme-models 1.2``; empty if none.

    Raises BrokenPlugin when two distributions offer it: which one answers must not depend on their order.
    Kept, as the library reads a distribution's whole metadata for its name.
    """
    found = {
        f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        for entry in _installed()[group].get(name, ())
    }
    if len(found) > 1:
        what = f"{joined(sorted(found))} both offer {name!r} in the entry-point group {group}"
        raise BrokenPlugin(what, "uninstall one of them")
    return next(iter(found), "")


def load(group: Group, name: str, kind: type[_Kind]) -> _Kind:
    """What a plug-in offers under a name, of the kind that the group asks for. Raises BrokenPlugin."""
    said = source(group, name)
    entry = _installed()[group][name][0]
    try:
        found: Any = entry.load()
    except Exception as error:  # noqa: BLE001  other people's code may raise anything while it is imported
        what = f"{said} cannot be loaded ({entry.value}): {type(error).__name__}: {error}"
        raise BrokenPlugin(what, "upgrade it, or uninstall it") from None
    if not isinstance(found, kind):
        what = f"{said} offers {name!r} as {type(found).__name__} ({entry.value}), not as {kind.__name__}"
        raise BrokenPlugin(what, "see docs/plugins.md")
    return found


REPOSITORY = "https://github.com/cuebook/cuebook"


def plugin_install_line(distribution: str, folder: str) -> str:
    """The command that installs a distribution of Cuebook's repository, from where Cuebook itself came from.

    ``folder`` is its place in that repository. What was not installed from a checkout, an address or a file
    came from an index, where both are released together.
    """
    checkout = Path(__file__).parents[3]
    try:
        told = json.loads(metadata.distribution("cuebook").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        told = {}
    if "dir_info" in told:
        checkout = Path(unquote(urlsplit(told["url"]).path))
    if (checkout / folder / "pyproject.toml").is_file():
        return pip_install(str(checkout / folder))
    if not told:
        return pip_install(f"{distribution}=={metadata.version('cuebook')}")
    vcs = told.get("vcs_info", {"vcs": "git", "commit_id": f"v{metadata.version('cuebook')}"})
    url = told["url"] if "vcs_info" in told else REPOSITORY
    address = f"{vcs['vcs']}+{url}@{vcs['commit_id']}#subdirectory={folder}"
    return pip_install(f"{distribution} @ {address}")


def pip_install(wanted: str) -> str:
    """The command that installs a requirement, as a shell takes it."""
    return f"pip install {shlex.quote(wanted)}"

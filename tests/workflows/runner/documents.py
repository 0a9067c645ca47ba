"""Workflow and action files, read as GitHub reads YAML, and the question whether an event starts one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from workflows.runner.expressions import expressions

if TYPE_CHECKING:
    from workflows.runner.events import Event

_ACTIVITIES = {"pull_request": ("opened", "synchronize", "reopened")}
"""Activities that start a workflow which names none; other events take all of theirs."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's words for true, false and null, so that ``on`` stays a string."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(frozen=True)
class Document:
    """A workflow file: its path in the repository, its text and its data."""

    path: str
    text: str
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What GitHub calls it."""
        return str(self.data.get("name", self.path))

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """Jobs by id, in the order of the file."""
        found: Mapping[str, Mapping[str, Any]] = self.data["jobs"]
        return found

    @property
    def triggers(self) -> dict[str, Mapping[str, Any]]:
        """Settings by event."""
        on = self.data.get("on", {})
        if isinstance(on, str):
            return {on: {}}
        if isinstance(on, Sequence):
            return {name: {} for name in on}
        found = {name: settings or {} for name, settings in on.items()}
        return {name: {} if isinstance(settings, list) else settings for name, settings in found.items()}

    def starts_on(self, event: Event) -> bool:
        """Whether GitHub runs this workflow for an event."""
        settings = self.triggers.get(event.name)
        if settings is None:
            return False
        types = settings.get("types", _ACTIVITIES.get(event.name))
        if types and event.action not in ([types] if isinstance(types, str) else types):
            return False
        if (
            event.name == "workflow_run"
            and event.payload["workflow_run"]["name"] not in settings["workflows"]
        ):
            return False
        tag = event.ref.removeprefix("refs/tags/")
        if event.name == "push" and tag != event.ref:
            return _selected(settings, "tags", [tag]) and ("tags" in settings or "branches" not in settings)
        if event.name == "push" and "tags" in settings and "branches" not in settings:
            return False
        branch = _branch(event)
        names = [branch] if branch is not None else []
        return _selected(settings, "branches", names) and _selected(settings, "paths", event.paths)


def _branch(event: Event) -> str | None:
    if event.name == "workflow_run":
        return str(event.payload["workflow_run"]["head_branch"])
    if event.name == "merge_group":
        return str(event.payload["merge_group"]["base_ref"]).removeprefix("refs/heads/")
    return event.base_ref or (event.ref.removeprefix("refs/heads/") if "refs/heads/" in event.ref else None)


def _selected(settings: Mapping[str, Any], key: str, names: Sequence[str]) -> bool:
    """Whether filters let one of the names through; without filters everything is."""
    wanted, ignored = settings.get(key), settings.get(f"{key}-ignore")
    if wanted is not None:
        return any(matches(name, [wanted] if isinstance(wanted, str) else wanted) for name in names)
    if ignored is not None:
        return any(not matches(name, ignored) for name in names)
    return True


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether filter patterns select a name; a later ``!`` takes it away again."""
    found = False
    for pattern in patterns:
        if re.fullmatch(_regex(pattern.removeprefix("!")), name):
            found = not pattern.startswith("!")
    return found


def _regex(pattern: str) -> str:
    kinds = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\+|\[[^\]]*\])", pattern)
    return "".join(kinds.get(part, part if part.startswith("[") else re.escape(part)) for part in parts)


def read_workflow(path: str, text: str) -> Document:
    """A workflow file; raises InvalidWorkflow with everything that GitHub's parser refuses."""
    expressions().validate(path, text)
    return Document(path, text, load(text))


def read_action(path: str, text: str) -> Mapping[str, Any]:
    """An ``action.yml``; raises InvalidWorkflow."""
    expressions().validate(path, text, "action")
    found: Mapping[str, Any] = load(text)
    return found


def load(text: str) -> Any:
    """YAML as GitHub reads it."""
    return yaml.load(text, Loader=_Loader)

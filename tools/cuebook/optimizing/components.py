"""The texts of a version that an optimiser may change, and a version with other texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cuebook.core.errors import Problem, UsageError
from cuebook.core.provider_names import PATTERN
from cuebook.core.yaml_files import dump_yaml
from cuebook.registry.new_version import new_version_problems
from cuebook.registry.paths import version_path
from cuebook.registry.version_files import as_file, read_version
from cuebook.shapes.run import Version
from cuebook.shapes.split import SPLIT, Origin

TEMPLATE = "template"
_MESSAGE = re.compile(r"messages\[(\d{1,4})\]")
_TOOL = re.compile(rf"tools\.({PATTERN})\.description")


def components(version: Version, names: Sequence[str] = ()) -> dict[str, str]:
    """Return the texts that may change, by name: those named, or else of all system and developer messages.

    Of a text prompt that is its template. Raises UsageError where there is no such text.
    """
    able = _able(version)
    if not names:
        # What a user says is a case's, and answers of a model are examples.
        roles = {f"messages[{at}]": item.get("role") for at, item in enumerate(version.messages or ())}
        usual = [name for name in able if name == TEMPLATE or roles.get(name) in {"system", "developer"}]
        if not usual:
            what = f"{version.ref} has no system or developer message, so nothing says what may change"
            raise UsageError(what, f"--components {next(iter(able), 'messages[0]')}")
        return {name: able[name] for name in usual}
    if unknown := [name for name in names if name not in able]:
        what = f"{version.ref} has no text called {unknown[0]!r}"
        raise UsageError(what, f"--components takes some of {', '.join(able)}")
    return {name: able[name] for name in dict.fromkeys(names)}


def _able(version: Version) -> dict[str, str]:
    # One text is the whole prompt, and it has no tools.
    if version.template is not None:
        return {TEMPLATE: version.template}
    found = {
        f"messages[{index}]": str(message["content"])
        for index, message in enumerate(version.messages or ())
        if isinstance(message.get("content"), str) and message["content"].strip()
    }
    tools = version.calling.get("tools", ())
    return found | {
        f"tools.{tool['name']}.description": tool["description"] for tool in tools if tool.get("description")
    }


def as_body(start: Version, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the file of a version that differs from ``start`` by these texts, without message and origin.

    What the start includes is written out.
    """
    # An inclusion would bring back the text that was replaced.
    body = as_file(replace(start, written={}))
    for name, text in texts.items():
        if name == TEMPLATE:
            body[TEMPLATE] = text
        elif match := _MESSAGE.fullmatch(name):
            at = int(match[1])
            body["messages"][at] = {**body["messages"][at], "content": text}
        elif match := _TOOL.fullmatch(name):
            tools = body["tools"]
            body["tools"] = [
                {**tool, "description": text} if tool["name"] == match[1] else tool for tool in tools
            ]
    return body


def as_bytes(start: Version, texts: Mapping[str, str], message: str, origin: Origin) -> bytes:
    """Return the version's file, with its message and how it was made."""
    made = {
        "kind": "optimize",
        "suite": origin.suite,
        "split": SPLIT,
        "train": origin.shares.train,
        "choose": origin.shares.choose,
    }
    return dump_yaml({"message": message, **as_body(start, texts), "origin": made}, "prompt-version")


def version_of(
    start: Version, number: int, texts: Mapping[str, str], origin: Origin
) -> tuple[Version | None, list[Problem]]:
    """Return the version with these texts, None where none can be read, and what ``check`` would refuse."""
    # The message is written for the one that wins; no check of the texts reads it.
    data, path = as_bytes(start, texts, "-", origin), version_path(start.prompt, number)
    version, problems = read_version(data, path, start.prompt, number)
    if version is not None:
        problems = [*problems, *new_version_problems(version, data)]
    return version, [item for item in problems if item.severity == "error"]

"""What every exporter has in common: what it is asked, what it returns, and the parts that formats share."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import yaml

from cuebook.core.errors import UsageError
from cuebook.core.provider_names import provider_name
from cuebook.core.wire import sent
from cuebook.shapes.run import Version
from cuebook.shapes.suite import Suite

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}", re.ASCII)


class Lost(NamedTuple):
    """What a format cannot hold of a version: ``part`` is the key of its file, such as ``tools``."""

    ref: str
    part: str
    what: str


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A prompt to write: its versions, oldest first, what people call it, its aliases, and its suites."""

    name: str
    versions: Sequence[Version]
    title: str = ""
    description: str = ""
    tags: Sequence[str] = ()
    aliases: Mapping[str, int] = field(default_factory=dict)
    suites: Sequence[Suite] = ()
    served: Collection[str] = ()
    """Prefixes of models that this registry alone knows: its endpoints, its plug-ins."""

    @property
    def last(self) -> Version:
        """The version that a format of one version holds."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class Exported:
    """Files by their names, and what they do not hold."""

    files: Mapping[str, bytes]
    lost: Sequence[Lost]


class Exporter(Protocol):
    """A member: a docstring that says what it holds, and one pure function."""

    def write(self, request: ExportRequest) -> Exported:
        """Return the files of the prompt. Raises UsageError where the format can say none of it.

        Without a hint: the formats that can are named beside it.
        """


class Losses:
    """What is lost of one version, each part once."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.found: dict[str, Lost] = {}

    def add(self, part: str, what: str) -> None:
        """Add one part that is not written, or not as it is."""
        self.found.setdefault(part, Lost(self.version.ref, part, what))

    def refuse_jinja(self, form: str) -> None:
        """Raise UsageError for a template that only Jinja2 fills."""
        if self.version.template_format == "jinja2":
            what = f"{self.version.ref} is a jinja2 template, and {form} cannot express that"
            raise UsageError(what)

    def inputs(self, *, defaults: bool = False) -> None:
        """Add types, defaults and descriptions of inputs, in a format that has none."""
        for name, spec in self.version.inputs.items():
            # The conversation so far is told where its messages are written.
            if spec.get("type", "string") not in {"string", "messages"}:
                self.add("inputs.type", f"types of inputs, such as {spec['type']} for {name}")
            if spec.get("default") is not None and not defaults and spec.get("type") != "messages":
                self.add("inputs.default", f"defaults of inputs, such as that of {name}")

    def messages(self, *, placeholders: bool, roles: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Return the messages that have one text each, and placeholders where the format has them.

        Raises UsageError where none is left.
        """
        kept: list[dict[str, Any]] = []
        for message in self.version.messages or ():
            if "placeholder" in message:
                if placeholders:
                    kept.append(dict(message))
                    self._optional(message["placeholder"])
                else:
                    self.add("messages.placeholder", "the place of the conversation so far")
            # Before texts, as a result of a tool has one, too.
            elif "toolCalls" in message or message["role"] == "tool":
                self.add("messages.calls", "examples of calls and of what tools returned")
            elif isinstance(message["content"], list):
                self.add("messages.parts", "messages with images")
            else:
                role = message["role"]
                if roles is not None and role not in roles:
                    self.add("messages.developer", f"the role {role}, which is system there")
                kept.append(
                    {
                        # A role that the format lacks is a developer's, which counts as system's.
                        "role": (roles or {}).get(role, role if roles is None else "system"),
                        "content": message["content"],
                    }
                )
        # Placeholders alone ask nothing.
        if not any("content" in item for item in kept):
            raise UsageError(f"{self.version.ref} has no message that is only text", "choose another version")
        return kept

    def _optional(self, name: str) -> None:
        if "default" not in self.version.inputs.get(name, {}):
            self.add("inputs.required", f"that {name} is required: it is empty if the app passes none")

    def engine(self, texts: Iterable[str]) -> None:
        """Add that the texts are Jinja2, in a format whose readers go by what a text shows."""
        if self.version.template_format == "jinja2" and not shows_jinja(texts):
            self.add("templateFormat", "that it is jinja2, which its text does not show")

    def around_schema(self) -> None:
        """Add what is said beside a JSON Schema, in a format that has the schema alone."""
        said = self.version.json_schema or {}
        # An importer names a schema by its title, else by the prompt: the same name comes back by itself.
        called = provider_name(self.version.prompt)
        if said and (said["name"] != called or said["schema"].get("title") is not None):
            self.add("jsonSchema.name", f"the name of the schema, {said['name']}")
        for key in ("strict", "description"):
            if said.get(key) is not None:
                self.add(f"jsonSchema.{key}", f"{key} of the schema")

    def tools(self) -> None:
        """Add tools, in a format that has none."""
        if self.version.calling:
            self.add("tools", "tools, and the choice among them")


def all_lost(losses: Sequence[Losses]) -> list[Lost]:
    """Return what is lost of all versions."""
    return [lost for one in losses for lost in one.found.values()]


def shows_jinja(texts: Iterable[str]) -> bool:
    """Return whether a text is Jinja2 by what is in it: a block, a comment, or more than a name in braces."""
    # Other tools see no format in a file: their importers, and ours, go by what the text shows.
    return any(re.search(r"\{%|\{#|\{\{[^}]*[^\w.\s}]", text) for text in texts)


def spaceless(text: str, losses: Losses) -> str:
    """Return the text with its variables without spaces, which is noted where there were any."""
    made = _VARIABLE.sub(r"{{\1}}", text)
    if made != text:
        losses.add("spaces", "spaces inside {{ }}")
    return made


def dotted(text: str) -> str:
    """Return the first variable of a text that is a part of a value, such as ``a.b``; empty without one."""
    return next((name for name in _VARIABLE.findall(text) if "." in name), "")


def snake_settings(version: Version) -> dict[str, Any]:
    """Parameters, response format and tools as OpenAI's chat API names them."""
    # No provider is given, so that no setting is spelt for one.
    return sent(version.behaviour, None)


class _Dumper(yaml.SafeDumper):
    """Block style for texts of several lines, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's own signature
        """What is in two places is written twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # YAML would read these back as other line ends, or drop them, where they are not escaped.
    block = "\n" in text and not set(text) & set("\r\x85\u2028\u2029\ufeff")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if block else None)


_Dumper.add_representer(str, _text)


def yaml_text(data: Any) -> str:
    """Return a YAML text in plain style, keys in the order given."""
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


def json_bytes(data: Any) -> bytes:
    """Indented JSON, keys in the order given."""
    return (json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

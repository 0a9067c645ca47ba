"""What a skill is given: instructions, named sections and the schema asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cuebook.core.chat import plain

_TAG = re.compile(
    r"<(?P<tag>[a-z][a-z_]*)(?P<mark>-[0-9a-f]+)?>\n?(?P<body>.*?)\n?</(?P=tag)(?(mark)(?P=mark))>", re.S
)
_HEADING = re.compile(r"^(?P<name>[A-Z][a-z]+(?: [a-z]+){0,2}):[ \t]*", re.M)


@dataclass(frozen=True)
class Said:
    """An answer that is more than a text: calls in order, each a tool's name and arguments, or a refusal.

    The words of a refusal are the text.
    """

    text: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
    refused: bool = False


@dataclass(frozen=True)
class Task:
    """One call as a skill sees it.

    ``instructions`` is everything the prompt's author wrote: the system messages and the part of
    the user message before the first section. ``sections`` holds the data, keyed by lower-case
    name: ``<ticket>...</ticket>`` anywhere, or a heading such as ``Question: ...`` at the start of
    a line of a user message, up to the next heading or the end. A tag opened with a mark
    (``<answer-7f3a>``) is closed by the same mark only.

    ``sent`` are the messages as a provider gets them, ``messages`` the same as role and text; ``calling`` has
    the tools that the answer may call and the choice among them, by the names of a version's JSON.
    """

    instructions: str
    sections: Mapping[str, str]
    schema: Mapping[str, Any] | None = None
    messages: Sequence[Mapping[str, str]] = field(default=(), repr=False)
    sent: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    calling: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def folded(self) -> str:
        """The instructions in lower case with every run of white space made one space."""
        return " ".join(self.instructions.casefold().split())

    def asks(self, *phrases: str) -> bool:
        """Whether any of the phrases is in the instructions (case and line breaks ignored)."""
        return any(phrase.casefold() in self.folded for phrase in phrases)

    def section(self, *names: str) -> str | None:
        """The first of the named sections that the prompt has."""
        return next((self.sections[name] for name in names if name in self.sections), None)


def read_task(
    messages: Sequence[Mapping[str, Any]],
    schema: Mapping[str, Any] | None = None,
    calling: Mapping[str, Any] | None = None,
) -> Task:
    """Split chat messages, as they are sent, into instructions and data sections.

    System messages are instructions as a whole: a tag or heading there is the author's wording. Answers,
    results of tools and what a user said before them are the conversation, and neither.
    """
    texts = plain(messages)
    before = max((at for at, item in enumerate(texts) if item["role"] in {"assistant", "tool"}), default=-1)
    instructions: list[str] = []
    sections: dict[str, str] = {}
    for at, message in enumerate(texts):
        text = message["content"]
        if message["role"] in {"user", "assistant", "tool"} and at <= before:
            continue
        if message["role"] == "user":
            text = _take_sections(text, sections)
        instructions.append(text)
    said = "\n".join(part for part in instructions if part.strip())
    return Task(said, sections, schema, texts, messages, calling or {})


def _take_sections(text: str, sections: dict[str, str]) -> str:
    def keep(found: re.Match[str]) -> str:
        sections.setdefault(found["tag"], found["body"])
        return ""

    text = _TAG.sub(keep, text)
    headings = list(_HEADING.finditer(text))
    for here, after in zip(headings, [*headings[1:], None], strict=False):
        end = after.start() if after else len(text)
        sections.setdefault(here["name"].casefold(), text[here.end() : end].strip())
    return text[: headings[0].start()] if headings else text

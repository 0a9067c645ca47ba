"""A version proposed through the issue form: hostile text in, the bytes of a version file out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cuebook.core.chat import PLACEHOLDER, images_in
from cuebook.core.errors import UsageError
from cuebook.core.messages import texts
from cuebook.core.refs import name_problem, suggest_name
from cuebook.core.templating import template_problems, variables
from cuebook.core.yaml_files import dump_yaml
from cuebook.shapes.run import Version

HEADINGS = ("Prompt", "Why", "Instructions", "User message", "Start from version")
"""Labels of the form's fields, in its order (``.github/ISSUE_TEMPLATE/propose-prompt.yml``)."""

NOTHING = "_No response_"
"""What GitHub writes below the heading of a field that was left empty."""
MOST_TEXT = 65_536
"""Characters of an issue; GitHub takes no more."""

_FENCE = re.compile(r"\A(`{3,})[a-z]*\n(.*?)\n?\1\s*\Z", re.DOTALL)
"""A field with ``render:`` comes as a code block."""


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody filled in. ``user`` and ``start`` are None where they left it to us."""

    prompt: str
    why: str
    instructions: str
    user: str | None = None
    start: int | None = None


def read(body: str) -> Form:
    """The fields of an issue's body. Raises UsageError saying what is missing or wrong.

    A field ends at the next heading of the form. Whoever writes a heading into a text moves the border
    between two texts of their own.
    """
    # A browser sends a form with the line ends of Windows.
    text = body[:MOST_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    fields = _fields(text)
    missing = [name for name in HEADINGS[:3] if not fields.get(name)]
    if missing:
        raise UsageError(f"the form has nothing under {', '.join(missing)}", "edit the issue and fill it in")
    name, why = fields["Prompt"], fields["Why"]
    if problem := name_problem(name):
        raise UsageError(problem[:300], f"did you mean {suggest_name(name[:64])!r}?")
    if "\n" in why or len(why) > 300:
        raise UsageError("'Why' must be one line of at most 300 characters")
    start = fields.get("Start from version", "")
    if start and not re.fullmatch(r"v?[1-9][0-9]{0,5}", start):
        raise UsageError("'Start from version' must be a number, such as 3, or empty")
    number = int(start.removeprefix("v")) if start else None
    return Form(name, why, fields["Instructions"], fields.get("User message") or None, number)


def _fields(text: str) -> dict[str, str]:
    """The text below each heading of the form that is there; headings count in the form's order only."""
    starts: list[tuple[str, int, int]] = []
    place = 0
    for name in HEADINGS:
        found = re.compile(rf"^### {re.escape(name)}[ \t]*$", re.MULTILINE).search(text, place)
        if found:
            starts.append((name, found.start(), found.end()))
            place = found.end()
    ends = [begin for _, begin, _ in starts[1:]] + [len(text)]
    fields = {}
    for (name, _, begin), end in zip(starts, ends, strict=False):
        filled = text[begin:end].strip()
        if fenced := _FENCE.match(filled):
            filled = fenced[2]
        elif filled == NOTHING:
            filled = ""
        fields[name] = filled
    return fields


def version_file(form: Form, start: Version, settings: Mapping[str, Any]) -> bytes:
    """The version file that the form asks for, everything it does not say taken from ``start``.

    ``settings`` are the keys of ``start`` as its file says them. Raises UsageError for a text that is no
    template, and where there is no message to put it into.
    """
    # The message first, where every version file has it; inputs and texts follow from the form below.
    data = {"message": " ".join(form.why.split()), **settings}
    said = _texts(form, start, data)
    problems = [item for text in said for item in template_problems(text, start.template_format)]
    if problems:
        raise UsageError(f"line {problems[0][0]} of the text: {problems[0][1]}", problems[0][2])
    used = variables(said, start.template_format)
    placed = {message[PLACEHOLDER] for message in start.messages or () if PLACEHOLDER in message}
    placed |= {*images_in(start.messages or ())}
    # A placeholder or an image is no variable of any text, but still an input.
    kept = {name: dict(spec) for name, spec in start.inputs.items() if name in placed}
    found = {name: dict(start.inputs.get(name, {"type": kind})) for name, kind in used.items()}
    data["inputs"] = kept | found
    return dump_yaml(data, "prompt-version")


def _texts(form: Form, start: Version, data: dict[str, Any]) -> list[str]:
    """Put the form's texts where they belong; every text of the version then."""
    if start.messages is None:
        if form.user:
            raise UsageError(f"{start.ref} is one text: leave 'User message' empty")
        data["template"] = _ended_as(start.template or "", form.instructions)
        return [data["template"]]
    messages = [dict(message) for message in start.messages]
    _put(messages, "system", form.instructions, start)
    if form.user:
        _put(messages, "user", form.user, start)
    data["messages"] = messages
    return texts({"messages": messages})


def _put(messages: list[dict[str, Any]], role: str, text: str, start: Version) -> None:
    """Replace the first message of a role; a system message that is not there yet is put first."""
    for message in messages:
        if message.get("role") == role:
            message["content"] = _with_text(message["content"], text)
            return
    if role != "system":
        raise UsageError(f"{start.ref} has no user message: leave 'User message' empty")
    messages.insert(0, {"role": role, "content": f"{text}\n"})


def _with_text(content: Any, text: str) -> Any:
    """The content with another text; of several parts the first text is replaced, and images stay."""
    if isinstance(content, str):
        return _ended_as(content, text)
    parts = [dict(part) for part in content]
    written = next((part for part in parts if "text" in part), None)
    if written is None:
        return [{"type": "text", "text": text}, *parts]
    written["text"] = _ended_as(written["text"], text)
    return parts


def _ended_as(old: str, text: str) -> str:
    """The text with a line feed at its end where the old one has it: a form cannot show that difference."""
    return f"{text}\n" if old.endswith("\n") else text

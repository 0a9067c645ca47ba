"""Messages of chat as other tools write them, as messages of a version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from cuebook.core.format import joined
from cuebook.core.images import url_problem
from cuebook.core.provider_names import provider_name
from cuebook.importers._base import identifier, mapping_of
from cuebook.importers._notes import Notes, Place
from cuebook.importers._templates import CannotSay, Pieces, Texts, inputs_of, stop_at

# OpenAI's names, LangChain's (human, ai) and Google's (model).
_ROLES = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
    "human": "user",
    "ai": "assistant",
    "model": "assistant",
    "tool": "tool",
}
# Parts of both APIs of OpenAI: chat says text, responses input_text and output_text.
_TEXT = {"text", "input_text", "output_text"}

Convert = Callable[[str], Pieces]


def _no_role(role: str, *, calls: bool) -> CannotSay:
    # OpenAI's older chat had no ids of calls, so that a result belongs to none.
    if role.lower() == "function":
        return CannotSay("role function: a result without the ID of its call, which role tool has")
    ours = [one for one in dict.fromkeys(_ROLES.values()) if calls or one != "tool"]
    return CannotSay(f"role {role[:40]}: no message may have it here; roles are {joined(ours)}")


class Chat:
    """The messages of one version while they are read; ``faults`` is why it cannot be taken at all."""

    def __init__(self, notes: Notes, convert: Convert) -> None:
        self.notes = notes
        self.convert = convert
        self.texts = Texts(notes)
        self.messages: list[dict[str, Any]] = []
        self.slots: list[tuple[dict[str, Any], str]] = []
        self.given: dict[str, dict[str, Any]] = {}
        self.faults: list[CannotSay] = []

    def text(self, holder: dict[str, Any], key: str, text: str, place: Place) -> None:
        """Put a converted text in its place once the format is known. Raises CannotSay."""
        self.pieces(holder, key, self.convert(text), place)

    def pieces(self, holder: dict[str, Any], key: str, pieces: Pieces, place: Place) -> None:
        """As ``text``, for one that was taken apart already."""
        # One format is chosen for all texts of a version, so none is written before all are known.
        holder[key] = ""
        self.texts.add(place, pieces)
        self.slots.append((holder, key))

    def placeholder(self, name: str, place: Place, *, optional: bool = False) -> None:
        """Add the place of the conversation so far."""
        called = identifier(name)
        # The conversation so far would be sent twice.
        if any(item.get("placeholder") == called for item in self.messages):
            self.notes.left(place, f"placeholder {name[:60]!r}: it is in another place already")
            return
        self.given[called] = {"type": "messages"} | ({"default": []} if optional else {})
        self.messages.append({"placeholder": called})

    def message(self, item: Any, place: Place) -> None:
        """Add one message with ``role`` and ``content``; why it cannot be taken is kept for ``body``."""
        try:
            if not isinstance(item, Mapping):
                raise CannotSay("a message that is not an object")
            self._message(item, place)
        except CannotSay as error:
            self.cannot(error, place)

    def cannot(self, error: CannotSay, place: Place) -> None:
        """Keep the faults of a message, so that those of the next ones are found as well."""
        for item in error.faults:
            item.place = item.place or place
        self.faults += error.faults

    def _message(self, item: Mapping[str, Any], place: Place) -> None:
        written = item.get("role")
        role = _ROLES.get(written.lower()) if isinstance(written, str) else None
        if role is None:
            raise _no_role(str(written), calls=True)
        content = item.get("content")
        made: dict[str, Any] = {"role": role}
        if role == "tool":
            call = item.get("tool_call_id", item.get("toolCallId"))
            if not isinstance(call, str) or not isinstance(content, str):
                raise CannotSay("role tool: a result without the call that it belongs to")
            made["toolCallId"] = call
            self.text(made, "content", content, place)
        elif isinstance(calls := item.get("tool_calls", item.get("toolCalls")), list) and calls:
            # A message of calls alone has no content there.
            self.text(made, "content", content if isinstance(content, str) else "", place)
            made["toolCalls"] = [_call(call) for call in calls if isinstance(call, Mapping)]
        elif isinstance(content, str):
            self.text(made, "content", content, [*place, "content"])
        elif isinstance(content, list):
            self._parts(made, content, [*place, "content"])
        # One part without the list around it.
        elif isinstance(content, Mapping) and isinstance(content.get("text"), str):
            self.text(made, "content", content["text"], [*place, "content"])
        else:
            raise CannotSay("a message without a text")
        self.messages.append(made)

    def said(self, role: str, pieces: Pieces, place: Place) -> None:
        """Add one message of a text that was taken apart already. Raises CannotSay."""
        known = _ROLES.get(role.lower())
        if known is None or known == "tool":
            raise _no_role(role, calls=False)
        self.messages.append({"role": known})
        self.pieces(self.messages[-1], "content", pieces, place)

    def _parts(self, made: dict[str, Any], parts: list[Any], place: Place) -> None:
        kept: list[dict[str, Any]] = []
        texts: list[tuple[str, Place]] = []
        for index, part in enumerate(parts):
            at: Place = [*place, index]
            kind = part.get("type", "text") if isinstance(part, Mapping) else "text"
            said = part.get("text") if isinstance(part, Mapping) else part
            if str(kind) in _TEXT and isinstance(said, str):
                texts.append((said, at))
                kept.append({"type": "text", "text": said})
            elif url := _image(part):
                kept.append({"type": "image", "url": url})
            else:
                self.notes.left(
                    at, f"a part of type {str(kind)[:40]!r}: only texts and fixed images are kept"
                )
        if not kept:
            raise CannotSay("a message without a text")
        # Only with an image do parts stay parts: of texts alone one text says the same.
        if len(kept) > len(texts):
            made["content"] = kept
            for part, (said, at) in zip((p for p in kept if p["type"] == "text"), texts, strict=True):
                self.text(part, "text", said, at)
        else:
            self.text(made, "content", "\n".join(said for said, _ in texts), place)

    def body(self, given: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
        """Return the keys of a version that say messages, inputs and template format.

        Raises CannotSay with all that keeps the version from being taken.
        """
        stop_at(self.faults)
        texts, form = self.texts.finish()
        for (holder, key), text in zip(self.slots, texts, strict=True):
            holder[key] = text
        if not self.messages:
            raise CannotSay("there is no message with a text")
        made = {"templateFormat": form} if form != "simple" else {}
        inputs = inputs_of(texts, form, self.notes, given, place=self.texts.all[0][0] if texts else ())
        # An input has one type, and the conversation is messages.
        for name in set(inputs) & set(self.given):
            raise CannotSay(f"{name}: a text and the conversation so far have the same name")
        inputs |= self.given
        return {**made, **({"inputs": inputs} if inputs else {}), "messages": self.messages}


def text_body(
    pieces: Pieces,
    notes: Notes,
    place: Place,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    first: int = 0,
) -> dict[str, Any]:
    """Return the keys of a version that is one text, which begins on the line ``first``. Raises CannotSay."""
    if not any(piece.name or piece.text.strip() for piece in pieces):
        raise CannotSay("no text")
    texts = Texts(notes, first)
    texts.add(place, pieces)
    (template,), form = texts.finish()
    made = {"templateFormat": form} if form != "simple" else {}
    inputs = inputs_of([template], form, notes, given, first, place)
    return {**made, **({"inputs": inputs} if inputs else {}), "template": template}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    inner = mapping_of(call.get("function", call))
    arguments = inner.get("arguments", {})
    # OpenAI writes arguments as text of JSON, others as an object.
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except ValueError:
            raise CannotSay("the arguments of a call are not JSON") from None
    # As ``_tools`` calls it, or the call would name no tool.
    name = provider_name(str(inner.get("name", "")))
    return {"id": str(call.get("id") or "call"), "name": name, "arguments": arguments}


def _image(part: Any) -> str:
    """The data URL of a fixed image; empty for everything else. Nothing is fetched."""
    if not isinstance(part, Mapping):
        return ""
    # OpenAI's two APIs: an object with the URL in it, or the URL itself.
    url = part.get("image_url", part.get("url"))
    url = url.get("url") if isinstance(url, Mapping) else url
    # Any other address may show another picture tomorrow, and a version says one thing for ever.
    return url if isinstance(url, str) and url.startswith("data:") and url_problem(url) is None else ""

"""A conversation with tools: what the guest said, what was asked back, which offers a tool found."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuebook_standins._task import Task
from cuebook_standins._text import content_words

_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3}
_NAME = re.compile(r"\b([^\W\d_a-z][\w'’-]+(?: (?:de|van|von|da|el))? [^\W\d_a-z][\w'’-]+)\b")
_OWN = re.compile(r"(?i:\b(?:name(?: is|:)|i'm|i am|it's|this is))\s+")


@dataclass(frozen=True)
class Conversation:
    """``said`` are the guest's messages, the last one now; ``asked`` the last thing the assistant said.

    ``since`` are the guest's messages since the offers, the last one now; ``offers`` as the tool gave them.
    """

    said: Sequence[str]
    asked: str
    offers: Sequence[Mapping[str, Any]]
    since: Sequence[str]

    @property
    def now(self) -> str:
        """What the guest says now."""
        return self.said[-1] if self.said else ""


def read_conversation(task: Task) -> Conversation:
    """The conversation of a task; the guest's words now are a section or the last message of a user."""
    said: list[str] = []
    since: list[str] = []
    asked = ""
    offers: tuple[Mapping[str, Any], ...] = ()
    for message, sent in zip(task.messages, task.sent, strict=True):
        if message["role"] == "tool":
            if (found := _offers(message["content"])) is not None:
                offers, since = found, []
        elif message["role"] == "assistant" and not sent.get("tool_calls"):
            asked = message["content"]
        elif message["role"] == "user":
            said.append(message["content"])
            since.append(message["content"])
    now = task.section("message", "guest", "customer")
    if now is not None and said:
        said[-1] = since[-1] = now
    return Conversation(said, asked, offers, since)


def _offers(text: str) -> tuple[Mapping[str, Any], ...] | None:
    """The offers of a result, those that have a number; None where it is another result."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    listed = found.get("offers") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        return None
    return tuple(item for item in listed if isinstance(item, dict) and isinstance(item.get("offer_id"), str))


def chosen(talk: Conversation) -> list[str]:
    """Numbers of the offers that the guest wants: the last message since the offers that chooses any."""
    for text in reversed(talk.since if talk.offers else ()):
        if picked := _picked(text, talk):
            return picked
    return []


def _picked(text: str, talk: Conversation) -> list[str]:
    folded = text.casefold()
    numbers = [str(offer["offer_id"]) for offer in talk.offers]
    if named := [number for number in numbers if re.search(rf"\b{re.escape(number)}\b", text, re.I)]:
        return named
    if re.search(r"\bcheap", folded):
        priced = [offer for offer in talk.offers if isinstance(offer.get("price_eur"), int | float)]
        return [min(priced, key=lambda offer: offer["price_eur"])["offer_id"]] if priced else []
    for word, place in _ORDINALS.items():
        if re.search(rf"\b(?:the|take) {word}\b", folded) and place < len(numbers):
            return [numbers[place]]
    if re.search(r"\bthe last\b", folded):
        return numbers[-1:]
    if by_words := _by_words(text, talk.offers):
        return [by_words]
    if re.search(r"\b(?:book|reserve|take) (?:it|that)\b|\byes\b", folded):
        shown = [number for number in numbers if number in talk.asked] or numbers
        return shown if len(shown) == 1 else []
    return []


def _by_words(text: str, offers: Sequence[Mapping[str, Any]]) -> str:
    """The offer whose description shares words, or its price, with a text, and no other as many."""
    wanted = set(content_words(text))
    shared = {
        str(offer["offer_id"]): len(
            wanted & {*content_words(str(offer.get("room", ""))), str(offer.get("price_eur"))}
        )
        for offer in offers
    }
    best = max(shared.values(), default=0)
    names = [name for name, count in shared.items() if count == best]
    return names[0] if best and len(names) == 1 else ""


def name_of(talk: Conversation) -> str:
    """The name that a booking is for: the last in what is said now, else what a guest said of themselves."""
    if names := _NAME.findall(talk.now):
        return str(names[-1])
    for text in reversed(talk.said[:-1]):
        for found in _OWN.finditer(text):
            if name := _NAME.match(text, found.end()):
                return str(name[1])
    return ""

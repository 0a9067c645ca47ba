"""Look for rooms, book, change and cancel by calls of tools, in the middle of a conversation.

What a tool does is taken from its name (search or find, book or reserve, cancel, change or move, hand over),
what an argument is from its: arrival or check-in, departure or check-out, nights, guests, town, offer,
booking, name, reason. An answer is calls, a text or a refusal.

Instructions that it understands:

- "Today is 2025-05-12": what "tomorrow" and a day without a year mean; otherwise days stay as written
- "ask for what is missing", "never guess": it asks; otherwise it fills in a night, two guests, today, a guest
- "ask for the name": the same for the name of a booking alone
- "the latest word counts", "change their mind": the last value of a kind; otherwise the first that was said
- "only after the guest has said yes", "confirm": it asks before it cancels
- "a call for each": as many calls as things are asked for; otherwise one
- "refuse ... other guests": it refuses to tell who stays where
- lines that hold an answer to a question, such as "Breakfast is from 7 to 10."
- a tool choice "required": it never answers in words
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from cuebook_standins._conversation import Conversation, chosen, name_of, read_conversation
from cuebook_standins._stay import BOOKING, bare_count, find_stay
from cuebook_standins._task import Said, Task
from cuebook_standins._text import content_words
from cuebook_standins._toolbox import Toolbox

MODEL = "offline/rules"

_STAY = ("town", "arrival", "nights", "guests")
_MOST_GUESTS = 6
"""More are a group, which is for people where a call can hand over."""

_CANCELS = re.compile(r"\bcancel|\bcall(?:ed)? (?:it )?off\b", re.I)
_CHANGES = re.compile(r"\b(?:change|move|postpone|extend|instead|make it|should be|will be|start on)\b", re.I)
_YES = re.compile(r"\b(?:yes|yep|yeah|correct|right|go ahead|please do|sure)\b", re.I)
_NO = re.compile(r"\b(?:no|not|wait|hold on|leave it|don't)\b", re.I)
_SEARCHES = re.compile(r"\b(?:rooms?|stay|free|available|double|single)\b", re.I)
_READ_BACK = re.compile(r"\b(?:shall|should|want me to)\b[^.]*\bcancel\b", re.I)
_REASONS = {
    "complaint": re.compile(
        r"\b(?:complain\w*|unacceptable|disgusting|rude|dirty|loud|noisy|awful|terrible|broken)\b", re.I
    ),
    "money": re.compile(r"\b(?:refund|charged|invoice|vat|overcharged|receipt|payment)\b", re.I),
    "lost_property": re.compile(r"\b(?:lost|forgot\w*|i left my|left behind)\b", re.I),
}
_PRIVATE = re.compile(
    r"\b(?:which room|phone number|card number|(?:home )?address|names? of|who else|who is)\b", re.I
)
_OTHERS = re.compile(r"\b(?:mr|mrs|ms|guests?|lady|man|not mine|else)\b", re.I)


def fits(task: Task) -> float:
    """High when a tool looks for rooms or books, and the guest says something."""
    kinds = Toolbox(task.calling.get("tools", ())).kinds
    return 0.97 if "search" in kinds or "book" in kinds else 0.0


def answer(task: Task) -> str | Said:
    """The calls that the guest's last words ask for, a question back, or a refusal."""
    desk = _Desk(task, read_conversation(task))
    said = desk.decide()
    if isinstance(said, str) and desk.tools.kinds and task.calling.get("toolChoice") == "required":
        return desk.anything()
    return said


@dataclass(frozen=True)
class _Desk:
    """One conversation, and what the prompt says about it."""

    task: Task
    talk: Conversation

    @cached_property
    def tools(self) -> Toolbox:
        """The tools that the answer may call."""
        return Toolbox(self.task.calling.get("tools", ()), self.today)

    @cached_property
    def today(self) -> date | None:
        """The day, where the prompt says it."""
        told = re.search(r"\btoday is (\d{4}-\d\d-\d\d)", self.task.folded)
        try:
            return date.fromisoformat(told[1]) if told else None
        except ValueError:
            return None

    @cached_property
    def towns(self) -> list[str]:
        """The towns that a search may name."""
        return list(map(str, self.tools.options("search", "town")))

    def decide(self) -> str | Said:
        """What the guest wants, the surest sign first."""
        now = self.talk.now
        if self.task.asks("refuse") and self.task.asks("other guests") and _asks_about_others(now):
            return Said("I can't say anything about other guests.", refused=True)
        if reason := self._for_people():
            return Said(calls=[self.tools.call("hand", {"reason": reason})])
        if "cancel" in self.tools.kinds and (said := self._cancelled()):
            return said
        if "change" in self.tools.kinds and (said := self._changed()):
            return said
        if "book" in self.tools.kinds and (offers := chosen(self.talk)):
            return self._booked(offers)
        if "search" in self.tools.kinds and (self._values([now]) or _SEARCHES.search(now)):
            return self._searched()
        return self._told()

    def _for_people(self) -> str:
        """The reason why people ought to read this, where a tool hands it over."""
        if "hand" not in self.tools.kinds:
            return ""
        now = self.talk.now
        known = self.tools.options("hand", "reason") or [*_REASONS, "group"]
        guests = self._values([now]).get("guests", 0)
        if "group" in known and isinstance(guests, int) and guests > _MOST_GUESTS:
            return "group"
        return next((name for name in known if name in _REASONS and _REASONS[name].search(now)), "")

    def _cancelled(self) -> str | Said | None:
        now, asked = self.talk.now, self.talk.asked
        if _READ_BACK.search(asked):
            numbers = BOOKING.findall(asked)
            if _YES.search(now) and not _NO.search(now):
                return self._each("cancel", [{"booking": number} for number in numbers])
            return "Nothing is cancelled." if _NO.search(now) else None
        numbers = BOOKING.findall(now)
        before = [text for text in self.talk.said[:-1] if _CANCELS.search(text)] if numbers or not now else []
        if not _CANCELS.search(now) and not (before and now.strip() in numbers):
            return None
        numbers = numbers or [number for text in before for number in BOOKING.findall(text)][-1:]
        if not numbers:
            return "What is the number of your booking?"
        if self.task.asks("has said yes", "confirm"):
            return f"Shall I cancel {' and '.join(numbers)}?"
        return self._each("cancel", [{"booking": number} for number in numbers])

    def _changed(self) -> str | Said | None:
        """A call for each booking that is to be changed; what is said of one alone is its own."""
        now = self.talk.now
        since = next((at for at, text in enumerate(self.talk.said) if _CHANGES.search(text)), None)
        numbers = BOOKING.findall(now)
        if since is None and not (numbers and self._values([now])):
            return None
        texts = self.talk.said[since:] if since is not None else [now]
        numbers = numbers or [number for text in texts for number in BOOKING.findall(text)][-1:]
        if not numbers:
            return "What is the number of your booking?" if "booking" in now.casefold() else None
        parts = re.split(BOOKING.pattern, now)[1:]
        own = [self._values([part]) for part in parts]
        shared = self._values(texts)
        if not shared:
            return "What would you like to change?"
        each = own if all(own) and len(own) == len(numbers) else [shared] * len(numbers)
        return self._each(
            "change", [{"booking": number, **values} for number, values in zip(numbers, each, strict=True)]
        )

    def _booked(self, offers: Sequence[str]) -> str | Said:
        name = name_of(self.talk)
        if not name and (self._asks_back or self.task.asks("ask for the name")):
            return f"In which name may I book {' and '.join(offers)}?"
        named = {"name": name} if name else {}
        return self._each("book", [{"offer": offer, **named} for offer in offers])

    def _searched(self) -> str | Said:
        values = self._values(self.talk.said)
        missing = [name for name in _STAY if name not in values]
        if missing and self._asks_back:
            return f"Please tell me: {', '.join(missing)}."
        now = self.talk.now
        listed = "|".join(map(re.escape, self.towns))
        together = (
            re.search(rf"\b(?:{listed})(?:(?:, | and | or )+(?:{listed}))+\b", now, re.I) if listed else None
        )
        if together:
            towns = [town for town in self.towns if re.search(rf"\b{town}\b", together[0], re.I)]
            return self._each("search", [{**values, "town": town} for town in towns])
        return Said(calls=[self.tools.call("search", values)])

    @property
    def _asks_back(self) -> bool:
        return self.task.asks("ask for what is missing", "never guess")

    def _values(self, texts: Sequence[str]) -> dict[str, Any]:
        """What these messages say of a stay: the first value of each kind, or the last if told so."""
        latest = self.task.asks("latest word", "latest correction", "change their mind")
        values: dict[str, Any] = {}
        for text in texts:
            for found in sorted(find_stay(text, self.towns, self.today), key=lambda item: item.start):
                if latest or found.kind not in values:
                    values[found.kind] = found.value
        if texts and texts[-1] is self.talk.now and (count := bare_count(self.talk.now)):
            asked = {"nights": "how many nights", "guests": "how many guests"}
            kinds = [kind for kind, words in asked.items() if words in self.talk.asked.casefold()]
            values |= dict.fromkeys(kinds[:1], count)
        return {kind: value for kind, value in values.items() if value}

    def _told(self) -> str:
        """The line of the instructions that answers a question, else a few words."""
        wanted = set(content_words(self.talk.now))
        lines = [line.strip("- ") for line in self.task.instructions.splitlines() if not line.endswith(":")]
        best = max(lines, key=lambda line: len(wanted & set(content_words(line))), default="")
        if "?" in self.talk.now and len(wanted & set(content_words(best))) >= 1:
            return best
        return "You are welcome. What else can I do for you?"

    def _each(self, kind: str, listed: Sequence[Mapping[str, Any]]) -> Said:
        """A call for each, or the first one alone where the prompt does not ask for more."""
        wanted = listed if self.task.asks("a call for each") else listed[:1]
        return Said(calls=[self.tools.call(kind, values) for values in wanted])

    def anything(self) -> Said:
        """A call in place of words: of what was spoken of, filled in where nobody said it."""
        kinds = self.tools.kinds
        kind = "cancel" if _CANCELS.search(self.talk.now) and "cancel" in kinds else "search"
        numbers = BOOKING.findall(self.talk.now) or BOOKING.findall(self.talk.asked)
        values = {**self._values(self.talk.said), **({"booking": numbers[0]} if numbers else {})}
        return Said(calls=[self.tools.call(kind if kind in kinds else next(iter(kinds)), values)])


def _asks_about_others(text: str) -> bool:
    return bool(_PRIVATE.search(text) and _OTHERS.search(text))

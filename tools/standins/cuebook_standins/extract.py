"""Fill in a JSON object from an order, a mail, a chat or a note.

The keys are those of the JSON schema, or those that the instructions list. A key's words and description
say what to look for: an e-mail address, a date, an amount, a currency, a country, a code, a name, a list
of items. Where several values could be meant, the one whose surroundings share most words with the key's
wins, then the first.

Instructions that it understands:

- "null when it isn't stated"; without it an empty text, or a guess if the instructions ask for one
- "dates as YYYY-MM-DD"; "the day comes first"; "relative dates count from the day of receipt" (a section
  ``received``); "never before that day"
- "amounts as numbers without the currency sign"; "a decimal comma"; "the whole order, not a unit price"
- "ISO currency code"; "two-letter country code"
- "quantity as an integer, words such as two or a dozen count"
- "order numbers look like PO-12345", "product codes look like ABC-123 or ABC-12"
- "the latest correction wins": "make that 3", "drop the ABC-12", "sorry, 5"
- "only what is ordered": questions, returns and earlier orders are passed over
- "ignore quoted mails"; "chat turns begin with the speaker's name"
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from cuebook_standins._order_keys import KINDS, Key, key_of, keys_of, types_of, wording_of
from cuebook_standins._order_parts import CODE, Item, find_items, find_name
from cuebook_standins._order_values import CURRENCIES, Span, find_amounts, find_countries, find_dates
from cuebook_standins._task import Task
from cuebook_standins._text import stem, words

MODEL = "offline/rules"

KEY_WEIGHT, HINT_WEIGHT, CORRECTION_BONUS = 1.0, 0.5, 4.0
BEFORE, AFTER = 34, 14
"""How many characters before and after a value say what it is."""

_VERBS = re.compile(
    r"\b(?:extract\w*|pull out|fill (?:in|out)|find the following|parse"
    r"|read (?:the|each|this|an?)\b[^.]{0,60}\binto|key (?:facts|data|details|information)"
    r"|the (?:keys|fields))\b"
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"(?<![\w-])\+?\d[\d ()/-]{6,18}\d(?![\w-])")
_LOOK_LIKE = re.compile(
    r"(?P<what>[\w ]{2,40}?) looks? like (?P<shapes>[A-Z0-9][\w-]*(?:(?:,| or|, or) [A-Z0-9][\w-]*)*)"
)
_UNIT_PRICE = re.compile(r"\b(?:each|apiece|a piece|per (?:piece|unit|item)|goods|freight|the piece)\b", re.I)
_CORRECTION = re.compile(
    r"\b(?:make (?:it|that|them)|actually|sorry|correction|change|instead|rather|i mean|meant|scratch"
    r"|remove|drop|new (?:total|address|number|date)|after all|no wait|oh wait|so the total)\b",
    re.I,
)
_QUOTED = re.compile(r"^[ \t]*>.*$|^On .{1,80} wrote:[ \t]*$", re.M)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the instructions and the schema's descriptions ask for."""

    null: bool
    guess: bool
    iso_dates: bool
    relative: bool
    not_past: bool
    day_first: bool
    numbers: bool
    comma: bool
    whole_order: bool
    iso_currency: bool
    iso_country: bool
    count_words: bool
    last_wins: bool
    only_ordered: bool
    skip_quoted: bool
    speakers: bool
    id_shape: re.Pattern[str] | None
    product_shape: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Source:
    """The text to read and the day it was received, if the prompt says so."""

    text: str
    received: date | None


def fits(task: Task) -> float:
    """How surely the task is to fill in several keys: a verb such as "extract", keys, JSON."""
    keys = keys_of(task)
    if len(keys) < 2:
        return 0.0
    asked = bool(_VERBS.search(task.folded))
    if task.schema:
        small = len(keys) < 4
        return (0.6 if small else 0.95) if asked else (0.1 if small else 0.5)
    return 0.85 if asked and "json" in task.folded else 0.1


def answer(task: Task) -> str:
    """The JSON object, its keys in the order of the schema."""
    keys = keys_of(task)
    rules = _rules(wording_of(task))
    source = _source(task, rules)
    return json.dumps({key.name: _value(key, source, rules) for key in keys}, ensure_ascii=False)


@lru_cache(maxsize=64)
def _rules(wording: str) -> _Rules:
    folded = " ".join(wording.casefold().split())

    def says(*phrases: str) -> bool:
        return any(phrase in folded for phrase in phrases)

    return _Rules(
        null="null" in folded,
        guess=says("guess", "never leave", "fill in every", "fill every"),
        iso_dates=says("yyyy-mm-dd", "iso 8601", "iso date"),
        relative=says("relative date", "tomorrow"),
        not_past=says("never before", "in the past"),
        day_first=says("day first", "day comes first", "day before the month", "dd/mm"),
        numbers=says("as number", "as a number", "without the currency sign", "without currency sign"),
        comma=says("decimal comma", "comma as decimal"),
        whole_order=says("unit price", "whole order", "per piece", "price of one piece"),
        iso_currency=says("iso currency", "iso 4217", "currency code", "three-letter"),
        iso_country=says("iso country", "iso 3166", "country code", "two-letter"),
        count_words=says("words such as", "number words", "numbers in words", "dozen"),
        last_wins=says("correction", "last word", "changes their mind", "latest"),
        only_ordered=says("only what is ordered", "earlier orders", "not what they ask about"),
        skip_quoted=says("quoted"),
        speakers=says("speaker", "turns begin"),
        id_shape=_shape(wording, KINDS["id"], {"order", "purchase"}),
        product_shape=_shape(wording, KINDS["product"] | KINDS["items"], set()),
    )


def _shape(wording: str, names: frozenset[str], more: set[str]) -> re.Pattern[str] | None:
    """A pattern like the samples after "order numbers look like": letters for letters, digits for digits.

    Built from the samples' classes only, so that no pattern from a prompt is ever run.
    """
    for found in _LOOK_LIKE.finditer(wording):
        said = set(words(found["what"])[-3:])
        products = said & (KINDS["product"] | KINDS["items"])
        if said & (names | more | {name + "s" for name in names}) and bool(products) == ("product" in names):
            shapes = [shape for shape in re.split(r",? or |, ?", found["shapes"]) if re.search(r"\d", shape)][
                :8
            ]
            if shapes:
                return re.compile(rf"(?<![\w-])(?:{'|'.join(map(_classes, shapes))})(?![\w-])")
    return None


def _classes(sample: str) -> str:
    parts = re.findall(r"[A-Za-z]+|[0-9]+|.", sample[:40])
    return "".join(
        f"[A-Z]{{{len(part)}}}"
        if part.isalpha()
        else rf"\d{{{len(part)}}}"
        if part.isdigit()
        else re.escape(part)
        for part in parts
    )


def _source(task: Task, rules: _Rules) -> _Source:
    received, kept = None, []
    for name, body in task.sections.items():
        if name in ("received", "date", "today", "sent"):
            received = next((span.value for span in find_dates(body) if span.value), None)
        elif name not in ("channel", "language"):
            kept.append(body if _is_body(name) else f"{name}: {body}")
    if not task.sections:
        kept = [message["content"] for message in task.messages if message["role"] == "user"][-1:]
    text = "\n".join(kept)
    return _Source(_QUOTED.sub("", text) if rules.skip_quoted else text, received)


def _is_body(name: str) -> bool:
    return name in (
        "message",
        "email",
        "mail",
        "text",
        "note",
        "chat",
        "transcript",
        "order",
        "document",
        "input",
    )


def _value(key: Key, source: _Source, rules: _Rules) -> Any:
    found = _FINDERS.get(key.kind, _labelled)(key, source, rules)
    if found is not None:
        return found
    if rules.null and (key.spec.get("type") is None or "null" in types_of(key.spec)):
        return None
    if rules.guess and key.kind != "items":
        return _guess(key, source)
    return _empty(key)


def _empty(key: Key) -> Any:
    types = types_of(key.spec)
    if key.kind == "items":
        return []
    if key.kind == "flag":
        return False
    return 0 if "number" in types or "integer" in types else ""


def _guess(key: Key, source: _Source) -> Any:
    """What somebody fills in who may not leave a gap: plausible and mostly wrong."""
    mail = _EMAIL.search(source.text)
    code = CODE.search(source.text)
    amounts = find_amounts(source.text)
    plausible: dict[str, Any] = {
        "name": re.sub(r"[._+-]+", " ", mail[0].split("@")[0]).title() if mail else "Unknown",
        "id": code[0] if code else "unknown",
        "currency": "USD",
        "country": "US",
        "date": source.received.isoformat() if source.received else "unknown",
        "amount": max((span.value for span in amounts), default=0),
        "quantity": 1,
    }
    return plausible.get(key.kind, _empty(key) or "unknown")


def _best(key: Key, source: _Source, rules: _Rules, spans: Iterable[Span]) -> Span | None:
    """The span whose surroundings speak most for the key, of equals the first.

    When corrections count, a corrected one comes first, and of equals the last.
    """
    best: tuple[float, Span] | None = None
    for span in spans:
        before, after = _surroundings(source.text, span)
        score = _closeness(key, before) + _closeness(key, after) / 2
        score += CORRECTION_BONUS if rules.last_wins and _CORRECTION.search(before) else 0.0
        if best is None or score > best[0] or (rules.last_wins and score == best[0]):
            best = (score, span)
    return best[1] if best else None


def _surroundings(text: str, span: Span) -> tuple[str, str]:
    """What stands before and after the span on its line, a few words each."""
    before = text[max(0, span.start - BEFORE) : span.start].rpartition("\n")[2]
    return before, text[span.end : span.end + AFTER].partition("\n")[0]


def _closeness(key: Key, text: str) -> float:
    near = {stem(word) for word in words(text)}
    return KEY_WEIGHT * len(near & key.roots) + HINT_WEIGHT * len(near & (key.hints - key.roots))


def _email(key: Key, source: _Source, rules: _Rules) -> str | None:
    spans = (Span(found.start(), found.end(), found[0], found[0]) for found in _EMAIL.finditer(source.text))
    best = _best(key, source, rules, spans)
    return best.raw if best else None


def _phone(key: Key, source: _Source, rules: _Rules) -> str | None:
    spans = (Span(found.start(), found.end(), found[0], found[0]) for found in _PHONE.finditer(source.text))
    best = _best(key, source, rules, spans)
    return best.raw if best else None


def _date(key: Key, source: _Source, rules: _Rules) -> str | None:
    received = source.received if rules.relative else None
    spans = [*find_dates(source.text, day_first=rules.day_first)]
    if not any(span.value for span in spans):
        spans = [*find_dates(source.text, received, day_first=rules.day_first)]
    if rules.not_past and source.received:
        spans = [span for span in spans if span.value is None or span.value >= source.received]
    best = _best(key, source, rules, [span for span in spans if span.value] or spans)
    if best is None:
        return None
    return best.value.isoformat() if rules.iso_dates and best.value else best.raw


def _amounts(source: _Source, rules: _Rules) -> list[Span]:
    """The amounts, without the prices of a piece or a part if only the whole order's is wanted."""
    spans = find_amounts(source.text, comma=rules.comma)
    if not rules.whole_order:
        return spans
    return [span for span in spans if not _UNIT_PRICE.search(_just_beside(source.text, span))]


def _just_beside(text: str, span: Span) -> str:
    return text[max(0, span.start - 9) : span.start] + "|" + text[span.end : span.end + AFTER]


def _amount(key: Key, source: _Source, rules: _Rules) -> Any:
    best = _best(key, source, rules, _amounts(source, rules))
    if best is None:
        return None
    return best.value if rules.numbers or "number" in types_of(key.spec) else best.raw


def _currency(_: Key, source: _Source, rules: _Rules) -> str | None:
    spans = [span for span in find_amounts(source.text) if span.mark]
    best = _best(_TOTAL, source, rules, spans)
    if best is None:
        return None
    return CURRENCIES[best.mark.casefold()] if rules.iso_currency else best.mark


def _country(key: Key, source: _Source, rules: _Rules) -> str | None:
    best = _best(key, source, rules, find_countries(source.text))
    if best is None:
        return None
    return str(best.value) if rules.iso_country else best.raw


def _id(key: Key, source: _Source, rules: _Rules) -> str | None:
    shape = rules.id_shape or CODE
    spans = (Span(found.start(), found.end(), found[0], found[0]) for found in shape.finditer(source.text))
    best = _best(key, source, rules, spans)
    return best.raw if best else None


def _name(_: Key, source: _Source, rules: _Rules) -> str | None:
    return find_name(source.text, speakers=rules.speakers)


def _ordered(source: _Source, rules: _Rules) -> list[Item]:
    return find_items(
        source.text,
        shape=rules.product_shape or CODE,
        not_shape=rules.id_shape,
        count_words=rules.count_words,
        last_wins=rules.last_wins,
        only_ordered=rules.only_ordered,
    )


def _items(key: Key, source: _Source, rules: _Rules) -> list[Any] | None:
    spec = key.spec.get("items")
    properties = spec.get("properties") if isinstance(spec, Mapping) else None
    names = list(properties) if isinstance(properties, Mapping) else ["product", "quantity"]
    if isinstance(spec, Mapping) and not properties and spec.get("type") == "string":
        return [item.product for item in _ordered(source, rules)]
    kinds = {name: key_of(str(name), {}).kind for name in names}
    found = [
        {
            name: item.product
            if kind in ("product", "id", "name")
            else _quantity_of(item)
            if kind == "quantity"
            else None
            for name, kind in kinds.items()
        }
        for item in _ordered(source, rules)
    ]
    return found or None


def _quantity_of(item: Item) -> int:
    return 1 if item.quantity is None else item.quantity


def _product(_: Key, source: _Source, rules: _Rules) -> str | None:
    return next((item.product for item in _ordered(source, rules)), None)


def _quantity(_: Key, source: _Source, rules: _Rules) -> int | None:
    return next((_quantity_of(item) for item in _ordered(source, rules)), None)


def _choice(key: Key, source: _Source, _: _Rules) -> str | None:
    folded = source.text.casefold()
    places = {str(value): folded.find(str(value).casefold()) for value in key.spec.get("enum", ())}
    found = [value for value, at in places.items() if at >= 0]
    return min(found, key=lambda value: places[value]) if found else None


def _flag(key: Key, source: _Source, _: _Rules) -> bool | None:
    said = words(source.text)
    at = next((at for at, word in enumerate(said) if stem(word) in key.roots), None)
    if at is None:
        return None
    return not {"no", "not", "without", "don't"} & set(said[max(0, at - 3) : at])


def _labelled(key: Key, source: _Source, _: _Rules) -> str | None:
    """The value after a line's own label, such as ``Room: 12``."""
    for line in source.text.splitlines():
        label, colon, value = line.partition(":")
        if colon and value.strip() and key.roots & {stem(word) for word in words(label)}:
            return value.strip()
    return None


_TOTAL = key_of("total_amount", {})
_FINDERS: Mapping[str, Callable[[Key, _Source, _Rules], Any]] = {
    "email": _email,
    "phone": _phone,
    "date": _date,
    "amount": _amount,
    "currency": _currency,
    "country": _country,
    "id": _id,
    "name": _name,
    "items": _items,
    "product": _product,
    "quantity": _quantity,
    "choice": _choice,
    "flag": _flag,
}

"""The items of an order and the name of the person who writes it, found in a mail, a chat or a note."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cuebook_standins._order_values import COUNT_PATTERN, count_of
from cuebook_standins._text import STOP_WORDS

CODE = re.compile(r"(?<![\w@.-])[A-Z]{2,5}-?\d{2,6}(?![\w-])")
"""A product or order code when nothing is known about its form."""

_BETWEEN = (
    r"[ ]*(?:[x×]|pcs\.?|pieces|units|pairs|boxes|packs)?(?:[ ]of)?(?:[ ]the)?(?:[ ][a-z]{2,12}){0,2}[ ]*"
)
_COUNT_BEFORE = re.compile(rf"(?<![\w.,/-])(?P<count>{COUNT_PATTERN}){_BETWEEN}\Z", re.I)
_COUNT_AFTER = re.compile(
    r"[ ]*(?:[x×:(]|,?[ ]?(?:quantity|qty\.?)[ :]*)[ ]*(?P<count>\d{1,6})(?![\d-])(?![ ]?[.,]\d)", re.I
)
_NEW_COUNT = re.compile(
    r"\b(?:make (?:it|that|them)|change (?:it|that) to|sorry,?|i mean|i meant|then only|no,)[ ]+"
    rf"(?P<count>{COUNT_PATTERN})\b(?![ ]*(?:[x×]|%|[.,/:-]\d|of\b|[a-z]*day|(?-i:[A-Z]{{2,}})))",
    re.I,
)
_REMOVED = re.compile(r"\b(?:remove|drop|scratch|without|cancel|not|leave out)[ ]+(?:the[ ]+)?\Z", re.I)
_NOT_ORDERED = re.compile(
    r"\b(?:last (?:time|year|delivery|order|month)|sending back|send back|returned?|credit|earlier|sold out"
    r"|we bought|only the|is the|was)\b",
    re.I,
)
_NAMED = re.compile(
    rf"(?<![\w.,/:-])(?P<count>{COUNT_PATTERN})[ ]+(?:[x×][ ]+)?"
    r"(?P<name>[a-z][\w-]{1,20}(?:[ ][a-z][\w-]{1,20}){0,3})"
)
_END_OF_NAME = re.compile(
    r"[ ](?:and|in|for|to|at|by|please|pls|from|with|altogether|on|of|as|which|that|is|are|or|under)\b.*"
)
_NOT_AN_ITEM = """
    am pm days day weeks week months month years year hours hour minutes people times thing things total euros
    euro dollars pounds francs yen keys kilograms steps floor per more little few bit lot of in for at by to
    question mail is as with hurry pleasure minute copy then
"""
_NO_ITEM = frozenset(_NOT_AN_ITEM.split())

_SIGN_OFF = re.compile(
    r"(?:(?:kind|best|warm|many|with|mit|a big|love)\b.{0,60}|regards|thanks|thank you|cheers|sincerely"
    r"|yours .{0,20}|greetings|merci|cordialement|pozdrawiam)[!,.]?",
    re.I,
)
_LABELLED = re.compile(
    r"^(?:(?:customer|caller|client|contact|buyer)(?: name)?|name):[ ]+(?=[^\n]{2,40}?(?:[,.(]|$))",
    re.I | re.M,
)
_SAYS_NAME = re.compile(r"\b(?:my name is|call from|spoke (?:to|with)|signed,?)[ ]+", re.I)
_INTRODUCED = re.compile(r"\b(?:[Tt]his is|I am|I'm)[ ]+")
_CALLED = re.compile(r"^(?=[^\n]{2,60}? (?:called|rang)\b)", re.M)
_TURN = re.compile(r"^(?P<name>[^\W\d_][^\n:]{0,40}):[ ]", re.M)
_WORD = re.compile(r"[ ]?([^\W\d_](?:[\w'\u2019-]*[^\W_])?)(\.?)")
_NOT_A_NAME = """
    agent customer user support assistant me order orders total sum items goods date delivery country mail
    email e-mail name caller when to hello hi hey dear good please we the it my our a an from deliver ship tel
    call destination requested purchase wants he she no yes po p.s. first correction
"""
_NOT_NAMES = frozenset(_NOT_A_NAME.split())
_PARTICLES = frozenset(
    {"van", "de", "der", "den", "von", "da", "di", "do", "dos", "el", "al", "la", "le", "du"}
)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof"})


@dataclass(frozen=True, slots=True)
class Item:
    """What is ordered: a code or a name as written, how many (None if not said), and where it is.

    ``dropped`` is a mention that takes the product out of the order again.
    """

    product: str
    quantity: int | None
    at: int
    dropped: bool = False


def find_items(
    text: str,
    *,
    shape: re.Pattern[str] = CODE,
    not_shape: re.Pattern[str] | None = None,
    count_words: bool = False,
    last_wins: bool = False,
    only_ordered: bool = False,
) -> list[Item]:
    """Items in the order in which they come up, each product once.

    ``shape`` is what product codes look like, ``not_shape`` what other codes do. Without any code, plain
    names after a count are taken. With ``last_wins`` later counts replace earlier ones and removals hold.
    """
    found = list(_coded(text, shape, not_shape, count_words=count_words, only_ordered=only_ordered))
    if only_ordered and any(item.quantity for item in found):
        found = [item for item in found if item.quantity or item.dropped]
    if not found:
        found = list(_named(text, count_words=count_words))
    items: dict[str, Item] = {}
    for item in found:
        before = items.get(item.product)
        if last_wins and item.dropped:
            items.pop(item.product, None)
        elif before is None or (item.quantity is not None and (last_wins or before.quantity is None)):
            items[item.product] = item
    if last_wins:
        _correct(text, items, count_words=count_words)
    return list(items.values())


def _coded(
    text: str,
    shape: re.Pattern[str],
    not_shape: re.Pattern[str] | None,
    *,
    count_words: bool,
    only_ordered: bool,
) -> Iterator[Item]:
    for found in shape.finditer(text):
        if not_shape and not_shape.fullmatch(found[0]):
            continue
        after = _COUNT_AFTER.match(text, found.end())
        before = _COUNT_BEFORE.search(text[max(0, found.start() - 40) : found.start()])
        quantity = count_of(before["count"], in_words=count_words) if before else None
        if quantity is None and after:
            quantity = int(after["count"])
        dropped = bool(_REMOVED.search(text[max(0, found.start() - 24) : found.start()]))
        sentence = _around(text, found.start(), found.end())
        if not (only_ordered and (_NOT_ORDERED.search(sentence) or ("?" in sentence and quantity is None))):
            yield Item(found[0], quantity, found.start(), dropped)


def _around(text: str, start: int, end: int) -> str:
    """The sentence about a place, at most 120 characters to each side."""
    left = re.split(r"[.!?]\s|\n", text[max(0, start - 120) : start])[-1]
    right = re.split(r"(?<=[.!?])\s|\n", text[end : end + 120])[0]
    return left + text[start:end] + right


def _named(text: str, *, count_words: bool) -> Iterator[Item]:
    at = 0
    while found := _NAMED.search(text, at):
        quantity = count_of(found["count"], in_words=count_words)
        name = _END_OF_NAME.sub("", found["name"])
        at = found.start("name") + len(name)
        if quantity is not None and name.split()[0] not in _NO_ITEM:
            yield Item(name, quantity, found.start("name"))


def _correct(text: str, items: dict[str, Item], *, count_words: bool) -> None:
    """Let "make that 3" change the item that came up last before it."""
    for found in _NEW_COUNT.finditer(text):
        count = count_of(found["count"], in_words=count_words)
        earlier = [item for item in items.values() if item.at < found.start()]
        if count is not None and earlier:
            last = max(earlier, key=lambda item: item.at)
            items[last.product] = replace(last, quantity=count)


def find_name(text: str, *, speakers: bool = False) -> str | None:
    """The writer's or caller's name without a title; the name before a chat turn only if ``speakers``."""
    for cue in (_LABELLED, _SAYS_NAME):
        for found in cue.finditer(text):
            if name := _name_at(text, found.end()):
                return name
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _SIGN_OFF.fullmatch(line.strip()):
            following = next((after.strip() for after in lines[number + 1 :] if after.strip()), "")
            if name := _name_at(following, 0):
                return name
    for cue in (_INTRODUCED, _CALLED):
        for found in cue.finditer(text):
            if name := _name_at(text, found.end()):
                return name
    turns = [found["name"] for found in _TURN.finditer(text)] if speakers else []
    named = (name for turn in turns if (name := _name_at(turn, 0)) == turn)
    return next(named, None) or _last_line(lines)


def _last_line(lines: list[str]) -> str | None:
    """A line that is nothing but a name, within the last three."""
    ends = [line.strip() for line in lines if line.strip()][1:][-3:]
    return next((line for line in ends if " " in line and _name_at(line, 0) == line), None)


def _name_at(text: str, start: int) -> str | None:
    """Up to five capitalised words in a row from a place on, titles left out."""
    parts: list[str] = []
    at = start
    while len(parts) < 5 and (found := _WORD.match(text, at)):
        word, dot = found[1], found[2]
        folded = word.casefold()
        if folded in _TITLES:
            at = found.end()
            continue
        if not (word[0].isupper() or folded in _PARTICLES) or not _may_be_name(folded):
            break
        initial = bool(dot) and len(word) == 1
        parts.append(word + "." if initial else word)
        at = found.end()
        if dot and not initial:
            break
    while parts and parts[-1].casefold() in _PARTICLES:
        parts.pop()
    return " ".join(parts) or None


def _may_be_name(folded: str) -> bool:
    plain = re.split(r"['\u2019]", folded)[0]
    return folded not in _NOT_NAMES and plain not in STOP_WORDS and not any(c.isdigit() for c in folded)

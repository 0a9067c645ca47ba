"""Words of the command line: numbers, and what was meant by words in another place."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

import click

from cuebook.core.errors import UsageError
from cuebook.core.refs import LATEST, PRODUCTION, alias_problem
from cuebook.registry.reader import Registry


class WholeNumber(click.IntRange):
    """A whole number between two; another word is repeated with what is wanted."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """As click does, in words that need no programmer."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            end = "on" if self.max is None else f"to {self.max:,}"
            self.fail(f"{value!r} is not a whole number from {self.min} {end}", param, ctx)


class Amount(click.FloatRange):
    """A number above 0."""

    name = "number"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As click does, in words that need no programmer."""
        try:
            return float(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is not a number above 0", param, ctx)


def numbered(word: str) -> int:
    """Return the number of a version as people write it, ``2`` or ``v2``; 0 for another word."""
    found = re.fullmatch(r"v?([1-9][0-9]{0,8})", word)
    return int(found[1]) if found else 0


def refuse_apart(registry: Registry, words: Sequence[str]) -> None:
    """Raise UsageError for a version or alias beside its prompt: both are one word, as in ``name/2``."""
    names = registry.names()
    for ref, word in pairwise(words):
        name = re.split("[/@]", ref)[0]
        if name not in names or word in names:
            continue
        number = numbered(word)
        if number or word in registry.aliases(name):
            cure = f"write {name}/{number}" if number else f"write {name}@{word}"
            raise UsageError(f"{word!r} is apart from its prompt, {name!r}", cure)


def meant_by(error: click.ClickException, words: Sequence[str]) -> str:
    """Return the command with its words where they belong; empty where that is not known."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None or type(error) is not click.UsageError or isinstance(context.command, click.Group):
        return ""
    own = words[len(context.command_path.split()) - 1 :]
    _, extra, _ = context.command.make_parser(context).parse_args(list(own))
    if len(extra) != 1:
        return ""
    (word,), before = extra, [*words]
    at = len(before) - 1 - before[::-1].index(word)
    rest = before[:at], before[at + 1 :]
    places = {item.name for item in context.command.params if isinstance(item, click.Argument)}
    options = {name for item in context.command.params for name in item.opts}
    given = str(context.params.get("ref") or context.params.get("name") or "")
    if not places:
        return _joined(*rest)
    if (number := context.params.get("number") or context.params.get("word")) and "--alias" in options:
        if numbered(word) and not numbered(number):
            # The alias came first, as in ``promote qa staging 2``.
            named = [f"{given}/{numbered(word)}" if item == given else item for item in rest[0]]
            rest, word = ([item for item in named if item != number], rest[1]), number
        if alias_problem(word) or "--alias" in words:
            return ""
        return _joined(*rest) if word == PRODUCTION else _joined(rest[0], ["--alias", word], rest[1])
    if "-v" in options and "=" in word:
        return _joined(rest[0], ["-v", word], rest[1])
    if "-m" in options:
        return _joined(rest[0], ["-m", word], rest[1])
    if "ref" not in places or not given or set(given) & set("/@"):
        return ""
    other = context.params.get("other")
    one, two = _as_one(given, other or word), _as_one(given, word) if other else ""
    if not one or (other and not two):
        return ""
    named = [one if item == given else item for item in rest[0]]
    return _joined([two if two and item == other else item for item in named], rest[1])


def _as_one(name: str, word: str) -> str:
    """The ref of a prompt and the version or alias beside it; empty where the word is neither."""
    if number := numbered(word):
        return f"{name}/{number}"
    return "" if alias_problem(word) and word != LATEST else f"{name}@{word}"


def _joined(*words: Sequence[str]) -> str:
    return shlex.join(["cuebook", *chain(*words)])

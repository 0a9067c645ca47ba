"""The grammar of names: prompts, aliases, versions and refs such as ``qa-assistant@production``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from cuebook.core.errors import MalformedRef, UnknownAlias, UnknownPrompt, UnknownVersion, did_you_mean
from cuebook.core.values import quoted

SCHEME = "prompts:/"
LATEST = "latest"
PRODUCTION = "production"

NAME_PATTERN = r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?"
ALIAS_PATTERN = r"[a-z][a-z0-9_-]{0,63}"
_NAME = re.compile(NAME_PATTERN)
_ALIAS = re.compile(ALIAS_PATTERN)
_RESERVED_ALIAS = re.compile(r"v[0-9]+")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_VERSION_FILE = re.compile(r"v([1-9][0-9]{0,8})\.prompt\.yml")
_WINDOWS = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))]
)


class Ref(NamedTuple):
    """A prompt's name with either a version number or an alias."""

    name: str
    version: int | None = None
    alias: str | None = None

    def __str__(self) -> str:
        return f"{self.name}/{self.version}" if self.version else f"{self.name}@{self.alias}"


def parse_ref(text: str, *, default_alias: str | None = None) -> Ref:
    """Read ``name/3``, ``name@alias``, ``name/alias``, each with or without ``prompts:/``.

    A bare ``name`` is taken only when ``default_alias`` is given. Raises MalformedRef.
    """
    if not isinstance(text, str):
        raise MalformedRef(f"{repr(text)[:80]} is not a ref: a ref is a string", _FORMS)
    body = text.removeprefix(SCHEME)
    name, mark, rest = body.partition("@")
    if not mark:
        name, mark, rest = body.partition("/")
    if problem := name_problem(name):
        raise _malformed(text, problem, default_alias)
    if not mark:
        if default_alias is None:
            raise MalformedRef(
                f"{quoted(text)} names no version or alias", f"try {body}@{PRODUCTION} or {body}/1"
            )
        return Ref(name, alias=default_alias)
    if _VERSION.fullmatch(rest):
        return Ref(name, version=int(rest))
    if rest == LATEST or alias_problem(rest) is None:
        return Ref(name, alias=rest)
    raise _malformed(text, _rest_problem(rest), default_alias)


_FORMS = "write name/3, name@production or name@latest, with or without prompts:/ before it"


def _malformed(text: str, problem: str, default_alias: str | None) -> MalformedRef:
    if meant := ref_of_path(text):
        whole = meant if default_alias or "/" in meant else f"{meant}@{PRODUCTION}"
        return MalformedRef(f"{quoted(text)} is a path and not a ref", f"write {whole}")
    nearly = _nearly(text.removeprefix(SCHEME), default_alias)
    return MalformedRef(f"{quoted(text)} is not a ref: {problem}", f"write {nearly}" if nearly else _FORMS)


def _nearly(text: str, default_alias: str | None) -> str:
    """The ref that a text is but for capitals, blanks, a ``v`` or noughts before the number; else empty."""
    found = re.fullmatch(
        r"\s*([A-Za-z0-9 ._-]+?)\s*(?:([/@])\s*(?:[vV]?0*([1-9][0-9]{0,8})|([\w-]*))\s*)?", text
    )
    if not found or name_problem(name := suggest_name(found[1])):
        return ""
    _, mark, number, alias = found.groups()
    if number or (not mark and default_alias):
        return f"{name}/{number}" if number else name
    alias = alias.lower() if alias else "" if mark == "/" else PRODUCTION
    return f"{name}@{alias}" if alias and (alias == LATEST or alias_problem(alias) is None) else ""


def ref_of_path(text: str) -> str:
    """What names the version, or else the prompt, to which a path leads that a shell completed, or empty."""
    path = text.replace("\\", "/")
    found = re.fullmatch(r"(?:.*/)?([^/]+)/(?:v([1-9][0-9]{0,8})\.prompt\.yml|[a-z]+\.(?:yml|jsonl))", path)
    # A folder without a slash behind it is one where the text can be nothing but a path.
    found = (
        found
        or re.fullmatch(r".*/([^/]+)/()", path)
        or re.fullmatch(r"[./](?:.*/)?(?:prompts|evals)/([^/]+)()", path)
    )
    if not found or name_problem(found[1]):
        return ""
    return f"{found[1]}/{found[2]}" if found[2] else found[1]


def _rest_problem(rest: str) -> str:
    if rest.isascii() and rest.isdigit():
        return f"version {quoted(rest)} must be 1, 2, 3, ... without leading zeros"
    return alias_problem(rest) or "not a version or alias"


def name_problem(name: str) -> str | None:
    """Why ``name`` cannot name a prompt or suite, or None when it can."""
    if not name:
        return "the name is empty"
    if not _NAME.fullmatch(name):
        return (
            f"name {quoted(name)} may have only a-z, 0-9, '.', '_' and '-', at most 64 of them, "
            "and must begin and end with a letter or digit"
        )
    if name.split(".")[0] in _WINDOWS:
        return f"name {quoted(name)} is reserved by Windows"
    if ".." in name:
        return f"name {quoted(name)} has two dots in a row"
    return None


def suggest_name(name: str) -> str:
    """The nearest allowed name: lower case, letters without their accents, other characters made hyphens."""
    import unicodedata  # only a name that is refused needs it

    letters = "".join(
        c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c)
    )
    made = re.sub(r"\.{2,}", ".", re.sub(r"[^a-z0-9._]+", "-", letters))[:64].strip("-._")
    if not made or made.split(".")[0] in _WINDOWS:
        return f"my-{made or 'prompt'}"[:64].rstrip("-._")
    return made


def alias_problem(alias: str) -> str | None:
    """Why ``alias`` cannot be an alias, or None when it can."""
    if alias == LATEST:
        return "alias 'latest' is reserved: it is always the highest version"
    if _RESERVED_ALIAS.fullmatch(alias):
        return f"alias {quoted(alias)} is reserved: it looks like a version"
    if not _ALIAS.fullmatch(alias):
        rule = "must begin with a-z and have only a-z, 0-9, '_' and '-', at most 64 characters"
        return f"alias {quoted(alias)} {rule}"
    if alias in _WINDOWS:
        return f"alias {quoted(alias)} is reserved by Windows"
    return None


def version_number(file_name: str) -> int | None:
    """The number in ``v<N>.prompt.yml``, or None when the file name is no version's."""
    found = _VERSION_FILE.fullmatch(file_name)
    return int(found[1]) if found else None


def name_clashes(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names that a case-insensitive or Unicode-folding file system would confuse."""
    import unicodedata

    seen: dict[str, str] = {}
    clashes = []
    for name in names:
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded in seen:
            clashes.append((seen[folded], name))
        seen.setdefault(folded, name)
    return clashes


def unknown_prompt(name: str, known: Collection[str], now: str = "") -> UnknownPrompt:
    """The error for a name that no prompt has, naming the one that had it, or the nearest one."""
    path = ref_of_path(name).partition("/")[0]
    hint = (
        f"it is called {now!r} now" if now else f"write {path}" if path else did_you_mean(name, list(known))
    )
    hint = hint or f'there is no prompt yet: cuebook new {name} -m "Why this prompt"'
    return UnknownPrompt(f"no prompt is called {quoted(name)}", hint)


def unknown_version(
    name: str, number: int, known: Collection[int], erased: Collection[int] = ()
) -> UnknownVersion:
    """The error for a number that no version of a prompt has, or has any more, naming the nearest one."""
    if number in erased and not known:
        return UnknownVersion(f"{name}/{number} was erased", f'cuebook new {name} -m "Why this version"')
    if not known:
        return UnknownVersion(
            f"{quoted(name)} has no version yet", f'cuebook new {name} -m "Why this prompt"'
        )
    near = min(sorted(known), key=lambda other: abs(other - number))
    what = f"{name}/{number} was erased" if number in erased else f"{quoted(name)} has no version {number}"
    return UnknownVersion(what, f"nearest: {name}/{near}; it has {_ranges(sorted(known))}")


def unknown_alias(name: str, alias: str, known: Collection[str]) -> UnknownAlias:
    """The error for an alias that a prompt does not have, naming the nearest one.

    A ref without an alias means production, so who never wrote one learns what else to write.
    """
    if not known:
        return UnknownAlias(
            f"{quoted(name)} has no alias {quoted(alias)}",
            f"no alias is set yet: ask for {name}@{LATEST}, or {name}/1",
        )
    return UnknownAlias(f"{quoted(name)} has no alias {quoted(alias)}", did_you_mean(alias, [*known, LATEST]))


def _ranges(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"version {numbers[0]}"
    first, last = numbers[0], numbers[-1]
    # One that is erased leaves a gap.
    some = "" if len(numbers) == last - first + 1 else f"{len(numbers)} "
    return f"{some}versions {'from ' if some else ''}{first} to {last}"

"""What an alias says: the version in use, and versions that a share of units gets in its place. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cuebook.core.shape_errors import kind_of
from cuebook.core.units import MOST_SHARE, MOST_TRIES
from cuebook.wording.aliases import AliasCode


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where an alias points: ``use`` is the version apps get, ``tries`` maps others to per cents of units."""

    use: int
    tries: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def live(self) -> tuple[int, ...]:
        """The versions that the alias makes live: that in use, then those that are tried, ascending."""
        return self.use, *self.tries

    def __str__(self) -> str:
        """As ``aliases.yml`` has it."""
        if not self.tries:
            return str(self.use)
        tried = ", ".join(f"{number}: {share}" for number, share in self.tries.items())
        return f"{{use: {self.use}, try: {{{tried}}}}}"


def live(pointers: Mapping[str, Pointer], aliases: Collection[str] | None = None) -> list[int]:
    """The versions that these aliases, or all of them, make live, ascending."""
    wanted = pointers if aliases is None else [alias for alias in aliases if alias in pointers]
    return sorted({number for alias in wanted for number in pointers[alias].live})


def pointing(pointers: Mapping[str, Pointer], number: int) -> list[str]:
    """Return the aliases that make a version live, be it for a share of units."""
    return [alias for alias, pointer in pointers.items() if number in pointer.live]


Fault = tuple[Sequence[str], AliasCode, Mapping[str, object]]
"""Where in the value, what is wrong, and the facts that its words need."""


def read_pointer(value: Any) -> Pointer | list[Fault]:
    """Read a value of ``aliases.yml``, a number or a mapping of ``use`` and ``try``; or return its faults."""
    if _is_version(value):
        return Pointer(value)
    if not isinstance(value, dict):
        # What Japanese keyboards make of a digit is that digit, and 2.0 is 2.
        written = unicodedata.normalize("NFKC", str(value)).strip().removesuffix(".0")
        marked = re.fullmatch(r"(?:[a-z0-9._-]+/)?[vV]?([1-9][0-9]{0,8})", written)
        if marked:
            return [((), "alias_marked", {"given": "".join(kind_of(value)), "number": marked[1]})]
        return [((), "alias_no_number", {"given": "".join(kind_of(value))})]
    faults = list(_faults(value))
    if faults:
        return faults
    tries = {int(number): share for number, share in value["try"].items()}
    return Pointer(value["use"], MappingProxyType(dict(sorted(tries.items()))))


def _is_version(value: Any) -> bool:
    # ``true`` is an ``int`` in Python, and no version.
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _faults(value: Mapping[str, Any]) -> Iterator[Fault]:
    for key in value:
        if key not in {"use", "try"}:
            yield (key,), "alias_key_unknown", {"key": key}
    use, tries = value.get("use"), value.get("try")
    if not _is_version(use):
        missing = use is None
        yield ("use",), "use_missing" if missing else "use_no_version", {"given": "".join(kind_of(use))}
    if not isinstance(tries, dict) or not tries:
        yield ("try",), "tries_nothing_beside" if _is_version(use) else "tries_nothing", {"use": use}
        return
    yield from _tried(use, tries)


def _shown(value: Any) -> str:
    """A value as it is written, where it is short; else what it is."""
    kind, written = kind_of(value)
    return written.removeprefix(": ") or kind


def _tried(use: Any, tries: Mapping[str, Any]) -> Iterator[Fault]:
    shares = []
    for number, share in tries.items():
        place = ("try", number)
        if not number.isascii() or not number.isdecimal() or number.startswith("0") or len(number) > 9:
            yield place, "try_no_version", {"number": number}
        elif int(number) == use:
            yield place, "try_in_use", {"number": number}
        if not isinstance(share, int) or isinstance(share, bool) or not 1 <= share <= MOST_SHARE:
            yield place, "try_share", {"number": number, "given": _shown(share)}
        else:
            shares.append(share)
    if len(tries) > MOST_TRIES:
        yield ("try",), "try_too_many", {"count": len(tries)}
    if len(shares) == len(tries) and len(tries) <= MOST_TRIES and sum(shares) > MOST_SHARE:
        yield ("try",), "try_too_much", {"total": sum(shares)}

"""Canonical JSON (RFC 8785), the digests made from it, and reading JSON that has a canonical form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import isfinite
from typing import Any, Literal

LARGEST_WHOLE = 1 << 53
"""From here on a double, which is what RFC 8785 knows, skips whole numbers."""
MAX_DEPTH = 64
"""Levels of a value that people write; readers recurse, and Python's own stack ends at a thousand."""
PUBLISHED_DEPTH = 2 * MAX_DEPTH
"""Published JSON wraps what people's files hold."""
CALLING = ("tools", "toolChoice", "parallelToolCalls")
"""What a version says of calls that an answer may make. Part of its behaviour only where it is set, so that
the digests of versions from before there was any of it stay."""
_BOM = "Unexpected UTF-8 BOM (decode using utf-8-sig)"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def canonical(value: Any) -> bytes:
    """The one UTF-8 JSON text of a value: sorted keys, no spaces, numbers as ECMAScript writes them.

    Raises ValueError for NaN, infinities, lone surrogates, and for values that JSON has no form for.
    """
    from json.encoder import encode_basestring  # json costs the client 10 ms; only a digest needs it

    parts: list[str] = []
    _write(value, parts, encode_basestring)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise ValueError("not valid Unicode: half a character, such as \\ud800") from None


def digest(value: Any) -> str:
    """``sha256:`` and the hex SHA-256 of the canonical JSON of a value."""
    return digest_bytes(canonical(value))


def alike(left: Any, right: Any) -> bool:
    """Whether two values are the same JSON, with whole numbers written the same way.

    In Python 1, 1.0 and True are equal; an expected 1.0 is another text, and an expected true another value.
    """
    return canonical(left) == canonical(right) and list(pointed(left)) == list(pointed(right))


def pointed(value: Any, *at: str | int) -> Iterator[list[str | int]]:
    """Where a value holds whole numbers that are written with a point, and each as it is written.

    Their canonical form is that of the number without a point.
    """
    if isinstance(value, float) and value.is_integer():
        yield [*at, repr(value)]
    elif isinstance(value, Mapping):
        for name in sorted(value):
            if type(value[name]) is not str:  # as nearly everything is that gets a digest
                yield from pointed(value[name], *at, name)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from pointed(item, *at, index)


def digest_bytes(data: bytes) -> str:
    """``sha256:`` and the hex SHA-256 of bytes."""
    import hashlib

    return "sha256:" + hashlib.sha256(data).hexdigest()


def behaviour(version: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a version's JSON (keys as apps fetch it) that may change answers.

    Raises KeyError when a part is missing; those of ``CALLING`` may be.
    """
    inputs = {
        name: {key: value for key, value in spec.items() if key != "description"}
        for name, spec in version["inputs"].items()
    }
    return {
        "inputs": inputs,
        "jsonSchema": version["jsonSchema"],
        "messages": version["messages"],
        "model": version["model"],
        "modelParameters": version["modelParameters"],
        "responseFormat": version["responseFormat"],
        "template": version["template"],
        "templateFormat": version["templateFormat"],
        **calling(version),
    }


def calling(version: Mapping[str, Any]) -> dict[str, Any]:
    """What a version's JSON says of tools, the keys that are set; empty without tools."""
    return {key: version[key] for key in CALLING if version.get(key) is not None}


def read_json(text: str, *, depth: int = MAX_DEPTH) -> Any:
    """Strict JSON that ``canonical`` can write again.

    Raises ValueError for duplicate keys, NaN and infinities, lone surrogates, and nesting past ``depth``.
    """
    import json

    try:
        if text.startswith("\ufeff"):
            raise json.JSONDecodeError(_BOM, text, 0)
        value = _decoder().decode(text)
    except json.JSONDecodeError as error:
        at = min(error.pos, len(text.rstrip()))  # where the text ends, not in an empty line after it
        code, said = _SLIPS.get(error.msg, ("", "it cannot be read"))
        slip = json.JSONDecodeError(said, error.doc, at)
        slip.slip = code  # type: ignore[attr-defined]
        slip.args = (f"{slip.msg} at line {slip.lineno}, column {slip.colno}",)  # without Python's own count
        raise slip from None
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError as error:
        if "int_max_str_digits" in str(error):
            raise ValueError("a number has too many digits") from None
        raise
    # To count signs takes less time than to walk through the value, and settles it for nearly every text.
    if text.count("[") + text.count("{") > depth and _depth(value) > depth:
        raise ValueError(f"nested more than {depth} deep")
    # Half a character can be written as an escape only; ``canonical`` is what refuses it.
    if _SURROGATE.search(text):
        canonical(value)
    return value


@cache
def _decoder() -> Any:
    """Made once: a dataset has thousands of lines."""
    from json import JSONDecoder

    return JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)


JsonSlip = Literal[
    "", "value", "key", "colon", "comma", "more", "open", "control", "escape", "trailing", "bom"
]
"""What keeps a text from being JSON; empty where that is no slip of its signs."""

_SLIPS: dict[str, tuple[JsonSlip, str]] = {
    "Expecting value": ("value", "no value is here"),
    "Expecting property name enclosed in double quotes": ("key", "a key in double quotes is missing"),
    "Expecting ':' delimiter": ("colon", "a colon is missing"),
    "Expecting ',' delimiter": ("comma", "a comma is missing"),
    "Extra data": ("more", "more than one value"),
    "Unterminated string starting at": ("open", "a text is not closed"),
    "Invalid control character at": ("control", "a line break or control character in a text"),
    "Invalid \\escape": ("escape", "a backslash that begins no escape"),
    "Invalid \\uXXXX escape": ("", "\\u without four digits"),
    "Illegal trailing comma before end of object": ("trailing", "a comma after the last value"),
    "Illegal trailing comma before end of array": ("trailing", "a comma after the last value"),
    _BOM: ("bom", "a byte order mark"),
}
"""Which slip it is that Python names, and the same in plain words."""


def json_slip(error: ValueError) -> JsonSlip:
    """Return which slip it was that ``read_json`` refused."""
    slip: JsonSlip = getattr(error, "slip", "")
    return slip


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError(f"duplicate key {name[:40]!r}")
        made[name] = value
    return made


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:40]} is too large for a number")
    return value


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, (dict, list))]:
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
        depth += 1
    return depth


def _write(value: Any, parts: list[str], quote: Any) -> None:
    kind = type(value)
    if kind is str:
        parts.append(quote(value))
    elif kind is dict:
        _write_mapping(value, parts, quote)
    elif kind is list or kind is tuple:
        _write_sequence(value, parts, quote)
    elif value is None or kind is bool:
        parts.append({None: "null", True: "true", False: "false"}[value])
    elif kind is int:
        # RFC 8785 knows doubles only; an integer that a double cannot hold keeps all its digits here.
        parts.append(str(value))
    elif kind is float:
        parts.append(_number(value))
    else:
        _write_other(value, parts, quote)


def _write_other(value: Any, parts: list[str], quote: Any) -> None:
    """Values of derived types, as the type they derive from."""
    if isinstance(value, Mapping):
        _write_mapping(value, parts, quote)
    elif isinstance(value, (list, tuple)):
        _write_sequence(value, parts, quote)
    else:
        for plain in (str, int, float):
            if isinstance(value, plain):
                _write(plain(value), parts, quote)
                return
        raise ValueError(f"no JSON form for {type(value).__name__}")


def _write_sequence(value: list[Any] | tuple[Any, ...], parts: list[str], quote: Any) -> None:
    parts.append("[")
    for index, item in enumerate(value):
        if index:
            parts.append(",")
        _write(item, parts, quote)
    parts.append("]")


def _write_mapping(value: Mapping[Any, Any], parts: list[str], quote: Any) -> None:
    try:
        plain = "".join(value).isascii()
    except TypeError:
        raise ValueError("every key of a JSON object is a string") from None
    mark = "{"
    # RFC 8785 sorts by UTF-16 units; for ASCII Python's own order is the same, and takes less time.
    for key in sorted(value) if plain else sorted(value, key=_utf16):
        item = value[key]
        if type(item) is str:  # as nearly everything is that gets a digest
            parts.append(f"{mark}{quote(key)}:{quote(item)}")
        else:
            parts.append(f"{mark}{quote(key)}:")
            _write(item, parts, quote)
        mark = ","
    parts.append("}" if value else "{}")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _number(value: float) -> str:
    if not isfinite(value):
        raise ValueError("NaN and infinity have no JSON form")
    text = repr(value)
    # ECMAScript writes no exponent below 1e21, where Python begins at 1e16, nor down to 1e-6.
    if value == int(value) and abs(value) < 1e21:
        from decimal import Decimal

        return str(int(Decimal(text)))
    mantissa, mark, exponent = text.partition("e")
    if not mark:
        return text
    power = int(exponent)
    if -7 < power < 0:
        digits = mantissa.replace(".", "").lstrip("-")
        return ("-" if value < 0 else "") + "0." + "0" * (-power - 1) + digits
    return f"{mantissa.removesuffix('.0')}e{'+' if power > 0 else '-'}{abs(power)}"


def is_number(value: object) -> bool:
    """Whether a value is a number in JSON: Python calls true and false numbers, too."""
    return isinstance(value, int | float) and not isinstance(value, bool)

"""Taking JSON out of a model's answer: one value, strictly, out of a Markdown fence if there is one."""

from __future__ import annotations

import re
from json import JSONDecodeError
from typing import Any

from cuebook.core.canonical import canonical, read_json

_FENCE = "```"
_NAME = "think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis|seed:think"
_THOUGHTS = re.compile(
    rf"\s*(?:<({_NAME})>.*?</\1>"
    rf"|<\|({_NAME})\|>.*?<\|/\2\|>"
    r"|\[think\].*?\[/think\]"
    r"|\u25c1think\u25b7.*?\u25c1/think\u25b7"
    r"|<\|begin_of_thought\|>.*?<\|end_of_thought\|>"
    r"|<\|start_thinking\|>.*?<\|end_thinking\|>"
    r"|<\|channel\|>analysis<\|message\|>.*?<\|end\|>(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>)",
    re.IGNORECASE | re.DOTALL,
)
"""How models that think in their reply mark it: the first end closes it, as nobody can tell a quoted one."""


def json_answer(text: str, *, allow_fence: bool = True) -> Any:
    """Return the one JSON value that the whole answer is.

    Raises ValueError for an empty answer, words around the JSON, several values, duplicate keys, and for
    what JSON cannot carry: NaN, infinities, numbers beyond a double, broken Unicode.
    """
    body = _unfenced(text) if allow_fence else text
    if not body.strip():
        raise ValueError("the answer is empty")
    try:
        value = read_json(body)
        canonical(value)  # it refuses what JSON cannot carry: broken Unicode, numbers beyond a double
    except JSONDecodeError as error:
        # The commonest reason of a model that thinks, and one that "not JSON" would not tell.
        if _THOUGHTS.match(body):
            raise ValueError("it begins with a block of thoughts, which apps get, too") from None
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"not one JSON value: {error.msg.lower()} at {where}") from None
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


def json_object(text: str) -> dict[str, Any]:
    """Return the one JSON object that the whole answer is, a fence around it taken off.

    Raises ValueError as ``json_answer``, and for any other value.
    """
    value = json_answer(text)
    if not isinstance(value, dict):
        names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
        raise ValueError(f"a JSON object was expected, not {names.get(type(value), 'null')}")
    return value


def judge_object(text: str) -> dict[str, Any]:
    """Return the one JSON object of a judge's reply; a block of thoughts before it and a fence are taken off.

    Each is taken off at most once, and nothing else: a reply of these and one object is no easier to forge
    than the object. Raises ValueError as ``json_answer``.
    """
    return json_object(without_thoughts(text))


def without_thoughts(text: str) -> str:
    """Return the text after the block of thoughts that it begins with; any other text as it is."""
    found = _THOUGHTS.match(text)
    return text[found.end() :] if found else text


def _unfenced(text: str) -> str:
    """The inside of a text that is one ```` ```json ```` block; any other text as it is."""
    block = text.strip()
    head, line_break, rest = block.partition("\n")
    marked = head.startswith(_FENCE) and rest.endswith(_FENCE)
    if not (line_break and marked and head[3:].strip().casefold() in {"", "json"}):
        return text
    return rest.removesuffix(_FENCE)

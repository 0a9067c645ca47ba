"""Nunjucks, which promptfoo fills prompts with, as templates of ours: what both have, and nothing guessed."""

from __future__ import annotations

import re

from cuebook.importers._notes import Notes, Place
from cuebook.importers._tags import tags
from cuebook.importers._templates import CannotSay, Piece, Pieces, braces, jinja, stop_at

_KINDS = (("{{", "}}"), ("{%", "%}"))
_NAME = re.compile(r"\s*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\s*", re.ASCII)
_FILTER = re.compile(r"(?<!\|)\|\s*([A-Za-z_]\w*)")
_SHARED = {"upper", "lower", "trim", "default", "replace", "join", "length", "first", "last", "title"} | {
    "round", "int", "float", "capitalize", "abs", "sort", "reverse", "list", "string", "indent", "wordcount"
}  # fmt: skip
# They make HTML of a value, which a prompt is not; that they are dropped is said.
_DROPPED = {"nl2br", "safe", "escape", "e", "forceescape", "escapejs"}
_BLOCKS = {
    "if",
    "elif",
    "elseif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "raw",
    "endraw",
    "verbatim",
    "endverbatim",
}
# Jinja2 compares without changing a type, so that === is its ==.
_OPERATORS = (("===", "=="), ("!==", "!="), ("&&", " and "), ("||", " or "))


def nunjucks(text: str, notes: Notes, place: Place) -> Pieces:
    """Convert a text with Nunjucks in it. Raises CannotSay for what our engine has not."""
    if "{%" not in text and "{#" not in text:
        inside = [found.inside for found in tags(text, _KINDS[:1])]
        # Refused below: only promptfoo itself has values for these.
        asks_more = {part.strip().split(".")[0] for part in inside} & {"env", "_conversation"}
        if all(_NAME.fullmatch(part) for part in inside) and not asks_more:
            return braces(text)
    changed: dict[str, str] = {}
    faults: list[CannotSay] = []

    made: list[str] = []
    end, line, counted = 0, 1, 0
    for found in tags(text, _KINDS):
        line += text.count("\n", counted, found.start)
        counted = found.start
        made.append(text[end : found.start])
        end = found.end
        lead = "-" * found.inside.startswith("-")
        tail = "-" * found.inside[len(lead) :].endswith("-")
        code = found.inside[len(lead) : len(found.inside) - len(tail)]
        try:
            if found.opening == "{%":
                _refuse_block(code.strip(), line)
            # The dashes that take spaces away mean the same in both, so they are kept where they were.
            made += [found.opening, lead, _expression(code, line, changed), tail, text[end - 2 : end]]
        except CannotSay as error:
            faults.append(error)
    stop_at(faults)
    for old, new in changed.items():
        notes.changed(place, f"filter {old} -> {new}" if new else f"filter {old} was left out")
    whole = "".join([*made, text[end:]])
    return [Piece(whole, code=True)] if jinja(whole) else []


def _refuse_block(code: str, line: int) -> None:
    word = code.split(None, 1)[0] if code else ""
    if word not in _BLOCKS:
        raise CannotSay(f"block {word[:20]}: no equivalent", line)
    if re.match(r"for\s+\w+\s*,", code):
        raise CannotSay("a loop over keys and values", line)


def _expression(code: str, line: int, changed: dict[str, str]) -> str:
    if re.search(r"\benv\.", code) or "_conversation" in code:
        raise CannotSay(f"{code.strip()[:40]}: values of the tool itself", line)
    for old, new in _OPERATORS:
        code = code.replace(old, new)
    # Jinja2 has neither elseif nor verbatim.
    code = (
        re.sub(r"^(\s*)elseif\b", r"\1elif", code).replace("endverbatim", "endraw").replace("verbatim", "raw")
    )
    # Jinja2 would look for a key called length.
    code = re.sub(r"([\w\])])\.length\b", r"\1|length", code)

    def one(found: re.Match[str]) -> str:
        name = found[1]
        if name == "dump":
            changed[name] = "tojson"
            return "| tojson"
        if name in _DROPPED:
            changed[name] = ""
            return ""
        if name not in _SHARED:
            raise CannotSay(f"filter {name[:20]}: no equivalent", line)
        return found[0]

    return _FILTER.sub(one, code)

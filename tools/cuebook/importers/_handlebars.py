"""Handlebars as dotprompt fills it, as pieces of our templates: blocks as Jinja2, partials written out.

Names are looked up as Handlebars does: inside ``each`` and ``with`` those of the item, others by ``../``.
A helper that is not one of dotprompt's is refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from cuebook.importers._tags import ESCAPED, TemplateTag, tags
from cuebook.importers._templates import CannotSay, Piece, Pieces, stop_at

# The longer openings come first, as each begins with the shorter; a comment with dashes may hold }}.
_KINDS = (("{{{", "}}}"), ("{{!--", "--}}"), ("{{", "}}"))
_PATH = re.compile(r"(?:\.\./)*(?:this|@?[A-Za-z_]\w*)(?:[./][A-Za-z_]\w*)*", re.ASCII)
_WORD = re.compile(r'"[^"]*"|\'[^\']*\'|[^\s"\']+')
# What dotprompt's own helpers write into the filled text; files have it written by hand, too.
_MARKER = re.compile(r"<<<dotprompt:(?:role:([a-z]+)|history)>>>")
_GIVEN = re.compile(r"""([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s"'=]+)\s*""", re.ASCII)
# A value with a backslash is none of these: Handlebars and Jinja2 read escapes differently.
_LITERAL = re.compile(r""""[^"\\]*"|'[^'\\]*'|-?\d+(?:\.\d+)?|true|false""")
_DEEPEST = 10
"""Partials within partials: one that includes itself would never end."""
# Not @key: each gives the values of a mapping, and a loop of Jinja2 its keys.
_LOOP = {"@index": "loop.index0", "@first": "loop.first", "@last": "loop.last"}


class Mark(NamedTuple):
    """A helper of dotprompt that writes no text: ``role``, ``history``, ``media`` or ``section``."""

    kind: str
    value: str
    line: int


@dataclass
class Converted:
    """The text as pieces with the marks between them, and what was changed on the way."""

    parts: list[Pieces | Mark] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)
    written_as_json: set[str] = field(default_factory=set)


class _Scope(NamedTuple):
    """What ``this`` is, and whether a loop's counters are at hand; ``names`` are block parameters."""

    this: str
    loop: bool
    names: tuple[str, ...] = ()


def handlebars(text: str, partial: Callable[[str], str | None]) -> Converted:
    """Convert a dotprompt's text; ``partial`` gives the text of one. Raises CannotSay."""
    reader = _Reader(partial)
    by_tags = _MARKER.sub(lambda found: f'{{{{role "{found[1]}"}}}}' if found[1] else "{{history}}", text)
    reader.read(by_tags, 0)
    if reader.open:
        reader.faults.append(CannotSay(f"block {reader.open[-1][0]} has no end", text.count("\n") + 1))
    stop_at(reader.faults)
    return reader.made


class _Reader:
    def __init__(self, partial: Callable[[str], str | None]) -> None:
        self.partial = partial
        self.made = Converted()
        self.open: list[tuple[str, str]] = []
        self.scopes = [_Scope("", loop=False)]
        self.values: dict[str, str] = {}
        self.items = 0
        self.faults: list[CannotSay] = []

    def read(self, text: str, depth: int, at: int = 0) -> None:
        """Convert a text, a partial's too; ``at`` is the line of the file that a partial was asked for."""
        if depth > _DEEPEST:
            raise CannotSay("partials that include each other")
        end = 0
        strip = False
        line, counted = 1, 0
        for found in tags(text, _KINDS, escaped=True):
            line += text.count("\n", counted, found.start)
            counted = found.start
            between = text[end : found.start]
            end = found.end
            # Handlebars writes the two braces and drops the backslash.
            if found.opening == ESCAPED:
                self._text(between.lstrip() if strip else between)
                self._text("{{")
                strip = False
                continue
            code = "!" if found.opening == "{{!--" else found.inside or "!"
            before, after = code.startswith("~"), code.endswith("~")
            code = code.strip("~").strip()
            # As in Handlebars, such a tag alone on its line takes the line with it; ~ asks for its own.
            if (code[:1] in {"#", "/", "!", ">"} or code.split()[:1] == ["else"]) and not (before or after):
                between, end = _standing_alone(text, between, found, end)
            between = between.lstrip() if strip else between
            self._text(between.rstrip() if before else between)
            strip = after
            try:
                self._tag(code, at or line, depth)
            except CannotSay as error:
                # The next tags are read all the same, to report every fault of a file at once.
                self.faults.append(error)
                if code.startswith("#"):
                    # Opened all the same, so that its closing tag is no second fault.
                    self.open.append((code[1:].split()[0] if code[1:].split() else "", ""))
        rest = text[end:]
        self._text(rest.lstrip() if strip else rest)

    def _text(self, text: str) -> None:
        if text:
            self._add(Piece(text))

    def _add(self, piece: Piece) -> None:
        if not self.made.parts or isinstance(self.made.parts[-1], Mark):
            self.made.parts.append([])
        last = self.made.parts[-1]
        assert isinstance(last, list)
        last.append(piece)

    def _code(self, code: str) -> None:
        self._add(Piece(code, code=True))

    def _tag(self, code: str, line: int, depth: int) -> None:
        if code.startswith("!"):
            return
        if code.startswith(">"):
            self._partial(code[1:].strip(), line, depth)
        elif code.startswith("#"):
            self._open(code[1:].strip(), line)
        elif code.startswith("/"):
            self._close(code[1:].strip(), line)
        elif code == "else" or code.startswith("else "):
            self._else(code, line)
        else:
            self._value(code, line)

    def _partial(self, code: str, line: int, depth: int) -> None:
        name, _, rest = code.partition(" ")
        given = {found[1]: self._operand(found[2], line) for found in _GIVEN.finditer(rest)}
        if _GIVEN.sub("", rest).strip():
            raise CannotSay(f"partial {name[:40]} with other values: {rest.strip()[:40]}", line)
        text = self.partial(name.removeprefix("_")) if re.fullmatch(r"[\w.-]+", name) else None
        if text is None:
            raise CannotSay(f"partial {name[:40]} is not beside the file", line)
        self.made.changed[f"partial {name.removeprefix('_')} written out"] = line
        # Values given to a partial hold in it alone, and in those that it includes.
        outer = self.values
        self.values = {**outer, **given}
        # The last line end is the file's, and not of the text.
        self.read(text.removesuffix("\n"), depth + 1, line)
        self.values = outer

    def _value(self, code: str, line: int) -> None:
        words = _WORD.findall(code)
        head = words[0] if words else ""
        if head == "role" and len(words) == 2:
            self._mark("role", words[1].strip("\"'"), line)
        elif code == "history":
            self._mark("history", "history", line)
        elif head == "media":
            self._mark("media", code.removeprefix("media").strip(), line)
        elif head == "section":
            self._mark("section", code, line)
        elif head == "json" and len(words) == 2:
            path = self._path(words[1], line)
            self.made.written_as_json.add(path)
            self._code(f"{{{{ {path} | tojson }}}}")
            self.made.changed["json writes no spaces there, tojson does"] = line
        elif len(words) > 1:
            raise CannotSay(f"helper {head[:40]}", line)
        # A value that a partial is given as it is written is text here, as nothing is left to fill in.
        elif _LITERAL.fullmatch(fixed := self.values.get(head, "")):
            self._text(fixed.strip("\"'"))
        else:
            # Dotprompt escapes nothing, so that {{x}}, {{{x}}} and {{&x}} are the same.
            self._add(Piece("", self._path(head.removeprefix("&"), line)))

    def _mark(self, kind: str, value: str, line: int) -> None:
        # Whether a message is there at all would depend on a value, which no version of ours says.
        if self.open and kind != "section":
            raise CannotSay(f"{kind} inside of a block", line)
        self.made.parts.append(Mark(kind, value, line))

    def _path(self, written: str, line: int) -> str:
        """The name that a path has here. Raises CannotSay."""
        if written in _LOOP and self.scopes[-1].loop:
            return _LOOP[written]
        if not _PATH.fullmatch(written) or written.startswith("@"):
            raise CannotSay(f"{written[:40] or 'an empty tag'}: no equivalent", line)
        up = written.count("../")
        if up >= len(self.scopes):
            raise CannotSay(f"{written[:40]} leads out of the values", line)
        # Each ../ leaves one block that changed what this is; if and unless change nothing.
        scope = self.scopes[len(self.scopes) - 1 - up]
        bare = written.replace("../", "").replace("/", ".")
        first, _, below = bare.partition(".")
        if first in self.values and first == written.split(".")[0]:
            if _LITERAL.fullmatch(self.values[first]):
                raise CannotSay(f"{written[:40]} looks into a value of a partial", line)
            return ".".join(filter(None, (self.values[first], below)))
        # A block parameter is seen in all blocks within, and before what this has.
        if any(first in item.names for item in self.scopes):
            return bare
        rest = bare.removeprefix("this").removeprefix(".") if first == "this" else bare
        if not scope.this and not rest:
            raise CannotSay("this: all values at once", line)
        return ".".join(filter(None, (scope.this, rest)))

    def _operand(self, word: str, line: int) -> str:
        if _LITERAL.fullmatch(word):
            return word
        if _LITERAL.fullmatch(fixed := self.values.get(word, "")):
            return fixed
        return self._path(word, line)

    def _open(self, code: str, line: int) -> None:
        self.made.changed.setdefault("Handlebars blocks -> jinja2", line)
        found = re.fullmatch(r"(.*?)\s+as\s+\|\s*(\w+)\s*\|", code)
        words = _WORD.findall(found[1] if found else code)
        name, args = (words[0] if words else ""), words[1:]
        if name in {"if", "unless"} and len(args) == 1:
            self._code(f"{{% if {'not ' * (name == 'unless')}{self._operand(args[0], line)} %}}")
            self.open.append((name, "endif"))
        elif name in {"ifEquals", "unlessEquals"} and len(args) == 2:
            mark = "==" if name == "ifEquals" else "!="
            one, two = (self._operand(arg, line) for arg in args)
            self._code(f"{{% if {one} {mark} {two} %}}")
            self.open.append((name, "endif"))
        elif name == "each" and len(args) == 1:
            self.items += 1
            # Loops within loops need names of their own, or the inner item would hide the outer one.
            item = found[2] if found else "item" if self.items == 1 else f"item{self.items}"
            self._code(f"{{% for {item} in {self._path(args[0], line)} %}}")
            self.open.append((name, "endfor"))
            self.scopes.append(_Scope(item, loop=True, names=(item,) if found else ()))
        elif name == "with" and len(args) == 1 and found is None:
            # Handlebars skips the block where the value is empty, which Jinja2's own with would not.
            self._code(f"{{% if {self._path(args[0], line)} %}}")
            self.open.append((name, "endif"))
            self.scopes.append(_Scope(self._path(args[0], line), loop=self.scopes[-1].loop))
        else:
            raise CannotSay(f"helper {name[:40]}", line)

    def _close(self, name: str, line: int) -> None:
        if not self.open or self.open[-1][0] != name:
            raise CannotSay(f"/{name[:40]} closes nothing", line)
        kind, end = self.open.pop()
        if kind in {"each", "with"}:
            self.scopes.pop()
        self._code(f"{{% {end} %}}")

    def _else(self, code: str, line: int) -> None:
        rest = _WORD.findall(code)[1:]
        # Jinja2 has elif for if alone; a plain else fits a loop, too: in both it is for an empty list.
        if not self.open or (rest and (rest[0] != "if" or len(rest) != 2 or self.open[-1][1] != "endif")):
            raise CannotSay(f"{code[:40]}: no equivalent", line)
        self._code(f"{{% elif {self._operand(rest[1], line)} %}}" if rest else "{% else %}")


def _standing_alone(text: str, between: str, found: TemplateTag, end: int) -> tuple[str, int]:
    """Text before a block's tag and where the text after it begins: a line with nothing else goes away."""
    line_start = text.rfind("\n", 0, found.start) + 1
    line_end = text.find("\n", found.end)
    line_end = len(text) if line_end < 0 else line_end
    if text[line_start : found.start].strip() or text[found.end : line_end].strip():
        return between, end
    lead = found.start - line_start
    return between[: len(between) - lead] if lead else between, min(line_end + 1, len(text))

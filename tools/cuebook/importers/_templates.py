"""Texts of other tools as templates of ours: what is a variable there is one here, other braces stay text.

A converter takes a text apart into pieces; ``Texts`` gathers those of one version and chooses its format,
``simple`` where that can say them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from string import Formatter
from typing import Any, NamedTuple

from cuebook.core.errors import RenderError
from cuebook.core.templating import new_template_problems, template_problems, variables
from cuebook.importers._notes import Notes, Place
from cuebook.importers._tags import tags

# Dots, but no calls, indices or filters: those are code in each of these formats, and mean different things.
_NAME = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_BRACES = re.compile(rf"\{{\{{\s*({_NAME})\s*\}}\}}", re.ASCII)
# The longer opening first, as it begins with the shorter.
_MUSTACHE = (("{{{", "}}}"), ("{{", "}}"))
# Signs of jinja2 that plain text has by chance.
DOUBLE = re.compile(r"\{\{\s*[A-Za-z_][\w.]*\s*\}\}", re.ASCII)
"""A variable in double braces, as most template languages write one."""
_SPECIAL = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
# Variables of Python, JavaScript or the shell, which somebody may have meant.
_LOOKALIKE = re.compile(r"\$?\{[A-Za-z_]\w*\}", re.ASCII)
_MOST_LOOKALIKES = 5
"""Notes on one text about what only looks like a variable; the others are of the same kind."""
MOST_FAULTS = 20
"""Reasons given why one text cannot be converted."""


class Piece(NamedTuple):
    """A part of a text: text as it is, a ``name`` whose value is filled in, or ``code`` of jinja2.

    ``text`` is what it was written as, empty where it is written as we do. ``line`` counts from 1 in the text
    that was taken apart, 0 where nobody kept it.
    """

    text: str
    name: str = ""
    code: bool = False
    line: int = 0


Pieces = list[Piece]


class _Lines:
    """The lines of places in a text, asked for from first to last: no part of it is counted twice."""

    def __init__(self, text: str) -> None:
        self._text, self._line, self._at = text, 1, 0

    def at(self, place: int) -> int:
        self._line += self._text.count("\n", self._at, place)
        self._at = place
        return self._line


class CannotSay(Exception):
    """A text that no template of ours says; the text tells why, ``line`` counts from 1 in the text.

    ``faults`` are all that were found, this first one among them; ``place`` is where, if the reader knows it.
    """

    def __init__(self, why: str, line: int = 1, place: Place | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.place = place
        self.faults: list[CannotSay] = [self]


def stop_at(faults: Sequence[CannotSay]) -> None:
    """Raise CannotSay with all of these faults, where there are any."""
    if faults:
        first = CannotSay(faults[0].why, faults[0].line, faults[0].place)
        # A partial that is included twice has each of its faults twice.
        known = {(item.why, item.line): item for error in faults for item in error.faults}
        first.faults = list(known.values())
        raise first


def left_out(notes: Notes, error: CannotSay, place: Place, part: str, first: int = 0) -> None:
    """Note every reason why a part, such as ``the whole file``, is left out.

    ``first`` is the line on which the text begins, 0 where its lines are not those of the file.
    """
    for item in error.faults[:MOST_FAULTS]:
        line = first + item.line - 1 if first else None
        notes.left(item.place or place, f"{item.why}: {part}", whole=True, line=line)


def braces(text: str) -> Pieces:
    """``{{x}}`` and ``{{ a.b }}`` are variables, all else is text."""
    lines = _Lines(text)
    made, end = [], 0
    for found in _BRACES.finditer(text):
        made.append(Piece(text[end : found.start()], line=lines.at(end)))
        made.append(Piece(found[0], found[1], line=lines.at(found.start())))
        end = found.end()
    return [part for part in (*made, Piece(text[end:], line=lines.at(end))) if part.text or part.name]


def mustache(text: str) -> Pieces:
    """Mustache without sections. Raises CannotSay."""
    faults: list[CannotSay] = []
    made: Pieces = []
    end = 0
    for found in tags(text, _MUSTACHE):
        made.append(Piece(text[end : found.start]))
        end = found.end
        inside = found.inside.strip()
        if inside.startswith("!"):
            continue
        name = inside.removeprefix("&").strip()
        if not re.fullmatch(_NAME, name, re.ASCII):
            # A section is a loop, a condition or a change of scope by its value, so it is not guessed.
            kind = {"#": "section", "^": "section", "/": "section", ">": "partial"}.get(inside[:1], "tag")
            shown = inside.lstrip("#^/>& ")[:40]
            # The end of a section is no second fault beside its beginning.
            if inside[:1] != "/" and len(faults) < MOST_FAULTS:
                at = text.count("\n", 0, found.start) + 1
                faults.append(CannotSay(f"mustache {kind} {shown}", at))
            continue
        written = text[found.start : found.end]
        # Kept as it is written where our own engine reads it alike: the text stays what people know.
        made.append(Piece(written if written == f"{{{{{inside}}}}}" else "", name))
    stop_at(faults)
    return [part for part in (*made, Piece(text[end:])) if part.text or part.name]


def f_string(text: str) -> Pieces:
    """Python's ``{x}``, with ``{{`` for a brace that is text. Raises CannotSay."""
    made: Pieces = []
    faults: list[CannotSay] = []
    lines, end = _Lines(text), 0
    try:
        for literal, name, form, conversion in Formatter().parse(text):
            if literal:
                made.append(Piece(literal, line=lines.at(end)))
            start = end + len(literal)
            if name is None:  # of two braces that are text, one is in the literal
                end = start + (text[start - 1 : start + 1] in {"{{", "}}"})
                continue
            line, end = lines.at(start), _end_of_field(text, start, name, form or "", conversion or "")
            if form or conversion or not re.fullmatch(_NAME, name, re.ASCII):
                shown = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
                faults.append(CannotSay(f"{{{shown[:40]}}} is more than a name", line))
                continue
            made.append(Piece("", name, line=line))
    except ValueError as error:
        brace = re.compile("[{}]").search(text, end)  # the first one that was not read
        line = lines.at(brace.start() if brace else end)
        faults.append(CannotSay(f"its braces do not match: {error}", line))
    stop_at(faults)
    return made


def _end_of_field(text: str, start: int, name: str, form: str, conversion: str) -> int:
    """Where a field of an f-string ends that begins at ``start``; Python's reader of them says no places."""
    end = start + 1 + len(name) + (2 if conversion else 0)
    return end + 1 + (1 + len(form) if text[end] == ":" else 0)


def jinja(text: str) -> Pieces:
    """Jinja2 as it is; text with plain variables only stays simple. Raises CannotSay."""
    rest = _BRACES.sub("", text)
    # Braces that are more than a plain variable are an expression of jinja2, or a slip in one.
    if not re.search(r"\{%|\{#", text) and "{{" not in rest and "}}" not in rest:
        return braces(text)
    problems = template_problems(text, "jinja2") or new_template_problems(text)
    stop_at([CannotSay(what, line) for line, what, _ in problems])
    return [Piece(text, code=True, line=1)]


LANGCHAIN: dict[str, Callable[[str], Pieces]] = {"f-string": f_string, "mustache": mustache, "jinja2": jinja}
"""How LangChain reads a template, by its ``template_format``."""


def plain(text: str) -> Pieces:
    """Nothing is a variable."""
    return [Piece(text, line=1)]


class Texts:
    """The texts of one version, in the order of its messages.

    ``first`` is the line on which each begins, 0 where their lines are not those of the file.
    """

    def __init__(self, notes: Notes, first: int = 0) -> None:
        self.notes = notes
        self.first = first
        self.all: list[tuple[Place, Pieces]] = []

    def add(self, place: Place, pieces: Pieces) -> None:
        """Add one more text; pieces of it that are text side by side become one."""
        made: Pieces = []
        for piece in pieces:
            if made and not (piece.name or piece.code or made[-1].name or made[-1].code):
                made[-1] = made[-1]._replace(text=made[-1].text + piece.text)
            else:
                made.append(piece)
        self.all.append((place, made))

    def finish(self) -> tuple[list[str], str]:
        """Return every text as our file has it, and their format."""
        # A version has one format, so one text that needs jinja2 decides for all.
        if all(_is_simple(pieces) for _, pieces in self.all):
            for place, pieces in self.all:
                self._lookalikes(place, pieces)
            return [_simple(pieces) for _, pieces in self.all], "simple"
        for place, pieces in self.all:
            if not any(piece.code for piece in pieces) and not _is_simple(pieces):
                odd = [(piece, found) for piece in pieces for found in _SPECIAL.finditer(_written(piece))]
                line = self._line(*odd[0]) if odd else None
                self.notes.changed(place, "text with {{ }} or the like -> jinja2 with raw", line=line)
        return [_jinja_text(pieces) for _, pieces in self.all], "jinja2"

    def _lookalikes(self, place: Place, pieces: Pieces) -> None:
        seen: dict[str, tuple[Piece, re.Match[str]]] = {}
        for piece in pieces:
            for found in _LOOKALIKE.finditer(_written(piece)):
                seen.setdefault(found[0], (piece, found))
        for shown, where in list(seen.items())[:_MOST_LOOKALIKES]:
            what = f"{shown[:60]} looks like a variable but is text"
            self.notes.changed(place, what, line=self._line(*where))

    def _line(self, piece: Piece, found: re.Match[str]) -> int | None:
        """The line of the file of what was found in a piece, where both know theirs."""
        if not (self.first and piece.line):
            return None
        return self.first + piece.line - 1 + piece.text.count("\n", 0, found.start())


def _written(piece: Piece) -> str:
    """The text of a piece that is text; empty for what is filled in."""
    return "" if piece.name else piece.text


def _simple(pieces: Pieces) -> str:
    return "".join(piece.text or f"{{{{{piece.name}}}}}" for piece in pieces)


def _is_simple(pieces: Pieces) -> bool:
    if any(piece.code for piece in pieces):
        return False
    text = _simple(pieces)
    wanted = {piece.name.partition(".")[0] for piece in pieces if piece.name}
    # Text to our simple templates, but check refuses a new version with it as a likely slip.
    unclosed = text.find("{{", text.rfind("}}") + 1) >= 0
    return not unclosed and not template_problems(text) and set(variables([text])) == wanted


def _jinja_text(pieces: Pieces) -> str:
    made = []
    for piece, after in zip(pieces, [*pieces[1:], Piece("")], strict=True):
        if piece.name:
            made.append(piece.text or f"{{{{ {piece.name} }}}}")
        elif piece.code:
            made.append(piece.text)
        else:
            made.append(_as_text(piece.text, before_braces=bool(after.name or after.code)))
    return "".join(made)


def _as_text(text: str, *, before_braces: bool) -> str:
    """Text that jinja2 leaves alone."""
    places = list(_SPECIAL.finditer(text))
    start = places[0].start() if places else len(text)
    end = places[-1].end() if places else len(text)
    # A brace before a variable would make three of two.
    if before_braces and text.endswith("{"):
        start, end = min(start, len(text) - 1), len(text)
    if start == end:
        return text
    inner = text[start:end]
    raw = f"{{% raw %}}{inner}{{% endraw %}}"
    # Raw would end there, so it is written as a string.
    if "endraw" in inner:
        raw = f"{{{{ {json.dumps(inner, ensure_ascii=False)} }}}}"
    return f"{text[:start]}{raw}{text[end:]}"


def inputs_of(
    texts: Sequence[str],
    template_format: str,
    notes: Notes,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    first: int = 0,
    place: Place = (),
) -> dict[str, dict[str, Any]]:
    """Return the inputs of these texts: type, and a default where a text asks whether there is a value.

    ``given`` is what the source says of them, ``first`` as for ``Texts``, ``place`` where they begin.
    Raises CannotSay.
    """
    try:
        found = variables(texts, template_format)
    except RenderError as error:
        raise CannotSay(error.message) from None
    made: dict[str, dict[str, Any]] = {}
    asked: dict[str, int] = {}
    for name, line in _asked(texts) if template_format == "jinja2" else ():
        asked.setdefault(name, line)
    for name, kind in found.items():
        # What the file says of a variable counts before what its use in the text shows.
        made[name] = {"type": kind, **(given or {}).get(name, {})}
        # Other tools take a missing value for false; an input without a default has to be given here.
        if name in asked and "default" not in made[name] and kind == "string":
            made[name]["default"] = ""
            what = "its default is empty, as the text tests with if whether it has a value"
            line = first + asked[name] - 1 if first else notes.line(place)
            notes.changed([name], what, key=name, line=line)
    return made


def _asked(texts: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Names whose truth a template asks for, with the line in its text."""
    # Imported here: jinja2 takes time, and most imports have no such text.
    from jinja2 import nodes

    from cuebook.core.limited_jinja import LimitedEnvironment

    environment = LimitedEnvironment()
    for text in texts:
        for node in environment.parse(text).find_all((nodes.If, nodes.CondExpr)):
            test: Any = node.test  # type: ignore[attr-defined]
            tests = [test, *test.find_all((nodes.Not, nodes.And, nodes.Or))]
            for part in tests:
                sides = [getattr(part, side, None) for side in ("node", "left", "right")]
                yield from (
                    (item.name, item.lineno) for item in (part, *sides) if isinstance(item, nodes.Name)
                )

"""Python code: each prompt that a file writes out as a text. The code is read, never run.

- A text that is given a name: with ``{x}`` it is filled by Python, with ``{{x}}`` alone by something else.
  Without either it is taken where the name says that it is a prompt.
- What ``PromptTemplate.from_template`` or ``ChatPromptTemplate.from_template`` gets.
- An f-string that is given a name, or that a function returns: a name or a dotted name in its braces is a
  variable. One with a format, a conversion or a call is left out, and each such expression is said.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken, decode
from cuebook.core.refs import suggest_name
from cuebook.importers._base import Imported, NewPrompt, NewVersion, Request, Sniffed, free
from cuebook.importers._chat import text_body
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes
from cuebook.importers._templates import DOUBLE, LANGCHAIN, CannotSay, Pieces, braces, f_string

FILES = "*.py with prompts as texts"

# Neither a brace doubled for an f-string nor one of a template in double braces.
_SINGLE = re.compile(r"(?<!\{)\{[A-Za-z_][\w.]*\}(?!\})", re.ASCII)
_CALLED = re.compile(r"prompt|template|instruction|system_message", re.IGNORECASE)
"""Names that say of a text without a variable that it is a prompt."""
_MAKERS = {"PromptTemplate", "ChatPromptTemplate"}
_DEEPEST = 50
"""Parts of a text that are added to each other: more are no text that somebody wrote out."""


class _Found(NamedTuple):
    """A text in the code, in the order of lines; ``why`` it cannot be taken, where it cannot."""

    line: int
    name: str
    text: str
    convert: Callable[[str], Pieces] = braces
    why: str = ""


class _Part(NamedTuple):
    """A part of a text: as it is, the name of a value, or an expression that is more than a name."""

    kind: Literal["text", "name", "expression"]
    text: str

    @property
    def written(self) -> str:
        """The part as an f-string has it."""
        return f"{{{self.text}}}" if self.kind == "name" else self.text.replace("{", "{{").replace("}", "}}")


def sniff(path: str, data: bytes) -> Sniffed:  # noqa: ARG001  every format is asked with both
    """Return ``maybe`` for Python: of a folder none is taken, as most code holds no prompt."""
    return "maybe" if path.endswith(".py") else "no"


def read(request: Request) -> Imported:
    """Return a prompt for each text. Raises InvalidFiles."""
    found = sorted(_found(_parsed(request)))
    if not found:
        what = "no prompt in this code: no text with {name}, f-string or PromptTemplate is given a name"
        cure = "copy the prompt's text into a file of its own, such as letter.txt, and import that"
        raise InvalidFiles([Problem(request.path, 1, what, cure)])
    notes = Notes(request.path)
    model = chosen(request, "", notes, ["model"])
    made: dict[str, NewPrompt] = {}
    for item in found:
        try:
            if item.why:
                raise CannotSay(item.why)
            body = text_body(item.convert(item.text), notes, [item.name])
        except CannotSay as error:
            cure = "give the value a name, and put that in the braces"
            notes.left([item.name], error.why, cure, whole=True, line=item.line)
            continue
        own = suggest_name(item.name.replace("_", "-"))
        name = free(request.name if len(found) == 1 and request.name else own, made)
        message = f"Imported from {request.file}, line {item.line}"
        made[name] = NewPrompt(name, [NewVersion({"model": model, **body}, message, line=item.line)])
    return notes.imported(list(made.values()))


def _parsed(request: Request) -> ast.Module:
    try:
        text = decode(request.data, request.path)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of somebody else's code, such as "\d" in a text
            return ast.parse(text)
    except SyntaxError as error:
        what, line = f"not Python: {error.msg}", error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        what, line = "Python nested deeper than can be read", 1
    cure = "fix it, or copy the prompt's text into a file of its own"
    raise InvalidFiles([Problem(request.path, line, what, cure)])


def _found(tree: ast.Module) -> Iterator[_Found]:
    # Anywhere in the file: prompts are often kept in classes and functions.
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield from _named(name, node.lineno, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield from _named(name, node.lineno, value)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                for inner in _own_nodes(node):
                    # Only what is put together: a plain text that a function returns is most often no prompt.
                    if isinstance(inner, ast.Return) and isinstance(inner.value, ast.JoinedStr | ast.BinOp):
                        yield from _named(name, inner.lineno, inner.value)


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What a function does itself, without what functions in it do."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)


def _named(name: str, line: int, value: ast.expr) -> Iterator[_Found]:
    """The text that is given a name, if it is one that may be a prompt."""
    if isinstance(value, ast.Call):
        yield from _made(name, line, value)
        return
    parts = list(_parts(value))
    text = "".join(part.text for part in parts if part and part.kind == "text")
    words = re.search(r"\w", text) and re.search(r"\s", text)
    if None in parts or not words:  # a path, an address or an id is put together, too
        return
    if odd := [part.text for part in parts if part and part.kind == "expression"]:
        yield _Found(line, name, "", why=f"expressions {', '.join(odd)}")
    elif any(part and part.kind == "name" for part in parts):
        yield _Found(line, name, "".join(part.written for part in parts if part), f_string)
    # Single braces count before double ones, which an f-string has for braces that stay text.
    elif _SINGLE.search(text):
        yield _Found(line, name, text, f_string)
    elif DOUBLE.search(text) or _CALLED.search(name):
        yield _Found(line, name, text)


def _made(name: str, line: int, call: ast.Call) -> Iterator[_Found]:
    """The text of a template of LangChain."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=maker), attr="from_template"),
            args=[ast.Constant(value=str(text)), *_],
        ) if maker in _MAKERS:
            forms = [item.value for item in call.keywords if item.arg == "template_format"]
            # LangChain's default.
            form = forms[0].value if forms and isinstance(forms[0], ast.Constant) else "f-string"
            known = LANGCHAIN.get(str(form))
            yield _Found(
                line, name, text, known or braces, "" if known else "its template_format is not known"
            )


def _parts(value: ast.expr, depth: int = 0) -> Iterator[_Part | None]:
    """The parts of a text, None for what makes it none; a name that is added to a text is one of it."""
    match value:
        case ast.Constant(value=str(text)):
            yield _Part("text", text)
        case ast.JoinedStr(values=values):
            for item in values:
                yield from _parts(item, depth)
        case ast.FormattedValue(value=inner, conversion=kind, format_spec=form):
            plain = kind == -1 and form is None and _is_name(inner)
            conversion = "" if kind == -1 else f"!{chr(kind)}"
            # A format is parsed as an f-string of its own, so its f and quotes are cut off.
            spec = f":{ast.unparse(form)[2:-1]}" if form else ""
            shown = f"{ast.unparse(inner)}{conversion}{spec}"
            yield _Part("name" if plain else "expression", shown if plain else shown[:60])
        case ast.BinOp(left=left, op=ast.Add(), right=right) if depth < _DEEPEST:
            yield from _parts(left, depth + 1)
            yield from _parts(right, depth + 1)
        # Added to a text it is a value in it; alone it is no text.
        case ast.Name() | ast.Attribute() if depth and _is_name(value):
            yield _Part("name", ast.unparse(value))
        case _:
            yield None


def _is_name(value: ast.expr) -> bool:
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name)

"""Jinja2 for templates of strangers: the sandbox, and a budget for what a template does.

Imported by ``core.templating`` when a template is jinja2, so that the client starts without it.

Two counts end a render. ROUNDS are rounds of loops and calls. WORK is what is written and read: a
character or item written is one, several that are only read are one. The size of what multiplies
(``*``, ``|join``, ``.center(n)``) is known before it is computed, so nothing too large is begun.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from jinja2 import (
    StrictUndefined,
    TemplateSyntaxError,
    Undefined,
    nodes,
    pass_context,
    pass_environment,
    pass_eval_context,
)
from jinja2.filters import do_join, make_attrgetter
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

LONGEST_OUTPUT = 1 << 20
LONGEST_PROGRAM = 50_000
"""Tokens of a template, the text between the braces being one; compiling one takes 2 kB."""
ROUNDS = 100_000
WORK = 16 << 20
"""Far above the longest output: macros and blocks write their text again, filters read whole texts."""

CHANCE = ("cycler", "lipsum", "random")
"""Names that make a template random: the gate would judge another text than apps get."""

_VISIT = 4
"""Work, in characters, for one item that Python code visits: it takes as long as writing four."""
_CALL = 40
"""Work for a filter, test or call, by the same measure."""
_READ, _COMPARED = 64, 16
"""Characters read, and parts compared, in the time in which one is written."""
_BITS = 1 << 14
"""Of the largest whole number: arithmetic on longer ones takes more than linear time."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROUNDS, _COMPARE, _SLICE, _KIND = "rounds of a loop", "compared", "sliced", "is of a kind"
"""Filters of our own, put in where the environment has no hook, and the name for all tests of a kind."""
_OF_KIND = _names(
    "boolean callable defined escaped false filter float integer iterable mapping none number sameas sequence"
    " string test true undefined"
)
"""Tests that do not look at what a value holds."""
_BY_REFERENCE = {_ROUNDS, _SLICE, _KIND} | _names(
    "attr batch copy count d default first get items keys last length list map random reject rejectattr"
    " reverse select selectattr slice values"
)
"""Filters and methods that neither write nor compare what their subject holds."""
_ITERATES = {_COMPARE} | _names("groupby join max min sort sum unique")
"""Filters that also take what a loop yields; for all others its text would be an address."""
_SIZED = _names("batch center expandtabs ljust rjust slice to_bytes truncate zfill")
"""Filters and methods to which a number says how much to write."""


class OverLimit(Exception):
    """A template asks for more than a prompt needs, or writes what is another text each time."""


class TooLong(TemplateSyntaxError):
    """A template that would take too much to compile."""


def chance_problems(tree: nodes.Template) -> Iterator[tuple[int, str, str]]:
    """Yield (line, what, cure) for what a new version may not use, as it says two things."""
    used = [(node.lineno, node.name) for node in tree.find_all(nodes.Name) if node.name != "random"]
    for node in tree.find_all(nodes.Filter):
        used.append((node.lineno, node.name if node.name == "random" else ""))
        named = node.args[0] if node.name == "map" and node.args else None
        if isinstance(named, nodes.Const):
            used.append((node.lineno, named.value))
        elif named is not None or (node.name == "map" and node.dyn_args is not None):
            yield node.lineno, "'map' takes a filter whose name is computed", "write the name out"
    for line, name in used:
        if name in CHANCE:
            yield line, f"{name!r} writes a different text each time", "give the text as an input"


class LimitedEnvironment(ImmutableSandboxedEnvironment):
    """An environment for one render; using up its budget raises OverLimit."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        # A finalize that needs the context and no optimiser: nothing is computed while compiling.
        super().__init__(
            undefined=StrictUndefined, keep_trailing_newline=True, optimized=False, finalize=_write
        )
        self.rounds, self.work, self.size = ROUNDS, WORK, 0
        own = {"join": _join, _ROUNDS: _rounds, _COMPARE: _read, _SLICE: _read}
        filters: dict[str, Any] = {**self.filters, **own}
        self.filters = {name: self._metered(name, function) for name, function in filters.items()}
        self.tests = {
            name: self._metered(_KIND if name in _OF_KIND else name, function)
            for name, function in dict[str, Any](self.tests).items()
        }

    def spend(self, work: int, *, rounds: int = 0) -> None:
        """Take this from what is left. Raises OverLimit."""
        self.rounds -= rounds
        self.work -= work
        if self.rounds < 0:
            raise OverLimit(f"more than {ROUNDS:,} rounds of loops and calls")
        if self.work < 0:
            raise OverLimit("it computes more than a prompt needs")

    def measure(self, *values: Any) -> int:
        """Return the size of the text of values. Raises OverLimit when it is larger than any budget."""
        seen: dict[int, int] = {}
        size = sum(self._deep(value, seen) for value in values)
        if size > WORK:
            raise OverLimit("a value is too large")
        self.spend(size // _COMPARED)
        return size

    def _deep(self, value: Any, seen: dict[int, int]) -> int:
        """Characters and parts of a value; a part that it holds often is walked once and counts often."""
        self.spend(_VISIT)
        if isinstance(value, str):
            return len(value) + 1
        if isinstance(value, Namespace):
            value = value._Namespace__attrs  # noqa: SLF001  its text repeats them
        if _is_address(value):
            raise OverLimit(f"{type(value).__name__} has no text")
        if isinstance(value, (Undefined, range)) or not isinstance(value, Collection):
            return 1
        if id(value) not in seen:
            seen[id(value)] = 1  # an app may pass a list that holds itself
            parts: Iterable[Any] = value
            if isinstance(value, Mapping):
                parts = (part for pair in value.items() for part in pair)
            seen[id(value)] = 1 + sum(self._deep(part, seen) for part in parts)
        return seen[id(value)]

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute what is not too large."""
        self.spend(self._operation_size(operator, left, right))
        return super().call_binop(context, operator, left, right)

    def _operation_size(self, operator: str, left: Any, right: Any) -> int:
        if isinstance(left, int) and isinstance(right, int):
            longer = left.bit_length() * max(right, 1) if operator == "**" else left.bit_length()
            if longer + right.bit_length() > _BITS:
                raise OverLimit("a number is too large")
            return 1
        if operator == "%" and isinstance(left, str):
            return self._format_size(left, "%", [right])
        if operator == "*":
            times, repeated = (left, right) if isinstance(left, int) else (right, left)
            return _length(repeated) * max(times, 1) if isinstance(times, int) else 1
        return _length(left) + _length(right) if operator == "+" else 1

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063  as the base
        """Count the call; of methods of text, numbers and lists also what they write and read."""
        __self.spend(1, rounds=1)
        bound = getattr(getattr(__obj, "__wrapped__", __obj), "__self__", None)
        if isinstance(__obj, LoopContext):
            args = tuple(_rounds(__self, value, __self.size) for value in args)
        elif isinstance(__obj, Macro):
            __self.spend(__self.size)
        elif getattr(__obj, "__name__", "") == "generate_lorem_ipsum":
            for number in [*args, *kwargs.values()]:
                __self.spend(1000 * abs(int(number)))
        elif isinstance(bound, (str, bytes, int, float, Collection)):
            if getattr(__obj, "__name__", "") == "join":
                args = tuple(list(value) for value in args)
            __obj = __self._metered(__obj.__name__, __obj, bound)
        return super().call(__context, __obj, *args, **kwargs)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """As the base; a key that has parts is hashed by all of them."""
        if isinstance(argument, tuple):
            self.measure(argument)
        return super().getitem(obj, argument)

    def _metered(self, name: str, function: Callable[..., Any], *bound: Any) -> Callable[..., Any]:
        """The filter, test or method ``name``, which spends before it computes and for what it gives."""
        passed = int(hasattr(function, "jinja_pass_arg"))

        @wraps(function)
        def metered(*args: Any, **kwargs: Any) -> Any:
            values = [*bound, *args[passed:], *kwargs.values()]
            self.spend(_CALL + sum(map(_length, values)) // _READ)
            if name not in _BY_REFERENCE:
                passed_on = (str, bytes, Iterator) if name in _ITERATES else (str, bytes)
                self.measure(*(value for value in values if not isinstance(value, passed_on)))
            if values:
                self.spend(self._result_size(name, values[0], values[1:]))
            made = function(*args, **kwargs)
            # What is handed through was paid for where it was made.
            self.spend(0 if any(made is value for value in values) else _length(made))
            return made

        return metered

    def _result_size(self, name: str, subject: Any, settings: Sequence[Any]) -> int:
        """What a filter or method writes that its subject alone does not tell."""
        numbers = sum(abs(int(value)) for value in settings if isinstance(value, (int, float)))
        texts = sum(len(value) for value in settings if isinstance(value, str))
        if name == "replace":
            old, new = [*map(str, settings), "", ""][:2]
            return str(subject).count(old) * len(new)
        if name == "indent":
            return str(subject).count("\n") * (numbers or texts or 4) + numbers + texts
        if name in {"format", "format_map"}:
            return self._format_size(str(subject), "%" if name == "format" else "{", settings)
        if name in {"round", "tojson"}:
            return numbers * numbers if name == "round" else numbers * self.measure(subject)
        if name in {"striptags", "wordwrap", "expandtabs", "translate", "urlize"}:
            # These take time, or write, by the length of the text times something else.
            repeated = {"striptags": str(subject).count("<"), "wordwrap": _length(subject) // (numbers or 79)}
            return _length(subject) * (repeated.get(name, 0) // _READ + texts + numbers)
        if name == "sum":
            return _length(subject) * self.measure(subject) // _READ
        return numbers if name in _SIZED else 0

    def _format_size(self, text: str, mark: str, values: Sequence[Any]) -> int:
        """The most that ``%`` and ``format`` can write: every place with every value at its width."""
        widths = sum(int(number[:9]) for number in re.findall(r"\d+", text))
        if "*" in text or re.search(r"\{[^{}]*\{", text):
            numbers = [part for value in values for part in (value if isinstance(value, tuple) else [value])]
            widths += sum(abs(number) for number in numbers if isinstance(number, int))
        return len(text) + widths + text.count(mark) * self.measure(*values)

    def _parse(self, source: str, *args: Any) -> nodes.Template:
        for count, _ in enumerate(self.lex(source)):
            if count > LONGEST_PROGRAM:
                raise TooLong(f"more than {LONGEST_PROGRAM:,} names and signs", 1)
        return super()._parse(source, *args)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        self.size = _count(source)
        _instrument(source)
        return super()._generate(source, *args, **kwargs)


def _is_address(value: Any) -> bool:
    """Whether the text of a value says where it is in memory, which is elsewhere in each process."""
    kind: Any = type(value)
    plain = kind.__repr__ is object.__repr__ and kind.__str__ is object.__str__
    return plain or isinstance(value, (Iterator, FunctionType, BuiltinFunctionType, MethodType))


def _length(value: Any) -> int:
    """The length of a text or collection itself, 1 for anything else."""
    if isinstance(value, (Undefined, range)) or not isinstance(value, Collection):
        return 1
    return len(value)


@pass_context
def _write(context: Any, value: Any) -> str:
    """The text of a value on its way into the output."""
    environment = context.environment
    if not isinstance(value, str):
        environment.measure(value)
        value = str(value)
    environment.spend(len(value) + 1)
    return str(value)


@pass_eval_context
def _join(context: Any, value: Iterable[Any], d: Any = "", attribute: str | int | None = None) -> Any:
    """As Jinja2's; of a generator the parts are known before they are written."""
    environment = context.environment
    pick = make_attrgetter(environment, attribute) if attribute is not None else lambda part: part
    parts = [pick(part) for part in value]
    environment.spend(environment.measure(parts) + len(parts) * environment.measure(d))
    return do_join(context, parts, d)


@pass_environment
def _rounds(environment: LimitedEnvironment, value: Iterable[Any], work: int) -> Iterator[Any]:
    for part in value:
        environment.spend(work, rounds=1)
        yield part


@pass_environment
def _read(_environment: LimitedEnvironment, value: Any) -> Any:
    return value


def _count(node: nodes.Node) -> int:
    return 1 + sum(1 for _ in node.find_all(nodes.Node))


def _filter(expression: Any, name: str, *settings: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(expression, name, list(settings), [], None, None, lineno=expression.lineno)


def _instrument(tree: nodes.Template) -> None:
    """Send through filters what has no hook: loops, plain text, ``~``, comparing, slices, keys."""
    for node in list(tree.find_all(nodes.Node)):
        if isinstance(node, nodes.For):
            node.iter = _filter(node.iter, _ROUNDS, nodes.Const(_count(node)))
        elif isinstance(node, nodes.Output):
            node.nodes = [
                nodes.Const(part.data, lineno=part.lineno) if isinstance(part, nodes.TemplateData) else part
                for part in node.nodes
            ]
        elif isinstance(node, nodes.Compare):
            node.expr = _filter(node.expr, _COMPARE)
            for operand in node.ops:
                operand.expr = _filter(operand.expr, _COMPARE)
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
            node.node = _filter(node.node, _SLICE)
        elif isinstance(node, nodes.Pair):
            node.key = _filter(node.key, _COMPARE)
    _replace_concatenation(tree)


def _replace_concatenation(node: nodes.Node) -> None:
    """Make ``a ~ b`` ``[a, b]|join``, which writes the same."""

    def joined(value: Any) -> Any:
        if isinstance(value, nodes.Node):
            _replace_concatenation(value)
        if isinstance(value, nodes.Concat):
            return _filter(nodes.List(value.nodes, lineno=value.lineno), "join")
        return value

    for field, value in list(node.iter_fields()):
        setattr(node, field, [joined(item) for item in value] if isinstance(value, list) else joined(value))

"""Calls that were expected beside calls that were made: how many of them are the same. Pure.

A greedy or set-wise match would call two equal calls right where two different ones were wanted, so the
largest matching of a bipartite graph is taken (Kuhn 1955), or the longest common subsequence where the
order counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from cuebook.core.canonical import LARGEST_WHOLE, is_number
from cuebook.core.errors import did_you_mean
from cuebook.core.limited import OverBudget
from cuebook.core.patterns import cost, pattern_problem, search
from cuebook.core.shape_errors import kind_of
from cuebook.core.tool_calls import MOST_CALLS, ToolCall

Arguments = Literal["exact", "subset", "ignore"]

LONGEST_TEXT = 20_000
"""Characters of a value that a pattern is tried on; a longer one does not match."""
_DOUBLE = 1023
"""Bits of the whole numbers that a double surely holds."""
_STEPS = 100_000
"""Values compared for one answer, or steps of patterns: at most 4 seconds. Usual are a few hundred."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Pairs (place among the expected calls, place among those made), in the order of the former."""

    pairs: tuple[tuple[int, int], ...]
    expected: int
    given: int

    def score(self, *, allow_extra: bool) -> float:
        """2M / (E + G), the F1 of calls, or M / E where more calls are allowed; 1 for none at all."""
        total = self.expected if allow_extra else self.expected + self.given
        share = 1 if allow_extra else 2
        return share * len(self.pairs) / total if total else 1.0


def match(
    expected: Sequence[Mapping[str, Any]],
    given: Sequence[ToolCall],
    *,
    in_order: bool = False,
    arguments: Arguments = "subset",
    unusable: Collection[int] = (),
) -> Matching:
    """Match expected calls to calls made, one for one, so that as many as possible are matched.

    ``expected`` have passed ``problems``; ``unusable`` are places of calls made that match nothing. Raises
    OverBudget where the values are so many that no answer of a model needs them.
    """
    comparing = _Comparing(is_subset=arguments == "subset")

    def same(wanted: Mapping[str, Any], place: int) -> bool:
        call = given[place]
        if place in unusable or wanted["name"] != call.name:
            return False
        if arguments == "ignore":
            return True
        return call.arguments is not None and comparing.same(wanted.get("arguments") or {}, call.arguments)

    fits = [[place for place in range(len(given)) if same(wanted, place)] for wanted in expected]
    find = _longest_in_order if in_order else _largest
    return Matching(tuple(sorted(find(fits, len(given)))), len(expected), len(given))


def _largest(fits: Sequence[Sequence[int]], _: int) -> Iterator[tuple[int, int]]:
    """Kuhn's augmenting paths: a call made goes over to another expected one where that helps."""
    owner: dict[int, int] = {}

    def assign(wanted: int, seen: set[int]) -> bool:
        for place in fits[wanted]:
            if place not in seen:
                seen.add(place)
                if place not in owner or assign(owner[place], seen):
                    owner[place] = wanted
                    return True
        return False

    for wanted in range(len(fits)):
        assign(wanted, set())
    return ((wanted, place) for place, wanted in owner.items())


def _longest_in_order(fits: Sequence[Sequence[int]], given: int) -> Iterator[tuple[int, int]]:
    """The longest common subsequence, by the table of what is left (Wagner and Fischer 1974)."""
    rows = [set(places) for places in fits]
    left = [[0] * (given + 1) for _ in range(len(rows) + 1)]
    for wanted in reversed(range(len(rows))):
        for place in reversed(range(given)):
            taken = left[wanted + 1][place + 1] + 1 if place in rows[wanted] else 0
            left[wanted][place] = max(taken, left[wanted + 1][place], left[wanted][place + 1])
    wanted = place = 0
    while wanted < len(rows) and place < given:
        if place in rows[wanted] and left[wanted][place] == left[wanted + 1][place + 1] + 1:
            yield wanted, place
            wanted, place = wanted + 1, place + 1
        elif left[wanted][place] == left[wanted + 1][place]:
            wanted += 1
        else:
            place += 1


@dataclass(slots=True)
class _Comparing:
    """Values wanted beside values given, within the steps of one answer."""

    is_subset: bool
    left: int = field(default=_STEPS)

    def same(self, wanted: Any, value: Any) -> bool:
        """Whether a value is what is wanted; a matcher fits many values."""
        self._spend(1)
        if named := _matcher(wanted):
            return self._matches(*named, value)
        if isinstance(wanted, Mapping):
            if not isinstance(value, Mapping) or not wanted.keys() <= value.keys():
                return False
            if not self.is_subset and len(wanted) != len(value):
                return False
            return all(self.same(part, value[name]) for name, part in wanted.items())
        if isinstance(wanted, list):
            is_list = isinstance(value, list) and len(wanted) == len(value)
            return is_list and all(map(self.same, wanted, value))
        return _equal(wanted, value)

    def _matches(self, name: str, wanted: Any, value: Any) -> bool:
        if name == "$literal":
            return self._literally(wanted, value)
        if name == "$oneOf":
            return any(self.same(option, value) for option in wanted)
        if name == "$near":
            if not is_number(value):
                return False
            if max(abs(value), abs(wanted[0])) >= LARGEST_WHOLE:  # there doubles lose digits
                return abs(Fraction(value) - Fraction(wanted[0])) <= Fraction(wanted[1])
            return bool(abs(value - wanted[0]) <= wanted[1])
        if name == "$regex":
            if not isinstance(value, str) or len(value) > LONGEST_TEXT:
                return False
            self._spend(cost(wanted, value))
            return search(wanted, value, full=True) is not None
        return True

    def _literally(self, wanted: Any, value: Any) -> bool:
        """Equal as JSON, without matchers and with every key."""
        self._spend(1)
        if isinstance(wanted, Mapping):
            alike = isinstance(value, Mapping) and wanted.keys() == value.keys()
            return alike and all(self._literally(part, value[name]) for name, part in wanted.items())
        if isinstance(wanted, list):
            alike = isinstance(value, list) and len(wanted) == len(value)
            return alike and all(map(self._literally, wanted, value))
        return _equal(wanted, value)

    def _spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise OverBudget("stopped: too many values to compare")


def _equal(wanted: Any, value: Any) -> bool:
    """Equal as JSON has it: 1 is 1.0, true is not 1; whole numbers with all their digits.

    What is wanted with a point or an exponent has the digits of a double, and is compared as one.
    """
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if isinstance(wanted, float) and isinstance(value, int) and abs(wanted) >= LARGEST_WHOLE:
        return value.bit_length() <= _DOUBLE and wanted == float(value)
    return bool(wanted == value)


def _matcher(wanted: Any) -> tuple[str, Any] | None:
    """The name and value of a matcher: an object with one key, which begins with ``$``."""
    if isinstance(wanted, Mapping) and len(wanted) == 1:
        ((name, value),) = wanted.items()
        if name.startswith("$"):
            return name, value
    return None


def problems(expected: Any) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, how to fix it) for what a case expects of calls."""
    example = '[{"name": "...", "arguments": {...}}], or [] for no call'
    if not isinstance(expected, list):
        yield f"it is {''.join(kind_of(expected))}, which is not a list of calls", example
        return
    if len(expected) > MOST_CALLS:
        yield f"{len(expected):,} calls are expected; the limit is {MOST_CALLS}", "expect fewer"
        return
    for number, wanted in enumerate(expected, 1):
        if not isinstance(wanted, Mapping) or not isinstance(wanted.get("name"), str):
            yield f"call {number} has no name", example
            continue
        for key in wanted.keys() - {"name", "arguments"}:
            yield f"call {number} has the unknown key {key!r}", "a call has name and arguments"
        given = wanted.get("arguments", {})
        if not isinstance(given, Mapping):
            yield f"call {number} has arguments that are not an object", example
            continue
        for what, cure in argument_problems(given):
            yield f"call {number}: {what}", cure


def argument_problems(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, how to fix it) for the matchers in the arguments of one call."""
    return (found for part in arguments.values() for found in _matcher_problems(part))


def _matcher_problems(wanted: Any) -> Iterator[tuple[str, str]]:
    if named := _matcher(wanted):
        name, value = named
        if name not in _MATCHERS:
            near = did_you_mean(name, sorted(_MATCHERS))
            yield (
                f"no matcher is called {name!r}",
                f'{near}; for an object with such a key write {{"$literal": ...}}',
            )
        elif what := _MATCHERS[name](value):
            yield f"{name} {what}", _WRITTEN[name]
        elif name == "$oneOf":
            yield from (found for option in value for found in _matcher_problems(option))
        return
    if isinstance(wanted, float) and abs(wanted) >= LARGEST_WHOLE:
        yield (
            f"{wanted!r} is beyond 2^53, where it loses digits",
            "write all digits, without point or exponent",
        )
    parts = wanted.values() if isinstance(wanted, Mapping) else wanted if isinstance(wanted, list) else ()
    yield from (found for part in parts for found in _matcher_problems(part))


def _pattern(value: Any) -> str:
    return (pattern_problem(value) or "") if isinstance(value, str) else "is not a pattern"


def _near(value: Any) -> str:
    is_pair = isinstance(value, list) and len(value) == 2 and all(map(is_number, value))
    return "" if is_pair and value[1] >= 0 else "is not a number and how far off it may be"


_MATCHERS: dict[str, Callable[[Any], str]] = {
    "$any": lambda value: "" if value is True else "is not true",
    "$literal": lambda _: "",
    "$near": _near,
    "$oneOf": lambda value: "" if isinstance(value, list) and value else "is not a list of values",
    "$regex": _pattern,
}
"""What is wrong with the value of each matcher; empty where nothing is."""
_WRITTEN = {
    "$any": '{"$any": true}',
    "$near": '{"$near": [10, 0.5]}',
    "$oneOf": '{"$oneOf": ["km", "kilometre"]}',
    "$regex": '{"$regex": "A-[0-9]+"}',
}

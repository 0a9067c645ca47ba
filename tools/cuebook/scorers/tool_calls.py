"""Whether the answer calls the expected tools, with the expected arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from cuebook.core.call_matching import Arguments, Matching, match, problems
from cuebook.core.canonical import canonical
from cuebook.core.errors import did_you_mean
from cuebook.core.escape import shorten
from cuebook.core.format import plural, some
from cuebook.core.json_schema import UnusableSchema, violations
from cuebook.core.limited import OverBudget
from cuebook.core.schema_rules import closed_names
from cuebook.core.tool_calls import ToolCall
from cuebook.scorers._base import (
    Context,
    NoParameters,
    Outdated,
    expectation,
    expected_in,
    failed,
    measured,
    no_expectation,
    scorer,
)
from cuebook.scorers._text import QUOTED
from cuebook.shapes.run import Score, Version
from cuebook.shapes.suite import Suite

_SHOWN = 4
"""Parts of a reason that are shown, and calls in each of them."""


class Parameters(NoParameters):
    """Settings of ``tool_calls``."""

    expectation: str = Field(default="calls", description="Key of the list of expected calls; [] is none.")
    order: Literal["any", "given"] = Field(default="any", description="given: in the order of the list.")
    arguments: Arguments = Field(
        default="subset",
        description="subset: those expected, others are allowed; exact: no others; ignore: not compared.",
    )
    extra: Literal["count", "allow"] = Field(
        default="count", description="count: a call that was not expected costs; allow: it does not."
    )
    forbidden: list[str] = Field(default=[], description="Names of tools; a call of one makes the score 0.")

    def outdated(self, suite: Suite, versions: Sequence[Version] = ()) -> Iterator[Outdated]:
        """What cases expect that no call can be."""
        for case in suite.cases:
            for where, expected in expected_in(case):
                wanted = expected.get(self.expectation)
                for what, cure in problems(wanted) if wanted is not None else ():
                    said = f"expectation {self.expectation!r} of {where}: {what}"
                    yield Outdated(said, cure, suite.dataset, case.line, alike=cure)
        # An app may have tools of its own, and so may whoever gave recorded answers.
        known: dict[str, list[set[str] | None]] = {}
        for tool in (tool for version in versions for tool in version.calling.get("tools", ())):
            known.setdefault(tool["name"], []).append(closed_names(tool.get("parameters")))
        if not known or suite.target:
            return
        seen: set[str] = set()
        for case in suite.cases:
            for where, expected in expected_in(case):
                wanted = expected.get(self.expectation)
                for call in wanted if isinstance(wanted, list) else ():
                    # Each slip once, at the first case that has it.
                    for what, cure in self._never_made(call, known, suite.prompt):
                        if what not in seen:
                            seen.add(what)
                            said = f"expectation {self.expectation!r} of {where}: {what}"
                            yield Outdated(said, cure, suite.dataset, case.line)

    def _never_made(
        self, call: Any, known: Mapping[str, Sequence[set[str] | None]], prompt: str
    ) -> Iterator[tuple[str, str]]:
        """Why no version can make a call: its tool, or an argument of it, is none of theirs."""
        name = call.get("name") if isinstance(call, Mapping) else None
        if not isinstance(name, str):
            return
        if name not in known:
            yield f"no version of {prompt} has a tool {name!r}", did_you_mean(name, sorted(known))
            return
        closed = [names for names in known[name] if names is not None]
        given = call.get("arguments")
        if self.arguments == "ignore" or len(closed) < len(known[name]) or not isinstance(given, Mapping):
            return
        there = set[str]().union(*closed)
        for key in given:
            if key not in there:
                yield f"no tool {name!r} takes {key!r}", did_you_mean(str(key), sorted(there))


@scorer(Parameters, sees="calls")
def score(context: Context, parameters: Parameters) -> Score:
    """2M / (E + G), passed at 1: M of E expected calls are among the G that were made, one for one.

    With ``extra: allow`` it is M / E; nothing expected and nothing called is 1. In place of a value a case
    may write ``{"$any": true}``, ``{"$regex": "A-[0-9]+"}`` (the whole text), ``{"$oneOf": [...]}``,
    ``{"$near": [10, 0.5]}`` or, for an object that looks like one of these, ``{"$literal": ...}``. 1 is 1.0,
    true is not 1; objects inside arguments are compared as arguments are, lists item by item.

    Arguments that break the schema of the version's own tool, or are not one JSON object, match nothing.
    """
    wanted = expectation(context, parameters.expectation)
    if wanted is None:
        return no_expectation(parameters.expectation)
    if wrong := next(problems(wanted), None):
        return failed(f"expectation {parameters.expectation!r}: {wrong[0]}")
    given = context.tool_calls
    details = {"expected": [call["name"] for call in wanted], "called": [call.name for call in given]}
    if banned := [call.name for call in given if call.name in parameters.forbidden]:
        return measured(0, f"forbidden: {_name(banned[0])}", passed=False, **details)
    try:
        broken = dict(_broken(given, context.version))
        # In any order first: where nothing but the order is wrong, the reason says so.
        anyhow = found = match(wanted, given, arguments=parameters.arguments, unusable=broken)
        if parameters.order == "given":
            found = match(wanted, given, in_order=True, arguments=parameters.arguments, unusable=broken)
    except (UnusableSchema, OverBudget) as error:
        return failed(f"the calls could not be compared: {error}")
    value = found.score(allow_extra=parameters.extra == "allow")
    reason = _reason(wanted, given, found, broken, tell_extra=parameters.extra == "count")
    if len(found.pairs) < len(anyhow.pairs):
        reason = f"in another order than expected; {reason}"
    pairs = [list(pair) for pair in found.pairs]
    return measured(value, reason, passed=value >= 1, pairs=pairs, **details)


def _broken(given: Sequence[ToolCall], version: Version) -> Iterator[tuple[int, str]]:
    """Places of calls whose arguments their tool cannot take, each with why."""
    tools = {tool["name"]: tool for tool in version.calling.get("tools", ())}
    for place, call in enumerate(given):
        schema = tools.get(call.name, {}).get("parameters")
        if call.arguments is None:
            yield place, "its arguments are not one JSON object"
        elif schema and (wrong := violations(call.arguments, schema)):
            yield place, f"its arguments break the tool's schema: {min(wrong)}"


def _reason(
    wanted: Sequence[Mapping[str, Any]],
    given: Sequence[ToolCall],
    found: Matching,
    broken: Mapping[int, str],
    *,
    tell_extra: bool,
) -> str:
    """What is missing and what was called instead, else that nothing is."""
    met, used = {pair[0] for pair in found.pairs}, {pair[1] for pair in found.pairs}
    parts = [f"{_name(given[place].name)}: {why}" for place, why in broken.items()]
    missing = [
        _shown(call["name"], call.get("arguments") or {}) for at, call in enumerate(wanted) if at not in met
    ]
    others = [
        _shown(call.name, call.arguments)
        for at, call in enumerate(given)
        if at not in used and at not in broken
    ]
    if missing:
        parts.append(f"missing: {some(missing, _SHOWN)}")
    if others and (missing or tell_extra):
        parts.append(
            f"called instead: {some(others, _SHOWN)}" if missing else f"not expected: {some(others, _SHOWN)}"
        )
    if parts:
        return "; ".join(parts[:_SHOWN])
    return f"{plural(len(wanted), 'call')} as expected" if wanted else "no call, as expected"


def _shown(name: str, arguments: Any) -> str:
    return f"{_name(name)} {shorten(canonical(arguments).decode(), QUOTED)}"


def _name(name: str) -> str:
    # A model wrote it, and a reason is one line of a report.
    return shorten(" ".join(name.split()), QUOTED) or "no tool"

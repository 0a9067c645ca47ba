"""What every scorer has in common: its context, its settings, and the two decorators.

A scorer is one file: a docstring whose first line says what it measures, a class ``Parameters``, and a
function ``score`` under ``@scorer`` (decides by itself) or ``@judge_scorer`` (asks models). A scorer
that asks never makes a call: it yields the calls it wants and is sent what came back, so that limits,
retries and the reply store stay in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from cuebook.core.chat import answered, told
from cuebook.core.errors import RenderError
from cuebook.core.messages import fill
from cuebook.core.tool_calls import ToolCall, calls_named
from cuebook.shapes.run import Case, Failure, ModelCall, ModelReply, Score, Version
from cuebook.shapes.suite import Suite


class Outdated(NamedTuple):
    """A setting, or a value it names, that works in files that have it and is refused in new files.

    ``file`` is a name beside the suite, empty for the suite itself; ``line`` is 0 where none is known. Those
    that are ``alike`` are one slip in several cases.
    """

    what: str
    cure: str
    file: str = ""
    line: int = 0
    alike: str = ""


class NoParameters(BaseModel):
    """A scorer without settings; base of those that have some. Unknown ones are errors, none is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)

    @property
    def reads(self) -> str | None:
        """Key of the expectation that cases are measured against; cases without it are not applicable."""
        key = getattr(self, "expectation", None)
        return key if isinstance(key, str) else None

    @property
    def looks_for(self) -> set[str]:
        """Keys of expectations that are read where a case has them."""
        return {self.reads} if self.reads else set()

    def outdated(
        self,
        suite: Suite,  # noqa: ARG002  both are for members that have some
        versions: Sequence[Version] = (),  # noqa: ARG002
    ) -> Iterable[Outdated]:
        """What only files from before a later rule may have: here, in the suite's cases, in its files.

        ``versions`` are all of the prompt; none where one of them cannot be read.
        """
        return ()

    def unset(self, versions: Iterable[Version]) -> tuple[str, str] | None:  # noqa: ARG002  as above
        """Why no answer of these versions gets a score with these settings, and what to set."""
        return None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a scorer may look at.

    ``files`` are the suite's own files by name (a database schema, say). ``rival`` is the baseline's
    answer, for scorers that compare; None when there is none. ``judges`` maps each pinned judge ref to
    its version. ``repeat`` numbers the sample within the case, from 0. ``json_schema`` is the one that both
    versions are held to: the live one's, else the candidate's; None where neither has one.
    """

    case: Case
    version: Version
    reply: ModelReply
    files: Mapping[str, bytes] = field(default_factory=dict)
    rival: ModelReply | None = None
    judges: Mapping[str, Version] = field(default_factory=dict)
    repeat: int = 0
    json_schema: Mapping[str, Any] | None = None

    @property
    def answer(self) -> str:
        """The text to be scored."""
        return self.reply.text

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls of tools that the answer is, or holds beside its text; of a dialogue, all in it."""
        return self.reply.played.calls if self.reply.played else self.reply.tool_calls

    @property
    def transcript(self) -> list[dict[str, Any]]:
        """All messages by OpenAI's names, an image in words, with the answer last.

        Those before it are what the dialogue came to, else what the version asks of the case.
        """
        calls = [(call.id, call.name, call.raw) for call in self.reply.tool_calls]
        last = answered(self.reply.text, calls)
        if self.reply.played:
            return [*map(dict, self.reply.played.messages), last]
        used = {name: value for name, value in self.case.opening.items() if name in self.version.inputs}
        try:
            return [*map(told, fill(self.version.behaviour, used)), last]
        except RenderError:  # the answer was given, and not asked for by this version
            return [last]


Asked: TypeAlias = Generator[Sequence[ModelCall], Sequence[ModelReply | Failure], Score]
"""A scoring that asks: yields the calls it wants, is sent one reply or failure for each, returns a score."""

ScoreKind: TypeAlias = Literal["binary", "graded", "pairwise", "similarity"]
"""Right or wrong; a judge's grade; a judge's winner on [-1, 1]; a likeness of texts."""

Sees: TypeAlias = Literal["text", "calls", "ending", "usage", "answer"]
"""What of an answer a scorer looks at: text, calls, how it ended, what it took, or whatever it likes."""

ROUNDING = 1e-5
"""What sums of floats may be off by, also of those in single precision, such as a cosine of embeddings."""

_P = TypeVar("_P", bound=NoParameters)


@dataclass(frozen=True, slots=True)
class Scorer:
    """A member of the family. ``version`` goes up when the same answer may get another score.

    ``kind`` tells how far its scores spread before any is known.
    """

    name: str
    version: int
    parameters: type[NoParameters]
    needs_model: bool
    paired: bool
    function: Callable[[Context, Any], Score | Asked]
    kind: ScoreKind = "binary"
    sees: Sees = "answer"

    def score(self, context: Context, parameters: NoParameters) -> Score | Asked:
        """What the member says of an answer; for one that sees texts only, calls without a text are 0.

        So is what was refused without a word, unless the member looks at how an answer ended.
        """
        found = self.function(context, parameters)
        if not self.paired:  # which alone may say that an answer is worse than another
            found = _from_zero(found)
        if context.reply.is_blocked and (
            self.sees in {"text", "calls"} or (self.needs_model and not self.paired)
        ):
            return _lost(found)
        calls = context.reply.tool_calls
        # Also for what must not be there: a text that is not there keeps no promise.
        is_text = self.sees != "text" or context.answer.strip() or not calls
        if is_text or not isinstance(found, Score) or found.state != "measured":
            return found
        return measured(0, f"the answer is {calls_named(calls)}, not a text", passed=False)

    def keys_at(self, place: Sequence[str | int]) -> list[str]:
        """The settings that a place in a suite may have, as they are written there."""
        shape: type[BaseModel] = self.parameters
        for step in place:
            found = (item for name, item in shape.model_fields.items() if step in {name, item.alias})
            if field := next(found, None):  # else the key of a mapping, which has any name
                shape = next(_models_in(field.annotation), shape)
        return [item.alias or name for name, item in shape.model_fields.items()]

    @property
    def summary(self) -> str:
        """The first line of the member's docstring."""
        import sys

        return (sys.modules[self.function.__module__].__doc__ or "").strip().splitlines()[0]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _from_zero(found: Score | Asked) -> Score | Asked:
    """The score, or the scoring. Raises ValueError for one below 0: two such may differ by more than 1."""
    if not isinstance(found, Score):
        return _asking_from_zero(found)
    if found.value is None or found.value >= 0:
        return found
    if found.value < -ROUNDING:
        raise ValueError(f"a score is from 0 to 1, not {found.value:g}")
    return replace(found, value=0.0)


def _asking_from_zero(found: Asked) -> Asked:
    score = _from_zero((yield from found))
    assert isinstance(score, Score)
    return score


def _lost(found: Score | Asked) -> Score:
    """The score of no answer: 0 where there would be one, and no judge is asked about it."""
    if not isinstance(found, Score):
        try:
            next(found)
        except StopIteration as stop:
            found = stop.value
            assert isinstance(found, Score)
        else:
            found.close()
            found = measured(0)
    if found.state != "measured":
        return found
    return measured(0, "there is no answer: it was refused", passed=False)


def scorer(
    parameters: type[_P], *, version: int = 1, kind: ScoreKind = "binary", sees: Sees = "answer"
) -> Callable[[Callable[[Context, _P], Score]], Scorer]:
    """Make a function a scorer that decides by itself; ``sees`` is what of an answer it looks at."""

    def wrap(function: Callable[[Context, _P], Score]) -> Scorer:
        return Scorer(
            _member(function),
            version,
            parameters,
            needs_model=False,
            paired=False,
            function=function,
            kind=kind,
            sees=sees,
        )

    return wrap


def judge_scorer(
    parameters: type[_P], *, version: int = 1, paired: bool = False
) -> Callable[[Callable[[Context, _P], Asked]], Scorer]:
    """Make a function a scorer that asks models; ``paired`` ones compare with the baseline's answer."""

    def wrap(function: Callable[[Context, _P], Asked]) -> Scorer:
        return Scorer(
            _member(function),
            version,
            parameters,
            needs_model=True,
            paired=paired,
            function=function,
            kind="pairwise" if paired else "graded",
        )

    return wrap


def _member(function: Callable[..., Any]) -> str:
    return function.__module__.rpartition(".")[2]


def measured(value: float, reason: str = "", *, passed: bool | None = None, **details: Any) -> Score:
    """A score in [0, 1], or [-1, 1] where answers are compared, clipped against rounding.

    Passed from 0.5 up unless said otherwise. Raises ValueError for NaN, and beyond rounding: of a scorer that
    counts to 10 every answer would be right.
    """
    if isnan(value):
        raise ValueError("a score cannot be NaN")
    # A mean of ones may be a little more than 1.
    clipped = min(1.0, max(-1.0, float(value)))
    if abs(value - clipped) > ROUNDING:
        raise ValueError(f"a score is from 0 to 1, not {value:g}")
    return Score("measured", clipped, clipped >= 0.5 if passed is None else passed, reason, details)


def not_applicable(reason: str, **details: Any) -> Score:
    """The case holds nothing this scorer could measure."""
    return Score("not_applicable", reason=reason, details=details)


def failed(reason: str, **details: Any) -> Score:
    """No score could be had, through no fault of the answer."""
    return Score("failed", reason=reason, details=details)


def expectation(context: Context, key: str) -> Any:
    """What the case expects under ``key``; None when it expects nothing there."""
    return context.case.expectations.get(key)


def no_expectation(key: str) -> Score:
    """Return the score of a case that expects nothing under ``key``."""
    return not_applicable(f"the case has no expectation {key!r}")


def expected_in(case: Case) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All that a case expects, of its last answer and of its turns, each with words for its place."""
    yield f"case {case.id!r}", case.expectations
    for at, turn in enumerate(case.turns):
        yield f"turn {at + 1} of case {case.id!r}", turn.get("expectations", {})

"""What tests of scorers share: a context around one answer, and talks with judges whose replies are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cuebook.scorers import Context, find
from cuebook.shapes.run import Case, Failure, ModelCall, ModelReply, Score, Usage, Version

VERSION = Version(
    prompt="qa-assistant",
    number=3,
    message="Cite the passage",
    model="offline/rules",
    parameters={},
    inputs={"question": {"type": "string"}},
    messages=None,
    template="{{question}}",
    template_format="simple",
    response_format="text",
    json_schema=None,
)


def context(answer: str, expectations: Mapping[str, Any] | None = None, **changes: Any) -> Context:
    """A context with one input, ``question``."""
    case = Case("case-1", {"question": "How long?"}, expectations or {})
    made = Context(case, VERSION, ModelReply(answer, "offline/rules"))
    return replace(made, **changes)


def grade(
    name: str,
    answer: str,
    expectations: Mapping[str, Any] | None = None,
    *,
    given: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Score:
    """The score of an answer by a scorer that decides by itself; ``given`` changes the context."""
    member = find(name)
    result = member.score(
        context(answer, expectations, **(given or {})), member.parameters.model_validate(settings)
    )
    assert isinstance(result, Score)
    return result


def converse(
    name: str, asked_in: Context, replies: Sequence[str | Failure], **settings: Any
) -> tuple[Score, list[ModelCall]]:
    """The score of a scorer that asks, and its calls; the replies are used up in order, each at 1 cent."""
    member = find(name)
    asking = member.function(asked_in, member.parameters.model_validate(settings))
    assert not isinstance(asking, Score)
    left: Iterator[str | Failure] = iter(replies)
    made: list[ModelCall] = []
    sent: list[ModelReply | Failure] | None = None
    while True:
        try:
            calls = next(asking) if sent is None else asking.send(sent)
        except StopIteration as stop:
            score = stop.value
            break
        made += calls
        sent = [_reply(next(left)) for _ in calls]
    assert next(left, None) is None, "the scorer asked less often than expected"
    assert isinstance(score, Score)
    return score, made


def _reply(said: str | Failure) -> ModelReply | Failure:
    if isinstance(said, Failure):
        return said
    return ModelReply(said, "offline/judge", Usage(100, 20, 0.01))


POLITE = '''"""Whether the answer thanks the customer."""
from cuebook.scorers import Context, NoParameters, measured, scorer


class Parameters(NoParameters):
    word: str = "thank"


@scorer(Parameters)
def score(context: Context, parameters: Parameters):
    return measured(float(parameters.word in context.answer.casefold()), "looked for the word")
'''
"""A scorer of a repository's own, and where it is."""
POLITE_PATH = "evals/_scorers/polite.py"

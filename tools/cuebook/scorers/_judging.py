"""What scorers with a judge share: their settings, and a judgement that is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from cuebook.core.errors import MalformedRef
from cuebook.core.refs import NAME_PATTERN, name_problem, parse_ref
from cuebook.core.shape_errors import broken_rule, meant
from cuebook.core.values import quoted
from cuebook.judging.ask import Unread
from cuebook.scorers._base import NoParameters, failed
from cuebook.shapes.run import Score, Usage, Version


def _place_in_case(text: str) -> str:
    name = text.removeprefix("case.").removeprefix("input.")
    return f"inputs.{name} or expectations.{name}" if re.fullmatch(r"[A-Za-z_][\w-]*", name) else ""


_Path = Annotated[
    str,
    Field(
        pattern=meant(
            r"^(inputs|expectations)(\.[^.\s]+)+$",
            "names nothing of a case",
            "write inputs.NAME or expectations.NAME",
            right=_place_in_case,
        )
    ),
]
_Literal = Annotated[dict[Literal["text"], str], Field(min_length=1)]


def _kind(value: object) -> str:
    return "shape[fixed]" if isinstance(value, Mapping) else "shape[path]"


_Source = Annotated[
    Annotated[_Path, Tag("shape[path]")] | Annotated[_Literal, Tag("shape[fixed]")], Discriminator(_kind)
]


_PIN = re.compile(f"{NAME_PATTERN}/[1-9][0-9]*")


class JudgeParameters(NoParameters):
    """Which judge is asked, and where its variables come from."""

    prompt: str = Field(description="The judge, pinned to a version: judge-correctness/2.")
    with_: Mapping[str, _Source] = Field(
        default_factory=dict,
        alias="with",
        description="Where the judge's variables come from: inputs.question, expectations.answer or "
        "{text: ...}. A variable not named here is filled by the input or expectation of its name.",
    )

    @field_validator("prompt")
    @classmethod
    def _pinned(cls, prompt: str) -> str:
        try:
            ref = parse_ref(prompt)
        except MalformedRef as error:
            name = "judge-correctness" if name_problem(prompt) else prompt
            cure = f"write the number of a version, too, such as {name}/1"
            if _PIN.fullmatch(plain := re.sub(r"[^a-z0-9._/-]", "", prompt.lower())):
                cure = f"write {plain}"  # without the signs that no ref has
            raise broken_rule("", error.message, cure) from None
        if ref.version is None:
            what = f"pin the judge: {quoted(prompt)} may change, and with it the measure"
            raise broken_rule("", what, f"write {ref.name}/1, or another of its versions")
        # One judge in two spellings would be two judges in digests and measurements.
        if str(ref) != prompt:
            raise broken_rule(
                "", f"{quoted(prompt)} is a version in another spelling, of {ref}", f"write {ref}"
            )
        return prompt


def unread(reading: Unread, judge: Version, usage: Usage) -> Score:
    """The score that is missing because a judge's reply is, or cannot be read."""
    score = failed(reading.words, judge=judge.ref)
    return replace(
        score,
        usage=usage,
        unread="no_reply" if reading.is_silence else "unreadable",
        said=reading.said,
    )

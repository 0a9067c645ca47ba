"""What a version's file says of chat: the tools that an answer may call."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from cuebook.core.shape_errors import meant
from cuebook.shapes._fields import FileShape

MOST_TOOLS = 128
"""What OpenAI takes; others take as many or fewer."""
ToolName = Annotated[
    str,
    Field(
        pattern=meant(
            r"^[A-Za-z0-9_-]{1,64}$",
            "it is no name of a tool",
            "up to 64 letters, digits, _ and -, such as lookup_order",
        )
    ),
]


class Tool(FileShape):
    """A function of the app that an answer may call; ``parameters`` is a JSON Schema of an object."""

    name: ToolName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class NamedTool(FileShape):
    """The one tool that an answer must call."""

    name: ToolName


def _kind_of_choice(value: Any) -> str:
    return "shape[name]" if isinstance(value, (dict, NamedTool)) else "shape[word]"


ToolChoice = Annotated[
    Annotated[Literal["auto", "none", "required"], Tag("shape[word]")]
    | Annotated[NamedTool, Tag("shape[name]")],
    Discriminator(_kind_of_choice),
]
"""Whether an answer calls tools: as the model likes, never, at least one, or this one."""
Tools = Annotated[list[Tool], Field(min_length=1, max_length=MOST_TOOLS)]

"""What a version's file says of chat: the kinds of messages, and the tools that an answer may call."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from cuebook.core.images import url_problem
from cuebook.core.provider_names import PATTERN
from cuebook.core.shape_errors import broken_rule, meant
from cuebook.shapes._fields import FileShape, Text, VariableName

MOST_PARTS = 64
"""Of one message; none that anybody needs has as many."""
MOST_TOOLS = 128
"""What OpenAI takes; others take as many or fewer."""
ToolName = Annotated[
    str,
    Field(
        pattern=meant(
            rf"^{PATTERN}$",
            "is not a valid name for a tool",
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


_SCHEMAS = {"inputSchema": "MCP", "input_schema": "Anthropic"}
"""What other formats call the parameters of a tool."""


def _refuse_other_tools(value: Any) -> Any:
    """One error for a tool as an API or MCP writes it, in place of one for each of its keys."""
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("function"), dict):
        what = "a tool as OpenAI's API takes it; here it is the function alone"
        raise broken_rule(
            "function", what, "take out 'type' and 'function', and keep what is below 'function'"
        )
    for key, whose in _SCHEMAS.items():
        if key in value:
            what = f"a tool as {whose} writes it: its schema is called {key!r}"
            raise broken_rule(key, what, f"write 'parameters' in place of {key!r}")
    return value


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
Tools = Annotated[
    list[Annotated[Tool, BeforeValidator(_refuse_other_tools)]], Field(min_length=1, max_length=MOST_TOOLS)
]


class TextPart(FileShape):
    """A text among the parts of a message."""

    type: Literal["text"]
    text: str


class ImagePart(FileShape):
    """An image among the parts of a message: an input by its name, or a data URL that is fixed."""

    type: Literal["image"]
    image: VariableName | None = None
    url: str | None = None
    detail: Literal["auto", "low", "high"] | None = None

    @model_validator(mode="after")
    def _one(self) -> ImagePart:
        if (self.image is None) == (self.url is None):
            what = "an image part has 'image' (the name of an input) or 'url' (a data: URL), one of them"
            raise broken_rule("", what, "write {type: image, image: photo}")
        if self.url is not None and (problem := url_problem(self.url)):
            cure = "write {type: image, image: photo}; for a case put the file beside the dataset"
            raise broken_rule("url", problem, cure)
        return self


def _kind_of_part(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return "shape[image]" if kind == "image" else "shape[text]"


def _refuse_other_parts(value: Any) -> Any:
    if isinstance(value, str):
        what = "a part is a block of keys, not a text"
        raise broken_rule(
            "", what, "write {type: text, text: ...}; a message of one text has it as content: |"
        )
    if isinstance(value, dict) and value.get("type") not in {"text", "image"}:
        what = f"a part has the type text or image, not {value.get('type')!r}"
        raise broken_rule("type", what, "write {type: text, text: ...} or {type: image, image: photo}")
    return value


ContentPart = Annotated[
    Annotated[TextPart, Tag("shape[text]")] | Annotated[ImagePart, Tag("shape[image]")],
    Discriminator(_kind_of_part),
    BeforeValidator(_refuse_other_parts),
]


def _kind_of_content(value: Any) -> str:
    return "shape[parts]" if isinstance(value, list) else "shape[text]"


Content = Annotated[
    Annotated[str, Tag("shape[text]")]
    | Annotated[list[ContentPart], Field(min_length=1, max_length=MOST_PARTS), Tag("shape[parts]")],
    Discriminator(_kind_of_content),
]
"""A text, or texts and images in order."""


class ChatMessage(FileShape):
    """One message: who says it, and the text or its parts."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Content


class Placeholder(FileShape):
    """The place of the conversation so far: the name of an input of type ``messages``."""

    placeholder: VariableName


class ExampleCall(FileShape):
    """A call as an example shows it."""

    id: Text
    name: ToolName
    arguments: dict[str, Any]


class CallMessage(FileShape):
    """An example of an answer that calls tools."""

    role: Literal["assistant"]
    content: str = ""
    toolCalls: Annotated[list[ExampleCall], Field(min_length=1)]


class ToolMessage(FileShape):
    """An example of what a tool gave back for a call before it."""

    role: Literal["tool"]
    toolCallId: Text
    content: str


def _kind_of_message(value: Any) -> str:
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if "placeholder" in given:
        return "shape[placeholder]"
    if given.get("role") == "tool":
        return "shape[tool]"
    return "shape[calls]" if "toolCalls" in given else "shape[text]"


_ROLES = {"system", "developer", "user", "assistant"}


def _refuse_unknown(value: Any) -> Any:
    """One error for what is no message at all, in place of one for each key that it lacks."""
    if isinstance(value, dict) and len(value) == 1 and (said := next(iter(value))) in _ROLES:
        what = f"a message has 'role' and 'content', not {said!r}"
        raise broken_rule(said, what, f"write {{role: {said}, content: ...}}")
    if isinstance(value, dict) and not value.keys() & {"role", "content", "placeholder"}:
        name = value.get("name", value.get("variable_name"))
        shown = name if isinstance(name, str) and name.isidentifier() else "history"
        cure = f"write {{placeholder: {shown}}} for the conversation so far, or role: and content:"
        raise broken_rule("", "unknown shape of a message", cure)
    return value


AnyMessage = Annotated[
    Annotated[ChatMessage, Tag("shape[text]")]
    | Annotated[Placeholder, Tag("shape[placeholder]")]
    | Annotated[CallMessage, Tag("shape[calls]")]
    | Annotated[ToolMessage, Tag("shape[tool]")],
    Discriminator(_kind_of_message),
    BeforeValidator(_refuse_unknown),
]

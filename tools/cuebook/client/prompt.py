"""One version of a prompt as an app uses it, made from the JSON that was published, and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from cuebook.core.canonical import PUBLISHED_DEPTH, behaviour, calling, digest, read_json
from cuebook.core.errors import UPGRADE, DigestMismatch, RegistryUnreachable, RenderError, UnknownVersion
from cuebook.core.messages import fill
from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.core.refs import Ref
from cuebook.core.templating import as_text

Source = Literal["live", "cache", "stale", "disk", "fallback", "use"]
NEVER = float("-inf")
ERASED = "cuebook/erased/1"
_OPENAI = frozenset(
    [
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "reasoning_effort",
        "verbosity",
        "response_format",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
    ]
)
"""What ``chat.completions.create`` takes by name; it refuses any other word outside of ``extra_body``."""
_LATER = ("cuebook/version/2", "cuebook/alias/2")
_FORMATS = ("cuebook/version/1", "cuebook/alias/1", *_LATER)
"""The second number is of versions that readers of the first would send without a part of what they say."""
_PROVIDER_WORDS = frozenset({"accounts", "fireworks", "models", "routers"})
"""What providers put around a model's name; nothing of it names another model."""
NOTHING: Mapping[str, Any] = {}
_SHAPE: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "version": int,
    "digest": str,
    "model": str,
    "modelParameters": dict,
    "inputs": dict,
    "messages": (list, type(None)),
    "template": (str, type(None)),
    "templateFormat": str,
    "responseFormat": str,
    "jsonSchema": (dict, type(None)),
}


class Prompt:
    """One version of a prompt as an app uses it.

    ``source`` is ``live`` (just fetched), ``cache`` (fetched within a minute, or a pinned version),
    ``stale`` (older, being asked for again), ``disk`` or ``fallback``; ``use`` where the version that a unit
    is to try could not be had, and the one in use is served. ``arm`` is ``use`` or ``try`` where a unit was
    drawn. What is handed out is a copy.
    """

    __slots__ = ("_artifact", "_clock", "_confirmed", "alias", "arm", "source")

    def __init__(
        self,
        artifact: dict[str, Any],
        source: Source,
        confirmed: float,
        clock: Callable[[], float],
        arm: str | None = None,
    ) -> None:
        self._artifact = artifact
        self._confirmed = confirmed
        self._clock = clock
        self.source: Source = source
        self.alias: str | None = artifact.get("alias")
        self.arm = arm

    def __repr__(self) -> str:
        return f"<Prompt {self.ref} {self.source}>"

    @property
    def name(self) -> str:
        """The prompt's name."""
        return str(self._artifact["name"])

    @property
    def version(self) -> int:
        """The version's number."""
        return int(self._artifact["version"])

    @property
    def ref(self) -> str:
        """``name/3``, whatever alias it was asked for by."""
        return f"{self.name}/{self.version}"

    @property
    def digest(self) -> str:
        """``sha256:...`` of everything that may change answers; it was checked."""
        return str(self._artifact["digest"])

    @property
    def model(self) -> str:
        """The model's litellm id, such as ``openai/gpt-6-luna``."""
        return str(self._artifact["model"])

    @property
    def parameters(self) -> dict[str, Any]:
        """Settings of the call under the names of the prompt file (``maxTokens``)."""
        return _copy(self._artifact["modelParameters"])  # type: ignore[no-any-return]

    @property
    def messages(self) -> list[dict[str, Any]] | None:
        """The chat messages with their variables still in them; None for a text prompt.

        ``{"placeholder": name}`` is the place of the conversation so far.
        """
        return _copy(self._artifact["messages"])  # type: ignore[no-any-return]

    @property
    def template(self) -> str | None:
        """The text with its variables still in it; None for a chat prompt."""
        return self._artifact["template"]  # type: ignore[no-any-return]

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """Each variable: its type and, if it has one, its default."""
        return _copy(self._artifact["inputs"])  # type: ignore[no-any-return]

    @property
    def response_format(self) -> str:
        """``text``, ``json_object`` or ``json_schema``."""
        return str(self._artifact["responseFormat"])

    @property
    def json_schema(self) -> dict[str, Any] | None:
        """Name and schema of the answer asked for, or None."""
        return _copy(self._artifact["jsonSchema"])  # type: ignore[no-any-return]

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The functions that an answer may call, each with name, description and parameters; mostly none."""
        return _copy(self._artifact.get("tools")) or []

    @property
    def tool_choice(self) -> str | dict[str, str] | None:
        """``auto``, ``none``, ``required`` or ``{"name": ...}``; None where the version does not say."""
        return _copy(self._artifact.get("toolChoice"))  # type: ignore[no-any-return]

    @property
    def parallel_tool_calls(self) -> bool | None:
        """Whether an answer may make several calls at once; None where the version does not say."""
        return self._artifact.get("parallelToolCalls")

    @property
    def split(self) -> dict[str, Any] | None:
        """What the alias lets a share of units try, as it is published; None where that is nothing."""
        return _copy(self._artifact.get("split"))  # type: ignore[no-any-return]

    @property
    def age(self) -> float | None:
        """Seconds since the registry last confirmed this copy; None for a fallback."""
        return None if self._confirmed == NEVER else max(0.0, self._clock() - self._confirmed)

    def _as(self, arm: str, source: Source | None = None, beside: Mapping[str, Any] = NOTHING) -> Prompt:
        """The same as what a unit was drawn for. Raises RegistryUnreachable where ``beside`` is refused."""
        artifact = {**self._artifact, **beside}
        accepted(artifact, f"the alias of {self.ref}")
        return Prompt(artifact, source or self.source, self._confirmed, self._clock, arm)

    def format(self, /, **values: Any) -> str | list[dict[str, Any]]:
        """The text, or the chat messages, with every variable filled.

        An input of type ``messages`` takes the conversation so far, a list of chat messages; what it has
        beside their known keys is passed on; one of type ``image`` takes what ``cuebook.image`` makes.
        Messages have the keys of OpenAI's chat format.
        Raises RenderError naming all variables that are missing, unknown or of the wrong type.
        """
        filled = self._filled(values)
        return filled[0]["content"] if self._artifact["messages"] is None else filled

    def _filled(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            return fill(self._artifact, values)
        except RenderError as error:
            # An app has many prompts, and its log this line alone.
            raise RenderError(f"{self.ref}: {error.message}", error.hint) from None

    def to_openai(self, /, **values: Any) -> dict[str, Any]:
        """Keyword arguments for ``chat.completions.create`` of an OpenAI-compatible client.

        It is what the gate sent, by the names that the model's provider uses; what only this provider knows
        is in ``extra_body``. A text prompt becomes one user message. Raises RenderError.
        """
        from cuebook.core.wire import asked_as, providers, sent  # reads the table of providers

        messages = self._filled(values)
        usual, row = asked_as(self.model)
        known, like = self._artifact.get("wireModel"), self._artifact.get("wireLike")
        model = known if isinstance(known, str) else usual
        given = sent(self._artifact, providers().get(like if isinstance(like, str) else row))
        call = {key: value for key, value in given.items() if key in _OPENAI}
        beyond = {key: value for key, value in given.items() if key not in _OPENAI}
        return {"model": model, "messages": messages, **call} | ({"extra_body": beyond} if beyond else {})

    def span_attributes(self, variables: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Attributes for an OpenTelemetry span, so that a trace leads back to the version.

        ``variables``, as ``format`` took them, are left out unless given: they may hold what traces must not.
        """
        found = {
            "gen_ai.prompt.name": self.name,
            "gen_ai.prompt.version": str(self.version),
            "cuebook.prompt.digest": self.digest,
            "cuebook.prompt.source": self.source,
        }
        found |= {"cuebook.prompt.alias": self.alias} if self.alias else {}
        found |= {"cuebook.prompt.arm": self.arm} if self.arm else {}
        for name, value in (variables or {}).items():
            found[f"gen_ai.prompt.variable.{name}"] = as_text(value)
        return found


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


class ErasedVersion(UnknownVersion):
    """A version that was taken back for good: no copy of it is served."""


def checked(body: bytes, ref: Ref, place: str, pin: str = "") -> dict[str, Any]:
    """A fetched artifact that is what was asked for, by its digest ``pin`` if there is one.

    Raises RegistryUnreachable, DigestMismatch, ErasedVersion.
    """
    try:
        data = read_json(body.decode(), depth=PUBLISHED_DEPTH)
    except ValueError:
        what = f"{place} answered for {ref} with something that is not JSON"
        cure = "where a page to log in answers: pass token= or headers=, or set CUEBOOK_TOKEN"
        raise RegistryUnreachable(what, "" if body.lstrip()[:1] != b"<" else cure) from None
    if isinstance(data, dict) and data.get("schema") == ERASED:
        what = f"{ref.name}/{ref.version} was erased: its owner took it back for good"
        raise ErasedVersion(what, f"load another version, or an alias: {ref.name}@production")
    artifact = whole(data, place, pin)
    said = (artifact["name"], artifact["version"] if ref.version else artifact.get("alias"))
    if said != (ref.name, ref.version or ref.alias):
        raise RegistryUnreachable(f"{place} answered for {ref} with {said[0]} {said[1]}")
    return artifact


def whole(data: Any, place: str, pin: str = "") -> dict[str, Any]:
    """An artifact of the right shape whose digest is right. Raises RegistryUnreachable, DigestMismatch."""
    if not isinstance(data, dict) or data.get("schema") not in _FORMATS:
        what = f"{place} holds no prompt of a format that this client knows"
        raise RegistryUnreachable(what, UPGRADE)
    try:
        found = digest(behaviour(data)) if _has_shape(data) else None
    except ValueError:
        found = None
    if found is None:
        raise DigestMismatch(f"{place} holds a damaged prompt: {data.get('ref')!r}")
    if found != data["digest"]:
        what = f"{data['name']}/{data['version']} from {place} is not what its digest says"
        raise DigestMismatch(f"{what}: {found} instead of {data['digest']}", "publish it again")
    if pin and found != pin:
        what = f"{place} has {data['name']}/{data['version']} with the digest {found}, not {pin}"
        raise DigestMismatch(what, "look at what changed, then pin that digest")
    accepted(data, place)
    return data


def accepted(data: dict[str, Any], place: str) -> None:
    """Raise RegistryUnreachable where an artifact would change a request beyond what a prompt may."""
    if problem := _override(data):
        raise RegistryUnreachable(f"{place} holds a prompt with {problem}", UPGRADE)


def _override(data: dict[str, Any]) -> str | None:
    """What of an artifact would change a request beyond what a prompt may, though its digest is right."""
    unknown = sorted(set(data["modelParameters"]) - set(ALLOWED_PARAMETERS))
    if unknown:
        return f"the parameter {unknown[0][:40]!r}, which no prompt may set"
    if data["schema"] in _LATER:
        from cuebook.core.chat import has_addresses  # most prompts need none of it

        if has_addresses(data):
            return "an image at an address, and not as a data: URL"
    wire = data.get("wireModel")
    if wire is not None and not _spells(str(wire), data["model"]):
        return f"the name {str(wire)[:60]!r} for the model {data['model']!r}"
    return None


def _spells(wire: str, model: str) -> bool:
    """Whether a name on the wire is the model's own, with words of its provider around it."""
    wired, own, name = (
        {*text.replace(":", "/").split("/")} for text in (wire, model, model.partition("/")[2])
    )
    return name <= wired and wired - own <= _PROVIDER_WORDS


def _has_shape(data: dict[str, Any]) -> bool:
    if not all(isinstance(data.get(key, ...), kind) for key, kind in _SHAPE.items()):
        return False
    messages = data["messages"]
    if (messages is None) == (data["template"] is None):
        return False
    if not all(
        isinstance(spec, dict) and isinstance(spec.get("type"), str) for spec in data["inputs"].values()
    ):
        return False
    if data["schema"] in _LATER:
        from cuebook.core.chat import are_messages, are_tools  # most prompts need none of it

        return are_tools(data) and are_messages(messages or ())
    return not calling(data) and all(
        isinstance(item, dict) and isinstance(item.get("role"), str) and isinstance(item.get("content"), str)
        for item in messages or ()
    )

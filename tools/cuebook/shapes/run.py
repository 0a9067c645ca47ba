"""Plain shapes that flow between the parts: prompts, calls, replies, samples and scores.

They carry data and no behaviour beyond what follows from it, so that a report can be written without
knowing how a run came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from cuebook.core.canonical import behaviour, digest, pointed
from cuebook.core.errors import FailureCode
from cuebook.core.images import set_apart
from cuebook.core.tool_calls import ToolCall, calls_said
from cuebook.shapes._units import unit_of
from cuebook.shapes.split import Origin

Json: TypeAlias = Any
Message: TypeAlias = Mapping[str, Any]
"""``{"role": ..., "content": ...}``, and in a version also what ``shapes/chat_format.py`` says."""


@dataclass(frozen=True)
class Version:
    """One immutable state of a prompt, as its file says it, with the digest of what changes behaviour."""

    prompt: str
    number: int
    message: str
    model: str
    parameters: Mapping[str, Json]
    inputs: Mapping[str, Mapping[str, Json]]
    messages: tuple[Message, ...] | None
    template: str | None
    template_format: Literal["simple", "jinja2"]
    response_format: Literal["text", "json_object", "json_schema"]
    json_schema: Mapping[str, Json] | None
    author: str | None = None
    created: str | None = None
    path: str = ""
    calling: Mapping[str, Json] = field(default_factory=dict)
    """``tools``, ``toolChoice``, ``parallelToolCalls`` where set; see ``core.canonical.CALLING``."""
    includes: Mapping[str, str] = field(default_factory=dict)
    """Digest of each version whose text was put in, by its ref; the digest above covers the words alone."""
    written: Mapping[str, Json] = field(default_factory=dict)
    """``messages`` or ``template`` as the file has it, where that is not what apps get: with its includes."""
    origin: Origin | None = None

    @property
    def ref(self) -> str:
        """``name/3``"""
        return f"{self.prompt}/{self.number}"

    @cached_property
    def behaviour(self) -> dict[str, Json]:
        """What the digest covers: a change of any of it may change answers."""
        return behaviour(
            {
                "inputs": self.inputs,
                "jsonSchema": self.json_schema,
                "messages": [dict(message) for message in self.messages] if self.messages else None,
                "model": self.model,
                "modelParameters": dict(self.parameters),
                "responseFormat": self.response_format,
                "template": self.template,
                "templateFormat": self.template_format,
                **self.calling,
            }
        )

    @cached_property
    def digest(self) -> str:
        """``sha256:...`` over canonical JSON of ``behaviour``."""
        return digest(self.behaviour)


@dataclass(frozen=True)
class Case:
    """One input with a stable id. ``cluster`` names what makes cases dependent (a document, a dialogue).

    ``note`` is what the person who labelled it remarked; like its line it changes nothing.
    """

    id: str
    inputs: Mapping[str, Json]
    expectations: Mapping[str, Json] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    cluster: str | None = None
    line: int = field(default=0, compare=False)
    note: str = field(default="", compare=False)
    files: Mapping[str, str] = field(default_factory=dict)
    """Digest of each image below the suite's folder that the case names, by its path there."""
    images: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Those images as data URLs, by the inputs they are."""
    turns: tuple[Mapping[str, Json], ...] = ()
    """Of a dialogue, as ``shapes/dialogue_format.py`` says."""
    tools: Mapping[str, Json] = field(default_factory=dict)
    """What each tool gives back to calls in the dialogue."""

    @property
    def script(self) -> tuple[Mapping[str, Json], ...]:
        """The turns of a dialogue; one that the version asks by itself where only ``tools`` are given."""
        return self.turns or (({"inputs": {}},) if self.tools else ())

    @property
    def asked(self) -> list[int]:
        """Places of the turns of a dialogue that are answered, in order; fixed words answer the others."""
        kinds = ["assistant" in turn for turn in self.script]
        return [at for at, is_fixed in enumerate(kinds) if not is_fixed and not any(kinds[at + 1 : at + 2])]

    @property
    def spoken(self) -> list[dict[str, Json]]:
        """The turns without what is expected of their answers."""
        return [{name: turn[name] for name in turn if name != "expectations"} for turn in self.turns]

    @property
    def expected(self) -> set[str]:
        """The names of all that is expected, of the case or of one of its turns."""
        return set(self.expectations).union(*(turn.get("expectations", ()) for turn in self.turns))

    def values_at(self, turn: int) -> dict[str, Json]:
        """What a version's variables are filled with at a turn: those of the case and of all turns so far."""
        made = self.values
        for earlier in self.script[: turn + 1]:
            made |= earlier.get("inputs", {})
        return made

    @property
    def opening(self) -> dict[str, Json]:
        """What a version's variables are filled with when it is asked first."""
        return self.values_at(self.asked[0]) if self.script else self.values

    @property
    def values(self) -> dict[str, Json]:
        """What a version's variables are filled with: the inputs, images as they are sent."""
        return {**self.inputs, **self.images}

    @property
    def unit(self) -> str:
        """What cases that depend on each other share: the cluster, else a key of the case alone."""
        return unit_of(self.cluster, self.id)

    @cached_property
    def digest(self) -> str:
        """Digest of all that the case says; its place in the file is outside."""
        said = {
            "cluster": self.cluster,
            "expectations": self.expectations,
            "id": self.id,
            "inputs": self.inputs,
            "tags": self.tags,
            **({"files": self.files} if self.files else {}),
            **({"turns": self.turns} if self.turns else {}),
            **({"tools": self.tools} if self.tools else {}),
        }
        # A version is asked, and answers are compared, with 3.0 and not with 3.
        points = list(pointed(said))
        return digest({**said, "points": points} if points else said)


@dataclass(frozen=True)
class ModelCall:
    """One question to a model. Two calls with the same ``key`` are the same question."""

    model: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, Json] = field(default_factory=dict)
    response_format: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: Mapping[str, Json] | None = None
    repeat: int = 0
    epoch: str = ""
    calling: Mapping[str, Json] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Data URLs by what replaces them in the messages, so that the key does not hold them."""

    @classmethod
    def of(cls, version: Version, messages: Iterable[Message], **changes: Any) -> ModelCall:
        """The call that asks a version in these filled messages; ``changes`` are other fields of the call."""
        apart, images = set_apart(tuple(messages))
        own: dict[str, Any] = {
            "model": version.model,
            "messages": apart,
            "images": images,
            "parameters": version.parameters,
            "response_format": version.response_format,
            "json_schema": version.json_schema,
            "calling": version.calling,
        }
        return cls(**(own | changes))

    @cached_property
    def key(self) -> str:
        """Digest of everything that may change the answer; time limits and retries stay outside.

        Tools are one more part where there are any: replies from before there were none stay known.
        """
        shaping = [self.parameters, self.response_format, self.json_schema]
        asked = [self.model, self.messages, *shaping, self.repeat, self.epoch]
        return digest([*asked, self.calling] if self.calling else asked)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one reply; None is unknown, never free."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """What led to an answer in a dialogue.

    ``messages`` are those sent for it, an image among them in words; ``said`` is what was said from the first
    turn on, the answer last; ``turns`` the answers by their place in the script. Of ``calls``, all that were
    made on the way, the case has no result for ``unscripted``.
    """

    messages: tuple[Message, ...]
    said: tuple[Message, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    turns: Mapping[int, ModelReply] = field(default_factory=dict)
    unscripted: int = 0


LONGEST_REASONING = 20_000
"""Characters: it is for people to read, and every stored reply and published case has it."""
FILTERED = "content_filter"
"""How an answer ended that a provider's filter refused, also where it refused the question."""


@dataclass(frozen=True, slots=True)
class ModelReply:
    """What a model answered. ``seconds`` is the wall time of the call when it was made, on the day ``asked``.

    ``finish`` is the provider's word for why the answer ended. An answer may be calls of tools without a
    text. The words of a ``refusal`` are its text, too, where there is no other. ``reasoning`` is no part of
    the answer; of it the first ``LONGEST_REASONING`` characters are kept. Of the last answer of a dialogue,
    ``usage`` and ``seconds`` are those of all its calls together.
    """

    text: str
    served_model: str
    usage: Usage = Usage()
    seconds: float = 0.0
    finish: str = "stop"
    asked: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    reasoning: str = ""
    played: Played | None = None

    @property
    def said(self) -> str:
        """All that the answer says, to be read: its text, then each call on a line of its own."""
        calls = calls_said(call.shown for call in self.tool_calls)
        return "\n".join(part for part in (self.text, calls) if part)

    @property
    def is_empty(self) -> bool:
        """Whether the answer says nothing: no text, and no call of a tool."""
        return not self.text.strip() and not self.tool_calls

    @property
    def is_blocked(self) -> bool:
        """Whether there is no answer because a filter, or the model, refused."""
        return self.is_filtered and self.is_empty

    @property
    def is_cut_off(self) -> bool:
        """Whether the answer ended at the limit of tokens."""
        return self.finish.casefold() in {"length", "max_tokens", "model_length"}

    @property
    def is_filtered(self) -> bool:
        """Whether the model or the provider's filter refused to answer."""
        return self.finish.casefold() in {"content_filter", "refusal", "safety", "guardrail_intervened"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer. ``candidate`` failures are the prompt's own (too long, invalid).

    Of a dialogue that could not go on also what was ``said`` until then, and what that took; of an app the
    ``code`` of how it failed.
    """

    kind: Literal["provider", "candidate"]
    message: str
    said: tuple[Message, ...] = field(default=(), compare=False)
    usage: Usage | None = field(default=None, compare=False)
    code: FailureCode = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What a scorer says of one sample: measured, not applicable, or failed; never NaN, never a silent zero.

    ``value`` is in [0, 1] (in [-1, 1] for a scorer that compares two answers), 1 is best. ``served`` names
    the models that judged. A judgement ``unread`` is missing because the judge gave no reply, or one that
    is unreadable (quoted as ``said``), or because so few of its replies were that it was not asked again.
    """

    state: Literal["measured", "not_applicable", "failed"]
    value: float | None = None
    passed: bool | None = None
    reason: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)
    usage: Usage = Usage()
    served: tuple[str, ...] = ()
    unread: Literal["", "no_reply", "unreadable", "not_asked"] = ""
    said: str = ""

    def __post_init__(self) -> None:
        if (self.state == "measured") != (self.value is not None):
            raise ValueError("a measured score has a value, any other has none")
        if self.value is not None and not -1 <= self.value <= 1:
            raise ValueError(f"a score is a number in [-1, 1], not {self.value}")


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer (or failure) for a version, case, model and repeat, with its scores by label."""

    repeat: int
    reply: ModelReply | None
    failure: Failure | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Canary:
    """What the judge behind ``label`` made of a known-bad answer, called ``name``, to a real case.

    ``won`` says that the judge let it pass, or preferred it to the baseline's answer in both orders.
    """

    label: str
    name: str
    score: Score
    won: bool


@dataclass(frozen=True, slots=True)
class CaseRun:
    """Both arms of one case on one model; ``baseline`` is empty when nothing is compared.

    ``confirmations`` are further runs of a protected case that failed, ``baseline_confirmations`` those of
    its baseline; no metric counts them, nor the ``canaries`` that rode on the case.
    """

    case: Case
    model: str
    candidate: tuple[Sample, ...]
    baseline: tuple[Sample, ...] = ()
    confirmations: tuple[Sample, ...] = ()
    baseline_confirmations: tuple[Sample, ...] = ()
    canaries: tuple[Canary, ...] = ()

    @property
    def of_candidate(self) -> tuple[Sample, ...]:
        """Every run of the candidate, confirmations too."""
        return (*self.candidate, *self.confirmations)

    @property
    def of_baseline(self) -> tuple[Sample, ...]:
        """Every run of the baseline, confirmations too."""
        return (*self.baseline, *self.baseline_confirmations)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every run of both: what was asked, and what was paid for."""
        return (*self.of_candidate, *self.of_baseline)

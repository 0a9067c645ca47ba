"""The shapes of the files people write. JSON Schemas and the checks of ``cuebook check`` come from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, field_validator, model_validator
from pydantic import Tag as Member

from cuebook.core.canonical import read_json
from cuebook.core.errors import did_you_mean
from cuebook.core.layout import DATASET
from cuebook.core.shape_errors import broken_rule, meant
from cuebook.shapes._defaults import ERROR, MARGIN
from cuebook.shapes._fields import (
    Alias,
    CaseId,
    Day,
    Digest,
    FileShape,
    Handle,
    ModelId,
    Name,
    OneLine,
    Proportion,
    Tag,
    TargetName,
    Text,
    VariableName,
)
from cuebook.shapes.chat_format import AnyMessage, NamedTool, ToolChoice, Tools
from cuebook.shapes.dialogue_format import DialogueFile, ToolResults, Turns, ends_unasked
from cuebook.shapes.settings_format import ConfigFile
from cuebook.shapes.split import CHOOSE, TRAIN

STEALING_PARAMETERS = frozenset(
    [
        "api_base",
        "base_url",
        "api_key",
        "api_version",
        "extra_headers",
        "headers",
        "extra_body",
        "fallbacks",
        "mock_response",
        "callbacks",
        "custom_llm_provider",
        "organization",
        "proxies",
        "timeout",
        "num_retries",
        "metadata",
        "user",
        "model_list",
        "deployment_id",
        "apiBase",
        "baseUrl",
        "apiKey",
        "extraHeaders",
        "mockResponse",
    ]
)
"""Parameters that choose endpoints, keys, headers or replies; named so that their refusal says why."""


class Parameters(FileShape):
    """Settings sent with each call. Names are those of the ``.prompt.yml`` format."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    topP: Annotated[float, Field(ge=0, le=1)] | None = None
    topK: Annotated[int, Field(ge=1)] | None = None
    maxTokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    maxCompletionTokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    stop: Text | Annotated[list[Text], Field(max_length=8)] | None = None
    seed: int | None = None
    frequencyPenalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presencePenalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    reasoningEffort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class Input(FileShape):
    """One variable of a prompt. Without ``default`` it is required."""

    type: Literal["string", "number", "integer", "boolean", "array", "object", "messages", "image"] = "string"
    description: str | None = None
    default: Any = None


class ResponseSchema(FileShape):
    """The JSON Schema an answer must follow, under a name the provider is told."""

    name: Text
    schema_: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None
    description: str | None = None

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


class OriginFile(FileShape):
    """That ``cuebook optimize`` made a version: on which suite, and the shares of its cases that it saw."""

    kind: Literal["optimize"]
    suite: Name
    split: Literal["cuebook-split/1"]
    train: Annotated[float, Field(gt=0, le=TRAIN)]
    choose: Annotated[float, Field(gt=0, le=CHOOSE)]


class VersionFile(FileShape):
    """``prompts/<name>/v<N>.prompt.yml``: one immutable version of a prompt."""

    message: OneLine
    model: ModelId
    modelParameters: Parameters = Parameters.model_construct()
    inputs: (
        dict[
            VariableName,
            Input,
        ]
        | None
    ) = None
    messages: Annotated[list[AnyMessage], Field(min_length=1)] | None = None
    template: Text | None = None
    templateFormat: Literal["simple", "jinja2"] = "simple"
    responseFormat: Literal["text", "json_object", "json_schema"] = "text"
    jsonSchema: ResponseSchema | None = None
    tools: Tools | None = None
    toolChoice: ToolChoice | None = None
    parallelToolCalls: bool | None = None
    author: OneLine | None = None
    created: OneLine | None = None
    origin: OriginFile | None = None

    @field_validator("jsonSchema", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return read_json(value)
        except ValueError as error:
            cure = "correct it, or write the schema as YAML: name: answer, and schema: with its keys below"
            raise broken_rule("", f"the text is not JSON: {error}", cure) from None

    @model_validator(mode="after")
    def _whole(self) -> VersionFile:
        if (self.messages is None) == (self.template is None):
            there = "neither" if self.template is None else "both"
            what = f"{there} of 'messages' (a chat prompt) and 'template' (a text prompt): a version has one"
            cure = "write messages: with '- role: user' and its content" if there == "neither" else "keep one"
            raise broken_rule("template" if "template" in self.model_fields_set else "messages", what, cure)
        if self.responseFormat == "json_schema" and self.jsonSchema is None:
            raise broken_rule(
                "responseFormat", "json_schema needs a schema", "add 'jsonSchema:' with name and schema"
            )
        if self.jsonSchema is not None and self.responseFormat != "json_schema":
            raise broken_rule("jsonSchema", "the schema is not used", "add 'responseFormat: json_schema'")
        return self

    @model_validator(mode="after")
    def _calls(self) -> VersionFile:
        if self.tools is None:
            for key in ("toolChoice", "parallelToolCalls"):
                if getattr(self, key) is not None:
                    raise broken_rule(key, "there are no tools", f"add 'tools:', or take {key} out")
            return self
        if self.template is not None:
            what = "a text prompt has no tools"
            raise broken_rule("tools", what, "write messages: with '- role: user' in place of template")
        names = [tool.name for tool in self.tools]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            what = f"two tools are called {twice!r}: a call would name both"
            raise broken_rule("tools", what, "rename one of them, or take it out")
        if isinstance(self.toolChoice, NamedTool) and self.toolChoice.name not in names:
            what = f"no tool is called {self.toolChoice.name!r}"
            raise broken_rule("toolChoice", what, did_you_mean(self.toolChoice.name, names))
        return self


_Grade = Annotated[
    str,
    Field(pattern=meant(r"^(0|-?[1-9][0-9]{0,3})$", "is not a grade", 'write a whole number, such as "4"')),
]


class MetaFile(FileShape):
    """``prompts/<name>/meta.yml``: what people call a prompt and who owns it; no effect on behaviour.

    Of a judge ``scale_words`` say what its grades mean, for people who label answers.
    """

    title: OneLine
    description: str = ""
    owners: list[OneLine] = []
    tags: list[Tag] = []
    retired: list[Annotated[int, Field(ge=1)]] = []
    erased: list[Annotated[int, Field(ge=1)]] = []
    formerly: list[Name] = []
    not_secret: list[Digest] = []
    scale_words: dict[_Grade, OneLine] = {}


_Version = Annotated[int, Field(ge=1, strict=True)]


class WeightedAlias(FileShape):
    """An alias that lets a share of units ``try`` up to three versions, in whole per cents of at most 50."""

    use: _Version
    tries: Annotated[
        dict[Annotated[str, Field(pattern=r"^[1-9][0-9]*$")], Annotated[int, Field(ge=1, le=50)]],
        Field(alias="try", min_length=1, max_length=3),
    ]


AliasesFile = dict[Alias, _Version | WeightedAlias]
"""``prompts/<name>/aliases.yml``: alias to version number. Moving one line is the promotion."""


class MetricFile(FileShape):
    """One metric that decides."""

    margin: Annotated[float, Field(gt=0, le=1)] = MARGIN
    floor: Proportion | None = None


class LimitsFile(FileShape):
    """Absolute limits on what the candidate's answers take, as means a case; exceeded is failed."""

    cost_usd: Annotated[float, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None
    words: Annotated[float, Field(gt=0)] | None = None


class JudgesFile(FileShape):
    """What a judge must show before its metrics decide: agreement with labels, not too long ago."""

    min_kappa: Annotated[float, Field(ge=0, le=1)] | None = None
    max_age_days: Annotated[int, Field(ge=1)] | None = None


class GateFile(FileShape):
    """When a version is let through."""

    baseline: Alias = "production"
    metrics: Annotated[dict[str, MetricFile], Field(min_length=1, max_length=3)]
    protected: Tag | None = None
    enforce: Literal["merge", "promotion"] = "merge"
    max_cost_usd: Annotated[float, Field(gt=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_calls: Annotated[int, Field(ge=1)] | None = None
    limits: LimitsFile = LimitsFile.model_construct()
    judges: JudgesFile = JudgesFile.model_construct()
    error: Annotated[float, Field(json_schema_extra={"enum": [ERROR, 0.1]})] = ERROR
    baseline_repeats: Annotated[int, Field(ge=1, le=5)] = 1

    @field_validator("error")
    @classmethod
    def _known_error(cls, value: float) -> float:
        if value not in {ERROR, 0.1}:
            what = f"it is {value:g}; only {ERROR:g} and, for a suite of few cases, 0.1 are allowed"
            raise broken_rule("", what, f"write {ERROR:g} or 0.1")
        return value


class OptimizeFile(FileShape):
    """Shares of the cases that ``cuebook optimize`` may read, and be steered by; the rest decides."""

    train: Annotated[float, Field(gt=0, le=TRAIN)] = TRAIN
    choose: Annotated[float, Field(gt=0, le=CHOOSE)] = CHOOSE


class SuiteFile(FileShape):
    """``evals/<suite>/suite.yml``: prompt x dataset x scorers x gate rules."""

    prompt: Name
    dataset: Annotated[
        str,
        Field(
            pattern=meant(
                r"^[A-Za-z0-9][A-Za-z0-9._-]*\.jsonl$",
                "is not a file of cases beside the suite",
                "write its name only, such as dataset.jsonl; a table: cuebook import FILE.csv --name SUITE",
            )
        ),
    ] = DATASET
    models: Annotated[list[ModelId], Field(min_length=1, max_length=8)] | None = None
    target: TargetName | None = None
    repeats: Annotated[int, Field(ge=1, le=20)] = 1
    scorers: Annotated[list[str | dict[str, Any]], Field(min_length=1)]
    gate: GateFile
    dialogue: DialogueFile = DialogueFile.model_construct()
    optimize: OptimizeFile = OptimizeFile.model_construct()

    @model_validator(mode="after")
    def _one_answers(self) -> SuiteFile:
        if self.target is not None and self.models is not None:
            what = "an app answers in place of every model, and the suite names models, too"
            raise broken_rule("target", what, "take target or models out")
        return self


class CaseLine(FileShape):
    """One line of ``dataset.jsonl``; with ``turns`` (or ``tools`` alone, for one turn) it is a dialogue."""

    id: CaseId
    inputs: dict[str, Any]
    expectations: dict[str, Any] = {}
    tags: list[Tag] = []
    cluster: Text | None = None
    source: Annotated[str, Field(max_length=200)] | None = None
    turns: Turns | None = None
    tools: ToolResults | None = None

    @model_validator(mode="after")
    def _asks(self) -> CaseLine:
        if self.turns and ends_unasked(self.turns):
            cure = 'end with a turn that is answered, such as {"user": "..."}'
            raise broken_rule("turns", "turns: nothing is asked after the last turn", cure)
        return self


_OF = meant(
    r"^[a-z0-9][a-z0-9._-]*/[1-9][0-9]*/[a-z0-9][a-z0-9._-]* [A-Za-z0-9._:-]+ (candidate|baseline)$",
    "names no answer of a verdict",
    "write PROMPT/VERSION/SUITE CASE ARM, such as qa/6/qa q17 candidate; the arm is candidate or baseline",
)


class LabelLine(FileShape):
    """One line of labels: an answer with the score a person gave it, or null where it was skipped.

    ``by`` is the person's public handle, ``of`` the answer of a published verdict that was labelled.
    """

    id: CaseId
    inputs: dict[str, Any]
    label: int | str | None
    by: Handle | None = None
    of: Annotated[str, Field(pattern=_OF)] | None = None
    note: str = ""
    tags: list[Tag] = []
    cluster: Text | None = None


class OverrideFile(FileShape):
    """``overrides/<name>-v<N>.yml``: somebody is responsible for a version that the gate did not let through.

    ``left`` says of versions that a rollback left why that was, where this one is not shown to be as good.
    """

    prompt: Name
    version: Annotated[int, Field(ge=1)]
    digest: Digest
    who: OneLine
    why: OneLine
    until: Day
    left: dict[
        Annotated[str, Field(pattern=meant(r"^v[1-9][0-9]*$", "is not a version", "write it as v3"))],
        OneLine,
    ] = {}


class RulesState(FileShape):
    """The rules and the dataset of a suite, by their digests."""

    rules: Digest
    dataset: Digest


def _state_or_word(value: object) -> str:
    # A digest is meant as the state that it is one half of.
    return "shape[word]" if isinstance(value, str) and ":" not in value else "shape[state]"


_State = Annotated[RulesState, Member("shape[state]")]


class RulesFile(FileShape):
    """``overrides/<suite>-rules.yml``: somebody is responsible for rules of a suite that ask for less.

    ``before: lost`` is for rules that Git's history does not hold any more, ``after: removed`` for a suite
    that is gone.
    """

    suite: Name
    before: Annotated[
        _State | Annotated[Literal["lost"], Member("shape[word]")], Discriminator(_state_or_word)
    ]
    after: Annotated[
        _State | Annotated[Literal["removed"], Member("shape[word]")], Discriminator(_state_or_word)
    ]
    who: OneLine
    why: OneLine
    until: Day


class RemovalFile(FileShape):
    """``overrides/<name>-<alias>-removed.yml``: somebody is responsible for taking a protected alias away."""

    prompt: Name
    alias: Alias
    who: OneLine
    why: OneLine
    until: Day


class UnprotectedFile(FileShape):
    """``overrides/<alias>-unprotected.yml``: somebody is responsible for protecting an alias no more."""

    alias: Alias
    who: OneLine
    why: OneLine
    until: Day


FILE_SHAPES: dict[str, Any] = {
    "prompt-version": VersionFile,
    "aliases": AliasesFile,
    "meta": MetaFile,
    "suite": SuiteFile,
    "case": CaseLine,
    "label": LabelLine,
    "override": OverrideFile,
    "override-rules": RulesFile,
    "override-removed": RemovalFile,
    "override-unprotected": UnprotectedFile,
    "config": ConfigFile,
}
"""Name of each published JSON Schema of a file format, and its shape."""

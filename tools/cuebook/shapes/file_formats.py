"""The shapes of the files people write. JSON Schemas and the checks of ``cuebook check`` come from here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cuebook.core import wire
from cuebook.core.canonical import read_json
from cuebook.core.layout import EVALS, PROMPTS, layout_problem
from cuebook.core.places import DEFAULT_OUTPUT, setting_problem
from cuebook.core.refs import ALIAS_PATTERN, NAME_PATTERN
from cuebook.core.shape_errors import broken_rule, meant

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

_Text = Annotated[str, Field(min_length=1)]
_OneLine = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        pattern=meant(r"^[^\r\n]*\S[^\r\n]*$", "it is no line of text", "write one line that is not blank"),
    ),
]
_MODEL = meant(
    r"^[A-Za-z0-9][A-Za-z0-9._:@-]*(/[A-Za-z0-9._:@-]+)+$",
    "it is no model: a model is named with its provider",
    "write it as provider/model, such as openai/gpt-6-luna",
)
_ModelId = Annotated[str, Field(pattern=_MODEL, max_length=200)]
_Alias = Annotated[
    str,
    Field(
        pattern=meant(
            f"^{ALIAS_PATTERN}$",
            "it is no name for an alias",
            "lower-case letters, digits, _ and -, such as production",
        )
    ),
]
_Name = Annotated[
    str,
    Field(
        pattern=meant(
            f"^{NAME_PATTERN}$",
            "it is no name for a prompt",
            "lower-case letters, digits, dots, _ and -, such as qa-assistant",
        )
    ),
]
_Unit = Annotated[float, Field(ge=0, le=1)]
_Digest = Annotated[
    str,
    Field(
        pattern=meant(
            r"^sha256:[0-9a-f]{64}$",
            "it is no digest",
            "write sha256: and 64 digits, as the command or message shows it",
        )
    ),
]
_Day = Annotated[str, Field(pattern=meant(r"^\d{4}-\d{2}-\d{2}$", "it is no date", "write it as 2026-12-31"))]
"""The last day that something holds. Whether there is such a day is looked at apart, by newer checks."""
_Tag = Annotated[
    str,
    Field(
        min_length=1, max_length=64, pattern=meant(r"^[^\r\n,]+$", "it is no tag", "one line without a comma")
    ),
]


class FileShape(BaseModel):
    """Base of the shapes of files that people write: unknown keys are errors, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class Parameters(FileShape):
    """Settings sent with each call. Names are those of the ``.prompt.yml`` format."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    topP: Annotated[float, Field(ge=0, le=1)] | None = None
    topK: Annotated[int, Field(ge=1)] | None = None
    maxTokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    maxCompletionTokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    stop: _Text | Annotated[list[_Text], Field(max_length=8)] | None = None
    seed: int | None = None
    frequencyPenalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presencePenalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    reasoningEffort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class Input(FileShape):
    """One variable of a prompt. Without ``default`` it is required."""

    type: Literal["string", "number", "integer", "boolean", "array", "object"] = "string"
    description: str | None = None
    default: Any = None


class ChatMessage(FileShape):
    """One message of a chat prompt."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str


class ResponseSchema(FileShape):
    """The JSON Schema an answer must follow, under a name the provider is told."""

    name: _Text
    schema_: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None
    description: str | None = None

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


class VersionFile(FileShape):
    """``prompts/<name>/v<N>.prompt.yml``: one immutable version of a prompt."""

    message: _OneLine
    model: _ModelId
    modelParameters: Parameters = Parameters()
    inputs: (
        dict[
            Annotated[
                str,
                Field(
                    pattern=meant(
                        r"^[A-Za-z_][A-Za-z0-9_]*$",
                        "it is no name for a variable",
                        "letters, digits and _, such as user_name",
                    )
                ),
            ],
            Input,
        ]
        | None
    ) = None
    messages: Annotated[list[ChatMessage], Field(min_length=1)] | None = None
    template: _Text | None = None
    templateFormat: Literal["simple", "jinja2"] = "simple"
    responseFormat: Literal["text", "json_object", "json_schema"] = "text"
    jsonSchema: ResponseSchema | None = None
    author: _OneLine | None = None
    created: _OneLine | None = None

    @field_validator("jsonSchema", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return read_json(value)
        except ValueError as error:
            raise ValueError(f"the text is not JSON: {error}") from None

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


class MetaFile(FileShape):
    """``prompts/<name>/meta.yml``: what people call a prompt and who owns it; no effect on behaviour."""

    title: _OneLine
    description: str = ""
    owners: list[_OneLine] = []
    tags: list[_Tag] = []
    retired: list[Annotated[int, Field(ge=1)]] = []
    erased: list[Annotated[int, Field(ge=1)]] = []
    formerly: list[_Name] = []
    not_secret: list[_Digest] = []


AliasesFile = dict[_Alias, Annotated[int, Field(ge=1, strict=True)]]
"""``prompts/<name>/aliases.yml``: alias to version number. Moving one line is the promotion."""


class MetricFile(FileShape):
    """One metric that decides."""

    margin: Annotated[float, Field(gt=0, le=1)] = 0.05
    floor: _Unit | None = None


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

    baseline: _Alias = "production"
    metrics: Annotated[dict[str, MetricFile], Field(min_length=1, max_length=3)]
    protected: _Tag | None = None
    enforce: Literal["merge", "promotion"] = "merge"
    max_cost_usd: Annotated[float, Field(gt=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_calls: Annotated[int, Field(ge=1)] | None = None
    limits: LimitsFile = LimitsFile()
    judges: JudgesFile = JudgesFile()
    error: Annotated[float, Field(json_schema_extra={"enum": [0.05, 0.1]})] = 0.05
    baseline_repeats: Annotated[int, Field(ge=1, le=5)] = 1

    @field_validator("error")
    @classmethod
    def _known_error(cls, value: float) -> float:
        if value not in {0.05, 0.1}:
            raise ValueError(f"error is {value:g}; it is 0.05, or 0.1 for a suite of few cases")
        return value


class SuiteFile(FileShape):
    """``evals/<suite>/suite.yml``: prompt x dataset x scorers x gate rules."""

    prompt: _Name
    dataset: Annotated[
        str,
        Field(
            pattern=meant(
                r"^[A-Za-z0-9][A-Za-z0-9._-]*\.jsonl$",
                "it is no file of cases beside the suite",
                "write its name only, such as dataset.jsonl",
            )
        ),
    ] = "dataset.jsonl"
    models: Annotated[list[_ModelId], Field(min_length=1, max_length=8)] | None = None
    repeats: Annotated[int, Field(ge=1, le=20)] = 1
    scorers: Annotated[list[str | dict[str, Any]], Field(min_length=1)]
    gate: GateFile


_CaseId = Annotated[
    str,
    Field(
        pattern=meant(
            r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$",
            "it is no id",
            "up to 128 letters, digits, dots, _, : and -, such as refund-3",
        )
    ),
]


class CaseLine(FileShape):
    """One line of ``dataset.jsonl``."""

    id: _CaseId
    inputs: dict[str, Any]
    expectations: dict[str, Any] = {}
    tags: list[_Tag] = []
    cluster: _Text | None = None


class LabelLine(FileShape):
    """One line of ``labels.jsonl``: an answer with the score a person gave it."""

    id: _CaseId
    inputs: dict[str, Any]
    label: int | str
    note: str = ""
    tags: list[_Tag] = []
    cluster: _Text | None = None


class OverrideFile(FileShape):
    """``overrides/<name>-v<N>.yml``: somebody answers for a version that the gate did not let through.

    ``left`` says of versions that a rollback left why that was, where this one is not shown to be as good.
    """

    prompt: _Name
    version: Annotated[int, Field(ge=1)]
    digest: _Digest
    who: _OneLine
    why: _OneLine
    until: _Day
    left: dict[
        Annotated[str, Field(pattern=meant(r"^v[1-9][0-9]*$", "it is no version", "write it as v3"))],
        _OneLine,
    ] = {}


class RulesState(FileShape):
    """The rules and the dataset of a suite, by their digests."""

    rules: _Digest
    dataset: _Digest


class RulesFile(FileShape):
    """``overrides/<suite>-rules.yml``: somebody answers for rules of a suite that ask for less.

    ``before: lost`` is for rules that Git's history does not hold any more.
    """

    suite: _Name
    before: RulesState | Literal["lost"]
    after: RulesState
    who: _OneLine
    why: _OneLine
    until: _Day


class RemovalFile(FileShape):
    """``overrides/<name>-<alias>-removed.yml``: somebody answers for taking a protected alias away."""

    prompt: _Name
    alias: _Alias
    who: _OneLine
    why: _OneLine
    until: _Day


class UnprotectedFile(FileShape):
    """``overrides/<alias>-unprotected.yml``: somebody answers for protecting an alias no more."""

    alias: _Alias
    who: _OneLine
    why: _OneLine
    until: _Day


class Endpoint(FileShape):
    """An OpenAI-compatible server that models with this prefix are asked at."""

    base_url: Annotated[
        str,
        Field(pattern=meant(r"^https?://[^\s]+$", "it is no address", "write it as https://example.org/v1")),
    ]
    api_key_env: (
        Annotated[
            str,
            Field(
                pattern=meant(
                    r"^[A-Z][A-Z0-9_]*$",
                    "it is no name of an environment variable",
                    "write the name, such as LOCAL_API_KEY, and never the key",
                )
            ),
        ]
        | None
    ) = None
    like: str | None = None
    """The provider of the table whose spellings and limits it shares; names go unchanged without one."""

    @field_validator("like")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in wire.providers():
            raise ValueError(f"no provider is called {value!r}: {', '.join(wire.providers())}")
        return value


class Price(FileShape):
    """US dollars for a million tokens, as of a date."""

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    cached_input: Annotated[float, Field(ge=0)] | None = None
    cache_write: Annotated[float, Field(ge=0)] | None = None
    as_of: str


class ModelInfo(FileShape):
    """What is known of a model, where its provider has said it and no table has it yet."""

    retires: _Day | None = None
    successor: _ModelId | None = None

    @field_validator("retires")
    @classmethod
    def _is_a_day(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"there is no day {value}") from None
        return value


class ConfigFile(FileShape):
    """``[tool.cuebook]`` in ``pyproject.toml``, or ``cuebook.toml``: the trusted settings of a repository."""

    site_url: str = ""
    repo_url: str = ""
    default_branch: str = "main"
    new_file_url: Annotated[
        str,
        Field(
            pattern=meant(
                r"^(https?://\S*\{filename\}\S*)?$",
                "it is no address with {filename} in it",
                "write it as https://example.org/new?file={filename}",
            )
        ),
    ] = ""
    protected_aliases: list[_Alias] = ["production"]
    models: list[str] = []
    model: _ModelId | None = None
    judge_model: _ModelId | None = None
    endpoints: dict[
        Annotated[
            str,
            Field(
                pattern=meant(
                    r"^[a-z][a-z0-9_-]*$",
                    "it is no name for an endpoint",
                    "lower-case letters, digits, _ and -, such as local",
                )
            ),
        ],
        Endpoint,
    ] = {}
    prices: dict[str, Price] = {}
    model_info: dict[str, ModelInfo] = {}
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 50
    timeout: Annotated[float, Field(gt=0)] = 120.0
    max_cost_usd: Annotated[float, Field(gt=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_calls: Annotated[int, Field(ge=1)] | None = None
    shard_calls: Annotated[int, Field(ge=1)] = 2_000
    output: str = DEFAULT_OUTPUT
    prompts_dir: str = PROMPTS
    evals_dir: str = EVALS

    @model_validator(mode="after")
    def _folders(self) -> ConfigFile:
        if problem := layout_problem(self.prompts_dir, self.evals_dir):
            key = "prompts_dir" if "prompts_dir" in self.model_fields_set else "evals_dir"
            raise broken_rule(key, problem, "both are folders below the registry's root")
        if f"{self.output}/".startswith((f"{self.prompts_dir}/", f"{self.evals_dir}/")):
            raise broken_rule(
                "output", f"{self.output} is in a folder of the registry's files", "name another"
            )
        return self

    @field_validator("output")
    @classmethod
    def _output_is_ours(cls, value: str) -> str:
        if problem := setting_problem(value):
            raise ValueError(problem)
        return value


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


def file_schema(name: str, base_url: str = "") -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file shape, with ``$id`` under ``base_url`` when given."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(FILE_SHAPES[name]).json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if base_url:
        head["$id"] = f"{base_url.rstrip('/')}/api/v1/schemas/{name}.json"
    return {**head, **schema}

"""The JSON that apps fetch: shapes of everything under ``/api/v1`` except the verdict.

Version artifacts never change once published; indexes and alias artifacts do.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cuebook.shapes.verdict import Outcome, Verdict

ROOT = "api/v1"


class _Shape(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True, defer_build=True
    )


class Artifact(_Shape):
    """``prompts/<name>/versions/<n>.json``: one version, whole. ``digest`` covers what changes behaviour."""

    schema_: Annotated[Literal["cuebook/version/1"], Field(alias="schema")] = "cuebook/version/1"
    name: str
    version: int
    ref: str
    digest: str
    message: str
    author: str | None
    created: str | None
    model: str
    modelParameters: dict[str, Any]
    inputs: dict[str, dict[str, Any]]
    messages: list[dict[str, str]] | None
    template: str | None
    templateFormat: Literal["simple", "jinja2"]
    responseFormat: Literal["text", "json_object", "json_schema"]
    jsonSchema: dict[str, Any] | None


class AliasMove(_Shape):
    """One change of ``aliases.yml``: who moved an alias, when, from where, to where; None = not set.

    ``evidence`` are the URLs (below the site's root) of the verdicts about the version moved to.
    """

    alias: str
    version: int | None
    previous: int | None
    commit: str
    author: str
    time: str
    subject: str
    evidence: list[str] = []


class AliasArtifact(Artifact):
    """``prompts/<name>/aliases/<alias>.json``: the artifact an alias points to now."""

    schema_: Annotated[Literal["cuebook/alias/1"], Field(alias="schema")] = "cuebook/alias/1"  # type: ignore[assignment]
    alias: str
    since: str | None
    evidence: list[str]


class VersionEntry(_Shape):
    """A version in its prompt's index."""

    version: int
    digest: str
    message: str
    author: str | None
    created: str | None
    retired: bool = False
    url: str


class EvaluationEntry(_Shape):
    """A verdict in its prompt's index; ``metrics`` are mean scores of the candidate by label."""

    version: int
    suite: str
    outcome: Outcome
    sentence: str
    baseline: int | None
    metrics: dict[str, float]
    url: str


class PromptIndex(_Shape):
    """``prompts/<name>/index.json``: versions, aliases and their history, newest move first."""

    schema_: Annotated[Literal["cuebook/prompt/1"], Field(alias="schema")] = "cuebook/prompt/1"
    name: str
    title: str
    description: str
    owners: list[str]
    tags: list[str]
    latest: int
    aliases: dict[str, int]
    suites: list[str]
    versions: list[VersionEntry]
    evaluations: list[EvaluationEntry]
    history: list[AliasMove]


class IndexEntry(_Shape):
    """A prompt in the index of all."""

    name: str
    title: str
    description: str
    owners: list[str]
    tags: list[str]
    latest: int
    aliases: dict[str, int]
    url: str


class Index(_Shape):
    """``index.json``: every prompt."""

    schema_: Annotated[Literal["cuebook/index/1"], Field(alias="schema")] = "cuebook/index/1"
    prompts: list[IndexEntry]


PUBLISHED_SHAPES: dict[str, type[BaseModel]] = {
    "index": Index,
    "prompt": PromptIndex,
    "version": Artifact,
    "alias": AliasArtifact,
    "evaluation": Verdict,
}
"""Name of each published JSON Schema of a published shape, and the shape."""


def index_path() -> str:
    """Where the index of all prompts is published; like all of these, below the site's root."""
    return f"{ROOT}/index.json"


def prompt_path(name: str) -> str:
    """Where a prompt's index is published."""
    return f"{ROOT}/prompts/{name}/index.json"


def version_path(name: str, version: int) -> str:
    """Where a version's artifact is published."""
    return f"{ROOT}/prompts/{name}/versions/{version}.json"


def alias_path(name: str, alias: str) -> str:
    """Where an alias's artifact is published."""
    return f"{ROOT}/prompts/{name}/aliases/{alias}.json"


def evaluation_path(name: str, version: int, suite: str) -> str:
    """Where a verdict is published."""
    return f"{ROOT}/evaluations/{name}/{version}/{suite}.json"


def schema_path(name: str) -> str:
    """Where the JSON Schema of a shape is published."""
    return f"{ROOT}/schemas/{name}.json"

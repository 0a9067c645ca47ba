"""The shape of the trusted settings of a repository."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from cuebook.core import wire
from cuebook.core.canonical import digest
from cuebook.core.errors import did_you_mean
from cuebook.core.layout import EVALS, PROMPTS, layout_problem
from cuebook.core.patterns import pattern_problem, rewrite
from cuebook.core.places import DEFAULT_OUTPUT, setting_problem
from cuebook.core.shape_errors import broken_rule, meant
from cuebook.shapes._fields import Alias, Day, FileShape, ModelId, TargetName, Text


class Endpoint(FileShape):
    """An OpenAI-compatible server that models with this prefix are asked at."""

    base_url: Annotated[
        str,
        Field(
            pattern=meant(
                r"^https?://[^\s]+$",
                "is not an address",
                "write it as https://example.org/v1",
                repeated="[^@?]*",
            )
        ),
    ]
    api_key_env: (
        Annotated[
            str,
            Field(
                pattern=meant(
                    r"^[A-Z][A-Z0-9_]*$",
                    "is not the name of an environment variable",
                    "write the name, such as LOCAL_API_KEY, and never the key",
                    repeated="(?!)",
                )
            ),
        ]
        | None
    ) = None
    like: str | None = None
    """The provider of the table whose spellings and limits it shares; names go unchanged without one."""

    @property
    def identity(self) -> str:
        """Digest of what decides who answers here and how it is asked; a key is no part of it."""
        return digest([self.base_url.rstrip("/"), self.like])

    @field_validator("like")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in wire.providers():
            cure = did_you_mean(value, list(wire.providers()), shown=20)
            raise broken_rule("like", f"no provider is called {value!r}", cure)
        return value


class TargetApp(FileShape):
    """An app that is tested in place of a prompt: a command that is given a case and prints an answer."""

    command: Annotated[list[Text], Field(min_length=1)]
    cwd: Annotated[
        str,
        Field(
            pattern=meant(
                r"^(\.|[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*)$",
                "is not a folder below the repository",
                "write it from the top, such as app",
            )
        ),
    ] = "."
    env: list[
        Annotated[
            str,
            Field(
                pattern=meant(
                    r"^[A-Z_a-z][0-9A-Z_a-z]*$",
                    "is not the name of an environment variable",
                    "write the name, such as OPENAI_API_KEY, and never the key",
                    repeated="(?!)",
                )
            ),
        ]
    ] = []
    workers: Annotated[int, Field(ge=1, le=64)] = 4
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120.0
    max_memory: Annotated[int, Field(ge=1 << 24)] | None = None
    max_output: Annotated[int, Field(ge=1024, le=1 << 26)] = 1 << 20
    files: list[Annotated[str, Field(min_length=1, max_length=200)]] = []
    """Patterns, as in CODEOWNERS, of the files that its answers depend on; all but the registry's if none."""
    prompt: Literal["registry", "request"] = "registry"
    """Where it takes the version from: the registry that it is led to, or the line that it reads."""
    deterministic: bool = False
    """Whether the same question always gets the same answer, so that it need not be asked again."""

    @field_validator("files")
    @classmethod
    def _can_be_looked_for(cls, value: list[str]) -> list[str]:
        if many := [glob for glob in value if glob.count("**") > _MOST_FOLDERS]:
            raise ValueError(f"{many[0]!r} has more than {_MOST_FOLDERS} times **: name the folders")
        return value

    @field_validator("command", mode="before")
    @classmethod
    def _is_a_list(cls, value: object) -> object:
        if isinstance(value, str):
            what = f"expected a list of words, got one text: {value[:60]!r}; no shell runs it"
            words = ", ".join(f'"{word}"' for word in value.split())
            raise broken_rule("command", what, f"write command = [{words}]")
        return value

    @field_validator("env")
    @classmethod
    def _is_no_key_of_ours(cls, value: list[str]) -> list[str]:
        if ours := [name for name in value if name == "GITHUB_TOKEN" or name.startswith(_OURS)]:
            raise ValueError(f"{', '.join(ours)} is for Cuebook and its workflows, never for an app")
        return value


_OURS = ("ACTIONS_", "CUEBOOK_")
_MOST_FOLDERS = 3
"""Of a pattern: with many of them, one path could be matched in more ways than can be tried."""


class Price(FileShape):
    """US dollars for a million tokens, as of a date."""

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    cached_input: Annotated[float, Field(ge=0)] | None = None
    cache_write: Annotated[float, Field(ge=0)] | None = None
    as_of: str


class ModelInfo(FileShape):
    """What is known of a model, where its provider has said it and no table has it yet."""

    retires: Day | None = None
    successor: ModelId | None = None

    @field_validator("retires")
    @classmethod
    def _is_a_day(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"there is no day {value}") from None
        return value


class RedactRules(FileShape):
    """What ``cuebook cases add`` takes out of texts beside what it looks for anyway."""

    patterns: dict[
        Annotated[
            str,
            Field(pattern=meant(r"^[a-z][a-z0-9-]{0,31}$", "is not a valid name for a pattern", "ticket")),
        ],
        str,
    ] = {}
    words: Annotated[list[Annotated[str, Field(min_length=2, max_length=200)]], Field(max_length=10_000)] = []

    @field_validator("patterns")
    @classmethod
    def _are_patterns(cls, value: dict[str, str]) -> dict[str, str]:
        for name, pattern in value.items():
            refused = rewrite(pattern) if (what := pattern_problem(pattern)) is None else (what, "")
            if refused:
                raise broken_rule(name, f"{name}: {refused[0]}", refused[1] or "correct the pattern")
        return value


class NotifyRules(FileShape):
    """Repositories on GitHub that are notified of moved aliases, by an event that starts their workflows."""

    repositories: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=meant(
                        r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}$",
                        "is not a repository on GitHub",
                        "write it as owner/name, such as example/shop",
                    )
                ),
            ]
        ],
        Field(max_length=50),
    ] = []


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
                "is not an address with {filename} in it",
                "write it as https://example.org/new?file={filename}",
            )
        ),
    ] = ""
    npm_package: Annotated[
        str,
        Field(
            pattern=meant(
                r"^((@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*)?$",
                "is not the name of a package on npm",
                "write it as @cuebook/client",
            )
        ),
    ] = ""
    protected_aliases: list[Alias] = ["production"]
    models: list[str] = []
    model: ModelId | None = None
    judge_model: ModelId | None = None
    optimizer_model: ModelId | None = None
    endpoints: dict[
        Annotated[
            str,
            Field(
                pattern=meant(
                    r"^[a-z][a-z0-9_-]*$",
                    "is not a valid name for an endpoint",
                    "lower-case letters, digits, _ and -, such as local",
                )
            ),
        ],
        Endpoint,
    ] = {}
    prices: dict[str, Price] = {}
    model_info: dict[str, ModelInfo] = {}
    targets: dict[TargetName, TargetApp] = {}
    plugins: dict[
        str,
        Annotated[
            str,
            Field(
                max_length=200,
                pattern=meant(
                    r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?"
                    r"(([<>=!~]=?=?[A-Za-z0-9.*+!_-]+)(,[<>=!~]=?=?[A-Za-z0-9.*+!_-]+)*| @ (git\+)?https://\S+)?$",
                    "is nothing that pip would install",
                    "write what pip installs, such as acme-models>=1.2",
                    repeated="[^@]*",
                ),
            ),
        ],
    ] = {}
    redact: RedactRules = RedactRules.model_construct()
    notify: NotifyRules = NotifyRules.model_construct()
    scorers: list[
        Annotated[
            str,
            Field(
                max_length=200,
                pattern=meant(
                    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.py$",
                    "is not a Python file below the registry",
                    "write its path, such as evals/_scorers/polite.py",
                ),
            ),
        ]
    ] = []
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

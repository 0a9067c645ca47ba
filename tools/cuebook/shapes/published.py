"""The JSON that apps fetch: shapes of everything under ``/api/v1`` except the verdict.

Version artifacts never change once published; indexes and alias artifacts do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from cuebook.core.canonical import CALLING, calling
from cuebook.shapes._base import Shape
from cuebook.shapes.audit import Audit
from cuebook.shapes.cause import RuleChange
from cuebook.shapes.moves import AliasMove, Ending, State
from cuebook.shapes.shares import Share, Split, SplitChange
from cuebook.shapes.verdict import MetricResult, Outcome, Override, Protected, Spending, Verdict

ROOT = "api/v1"


class Included(Shape):
    """A version whose text was put into another's."""

    ref: str
    digest: str


class Artifact(Shape):
    """``prompts/<name>/versions/<n>.json``: one version, whole. ``digest`` covers what changes behaviour.

    ``includes`` says where words came from, which are there; it is left out of a file where nothing is.
    """

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
    includes: list[Included] = []

    @property
    def calling(self) -> dict[str, Any]:
        """What it says of tools, by the keys of its file; empty without tools."""
        return calling({key: getattr(self, key, None) for key in CALLING})


class _Later(Shape):
    """What the second number of the format adds; ``messages`` may be more than a role and a text."""

    messages: list[dict[str, Any]] | None
    tools: list[dict[str, Any]] | None = None
    toolChoice: str | dict[str, Any] | None = None
    parallelToolCalls: bool | None = None


class LaterArtifact(_Later, Artifact):
    """As ``Artifact``, for a version that its number cannot say; readers of the first number refuse it."""

    schema_: Annotated[Literal["cuebook/version/2"], Field(alias="schema")] = "cuebook/version/2"  # type: ignore[assignment]


class Tombstone(Shape):
    """What is served in the place of a version that was erased; ``digest`` is null where it is unknown."""

    schema_: Annotated[Literal["cuebook/erased/1"], Field(alias="schema")] = "cuebook/erased/1"
    name: str
    version: int
    digest: str | None
    erased: Literal[True] = True


class AliasState(Shape):
    """What an alias points to and what is known of it: ``against`` is the version it was measured against."""

    version: int
    state: State
    headline: str = ""
    against: int | None = None
    since: str | None = None
    override: Override | None = None


class AliasArtifact(Artifact):
    """``prompts/<name>/aliases/<alias>.json``: the artifact an alias points to now.

    ``evidence`` are the URLs of the verdicts that pass; ``state`` and ``headline`` say what all of them say.
    ``wireModel`` is the name by which the gate asked the model, and ``wireLike`` the provider whose names of
    parameters it used: by the settings of today, so no version's own file has them. Each is there only where
    it is not what the id of the model says. ``split`` is there where a share of units tries other versions:
    readers that do not know it serve this one, that in use, to all.
    """

    schema_: Annotated[Literal["cuebook/alias/1"], Field(alias="schema")] = "cuebook/alias/1"  # type: ignore[assignment]
    alias: str
    since: str | None
    evidence: list[str]
    state: State = "not_evaluated"
    headline: str = ""
    override: Override | None = None
    wireModel: str | None = None
    wireLike: str | None = None
    split: Split | None = None


class LaterAliasArtifact(_Later, AliasArtifact):
    """As ``AliasArtifact``, for a version of the second number."""

    schema_: Annotated[Literal["cuebook/alias/2"], Field(alias="schema")] = "cuebook/alias/2"  # type: ignore[assignment]


class VersionEntry(Shape):
    """A version in its prompt's index."""

    version: int
    digest: str
    message: str
    author: str | None
    created: str | None
    retired: bool = False
    url: str
    commit: str | None = None


class JudgeAgreement(Shape):
    """How far a judge agreed with people when it took part in a verdict."""

    ref: str
    decides: bool
    kappa: float | None
    lower: float | None
    labels: int
    void: bool
    advisory: bool


class EvaluationEntry(Shape):
    """A verdict in its prompt's index.

    ``state`` is the outcome unless an override holds or the evidence is out of date, which ``stale`` gives
    the reasons for. ``deciding`` are the tests of the verdict. ``asked`` of ``cases`` were put to both
    versions, for ``cost_usd`` in all (None: a price is unknown). ``metrics``, mean scores of the candidate
    by label, rest on the cases of one run each: two versions' must not be compared.
    ``units`` are what each of ``deciding`` counts. ``decided`` is the day (UTC) on which a workflow came to
    the verdict; None where no record tells. ``audits`` are what people's labels of its answers say of its
    judges: they decide nothing.
    """

    version: int
    suite: str
    outcome: Outcome
    sentence: str
    baseline: int | None
    metrics: dict[str, float]
    url: str
    state: State = "not_evaluated"
    headline: str = ""
    deciding: list[MetricResult] = []
    protected: Protected | None = None
    asked: int = 0
    cases: int = 0
    spending: Spending | None = None
    override: Override | None = None
    stale: list[str] = []
    judges: list[JudgeAgreement] = []
    offline: bool = False
    attempt: int = 0
    cost_usd: float | None = None
    units: Literal["cases", "clusters"] = "cases"
    decided: str | None = None
    audits: list[Audit] = []


_WORST: tuple[State, ...] = ("override", "fail", "stale", "inconclusive", "pass")
"""Which of several verdicts speaks for a version: an override lets through whatever the others say."""


def state_of(entries: Iterable[EvaluationEntry]) -> State:
    """What several verdicts about one version come to; not evaluated without any."""
    return worst(entry.state for entry in entries)


def worst(found: Iterable[State]) -> State:
    """Which of several states speaks; not evaluated where there is none."""
    known = set(found)
    return next((state for state in _WORST if state in known), "not_evaluated")


class Loosening(Shape):
    """A rule of the default branch that a commit made less strict; it ``holds`` unless that was undone."""

    time: str
    commit: str
    change: RuleChange
    holds: bool = True


class PromptIndex(Shape):
    """``prompts/<name>/index.json``: versions, aliases and their history, newest move first.

    ``loosened`` is what its suites, or the labels of a judge, ask less for than they did, ``endings`` which
    versions were retired or erased, ``splits`` how what a share of units tries was changed; all newest first.
    ``tries`` is what they try now, by alias. ``scale_words`` say what a judge's grades mean.
    """

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
    kind: Literal["prompt", "judge"] = "prompt"
    used_by: list[str] = []
    states: dict[str, AliasState] = {}
    erased: list[int] = []
    loosened: list[Loosening] = []
    endings: list[Ending] = []
    tries: dict[str, list[Share]] = {}
    splits: list[SplitChange] = []
    scale_words: dict[str, str] = {}


class LastChange(Shape):
    """What happened to a prompt last: an alias was moved, or (``alias`` None) a version was added."""

    time: str
    alias: str | None
    version: int | None
    author: str


class IndexEntry(Shape):
    """A prompt in the index of all.

    ``last`` are its newest versions, oldest first, each with what is known of it; ``spending`` are means of
    the answers of the live version. A ``judge`` grades the answers of the prompts it is ``used_by``.
    """

    name: str
    title: str
    description: str
    owners: list[str]
    tags: list[str]
    latest: int
    aliases: dict[str, int]
    url: str
    kind: Literal["prompt", "judge"] = "prompt"
    tries: dict[str, list[Share]] = {}
    used_by: list[str] = []
    states: dict[str, AliasState] = {}
    last: list[tuple[int, State]] = []
    changed: LastChange | None = None
    spending: Spending | None = None


class Index(Shape):
    """``index.json``: every prompt, and what the settings ask less for than they did, newest first.

    ``renamed`` are names that prompts had, each with the present one: their files stay, as they were left.
    """

    schema_: Annotated[Literal["cuebook/index/1"], Field(alias="schema")] = "cuebook/index/1"
    prompts: list[IndexEntry]
    loosened: list[Loosening] = []
    renamed: dict[str, str] = {}


EventKind = Literal[
    "version-published",
    "version-retired",
    "version-erased",
    "version-returned",
    "alias-moved",
    "alias-removed",
    "split-changed",
    "override-used",
    "verdict-reached",
]


def change_id(prompt: str, item: AliasMove | SplitChange | Ending) -> str:
    """Return what tells a change from all others: ``qa@production:43c0ffe``, of a version ``qa/3:43c0ffe``.

    Ids of events and of rows of the history page end with it: so the page's script knows which are the same.
    """
    what = f"/{item.version}" if isinstance(item, Ending) else f"@{item.alias}"
    return f"{prompt}{what}:{item.commit[:7]}"


class Event(Shape):
    """Something that happened to a prompt; ``time`` is in UTC.

    ``headline`` says of a move what was known of the version moved to, and of a version why it was made, or
    in what words it was retired, erased or taken back into use (``version-returned``), of a verdict its
    sentence, with ``previous`` what the version was compared with, ``state`` and ``evidence`` (its file), of
    a split the words of its commit; ``tries`` is what a share of units gets from then on; ``who`` says who
    is responsible for a move. What was not written down when it happened (``recorded`` is None) is as known
    today.
    """

    id: str
    kind: EventKind
    time: str
    prompt: str
    alias: str | None = None
    version: int | None
    previous: int | None = None
    author: str
    commit: str
    url: str
    evidence: list[str] = []
    state: State | None = None
    headline: str = ""
    override: Override | None = None
    who: str = ""
    recorded: str | None = None
    pull_request: int | None = None
    tries: list[Share] = []


class Events(Shape):
    """``events.json``: what happened in the newest year, newest first; ``earlier`` has a file a year."""

    schema_: Annotated[Literal["cuebook/events/1"], Field(alias="schema")] = "cuebook/events/1"
    updated: str | None = None
    events: list[Event]
    earlier: list[str] = []


class VersionText(Shape):
    """What one version says: ``lines`` are places in the lines of its prompt."""

    version: int
    state: State
    retired: bool
    lines: list[int]


class PromptTexts(Shape):
    """What the versions of a prompt say, line by line; ``about`` is what is said of it beside them."""

    name: str
    about: list[str]
    aliases: dict[str, int]
    lines: list[str]
    versions: list[VersionText]


class AllTexts(Shape):
    """``texts.json``: every version's text, to be searched."""

    schema_: Annotated[Literal["cuebook/texts/1"], Field(alias="schema")] = "cuebook/texts/1"
    prompts: list[PromptTexts]


PUBLISHED_SHAPES: dict[str, type[BaseModel]] = {
    "index": Index,
    "prompt": PromptIndex,
    "version": Artifact,
    "version-2": LaterArtifact,
    "alias": AliasArtifact,
    "alias-2": LaterAliasArtifact,
    "evaluation": Verdict,
    "events": Events,
    "texts": AllTexts,
}
"""Name of each published JSON Schema of a published shape, and the shape."""


def index_path() -> str:
    """Where the index of all prompts is published; like all of these, below the site's root."""
    return f"{ROOT}/index.json"


TEXTS = f"{ROOT}/texts.json"
"""Where the texts of all versions are published."""

MOVES_CSV = f"{ROOT}/moves.csv"
"""Where the moves of all aliases are published as a table."""


def events_path(year: str = "") -> str:
    """Where what happened is published: in the newest year, or in one before."""
    return f"{ROOT}/events/{year}.json" if year else f"{ROOT}/events.json"


def prompt_path(name: str) -> str:
    """Where a prompt's index is published."""
    return f"{ROOT}/prompts/{name}/index.json"


def artifact_path(name: str, version: int) -> str:
    """Where a version's artifact is published."""
    return f"{ROOT}/prompts/{name}/versions/{version}.json"


def alias_path(name: str, alias: str) -> str:
    """Where an alias's artifact is published."""
    return f"{ROOT}/prompts/{name}/aliases/{alias}.json"


def evaluation_path(name: str, version: int, suite: str) -> str:
    """Where a verdict is published."""
    return f"{ROOT}/evaluations/{name}/{version}/{suite}.json"


def earlier_path(name: str, version: int, suite: str, key: str) -> str:
    """Where a verdict that another took the place of is published while a move rests on it."""
    return f"{ROOT}/evaluations/{name}/{version}/{suite}.{key}.json"


def schema_path(name: str) -> str:
    """Where the JSON Schema of a shape is published."""
    return f"{ROOT}/schemas/{name}.json"

"""What a workflow's run says about a change, as a file that another run reads as hostile input.

A run without secrets, or one of a branch that may edit its own workflow, can write anything in here. So
the reader compares it with what GitHub itself says of the run, and everything in it stays a claim.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from cuebook.core.canonical import PUBLISHED_DEPTH, read_json
from cuebook.core.errors import EXIT_PASS, UPGRADE, InvalidFiles, Problem
from cuebook.core.layout import EVALS, PROMPTS, USUAL, Layout, layout_problem
from cuebook.core.refs import name_problem
from cuebook.core.shape_errors import first_fault
from cuebook.shapes._base import Shape, unknown_code
from cuebook.shapes.cause import Nothing
from cuebook.shapes.verdict import AskedWords, Verdict

FILE = "claim.json"
STEPS = ("check", "gate")
"""Steps whose run leaves a claim, by the name of their workflow and of its artifact."""

MAX_ARTIFACT = 32 << 20
"""Bytes of an artifact that is looked at."""
MAX_CLAIM = 64 << 20
"""Bytes of a record: the verdicts of hundreds of comparisons with all of their cases."""
MAX_LINE, MAX_TEXT = 4_000, 20_000
"""Characters of a line for the log, and of a changed text: what is longer is cut where it is shown."""
MOST = 1_000
"""Verdicts, and lines of each kind, in one claim."""
MOST_FILES = 16
"""Files in the archive: the record, and a report of each kind."""

_KNOWN = re.compile(r"claim\.json|gate(\.[a-z]{1,16}){1,2}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

_UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,  # zipfile's, for a compression method that it does not know
    RuntimeError,  # zipfile's, for an archive with a password
    EOFError,
    OSError,
    ValueError,
)

Step = Literal["check", "gate", "gate-fork", "plan"]
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
_Line = Annotated[str, Field(max_length=MAX_LINE)]


class Wording(Shape):
    """What changed from one version to another, as plain text; the versions as people call them."""

    old: Annotated[str, Field(max_length=300)]
    new: Annotated[str, Field(max_length=300)]
    text: Annotated[str, Field(max_length=MAX_TEXT)]


class Stop(Shape):
    """Why a step could ask no model, and what to do about it; ``cause`` has the same as fields."""

    message: _Line
    hint: _Line = ""
    cause: Nothing | None = None


class AskedQuestion(Shape):
    """What a gate is about to ask: one comparison on a suite, without what comes of it."""

    suite: Annotated[str, Field(max_length=300)]
    baseline: str | None
    asked: AskedWords


class Claim(Shape):
    """What a step found: ``head`` is the commit it looked at, ``lines`` what it says of
    each verdict, ``nothing`` why something was not evaluated. ``seconds`` are the verdicts of further
    comparisons that those take in, kept as evidence and not shown. ``stop`` is what kept the step from
    asking any model; an earlier release says it in ``problems`` alone. ``questions`` are those of a plan:
    they are all that remains of a gate that is cut off afterwards.
    """

    schema_: Annotated[Literal["cuebook/claim/2"], Field(alias="schema")] = "cuebook/claim/2"
    step: Step
    repository: Annotated[str, Field(max_length=201)]
    event: Annotated[str, Field(max_length=40)]
    head: Sha
    exit_code: Annotated[int, Field(ge=0, le=255)]
    problems: Annotated[list[_Line], Field(max_length=MOST)] = []
    stop: Stop | None = None
    lines: Annotated[list[_Line], Field(max_length=MOST)] = []
    words: Annotated[list[Wording], Field(max_length=MOST)] = []
    nothing: Annotated[list[Nothing], Field(max_length=MOST)] = []
    verdicts: Annotated[list[Verdict], Field(max_length=MOST)] = []
    seconds: Annotated[list[Verdict], Field(max_length=MOST)] = []
    questions: Annotated[list[AskedQuestion], Field(max_length=MOST)] = []
    prompts_dir: Annotated[str, Field(max_length=300)] = PROMPTS
    evals_dir: Annotated[str, Field(max_length=300)] = EVALS

    @property
    def layout(self) -> Layout:
        """Where the repository keeps prompts and suites: the comment names files so."""
        usable = layout_problem(self.prompts_dir, self.evals_dir) is None
        return Layout(self.prompts_dir, self.evals_dir) if usable else USUAL

    @property
    def conclusion(self) -> Literal["success", "failure", "neutral"]:
        """For a check run: success only where something was evaluated and all of it passed."""
        if self.exit_code != EXIT_PASS:
            return "failure"
        passed = [verdict.lets_through for verdict in self.verdicts]
        return "success" if passed and all(passed) else "neutral"


@dataclass(frozen=True, slots=True)
class Expected:
    """What GitHub says of the run that an artifact comes from."""

    step: str
    repository: str
    event: str
    head: str


def read(artifact: bytes, expected: Expected) -> Claim:
    """The claim in an artifact's zip, when it is one about this very run. Raises InvalidFiles."""
    data = _member(artifact)
    try:
        # First by our own reader, which refuses duplicate keys and great depth; pydantic takes both.
        read_json(data.decode(), depth=PUBLISHED_DEPTH)
        claim = Claim.model_validate_json(data, strict=True)
    except ValidationError as error:
        if code := unknown_code(error):
            raise refused(f"a newer Cuebook wrote it: {code} is not known here", UPGRADE) from None
        raise refused(f"it is not in the shape of a claim: {first_fault(error)}") from None
    except ValueError as error:
        raise refused(f"it is not JSON: {error}") from None
    for name in ("step", "repository", "event", "head"):
        said, real = getattr(claim, name), getattr(expected, name)
        if said != real:
            raise refused(f"its {name} is {said[:80]!r}, that of its run is {real!r}")
    if wrong := [verdict for verdict in (*claim.verdicts, *claim.seconds) if not _has_good_names(verdict)]:
        raise refused(f"a verdict names what cannot be: {wrong[0].name[:80]!r}")
    return claim


def _has_good_names(verdict: Verdict) -> bool:
    """Whether the names in a verdict are such that a path may be made of them."""
    bad = name_problem(verdict.prompt) or name_problem(verdict.suite)
    digests = [verdict.digests.candidate, verdict.candidate.digest]
    number = 0 < verdict.candidate.version < 10**9
    return not bad and number and all(_DIGEST.fullmatch(item) for item in digests)


def _member(artifact: bytes) -> bytes:
    """The claim's bytes; nothing is unpacked, so that no name in the zip leads anywhere."""
    if len(artifact) > MAX_ARTIFACT:
        raise refused(f"the artifact has more than {MAX_ARTIFACT:,} bytes")
    try:
        with zipfile.ZipFile(BytesIO(artifact)) as archive:
            names = archive.namelist()
            # A name that is there twice would be read one way here and another way elsewhere.
            if len(names) > MOST_FILES or len(set(names)) < len(names):
                raise refused("the artifact holds too many files")
            if strange := [name for name in names if not _KNOWN.fullmatch(name)]:
                raise refused(f"the artifact holds {strange[0][:80]!r}")
            if FILE not in names:
                raise refused("the artifact does not hold it")
            with archive.open(FILE) as file:
                # A size in the archive's list is only a claim: a small file may unpack without end.
                data = file.read(MAX_CLAIM + 1)
    except _UNREADABLE as error:
        raise refused(f"the artifact is not a zip that can be read: {error}") from None
    if len(data) > MAX_CLAIM:
        raise refused(f"it has more than {MAX_CLAIM:,} bytes")
    return data


def refused(why: str, cure: str = "") -> InvalidFiles:
    """The error for a claim that is not believed, and why."""
    return InvalidFiles([Problem(FILE, 0, why, cure)])

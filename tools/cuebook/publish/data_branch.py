"""Keep verdicts, and what went live, on a branch that only grows: evidence has to outlive caches.

``evaluations/<prompt>/<version>/<suite>/<key>.json``, where the key is made of everything the verdict is
bound to, ``live/<prompt>/<alias>/<version>.json``, ``tried/<prompt>/<alias>/<version>-<beside>.json``,
``moves/<prompt>/<alias>/<commit>.json``, and ``published/<commit>.json``. Read through git without a
checkout; written as commits on top of what is there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from cuebook.core import git, git_branch
from cuebook.core.canonical import digest
from cuebook.core.errors import UPGRADE, GitError, PublishConflict, UsageError
from cuebook.core.refs import alias_problem, name_problem
from cuebook.publish.local_verdicts import is_final
from cuebook.shapes._base import Shape, encode, is_newer
from cuebook.shapes._fields import Digest
from cuebook.shapes._records import CommitSha, Login, Moment, PullRequest
from cuebook.shapes.moves import MoveEvidence
from cuebook.shapes.verdict import Override, Verdict
from cuebook.wording.publication import Conflict, conflict_line

BRANCH = "cuebook-data"
REMOTE = "origin"
TRIES = 6
"""Times to push before giving up on a branch that others keep moving."""

LIVE, MOVES, NIGHTS, PUBLISHED, TRIED = "live", "moves", "nightly", "published", "tried"
_FOLDER = "evaluations"
_REFS = (f"refs/remotes/{REMOTE}/{BRANCH}", f"refs/heads/{BRANCH}")


MAX_VERSION = 999_999
"""The highest version number accepted: anybody may write there, and numbers become paths and lists."""
MAX_WHY = 10_000
"""Characters of a record's reasons: those of an override are a paragraph."""
MAX_RECORD, MAX_VERDICT = 64 << 10, 32 << 20
"""Bytes of a record and of a verdict; what is larger was not written by us and is not read."""


def _without(problem_of: Callable[[str], str | None]) -> AfterValidator:
    """A check of a field: the text is refused for what ``problem_of`` says of it."""

    def checked(value: str) -> str:
        if problem := problem_of(value):
            raise ValueError(problem)
        return value

    return AfterValidator(checked)


# One type for each field that several records have: a limit that one of them lacked would be a way in.
_Prompt = Annotated[str, _without(name_problem)]
_Alias = Annotated[str, _without(alias_problem)]
_Version = Annotated[int, Field(ge=1, le=MAX_VERSION)]
_Why = Annotated[str, Field(max_length=MAX_WHY)]


Grounds = Literal["unknown", "pass", "rules", "override"]
"""Why a version could go live: a pass, an override that names loosened ``rules``, or one for the version."""


class Live(Shape):
    """A version that an alias was allowed to point to: what a rollback may always return to.

    ``grounds`` and ``why`` say why it was allowed, ``commit`` and ``time`` (UTC) by which change. Grounds are
    unknown for what an earlier release recorded, and for what went live before records began.
    """

    schema_: Annotated[Literal["cuebook/live/2"], Field(alias="schema")] = "cuebook/live/2"
    prompt: _Prompt
    alias: _Alias
    version: _Version
    digest: Digest
    commit: CommitSha
    time: Moment
    why: _Why
    grounds: Grounds = "unknown"

    @property
    def path(self) -> str:
        """Its path on the branch."""
        return f"{LIVE}/{self.prompt}/{self.alias}/{self.version}.json"


class TriedRecord(Shape):
    """A version that a share of an alias's units was allowed to get ``beside`` the version in use.

    A larger share needs no new evidence. A rollback cannot return to such a version: before all units get it,
    it has to be promoted.
    """

    schema_: Annotated[Literal["cuebook/tried/1"], Field(alias="schema")] = "cuebook/tried/1"
    prompt: _Prompt
    alias: _Alias
    version: _Version
    beside: _Version
    digest: Digest
    beside_digest: Digest
    commit: CommitSha
    time: Moment
    why: _Why
    grounds: Grounds = "unknown"

    @property
    def path(self) -> str:
        """Its path on the branch."""
        return f"{TRIED}/{self.prompt}/{self.alias}/{self.version}-{self.beside}.json"


class Published(Shape):
    """A commit of the default branch that was published; later commits are still to be checked."""

    schema_: Annotated[Literal["cuebook/published/2"], Field(alias="schema")] = "cuebook/published/2"
    commit: CommitSha
    time: Moment

    @property
    def path(self) -> str:
        """Its path on the branch."""
        return f"{PUBLISHED}/{self.commit}.json"


MOST_PEOPLE, MOST_SUITES = 100, 100
"""People and suites in one record: one with more does not describe a move."""


class MoveRecord(Shape):
    """What was known of one move of an alias when it was published; Git says what was moved from where.

    ``merged_by`` and ``approved_by`` are accounts of the hosting service, which it named for the pull
    request. The ``evidence`` is every verdict on the version moved to. ``recorded`` is when all this was
    written down (UTC).
    """

    schema_: Annotated[Literal["cuebook/move/1"], Field(alias="schema")] = "cuebook/move/1"
    prompt: _Prompt
    alias: _Alias
    version: _Version | None
    digest: Digest | None
    commit: CommitSha
    recorded: Moment
    pull_request: PullRequest | None = None
    merged_by: Login | None = None
    approved_by: Annotated[list[Login], Field(max_length=MOST_PEOPLE)] = []
    evidence: Annotated[list[MoveEvidence], Field(max_length=MOST_SUITES)] = []
    override: Override | None = None

    @property
    def path(self) -> str:
        """Its path on the branch."""
        return f"{MOVES}/{self.prompt}/{self.alias}/{self.commit}.json"


_Shape = TypeVar("_Shape", bound=BaseModel)
_Placed = TypeVar("_Placed", Live, TriedRecord)


@dataclass(frozen=True)
class Ledger:
    """The data branch as this clone fetched it; outside Git it is empty.

    ``newer`` are paths of records met so far that only a newer Cuebook can read: they are left out.
    """

    root: Path
    newer: list[str] = field(default_factory=list, repr=False, compare=False)

    @cached_property
    def tip(self) -> str | None:
        """The newest commit of the branch that was fetched; None where there is none."""
        return next(iter(git.tips(self.root, _REFS).values()), None)

    def load(self, prompt: str, version: int, suite: str | None = None) -> list[Verdict]:
        """Return every verdict on a version, of one suite or of all, the latest attempt first."""
        if self.tip is None or name_problem(prompt) or (suite is not None and name_problem(suite)):
            return []
        below = f"/{suite}" if suite is not None else ""
        found = self._read(self.tip, f"{_FOLDER}/{prompt}/{version}{below}")
        return sorted(found, key=lambda verdict: -verdict.attempt)

    def of_prompts(self, names: Iterable[str]) -> Iterator[Verdict]:
        """Every verdict on any version of these prompts, on all suites."""
        for name in names if self.tip else ():
            if self.tip and not name_problem(name):
                yield from self._read(self.tip, f"{_FOLDER}/{name}")

    def all(self) -> Iterator[Verdict]:
        """Every verdict on the branch, by path."""
        if self.tip is not None:
            yield from self._read(self.tip, _FOLDER)

    def _read(self, tip: str, folder: str) -> Iterator[Verdict]:
        listed = git.list_folder(self.root, tip, folder, MAX_VERDICT)
        data = git.blobs(self.root, listed.values())
        for path, blob in sorted(listed.items()):
            try:
                verdict = Verdict.model_validate_json(data[blob])
            except ValidationError as error:
                # Rubbish may be anybody's; only who writes beside it has to know: see ``_missing``.
                self._leave_out(path, error)
                continue
            # A verdict is believed only at the path that its own digests give it.
            if path_of(verdict) == path:
                yield verdict

    def _leave_out(self, path: str, error: ValidationError) -> None:
        if is_newer(error) and path not in self.newer:
            self.newer.append(path)

    def newer_on(self, prompt: str, version: int) -> dict[str, str]:
        """Of the verdicts on a version that only a newer Cuebook can read: the suite, by path.

        Only what was met by ``load``, ``of_prompts`` or ``all`` before is known.
        """
        start = f"{_FOLDER}/{prompt}/{version}/"
        return {path: path.split("/")[3] for path in self.newer if path.startswith(start)}

    def live(self, prompt: str, alias: str) -> list[Live]:
        """Return the records of versions that an alias was allowed to point to, without unreadable ones."""
        return self._of_alias(LIVE, prompt, alias, Live)

    @property
    def aliases(self) -> list[str]:
        """The aliases that anything was recorded of, and so were protected once, sorted."""
        listed = git.list_folder(self.root, self.tip, LIVE, MAX_RECORD) if self.tip else ()
        return sorted({parts[2] for path in listed if len(parts := path.split("/")) == 4})

    def tried(self, prompt: str, alias: str) -> list[TriedRecord]:
        """Return the records of versions that an alias was allowed to try; unreadable ones are left out."""
        return self._of_alias(TRIED, prompt, alias, TriedRecord)

    def _of_alias(self, folder: str, prompt: str, alias: str, shape: type[_Placed]) -> list[_Placed]:
        if self.tip is None or name_problem(prompt) or alias_problem(alias):
            return []
        found = self._records(self.tip, f"{folder}/{prompt}/{alias}", shape)
        # A record is believed only at the path that its own fields give it, as a verdict is.
        return [record for path, record in found if record.path == path]

    def _records(self, tip: str, folder: str, shape: type[_Shape]) -> Iterator[tuple[str, _Shape]]:
        listed = git.list_folder(self.root, tip, folder, MAX_RECORD)
        data = git.blobs(self.root, listed.values())
        for path, blob in sorted(listed.items()):
            try:
                yield path, shape.model_validate_json(data[blob])
            except ValidationError as error:
                if is_newer(error) and folder not in {MOVES, NIGHTS}:  # these decide nothing
                    raise UsageError(f"{BRANCH}: {path} was written by a newer Cuebook", UPGRADE) from None
                self._leave_out(path, error)

    @cached_property
    def publications(self) -> list[Published]:
        """The record of each publication; none where nothing was recorded yet."""
        if self.tip is None:
            return []
        found = self._records(self.tip, PUBLISHED, Published)
        return [record for path, record in found if record.path == path]

    @cached_property
    def published(self) -> frozenset[str]:
        """The commits that were published."""
        return frozenset(record.commit for record in self.publications)

    @cached_property
    def moves(self) -> dict[tuple[str, str, str], MoveRecord]:
        """The record of each move, by (prompt, alias, commit).

        Those that cannot be read are left out: they decide nothing.
        """
        if self.tip is None:
            return {}
        found = self._records(self.tip, MOVES, MoveRecord)
        return {(item.prompt, item.alias, item.commit): item for path, item in found if item.path == path}

    def nights(self, shape: type[_Shape]) -> list[_Shape]:
        """The records of nightly runs, by day, those that cannot be read left out."""
        if self.tip is None:
            return []
        return [record for _, record in self._records(self.tip, NIGHTS, shape)]

    def keep(
        self, verdicts: Iterable[Verdict], others: Mapping[str, bytes] = MappingProxyType({})
    ) -> list[str]:
        """Add the final ones among these verdicts, and other files, to the remote's branch; the new paths.

        Of the others, those that are there already stay as they are.
        Raises PublishConflict, and adds nothing, when the branch has another outcome for the same digests
        and attempt. Raises GitError when the branch cannot be pushed.
        """
        wanted = by_path(verdicts)
        settings = git_branch.git_settings(git.remote_url(self.root, REMOTE))
        for attempt in range(TRIES):
            # At each try: whoever moved the branch may have kept the same verdict, or another outcome.
            tip = git_branch.fetch_branch(self.root, REMOTE, BRANCH, settings)
            fresh = self._missing(tip, wanted)
            files = {path: encode(verdict) for path, verdict in fresh.items()}
            there = {path for path, _, _ in git.entries(self.root, tip)} if tip else set()
            files |= {path: data for path, data in others.items() if path not in there}
            if not files:
                return []
            commit = git_branch.add_files(self.root, tip, files, _message(files, fresh), int(time.time()))
            if git_branch.push(self.root, REMOTE, commit, BRANCH, settings):
                return sorted(files)
            time.sleep(random.random() * 2**attempt / 4)  # noqa: S311  spreads load, hides nothing
        raise GitError(f"{BRANCH} was moved by others {TRIES} times in a row", "run the same command again")

    def _missing(self, tip: str | None, wanted: dict[str, Verdict]) -> dict[str, Verdict]:
        """Return what the branch does not hold yet. Raises PublishConflict where it holds something else."""
        if tip is None:
            return wanted
        listed = git.list_folder(self.root, tip, _FOLDER, MAX_VERDICT)
        there = {path: blob for path, blob in listed.items() if path in wanted}
        data = git.blobs(self.root, there.values())
        for path, blob in there.items():
            try:
                kept = Verdict.model_validate_json(data[blob])
            except ValidationError as error:
                what, how = "cannot be read", "restore it from the branch's history"
                if is_newer(error):
                    what, how = "was written by a newer Cuebook", UPGRADE
                raise PublishConflict(f"{BRANCH}: {path} {what}", how) from None
            _refuse_another(path, kept, wanted[path])
        return {path: verdict for path, verdict in wanted.items() if path not in there}


def key_of(verdict: Verdict) -> str:
    """Return eight hex digits of everything that a verdict depends on, its attempt included."""
    # Eight digits keep paths short; one key for two sets of digests is refused when the second is kept.
    found = digest({"attempt": verdict.attempt, "digests": verdict.digests.keyed})
    return found.removeprefix("sha256:")[:8]


def path_of(verdict: Verdict) -> str:
    """The path of a verdict on the branch."""
    name = f"{verdict.prompt}/{verdict.candidate.version}/{verdict.suite}"
    return f"{_FOLDER}/{name}/{key_of(verdict)}.json"


def by_path(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """Return the final verdicts by their path on the branch. Raises PublishConflict where two differ."""
    found: dict[str, Verdict] = {}
    for verdict in filter(is_final, verdicts):
        if problem := name_problem(verdict.prompt) or name_problem(verdict.suite):
            raise PublishConflict(f"a verdict cannot be kept: {problem}")
        path = path_of(verdict)
        if path in found:
            _refuse_another(path, found[path], verdict)
        # An override holds for a time; what was found holds for good.
        found.setdefault(path, verdict.model_copy(update={"override": None}))
    return found


def _refuse_another(path: str, old: Verdict, new: Verdict) -> None:
    if (old.digests.keyed, old.attempt) != (new.digests.keyed, new.attempt):
        raise PublishConflict(f"{BRANCH}: {path} is about other digests whose key is the same")
    if old.alone.outcome != new.alone.outcome:
        outcomes = {"was": old.alone.outcome, "now": new.alone.outcome}
        # The name of a verdict says both versions, its path the key of its digests.
        what = conflict_line(Conflict(new.name, "other_outcome", outcomes))
        cure = f"more evidence: cuebook gate {new.prompt}/{new.candidate.version} --rerun"
        raise PublishConflict(f"{BRANCH}: {what}", cure)


def _message(files: Mapping[str, bytes], fresh: Mapping[str, Verdict]) -> str:
    lines = [f"{verdict.name}: {verdict.outcome}" for verdict in fresh.values()]
    lines += [path.removesuffix(".json") for path in files if path not in fresh]
    return lines[0] if len(lines) == 1 else "\n".join([f"Keep {len(lines)} records", "", *sorted(lines)])

"""Plan what is published: a registry, its history and its verdicts in, the bytes of every file out.

``Catalog`` reads the same files back; the site is made from a catalog and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from cuebook.core import refs, units, wire
from cuebook.core.canonical import behaviour, digest
from cuebook.core.chat import needs_second
from cuebook.core.errors import UPGRADE, InvalidFiles, Problem
from cuebook.core.files import Folder, Overlay, dump_json
from cuebook.core.layout import aliases_path, meta_path
from cuebook.core.shape_errors import shape_problems
from cuebook.publish import states
from cuebook.publish.audits import audits_of
from cuebook.publish.events import event_files
from cuebook.publish.history import History
from cuebook.publish.past_moves import PastMoves, quotes
from cuebook.publish.texts import texts_file, texts_of
from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.judges import judges
from cuebook.registry.overrides import override_of
from cuebook.registry.paths import PROMPTS, version_path
from cuebook.registry.reader import Registry
from cuebook.registry.renames import former_names
from cuebook.registry.settings import Settings, layout_of, load_config
from cuebook.shapes import published
from cuebook.shapes._base import encode, is_newer, unknown_code
from cuebook.shapes.cause import StaleInput
from cuebook.shapes.moves import AliasMove
from cuebook.shapes.published import (
    AliasArtifact,
    AliasState,
    Artifact,
    EvaluationEntry,
    Included,
    Index,
    LaterAliasArtifact,
    LaterArtifact,
    Loosening,
    PromptIndex,
    PromptTexts,
    Tombstone,
    VersionEntry,
)
from cuebook.shapes.run import Version
from cuebook.shapes.schemas import NAMES, schema_file
from cuebook.shapes.shares import Share, Split, TriedVersion
from cuebook.shapes.verdict import Verdict

_Shape = TypeVar("_Shape", bound=BaseModel)
_Verdicts = Mapping[tuple[int, str], Verdict]

StaleInputsOf: TypeAlias = Callable[[Verdict], Sequence[StaleInput]]
"""Takes a verdict and returns what it depends on that has changed since; empty while it holds."""


def nothing_moved(_: Verdict) -> Sequence[StaleInput]:
    """Every verdict holds."""
    return ()


@dataclass(frozen=True)
class Known:
    """What is known beside the files.

    ``erased`` are versions of which only a tombstone is left, each with its digest where that is known.
    ``moved`` lists which inputs of a verdict have changed since it was made. ``past`` are the records of
    moves, ``loosened`` the rules that were loosened, as ``read_loosenings`` returns them.
    """

    erased: Mapping[tuple[str, int], str | None] = field(default_factory=dict)
    moved: StaleInputsOf = nothing_moved
    past: PastMoves = field(default_factory=PastMoves)
    loosened: Mapping[str, list[Loosening]] = field(default_factory=dict)


def artifact(version: Version) -> Artifact:
    """Return the published form of one version: what apps fetch."""
    behaves = version.behaviour
    # Only where it has to be: clients of earlier releases go on reading every other version.
    shape = LaterArtifact if needs_second(behaves) else Artifact
    return shape(
        name=version.prompt,
        version=version.number,
        ref=version.ref,
        digest=version.digest,
        message=version.message,
        author=version.author,
        created=version.created,
        inputs={name: dict(spec) for name, spec in version.inputs.items()},
        includes=[Included(ref=ref, digest=was) for ref, was in version.includes.items()],
        **{key: value for key, value in behaves.items() if key != "inputs"},
    )


def plan_files(
    registry: Registry,
    history: History,
    verdicts: Iterable[Verdict],
    config: Settings,
    today: str = "",
    known: Known = Known(),
) -> dict[str, bytes]:
    """Return the bytes of every published file by its path below the output folder (see ``published.py``).

    Overrides that ended before ``today`` (``2026-11-22``) are ignored; without a day all of them count.

    Verdicts on content with another digest than the version has now, and prompts without a version, are left
    out. Raises InvalidFiles, and the RefErrors of a broken registry.
    """
    if history.added and not registry.added:
        # Who added a version, and since when an override holds, is known from commits alone.
        registry = Registry(registry.tree, history.added)
    renamed = {old: name for name in registry.names() for old in former_names(registry, name)}
    registry = _with_former_names(registry, history)
    # A former name under which no version was ever committed was never published, and leads nowhere.
    renamed = {old: name for old, name in sorted(renamed.items()) if old in registry.names()}
    past = known.past.as_called(renamed)
    accepted = _accepted(registry, (item for item in verdicts if not quotes(item, known.erased)))
    used = judges(registry)
    files = {published.schema_path(name): schema_file(name, config.site_url) for name in NAMES}
    indexes: list[PromptIndex] = []
    texts: dict[str, PromptTexts] = {}
    for name in registry.names():
        numbers = registry.numbers(name)
        if not numbers:
            continue
        # Under a former name nothing is evaluated: the verdicts are those under today's.
        now = renamed.get(name, name)
        found = {} if name in renamed else accepted.get(name, {})
        same = _of_same_versions(registry, name, now, accepted.get(now, {}))
        told = _told(registry, now, same, today, known.moved)
        moves: list[AliasMove] = []
        for move in states.told_moves(registry, name, history.moves.get(name, []), told):
            mine = [verdict for (number, _), verdict in found.items() if number == move.version]
            there = registry.version(name, move.version) if move.version in numbers else None
            moves.append(past.told(name, move, there.digest if there else None, mine))
        loosened, judging = known.loosened.get(name, []), used.get(name)
        index = _prompt_index(registry, name, history, moves, told, today, judging, loosened)
        files |= past.files(moves, name) | _prompt_files(registry, index, found, config)
        # Apps may still ask for a former name; lists and searches show the prompt once.
        if name not in renamed:
            indexes.append(index)
            texts[name] = texts_of(index, {one.number: artifact(one) for one in registry.versions(name)})
    # In the place of the version, so that an app which pins one hears that it is gone for good.
    for (name, number), was in known.erased.items():
        files[published.artifact_path(name, number)] = encode(
            Tombstone(name=name, version=number, digest=was)
        )
    entries = [states.index_entry(index) for index in indexes]
    files |= event_files(indexes) | texts_file(texts)
    of_settings = known.loosened.get("", [])
    files[published.index_path()] = encode(Index(prompts=entries, loosened=of_settings, renamed=renamed))
    return files


def _with_former_names(registry: Registry, history: History) -> Registry:
    """The registry with prompts under the names that they had, too, as they were left: apps ask for them."""
    files: dict[str, bytes] = {}
    there = set(registry.names())
    for name in sorted(there):
        for old in set(former_names(registry, name)) - there:
            paths = [path for path in history.added if _is_of(path, old)]
            made = {refs.version_number(path.rpartition("/")[2]) for path in paths}
            kept = [number for number in registry.numbers(name) if number in made]
            for number in kept:
                data = registry.tree.read(version_path(name, number))
                files[version_path(old, number)] = data or b""
            if kept:
                moves = history.moves.get(old, [])
                # The newest commit took them away together; what was taken away before stays away.
                gone = (move for move in moves if move.version is None and move.commit == moves[0].commit)
                # Nobody can point it elsewhere any more, so it goes with a version that is erased.
                left = {move.alias: move.previous for move in gone if move.previous in kept}
                lines = "".join(f"{alias}: {number}\n" for alias, number in sorted(left.items()))
                # An empty file would be no mapping.
                files[aliases_path(old)] = (lines or "{}\n").encode()
                meta = registry.meta(name)
                ends = {"retired": [n for n in meta.retired if n in kept], "erased": meta.erased}
                files[meta_path(old)] = dump_json({"title": meta.title, **ends})
    return Registry(Overlay(registry.tree, files), registry.added) if files else registry


def _of_same_versions(registry: Registry, name: str, now: str, verdicts: _Verdicts) -> _Verdicts:
    """The verdicts on versions that a prompt has under a former ``name`` as under that of ``now``."""
    there = set(registry.numbers(name))
    same = {
        number
        for number in there.intersection(registry.numbers(now))
        if registry.version(name, number).digest == registry.version(now, number).digest
    }
    return {(number, suite): found for (number, suite), found in verdicts.items() if number in same}


def _is_of(path: str, name: str) -> bool:
    return path.startswith(f"{PROMPTS}/{name}/")


def _accepted(registry: Registry, verdicts: Iterable[Verdict]) -> dict[str, dict[tuple[int, str], Verdict]]:
    numbers = {name: set(registry.numbers(name)) for name in registry.names()}
    found: dict[str, dict[tuple[int, str], Verdict]] = {}
    for verdict in verdicts:
        name, number = verdict.prompt, verdict.candidate.version
        # The name of its suite becomes a path.
        if number not in numbers.get(name, ()) or refs.name_problem(verdict.suite):
            continue
        if verdict.digests.candidate == registry.version(name, number).digest:
            found.setdefault(name, {})[number, verdict.suite] = verdict
    # In a fixed order, so that the same verdicts make the same bytes wherever they were read from.
    return {name: dict(sorted(items.items())) for name, items in found.items()}


def _prompt_files(
    registry: Registry, index: PromptIndex, verdicts: _Verdicts, config: Settings
) -> dict[str, bytes]:
    """Every file about a prompt."""
    name = index.name
    versions = {version.number: version for version in registry.versions(name)}
    files = {
        published.artifact_path(name, n): artifact_bytes(artifact(version)) for n, version in versions.items()
    }
    for (number, suite), verdict in verdicts.items():
        files[published.evaluation_path(name, number, suite)] = encode(verdict)
    pointers = registry.pointers(name)
    for alias, found in index.states.items():
        made = _alias_artifact(versions[found.version], alias, config, found, index.evaluations)
        made = made.model_copy(update={"split": _split(versions, alias, pointers[alias], config)})
        files[published.alias_path(name, alias)] = artifact_bytes(made)
    newest = versions[index.latest]
    found = states.alias_state(index.latest, newest.created, index.evaluations, None)
    made = _alias_artifact(newest, refs.LATEST, config, found, index.evaluations)
    files[published.alias_path(name, refs.LATEST)] = artifact_bytes(made)
    files[published.prompt_path(name)] = encode(index)
    return files


def _alias_artifact(
    version: Version,
    alias: str,
    config: Settings,
    found: AliasState | None = None,
    entries: Iterable[EvaluationEntry] = (),
) -> AliasArtifact:
    passing = [e.url for e in entries if e.version == version.number and e.outcome == "pass"]
    # An alias has a schema of its own, with a number of its own.
    fields = artifact(version).model_dump(exclude={"schema_"})
    told = found.model_dump(include={"since", "state", "headline", "override"}) if found else {"since": None}
    name, like = _spelt(version.model, config)
    shape = LaterAliasArtifact if needs_second(version.behaviour) else AliasArtifact
    return shape(**fields, alias=alias, evidence=passing, wireModel=name, wireLike=like, **told)


def _split(versions: Mapping[int, Version], alias: str, pointer: Pointer, config: Settings) -> Split | None:
    """What tells a client which units get another version; None where nothing is tried."""
    if not pointer.tries:
        return None
    tries = []
    for number, share in pointer.tries.items():
        version = versions[number]
        name, like = _spelt(version.model, config)
        tries.append(
            TriedVersion(version=number, share=share, digest=version.digest, wireModel=name, wireLike=like)
        )
    prompt = versions[pointer.use].prompt
    return Split(salt=units.salt(prompt, alias, pointer.tries), tries=tries)


def pointed_at(version: Version, aliases: Iterable[str], config: Settings) -> dict[str, bytes]:
    """Return the files of these aliases and of ``latest``, by path, as if each pointed to this version."""
    return {
        published.alias_path(version.prompt, alias): artifact_bytes(_alias_artifact(version, alias, config))
        for alias in {*aliases, refs.LATEST}
    }


def artifact_bytes(made: Artifact) -> bytes:
    """Return the JSON of a version or alias, without the optional keys that it does not use."""
    rare = ("wireModel", "wireLike", "includes", "split")
    usual = {key for key in rare if getattr(made, key, None) in (None, [])}
    data = made.model_dump(mode="json", by_alias=True, exclude=usual)
    for tried in data["split"]["try"] if "split" in data else ():
        for key in [key for key, value in tried.items() if value is None]:
            del tried[key]
    return dump_json(data)


def _spelt(model: str, config: Settings) -> tuple[str | None, str | None]:
    """How the gate asks a model, where its id alone does not say so: an app has no settings."""
    (usual, row), (name, like) = wire.asked_as(model), wire.asked_as(model, config.likes)
    bare = model.removeprefix("litellm/").partition("/")[2]
    # Left out only where an app, which has no settings, can tell the name from the id alone.
    return name if {name} != {usual, bare} else None, like if like != row else None


def _told(
    registry: Registry, name: str, verdicts: _Verdicts, today: str, moved: StaleInputsOf
) -> list[EvaluationEntry]:
    return [
        states.evaluation_entry(
            verdict,
            stale=moved(verdict),
            override=override_of(registry, name, number, today),
            audits=audits_of(registry, verdict),
        )
        for (number, _), verdict in verdicts.items()
    ]


def _prompt_index(
    registry: Registry,
    name: str,
    history: History,
    moves: list[AliasMove],
    evaluations: list[EvaluationEntry],
    today: str,
    used_by: list[str] | None,
    loosened: list[Loosening],
) -> PromptIndex:
    meta = registry.meta(name)
    versions = {version.number: version for version in registry.versions(name)}
    pointers = dict(sorted(registry.pointers(name).items()))
    aliases = {alias: pointer.use for alias, pointer in pointers.items()}
    held = {number: override_of(registry, name, number, today) for number in versions}
    pointed: dict[str, AliasState] = {}
    for alias, number in aliases.items():
        mine = [move for move in moves if move.alias == alias]
        # Where it was moved in the working tree, the last move that Git knows is another one.
        since = states.since_of(mine, today) if mine and mine[0].version == number else None
        found = registry.version(name, number).number
        pointed[alias] = states.alias_state(found, since, evaluations, held[number])
    return PromptIndex(
        name=name,
        title=meta.title,
        description=meta.description,
        owners=meta.owners,
        tags=meta.tags,
        latest=max(versions),
        aliases=aliases,
        suites=[suite.name for suite in registry.suites_of(name)],
        versions=[
            VersionEntry(
                version=number,
                digest=version.digest,
                message=version.message,
                author=version.author,
                created=version.created,
                retired=number in meta.retired,
                url=published.artifact_path(name, number),
                commit=added.sha if (added := registry.added.get(version.path)) else None,
            )
            for number, version in versions.items()
        ],
        evaluations=evaluations,
        history=moves,
        kind="prompt" if used_by is None else "judge",
        erased=sorted(meta.erased),
        scale_words=meta.scale_words,
        used_by=used_by or [],
        tries={
            alias: [Share(version=tried, share=share) for tried, share in pointer.tries.items()]
            for alias, pointer in pointers.items()
            if pointer.tries
        },
        states=pointed,
        loosened=loosened,
        endings=history.ended.get(name, []),
        splits=states.told_splits(registry, name, history.splits.get(name, []), evaluations),
    )


def from_checkout(root: Path, ref: refs.Ref) -> bytes:
    """The artifact a ref names in a checkout's own files, for apps that run beside them.

    Raises the RefErrors and InvalidFiles.
    """
    tree = Folder(root, layout_of(Folder(root)))
    registry = Registry(tree)
    version = registry.resolve(ref)
    if ref.alias is None:
        return artifact_bytes(artifact(version))
    config = load_config(tree)
    made = _alias_artifact(version, ref.alias, config)
    # ``latest`` is in no file, so it has no pointer of its own and tries nothing.
    pointer = registry.pointers(ref.name).get(ref.alias, Pointer(version.number))
    versions = {number: registry.version(ref.name, number) for number in pointer.live}
    split = _split(versions, ref.alias, pointer, config)
    return artifact_bytes(made.model_copy(update={"split": split}))


@dataclass(frozen=True)
class Catalog:
    """A published folder read back, each file when it is asked for. All methods raise InvalidFiles."""

    folder: Path
    _prompts: dict[str, PromptIndex] = field(default_factory=dict, repr=False, compare=False)
    _verdicts: dict[str, Verdict] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def index(self) -> Index:
        """Every prompt."""
        path = published.index_path()
        index = self._read(path, Index)
        # The folder may be anybody's, and these names become paths.
        if wrong := [found for entry in index.prompts if (found := refs.name_problem(entry.name))]:
            raise InvalidFiles([Problem(path, 0, what) for what in wrong])
        return index

    def prompt(self, name: str) -> PromptIndex:
        """One prompt: its versions, aliases, evaluations and history."""
        if name not in self._prompts:
            self._prompts[name] = self._read(published.prompt_path(name), PromptIndex)
        return self._prompts[name]

    def version(self, name: str, number: int) -> Artifact:
        """One version, whole; it is what its name, number and digest say."""
        path = published.artifact_path(name, number)
        found = self._read(path, Artifact, LaterArtifact)
        _is_about(path, (found.name, found.version), (name, number))
        if digest(behaviour(found.model_dump(by_alias=True))) != found.digest:
            raise InvalidFiles([Problem(path, 0, "the content is not what its digest says", _RESTORE)])
        return found

    def verdict(self, name: str, number: int, suite: str) -> Verdict:
        """One verdict with all its cases."""
        path = published.evaluation_path(name, number, suite)
        if path in self._verdicts:
            return self._verdicts[path]
        found = self._read(path, Verdict)
        _is_about(path, (found.prompt, found.candidate.version, found.suite), (name, number, suite))
        if sum(len(kept.cases) for kept in self._verdicts.values()) < MOST_KEPT:
            self._verdicts[path] = found
        return found

    def earlier(self, name: str, number: int, suite: str, key: str) -> Verdict:
        """Return a verdict that was replaced since, but that a past move of an alias was based on."""
        path = published.earlier_path(name, number, suite, key)
        found = self._read(path, Verdict)
        _is_about(path, (found.prompt, found.candidate.version, found.suite), (name, number, suite))
        return found

    def _read(self, path: str, shape: type[_Shape], later: type[_Shape] | None = None) -> _Shape:
        data = Folder(self.folder).read(path)
        if data is None:
            raise InvalidFiles([Problem(path, 0, "the published file is missing", "cuebook publish")])
        try:
            return shape.model_validate_json(data, strict=True)
        except ValidationError as error:
            # A version with tools has the second number of the same file: a newer one only beyond that.
            if is_newer(error) and later:
                return self._read(path, later)
            if is_newer(error):
                code = unknown_code(error)
                what = f"a newer Cuebook wrote it{f': {code} is not known here' if code else ''}"
                raise InvalidFiles([Problem(path, 0, what, UPGRADE)]) from None
            raise InvalidFiles(shape_problems(error, path, lambda _: 0, lambda _: ())) from None


MOST_KEPT = 10_000
"""Cases of verdicts kept in memory, where four pages look at each; they take some 10 kB a case."""


def _is_about(path: str, found: tuple[str | int, ...], wanted: tuple[str | int, ...]) -> None:
    if found != wanted:
        what = f"the file is about {'/'.join(map(str, found))}, not {'/'.join(map(str, wanted))}"
        raise InvalidFiles([Problem(path, 0, what, _RESTORE)])


_RESTORE = "restore the file from an earlier publication, or delete it and publish again"


def read_catalog(folder: Path) -> Catalog:
    """The catalog of a published folder (the one that holds ``api/v1``). Raises InvalidFiles."""
    catalog = Catalog(folder)
    _ = catalog.index
    return catalog

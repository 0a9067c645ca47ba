"""Run an app under test over the cases of a suite, with the prompts that it fetches set to one version."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuebook.calls.target import App, Run, answer, request, run, stop_all
from cuebook.core.errors import Aborted, RenderError, UsageError, did_you_mean
from cuebook.core.refs import parse_ref
from cuebook.gate.prepared import filled
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import artifact, artifact_bytes, plan_files, pointed_at
from cuebook.publish.history import History
from cuebook.publish.writer import publish
from cuebook.shapes.run import Case, Failure, ModelReply, Sample, Suite, Version

FIRST = 3
"""Cases that are run before the others: where all of them fail alike, the app cannot run."""

TRIES = 3
"""Processes for one answer, while each says that the provider is at fault."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer of an app, with the request and what became of the last process for it."""

    case: Case
    repeat: int
    line: bytes
    ran: Run | None
    said: ModelReply | Failure


def version_for(workspace: Workspace, suite: Suite, ref: str | None) -> Version:
    """The version that the app gets: the one named, else the live one, else the latest. Raises RefError."""
    alias = suite.gate.baseline
    if ref is None:
        known = workspace.registry.aliases(suite.prompt)
        ref = f"{suite.prompt}@{alias if alias in known else 'latest'}"
    found = workspace.registry.resolve(parse_ref(ref, default_alias="latest"))
    if found.prompt != suite.prompt:
        raise UsageError(f"suite {suite.name!r} is about {suite.prompt}, not about {found.prompt}")
    return found


@contextmanager
def ready(workspace: Workspace, name: str, version: Version) -> Iterator[App]:
    """The target of the settings, with a registry in its environment whose aliases are all this version.

    Other prompts are as they are live, so that an app fetches what it would fetch after a promotion.
    Raises UsageError, InvalidFiles.
    """
    target = workspace.config.targets.get(name)
    if target is None:
        known = list(workspace.config.targets)
        cure = did_you_mean(name, known) or f"[targets.{name}] in cuebook.toml, see docs/formats.md"
        raise UsageError(f"no target is called {name!r}", cure)
    registry, config = workspace.registry, workspace.config
    files = plan_files(registry, History(), [], config)
    files |= pointed_at(version, registry.aliases(version.prompt), config)
    with tempfile.TemporaryDirectory(prefix="cuebook-registry-") as folder:
        publish(files, Path(folder))
        yield App.of(name, target, workspace.root, {"CUEBOOK_REGISTRY": folder})


def ask(app: App, version: Version, case: Case, repeat: int = 0) -> Asked:
    """One answer of the app. A version that the case does not fill has failed, and nothing is started."""
    try:
        messages = filled(version, case.values)
    except RenderError as error:
        return Asked(case, repeat, b"", None, Failure("candidate", error.message))
    prompt: Any = json.loads(artifact_bytes(artifact(version)))
    line = request(case, repeat, prompt, messages)
    for _ in range(TRIES):
        found = run(app, line)
        said = answer(app, case, repeat, found)
        if isinstance(said, ModelReply) or said.kind == "candidate":
            break
    return Asked(case, repeat, line, found, said)


def ask_all(
    app: App, version: Version, suite: Suite, watch: Callable[[int], None] = lambda _: None
) -> list[Asked]:
    """The app's answers to every case of a suite, in their order. No process is left, whatever happens.

    ``watch`` is told how many there are so far. Raises Aborted where the first cases all fail alike.
    """
    todo = [(case, repeat) for case in suite.cases for repeat in range(suite.repeats)]
    done: list[Asked] = []
    with ThreadPoolExecutor(app.target.workers) as pool:
        try:
            for part in (todo[:FIRST], todo[FIRST:]):
                for item in pool.map(lambda of: ask(app, version, *of), part):
                    done.append(item)
                    watch(len(done))
                _refuse_alike(app, done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise
    return done


def _refuse_alike(app: App, done: Sequence[Asked]) -> None:
    said = {item.said.message if isinstance(item.said, Failure) and item.ran else "" for item in done[:FIRST]}
    if len(done) >= FIRST and len(said) == 1 and "" not in said:
        cure = f"see one by hand: cuebook target {app.name} --suite SUITE --case {done[0].case.id}"
        raise Aborted(f"the target {app.name!r} cannot run: {said.pop()}", cure)


def samples(done: Sequence[Asked]) -> dict[str, list[Sample]]:
    """The answers by case, as a file of answers holds them."""
    found: dict[str, list[Sample]] = {}
    for item in done:
        reply = item.said if isinstance(item.said, ModelReply) else None
        failure = item.said if isinstance(item.said, Failure) else None
        found.setdefault(item.case.id, []).append(Sample(item.repeat, reply, failure))
    return found

"""Run an app under test over the cases of a suite, with the prompts that it fetches set to one version."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuebook.calls.app import AppCall, RunningApp
from cuebook.calls.target import App, Keeper, ProcessRun, answer, request, run, stop_all
from cuebook.core.canonical import digest
from cuebook.core.environment import REGISTRY
from cuebook.core.errors import FailureCode, RenderError, UsageError, did_you_mean
from cuebook.core.refs import parse_ref
from cuebook.gate.answering import Asker, Slot, epoch
from cuebook.gate.comparison import Comparison
from cuebook.gate.prepared import Prepared, filled
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import artifact, artifact_bytes, plan_files, pointed_at
from cuebook.publish.history import History
from cuebook.publish.writer import publish
from cuebook.registry.apps import AppUnderTest, app_of
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Nothing
from cuebook.shapes.run import Case, Failure, ModelReply, Sample, Version
from cuebook.shapes.suite import Suite
from cuebook.wording.stopped import NotEvaluated

FIRST = 3
"""Cases that are run before the others: where all of them fail alike, the app cannot run."""

TRIES = 3
"""Processes for one answer, while each says that the provider is at fault."""


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """One answer of an app, with the ``line`` it was sent and how the last process for it ended (``ran``)."""

    case: Case
    repeat: int
    line: bytes
    ran: ProcessRun | None
    said: ModelReply | Failure


def version_for(workspace: Workspace, suite: Suite, ref: str | None) -> Version:
    """The version that the app gets: the one named, else the live one, else the latest. Raises RefError."""
    alias = suite.gate.baseline
    if ref is None:
        known = workspace.registry.aliases(suite.prompt)
        ref = f"{suite.prompt}@{alias if alias in known else 'latest'}"
    found = workspace.registry.resolve(parse_ref(ref, default_alias="latest"))
    if found.prompt != suite.prompt:
        raise UsageError(
            f"suite {suite.name!r} is about {suite.prompt}, not about {found.prompt}",
            f"name a version of {suite.prompt}",
        )
    return found


def named(workspace: Workspace, name: str) -> AppUnderTest:
    """The app of this name in the working tree. Raises UsageError."""
    found = app_of(workspace.tree, name)
    if found is None:
        cure = did_you_mean(name, list(workspace.config.targets)) if workspace.config.targets else ""
        cure = cure or f"[targets.{name}] in cuebook.toml, see docs/formats.md"
        raise UsageError(f"no target is called {name!r}", cure)
    return found


@contextmanager
def ready(workspace: Workspace, tested: AppUnderTest, *versions: Version) -> Iterator[dict[str, App]]:
    """The app for each of these versions of a prompt, by digest: in its registry every alias is the version.

    Other prompts are as they are live in the tree of the app, so that it fetches what it would fetch after a
    promotion, and a change decides by nothing else that it brings. Raises UsageError, InvalidFiles.
    """
    config, around = workspace.config, Registry(tested.tree)
    files = plan_files(around, History(), [], config)
    (prompt,) = {version.prompt for version in versions}
    before = around.aliases(prompt) if prompt in around.names() else {}
    # The app may ask by any alias that either tree knows, or by one that is only about to be made.
    aliases = {*before, *workspace.registry.aliases(prompt), *config.protected_aliases}
    with tempfile.TemporaryDirectory(prefix="cuebook-app-") as folder, Keeper(folder) as keeper:
        top = tested.home
        if top is None:  # an app of another tree than the checkout: its files are written out to be run
            top = Path(folder) / "app"
            tested.write(top)
        found: dict[str, App] = {}
        for version in versions:
            mine = Path(folder) / f"registry-{len(found)}"
            publish(files | pointed_at(version, aliases, config), mine)
            more = {REGISTRY: str(mine)}
            found[version.digest] = App.of(tested.name, tested.target, top, more, keeper)
        yield found


@contextmanager
def running(workspace: Workspace, comparison: Comparison) -> Iterator[RunningApp | None]:
    """The app that answers a comparison, with its arms; None where models or files answer.

    No process is left afterwards, whatever happens. Raises as ``ready``.
    """
    tested = None if comparison.given else comparison.app
    if tested is None:
        yield None
        return
    arms = [version for version in (comparison.candidate, comparison.baseline) if version]
    with ready(workspace, tested, *arms) as apps:
        app = RunningApp(tested, apps)
        try:
            yield app
        finally:
            app.end()


class ByApp:
    """As ``Answering``: the app is given each case, with the version of its arm."""

    def __init__(self, workspace: Workspace, comparison: Prepared, engine: Asker, app: RunningApp) -> None:
        self._comparison, self._engine, self._app = comparison, engine, app
        self._beside = _live_beside(workspace, comparison)
        self._prompts: dict[str, Any] = {}
        self._first = True

    async def answers(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        """One answer or failure for each slot. Raises Aborted where the first cases all fail alike."""
        if not self._first:
            return await self._ask(slots)
        self._first = False
        known = list(dict.fromkeys(slot.case.id for slot in slots))[:FIRST]
        # Of several cases the first ones go alone: where the app cannot run, it is not tried on the others.
        place = {index: slot.case.id in known for index, slot in enumerate(slots)}
        order = sorted(place, key=lambda index: not place[index])
        count = sum(place.values())
        said = await self._ask([slots[index] for index in order[:count]])
        if len(known) == FIRST:
            suite = self._comparison.suite.name
            refuse_alike(self._app.model, suite, known[0], said, self._app.unset)
        said += await self._ask([slots[index] for index in order[count:]])
        return [item for _, item in sorted(zip(order, said, strict=True), key=lambda pair: pair[0])]

    async def _ask(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        asked = [self._call(slot) for slot in slots]
        replies = iter(await self._engine.ask_all([item for item in asked if isinstance(item, AppCall)]))
        return [item if isinstance(item, Failure) else next(replies) for item in asked]

    def _call(self, slot: Slot) -> AppCall | Failure:
        version, name = slot.version, self._app.model
        try:
            messages = filled(version, slot.case.opening)
        except RenderError as error:
            return Failure("candidate", error.message)
        # Once for each arm: the line of every case holds the whole prompt.
        if version.digest not in self._prompts:
            self._prompts[version.digest] = json.loads(artifact_bytes(artifact(version)))
        return AppCall(
            name,
            (),
            repeat=slot.repeat,
            epoch=epoch(self._comparison, self._engine, slot, name),
            case=slot.case,
            arm=version.digest,
            line=request(slot.case, slot.repeat, self._prompts[version.digest], messages),
            fingerprint=self._app.fingerprint,
            beside=self._beside,
        )


def _live_beside(workspace: Workspace, comparison: Comparison) -> str:
    """The digest of what is live of the other prompts: an app may fetch these, too."""
    assert comparison.app is not None
    registry, prompt = Registry(comparison.app.tree), comparison.candidate.prompt
    protected = workspace.config.protected_aliases
    live = {
        f"{name}@{alias}" if number == target.use else f"{name}@{alias}: {target}": registry.version(
            name, number
        ).digest
        for name in registry.names()
        for alias, target in registry.pointers(name).items()
        for number in target.live
        if name != prompt and alias in protected
    }
    return digest(live) if live else ""


def ask(app: App, version: Version, case: Case, repeat: int = 0) -> AppAnswer:
    """One answer of the app. A version that the case does not fill has failed, and nothing is started."""
    try:
        messages = filled(version, case.opening)
    except RenderError as error:
        return AppAnswer(case, repeat, b"", None, Failure("candidate", error.message))
    prompt: Any = json.loads(artifact_bytes(artifact(version)))
    line = request(case, repeat, prompt, messages)
    for _ in range(TRIES):
        found = run(app, line)
        said = answer(app, case, repeat, found)
        if isinstance(said, ModelReply) or said.kind == "candidate":
            break
    return AppAnswer(case, repeat, line, found, said)


def ask_all(app: App, version: Version, suite: Suite) -> list[AppAnswer]:
    """Return the app's answers to every case of a suite, in order. No process is left, whatever happens.

    Raises Aborted where the first cases all fail alike.
    """
    todo = [(case, repeat) for case in suite.cases for repeat in range(suite.repeats)]
    done: list[AppAnswer] = []
    with ThreadPoolExecutor(app.target.workers) as pool:
        try:
            for part in (todo[:FIRST], todo[FIRST:]):
                done += pool.map(lambda of: ask(app, version, *of), part)
                started = [item.said for item in done[:FIRST] if item.ran]
                if len(started) == FIRST:
                    refuse_alike(app.name, suite.name, done[0].case.id, started, app.unset)
        except BaseException:  # an interrupt as well: no process of the app may be left
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise
    return done


def refuse_alike(
    name: str, suite: str, case: str, said: Sequence[ModelReply | Failure], unset: Sequence[str]
) -> None:
    """Raise Aborted where all that an app was asked first failed alike: then it cannot run at all.

    ``unset`` are variables that it should get and that are not set here.
    """
    failed = [item for item in said if isinstance(item, Failure) and item.code]
    if failed and len(failed) == len(said) and len(set(map(_how, failed))) == 1:
        cure = f"see one by hand: cuebook target {name} --suite {suite} --case {case}"
        cure += f"; not set here: {', '.join(unset)}" if unset else ""
        raise NotEvaluated(Nothing(code="target_cannot_run", target=name, words=failed[0].message, cure=cure))


def _how(failure: Failure) -> tuple[FailureCode, str]:
    """How an app failed: what it wrote beside that may differ each time, as a clock or an id does."""
    # An app that answers with an error has run: only one that says the same of every case cannot answer any.
    return failure.code, failure.message if failure.code == "own_error" else ""


def samples(done: Sequence[AppAnswer]) -> dict[str, list[Sample]]:
    """The answers by case, as a file of answers holds them."""
    found: dict[str, list[Sample]] = {}
    for item in done:
        reply = item.said if isinstance(item.said, ModelReply) else None
        failure = item.said if isinstance(item.said, Failure) else None
        found.setdefault(item.case.id, []).append(Sample(item.repeat, reply, failure))
    return found

"""Move prompts from one model to another: write the next version of each live one, and gate it.

The model alone changes. Aliases are never moved, and judges keep their model: a measure is not exchanged
together with what it measures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuebook.core.errors import EXIT_INCONCLUSIVE, CuebookError, Problem, UsageError
from cuebook.core.yaml_files import dump_yaml
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import left_out, on_record
from cuebook.gate.users import live_versions, users
from cuebook.jobs.checking import problems_of
from cuebook.jobs.evaluate import Options, Watch, judge_all
from cuebook.jobs.workspace import Workspace
from cuebook.models import missing_plugin, not_offered, served, unknown_provider
from cuebook.registry.judges import judges
from cuebook.registry.paths import version_path
from cuebook.registry.reader import Registry
from cuebook.registry.version_files import as_file
from cuebook.shapes.cause import Nothing
from cuebook.shapes.ceilings import Ceilings
from cuebook.shapes.run import Version
from cuebook.shapes.verdict import Verdict
from cuebook.wording.elsewhere import no_plugin, not_allowed
from cuebook.wording.stopped import cause_of


@dataclass(frozen=True, slots=True)
class MigratedVersion:
    """A version on the new model. ``data`` is its file, or None where an earlier run has written it."""

    prompt: str
    number: int
    start: Version
    data: bytes | None

    @property
    def ref(self) -> str:
        """``qa/3``."""
        return f"{self.prompt}/{self.number}"

    @property
    def path(self) -> str:
        """Where its file is."""
        return version_path(self.prompt, self.number)


@dataclass(frozen=True, slots=True)
class Migration:
    """Every version to be written, and the refs of judges that name the model, which are left."""

    moved: tuple[MigratedVersion, ...]
    judges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Migrated:
    """The result of one version on one suite: a verdict, or ``why`` there is none; ``calls`` were made.

    ``exit_code`` is that of the error, where there is no verdict.
    """

    comparison: Comparison
    verdict: Verdict | None
    why: Nothing | None = None
    calls: int = 0
    exit_code: int = EXIT_INCONCLUSIVE


def planned(workspace: Workspace, old: str, new: str, *, here: bool = True) -> Migration:
    """Plan the move from model ``old`` to ``new``. Raises UsageError where ``new`` may not be asked.

    With ``here`` this machine is the one that asks it, and has to have what serves it.
    """
    config, registry = workspace.config, workspace.registry
    if old == new:
        raise UsageError(f"the models are the same: {new}", "cuebook migrate --from OLD --to NEW")
    if wrong := unknown_provider(new, served(config)) or not_offered(new, config):
        raise UsageError(wrong.what, wrong.cure)
    # The new versions would name a model that nobody asks.
    if (asked := config.resolve(new)) != new:
        raise UsageError(f"the settings ask {asked} in place of {new}", f"--to {asked}")
    if not config.allows(new):
        raise UsageError(*not_allowed(new, config.models))
    if here and (install := missing_plugin(new, config)):
        raise UsageError(no_plugin(new), install)
    judging = judges(registry)
    # Of judges also those that only suites pin: no alias need make them live.
    asked_now = map(registry.resolve, users(registry, config).get(config.resolve(old), ()))
    left = [version.ref for version in asked_now if version.model == old and version.prompt in judging]
    moved: list[MigratedVersion] = []
    for name in registry.names():
        for version in live_versions(registry, config, name):
            if version.model == old and name not in judging:
                # Files of this run are not written yet: they take the numbers after the next one.
                before = sum(item.prompt == name and item.data is not None for item in moved)
                moved.append(_moved(registry, version, new, before))
    return Migration(tuple(moved), tuple(left))


def _moved(registry: Registry, start: Version, new: str, before: int) -> MigratedVersion:
    """The version that differs from ``start`` by its model alone; one that already exists is taken."""
    wanted = {**start.behaviour, "model": new}
    for number in registry.numbers(start.prompt):
        if number > start.number and registry.version(start.prompt, number).behaviour == wanted:
            return MigratedVersion(start.prompt, number, start, None)
    body: Mapping[str, Any] = {
        "message": f"Move from {start.model} to {new}",
        **as_file(start),
        "model": new,
    }
    number = registry.next_number(start.prompt) + before
    return MigratedVersion(start.prompt, number, start, dump_yaml(body, "prompt-version"))


def problems(workspace: Workspace, moved: Sequence[MigratedVersion]) -> dict[str, list[Problem]]:
    """What is wrong with the files that were written, by ref: mostly a parameter that the model refuses."""
    paths = {item.path: item.ref for item in moved}
    found: dict[str, list[Problem]] = {}
    for problem in problems_of(workspace):
        if problem.severity == "error" and problem.file in paths:
            found.setdefault(paths[problem.file], []).append(problem)
    return found


def comparisons(workspace: Workspace, moved: Sequence[MigratedVersion]) -> list[Comparison]:
    """Each version with the one that is live, on each of its suites."""
    registry = workspace.registry
    return [
        on_record(registry, suite, registry.version(item.prompt, item.number), workspace.lives)
        for item in moved
        for suite in registry.suites_of(item.prompt)
    ]


def gate(
    workspace: Workspace, moved: Sequence[MigratedVersion], most: Ceilings, watch: Watch | None = None
) -> Iterator[Migrated]:
    """Gate each version on each of its suites, one after the other; ``most`` is for all of them together."""
    left = most
    for comparison in comparisons(workspace, moved):
        if left.is_used_up:
            why = left_out(comparison, "stopped", words="the ceiling was reached before it")
            yield Migrated(comparison, None, why)
            continue
        try:
            (judged,) = judge_all(workspace, [comparison], watch=watch, options=Options(most=left))
        except CuebookError as error:
            # One model or suite that cannot be asked does not keep the others from being gated.
            found, version = cause_of(error), comparison.candidate
            named = {"prompt": version.prompt, "version": version.number, "suite": comparison.suite.name}
            yield Migrated(comparison, None, found.model_copy(update=named), exit_code=error.exit_code)
            continue
        left = left.less(judged.calls_made, judged.spent_usd)
        yield Migrated(comparison, judged.verdict, calls=judged.calls_made)

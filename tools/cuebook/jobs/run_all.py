"""The whole job on one checkout: check, evaluate and gate, publish JSON, build the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from cuebook import check
from cuebook.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS, EXIT_PROVIDER, InvalidFiles, Problem
from cuebook.gate.plan import Plan, plan_record
from cuebook.jobs import tracked_places
from cuebook.jobs.checking import by_cause, committed, problems_of, published
from cuebook.jobs.evaluate import Judged, Watch, judge_each
from cuebook.jobs.kept_verdicts import out_of_date
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import Known, nothing_moved, plan_files, read_catalog
from cuebook.publish.data_branch import MoveRecord
from cuebook.publish.loosenings import read_loosenings
from cuebook.publish.past_moves import PastMoves
from cuebook.publish.writer import PublishSummary, publish
from cuebook.registry.paths import version_path
from cuebook.registry.reader import Registry
from cuebook.registry.renames import former_names
from cuebook.registry.version_files import read_version
from cuebook.shapes.cause import Nothing
from cuebook.shapes.published import artifact_path
from cuebook.site.build import SiteSummary, build


@dataclass(frozen=True)
class Done:
    """What the job found and made. ``warnings`` are the problems that stop nothing."""

    warnings: list[Problem]
    judged: list[Judged]
    published: PublishSummary
    site: SiteSummary
    nothing: tuple[Nothing, ...]
    failed: tuple[Nothing, ...] = ()
    """Why comparisons could not be made, such as a key that is not set."""

    @property
    def exit_code(self) -> int:
        """0 when every live version passed; a candidate that fails is not live and blocks nothing.

        4 when a comparison could not be made, and nothing that is live failed.
        """
        outcomes = {item.verdict.outcome for item in self.judged if item.comparison.is_live}
        if "fail" in outcomes:
            return EXIT_FAIL
        if self.failed:
            return EXIT_PROVIDER
        return EXIT_INCONCLUSIVE if "inconclusive" in outcomes else EXIT_PASS


def checked(workspace: Workspace, before: Registry | None = None) -> list[Problem]:
    """The warnings of a check, given what was accepted ``before``. Raises InvalidFiles for any error.

    Where nothing is given, versions that the default branch holds must be there unchanged, too, and what
    is committed in the output folder is only warned of.
    """
    problems = problems_of(workspace, before)
    known = before or committed(workspace)
    problems += tracked_places.problems(workspace, known.tree if known else None)
    if before is None and (settled := published(workspace)):
        problems = by_cause(problems + check.check_change(settled.tree, workspace.tree))
    if any(problem.severity == "error" for problem in problems):
        raise InvalidFiles(problems)
    return problems


def publish_all(
    workspace: Workspace, *, for_good: bool = False, records: Sequence[MoveRecord] = ()
) -> PublishSummary:
    """Publish prompts, aliases and every verdict kept. Raises PublishConflict, InvalidFiles.

    Drafts may be published again and vanish, unless it is ``for_good``. ``records`` are of moves that this
    publication writes down.
    """
    verdicts = list(workspace.evidence.all())
    now = {(record.prompt, record.alias, record.commit): record for record in records}
    erased = _erased(workspace)
    files = plan_files(
        workspace.signed_registry,
        workspace.history,
        verdicts,
        workspace.config,
        workspace.today,
        Known(
            erased,
            # Without a verdict none can be out of date, and no record has to be planned to know it.
            out_of_date(workspace) if verdicts else nothing_moved,
            PastMoves({**workspace.ledger.moves, **now}, workspace.ledger.load, erased),
            read_loosenings(workspace.root, workspace.registry),
        ),
    )
    lasting: set[str] | None = None if for_good else set()
    # Where nobody knows what is settled, all of it may still change.
    if not for_good and (settled := published(workspace)):
        lasting = {
            artifact_path(name, number) for name in settled.names() for number in settled.numbers(name)
        }
    return publish(files, workspace.api, lasting=lasting)


def _erased(workspace: Workspace) -> dict[tuple[str, int], str | None]:
    """The erased versions, each with the digest it had where Git's history still shows the file.

    Under the former names of its prompt, too: of a history that was rewritten nobody knows what was there.
    """
    found: dict[tuple[str, int], str | None] = {}
    names = workspace.registry.names()
    for prompt in names:
        former = [old for old in former_names(workspace.registry, prompt) if old not in names]
        for number, name in product(workspace.registry.meta(prompt).erased, [prompt, *former]):
            path = version_path(name, number)
            added = workspace.history.added.get(path)
            tree = workspace.tip(added.sha).tree if added else None
            data = tree.read(path) if tree else None
            version = read_version(data, path, name, number, tree)[0] if data else None
            found[name, number] = version.digest if version else None
    return found


def build_site(workspace: Workspace, published: PublishSummary, out: Path | None = None) -> SiteSummary:
    """Build the site from what was published, into ``out`` or where the workspace keeps it."""
    guides = workspace.root / "site"
    return build(
        read_catalog(workspace.api),
        workspace.config,
        out or workspace.site,
        api=workspace.api,
        published=published.paths,
        guides=guides if guides.is_dir() else None,
        work=workspace.pages,
        folder=workspace.folder,
    )


def run(
    workspace: Workspace,
    *,
    watch: Watch | None = None,
    plan: Plan | None = None,
) -> Done:
    """Everything, in order; stops at the first stage that cannot go on.

    A model that cannot be asked stops its own comparisons only: the rest is evaluated and published.
    """
    warnings = checked(workspace)
    todo = plan or plan_record(workspace.registry, lives=workspace.lives)
    judged, failed = judge_each(workspace, todo.comparisons, watch)
    wrote = publish_all(workspace)
    site = build_site(workspace, wrote)
    return Done(warnings, judged, wrote, site, todo.nothing, tuple(failed))


def live_first(judged: Sequence[Judged]) -> list[Judged]:
    """By prompt, then the newest version first."""
    return sorted(judged, key=lambda item: (item.verdict.prompt, -item.verdict.candidate.version))

"""Point an alias at a version that has the evidence for it."""

from __future__ import annotations

import click

from cuebook.cli import _promote
from cuebook.cli._shared import workspace_option
from cuebook.cli._words import WholeNumber
from cuebook.core.errors import UsageError
from cuebook.core.refs import PRODUCTION, alias_problem
from cuebook.core.units import MOST_SHARE
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import AliasChange
from cuebook.registry.alias_pointers import Pointer, read_pointer
from cuebook.wording.aliases import pointer_problem


@click.command("promote")
@click.argument("name")
@click.argument("number", metavar="[VERSION]", required=False)
@click.option(
    "--try",
    "share",
    type=WholeNumber(1, MOST_SHARE),
    metavar="PER_CENT",
    help="Start a trial: give the version to this share of units.",
)
@_promote.alias_option
@_promote.open_pr_option
@workspace_option
def command(
    workspace: Workspace, name: str, number: str | None, share: int | None, alias: str, *, open_pr: bool
) -> int:
    """Point an alias at a version that has the evidence for it.

    Changes one line of its aliases.yml. A protected alias moves only to a version with a passing verdict
    for exactly these digests on every suite, one that a recorded override lets through, or one that was
    live before; otherwise the command says what is missing and changes nothing. Ends with 0, with 1 after a
    fail, with 3 if inconclusive. --open-pr needs GITHUB_TOKEN and GITHUB_REPOSITORY.

    --try 10 gives the version to 10 per cent of units, on the same evidence, compared with the version in
    use; after a pass the share can be enlarged without a new verdict. Without --try all units get the
    version, and a running trial ends.
    Example: cuebook promote qa-assistant/6
    """
    word, (name, version) = name, _promote.version_named(workspace.registry, "promote", name, number)
    if not version:
        latest = max(workspace.registry.numbers(name))
        raise UsageError(f"{word!r} names no version to promote", f"cuebook promote {name}/{latest}")
    if problem := alias_problem(alias):
        raise UsageError(problem, f"name another: --alias {PRODUCTION}")
    now = workspace.registry.pointers(name).get(alias)
    if share is None:
        wanted = AliasChange(name, alias, version, now.use if now else None)
        return _promote.move(workspace, wanted, Pointer(version), open_pr=open_pr)
    if now is None:
        cure = f"cuebook promote {name}/{version}" + ("" if alias == PRODUCTION else f" --alias {alias}")
        raise UsageError(
            f"{name} has no alias {alias!r}, so there is no version to try another one against", cure
        )
    # Read as aliases.yml is: one reader says what is wrong with shares, wherever they are written.
    tries = {str(number): per for number, per in {**now.tries, version: share}.items()}
    found = read_pointer({"use": now.use, "try": tries})
    if not isinstance(found, Pointer):
        _, code, facts = found[0]
        wrong = pointer_problem(code, "", alias=alias, **facts)
        raise UsageError(wrong.message, wrong.hint)
    wanted = AliasChange(name, alias, version, now.use, share, now.use)
    return _promote.move(workspace, wanted, found, open_pr=open_pr)

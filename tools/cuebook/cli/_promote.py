"""Move an alias: the part that promote and rollback share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from cuebook.cli._apps import tell_of_apps
from cuebook.cli._shared import note, say
from cuebook.cli._words import numbered
from cuebook.core.errors import EXIT_PASS, UsageError
from cuebook.core.escape import markdown, one_line
from cuebook.core.layout import meta_path
from cuebook.core.refs import LATEST, PRODUCTION, alias_problem, parse_ref
from cuebook.core.text import is_slip
from cuebook.github import pull_request
from cuebook.github.api import from_environment
from cuebook.github.pull_request import Proposal
from cuebook.jobs import promote
from cuebook.jobs.checking import committed, published
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.promote import PromotionCheck
from cuebook.jobs.workspace import Workspace
from cuebook.registry import overrides
from cuebook.registry.alias_changes import AliasChange, alias_changes
from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.callers import told_calls
from cuebook.registry.paths import version_path
from cuebook.registry.reader import Registry
from cuebook.reports._cut import cut_markdown
from cuebook.reports._text import no_commands
from cuebook.reports.markdown import paragraphs
from cuebook.wording.loosening import BY_WHOM
from cuebook.wording.promotion import Ground, another_model, confirm_again, lack
from cuebook.wording.tree_files import tree_problem

_BODY = 60_000
"""Bytes of a pull request's text; GitHub takes 65,536 characters."""

_F = TypeVar("_F", bound=Callable[..., Any])


def alias_option(function: _F) -> _F:
    """``--alias NAME``."""
    return click.option("--alias", default=PRODUCTION, show_default=True, help="The alias to move.")(function)


def open_pr_option(function: _F) -> _F:
    """``--open-pr``."""
    what = "Open a pull request on GitHub instead of changing the file here."
    return click.option("--open-pr", is_flag=True, help=what)(function)


def version_named(registry: Registry, command: str, name: str, word: str | None) -> tuple[str, int]:
    """Return the prompt and the version that NAME VERSION or NAME/VERSION say; 0 for a name alone.

    Raises UsageError with the command as it was meant, and RefError.
    """
    ref = parse_ref(name, default_alias=LATEST)
    if word is None:
        return ref.name, ref.version or 0
    if number := numbered(word):
        if ref.version not in {None, number}:
            what = f"two versions are named: {ref.version} and {number}"
            raise UsageError(what, f"name one, such as cuebook {command} {ref.name}/{number}")
        return ref.name, number
    first, other = (word, name) if "/" in word else (name, word)
    meant = parse_ref(first, default_alias=LATEST)
    # Going back needs no number.
    number = meant.version or (0 if command == "rollback" else max(registry.numbers(meant.name)))
    to = f"{meant.name}/{number}" if number else meant.name
    option = "" if other == PRODUCTION or alias_problem(other) else f" --alias {other}"
    raise UsageError(f"{word!r} is not a version number", f"cuebook {command} {to}{option}")


_WIDEST = 400
"""Characters of a line at most that names a person of a file."""


def move(workspace: Workspace, wanted: AliasChange, pointer: Pointer, *, open_pr: bool) -> int:
    """Point an alias elsewhere, here or in a pull request, when evidence allows it; the exit code."""
    now = workspace.registry.pointers(wanted.prompt).get(wanted.alias)
    _tell_of_slip(workspace, wanted.alias, now)
    # Before evidence is looked for: what is live already, or retired, needs none.
    _refuse_pointless(workspace, wanted, now, pointer)
    after = promote.proposed(workspace, wanted.prompt, wanted.alias, pointer)
    found = _standing(workspace, after, wanted)
    if found.stops:
        _tell_refused(workspace, wanted, found)
        return found.exit_code
    # What was live may come back as it was.
    if not found.past_live:
        _refuse_another_model(workspace, wanted)
    tell_of_apps(workspace, workspace.registry.suites_of(wanted.prompt))
    registry = workspace.registry
    # What apps of the alias must be ready for; before a first move there are none.
    if wanted.previous in registry.numbers(wanted.prompt):
        old, new = (registry.version(wanted.prompt, number) for number in (wanted.previous, wanted.version))
        for what in told_calls(old, new):
            note(f"beware: {what}")
    for number, share in now.tries.items() if now else ():
        if number not in pointer.live:
            note(f"{share}% of {wanted.alias} -> {number} ends")
    if open_pr:
        opened = pull_request.submit(
            from_environment(), _proposal(workspace, after, found).below(workspace.folder, workspace.layout)
        )
        say(f"{'updated' if opened.reused else 'opened'} {opened.url}: {wanted}")
        # GitHub starts no workflow for a pull request that a workflow's own token opens.
        say("if no check starts there, close the pull request and open it again")
        return EXIT_PASS
    for path, data in after.changed.items():
        say(f"{workspace.write(path, data)}: {wanted.step} ({found.why})")
    say("commit it and open a pull request; --open-pr does both on GitHub")
    return EXIT_PASS


def _tell_of_slip(workspace: Workspace, alias: str, now: Pointer | None) -> None:
    """Say of a new alias that it is nearly a protected one."""
    protected = workspace.config.protected_aliases
    right = next((one for one in sorted(protected) if is_slip(alias, one)), "")
    if right and now is None and alias not in protected:
        found = tree_problem("alias_near_protected", "", alias=alias, right=right)
        note(f"beware: {found.message}: {found.hint}")


def _refuse_another_model(workspace: Workspace, wanted: AliasChange) -> None:
    """Refuse a version whose own model nobody asked: ``check`` would refuse the alias afterwards."""
    named = workspace.registry.version(wanted.prompt, wanted.version).model
    asked = workspace.config.resolve(named)
    if wanted.alias in workspace.config.protected_aliases and asked != named:
        cure = f'write a version that names it: cuebook new {wanted.prompt} -m "Ask {asked}"'
        raise UsageError(another_model(named, wanted.alias, asked), cure)


def _tell_refused(workspace: Workspace, wanted: AliasChange, found: PromotionCheck) -> None:
    """Say what a move lacks, and what would let it through all the same."""
    note(f"{wanted}: refused")
    for item in found.missing:
        note(f"    {lack(item)}")
    digest = workspace.registry.version(wanted.prompt, wanted.version).digest
    named = f"prompt: {wanted.prompt}, version: {wanted.version}, digest: {digest}"
    if found.left:
        named += f", left: {{{', '.join(f'v{number}: WHY' for number in found.left)}}}"
    path = overrides.path_of(wanted.prompt, wanted.version)
    if found.hint:
        note(f"    {found.hint}")
    ended = overrides.ended_for(
        workspace.tree, wanted.prompt, wanted.version, digest, workspace.today, workspace.set_on
    )
    # One that has to say more is written anew.
    if ended and not found.left:
        note(f"    {one_line(confirm_again(ended, path), _WIDEST)}")
    else:
        note(f"    to promote it anyway, record an override: write {path}: {{{named}, {BY_WHOM}}}")


def _refuse_pointless(
    workspace: Workspace, wanted: AliasChange, now: Pointer | None, pointer: Pointer
) -> None:
    workspace.registry.version(wanted.prompt, wanted.version)
    if now == pointer:
        how = f"lets {wanted.share}% try" if wanted.share else "points to"
        raise UsageError(
            f"{wanted.prompt}: {wanted.alias} {how} {wanted.version} already", "nothing is left to do"
        )
    if wanted.version in workspace.registry.meta(wanted.prompt).retired:
        path = meta_path(wanted.prompt)
        raise UsageError(
            f"{wanted.prompt}/{wanted.version} is retired", f"take it out of 'retired' in {path}"
        )


def _standing(workspace: Workspace, after: promote.Proposed, wanted: AliasChange) -> PromotionCheck:
    """How the move stands; an alias that is not protected needs nothing."""
    if wanted.alias not in workspace.config.protected_aliases:
        return PromotionCheck(wanted, "", grounds=Ground("unprotected", (wanted.alias,)))
    # What this checkout alone moved was never live.
    past = LiveHistory(after, published(workspace) or committed(workspace))
    changes = alias_changes(workspace.registry, after.registry, [wanted.alias], past.tried)
    if wanted not in changes.of(wanted.prompt):
        return PromotionCheck(wanted, "", grounds=Ground("let_in_before" if wanted.share else "nothing_new"))
    held = promote.comparisons(after, workspace.registry, [wanted], past)
    return promote.check_promotion(after, wanted, held, past)


def _proposal(workspace: Workspace, after: promote.Proposed, found: PromotionCheck) -> Proposal:
    """One line of one file, and the evidence for it."""
    wanted = found.move
    ((path, data),) = after.changed.items()
    version = version_path(wanted.prompt, wanted.version)
    what = f"{wanted.share}% of {wanted.alias}" if wanted.share else wanted.alias
    return Proposal(
        base=workspace.config.default_branch,
        # One branch an alias: a second proposal takes the place of the first one.
        branch=f"cuebook/{wanted.alias}-of-{wanted.prompt}",
        title=f"{wanted.prompt}: {what} to version {wanted.version}",
        body=_body(workspace, found),
        files={path: data},
        # What the evidence is for has to be there still when GitHub gets the change.
        held={path: workspace.tree.read(path), version: workspace.tree.read(version)},
    )


def _body(workspace: Workspace, found: PromotionCheck) -> str:
    wanted = found.move
    old = f"version {wanted.previous}" if wanted.previous else "no version"
    told = f"Points `{wanted.alias}` of `{wanted.prompt}` from {old} to version {wanted.version}."
    if wanted.share:
        told = f"Lets {wanted.share}% of the units of `{wanted.alias}` of `{wanted.prompt}` try "
        told += f"version {wanted.version}, beside {old}."
    parts = [
        told,
        f"**Because:** {markdown(found.why)}.",
    ]
    site = workspace.config.site_url.rstrip("/")
    # A site that only this machine serves is no link for reviewers.
    if site.startswith("https://"):
        parts.append(f"On the site: {site}/prompts/{wanted.prompt}/v{wanted.version}.html")
    if found.verdicts:
        parts += [no_commands(part) for part in paragraphs(found.verdicts)]
    parts.append(
        "To undo it once it is live: " + f"`cuebook rollback {wanted.prompt} --alias {wanted.alias}`."
    )
    return cut_markdown("\n\n".join(parts) + "\n", _BODY)

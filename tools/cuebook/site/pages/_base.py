"""What page kinds share: their source, their result, and the paths of pages.

Pages are made from published shapes only, so they can be made from a folder of JSON as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from cuebook.core.layout import shown
from cuebook.core.refs import PRODUCTION
from cuebook.registry.settings import Settings
from cuebook.shapes.moves import AliasMove
from cuebook.shapes.published import Artifact, EvaluationEntry, Index, PromptIndex, VersionEntry
from cuebook.shapes.verdict import Verdict


class PublishedFiles(Protocol):
    """Everything that is published, read on demand."""

    @property
    def index(self) -> Index:
        """Every prompt."""

    def prompt(self, name: str, /) -> PromptIndex:
        """Return a prompt's versions, aliases, verdicts and history."""

    def version(self, name: str, number: int, /) -> Artifact:
        """Return one version, whole."""

    def verdict(self, name: str, number: int, suite: str, /) -> Verdict:
        """Return what the gate found about a version on a suite."""

    def earlier(self, name: str, number: int, suite: str, key: str, /) -> Verdict:
        """Return the verdict that a past move rests on and that another took the place of."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the docs tree: ``path`` ends in ``.md``, ``title`` is plain text, ``body`` Markdown.

    ``search`` says whether the page is found by the site's search; ``wide`` leaves the table of contents out.
    ``files`` lie in the page's folder, by name: JSON that the page's script reads when it is needed.
    """

    path: str
    title: str
    body: str
    # Texts of the registry are found by find.md, which reads what is published of them.
    search: bool = True
    wide: bool = False
    description: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """The published files that pages are made from, and addresses that they link to (empty when unknown)."""

    catalog: PublishedFiles
    site_url: str = ""
    repo_url: str = ""
    branch: str = "main"
    new_file_url: str = ""
    folder: str = ""
    """Where the registry is in its repository: empty at the top, else such as ``sub/``."""
    settings: Settings = field(default_factory=Settings)
    """What the registry's settings say of models, which no published file holds."""
    # Each kind of page goes through all prompts, and a file is read once.
    _prompts: dict[str, PromptIndex] = field(default_factory=dict, repr=False, compare=False)

    def prompt(self, name: str) -> PromptIndex:
        """Return a prompt's index, read once."""
        if name not in self._prompts:
            self._prompts[name] = self.catalog.prompt(name)
        return self._prompts[name]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all prompts."""
        return frozenset(entry.name for entry in self.catalog.index.prompts)

    def prompts(self) -> Iterator[PromptIndex]:
        """Yield every prompt's index, in the order of the index of all."""
        return (self.prompt(entry.name) for entry in self.catalog.index.prompts)


class Member(Protocol):
    """A page kind: one file of this folder."""

    KIND: str

    def pages(self, site: Site) -> Iterator[Page]:
        """Yield every page of this kind."""


# Pages at the top are in the menu, all others are linked from pages.
HOME = "index.md"
FEED = "feed.xml"
HISTORY = "history.md"
PROPOSE = "propose.md"
COMPARE = "compare.md"
LABEL = "label.md"
GLOSSARY_PAGE = "page/glossary.md"
GATE_HEALTH = "gate-health.md"
GATE_METHOD = "page/gate-method.md"
FIND = "find.md"


def prompt_page(name: str) -> str:
    """Return the path of a prompt's page."""
    return f"prompts/{name}/index.md"


def version_page(name: str, version: int) -> str:
    """Return the path of a version's page."""
    return f"prompts/{name}/v{version}.md"


def diff_page(name: str, old: int, new: int) -> str:
    """Return the path of the page that compares two versions."""
    return f"prompts/{name}/v{old}-v{new}.md"


def report_page(name: str, version: int, suite: str) -> str:
    """Return the path of the report about a version on a suite."""
    return f"reports/{name}/v{version}/{suite}.md"


def earlier_page(name: str, version: int, suite: str, key: str) -> str:
    """Return the path of the page about a verdict that another took the place of since."""
    return f"reports/{name}/v{version}/{suite}/as-of-{key}.md"


def cases_page(name: str, version: int, suite: str) -> str:
    """Return the path of the page with every case of a report."""
    return cases_of(report_page(name, version, suite))


def cases_of(report: str) -> str:
    """Return the path of the page with every case of the report at this path."""
    return f"{report.removesuffix('.md')}/cases.md"


def address(path: str) -> str:
    """Return the path in the built site: ``prompts/qa/v3.html`` for ``prompts/qa/v3.md``.

    Real file names, so that the site also works from a folder on disk.
    """
    return f"{path.removesuffix('.md')}.html" if path.endswith(".md") else path


def link(here: str, to: str) -> str:
    """Return the relative URL of a page or file of the site from another page, by way of the site's root."""
    target, mark, anchor = to.partition("#")
    return f"{'../' * here.count('/')}{address(target)}{mark}{anchor}"


def propose_link(here: str, prompt: str, version: int) -> str:
    """Return the relative URL of the form, filled with a version to begin from."""
    return f"{link(here, PROPOSE)}?prompt={prompt}&from={version}"


def label_link(here: str, judge: str, prompt: str, version: int, suite: str) -> str:
    """Return the relative URL of the page where people grade the answers of an evaluation, for a judge."""
    return f"{link(here, LABEL)}?judge={judge}&of={prompt}/{version}/{suite}"


def edit_link(site: Site, path: str) -> str | None:
    """Return the URL where the hosting service edits a file; None where the repository is unknown."""
    return _hosted(site, "edit", path)


def source_link(site: Site, path: str) -> str | None:
    """Return the URL where the hosting service shows a file or folder; None where that is unknown."""
    return _hosted(site, "blob", path)


def _hosted(site: Site, way: str, path: str) -> str | None:
    where = f"{way}/{site.branch}/{site.folder}{shown(path)}"
    return f"{site.repo_url.rstrip('/')}/{where}" if site.repo_url else None


def compare_link(here: str, prompt: str, old: int, new: int) -> str:
    """Return the relative URL of the page that compares any two versions, with these two chosen."""
    return f"{link(here, COMPARE)}?prompt={prompt}&a={old}&b={new}"


# Only the end: a URL was written down with the address that the site had then.
_EVIDENCE = re.compile(r"evaluations/([^/]+)/(\d+)/([^/]+)\.json$")


def evidence_pages(move: AliasMove, prompt: PromptIndex) -> list[tuple[EvaluationEntry, str]]:
    """Return the published verdicts that a move rests on, each with the path of its report."""
    known = {(entry.version, entry.suite): entry for entry in prompt.evaluations}
    found = []
    for url in move.evidence:
        # A record may name anything, and a verdict on another prompt is no evidence of this one.
        match = _EVIDENCE.search(url)
        entry = known.get((int(match[2]), match[3])) if match and match[1] == prompt.name else None
        if entry:
            found.append((entry, report_page(prompt.name, entry.version, entry.suite)))
    return found


def verdicts(prompt: PromptIndex, version: int) -> list[EvaluationEntry]:
    """Return the verdicts about one version, by suite."""
    return sorted((e for e in prompt.evaluations if e.version == version), key=lambda entry: entry.suite)


def numbers(prompt: PromptIndex) -> list[int]:
    """Return the version numbers, ascending."""
    return sorted(entry.version for entry in prompt.versions)


def previous(prompt: PromptIndex, version: int) -> int | None:
    """Return the version before, or None for the first."""
    return max((n for n in numbers(prompt) if n < version), default=None)


def entry_of(prompt: PromptIndex, version: int) -> VersionEntry | None:
    """Return a version's entry, or None when the prompt has no such version."""
    return next((entry for entry in prompt.versions if entry.version == version), None)


def aliases_of(prompt: PromptIndex, version: int) -> list[str]:
    """Return the aliases that point at a version, production first."""
    return sorted((a for a, n in prompt.aliases.items() if n == version), key=lambda a: (a != PRODUCTION, a))


def tried_by(prompt: PromptIndex, version: int) -> list[str]:
    """Return ``10% of production`` for each alias that lets a share of units try it, production first."""
    found = [(alias, item) for alias, tries in prompt.tries.items() for item in tries]
    mine = [(alias, item.share) for alias, item in found if item.version == version]
    mine.sort(key=lambda one: (one[0] != PRODUCTION, one))
    return [f"{share}% of {alias}" for alias, share in mine]


def made_live(prompt: PromptIndex) -> set[int]:
    """Return the versions that any alias makes live."""
    return {*prompt.aliases.values(), *(item.version for tries in prompt.tries.values() for item in tries)}


def live(prompt: PromptIndex) -> int | None:
    """Return the version in production, or None."""
    return prompt.aliases.get(PRODUCTION)


def undo_command(prompt: str, alias: str, version: int) -> str:
    """Return the command that points an alias back at a version."""
    option = "" if alias == PRODUCTION else f" --alias {alias}"
    return f"cuebook rollback {prompt} --to {version}{option}"


def promote_command(prompt: str, version: int) -> str:
    """Return the command that points production at a version."""
    return f"cuebook promote {prompt} {version}"


def gate_command(prompt: str, version: int) -> str:
    """Return the command that evaluates a version against the one in production."""
    return f"cuebook gate {prompt}/{version}"

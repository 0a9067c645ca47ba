"""A prompt's page is that of its live version, the words first; every version has one of its own."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from urllib.parse import urlencode

from cuebook.core.errors import InvalidFiles
from cuebook.core.format import capital
from cuebook.core.layout import aliases_path, shown, version_path
from cuebook.core.refs import PRODUCTION
from cuebook.shapes.published import Artifact, PromptIndex, VersionEntry, artifact_path, state_of
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages import _text
from cuebook.site.pages._base import (
    HOME,
    Page,
    Site,
    aliases_of,
    compare_link,
    diff_page,
    edit_link,
    entry_of,
    link,
    live,
    made_live,
    numbers,
    previous,
    promote_command,
    prompt_page,
    propose_link,
    source_link,
    tried_by,
    undo_command,
    verdicts,
    version_page,
)
from cuebook.site.pages._changes import changes
from cuebook.site.pages._endings import SECTION as ENDED_ONES
from cuebook.site.pages._endings import endings
from cuebook.site.pages._evidence import evidence
from cuebook.site.pages._fragments import Including, used_by, users_of
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._judges import checks_of
from cuebook.site.pages._loosened import loosening_list
from cuebook.site.pages._marks import alias_chip, badge, mark
from cuebook.site.pages._parts import (
    alias_chips,
    body,
    chip,
    code,
    former_anchors,
    head,
    note,
    owner_names,
    tabs,
    when,
)
from cuebook.site.pages._shares import share_link, splits
from cuebook.site.pages._snippets import Use
from cuebook.site.pages._terms import term
from cuebook.site.pages._timeline import commit_link, timeline
from cuebook.wording.loosening import SECTION
from cuebook.wording.moves import ERASED, NO_MOVES, NOTHING_LIVE
from cuebook.wording.names import person
from cuebook.wording.promotion import accepted_by
from cuebook.wording.states import STATES
from cuebook.wording.values import value_shown

KIND = "prompt"
SHOWN_MOVES = 50
NEWEST = 10
"""Versions that the rail shows beside those that an alias points to; a list to read, not to search."""
LEAVES = (
    ("text", "Text"),
    ("changes", "Changes"),
    ("evidence", "Evidence"),
    ("use", "Use it"),
    ("history", "History"),
)


def pages(site: Site) -> Iterator[Page]:
    """Yield the live version's page, one for each version, and a link where two were once compared."""
    uses = users_of(site)
    for prompt in site.prompts():
        found = {number: site.catalog.version(prompt.name, number) for number in numbers(prompt)}
        steps: dict[int, Html] = {}
        shown = live(prompt) if live(prompt) in found else max(found)
        for number, version in found.items():
            # The prompt's own page stands in the same folder: made once, it is right in both places.
            made = _Version(site, prompt, version, found, steps, uses).page(version_page(prompt.name, number))
            yield Page(
                version_page(prompt.name, number),
                f"{prompt.name} v{number}",
                made,
                search=False,
                wide=True,
                description=f"Version {number} of the prompt {prompt.name}: text, changes, evidence and use",
            )
            if number == shown:
                said = f"The prompt {prompt.name}: what it says now, its versions and their evidence"
                here = prompt_page(prompt.name)
                yield Page(here, prompt.name, made, search=False, wide=True, description=said)
        for old, new in pairwise(sorted(found)):
            # Neighbours had a page of their own in earlier releases: links to it lead on.
            here, title = diff_page(prompt.name, old, new), f"{prompt.name} v{old} to v{new}"
            where = f"{link(here, version_page(prompt.name, new))}#changes"
            now = tag("a", f"What changed in v{new}", href=where)
            said = tag("p", now, " is on the version's own page now.")
            top = head(here, [(prompt.name, prompt_page(prompt.name))], title, said)
            told = f"What changed in {title}"
            yield Page(here, title, body(top), search=False, wide=True, description=told)
        yield from _erased(prompt, found)


def _erased(prompt: PromptIndex, found: Container[int]) -> Iterator[Page]:
    """The pages that an erased version had, each with one link to the prompt."""
    ever = sorted({*numbers(prompt), *prompt.erased})
    titles = {version_page(prompt.name, n): f"{prompt.name} v{n}" for n in ever if n not in found}
    for old, new in pairwise(ever):
        if old not in found or new not in found:
            titles[diff_page(prompt.name, old, new)] = f"{prompt.name} v{old} to v{new}"
    for here, title in titles.items():
        where = tag("a", f"What {prompt.name} says now", href=link(here, prompt_page(prompt.name)))
        said = tag("p", f"{ERASED} ", where, ".")
        top = head(here, [(prompt.name, prompt_page(prompt.name))], title, said)
        yield Page(here, title, body(top), search=False, wide=True, description=f"{title}, which was erased")


class _Version:
    """One version's page. ``found`` are all versions of the prompt, ``steps`` what the rail says of each, and
    ``uses`` who includes what.
    """

    def __init__(
        self,
        site: Site,
        prompt: PromptIndex,
        version: Artifact,
        found: dict[int, Artifact],
        steps: dict[int, Html],
        uses: Mapping[str, Sequence[Including]],
    ) -> None:
        self.site, self.prompt, self.version = site, prompt, version
        self.found, self.steps = found, steps
        self.users = uses.get(version.ref, ())
        self.number = version.version
        self.entries = verdicts(prompt, self.number)
        self.verdict: Verdict | None = None
        if self.entries:
            first = next((e for e in self.entries if e.suite == prompt.name), self.entries[0])
            self.verdict = site.catalog.verdict(prompt.name, self.number, first.suite)
        self.case = _text.chosen(self.verdict)
        self.here = ""

    def page(self, here: str) -> str:
        """The page as it is at a path."""
        self.here = here
        told = evidence(here, self.prompt, self.number)
        panes = {
            "text": self._text(),
            "changes": self._changes(),
            "evidence": join(former_anchors("scores"), told, checks_of(here, self.site, self.prompt)),
            "use": self._use(),
            "history": self._history(),
        }
        menu = [
            tag("a", words, href=f"#{name}", class_="cb-leaf-first" if name == "text" else None)
            for name, words in LEAVES
        ]
        # The style sheet shows the one that the address names, else that which is open: no script is needed.
        leaves = [
            tag(
                "section",
                panes[name],
                id=name,
                class_="cb-leaf cb-leaf-open" if name == "text" else "cb-leaf",
                aria_label=words,
            )
            for name, words in LEAVES
        ]
        article = tag(
            "article",
            self._title(),
            tag("nav", menu, class_="cb-leaf-menu", aria_label=f"Version {self.number}"),
            tag("div", leaves, class_="cb-leaves"),
            class_="cb-version-page",
        )
        whole = tag("div", self._head(), tag("div", self._rail(), article, class_="cb-columns"))
        return body(whole)

    def _head(self) -> Html:
        prompt = self.prompt
        title = tag("p", prompt.title, class_="cb-lead", dir="auto") if prompt.title != prompt.name else None
        about = tag("p", prompt.description, class_="cb-prose", dir="auto") if prompt.description else None
        names = tag("h1", tag("span", prompt.name, class_="cb-ref"))
        first = tag("li", tag("a", "Prompts", href=link(self.here, HOME)))
        return tag(
            "header",
            tag("nav", tag("ol", first), class_="cb-trail", aria_label="You are here"),
            tag("div", tag("div", names, title, about), self._actions(), class_="cb-head-row"),
            self._state(),
            class_="cb-head",
        )

    def _actions(self) -> Html:
        prompt, shown = self.prompt, live(self.prompt) or self.prompt.latest
        # Where the latest is live, there is nothing newer to compare it with.
        old = previous(prompt, prompt.latest) if shown == prompt.latest else shown
        propose = propose_link(self.here, prompt.name, self.number)
        return tag(
            "div",
            tag("a", "Propose", href=propose, class_="cb-button cb-button-main"),
            tag(
                "a",
                "Compare",
                href=compare_link(self.here, prompt.name, old, prompt.latest),
                class_="cb-button",
            )
            if old
            else None,
            self._promote(),
            self._undo(),
            class_="cb-actions cb-head-actions",
        )

    def _promote(self) -> Html | None:
        if live(self.prompt) == self.number:
            return None
        line = f"{PRODUCTION}: {self.number}"
        return self._edit("Promote\u2026", line, promote_command(self.prompt.name, self.number))

    def _undo(self) -> Html | None:
        # Only of the last move, and while it holds: an older one is undone by a promotion like any other.
        last = next((move for move in self.prompt.history if move.alias == PRODUCTION), None)
        if last is None or last.previous is None or live(self.prompt) != last.version:
            return None
        command = undo_command(self.prompt.name, PRODUCTION, last.previous)
        return self._edit("Undo\u2026", f"{PRODUCTION}: {last.previous}", command)

    def _edit(self, words: str, line: str, command: str) -> Html:
        """What to change in ``aliases.yml``, where, and the command that does it."""
        path = shown(aliases_path(self.prompt.name))
        where = edit_link(self.site, path)
        file: Child = tag("a", path, href=where) if where else tag("code", path)
        return tag(
            "details",
            tag("summary", words, class_="cb-button"),
            tag(
                "div",
                tag("p", "Change one line of ", file, ", as a pull request:"),
                code(line, "the line"),
                tag("p", "Or on a terminal:"),
                code(command, "the command"),
                class_="cb-drop",
            ),
            class_="cb-drop-button",
        )

    def _state(self) -> Html:
        prompt = self.prompt
        shown = sorted(prompt.states, key=lambda alias: (alias != PRODUCTION, alias))
        aliases = [
            tag("span", alias_chip(self.here, prompt, alias, prompt.states[alias]), " ", self._since(alias))
            for alias in shown
        ]
        aliases += [
            tag("span", share_link(self.here, prompt, alias, item), class_="cb-tried")
            for alias in shown
            for item in prompt.tries.get(alias, ())
        ]
        none = tag("span", NOTHING_LIVE, class_="cb-quiet")
        tags = [
            chip(tag("a", words, href=f"{link(self.here, HOME)}?{urlencode({'tag': words})}"), "tag")
            for words in prompt.tags
        ]
        return tag(
            "div",
            aliases or none,
            tag("span", owner_names(prompt.owners)),
            tag("span", tags),
            id="live",
            class_="cb-state",
        )

    def _since(self, alias: str) -> Html:
        found = self.prompt.states[alias]
        said: list[Child] = []
        if found.since:
            said += ["since ", when(found.since)]
        # One that ran out is still on record and lets nobody through.
        if found.override and found.state == "override":
            said += [accepted_by(found.override)]
        elif found.against:
            said += [f"against v{found.against}"]
        return tag("span", said, class_="cb-quiet")

    def _rail(self) -> Html:
        entries = sorted(self.prompt.versions, key=lambda entry: -entry.version)
        # However old: what is live is looked for, and the page's own step shows where one is.
        pointed = made_live(self.prompt) | {self.number}
        # One or two versions more are no reason for a fold.
        short = len(entries) <= NEWEST + 2
        first = [e for at, e in enumerate(entries) if short or at < NEWEST or e.version in pointed]
        rest = [entry for entry in entries if entry not in first]
        more = None
        if rest:
            top = tag("summary", f"all {len(entries)}")
            more = tag(
                "details", top, tag("ol", [self._step(entry) for entry in rest]), class_="cb-rail-more"
            )
        gone = [tag("li", f"v{number} was erased", class_="cb-erased") for number in self.prompt.erased]
        return tag(
            "nav",
            tag("p", tag("span", "Versions"), " ", tag("span", len(entries)), class_="cb-rail-head"),
            tag("ol", [self._step(entry) for entry in first], gone),
            more,
            id="versions",
            class_="cb-rail",
            aria_label="Versions",
        )

    def _step(self, entry: VersionEntry) -> Html:
        number = entry.version
        # The rail is on the page of each version, and says the same of all but where it stands.
        if number not in self.steps:
            self.steps[number] = self._said_of(entry)
        current = "page" if number == self.number else None
        where = link(self.here, version_page(self.prompt.name, number))
        return tag("li", tag("a", self.steps[number], href=where, aria_current=current))

    def _said_of(self, entry: VersionEntry) -> Html:
        number = entry.version
        state = state_of(verdicts(self.prompt, number))
        labels = [*self._aliases(number), chip("retired", "off") if entry.retired else None]
        top = [
            tag("span", f"{STATES[state]}: ", class_="cb-hidden"),
            mark(state),
            tag("strong", f"v{number}"),
            " ",
            labels,
            when(entry.created),
        ]
        return join(
            tag("span", top, class_="cb-rail-top"),
            " ",
            tag("span", entry.message, class_="cb-rail-why", dir="auto"),
            " ",
        )

    def _aliases(self, number: int) -> list[Html]:
        """Aliases that point at a version, and those that try it, as labels."""
        tried = (chip(words, "alias") for words in tried_by(self.prompt, number))
        return [*alias_chips(aliases_of(self.prompt, number)), *tried]

    def _title(self) -> Html:
        entry, state = entry_of(self.prompt, self.number), state_of(self.entries)
        speaks = next((e for e in self.entries if e.state == state), None)
        said = f"{STATES[state]}, against v{speaks.baseline}" if speaks and speaks.baseline else ""
        retired = chip("retired", "off") if entry and entry.retired else None
        commit = entry.commit if entry else None
        source = source_link(self.site, version_path(self.prompt.name, self.number))
        json_path = link(self.here, artifact_path(self.prompt.name, self.number))
        facts = [
            when(self.version.created),
            tag("span", person(self.version.author)),
            commit_link(commit, self.site) if commit and self.site.repo_url else None,
            tag("a", "JSON", href=json_path),
            tag("a", "File", href=source) if source else None,
        ]
        return tag(
            "header",
            tag(
                "div",
                tag("h2", f"Version {self.number}"),
                self._aliases(self.number),
                retired,
                badge(state, said),
                class_="cb-row",
            ),
            tag("p", self.version.message, class_="cb-why-made", dir="auto"),
            tag("p", [(fact, " ") for fact in facts if fact], class_="cb-meta"),
        )

    def _text(self) -> Html:
        shown = _text.example(self.verdict, self.case) if self.verdict and self.case else None
        used = used_by(self.here, self.users) if self.users else None
        return join(_text.text(self.version, shown, self.here, self._fragment), used)

    def _fragment(self, ref: str) -> str:
        """The words of what is included; empty where it is published no more."""
        # A version that was erased since leaves its name in those that include it.
        name, _, number = ref.partition("/")
        with suppress(InvalidFiles):
            return self.site.catalog.version(name, int(number)).template or ""
        return ""

    def _changes(self) -> Html:
        """Against what it was measured against, and against the version before where that is another."""
        before = previous(self.prompt, self.number)
        # What was measured against may be erased since.
        measured = next((e.baseline for e in self.entries if e.baseline in self.found), None)
        # The first is open: the verdict is about what changed from there.
        ends = list(dict.fromkeys(number for number in (measured, before) if number))
        if not ends:
            return tag("p", "The first version: there is nothing before it.", class_="cb-quiet")
        words = {before: "the version before", measured: "the version it was compared with"}
        shown = [(f"v{old}, {words[old]}", changes(self.found[old], self.version)) for old in ends]
        other = compare_link(self.here, self.prompt.name, ends[0], self.number)
        any_other = tag("p", tag("a", "Compare with any other version", href=other))
        return join(tabs("against", shown), any_other)

    def _use(self) -> Html:
        values = self.case.case.inputs if self.case else {}
        expected = self.case.case.expectations if self.case else {}
        said = value_shown(next(iter(expected.values()))) if expected else ""
        aliases = aliases_of(self.prompt, self.number)
        ways: Sequence[tuple[str, str | None]] = [
            # One alias is enough to show how: production, where it points here.
            *((f"What is live: @{alias}", alias) for alias in aliases[:1]),
            (f"Exactly this: /{self.number}", None),
        ]
        shown = []
        for at, (words, alias) in enumerate(ways):
            use = Use(self.site.site_url, self.version, alias, values, said)
            name = self.site.settings.npm_package
            package = [("npm", use.package(name))] if name else []
            kinds = [
                ("Python", use.python()),
                *package,
                ("JavaScript", use.javascript()),
                ("curl", use.curl()),
            ]
            shown.append((words, tabs(f"use-{at}", kinds)))
        from_case = (
            [" The values are those of case ", tag("code", self.case.case.id), "."] if self.case else None
        )
        told = [
            "An ",
            term("alias"),
            (
                " follows every promotion, and keeps working when the registry cannot be reached. "
                "A number stays on this version; its digest is checked."
            ),
        ]
        return join(former_anchors("use-it"), tabs("way", shown), note(tag("p", told, from_case), kind="tip"))

    def _history(self) -> Html:
        items = [(None, item) for item in self.prompt.loosened[:SHOWN_MOVES]]
        less = (
            join(tag("h3", SECTION), loosening_list(self.here, self.site, items, named=False))
            if items
            else None
        )
        ended = [(self.prompt, item) for item in self.prompt.endings]
        gone = endings(self.here, self.site, ended, named=False) if ended else None
        return join(
            self._moves(),
            splits(self.site, self.prompt) if self.prompt.splits else None,
            tag("h3", ENDED_ONES) if gone else None,
            gone,
            less,
        )

    def _moves(self) -> Html:
        if not self.prompt.history:
            return tag("p", f"{capital(NO_MOVES)}.", class_="cb-quiet")
        moves = self.prompt.history[:SHOWN_MOVES]
        return join(former_anchors("alias-history"), timeline(self.here, moves, self.prompt, self.site))

"""One page per verdict: what was found, what to do, what broke, the numbers, and how they came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from cuebook.core.format import capital, money, plural, points
from cuebook.core.layout import aliases_path, labels_path, suite_path
from cuebook.shapes.made_by import MadeBy
from cuebook.shapes.published import EvaluationEntry, PromptIndex
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages import _cases
from cuebook.site.pages._base import (
    Page,
    Site,
    aliases_of,
    cases_page,
    edit_link,
    entry_of,
    link,
    prompt_page,
    propose_link,
    report_page,
    source_link,
    tried_by,
    version_page,
)
from cuebook.site.pages._cases import Cases, CaseView
from cuebook.site.pages._html import Child, Html, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import body, chip, facts, head, row_of, when
from cuebook.site.pages._report_how import how, taken
from cuebook.site.pages._report_numbers import numbers
from cuebook.site.pages._terms import term
from cuebook.site.pages._timeline import commit_link
from cuebook.wording.clauses import NO_CASE, protected_broken
from cuebook.wording.details import CHANGES, asked, how_sure, kept_whole, override_box, telling_lines
from cuebook.wording.elsewhere import stale
from cuebook.wording.headline import headline
from cuebook.wording.moves import UNRECORDED, where_it_is
from cuebook.wording.names import app_called, beside, mean, person
from cuebook.wording.next_step import next_steps
from cuebook.wording.notes import REHEARSAL

KIND = "report"
SHOWN = 3
"""Cases that are on the page itself."""


def pages(site: Site) -> Iterator[Page]:
    """Yield a page for every verdict."""
    for prompt in site.prompts():
        for entry in prompt.evaluations:
            verdict = site.catalog.verdict(prompt.name, entry.version, entry.suite)
            yield Page(
                report_page(prompt.name, entry.version, entry.suite),
                f"{prompt.name} v{entry.version} on {entry.suite}",
                body(_Report(site, prompt, entry, verdict).page()),
                search=False,
                wide=True,
                description=f"Evaluation of {prompt.name} version {entry.version} on {entry.suite}",
            )


class _Report:
    """One report; its parts in the order a reviewer asks."""

    def __init__(self, site: Site, prompt: PromptIndex, entry: EvaluationEntry, verdict: Verdict) -> None:
        self.site, self.prompt, self.entry = site, prompt, entry
        # What is live now, the index knows better than a verdict that was written down then.
        live = prompt.aliases.get(verdict.baseline_alias)
        shares = prompt.tries.get(verdict.baseline_alias, ())
        tried = any(share.version == verdict.candidate.version for share in shares)
        number, before = verdict.candidate.version, verdict.withdrawn
        retired = any(item.retired for item in prompt.versions if item.version == number)
        withdrawn = "retired" if retired else "" if before == "retired" else before
        now: dict[str, object] = {
            "live_version": live,
            "live_share": tried,
            "withdrawn": withdrawn,
            "moves": [],
        }
        self.verdict = verdict = verdict.model_copy(update=now)
        self.cases = Cases(verdict)
        self.number = verdict.candidate.version
        self.here = report_page(verdict.prompt, self.number, verdict.suite)
        self.all_cases = link(self.here, cases_page(verdict.prompt, self.number, verdict.suite))

    def page(self) -> Html:
        """The whole page, one element, so that the bar stays in sight."""
        return tag(
            "div",
            self._head(),
            tag("div", tag("div", self._card(), self._slices()), self._facts(), class_="cb-top"),
            self._bar(),
            self._what_broke(),
            numbers(self.verdict),
            how(self.here, self.verdict, audits=self.entry.audits),
            class_=f"cb-report cb-of-{self.entry.state}",
        )

    def _head(self) -> Html:
        verdict, base = self.verdict, self.verdict.baseline
        version = tag("a", f"v{self.number}", href=link(self.here, version_page(verdict.prompt, self.number)))
        against: Child = f", {beside(self.number)}"
        if base:
            where = link(self.here, version_page(verdict.prompt, base.version))
            against = [" ", term("against"), " ", tag("a", f"v{base.version}", href=where)]
        suite = f" on {verdict.suite}" if verdict.suite != verdict.prompt else None
        trail = [
            (verdict.prompt, prompt_page(verdict.prompt)),
            (f"v{self.number}", version_page(verdict.prompt, self.number)),
        ]
        title = [tag("span", verdict.prompt, class_="cb-ref"), " ", tag("span", version, against, suite)]
        return head(
            self.here, trail, title, tag("p", verdict.candidate.message, class_="cb-lead", dir="auto")
        )

    def _card(self) -> Html:
        verdict, entry = self.verdict, self.entry
        offline = chip(term("no real model", REHEARSAL), "warn") if verdict.offline else None
        # Each further try is decided at half the error, so who reads the numbers has to know.
        again = chip(f"attempt {verdict.attempt + 1}", "warn") if verdict.attempt else None
        lines = [tag("li", line) for line in telling_lines(verdict)]
        return tag(
            "section",
            row_of(badge(entry.state, large=True), offline, again),
            tag("p", headline(verdict), class_="cb-sentence"),
            tag("ul", lines, class_="cb-lines") if lines else None,
            tag(
                "p",
                f"{asked(verdict)}. {kept_whole(verdict)}",
                term("error", how_sure(verdict)),
                class_="cb-sub",
            ),
            self._override(),
            self._stale(),
            self._next(),
            class_="cb-card cb-verdict",
            aria_label="Verdict",
        )

    def _stale(self) -> Html | None:
        entry = self.entry
        return (
            tag("p", stale(entry.stale, entry.decided), class_="cb-let cb-let-stale") if entry.stale else None
        )

    def _override(self) -> Html | None:
        held = self.entry.override or self.verdict.override
        return tag("p", override_box(held), class_="cb-let", dir="auto") if held else None

    def _next(self) -> Html:
        """What to do as buttons; the same in words, with the commands, folded beside them."""
        staged = [
            alias for alias in aliases_of(self.prompt, self.number) if alias != self.verdict.baseline_alias
        ]
        steps = next_steps(self.verdict, staged, is_stale=bool(self.entry.stale))
        # A step that leads nowhere here, such as to a file of a repository that is not known, is words alone.
        buttons = [
            tag("a", step.label, href=where, class_="cb-button cb-button-main" if at == 0 else "cb-button")
            for at, step in enumerate(steps)
            if step.label and (where := self._where(step.target, step.name))
        ]
        words = [tag("p", step.text) for step in steps]
        if not buttons:
            return tag("div", words, class_="cb-next-words")
        on_a_terminal = tag("details", tag("summary", "On a terminal"), words, class_="cb-next-words")
        return tag("div", buttons, on_a_terminal, class_="cb-actions")

    def _where(self, target: str, name: str) -> str | None:
        if target == "editor":
            known = self.site.names
            number = (
                self.number
                if name == self.prompt.name
                else self.site.prompt(name).latest
                if name in known
                else None
            )
            return propose_link(self.here, name, number) if number else None
        if target == "cases":
            return "#cases"
        if target == "judge":
            return link(self.here, prompt_page(name)) if name in self.site.names else None
        files = {
            "aliases": aliases_path(name),
            "labels": labels_path(name),
            "suite": suite_path(name),
        }
        return edit_link(self.site, files[target]) if target in files else None

    def _slices(self) -> Html | None:
        # A first version broke nothing, so no tag can stand out by it.
        if not self.verdict.baseline:
            return None
        rows = _cases.slices(self.cases)
        if not rows:
            return None
        made = [
            tag(
                "a",
                tag(
                    "span",
                    tag("strong", word),
                    " ",
                    tag("span", f"{broken} of {count}"),
                    class_="cb-slice-said",
                ),
                tag(
                    "svg",
                    # In per cent, so that one drawing fits a column of any width.
                    tag("rect", width="100%", height=6, rx=3, class_="cb-slice-all"),
                    tag("rect", width=f"{100 * broken / count:.0f}%", height=6, rx=3, class_="cb-slice-part"),
                    class_="cb-slice-bar",
                    aria_hidden="true",
                ),
                href=f"{self.all_cases}?{urlencode({'c': 'broken', 'tag': word})}",
            )
            for word, broken, count in rows
        ]
        return tag(
            "section",
            tag("p", "Cases that broke, by tag", class_="cb-sub"),
            tag("div", made, class_="cb-slices"),
            class_="cb-by-tag",
        )

    def _facts(self) -> Html:
        verdict, base = self.verdict, self.verdict.baseline
        entry = entry_of(self.prompt, self.number)
        # A line for each, and few: facts beside the verdict once pushed the first broken case off the screen.
        rows: list[tuple[Child, Child]] = [("Evaluated", _ran(self.site, verdict.ran))]
        if entry:
            sha: Child = ["in commit ", commit_link(entry.commit, self.site)] if entry.commit else None
            rows.append(("Proposed by", [person(entry.author), ", ", when(entry.created), sha]))
        if base:
            where = f"{link(self.here, version_page(verdict.prompt, self.number))}#changes"
            rows.append(("Text", tag("a", f"what changed from v{base.version}", href=where)))
        pointing = [*aliases_of(self.prompt, self.number), *tried_by(self.prompt, self.number)]
        rows.append(("Where it is", where_it_is(pointing)))
        folder = source_link(self.site, f"evals/{verdict.suite}")
        suite: Child = tag("a", verdict.suite, href=folder) if folder else verdict.suite
        rows.append((term("suite", "Suite"), [suite, f", {plural(verdict.coverage.cases, 'case')}"]))
        # Among the models asked are those of judges, which did not answer the cases.
        judges = sorted({judge.model for judge in verdict.judges if judge.model})
        answered = [
            model for model in verdict.digests.models if model not in judges
        ] or verdict.digests.models
        judged: Child = [", judged by ", tag("code", ", ".join(judges))] if judges else None
        if verdict.app:
            rows.append((term("app", "App"), [tag("code", app_called(verdict.app)), judged]))
        else:
            rows.append(("Models", [tag("code", ", ".join(answered)), judged]))
        rows += [("An answer takes", taken(verdict)), ("Cost of this run", money(verdict.cost_usd))]
        return tag("aside", facts(rows), class_="cb-aside", aria_label="Facts")

    def _bar(self) -> Html:
        verdict, metric = self.verdict, self.verdict.deciding
        found = verdict.protected
        said = []
        if metric:
            # A floor has no change to tell.
            shown = points(metric.mean) if metric.kind == "difference" else mean(metric, metric.mean)
            said.append(tag("span", metric.label, " ", tag("strong", shown), class_="cb-wide"))
        if found and found.broken:
            lost = protected_broken(found, compared=bool(verdict.baseline))
            said.append(tag("span", lost, class_="cb-wide"))
        # On a phone the bar has room for one word each, and leaves out what is in sight elsewhere.
        how_measured: Child = ["How", tag("span", " measured", class_="cb-wide")]
        jumps: list[tuple[str, Child]] = [
            ("#cases", "Cases"),
            ("#numbers", "Numbers"),
            ("#how", how_measured),
        ]
        return tag(
            "div",
            badge(self.entry.state),
            tag("strong", tag("span", f"{verdict.prompt} ", class_="cb-wide"), f"v{self.number}"),
            said,
            tag("nav", [tag("a", words, href=at) for at, words in jumps], aria_label="On this page"),
            class_="cb-bar-stays",
        )

    def _what_broke(self) -> Html:
        shown = self.cases.to_read(SHOWN)
        moved = [kind for kind in CHANGES if kind != "same"]
        went_wrong = "What broke" if self.verdict.baseline else "What failed"
        title = went_wrong if any(view.kind in {"broken", "failed"} for view in shown) else "Cases to read"
        said = self.cases.counts(moved) or "nothing changed"
        more = plural(len(self.cases.views), "case")
        every = tag("a", f"All {more}", href=self.all_cases, class_="cb-all") if self.verdict.cases else None
        return tag(
            "section",
            tag("header", tag("h2", title), tag("span", said, class_="cb-quiet"), every),
            [self.cases.card(view) for view in shown] or tag("p", f"{capital(NO_CASE)}.", class_="cb-quiet"),
            self._others(shown),
            id="cases",
            class_="cb-section",
        )

    def _others(self, shown: Sequence[CaseView]) -> Html | None:
        """The way to the broken cases that do not stand here."""
        broken = [view for view in self.cases.views if view.kind == "broken"]
        left = len(broken) - sum(view.kind == "broken" for view in shown)
        if not left:
            return None
        word = self.cases.word("broken")
        many = f"other {left:,} {word} cases" if left > 1 else f"other {word} case"
        return tag("p", tag("a", f"The {many}", href=f"{self.all_cases}?c=broken"))


def _ran(site: Site, ran: MadeBy | None) -> Child:
    """When, on which commit and for which pull request: a run on a terminal records none of it.

    Links lead to this repository alone.
    """
    if ran is None:
        return tag("span", UNRECORDED, class_="cb-quiet")
    repo = f"{site.repo_url.rstrip('/')}/" if site.repo_url else ""
    said: list[Child] = [when(ran.time), "commit ", commit_link(ran.commit, site)]
    if ran.pull_request:
        number = f"#{ran.pull_request}"
        said += [", pull request ", tag("a", number, href=f"{repo}pull/{number[1:]}") if repo else number]
    else:
        said.append(", no pull request")
    if repo and ran.run_url.startswith(repo):
        said += [", ", tag("a", "run", href=ran.run_url)]
    return [*said, f", started by {ran.by}" if ran.by else None]

"""One page per prompt: what is live, how it scored, every version, and who moved which alias when."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.numbers import score
from cuebook.pages._base import (
    Page,
    Site,
    aliases_of,
    diff_page,
    evidence_pages,
    link,
    previous,
    prompt_page,
    report_page,
    verdicts,
    version_page,
)
from cuebook.pages._charts import Series, trend
from cuebook.pages._html import Child, Html, join, tag
from cuebook.pages._parts import (
    alias_chips,
    badge,
    body,
    chip,
    code,
    head,
    row_of,
    table,
    verdict_link,
    when,
    who,
)
from cuebook.pages._timeline import timeline
from cuebook.published import EvaluationEntry, PromptIndex, VersionEntry, prompt_path
from cuebook.refs import PRODUCTION

KIND = "prompt"
SHOWN_MOVES = 50


def pages(site: Site) -> Iterator[Page]:
    """A page for every prompt."""
    for prompt in site.prompts():
        here = prompt_page(prompt.name)
        parts: list[Html | str] = [_head(here, prompt), "Live", _live(here, prompt)]
        if prompt.evaluations:
            parts += ["Scores", *_scores(here, prompt)]
        parts += ["Versions", _versions(here, prompt)]
        if prompt.history:
            moves = ((move, prompt) for move in prompt.history[:SHOWN_MOVES])
            parts += ["Alias history", timeline(here, moves, site, named=False, undo=True)]
        said = f"Versions and evidence of {prompt.name}"
        yield Page(here, prompt.name, body(*parts), wide=True, description=said)


def _head(here: str, prompt: PromptIndex) -> Html:
    owners = [tag("span", owner, class_="cb-owner") for owner in prompt.owners]
    return head(
        here,
        [],
        tag("span", prompt.name, class_="cb-ref"),
        tag("p", prompt.title, class_="cb-lead"),
        tag("p", prompt.description, class_="cb-prose") if prompt.description else None,
        row_of(
            *(chip(words, "tag") for words in prompt.tags),
            *owners,
            tag("a", "JSON", href=link(here, prompt_path(prompt.name)), class_="cb-small"),
        ),
    )


def _live(here: str, prompt: PromptIndex) -> Html:
    if not prompt.aliases:
        return tag(
            "div",
            tag("p", "No alias points at a version yet, so nothing is live."),
            code(f"cuebook promote {prompt.name}/{prompt.latest} {PRODUCTION}", "the command"),
            class_="cb-empty",
        )
    order = sorted(prompt.aliases, key=lambda alias: (alias != PRODUCTION, alias))
    return tag("div", [_card(here, prompt, alias) for alias in order], class_="cb-cards")


def _card(here: str, prompt: PromptIndex, alias: str) -> Html:
    version = prompt.aliases[alias]
    move = next((m for m in prompt.history if m.alias == alias and m.version == version), None)
    since = join("since ", when(move.time), f" by {who(move.author)}") if move else None
    evidence = evidence_pages(move, prompt) if move else []
    return tag(
        "section",
        row_of(
            tag("a", f"v{version}", href=link(here, version_page(prompt.name, version)), class_="cb-big"),
            alias_chips([alias]),
            [verdict_link(here, prompt.name, entry, path) for entry, path in evidence],
        ),
        tag("p", since, class_="cb-sub") if since else None,
        code(f'load_prompt("prompts:/{prompt.name}@{alias}")', "the call"),
        class_=f"cb-card cb-card-{'live' if alias == PRODUCTION else 'alias'}",
    )


def _scores(here: str, prompt: PromptIndex) -> Iterator[Html]:
    suites = sorted({entry.suite for entry in prompt.evaluations})
    for suite in suites:
        found = sorted((e for e in prompt.evaluations if e.suite == suite), key=lambda entry: entry.version)
        labels = list(dict.fromkeys(label for entry in reversed(found) for label in entry.metrics))
        picture = _trend(prompt, suite, found, labels) if labels and len(found) > 1 else None
        numbers = table(
            ["Version", "Verdict", *labels],
            [_score_row(here, prompt, entry, labels) for entry in reversed(found)],
            f"Scores on {suite}",
            numeric="  " + "n" * len(labels),
        )
        yield tag(
            "figure",
            tag("figcaption", "Suite ", tag("strong", suite), ", mean scores out of 100"),
            tag("div", picture, numbers, class_="cb-beside"),
            class_="cb-figure",
        )


def _trend(prompt: PromptIndex, suite: str, found: list[EvaluationEntry], labels: list[str]) -> Html:
    series = [
        Series(label, [None if (v := entry.metrics.get(label)) is None else 100 * v for entry in found])
        for label in labels[:4]
    ]
    marked = prompt.aliases.get(PRODUCTION)
    return trend(
        [f"v{entry.version}" for entry in found],
        series,
        f"v{marked}" if marked else None,
        f"Scores of {prompt.name} on {suite}, by version",
    )


def _score_row(here: str, prompt: PromptIndex, entry: EvaluationEntry, labels: list[str]) -> list[Child]:
    where = report_page(prompt.name, entry.version, entry.suite)
    version = tag("a", f"v{entry.version}", href=link(here, version_page(prompt.name, entry.version)))
    outcome = tag("a", badge(entry.outcome), href=link(here, where), title=entry.sentence)
    return [version, outcome, *(score(entry.metrics.get(label)) for label in labels)]


def _versions(here: str, prompt: PromptIndex) -> Html:
    entries = sorted(prompt.versions, key=lambda entry: -entry.version)
    rows = [_version_row(here, prompt, entry) for entry in entries]
    shown = table(["Version", "Why", "Verdict", "Made", "Changes"], rows, "Versions")
    return tag("div", shown, class_="cb-versions")


def _version_row(here: str, prompt: PromptIndex, entry: VersionEntry) -> list[Child]:
    number = entry.version
    labels = [*alias_chips(aliases_of(prompt, number)), *([chip("retired", "off")] if entry.retired else [])]
    before = previous(prompt, number)
    compare = None
    if before:
        compare = tag("a", f"diff to v{before}", href=link(here, diff_page(prompt.name, before, number)))
    return [
        row_of(tag("a", f"v{number}", href=link(here, version_page(prompt.name, number))), *labels),
        entry.message,
        [
            verdict_link(here, prompt.name, found, report_page(prompt.name, number, found.suite))
            for found in verdicts(prompt, number)
        ],
        join(when(entry.created), tag("span", who(entry.author), class_="cb-sub")),
        compare,
    ]

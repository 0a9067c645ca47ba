"""One page per prompt: what is live, how it scored, every version, and who moved which alias when."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from cuebook.core.format import points, score
from cuebook.core.refs import PRODUCTION
from cuebook.shapes.published import EvaluationEntry, PromptIndex, VersionEntry, prompt_path
from cuebook.shapes.verdict import MetricResult, Verdict
from cuebook.site.pages._base import (
    HOME,
    Page,
    Site,
    aliases_of,
    compare_link,
    diff_page,
    evidence_pages,
    gate_command,
    link,
    live,
    previous,
    promote_command,
    prompt_page,
    propose_link,
    report_page,
    verdicts,
    version_page,
)
from cuebook.site.pages._charts import Series, trend
from cuebook.site.pages._form import actions
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import (
    alias_chips,
    body,
    chip,
    code,
    head,
    owner_names,
    row_of,
    table,
    verdict_link,
    when,
    who,
)
from cuebook.site.pages._timeline import timeline

KIND = "prompt"
SHOWN_MOVES = 50
KEY = """The dot is the mean score of a version. The bar around it is the interval of its difference to
the version it was compared with, or to the floor where it had none to compare with: how sure the gate
is of the step, not of the score."""


def pages(site: Site) -> Iterator[Page]:
    """A page for every prompt."""
    for prompt in site.changed():
        here = prompt_page(prompt.name)
        parts: list[Html | str] = [_head(here, prompt), "Live", _live(here, prompt)]
        parts += ["Scores", *(_scores(here, prompt, site) if prompt.evaluations else [_unscored(prompt)])]
        parts += ["Versions", _versions(here, prompt)]
        if prompt.history:
            moves = ((move, prompt) for move in prompt.history[:SHOWN_MOVES])
            parts += ["Alias history", timeline(here, moves, site, named=False, undo=True)]
        said = f"Versions and evidence of {prompt.name}"
        yield Page(here, prompt.name, body(*parts), wide=True, description=said)


def _head(here: str, prompt: PromptIndex) -> Html:
    return head(
        here,
        [],
        tag("span", prompt.name, class_="cb-ref"),
        tag("p", prompt.title, class_="cb-lead"),
        tag("p", prompt.description, class_="cb-prose") if prompt.description else None,
        row_of(
            *(_tag(here, words) for words in prompt.tags),
            *owner_names(prompt.owners),
            tag("a", "JSON", href=link(here, prompt_path(prompt.name)), class_="cb-small"),
        ),
        _actions(here, prompt),
    )


def _actions(here: str, prompt: PromptIndex) -> Html:
    """Changing it, and looking at any two versions: what is live beside the newest, or the newest two."""
    shown = live(prompt) or prompt.latest
    old = previous(prompt, prompt.latest) if shown == prompt.latest else shown
    return actions(
        ("Propose a new version", propose_link(here, prompt.name, shown)),
        ("Compare any two versions", compare_link(here, prompt.name, old, prompt.latest)) if old else None,
    )


def _tag(here: str, words: str) -> Html:
    """A tag that leads to the list of all prompts with it."""
    where = f"{link(here, HOME)}?{urlencode({'tag': words})}"
    return chip(tag("a", words, href=where, title="Prompts with this tag"), "tag")


def _live(here: str, prompt: PromptIndex) -> Html:
    if not prompt.aliases:
        return tag(
            "div",
            tag("p", "No alias points at a version yet, so nothing is live."),
            code(promote_command(prompt.name, prompt.latest), "the command"),
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


def _unscored(prompt: PromptIndex) -> Html:
    if prompt.suites:
        said = tag("p", "No version has been evaluated yet. The gate does it with each pull request, or now:")
        return tag(
            "div", said, code(gate_command(prompt.name, prompt.latest), "the command"), class_="cb-empty"
        )
    return tag(
        "div",
        tag(
            "p",
            "No suite evaluates this prompt yet, so no version can be promoted on evidence. Add ",
            tag("code", f"evals/{prompt.name}/suite.yml"),
            " with cases to ask, and how the answers are scored.",
        ),
        class_="cb-empty",
    )


def _scores(here: str, prompt: PromptIndex, site: Site) -> Iterator[Html]:
    suites = sorted({entry.suite for entry in prompt.evaluations})
    for suite in suites:
        found = sorted((e for e in prompt.evaluations if e.suite == suite), key=lambda entry: entry.version)
        labels = list(dict.fromkeys(label for entry in reversed(found) for label in entry.metrics))
        tests = [_tests(site.catalog.verdict(prompt.name, entry.version, suite)) for entry in found]
        picture = None
        if labels and len(found) > 1:
            drawn = _trend(prompt, suite, found, tests, labels)
            picture = tag("div", drawn, tag("p", KEY, class_="cb-sub"))
        rows = [_score_row(here, prompt, *pair, labels) for pair in zip(found, tests, strict=True)]
        numbers = table(
            ["Version", "Verdict", *labels],
            rows[::-1],
            f"Scores on {suite}",
            numeric="  " + "n" * len(labels),
        )
        yield tag(
            "figure",
            tag("figcaption", "Suite ", tag("strong", suite), ", mean scores out of 100"),
            tag("div", picture, numbers, class_="cb-beside"),
            class_="cb-figure",
        )


def _tests(verdict: Verdict) -> dict[str, MetricResult]:
    """The one test of each label that compares with a baseline; with a floor where none does."""
    found: dict[str, MetricResult] = {}
    for kind in ("floor", "difference"):
        tests = [metric for metric in verdict.metrics if metric.kind == kind]
        labels = [metric.label for metric in tests]
        # Several models share a label; the index has their mean, which no single interval is about.
        found |= {metric.label: metric for metric in tests if labels.count(metric.label) == 1}
        for label in {label for label in labels if labels.count(label) > 1}:
            found.pop(label, None)
    return found


def _trend(
    prompt: PromptIndex,
    suite: str,
    found: list[EvaluationEntry],
    tests: list[dict[str, MetricResult]],
    labels: list[str],
) -> Html:
    series = [
        Series(
            label,
            [None if (v := entry.metrics.get(label)) is None else 100 * v for entry in found],
            [_around(entry, test.get(label)) for entry, test in zip(found, tests, strict=True)],
        )
        for label in labels[:4]
    ]
    marked = prompt.aliases.get(PRODUCTION)
    return trend(
        [f"v{entry.version}" for entry in found],
        series,
        f"v{marked}" if marked else None,
        f"Scores of {prompt.name} on {suite}, by version",
    )


def _around(entry: EvaluationEntry, test: MetricResult | None) -> tuple[float, float] | None:
    """The interval of a test's difference, moved to where the version's own score is."""
    if test is None or test.label not in entry.metrics:
        return None
    middle = entry.metrics[test.label] - test.mean
    return 100 * (middle + test.lower), 100 * (middle + test.upper)


def _score_row(
    here: str,
    prompt: PromptIndex,
    entry: EvaluationEntry,
    tests: dict[str, MetricResult],
    labels: list[str],
) -> list[Child]:
    where = report_page(prompt.name, entry.version, entry.suite)
    version = tag("a", f"v{entry.version}", href=link(here, version_page(prompt.name, entry.version)))
    outcome = tag("a", badge(entry.outcome), href=link(here, where), title=entry.sentence)
    return [version, outcome, *(_score(entry, label, tests.get(label)) for label in labels)]


def _score(entry: EvaluationEntry, label: str, test: MetricResult | None) -> Child:
    shown = score(entry.metrics.get(label))
    if test is None:
        return shown
    to = f"to v{entry.baseline}" if test.kind == "difference" else f"to the floor {score(test.bound)}"
    said = f"{points(test.mean)} [{points(test.lower)}, {points(test.upper)}] {to}"
    return join(shown, tag("span", said, class_="cb-sub"))


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
        ]
        or tag("span", "not evaluated", class_="cb-quiet"),
        join(when(entry.created), tag("span", who(entry.author), class_="cb-sub")),
        compare,
    ]

"""The front page: every prompt with what is live, and what moved lately."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.numbers import plural
from cuebook.pages._base import (
    HOME,
    Page,
    Site,
    link,
    live,
    prompt_page,
    report_page,
    verdicts,
    version_page,
)
from cuebook.pages._charts import sparkline
from cuebook.pages._html import Child, Html, join, tag
from cuebook.pages._parts import body, chip, code, row_of, table, verdict_link, when, who
from cuebook.pages._timeline import timeline
from cuebook.published import PromptIndex
from cuebook.refs import PRODUCTION

KIND = "home"
SHOWN_MOVES = 12


def pages(site: Site) -> Iterator[Page]:
    """The one front page."""
    prompts = list(site.prompts())
    parts: list[Html | str] = [_head(prompts), _list(prompts) if prompts else _empty()]
    moves = sorted(
        ((move, prompt) for prompt in prompts for move in prompt.history),
        key=lambda pair: pair[0].time,
        reverse=True,
    )
    if moves:
        parts += ["What moved lately", timeline(HOME, moves[:SHOWN_MOVES], site, named=True, undo=False)]
    yield Page(
        HOME, "Prompts", body(*parts), search=False, wide=True, description="Every prompt of this registry"
    )


def _head(prompts: list[PromptIndex]) -> Html:
    in_production = sum(live(prompt) is not None for prompt in prompts)
    versions = sum(len(prompt.versions) for prompt in prompts)
    said = f"{plural(len(prompts), 'prompt')}, {plural(versions, 'version')}, {in_production} in production."
    return tag("header", tag("h1", "Prompts"), tag("p", said, class_="cb-lead"), class_="cb-head")


def _empty() -> Html:
    return tag(
        "div",
        tag("p", "There is no prompt here yet. Write the first one:"),
        code('cuebook new my-prompt -m "Say what this version is for"', "the command"),
        tag(
            "p",
            "It makes a file under ",
            tag("code", "prompts/my-prompt/"),
            " for you to edit. Commit it, open a pull request, and this page lists it once it is merged.",
        ),
        class_="cb-empty",
    )


def _list(prompts: list[PromptIndex]) -> Html:
    columns = ["Prompt", "Live", "Verdict", "Trend", "Last promotion", "Owners"]
    rows = [[_name(p), _live(p), _verdict(p), _trend(p), _promotion(p), _owners(p)] for p in prompts]
    search = tag(
        "input",
        type="search",
        class_="cb-filter",
        placeholder="Filter by name, owner or tag",
        aria_label="Filter prompts",
        hidden=True,
    )
    return join(search, tag("div", table(columns, rows, "Prompts"), class_="cb-prompts"))


def _name(prompt: PromptIndex) -> Html:
    tags = [chip(words, "tag") for words in prompt.tags]
    return join(
        tag("a", prompt.name, href=link(HOME, prompt_page(prompt.name)), class_="cb-ref"),
        tag("span", prompt.title, class_="cb-sub"),
        row_of(*tags) if tags else None,
    )


def _live(prompt: PromptIndex) -> Child:
    version = live(prompt)
    if version is None:
        return tag("span", "not in production", class_="cb-quiet")
    others = [alias for alias, number in prompt.aliases.items() if alias != PRODUCTION and number != version]
    return join(
        tag("a", f"v{version}", href=link(HOME, version_page(prompt.name, version)), class_="cb-version"),
        row_of(*(chip(f"{alias} v{prompt.aliases[alias]}", "alias") for alias in sorted(others)))
        if others
        else None,
    )


def _verdict(prompt: PromptIndex) -> Child:
    version = live(prompt) or prompt.latest
    found = verdicts(prompt, version)
    if not found:
        return tag("span", "not evaluated", class_="cb-quiet")
    return [
        verdict_link(HOME, prompt.name, entry, report_page(prompt.name, version, entry.suite))
        for entry in found
    ]


def _trend(prompt: PromptIndex) -> Child:
    suite = prompt.suites[0] if prompt.suites else ""
    found = sorted((e for e in prompt.evaluations if e.suite == suite), key=lambda entry: entry.version)
    label = next((name for entry in reversed(found) for name in entry.metrics), None)
    scored = {entry.version: 100 * entry.metrics[label] for entry in found if label in entry.metrics}
    if len(scored) < 2:
        return tag("span", "\u2013", class_="cb-quiet")
    shown = live(prompt) or prompt.latest
    if shown not in scored:
        shown = max(scored)
    said = f"{label}: {', '.join(f'v{version} {value:.0f}' for version, value in scored.items())}"
    picture = sparkline(list(scored.values()), said, list(scored).index(shown))
    return [picture, tag("span", f"{scored[shown]:.0f}", class_="cb-num")]


def _promotion(prompt: PromptIndex) -> Child:
    move = next((m for m in prompt.history if m.alias == PRODUCTION and m.version is not None), None)
    if move is None:
        return tag("span", "never", class_="cb-quiet")
    return join(when(move.time), tag("span", who(move.author), class_="cb-sub"))


def _owners(prompt: PromptIndex) -> Child:
    return [tag("span", owner, class_="cb-owner") for owner in prompt.owners]

"""The front page: every prompt with what is live, and what moved lately."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from cuebook.core.format import plural
from cuebook.core.refs import PRODUCTION
from cuebook.shapes.published import PromptIndex
from cuebook.site.pages._base import (
    HOME,
    PROPOSE,
    Page,
    Site,
    link,
    live,
    prompt_page,
    report_page,
    verdicts,
    version_page,
)
from cuebook.site.pages._charts import sparkline
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._parts import body, chip, code, owner_names, row_of, table, verdict_link, when, who
from cuebook.site.pages._timeline import timeline

KIND = "home"
SHOWN_MOVES = 12
UNEVALUATED = "not evaluated"
UNSET = "not in production"


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
    elif prompts:
        parts += ["What moved lately", _unmoved(prompts[0])]
    yield Page(
        HOME, "Prompts", body(*parts), search=False, wide=True, description="Every prompt of this registry"
    )


def _head(prompts: list[PromptIndex]) -> Html:
    in_production = sum(live(prompt) is not None for prompt in prompts)
    versions = sum(len(prompt.versions) for prompt in prompts)
    said = f"{plural(len(prompts), 'prompt')}, {plural(versions, 'version')}, {in_production} in production."
    lead = tag("p", said, class_="cb-lead") if prompts else None
    return tag("header", tag("h1", "Prompts"), lead, class_="cb-head")


def _empty() -> Html:
    return tag(
        "div",
        tag("p", tag("strong", "There is no prompt here yet.")),
        tag(
            "p",
            "Write the first one in ",
            tag("a", "the form", href=link(HOME, PROPOSE)),
            ", or on a terminal:",
        ),
        code('cuebook new my-prompt -m "Say what this version is for"', "the command"),
        tag(
            "p",
            "Either makes a file under ",
            tag("code", "prompts/my-prompt/"),
            ". Once its pull request is merged, this page lists the prompt.",
        ),
        class_="cb-empty",
    )


def _unmoved(prompt: PromptIndex) -> Html:
    where = tag("a", prompt.name, href=link(HOME, prompt_page(prompt.name)))
    return tag(
        "div",
        tag("p", "No alias has moved yet. The page of a prompt, such as ", where, ", says how to promote."),
        class_="cb-empty",
    )


def _list(prompts: list[PromptIndex]) -> Html:
    columns = ["Prompt", "Live", "Verdict", "Trend", "Last promotion", "Owners"]
    rows = [[_name(p), _live(p), _verdict(p), _trend(p), _promotion(p), _owners(p)] for p in prompts]
    marks = [{f"data_{name}": _list_of(values) for name, values in _traits(p).items()} for p in prompts]
    return join(
        _filters(prompts) if len(prompts) > 1 else None,
        tag("div", table(columns, rows, "Prompts", marks=marks), class_="cb-prompts"),
        tag(
            "div",
            tag("p", "No prompt matches. Take a filter away, or search the whole site at the top."),
            class_="cb-empty cb-no-match",
            hidden=True,
        ),
    )


def _traits(prompt: PromptIndex) -> dict[str, list[str]]:
    """What a prompt can be found by."""
    outcomes = [entry.outcome for entry in verdicts(prompt, live(prompt) or prompt.latest)]
    return {
        "tag": prompt.tags,
        "alias": [*prompt.aliases, *([] if PRODUCTION in prompt.aliases else [UNSET])],
        "owner": prompt.owners,
        "verdict": list(dict.fromkeys(outcomes)) or [UNEVALUATED],
    }


def _list_of(values: Iterable[str]) -> str:
    return json.dumps(list(values))


def _filters(prompts: list[PromptIndex]) -> Html:
    """Fields that narrow the list; they stay hidden where no script runs, and everything is listed."""
    words = tag("input", type="search", name="words", placeholder="Name, title, owner, tag")
    fields = [tag("label", "Filter ", words, class_="cb-field")]
    for name in ("tag", "alias", "owner", "verdict"):
        values = sorted({value for prompt in prompts for value in _traits(prompt)[name]})
        options = [tag("option", "any", value=""), *(tag("option", value, value=value) for value in values)]
        select = tag("select", options, name=name)
        fields.append(tag("label", f"{name.capitalize()} ", select, class_="cb-field"))
    clear = tag("button", "Clear", type="button", class_="cb-clear", hidden=True)
    count = tag("span", class_="cb-sub", role="status")
    return tag(
        "div", fields, clear, count, class_="cb-find", role="group", aria_label="Filter prompts", hidden=True
    )


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
        return tag("span", UNSET, class_="cb-quiet")
    others = [alias for alias, number in prompt.aliases.items() if alias != PRODUCTION and number != version]
    return join(
        tag("a", f"v{version}", href=link(HOME, version_page(prompt.name, version)), class_="cb-version"),
        " ",
        row_of(*(chip(f"{alias} v{prompt.aliases[alias]}", "alias") for alias in sorted(others)))
        if others
        else None,
    )


def _verdict(prompt: PromptIndex) -> Child:
    version = live(prompt) or prompt.latest
    found = verdicts(prompt, version)
    if not found:
        return tag("span", UNEVALUATED, class_="cb-quiet")
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


def _owners(prompt: PromptIndex) -> Child:
    return owner_names(prompt.owners) or tag("span", "no owner", class_="cb-quiet")


def _promotion(prompt: PromptIndex) -> Child:
    move = next((m for m in prompt.history if m.alias == PRODUCTION and m.version is not None), None)
    if move is None:
        return tag("span", "never", class_="cb-quiet")
    return join(when(move.time), tag("span", who(move.author), class_="cb-sub"))

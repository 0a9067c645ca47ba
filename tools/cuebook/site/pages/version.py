"""One page per version: its text, inputs and settings, what the gate said, and how to use it in an app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from cuebook.shapes.published import Artifact, PromptIndex, version_path
from cuebook.site.pages import _snippets
from cuebook.site.pages._base import (
    Page,
    Site,
    aliases_of,
    diff_page,
    entry_of,
    gate_command,
    link,
    numbers,
    previous,
    prompt_page,
    propose_link,
    report_page,
    verdicts,
    version_page,
)
from cuebook.site.pages._form import actions
from cuebook.site.pages._html import Child, Html, kept, pre, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import (
    alias_chips,
    as_text,
    body,
    chip,
    code,
    copyable,
    facts,
    fold,
    head,
    note,
    prompt_text,
    row_of,
    table,
    tabs,
    when,
    who,
)

KIND = "version"


def pages(site: Site) -> Iterator[Page]:
    """A page for every version of every prompt."""
    for prompt in site.changed():
        last = max(numbers(prompt), default=0)
        for number in numbers(prompt):
            found = site.catalog.version(prompt.name, number)
            yield Page(
                version_page(prompt.name, number),
                f"{prompt.name} v{number}",
                _body(site, prompt, found),
                # Old texts would bury the ones in use under near copies, and the index is fetched whole.
                search=number == last or bool(aliases_of(prompt, number)),
                description=f"Version {number} of the prompt {prompt.name}: text, settings and evidence",
            )


def _body(site: Site, prompt: PromptIndex, version: Artifact) -> str:
    here = version_page(prompt.name, version.version)
    parts: list[Html | str] = [_head(here, prompt, version), "Text", _text(version)]
    if version.inputs:
        parts += ["Inputs", _inputs(version)]
    parts += ["Evidence", _evidence(here, prompt, version)]
    parts += ["Settings", _settings(here, version)]
    parts += ["Use it", _use(site, prompt, version)]
    return body(*parts)


def _head(here: str, prompt: PromptIndex, version: Artifact) -> Html:
    number = version.version
    entry = entry_of(prompt, number)
    before = previous(prompt, number)
    made = tag("p", "Made ", when(version.created), f" by {who(version.author)}", class_="cb-sub")
    compare = (
        tag("a", f"What changed since v{before}", href=link(here, diff_page(prompt.name, before, number)))
        if before
        else None
    )
    labels = alias_chips(aliases_of(prompt, number))
    if entry and entry.retired:
        labels.append(chip("retired", "off"))
    return head(
        here,
        [(prompt.name, prompt_page(prompt.name))],
        [
            tag("span", prompt.name, class_="cb-ref"),
            " ",
            tag("span", f"v{number}", class_="cb-version"),
            " ",
            *labels,
        ],
        tag("p", version.message, class_="cb-lead"),
        made,
        row_of(compare, *_neighbours(here, prompt, number)),
        actions(("Propose a new version from this one", propose_link(here, prompt.name, number)), main=False),
    )


def _neighbours(here: str, prompt: PromptIndex, number: int) -> list[Html]:
    made = []
    for old, new in pairwise(numbers(prompt)):
        if new == number:
            made.append(
                tag("a", f"Older: v{old}", href=link(here, version_page(prompt.name, old)), rel="prev")
            )
        if old == number:
            made.append(
                tag("a", f"Newer: v{new}", href=link(here, version_page(prompt.name, new)), rel="next")
            )
    return made


def _text(version: Artifact) -> Html:
    if version.template is not None:
        return _message("template", version.template)
    texts = [_message(message["role"], message["content"]) for message in version.messages or []]
    return tag("div", texts)


def _message(role: str, text: str) -> Html:
    return tag(
        "section",
        tag("h3", role, class_="cb-role"),
        prompt_text(text, f"the {role} text"),
        class_="cb-message",
    )


def _inputs(version: Artifact) -> Html:
    rows = []
    for name, spec in version.inputs.items():
        default = tag("code", json.dumps(spec["default"], ensure_ascii=False)) if "default" in spec else None
        rows.append(
            [
                tag("code", name),
                str(spec.get("type", "string")),
                default if default else tag("strong", "required"),
                str(spec.get("description") or ""),
            ]
        )
    return table(["Name", "Type", "Default", "What it is"], rows, "Inputs")


def _evidence(here: str, prompt: PromptIndex, version: Artifact) -> Html:
    found = verdicts(prompt, version.version)
    if not found:
        said = tag("p", "No suite has been run on this version.")
        if not prompt.suites:
            return tag("div", said, tag("p", "No suite evaluates this prompt yet."), class_="cb-empty")
        return tag(
            "div", said, code(gate_command(prompt.name, version.version), "the command"), class_="cb-empty"
        )
    cards = []
    for entry in found:
        where = link(here, report_page(prompt.name, version.version, entry.suite))
        against = f"against v{entry.baseline}" if entry.baseline else "without a baseline"
        cards.append(
            tag(
                "section",
                row_of(
                    badge(entry.outcome), tag("strong", entry.suite), tag("span", against, class_="cb-sub")
                ),
                tag("p", entry.sentence),
                tag("a", "Read the report", href=where),
                class_=f"cb-card cb-card-{entry.outcome}",
            )
        )
    return tag("div", cards, class_="cb-cards")


def _settings(here: str, version: Artifact) -> Html:
    rows: list[tuple[str, Child]] = [("model", tag("code", version.model))]
    rows += [(key, tag("code", as_text(value))) for key, value in version.modelParameters.items()]
    rows += [("response format", version.responseFormat), ("template format", version.templateFormat)]
    rows.append(("digest", tag("code", version.digest, class_="cb-digest")))
    path = version_path(version.name, version.version)
    rows.append(("permanent JSON", tag("a", tag("code", f"/{path}"), href=link(here, path))))
    schema = None
    if version.jsonSchema is not None:
        text = json.dumps(version.jsonSchema, ensure_ascii=False, indent=2)
        block = copyable(pre(kept(text), class_="cb-code", tabindex="0"), "the schema")
        schema = fold("JSON Schema of the answer", block)
    return tag("div", facts(rows), schema)


def _use(site: Site, prompt: PromptIndex, version: Artifact) -> Html:
    panes = [
        ("Python", _snippets.python(site.site_url, version)),
        ("JavaScript", _snippets.javascript(site.site_url, version)),
        ("curl", _snippets.curl(site.site_url, version)),
    ]
    aliases = aliases_of(prompt, version.version)
    moving = None
    if aliases:
        text = f"To follow promotions, ask for {prompt.name}@{aliases[0]} instead of a version number."
        moving = note(tag("p", text), kind="tip")
    return tag("div", tabs("use", panes), moving)

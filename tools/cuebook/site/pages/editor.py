"""The page where a new version is written in a form and proposed, without anybody seeing YAML.

What the form may say comes from the file shapes, so that both refuse the same things. The rest is
``theme/assets/editor.js``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args
from urllib.parse import urlsplit

from cuebook.core.chat import MESSAGES
from cuebook.core.images import IMAGE
from cuebook.core.layout import META, SUITE, shown
from cuebook.core.refs import NAME_PATTERN
from cuebook.core.stand_ins import EXAMPLE, TOY, TOY_NAMES
from cuebook.models import prefixes_for
from cuebook.registry.plain_text import KEYS
from cuebook.registry.settings import Settings
from cuebook.shapes.chat_format import ChatMessage
from cuebook.shapes.file_formats import Input, Parameters, VersionFile
from cuebook.site.pages._base import PROPOSE, Page, Site, link
from cuebook.site.pages._form import button, choice, field, needs_scripts, program
from cuebook.site.pages._handover import MAX_URL, new_file_template
from cuebook.site.pages._html import Html, join, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import body, fold, head, tabs
from cuebook.wording.states import STATES

KIND = "editor"
LEAD = "You edit a copy, which reviewers then read: proposing puts nothing live."
STEPS = ("Choose a prompt", "Edit and preview", "Propose", "Review, on the pull request")

USUAL = ("temperature", "maxTokens", "topP", "stop")
"""Settings shown at once; the others are folded away."""


def pages(site: Site) -> Iterator[Page]:
    """Yield the one form, for all prompts."""
    setup = {
        "newFile": new_file_template(site),
        "folder": site.folder + shown("prompts/").rstrip("/"),
        "host": urlsplit(site.repo_url).hostname or "",
        "rules": rules(site.settings),
        "maxUrl": MAX_URL,
    }
    first, *rest = STEPS
    items = [tag("li", tag("a", first, href=link(PROPOSE, PROPOSE))), *(tag("li", words) for words in rest)]
    steps = tag("ol", items, id="cb-steps", class_="cb-way", aria_label="Steps")
    left = tag("div", _texts(), _inputs(), _settings(), _answer(), _tools(), class_="cb-write")
    right = tag("div", _review(), _send(), class_="cb-check")
    form = tag("div", _choose(), tag("div", left, right, class_="cb-work"), id="cb-form", hidden=True)
    off = needs_scripts("This form", "cuebook new")
    parts = program("propose", off, steps, _cards(), form, data_setup=json.dumps(setup))
    said = "Write a new version of a prompt in a form and propose it"
    title = tag("span", "Propose a version", id="cb-title")
    top = head(PROPOSE, [], title, tag("p", LEAD, class_="cb-lead"))
    yield Page(PROPOSE, "Propose", body(join(top, parts)), search=False, wide=True, description=said)


def rules(settings: Settings | None = None) -> dict[str, Any]:
    """Return what a version file may say under these settings, for the form to check while people type."""
    prefixes = prefixes_for(settings or Settings())
    version = VersionFile.model_json_schema()["properties"]
    kinds = get_args(Input.model_fields["type"].annotation)
    return {
        "name": NAME_PATTERN,
        "model": version["model"]["pattern"],
        "prefixes": sorted(prefixes.known),
        "allPrefixes": prefixes.whole,
        "meant": dict(prefixes.meant),
        "toys": list(TOY_NAMES),
        "line": version["message"]["maxLength"],
        # Asked for while people type: once a text is in an address or a branch, a key in it is lost.
        "key": KEYS,
        "standIns": [TOY.prefix, EXAMPLE.prefix],
        "roles": list(get_args(ChatMessage.model_fields["role"].annotation)),
        "types": [kind for kind in kinds if kind not in {MESSAGES, IMAGE}],
        "parameters": _parameter_rules(),
    }


@cache
def _parameter_rules() -> list[dict[str, Any]]:
    """Each parameter with its limits; to make the schema takes longer than to write the page."""
    properties = Parameters.model_json_schema()["properties"]
    return [_rule(name, spec["anyOf"]) for name, spec in properties.items()]


def _rule(name: str, kinds: list[dict[str, Any]]) -> dict[str, Any]:
    # Each may be left out, so the last kind is null.
    first = kinds[0]
    if "enum" in first:
        return {"name": name, "kind": "choice", "choices": first["enum"]}
    # Of a text or a list of texts, as "stop" is, the list says what the most is.
    if several := [kind for kind in kinds if kind["type"] == "array"]:
        return {"name": name, "kind": "texts", "most": several[0]["maxItems"]}
    limits: dict[str, Any] = {key: first[key] for key in ("minimum", "maximum") if key in first}
    return {"name": name, "kind": first["type"], **limits}


def _cards() -> Html:
    """What the chooser fills: cards of prompts, those of judges folded, and a badge of each state to copy."""
    hint = "Name, owner, tag, or words that describe it"
    rest = [tag("span", id="cb-more-said"), button("Show all", "show-all", kind="link")]
    about = tag("span", id="cb-judges-said", class_="cb-fold-said")
    judges = tag("summary", tag("strong", "Judges"), " ", about)
    return tag(
        "div",
        tag(
            "div",
            field("Find", "input#find", autocomplete="off", placeholder=hint),
            tag("span", id="cb-found", role="status", class_="cb-quiet"),
            class_="cb-row cb-find-card",
        ),
        tag("div", id="cb-cards", class_="cb-cards"),
        tag("p", rest, id="cb-more", hidden=True),
        tag(
            "details",
            judges,
            tag("div", id="cb-judge-cards", class_="cb-cards"),
            id="cb-judges",
            class_="cb-fold",
        ),
        tag("div", [badge(state) for state in STATES], id="cb-marks", hidden=True),
        id="cb-chooser",
    )


def _choose() -> Html:
    draft = tag("div", id="cb-draft", class_="cb-note", role="status", hidden=True)
    said = "Lower-case letters, digits and dashes, such as meeting-summary"
    name = field("Name of the new prompt", "input#name", hint=said, key="name", autocomplete="off")
    new = tag("div", name, id="cb-new")
    return tag(
        "div",
        field("Prompt", "select#prompt"),
        field("Start from", "select#base"),
        new,
        draft,
        class_="cb-choose",
    )


def _texts() -> Html:
    kinds = [("chat", "Messages of a chat"), ("text", "One text")]
    return tag(
        "section",
        tag("div", tag("h2", "Text"), choice("Kind", "kind", kinds, key="kind"), class_="cb-title-row"),
        tag("div", id="cb-messages"),
        button("Add a message", "add-message"),
        tag(
            "div",
            field(
                "Text of the prompt",
                "textarea#template",
                key="template",
                wide=True,
                rows="8",
                spellcheck="true",
            ),
            id="cb-text",
        ),
        # Said where it happened, with a way back, as a message can be removed by one click.
        tag("p", id="cb-undo", class_="cb-said", role="status"),
        tag(
            "p",
            "Write ",
            tag("code", "{{name}}"),
            " where the app fills something in. Each name is listed below as an input.",
            class_="cb-hint",
        ),
    )


def _inputs() -> Html:
    return tag(
        "section",
        tag("h2", "Inputs"),
        tag("p", id="cb-variables", class_="cb-said", role="status"),
        tag("div", id="cb-inputs"),
        tag(
            "div",
            field("Name of another input", "input#input-name", autocomplete="off"),
            button("Add the input", "add-input"),
            id="cb-more-inputs",
            class_="cb-row",
        ),
    )


def _settings() -> Html:
    found = {rule["name"]: _parameter(rule) for rule in _parameter_rules()}
    model = field("Model", "input#model", key="model", autocomplete="off", wide=True, spellcheck="false")
    # Taken out by name, so that a setting that is new in the shape has a field among the others.
    usual = [found.pop(name) for name in USUAL]
    formats = [("simple", "simple: only {{name}}"), ("jinja2", "jinja2: loops and conditions")]
    template = choice("Template format", "template-format", formats, key="templateFormat")
    more = fold("More settings", tag("div", list(found.values()), template, class_="cb-slots"))
    return _folded("Model", "settings", model, tag("div", usual, class_="cb-slots"), more)


def _folded(name: str, ident: str, *inside: Html) -> Html:
    """A part of the form that few change, with a line of what it says."""
    said = tag("span", id=f"cb-{ident}-said", class_="cb-fold-said")
    return tag(
        "details", tag("summary", tag("strong", name), " ", said), tag("div", *inside), class_="cb-fold"
    )


def _parameter(rule: dict[str, Any]) -> Html:
    name, key = rule["name"], f"parameters.{rule['name']}"
    label = tag("code", name)
    if rule["kind"] == "choice":
        return choice(label, name, [("", "not set"), *((item, item) for item in rule["choices"])], key=key)
    if rule["kind"] == "texts":
        said = 'Where the answer ends: a text, or several as ["END", "\\n\\n"]'
        return field(label, f"textarea#{name}", hint=said, key=key, rows="1", spellcheck="false")
    said = "A whole number" if rule["kind"] == "integer" else "A number"
    if "minimum" in rule:
        said += f" from {rule['minimum']}"
    if "maximum" in rule:
        said += f" to {rule['maximum']:,}"
    return field(label, f"input#{name}", hint=said, key=key, inputmode="decimal", autocomplete="off")


def _answer() -> Html:
    known = get_args(VersionFile.model_fields["responseFormat"].annotation)
    # A format that is new in the shape is called by its own name until it has words here.
    words = {"text": "text", "json_object": "JSON of any shape", "json_schema": "JSON that follows a schema"}
    # Not said is a value of its own: a version that leaves it out gets what the provider does.
    stricts = [("", "not said"), ("true", "yes"), ("false", "no")]
    return _folded(
        "Answer",
        "answer",
        choice("Format", "response", [(name, words.get(name, name)) for name in known], key="responseFormat"),
        tag(
            "div",
            field("Name of the schema", "input#schema-name", key="schema.name", autocomplete="off"),
            choice("Strict", "schema-strict", stricts, key="schema.strict"),
            field(
                "JSON Schema",
                "textarea#schema-text",
                key="schema.text",
                wide=True,
                rows="8",
                spellcheck="false",
            ),
            field(
                "What the schema is for",
                "textarea#schema-about",
                key="schema.description",
                wide=True,
                rows="1",
            ),
            id="cb-schema",
            class_="cb-slots",
        ),
    )


def _tools() -> Html:
    said = "JSON as in the file: objects with name, description, parameters (a JSON Schema) and strict"
    text = field(
        "Functions of the app that an answer may call",
        "textarea#tools",
        key="tools",
        hint=said,
        wide=True,
        rows="8",
        spellcheck="false",
    )
    return _folded("Tools", "tools", text)


def _review() -> Html:
    changes = tag("div", id="cb-changes", class_="cb-live", tabindex="0", role="group", aria_label="Changes")
    samples = tag(
        "div",
        field("Fill it with", "select#case"),
        fold("Values", tag("div", id="cb-samples")),
        id="cb-sampling",
    )
    preview = tag("div", id="cb-preview", class_="cb-live", tabindex="0", role="group", aria_label="Preview")
    file = tag(
        "div",
        tag("pre", id="cb-file", class_="cb-code", tabindex="0", aria_label="The file"),
        tag("div", button("Copy the file", "copy"), button("Download it", "download"), class_="cb-row"),
    )
    panes = [("Changes", changes), ("Preview", tag("div", samples, preview)), ("File", file)]
    return tag("section", tag("h2", "Preview"), tabs("review", panes), id="cb-review")


def _send() -> Html:
    return tag(
        "section",
        tag("h2", "Send it for review"),
        field(
            "Why this version?",
            "input#message",
            key="message",
            hint="One line for the reviewers and the history",
            wide=True,
            autocomplete="off",
        ),
        tag("div", button("Propose", "send", kind="main"), tag("code", id="cb-path"), class_="cb-row"),
        tag("div", id="cb-problems", role="status"),
        tag("div", id="cb-result", role="status"),
        _afterwards(),
        id="cb-send-box",
        class_="cb-send",
    )


def _afterwards() -> Html:
    """What a new prompt needs besides its text: whoever fills in the form need not know how to make it."""

    def path(folder: str, file: str) -> Html:
        return tag("code", shown(f"{folder}/"), tag("span", "NAME", class_="cb-new-name"), f"/{file}")

    return tag(
        "div",
        tag("h3", "What happens next"),
        tag(
            "ol",
            tag("li", "Reviewers read the pull request, and you can discuss it there."),
            tag(
                "li",
                "You or they add its title and owners in ",
                path("prompts", META),
                " and some test cases in ",
                path("evals", SUITE),
                ". Say in the pull request what a good answer is; three examples help a lot.",
            ),
            tag("li", "It goes live only when somebody promotes it."),
        ),
        id="cb-afterwards",
        class_="cb-small",
        hidden=True,
    )

"""What a version says: its messages, one real case, and inputs and settings folded with a summary."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from cuebook.core.chat import PLACEHOLDER, said
from cuebook.core.format import plural
from cuebook.core.refs import parse_ref
from cuebook.registry.tool_diff import parameters
from cuebook.shapes.published import Artifact
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages._base import link, version_page
from cuebook.site.pages._cases import Cases, CaseView
from cuebook.site.pages._fragments import pieces
from cuebook.site.pages._html import Child, Html, join, kept, pre, tag
from cuebook.site.pages._parts import facts, fold, fold_row, former_anchors, prompt_text, table
from cuebook.site.pages._terms import term
from cuebook.wording.dialogue import talk_of
from cuebook.wording.values import value_shown

FEW_TOOLS = 3
LONG = 600
"""Characters of an input that an example has room for."""


def no_words(_: str) -> str:
    """Return no words, as none of what is included are known."""
    return ""


def text(
    version: Artifact, example: Html | None, here: str, words_of: Callable[[str], str] = no_words
) -> Html:
    """Return everything about what a version says, the words first; ``here`` is the path of the page.

    ``words_of`` gives the words of a version that it includes, which are folded under its name.
    """
    # The published text has the words of all fragments in it: where one begins is found by its words.
    known = [(item.ref, words_of(item.ref)) for item in version.includes]
    if version.template is not None:
        texts = [_message("template", version.template, known)]
    else:
        texts = [_shown(message, known) for message in version.messages or []]
    said = [f"{name} {value}" for name, value in version.modelParameters.items()]
    summary = " \u00b7 ".join([version.model, *said, _ANSWERS[version.responseFormat]])
    inputs = fold_row("Inputs", _asked(version), _inputs(version)) if version.inputs else None
    return join(
        texts,
        _included(version, here),
        _tools(version),
        example,
        former_anchors("inputs"),
        inputs,
        former_anchors("settings"),
        fold_row("Settings", summary, _settings(version)),
    )


def _included(version: Artifact, here: str) -> Html | None:
    """Where words of the text came from."""
    if not version.includes:
        return None
    parts = [parse_ref(item.ref) for item in version.includes]
    links = [tag("a", str(ref), href=link(here, version_page(ref.name, ref.version or 1))) for ref in parts]
    return tag("p", "With the text of ", [(one, " ") for one in links], class_="cb-meta")


def _shown(message: Mapping[str, Any], known: _Known) -> Html:
    role, words = said(message)
    if role != PLACEHOLDER:
        return _message(role, words, known)
    about = tag("p", "The messages that the app passes as ", tag("code", words), " come here.")
    return tag("section", tag("h3", "the conversation so far", class_="cb-role"), about, class_="cb-message")


def _tools(version: Artifact) -> Html | None:
    """The tools that an answer may call, with their parameters; folded, open where there are few."""
    tools = version.calling.get("tools", ())
    if not tools:
        return None
    shown = [
        tag("section", tag("h3", tag("code", tool["name"])), _described(tool), class_="cb-tool")
        for tool in tools
    ]
    names = ", ".join(tool["name"] for tool in tools)
    return fold_row(
        "Tools", f"{plural(len(tools), 'tool')}: {names}", join(shown), opened=len(tools) <= FEW_TOOLS
    )


def _described(tool: Mapping[str, Any]) -> Html:
    rows: list[Sequence[Child]] = [
        [
            tag("code", name),
            found.type_and_values,
            "required" if found.required else "optional",
            found.description or "not described",
        ]
        for name, found in parameters(tool).items()
    ]
    columns = ["Parameter", "Type", "Needed", "What it is"]
    about = prompt_text(tool["description"], f"what {tool['name']} does") if tool.get("description") else None
    label = f"Parameters of {tool['name']}"
    return join(
        about, table(columns, rows, label) if rows else tag("p", "It takes no parameters.", class_="cb-quiet")
    )


_Known: TypeAlias = Sequence[tuple[str, str]]
"""What is included: each ref with its words."""


def _message(role: str, said: str, known: _Known) -> Html:
    parts = [
        fold(tag("code", ref), prompt_text(words, f"the text of {ref}"), class_="cb-included")
        if ref
        else prompt_text(words, f"the {role} text")
        for ref, words in pieces(said, known)
    ]
    return tag("section", tag("h3", role, class_="cb-role"), parts, class_="cb-message")


def chosen(verdict: Verdict | None) -> CaseView | None:
    """Return the case that shows best what the version does: a short one that it fixed, else that it passes.

    Where answers call tools, one in which it does.
    """
    if verdict is None:
        return None
    ranked = ("fixed", "better", "same", "mixed", "worse", "wrong", "broken")
    # An empty answer, and one without a score, show nothing of what the version does.
    able = [view for view in Cases(verdict).views if view.case.candidate.said and view.kind in ranked]
    return min(
        able,
        key=lambda view: (
            # By threes: a short case serves a reader better than one a place further up.
            ranked.index(view.kind) // 3,
            # The shortest case is mostly one without a call, which shows least of what tools are for.
            not view.case.candidate.tool_calls,
            sum(len(value_shown(value)) for value in view.case.readable.values()),
            # So that one verdict makes one page, whatever the order of its cases.
            view.case.id,
        ),
        default=None,
    )


def example(verdict: Verdict, view: CaseView) -> Html:
    """Return one real case: its inputs, what was expected, what the version and the one before answered."""
    case, base = view.case, verdict.baseline
    new = f"v{verdict.candidate.version}"
    given = [_pair(name, value_shown(value)[:LONG]) for name, value in case.readable.items()]
    if talk := talk_of(case):
        given += [_pair(who, text[:LONG]) for who, text in talk.together]
    came = [_pair(_expected(name), value_shown(value)[:LONG]) for name, value in case.expectations.items()]
    came.append(_pair(f"{new} answered", (case.candidate.said or "")[:LONG]))
    if base and case.baseline and case.baseline.said:
        came.append(_pair(f"v{base.version} answered", case.baseline.said[:LONG]))
    inside = tag("div", tag("dl", given), tag("dl", came), class_="cb-example")
    return fold_row(
        "Example", ["case ", tag("code", case.id), f", as {new} answered it"], inside, opened=True
    )


def _expected(name: str) -> str:
    """What an expectation is called, as the form's preview does: by its name alone it reads as an input."""
    return "Expected" if name == "expected" else f"Expected {name}"


def _pair(name: str, value: str) -> list[Html]:
    # Cases may be in any language, from right to left, too.
    return [tag("dt", name), tag("dd", kept(value), dir="auto")]


def _asked(version: Artifact) -> str:
    names = list(version.inputs)
    optional = sum("default" in spec for spec in version.inputs.values())
    left = (
        f", {optional} of them optional"
        if optional
        else ", required"
        if len(names) == 1
        else ", all required"
    )
    return f"{', '.join(names)}: {plural(len(names), 'input')}{left}"


def _inputs(version: Artifact) -> Html:
    rows: list[Sequence[Child]] = []
    for name, spec in version.inputs.items():
        default = tag("code", json.dumps(spec["default"], ensure_ascii=False)) if "default" in spec else None
        rows.append(
            [
                tag("code", name),
                str(spec.get("type", "string")),
                default or tag("strong", "required"),
                str(spec.get("description") or "not described"),
            ]
        )
    return table(["Name", "Type", "Default", "What it is"], rows, "Inputs")


_ANSWERS = {"text": "plain text", "json_object": "a JSON object", "json_schema": "JSON by a schema"}


def _settings(version: Artifact) -> Html:
    rows: list[tuple[Child, Child]] = [("model", tag("code", version.model))]
    rows += [(name, tag("code", value_shown(value))) for name, value in version.modelParameters.items()]
    choice = version.calling.get("toolChoice")
    rows += [("choice of a tool", choice["name"] if isinstance(choice, dict) else choice)] if choice else []
    # "no" is a setting, too: where nothing is said, the provider decides.
    if (several := version.calling.get("parallelToolCalls")) is not None:
        rows.append(("several calls at once", "yes" if several else "no"))
    rows += [
        ("answer", _ANSWERS[version.responseFormat]),
        ("template", version.templateFormat),
        (term("digest"), tag("code", version.digest, class_="cb-digest")),
    ]
    schema = None
    if version.jsonSchema is not None:
        block = pre(
            kept(json.dumps(version.jsonSchema, ensure_ascii=False, indent=2)), class_="cb-code", tabindex="0"
        )
        schema = join(tag("h3", "JSON Schema of the answer"), block)
    return join(facts(rows), schema)
